"""What the log refuses: only what contradicts it. A decision yields the right events; asked again, it yields none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.errors import AdmissionError, EventError, IdempotencyError
from plantrack.events import (
    AliasDeclared,
    BodyRegistered,
    Code,
    DependencyDeclared,
    Event,
    EventCorrected,
    EventRetracted,
    ExternalRegistered,
    FrameworkDefined,
    GoalDefined,
    InitiativeProposed,
    MeasureDefined,
    MeetingScheduled,
    MilestoneReached,
    MilestoneSet,
    Observed,
    PlanOpened,
    Proposal,
    RecordedEvent,
    RiskRaised,
)
from plantrack.period import Period
from plantrack.plan_log import PlanLog
from plantrack.tracker import open_tracker
from tests.strategies import examples, histories, proposal_of

OPENED = PlanOpened(title="Medway", organisation="CCG", period=Period.parse("2018"))
BOARD = BodyRegistered(body="board", title="Governing body")
WAITS = MeasureDefined(measure="waits", title="Waits")


def january(value: int) -> Observed:
    """The figure for January 2018."""
    return Observed(measure="waits", period=Period.parse("2018-01"), value=value)


def clock() -> datetime:
    return datetime(2018, 2, 1, 9, tzinfo=UTC)


def empty() -> PlanLog:
    """The log of a plan that nobody opened."""
    return open_tracker(":memory:", clock=clock).plan("medway")


def log_with(*events: Event) -> PlanLog:
    """The log of a plan with its opening as #1 and these events after it, with ids e2, e3, ..."""
    log = empty()
    for number, event in enumerate([OPENED, *events], 1):
        record(log, event, event_id=f"e{number}")
    return log


def record(log: PlanLog, *events: Event, event_id: str | None = None) -> list[RecordedEvent]:
    return log.record(*events, effective="2018-01-31", actor="pmo", event_id=event_id)


def told(recorded: Sequence[RecordedEvent]) -> list[tuple[int, Event]]:
    """Position and content."""
    return [(event.position, event.data) for event in recorded]


def refused(log: PlanLog, *events: Event) -> str:
    """The words in which the log refuses a request; it must not have written any of it."""
    before = list(log.events())
    with pytest.raises(AdmissionError) as caught:
        record(log, *events)
    assert list(log.events()) == before
    assert log.head == len(before)
    return str(caught.value)


# --- what is admitted, once ------------------------------------------------------------------------------------------


def test_a_request_is_recorded_once() -> None:
    """A request yields its events with place, time and envelope; a second identical one yields none."""
    log = log_with()
    recorded = record(log, BOARD, WAITS)
    assert told(recorded) == [(2, BOARD), (3, WAITS)]
    first = recorded[0]
    assert (first.plan, first.effective, first.actor) == ("medway", Period.parse("2018-01-31"), "pmo")
    assert (first.recorded_at, first.clock_regressed) == (clock(), False)
    assert list(log.events(after=1)) == recorded
    assert record(log, BOARD, WAITS) == []
    assert record(log, WAITS) == []
    assert log.head == 3


def test_a_request_may_repeat_itself() -> None:
    """The same event twice in one batch is recorded once."""
    assert told(record(log_with(), BOARD, WAITS, BOARD)) == [(2, BOARD), (3, WAITS)]


def test_nothing_yields_nothing() -> None:
    """An empty request is no error, even of a plan that nobody opened."""
    assert empty().record_all([]) == []
    assert log_with().record_all([]) == []


def test_the_same_words_on_another_day_are_another_fact() -> None:
    """What makes an event the same is all that is said: content, date, actor, reason and source."""
    log = log_with(WAITS)
    record(log, january(70))
    assert len(log.record(january(70), effective="2018-02-01", actor="pmo")) == 1
    assert len(log.record(january(70), effective="2018-01-31", actor="provider")) == 1
    assert len(log.record(january(70), effective="2018-01-31", actor="pmo", reason="audited")) == 1
    assert len(log.record(january(70), effective="2018-01-31", actor="pmo", event_id="chosen")) == 1
    assert log.record(january(70), effective="2018-01-31", actor="pmo") == []


def test_a_subject_may_be_opened_and_used_in_one_request() -> None:
    """References are looked up among all that was recorded and all that comes before in the batch."""
    request = (WAITS, january(70), RiskRaised(risk="winter", title="Winter", about="measure:waits"))
    log = empty()
    assert told(record(log, OPENED, *request)) == [(1, OPENED), (2, WAITS), (3, request[1]), (4, request[2])]
    assert record(log, OPENED, *request) == []


def test_a_list_may_be_defined_again() -> None:
    """New versions of a code list, meetings that move: some subjects may be defined anew by design."""
    first = FrameworkDefined(framework="outcomes", title="Outcomes", version="1", codes=(Code(code="1"),))
    second = FrameworkDefined(
        framework="outcomes", title="Outcomes", version="2", codes=(Code(code="1"), Code(code="2"))
    )
    log = log_with(BOARD, first)
    assert told(record(log, second)) == [(4, second)]
    initiative = InitiativeProposed(initiative="redesign", title="Redesign", goal="outcomes.2")
    meeting = MeetingScheduled(meeting="february", body="board", date=Period.parse("2018-02-28"))
    moved = MeetingScheduled(meeting="february", body="board", date=Period.parse("2018-03-07"))
    assert told(record(log, initiative, meeting, moved)) == [(5, initiative), (6, meeting), (7, moved)]
    assert record(log, second, initiative, meeting, moved) == []


# --- opening a plan --------------------------------------------------------------------------------------------------


def test_a_plan_begins_with_its_opening() -> None:
    """The first event of a plan is a ``PlanOpened``; nothing is recorded before it."""
    log = empty()
    assert refused(log, BOARD) == "event 1 (BodyRegistered): the first event of a plan must be PlanOpened"
    assert refused(log, BOARD, OPENED) == "event 1 (BodyRegistered): the first event of a plan must be PlanOpened"
    assert refused(log, EventRetracted(event="e1", why="w")) == (
        "event 1 (EventRetracted): the first event of a plan must be PlanOpened"
    )
    assert told(record(log, OPENED, BOARD)) == [(1, OPENED), (2, BOARD)]


def test_a_plan_is_opened_once() -> None:
    """A second opening is refused; the same opening again is a retry."""
    log = log_with()
    other = PlanOpened(title="Another", organisation="CCG", period=Period.parse("2018"))
    assert refused(log, other) == "event 1 (PlanOpened): the plan is open already"
    assert refused(log, BOARD, other) == "event 2 (PlanOpened): the plan is open already"
    assert refused(empty(), OPENED, other) == "event 2 (PlanOpened): the plan is open already"
    assert log.record(OPENED, effective="2018-01-31", actor="pmo", event_id="e1") == []


def test_the_opening_of_a_plan_can_be_corrected_but_not_retracted() -> None:
    """Without its opening nothing of a plan could be placed."""
    log = log_with()
    assert refused(log, EventRetracted(event="e1", why="wrong plan")) == (
        "event 1 (EventRetracted): the opening of the plan cannot be retracted; correct it instead"
    )
    better = PlanOpened(title="Medway and Swale", organisation="CCG", period=Period.parse("2018"))
    assert len(record(log, EventCorrected(event="e1", replacement=better))) == 1
    state = log.at(as_at="2018-12-31")
    assert state.plan is not None
    assert state.plan.title == "Medway and Swale"


# --- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            MilestoneReached(milestone="go-life"),
            "event 1 (MilestoneReached): milestone: unknown milestone 'go-life'; did you mean 'go-live'?",
        ),
        (
            Observed(measure="ae", period=Period.parse("2018-01"), value=1),
            "event 1 (Observed): measure: unknown measure 'ae'; known: waits",
        ),
        (
            AliasDeclared(alias="a", title="t", of="risk:winter"),
            "event 1 (AliasDeclared): of: unknown risk 'winter'; nothing is known here yet",
        ),
        (
            AliasDeclared(alias="a", title="t", of="mesure:waits"),
            "event 1 (AliasDeclared): of: there is no kind 'mesure'; did you mean 'measure'?",
        ),
        (
            AliasDeclared(alias="a", title="t", of="target:waits"),
            "event 1 (AliasDeclared): of: there is no kind 'target'; known: alias, approval, body, budget-rule,"
            " commitment, decision, dependency, document, escalation, external, fallback, framework, …",
        ),
        (
            InitiativeProposed(initiative="child", title="Child", parent="child"),
            "event 1 (InitiativeProposed): parent: unknown initiative 'child'; nothing is known here yet",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_unknown_id_is_refused(event: Event, message: str) -> None:
    """Who refers to what nobody opened is told the field, the kind, and what was probably meant."""
    log = log_with(WAITS, MilestoneSet(milestone="go-live", title="Go live"))
    assert refused(log, event) == message


def test_valid_time_does_not_matter_to_admission() -> None:
    """Ids are checked against everything recorded: a fact may precede the opening of its subject, and is flagged."""
    log = log_with(WAITS)
    early = log.record(january(70), effective="2017-01-31")
    assert told(early) == [(3, january(70))]
    assert [u.why for u in log.at(as_at="2018-12-31").unplaced.values()] == [
        "measure:waits does not exist at that time"
    ]


def test_an_id_is_opened_once() -> None:
    """A second opening is refused with the place of the first, in the log or in the same batch."""
    log = log_with(BOARD)
    other = BodyRegistered(body="board", title="Another board")
    assert refused(log, other) == (
        "event 1 (BodyRegistered): body:board was opened by #2; ids are stable for ever, choose another"
    )
    goals = [GoalDefined(goal="safety", kind="vision", title=title) for title in ("Safe", "Safer")]
    assert refused(log, WAITS, *goals) == (
        "event 3 (GoalDefined): goal:safety was opened by event 2 of this batch; choose another id"
    )
    assert told(record(log, GoalDefined(goal="board", kind="vision", title="A goal may share the id"))) != []


def test_a_code_of_a_list_is_a_goal() -> None:
    """The codes of a framework open goals: no other goal can take their ids."""
    framework = FrameworkDefined(framework="outcomes", title="Outcomes", version="1", codes=(Code(code="1"),))
    assert refused(log_with(framework), GoalDefined(goal="outcomes.1", kind="vision", title="t")) == (
        "event 1 (GoalDefined): goal:outcomes.1 was opened by #2; ids are stable for ever, choose another"
    )


def test_several_problems_are_all_named() -> None:
    """One answer names everything that is wrong with a batch, and nothing of it is recorded."""
    log = log_with(WAITS)
    assert refused(
        log,
        BOARD,
        MilestoneReached(milestone="go-live"),
        WAITS,
        MeasureDefined(measure="waits", title="Other waits"),
        EventRetracted(event="e9", why="w"),
    ).splitlines() == [
        "event 2 (MilestoneReached): milestone: unknown milestone 'go-live'; nothing is known here yet",
        "event 3 (MeasureDefined): measure:waits was opened by #2; ids are stable for ever, choose another",
        "event 4 (MeasureDefined): measure:waits was opened by #2; ids are stable for ever, choose another",
        "event 5 (EventRetracted): event: no event has the id 'e9'; `log` prints the ids",
    ]


def test_a_long_list_of_problems_is_cut() -> None:
    """A batch in which everything is wrong does not fill the screen."""
    lines = refused(log_with(), *(MilestoneReached(milestone=f"m{n}") for n in range(25))).splitlines()
    assert lines[0] == "event 1 (MilestoneReached): milestone: unknown milestone 'm0'; nothing is known here yet"
    assert lines[20:] == ["… and 5 more"]


# --- idempotency keys ------------------------------------------------------------------------------------------------


def test_an_event_id_means_one_thing() -> None:
    """A retry with the same id and content adds nothing; with other content it is an error, whatever the content."""
    log = log_with(WAITS)
    assert len(record(log, january(70), event_id="import-1")) == 1
    assert record(log, january(70), event_id="import-1") == []
    for other in (january(71), BOARD):
        with pytest.raises(IdempotencyError) as caught:
            record(log, other, event_id="import-1")
        assert str(caught.value) == (
            f"event 1 ({type(other).__name__}): the event id 'import-1' was used for #3 (Observed), which says"
            " something else; a retry must repeat the content, another fact needs another id"
        )
    with pytest.raises(IdempotencyError):
        log.record(january(70), effective="2018-02-28", actor="pmo", event_id="import-1")
    assert log.head == 3


def test_an_event_id_means_one_thing_in_a_batch() -> None:
    """Two events of one request cannot share an id, unless they say the same."""
    log = log_with(WAITS)
    same, other = (
        Proposal(data=january(value), effective=Period.parse("2018-01"), event_id="import-1") for value in (70, 71)
    )
    assert len(log.record_all([same, same])) == 1
    log = log_with(WAITS)
    with pytest.raises(IdempotencyError) as caught:
        log.record_all([same, other])
    assert str(caught.value) == (
        "event 2 (Observed): the event id 'import-1' was used for an event before it in this batch, which says"
        " something else; a retry must repeat the content, another fact needs another id"
    )
    assert log.head == 2


def test_one_id_cannot_name_several_events() -> None:
    """An event id given with several events is used by the first; the second contradicts it."""
    with pytest.raises(IdempotencyError):
        record(log_with(), BOARD, WAITS, event_id="import-1")


def test_plans_do_not_share_ids() -> None:
    """Subjects and event ids are a plan's own: another plan in the same store may use the same."""
    tracker = open_tracker(":memory:", clock=clock)
    for name in ("medway", "swale"):
        log = tracker.plan(name)
        assert len(log.record(OPENED, effective="2018-01-31", event_id="e1")) == 1
        assert len(log.record(BOARD, effective="2018-01-31", event_id="e2")) == 1
        assert log.record(BOARD, effective="2018-01-31", event_id="e2") == []
    assert tracker.plans() == ["medway", "swale"]


# --- corrections and retractions -------------------------------------------------------------------------------------


def test_a_correction_is_recorded_once() -> None:
    """A correction is an event: it is appended, and a second identical one yields none."""
    log = log_with(WAITS, january(70))
    correction = EventCorrected(event="e3", replacement=january(71))
    assert told(record(log, correction)) == [(4, correction)]
    assert record(log, correction) == []
    assert told(record(log, EventCorrected(event="e3", replacement=january(72)))) != []


def test_a_wrong_correction_is_refused() -> None:
    """A correction speaks of a known event, keeps its type and its ids, and refers to what is known."""
    log = log_with(WAITS, january(70), BOARD, EventCorrected(event="e3", replacement=january(71)))
    for event, message in (
        (EventCorrected(event="e9", replacement=january(1)), "event: no event has the id 'e9'; `log` prints the ids"),
        (
            EventCorrected(event="e5", replacement=january(1)),
            "event: #5 is itself a correction; correct the original again, or retract this one",
        ),
        (EventCorrected(event="e3", replacement=BOARD), "replacement: #3 is a Observed, not a BodyRegistered"),
        (
            EventCorrected(event="e4", replacement=BodyRegistered(body="bord", title="Governing body")),
            "replacement: ids are stable for ever; #4 opens another id",
        ),
        (
            EventCorrected(event="e3", replacement=Observed(measure="ae", period=Period.parse("2018-01"), value=1)),
            "measure: unknown measure 'ae'; known: waits",
        ),
    ):
        assert refused(log, event) == f"event 1 (EventCorrected): {message}"


def test_a_correction_may_follow_its_original_in_one_request() -> None:
    """A whole log can be recorded in one batch, corrections and retractions included."""
    correction = EventCorrected(event="e-a", replacement=january(71))
    batch = [
        Proposal(data=data, effective=Period.parse("2018-01-31"), event_id=name)
        for name, data in (
            ("e-1", OPENED),
            ("e-2", WAITS),
            ("e-a", january(70)),
            ("e-b", correction),
            ("e-c", EventRetracted(event="e-b", why="it was right")),
        )
    ]
    log = empty()
    assert len(log.record_all(batch)) == 5
    assert log.record_all(batch) == []
    assert log.at(as_at="2018-12-31").measures["waits"].observations[0].value == 70

    other = empty()
    wrong = Proposal(
        data=EventCorrected(event="e-b", replacement=january(72)), effective=Period.parse("2018-01"), event_id="e-d"
    )
    with pytest.raises(AdmissionError) as caught:
        other.record_all([*batch, wrong])
    assert str(caught.value) == (
        "event 6 (EventCorrected): event: 'e-b' in this batch is itself a correction; correct the original again, or"
        " retract this one"
    )
    assert other.head == 0


def test_a_retraction_can_be_retracted_but_not_corrected() -> None:
    """Anything may be retracted, retractions too; that is how one is undone."""
    log = log_with(WAITS, january(70), EventRetracted(event="e3", why="a mistake"))
    assert refused(log, EventCorrected(event="e4", replacement=january(1))) == (
        "event 1 (EventCorrected): event: #4 is itself a correction; correct the original again, or retract this one"
    )
    assert log.at(as_at="2018-12-31").measures["waits"].observations == ()
    undo = EventRetracted(event="e4", why="no mistake")
    assert told(record(log, undo)) == [(5, undo)]
    assert record(log, undo) == []
    assert log.at(as_at="2018-12-31").measures["waits"].observations[0].value == 70


def test_a_retracted_fact_may_be_stated_anew() -> None:
    """Who says again what was retracted is heard: it is recorded under a numbered id, once each time."""
    log = log_with(WAITS)
    [first] = record(log, january(70))
    for attempt in (2, 3, 4):
        [last] = list(log.events())[-1:]
        assert len(record(log, EventRetracted(event=last.event_id, why=f"a mistake, {attempt}"))) == 1
        [again] = record(log, january(70))
        assert (again.event_id, again.data) == (f"{first.event_id}.{attempt}", january(70))
        assert record(log, january(70)) == []
        assert record(log, january(70), january(70)) == []
        assert [o.value for o in log.at(as_at="2018-12-31").measures["waits"].observations] == [70]


def test_a_retraction_and_a_new_statement_fit_in_one_request() -> None:
    """The order within a batch counts as it does between batches."""
    log = log_with(WAITS)
    [first] = record(log, january(70))
    retraction = EventRetracted(event=first.event_id, why="a mistake")
    assert [event.event_id for event in record(log, retraction, january(70))][1] == f"{first.event_id}.2"
    assert record(log, retraction, january(70)) == []


def test_a_retry_of_a_retracted_event_is_a_retry() -> None:
    """Under an id that the caller chose the same content is the same event: it stays retracted."""
    log = log_with(WAITS)
    record(log, january(70), event_id="import-1")
    record(log, EventRetracted(event="import-1", why="a mistake"))
    assert record(log, january(70), event_id="import-1") == []
    with pytest.raises(IdempotencyError):
        record(log, january(71), event_id="import-1")


def test_the_id_of_a_retracted_opening_stays_taken() -> None:
    """Ids are stable for ever: to have a subject back, its retraction is retracted."""
    log = log_with(BOARD, EventRetracted(event="e2", why="no such board"))
    assert refused(log, BodyRegistered(body="board", title="Another")) == (
        "event 1 (BodyRegistered): body:board was opened by #2; ids are stable for ever, choose another"
    )
    record(log, EventRetracted(event="e3", why="there is"))
    assert list(log.at(as_at="2018-12-31").bodies) == ["board"]


# --- laws ------------------------------------------------------------------------------------------------------------


@examples(0.3)
@given(histories(), st.integers(0, 30), st.sampled_from([0, 1, 2]))
def test_one_bad_event_keeps_the_whole_batch_out(history: list[RecordedEvent], where: int, which: int) -> None:
    """Wherever in a batch it stands, an event that contradicts the log keeps all of it from being written."""
    bad: Event = (
        MilestoneReached(milestone="nobody-set-it"),
        EventRetracted(event="nobody-said-it", why="w"),
        DependencyDeclared(dependency="d", initiative="nobody-proposed-it", title="t"),
    )[which]
    batch = [proposal_of(event) for event in history]
    batch.insert(min(where, len(batch)), Proposal(data=bad, effective=Period.parse("2018-01")))
    log = empty()
    with pytest.raises(AdmissionError):
        log.record_all(batch)
    assert (log.head, list(log.events())) == (0, [])


def test_a_malformed_event_keeps_the_whole_batch_out() -> None:
    """What could not be read back is refused before anything is written."""
    log = log_with()
    broken = ExternalRegistered(external="bid", title="Bid")
    object.__setattr__(broken, "status", "hoped for")
    with pytest.raises(EventError) as caught:
        record(log, BOARD, broken)
    assert str(caught.value).startswith("ExternalRegistered@1 would not be readable once stored: ")
    assert log.head == 1


@pytest.mark.parametrize("thing", ["MilestoneReached", None, 5])
def test_what_is_no_event_is_refused(thing: Any) -> None:
    """Only events can be recorded."""
    log = log_with()
    with pytest.raises(EventError) as caught:
        log.record(thing, effective="2018-01")
    assert str(caught.value) == f"Proposal.data: {thing!r} is not of type Event"
    assert log.head == 1


def test_admission_and_place_belong_together() -> None:
    """What was admitted at one position is never written at a later one without looking again.

    The clock stands for another thread with the same ``PlanLog``: it records between admission and stamping.
    """
    first = BodyRegistered(body="committee", title="First")

    def busy_clock() -> datetime:
        if todo:
            todo.pop()
            log.record(first, effective="2018-01-31")
        return clock() + timedelta(hours=1)

    todo: list[Event] = []
    log = open_tracker(":memory:", clock=busy_clock).plan("medway")
    record(log, OPENED)
    todo.append(first)
    with pytest.raises(AdmissionError):
        record(log, BodyRegistered(body="committee", title="Second"))
