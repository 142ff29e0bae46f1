"""Events about meetings, recommendations, decisions and approvals.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from attrs import field, frozen

from plantrack.events.envelope import Event
from plantrack.events.fields import (
    named,
    opens,
    optional_person,
    optional_reference,
    optional_slug,
    optional_text,
    period,
    reference,
    refers,
    refers_any,
    slug,
    text,
)
from plantrack.events.person import personal
from plantrack.period import Period


@frozen(kw_only=True, field_transformer=named)
class MeetingScheduled(Event):
    """A body will meet, or has met, on a date. Scheduling it again moves it."""

    meeting: str = field(converter=slug, metadata=opens("meeting", again=True))
    body: str = field(converter=slug, metadata=refers("body"))
    date: Period = field(converter=period)
    title: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class RecommendationMade(Event):
    """A body is asked to do something (``verb``: confirm, agree, endorse, ...) at a meeting."""

    recommendation: str = field(converter=slug, metadata=opens("recommendation"))
    meeting: str = field(converter=slug, metadata=refers("meeting"))
    verb: str = field(converter=text)
    title: str = field(converter=text)
    about: str | None = field(default=None, converter=optional_reference, metadata=refers_any())


@frozen(kw_only=True, field_transformer=named)
class DecisionTaken(Event):
    """A meeting decided; ``recommendation`` says which request that answers, if any."""

    decision: str = field(converter=slug, metadata=opens("decision"))
    meeting: str = field(converter=slug, metadata=refers("meeting"))
    outcome: str = field(converter=text)
    recommendation: str | None = field(default=None, converter=optional_slug, metadata=refers("recommendation"))
    title: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class ApprovalGiven(Event):
    """A body approved a subject, perhaps under a condition. ``signed_by`` is the natural person who signed for it."""

    approval: str = field(converter=slug, metadata=opens("approval"))
    about: str = field(converter=reference, metadata=refers_any())
    by: str = field(converter=slug, metadata=refers("body"))
    condition: str | None = field(default=None, converter=optional_text)
    signed_by: str | None = field(default=None, converter=optional_person, metadata=personal())
