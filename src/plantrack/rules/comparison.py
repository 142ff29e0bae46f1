"""Findings over time: what a check says against an earlier one.

A finding that is no longer made is "resolved" only where the same rule looked at the same thing again, with what it
rested on still on record. Whatever vanished (a figure that was retracted, a date that was taken away, a rule that was
dropped or loosened) gives "no data": silence is no improvement.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any, cast

import attrs
from attrs import frozen

from plantrack.bitemporal import Fact, in_order
from plantrack.rules.engine import judge, name_of
from plantrack.rules.findings import SEVERITIES, CheckResult, Finding, FindingState, most_serious_first
from plantrack.rules.language.history import Facts
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import SUBJECTS, stored_field
from plantrack.rules.language.wording import number
from plantrack.rules.pack import Pack, Rule
from plantrack.state import KINDS, State, UnplacedEvent, Waiver, fold
from plantrack.state.entity import Entity, data_fields

Key = tuple[str, str]
"""A rule and a subject."""

WasAndIs = tuple[Entity, Entity | None]
"""An object as it was and as it is; ``None`` where it is no more."""

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
    comparison = _OfChecks(later, earlier)
    known = {finding.fingerprint: finding for finding in earlier.result.findings}
    findings = tuple(comparison.standing(finding, known.pop(finding.fingerprint, None)) for finding in later.result)
    gone, known_then = comparison.gone(list(known.values())), earlier.result.known
    return attrs.evolve(later.result, findings=findings, gone=gone, since=since, since_known=known_then)


def differing(later: CheckResult, earlier: CheckResult) -> tuple[Finding, ...]:
    """The findings of a compared check that are not as they were, then those that are gone; groups left aside.

    :param later: as :func:`compared` gives it.
    """

    def alone(finding: Finding) -> Finding:
        return attrs.evolve(finding, group=None, state=None, state_reason="")

    known = {finding.fingerprint: alone(finding) for finding in earlier.findings}
    changed = [finding for finding in later.findings if known.get(finding.fingerprint) != alone(finding)]
    told = [*(attrs.evolve(finding, group=None) for finding in changed), *later.gone]
    return most_serious_first(told, list({**later.counts, **earlier.counts}))


class Comparison(ABC):
    """How findings stand against earlier ones. What is needed to tell an answer from silence is asked for by need."""

    @property
    @abstractmethod
    def after(self) -> Linked:
        """The view of what is looked at now."""

    @property
    @abstractmethod
    def lost(self) -> Sequence[int]:
        """The positions of what counted then and does not now: retracted, or moved to a later day."""

    @property
    @abstractmethod
    def unsaid(self) -> Mapping[Key, str]:
        """Why some rules cannot say anything of some subjects now."""

    @property
    @abstractmethod
    def said(self) -> Mapping[Key, str]:
        """The fingerprints of what some rules find about some subjects now."""

    @abstractmethod
    def rule(self, finding: Finding) -> Rule | None:
        """The rule that is, or once was, the rule of a finding."""

    @abstractmethod
    def objects(self, kind: str) -> Iterable[WasAndIs]:
        """The objects of a kind, as they were and as they are; those that have not changed may be left out."""

    @abstractmethod
    def waived_then(self, finding: Finding) -> str | None:
        """The fingerprint of what the subject of a finding waived, if it was a waiver."""

    @abstractmethod
    def made_then(self, rule: Rule, finding: Finding) -> bool:
        """Whether the rule as it is now would have made an earlier finding then."""

    @abstractmethod
    def made_with_lost(self, rule: Rule | None, finding: Finding) -> Finding | None:
        """The finding as the rule would make it now if what was lost still counted."""

    # --- findings that are made again

    def standing(self, finding: Finding, before: Finding | None) -> Finding:
        """The finding with its state against the one before."""
        if before is None:
            return attrs.evolve(finding, state="new")
        state, reason = _moved(finding, before)
        if state == "improved" and self.lost:
            again = self.made_with_lost(self.rule(finding), finding)
            if again is not None and _moved(again, before)[0] != "improved":
                state, reason = "persisting", _no_longer_count(self.lost)
        return attrs.evolve(finding, state=state, state_reason=reason)

    # --- findings that are no longer made

    def gone(self, missing: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings with their state: resolved, or no data and why."""
        named = {finding.fingerprint: finding for finding in missing}
        reasons: dict[str, str] = {}

        def reason(finding: Finding) -> str:
            """A finding about a waiver shares the reason of what that waived, which may be about a waiver itself."""
            name = finding.fingerprint
            if name not in reasons:
                reasons[name] = own = self._silence(finding)
                waived = named.get(self.waived_then(finding) or "")
                reasons[name] = (waived and reason(waived)) or own
            return reasons[name]

        for name in sorted(named):
            reason(named[name])
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

    def _silence(self, finding: Finding) -> str:
        """Why it cannot be said that the finding is resolved; empty where it can."""
        rule = self.rule(finding)
        if rule is None:
            return f"no rule {finding.rule} takes part any more"
        if rested := [position for position in finding.positions if position in self.lost]:
            return _no_longer_count(rested)
        judged = rule.id, str(finding.subject)
        if judged in self.unsaid:
            return self.unsaid[judged]
        if judged in self.said:
            return f"the rule now speaks of {self.said[judged]} instead"
        if reason := unanswered(finding, rule, self.after, self.objects):
            return reason
        if not self.made_then(rule, finding):
            return f"the rule {rule.id} has changed and would not have found it then"
        if self.lost and self.made_with_lost(rule, finding) is not None:
            return _no_longer_count(self.lost)
        return ""


class _OfChecks(Comparison):
    """A comparison of two whole checks."""

    def __init__(self, later: Checked, earlier: Checked) -> None:
        self._later = later
        self._earlier = earlier
        self._rules = [rule for pack in later.packs for rule in pack.rules]

    @cached_property
    def after(self) -> Linked:
        return Linked(self._later.state, self._later.facts)

    @cached_property
    def _before(self) -> Linked:
        return Linked(self._earlier.state, self._earlier.facts)

    @cached_property
    def _lost_facts(self) -> list[Fact]:
        counted = {position for position, _, _ in self._later.facts()}
        return [fact for fact in self._earlier.facts() if fact[0] not in counted]

    @cached_property
    def lost(self) -> Sequence[int]:
        return [position for position, _, _ in self._lost_facts]

    @cached_property
    def _restored(self) -> Linked:
        """What the later check would have looked at with what was lost."""
        facts, state = sorted([*self._later.facts(), *self._lost_facts], key=in_order), self._later.state
        return Linked(fold(facts, plan=state.plan_id, as_at=state.as_at, known=state.known), lambda: facts)

    @cached_property
    def unsaid(self) -> Mapping[Key, str]:
        return {(other.rule, str(other.subject)): other.reason for other in self._later.result.not_evaluated}

    @cached_property
    def said(self) -> Mapping[Key, str]:
        return {(found.rule, str(found.subject)): found.fingerprint for found in self._later.result.findings}

    def rule(self, finding: Finding) -> Rule | None:
        return next((r for r in self._rules if finding.rule in (r.id, *r.formerly)), None)

    def objects(self, kind: str) -> Iterable[WasAndIs]:
        return objects_of(self._earlier.state, self._later.state, kind)

    def waived_then(self, finding: Finding) -> str | None:
        waiver = self._earlier.state.subject(finding.subject.kind, finding.subject.id)
        return waiver.finding if isinstance(waiver, Waiver) else None

    def made_then(self, rule: Rule, finding: Finding) -> bool:
        return made_again(rule, finding, self._before, _fingerprints(self._earlier.result)) is not None

    def made_with_lost(self, rule: Rule | None, finding: Finding) -> Finding | None:
        return made_again(rule, finding, self._restored, _fingerprints(self._later.result))


def objects_of(before: State, after: State, kind: str) -> Iterator[WasAndIs]:
    """All objects of a kind that there were, each with what it is now."""
    return ((entity, after.subject(kind, entity.id)) for entity in before.of_kind(kind).values())


def _fingerprints(result: CheckResult) -> frozenset[str]:
    return frozenset(finding.fingerprint for finding in result.findings)


def made_again(rule: Rule | None, finding: Finding, linked: Linked, found: Set[str]) -> Finding | None:
    """The finding as a rule makes it of another state, with what else was found; ``None`` where it does not."""
    verdict = None if rule is None else judge(rule, finding.subject, linked, found)
    made = None if verdict is None else verdict.finding
    return made if made is not None and made.fingerprint == finding.fingerprint else None


def _moved(finding: Finding, before: Finding) -> tuple[FindingState, str]:
    """By severity first, then by score; the reason says what it was."""
    rank, rank_before = SEVERITIES.index(finding.severity), SEVERITIES.index(before.severity)
    if rank != rank_before:
        return ("worsened" if rank < rank_before else "improved"), f"severity was {before.severity}"
    if finding.score is None or before.score is None or finding.score == before.score:
        return "persisting", ""
    return ("worsened" if finding.score > before.score else "improved"), f"score was {number(before.score)}"


def _no_longer_count(positions: Sequence[int]) -> str:
    shown = ", ".join(f"#{position}" for position in positions[:_SHOWN])
    more = f" and {len(positions) - _SHOWN} more" if len(positions) > _SHOWN else ""
    return f"what counted then no longer does: {shown}{more}"


def unanswered(finding: Finding, rule: Rule, after: Linked, objects: Callable[[str], Iterable[WasAndIs]]) -> str:
    """Why the silence of a rule about what it found before is no answer; empty where it is one.

    The subject is gone, the rule looks at something else (another target, another report), or a value on which it
    judged is not stated any more.

    :param objects: gives the objects of a kind; those that have not changed may be left out.
    """
    subject = finding.subject
    if after.view(subject.kind, subject.id) is None:
        return "" if subject.kind == UnplacedEvent.KIND else f"{subject} is no longer in the plan"
    if name_of(rule, subject, after) != finding.fingerprint:
        return "the rule looks at something else now"
    emptied = _emptied(finding, rule, objects)
    return f"not stated any more: {', '.join(emptied)}" if emptied else ""


def _emptied(finding: Finding, rule: Rule, objects: Callable[[str], Iterable[WasAndIs]]) -> list[str]:
    """The values that the finding rested on and that are empty now, as far as the rule weighs them: its own first."""
    emptied: list[tuple[str, str]] = []  # of what, in words, and the value
    weighed = _weighed(rule)
    for kind, cls in KINDS.items():
        names = [f.name for f in data_fields(cls) if f"{cls.__name__}.{f.name}" in weighed]
        for entity, now in objects(kind) if names else ():
            for name in names:
                rested = entity.origin(name) in finding.positions and getattr(entity, name) is not None
                if rested and (now is None or getattr(now, name) is None):
                    of = "" if f"{kind}:{entity.id}" == str(finding.subject) else f" of {kind}:{entity.id}"
                    emptied.append((of, name.replace("_", " ")))
    return [f"{name}{of}" for of, name in sorted(emptied)]


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
