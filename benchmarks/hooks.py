"""Hooks that do nothing, and writers that trace nothing: what the machine itself charges.

Each is `attach(work, output)` and returns what detaches it; a writer is given the
extension module, a descriptor and a number of lines.
"""

import sys

from contestant import HAS_MONITORING


def no_tracer(work, output):
    """Show the noise: the same work once more."""
    return lambda: None


def empty_hook(work, output):
    """Attach the empty hook of this Python's own kind: what the bounds refer to."""
    if sys.version_info >= HAS_MONITORING:
        return empty_line_callback(work, output)
    return empty_trace_hook(work, output)


def empty_line_callback(work, output):
    import bench_hook

    return monitor(work, bench_hook.line)


def empty_slot_callback(work, output):
    import bench_hook

    return monitor(work, bench_hook.slot_line)


def empty_hook_everywhere(work, output):
    """Attach the empty hook to all code."""
    if sys.version_info < HAS_MONITORING:
        return empty_trace_hook(work, output)
    import bench_hook

    tool, line = take_tool(), sys.monitoring.events.LINE
    sys.monitoring.register_callback(tool, line, bench_hook.line)
    sys.monitoring.set_events(tool, line)

    def detach():
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)

    return detach


def monitor(work, callback):
    tool, line = take_tool(), sys.monitoring.events.LINE
    sys.monitoring.register_callback(tool, line, callback)
    for code in work.codes():
        sys.monitoring.set_local_events(tool, code, line)
    return lambda: sys.monitoring.free_tool_id(tool)


def take_tool():
    tool = 4
    sys.monitoring.use_tool_id(tool, "bench")
    return tool


def empty_trace_hook(work, output):
    import bench_hook

    bench_hook.set_trace()
    return bench_hook.clear_trace


def disabling_start_callback(work, output):
    """Attach the least that must be there to learn of new code objects."""
    tool, start = take_tool(), sys.monitoring.events.PY_START
    sys.monitoring.register_callback(tool, start, lambda *_: sys.monitoring.DISABLE)
    sys.monitoring.set_events(tool, start)
    return lambda: sys.monitoring.free_tool_id(tool)


# -- writers -----------------------------------------------------------------------


def write_each(hook, descriptor, lines):
    hook.write_lines(descriptor, lines, 1)


def write_by_buffer(hook, descriptor, lines):
    hook.write_lines(descriptor, lines, 65536 // 40)


def copy_into_mapping(hook, descriptor, lines):
    hook.copy_lines(descriptor, lines)
