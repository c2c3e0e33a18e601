"""The report of a long test: which rows it has, and the values of a test that is run again."""

from __future__ import annotations

import re

import pytest
from pytest_runs import cart, named, needs, run

pytest_plugins = "pytester"
__all__ = ["cart"]

HELPERS = """\
def noise(rounds=60):
    seen = {}
    for number in range(rounds):
        key = number % 7
        if key in seen:
            seen[key] += number
        else:
            seen[key] = number
        if seen[key] > 1000:
            seen[key] = 0
    total = 0
    for key in seen:
        total += seen[key]
        total %= 97
    low = min(seen)
    high = max(seen)
    middle = (low + high) // 2
    text = f"{low} {middle} {high}"
    words = text.split()
    longest = max(words, key=len)
    shortest = min(words, key=len)
    both = longest + shortest
    swapped = shortest + longest
    joined = both + swapped
    half = joined[: len(joined) // 2]
    other = joined[len(joined) // 2 :]
    same = half == other
    count = len(half)
    if same:
        count += 1
    else:
        count -= 1
    doubled = count * 2
    tripled = count * 3
    summed = doubled + tripled
    result = summed % 11
    return result
"""
KINDS = {
    "changed_in_place": """\
        class Shelf:
            def __init__(self):
                self.places = {}

            def put(self, name, count):
                places = self.places
                places[name] = count + 1  # CAUSE

        def test_changed_in_place():
            shelf = Shelf()
            shelf.put("tea", 3)
            noise()
            assert shelf.places == {"tea": 3}
        """,
    "decided": """\
        def wrapped(function):
            def call(*arguments):
                noise()
                return function(*arguments)
            return call

        @wrapped
        def rate(code):
            if code == "Reduced":  # CAUSE
                return 7
            return 19

        def price(net, code):
            return net * (100 + rate(code)) // 100

        def test_decided():
            found = price(100, "reduced")
            noise()
            assert found == 107
        """,
    "caught": """\
        def parsed(text):
            noise()
            return int(text[1:])  # CAUSE

        def value(text):
            try:
                return parsed(text)
            except ValueError:
                noise()
                return None

        def test_caught():
            assert value("7") == 7
        """,
    "generated": """\
        def numbers(last):
            number = 0
            while number < last - 1:  # CAUSE
                yield number
                noise()
                number += 1

        def test_generated():
            found = []
            for number in numbers(4):
                found.append(number)
                noise()
            assert len(found) == 4
        """,
    "awaited": """\
        import asyncio

        async def half(number):
            await asyncio.sleep(0)
            noise()
            return number // 2 + 1  # CAUSE

        async def main():
            found = await half(8)
            noise()
            return found

        def test_awaited():
            assert asyncio.run(main()) == 4
        """,
    "attribute": """\
        class Options:
            pass

        def read(options, arguments):
            options.level = len(arguments) * 2  # CAUSE

        def is_loud(options):
            noise()
            return options.level > 1

        def test_attribute():
            options = Options()
            read(options, ["-v"])
            noise()
            assert not is_loud(options)
        """,
}
HEADING = r"-+ swifttrace: \d+ of [\d,]+ rows -+\n((?:[ >] .*\n)+)"


def _reports(text: str) -> list[list[str]]:
    """Return the rows of each report."""
    return [rows.splitlines() for rows in re.findall(HEADING, text)]


def test_what_led_to_a_failure_is_among_forty_rows(pytester):
    pytester.makepyfile(helpers=HELPERS)
    for kind, source in KINDS.items():
        lines = [line.removeprefix(" " * 8) for line in source.splitlines()]
        text = "\n".join(["from helpers import noise", "", *lines])
        pytester.path.joinpath(f"test_{kind}.py").write_text(text + "\n")
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(failed=len(KINDS))
    reports = _reports(ended.stdout.str())
    assert len(reports) == len(KINDS)
    for kind, rows in zip(sorted(KINDS), reports):
        assert len(rows) <= 40
        assert [row for row in rows if "# CAUSE" in row or _is_cause(kind, row)], (kind, rows)
        assert len([row for row in rows if row.startswith(">")]) == 1, rows


def _is_cause(kind: str, row: str) -> bool:
    """A row that is a whole statement has no comment."""
    cause = next(line for line in KINDS[kind].splitlines() if "# CAUSE" in line)
    return cause.partition("#")[0].strip() in row and f"test_{kind}.py" in row


def test_a_statement_that_ran_often_is_one_row(pytester):
    pytester.makepyfile(
        helpers=HELPERS,
        test_often="""\
        from helpers import noise

        def test_often():
            assert noise() + noise(61) < 0
        """,
    )
    ended = run(pytester, "--swifttrace-on-failure")
    (rows,) = _reports(ended.stdout.str())
    loop = next(row for row in rows if "for number in range" in row)
    assert re.fullmatch(r"  helpers.py:3 +for number in range\(rounds\): +\(ran 123 times\)", loop)
    places = [row[2:].split()[0] for row in rows]
    assert len(places) == len({*places})


# -- values --


def test_a_test_that_fails_is_run_again_to_show_values(cart):
    cart.makepyfile(
        test_values="""\
        import os
        import pytest
        from cart import Cart

        @pytest.fixture(scope="module")
        def cart():
            return Cart()

        @pytest.mark.parametrize("price", [1, 2])
        def test_total(cart, price, tmp_path):
            with open(os.environ["RUNS"], "a") as file:
                file.write("t")
            cart.add(price)
            total = cart.total()
            assert total == price - 2

        @pytest.mark.swifttrace_once
        def test_once():
            with open(os.environ["RUNS"], "a") as file:
                file.write("o")
            assert Cart().total() == 1

        class TestOrder:
            is_first = True

            def test_before(self):
                TestOrder.is_first = False

            def test_alone(self):
                assert self.is_first
        """,
    )
    runs = cart.path / "runs"
    cart._monkeypatch.setenv("RUNS", str(runs))
    ended = run(cart, "--swifttrace-on-failure=40,values", "--strict-markers", "test_values.py")
    text = named(ended.stdout.str())
    ended.assert_outcomes(passed=1, failed=4)
    assert re.search(r"test_values.py:13 +cart.add\(price\) +# Cart.add\(price=1, count=1\)", text)
    assert re.search(r":14 +total = cart.total\(\) +# Cart.total\(\) → 1; total = 1", text)
    assert re.search(
        r"cart.py:6 +self.items.append\(\(price, count\)\) +# self.items = \[\] → \[\(1, 1\)\]",
        text,
    )
    assert re.search(r":14 +total = cart.total\(\) +# Cart.total\(\) → 2; total = 2", text)
    once, alone = re.findall(r"\n  \((.*)\)\n", text)
    assert once == "its marker swifttrace_once says that it must not run again"
    assert alone == "alone, in a fresh process, the test passes"
    assert sorted(runs.read_text()) == ["o", "t", "t", "t", "t"]
    assert ended.stderr.str() == ""


@needs("pytest-xdist")
def test_workers_run_a_test_again(cart):
    ended = run(
        cart, "-n2", "--swifttrace-on-failure=values", "test_cart.py", plugins=["pytest-xdist"]
    )
    text = ended.stdout.str()
    ended.assert_outcomes(passed=1, failed=1)
    assert re.search(r"cart.add\(\"3\"\) +# Cart.add\(price='3', count=1\)", text)
    assert ended.stderr.str() == ""


@pytest.mark.parametrize("value", ["40,valuez", "values,40", "0,values"])
def test_what_is_no_number_of_lines_is_refused(cart, value):
    ended = run(cart, f"--swifttrace-on-failure={value}")
    assert ended.ret == 4
    said = r"(only ,values may follow|the number of lines must be from 1 to)"
    assert re.search(rf"(?m)^ERROR: --swifttrace-on-failure: {said}.*$", ended.stderr.str())


def test_the_variable_asks_for_values_too(cart):
    cart._monkeypatch.setenv("SWIFTTRACE_PYTEST", "on-failure=20,values")
    ended = run(cart)
    assert re.search(r"cart.add\(\"3\"\) +# Cart.add\(price='3', count=1\)", ended.stdout.str())
