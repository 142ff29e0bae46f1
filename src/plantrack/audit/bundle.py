"""The audit bundle: a log, or the part of it that is asked for, as a text that anybody can read and verify.

A bundle is JSON Lines, ``NAME.plantrack-audit.jsonl``. Its first line says what it is (``checkpoint`` is a signed note,
or ``null``)::

    {"plantrack-audit": 1, "plan": "medway", "origin": "example.org/medway", "scope": {"subject": "initiative:a"},
     "size": 9, "left_out": 5, "checkpoint": "example.org/medway\\n9\\n…"}

Then each position has its place, in order. An event that is given stands there as it is stored, beside the leaf hash
that the log has for it; one that is left out by its leaf hash alone; and some that are left out together, if they form
a complete tree, by the root of that::

    {"position": 1, "event_id": "e-1", "type": "Observed@1", "recorded_at": "…", "payload": "{…}", "leaf": "…"}
    {"position": 2, "leaf": "…"}
    {"from": 5, "to": 8, "node": "…"}

So whoever holds a root of the log can make it anew and compare. What a bundle cannot show is that its scope is what was
asked for, and that the events left out are the ones outside of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from plantrack.errors import EvidenceError
from plantrack.merkle import node_hash

FORMAT = 1


class Entry(NamedTuple):
    """An event as the store keeps it, and the leaf hash that its log has for it."""

    position: int
    event_id: str
    type: str
    recorded_at: str
    payload: bytes
    leaf: bytes


def write_bundle(
    entries: Iterable[Entry],
    *,
    plan: str,
    origin: str,
    size: int,
    given: Collection[int],
    scope: Mapping[str, str],
    checkpoint: str | None = None,
    ends: Collection[int] = (),
) -> Iterator[str]:
    """The lines of a bundle, one by one.

    :param entries: all events of the log, in order of position, ``size`` of them.
    :param given: the positions of the events that are given in full.
    :param scope: what was asked for, in words of the caller's, such as ``{"subject": ..., "from": ..., "to": ...}``.
    :param checkpoint: a signed note over exactly these events.
    :param ends: sizes of checkpoints that somebody may hold: no complete tree is left out across one of these, so that
        it can be compared.
    :raises EvidenceError: entries are missing, or one that is given is not text.
    """
    in_full, stops = frozenset(given), frozenset(ends)
    if not all(0 < position <= size for position in in_full):
        raise EvidenceError(f"events are to be given that are not among the {size} of the log")
    yield _line(
        {
            "plantrack-audit": FORMAT,
            "plan": plan,
            "origin": origin,
            "scope": dict(scope),
            "size": size,
            "left_out": size - len(in_full),
            "checkpoint": checkpoint,
        }
    )
    expected, left_out = 0, _LeftOut()
    for expected, entry in enumerate(entries, 1):
        if entry.position != expected:
            raise EvidenceError(f"position {expected} is missing (found {entry.position}): verify the store")
        if expected in in_full:
            yield from left_out.lines()
            yield _line(_in_full(entry))
        else:
            left_out.append(entry)
            if expected in stops:
                yield from left_out.lines()
    yield from left_out.lines()
    if expected != size:
        raise EvidenceError(f"the log has {expected} events, not {size}: verify the store")


def _in_full(entry: Entry) -> dict[str, Any]:
    try:
        return entry._asdict() | {"payload": entry.payload.decode(), "leaf": entry.leaf.hex()}
    except UnicodeDecodeError:
        raise EvidenceError(f"what is stored of #{entry.position} is not text: verify the store") from None


class _LeftOut:
    """A run of events that are left out, as the complete trees that it consists of."""

    def __init__(self) -> None:
        self._end = 0
        self._trees: list[tuple[int, bytes]] = []  # level and root, from left to right

    def append(self, entry: Entry) -> None:
        index, level, found = entry.position - 1, 0, entry.leaf
        while index >> level & 1 and self._trees and self._trees[-1][0] == level:
            found = node_hash(self._trees.pop()[1], found)
            level += 1
        self._trees.append((level, found))
        self._end = entry.position

    def lines(self) -> Iterator[str]:
        """Those of the run, which is over with that."""
        end = self._end - sum(1 << level for level, _ in self._trees)
        for level, found in self._trees:
            begin, end = end + 1, end + (1 << level)
            if level:
                yield _line({"from": begin, "to": end, "node": found.hex()})
            else:
                yield _line({"position": end, "leaf": found.hex()})
        self._trees.clear()


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
