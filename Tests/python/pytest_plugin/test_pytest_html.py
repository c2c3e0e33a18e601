"""`pytest --swifttrace-html`: a page for a browser of each test that fails."""

from __future__ import annotations

import base64
import json
import re
import zlib

from pytest_runs import run

pytest_plugins = "pytester"

TESTS = """\
import pytest

def double(x):
    return x * 2

@pytest.mark.parametrize("n", [1, 2])
def test_double(n):
    assert double(n) == 2

@pytest.mark.swifttrace_once
def test_once():
    assert 0

seen = []

def test_before():
    seen.append(1)

def test_alone():
    assert not seen

@pytest.fixture
def broken():
    assert not "set up"

def test_error(broken):
    pass
"""


def test_a_failing_test_has_a_page(pytester):
    pytester.makepyfile(test_pages=TESTS)
    # Of the run that makes the page, nothing of ours is for it.
    pytester.makeini("[pytest]\nswifttrace_html = pages\nswifttrace_on_failure = 3\n")
    result = run(pytester, "test_pages.py")
    result.assert_outcomes(passed=2, failed=3, errors=1)
    text = result.stdout.str()
    assert "(its marker swifttrace_once says that it must not run again)" in text
    name = re.search(r"^pages/(test_pages\.py-test_double_2_-\w{8}\.html)$", text, re.MULTILINE)[1]
    alone = "pages/test_pages.py-test_alone.html (alone, in a fresh process, the test passes)"
    assert alone in text
    pages = sorted(path.name for path in (pytester.path / "pages").iterdir())
    assert pages == ["test_pages.py-test_alone.html", name, "test_pages.py-test_error.html"]
    page = (pytester.path / "pages" / name).read_bytes()
    packed = re.search(rb'id="data">([^<]*)<', page)[1]
    told = json.loads(zlib.decompress(base64.b64decode(packed)))["runs"][0]
    assert "=> double(x=2)" in [text for texts in told["texts"].values() for text in texts]
    assert "ended with status 1 after" in told["verdict"][1]


def test_a_folder_that_cannot_be_is_said(pytester):
    pytester.makepyfile(test_pages="def test_it():\n    assert 0\n", pages="")
    text = run(pytester, "--swifttrace-html=pages.py", "test_pages.py").stdout.str()
    assert "(test_pages.py-test_it.html cannot be written: File exists)" in text
    ended = run(pytester, "--swifttrace-html=", "test_pages.py")
    assert "--swifttrace-html needs the name of a folder" in ended.stderr.str()
