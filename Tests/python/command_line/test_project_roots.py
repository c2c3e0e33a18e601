"""What lies below a project's root is the project, whatever marks the root."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

PROGRAM = "import sys\nsys.path.insert(0, {root!r})\nimport helper\n"


def traced(directory, program, **how):
    ended = run_swifttrace("-xx", "--scope=project", program, cwd=directory, **how)
    assert ended.returncode == 0, ended.stderr
    return b"value = 1\n" in ended.stderr


@pytest.fixture
def project(write, tmp_path):
    """A program two directories below the root, and a module that lies at the root."""
    root = tmp_path / "project"
    write("project/helper.py", "value = 1\n")
    write("project/deep/below/program.py", PROGRAM.format(root=str(root)))
    return root


@pytest.mark.parametrize("mark", [".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg"])
def test_each_mark_marks_the_root(mark, project, write, tmp_path):
    assert not traced(tmp_path, project / "deep/below/program.py")
    if mark.startswith("."):
        (project / mark).mkdir()
    else:
        write(f"project/{mark}", "")
    assert traced(tmp_path, project / "deep/below/program.py")


def test_the_nearest_mark_counts(project, write, tmp_path):
    write("project/setup.cfg", "")
    write("project/deep/setup.cfg", "")
    assert not traced(tmp_path, project / "deep/below/program.py")


def test_a_project_is_known_by_its_own_name_where_a_link_from_outside_leads_into_it(
    project, write, tmp_path
):
    write("project/setup.cfg", "")
    (tmp_path / "link").symlink_to(project / "deep")
    assert traced(tmp_path, tmp_path / "link/below/program.py")


@pytest.mark.parametrize("directory", ["site-packages", "dist-packages"])
def test_what_is_installed_below_the_root_is_none_of_the_project(directory, project, write):
    write("project/setup.cfg", "")
    installed = project / "venv/lib" / directory
    write(f"project/venv/lib/{directory}/helper.py", "value = 1\n")
    program = write("project/program.py", PROGRAM.format(root=str(installed)))
    assert not traced(project, program)
