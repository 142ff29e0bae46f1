"""Coordinates as people write them: days, moments, positions and meetings, each alone and beside another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack.cli import main
from plantrack.coordinates import Coordinates
from plantrack.errors import CoordinateError
from plantrack.events import BodyRegistered, EventRetracted, MeetingScheduled, PlanOpened
from tests.stories import Story, pack, told
from tests.strategies import examples

PLAN = """
- recorded: 2018-01-10
  events:
    - BodyRegistered: {body: board, title: The Board}
    - MeetingScheduled: {meeting: january, body: board, date: 2018-01-31}
      event_id: january
    - MeetingScheduled: {meeting: february, body: board, date: 2018-02-28}
    - MeetingScheduled: {meeting: spring, body: board, date: 2018-05}
- recorded: 2018-01-31T23:30Z
  events:
    - MilestoneSet: {milestone: evening, title: The evening of the meeting}
- recorded: 2018-02-01T00:30Z
  events:
    - MilestoneSet: {milestone: night, title: The night after}
- recorded: 2018-03-01
  events:
    - MilestoneSet: {milestone: later, title: After both}
"""
EVENING, NIGHT, HEAD = 6, 7, 8  # positions


@pytest.fixture
def story() -> Iterator[Story]:
    """Three meetings, and what was recorded around two of them; it is 5 March 2018."""
    with told(PLAN) as story:
        yield story.until("2018-03-05")


def points(where: Coordinates) -> tuple[str, int, int | None]:
    return where.as_at.isoformat(), where.known, where.rules


# --- meetings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("2018-03-05", HEAD, HEAD)),
        ({"at": "january"}, ("2018-01-31", EVENING, EVENING)),
        ({"at": "meeting:january"}, ("2018-01-31", EVENING, EVENING)),
        ({"at": "february"}, ("2018-02-28", NIGHT, NIGHT)),
        ({"at": "spring"}, ("2018-05-31", HEAD, HEAD)),
        ({"at": "january", "as_at": "2018-02-01"}, ("2018-02-01", EVENING, EVENING)),
        ({"at": "january", "known_at": "#2"}, ("2018-01-31", 2, EVENING)),
        ({"at": "january", "rules_at": "#2"}, ("2018-01-31", EVENING, 2)),
        ({"at": "january", "rules_at": "installed"}, ("2018-01-31", EVENING, None)),
        ({"known_at": "meeting:january"}, ("2018-03-05", EVENING, EVENING)),
        ({"known_at": "meeting:january", "rules_at": "meeting:february"}, ("2018-03-05", EVENING, NIGHT)),
        ({"rules_at": "meeting:january"}, ("2018-03-05", HEAD, EVENING)),
    ],
    ids=str,
)
def test_meeting_is_a_day_and_its_end(story: Story, given: dict[str, Any], expected: tuple[str, int, int]) -> None:
    """It sets all three; what is given beside it wins, for that one alone; a month means its last day."""
    assert points(story.plan.coordinates(**given)) == expected


def test_end_of_the_day_is_that_of_the_plan() -> None:
    """What was recorded at 00:30 in London was recorded on the evening of the meeting in New York."""
    opening = """\
- recorded: 2017-04-01
  events:
    - PlanOpened: {title: P, organisation: O, period: 2017/18, time_zone: America/New_York}
"""
    with told(PLAN, opening=opening) as story:
        assert story.plan.coordinates(at="january").known == NIGHT


def test_meeting_that_moved(story: Story) -> None:
    """The day that is known now, for whoever replays it: scheduled anew, said late, corrected, called off."""
    plan = story.plan

    def moved(day: str, effective: str) -> None:
        event = MeetingScheduled(meeting="january", body="board", date=plan.period(day))
        plan.record(event, effective=effective)

    moved("2018-02-01", "2018-01-20")
    assert points(plan.coordinates(at="january")) == ("2018-02-01", NIGHT, NIGHT)
    moved("2018-01-17", "2018-01-05")  # an older plan, which somebody records later
    assert plan.coordinates(at="january").as_at == date(2018, 2, 1)
    assert str(plan.at().meetings["january"].date) == "2018-02-01"
    story.goes_on(
        """
        - recorded: 2018-03-06
          events:
            - EventCorrected:
                event: january
                replacement: {type: MeetingScheduled, data: {meeting: january, body: board, date: 2018-01-30}}
                effective: 2018-01-25
        """
    )
    assert points(plan.coordinates(at="january")) == ("2018-01-30", 5, 5)
    for event in plan.about("meeting:january"):
        if isinstance(event.data, MeetingScheduled):
            plan.record(EventRetracted(event=event.event_id, why="it never met"), effective="2018-03-06")
    with pytest.raises(CoordinateError, match="there is no meeting 'january'; known: february, spring"):
        plan.coordinates(at="january")


def test_meeting_in_the_future(story: Story) -> None:
    """What is planned up to then, by all that is known today; the same on the day itself knows more."""
    before = points(story.plan.coordinates(at="spring"))
    story.goes_on("- recorded: 2018-05-30\n  events:\n    - MilestoneSet: {milestone: m, title: M}\n")

    assert before == ("2018-05-31", HEAD, HEAD)
    assert points(story.plan.coordinates(at="spring")) == ("2018-05-31", HEAD + 1, HEAD + 1)


def test_meeting_may_be_called_like_a_day(story: Story) -> None:
    """A prefix says that it is one."""
    event = MeetingScheduled(meeting="2018-02-02", body="board", date=story.plan.period("2018-01-31"))
    story.plan.record(event, effective="2018-01-10")
    ours = [pack("- {id: gov.x, title: X, for: Risk, severity: low, when: status == 'closed', message: x}")]

    assert story.plan.coordinates(known_at="2018-02-02").known == NIGHT
    assert story.plan.coordinates(known_at="meeting:2018-02-02").known == EVENING
    assert story.plan.coordinates(at="2018-02-02").known == EVENING
    assert story.plan.check(since="meeting:2018-02-02", packs=ours).since == "meeting:2018-02-02"


def test_every_question_takes_a_meeting(story: Story) -> None:
    """State, check and the account of a finding stand where the coordinates do."""
    ours = [pack("- {id: time.any, title: Any, for: Milestone, severity: low, when: due is None, message: x}")]
    plan = story.plan
    result = plan.check(at="january", packs=ours)

    assert list(plan.at(at="january").milestones) == ["evening"]
    assert [f.subject.id for f in result] == ["evening"]
    assert (result.as_at, result.known, result.recorded_at) == (
        date(2018, 1, 31),
        EVENING,
        datetime(2018, 1, 31, 23, 30, tzinfo=UTC),
    )
    assert plan.why(result.findings[0].fingerprint, at="january", packs=ours).result == result


# --- what is no coordinate -------------------------------------------------------------------------------------------

HOW = (
    "is not a coordinate; write a position (#120), a day (2018-02-01), a moment (2018-02-01T17:00Z) or a meeting"
    " (meeting:april)"
)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"at": "februry"}, "there is no meeting 'februry'; did you mean 'february'?"),
    ({"at": "meeting:x"}, "there is no meeting 'x'; known: february, january, spring"),
    ({"known_at": "meeting:"}, "there is no meeting ''; known: february, january, spring"),
    ({"rules_at": "meeting:springs"}, "there is no meeting 'springs'; did you mean 'spring'?"),
    ({"known_at": "january"}, f"known_at 'january' {HOW}"),
    ({"rules_at": "january"}, f"rules_at 'january' {HOW}, or installed"),
    ({"known_at": "installed"}, f"known_at 'installed' {HOW}"),
    ({"known_at": "2018-02-30"}, f"known_at '2018-02-30' {HOW}"),
    ({"known_at": "#-1"}, f"known_at '#-1' {HOW}"),
    ({"rules_at": "#9"}, "rules_at #9 is outside the log of 'board', which ends at #8"),
    ({"known_at": 9}, "known_at #9 is outside the log of 'board', which ends at #8"),
    ({"known_at": True}, "known_at takes a position, a day or a moment, not bool"),
    ({"rules_at": datetime(2018, 2, 1)}, "rules_at 2018-02-01T00:00:00 has no time zone; write for example …T17:00Z"),
    ({"as_at": "meeting:january"}, "as_at 'meeting:january' is not a day; write for example 2018-02-28"),
    ({"as_at": datetime(2018, 2, 1, tzinfo=UTC)}, "as_at takes a day, not a moment"),
]


@pytest.mark.parametrize(("given", "message"), WRONG, ids=[str(given) for given, _ in WRONG])
def test_refused(story: Story, given: dict[str, Any], message: str) -> None:
    """Which coordinate it was, what is wrong with it, and how to write one."""
    with pytest.raises(CoordinateError) as wrong:
        story.plan.coordinates(**given)

    assert str(wrong.value) == message


def test_no_meeting_at_all() -> None:
    """There is nothing to suggest."""
    with told() as story, pytest.raises(CoordinateError) as wrong:
        story.plan.coordinates(at="april")

    assert str(wrong.value) == "there is no meeting 'april'; none is recorded"


# --- at the command line ---------------------------------------------------------------------------------------------


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, args, prog_name="plantrack", catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Two plans, of which one has a meeting."""
    path = str(tmp_path / "plans.db")
    with plantrack.open(path, clock=lambda: datetime(2018, 1, 10, 9, tzinfo=UTC)) as tracker:
        opened = PlanOpened(title="P", organisation="O", period=plantrack.Period.parse("2017/18"))
        for name in ("one", "two"):
            tracker.plan(name).record(opened, effective="2017-04-01")
        tracker.plan("one").record(
            BodyRegistered(body="board", title="The Board"),
            MeetingScheduled(meeting="january", body="board", date=plantrack.Period.parse("2018-01-31")),
            effective="2018-01-10",
        )
    return path


@pytest.mark.parametrize(
    "options",
    [
        ["--at", "january"],
        ["--known-at", "#1"],
        ["--known-at", "meeting:january"],
        ["--rules-at", "#1"],
        ["--rules-at", "meeting:january"],
        ["--since", "january"],
        ["--since", "meeting:january"],
    ],
    ids=" ".join,
)
def test_meetings_and_positions_need_one_plan(db: str, options: list[str]) -> None:
    """Another plan may have none of that name; a day is the same for all."""
    refusal = "plantrack: the store holds several plans; choose one with --plan: one, two\n"

    assert run("--db", db, "check", *options) == (2, "", refusal)
    assert run("--db", db, "check", "--as-at", "2018-02-01", "--plan", "one", *options)[0] == 0
    assert run("--db", db, "check", "--as-at", "2018-02-01", "--since", "2018-01-31")[0] == 0


def test_show_and_log_at_a_meeting(db: str) -> None:
    """The head names the day of the meeting, and the log ends with it."""
    assert (
        "as at 31 January 2018, as known on 10 January 2018 (#3)"
        in run("--db", db, "show", "--plan", "one", "--at", "january")[1]
    )
    assert run("--db", db, "log", "--plan", "one", "--at", "janury") == (
        2, "", "plantrack: there is no meeting 'janury'; did you mean 'january'?\n",
    )  # fmt: skip


# --- a law -----------------------------------------------------------------------------------------------------------


@examples(0.5)
@given(
    st.lists(st.datetimes(datetime(2018, 1, 1), datetime(2018, 3, 1)), max_size=8).map(sorted),
    st.dates(date(2017, 12, 31), date(2018, 3, 2)),
    st.sampled_from(["UTC", "Pacific/Auckland", "America/St_Johns", "Europe/London"]),
)
def test_meeting_knows_what_was_recorded_by_the_end_of_its_day(recorded: list[datetime], day: date, zone: str) -> None:
    """The same position as for its day, or for the last moment of it in the plan's time zone."""
    opening = PlanOpened(title="P", organisation="O", period=plantrack.Period.parse("2017/18"), time_zone=zone)
    now = datetime(2017, 12, 1, tzinfo=UTC)
    with plantrack.open(":memory:", clock=lambda: now) as tracker:
        plan = tracker.plan("board")
        plan.record(opening, BodyRegistered(body="board", title="B"), effective="2017-04-01")
        scheduled = MeetingScheduled(meeting="m", body="board", date=plantrack.Period.day(day))
        plan.record(scheduled, effective="2017-12-01")
        for number, moment in enumerate(recorded):
            now = moment.replace(tzinfo=UTC)
            plan.record(BodyRegistered(body=f"b{number}", title="B"), effective="2017-12-01")
        at_meeting, at_day = plan.coordinates(at="m"), plan.coordinates(as_at=day, known_at=day)
        ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
        before = sum(moment.replace(tzinfo=UTC) < ends.astimezone(UTC) for moment in recorded)

    assert at_meeting == at_day
    assert at_meeting.known == 3 + before
