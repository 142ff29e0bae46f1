"""The chart of a series: its segments with their limits, the label of each point, and the two icons."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Literal, get_args

from attrs import frozen

from plantrack.errors import SpcError
from plantrack.spc.limits import Limits, limits_of
from plantrack.spc.profiles import PROFILES, Profile
from plantrack.spc.rows import Number, checked_date, read_rows
from plantrack.spc.signals import (
    POINT_TYPES,
    Improvement,
    PointType,
    SpecialCause,
    special_causes,
    undecided_window,
)
from plantrack.spc.targets import Assurance, Band, Target, Targets, assurance_of, read_target

ENOUGH = 13  # points; with fewer, limits mean little
MIN_BASELINE = 12  # rows that a fixed baseline needs

Warned = Literal["short_group", "missing_last_value", "unmatched_rebase"]
VariationIcon = Literal[
    "improvement_high", "improvement_low", "concern_high", "concern_low", "neutral_high", "neutral_low", "common_cause"
]
AssuranceIcon = Literal["pass", "fail", "inconsistent"]

_VARIATION_ICONS: dict[Improvement, dict[PointType, VariationIcon]] = {
    "increase": {"special_cause_improvement": "improvement_high", "special_cause_concern": "concern_low"},
    "decrease": {"special_cause_improvement": "improvement_low", "special_cause_concern": "concern_high"},
    "neutral": {"special_cause_neutral_high": "neutral_high", "special_cause_neutral_low": "neutral_low"},
}
_ASSURANCE_ICONS: dict[Assurance, AssuranceIcon] = {
    "consistent_pass": "pass",
    "consistent_fail": "fail",
    "inconsistent": "inconsistent",
}


@frozen
class Point:
    """A row of the chart.

    :ivar value: None where it is missing.
    :ivar mean: of its segment; None, as the limits are, where it cannot be told.
    :ivar near_lower: two sigma below the mean.
    :ivar special_cause: the strongest of the rules that it meets, or ``Common Cause``; None where nothing is judged.
    :ivar point_type: what that means for the measure.
    :ivar target: in force on its date.
    """

    date: date
    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    near_lower: float | None
    near_upper: float | None
    special_cause: SpecialCause | None
    point_type: PointType | None
    target: float | Band | None = None


@frozen
class Segment:
    """The rows from the first, or a rebase, up to the next: nothing in them looks beyond.

    :ivar special_causes: one label a row.
    """

    dates: tuple[date, ...]
    values: tuple[float | None, ...]
    limits: Limits
    special_causes: tuple[SpecialCause | None, ...]


@frozen
class Chart:
    """A series, analysed.

    :ivar variation: the point type of the last row: what the process does now. None where nothing is judged.
    :ivar assurance: whether the process will meet its target if nothing changes; None without a target, or without a
        better side.
    :ivar warnings: what to know before the chart is believed: ``short_group``, a segment of fewer than 13 points;
        ``missing_last_value``; ``unmatched_rebase``, a rebase date without a row.
    """

    segments: tuple[Segment, ...]
    improvement: Improvement
    profile: Profile
    variation: PointType | None
    assurance: Assurance | None
    warnings: tuple[Warned, ...]
    targets: Targets | None = None

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every row, in order of dates."""
        types, targets = POINT_TYPES[self.improvement], self.targets
        return tuple(
            Point(
                day,
                value,
                (limits := segment.limits).mean,
                limits.lower,
                limits.upper,
                limits.near_lower,
                limits.near_upper,
                label,
                label and types[label],
                targets.at(day) if targets else None,
            )
            for segment in self.segments
            for day, value, label in zip(segment.dates, segment.values, segment.special_causes, strict=True)
        )

    @property
    def variation_icon(self) -> VariationIcon | None:
        """Which of the icons of Making Data Count shows the variation."""
        return self.variation and _VARIATION_ICONS[self.improvement].get(self.variation, "common_cause")

    @property
    def assurance_icon(self) -> AssuranceIcon | None:
        """Which of them shows the assurance."""
        return self.assurance and _ASSURANCE_ICONS[self.assurance]


def xmr(
    dates: Iterable[date],
    values: Iterable[Number | None],
    *,
    improvement: Improvement = "increase",
    target: Target = None,
    rebase: Iterable[date] = (),
    fix_after: int | None = None,
    screen_outliers: bool = True,
    profile: Profile = "mdc",
) -> Chart:
    """Tell common from special causes, by an individuals and moving range chart.

    Rows may come in any order. A period without a row is not noticed: give it with a value of None.

    :param values: None where one is missing.
    :param improvement: in which direction the measure gets better.
    :param target: a number; a band, as a pair with the lower end first; or what holds from which date on, as a mapping
        or as pairs, None where nothing holds any more. The one in force on the last date is held against the limits.
    :param rebase: dates of rows at which limits begin anew.
    :param fix_after: rows of each segment, 12 or more, from which its limits are computed; the others are judged
        against them.
    :param screen_outliers: leave large moving ranges out; without effect in ``mdc``, which never does.
    :param profile: ``mdc``, as a board should see it, or ``ptd-0.2.2``, as NHSRplotthedots 0.2.2 computes it; they
        differ by :data:`plantrack.spc.DEVIATIONS`.
    :raises SpcError: a row cannot be used, a target or an option is wrong, or, in ``ptd-0.2.2``, a missing value stands
        where the R package stops.
    """
    if improvement not in POINT_TYPES:
        raise SpcError(f"improvement is {improvement!r}; give one of {_listed(Improvement)}")
    if profile not in PROFILES:
        raise SpcError(f"profile is {profile!r}; give one of {_listed(Profile)}")
    if fix_after is not None and (type(fix_after) is not int or fix_after < MIN_BASELINE):
        raise SpcError(f"fix_after is {fix_after!r}; give a whole number of rows, {MIN_BASELINE} or more")
    deviations = PROFILES[profile]
    days, numbers = read_rows(dates, values)
    targets = read_target(target)
    anew = {checked_date(day, "a date in rebase") for day in rebase}
    starts = [i for i, day in enumerate(days) if day in anew] if anew else []
    screen = screen_outliers and "unscreened" not in deviations
    segments = tuple(
        _segment(days[start:end], numbers[start:end], improvement, fix_after, screen, deviations)
        for start, end in pairwise(sorted({0, *starts, len(days)}))
    )
    last = segments[-1]
    now = next((label for label in reversed(last.special_causes) if label), None)  # the last value may be missing
    return Chart(
        segments,
        improvement,
        profile,
        now and POINT_TYPES[improvement][now],
        assurance_of(last.limits, targets.at(days[-1]), improvement, deviations) if targets else None,
        tuple(_warnings(segments, unmatched=len(starts) < len(anew), deviations=deviations)),
        targets,
    )


def _listed(words: object) -> str:
    return ", ".join(map(repr, get_args(words)))


def _segment(
    days: list[date],
    numbers: list[float],
    improvement: Improvement,
    fix_after: int | None,
    screen: bool,
    deviations: Set[str],
) -> Segment:
    known = [y for y in numbers if y == y]
    missing = len(known) < len(numbers)
    limits = limits_of(numbers[:fix_after], screen=screen, missing=missing)
    if "from-13-points" in deviations and len(known) < ENOUGH:
        limits = Limits(limits.mean)
    if "unjudged" in deviations and limits.upper is None:
        labels: list[SpecialCause | None] = [None] * len(days)
    else:
        if missing and "missing-breaks" not in deviations and (row := undecided_window(numbers)) is not None:
            raise SpcError(
                f"the value of {days[row]} is missing among seven whose known steps agree, where NHSRplotthedots 0.2.2 "
                "stops with an error; the profile 'mdc' goes on"
            )
        labels = [*special_causes(numbers, limits, improvement, deviations)]
        if missing and "last-known" in deviations:
            labels = [label if y == y else None for label, y in zip(labels, numbers, strict=True)]
    shown = tuple(None if y != y else y for y in numbers) if missing else tuple(numbers)
    return Segment(tuple(days), shown, limits, tuple(labels))


def _warnings(segments: tuple[Segment, ...], *, unmatched: bool, deviations: Set[str]) -> Iterable[Warned]:
    rows = "from-13-points" not in deviations
    for segment in segments:
        if len(segment.values) - (0 if rows else segment.values.count(None)) < ENOUGH:
            yield "short_group"
            break
    if "last-known" in deviations and segments[-1].values[-1] is None:
        yield "missing_last_value"
    if "unmatched-rebase" in deviations and unmatched:
        yield "unmatched_rebase"
