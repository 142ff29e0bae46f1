"""Two ways to compute a chart: as the R package does, and as a board should see it.

``ptd-0.2.2`` is NHSRplotthedots 0.2.2, to the last digit and with its quirks, so that a figure can be checked against
the reference. ``mdc`` departs from it by the list in :data:`DEVIATIONS` and by nothing else. Most of them are how the
spreadsheet of NHS England's Making Data Count works; equality with it is not claimed, because it was not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import frozen

Profile = Literal["ptd-0.2.2", "mdc"]


@frozen
class Deviation:
    """One departure of ``mdc`` from ``ptd-0.2.2``.

    :ivar name: by which the code asks for it.
    :ivar ptd: what the R package does.
    :ivar mdc: what is done instead.
    :ivar reason: why a board is better served.
    """

    name: str
    ptd: str
    mdc: str
    reason: str


_LISTED = (
    Deviation(
        "unscreened",
        "Moving ranges of 3.267 times their mean or more are left out, in one pass.",
        "None is left out; screen_outliers is without effect.",
        "A constant series loses all its limits by screening, and one rare event makes them collapse on the mean, so "
        "that every usual point counts as special. The spreadsheet does not screen.",
    ),
    Deviation(
        "from-13-points",
        "Limits and icons are given at any length; below 13 rows there is a warning.",
        "A segment of fewer than 13 values has a mean and no limits, with the warning.",
        "Limits from a handful of points move with every new one, and a missing value is not a point.",
    ),
    Deviation(
        "last-known",
        "A missing last value makes the variation common cause.",
        "A missing value has no label, the variation is that of the last value, and there is a warning.",
        "A figure that was not delivered must not turn a concern into calm.",
    ),
    Deviation(
        "missing-breaks",
        "A missing value among seven points whose known steps agree stops the analysis with an error.",
        "It breaks the trend, as it breaks a shift.",
        "One missing month must not take the chart away.",
    ),
    Deviation(
        "own-run",
        "The last point of a trend is labelled by the step after it, where that leads to a point of another trend.",
        "It is labelled by the trend it belongs to.",
        "A rise would be shown as a decrease.",
    ),
    Deviation(
        "two-in-three-beyond",
        "Points outside the limits do not count towards two in three.",
        "They count, as all that lie beyond two sigma.",
        "The further a point lies from the mean, the more it says. The spreadsheet counts them since late 2023.",
    ),
    Deviation(
        "improvement-first",
        "Of the rules that a point meets, the first in the order of labels decides.",
        "Where one of them speaks of improvement, that one decides.",
        "The spreadsheet shows such a point as improvement.",
    ),
    Deviation(
        "target-at-limit",
        "A target that equals a limit is hit or miss.",
        "A limit that only just reaches the target fails; a series that never varies and equals its target passes.",
        "Beyond the limit nothing is expected, so that the target will be missed all but always; and 100 % every month "
        "meets a target of 100 %.",
    ),
    Deviation(
        "unjudged",
        "Without limits, points are common cause unless a run says otherwise, and a series is hit or miss; so is one "
        "without a target of its own among those of others.",
        "Without limits nothing has a label, a variation or an assurance; without a target, no assurance.",
        "Common cause, and hit or miss, are statements about a process, and nothing is known that would support them.",
    ),
    Deviation(
        "unmatched-rebase",
        "A rebase date that is the date of no row is ignored.",
        "It is ignored with a warning.",
        "Somebody meant the limits to begin anew.",
    ),
)

DEVIATIONS: Mapping[str, Deviation] = {one.name: one for one in _LISTED}
"""All deviations of ``mdc``, by name."""

PROFILES: Mapping[str, frozenset[str]] = {"ptd-0.2.2": frozenset(), "mdc": frozenset(DEVIATIONS)}
"""The deviations of each profile."""
