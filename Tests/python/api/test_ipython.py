"""The magics, in a real IPython."""

from __future__ import annotations

import json
import re

import pytest
from conftest import run_python

pytest.importorskip("IPython")

RUN = """\
import json, os, sys
os.environ["IPYTHONDIR"] = sys.argv[1]
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.loads(sys.stdin.read()):
    os.write(2, b"---\\n")
    shell.run_cell(cell, store_history=True)
    sys.stdout.flush()
"""


@pytest.fixture
def run_cells(write, tmp_path):
    """Run cells; return what each of them has traced, and what all have printed."""

    def run_cells(*cells):
        cells = ["%load_ext swifttrace", *cells]
        ended = run_python(
            write("run.py", RUN), tmp_path / "ipython", input=json.dumps(cells).encode()
        )
        assert ended.returncode == 0, ended.stderr.decode()
        _, _, *traced = ended.stderr.decode().split("---\n")
        return traced, ended.stdout.decode()

    return run_cells


def test_a_cell_is_traced(run_cells):
    traced, printed = run_cells("%%trace 2\ndef f():\n    return 'one'\nf()", "x = 2")
    assert traced == ["+ [     1] def f():\n+ [     3] f()\n+ [     2]     return 'one'\n", ""]
    assert re.search(r"Out.*'one'", printed)


def test_the_level_is_1_by_default(run_cells):
    assert run_cells("%%trace\nx = 1")[0] == ["+ x = 1\n"]


def test_functions_of_earlier_cells_are_traced(run_cells):
    assert run_cells("def f():\n    return 1", "%%trace 2\nx = f()")[0] == [
        "",
        "+ [     1] x = f()\n+ [     2]     return 1\n",
    ]


def test_cells_are_traced_until_it_is_off(run_cells):
    traced, _ = run_cells("x = 1", "%trace on", "y = 2\nz = 3", "%trace off", "z = 4")
    assert traced[0] == traced[1] == traced[4] == ""
    assert traced[2] == "+ y = 2\n+ z = 3\n"
    assert re.fullmatch(r"\+ get_ipython\(\)\.run_line_magic\('trace', 'off'\)\n", traced[3])


def test_a_level_and_options(run_cells):
    traced, _ = run_cells("%trace 2 --values", "x = 1", "%trace on --format '{lineno}'", "x = 2")
    assert traced[1] == "+ [     1] x = 1\n+ [     1] # x = 1\n"
    assert traced[3] == "1\n"


def test_level_3_names_the_cell(run_cells):
    traced, _ = run_cells("%%trace 3 --scope=script\nx = 1")
    assert re.fullmatch(r"\+ \[ *<?(?:ipython-input-|\S*ipykernel_)\S+:1 {5}\] x = 1\n", traced[0])


def test_nothing_of_the_shell_is_traced_at_level_3(run_cells):
    traced, _ = run_cells("%%trace 3\nx = 1")
    assert "] x = 1\n" in traced[0]
    assert "/IPython/" not in traced[0]
    assert "traitlets" not in traced[0]


def test_an_exception_ends_the_cell_and_its_trace(run_cells):
    traced, printed = run_cells("%%trace\nx = 1 / 0", "y = 1")
    assert traced == ["+ x = 1 / 0\n", ""]
    assert printed.count(": division by zero") == 1


def test_a_trace_block_leaves_the_other_in_force(run_cells):
    traced, _ = run_cells("%trace on", "%%trace 2\nx = 1", "y = 2")
    assert "+ [     1] x = 1\n" in traced[1]
    assert traced[2] == "+ y = 2\n"


@pytest.mark.parametrize(
    ("magic", "said"),
    {
        "%trace sometimes": "%trace takes on, off or a level, and options as --values",
        "%trace off 2": "%trace takes on, off or a level, and options as --values",
        "%trace on -p": "%trace takes on, off or a level, and options as --values",
        "%%trace -d\n1": "%trace: debug works only with enable() and watch()",
        "%trace 7": "%trace: --level: the level must be 1, 2 or 3",
        "%%trace 2 --values=all\n1": "%trace: values must be True, False, 'repr' or 'used', not 'all'",
        "%trace 2 --never": "%trace: unknown option --never",
        "%trace 'on": "%trace: No closing quotation",
        "%trace on -o /none/a": "%trace: [Errno 2] No such file or directory: '/none/a'",
    }.items(),
)
def test_bad_arguments_are_one_line(run_cells, magic, said):
    traced, printed = run_cells(magic, "x = 1")
    assert f"UsageError: {said}\n" in traced[0] + printed
    assert "Traceback" not in traced[0] + printed
    assert traced[1] == ""


def test_the_log(run_cells, tmp_path):
    log = tmp_path / "a.log"
    run_cells(f"%trace on -dd --debug-log {log}", "def f():\n    return 1\nf()", "%trace off")
    assert "return f: 1\n" in log.read_text()


def test_without_an_argument_it_says_what_is_traced(run_cells):
    assert "Status(enabled=False" in run_cells("%trace")[1]


def test_the_extension_can_be_unloaded(run_cells):
    traced, printed = run_cells("%trace on", "%unload_ext swifttrace", "x = 1", "%trace on")
    assert traced[2] == ""
    assert "`%trace` not found" in traced[3] + printed


PROJECTS = {
    "a magic of the cell": ["%%trace 2 --scope project\nimport beside\nbeside.f()"],
    "a magic": ["%trace 2 --scope project", "import beside\nbeside.f()"],
    "a block": [
        "import swifttrace\nwith swifttrace.trace(2, scope='project'):\n"
        "    import beside; beside.f()"
    ],
}


@pytest.mark.parametrize("form", PROJECTS)
def test_the_project_is_what_lies_where_the_shell_runs(run_cells, write, monkeypatch, form):
    write("beside.py", "def f():\n    return 1\n")
    monkeypatch.chdir(write("setup.cfg", "").parent)
    traced, _ = run_cells("import sys; sys.path.insert(0, '')", *PROJECTS[form])
    assert "+ [beside.py:1] def f():\n" in traced[-1]
    assert "+ [beside.py:2]     return 1\n" in traced[-1]
