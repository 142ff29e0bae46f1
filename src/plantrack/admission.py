"""What may be recorded: ``admit`` is pure, and either refuses with typed errors or returns what to append.

Recording refuses only what contradicts the log: an unknown id, a second opening, an event id used for something else.
A bad plan is recorded and *flagged*. Ids are checked against everything recorded, whatever its valid time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from attrs import define, evolve, field, frozen

from plantrack.bitemporal import amendments
from plantrack.errors import AdmissionError, EventError, IdempotencyError, did_you_mean
from plantrack.events.assurance import MeetingSealed
from plantrack.events.codec import check_readable, content_id, encode
from plantrack.events.correction import EventCorrected, EventRetracted, PersonalDataErased
from plantrack.events.envelope import Event, Opening, Proposal, RecordedEvent, openings, references
from plantrack.events.plan import PlanOpened

KINDS = frozenset(
    {
        "framework", "goal", "body", "alias", "document", "initiative", "milestone", "measure", "saving", "funding",
        "budget-rule", "dependency", "external", "fallback", "commitment", "risk", "escalation", "meeting",
        "recommendation", "decision", "approval", "report", "rule-pack", "waiver", "seal",
    }
)  # fmt: skip


@define
class Register:
    """What admission must know of a plan's log: every id ever opened, and the settings of the plan.

    :ivar position: the last position read.
    :ivar recorded_at: the time of that event.
    """

    position: int = 0
    recorded_at: datetime | None = None
    opened: PlanOpened | None = None
    subjects: dict[str, dict[str, int]] = field(factory=lambda: {kind: {} for kind in KINDS})
    corrections: list[tuple[str, Event]] = field(factory=list)

    def advance(self, events: Iterable[RecordedEvent]) -> None:
        """Take in events that were appended, in order."""
        for event in events:
            self.learn(event.position, event.event_id, event.data)
            self.position, self.recorded_at = event.position, event.recorded_at

    def learn(self, position: int, event_id: str, data: Event) -> None:
        """Take in one event that opens a subject or corrects; others change nothing here."""
        for opening in openings(data):
            self.subjects[opening.kind].setdefault(opening.name, position)
        if isinstance(data, PlanOpened) and self.opened is None:
            self.opened = data
        elif isinstance(data, EventCorrected | EventRetracted):
            self.corrections.append((event_id, data))


@frozen
class Candidate:
    """A proposal with its event id (the caller's, or one derived from what it says) and its payload as stored."""

    proposal: Proposal
    event_id: str
    payload: bytes

    @property
    def data(self) -> Event:
        """The event proposed."""
        return self.proposal.data


def candidate(proposal: Proposal) -> Candidate:
    """What is to be admitted for a proposal.

    :raises EventError: it would not be readable once stored.
    """
    if not isinstance(proposal, Proposal):
        raise EventError(f"{proposal!r:.60} is no Proposal; record() takes events, record_all() proposals")
    payload = encode(proposal)
    check_readable(proposal, payload)
    return Candidate(proposal, proposal.event_id or content_id(proposal, payload), payload)


def needed_ids(candidates: Sequence[Candidate], register: Register | None = None) -> set[str]:
    """The event ids that :func:`admit` must be told about: those proposed, and those corrected or retracted.

    :param register: where facts were retracted, their ids as stated anew are needed too.
    """
    retracted = amendments(register.corrections).retracted if register else frozenset[str]()
    retracted |= {c.data.event for c in candidates if isinstance(c.data, EventRetracted)}
    wanted = {name for c in candidates for name in _attempts(c.event_id, retracted)}
    return wanted | {c.data.event for c in candidates if isinstance(c.data, EventCorrected | EventRetracted)}


def _attempts(event_id: str, retracted: frozenset[str]) -> Iterator[str]:
    """The ids under which a fact was stated: the derived one, then numbered ones for as long as it was retracted."""
    yield event_id
    number, name = 1, event_id
    while name in retracted:
        number += 1
        name = f"{event_id}.{number}"
        yield name


def admit(
    register: Register, candidates: Sequence[Candidate], recorded: Mapping[str, RecordedEvent]
) -> list[Candidate]:
    """The candidates to append, in order: those that are recorded already are left out.

    :param recorded: the events of the log whose ids :func:`needed_ids` names.
    :raises AdmissionError: names every proposal that contradicts the log, and why; nothing is to be appended.
    :raises IdempotencyError: an event id is taken by an event with other content.
    """
    fresh: dict[tuple[str, str], int] = {}
    accepted: dict[str, Candidate] = {}
    problems: list[tuple[int, str, str]] = []
    corrections = list(register.corrections)
    retracted = amendments(corrections).retracted
    for number, given in enumerate(candidates, 1):
        proposed = _renamed(given, retracted)
        name, data = proposed.event_id, proposed.data
        before, twin = recorded.get(name), accepted.get(name)
        if before is not None or twin is not None:
            same = before.same_content(proposed.proposal) if before else twin is not None and _same(twin, proposed)
            if not same:
                where = f"#{before.position} ({before.type})" if before else "an event before it in this batch"
                wrong = (
                    f"the event id {name!r} was used for {where}, which says something else; a retry must repeat the"
                    " content, another fact needs another id"
                )
                raise IdempotencyError(problems=[(number, type(data).__name__, wrong)])
            continue
        original: RecordedEvent | Candidate | None = None
        if isinstance(data, EventCorrected | EventRetracted):
            original = recorded.get(data.event) or accepted.get(data.event)
        problem = _contradiction(register, fresh, data, original, first=register.position == 0 and not accepted)
        if problem:
            problems.append((number, type(data).__name__, problem))
            continue
        accepted[name] = proposed
        if isinstance(data, EventCorrected | EventRetracted):
            corrections.append((name, data))
            retracted = amendments(corrections).retracted
        for opening in openings(data):
            fresh.setdefault((opening.kind, opening.name), number)
    if problems:
        raise AdmissionError(problems=problems)
    return list(accepted.values())


def _same(one: Candidate, other: Candidate) -> bool:
    return one.payload == other.payload and type(one.data) is type(other.data)


def _renamed(given: Candidate, retracted: frozenset[str]) -> Candidate:
    """A fact that was retracted may be stated anew: its derived id gets a number.

    An id that the caller chose does not: repeating it is a retry, and a retry adds nothing.
    """
    if given.event_id not in retracted or given.event_id != content_id(given.proposal, given.payload):
        return given
    *_, name = _attempts(given.event_id, retracted)
    return evolve(given, event_id=name)


def _contradiction(
    register: Register,
    fresh: Mapping[tuple[str, str], int],
    data: Event,
    original: RecordedEvent | Candidate | None,
    *,
    first: bool,
) -> str | None:
    """Why the log refuses an event, or ``None``."""
    if first != isinstance(data, PlanOpened):
        return "the plan is open already" if not first else "the first event of a plan must be PlanOpened"
    if isinstance(data, EventCorrected | EventRetracted):
        return _wrong_correction(register, fresh, data, original)
    for opening in openings(data):
        if problem := _second_opening(register, fresh, opening):
            return problem
    return _unknown_reference(register, fresh, data)


def _second_opening(register: Register, fresh: Mapping[tuple[str, str], int], opening: Opening) -> str | None:
    if opening.again:
        return None
    if (position := register.subjects[opening.kind].get(opening.name)) is not None:
        return f"{opening.kind}:{opening.name} was opened by #{position}; ids are stable for ever, choose another"
    if (number := fresh.get((opening.kind, opening.name))) is not None:
        return f"{opening.kind}:{opening.name} was opened by event {number} of this batch; choose another id"
    return None


def _unknown_reference(register: Register, fresh: Mapping[tuple[str, str], int], data: Event) -> str | None:
    for name, kind, value in references(data):
        if kind not in KINDS:
            return f"{name}: there is no kind {kind!r}; {did_you_mean(kind, KINDS)}"
        if value not in register.subjects[kind] and (kind, value) not in fresh:
            known = [*register.subjects[kind], *(n for k, n in fresh if k == kind)]
            return f"{name}: unknown {kind} {value!r}; {did_you_mean(value, known)}"
    return None


def _wrong_correction(
    register: Register,
    fresh: Mapping[tuple[str, str], int],
    data: EventCorrected | EventRetracted,
    original: RecordedEvent | Candidate | None,
) -> str | None:
    if original is None:
        return f"event: no event has the id {data.event!r}; `log` prints the ids"
    what = f"#{original.position}" if isinstance(original, RecordedEvent) else f"{original.event_id!r} in this batch"
    if isinstance(original.data, PlanOpened) and isinstance(data, EventRetracted):
        return "the opening of the plan cannot be retracted; correct it instead"
    if isinstance(original.data, PersonalDataErased):
        return "nothing brings an erased name back: an erasure is neither corrected nor retracted"
    if isinstance(original.data, MeetingSealed):
        return "what a meeting was shown is settled: a seal is neither corrected nor retracted"
    if isinstance(data, EventRetracted):
        return None
    if isinstance(original.data, EventCorrected | EventRetracted):
        return f"event: {what} is itself a correction; correct the original again, or retract this one"
    if type(data.replacement) is not type(original.data):
        return f"replacement: {what} is a {type(original.data).__name__}, not a {type(data.replacement).__name__}"
    if openings(data.replacement) != openings(original.data):
        return f"replacement: ids are stable for ever; {what} opens another id"
    return _unknown_reference(register, fresh, data.replacement)
