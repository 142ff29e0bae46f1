"""The store: events of many plans in one SQLite file, through the seams of the ``eventsourcing`` package.

One stream a plan (``originator_id`` is the plan, ``originator_version`` the position). What the stock classes leave to
chance is set here: ``synchronous=FULL``, ``BEGIN IMMEDIATE``, contiguous positions, unique event ids, a format number
in ``user_version``, a schema checked before the first query, a closed registry of types, and an environment of its own.
This module alone touches ``eventsourcing`` and ``sqlite3``; nothing else leaves it than :class:`StoreError`.
"""

from __future__ import annotations

import heapq
import os
import re
import sqlite3
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from itertools import chain
from typing import Any, NamedTuple, cast
from uuid import uuid4

import eventsourcing.persistence as es
import eventsourcing.sqlite as es_sqlite
from eventsourcing.application import Application
from eventsourcing.domain import EventSourcingError
from eventsourcing.utils import Environment, EnvType

from plantrack.bitemporal import Amendments, Fact, amendments, in_order
from plantrack.errors import (
    ConflictError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFormatError,
)
from plantrack.events.codec import TOPICS, decode, decode_fact
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent, moment, stamp

FORMAT = 1
APPLICATION_ID = 0x504C5452  # "PLTR", in the header of every plantrack file
TIMEOUT_SECONDS = 5

_TABLE = "stored_events"
_COLUMNS = "originator_id, originator_version, topic, state, event_id, recorded_at, effective_on"
_SCHEMA = (
    f"CREATE TABLE {_TABLE} ("
    "originator_id TEXT NOT NULL, "  # the plan
    "originator_version INTEGER NOT NULL, "  # the position, from 1
    "topic TEXT NOT NULL, "  # Type@schema
    "state BLOB NOT NULL, "  # JSON: the rest of the envelope, and the data
    "event_id TEXT NOT NULL, "
    "recorded_at TEXT NOT NULL, "  # transaction time
    "effective_on TEXT NOT NULL, "  # last day of valid time
    "PRIMARY KEY (originator_id, originator_version), "
    "UNIQUE (originator_id, event_id))",
)
_CORRECTIONS = frozenset(
    f"{cls.__name__}@{schema}" for cls in (EventCorrected, EventRetracted) for schema in range(1, cls.SCHEMA + 1)
)


class _Row(NamedTuple):
    """A stored event (by duck typing, with the names of the stock class) and the columns that plantrack adds."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    event_id: str
    recorded_at: str
    effective_on: str


class _ImmediateTransaction(es_sqlite.SQLiteTransaction):
    """Takes the write lock at once: reading first and locking later fails at the worst moment."""

    def __enter__(self) -> es_sqlite.SQLiteCursor:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        return cursor


class _Connection(es_sqlite.SQLiteConnection):
    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[es_sqlite.SQLiteCursor]:
        with _ImmediateTransaction(self, commit=commit) as cursor, cursor:
            yield cursor


class _Pool(es_sqlite.SQLiteConnectionPool):
    """Gives back the turn of a reader or writer for whom there was no connection: the stock pool would keep it."""

    _without: BaseException | None = None

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
        return _Connection(plain, self.max_age)


class _Datastore(es_sqlite.SQLiteDatastore):
    def __init__(self, name: str) -> None:
        super().__init__(name, lock_timeout=TIMEOUT_SECONDS, originator_id_type="text")
        self.pool = _Pool(db_name=name, lock_timeout=TIMEOUT_SECONDS, pool_timeout=TIMEOUT_SECONDS)


class _Recorder(es_sqlite.SQLiteApplicationRecorder):
    """Appends at an expected position, in one transaction."""

    def construct_create_table_statements(self) -> list[str]:
        return list(_SCHEMA)

    def create_table(self) -> None:
        """Done by :class:`Store`, which looks at the file first."""

    def _insert_events(
        self, c: es_sqlite.SQLiteCursor, stored_events: Sequence[es.StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        if not stored_events:
            return None
        first = stored_events[0]
        c.execute(f"SELECT MAX(originator_version) FROM {_TABLE} WHERE originator_id=?", (first.originator_id,))
        head = c.fetchone()[0] or 0
        if head != first.originator_version - 1:
            raise ConflictError(
                f"plan {first.originator_id!r} stands at position {head}, not {first.originator_version - 1}: somebody"
                " else recorded meanwhile; read what is new and try again"
            )
        if [s.originator_version for s in stored_events] != list(range(head + 1, head + 1 + len(stored_events))):
            raise StoreError(f"positions of plan {first.originator_id!r} must follow one another; nothing was written")
        c.executemany(f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES (?,?,?,?,?,?,?)", stored_events)
        return None


class _Mapper(es.Mapper[str]):
    """Stored rows to recorded events and back, by the closed registry."""

    def to_stored_event(self, domain_event: Any) -> Any:
        event, payload = domain_event
        return _Row(
            event.plan,
            event.position,
            TOPICS[type(event.data)],
            payload,
            event.event_id,
            stamp(event.recorded_at),
            event.effective.last_day.isoformat(),
        )

    def to_domain_event(self, stored_event: Any) -> Any:
        s = stored_event
        return decode(s.originator_id, s.originator_version, s.topic, s.state, s.event_id, moment(s.recorded_at))


class _Factory(es_sqlite.SQLiteFactory):
    application_recorder_class = _Recorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore = _Datastore(self.datastore.pool.db_name)


class _Application(Application[str]):
    name = "plantrack"

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        return Environment(name, dict(env or {}))  # hermetic: the process environment does not leak in

    def construct_factory(self, env: Environment) -> Any:
        return _Factory(env)

    def construct_mapper(self) -> _Mapper:
        return _Mapper(None)  # type: ignore[arg-type]  # the codec does what a transcoder would


class Store:
    """Streams of events, one a plan, in a file or in memory.

    :param path: a file, made when absent, or ``":memory:"``.
    :raises StoreFormatError: the file is something else, or of a newer format.
    :raises StoreError: it cannot be opened or made.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        name = os.fsdecode(path)
        if not name or re.search("[\0\ud800-\udfff]", name):
            raise StoreError(f"{name!a:.200} cannot be the name of a store file; choose another")
        self._in_memory = name == ":memory:"
        if self._in_memory:
            name = f"file:plantrack-{uuid4().hex}?mode=memory&cache=shared"
        else:
            name = os.path.abspath(name)  # never read as a URI, and the working directory may change
            if ":memory:" in name or "mode=memory" in name:
                raise StoreError(f"{path!s:.200} cannot be the name of a store file; choose another")
            exists, folder = os.path.exists(name), os.path.dirname(name)
            if exists and not (os.path.isfile(name) or os.path.isdir(name)):
                raise StoreError(f"{path!s:.200} is no file that can be kept, but a pipe or a device; choose another")
            fresh = not exists or os.path.getsize(name) == 0
            if fresh and not create:
                raise StoreError(f"there is no store at {path!s:.200}; `plantrack init` makes one")
            if fresh and not os.path.isdir(folder):
                raise StoreError(f"there is no folder {folder:.200}; make it, or choose another place for the store")
            if not fresh:
                _check_header(name)
        self.path = name
        self._process = os.getpid()
        with _translated(name):
            self._application = _Application({"SQLITE_DBNAME": name})
            self._recorder: Any = cast(Any, self._application.recorder)
            self._datastore: Any = self._recorder.datastore
            try:
                self._prepare()
            except BaseException:
                self._application.close()
                raise

    def close(self) -> None:
        """Release the file."""
        self._application.close()

    def _prepare(self) -> None:
        """Make the tables in an empty file; refuse any other schema than ours before it can run anything."""
        with self._datastore.transaction(commit=False) as c:
            c.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
            found: dict[tuple[str, str], str] = {(row[0], row[1]): row[2] for row in c.fetchall()}
            header = _header_of(c)
        if found or header != (0, 0):
            _check_format(self.path, *header)
        if not found and header != (0, 0):
            raise StoreDamagedError(f"{self.path} is a plantrack store without its table; restore it from a backup")
        if not found:
            with self._datastore.transaction(commit=True) as c:
                c.execute("SELECT COUNT(*) FROM sqlite_schema")
                if c.fetchone()[0]:
                    return  # another process was first
                for statement in _SCHEMA:
                    c.execute(statement)
                c.execute(f"PRAGMA user_version={FORMAT}")
                c.execute(f"PRAGMA application_id={APPLICATION_ID}")
            return
        foreign = sorted(f"{kind} {name}" for kind, name in found if (kind, name) != ("table", _TABLE))
        if foreign:
            raise StoreFormatError(f"{self.path} holds what no plantrack store has: {', '.join(foreign[:5])}; refused")
        if found["table", _TABLE] != _SCHEMA[0]:
            raise StoreFormatError(f"the table {_TABLE} in {self.path} is not as plantrack makes it; refused")

    # --- writing

    def append(self, events: Sequence[tuple[RecordedEvent, bytes]]) -> None:
        """Append events (with their payloads), all of one plan, all or none; durable when this returns.

        :raises ConflictError: the first position is not the one after the last in the log.
        :raises StoreBusyError: another writer held the lock for longer than the timeout.
        """
        self._refuse_after_fork()
        with _translated(self.path):
            to_stored = self._application.mapper.to_stored_event
            self._recorder.insert_events([to_stored(pair) for pair in events])  # type: ignore[arg-type]

    # --- reading

    def plans(self) -> dict[str, int]:
        """Each plan with the position of its last event."""
        sql = f"SELECT originator_id, MAX(originator_version) FROM {_TABLE} GROUP BY originator_id ORDER BY MIN(rowid)"
        return {row[0]: row[1] for row in self._rows(sql)}

    def head(self, plan: str) -> int:
        """The position of the plan's last event; 0 if it has none."""
        for row in self._rows(f"SELECT MAX(originator_version) FROM {_TABLE} WHERE originator_id=?", (plan,)):
            return row[0] or 0
        return 0

    def events(self, plan: str, *, after: int = 0, upto: int | None = None) -> Iterator[RecordedEvent]:
        """Whole events in order of position, beyond ``after``, up to ``upto``.

        :raises StoreDamagedError: a position is missing.
        """
        after = max(after, 0)
        expected = after + 1
        sql = f"SELECT {_COLUMNS} FROM {_TABLE} WHERE originator_id=? AND originator_version>?"
        arguments: tuple[Any, ...] = (plan, after)
        if upto is not None:
            sql, arguments = sql + " AND originator_version<=?", (*arguments, upto)
        for row in self._rows(sql + " ORDER BY originator_version", arguments):
            if row[1] != expected:
                raise StoreDamagedError(f"plan {plan!r}: position {expected} is missing (found {row[1]})")
            expected += 1
            yield self._event(row)

    def find(self, plan: str, event_ids: Iterable[str]) -> dict[str, RecordedEvent]:
        """The events with these ids, as far as they exist."""
        wanted = sorted(set(event_ids))
        found: dict[str, RecordedEvent] = {}
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {_COLUMNS} FROM {_TABLE} WHERE originator_id=? AND event_id IN ({marks})"
            for row in self._rows(sql, (plan, *some)):
                found[row[4]] = self._event(row)
        return found

    def event_ids(self, plan: str, positions: Iterable[int]) -> dict[int, str]:
        """The ids of the events at these positions."""
        wanted = sorted(set(positions))
        found: dict[int, str] = {}
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            sql = (
                f"SELECT originator_version, event_id FROM {_TABLE}"
                f" WHERE originator_id=? AND originator_version IN ({marks})"
            )
            found.update(self._rows(sql, (plan, *some)))
        return found

    def of_types(self, plan: str, types: Sequence[type[Event]], *, after: int = 0) -> Iterator[tuple[int, str, Event]]:
        """Position, event id and data of the events of some types (in any schema), in order of position."""
        names = " OR ".join(["topic GLOB ?"] * len(types))
        sql = (
            f"SELECT originator_version, event_id, topic, state FROM {_TABLE} WHERE originator_id=?"
            f" AND originator_version>? AND ({names}) ORDER BY originator_version"
        )
        for row in self._rows(sql, (plan, after, *(f"{cls.__name__}@*" for cls in types))):
            yield row[0], row[1], decode_fact(row[2], row[3]).data

    def known_at(self, plan: str, when: datetime) -> int:
        """The last position recorded at or before a moment; 0 if none was."""
        sql = (
            f"SELECT originator_version FROM {_TABLE} WHERE originator_id=? AND recorded_at<=?"
            " ORDER BY originator_version DESC LIMIT 1"
        )
        for row in self._rows(sql, (plan, stamp(when))):
            return int(row[0])
        return 0

    def recorded_at(self, plan: str, position: int) -> datetime | None:
        """When the event at a position was recorded; ``None`` if there is none."""
        sql = f"SELECT recorded_at FROM {_TABLE} WHERE originator_id=? AND originator_version=?"
        for row in self._rows(sql, (plan, position)):
            return moment(row[0])
        return None

    def facts(self, plan: str, *, as_at: date, known: int) -> Iterator[Fact]:
        """What :func:`plantrack.bitemporal.timeline` yields, decoded one by one: few events live at a time.

        The rows are sorted here and not by SQLite: they are nearly in order, which its sorter does not notice.

        :raises StoreDamagedError: positions up to ``known`` are missing.
        """
        sql = (
            f"SELECT effective_on, originator_version, topic, state FROM {_TABLE} WHERE originator_id=?"
            " AND originator_version BETWEEN 1 AND ? AND typeof(originator_version)='integer'"
            " AND typeof(effective_on)='text' ORDER BY originator_version"
        )
        rows = list(self._rows(sql, (plan, known)))
        if len(rows) != known:
            raise StoreDamagedError(f"plan {plan!r}: {known - len(rows)} of the positions up to {known} are missing")
        amended = self._amendments(plan, [row for row in rows if row[2] in _CORRECTIONS])
        replaced, skip = self._amended_facts(plan, amended, as_at, known)
        last = as_at.isoformat()
        rows = [row for row in rows if row[0] <= last and row[1] not in skip and row[2] not in _CORRECTIONS]
        rows.sort(reverse=True)
        stream = _decoded(rows)
        return heapq.merge(stream, replaced, key=in_order) if replaced else stream

    def _amendments(self, plan: str, rows: Sequence[Any]) -> Amendments:
        ids = self.event_ids(plan, [position for _, position, _, _ in rows])
        return amendments([(ids[position], decode_fact(topic, state).data) for _, position, topic, state in rows])

    def _amended_facts(
        self, plan: str, amended: Amendments, as_at: date, known: int
    ) -> tuple[list[Fact], frozenset[int]]:
        originals = [e for e in self.find(plan, amended.touched).values() if e.position <= known]
        facts = (
            amended.amend(e.position, e.event_id, e.effective, e.data)
            for e in originals
            if not isinstance(e.data, EventCorrected | EventRetracted)
        )
        kept = [fact for fact in facts if fact is not None and fact[1].last_day <= as_at]
        return sorted(kept, key=in_order), frozenset(e.position for e in originals)

    def _event(self, row: Sequence[Any]) -> RecordedEvent:
        event = decode(row[0], row[1], row[2], row[3], row[4], moment(row[5]))
        if type(event.event_id) is not str or event.effective.last_day.isoformat() != row[6]:
            raise StoreDamagedError(f"plan {event.plan!r}: the columns of position {event.position} contradict it")
        return event

    def _refuse_after_fork(self) -> None:
        if os.getpid() != self._process:  # SQLite's connections do not survive it, and would damage the file
            raise StoreError(f"{self.path} was opened before this process was forked; open it again here")

    def _rows(self, sql: str, arguments: tuple[Any, ...] = ()) -> Iterator[Any]:
        self._refuse_after_fork()
        read: list[Any] = []
        with _translated(self.path), self._datastore.get_connection(commit=False) as connection:
            cursor = connection._sqlite_conn.cursor()
            cursor.row_factory = None
            try:
                rows = cursor.execute(sql, arguments)
                if not self._in_memory:
                    yield from chain(rows)  # not the cursor itself, which would be closed before our own handling
                    return
                read = rows.fetchall()  # in memory readers keep writers out: a loop that reads could not record
            finally:
                with suppress(sqlite3.ProgrammingError):  # the store was closed meanwhile, and the cursor with it
                    cursor.close()
        yield from read


def _decoded(rows: list[Any]) -> Iterator[Fact]:
    """Facts from rows in falling order, each let go as it is decoded."""
    next_row = rows.pop
    for _ in range(len(rows)):
        _, position, topic, state = next_row()
        fact = decode_fact(topic, state)
        yield position, fact.effective, fact.data


def _check_header(path: str) -> None:
    """Read the format from the file's first bytes, before SQLite reads anything else of it."""
    try:
        with open(path, "rb") as file:
            header = file.read(100)
    except OSError as problem:
        raise StoreError(f"cannot read {path}: {problem.strerror}") from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise StoreFormatError(f"{path} is not a plantrack store (not an SQLite file)")
    version, application = struct.unpack(">I", header[60:64])[0], struct.unpack(">I", header[68:72])[0]
    if (version, application) == (0, 0):  # new: all there is may still stand in the write-ahead log
        with _translated(path):
            connection = sqlite3.connect(path, timeout=TIMEOUT_SECONDS)
            try:
                tables = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]
                version, application = _header_of(connection.cursor())  # after the tables: made in one transaction
            finally:
                connection.close()
        if (version, application, tables) == (0, 0, 0):
            return  # another process is about to make the tables
    _check_format(path, version, application)


def _header_of(cursor: Any) -> tuple[int, int]:
    """Format and application as SQLite sees them, with what stands in the write-ahead log."""
    cursor.execute("PRAGMA user_version")
    version = cursor.fetchone()[0]
    cursor.execute("PRAGMA application_id")
    return version, cursor.fetchone()[0]


def _check_format(path: str, version: int, application: int) -> None:
    if application != APPLICATION_ID:
        raise StoreFormatError(f"{path} is an SQLite file of another program, not a plantrack store")
    if version < 1:
        raise StoreFormatError(f"{path} has format {version}, which no version of plantrack wrote; refused")
    if version > FORMAT:
        raise StoreFormatError(
            f"{path} has format {version}; this version of plantrack reads up to {FORMAT}: install a newer one"
        )


_BUSY = re.compile("locked|locking protocol|busy|timed out", re.IGNORECASE)
_HOPELESS = re.compile("readonly|unable to open", re.IGNORECASE)
_DAMAGED = re.compile("malformed|not a database|corrupt", re.IGNORECASE)


@contextmanager
def _translated(path: str) -> Iterator[None]:
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
        raise StoreError(f"{path}: {words}") from problem
