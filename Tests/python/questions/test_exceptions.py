"""`--exceptions[=TYPE]` says where exceptions came from, and what became of each."""

from __future__ import annotations

import json

import pytest
from conftest import run_python, run_swifttrace

ONE = {
    "not caught": (
        "def f():\n    {}['k']\nf()\n",
        "1 not caught",
        "+ [program.py:2]     # KeyError('k'), not caught: it ended the program, by program.py:3 <module>",
    ),
    "pass": (
        "try:\n    int('x')\nexcept KeyError:\n    raise\nexcept ValueError:\n    pass\n",
        "1 swallowed",
        "+ [program.py:2]     # ValueError(\"invalid literal for int() with base 10: 'x'\"), "
        "swallowed at program.py:5 `except ValueError:`",
    ),
    "return in finally": (
        "def f():\n    try:\n        {}['k']\n    finally:\n        return 1\nf()\n",
        "1 swallowed",
        "+ [program.py:3]         # KeyError('k'), swallowed at program.py:5 `return 1`, "
        "by program.py:6 <module>",
    ),
    "suppress": (
        "from contextlib import suppress\nwith suppress(KeyError):\n    {}['k']\n",
        "1 swallowed",
        "+ [program.py:3]     # KeyError('k'), swallowed at program.py:2 `with suppress(KeyError):` "
        "by suppress.__exit__ (contextlib.py:",
    ),
    "hasattr": (
        "class A:\n    @property\n    def x(self):\n        raise AttributeError('x')\nhasattr(A(), 'x')\n",
        "1 swallowed",
        "+ [program.py:4]         # AttributeError('x'), swallowed by built-in code that called "
        "program.py:4 x, by program.py:5 <module>",
    ),
    "finally that lets it go on": (
        "def f():\n    try:\n        {}['k']\n    finally:\n        print()\n"
        "try:\n    f()\nexcept KeyError as e:\n    print(e)\n",
        "1 caught",
        "+ [program.py:3]         # KeyError('k'), caught at program.py:8 `except KeyError as e:`, "
        "by program.py:7 <module>",
    ),
    "raised again": (
        "def f():\n    try:\n        {}['k']\n    except KeyError:\n        raise\n"
        "try:\n    f()\nexcept LookupError as e:\n    print(e)\n",
        "1 caught",
        "+ [program.py:3]         # KeyError('k'), caught at program.py:8 `except LookupError as e:`, "
        "by program.py:7 <module>",
    ),
    "replaced": (
        "try:\n    try:\n        {}['k']\n    except KeyError:\n        raise OSError('no')\n"
        "except OSError as e:\n    print(e)\n",
        "1 replaced, 1 caught",
        "+ [program.py:3]         # KeyError('k'), replaced by OSError('no') at program.py:5",
    ),
    "a thread": (
        "import threading\ndef f():\n    {}['k']\n"
        "t = threading.Thread(target=f, name='worker')\nt.start()\nt.join()\n",
        "1 not caught",
        "+ [program.py:3]     # KeyError('k'), not caught: it ended the thread worker",
    ),
    "__del__": (
        "class A:\n    def __del__(self):\n        {}['k']\nA()\n",
        "1 lost",
        "+ [program.py:3]         # KeyError('k'), lost: it left __del__, and nobody can catch it there"
        ", by program.py:4 <module>",
    ),
    "a task": (
        "import asyncio\nasync def f():\n    {}['k']\nasync def main():\n"
        "    asyncio.create_task(f(), name='T')\n    await asyncio.sleep(0)\nasyncio.run(main())\n",
        "1 lost",
        "+ [program.py:3]     # KeyError('k'), lost: T ended by it, and nobody awaited that, "
        "by program.py:7 <module>",
    ),
    "a task that is kept": (
        "import asyncio\nkept = []\nasync def f():\n    {}['k']\nasync def main():\n"
        "    kept.append(asyncio.create_task(f(), name='T'))\n    await asyncio.sleep(0)\n"
        "asyncio.run(main())\n",
        "1 lost",
        "+ [program.py:4]     # KeyError('k'), lost: T ended by it, and nobody awaited that, "
        "by program.py:8 <module>",
    ),
    "many tasks that one line cancels": (
        "import asyncio\nasync def f():\n    await asyncio.sleep(9)\nasync def main():\n"
        "    tasks = [asyncio.create_task(f()) for _ in range(5)]\n    await asyncio.sleep(0)\n"
        "    for task in tasks: task.cancel()\n    await asyncio.wait(tasks)\nasyncio.run(main())\n",
        "5 caught",
        "+ [program.py:3]     await asyncio.sleep(9)",
    ),
    "a task that is asked for its exception": (
        "import asyncio\nasync def f():\n    {}['k']\nasync def main():\n"
        "    task = asyncio.create_task(f(), name='T')\n    await asyncio.wait([task])\n"
        "    print(task.exception())\nasyncio.run(main())\n",
        "1 caught",
        "+ [program.py:3]     # KeyError('k'), T ended by it, by program.py:8 <module>",
    ),
    "the end of a program": (
        "import sys\ntry:\n    {}['k']\nexcept KeyError: print('no')\nsys.exit(1)\n",
        "1 caught, 1 by exit",
        "+ [program.py:5] # SystemExit(1), it ended the program",
    ),
    "grouped": (
        "for n in range(5):\n    try:\n        {}['k']\n    except KeyError as e:\n        print(e)\n",
        "5 caught",
        "+ [program.py:3]         # KeyError('k'), caught at program.py:4 `except KeyError as e:`, "
        "5 times",
    ),
}


@pytest.mark.parametrize("kind", ONE)
def test_it_says_what_became_of_an_exception(write, tmp_path, kind):
    program, counts, record = ONE[kind]
    write("program.py", program)
    plain = run_python("program.py", cwd=tmp_path)
    ended = run_swifttrace("-o", "answer", "--exceptions", "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout)
    lines = (tmp_path / "answer").read_text().splitlines()
    assert lines[0].partition(": ")[2] == counts
    assert any(line.startswith(record) for line in lines)


SWALLOWING = """\
from contextlib import ExitStack, contextmanager


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return kind is KeyError


class Loud(Quiet):
    def __exit__(self, kind, error, traceback):
        print("loud")


@contextmanager
def guard():
    try:
        yield
    except ValueError as error:
        print("guarded")


def find(names):
    found = {}
    with Quiet():
        for name in names:
            found[name] = len(name)
        return found["none"]


def number():
    with guard():
        with Loud():
            return int("x")


find(["a"])
number()
with ExitStack() as stack:
    stack.enter_context(Loud())
    stack.enter_context(Quiet())
    raise KeyError("k")
"""


def test_an_exit_that_swallows_is_named_and_the_lines_before_are_shown(write, tmp_path):
    write("program.py", SWALLOWING)
    ended = run_swifttrace("--exceptions", "program.py", cwd=tmp_path)
    assert ended.stdout == b"loud\nguarded\nloud\n"
    lines = ended.stderr.decode().splitlines()
    assert lines[0] == "# 3 exceptions: 2 swallowed, 1 caught"
    by = "by Quiet.__exit__ (program.py:8)"
    first = lines.index(
        "+ [program.py:30]         # KeyError('none'), swallowed at program.py:27 `with Quiet():` "
        f"{by}, by program.py:39 <module>"
    )
    assert lines[first - 6 : first] == [
        "+ [program.py:27]     with Quiet():",
        "+ [program.py:6]         return self",
        "+ [program.py:28]         for name in names:",
        "+ [program.py:29]             found[name] = len(name)",
        "+ [program.py:28]         for name in names:",
        '+ [program.py:30]         return found["none"]',
    ]
    assert any(
        "# KeyError('k'), swallowed at program.py:41 `with ExitStack() as stack:` " + by in line
        for line in lines
    ), lines
    (guarded,) = (line for line in lines if "ValueError(" in line)
    assert guarded.endswith(
        ", caught at program.py:21 `except ValueError as error:` by guard (program.py:17), in the with at"
        " program.py:34 `with guard():`, by program.py:40 <module>"
    )
    # Without room for all, the records have none.
    few = run_swifttrace("--exceptions", "--lines", "9", "program.py", cwd=tmp_path).stderr.decode()
    assert len(few.splitlines()) == 7
    run_swifttrace("--exceptions", "--json", "-o", "answer", "program.py", cwd=tmp_path)
    told = [json.loads(line) for line in (tmp_path / "answer").read_text().splitlines()]
    assert told[1]["before"][-1] == {"file": "program.py", "line": 28, "text": "for name in names:"}


CANCELLED = """\
import asyncio


async def work():
    await asyncio.sleep(60)


async def boss(task):
    task.cancel()


async def main():
    task = asyncio.create_task(work(), name="work")
    await asyncio.sleep(0)
    await asyncio.create_task(boss(task), name="boss")
    try:
        await task
    except asyncio.CancelledError as error:
        print("cancelled")


asyncio.run(main())
"""


def test_a_cancellation_says_by_whom(write, tmp_path):
    write("program.py", CANCELLED)
    ended = run_swifttrace("--exceptions=CancelledError", "program.py", cwd=tmp_path)
    assert ended.stdout == b"cancelled\n"
    assert "CancelledError(), cancelled by boss at program.py:9, caught at program.py:18" in (
        ended.stderr.decode()
    )


def test_one_class_alone_can_be_asked_about(write, tmp_path):
    write("program.py", ONE["replaced"][0] + "try:\n    [][1]\nexcept IndexError: pass\n")
    answer = run_swifttrace("--exceptions=LookupError", "program.py", cwd=tmp_path).stderr.decode()
    assert answer.splitlines()[0] == "# 2 LookupError: 1 swallowed, 1 replaced"
    answer = run_swifttrace("--exceptions=EOFError", "program.py", cwd=tmp_path).stderr.decode()
    assert answer == "# nobody raised EOFError\n"
