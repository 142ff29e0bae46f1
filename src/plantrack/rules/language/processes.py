"""What the process behind a measure does: its control chart and its forecast, in the words of rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from plantrack.forecast import Answer
from plantrack.measures import Series, chart_of, forecast_of, run_rate, series_of
from plantrack.measures.series import in_force
from plantrack.spc import Chart
from plantrack.spc.signals import PointType
from plantrack.spc.targets import Assurance

VARIATIONS: dict[PointType, str] = {
    "special_cause_improvement": "improvement",
    "special_cause_concern": "concern",
    "special_cause_neutral_high": "neutral high",
    "special_cause_neutral_low": "neutral low",
    "common_cause": "common cause",
}
ASSURANCES: dict[Assurance, str] = {
    "consistent_pass": "pass",
    "consistent_fail": "fail",
    "inconsistent": "hit or miss",
}
FORECASTS: dict[Answer, str] = {
    "likely_missed": "likely missed",
    "likely_met": "likely met",
    "cannot_say": "cannot say",
}


def variation(linked: Any, measure: Any) -> str | None:
    """What the last figure is by the control chart; ``None`` while nothing can be said."""
    chart = _chart(linked, measure)
    return None if chart is None or chart.variation is None else VARIATIONS[chart.variation]


def assurance(linked: Any, measure: Any) -> str | None:
    """Whether the process meets the target in force if nothing changes; ``None`` while nothing can be said."""
    chart = _chart(linked, measure)
    return None if chart is None or chart.assurance is None else ASSURANCES[chart.assurance]


def forecast(linked: Any, measure: Any) -> str:
    """Whether the target in force will be missed, as far as it can be said on the day of the check."""
    series = _series(linked, measure)
    found = forecast_of(measure, measure.targets, series, linked.state.as_at, measure.benchmarks)
    return FORECASTS[found.answer]


def run_needed(linked: Any, measure: Any) -> Decimal | None:
    """What each period that is left must add so that a running total meets its target; ``None`` where none is left."""
    rate = run_rate(measure, measure.targets, _series(linked, measure))
    return None if rate is None else rate.needed


def charted(_answer: Any, linked: Any, measure: Any) -> list[int]:
    """What :func:`variation` rests on: the figures since the definition was last changed, and what says so."""
    return [*_figures(_series(linked, measure)), *_set(measure, "direction", "redefined")]


def judged(_answer: Any, linked: Any, measure: Any) -> list[int]:
    """What :func:`assurance` rests on: also the target."""
    return [*charted(_answer, linked, measure), *_target(measure)]


def foreseen(_answer: Any, linked: Any, measure: Any) -> list[int]:
    """What :func:`forecast` rests on: also the plan of a running total."""
    plans = (b for b in measure.benchmarks if measure.kind == "cumulative" and b.kind == "plan")
    return [*judged(_answer, linked, measure), *(b.entity.opened_by for b in plans)]


def reckoned(_answer: Any, linked: Any, measure: Any) -> list[int]:
    """What :func:`run_needed` rests on: the last total and the target."""
    return [*list(_figures(_series(linked, measure)))[-1:], *_target(measure)]


def _series(linked: Any, measure: Any) -> Series:
    return series_of(measure, measure.targets, year_from=linked.plan.fiscal_year_start if linked.plan else 4)


def _chart(linked: Any, measure: Any) -> Chart | None:
    return chart_of(_series(linked, measure))


def _target(measure: Any) -> tuple[int, ...]:
    target = in_force(measure, measure.targets)
    return () if target is None else target.entity.set_by


def _figures(series: Series) -> Iterator[int]:
    return (row.observation.position for row in series.current if row.observation is not None)


def _set(measure: Any, *fields: str) -> list[int]:
    return [measure.entity.origin(field) for field in fields if getattr(measure.entity, field) is not None]
