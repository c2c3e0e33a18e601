"""A tree of processes, each with threads: `python tree.py WAY...`.

One process for each way to start one, and at the end one that starts none.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import threading


def tree(ways):
    if ways:
        way, *rest = ways
        if "in-c" not in way:
            work_in_threads("before", len(ways))
        with nothing() if way in ALONE else waiting_threads():
            WAYS[way](rest)
    work_in_threads("after", len(ways))


# -- threads -------------------------------------------------------------------------------


def work_in_threads(when, count):
    for n in range(2):
        thread = threading.Thread(target=work, args=(count,), name=f"{when}-{n}")
        thread.start()
        thread.join()


def work(count):
    total = 0
    for square in squares(count):
        total += square
    return total


def squares(count):
    for n in range(count):
        yield n * n


@contextlib.contextmanager
def waiting_threads():
    """Some that are there while a process is started."""
    ready, go = threading.Semaphore(0), threading.Event()
    threads = [
        threading.Thread(target=wait, args=(ready, go), name=f"waiting-{n}") for n in range(3)
    ]
    for thread in threads:
        thread.start()
        ready.acquire()
    yield
    go.set()
    for thread in threads:
        thread.join()


def wait(ready, go):
    ready.release()
    go.wait()
    work(2)


@contextlib.contextmanager
def nothing():
    yield


# -- the ways to start a process -----------------------------------------------------------


def command(rest):
    return [sys.executable, __file__, *rest]


def by_subprocess(rest):
    subprocess.run(command(rest), check=True)


def by_shell(rest):
    subprocess.run(["sh", "-c", '"$@" && :', "sh", *command(rest)], check=True)


def by_command(rest):
    code = f"import tree\ndef run():\n    tree.tree({rest!r})\nrun()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=os.path.dirname(__file__))


def by_system(rest):
    os.system(" ".join(command(rest)))


def by_popen(rest):
    with os.popen(" ".join(command(rest))) as output:
        output.read()


def by_spawn(rest):
    os.spawnv(os.P_WAIT, sys.executable, command(rest))


def by_posix_spawn(rest):
    pid = os.posix_spawn(sys.executable, command(rest), os.environ)
    os.waitpid(pid, 0)


def by_exec(rest):
    os.execv(sys.executable, command(rest))


def by_exec_with_environment(rest):
    os.execve(sys.executable, command(rest), {**os.environ, "OWN": "1"})


def by_fork(rest):
    pid = os.fork()
    if pid == 0:
        tree(rest)
        os._exit(0)
    os.waitpid(pid, 0)


def by_fork_and_exec(rest):
    pid = os.fork()
    if pid == 0:
        os.execv(sys.executable, command(rest))
    os.waitpid(pid, 0)


def by_fork_in_a_thread(rest):
    thread = threading.Thread(target=by_fork, args=(rest,), name="forking")
    thread.start()
    thread.join()


def by_fork_in_c(rest):
    import ctypes

    pid = ctypes.PyDLL(None).fork()
    if pid == 0:
        tree(rest)
        os._exit(0)
    os.waitpid(pid, 0)


def by_fork_in_c_of_which_python_hears(rest):
    """As an extension module has to."""
    import ctypes

    ctypes.pythonapi.PyOS_BeforeFork()
    pid = ctypes.PyDLL(None).fork()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        tree(rest)
        os._exit(0)
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    os.waitpid(pid, 0)


def by_forkpty(rest):
    import io
    import shutil

    pid, terminal = os.forkpty()
    if pid == 0:
        tree(rest)
        os._exit(0)
    shown = io.BytesIO()
    with contextlib.suppress(OSError), open(terminal, "rb", 0) as output:
        shutil.copyfileobj(output, shown)
    os.waitpid(pid, 0)
    os.write(2, shown.getvalue())


def by_daemon(rest):
    """One that nobody waits for."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        if os.fork() == 0:
            tree(rest)
        os._exit(0)
    os.waitpid(pid, 0)


def by_asyncio(rest):
    import asyncio

    async def run():
        process = await asyncio.create_subprocess_exec(*command(rest))
        await process.wait()

    asyncio.run(run())


def by_process(method):
    def start(rest):
        import multiprocessing

        process = multiprocessing.get_context(method).Process(target=tree, args=(rest,))
        process.start()
        process.join()

    return start


def by_pool(method):
    def start(rest):
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            pool.submit(tree, rest).result()

    return start


WAYS = {
    "subprocess": by_subprocess,
    "fork": by_fork,
    "spawned-process": by_process("spawn"),
    "shell": by_shell,
    "fork-and-exec": by_fork_and_exec,
    "forked-pool": by_pool("fork"),
    "command": by_command,
    "fork-in-c": by_fork_in_c,
    "posix_spawn": by_posix_spawn,
    "exec": by_exec,
    "server-process": by_process("forkserver"),
    "system": by_system,
    "fork-in-a-thread": by_fork_in_a_thread,
    "fork-in-c-of-which-python-hears": by_fork_in_c_of_which_python_hears,
    "daemon": by_daemon,
    "exec-with-environment": by_exec_with_environment,
    "asyncio": by_asyncio,
    "spawned-pool": by_pool("spawn"),
    "spawn": by_spawn,
    "popen": by_popen,
    "forked-process": by_process("fork"),
    "server-pool": by_pool("forkserver"),
    "forkpty": by_forkpty,
}
# Threads would be cut off in the middle. And where the interpreter does not know of a fork
# it keeps what a thread that is not there had locked.
ALONE = {"exec", "exec-with-environment", "fork-in-c", "fork-in-c-of-which-python-hears"}


@atexit.register
def farewell():
    work(1)


if __name__ == "__main__":
    tree(sys.argv[1:])
