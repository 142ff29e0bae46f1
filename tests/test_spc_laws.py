"""Laws of charts: for any series, whatever its numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from plantrack.errors import SpcError
from plantrack.spc import Chart, xmr
from plantrack.spc.limits import exact_mean

START = date(2022, 4, 1)
DIRECTIONS = st.sampled_from(["increase", "decrease", "neutral"])
PROFILES = st.sampled_from(["ptd-0.2.2", "mdc"])
# Few different values make ties and runs, which random ones hardly have.
LEVELS = st.sampled_from([st.integers(0, 3), st.integers(-40, 40), st.integers(-9999, 9999).map(lambda n: n / 100)])


@st.composite
def series(draw: Any, *, gaps: bool = False) -> list[float | None]:
    """Values with rises, falls and level parts, some missing if asked."""
    level = draw(LEVELS)
    values: list[float | None] = []
    for shape in draw(st.lists(st.sampled_from(["any", "rise", "fall", "same"]), min_size=1, max_size=5)):
        part = draw(st.lists(level, min_size=1, max_size=12))
        values += {"rise": sorted(part), "fall": sorted(part, reverse=True), "same": part[:1] * len(part)}.get(
            shape, part
        )
    if gaps:
        for place in draw(st.sets(st.integers(0, len(values) - 1), max_size=4)):
            values[place] = None
    return values


def days(count: int) -> list[date]:
    return [START + timedelta(n) for n in range(count)]


def chart(values: Sequence[float | None], **options: Any) -> Chart:
    return xmr(days(len(values)), values, **options)


def labels(found: Chart) -> list[str | None]:
    return [point.special_cause for point in found.points]


def lines(found: Chart) -> list[tuple[float | None, ...]]:
    """The mean and the limits at each point."""
    return [(p.mean, p.lower, p.near_lower, p.near_upper, p.upper) for p in found.points]


@given(st.lists(st.integers(-(10**7), 10**7).map(lambda n: n / 1000), min_size=1))
def test_mean_is_exact(values: list[float]) -> None:
    """It is the mean by fractions, rounded once."""
    assert exact_mean(values) == statistics.mean(values)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=40))
def test_mean_of_wild_numbers(values: list[float]) -> None:
    """Also where they differ by hundreds of powers of ten, to the last digit but one."""
    exact = statistics.mean(values)
    assert abs(exact_mean(values) - exact) <= abs(exact) * 2**-52 + 5e-324


@given(series(), st.integers(-3, 3), PROFILES, DIRECTIONS)
def test_scaling(values: list[float], power: int, profile: Any, improvement: Any) -> None:
    """In other units the limits are the same in other units, and every label stays."""
    options = {"profile": profile, "improvement": improvement}
    one, other = chart(values, **options), chart([y * 2.0**power for y in values], **options)
    assert lines(other) == [tuple(x if x is None else x * 2.0**power for x in line) for line in lines(one)]
    assert (labels(other), other.variation) == (labels(one), one.variation)


@given(series(), st.integers(-1000, 1000), PROFILES)
def test_translation(values: list[float], shift: int, profile: Any) -> None:
    """From another zero the limits move with the values, and no label changes."""
    values = [round(y) for y in values]  # whole numbers stay exact
    one, other = chart(values, profile=profile), chart([y + shift for y in values], profile=profile)
    for line, moved in zip(lines(one), lines(other), strict=True):
        assert [x is None for x in line] == [x is None for x in moved]
        assert all(x is None or y is None or abs(x + shift - y) < 1e-9 for x, y in zip(line, moved, strict=True))
    limits = one.segments[0].limits
    edges = (limits.lower, limits.near_lower, limits.near_upper, limits.upper)
    assume(not any(x is not None and x != limits.mean and abs(x - y) < 1e-9 for x in edges for y in values))
    assert labels(other) == labels(one)


MIRRORED = {
    "Above UCL": "Below LCL",
    "7 Point Trend (Increasing)": "7 Point Trend (Decreasing)",
    "2 in 3 Above CL": "2 in 3 Below CL",
    "7 Points Above CL": "7 Points Below CL",
}
MIRRORED |= {down: up for up, down in MIRRORED.items()} | {"Common Cause": "Common Cause"}
OPPOSITE = {"increase": "decrease", "decrease": "increase", "neutral": "neutral"}


@given(series(gaps=True), DIRECTIONS, st.integers(-50, 50))
def test_upside_down(values: list[float | None], improvement: Any, target: int) -> None:
    """With the signs turned and the direction too, labels are mirrored and mean the same."""
    one = chart(values, improvement=improvement, target=target)
    turned = [None if y is None else -y for y in values]
    other = chart(turned, improvement=OPPOSITE[improvement], target=-target)
    assert labels(other) == [label and MIRRORED[label] for label in labels(one)]
    assert other.assurance == one.assurance
    if improvement != "neutral":
        assert (other.variation, [p.point_type for p in other.points]) == (
            one.variation,
            [p.point_type for p in one.points],
        )


@given(series())
def test_reversed_direction(values: list[float]) -> None:
    """What is better one way is worse the other; the R package finds the same signals."""
    one, other = (chart(values, improvement=way, profile="ptd-0.2.2") for way in ("increase", "decrease"))
    turned = {
        "special_cause_improvement": "special_cause_concern",
        "special_cause_concern": "special_cause_improvement",
        "common_cause": "common_cause",
    }
    assert labels(one) == labels(other)
    assert [p.point_type for p in other.points] == [p.point_type and turned[p.point_type] for p in one.points]


@given(series(gaps=True), st.data(), DIRECTIONS)
def test_rebase(values: list[float | None], data: st.DataObject, improvement: Any) -> None:
    """From a rebase on, nothing of what was before matters."""
    place = data.draw(st.integers(0, len(values) - 1))
    when = days(len(values))
    whole = xmr(when, values, rebase=[when[place]], improvement=improvement)
    after = xmr(when[place:], values[place:], improvement=improvement)
    assert whole.points[place:] == after.points
    assert whole.segments[-1] == after.segments[-1]
    assert whole.variation == after.variation
    if place:
        assert whole.points[:place] == xmr(when[:place], values[:place], improvement=improvement).points


@given(series(gaps=True), st.randoms(use_true_random=False), st.integers(-50, 50))
def test_order_of_rows(values: list[float | None], random: Any, target: int) -> None:
    """Rows may come in any order."""
    rows = list(zip(days(len(values)), values, strict=True))
    random.shuffle(rows)
    assert xmr(*zip(*rows, strict=True), target=target) == chart(values, target=target)


@given(series(gaps=True), st.integers(1, 5))
def test_missing_at_the_ends(values: list[float | None], count: int) -> None:
    """Rows without a value before and after change nothing but the rows."""
    one, padding = chart(values), [None] * count
    other = chart([*padding, *values, *padding])
    assert labels(other) == [*padding, *labels(one), *padding]
    assert other.segments[0].limits == one.segments[0].limits
    assert other.variation == one.variation
    assert other.warnings == tuple(dict.fromkeys([*(w for w in one.warnings if w[0] == "s"), "missing_last_value"]))


def plainly(values: Sequence[float], found: Chart) -> list[str]:
    """The labels by their definition, window by window, in both profiles."""
    limits, n, mdc = found.segments[0].limits, len(values), found.profile == "mdc"
    mean, lower, upper = limits.mean or 0.0, limits.lower, limits.upper
    near_lower = -math.inf if limits.near_lower is None else limits.near_lower
    near_upper = math.inf if limits.near_upper is None else limits.near_upper
    sides = [(y > mean) - (y < mean) for y in values]
    steps = [(b > a) - (b < a) for a, b in pairwise(values)]
    outside = [lower is not None and upper is not None and not lower <= y <= upper for y in values]
    far = [(mdc or not outside[i]) and not near_lower <= y <= near_upper for i, y in enumerate(values)]
    rises, falls = (
        {j for i in range(n - 6) if set(steps[i : i + 6]) == {sign} for j in range(i, i + 7)} for sign in (1, -1)
    )
    shifts = {j for i in range(n - 6) if abs(sum(sides[i : i + 7])) == 7 for j in range(i, i + 7)}
    twos = {
        j
        for i in range(n - 2)
        if abs(sum(sides[i : i + 3])) == 3 and sum(far[i : i + 3]) >= 2
        for j in range(i, i + 3)
        if far[j]
    }
    told = []
    for i, side in enumerate(sides):
        way, limit = ("Above", "Above UCL") if side > 0 else ("Below", "Below LCL")
        directions = [("Increasing", i in rises), ("Decreasing", i in falls)]
        trend = [direction for direction, one in directions if one]
        if len(trend) == 2:  # a turn, and the later run decides
            trend = ["Increasing", "Decreasing"] if steps[i] > 0 else ["Decreasing", "Increasing"]
        elif trend and not mdc and i + 1 in rises | falls:
            trend = ["Increasing" if steps[i] > 0 else "Decreasing"]
        met = [
            *([limit] if outside[i] else []),
            *(f"7 Point Trend ({direction})" for direction in trend),
            *([f"2 in 3 {way} CL"] if i in twos else []),
            *([f"7 Points {way} CL"] if i in shifts else []),
            "Common Cause",
        ]
        better = {"increase": ("Above", "Increasing"), "decrease": ("Below", "Decreasing"), "neutral": ()}
        good = [label for label in met if mdc and any(word in label for word in better[found.improvement])]
        told.append((good or met)[0])
    return told


@given(series(), st.booleans(), st.sampled_from([None, 12, 15]), PROFILES, DIRECTIONS)
def test_plain_definition(values: list[float], screen: bool, fix: int | None, profile: Any, improvement: Any) -> None:
    """Each label is what the definition says, window by window."""
    found = chart(values, screen_outliers=screen, fix_after=fix, profile=profile, improvement=improvement)
    if profile == "mdc" and found.segments[0].limits.upper is None:
        assert set(labels(found)) == {None}
    else:
        assert labels(found) == plainly(values, found)


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(), min_size=1, max_size=30),
    PROFILES,
    DIRECTIONS,
    st.none() | st.floats() | st.tuples(st.floats(), st.floats()),
    st.booleans(),
    st.sampled_from([None, 12, 20]),
    st.lists(st.integers(-1, 30).map(lambda n: START + timedelta(n)), max_size=3),
)
def test_total(
    values: Any, profile: Any, improvement: Any, target: Any, screen: bool, fix: int | None, rebase: list[date]
) -> None:
    """Any finite numbers give a chart whose lines are in order, or an error of our own."""
    try:
        found = chart(
            values,
            profile=profile,
            improvement=improvement,
            target=target,
            screen_outliers=screen,
            fix_after=fix,
            rebase=rebase,
        )
    except SpcError:
        return
    assert [point.date for point in found.points] == days(len(values))
    for mean, lower, near_lower, near_upper, upper in lines(found):
        if mean is not None and lower is not None and upper is not None:
            assert near_lower is not None
            assert near_upper is not None
            assert lower <= near_lower <= mean <= near_upper <= upper
