"""Programs of pyperformance, run from where that package is installed.

Each is loaded under the name of its benchmark and run without pyperf's own timing.
"""

import importlib.util
import os
import sys

TURNS = {"richards": 2, "deltablue": 30, "nbody": 3_000, "json_dumps": 20}


def load(name):
    """Return `run`, and the modules whose lines are in scope."""
    module = imported(name)
    return RUNS[name](module), [module, *BESIDES.get(name, list)()]


def imported(name):
    import pyperformance

    directory = os.path.join(os.path.dirname(pyperformance.__file__), "data-files", "benchmarks")
    path = os.path.join(directory, f"bm_{name}", "run_benchmark.py")
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def richards(module):
    return module.Richards().run


def deltablue(module):
    def run(turns):
        for _ in range(turns):
            module.delta_blue(10)

    return run


def nbody(module):
    module.offset_momentum(module.BODIES["sun"])

    def run(turns):
        module.report_energy()
        module.advance(0.01, turns)

    return run


def json_dumps(module):
    """The encoder in Python, not the one in C: what is measured is Python code."""
    (encoder,) = json_encoder()
    encoder.c_make_encoder = None
    encoder.encode_basestring_ascii = encoder.py_encode_basestring_ascii
    cases = [(module.NESTED_DATA, range(20)), (module.HUGE[0][:20], range(1))]

    def run(turns):
        for _ in range(turns):
            module.bench_json_dumps(cases)

    return run


def json_encoder():
    import json.encoder

    return [json.encoder]


RUNS = {"richards": richards, "deltablue": deltablue, "nbody": nbody, "json_dumps": json_dumps}
BESIDES = {"json_dumps": json_encoder}
