"""Bringing a file of an older format up to date: one step a format, in one transaction, after a copy was made."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

from plantrack.errors import StoreDamagedError, StoreError
from plantrack.merkle import Frontier
from plantrack.store.connections import TIMEOUT_SECONDS, translated
from plantrack.store.format import (
    APPLICATION_ID,
    COLUMNS,
    EVENTS,
    FORMAT,
    HEADS,
    SCHEMA,
    check_format,
    check_schema,
    header_in,
    header_of,
)
from plantrack.store.open_files import OpenFile
from plantrack.store.recorder import Row, origin_of


def upgrade(path: str | os.PathLike[str]) -> tuple[int, str] | None:
    """Bring a store up to date; a file that is, is left alone. Nobody else may have it open.

    :returns: the format it had, and the name of the copy that was made before; ``None`` if there was nothing to do.
    :raises StoreFormatError: it is no store, or of a newer format.
    :raises StoreError: the copy, or the new form, could not be written; the file is as it was.
    """
    name = os.path.abspath(os.fsdecode(path))
    if not os.path.exists(name):
        raise StoreError(f"there is no store at {name}")
    with closing(OpenFile(name, lambda: header_in(name))), translated(name), closing(_opened(name)) as connection:
        version, application = header_of(connection.cursor())
        if (version, application) == (FORMAT, APPLICATION_ID):
            return None
        if version not in _STEPS or application != APPLICATION_ID:
            check_format(name, version, application)
        found = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        check_schema(name, {(kind, of): sql for kind, of, sql in found}, _SCHEMAS[version])
        copy = f"{name}.format-{version}"
        if os.path.exists(copy):
            raise StoreError(f"{copy} exists already, and the copy of the old format would go there; move it away")
        try:
            connection.execute("VACUUM INTO ?", (copy,))
            with _transaction(connection):
                for step in range(version, FORMAT):
                    _STEPS[step](connection)
                connection.execute(f"PRAGMA user_version={FORMAT}")
        except BaseException:
            with suppress(OSError):
                os.remove(copy)
            raise
    return version, copy


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=TIMEOUT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _with_evidence(connection: sqlite3.Connection) -> None:
    """From 1 to 2: every event gets its leaf, every plan the head of its log."""
    connection.execute(f"ALTER TABLE {EVENTS} RENAME TO before")
    for statement in SCHEMA.values():
        connection.execute(statement)
    select = f"SELECT {COLUMNS.removesuffix(', leaf')} FROM before WHERE originator_id=? ORDER BY originator_version"
    oldest_first = "SELECT originator_id FROM before GROUP BY originator_id ORDER BY MIN(rowid)"
    for (plan,) in connection.execute(oldest_first).fetchall():
        edge, origin = Frontier(), ""
        for row in map(Row._make, connection.execute(select, (plan,))):
            if not row.is_typed or row.originator_version != edge.size + 1:
                wrong = f"plan {plan!r} is damaged at position {edge.size + 1}"
                raise StoreDamagedError(f"{wrong}; the file is as it was: restore it from a backup")
            origin = origin or origin_of(row)
            leaf = row.leaf(origin)
            edge = edge.append(leaf)
            connection.execute(f"INSERT INTO {EVENTS} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)", (*row, leaf))
        head = (plan, edge.size, origin, edge.to_bytes())
        connection.execute(f"INSERT INTO {HEADS} (originator_id, size, origin, frontier) VALUES (?,?,?,?)", head)
    connection.execute("DROP TABLE before")


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _with_evidence}
_SCHEMAS: dict[int, dict[str, str]] = {1: {EVENTS: SCHEMA[EVENTS].replace("leaf BLOB NOT NULL, ", "")}}
