"""A measure at its coordinates, analysed: all that a board may ask of it, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from attrs import frozen

from plantrack.events.measure import BenchmarkKind
from plantrack.forecast import Forecast
from plantrack.measures.outlook import RunRate, forecast_of, run_rate
from plantrack.measures.series import EXACT, Series, aim_of, chart_of, in_force, series_of, year_of
from plantrack.period import Period, add_months
from plantrack.spc import Chart
from plantrack.state import Benchmark, Measure, Observation, Report, State, Target

Computed = Literal["met", "missed", "not-judged"]
_CLAIMS_SUCCESS = ("on-track", "complete", "achieved")
_LONGEST = {"week": 7, "month": 31, "quarter": 92, "year": 366}


@frozen
class Trajectory:
    """Where the measure should be by its latest figure.

    :ivar by: who says so: the target of that period, the plan for it, or a line from the baseline to the target.
    """

    value: Decimal
    by: Literal["target", "plan", "line"]


@frozen
class YearToDate:
    """The year so far.

    :ivar by: how: a ``total`` that was recorded, a ``sum`` of counts, or a ``share`` of all cases together.
    :ivar since: its first day.
    """

    value: Decimal
    by: Literal["total", "sum", "share"]
    since: date


@frozen
class Comparison:
    """The latest figure beside another.

    :ivar with_: whose it is, in words.
    :ivar period: of the other figure; None where it holds for any.
    :ivar difference: the latest figure minus the other.
    :ivar better: whether the latest is the better one; None where neither is, or no direction is better.
    :ivar broken: the definition was changed between the two, so that they cannot be compared.
    """

    kind: BenchmarkKind
    with_: str
    period: Period | None
    value: Decimal
    difference: Decimal
    better: bool | None
    broken: bool


@frozen
class Timeliness:
    """How old the latest figure is.

    :ivar age: days since its period ended.
    :ivar published_after: days from the end of the period to publication; None where that is not recorded.
    :ivar overdue: days by which the next figure is late, the lag of publication allowed; 0 where it is not, None where
        nobody says how often figures come.
    """

    age: int
    published_after: int | None
    overdue: int | None


@frozen
class MeasureAnalysis:
    """A measure, analysed. Whatever cannot be told is None.

    :ivar measure: its id; ``as_at`` the day.
    :ivar target: the one in force.
    :ivar gap: what the latest figure lacks of the target; below 0 where it does better.
    :ivar comparisons: plan, prior year, peers and standards.
    :ivar quality: what is said of the latest figure's quality; ``provisional`` whether it may still change.
    :ivar missing: periods between the first figure and the last that have none.
    :ivar claimed: the status in the latest report on it.
    :ivar computed: whether the latest figure meets the target.
    :ivar contradicted: a success is claimed, and the target is missed.
    :ivar forecast: likely missed, likely met or cannot say, with the reason.
    """

    measure: str
    as_at: date
    latest: Observation | None
    target: Target | None
    gap: Decimal | None
    trajectory: Trajectory | None
    run_rate: RunRate | None
    year_to_date: YearToDate | None
    comparisons: tuple[Comparison, ...]
    quality: str | None
    provisional: bool
    missing: int
    timeliness: Timeliness | None
    claimed: str | None
    computed: Computed
    contradicted: bool
    series: Series
    chart: Chart | None
    forecast: Forecast


def analysis_of(state: State, name: str) -> MeasureAnalysis:
    """A measure of a state, with all that the state knows of it.

    :raises KeyError: there is no such measure.
    """
    measure = state.measures[name]
    return analysed(
        measure,
        [target for target in state.targets.values() if target.measure == name],
        state.as_at,
        benchmarks=[one for one in state.benchmarks.values() if one.measure == name],
        reports=[report for report in state.reports.values() if report.about == f"measure:{name}"],
        year_from=state.plan.fiscal_year_start if state.plan else 4,
    )


def analysed(
    measure: Measure,
    targets: Iterable[Target],
    as_at: date,
    *,
    benchmarks: Iterable[Benchmark] = (),
    reports: Iterable[Report] = (),
    year_from: int = 4,
) -> MeasureAnalysis:
    """A measure on a day.

    :param targets: all of the measure, as ``benchmarks`` and ``reports`` are.
    :param year_from: the month with which fiscal years begin.
    """
    listed, compared = list(targets), list(benchmarks)
    series = series_of(measure, listed, year_from=year_from)
    latest = measure.observations[-1] if measure.observations else None
    target: Target | None = in_force(measure, listed)
    gap = None if latest is None or target is None else _gap(latest, target)
    computed: Computed = "not-judged" if gap is None else "missed" if gap > 0 else "met"
    claim = max(reports, key=lambda report: (report.made, report.opened_by), default=None)
    return MeasureAnalysis(
        measure=measure.id,
        as_at=as_at,
        latest=latest,
        target=target,
        gap=gap,
        trajectory=None if latest is None else _trajectory(measure, latest, target, listed, compared),
        run_rate=run_rate(measure, listed, series),
        year_to_date=_year_to_date(measure, listed, series),
        comparisons=() if latest is None else tuple(_comparisons(measure, latest, compared)),
        quality=None if latest is None else latest.quality,
        provisional=latest is not None and latest.provisional,
        missing=sum(row.observation is None for row in series.rows),
        timeliness=None if latest is None else _timeliness(measure, latest, as_at),
        claimed=None if claim is None else claim.status,
        computed=computed,
        contradicted=claim is not None and claim.status in _CLAIMS_SUCCESS and computed == "missed",
        series=series,
        chart=chart_of(series),
        forecast=forecast_of(measure, listed, series, as_at, compared),
    )


def _gap(latest: Observation, target: Target) -> Decimal | None:
    """What is missing to the target; None where the figure is not for a period that the target speaks of."""
    aim, period = aim_of(target), latest.period
    early = target.due is not None and period.end < target.due.start
    if aim is None or early or (target.period is not None and not target.period.overlaps(period)):
        return None
    if isinstance(aim, tuple):
        return max(EXACT.subtract(aim[0], latest.value), EXACT.subtract(latest.value, aim[1]))
    short = EXACT.subtract(aim, latest.value)
    return short if target.comparator == "at-least" else EXACT.minus(short)


def _trajectory(
    measure: Measure, latest: Observation, target: Target | None, targets: list[Target], benchmarks: list[Benchmark]
) -> Trajectory | None:
    own = next((t.value for t in targets if t.period == latest.period and t.value is not None), None)
    if own is not None:
        return Trajectory(own, "target")
    planned = next((b.value for b in benchmarks if b.kind == "plan" and b.period == latest.period), None)
    if planned is not None:
        return Trajectory(planned, "plan")
    start = measure.baseline_period
    if measure.baseline is None or start is None or target is None or target.due is None or target.value is None:
        return None
    whole, way = ((day.end - start.end).days for day in (target.due, latest.period))
    if not 0 <= way <= whole or not whole:
        return None
    rise = EXACT.multiply(EXACT.subtract(target.value, measure.baseline), Decimal(way))
    return Trajectory(EXACT.add(measure.baseline, EXACT.divide(rise, Decimal(whole))), "line")


def _year_to_date(measure: Measure, targets: list[Target], series: Series) -> YearToDate | None:
    if not series.rows:
        return None
    years = sorted((t.period.start, t.period.end) for t in targets if t.period is not None and t.period.days > 360)
    since = year_of(series.rows[-1].day, years, series.year_from)
    rows = [row.observation for row in series.current if row.day >= since]
    whole = bool(rows) and None not in rows and series.periods_until(since) == 1 - len(rows)
    if measure.kind == "cumulative":
        return YearToDate(rows[-1].value, "total", since)
    if not whole:
        return None
    if measure.kind == "count":
        return YearToDate(_sum(row.value for row in rows), "sum", since)
    if any(row.denominator is None for row in rows):
        return None  # the mean of shares is the share of nothing
    share = EXACT.divide(_sum(row.numerator for row in rows), _sum(row.denominator for row in rows))
    return YearToDate(EXACT.multiply(share, Decimal(100 if measure.unit == "%" else 1)), "share", since)


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


def _comparisons(measure: Measure, latest: Observation, benchmarks: list[Benchmark]) -> Iterable[Comparison]:
    """The latest figure beside that of a year before, and each benchmark that is for its period, or the last before."""

    def beside(kind: BenchmarkKind, with_: str, period: Period | None, value: Decimal) -> Comparison:
        difference = EXACT.subtract(latest.value, value)
        risen = difference > 0 if measure.direction == "increase" else difference < 0
        better = None if measure.direction is None or difference == 0 else risen
        changed = measure.redefined
        broken = changed is not None and period is not None and period.end < changed.start <= latest.period.end
        return Comparison(kind, with_, period, value, difference, better, broken)

    chosen: dict[tuple[BenchmarkKind, str], Benchmark] = {}
    for one in benchmarks:
        held = chosen.get((one.kind, one.peer))
        if (one.period is None or not one.period > latest.period) and (held is None or _later(one, held)):
            chosen[one.kind, one.peer] = one
    for one in chosen.values():
        yield beside(one.kind, one.peer, one.period, one.value)
    start, end = (add_months(day, -12) for day in (latest.period.start, latest.period.end))
    for o in measure.observations:
        if (o.period.start, o.period.precision) == (start, latest.period.precision) and abs(
            (o.period.end - end).days
        ) < 2:
            yield beside("prior-year", "the same period a year before", o.period, o.value)


def _later(one: Benchmark, other: Benchmark) -> bool:
    return one.period is not None and (other.period is None or other.period < one.period)


def _timeliness(measure: Measure, latest: Observation, as_at: date) -> Timeliness:
    age = (as_at - latest.period.end).days
    out = latest.published_on
    overdue = None
    if measure.cadence is not None:
        overdue = max(0, age - _LONGEST[measure.cadence] - (measure.lag_days or 0))
    return Timeliness(age, None if out is None else (out.end - latest.period.end).days, overdue)
