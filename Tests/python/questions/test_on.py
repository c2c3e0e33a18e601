"""`--on EVENT[:PATTERN]` says who has done it, at the end, and changes nothing else."""

from __future__ import annotations

import json

import pytest
from conftest import run_python, run_swifttrace

PROGRAM = """\
import os
import sys


def save(name):
    with open(name, "w") as file:
        file.write("x")


def set_up():
    os.environ["REPORT"] = "swiss"
    os.environ.pop("REPORT")
    os.mkdir("folder")
    os.rename("folder", "other")
    os.rmdir("other")


def main():
    for number in range(3):
        save(f"{number % 2}.tmp")
    save("data.txt")
    set_up()
    here = os.getcwd()
    os.chdir("/")
    os.chdir(here)
    os.remove("data.txt")
    import colorsys
    try:
        int("x")
    except ValueError:
        pass
    sys.exit(3)


main()
"""
MAIN = "program.py:35 <module>"
SAVED = f"by program.py:21 main, {MAIN}"
SET_UP = f"by program.py:23 main, {MAIN}"
ANSWERS = {
    "open:*.tmp": [
        "# open:*.tmp happened 3 times, at 1 place",
        '+ [program.py:6]     with open(name, "w") as file:',
        "+ [program.py:6]     # 3 times: open 0.tmp w; open 1.tmp w, "
        f"by program.py:20 main, {MAIN}",
    ],
    "open:data.txt": [
        "# open:data.txt happened once, at 1 place",
        '+ [program.py:6]     with open(name, "w") as file:',
        f"+ [program.py:6]     # open data.txt w, {SAVED}",
    ],
    "putenv:REPORT": [
        "# putenv:REPORT happened twice, at 2 places",
        '+ [program.py:11]     os.environ["REPORT"] = "swiss"',
        f"+ [program.py:11]     # putenv REPORT=swiss, by program.py:22 main, {MAIN}",
        '+ [program.py:12]     os.environ.pop("REPORT")',
        f"+ [program.py:12]     # unsetenv REPORT, by program.py:22 main, {MAIN}",
    ],
    "mkdir": [
        "# mkdir happened once, at 1 place",
        '+ [program.py:13]     os.mkdir("folder")',
        f"+ [program.py:13]     # mkdir folder, by program.py:22 main, {MAIN}",
    ],
    "rename": [
        "# rename happened once, at 1 place",
        '+ [program.py:14]     os.rename("folder", "other")',
        f"+ [program.py:14]     # rename folder other, by program.py:22 main, {MAIN}",
    ],
    "remove": [
        "# remove happened twice, at 2 places",
        '+ [program.py:15]     os.rmdir("other")',
        f"+ [program.py:15]     # rmdir other, by program.py:22 main, {MAIN}",
        '+ [program.py:26]     os.remove("data.txt")',
        f"+ [program.py:26]     # remove data.txt, by {MAIN}",
    ],
    "chdir:/": [
        "# chdir:/ happened once, at 1 place",
        '+ [program.py:24]     os.chdir("/")',
        f"+ [program.py:24]     # chdir /, by {MAIN}",
    ],
    "import:color*": [
        "# import:color* happened once, at 1 place",
        "+ [program.py:27]     import colorsys",
        f"+ [program.py:27]     # import colorsys, by {MAIN}",
    ],
    "raise:ValueError": [
        "# raise:ValueError happened once, at 1 place",
        '+ [program.py:29]         int("x")',
        '+ [program.py:29]         # raises ValueError("invalid literal for int() with base 10: '
        f"'x'\"), by {MAIN}",
    ],
    "exit": [
        "# exit happened once, at 1 place",
        "+ [program.py:32]     sys.exit(3)",
        f"+ [program.py:32]     # raises SystemExit(3), by {MAIN}",
    ],
    "call:save": [
        "# call:save happened 4 times, at 2 places",
        '+ [program.py:20]         save(f"{number % 2}.tmp")',
        "+ [program.py:20]         # 3 times: save(name='0.tmp') → None; "
        f"save(name='1.tmp') → None, by {MAIN}",
        '+ [program.py:21]     save("data.txt")',
        f"+ [program.py:21]     # save(name='data.txt') → None, by {MAIN}",
    ],
    "call:os.getcwd": [
        "# call:os.getcwd happened once, at 1 place",
        "+ [program.py:23]     here = os.getcwd()",
        f"+ [program.py:23]     # getcwd(), by {MAIN}",
    ],
}
NEVER = {
    "open:*.never": "# open:*.never never happened; ",
    "mkdir:other": "# mkdir:other never happened; 1 other did",
    "connect": "# connect never happened",
    "raise:KeyError": "# nobody raised KeyError",
    "call:shutil.rmtree": "# nobody called shutil.rmtree",
    "call:os.getcwdd": "# nobody called os.getcwdd: the module os has no getcwdd",
}


@pytest.fixture
def answered(write, tmp_path):
    """Return a function that runs the program with options, and returns the answer's lines."""
    write("program.py", PROGRAM)

    def answered(*options):
        ended = run_swifttrace(*options, "program.py", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (3, b"")
        return ended.stderr.decode().splitlines()

    return answered


@pytest.mark.parametrize("event", ANSWERS)
def test_it_says_where_it_happened_and_who_called(answered, event):
    assert answered("--on", event) == ANSWERS[event]


@pytest.mark.parametrize("event", NEVER)
def test_what_never_happened_is_one_line(answered, event):
    lines = answered("--on", event)
    assert len(lines) == 1
    assert lines[0].startswith(NEVER[event])


def test_several_questions_have_an_answer_each(answered):
    events = ["mkdir", "exit"]
    lines = answered("--on", "mkdir", "--on", "exit")
    assert lines == [line for event in events for line in ANSWERS[event]]


def test_each_thing_is_shown_as_it_happens_too_if_that_is_asked_for(answered):
    lines = answered("-v", "--on", "exit")
    assert lines == ANSWERS["exit"][1:] + ANSWERS["exit"]


def test_an_answer_is_for_programs_too(answered):
    verdict, record = map(json.loads, answered("--json", "--on", "mkdir"))
    assert verdict["verdict"] == "mkdir happened once, at 1 place"
    assert (record["file"], record["line"], record["function"]) == ("program.py", 13, "set_up")
    assert (record["text"], record["count"]) == ('os.mkdir("folder")', 1)
    assert record["by"][0] == {"file": "program.py", "line": 22, "function": "main"}


MANY = "import os\n" + "".join(f"os.mkdir('d{n}')\n" for n in range(60)) + "os.rmdir('d7')\n"


def test_no_more_than_forty_lines_are_shown_and_what_is_left_out_is_counted(write, tmp_path):
    write("program.py", MANY)
    lines = run_swifttrace("--on", "mkdir", "program.py", cwd=tmp_path).stderr.splitlines()
    assert len(lines) == 40
    assert lines[-1] == b"# 41 more records of 41 times left out: --all shows all, --lines N more"
    for number in range(60):
        (tmp_path / f"d{number}").is_dir() and (tmp_path / f"d{number}").rmdir()
    lines = run_swifttrace("--all", "--on", "mkdir", "program.py", cwd=tmp_path).stderr.splitlines()
    assert len(lines) == 121


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--on", "lemon"], "on 'lemon': there is no such event; there are open, mkdir, "),
        (["--on", "call:"], "on call needs a name, such as random.seed, not ''"),
        (["--on", "raise:a b"], "on raise needs a name, such as random.seed, not 'a b'"),
        (["--who", "a.b()"], "who needs a name, such as random.seed, not 'a.b()'"),
        (["--on", "open", "--lines", "-3"], "lines must be from 0 to "),
        (["--on", "open", "--watch", "x"], "on and watch exclude each other"),
        (["--lines", "9", "--watch", "x"], "lines is for answers: watch shows each change"),
        (["--who", "open", "--last", "3"], "who and last exclude each other"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_nothing_runs(write, tmp_path, options, said):
    write("program.py", "print('ran')\n")
    ended = run_swifttrace(*options, "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode().startswith(f"swifttrace: {said}")
    assert ended.stderr.count(b"\n") == 1


CHILDREN = """\
import multiprocessing, os, subprocess, sys


def make(name):
    os.mkdir(name)


if __name__ == "__main__":
    for method in "fork", "spawn":
        process = multiprocessing.get_context(method).Process(target=make, args=(method,))
        process.start()
        process.join()
    subprocess.run([sys.executable, "-c", "import os; os.mkdir('child')"])
    make("own")
"""


def test_each_process_answers_for_itself(write, tmp_path):
    write("program.py", CHILDREN)
    ended = run_swifttrace("--on", "mkdir", "program.py", cwd=tmp_path, interpreter_options=["-Wi"])
    lines = ended.stderr.decode().splitlines()
    assert [line.partition(": ")[2] for line in lines if line.startswith("# process")] == [
        "mkdir happened once, at 1 place"
    ] * 3
    assert [line.partition("# ")[2].partition(",")[0] for line in lines if "] " in line and "# " in line] == [
        "mkdir fork", "mkdir spawn", "mkdir child", "mkdir own",
    ]  # fmt: skip
    assert "++ [<string>:1] import os; os.mkdir('child')" in lines


def test_the_variable_asks_too(write, tmp_path):
    write("program.py", PROGRAM)
    ended = run_python("program.py", cwd=tmp_path, env={"SWIFTTRACE": "on=exit"})
    assert ended.stderr.decode().splitlines() == ANSWERS["exit"]


IN_PROGRAM = """\
import os, swifttrace
os.mkdir("before")
swifttrace.enable(on="mkdir")
os.mkdir("asked")
swifttrace.disable()
os.mkdir("after")
"""


def test_a_program_asks_about_a_part_of_itself(write, tmp_path):
    write("program.py", IN_PROGRAM)
    lines = run_python("program.py", cwd=tmp_path).stderr.decode().splitlines()
    assert lines == [
        "# mkdir happened once, at 1 place",
        '+ [program.py:4] os.mkdir("asked")',
        "+ [program.py:4] # mkdir asked",
    ]


def test_the_answer_goes_to_a_file_if_one_is_named(write, tmp_path):
    write("program.py", PROGRAM)
    ended = run_swifttrace("-o", "answer", "--on", "exit", "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (3, b"")
    assert (tmp_path / "answer").read_text().splitlines() == ANSWERS["exit"]


SECRET = "import os\nos.environ['API_TOKEN'] = 'hunter2'\n"


def test_secrets_are_hidden(write, tmp_path):
    write("program.py", SECRET)
    ended = run_swifttrace("--on", "putenv", "program.py", cwd=tmp_path)
    assert b"putenv API_TOKEN=***" in ended.stderr
    ended = run_swifttrace("--show-secrets", "--on", "putenv", "program.py", cwd=tmp_path)
    assert b"putenv API_TOKEN=hunter2" in ended.stderr
