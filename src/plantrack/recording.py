"""Recording: proposals admitted and appended at the position read, tried again when somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from threading import RLock

from plantrack.admission import Candidate, Register, admit, candidate, needed_ids
from plantrack.errors import ConflictError, CoordinateError, UnknownPlanError
from plantrack.events.codec import TYPES, encode
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Proposal, RecordedEvent, event_fields
from plantrack.events.plan import PlanOpened
from plantrack.people import Pseudonyms
from plantrack.store import Store

Clock = Callable[[], datetime]
"""Gives the time now, with a time zone."""

ATTEMPTS = 50  # a writer that loses this many races in a row gives up

_OPENING_TYPES = tuple(cls for cls in TYPES.values() if any("opens" in f.metadata for f in event_fields(cls)))


def now_by(clock: Clock) -> datetime:
    """The time now in UTC.

    :raises CoordinateError: the clock gives times without a zone.
    """
    now = clock()
    if now.tzinfo is None:
        raise CoordinateError("the clock gave a time without a time zone; return datetime.now(UTC) or the like")
    return now.astimezone(UTC)


class Recorder:
    """Appends to the log of one plan, and knows what admission must know of it."""

    def __init__(self, store: Store, clock: Clock, plan: str) -> None:
        self._plan = plan
        self._store = store
        self._clock = clock
        self._register = Register()
        self._recording = RLock()  # threads may share this object; a clock may even record

    def record(self, proposals: Iterable[Proposal]) -> list[RecordedEvent]:
        """Append proposals, all or none; returns what was appended.

        :raises EventError: an event is malformed.
        :raises AdmissionError: an event contradicts the log.
        :raises PersonalDataError: a natural person is named, and the extra ``crypto`` is not installed.
        :raises StoreError: it could not be written; nothing was.
        """
        pseudonyms = Pseudonyms(self._store.keys)
        candidates = [candidate(p) for p in pseudonyms.for_names(proposals)]
        with self._recording:
            return self._record(candidates, pseudonyms)

    def suppose(self, proposals: Iterable[Proposal]) -> list[RecordedEvent]:
        """What :meth:`record` would append; nothing is.

        :raises EventError: an event is malformed.
        :raises AdmissionError: an event contradicts the log.
        """
        pseudonyms = Pseudonyms(self._store.keys, supposed=True)
        candidates = [candidate(p) for p in pseudonyms.for_names(proposals)]
        with self._recording:
            return [event for event, _ in self._admitted(candidates, pseudonyms)]

    @property
    def opened(self) -> PlanOpened:
        """How the plan was opened.

        :raises UnknownPlanError: nothing was recorded for it.
        """
        opened = self.register().opened
        if opened is None:
            raise UnknownPlanError(f"the store holds no plan {self._plan!r}; record a PlanOpened first")
        return opened

    def register(self) -> Register:
        """What admission must know of the log as it stands now."""
        register = self._register
        head = self._store.head(self._plan)
        if head > register.position:
            types = (*_OPENING_TYPES, PlanOpened, EventCorrected, EventRetracted)
            for position, event_id, data in self._store.of_types(self._plan, types, after=register.position):
                if position <= head:  # what somebody else recorded meanwhile is learned next time
                    register.learn(position, event_id, data)
            register.position, register.recorded_at = head, self._store.recorded_at(self._plan, head)
        return register

    def _record(self, candidates: Sequence[Candidate], pseudonyms: Pseudonyms) -> list[RecordedEvent]:
        for attempt in range(ATTEMPTS):
            pairs = self._admitted(candidates, pseudonyms)
            if not pairs:
                return []
            try:
                self._store.append(pairs)
            except ConflictError:
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            recorded = [event for event, _ in pairs]
            self._register.advance(recorded)
            return recorded
        raise AssertionError("the loop returns or raises")

    def _admitted(self, candidates: Sequence[Candidate], pseudonyms: Pseudonyms) -> list[tuple[RecordedEvent, bytes]]:
        """What would be appended to the log as it stands, as it would stand there."""
        now = now_by(self._clock)
        register = self.register()
        if register.recorded_at is not None and now < register.recorded_at:
            now = now_by(
                self._clock
            )  # somebody else may have recorded between the two; a clock that is behind stays so
        accepted = admit(register, candidates, self._store.find(self._plan, needed_ids(candidates, register)))
        return list(self._stamped(register, accepted, now, pseudonyms))

    def _stamped(
        self, register: Register, accepted: Sequence[Candidate], now: datetime, pseudonyms: Pseudonyms
    ) -> Iterator[tuple[RecordedEvent, bytes]]:
        """Positions and times: a clock that ran backwards is held at the last time, and the event says so."""
        regressed = register.recorded_at is not None and now < register.recorded_at
        recorded_at = register.recorded_at if regressed and register.recorded_at else now
        for position, admitted in enumerate(accepted, register.position + 1):
            proposal = admitted.proposal
            event = RecordedEvent(
                plan=self._plan,
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
            sealed = pseudonyms.sealed(proposal, self._plan, admitted.event_id)  # names are bound to the event's id
            yield event, encode(proposal, regressed, sealed) if regressed or sealed else admitted.payload


def system_clock() -> datetime:
    """The time now by the system."""
    return datetime.now(UTC)
