"""What names mean where an expression stands."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field

from plantrack.rules.language.narrowing import not_about
from plantrack.rules.language.schema import BOOL, NUMBER, TEXT, Type, list_of
from plantrack.rules.language.ways import Leads

MAX_NAME = 60

_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}\Z")


@define
class Scope:
    """What names mean where an expression stands.

    :ivar subject: the class of the subject; its fields are names by themselves.
    :ivar lets: the values named before, with their types; ``leads`` are the ways to the objects among them.
    :ivar params: the parameters, with their values.
    :ivar present: texts of expressions that are known not to be empty.
    :ivar later: names of values that are named only after this place.
    """

    subject: str
    lets: dict[str, Type] = field(factory=dict)
    params: Mapping[str, Any] = field(factory=dict)
    present: frozenset[str] = frozenset()
    constants: dict[str, Any] = field(factory=dict)
    later: frozenset[str] = frozenset()
    leads: dict[str, Leads] = field(factory=dict)

    def taken(self, name: str) -> bool:
        """Whether ``name`` has a meaning already, or cannot be a name.

        A name hides a field of the subject that is called so, and functions have names of their own, which stand before
        a parenthesis only: a field or function that is added to the language breaks no pack that is there.
        """
        if not _NAME.match(name) or keyword.iskeyword(name):
            return True
        return name in {*self.lets, *self.params, "today", "plan", self.subject.lower()}

    def name(self, name: str, of: Type) -> None:
        """Name a value from here on. What was known of a field that is called so is not known of the value."""
        self.lets[name] = of
        self.present = not_about(name, self.present)


def type_of_param(value: Any) -> Type:
    """The type of a parameter's value."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, str):
        return TEXT
    if isinstance(value, Sequence):
        return list_of(type_of_param(value[0])) if value else list_of(TEXT)
    return NUMBER
