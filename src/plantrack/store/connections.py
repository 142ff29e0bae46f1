"""Connections to the file: what the stock classes of ``eventsourcing`` leave to chance is set here.

``synchronous=FULL``, ``BEGIN IMMEDIATE``, ``trusted_schema=OFF``, turns that are given back; and whatever the database
raises leaves as one of our errors.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import eventsourcing.persistence as es
import eventsourcing.sqlite as es_sqlite
from eventsourcing.domain import EventSourcingError

from plantrack.errors import StoreBusyError, StoreDamagedError, StoreError
from plantrack.store.open_files import OpenFile

TIMEOUT_SECONDS = 5
MAX_VALUE = 64 * 1024 * 1024  # bytes of one column; no event comes near it, and a hostile one would fill the memory


class _ImmediateTransaction(es_sqlite.SQLiteTransaction):
    """Takes the write lock at once: reading first and locking later fails at the worst moment."""

    def __enter__(self) -> es_sqlite.SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return cursor


class _Connection(es_sqlite.SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[es_sqlite.SQLiteCursor]:
        try:
            with _ImmediateTransaction(self, commit=commit) as cursor, cursor:
                yield cursor
        finally:  # the stock class leaves it open where its beginning or its end failed, and nothing could begin again
            if self._sqlite_conn.in_transaction:
                self.rollback()


class _Pool(es_sqlite.SQLiteConnectionPool):
    """Gives back the turn of a reader or writer for whom there was no connection: the stock pool would keep it."""

    _without: BaseException | None = None

    def __init__(self, name: str) -> None:
        super().__init__(db_name=name, lock_timeout=TIMEOUT_SECONDS, pool_timeout=TIMEOUT_SECONDS)
        self.is_journal_mode_wal = name.startswith("file:")  # asking would write, where nothing may be written

    def get_connection(
        self, timeout: float | None = None, *, is_writer: bool | None = None
    ) -> es_sqlite.SQLiteConnection:
        try:
            return super().get_connection(timeout, is_writer=is_writer)
        except BaseException as problem:
            if problem is self._without:
                if is_writer:
                    self._num_writers -= 1
                    self._writer_lock.release()
                elif is_writer is False:
                    with self._no_readers:
                        self._num_readers -= 1
                        self._no_readers.notify()
            raise

    def _get_connection(self, timeout: float = 0.0) -> es_sqlite.SQLiteConnection:
        try:
            return super()._get_connection(timeout)
        except BaseException as problem:
            self._without = problem
            raise

    def _create_connection(self) -> _Connection:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                made = super()._create_connection()
                break
            except sqlite3.OperationalError as problem:  # switching to WAL ignores the timeout when others open too
                if _HOPELESS.search(str(problem)) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        plain = made._sqlite_conn
        plain.execute("PRAGMA trusted_schema=OFF")
        plain.execute("PRAGMA synchronous=FULL")
        plain.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE)
        return _Connection(plain, self.max_age)


class Datastore(es_sqlite.SQLiteDatastore):
    """The connections of a store.

    :ivar file: counts as open for as long as they may be; ``None`` in memory.
    """

    def __init__(self, name: str) -> None:
        self.file: OpenFile | None = None
        super().__init__(name, lock_timeout=TIMEOUT_SECONDS, originator_id_type="text")
        self.pool = _Pool(name)

    def close(self) -> None:
        """Close them all."""
        super().close()
        if self.file is not None:
            self.file.close()


_BUSY = re.compile("locked|locking protocol|busy|timed out", re.IGNORECASE)
_HOPELESS = re.compile("readonly|unable to open|disk", re.IGNORECASE)
_DAMAGED = re.compile("malformed|not a database|corrupt|decode|too big", re.IGNORECASE)
_REMEDIES = (
    ("disk is full", "the disk is full; nothing was written: make room, then record it again"),
    ("disk I/O", "the disk failed ({words}); once it works, do it again: what is recorded already is left out"),
    ("readonly", "it may only be read here; nothing was written: writing needs leave for the file and for its folder"),
    ("unable to open", "cannot be opened or made ({words}); see that its folder is there and may be written to"),
)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Whatever the database raises leaves as one of our errors, saying what to do."""
    try:
        yield
    except es.ConnectionPoolClosedError as problem:
        if isinstance(problem.__context__, GeneratorExit):
            return  # nobody reads on: a reader that was half done when the store was closed is dropped
        raise StoreError(f"{path} was closed; open it again") from None
    except (sqlite3.Error, EventSourcingError, OSError, OverflowError, UnicodeError) as problem:
        words = str(problem)
        if _BUSY.search(words):
            raise StoreBusyError(
                f"{path}: another writer held the store for more than {TIMEOUT_SECONDS} s; nothing was written,"
                " try again"
            ) from problem
        if _DAMAGED.search(words):
            raise StoreDamagedError(f"{path} is damaged ({words}); restore it from a backup") from problem
        remedy = next((said for found, said in _REMEDIES if found in words), "{words}")
        raise StoreError(f"{path}: {remedy.format(words=words)}") from problem
