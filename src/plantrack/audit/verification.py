"""Verifying an audit bundle: its root made anew, and compared with every checkpoint there is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from plantrack.audit.reading import MAX_LINE, Head, Reading, content_of
from plantrack.errors import EvidenceError, quoted
from plantrack.note import Checkpoint, open_note
from plantrack.signing import Verifier

_TOLD = 10  # changed events that a problem names


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What a bundle shows.

    :ivar plan: as its first line says; so are ``origin`` and ``scope``.
    :ivar size: events of the log.
    :ivar given: how many of these are given in full.
    :ivar root: of the log, made anew.
    :ivar signed_by: those of the given keys that signed the bundle's own checkpoint.
    :ivar matched: the checkpoints, its own and those held, that agree with it, in order of size.
    :ivar altered: positions of events whose content does not give the leaf hash beside it.
    :ivar broken: the first and the last position at which the first change may stand; the same where it is known.
    :ivar problems: all that is wrong, a sentence each.
    """

    plan: str
    origin: str
    scope: Mapping[str, str]
    size: int
    given: int
    root: bytes
    signed_by: tuple[Verifier, ...]
    matched: tuple[Checkpoint, ...]
    altered: tuple[int, ...]
    broken: tuple[int, int] | None
    problems: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether the whole log is vouched for, and every given event is as it was recorded."""
        return not self.problems

    @property
    def left_out(self) -> int:
        """How many events are not given."""
        return self.size - self.given


def verify_file(
    path: str | os.PathLike[str], verifiers: Collection[Verifier] = (), checkpoints: Iterable[Checkpoint] = ()
) -> BundleReport:
    """:func:`verify_bundle` of a file.

    :raises EvidenceError: it cannot be read, or holds no bundle.
    """
    name = quoted(os.fsdecode(path), 200)
    try:
        file = open(path, "rb")  # noqa: SIM115  # closed below, where its own errors are told apart from those of opening
    except (OSError, ValueError) as problem:
        raise EvidenceError(f"cannot read {name}: {getattr(problem, 'strerror', None) or problem}") from None
    with file:
        try:
            return verify_bundle(iter(partial(file.readline, MAX_LINE + 1), b""), verifiers, checkpoints)
        except OSError as problem:
            raise EvidenceError(f"cannot read {name}: {problem.strerror or problem}") from None
        except EvidenceError as problem:
            raise EvidenceError(f"{name}, {problem}") from None


def verify_bundle(
    lines: Iterable[bytes], verifiers: Collection[Verifier] = (), checkpoints: Iterable[Checkpoint] = ()
) -> BundleReport:
    """Make the root of a log anew from a bundle, and compare it with every checkpoint there is.

    :param lines: in UTF-8; they are read once and not kept.
    :param verifiers: keys whose signature on the bundle's own checkpoint counts; without any, it does not count.
    :param checkpoints: others of this log, such as those that an auditor kept after each meeting, from notes that were
        opened. Where one does not match, they narrow down where the first change stands.
    :raises EvidenceError: this is no bundle, or so damaged that it cannot be compared; with the number of the line.
    """
    number, rows = 1, iter(lines)
    problems: list[str] = []
    try:
        head = Head.read(content_of(next(rows, b"")))
        own, signed_by = _own_checkpoint(head, verifiers, problems)
        compared = sorted({*own, *_of_this_log(head, checkpoints, problems)}, key=lambda one: (one.size, one.root))
        reading = Reading(head, [one.size for one in compared])
        for number, row in enumerate(rows, 2):  # noqa: B007  # told when a line is refused
            reading.add(content_of(row))
        root = reading.finish()
    except UnicodeEncodeError:
        raise EvidenceError(f"line {number}: half a character, which no event holds") from None
    except EvidenceError as problem:
        raise EvidenceError(f"line {number}: {problem}") from None
    matched = tuple(one for one in compared if reading.roots.get(one.size) == one.root)
    wrong = [one.size for one in compared if reading.roots.get(one.size, one.root) != one.root]
    broken = _first_change(reading.altered, wrong, [one.size for one in matched])
    unmade = [one.size for one in compared if one.size not in reading.roots]
    covered = matched[-1].size if matched else None
    return BundleReport(
        plan=head.plan,
        origin=head.origin,
        scope=head.scope,
        size=head.size,
        given=reading.given,
        root=root,
        signed_by=signed_by,
        matched=matched,
        altered=tuple(reading.altered),
        broken=broken,
        problems=(*problems, *_differences(head.size, reading.altered, unmade, wrong, covered, broken)),
    )


# --- which checkpoints count -----------------------------------------------------------------------------------------


def _own_checkpoint(
    head: Head, verifiers: Collection[Verifier], problems: list[str]
) -> tuple[tuple[Checkpoint, ...], tuple[Verifier, ...]]:
    if head.checkpoint is None or not verifiers:
        return (), ()
    try:
        note = open_note(head.checkpoint, verifiers)
        found = Checkpoint.parse(note.text)
        if found.origin != head.origin:
            raise EvidenceError(f"it is of the log {quoted(found.origin)}, not of {quoted(head.origin)}")
        if found.size != head.size:
            raise EvidenceError(f"it is over {found.size} events, and the bundle over {head.size}")
    except EvidenceError as problem:
        problems.append(f"the checkpoint in the bundle does not count: {problem}")
        return (), ()
    return (found,), note.signed_by


def _of_this_log(head: Head, held: Iterable[Checkpoint], problems: list[str]) -> Iterator[Checkpoint]:
    for one in held:
        if one.origin != head.origin:
            problems.append(
                f"the held checkpoint of #{one.size} is of the log {quoted(one.origin)}, not of {quoted(head.origin)}"
            )
        elif one.size > head.size:
            problems.append(
                f"the bundle ends at #{head.size}, but by a held checkpoint the log had {one.size} events: ask for a"
                " bundle up to there; if there is none, the end of the log was cut off"
            )
        else:
            yield one


# --- what they show --------------------------------------------------------------------------------------------------


def _first_change(altered: Sequence[int], wrong: Sequence[int], matched: Sequence[int]) -> tuple[int, int] | None:
    """Between which positions the first change stands.

    :param altered: positions at which content and leaf hash differ, in order.
    :param wrong: sizes of the checkpoints that do not match, in order.
    :param matched: of those that do.
    """
    if not altered and not wrong:
        return None
    last = min([*altered[:1], *wrong[:1]])
    before = [size for size in matched if not wrong or size < wrong[0]]
    if last in altered and any(size >= last for size in before):
        return last, last  # the hashes up to there are the right ones, so it is this content
    return 1 + max((size for size in before if size < last), default=0), last


def _differences(
    size: int,
    altered: Sequence[int],
    unmade: Sequence[int],
    wrong: Sequence[int],
    covered: int | None,
    broken: tuple[int, int] | None,
) -> Iterator[str]:
    if altered:
        named = ", ".join(f"#{position}" for position in altered[:_TOLD])
        more = f" and {len(altered) - _TOLD} more" if len(altered) > _TOLD else ""
        yield f"{named}{more}: the content is not the one whose hash the log has"
    if unmade:
        yield (
            f"the checkpoint of #{unmade[0]} cannot be compared, as events on both sides of it are left out together:"
            " ask for a bundle that was made with it (`plantrack prove --checkpoint FILE`)"
        )
    if wrong and broken:
        where = f"at #{broken[1]}" if broken[0] == broken[1] else f"at #{broken[0]} to #{broken[1]}"
        yield f"the log up to #{wrong[0]} is not the one of which a checkpoint was made: the first change is {where}"
        if covered and covered > wrong[0]:
            yield f"the checkpoint of #{covered} was made of the changed log"
    elif covered is None:
        yield "nothing vouches for this log: no checkpoint of it is signed by a given key, and none is held"
    elif covered < size:
        yield f"nothing vouches for the events after #{covered}, where the last checkpoint ends"
