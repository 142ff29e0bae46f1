"""The format of the file: its tables, the number in its header, and what is refused before the first query."""

from __future__ import annotations

import sqlite3
import struct
from typing import Any

from plantrack.errors import StoreDamagedError, StoreError, StoreFormatError
from plantrack.store.connections import TIMEOUT_SECONDS, translated

FORMAT = 2  # 1 had no evidence
APPLICATION_ID = 0x504C5452  # "PLTR", in the header of every plantrack file

EVENTS = "stored_events"
HEADS = "log_heads"
COLUMNS = "originator_id, originator_version, topic, state, event_id, recorded_at, effective_on, leaf"
SCHEMA = {
    EVENTS: (
        f"CREATE TABLE {EVENTS} ("
        "originator_id TEXT NOT NULL, "  # the plan
        "originator_version INTEGER NOT NULL, "  # the position, from 1
        "topic TEXT NOT NULL, "  # Type@schema
        "state BLOB NOT NULL, "  # JSON: the rest of the envelope, and the data
        "event_id TEXT NOT NULL, "
        "recorded_at TEXT NOT NULL, "  # transaction time
        "effective_on TEXT NOT NULL, "  # last day of valid time
        "leaf BLOB NOT NULL, "  # its hash in the plan's Merkle log
        "PRIMARY KEY (originator_id, originator_version), "
        "UNIQUE (originator_id, event_id))"
    ),
    HEADS: (
        f"CREATE TABLE {HEADS} ("
        "originator_id TEXT PRIMARY KEY NOT NULL, "
        "size INTEGER NOT NULL, "  # the position of the last event
        "origin TEXT NOT NULL, "  # the name of the log, which every leaf holds
        "frontier BLOB NOT NULL)"  # the right edge of the tree: all that the next append needs
    ),
}


def check_header(path: str) -> None:
    """Read the format from the file's first bytes, before SQLite reads anything else of it.

    :raises StoreFormatError: it is not a store, or of another format.
    :raises StoreError: it cannot be read.
    """
    version, application = header_in(path)
    if (version, application) == (0, 0):  # new: all there is may still stand in the write-ahead log
        with translated(path):
            connection = sqlite3.connect(path, timeout=TIMEOUT_SECONDS, isolation_level=None)
            try:
                connection.execute("BEGIN")  # read as of one moment: another process may be making the tables
                tables = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]
                version, application = header_of(connection.cursor())
            finally:
                connection.close()
        if (version, application, tables) == (0, 0, 0):
            return  # another process is about to make the tables
    check_format(path, version, application)


def header_in(path: str) -> tuple[int, int]:
    """Format and application as they stand in the first bytes of a file.

    :raises StoreFormatError: it is no SQLite file.
    :raises StoreError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            header = file.read(100)
    except OSError as problem:
        raise StoreError(f"cannot read {path}: {problem.strerror}") from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise StoreFormatError(f"{path} is not a plantrack store (not an SQLite file)")
    return struct.unpack(">I", header[60:64])[0], struct.unpack(">I", header[68:72])[0]


def header_of(cursor: Any) -> tuple[int, int]:
    """Format and application as SQLite sees them, with what stands in the write-ahead log."""
    cursor.execute("PRAGMA user_version")
    version = cursor.fetchone()[0]
    cursor.execute("PRAGMA application_id")
    return version, cursor.fetchone()[0]


def check_format(path: str, version: int, application: int) -> None:
    """Refuse a file of another program, and a format that this version does not read.

    :raises StoreFormatError: it is one.
    """
    if application != APPLICATION_ID:
        raise StoreFormatError(f"{path} is an SQLite file of another program, not a plantrack store")
    if version < 1:
        raise StoreFormatError(f"{path} has format {version}, which no version of plantrack wrote; refused")
    if version > FORMAT:
        raise StoreFormatError(
            f"{path} has format {version}; this version of plantrack reads up to {FORMAT}: install a newer one"
        )
    if version < FORMAT:
        raise StoreFormatError(
            f"{path} has format {version}, of an older plantrack; `plantrack --db {path} upgrade` brings it up to date"
        )


def prepare(path: str, datastore: Any) -> None:
    """Make the tables in an empty file; refuse any other schema than ours before it can run anything.

    :raises StoreFormatError: the schema is not ours.
    :raises StoreDamagedError: a table is missing.
    """
    with datastore.transaction(commit=False) as c:
        c.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        found: dict[tuple[str, str], str] = {(row[0], row[1]): row[2] for row in c.fetchall()}
        header = header_of(c)
    if found or header != (0, 0):
        check_format(path, *header)
        check_schema(path, found)
        return
    with datastore.transaction(commit=True) as c:
        c.execute("SELECT COUNT(*) FROM sqlite_schema")
        if c.fetchone()[0]:
            return  # another process was first
        for statement in SCHEMA.values():
            c.execute(statement)
        c.execute(f"PRAGMA user_version={FORMAT}")
        c.execute(f"PRAGMA application_id={APPLICATION_ID}")


def check_schema(path: str, found: dict[tuple[str, str], str], schema: dict[str, str] | None = None) -> None:
    """Refuse whatever is not in the schema, before it can run: a trigger, a view, an index, another table.

    :param found: the statement of each object, by its kind and name.
    :raises StoreFormatError: there is more, or something else.
    :raises StoreDamagedError: a table is missing.
    """
    ours = SCHEMA if schema is None else schema
    foreign = sorted(f"{kind} {name}" for kind, name in found if kind != "table" or name not in ours)
    if foreign:
        raise StoreFormatError(f"{path} holds what no plantrack store has: {', '.join(foreign[:5])}; refused")
    for name, statement in ours.items():
        if ("table", name) not in found:
            raise StoreDamagedError(f"{path} is a plantrack store without its table {name}; restore it from a backup")
        if found["table", name] != statement:
            raise StoreFormatError(f"the table {name} in {path} is not as plantrack makes it; refused")
