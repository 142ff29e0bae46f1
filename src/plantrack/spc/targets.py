"""Targets: one for all time, others from other dates on, a number or a band; and whether a process can meet one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Set
from datetime import date
from itertools import pairwise
from operator import itemgetter
from typing import Any, Literal

from attrs import frozen

from plantrack.errors import SpcError
from plantrack.spc.limits import Limits
from plantrack.spc.rows import Number, checked_date, checked_number
from plantrack.spc.signals import Improvement

Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Band = tuple[float, float]
OneTarget = Number | tuple[Number, Number] | None
Target = OneTarget | Mapping[date, OneTarget] | Iterable[tuple[date, OneTarget]]


@frozen
class Targets:
    """What is to be reached, over time.

    :ivar since: from which dates, in order.
    :ivar values: what holds from each on: a number, a band with both its ends, or None, nothing.
    """

    since: tuple[date, ...]
    values: tuple[float | Band | None, ...]

    def at(self, day: date) -> float | Band | None:
        """The target of a date: of those set by then, the last."""
        place = bisect_right(self.since, day)
        return self.values[place - 1] if place else None


def read_target(given: Target) -> Targets | None:
    """A target as it is given to :func:`plantrack.spc.xmr`.

    :returns: None where there is none at all.
    :raises SpcError: it is no finite number or pair of them, a band runs downwards, or a date has two.
    """
    if given is None:
        return None
    if isinstance(given, Mapping):
        dated = list(given.items())
    elif isinstance(given, str) or not isinstance(given, Iterable) or _is_band(given):
        return Targets((date.min,), (read_one(given, "the target"),))
    else:
        dated = [_pair(one) for one in given]
    for day, _ in dated:
        checked_date(day, "a target")
    dated.sort(key=itemgetter(0))
    for (one, _), (other, _) in pairwise(dated):
        if one == other:
            raise SpcError(f"there are two targets from {one} on; give each date once")
    return Targets(
        tuple(day for day, _ in dated), tuple(read_one(value, f"the target from {day} on") for day, value in dated)
    )


def _is_band(given: Any) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and not any(isinstance(one, tuple | list) for one in given)


def _pair(given: Any) -> tuple[date, OneTarget]:
    if isinstance(given, tuple | list) and len(given) == 2:
        return given[0], given[1]
    raise SpcError(f"{given!r} is no target over time; give pairs of a date and what holds from then on")


def read_one(given: Any, name: str) -> float | Band | None:
    """One target, as it is given.

    :param name: what the message calls it.
    :raises SpcError: it is no finite number or pair of them, or a band runs downwards.
    """
    if isinstance(given, tuple) and len(given) == 2:
        lower = checked_number(given[0], f"the lower end of {name}")
        upper = checked_number(given[1], f"the upper end of {name}")
        if lower > upper:
            raise SpcError(f"{name} is a band from {lower:g} down to {upper:g}; give the lower end first")
        return lower, upper
    return None if given is None else checked_number(given, name)


def assurance_of(
    limits: Limits, target: float | Band | None, improvement: Improvement, deviations: Set[str]
) -> Assurance | None:
    """Whether the process will meet the target if nothing changes.

    A number is met by what lies on its better side; where neither side is better there is no answer. A band says itself
    what is good: both limits inside it pass, both outside on one side fail.

    :param limits: of the last segment.
    :param target: in force at the last date; None where others have one.
    """
    if improvement == "neutral" and not isinstance(target, tuple):
        return None
    lower, upper = limits.lower, limits.upper
    if target is None or lower is None or upper is None:
        return None if "unjudged" in deviations else "inconsistent"
    if isinstance(target, tuple):
        if target[0] <= lower and upper <= target[1]:
            return "consistent_pass"
        return "consistent_fail" if target[1] < lower or upper < target[0] else "inconsistent"
    if improvement == "decrease":  # the same, upside down
        lower, upper, target = -upper, -lower, -target
    if target > upper:
        return "consistent_fail"
    if target < lower:
        return "consistent_pass"
    if target == upper and "target-at-limit" in deviations:
        return "consistent_pass" if lower == upper else "consistent_fail"
    return "inconsistent"
