"""What was found of a log that was verified, and what a meeting was shown: for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from plantrack.audit import BundleReport
from plantrack.events.assurance import MeetingSealed
from plantrack.events.envelope import RecordedEvent
from plantrack.reports.as_text import recorded_words
from plantrack.reports.lines import Line, folded
from plantrack.rules.language.wording import day_words
from plantrack.verification import HeldHead, Verification

_TOLD = 20  # things that are broken


def verification_report(found: Verification) -> Iterator[Line]:
    """Whether a log is as it was recorded; what is broken, and with whom it agrees."""
    events = f"{found.size} event{'s' * (found.size != 1)}"
    if found.intact:
        yield Line(f"{found.plan}: {events}, as recorded", "strong")
    else:
        first = "" if found.first_broken is None else f", from #{found.first_broken} on"
        yield Line(f"{found.plan}: {events}, NOT as recorded{first}", "critical")
    for broken in found.broken[:_TOLD]:
        yield from folded(broken, "  ! ", "    ", "high")
    if len(found.broken) > _TOLD:
        yield Line(f"  … and {len(found.broken) - _TOLD} more", "dim")
    for held in found.held:
        yield from folded(f"agrees with {held} at #{held.size}", "  ", "    ")
    if found.intact:
        if found.vouched < found.size:
            since = f" after #{found.vouched}" if found.vouched else ""
            said = f"nobody outside the file vouches for the events{since}; they agree with themselves"
            yield from folded(said, "  ", "    ")
        yield Line(f"  root {found.root.hex()}", "dim")
        yield Line(f"  of {found.origin}", "dim")


def verification_json(found: Verification) -> dict[str, Any]:
    """The same for programs; ``root`` is null where something is broken."""
    return {
        "plan": found.plan,
        "origin": found.origin,
        "events": found.size,
        "verified": found.intact,
        "root": found.root.hex() if found.intact else None,
        "first_broken": found.first_broken,
        "broken": list(found.broken),
        "vouched": found.vouched,
        "agrees_with": [_held_json(held) for held in found.held],
    }


def _held_json(held: HeldHead) -> dict[str, Any]:
    return {
        "name": held.name,
        "signed_by": list(held.signed_by),
        "events": held.size,
        "root": held.root.hex(),
    }


def _agreeing(found: BundleReport, held: Sequence[HeldHead]) -> Iterator[HeldHead]:
    """What a bundle agrees with: its own checkpoint, and those that were held against it."""
    signers = tuple(signer.identity for signer in found.signed_by)
    for one in found.matched:
        names = [each for each in held if (each.origin, each.size, each.root) == (one.origin, one.size, one.root)]
        yield from names or [HeldHead("its own checkpoint", one.size, one.root, one.origin, signers)]


def bundle_report(found: BundleReport, held: Sequence[HeldHead] = ()) -> Iterator[Line]:
    """What an audit bundle shows, and what is wrong with it.

    :param held: the checkpoints that were held against it, under their names.
    """
    events = f"{found.given} of {found.size} events"
    if found.verified:
        yield Line(f"{found.plan}: {events}, as recorded", "strong")
    else:
        yield Line(f"{found.plan}: {events}, NOT proved", "critical")
    asked = ", ".join(f"{name} {value}" for name, value in found.scope.items())
    yield from folded(f"{asked}; {found.left_out} left out", "  ", "    ")
    for problem in found.problems[:_TOLD]:
        yield from folded(problem, "  ! ", "    ", "high")
    if len(found.problems) > _TOLD:
        yield Line(f"  … and {len(found.problems) - _TOLD} more", "dim")
    for head in _agreeing(found, held):
        yield from folded(f"agrees with {head} at #{head.size}", "  ", "    ")
    yield Line(f"  root {found.root.hex()}", "dim")
    yield Line(f"  of {found.origin}", "dim")


def bundle_json(found: BundleReport, held: Sequence[HeldHead] = ()) -> dict[str, Any]:
    """The same for programs."""
    return {
        "plan": found.plan,
        "origin": found.origin,
        "scope": dict(found.scope),
        "events": found.size,
        "given": found.given,
        "left_out": found.left_out,
        "verified": found.verified,
        "root": found.root.hex(),
        "first_broken": None if found.broken is None else {"from": found.broken[0], "to": found.broken[1]},
        "broken": list(found.problems),
        "changed": list(found.altered),
        "signed_by": [signer.identity for signer in found.signed_by],
        "agrees_with": [_held_json(head) for head in _agreeing(found, held)],
    }


def seal_report(event: RecordedEvent, seal: MeetingSealed, zone: str = "UTC") -> Iterator[Line]:
    """What was settled with a seal, when and by whom."""
    packs = ", ".join(f"{pack.pack} {pack.version}" for pack in seal.packs)
    yield from folded(
        f"{event.plan}: {seal.meeting} is sealed in #{event.position}: as at {day_words(seal.as_at)}, what was known at"
        f" #{seal.known}, by {packs}; {recorded_words(event, zone)}",
        "",
        "  ",
    )
    yield Line(f"  log root         {seal.root}", "dim")
    yield Line(f"  findings SHA-256 {seal.findings}", "dim")
