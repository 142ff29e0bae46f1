"""Two times: what was true on a day, as far as it was known at a position. The definition is fixed, and this is it.

state(as_at, known_at) = fold(sorted(events with position <= known position, corrected,
                                     last day of effective <= as_at,
                                     key=(last day of effective, position)))
"""

from __future__ import annotations

import decimal
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plantrack.bitemporal import Fact, timeline
from plantrack.coordinates import Coordinates
from plantrack.errors import CoordinateError, UnknownPlanError
from plantrack.events import (
    TYPES,
    AliasDeclared,
    ApprovalGiven,
    BodyRegistered,
    BudgetRuleSet,
    Code,
    CommitmentMade,
    Continued,
    DecisionTaken,
    DependencyDeclared,
    DocumentIssued,
    Escalated,
    Event,
    EventCorrected,
    EventRetracted,
    ExternalRegistered,
    FallbackDeclared,
    FrameworkDefined,
    FundingAwarded,
    GoalDefined,
    InitiativeProposed,
    MeasureDefined,
    MeetingScheduled,
    MilestoneReached,
    MilestoneRescheduled,
    MilestoneSet,
    Observed,
    PlanOpened,
    ProgressReported,
    RecommendationMade,
    RecordedEvent,
    ResponsibilityAssigned,
    ResponsibilityEnded,
    RiskRaised,
    SavingPlanned,
    TargetAgreed,
    TargetSet,
)
from plantrack.events.envelope import subjects
from plantrack.period import Period
from plantrack.plan_log import PlanLog
from plantrack.reports.as_json import check_json, show_json
from plantrack.rules import installed_packs
from plantrack.state import PLURALS, Entity, State, fold
from plantrack.state.entity import data_fields
from plantrack.tracker import open_tracker
from tests.strategies import (
    CORRECTIONS,
    PLAN,
    days_of_2018,
    events_about_few,
    examples,
    histories,
    holds,
    periods,
    proposal_of,
    recorded,
    varied,
    written,
)

END = date(2019, 1, 1)


class Clock:
    """Gives the times it was told, then the last one for ever."""

    def __init__(self, *times: datetime) -> None:
        self.times = list(times)

    def __call__(self) -> datetime:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]


NINE = datetime(2018, 2, 1, 9, tzinfo=UTC)


def log_of(history: Iterable[RecordedEvent]) -> PlanLog:
    """A log in memory in which a history was recorded in one batch."""
    log = open_tracker(":memory:", clock=Clock(NINE)).plan(PLAN)
    log.record_all([proposal_of(event) for event in history])
    return log


def state_of(facts: Iterable[Fact], as_at: date, known: int) -> State:
    return fold(facts, plan=PLAN, as_at=as_at, known=known)


def state(events: Sequence[RecordedEvent], as_at: date, known: int | None = None) -> State:
    """The state by the definition in ``bitemporal``."""
    known = len(events) if known is None else known
    return state_of(timeline(events, as_at=as_at, known=known), as_at, known)


def told(*facts: tuple[str, Event]) -> list[RecordedEvent]:
    """A log of (effective, event) with ids e1, e2, ... after the opening of the plan."""
    opened = PlanOpened(title="Medway", organisation="CCG", period=Period.parse("2018"))
    said = [("2018-01-01", opened), *facts]
    return recorded([(f"e{n}", Period.parse(when), event) for n, (when, event) in enumerate(said, 1)])


# --- the definition --------------------------------------------------------------------------------------------------


def plainly(events: Sequence[RecordedEvent], as_at: date, known: int) -> list[Fact]:
    """The definition once more, as plain as it can be written: every question is asked of the whole log."""
    heard = [event for event in events if event.position <= known]

    def retracted(name: str) -> bool:
        return any(
            isinstance(e.data, EventRetracted) and e.data.event == name and not retracted(e.event_id) for e in heard
        )

    facts = []
    for event in heard:
        if isinstance(event.data, CORRECTIONS) or retracted(event.event_id):
            continue
        effective, data = event.effective, event.data
        for other in heard:
            if isinstance(other.data, EventCorrected) and other.data.event == event.event_id:
                if retracted(other.event_id):
                    continue
                effective, data = other.data.effective or event.effective, other.data.replacement
        if effective.last_day <= as_at:
            facts.append((event.position, effective, data))
    return sorted(facts, key=lambda fact: (fact[1].last_day, fact[0]))


@given(histories(), days_of_2018(), st.data())
def test_the_timeline_is_the_definition(history: list[RecordedEvent], as_at: date, drawn: st.DataObject) -> None:
    """``timeline`` picks, corrects and orders events as the definition says, read in the plainest way."""
    known = drawn.draw(st.integers(0, len(history)))
    assert timeline(history, as_at=as_at, known=known) == plainly(history, as_at, known)
    assert timeline(reversed(history), as_at=as_at, known=known) == plainly(history, as_at, known)


@examples(0.5)
@given(histories(), days_of_2018(), st.data())
def test_the_store_streams_the_definition(history: list[RecordedEvent], as_at: date, drawn: st.DataObject) -> None:
    """The fast path, in which SQLite sorts and corrections are merged in, yields the same facts and the same state."""
    known = drawn.draw(st.integers(0, len(history)))
    log = log_of(history)
    kept = list(log.events())
    assert [(e.position, e.event_id, e.effective, e.data) for e in kept] == [
        (e.position, e.event_id, e.effective, e.data) for e in history
    ]
    facts = list(log._store.facts(PLAN, as_at=as_at, known=known))
    assert facts == timeline(kept, as_at=as_at, known=known)
    found = log.state_at(Coordinates(as_at, known, None))
    assert found == state(kept, as_at, known)
    assert repr(found) == repr(state(kept, as_at, known))  # and in the same order


@given(histories(), days_of_2018(), days_of_2018())
def test_an_earlier_day_is_folded_from_the_first_facts(history: list[RecordedEvent], one: date, other: date) -> None:
    """What counts on a day counts on every later day too, in the same order and before anything newer."""
    early, late = sorted([one, other])
    facts = timeline(history, as_at=late, known=len(history))
    before = timeline(history, as_at=early, known=len(history))
    assert facts[: len(before)] == before
    assert all(fact[1].last_day > early for fact in facts[len(before) :])


# --- nothing that was known changes ----------------------------------------------------------------------------------


@examples(0.5)
@given(histories(), st.data())
def test_what_was_known_never_changes(history: list[RecordedEvent], drawn: st.DataObject) -> None:
    """Whatever is recorded later, late facts, corrections and retractions included, an earlier position reads the same.

    Half of the history is recorded and asked for its states, then the rest is recorded and they are asked for again.
    """
    half = drawn.draw(st.integers(1, len(history)))
    places = [Coordinates(drawn.draw(days_of_2018()), known, None) for known in range(0, half + 1, 3)]
    log = log_of(history[:half])
    before = [repr(log.state_at(place)) for place in places]
    log.record_all([proposal_of(event) for event in history[half:]])
    assert [repr(log.state_at(place)) for place in places] == before


def test_an_earlier_day_may_read_otherwise_once_more_is_known() -> None:
    """The day stays, the knowledge grows: January was 70 until the correction of March, and still is as known then."""
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits")),
        ("2018-01-31", Observed(measure="waits", period=Period.parse("2018-01"), value=70)),
        (
            "2018-03-15",
            EventCorrected(event="e3", replacement=Observed(measure="waits", period=Period.parse("2018-01"), value=77)),
        ),
    )
    assert figures(state(log, date(2018, 1, 31), known=3)) == {("waits", "2018-01"): Decimal(70)}
    assert figures(state(log, date(2018, 1, 31), known=4)) == {("waits", "2018-01"): Decimal(77)}


# --- a late correction for January leaves February alone -------------------------------------------------------------


def figures(found: State) -> dict[tuple[str, str], Decimal]:
    """Every figure of a state, by measure and period."""
    return {(m.id, o.period.text): o.value for m in found.measures.values() for o in m.observations}


def test_a_late_correction_for_january_leaves_february_alone() -> None:
    """The correction takes January's place, in value and in time, and nothing else moves."""
    months = [
        (f"2018-0{n}", Observed(measure="waits", period=Period.parse(f"2018-0{n}"), value=70 + n)) for n in (1, 2)
    ]
    january = Observed(measure="waits", period=Period.parse("2018-01"), value=Decimal("70.5"))
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits")),
        *months,
        ("2018-06-20", EventCorrected(event="e3", replacement=january)),
    )
    before, after = state(log, END, known=4), state(log, END, known=5)
    assert figures(before) == {("waits", "2018-01"): Decimal(71), ("waits", "2018-02"): Decimal(72)}
    assert figures(after) == {("waits", "2018-01"): Decimal("70.5"), ("waits", "2018-02"): Decimal(72)}
    assert before.measures["waits"].observations[1] == after.measures["waits"].observations[1]
    assert figures(state(log, date(2018, 2, 27), known=5)) == {("waits", "2018-01"): Decimal("70.5")}


def test_the_last_correction_that_stands_wins() -> None:
    """Corrected twice, a fact reads as the second says; with that retracted, as the first; with both, as recorded."""
    january = [Observed(measure="waits", period=Period.parse("2018-01"), value=Decimal(n)) for n in (70, 71, 72)]
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits")),
        ("2018-01-31", january[0]),
        ("2018-02-01", EventCorrected(event="e3", replacement=january[1])),
        ("2018-02-02", EventCorrected(event="e3", replacement=january[2])),
        ("2018-02-03", EventRetracted(event="e5", why="that was February")),
        ("2018-02-04", EventRetracted(event="e4", why="the original was right")),
        ("2018-02-05", EventRetracted(event="e3", why="nobody counted")),
        ("2018-02-06", EventRetracted(event="e6", why="it was not")),
        ("2018-02-07", EventRetracted(event="e8", why="somebody did")),
    )
    known = [list(figures(state(log, END, known=n)).values()) for n in range(3, 11)]
    assert known == [[Decimal(n)] if n else [] for n in (70, 71, 72, 71, 70, 0, 0, 72)]


def test_a_correction_may_move_the_date() -> None:
    """A fact that was given the wrong date takes its place among the facts of the right one."""
    go_live = MilestoneSet(milestone="go-live", title="Go live", due=Period.parse("2018-06"))
    reached = MilestoneReached(milestone="go-live")
    log = told(
        ("2018-01-01", go_live),
        ("2018-05", reached),
        ("2018-04", MilestoneRescheduled(milestone="go-live", due=Period.parse("2018-09"))),
        ("2018-06-01", EventCorrected(event="e3", replacement=reached, effective=Period.parse("2018-03"))),
    )
    assert state(log, END, known=4).milestones["go-live"].status == "reached"
    assert state(log, END, known=5).milestones["go-live"].status == "planned"  # rescheduled after it was reached
    assert state(log, date(2018, 3, 31), known=5).milestones["go-live"].status == "reached"
    assert state(log, date(2018, 3, 31), known=4).milestones["go-live"].status == "planned"


@examples(0.5)
@given(histories(), st.integers(0, 40), st.integers(0, 11))
def test_correcting_one_month_leaves_every_other_alone(history: list[RecordedEvent], which: int, value: int) -> None:
    """For any log and any figure in it: a correction of its value changes the figures of no other month or measure."""
    said = [event for event in history if isinstance(event.data, Observed)]
    assume(said)
    original = said[which % len(said)]
    live = {position: data for position, _, data in timeline(history, as_at=END, known=len(history))}
    now = live.get(original.position, original.data)
    assert isinstance(now, Observed)
    correction = EventCorrected(event=original.event_id, replacement=varied(now, value))
    later = [*history, *after(history, correction)]
    here = (now.measure, now.period.text)
    unchanged = figures(state(history, END))
    unchanged.pop(here, None)
    changed = figures(state(later, END))
    changed.pop(here, None)
    assert changed == unchanged


def after(history: Sequence[RecordedEvent], *events: Event) -> list[RecordedEvent]:
    """More events for a log, of today."""
    last = history[-1]
    return [
        attrs.evolve(
            last, position=last.position + n, event_id=f"new-{n}", effective=Period.parse("2018-12-31"), data=event
        )
        for n, event in enumerate(events, 1)
    ]


@examples(0.5)
@given(histories(), st.integers(0, 40))
def test_retracting_a_retraction_brings_the_fact_back(history: list[RecordedEvent], which: int) -> None:
    """A fact that is retracted and the retraction retracted again: everything reads as if neither was said."""
    last = len(history)
    event = history[which % last]
    assume(not isinstance(event.data, EventRetracted))
    gone = [*history, *after(history, EventRetracted(event=event.event_id, why="a mistake"))]
    back = [*gone, *after(gone, EventRetracted(event="new-1", why="no mistake"))]
    back[-1] = attrs.evolve(back[-1], event_id="new-2")
    assert timeline(back, as_at=END, known=last + 2) == timeline(history, as_at=END, known=last)
    if not isinstance(event.data, EventCorrected):
        kept = [fact[0] for fact in timeline(gone, as_at=END, known=last + 1)]
        assert event.position not in kept


# --- saying a thing twice --------------------------------------------------------------------------------------------


@examples(0.3)
@given(histories(), st.data())
def test_recording_again_changes_nothing(history: list[RecordedEvent], drawn: st.DataObject) -> None:
    """The same proposals again yield nothing, in one batch, one by one, or in any part of them."""
    log = log_of(history)
    before = list(log.events())
    proposals = [proposal_of(event) for event in history]
    assert log.record_all(proposals) == []
    some = drawn.draw(st.lists(st.sampled_from(proposals), max_size=5))
    assert log.record_all(some) == []
    for proposal in some:
        assert log.record_all([proposal]) == []
    assert list(log.events()) == before


@examples(0.3)
@given(histories(), st.lists(st.integers(1, 6)))
def test_splitting_a_batch_changes_nothing(history: list[RecordedEvent], sizes: list[int]) -> None:
    """Recorded in one batch, in several or one by one, the same proposals lead to the same log and the same state."""
    proposals = iter([proposal_of(event) for event in history])
    parts = open_tracker(":memory:", clock=Clock(NINE)).plan(PLAN)
    for size in itertools.chain(sizes, itertools.repeat(1)):
        some = list(itertools.islice(proposals, size))
        if not some:
            break
        assert len(parts.record_all(some)) == len(some)
    whole = log_of(history)
    assert list(parts.events()) == list(whole.events())
    assert parts.at(as_at=END) == whole.at(as_at=END)


# --- who set it ------------------------------------------------------------------------------------------------------

# Fields that an event sets beside those that bear the name of one of its own.
_SETS = {
    "InitiativeStarted": {"status"},
    "InitiativePaused": {"status"},
    "InitiativeResumed": {"status"},
    "InitiativeCompleted": {"status"},
    "InitiativeCancelled": {"status"},
    "InitiativeSuperseded": {"status", "superseded_by"},
    "MilestoneRescheduled": {"status", "first_due"},
    "MilestoneReached": {"status", "reached"},
    "Observed": {"observations"},
    "TargetSet": {"agreed", "agreed_by", "id", "recomputed", "missing"},
    "TargetAgreed": {"agreed", "agreed_by"},
    "RiskAssessed": {"reviewed"},
    "ResponsibilityAssigned": {"since", "ended"},
    "ResponsibilityEnded": {"ended"},
    "AlignmentDeclared": {"code", "goal"},
    "CommitmentMoved": {"first_due"},
    "CommitmentMet": {"status", "met"},
    "InitiativeRevised": {"revised"},
    "MeasureRevised": {"redefined"},
    "FrameworkDefined": {"framework", "kind", "codes"},
}
# What no event says, but is found once all are placed: which target is in force, whether a code has a goal.
_DERIVED = {("measure", "target"), ("alignment", "goal")}


def said(entity: Entity, name: str) -> Any:
    """A field without what depends on other fields: shares are shown in the unit of the measure, also a later one."""
    value = getattr(entity, name)
    if name == "observations":
        return [(o.position, o.period, o.numerator or o.value, o.denominator) for o in value]
    return value


def entities(found: State) -> Iterable[tuple[str, Entity]]:
    return [(kind, entity) for kind in PLURALS if kind != "unplaced-event" for entity in found.of_kind(kind).values()]


@given(histories(), days_of_2018())
def test_every_value_names_the_event_that_set_it(history: list[RecordedEvent], as_at: date) -> None:
    """``set_by`` is evidence: the event named is known, is about the subject, says the field, and set that very value.

    After it the field has the value for good, and without it the subject does not exist, the value is another, or it is
    one that was there before.
    """
    known = len(history)
    facts = timeline(history, as_at=as_at, known=known)
    found = state_of(facts, as_at, known)
    place = {fact[0]: number for number, fact in enumerate(facts)}
    upto = [state_of(facts[:number], as_at, known) for number in range(len(facts) + 1)]
    for kind, entity in entities(found):
        fields = [f.name for f in data_fields(type(entity))]
        assert len(entity.set_by) == len(fields)
        for name, position in zip(fields, entity.set_by, strict=True):
            assert position in place, f"{kind}:{entity.id}.{name} names #{position}, which does not count"
            event = facts[place[position]][2]
            about = {f"measure:{getattr(entity, 'measure', '')}", f"initiative:{getattr(entity, 'initiative', '')}"}
            about |= {f"{kind}:{entity.id}", getattr(entity, "subject", "")}
            about |= {f"framework:{entity.id.partition('.')[0]}"}  # a new version of a list may drop a code
            assert about & subjects(event)
            if (kind, name) in _DERIVED:
                continue
            then = upto[place[position] + 1].subject(kind, entity.id)
            assert then is not None
            assert said(then, name) == said(entity, name)
            before = upto[place[position]].subject(kind, entity.id)
            if before is not None:  # the event did not open the subject, so it speaks of this field
                says = {f.name for f in attrs.fields(type(event))} | _SETS.get(type(event).__name__, set())  # type: ignore[arg-type]
                assert name in says, f"{type(event).__name__} says nothing of {kind}.{name}"


def test_values_that_follow_from_others_name_their_event_too() -> None:
    """The first date ever promised, the status after a delay: fields that bear another name in the event."""
    log = told(
        ("2018-01-01", MilestoneSet(milestone="go-live", title="Go live")),
        ("2018-02-01", MilestoneRescheduled(milestone="go-live")),
        ("2018-03-01", MilestoneRescheduled(milestone="go-live", due=Period.parse("2018-06"))),
        ("2018-04-01", MilestoneRescheduled(milestone="go-live", due=Period.parse("2018-09"))),
        ("2018-09-10", MilestoneReached(milestone="go-live")),
    )
    seen = []
    for day in ("2018-01-01", "2018-02-01", "2018-03-01", "2018-04-01", "2018-09-10"):
        found = state(log, date.fromisoformat(day)).milestones["go-live"]
        seen.append({name: (str(getattr(found, name)), found.origin(name)) for name in ("first_due", "due", "status")})
    assert seen == [
        {"first_due": ("None", 2), "due": ("None", 2), "status": ("planned", 2)},
        {"first_due": ("None", 3), "due": ("None", 3), "status": ("delayed", 3)},
        {"first_due": ("2018-06", 4), "due": ("2018-06", 4), "status": ("planned", 4)},
        {"first_due": ("2018-06", 4), "due": ("2018-09", 5), "status": ("planned", 5)},
        {"first_due": ("2018-06", 4), "due": ("2018-09", 5), "status": ("reached", 6)},
    ]


def test_the_target_in_force_names_its_target() -> None:
    """The target of a measure is no event's own word; it points to the event that set the target."""
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits")),
        ("2018-01-02", TargetSet(measure="waits", comparator="at-least", value=90)),
        ("2018-01-03", TargetSet(measure="waits", comparator="at-least", value=95, due=Period.parse("2018-12"))),
    )
    found = state(log, END)
    assert (found.measures["waits"].target, found.measures["waits"].origin("target")) == ("waits", 3)
    found = state(log, date(2018, 6, 1))
    assert (found.measures["waits"].target, found.measures["waits"].origin("target")) == ("waits by 2018-12", 4)


# --- the fold --------------------------------------------------------------------------------------------------------


def openings(name: str) -> list[Event]:
    """One subject of every kind, all of one name."""
    about, year, codes = f"body:{name}", Period.parse("2018"), (Code(code="b"),)
    return [
        FrameworkDefined(framework=name, title="t", version="1", codes=codes),
        GoalDefined(goal=name, kind="vision", title="t"),
        BodyRegistered(body=name, title="t"),
        AliasDeclared(alias=name, title="t", of=about),
        DocumentIssued(document=name, title="t", kind="plan"),
        InitiativeProposed(initiative=name, title="t"),
        MilestoneSet(milestone=name, title="t"),
        MeasureDefined(measure=name, title="t"),
        TargetSet(measure=name, comparator="at-least", value=Decimal(1), proposed=True),
        SavingPlanned(saving=name, title="t", period=year, amount=Decimal(1)),
        FundingAwarded(funding=name, title="t", amount=Decimal(1)),
        BudgetRuleSet(budget_rule=name, title="t", comparator="at-most", value=Decimal(1), unit="%"),
        DependencyDeclared(dependency=name, initiative=name, title="t"),
        ExternalRegistered(external=name, title="t"),
        FallbackDeclared(fallback=name, external=name, title="t"),
        CommitmentMade(commitment=name, title="t"),
        RiskRaised(risk=name, title="t"),
        Escalated(escalation=name, about=about, to=name, title="t"),
        MeetingScheduled(meeting=name, body=name, date=year),
        RecommendationMade(recommendation=name, meeting=name, verb="agree", title="t"),
        DecisionTaken(decision=name, meeting=name, outcome="agreed"),
        ApprovalGiven(approval=name, about=about, by=name),
        ProgressReported(report=name, about=about, status="complete", text="t"),
        ResponsibilityAssigned(subject=about, role="lead", body=name),
    ]


WORLD = [(Period.parse("2018-01-01"), event) for name in ("a", "b") for event in openings(name)]


def test_every_kind_of_subject_can_be_opened() -> None:
    """The facts that the next tests stand on are placed, each of them."""
    found = state_of([(n, *fact) for n, fact in enumerate(WORLD, 1)], END, len(WORLD))
    assert found.unplaced == {}
    assert set(found.of_kind("milestone")) == set(found.of_kind("report")) == {"a", "b"}


@pytest.mark.parametrize(
    "cls", [cls for cls in TYPES.values() if cls not in CORRECTIONS], ids=lambda cls: str(cls.__name__)
)
def test_the_fold_takes_every_event(cls: type[Event]) -> None:
    """An event of any type, whatever it says, is placed after its subjects, or kept with the reason."""

    def placed_or_kept(fact: tuple[Period, Event]) -> None:
        facts = [(position, *said) for position, said in enumerate([*WORLD, fact, fact], 1)]
        found = state_of(facts, END, len(facts))
        for unplaced in found.unplaced.values():
            assert unplaced.why
        again = state_of(facts, END, len(facts))
        assert (found, repr(found)) == (again, repr(again))

    holds(placed_or_kept, st.tuples(periods(), events_about_few(cls)), examples(0.1))


@given(st.lists(st.tuples(periods(), events_about_few()), max_size=12), days_of_2018())
def test_the_fold_never_raises(said: list[tuple[Period, Event]], as_at: date) -> None:
    """Any facts in any order lead to a state; what cannot be placed is kept with the reason."""
    facts = [(position, effective, event) for position, (effective, event) in enumerate(said, 1)]
    found = state_of(facts, as_at, len(facts))
    for name, unplaced in found.unplaced.items():
        position, effective, event = facts[int(name.removeprefix("#")) - 1]
        assert (unplaced.id, unplaced.type, unplaced.effective) == (f"#{position}", type(event).__name__, effective)
        assert unplaced.set_by == (position,) * 4
        assert unplaced.why
    assert state_of(facts, as_at, len(facts)) == found


def test_an_event_before_its_subject_is_kept_with_the_reason() -> None:
    """An event whose subject does not exist at its time waits in ``unplaced``; nothing is lost and nothing raised."""
    proposed = InitiativeProposed(initiative="redesign", title="Redesign")
    log = told(
        ("2018-03-01", MilestoneSet(milestone="go-live", title="Go live")),
        ("2018-02-01", MilestoneReached(milestone="go-live")),
        ("2018-02-01", TargetAgreed(measure="waits")),
        ("2018-05-01", proposed),
        ("2018-04-01", InitiativeProposed(initiative="redesign", title="Earlier")),
        ("2018-06-01", InitiativeProposed(initiative="child", title="Child", parent="parent")),
        ("2018-02-01", RiskRaised(risk="winter", title="Winter", about="initiative:redesign")),
        ("2018-06-01", Continued(subject="body:board", predecessor="medway-2014/body:board")),
        ("2018-06-01", ResponsibilityEnded(subject="milestone:go-live", role="lead", body="board")),
        ("2018-02-01", BodyRegistered(body="board", title="Board")),
        ("2018-07-01", ResponsibilityEnded(subject="milestone:go-live", role="lead", body="board")),
        ("2018-07-01", PlanOpened(title="Again", organisation="CCG", period=Period.parse("2018"))),
    )
    unplaced = {name: (u.type, u.effective.text, u.why) for name, u in state(log, END).unplaced.items()}
    assert unplaced == {
        "#3": ("MilestoneReached", "2018-02-01", "milestone:go-live does not exist at that time"),
        "#4": ("TargetAgreed", "2018-02-01", "measure:waits does not exist at that time"),
        "#5": ("InitiativeProposed", "2018-05-01", "initiative:redesign exists already"),
        "#7": ("InitiativeProposed", "2018-06-01", "initiative:parent does not exist at that time"),
        "#8": ("RiskRaised", "2018-02-01", "initiative:redesign does not exist at that time"),
        "#9": (
            "Continued",
            "2018-06-01",
            "a body has no lineage; initiatives, measures, milestones and documents have",
        ),
        "#10": ("ResponsibilityEnded", "2018-06-01", "board is not lead of milestone:go-live at that time"),
        "#12": ("ResponsibilityEnded", "2018-07-01", "board is not lead of milestone:go-live at that time"),
        "#13": ("PlanOpened", "2018-07-01", "the plan is open already"),
    }
    assert state(log, END).initiatives["redesign"].title == "Earlier"


def test_a_target_is_the_same_in_any_words() -> None:
    """A later target for the same period replaces the earlier, and is agreed, however the period is written."""
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits")),
        ("2018-01-02", TargetSet(measure="waits", comparator="at-least", value=90, period=Period.parse("2017/18"))),
        (
            "2018-01-03",
            TargetSet(measure="waits", comparator="at-least", value=95, period=Period.parse("2017-18"), proposed=True),
        ),
        ("2018-01-04", TargetAgreed(measure="waits", period=Period.parse("17/18"))),
    )
    found = state(log, END)
    assert [(t.id, t.value, t.agreed) for t in found.targets.values()] == [
        ("waits in 2017-04-01/2018-03-31 fiscal-year", Decimal(95), True)
    ]
    assert found.unplaced == {}


def test_shares_do_not_depend_on_the_caller() -> None:
    """Numbers are reckoned in our own decimal context: a caller's precision and traps change nothing."""
    log = told(
        ("2018-01-01", MeasureDefined(measure="waits", title="Waits", unit="%")),
        ("2018-01-31", Observed(measure="waits", period=Period.parse("2018-01"), numerator=1, denominator=3)),
    )
    share = {("waits", "2018-01"): Decimal("33.33333333333333333333333333")}
    assert figures(state(log, END)) == share
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact])):
        assert figures(state(log, END)) == share


def test_a_hundred_past_heads_read_byte_for_byte_as_they_did(tmp_path: Path) -> None:
    """The state at a hundred heads, and the findings at ten, are the same bytes of JSON when all has been recorded."""
    history = written(number * 7919 for number in range(400))
    assert len(history) > 110

    def told(log: PlanLog, known: int) -> bytes:
        checked = [log.check(as_at=END, known_at=known, packs=installed_packs())] if known % 10 == 0 else []
        return json.dumps([show_json(log.at(as_at=END, known_at=known)), check_json(checked)]).encode()

    heads, before = range(1, 101), list[bytes]()
    with open_tracker(tmp_path / "board.db", clock=Clock(NINE)) as tracker:
        log = tracker.plan(PLAN)
        for head in heads:
            log.record_all([proposal_of(history[head - 1])])
            assert log.head == head
            before.append(told(log, head))
        log.record_all([proposal_of(event) for event in history[100:]])
    with open_tracker(tmp_path / "board.db", clock=Clock(NINE)) as tracker:
        log = tracker.plan(PLAN)
        assert [told(log, head) for head in heads] == before
    assert len(set(before)) > 50


# --- clocks ----------------------------------------------------------------------------------------------------------


@examples(0.5)
@given(st.lists(st.floats(-40, 40), min_size=1, max_size=12))
def test_recorded_at_never_decreases(jumps: list[float]) -> None:
    """With a clock that jumps forty days to and fro, times of recording only rise; one that was held says so."""
    times = [NINE + timedelta(days=jump) for jump in jumps]
    shown = [NINE]
    log = open_tracker(":memory:", clock=lambda: shown[-1]).plan(PLAN)
    log.record(PlanOpened(title="t", organisation="o", period=Period.parse("2018")), effective="2018-01-01")
    for number, time in enumerate(times):
        shown.append(time)
        log.record(BodyRegistered(body=f"body-{number}", title="t"), effective="2018-01-01")
    kept = list(log.events())
    held = NINE
    for event, time in zip(kept, [NINE, *times], strict=True):
        assert event.clock_regressed == (time < held)
        held = max(held, time)
        assert event.recorded_at == held
    for event in kept:  # and what was known at each moment is a position that agrees with it
        last = max(e.position for e in kept if e.recorded_at <= event.recorded_at)
        assert log.coordinates(as_at=END, known_at=event.recorded_at).known == last


def test_a_clock_is_not_blamed_for_what_somebody_recorded_meanwhile(tmp_path: Path) -> None:
    """Between reading the clock and the log another process may record: that is no clock that ran backwards."""
    file = tmp_path / "board.db"
    with open_tracker(file, clock=lambda: NINE) as first:
        opening = PlanOpened(title="t", organisation="o", period=Period.parse("2018"))
        first.plan(PLAN).record(opening, effective="2018-01-01")

    def interrupted() -> Iterator[datetime]:
        with open_tracker(file, clock=lambda: NINE + timedelta(minutes=2)) as other:
            other.plan(PLAN).record(BodyRegistered(body="other", title="t"), effective="2018-01-01")
        yield NINE + timedelta(minutes=1)
        while True:
            yield NINE + timedelta(minutes=3)

    moments = interrupted()
    with open_tracker(file, clock=lambda: next(moments)) as tracker:
        (event,) = tracker.plan(PLAN).record(BodyRegistered(body="ours", title="t"), effective="2018-01-01")
    assert (event.recorded_at, event.clock_regressed) == (NINE + timedelta(minutes=3), False)


def test_a_clock_without_a_time_zone_is_refused() -> None:
    """A time that could be anywhere is no time of recording."""
    log = open_tracker(":memory:", clock=lambda: datetime(2018, 2, 1, 9)).plan(PLAN)
    with pytest.raises(CoordinateError) as caught:
        log.record(PlanOpened(title="t", organisation="o", period=Period.parse("2018")), effective="2018-01-01")
    assert str(caught.value) == "the clock gave a time without a time zone; return datetime.now(UTC) or the like"
    assert list(log.events()) == []


def log_at(zone: str, *times: str) -> PlanLog:
    """A log in a time zone, with one event at each of these moments."""
    log = open_tracker(":memory:", clock=Clock(*map(datetime.fromisoformat, times))).plan(PLAN)
    opened = PlanOpened(title="t", organisation="o", period=Period.parse("2018"), time_zone=zone)
    log.record(opened, effective="2018-01-01")
    for number in range(2, len(times) + 1):
        log.record(BodyRegistered(body=f"body-{number}", title="t"), effective="2018-01-01")
    return log


def test_a_day_ends_in_the_time_zone_of_the_plan() -> None:
    """In London the 24th of March 2018 ends at midnight UTC; the 25th, when the clocks go forward, an hour earlier."""
    log = log_at(
        "Europe/London",
        "2018-03-24T23:59:59.999999Z",
        "2018-03-25T00:00:00Z",
        "2018-03-25T22:59:59.999999Z",
        "2018-03-25T23:00:00Z",
        "2018-10-28T23:59:59.999999Z",  # the clocks went back that morning: the day has 25 hours
        "2018-10-29T00:00:00Z",
    )
    known = {day: log.coordinates(as_at=END, known_at=day).known for day in
             ("2018-03-23", "2018-03-24", "2018-03-25", "2018-03-26", "2018-10-28", "2018-10-29")}  # fmt: skip
    assert known == {
        "2018-03-23": 0, "2018-03-24": 1, "2018-03-25": 3, "2018-03-26": 4, "2018-10-28": 5, "2018-10-29": 6
    }  # fmt: skip


def test_a_day_whose_last_hour_occurs_twice_ends_with_the_second() -> None:
    """In São Paulo the 17th of February 2018 lasted until 03:00 UTC: its hour before midnight was repeated."""
    log = log_at("America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-18T02:30:00Z", "2018-02-18T03:00:00Z")
    assert log.coordinates(as_at=END, known_at="2018-02-17").known == 2


def test_a_day_whose_midnight_does_not_exist_ends_where_it_is_skipped() -> None:
    """In São Paulo the 4th of November 2018 began at one o'clock; the 3rd ended at 03:00 UTC."""
    log = log_at("America/Sao_Paulo", "2018-11-04T02:59:59.999999Z", "2018-11-04T03:00:00Z")
    assert log.coordinates(as_at=END, known_at="2018-11-03").known == 1


def test_today_is_a_day_in_the_time_zone_of_the_plan() -> None:
    """Half past midnight in Kolkata is the evening before in UTC."""
    log = log_at("Asia/Kolkata", "2018-02-01T19:00:00Z")
    assert log.coordinates().as_at == date(2018, 2, 2)


def test_knowledge_is_named_by_position_day_or_moment() -> None:
    """``known_at`` is a position, a day or a moment; each is resolved to a position and its time of recording."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z", "2018-02-01T10:00:00Z", "2018-02-02T09:00:00Z")
    moments = [datetime.fromisoformat(f"2018-02-{text}+00:00") for text in ("01T09:00", "01T10:00", "02T09:00")]
    for known_at, known in (
        (None, 3), ("#2", 2), (2, 2), ("#0", 0), (0, 0),
        ("2018-02-01", 2), (date(2018, 2, 1), 2), ("2018-01-31", 0), ("2100-01-01", 3),
        ("2018-02-01T09:59:59Z", 1), ("2018-02-01T10:00Z", 2), ("2018-02-01T11:30+01:00", 2), (moments[2], 3),
        ("0999-12-31", 0),
    ):  # fmt: skip
        where = log.coordinates(as_at="2018-02-28", known_at=known_at)
        recorded_at = moments[known - 1] if known else None
        assert where == Coordinates(date(2018, 2, 28), known, recorded_at, known), known_at
        assert log.at(as_at="2018-02-28", known_at=known_at) == log.state_at(where)


NO_POINT = (
    "is not a coordinate; write a position (#120), a day (2018-02-01), a moment (2018-02-01T17:00Z) or a meeting"
    " (meeting:april)"
)


@pytest.mark.parametrize(
    ("known_at", "message"),
    [
        ("#2", f"known_at #2 is outside the log of '{PLAN}', which ends at #1"),
        (-1, f"known_at #-1 is outside the log of '{PLAN}', which ends at #1"),
        ("#", f"known_at '#' {NO_POINT}"),
        ("#-1", f"known_at '#-1' {NO_POINT}"),
        ("#1234567890", f"known_at '#1234567890' {NO_POINT}"),
        ("", f"known_at '' {NO_POINT}"),
        ("yesterday", f"known_at 'yesterday' {NO_POINT}"),
        ("2018-02-30", f"known_at '2018-02-30' {NO_POINT}"),
        ("x" * 1000, f"known_at {'x' * 1000!r:.40} {NO_POINT}"),
        ("2018-02-01T25:00Z", f"known_at '2018-02-01T25:00Z' {NO_POINT}"),
        ("2018-02-01T17:00", "known_at 2018-02-01T17:00:00 has no time zone; write for example …T17:00Z"),
        (datetime(2018, 2, 1, 17), "known_at 2018-02-01T17:00:00 has no time zone; write for example …T17:00Z"),
        ("meeting:board", "there is no meeting 'board'; none is recorded"),
    ],
)
def test_a_malformed_known_at_is_refused(known_at: Any, message: str) -> None:
    """What is no position of the log, no day and no moment is refused with what to write."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z")
    with pytest.raises(CoordinateError) as caught:
        log.at(as_at="2018-02-01", known_at=known_at)
    assert str(caught.value) == message


@pytest.mark.parametrize("as_at", ["", "2018-02", "2018-02-30", "today", "2018-02-01T09:00Z"])
def test_a_malformed_as_at_is_refused(as_at: str) -> None:
    """``as_at`` is a day."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z")
    with pytest.raises(CoordinateError) as caught:
        log.at(as_at=as_at)
    assert str(caught.value) == f"as_at {as_at!r} is not a day; write for example 2018-02-28"


def test_as_at_is_no_moment() -> None:
    """A fact is true of a day; a moment is refused rather than cut."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z")
    with pytest.raises(CoordinateError) as caught:
        log.at(as_at=datetime(2018, 2, 1))
    assert str(caught.value) == "as_at takes a day, not a moment"


@pytest.mark.parametrize("known_at", ["9999-12-31", date.max])
def test_the_last_day_of_the_calendar_is_a_day(known_at: str | date) -> None:
    """Who writes "for ever" as the last date there is gets all that is known."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z")
    assert log.coordinates(as_at=END, known_at=known_at).known == 1


@pytest.mark.parametrize(("as_at", "known_at"), [(END, 1.5), (END, [1]), (5, None), ([], None)])
def test_what_is_no_coordinate_at_all_is_refused_by_our_own_error(as_at: Any, known_at: Any) -> None:
    """A coordinate of another type is a ``CoordinateError`` like every other malformed one."""
    log = log_at("Europe/London", "2018-02-01T09:00:00Z")
    with pytest.raises(CoordinateError):
        log.coordinates(as_at=as_at, known_at=known_at)


def test_a_plan_that_does_not_exist_has_no_state() -> None:
    """Asking about a plan of which nothing was recorded says so."""
    log = open_tracker(":memory:", clock=Clock(NINE)).plan("nowhere")
    with pytest.raises(UnknownPlanError) as caught:
        log.at()
    assert str(caught.value) == "the store holds no plan 'nowhere'; record a PlanOpened first"
