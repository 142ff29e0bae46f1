"""A milestone: will it be reached by its due date? By countable work, by a plan over time, or by what was foreseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import accumulate, islice, pairwise
from math import fsum

from attrs import frozen

from plantrack.errors import SpcError
from plantrack.forecast.answers import LIKELY, UNLIKELY, Answer, Forecast, percent
from plantrack.spc.rows import Number, checked_date, checked_number

ENOUGH_THROUGHPUT = 8  # periods of history
MOST_WORK = 1_000  # items that are followed one by one
FAR = 520  # periods: ten years of weeks; what takes longer is not dated
LARGEST = 1_000_000  # items that a period finishes
SURE = 0.85  # the percentile by which one may promise
STALE = 62  # days without a new forecast


@frozen
class Throughput(Forecast):
    """Whether work will be done in time.

    :ivar chance: that it is; None where too little is known.
    :ivar sure_after: periods after which it is done with a probability of 85 %; None where that is ten years of weeks
        away, or too little is known.
    """

    chance: float | None = None
    sure_after: int | None = None


def throughput(finished: Iterable[int], *, remaining: int, periods: int) -> Throughput:
    """Whether the remaining items will be finished in so many periods, if each is like one of the past at random.

    What others find by drawing periods again and again is computed: the probability of every amount left.

    :param finished: items that each past period finished; periods without any count.
    :param remaining: items left, 0 to 1,000.
    :param periods: left until the due date, 0 to 520.
    :raises SpcError: a number is no whole one, or too large.
    """
    past = [_whole(x, f"what period {n} finished", LARGEST) for n, x in enumerate(finished, 1)]
    left, horizon = _whole(remaining, "what remains", MOST_WORK), _whole(periods, "the periods left", FAR)
    if len(past) < ENOUGH_THROUGHPUT:
        return Throughput("cannot_say", f"{len(past)} periods of history; a forecast needs {ENOUGH_THROUGHPUT}")
    chance, sure_after = 0.0, None
    for period, done in enumerate(islice(_done_after(past, left), FAR + 1)):
        if period == horizon:
            chance = done
        if sure_after is None and done >= SURE:
            sure_after = period
        if sure_after is not None and period >= horizon:
            break
    answer: Answer = "likely_missed" if chance <= UNLIKELY else "likely_met" if chance >= LIKELY else "cannot_say"
    by = f"85 % sure after {sure_after} periods" if sure_after is not None else f"not 85 % sure after {FAR} periods"
    return Throughput(
        answer, f"chance of finishing {left} in {horizon} periods: {percent(chance)}; {by}", (), chance, sure_after
    )


def _done_after(past: list[int], left: int) -> Iterable[float]:
    """The probability that all is finished after 0, 1, 2 ... periods, without end."""
    odds = [(amount, past.count(amount) / len(past)) for amount in sorted(set(past))]
    amounts = {left: 1.0}
    while True:
        yield min(1.0, amounts.get(0, 0.0))
        after: dict[int, float] = {}
        for amount, probability in amounts.items():
            for step, odd in odds:
                rest = max(0, amount - step)
                after[rest] = after.get(rest, 0.0) + probability * odd
        amounts = after


@frozen
class EarnedSchedule:
    """How far the work is, in the time that the plan gave it (Lipke, Schedule is Different, 2003).

    :ivar earned: periods after which the plan expected what is done.
    :ivar index: SPI(t): earned periods for each that has passed.
    :ivar finish: the period in which the whole ends at this pace; None where nothing was earned.
    :ivar answer: always ``cannot_say``: the method gives no interval.
    """

    earned: float
    index: float
    finish: float | None
    answer: Answer
    reason: str


def earned_schedule(plan: Iterable[Number], *, earned: Number, periods: int) -> EarnedSchedule:
    """When the work ends if it goes on at its pace.

    :param plan: what each period should add, not below zero.
    :param earned: what has been done, in the same unit.
    :param periods: that have passed, 1 to 520.
    :raises SpcError: a number cannot be used, or the plan adds nothing.
    """
    added = [checked_number(p, f"the plan of period {n}") for n, p in enumerate(plan, 1)]
    for n, p in enumerate(added, 1):
        if p < 0:
            raise SpcError(f"the plan of period {n} is {p:g}; give what it adds, not below zero")
    if fsum(added) == 0:
        raise SpcError("the plan adds nothing; give what each period should add")
    value, passed = checked_number(earned, "what is earned"), _whole(periods, "the periods that have passed", FAR)
    if passed == 0:
        raise SpcError("no period has passed; a pace needs one")
    planned = [0.0, *accumulate(added)]
    whole = next((n for n in range(len(added), 0, -1) if planned[n] <= value), 0)
    inside = (value - planned[whole]) / added[whole] if whole < len(added) and value > 0 else 0.0
    time = whole + inside
    index = time / passed
    finish = len(added) / index if index > 0 else None
    pace = f"ends in period {finish:.1f}" if finish is not None else "never ends"
    return EarnedSchedule(
        time,
        index,
        finish,
        "cannot_say",
        f"{time:.1f} periods earned in {passed}: at this pace the work {pace} of {len(added)}; no interval is known",
    )


@frozen
class Slips:
    """What a history of foreseen dates shows; never a probability.

    :ivar slips: reports that foresaw a later date than the one before.
    :ivar overdue: the due date has passed.
    :ivar stale: nothing new was foreseen for two months.
    :ivar rate: days by which the foreseen date moves for each day that passes; None for fewer than three reports.
    :ivar converges: the date at which the foreseen date and the calendar meet, if it goes on moving like this; None
        where they never do, or for fewer than three reports.
    :ivar answer: ``likely_missed`` if the due date has passed, else ``cannot_say``.
    """

    slips: int
    overdue: bool
    stale: bool
    rate: float | None
    converges: date | None
    answer: Answer
    reason: str


def slips(foreseen: Mapping[date, date], *, due: date, today: date) -> Slips:
    """What is told by the dates that reports foresaw for a milestone that is not reached yet.

    A line is laid through them, foreseen = a + b · reported. From b = 1 on the date recedes as fast as time passes;
    else the two meet at a / (1 - b).

    :param foreseen: by the date of each report, the date that it foresaw.
    :raises SpcError: there are no reports, or one of them is no date or from the future.
    """
    for one in (*foreseen, *foreseen.values(), due, today):
        checked_date(one, "a date")
    if not foreseen:
        raise SpcError("there are no reports; give one or more")
    reports = sorted(foreseen)
    if reports[-1] > today:
        raise SpcError(f"the report of {reports[-1]} is after today, {today}; give those made by then")
    slipped = sum(foreseen[one] < foreseen[other] for one, other in pairwise(reports))
    rate, converges = _line(
        [(one - reports[0]).days for one in reports], [foreseen[one] for one in reports], reports[0]
    )
    told = [f"{slipped} slips in {len(reports)} reports"]
    if today > due:
        told.append(f"due on {due}, {(today - due).days} days ago")
    if stale := (today - reports[-1]).days > STALE:
        told.append(f"last foreseen {(today - reports[-1]).days} days ago")
    if rate is not None:
        told.append(f"moves {rate:.2f} days a day" + (f", to {converges}" if converges else " and does not arrive"))
    return Slips(
        slipped, today > due, stale, rate, converges, "likely_missed" if today > due else "cannot_say", "; ".join(told)
    )


def _line(reported: list[int], foreseen: list[date], start: date) -> tuple[float | None, date | None]:
    """The slope of the line, and where it meets the calendar."""
    n = len(reported)
    if n < 3:
        return None, None
    ahead = [(day - start).days for day in foreseen]
    mean_x, mean_y = sum(reported) / n, sum(ahead) / n
    slope = fsum((x - mean_x) * (y - mean_y) for x, y in zip(reported, ahead, strict=True)) / fsum(
        (x - mean_x) ** 2 for x in reported
    )
    if slope >= 1:
        return slope, None
    days = (mean_y - slope * mean_x) / (1 - slope)
    try:
        return slope, start + timedelta(days=round(days))
    except OverflowError:
        return slope, None


def _whole(given: object, name: str, most: int) -> int:
    if type(given) is not int or not 0 <= given <= most:
        raise SpcError(f"{name} is {given!r}; give a whole number from 0 to {most:,}")
    return given
