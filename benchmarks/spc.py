"""Charts of 10,000 series of 36 points: against loops that only compute means and limits, and against a library."""

from __future__ import annotations

import math
import random
import statistics
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

from statprocon.charts.xmr.base import Base as XmR

from benchmarks.timing import Row, compare, timed
from plantrack.spc import xmr

SERIES, POINTS = 10_000, 36
FEW = SERIES // 100  # a library that takes long gets fewer, and so do we beside it
DATES = [date(2023 + month // 12, month % 12 + 1, 1) for month in range(POINTS)]

Values = Sequence[float]


def rows(rounds: int) -> list[Row]:
    """The rows of the table about charts."""
    series = made_up()
    for values in series[:FEW]:
        limits = xmr(DATES, values).segments[0].limits
        assert (limits.mean, limits.lower, limits.upper) == exact(values)
        assert all(map(math.isclose, plain(values), exact(values)))
    work = f"charts of {SERIES:,} × {POINTS} points"
    return [
        compare(work, "means and limits, exact", "≤ 1.5×", each(chart, series), each(exact, series), rounds),
        compare(work, "means and limits, rounded twice", "–", each(chart, series), each(plain, series), rounds),
        compare(
            "the same, and every point read",
            "means and limits, exact",
            "–",
            each(points, series),
            each(exact, series),
            rounds,
        ),
        compare(
            f"charts of {FEW:,} × {POINTS} points",
            "statprocon, its three rules",
            "–",
            each(chart, series[:FEW]),
            each(statprocon, series[:FEW]),
            rounds,
        ),
    ]


def made_up() -> list[list[float]]:
    """Percentages with two decimals, a third of them with a shift in the second half."""
    random.seed(36)
    return [
        [round(random.gauss(88 + (3 if n % 3 == 0 and month > POINTS // 2 else 0), 2), 2) for month in range(POINTS)]
        for n in range(SERIES)
    ]


def each(function: Callable[[Values], object], series: list[list[float]]) -> Callable[[], float]:
    """The seconds that a function takes for all of them."""

    def measured() -> float:
        return timed(lambda: deque(map(function, series), maxlen=0))

    return measured


def chart(values: Values) -> object:
    """Limits, all rules, both icons."""
    return xmr(DATES, values, target=95)


def points(values: Values) -> object:
    """And the points as objects."""
    return xmr(DATES, values, target=95).points


def exact(values: Values) -> tuple[float, float, float]:
    """Mean and limits as the reference has them: each mean rounded once."""
    mean = statistics.mean(values)
    away = 2.66 * statistics.mean([abs(after - before) for before, after in pairwise(values)])
    return mean, mean - away, mean + away


def plain(values: Values) -> tuple[float, float, float]:
    """The same in the shortest way, which puts points on the wrong side of a mean that they equal."""
    mean = sum(values) / len(values)
    away = 2.66 * sum([abs(after - before) for before, after in pairwise(values)]) / (len(values) - 1)
    return mean, mean - away, mean + away


def statprocon(values: Values) -> object:
    """Its limits and its rules: outside, eight on one side, three of four near a limit."""
    found = XmR(values)
    return (
        found.rule_1_x_indices_beyond_limits(),
        found.rule_2_runs_about_central_line(),
        found.rule_3_runs_near_limits(),
    )
