"""A SQLite database: recordings, threads, functions, places, calls, notes and ways.

`docs/reference/exports.md` describes the tables.
"""

from __future__ import annotations

import os

from ..recordings.folded import as_objects
from ..recordings.names import plain
from ..runtime.builtins import __builtins__ as __builtins__
from .files import created, removed_on_failure
from .played import CALL, CALLS, ENDINGS, NOTES, notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from .played import Played

VERSION = 1
SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA user_version = {VERSION};
CREATE TABLE recordings (
  recording INTEGER PRIMARY KEY, file TEXT, process INTEGER, parent INTEGER, command TEXT,
  directory TEXT, began INTEGER, took INTEGER, status INTEGER, has_end INTEGER,
  is_inferred INTEGER, is_timed INTEGER);
CREATE TABLE threads (recording INTEGER, thread INTEGER, name TEXT);
CREATE TABLE functions (recording INTEGER, function INTEGER, file TEXT, line INTEGER, name TEXT);
CREATE TABLE places (
  recording INTEGER, place INTEGER, file TEXT, line INTEGER, text TEXT, count INTEGER,
  first INTEGER, last INTEGER);
CREATE TABLE calls (
  recording INTEGER, call INTEGER, parent INTEGER, function INTEGER, thread INTEGER,
  place INTEGER, depth INTEGER, is_resumed INTEGER, ended TEXT, start INTEGER, end INTEGER);
CREATE TABLE notes (
  recording INTEGER, call INTEGER, place INTEGER, thread INTEGER, time INTEGER, text TEXT);
CREATE TABLE ways (
  recording INTEGER, loop TEXT, rounds INTEGER, count INTEGER, first INTEGER, is_usual INTEGER,
  lines TEXT, without TEXT);
"""
_CALL = "SELECT ? number, ? parent, ? code, ? thread, ? place, ? state, ? start, ? stop"
_ENDED = "CASE state & 7 " + " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(ENDINGS))


def write(recordings: list[Played], name: str) -> None:
    """Write all tables into a file, which is emptied. Raises `CannotRead`, `OSError`."""
    if os.path.exists(name) and not os.path.isfile(name):
        raise OSError(0, "not a regular file")
    created(name).close()
    with removed_on_failure(name):
        _write(recordings, name)


def _write(recordings: list[Played], name: str) -> None:
    import sqlite3

    try:
        database = sqlite3.connect(name, isolation_level=None)
        try:
            database.executescript(SCHEMA)
            database.execute("BEGIN")
            for number, played in enumerate(recordings, 1):
                _add(database, number, played)
            database.execute("COMMIT")
        finally:
            database.close()
    except sqlite3.Error as error:
        raise OSError(0, str(error)) from None


def _add(database: sqlite3.Connection, number: int, played: Played) -> None:
    _add_calls(database, number, played)
    row: list[object] = [number, plain(played.file.name), played.process, played.parent]
    row += [played.command, plain(played.file.root), played.began, played.end, played.status]
    row += [played.has_end, played.is_inferred, played.is_timed]
    _insert(database, "recordings", [tuple(row)])
    _insert(database, "threads", [(number, *each) for each in played.threads.items()])
    functions = enumerate(played.codes[1:], 1)
    _insert(
        database,
        "functions",
        [(number, code, played.paths[file], line, name) for code, (file, line, name) in functions],
    )
    _insert(database, "places", _places(number, played))
    _insert(database, "ways", _ways(number, played))


def _insert(database: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _add_calls(database: sqlite3.Connection, number: int, played: Played) -> None:
    # What the columns are is computed by SQLite, not for each row in Python.
    call = (
        f"INSERT INTO calls SELECT {number}, number, parent, code, thread, place, state >> 4,"
        f" (state >> 3) & 1, {_ENDED} END, start, stop FROM ({_CALL})"
    )
    note = f"INSERT INTO notes VALUES ({number}, ?, ?, ?, ?, ?)"
    played.play(
        {
            CALLS: lambda data: database.executemany(call, CALL.iter_unpack(data)),
            NOTES: lambda data: database.executemany(note, notes(data)),
        }
    )


def _places(number: int, played: Played) -> list[tuple[object, ...]]:
    counts = played.counts()
    return [
        (number, place, played.paths[file], line, text, *counts[place - 1])
        for place, (file, line, text) in enumerate(played.names.places)
        if place
    ]


def _ways(number: int, played: Played) -> list[tuple[object, ...]]:
    names = ("loop", "rounds", "count", "first", "usual")
    return [
        (number, *(way[name] for name in names), _joined(way["lines"]), _joined(way["without"]))
        for way in as_objects(played.file.fold())
    ]


def _joined(positions: object) -> str:
    assert isinstance(positions, list)
    return " ".join(positions)
