"""Measures analysed: their series, where they stand, what their charts and forecasts say; and the same in rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack import State, Tracker
from plantrack.measures import MeasureAnalysis, Series, analysis_of, chart_of, series_of
from plantrack.measures.analysis import Comparison, Trajectory, YearToDate
from plantrack.measures.outlook import RunRate
from plantrack.measures.series import MOST_MISSING
from plantrack.period import Period
from tests.strategies import days_of_2018, examples, histories
from tests.test_rules_engine import state_at
from tests.test_rules_language import facts_of, folded, result_of

MONTHS = [date(2016 + (3 + n) // 12, (3 + n) % 12 + 1, 1) for n in range(36)]
CALM = [82.1, 81.4, 83.0, 81.9, 82.6, 80.8, 82.2, 81.5, 80.9, 82.8, 81.7, 82.4, 81.2, 82.0, 81.6, 82.7]
OPENED = "- PlanOpened: {title: Health plan, organisation: CCG, period: 2016/17}\n  effective: 2016-01-01\n"
AE = "- MeasureDefined: {measure: ae, title: A&E, unit: '%', kind: rate, direction: increase, cadence: month}\n"
AE += "  effective: 2016-01-01\n"


def figures(values: Sequence[float | None], measure: str = "ae", first: int = 0) -> str:
    """A figure a month from April 2016 on; None where there is none."""
    return "".join(
        f"- Observed: {{measure: {measure}, period: {day:%Y-%m}, value: {value}}}\n  effective: {day:%Y-%m}\n"
        for day, value in zip(MONTHS[first:], values, strict=False)
        if value is not None
    )


def state_of(events: str) -> State:
    """On 28 February 2018."""
    return folded(facts_of(OPENED + events))


def analysis(events: str, measure: str = "ae") -> MeasureAnalysis:
    return analysis_of(state_of(events), measure)


def series(events: str, measure: str = "ae") -> Series:
    return analysis(events, measure).series


def asked(expression: str, events: str) -> Any:
    """What a rule for measures gives of the first."""
    result = result_of(state_of(events), "Measure", let={"it": expression}, needs=["it"])
    return [unknown.reason for unknown in result.not_evaluated] or [finding.message for finding in result]


# --- series ----------------------------------------------------------------------------------------------------------


def test_a_missing_month_is_a_row_without_a_value() -> None:
    """Nobody needs to say that a figure did not come."""
    rows = series(AE + figures([82, None, None, 81])).rows
    assert [(row.day, row.value) for row in rows] == [
        (MONTHS[0], Decimal(82)),
        (MONTHS[1], None),
        (MONTHS[2], None),
        (MONTHS[3], Decimal(81)),
    ]
    assert analysis(AE + figures([82, None, None, 81])).missing == 2


def test_weeks_and_days_have_their_distance() -> None:
    """Weekly figures, stated as the days on which they were taken, miss one; a long silence is told by 24 rows."""
    weeks = "".join(
        f"- Observed: {{measure: ae, period: {day}, value: 1}}\n  effective: {day}\n"
        for day in ("2017-01-02", "2017-01-09", "2017-01-23", "2017-01-30")
    )
    found = series(AE + weeks)
    assert (found.months, found.days) == (0, 7)
    assert [row.day.day for row in found.rows if row.value is None] == [16]
    assert found.periods_until(date(2017, 2, 12)) == 1
    assert found.periods_until(date(2017, 2, 13)) == 2
    silent = weeks.replace("2017-01-02", "2016-02-01")
    assert series(AE + silent).rows[MOST_MISSING].value is None
    assert len(series(AE + silent).rows) == 4 + MOST_MISSING + 1  # and the week of 16 January


def test_figures_of_a_year_are_no_months() -> None:
    """Of figures of several lengths, those of most make the series; of as many, the shorter."""
    year = "- Observed: {measure: ae, period: 2016/17, value: 99}\n  effective: 2016/17\n"
    assert [row.value for row in series(AE + figures([82, 81]) + year).rows] == [82, 81]
    assert [row.value for row in series(AE + figures([82]) + year).rows] == [82]
    assert [row.value for row in series(AE + year).rows] == [99]


def test_what_is_no_process_has_no_series() -> None:
    """Yes and no do not vary around a mean; nor is there a chart of nothing."""
    binary = AE.replace("kind: rate", "kind: binary") + figures([1, 0, 1])
    assert (series(binary).rows, analysis(binary).chart) == ((), None)
    assert (series(AE).rows, analysis(AE).latest) == ((), None)


def test_limits_begin_anew_where_the_definition_was_changed() -> None:
    """The month in which the change took effect is the first of the new series, even where it came in mid-month."""
    revised = "- MeasureRevised: {measure: ae, note: other departments enter}\n  effective: 2016-06-15\n"
    found = series(AE + figures([82, 81, 93, 94]) + revised)
    assert found.rebase == (MONTHS[2],)
    assert [row.value for row in found.current] == [93, 94]
    assert series(AE + figures([82, 81]) + revised).rebase == ()


def test_targets_hold_from_month_to_month() -> None:
    """For its own period first, then for each; the last row is held against the one in force."""
    targets = (
        "- TargetSet: {measure: ae, comparator: at-least, value: 95}\n"
        "- TargetSet: {measure: ae, comparator: at-least, value: 80, period: 2016-05}\n"
        "- TargetSet: {measure: ae, comparator: at-most, value: 99, period: 2016-06}\n"
        "- TargetSet: {measure: ae, comparator: band, lower: 85, upper: 92, due: 2018-03-31}\n"
    )
    assert series(AE + targets + figures([82, 81, 82, 83, 82, 81])).steps == (
        (MONTHS[0], Decimal(95)),
        (MONTHS[1], Decimal(80)),
        (MONTHS[2], None),  # a ceiling of what should rise
        (MONTHS[3], Decimal(95)),
        (MONTHS[5], (Decimal(85), Decimal(92))),
    )
    over = "- TargetSet: {measure: ae, comparator: at-least, value: 90, due: 2016-06}\n"
    assert series(AE + over + figures([82, 81, 82, 83])).steps == ((MONTHS[0], None), (MONTHS[2], Decimal(90)))


def test_proposed_targets_count_only_where_none_is_agreed() -> None:
    """As everywhere."""
    proposed = "- TargetSet: {measure: ae, comparator: at-least, value: 80, period: 2016-05, proposed: true}\n"
    agreed = "- TargetSet: {measure: ae, comparator: at-least, value: 95}\n"
    assert series(AE + agreed + proposed + figures([82, 81, 82])).steps == ((MONTHS[0], Decimal(95)),)
    assert series(AE + proposed + figures([82, 81])).steps == ((MONTHS[0], None), (MONTHS[1], Decimal(80)))


@pytest.mark.parametrize(
    ("comparator", "improvement"), [("at-least", "increase"), ("at-most", "decrease"), ("band", "neutral")]
)
def test_the_target_tells_the_better_side_where_the_measure_does_not(comparator: str, improvement: str) -> None:
    """The measure first."""
    bounds = "lower: 1, upper: 2" if comparator == "band" else "value: 1"
    target = f"- TargetSet: {{measure: ae, comparator: {comparator}, {bounds}}}\n"
    assert series(AE.replace("direction: increase, ", "") + target + figures([1])).improvement == improvement
    assert series(AE + target + figures([1])).improvement == "increase"


SAVED = "- MeasureDefined: {measure: qipp, title: QIPP, unit: GBP m, kind: cumulative, direction: increase}\n"
SAVED += "  effective: 2016-01-01\n"
YEAR = "- TargetSet: {measure: qipp, comparator: at-least, value: 100, period: 2017/18}\n"
TOTALS = [2, 3, 7, 10, 16, 21]


def test_a_running_total_becomes_what_each_month_added() -> None:
    """From nothing at the beginning of the year; after a gap nobody knows how much came in which month."""
    rows = series(SAVED + YEAR + figures([2, 3, None, 10, 16], "qipp", 12), "qipp").rows
    assert [row.value for row in rows] == [2, 1, None, None, 6]
    rows = series(SAVED + figures([70, 75, 2], "qipp", 10), "qipp").rows
    assert [row.value for row in rows] == [None, 5, 2]
    calendar = OPENED.replace("period", "fiscal_year_start: 1, period") + SAVED + figures([70, 75, 2], "qipp", 7)
    assert [row.value for row in analysis_of(folded(facts_of(calendar)), "qipp").series.rows] == [None, 5, 2]


@examples(0.3)
@given(histories(), days_of_2018())
def test_every_measure_of_any_plan_can_be_analysed(history: list[Any], day: date) -> None:
    """Rows are in order and no day comes twice; the last figure of the series is one of the measure."""
    state = state_at(history, day)
    for name, measure in state.measures.items():
        found = analysis_of(state, name).series
        days = [row.day for row in found.rows]
        assert days == sorted(set(days))
        assert {row.observation for row in found.rows if row.observation} <= set(measure.observations)


@given(st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=1, max_size=23), st.integers(0, 35))
def test_every_figure_has_its_row(values: list[int | None], month: int) -> None:
    """Values to February 2018, with those that are missing between; rows are counted as the calendar counts months."""
    found = series(AE + figures(values))
    known = [n for n, value in enumerate(values) if value is not None]
    expected = values[known[0] : known[-1] + 1] if known else []
    assert [row.value for row in found.rows] == expected
    if known:
        assert found.periods_until(MONTHS[month]) == month - known[-1]


# --- where it stands -------------------------------------------------------------------------------------------------


def test_the_gap_is_what_is_missing() -> None:
    """Below zero where the figure does better than it must; none where target and figure do not meet."""

    def gap(comparator: str, more: str, value: float) -> Any:
        found = analysis(AE + f"- TargetSet: {{measure: ae, comparator: {comparator}, {more}}}\n" + figures([value]))
        return found.gap, found.computed

    assert gap("at-least", "value: 95", 82.5) == (Decimal("12.5"), "missed")
    assert gap("at-most", "value: 80", 82.5) == (Decimal("2.5"), "missed")
    assert gap("at-least", "value: 80", 82.5) == (Decimal("-2.5"), "met")
    assert gap("band", "lower: 80, upper: 84", 82.5) == (Decimal("-1.5"), "met")
    assert gap("band", "lower: 70, upper: 80", 82.5) == (Decimal("2.5"), "missed")
    assert gap("at-least", "value: 95, period: 2019/20", 82.5) == (None, "not-judged")
    assert gap("at-least", "value: 95, due: 2018-12", 82.5) == (None, "not-judged")


def test_the_trajectory_is_what_the_plan_says_else_a_line() -> None:
    """A target of that month, else the plan for it, else the way from the baseline to the date it is due."""
    month = "- TargetSet: {measure: ae, comparator: at-least, value: 88, period: 2016-05}\n"
    plan = "- BenchmarkRecorded: {measure: ae, peer: The plan, kind: plan, period: 2016-05, value: 87}\n"
    line = (
        "- BaselineSet: {measure: ae, value: 80, period: 2016-03}\n"
        "- TargetSet: {measure: ae, comparator: at-least, value: 95, due: 2016-09-30}\n"
    )
    seen = AE + figures([81, 82])
    assert analysis(seen + month + plan + line).trajectory == Trajectory(Decimal(88), "target")
    assert analysis(seen + plan + line).trajectory == Trajectory(Decimal(87), "plan")
    assert analysis(seen + line).trajectory == Trajectory(Decimal(80) + Decimal(15) * 61 / 183, "line")
    assert analysis(seen).trajectory is None
    assert analysis(AE + figures([81, 82, 83, 84, 85, 86, 87]) + line).trajectory is None  # past its end


def test_the_run_rate_is_what_is_achieved_and_needed() -> None:
    """21 of 100 after six months; none where there is no total on its way."""
    saved = SAVED + YEAR + figures(TOTALS, "qipp", 12)
    assert analysis(saved, "qipp").run_rate == RunRate(Decimal("3.5"), Decimal(79) / 6, 6)
    by_date = SAVED + YEAR.replace("period: 2017/18", "due: 2017-12") + figures(TOTALS, "qipp", 12)
    assert analysis(by_date, "qipp").run_rate == RunRate(Decimal("3.5"), Decimal(79) / 3, 3)
    assert analysis(SAVED + YEAR.replace("2017/18", "2018/19") + figures(TOTALS, "qipp", 12), "qipp").run_rate is None
    assert analysis(SAVED + YEAR, "qipp").run_rate is None
    assert analysis(SAVED + figures(TOTALS, "qipp", 12), "qipp").run_rate is None
    over = SAVED + YEAR.replace("2017/18", "H1 2017/18")
    assert analysis(over + figures(TOTALS, "qipp", 12), "qipp").run_rate == RunRate(Decimal("3.5"), None, 0)


def test_the_year_to_date_is_never_a_mean_of_percentages() -> None:
    """Totals as they are, counts added up, shares over all cases; and nothing where a month is missing."""
    counts = AE.replace("kind: rate", "kind: count") + figures([9, 1, 2, 3], first=11)
    assert analysis(counts).year_to_date == YearToDate(Decimal(6), "sum", date(2017, 4, 1))
    shares = AE + "".join(
        f"- Observed: {{measure: ae, period: {month}, numerator: {of}, denominator: {all_}}}\n  effective: {month}\n"
        for month, of, all_ in (("2017-04", 10, 100), ("2017-05", 300, 300))
    )
    assert analysis(shares).year_to_date == YearToDate(Decimal("77.5"), "share", date(2017, 4, 1))
    assert analysis(AE + figures([82, 83], first=12)).year_to_date is None
    assert analysis(counts.replace("2017-05", "2017-09")).year_to_date is None
    totals = SAVED + YEAR + figures(TOTALS, "qipp", 12)
    assert analysis(totals, "qipp").year_to_date == YearToDate(Decimal(21), "total", date(2017, 4, 1))


def test_comparisons_stand_side_by_side() -> None:
    """The last of each kind and peer that is not later than the figure, and the year before; a break is told."""
    events = (
        AE
        + figures([80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 82])
        + "- BenchmarkRecorded: {measure: ae, peer: England, value: 90, period: 2016-09}\n"
        + "- BenchmarkRecorded: {measure: ae, peer: England, value: 88, period: 2017-03}\n"
        + "- BenchmarkRecorded: {measure: ae, peer: England, value: 70, period: 2017-05}\n"
        + "- BenchmarkRecorded: {measure: ae, peer: NHS Constitution, kind: standard, value: 95}\n"
        + "- BenchmarkRecorded: {measure: ae, peer: The plan, kind: plan, value: 82, period: 2017-04}\n"
    )
    assert [(c.kind, c.with_, c.difference, c.better, c.broken) for c in analysis(events).comparisons] == [
        ("peer", "England", Decimal(-6), False, False),
        ("standard", "NHS Constitution", Decimal(-13), False, False),
        ("plan", "The plan", Decimal(0), None, False),
        ("prior-year", "the same period a year before", Decimal(2), True, False),
    ]
    revised = "- MeasureRevised: {measure: ae, note: other departments enter}\n  effective: 2017-04\n"
    assert analysis(events + revised).comparisons[3] == Comparison(
        "prior-year", "the same period a year before", Period.month(2016, 4), Decimal(80), Decimal(2), True, True
    )


def test_timeliness_allows_for_publication() -> None:
    """A figure of December is 59 days old on 28 February, and the next one is 14 days late with a lag of 14."""
    lag = AE.replace("cadence: month", "cadence: month, lag_days: 14")
    figure = "- Observed: {measure: ae, period: 2017-12, value: 82, published_on: 2018-01-11}\n  effective: 2017-12\n"
    found = analysis(lag + figure).timeliness
    assert found is not None
    assert (found.age, found.published_after, found.overdue) == (59, 11, 14)
    found = analysis(AE.replace(", cadence: month", "") + figures([82], first=20)).timeliness
    assert found is not None
    assert (found.age, found.published_after, found.overdue) == (59, None, None)


def test_the_last_claim_stands_beside_the_figure() -> None:
    """On track, and the target is missed."""
    events = AE + "- TargetSet: {measure: ae, comparator: at-least, value: 95}\n" + figures([82])
    said = "- ProgressReported: {report: r, about: measure:ae, status: on-track, text: Well}\n"
    red = "- ProgressReported: {report: s, about: measure:ae, status: off-target, text: Ill}\n  effective: 2018-01-01\n"
    found = analysis(events + said)
    assert (found.claimed, found.computed, found.contradicted) == ("on-track", "missed", True)
    found = analysis(events + said.rstrip() + "\n  effective: 2017-01-01\n" + red)
    assert (found.claimed, found.contradicted) == ("off-target", False)
    assert analysis(events).claimed is None


def test_quality_is_that_of_the_latest_figure() -> None:
    """In words, and whether it may still change."""
    figure = "- Observed: {measure: ae, period: 2017-12, value: 82, quality: two sites missing, provisional: true}\n"
    found = analysis(AE + figure + "  effective: 2017-12\n")
    assert (found.quality, found.provisional) == ("two sites missing", True)


# --- what is to come -------------------------------------------------------------------------------------------------

STANDARD = "- TargetSet: {measure: ae, comparator: at-least, value: 95}\n"
PLANNED = [2, 4, 8, 12, 18, 24, 34, 44, 56, 70, 84, 100]


def profile(values: Sequence[int] = PLANNED) -> str:
    return "".join(
        f"- BenchmarkRecorded: {{measure: qipp, peer: The plan, kind: plan, period: {day:%Y-%m}, value: {value}}}\n"
        for day, value in zip(MONTHS[12:], values, strict=False)
    )


@pytest.mark.parametrize(
    ("events", "answer", "reason"),
    [
        (AE + STANDARD + figures(CALM), "likely_missed", "chance of meeting the target: under 1 % if"),
        (AE + STANDARD.replace("95", "70") + figures(CALM), "likely_met", "chance of meeting the target: over 99 % if"),
        (AE + STANDARD.replace("at-least", "at-most") + figures(CALM), "likely_met", "chance of meeting"),
        (AE + figures(CALM), "cannot_say", "there is no target"),
        (AE + STANDARD, "cannot_say", "there are no figures that make a series"),
        (AE + STANDARD + figures(CALM[:12]), "cannot_say", "12 values with 11 steps between neighbours; 13 are needed"),
        (
            AE + STANDARD.replace("95", "95, due: 2017-07-31") + figures(CALM),
            "cannot_say",
            "the target was for 2017-07-31, and figures have come since",
        ),
        (
            AE + STANDARD.replace("95", "95, due: 2199-07-31") + figures(CALM),
            "cannot_say",
            "the target is 2184 periods away; nothing is said beyond 520",
        ),
    ],
)
def test_a_level_is_forecast_to_the_day_it_is_due(events: str, answer: str, reason: str) -> None:
    """To the end of the period of the target, to the day it is due, or for the month under way."""
    found = analysis(events).forecast
    assert (found.answer, found.reason[: len(reason)]) == (answer, reason)


@pytest.mark.parametrize(
    ("events", "answer", "reason"),
    [
        (SAVED + YEAR + profile() + figures([2, 4, 7, 12, 18, 24], "qipp", 12), "cannot_say", "chance of meeting"),
        (SAVED + YEAR + profile() + figures([1, 2, 4, 6, 9, 12], "qipp", 12), "likely_missed", "chance of meeting the"),
        (SAVED + YEAR + figures(TOTALS, "qipp", 12), "cannot_say", "no plan is recorded for each period; without"),
        (SAVED + YEAR + profile(PLANNED[:9]) + figures(TOTALS, "qipp", 12), "cannot_say", "no plan is recorded for"),
        (
            SAVED + YEAR + profile([0, *PLANNED[1:]]) + figures(TOTALS, "qipp", 12),
            "cannot_say",
            "the plan adds",
        ),
        (
            SAVED + YEAR + profile() + figures([2, 3, None, 10], "qipp", 12),
            "cannot_say",
            "the figures from the first period of the target on are not all there",
        ),
        (
            SAVED + YEAR.replace(", period: 2017/18", "") + figures(TOTALS, "qipp", 12),
            "cannot_say",
            "a running total has a target for each period; give it one for its year",
        ),
    ],
)
def test_a_total_is_forecast_against_its_plan(events: str, answer: str, reason: str) -> None:
    """Never against a line through it."""
    found = analysis(events, "qipp").forecast
    assert (found.answer, found.reason[: len(reason)]) == (answer, reason)


# --- in rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "events", "expected"),
    [
        ("variation(measure)", AE + figures([*CALM, 70]), "concern"),
        ("variation(measure)", AE + figures([*CALM, 92]), "improvement"),
        ("variation(measure)", AE + figures([*CALM, 82]), "common cause"),
        ("variation(measure)", AE.replace("direction: increase, ", "") + figures([*CALM, 92]), "neutral high"),
        ("variation(measure)", AE.replace("direction: increase, ", "") + figures([*CALM, 70]), "neutral low"),
        ("assurance(measure)", AE + STANDARD + figures(CALM), "fail"),
        ("assurance(measure)", AE + STANDARD.replace("95", "70") + figures(CALM), "pass"),
        ("assurance(measure)", AE + STANDARD.replace("95", "82") + figures(CALM), "hit or miss"),
        ("forecast(measure)", AE + STANDARD + figures(CALM), "likely missed"),
        ("forecast(measure)", AE + STANDARD.replace("95", "70") + figures(CALM), "likely met"),
        ("forecast(measure)", AE + STANDARD, "cannot say"),
        ("run_needed(measure)", SAVED + YEAR + figures(TOTALS, "qipp", 12), "13.2"),
    ],
)
def test_rules_ask_for_the_process(expression: str, events: str, expected: str) -> None:
    """In closed words, as the chart and the forecast say it."""
    result = result_of(state_of(events), "Measure", let={"it": expression}, message="{it}")
    assert [finding.message for finding in result] == [expected]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("variation(measure)", "there are fewer than 13 figures since it was defined as it is"),
        (
            "assurance(measure)",
            "there is no target to chart, or there are fewer than 13 figures since it was defined as it is",
        ),
        ("run_needed(measure)", "it is no running total on its way to a target, or no period is left"),
    ],
)
def test_what_cannot_be_said_is_told(expression: str, reason: str) -> None:
    """As for every value that a rule needs."""
    assert asked(expression, AE + figures(CALM[:12])) == [f"{expression}: {reason}"]


# --- the worked example ----------------------------------------------------------------------------------------------


def test_the_break_of_october_2017_is_no_improvement(medway: Tracker) -> None:
    """The all-departments figure rose because more is counted: limits begin anew, and nothing is said too early."""
    state = medway.plan("medway-ccg-2017").at(as_at="2019-01-30", known_at="2019-01-30")
    found = analysis_of(state, "ae-4-hour")
    assert found.series.rebase == (date(2017, 10, 1),)
    chart = found.chart
    assert chart is not None
    assert [len(segment.dates) for segment in chart.segments] == [18, 15]
    before = analysis_of(medway.plan("medway-ccg-2017").at(as_at="2018-01-31", known_at="2018-01-31"), "ae-4-hour")
    assert before.chart is not None
    assert (before.chart.variation, before.chart.warnings) == (None, ("short_group",))
    (last_year,) = before.comparisons
    assert (last_year.broken, last_year.better) == (True, True)


def test_a_chart_is_the_same_from_the_state_and_by_hand(medway: Tracker) -> None:
    """series_of takes what the state has; chart_of gives it to xmr."""
    state = medway.plan("medway-ccg-2017").at(as_at="2018-01-31", known_at="2018-01-31")
    measure = state.measures["ae-4-hour-type-1"]
    chart = chart_of(series_of(measure, [state.targets["ae-4-hour-type-1"]]))
    assert chart is not None
    assert chart == analysis_of(state, "ae-4-hour-type-1").chart
    assert (chart.variation, chart.assurance) == ("special_cause_concern", "consistent_fail")
