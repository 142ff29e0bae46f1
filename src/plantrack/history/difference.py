"""What changed between two pairs of coordinates: facts, goalposts, rules and findings, each apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from attrs import frozen

from plantrack.coordinates import Coordinates
from plantrack.events.envelope import RecordedEvent
from plantrack.events.measure import MeasureDefined, MeasureRevised
from plantrack.history.causes import Causes, Log
from plantrack.history.omissions import Absent, Told, absent_from, told_at
from plantrack.history.promises import FIELDS
from plantrack.history.rule_changes import PackChange, rule_changes
from plantrack.history.titles import subject_of
from plantrack.period import Period
from plantrack.rules import CheckResult, Pack, Subject
from plantrack.state import PLURALS, Entity, Observation, Plan, RulePack, Seal, State, Target, UnplacedEvent
from plantrack.state.entity import data_of


@frozen(kw_only=True)
class ValueChange:
    """A field says something else.

    :ivar reading: in the figures of a measure, the period that this one is for; ``None`` for a field as a whole.
    :ivar by: the event that did it; ``None`` where only the day moved on.
    """

    field: str
    reading: Period | None = None
    before: Any
    after: Any
    by: RecordedEvent | None


@frozen(kw_only=True)
class SubjectChange:
    """A subject is new, gone or changed.

    :ivar before: ``None`` where it is new; ``after`` is ``None`` where it is gone.
    :ivar values: what changed of one that stays.
    :ivar by: the event that opened it, or took it away; ``None`` where it stays.
    """

    subject: Subject
    before: Entity | None
    after: Entity | None
    values: tuple[ValueChange, ...] = ()
    by: RecordedEvent | None = None

    @property
    def change(self) -> Literal["new", "gone", "changed"]:
        """What became of it."""
        return "new" if self.before is None else "gone" if self.after is None else "changed"


@frozen(kw_only=True)
class Difference:
    """What changed between two pairs of coordinates, kept apart.

    :ivar earlier: the first pair, whatever its date; ``later`` is the second.
    :ivar before: the state at the first; ``after`` is that at the second.
    :ivar facts: subjects that are new, gone or changed, in the order of the state, without what is a goalpost.
    :ivar targets: the same for targets, promised dates and scope.
    :ivar rules: packs of rules.
    :ivar findings: the later check compared with the earlier one.
    :ivar absent: what had been true and was not shown, in order of position.
    :ivar told: what was told and has been corrected since, in order of position.
    """

    plan: str
    title: str
    earlier: Coordinates
    later: Coordinates
    before: State
    after: State
    facts: tuple[SubjectChange, ...]
    targets: tuple[SubjectChange, ...]
    rules: tuple[PackChange, ...]
    findings: CheckResult
    absent: tuple[Absent, ...]
    told: tuple[Told, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed and nothing was left out."""
        moved = any(f.state != "persisting" for f in self.findings) or self.findings.gone
        return not (self.facts or self.targets or self.rules or moved or self.absent or self.told)


@frozen
class Side:
    """One of the two: its coordinates, the state there, and the packs to which the plan is held."""

    where: Coordinates
    state: State
    packs: Sequence[Pack]


def difference(events: Iterable[RecordedEvent], earlier: Side, later: Side, findings: CheckResult) -> Difference:
    """What changed between two sides.

    :param events: of the plan, at least up to the later of the two positions, in order.
    :param findings: the later check compared with the earlier one.
    """
    log = Log(list(events))
    one, other = earlier.state, later.state
    causes = Causes(log, one, other)
    changes = list(_changes(one, other, causes))
    plan = other.plan or one.plan
    return Difference(
        plan=other.plan_id,
        title=other.plan_id if plan is None else plan.title,
        earlier=earlier.where,
        later=later.where,
        before=one,
        after=other,
        facts=tuple(_part(changes, goalposts=False)),
        targets=tuple(_part(changes, goalposts=True)),
        rules=tuple(rule_changes(earlier.packs, later.packs, log, earlier.where, later.where)),
        findings=findings,
        absent=tuple(absent_from(log, earlier.where, later.where, "UTC" if plan is None else plan.time_zone)),
        told=tuple(told_at(log, earlier.where, later.where)),
    )


# --- subjects --------------------------------------------------------------------------------------------------------

_ELSEWHERE = {RulePack.KIND, Seal.KIND, UnplacedEvent.KIND}
"""Kinds that are told elsewhere: as rules, by ``replay``, and as findings."""


def _changes(one: State, other: State, causes: Causes) -> Iterator[SubjectChange]:
    for kind in (Plan.KIND, *PLURALS):
        if kind in _ELSEWHERE:
            continue
        before, after = one.of_kind(kind), other.of_kind(kind)
        for name in [*after, *(name for name in before if name not in after)]:
            change = _change(before.get(name), after.get(name), one, other, causes)
            if change is not None:
                yield change


def _change(
    before: Entity | None, after: Entity | None, one: State, other: State, causes: Causes
) -> SubjectChange | None:
    entity = after or before
    assert entity is not None
    subject = subject_of(f"{entity.KIND}:{entity.id}", one, other)
    if before is None or after is None:
        by = causes.of(entity.opened_by)
        if by is None:  # it lost or found its place because of something else
            by = causes.about_opening(entity)
        return SubjectChange(subject=subject, before=before, after=after, by=by)
    values = tuple(_values(before, after, causes))
    return SubjectChange(subject=subject, before=before, after=after, values=values) if values else None


def _values(before: Entity, after: Entity, causes: Causes) -> Iterator[ValueChange]:
    now = dict(data_of(after))
    for name, was in data_of(before):
        if name == "observations":
            yield from _readings(before, was, now[name], causes)
        elif was != now[name]:
            by = causes.of(before.origin(name), after.origin(name))
            yield ValueChange(field=name, before=was, after=now[name], by=by)


def _readings(
    measure: Entity, was: tuple[Observation, ...], now: tuple[Observation, ...], causes: Causes
) -> Iterator[ValueChange]:
    before, after = {o.period: o for o in was}, {o.period: o for o in now}
    for period in sorted(before.keys() | after.keys()):
        one, other = before.get(period), after.get(period)
        if one is not None and other is not None and dict(data_of(one)) == dict(data_of(other)):
            continue
        by = causes.of(*(reading.position for reading in (one, other) if reading is not None))
        if by is None:  # shares are shown in the unit of the measure
            by = causes.about({f"measure:{measure.id}"}, MeasureDefined, MeasureRevised)
        yield ValueChange(field="observations", reading=period, before=one, after=other, by=by)


def _part(changes: Sequence[SubjectChange], *, goalposts: bool) -> Iterator[SubjectChange]:
    """The changes of goalposts, or all others."""
    for change in changes:
        kind = change.subject.kind
        if change.change != "changed":
            if (kind == Target.KIND) == goalposts:
                yield change
            continue
        values = tuple(v for v in change.values if (v.field in FIELDS.get(kind, ())) == goalposts)
        if values:
            yield SubjectChange(subject=change.subject, before=change.before, after=change.after, values=values)
