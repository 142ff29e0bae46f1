"""Habits of spreadsheets and databases in expressions: what is meant, and how a rule writes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from attrs import frozen

_AFTER = r"(?=\s*(?:\Z|[^\w\s(.]|(?:and|or|if|else|for|in|is|not)\b))"
_LOUD = {"AND": "write `and` between the conditions", "OR": "write `or` between the conditions"}
_NOT = "write `not` before the condition"
_IF = "write the condition alone: the rule finds something where it is true"
_TODAY = "write today"
_CALLS = {
    **_LOUD, "NOT": _NOT, "IF": _IF, "IFS": _IF, "TODAY": _TODAY, "NOW": _TODAY,
    "COUNT": "write len(list)", "COUNTA": "write len(list)", "COUNTIF": "write len(x for x in list if ...)",
    "COUNTIFS": "write len(x for x in list if ...)", "SUMIF": "write sum(x.amount for x in list if ...)",
    "SUMIFS": "write sum(x.amount for x in list if ...)", "AVERAGE": "write sum(...) / len(...)",
    "AVG": "write sum(...) / len(...)", "ISBLANK": "write `... is None`", "IFERROR": "write default(value, otherwise)",
}  # fmt: skip
_NAMES = {"TRUE": "write True", "FALSE": "write False", "NULL": "write None", "NONE": "write None"}
_COMMA = re.compile(r"(?<![\w.,])(\d+),(\d+)(?![\w.,])")


@frozen
class Habit:
    """What was written by habit: where in the text, and what to write."""

    start: int
    end: int
    hint: str


def _percent(found: re.Match[str]) -> str:
    return f"write {(Decimal(found[1]) / 100).normalize():f}"


def _comma(found: re.Match[str]) -> str:
    whole, rest = found.groups()
    return f"write {whole}{rest}" if len(rest) == 3 and whole.strip("0") else f"write {whole}.{rest}"


_Hint = Callable[[re.Match[str]], str]
_HABITS: tuple[tuple[re.Pattern[str], _Hint], ...] = (
    (re.compile(r"\A\s*(=)(?!=)"), lambda _: "leave the = out"),
    (re.compile(r"(<>)"), lambda _: "write !="),
    (re.compile(rf"(\d+(?:\.\d+)?)\s?%{_AFTER}"), _percent),
    (_COMMA, _comma),
    (re.compile(r"\bfor\b[^\"']*?\b(where|WHERE)\b"), lambda _: "write if instead of where"),
    (re.compile(r"\b(AND|OR)\b(?!\s*\()"), lambda found: f"write {found[1].lower()}"),
    (re.compile(r"\b(NOT)\b(?!\s*\()"), lambda _: "write not"),
    (re.compile(r"\b(if|IF)\s*\("), lambda _: _IF),
)


def habit(bare: str) -> Habit | None:
    """The first habit in an expression that cannot be read.

    :param bare: its text, without what stands in quotes.
    """
    found = [
        Habit(match.start() if pattern is _COMMA else match.start(1), match.end(), say(match))
        for pattern, say in _HABITS
        if (match := pattern.search(bare))
    ]
    return min(found, key=lambda one: one.start, default=None)


def called(name: str, known: Callable[[str], bool]) -> str | None:
    """What to write for a function of a spreadsheet.

    :param known: whether there is a function of a name.
    """
    if known(name.lower()):
        return f"write {name.lower()}"
    return _CALLS.get(name.upper())


def named(name: str) -> str | None:
    """What to write for a word that is none of the language."""
    return _NAMES.get(name.upper()) or (_TODAY if name.upper() in ("TODAY", "NOW") else None)


def comma(written: str) -> str | None:
    """What to write for a number with a comma in it."""
    found = _COMMA.search(written)
    return None if found is None else _comma(found)
