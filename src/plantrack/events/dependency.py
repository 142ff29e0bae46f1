"""Events about dependencies, on other initiatives or on external things, and about fall-backs.

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
    optional_reference,
    optional_slug,
    optional_text,
    refers,
    refers_any,
    slug,
    text,
)
from plantrack.period import Period

ExternalStatus = Literal["pending", "submitted", "won", "lost", "in-force", "delayed", "ended"]
DependencyKind = Literal["dependency", "assumption", "conflict"]


@frozen(kw_only=True, field_transformer=named)
class DependencyDeclared(Event):
    """An initiative needs something: ``on`` a registered subject, or only in words (``title``)."""

    dependency: str = field(converter=slug, metadata=opens("dependency"))
    initiative: str = field(converter=slug, metadata=refers("initiative"))
    title: str = field(converter=text)
    on: str | None = field(default=None, converter=optional_reference, metadata=refers_any())
    kind: DependencyKind = "dependency"
    nature: str | None = field(default=None, converter=optional_slug)
    need_by: Period | None = field(default=None, converter=optional_period)
    stated_in: str | None = field(default=None, converter=optional_text)
    note: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class DependenciesAssessed(Event):
    """Somebody looked: the initiative has no dependencies beyond those declared."""

    initiative: str = field(converter=slug, metadata=refers("initiative"))
    note: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class DependencyWithdrawn(Event):
    """The dependency no longer holds."""

    dependency: str = field(converter=slug, metadata=refers("dependency"))


@frozen(kw_only=True, field_transformer=named)
class ExternalRegistered(Event):
    """Something outside the plan on which parts of it rest: a bid, a fund, a project of others, a contract.

    ``until`` is when it ends, if that is known: of a contract, a post, an arrangement for the meantime.
    """

    external: str = field(converter=slug, metadata=opens("external"))
    title: str = field(converter=text)
    kind: str = field(default="programme", converter=slug)
    status: ExternalStatus = "pending"
    expected: Period | None = field(default=None, converter=optional_period)
    note: str | None = field(default=None, converter=optional_text)
    until: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class ExternalStatusReported(Event):
    """Where the external thing stands now; when it is expected, and when it ends, if that was said."""

    external: str = field(converter=slug, metadata=refers("external"))
    status: ExternalStatus
    expected: Period | None = field(default=None, converter=optional_period)
    until: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class FallbackDeclared(Event):
    """What will be done if the external thing does not come."""

    fallback: str = field(converter=slug, metadata=opens("fallback"))
    external: str = field(converter=slug, metadata=refers("external"))
    title: str = field(converter=text)
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))


@frozen(kw_only=True, field_transformer=named)
class FallbackActivated(Event):
    """The fall-back is being carried out."""

    fallback: str = field(converter=slug, metadata=refers("fallback"))
