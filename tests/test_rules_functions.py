"""The built-in functions: what each gives, on which days and lists, and what has no answer.

How wrong calls are refused is in ``test_rules_calls.py``, what findings rest on in ``test_rules_footprints.py``, the
language around the functions in ``test_rules_language.py``.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.period import FIRST_YEAR, LAST_YEAR, Period
from plantrack.rules import CheckResult, check
from plantrack.rules.language import days, lists
from plantrack.rules.language.graph import Path, path_to
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.lists import Group
from plantrack.rules.language.wording import words
from plantrack.state import KINDS
from tests.strategies import periods
from tests.test_rules_engine import told
from tests.test_rules_language import facts_of, folded, pack_of

WORLD = """
- PlanOpened: {title: Health plan, organisation: CCG, period: 2017/18, holidays: [2017-12-25, 2017-12-26, 2018-01-01]}
- GoalDefined: {goal: urgent, kind: programme, title: Urgent care}
- GoalDefined: {goal: front, kind: theme, title: At the front door, parent: urgent}
- FrameworkDefined: {framework: outcomes, title: Outcomes, version: "1", codes: [{code: "1"}, {code: "2"}]}
- BodyRegistered: {body: board, title: The board}
- InitiativeProposed: {initiative: door, title: Front door, goal: front}
- InitiativeProposed: {initiative: lobby, title: Lobby, parent: door}
- InitiativeProposed: {initiative: desk, title: Desk, parent: lobby}
- InitiativeProposed: {initiative: beds, title: Beds, goal: urgent}
- InitiativeProposed: {initiative: home, title: Care at home}
- InitiativeProposed: {initiative: words, title: Words}
- AlignmentDeclared: {initiative: home, goal: urgent, strength: indirect}
- AlignmentDeclared: {initiative: words, goal: urgent, strength: not-applicable}
- AlignmentDeclared: {initiative: door, goal: outcomes.1}
- ResponsibilityAssigned: {subject: initiative:home, role: lead, body: board}
- ResponsibilityAssigned: {subject: initiative:beds, role: lead, body: board}
- ResponsibilityEnded: {subject: initiative:beds, role: lead, body: board}
  effective: 2017-06-01
- ResponsibilityAssigned: {subject: goal:urgent, role: sro, body: board}
- ExternalRegistered: {external: bid, title: Lottery bid, status: submitted}
- ExternalRegistered: {external: law, title: New law}
- DependencyDeclared: {dependency: d1, initiative: door, title: Money, on: external:bid}
- DependencyDeclared: {dependency: d2, initiative: words, title: Money, on: external:bid}
- DependencyWithdrawn: {dependency: d2}
- DependencyDeclared: {dependency: d3, initiative: beds, title: The door, on: initiative:door}
- DependencyDeclared: {dependency: d4, initiative: home, title: Beds, on: initiative:beds}
- DependencyDeclared: {dependency: d5, initiative: home, title: The desk, on: initiative:desk}
- DependencyDeclared: {dependency: d6, initiative: desk, title: The door, on: initiative:door}
- DependencyDeclared: {dependency: d7, initiative: words, title: Home, on: initiative:home}
- DependencyWithdrawn: {dependency: d7}
- FallbackDeclared: {fallback: loan, external: bid, title: A loan}
- FallbackDeclared: {fallback: less, external: bid, title: Fewer beds}
- FallbackActivated: {fallback: less}
  effective: 2017-11-01
- MilestoneSet: {milestone: opens, title: Opens, initiative: door, due: 2018-01}
- MilestoneRescheduled: {milestone: opens, due: "end January 2018"}
  effective: 2017-09-01
- MilestoneRescheduled: {milestone: opens}
  effective: 2017-10-01
- MilestoneRescheduled: {milestone: opens, due: 2018-03}
  effective: 2017-11-01
- MilestoneRescheduled: {milestone: opens, due: 2018-05}
  effective: 2018-01-10
- MilestoneSet: {milestone: early, title: Early, initiative: lobby, due: 2017-12-31}
- MilestoneReached: {milestone: early}
  effective: 2017-12-01
- MilestoneSet: {milestone: vague, title: Vague}
- MeasureDefined: {measure: ae, title: A&E, initiative: door, unit: "%"}
- MeasureDefined: {measure: bare, title: Bare}
- MeasureDefined: {measure: waits, title: Waits, initiative: door}
- ProgressReported: {report: live, about: initiative:door, status: complete, text: The door is open}
- ProgressReported: {report: green, about: measure:bare, status: on-track, text: It is well}
- ProgressReported: {report: other, about: goal:urgent, status: on-track, text: All is well}
- TargetSet: {measure: ae, comparator: at-least, value: 95}
- TargetSet: {measure: ae, comparator: at-least, value: 95, authority: The board}
  effective: 2017-06-01
- TargetSet: {measure: ae, comparator: at-least, value: 92.5}
  effective: 2017-07-01
- TargetSet: {measure: ae, comparator: band, lower: 80, upper: 90, period: 2018/19}
- TargetSet: {measure: ae, comparator: at-least, value: 85, period: 2018/19}
  effective: 2017-08-01
- Observed: {measure: ae, period: 2017-11, value: 96}
  effective: 2017-11
- Observed: {measure: ae, period: 2017-12, value: 91}
  effective: 2017-12
- Observed: {measure: ae, period: Q3 2017/18, value: 93}
  effective: 2017-12
- Observed: {measure: ae, period: 2018-01, value: 76.5}
  effective: 2018-01
- SavingPlanned: {saving: stays, title: Shorter stays, period: 2017/18, amount: 5, initiative: door}
- FundingAwarded: {funding: grant, title: Grant, amount: 3, initiative: home}
- RiskRaised: {risk: crowd, title: Crowding, about: initiative:door}
- RiskRaised: {risk: snow, title: Snow, about: milestone:opens}
- RiskRaised: {risk: data, title: No data, about: measure:ae}
- RiskRaised: {risk: cash, title: No cash, about: saving:stays}
- RiskRaised: {risk: refused, title: Bid refused, about: external:bid}
- RiskRaised: {risk: drift, title: Drift, about: goal:urgent}
- RiskRaised: {risk: past, title: Past, about: initiative:door}
- RiskClosed: {risk: past}
- CommitmentMade: {commitment: plan-b, title: Plan B, kind: mitigation, about: risk:crowd, due: 2018-02}
- CommitmentMade: {commitment: plan-c, title: Plan C, kind: mitigation, about: risk:crowd}
- CommitmentWithdrawn: {commitment: plan-c}
- CommitmentMade: {commitment: letter, title: Letter, about: risk:crowd}
- CommitmentMoved: {commitment: letter, due: 2018-01-15}
  effective: 2017-10-01
- CommitmentMet: {commitment: letter}
  effective: 2018-01-31
- CommitmentMade: {commitment: list, title: List, about: milestone:opens, due: 2018-02-01}
- MeetingScheduled: {meeting: may, body: board, date: 2017-05-04}
- RecommendationMade: {recommendation: r1, meeting: may, verb: agree, title: Agree the door, about: initiative:door}
- RecommendationMade: {recommendation: r2, meeting: may, verb: endorse, title: Endorse it, about: initiative:door}
- RecommendationMade: {recommendation: r3, meeting: may, verb: note, title: Note it, about: measure:ae}
- DecisionTaken: {decision: x2, meeting: may, recommendation: r2, outcome: endorsed, title: Endorsed}
  effective: 2017-06-15
- DecisionTaken: {decision: x1, meeting: may, recommendation: r1, outcome: agreed, title: Agreed}
  effective: 2017-05-04
- DecisionTaken: {decision: x0, meeting: may, recommendation: r1, outcome: deferred, title: Deferred}
  effective: 2017-04-20
"""


@cache
def of_world(kind: str, expression: str, when: str = "True") -> CheckResult:
    """What a rule says of the world above, its history at hand."""
    facts = facts_of(WORLD)
    return check(folded(facts), [pack_of(kind, message=f"{{{expression}}}", when=when)], facts=lambda: facts)


def said(subject: str, expression: str) -> str:
    """An expression's value in words, as a message shows it."""
    kind, _, name = subject.partition(":")
    result = of_world(KINDS[kind].__name__, expression)
    found = {f.subject.id: f.message for f in result} | {n.subject.id: n.reason for n in result.not_evaluated}
    return found[name]


VALUES = [
    # processes: more in test_measures.py
    ("measure:ae", "variation(measure)", "(not stated)"),
    ("measure:ae", "assurance(measure)", "(not stated)"),
    ("measure:ae", "forecast(measure)", "cannot say"),
    ("measure:ae", "run_needed(measure)", "(not stated)"),
    # blanks
    ("measure:ae", "known(unit)", "true"),
    ("measure:bare", "known(unit)", "false"),
    ("measure:bare", "not known(target) or target.agreed", "true"),
    ("measure:ae", "known(latest(observations)) and latest(observations).value > 76", "true"),
    ("measure:ae", "len(m for m in plan.measures if known(m.unit) and contains(m.unit, '%'))", "1"),
    # days
    ("measure:ae", "add_days(today, 1)", "1 March 2018"),
    ("measure:ae", "add_days(date('2018-03-01'), -1)", "28 February 2018"),
    ("milestone:opens", "known(due) and add_days(due, 0) == date('2018-05-31')", "true"),
    ("measure:ae", "add_months(date('2018-01-31'), 1)", "28 February 2018"),
    ("measure:ae", "add_months(today, 1)", "28 March 2018"),
    ("measure:ae", "add_months(today, -12)", "28 February 2017"),
    ("milestone:opens", "known(first_due) and add_months(first_due, 1) == date('2018-02-28')", "true"),
    ("milestone:opens", "known(first_due) and add_months(first_due, 2) == date('2018-03-31')", "true"),
    ("plan:test", "add_months(period, 11)", "28 February 2019"),
    ("milestone:early", "known(due) and add_months(due, 2) == date('2018-02-28')", "true"),
    ("milestone:early", "known(due) and add_months(due, 3) == date('2018-03-31')", "true"),
    ("plan:test", "period_start(period)", "1 April 2017"),
    ("plan:test", "period_start(today)", "28 February 2018"),
    ("plan:test", "working_days_between(date('2018-02-23'), date('2018-02-26'))", "1"),
    ("plan:test", "working_days_between(date('2018-02-23'), date('2018-02-25'))", "0"),
    ("plan:test", "working_days_between(date('2017-12-22'), date('2018-01-02'))", "4"),
    ("plan:test", "working_days_between(date('2018-01-02'), date('2017-12-22'))", "-4"),
    ("plan:test", "working_days_between(today, today)", "0"),
    ("plan:test", "working_days_between(period, date('2018-04-03'))", "2"),
    ("plan:test", "working_days_between(date('0001-01-01'), date('9999-12-31'))", "2,608,611"),
    # lists
    ("plan:test", "distinct(m.status for m in milestones)", "planned, reached"),
    ("plan:test", "distinct(r.body for r in responsibilities)", "The board"),
    ("plan:test", "distinct([2, 1, 2.0])", "2, 1"),
    ("plan:test", "distinct(1 < x for x in [1, 2, 3])", "false, true"),
    ("plan:test", "distinct(holidays)", "25 December 2017, 26 December 2017, 1 January 2018"),
    ("plan:test", "duplicates(m.status for m in milestones)", "planned"),
    ("plan:test", "duplicates(d.title for d in dependencies)", "Money, The door"),
    ("plan:test", "duplicates(t.period for t in targets if known(t.period))", "none"),
    ("plan:test", "group_count(r.status for r in risks)", "open (6), closed (1)"),
    ("plan:test", "group_count(d.on_external for d in dependencies if known(d.on_external))", "Lottery bid (2)"),
    ("plan:test", "len(g for g in group_count(d.initiative for d in dependencies) if g.count > 1)", "2"),
    ("plan:test", "(g.value.title for g in group_count(d.initiative for d in dependencies) if g.count > 1)",
     "Words, Care at home"),
    ("plan:test", "group_count([2, 1, 2])", "2 (2), 1 (1)"),
    ("plan:test", "group_count(x for x in holidays if x > today)", "none"),
    # series
    ("measure:ae", "previous(observations)", "91 for December 2017"),
    ("measure:bare", "previous(observations)", "(not stated)"),
    ("measure:ae", "previous(o for o in observations if o.value > 95)", "(not stated)"),
    ("measure:ae", "previous(o.value for o in observations)", "91"),
    ("measure:ae", "value_at(observations, date('2017-12-05'))", "91"),
    ("measure:ae", "value_at(observations, date('2017-10-05'))", "93"),
    ("measure:ae", "value_at(observations, date('2017-04-05'))", "(not stated)"),
    ("measure:ae", "value_at((o for o in observations if o.value > 91), date('2017-12-05'))", "93"),
    ("milestone:opens", "known(first_due) and any(value_at(m.observations, first_due) == 76.5 for m in plan.measures)",
     "true"),
    ("milestone:early", "known(due) and any(value_at(m.observations, due) == 91 for m in plan.measures)", "true"),
    ("plan:test", "(value_at(m.observations, period) for m in measures)", "(not stated), (not stated), (not stated)"),
    ("measure:ae", "change(observations)", "-14.5"),
    ("measure:bare", "change(observations)", "(not stated)"),
    ("measure:ae", "change(o for o in observations if o.value > 95)", "(not stated)"),
    ("measure:ae", "change(o.value * 2 for o in observations)", "-29"),
    ("measure:ae", "change([1, 2.5])", "1.5"),
    ("measure:ae", "consecutive(o.value < 94 for o in observations)", "3"),
    ("measure:ae", "consecutive(o.value > 94 for o in observations)", "0"),
    ("measure:ae", "consecutive(o.value < 94 for o in observations if o.value != 93)", "2"),
    ("measure:bare", "consecutive(o.value < 94 for o in observations)", "0"),
    # what hangs together
    ("initiative:home", "upstream(initiative)", "Beds, Desk, Front door"),
    ("initiative:door", "downstream(initiative)", "Beds, Desk, Care at home"),
    ("initiative:home", "(path_to(initiative, i) for i in plan.initiatives if i.id == 'door')",
     "Care at home → Beds → Front door"),
    ("initiative:door", "(path_to(initiative, i) for i in plan.initiatives if i.id == 'home')", "none"),
    ("initiative:words", "(path_to(initiative, i) for i in plan.initiatives if i.id == 'home')", "none"),
    ("initiative:door", "path_to(initiative, initiative)", "Front door"),
    ("initiative:door", "initiatives_of(initiative)", "Front door, Lobby, Desk"),
    ("goal:urgent", "initiatives_of(goal)", "Beds, Care at home, Front door"),
    ("goal:front", "initiatives_of(goal)", "Front door"),
    ("goal:outcomes.1", "initiatives_of(goal)", "Front door"),
    ("goal:outcomes.2", "initiatives_of(goal)", "none"),
    ("body:board", "initiatives_of(body)", "Care at home"),
    ("external:bid", "initiatives_of(external)", "Front door, Beds, Desk, Care at home"),
    ("external:law", "initiatives_of(external)", "none"),
    ("measure:ae", "initiatives_of(measure)", "Front door"),
    ("measure:bare", "initiatives_of(measure)", "none"),
    ("milestone:opens", "initiatives_of(milestone)", "Front door"),
    ("saving:stays", "initiatives_of(saving)", "Front door"),
    ("funding:grant", "initiatives_of(funding)", "Care at home"),
    ("dependency:d4", "initiatives_of(dependency)", "Care at home"),
    ("risk:crowd", "initiatives_of(risk)", "Front door"),
    ("risk:snow", "initiatives_of(risk)", "Front door"),
    ("risk:drift", "initiatives_of(risk)", "none"),
    ("commitment:plan-b", "initiatives_of(commitment)", "Front door"),
    ("commitment:list", "initiatives_of(commitment)", "Front door"),
    ("initiative:door", "risks_of(initiative)", "Crowding, Snow, No data, No cash"),
    ("milestone:opens", "risks_of(milestone)", "Snow"),
    ("measure:ae", "risks_of(measure)", "No data"),
    ("saving:stays", "risks_of(saving)", "No cash"),
    ("external:bid", "risks_of(external)", "Bid refused"),
    ("goal:urgent", "risks_of(goal)", "Drift"),
    ("goal:front", "risks_of(goal)", "none"),
    ("report:live", "measures_of(report)", "A&E, Waits"),
    ("report:green", "measures_of(report)", "Bare"),
    ("report:other", "measures_of(report)", "none"),
    ("risk:crowd", "mitigations_of(risk)", "Plan B"),
    ("risk:snow", "mitigations_of(risk)", "none"),
    ("external:bid", "fallback_of(external)", "Fewer beds"),
    ("external:law", "fallback_of(external)", "(not stated)"),
    ("dependency:d1", "fallback_of(dependency)", "Fewer beds"),
    ("dependency:d3", "fallback_of(dependency)", "(not stated)"),
    # history and governance
    ("milestone:opens", "baseline(milestone)", "January 2018"),
    ("milestone:vague", "baseline(milestone)", "(not stated)"),
    ("commitment:letter", "baseline(commitment)", "15 January 2018"),
    ("target:ae", "baseline(target)", "95"),
    ("target:ae in 2018-04-01/2019-03-31 fiscal-year", "baseline(target)", "85"),
    ("milestone:opens", "rebaseline_count(milestone)", "2"),
    ("milestone:vague", "rebaseline_count(milestone)", "0"),
    ("commitment:letter", "rebaseline_count(commitment)", "0"),
    ("target:ae", "rebaseline_count(target)", "1"),
    ("target:ae in 2018-04-01/2019-03-31 fiscal-year", "rebaseline_count(target)", "1"),
    ("milestone:opens", "slipped_days(milestone)", "120"),
    ("milestone:early", "slipped_days(milestone)", "-30"),
    ("milestone:vague", "slipped_days(milestone)", "(not stated)"),
    ("commitment:letter", "slipped_days(commitment)", "16"),
    ("commitment:plan-c", "slipped_days(commitment)", "(not stated)"),
    ("milestone:opens", "last_event(milestone)", "10 January 2018"),
    ("milestone:early", "last_event(milestone)", "1 December 2017"),
    ("measure:ae", "last_event(measure)", "31 January 2018"),
    ("target:ae", "last_event(target)", "1 July 2017"),
    ("body:board", "last_event(body)", "1 June 2017"),
    ("responsibility:initiative:beds/lead/board", "last_event(responsibility)", "1 June 2017"),
    ("alignment:door>outcomes.1", "last_event(alignment)", "1 April 2017"),
    ("goal:outcomes.1", "last_event(goal)", "1 April 2017"),
    ("plan:test", "last_event(plan)", "31 January 2018"),
    ("milestone:opens", "changed_within(milestone, 49)", "true"),
    ("milestone:opens", "changed_within(milestone, 48)", "false"),
    ("plan:test", "changed_within(plan, 0)", "false"),
    ("initiative:door", "decision_on(initiative)", "Endorsed"),
    ("recommendation:r1", "decision_on(recommendation)", "Agreed"),
    ("recommendation:r3", "decision_on(recommendation)", "(not stated)"),
    ("measure:ae", "decision_on(measure)", "(not stated)"),
    ("goal:urgent", "decision_on(goal)", "(not stated)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "expression", "value"),
    VALUES,
    ids=[f"{subject} {expression}" for subject, expression, _ in VALUES],
)
def test_value(subject: str, expression: str, value: str) -> None:
    """What a function gives, shown as a message shows it."""
    assert value == said(subject, expression)


# --- laws ------------------------------------------------------------------------------------------------------------


class Calendar:
    """What a function of the check reads of the plan: its holidays."""

    def __init__(self, holidays: set[date]) -> None:
        self.plan = self
        self.holidays = tuple(sorted(holidays))


near = st.dates(date(2017, 11, 1), date(2018, 3, 1))


@given(near, near, st.sets(near))
def test_working_days_are_counted_one_by_one(start: date, end: date, holidays: set[date]) -> None:
    """Mondays to Fridays after the first day, up to and with the last, without holidays; the same back, negative."""
    start, end = sorted((start, end))
    between = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    counted = sum(day.weekday() < 5 and day not in holidays for day in between)
    assert days.working_days_between(Calendar(holidays), start, end) == counted
    assert days.working_days_between(Calendar(holidays), end, start) == -counted


@given(periods(), st.integers(-600, 600), st.integers(-600, 600))
def test_months_from_a_period_lead_on(when: Period, one: int, other: int) -> None:
    """From the end of a month the way leads to ends of months, in one step as in two; else to a day that exists."""
    there = days.add_months(when, one)
    months = (there.year - when.end.year) * 12 + there.month - when.end.month
    assert months == one
    if when.precision != "day" and (when.end + timedelta(days=1)).day == 1:
        assert (there + timedelta(days=1)).day == 1
        if FIRST_YEAR <= there.year <= LAST_YEAR:
            assert days.add_months(when, one + other) == days.add_months(Period.month(there.year, there.month), other)
    else:
        assert there.day == when.end.day or (there.day < when.end.day and (there + timedelta(days=1)).day == 1)


values = st.lists(st.integers(0, 4).map(Decimal)) | st.lists(st.sampled_from("abc")) | st.lists(st.booleans())


@given(values)
def test_values_are_told_apart(items: list[object]) -> None:
    """Each value once and in order; what is counted adds up; duplicates are those counted more than once."""
    once = lists.distinct(items)
    assert once == [item for at, item in enumerate(items) if item not in items[:at]]
    groups = lists.group_count(iter(items))
    assert {group.value: group.count for group in groups} == {item: items.count(item) for item in once}
    assert [group.value for group in groups] == sorted(once, key=lambda item: -items.count(item))
    assert lists.duplicates(iter(items)) == [item for item in once if items.count(item) > 1]


@given(st.lists(st.booleans()))
def test_consecutive_counts_from_the_end(tests: list[bool]) -> None:
    """As many of the last as hold in a row; the one before them does not."""
    run = lists.consecutive(iter(tests))
    assert all(tests[len(tests) - run :])
    assert run == len(tests) or not tests[-run - 1]


@given(st.lists(st.integers()))
def test_lists_and_generators_are_read_alike(items: list[int]) -> None:
    """The first, the last and the one before are the same of a list, of a tuple and of what can be read only once."""
    for function in (lists.first, lists.latest, lists.previous, lists.count):
        assert function(items) == function(tuple(items)) == function(iter(items))
    assert [lists.first(items), lists.latest(items)] == ([items[0], items[-1]] if items else [None, None])
    assert lists.previous(items) == (items[-2] if len(items) > 1 else None)


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=10))
def test_ways_are_the_shortest(edges: set[tuple[int, int]]) -> None:
    """Each step of a way is a dependency, no way is shorter, and where there is none, no steps lead there."""
    events = "- PlanOpened: {title: P, organisation: O, period: 2018}\n"
    events += "".join(f"- InitiativeProposed: {{initiative: i{n}, title: i{n}}}\n" for n in range(5))
    for a, b in sorted(edges):
        events += f"- DependencyDeclared: {{dependency: d{a}{b}, initiative: i{a}, title: T, on: initiative:i{b}}}\n"
    views = {view.id: view for view in Linked(folded(facts_of(events))).of_kind("initiative")}
    for start in range(5):
        reached, steps = {start}, {start: 0}
        while reached := {b for a, b in edges if a in reached and b not in steps}:
            steps |= dict.fromkeys(reached, max(steps.values()) + 1)
        for goal in range(5):
            way = [int(view.id[1:]) for view in path_to(views[f"i{start}"], views[f"i{goal}"])]
            assert len(way) == (steps[goal] + 1 if goal in steps else 0)
            assert set(pairwise(way)) <= edges
            assert not way or (way[0], way[-1]) == (start, goal)


# --- what has no answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("add_days(today, 0.5)", "add_days() takes a whole number of days, not 0.5"),
        ("add_days(today, 4000000)", "2018-02-28 plus 4000000 days is outside the calendar"),
        ("add_days(today, -999999999999999)", "2018-02-28 plus -999999999999999 days is outside the calendar"),
        ("add_months(today, 1 / 8)", "add_months() takes a whole number of months, not 0.125"),
        ("add_months(today, 100000)", "2018-02-28 plus 100000 months is outside the calendar"),
        ("add_months(period, -24207)", "2018-03-31 plus -24207 months is outside the calendar"),
    ],
)
def test_what_has_no_answer_is_an_error_of_its_subject(expression: str, reason: str) -> None:
    """A day outside the calendar, or a part of a day, is never guessed."""
    assert reason == said("plan:test", expression)


@pytest.mark.parametrize(
    "expression",
    ["baseline(target)", "rebaseline_count(target)", "last_event(target)", "changed_within(target, 30)"],
)
def test_history_must_be_at_hand(expression: str) -> None:
    """A check that was given a state alone says so, subject by subject."""
    result = check(folded(facts_of(WORLD)), [pack_of("Target", message=f"{{{expression}}}")])
    reasons = {failure.reason for failure in result.not_evaluated}
    assert {"the rule looks into the past, and the history of the plan is not at hand"} == reasons
    assert [failure.outcome for failure in result.not_evaluated] == ["error"] * 2


# --- history ---------------------------------------------------------------------------------------------------------


def after(events: str, subject: str, message: str) -> str:
    """What a rule says of a subject after some events."""
    facts = facts_of("- PlanOpened: {title: P, organisation: O, period: 2017/18}\n" + events)
    kind, _, name = subject.partition(":")
    result = check(folded(facts), [pack_of(KINDS[kind].__name__, message=message)], facts=lambda: facts)
    return next(finding.message for finding in result if finding.subject.id == name)


MOVED = """\
- MilestoneSet: {milestone: m, title: M, due: 2018-03}
- MilestoneRescheduled: {milestone: m, due: 2018-05}
  effective: 2018-01-10
"""


def moved(due: str, effective: str) -> str:
    return f"{MOVED}- MilestoneRescheduled: {{milestone: m, due: {due}}}\n  effective: {effective}\n"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("- MilestoneSet: {milestone: m, title: M}\n", "(not stated), 0, (not stated)"),
        (MOVED, "March 2018, 1, 61"),
        (moved("2018-04", "2018-02-01"), "March 2018, 2, 30"),
        (moved("2018-04", "2018-01-05"), "March 2018, 2, 61"),  # recorded last, true before the other
        (moved("2018-04", "2018-03-05"), "March 2018, 1, 61"),  # not yet true on the day
        (moved("2017-04", "2017-03-01"), "March 2018, 1, 61"),  # before the milestone existed
        (moved("null", "2018-02-01"), "March 2018, 1, (not stated)"),  # delayed, nobody says until when
        (moved("2018-05-31", "2018-02-01"), "March 2018, 1, 61"),  # the same last day in other words
        (moved("2018-03", "2018-02-01"), "March 2018, 2, 0"),  # and back again
        (MOVED + "- CommitmentMade: {commitment: c, title: C, about: milestone:m, due: 2019}\n", "March 2018, 1, 61"),
        (MOVED + "- MilestoneReached: {milestone: m}\n  effective: 2018-02-28\n", "March 2018, 1, -31"),
        (MOVED + "- MilestoneReached: {milestone: m, outcome: extended}\n", "March 2018, 1, 61"),
        (MOVED.replace(", due: 2018-03", ""), "May 2018, 0, 0"),  # the first date came later
        (MOVED + "- EventCorrected: {event: e2, replacement: {type: MilestoneSet, data: {milestone: m, title: M,"
         " due: 2018-04}}}\n", "April 2018, 1, 31"),
        (MOVED + "- EventRetracted: {event: e3, why: another milestone}\n", "March 2018, 0, 0"),
    ],
)  # fmt: skip
def test_goalposts(events: str, expected: str) -> None:
    """The first date, how often another was set, and how far the one that holds is from the first: as known now."""
    message = "{baseline(milestone)}, {rebaseline_count(milestone)}, {slipped_days(milestone)}"
    assert expected == after(events, "milestone:m", message)


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("at-least, value: 95", "at-least, value: 95.0", "95, 0"),
        ("at-least, value: 95", "at-least, value: 90", "95, 1"),
        ("at-least, value: 95", "at-most, value: 95", "95, 1"),
        ("band, lower: 1, upper: 2", "band, lower: 1, upper: 2", "(not stated), 0"),
        ("band, lower: 1, upper: 2", "at-least, value: 2", "2, 1"),
    ],
)
def test_first_value_of_a_target(first: str, then: str, expected: str) -> None:
    """A band has no one value, setting the same again is no rebase, and targets of other dates are other targets."""
    events = f"""\
- MeasureDefined: {{measure: m, title: M}}
- TargetSet: {{measure: m, comparator: {first}}}
- TargetSet: {{measure: m, comparator: at-most, value: 3, period: 2018}}
- TargetSet: {{measure: m, comparator: {then}}}
"""
    assert expected == after(events, "target:m", "{baseline(target)}, {rebaseline_count(target)}")


# --- wording ---------------------------------------------------------------------------------------------------------


def test_explanation() -> None:
    """Groups, ways and what a test of a blank looked at, in the arithmetic of a finding."""
    when = "known(parent) or len(path_to(initiative, initiative)) == 1 and first(group_count([2, 2])) is not None"
    finding = next(finding for finding in of_world("Initiative", "title", when) if finding.subject.id == "door")
    assert [line for part in finding.explanation.because for line in told(part)] == [
        "known(parent) = false",
        "  parent = (not stated)",
        "len(path_to(initiative, initiative)) == 1 and first(group_count([2, 2])) is not None = true",
        "  len(path_to(initiative, initiative)) == 1 = true",
        "    len(path_to(initiative, initiative)) = 1",
        "      path_to(initiative, initiative) = Front door",
        "        initiative = Front door",
        "        initiative = Front door",
        "  first(group_count([2, 2])) is not None = true",
        "    first(group_count([2, 2])) = 2 (2)",
        "      group_count([2, 2]) = 2 (2)",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Group("active", 3), "active (3)"),
        (Group(date(2018, 2, 1), 1), "1 February 2018 (1)"),
        (Group(True, 12), "true (12)"),
        ([Group(Decimal("2.50"), 2), Group(Decimal(1), 1)], "2.5 (2), 1 (1)"),
        ([date(2018, 2, 1), date(2018, 2, 2)], "1 February 2018, 2 February 2018"),
        ([Period.parse("2018-01"), Period.parse("Q3 2017/18")], "January 2018, Q3 2017/18"),
        ([True, False], "true, false"),
        (Path(), "none"),
        (Path("A"), "A"),
        (Path("ABCDE"), "A → B → C → D → E"),
        (Path("ABCDEF"), "A → B → C → 2 more → F"),
        (Path("ABCDEFGHIJ"), "A → B → C → 6 more → J"),
    ],
)
def test_words(value: object, expected: str) -> None:
    """How groups, ways and lists read in messages and explanations."""
    assert expected == words(value)
