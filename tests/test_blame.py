"""Who said so: `blame`, as an auditor asks it, and the laws that it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from plantrack.bitemporal import timeline
from plantrack.coordinates import Coordinates
from plantrack.errors import UnknownSubjectError
from plantrack.events import (
    Event,
    EventCorrected,
    EventRetracted,
    MeasureDefined,
    MilestoneRescheduled,
    MilestoneSet,
    RecordedEvent,
    TargetSet,
)
from plantrack.history import Blame, Blamed, blame
from plantrack.period import Period
from plantrack.reports import blame_json, blame_report
from plantrack.state import Entity, Measure, Observation, fold
from plantrack.state.entity import data_of
from tests.stories import Story, told
from tests.strategies import (
    CORRECTIONS,
    OPENING,
    PLAN,
    days_of_2018,
    examples,
    histories,
    observed,
    recorded,
    varied,
)

MEASURE = """
- recorded: 2017-04-03
  actor: programme office
  source: Operational plan
  events:
    - MeasureDefined: {measure: ae, title: A&E within 4 hours, unit: "%", direction: increase}
      at: page 12
      effective: 2017-04-01
      event_id: defined
- recorded: 2018-02-08
  actor: analyst
  source: monthly return
  events:
    - Observed: {measure: ae, period: 2017-12, value: 83.5}
      effective: 2017-12
      event_id: december
    - Observed: {measure: ae, period: 2018-01, value: 67.9}
      effective: 2018-01
      event_id: january
"""
CORRECTION = """
- recorded: 2018-02-20
  actor: head of performance
  reason: digits swapped in the return
  events:
    - EventCorrected:
        event: january
        replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 76.9}}
      event_id: swapped
"""
MILESTONE = """
- recorded: 2017-04-03
  events:
    - MilestoneSet: {milestone: door, title: Front door, due: 2018-03-31}
      effective: 2017-04-01
      event_id: set
- recorded: 2017-09-04
  actor: project lead
  events:
    - MilestoneRescheduled: {milestone: door, due: 2018-09-30}
      event_id: moved
"""


def said(story: Story, subject: str, **where: Any) -> str:
    """What the command prints."""
    lines = blame_report(story.plan.blame(subject, **where), "Europe/London")
    return "\n".join(line.text.rstrip() for line in lines)


def values(found: Blame) -> dict[str, Blamed]:
    """The places of a subject by their names: a field, or a field and the period of a reading."""
    return {f.field if f.reading is None else f"{f.field} {f.reading}": f for f in found.fields}


def by(blamed: Blamed) -> tuple[Any, list[tuple[int, Any]]]:
    """The position that set a value, and of each amendment the position and the value before it."""
    position = None if blamed.set_by is None else blamed.set_by.position
    return position, [(a.event.position, plain(a.before.value)) for a in blamed.amended]


def plain(value: Any) -> Any:
    return str(value.value) if isinstance(value, Observation) else None if value is None else str(value)


# --- what is printed -------------------------------------------------------------------------------------------------


def test_each_value_stands_under_the_event_that_set_it() -> None:
    """Position, valid time, event, id; when it was recorded, by whom and from where; then what it set."""
    with told(MEASURE) as story:
        printed = said(story, "measure:ae", as_at="2018-02-28")

    assert printed == (
        "measure:ae  A&E within 4 hours\n"
        "board · as at 28 February 2018, as known on 8 February 2018 (#4)\n"
        "\n"
        "  #2     2017-04-01   MeasureDefined  defined\n"
        "                      recorded 2017-04-03 10:00 BST; by programme office; from Operational plan,\n"
        "                      page 12\n"
        "                      title       A&E within 4 hours\n"
        "                      definition  defined\n"
        "                      unit        %\n"
        "                      direction   increase\n"
        "\n"
        "observations (2)\n"
        "  by analyst; from monthly return\n"
        "  #3     2017-12      83.5  recorded 2018-02-08 09:00 GMT  december\n"
        "  #4     2018-01      67.9  recorded 2018-02-08 09:00 GMT  january"
    )


def test_a_corrected_value_says_what_it_said_before_and_who_corrected_it() -> None:
    """The reading keeps the event that gave it; the correction stands below, with who, when and why."""
    with told(MEASURE + CORRECTION) as story:
        printed = said(story, "measure:ae", as_at="2018-02-28")

    assert printed.partition("observations")[2] == (
        " (2)\n"
        "  by analyst; from monthly return\n"
        "  #3     2017-12      83.5  recorded 2018-02-08 09:00 GMT  december\n"
        "  #4     2018-01      76.9  recorded 2018-02-08 09:00 GMT  january\n"
        "                      before #5: 67.9\n"
        "\n"
        "Put right\n"
        "  #5     2018-02-20   corrected #4, Observed\n"
        "                      recorded 2018-02-20 09:00 GMT; by head of performance\n"
        "                      because digits swapped in the return\n"
        "                      swapped"
    )


def test_what_was_not_known_is_not_told() -> None:
    """The day before the correction the board was told 67.9, and of no correction."""
    with told(MEASURE + CORRECTION) as story:
        before = story.plan.blame("measure:ae", as_at="2018-02-28", known_at="2018-02-19")
        after = story.plan.blame("measure:ae", as_at="2018-02-28", known_at="2018-02-20")

    assert by(values(before)["observations 2018-01"]) == (4, [])
    assert by(values(after)["observations 2018-01"]) == (4, [(5, "67.9")])


def test_a_value_taken_away_says_by_whom() -> None:
    """A date that somebody removed is not one that nobody ever gave; what nobody gave is left out."""
    undated = """
    - recorded: 2017-11-06
      actor: project lead
      reason: waiting for the bid
      events:
        - MilestoneRescheduled: {milestone: door}
          event_id: undated
    """
    with told(MILESTONE) as story:
        story.goes_on(undated)
        printed = said(story, "milestone:door", as_at="2017-12-31")

    assert printed.partition("\n\n")[2] == (
        "  #2     2017-04-01   MilestoneSet  set\n"
        "                      recorded 2017-04-03 10:00 BST\n"
        "                      title      Front door\n"
        "                      first_due  31 March 2018\n"
        "                      kind       milestone\n"
        "\n"
        "  #4     2017-11-06   MilestoneRescheduled  undated\n"
        "                      recorded 2017-11-06 09:00 GMT; by project lead\n"
        "                      because waiting for the bid\n"
        "                      due     nothing\n"
        "                      status  delayed"
    )


def test_a_retraction_brings_back_what_was_said_before() -> None:
    """The date of 2017 stands again, since the move was retracted; both are told."""
    retracted = """
    - recorded: 2017-10-02
      actor: auditor
      events:
        - EventRetracted: {event: moved, why: the board never agreed}
          event_id: refused
    """
    with told(MILESTONE) as story:
        story.goes_on(retracted)
        printed = said(story, "milestone:door", as_at="2017-12-31")

    assert printed.partition("\n\n")[2] == (
        "  #2     2017-04-01   MilestoneSet  set\n"
        "                      recorded 2017-04-03 10:00 BST\n"
        "                      title      Front door\n"
        "                      due        31 March 2018\n"
        "                                 before #4: 30 September 2018, by #3\n"
        "                      first_due  31 March 2018\n"
        "                      kind       milestone\n"
        "                      status     planned\n"
        "                                 before #4: planned, by #3\n"
        "\n"
        "Put right\n"
        "  #4     2017-10-02   retracted #3, MilestoneRescheduled: the board never agreed\n"
        "                      recorded 2017-10-02 10:00 BST; by auditor\n"
        "                      refused"
    )


# --- corrections and retractions, in every order ---------------------------------------------------------------------


def retraction(day: str, event: str) -> str:
    """An entry in which an event is retracted; its id is `not-` and that of the event."""
    return f"""
- recorded: {day}
  events:
    - EventRetracted: {{event: {event}, why: a mistake}}
      event_id: not-{event}
"""


def correction(day: str, value: str, name: str, **more: str) -> str:
    """An entry in which the figure of January is corrected."""
    beside = "".join(f"\n        {key}: {text}" for key, text in more.items())
    return f"""
- recorded: {day}
  events:
    - EventCorrected:
        event: january
        replacement: {{type: Observed, data: {{measure: ae, period: 2018-01, value: "{value}"}}}}{beside}
      event_id: {name}
"""


@pytest.mark.parametrize(
    ("entries", "value", "amended"),
    [
        ([correction("2018-02-20", "75", "one"), correction("2018-02-21", "76.9", "two")], "76.9",
         [(5, "67.9"), (6, "75")]),
        ([correction("2018-02-20", "75", "one"), retraction("2018-02-21", "one")], "67.9", [(5, "67.9"), (6, "75")]),
        ([correction("2018-02-20", "75", "one"), retraction("2018-02-21", "one"), retraction("2018-02-22", "not-one")],
         "75", [(5, "67.9"), (6, "75"), (7, "67.9")]),
        ([retraction("2018-02-20", "january"), retraction("2018-02-21", "not-january")], "67.9",
         [(5, "67.9"), (6, None)]),
        ([retraction("2018-02-20", "january"), correction("2018-02-21", "75", "one")], None, [(5, "67.9")]),
        ([correction("2018-02-20", "67.9", "same")], "67.9", []),
        ([correction("2018-02-20", "67.90", "digits")], "67.90", [(5, "67.9")]),
        ([correction("2018-02-20", "75", "later", effective="2018-02-10")], "75", [(5, "67.9")]),
        ([correction("2018-02-20", "75", "never", effective="2018-03-10")], None, [(5, "67.9")]),
        ([retraction("2018-02-20", "december")], "67.9", []),
    ],
    ids=["twice", "taken back", "and given again", "retracted in vain", "gone for good", "nothing new", "more digits",
         "true later", "not yet true", "another month"],
)  # fmt: skip
def test_each_step_by_which_a_figure_came_to_be_is_told(
    entries: list[str], value: str | None, amended: list[tuple[int, str | None]]
) -> None:
    """Every correction and retraction that moved it, in order, with what was said before; also of a figure gone."""
    with told(MEASURE) as story:
        for entry in entries:
            story.goes_on(entry)
        found = values(story.plan.blame("measure:ae", as_at="2018-02-28"))["observations 2018-01"]

    assert plain(found.value) == value
    assert by(found) == (None if value is None else 4, amended)


def test_a_reading_that_is_gone_is_shown_as_gone() -> None:
    """Nothing vanishes without a word: the month stands there with who retracted it."""
    with told(MEASURE + retraction("2018-02-20", "january")) as story:
        printed = said(story, "measure:ae", as_at="2018-02-28")

    assert printed.partition("observations")[2] == (
        " (1)\n"
        "  by analyst; from monthly return\n"
        "  #3     2017-12      83.5  recorded 2018-02-08 09:00 GMT  december\n"
        "  nobody says any more\n"
        "         2018-01      nothing\n"
        "                      before #5: 67.9, by #4\n"
        "\n"
        "Put right\n"
        "  #5     2018-02-20   retracted #4, Observed: a mistake\n"
        "                      recorded 2018-02-20 09:00 GMT\n"
        "                      not-january"
    )


def test_a_correction_of_the_day_alone_is_told() -> None:
    """The same figure, true from another day on."""
    with told(MEASURE + correction("2018-02-20", "67.9", "dated", effective="2018-02-07")) as story:
        found = story.plan.blame("measure:ae", as_at="2018-02-28")
        printed = said(story, "measure:ae", as_at="2018-02-28")

    (amended,) = values(found)["observations 2018-01"].amended
    assert str(values(found)["observations 2018-01"].effective) == "2018-02-07"
    assert (str(amended.before.effective), amended.before.set_by) == ("2018-01", amended.amends)
    assert "  67.9  recorded 2018-02-08 09:00 GMT  january  true from 2018-02-07\n" in printed
    assert "                      before #5: 67.9, from 2018-01\n" in printed


def test_a_shielded_correction_is_told_once_it_counts() -> None:
    """#3 was corrected while #4 stood over it; when #4 is retracted, the corrected value shows, and both made it so."""
    entries = """
    - recorded: 2017-10-02
      events:
        - MilestoneRescheduled: {milestone: door, due: 2018-12-31}
          event_id: again
    - recorded: 2017-10-03
      events:
        - EventCorrected:
            event: moved
            replacement: {type: MilestoneRescheduled, data: {milestone: door, due: 2018-10-31}}
    """
    with told(MILESTONE) as story:
        story.goes_on(entries)
        shielded = values(story.plan.blame("milestone:door", as_at="2017-12-31"))["due"]
        story.goes_on(retraction("2017-10-04", "again"))
        bare = values(story.plan.blame("milestone:door", as_at="2017-12-31"))["due"]

    assert (plain(shielded.value), by(shielded)) == ("2018-12-31", (4, []))
    assert (plain(bare.value), by(bare)) == ("2018-10-31", (3, [(5, "2018-09-30"), (6, "2018-12-31")]))


def test_a_late_fact_sets_what_was_true_before_it_was_known() -> None:
    """Recorded in May, true since January: January names it as known in May, and does not as known in April."""
    late = """
    - recorded: 2018-05-02
      events:
        - MilestoneRescheduled: {milestone: door, due: 2018-12-31}
          effective: 2018-01-15
    """
    with told(MILESTONE) as story:
        story.goes_on(late)
        due = [
            by(values(story.plan.blame("milestone:door", as_at="2018-01-31", known_at=known))["due"])
            for known in ("2018-04-30", "2018-05-02")
        ]

    assert due == [(3, []), (4, [])]


# --- which subject ---------------------------------------------------------------------------------------------------


def test_a_subject_may_be_asked_for_by_another_name() -> None:
    """An alias of the documents leads to the measure that it means."""
    alias = """
    - recorded: 2017-05-02
      events:
        - AliasDeclared: {alias: four-hours, title: The four hours, of: "measure:ae"}
    """
    with told(MEASURE) as story:
        story.goes_on(alias)
        found = story.plan.blame("measure:four-hours")

        assert found.subject.id == "ae"
        assert story.plan.blame("alias:four-hours").subject.id == "four-hours"
        with pytest.raises(UnknownSubjectError, match=r"^there is no milestone:four-hours as at "):
            story.plan.blame("milestone:four-hours")


def test_the_plan_and_events_without_a_place_can_be_asked_about() -> None:
    """They are subjects like any other."""
    early = """
    - recorded: 2018-03-01
      events:
        - Observed: {measure: ae, period: 2017-01, value: 80}
          effective: 2017-01
    """
    with told(MEASURE) as story:
        story.goes_on(early)

        assert by(values(story.plan.blame("plan:board"))["title"]) == (1, [])
        assert by(values(story.plan.blame("unplaced-event:#5"))["why"]) == (5, [])


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("measure:a", "there is no measure:a as at 2018-02-28, known at #4; did you mean 'ae'?"),
        ("mesure:ae", "there is no kind 'mesure'; did you mean 'measure'?"),
        ("ae", "there is no kind 'ae'; did you mean measure:ae?"),
    ],
)
def test_an_unknown_subject_is_refused_by_name(subject: str, message: str) -> None:
    """With the nearest name that there is."""
    with told(MEASURE) as story, pytest.raises(UnknownSubjectError) as refused:
        story.plan.blame(subject, as_at="2018-02-28")

    assert str(refused.value).startswith(message)


# --- for programs ----------------------------------------------------------------------------------------------------


def test_json_holds_every_field_and_every_fact_about_it() -> None:
    """Fields that nobody set are null; a reading is named by its period; times are in UTC."""
    with told(MEASURE + CORRECTION) as story:
        found = blame_json(story.plan.blame("measure:ae", as_at="2018-02-28", known_at="2018-02-28"))
    fields = {(f["field"], f["reading"]): f for f in found["fields"]}

    assert {key: found[key] for key in ("plan", "as_at", "known_at", "subject")} == {
        "plan": "board",
        "as_at": "2018-02-28",
        "known_at": {"recorded_at": "2018-02-20T09:00:00.000000Z", "position": 5},
        "subject": {"kind": "measure", "id": "ae", "title": "A&E within 4 hours"},
    }
    assert fields["unit", None] == {
        "field": "unit",
        "reading": None,
        "value": "%",
        "effective": "2017-04-01",
        "set_by": {
            "position": 2,
            "event_id": "defined",
            "type": "MeasureDefined",
            "effective": "2017-04-01",
            "recorded_at": "2017-04-03T09:00:00.000000Z",
            "actor": "programme office",
            "reason": None,
            "source": {"document": "Operational plan", "locator": "page 12"},
            "causation_id": None,
            "correlation_id": None,
        },
        "amended": [],
    }
    assert fields["cadence", None] == {
        "field": "cadence", "reading": None, "value": None, "effective": None, "set_by": None, "amended": [],
    }  # fmt: skip
    january = fields["observations", "2018-01"]
    (amended,) = january["amended"]
    assert (january["value"]["value"], january["set_by"]["event_id"]) == ("76.9", "january")
    assert (amended["event"]["event_id"], amended["event"]["actor"], amended["event"]["reason"]) == (
        "swapped", "head of performance", "digits swapped in the return",
    )  # fmt: skip
    assert (amended["amends"]["position"], amended["before"]["value"]["value"]) == (4, "67.9")


def test_json_gives_the_days_of_a_date() -> None:
    """As `show` does: as it was written, its first day and its last."""
    with told(MILESTONE) as story:
        found = blame_json(story.plan.blame("milestone:door", as_at="2017-12-31"))
    (due,) = (f for f in found["fields"] if f["field"] == "due")

    assert (due["value"], due["value_start"], due["value_end"]) == ("2018-09-30", "2018-09-30", "2018-09-30")


# --- laws ------------------------------------------------------------------------------------------------------------


def disputed(steps: Sequence[tuple[int, int, int]]) -> list[RecordedEvent]:
    """A log about one milestone and one measure, in which every other event corrects or retracts one of the latest."""
    january = Period.parse("2018-01-01")
    log: list[tuple[str, Period, Event]] = [
        ("e1", january, OPENING),
        ("e2", january, MilestoneSet(milestone="milestone-1", title="M", due=Period.month(2018, 3))),
        ("e3", january, MeasureDefined(measure="measure-1", title="A")),
    ]
    for verb, which, value in steps:
        month = Period.month(2018, value % 6 + 1)
        fact = [(name, data) for name, _, data in log if not isinstance(data, CORRECTIONS)][-1 - which % 3]
        said: Event = (
            MilestoneRescheduled(milestone="milestone-1", due=month),
            MilestoneRescheduled(milestone="milestone-1"),
            observed("measure-1", Period.month(2018, which % 2 + 1), value),
            TargetSet(measure="measure-1", comparator="at-least", value=Decimal(value)),
            EventCorrected(event=fact[0], replacement=varied(fact[1], value)),
            EventCorrected(event=fact[0], replacement=varied(fact[1], value), effective=month),
            EventRetracted(event=fact[0] if fact[0] != "e1" else "e2", why="wrong"),
            EventRetracted(event=log[-1 - which % 2][0], why="wrong"),
        )[verb]
        log.append((f"e{len(log) + 1}", Period.month(2018, which % 6 + 1), said))
    return recorded(log)


STEP = st.tuples(st.integers(0, 7), st.integers(0, 11), st.integers(0, 11))
LOGS = histories() | st.lists(STEP, min_size=4, max_size=14).map(disputed)
Place = tuple[str, Period | None]
DERIVED = {("measure", "target"), ("alignment", "goal")}
"""Fields that are settled once everything is placed: no single fact sets them."""


def as_given(entity: Entity | None) -> Entity | None:
    """A measure without the values of shares: whether these are in per cent may be said after them."""
    if not isinstance(entity, Measure):
        return entity
    given = [one if one.numerator is None else evolve(one, value=Decimal(0)) for one in entity.observations]
    return evolve(entity, observations=tuple(given))


def placed(entity: Entity | None) -> dict[Place, tuple[Any, int | None]]:
    """What a subject says, place by place, with the position that set it; silence is not told apart."""
    found: dict[Place, tuple[Any, int | None]] = {}
    for name, value in [] if entity is None else data_of(entity):
        if name == "observations":
            found |= {(name, one.period): (repr(one), one.position) for one in value}
        elif name != "id" and value not in (None, ()):
            assert entity is not None
            found[name, None] = (repr(value), entity.origin(name))
    return found


def worlds(events: Sequence[RecordedEvent]) -> Iterator[tuple[RecordedEvent, list[RecordedEvent], list[RecordedEvent]]]:
    """Each correction and retraction, with the log as it was with it, and without it: the later ones of the same event
    are in neither."""
    data = {e.event_id: e.data for e in events}

    def about(name: str) -> str:
        said = data.get(name)
        return about(said.event) if isinstance(said, EventCorrected | EventRetracted) else name

    for amendment in events:
        if isinstance(amendment.data, EventCorrected | EventRetracted):
            original = about(amendment.event_id)
            later = [e for e in events if e.position > amendment.position and about(e.event_id) == original]
            without = [e for e in events if e not in later]
            yield amendment, without, [e for e in without if e is not amendment]


def blames(events: list[RecordedEvent], as_at: date, known: int) -> Iterator[Blame]:
    """The blame of every subject that there is."""
    where = Coordinates(as_at, known, None)
    state = fold(timeline(events, as_at=as_at, known=known), plan=PLAN, as_at=as_at, known=known)
    for kind in ("plan", "measure", "target", "milestone", "initiative", "goal", "alignment", "responsibility"):
        for name in state.of_kind(kind):
            yield blame(events, f"{kind}:{name}", plan=PLAN, where=where)


@examples(1)
@given(LOGS, days_of_2018(), st.integers(1, 30))
def test_the_blame_is_the_plain_definition(events: list[RecordedEvent], as_at: date, known: int) -> None:
    """The values and origins are those of the fold; what amended them is what changes the fold when it is left out."""
    heard = [e for e in events if e.position <= known]

    def effective(log: list[RecordedEvent]) -> dict[int | None, str]:
        return {position: when.stored() for position, when, _ in timeline(log, as_at=as_at, known=known)}

    def told_by(log: list[RecordedEvent], subject: Entity) -> dict[Place, tuple[Any, int | None, str]]:
        state = fold(timeline(log, as_at=as_at, known=known), plan=PLAN, as_at=as_at, known=known)
        days = effective(log)
        return {
            place: (value, position, days[position])
            for place, (value, position) in placed(state.subject(subject.KIND, subject.id)).items()
        }

    for found in blames(events, as_at, known):
        now = told_by(heard, found.subject)
        blamed = {(f.field, f.reading): f for f in found.fields}
        assert {
            place: (repr(f.value), f.set_by.position, f.effective.stored())
            for place, f in blamed.items()
            if f.set_by is not None and f.effective is not None and f.value is not None and f.value != ()
        } == now
        expected = {
            (place, amendment.position, before.get(place, (None,))[0])
            for amendment, with_it, without in worlds(heard)
            for after, before in [(told_by(with_it, found.subject), told_by(without, found.subject))]
            for place in {*after, *before}
            if after.get(place) != before.get(place)
        }
        assert expected == {
            (place, a.event.position, None if a.before.value in (None, ()) else repr(a.before.value))
            for place, f in blamed.items()
            for a in f.amended
        }


@examples(1)
@given(LOGS, days_of_2018())
def test_the_event_that_set_a_value_is_the_last_that_said_so(events: list[RecordedEvent], as_at: date) -> None:
    """Fact by fact in the order of the fold: from that event on the value stands, and by another event before it."""
    known = len(events)
    facts = timeline(events, as_at=as_at, known=known)
    states = [fold(facts[:count], plan=PLAN, as_at=as_at, known=known) for count in range(len(facts) + 1)]
    for found in blames(events, as_at, known):
        kind, name = found.subject.KIND, found.subject.id
        steps = [as_given(state.subject(kind, name)) for state in states]
        for f in found.fields:
            place = (f.field, f.reading)
            if f.set_by is None:
                assert (kind, f.field) in DERIVED or all(place not in placed(step) for step in steps)
            elif (kind, f.field) not in DERIVED and f.value is not None:
                since = 1 + [position for position, _, _ in facts].index(f.set_by.position)
                said = placed(as_given(found.subject))[place]
                assert said[1] == f.set_by.position
                assert all(placed(step)[place] == said for step in steps[since:])
                assert placed(steps[since - 1]).get(place) != said


@examples(1)
@given(LOGS, days_of_2018(), st.integers(1, 30))
def test_what_is_recorded_later_changes_no_answer_about_the_past(
    events: list[RecordedEvent], as_at: date, known: int
) -> None:
    """The blame as known at a position is that of the log which ended there."""
    for found in blames(events, as_at, known):
        name = f"{found.subject.KIND}:{found.subject.id}"
        assert found == blame(events[:known], name, plan=PLAN, where=found.where)
