"""Findings over time: what a check says against an earlier one.

A finding that is no longer made is "resolved" only where the rule looked at the same subject again, with what it rested
on still on record. Whatever vanished (a figure that was retracted, a date that was taken away, a rule that was dropped)
gives "no data": silence is no improvement.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import attrs

from plantrack.rules.findings import SEVERITIES, CheckResult, Finding, FindingState
from plantrack.rules.language.schema import OBJECTS
from plantrack.rules.language.wording import number
from plantrack.rules.pack import Rule
from plantrack.state import State
from plantrack.state.entity import Entity, data_fields


def compared(
    later: CheckResult,
    earlier: CheckResult,
    *,
    after: State,
    before: State,
    rules: Sequence[Rule],
    retracted: Collection[str],
    since: str,
) -> CheckResult:
    """The later check with the state of each finding against the earlier one, and those that are gone.

    :param after: the state that the later check judged; ``before`` that of the earlier one.
    :param rules: those of the later check.
    :param retracted: ids of the events that are retracted as known by the later check.
    :param since: what the earlier check was, in words.
    """
    known = {finding.fingerprint: finding for finding in earlier.findings}
    findings = tuple(against(finding, known.get(finding.fingerprint)) for finding in later.findings)
    now = {finding.fingerprint for finding in findings}
    named = {name: rule for rule in rules for name in (rule.id, *rule.formerly)}
    reasons = {(n.rule, str(n.subject)): n.reason for n in later.not_evaluated}
    others = {(f.rule, str(f.subject)): f.fingerprint for f in findings}
    gone = []
    for finding in earlier.findings:
        if finding.fingerprint not in now:
            subject, rule = finding.subject, named.get(finding.rule)
            judged = (rule.id if rule else "", str(subject))
            gone.append(
                without(
                    finding,
                    rule,
                    was=before.subject(subject.kind, subject.id),
                    now=after.subject(subject.kind, subject.id),
                    not_evaluated=reasons.get(judged),
                    instead=others.get(judged),
                    retracted=retracted,
                )
            )
    return attrs.evolve(later, findings=findings, gone=tuple(gone), since=since)


def against(finding: Finding, before: Finding | None) -> Finding:
    """A finding with its state against an earlier one of the same fingerprint."""
    if before is None:
        return attrs.evolve(finding, state="new")
    state, reason = _moved(finding, before)
    return attrs.evolve(finding, state=state, state_reason=reason)


def without(
    finding: Finding,
    rule: Rule | None,
    *,
    was: Entity | None,
    now: Entity | None,
    not_evaluated: str | None,
    instead: str | None,
    retracted: Collection[str],
) -> Finding:
    """A finding that is no longer made, with what that means.

    :param rule: the rule that made it; ``None`` when it takes no part any more.
    :param was: its subject as it was; ``now`` as it is.
    :param not_evaluated: why the rule could not say now, if it could not.
    :param instead: the fingerprint of what the rule says of the subject now.
    """
    reason = _missing(finding, rule, was, now, not_evaluated, instead, retracted)
    state: FindingState = "no data" if reason else "resolved"
    return attrs.evolve(finding, state=state, state_reason=reason, waiver=None, group=None)


def _moved(finding: Finding, before: Finding) -> tuple[FindingState, str]:
    """By severity first, then by score; the reason says what it was."""
    rank, rank_before = SEVERITIES.index(finding.severity), SEVERITIES.index(before.severity)
    if rank != rank_before:
        return ("worsened" if rank < rank_before else "improved"), f"was {before.severity}"
    if finding.score is None or before.score is None or finding.score == before.score:
        return "persisting", ""
    return ("worsened" if finding.score > before.score else "improved"), f"was {number(before.score)}"


def _missing(
    finding: Finding,
    rule: Rule | None,
    was: Entity | None,
    now: Entity | None,
    not_evaluated: str | None,
    instead: str | None,
    retracted: Collection[str],
) -> str:
    """Why it cannot be said that the finding is resolved; empty where it can."""
    if rule is None:
        return f"no rule {finding.rule} takes part any more"
    if now is None:
        return f"{finding.subject} is no longer in the plan"
    if not_evaluated is not None:
        return not_evaluated
    taken = [event_id for event_id in finding.evidence if event_id in retracted]
    if taken:
        return f"what it rested on was retracted: {', '.join(taken)}"
    if instead is not None:
        return f"the rule now speaks of {instead} instead"
    emptied = _emptied(rule, was, now)
    return f"not stated any more: {', '.join(emptied)}" if emptied else ""


def _emptied(rule: Rule, was: Entity | None, now: Entity) -> list[str]:
    """The fields of the subject that the rule reads, that had a value and have none now."""
    if was is None:
        return []
    own = next(name for name, cls in OBJECTS.items() if cls is type(now))
    read = {name for owner, _, name in (field.partition(".") for field in rule.reads) if owner == own}
    return [
        f.name.replace("_", " ")
        for f in data_fields(type(now))
        if f.name in read and getattr(was, f.name) not in (None, ()) and getattr(now, f.name) in (None, ())
    ]
