"""Greenlets: switches within traced functions, exceptions through them, death."""

from greenlet import greenlet, getcurrent, GreenletExit
import greenlet as module

def ping(n):
    while n: n = other.switch(n) - 1
    return "ping"

def pong(n):
    for _ in range(10):
        n = getcurrent().parent.switch(n) if n > 2 else main_pong(n)
    return "pong"

def main_pong(n):
    m = first.switch(n)
    return m

first, other = greenlet(ping), greenlet(pong)
print(first.switch(5))
print(other.switch(4) if not other.dead else None)
print(first.switch(1))

def raises():
    try:
        getcurrent().parent.switch("ready")
    except ValueError as error:
        got = error.args
        getcurrent().parent.throw(KeyError("through"))
    finally:
        done = 1

g = greenlet(raises)
g.switch()
try:
    g.throw(ValueError("in"))
except KeyError as e:
    print(e)

def killed():
    try:
        getcurrent().parent.switch()
    except GreenletExit:
        cleaned = 1
        raise
    finally:
        cleaned = 2

k = greenlet(killed)
k.switch()
k.throw()
print(k.dead)
k = greenlet(killed)
k.switch()
del k

def generator():
    for i in range(3):
        getcurrent().parent.switch(("inside", i))
        yield i

def drives():
    total = 0
    for item in generator():
        total += item
    return total

d = greenlet(drives)
while not d.dead:
    print(d.switch())

def deep(n):
    if n == 0:
        back = getcurrent().parent.switch("deep")
        return back
    x = deep(n - 1)
    return x + 1

many = [greenlet(deep) for _ in range(3)]
for i, one in enumerate(many):
    one.switch(5 + i)
for one in reversed(many):
    print(one.switch(1))
