"""The programs of `Tests/whodunits`: one command, and the answer stands within 40 lines."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "whodunits"
SPEC = importlib.util.spec_from_file_location("whodunits", FOLDER / "whodunits.py")
whodunits = importlib.util.module_from_spec(SPEC)
sys.modules["whodunits"] = whodunits
SPEC.loader.exec_module(whodunits)
PROGRAMS = whodunits.find([FOLDER])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_one_command_names_the_answer(program):
    score = whodunits.ask(program, Path(sys.executable))
    assert score.holds, score.output


def test_each_answer_is_a_line_of_its_program():
    assert len(PROGRAMS) >= 14
    for program in PROGRAMS:
        name, _, line = program.answer.rpartition(":")
        (told,) = program.folder.glob("ANSWER")
        text = (program.folder / name).read_text().splitlines()[int(line) - 1]
        assert text.strip() in told.read_text().splitlines()[0]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ANSWER").write_text("main.py:3  x = 1\n")
    return tmp_path


def score(folder, output):
    return whodunits.scored(whodunits.Whodunit(folder, "true", "main.py:3"), output)


def test_the_score_is_the_number_of_the_first_line_that_names_the_answer(folder):
    named = score(folder, "main.py:31\nxmain.py:3\n+ [main.py:3] x = 1\nmain.py:3\n")
    assert (named.found, named.lines, named.holds) == (3, 4, True)
    assert str(named) == "line 3 of 4"
    assert not score(folder, "main.py:4\n").holds
    assert not score(folder, "x\n" * 40 + "main.py:3\n").holds


def test_the_status_says_whether_all_answers_were_found(folder, capsys):
    (folder / "QUESTION").write_text("echo main.py:3\n")
    arguments = ["--python", sys.executable, os.fspath(folder)]
    assert whodunits.main(arguments) == 0
    assert "line 1 of 1" in capsys.readouterr().out
    (folder / "QUESTION").write_text("echo main.py:4\n")
    assert whodunits.main(arguments) == 1
    assert "not named of 1" in capsys.readouterr().out


def test_an_answer_of_the_other_form_is_read(folder):
    (folder / "ANSWER").unlink()
    (folder / "ANSWER.txt").write_text("Culprit: app/gateway.py:2  from errors import LIMIT\n")
    (folder / "QUESTION").write_text("true\n")
    assert whodunits.read(folder).answer == "app/gateway.py:2"
