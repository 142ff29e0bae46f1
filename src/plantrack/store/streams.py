"""Streams of events, one a plan: appended whole or not at all, read in the orders that the house asks for."""

from __future__ import annotations

import heapq
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date, datetime
from itertools import chain
from typing import Any, cast
from uuid import uuid4

from plantrack.bitemporal import Amendments, Fact, amendments, in_order
from plantrack.errors import EvidenceError, StoreDamagedError, StoreError
from plantrack.events.assurance import MeetingSealed
from plantrack.events.codec import decode, decode_fact
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent, moment, stamp
from plantrack.events.fields import is_slug
from plantrack.merkle import Frontier
from plantrack.store.anchor import Anchor, Head
from plantrack.store.connections import translated
from plantrack.store.format import COLUMNS, EVENTS, HEADS, check_header, prepare
from plantrack.store.keys import Keys
from plantrack.store.open_files import OpenFile
from plantrack.store.recorder import LogHead, PlanApplication, Row
from plantrack.store.still import StillFile, still_file

_CORRECTIONS = frozenset(
    f"{cls.__name__}@{schema}" for cls in (EventCorrected, EventRetracted) for schema in range(1, cls.SCHEMA + 1)
)
_LAST = 2**63 - 1  # no position is beyond it
# The ends of all streams in one reading; plans by jumping from one to the next, since a scan would read every event.
_ENDS = (
    f"WITH RECURSIVE streams(plan) AS (SELECT MIN(originator_id) FROM {EVENTS} UNION ALL SELECT (SELECT"
    f" MIN(originator_id) FROM {EVENTS} WHERE originator_id > plan) FROM streams WHERE plan IS NOT NULL)"
    f" SELECT plan, size, origin, (SELECT MIN(originator_version) FROM {EVENTS} WHERE originator_id=plan), e.* FROM"
    f" (SELECT plan FROM streams WHERE plan IS NOT NULL UNION SELECT originator_id FROM {HEADS}) LEFT JOIN {HEADS} h ON"
    f" h.originator_id=plan LEFT JOIN (SELECT {COLUMNS} FROM {EVENTS}) e ON e.originator_id=plan AND"
    f" e.originator_version=(SELECT MAX(originator_version) FROM {EVENTS} WHERE originator_id=plan)"
)
_LOG = (  # the head beside every row, so that both are read as of one moment
    f"SELECT {COLUMNS}, (SELECT size FROM {HEADS} WHERE originator_id=:plan), (SELECT origin FROM {HEADS} WHERE"
    f" originator_id=:plan), (SELECT frontier FROM {HEADS} WHERE originator_id=:plan) FROM {EVENTS} WHERE"
    " originator_id=:plan ORDER BY originator_version"
)


class Store:
    """Streams of events, one a plan, in a file or in memory.

    :param path: a file, made when absent, or ``":memory:"``.
    :param create: whether to make it when it is absent.
    :param check_heads: whether to refuse a file whose last events are not those of its log; `verify` looks closer.
    :param anchor: a file elsewhere that holds the last head of each log, so that a tail that was cut is noticed.
    :raises StoreFormatError: the file is something else, or of another format.
    :raises StoreDamagedError: the last events are not those of the log.
    :raises StoreError: it cannot be opened or made.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        check_heads: bool = True,
        anchor: str | os.PathLike[str] | None = None,
    ) -> None:
        name = os.fsdecode(path)
        if not name or re.search("[\0\ud800-\udfff]", name):
            raise StoreError(f"{name!a:.200} cannot be the name of a store file; choose another")
        self._in_memory = name == ":memory:"
        self._still: StillFile | None = None
        file: OpenFile | None = None
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
                self._still = still_file(name)
            file = OpenFile(name, (lambda: None) if fresh else (lambda: check_header(name)))
        self.path = name
        # Beside the file itself, whatever link it was opened by: else a person erased here would keep a key there.
        self.keys = Keys(None if self._in_memory else f"{os.path.realpath(name)}.keys")
        self._process = os.getpid()
        with translated(name):
            self._application = PlanApplication({"SQLITE_DBNAME": self._still.address if self._still else name})
            self._recorder: Any = cast(Any, self._application.recorder)
            self._datastore: Any = self._recorder.datastore
            self._datastore.file = file
            try:
                prepare(name, self._datastore)
                self._anchor: Anchor | None = None
                if anchor is not None:
                    self.refuse_own(anchor)
                    self._anchor = Anchor(anchor)
                if check_heads:
                    self._check_heads()
                    self._check_anchor()
            except BaseException:
                self._application.close()
                raise

    def close(self) -> None:
        """Release the file."""
        self._application.close()
        self.keys.close()

    def _check_heads(self) -> None:
        """Whether each log ends with the event that its head says, and that with the bytes that were written.

        :raises StoreDamagedError: it does not; what else is broken is for `verify` to find.
        """
        for name, size, origin, first, *row, leaf in self._rows(_ENDS):
            last = Row(*row)
            if not is_slug(name):
                raise StoreDamagedError(
                    f"{self.path} holds events of {name!r:.100}, which is the id of no plan; refused"
                )
            is_sound = type(origin) is str and last.is_typed and last.originator_version == size
            if not is_sound or last.leaf(origin) != leaf:
                raise StoreDamagedError(
                    f"{self.path}: plan {name!r} does not end with the event that its log says; `plantrack verify`"
                    " tells what is broken, a backup holds what was"
                )
            if first < 1:  # found by its id it would be taken for an event of the log
                raise StoreDamagedError(
                    f"{self.path}: plan {name!r} has a row at {first}, where no event can stand; `plantrack verify`"
                    " tells what is broken, a backup holds what was"
                )

    def _check_anchor(self) -> None:
        """Whether the logs go on from where the anchor last saw them; it then sees them as they are.

        :raises StoreDamagedError: events are missing, or others than it saw.
        """
        if self._anchor is None:
            return
        seen = {held.plan: held for held in self._anchor.heads()}
        for held in seen.values():
            head = self.log_head(held.plan)
            size = head.size if head else 0
            if size < held.size:
                raise StoreDamagedError(
                    f"{self.path}: the last {held.size - size} of {held.size} events of plan {held.plan!r} are gone:"
                    f" {self._anchor.path} has seen them; restore a backup that holds them"
                )
            if self.root_at(held.plan, held.size) != held.root:
                raise StoreDamagedError(
                    f"{self.path}: plan {held.plan!r} is not the log whose {held.size} events {self._anchor.path} has"
                    " seen; `plantrack verify` says what is broken"
                )
        for plan, size in self.plans().items():
            if plan not in seen or seen[plan].size < size:  # whoever may only read has nothing to write there either
                self._move_anchor(plan)

    def _move_anchor(self, plan: str) -> None:
        head = self.log_head(plan)
        if self._anchor is not None and head is not None:
            root = Frontier.from_bytes(head.frontier).root()
            self._anchor.move(Head(plan, head.origin, head.size, root))

    def root_at(self, plan: str, size: int) -> bytes:
        """The root of the log as it was after so many events."""
        head = self.log_head(plan)
        if head is not None and head.size == size:
            return Frontier.from_bytes(head.frontier).root()
        return self.edge(plan, size).root()

    @property
    def anchored(self) -> list[Head]:
        """The heads that the anchor holds; none where there is no anchor."""
        return [] if self._anchor is None else self._anchor.heads()

    def truncate_log(self) -> None:
        """Move what stands in the write-ahead log into the file, and cut it, as far as nobody reads it."""
        for _ in self._rows("PRAGMA wal_checkpoint(TRUNCATE)"):
            pass

    def refuse_own(self, path: str | os.PathLike[str]) -> None:
        """Refuse to put something else where the store lies, its keys, its anchor, or what SQLite keeps beside them.

        :raises StoreError: that is the place.
        """
        own = (self.path, self.keys.path, self._anchor.path if self._anchor else None)
        name = os.path.realpath(os.fsdecode(path))
        if name in [
            os.path.realpath(one) + beside for one in own if one for beside in ("", "-wal", "-shm", "-journal")
        ]:
            raise StoreError(f"{name} is the store, or belongs to it: nothing else may be put there; name another file")

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the store, whole and as of one moment, while others may write.

        :raises StoreError: there is a file of that name, or it could not be written; half a copy is removed.
        """
        self._refuse_after_fork()
        self.refuse_own(path)
        name = os.path.abspath(os.fsdecode(path))
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise StoreError(f"{name} exists already; a backup never overwrites, so name another file") from None
        except OSError as problem:
            raise StoreError(f"{name} cannot be made: {problem.strerror}") from None
        try:
            with (
                translated(self.path),
                self._datastore.get_connection(commit=False) as connection,
                translated(name),
                closing(sqlite3.connect(name)) as copy,
            ):
                connection._sqlite_conn.backup(copy)
                self._check_still()
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        except BaseException:
            with suppress(OSError):
                os.remove(name)
            raise

    def contradictions(self) -> list[str]:
        """What SQLite finds wrong with the file itself, such as an index that does not hold what its table does."""
        try:
            found = [str(row[0]) for row in self._rows("PRAGMA integrity_check(3)")]
        except StoreDamagedError as problem:
            return [str(problem)]
        return [f"the file is damaged ({' '.join(f.split())}); restore it from a backup" for f in found if f != "ok"]

    # --- writing

    def append(self, events: Sequence[tuple[RecordedEvent, bytes]]) -> None:
        """Append events (with their payloads), all of one plan, all or none; durable when this returns.

        :raises ConflictError: the first position is not the one after the last in the log.
        :raises StoreBusyError: another writer held the lock for longer than the timeout.
        :raises StoreError: it could not be written, or the anchor could not: it says which.
        """
        self._refuse_after_fork()
        with translated(self.path):
            to_stored = self._application.mapper.to_stored_event
            self._recorder.insert_events([to_stored(pair) for pair in events])  # type: ignore[arg-type]
        if self._anchor is not None and events:
            try:
                self._move_anchor(events[0][0].plan)
            except StoreError as problem:
                said = (
                    "the events are recorded, but the anchor has not seen them; opening the store again shows it them"
                )
                raise StoreError(f"{said} ({problem})") from problem

    def append_stored(self, plan: str, rows: Iterable[Row]) -> None:
        """Append rows of a plan as another store kept them, all or none; durable when this returns.

        They are written as they are drawn, so that there may be more than fit in memory; other writers wait meanwhile.
        Whatever ``rows`` raises leaves the store as it was.

        :raises ConflictError: the first position is not the one after the last in the log.
        :raises StoreError: a position does not follow the one before it, or an event id was used before.
        :raises StoreBusyError: another writer held the lock for longer than the timeout.
        """
        self._refuse_after_fork()
        with translated(self.path):
            self._recorder.insert_events(rows)
        self._move_anchor(plan)

    # --- reading

    def plans(self) -> dict[str, int]:
        """Each plan with the position of its last event."""
        return {row[0]: row[1] for row in self._rows(f"SELECT originator_id, size FROM {HEADS} ORDER BY rowid")}

    def streams(self) -> list[str]:
        """The plans of which there is an event or a head: more than :meth:`plans` where either was lost."""
        return [row[0] for row in self._rows(_ENDS)]

    def head(self, plan: str) -> int:
        """The position of the plan's last event; 0 if it has none."""
        for row in self._rows(f"SELECT size FROM {HEADS} WHERE originator_id=?", (plan,)):
            return int(row[0])
        return 0

    def events(self, plan: str, *, after: int = 0, upto: int | None = None) -> Iterator[RecordedEvent]:
        """Whole events in order of position, beyond ``after``, up to ``upto``.

        :raises StoreDamagedError: a position is missing.
        """
        after = max(after, 0)
        expected = after + 1
        sql = f"SELECT {COLUMNS} FROM {EVENTS} WHERE originator_id=? AND originator_version>?"
        arguments: tuple[Any, ...] = (plan, after)
        if upto is not None:
            sql, arguments = sql + " AND originator_version<=?", (*arguments, upto)
        for row in self._rows(sql + " ORDER BY originator_version", arguments):
            if row[1] != expected:
                raise StoreDamagedError(f"plan {plan!r}: position {expected} is missing (found {row[1]})")
            expected += 1
            yield self._event(row)

    def stored(self, plan: str, *, after: int = 0, upto: int | None = None) -> Iterator[tuple[Row, bytes]]:
        """The rows as stored, each with the leaf kept for it, in order of position: for evidence and exports."""
        sql = (
            f"SELECT {COLUMNS} FROM {EVENTS} WHERE originator_id=? AND originator_version>? AND originator_version<=?"
            " ORDER BY originator_version"
        )
        for row in self._rows(sql, (plan, after, _LAST if upto is None else upto)):
            yield Row(*row[:-1]), row[-1]

    def log(self, plan: str) -> tuple[LogHead | None, Iterator[tuple[Row, bytes]]]:
        """The head of a plan's log and all its rows, as of one moment; also rows that stand where no event can."""
        rows = self._rows(_LOG, {"plan": plan})
        try:
            first = next(rows, None)
        except StoreError:  # told to whoever reads the rows
            return self.log_head(plan), self._split(self._rows(_LOG, {"plan": plan}))
        if first is None:
            return self.log_head(plan), iter(())
        head = None if first[-2] is None else LogHead(*first[-3:])
        return head, self._split(chain((first,), rows))

    @staticmethod
    def _split(rows: Iterable[Any]) -> Iterator[tuple[Row, bytes]]:
        return ((Row(*row[:7]), row[7]) for row in rows)

    def naming(self, plan: str, part: str, *, last_first: bool = False) -> Iterator[tuple[RecordedEvent, bytes]]:
        """The events whose stored JSON holds some text, each with that JSON, in order of position."""
        sql = f"SELECT {COLUMNS} FROM {EVENTS} WHERE originator_id=? AND instr(state, ?) ORDER BY originator_version"
        sql += " DESC" if last_first else ""
        for row in self._rows(sql, (plan, part.encode())):
            yield self._event(row), row[3]

    def edge(self, plan: str, size: int) -> Frontier:
        """The right edge of the log as it was after so many events, by the leaves that are kept.

        :raises StoreDamagedError: a leaf is not one.
        """
        sql = f"SELECT leaf FROM {EVENTS} WHERE originator_id=? AND originator_version<=? ORDER BY originator_version"
        try:
            return Frontier().extend(row[0] for row in self._rows(sql, (plan, size)))
        except (EvidenceError, TypeError) as problem:
            raise StoreDamagedError(f"plan {plan!r}: {problem}; `plantrack verify` says what is broken") from None

    def log_head(self, plan: str) -> LogHead | None:
        """The head of a plan's Merkle log; ``None`` if there is none."""
        sql = f"SELECT size, origin, frontier FROM {HEADS} WHERE originator_id=?"
        for row in self._rows(sql, (plan,)):
            return LogHead(*row)
        return None

    def find(self, plan: str, event_ids: Iterable[str]) -> dict[str, RecordedEvent]:
        """The events with these ids, as far as they exist."""
        wanted = sorted(set(event_ids))
        found: dict[str, RecordedEvent] = {}
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {COLUMNS} FROM {EVENTS} WHERE originator_id=? AND event_id IN ({marks})"
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
                f"SELECT originator_version, event_id FROM {EVENTS}"
                f" WHERE originator_id=? AND originator_version IN ({marks})"
            )
            found.update(self._rows(sql, (plan, *some)))
        return found

    def of_types(self, plan: str, types: Sequence[type[Event]], *, after: int = 0) -> Iterator[tuple[int, str, Event]]:
        """Position, event id and data of the events of some types (in any schema), in order of position."""
        names = " OR ".join(["topic GLOB ?"] * len(types))
        sql = (
            f"SELECT originator_version, event_id, topic, state FROM {EVENTS} WHERE originator_id=?"
            f" AND originator_version>? AND ({names}) ORDER BY originator_version"
        )
        for row in self._rows(sql, (plan, after, *(f"{cls.__name__}@*" for cls in types))):
            yield row[0], row[1], decode_fact(row[2], row[3]).data

    def amendments(self, plan: str, known: int) -> Amendments:
        """Corrections and retractions, as known at a position."""
        types = (EventCorrected, EventRetracted)
        return amendments([(name, data) for position, name, data in self.of_types(plan, types) if position <= known])

    def seals(self, plan: str) -> Iterator[tuple[int, MeetingSealed]]:
        """The seals of meetings with their positions, oldest first. They stand as they were recorded."""
        for position, _, event in self.of_types(plan, (MeetingSealed,)):
            assert isinstance(event, MeetingSealed)
            yield position, event

    def standing(self, plan: str, types: tuple[type[Event], ...], known: int) -> list[Fact]:
        """The facts of some types, as corrected and as known at a position, in the order of the fold."""
        found = self.find(plan, (name for position, name, _ in self.of_types(plan, types) if position <= known))
        amended = self.amendments(plan, known)
        facts = [amended.amend(e.position, e.event_id, e.effective, e.data) for e in found.values()]
        return sorted((fact for fact in facts if fact is not None), key=in_order)

    def known_at(self, plan: str, when: datetime) -> int:
        """The last position recorded at or before a moment; 0 if none was."""
        sql = (
            f"SELECT originator_version FROM {EVENTS} WHERE originator_id=? AND recorded_at<=?"
            " ORDER BY originator_version DESC LIMIT 1"
        )
        for row in self._rows(sql, (plan, stamp(when))):
            return int(row[0])
        return 0

    def recorded_at(self, plan: str, position: int) -> datetime | None:
        """When the event at a position was recorded; ``None`` if there is none."""
        sql = f"SELECT recorded_at FROM {EVENTS} WHERE originator_id=? AND originator_version=?"
        for row in self._rows(sql, (plan, position)):
            return moment(row[0])
        return None

    def facts(self, plan: str, *, as_at: date, known: int) -> Iterator[Fact]:
        """What :func:`plantrack.bitemporal.timeline` yields, decoded one by one: few events live at a time.

        The rows are sorted here and not by SQLite: they are nearly in order, which its sorter does not notice.

        :raises StoreDamagedError: positions up to ``known`` are missing.
        """
        sql = (
            f"SELECT effective_on, originator_version, topic, state FROM {EVENTS} WHERE originator_id=?"
            " AND originator_version BETWEEN 1 AND ? AND typeof(originator_version)='integer'"
            " AND typeof(effective_on)='text' ORDER BY originator_version"
        )
        rows = list(self._rows(sql, (plan, known)))
        if len(rows) != known:
            raise StoreDamagedError(f"plan {plan!r}: {known - len(rows)} of the positions up to {known} are missing")
        amended = self._amended(plan, [row for row in rows if row[2] in _CORRECTIONS])
        replaced, skip = self._amended_facts(plan, amended, as_at, known)
        last = as_at.isoformat()
        rows = [row for row in rows if row[0] <= last and row[1] not in skip and row[2] not in _CORRECTIONS]
        rows.sort(reverse=True)
        stream = _decoded(rows)
        return heapq.merge(stream, replaced, key=in_order) if replaced else stream

    def _amended(self, plan: str, rows: Sequence[Any]) -> Amendments:
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

    def _check_still(self) -> None:
        if self._still is not None:
            self._still.check()

    def _refuse_after_fork(self) -> None:
        if os.getpid() != self._process:  # SQLite's connections do not survive it, and would damage the file
            raise StoreError(f"{self.path} was opened before this process was forked; close it and open it again here")

    def _rows(self, sql: str, arguments: tuple[Any, ...] | dict[str, Any] = ()) -> Iterator[Any]:
        self._refuse_after_fork()
        read: list[Any] = []
        with translated(self.path), self._datastore.get_connection(commit=False) as connection:
            cursor = connection._sqlite_conn.cursor()
            cursor.row_factory = None
            try:
                rows = cursor.execute(sql, arguments)
                if not self._in_memory:
                    yield from chain(rows)  # not the cursor itself, which would be closed before our own handling
                    self._check_still()
                    return
                read = rows.fetchall()  # in memory readers keep writers out: a loop that reads could not record
            except sqlite3.Error:
                self._check_still()
                raise
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
