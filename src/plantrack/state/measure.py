"""State of measures: targets in force, the series as known, forecasts and benchmarks."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated, Any, ClassVar

from attrs import evolve, frozen

from plantrack.events.fields import Attribute
from plantrack.events.formula import names_in, value_of
from plantrack.events.measure import (
    BaselineSet,
    BenchmarkKind,
    BenchmarkRecorded,
    Cadence,
    Comparator,
    Definition,
    Direction,
    ForecastMade,
    MeasureDefined,
    MeasureKind,
    MeasureRevised,
    Observed,
    TargetAgreed,
    TargetSet,
)
from plantrack.period import Period
from plantrack.state.draft import Draft, Drafts, evolves, given, values_of
from plantrack.state.entity import Entity, Inverse, Reading, Ref, inverses


@frozen(kw_only=True)
class Observation(Reading):
    """The figure for one period as known: ``value`` as given, else ``numerator / denominator`` in the unit given.

    A numerator over a denominator is a share; it is shown in per cent when the unit of the measure is ``%``.
    """

    period: Period
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    published_on: Period | None
    quality: str | None
    provisional: bool


@frozen(kw_only=True)
class Measure(Entity):
    """Something measured. ``observations`` are in order of their periods, one a period.

    :ivar target: id of the target in force at the day of the state, if any (:func:`in_force`).
    :ivar part_of: the measure to whose figure this one contributes; that one lists its ``parts``.
    :ivar redefined: when what is measured was last put otherwise: a break in the series.
    """

    KIND: ClassVar = "measure"
    INVERSES: ClassVar = inverses(
        targets=Inverse("target", "measure"),
        forecasts=Inverse("forecast", "measure"),
        benchmarks=Inverse("benchmark", "measure"),
        risks=Inverse("risk", "about"),
        recommendations=Inverse("recommendation", "about"),
        reports=Inverse("report", "about"),
        dependants=Inverse("dependency", "on"),
        commitments=Inverse("commitment", "about"),
        parts=Inverse("measure", "part_of"),
    )

    title: str
    initiative: Annotated[str | None, Ref("initiative")]
    goal: Annotated[str | None, Ref("goal")]
    definition: Definition
    kind: MeasureKind | None
    unit: str | None
    direction: Direction | None
    cadence: Cadence | None
    lag_days: int | None
    note: str | None
    target: Annotated[str | None, Ref("target")]
    observations: tuple[Observation, ...]
    baseline: Decimal | None = None
    baseline_period: Period | None = None
    unobtainable: str | None = None
    continues: str | None = None
    part_of: Annotated[str | None, Ref("measure")] = None
    redefined: Period | None = None


@frozen(kw_only=True)
class Target(Entity):
    """What a measure should reach in each period, in ``period``, or by ``due``: at least, at most, or a band.

    :ivar recomputed: what the formula comes to with its inputs; empty where some are missing, or it has no value.
    :ivar missing: the names in the formula whose numbers nobody gave.
    """

    KIND: ClassVar = "target"

    measure: Annotated[str, Ref("measure")]
    comparator: Comparator
    value: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    period: Period | None
    due: Period | None
    authority: str | None
    derivation: str | None
    agreed: bool
    agreed_by: Annotated[str | None, Ref("body")] = None
    formula: str | None = None
    inputs: tuple[Attribute, ...] = ()
    recomputed: Decimal | None = None
    missing: tuple[str, ...] = ()


@frozen(kw_only=True)
class Forecast(Entity):
    """What somebody expected, and when they said so."""

    KIND: ClassVar = "forecast"

    measure: Annotated[str, Ref("measure")]
    period: Period
    value: Decimal | None
    text: str | None
    by: Annotated[str | None, Ref("body")]
    made: Period


@frozen(kw_only=True)
class Benchmark(Entity):
    """What a peer, a standard, the plan or the year before shows."""

    KIND: ClassVar = "benchmark"

    measure: Annotated[str, Ref("measure")]
    peer: str
    value: Decimal
    period: Period | None
    kind: BenchmarkKind = "peer"


class Series:
    """What the figures and the target of a measure are made of, as long as events come in.

    :ivar observations: by period; ``shares`` are the periods whose figure is a numerator over a denominator.
    :ivar targets: by id, in order of first appearance.
    """

    __slots__ = ("observations", "shares", "targets")

    def __init__(self) -> None:
        self.observations: dict[Period, Observation] = {}
        self.shares: set[Period] = set()
        self.targets: dict[str, Draft] = {}


@evolves(MeasureDefined)
def _defined(drafts: Drafts, position: int, _effective: Period, event: MeasureDefined) -> str | None:
    problem = drafts.open("measure", event.measure, position, **values_of(event, "measure"))
    if problem is None:
        drafts.kinds["measure"][event.measure].parts = Series()
    return problem


@evolves(MeasureRevised)
def _revised(drafts: Drafts, position: int, effective: Period, event: MeasureRevised) -> None:
    changes = given(event, "measure")
    if not _MEANING.isdisjoint(changes):
        changes["redefined"] = effective
    drafts.kinds["measure"][event.measure].set(position, **changes)


_MEANING = frozenset({"title", "definition", "kind", "unit", "direction", "note"})
"""The fields that say what is measured, not where it belongs or how often it comes."""


@evolves(BaselineSet)
def _baseline(drafts: Drafts, position: int, _effective: Period, event: BaselineSet) -> None:
    drafts.kinds["measure"][event.measure].set(
        position, baseline=event.value, baseline_period=event.period, unobtainable=event.unobtainable
    )


def target_id(event: TargetSet | TargetAgreed) -> str:
    """A measure has one target a period or due date; setting it again replaces it."""
    if event.due is not None:
        return f"{event.measure} by {_named(event.due)}"
    return event.measure if event.period is None else f"{event.measure} in {_named(event.period)}"


def _named(when: Period) -> str:
    """A period in an id: as it is stored, but the same in whatever words it was written."""
    first, last = str(when.start), str(when.end)
    iso = {"day": first, "month": first[:7], "year": first[:4]}
    return iso.get(when.precision, f"{first}/{last} {when.precision}")


@evolves(TargetSet)
def _target_set(drafts: Drafts, position: int, _effective: Period, event: TargetSet) -> None:
    name, values = target_id(event), values_of(event, "proposed")
    values |= _recomputed(event)
    target = drafts.put("target", name, position, agreed=not event.proposed, agreed_by=None, **values)
    drafts.kinds["measure"][event.measure].parts.targets[name] = target


def _recomputed(event: TargetSet) -> dict[str, Any]:
    """What the formula of a target comes to, and what is missing for that."""
    if event.formula is None:
        return {"recomputed": None, "missing": ()}
    inputs = {given.name: given.number for given in event.inputs if given.number is not None}
    missing = tuple(name for name in names_in(event.formula) if name not in inputs)
    return {"recomputed": None if missing else value_of(event.formula, inputs), "missing": missing}


@evolves(TargetAgreed)
def _target_agreed(drafts: Drafts, position: int, _effective: Period, event: TargetAgreed) -> str | None:
    name = target_id(event)
    if name not in drafts.kinds["measure"][event.measure].parts.targets:
        return f"measure:{event.measure} has no such target at that time"
    drafts.kinds["target"][name].set(position, agreed=True, agreed_by=event.by)
    return None


@evolves(Observed)
def _observed(drafts: Drafts, position: int, _effective: Period, event: Observed) -> None:
    draft = drafts.kinds["measure"][event.measure]
    series, period, value = draft.parts, event.period, event.value
    if value is None:
        value = _share(event)
        series.shares.add(period)
    elif series.shares:
        series.shares.discard(period)  # a revision states the value itself
    series.observations[period] = Observation(
        position=position,
        period=period,
        value=value,
        numerator=event.numerator,
        denominator=event.denominator,
        published_on=event.published_on,
        quality=event.quality,
        provisional=event.provisional,
    )
    draft.positions["observations"] = position


_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[])  # the caller's context must not change what is true


def _share(event: Observed) -> Decimal:
    assert event.numerator is not None  # the class of the event checks it
    assert event.denominator is not None
    return _ARITHMETIC.divide(event.numerator, event.denominator)


@evolves(ForecastMade)
def _forecast(drafts: Drafts, position: int, effective: Period, event: ForecastMade) -> str | None:
    return drafts.open("forecast", f"{event.measure} #{position}", position, made=effective, **values_of(event))


@evolves(BenchmarkRecorded)
def _benchmark(drafts: Drafts, position: int, _effective: Period, event: BenchmarkRecorded) -> None:
    when = _named(event.period) if event.period else "always"
    drafts.put("benchmark", f"{event.measure} {event.peer} {when}", position, **values_of(event))


def settled(drafts: Drafts, draft: Draft) -> dict[str, Any]:
    """What can only be said once every event is placed: figures in order, shares in per cent, the target in force."""
    series: Series = draft.parts
    observations = sorted(series.observations.values(), key=_in_time)
    if series.shares and draft.values["unit"] == "%":
        observations = [_in_per_cent(o) if o.period in series.shares else o for o in observations]
    chosen = in_force(series.targets.values(), drafts.as_at)
    if chosen is None:
        draft.positions.pop("target", None)
        return {"observations": tuple(observations), "target": None}
    draft.positions["target"] = chosen.opened
    return {"observations": tuple(observations), "target": chosen.values["id"]}


def _in_per_cent(share: Observation) -> Observation:
    return evolve(share, value=_ARITHMETIC.multiply(share.value, Decimal(100)))


def _in_time(observation: Observation) -> tuple[date, date]:
    return observation.period.end, observation.period.start


def in_force(targets: Any, as_at: date) -> Draft | None:
    """The target that holds on a day: for a period that covers it, else the next date due, else for each period.

    Where only past periods and dates have targets, the last of them. Proposed targets count only where none is agreed.
    """
    agreed = [t for t in targets if t.values["agreed"]] or list(targets)

    def rank(target: Draft) -> tuple[int, int]:
        period, due = target.values["period"], target.values["due"]
        if period is not None and period.contains(as_at):
            return (0, 0)
        when = period or due
        if when is not None and when.end >= as_at:
            return (1, when.end.toordinal())
        return (2, 0) if when is None else (3, -when.end.toordinal())

    return min(agreed, key=rank, default=None)
