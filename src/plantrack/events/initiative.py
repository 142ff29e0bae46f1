"""Events about initiatives: whatever the plan undertakes, from a ten-year programme to one line of a table.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
    Attribute,
    attributes,
    named,
    names,
    opens,
    optional_attributes,
    optional_period,
    optional_slug,
    optional_text,
    qualified_reference,
    reference,
    refers,
    refers_any,
    slug,
    text,
)
from plantrack.period import Period

AlignmentStrength = Literal["direct", "indirect", "outside-plan", "not-applicable"]
Role = Literal["lead", "host", "provider", "sro", "chair", "assurance"]


@frozen(kw_only=True, field_transformer=named)
class InitiativeProposed(Event):
    """The plan undertakes something. ``kind`` is the plan's own word for it; ``goal`` is where it sits in the tree.

    ``period`` is when it is to be done, if that is not the whole time of the plan.
    """

    initiative: str = field(converter=slug, metadata=opens("initiative"))
    title: str = field(converter=text)
    kind: str = field(default="initiative", converter=slug)
    goal: str | None = field(default=None, converter=optional_slug, metadata=refers("goal"))
    parent: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    description: str | None = field(default=None, converter=optional_text)
    attributes: tuple[Attribute, ...] = field(default=(), converter=attributes)
    period: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class InitiativeRevised(Event):
    """Only the fields given change."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))
    title: str | None = field(default=None, converter=optional_text)
    goal: str | None = field(default=None, converter=optional_slug, metadata=refers("goal"))
    description: str | None = field(default=None, converter=optional_text)
    attributes: tuple[Attribute, ...] | None = field(default=None, converter=optional_attributes)
    period: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class InitiativeStarted(Event):
    """Work began."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class InitiativePaused(Event):
    """Work stopped for now."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class InitiativeResumed(Event):
    """Work went on after a pause."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class InitiativeCompleted(Event):
    """What was undertaken is in place."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class InitiativeCancelled(Event):
    """It will not be done."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class InitiativeSuperseded(Event):
    """Another initiative of this plan takes its place."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))
    by: str = field(converter=slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class Continued(Event):
    """Lineage: a subject of this plan goes on from one of another plan (``plan/kind:id``), or a paper from one before.

    ``due`` is the date that the other plan had first set for what is a milestone of this one.
    """

    subject: str = field(converter=reference, metadata=refers_any())
    predecessor: str = field(converter=qualified_reference)
    inferred: bool = False
    due: Period | None = field(default=None, converter=optional_period)

    def __attrs_post_init__(self) -> None:
        if self.due is not None and not self.subject.startswith("milestone:"):
            raise EventError(f"Continued.due is the first date of a milestone; {self.subject} has none")


@frozen(kw_only=True, field_transformer=named)
class AlignmentDeclared(Event):
    """An initiative serves a goal. ``goal`` is kept as printed, also when no such goal or code exists."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))
    goal: str = field(converter=slug, metadata=names("goal"))
    strength: AlignmentStrength = "direct"
    note: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class ResponsibilityAssigned(Event):
    """A body answers for a subject in a role, perhaps on behalf of another."""

    subject: str = field(converter=reference, metadata=refers_any())
    role: Role
    body: str = field(converter=slug, metadata=refers("body"))
    on_behalf_of: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))


@frozen(kw_only=True, field_transformer=named)
class ResponsibilityEnded(Event):
    """A body no longer answers for a subject in a role."""

    subject: str = field(converter=reference, metadata=refers_any())
    role: Role
    body: str = field(converter=slug, metadata=refers("body"))
