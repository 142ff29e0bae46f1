"""A strict subset of YAML, with the place of every node: what packs and journals are written in.

PyYAML reads it; this module refuses what makes YAML a trap: anchors and aliases, tags, duplicate keys, ``yes``/``no``
that mean true in one version and text in another, more than one document. Plain scalars are null, true, false, whole
and decimal numbers (exact); everything else is text, dates included.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from attrs import field, frozen

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.yaml_slips import slip

MAX_BYTES = 1_000_000
MAX_NODES = 25_000
MAX_DEPTH = 20

_AMBIGUOUS = {"yes", "no", "on", "off", "y", "n"}
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})\Z")
_DECIMAL = re.compile(r"-?\d{1,18}\.\d{1,18}\Z")
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAVE = "save it as UTF-8"
_COMMENT = re.compile(r"\s+(#[^\s#])")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_CHARACTERS = {  # how one character is written, by the kind of quotes
    "": re.compile("."),
    "'": re.compile("''|."),
    '"': re.compile(r"\\(?:x..|u.{4}|U.{8}|.|$)|."),
}
_NODES = {yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent}
_ENDS = {yaml.SequenceEndEvent, yaml.MappingEndEvent}
_NO_ALIASES = "anchors and aliases are not allowed", "write the value out"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen
class Mark:
    """The place of a node: line and column from 1, and whether its text starts on the next line (a block scalar)."""

    line: int
    column: int
    block: bool = False


@frozen(eq=False, repr=False)
class Mapping:
    """A mapping with the places of its keys and values. Reads like a ``dict``."""

    mark: Mark
    values: dict[str, Any] = field(factory=dict)
    keys: dict[str, Mark] = field(factory=dict)
    marks: dict[str, Mark] = field(factory=dict)

    def __repr__(self) -> str:
        return "a mapping"

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def get(self, key: str, default: Any = None) -> Any:
        """The value under ``key``, or ``default``."""
        return self.values.get(key, default)


@frozen(eq=False, repr=False)
class Sequence:
    """A list with the places of its items. Reads like a ``list``."""

    mark: Mark
    items: list[Any] = field(factory=list)
    marks: list[Mark] = field(factory=list)

    def __repr__(self) -> str:
        return "a list"

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@frozen(eq=False)
class Text:
    """A source text and its name, to make errors that show the place."""

    name: str
    lines: list[str]

    def error(self, mark: Mark, message: str, hint: str | None = None, width: int = 1) -> RuleSourceError:
        """An error at a place, with the line and a caret."""
        excerpt = self.written(mark.line)
        return RuleSourceError(
            message, source=self.name, line=mark.line, column=mark.column, excerpt=excerpt, hint=hint, width=width
        )

    def written(self, line: int) -> str:
        """A line, counted from 1; empty where there is none."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""

    def check_keys(self, value: Any, known: tuple[str, ...], required: tuple[str, ...], what: str) -> None:
        """Refuse what is not a mapping with these keys.

        :param what: what the mapping is, for the error: "a rule".
        """
        if not isinstance(value, Mapping):
            raise RuleSourceError(f"{what} is a mapping with {', '.join(required)}", source=self.name)
        for key, mark in value.keys.items():
            if key not in known:
                raise self.error(mark, f"unknown key {key!r:.60} in {what}", did_you_mean(key, known), len(key))
        for key in required:
            if key not in value:
                raise self.error(value.mark, f"{what} needs the key {key!r}")

    def inside(self, mark: Mark, written: str, offset: int) -> Mark:
        """The place of a character of a scalar, however it is quoted, folded and indented.

        White space may be written in many ways, so the other characters are counted.

        :param written: the scalar's text; ``offset`` counts in it.
        """
        if not written.strip():
            return mark
        last = offset >= len(written.rstrip())  # after the end: beside the last character
        wanted = len("".join(written[:offset].split())) - last
        line, column = (mark.line, 0) if mark.block else (mark.line - 1, mark.column - 1)
        quote = "" if mark.block else self.lines[line][column : column + 1]
        column += quote in ("'", '"')
        is_space = _is_space if quote == '"' else str.isspace
        while line < len(self.lines):
            for character in _CHARACTERS[quote if quote in _CHARACTERS else ""].finditer(self.lines[line], column):
                if not is_space(character.group()):
                    if wanted <= 0:
                        return Mark(line + 1, (character.end() if last else character.start()) + 1)
                    wanted -= 1
            line, column = line + 1, 0
        return mark


def read(content: str | bytes, name: str) -> tuple[Any, Text]:
    """The value of a document (mappings, sequences, scalars) and its text for errors.

    :param name: what errors call the document, such as its path.
    :raises RuleSourceError: it is not YAML, not of the subset, or too large.
    """
    if len(content) > MAX_BYTES:
        what = "bytes" if isinstance(content, bytes) else "characters"
        raise RuleSourceError(f"larger than {MAX_BYTES:,} {what}", source=name)
    if isinstance(content, bytes):
        content = _decoded(content, name)
    text = Text(name, content.splitlines())
    if found := _UNREADABLE.search(content):
        said = f"the character U+{ord(found.group()):04X} is not allowed"
        raise text.error(end_of(content[: found.start()]), said, "remove it, or write it as an escape in double quotes")
    reader = _Reader(text)
    try:
        for event in yaml.parse(content, Loader=_Loader):
            reader.take(event)
    except yaml.YAMLError as problem:
        known = vars(problem)
        at = known.get("problem_mark") or known.get("context_mark")
        mark = Mark(at.line + 1, at.column + 1) if at else Mark(1, 1)
        if meant := slip(text.lines, mark.line, mark.column, str(known.get("problem"))):
            raise text.error(Mark(meant.line, meant.column), meant.said, meant.hint) from None
        raise text.error(mark, f"not YAML: {known.get('problem') or known.get('context') or problem}") from None
    if not reader.whole:
        raise RuleSourceError("the document is empty", source=name)
    return reader.whole.items[0], text


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if b"\0" in content:  # UTF-16, or no text at all, of which nothing can be shown
            raise RuleSourceError("not UTF-8 text", source=name, hint=_SAVE) from None
        text = content.decode("utf-8", "replace")
        mark = end_of(content[: problem.start].decode("utf-8"))
        raise Text(name, text.splitlines()).error(mark, f"not UTF-8 text: {problem.reason}", _SAVE) from None


def end_of(before: str) -> Mark:
    """The place of what comes after some text."""
    lines = f"{before}.".splitlines()
    return Mark(len(lines), len(lines[-1]))


class _Reader:
    """Builds the value of a document while it is parsed, so that nothing is built of what comes after an error.

    :ivar whole: holds the value, as its only item, once the document has begun.
    """

    def __init__(self, text: Text) -> None:
        self.whole = Sequence(Mark(1, 1))
        self._text = text
        self._open: list[Mapping | Sequence] = [self.whole]
        self._key: str | None = None  # of a mapping, until its value comes
        self._nodes = self._documents = 0

    def take(self, event: Any) -> None:
        """The next event of the parser."""
        kind = type(event)
        if kind in _NODES:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise self._wrong(event, f"more than {MAX_NODES:,} nodes")
            if event.anchor:
                raise self._wrong(event, *_NO_ALIASES)
            if event.tag is not None:
                raise self._wrong(event, "tags are not allowed", "quote text that starts with '!'")
            self._node(event, kind is yaml.ScalarEvent)
        elif kind in _ENDS:
            self._open.pop()
        elif kind is yaml.AliasEvent:
            raise self._wrong(event, *_NO_ALIASES)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise self._wrong(event, "more than one document in a file")

    def _node(self, event: Any, is_scalar: bool) -> None:
        place = event.start_mark
        around: Any = self._open[-1]
        mark = Mark(place.line + 1, place.column + 1, is_scalar and event.style in ("|", ">"))
        if type(around) is Sequence:
            value = _scalar(event, mark, self._text) if is_scalar else self._begun(event, mark)
            around.items.append(value)
            around.marks.append(mark)
        elif self._key is None:
            self._name(event, mark, around)
            return
        else:
            key, self._key = self._key, None
            value = _scalar(event, mark, self._text) if is_scalar else self._begun(event, mark)
            around.values[key], around.marks[key] = value, mark
        if not is_scalar:
            self._open.append(value)

    def _begun(self, event: Any, mark: Mark) -> Mapping | Sequence:
        if len(self._open) > MAX_DEPTH:
            raise self._wrong(event, f"nested more than {MAX_DEPTH} deep")
        return Mapping(mark) if type(event) is yaml.MappingStartEvent else Sequence(mark)

    def _name(self, event: Any, mark: Mark, around: Any) -> None:
        """The key of the value that comes next."""
        if type(event) is not yaml.ScalarEvent:
            raise self._text.error(mark, "a key must be text")
        key: str = event.value
        if key in around.values:
            raise self._text.error(mark, f"the key {key!r:.60} is given twice", width=len(key))
        if key == "<<":
            raise self._text.error(mark, "merge keys are not allowed", "write the values out")
        self._key = key
        around.keys[key] = mark

    def _wrong(self, event: Any, message: str, hint: str | None = None) -> RuleSourceError:
        at = event.start_mark
        return self._text.error(Mark(1, 1) if at is None else Mark(at.line + 1, at.column + 1), message, hint)


def _is_space(written: str) -> bool:
    """Whether a character as written in double quotes, perhaps escaped, is white space."""
    if len(written) > 2 and written[0] == "\\":
        return chr(int(written[2:], 16)).isspace()
    return written.isspace() or (written[0] == "\\" and written[1:] in "tnvfrNLP_ ")


def _scalar(event: Any, mark: Mark, text: Text) -> Any:
    value: str = event.value
    if event.style:  # quoted or block: always text
        return value
    if value in _CONSTANTS:
        if not value and (found := _COMMENT.match(text.written(mark.line), mark.column - 1)):
            said = "what follows # is a comment, and no value is left"
            raise text.error(Mark(mark.line, found.start(1) + 1), said, "put the text in quotes")
        return _CONSTANTS[value]
    if len(value) <= 3 and value.lower() in _AMBIGUOUS:
        raise text.error(
            mark,
            f"{value!r} means different things in different YAML versions",
            "write true, false, or quote it",
        )
    if value[0] in "-0123456789":
        if _WHOLE.match(value):
            return int(value)
        if _DECIMAL.match(value):
            return Decimal(value)
    return value


def shown(value: Any) -> str:
    """A value as an error quotes it: text in quotes and cut short, the rest as YAML writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value!r:.60}" if isinstance(value, str) else str(value)


def plain(value: Any) -> Any:
    """The value without places: ``dict``, ``list`` and scalars, as JSON would give it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.values.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    return value
