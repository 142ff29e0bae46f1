"""Waivers: findings that somebody decided to live with, for how long, and what comes of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import CheckResult, Finding, PlanLog
from plantrack.cli import main
from plantrack.errors import AdmissionError, CoordinateError, EventError
from plantrack.events import FindingWaived, WaiverRevoked
from tests.stories import Story, pack, told
from tests.strategies import examples

PLAN = """
- recorded: 2018-01-02
  events:
    - MilestoneSet: {milestone: estates, title: Estates strategy, due: 2018-01}
    - MilestoneSet: {milestone: orders, title: Order communications, due: 2018-01}
"""
LATE = pack(
    """
    - id: time.late
      title: Late
      for: Milestone
      severity: high
      when: status == 'planned' and due is not None and due < today
      message: "{title} is late"
    """
)


def about_waivers(result: CheckResult) -> list[str]:
    return [f.message for f in result if f.rule.startswith("gov.waiver")]


def attributes(found: Finding) -> tuple[Any, ...]:
    """What a finding is, whoever waived it."""
    return found.fingerprint, found.message, found.severity, found.explanation, found.evidence


def finding(story: Story, subject: str = "estates", **where: Any) -> Finding:
    """The finding of the installed rules about a subject."""
    (found,) = (f for f in story.plan.check(**where) if f.subject.id == subject)
    return found


def waive(plan: PlanLog, found: Finding, until: str | date, **more: Any) -> None:
    given = {"reason": "Supplier changes", "requester": "programme office", "approver": "chair", **more}
    plan.waive(found, until=until, **given)


# --- from which day to which day -------------------------------------------------------------------------------------


def test_holds_from_the_day_it_was_given_to_the_last_day() -> None:
    """Both ends count; the finding is found all the same, and says who decided what and for how long."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        waive(plan, finding(story), "2018-02-28", waiver="w")
        days = ["2018-02-09", "2018-02-10", "2018-02-28", "2018-03-01"]
        held = [finding(story, as_at=day).waiver is not None for day in days]
        waiver = finding(story).waiver

    assert held == [False, True, True, False]
    assert waiver == plantrack.rules.WaiverApplied(
        id="w", reason="Supplier changes", requester="programme office", approver="chair", until=date(2018, 2, 28)
    )


@pytest.mark.parametrize(("zone", "held"), [("Pacific/Auckland", False), ("Europe/London", True)])
def test_last_day_is_one_of_the_plan(zone: str, held: bool) -> None:
    """At noon of the last day in London it is the day after in Auckland."""
    opening = f"""\
- recorded: 2017-04-01
  events:
    - PlanOpened: {{title: P, organisation: O, period: 2017/18, time_zone: {zone}}}
"""
    with told(PLAN, opening=opening) as story:
        waive(story.until("2018-02-10").plan, finding(story), "2018-02-28")
        story.clock.now = story.until("2018-02-28").clock.now.replace(hour=12)

        assert (finding(story).waiver is not None) is held


def test_revoked() -> None:
    """From the day on which it was revoked; a revocation that was recorded by mistake can be retracted."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        waive(plan, finding(story), "2018-02-28", waiver="w")
        (revoked,) = plan.record(WaiverRevoked(waiver="w", why="too long"), effective="2018-02-20")

        assert [finding(story, as_at=day).waiver is None for day in ("2018-02-19", "2018-02-20")] == [False, True]
        plan.record(plantrack.events.EventRetracted(event=revoked.event_id, why="not yet"), effective="2018-02-21")
        assert finding(story, as_at="2018-02-21").waiver is not None


def test_several_of_one_finding() -> None:
    """The one that holds longest is shown; when it is revoked, the others hold."""
    with told(PLAN) as story:
        plan, found = story.until("2018-02-10").plan, finding(story)
        for name, until in (("short", "2018-02-20"), ("long", "2018-03-31"), ("middle", "2018-02-28")):
            waive(plan, found, until, waiver=name)
        plan.record(WaiverRevoked(waiver="long"), effective="2018-02-15")
        shown = [getattr(finding(story, as_at=f"2018-02-{day}").waiver, "id", None) for day in (14, 15, 21)]

    assert shown == ["long", "middle", "middle"]


def test_corrected_and_retracted() -> None:
    """What the log knows now holds for every day, what it knew then for then."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        waive(plan, finding(story), "2018-03-31", waiver="w")
        (event,) = plan.about("waiver:w")
        assert isinstance(event.data, FindingWaived)
        story.goes_on(
            f"""
            - recorded: 2018-02-12
              events:
                - EventCorrected:
                    event: {event.event_id}
                    replacement:
                      type: FindingWaived
                      data: {{waiver: w, finding: {event.data.finding}, reason: Supplier changes,
                              requester: programme office, approver: chair, until: 2018-02-20}}
            - recorded: 2018-02-14
              events:
                - EventRetracted: {{event: {event.event_id}, why: the chair never agreed}}
            """
        )

        def untils(known_at: str) -> list[date | None]:
            found = [finding(story, as_at=day, known_at=known_at) for day in ("2018-02-20", "2018-02-21")]
            return [None if f.waiver is None else f.waiver.until for f in found]

        assert untils("2018-02-10") == [date(2018, 3, 31)] * 2
        assert untils("2018-02-12") == [date(2018, 2, 20), None]
        assert untils("2018-02-14") == [None, None]


def test_recorded_after_a_meeting_it_does_not_change_its_replay() -> None:
    """Also where it is said to have been given before: the meeting did not know."""
    with told(PLAN) as story:
        story.goes_on(
            """
            - recorded: 2018-02-01
              events:
                - BodyRegistered: {body: board, title: The Board}
                - MeetingScheduled: {meeting: february, body: board, date: 2018-02-28}
            """
        )
        plan = story.until("2018-03-05").plan
        before = plan.check(at="february")
        plan.record(
            FindingWaived(
                waiver="w", finding=finding(story).fingerprint, reason="Late", requester="pmo", approver="chair",
                until=date(2018, 3, 31),
            ),
            effective="2018-02-20",
        )  # fmt: skip
        result, hindsight = plan.check(at="february"), plan.check(as_at="2018-02-28")

    assert result == before
    assert [f.waiver is None for f in result] == [True, True]
    assert sorted(f.waiver is None for f in hindsight) == [False, True]


def test_ignored() -> None:
    """A check may look as if nothing had been waived; the rules about waivers speak all the same."""
    with told(PLAN) as story:
        plan = story.until("2018-02-20").plan
        waive(plan, finding(story), "2018-02-28", waiver="w")
        result = plan.check(ignore_waivers=True)

    assert {(f.waiver, f.counts) for f in result} == {(None, True)}
    assert about_waivers(result) == [
        "The waiver w for time.milestone-overdue ends on 28 February 2018, and the finding is still there"
    ]


# --- who may decide --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("approver", ["programme office", "Programme  OFFICE", " programme office"])
def test_nobody_approves_what_they_asked_for(approver: str) -> None:
    """Refused, however the name is spaced and capitalised; nothing is recorded."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        found = finding(story)
        with pytest.raises(AdmissionError) as refused:
            waive(plan, found, "2018-02-28", approver=approver)
        assert plan.head == 3

    assert str(refused.value) == f"{approver!r} asks for the waiver and cannot approve it; name who decides"


@pytest.mark.parametrize("approver", ["Programme Office", "programme   office"])
def test_self_approved_in_the_log_has_no_effect_and_is_found(approver: str) -> None:
    """Recorded as a fact, it waives nothing, and the board reads of it until its last day."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        found = finding(story)
        plan.record(
            FindingWaived(
                waiver="w", finding=found.fingerprint, rule=found.rule, reason="Late", requester="programme office",
                approver=approver, until=date(2018, 3, 31),
            ),
            effective="2018-02-10",
        )  # fmt: skip
        result, later = plan.check(), plan.check(as_at="2018-04-01")

    assert {f.waiver for f in result} == {None}
    assert [(f.severity, f.message) for f in result if f.rule == "gov.waiver-self-approved"] == [
        (
            "high",
            f"The waiver w for time.milestone-overdue was asked for and approved by {approver}; it has no effect",
        )
    ]
    assert "gov.waiver-self-approved" not in {f.rule for f in later}


def test_what_is_refused() -> None:
    """A day that is past or none, an id that was used, an empty reason, a finding of another plan."""
    with told(PLAN) as story, told(PLAN, plan="other") as other:
        plan, found = story.until("2018-02-10").plan, finding(story)
        waive(plan, found, "2018-02-10", waiver="w")

        with pytest.raises(AdmissionError) as past:
            waive(plan, found, "2018-02-09")
        with pytest.raises(CoordinateError) as no_day:
            waive(plan, found, "Easter")
        with pytest.raises(AdmissionError) as used:
            waive(plan, found, "2018-03-31", waiver="w")
        with pytest.raises(EventError) as empty:
            waive(plan, found, "2018-03-31", reason=" ")
        with pytest.raises(AdmissionError) as foreign:
            waive(plan, finding(other.until("2018-02-10")), "2018-03-31")
        assert plan.head == 4

    assert str(past.value) == "the last day, 2018-02-09, is past; nothing would be waived"
    assert str(no_day.value) == "until 'Easter' is not a day; write for example 2018-02-28"
    assert str(used.value) == (
        "event 1 (FindingWaived): waiver:w was opened by #4; ids are stable for ever, choose another"
    )
    assert str(empty.value) == "FindingWaived.reason: the text is blank, and this is needed"
    assert str(foreign.value).endswith(" is a finding of the plan 'other', not of 'board'")


def test_ids_that_nobody_chose() -> None:
    """Made from the fingerprint, and numbered when it is waived again; what is named stays itself on a retry."""
    with told(PLAN) as story:
        plan, found = story.until("2018-02-10").plan, finding(story)
        first = plan.waive(found, reason="r", requester="pmo", approver="chair", until="2018-02-20")
        second = plan.waive(found, reason="r", requester="pmo", approver="chair", until="2018-02-28")
        named = [
            plan.waive(found, reason="r", requester="pmo", approver="chair", until="2018-03-31", waiver="winter")
            for _ in range(2)
        ]

    assert isinstance(first.data, FindingWaived)
    assert isinstance(second.data, FindingWaived)
    assert first.data == FindingWaived(
        waiver=f"w-{found.fingerprint[2:]}", finding=found.fingerprint, reason="r", requester="pmo", approver="chair",
        until=date(2018, 2, 20), rule="time.milestone-overdue", about="milestone:estates",
    )  # fmt: skip
    assert (first.actor, first.reason, str(first.effective)) == ("pmo", "r", "2018-02-10")
    assert second.data.waiver == f"w-{found.fingerprint[2:]}.2"
    assert named[0] == named[1]


# --- what the rules say of waivers -----------------------------------------------------------------------------------


def test_life_of_a_waiver() -> None:
    """Quiet, about to end, ended, renewed; at last nothing is left to waive."""
    ends = "The waiver w for time.milestone-overdue ends on 28 February 2018, and the finding is still there"
    ended = "The waiver w for time.milestone-overdue ended on 28 February 2018, and the finding is still there"
    unused = "The waiver again for time.milestone-overdue waives nothing: no such finding is made"
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        waive(plan, finding(story), "2018-02-28", waiver="w")
        said = [
            about_waivers(plan.check(as_at=day)) for day in ("2018-02-13", "2018-02-14", "2018-02-28", "2018-03-01")
        ]
        waive(story.until("2018-03-02").plan, finding(story), "2018-03-31", waiver="again")
        renewed = about_waivers(plan.check())
        plan.record(plantrack.events.MilestoneReached(milestone="estates"), effective="2018-03-03")
        reached = [about_waivers(plan.check(as_at=day)) for day in ("2018-03-03", "2018-03-31", "2018-04-01")]

    assert said == [[], [ends], [ends], [ended]]
    assert renewed == []
    assert reached == [[unused], [unused], []]


def test_finding_about_a_waiver_can_be_waived() -> None:
    """That one waiver has ended may be lived with too, and the other waiver is not said to waive nothing."""
    with told(PLAN) as story:
        plan = story.until("2018-02-10").plan
        waive(plan, finding(story), "2018-02-20", waiver="w")
        story.until("2018-02-21")
        (expired,) = (f for f in plan.check() if f.rule == "gov.waiver-expired")
        waive(plan, expired, "2018-03-31", waiver="of-w")
        result = plan.check()

    assert [(f.rule, f.waiver and f.waiver.id) for f in result] == [
        ("time.milestone-overdue", None),
        ("time.milestone-overdue", None),
        ("gov.waiver-expired", "of-w"),
    ]


# --- at the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A store with one late milestone; the day is the system's, so that only what is past can be late."""
    path = str(tmp_path / "board.db")
    with plantrack.open(path) as tracker:
        tracker.plan("board").record(
            plantrack.events.PlanOpened(title="P", organisation="O", period=plantrack.Period.parse("2017/18")),
            plantrack.events.MilestoneSet(milestone="m", title="Estates", due=plantrack.Period.parse("2018-01")),
            effective="2017-04-01",
        )
    return path


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, args, prog_name="plantrack", catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def test_waive_at_the_command_line(db: str) -> None:
    """What was waived is shown apart and never counts for the exit status; --ignore-waivers counts it."""
    found = json.loads(run("--db", db, "check", "--format", "json")[1])["findings"]
    (fingerprint,) = [f["fingerprint"] for f in found if f["rule"] == "time.milestone-overdue"]
    asked = ["--reason", "Snow", "--requester", "pmo", "--until", "2999-01-31", "--id", "snow"]

    assert run("--db", db, "check")[0] == 1
    assert run("--db", db, "waive", fingerprint, *asked, "--approver", "PMO") == (
        2,
        "",
        "plantrack: 'PMO' asks for the waiver and cannot approve it; name who decides\n",
    )
    assert run("--db", db, "waive", "F-000000000000", *asked, "--approver", "chair") == (
        2,
        "",
        "plantrack: no finding 'F-000000000000' at these coordinates; give the --as-at and --known-at of the check that"
        " showed it\n",
    )
    assert run("--db", db, "waive", fingerprint[:8], *asked, "--approver", "chair") == (
        0,
        "",
        "board: waived in #3 as snow, until 2999-01-31: Estates was due January 2018 and is not reached\n",
    )
    assert run("--db", db, "check")[0] == 0
    assert run("--db", db, "check", "--fail-on", "info")[0] == 0
    assert run("--db", db, "check", "--ignore-waivers")[0] == 1
    shown = json.loads(run("--db", db, "check", "--format", "json")[1])
    assert [f["waiver"] for f in shown["findings"]] == [
        {"id": "snow", "reason": "Snow", "requester": "pmo", "approver": "chair", "until": "2999-01-31"}
    ]


def test_waived_twice_at_the_command_line(db: str) -> None:
    """The same again records nothing; one that ends earlier says which holds longer."""
    (fingerprint,) = [
        f["fingerprint"]
        for f in json.loads(run("--db", db, "check", "--format", "json")[1])["findings"]
        if f["rule"] == "time.milestone-overdue"
    ]
    name = f"w-{fingerprint[2:]}"
    asked = ["--reason", "Snow", "--requester", "pmo", "--approver", "chair", "--until"]
    message = "Estates was due January 2018 and is not reached"
    waive = ("--db", db, "waive", fingerprint.upper())

    assert run(*waive, *asked, "2999-01-31")[2] == f"board: waived in #3 as {name}, until 2999-01-31: {message}\n"
    assert run(*waive, *asked, "2999-01-31") == (
        0, "", f"board: {fingerprint} is waived already, in #3 as {name}; nothing was recorded\n",
    )  # fmt: skip
    assert run(*waive, *asked, "2998-01-31")[2] == (
        f"board: waived in #4 as {name}.2, until 2998-01-31: {message}\n"
        f"board: the waiver {name} is in force until 2999-01-31, longer than this\n"
    )


@pytest.mark.parametrize("blank", ["--reason", "--requester", "--approver"])
def test_blank_words_of_a_waiver(db: str, blank: str) -> None:
    """The message names the option, and does not advise to leave it out."""
    given = {"--reason": "Snow", "--requester": "pmo", "--approver": "chair", "--until": "2999-01-31", blank: " "}
    options = [word for pair in given.items() for word in pair]

    assert run("--db", db, "waive", "F-000000000000", *options) == (
        2, "", f"plantrack: {blank} is blank; the record says who decides, and why\n",
    )  # fmt: skip


def test_taken_back_by_an_event(db: str, tmp_path: Path) -> None:
    """A line with WaiverRevoked ends a waiver on its day; the same waiver may be given again."""
    (fingerprint,) = [
        f["fingerprint"]
        for f in json.loads(run("--db", db, "check", "--format", "json")[1])["findings"]
        if f["rule"] == "time.milestone-overdue"
    ]
    name = f"w-{fingerprint[2:]}"
    asked = ["--reason", "Snow", "--requester", "pmo", "--approver", "chair", "--until", "2999-01-31"]
    run("--db", db, "waive", fingerprint, *asked)
    line = {"type": "WaiverRevoked", "effective": f"{date.today()}", "data": {"waiver": name, "why": "no more snow"}}
    (tmp_path / "back.jsonl").write_text(json.dumps(line))

    assert run("--db", db, "check")[0] == 0
    assert run("--db", db, "record", str(tmp_path / "back.jsonl"))[2] == "board: 1 event recorded, now at #4\n"
    assert run("--db", db, "check")[0] == 1
    assert run("--db", db, "waive", fingerprint, *asked)[2].startswith(f"board: waived in #5 as {name}.2, ")


# --- laws ------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["pmo", "PMO", "chair"])
DAYS = st.dates(date(2018, 2, 1), date(2018, 3, 31))


@examples(0.5)
@given(st.lists(st.tuples(st.sampled_from(["estates", "orders"]), NAMES, NAMES, DAYS, DAYS), max_size=5), DAYS)
def test_waivers_never_change_what_is_found(waivers: list[tuple[str, str, str, date, date]], day: date) -> None:
    """Whoever waives what and until when: the same findings, evidence and arithmetic, and no day beyond the last."""
    with told(PLAN) as story:
        plan = story.until("2018-03-31").plan
        before = plan.check(as_at=day, packs=[LATE])
        names = {f.subject.id: f.fingerprint for f in plan.check(packs=[LATE])}
        for number, (subject, requester, approver, given_on, until) in enumerate(waivers):
            plan.record(
                FindingWaived(
                    waiver=f"w{number}", finding=names[subject], reason="r", requester=requester, approver=approver,
                    until=until,
                ),
                effective=given_on,
            )  # fmt: skip
        after = plan.check(as_at=day, packs=[LATE])

    assert [attributes(f) for f in after] == [attributes(f) for f in before]
    for f in after:
        holding = [
            until
            for subject, requester, approver, given_on, until in waivers
            if subject == f.subject.id and requester.lower() != approver.lower() and given_on <= day <= until
        ]
        assert (None if f.waiver is None else f.waiver.until) == max(holding, default=None)
