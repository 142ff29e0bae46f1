"""Waivers: findings that somebody decided to live with for a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from plantrack.rules.findings import Finding, WaiverApplied
from plantrack.state import State, Waiver


def waivers_in_force(state: State) -> dict[str, WaiverApplied]:
    """The waiver in force at the day of the state, by the fingerprint of what it waives.

    The last day counts, in the plan's calendar. What was recorded later than the state knows has no effect on it. Of
    several waivers the one that holds longest is shown.
    """
    longest: dict[str, Waiver] = {}
    for waiver in state.waivers.values():
        if waiver.in_force(state.as_at):
            known = longest.get(waiver.finding)
            if known is None or known.until < waiver.until:
                longest[waiver.finding] = waiver
    return {fingerprint: _applied(waiver) for fingerprint, waiver in longest.items()}


def waived(findings: Iterable[Finding], waivers: Mapping[str, WaiverApplied]) -> list[Finding]:
    """The findings, each with the waiver that is in force for it, if any."""
    return [
        finding if (waiver := waivers.get(finding.fingerprint)) is None else attrs.evolve(finding, waiver=waiver)
        for finding in findings
    ]


def _applied(waiver: Waiver) -> WaiverApplied:
    return WaiverApplied(
        id=waiver.id,
        reason=waiver.reason,
        requester=waiver.requester,
        approver=waiver.approver,
        until=waiver.until,
    )
