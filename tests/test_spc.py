"""Charts equal those of the R package to the last digit, and the board's profile departs from it only as listed."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plantrack.errors import SpcError
from plantrack.spc import DEVIATIONS, Chart, Limits, xmr

DATA = Path(__file__).parent / "data/spc"


def published(name: str) -> list[dict[str, Any]]:
    """The series of a file, with what the R package makes of them."""
    with gzip.open(DATA / name) as lines:
        return [json.loads(line) for line in lines]


VECTORS, REAL = published("vectors.jsonl.gz"), published("real_ae_type1.jsonl.gz")
STABLE = "50 58 49 57 51 59 50 56 52 58 50 57"


def months(count: int) -> list[date]:
    """First days of months, from April 2022."""
    return [date(2022 + (m + 3) // 12, (m + 3) % 12 + 1, 1) for m in range(count)]


def chart(text: str, **options: Any) -> Chart:
    """Of monthly values as they are written here: a point stands for a missing one."""
    values = [None if word == "." else float(word) for word in text.split()]
    return xmr(months(len(values)), values, **options)


def analysed(vector: dict[str, Any]) -> Chart:
    """A published series, as the R package does it."""
    options = vector["options"]
    return xmr(
        [date.fromisoformat(day) for day in vector["dates"]],
        vector["values"],
        improvement=vector["improvement_direction"],
        target=vector["target"],
        rebase=[date.fromisoformat(day) for day in options["rebase_dates"]],
        fix_after=options["fix_after_n_points"],
        screen_outliers=options["screen_outliers"],
        profile="ptd-0.2.2",
    )


def near(found: list[float | None], expected: list[float | None]) -> bool:
    """Whether numbers are equal at 1e-12, and missing where they should be."""
    return len(found) == len(expected) and all(
        a is b is None or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12))
        for a, b in zip(found, expected, strict=True)
    )


# --- the reference ---------------------------------------------------------------------------------------------------


def test_published_series_are_all_there() -> None:
    """151 made to find differences, 420 real; five of the former are refused."""
    assert (len(VECTORS), len(REAL)) == (151, 420)
    assert Counter(vector["expected"]["error"] for vector in VECTORS) == {
        None: 146,
        "missing_value_in_trend_window": 4,
        "fix_after_n_points_below_12": 1,
    }


@pytest.mark.parametrize("vector", VECTORS + REAL, ids=lambda vector: vector["name"])
def test_published_series(vector: dict[str, Any]) -> None:
    """Every number at 1e-12, every label, type, icon and warning, and every refusal is that of the R package."""
    expected = vector["expected"]
    if expected["error"] is not None:
        with pytest.raises(SpcError, match="12 or more" if "fix" in expected["error"] else "R|stops"):
            analysed(vector)
        return
    found = analysed(vector)
    points = expected["points"]
    assert [point.date.isoformat() for point in found.points] == points["date"]
    assert [point.special_cause for point in found.points] == points["special_cause_type"]
    assert [point.point_type for point in found.points] == points["point_type"]
    for name, column in {"value": "value", "mean": "mean", "lower": "lpl", "upper": "upl"}.items():
        assert near([getattr(point, name) for point in found.points], points[column])
    assert (found.variation, found.assurance) == (expected["variation_type"], expected["assurance_type"])
    assert (found.variation_icon, found.assurance_icon) == (expected["variation_icon"], expected["assurance_icon"])
    assert list(found.warnings) == expected["warnings"]
    assert [len(segment.values) for segment in found.segments] == [group["n"] for group in expected["summary"]]
    for segment, group in zip(found.segments, expected["summary"], strict=True):
        limits = segment.limits
        assert near([limits.mean, limits.lower, limits.upper], [group["mean"], group["lpl"], group["upl"]])


def test_near_limits_lie_two_thirds_out() -> None:
    """They are not among the published columns: 2/3 of the way from the mean to the limits."""
    limits = chart("10 12 " * 12, profile="ptd-0.2.2").segments[0].limits
    assert limits == Limits(11.0, 5.68, 16.32, 11 - 2 * (2.66 / 3) * 2, 11 + 2 * (2.66 / 3) * 2)


# --- what the board's profile does otherwise -------------------------------------------------------------------------

RARE = "0 " * 12 + "5" + " 0" * 12
RISE = " 51 52 53 54 55 56 57"
FALL = " 57 56 55 54 53 52 51"


def both(aspect: Any, text: str, **options: Any) -> tuple[Any, Any]:
    """What is asked of a series, in both profiles."""
    return aspect(chart(text, profile="ptd-0.2.2", **options)), aspect(chart(text, profile="mdc", **options))


def labels(found: Chart) -> list[str | None]:
    return [point.special_cause for point in found.points]


def test_unscreened() -> None:
    """D1, D2: constant 100 % passes 95 %, and one rare event does not make all usual months special by their size."""
    assert both(lambda c: c.assurance, "100 " * 24, target=95) == ("inconsistent", "consistent_pass")
    was, mended = both(labels, RARE, improvement="decrease")
    assert Counter(was) == {"Below LCL": 24, "Above UCL": 1}
    assert Counter(mended) == {"7 Points Below CL": 24, "Above UCL": 1}
    for options in ({"screen_outliers": True}, {"screen_outliers": False}):
        assert labels(chart(RARE, profile="mdc", **options)) == mended


def test_from_13_points() -> None:
    """Twelve values, however many rows, have a mean and nothing else; thirteen are judged."""
    twelve = STABLE + " ."
    was, mended = both(lambda c: (c.points[0].special_cause, c.variation, c.assurance), twelve, target=99)
    assert was == ("Common Cause", "common_cause", "consistent_fail")
    assert mended == (None, None, None)
    assert chart(twelve, profile="mdc").segments[0].limits == Limits(647 / 12)
    assert both(lambda c: "short_group" in c.warnings, twelve) == (False, True)
    assert chart(STABLE + " 51", target=99, profile="mdc").assurance == "consistent_fail"


def test_last_known() -> None:
    """D3: a concern stays one when the next figure does not arrive."""
    text = "10 12 " * 12 + "30 ."
    assert both(lambda c: c.variation, text, improvement="decrease") == ("common_cause", "special_cause_concern")
    assert both(lambda c: c.points[-1].special_cause, text) == ("Common Cause", None)
    assert both(lambda c: c.warnings, text) == ((), ("missing_last_value",))


def test_missing_breaks() -> None:
    """D4: a missing month in a rise breaks it, and the chart is drawn."""
    text = STABLE + " 50 51 52 . 54 55 56 50"
    with pytest.raises(SpcError) as refused:
        chart(text, profile="ptd-0.2.2")
    assert str(refused.value) == (
        "the value of 2023-07-01 is missing among seven whose known steps agree, where NHSRplotthedots 0.2.2 stops "
        "with an error; the profile 'mdc' goes on"
    )
    assert Counter(labels(chart(text, profile="mdc"))) == {"Common Cause": 19, None: 1}


@pytest.mark.parametrize(
    ("text", "was", "mended"),
    [
        pytest.param(STABLE + RISE + RISE, "Decreasing", "Increasing", id="a drop between two rises"),
        pytest.param(STABLE + RISE + " 57 58 59 60 61 62 63", "Decreasing", "Increasing", id="a tie between them"),
        pytest.param(STABLE + FALL + FALL, "Increasing", "Decreasing", id="a jump between two falls"),
    ],
)
def test_own_run(text: str, was: str, mended: str) -> None:
    """D5: the last point of a rise belongs to it, whatever comes next."""
    last = both(lambda c: c.points[18].special_cause, text, improvement="neutral")
    assert last == (f"7 Point Trend ({was})", f"7 Point Trend ({mended})")


def test_two_in_three_beyond() -> None:
    """A point beyond three sigma with one beyond two mark both; the one between them is not marked."""
    text = "10 12 " * 12 + "20 11.5 16 11"
    was, mended = both(lambda c: labels(c)[-4:], text, fix_after=24)
    assert was == ["Above UCL", "Common Cause", "Common Cause", "Common Cause"]
    assert mended == ["Above UCL", "Common Cause", "2 in 3 Above CL", "Common Cause"]


def test_improvement_first() -> None:
    """A month below the lower limit that ends a rise shows the rise, if that is better; else the limit."""
    text = "10 12 " * 12 + "-9 -8 -7 -6 -5 -4 -3"
    one = lambda c: (c.points[-1].special_cause, c.variation)  # noqa: E731
    low, rise = ("Below LCL", "special_cause_concern"), ("7 Point Trend (Increasing)", "special_cause_improvement")
    assert both(one, text, fix_after=24) == (low, rise)
    assert both(one, text, fix_after=24, improvement="decrease") == 2 * (("Below LCL", "special_cause_improvement"),)
    assert both(one, text, fix_after=24, improvement="neutral") == 2 * (("Below LCL", "special_cause_neutral_low"),)


def test_target_at_limit() -> None:
    """A limit that only just reaches the target fails; 100 % every month meets 100 %."""
    options = {"screen_outliers": False}
    assert both(lambda c: c.assurance, "10 12 " * 12, target=16.32) == ("inconsistent", "consistent_fail")
    assert both(lambda c: c.assurance, "10 12 " * 12, target=5.68) == ("inconsistent", "inconsistent")
    lower = both(lambda c: c.assurance, "10 12 " * 12, target=5.68, improvement="decrease")
    assert lower == ("inconsistent", "consistent_fail")
    for improvement in ("increase", "decrease"):
        found = both(lambda c: c.assurance, "100 " * 24, target=100, improvement=improvement, **options)
        assert found == ("inconsistent", "consistent_pass")


def test_unjudged() -> None:
    """D6: without a target of its own, or without limits, nothing is said."""
    assert both(lambda c: c.assurance, "10 12 " * 12, target={}) == ("inconsistent", None)
    assert both(lambda c: c.assurance, "10 12 " * 12, target={date(2030, 1, 1): 9}) == ("inconsistent", None)
    unlimited = chart("10 . " * 14, target=9, profile="mdc")
    assert unlimited.segments[0].limits == Limits(10.0)
    assert (set(labels(unlimited)), unlimited.variation, unlimited.assurance) == ({None}, None, None)


def test_unmatched_rebase() -> None:
    """A rebase date without a row changes nothing but is told."""
    was, mended = both(lambda c: (c.warnings, len(c.segments)), "10 12 " * 12, rebase=[date(2023, 1, 15)])
    assert (was, mended) == (((), 1), (("unmatched_rebase",), 1))


def test_every_deviation_has_its_test() -> None:
    """The list is whole: each name is that of a test above."""
    assert {f"test_{name.replace('-', '_')}" for name in DEVIATIONS} <= set(globals())


def test_deviations_are_told() -> None:
    """The page tells all of them, in the words of the code."""
    page = (DATA.parents[2] / "docs/spc.md").read_text("utf-8")
    told = page.split("<!-- deviations -->")[1].split("<!-- /deviations -->")[0].strip().splitlines()[2:]
    assert told == [f"| `{one.name}` | {one.ptd} | {one.mdc} | {one.reason} |" for one in DEVIATIONS.values()]


def test_board_profile_is_the_default() -> None:
    """Who asks for nothing gets what a board should see."""
    assert chart("100 " * 24, target=95) == chart("100 " * 24, target=95, profile="mdc")


# --- targets over time, and bands ------------------------------------------------------------------------------------


def test_targets_over_time() -> None:
    """The one in force on the last date is held against the limits; each point knows its own."""
    dated = {date(2023, 1, 15): 9, date(2022, 5, 1): Decimal("20"), date(2024, 4, 1): None}
    found = chart("10 12 " * 12, target=dated)
    assert found.assurance == "inconsistent"
    assert [point.target for point in found.points] == [None] + 9 * [20] + 14 * [9]
    assert chart("10 12 " * 12, target=list(dated.items())) == found
    assert chart("10 12 " * 12, target={date(2022, 5, 1): 20}).assurance == "consistent_fail"
    assert chart("10 12 " * 12, target={date(2022, 5, 1): 20, date(2024, 3, 1): None}).assurance is None


@pytest.mark.parametrize(
    ("band", "assurance"),
    [
        ((5, 17), "consistent_pass"),
        ((5.68, 16.32), "consistent_pass"),
        ((6, 17), "inconsistent"),
        ((8, 12), "inconsistent"),
        ((16.32, 30), "inconsistent"),
        ((17, 30), "consistent_fail"),
        ((0, 5), "consistent_fail"),
    ],
)
@pytest.mark.parametrize("improvement", ["increase", "decrease", "neutral"])
def test_bands(band: tuple[float, float], assurance: str, improvement: str) -> None:
    """Both limits inside pass, both outside on one side fail; a band says what is good, whatever the direction."""
    assert chart("10 12 " * 12, target=band, improvement=improvement).assurance == assurance
    assert chart("10 12 " * 12, target={date(2022, 1, 1): band}).points[0].target == band


# --- what is given ---------------------------------------------------------------------------------------------------


def test_numbers_of_all_kinds() -> None:
    """Decimals and whole numbers are as good as floats."""
    values = ["1.1", "2.3", "1.7"] * 5
    assert xmr(months(15), map(Decimal, values)) == xmr(months(15), map(float, values))
    assert xmr(months(15), [1, 2, 3] * 5) == xmr(months(15), [1.0, 2.0, 3.0] * 5)


def test_dates_of_other_libraries() -> None:
    """A kind of date is a date."""

    class Day(date):
        pass

    assert xmr([Day(2022, 4, 1), Day(2022, 5, 1)], [1, 2]) == xmr(months(2), [1, 2])


D = months(3)


@pytest.mark.parametrize(
    ("dates", "values", "message"),
    [
        ([], [], "there are no rows; a chart needs at least one date"),
        (D, [1], "there are 3 dates and 1 values; give one of each a row, and None for a missing value"),
        ([D[0], D[1], D[0]], [1, 2, 3], "rows 1 and 3 are both of 2022-04-01; give each date once"),
        (["2022", D[1], D[2]], [1, 2, 3], "row 1: '2022' is no date; give a datetime.date"),
        ([D[0], 2022, D[2]], [1, 2, 3], "row 2: '2022' is no date; give a datetime.date"),
        (
            [D[0], datetime(2022, 5, 1), D[2]],
            [1, 2, 3],
            "row 2: 2022-05-01 00:00:00 is a moment; give its date, by .date()",
        ),
        (D, [1, "many", 3], "row 2 (2022-05-01): the value is 'many', which is no number"),
        (D, [1, "2", 3], "row 2 (2022-05-01): the value is '2', which is no number"),
        (D, [True, 2, 3], "row 1 (2022-04-01): the value is 'True', which is no number"),
        (D, [1, 2, float("nan")], "row 3 (2022-06-01): the value is NaN; give None where it is missing"),
        (D, [1, 2, Decimal("sNaN")], "row 3 (2022-06-01): the value is NaN; give None where it is missing"),
        (
            [D[2], D[1], D[0]],
            [1.0, float("-inf"), 3.0],
            "row 2 (2022-05-01): the value is infinite, or beyond 1e+300; give None where it is missing",
        ),
        (
            D,
            [1, 2, 10**400],
            "row 3 (2022-06-01): the value is infinite, or beyond 1e+300; give None where it is missing",
        ),
    ],
)
def test_refused_rows(dates: Any, values: Any, message: str) -> None:
    """What cannot be used is refused, and the row is named."""
    with pytest.raises(SpcError) as refused:
        xmr(dates, values)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"improvement": "up"}, "improvement is 'up'; give one of 'increase', 'decrease', 'neutral'"),
        ({"profile": "excel"}, "profile is 'excel'; give one of 'ptd-0.2.2', 'mdc'"),
        ({"fix_after": 11}, "fix_after is 11; give a whole number of rows, 12 or more"),
        ({"fix_after": "12"}, "fix_after is '12'; give a whole number of rows, 12 or more"),
        ({"rebase": ["2022-05"]}, "a date in rebase: '2022-05' is no date; give a datetime.date"),
        ({"target": "95"}, "the target is '95', which is no number"),
        ({"target": float("nan")}, "the target is NaN; give None where it is missing"),
        ({"target": (9, 5)}, "the target is a band from 9 down to 5; give the lower end first"),
        ({"target": (None, 5)}, "the lower end of the target is 'None', which is no number"),
        ({"target": [1, 2, 3]}, "1 is no target over time; give pairs of a date and what holds from then on"),
        ({"target": {"2022": 5}}, "a target: '2022' is no date; give a datetime.date"),
        ({"target": [(D[0], 5), (D[0], 6)]}, "there are two targets from 2022-04-01 on; give each date once"),
        ({"target": {D[0]: "5"}}, "the target from 2022-04-01 on is '5', which is no number"),
    ],
)
def test_refused_options(options: dict[str, Any], message: str) -> None:
    """An option that cannot be meant is refused with what could be."""
    with pytest.raises(SpcError) as refused:
        xmr(D, [1, 2, 3], **options)
    assert str(refused.value) == message
