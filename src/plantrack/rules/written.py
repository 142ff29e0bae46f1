"""A rule as written in its pack: the values of its keys, its expressions and templates, each error at its place."""

from __future__ import annotations

from collections.abc import Sized
from decimal import Decimal
from typing import Any

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.rules.language.checker import Checked, check
from plantrack.rules.language.compiler import Template
from plantrack.rules.language.schema import Type
from plantrack.rules.language.scope import Scope
from plantrack.rules.language.syntax import MAX_CHARACTERS, ExpressionError, one_line
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text

MAX_NAMES = 50


class Written:
    """The mapping of one rule.

    :ivar id: of the rule, for errors; empty until it was read.
    """

    def __init__(self, item: Mapping, file: Text) -> None:
        self.item = item
        self.file = file
        self.id = ""

    def __contains__(self, key: str) -> bool:
        return key in self.item

    def wrong(self, key: str, message: str, hint: str | None = None) -> RuleSourceError:
        """An error at the value of a key, or at the rule where it has none."""
        mark = self.item.marks.get(key, self.item.mark)
        return self.file.error(mark, f"rule {self.id}: {message}" if self.id else message, hint)

    def text(self, key: str) -> str:
        """The text under a key."""
        value = self.item[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"'{key}' needs a text")
        return value.strip() if not self.item.marks[key].block else value.rstrip()

    def optional(self, key: str) -> str:
        """The text under a key, empty where it is not given."""
        return self.text(key) if key in self.item else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under a key, empty where it is not given."""
        value = self.item.get(key)
        if value is None:
            return ()
        if not isinstance(value, Sequence):
            raise self.wrong(key, f"'{key}' needs a list of texts")
        self.few(key, value)
        for item, mark in zip(value.items, value.marks, strict=True):
            if not isinstance(item, str) or not item.strip():
                raise self.file.error(mark, f"rule {self.id}: '{key}' holds texts only", "quote it")
        return tuple(value.items)

    def few(self, key: str, items: Sized) -> None:
        """Refuse a list or mapping under a key that holds too much."""
        if len(items) > MAX_NAMES:
            raise self.wrong(key, f"'{key}' holds at most {MAX_NAMES}")

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of several words."""
        value = self.item.get(key, default)
        if value not in choices:
            hint = did_you_mean(str(value), choices)
            raise self.wrong(key, f"{value!r:.40} is not one of {', '.join(choices)}", hint)
        return str(value)

    def expression(self, key: str, scope: Scope, expected: Type) -> Checked:
        """The expression under a key."""
        return self.expression_at(self.item[key], self.item.marks[key], scope, expected)

    def expression_at(self, written: Any, mark: Mark, scope: Scope, expected: Type | None = None) -> Checked:
        """An expression that stands at a place."""
        if isinstance(written, int | Decimal):
            written = f"{written:f}" if isinstance(written, Decimal) else str(written)
        if not isinstance(written, str):
            raise self.file.error(mark, "expected an expression")
        try:
            return check(one_line(written), scope, expected)
        except ExpressionError as wrong:
            raise self._at(written, mark, wrong) from None

    def template(self, key: str, scope: Scope) -> Template:
        """A text with expressions in braces; ``{{`` and ``}}`` stand for braces."""
        written, mark = self.text(key), self.item.marks[key]
        if len(written) > MAX_CHARACTERS:
            raise self.wrong(key, f"longer than {MAX_CHARACTERS} characters")
        parts: list[str | Checked] = []
        literal, at = "", 0
        while at < len(written):
            character = written[at]
            if written[at : at + 2] in ("{{", "}}"):
                literal, at = literal + character, at + 2
            elif character == "{":
                close = written.find("}", at)
                if close < 0:
                    never = ExpressionError("this brace is never closed", at, 1, "write {{ for a brace")
                    raise self._at(written, mark, never)
                try:
                    checked = check(one_line(written[at + 1 : close]), scope)
                except ExpressionError as wrong:
                    moved = ExpressionError(wrong.message, wrong.offset + at + 1, wrong.width, wrong.hint)
                    raise self._at(written, mark, moved) from None
                parts += [literal, checked] if literal else [checked]
                literal, at = "", close + 1
            elif character == "}":
                never = ExpressionError("this brace was never opened", at, 1, "write }} for a brace")
                raise self._at(written, mark, never)
            else:
                literal, at = literal + character, at + 1
        return tuple([*parts, literal] if literal else parts)

    def _at(self, written: str, mark: Mark, wrong: ExpressionError) -> RuleSourceError:
        """An error inside an expression, at its place in the file."""
        place = self.file.inside(mark, written, wrong.offset)
        width = max(1, min(wrong.width, len(self.file.lines[place.line - 1]) - place.column + 1))
        return self.file.error(place, f"rule {self.id}: {wrong.message}", wrong.hint, width)
