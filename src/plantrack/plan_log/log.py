"""The log of one plan: recording, and what was true."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from plantrack.admission import KINDS
from plantrack.bitemporal import Fact
from plantrack.coordinates import Coordinates, Known
from plantrack.errors import (
    AdmissionError,
    UnknownSubjectError,
    did_you_mean,
    meant_as,
)
from plantrack.events.assurance import MeetingSealed
from plantrack.events.correction import EventCorrected, EventRetracted, PersonalDataErased
from plantrack.events.envelope import Event, Proposal, RecordedEvent, Source, subjects
from plantrack.events.plan import AliasDeclared, PlanOpened
from plantrack.period import Period, as_period
from plantrack.recording import Clock, Recorder
from plantrack.resolution import Resolver
from plantrack.state import State, fold
from plantrack.store import Store

_NOT_BY_HAND: dict[type, str] = {
    PersonalDataErased: "PersonalDataErased is recorded by `erase`, which destroys the key",
    MeetingSealed: "MeetingSealed is recorded by `seal`, which finds out what the meeting was shown",
}


class Log:
    """The log of one plan: facts recorded, and what was true at any pair of dates.

    :ivar id: the plan's id.
    """

    def __init__(self, store: Store, clock: Clock, plan: str) -> None:
        self.id = plan
        self._store = store
        self._clock = clock
        self._recorder = Recorder(store, clock, self.id)
        self._resolver = Resolver(store, self._recorder, clock, self.id)

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
        proposals = list(proposals)
        for proposal in proposals:
            if said := _NOT_BY_HAND.get(type(getattr(proposal, "data", None))):
                raise AdmissionError(said)
        return self._recorder.record(proposals)

    def _erased(self, token: str, reason: str, actor: str | None) -> list[RecordedEvent]:
        when = Period.day(self.today())
        event = PersonalDataErased(person=token)
        return self._recorder.record([Proposal(data=event, effective=when, actor=actor, reason=reason)])

    @property
    def head(self) -> int:
        """The position of the last event; 0 if there is none."""
        return self._store.head(self.id)

    @property
    def opened(self) -> PlanOpened:
        """How the plan was opened: its title, period, time zone, fiscal year.

        :raises UnknownPlanError: nothing was recorded for it.
        """
        return self._recorder.opened

    def period(self, value: Period | date | str) -> Period:
        """Read a date or period in the notations of this plan ("2017/18" depends on when its fiscal year starts).

        :raises PeriodError: it is none.
        """
        opened = self._recorder.register().opened
        return as_period(value, fiscal_year_start=opened.fiscal_year_start if opened else 4)

    def today(self) -> date:
        """The day by the clock, in the plan's time zone."""
        return self._resolver.today()

    def coordinates(
        self,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        rules_at: Known = None,
        at: str | None = None,
    ) -> Coordinates:
        """Resolve coordinates, once; below this only days and positions travel.

        :param at: a meeting, for all three; what is given beside it comes first.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        """
        return self._resolver.coordinates(as_at=as_at, known_at=known_at, rules_at=rules_at, at=at)

    def point(self, written: Coordinates | date | str) -> Coordinates:
        """Resolve coordinates that are written in one text, as in ``diff``.

        :param written: a day (at its end, as known then); ``"#120"`` or a moment (as known then, as at that day);
            ``"meeting:ID"``; ``"latest"``; or a day or meeting as known at one of these, ``"2018-02-28@#700"``.
        :raises CoordinateError: it is malformed or lies outside the log.
        """
        return written if isinstance(written, Coordinates) else self._resolver.point(written)

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[RecordedEvent]:
        """The recorded events in order of position, beyond ``after``: a feed that an embedder can resume."""
        return self._store.events(self.id, after=after, upto=upto)

    def find(self, event_ids: Iterable[str]) -> dict[str, RecordedEvent]:
        """The recorded events with these ids, as far as they exist."""
        return self._store.find(self.id, event_ids)

    def about(self, subject: str, *, upto: int | None = None) -> list[RecordedEvent]:
        """The events that touch a subject (``kind:id``), with their corrections, in order of position.

        :raises UnknownSubjectError: no event does.
        """
        found = list(self._touching({subject}, upto))
        if not found:
            kind, _, name = subject.partition(":")
            subjects = self._recorder.register().subjects
            known = subjects.get(kind)
            hint = did_you_mean(kind, KINDS) if known is None else did_you_mean(name, known)
            hint = meant_as(subject, [kind for kind, ids in subjects.items() if subject in ids]) or hint
            raise UnknownSubjectError(f"nothing was recorded about {subject!r:.80}; {hint}")
        return found

    def _touching(
        self, names: Collection[str], upto: int | None, *, and_at: Collection[int] = ()
    ) -> Iterator[RecordedEvent]:
        """The events that touch one of some subjects (``kind:id``), with their corrections, in order of position.

        :param and_at: positions of events that are wanted too.
        """
        touched: set[str] = set()
        for event in self.events(upto=upto):
            amends = isinstance(event.data, EventCorrected | EventRetracted) and event.data.event in touched
            said = event.data.replacement if isinstance(event.data, EventCorrected) else event.data
            if amends or event.position in and_at or not subjects(said).isdisjoint(names):
                touched.add(event.event_id)
                yield event

    def named(self, subject: str, *, upto: int | None = None) -> str:
        """The subject that ``kind:id`` means: the id may be another name that was declared for it."""
        kind, _, name = subject.partition(":")
        if name in self._recorder.register().subjects.get(kind, ()):
            return subject
        for _, _, declared in self._store.standing(self.id, (AliasDeclared,), self.head if upto is None else upto):
            if isinstance(declared, AliasDeclared) and declared.alias == name and declared.of.startswith(f"{kind}:"):
                return declared.of
        return subject

    def at(self, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None) -> State:
        """What was true at the end of ``as_at``, as far as it was known at ``known_at``.

        :param as_at: a day; today by the clock when left out.
        :param known_at: a position (``120`` or ``"#120"``), a day (its end in the plan's time zone), a moment, or
            ``"meeting:ID"``; the latest when left out.
        :param at: the id of a meeting: its day, and what was known at the end of it.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        :raises UnknownPlanError: nothing was recorded for the plan.
        """
        return self.state_at(self.coordinates(as_at=as_at, known_at=known_at, at=at))

    def state_at(self, where: Coordinates) -> State:
        """The state at coordinates that were resolved before."""
        return fold(self._facts(where), plan=self.id, as_at=where.as_at, known=where.known)

    def _facts(self, where: Coordinates) -> Iterator[Fact]:
        return self._store.facts(self.id, as_at=where.as_at, known=where.known)
