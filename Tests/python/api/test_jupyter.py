"""The magics in a real Jupyter kernel: the trace is the cell's output."""

from __future__ import annotations

import re

import pytest
from conftest import TIMEOUT, clean_environment

pytest.importorskip("ipykernel")
manager = pytest.importorskip("jupyter_client.manager")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    directory = tmp_path_factory.mktemp("jupyter")
    environment = clean_environment(
        JUPYTER_RUNTIME_DIR=f"{directory}/r", JUPYTER_CONFIG_DIR=f"{directory}/c",
        IPYTHONDIR=f"{directory}/i", JUPYTER_DATA_DIR=f"{directory}/d",
    )  # fmt: skip
    environment.pop("PYTEST_CURRENT_TEST", None)  # a kernel does not read descriptor 2 then
    kernel = manager.KernelManager(
        transport="ipc", kernel_name="python3", connection_file=f"{directory}/k.json"
    )
    kernel.start_kernel(env=environment, cwd=directory)
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        client.execute("%load_ext swifttrace", reply=True, timeout=TIMEOUT)
        yield client
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def run(client, cell):
    """Run a cell; return its outputs in their order, as pairs of a kind and a text."""
    outputs = []

    def add(message):
        content = message["content"]
        kind = content.get("name", message["msg_type"])
        text = content.get("text") or content.get("data", {}).get("text/plain")
        if message["msg_type"] == "error":
            text = content["ename"]
        if text is None:
            return
        if outputs and outputs[-1][0] == kind:
            text = outputs.pop()[1] + text
        outputs.append((kind, text))

    client.execute_interactive(cell, output_hook=add, timeout=TIMEOUT)
    return outputs


def traced(client, cell):
    return "".join(text for kind, text in run(client, cell) if kind == "stderr")


def test_a_cell_and_its_value(client):
    assert run(client, "%%trace 2\ndef f():\n    return 1\nf()") == [
        ("stderr", "+ [     1] def f():\n+ [     3] f()\n+ [     2]     return 1\n"),
        ("execute_result", "1"),
    ]
    assert run(client, "f()") == [("execute_result", "1")]


def test_what_a_cell_prints_keeps_its_place(client):
    cell = "%%trace\nprint('a')\nx = 1\nprint('b')\nimport sys\nprint('c', file=sys.stderr)"
    assert run(client, cell) == [
        ("stderr", "+ print('a')\n"),
        ("stdout", "a\n"),
        ("stderr", "+ x = 1\n+ print('b')\n"),
        ("stdout", "b\n"),
        ("stderr", "+ import sys\n+ print('c', file=sys.stderr)\nc\n"),
    ]


def test_await(client):
    cell = (
        "%%trace 2\nimport asyncio\nawait asyncio.sleep(0)\nasync def f():\n    return 2\nawait f()"
    )
    outputs = run(client, cell)
    assert outputs[-1] == ("execute_result", "2")
    numbers = re.findall(r"\[ +(\d)\]", outputs[0][1])
    assert numbers == ["1", "2", "3", "5", "4"]


def test_an_exception(client):
    assert run(client, "%%trace\nx = 1\n1 / 0") == [
        ("stderr", "+ x = 1\n+ 1 / 0\n"),
        ("error", "ZeroDivisionError"),
    ]
    assert run(client, "y = 1") == []


def test_level_3_shows_the_cell_s_work_alone(client):
    text = traced(client, "%%trace 3\nx = 1\nx")
    assert re.sub(r"\[.*?\]", "[]", text) == "+ [] x = 1\n+ [] x\n"
    text = traced(client, "%%trace 3\nimport textwrap\ns = textwrap.dedent(' a')\nprint(s)\ns")
    assert "textwrap.py" in text
    assert not re.search(r"threading|iostream|selectors|base_events", "".join(files(text)))
    text = traced(client, "%%trace 3\n1 / 0")
    assert text.count("\n") == 1


def files(text):
    """The names of the files whose lines were traced."""
    return re.findall(r"^\++ (?:\{.*?\} )?\[ *(\S+):\d+ *\] ", text, re.MULTILINE)


def test_level_3_of_much_work(client):
    cell = "import pprint; s = pprint.pformat({i: [i] * 3 for i in range(200)})"
    text = traced(client, f"%%trace 3\n{cell}")
    names = files(text)
    assert text.endswith("\n")
    assert len(names) == text.count("\n") > 5000
    others = [name for name in names if not re.search(r"pprint\.py$|/\d+\.py$", name)]
    assert not re.findall(r"threading|iostream|selectors|asyncio|zmq|tornado", "".join(others))
    again = traced(client, f"%%trace 3\n{cell}\nlast = 1")
    assert again.count("pprint.py") == text.count("pprint.py")  # none is missing
    assert again.endswith("] last = 1\n")


def test_level_3_of_a_cell_that_waits(client):
    cell = """%%trace 3
import asyncio, colorsys
async def f():
    await asyncio.sleep(0.3)
    return colorsys.rgb_to_hls(1, 0, 0)[1]
await asyncio.gather(f(), f())"""
    outputs = run(client, cell)
    text = "".join(text for kind, text in outputs if kind == "stderr")
    assert outputs[-1] == ("execute_result", "[0.5, 0.5]")
    assert text.count("] await asyncio.gather(f(), f())\n") == 1
    assert text.count("]     await asyncio.sleep(0.3)\n") == 2
    assert "colorsys.py" in text
    others = [name for name in files(text) if not re.search(r"colorsys\.py$|/\d+\.py$", name)]
    assert len(others) < 10, others


def test_level_3_with_threads_that_print(client):
    cell = """%%trace 3
import threading
def work():
    for i in range(100):
        print(f"{i}\\n", end="")
threads = [threading.Thread(target=work, name=f"w{n}") for n in range(3)]
for t in threads: t.start()
for t in threads: t.join()"""
    outputs = run(client, cell)
    text = "".join(text for kind, text in outputs if kind == "stderr")
    printed = "".join(text for kind, text in outputs if kind == "stdout")
    assert len(printed.split()) == 300
    assert text.count("]         print(f") == 300
    assert not re.search(r"iostream|selectors|asyncio|zmq", text)


def test_a_cell_that_runs_another(client):
    text = traced(client, "%%trace 2\nget_ipython().run_cell('x = 1')\ny = 2")
    assert text.endswith("+ [     1] x = 1\n+ [     2] y = 2\n")
    text = traced(client, "%%trace 3\nget_ipython().run_cell('x = 1')\ny = 2")
    assert text.endswith("] y = 2\n")


def test_threads_of_a_cell(client):
    cell = """%%trace
import threading
def work():
    done = True
t = threading.Thread(target=work, name="worker")
t.start()
t.join()"""
    assert "+ {worker}     done = True\n" in traced(client, cell)


def test_cells_until_it_is_off(client):
    assert run(client, "%trace 2 --values") == []
    assert traced(client, "fresh = 5") == "+ [     1] fresh = 5\n+ [     1] # fresh = 5\n"
    run(client, "%trace off")
    assert run(client, "fresh = 6") == []
    run(client, "%trace 3")
    text = traced(client, "fresh = 7")
    assert re.fullmatch(r"\+ \[.*\] fresh = 7\n", text)
    assert len(files(traced(client, "%trace off"))) < 10
    assert run(client, "fresh = 8") == []


def test_enable_in_a_cell_does_not_hang_the_kernel(client):
    cell = "import swifttrace\nswifttrace.enable(3)\nimport pprint\n"
    cell += "s = pprint.pformat({i: [i] * 3 for i in range(200)})\nswifttrace.disable()\nlen(s) > 9"
    for _ in range(3):
        # Descriptor 2 is read in a thread of the kernel's, which may come late.
        assert ("execute_result", "True") in run(client, cell)
    assert run(client, "1 + 1")[-1] == ("execute_result", "2")


def test_bad_arguments_are_one_line(client):
    for magic, said in (("%%trace 7", "1, 2 or 3"), ("%%trace -o /none/a", "No such file")):
        shown = "".join(text for _, text in run(client, f"{magic}\nprint('ran')"))
        assert "ran" not in shown
        assert said in shown or shown == "UsageError"
