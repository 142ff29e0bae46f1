"""Events about risks and escalations. A mitigation is a commitment about the risk (kind ``mitigation``).

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
    named,
    opens,
    optional_reference,
    optional_text,
    reference,
    refers,
    refers_any,
    shown,
    slug,
    text,
)


def grade(value: int) -> int:
    """A grade of likelihood or impact, 1 (lowest) to 5."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise EventError(f"{shown(value, 20)} is not a grade; give a number from 1 to 5")
    return value


@frozen(kw_only=True, field_transformer=named)
class RiskRaised(Event):
    """Something may go wrong with ``about``."""

    risk: str = field(converter=slug, metadata=opens("risk"))
    title: str = field(converter=text)
    about: str | None = field(default=None, converter=optional_reference, metadata=refers_any())


@frozen(kw_only=True, field_transformer=named)
class RiskAssessed(Event):
    """How likely and how bad, each from 1 to 5."""

    risk: str = field(converter=slug, metadata=refers("risk"))
    likelihood: int = field(converter=grade)
    impact: int = field(converter=grade)


@frozen(kw_only=True, field_transformer=named)
class RiskReviewed(Event):
    """Somebody looked at the risk again."""

    risk: str = field(converter=slug, metadata=refers("risk"))
    note: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class RiskMaterialised(Event):
    """It happened: the risk is now an issue."""

    risk: str = field(converter=slug, metadata=refers("risk"))


@frozen(kw_only=True, field_transformer=named)
class RiskClosed(Event):
    """It can no longer happen, or is no longer followed."""

    risk: str = field(converter=slug, metadata=refers("risk"))


@frozen(kw_only=True, field_transformer=named)
class Escalated(Event):
    """A subject was taken to a body that can decide more."""

    escalation: str = field(converter=slug, metadata=opens("escalation"))
    about: str = field(converter=reference, metadata=refers_any())
    to: str = field(converter=slug, metadata=refers("body"))
    title: str = field(converter=text)
