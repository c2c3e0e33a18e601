"""What is compared with what: the sections of the report, their works and their rows."""

import hooks
import ours
import peers
from contestant import HAS_MONITORING, Contestant, Shell, Writing
from work import APPLICATIONS, PROGRAMS

UNTRACED = "untraced"
EMPTY_HOOK = "empty hook"

NOISE = Contestant("untraced, again (the noise)", hooks.no_tracer)
HOOK = Contestant("empty native hook", hooks.empty_hook, needs="hook")
RING = Contestant("swifttrace -xx, to the ring", ours.to_ring(2), needs="ring")
RECORDING = Contestant("swifttrace record -xx", ours.to_recording(2))
FOLDED = Contestant("swifttrace record -xx --fold", ours.to_recording(2, fold=True))
BOUNDED = Contestant("swifttrace record -xx --max-size 1M", ours.to_recording(2, max_size="1M"))
FILE_1 = Contestant("swifttrace -x, to a file", ours.to_file(1), prints=True)
FILE_2 = Contestant("swifttrace -xx, to a file", ours.to_file(2), prints=True)
FILE_3 = Contestant("swifttrace -xxx, to a file", ours.to_file(3), prints=True, everything=True)
AYRTON = Contestant("ayrton's trace function", peers.ayrton_style, prints=True, share=0.1)
TRACE = Contestant("python -m trace -t", peers.trace_module, prints=True, share=0.1)
HUNTER = Contestant(
    "hunter, CodePrinter", peers.hunter_code_printer, prints=True, share=0.02, needs="hunter"
)
COVERAGE_C = Contestant(
    "coverage.py, C tracer (prints nothing)", peers.coverage_core("ctrace"), needs="coverage"
)
COVERAGE_SYSMON = Contestant(
    "coverage.py, sysmon (a line once)",
    peers.coverage_core("sysmon"),
    needs="coverage",
    since=HAS_MONITORING,
)
VIZTRACER = Contestant("viztracer (calls, no lines)", peers.viztracer, share=0.5, needs="viztracer")

LOOP = {
    UNTRACED: NOISE,
    EMPTY_HOOK: HOOK,
    "empty slot": Contestant(
        "  the same with a vectorcall slot",
        hooks.empty_slot_callback,
        needs="hook",
        since=HAS_MONITORING,
    ),
    "empty settrace": Contestant(
        "  PyEval_SetTrace instead",
        hooks.empty_trace_hook,
        needs="hook",
        since=HAS_MONITORING,
    ),
    "ring": RING,
    "recording": RECORDING,
    "bounded": BOUNDED,
    "folded": FOLDED,
    "file 2": FILE_2,
    "file 3": FILE_3,
    "copy": Writing("  40 bytes into a mapped file", hooks.copy_into_mapping),
    "write 64k": Writing("  40 bytes by a buffer of 64 kB", hooks.write_by_buffer),
    "stderr 2": Contestant(
        "swifttrace -xx, stderr in a file", ours.to_stderr, prints=True, share=0.2
    ),
    "write": Writing("  one write(2) of 40 bytes", hooks.write_each, share=0.2),
    "ayrton": AYRTON,
    "trace": TRACE,
    "hunter": HUNTER,
    "values": Contestant(
        "swifttrace -xx --values, to a file",
        ours.to_file(2, values=True),
        prints=True,
        share=0.1,
    ),
    "pysnooper": Contestant(
        "PySnooper", peers.pysnooper, prints=True, share=0.01, needs="PySnooper"
    ),
    "snoop": Contestant("snoop", peers.snoop, prints=True, share=0.005, needs="snoop"),
    "bash": Shell("bash -x, the same in bash", "loop.sh", share=0.02),
    "coverage C": COVERAGE_C,
    "coverage sysmon": COVERAGE_SYSMON,
    "viztracer": VIZTRACER,
}

CODE = {
    EMPTY_HOOK: HOOK,
    "ring": RING,
    "recording": RECORDING,
    "file 2": FILE_2,
    "ayrton": AYRTON,
    "trace": TRACE,
    "hunter": HUNTER,
    "coverage C": COVERAGE_C,
    "coverage sysmon": COVERAGE_SYSMON,
    "viztracer": VIZTRACER,
}

APPLICATION = {
    EMPTY_HOOK: Contestant(
        "empty native hook", hooks.empty_hook_everywhere, everything=True, needs="hook"
    ),
    "ring": Contestant(
        "swifttrace -xxx, to the ring", ours.to_ring(3), everything=True, needs="ring"
    ),
    "recording": Contestant("swifttrace record -xxx", ours.to_recording(3), everything=True),
    "file 3": FILE_3,
}

REAL = {EMPTY_HOOK: HOOK, "file 1": FILE_1, "file 2": FILE_2, "file 3": FILE_3}

LIBRARY = {
    UNTRACED: NOISE,
    "file 1": Contestant("swifttrace -x, out of scope", ours.out_of_scope(1)),
    "file 2": Contestant("swifttrace -xx, out of scope", ours.out_of_scope(2)),
    "script 1": Contestant("swifttrace -x, the script in scope", ours.to_file(1)),
    "script 2": Contestant("swifttrace -xx, the script in scope", ours.to_file(2)),
    "disable": Contestant(
        "PY_START that answers DISABLE", hooks.disabling_start_callback, since=HAS_MONITORING
    ),
    "empty settrace": Contestant(
        "empty PyEval_SetTrace hook", hooks.empty_trace_hook, needs="hook"
    ),
}


class Section:
    """A part of the report: works, and who runs each of them.

    is_whole: the time of the whole run is compared, switching on and off included, not
    that of a line.
    """

    def __init__(self, title, works, contestants, is_whole=False):
        self.title = title
        self.works = works
        self.contestants = contestants
        self.is_whole = is_whole


SECTIONS = {
    "loop": Section(
        "The tight loop, in scope: ns a line above the untraced time, x empty hook",
        ["loop"],
        LOOP,
    ),
    "code": Section(
        "Other code in scope: ns a line above the untraced time, x empty hook",
        ["calls", "generators", "exceptions", "classes"],
        CODE,
    ),
    "programs": Section(
        "Programs of pyperformance: ns a line above the untraced time, x untraced",
        list(PROGRAMS),
        REAL,
    ),
    "applications": Section(
        "Real packages, all code: ns a line above the untraced time, x empty hook",
        list(APPLICATIONS),
        APPLICATION,
    ),
    "library": Section(
        "A script that works in the library: time of the whole run, x untraced",
        ["library"],
        LIBRARY,
        is_whole=True,
    ),
}
