"""`--statements`: a statement over several lines is shown once, as one line."""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace


def traced(write, source, *options):
    """Run a program with each statement once; return the lines of the trace."""
    ended = run_swifttrace("-xx", "--statements", "--no-banner", *options, write("main.py", source))
    assert ended.returncode == 0, ended.stderr
    return ended.stderr.decode().splitlines()


def test_a_statement_is_shown_once_whatever_lines_the_interpreter_reports(write):
    source = """\
print(sum(
    number  # each
    for number in (
        1,
        2,
    )
    if number
), end="")
"""
    assert traced(write, source) == [
        '+ [     1] print(sum(number for number in (1, 2,) if number), end="")'
    ]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x = (1\n     + 2)\n", ["1 x = (1 + 2)"]),
        ("x = 1 + \\\n    2\n", ["1 x = 1 + 2"]),
        ("x = [\n    y\n    for y in range(3)\n]\n", ["1 x = [y for y in range(3)]"]),
        ("x = {\n    y: 1\n    for y in 'ab'\n}\n", ["1 x = {y: 1 for y in 'ab'}"]),
        ('x = """a\n  b"""\n', ['1 x = """a\\n  b"""']),
        ('x = f"""{\n  1:>{2}}\n#"""\n', ['1 x = f"""{1:>{2}}\\n#"""']),
        ("x = ('#'\n     'b')  # c\n", ["1 x = ('#' 'b')"]),
        ("x = ('a'\n     .upper()\n     .lower())\n", ["1 x = ('a'.upper().lower())"]),
        ("x = 1; y = (\n  2)\n", ["1 x = 1; y = (2)"]),
        (
            "for x in (\n    1,\n    2,\n):\n    y = x\n",
            ["1 for x in (1, 2,):", "5     y = x"] * 2 + ["1 for x in (1, 2,):"],
        ),
        (
            "x = 2\nwhile (\n    x\n):\n    x -= 1\n",
            ["1 x = 2", *["2 while (x):", "5     x -= 1"] * 2, "2 while (x):"],
        ),
        ("if (\n  False\n):\n    pass\nelif (\n  True\n):\n    x = 1\n", None),
        ("match (\n  1\n):\n    case (\n      2 | 1\n    ):\n        x = 1\n", None),
        (
            "try:\n    int(\n        'x'\n    )\nexcept (\n    KeyError,\n    ValueError,\n):\n    x = 1\n",
            ["1 try:", "2     int('x')", "5 except (KeyError, ValueError,):", "9     x = 1"],
        ),
    ],
)
def test_each_kind_of_statement_is_one_line(write, source, shown):
    lines = [line.replace("+ [", "").replace("]", "", 1).lstrip() for line in traced(write, source)]
    if shown is None:
        assert lines[-1].endswith("x = 1")
        assert len([line for line in lines if "(" in line]) == len(set(lines)) - 1
    else:
        assert lines == shown


def test_what_a_statement_calls_comes_after_it_and_it_is_not_shown_again(write):
    source = """\
def double(
    value,
    times=2,
):
    return (
        value
        * times
    )
print(
    double(1),
    double(
        2,
    ),
)
"""
    assert traced(write, source) == [
        "+ [     1] def double(value, times=2,):",
        "+ [     9] print(double(1), double(2,),)",
        "+ [     5]     return (value * times)",
        "+ [     5]     return (value * times)",
    ]


def test_a_statement_that_runs_again_is_shown_again(write):
    source = """\
def count(n):
    return (
        n
        and count(
            n - 1
        )
    )
count(2)
def spin():
    rounds = iter([1, 2, 0])
    while True:
        if not next(
            rounds
        ): break
spin()
twice = lambda x: (
    x * 2
)
twice(1)
twice(2)
list(map(lambda x: (
    x + 1
), [1, 2]))
"""
    lines = traced(write, source)
    assert lines.count("+ [     2]     return (n and count(n - 1))") == 3
    assert lines.count("+ [    12]         if not next(rounds): break") == 3
    assert lines.count("+ [    16] twice = lambda x: (x * 2)") == 3
    assert lines.count("+ [    21] list(map(lambda x: (x + 1), [1, 2]))") == 1


def test_decorators_classes_and_generators(write):
    source = """\
def same(
    x=None,
): return lambda f: f
class A(
    object,
):
    y = [
        1,
    ]
    @same(
        2,
    )
    def gives(
        self,
    ):
        z = (yield
             1)
        yield (
            2
        )
list(A().gives())
"""
    lines = traced(write, source)
    assert [line for line in lines if "class A" in line] == ["+ [     4] class A(object,):"]
    assert lines.count("+ [     7]     y = [1,]") == 1
    assert lines.count("+ [    16]         z = (yield 1)") == 1
    assert lines.count("+ [    18]         yield (2)") == 1


def test_the_whole_trace_is_that_of_the_same_program_on_single_lines(write):
    long = "def f(\n  a,\n):\n    b = (\n      a\n      + 1\n    )\n    return b\nx = f(\n  1\n)\n"
    short = "def f(a,):\n    b = (a + 1)\n    return b\nx = f(1)\n"
    texts = [[line[11:] for line in traced(write, source)] for source in (long, short)]
    assert texts[0] == texts[1]


def test_values_and_calls_are_said_of_the_statement(write):
    source = "def f(\n  a,\n):\n    return a\nx = [\n    f(1),\n    f(\n      2\n    ),\n]\ny = 1\n"
    lines = traced(write, source, "--values", "--calls")
    assert lines.count("+ [     5] x = [f(1), f(2),]") == 1
    assert lines.count("+ [     5] # x = [1, 2]") == 1
    assert [line[11:].strip() for line in lines if "=>" in line] == [
        "=> <module>()",
        "=> f(a=1)",
        "=> f(a=2)",
    ]
    assert [line[11:].strip() for line in lines if "<=" in line] == [
        "<= f: 1",
        "<= f: 2",
        "<= <module>: None",
    ]


def test_files_rings_templates_and_threads_have_statements(write, tmp_path):
    source = """\
import threading
def work():
    x = (
        1
        + 2
    )
thread = threading.Thread(
    target=work,
    name="worker",
)
thread.start()
thread.join()
"""
    path = write("main.py", source)
    output = tmp_path / "trace"
    ended = run_swifttrace("-xx", "--statements", "--no-banner", "-o", output, path)
    assert ended.stderr == b""
    text = output.read_text()
    assert text.count("x = (1 + 2)\n") == 1
    assert "+ {worker} [     3]     x = (1 + 2)\n" in text
    ended = run_swifttrace("--statements", "--format={lineno}:{line}", path)
    assert b'7:thread = threading.Thread(target=work, name="worker",)\n' in ended.stderr
    ring = tmp_path / "ring"
    run_swifttrace("-xx", "--statements", "--last=3", "-o", ring, path)
    shown = run_swifttrace("show", ring).stdout
    assert b"x = (1 + 2)\n" in shown or b"thread.join()\n" in shown


def test_the_environment_and_a_program_may_ask_for_it(write):
    path = write("main.py", "x = (\n  1,\n  2,\n)\n")
    ended = run_python(path, env={"SWIFTTRACE": "level=2,statements=yes"})
    assert ended.stderr == b"+ [     1] x = (1, 2,)\n"
    source = (
        "import swifttrace\nwith swifttrace.trace(2, statements=True):\n    x = dict(\n"
        "        a=int(1),\n    )\n"
    )
    ended = run_python(write("main.py", source))
    assert ended.stderr.splitlines()[0] == b"+ [     3]     x = dict(a=int(1),)"
    source = "import swifttrace\nswifttrace.enable(2, statements=True)\nx = (\n    int(1)\n)\n"
    assert run_python(write("main.py", source)).stderr == b"+ [     3] x = (int(1))\n"


def test_a_source_that_does_not_parse_any_more_is_shown_as_without(write):
    source = (
        "import sys\nopen(__file__, 'w').write('def x(: (')\nsys.path.insert(0, '.')\n"
        "exec(compile('x = (\\n1,\\n)\\n', '<made>', 'exec'))\n"
    )
    lines = traced(write, source)
    assert lines[0] == "+ [     1] import sys"
    assert len(lines) == 4


def test_nothing_of_the_parser_is_seen_by_the_program(write):
    source = """\
import sys, warnings
warnings.simplefilter("always")
before = list(warnings.filters)
import other
assert warnings.filters == before
print(sorted(name for name in ("ast", "tokenize") if name in sys.modules))
"""
    write("other.py", "x = (\n  '\\d'\n)\n")
    path = write("main.py", source)
    plain = run_python("-B", path)
    ended = run_swifttrace("--statements", "--scope=project", "--fd=1", path)
    assert ended.returncode == plain.returncode == 0
    assert ended.stderr.count(b"Warning") == plain.stderr.count(b"Warning")
    assert plain.stdout.splitlines()[-1] in ended.stdout


def test_coroutines_go_on_in_the_middle_of_a_statement(write):
    source = """\
import asyncio
async def value(x):
    await asyncio.sleep(0)
    return x
async def main():
    found = await asyncio.gather(
        value(1),
        value(
            2
        ),
    )
    total = (
        await value(1)
        + await value(2)
    )
asyncio.run(main())
"""
    lines = traced(write, source)
    assert lines.count("+ [     6]     found = await asyncio.gather(value(1), value(2),)") == 1
    assert lines.count("+ [    12]     total = (await value(1) + await value(2))") == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
def test_type_parameters_are_of_the_statement(write):
    lines = traced(write, "def f[\n    T,\n](\n    x: T,\n):\n    pass\nf(1)\n")
    assert lines == ["+ [     1] def f[T,](x: T,):", "+ [     7] f(1)", "+ [     6]     pass"]
