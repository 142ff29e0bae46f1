"""What is given, made floats in order of dates; what cannot be used is refused by row and date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from math import inf, nan
from numbers import Real
from operator import lt
from typing import Any, cast

from plantrack.errors import SpcError, quoted

Number = int | float | Decimal | Real
LARGEST = 1e300  # beyond it, sums and limits would leave the range of floats


def read_rows(dates: Iterable[date], values: Iterable[Number | None]) -> tuple[list[date], list[float]]:
    """Dates in order, and the value of each, NaN where it is missing.

    :raises SpcError: there are no rows, or not as many dates as values; a date is none or is there twice; a value is no
        number, NaN, infinite, or beyond 1e300.
    """
    days, given = list(dates), list(values)
    if len(days) != len(given):
        raise SpcError(
            f"there are {len(days)} dates and {len(given)} values; give one of each a row, and None for a missing value"
        )
    if not days:
        raise SpcError("there are no rows; a chart needs at least one date")
    if {*map(type, days)} != {date}:
        for row, day in enumerate(days, 1):
            checked_date(day, f"row {row}")
    if {*map(type, given)} == {float} and sum(map(abs, numbers := cast(list[float], given))) <= LARGEST:
        pass  # all are finite
    else:
        numbers = [
            nan if value is None else checked_number(value, f"row {row} ({day}): the value")
            for row, (day, value) in enumerate(zip(days, given, strict=True), 1)
        ]
    if all(map(lt, days, days[1:])):
        return days, numbers
    order = sorted(range(len(days)), key=days.__getitem__)
    for one, other in pairwise(order):
        if days[one] == days[other]:
            raise SpcError(f"rows {one + 1} and {other + 1} are both of {days[one]}; give each date once")
    return [days[i] for i in order], [numbers[i] for i in order]


def checked_date(given: Any, name: str) -> date:
    """A date.

    :raises SpcError: it is something else, or a moment with a time.
    """
    if isinstance(given, datetime):
        raise SpcError(f"{name}: {given} is a moment; give its date, by .date()")
    if not isinstance(given, date):
        raise SpcError(f"{name}: {_shown(given)} is no date; give a datetime.date")
    return given


def checked_number(given: Any, name: str) -> float:
    """A finite number as a float.

    :raises SpcError: it is no number, NaN, infinite, or beyond 1e300.
    """
    if isinstance(given, bool) or not isinstance(given, Real | Decimal):
        raise SpcError(f"{name} is {_shown(given)}, which is no number")
    try:
        number = float(given)
    except OverflowError:
        number = inf
    except ValueError:  # a signalling NaN
        number = nan
    if number != number:
        raise SpcError(f"{name} is NaN; give None where it is missing")
    if abs(number) > LARGEST:
        raise SpcError(f"{name} is infinite, or beyond {LARGEST:g}; give None where it is missing")
    return number


def _shown(given: Any) -> str:
    return quoted(given if isinstance(given, str) else repr(given))
