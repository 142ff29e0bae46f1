"""Events about milestones; stages and gates are milestones with an order and criteria.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from plantrack.events.envelope import Event
from plantrack.events.fields import (
    named,
    opens,
    optional_period,
    optional_slug,
    optional_text,
    refers,
    slug,
    text,
    whole,
)
from plantrack.period import Period

MilestoneKind = Literal["milestone", "stage", "gate"]
MilestoneOutcome = Literal["passed", "failed", "extended"]


@frozen(kw_only=True, field_transformer=named)
class MilestoneSet(Event):
    """Something is to be reached, by ``due`` if a date was given."""

    milestone: str = field(converter=slug, metadata=opens("milestone"))
    title: str = field(converter=text)
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    due: Period | None = field(default=None, converter=optional_period)
    kind: MilestoneKind = "milestone"
    order: int | None = field(default=None, converter=whole)
    criteria: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class MilestoneRescheduled(Event):
    """The date moved; without ``due`` the milestone is delayed and nobody says until when."""

    milestone: str = field(converter=slug, metadata=refers("milestone"))
    due: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class MilestoneReached(Event):
    """It was reached; for a gate or pilot, with which outcome."""

    milestone: str = field(converter=slug, metadata=refers("milestone"))
    outcome: MilestoneOutcome = "passed"


@frozen(kw_only=True, field_transformer=named)
class MilestoneCancelled(Event):
    """It will not be reached and is no longer wanted."""

    milestone: str = field(converter=slug, metadata=refers("milestone"))
