"""Exceptions that are thrown into generators and come back to the line they were at."""

class M:
    def __enter__(self): return 1
    def __exit__(self, *a): return True
def one(m):
    yield 0
    with m: yield 1
    while True:
        try: x = yield 2
        except ValueError: x = 3
def passes(m):
    for i in range(4):
        try: yield from one(m)
        except KeyError: pass
def sub(n):
    if n: yield from sub(n - 1); yield 7
    else:
        try: yield 1
        except ValueError: return
for run in range(3):
    for f in one, passes:
        g = f(M())
        for i in range(run + 2): next(g)
        g.throw(ValueError)
        next(g), next(g)
        g.throw(ValueError)
        if f is passes: g.throw(KeyError); next(g); next(g); g.throw(ValueError)
        g.close()
    g = sub(2)
    next(g); g.throw(ValueError); next(g)
    g.close()
