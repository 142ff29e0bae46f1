"""The rule language: what it can say, what it refuses and how it says so, and that nothing gets past it.

The packs around expressions are in ``test_rules_packs.py``, what findings rest on in ``test_rules_engine.py``.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import cache

import pytest

from plantrack.bitemporal import Fact, timeline
from plantrack.errors import RuleSourceError
from plantrack.events import RecordedEvent
from plantrack.journal import read_events
from plantrack.rules import CheckResult, Pack, check, load_pack
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.schema import BOOL, OBJECTS, fields_of
from plantrack.state import KINDS, State, fold
from plantrack.yaml_subset import read


def facts_of(events: str, as_at: str = "2018-02-28") -> list[Fact]:
    """The facts that events in the notation of journals, recorded one after the other, amount to on a day."""
    listed, text = read(events, "events")
    recorded = datetime(2017, 4, 1, 9, tzinfo=UTC)
    log = [
        RecordedEvent(
            plan="test", position=at, event_id=f"e{at}", effective=p.effective, recorded_at=recorded, data=p.data
        )
        for at, p in enumerate(read_events(listed, text, recorded, {}, 4), 1)
    ]
    return timeline(log, as_at=date.fromisoformat(as_at), known=len(log))


def state_of(events: str, as_at: str = "2018-02-28") -> State:
    """What events in the notation of journals, recorded one after the other, lead to."""
    return folded(facts_of(events, as_at), as_at)


def folded(facts: list[Fact], as_at: str = "2018-02-28") -> State:
    """The state that facts lead to."""
    known = max((position for position, _, _ in facts), default=0)
    return fold(facts, plan="test", as_at=date.fromisoformat(as_at), known=known)


def pack_of(kind: str, **keys: object) -> Pack:
    """A pack with one rule; JSON is YAML."""
    rule = {"id": "test.rule", "title": "T", "for": kind, "severity": "low", "when": True, "message": "x", **keys}
    return load_pack(json.dumps({"plantrack-rules": 1, "pack": "p", "version": "1.0.0", "rules": [rule]}), "p.yaml")


def result_of(state: State, kind: str, **keys: object) -> CheckResult:
    """What one rule says of a state."""
    return check(state, [pack_of(kind, **keys)])


WORLD = """
- PlanOpened: {title: Health plan, organisation: CCG, period: 2017/18, holidays: [2018-01-01, 2017-12-25]}
- FrameworkDefined: {framework: outcomes, title: Outcomes, version: "2", codes: [{code: "1", title: Live}, {code: "7"}]}
- GoalDefined: {goal: urgent, kind: programme, title: Urgent care}
- BodyRegistered: {body: board, title: The board}
- InitiativeProposed: {initiative: door, title: Front door, goal: urgent, attributes: {area: north, beds: 12}}
- InitiativeStarted: {initiative: door}
- InitiativeProposed: {initiative: home, title: Care at home, parent: door}
- InitiativeProposed: {initiative: words, title: Words}
- AlignmentDeclared: {initiative: door, goal: outcomes.1}
- ResponsibilityAssigned: {subject: initiative:door, role: lead, body: board}
- MilestoneSet: {milestone: opens, title: Opens, initiative: door, due: 2018-03}
- MilestoneSet: {milestone: closes, title: Closes, due: 2018-02-27}
- MeasureDefined: {measure: ae, title: A&E, initiative: door, unit: "%", cadence: month, lag_days: 14}
- TargetSet: {measure: ae, comparator: at-least, value: 95}
- Observed: {measure: ae, period: 2017-12, value: 96.5, published_on: 2018-01-11}
  effective: 2017-12
- Observed: {measure: ae, period: 2018-01, value: 76.9}
  effective: 2018-01
- MeasureDefined: {measure: falls, title: Falls}
- BaselineSet: {measure: falls, value: 0.3, period: 2016/17}
- TargetSet: {measure: falls, comparator: band, lower: 0.15, upper: 0.16}
- Observed: {measure: falls, period: 2017-11, numerator: 1, denominator: 10}
  effective: 2017-11
- Observed: {measure: falls, period: 2017-12, value: 0.2}
  effective: 2017-12
- MeasureDefined: {measure: bare, title: Bare}
- ExternalRegistered: {external: bid, title: Lottery bid, status: submitted}
- DependencyDeclared: {dependency: d-bid, initiative: door, title: Money, on: external:bid, need_by: 2018-01}
- DependencyDeclared: {dependency: d-home, initiative: home, title: The door, on: initiative:door}
- DependencyDeclared: {dependency: d-door, initiative: door, title: Home, on: initiative:home}
- DependencyDeclared: {dependency: d-opens, initiative: home, title: It opens, on: milestone:opens}
- DependencyDeclared: {dependency: d-words, initiative: words, title: Good will}
- RiskRaised: {risk: demand, title: Demand grows, about: initiative:door}
- RiskAssessed: {risk: demand, likelihood: 4, impact: 5}
- CommitmentMade: {commitment: beds, title: Open beds, kind: mitigation, about: risk:demand, owner: board, due: 2018-02}
- SavingPlanned: {saving: stays, title: Shorter stays, period: 2017/18, amount: 1234567.891, recurrent: true}
- DocumentIssued: {document: report, title: Report, kind: progress-report}
- ProgressReported: {report: said, about: measure:ae, status: on-track, text: Well, document: report, judged: true}
- MeetingScheduled: {meeting: april, body: board, date: 2018-04-05}
- Observed: {measure: nowhere, period: 2018-01, value: 1}
- FindingWaived: {waiver: w, finding: F-0123456789ab, reason: Small, requester: A, approver: B, until: 2018-03-31}
"""


@cache
def world() -> State:
    return state_of(WORLD)


def said(subject: str, expression: str) -> str:
    """An expression's value in words, as a message shows it."""
    kind, _, name = subject.partition(":")
    findings = result_of(world(), KINDS[kind].__name__, message=f"{{{expression}}}")
    return next(finding.message for finding in findings if finding.subject.id == name)


def test_the_world_is_in_order() -> None:
    """Every event of the small state below has its place, but one that is meant to have none."""
    (unplaced,) = world().unplaced.values()
    assert unplaced.why == "measure:nowhere does not exist at that time"


VALUES = [
    # fields of the subject, of what it refers to, of what refers to it
    ("measure:ae", "title", "A&E"),
    ("measure:ae", "measure", "A&E"),
    ("measure:ae", "measure.title", "A&E"),
    ("measure:ae", "id", "ae"),
    ("measure:ae", "unit", "%"),
    ("measure:bare", "unit", "(not stated)"),
    ("measure:ae", "lag_days", "14"),
    ("measure:falls", "baseline", "0.3"),
    ("measure:falls", "baseline_period", "2016/17"),
    ("measure:ae", "initiative", "Front door"),
    ("measure:bare", "initiative", "(not stated)"),
    ("measure:ae", "target", "at least 95"),
    ("measure:falls", "target", "0.15 to 0.16"),
    ("measure:ae", "observations", "96.5 for December 2017, 76.9 for January 2018"),
    ("measure:bare", "observations", "none"),
    ("measure:ae", "targets", "at least 95"),
    ("alignment:door>outcomes.1", "initiative.goal", "Urgent care"),
    ("alignment:door>outcomes.1", "goal", "Live"),
    ("alignment:door>outcomes.1", "goal is not None and goal.framework is not None", "true"),
    ("framework:outcomes", "codes", "1, 7"),
    ("initiative:door", "initiatives", "Care at home"),
    ("initiative:home", "parent", "Front door"),
    ("initiative:door", "measures", "A&E"),
    ("initiative:door", "milestones", "Opens"),
    ("initiative:door", "risks", "Demand grows"),
    ("initiative:door", "dependants", "The door"),
    ("initiative:door", "dependencies", "Money, Home"),
    ("initiative:door", "attributes", "area: north, beds: 12"),
    ("body:board", "commitments", "Open beds"),
    ("goal:urgent", "initiatives", "Front door"),
    ("external:bid", "dependants", "Money"),
    # references of any kind, by kind
    ("risk:demand", "about", "initiative:door"),
    ("risk:demand", "about_initiative", "Front door"),
    ("risk:demand", "about_goal", "(not stated)"),
    ("risk:demand", "commitments", "Open beds"),
    ("commitment:beds", "about_risk", "Demand grows"),
    ("report:said", "about_measure", "A&E"),
    ("report:said", "document", "Report"),
    ("dependency:d-bid", "on_external", "Lottery bid"),
    ("dependency:d-bid", "on_initiative", "(not stated)"),
    ("dependency:d-words", "on", "(not stated)"),
    ("responsibility:initiative:door/lead/board", "subject_initiative", "Front door"),
    ("responsibility:initiative:door/lead/board", "body", "The board"),
    # the plan and the day
    ("measure:ae", "plan", "Health plan"),
    ("plan:test", "title", "Health plan"),
    ("measure:ae", "plan.period", "2017/18"),
    ("measure:ae", "plan.holidays", "25 December 2017, 1 January 2018"),
    ("measure:ae", "plan.milestones", "Opens, Closes"),
    ("measure:ae", "plan.unplaced", "#36"),
    ("measure:ae", "today", "28 February 2018"),
    ("measure:ae", "date('2018-02-01')", "1 February 2018"),
    ("meeting:april", "date", "5 April 2018"),
    ("meeting:april", "date > date('2018-04-04')", "true"),
    ("unplaced-event:#36", "why", "measure:nowhere does not exist at that time"),
    # constants
    ("measure:ae", "5", "5"),
    ("measure:ae", "0.50", "0.5"),
    ("measure:ae", ".5", "0.5"),
    ("measure:ae", "5.", "5"),
    ("measure:ae", "123456789012345", "123,456,789,012,345"),
    ("measure:ae", "'a' 'b'", "ab"),
    ("measure:ae", '"it\'s"', "it's"),
    ("measure:ae", "'“été” \u00a0ok'", "“été” \u00a0ok"),
    ("measure:ae", "True", "true"),
    ("measure:ae", "False", "false"),
    ("measure:ae", "None", "(not stated)"),
    ("measure:ae", "['won', 'lost']", "won, lost"),
    ("measure:ae", "[1, 2.5]", "1, 2.5"),
    # numbers are exact
    ("measure:ae", "0.1 + 0.2", "0.3"),
    ("measure:ae", "0.1 + 0.2 == 0.3", "true"),
    ("measure:ae", "1.1 + 2.2 == 3.3", "true"),
    ("measure:ae", "0.1 * 3 == 0.3", "true"),
    ("measure:ae", "(0.1 + 0.2) / 3 == 0.1", "true"),
    ("measure:falls", "sum(o.value for o in observations) == 0.3", "true"),
    ("measure:falls", "sum(o.value for o in observations) == baseline", "true"),
    ("measure:ae", "95 - 76.9", "18.1"),
    ("measure:ae", "1 - 0.9 == 0.1", "true"),
    ("measure:ae", "7 / 2", "3.5"),
    ("measure:ae", "1 / 3 * 3 == 1", "false"),
    ("measure:ae", "1 / 3", "0.3"),
    ("measure:ae", "2 + 3 * 4", "14"),
    ("measure:ae", "(2 + 3) * 4", "20"),
    ("measure:ae", "2 - 3 - 4", "-5"),
    ("measure:ae", "12 / 2 / 3", "2"),
    ("measure:ae", "-(2 - 5)", "3"),
    ("measure:ae", "- - 2", "2"),
    ("measure:ae", "0 * -1", "0"),
    ("saving:stays", "amount", "1,234,567.9"),
    ("saving:stays", "amount == 1234567.891", "true"),
    # comparisons
    ("measure:ae", "1 < 2", "true"),
    ("measure:ae", "2 <= 2.0", "true"),
    ("measure:ae", "1 > 2", "false"),
    ("measure:ae", "1 >= 2", "false"),
    ("measure:ae", "1 == 1.0", "true"),
    ("measure:ae", "1 != 1.0", "false"),
    ("measure:ae", "unit == '%'", "true"),
    ("measure:bare", "unit == '%'", "false"),
    ("measure:bare", "unit != '%'", "true"),
    ("measure:bare", "unit == note", "true"),
    ("measure:bare", "lag_days == 14", "false"),
    ("measure:ae", "lag_days == 14", "true"),
    ("measure:bare", "unit is None", "true"),
    ("measure:ae", "unit is not None", "true"),
    ("measure:bare", "unit == None", "true"),
    ("measure:bare", "unit != None", "false"),
    ("measure:ae", "today == date('2018-02-28')", "true"),
    ("measure:ae", "today >= date('2018-02-28')", "true"),
    ("measure:ae", "True == False", "false"),
    ("measure:ae", "(1 < 2) == (2 < 3)", "true"),
    ("measure:ae", "target == latest(targets)", "true"),
    ("measure:ae", "initiative == latest(plan.initiatives)", "false"),
    ("milestone:opens", "due == first_due", "true"),
    ("saving:stays", "recurrent is not None and recurrent", "true"),
    ("report:said", "judged", "true"),
    # in
    ("measure:ae", "unit in ['%', 'days']", "true"),
    ("measure:bare", "unit in ['%', 'days']", "false"),
    ("measure:ae", "unit not in ['days']", "true"),
    ("measure:ae", "lag_days in [7, 14]", "true"),
    ("framework:outcomes", "'7' in codes", "true"),
    ("measure:ae", "measure in plan.measures", "true"),
    ("measure:ae", "title in (m.title for m in plan.measures if m.unit is not None)", "true"),
    ("measure:bare", "title in (m.title for m in plan.measures if m.unit is not None)", "false"),
    ("plan:test", "date('2018-01-01') in holidays", "true"),
    # and, or, not
    ("measure:ae", "True and False", "false"),
    ("measure:ae", "True or False", "true"),
    ("measure:ae", "not True", "false"),
    ("measure:ae", "not False and False or True", "true"),
    ("measure:ae", "False and 1 / 0 > 1", "false"),
    ("measure:ae", "True or 1 / 0 > 1", "true"),
    # quantifiers
    ("measure:ae", "any(o.value < 95 for o in observations)", "true"),
    ("measure:ae", "any(first.value < 95 and len(observations) == 2 for first in observations)", "true"),
    ("measure:ae", "all(o.value < 95 for o in observations)", "false"),
    ("measure:bare", "any(o.value < 95 for o in observations)", "false"),
    ("measure:bare", "all(o.value < 95 for o in observations)", "true"),
    ("measure:ae", "all(o.value < 95 for o in observations if o.period > date('2017-12-31'))", "true"),
    ("measure:ae", "any(o.value < 95 for o in observations if o.value > 90 if o.value > 80)", "false"),
    ("plan:test", "any(any(o.value < 95 for o in m.observations) for m in measures if m.unit == '%')", "true"),
    ("plan:test", "(m.title for m in measures if m.unit is None)", "Falls, Bare"),
    ("plan:test", "len(x for x in (latest(m.observations) for m in measures) if x is not None)", "2"),
    ("plan:test", "any(x is not None and x.value < 95 for x in (latest(m.observations) for m in measures))", "true"),
    ("initiative:door", "any(a.name == 'beds' and a.number is not None and a.number > 11 for a in attributes)", "true"),
    # functions
    ("measure:ae", "any([True, False])", "true"),
    ("measure:ae", "len(observations)", "2"),
    ("measure:bare", "len(observations)", "0"),
    ("measure:ae", "len(o for o in observations if o.value > 90)", "1"),
    ("measure:bare", "sum(o.value for o in observations)", "0"),
    ("measure:ae", "sum([1, 2.5])", "3.5"),
    ("measure:ae", "min(o.value for o in observations)", "76.9"),
    ("measure:bare", "min(o.value for o in observations)", "(not stated)"),
    ("measure:ae", "min(3, 1, 2.5)", "1"),
    ("measure:ae", "max(3, 1, 2.5)", "3"),
    ("measure:ae", "max(plan.holidays)", "1 January 2018"),
    ("measure:ae", "max(today, date('2018-03-01'))", "1 March 2018"),
    ("measure:ae", "abs(3 - 5)", "2"),
    ("measure:ae", "round(2.345, 2)", "2.34"),
    ("measure:ae", "round(2.5, 0)", "2"),
    ("measure:ae", "round(3.5, 0)", "4"),
    ("measure:ae", "round(1250, -2)", "1,200"),
    ("saving:stays", "amount is not None and round(amount, 2) == 1234567.89", "true"),
    ("measure:ae", "latest(observations)", "76.9 for January 2018"),
    ("measure:ae", "first(observations)", "96.5 for December 2017"),
    ("measure:bare", "latest(observations)", "(not stated)"),
    ("measure:ae", "latest(o for o in observations if o.value > 90)", "96.5 for December 2017"),
    ("measure:bare", "first(o for o in observations)", "(not stated)"),
    ("measure:ae", "default(unit, 'pieces')", "%"),
    ("measure:bare", "default(unit, 'pieces')", "pieces"),
    ("measure:bare", "default(latest(o.value for o in observations), 0)", "0"),
    ("measure:ae", "days_between(date('2018-01-01'), today)", "58"),
    ("measure:ae", "days_between(today, date('2018-01-01'))", "-58"),
    ("milestone:opens", "due is not None and days_between(due, today) == -31", "true"),
    ("milestone:opens", "due is not None and period_end(due) == date('2018-03-31')", "true"),
    ("measure:ae", "period_end(today)", "28 February 2018"),
    ("measure:ae", "lower('ABC É')", "abc é"),
    ("measure:ae", "contains(title, '&')", "true"),
    ("measure:ae", "contains(title, '')", "true"),
    ("measure:ae", "starts_with(title, 'E')", "false"),
    ("initiative:door", "upstream(initiative)", "Care at home"),
    ("initiative:words", "upstream(initiative)", "none"),
    ("initiative:door", "downstream(initiative)", "Care at home"),
    ("initiative:door", "cycles(initiative)", "Front door ↔ Care at home"),
    ("initiative:door", "latest(latest(c.initiatives) for c in cycles(initiative))", "Care at home"),
    ("initiative:home", "cycles(initiative)", "none"),
    ("waiver:w", "matches(waiver)", "false"),
    ("dependency:d-bid", "unmet(dependency)", "true"),
    ("dependency:d-opens", "unmet(dependency)", "true"),
    ("dependency:d-home", "unmet(dependency)", "true"),
]


@pytest.mark.parametrize(("subject", "expression", "value"), VALUES, ids=[f"{s} {e}" for s, e, _ in VALUES])
def test_value(subject: str, expression: str, value: str) -> None:
    """What an expression comes to, shown as a message shows it."""
    assert value == said(subject, expression)


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("comparator: at-least, value: 80", "5"),
        ("comparator: at-least, value: 75", "0"),
        ("comparator: at-least, value: 70", "0"),
        ("comparator: at-most, value: 70", "5"),
        ("comparator: at-most, value: 75", "0"),
        ("comparator: band, lower: 80, upper: 90", "5"),
        ("comparator: band, lower: 60, upper: 70.5", "4.5"),
        ("comparator: band, lower: 75, upper: 75", "0"),
        ("comparator: at-least, value: 80, period: 2017/18", "5"),
        ("comparator: at-least, value: 80, period: 2016/17", "0"),
        ("comparator: at-least, value: 80, due: 2018-01-31", "5"),
        ("comparator: at-least, value: 80, due: 2018-01", "5"),
        ("comparator: at-least, value: 80, due: 2018-02", "0"),
    ],
)
def test_shortfall(target: str, value: str) -> None:
    """By how much 75 for January 2018 fails a target: nothing outside its period, and nothing before it is due."""
    state = state_of(f"""
      - PlanOpened: {{title: P, organisation: O, period: 2017/18}}
      - MeasureDefined: {{measure: m, title: M}}
      - Observed: {{measure: m, period: 2018-01, value: 75}}
        effective: 2018-01
      - TargetSet: {{measure: m, {target}}}
    """)
    (finding,) = result_of(
        state,
        "Measure",
        let={"last": "latest(observations)"},
        needs=["last", "target"],
        message="{shortfall(last, target)}",
    )
    assert value == finding.message


# --- types -----------------------------------------------------------------------------------------------------------


def test_whatever_a_field_holds_has_a_type_of_the_language() -> None:
    """No field leads to something that rules know nothing of."""
    plain = {"text", "number", "day", "period", "true/false", "item"}
    for kind in OBJECTS:
        for name, field in fields_of(kind).items():
            item = field.of or field
            assert item.name in plain | set(OBJECTS), f"{kind}.{name}"
            assert not item.of, f"{kind}.{name} is a list of lists"


@pytest.mark.parametrize(
    ("kind", "expression", "expected"),
    [
        ("Measure", "title", "text"),
        ("Measure", "unit", "text or empty"),
        ("Measure", "lag_days", "number or empty"),
        ("Measure", "baseline_period", "period or empty"),
        ("Measure", "initiative", "Initiative or empty"),
        ("Measure", "measure", "Measure"),
        ("Measure", "observations", "list of Observation"),
        ("Measure", "latest(observations)", "Observation or empty"),
        ("Measure", "(o.value for o in observations)", "list of number"),
        ("Measure", "(o.numerator for o in observations)", "list of number or empty"),
        ("Measure", "(o.numerator for o in observations if o.numerator is not None)", "list of number"),
        ("Measure", "latest(m.observations for m in plan.measures)", "list of Observation or empty"),
        ("Measure", "max(o.value for o in observations)", "number or empty"),
        ("Measure", "max(1, 2)", "number"),
        ("Measure", "max(plan.holidays)", "day or empty"),
        ("Measure", "['a', 'b']", "list of text"),
        ("Measure", "[1]", "list of number"),
        ("Measure", "default(unit, 'a')", "text"),
        ("Measure", "default(target, latest(plan.targets))", None),
        ("Measure", "plan", "Plan"),
        ("Measure", "plan.part_of", "text or empty"),
        ("Measure", "today", "day"),
        ("Measure", "None", "none or empty"),
        ("Measure", "len(observations) + 1 / 2", "number"),
        ("Measure", "not agreed", None),
        ("Target", "not agreed", "true/false"),
        ("Saving", "recurrent", "true/false or empty"),
        ("Alignment", "initiative", "Initiative"),
        ("Risk", "about", "text or empty"),
        ("Risk", "about_goal", "Goal or empty"),
        ("Report", "evidence", "list of Attachment"),
        ("Initiative", "latest(attributes)", "Attribute or empty"),
        ("Initiative", "upstream(initiative)", "list of Initiative"),
        ("Initiative", "first(cycles(initiative))", "Cycle or empty"),
    ],
)
def test_type(kind: str, expression: str, expected: str | None) -> None:
    """The type of an expression is known without running it; ``None`` marks what is refused."""
    if expected is None:
        with pytest.raises(RuleSourceError):
            check_alone(expression, kind)
        return
    assert expected == str(check_alone(expression, kind).type)


# --- what may be empty must be tested first --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "target is not None and target.agreed",
        "target != None and target.agreed",
        "target is None or target.agreed",
        "target == None or target.agreed",
        "not (target is None) and target.agreed",
        "not (target is None or unit is None) and target.agreed and contains(unit, 'a')",
        "not (target is not None and unit is not None) or target.agreed and contains(unit, 'a')",
        "(unit is not None and target is not None) and contains(unit, 'a') and target.agreed",
        "target is None or (unit is None or target.agreed and contains(unit, 'a'))",
        "target is not None and (target.agreed or target.value is not None and target.value > 1)",
        "initiative is not None and initiative.goal is not None and initiative.goal.id == 'a'",
        "latest(observations) is not None and latest( observations ).value > 1",
        "latest(o for o in observations) is not None and latest(o for o in observations).value > 1",
        "any(o.numerator is not None and o.numerator > 1 for o in observations)",
        "any(o.numerator > 1 for o in observations if o.numerator is not None)",
        "any(True for o in observations if o.numerator is not None if o.numerator > 1)",
        "sum(o.numerator for o in observations if o.numerator is not None) > 1",
        "target is not None and any(target.agreed for o in observations)",
        "target is not None and target.value is not None and any(o.value < target.value for o in observations)",
        "any(x is not None and x.value > 1 for x in (latest(m.observations) for m in plan.measures))",
        "any(x.value > 1 for x in (latest(m.observations) for m in plan.measures) if x is not None)",
        "all(m.unit is None or any(contains(m.unit, 'a') for o in m.observations) for m in plan.measures)",
        "latest(f.codes for f in plan.frameworks) is not None and title in latest(f.codes for f in plan.frameworks)",
    ],
)
def test_what_was_tested_counts_as_present(expression: str) -> None:
    """After a test that it is not empty, a value can be used: under and, or, not, in filters and items."""
    assert check_alone(expression, "Measure").type == BOOL


@pytest.mark.parametrize(
    ("expression", "column", "path"),
    [
        ("target is not None or target.agreed", 23, "target"),
        ("target is None and target.agreed", 20, "target"),
        ("target.agreed and target is not None", 1, "target"),
        ("not (target is None) or target.agreed", 25, "target"),
        ("(target is not None or unit is not None) and target.agreed", 46, "target"),
        ("not (target is not None and unit is not None) and target.agreed", 51, "target"),
        ("not (target is None and unit is None) and target.agreed", 43, "target"),
        ("(target is not None) == True and target.agreed", 34, "target"),
        ("(target is not None and True) == False or target.agreed", 43, "target"),
        ("(target is not None and target.agreed) or target.agreed", 43, "target"),
        ("(target is None or target.agreed) and target.agreed", 39, "target"),
        ("first(observations) is not None and latest(observations).value > 1", 37, "latest(observations)"),
        (
            "latest(o for o in observations if o.value > 1) is not None"
            " and latest(o for o in observations if o.value > 2).value > 1",
            64,
            "latest(o for o in observations if o.value > 2)",
        ),
        ("any(o.numerator is not None for o in observations if o.numerator > 1)", 54, "o.numerator"),
        (
            "any(o.numerator is not None for o in observations) and any(o.numerator > 1 for o in observations)",
            60,
            "o.numerator",
        ),
        (
            "all(o.numerator is not None for o in observations) and all(o.numerator > 1 for o in observations)",
            60,
            "o.numerator",
        ),
        ("any(m.target is not None for m in plan.measures) and target.agreed", 54, "target"),
        ("any(target is not None for m in plan.measures) and target.agreed", 52, "target"),
        ("all(target is not None for m in plan.measures) and target.agreed", 52, "target"),
        ("any(m.unit is not None and m.target.agreed for m in plan.measures)", 28, "m.target"),
        (
            "any(x.unit is not None for x in plan.measures) and any(contains(x.unit, 'a') for x in plan.measures)",
            None,
            "x.unit",
        ),
        (
            "any(any(o.numerator is not None for o in m.observations) and m.target.agreed for m in plan.measures)",
            62,
            "m.target",
        ),
        ("any(target.agreed for o in observations if target is None)", 5, "target"),
        ("any(x.value > 1 for x in (latest(m.observations) for m in plan.measures))", 5, "x"),
        (
            "len(x for x in (m.target for m in plan.measures if m.target is not None)) > 0 and target.agreed",
            83,
            "target",
        ),
        ("target is not None and any(m.target.agreed for m in plan.measures)", 28, "m.target"),
        ("initiative is not None and initiative.goal.id == 'a'", 28, "initiative.goal"),
        ("default(target, latest(plan.targets)) is not None", None, "default"),
    ],
)
def test_what_was_not_tested_may_be_empty(expression: str, column: int | None, path: str) -> None:
    """A test elsewhere proves nothing: in the other branch, of another item, of another value, after the use."""
    with pytest.raises(RuleSourceError) as refused:
        check_alone(expression, "Measure", BOOL)
    if column is not None:
        assert f"'{path}' may be empty here" == refused.value.message
        assert column == refused.value.column
    else:  # a function says so itself
        assert re.search(r"may be empty|needs a Target as default", refused.value.message)


PRESENT = [
    ("needs", {"needs": ["unit"], "when": "contains(unit, 'a')"}),
    ("needs of a let", {"let": {"l": "latest(observations)"}, "needs": ["l"], "when": "l.value > 1"}),
    ("needs in a let", {"needs": ["unit"], "let": {"l": "lower(unit)"}, "when": "l == 'a'"}),
    (
        "needs of a let in the next",
        {"let": {"l": "latest(observations)", "v": "l.value"}, "needs": ["l"], "when": "v > 1"},
    ),
    ("where in when", {"where": "unit is not None", "when": "contains(unit, 'a')"}),
    ("where in let", {"where": "unit is not None", "let": {"l": "lower(unit)"}, "when": "l == 'a'"}),
    ("where of a call", {"where": "latest(observations) is not None", "when": "latest(observations).value > 1"}),
    (
        "where and needs",
        {"where": "target is not None", "needs": ["unit"], "when": "target.agreed and contains(unit, 'a')"},
    ),
    ("when in score", {"when": "baseline is not None and baseline > 1", "score": "baseline + 1"}),
    ("when in message", {"when": "unit is not None", "message": "{lower(unit)}"}),
    ("when in fix", {"when": "unit is not None", "fix": "{lower(unit)}"}),
    ("when in identity", {"when": "target is not None", "identity": ["target.id"]}),
    ("when on a let", {"let": {"l": "latest(observations)"}, "when": "l is not None", "message": "{l.value + 1}"}),
]


@pytest.mark.parametrize("keys", [keys for _, keys in PRESENT], ids=[name for name, _ in PRESENT])
def test_what_counts_as_present_in_a_rule(keys: dict[str, object]) -> None:
    """``needs`` and ``where`` hold for all that follows, and ``when`` for what is said of a finding."""
    pack = pack_of("Measure", **keys)
    outcomes = {failure.outcome for failure in check(world(), [pack]).not_evaluated}
    assert outcomes <= {"indeterminate"}


NOT_PRESENT = [
    ("needs in where", {"needs": ["unit"], "where": "contains(unit, 'a')"}, "'unit' may be empty here"),
    ("let without needs", {"let": {"l": "latest(observations)"}, "when": "l.value > 1"}, "'l' may be empty here"),
    (
        "let before the one that needs covers",
        {"let": {"v": "latest(observations).value", "l": "latest(observations)"}, "needs": ["l"], "when": "v > 1"},
        "'latest(observations)' may be empty here",
    ),
    (
        "one of where's or",
        {"where": "unit is not None or True", "when": "contains(unit, 'a')"},
        "'unit' may be empty here",
    ),
    (
        "where of an item",
        {"where": "any(m.target is not None for m in plan.measures)", "when": "target.agreed"},
        "'target' may be empty here",
    ),
    (
        "one of when's or",
        {"when": "unit is not None or True", "message": "{lower(unit)}"},
        "'unit' may be empty here",
    ),
    ("when's not", {"when": "unit is None", "message": "{lower(unit)}"}, "'unit' may be empty here"),
    (
        "score in message",
        {"score": "default(baseline, 0)", "message": "{baseline + 1}"},
        "'baseline' may be empty here",
    ),
]


@pytest.mark.parametrize(("keys", "message"), [case[1:] for case in NOT_PRESENT], ids=[case[0] for case in NOT_PRESENT])
def test_what_does_not_count_as_present_in_a_rule(keys: dict[str, object], message: str) -> None:
    """A value proved elsewhere, later, or only perhaps is refused."""
    with pytest.raises(RuleSourceError) as refused:
        pack_of("Measure", **keys)
    assert f"rule test.rule: {message}" == refused.value.message


# --- periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "expression", "value"),
    [
        ("2018-03", "due < date('2018-03-01')", "false"),
        ("2018-03", "due < date('2018-03-31')", "false"),
        ("2018-03", "due < date('2018-04-01')", "true"),
        ("2018-03", "date('2018-03-31') > due", "false"),
        ("2018-03", "date('2018-04-01') > due", "true"),
        ("2018-03", "due > date('2018-02-28')", "true"),
        ("2018-03", "due > date('2018-03-01')", "false"),
        ("2018-03", "date('2018-03-01') < due", "false"),
        ("2018-03", "date('2018-02-28') < due", "true"),
        ("2018-03-31", "due < date('2018-03-31')", "false"),
        ("2018-03-31", "due < date('2018-04-01')", "true"),
        ("2017/18", "due < date('2018-03-31')", "false"),
        ("2017/18", "due < date('2018-04-01')", "true"),
        ("Q4 2017/18", "due < date('2018-04-01')", "true"),
        ("2018-03", "due < due", "false"),
        ("2018-03", "due > due", "false"),
        ("2018-03", "due == due", "true"),
        ("2018-03", "due != due", "false"),
        ("March 2018", "due == baseline", "true"),
        ("2018-03-31", "due == baseline", "false"),
        ("2018-02", "due < baseline", "true"),
        ("2018-04", "due < baseline", "false"),
        ("2017/18", "due < baseline", "false"),
        ("2018-03", "days_between(due, date('2018-04-01')) == 1", "true"),
        ("2018-03", "days_between(baseline, due) == 0", "true"),
        ("2018-03", "period_end(due) <= date('2018-03-31')", "true"),
        ("2018-03", "period_end(due) == date('2018-03-31')", "true"),
    ],
)
def test_periods_compare_as_wholes(due: str, expression: str, value: str) -> None:
    """What is due in March 2018 is not past on the 31st and is on 1 April; ``baseline`` stands for March 2018."""
    state = state_of(f"""
      - PlanOpened: {{title: P, organisation: O, period: 2017/18}}
      - MilestoneSet: {{milestone: m, title: M, due: {due}}}
      - MilestoneSet: {{milestone: baseline, title: B, due: 2018-03}}
    """)
    baseline = "latest(m.due for m in plan.milestones)"
    result = result_of(
        state, "Milestone", let={"baseline": baseline}, needs=["due", "baseline"], message=f"{{{expression}}}"
    )
    assert value == next(finding.message for finding in result if finding.subject.id == "m")


# --- habits of spreadsheets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "place", "said", "hint"),
    [
        ("SUM(s.amount for s in savings) > 1", 1, "unknown function 'SUM'", "write sum"),
        ("1 > MAX(1, 2)", 5, "unknown function 'MAX'", "write max"),
        ("ROUND(1, 2) > 1", 1, "unknown function 'ROUND'", "write round"),
        ("AVERAGE(savings) > 1", 1, "unknown function 'AVERAGE'", "write sum(...) / len(...)"),
        ("COUNT(savings) > 1", 1, "unknown function 'COUNT'", "write len(list)"),
        ("COUNTIF(savings) > 1", 1, "unknown function 'COUNTIF'", "write len(x for x in list if ...)"),
        ("AND(True, False)", 1, "unknown function 'AND'", "write `and` between the conditions"),
        ("OR(True, False)", 1, "unknown function 'OR'", "write `or` between the conditions"),
        ("NOT(True)", 1, "unknown function 'NOT'", "write `not` before the condition"),
        ("True AND False", 6, "cannot read 'AND' here", "write and"),
        ("NOT True", 1, "cannot read 'NOT' here", "write not"),
        ("TODAY() > 1", 1, "unknown function 'TODAY'", "write today"),
        ("today() > 1", 1, "unknown function 'today'", "write today"),
        ("TRUE", 1, "unknown name 'TRUE'", "write True"),
        (
            "IF(True, 1, 2)",
            1,
            "unknown function 'IF'",
            "write the condition alone: the rule finds something where it is true",
        ),
        (
            "if(True, 1, 2)",
            1,
            "cannot read 'if(' here",
            "write the condition alone: the rule finds something where it is true",
        ),
        ("len(savings) < 75%", 16, "cannot read '75%' here", "write 0.75"),
        ("12.5% > 1 and True", 1, "cannot read '12.5%' here", "write 0.125"),
        ("1 <> 2", 3, "cannot read '<>' here", "write !="),
        ("  = 1", 3, "cannot read '=' here", "leave the = out"),
        ("len(savings) > 0,75", 1, "a tuple is not allowed in a rule", "write 0.75"),
        ("len(savings) > 0,05", 16, "cannot read '0,05' here", "write 0.05"),
        ("len(savings) > 1,000", 1, "a tuple is not allowed in a rule", "write 1000"),
        ("round(len(savings), 0,5) > 1", 1, "round(): takes 2 arguments, got 3", "write 0.5"),
        (
            "any(s.title for s in savings where True)",
            30,
            "cannot read 'where' here",
            "write if instead of where",
        ),
        (
            "title & '!' == 'a'",
            1,
            "'&' is not allowed in a rule",
            "texts are joined in the message, such as {title} ({unit}); between conditions write and",
        ),
    ],
)
def test_habits_of_spreadsheets(expression: str, place: int, said: str, hint: str) -> None:
    """What analysts write by habit is told with what a rule writes instead."""
    with pytest.raises(RuleSourceError) as wrong:
        check_alone(expression, "Plan")

    assert (wrong.value.column, wrong.value.message, wrong.value.hint) == (place, said, hint)


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("delivered > 1", "delivered is a field of Saving: write s.delivered for s in savings"),
        ("amount > 1", "amount is a field of Saving, among others: write s.amount for s in savings"),
        ("status == 'met'", "status is a field of Document, among others: write d.status for d in documents"),
        ("saving == 1", "did you mean 'savings'?"),
        ("working_days_betwen > 1", "did you mean 'working_days_between'?"),
    ],
)
def test_name_of_a_field_further_down(expression: str, hint: str) -> None:
    """A function or field that is little like it is not suggested; where a list has such fields, the loop is."""
    with pytest.raises(RuleSourceError) as wrong:
        check_alone(expression, "Plan")

    assert wrong.value.hint == hint


# --- errors ----------------------------------------------------------------------------------------------------------

WRONG = r"""
Measure:1:1: unknown name 'titel'
    titel == 'a'
    ^^^^^
  hint: did you mean 'title'?

Measure:1:1: unknown name 'nonsense'
    nonsense > 1
    ^^^^^^^^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

Measure:1:1: unknown name 'true'
    true
    ^^^^
  hint: write True

Measure:1:17: unknown name 'null'
    baseline is not null
                    ^^^^
  hint: write None

Measure:1:1: 'latest' is a function
    latest
    ^^^^^^
  hint: call it: latest(list)

Measure:1:28: Initiative has no field 'titel'
    initiative is not None and initiative.titel == 'a'
                               ^^^^^^^^^^^^^^^^
  hint: did you mean 'title'?

Measure:1:1: Measure has no field 'milestones'
    measure.milestones == 1
    ^^^^^^^^^^^^^^^^^^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

Measure:1:1: 'title' is a text; it has no fields
    title.upper == 'A'
    ^^^^^^^^^^^

Measure:1:1: 'observations' is a list of Observation; it has no fields
    observations.value > 1
    ^^^^^^^^^^^^^^^^^^

Measure:1:1: 'target' may be empty here
    target.value > 1
    ^^^^^^
  hint: write `target is not None and ...`, or name it in needs

Measure:1:1: 'initiative' may be empty here
    initiative.goal.title == 'a'
    ^^^^^^^^^^
  hint: write `initiative is not None and ...`, or name it in needs

Measure:1:28: 'initiative.goal' may be empty here
    initiative is not None and initiative.goal.title == 'a'
                               ^^^^^^^^^^^^^^^
  hint: write `initiative.goal is not None and ...`, or name it in needs

Initiative:1:1: unknown name 'measure'
    measure is None
    ^^^^^^^
  hint: did you mean 'measures'?

Measure:1:1: Plan has no field 'measure'
    plan.measure == 1
    ^^^^^^^^^^^^
  hint: did you mean 'measures'?

Measure:1:5: unknown name 'milestone'
    any(milestone.due < today for m in plan.milestones)
        ^^^^^^^^^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

Measure:1:1: this must be true/false, but it is text
    title
    ^^^^^

Measure:1:1: this must be true/false, but it is number
    len(observations)
    ^^^^^^^^^^^^^^^^^
  hint: compare it, for example `... > 0`

Measure:1:1: this must be true/false, but it is number or empty
    baseline
    ^^^^^^^^
  hint: compare it, for example `... is not None`

Measure:1:1: this must be true/false, but it is Target or empty
    target
    ^^^^^^
  hint: compare it, for example `... is not None`

Saving:1:1: this must be true/false, but it is true/false or empty
    recurrent
    ^^^^^^^^^
  hint: where it may be empty write `known(...) and ...`

Measure:1:1: this must be true/false, but it is text
    'text'
    ^^^^^^

Measure:1:1: this must be true/false, but it is number
    5
    ^
  hint: compare it, for example `... > 0`

Measure:1:1: this must be true/false, but it is day
    today
    ^^^^^

Measure:1:1: this must be true/false, but it is list of Observation
    observations
    ^^^^^^^^^^^^

Measure:1:1: cannot compare text == number
    title == 5
    ^^^^^^^^^^

Measure:1:1: cannot compare number == text
    5 == '5'
    ^^^^^^^^

Measure:1:1: text has no order
    title < 'b'
    ^^^^^^^^^^^

Measure:1:1: true/false has no order
    True > False
    ^^^^^^^^^^^^

Measure:1:1: 'baseline' may be empty here
    baseline > 3
    ^^^^^^^^
  hint: write `baseline is not None and ...`, or name it in needs

Measure:1:5: 'lag_days' may be empty here
    3 < lag_days
        ^^^^^^^^
  hint: write `lag_days is not None and ...`, or name it in needs

Measure:1:1: 'baseline_period' may be empty here
    baseline_period < today
    ^^^^^^^^^^^^^^^
  hint: write `baseline_period is not None and ...`, or name it in needs

Milestone:1:1: 'due' may be empty here
    due < today
    ^^^
  hint: write `due is not None and ...`, or name it in needs

Report:1:1: '<=' has two meanings for a period
    made <= today
    ^^^^^^^^^^^^^
  hint: use < or > (all of it), or period_end(...)

Report:1:1: '>=' has two meanings for a period
    today >= made
    ^^^^^^^^^^^^^
  hint: use < or > (all of it), or period_end(...)

Report:1:1: cannot compare period == day
    made == today
    ^^^^^^^^^^^^^
  hint: use < or >, or period_end(...)

Report:1:1: cannot compare period > text
    made > '2018-01-01'
    ^^^^^^^^^^^^^^^^^^^
  hint: write a day as date('2026-11-20')

Measure:1:1: cannot compare day > text
    today > '2018-01-01'
    ^^^^^^^^^^^^^^^^^^^^
  hint: write a day as date('2026-11-20')

Measure:1:1: cannot compare day == number
    today == 5
    ^^^^^^^^^^
  hint: write a day as date('2026-11-20')

Measure:1:1: cannot compare Target or empty == Initiative or empty
    target == initiative
    ^^^^^^^^^^^^^^^^^^^^

Measure:1:1: cannot compare list of Observation == list of Target
    observations == targets
    ^^^^^^^^^^^^^^^^^^^^^^^

Measure:1:1: one comparison at a time
    1 < len(observations) < 3
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: join them with `and`

Measure:1:1: 'is' compares only with None
    title is 'a'
    ^^^^^^^^^^^^
  hint: write ==

Measure:1:1: 'is' compares only with None
    title is title
    ^^^^^^^^^^^^^^
  hint: write ==

Measure:1:1: None stands only after `is` and `is not`
    None is None
    ^^^^^^^^^^^^
  hint: write `x is not None`

Measure:1:1: None stands only after `is` and `is not`
    None == unit
    ^^^^^^^^^^^^
  hint: write `x is not None`

Measure:1:1: None stands only after `is` and `is not`
    unit > None
    ^^^^^^^^^^^
  hint: write `x is not None`

Measure:1:1: 'title' is never empty here (it always has a value); this test always gives the same answer
    title is not None
    ^^^^^

Measure:1:1: 'len(observations)' is never empty here (it always has a value); this test always gives the same answer
    len(observations) is None
    ^^^^^^^^^^^^^^^^^

Measure:1:22: 'unit' is never empty here (it was tested before); this test always gives the same answer
    unit is not None and unit is not None
                         ^^^^

Measure:1:17: 'unit' is never empty here (it was tested before); this test always gives the same answer
    unit is None or unit is None
                    ^^^^

Measure:1:1: 'initiative' may be empty here
    initiative < initiative
    ^^^^^^^^^^
  hint: write `initiative is not None and ...`, or name it in needs

Measure:1:1: cannot look for text in text
    'a' in title
    ^^^^^^^^^^^^

Measure:1:1: cannot look for number in list of text
    5 in ['a', 'b']
    ^^^^^^^^^^^^^^^

Measure:1:1: cannot look for text in number
    title in 5
    ^^^^^^^^^^

Measure:1:10: a list holds texts or numbers, all of one type
    title in []
             ^^
  hint: for example ['won', 'lost']

Measure:1:10: a list holds texts or numbers, all of one type
    title in ['a', 5]
             ^^^^^^^^
  hint: for example ['won', 'lost']

Measure:1:10: a list holds texts or numbers, all of one type
    title in [unit]
             ^^^^^^
  hint: for example ['won', 'lost']

Measure:1:10: a tuple is not allowed in a rule
    title in ('a', 'b')
             ^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:10: a set is not allowed in a rule
    title in {'a'}
             ^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:10: a list holds texts or numbers, all of one type
    title in [None]
             ^^^^^^
  hint: for example ['won', 'lost']

Measure:1:10: 'latest(f.codes for f in plan.frameworks)' may be empty here
    title in latest(f.codes for f in plan.frameworks)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(f.codes for f in plan.frameworks) is not None and ...`, or name it in needs

Measure:1:1: cannot look for list of Observation in list of number
    observations in [1]
    ^^^^^^^^^^^^^^^^^^^

Measure:1:1: 'and' needs true/false on both sides, got text
    title and unit
    ^^^^^

Measure:1:18: 'and' needs true/false on both sides, got number or empty
    title == 'a' and baseline
                     ^^^^^^^^
  hint: compare it, for example `... is not None`

Measure:1:1: 'or' needs true/false on both sides, got number
    len(observations) or True
    ^^^^^^^^^^^^^^^^^
  hint: compare it, for example `... > 0`

Measure:1:5: 'not' needs true/false, got text
    not title
        ^^^^^

Measure:1:5: 'not' needs true/false, got text or empty
    not unit
        ^^^^
  hint: compare it, for example `... is not None`

Measure:1:5: 'not' needs true/false, got number
    not len(observations)
        ^^^^^^^^^^^^^^^^^
  hint: compare it, for example `... > 0`

Measure:1:1: cannot compute text + text
    title + 'a' == 'b'
    ^^^^^^^^^^^

Measure:1:1: 'baseline' may be empty here
    baseline + 1 > 2
    ^^^^^^^^
  hint: write `baseline is not None and ...`, or name it in needs

Measure:1:1: cannot compute day - number
    today - 7 == today
    ^^^^^^^^^
  hint: to count days write days_between(start, end)

Report:1:1: cannot compute period - day
    made - today > 3
    ^^^^^^^^^^^^
  hint: to count days write days_between(start, end)

Measure:1:1: cannot compute true/false + number
    True + 1 == 2
    ^^^^^^^^

Measure:1:2: '-' needs a number, got text
    -title == 'a'
     ^^^^^

Measure:1:2: 'baseline' may be empty here
    -baseline > 1
     ^^^^^^^^
  hint: write `baseline is not None and ...`, or name it in needs

Measure:1:1: a plus sign in front is not allowed in a rule
    +1 == 1
    ^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: None stands only after `is` and `is not`, `==` and `!=`
    None + 1 == 1
    ^^^^

Measure:1:1: '**' is not allowed in a rule
    2 ** 3 == 8
    ^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: '%' is not allowed in a rule
    7 % 2 == 1
    ^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: '//' is not allowed in a rule
    7 // 2 == 3
    ^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: '<<' is not allowed in a rule
    1 << 2 == 4
    ^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: '|' is not allowed in a rule
    1 | 2 == 3
    ^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: '&' is not allowed in a rule
    1 & 2 == 3
    ^^^^^
  hint: texts are joined in the message, such as {title} ({unit}); between conditions write and

Measure:1:1: '~' is not allowed in a rule
    ~1 == 1
    ^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: a number is written with at most 15 digits and a point
    1e3 > 1
    ^^^

Measure:1:1: a number is written with at most 15 digits and a point
    1_000 > 1
    ^^^^^

Measure:1:1: a number is written with at most 15 digits and a point
    0x10 > 1
    ^^^^

Measure:1:1: a number is written with at most 15 digits and a point
    1j == 1
    ^^

Measure:1:1: a number is written with at most 15 digits and a point
    1234567890123456 > 1
    ^^^^^^^^^^^^^^^^

Measure:1:1: a number is written with at most 15 digits and a point
    0.1234567890123456 > 1
    ^^^^^^^^^^^^^^^^^^

Measure:1:1: cannot read this: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers
    007 > 1
    ^

Measure:1:1: a number is written with at most 15 digits and a point
    1.2.3 > 1
    ^^^^^

Measure:1:1: unknown function 'length'
    length(observations) > 1
    ^^^^^^
  hint: did you mean 'len'?

Measure:1:1: only the built-in functions can be called, without named arguments
    title.lower() == 'a'
    ^^^^^^^^^^^^^

Measure:1:1: len(): needs one list, got nothing
    len() == 1
    ^^^^^
  hint: usage: len(list)

Measure:1:1: len(): needs one list, got text
    len(title) == 1
    ^^^^^^^^^^
  hint: usage: len(list)

Measure:1:1: only the built-in functions can be called, without named arguments
    len(x=observations) == 1
    ^^^^^^^^^^^^^^^^^^^

Measure:1:1: sum(): needs one list of numbers, got list of Observation
    sum(observations) > 1
    ^^^^^^^^^^^^^^^^^
  hint: usage: sum(number for x in list)

Measure:1:1: sum(): the items may be empty here; leave the empty ones out with `if known(...)`
    sum(o.numerator for o in observations) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: sum(number for x in list)

Measure:1:1: max(): needs numbers or days, got list of Observation
    max(observations) is None
    ^^^^^^^^^^^^^^^^^
  hint: usage: max(list) or max(a, b)

Measure:1:1: min(): needs one list, or several numbers or days, got number
    min(1) == 1
    ^^^^^^
  hint: usage: min(list) or min(a, b)

Measure:1:1: max(): needs one list, or several numbers or days, got number, day
    max(1, today) == 1
    ^^^^^^^^^^^^^
  hint: usage: max(list) or max(a, b)

Measure:1:8: 'baseline' may be empty here
    max(1, baseline) == 1
           ^^^^^^^^
  hint: write `baseline is not None and ...`, or name it in needs

Measure:1:5: 'baseline' may be empty here
    abs(baseline) == 1
        ^^^^^^^^
  hint: write `baseline is not None and ...`, or name it in needs

Measure:1:1: abs(): takes 1 argument, got 2
    abs(1, 2) == 1
    ^^^^^^^^^
  hint: usage: abs(number)

Measure:1:1: round(): takes 2 arguments, got 1
    round(1.5) == 2
    ^^^^^^^^^^
  hint: usage: round(number, digits)

Measure:1:1: latest(): takes one list, got text
    latest(title) == 'a'
    ^^^^^^^^^^^^^
  hint: usage: latest(list)

Measure:1:1: default(): the first argument is never empty, so the default is never used
    default(title, 'a') == 'a'
    ^^^^^^^^^^^^^^^^^^^
  hint: usage: default(value, other)

Measure:1:1: default(): needs a text as default, got number
    default(unit, 5) == 'a'
    ^^^^^^^^^^^^^^^^
  hint: usage: default(value, other)

Measure:1:1: default(): takes 2 arguments, got 1
    default(unit) == 'a'
    ^^^^^^^^^^^^^
  hint: usage: default(value, other)

Measure:1:1: default(): needs a text as default, got text or empty
    default(unit, note) == 'a'
    ^^^^^^^^^^^^^^^^^^^
  hint: usage: default(value, other)

Measure:1:1: days_between(): argument 2 needs a day or period, got number
    days_between(today, 5) > 1
    ^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: days_between(start, end)

Measure:1:14: 'baseline_period' may be empty here
    days_between(baseline_period, today) > 1
                 ^^^^^^^^^^^^^^^
  hint: write `baseline_period is not None and ...`, or name it in needs

Measure:1:1: period_end(): argument 1 needs a day or period, got number
    period_end(5) < today
    ^^^^^^^^^^^^^
  hint: usage: period_end(period)

Measure:1:11: 'latest(observations)' may be empty here
    shortfall(latest(observations), target) > 1
              ^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(observations) is not None and ...`, or name it in needs

Measure:1:1: shortfall(): argument 1 needs an Observation, got Target
    shortfall(target, latest(observations)) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: shortfall(observation, target)

Measure:1:7: 'unit' may be empty here
    lower(unit) == 'a'
          ^^^^
  hint: write `unit is not None and ...`, or name it in needs

Measure:1:1: contains(): takes 2 arguments, got 1
    contains(title)
    ^^^^^^^^^^^^^^^
  hint: usage: contains(text, part)

Measure:1:1: starts_with(): argument 2 needs a text, got number
    starts_with(title, 5)
    ^^^^^^^^^^^^^^^^^^^^^
  hint: usage: starts_with(text, start)

Measure:1:5: upstream(): argument 1 needs an Initiative, got Measure
    len(upstream(measure)) > 1
        ^^^^^^^^^^^^^^^^^
  hint: usage: upstream(initiative)

Measure:1:1: matches(): argument 1 needs a Waiver, got text
    matches(title)
    ^^^^^^^^^^^^^^
  hint: usage: matches(waiver)

Measure:1:12: 'initiative' may be empty here
    len(cycles(initiative)) > 1
               ^^^^^^^^^^
  hint: write `initiative is not None and ...`, or name it in needs

Measure:1:1: unmet(): argument 1 needs a Dependency, got Measure
    unmet(measure)
    ^^^^^^^^^^^^^^
  hint: usage: unmet(dependency)

Measure:1:6: date(): takes one day in quotes
    date(title) < today
         ^^^^^
  hint: write date('2026-11-20')

Measure:1:6: 'soon' is not a day
    date('soon') < today
         ^^^^^^
  hint: write date('2026-11-20')

Measure:1:6: '2018-02-30' is not a day
    date('2018-02-30') < today
         ^^^^^^^^^^^^
  hint: write date('2026-11-20')

Measure:1:1: date(): takes one day in quotes
    date() < today
    ^^^^^^
  hint: usage: date('2026-11-20')

Measure:1:1: any(): needs one list of true/false, got list of Observation
    any(observations)
    ^^^^^^^^^^^^^^^^^
  hint: usage: any(test for x in list)

Measure:1:1: any(): needs one list of true/false, got list of number
    any(o.value for o in observations)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: any(test for x in list)

Measure:1:26: can only go through a list, this is text
    any(o.value > 1 for o in title)
                             ^^^^^

Measure:1:26: can only go through a list, this is Target or empty
    any(o.value > 1 for o in target)
                             ^^^^^^

Measure:1:24: the name 'today' is taken or not a name
    any(today == today for today in observations)
                           ^^^^^
  hint: choose another for the item

Measure:1:25: the name 'o' is taken or not a name
    any(any(o.value > 1 for o in observations) for o in observations)
                            ^
  hint: choose another for the item

Measure:1:42: a filter needs true/false, got number
    any(o.value > 1 for o in observations if o.value)
                                             ^^^^^^^
  hint: compare it, for example `... > 0`

Measure:1:5: 'o.numerator' may be empty here
    any(o.numerator > 1 for o in observations)
        ^^^^^^^^^^^
  hint: write `o.numerator is not None and ...`, or name it in needs

Measure:1:4: one simple `for x in list` is allowed
    any(a.value > b.value for a in observations for b in observations)
       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

Measure:1:12: quantifiers nest at most 2 deep
    any(any(any(o.value > 1 for o in m.observations) for m in plan.measures) for i in plan.initiatives)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

Measure:1:4: one simple `for x in list` is allowed
    any(a > 1 for a, b in observations)
       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

Measure:1:1: unknown name 'o'
    o.value > 1 and any(o.value > 1 for o in observations)
    ^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

Measure:1:19: default(): the first argument is never empty, so the default is never used
    all(True for o in default(observations, observations))
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: default(value, other)

Measure:1:9: cannot read this: invalid syntax
    title ==
            ^

Measure:1:1: cannot read this: '(' was never closed
    (title == 'a'
    ^

Measure:1:7: cannot read this: invalid syntax
    title = 'a'
          ^
  hint: to compare, write ==

Measure:1:10: cannot read this: unterminated string literal (detected at line 1)
    title == 'a
             ^

Measure:1:14: '#' is not allowed in an expression
    title == 'a' # why
                 ^

Measure:1:10: outside quotes only plain ASCII characters are allowed
    title == “a”
             ^

Measure:1:13: cannot read this: invalid syntax
    title == 'a'; True
                ^

Measure:1:12: '\\' is not allowed in an expression
    title == 'a\n'
               ^

Measure:1:9: cannot read this: invalid syntax
    title === 'a'
            ^

Measure:1:19: cannot read this: invalid syntax
    unit is not None && True
                      ^

Measure:1:1: cannot read this: invalid syntax
    !True
    ^

Measure:1:18: unknown name 'titel'
    title == 'é' and titel == 'a'
                     ^^^^^
  hint: did you mean 'title'?

Measure:1:20: 'and' needs true/false on both sides, got number
    title == '日本語' and 5
                       ^
  hint: compare it, for example `... > 0`

Measure:1:1: `if ... else` is not allowed in a rule
    title if True else unit
    ^^^^^^^^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: an index in brackets is not allowed in a rule
    title[0] == 'a'
    ^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: an index in brackets is not allowed in a rule
    observations[-1].value > 1
    ^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: an index in brackets is not allowed in a rule
    observations[0:1] == 1
    ^^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: a list in brackets with `for` is not allowed in a rule
    [o for o in observations] == 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: a set is not allowed in a rule
    {o for o in observations} == 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: a dictionary is not allowed in a rule
    {'a': 1} == 1
    ^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: a dictionary is not allowed in a rule
    {o: 1 for o in observations} == 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: only the built-in functions can be called, without named arguments
    (lambda: True)()
    ^^^^^^^^^^^^^^^^

Measure:1:1: a lambda is not allowed in a rule
    lambda: True
    ^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: an f-string is not allowed in a rule
    f'{title}' == 'a'
    ^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:2: an assignment is not allowed in a rule
    (x := title) == 'a'
     ^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:5: a star is not allowed in a rule
    len(*observations) == 1
        ^^^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: cannot read this: invalid syntax
    *observations
    ^

Measure:1:1: b'a' is not allowed in a rule
    b'a' == 'a'
    ^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: ... is not allowed in a rule
    ... == 1
    ^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:1: await is not allowed in a rule
    await title
    ^^^^^^^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Measure:1:2: yield is not allowed in a rule
    (yield)
     ^^^^^
  hint: allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)

Initiative:1:11: 'status' is never 'actve'
    status == 'actve'
              ^^^^^^^
  hint: did you mean 'active'?

Initiative:1:1: 'status' is never 'closed'
    'closed' != status
    ^^^^^^^^
  hint: one of proposed, active, paused, completed, cancelled, superseded

Initiative:1:22: 'status' is never 'halted'
    status in ['active', 'halted']
                         ^^^^^^^^
  hint: one of proposed, active, paused, completed, cancelled, superseded

Measure:1:12: 'cadence' is never 'monthly'
    cadence == 'monthly'
               ^^^^^^^^^
  hint: did you mean 'month'?

Initiative:1:5: 'm.status' is never 'late'
    any('late' == m.status for m in milestones)
        ^^^^^^
  hint: one of planned, delayed, reached, cancelled

Initiative:1:40: 'first(m.status for m in milestones)' is never 'late'
    first(m.status for m in milestones) == 'late'
                                           ^^^^^^
  hint: one of planned, delayed, reached, cancelled

Framework:1:5: Framework has no field 'code'
    any(f.code == 'a' for f in plan.frameworks)
        ^^^^^^
  hint: did you mean 'codes'?

Framework:1:5: Framework has no field 'zzz'
    any(f.zzz == 'a' for f in plan.frameworks)
        ^^^^^
  hint: known: codes, id, title, version

Measure:1:10: 'initiative' may be empty here
    upstream(initiative) is None
             ^^^^^^^^^^
  hint: write `initiative is not None and ...`, or name it in needs

Measure:1:21: can only go through a list, this is number
    any(x == 1 for x in 5)
                        ^

Measure:1:5: 'latest(plan.holidays for m in plan.measures)' may be empty here
    max(latest(plan.holidays for m in plan.measures)) is None
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(plan.holidays for m in plan.measures) is not None and ...`, or name it in needs

Measure:1:5: 'latest(m.observations for m in plan.measures)' may be empty here
    len(latest(m.observations for m in plan.measures)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(m.observations for m in plan.measures) is not None and ...`, or name it in needs

Measure:1:8: 'latest(m.observations for m in plan.measures)' may be empty here
    latest(latest(m.observations for m in plan.measures)) is None
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(m.observations for m in plan.measures) is not None and ...`, or name it in needs

Measure:1:1: first(): takes one list, got nothing
    first() is None
    ^^^^^^^
  hint: usage: first(list)

Measure:1:1: all(): needs one list of true/false, got number
    all(1)
    ^^^^^^
  hint: usage: all(test for x in list)

Measure:1:1: lower(): takes 1 argument, got 2
    lower(title, title) == 'a'
    ^^^^^^^^^^^^^^^^^^^
  hint: usage: lower(text)

Initiative:1:5: downstream(): argument 1 needs an Initiative, got text
    len(downstream(title)) > 1
        ^^^^^^^^^^^^^^^^^
  hint: usage: downstream(initiative)
"""  # noqa: E501


def errors_in(text: str) -> list[tuple[str, str]]:
    """The expressions of a table of errors, each with the whole text of the error."""
    blocks = text.strip("\n").split("\n\n")
    return [(block.split("\n")[1][4:], block) for block in blocks]


@pytest.mark.parametrize(("expression", "expected"), errors_in(WRONG), ids=[wrong for wrong, _ in errors_in(WRONG)])
def test_wrong_expression(expression: str, expected: str) -> None:
    """The whole text of the error: kind, column, what is wrong, the expression with a caret, and what to do."""
    with pytest.raises(RuleSourceError) as refused:
        check_alone(expression, expected.split(":")[0], BOOL, name=expected.split(":")[0])
    assert expected == str(refused.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "x:1:1: the expression is empty"),
        ("  \n", "x:1:1: the expression is empty\n    \n    ^"),
        (
            "title\n== 'a'",
            "x:1:6: outside quotes only plain ASCII characters are allowed\n    title == 'a'\n         ^",
        ),
        ("  titel", "x:1:3: unknown name 'titel'\n    titel\n    ^^^^^\n  hint: did you mean 'title'?"),
        ("  title ==", "x:1:11: cannot read this: invalid syntax\n    title ==\n            ^"),
        ("\ttitle", "x:1:1: outside quotes only plain ASCII characters are allowed\n    title\n    ^"),
    ],
)
def test_wrong_expression_with_white_space(expression: str, expected: str) -> None:
    """Surrounding white space does not move the caret."""
    with pytest.raises(RuleSourceError) as refused:
        check_alone(expression, "Measure", name="x")
    assert expected == str(refused.value)


# --- messages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{title}", "A&E"),
        ("{{title}}", "{title}"),
        ("{{{title}}}", "{A&E}"),
        ("{{}}", "{}"),
        ("{0}", "0"),
        ("{'{'}", "{"),
        ("%s %(title)s $title ${{title}} <b>", "%s %(title)s $title ${title} <b>"),
        ("{title}{title}", "A&EA&E"),
        ("{ title }, {\ntitle\n}", "A&E, A&E"),
        ("100 %: {default(unit, 'none')}", "100 %: %"),
        ("\\{title}\\n", "\\A&E\\n"),
    ],
)
def test_template(template: str, expected: str) -> None:
    """Text is kept as it is; two braces stand for one."""
    result = result_of(world(), "Measure", message=template)
    assert expected == next(finding.message for finding in result if finding.subject.id == "ae")
