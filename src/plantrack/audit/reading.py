"""Reading an audit bundle, line by line, into the tree of its log. Nothing that it says is believed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn

from plantrack.audit.bundle import FORMAT, Entry
from plantrack.errors import EvidenceError, quoted
from plantrack.merkle import EMPTY_ROOT, MAX_SIZE, Frontier, event_leaf

MAX_LINE = 1 << 24  # bytes
MAX_TEXT = 1_000  # characters of a name, an id or a moment

_BATCH = 1_000  # leaves that are hashed into the tree together
_HEAD = frozenset({"plantrack-audit", "plan", "origin", "scope", "size", "left_out", "checkpoint"})
_EVENT = frozenset(Entry._fields)
_LEAF = frozenset({"position", "leaf"})
_TREE = frozenset({"from", "to", "node"})
_HASH = re.compile("[0-9a-f]{64}")


def content_of(line: bytes) -> dict[str, Any]:
    """The object in a line.

    A key that is given twice is refused: a person could be shown the one value while the other is verified.

    :raises EvidenceError: it holds anything else.
    """
    if len(line) > MAX_LINE:
        raise EvidenceError(f"no line of a bundle has more than {MAX_LINE:,} bytes")
    try:
        content = _decode(line.decode())
    except UnicodeDecodeError:
        raise EvidenceError("not text in UTF-8") from None
    except RecursionError:
        raise EvidenceError("not JSON that can be read: nested too deep") from None
    except ValueError:
        raise EvidenceError("not JSON: one object a line is expected") from None
    if not isinstance(content, dict):
        raise EvidenceError("not JSON: one object a line is expected")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise EvidenceError("a key is given twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise EvidenceError(f"{constant} is not a number")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse).decode


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a bundle."""

    plan: str
    origin: str
    scope: dict[str, str]
    size: int
    left_out: int
    checkpoint: str | None

    @classmethod
    def read(cls, content: dict[str, Any]) -> Head:
        """The head in an object of JSON.

        :raises EvidenceError: it is that of something else.
        :raises UnicodeEncodeError: so does :meth:`Reading.add`: a text holds half a character, which JSON can spell.
        """
        version = content.get("plantrack-audit")
        if type(version) is not int:
            raise EvidenceError('this is not an audit bundle, which begins with {"plantrack-audit": 1, ...}')
        if version != FORMAT:
            raise EvidenceError(f"the bundle has format {version}; this version reads {FORMAT}: install a newer one")
        size, left_out, note, scope = (content.get(key) for key in ("size", "left_out", "checkpoint", "scope"))
        if (
            content.keys() != _HEAD
            or not (type(size) is int and type(left_out) is int and 0 <= left_out <= size <= MAX_SIZE)
            or not (note is None or isinstance(note, str))
            or not isinstance(scope, dict)
        ):
            raise EvidenceError("the first line is not that of an audit bundle: it was changed, or badly made")
        for text in (content["plan"], content["origin"], *scope, *scope.values()):
            _text(text).encode()
            if not text.isprintable():  # shown to whoever verifies, it could look like what the verifier itself says
                raise EvidenceError(f"{quoted(text)} holds what cannot be printed in one line")
        first, *rest = content["origin"].split("/")
        if first == "plantrack" and rest[:-1] != [content["plan"]]:  # the log of a plan is called after it
            said = f"the bundle says that it is of the plan {quoted(content['plan'])}, and its log is"
            raise EvidenceError(f"{said} {quoted(content['origin'])}, of another")
        return cls(content["plan"], content["origin"], scope, size, left_out, note)


class Reading:
    """A bundle as far as it is read.

    :param stops: sizes at which the root is wanted.
    :ivar given: how many events are given.
    :ivar altered: positions of those whose content does not give the leaf hash beside it.
    :ivar roots: by size, those that were wanted and could be made.
    """

    def __init__(self, head: Head, stops: Collection[int]) -> None:
        self.given = 0
        self.altered: list[int] = []
        self.roots = {0: EMPTY_ROOT}
        self._head = head
        self._stops = frozenset(stops)
        self._size = self._left_out = 0
        self._tree = Frontier()
        self._leaves: list[bytes] = []  # not yet in the tree

    def add(self, content: dict[str, Any]) -> None:
        """The next line.

        :raises EvidenceError: it cannot stand there.
        """
        keys = content.keys()
        if keys == _EVENT:
            self._add_event(**content)
        elif keys == _LEAF:
            self._expect(content["position"])
            self._left_out += 1
            self._append(_hash(content["leaf"]))
        elif keys == _TREE:
            self._add_tree(content["from"], content["to"], _hash(content["node"]))
        else:
            raise EvidenceError("neither an event nor events that are left out: it was changed, or badly made")

    def finish(self) -> bytes:
        """The root of the log, after the last line.

        :raises EvidenceError: lines are missing.
        """
        if self._size != self._head.size:
            raise EvidenceError(f"the bundle is cut: it ends at #{self._size}, the log at #{self._head.size}")
        if self._left_out != self._head.left_out:
            raise EvidenceError(f"{self._left_out} events are left out, but the first line says {self._head.left_out}")
        self._flush()
        return self._tree.root()

    def _add_event(self, position: Any, event_id: Any, type: Any, recorded_at: Any, payload: Any, leaf: Any) -> None:
        self._expect(position)
        if not isinstance(payload, str):
            raise EvidenceError("the payload of an event is a text")
        log, told = self._head, _hash(leaf)
        found = event_leaf(
            log.origin, position, log.plan, _text(type), _text(recorded_at), _text(event_id), payload.encode()
        )
        if found != told:
            self.altered.append(position)
        self.given += 1
        self._append(told)

    def _add_tree(self, begin: Any, end: Any, node: bytes) -> None:
        self._expect(begin)
        count = end - begin + 1 if type(end) is int else 0
        if count < 2 or count & (count - 1) or end > self._head.size:
            raise EvidenceError("2, 4, 8 and so on events are left out together, and none after the last")
        self._flush()
        self._tree = self._tree.extend([node], level=count.bit_length() - 1)
        self._left_out += count
        self._stand_at(end)

    def _expect(self, position: Any) -> None:
        if type(position) is not int:
            raise EvidenceError("a position is a whole number")
        if position != self._size + 1:
            raise EvidenceError(f"position {self._size + 1} is missing (found {position})")
        if position > self._head.size:
            raise EvidenceError(f"position {position} is beyond the {self._head.size} events of the log")

    def _append(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        size = self._size + 1
        if len(self._leaves) == _BATCH or size in self._stops:
            self._flush()
        self._stand_at(size)

    def _flush(self) -> None:
        self._tree = self._tree.extend(self._leaves)
        self._leaves.clear()

    def _stand_at(self, size: int) -> None:
        self._size = size
        if size in self._stops:
            self.roots[size] = self._tree.root()


def _hash(value: Any) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise EvidenceError("a hash is 64 characters, 0 to 9 and a to f")
    return bytes.fromhex(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise EvidenceError(f"a text of 1 to {MAX_TEXT:,} characters is expected for names, ids, types and moments")
    return value
