"""Dates with a precision, as documents write them: ``2018-01-31``, ``Q3 2017/18``, ``mid 2013``, ``end March 2018``.

Nothing is guessed: a notation with two readings (``03/04/2018``, ``10-11``, ``October`` alone) is refused, and the
error says what to write instead. No function here reads the clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from functools import cache, lru_cache, total_ordering
from typing import NamedTuple

import attrs

from plantrack.errors import PeriodError

FIRST_YEAR, LAST_YEAR = 1900, 2199
_LONGEST_TEXT = 100
_EXAMPLES = "write for example 2018-01-31, 2018-01, Q3 2017/18, 2017/18, mid 2013 or end March 2018"

# Whole months in each precision; 0 is a single day, None any stretch.
_MONTHS_IN = {"day": 0, "month": 1, "quarter": 3, "third": 4, "half": 6, "year": 12, "fiscal-year": 12, "range": None}
_ISO_LENGTH = {"day": 10, "month": 7, "year": 4}
_STORED = re.compile(r"([\d-]{10})/([\d-]{10}) ([a-z-]+) (.+)", re.ASCII)
_HYPHENS = str.maketrans("\u2010\u2011\u2013", "---")  # hyphen, non-breaking hyphen, en dash


def add_months(day: date, months: int) -> date:
    """The same day of the month, ``months`` later (earlier if negative), or that month's last day if it is shorter.

    :raises PeriodError: the result is outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise PeriodError(f"{day} plus {months} months is outside the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@total_ordering
@attrs.frozen(order=False)
class Period:
    """A stretch of whole days with the precision in which it was stated.

    Two periods are equal when first day, last day and precision are. They sort by last day, then first day (then
    precision, so that the order agrees with equality). The wording takes part in neither.

    :ivar start: first day.
    :ivar end: last day, included.
    :ivar precision: ``day``, ``month``, ``quarter``, ``third`` (early, mid or late year), ``half``, ``year``
        (calendar), ``fiscal-year``, or ``range`` for any other stretch.
    :ivar text: the notation as its author wrote it, with white space collapsed.
    :raises PeriodError: the days do not fit the precision, end before start or leave the years 1900 to 2199; or the
        text is empty, longer than 100 characters, has control characters or white space to collapse.
    """

    start: date
    end: date
    precision: str
    text: str = attrs.field(eq=False)

    def __attrs_post_init__(self) -> None:
        start, end, precision = self.start, self.end, self.precision
        for day in (start, end):
            if not isinstance(day, date) or isinstance(day, datetime):
                raise PeriodError(f"a period is made of dates without a time, not of {type(day).__name__}")
            _year(day.year)
        if start > end:
            raise PeriodError(f"it ends ({end}) before it starts ({start})")
        if precision not in _MONTHS_IN:
            raise PeriodError(f"unknown precision {_quoted(str(precision))}; known: {', '.join(_MONTHS_IN)}")
        months = _MONTHS_IN[precision]
        if months is not None and (
            end != _last_day(start, months) or (months and start.day != 1) or (precision == "year" and start.month != 1)
        ):
            raise PeriodError(f"{start} to {end} is not one {precision}")
        if not self.text or self.text != _collapsed(self.text):
            raise PeriodError(f"the text of a period has no surrounding or repeated white space: {_quoted(self.text)}")

    @classmethod
    def parse(cls, text: str, *, fiscal_year_start: int = 4, within: Period | None = None) -> Period:
        """Read a date or period as it stands in a document.

        ==============  =============================================================================================
        day             ``2018-01-31``, ``31 March 2018``, ``24 Mar 2014``
        edge (a day)    ``start of April 2018``, ``end March 2018``, ``end of Q3 2017/18``, ``end of 2018``
        month           ``2018-01``, ``January 2018``, ``Jan 2018``
        quarter, half   of a fiscal year: ``Q3 17/18``, ``Q3 2017/18``, ``Q1-Q2 of 2017/18``, ``H1 2017/18``;
                        of a calendar year: ``Q3 2017``, ``2017-Q3``, ``H1 2017``
        third           ``early 2018`` (January to April), ``mid 2013`` (May to August), ``late 2018``
        year            ``2018``
        fiscal year     ``2014/15``, ``2014/2015``, ``17/18``, ``17-18``, ``2017-18``
        range           ``2014/15-2018/19``, ``2017-19`` and ``2017-2019`` (fiscal 2017/18 and 2018/19),
                        ``2018-01-01/2018-03-31``, and ``A to B`` or ``A - B`` for any of the above with their years
        ==============  =============================================================================================

        A leading ``by`` changes nothing: what is due "by March 2018" is late once March is over. Case, repeated white
        space and the kind of hyphen do not matter. ``2010-11`` is November 2010, as in ISO 8601; write ``2010/11`` for
        the fiscal year. A fiscal year is named by the calendar year in which it begins, so that with
        ``fiscal_year_start=1`` the year ``2014/15`` is all of 2014. Years of two digits are 20xx.

        :param fiscal_year_start: month, 1 to 12, on whose first day fiscal years begin.
        :param within: gives a year that the text leaves out. A month or day (``October``, ``end March``) must occur
            exactly once in it, and it must be no longer than twelve months. A quarter or half (``Q3``) is then one of
            ``within``, which must be a year or fiscal year. A year in the text comes first.
        :raises PeriodError: no such notation, or a day, month or year that does not exist, lies outside 1900 to 2199 or
            is missing; the message quotes the text and says what to write.
        """
        if not isinstance(text, str):
            raise PeriodError(f"a date or period is written as text, not as {type(text).__name__}")
        context = _Context(_fiscal_month(fiscal_year_start), within)
        try:
            words = _collapsed(text)
            return cls(*_read(context, words.translate(_HYPHENS), _NOTATIONS), words)
        except PeriodError as reason:
            raise PeriodError(f"cannot read {_quoted(text.strip())} as a date or period; {reason}") from None

    @classmethod
    def day(cls, day: date) -> Period:
        """One day, written ``2018-01-31``.

        :raises PeriodError: it is not a date, has a time of day, or lies outside the years 1900 to 2199.
        """
        return cls(day, day, "day", str(day))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """One month (1 to 12), written ``2018-01``.

        :raises PeriodError: there is no such month, or the year is not one of 1900 to 2199.
        """
        return cls(*_month(year, month), f"{year}-{month:02}")

    @classmethod
    def fiscal_year(cls, first_year: int, fiscal_year_start: int = 4) -> Period:
        """The fiscal year that begins in ``first_year``, on the first of month ``fiscal_year_start``; ``2014/15``.

        :raises PeriodError: there is no such month, or the fiscal year leaves the years 1900 to 2199.
        """
        start = date(_year(first_year), _fiscal_month(fiscal_year_start), 1)
        return cls(*_months(start, 12, "fiscal-year"), f"{first_year}/{(first_year + 1) % 100:02}")

    @staticmethod
    def from_stored(text: str) -> Period:
        """The period that :meth:`stored` wrote, words included; every period has exactly one stored form.

        :raises PeriodError: the text is not a stored form.
        """
        if not isinstance(text, str):
            raise PeriodError(f"a stored period is text, not {type(text).__name__}")
        return read_stored(text)

    def stored(self) -> str:
        """The lossless form for the log, independent of where the fiscal year starts.

        The ISO form alone where the author wrote that (``2018-01-31``, ``2018-01``, ``2018``), else first and last day,
        precision and words: ``2014-04-01/2015-03-31 fiscal-year 2014/15``.
        """
        iso = self.start.isoformat()[: _ISO_LENGTH.get(self.precision, 0)]
        return iso if iso == self.text else f"{self.start}/{self.end} {self.precision} {self.text}"

    @property
    def last_day(self) -> date:
        """The day that places the period in time: what is known of January is true once January is over."""
        return self.end

    @property
    def days(self) -> int:
        """How many days, first and last included; at least 1."""
        return (self.end - self.start).days + 1

    def contains(self, other: date | Period) -> bool:
        """Whether the day, or every day of the period, lies in this one."""
        first, last = (other.start, other.end) if isinstance(other, Period) else (other, other)
        return self.start <= first and last <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.start <= other.end and other.start <= self.end

    def is_over(self, on: date) -> bool:
        """Whether its last day lies before ``on``: what is due in March becomes overdue on the first of April."""
        return on > self.end

    def __str__(self) -> str:
        return self.text

    def __lt__(self, other: Period) -> bool:
        if not isinstance(other, Period):
            return NotImplemented
        return (self.end, self.start, self.precision) < (other.end, other.start, other.precision)


# A period is stored as one text. As long as it looks like an attrs class, msgspec would read an object of four fields
# instead, without asking our decoding hook.
delattr(Period, "__attrs_attrs__")


def as_period(value: str | date | Period, *, fiscal_year_start: int = 4, within: Period | None = None) -> Period:
    """A period as it is, a date as one day, a text as :meth:`Period.parse` reads it (which explains the parameters).

    :raises PeriodError: the value is none of these (a ``datetime`` is refused: its day depends on a time zone), or the
        text cannot be read.
    """
    if isinstance(value, Period):
        return value
    if isinstance(value, date):
        return Period.day(value)
    return Period.parse(value, fiscal_year_start=fiscal_year_start, within=within)


# Reading a log meets the same few thousand periods again and again.
@lru_cache(maxsize=65_536)
def read_stored(text: str) -> Period:
    """What :meth:`Period.from_stored` does, without its check of the type: the hot path of reading a log."""
    match = _STORED.fullmatch(text)
    try:
        if match:
            start, end, precision, words = match.groups()
            period = Period(date.fromisoformat(start), date.fromisoformat(end), precision, words)
        else:
            period = Period.parse(text)
    except ValueError as reason:
        detail = f"; {reason}" if match else ""
        raise PeriodError(f"{_quoted(text)} is not the stored form of a period{detail}") from None
    if period.stored() != text:  # equal content is equal bytes; and what depends on the fiscal year start stays out
        raise PeriodError(f"{_quoted(text)} is not the stored form of a period; that is {_quoted(period.stored())}")
    return period


_Span = tuple[date, date, str]  # first day, last day, precision
_Notations = tuple[tuple[str, Callable[..., _Span]], ...]  # pattern, what builds a span from its groups


class _Context(NamedTuple):
    fiscal_year_start: int
    within: Period | None
    advice: str = ", or pass within= the year or fiscal year it lies in"


# Compiled when first needed: reading a log needs few of them, and compiling all would double the time of the import.
@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("MONTH", _MONTH).replace("YEARS", _YEARS), re.ASCII | re.IGNORECASE)


def _read(context: _Context, text: str, notations: _Notations) -> _Span:
    for pattern, build in notations:
        if match := _compiled(pattern).fullmatch(text):
            return build(context, *match.groups())
    raise PeriodError(_EXAMPLES)


def _refuse(reason: str) -> Callable[..., _Span]:
    """A builder for what is recognised only to say what is wrong with it; ``{0}`` is the pattern's first group."""

    def build(_: _Context, *groups: str) -> _Span:
        raise PeriodError(reason.format(*groups))

    return build


def _day(year: int, month: int, day: int) -> _Span:
    first, last, _ = _month(year, month)
    if not 1 <= day <= last.day:
        raise PeriodError(f"{year}-{month:02} has {last.day} days")
    return first.replace(day=day), first.replace(day=day), "day"


def _month(year: int, month: int) -> _Span:
    if not 1 <= month <= 12:
        raise PeriodError("months run from 1 to 12")
    return _months(date(_year(year), month, 1), 1, "month")


def _month_number(name: str) -> int:
    return "janfebmaraprmayjunjulaugsepoctnovdec".index(name[:3].lower()) // 3 + 1


def _months(start: date, count: int, precision: str) -> _Span:
    return start, _last_day(start, count), precision


def _last_day(start: date, months: int) -> date:
    return add_months(start, months) - timedelta(days=1) if months else start


def _yearly(context: _Context, name: str, year: str | None, build: Callable[[int], _Span]) -> _Span:
    """What ``build`` makes of the year that is written, else of the one year that puts it into ``within``."""
    if year:
        return build(_year(year))
    if context.within is None:
        raise PeriodError(f"{name} needs a year: write {name} 2018{context.advice}")
    first, last = context.within.start, context.within.end
    if context.within.days > 366:
        raise PeriodError(f"{name} needs a year: {context.within} is longer than twelve months")
    found = []
    for number in range(first.year, last.year + 1):
        try:
            span = build(number)
        except PeriodError:  # 29 February, in a year without it
            continue
        if span[0] <= last and first <= span[1]:
            found.append(span)
    if len(found) != 1:
        raise PeriodError(f"{name} needs a year: it occurs {'twice' if found else 'nowhere'} in {context.within}")
    return found[0]


def _quarters(context: _Context, first: str, last: str | None, year: str | None, second: str | None) -> _Span:
    low, high = int(first), int(last or first)
    if not (1 <= low <= 4 and 1 <= high <= 4):
        raise PeriodError("the quarters of a year are Q1 to Q4")
    if last and low >= high:
        raise PeriodError(f"Q{high} does not come after Q{low}")
    if year:
        start = _fiscal_start(context, year, second) if second else date(_year(year), 1, 1)
    elif context.within and context.within.precision in ("year", "fiscal-year"):
        start = context.within.start
    else:
        raise PeriodError(f"a quarter or half needs a year: write Q3 2017/18 or Q3 2017{context.advice}")
    precision = "quarter" if low == high else "half" if (low, high) in ((1, 2), (3, 4)) else "range"
    return _months(add_months(start, 3 * (low - 1)), 3 * (high - low + 1), precision)


def _month_or_fiscal_years(context: _Context, first: str, second: str) -> _Span:
    if len(second) == 2 and 1 <= int(second) <= 12:
        if len(first) == 4:
            return _month(int(first), int(second))
        raise PeriodError(f"it has several readings; write 20{first}/{second} for the fiscal year")
    start, years = date(_year(first), context.fiscal_year_start, 1), _later_year(first, second) - _year(first)
    if years < 1:
        raise PeriodError(f"{second} is neither a month nor a later year")
    return _months(start, 12 * years, "fiscal-year" if years == 1 else "range")


def _fiscal_start(context: _Context, first: str, second: str) -> date:
    year = _year(first)
    if _later_year(first, second) != year + 1:
        example = f"{year}/{(year + 1) % 100:02}"
        raise PeriodError(f"a fiscal year is two years in a row, as in {example}; a month is written {year}-01")
    return date(year, context.fiscal_year_start, 1)


def _later_year(first: str, second: str) -> int:
    """The second year of ``2017/18``, ``1999/00`` or ``2017-2019``: in the first one's century unless that turns."""
    year = _year(first)
    if len(second) == 4:
        return _year(second)
    return year + 1 if int(second) == (year + 1) % 100 else year - year % 100 + int(second)


def _range(context: _Context, first: str, last: str) -> _Span:
    # Both ends need their own year: in "January to March 2018" a year from `within` could contradict the one written.
    context = context._replace(within=None, advice="")
    return _read(context, first, _SINGLE)[0], _read(context, last, _SINGLE)[1], "range"


def _edge(context: _Context, edge: str, rest: str) -> _Span:
    start, end, precision = _read(context, rest, _SIMPLE)
    if precision in ("day", "third"):  # "end of mid 2013" would claim an exactness that its author did not have
        raise PeriodError(_EXAMPLES)
    day = start if edge.lower() == "start" else end
    return day, day, "day"


def _year(year: str | int) -> int:
    number = 2000 + int(year) if isinstance(year, str) and len(year) == 2 else int(year)
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise PeriodError(f"years run from {FIRST_YEAR} to {LAST_YEAR}")
    return number


def _fiscal_month(month: int) -> int:
    if not isinstance(month, int) or not 1 <= month <= 12:
        raise PeriodError(f"a fiscal year starts in a month from 1 to 12, not {_quoted(str(month))}")
    return month


def _collapsed(text: str) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise PeriodError(f"it must be a text of at most {_LONGEST_TEXT} characters")
    words = " ".join(text.split())
    if not words.isprintable():
        raise PeriodError("it contains control characters")
    return words


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")


_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_YEARS = r"(\d{4}|\d\d(?= ?[/-]))(?: ?[/-] ?(\d{4}|\d\d))?"  # 2017, 2017/18, 17/18, 2017-18: two groups
_THIRDS = {"early": 1, "mid": 5, "late": 9}


# The first pattern that fits the whole text decides. Its builder gets the context and the groups.
_SIMPLE: _Notations = (
    (r"(\d{4})-(\d\d)-(\d\d)", lambda _, y, m, d: _day(_year(y), int(m), int(d))),
    (
        r"(\d{1,2})(?:st|nd|rd|th)?[ -]MONTH(?:[ -](\d{4}))?",
        lambda c, d, name, y: _yearly(c, f"{d} {name}", y, lambda year: _day(year, _month_number(name), int(d))),
    ),
    (
        r"MONTH(?:[ -](\d{4}))?",
        lambda c, name, y: _yearly(c, name, y, lambda year: _month(year, _month_number(name))),
    ),
    (r"(early|mid|late)[ -](\d{4})", lambda _, name, y: _months(date(_year(y), _THIRDS[name.lower()], 1), 4, "third")),
    (r"(\d{4})", lambda _, y: _months(date(_year(y), 1, 1), 12, "year")),
    (r"(\d{4}|\d\d(?= ?/ ?\d\d$)) ?/ ?(\d{4}|\d\d)", lambda c, *y: _months(_fiscal_start(c, *y), 12, "fiscal-year")),
    (r"(\d{4}|\d\d(?= ?- ?\d\d$)) ?- ?(\d{4}|\d\d)", _month_or_fiscal_years),
    (r"(\d{4})[ -]q(\d)", lambda c, y, q: _quarters(c, q, None, y, None)),
    (r"q(\d)(?: ?(?:-|to) ?q(\d))?(?: (?:of )?YEARS)?", _quarters),
    (r"h([12])(?: (?:of )?YEARS)?", lambda c, h, *y: _quarters(c, str(2 * int(h) - 1), str(2 * int(h)), *y)),
    (r"h\d(?: .*)?", _refuse("the halves of a year are H1 and H2")),
    (r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)", _refuse("day or month first? write 2018-01-31 or 31 January 2018")),
    (r"(?:\d{1,2} )?([a-z]{3,}) \d{4}", _refuse("'{0}' is not a month")),
)
_SINGLE: _Notations = (*_SIMPLE, (r"(?:the )?(start|end)(?: of)? (.+)", _edge))
_RANGES: _Notations = (
    (r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)", _range),
    (r"(\d\d(?:\d\d)?/\d\d(?:\d\d)?)-(\d\d(?:\d\d)?/\d\d(?:\d\d)?)", _range),
    (r"(\d{4}) to (\d{4})", _refuse("fiscal years? write {0}-{1} if so, {0}-01-01 to {1}-12-31 if not")),
    (r"(.+?) (?:to|-) (.+)", _range),
)
_NOTATIONS: _Notations = (*_SIMPLE, *_RANGES, (r"by (.+)", lambda c, rest: _read(c, rest, _SINGLE)), *_SINGLE)
