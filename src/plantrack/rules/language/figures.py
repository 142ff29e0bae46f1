"""Figures of a series: against a target, at a date, against the figure before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from plantrack.period import Period


def shortfall(observation: Any, target: Any) -> Decimal:
    """By how much a figure fails a target: 0 when it meets it, is outside the target's period, or before it is due."""
    value: Decimal = observation.value
    if target.period is not None and not target.period.overlaps(observation.period):
        return Decimal(0)
    if target.due is not None and observation.period.end < target.due.start:
        return Decimal(0)
    short: Decimal
    if target.comparator == "band":
        short = max(target.lower - value, value - target.upper)
    else:
        short = target.value - value if target.comparator == "at-least" else value - target.value
    return max(Decimal(0), short)


def value_at(observations: Iterable[Any], when: date | Period) -> Decimal | None:
    """The figure for exactly that period, or for the shortest period that contains that day; ``None`` for none."""
    found = _observation_at(observations, when)
    return None if found is None else found.value


def observed_at(_answer: Decimal | None, observations: Iterable[Any], when: date | Period) -> list[int]:
    """What :func:`value_at` rests on: the observation that it found."""
    found = _observation_at(observations, when)
    return [] if found is None else [found.position]


def _observation_at(observations: Iterable[Any], when: date | Period) -> Any:
    if isinstance(when, Period) and when.precision != "day":
        return next((o for o in observations if o.period == when), None)
    day = when.end if isinstance(when, Period) else when
    return min((o for o in observations if o.period.contains(day)), key=lambda o: o.period.days, default=None)


def change(series: Iterable[Any]) -> Decimal | int | None:
    """The latest figure minus the one before; ``None`` where there are not two."""
    figures = [_figure(item) for item in _last_two(series)]
    return figures[1] - figures[0] if len(figures) == 2 else None


def compared(_answer: Decimal | None, series: Iterable[Any]) -> list[int]:
    """What :func:`change` rests on: the two observations, where it was given observations."""
    return [item.position for item in _last_two(series) if not isinstance(item, Decimal | int)]


def _figure(item: Any) -> Any:
    return item if isinstance(item, Decimal | int) else item.value


def _last_two(series: Iterable[Any]) -> list[Any]:
    return list(series)[-2:]
