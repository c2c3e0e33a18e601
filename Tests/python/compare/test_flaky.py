"""`swifttrace flaky`: why a command fails now and then."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from test_diff import is_running

ORDER = """\
    import sys
    AFTER = {"b": ["a"], "a": [], "c": [], "d": [], "e": []}
    def plan():
        waiting, order = set(AFTER), []
        while waiting:
            name = waiting.pop()
            order.append(name)
        return order
    def main():
        harmless = [name.upper() for name in {"x1", "x2", "x3", "x4", "x5"}]
        order = plan()
        for number, name in enumerate(order):
            for other in AFTER[name]:
                if other not in order[:number]:
                    sys.exit(f"{name} before {other}")
    main()
"""


@pytest.fixture
def flaky(tmp_path):
    def run(*arguments, status=1, **environment):
        command = [sys.executable, "-m", "swifttrace", "flaky", *map(str, arguments)]
        ended = subprocess.run(
            command, capture_output=True, cwd=tmp_path, env={**os.environ, **environment}
        )
        assert ended.returncode == status, (ended.stdout, ended.stderr)
        assert ended.stderr.count(b"\n") == (status == 2)
        return (ended.stderr if status == 2 else ended.stdout).decode().splitlines()

    return run


@pytest.fixture
def program(tmp_path):
    def write(text, name="main.py"):
        (tmp_path / name).write_text(textwrap.dedent(text))

    return write


def test_the_choice_that_fails_is_found_behind_one_that_does_no_harm(flaky, program):
    program(ORDER)
    lines = flaky(24, "-j", 2, "--", "python", "main.py")
    assert " runs: failing runs part from passing ones at main.py:6, at name" in lines[0]
    assert lines[1] == "+ [main.py:6]         name = waiting.pop()"
    assert any(
        told in lines[2] for told in ("'a' before it is 'b' in all", "'b' before it is 'a' in all")
    )
    assert any(line.startswith("~ fails with PYTHONHASHSEED=") for line in lines)
    assert len(lines) <= 40


def test_it_says_how_to_repeat_a_failing_run_and_that_does_fail(flaky, program, tmp_path):
    program(ORDER)
    lines = flaky(16, "--", "python", "main.py")
    (repeat,) = (line for line in lines if line.startswith("~ to repeat a failing run: "))
    variable, python, script = repeat.partition(": ")[2].split()
    name, _, seed = variable.partition("=")
    assert (name, python, script) == ("PYTHONHASHSEED", "python", "main.py")
    environment = {**os.environ, name: seed}
    ended = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    )
    assert ended.returncode == 1
    assert f"~ fails with PYTHONHASHSEED={seed} " in "\n".join(lines)


def test_what_comes_of_the_failure_is_not_the_answer(flaky, program):
    program("""\
        import sys
        def plan():
            waiting, order = {"web", "cache", "mail", "log"}, []
            while waiting:
                order.append(waiting.pop())
            return order
        def check(order):
            for name in order[:order.index("cache")]:
                if name == "web":
                    raise ValueError(name)
            return True
        def main():
            status = 0
            try:
                check(plan())
            except ValueError:
                status = 3
            return status
        sys.exit(main())
    """)
    # Ten runs are too few to tell an order from chance, but for the status that they have.
    lines = flaky(10, "-j", 2, "--", "python", "main.py")
    assert " part from passing ones at main.py:6, at the result " in lines[0]


def test_a_number_that_is_random_is_told_by_its_size(flaky, program):
    program("""\
        import random, sys, time
        began = time.perf_counter()
        delay = random.Random(hash("another one in each run")).random()
        if delay > 0.5:
            sys.exit("too late")
    """)
    lines = flaky(40, "-j", 2, "--until", "both", "--", "main.py")
    assert " part from passing ones at main.py:3, at delay" in lines[0]
    assert any("~ delay is at least 0." in line for line in lines)


def test_it_is_said_if_what_is_varied_does_not_decide(flaky, program, tmp_path):
    program("""\
        import os, sys
        count = len(os.listdir("runs"))
        open(f"runs/{count}", "w").close()
        if count % 2:
            sys.exit("odd")
    """)
    (tmp_path / "runs").mkdir()
    lines = flaky(4, "--", "python", "main.py")
    assert lines[0].startswith("# fails in 2 of 4 runs: ")
    assert (
        "~ PYTHONHASHSEED does not decide: with PYTHONHASHSEED=1 it fails in some runs and passes in"
        " others, as with threads, time or random numbers"
    ) in lines
    assert not any(line.startswith(("~ fails with", "~ to repeat")) for line in lines)


def test_it_stops_when_five_of_each_kind_have_run(flaky, program):
    program("import os, sys\nsys.exit(int(os.environ['PYTHONHASHSEED']) % 2)\n")
    lines = flaky(100, "--until", "both", "--", "python", "main.py")
    assert lines[0].startswith("# fails in 5 of 10 runs: ")
    assert "~ fails with PYTHONHASHSEED=1 3 5 7 9" in lines
    assert "~ passes with PYTHONHASHSEED=0 2 4 6 8" in lines


@pytest.mark.parametrize(
    ("knob", "variable"), [("tz", "TZ"), ("locale", "LC_ALL"), ("switch-interval", "INTERVAL")]
)
def test_other_things_are_varied(flaky, program, knob, variable):
    program("""\
        import os, sys
        seen = (os.environ.get("TZ"), os.environ.get("LC_ALL"), sys.getswitchinterval() < 0.004)
        if seen[0] == "Asia/Tokyo" or seen[1] == "C" or seen[2]:
            sys.exit("no")
    """)
    lines = flaky(5, f"--vary={knob}", "--", "python", "main.py", TZ="UTC", LC_ALL="C.UTF-8")
    assert lines[0].startswith("# fails in ")
    assert any(line.startswith("~ fails with ") and variable in line for line in lines)


def test_one_that_never_fails_or_always_does(flaky, program):
    program("x = 1\n")
    lines = flaky(3, "--", "python", "main.py", status=0)
    assert lines[0] == "# never failed in 3 runs: python main.py"
    program("raise SystemExit('broken')\n")
    lines = flaky(2, "--", "python", "main.py")
    assert lines[0].startswith("# always failed in 2 runs")
    assert "~ the last line that it printed: 'broken'" in lines


def test_a_run_that_hangs_fails_and_is_ended(flaky, program):
    program("""\
        import os, time
        seed = int(os.environ["PYTHONHASHSEED"])
        if seed % 2:
            time.sleep(60)
    """)
    began = time.monotonic()
    lines = flaky(4, "-j", 2, "--timeout", "2", "--", "python", "main.py")
    assert time.monotonic() - began < 40
    assert " 2 of 4 runs: failing runs part from passing ones at main.py:2, at seed" in lines[0]
    assert "~ it was ended after the time of --timeout" in lines


def test_json_has_one_object_for_each_place(flaky, program):
    program(ORDER)
    (first, *_) = map(json.loads, flaky(16, "--json", "--", "python", "main.py"))
    assert set(first) == {"file", "line", "name", "votes"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required: N"),
        (["3"], "flaky needs a command"),
        (["3", "--"], "flaky needs a command"),
        (["0", "--", "true"], "a number is needed"),
        (["3", "--vary", "moon", "--", "true"], "hash, switch-interval, tz, locale are needed"),
        (["3", "--", "no-such-command"], "no-such-command: there is no such command"),
        (["2", "--", "true"], "nothing was traced of: true"),
        (["2", "--timeout", "-1", "--", "true"], "seconds are needed"),
    ],
)
def test_what_makes_no_sense_is_one_line(flaky, arguments, says):
    (line,) = flaky(*arguments, status=2)
    assert line.startswith("swifttrace: ")
    assert says in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_runs_and_leaves_nothing(program, tmp_path, number):
    program("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "swifttrace", "flaky", "4", "--", "python", "main.py"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "TMPDIR": str(temporary)}, stderr=-1
    )
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert not errors
    assert not is_running(int((tmp_path / "pid").read_text()))
    assert not list(temporary.iterdir())


def test_traces_are_kept_if_asked_for(flaky, program, tmp_path):
    program("import os, sys\nsys.exit(int(os.environ['PYTHONHASHSEED']) % 2)\n")
    flaky(2, "--keep", "kept", "--", "python", "main.py")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["0", "1"]
    assert list((tmp_path / "kept/0").glob("*.trace"))
