"""The arithmetic of a derivation: ``baseline * (7.6 / 6.9)``, from numbers and names, computed to 28 digits.

Smaller than the language of rules on purpose: what stands in the log is read for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import TypeAlias

from plantrack.errors import EventError
from plantrack.events.fields import MAX_EXPONENT, Attribute, attributes, number, text

MAX_FORMULA = 200
MAX_NESTING = 20
_NUMBER = re.compile(r"\s*([0-9]{1,30}(?:\.[0-9]{1,30})?)(?![\w.])", re.ASCII)
_NAME = re.compile(r"\s*([a-z][a-z0-9_]{0,99})", re.ASCII)
_SIGN = re.compile(r"\s*([-+*/()])", re.ASCII)
_EXACT = Context(  # the caller's context must not change what is true
    prec=28, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=[InvalidOperation, DivisionByZero, Overflow]
)
_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "/": _EXACT.divide,
}
_Node: TypeAlias = "Decimal | str | tuple[str, _Node, _Node]"
"""A number, a name, or an operation with its two sides."""


def optional_formula(value: str | None) -> str | None:
    """A formula, or nothing.

    :raises EventError: it is too long, or cannot be read; says where.
    """
    if value is not None:
        _read(text(value))
    return value


def inputs(values: Iterable[Attribute] | Mapping[str, Decimal | int | str]) -> tuple[Attribute, ...]:
    """The numbers of a formula by name, given as a mapping or as attributes; sorted by name.

    :raises EventError: one is no exact number.
    """
    return tuple(
        value if value.number is not None else Attribute(name=value.name, number=number(value.text or str(value.date)))
        for value in attributes(values)
    )


def names_in(formula: str) -> tuple[str, ...]:
    """The names in a formula, each once, in their order.

    :raises EventError: it cannot be read.
    """
    _, names = _read(formula)
    return names


def value_of(formula: str, numbers: Mapping[str, Decimal]) -> Decimal | None:
    """What a formula comes to; ``None`` where it has no value: a division by zero, a number out of bounds.

    :param numbers: one for each of :func:`names_in`.
    :raises EventError: it cannot be read.
    """
    node, _ = _read(formula)
    try:
        result = _value(node, numbers)
    except DecimalException:
        return None
    return None if result.adjusted() > MAX_EXPONENT else result


def _value(node: _Node, numbers: Mapping[str, Decimal]) -> Decimal:
    if isinstance(node, str):
        return numbers[node]
    if isinstance(node, Decimal):
        return node
    sign, left, right = node
    return _OPERATIONS[sign](_value(left, numbers), _value(right, numbers))


@lru_cache(maxsize=1024)
def _read(formula: str) -> tuple[_Node, tuple[str, ...]]:
    if len(formula) > MAX_FORMULA:
        raise EventError(f"the formula has {len(formula)} characters; at most {MAX_FORMULA} are kept")
    reader = _Reader(formula)
    node = reader.sum()
    if formula[reader.at :].strip():
        raise reader.error("an operator or the end")
    return node, tuple(reader.names)


class _Reader:
    """Recursive descent: a sum of products of numbers, names and sums in parentheses."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.at = 0
        self.nesting = 0
        self.names: dict[str, None] = {}

    def sum(self) -> _Node:
        node = self.product()
        while sign := self.sign("+-"):
            node = (sign, node, self.product())
        return node

    def product(self) -> _Node:
        node = self.factor()
        while sign := self.sign("*/"):
            node = (sign, node, self.factor())
        return node

    def factor(self) -> _Node:
        if number := self.take(_NUMBER):
            return Decimal(number)
        if name := self.take(_NAME):
            self.names[name] = None
            return name
        if not self.sign("("):
            raise self.error("a number, a name or '('")
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise EventError(f"the formula is nested deeper than {MAX_NESTING} parentheses")
        node = self.sum()
        self.nesting -= 1
        if not self.sign(")"):
            raise self.error("an operator or ')'")
        return node

    def sign(self, signs: str) -> str | None:
        found = _SIGN.match(self.formula, self.at)
        return self.take(_SIGN) if found and found[1] in signs else None

    def take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.formula, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[1]

    def error(self, expected: str) -> EventError:
        rest = self.formula[self.at :].strip()
        where = f"at {rest[:20]!r}" if rest else "at its end"
        return EventError(
            f"the formula {self.formula!r:.80} needs {expected} {where}; it takes numbers such as 7.6, names such as"
            " eligible_people, + - * / and parentheses"
        )
