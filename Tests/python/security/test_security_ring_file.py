"""`swifttrace show` of files that somebody has made up."""

from __future__ import annotations

import functools
import os
import resource
import struct
import tempfile

import pytest
from conftest import run_swifttrace
from hostile import EVERYTHING, acted_on

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

MOST_SHOWN = 2_000_000
HEADER = 4096
FIRST_CHUNK = 65536


@functools.cache
def real_ring():
    """The bytes of a file that `--last` has written, with threads, notes and colours."""
    with tempfile.TemporaryDirectory() as directory:
        program, ring = os.path.join(directory, "program.py"), os.path.join(directory, "ring")
        with open(program, "w") as file:
            file.write("import threading\ndef work():\n    x = [1]\n")
            file.write("threads = [threading.Thread(target=work) for _ in range(3)]\n")
            file.write("for each in threads:\n    each.start()\n    each.join()\n")
        run_swifttrace("-xx", "--values", "--color=always", "--last", "30", "-o", ring, program)
        with open(ring, "rb") as file:
            return file.read()


def made_up(lines, *, last=None, capacity=None, count=None, process=1, tagged=2, chunk=None):
    """A file as `RingLayout.swift` has it, whose fields say what they are told to."""
    texts, entries = b"", []
    for line in lines:
        entries.append(1 << 20 | 16 + len(texts))
        texts += struct.pack("=I", len(line)) + line
    slots = max(len(entries), 1)
    header = b"swifttrace-ring\n" + struct.pack(
        "=5Q", 1, capacity or slots, last or slots, process, tagged
    )
    header = header.ljust(HEADER - 8, b"\0") + struct.pack(
        "=Q", len(entries) if count is None else count
    )
    file = (header + struct.pack(f"={len(entries)}Q", *entries)).ljust(FIRST_CHUNK, b"\0")
    size = -(-(16 + len(texts)) // 65536) * 65536
    file += struct.pack("=2Q", 1 << 20, size if chunk is None else chunk) + texts
    return file.ljust(FIRST_CHUNK + size, b"\0")


def assert_is_text_or_refused(data):
    """As the command does it, without a process for each."""
    from swifttrace.runtime import ring_file as ring

    read = None
    try:
        read = ring.Ring(data)
    except ValueError as error:
        said = str(error)
    if read is None:
        assert len(said.splitlines()) == 1
        return
    shown = 0
    for line in read.lines():
        assert line.endswith(b"\n")
        assert acted_on(line, has_colours=True) == []
        shown += len(line)
        if shown > MOST_SHOWN:
            break


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=10_000), st.booleans())
def test_any_bytes_are_text_or_refused(data, is_magic):
    version = struct.pack("=Q", 1)
    assert_is_text_or_refused((b"swifttrace-ring\n" + version) * is_magic + data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_real_file_that_is_changed_or_cut_is_text_or_refused(data):
    changed = bytearray(real_ring())
    places = st.one_of(
        st.integers(0, 63),
        st.integers(1024, HEADER + 512),
        st.integers(FIRST_CHUNK, FIRST_CHUNK + 2048),
        st.integers(0, len(changed) - 1),
    )
    for place in data.draw(st.lists(places, max_size=20)):
        changed[place] ^= 1 << data.draw(st.integers(0, 7))
    for place in data.draw(st.lists(st.integers(0, 60), max_size=3)):
        changed[place * 8 : place * 8 + 8] = struct.pack("=Q", data.draw(st.integers(0, 2**64 - 1)))
    end = data.draw(st.one_of(st.just(len(changed)), st.integers(0, len(changed))))
    assert_is_text_or_refused(bytes(changed[:end]))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=200), max_size=20),
    st.fixed_dictionaries(
        {
            name: st.one_of(st.integers(0, 40), st.integers(0, 2**64 - 1))
            for name in ("last", "capacity", "count", "process", "tagged", "chunk")
        }
    ),
)
def test_a_file_that_is_made_up_is_text_or_refused(lines, fields):
    assert_is_text_or_refused(made_up(lines, **fields))


def test_the_file_that_is_made_up_is_one_that_is_shown(write):
    ended = run_swifttrace("show", write("ring", made_up([b"+ one\n", b"+ two\n"])))
    said = b"# swifttrace: process 1: the last 2 of 2 lines\n+ one\n+ two\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, said, b"")


def test_no_control_character_of_it_reaches_the_terminal(write):
    texts = [*EVERYTHING, EVERYTHING, "\x1b[31mred\x1b[0m"]
    lines = [f"+ {each}\n".encode() for each in texts]
    lines += [b"+ \xff\x9b31m\xc2\n", b"+ \xed\xa0\x80\n", b"\x1b[3\x1b]0;t\x07\n"]
    ended = run_swifttrace("show", write("ring", made_up(lines)))
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert acted_on(ended.stdout, has_colours=True) == []
    assert b"\\x1b]52;c;QUJD\\x07" in ended.stdout
    assert b"+ \x1b[31mred\x1b[0m\n" in ended.stdout
    assert b"+ \\xff\\x9b31m\\xc2\n" in ended.stdout


def test_many_lines_of_one_long_text_are_printed_in_little_memory(write):
    """Six thousand times a megabyte, from a file of one."""
    ring = bytearray(made_up([b"+ " + b"y" * 1_000_000 + b"\n", *[b""] * 6_000]))
    entry = ring[HEADER : HEADER + 8]
    ring[HEADER : HEADER + 8 * 6_001] = entry * 6_001
    limit = 300_000_000
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as gone:  # nobody wants all of it
        ended = run_swifttrace(
            *("show", write("ring", bytes(ring))),
            stdout=gone,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_a_file_larger_than_memory_is_one_line(tmp_path):
    with open(tmp_path / "ring", "wb") as file:
        file.write(made_up([b"+ one\n"]))
        file.truncate(1 << 40)
    ended = run_swifttrace("show", "ring", cwd=tmp_path)
    said = b"swifttrace: ring: too large to be read\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", said)


def test_very_many_chunks_take_no_time(write):
    """One that says it has 64 kB, over and over: none is smaller."""
    ended = run_swifttrace("show", write("ring", made_up([b"+ one\n" * 100] * 1000, chunk=1)))
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.count(b"<lost>\n") == 1000
