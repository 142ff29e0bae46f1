"""A check kept up to date equals a full check after every event, whatever is recorded and whatever the rules read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from plantrack.bitemporal import Fact, Heard, timeline
from plantrack.events import (
    BodyRegistered,
    Code,
    CommitmentMade,
    DependencyDeclared,
    DocumentIssued,
    Event,
    EventCorrected,
    EventRetracted,
    ExternalRegistered,
    FindingWaived,
    FrameworkDefined,
    GoalDefined,
    InitiativeProposed,
    MeasureDefined,
    MeetingScheduled,
    MilestoneReached,
    MilestoneSet,
    RecommendationMade,
    RecordedEvent,
    RiskRaised,
    SavingPlanned,
)
from plantrack.events.codec import TYPES
from plantrack.period import Period
from plantrack.rules import CheckResult, Finding, Pack, check, installed_packs, load_pack
from plantrack.rules.comparison import Checked, compared
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.schema import BOOL, Type
from plantrack.rules.language.signatures import Function, takes
from plantrack.rules.watch import LiveCheck
from plantrack.state import State, fold
from tests.every_function import all_calls, pack_of
from tests.strategies import FIRST_RECORDED, OPENING, PLAN, events_about_few, examples

ROUTES = """\
plantrack-rules: 1
pack: routes
version: 1.0.0
rules:
  - {id: way.own, title: T, for: Milestone, severity: low, needs: [due], when: due < today,
     score: "days_between(due, today)", message: "{title} {due} {initiative}"}
  - {id: way.forward, title: T, for: Measure, severity: low, where: goal is not None,
     when: "goal.parent is not None and goal.parent.parent is not None", identity: [goal.id],
     message: "{goal} of {goal.parent} in {goal.framework}", fix: "ask {goal.parent.parent.title}"}
  - {id: way.without-list, title: T, for: [Body, Initiative], severity: high, when: "parent is not None",
     message: "{id} below {parent}"}
  - {id: way.replaced, title: T, for: Initiative, severity: low, when: "superseded_by is not None",
     message: "{superseded_by.title} {superseded_by.status}"}
  - {id: way.agreed, title: T, for: Target, severity: low, where: agreed, when: "agreed_by is not None",
     message: "{agreed_by.title} {measure.title}"}
  - {id: way.lists, title: T, for: Initiative, severity: medium, when: "any(r.status == 'open' for r in risks)",
     score: "sum(1 for r in risks if r.status == 'open')", message: "{risks} {measures} {reports}"}
  - {id: way.lists-of-lists, title: T, for: Goal, severity: low,
     when: "any(any(o.value > 0 for o in m.observations) for m in measures)", message: "{goals} {measures}"}
  - {id: way.any-reference, title: T, for: Commitment, severity: low,
     when: "about_risk is not None and about_risk.about_initiative is not None",
     cause: about_risk, affects: about_risk.about_initiative,
     message: "{about_risk.about_initiative.title}: {owner} owes {title} to {owed_to}"}
  - {id: way.series, title: T, for: Measure, severity: high, needs: [last], let: {last: latest(observations)},
     when: "target is not None and shortfall(last, target) > 0", score: "shortfall(last, target)",
     message: "{last} {target} {unit} {last.provisional}"}
  - {id: way.division, title: T, for: Measure, severity: low, needs: [last], let: {last: latest(observations)},
     when: "1 / last.value > 0", score: 1 / last.value, message: "{last.value}"}
  - {id: way.plan, title: T, for: Body, severity: low, needs: [paper], let: {paper: latest(plan.documents)},
     when: "paper.status != 'draft'", identity: [paper.id], message: "{plan.title}: {paper.title} {plan.currency}"}
  - {id: way.everything, title: T, for: Plan, severity: info, when: len(measures) > 0, cause: plan,
     message: "{measures} {initiatives} {targets} {unplaced}"}
  - {id: way.aligned, title: T, for: Alignment, severity: low, when: goal is None, message: "{code} {initiative}"}
  - {id: way.aligned-too, title: T, for: Alignment, severity: low, when: "goal is not None and goal.framework is None",
     message: "{goal.title} {initiative.parent}"}
  - {id: way.reached, title: T, for: Initiative, severity: low,
     when: "any(d.on_milestone is not None and d.on_milestone.status != 'reached' for d in dependencies)",
     message: "{dependencies} {dependants}"}
  - {id: way.further, title: T, for: Initiative, severity: low, when: "any(m.status == 'delayed' for m in late)",
     let: {far: latest(upstream(initiative)), late: "default(far, initiative).milestones"}, message: "{far} {late}"}
  - {id: way.reported, title: T, for: Report, severity: low, where: document is not None,
     when: "document.period is not None", message: "{document} {about} {about_measure}"}
  - {id: way.assigned, title: T, for: Responsibility, severity: low, when: ended is None,
     message: "{body} for {on_behalf_of}: {subject_initiative} {subject_goal} {subject_risk}"}
  - {id: way.waived, title: T, for: Waiver, severity: low, when: not matches(waiver), message: "{finding} {until}"}
"""
HELD = """\
plantrack-rules: 1
pack: held
version: 1.0.0
rules:
  - {id: way.held, title: T, for: Initiative, severity: low, when: "status == 'proposed'", hold_for: 40,
     message: "{title} since long"}
  - {id: way.held-too, title: T, for: Measure, severity: low, hold_for: 70, needs: [last],
     let: {last: latest(observations)}, when: "days_between(last.period, today) > 20", message: "{title} {last}"}
"""


@cache
def packs() -> dict[str, tuple[Pack, ...]]:
    """The packs under test: the installed ones, routes of every form, and calls of every function."""
    return {
        "installed": installed_packs(),
        "routes": (load_pack(ROUTES, "routes.yaml"),),
        "held": (load_pack(HELD, "held.yaml"),),
        "functions": (pack_of(all_calls()),),
    }


class Log:
    """A log in memory that grows, and the full check of it."""

    def __init__(self, chosen: Sequence[Pack], day: date) -> None:
        self.packs, self.day = chosen, day
        self.events: list[RecordedEvent] = []

    def following(self, several: Iterable[tuple[Event, Period]]) -> list[RecordedEvent]:
        """The events that would follow."""
        return [
            RecordedEvent(
                plan=PLAN,
                position=position,
                event_id=f"e{position}",
                recorded_at=FIRST_RECORDED + timedelta(hours=position),
                effective=effective,
                data=data,
            )
            for position, (data, effective) in enumerate(several, len(self.events) + 1)
        ]

    def find(self, names: Collection[str]) -> Mapping[str, RecordedEvent]:
        return {event.event_id: event for event in self.events if event.event_id in names}

    def ids(self, positions: Collection[int]) -> Mapping[int, str]:
        return {position: f"e{position}" for position in positions}

    def facts(self) -> list[Fact]:
        return timeline(self.events, as_at=self.day, known=len(self.events))

    def state(self) -> State:
        return fold(self.facts(), plan=PLAN, as_at=self.day, known=len(self.events))

    def check(self) -> CheckResult:
        """The definition: everything folded, every rule over every subject."""
        result = check(self.state(), self.packs, facts=self.facts)
        findings = (attrs.evolve(f, evidence=tuple(f"e{p}" for p in f.positions)) for f in result.findings)
        recorded_at = self.events[-1].recorded_at if self.events else None
        return attrs.evolve(result, findings=tuple(findings), recorded_at=recorded_at)

    def checked(self, result: CheckResult, state: State, but: int = 0) -> Checked:
        """A check with what it looked at: all events but the last so many."""
        events = self.events[: len(self.events) - but]
        facts = timeline(events, as_at=self.day, known=len(events))
        return Checked(result, state, self.packs, lambda: facts)

    def live(self) -> LiveCheck:
        """The same, to be kept up to date from here on."""
        amending = [(e.event_id, e.data) for e in self.events if isinstance(e.data, EventCorrected | EventRetracted)]
        return LiveCheck(
            self.facts(),
            Heard(self.day, tuple(amending)),
            self.packs,
            plan=PLAN,
            known=len(self.events),
            recorded_at=self.events[-1].recorded_at if self.events else None,
            find=self.find,
            event_ids=self.ids,
        )


EVENTS = events_about_few()
MONTHS = st.integers(1, 12).map(lambda month: Period.month(2018, month))
LAST = date(2018, 9, 30)
JANUARY = Period.month(2018, 1)


@cache
def of_type(name: str) -> st.SearchStrategy[Event]:
    """Events of a type about few."""
    return events_about_few(TYPES[name])


def openings(name: str) -> list[Event]:
    """A subject of each kind under one name, so that events about few find them, and each other."""
    return [
        BodyRegistered(body=name, title=f"Body {name}"),
        FrameworkDefined(framework=name, title="Codes", version="1", codes=(Code(code="a"), Code(code="b"))),
        GoalDefined(goal=name, kind="objective", title=f"Goal {name}"),
        InitiativeProposed(initiative=name, title=f"Initiative {name}"),
        MilestoneSet(milestone=name, title=f"Milestone {name}", initiative=name, due=Period.month(2018, 6)),
        MeasureDefined(measure=name, title=f"Measure {name}", initiative=name, goal=name),
        ExternalRegistered(external=name, title=f"Bid {name}"),
        DependencyDeclared(dependency=name, initiative=name, title=f"Needs {name}", on="initiative:a"),
        RiskRaised(risk=name, title=f"Risk {name}", about=f"initiative:{name}"),
        CommitmentMade(commitment=name, title=f"Promise {name}", owner=name, about=f"risk:{name}", kind="mitigation"),
        SavingPlanned(saving=name, title=f"Saving {name}", period=Period.month(2018, 1), amount=Decimal(1)),
        MeetingScheduled(meeting=name, body=name, date=Period.month(2018, 3)),
        RecommendationMade(recommendation=name, meeting=name, verb="agree", title="It", about=f"initiative:{name}"),
        DocumentIssued(document=name, title=f"Report {name}", kind="progress-report"),
    ]


class Watching(RuleBasedStateMachine):
    """Anything is recorded, one event at a time; the check that is kept up to date is compared with a full one."""

    made: Callable[[], Mapping[str, tuple[Pack, ...]]] = staticmethod(packs)

    @initialize(data=st.data(), day=st.sampled_from([LAST, date(2018, 4, 30)]), months=st.lists(MONTHS, min_size=3))
    def begins(self, data: st.DataObject, day: date, months: list[Period]) -> None:
        self.watches(Log(self.made()[data.draw(st.sampled_from(list(self.made())))], day), months)

    def watches(self, log: Log, months: Sequence[Period]) -> None:
        """A plan with two subjects of each kind, which became true in some months by turns."""
        self.log = log
        opened = [OPENING, *openings("a"), *openings("b")]
        log.events = log.following((event, months[n % len(months)]) for n, event in enumerate(opened))
        self.live = log.live()
        self.result, self.state = log.check(), log.state()
        assert exact(self.live.result) == exact(self.result)

    @rule(event=EVENTS, month=MONTHS)
    def happens(self, event: Event, month: Period) -> None:
        self.hears(event, month)

    @rule(data=st.data(), which=st.integers(0, 60), month=st.none() | MONTHS)
    def is_corrected(self, data: st.DataObject, which: int, month: Period | None) -> None:
        facts = [e for e in self.log.events if not isinstance(e.data, EventCorrected | EventRetracted)]
        event = facts[-1 - which % len(facts)]
        replacement = data.draw(of_type(event.type))
        self.hears(EventCorrected(event=event.event_id, replacement=replacement, effective=month))

    @rule(which=st.integers(0, 60))
    def is_retracted(self, which: int) -> None:
        events = self.log.events
        self.hears(EventRetracted(event=events[-1 - which % len(events)].event_id, why="it was wrong"))

    @precondition(lambda self: self.result.findings)
    @rule(which=st.integers(0, 60), until=st.dates(date(2018, 3, 1), date(2019, 1, 1)), month=MONTHS)
    def is_waived(self, which: int, until: date, month: Period) -> None:
        finding = self.result.findings[which % len(self.result.findings)]
        name = f"w{len(self.log.events)}"
        people = {"requester": "Ann", "approver": ("Ben", "Ann")[which % 2]}
        waiver = FindingWaived(waiver=name, finding=finding.fingerprint, reason="known", until=until, **people)
        self.hears(waiver, month)

    @rule(data=st.data(), which=st.integers(0, 60))
    def is_only_supposed(self, data: st.DataObject, which: int) -> None:
        """What that leaves behind shows when the next event is heard: then the result is put together anew."""
        several = [(data.draw(EVENTS), data.draw(MONTHS)) for _ in range(2)]
        wrong = EventRetracted(event=f"e{1 + which % (len(self.log.events) + 2)}", why="it was wrong")
        self.live.suppose(self.log.following([*several, (wrong, JANUARY)]))
        assert exact(self.live.result) == exact(self.result)

    def hears(self, data: Event, effective: Period = JANUARY) -> None:
        """First suppose it, then let it happen."""
        (event,) = self.log.following([(data, effective)])
        supposed = self.live.suppose([event])
        self.log.events.append(event)
        told = self.live.hear([event])
        before, was = self.result, self.state
        self.result, self.state = self.log.check(), self.log.state()
        assert exact(self.live.result) == exact(self.result)
        assert told == supposed
        assert set(told) == self.differences(before, was)

    def differences(self, before: CheckResult, was: State) -> set[Finding]:
        """What the comparison of two whole checks says of the findings that are not as they were."""
        told = compared(self.log.checked(self.result, self.state), self.log.checked(before, was, 1), "before")
        known = {attrs.evolve(finding, group=None) for finding in before.findings}
        alone = {attrs.evolve(finding, group=None) for finding in told.findings}
        plain = {finding: attrs.evolve(finding, state=None, state_reason="") for finding in alone}
        return {finding for finding in alone if plain[finding] not in known} | set(told.gone)


def exact(result: CheckResult) -> list[str]:
    """A result to the last digit: equal is not enough where 95 and 95.0 are."""
    parts = [*result.findings, *result.not_evaluated, *result.groups, result.counts, result.packs]
    return [*map(repr, parts), f"{result.title} {result.as_at} {result.known} {result.recorded_at}"]


def test_watch_equals_full_check() -> None:
    """Whatever happens, late or in order, corrected or retracted: the result is that of a full check, and supposing
    something leaves no trace."""
    run_state_machine_as_test(Watching, settings=settings(examples(0.5), stateful_step_count=12))


@pytest.mark.soak
def test_watch_equals_full_check_for_long() -> None:
    """The same, through longer lives of more plans."""
    run_state_machine_as_test(Watching, settings=settings(examples(0.2), stateful_step_count=40))


SECRET = """\
plantrack-rules: 1
pack: secret
version: 1.0.0
rules:
  - {id: way.settled, title: T, for: Initiative, severity: low, when: "any(not settled(m) for m in milestones)",
     message: "{title} waits for {milestones}"}
"""


@pytest.mark.parametrize("declared", ["Milestone.status", "Milestone.due"])
def test_law_fails_for_a_function_that_reads_in_secret(declared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that reads the status of a milestone and declares its date leaves a finding standing that is none any
    more, and the machine sees that."""
    milestone = takes(Type("Milestone"), result=BOOL)
    function = Function("settled(milestone)", "", milestone, lambda m: m.status == "reached", footprint=(declared,))
    monkeypatch.setitem(FUNCTIONS, "settled", function)
    machine = Watching()
    machine.watches(Log([load_pack(SECRET, "secret.yaml")], LAST), [JANUARY])
    expected = nullcontext() if declared == "Milestone.status" else pytest.raises(AssertionError, match=r"way\.settled")
    with expected:
        machine.hears(MilestoneReached(milestone="a"))
    assert [finding.subject.id for finding in machine.result] == ["b"]
