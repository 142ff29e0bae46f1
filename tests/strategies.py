"""Hypothesis strategies: every type of event with every value it accepts, and whole histories of a plan.

Events are derived from their classes: the types of the fields, and what their converters take. A new type needs nothing
here unless its fields depend on each other (``_REPAIRS``).
"""

from __future__ import annotations

import hashlib
import string
from calendar import month_abbr, month_name
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from unicodedata import normalize

import attrs
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from plantrack.errors import PlantrackError
from plantrack.events import (
    TYPES,
    AliasDeclared,
    AlignmentDeclared,
    Attachment,
    Attribute,
    BaselineSet,
    BenchmarkRecorded,
    BodyRegistered,
    Code,
    CommitmentMade,
    CommitmentMet,
    CommitmentMoved,
    Continued,
    DependencyDeclared,
    Event,
    EventCorrected,
    EventRetracted,
    ExternalRegistered,
    ExternalStatusReported,
    FrameworkDefined,
    GoalDefined,
    InitiativeCancelled,
    InitiativeCompleted,
    InitiativePaused,
    InitiativeProposed,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
    InitiativeSuperseded,
    MeasureDefined,
    MeasureRevised,
    MilestoneReached,
    MilestoneRescheduled,
    MilestoneSet,
    Observed,
    Parameter,
    PlanOpened,
    Proposal,
    RecordedEvent,
    ResponsibilityAssigned,
    ResponsibilityEnded,
    RiskAssessed,
    RiskRaised,
    RulePackAdopted,
    SavingPlanned,
    SealedPack,
    Source,
    TargetAgreed,
    TargetSet,
)
from plantrack.events.envelope import openings
from plantrack.events.formula import names_in
from plantrack.period import Period
from plantrack.state import PLURALS


def examples(share: float) -> settings:
    """A share of the examples that the profile asks for, where one example costs much or many tests share them."""
    return settings(max_examples=max(10, round(settings().max_examples * share)))


def holds(law: Callable[[Any], None], values: SearchStrategy[Any], how: settings) -> None:
    """Check a law on values as ``@given`` does, where the strategy is known only inside the test."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
    settings(how, phases=phases)(given(values)(law))()


# --- values ----------------------------------------------------------------------------------------------------------

_CONTROL = [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)]
_REFUSED = "".join(map(chr, [*_CONTROL, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_CHARACTERS = st.characters(codec="utf-8", exclude_characters=_REFUSED)  # of any alphabet; surrogates have no UTF-8
_VISIBLE = st.characters(codec="utf-8", exclude_categories=["C", "Z"])


# Wherever one draw does, one is used: the time of these tests goes into drawing.


def texts() -> SearchStrategy[str]:
    """Any Unicode that a text field takes, up to the longest."""
    unusual = ("x", "line\nline\ttab", "\U0001f600" * 10_000, '"}\\u0000', "<b>&amp;", "=1+1", " padded ")
    some = st.text(_CHARACTERS, min_size=1, max_size=20).filter(str.strip)
    return some | st.integers(0, len(unusual) - 1).map(lambda which: unusual[which])


def slugs() -> SearchStrategy[str]:
    """Ids, up to the longest."""
    alphabet = string.ascii_lowercase + string.digits + "._-"
    named = st.text(alphabet, min_size=1, max_size=9).map(lambda t: t if t[0].isalnum() else f"a{t}")
    return named | st.just("z" * 100)


def event_ids() -> SearchStrategy[str]:
    """Idempotency keys: printable, without spaces."""
    return st.text(_VISIBLE, min_size=1, max_size=10).map(partial(normalize, "NFC")) | st.just("k" * 100)


def decimals() -> SearchStrategy[Decimal]:
    """Every exact number within bounds: up to 30 digits on either side, with any exponent, zeros of any kind."""

    def number(drawn: int) -> Decimal:
        rest, sign = divmod(drawn, 2)
        digits, exponent = divmod(rest, 61)
        return Decimal((sign, tuple(map(int, str(digits)[: 61 - exponent])), exponent - 30))

    plain = st.integers(-(10**6), 10**6).map(lambda tenths: Decimal(tenths) / 10)
    return plain | st.integers(0, 2 * 61 * 10**61 - 1).map(number)


def days() -> SearchStrategy[date]:
    """Calendar days that a period can name."""
    return st.integers(date(1901, 1, 1).toordinal(), date(2197, 12, 31).toordinal()).map(date.fromordinal)


_NOTATIONS: tuple[Callable[[date], str], ...] = (
    date.isoformat,
    lambda d: f"{d.day} {month_name[d.month]} {d.year}",
    lambda d: f"{d.year}-{d.month:02}",
    lambda d: f"{month_abbr[d.month]} {d.year}",
    lambda d: f"by end of {month_name[d.month]} {d.year}",
    lambda d: f"start of Q{d.month % 4 + 1} {d.year}/{(d.year + 1) % 100:02}",
    lambda d: f"Q{d.month % 4 + 1} {d.year}",
    lambda d: f"Q{d.month % 4 + 1} {d.year}/{(d.year + 1) % 100:02}",
    lambda d: f"Q1-Q{d.month % 3 + 2} {d.year}/{d.year + 1}",
    lambda d: f"H{d.month % 2 + 1} {d.year}",
    lambda d: f"H{d.month % 2 + 1} {d.year}/{(d.year + 1) % 100:02}",
    lambda d: f"{('early', 'mid', 'late')[d.month % 3]} {d.year}",
    lambda d: str(d.year),
    lambda d: f"{d.year}/{(d.year + 1) % 100:02}",
    lambda d: f"{d.year}-{d.year + 2}",
    lambda d: f"{d.isoformat()} to {d.year + 1}-{d.month:02}",
)


def periods() -> SearchStrategy[Period]:
    """Dates in every notation, and stretches in anybody's words."""
    first, last = date(1901, 1, 1).toordinal(), date(2197, 12, 31).toordinal()

    def written(drawn: int) -> Period:
        rest, notation = divmod(drawn, len(_NOTATIONS))
        day, month = divmod(rest, 12)
        return Period.parse(_NOTATIONS[notation](date.fromordinal(first + day)), fiscal_year_start=month + 1)

    def named(day: date, words: str) -> Period:
        return Period(day, day + timedelta(days=day.day), "range", words)

    words = st.text(_VISIBLE, min_size=1, max_size=10) | st.sampled_from(["mid 2013 / 14", "2018-01", "x " * 49 + "x"])
    notations = st.integers(0, (last - first) * 12 * len(_NOTATIONS) - 1)
    return notations.map(written) | notations.map(written) | st.builds(named, days(), words)


def digests() -> SearchStrategy[str]:
    """SHA-256 digests as text."""
    return st.text("0123456789abcdef", min_size=64, max_size=64)


def attributes() -> SearchStrategy[tuple[Attribute, ...]]:
    """Custom columns of each kind."""
    kinds = st.builds(lambda text: {"text": text}, texts()) | st.builds(lambda number: {"number": number}, decimals())
    kinds |= st.builds(lambda period: {"date": period}, periods())
    one = st.builds(lambda name, value: Attribute(name=name, **value), slugs(), kinds)
    return st.lists(one, max_size=3, unique_by=lambda a: a.name).map(tuple)


def formulas() -> SearchStrategy[str]:
    """Derivations in numbers and names, up to the deepest, some without a value."""
    atoms = st.sampled_from(["2", "0.5", "0", "9" * 30, "a", "b_1", "eligible_people"])

    def spelt(parts: SearchStrategy[str]) -> SearchStrategy[str]:
        joined = st.builds(lambda left, sign, right: f"{left}{sign}{right}", parts, st.sampled_from("+-*/"), parts)
        return joined.filter(lambda written: len(written) < 190) | parts.map("({})".format)

    return st.recursive(atoms, spelt, max_leaves=5) | st.just("(" * 20 + "a" + ")" * 20)


# --- events ----------------------------------------------------------------------------------------------------------

_KINDS = [kind for kind in PLURALS if kind not in ("unplaced-event",)]


def _references(names: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.builds(lambda kind, name: f"{kind}:{name}", st.sampled_from(_KINDS), names)


def _texts_for(take: Callable[[Any], Any], names: SearchStrategy[str]) -> SearchStrategy[str]:
    """What a field of type ``str`` holds, told by the first specimen that its converter takes."""
    for specimen, strategy in (
        ("Any words, really", texts()),
        ("É!", event_ids()),
        ("plan/initiative:a", st.builds(lambda plan, of: f"{plan}/{of}", names, _references(names))),
        ("initiative:a", _references(names)),
        ("2 * (a + 1)", formulas()),
        ("a-slug", names),
        ("Europe/London", st.sampled_from(["Europe/London", "Asia/Kolkata", "America/St_Johns", "UTC"])),
        ("F-0123456789ab", st.text("0123456789abcdef", min_size=12, max_size=12).map("F-{}".format)),
        ("0" * 64, digests()),
        ("GBP", st.sampled_from(["GBP", "EUR", "JPY"])),
        ("person-0123456789abcdef", st.text("0123456789abcdef", min_size=16, max_size=16).map("person-{}".format)),
    ):
        try:
            take(specimen)
        except PlantrackError:
            continue
        return strategy
    raise AssertionError(f"no specimen fits {take}")


def _integers_for(take: Callable[[Any], Any]) -> SearchStrategy[int]:
    for low, high in ((1 - 10**9, 10**9 - 1), (1, 12), (1, 5)):
        try:
            take(low), take(high)
        except PlantrackError:
            continue
        return st.integers(low, high)
    raise AssertionError(f"no range fits {take}")


def _values(hint: Any, take: Callable[[Any], Any], names: SearchStrategy[str]) -> SearchStrategy[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.none() | _values(next(a for a in arguments if a is not type(None)), take, names)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[0] is Attribute:
        return attributes()
    if origin is tuple and arguments[0] is Parameter:
        made = st.builds(Parameter, rule=texts(), name=texts(), value=texts())
        return st.lists(made, max_size=2, unique_by=lambda p: (p.rule, p.name)).map(tuple)
    if origin is tuple and arguments[0] is SealedPack:
        pack = st.builds(SealedPack, pack=names, version=texts(), sha256=digests())
        return st.lists(pack, min_size=1, max_size=2).map(tuple)
    if origin is tuple:
        return st.lists(_values(arguments[0], take, names), max_size=3).map(tuple)
    plain: dict[Any, Callable[[], SearchStrategy[Any]]] = {
        bool: st.booleans,
        int: lambda: _integers_for(take),
        str: lambda: _texts_for(take, names),
        Decimal: decimals,
        Period: periods,
        date: days,
        Code: lambda: st.builds(Code, code=names, title=st.none() | texts()),
        Attachment: lambda: st.builds(Attachment, name=texts(), sha256=digests()),
        Event: lambda: st.one_of([_events_of(cls, names) for cls in TYPES.values() if cls not in CORRECTIONS]),
    }
    return plain[hint]()


CORRECTIONS = (EventCorrected, EventRetracted)


def _baseline(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"unobtainable": None if values["value"] is not None else values["unobtainable"] or "never counted"}


def _saving(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"unknown": None if values["amount"] is not None else values["unknown"] or "not yet modelled"}


def _target(values: dict[str, Any]) -> dict[str, Any]:
    one, other = values["lower"] or Decimal(3), values["upper"] or Decimal("4.0")
    if values["comparator"] == "band":
        bounds = {"value": None, "lower": min(one, other), "upper": max(one, other)}
    else:
        bounds = {"value": one, "lower": None, "upper": None}
    names = [] if values["formula"] is None else names_in(values["formula"])
    given = values["inputs"][: len(names)]
    inputs = [Attribute(name=name, number=a.number or Decimal("0.9")) for name, a in zip(names, given, strict=False)]
    return values | bounds | {"due": values["due"] if values["period"] is None else None, "inputs": inputs}


def _lineage(values: dict[str, Any]) -> dict[str, Any]:
    return values if values["subject"].startswith("milestone:") else values | {"due": None}


def _observation(values: dict[str, Any]) -> dict[str, Any]:
    numerator, denominator = values["numerator"], values["denominator"] or Decimal("7")
    if numerator is None:
        return values | {"denominator": None, "value": values["value"] or Decimal(0)}
    return values | {"denominator": denominator}


def _adoption(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"sha256": hashlib.sha256(values["text"].encode()).hexdigest()}


_REPAIRS: dict[type[Event], Callable[[dict[str, Any]], dict[str, Any]]] = {
    BaselineSet: _baseline,
    SavingPlanned: _saving,
    RulePackAdopted: _adoption,
    Continued: _lineage,
    TargetSet: _target,
    Observed: _observation,
}


def _events_of(cls: type[Event], names: SearchStrategy[str]) -> SearchStrategy[Event]:
    fields: Iterable[attrs.Attribute[Any]] = attrs.fields(cls)  # type: ignore[arg-type]  # every event is an attrs class
    hints = get_type_hints(cls)
    values: dict[str, SearchStrategy[Any]] = {
        f.name: _values(hints[f.name], f.converter, names)  # type: ignore[arg-type]
        for f in fields
    }
    make: Callable[..., Event] = cls
    repair = _REPAIRS.get(cls, dict[str, Any])
    return st.fixed_dictionaries(values).map(lambda drawn: make(**repair(drawn)))


def events_of(cls: type[Event]) -> SearchStrategy[Event]:
    """Events of one type, with any values."""
    return _events_of(cls, slugs())


def events_about_few(cls: type[Event] | None = None) -> SearchStrategy[Event]:
    """Events of a type, or of every type but corrections, about so few ids that they meet."""
    few = st.sampled_from(["a", "b", "a.b"])
    kinds = [cls] if cls else [cls for cls in TYPES.values() if cls not in CORRECTIONS]
    return st.one_of([_events_of(kind, few) for kind in kinds])


def proposals(data: SearchStrategy[Event]) -> SearchStrategy[Proposal]:
    """An event with any envelope, in half of the cases the shortest."""
    source = st.builds(Source, document=texts(), locator=st.none() | texts())
    return st.builds(Proposal, data=data, effective=periods()) | st.builds(
        Proposal,
        data=data,
        effective=periods(),
        actor=st.none() | texts(),
        reason=st.none() | texts(),
        source=st.none() | source,
        event_id=st.none() | event_ids(),
        causation_id=st.none() | event_ids(),
        correlation_id=st.none() | event_ids(),
    )


# --- histories -------------------------------------------------------------------------------------------------------

PLAN = "medway"
FIRST_RECORDED = datetime(2018, 1, 1, 9, tzinfo=UTC)
OPENING = PlanOpened(title="Medway", organisation="CCG", period=Period.parse("2017-2019"))


def proposal_of(event: RecordedEvent) -> Proposal:
    """What somebody proposed when this was recorded."""
    return Proposal(**{f.name: getattr(event, f.name) for f in attrs.fields(Proposal)})


class _Author:
    """Turns small numbers into the next event of a plan, always one that the log admits.

    What a step cannot do yet (observe a measure when there is none) it prepares instead (defines a measure).
    """

    def __init__(self) -> None:
        self.events: list[tuple[str, Period, Event]] = []
        self.opened: dict[str, list[str]] = {}
        self.add(Period.parse("2018-01-01"), OPENING)

    def add(self, effective: Period, event: Event) -> None:
        self.events.append((f"e{len(self.events) + 1}", effective, event))

    def new(self, kind: str) -> str:
        names = self.opened.setdefault(kind, [])
        names.append(f"{kind}-{len(names) + 1}")
        return names[-1]

    def old(self, kind: str, which: int) -> str | None:
        names = self.opened.get(kind)
        return names[which % len(names)] if names else None

    def step(self, verb: int, which: int, when: int, value: int) -> None:
        event = self._corrects(verb, which, when, value) or self._says(verb, which, Period.month(2018, when + 1), value)
        month = Period.month(2018, (when // 4 if openings(event) else when) + 1)  # most subjects begin in time
        self.add((month, Period.day(month.start), Period.day(month.end))[value % 3], event)

    def _corrects(self, verb: int, which: int, when: int, value: int) -> Event | None:
        """Corrections of facts, retractions of anything (of corrections and retractions too): often of the latest."""
        which = which % 4 if which % 2 else which
        if verb in (0, 1):
            facts = [(name, data) for name, _, data in self.events if not isinstance(data, CORRECTIONS)]
            name, data = facts[-1 - which % len(facts)]
            moved = Period.month(2018, when + 1) if value % 2 else None
            return EventCorrected(event=name, replacement=varied(data, value), effective=moved)
        if verb in (2, 3) and len(self.events) > 1:
            name, _, _ = self.events[-1 - which % (len(self.events) - 1)]
            return EventRetracted(event=name, why=f"reason {value}")
        return None

    def _says(self, verb: int, which: int, month: Period, value: int) -> Event:
        measure, initiative = self.old("measure", which), self.old("initiative", which)
        milestone, external, body = self.old("milestone", which), self.old("external", which), self.old("body", which)
        if measure is None or verb in (4, 5):
            unit = "%" if value % 3 == 0 else None
            return MeasureDefined(measure=self.new("measure"), title="Measure", initiative=initiative, unit=unit)
        if verb in (6, 7, 8, 9):
            return observed(measure, month, value)
        if verb == 10:
            when: dict[str, Any] = ({}, {"period": month}, {"due": month})[value % 3]
            return TargetSet(
                measure=measure, comparator="at-least", value=Decimal(value), proposed=value % 2 == 0, **when
            )
        if verb == 11:
            return TargetAgreed(measure=measure, by=body) if value % 3 else MeasureRevised(measure=measure, unit="%")
        if initiative is None or verb == 12:
            return InitiativeProposed(initiative=self.new("initiative"), title="Initiative", parent=initiative)
        if verb == 13:
            if value == 0:
                return InitiativeSuperseded(initiative=initiative, by=str(self.old("initiative", which + 1)))
            steps = (InitiativeStarted, InitiativePaused, InitiativeResumed, InitiativeCompleted, InitiativeCancelled)
            return steps[value % 5](initiative=initiative)
        if verb == 14:
            return InitiativeRevised(initiative=initiative, title=f"Initiative {value}")
        if milestone is None or verb == 15:
            due = month if value % 3 else None
            return MilestoneSet(milestone=self.new("milestone"), title="Milestone", initiative=initiative, due=due)
        if verb == 16:
            due = month if value % 3 else None
            return MilestoneRescheduled(milestone=milestone, due=due)
        if verb == 17:
            return MilestoneReached(milestone=milestone, outcome=("passed", "failed", "extended")[value % 3])
        if external is None or verb == 18:
            return ExternalRegistered(external=self.new("external"), title="Bid", expected=month)
        if verb == 19:
            return ExternalStatusReported(external=external, status=("won", "lost", "delayed")[value % 3])
        if verb == 20:
            on = f"external:{external}" if value % 2 else f"initiative:{initiative}"
            name = self.new("dependency")
            return DependencyDeclared(dependency=name, initiative=initiative, title="Needs it", on=on, need_by=month)
        if body is None or verb == 21:
            return BodyRegistered(body=self.new("body"), title="Board")
        return self._governs(verb, which, month, value, initiative, body)

    def _governs(self, verb: int, which: int, month: Period, value: int, initiative: str, body: str) -> Event:
        subject = f"initiative:{initiative}"
        risk, commitment = self.old("risk", which), self.old("commitment", which)
        goal, alias = self.old("goal", which), self.old("alias", which)
        if verb == 22:
            codes = tuple(Code(code=c) for c in "abc"[: value % 3 + 1])
            return FrameworkDefined(framework="outcomes", title="Outcomes", version=str(value), codes=codes)
        if verb == 23:
            code = f"outcomes.{'abc'[value % 3]}"
            return AlignmentDeclared(initiative=initiative, goal=alias if alias and value % 2 else code)
        if verb == 24:
            assigned = ResponsibilityAssigned if value % 2 else ResponsibilityEnded
            return assigned(subject=subject, role="lead", body=body)
        if risk is None or verb == 25:
            return RiskRaised(risk=self.new("risk"), title="Risk", about=subject)
        if verb == 26:
            return RiskAssessed(risk=risk, likelihood=value % 5 + 1, impact=3)
        if commitment is None or verb == 27:
            due = month if value % 3 else None
            name = self.new("commitment")
            if due is None:
                return CommitmentMade(commitment=name, title="Report", owner=body, cadence="month")
            return CommitmentMade(commitment=name, title="Recovery plan", owner=body, due=due)
        if verb == 28:
            if value % 2:
                return CommitmentMet(commitment=commitment)
            return CommitmentMoved(commitment=commitment, due=month)
        if goal is not None and value % 2:
            return AliasDeclared(alias=self.new("alias"), title="Other name", of=f"goal:{goal}")
        return GoalDefined(goal=self.new("goal"), kind="objective", title="Goal")


VERBS = 30
_STEPS = VERBS * 40 * 12 * 12


def observed(measure: str, month: Period, value: int) -> Observed:
    """A figure for a month: a value, or some of ten."""
    if value % 4 == 0:
        return Observed(measure=measure, period=month, numerator=Decimal(value), denominator=Decimal(10))
    return Observed(measure=measure, period=month, value=Decimal(value))


def varied(event: Event, value: int) -> Event:
    """The same event saying something else, about the same subjects."""
    if isinstance(event, Observed):
        return attrs.evolve(event, value=Decimal(value) / 2, numerator=None, denominator=None)
    if isinstance(event, TargetSet | BenchmarkRecorded):
        return attrs.evolve(event, value=Decimal(value) + Decimal("0.5"))
    if isinstance(event, MilestoneSet | CommitmentMade):
        return attrs.evolve(event, due=None)
    if getattr(event, "title", None) is not None:
        return attrs.evolve(event, title=f"Corrected {value}")  # type: ignore[misc]
    return event


def written(steps: Iterable[int]) -> list[RecordedEvent]:
    """The log that a list of steps leads to; each number holds a verb, whom it is about, when, and a value."""
    author = _Author()
    for step in steps:
        spread = step * 48_271 % _STEPS  # Hypothesis likes small numbers, which would all be about the same
        rest, verb = divmod(spread, VERBS)
        rest, which = divmod(rest, 40)
        value, when = divmod(rest, 12)
        author.step(verb, which, when, value)
    return recorded(author.events)


def recorded(events: Sequence[tuple[str, Period, Event]], plan: str = PLAN) -> list[RecordedEvent]:
    """Events (id, effective, data) in a log, an hour apart."""
    return [
        RecordedEvent(
            plan=plan,
            position=position,
            event_id=name,
            effective=effective,
            recorded_at=FIRST_RECORDED + timedelta(hours=position),
            data=data,
        )
        for position, (name, effective, data) in enumerate(events, 1)
    ]


def histories(max_size: int = 30) -> SearchStrategy[list[RecordedEvent]]:
    """Coherent logs of one plan.

    Subjects refer to each other, figures come in any order and are set more than once, facts of every date are recorded
    late, corrections change values and dates, and anything may be retracted, retractions too. Valid times come in any
    order, so some events have no subject at their time.
    """
    step = st.integers(0, _STEPS - 1)
    steps = st.lists(step, max_size=max_size) | st.lists(step, min_size=max_size // 2, max_size=max_size)
    return steps.map(written)


def days_of_2018() -> SearchStrategy[date]:
    """The days around which histories are written, both ends included."""
    return st.dates(date(2017, 12, 31), date(2019, 1, 1))
