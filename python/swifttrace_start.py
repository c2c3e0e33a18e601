"""Asks at every start of the interpreter whether this run is to be traced.

By `swifttrace.pth` and, from Python 3.15 on, `swifttrace.start` (PEP 829). Imports nothing
of swifttrace where the environment does not say so. PYTEST_DONT_REWRITE
"""


def start():
    """Start the trace that SWIFTTRACE asks for, if it does."""
    import os

    if os.environ.get("SWIFTTRACE"):
        try:
            from swifttrace.launch.startup import start as start_trace
        except ImportError:  # a sub-interpreter, or a Python we do not run on
            return
        start_trace(os.environ["SWIFTTRACE"])
