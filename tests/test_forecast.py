"""Forecasts: their numbers by hand, what they say and when they are silent, and how often they were right."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.backtest import STAYS, WANDERS, failing, real, shares
from plantrack.errors import SpcError
from plantrack.forecast import (
    Forecast,
    Interval,
    RunRate,
    against_plan,
    earned_schedule,
    level,
    run_rate,
    slips,
    throughput,
)
from plantrack.forecast.student import cdf, quantile

START = date(2024, 1, 1)
FLAT = [10] * 12
BACK_LOADED = [2, 2, 4, 4, 6, 6, 10, 10, 12, 14, 14, 16]


def days(count: int) -> list[date]:
    return [START + timedelta(n) for n in range(count)]


def ahead(values: list[float | None], **options: Any) -> Forecast:
    """A level forecast of daily values."""
    return level(days(len(values)), values, **options)


# --- Student's t -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freedom", "table"),
    [
        (1, 12.706204736174698),
        (2, 4.302652729749464),
        (5, 2.5705818356363146),
        (10, 2.2281388519862744),
        (30, 2.0422724563012373),
        (1000, 1.962339080826436),
    ],
)
def test_t_equals_the_table(freedom: int, table: float) -> None:
    """97.5 % points as every table has them."""
    assert quantile(0.975, freedom) == pytest.approx(table, rel=1e-12)
    assert cdf(table, freedom) == pytest.approx(0.975, rel=1e-13)
    assert cdf(-table, freedom) == pytest.approx(0.025, rel=1e-12)


@given(st.floats(-1e6, 1e6))
def test_t_in_closed_form(t: float) -> None:
    """With one, two and three degrees of freedom it can be written down."""
    assert cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-14)
    assert cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-14)
    third = t / math.sqrt(3)
    assert cdf(t, 3) == pytest.approx(0.5 + (third / (1 + third * third) + math.atan(third)) / math.pi, abs=1e-14)


@given(st.floats(0.5, 500), st.floats(0.51, 0.9999))
def test_t_turns_back(freedom: float, p: float) -> None:
    """The quantile is the inverse, also between whole degrees of freedom."""
    assert cdf(quantile(p, freedom), freedom) == pytest.approx(p, rel=1e-12)


def test_t_at_its_ends() -> None:
    """Far out it is certain, and says so without an error."""
    assert [cdf(t, 7.44) for t in (-math.inf, -1e200, 0, 1e200, math.inf)] == [0, 0, 0.5, 1, 1]


# --- a level ---------------------------------------------------------------------------------------------------------


def test_level_by_hand() -> None:
    """Both intervals are those of the formulas: 16 values around 11, moving by 2 each time."""
    found = ahead([10.0, 12.0] * 8, target=11, periods=4)
    stays, wanders = found.intervals
    half = quantile(0.975, 0.62 * 15) * 2 / 1.128 * math.sqrt(1 + 1 / 16)
    assert (stays.lower, stays.expected, stays.upper) == pytest.approx((11 - half, 11, 11 + half))
    half = 2.131449545559323 * 2 * math.sqrt(4)  # t of 15 degrees of freedom
    assert (wanders.lower, wanders.expected, wanders.upper) == pytest.approx((12 - half, 12, 12 + half))
    assert stays.chance == pytest.approx(0.5)
    assert wanders.chance == pytest.approx(cdf(0.25, 15))
    assert found.answer == "cannot_say"
    assert found.reason == (
        "chance of meeting the target: 50 % if the process stays as it is, 60 % if it wanders; "
        "not all at most 20 %, nor all at least 80 %"
    )


@pytest.mark.parametrize(
    ("target", "improvement", "answer"),
    [
        (20, "increase", "likely_missed"),
        (2, "increase", "likely_met"),
        (20, "decrease", "likely_met"),
        (2, "decrease", "likely_missed"),
        ((2, 22), "neutral", "likely_met"),
        ((20, 30), "increase", "likely_missed"),
        ((10, 12), "increase", "cannot_say"),
        (14.2, "increase", "cannot_say"),  # the first alone would say: missed
    ],
)
def test_answers(target: Any, improvement: Any, answer: str) -> None:
    """A number is met on its better side, a band within; both methods must agree."""
    found = ahead([10.0, 12.0] * 8, target=target, periods=2, improvement=improvement)
    assert found.answer == answer


def test_one_method_is_not_enough() -> None:
    """The process that stays would miss it, the one that wanders may not: nothing is said."""
    found = ahead([10.0, 12.0] * 8, target=14.2, periods=12)
    assert found.intervals[0].chance < 0.2 < found.intervals[1].chance
    assert found.answer == "cannot_say"


def test_silence_below_13_points() -> None:
    """Twelve values are too few, however far the target; missing ones do not count."""
    assert ahead([10.0, 12.0] * 6, target=99, periods=1) == Forecast(
        "cannot_say", "12 values with 11 steps between neighbours; 13 are needed"
    )
    assert ahead([*([10.0, 12.0] * 6), None, None], target=99, periods=1).intervals == ()
    assert ahead([10.0, None] * 13, target=99, periods=1).reason == (
        "13 values with 0 steps between neighbours; 13 are needed"
    )
    assert ahead([*([10.0, 12.0] * 6), 10.0], target=99, periods=1).answer == "likely_missed"


def test_values_that_have_not_arrived() -> None:
    """Two missing months at the end are two more months ahead."""
    values: list[float | None] = [10.0, 12.0] * 8
    assert ahead([*values, None, None], target=11, periods=1) == ahead(values, target=11, periods=3)


def test_constant_series() -> None:
    """What never varied is expected to go on, and equality meets the target."""
    for target, answer in ((100, "likely_met"), (100.1, "likely_missed")):
        found = ahead([100.0] * 24, target=target, periods=3)
        assert (found.answer, found.intervals[0].lower, found.intervals[1].upper) == (answer, 100, 100)


# --- a running total -------------------------------------------------------------------------------------------------


def test_plan_that_is_heavy_at_its_end() -> None:
    """Delivered exactly to plan, it is expected to end at 100 %, where the run rate would expect 43 %."""
    for months in (4, 6, 9, 12):
        found = against_plan(BACK_LOADED[:months], BACK_LOADED)
        assert found.intervals == (Interval("by the ratio to the plan", 100, 100, 100, 1),)
        assert found.answer == "likely_met"
    rate = run_rate(BACK_LOADED[:6], BACK_LOADED)
    assert rate == RunRate(4.0, 76 / 6)
    assert rate.achieved * 12 == 48


def test_flat_plan_is_the_run_rate() -> None:
    """S + h x̄ ± t s √(h + h² / n)."""
    done = [9, 8, 11, 7, 10, 6]
    found = against_plan(done, FLAT).intervals[0]
    mean, h, n = 8.5, 6, 6
    s = math.sqrt(sum((x - mean) ** 2 for x in done) / (n - 1))
    half = 2.570581835636314 * s * math.sqrt(h + h * h / n)
    assert (found.lower, found.expected, found.upper) == pytest.approx((102 - half, 102, 102 + half))
    assert found.chance == pytest.approx(1 - cdf(18 / (s * math.sqrt(12)), 5))


def test_running_totals() -> None:
    """Silent for three periods; then from what varies; after the last, certain."""
    assert against_plan([1, 1, 1], FLAT) == Forecast(
        "cannot_say", "3 of 12 periods are over; a forecast needs more than 3"
    )
    assert against_plan([1, 2, 1, 2], FLAT).answer == "likely_missed"
    assert against_plan([1, 30, 9, 2], FLAT).answer == "cannot_say"
    assert against_plan([10] * 11 + [9], FLAT).answer == "likely_missed"
    assert against_plan([10] * 11 + [9], FLAT, improvement="decrease").answer == "likely_met"
    assert against_plan([10] * 11 + [9], FLAT, target=119).answer == "likely_met"
    assert against_plan([10], [10]).answer == "likely_met"
    assert run_rate([10] * 12, FLAT) == RunRate(10.0, None)


def test_coverage_of_totals() -> None:
    """Of simulated years, the interval holds the total of about 95 in 100, whatever the profile."""
    random.seed(12)
    held, years = 0, 2000
    for _ in range(years):
        real = [random.gauss(0.9 * p, 0.3 * math.sqrt(p)) for p in BACK_LOADED]
        found = against_plan(real[:6], BACK_LOADED).intervals[0]
        held += found.lower <= sum(real) <= found.upper
    assert held / years == pytest.approx(0.95, abs=0.015)


# --- milestones ------------------------------------------------------------------------------------------------------

PAST = [3, 0, 2, 4, 1, 3, 2, 1]


def test_throughput_by_hand() -> None:
    """Two items, of periods that finish none, one or two with equal odds."""
    odds = [0, 1, 2] * 3
    assert throughput(odds, remaining=2, periods=1).chance == pytest.approx(1 / 3)
    assert throughput(odds, remaining=2, periods=2).chance == pytest.approx(6 / 9)
    found = throughput(odds, remaining=2, periods=3)
    assert (found.chance, found.sure_after) == pytest.approx((23 / 27, 3))
    assert (found.answer, found.reason) == (
        "likely_met",
        "chance of finishing 2 in 3 periods: 85 %; 85 % sure after 3 periods",
    )


def test_throughput_equals_drawing() -> None:
    """The exact chance is what drawing past periods at random comes to."""
    random.seed(8)
    draws = 20_000
    done = sum(sum(random.choices(PAST, k=6)) >= 12 for _ in range(draws))
    assert throughput(PAST, remaining=12, periods=6).chance == pytest.approx(done / draws, abs=0.015)


def test_throughput_says_when_it_cannot() -> None:
    """Silent below eight periods; work that never moves is never done; nothing left is done."""
    assert throughput(PAST[:7], remaining=3, periods=9).reason == "7 periods of history; a forecast needs 8"
    never = throughput([0] * 8, remaining=3, periods=9)
    assert (never.answer, never.chance, never.sure_after) == ("likely_missed", 0, None)
    assert never.reason == "chance of finishing 3 in 9 periods: 0 %; not 85 % sure after 520 periods"
    assert throughput(PAST, remaining=20, periods=6).reason.startswith(
        "chance of finishing 20 in 6 periods: under 1 %;"
    )
    assert throughput(PAST, remaining=1, periods=4).reason.startswith("chance of finishing 1 in 4 periods: over 99 %;")
    assert throughput(PAST, remaining=0, periods=0).answer == "likely_met"
    assert throughput(PAST, remaining=12, periods=6).answer == "cannot_say"


def test_earned_schedule() -> None:
    """Half of the plan's first six periods earned after six: two thirds of the pace, nine periods for six."""
    found = earned_schedule([10, 10, 10, 10, 10, 10], earned=40, periods=6)
    assert (found.earned, found.index, found.finish) == pytest.approx((4, 2 / 3, 9))
    assert found.reason == (
        "4.0 periods earned in 6: at this pace the work ends in period 9.0 of 6; no interval is known"
    )
    assert found.answer == "cannot_say"
    assert earned_schedule([10, 20], earned=15, periods=1).earned == 1.25
    assert earned_schedule([10, 20], earned=30, periods=2).finish == 2
    assert earned_schedule([10, 20], earned=45, periods=2).earned == 2
    assert earned_schedule([10, 20], earned=0, periods=2).finish is None


def test_slips_that_converge() -> None:
    """A date that moves half a day a day meets the calendar."""
    found = slips(
        {date(2024, 1, 1): date(2024, 3, 1), date(2024, 1, 31): date(2024, 3, 16), date(2024, 3, 1): date(2024, 3, 31)},
        due=date(2024, 3, 1),
        today=date(2024, 3, 2),
    )
    assert (found.slips, found.overdue, found.stale, found.answer) == (2, True, False, "likely_missed")
    assert found.rate == pytest.approx(0.5)
    assert found.converges == date(2024, 4, 30)
    assert found.reason == ("2 slips in 3 reports; due on 2024-03-01, 1 days ago; moves 0.50 days a day, to 2024-04-30")


def test_slips_that_never_arrive() -> None:
    """A date that recedes as fast as time passes; dates alone give no likelihood."""
    foreseen = {date(2024, month, 1): date(2024, month + 6, 1) for month in (1, 2, 3)}
    found = slips(foreseen, due=date(2024, 12, 1), today=date(2024, 6, 1))
    assert (found.slips, found.overdue, found.stale, found.answer) == (2, False, True, "cannot_say")
    assert found.rate == pytest.approx(62 / 60, abs=0.01)
    assert found.converges is None
    assert found.reason.startswith("2 slips in 3 reports; last foreseen 92 days ago; moves 1.0")
    assert found.reason.endswith("days a day and does not arrive")


def test_few_reports_have_no_line() -> None:
    """Two reports lie on a line by construction."""
    found = slips({date(2024, 1, 1): START, date(2024, 2, 1): START}, due=START, today=date(2024, 2, 1))
    assert (found.slips, found.rate, found.converges) == (0, None, None)


def test_a_date_beyond_the_calendar() -> None:
    """A rate a hair below one would lead past the year 9999."""
    reports = {START + timedelta(1000 * n): START + timedelta(999 * n + 400_000) for n in range(4)}
    assert slips(reports, due=START, today=date(2035, 1, 1)).converges is None


WRONG: Any = ["1"]
WRONG_DATES: Any = {"2024": START}


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ahead([1.0], target=5, periods=0),
            "periods is 0; give a whole number of periods ahead, from 1 to 520",
        ),
        (lambda: ahead([1.0], target=None, periods=1), "the target is None; a forecast needs one"),
        (
            lambda: ahead([1.0], target=5, periods=1, improvement="neutral"),
            "improvement is 'neutral'; a target that is a number needs 'increase' or 'decrease'",
        ),
        (
            lambda: ahead([math.nan], target=5, periods=1),
            "row 1 (2024-01-01): the value is NaN; give None where it is missing",
        ),
        (lambda: against_plan([], FLAT), "there are 0 increments in a plan of 12 periods; give one or more, not more"),
        (
            lambda: against_plan([1] * 13, FLAT),
            "there are 13 increments in a plan of 12 periods; give one or more, not more",
        ),
        (lambda: against_plan(WRONG, FLAT), "increment 1 is '1', which is no number"),
        (lambda: against_plan([1], [5, 0]), "the plan of period 2 is 0; a ratio to it needs a number above zero"),
        (
            lambda: against_plan([1e300, 1, 1, 1, 1], [5e-324, 1e-300, 1, 1, 1, 1]),
            "the numbers lie too far apart for a forecast; give them in one unit",
        ),
        (
            lambda: throughput(WRONG, remaining=1, periods=1),
            "what period 1 finished is '1'; give a whole number from 0 to 1,000,000",
        ),
        (lambda: throughput(PAST, remaining=-1, periods=1), "what remains is -1; give a whole number from 0 to 1,000"),
        (
            lambda: throughput(PAST, remaining=9999, periods=1),
            "what remains is 9999; give a whole number from 0 to 1,000",
        ),
        (
            lambda: earned_schedule([1, -1], earned=1, periods=1),
            "the plan of period 2 is -1; give what it adds, not below zero",
        ),
        (lambda: earned_schedule([0], earned=1, periods=1), "the plan adds nothing; give what each period should add"),
        (lambda: earned_schedule([1], earned=1, periods=0), "no period has passed; a pace needs one"),
        (lambda: slips({}, due=START, today=START), "there are no reports; give one or more"),
        (
            lambda: slips({date(2025, 1, 1): START}, due=START, today=START),
            "the report of 2025-01-01 is after today, 2024-01-01; give those made by then",
        ),
        (lambda: slips(WRONG_DATES, due=START, today=START), "a date: '2024' is no date; give a datetime.date"),
    ],
)
def test_refused(call: Any, message: str) -> None:
    """What cannot be used is refused, and it is told what could be."""
    with pytest.raises(SpcError) as refused:
        call()
    assert str(refused.value) == message


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30),
    st.floats() | st.tuples(st.floats(), st.floats()),
    st.integers(0, 40),
    st.sampled_from(["increase", "decrease", "neutral"]),
)
def test_levels_are_total(values: list[float | None], target: Any, periods: int, improvement: Any) -> None:
    """Any finite numbers give a chance between nothing and certainty, or an error of our own."""
    try:
        found = ahead(values, target=target, periods=periods, improvement=improvement)
    except SpcError:
        return
    assert all(0 <= one.chance <= 1 and one.lower <= one.expected <= one.upper for one in found.intervals)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=14),
    st.lists(st.floats(min_value=0, allow_nan=False, allow_infinity=False), max_size=14),
)
def test_totals_are_total(increments: list[float], plan: list[float]) -> None:
    """The same of increments and plans."""
    try:
        found = against_plan(increments, plan)
    except SpcError:
        return
    assert all(0 <= one.chance <= 1 and one.lower <= one.expected <= one.upper for one in found.intervals)


# --- looking back ----------------------------------------------------------------------------------------------------


def test_looking_back() -> None:
    """On real series the intervals hold as often as is known of them, and the answers are right as often."""
    series = real()
    assert len(series) == 139
    for months in (1, 12):
        found = shares(series[::3], months)
        assert 0.63 <= found[STAYS] <= 0.84
        assert 0.90 <= found[WANDERS] <= 1
        assert found["likely_missed"] <= 0.05
        assert found["likely_met"] >= 0.87
        assert found["alone missed"] > found["likely_missed"]
    assert failing(series[::3], 6) <= 0.02
