"""Each option with each place that the lines may go to: what it says is the same in all."""

from __future__ import annotations

import functools
import os
import re

import pytest
from conftest import run_swifttrace

SCRIPT = """\
import os, sys, threading
sys.excepthook = "".format
limit, password, counts = 1, "hush", []
class Point:
    def __init__(self, x):
        self.x = x
    def __repr__(self):
        return f"Point({self.x})"
def squares(number, *rest, key=None):
    for n in range(number):
        yield n * n
def deep(n):
    return deep(n - 1) if n else Point(n)  # wider than forty columns: é, ü, 日本語
def work():
    global limit
    limit += 1; counts.append(limit)
try:
    found = [*squares(2, "\\x1b[31mred", key="hush")] + [deep(2)]
    {}["a long line that is wider than forty columns: é, ü, 日本語, 日本語"]
except KeyError as error:
    kept = error.args
thread = threading.Thread(target=work, name="second"); thread.start(); thread.join()
limit = None
print("pid", os.getpid())
raise ValueError("uncaught")
"""

OPTIONS = {
    "none": "",
    "level 1": "-x",
    "scope": "--scope project",
    "include": "--include nothing* --exclude nothing*",
    "values": "--values",
    "repr": "--values=repr",
    "secrets": "--values --show-secrets",
    "calls": "--calls",
    "only calls": "--only-calls",
    "depth": "--depth 1",
    "depth of calls": "--only-calls --values --depth=2",
    "watch": "--watch limit --watch counts --watch key",
    "watch of no name": "--watch nobody.has.this",
    "watch break": "--watch limit --watch-break",
    "time": "--time",
    "delta": "--time=delta",
    "time of lines": "--time=line",
    "time of lines with more": "--time=line --values --calls --statements --show pid,thread",
    "template with the time of lines": "--calls --format {took:>9}|{time}|{task}|{lineno}|{line}",
    "show": "--show depth,module,function,pid,thread,task",
    "format": "--format {prefix}{depth:>3}|{function:<9}|{thread:.4}|{lineno}|{name}|{line}",
    "template with times": "--format {time}|{delta}|{pid}|{task}|{module}|{path}|{file}|{line}",
    "color always": "--color always --values --calls",
    "color auto": "--color auto",
    "color never": "--color=never",
    "cut": "--cut=40 --watch counts --watch limit",
    "cut to the terminal": "--cut",
    "wrap": "--wrap=40 --watch counts --depth=2",
    "wrap to the terminal": "--wrap",
    "debug": "-d",
    "debug 2": "-dd",
    "debug 3": "-ddd --values",
    "debug log": "--debug-log elsewhere.log",
    "pdb": "-p",
    "no banner": "--no-banner",
    "banner": "--banner",
    "no follow": "--no-follow",
    "all": "--values=repr --calls --depth 9 --show depth,function,thread --time --color always "
    "--cut=9000 -ddd -p --banner --no-follow --show-secrets",
}
PRINTED_PID = re.compile(rb"pid (\d+)\n")
NOTES = re.compile(rb"(?m)^# swifttrace: process .*\n")
CHANGING = re.compile(rb"\d+\.\d{6}|0x[0-9a-f]+|\b\d{15}\b")


class Run:
    """One run of the script, in a directory of its own."""

    def __init__(self, directory, options, sink):
        self.directory = directory
        (directory / "script.py").write_text(SCRIPT)
        options = options.split()
        self.options = options if "-x" in options else ["-xx", *options]
        self.ended, trace = getattr(self, sink)()
        self.pid = PRINTED_PID.search(self.ended.stdout)[1]
        self.stdout = self.masked(self.ended.stdout)
        # Whether there are lines about the process is a matter of the sink.
        self.notes = NOTES.findall(trace)
        self.trace = self.masked(NOTES.sub(b"", trace))

    def run(self, *sink, **how):
        """Run it; where pdb asks, the program is to go on."""
        where = {"cwd": self.directory, "input": b"c\n" * 20}
        return run_swifttrace(*self.options, *sink, "script.py", **where, **how)

    def masked(self, text):
        """Return it without what no two runs have in common."""
        text = text.replace(os.fsencode(self.directory), b"HERE")
        return re.sub(rb"\b%s\b" % self.pid, b"PID", CHANGING.sub(b"N", text))

    def standard_error(self):
        ended = self.run()
        return ended, ended.stderr

    def descriptor(self):
        with open(self.directory / "trace", "w+b") as file:
            ended = self.run(f"--fd={file.fileno()}", pass_fds=[file.fileno()])
            assert ended.stderr == b""
            return ended, file.seek(0) or file.read()

    def file(self):
        ended = self.run("-o", "trace")
        assert ended.stderr == b""
        return ended, (self.directory / "trace").read_bytes()

    def ring(self):
        ended = self.run("--last=5000")
        return ended, ended.stderr

    def ring_in_a_file(self):
        ended = self.run("--last=5000", "-o", "trace")
        shown = run_swifttrace("show", "trace", cwd=self.directory)
        assert (shown.returncode, shown.stderr) == (0, b"")
        assert NOTES.sub(b"", shown.stdout) == NOTES.sub(b"", ended.stderr)
        return ended, shown.stdout


SINKS = ["standard_error", "descriptor", "file", "ring", "ring_in_a_file"]


@pytest.fixture(scope="session")
def run_to(tmp_path_factory):
    """Run the script, once for each option and sink."""

    @functools.cache
    def run_to(options, sink):
        return Run(tmp_path_factory.mktemp("run"), options, sink)

    return run_to


@pytest.mark.parametrize("sink", SINKS[1:])
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_says_the_same_in_every_sink(run_to, option, sink):
    expected = run_to(OPTIONS[option], "standard_error")
    found = run_to(OPTIONS[option], sink)
    assert (found.ended.returncode, found.stdout) == (expected.ended.returncode, expected.stdout)
    assert found.trace == expected.trace
    assert found.trace or option == "watch of no name"


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("option", ["none", "banner", "no banner"])
def test_which_sinks_have_lines_about_the_process(run_to, option, sink):
    count = {"banner": 2, "no banner": 0}.get(option, 2 if sink == "file" else 0)
    if sink.startswith("ring"):
        count = 1  # of the dump
    assert len(run_to(OPTIONS[option], sink).notes) == count


REFUSED = {
    "-o trace --fd 2": "output and fd exclude each other",
    "--dump-signal USR1": "dump_signal needs last",
    "--format {line} --time": "format cannot be used with show or time: name the fields in the template",
    "--format {line} --show pid": "format cannot be used with show or time: name the fields in the template",
    "--cut --wrap": "wrap and cut exclude each other",
}


@pytest.mark.parametrize("sink", ["", "-o file", "--fd 1", "--last 5", "--last 5 -o file"])
@pytest.mark.parametrize("options", REFUSED)
def test_what_does_not_go_together_is_refused(write, tmp_path, options, sink):
    path = write("script.py", "print('it ran')\n")
    ended = run_swifttrace(*options.split(), *sink.split(), path, cwd=tmp_path)
    if "--last" in sink and "needs last" in REFUSED[options]:
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"it ran\n", b"")
        return
    said = f"swifttrace: {REFUSED[options]} (try --help)\n"
    assert (ended.returncode, ended.stdout, ended.stderr.decode()) == (2, b"", said)
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]
