"""The worked example: what must be true of it, and what its boards would have been told.

The facts stand here as literals: they were read from the papers, not from the journals.
"""

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

import plantrack
from plantrack import CheckResult, Finding, Period, PlanLog, State, Tracker
from plantrack.demo import DocumentClock, entries, journals, record_entries
from plantrack.events import DecisionTaken, Observed, Proposal, TargetSet
from plantrack.events.envelope import event_fields
from plantrack.journal import read_journal
from plantrack.reports import check_report, show_json
from plantrack.state import Measure

FIRST_BOARD, SECOND_BOARD = "2014-04-02", "2018-02-28"


@pytest.fixture(scope="session")
def plan_2014(medway: Tracker) -> PlanLog:
    return medway.plan("medway-ccg-2014")


@pytest.fixture(scope="session")
def plan_2017(medway: Tracker) -> PlanLog:
    return medway.plan("medway-ccg-2017")


@pytest.fixture(scope="session")
def state_2014(plan_2014: PlanLog) -> State:
    return plan_2014.at(as_at=FIRST_BOARD, known_at=FIRST_BOARD)


@pytest.fixture(scope="session")
def state_2018(plan_2017: PlanLog) -> State:
    return plan_2017.at(as_at=SECOND_BOARD, known_at=SECOND_BOARD)


@pytest.fixture(scope="session")
def check_2014(plan_2014: PlanLog) -> CheckResult:
    return plan_2014.check(as_at=FIRST_BOARD, known_at=FIRST_BOARD)


@pytest.fixture(scope="session")
def check_2018(plan_2017: PlanLog) -> CheckResult:
    return plan_2017.check(as_at=SECOND_BOARD, known_at=SECOND_BOARD)


def of_rule(result: CheckResult, rule: str) -> list[Finding]:
    return [finding for finding in result if finding.rule == rule]


def subject_ids(findings: list[Finding]) -> list[str]:
    return sorted(finding.subject.id for finding in findings)


# --- as at 2 April 2014 ----------------------------------------------------------------------------------------------


def in_the_table(state: State) -> set[str]:
    """The initiatives that the two-year plan holds in its table, by id."""
    return {name for name, initiative in state.initiatives.items() if initiative.kind == "initiative"}


def test_forty_initiatives_in_five_programmes(state_2014: State) -> None:
    """The table of the two-year plan has 40 rows: 7, 8, 12, 8 and 5. Three more initiatives are outside the plan."""
    goals = [state_2014.initiatives[name].goal for name in in_the_table(state_2014)]

    assert len(goals) == 40
    assert set(state_2014.initiatives) - in_the_table(state_2014) == {
        "carried-over-2013-14",
        "falls-ed-pilot",
        "mental-health-seminars",
    }
    assert {goal: goals.count(goal) for goal in goals} == {
        "children-families": 7,
        "mental-health": 8,
        "prevention-planned-care": 12,
        "urgent-emergency-care": 8,
        "coordinated-care-adults": 5,
    }


def test_measures_dependencies_and_risks_of_the_table(state_2014: State) -> None:
    """112 measures, 75 dependencies (22 on initiatives, 14 on external programmes) and 69 risks stand in the rows.

    Two cells of dependencies name two organisations each, and two of the risks are conflicts with plans of others.
    """
    of_rows = [m for m in state_2014.measures.values() if m.initiative is not None]
    natures = [d.nature for d in state_2014.dependencies.values()]
    conflicts = [d for d in state_2014.dependencies.values() if d.kind == "conflict"]

    assert len(of_rows) == 112
    assert (len(natures), natures.count("internal-initiative"), natures.count("external-programme")) == (75, 22, 14)
    assert len(conflicts) == 2
    assert len(state_2014.risks) == 69


def test_fourteen_measures_in_eight_initiatives_are_still_to_be_agreed(check_2014: CheckResult) -> None:
    """`kpi.undefined` names each measure that the plan announces and does not settle."""
    assert subject_ids(of_rule(check_2014, "kpi.undefined")) == [
        "better-start.breastfeeding",
        "better-start.community-engagement",
        "better-start.domestic-abuse-support",
        "better-start.maternal-mental-health",
        "better-start.sexual-health",
        "better-start.system-change",
        "community-service-redesign.further-kpis",
        "dementia-care-support.further-kpis",
        "direct-access-pathology.service-measures",
        "intermediate-care.length-of-stay",
        "intermediate-care.step-up-step-down",
        "palliative-care.further-kpis",
        "primary-care-engagement.further-kpis",
        "urgent-care-front-door.front-door-kpis",
    ]


def test_dependency_cycles_are_found(check_2014: CheckResult) -> None:
    """Community redesign and the front door of urgent care wait for each other, and so do four more pairs."""
    found = of_rule(check_2014, "dep.cycle")

    assert [(f.subject.id, f.message) for f in found] == [
        (
            "community-service-redesign",
            "Each waits for the other: Community services redesign ↔ Palliative care pathway review,"
            " Community services redesign ↔ Sustainable general practice and co-design of community services,"
            " Community services redesign ↔ Urgent care redesign (single front door),"
            " Community services redesign → Palliative care pathway review → Urgent care redesign (single front door)"
            " → Community services redesign",
        ),
        (
            "primary-care-access",
            "Each waits for the other: Access to primary care ↔ Urgent care redesign (single front door)",
        ),
        (
            "primary-care-engagement",
            "Each waits for the other: Sustainable general practice and co-design of community services"
            " ↔ Urgent care redesign (single front door)",
        ),
    ]


def test_evidence_of_the_cycle_holds_both_halves_of_it(plan_2014: PlanLog, check_2014: CheckResult) -> None:
    """Of community redesign and the front door, each declaration that it waits for the other is evidence."""
    (finding,) = (f for f in of_rule(check_2014, "dep.cycle") if f.subject.id == "community-service-redesign")
    declared = {(e.data.initiative, e.data.on) for e in plan_2014.find(finding.evidence).values()}  # type: ignore[attr-defined]

    assert ("community-service-redesign", "initiative:urgent-care-front-door") in declared
    assert ("urgent-care-front-door", "initiative:community-service-redesign") in declared


def test_four_initiatives_wait_for_one_another_in_the_column_of_dependencies(state_2014: State) -> None:
    """What the descriptions add left aside, each of four is needed by each of the others, directly or not."""
    needs: dict[str, set[str]] = {}
    for dependency in state_2014.dependencies.values():
        kind, _, name = (dependency.on or "").partition(":")
        if kind == "initiative" and dependency.stated_in is None:
            needs.setdefault(dependency.initiative, set()).add(name)

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        todo = [start]
        while todo:
            todo += (new := needs.get(todo.pop(), set()) - found)
            found |= new
        return found

    assert {name for name in needs if name in reached(name)} == {
        "community-service-redesign",
        "palliative-care",
        "primary-care-engagement",
        "urgent-care-front-door",
    }


def test_figures_that_come_late_leave_the_board_of_april_2014_alone() -> None:
    """The figures of 2013/14 and a rebased target are recorded in July; what was known in April stays 485 and 530."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        plan = tracker.plan("medway-ccg-2014")
        for entry in entries():
            if entry.plan == plan.id:
                clock.now = entry.recorded
                plan.record_all(entry.proposals)
        clock.now += timedelta(days=100)
        plan.record(
            Observed(measure="qp-medication-errors", period=plan.period("2013/14"), value=512),
            effective=plan.period("2013/14"),
        )
        rebased = TargetSet(
            measure="qp-medication-errors", comparator="at-least", value=560, period=plan.period("2014/15")
        )
        plan.record(rebased, effective="2014-07-01")

        def known(as_at: str, known_at: str) -> tuple[str, int, str]:
            state = plan.at(as_at=as_at, known_at=known_at)
            measure = state.measures["qp-medication-errors"]
            return str(measure.baseline), len(measure.observations), str(state.targets[measure.target or ""].value)

        assert known("2014-04-02", "2014-04-02") == ("485", 0, "530")
        assert known("2014-04-02", "2014-07-31") == ("485", 1, "530")
        assert known("2014-07-31", "2014-07-31") == ("485", 1, "560")


def test_eight_initiatives_have_no_dependency_assessed(check_2014: CheckResult) -> None:
    """Eight cells for dependencies are blank, and blank is not none."""
    assert subject_ids(of_rule(check_2014, "dep.not-assessed")) == [
        "arrhythmia-pathway",
        "cancer-direct-access-diagnostics",
        "cancer-general-practice",
        "cancer-survival-data",
        "fracture-clinic",
        "fractured-neck-of-femur",
        "pcmh-workforce",
        "primary-care-mental-health",
    ]


def test_nine_name_the_better_care_fund_in_their_dependency_column(state_2014: State) -> None:
    """Two more mention it in their description only, and are kept apart by `stated_in`."""
    naming = [d for d in state_2014.dependencies.values() if d.on == "external:better-care-fund"]

    assert sorted(d.initiative for d in naming if d.stated_in is None) == [
        "care-home-model",
        "carer-resilience",
        "community-equipment",
        "community-service-redesign",
        "dementia-care-support",
        "discharge-trusted-assessment",
        "falls-999-response",
        "intermediate-care",
        "practitioner-signposting",
    ]
    assert sorted((d.initiative, d.stated_in) for d in naming if d.stated_in is not None) == [
        ("primary-care-engagement", "description"),
        ("urgent-care-front-door", "description"),
    ]


def test_priority_four_is_an_unknown_code_kept_as_printed(state_2014: State, check_2014: CheckResult) -> None:
    """The row of community equipment prints priority 4; the list ends at 3."""
    (finding,) = of_rule(check_2014, "ref.unknown-code")
    alignment = state_2014.alignments[finding.subject.id]

    assert finding.message == (
        "Community Equipment Loans Service (CELS) names transformational-priorities.4, which is not defined"
    )
    assert (alignment.initiative, alignment.code, alignment.goal) == (
        "community-equipment",
        "transformational-priorities.4",
        None,
    )


def test_national_outcome_seven_is_served_by_nobody(state_2014: State, check_2014: CheckResult) -> None:
    """Outcomes 1 to 6 are each served by some initiative, outcome 7 by none."""
    (finding,) = of_rule(check_2014, "cov.goal-uncovered")
    served = {a.goal for a in state_2014.alignments.values() if a.strength != "not-applicable"}
    outcomes = {f"national-outcomes.{number}" for number in range(1, 8)}

    assert finding.subject.id == "national-outcomes.7"
    assert outcomes - served == {"national-outcomes.7"}


def test_arrhythmia_pathway_has_no_measure_no_dependency_and_no_risk(
    state_2014: State, check_2014: CheckResult
) -> None:
    """It is the only row with nothing in any of the three columns, and the only one without a measure."""

    def without(things: Mapping[str, Any], field: str) -> set[str]:
        named = (getattr(thing, field) or "" for thing in things.values())
        return in_the_table(state_2014) - {name.removeprefix("initiative:") for name in named}

    assert without(state_2014.measures, "initiative") == {"arrhythmia-pathway"}
    assert without(state_2014.risks, "about") == {"arrhythmia-pathway"}
    assert "arrhythmia-pathway" in without(state_2014.dependencies, "initiative")
    assert subject_ids(of_rule(check_2014, "kpi.none")) == ["arrhythmia-pathway"]


def test_four_recommendations_are_open_until_the_decisions_are_recorded() -> None:
    """What the board was asked is open before its meeting and closed by its decisions; the past does not change.

    What the Governing Body was to review, and the support that the Headlines ask for, is not decided with them.
    """
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        plan = tracker.plan("medway-ccg-2014")
        for entry in entries():
            if entry.plan == plan.id:
                clock.now = entry.recorded
                plan.record_all(entry.proposals)

        found = of_rule(plan.check(as_at="2014-04-02"), "gov.recommendation-open")
        asked = [f for f in found if f.subject.id in ("d1", "d2", "d3", "d4")]
        assert subject_ids([f for f in found if f not in asked]) == ["d2.support", "gb1", "gb2"]
        assert [(f.subject.id, f.message) for f in asked] == [
            (
                "d1",
                "Medway Health and Wellbeing Board, 2 April 2014, is asked to confirm: The two-year operational plan"
                " reflects the priorities that the Board agreed",
            ),
            (
                "d2",
                "Medway Health and Wellbeing Board, 2 April 2014, is asked to agree: The local quality premium target",
            ),
            (
                "d3",
                "Medway Health and Wellbeing Board, 2 April 2014, is asked to endorse: The approach to the increase in"
                " reported medication errors",
            ),
            (
                "d4",
                "Medway Health and Wellbeing Board, 2 April 2014, is asked to endorse: The choice of the patient"
                " experience measure",
            ),
        ]

        clock.now += timedelta(days=1)
        decided = {"d1": "confirmed", "d2": "agreed", "d3": "endorsed", "d4": "endorsed"}
        plan.record(
            *(
                DecisionTaken(decision=f"x-{name}", meeting="hwb-2014-04-02", recommendation=name, outcome=outcome)
                for name, outcome in decided.items()
            ),
            effective="2014-04-02",
            actor="board-secretary",
        )

        closed = plan.at(as_at="2014-04-02").recommendations
        assert {name: (r.status, r.outcome) for name, r in closed.items() if r.status == "decided"} == {
            name: ("decided", outcome) for name, outcome in decided.items()
        }
        still_open = of_rule(plan.check(as_at="2014-04-02"), "gov.recommendation-open")
        assert subject_ids(still_open) == ["d2.support", "gb1", "gb2"]
        before = plan.check(as_at="2014-04-02", known_at="2014-04-02")
        assert of_rule(before, "gov.recommendation-open") == found


@pytest.mark.parametrize("as_at", ["2014-03-24", "2014-04-02"])
def test_known_on_24_march_2014_the_governing_body_had_not_cleared_the_plan(plan_2014: PlanLog, as_at: str) -> None:
    """Two days before its review the plan is final on one condition, and nobody has approved it."""
    state = plan_2014.at(as_at=as_at, known_at="2014-03-24")
    plan = state.documents["operational-2y"]

    assert (plan.status, plan.condition) == ("conditional", "review by the Governing Body on 26 March 2014")
    assert state.approvals == {}
    assert state.decisions == {}
    assert state.meetings["governing-body-2014-03-26"].date == Period.parse("2014-03-26")


# --- as at 28 February 2018 ------------------------------------------------------------------------------------------

BOTH = [("ae-4-hour", "76.9", "83.5"), ("ae-4-hour-type-1", "68.5", "69.1")]


@pytest.mark.parametrize(("measure", "january", "december"), BOTH)
def test_january_2018_was_far_below_the_standard(state_2018: State, measure: str, january: str, december: str) -> None:
    """76.9 % over all departments and 68.5 % in type 1, a month after 83.5 % and 69.1 %."""
    figures = state_2018.measures[measure].observations[-2:]

    assert [(str(o.period), str(round(o.value, 1))) for o in figures] == [("2017-12", december), ("2018-01", january)]


@pytest.mark.parametrize(("measure", "january", "december"), BOTH)
def test_known_on_1_february_2018_the_january_figures_did_not_exist(
    plan_2017: PlanLog, measure: str, january: str, december: str
) -> None:
    """They were published on 8 February: until the evening before, December is the latest, whatever is asked."""
    for known_at in ("2018-02-01", "2018-02-07"):
        latest = plan_2017.at(as_at="2018-02-28", known_at=known_at).measures[measure].observations[-1]
        assert (str(latest.period), str(round(latest.value, 1))) == ("2017-12", december)

    latest = plan_2017.at(as_at="2018-02-28", known_at="2018-02-08").measures[measure].observations[-1]
    assert (str(latest.period), str(round(latest.value, 1))) == ("2018-01", january)


def second_thursday(year: int, month: int) -> date:
    """Independent of the journals: the first Thursday is one of the first seven days."""
    first = next(day for n in range(1, 8) if (day := date(year, month, n)).strftime("%a") == "Thu")
    return first + timedelta(days=7)


@pytest.mark.parametrize(
    ("measure", "counts"),
    [("ae-4-hour", lambda kind: True), ("ae-4-hour-type-1", lambda kind: kind == "1")],
    ids=["all departments", "type 1"],
)
def test_every_month_equals_the_published_data(plan_2017: PlanLog, measure: str, counts: Callable[[str], bool]) -> None:
    """36 months, each recomputed from the CSV, published on the second Thursday of the month after, recorded then."""
    (folder,) = {path.parent for path in journals()}
    expected: dict[str, tuple[Decimal, Decimal, date]] = {}
    with (folder / "ae_attendances_rpa.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if counts(row["type"]):
                year, month = int(row["period"][:4]), int(row["period"][5:7])
                seen, breached = Decimal(row["attendances"]), Decimal(row["breaches"])
                within, total, _ = expected.get(row["period"][:7], (Decimal(0), Decimal(0), None))
                after = second_thursday(year + month // 12, month % 12 + 1)
                expected[row["period"][:7]] = (within + seen - breached, total + seen, after)

    recorded = plan_2017.at(as_at="2019-12-31").measures[measure].observations
    days = {event.position: event.recorded_at.date() for event in plan_2017.about(f"measure:{measure}")}

    assert len(expected) == 36
    assert {str(o.period): (o.numerator, o.denominator, o.published_on) for o in recorded} == {
        month: (within, total, Period.day(published)) for month, (within, total, published) in expected.items()
    }
    for observation in recorded:
        within, total, published = expected[str(observation.period)]
        assert round(observation.value, 6) == round(within * 100 / total, 6)
        assert days[observation.position] == published


@pytest.mark.parametrize("measure", ["ae-4-hour", "ae-4-hour-type-1"])
def test_both_measures_carry_the_standard(state_2018: State, measure: str) -> None:
    """95 % at least, in every period, on the authority of the NHS Constitution."""
    name = state_2018.measures[measure].target
    assert name is not None
    target = state_2018.targets[name]

    assert (target.comparator, target.value, target.authority) == ("at-least", Decimal(95), "NHS Constitution")
    assert (target.period, target.due) == (None, None)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("ae-4-hour", "A&E within 4 hours, all departments: 76.9 % against at least 95, January 2018"),
        ("ae-4-hour-type-1", "A&E within 4 hours, main department (type 1): 68.5 % against at least 95, January 2018"),
    ],
)
def test_missed_target_rests_on_the_figure_and_the_target_alone(
    plan_2017: PlanLog, check_2018: CheckResult, measure: str, message: str
) -> None:
    """`kpi.missed-target` fires for each measure; its evidence is one `TargetSet` and one `Observed`, in that order."""
    (finding,) = (f for f in of_rule(check_2018, "kpi.missed-target") if f.subject.id == measure)
    events = plan_2017.find(finding.evidence)
    target, figure = (events[event_id].data for event_id in finding.evidence)

    assert finding.message == message
    assert isinstance(target, TargetSet)
    assert (target.measure, target.value, target.authority) == (measure, Decimal(95), "NHS Constitution")
    assert isinstance(figure, Observed)
    assert (figure.measure, str(figure.period)) == (measure, "2018-01")


def test_only_the_two_series_can_miss_a_target(check_2018: CheckResult) -> None:
    """Nothing else has figures: the rule says so for eleven measures instead of calling them fine."""
    unjudged = [n for n in check_2018.not_evaluated if n.rule == "kpi.missed-target"]

    assert subject_ids(of_rule(check_2018, "kpi.missed-target")) == ["ae-4-hour", "ae-4-hour-type-1"]
    assert len(unjudged) == 11
    assert {n.outcome for n in unjudged} == {"indeterminate"}


def test_silence_of_the_progress_report_about_the_standard_is_a_finding(check_2018: CheckResult) -> None:
    """The report of 2018 has 148 statements and none on the four-hour standard."""
    silent = {f.subject.id: f.message for f in of_rule(check_2018, "prg.silent-subject")}

    assert silent["ae-4-hour"] == (
        "Operational Plan 2017-19 Progress Report does not mention A&E within 4 hours, all departments,"
        " which has a target (at least 95)"
    )
    assert sorted(silent) == [
        "ae-4-hour",
        "ae-4-hour-type-1",
        "cancer-reviews",
        "contingency",
        "dementia-reviews",
        "non-recurrent-reserve",
        "uncommitted-reserve",
    ]


@pytest.mark.parametrize(
    ("as_at", "lead"),
    [("2017-04-01", "medway-council"), ("2018-01-31", "medway-council"), ("2018-02-28", "medway-ccg")],
)
def test_lead_of_the_mental_health_strategy(plan_2017: PlanLog, as_at: str, lead: str) -> None:
    """The Council led it until the hand-over, the CCG leads it since."""
    state = plan_2017.at(as_at=as_at, known_at=SECOND_BOARD)
    (strategy,) = (i for i in state.initiatives.values() if i.title == "Medway Mental Health Strategy")
    leads = [
        r.body
        for r in state.responsibilities.values()
        if r.subject == f"initiative:{strategy.id}" and r.role == "lead" and r.ended is None
    ]

    assert leads == [lead]


def test_standard_of_2017_goes_on_from_the_plan_of_2014(state_2014: State, state_2018: State) -> None:
    """The lineage leads to a measure that exists there, under the same standard."""
    predecessor = state_2018.measures["ae-4-hour"].continues
    assert predecessor == "medway-ccg-2014/measure:ae-4-hour"
    before = state_2014.subject("measure", predecessor.partition(":")[2])
    assert isinstance(before, Measure)
    assert before.target is not None
    target = state_2014.targets[before.target]

    assert (target.comparator, target.value, target.authority) == ("at-least", Decimal(95), "NHS Constitution")


def test_every_lineage_leads_to_a_subject_of_the_plan_of_2014(state_2014: State, state_2018: State) -> None:
    """`continues` names a plan, a kind and an id, and all of them exist."""
    named = [
        thing.continues
        for things in (state_2018.initiatives, state_2018.measures, state_2018.milestones, state_2018.documents)
        for thing in things.values()
        if thing.continues is not None
    ]

    assert len(named) > 20
    for reference in named:
        plan, _, subject = reference.partition("/")
        kind, _, name = subject.partition(":")
        assert plan == "medway-ccg-2014"
        assert state_2014.subject(kind, name) is not None, reference


# --- questions about the plan, answered from `show --format json` -----------------------------------------------------


def test_question_who_depends_directly_on_the_front_door(state_2014: State) -> None:
    """Eight initiatives name it, one of them in its description."""
    shown = show_json(state_2014)
    answer = {
        d["initiative"]: d["stated_in"]
        for d in shown["dependencies"].values()
        if d["on"] == "initiative:urgent-care-front-door"
    }

    assert answer == {
        "cellulitis-pathway": None,
        "community-childrens-nursing": None,
        "community-service-redesign": None,
        "liaison-psychiatry": None,
        "paediatric-urgent-care": None,
        "palliative-care": None,
        "primary-care-access": "description",
        "primary-care-engagement": None,
    }


def test_question_which_measures_have_no_target(state_2014: State, state_2018: State) -> None:
    """In 2014 only two measures of the table have a number to reach; in 2018 twelve measures have none."""
    of_rows = {k: m for k, m in show_json(state_2014)["measures"].items() if m["initiative"]}
    with_target = {k for k, m in of_rows.items() if m["target"]}
    without_2018 = sorted(k for k, m in show_json(state_2018)["measures"].items() if not m["target"])

    assert with_target == {"ae-4-hour", "fractured-neck-of-femur.treatment-36-hours"}
    assert without_2018 == [
        "18-weeks",
        "2ww",
        "62-day",
        "conversion",
        "dtoc",
        "ed-attendances",
        "eip",
        "emergency-beds",
        "gp-referrals",
        "hear-and-treat",
        "iapt",
        "primary-care-home-patients",
    ]


def test_question_which_objectives_have_no_reported_progress(state_2018: State) -> None:
    """In chapter 4 two of seventeen; over all chapters 19 of 104."""
    shown = show_json(state_2018)
    reported = {r["about"] for r in shown["reports"].values()}
    silent = {k: i["goal"] for k, i in shown["initiatives"].items() if f"initiative:{k}" not in reported}

    assert len(shown["initiatives"]) == 104
    assert sorted(k for k, goal in silent.items() if goal == "chapter-4") == ["o4-sl-2", "o4-sl-3"]
    assert {shown["initiatives"][k]["title"] for k in ("o4-sl-2", "o4-sl-3")} == {
        "ECIP",
        "Urgent and Emergency Care Network",
    }
    assert len(silent) == 19


def test_question_what_was_promised_by_31_march_2018(state_2018: State) -> None:
    """Six promises, in one expression of jq; those of April, of the year 2018 or of 2018/19 are not due yet."""
    shown = show_json(state_2018)
    promised = {c["due"] for c in shown["commitments"].values() if c["kind"] == "promise"}
    question = '.commitments[] | select(.kind == "promise" and .due and .due_end <= "2018-03-31") | [.title, .due]'
    in_time = {tuple(answer) for answer in jq.compile(question).input_value(shown)}

    assert in_time == {
        ("Recovery package facilitator starts", "2018-01"),
        ("Workflow optimisation training starts", "2018-02"),
        ("Patient and primary care workshop", "2018-02"),
        ("Estates strategy refreshed", "2018-03"),
        ("NICE pre-referral guidance met", "2018-03"),
        ("Breast stratified pathway", "2018-03-31"),
    }
    assert {"2018-04", "2018", "2018/19", "2019-03"} <= promised


# --- the record itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["medway-ccg-2014", "medway-ccg-2017"])
def test_no_event_is_unplaced_on_any_recorded_day(medway: Tracker, name: str) -> None:
    """As the log grew day by day, nothing spoke of something that did not exist at its time."""
    plan = medway.plan(name)
    days = sorted({event.recorded_at.date() for event in plan.events()})

    assert days[0] < days[-1]
    for day in days:
        assert plan.at(as_at=day, known_at=day).unplaced == {}, day
    assert plan.at(as_at="2100-01-01").unplaced == {}


@pytest.mark.parametrize(("name", "board"), [("medway-ccg-2014", FIRST_BOARD), ("medway-ccg-2017", SECOND_BOARD)])
def test_evidence_of_every_finding_exists_and_was_known(medway: Tracker, name: str, board: str) -> None:
    """Each finding names at least one event of the log, none recorded after the position that was read."""
    plan = medway.plan(name)
    result = plan.check(as_at=board, known_at=board)

    assert len(result) > 100
    for finding in result:
        events = plan.find(finding.evidence)
        assert finding.evidence, finding
        assert events.keys() == set(finding.evidence), finding
        assert max(event.position for event in events.values()) <= result.known


def test_fingerprints_are_unique(check_2014: CheckResult, check_2018: CheckResult) -> None:
    """A fingerprint names one finding, over both plans."""
    names = [finding.fingerprint for result in (check_2014, check_2018) for finding in result]

    assert len(set(names)) == len(names)


def test_recording_the_example_twice_records_it_once() -> None:
    """Every event id is derived from what the event says."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        first = sum(count for _, count in record_entries(tracker, clock))
        assert sum(count for _, count in record_entries(tracker, clock)) == 0
        assert sum(tracker.plan(name).head for name in tracker.plans()) == first


def test_clock_follows_the_documents(plan_2014: PlanLog, plan_2017: PlanLog) -> None:
    """`recorded_at` is the day of the paper or of the publication, never the day on which the demo runs."""
    assert {event.recorded_at.date().isoformat() for event in plan_2014.events()} == {"2014-03-24", "2014-04-02"}
    days = sorted({event.recorded_at.date().isoformat() for event in plan_2017.events()})
    assert (days[0], days[-1]) == ("2016-05-12", "2019-04-11")
    assert not any(event.clock_regressed for plan in (plan_2014, plan_2017) for event in plan.events())


@cache
def raw_events() -> list[tuple[str, str, dict[str, Any], Proposal]]:
    """Each event of the journals twice: as its author wrote it, and as it is read."""
    found = []
    for path in journals():
        content = path.read_text(encoding="utf-8")
        written = yaml.load(content, Loader=yaml.CBaseLoader)
        for entry, read in zip(written["entries"], read_journal(content, path.name), strict=True):
            for event, proposal in zip(entry["events"], read.proposals, strict=True):
                found.append((path.name, entry["recorded"], event, proposal))
    return found


def test_every_period_of_the_journals_parses_and_formats_back() -> None:
    """What stands in a field for dates is kept word for word, and reading it again gives the same period."""
    seen = set()
    for name, recorded, event, proposal in raw_events():
        data = event[type(proposal.data).__name__]
        values = {f.name: getattr(proposal.data, f.name) for f in event_fields(type(proposal.data))}
        pairs = [(data[field], value) for field, value in values.items() if isinstance(value, Period)]
        pairs.append((event.get("effective", recorded[:10]), proposal.effective))
        for text, period in pairs:
            assert str(period) == text, (name, event)
            assert Period.parse(text) == period, (name, event)
            seen.add(text)

    assert {"2014/15", "2014/15-2018/19", "2018-01", "2017", "end March 2018", "end of 2017"} <= seen


def test_every_date_like_text_of_the_journals_is_a_period() -> None:
    """Also where it is no field for dates, such as the version of a code list."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                yield from texts(part)
        else:
            yield value

    like_a_date = re.compile(r"(19|20)\d\d([-/]\d\d(\d\d)?){0,2}(-\d{4}/\d\d)?|Q[1-4] .*|(early|mid|late|end|by) .*\d")
    found = {
        text
        for path in journals()
        for text in texts(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader))
        if like_a_date.fullmatch(text)
    }

    assert len(found) > 50
    for text in found:
        assert str(Period.parse(text)) == text


def test_journals_name_roles_and_no_persons() -> None:
    """Actors are functions of an organisation, and no title of a person stands anywhere."""
    actors = {proposal.actor for _, _, _, proposal in raw_events()}

    assert actors == {"ccg-planning-team", "chief-operating-officer", "performance-team", "programme-management-office"}
    for path in journals():
        assert not re.search(r"\b(Dr|Mr|Mrs|Ms|Prof)\b", path.read_text(encoding="utf-8")), path.name


def test_attribution_of_the_figures_is_kept() -> None:
    """The Open Government Licence asks for it: in the journal and in the README beside the data."""
    (folder,) = {path.parent for path in journals()}
    for name in ("ae-2016-2019.yaml", "README.md"):
        said = " ".join((folder / name).read_text(encoding="utf-8").split())
        assert "NHS England" in said
        assert "NHSRdatasets" in said
        assert "Open Government Licence v3.0" in said


# --- what the page about the boards shows ----------------------------------------------------------------------------


def test_page_shows_what_each_board_is_shown(medway: Tracker) -> None:
    """At most twelve sentences each, as `check` prints them. After a change that is meant: RENEW_GOLDEN=1 pytest."""
    page = Path(__file__).parent.parent / "docs" / "two-boards.md"
    written = page.read_text("utf-8")

    def shown(match: re.Match[str]) -> str:
        result = medway.plan(match[1]).check(as_at=match[2], known_at=match[2])
        said = [line.text for line in check_report(result, zone="Europe/London")]
        told = said[: next(n for n, line in enumerate(said) if line.startswith("  … and ")) + 1]
        assert sum(bool(re.match(r"  \w+ +F-", line)) for line in told) <= 12
        return "\n".join([match[0].partition("\n")[0], "```text", *told, "…", said[-1], "```\n"])

    now = re.sub(r"<!-- board: (\S+) (\S+) -->\n```text\n.*?```\n", shown, written, flags=re.DOTALL)
    if os.environ.get("RENEW_GOLDEN"):
        page.write_text(now, "utf-8")
    assert now.count("less urgent") == 2
    assert page.read_text("utf-8") == now
