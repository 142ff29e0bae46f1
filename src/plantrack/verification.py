"""Whether a log is what was recorded: its rows against their leaves, these against the head, that against checkpoints.

What it cannot see is a tail that was cut after the last head that somebody holds, and a false time at first writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from plantrack.errors import EvidenceError, StoredEventError, StoreError
from plantrack.events.assurance import MeetingSealed
from plantrack.events.codec import decode
from plantrack.events.envelope import moment
from plantrack.merkle import EMPTY_ROOT, HASH_BYTES, Frontier
from plantrack.store import LogHead, Row, origin_of

_TOGETHER = 1_000  # leaves put into the tree at once


@frozen
class HeldHead:
    """A head of a log that somebody holds against it: from a checkpoint, an anchor, the seal of a meeting.

    :ivar name: who holds it, as errors call it.
    :ivar origin: the name of the log; ``None`` where it was taken from the log itself.
    :ivar signed_by: whose signature on it was verified.
    """

    name: str
    size: int
    root: bytes
    origin: str | None = None
    signed_by: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}, signed by {' and '.join(self.signed_by)}," if self.signed_by else self.name


def plan_of(head: HeldHead) -> str:
    """The plan whose log a head is of, by the name of the log; empty where that names none."""
    return (head.origin or "").removeprefix("plantrack/").rpartition("/")[0]


@frozen
class Verification:
    """What was found of one plan's log.

    :ivar size: how many events are there.
    :ivar root: of the tree over them; of no meaning where something is broken.
    :ivar broken: what is wrong, each in one sentence, in order of position; empty where nothing is.
    :ivar first_broken: the position of the first event that is not as it was recorded, where it is known.
    :ivar held: the heads that were held against the log and agree with it.
    """

    plan: str
    origin: str
    size: int
    root: bytes
    broken: tuple[str, ...]
    first_broken: int | None
    held: tuple[HeldHead, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken

    @property
    def vouched(self) -> int:
        """Up to which event somebody outside the file vouches for the log; 0 where nobody does.

        What comes after it agrees with itself: whoever can write to the file could have made that anew.
        """
        return max((held.size for held in self.held if held.origin is not None), default=0)


def sealed_heads(seals: Iterable[tuple[int, MeetingSealed]]) -> tuple[list[HeldHead], list[str]]:
    """The heads that the seals of meetings hold, and what is wrong with seals that cannot have been made by `seal`.

    :param seals: with their positions.
    """
    heads, wrong = [], []
    for position, seal in seals:
        if max(seal.known, seal.rules) < position:
            heads.append(HeldHead(f"the seal of {seal.meeting}", seal.known, bytes.fromhex(seal.root)))
        else:
            wrong.append(f"#{position} seals {seal.meeting} with events recorded after it: no seal can be made so")
    return heads, wrong


def verify(
    plan: str, rows: Iterable[tuple[Row, bytes]], head: LogHead | None, held: Sequence[HeldHead] = ()
) -> Verification:
    """Hold the stored rows of a plan against the head of its log, and that against heads held elsewhere.

    :param rows: all of them with their leaves, in order of position, whatever stands there as one.
    :param held: in any order.
    """
    return _Reading(plan, head, held).of(rows)


class _Reading:
    """One reading of a log from its first event to its last.

    The tree grows by the leaves as they are kept: where bytes were changed and their leaf was not, the two contradict
    each other, which names the event; where both were changed, the tree contradicts its head.
    """

    def __init__(self, plan: str, head: LogHead | None, held: Sequence[HeldHead]) -> None:
        self.plan = plan
        self.head = head if head is not None and head.is_typed else None
        self.origin = self.head.origin if self.head else ""
        self.broken: list[str] = []
        self.first: int | None = None
        if head is None:
            self.say("the log has no head: what proves it was removed")
        elif self.head is None:
            self.say("the head of the log is damaged: a column holds a value of another type")
        self.agreed: list[HeldHead] = []
        self.waiting = sorted(held, key=lambda h: h.size, reverse=True)
        self.edge = Frontier()
        self.leaves: list[bytes] = []  # not yet in the tree
        self.expected = 1
        self.last_time = ""

    def of(self, rows: Iterable[tuple[Row, bytes]]) -> Verification:
        self.grow()  # before the first event, for a head of size 0
        try:
            for row, leaf in rows:
                self.hear(row, leaf)
        except StoreError as problem:  # a row that SQLite itself cannot read
            self.say(f"#{self.expected} cannot be read, nor what comes after it: {problem}", self.expected)
        self.grow()
        self.end()
        return Verification(
            plan=self.plan,
            origin=self.origin,
            size=self.edge.size,
            root=self.edge.root(),
            broken=tuple(self.broken),
            first_broken=self.first,
            held=tuple(self.agreed),
        )

    def say(self, what: str, position: int | None = None) -> None:
        self.broken.append(what)
        if position is not None:
            self.first = position if self.first is None else min(self.first, position)

    def hear(self, row: Row, leaf: bytes) -> None:
        position = row.originator_version
        if not isinstance(position, int) or position < self.expected:  # no reader of the log would come by it
            self.say(f"a row stands at {position!r:.60}, where no event can")
            return
        if position != self.expected:
            self.say(f"#{self.expected} is missing: after it comes #{position}", self.expected)
        wrong = self.wrong_with(row, leaf)
        if wrong:
            self.say(f"#{position} is not as it was recorded: {wrong}", position)
        self.expected = position + 1
        self.leaves.append(leaf if isinstance(leaf, bytes) and len(leaf) == HASH_BYTES else EMPTY_ROOT)
        if len(self.leaves) == _TOGETHER or (
            self.waiting and self.edge.size + len(self.leaves) == self.waiting[-1].size
        ):
            self.grow()

    def wrong_with(self, row: Row, leaf: bytes) -> str | None:
        if not row.is_typed:
            return "a column holds a value of another type"
        self.origin = self.origin or origin_of(row)  # without a head, by the first event
        if row.leaf(self.origin) != leaf:
            return f"its bytes and its leaf differ ({row.topic.partition('@')[0]}, {row.event_id})"
        if row.originator_version == 1 and origin_of(row) != self.origin:
            return f"with it begins the log {origin_of(row)}, and the log is called {self.origin}"
        if row.recorded_at < self.last_time:
            return f"it says {row.recorded_at}, before the event before it"
        self.last_time = row.recorded_at
        try:
            event = decode(*row[:5], moment(row.recorded_at))  # as reading does
        except StoredEventError as problem:
            return str(problem)
        if event.effective.last_day.isoformat() != row.effective_on:
            return f"its column effective_on says {row.effective_on}, the event {event.effective.last_day}"
        return None

    def grow(self) -> None:
        """Put the leaves into the tree, and hold it against the heads of its size."""
        self.edge = self.edge.extend(self.leaves)
        self.leaves.clear()
        while self.waiting and self.waiting[-1].size <= self.edge.size:
            held = self.waiting.pop()
            if held.origin not in (None, self.origin):
                self.say(f"{held} is of the log {held.origin}, and this is {self.origin}")
            elif held.root != self.edge.root():
                which = f"an event after #{self.agreed[-1].size}" if self.agreed else "an event"
                self.say(f"this is not the log that {held} has seen: {which}, up to #{held.size}, was changed")
            else:
                self.agreed.append(held)

    def end(self) -> None:
        for held in reversed(self.waiting):
            missing = held.size - self.edge.size
            self.say(f"{held} has seen {held.size} events, and {self.edge.size} are there: {missing} were cut off")
        if self.head is None:
            return
        try:
            kept = Frontier.from_bytes(self.head.frontier)
        except EvidenceError as problem:
            self.say(str(problem))
            return
        if kept.size != self.head.size:
            self.say(f"the head of the log says {self.head.size} events, and its edge {kept.size}")
        elif kept.size != self.edge.size:
            self.say(f"the head of the log says {kept.size} events, and {self.edge.size} are there")
        elif kept != self.edge:
            what = "an event and its leaf were changed together" if self.first is None else "a leaf was changed"
            self.say(f"{what}, {_first_difference(kept, self.edge)}")


def _first_difference(kept: Frontier, found: Frontier) -> str:
    """Where two edges of one size first differ, in positions."""
    begins = 0
    for bit, (one, other) in zip(_bits(kept.size), zip(kept.peaks, found.peaks, strict=True), strict=True):
        if one != other:
            return f"between #{begins + 1} and #{begins + bit}" if bit > 1 else f"#{begins + 1}"
        begins += bit
    raise AssertionError("they differ")


def _bits(size: int) -> Iterator[int]:
    """The powers of two that make up a size, from the greatest."""
    for shift in reversed(range(size.bit_length())):
        if size >> shift & 1:
            yield 1 << shift
