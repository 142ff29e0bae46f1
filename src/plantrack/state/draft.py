"""The workshop of the fold: mutable drafts of state objects, frozen once at the end.

Private to ``state``. A draft keeps, beside each value, the position of the event that set it; freezing turns the pair
into a frozen object with ``set_by`` aligned to its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from plantrack.events.envelope import Event, event_fields
from plantrack.period import Period

E = TypeVar("E", bound=Event)


class Draft:
    """One subject in the making: its values, and the position that set each (``opened`` unless said otherwise).

    :ivar parts: what some of its values are made of only when it is frozen (of a measure its ``Series``).
    :ivar place: where it stands among the subjects of its kind; kept only where a state is kept up to date.
    """

    __slots__ = ("opened", "parts", "place", "positions", "values")

    parts: Any
    place: Any

    def __init__(self, opened: int, values: dict[str, Any]) -> None:
        self.opened = opened
        self.values = values
        self.positions: dict[str, int] = {}

    def set(self, position: int, /, **changes: Any) -> None:
        """Change values, remembering the event at ``position`` as their origin."""
        self.values.update(changes)
        for name in changes:
            self.positions[name] = position


class Drafts:
    """Every subject in the making, by kind and id; the plan is a subject too.

    Evolutions find and keep drafts by way of ``kinds`` alone, so that ``state/live.py`` can see which ones a fact
    touches.
    """

    __slots__ = ("as_at", "kinds", "plan")

    def __init__(self, plan: str, as_at: date, kinds: dict[str, dict[str, Draft]]) -> None:
        self.plan = plan
        self.as_at = as_at
        self.kinds = kinds

    def open(self, kind: str, name: str, position: int, /, **values: Any) -> str | None:
        """Open a subject; returns why not when it exists already."""
        drafts = self.kinds[kind]
        if name in drafts:
            return f"{kind}:{name} exists already"
        drafts[name] = Draft(position, {"id": name, **values})
        return None

    def put(self, kind: str, name: str, position: int, /, **values: Any) -> Draft:
        """Open a subject, or change every value given if it exists."""
        draft = self.kinds[kind].get(name)
        if draft is None:
            draft = self.kinds[kind][name] = Draft(position, {"id": name, **values})
        else:
            draft.set(position, **values)
        return draft


# An evolution applies one event: (drafts, position, effective, event) -> None, or why it cannot be placed.
Evolution = Callable[[Drafts, int, Period, Any], "str | None"]
EVOLUTIONS: dict[type[Event], Evolution] = {}


def evolves(cls: type[E]) -> Callable[[Callable[[Drafts, int, Period, E], str | None]], Evolution]:
    """Register the evolution for events of ``cls``: total, it never raises."""

    def register(evolution: Callable[[Drafts, int, Period, E], str | None]) -> Evolution:
        EVOLUTIONS[cls] = evolution
        return evolution

    return register


def values_of(event: Event, *without: str) -> dict[str, Any]:
    """The fields of an event as keyword arguments, some left out (state objects share the names of their events)."""
    return {f.name: getattr(event, f.name) for f in event_fields(type(event)) if f.name not in without}


def given(event: Event, *without: str) -> dict[str, Any]:
    """The fields of an event that are not ``None``: what a revision changes."""
    return {name: value for name, value in values_of(event, *without).items() if value is not None}
