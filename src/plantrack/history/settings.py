"""What was promised, one after the other, and who approved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile

from attrs import define, evolve, field, frozen

from plantrack.bitemporal import Fact
from plantrack.events.commitment import CommitmentMet
from plantrack.events.envelope import RecordedEvent
from plantrack.events.governance import ApprovalGiven, DecisionTaken
from plantrack.events.initiative import Continued
from plantrack.events.measure import TargetAgreed, TargetSet
from plantrack.history.promises import Aim, Promise, Value, What, promises, same
from plantrack.period import Period
from plantrack.state import State
from plantrack.state.measure import target_id

AGREED = ("accepted", "adopted", "agreed", "approved", "confirmed", "endorsed", "ratified", "supported")
"""How the outcome of a decision begins that is taken for an approval; any other, such as "noted", is none."""


@frozen(kw_only=True)
class Approval:
    """Somebody approved what was promised.

    :ivar by: who, in words: the title of a body, or the authority that the target names.
    :ivar condition: under which, if any.
    """

    by: str
    event: RecordedEvent
    condition: str | None = None


@frozen(kw_only=True)
class Setting:
    """What was promised from some day on.

    :ivar effective: since when, as corrected.
    :ivar proposed: a target that nobody had agreed yet.
    :ivar approvals: of this value, in the order of the fold.
    """

    value: Value
    event: RecordedEvent
    effective: Period
    proposed: bool = False
    approvals: tuple[Approval, ...] = ()


@frozen(kw_only=True)
class Course:
    """What was promised of one thing, in the order in which it became true.

    :ivar subject: ``kind:id``; of a target that was put off, the first.
    :ivar settings: never the same twice in a row; the first may be that of a plan before this one.
    :ivar done: when it was reached or met, if it was.
    """

    subject: str
    what: What
    settings: tuple[Setting, ...]
    done: Period | None


@define
class _Course:
    """A course in the making."""

    subject: str
    what: What
    settings: list[Setting] = field(factory=list)


@define
class Courses:
    """Takes facts in the order of the fold, and keeps what they promise.

    :param heard: the recorded events by position, as far as they are known.
    :param state: what they amount to.
    """

    _heard: Mapping[int, RecordedEvent]
    _state: State
    _all: list[_Course] = field(init=False, factory=list)
    # Where a promise goes on; a target that was put off goes on in the course of the one before.
    _open: dict[tuple[str, What], _Course] = field(init=False, factory=dict)
    _targets: dict[str, list[_Course]] = field(init=False, factory=lambda: defaultdict(list))  # by measure
    _origins: dict[str, Setting] = field(init=False, factory=dict)
    _approvals: dict[str, list[tuple[Period, Approval]]] = field(init=False, factory=lambda: defaultdict(list))
    _facts: dict[int, Fact] = field(init=False, factory=dict)
    _named: dict[str, RecordedEvent] = field(init=False)
    _papers: dict[str, list[str]] = field(init=False, factory=lambda: defaultdict(list))  # by what they are about

    def __attrs_post_init__(self) -> None:
        self._named = {event.event_id: event for event in self._heard.values()}
        for document in self._state.documents.values():
            self._papers[document.about or ""].append(f"document:{document.id}")

    def take(self, fact: Fact) -> None:
        """Take one fact, later in the order of the fold than those before."""
        position, effective, event = fact
        self._facts[position] = fact
        for promise in promises(event):
            self._promised(promise, fact)
        match event:
            case Continued(due=Period()):
                setting = Setting(value=event.due, event=self._heard[position], effective=effective)
                self._origins[event.subject] = setting
            case CommitmentMet():
                self._met(event.commitment)
            case TargetAgreed(by=str(body)):
                self._approve((f"target:{target_id(event)}", "target"), self._approval(body, position))
            case ApprovalGiven():
                self._approvals[event.about].append((effective, self._approval(event.by, position, event.condition)))
            case DecisionTaken():
                self._decided(event, effective, position)
            case _:
                pass

    def _promised(self, promise: Promise, fact: Fact) -> None:
        position, effective, event = fact
        key = promise.subject, promise.what
        course = self._open.get(key) or self._put_off(promise, fact)
        if course is None:
            course = _Course(promise.subject, promise.what)
            self._all.append(course)
            if isinstance(event, TargetSet):
                self._targets[event.measure].append(course)
        self._open[key] = course
        value = promise.value
        last = course.settings[-1] if course.settings else None
        if isinstance(value, Mapping) and last is not None and isinstance(last.value, Mapping):
            value = {**last.value, **value}
        proposed = isinstance(event, TargetSet) and event.proposed
        if last is not None and same(last.value, value):
            course.settings[-1] = evolve(last, proposed=last.proposed and proposed)
        else:
            if last is not None and _is_first_meaning(last.value):
                course.settings.pop()
            recorded = self._heard[position]
            course.settings.append(Setting(value=value, event=recorded, effective=effective, proposed=proposed))
        if isinstance(event, TargetSet) and event.authority is not None and not proposed:
            self._approve(key, Approval(by=event.authority, event=self._heard[position]))
        self._caused_by(key, self._heard[position].causation_id)

    def _put_off(self, promise: Promise, fact: Fact) -> _Course | None:
        """The course of a target that this one replaces with another date.

        That is the nearest of the same measure which was set on an earlier day, has not been reached by its own date or
        since, and asks for no less. Where this one asks for more by a later day, both are points of one trajectory.
        """
        value, event = promise.value, fact[2]
        if not isinstance(event, TargetSet) or not isinstance(value, Aim) or value.due is None:
            return None
        measure = self._state.measures.get(event.measure)
        figures = () if measure is None else measure.observations
        true_then = [o for o in figures if o.position in self._facts]
        found: list[tuple[int, _Course]] = []
        for course in self._targets[event.measure]:
            aim = course.settings[-1].value
            if not isinstance(aim, Aim) or aim.due is None:
                continue
            earlier = course.settings[-1].effective.last_day < fact[1].last_day
            apart = (value.due.end - aim.due.end).days
            harder = not aim.asks_no_less_than(value) if apart > 0 else not value.asks_no_less_than(aim)
            reached = any(o.period.end >= aim.due.start and aim.reached_by(o.value) for o in true_then)
            if earlier and apart and not harder and not reached:
                found.append((abs(apart), course))
        return min(found, key=lambda each: each[0])[1] if found else None

    def _met(self, commitment: str) -> None:
        """What is owed again and again has a new date each time, which is no move."""
        key: tuple[str, What] = f"commitment:{commitment}", "due"
        owed = self._state.commitments.get(commitment)
        if owed is not None and owed.cadence is not None:
            self._open.pop(key, None)

    # --- who approved

    def _approval(self, body: str, position: int, condition: str | None = None) -> Approval:
        named = self._state.bodies.get(body)
        return Approval(by=named.title if named else body, event=self._heard[position], condition=condition)

    def _approve(self, key: tuple[str, What], approval: Approval) -> None:
        """Approve what is promised at this point of the order."""
        course = self._open.get(key)
        if course is not None and course.settings:
            course.settings[-1] = _approved(course.settings[-1], approval)

    def _decided(self, event: DecisionTaken, effective: Period, position: int) -> None:
        asked = self._state.recommendations.get(event.recommendation or "")
        if asked is not None and asked.about is not None and event.outcome.casefold().startswith(AGREED):
            self._approvals[asked.about].append((effective, self._approval(self._decided_by(event), position)))

    def _decided_by(self, event: DecisionTaken) -> str:
        meeting = self._state.meetings.get(event.meeting)
        return event.meeting if meeting is None else meeting.body

    def _caused_by(self, key: tuple[str, What], cause: str | None) -> None:
        """An event that names an approval or decision as its cause was approved by it."""
        event = self._named.get(cause or "")
        if event is None or event.position not in self._facts:
            return
        said = self._facts[event.position][2]
        if isinstance(said, ApprovalGiven):
            self._approve(key, self._approval(said.by, event.position, said.condition))
        elif isinstance(said, DecisionTaken):
            self._approve(key, self._approval(self._decided_by(said), event.position))

    def settled(self) -> Iterator[Course]:
        """What was promised, once every fact is taken."""
        for course in self._all:
            origin = self._origins.get(course.subject) if course.what == "due" else None
            # Before the first date there is nothing to move, unless a plan before this one gave one.
            settings = course.settings if origin else list(dropwhile(lambda s: s.value is None, course.settings))
            if not settings:
                continue
            for when, approval in self._approvals_of(course):
                # What a body approves is what stands at the end of that day.
                standing = [at for at, s in enumerate(settings) if s.effective.start <= when.end]
                if standing and all(a.event is not approval.event for a in settings[standing[-1]].approvals):
                    settings[standing[-1]] = _approved(settings[standing[-1]], approval)
            if origin is not None and not same(origin.value, settings[0].value):
                settings = [origin, *settings]
            done = self._done(course.subject) if course.what == "due" else None
            yield Course(subject=course.subject, what=course.what, settings=tuple(settings), done=done)

    def _done(self, subject: str) -> Period | None:
        kind, _, name = subject.partition(":")
        if kind == "milestone":
            return self._state.milestones[name].reached
        owed = self._state.commitments[name]
        return owed.met if owed.status == "met" else None

    def _approvals_of(self, course: _Course) -> Sequence[tuple[Period, Approval]]:
        event = self._facts[course.settings[0].event.position][2]
        about = f"measure:{event.measure}" if isinstance(event, TargetSet) else course.subject
        return [given for name in (about, *self._papers[about]) for given in self._approvals.get(name, ())]


def _approved(setting: Setting, approval: Approval) -> Setting:
    return evolve(setting, proposed=False, approvals=(*setting.approvals, approval))


def _is_first_meaning(value: Value) -> bool:
    """Whether a measure was only announced: saying what is measured for the first time moves nothing."""
    return isinstance(value, Mapping) and value.get("definition") in ("to-be-agreed", "to-be-determined", "illegible")
