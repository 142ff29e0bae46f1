"""The last head of each log in a file outside the store, so that a tail that was cut is seen at the next opening.

A small SQLite file, because heads must only ever move forward, whoever writes and whenever the power fails.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from attrs import frozen

from plantrack.errors import StoreDamagedError, StoreFormatError
from plantrack.merkle import HASH_BYTES
from plantrack.store.connections import TIMEOUT_SECONDS, translated

ANCHOR_ID = 0x504C5441  # "PLTA"
_SCHEMA = (
    "CREATE TABLE heads (plan TEXT PRIMARY KEY NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL,"
    " root TEXT NOT NULL)"
)


@frozen
class Head:
    """A head of a log, as it was at some time.

    :ivar size: how many events there were.
    :ivar root: of the tree over them, 32 bytes.
    """

    plan: str
    origin: str
    size: int
    root: bytes


class Anchor:
    """The heads that a store had when it was last written through this file.

    :param path: a file beside no store: on another disk, at best; made when absent.
    :raises StoreFormatError: it is a file of another kind.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fsdecode(path))
        with self._opened() as connection:
            [(mark,)] = connection.execute("PRAGMA application_id")
            tables = [row[0] for row in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")]
            if (mark, tables) == (0, []):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_SCHEMA.replace("TABLE", "TABLE IF NOT EXISTS", 1))
                connection.execute(f"PRAGMA application_id={ANCHOR_ID}")
                connection.execute("COMMIT")
            elif (mark, tables) != (ANCHOR_ID, [_SCHEMA]):
                raise StoreFormatError(f"{self.path} is a file of another kind, not an anchor; name another")

    def heads(self) -> list[Head]:
        """What it holds.

        :raises StoreDamagedError: that is no head.
        """
        with self._opened() as connection:
            rows = connection.execute("SELECT plan, origin, size, root FROM heads ORDER BY plan").fetchall()
        try:
            found = [Head(plan, origin, size, bytes.fromhex(root)) for plan, origin, size, root in rows]
        except (TypeError, ValueError):
            found = None
        if found is None or not all(type(head.size) is int and len(head.root) == HASH_BYTES for head in found):
            raise StoreDamagedError(
                f"{self.path} is damaged: it holds what is no head of a log; keep it as evidence, and name a new one"
            )
        return found

    def move(self, head: Head) -> None:
        """Hold a head; one that is not beyond the one held changes nothing."""
        sql = (
            "INSERT INTO heads (plan, origin, size, root) VALUES (?,?,?,?) ON CONFLICT (plan) DO UPDATE SET"
            " origin=excluded.origin, size=excluded.size, root=excluded.root WHERE excluded.size > size"
        )
        with self._opened() as connection:
            connection.execute(sql, (head.plan, head.origin, head.size, head.root.hex()))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Opened for each use: it is written rarely, and by many processes."""
        with (
            translated(self.path),
            closing(sqlite3.connect(self.path, TIMEOUT_SECONDS, isolation_level=None)) as opened,
        ):
            opened.execute("PRAGMA trusted_schema=OFF")
            opened.execute("PRAGMA synchronous=FULL")
            yield opened
