"""What was found of a log that was verified, and what a meeting was shown: for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plantrack.events.assurance import MeetingSealed
from plantrack.reports.lines import Line, folded
from plantrack.rules.language.wording import day_words
from plantrack.verification import Verification

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
        yield from folded(f"agrees with {held.name} at #{held.size}", "  ", "    ")
    if found.intact:
        yield Line(f"  root {found.root.hex()}", "dim")
        yield Line(f"  of {found.origin}", "dim")


def verification_json(found: Verification) -> dict[str, Any]:
    """The same for programs; ``root`` is null where something is broken."""
    return {
        "plan": found.plan,
        "origin": found.origin,
        "events": found.size,
        "intact": found.intact,
        "root": found.root.hex() if found.intact else None,
        "first_broken": found.first_broken,
        "broken": list(found.broken),
        "agrees_with": [{"name": held.name, "events": held.size, "root": held.root.hex()} for held in found.held],
    }


def seal_report(plan: str, position: int, seal: MeetingSealed) -> Iterator[Line]:
    """What was settled with a seal."""
    packs = ", ".join(f"{pack.pack} {pack.version}" for pack in seal.packs)
    yield from folded(
        f"{plan}: {seal.meeting} is sealed in #{position}: as at {day_words(seal.as_at)}, what was known at"
        f" #{seal.known}, by {packs}",
        "",
        "  ",
    )
    yield Line(f"  log root         {seal.root}", "dim")
    yield Line(f"  findings SHA-256 {seal.findings}", "dim")
