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

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 20

_AMBIGUOUS = re.compile(r"(?:yes|no|on|off|y|n)\Z", re.IGNORECASE)
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})\Z")
_DECIMAL = re.compile(r"-?\d{1,18}\.\d{1,18}\Z")
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
_CHARACTERS = {  # how one character is written, by the kind of quotes
    "": re.compile("."),
    "'": re.compile("''|."),
    '"': re.compile(r"\\(?:x..|u.{4}|U.{8}|.|$)|."),
}
_STARTS = {yaml.SequenceStartEvent, yaml.MappingStartEvent}
_ENDS = {yaml.SequenceEndEvent, yaml.MappingEndEvent}
_NODES = {yaml.ScalarEvent, *_STARTS}
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
        excerpt = self.lines[mark.line - 1] if 0 < mark.line <= len(self.lines) else ""
        excerpt = _UNREADABLE.sub("\ufffd", excerpt)  # a terminal must be able to show it
        return RuleSourceError(
            message, source=self.name, line=mark.line, column=mark.column, excerpt=excerpt, hint=hint, width=width
        )

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
        while line < len(self.lines):
            for character in _CHARACTERS[quote if quote in _CHARACTERS else ""].finditer(self.lines[line], column):
                if not _is_space(character.group()):
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
        raise text.error(_end(content[: found.start()]), said, "remove it, or write it as an escape in double quotes")
    try:
        _refuse_events(content, text)
        node = yaml.compose(content, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        at = problem.problem_mark or problem.context_mark
        mark = Mark(at.line + 1, at.column + 1) if at else Mark(1, 1)
        raise text.error(mark, f"not YAML: {problem.problem or problem.context}") from None
    except yaml.YAMLError as problem:
        raise RuleSourceError(f"not YAML: {str(problem).splitlines()[0]}", source=name) from None
    if node is None:
        raise RuleSourceError("the document is empty", source=name)
    return _value(node, text), text


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        text = content.decode("utf-8", "replace")
        mark = _end(content[: problem.start].decode("utf-8"))
        raise Text(name, text.splitlines()).error(mark, f"not UTF-8 text: {problem.reason}") from None


def _end(before: str) -> Mark:
    """The place of what comes after some text."""
    lines = f"{before}.".splitlines()
    return Mark(len(lines), len(lines[-1]))


def _refuse_events(content: str, text: Text) -> None:
    """Refuse before anything is built: an alias bomb never unfolds."""
    depth = documents = 0
    event: Any
    for count, event in enumerate(yaml.parse(content, Loader=_Loader)):
        kind = type(event)
        said: tuple[str, str | None] | None = None
        if count > MAX_NODES:
            said = f"more than {MAX_NODES:,} nodes", None
        elif kind is yaml.AliasEvent or (kind in _NODES and event.anchor):
            said = "anchors and aliases are not allowed", "write the value out"
        elif kind in _NODES and event.tag is not None:
            said = "tags are not allowed", "quote text that starts with '!'"
        elif kind in _STARTS:
            depth += 1
            if depth > MAX_DEPTH:
                said = f"nested more than {MAX_DEPTH} deep", None
        elif kind in _ENDS:
            depth -= 1
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                said = "more than one document in a file", None
        if said is not None:
            at = event.start_mark
            raise text.error(Mark(1, 1) if at is None else Mark(at.line + 1, at.column + 1), *said)


def _is_space(written: str) -> bool:
    """Whether a character as written, perhaps escaped, is white space."""
    if len(written) > 2 and written[0] == "\\":
        return chr(int(written[2:], 16)).isspace()
    return written.isspace() or (written[0] == "\\" and written[1:] in "tnvfrNLP_ ")


def _mark(node: Any) -> Mark:
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1, block)


def _value(node: Any, text: Text) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, text)
    if isinstance(node, yaml.SequenceNode):
        return Sequence(_mark(node), [_value(n, text) for n in node.value], [_mark(n) for n in node.value])
    result = Mapping(_mark(node))
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise text.error(_mark(key), "a key must be text")
        if key.value in result.values:
            raise text.error(_mark(key), f"the key {key.value!r:.60} is given twice", width=len(key.value))
        if key.value == "<<":
            raise text.error(_mark(key), "merge keys are not allowed", "write the values out")
        result.values[key.value] = _value(value, text)
        result.keys[key.value], result.marks[key.value] = _mark(key), _mark(value)
    return result


def _scalar(node: Any, text: Text) -> Any:
    value: str = node.value
    if node.style:  # quoted or block: always text
        return value
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if _AMBIGUOUS.match(value):
        raise text.error(
            _mark(node),
            f"{value!r} means different things in different YAML versions",
            "write true, false, or quote it",
        )
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
