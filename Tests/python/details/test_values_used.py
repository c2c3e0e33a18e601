"""The values that lines read: --values=used."""

from __future__ import annotations

from conftest import run_python, run_swifttrace

SCRIPT = """\
LIMIT = 3
def f(cfg, name="n"):
    for i in range(LIMIT):
        cfg[i] = i * i
    password = "hush"
    if password and name:
        cfg[name] = [cfg[i], None]
    return len(cfg)
f({})
"""

SHOWN = """\
+ [     1] LIMIT = 3
+ [     2] def f(cfg, name="n"):
+ [     9] f({})
+ [     3]     for i in range(LIMIT):    # LIMIT = 3
+ [     4]         cfg[i] = i * i    # i = 0
+ [     3]     for i in range(LIMIT):    # LIMIT = 3
+ [     4]         cfg[i] = i * i    # i = 1
+ [     3]     for i in range(LIMIT):    # LIMIT = 3
+ [     4]         cfg[i] = i * i    # i = 2
+ [     3]     for i in range(LIMIT):    # LIMIT = 3
+ [     5]     password = "hush"
+ [     6]     if password and name:    # password = ***1, name = 'n'
+ [     7]         cfg[name] = [cfg[i], None]    # cfg = {0: 0, 1: 1, 2: 4}, i = 2, name = 'n'
+ [     8]     return len(cfg)    # cfg = {0: 0, 1: 1, 2: 4, 'n': [4, None]}
"""


def test_the_names_that_a_line_reads(write):
    ended = run_swifttrace("-xx", "--values=used", write("script.py", SCRIPT))
    assert (ended.returncode, ended.stderr.decode()) == (0, SHOWN)


def test_a_trace_in_a_file_and_the_last_lines(write, tmp_path):
    path = write("script.py", SCRIPT)
    run_swifttrace("-xx", "--values=used", "--no-banner", "-o", "out", path, cwd=tmp_path)
    assert (tmp_path / "out").read_text() == SHOWN
    run_swifttrace("-xx", "--values=used", "--last", "99", "-o", "ring", path, cwd=tmp_path)
    shown = run_swifttrace("show", "ring", cwd=tmp_path).stdout.decode()
    assert all(line in shown for line in SHOWN.splitlines())


def test_there_is_one_line_for_each_line(write):
    path = write("script.py", SCRIPT)
    plain = run_swifttrace("-xx", path).stderr.decode().splitlines()
    used = run_swifttrace("-xx", "--values=used", path).stderr.decode().splitlines()
    assert [line.partition("    # ")[0] for line in used] == plain


def test_no_code_of_the_program_runs_for_it(write):
    script = """\
class H:
    def hostile(self, *_):
        print("ran")
        raise SystemExit(3)
    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __getattr__ = __getattribute__ = hostile
    __class__ = property(hostile)
def f(h, rest):
    for each in rest:
        h, each
f(H(), [H(), 1])
"""
    ended = run_swifttrace("-xx", "--values=used", write("script.py", script))
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert b"h, each    # h = <" in ended.stderr


def test_a_second_trace_of_the_same_code_has_its_own_way(write):
    script = """\
import swifttrace
def f(d):
    d["a"] = 1
    d["a"] = d["a"] + 1
    return d
for values in (True, "used", True, False):
    with swifttrace.trace(2, values=values):
        f({})
"""
    ended = run_python_script(write, script)
    lines = ended.stderr.decode().splitlines()
    assert sum("# d['a'] = 1 → 2" in line for line in lines) == 2
    assert sum("    # d = {'a': 1}" in line for line in lines) == 1
    assert sum("    # d = {'a': 2}" in line for line in lines) == 1


def run_python_script(write, script):
    """Run a script that traces itself."""
    ended = run_python(write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended
