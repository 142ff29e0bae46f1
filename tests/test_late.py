"""Learned late: `log --late`, what counts as late and by how much, in every time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.bitemporal import amendments
from plantrack.coordinates import duration, end_of
from plantrack.errors import DurationError, UnknownSubjectError
from plantrack.events import EventCorrected, EventRetracted, RecordedEvent
from plantrack.history import Late, late
from plantrack.reports import late_json, late_report
from plantrack.reports.late import length_words
from tests.stories import Story, told
from tests.strategies import histories

FIGURES = """
- recorded: 2017-04-01
  actor: programme office
  events:
    - MeasureDefined: {measure: ae, title: A&E within 4 hours, unit: "%"}
      event_id: defined
    - MilestoneSet: {milestone: door, title: Front door, due: 2018-03-31}
      event_id: set
- recorded: 2018-02-08
  actor: analyst
  source: monthly return
  events:
    - Observed: {measure: ae, period: 2018-01, value: 67.9}
      effective: 2018-01
      event_id: january
- recorded: 2018-03-01
  actor: analyst
  events:
    - Observed: {measure: ae, period: 2018-02, value: 80}
      effective: 2018-02
      event_id: february
- recorded: 2018-05-20
  actor: head of performance
  reason: digits swapped in the return
  events:
    - EventCorrected:
        event: january
        replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 76.9}}
      event_id: swapped
"""


def said(story: Story, *args: Any, **where: Any) -> str:
    """What the command prints."""
    return "\n".join(line.text for line in late_report(story.plan.late(*args, **where), "Europe/London"))


def positions(found: list[Late]) -> list[tuple[int, int]]:
    """Position and whole days."""
    return [(one.event.position, one.late.days) for one in found]


# --- what is printed -------------------------------------------------------------------------------------------------


def test_each_late_fact_says_how_late_it_was_recorded() -> None:
    """In order of position; a correction of May of a fact of January is late by that; the rest was in time."""
    with told(FIGURES) as story:
        printed = said(story, "24h")

    assert printed == (
        "Recorded 2018-02-08 09:00 GMT by analyst\n"
        "  #4     2018-01      Observed: measure ae · period January 2018 · value 67.9\n"
        "                      7 days late; from monthly return\n"
        "\n"
        "Recorded 2018-05-20 10:00 BST by head of performance\n"
        "  #6     2018-01      EventCorrected: #4, Observed: measure ae · period January 2018 · value 67.9\n"
        "                      108 days late; because digits swapped in the return\n"
        "\n"
        "2 events were recorded late; the latest is #6, by 108 days"
    )


def test_nothing_is_said_where_nothing_was_late() -> None:
    """And one event is one event."""
    with told(FIGURES) as story:
        assert said(story, "52w") == ""
        assert said(story, "10w").endswith("\n\n1 event was recorded late")


def test_json_holds_the_whole_event_and_the_seconds() -> None:
    """With the day for which it was late, and what it amends."""
    with told(FIGURES) as story:
        first, second = late_json(story.plan.late("24h"))

    assert {key: first[key] for key in ("position", "event_id", "actor", "late_seconds", "late_for", "amends")} == {
        "position": 4,
        "event_id": "january",
        "actor": "analyst",
        "late_seconds": (7 * 24 + 9) * 3_600,
        "late_for": "2018-01",
        "amends": None,
    }
    assert second["late_seconds"] == int((datetime(2018, 5, 20, 9) - datetime(2018, 2, 1)).total_seconds())
    assert (second["late_for"], second["data"]["event"]) == ("2018-01", "january")
    assert (second["amends"]["position"], second["amends"]["event_id"]) == (4, "january")
    assert second["amends"] == {key: first[key] for key in second["amends"]}


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_longer_than_is_meant_exactly() -> None:
    """The January figure was known 7 days and 9 hours after the month, the February one after 9 hours."""
    with told(FIGURES) as story:
        lengths = ("8h", "9h", "1w", "176h", "177h")
        found = {length: [position for position, _ in positions(story.plan.late(length))] for length in lengths}

    assert found == {"8h": [4, 5, 6], "9h": [4, 6], "1w": [4, 6], "176h": [4, 6], "177h": [6]}


def test_late_facts_of_one_subject_and_of_one_time() -> None:
    """As `log`: a subject with its corrections, as known then, true by then."""
    with told(FIGURES) as story:
        plan = story.plan

        assert positions(plan.late("24h", subject="measure:ae")) == [(4, 7), (6, 108)]
        assert positions(plan.late("24h", subject="milestone:door")) == []
        assert positions(plan.late("24h", known_at="2018-05-19")) == [(4, 7)]
        assert positions(plan.late("24h", as_at="2018-02-28")) == [(4, 7)]
        assert plan.late("24h") == plan.late() == plan.late(timedelta(days=1))
        with pytest.raises(UnknownSubjectError, match=r"^nothing was recorded about 'measure:a'; did you mean 'ae'\?"):
            plan.late("24h", subject="measure:a")


def test_amendments_are_late_by_what_they_amend() -> None:
    """As it stood until then: a fact moved to April is one of April for the next correction, and for its retraction."""
    more = """
    - recorded: 2018-05-21
      events:
        - EventCorrected:
            event: january
            replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 76.9}}
            effective: 2018-04-30
          event_id: moved
    - recorded: 2018-05-22
      events:
        - EventRetracted: {event: january, why: never happened}
          event_id: gone
    - recorded: 2018-05-23
      events:
        - EventRetracted: {event: moved, why: it was January}
    - recorded: 2018-05-24
      events:
        - EventRetracted: {event: gone, why: it did happen}
    """
    with told(FIGURES) as story:
        story.goes_on(more)
        late_ones = story.plan.late(subject="measure:ae")
        found = [(one.event.position, str(one.effective), one.late.days) for one in late_ones]

    assert found == [
        (4, "2018-01", 7),
        (6, "2018-01", 108),
        (7, "2018-01", 109),
        (8, "2018-04-30", 21),
        (9, "2018-04-30", 22),
        (10, "2018-01", 112),
    ]


def test_what_retracts_a_retraction_says_so() -> None:
    """It names what it is about itself, and the fact in the end; why, too."""
    more = """
    - recorded: 2018-05-21
      events:
        - EventRetracted: {event: january, why: never happened}
          event_id: gone
    - recorded: 2018-05-22
      events:
        - EventRetracted: {event: gone, why: it did happen}
          reason: the site has the ledger
    """
    with told(FIGURES) as story:
        story.goes_on(more)
        found = story.plan.late(subject="measure:ae", known_at="2018-05-22")[2:]
        lines = [line.text for line in late_report(found, "Europe/London")]
        document = late_json(found)

    assert lines[1:3] + lines[5:8] == [
        "  #7     2018-01      EventRetracted: #4, Observed: measure ae · period January 2018 · value 67.9",
        "                      109 days late; because never happened",
        "  #8     2018-01      EventRetracted: #7, EventRetracted of #4, Observed: measure ae · period…",
        "                      110 days late; because it did happen; because the site has the ledger",
        "",
    ]
    assert document[0]["through"] is None
    assert document[1]["through"] == {key: document[0][key] for key in document[1]["through"]}
    assert {one["amends"]["position"] for one in document} == {4}


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5_400), ("24h", 86_400), ("3d", 259_200), ("2w", 1_209_600), ("0h", 0)]
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    """Minutes, hours, days of 24 hours, weeks."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "24", "h", "1 day", "-1h", "1.5h", "24H", "٢h", "9999999w", "24h "])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(DurationError) as refused:
        duration(text)

    assert str(refused.value) == (
        f"{text!r} is not a length of time; write a number with m, h, d or w for minutes, hours, days or weeks,"
        " for example 24h"
    )


def test_less_than_no_time_is_refused() -> None:
    """Nothing is late before it is true."""
    with pytest.raises(DurationError, match=r"^-1 day, 0:00:00 is less than no time; give for example 24h$"):
        duration(timedelta(days=-1))


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"seconds": 59}, "0 minutes"),
        ({"minutes": 1}, "1 minute"),
        ({"minutes": 119}, "119 minutes"),
        ({"hours": 2}, "2 hours"),
        ({"hours": 47, "minutes": 59}, "47 hours"),
        ({"days": 2}, "2 days"),
        ({"days": 1_400}, "1,400 days"),
    ],
)
def test_lengths_in_words(length: dict[str, int], words: str) -> None:
    """In full days; in hours or minutes where there are fewer than two of the longer."""
    assert length_words(timedelta(**length)) == words


# --- the end of a day ------------------------------------------------------------------------------------------------

TURNS = [
    ("Europe/London", "2018-03-24", "2018-03-25T00:00Z"),  # the day before the clocks go forward
    ("Europe/London", "2018-03-25", "2018-03-25T23:00Z"),
    ("Europe/London", "2018-10-28", "2018-10-29T00:00Z"),
    ("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00Z"),  # midnight does not exist
    ("America/Sao_Paulo", "2018-02-17", "2018-02-18T03:00Z"),  # its last hour comes twice
    ("America/St_Johns", "2010-11-06", "2010-11-07T03:30Z"),  # a minute of Sunday, then Saturday again
    ("America/Havana", "2018-11-03", "2018-11-04T04:00Z"),  # the first hour of Sunday comes twice
    ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00Z"),  # Friday the 30th was left out
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"),
]


@pytest.mark.parametrize(("zone", "day", "moment"), TURNS)
def test_a_day_ends_on_the_clocks_of_the_plan(zone: str, day: str, moment: str) -> None:
    """Also where these are turned at midnight, or leave a day out."""
    assert end_of(date.fromisoformat(day), ZoneInfo(zone)) == datetime.fromisoformat(moment)


ZONES = st.sampled_from([*{zone for zone, _, _ in TURNS}, "UTC", "Asia/Kolkata", "Africa/Cairo", "Australia/Lord_Howe"])


@given(ZONES, st.dates(date(1980, 1, 1), date(2199, 12, 31)))
def test_a_day_ends_with_its_last_moment(zone: str, day: date) -> None:
    """From the end on it is a later day; a moment before it is not."""
    at = end_of(day, ZoneInfo(zone))

    assert at.astimezone(ZoneInfo(zone)).date() > day
    assert (at - timedelta.resolution).astimezone(ZoneInfo(zone)).date() <= day


# --- laws ------------------------------------------------------------------------------------------------------------


def drifting(hours: int, events: list[RecordedEvent]) -> list[RecordedEvent]:
    """The same log, recorded so many hours apart."""
    start = events[0].recorded_at
    return [attrs.evolve(e, recorded_at=start + timedelta(hours=hours * e.position)) for e in events]


LOGS = st.builds(drifting, st.sampled_from([1, 24, 24 * 20]), histories())


@given(LOGS, ZONES)
def test_late_is_what_the_clocks_say(events: list[RecordedEvent], zone: str) -> None:
    """A fact is late if, on the clocks of the plan, it was recorded on a later day; an amendment by what it amends."""
    clocks = ZoneInfo(zone)
    found = {one.event.position: one for one in late(events, zone=clocks, longer_than=timedelta())}
    named = {e.event_id: e for e in events}
    for event in events:
        original = event
        while isinstance(original.data, EventCorrected | EventRetracted):
            original = named[original.data.event]
        before = [(e.event_id, e.data) for e in events[: event.position - 1]]
        standing = amendments(before).corrected.get(original.event_id)
        when = (original is not event and standing and standing.effective) or original.effective
        is_late = event.recorded_at.astimezone(clocks).date() > when.last_day
        assert is_late == (event.position in found) or event.recorded_at == end_of(when.last_day, clocks)
        if event.position in found:
            one = found[event.position]
            assert one.effective == when
            assert one.amends is (None if original is event else original)
            assert one.event.recorded_at - one.late == end_of(when.last_day, clocks)


@given(LOGS, st.integers(0, 60), st.integers(0, 60), st.integers(0, 30))
def test_asking_for_less_or_earlier_leaves_out_and_changes_nothing(
    events: list[RecordedEvent], days: int, more: int, known: int
) -> None:
    """What is late by more, and what was late as known then, is a part of the same answer."""
    zone, longer = ZoneInfo("Europe/London"), timedelta(days=days)
    found = list(late(events, zone=zone, longer_than=longer))
    longest = longer + timedelta(days=more)

    assert [one for one in found if one.late > longest] == list(late(events, zone=zone, longer_than=longest))
    assert [o for o in found if o.event.position <= known] == list(late(events[:known], zone=zone, longer_than=longer))
    assert [one.event.position for one in found] == sorted({one.event.position for one in found})


def test_an_amendment_of_nothing_is_passed_over() -> None:
    """The log admits none; a list of events made by hand may hold one."""
    with told(FIGURES) as story:
        events = [event for event in story.plan.events() if event.event_id != "january"]

    assert positions(list(late(events, zone=ZoneInfo("UTC"), longer_than=timedelta(days=1)))) == []
