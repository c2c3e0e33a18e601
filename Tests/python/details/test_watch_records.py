"""`--watch`: one change is one record, at the innermost line, with its callers; nothing else is."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import pytest
from conftest import clean_environment, run_swifttrace

FONTKIT = """\
import os
families = {}
def measure(name):
    return len(name)
def register(name):
    families[name] = measure(name)
"""
REPORTS = """\
import fontkit
def setup():
    fontkit.register("serif")
    return None
"""


def records(write, script, *expressions, options=(), files=None, **how):
    for name, text in (files or {}).items():
        write(name, text)
    path = write("main.py", script)
    asked = [word for each in expressions for word in ("--watch", each)]
    ended = run_swifttrace(*options, *asked, "main.py", cwd=path.parent, **how)
    assert ended.returncode == 0, ended.stderr.decode()
    rows = [re.sub(r"#\d+>", "#N>", row) for row in ended.stderr.decode().splitlines()]
    return [re.sub(r"\+ \[ *(?:.*/)?([\w.]+:\d+) *\] +", r"\1 ", row) for row in rows]


@pytest.mark.parametrize(
    "expression", ["fontkit.families", "len(families)", "'serif' in fontkit.families"]
)
def test_one_record_with_its_callers(write, expression):
    script = "import reports\ndef main():\n    reports.setup()\n    return 1\nmain()\n"
    rows = records(write, script, expression, files={"fontkit.py": FONTKIT, "reports.py": REPORTS})
    found = rows[-3:]
    assert found[0] == "fontkit.py:6 families[name] = measure(name)"
    assert found[1].startswith(f"fontkit.py:6 # {expression} = ")
    assert found[2:] == ["fontkit.py:6 # by reports.py:3 setup, main.py:3 main, main.py:5 <module>"]


def test_a_name_that_no_scope_has_is_looked_up_among_the_modules(write):
    files = {
        "app/__init__.py": "",
        "app/errors.py": "class Declined(Exception):\n    pass\n",
        "app/gateway.py": "from errors import Declined\n",
    }
    script = """\
import sys, importlib
sys.path.append("app")
def start():
    importlib.import_module("app.gateway")
start()
"""
    rows = records(write, script, "'errors' in sys.modules", files=files)
    assert rows == [
        "gateway.py:1 from errors import Declined",
        "gateway.py:1 # 'errors' in sys.modules = False → True",
        "gateway.py:1 # by main.py:4 start, main.py:5 <module>",
    ]


OBJECTS = """\
class Counter:
    def __init__(self):
        self.count = 0
    def add(self):
        self.count += 1
def first():
    x = 1
    x += 1
one, two = Counter(), Counter()
for _ in range(2):
    one.add()
    two.add()
first()
first()
"""


def test_objects_are_told_apart(write):
    rows = records(write, OBJECTS, "self.count")
    said = [row.partition("# ")[2] for row in rows if "# " in row and "# by" not in row]
    other = " (<Counter #N>)"
    assert said == [
        "self.count = raises AttributeError → 0",
        "self.count = raises AttributeError → 0" + other,
        "self.count = 0 → 1",
        "self.count = 0 → 1" + other,
        "self.count = 1 → 2",
        "self.count = 1 → 2" + other,
    ]


def test_calls_are_told_apart(write):
    said = [row.partition("# ")[2] for row in records(write, OBJECTS, "x") if "# x" in row]
    assert said == ["x = 1 → 2", "x = 1 → 2 (call 2 of first)"]


def test_a_name_that_is_not_there_is_no_change(write):
    script = """\
import json
def one(): return 1
def two(limit=1): return one()
def three():
    import sys
    limit = two()
    return [limit for _ in range(3)]
class Thing:
    value = three()
for _ in range(9):
    three(); json.dumps(Thing.value)
limit = 3
"""
    expressions = ["limit", "nothing", "nothing.at.all", "sys.path[0]", "limit + nowhere"]
    assert records(write, script, *expressions) == []


def test_a_variable_that_two_functions_share_is_one(write):
    script = """\
def outer():
    total = 0
    def add(number):
        nonlocal total
        total += number
    add(1)
    add(2)
    return total
outer()
"""
    said = [row for row in records(write, script, "total") if "# total" in row]
    assert said == ["main.py:5 # total = 0 → 1", "main.py:5 # total = 1 → 3"]


RETURNS = """\
import config
def deepest(n):
    if n:
        return deepest(n - 1)
    config.LIMIT += 1
def middle():
    deepest(5)
    return 1
def rows():
    yield 1
    middle()
    yield 2
for row in rows():
    pass
try:
    middle(); raise KeyError
except KeyError:
    pass
"""


def test_a_change_is_told_once_however_many_frames_it_comes_back_over(write):
    rows = records(write, RETURNS, "config.LIMIT", files={"config.py": "LIMIT = 1\n"})
    said = [row for row in rows if " → " in row and "AttributeError" not in row]
    assert said == ["main.py:5 # config.LIMIT = 1 → 2", "main.py:5 # config.LIMIT = 2 → 3"]
    assert rows.count("main.py:5 config.LIMIT += 1") == 2
    many = [row for row in rows if "# by main.py:4 deepest, main.py:4 deepest, " in row]
    assert many[0].endswith("main.py:7 middle, main.py:11 rows, main.py:13 <module>")


def test_installed_packages_and_the_standard_library_are_not_asked(write):
    script = "import sys, shlex\nshlex.thing = 0\ndef f():\n    shlex.quote('a b')\n    shlex.thing = 1\nf()\n"
    files = {"site-packages/tool.py": "import shlex\nshlex.thing = 2\n"}
    script += "sys.path.append('site-packages')\nimport tool\nlast = 1\n"
    rows = records(write, script, "shlex.thing", files=files)
    changes = [row for row in rows if " → " in row]
    assert changes == [
        "main.py:2 # shlex.thing = raises AttributeError → 0",
        "main.py:5 # shlex.thing = 0 → 1",
        "main.py:8 # shlex.thing = 1 → 2",
    ]
    rows = records(write, script, "shlex.thing", options=["--scope", "all"])
    assert "tool.py:2 # shlex.thing = 1 → 2" in rows


LAZY = {
    "a module that is loaded when it is used": """\
import importlib.util, sys
spec = importlib.util.find_spec("slow")
spec.loader = importlib.util.LazyLoader(spec.loader)
slow = importlib.util.module_from_spec(spec)
sys.modules["slow"] = slow
spec.loader.exec_module(slow)
""",
    "a module with a __getattr__": """\
import sys, types
slow = sys.modules["slow"] = types.ModuleType("slow")
slow.__getattr__ = lambda name: print("loaded")
""",
    "a module of another class": """\
import sys, types
class Slow(types.ModuleType):
    def __getattr__(self, name): print("loaded")
sys.modules["slow"] = Slow("slow")
""",
}


@pytest.mark.parametrize("kind", LAZY)
@pytest.mark.parametrize("expression", ["slow.value", "slow.value.x", "len(slow.value)"])
def test_no_module_is_loaded_for_it(write, kind, expression):
    files = {"slow.py": "print('loaded')\nvalue = 1\n"}
    script = LAZY[kind] + "def f():\n    return 1\nf()\nf()\nprint('end', flush=True)\n"
    for name, text in files.items():
        write(name, text)
    path = write("main.py", script)
    ended = run_swifttrace("--watch", expression, "main.py", cwd=path.parent)
    assert (ended.returncode, ended.stdout) == (0, b"end\n")


@pytest.mark.parametrize("option", ["--watch=n.x", "--values=repr", "-dd"])
def test_ctrl_c_shows_no_frames_of_ours(write, option, tmp_path):
    script = """\
class N:
    x = 0
    def __repr__(self):
        return "N"
n = N()
def work():
    print("on", flush=True)
    while True:
        n.x = 1; m = N()
        del m
work()
"""
    path = write("main.py", script)
    command = [sys.executable, "-m", "swifttrace", option, "-o", tmp_path / "log"]
    command += ["--debug-log", tmp_path / "debug"] if option == "-dd" else []
    for _turn in range(3):
        with subprocess.Popen(
            [*command, path],
            cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            process.stdout.readline()
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == -signal.SIGINT
        assert said.endswith(b"KeyboardInterrupt\n")
        assert b"swifttrace" not in said.replace(bytes(tmp_path), b""), said.decode()
        assert b"During handling" not in said
