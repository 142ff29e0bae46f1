"""Events about commitments: whatever somebody owes by a date.

One mechanism for obligations with a cadence, submissions, mitigations, recovery plans, hand-over items and promises
without an owner. Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from attrs import field, frozen

from plantrack.events.envelope import Event
from plantrack.events.fields import (
    named,
    opens,
    optional_period,
    optional_reference,
    optional_slug,
    optional_text,
    refers,
    refers_any,
    slug,
    text,
)
from plantrack.events.measure import Cadence
from plantrack.period import Period


@frozen(kw_only=True, field_transformer=named)
class CommitmentMade(Event):
    """Something is owed: by ``owner`` (perhaps nobody) to ``owed_to``, by ``due`` or at each ``cadence``."""

    commitment: str = field(converter=slug, metadata=opens("commitment"))
    title: str = field(converter=text)
    kind: str = field(default="promise", converter=slug)
    owner: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))
    owed_to: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))
    due: Period | None = field(default=None, converter=optional_period)
    cadence: Cadence | None = None
    about: str | None = field(default=None, converter=optional_reference, metadata=refers_any())
    condition: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class CommitmentMoved(Event):
    """The due date moved; without ``due`` it is open until further notice."""

    commitment: str = field(converter=slug, metadata=refers("commitment"))
    due: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class CommitmentMet(Event):
    """What was owed was given; with a cadence, what was owed this time, and the next time is still to come."""

    commitment: str = field(converter=slug, metadata=refers("commitment"))


@frozen(kw_only=True, field_transformer=named)
class CommitmentWithdrawn(Event):
    """It is no longer owed."""

    commitment: str = field(converter=slug, metadata=refers("commitment"))
