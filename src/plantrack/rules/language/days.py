"""Days and periods: how far apart they are, and which day lies so far from another.

Wherever a day is needed, a period stands for its last day.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from plantrack.errors import PeriodError, RuleEvaluationError
from plantrack.period import Period
from plantrack.period import add_months as _later

_DAY = timedelta(days=1)


def first_day(when: date | Period) -> date:
    """The first day of a period; a day itself."""
    return when.start if isinstance(when, Period) else when


def last_day(when: date | Period) -> date:
    """The last day of a period; a day itself."""
    return when.end if isinstance(when, Period) else when


def days_between(start: date | Period, end: date | Period) -> int:
    """Days from the last day of ``start`` to the last day of ``end``."""
    until = end.end if isinstance(end, Period) else end  # `last_day` without its two calls: this runs for every subject
    return (until - (start.end if isinstance(start, Period) else start)).days


def add_days(when: date | Period, days: Decimal | int) -> date:
    """The day that lies so many days after the last day of ``when``, before it if negative.

    :raises RuleEvaluationError: ``days`` is not a whole number, or the day is outside the calendar.
    """
    day, count = last_day(when), _whole(days, "add_days", "days")
    try:
        return day + timedelta(days=count)
    except OverflowError:
        raise _outside(day, days, "days") from None


def add_months(when: date | Period, months: Decimal | int) -> date:
    """The same day of the month, so many months after the last day of ``when``, or that month's last if it is shorter.

    From a period that ends with a month the way leads to the end of a month: from February to 31 March, not the 28th.

    :raises RuleEvaluationError: ``months`` is not a whole number, or the day is outside the calendar.
    """
    day, count = last_day(when), _whole(months, "add_months", "months")
    try:
        if isinstance(when, Period) and when.precision != "day" and (day + _DAY).day == 1:
            return _later(day + _DAY, count) - _DAY
        return _later(day, count)
    except (PeriodError, OverflowError):
        raise _outside(day, months, "months") from None


def working_days_between(linked: Any, start: date | Period, end: date | Period) -> int:
    """Mondays to Fridays after the last day of ``start``, up to and with that of ``end``, without the plan's holidays.

    Negative where ``end`` comes first: as many as lie between the two, counted the other way round.
    """
    first, last = last_day(start), last_day(end)
    if last < first:
        return -working_days_between(linked, last, first)
    holidays: tuple[date, ...] = linked.plan.holidays  # sorted, each once
    off = holidays[bisect_right(holidays, first) : bisect_right(holidays, last)]
    return _weekdays(last) - _weekdays(first) - sum(day.weekday() < 5 for day in off)


def holidays_set_by(_answer: int, linked: Any, *_: Any) -> list[int]:
    """What :func:`working_days_between` rests on: the event that set the holidays."""
    return [linked.plan.entity.origin("holidays")]


def _weekdays(day: date) -> int:
    """Mondays to Fridays from the first day of the calendar, a Monday, up to and with ``day``."""
    weeks, rest = divmod(day.toordinal(), 7)
    return 5 * weeks + min(rest, 5)


def _whole(number: Decimal | int, function: str, unit: str) -> int:
    if number != int(number):
        raise RuleEvaluationError(f"{function}() takes a whole number of {unit}, not {number}")
    return int(number)


def _outside(day: date, count: Decimal | int, unit: str) -> RuleEvaluationError:
    return RuleEvaluationError(f"{day} plus {count} {unit} is outside the calendar")
