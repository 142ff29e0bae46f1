"""What is to come: whether the target will be missed, and at which rate a running total must grow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import frozen

from plantrack.forecast import Forecast, against_plan, level
from plantrack.forecast.level import FAR
from plantrack.measures.series import EXACT, Series, aim_of, in_force, year_of
from plantrack.period import Period
from plantrack.spc.signals import Improvement

_BETTER: dict[str, Improvement] = {"at-least": "increase", "at-most": "decrease", "band": "neutral"}


@frozen
class RunRate:
    """How fast a running total grows, and how fast it must.

    :ivar achieved: what each period that is over gave.
    :ivar needed: what each that is left must give, or may at most; None where none is left.
    :ivar left: how many are left.
    """

    achieved: Decimal
    needed: Decimal | None
    left: int


def run_rate(measure: Any, targets: Iterable[Any], series: Series) -> RunRate | None:
    """The rate of a running total.

    :param series: of that measure.
    :returns: None where it is no running total, or there is no figure yet in the time of a target that is a number.
    """
    target = in_force(measure, targets)
    span = None if target is None else _span(measure, target, series)
    aim = None if target is None else aim_of(target)
    if span is None or not isinstance(aim, Decimal) or not series.rows:
        return None
    last = series.rows[-1]
    if last.total is None or not span[0] <= last.day <= span[1]:
        return None
    over, left = 1 - series.periods_until(span[0]), series.periods_until(span[1])
    needed = EXACT.divide(EXACT.subtract(aim, last.total), Decimal(left)) if left > 0 else None
    return RunRate(EXACT.divide(last.total, Decimal(over)), needed, left)


def forecast_of(
    measure: Any, targets: Iterable[Any], series: Series, as_at: date, benchmarks: Iterable[Any] = ()
) -> Forecast:
    """Whether the target in force will be missed.

    A level is asked for the day when its target is due, or for the end of the target's period; for the period under
    way where the target holds in each. Only figures since the last change of the definition count. A running total is
    held against a plan for each of its periods, and nothing is said without one.

    :param series: of that measure.
    :param benchmarks: of the measure; those of kind ``plan`` for single periods are that plan, as totals to date.
    """
    target = in_force(measure, targets)
    aim = None if target is None else aim_of(target)
    if target is None or aim is None:
        return _silent("there is no target")
    if not series.rows:
        return _silent("there are no figures that make a series")
    improvement = _BETTER[target.comparator]
    if measure.kind == "cumulative":
        return _of_total(series, _span(measure, target, series), aim, improvement, benchmarks)
    until: Period | None = target.due or target.period
    periods = max(1, series.periods_until(as_at)) if until is None else series.periods_until(until.end)
    if periods < 1:
        return _silent(f"the target was for {until}, and figures have come since")
    if periods > FAR:
        return _silent(f"the target is {periods} periods away; nothing is said beyond {FAR}")
    rows = series.current
    return level(
        [row.day for row in rows],
        [row.value for row in rows],
        target=aim,
        periods=periods,
        improvement=improvement,
    )


def _silent(reason: str) -> Forecast:
    return Forecast("cannot_say", reason)


def _span(measure: Any, target: Any, series: Series) -> tuple[date, date] | None:
    """From when to when a running total is counted for a target."""
    if measure.kind != "cumulative" or (target.period is None and target.due is None):
        return None
    if target.period is not None:
        return target.period.start, target.period.end
    return year_of(target.due.end, (), series.year_from), target.due.end


def _of_total(
    series: Series, span: tuple[date, date] | None, aim: Any, improvement: Improvement, benchmarks: Iterable[Any]
) -> Forecast:
    if span is None:
        return _silent("a running total has a target for each period; give it one for its year")
    first, last = span
    done = [row.value for row in series.rows if first <= row.day <= last]
    if not done or series.rows[-1].day > last or len(done) != 1 - series.periods_until(first) or None in done:
        return _silent("the figures from the first period of the target on are not all there")
    plan = _planned(series, first, last, benchmarks)
    if plan is None:
        return _silent("no plan is recorded for each period; without one a total that grows late would be called late")
    if min(plan) <= 0:
        return _silent("the plan adds nothing in some period")
    return against_plan([x for x in done if x is not None], plan, target=aim, improvement=improvement)


def _planned(series: Series, first: date, last: date, benchmarks: Iterable[Any]) -> list[Decimal] | None:
    """What each period of a span should add; None where one is missing."""
    last_known = series.rows[-1].observation.period
    number = series.periods_until(last) - series.periods_until(first) + 1
    totals = {
        series.periods_until(b.period.start) - series.periods_until(first): b.value
        for b in benchmarks
        if b.kind == "plan"
        and b.period is not None
        and b.period.precision == last_known.precision
        and first <= b.period.start <= last
    }
    if len(totals) != number:
        return None
    return [EXACT.subtract(totals[n], totals[n - 1] if n else Decimal(0)) for n in range(number)]
