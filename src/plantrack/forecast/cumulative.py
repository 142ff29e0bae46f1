"""A measure that adds up over a year, such as savings: what the total will be, and at which rate it must grow."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum, hypot, sqrt

from attrs import frozen

from plantrack.errors import SpcError
from plantrack.forecast.answers import Forecast, concluded, interval, read_aim
from plantrack.spc.rows import Number, checked_number
from plantrack.spc.signals import Improvement

EARLY = 3  # periods: by then the half-width is still half of the plan or more


@frozen
class RunRate:
    """What each period gave, and what each must give from now on.

    :ivar achieved: the mean of the periods that are over.
    :ivar required: in each of those to come, so that the plan is met; None where none is left.
    """

    achieved: float
    required: float | None


def run_rate(increments: Iterable[Number], plan: Iterable[Number], *, target: Number | None = None) -> RunRate:
    """The rate achieved, and the one required.

    :param increments: what each period added, from the first of the plan on; never running totals.
    :param plan: what each should add, for all periods.
    :param target: the total to be reached; that of the plan by default.
    :raises SpcError: see :func:`against_plan`.
    """
    done, planned = _read(increments, plan)
    total = fsum(planned) if target is None else checked_number(target, "the target")
    left = len(planned) - len(done)
    return RunRate(fsum(done) / len(done), (total - fsum(done)) / left if left else None)


def against_plan(
    increments: Iterable[Number],
    plan: Iterable[Number],
    *,
    target: Number | None = None,
    improvement: Improvement = "increase",
) -> Forecast:
    """Whether the total will reach the target, by the ratio of what was done to what was planned for the same time.

    With increments x and planned ones p, S and P their sums to date, and R what the plan still holds: β = S / P, the
    total is S + βR ± t(n - 1) s √(R + R² / P), where s² = Σ (x - βp)² / p / (n - 1). Against a flat plan that is the
    plain run rate; against one that is heavy at its end, the run rate would cry wolf all year.

    :param increments: what each period added, from the first of the plan on; never running totals, whose neighbours
        are alike by construction.
    :param plan: what each should add, for all periods, above zero.
    :param target: the total to be reached; that of the plan by default.
    :raises SpcError: there are more increments than periods, or none; a number cannot be used.
    """
    done, planned = _read(increments, plan)
    aim = read_aim(fsum(planned) if target is None else target, improvement)
    n, past = len(done), planned[: len(done)]
    if n <= EARLY and n < len(planned):
        return Forecast("cannot_say", f"{n} of {len(planned)} periods are over; a forecast needs more than {EARLY}")
    so_far, planned_so_far, to_come = fsum(done), fsum(past), fsum(planned[n:])
    ratio = so_far / planned_so_far
    spread = hypot(*((x - ratio * p) / sqrt(p) for x, p in zip(done, past, strict=True))) / sqrt(max(1, n - 1))
    return concluded(
        interval(
            "by the ratio to the plan",
            so_far + ratio * to_come,
            spread * sqrt(to_come) * sqrt(1 + to_come / planned_so_far),
            max(1, n - 1),
            aim,
            improvement,
        )
    )


def _read(increments: Iterable[Number], plan: Iterable[Number]) -> tuple[list[float], list[float]]:
    done = [checked_number(x, f"increment {n}") for n, x in enumerate(increments, 1)]
    planned = [checked_number(p, f"the plan of period {n}") for n, p in enumerate(plan, 1)]
    if not done or len(done) > len(planned):
        raise SpcError(
            f"there are {len(done)} increments in a plan of {len(planned)} periods; give one or more, not more"
        )
    for n, p in enumerate(planned, 1):
        if p <= 0:
            raise SpcError(f"the plan of period {n} is {p:g}; a ratio to it needs a number above zero")
    return done, planned
