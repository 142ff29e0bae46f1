"""A measure of a level, such as a percentage: what it will be in some periods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from math import hypot, sqrt

from plantrack.errors import SpcError
from plantrack.forecast.answers import Forecast, concluded, interval, read_aim
from plantrack.spc.limits import exact_mean
from plantrack.spc.rows import Number, read_rows
from plantrack.spc.signals import Improvement

ENOUGH = 13  # values
FAR = 520  # periods: ten years of weeks
D2 = 1.128  # mean moving ranges of two points to a sigma
EFFICIENCY = 0.62  # degrees of freedom in a mean moving range, for each range: neighbours share a value


def level(
    dates: Iterable[date],
    values: Iterable[Number | None],
    *,
    target: Number | tuple[Number, Number],
    periods: int,
    improvement: Improvement = "increase",
) -> Forecast:
    """Whether a target will be met, by two methods that err on different sides.

    The first takes it that the process stays as it is: mean ± t · s · √(1 + 1/n), where s is the mean moving range over
    1.128, and t has 0.62 degrees of freedom for each of the moving ranges. The second, that it wanders: last value
    ± t · √(mean d²) · √h, where d are the m differences of neighbouring values and t has m degrees of freedom. Only
    what both say is said: on real series the first is too sure of itself, and the second is not sure enough.

    :param dates: one a period; give only what came after the last known change of the process.
    :param values: None where one is missing.
    :param target: a number, or a band with its lower end first.
    :param periods: from the last row on, 1 to 520.
    :raises SpcError: a row or an option cannot be used.
    """
    _, numbers = read_rows(dates, values)
    aim = read_aim(target, improvement)
    if type(periods) is not int or not 1 <= periods <= FAR:
        raise SpcError(f"periods is {periods!r}; give a whole number of periods ahead, from 1 to {FAR}")
    places = [i for i, y in enumerate(numbers) if y == y]
    known = [numbers[i] for i in places]
    steps = [b - a for a, b in pairwise(numbers) if a == a and b == b]
    if len(known) < ENOUGH or not steps:
        return Forecast(
            "cannot_say", f"{len(known)} values with {len(steps)} steps between neighbours; {ENOUGH} are needed"
        )
    sigma = exact_mean([abs(d) for d in steps]) / D2
    staying = interval(
        "if the process stays as it is",
        exact_mean(known),
        sigma * sqrt(1 + 1 / len(known)),
        EFFICIENCY * len(steps),
        aim,
        improvement,
    )
    since = len(numbers) - 1 - places[-1]  # periods whose values have not arrived
    jump = hypot(*steps) / sqrt(len(steps))
    wandering = interval("if it wanders", known[-1], jump * sqrt(periods + since), len(steps), aim, improvement)
    return concluded(staying, wandering)
