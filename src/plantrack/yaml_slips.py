"""Slips of the hand in YAML: what was meant, told in plain words at the line where it went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import frozen

_KEY = re.compile(r"[A-Za-z_][\w.-]*(?=\s*:(?:\s|\Z))", re.ASCII)
_DASHES = re.compile(r"\s*(?:- +)*")
_TIGHT = re.compile(r"\s*(?:- +)*([A-Za-z_][\w-]*):([^\s:].*)", re.ASCII)
_QUOTES = "put the text in quotes"


@frozen
class Slip:
    """What is wrong, at a line and column from 1, and what to do."""

    line: int
    column: int
    said: str
    hint: str


def slip(lines: Sequence[str], line: int, column: int, problem: str) -> Slip | None:
    """What lies behind a complaint of the parser; ``None`` where its own words must do.

    :param line: of the complaint, from 1, as ``column`` is.
    """
    if not 0 < line <= len(lines):
        return None
    written = lines[line - 1]
    begins = not written[: column - 1].strip()
    if "cannot start any token" in problem:
        return _character(written, line, column)
    if "could not find expected ':'" in problem:
        return _no_colon(lines, line)
    if "mapping values are not allowed" in problem:
        return _colon(lines, line, column)
    if begins and ("did not find expected '-'" in problem or "did not find expected key" in problem):
        return _indented(lines, line)
    if "did not find expected key" in problem:
        return Slip(line, column, "the value ended before this", f"{_QUOTES}, all of it")
    return None


def _character(written: str, line: int, column: int) -> Slip:
    character = written[column - 1 : column]
    if character == "\t":
        return Slip(line, column, "a line cannot be indented with a tab", "indent it with spaces")
    return Slip(line, column, f"a text without quotes cannot start with {character!r}", _QUOTES)


def _no_colon(lines: Sequence[str], line: int) -> Slip | None:
    """The complaint comes at the line after."""
    for number in range(line - 1, 0, -1):
        written = lines[number - 1]
        name = written[_DASHES.match(written).end() :].strip()  # type: ignore[union-attr]  # it matches nothing too
        if name and not name.startswith("#"):
            said = f"{name!r:.60} has no colon"
            key = name if re.fullmatch(r"[\w-]+", name) else "a key"
            hint = f"write {key}: and its value"
            return Slip(number, len(written) - len(written.lstrip()) + 1, said, hint)
    return None


def _colon(lines: Sequence[str], line: int, column: int) -> Slip:
    written, above = lines[line - 1], _above(lines, line)
    start = _DASHES.match(written).end()  # type: ignore[union-attr]  # it matches nothing too
    key = _KEY.match(written, start)
    if key is None or key.end() < column - 1:
        return Slip(line, column, "a second colon in the same line", _QUOTES)
    if above and (tight := _TIGHT.fullmatch(lines[above - 1])):
        name, value = tight.groups()
        return Slip(above, tight.start(2), f"{name!r} needs a space after its colon", f"write {name}: {value}")
    return _indented(lines, line) or Slip(line, column, "a colon where none can be", _QUOTES)


def _above(lines: Sequence[str], line: int) -> int:
    """The line before one that says something, from 1; 0 where there is none."""
    said = (at for at in range(line - 1, 0, -1) if lines[at - 1].strip() and not lines[at - 1].lstrip().startswith("#"))
    return next(said, 0)


def _indented(lines: Sequence[str], line: int) -> Slip | None:
    """A line that begins under nothing above it."""
    written = lines[line - 1]
    column = len(written) - len(written.lstrip())
    dash = written.lstrip().startswith("- ")
    fitting = [(at, name) for at, name, item in _open(lines[: line - 1]) if at != column and (item or not dash)]
    if not fitting:
        return None
    at, name = min(fitting, key=lambda one: (abs(one[0] - column), -one[0]))
    by = f"indent it by {at} space{'s' * (at > 1)}" if at else "do not indent it"
    return Slip(line, column + 1, "the indentation fits nothing above", f"{by}, like {name!r:.40} above")


def _open(lines: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """The columns at which a line may go on, with what stands there, and whether that is an item of a list."""
    found: list[tuple[int, str, bool]] = []
    for written in lines:
        bare = written.lstrip()
        if not bare or bare.startswith("#"):
            continue
        column = len(written) - len(bare)
        found = [one for one in found if one[0] < column]
        inner = _DASHES.match(written).end()  # type: ignore[union-attr]  # it matches nothing too
        if inner > column:
            found.append((column, bare, True))
        if key := _KEY.match(written, inner):
            found.append((inner, key.group(), False))
    yield from found
