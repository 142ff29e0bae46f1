"""The four rules that tell special causes from common ones, and the label of each point.

A segment is read as strings of bytes, one a point and 1 where something holds of it, so that runs are found by pattern.
NaN, a missing value, is neither above nor below anything and breaks every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise
from operator import gt, lt
from typing import Literal

from plantrack.spc.limits import Limits

Improvement = Literal["increase", "decrease", "neutral"]
SpecialCause = Literal[
    "Above UCL",
    "Below LCL",
    "7 Point Trend (Increasing)",
    "7 Point Trend (Decreasing)",
    "2 in 3 Above CL",
    "2 in 3 Below CL",
    "7 Points Above CL",
    "7 Points Below CL",
    "Common Cause",
]
PointType = Literal[
    "special_cause_improvement",
    "special_cause_concern",
    "special_cause_neutral_high",
    "special_cause_neutral_low",
    "common_cause",
]
Signal = tuple[SpecialCause, Iterable[int]]  # and the points that it marks

RUN = 7  # points of a shift or a trend
COMMON: SpecialCause = "Common Cause"
_UP: tuple[SpecialCause, ...] = (
    "Above UCL", "7 Point Trend (Increasing)", "2 in 3 Above CL", "7 Points Above CL",
)  # fmt: skip
_DOWN: tuple[SpecialCause, ...] = (
    "Below LCL", "7 Point Trend (Decreasing)", "2 in 3 Below CL", "7 Points Below CL",
)  # fmt: skip
_SHIFT = re.compile(b"\1{7,}")
_TREND = re.compile(b"\1{6,}")  # steps between seven points


def _types(up: PointType, down: PointType) -> dict[SpecialCause, PointType]:
    return {**dict.fromkeys(_UP, up), **dict.fromkeys(_DOWN, down), COMMON: "common_cause"}


POINT_TYPES: Mapping[Improvement, Mapping[SpecialCause, PointType]] = {
    "increase": _types("special_cause_improvement", "special_cause_concern"),
    "decrease": _types("special_cause_concern", "special_cause_improvement"),
    "neutral": _types("special_cause_neutral_high", "special_cause_neutral_low"),
}
_GOOD: Mapping[Improvement, tuple[SpecialCause, ...]] = {"increase": _UP, "decrease": _DOWN, "neutral": ()}


def special_causes(
    values: Sequence[float], limits: Limits, improvement: Improvement, deviations: Set[str]
) -> list[SpecialCause]:
    """The label of each point of a segment: of the signals that mark it, the strongest.

    :param values: NaN where one is missing; that point is labelled common cause.
    """
    found: list[Signal] = []
    if limits.mean is not None:
        found += _shifts(values, limits.mean)
        found += _two_in_three(values, limits, beyond="two-in-three-beyond" in deviations)
    found += _trends(values, own="own-run" in deviations)
    found += _outside(values, limits)
    labels = [COMMON] * len(values)
    for label, points in found:
        for point in points:
            labels[point] = label
    if "improvement-first" in deviations:
        good = _GOOD[improvement]
        for label, points in found:
            if label in good:
                for point in points:
                    labels[point] = label
    return labels


def _shifts(values: Sequence[float], mean: float) -> Iterable[Signal]:
    """Seven or more points in a row on one side of the mean."""
    for run in _SHIFT.finditer(bytes(map(mean.__lt__, values))):
        yield "7 Points Above CL", range(*run.span())
    for run in _SHIFT.finditer(bytes(map(mean.__gt__, values))):
        yield "7 Points Below CL", range(*run.span())


def _two_in_three(values: Sequence[float], limits: Limits, *, beyond: bool) -> Iterable[Signal]:
    """Two of three points in a row beyond two sigma, all three on that side of the mean.

    :param beyond: count also those beyond three.
    """
    mean, lower, upper = limits.mean, limits.lower, limits.upper
    near_lower, near_upper = limits.near_lower, limits.near_upper
    if mean is None or lower is None or upper is None or near_lower is None or near_upper is None:
        return
    high = [i for i, y in enumerate(values) if y > near_upper and (beyond or y <= upper)]
    if len(high) > 1:
        yield "2 in 3 Above CL", _in_three(high, [y > mean for y in values])
    low = [i for i, y in enumerate(values) if y < near_lower and (beyond or y >= lower)]
    if len(low) > 1:
        yield "2 in 3 Below CL", _in_three(low, [y < mean for y in values])


def _in_three(far: Sequence[int], side: Sequence[bool]) -> Iterable[int]:
    """Of the points that lie far out, those with another in a window of three that lies on one side.

    Two far points in one window are neighbours in the list of the far ones, or all three are.
    """
    for one, other in pairwise(far):
        if other - one <= 2 and any(
            all(side[start : start + 3]) for start in range(max(0, other - 2), min(one, len(side) - 3) + 1)
        ):
            yield from (one, other)


def _trends(values: Sequence[float], *, own: bool) -> Iterable[Signal]:
    """Seven or more points in a row of which each is higher, or each lower, than the one before.

    A point where a rise turns into a fall belongs to both; the later of them has it.

    :param own: label a last point by its own trend. The R package looks at the step that follows, if the next point
        belongs to a trend.
    """
    rising = bytes(map(lt, values, values[1:]))
    runs: list[tuple[int, int, SpecialCause]] = []
    for run in _TREND.finditer(rising):
        runs.append((*run.span(), "7 Point Trend (Increasing)"))
    for run in _TREND.finditer(bytes(map(gt, values, values[1:]))):
        runs.append((*run.span(), "7 Point Trend (Decreasing)"))
    runs.sort()
    for start, last, label in runs:
        yield label, range(start, last + 1)
    if not own:
        for (_, last, _), (start, _, _) in pairwise(runs):
            if start == last + 1:
                yield ("7 Point Trend (Increasing)" if rising[last] else "7 Point Trend (Decreasing)"), (last,)


def _outside(values: Sequence[float], limits: Limits) -> Iterable[Signal]:
    """Points outside the limits; one that lies on a limit is inside."""
    lower, upper = limits.lower, limits.upper
    if lower is None or upper is None:
        return
    yield "Above UCL", [i for i, y in enumerate(values) if y > upper]
    yield "Below LCL", [i for i, y in enumerate(values) if y < lower]


def undecided_window(values: Sequence[float]) -> int | None:
    """The first missing value where the R package stops, or None.

    It asks of each window of seven whether all its steps rise, then whether all fall, and has no answer where some are
    missing and the others do not refute it.
    """
    for start in range(len(values) - RUN + 1):
        window = values[start : start + RUN]
        steps = [(a, b) for a, b in pairwise(window) if a == a and b == b]
        if len(steps) < RUN - 1 and (all(a < b for a, b in steps) or all(a > b for a, b in steps)):
            return start + next(i for i, y in enumerate(window) if y != y)
    return None
