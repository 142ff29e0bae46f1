"""Events about the plan itself: what it is, its code lists, goals, bodies and documents.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
    Code,
    codes,
    days,
    named,
    opens,
    optional_period,
    optional_person,
    optional_reference,
    optional_slug,
    optional_text,
    period,
    reference,
    refers,
    refers_any,
    shown,
    slug,
    text,
)
from plantrack.events.person import personal
from plantrack.period import Period

DocumentStatus = Literal["draft", "final", "conditional"]


def time_zone(value: str) -> str:
    """The name of a zone in the IANA database, such as ``Europe/London``."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError, TypeError):
        raise EventError(f"{shown(value, 60)} is not a time zone; write for example Europe/London") from None
    return value


def month(value: int) -> int:
    """A month of the year, 1 to 12."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 12:
        raise EventError(f"{shown(value, 20)} is not a month; give a number from 1 to 12")
    return value


def currency(value: str) -> str:
    """An ISO 4217 code: three capital letters."""
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise EventError(f"{shown(value, 20)} is not a currency code such as GBP")
    return value


@frozen(kw_only=True, field_transformer=named)
class PlanOpened(Event):
    """The plan exists: always the first event of its stream. Its time zone decides when a day ends."""

    title: str = field(converter=text)
    organisation: str = field(converter=text)
    period: Period = field(converter=period)
    time_zone: str = field(default="Europe/London", converter=time_zone)
    fiscal_year_start: int = field(default=4, converter=month)
    currency: str = field(default="GBP", converter=currency)
    holidays: tuple[date, ...] = field(default=(), converter=days)
    part_of: str | None = field(default=None, converter=optional_slug)


@frozen(kw_only=True, field_transformer=named)
class FrameworkDefined(Event):
    """A versioned code list, such as national outcomes 1-7. Each code becomes a goal ``framework.code``."""

    framework: str = field(converter=slug, metadata=opens("framework", again=True))
    title: str = field(converter=text)
    version: str = field(converter=text)
    codes: tuple[Code, ...] = field(converter=codes)


@frozen(kw_only=True, field_transformer=named)
class GoalDefined(Event):
    """A node of the one tree of goals: vision, objective, programme, priority action, driver, chapter, theme."""

    goal: str = field(converter=slug, metadata=opens("goal"))
    kind: str = field(converter=slug)
    title: str = field(converter=text)
    parent: str | None = field(default=None, converter=optional_slug, metadata=refers("goal"))
    description: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True, field_transformer=named)
class BodyRegistered(Event):
    """Somebody who can answer for something: an organisation, a board, a committee, a role.

    ``person`` is the natural person, where the body is one; no other field may hold the name.
    """

    body: str = field(converter=slug, metadata=opens("body"))
    title: str = field(converter=text)
    kind: str = field(default="organisation", converter=slug)
    parent: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))
    person: str | None = field(default=None, converter=optional_person, metadata=personal())


@frozen(kw_only=True, field_transformer=named)
class AliasDeclared(Event):
    """Another name under which the documents speak of the same thing."""

    alias: str = field(converter=slug, metadata=opens("alias"))
    title: str = field(converter=text)
    of: str = field(converter=reference, metadata=refers_any())


@frozen(kw_only=True, field_transformer=named)
class DocumentIssued(Event):
    """A paper was issued (again): its state, and the period on which it reports."""

    document: str = field(converter=slug, metadata=opens("document", again=True))
    title: str = field(converter=text)
    kind: str = field(converter=slug)
    status: DocumentStatus = "final"
    condition: str | None = field(default=None, converter=optional_text)
    period: Period | None = field(default=None, converter=optional_period)
    about: str | None = field(default=None, converter=optional_reference, metadata=refers_any())
