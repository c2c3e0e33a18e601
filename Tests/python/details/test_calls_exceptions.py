"""What --calls says of exceptions: raised, caught, raised again, left."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import run_python, run_swifttrace

BAD = """\
def bad(): raise ValueError("bad")
def note(): pass
"""
CASES = {
    "except": (
        """
try:
    bad()
except KeyError:
    pass
except (TypeError, ValueError) as error:
    note()
""",
        """
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[     8] !! <module>: caught ValueError
[     2]   => note()
[     2]   <= note: None
""",
    ),
    "except on one line": (
        """
try: bad()
except ValueError: note()
try: bad()
except: note()
note()
""",
        """
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[     5] !! <module>: caught ValueError
[     2]   => note()
[     2]   <= note: None
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[     7] !! <module>: caught ValueError
[     2]   => note()
[     2]   <= note: None
[     2]   => note()
[     2]   <= note: None
""",
    ),
    "what except asks is not yet what it does": (
        """
def kinds():
    note()
    return KeyError, ValueError
try:
    int("")
except kinds():
    note()
""",
        """
[     8] !! <module>: raised ValueError("invalid literal for int() with base 10: ''")
[     4]   => kinds()
[     2]     => note()
[     2]     <= note: None
[     6]   <= kinds: (<class KeyError>, <class ValueError>)
[     9] !! <module>: caught ValueError
[     2]   => note()
[     2]   <= note: None
""",
    ),
    "an except for others": (
        """
def f():
    try:
        {}[1]
    except ValueError:
        pass
try:
    f()
except KeyError:
    pass
""",
        """
[     4]   => f()
[     6]   !! f: raised KeyError(1)
[     7]   !! f: left KeyError
[    11] !! <module>: caught KeyError
""",
    ),
    "raise, raise error, raise another": (
        """
def f():
    try:
        bad()
    except ValueError:
        raise
def g():
    try:
        f()
    except ValueError as error:
        raise error
def h():
    try:
        g()
    except ValueError as error:
        raise KeyError(1) from error
try:
    h()
except KeyError:
    pass
""",
        """
[    14]   => h()
[     9]     => g()
[     4]       => f()
[     1]         => bad()
[     1]         !! bad: raised ValueError('bad')
[     1]         !! bad: left ValueError
[     7]       !! f: caught ValueError
[     8]       !! f: raised again ValueError
[     8]       !! f: left ValueError
[    12]     !! g: caught ValueError
[    13]     !! g: raised again ValueError
[    13]     !! g: left ValueError
[    17]   !! h: caught ValueError
[    18]   !! h: raised KeyError(1)
[    18]   !! h: left KeyError
[    21] !! <module>: caught KeyError
""",
    ),
    "raised again within one function": (
        """
try:
    try:
        bad()
    except ValueError:
        raise
except ValueError:
    try:
        raise
    except ValueError:
        try:
            {}[1]
        except KeyError:
            pass
    note()
""",
        """
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[     7] !! <module>: caught ValueError
[     8] !! <module>: raised again ValueError
[     9] !! <module>: caught ValueError
[    11] !! <module>: raised again ValueError
[    12] !! <module>: caught ValueError
[    14] !! <module>: raised KeyError(1)
[    15] !! <module>: caught KeyError
[     2]   => note()
[     2]   <= note: None
""",
    ),
    "a raise of the caller's": (
        """
def again():
    raise
def f():
    try:
        bad()
    except ValueError:
        again()
try:
    f()
except ValueError as error:
    saved = error
try:
    raise saved
except ValueError:
    pass
""",
        """
[     6]   => f()
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[     9]   !! f: caught ValueError
[     4]     => again()
[     5]     !! again: raised again ValueError
[     5]     !! again: left ValueError
[    10]   !! f: left ValueError
[    13] !! <module>: caught ValueError
[    16] !! <module>: raised again ValueError
[    17] !! <module>: caught ValueError
""",
    ),
    "finally": (
        """
def f():
    try:
        bad()
    finally:
        note()
        x = 1
try:
    try:
        f()
    finally:
        note()
except ValueError:
    pass
""",
        """
[     4]   => f()
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[     2]     => note()
[     2]     <= note: None
[     9]   !! f: raised again ValueError
[     9]   !! f: left ValueError
[     2]   => note()
[     2]   <= note: None
[    14] !! <module>: raised again ValueError
[    15] !! <module>: caught ValueError
""",
    ),
    "a finally that has an end of its own": (
        """
def f(c):
    while True:
        try:
            bad()
        finally:
            if c:
                break
            return 1
    note()
f(0)
f(1)
""",
        """
[     4]   => f(c=0)
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[    11]   !! f: caught ValueError
[    11]   <= f: 1
[     4]   => f(c=1)
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[    10]   !! f: caught ValueError
[     2]     => note()
[     2]     <= note: None
[    12]   <= f: None
""",
    ),
    "with": (
        """
import contextlib
def f():
    with contextlib.suppress(KeyError):
        with contextlib.suppress(IndexError):
            bad()
with contextlib.suppress(ValueError):
    f()
with contextlib.suppress(ValueError): bad()
note()
""",
        """
[     5]   => f()
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[     8]   !! f: left ValueError
[     9] !! <module>: caught ValueError
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[    11] !! <module>: caught ValueError
[     2]   => note()
[     2]   <= note: None
""",
    ),
    "a generator as context manager": (
        """
import contextlib
@contextlib.contextmanager
def managed():
    try:
        yield 1
    except ValueError:
        raise KeyError("new")
try:
    with managed():
        bad()
except KeyError:
    pass
""",
        """
[     5]   => managed()
[     8]   <~ managed: 1
[     1]   => bad()
[     1]   !! bad: raised ValueError('bad')
[     1]   !! bad: left ValueError
[     8]   ~> managed()
[     8]   !! managed: raised again ValueError
[     9]   !! managed: caught ValueError
[    10]   !! managed: raised KeyError('new')
[    10]   !! managed: left KeyError
[    14] !! <module>: caught KeyError
""",
    ),
    "the ends of loops, yield from and await are no exceptions": (
        """
def inner():
    yield 1
    return 2
def outer():
    found = yield from inner()
    return found
class Numbers:
    def __aiter__(self): return self
    async def __anext__(self): raise StopAsyncIteration
async def coroutine():
    async for _ in Numbers():
        pass
    return 1
async def awaits():
    return await coroutine()
for _ in outer():
    pass
try:
    awaits().send(None)
except StopIteration:
    pass
try:
    next(iter([]))
except StopIteration:
    pass
""",
        """
[    10]   => Numbers()
[    12]   <= Numbers: None
[     7]   => outer()
[     4]     => inner()
[     5]     <~ inner: 1
[     8]   <~ outer: 1
[     8]   ~> outer()
[     5]     ~> inner()
[     6]     <= inner: 2
[     9]   <= outer: 2
[    17]   => awaits()
[    13]     => coroutine()
[    11]       => Numbers.__aiter__(self=<Numbers #1>)
[    11]       <= Numbers.__aiter__: <Numbers #1>
[    12]       => Numbers.__anext__(self=<Numbers #1>)
[    12]       !! Numbers.__anext__: raised StopAsyncIteration()
[    12]       !! Numbers.__anext__: left StopAsyncIteration
[    16]     <= coroutine: 1
[    18]   <= awaits: 1
[    22] !! <module>: raised StopIteration(1)
[    23] !! <module>: caught StopIteration
[    26] !! <module>: raised StopIteration()
[    27] !! <module>: caught StopIteration
""",
    ),
    "thrown into a generator": (
        """
def inner():
    try:
        yield 1
    except KeyError:
        yield 2
    return 3
def outer():
    return (yield from inner())
for error in KeyError("k"), ValueError("v"):
    try:
        g = outer()
        next(g)
        g.throw(error)
        next(g)
    except (StopIteration, ValueError):
        pass
""",
        """
[    10]   => outer()
[     4]     => inner()
[     6]     <~ inner: 1
[    11]   <~ outer: 1
[     6]     ~> inner()
[     6]     !! inner: raised KeyError('k')
[     7]     !! inner: caught KeyError
[     8]     <~ inner: 2
[    11]   ~> outer()
[     8]     ~> inner()
[     9]     <= inner: 3
[    11]   <= outer: 3
[    17] !! <module>: raised StopIteration(3)
[    18] !! <module>: caught StopIteration
[    10]   => outer()
[     4]     => inner()
[     6]     <~ inner: 1
[    11]   <~ outer: 1
[     6]     ~> inner()
[     6]     !! inner: raised ValueError('v')
[     7]     !! inner: left ValueError
[    11]   ~> outer()
[    11]   !! outer: left ValueError
[    18] !! <module>: caught ValueError
""",
    ),
    "what a generator's StopIteration becomes": (
        """
try:
    list(next(iter([])) for _ in [1])
except RuntimeError:
    pass
""",
        """
[     5]   => <genexpr>()
[     5]   !! <genexpr>: raised StopIteration()
[     5]   !! <genexpr>: left StopIteration
[     5] !! <module>: raised RuntimeError('generator raised StopIteration')
[     6] !! <module>: caught RuntimeError
""",
    ),
    "except*": (
        """
def f():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError:
        note()
def g():
    try:
        f()
    except* KeyError:
        pass
def h():
    try:
        g()
    except* TypeError:
        note()
    note()
h()
""",
        """
[    14]   => h()
[     9]     => g()
[     4]       => f()
[     6]       !! f: raised ExceptionGroup('g', [ValueError(1), TypeError(2)])
[     7]       !! f: caught ExceptionGroup
[     2]         => note()
[     2]         <= note: None
[     8]       !! f: raised again ExceptionGroup
[     8]       !! f: left ExceptionGroup
[    12]     !! g: left ExceptionGroup
[    17]   !! h: caught ExceptionGroup
[     2]     => note()
[     2]     <= note: None
[     2]     => note()
[     2]     <= note: None
[    19]   <= h: None
""",
    ),
    "except* that raises": (
        """
def f():
    try:
        try:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
        except* ValueError:
            raise KeyError("new")
    except ExceptionGroup:
        note()
f()
""",
        """
[     4]   => f()
[     7]   !! f: raised ExceptionGroup('g', [ValueError(1), TypeError(2)])
[     8]   !! f: caught ExceptionGroup
[     9]   !! f: raised KeyError('new')
[    10]   !! f: caught ExceptionGroup
[     2]     => note()
[     2]     <= note: None
[    11]   <= f: None
""",
    ),
    "async with": (
        """
class Quiet:
    async def __aenter__(self): pass
    async def __aexit__(self, *_): return True
async def f():
    async with Quiet():
        bad()
    note()
try:
    f().send(None)
except StopIteration:
    pass
""",
        """
[     4]   => Quiet()
[     6]   <= Quiet: None
[     7]   => f()
[     5]     => Quiet.__aenter__(self=<Quiet #1>)
[     5]     <= Quiet.__aenter__: None
[     1]     => bad()
[     1]     !! bad: raised ValueError('bad')
[     1]     !! bad: left ValueError
[     6]     => Quiet.__aexit__(self=<Quiet #1>, *_=(<class ValueError>, \
ValueError('bad'), <traceback>))
[     6]     <= Quiet.__aexit__: True
[     8]   !! f: caught ValueError
[     2]     => note()
[     2]     <= note: None
[    10]   <= f: None
[    12] !! <module>: raised StopIteration()
[    13] !! <module>: caught StopIteration
""",
    ),
    "cancelled": (
        """
import asyncio
async def sleeps():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        note()
        raise
    finally:
        note()
async def cancels():
    task = asyncio.create_task(sleeps())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        note()
asyncio.run(cancels())
""",
        """
[    13]   => cancels()
[    15]   <~ cancels: None
[     5]   => sleeps()
[     7]   <~ sleeps: <Future #1 pending>
[    15]   ~> cancels()
[    18]   <~ cancels: <Task 'Task-2' pending, sleeps at script.py:5>
[     7]   ~> sleeps()
[     7]   !! sleeps: raised asyncio.exceptions.CancelledError()
[     8]   !! sleeps: caught asyncio.exceptions.CancelledError
[     2]     => note()
[     2]     <= note: None
[    10]   !! sleeps: raised again asyncio.exceptions.CancelledError
[     2]     => note()
[     2]     <= note: None
[    12]   !! sleeps: raised again asyncio.exceptions.CancelledError
[    12]   !! sleeps: left asyncio.exceptions.CancelledError
[    18]   ~> cancels()
[    19]   !! cancels: caught asyncio.exceptions.CancelledError
[     2]     => note()
[     2]     <= note: None
[    20]   <= cancels: None
""",
    ),
    "asynchronous generators": (
        """
async def numbers():
    try:
        yield 1
        yield bad()
    finally:
        note()
async def f():
    try:
        async for n in numbers():
            note()
    except ValueError:
        note()
    g = numbers()
    await g.__anext__()
    try:
        await g.athrow(KeyError(1))
    except KeyError:
        note()
    g = numbers()
    async for n in g:
        break
    await g.aclose()
try:
    f().send(None)
except StopIteration:
    pass
""",
        """
[    10]   => f()
[     4]     => numbers()
[     6]     <~ numbers: 1
[     2]     => note()
[     2]     <= note: None
[     6]     ~> numbers()
[     1]       => bad()
[     1]       !! bad: raised ValueError('bad')
[     1]       !! bad: left ValueError
[     2]       => note()
[     2]       <= note: None
[     9]     !! numbers: raised again ValueError
[     9]     !! numbers: left ValueError
[    14]   !! f: caught ValueError
[     2]     => note()
[     2]     <= note: None
[     4]     => numbers()
[     6]     <~ numbers: 1
[     6]     ~> numbers()
[     6]     !! numbers: raised KeyError(1)
[     2]       => note()
[     2]       <= note: None
[     9]     !! numbers: raised again KeyError
[     9]     !! numbers: left KeyError
[    20]   !! f: caught KeyError
[     2]     => note()
[     2]     <= note: None
[     4]     => numbers()
[     6]     <~ numbers: 1
[     6]     ~> numbers()
[     6]     !! numbers: raised GeneratorExit()
[     2]       => note()
[     2]       <= note: None
[     9]     !! numbers: raised again GeneratorExit
[     9]     !! numbers: left GeneratorExit
[    25]   <= f: None
[    27] !! <module>: raised StopIteration()
[    28] !! <module>: caught StopIteration
""",
    ),
    "recursion": (
        """
def f(n):
    if n == 0:
        raise IndexError(n)
    try:
        f(n - 1)
    finally:
        note()
try:
    f(1)
except IndexError:
    pass
""",
        """
[     4]   => f(n=1)
[     4]     => f(n=0)
[     6]     !! f: raised IndexError(0)
[     6]     !! f: left IndexError
[     2]     => note()
[     2]     <= note: None
[    10]   !! f: raised again IndexError
[    10]   !! f: left IndexError
[    13] !! <module>: caught IndexError
""",
    ),
}


def calls(write, script, *options, tag=r"\+ "):
    ended = run_swifttrace("-xx", "--only-calls", *options, write("script.py", script))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    shown = ended.stderr.decode()
    # A `return` or a `break` in a `finally` is warned of from Python 3.14 on.
    return [re.sub("^" + tag, "", line) for line in shown.splitlines() if line[:1] == "+"]


@pytest.mark.parametrize("case", CASES)
def test_exceptions(write, case):
    script, expected = CASES[case]
    shown = calls(write, BAD + script)
    assert shown[0] == "[     1] => <module>()"
    assert shown[-1].endswith(" <= <module>: None")
    assert "\n".join(shown[1:-1]) == expected.strip()


@pytest.mark.parametrize("case", CASES)
def test_exceptions_beside_the_lines(write, case):
    script = BAD + CASES[case][0]
    ended = run_swifttrace("-xx", "--calls", write("script.py", script))
    both = ended.stderr.decode().splitlines()
    plain = run_swifttrace("-xx", write("script.py", script)).stderr.decode().splitlines()
    alone = ["+ " + line for line in calls(write, script=script)]
    assert [line for line in both if line in alone] == alone
    assert [line for line in both if line not in alone] == plain


def test_a_long_function(write):
    """Its jumps and its table need more than one byte."""

    def lines(indentation):
        return "".join(f"{indentation}x{n} = [{n}, y, y]\n" for n in range(400))

    script = f"""\
def f(y):
    try:
{lines(8 * " ")}        int("x")
    except KeyError:
{lines(8 * " ")}    except ValueError:
        try:
{lines(12 * " ")}            return 1
        finally:
            y = 2
f(1)
"""
    assert calls(write, script) == [
        "[     1] => <module>()",
        "[     1]   => f(y=1)",
        "[   403]   !! f: raised ValueError(\"invalid literal for int() with base 10: 'x'\")",
        "[   805]   !! f: caught ValueError",
        "[  1209]   <= f: 1",
        "[  1210] <= <module>: None",
    ]


def test_what_another_thread_has_raised(write):
    script = """\
import concurrent.futures
def bad(): raise ValueError("bad")
def f():
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        executor.submit(bad).result()
try:
    f()
except ValueError:
    pass
"""
    assert calls(write, script, tag=r"\+ (\{\w+?(-0_0)?\} )?") == [
        "[     1] => <module>()",
        "[     3]   => f()",
        "[     2] => bad()",
        "[     2] !! bad: raised ValueError('bad')",
        "[     2] !! bad: left ValueError",
        "[     5]   !! f: raised again ValueError",
        "[     5]   !! f: left ValueError",
        "[     8] !! <module>: caught ValueError",
        "[     9] <= <module>: None",
    ]


def test_a_trace_that_begins_in_a_handler(write):
    script = """\
import swifttrace
def f():
    try:
        {}[1]
    except KeyError:
        swifttrace.enable(2, calls="only")
        raise
try:
    f()
except KeyError:
    pass
swifttrace.disable()
"""
    ended = run_python(write("script.py", script))
    assert ended.stderr.decode().splitlines() == [
        "+ [     7]   !! f: raised again KeyError",
        "+ [     7]   !! f: left KeyError",
        "+ [    10] !! <module>: caught KeyError",
    ]


def test_a_generator_that_is_closed(write):
    script = """\
def numbers():
    try:
        yield 1
    finally:
        print(end="")
g = numbers()
next(g)
g.close()
"""
    assert calls(write, script)[1:-1] == [
        "[     1]   => numbers()",
        "[     3]   <~ numbers: 1",
        "[     3]   ~> numbers()",
        "[     3]   !! numbers: raised GeneratorExit()",
        "[     5]   !! numbers: raised again GeneratorExit",
        "[     5]   !! numbers: left GeneratorExit",
    ]


def test_a_group_that_is_put_together_leaves_by_its_own_name(write):
    script = """\
def f():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError:
        raise KeyError("new")
try:
    f()
except ExceptionGroup:
    pass
"""
    shown = [line for line in calls(write, script) if "!!" in line]
    assert shown[2:3] == ["[     5]   !! f: raised KeyError('new')"]
    if sys.version_info >= (3, 12):  # 3.11 does not say which one it is.
        assert shown[3:] == [
            "[     5]   !! f: left ExceptionGroup",
            "[     8] !! <module>: caught ExceptionGroup",
        ]


def test_what_is_thrown_into_another_generator_and_handled_there(write):
    script = """\
def inner():
    try:
        yield 1
    except ValueError:
        return 2
def outer():
    return (yield from inner())
generator = outer()
next(generator)
try:
    generator.throw(ValueError)
except StopIteration:
    pass
"""
    assert [line.partition("!! ")[2] for line in calls(write, script) if "!!" in line] == [
        "inner: raised ValueError()",
        "inner: caught ValueError",
        "<module>: raised StopIteration(2)",
        "<module>: caught StopIteration",
    ]
