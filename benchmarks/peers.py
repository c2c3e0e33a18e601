"""The peers, each attached to a work and printing to a file, where it prints at all."""

import os
import sys


def hunter_code_printer(work, output):
    import hunter

    file = open(output, "w")
    printer = hunter.CodePrinter(stream=file)
    tracer = hunter.trace(hunter.Q(module=work.modules[0].__name__, kind="line"), action=printer)
    return stop_and_close(tracer.stop, file)


def trace_module(work, output):
    """Attach as `python -m trace -t script.py >output`."""
    import trace

    sys.stdout = open(output, "w")
    sys.settrace(trace.Trace(count=False, trace=True).globaltrace)
    return stop_and_close(stop_settrace, sys.stdout)


def ayrton_style(work, output):
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


def pysnooper(work, output):
    """Attach as `@pysnooper.snoop(output)` on the function."""
    import pysnooper

    work.run = pysnooper.snoop(output)(work.untouched)
    return lambda: None


def snoop(work, output):
    """Attach as `@snoop` on the function, installed to print to a file."""
    import snoop

    work.run = snoop.Config(out=output, overwrite=True).snoop(work.untouched)
    return lambda: None


def viztracer(work, output):
    """Attach as the `viztracer` command: calls are recorded, lines are not."""
    from viztracer import VizTracer

    tracer = VizTracer(verbose=0)
    tracer.start()
    return tracer.stop


def coverage_core(name):
    def attach(work, output):
        os.environ["COVERAGE_CORE"] = name
        import coverage

        measured = coverage.Coverage(data_file=None, config_file=False)
        measured.start()
        return measured.stop

    return attach


def stop_settrace():
    sys.settrace(None)


def stop_and_close(stop, file):
    def detach():
        stop()
        file.close()

    return detach
