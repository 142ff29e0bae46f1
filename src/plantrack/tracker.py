"""The object a user opens: a store, a clock, and the parts wired together.

Only here are coordinates resolved (a date, a timestamp, a position become a position) and is the clock read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from threading import RLock
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from plantrack.admission import KINDS, Candidate, Register, admit, candidate, needed_ids
from plantrack.errors import ConflictError, CoordinateError, UnknownPlanError, UnknownSubjectError, did_you_mean
from plantrack.events.codec import TYPES, encode
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, Proposal, RecordedEvent, Source, event_fields, subjects
from plantrack.events.fields import slug
from plantrack.events.plan import PlanOpened
from plantrack.period import Period, as_period
from plantrack.rules import CheckResult, Pack, check, installed_packs
from plantrack.state import State, fold
from plantrack.store import Store

Clock = Callable[[], datetime]
"""Gives the time now, with a time zone."""

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
ATTEMPTS = 50  # a writer that loses this many races in a row gives up

_OPENING_TYPES = tuple(cls for cls in TYPES.values() if any("opens" in f.metadata for f in event_fields(cls)))


@frozen
class Coordinates:
    """Where an evaluation stands, resolved: the day of valid time, and the position up to which the log is known.

    :ivar recorded_at: when the event at ``known`` was recorded; ``None`` when nothing was known yet.
    """

    as_at: date
    known: int
    recorded_at: datetime | None


class Tracker:
    """A store of plans. Use it as a context manager, or :meth:`close` it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._store.close()

    def plans(self) -> list[str]:
        """The ids of the plans in the store, oldest first."""
        return list(self._store.plans())

    def plan(self, plan: str) -> PlanLog:
        """The log of one plan, which need not exist yet: its first event is a ``PlanOpened``.

        :raises EventError: that cannot be the id of a plan.
        """
        return PlanLog(self._store, self._clock, slug(plan))


class PlanLog:
    """The append-only log of one plan, and everything asked of it.

    :ivar id: the plan's id.
    """

    def __init__(self, store: Store, clock: Clock, plan: str) -> None:
        self.id = plan
        self._store = store
        self._clock = clock
        self._register = Register()
        self._recording = RLock()  # threads may share this object; a clock may even record

    # --- recording

    def record(
        self,
        *events: Event,
        effective: Period | date | str,
        actor: str | None = None,
        reason: str | None = None,
        source: Source | None = None,
        event_id: str | None = None,
        causation_id: str | None = None,
        correlation_id: str | None = None,
    ) -> list[RecordedEvent]:
        """Record facts that became true at ``effective``, all or none; durable when this returns.

        What is recorded already (same event id and content) is left out, so that a retry is harmless.

        :param effective: a day, or a period in any notation of the plan ("2018-01", "Q3 17/18").
        :param event_id: idempotency key for a single event; left out, it is derived from the content.
        :returns: the events that were appended.
        :raises EventError: an event is malformed.
        :raises AdmissionError: an event contradicts the log.
        :raises StoreError: it could not be written; nothing was.
        """
        when = self.period(effective)
        envelope: dict[str, Any] = {
            "actor": actor, "reason": reason, "source": source, "event_id": event_id, "causation_id": causation_id,
            "correlation_id": correlation_id,
        }  # fmt: skip
        return self.record_all([Proposal(data=event, effective=when, **envelope) for event in events])

    def record_all(self, proposals: Iterable[Proposal]) -> list[RecordedEvent]:
        """Record proposals, all or none; see :meth:`record`."""
        candidates = [candidate(p) for p in proposals]
        with self._recording:
            return self._record(candidates)

    def _record(self, candidates: Sequence[Candidate]) -> list[RecordedEvent]:
        for attempt in range(ATTEMPTS):
            now = self._now()
            register = self._refreshed()
            accepted = admit(register, candidates, self._store.find(self.id, needed_ids(candidates, register)))
            if not accepted:
                return []
            pairs = list(self._stamped(register, accepted, now))
            try:
                self._store.append(pairs)
            except ConflictError:
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            recorded = [event for event, _ in pairs]
            register.advance(recorded)
            return recorded
        raise AssertionError("the loop returns or raises")

    def _stamped(
        self, register: Register, accepted: Sequence[Candidate], now: datetime
    ) -> Iterator[tuple[RecordedEvent, bytes]]:
        """Positions and times: a clock that ran backwards is held at the last time, and the event says so."""
        regressed = register.recorded_at is not None and now < register.recorded_at
        recorded_at = register.recorded_at if regressed and register.recorded_at else now
        for position, admitted in enumerate(accepted, register.position + 1):
            proposal = admitted.proposal
            event = RecordedEvent(
                plan=self.id,
                position=position,
                event_id=admitted.event_id,
                effective=proposal.effective,
                recorded_at=recorded_at,
                data=proposal.data,
                actor=proposal.actor,
                reason=proposal.reason,
                source=proposal.source,
                causation_id=proposal.causation_id,
                correlation_id=proposal.correlation_id,
                clock_regressed=regressed,
            )
            yield event, encode(proposal, clock_regressed=True) if regressed else admitted.payload

    def _refreshed(self) -> Register:
        register = self._register
        head = self._store.head(self.id)
        if head > register.position:
            types = (*_OPENING_TYPES, PlanOpened, EventCorrected, EventRetracted)
            for position, event_id, data in self._store.of_types(self.id, types, after=register.position):
                register.learn(position, event_id, data)
            register.position, register.recorded_at = head, self._store.recorded_at(self.id, head)
        return register

    # --- asking

    @property
    def head(self) -> int:
        """The position of the last event; 0 if there is none."""
        return self._store.head(self.id)

    @property
    def opened(self) -> PlanOpened:
        """How the plan was opened: its title, period, time zone, fiscal year.

        :raises UnknownPlanError: nothing was recorded for it.
        """
        opened = self._refreshed().opened
        if opened is None:
            raise UnknownPlanError(f"the store holds no plan {self.id!r}; record a PlanOpened first")
        return opened

    def period(self, value: Period | date | str) -> Period:
        """Read a date or period in the notations of this plan ("2017/18" depends on when its fiscal year starts).

        :raises PeriodError: it is none.
        """
        opened = self._refreshed().opened
        return as_period(value, fiscal_year_start=opened.fiscal_year_start if opened else 4)

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[RecordedEvent]:
        """The recorded events in order of position, beyond ``after``: a feed that an embedder can resume."""
        return self._store.events(self.id, after=after, upto=upto)

    def find(self, event_ids: Iterable[str]) -> dict[str, RecordedEvent]:
        """The recorded events with these ids, as far as they exist."""
        return self._store.find(self.id, event_ids)

    def at(self, *, as_at: date | str | None = None, known_at: date | datetime | int | str | None = None) -> State:
        """What was true at the end of ``as_at``, as far as it was known at ``known_at``.

        :param as_at: a day; today by the clock when left out.
        :param known_at: a position (``120`` or ``"#120"``), a day (its end in the plan's time zone), or a moment; the
            latest when left out.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        :raises UnknownPlanError: nothing was recorded for the plan.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at)
        return self.state_at(where)

    def state_at(self, where: Coordinates) -> State:
        """The state at coordinates that were resolved before."""
        facts = self._store.facts(self.id, as_at=where.as_at, known=where.known)
        return fold(facts, plan=self.id, as_at=where.as_at, known=where.known)

    def check(
        self,
        *,
        as_at: date | str | None = None,
        known_at: date | datetime | int | str | None = None,
        packs: Sequence[Pack] | None = None,
    ) -> CheckResult:
        """What the rules say of the plan; coordinates as in :meth:`at`.

        :param packs: the installed ones when left out.
        :returns: findings, most serious first, each with the ids of its evidence events; they are data, never raised.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        :raises RuleSourceError: an installed pack is wrong.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at)
        facts = partial(self._store.facts, self.id, as_at=where.as_at, known=where.known)
        result = check(self.state_at(where), installed_packs() if packs is None else packs, facts=facts)
        wanted = {position for finding in result.findings for position in finding.positions}
        ids = self._store.event_ids(self.id, wanted)
        findings = [attrs.evolve(f, evidence=tuple(ids[position] for position in f.positions)) for f in result.findings]
        return attrs.evolve(result, findings=tuple(findings), recorded_at=where.recorded_at)

    def about(self, subject: str, *, upto: int | None = None) -> list[RecordedEvent]:
        """The events that touch a subject (``kind:id``), with their corrections, in order of position.

        :raises UnknownSubjectError: no event does.
        """
        touched: set[str] = set()
        found = []
        for event in self.events(upto=upto):
            amends = isinstance(event.data, EventCorrected | EventRetracted) and event.data.event in touched
            if amends or subject in subjects(event.data):
                touched.add(event.event_id)
                found.append(event)
        if not found:
            kind, _, name = subject.partition(":")
            known = self._refreshed().subjects.get(kind)
            hint = did_you_mean(kind, KINDS) if known is None else did_you_mean(name, known)
            raise UnknownSubjectError(f"nothing was recorded about {subject!r:.80}; {hint}")
        return found

    def coordinates(
        self, *, as_at: date | str | None = None, known_at: date | datetime | int | str | None = None
    ) -> Coordinates:
        """Resolve a pair of dates, once; below this only days and positions travel.

        :raises CoordinateError: one of them is malformed or lies outside the log.
        """
        opened = self.opened
        zone = ZoneInfo(opened.time_zone)
        day = self._now().astimezone(zone).date() if as_at is None else _day(as_at)
        known = self._known(known_at, zone)
        return Coordinates(day, known, self._store.recorded_at(self.id, known) if known else None)

    def _known(self, known_at: date | datetime | int | str | None, zone: ZoneInfo) -> int:
        head = self._register.position
        if known_at is None:
            return head
        if isinstance(known_at, str):
            known_at = _known_coordinate(known_at)
        if isinstance(known_at, bool) or not isinstance(known_at, int | date):
            raise CoordinateError(f"known_at takes a position, a day or a moment, not {type(known_at).__name__}")
        if isinstance(known_at, int):
            if not 0 <= known_at <= head:
                raise CoordinateError(f"known_at #{known_at} is outside the log of {self.id!r}, which ends at #{head}")
            return known_at
        if isinstance(known_at, datetime):
            if known_at.tzinfo is None:
                raise CoordinateError(f"known_at {known_at.isoformat()} has no time zone; write for example …T17:00Z")
            return self._store.known_at(self.id, _in_utc(known_at))
        if known_at == date.max:
            return head
        midnight = datetime.combine(known_at + timedelta(days=1), time(), zone)
        # A microsecond before it in UTC: on the clocks of the zone the last hour may have come twice.
        return self._store.known_at(self.id, midnight.astimezone(UTC) - timedelta(microseconds=1))

    def _now(self) -> datetime:
        now = self._clock()
        if now.tzinfo is None:
            raise CoordinateError("the clock gave a time without a time zone; return datetime.now(UTC) or the like")
        return now.astimezone(UTC)


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; one that UTC has no year for is the first or last there is."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def _day(value: date | str) -> date:
    if isinstance(value, datetime):
        raise CoordinateError("as_at takes a day, not a moment")
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise CoordinateError(f"as_at takes a day, not {type(value).__name__}")
    try:
        if not _ISO_DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise CoordinateError(f"as_at {value!r:.40} is not a day; write for example 2018-02-28") from None


def _known_coordinate(text: str) -> date | datetime | int:
    if re.fullmatch(r"#\d{1,9}", text):
        return int(text[1:])
    if text.startswith("meeting:"):
        raise CoordinateError(
            f"known_at {text!r:.80}: meetings cannot be sealed yet, so they have no cut-off; give a date or position"
        )
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else datetime.fromisoformat(text)
    except ValueError:
        raise CoordinateError(
            f"known_at {text!r:.40} is not a coordinate; write a position (#120), a day (2018-02-01) or a moment"
            " (2018-02-01T17:00Z)"
        ) from None


def _system_clock() -> datetime:
    return datetime.now(UTC)


def open_tracker(path: str | os.PathLike[str], *, clock: Clock | None = None, create: bool = True) -> Tracker:
    """Open a store of plans: a file (made when absent), or ``":memory:"``.

    :param clock: gives the time now; decides ``recorded_at`` and what "today" is. The system's by default.
    :raises StoreError: the file cannot be opened, or is not a plantrack store.
    """
    return Tracker(Store(path, create=create), clock or _system_clock)
