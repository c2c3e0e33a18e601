"""What is run while it is measured: a module of workloads/, or what one of these loads."""

import importlib
import os
import sys
import threading
from types import CodeType, FunctionType

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads")
PROGRAMS = ("richards", "deltablue", "nbody", "json_dumps")
APPLICATIONS = ("pygments", "isort", "flask", "asyncio", "threads")
LOADERS = {**dict.fromkeys(PROGRAMS, "programs"), **dict.fromkeys(APPLICATIONS, "applications")}


class Work:
    """`run(turns)`, and the modules whose lines are its own.

    `run` is an attribute to be replaced: some peers wrap the function they trace.
    """

    def __init__(self, name):
        sys.path.insert(0, DIRECTORY)
        self.name = name
        if name in LOADERS:
            self.run, self.modules = importlib.import_module(LOADERS[name]).load(name)
        else:
            self.modules = [importlib.import_module(name)]
            self.run = self.modules[0].run
        self.untouched = self.run

    @property
    def files(self):
        return [module.__file__ for module in self.modules]

    def codes(self):
        """Every code object of its modules."""
        found = []
        for module in self.modules:
            for value in vars(module).values():
                found += codes_of(value, module.__name__)
        return found


def turns_of(name):
    """Return how many turns of it are measured, where nothing is said."""
    sys.path.insert(0, DIRECTORY)
    if name in LOADERS:
        return importlib.import_module(LOADERS[name]).TURNS[name]
    return importlib.import_module(name).TURNS


def codes_of(value, module):
    """The code objects of a function, of a class's functions, and those inside them."""
    value = getattr(value, "__func__", value)
    if isinstance(value, CodeType):
        inside = (codes_of(constant, module) for constant in value.co_consts)
        return [value, *(code for codes in inside for code in codes)]
    if isinstance(value, property):
        return [code for part in (value.fget, value.fset) for code in codes_of(part, module)]
    if getattr(value, "__module__", None) != module:
        return []
    if isinstance(value, FunctionType):
        return codes_of(value.__code__, module)
    if isinstance(value, type):
        return [code for part in vars(value).values() for code in codes_of(part, module)]
    return []


def count_lines(work, turns, everything):
    """Return how many lines `run(turns)` runs, by a trace function in Python: its own, or
    everything.
    """
    files, count = set(work.files), 0

    def local_trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return local_trace

    def global_trace(frame, event, argument):
        wanted = everything or frame.f_code.co_filename in files
        return local_trace if wanted else None

    threading.settrace(global_trace)
    sys.settrace(global_trace)
    try:
        work.untouched(turns)
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return count
