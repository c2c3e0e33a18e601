"""`swifttrace diff`: the first place where two runs part."""

import json
import os
import subprocess
import sys
import textwrap
import time

import pytest
from conftest import run_swifttrace

RATES = """\
    import sys, time
    RATES = {"exempt": 0, "reduced": 7}
    def rate(codes):
        for code in codes:
            if code in RATES:
                return RATES[code]
        return 19
    def main(word):
        begun = time.time()
        total = 0
        for number in range(50):
            codes = {"eu", "paper", f"c{number % 4}"}
            codes.add(word if number == 33 else "reduced")
            total += rate(codes)
        print(total)
    main(sys.argv[1])
"""


@pytest.fixture
def diff(tmp_path):
    def run(*arguments, status=1, **environment):
        command = [sys.executable, "-m", "swifttrace", "diff", *map(str, arguments)]
        ended = subprocess.run(
            command, capture_output=True, cwd=tmp_path, env={**os.environ, **environment}
        )
        assert ended.returncode == status, (ended.stdout, ended.stderr)
        assert ended.stderr.count(b"\n") == (status == 2)
        assert not list(tmp_path.glob("*.trace"))
        return (ended.stderr if status == 2 else ended.stdout).decode().splitlines()

    return run


def is_running(process):
    """Whether a process is there and is not one that nobody has waited for yet."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def program(tmp_path):
    def write(text, name="main.py"):
        (tmp_path / name).write_text(textwrap.dedent(text))

    return write


def test_the_first_line_says_where_two_runs_part(diff, program):
    program(RATES)
    lines = diff("--", "python", "main.py", "reduced", "--", "python", "main.py", "Reduced")
    assert lines[0] == (
        "# the runs part at main.py:5, in rate, call 34: A goes on to line 6, B to line 4"
    )
    assert "+ [main.py:5]         if code in RATES:" in lines[:6]
    assert "~ A: python main.py reduced (ended with status 0)" in lines
    assert any(line.startswith("~ A has code = 'reduced'") for line in lines)
    assert any(line.startswith("~ B has code = ") and "'Reduced'" in line for line in lines)
    assert "# by main.py:14 main, main.py:16 <module>" in lines
    assert len(lines) <= 40


@pytest.mark.parametrize("seeds", [("1", "2"), ("7", "31")])
def test_the_order_of_sets_times_and_addresses_are_no_difference(diff, program, seeds):
    program("""\
        import os, tempfile, time, uuid
        class Thing: pass
        def look(names):
            found = []
            for name in names:
                found.append(name.upper())
            return sorted(found)
        began, thing = time.time(), Thing()
        folder = tempfile.mkdtemp()
        os.rmdir(folder)
        name, pid, key = repr(thing), os.getpid(), str(uuid.uuid4())
        names = {"one", "two", "three", "four"}
        look(names)
    """)
    one, two = (["--", f"PYTHONHASHSEED={seed}", "python", "main.py"] for seed in seeds)
    lines = diff(*one, *two, status=0)
    assert lines[0].startswith("# no difference found in ")


def test_the_order_in_which_containers_grow_is_no_difference(diff, program):
    program("""\
        from collections import deque
        class Shop: pass
        def look(names):
            shop, waiting, found, places, kept = Shop(), deque(), set(), {}, []
            shop.names = []
            for number, name in enumerate(names):
                shop.names.append(name); waiting.append(name); found.add(name)
                places[name] = number
                places[number] = name; kept[:0] = [name]
                places[number] = places.pop(number)
        look({"one", "two", "three", "four"})
    """)
    one, two = (["--", f"PYTHONHASHSEED={seed}", "python", "main.py"] for seed in (1, 2))
    assert diff(*one, *two, status=0)[0].startswith("# no difference found in ")


def test_a_line_that_binds_the_name_that_it_changes_is_compared(diff, program):
    program("""\
        import os
        def take():
            words = [os.environ["WORD"]]; words.append("x")
            return len(words)
        take()
    """)
    ended = diff("--", "WORD=a", "python", "main.py", "--", "WORD=b", "python", "main.py")
    assert "words is ['a', 'x']" in ended[0], ended


def test_an_exception_of_several_lines_is_shown_by_its_first(diff, program):
    program("""\
        import os
        def check(word):
            assert word == "a", "not this\\nbut that"
        check(os.environ["WORD"])
    """)
    runs = ["--", "WORD=a", "python", "main.py", "--", "WORD=b", "python", "main.py"]
    assert diff(*runs)[0].endswith("no exception in A, AssertionError('not this…') in B")


def test_another_value_of_an_attribute_is_a_difference(diff, program):
    program("""\
        import os
        class Shop: pass
        def fill(shop):
            shop.owner = os.environ["OWNER"]
        shop = Shop()
        fill(shop)
    """)
    ended = diff("--", "OWNER=ann", "python", "main.py", "--", "OWNER=bob", "python", "main.py")
    assert "shop.owner is 'ann'" in ended[0], ended


def test_a_variable_that_decides_is_named_where_it_is_read(diff, program):
    program("import os\nRETRIES = int(os.environ.get('RETRIES', '3'))\n", "settings.py")
    program("""\
        import settings
        class Client:
            def __init__(self):
                self.left = settings.RETRIES
            def send(self):
                while self.left:
                    self.left -= 1
        Client().send()
    """)
    for second in (["RETRIES=0"], ["env", "RETRIES=0"]):
        lines = diff("--", "python", "main.py", "--", *second, "python", "main.py")
        assert lines[0].startswith("# the runs part at main.py:6, in Client.send: ")
        place = "+ [settings.py:2] RETRIES = int(os.environ.get('RETRIES', '3'))"
        assert f"{place}    # RETRIES is 3 in A, 0 in B" in lines


def test_a_default_that_a_call_has_changed_is_placed_at_its_def(diff, program):
    program("""\
        import sys
        def collect(row, into=[]):
            into.append(row)
            return into
        def main():
            if len(sys.argv) > 1:
                collect("early")
            return collect("row")
        main()
    """)
    lines = diff("--", "main.py", "--", "main.py", "x")
    place = "+ [main.py:2] def collect(row, into=[]):"
    told = "into, a default that a call has changed, is [] in A, ['early'] in B"
    assert any(line.startswith(place) and told in line for line in lines)


def test_another_function_that_a_line_calls_is_a_difference(diff, program):
    program("""\
        import os
        def one(): return 1
        def two(): return 2
        chosen = {"1": one, "2": two}[os.environ["WHICH"]]
        chosen()
    """)
    lines = diff("--", "WHICH=1", "python", "main.py", "--", "WHICH=2", "python", "main.py")
    assert lines[0] == (
        "# the runs part at main.py:5, in <module>: A calls one (main.py), B two (main.py)"
    )


def test_an_exception_that_one_raises_is_a_difference_where_it_is_raised(diff, program):
    program("""\
        import sys
        def parse(text):
            return int(text)
        def main():
            try:
                return parse(sys.argv[1])
            except ValueError:
                return 0
        main()
    """)
    lines = diff("--", "main.py", "1", "--", "main.py", "x")
    assert lines[0].startswith("# the runs part at main.py:3, in parse: no exception in A, Value")


def test_noise_of_the_first_command_is_left_out(diff, program):
    program("""\
        import random, sys
        noise = random.random()
        if noise < 0.5:
            noise = 0
        limit = int(sys.argv[1])
        if limit > 2:
            limit = 2
    """)
    sides = ["--", "python", "main.py", "1", "--", "python", "main.py", "5"]
    lines = diff("--runs", "12", *sides)
    assert lines[0].startswith("# the runs part at main.py:6, in <module>: ")
    assert not any("main.py:2]" in line or "main.py:3]" in line for line in lines)
    lines = diff("--ignore", "noise", "--ignore", r"main\.py:[37]$", *sides)
    assert lines[0].startswith("# the runs part at main.py:6, in <module>: ")


def test_traces_and_folders_are_compared_and_two_versions_are_aligned(diff, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old = "def half(n):\n    return n // 2\nhalf(4)\nhalf(5)\n"
    new = "# a comment\n\ndef half(n):\n    if n % 2:\n        n += 1\n    return n // 2\n"
    (tmp_path / "old/main.py").write_text(old)
    (tmp_path / "new/main.py").write_text(new + "half(4)\nhalf(5)\n")
    for side in ("old", "new"):
        command = [sys.executable, "-m", "swifttrace", "-xxx", "--scope=project", "--calls"]
        command += ["--values", "--paths=absolute", "-o", f"../traces-{side}/one.log", "main.py"]
        (tmp_path / f"traces-{side}").mkdir()
        subprocess.run(command, check=True, cwd=tmp_path / side)
    for names in (("traces-old", "traces-new"), ("traces-old/one.log", "traces-new/one.log")):
        lines = diff(*names)
        assert lines[0].startswith("# the runs part at main.py:")
        assert "+ [main.py:4]     if n % 2:" in lines
        assert not any("half(4)" in line for line in lines[1:6])
    assert diff("traces-old", "traces-old", status=0)[0].startswith("# no difference found")


def test_traces_without_calls_are_compared_by_the_functions_of_the_source(diff, program, tmp_path):
    program(RATES)
    for word in ("reduced", "Reduced"):
        command = [sys.executable, "-m", "swifttrace", "-xx", "--paths=absolute"]
        command += ["--scope=project", "-o", f"{word}.log", "main.py", word]
        subprocess.run(command, check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
    lines = diff("reduced.log", "Reduced.log")
    assert lines[0].startswith("# the runs part at main.py:")
    assert any("main.py:7" in line for line in lines[:8])


def test_children_and_threads_are_compared_with_their_like(diff, program):
    program("import sys\nif sys.argv[1] == 'b':\n    x = 1\n", "child.py")
    program("""\
        import subprocess, sys, threading
        def work(n):
            return n + 1
        threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        subprocess.run([sys.executable, "child.py", sys.argv[1]], check=True)
    """)
    lines = diff("--", "main.py", "a", "--", "main.py", "b")
    assert lines[0].startswith("# the runs part at child.py:2, in <module>: ")


def test_json_has_one_object_for_each_difference(diff, program):
    program(RATES)
    lines = diff("--json", "--", "main.py", "reduced", "--", "main.py", "Reduced")
    first = json.loads(lines[0])
    assert (first["kind"], first["file"], first["line"], first["a"]) == ("line", "main.py", 5, 6)
    assert first["callers"] == ["main.py:14 main", "main.py:16 <module>"]


def test_no_more_lines_than_asked_for(diff, program):
    program(RATES)
    sides = ["--", "main.py", "reduced", "--", "main.py", "Reduced"]
    every = diff("--all", *sides, PYTHONHASHSEED="0")
    lines = diff("--lines", "5", *sides, PYTHONHASHSEED="0")
    assert lines[:4] == every[:4]
    assert lines[4] == f"… {len(every) - 4} more lines: --all shows them"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "diff needs two traces, or two commands"),
        (["--", "python", "main.py"], "diff needs two commands"),
        (["no", "such"], "diff: no: No such file or directory"),
        (["main.py", "main.py"], "diff: main.py: neither a recording"),
        (["--", "no-such-command", "--", "python", "main.py"], "no-such-command: there is no such"),
        (["--", "python", "main.py", "--", "true"], "nothing was traced of: true"),
        (["--", "A=1", "--", "B=2"], "there is no command"),
        (["--lines", "x", "a", "b"], "a number is needed"),
        (["--ignore", "(", "a", "b"], "not a regular expression"),
        (["--runs", "2", "a", "b"], "--runs needs commands"),
        (["--lemon", "a", "b"], "lemon"),
    ],
)
def test_what_makes_no_sense_is_one_line(diff, program, arguments, says):
    program("x = 1\n")
    (line,) = diff(*arguments, status=2)
    assert line.startswith("swifttrace: ")
    assert says in line


def test_a_command_that_hangs_is_ended_with_what_it_has_started(diff, program, tmp_path):
    program("""\
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("child", "w").write(str(child.pid))
        if sys.argv[1] == "hang":
            time.sleep(60)
        child.kill()
    """)
    began = time.monotonic()
    lines = diff("--timeout", "3", "--", "main.py", "end", "--", "main.py", "hang")
    assert time.monotonic() - began < 30
    assert "~ B: main.py hang (was ended after the time of --timeout)" in lines
    assert not is_running(int((tmp_path / "child").read_text()))


def test_output_that_is_binary_and_standard_input_do_no_harm(diff, program):
    program("""\
        import sys
        sys.stdout.buffer.write(bytes(range(256)))
        sys.exit(len(sys.stdin.read()))
    """)
    diff("--", "main.py", "--", "main.py", status=0)


def test_traces_are_kept_if_asked_for_and_removed_otherwise(diff, program, tmp_path):
    program("x = 1\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    sides = ["--", "main.py", "--", "main.py"]
    diff(*sides, status=0, TMPDIR=str(temporary))
    assert not list(temporary.iterdir())
    diff("--keep", "kept", *sides, status=0)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["a", "b"]
    assert diff("kept/a", "kept/b", status=0)[0].startswith("# no difference")


def test_a_recording_is_none_of_text_whatever_its_bytes_are(write, tmp_path):
    """A trace as text that is made to be compared has U+001F between its fields."""
    write("p.py", "def f():\n    return 1\nf()\n")
    run_swifttrace("record", "--calls", "-o", "a.swt", "p.py", "\x1f" * 9, cwd=tmp_path)
    ended = run_swifttrace("diff", "a.swt", "a.swt", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout == b"# no difference found in 1 call\n"
