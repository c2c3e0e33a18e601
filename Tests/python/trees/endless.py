"""Runs for TURNS turns of PAUSE seconds, in threads and in processes of several kinds."""

import os
import subprocess
import sys
import threading
import time

TURNS, PAUSE = int(sys.argv[1]), float(sys.argv[2])


def run():
    for turn in range(TURNS):
        total = sum(square for square in squares(turn % 3))
        time.sleep(PAUSE)
    return total


def squares(count):
    for n in range(count):
        yield n * n


def main():
    """A subprocess and a fork, each with a thread besides."""
    child = subprocess.Popen([sys.executable, __file__, *sys.argv[1:], "child"])
    forked = os.fork()
    if forked == 0:
        in_two_threads()
        os._exit(0)
    in_two_threads()
    os.waitpid(forked, 0)
    child.wait()


def in_two_threads():
    thread = threading.Thread(target=run, name="second")
    thread.start()
    run()
    thread.join()


if len(sys.argv) == 3:
    main()
else:
    in_two_threads()
