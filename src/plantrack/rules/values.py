"""Plain values of fields as a test gives them: of the right type, and of the words that the field knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import frozen

from plantrack.errors import PeriodError, did_you_mean
from plantrack.events import (
    AlignmentDeclared,
    BenchmarkRecorded,
    ForecastMade,
    Observed,
    PlanOpened,
    ResponsibilityAssigned,
    TargetSet,
)
from plantrack.events.codec import TYPES
from plantrack.events.envelope import event_fields
from plantrack.period import Period
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, PERIOD, TEXT, Type
from plantrack.state import Entity
from plantrack.yaml_subset import Mark, Sequence, Text


def noun(cls: type) -> str:
    """A class of objects in words: "budget rule"."""
    return cls.KIND.replace("-", " ") if issubclass(cls, Entity) else cls.__name__.lower()


@frozen
class Field:
    """A field to which a test gives a value, not an object.

    :ivar cls: the class of state objects; ``type`` is the field's, as rules see it.
    """

    cls: type
    name: str
    type: Type

    def __str__(self) -> str:
        return f"{self.name} of the {noun(self.cls)}"

    def read(self, value: Any, mark: Mark, text: Text, fiscal_year_start: int) -> Any:
        """The value, from how it is written.

        :raises RuleSourceError: it is of another type, or a word that the field does not know; with its place.
        """
        if value is None:
            if not self.type.optional:
                raise text.error(mark, f"{self} is never empty", "write a value")
            return None
        if self.type.of is None:
            return self._scalar(self.type.required, value, mark, text, fiscal_year_start)
        if not isinstance(value, Sequence):
            raise text.error(mark, f"{self} needs a list", "write [a, b]")
        items = zip(value.items, value.marks, strict=True)
        return tuple(self._scalar(self.type.of, item, place, text, fiscal_year_start) for item, place in items)

    def _scalar(self, kind: Type, value: Any, mark: Mark, text: Text, fiscal_year_start: int) -> Any:
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if kind == TEXT and isinstance(value, str):
            return self._known(value, mark, text)
        if kind == BOOL and isinstance(value, bool):
            return value
        if kind == NUMBER and number:
            if int not in _members(_hints(self.cls)[self.name]):
                return Decimal(value)
            if isinstance(value, int):
                return value
            raise text.error(mark, f"{self} needs a whole number")
        if kind == PERIOD and (isinstance(value, str) or number):  # 2018 is a year
            try:
                return Period.parse(str(value), fiscal_year_start=fiscal_year_start)
            except PeriodError as problem:
                raise text.error(mark, f"{self}: {problem}") from None
        if kind == DAY and isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        needed, hint = _NEEDED[kind]
        raise text.error(mark, f"{self} needs {needed}", hint)

    def _known(self, value: str, mark: Mark, text: Text) -> str:
        words = words_of(self.cls, self.name)
        if words and value not in words:
            raise text.error(mark, f"{self} is one of {', '.join(words)}", did_you_mean(value, words))
        return value


_NEEDED = {
    TEXT: ("a text", "quote it"),
    BOOL: ("true or false", None),
    NUMBER: ("a number", "write digits with a point, such as 76.9, without quotes"),
    PERIOD: ("a date or period", "write for example 2018-01-31, 2018-01 or 2017/18"),
    DAY: ("a day", "write 2018-02-28"),
}


@cache
def words_of(cls: type, field: str) -> tuple[str, ...]:
    """The words that a field knows, by its class or by the event that states it; none where any text will do."""
    event = _stated_by(cls)
    hints = [_hints(cls)[field], *([_hints(event)[field]] if event and field in _hints(event) else [])]
    found = [member for hint in hints for member in _members(hint) if get_origin(member) is Literal]
    return get_args(found[0]) if found else ()


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _members(hint: Any) -> tuple[Any, ...]:
    """What a value may be: the members of a union, or the one type."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


_STATING: dict[str, Any] = {
    "Plan": PlanOpened, "Target": TargetSet, "Observation": Observed, "Forecast": ForecastMade,
    "Benchmark": BenchmarkRecorded, "Alignment": AlignmentDeclared, "Responsibility": ResponsibilityAssigned,
}  # fmt: skip


def _stated_by(cls: type) -> Any:
    """The event that states the fields of a class first: the one that opens it, if any does."""
    kind = cls.KIND if issubclass(cls, Entity) else None
    opening = (e for e in TYPES.values() if kind and any(f.metadata.get("opens") == kind for f in event_fields(e)))
    return _STATING.get(cls.__name__) or next(opening, None)
