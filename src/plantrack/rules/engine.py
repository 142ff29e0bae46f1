"""Running packs over a state: findings, and what could not be evaluated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, DecimalException, localcontext
from typing import Any

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
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.functions import ARITHMETIC
from plantrack.rules.language.linked import Facts, Linked
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.language.wording import subject_words
from plantrack.rules.pack import Pack, Rule
from plantrack.state import Alignment, State


def check(state: State, packs: Sequence[Pack], *, facts: Facts | None = None) -> CheckResult:
    """What the rules of ``packs`` say of ``state``; nothing before the plan was opened.

    :param facts: gives the facts that the state was folded from, in their order; asked for only when a rule looks into
        the history of something. Without it such a rule is an error of its subject.
    """
    with localcontext(ARITHMETIC):  # the caller's must not change what is found
        return _check(state, packs, facts)


def _check(state: State, packs: Sequence[Pack], facts: Facts | None) -> CheckResult:
    linked = Linked(state, facts)
    findings: list[Finding] = []
    unevaluated: list[NotEvaluated] = []
    counts: dict[str, dict[Outcome, int]] = {}
    for rule in (rule for pack in packs for rule in pack.rules if linked.plan is not None):
        outcomes: tuple[Outcome, ...] = ("finding", "ok", "not applicable", "indeterminate", "error")
        tally = counts.setdefault(rule.id, dict.fromkeys(outcomes, 0))
        for kind, compiled in rule.compiled.items():
            subjects = linked.of_kind(SUBJECTS[kind].KIND)
            run = compiled.run(subjects, state.as_at, linked.plan, linked.graph)
            hits, failed = [], list(run.failed)
            for view in run.hits:
                try:
                    hits.append(_finding(rule, compiled, view, linked))
                except Exception as problem:  # a score or message that fails is an error of that subject alone
                    failed.append((view, problem))
            findings += hits
            unevaluated += [
                _not_evaluated(rule, view, linked, "indeterminate", compiled.emptiness(name))
                for view, name in run.unknown
            ]
            unevaluated += [_not_evaluated(rule, view, linked, "error", _reason(problem)) for view, problem in failed]
            tally["finding"] += len(hits)
            tally["not applicable"] += len(run.skipped)
            tally["indeterminate"] += len(run.unknown)
            tally["error"] += len(failed)
            tally["ok"] += len(subjects) - len(run.hits) - len(run.skipped) - len(run.unknown) - len(run.failed)
    return CheckResult(
        plan=state.plan_id,
        title=state.plan_id if state.plan is None else state.plan.title,
        as_at=state.as_at,
        known=state.known,
        packs=tuple(PackUsed(pack.id, pack.version, pack.sha256) for pack in packs),
        findings=most_serious_first(findings, list(counts)),
        not_evaluated=tuple(unevaluated),
        counts=counts,
    )


def _finding(rule: Rule, compiled: Compiled, view: Any, linked: Linked) -> Finding:
    state = linked.state
    score, identity, message, fix = compiled.report(view, state.as_at, linked.plan, linked.graph)
    explanation, positions = compiled.explain(view, state.as_at, linked.plan, linked.graph)
    subject = _subject(view)
    return Finding(
        fingerprint=fingerprint(state.plan_id, rule.id, subject, identity),
        plan=state.plan_id,
        rule=rule.id,
        rule_title=rule.title,
        summary=rule.summary,
        severity=rule.severity,
        subject=subject,
        message=message,
        fix=fix,
        score=None if score is None else Decimal(score),
        explanation=explanation,
        positions=positions,
    )


def _not_evaluated(rule: Rule, view: Any, linked: Linked, outcome: Any, reason: str) -> NotEvaluated:
    return NotEvaluated(plan=linked.state.plan_id, rule=rule.id, subject=_subject(view), outcome=outcome, reason=reason)


def _subject(view: Any) -> Subject:
    entity = view.entity
    title = subject_words(entity)
    if isinstance(entity, Alignment):
        title = f"{view.initiative.title}: {entity.code}"
    return Subject(entity.KIND, entity.id, title)


def _reason(problem: Exception) -> str:
    if isinstance(problem, DecimalException):
        return f"a number is out of bounds: more than {ARITHMETIC.Emax} digits"
    return str(problem) or type(problem).__name__
