"""Waivers: findings that somebody decided to live with for a time."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from plantrack.rules.findings import Finding, WaiverApplied
from plantrack.state import State, Waiver


def waived(findings: Iterable[Finding], state: State) -> list[Finding]:
    """The findings, each with the waiver that is in force for it at the day of the state, if any.

    The last day counts, in the plan's calendar. What was recorded later than the state knows has no effect on it. Of
    several waivers the one that holds longest is shown.
    """
    in_force: dict[str, Waiver] = {}
    for waiver in state.waivers.values():
        if waiver.in_force(state.as_at):
            known = in_force.get(waiver.finding)
            if known is None or known.until < waiver.until:
                in_force[waiver.finding] = waiver
    return [_with(finding, in_force.get(finding.fingerprint)) for finding in findings]


def _with(finding: Finding, waiver: Waiver | None) -> Finding:
    if waiver is None:
        return finding
    applied = WaiverApplied(
        id=waiver.id,
        reason=waiver.reason,
        requester=waiver.requester,
        approver=waiver.approver,
        until=waiver.until,
    )
    return attrs.evolve(finding, waiver=applied)
