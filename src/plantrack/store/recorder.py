"""The seams of the ``eventsourcing`` package: appending at an expected position, with the evidence, in one transaction.

One stream a plan: ``originator_id`` is the plan, ``originator_version`` the position. The head of its Merkle log (RFC
6962) moves with it; a leaf is a hash of the bytes as stored, never of JSON written anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import eventsourcing.persistence as es
import eventsourcing.sqlite as es_sqlite
from eventsourcing.application import Application
from eventsourcing.utils import Environment, EnvType

from plantrack.errors import ConflictError, StoreDamagedError, StoreError
from plantrack.events.codec import TOPICS, decode
from plantrack.events.envelope import moment, stamp
from plantrack.merkle import Frontier, GrowingTree, event_leaf
from plantrack.store.connections import Datastore
from plantrack.store.format import COLUMNS, EVENTS, HEADS

_HEAD = (
    f"SELECT (SELECT MAX(originator_version) FROM {EVENTS} WHERE originator_id=:plan), size, origin, frontier"
    f" FROM (SELECT 1) LEFT JOIN {HEADS} ON originator_id=:plan"
)
_INSERT = f"INSERT INTO {EVENTS} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)"
_MOVE = (
    f"INSERT INTO {HEADS} (originator_id, size, origin, frontier) VALUES (?,?,?,?)"
    " ON CONFLICT (originator_id) DO UPDATE SET size=excluded.size, frontier=excluded.frontier"
)


class Row(NamedTuple):
    """A stored event (by duck typing, with the names of the stock class) and the columns that plantrack adds."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    event_id: str
    recorded_at: str
    effective_on: str

    @property
    def is_typed(self) -> bool:
        """Whether each column holds what it should: SQLite takes a value of any type in any of them."""
        return [type(value) for value in self] == _TYPES

    def leaf(self, origin: str) -> bytes:
        """Its hash in the log of that name."""
        plan, position, topic, state, event_id, recorded_at, _ = self
        return event_leaf(origin, position, plan, topic, recorded_at, event_id, state)


_TYPES: list[type] = [str, int, str, bytes, str, str, str]


class LogHead(NamedTuple):
    """The head of a plan's Merkle log as stored.

    :ivar origin: the name of the log, which every leaf holds.
    :ivar frontier: the right edge of the tree.
    """

    size: int
    origin: str
    frontier: bytes

    @property
    def is_typed(self) -> bool:
        """Whether each column holds what it should."""
        return [type(value) for value in self] == [int, str, bytes]


def origin_of(first: Row) -> str:
    """The name of a plan's log, by its first event: the same wherever that is restored, and of no other log."""
    return f"plantrack/{first.originator_id}/{first.leaf('').hex()[:16]}"


class Recorder(es_sqlite.SQLiteApplicationRecorder):
    """Appends at an expected position, in one transaction."""

    def construct_create_table_statements(self) -> list[str]:
        """None: the tables are made by ``format.prepare``, which looks at the file first."""
        return []

    def create_table(self) -> None:
        """Nothing, for the same reason."""

    def _insert_events(
        self, c: es_sqlite.SQLiteCursor, stored_events: Iterable[Any], **kwargs: Any
    ) -> Sequence[int] | None:
        """Rows of one plan, written as they are drawn: there may be more of them than fit in memory."""
        rows = iter(stored_events)
        first: Row | None = next(rows, None)
        if first is None:
            return None
        plan, position = first.originator_id, first.originator_version
        c.execute(_HEAD, {"plan": plan})
        last, size, origin, frontier = c.fetchone()
        head = last or 0
        if head != (size or 0):
            raise StoreDamagedError(
                f"plan {plan!r}: its log ends at position {head}, and its evidence at {size or 0}; nothing was written:"
                " `plantrack verify` says what is broken"
            )
        if head != position - 1:
            raise ConflictError(
                f"plan {plan!r} stands at position {head}, not {position - 1}: somebody else recorded meanwhile; read"
                " what is new and try again"
            )
        log = _Growing(plan, origin or origin_of(first), Frontier.from_bytes(frontier) if head else Frontier())
        try:
            c.executemany(_INSERT, log.with_leaves(chain((first,), rows)))
        except sqlite3.IntegrityError:
            assert log.last is not None
            raise StoreError(
                f"plan {plan!r}: the event id {log.last.event_id!r} of #{log.last.originator_version} is that of an"
                " event before it; nothing was written"
            ) from None
        edge = log.tree.edge
        c.execute(_MOVE, (plan, edge.size, log.origin, edge.to_bytes()))
        return None


class _Growing:
    """The log of a plan while rows are appended to it.

    :ivar last: the row that was drawn last.
    """

    def __init__(self, plan: str, origin: str, edge: Frontier) -> None:
        self.plan, self.origin, self.tree = plan, origin, GrowingTree(edge)
        self.last: Row | None = None

    def with_leaves(self, rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
        """The rows as the table takes them.

        :raises StoreError: one does not follow the one before it.
        """
        plan, origin, position, grow = self.plan, self.origin, self.tree.edge.size, self.tree.append
        for row in rows:
            position += 1
            if row.originator_version != position or row.originator_id != plan:
                raise StoreError(f"positions of plan {plan!r} must follow one another; nothing was written")
            self.last = row
            leaf = row.leaf(origin)
            grow(leaf)
            yield (*row, leaf)


class _Mapper(es.Mapper[str]):
    """Stored rows to recorded events and back, by the closed registry."""

    def to_stored_event(self, domain_event: Any) -> Any:
        event, payload = domain_event
        return Row(
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
    application_recorder_class = Recorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore = Datastore(self.datastore.pool.db_name)


class PlanApplication(Application[str]):
    """The application of the ``eventsourcing`` package over one file."""

    name = "plantrack"

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what is given: the process environment does not leak in."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> Any:
        """Our recorder over our connections."""
        return _Factory(env)

    def construct_mapper(self) -> _Mapper:
        """By the codec, which does what a transcoder would."""
        return _Mapper(None)  # type: ignore[arg-type]
