"""`pytest --swifttrace-diff`: where a failing test and a run of it that passes part."""

from __future__ import annotations

import re

import pytest
from pytest_runs import NAMES, needs, run

pytest_plugins = "pytester"

SHOP = """\
import os

class Settings:
    tax = 20
settings = Settings()
RATES = {}

def price(net):
    return net + net * settings.tax // 100

def currency():
    return os.environ.get("CURRENCY", "EUR")

def rate(name):
    if name not in RATES:
        RATES[name] = len(name)
    return RATES[name]
"""
TEST_A = """\
import os
import pytest
import shop

@pytest.fixture(scope="module", autouse=True)
def currency():
    os.environ["CURRENCY"] = "USD"

@pytest.fixture(scope="class")
def rates():
    shop.RATES["tea"] = 0

class TestFirst:
    def test_free_of_tax(self, rates):
        shop.settings.tax = 0
        assert shop.price(100) == 100
"""
TEST_B = """\
import pytest
import shop

@pytest.fixture(scope="session")
def net():
    return 100

@pytest.mark.parametrize("percent", [120])
def test_price(net, percent):
    assert shop.price(net) == net * percent // 100

def test_currency():
    assert shop.currency() == "EUR"

def test_rate():
    assert shop.rate("tea") == 3

def test_wrong():
    assert shop.rate("jam") == 4

@pytest.mark.swifttrace_once
def test_once():
    assert shop.currency() == "EUR"
"""
ALONE = "swifttrace: A is the test alone, B the test in this run"
LAST_PASS = "swifttrace: A is the last pass of the test, B this run"


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(shop=SHOP, test_a=TEST_A, test_b=TEST_B)
    return pytester


def sections(text: str, heading: str) -> list[str]:
    return re.findall(rf"(?ms)^-+ {re.escape(heading)} -+\n(.*?)(?=^[-=_]{{3}}|\Z)", text)


def test_a_test_that_passes_alone_is_compared_with_that_run(suite):
    ended = run(suite, "--swifttrace-diff")
    ended.assert_outcomes(passed=1, failed=5)
    price, currency, rate, wrong, once = sections(ended.stdout.str(), ALONE)
    assert price.splitlines()[0] == (
        "# the runs part at test_b.py:10, in test_price: no exception in A,"
        " AssertionError('assert 100 == ((100 * 120) // 100)…') in B"
    )
    assert "+ [test_a.py:15]         shop.settings.tax = 0    # only B, in TestFirst.test_" in price
    assert '+ [test_a.py:7]     os.environ["CURRENCY"] = "USD"    # only B, in currency' in currency
    assert '+ [test_a.py:11]     shop.RATES["tea"] = 0    # only B, in rates' in rate
    assert wrong == (
        "(alone, in a fresh process, the test fails as well: no other test is the cause)\n"
    )
    assert once == "(its marker swifttrace_once says that it must not run again)\n"
    assert all(len(text.splitlines()) <= 21 for text in (price, currency, rate))
    # The rows have values of this very run.
    assert re.search(r"# price\(net=100\) → 100", ended.stdout.str())
    assert ended.stderr.str() == ""


@needs("pytest-xdist")
def test_workers_compare_too(suite):
    options = ["--swifttrace-diff=alone", "-n1", "-k", "currency or free"]
    ended = run(suite, *options, plugins=["pytest-xdist"])
    ended.assert_outcomes(passed=1, failed=1)
    (currency,) = sections(ended.stdout.str(), ALONE)
    assert '+ [test_a.py:7]     os.environ["CURRENCY"] = "USD"    # only B, in currency' in currency


def test_a_test_is_compared_with_its_last_pass(suite):
    off = [f"-pno:{name}" for name in NAMES.values()]
    options = [*off, "--swifttrace-diff=last-pass"]
    first = suite.runpytest_subprocess(*options, "test_b.py", "-k", "price or currency")
    first.assert_outcomes(passed=2, deselected=3)
    second = suite.runpytest_subprocess(*options, "-k", "price or free or rate")
    second.assert_outcomes(passed=1, failed=2, deselected=3)
    price, rate = sections(second.stdout.str(), LAST_PASS)
    assert "+ [test_a.py:15]         shop.settings.tax = 0    # only B, in TestFirst.test_" in price
    said = "no pass of the test is known: it is kept in .pytest_cache from the next one on"
    assert rate == f"({said})\n"
    kept = suite.path / ".pytest_cache" / "d" / "swifttrace"
    assert len(list(kept.iterdir())) == 3


def test_code_that_was_edited_since_the_last_pass_is_the_difference(suite):
    off = [f"-pno:{name}" for name in NAMES.values()]
    options = [*off, "--swifttrace-diff=last-pass", "test_b.py", "-k", "price"]
    suite.runpytest_subprocess(*options).assert_outcomes(passed=1, deselected=4)
    suite.makepyfile(shop=SHOP.replace("net * settings.tax // 100", "net * settings.tax // 90"))
    ended = suite.runpytest_subprocess(*options)
    (price,) = sections(ended.stdout.str(), LAST_PASS)
    assert "shop.py:9" in price
    assert "// 90" in price


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--swifttrace-diff=before"], "--swifttrace-diff must be alone or last-pass"),
        (["--swifttrace-diff", "--swifttrace=2"], "a trace of all lines exclude each other"),
        (
            ["--swifttrace-diff=last-pass"],
            "--swifttrace-diff=last-pass needs pytest's cacheprovider",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(suite, options, said):
    ended = run(suite, *options)
    assert ended.ret == 4
    (line,) = [line for line in ended.stderr.str().splitlines() if line.startswith("ERROR")]
    assert said in line
