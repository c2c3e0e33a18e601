"""What is compared: each contestant, and how it is switched on and off.

Read by scripts/bench for the names and by measure.py, in the interpreter that is
measured, for the rest. So what a contestant needs is imported where it is used.
"""

import os
import sys

HAS_MONITORING = (3, 12)
OLDEST = (3, 11)


class Contestant:
    """One row of a table.

    attach(output) switches it on and returns what switches it off. prints: the lines
    have to be in `output` afterwards. share: of the turns of a native one, so that a
    slow one takes no longer. needs: without what there is no such row.
    """

    def __init__(self, label, attach, prints=False, share=1, needs=None, since=OLDEST):
        self.label = label
        self.attach = attach
        self.prints = prints
        self.share = share
        self.needs = needs
        self.since = since


class Writing(Contestant):
    """No tracer, but what its output alone costs: `at_once` lines in each write(2)."""

    def __init__(self, label, at_once, share):
        super().__init__(label, None, share=share, needs="hook")
        self.at_once = at_once


# -- nothing, and next to nothing --------------------------------------------------


def no_tracer(output):
    """Show the noise: the same work once more."""
    return lambda: None


def empty_hook(output):
    """Attach the empty hook of this Python's own kind: what the bound refers to."""
    if sys.version_info >= HAS_MONITORING:
        return empty_line_callback(output)
    return empty_trace_hook(output)


def empty_line_callback(output):
    import bench_hook

    return monitor_loop(bench_hook.line)


def empty_slot_callback(output):
    import bench_hook

    return monitor_loop(bench_hook.slot_line)


def monitor_loop(callback):
    import loop

    tool, line = take_tool(), sys.monitoring.events.LINE
    sys.monitoring.register_callback(tool, line, callback)
    sys.monitoring.set_local_events(tool, loop.run.__code__, line)
    return lambda: sys.monitoring.free_tool_id(tool)


def take_tool():
    tool = 4
    sys.monitoring.use_tool_id(tool, "bench")
    return tool


def empty_trace_hook(output):
    import bench_hook

    bench_hook.set_trace()
    return bench_hook.clear_trace


def disabling_start_callback(output):
    """Attach the least that must be there to learn of new code objects."""
    tool, start = take_tool(), sys.monitoring.events.PY_START
    sys.monitoring.register_callback(tool, start, lambda *_: sys.monitoring.DISABLE)
    sys.monitoring.set_events(tool, start)
    return lambda: sys.monitoring.free_tool_id(tool)


# -- swifttrace --------------------------------------------------------------------


def swifttrace_to_file(level):
    def attach(output):
        import loop
        import swifttrace

        swifttrace.enable(level, include=loop.__file__, output=output)
        return swifttrace.disable

    return attach


def swifttrace_to_stderr(output):
    """Attach as `swifttrace script.py 2>output`."""
    import loop
    import swifttrace

    redirect(output, 2)
    swifttrace.enable(2, include=loop.__file__)
    return swifttrace.disable


def redirect(output, descriptor):
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, descriptor)
    os.close(file)


# -- the peers ---------------------------------------------------------------------


def hunter_code_printer(output):
    import hunter

    file = open(output, "w")
    printer = hunter.CodePrinter(stream=file)
    tracer = hunter.trace(hunter.Q(module="loop", kind="line"), action=printer)
    return stop_and_close(tracer.stop, file)


def trace_module(output):
    """Attach as `python -m trace -t script.py >output`."""
    import trace

    sys.stdout = open(output, "w")
    sys.settrace(trace.Trace(count=False, trace=True).globaltrace)
    return stop_and_close(stop_settrace, sys.stdout)


def ayrton_style(output):
    """Attach a trace function as ayrton has it: a global and a local one, linecache, print."""
    import linecache

    file = open(output, "w")

    def local_trace(frame, event, argument):
        if event == "line":
            number = frame.f_lineno
            line = linecache.getline(frame.f_code.co_filename, number).rstrip()
            print("+ [%6d] %s" % (number, line), file=file)
        return local_trace

    def global_trace(frame, event, argument):
        return local_trace

    sys.settrace(global_trace)
    return stop_and_close(stop_settrace, file)


def stop_settrace():
    sys.settrace(None)


def stop_and_close(stop, file):
    def detach():
        stop()
        file.close()

    return detach


def coverage_core(name):
    def attach(output):
        if name is not None:
            os.environ["COVERAGE_CORE"] = name
        import coverage

        measured = coverage.Coverage(data_file=None, config_file=False)
        measured.start()
        return measured.stop

    return attach


# -- the tables --------------------------------------------------------------------

UNTRACED = "untraced"
EMPTY_HOOK = "empty hook"

IN_SCOPE = {
    UNTRACED: Contestant("untraced, again (the noise)", no_tracer),
    EMPTY_HOOK: Contestant("empty native hook", empty_hook, needs="hook"),
    "empty slot": Contestant(
        "  the same with a vectorcall slot",
        empty_slot_callback,
        needs="hook",
        since=HAS_MONITORING,
    ),
    "empty settrace": Contestant(
        "  PyEval_SetTrace instead", empty_trace_hook, needs="hook", since=HAS_MONITORING
    ),
    "file 2": Contestant("swifttrace -xx, to a file", swifttrace_to_file(2), prints=True),
    "file 3": Contestant("swifttrace -xxx, to a file", swifttrace_to_file(3), prints=True),
    "write 64k": Writing("  40 bytes by a buffer of 64 kB", 65536 // 40, share=1),
    "stderr 2": Contestant(
        "swifttrace -xx, stderr in a file", swifttrace_to_stderr, prints=True, share=0.2
    ),
    "write": Writing("  one write(2) of 40 bytes", 1, share=0.2),
    "ayrton": Contestant("ayrton's trace function", ayrton_style, prints=True, share=0.1),
    "trace": Contestant("python -m trace -t", trace_module, prints=True, share=0.1),
    "hunter": Contestant(
        "hunter, CodePrinter", hunter_code_printer, prints=True, share=0.02, needs="hunter"
    ),
    "coverage C": Contestant(
        "coverage.py, C tracer (prints nothing)", coverage_core("ctrace"), needs="coverage"
    ),
    "coverage": Contestant(
        "coverage.py, default core (from 3.14: a line once)", coverage_core(None), needs="coverage"
    ),
}

OUT_OF_SCOPE = {
    UNTRACED: Contestant("untraced, again (the noise)", no_tracer),
    "file 1": Contestant("swifttrace -x, to a file", swifttrace_to_file(1)),
    "file 2": Contestant("swifttrace -xx, to a file", swifttrace_to_file(2)),
    "disable": Contestant(
        "PY_START that answers DISABLE", disabling_start_callback, since=HAS_MONITORING
    ),
    "empty settrace": Contestant("empty PyEval_SetTrace hook", empty_trace_hook, needs="hook"),
}
