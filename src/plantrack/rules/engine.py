"""Running packs over a state: findings, and what could not be evaluated. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set, Sized
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import Any

import attrs
from attrs import frozen

from plantrack.errors import RuleEvaluationError, RuleSourceError
from plantrack.rules.causes import Caused, grouped
from plantrack.rules.findings import (
    CheckResult,
    Finding,
    NotEvaluated,
    Outcome,
    PackUsed,
    Subject,
    fingerprint,
    most_serious_first,
)
from plantrack.rules.language.arithmetic import ARITHMETIC
from plantrack.rules.language.budget import Budget
from plantrack.rules.language.compiler import Compiled, reason_of
from plantrack.rules.language.history import Facts
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.language.wording import day_words, subject_words, words
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.past import Past
from plantrack.rules.waivers import waived, waivers_in_force
from plantrack.state import Alignment, Saving, State, Target

OUTCOMES: tuple[Outcome, ...] = ("finding", "ok", "not applicable", "indeterminate", "error")


def check(
    state: State, packs: Sequence[Pack], *, facts: Facts | None = None, ignore_waivers: bool = False
) -> CheckResult:
    """What the rules of ``packs`` say of ``state``; nothing before the plan was opened.

    :param facts: gives the facts that the state was folded from, in their order; asked for only when a rule looks into
        the history of something, or at earlier days. Without it such a rule is an error of its subject.
    :param ignore_waivers: findings show no waiver, as if none had been given.
    :raises RuleSourceError: two of the packs have a rule of the same name.
    """
    refuse_twice(packs)
    with localcontext(ARITHMETIC):  # the caller's must not change what is found
        return _Check(state, packs, facts).result(ignore_waivers)


@frozen
class Verdict:
    """What one rule says of one subject.

    :ivar finding: where the outcome is "finding".
    """

    outcome: Outcome
    finding: Finding | None = None


def judge(rule: Rule, subject: Subject, linked: Linked, found: Set[str] = frozenset()) -> Verdict | None:
    """What one rule says of one subject; ``None`` when there is no such subject.

    :param found: the fingerprints of what all rules find, for a rule about waivers.
    """
    compiled, view = _looked_at(rule, subject, linked)
    if compiled is None:
        return None
    linked.found = found
    with localcontext(ARITHMETIC):
        judged = Judged(rule, compiled, [view], linked)
    outcome = next(outcome for outcome, count in judged.tally.items() if count)
    return Verdict(outcome, judged.found[0].finding if judged.found else None)


def name_of(rule: Rule, subject: Subject, linked: Linked) -> str | None:
    """The fingerprint of what a rule would find about a subject, whether it finds it or not.

    ``None`` where the rule does not look at the subject, or cannot say what would tell its findings apart.
    """
    compiled, view = _looked_at(rule, subject, linked)
    if compiled is None:
        return None
    identity: tuple[Any, ...] = ()
    if compiled.source.identity:
        try:
            with localcontext(ARITHMETIC):
                bare, budget = _identifying(compiled), Budget(1, linked.sizes)
                said = bare.report(view, linked.state.as_at, linked.plan, linked, budget)
        except Exception:  # whatever a part of it may be that is empty now
            return None
        identity = said.identity
    return fingerprint(linked.state.plan_id, rule.first_id, subject, identity)


@lru_cache(maxsize=256)
def _identifying(compiled: Compiled) -> Compiled:
    """The rule reduced to what tells its findings apart: the rest can be said only where it fires."""
    bare = attrs.evolve(compiled.source, score=None, causes=(), affects=None, message=(), fix=())
    return Compiled(bare)


def _looked_at(rule: Rule, subject: Subject, linked: Linked) -> tuple[Compiled | None, Any]:
    """The form of a rule for a subject, with the view of that; nothing where it does not look at it."""
    compiled = next((c for kind, c in rule.compiled.items() if subject.kind == SUBJECTS[kind].KIND), None)
    view = linked.view(subject.kind, subject.id)
    return (None, None) if view is None or linked.plan is None else (compiled, view)


def refuse_twice(packs: Sequence[Pack]) -> None:
    """Refuse packs of which two have a rule of the same name.

    :raises RuleSourceError: names the rule and both packs.
    """
    homes: dict[str, Pack] = {}
    for pack in packs:
        for name in (name for rule in pack.rules for name in (rule.id, *rule.formerly)):
            other = homes.setdefault(name, pack)
            if other is not pack:
                said = f"the rule {name!r} is in {other.id} {other.version} and in {pack.id} {pack.version}"
                raise RuleSourceError(f"{said}; leave one of the packs out", source=pack.text.name)


class Judged:
    """What one rule says of some subjects of one class. Of those that are in no list it says nothing: ok.

    :param total: the steps that it may take for all of them; left out, what every rule may.
    :ivar skipped: the views of those to which it does not apply.
    :ivar waiting: those for which the condition holds, but has not held for long enough.
    :ivar telling: by id, the steps that it took to say what is said of those for which it holds.
    :ivar exhausted: that, or judging them, took more than the rule may take for all of them.
    """

    def __init__(
        self,
        rule: Rule,
        compiled: Compiled,
        subjects: Sequence[Any],
        linked: Linked,
        past: Past | None = None,
        total: float | None = None,
    ) -> None:
        self.found: list[Caused] = []
        self.waiting: list[Any] = []
        self.telling: dict[str, float] = {}
        self._subjects = subjects
        self._budget = budget = Budget(len(subjects), linked.sizes, total=total)
        run = compiled.run(subjects, linked.state.as_at, linked.plan, linked, budget)
        self.exhausted = budget.exhausted
        hits, failed = list(run.hits), list(run.failed)
        if rule.hold_for and hits:
            try:
                held, unsure = _held(rule, compiled, hits, linked, past)
                self.waiting = list(set(hits).difference(held, (view for view, _ in unsure)))
                hits = held
                failed += unsure
            except RuleEvaluationError as problem:
                failed += [(view, str(problem)) for view in hits]
                hits = []
        failed += self._tell(rule, compiled, hits, linked, total) if hits else ()
        unknown = [
            _not_evaluated(rule, view, linked, "indeterminate", compiled.emptiness(name)) for view, name in run.unknown
        ]
        errors = [_not_evaluated(rule, view, linked, "error", reason) for view, reason in failed]
        self.not_evaluated = [*unknown, *errors]
        self.skipped = run.skipped

    def _tell(
        self, rule: Rule, compiled: Compiled, hits: Sequence[Any], linked: Linked, total: float | None
    ) -> list[tuple[Any, str]]:
        """Say what is found where the condition holds; returns the subjects of which it cannot be said, and why."""
        budget = Budget(len(self._subjects), linked.sizes, total=total)
        wordless: list[tuple[Any, str]] = []
        for view in hits:
            before = budget.taken
            try:
                self.found.append(_found(rule, compiled, view, linked, budget))
            except Exception as problem:  # a score or message that fails is an error of that subject alone
                wordless.append((view, reason_of(problem)))
            self.telling[view.id] = budget.taken - before
        if budget.exhausted:
            self.exhausted = True
            self.found, wordless = [], [(view, budget.reason) for view in hits]
        return wordless

    @property
    def judging(self) -> dict[str, float]:
        """By id, the steps that it took to judge them, where these were counted."""
        shares = zip(self._subjects, self._budget.shares, strict=False)
        return {view.id: steps for view, steps in shares if steps}

    @property
    def tally(self) -> dict[Outcome, int]:
        """How many subjects there are of each outcome."""
        return tally_of(len(self._subjects), self.found, self.skipped, self.not_evaluated)


def tally_of(subjects: int, found: Sized, skipped: Sized, not_evaluated: Iterable[NotEvaluated]) -> dict[Outcome, int]:
    """How many of so many subjects there are of each outcome; those of which nothing is said are ok."""
    tally = dict.fromkeys(OUTCOMES, 0)
    for one in not_evaluated:
        tally[one.outcome] += 1
    tally["finding"], tally["not applicable"] = len(found), len(skipped)
    tally["ok"] = subjects - sum(tally.values())
    return tally


class _Check:
    """One check of one plan: every rule, then the rules about waivers, which look at what the others found."""

    def __init__(self, state: State, packs: Sequence[Pack], facts: Facts | None) -> None:
        self.state = state
        self.packs = packs
        self.linked = Linked(state, facts)
        self.found: list[Caused] = []
        self.not_evaluated: list[NotEvaluated] = []
        self.counts: dict[str, dict[Outcome, int]] = {}
        self._past: Past | None = None

    def result(self, ignore_waivers: bool) -> CheckResult:
        rules = [rule for pack in self.packs for rule in pack.rules if self.linked.plan is not None]
        for rule in rules:
            self.counts[rule.id] = dict.fromkeys(OUTCOMES, 0)
        for rule in (rule for rule in rules if not rule.comes_last):
            self._run(rule)
        self.linked.found = named(self.found)
        # Twice, since what a waiver waives may be a finding about another waiver.
        last = [rule for rule in rules if rule.comes_last]
        self.linked.found |= named(one for rule in last for judged in self._judged(rule) for one in judged.found)
        for rule in last:
            self._run(rule)
        return result_of(
            self.state, self.packs, self.found, self.not_evaluated, self.counts, ignore_waivers=ignore_waivers
        )

    def _run(self, rule: Rule) -> None:
        tally = self.counts[rule.id]
        for judged in self._judged(rule):
            self.found += judged.found
            self.not_evaluated += judged.not_evaluated
            for outcome, count in judged.tally.items():
                tally[outcome] += count

    def _judged(self, rule: Rule) -> Iterator[Judged]:
        for kind, compiled in rule.compiled.items():
            subjects = self.linked.of_kind(SUBJECTS[kind].KIND)
            yield Judged(rule, compiled, subjects, self.linked, self._earlier(rule))

    def _earlier(self, rule: Rule) -> Past | None:
        facts = self.linked.facts
        if self._past is None and rule.hold_for and facts is not None:
            self._past = Past(list(facts()), self.state.plan_id, self.state.known)
        return self._past


def named(found: Iterable[Caused]) -> frozenset[str]:
    """The fingerprints of what was found."""
    return frozenset(one.finding.fingerprint for one in found)


def result_of(
    state: State,
    packs: Sequence[Pack],
    found: Iterable[Caused],
    not_evaluated: Iterable[NotEvaluated],
    counts: dict[str, dict[Outcome, int]],
    *,
    ignore_waivers: bool = False,
) -> CheckResult:
    """What was found, in the order in which it is read, with waivers and groups; what was not evaluated by subject.

    :param counts: of every rule that took part, in their order.
    """
    by_fingerprint = {one.finding.fingerprint: one for one in found}
    findings = most_serious_first([one.finding for one in by_fingerprint.values()], list(counts))
    if not ignore_waivers:
        findings = tuple(waived(findings, waivers_in_force(state)))
    groups = grouped([attrs.evolve(by_fingerprint[f.fingerprint], finding=f) for f in findings if f.counts])
    heads = {member: group.head for group in groups for member in group.members}
    listed = {rule: place for place, rule in enumerate(counts)}
    unsaid = tuple(not_evaluated)
    kinds = {one.subject.kind for one in unsaid}
    places = {kind: {name: place for place, name in enumerate(state.of_kind(kind))} for kind in kinds}
    return CheckResult(
        plan=state.plan_id,
        title=state.plan_id if state.plan is None else state.plan.title,
        as_at=state.as_at,
        known=state.known,
        packs=tuple(PackUsed(pack.id, pack.version, pack.sha256) for pack in packs),
        findings=tuple(attrs.evolve(f, group=heads[f.fingerprint]) if f.fingerprint in heads else f for f in findings),
        not_evaluated=tuple(sorted(unsaid, key=lambda n: (listed[n.rule], places[n.subject.kind][n.subject.id]))),
        groups=groups,
        counts=counts,
    )


def _held(
    rule: Rule, compiled: Compiled, hits: Sequence[Any], linked: Linked, past: Past | None
) -> tuple[list[Any], list[tuple[Any, str]]]:
    """Those of the subjects for which the condition held on every day of the window on which something changed.

    And those for which nobody can say, each with the reason: until the day on which it failed it had held.
    """
    if past is None and linked.facts is not None:
        past = Past(list(linked.facts()), linked.state.plan_id, linked.state.known)
    if past is None:
        raise RuleEvaluationError("the rule looks at earlier days, and the history of the plan is not at hand")
    held = {view.id: view for view in hits}
    unsure: list[tuple[Any, str]] = []
    for day in past.window(linked.state.as_at, rule.hold_for):
        then = past.on(day)
        if then.plan is None or not held:
            return [], unsure
        views = [view for view in then.of_kind(hits[0].entity.KIND) if view.id in held]
        run = compiled.run(views, day, then.plan, then)
        unsure += [(held[view.id], f"on {day_words(day)}: {reason}") for view, reason in run.failed]
        held = {view.id: held[view.id] for view in run.hits}
    return list(held.values()), unsure


def _found(rule: Rule, compiled: Compiled, view: Any, linked: Linked, budget: Budget) -> Caused:
    state = linked.state
    said = compiled.report(view, state.as_at, linked.plan, linked, budget)
    explanation, positions = compiled.explain(view, state.as_at, linked.plan, linked, budget)
    subject = _subject(view)
    finding = Finding(
        fingerprint=fingerprint(state.plan_id, rule.first_id, subject, said.identity),
        plan=state.plan_id,
        rule=rule.id,
        rule_title=rule.title,
        summary=rule.summary,
        severity=rule.severity,
        subject=subject,
        message=said.message,
        fix=said.fix,
        score=None if said.score is None else Decimal(said.score),
        explanation=explanation,
        positions=positions,
    )
    return Caused(finding, said.cause, said.affects, view)


def _not_evaluated(rule: Rule, view: Any, linked: Linked, outcome: Any, reason: str) -> NotEvaluated:
    return NotEvaluated(plan=linked.state.plan_id, rule=rule.id, subject=_subject(view), outcome=outcome, reason=reason)


def _subject(view: Any) -> Subject:
    entity = view.entity
    title = subject_words(entity)
    if isinstance(entity, Alignment):
        title = f"{view.initiative.title}: {entity.code}"
    if isinstance(entity, Saving):
        title = f"{title}, {words(entity.period)}"
    if isinstance(entity, Target) and view.measure is not None:  # a state that is given may have none
        title = f"{view.measure.title}: {title}"
    return Subject(entity.KIND, entity.id, title)
