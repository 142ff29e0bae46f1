"""The tests inside packs: events in, the outcome of one rule out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import attrs
from attrs import frozen

from plantrack.bitemporal import timeline
from plantrack.errors import RuleSourceError
from plantrack.events.envelope import Proposal, RecordedEvent
from plantrack.events.plan import PlanOpened
from plantrack.journal import read_events
from plantrack.period import Period
from plantrack.rules.engine import check
from plantrack.rules.findings import CheckResult, Finding
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.pack_tests import FIRST_DAY, RuleTest
from plantrack.state import State, fold


@frozen
class TestResult:
    """Whether a test passed, and if not, the differences: what was expected and what came."""

    __test__ = False  # not a test of pytest's

    pack: str
    rule: str
    name: str
    line: int
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No difference was found."""
        return not self.differences


def run_tests(pack: Pack) -> Iterator[TestResult]:
    """Run every test of a pack, in its order."""
    for rule in pack.rules:
        for test in rule.tests:
            yield TestResult(pack.id, rule.id, test.name, test.mark.line, tuple(_differences(pack, rule, test)))


def untested(pack: Pack) -> dict[str, str]:
    """Rules that no test sees fire, or none sees stay silent, and which of the two."""
    found = {}
    for rule in pack.rules:
        outcomes = {test.outcome for test in rule.tests}
        missing = [
            w
            for w, seen in (("fires", "finding" in outcomes), ("is silent", outcomes & {"none", "no subject"}))
            if not seen
        ]
        if missing:
            found[rule.id] = f"no test in which it {' or '.join(missing)}"
    return found


def _differences(pack: Pack, rule: Rule, test: RuleTest) -> Iterator[str]:
    as_at = date.fromisoformat(test.as_at)
    try:
        events = _recorded(pack, test, as_at)
    except RuleSourceError as problem:
        yield str(problem)
        return
    facts = timeline(events, as_at=as_at, known=len(events))
    state = fold(facts, plan="test", as_at=as_at, known=len(events))
    result = check(state, [attrs.evolve(pack, rules=(rule,))], facts=lambda: facts)
    if "UnplacedEvent" not in rule.kinds:
        for unplaced in state.unplaced.values():
            yield f"an event has no place: {unplaced.type}: {unplaced.why}"
    yield from _compared(test, result, rule, state, events)


def _compared(
    test: RuleTest, result: CheckResult, rule: Rule, state: State, events: list[RecordedEvent]
) -> Iterator[str]:
    findings = [f for f in result.findings if test.subject in (None, f.subject.id)]
    others = [n for n in result.not_evaluated if test.subject in (None, n.subject.id)]
    tally = Counter(result.counts.get(rule.id, {}))
    if test.outcome == "finding":
        if len(findings) != 1:
            yield f"expected one finding, got {_came(findings, others, tally)}"
            return
        yield from _as_expected(test, findings[0], {e.position: e.type for e in events})
    elif test.outcome == "none":
        if findings or others or not tally["ok"]:
            yield f"expected no finding and at least one subject that is fine, got {_came(findings, others, tally)}"
    elif test.outcome == "no subject":
        if any(tally.values()):
            yield f"expected no subject at all, got {_came(findings, others, tally)}"
    elif test.outcome == "not applicable":
        if findings or others or tally["ok"] or not tally["not applicable"]:
            yield f"expected not applicable, got {_came(findings, others, tally)}"
    elif not any(n.outcome == test.outcome for n in others):
        yield f"expected {test.outcome}, got {_came(findings, others, tally)}"


def _came(findings: list[Finding], others: list[Any], tally: Any) -> str:
    said = [f"a finding on {f.subject}: {f.message}" for f in findings]
    said += [f"{n.outcome} on {n.subject}: {n.reason}" for n in others]
    return "; ".join(said) or ", ".join(f"{n} {outcome}" for outcome, n in tally.items() if n) or "no subject at all"


def _as_expected(test: RuleTest, finding: Finding, types: dict[int, str]) -> Iterator[str]:
    for key, wanted in test.expected.items():
        came = getattr(finding, key)
        if wanted != came:
            yield f"{key}: expected {wanted}, got {came}"
    if test.evidence is not None:
        rests = sorted({types[position] for position in finding.positions})
        if rests != sorted(set(test.evidence)):
            yield f"evidence: expected {', '.join(sorted(set(test.evidence))) or 'nothing'}, got {', '.join(rests)}"


def _recorded(pack: Pack, test: RuleTest, as_at: date) -> list[RecordedEvent]:
    """The events of a test as a log: a plan is opened for it unless the test opens one."""
    recorded = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    proposals = list(read_events(test.events, pack.text, recorded, {}, 4))
    if not any(isinstance(p.data, PlanOpened) for p in proposals):
        period = Period.fiscal_year(as_at.year)
        opened = PlanOpened(title="Test plan", organisation="Test", period=period)
        proposals.insert(0, Proposal(data=opened, effective=Period.day(FIRST_DAY)))
    return [
        RecordedEvent(
            plan="test",
            position=at,
            event_id=p.event_id or f"e-{at}",
            effective=p.effective,
            recorded_at=recorded,
            data=p.data,
        )
        for at, p in enumerate(proposals, 1)
    ]
