"""`--paths`: the whole path of the file that a line is of."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace


@pytest.fixture
def handlers(tmp_path):
    """A project whose modules lie deep in it."""
    package = tmp_path / "project" / "src" / "a_package_with_a_long_name" / "handlers"
    package.mkdir(parents=True)
    root = tmp_path / "project"
    (root / "pyproject.toml").write_text("")
    (package / "view.py").write_text("value = 1\n")
    (root / "main.py").write_text(
        "import sys\nsys.path.insert(0, 'src/a_package_with_a_long_name')\nimport handlers.view\n"
    )
    return root


VIEW = "src/a_package_with_a_long_name/handlers/view.py"


def test_level_3_has_the_last_32_characters_as_ever(handlers):
    for option in ((), ("--paths=short",)):
        ended = run_swifttrace("-xxx", *option, "main.py", cwd=handlers)
        place = f"{handlers}/{VIEW}"[-32:]
        lines = ended.stderr.decode().splitlines()
        (line,) = [line for line in lines if line.endswith("] value = 1") and "view.py" in line]
        assert line[3:35] == place or line[3:35].endswith(VIEW[-25:])
        assert line[35:] == ":1     ] value = 1"


@pytest.mark.parametrize("level", ["-x", "-xx", "-xxx"])
def test_paths_are_whole_at_each_level(handlers, level):
    options = (level, "--scope=project", "--no-banner")
    relative = run_swifttrace(*options, "--paths=relative", "main.py", cwd=handlers)
    lines = relative.stderr.decode().splitlines()
    assert "+ [main.py:1] import sys" in lines
    assert any(line.endswith(f"{VIEW}:1] value = 1") for line in lines)
    absolute = run_swifttrace(*options, "--paths", "absolute", "main.py", cwd=handlers)
    assert f"+ [{handlers}/main.py:1] import sys\n" in absolute.stderr.decode()


@pytest.mark.parametrize("level", [1, 2])
def test_lines_of_a_project_say_which_file_they_are_of(handlers, level):
    ended = run_swifttrace(f"--level={level}", "--scope=project", "main.py", cwd=handlers)
    assert ended.stderr.startswith(b"+ [main.py:1] import sys\n")
    assert f"+ [{VIEW}:1] value = 1\n".encode() in ended.stderr
    environment = {"SWIFTTRACE": f"level={level},scope=project"}
    assert run_python("main.py", cwd=handlers, env=environment).stderr == ended.stderr


@pytest.mark.parametrize("level", [1, 2])
def test_lines_of_the_script_alone_do_not(handlers, level):
    ended = run_swifttrace(f"--level={level}", "main.py", cwd=handlers)
    number = "" if level == 1 else "[     1] "
    assert ended.stderr.startswith(f"+ {number}import sys\n".encode())
    ended = run_swifttrace(
        f"--level={level}", "--scope=project", "--paths=short", "main.py", cwd=handlers
    )
    assert ended.stderr.startswith(f"+ {number}import sys\n".encode())


def test_a_path_stays_relative_to_where_the_process_began(handlers):
    (handlers / "main.py").write_text("import os\nos.chdir('/')\nimport src\n")
    (handlers / "src" / "__init__.py").write_text("x = 1\n")
    ended = run_swifttrace("-xx", "--scope=project", "main.py", cwd=handlers)
    assert b"+ [src/__init__.py:1] x = 1\n" in ended.stderr
    elsewhere = handlers.parent / "elsewhere"
    elsewhere.mkdir()
    outside = run_swifttrace("-xx", "--scope=project", handlers / "main.py", cwd=elsewhere)
    assert f"+ [{handlers}/main.py:1] import os\n".encode() in outside.stderr


def test_a_program_and_the_environment_may_ask_for_it(handlers):
    source = "import swifttrace\nwith swifttrace.trace(1, paths='relative'):\n    x = 1\n"
    (handlers / "main.py").write_text(source)
    assert run_python("main.py", cwd=handlers).stderr.startswith(b"+ [main.py:3]     x = 1\n")
    source = "import swifttrace\nswifttrace.enable(1, paths='relative')\nx = 1\n"
    (handlers / "main.py").write_text(source)
    assert run_python("main.py", cwd=handlers).stderr == b"+ [main.py:3] x = 1\n"
    (handlers / "main.py").write_text("x = 1\n")
    ended = run_python("main.py", cwd=handlers, env={"SWIFTTRACE": "level=1,paths=absolute"})
    assert ended.stderr == f"+ [{handlers}/main.py:1] x = 1\n".encode()


@pytest.mark.parametrize("value", ["", "long", "Relative"])
def test_other_paths_are_refused(handlers, value):
    ended = run_swifttrace(f"--paths={value}", "main.py", cwd=handlers)
    assert ended.returncode == 2
    assert b"paths must be one of short, relative, absolute" in ended.stderr


def test_code_without_a_file_is_named_as_the_interpreter_names_it(handlers):
    (handlers / "main.py").write_text("exec('x = 1')\n")
    ended = run_swifttrace("-xxx", "--paths=relative", "main.py", cwd=handlers)
    assert b"+ [<string>:1] <no source>\n" in ended.stderr
