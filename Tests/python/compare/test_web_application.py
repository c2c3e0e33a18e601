"""`swifttrace diff` of a Flask application that answers 100 requests in threads."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import TIMEOUT, clean_environment

pytest.importorskip("flask")

APP = """\
import random, threading, time, uuid
from flask import Flask, g, jsonify, request
app, seen, lock = Flask(__name__), {}, threading.Lock()

@app.before_request
def begin():
    g.began = time.perf_counter()
    g.number = uuid.uuid4().hex

@app.after_request
def finish(response):
    response.headers["X-Request"] = g.number
    response.headers["X-Took"] = f"{time.perf_counter() - g.began:.6f}"
    return response

def price(number, discount):
    total = number * 10
    if discount > 5:
        total -= discount
    return total

@app.route("/items/<int:number>")
def item(number):
    with lock:
        seen[number] = seen.get(number, 0) + 1
    drawn = random.getrandbits(32)
    return jsonify(drawn=drawn, price=price(number, number % 10), at=time.time())

@app.route("/orders", methods=["POST"])
def order():
    return jsonify(names=list(set(request.json["names"])), id=str(uuid.uuid4()))
"""
MAIN = """\
import threading
from app import app

def ask(first):
    client = app.test_client()
    for number in range(first, first + 10):
        assert client.get(f"/items/{number}").status_code == 200
        assert client.post("/orders", json={"names": [f"n{number}", "a"]}).status_code == 200

threads = [threading.Thread(target=ask, args=(first,)) for first in range(0, 50, 10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.fixture
def diff(tmp_path):
    """Write the application twice, once with one line changed; compare its runs."""
    for directory, text in (("one", APP), ("other", APP.replace("> 5:", "> 6:"))):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "app.py").write_text(text)
        (tmp_path / directory / "main.py").write_text(MAIN)

    def run(*arguments):
        command = [sys.executable, "-m", "swifttrace", "diff", *arguments]
        ended = subprocess.run(
            command, capture_output=True, cwd=tmp_path, timeout=TIMEOUT, env=clean_environment()
        )
        assert ended.stderr == b""
        return ended.returncode, ended.stdout.decode().splitlines()

    return run


def test_clocks_threads_and_random_numbers_are_no_difference(diff):
    same = ["--", "python", "one/main.py"]
    status, lines = diff("--runs", "3", *same, *same)
    assert status == 0
    assert lines[0].startswith("# no difference found in ")


def test_one_changed_line_is_found_first(diff):
    status, lines = diff("--", "python", "one/main.py", "--", "python", "other/main.py")
    assert status == 1
    assert lines[0].startswith("# the runs part at one/app.py:18, in price, ")
    assert lines[1:3] == [
        "+ [one/app.py:18]     if discount > 5:",
        "+ [other/app.py:18]     if discount > 6:    # in B",
    ]
