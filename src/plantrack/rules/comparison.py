"""Findings over time: what a check says against an earlier one.

A finding that is no longer made is "resolved" only where the same rule looked at the same thing again, with what it
rested on still on record. Whatever vanished (a figure that was retracted, a date that was taken away, a rule that was
dropped or loosened) gives "no data": silence is no improvement.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

import attrs
from attrs import frozen

from plantrack.bitemporal import Fact, in_order
from plantrack.rules.engine import judge, name_of
from plantrack.rules.findings import SEVERITIES, CheckResult, Finding, FindingState
from plantrack.rules.language.history import Facts
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import SUBJECTS, stored_field
from plantrack.rules.language.wording import number
from plantrack.rules.pack import Pack, Rule
from plantrack.state import KINDS, State, UnplacedEvent, Waiver, fold
from plantrack.state.entity import data_fields

_SHOWN = 5  # positions in a reason


@frozen
class Checked:
    """A check with what it looked at.

    :ivar facts: gives what the state was folded from, in its order.
    """

    result: CheckResult
    state: State
    packs: Sequence[Pack]
    facts: Facts


def compared(later: Checked, earlier: Checked, since: str) -> CheckResult:
    """The later check with the state of each finding against the earlier one, and those that are gone.

    :param since: what the earlier check was, in words.
    """
    comparison = _Comparison(later, earlier)
    known = {finding.fingerprint: finding for finding in earlier.result.findings}
    findings = tuple(comparison.standing(finding, known.pop(finding.fingerprint, None)) for finding in later.result)
    return attrs.evolve(later.result, findings=findings, gone=comparison.gone(list(known.values())), since=since)


class _Comparison:
    """Two checks, and what is needed to tell an answer from silence: made only where it is asked for."""

    def __init__(self, later: Checked, earlier: Checked) -> None:
        self._later = later
        self._earlier = earlier
        self._rules = [rule for pack in later.packs for rule in pack.rules]

    @cached_property
    def _after(self) -> Linked:
        return Linked(self._later.state, self._later.facts)

    @cached_property
    def _before(self) -> Linked:
        return Linked(self._earlier.state, self._earlier.facts)

    @cached_property
    def _lost(self) -> list[Fact]:
        """What counted for the earlier check and does not for the later one: retracted, or moved to a later day."""
        counted = {position for position, _, _ in self._later.facts()}
        return [fact for fact in self._earlier.facts() if fact[0] not in counted]

    @cached_property
    def _restored(self) -> Linked:
        """What the later check would have looked at with that."""
        facts, state = sorted([*self._later.facts(), *self._lost], key=in_order), self._later.state
        return Linked(fold(facts, plan=state.plan_id, as_at=state.as_at, known=state.known), lambda: facts)

    # --- findings that are made again

    def standing(self, finding: Finding, before: Finding | None) -> Finding:
        """The finding with its state against the one before."""
        if before is None:
            return attrs.evolve(finding, state="new")
        state, reason = _moved(finding, before)
        if state == "improved" and self._lost:
            again = self._made(self._rule(finding), finding, self._restored, self._later.result)
            if again is not None and _moved(again, before)[0] != "improved":
                state, reason = "persisting", _no_longer_count([position for position, _, _ in self._lost])
        return attrs.evolve(finding, state=state, state_reason=reason)

    # --- findings that are no longer made

    def gone(self, missing: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings with their state: resolved, or no data and why."""
        reasons: dict[str, str] = {}
        for finding in sorted(missing, key=lambda f: f.subject.kind == Waiver.KIND):  # after what they waive
            waiver = (
                self._earlier.state.waivers.get(finding.subject.id) if finding.subject.kind == Waiver.KIND else None
            )
            waived = "" if waiver is None else reasons.get(waiver.finding, "")
            reasons[finding.fingerprint] = waived or self._silence(finding)
        return tuple(
            attrs.evolve(
                finding,
                state="no data" if reasons[finding.fingerprint] else "resolved",
                state_reason=reasons[finding.fingerprint],
                waiver=None,
                group=None,
            )
            for finding in missing
        )

    def _waives(self, finding: Finding) -> str:
        """The fingerprint of what the subject of a finding waives, if it is a waiver."""
        waiver = self._earlier.state.subject(finding.subject.kind, finding.subject.id)
        return waiver.finding if isinstance(waiver, Waiver) else ""

    def _silence(self, finding: Finding) -> str:
        """Why it cannot be said that the finding is resolved; empty where it can."""
        rule = self._rule(finding)
        if rule is None:
            return f"no rule {finding.rule} takes part any more"
        lost = [position for position, _, _ in self._lost]
        if rested := [position for position in finding.positions if position in lost]:
            return _no_longer_count(rested)
        for other in self._later.result.not_evaluated:
            if (other.rule, str(other.subject)) == (rule.id, str(finding.subject)):
                return other.reason
        for found in self._later.result.findings:
            if (found.rule, str(found.subject)) == (rule.id, str(finding.subject)):
                return f"the rule now speaks of {found.fingerprint} instead"
        if reason := unanswered(finding, rule, self._before.state, self._after):
            return reason
        if self._made(rule, finding, self._before, self._earlier.result) is None:
            return f"the rule {rule.id} has changed and would not have found it then"
        if lost and self._made(rule, finding, self._restored, self._later.result) is not None:
            return _no_longer_count(lost)
        return ""

    def _rule(self, finding: Finding) -> Rule | None:
        """The rule of the later check that is, or once was, the rule of a finding."""
        return next((r for r in self._rules if finding.rule in (r.id, *r.formerly)), None)

    @staticmethod
    def _made(rule: Rule | None, finding: Finding, linked: Linked, result: CheckResult) -> Finding | None:
        """The finding as a rule makes it of another state, with what else was found; ``None`` where it does not."""
        found = frozenset(f.fingerprint for f in result.findings)
        verdict = None if rule is None else judge(rule, finding.subject, linked, found)
        made = None if verdict is None else verdict.finding
        return made if made is not None and made.fingerprint == finding.fingerprint else None


def _moved(finding: Finding, before: Finding) -> tuple[FindingState, str]:
    """By severity first, then by score; the reason says what it was."""
    rank, rank_before = SEVERITIES.index(finding.severity), SEVERITIES.index(before.severity)
    if rank != rank_before:
        return ("worsened" if rank < rank_before else "improved"), f"was {before.severity}"
    if finding.score is None or before.score is None or finding.score == before.score:
        return "persisting", ""
    return ("worsened" if finding.score > before.score else "improved"), f"was {number(before.score)}"


def _no_longer_count(positions: Sequence[int]) -> str:
    shown = ", ".join(f"#{position}" for position in positions[:_SHOWN])
    more = f" and {len(positions) - _SHOWN} more" if len(positions) > _SHOWN else ""
    return f"what counted then no longer does: {shown}{more}"


def unanswered(finding: Finding, rule: Rule, before: State, after: Linked) -> str:
    """Why the silence of a rule about what it found before is no answer; empty where it is one.

    The subject is gone, the rule looks at something else (another target, another report), or a value on which it
    judged is not stated any more.
    """
    subject = finding.subject
    if after.state.subject(subject.kind, subject.id) is None:
        return "" if subject.kind == UnplacedEvent.KIND else f"{subject} is no longer in the plan"
    if name_of(rule, subject, after) != finding.fingerprint:
        return "the rule looks at something else now"
    emptied = _emptied(finding, rule, before, after.state)
    return f"not stated any more: {', '.join(emptied)}" if emptied else ""


def _emptied(finding: Finding, rule: Rule, before: State, after: State) -> list[str]:
    """The values that the finding rested on and that are empty now, as far as the rule weighs them."""
    emptied, weighed = [], _weighed(rule)
    for kind, cls in KINDS.items():
        names = [f.name for f in data_fields(cls) if f"{cls.__name__}.{f.name}" in weighed]
        for entity in before.of_kind(kind).values() if names else ():
            now = after.subject(kind, entity.id)
            for name in names:
                rested = entity.origin(name) in finding.positions and getattr(entity, name) is not None
                if rested and (now is None or getattr(now, name) is None):
                    of = "" if f"{kind}:{entity.id}" == str(finding.subject) else f" of {kind}:{entity.id}"
                    emptied.append(f"{name.replace('_', ' ')}{of}")
    return emptied


def _weighed(rule: Rule) -> set[str]:
    """The stored fields, as ``Class.field``, that conditions of the rule do more with than ask whether they are stated.

    One that is only asked for answers by being empty.
    """
    names: set[str] = set()
    for source in (compiled.source for compiled in rule.compiled.values()):
        parts = [source.when, *(checked for _, checked in source.lets), *([source.where] if source.where else [])]
        nodes = [node for part in parts for node in ast.walk(part.tree)]
        asked = {id(n.left) for n in nodes if isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.Is | ast.IsNot)}
        names |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and id(node) not in asked}
    reads = [(owner, name) for owner, _, name in (read.partition(".") for read in rule.reads) if name in names]
    stored = [(owner, stored_field(cast(Any, SUBJECTS[owner]), name)) for owner, name in reads if owner in SUBJECTS]
    return {f"{owner}.{name}" for owner, name in stored if name is not None}
