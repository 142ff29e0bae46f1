"""What a forecast says, and from which chance on it says it."""

from __future__ import annotations

from math import inf, isfinite
from typing import Literal

from attrs import frozen

from plantrack.errors import SpcError
from plantrack.forecast.student import cdf, quantile
from plantrack.spc.rows import Number
from plantrack.spc.signals import Improvement
from plantrack.spc.targets import Band, read_one

Answer = Literal["likely_missed", "likely_met", "cannot_say"]

UNLIKELY, LIKELY = 0.2, 0.8  # chances of meeting the target; between them nothing is said
NOMINAL = 0.95


@frozen
class Interval:
    """Where one method expects the figure, with a nominal probability of 95 %.

    :ivar method: in words.
    :ivar chance: that the target is met, by this method.
    """

    method: str
    lower: float
    expected: float
    upper: float
    chance: float


@frozen
class Forecast:
    """Whether a target will be met.

    :ivar reason: why this is said, or why nothing can be.
    :ivar intervals: one of each method; none where nothing was computed.
    """

    answer: Answer
    reason: str
    intervals: tuple[Interval, ...] = ()


def interval(
    method: str, expected: float, scale: float, freedom: float, target: float | Band, improvement: Improvement
) -> Interval:
    """The interval of a figure that is distributed as a t variable around what is expected.

    :param scale: standard error of the forecast; at 0, the figure is certain.
    :raises SpcError: floats cannot hold them.
    """
    if not (isfinite(expected) and isfinite(scale)):
        raise SpcError("the numbers lie too far apart for a forecast; give them in one unit")
    half = quantile((1 + NOMINAL) / 2, freedom) * scale
    lower, upper = (
        target if isinstance(target, tuple) else (target, inf) if improvement == "increase" else (-inf, target)
    )
    if scale == 0:
        chance = float(lower <= expected <= upper)
    else:  # tails are taken as such: one less a probability near one has few digits
        chance = max(0.0, 1 - cdf((lower - expected) / scale, freedom) - cdf((expected - upper) / scale, freedom))
    return Interval(method, expected - half, expected, expected + half, chance)


def concluded(*intervals: Interval) -> Forecast:
    """What all methods agree on: a chance of at most 20 %, or of at least 80 %."""
    told = ", ".join(f"{percent(one.chance)} {one.method}" for one in intervals)
    if all(one.chance <= UNLIKELY for one in intervals):
        answer: Answer = "likely_missed"
        why = f"at most {percent(UNLIKELY)}"
    elif all(one.chance >= LIKELY for one in intervals):
        answer, why = "likely_met", f"at least {percent(LIKELY)}"
    else:
        answer, why = "cannot_say", f"not all at most {percent(UNLIKELY)}, nor all at least {percent(LIKELY)}"
    return Forecast(answer, f"chance of meeting the target: {told}; {why}", intervals)


def percent(chance: float) -> str:
    """A chance in words of a sentence; only certainty is called 0 or 100 %."""
    if 0 < chance < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= chance < 1 else f"{chance * 100:.0f} %"


def read_aim(target: Number | tuple[Number, Number], improvement: Improvement) -> float | Band:
    """The target of a forecast.

    :raises SpcError: it is none, or it is a number and no side of it is better.
    """
    aim = read_one(target, "the target")
    if aim is None:
        raise SpcError("the target is None; a forecast needs one")
    if improvement not in ("increase", "decrease") and not isinstance(aim, tuple):
        raise SpcError(f"improvement is {improvement!r}; a target that is a number needs 'increase' or 'decrease'")
    return aim
