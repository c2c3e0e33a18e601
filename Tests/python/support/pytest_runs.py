"""Runs of pytest, in processes of their own, with the plugins that are named."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

NAMES = {
    "pytest-asyncio": "asyncio",
    "pytest-cov": "pytest_cov",
    "pytest-forked": "pytest_forked",
    "pytest-randomly": "randomly",
    "pytest-rerunfailures": "rerunfailures",
    "pytest-timeout": "timeout",
    "pytest-xdist": "xdist",
    "hypothesis": "hypothesispytest",
}
"""What each package's plugin is called."""

CART = """\
class Cart:
    def __init__(self):
        self.items = []

    def add(self, price, count=1):
        self.items.append((price, count))

    def total(self):
        total = 0
        for price, count in self.items:
            total += price * count
        return total
"""
TEST_CART = """\
from cart import Cart


def test_passes():
    cart = Cart()
    cart.add(3)
    assert cart.total() == 3


def test_fails():
    cart = Cart()
    cart.add("3")
    assert cart.total() == 3
"""
LAST_LINES = """\
  test_cart.py:11  cart = Cart()
  cart.py:3          self.items = []
  test_cart.py:12  cart.add("3")
  cart.py:6          self.items.append((price, count))
  test_cart.py:13  assert cart.total() == 3
  cart.py:9          total = 0
         :10         for price, count in self.items:
>        :11             total += price * count
"""
"""What `test_fails` runs, as its report shows it."""


def needs(package: str) -> pytest.MarkDecorator:
    """Skip a test where a package is not installed."""
    is_there = any(metadata.distributions(name=package))
    return pytest.mark.skipif(not is_there, reason=f"{package} is not installed")


def run(pytester, *arguments, plugins=(), **how):
    """Run pytest with no other plugins than those of the packages."""
    off = [f"-pno:{name}" for package, name in NAMES.items() if package not in plugins]
    return pytester.runpytest_subprocess("-pno:cacheprovider", *off, *arguments, **how)


def section(text: str, heading: str) -> str | None:
    """Return what a report shows under a heading, None where there is no such one."""
    rule = rf"(?ms)^-+ {re.escape(heading)} -+\n(.*?)(?=^[-=_]{{3}}|\Z)"
    found = re.findall(rule, text)
    assert len(found) < 2, text
    return found[0] if found else None


def shown_lines(ended, heading: str) -> list[str]:
    """Return the lines under a heading of what a run of pytest has printed, each with the
    name of its file.
    """
    found = section(ended.stdout.str(), heading)
    assert found is not None, ended.stdout.str()
    return named(found).splitlines()


def named(text: str) -> str:
    """Return a table of lines with the name of its file in each: it is there once for those
    that follow each other.
    """
    lines = []
    name = ""
    for line in text.splitlines(True):
        if blank := re.match(r"[ >] ( *)(?=:\d)", line):
            assert len(name) == len(blank[1]), line
            line = line[:2] + name + line[blank.end() :]
        elif there := re.match(r"[ >] (\S*?):\d", line):
            assert there[1] != name, line
            name = there[1]
        else:
            name = ""
        lines.append(line)
    return "".join(lines)


def without_time(text: str) -> str:
    """Return what pytest has printed without what no two runs have in common."""
    return re.sub(r"in [\d.]+s|0x[0-9a-f]+|popen-gw\d|pytest-\d+|runpytest-\d+|=+", "", text)


def indented_alike(text: str) -> str:
    """Return a table of lines without the indentation that says how deep calls are."""
    return re.sub(r"(?m)^(. +\S+) +", r"\1 ", text)


@pytest.fixture
def cart(pytester):
    """A project with a module, a test that passes and one that fails."""
    pytester.makepyfile(cart=CART, test_cart=TEST_CART)
    return pytester
