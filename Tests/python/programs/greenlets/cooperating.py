"""gevent: queues, pools, kills, timeouts; monkey-patched threads and sleeps."""

from gevent import monkey; monkey.patch_all()
import gevent, threading, time, queue
from gevent.pool import Pool
from gevent.event import Event, AsyncResult
from gevent.queue import Queue

def producer(q, n):
    for i in range(n):
        q.put(i)
        gevent.sleep(0)
    q.put(None)

def consumer(q, seen):
    while (item := q.get()) is not None:
        seen.append(item)

seen = []
q = Queue(1)
gevent.joinall([gevent.spawn(producer, q, 3), gevent.spawn(consumer, q, seen)])
print(seen)

def fails(n):
    gevent.sleep(0)
    raise ValueError(n)

job = gevent.spawn(fails, 1)
job.link_exception(lambda g: seen.append("linked"))
try:
    job.get()
except ValueError as error:
    print(error)

def waits():
    try:
        gevent.sleep(60)
    except gevent.GreenletExit:
        seen.append("killed")
        raise
    finally:
        seen.append("cleaned")

job = gevent.spawn(waits)
gevent.sleep(0)
job.kill()
try:
    with gevent.Timeout(0.001):
        gevent.sleep(60)
except gevent.Timeout:
    print("timeout")

def square(n):
    gevent.sleep(0)
    return n * n

print(Pool(2).map(square, range(4)))
event, result = Event(), AsyncResult()
def on_event():
    event.wait()
    result.set("set")
gevent.spawn(on_event)
event.set()
print(result.get())

def worker(n):
    time.sleep(0)
    seen.append(n)
threads = [threading.Thread(target=worker, args=(n,)) for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(seen)
