"""A server under load whose workers are attached to: no request fails."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from attached import attach, needs_ptrace, wait_until
from conftest import TIMEOUT, clean_environment

pytest.importorskip("gunicorn")
pytestmark = [needs_ptrace, pytest.mark.slow]

REQUESTS, CYCLES = 1000, 20
APP = """\
def app(environ, start_response):
    number = int(environ["QUERY_STRING"])
    total = sum(range(number))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(total).encode()]
"""


@pytest.fixture
def server(tmp_path):
    """Yield gunicorn's process, with two workers, and its port."""
    (tmp_path / "service.py").write_text(APP)
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--no-control-socket", "service:app"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    )
    try:
        for line in process.stderr:
            listening = re.search(rb"Listening at: http://127\.0\.0\.1:(\d+)", line)
            if listening:
                break
        yield process, int(listening[1])
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


def workers(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return list(map(int, children.split()))


def test_no_request_fails_while_workers_are_attached_to(server):
    process, port = server
    wait_until(lambda: len(workers(process)) == 2)
    pids, wrong, answered, attached = workers(process), [], [], threading.Event()

    def load():
        number = 0
        while not attached.is_set() or number < REQUESTS // 2:
            number += 1
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
            connection.request("GET", f"/?{number % 100}")
            answer = connection.getresponse()
            if (answer.status, int(answer.read())) != (200, sum(range(number % 100))):
                wrong.append(number)
            connection.close()
            answered.append(number)

    clients = [threading.Thread(target=load) for _ in range(2)]
    for client in clients:
        client.start()
    printed = [attach(pids[cycle % 2], "-xx", "--for=0.05") for cycle in range(CYCLES)]
    attached.set()
    for client in clients:
        client.join(TIMEOUT)
    assert wrong == []
    assert len(answered) >= REQUESTS
    assert {ended.returncode for ended in printed} == {0}
    assert any(b"total = sum(range(number))\n" in ended.stdout for ended in printed)
    assert workers(process) == pids
