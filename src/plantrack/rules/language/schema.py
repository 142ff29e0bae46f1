"""What rules may speak of: the types of the language, and every kind with its fields, derived from the state classes.

Part of the published schema ``plantrack-rules: 1``: once released, nothing here is renamed or removed.
"""

from __future__ import annotations

import types
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import frozen

from plantrack.events.fields import Attachment, Attribute
from plantrack.period import Period
from plantrack.rules.language.graph import Cycle
from plantrack.rules.language.lists import Group
from plantrack.state import KINDS, PLURALS, AnyRef, Entity, Observation, Plan, Ref
from plantrack.state.entity import data_fields


@frozen
class Type:
    """A type of the language.

    :ivar name: ``true/false``, ``text``, ``number``, ``day``, ``period``, ``list``, ``none``, or the name of a class of
        objects such as ``Measure``.
    :ivar optional: the value may be empty.
    :ivar of: for a list, the type of its items; for a ``Group``, the type of the value that its items share.
    """

    name: str
    optional: bool = False
    of: Type | None = None

    def __str__(self) -> str:
        words = f"{self.name} of {self.of}" if self.of else self.name
        return f"{words} or empty" if self.optional else words

    @property
    def required(self) -> Type:
        """The same type, known not to be empty."""
        return Type(self.name, False, self.of)

    @property
    def maybe(self) -> Type:
        """The same type, possibly empty."""
        return Type(self.name, True, self.of)

    @property
    def is_list(self) -> bool:
        """Whether values have items."""
        return self.name == "list"

    @property
    def is_object(self) -> bool:
        """Whether values have fields."""
        return self.name in OBJECTS


BOOL, TEXT, NUMBER, DAY, PERIOD = Type("true/false"), Type("text"), Type("number"), Type("day"), Type("period")
NONE = Type("none", True)
ITEM = Type("item")
"""Stands for the type of whatever a list holds."""

SUBJECTS: dict[str, type[Entity]] = {cls.__name__: cls for cls in KINDS.values()}
"""What ``for:`` may name, by class name."""

VALUES: dict[str, type] = {cls.__name__: cls for cls in (Observation, Attribute, Attachment, Cycle, Group)}
"""Objects that are read inside others, and are no subjects of their own."""

OBJECTS: dict[str, type] = {**SUBJECTS, **VALUES}


def list_of(item: Type) -> Type:
    """The type of lists of ``item``."""
    return Type("list", False, item)


@cache
def fields_of(name: str) -> dict[str, Type]:
    """The fields of a class of objects, as rules see them, with their types."""
    cls = OBJECTS[name]
    hints = get_type_hints(cls, include_extras=True)
    result: dict[str, Type] = {}
    for f in data_fields(cls):
        hint = hints[f.name]
        marker = _marker(hint)
        if isinstance(marker, Ref):
            result[f.name] = Type(KINDS[marker.kind].__name__, _is_optional(get_args(hint)[0]))
        else:
            result[f.name] = _type(hint)
            if isinstance(marker, AnyRef):
                result |= {any_ref_field(f.name, kind): Type(KINDS[kind].__name__, True) for kind in marker.kinds}
    if issubclass(cls, Entity):
        result |= {inverse: list_of(Type(KINDS[i.kind].__name__)) for inverse, i in cls.INVERSES.items()}
    if cls is Plan:
        result |= {plural: list_of(Type(KINDS[kind].__name__)) for kind, plural in PLURALS.items()}
    return result


def members(of: Type) -> dict[str, Type]:
    """The fields of objects of a type: those of its class, told what a group is of."""
    fields = fields_of(of.name)
    return fields if of.of is None else {name: of.of if kind == ITEM else kind for name, kind in fields.items()}


def any_ref_field(name: str, kind: str) -> str:
    """The field through which rules follow a reference of any kind to one kind: ``about_initiative``."""
    return f"{name}_{kind.replace('-', '_')}"


@cache
def stored_field(cls: Any, name: str) -> str | None:
    """The field of a state class that holds what rules read as ``name``; ``None`` for inverse lists, made of others."""
    for f, marker in references_of(cls).items():
        if isinstance(marker, AnyRef) and name in [any_ref_field(f, kind) for kind in marker.kinds]:
            return f
    return name if name in [f.name for f in data_fields(cls)] else None


@cache
def references_of(cls: Any) -> dict[str, Ref | AnyRef]:
    """The fields of a state class that refer to others."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: marker for f in data_fields(cls) if (marker := _marker(hints[f.name])) is not None}


def _marker(hint: Any) -> Ref | AnyRef | None:
    if get_origin(hint) is Annotated:
        return next((m for m in get_args(hint)[1:] if isinstance(m, Ref | AnyRef)), None)
    return None


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def _type(hint: Any) -> Type:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if _is_optional(hint):
        return _type(next(a for a in get_args(hint) if a is not type(None))).maybe
    if get_origin(hint) is tuple:
        return list_of(_type(get_args(hint)[0]))
    if get_origin(hint) is Literal:
        return TEXT
    known: dict[Any, Type] = {Any: ITEM, bool: BOOL, str: TEXT, Decimal: NUMBER, int: NUMBER, Period: PERIOD, date: DAY}
    return known[hint] if hint in known else Type(hint.__name__)
