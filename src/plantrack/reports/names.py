"""Names in the place of tokens, in values that are about to be shown to people.

Done to findings, events and state before a report is made of them, so that lines are folded with the names in them and
no report needs to know of persons. What programs read keeps the tokens.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from plantrack.events.envelope import Event, RecordedEvent
from plantrack.people import Names
from plantrack.period import Period
from plantrack.rules import Pack
from plantrack.rules.pack import Rule

T = TypeVar("T")

_NAMELESS = (Period, Pack, Rule, Decimal, date, int, float, bytes, type(None))


def named(value: T, names: Names) -> T:
    """A value as it is, with names for the tokens in its texts, however deep; what holds none is given back itself."""
    shown: T = _named(value, names, {}, "")
    return shown


def named_events(events: Iterable[RecordedEvent], names: Names) -> Iterator[RecordedEvent]:
    """Events, one by one, with names for their tokens."""
    return (named(event, names) for event in events)


def _named(value: Any, names: Names, instead: Mapping[str, str], path: str) -> Any:
    if isinstance(value, str):
        return instead.get(path) or names(value)
    if isinstance(value, _NAMELESS):
        return value
    if isinstance(value, RecordedEvent):
        unreadable = names.unreadable_in(value)
        return _changed(value, lambda item, name: _named(item, names, unreadable, name))
    if isinstance(value, Event):
        within = path if path == "data" else f"{path}.data"
        return _changed(value, lambda item, name: _named(item, names, instead, f"{within}.{name}"))
    if isinstance(value, tuple | list):
        items = [_named(item, names, {}, "") for item in value]
        same = all(one is other for one, other in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, Mapping):
        return {key: _named(item, names, {}, "") for key, item in value.items()}
    if attrs.has(type(value)):
        return _changed(value, lambda item, _: _named(item, names, {}, ""))
    return value


def _changed(value: Any, change: Callable[[Any, str], Any]) -> Any:
    """A copy with other values, past the converters: it is only to be shown."""
    changes = {}
    for field in attrs.fields(type(value)):
        before = getattr(value, field.name)
        after = change(before, field.name)
        if after is not before:
            changes[field.name] = after
    if not changes:
        return value
    twin = copy.copy(value)
    for name, after in changes.items():
        object.__setattr__(twin, name, after)
    return twin
