"""The log of a plan as JSON Lines, to the byte: a line about the log, then one an event, in order of position.

The payload of each event is the JSON as it is stored, spliced in and cut out again, never written anew: so the log that
is restored from the lines has the same hashes. Both ways one line is in memory at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec
from attrs import frozen

from plantrack.errors import EventError, EvidenceError, StoreDamagedError, StoredEventError
from plantrack.events.codec import decode
from plantrack.events.envelope import event_name, moment
from plantrack.events.fields import slug
from plantrack.events.plan import PlanOpened
from plantrack.merkle import HASH_BYTES, GrowingTree
from plantrack.store import Head, Row, origin_of

VERSION = 1
MAX_LINE = 64 * 1024 * 1024  # bytes; no event comes near it


class _Header(msgspec.Struct, rename={"version": "plantrack-export"}, forbid_unknown_fields=True):
    """The first line."""

    version: int
    plan: str
    origin: str
    size: int
    root: str


class _Line(msgspec.Struct, forbid_unknown_fields=True):  # msgspec forbids unknown fields in its own classes only
    """One event."""

    position: int
    event_id: str
    type: str
    recorded_at: str
    effective_on: str
    payload: msgspec.Raw

    def row(self, plan: str) -> Row:
        """The row that it stands for."""
        payload = bytes(self.payload)
        return Row(plan, self.position, self.type, payload, self.event_id, self.recorded_at, self.effective_on)


_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_encode = msgspec.json.Encoder().encode
_version = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_header = msgspec.json.Decoder(_Header).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_line = msgspec.json.Decoder(_Line).decode


# --- writing ---------------------------------------------------------------------------------------------------------


def export_lines(head: Head, rows: Iterable[tuple[Row, bytes]]) -> Iterator[bytes]:
    """The lines of an export, each with its line end.

    :param head: of the log.
    :param rows: all of its rows with their leaves, in order of position.
    :raises StoreDamagedError: a row is not as it was recorded, or cannot be spliced into a line and cut out again.
    """
    yield _encode(_Header(VERSION, head.plan, head.origin, head.size, head.root.hex())) + b"\n"
    tree = GrowingTree()
    for expected, (row, leaf) in enumerate(rows, 1):
        line = _written(row) if row.is_typed and row.originator_version == expected else None
        if line is None or row.leaf(head.origin) != leaf:
            raise _not_as_recorded(head.plan, f"#{expected}")
        tree.append(leaf)
        yield line
    if (tree.edge.size, tree.edge.root()) != (head.size, head.root):
        raise _not_as_recorded(head.plan, "the log")


def _written(row: Row) -> bytes | None:
    """The line of a row; ``None`` where it would not be read as the same row."""
    plan, position, type_, state, event_id, recorded_at, effective_on = row
    try:
        line = _encode(_Line(position, event_id, type_, recorded_at, effective_on, msgspec.Raw(state)))
        same = b"\n" not in line and _line(line).row(plan) == row
    except _UNREADABLE:
        return None
    return line + b"\n" if same else None


def _not_as_recorded(plan: str, what: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"plan {plan!r}: {what} is not as it was recorded; nothing is exported of a log that is broken: `plantrack"
        " verify` says where"
    )


# --- reading ---------------------------------------------------------------------------------------------------------


class Readable(Protocol):
    """An open file of bytes, as far as it is needed."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, or so many bytes of it; empty at the end of the file."""


class Export:
    """An export that is being read.

    :ivar name: of the file, as errors call it.
    :ivar head: of the log, by the first line.
    :ivar line: the number of the last line that was read.
    """

    def __init__(self, file: Readable, name: str) -> None:
        self.name, self.line = name, 0
        self._file = file
        self.head = self._head()

    @property
    def place(self) -> str:
        """Where reading stands, for an error."""
        return f"{self.name}, line {self.line}"

    def rows(self) -> Iterator[Row]:
        """The rows, each once everything about it that can be seen so far is right; may be asked for once.

        :raises EvidenceError: a line is none of an export, its event cannot be read, or the log that the lines amount
            to is not the one of the first line; names the line.
        """
        head, tree, recorded_at = self.head, GrowingTree(), ""
        for position in range(1, head.size + 1):
            text = self._next()
            if not text:
                raise self._wrong(f"the file ends after {position - 1} of {head.size} events: the rest was cut off")
            try:
                line = _line(text)
            except _UNREADABLE as problem:
                raise self._wrong(f"no line of an export: {problem}") from None
            self._check_spelling(text, line)
            row = line.row(head.plan)
            if row.originator_version != position:
                raise self._wrong(f"#{row.originator_version} stands where #{position} should")
            if wrong := _wrong_with(row, recorded_at):
                raise self._wrong(wrong)
            if position == 1 and origin_of(row) != head.origin:
                raise self._wrong(f"with this event begins the log {origin_of(row)}, not {head.origin}")
            recorded_at = row.recorded_at
            tree.append(row.leaf(head.origin))
            yield row
        if self._next():
            raise self._wrong(f"more than the {head.size} events of which the first line speaks")
        if (tree.edge.size, tree.edge.root()) != (head.size, head.root):
            raise EvidenceError(
                f"{self.name}, lines 2 to {head.size + 1}: the root over the events is not the one of the first line:"
                " an event was changed since they were exported"
            )

    def _head(self) -> Head:
        text = self._next()
        try:
            version = msgspec.json.decode(_version(text)["plantrack-export"])
        except (*_UNREADABLE, KeyError):
            raise self._wrong('no export of a plan, which begins with {"plantrack-export": 1, …}') from None
        if version != VERSION:
            raise self._wrong(f"an export of version {version!r:.20}; this plantrack reads {VERSION}: install a newer")
        try:
            header = _header(text)
            head = Head(slug(header.plan), header.origin, header.size, bytes.fromhex(header.root))
        except (msgspec.MsgspecError, RecursionError, EventError, ValueError) as problem:
            raise self._wrong(f"the log is not described as an export does: {problem}") from None
        self._check_spelling(text, header)
        if not head.origin.isprintable():
            raise self._wrong("the name of the log holds what cannot be printed in one line")
        if head.size < 1:
            raise self._wrong("the log holds no event; there is nothing to restore")
        if len(head.root) != HASH_BYTES:
            raise self._wrong(f"the root is a hash of {HASH_BYTES} bytes, not of {len(head.root)}")
        return head

    def _check_spelling(self, text: bytes, read: _Header | _Line) -> None:
        """Refuse a line that says more than was read of it, such as a key twice: others would read something else."""
        if text.rstrip(b"\r\n") != _encode(read):
            raise self._wrong("not spelt as an export does: with a key twice, or written anew by another program")

    def _next(self) -> bytes:
        """The next line; empty at the end."""
        text = self._file.readline(MAX_LINE)
        self.line += bool(text)
        if len(text) == MAX_LINE:
            raise self._wrong(f"longer than {MAX_LINE:,} bytes; no line of an export is")
        return text

    def _wrong(self, what: str) -> EvidenceError:
        return EvidenceError(f"{self.place}: {what}")


@frozen
class Restored:
    """What ``Tracker.restore`` brought back.

    :ivar head: of the log that was exported.
    :ivar fresh: whether it was brought back now; else it was there already.
    """

    head: Head
    fresh: bool


def read_export(file: Readable, name: str = "the export") -> Export:
    """Begin to read what :func:`export_lines` wrote.

    :param name: of the file, as errors call it.
    :raises EvidenceError: the first line is not that of an export.
    """
    return Export(file, name)


def _wrong_with(row: Row, last: str) -> str | None:
    """What is wrong with a row that comes after another, recorded at ``last``."""
    if not _STAMP.fullmatch(row.recorded_at):
        return f"recorded_at is {row.recorded_at!r:.60}, which is no moment as plantrack writes it"
    try:
        event = decode(*row[:5], moment(row.recorded_at))
    except StoredEventError as problem:
        return str(problem)
    if row.recorded_at < last:
        return f"recorded at {row.recorded_at}, before the event before it ({last})"
    if event_name(row.event_id) != row.event_id:
        return f"{row.event_id!r:.60} is not an event id"
    if event.effective.last_day.isoformat() != row.effective_on:
        return f"effective_on is {row.effective_on!r:.20}, and the event says {event.effective.last_day}"
    if isinstance(event.data, PlanOpened) != (row.originator_version == 1):
        return "the first event of a plan, and no other, is PlanOpened"
    return None
