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
    found = _signals(values, limits, deviations)
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


def _signals(values: Sequence[float], limits: Limits, deviations: Set[str]) -> list[Signal]:
    """All that the rules find, the weakest rule first."""
    found: list[Signal] = []
    mean, lower, upper = limits.mean, limits.lower, limits.upper
    near_lower, near_upper = limits.near_lower, limits.near_upper
    high: list[int] = []
    low: list[int] = []
    if mean is not None:
        above, below = bytes([y > mean for y in values]), bytes([y < mean for y in values])
        found += [("7 Points Above CL", range(*run)) for run in _runs(above, RUN)]
        found += [("7 Points Below CL", range(*run)) for run in _runs(below, RUN)]
        if lower is not None and upper is not None and near_lower is not None and near_upper is not None:
            far_up = [i for i, y in enumerate(values) if y > near_upper]
            far_down = [i for i, y in enumerate(values) if y < near_lower]
            high, low = [i for i in far_up if values[i] > upper], [i for i in far_down if values[i] < lower]
            if "two-in-three-beyond" not in deviations:
                far_up, far_down = [i for i in far_up if i not in high], [i for i in far_down if i not in low]
            found += [("2 in 3 Above CL", pair) for pair in _two_in_three(far_up, above)]
            found += [("2 in 3 Below CL", pair) for pair in _two_in_three(far_down, below)]
    found += _trends(values, own="own-run" in deviations)
    found += [("Above UCL", high), ("Below LCL", low)]
    return found


def _runs(holds: bytes, least: int) -> list[tuple[int, int]]:
    """Where something holds of so many points in a row, or more: the first point, and the one after the last."""
    if b"\1" * least not in holds:  # as in most series; searching is quicker than matching
        return []
    return [run.span() for run in re.finditer(b"\1{%d,}" % least, holds)]


def _two_in_three(far: Sequence[int], side: bytes) -> Iterable[tuple[int, int]]:
    """Of the points beyond two sigma, those with another in a window of three that lies on one side of the mean.

    Two such points in one window are neighbours in the list of them, or all three are.

    :param side: which points lie on that side.
    """
    for one, other in pairwise(far):
        if other - one <= 2 and b"\1\1\1" in side[max(0, other - 2) : one + 3]:
            yield one, other


def _trends(values: Sequence[float], *, own: bool) -> Iterable[Signal]:
    """Seven or more points in a row of which each is higher, or each lower, than the one before.

    A point where a rise turns into a fall belongs to both; the later of them has it.

    :param own: label a last point by its own trend. The R package looks at the step that follows, if the next point
        belongs to a trend.
    """
    rising, falling = bytes(map(lt, values, values[1:])), bytes(map(gt, values, values[1:]))
    runs: list[tuple[int, int, SpecialCause]] = sorted(
        [(*run, "7 Point Trend (Increasing)") for run in _runs(rising, RUN - 1)]
        + [(*run, "7 Point Trend (Decreasing)") for run in _runs(falling, RUN - 1)]
    )
    for start, last, label in runs:
        yield label, range(start, last + 1)
    if not own:
        for (_, last, _), (start, _, _) in pairwise(runs):
            if start == last + 1:
                yield ("7 Point Trend (Increasing)" if rising[last] else "7 Point Trend (Decreasing)"), (last,)


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
