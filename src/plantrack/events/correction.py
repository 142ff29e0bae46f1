"""Events about events: nothing is overwritten, corrections and retractions are recorded.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event, event_name
from plantrack.events.fields import named, optional_period, shown, text
from plantrack.events.person import is_token, personal
from plantrack.period import Period

NESTED = "replacement needs an event that is itself no correction; correct the original again instead"


def event_id(value: str) -> str:
    """The id of a recorded event, as ``log`` prints it."""
    name = event_name(value)
    if name is None:
        raise EventError(f"{shown(value)} is not an event id")
    return name


def payload(value: Event) -> Event:
    """An event, of any type but a correction or retraction."""
    if not isinstance(value, Event) or isinstance(value, EventCorrected | EventRetracted):
        raise EventError(NESTED)
    return value


def token(value: str) -> str:
    """The token of a natural person, as reports show it where there is no name."""
    if not (isinstance(value, str) and is_token(value)):
        raise EventError("a person whose name is erased has only a token, person- and 16 hexadecimal digits")
    return value


@frozen(kw_only=True, field_transformer=named)
class EventCorrected(Event):
    """The event ``event`` was wrong: it should have read ``replacement``, of the same type, effective when given.

    It takes effect wherever it is known, in the original's place; the last known correction wins.
    """

    event: str = field(converter=event_id)
    replacement: Event = field(converter=payload)
    effective: Period | None = field(default=None, converter=optional_period)


@frozen(kw_only=True, field_transformer=named)
class EventRetracted(Event):
    """The event ``event`` should never have been recorded. Retracting the retraction brings it back."""

    event: str = field(converter=event_id)
    why: str = field(converter=text)


@frozen(kw_only=True, field_transformer=named)
class PersonalDataErased(Event):
    """The key of a natural person was destroyed, and with it the name wherever it stood; the token stays.

    ``erase`` records it. It is never corrected or retracted, since nothing brings the name back.
    """

    person: str = field(converter=token, metadata=personal())
