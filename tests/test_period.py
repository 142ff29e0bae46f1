"""What a date written in a real document means, and what is refused rather than guessed."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plantrack.errors import PeriodError
from plantrack.period import Period, add_months, as_period

NOTATIONS = {
    # one day
    "2018-01-31": "2018-01-31 2018-01-31 day",
    "31 March 2018": "2018-03-31 2018-03-31 day",
    "24 Mar 2014": "2014-03-24 2014-03-24 day",
    "1st march 2019": "2019-03-01 2019-03-01 day",
    "29 February 2016": "2016-02-29 2016-02-29 day",
    "31-Mar-2018": "2018-03-31 2018-03-31 day",
    # the first or last day of something
    "end March 2018": "2018-03-31 2018-03-31 day",
    "end of March 2018": "2018-03-31 2018-03-31 day",
    "end Feb 2016": "2016-02-29 2016-02-29 day",
    "by end March 2019": "2019-03-31 2019-03-31 day",
    "by end of September 2014": "2014-09-30 2014-09-30 day",
    "by the end of September 2014": "2014-09-30 2014-09-30 day",
    "start April 2018": "2018-04-01 2018-04-01 day",
    "Start of April 2018": "2018-04-01 2018-04-01 day",
    "end of 2018": "2018-12-31 2018-12-31 day",
    "end of 2017/18": "2018-03-31 2018-03-31 day",
    "start of Q3 2017/18": "2017-10-01 2017-10-01 day",
    # a month
    "2018-01": "2018-01-01 2018-01-31 month",
    "2010-11": "2010-11-01 2010-11-30 month",
    "2010–11": "2010-11-01 2010-11-30 month",
    "January 2018": "2018-01-01 2018-01-31 month",
    "Jan 2018": "2018-01-01 2018-01-31 month",
    "SEPT 2018": "2018-09-01 2018-09-30 month",
    "by March 2019": "2019-03-01 2019-03-31 month",
    # a quarter, several, half a year
    "Q3 17/18": "2017-10-01 2017-12-31 quarter",
    "Q3 2017/18": "2017-10-01 2017-12-31 quarter",
    "Q3 2017-18": "2017-10-01 2017-12-31 quarter",
    "Q4 2010-11": "2011-01-01 2011-03-31 quarter",
    "q4 of 2013/14": "2014-01-01 2014-03-31 quarter",
    "2017-Q3": "2017-07-01 2017-09-30 quarter",
    "Q3 2017": "2017-07-01 2017-09-30 quarter",
    "Q1-Q2 of 2017/18": "2017-04-01 2017-09-30 half",
    "Q1-Q2 2017/18": "2017-04-01 2017-09-30 half",
    "Q3 to Q4 2017/18": "2017-10-01 2018-03-31 half",
    "Q2–Q3 2017/18": "2017-07-01 2017-12-31 range",
    "Q1-Q4 2017/18": "2017-04-01 2018-03-31 range",
    "H1 2017/18": "2017-04-01 2017-09-30 half",
    "H2 17/18": "2017-10-01 2018-03-31 half",
    "H2 2017": "2017-07-01 2017-12-31 half",
    # a third of a year
    "early 2018": "2018-01-01 2018-04-30 third",
    "mid 2013": "2013-05-01 2013-08-31 third",
    "mid-2013": "2013-05-01 2013-08-31 third",
    "Late 2018": "2018-09-01 2018-12-31 third",
    # a year
    "2018": "2018-01-01 2018-12-31 year",
    "by 2018": "2018-01-01 2018-12-31 year",
    "2014/15": "2014-04-01 2015-03-31 fiscal-year",
    "2014 / 15": "2014-04-01 2015-03-31 fiscal-year",
    "2014/2015": "2014-04-01 2015-03-31 fiscal-year",
    "17/18": "2017-04-01 2018-03-31 fiscal-year",
    "17-18": "2017-04-01 2018-03-31 fiscal-year",
    "2017-18": "2017-04-01 2018-03-31 fiscal-year",
    "2017–18": "2017-04-01 2018-03-31 fiscal-year",
    "2017-2018": "2017-04-01 2018-03-31 fiscal-year",
    "2010/11": "2010-04-01 2011-03-31 fiscal-year",
    "1999/00": "1999-04-01 2000-03-31 fiscal-year",
    # any other stretch
    "2014/15-2018/19": "2014-04-01 2019-03-31 range",
    "2014/15 – 2018/19": "2014-04-01 2019-03-31 range",
    "2014/15 to 2018/19": "2014-04-01 2019-03-31 range",
    "2017-19": "2017-04-01 2019-03-31 range",
    "2017-2019": "2017-04-01 2019-03-31 range",
    "2018-01-01/2018-03-31": "2018-01-01 2018-03-31 range",
    "2018-01-01 to 2018-03-31": "2018-01-01 2018-03-31 range",
    "September 2012 to March 2013": "2012-09-01 2013-03-31 range",
    "1 December 2017 to 1 March 2019": "2017-12-01 2019-03-01 range",
    "Q4 2013/14 to Q4 2014/15": "2014-01-01 2015-03-31 range",
    "mid 2013 to end of 2016": "2013-05-01 2016-12-31 range",
}

# Every date in the two Medway plans, as their readers wrote it down.
MEDWAY = {
    "2012/13": "2012-04-01 2013-03-31 fiscal-year",
    "2013/14": "2013-04-01 2014-03-31 fiscal-year",
    "2014/15": "2014-04-01 2015-03-31 fiscal-year",
    "2015/16": "2015-04-01 2016-03-31 fiscal-year",
    "2017/18": "2017-04-01 2018-03-31 fiscal-year",
    "2018/19": "2018-04-01 2019-03-31 fiscal-year",
    "2019/20": "2019-04-01 2020-03-31 fiscal-year",
    "2014/15-2015/16": "2014-04-01 2016-03-31 range",
    "2014/15-2018/19": "2014-04-01 2019-03-31 range",
    "2017-2019": "2017-04-01 2019-03-31 range",
    "2017-19": "2017-04-01 2019-03-31 range",
    "mid-2013": "2013-05-01 2013-08-31 third",
    "2016": "2016-01-01 2016-12-31 year",
    "2017": "2017-01-01 2017-12-31 year",
    "2018": "2018-01-01 2018-12-31 year",
    "2014-01": "2014-01-01 2014-01-31 month",
    "2014-03": "2014-03-01 2014-03-31 month",
    "2015-04": "2015-04-01 2015-04-30 month",
    "2016-03": "2016-03-01 2016-03-31 month",
    "2017-11": "2017-11-01 2017-11-30 month",
    "2018-01": "2018-01-01 2018-01-31 month",
    "2018-02": "2018-02-01 2018-02-28 month",
    "2018-03": "2018-03-01 2018-03-31 month",
    "2018-04": "2018-04-01 2018-04-30 month",
    "2019-03": "2019-03-01 2019-03-31 month",
    "Q1 2017/18": "2017-04-01 2017-06-30 quarter",
    "Q2 2017/18": "2017-07-01 2017-09-30 quarter",
    "Q3 2017/18": "2017-10-01 2017-12-31 quarter",
    "Q4 2013/14": "2014-01-01 2014-03-31 quarter",
    "Q1-Q2 of 2017/18": "2017-04-01 2017-09-30 half",
    "early 2018": "2018-01-01 2018-04-30 third",
    "end March 2018": "2018-03-31 2018-03-31 day",
    "end of September 2014": "2014-09-30 2014-09-30 day",
    "2 April 2014": "2014-04-02 2014-04-02 day",
    "2013-12-20": "2013-12-20 2013-12-20 day",
    "2014-03-24": "2014-03-24 2014-03-24 day",
    "2014-03-26": "2014-03-26 2014-03-26 day",
    "2014-04-02": "2014-04-02 2014-04-02 day",
    "2014-04-04": "2014-04-04 2014-04-04 day",
    "2014-06-20": "2014-06-20 2014-06-20 day",
    "2014-09-30": "2014-09-30 2014-09-30 day",
    "2015-04-01": "2015-04-01 2015-04-01 day",
    "2017-12-01": "2017-12-01 2017-12-01 day",
    "2018-03-31": "2018-03-31 2018-03-31 day",
    "2019-03-01": "2019-03-01 2019-03-01 day",
    "2019-03-31": "2019-03-31 2019-03-31 day",
}


def summary(period: Period) -> str:
    return f"{period.start} {period.end} {period.precision}"


@pytest.mark.parametrize(("text", "expected"), (NOTATIONS | MEDWAY).items())
def test_notation(text: str, expected: str) -> None:
    """A notation means these days at this precision, keeps its words, and survives storage whatever the fiscal year."""
    period = Period.parse(text)
    assert expected == summary(period)
    assert text == str(period)

    loaded = Period.from_stored(period.stored())
    assert period == loaded
    assert text == loaded.text


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("2014/15", 1, "2014-01-01 2014-12-31 fiscal-year"),
        ("2014/15", 7, "2014-07-01 2015-06-30 fiscal-year"),
        ("2014/15", 12, "2014-12-01 2015-11-30 fiscal-year"),
        ("Q3 2014/15", 10, "2015-04-01 2015-06-30 quarter"),
        ("Q3 2014", 10, "2014-07-01 2014-09-30 quarter"),
        ("2017-19", 1, "2017-01-01 2018-12-31 range"),
        ("2017-19", 10, "2017-10-01 2019-09-30 range"),
        ("2018", 10, "2018-01-01 2018-12-31 year"),
    ],
)
def test_fiscal_year_start(text: str, start: int, expected: str) -> None:
    """A fiscal year is named by the calendar year it begins in, in whatever month; calendar notations ignore that."""
    assert expected == summary(Period.parse(text, fiscal_year_start=start))


@pytest.mark.parametrize(
    ("text", "within", "expected"),
    [
        ("October", "2017/18", "2017-10-01 2017-10-31 month"),
        ("March", "2017/18", "2018-03-01 2018-03-31 month"),
        ("march", "2018", "2018-03-01 2018-03-31 month"),
        ("by February", "2017/18", "2018-02-01 2018-02-28 month"),
        ("end March", "2017/18", "2018-03-31 2018-03-31 day"),
        ("31 March", "2017/18", "2018-03-31 2018-03-31 day"),
        ("29 Feb", "2015/16", "2016-02-29 2016-02-29 day"),
        ("November", "H2 2017/18", "2017-11-01 2017-11-30 month"),
        ("Q3", "2017/18", "2017-10-01 2017-12-31 quarter"),
        ("Q3", "2018", "2018-07-01 2018-09-30 quarter"),
        ("Q1-Q2", "2017/18", "2017-04-01 2017-09-30 half"),
        ("H2", "2017/18", "2017-10-01 2018-03-31 half"),
        ("end Q3", "2017/18", "2017-12-31 2017-12-31 day"),
        ("October 2014", "2017/18", "2014-10-01 2014-10-31 month"),
    ],
)
def test_missing_year_comes_from_within(text: str, within: str, expected: str) -> None:
    """What has no year takes it from the surrounding period, and only from there; a year that is written wins."""
    period = Period.parse(text, within=Period.parse(within))
    assert expected == summary(period)
    assert text == str(period)


WRITE = "write for example 2018-01-31, 2018-01, Q3 2017/18, 2017/18, mid 2013 or end March 2018"
REFUSED = {
    # not a notation
    "Qx 2018": WRITE,
    "": WRITE,
    "tbc": WRITE,
    "Ongoing - see risk log": WRITE,
    "2017-10 (year inferred)": WRITE,
    "2018-1-5": WRITE,
    "03/2018": WRITE,
    "Q3 17": WRITE,
    "end of mid 2013": WRITE,
    "end 2018-01-31": WRITE,
    "٢٠١٨": WRITE,
    # no such date
    "2018-02-30": "2018-02 has 28 days",
    "32 March 2018": "2018-03 has 31 days",
    "29 February 2018": "2018-02 has 28 days",
    "2018-13-01": "months run from 1 to 12",
    "2018-13": "13 is neither a month nor a later year",
    "2018-00": "00 is neither a month nor a later year",
    "end Foo 2018": "'Foo' is not a month",
    "Q5 17/18": "the quarters of a year are Q1 to Q4",
    "Q0-Q2 17/18": "the quarters of a year are Q1 to Q4",
    "Q4-Q1 17/18": "Q1 does not come after Q4",
    "H3 2017/18": "the halves of a year are H1 and H2",
    "2017/19": "a fiscal year is two years in a row, as in 2017/18; a month is written 2017-01",
    "2018/03": "a fiscal year is two years in a row, as in 2018/19; a month is written 2018-01",
    "Q3 2017-19": "a fiscal year is two years in a row, as in 2017/18; a month is written 2017-01",
    "2019-2017": "2017 is neither a month nor a later year",
    "2018-03-31/2018-01-01": "it ends (2018-01-01) before it starts (2018-03-31)",
    "1066": "years run from 1900 to 2199",
    "1 January 2200": "years run from 1900 to 2199",
    "2199/00": "years run from 1900 to 2199",
    # more than one reading
    "10-11": "it has several readings; write 2010/11 for the fiscal year",
    "03/04/2018": "day or month first? write 2018-01-31 or 31 January 2018",
    "2017 to 2019": "fiscal years? write 2017-2019 if so, 2017-01-01 to 2019-12-31 if not",
    "October": "October needs a year: write October 2018, or pass within= the year or fiscal year it lies in",
    "end March": "March needs a year: write March 2018, or pass within= the year or fiscal year it lies in",
    "31 March": "31 March needs a year: write 31 March 2018, or pass within= the year or fiscal year it lies in",
    "Q3": "a quarter or half needs a year: write Q3 2017/18 or Q3 2017, "
    "or pass within= the year or fiscal year it lies in",
    "January to March 2018": "January needs a year: write January 2018",
    # not a text to keep
    "2018\x00": "it contains control characters",
    "2018\u202e": "it contains control characters",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_refused(text: str, reason: str) -> None:
    """What cannot be read, or can be read in two ways, is refused with its own words and what to write instead."""
    with pytest.raises(PeriodError) as refusal:
        Period.parse(text)
    assert f"cannot read {text!r} as a date or period; {reason}" == str(refusal.value)


@pytest.mark.parametrize(
    ("text", "within", "reason"),
    [
        ("October", "2017-19", "October needs a year: 2017-19 is longer than twelve months"),
        ("October", "H1 2017/18", "October needs a year: it occurs nowhere in H1 2017/18"),
        ("October", "2017-10-15 to 2018-10-14", "October needs a year: it occurs twice in 2017-10-15 to 2018-10-14"),
        ("29 Feb", "2017/18", "29 Feb needs a year: it occurs nowhere in 2017/18"),
        ("January to March 2018", "2016/17", "January needs a year: write January 2018"),
        ("October to December", "2017/18", "October needs a year: write October 2018"),
    ],
)
def test_within_that_does_not_settle_the_year(text: str, within: str, reason: str) -> None:
    """A surrounding period that leaves the year open settles nothing, and never contradicts a year that is written."""
    with pytest.raises(PeriodError) as refusal:
        Period.parse(text, within=Period.parse(within))
    assert f"cannot read {text!r} as a date or period; {reason}" == str(refusal.value)


def test_quarter_alone_needs_a_whole_year_around_it() -> None:
    """A quarter is a quarter of a year: a longer or shorter stretch does not say which."""
    with pytest.raises(PeriodError, match="a quarter or half needs a year"):
        Period.parse("Q3", within=Period.parse("2017-19"))


def test_white_space_is_collapsed() -> None:
    """Spreadsheet cells come with stray blanks and line breaks; the words are kept without them."""
    period = Period.parse("  end\tof \n March\u00a0 2018 ")
    assert summary(period) == "2018-03-31 2018-03-31 day"
    assert str(period) == "end of March 2018"


def test_long_text_is_refused_and_quoted_in_part() -> None:
    """An essay is not a date, and an error about it is short."""
    with pytest.raises(PeriodError) as refusal:
        Period.parse("a" * 101)
    expected = f"cannot read '{'a' * 60}…' as a date or period; it must be a text of at most 100 characters"
    assert expected == str(refusal.value)


@pytest.mark.parametrize("value", [None, 2018, b"2018", 20.18, ["2018"]])
def test_only_text_is_parsed(value: Any) -> None:
    """Whatever is not a text is refused with the same kind of error as a bad text."""
    for read in (Period.parse, Period.from_stored, as_period):
        with pytest.raises(PeriodError, match=f"text, not (as )?{type(value).__name__}|as text"):
            read(value)


@pytest.mark.parametrize("month", [0, 13, -1, "4", None])
def test_fiscal_year_start_is_a_month(month: Any) -> None:
    """A wrong fiscal year start is reported at once, even where the notation would not need it."""
    with pytest.raises(PeriodError, match="a fiscal year starts in a month from 1 to 12"):
        Period.parse("2018", fiscal_year_start=month)
    with pytest.raises(PeriodError, match="a fiscal year starts in a month from 1 to 12"):
        Period.fiscal_year(2018, month)


def test_as_period() -> None:
    """Periods pass through, dates become days, texts are parsed with the same settings."""
    period = Period.parse("mid 2013")
    assert period is as_period(period)
    assert Period.day(date(2018, 1, 31)) == as_period(date(2018, 1, 31))
    assert Period.fiscal_year(2017, 7) == as_period("2017/18", fiscal_year_start=7)
    assert Period.month(2017, 10) == as_period("October", within=Period.fiscal_year(2017))


def test_a_moment_is_not_a_day() -> None:
    """Which day a time falls on depends on a time zone that a period does not know, so it is refused."""
    with pytest.raises(PeriodError, match="dates without a time, not of datetime"):
        as_period(datetime(2018, 1, 31, 23, 30))


def test_canonical_constructors() -> None:
    """Days, months and fiscal years made in code have the text that parses to them."""
    assert str(Period.day(date(2018, 1, 31))) == "2018-01-31"
    assert str(Period.month(2018, 2)) == "2018-02"
    assert str(Period.fiscal_year(2014)) == "2014/15"
    assert str(Period.fiscal_year(1999)) == "1999/00"
    for period in (Period.day(date(2018, 1, 31)), Period.month(2018, 2), Period.fiscal_year(1999)):
        assert period == Period.parse(str(period))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Period.month(2018, 13), "months run from 1 to 12"),
        (lambda: Period.month(1899, 12), "years run from 1900 to 2199"),
        (lambda: Period.fiscal_year(2199), "years run from 1900 to 2199"),
        (lambda: Period.day(date(2200, 1, 1)), "years run from 1900 to 2199"),
        (
            lambda: Period(date(2018, 1, 2), date(2018, 1, 1), "range", "x"),
            "it ends (2018-01-01) before it starts (2018-01-02)",
        ),
        (
            lambda: Period(date(2018, 1, 1), date(2018, 1, 30), "month", "x"),
            "2018-01-01 to 2018-01-30 is not one month",
        ),
        (
            lambda: Period(date(2018, 4, 1), date(2019, 3, 31), "year", "x"),
            "2018-04-01 to 2019-03-31 is not one year",
        ),
        (
            lambda: Period(date(2018, 1, 1), date(2018, 1, 1), "week", "x"),
            "unknown precision 'week'; known: day, month, quarter, third, half, year, fiscal-year, range",
        ),
        (
            lambda: Period(date(2018, 1, 1), date(2018, 1, 1), "day", " x"),
            "the text of a period has no surrounding or repeated white space: ' x'",
        ),
        (lambda: Period(date(2018, 1, 1), date(2018, 1, 1), "day", "x\x07"), "it contains control characters"),
    ],
)
def test_no_period_contradicts_itself(make: Any, reason: str) -> None:
    """However a period is made, its days fit its precision and its text can be stored."""
    with pytest.raises(PeriodError) as refusal:
        make()
    assert reason == str(refusal.value)


def test_wording_does_not_make_a_difference() -> None:
    """Equality is about the days and how exactly they were meant, not about how they were written."""
    assert Period.parse("Jan 2018") == Period.parse("2018-01")
    assert hash(Period.parse("Jan 2018")) == hash(Period.parse("2018-01"))
    assert Period.parse("Q3 2017") != Period.parse("2017-07-01/2017-09-30")


def test_order() -> None:
    """Periods sort by when they are over, then by when they began."""
    texts = ["2018", "2017/18", "2018-03-31", "Q4 2017/18", "2018-01", "2018-03"]
    expected = ["2018-01", "2017/18", "Q4 2017/18", "2018-03", "2018-03-31", "2018"]
    assert expected == [str(period) for period in sorted(map(Period.parse, texts))]
    assert Period.parse("2017") <= Period.parse("2018") > Period.parse("2017")
    with pytest.raises(TypeError):
        assert Period.parse("2017") < date(2018, 1, 1)  # type: ignore[operator]


def test_overdue_only_after_the_last_day() -> None:
    """What is due in March 2018 is not late on 31 March, and is on 1 April."""
    due = Period.parse("March 2018")
    assert not due.is_over(date(2018, 3, 1))
    assert not due.is_over(date(2018, 3, 31))
    assert due.is_over(date(2018, 4, 1))
    assert date(2018, 3, 31) == due.last_day == due.end


def test_contains_and_overlaps() -> None:
    """First and last days count as inside, for days and for periods."""
    year = Period.parse("2017/18")
    assert year.contains(date(2017, 4, 1))
    assert year.contains(date(2018, 3, 31))
    assert not year.contains(date(2018, 4, 1))
    assert year.contains(year)
    assert year.contains(Period.parse("Q4 2017/18"))
    assert not year.contains(Period.parse("early 2018"))
    assert year.overlaps(Period.parse("early 2018"))
    assert Period.parse("Q4 2017/18").overlaps(Period.parse("2018-03-31"))
    assert not year.overlaps(Period.parse("2018/19"))


def test_days() -> None:
    """A period counts its first and its last day."""
    assert [Period.parse(text).days for text in ("2018-01-31", "2018-02", "2016-02", "2017/18")] == [1, 28, 29, 365]


def test_immutable_and_picklable() -> None:
    """A period can be shared between threads and sent between processes."""
    period = Period.parse("mid 2013")
    with pytest.raises(AttributeError):
        period.start = date(2013, 1, 1)  # type: ignore[misc]
    assert not hasattr(period, "__dict__")
    assert period == pickle.loads(pickle.dumps(period))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2018-01-31", 1, "2018-02-28"),
        ("2016-01-31", 1, "2016-02-29"),
        ("2016-02-29", 12, "2017-02-28"),
        ("2018-11-15", 2, "2019-01-15"),
        ("2018-01-15", -1, "2017-12-15"),
        ("2018-03-31", -13, "2017-02-28"),
        ("2018-03-31", 0, "2018-03-31"),
    ],
)
def test_add_months(day: str, months: int, expected: str) -> None:
    """Months are counted on the calendar, and a day that the month does not have becomes its last."""
    assert date.fromisoformat(expected) == add_months(date.fromisoformat(day), months)


def test_add_months_leaves_the_calendar() -> None:
    """There is no year 10000."""
    with pytest.raises(PeriodError, match="2018-01-01 plus 120000 months is outside the calendar"):
        add_months(date(2018, 1, 1), 120_000)


STORED = {
    "2018-01-31": "2018-01-31",
    "2018-01": "2018-01",
    "2018": "2018",
    "Jan 2018": "2018-01-01/2018-01-31 month Jan 2018",
    "2014/15": "2014-04-01/2015-03-31 fiscal-year 2014/15",
    "end  March 2018": "2018-03-31/2018-03-31 day end March 2018",
    "2017-19": "2017-04-01/2019-03-31 range 2017-19",
}


@pytest.mark.parametrize(("text", "expected"), STORED.items())
def test_stored_form(text: str, expected: str) -> None:
    """The stored form is the storage format of every event: it must not change."""
    assert expected == Period.parse(text).stored()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", ""),
        ("yesterday", ""),
        ("2018-02-30", ""),
        ("2018-13", ""),
        ("2018W011", ""),
        (" 2018", "; that is '2018'"),
        ("2018-19", "; that is '2018-04-01/2019-03-31 fiscal-year 2018-19'"),
        ("2018-01-31/2018-01-31 day 2018-01-31", "; that is '2018-01-31'"),
        ("2018-01-31/2018-01-01 range x", "; it ends (2018-01-01) before it starts (2018-01-31)"),
        ("2018-01-01/2018-01-31 quarter x", "; 2018-01-01 to 2018-01-31 is not one quarter"),
        ("2018-01-01/2018-01-31 range ", ""),
        ("2018-01-01/2018-01-31", "; that is '2018-01-01/2018-01-31 range 2018-01-01/2018-01-31'"),
    ],
)
def test_malformed_stored_form(text: str, complaint: str) -> None:
    """A damaged log is noticed: each period has one stored form, and nothing else is accepted for it."""
    with pytest.raises(PeriodError) as refusal:
        Period.from_stored(text)
    assert f"{text!r} is not the stored form of a period{complaint}" == str(refusal.value)


def test_reading_the_same_stored_form_shares_the_object() -> None:
    """A log of a million events holds each of its few thousand periods once."""
    stored = Period.parse("Q3 2017/18").stored()
    assert Period.from_stored(stored) is Period.from_stored(stored)


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
fiscal_starts = st.integers(1, 12)


@given(days)
def test_iso_days_and_months_mean_themselves(day: date) -> None:
    """An ISO date is that day, an ISO month is that month, for every day of the three centuries."""
    assert Period.day(day) == Period.parse(day.isoformat())
    month = Period.parse(f"{day:%Y-%m}")
    assert Period.month(day.year, day.month) == month
    assert month.contains(day)
    assert (month.end + timedelta(days=1)).day == 1


@given(st.integers(1900, 2197), fiscal_starts)
def test_fiscal_years_tile_the_time_line(year: int, start: int) -> None:
    """Each fiscal year begins the day after the one before ends; its quarters and halves tile it likewise."""
    this, following = Period.fiscal_year(year, start), Period.fiscal_year(year + 1, start)
    assert this.end + timedelta(days=1) == following.start
    assert this == Period.parse(str(this), fiscal_year_start=start)
    for parts in (("Q1", "Q2", "Q3", "Q4"), ("H1", "H2")):
        pieces = [Period.parse(f"{part} {this}", fiscal_year_start=start) for part in parts]
        assert [this.start, *(piece.end + timedelta(days=1) for piece in pieces)] == [
            *(piece.start for piece in pieces),
            following.start,
        ]
        assert pieces == [Period.parse(part, within=this) for part in parts]


@given(st.integers(1900, 2199))
def test_thirds_tile_the_calendar_year(year: int) -> None:
    """Early, mid and late are January to April, May to August and September to December."""
    early, mid, late = (Period.parse(f"{part} {year}") for part in ("early", "mid", "late"))
    whole = Period.parse(str(year))
    assert (whole.start, whole.end) == (early.start, late.end)
    assert early.end + timedelta(days=1) == mid.start
    assert mid.end + timedelta(days=1) == late.start


@given(st.integers(1900, 2198), fiscal_starts)
def test_every_month_occurs_once_in_a_fiscal_year(year: int, start: int) -> None:
    """The months that a fiscal year gives their year to are its own twelve, whenever it starts."""
    within = Period.fiscal_year(year, start)
    months = {Period.parse(f"{date(2000, month, 1):%b}", within=within) for month in range(1, 13)}
    assert len(months) == 12
    assert all(within.contains(month) for month in months)


names = ["early", "mid", "late", "January", "feb", "Sept", "foo", "Q1", "Q3", "Q2-Q4", "q9", "H1", "h3"]
numbers = ["31", "1st", "0", "99", "17", "18", "2017", "2018", "9999", "17/18", "2017/18", "2017-18", "2010-11"]
others = ["by", "the", "end", "start", "of", "to", "-", "/", "–", "2018-02-29", "2016-02-29"]
fragments = st.sampled_from([*names, *numbers, *others])
notations = st.lists(fragments, max_size=7).map(" ".join) | st.sampled_from(sorted(NOTATIONS | MEDWAY))


@given(st.text(max_size=110) | notations | st.text("0123456789-/ QH", max_size=15), fiscal_starts)
@example("\ud800", 4)
@example("0000-00-00", 4)
@example("9999", 4)
@example("1 " * 50, 4)
@example("to " * 33, 4)
def test_any_text_is_read_or_refused(text: str, start: int) -> None:
    """Whatever the text, it becomes a period that storage gives back in full, or PeriodError, and nothing else."""
    try:
        period = Period.parse(text, fiscal_year_start=start)
    except PeriodError:
        return
    assert " ".join(text.split()) == str(period)

    again = Period.parse(str(period), fiscal_year_start=start)
    assert (period, period.text) == (again, again.text)

    loaded = Period.from_stored(period.stored())
    assert (period, period.text) == (loaded, loaded.text)


@given(st.text(max_size=150) | st.text("0123456789-/ dayrnge", max_size=40))
@example("2014-04-01/2015-03-31 fiscal-year \ud800")
@example("2014-04-01/2015-03-31 range " + "x" * 101)
def test_any_stored_text_is_read_or_refused(text: str) -> None:
    """What is accepted as a stored form is the stored form of what it gives."""
    try:
        period = Period.from_stored(text)
    except PeriodError:
        return
    assert text == period.stored()


@given(days, days, st.text(min_size=1, max_size=100))
def test_any_period_that_can_be_made_can_be_stored(one: date, other: date, text: str) -> None:
    """Storage is lossless for every period, however odd its words."""
    try:
        period = Period(min(one, other), max(one, other), "range", text)
    except PeriodError:
        return
    loaded = Period.from_stored(period.stored())
    assert (period, text) == (loaded, loaded.text)


@given(st.lists(notations, min_size=2, max_size=6))
def test_order_agrees_with_equality(texts: list[str]) -> None:
    """Of two periods exactly one holds: earlier, equal, later."""
    periods = []
    for text in texts:
        try:
            periods.append(Period.parse(text))
        except PeriodError:
            continue
    for one in periods:
        for other in periods:
            assert [one < other, one == other, one > other].count(True) == 1
