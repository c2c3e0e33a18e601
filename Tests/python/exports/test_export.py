"""`swifttrace export`: what readers that are not ours find in the files."""

import itertools
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from conftest import clean_environment
from swifttrace.cli.answers import AnswerError
from swifttrace.cli.export import export
from swifttrace.exports.protobuf import varint

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "reference" / "exports.schema.json"
PROGRAM = """\
import os, threading

def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)

def numbers(count):
    for n in range(count):
        yield n

def fail():
    raise ValueError("no;such\\nthing")

def never():
    return "ran"

def work():
    fib(5)

for k in numbers(3):
    x = fib(4)
try:
    fail()
except ValueError:
    pass
thread = threading.Thread(target=work, name="worker <&>")
thread.start()
thread.join()
if os.fork() == 0:
    fib(2)
    os._exit(3)
os.wait()
"""
FIB = 9 * 3 + 15
"""How often `fib` is called in the first process."""


def swifttrace(*arguments, cwd, status=0):
    command = [sys.executable, "-m", "swifttrace", *map(str, arguments)]
    # A thread that has just ended may count yet where the program forks.
    environment = {**clean_environment(), "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run(command, capture_output=True, cwd=cwd, env=environment, text=True)
    assert ended.returncode == status, ended.stderr
    assert ended.stderr.count("\n") == (status != 0), ended.stderr
    return ended.stderr if status else ended.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with recordings: with calls of two processes, and one of lines alone."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "prog.py").write_text(PROGRAM)
    swifttrace("record", "--calls", "--values", "-o", "calls.swt", "prog.py", cwd=folder)
    (child,) = folder.glob("calls.swt.*")
    child.rename(folder / "child.swt")
    swifttrace("record", "--scope", "script", "-o", "lines.swt", "prog.py", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def exported(folder):
    def run(form, *names, output=None):
        output = output or f"out.{form}"
        assert swifttrace("export", f"--{form}", *names, "-o", output, cwd=folder) == f"{output}\n"
        return folder / output

    return run


def test_perfetto_has_tracks_of_threads_and_slices_of_calls(exported):
    trace = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2")
    packets = []

    def read(data):
        for packet in trace.Trace.FromString(data).packet:
            if packet.compressed_packets:
                read(zlib.decompress(packet.compressed_packets))
            else:
                packets.append(packet)

    data = exported("perfetto", "calls.swt", "child.swt").read_bytes()
    read(data)
    unknown = pytest.importorskip("google.protobuf.unknown_fields").UnknownFieldSet
    assert not any(len(unknown(packet)) for packet in packets)
    assert not any(len(unknown(p.track_event)) for p in packets if p.HasField("track_event"))
    tracks = [p.track_descriptor for p in packets if p.HasField("track_descriptor")]
    processes = {track.uuid: track.process for track in tracks if track.HasField("process")}
    assert [each.process_name.endswith("prog.py") for each in processes.values()] == [True, True]
    threads = {track.uuid: track.name for track in tracks if track.parent_uuid in processes}
    assert sorted(threads.values()) == ["MainThread", "MainThread", "worker <&>"]
    events = [p for p in packets if p.HasField("track_event")]
    sequence = {p.trusted_packet_sequence_id: p for p in packets if p.HasField("interned_data")}
    stacks, began, seen = {}, {}, []
    for packet in events:
        event, head = packet.track_event, sequence.get(packet.trusted_packet_sequence_id)
        if event.type == event.TYPE_INSTANT:
            continue
        defaults = head.trace_packet_defaults
        assert defaults.timestamp_clock_id == 64
        assert head.clock_snapshot.clocks[1].is_incremental
        names = {each.iid: each.name for each in head.interned_data.event_names}
        track = event.track_uuid or defaults.track_event_defaults.track_uuid
        time = began.get(head.trusted_packet_sequence_id, head.clock_snapshot.clocks[1].timestamp)
        began[head.trusted_packet_sequence_id] = time + packet.timestamp
        stack = stacks.setdefault(track, [])
        if event.type == event.TYPE_SLICE_BEGIN:
            stack.append(names[event.name_iid])
            seen.append((threads[track], ";".join(stack)))
        else:
            stack.pop()
    assert not any(stacks.values())
    assert seen.count(("MainThread", "<module>;fib")) == 3
    assert seen.count(("worker <&>", "work;fib;fib;fib;fib;fib")) == 2
    assert len([stack for _, stack in seen if stack.endswith("fib")]) == FIB + 3
    marks = [p.track_event for p in events if p.track_event.type == p.track_event.TYPE_INSTANT]
    assert [mark.name for mark in marks][-1] == "ends with status 3"
    (source,) = [mark for mark in marks if mark.flow_ids]
    (target,) = [mark for mark in marks if mark.terminating_flow_ids]
    assert source.flow_ids == target.terminating_flow_ids
    assert source.name.startswith("starts process ")


def test_chrome_has_complete_events_that_lie_in_each_other(exported):
    told = json.loads(exported("chrome", "calls.swt", "child.swt").read_bytes())
    events = told["traceEvents"]
    calls = [event for event in events if event["ph"] == "X"]
    assert len([call for call in calls if call["name"] == "fib"]) == FIB + 3
    assert {call["args"]["at"] for call in calls if call["name"] == "fib"} == {"prog.py:3"}
    assert all(event["ts"] >= 0 and event["dur"] >= 0 for event in calls)
    names = [event["args"]["name"] for event in events if event["name"] == "thread_name"]
    assert "worker <&>" in names
    for one, other in itertools.pairwise(calls):
        if one["pid"] == other["pid"] and one["tid"] == other["tid"]:
            assert other["ts"] + other["dur"] >= one["ts"] + one["dur"] - 0.002
    assert [event["ph"] for event in events if event.get("cat") == "process"] == ["s", "f"]


def test_lcov_reads_the_counts_and_genhtml_makes_pages(exported, folder):
    path = exported("lcov", "calls.swt", "child.swt")
    text = path.read_text()
    assert f"SF:{folder}/prog.py\n" in text
    assert f"FNDA:{FIB + 3},fib\n" in text
    assert "FNDA:0,never\nFN" in text
    assert f"DA:4,{FIB + 3}\n" in text
    assert "DA:16,0\n" in text
    if shutil.which("lcov") is None:
        pytest.skip("lcov is not installed")
    summary = subprocess.run(["lcov", "--summary", path], capture_output=True, text=True)
    assert summary.returncode == 0, summary.stderr
    lines, hits = (text.count("\nDA:"), text.count("\nDA:") - text.count(",0\nDA:"))
    assert f"({hits} of {lines} lines)" in summary.stdout + summary.stderr
    pages = folder / "pages"
    subprocess.run(["genhtml", "-q", path, "-o", pages], check=True, capture_output=True)
    assert (pages / "index.html").exists()


def test_a_database_has_places_calls_notes_and_ways(exported):
    path = exported("sqlite", "calls.swt", "child.swt")
    sql = (
        'SELECT f.name, count(*), min(c."end" - c.start) >= 0 FROM calls c JOIN functions f'
        " ON f.recording = c.recording AND f.function = c.function"
        " WHERE NOT c.is_resumed GROUP BY f.name ORDER BY f.name"
    )
    found = [
        ("<module>", 1, 1), ("fail", 1, 1), ("fib", FIB + 3, 1), ("numbers", 1, 1), ("work", 1, 1),
    ]  # fmt: skip
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute(sql).fetchall() == found
        one = "SELECT count, text FROM places WHERE recording = 1 AND line = ?"
        assert database.execute(one, (22,)).fetchall() == [(3, "    x = fib(4)")]
        ended = "SELECT ended, count(*) FROM calls GROUP BY ended ORDER BY ended"
        # The generator has suspended itself three times; the child's module has no end.
        told = dict(database.execute(ended).fetchall())
        assert (told["suspended"], told["unwound"]) == (3, 1)
        values = database.execute("SELECT count(*) FROM notes WHERE text LIKE '%x = 3'").fetchone()
        assert values == (1,)
        assert database.execute("SELECT max(rounds) FROM ways").fetchone() == (3,)
        status = database.execute("SELECT status FROM recordings ORDER BY recording").fetchall()
        assert status == [(0,), (3,)]
    database.close()


def test_json_lines_are_as_the_schema_says(exported):
    objects = [
        json.loads(line)
        for line in exported("json", "calls.swt", "child.swt").read_text().splitlines()
    ]
    kinds = {"recording", "thread", "place", "way", "call", "note"}
    assert {each["type"] for each in objects} == kinds
    calls = [each for each in objects if each["type"] == "call"]
    assert {each["from"] for each in calls if each["depth"] == 2 and each["function"] == "fib"} == {
        "prog.py:6"
    }
    schema = pytest.importorskip("jsonschema")
    validator = schema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    for each in {(each["type"], index % 7): each for index, each in enumerate(objects)}.values():
        validator.validate(each)


def test_duckdb_reads_the_json_lines(exported):
    duckdb = pytest.importorskip("duckdb")
    database = duckdb.connect(config={"autoinstall_known_extensions": False})
    path = exported("json", "calls.swt", output="duck.jsonl")
    sql = f"SELECT count(*) FROM read_json('{path}') WHERE function = 'fib' AND type = 'call'"
    assert database.execute(sql).fetchall() == [(FIB,)]
    database.close()


def test_flames_are_stacks_with_their_own_microseconds(exported):
    found = {}
    for line in exported("flame", "calls.swt").read_text().splitlines():
        stack, _, value = line.rpartition(" ")
        assert value.isdigit()
        found[tuple(stack.split(";"))] = int(value)
    assert ("MainThread", "<module> (prog.py:1)", "fib (prog.py:3)") in found
    assert {stack[0] for stack in found} == {"MainThread", "worker <&>"}


def test_calls_are_told_by_lines_where_none_were_recorded(exported):
    path = exported("sqlite", "lines.swt", output="lines.sqlite")
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT is_inferred FROM recordings").fetchall() == [(1,)]
        names = database.execute(
            "SELECT f.name, count(*) FROM calls c JOIN functions f ON f.function = c.function"
            " GROUP BY f.name ORDER BY 2 DESC LIMIT 1"
        ).fetchall()
    database.close()
    # Each line 4, where its body begins, is a call.
    assert names == [("fib", FIB)]


def test_what_cannot_be_exported_is_one_line(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def refused(*arguments):
        with pytest.raises(AnswerError) as raised:
            export(list(arguments))
        return str(raised.value)

    (folder / "empty").write_bytes(b"")
    whole = (folder / "calls.swt").read_bytes()
    (folder / "cut.swt").write_bytes(whole[:50])
    damaged = bytearray(whole)
    damaged[65536 + 70] ^= 0x40
    (folder / "damaged.swt").write_bytes(damaged)
    (folder / "trace.log").write_text("+ [main.py:1] x = 1\n")
    assert "empty: neither a recording, nor" in refused("--json", "empty")
    assert "none: No such file" in refused("--json", "none")
    assert "cut.swt: " in refused("--json", "cut.swt")
    assert "damaged.swt: " in refused("--perfetto", "damaged.swt")
    assert varint(-1) == b"\xff" * 9 + b"\x01"  # As a damaged time is.
    assert not (folder / "damaged.perfetto-trace").exists()
    told = swifttrace("export", "--chrome", "trace.log", cwd=folder, status=2)
    assert "trace.log has no times, which --chrome needs" in told
    assert "needs another name" in refused("--json", "calls.swt", "-o", "calls.swt")
    assert "cannot write none/out: " in refused("--json", "calls.swt", "-o", "none/out")
    assert "cannot go to standard output" in refused("--sqlite", "calls.swt", "-o", "-")
    assert "one of the arguments --perfetto" in refused("calls.swt")
    assert "--flame: not allowed with argument --json" in refused("--json", "--flame", "calls.swt")
    assert "try export --help" in refused("--json")
    assert swifttrace("export", "--json", "empty", cwd=folder, status=2).startswith(
        "swifttrace: empty"
    )
    assert "DA:1,1\n" in swifttrace("export", "--lcov", "trace.log", "-o", "-", cwd=folder)


def test_a_file_that_cannot_be_written_stays_as_it_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    os.mkfifo("pipe")
    busy = shutil.copy("/bin/sleep", "busy")
    with subprocess.Popen([f"./{busy}", "600"]) as process:
        for name, form, reason in [
            ("pipe", "--sqlite", "not a regular file"),
            ("busy", "--sqlite", "Text file busy"),
            ("busy", "--json", "Text file busy"),
        ]:
            with pytest.raises(AnswerError, match=f"cannot write {name}: {reason}"):
                export([form, "calls.swt", "-o", name])
        process.kill()
    assert os.path.getsize("busy")
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)
    # A new file is for its owner alone; its name may be no text.
    name = os.fsdecode(b"no\xfftext")
    shutil.copy("lines.swt", f"{name}.swt")
    for form, suffix in [("--sqlite", "sqlite"), ("--json", "jsonl")]:
        export([form, f"{name}.swt", "-o", f"{name}.{suffix}"])
        assert stat.S_IMODE(os.stat(f"{name}.{suffix}").st_mode) == 0o600
