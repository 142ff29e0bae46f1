"""What state objects are made of: the base class, and the markers that relate them.

State objects are frozen and normalised: they hold ids, never each other. Markers say what an id points to, so that
rules can navigate: ``rules/language/linked.py`` builds its view from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import attrs
from attrs import frozen


@frozen
class Ref:
    """Marks a field that holds the id of a subject of ``kind``."""

    kind: str


@frozen
class AnyRef:
    """Marks a field that holds ``kind:id``. Rules see an optional field a kind: ``about_risk``, ``about_goal``."""

    kinds: tuple[str, ...]


@frozen
class Inverse:
    """Declares the list of the ``kind``s whose ``field`` refers to this one: what rules see as ``initiative.risks``."""

    kind: str
    field: str


def inverses(**declared: Inverse) -> dict[str, Inverse]:
    """The inverse lists of an entity class, by the name that rules use."""
    return declared


@frozen(kw_only=True)
class Entity:
    """Base of the state objects that have an id.

    :ivar set_by: for each field, in order, the position of the event that set it.
    """

    KIND: ClassVar[str]
    INVERSES: ClassVar[dict[str, Inverse]] = {}

    id: str
    set_by: tuple[int, ...] = ()

    def origin(self, field: str) -> int:
        """The position of the event that set ``field``."""
        return self.set_by[_index(type(self))[field]]

    @property
    def opened_by(self) -> int:
        """The position of the event that opened the subject."""
        return self.origin("id")


@frozen(kw_only=True)
class Reading:
    """Base of values inside an entity that one event set as a whole (an observation).

    :ivar position: that event's position.
    """

    position: int


_indexes: dict[type, dict[str, int]] = {}


def _index(cls: type) -> dict[str, int]:
    if cls not in _indexes:
        _indexes[cls] = {f.name: at for at, f in enumerate(data_fields(cls))}
    return _indexes[cls]


def data_fields(cls: type) -> tuple[attrs.Attribute[Any], ...]:
    """The fields of a state class that hold facts: all but the provenance."""
    return tuple(f for f in attrs.fields(cls) if f.name not in ("set_by", "position"))


def data_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Name and value of each fact of a state object."""
    for f in data_fields(type(value)):
        yield f.name, getattr(value, f.name)
