"""Mean and limits of an XmR chart: Wheeler's individuals and moving range chart.

The constants are those of the R package: 2.66 for the limits (3 / 1.128 is 2.6596; Wheeler, Understanding Variation,
1993, rounds it), 3.267 for the limit of moving ranges (D4 of two points). Limits are never clipped: a lower limit below
zero, or an upper one above 100 %, says that the process does not vary as a normal distribution does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from math import fsum
from operator import sub

from attrs import frozen

LIMIT = 2.66  # times the mean moving range: three sigma
NEAR = 2 * (2.66 / 3)  # two sigma
SCREEN = 3.267


@frozen
class Limits:
    """Where the points of a segment are expected; None where it cannot be told.

    :ivar mean: the centre line.
    :ivar lower: the lower process limit, three sigma below the mean.
    :ivar near_lower: two sigma below it.
    """

    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    near_lower: float | None = None
    near_upper: float | None = None


def limits_of(baseline: Sequence[float], *, screen: bool, missing: bool) -> Limits:
    """The limits that a baseline gives.

    A moving range is missing where one of its two values is: the gap is not bridged, because a range over two months
    is no range over one.

    :param baseline: values in order of their dates, NaN where one is missing.
    :param screen: leave out moving ranges of 3.267 times their mean or more, once. The mean is not screened. What no
        range survives has no limits.
    :param missing: whether any may be missing.
    """
    known: Sequence[float] = baseline
    ranges = list(map(abs, map(sub, baseline[1:], baseline)))
    if missing:
        known, ranges = [y for y in baseline if y == y], [r for r in ranges if r == r]
    if not known:
        return Limits()
    mean = exact_mean(known)
    if not ranges:
        return Limits(mean)
    spread = exact_mean(ranges)
    if screen and max(ranges) >= (bound := SCREEN * spread):
        kept = [r for r in ranges if r < bound]
        if not kept:
            return Limits(mean)
        spread = exact_mean(kept)
    away, near = LIMIT * spread, NEAR * spread
    return Limits(mean, mean - away, mean + away, mean - near, mean + near)


def exact_mean(values: Sequence[float]) -> float:
    """The float nearest to the mean of the values, as :func:`statistics.mean` gives it, some five times as fast.

    A sum that is divided rounds twice. On data of a few decimals that puts points on the wrong side of a mean that they
    equal, and breaks or makes a run of seven.
    """
    n = len(values)
    mean = fsum(values) / n
    return mean + fsum(chain(values, repeat(-mean, n))) / n  # what the division left over
