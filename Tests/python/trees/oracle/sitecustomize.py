"""The oracle for trees of processes: `sys.settrace` in each, installed by `site`.

As SWIFTTRACE does, it gets into a process by its environment: this directory is on
PYTHONPATH. ORACLE has the project's directory and the one for the oracle's files, one for each
process, in which lines look as ours at level 3 with `--show pid,thread`.
"""

import os
import sys
import threading

PROJECT, OUTPUT = os.environ["ORACLE"].split(":")


class Process:
    """One that runs Python; another one after a fork, whoever made it."""

    def __init__(self):
        self.pid = os.getpid()
        pid, _, depth = os.environ.get("ORACLE_PARENT", "0:0").partition(":")
        self.depth = int(depth) + (int(pid) != self.pid)
        os.environ["ORACLE_PARENT"] = f"{self.pid}:{self.depth}"
        name = os.path.join(OUTPUT, str(self.pid))
        self.output = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, thread, name, number, text):
        # At once, as processes end in many ways.
        line = f"{'+' * self.depth} {{{self.pid} {thread}}} [{name[-32:]:>32s}:{number:<6d}] {text}"
        os.write(self.output, f"{line.rstrip()}\n".encode())


process = Process()
texts = {}
commands = set()


def global_trace(frame, event, arg):
    code = frame.f_code
    if frame.f_back is None and code.co_filename == "<string>" and sys.argv[0] == "-c":
        add_command(code)
    return local_trace if code in commands or is_ours(code.co_filename) else None


def add_command(code):
    """What `-c` runs, and what that defines."""
    commands.add(code)
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            add_command(constant)


def is_ours(name):
    return name.startswith(PROJECT + os.sep)


def local_trace(frame, event, arg):
    global process
    if event == "line":
        if process.pid != os.getpid():
            process = Process()
        process.write(thread_name(), *place(frame.f_code.co_filename, frame.f_lineno))
    return local_trace


def thread_name():
    known = threading._active.get(threading.get_ident())
    return known.name if known else f"thread-{threading.get_native_id()}"


def place(name, number):
    if name not in texts:
        texts[name] = text_of(name).split("\n")
    return name, number, texts[name][number - 1]


def text_of(name):
    if name == "<string>":
        return sys.orig_argv[len(sys.orig_argv) - len(sys.argv)]
    with open(name, encoding="utf-8") as file:
        return file.read()


threading.settrace(global_trace)
sys.settrace(global_trace)
