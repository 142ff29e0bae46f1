"""The envelope: what surrounds every event, as proposed and as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, NamedTuple, cast
from unicodedata import normalize

import attrs
from attrs import field, frozen

from plantrack.errors import EventError, StoredEventError
from plantrack.events.fields import named, optional_agent, optional_text, period, shown, text
from plantrack.events.person import personal
from plantrack.period import Period


class Event:
    """Base of all events: a fact in the past tense, without its envelope.

    ``SCHEMA`` counts the versions of the stored fields; a class that raises it adds a step to ``upcasting.py``.
    """

    __slots__ = ()
    SCHEMA: ClassVar[int] = 1


class Opening(NamedTuple):
    """A subject that an event opens; ``again`` when later events may define it anew."""

    kind: str
    name: str
    again: bool


def event_fields(cls: type[Event]) -> tuple[attrs.Attribute[Any], ...]:
    """The fields of an event type. (The base class has none and is no attrs class; mypy wants to hear it.)"""
    found: tuple[attrs.Attribute[Any], ...] = attrs.fields(cast(Any, cls))
    return found


@cache
def _opening_field(cls: Any) -> tuple[str, str, bool] | None:
    for f in event_fields(cls):
        if "opens" in f.metadata:
            return f.name, f.metadata["opens"], f.metadata["again"]
    return None


@cache
def needs(cls: Any) -> tuple[tuple[str, str], ...]:
    """The fields of an event type that name a subject recorded before, each with its kind ("*" for ``kind:id``)."""
    return tuple((f.name, f.metadata["refers"]) for f in event_fields(cls) if "refers" in f.metadata)


def openings(event: Event) -> list[Opening]:
    """The subjects that ``event`` opens: at most one, but a code list opens a goal for each of its codes too."""
    found = _opening_field(cast(Any, type(event)))
    if found is None:
        return []
    name, kind, again = found
    first = Opening(kind, getattr(event, name), again)
    codes = getattr(event, "codes", None)
    return [first] if not codes else [first, *(Opening("goal", f"{first.name}.{c.code}", True) for c in codes)]


def references(event: Event) -> Iterator[tuple[str, str, str]]:
    """Each subject that ``event`` needs to exist: name of the field, kind, id."""
    for field_name, kind in needs(cast(Any, type(event))):
        value = getattr(event, field_name)
        if value is None:
            continue
        if kind == "*":
            kind, _, value = value.partition(":")
        yield field_name, kind, value


def subjects(event: Event) -> set[str]:
    """Every subject that ``event`` is about or touches, as ``kind:id``."""
    found = {f"{kind}:{name}" for _, kind, name in references(event)}
    return found | {f"{opening.kind}:{opening.name}" for opening in openings(event)}


@frozen(kw_only=True, field_transformer=named)
class Source:
    """Where a fact was read: a document and a place in it, such as a page, a line, a sheet and cell."""

    document: str = field(converter=text)
    locator: str | None = field(default=None, converter=optional_text)

    def __str__(self) -> str:
        return self.document if self.locator is None else f"{self.document}, {self.locator}"


def event_name(value: str) -> str | None:
    """An event id in the one form in which it is kept, or ``None`` where the value cannot be one.

    The form is NFC: where a name of a file becomes an id, systems write the same letter as one character or as two.
    """
    if not isinstance(value, str):
        return None
    name = value if value.isascii() else normalize("NFC", value)
    return name if 1 <= len(name) <= 100 and name.isprintable() and " " not in name else None


def idempotency_key(value: str | None) -> str | None:
    """An idempotency key chosen by the caller: printable, without spaces, at most 100 characters."""
    if value is not None and event_name(value) is None:
        raise EventError(f"{shown(value)} cannot be an event id: 1 to 100 printable characters without spaces")
    return None if value is None else event_name(value)


@frozen(kw_only=True, field_transformer=named)
class Proposal:
    """An event somebody wants recorded: the fact, when it became true, who says so and why.

    :ivar actor: a role, or a natural person.
    :ivar event_id: idempotency key, unique in the plan; left out, it is derived from the content, so that recording
        the same thing twice records it once.
    """

    data: Event
    effective: Period = field(converter=period)
    actor: str | None = field(default=None, converter=optional_agent, metadata=personal())
    reason: str | None = field(default=None, converter=optional_text)
    source: Source | None = None
    event_id: str | None = field(default=None, converter=idempotency_key)
    causation_id: str | None = field(default=None, converter=idempotency_key)
    correlation_id: str | None = field(default=None, converter=idempotency_key)


@frozen(kw_only=True)
class RecordedEvent:
    """An event as it stands in the log.

    :ivar position: place in the plan's stream, from 1, without gaps.
    :ivar effective: valid time, when the fact became true.
    :ivar recorded_at: transaction time, UTC, when this log learned it; never decreases along a stream.
    :ivar actor: a role, or the token of a natural person.
    :ivar clock_regressed: the clock stood before the previous event's time, so ``recorded_at`` was held there.
    """

    plan: str
    position: int
    event_id: str
    effective: Period
    recorded_at: datetime
    data: Event
    actor: str | None = None
    reason: str | None = None
    source: Source | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    clock_regressed: bool = False

    @property
    def type(self) -> str:
        """The name of the event's class, as stored."""
        return type(self.data).__name__

    def same_content(self, proposal: Proposal) -> bool:
        """Whether ``proposal`` says what this event says (envelope fields that only the log knows left aside)."""
        return all(getattr(self, name) == getattr(proposal, name) for name in _PROPOSED)


_PROPOSED = ("data", "effective", "actor", "reason", "source", "causation_id", "correlation_id")


@lru_cache(maxsize=16)  # the events of a batch share it
def stamp(moment: datetime) -> str:
    """A moment as stored: UTC with microseconds, of fixed width, so that texts sort as times do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """The inverse of :func:`stamp`.

    :raises StoredEventError: the text is no such stamp.
    """
    try:
        read = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        read = None
    if read is None or read.tzinfo is None:
        raise StoredEventError(f"a stored event was recorded at {shown(text, 40)}, which is not a moment")
    return read
