"""What events amount to: the fields of the state that are not simply those of an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack.bitemporal import timeline
from plantrack.errors import AdmissionError
from plantrack.events import (
    AliasDeclared,
    AlignmentDeclared,
    BenchmarkRecorded,
    BodyRegistered,
    BudgetRuleSet,
    CommitmentMade,
    CommitmentMet,
    Continued,
    DocumentIssued,
    Event,
    ExternalRegistered,
    ExternalStatusReported,
    FundingAwarded,
    GoalDefined,
    InitiativeProposed,
    InitiativeRevised,
    MeasureDefined,
    MeasureRevised,
    MilestoneRescheduled,
    MilestoneSet,
    ProgressReported,
    RecordedEvent,
    ResponsibilityAssigned,
    SavingPlanned,
    TargetSet,
)
from plantrack.events.formula import names_in, value_of
from plantrack.period import Period
from plantrack.plan_log import PlanLog
from plantrack.state import PLURALS, State, Target, fold
from plantrack.state.live import LiveState
from tests.strategies import OPENING, PLAN, days_of_2018, examples, formulas, histories

NOW = datetime.fromisoformat("2018-02-01T09:00Z")
YEAR = Period.fiscal_year(2017)


def plan_of(*said: tuple[str, Event]) -> PlanLog:
    """A plan in which events became true on these days."""
    plan = plantrack.open(":memory:", clock=lambda: NOW).plan(PLAN)
    plan.record(OPENING, effective="2016-04-01")
    for day, event in said:
        plan.record(event, effective=day)
    return plan


def state(*events: Event) -> State:
    """What events amount to that all became true on one day."""
    return plan_of(*(("2017-04-01", event) for event in events)).at(as_at="2018-02-28")


# --- targets that are computed ---------------------------------------------------------------------------------------


def target(**said: Any) -> Target:
    """A target of 530 medication errors with a derivation."""
    found = state(
        MeasureDefined(measure="errors", title="Medication errors reported"),
        TargetSet(measure="errors", comparator="at-least", value=530, **said),
    )
    return found.targets["errors"]


def test_a_target_is_computed_anew() -> None:
    """The value stays what the document says; beside it stands what its own arithmetic comes to."""
    found = target(formula="485 * (7.6 / 6.9) * (10.3 / 10.4)")
    assert (found.value, found.missing) == (Decimal(530), ())
    assert found.recomputed is not None
    assert round(found.recomputed, 2) == Decimal("529.07")


def test_inputs_have_names() -> None:
    """A number may stand in the formula, or beside it under the name that the document gives it."""
    found = target(formula="baseline * peer / own", inputs={"baseline": 485, "peer": "7.6", "own": "6.9"})
    assert [given.name for given in found.inputs] == ["baseline", "own", "peer"]
    assert round(found.recomputed or 0, 1) == Decimal("534.2")


def test_what_the_document_leaves_out_is_listed() -> None:
    """Without all its numbers a formula has no value; the names are in the order of the formula, each once."""
    found = target(formula="eligible * 0.9 - refused * eligible + baseline", inputs={"baseline": 1})
    assert (found.recomputed, found.missing) == (None, ("eligible", "refused"))


@pytest.mark.parametrize("formula", ["1 / 0", "7 / (baseline - 485)", " * ".join(["baseline"] * 18)])
def test_a_formula_may_have_no_value(formula: str) -> None:
    """A division by zero, a number out of bounds: nothing is missing, and there is no value either."""
    found = target(formula=formula, inputs={"baseline": 485} if "baseline" in formula else {})
    assert (found.recomputed, found.missing) == (None, ())


def test_a_target_without_a_formula_computes_nothing() -> None:
    """Words alone are no arithmetic."""
    found = target(derivation="3 % of allocation")
    assert (found.formula, found.recomputed, found.missing) == (None, None, ())


def test_a_rebase_is_computed_anew() -> None:
    """The formula belongs to the target that it derives: the next one has its own, or none."""
    plan = plan_of(
        ("2017-04-01", MeasureDefined(measure="errors", title="Errors")),
        ("2017-04-01", TargetSet(measure="errors", comparator="at-least", value=530, formula="a", inputs={"a": 529})),
        ("2017-10-01", TargetSet(measure="errors", comparator="at-least", value=540)),
    )
    before, after = (plan.at(as_at=day).targets["errors"] for day in ("2017-09-30", "2018-02-28"))
    assert (before.recomputed, before.origin("recomputed")) == (Decimal(529), 3)
    assert (after.recomputed, after.formula, after.inputs, after.origin("formula")) == (None, None, (), 4)


@given(formulas())
def test_a_formula_is_the_arithmetic_that_it_looks_like(written: str) -> None:
    """The same value as Python computes from the same text, in any context of the caller; or none in both."""
    numbers = {name: Decimal(number) for number, name in enumerate(names_in(written), 3)}
    spelt = {"Decimal": Decimal, **numbers}
    exact = "".join(f"Decimal('{part}')" if part[:1].isdigit() else part for part in parts_of(written))
    with localcontext(prec=28, Emin=-999, Emax=999):
        try:
            expected = eval(exact, {"__builtins__": {}}, spelt)
        except ArithmeticError:
            expected = None
    with localcontext(prec=3):
        found = value_of(written, numbers)
    too_large = expected is not None and expected.adjusted() > 30
    assert found == (None if too_large else expected)


def parts_of(written: str) -> list[str]:
    """Numbers, names and signs of a formula."""
    parts: list[str] = []
    for sign in written:
        if parts and (sign.isalnum() or sign in "._") and (parts[-1][-1].isalnum() or parts[-1][-1] in "._"):
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_milestone_takes_its_first_date_from_the_plan_before() -> None:
    """A decision foreseen for 2014/15 has slipped, though this plan never moved it; so has what moves it again."""
    predecessor = "medway-2014/milestone:walk-in-centre"
    plan = plan_of(
        ("2017-04-01", MilestoneSet(milestone="case", title="Business case", due="2018-02")),
        ("2017-04-01", Continued(subject="milestone:case", predecessor=predecessor, due=Period.fiscal_year(2014))),
        ("2018-01-15", MilestoneRescheduled(milestone="case", due="2018-05")),
    )
    found = plan.at(as_at="2018-02-28").milestones["case"]
    assert (str(found.first_due), found.origin("first_due")) == ("2014/15", 3)
    assert (str(found.due), found.continues) == ("2018-05", predecessor)


def test_a_milestone_that_continues_another_keeps_its_own_first_date() -> None:
    """Where nobody says what the other plan had set."""
    found = state(
        MilestoneSet(milestone="service", title="Service begins", due="2018-02"),
        Continued(subject="milestone:service", predecessor="medway-2014/initiative:review"),
        DocumentIssued(document="headlines", title="Headlines", kind="paper"),
        Continued(subject="document:headlines", predecessor="medway-2014/document:january"),
    )
    assert str(found.milestones["service"].first_due) == "2018-02"
    assert found.milestones["service"].continues == "medway-2014/initiative:review"
    assert found.documents["headlines"].continues == "medway-2014/document:january"


def test_what_is_kept_at_each_cadence_stays_owed() -> None:
    """A monthly report that was given is owed again next month; a promise that was kept is done with."""
    plan = plan_of(
        ("2017-04-01", CommitmentMade(commitment="report", title="Report", cadence="month")),
        ("2017-04-01", CommitmentMade(commitment="workshop", title="Workshop")),
        ("2017-06-30", CommitmentMet(commitment="report")),
        ("2017-06-30", CommitmentMet(commitment="workshop")),
        ("2017-07-31", CommitmentMet(commitment="report")),
    )
    found = plan.at(as_at="2018-02-28").commitments
    assert (found["report"].status, str(found["report"].met), found["report"].origin("met")) == (
        "open",
        "2017-07-31",
        6,
    )
    assert (found["workshop"].status, str(found["workshop"].met)) == ("met", "2017-06-30")


def test_a_change_of_scope_is_dated() -> None:
    """Whatever is put otherwise about an initiative, also when it is to be done."""
    plan = plan_of(
        ("2017-04-01", InitiativeProposed(initiative="map", title="Map of Medicine revised", period=YEAR)),
        ("2018-02-01", InitiativeRevised(initiative="map", title="Map of Medicine replaced")),
        ("2018-02-20", InitiativeRevised(initiative="map", period=Period.fiscal_year(2018))),
    )
    seen = [plan.at(as_at=day).initiatives["map"] for day in ("2018-01-31", "2018-02-01", "2018-02-20")]
    assert [(str(i.period), i.revised and str(i.revised)) for i in seen] == [
        ("2017/18", None),
        ("2017/18", "2018-02-01"),
        ("2018/19", "2018-02-20"),
    ]


@pytest.mark.parametrize(
    ("change", "redefined"),
    [
        ({"note": "other departments enter the figures"}, "2017-10"),
        ({"unit": "%"}, "2017-10"),
        ({"definition": "defined"}, "2017-10"),
        ({"initiative": "front-door"}, None),
        ({"cadence": "month", "lag_days": 14}, None),
        ({"part_of": "whole"}, None),
    ],
)
def test_a_change_of_what_is_measured_is_a_break(change: dict[str, Any], redefined: str | None) -> None:
    """Where a measure belongs and how often it comes may change without one."""
    plan = plan_of(
        ("2017-04-01", InitiativeProposed(initiative="front-door", title="Front door")),
        ("2017-04-01", MeasureDefined(measure="whole", title="All")),
        ("2017-04-01", MeasureDefined(measure="ae", title="A&E", definition="to-be-agreed")),
        ("2017-10", MeasureRevised(measure="ae", **change)),
    )
    found = plan.at(as_at="2018-02-28").measures["ae"].redefined
    assert (found and str(found)) == redefined


def test_an_external_thing_ends() -> None:
    """When is said at first, or with a later status; a status without it leaves what was said."""
    plan = plan_of(
        (
            "2014-04-01",
            ExternalRegistered(external="centre", title="Clinic", status="in-force", until="2016-03"),
        ),
        ("2015-04-01", ExternalStatusReported(external="centre", status="in-force", until="2017-03")),
        ("2015-10-01", ExternalStatusReported(external="centre", status="in-force")),
    )
    seen = [plan.at(as_at=day).externals["centre"] for day in ("2014-04-01", "2015-04-01", "2016-04-01")]
    assert [(str(e.until), e.origin("until")) for e in seen] == [("2016-03", 2), ("2017-03", 3), ("2017-03", 3)]


# --- one thing and another -------------------------------------------------------------------------------------------


def test_parts_name_their_whole() -> None:
    """Savings within a saving, measures that contribute to a measure: at first, or once it is known."""
    found = state(
        SavingPlanned(saving="qipp", title="QIPP", period=YEAR, amount=11_000_000),
        SavingPlanned(saving="qipp.recurrent", title="Recurrent", period=YEAR, amount=8_800_000, part_of="qipp"),
        MeasureDefined(measure="non-elective", title="Non-elective admissions"),
        MeasureDefined(measure="falls", title="After a fall", part_of="non-elective"),
        MeasureDefined(measure="care-homes", title="From care homes"),
        MeasureRevised(measure="care-homes", part_of="non-elective"),
    )
    assert [s.part_of for s in found.savings.values()] == [None, "qipp"]
    assert [m.part_of for m in found.measures.values()] == [None, "non-elective", "non-elective"]


def test_money_knows_the_measure_that_it_goes_by() -> None:
    """A rate is paid for what a measure counts; a rule on the budget is judged by a figure on a date."""
    found = state(
        MeasureDefined(measure="patients", title="Patients"),
        MeasureDefined(measure="reserve", title="Uncommitted"),
        FundingAwarded(funding="pump", title="Pump-priming", amount=3, per="patient", counted_by="patients"),
        BudgetRuleSet(
            budget_rule="reserve",
            title="Uncommitted at the start",
            comparator="at-least",
            value="0.5",
            unit="%",
            measure="reserve",
            judged_on="2017-04-01",
        ),
    )
    assert found.funding["pump"].counted_by == "patients"
    rule = found.budget_rules["reserve"]
    assert (rule.measure, str(rule.judged_on), rule.moment) == ("reserve", "2017-04-01", None)


def test_a_report_may_contradict_another_and_speak_of_something_else() -> None:
    """Both are said by whoever records it, and point to what was recorded before."""
    found = state(
        InitiativeProposed(initiative="bid", title="Bid"),
        GoalDefined(goal="theme", kind="theme", title="Theme"),
        ProgressReported(report="r1", about="initiative:bid", status="in-progress", text="not yet decided"),
        ProgressReported(
            report="r2",
            about="initiative:bid",
            status="complete",
            text="The chapters cover the themes",
            contradicts="r1",
            speaks_of="goal:theme",
        ),
    )
    assert (found.reports["r1"].contradicts, found.reports["r1"].speaks_of) == (None, None)
    assert (found.reports["r2"].contradicts, found.reports["r2"].speaks_of) == ("r1", "goal:theme")


def test_a_body_chairs_a_body_and_assures_a_document() -> None:
    """Roles that are no work on the plan."""
    found = state(
        BodyRegistered(body="trust", title="The Trust"),
        BodyRegistered(body="cancer-board", title="Cancer Board", kind="board"),
        DocumentIssued(document="plan", title="The plan", kind="operational-plan"),
        ResponsibilityAssigned(subject="body:cancer-board", role="chair", body="trust"),
        ResponsibilityAssigned(subject="document:plan", role="assurance", body="cancer-board"),
    )
    assert list(found.responsibilities) == ["body:cancer-board/chair/trust", "document:plan/assurance/cancer-board"]


def test_a_benchmark_has_a_kind() -> None:
    """A peer unless said otherwise."""
    found = state(
        MeasureDefined(measure="referrals", title="Referrals"),
        BenchmarkRecorded(measure="referrals", peer="England", value=3),
        BenchmarkRecorded(measure="referrals", peer="same months of 2016/17", value=0, kind="prior-year"),
    )
    assert [b.kind for b in found.benchmarks.values()] == ["peer", "prior-year"]


def test_an_unknown_subject_is_refused() -> None:
    """In every field that names one; nothing is recorded."""
    plan = plan_of(("2017-04-01", MeasureDefined(measure="reserve", title="Reserve")))
    rule = BudgetRuleSet(budget_rule="r", title="R", comparator="at-least", value=1, unit="%", measure="reserves")
    for event, message in [
        (rule, "measure: unknown measure 'reserves'; did you mean 'reserve'?"),
        (MeasureDefined(measure="m", title="M", part_of="reserved"), "part_of: unknown measure 'reserved'"),
        (SavingPlanned(saving="s", title="S", period=YEAR, amount=1, part_of="q"), "part_of: unknown saving 'q'"),
        (FundingAwarded(funding="f", title="F", amount=1, counted_by="q"), "counted_by: unknown measure 'q'"),
        (
            ProgressReported(report="r", about="measure:reserve", status="unclear", text="t", contradicts="q"),
            "contradicts: unknown report 'q'",
        ),
        (
            ProgressReported(report="r", about="measure:reserve", status="unclear", text="t", speaks_of="goal:q"),
            "speaks_of: unknown goal 'q'",
        ),
    ]:
        with pytest.raises(AdmissionError) as caught:
            plan.record(event, effective="2017-04-01")
        assert message in str(caught.value)
    assert len(list(plan.events())) == 2


# --- other names -----------------------------------------------------------------------------------------------------

PATHWAYS = (
    GoalDefined(goal="cancer", kind="priority-action", title="Cancer"),
    GoalDefined(goal="falls", kind="priority-action", title="Falls"),
    InitiativeProposed(initiative="diagnostics", title="Direct access diagnostics"),
    AlignmentDeclared(initiative="diagnostics", goal="bowel-and-brain"),
)
ALIAS = AliasDeclared(alias="bowel-and-brain", title="Bowel and brain pathways", of="goal:cancer")


def test_an_alignment_to_an_alias_leads_to_its_goal() -> None:
    """What is printed stays; an alias that is declared later counts too, and one of something else leads nowhere."""
    for alias, goal in [
        (ALIAS, "cancer"),
        (attrs.evolve(ALIAS, of="initiative:diagnostics"), None),
        (attrs.evolve(ALIAS, alias="bowel"), None),
    ]:
        found = state(*PATHWAYS, alias).alignments["diagnostics>bowel-and-brain"]
        assert (found.code, found.goal) == ("bowel-and-brain", goal)


def test_a_goal_of_that_name_comes_before_an_alias() -> None:
    """A code is what it says; only where there is none it may be another name."""
    found = state(*PATHWAYS, ALIAS, GoalDefined(goal="bowel-and-brain", kind="priority-action", title="Itself"))
    assert found.alignments["diagnostics>bowel-and-brain"].goal == "bowel-and-brain"


# --- kept up to date -------------------------------------------------------------------------------------------------


def test_a_corrected_alias_leads_elsewhere_at_once() -> None:
    """The alignment is another although no event about it came: it is made of the alias too."""
    plan = plan_of(*(("2017-04-01", event) for event in (*PATHWAYS, ALIAS)))
    *_, alias = plan.events()
    facts = [(e.position, e.effective, e.data) for e in plan.events()]
    live = LiveState(facts, plan=PLAN, as_at=date(2018, 2, 28), known=len(facts))
    moved = (alias.position, alias.effective, attrs.evolve(ALIAS, of="goal:falls"))

    changes = live.change(gone=[facts[-1]], come=[moved])
    assert [(c.kind, c.id, c.fields) for c in changes.subjects] == [
        ("alias", "bowel-and-brain", ("of",)),
        ("alignment", "diagnostics>bowel-and-brain", ("goal",)),
    ]
    assert live.state.alignments["diagnostics>bowel-and-brain"].goal == "falls"

    live.change(gone=[moved])
    assert live.state.alignments["diagnostics>bowel-and-brain"].goal is None
    live.change(come=[facts[-1]])
    assert live.state.alignments["diagnostics>bowel-and-brain"].goal == "cancer"


def same(live: LiveState, facts: Sequence[Any], as_at: date) -> bool:
    """Whether a state that was kept up to date is the fold of the same facts, in its order too."""
    expected = fold(facts, plan=PLAN, as_at=as_at, known=live.known)
    return all(list(live.state.of_kind(k).items()) == list(expected.of_kind(k).items()) for k in PLURALS)


@examples(0.3)
@given(histories(20), days_of_2018(), st.randoms(use_true_random=False))
def test_in_whatever_order_facts_come_and_go_the_state_is_their_fold(
    history: list[RecordedEvent], as_at: date, order: Any
) -> None:
    """One at a time, in any order, half of them gone again."""
    facts = timeline(history, as_at=as_at, known=len(history))
    live = LiveState((), plan=PLAN, as_at=as_at, known=len(history))
    here: list[Any] = []
    coming = list(facts)
    order.shuffle(coming)
    for fact in coming:
        live.change(come=[fact])
        here.append(fact)
        assert same(live, sorted(here, key=lambda f: (f[1].last_day, f[0])), as_at)
    for fact in coming[::2]:
        live.change(gone=[fact])
        here.remove(fact)
    assert same(live, sorted(here, key=lambda f: (f[1].last_day, f[0])), as_at)
