"""What functions read, against what they declare; and what findings rest on where functions found it.

The declared footprint decides which rules are judged again after an event: a function that reads a field in secret
would leave a finding standing that is none any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given

from plantrack.bitemporal import Fact, timeline
from plantrack.errors import RuleEvaluationError
from plantrack.period import Period
from plantrack.rules import check
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.graph import find_cycles
from plantrack.rules.language.history import History
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.routes import reads_of
from plantrack.rules.language.schema import BOOL, DAY, ITEM, NUMBER, PERIOD, SUBJECTS, TEXT, Type, list_of
from plantrack.rules.language.signatures import Function, takes
from plantrack.rules.published import signatures_of
from plantrack.state import KINDS, Entity, Observation, State
from tests.strategies import days_of_2018, examples, histories
from tests.test_rules_engine import state_at
from tests.test_rules_functions import WORLD
from tests.test_rules_language import facts_of, folded, pack_of

# --- what is read ----------------------------------------------------------------------------------------------------


class Noting:
    """Stands for a view or a reading: notes every field that is read, and stands for whatever that leads to as well.

    Ids are left out: they are the same for ever.
    """

    def __init__(self, of: Any, reads: set[str]) -> None:
        self.of, self.reads = of, reads

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.of, name)
        if name == "entity":
            return value
        if name != "id":
            self.reads.add(f"{type(getattr(self.of, 'entity', self.of)).__name__}.{name}")
        return noting(value, self.reads)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Noting) and self.of is other.of

    def __hash__(self) -> int:
        return id(self.of)


def noting(value: Any, reads: set[str]) -> Any:
    """The same value, in which every object notes what is read."""
    if isinstance(value, list | tuple):
        return type(value)(noting(item, reads) for item in value)
    return Noting(value, reads) if isinstance(getattr(value, "entity", value), Entity | Observation) else value


class NotingHistory(History):
    """Notes whose events are looked at."""

    def __init__(self, state: State, facts: Sequence[Fact], reads: set[str]) -> None:
        super().__init__(state, lambda: facts)
        self.reads = reads

    def about(self, view: Any) -> list[Fact]:
        self.reads.add(f"{type(view.entity).__name__}.@events")
        return super().about(view)

    def last(self, view: Any) -> Fact:
        self.reads.add(f"{type(view.entity).__name__}.@events")
        return super().last(view)


class World:
    """A state whose views note what is read; what a function of the check is called with."""

    def __init__(self, state: State, facts: Sequence[Fact]) -> None:
        self.reads: set[str] = set()
        self.state = state
        self.views = Linked(state, lambda: facts)
        self.plan = noting(self.views.plan, self.reads)
        self.history = NotingHistory(state, facts, self.reads)
        self.found = frozenset({"F-0123456789ab"})

    def cycles_of(self, initiative: Any) -> Any:
        return find_cycles(self.of(Type("Initiative"))).get(initiative.id, ())

    def of(self, wanted: Type) -> list[Any]:
        """Values of a type, as rules would give them."""
        if wanted.optional:
            return [None, *self.of(wanted.required)]
        if wanted == list_of(Type("Observation")):
            return [noting(measure.observations, self.reads) for measure in self.views.of_kind("measure")]
        if wanted.is_list:
            assert wanted.of is not None
            return [[], self.of(wanted.of)]
        if wanted.name in SUBJECTS:
            return [noting(view, self.reads) for view in self.views.of_kind(SUBJECTS[wanted.name].KIND)]
        if wanted == Type("Observation"):
            return [o for series in self.of(list_of(wanted)) for o in series]
        plain: dict[Type, list[Any]] = {
            BOOL: [True, False],
            TEXT: ["a"],
            NUMBER: [1, 30],
            DAY: [date(2018, 2, 28), date(2017, 12, 5)],
            PERIOD: [Period.month(2018, 1), Period.parse("Q3 2017/18")],
            ITEM: ["a", "b", "a"],
        }
        return plain[wanted]

    def read_by(self, function: Function, types: Sequence[Type]) -> set[str]:
        """What a function reads, called with all that there is of these types."""
        if function.implementation is None:
            return set()  # the checker writes the code, which reads nothing else
        found: set[str] = set()
        for arguments in islice(product(*map(self.of, types)), 400):
            self.reads.clear()
            with suppress(RuleEvaluationError):
                function.implementation(*([self] if function.of_check else []), *arguments)
            found |= self.reads
        return found


def undeclared(function: Function, world: World) -> set[str]:
    """What a function reads and does not declare."""
    return {
        read
        for types in signatures_of(function)
        for read in world.read_by(function, types) - reads_of(function.footprint_of(types))
    }


REST = """
- InitiativeProposed: {initiative: hen, title: Hen}
- InitiativeProposed: {initiative: egg, title: Egg}
- DependencyDeclared: {dependency: d8, initiative: hen, title: Egg, on: initiative:egg}
- DependencyDeclared: {dependency: d9, initiative: egg, title: Hen, on: initiative:hen}
- DependencyDeclared: {dependency: d10, initiative: egg, title: It opens, on: milestone:opens}
- MeasureDefined: {measure: wait, title: Waiting}
- TargetSet: {measure: wait, comparator: band, lower: 1, upper: 2, due: 2018-01}
- ForecastMade: {measure: wait, period: 2018-03, value: 2}
- BenchmarkRecorded: {measure: wait, peer: England, value: 2}
- DocumentIssued: {document: paper, title: Paper, kind: paper}
- RecommendationMade: {recommendation: r4, meeting: may, verb: note, title: Note it, about: document:paper}
- DecisionTaken: {decision: x4, meeting: may, recommendation: r4, outcome: noted}
- RecommendationMade: {recommendation: r5, meeting: may, verb: set, title: Set it, about: goal:urgent}
- DecisionTaken: {decision: x5, meeting: may, recommendation: r5, outcome: set}
- DecisionTaken: {decision: x3, meeting: may, recommendation: r3, outcome: noted}
- ApprovalGiven: {approval: ok, about: document:paper, by: board}
- AliasDeclared: {alias: hub, title: Hub, of: initiative:hen}
- Escalated: {escalation: up, about: initiative:hen, to: board, title: Too slow}
- ProgressReported: {report: said, about: initiative:hen, status: on-track, text: Well}
- BudgetRuleSet: {budget_rule: reserve, title: Reserve, comparator: at-least, value: 1, unit: "%"}
- RulePackAdopted: {pack: own, version: "1", text: x,
    sha256: 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881}
- FindingWaived: {waiver: w, finding: F-0123456789ab, reason: R, requester: a, approver: b, until: 2019-01-01}
- MeetingSealed: {meeting: may, as_at: 2018-05-01, known: 9, rules: 9, root: HASH,
    packs: [{pack: own, version: "1", sha256: HASH}], findings: HASH}
- Observed: {measure: nowhere, period: 2018-01, value: 1}
- Observed: {measure: wait, period: 2018-01, value: 1}
- MeasureDefined: {measure: saved, title: Saved, kind: cumulative}
- TargetSet: {measure: saved, comparator: at-least, value: 12, period: Q4 2017/18}
- Observed: {measure: saved, period: 2018-01, value: 3}
- BenchmarkRecorded: {measure: saved, peer: The plan, kind: plan, period: 2018-01, value: 4}
""".replace("HASH", "5e" * 32)


@cache
def rich() -> World:
    facts = facts_of(WORLD + REST)
    return World(folded(facts), facts)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_read_what_they_declare(name: str) -> None:
    """On a plan in which everything occurs, nothing is read in secret, and nothing is declared in vain."""
    function = FUNCTIONS[name]
    assert set() == undeclared(function, rich())
    read = {read for types in signatures_of(function) for read in rich().read_by(function, types)}
    ids = {path for path in function.reads if path.endswith(".id")}
    assert read == function.reads - ids


@examples(0.2)
@given(histories(), days_of_2018())
def test_no_function_reads_in_secret(history: list[Any], day: date) -> None:
    """Nor on plans that are written at random."""
    state = state_at(history, day)
    if state.plan is None:
        return
    facts = timeline(history, as_at=day, known=len(history))
    world = World(state, facts)
    assert {name: set() for name in FUNCTIONS} == {name: undeclared(FUNCTIONS[name], world) for name in FUNCTIONS}


def test_reading_in_secret_is_noticed() -> None:
    """The tests above fail for a function that reads one field more than it declares: here, behind, of the plan."""
    milestone = takes(Type("Milestone"), result=BOOL)

    def made(implementation: Any, footprint: tuple[str, ...], of_check: bool = False) -> Function:
        return Function("late(milestone)", "", milestone, implementation, of_check=of_check, footprint=footprint)

    due = ("Milestone.due",)
    assert undeclared(made(lambda m: m.due is None, due), rich()) == set()
    assert undeclared(made(lambda m: (m.due, m.status), due), rich()) == {"Milestone.status"}
    assert undeclared(made(lambda m: m.initiative and m.initiative.title, (*due, "Milestone.initiative")), rich()) == {
        "Initiative.title"
    }
    assert undeclared(made(lambda m: [r.status for r in m.risks], ("Milestone.risks",)), rich()) == {"Risk.status"}
    assert undeclared(made(lambda c, m: c.plan.holidays, due, True), rich()) == {"Plan.holidays"}
    assert undeclared(made(lambda c, m: c.history.last(m), due, True), rich()) == {"Milestone.@events"}


# --- what a finding rests on -----------------------------------------------------------------------------------------

SERIES = """
- MeasureDefined: {measure: m, title: M}                         # 2
- Observed: {measure: m, period: 2017-10, value: 1}              # 3
  effective: 2017-10
- Observed: {measure: m, period: 2017-11, value: 9}              # 4
  effective: 2017-11
- Observed: {measure: m, period: 2017-12, value: 2}              # 5
  effective: 2017-12
- Observed: {measure: m, period: 2018-01, value: 3}              # 6
  effective: 2018-01
"""
NET = """
- GoalDefined: {goal: top, kind: theme, title: Top}                                     # 2
- GoalDefined: {goal: low, kind: theme, title: Low, parent: top}                        # 3
- BodyRegistered: {body: board, title: Board}                                           # 4
- InitiativeProposed: {initiative: a, title: A, goal: low}                              # 5
- InitiativeProposed: {initiative: b, title: B, parent: a}                              # 6
- InitiativeProposed: {initiative: c, title: C}                                         # 7
- AlignmentDeclared: {initiative: c, goal: top}                                         # 8
- AlignmentDeclared: {initiative: b, goal: top, strength: not-applicable}               # 9
- ResponsibilityAssigned: {subject: initiative:a, role: lead, body: board}              # 10
- ResponsibilityAssigned: {subject: initiative:b, role: lead, body: board}              # 11
- ResponsibilityEnded: {subject: initiative:b, role: lead, body: board}                 # 12
- ExternalRegistered: {external: bid, title: Bid}                                       # 13
- DependencyDeclared: {dependency: d14, initiative: a, title: T, on: external:bid}      # 14
- DependencyDeclared: {dependency: d15, initiative: b, title: T, on: initiative:a}      # 15
- DependencyDeclared: {dependency: d16, initiative: c, title: T, on: initiative:b}      # 16
- DependencyDeclared: {dependency: d17, initiative: c, title: T, on: initiative:a}      # 17
- DependencyWithdrawn: {dependency: d17}                                                # 18
- MilestoneSet: {milestone: m, title: M, initiative: a}                                 # 19
- RiskRaised: {risk: r, title: R, about: milestone:m}                                   # 20
- RiskRaised: {risk: s, title: S, about: initiative:a}                                  # 21
- RiskClosed: {risk: s}                                                                 # 22
- CommitmentMade: {commitment: k, title: K, kind: mitigation, about: risk:r}            # 23
- CommitmentMade: {commitment: l, title: L, about: risk:r}                              # 24
- CommitmentMet: {commitment: k}                                                        # 25
- FallbackDeclared: {fallback: f, external: bid, title: F}                              # 26
- FallbackDeclared: {fallback: g, external: bid, title: G}                              # 27
- FallbackActivated: {fallback: g}                                                      # 28
- MeasureDefined: {measure: x, title: X, initiative: a}                                 # 29
- MeasureDefined: {measure: z, title: Z}                                                # 30
- ProgressReported: {report: p, about: initiative:a, status: complete, text: T}         # 31
- ProgressReported: {report: q, about: measure:z, status: complete, text: T}            # 32
"""
PAST = """
- MilestoneSet: {milestone: m, title: M, due: 2018-03}                                  # 2
- MilestoneRescheduled: {milestone: m}                                                  # 3
- MilestoneRescheduled: {milestone: m, due: 2018-05}                                    # 4
- MilestoneRescheduled: {milestone: m, due: 2018-05-31}                                 # 5
- MeasureDefined: {measure: x, title: X}                                                # 6
- TargetSet: {measure: x, comparator: at-least, value: 5}                               # 7
- TargetSet: {measure: x, comparator: at-least, value: 5, authority: A}                 # 8
- TargetSet: {measure: x, comparator: at-least, value: 4}                               # 9
- CommitmentMade: {commitment: k, title: K, about: milestone:m}                         # 10
- CommitmentMoved: {commitment: k, due: 2018-01}                                        # 11
- CommitmentMet: {commitment: k}                                                        # 12
- BodyRegistered: {body: board, title: Board}                                           # 13
- MeetingScheduled: {meeting: may, body: board, date: 2017-05-04}                       # 14
- RecommendationMade: {recommendation: r, meeting: may, verb: v, title: R, about: measure:x}    # 15
- RecommendationMade: {recommendation: s, meeting: may, verb: v, title: S, about: measure:x}    # 16
- DecisionTaken: {decision: d1, meeting: may, recommendation: r, outcome: yes-and-no}    # 17
  effective: 2017-06-01
- DecisionTaken: {decision: d2, meeting: may, recommendation: s, outcome: deferred}      # 18
  effective: 2017-05-01
"""
EVIDENCE = [
    ("known", SERIES, "measure:m", "not known(unit)", (2,)),
    ("known of what was found", SERIES, "measure:m", "known(previous(observations))", (2,)),
    ("previous", SERIES, "measure:m", "known(previous(observations)) and previous(observations).value == 2", (5,)),
    ("value_at", SERIES, "measure:m", "value_at(observations, date('2017-11-30')) == 9", (4,)),
    ("value_at, of some", SERIES, "measure:m",
     "value_at((o for o in observations if o.value < 3), date('2017-12-30')) == 2", (3, 5)),
    ("value_at, nothing", SERIES, "measure:m", "not known(value_at(observations, today))", (2,)),
    ("change", SERIES, "measure:m", "change(observations) == 1", (5, 6)),
    ("change of numbers", SERIES, "measure:m", "change(o.value for o in observations if o.value > 2) == -6", (4, 6)),
    ("consecutive", SERIES, "measure:m", "consecutive(o.value < 5 for o in observations) == 2", (5, 6)),
    ("consecutive, all", SERIES, "measure:m", "consecutive(o.value > 0 for o in observations) == 4", (3, 4, 5, 6)),
    ("consecutive, none", SERIES, "measure:m", "consecutive(o.value > 3 for o in observations) == 0", (2,)),
    ("consecutive in a quantifier", SERIES, "plan:test",
     "any(consecutive(o.value < 5 for o in m.observations) > 1 for m in measures)", (5, 6)),
    ("distinct", SERIES, "measure:m", "len(distinct(o.value > 2 for o in observations)) == 2", (3, 4, 5, 6)),
    ("duplicates", SERIES, "measure:m", "len(duplicates(o.value > 2 for o in observations)) == 2", (3, 4, 5, 6)),
    ("group_count", SERIES, "plan:test", "any(g.count == 1 for g in group_count(m.id for m in measures))", (2,)),
    ("add_days", SERIES, "measure:m", "all(add_days(o.period, 1) < today for o in observations)", (2,)),
    ("period_start", SERIES, "measure:m", "any(period_start(o.period) == date('2017-10-01') for o in observations)",
     (3,)),
    ("working days", SERIES, "measure:m", "working_days_between(date('2018-01-01'), today) == 42", (1,)),
    ("path_to", NET, "initiative:c", "any(len(path_to(initiative, i)) > 2 for i in plan.initiatives)", (15, 16)),
    ("path_to, nowhere", NET, "initiative:a",
     "any(len(path_to(initiative, i)) == 0 for i in plan.initiatives)", (5,)),
    ("below an initiative", NET, "initiative:a", "len(initiatives_of(initiative)) == 2", (6,)),
    ("nothing below", NET, "initiative:c", "len(initiatives_of(initiative)) == 1", (7,)),
    ("of a goal", NET, "goal:top", "len(initiatives_of(goal)) == 2", (3, 5, 8)),
    ("of a body", NET, "body:board", "len(initiatives_of(body)) == 1", (10,)),
    ("on an external thing", NET, "external:bid", "len(initiatives_of(external)) == 3", (14, 15, 16)),
    ("of a milestone", NET, "milestone:m", "len(initiatives_of(milestone)) == 1", (19,)),
    ("of a risk", NET, "risk:r", "len(initiatives_of(risk)) == 1", (19, 20)),
    ("of a commitment", NET, "commitment:l", "len(initiatives_of(commitment)) == 1", (19, 20, 24)),
    ("risks_of", NET, "initiative:a", "len(risks_of(initiative)) == 1", (19, 20)),
    ("risks_of, none", NET, "initiative:b", "len(risks_of(initiative)) == 0", (6,)),
    ("measures_of, an initiative", NET, "report:p", "len(measures_of(report)) == 1", (29, 31)),
    ("measures_of, a measure", NET, "report:q", "len(measures_of(report)) == 1", (32,)),
    ("mitigations_of", NET, "risk:r", "len(mitigations_of(risk)) == 1", (23, 25)),
    ("mitigations_of, none", NET, "risk:s", "len(mitigations_of(risk)) == 0", (21,)),
    ("fallback_of", NET, "external:bid", "known(fallback_of(external))", (27, 28)),
    ("fallback_of a dependency", NET, "dependency:d14", "known(fallback_of(dependency))", (14, 27, 28)),
    ("fallback_of, none", NET, "dependency:d16", "not known(fallback_of(dependency))", (16,)),
    ("baseline", PAST, "milestone:m", "known(baseline(milestone))", (2,)),
    ("baseline of a commitment", PAST, "commitment:k", "known(baseline(commitment))", (11,)),
    ("baseline of a target", PAST, "target:x", "baseline(target) == 5", (7,)),
    ("rebaseline_count", PAST, "milestone:m", "rebaseline_count(milestone) == 1", (2, 4)),
    ("rebaseline_count, never", PAST, "commitment:k", "rebaseline_count(commitment) == 0", (11,)),
    ("rebaseline_count of a target", PAST, "target:x", "rebaseline_count(target) == 1", (7, 9)),
    ("slipped_days", PAST, "milestone:m", "slipped_days(milestone) == 61", (2, 5)),
    ("slipped_days, met", PAST, "commitment:k", "slipped_days(commitment) == -305", (11, 12)),
    ("last_event", PAST, "milestone:m", "last_event(milestone) == date('2017-04-01')", (10,)),
    ("last_event of a target", PAST, "target:x", "last_event(target) < today", (9,)),
    ("last_event of the plan", PAST, "plan:test", "last_event(plan) == date('2017-06-01')", (17,)),
    ("changed_within", PAST, "measure:x", "not changed_within(measure, 30)", (16,)),
    ("decision_on", PAST, "measure:x", "known(decision_on(measure))", (15, 17)),
    ("decision_on a recommendation", PAST, "recommendation:s", "known(decision_on(recommendation))", (18,)),
    ("decision_on, none", NET, "goal:top", "not known(decision_on(goal))", (2,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "subject", "when", "expected"), [case[1:] for case in EVIDENCE], ids=[case[0] for case in EVIDENCE]
)
def test_evidence(events: str, subject: str, when: str, expected: tuple[int, ...]) -> None:
    """A finding rests on the events of the links, figures and dates by which a function found its answer: no others."""
    facts = facts_of("- PlanOpened: {title: P, organisation: O, period: 2017/18}\n" + events.strip("\n"))
    kind, _, name = subject.partition(":")
    result = check(folded(facts), [pack_of(KINDS[kind].__name__, when=when)], facts=lambda: facts)
    assert not result.not_evaluated
    (finding,) = (finding for finding in result if finding.subject.id == name)
    assert (expected, "true") == (finding.positions, finding.explanation.value)
