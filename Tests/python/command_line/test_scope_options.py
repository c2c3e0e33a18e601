"""--scope, --include and --exclude say which files are traced."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

FILES = {
    "pyproject.toml": "",
    "main.py": (
        "import os, sys\n"
        "sys.path += ['venv/lib/site-packages', os.path.abspath('../outside')]\n"
        "import helper, tool.inner, installed, foreign, colorsys\n"
        "colorsys.rgb_to_hsv(1, 1, 1)\nexec('made = 1')\n"
    ),
    "helper.py": "value = 1\n",
    "tool/__init__.py": "value = 1\n",
    "tool/inner.py": "value = 1\n",
    "venv/lib/site-packages/installed.py": "value = 1\n",
    "../outside/foreign.py": "value = 1\n",
}
SCRIPT = {"main.py"}
PROJECT = SCRIPT | {"helper.py", "tool/__init__.py", "tool/inner.py"}
EVERYTHING = PROJECT | {"installed.py", "foreign.py", "colorsys.py", "<string>"}


@pytest.fixture
def project(tmp_path):
    """A project in a directory of its own, with a file beside it."""
    for name, content in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "project"


def traced_files(directory, *options, program=("main.py",), **how):
    """The names of the files that there are lines of, among those we know."""
    output = directory.parent / "trace"
    ended = run_swifttrace("--level=3", "-o", output, *options, *program, cwd=directory, **how)
    assert ended.returncode == 0, ended.stderr
    return names_in(output.read_text())


def names_in(trace):
    places = [line[3:].partition("] ")[0].strip() for line in trace.splitlines()]
    names = {place.rpartition(":")[0] for place in places}
    return {known for known in EVERYTHING for name in names if name.endswith(known)}


def test_the_scopes_are_the_script_the_project_and_everything(project):
    assert traced_files(project, "--scope=script") == SCRIPT
    assert traced_files(project, "--scope=project") == PROJECT
    assert traced_files(project, "--scope=all") == EVERYTHING
    assert traced_files(project) == EVERYTHING


def test_a_scope_goes_with_each_level(project):
    ended = run_swifttrace("-x", "--scope", "project", "main.py", cwd=project)
    assert ended.stderr.count(b".py:1] value = 1\n") == 3
    ended = run_swifttrace("-xx", "--scope", "all", "main.py", cwd=project)
    assert ended.stderr.count(b"+ [     1] value = 1\n") == 5
    assert b"maxc = max(r, g, b)\n" in ended.stderr


def test_the_project_is_what_lies_below_its_root_wherever_the_program_starts(project):
    (project / "link").symlink_to("tool")
    start = project / "tool" / "start.py"
    start.write_text("import sys\nsys.path.append('.')\nimport helper, colorsys\n")
    for program in (("tool/start.py",), ("link/start.py",), ("-m", "tool.start")):
        found = traced_files(project, "--scope=project", program=program)
        assert found - {"tool/__init__.py"} == {"helper.py"}


INCLUDES = {
    "helper.py": {"helper.py"},
    "h*.py": {"helper.py"},
    "helper": set(),
    "tool/": {"tool/__init__.py", "tool/inner.py"},
    "tool/*": {"tool/__init__.py", "tool/inner.py"},
    "tool/inner.py": {"tool/inner.py"},
    "inner.py": {"tool/inner.py"},
    "*/inner.py": {"tool/inner.py"},
    "tool/inner": set(),
    "ool/": set(),
    "*.py": EVERYTHING - {"<string>"},
    "*": EVERYTHING,
    "[gh]elper.p?": {"helper.py"},
    "colorsys.py": {"colorsys.py"},
    "*/site-packages/": {"installed.py"},
    "venv/": {"installed.py"},
    "<string>": {"<string>"},
    "<*>": {"<string>"},
    "nothing": set(),
}


@pytest.mark.parametrize("pattern", INCLUDES)
def test_an_include_adds_the_files_that_its_pattern_is_for(pattern, project):
    expected = SCRIPT | INCLUDES[pattern]
    assert traced_files(project, "--scope=script", "--include", pattern) == expected


def test_an_absolute_pattern_is_for_that_place(project):
    for pattern in (f"{project}/tool/", f"{project}/tool", f"{project}/tool/*"):
        found = traced_files(project, "--scope=script", f"--include={pattern}")
        assert found == SCRIPT | {"tool/__init__.py", "tool/inner.py"}
    found = traced_files(project, "--scope=all", f"--exclude={project}/")
    assert found == EVERYTHING - PROJECT - {"installed.py"}


def test_an_exclude_wins_over_the_scope_and_over_includes(project):
    options = ["--scope=project", "--exclude=tool/", "--include=inner.py"]
    assert traced_files(project, *options) == PROJECT - {"tool/__init__.py", "tool/inner.py"}
    assert traced_files(project, "--scope=project", "--exclude=*") == set()
    assert traced_files(project, "--scope=all", "--exclude=main.py") == EVERYTHING - SCRIPT
    options = ["--exclude=helper.py", "--exclude", "foreign.py", "--exclude", "<string>"]
    assert traced_files(project, *options) == EVERYTHING - {
        "helper.py",
        "foreign.py",
        "<string>",
    }


def test_several_includes_add_up(project):
    options = ["--scope=script", "--include", "helper.py", "--include=foreign.py"]
    assert traced_files(project, *options) == SCRIPT | {"helper.py", "foreign.py"}


def test_patterns_are_for_files_below_the_directory_at_the_start(project):
    source = "import os, sys\nsys.path.append(os.getcwd())\nos.chdir('/')\nimport tool.inner\n"
    (project / "main.py").write_text(source)
    found = traced_files(project, "--scope=script", "--include=tool/inner.py")
    assert found == SCRIPT | {"tool/inner.py"}


def test_the_api_takes_the_same_scopes_and_patterns(project):
    source = """\
import swifttrace, sys
swifttrace.enable(3, scope={scope!r}, include={include!r}, exclude={exclude!r})
import helper, tool.inner
sys.path += ['venv/lib/site-packages']
import installed
"""
    cases = [
        (
            None,
            (),
            (),
            {"main.py", "helper.py", "tool/__init__.py", "tool/inner.py", "installed.py"},
        ),
        ("script", (), (), SCRIPT),
        ("project", "installed.py", ["tool/"], {"main.py", "helper.py", "installed.py"}),
        ("script", ["helper.py", "inner.py"], "i*", {"main.py", "helper.py"}),
        ("script", {"helper.py": 1}, (), {"main.py", "helper.py"}),
    ]
    for scope, include, exclude, expected in cases:
        (project / "main.py").write_text(
            source.format(scope=scope, include=include, exclude=exclude)
        )
        ended = run_python("main.py", cwd=project)
        assert ended.returncode == 0, ended.stderr
        assert names_in(ended.stderr.decode()) == expected
