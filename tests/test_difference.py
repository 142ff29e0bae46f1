"""What changed between two coordinates: told as stories of a plan, and held to the two states by Hypothesis."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack import PlanLog, State
from plantrack.bitemporal import timeline
from plantrack.coordinates import Coordinates
from plantrack.errors import CoordinateError
from plantrack.events import RecordedEvent
from plantrack.history.difference import Difference, Side, SubjectChange, difference
from plantrack.reports import difference_json, difference_report
from plantrack.rules import check
from plantrack.rules.comparison import Checked, compared
from plantrack.rules.parameters import parsed
from plantrack.state import PLURALS, Plan, fold
from plantrack.state.entity import data_of
from tests.stories import pack, told
from tests.strategies import PLAN, days_of_2018, histories

BELOW = """
- id: kpi.below
  title: Below the floor
  for: Measure
  severity: high
  params: {floor: 80}
  needs: [last]
  let: {last: latest(observations)}
  when: last.value < floor
  score: floor - last.value
  message: "{title}: {last.value} in {last.period}"
"""
ANY = """
- id: rsk.any
  title: Any risk
  for: Risk
  severity: low
  when: status == 'open'
  message: "{title} is open"
"""

BOARD = """
- recorded: 2018-01-10
  actor: pmo
  events:
    - BodyRegistered: {body: board, title: Governing Body}
    - MeetingScheduled: {meeting: february, body: board, date: 2018-02-28}
    - InitiativeProposed: {initiative: ward, title: New ward}
    - MilestoneSet: {milestone: open, title: Ward open, initiative: ward, due: 2018-03-31}
    - MeasureDefined: {measure: ae, title: A&E within 4 hours, initiative: ward, unit: "%", direction: increase}
    - TargetSet: {measure: ae, comparator: at-least, value: 95}
    - RiskRaised: {risk: staff, title: Too few nurses}
    - Observed: {measure: ae, period: 2017-12, value: 67}
      event_id: december
- recorded: 2018-02-20
  actor: pmo
  source: Progress Report
  events:
    - MilestoneRescheduled: {milestone: open, due: 2018-05-31}
    - TargetSet: {measure: ae, comparator: at-least, value: 92}
    - InitiativeStarted: {initiative: ward}
    - RiskClosed: {risk: staff}
    - Observed: {measure: ae, period: 2018-01, value: 77}
      effective: 2018-01
- recorded: 2018-03-05
  actor: analyst
  source: ae.csv
  events:
    - Observed: {measure: ae, period: 2018-02, value: 70}
      effective: 2018-02
- recorded: 2018-03-08
  actor: analyst
  events:
    - EventCorrected:
        event: december
        replacement: {type: Observed, data: {measure: ae, period: 2017-12, value: 76}}
      reason: digits swapped in the return
"""
MEETING = "2018-02-28"


def text(found: Difference, **more: Any) -> str:
    lines = [line.text for line in difference_report(found, zone="Europe/London", **more)]
    assert all(len(line) <= 100 for line in lines)
    return "\n".join(lines)


def diff(entries: str, earlier: str, later: str, *rules: str) -> Difference:
    """What changed in a story, asked at the end of March 2018."""
    with told(entries) as story:
        return story.until("2018-03-31").plan.diff(earlier, later, packs=[pack(*(rules or (BELOW,)))])


# --- as an auditor reads it ------------------------------------------------------------------------------------------


def test_what_changed_between_two_days_is_told_section_by_section() -> None:
    """Facts, targets, rules and findings apart, each with its counts, each change with the event that did it."""
    found = diff(BOARD, "2018-02-01", MEETING, BELOW, ANY)
    assert (
        text(found)
        == """\
Operational plan
board · from 1 February 2018, as known on 10 January 2018 (#9)
      · to   28 February 2018, as known on 20 February 2018 (#14)

FACTS: 3 changed
  changed  New ward  [initiative:ward]
             status: proposed → active  [#12]
  changed  A&E within 4 hours  [measure:ae]
             January 2018: 77  [#14]
  changed  Too few nurses  [risk:staff]
             status: open → closed  [#13]

TARGETS, DATES, SCOPE: 2 changed
  changed  Ward open  [milestone:open]
             due: 31 March 2018 → 31 May 2018  [#10]
  changed  A&E within 4 hours  [target:ae]
             at least 95 → at least 92  [#11]

RULES: no change

FINDINGS: 1 better, 1 resolved
  better   high     F-2ec57ffece96  A&E within 4 hours: 77 in January 2018 (score was 13)
  resolved low      F-93b12543505c  Too few nurses is open

KNOWN TO THE SYSTEM, ABSENT FROM THE PACK of 1 February 2018: 1
  #14     Observed: measure ae · period January 2018 · value 77
          true January 2018, recorded 20 February 2018 by pmo from Progress Report

TOLD THEN, CORRECTED SINCE: none"""
    )


def test_what_a_meeting_was_not_shown_and_what_it_was_told_wrongly() -> None:
    """The same day, as known at its end and as known now: what was true and missing, and what was wrong."""
    found = diff(BOARD, "meeting:february", "meeting:february@latest")
    assert (
        text(found)
        == """\
Operational plan
board · from 28 February 2018, as known on 20 February 2018 (#14)
      · to   28 February 2018, as known on 8 March 2018 (#16)

FACTS: 1 changed
  changed  A&E within 4 hours  [measure:ae]
             December 2017: 67 → 76  [#16]
             February 2018: 70  [#15]

TARGETS, DATES, SCOPE: no change

RULES: no change

FINDINGS: 1 worse
  worse    high     F-2ec57ffece96  A&E within 4 hours: 70 in February 2018 (score was 3)

KNOWN TO THE SYSTEM, ABSENT FROM THE PACK of 28 February 2018: 1
  #15     Observed: measure ae · period February 2018 · value 70
          true February 2018, recorded 5 March 2018 by analyst from ae.csv

TOLD THEN, CORRECTED SINCE: 1
  #9      Observed: measure ae · period December 2017 · value 67
          value: 67 → 76  [#16]
          recorded 8 March 2018 by analyst; because digits swapped in the return"""
    )


def test_what_came_after_the_cut_off_and_before_the_meeting_is_marked() -> None:
    """The system knew it on the day of the meeting, and the pack did not."""
    found = diff(BOARD, "2018-02-28@2018-02-14", "2018-02-28@latest")
    assert [(a.event.position, a.in_time) for a in found.absent] == [
        (10, True), (11, True), (12, True), (13, True), (14, True), (15, False),
    ]  # fmt: skip
    part = text(found).partition("KNOWN TO")[2].splitlines()
    assert part[:5] == [
        " THE SYSTEM, ABSENT FROM THE PACK of 28 February 2018: 6, of which 5 had been recorded by",
        "  that day",
        "  #10     MilestoneRescheduled: milestone open · due 31 May 2018",
        "          true and recorded 20 February 2018 by pmo from Progress Report; in time for that day,",
        "            after the cut-off",
    ]
    assert part[11] == ("          … and 3 more: 2 Observed, 1 RiskClosed (--full shows all)")
    assert "… and" not in text(found, full=True)


def test_a_sealed_meeting_is_asked_by_its_name() -> None:
    """What was recorded on its day after the seal was in time, and was not shown; the seal itself is no fact."""
    with told(BOARD.split("- recorded: 2018-03-05")[0]) as story:
        plan = story.until("2018-02-28").plan
        plan.adopt(pack(BELOW))
        plan.seal("february")
        story.goes_on("""
        - recorded: 2018-02-28T15:00:00+00:00
          actor: analyst
          events:
            - Observed: {measure: ae, period: 2018-01, value: 71}
              effective: 2018-02-28
        """)
        story.until("2018-03-10")
        plan.adopt(pack(BELOW, version="1.1.0"), effective="2018-02-28")
        found = plan.diff("meeting:february", "meeting:february@latest")
    assert [(absent.event.position, absent.in_time) for absent in found.absent] == [(17, True)]
    assert text(found).splitlines()[4:7] == [
        "FACTS: 1 changed",
        "  changed  A&E within 4 hours  [measure:ae]",
        "             January 2018: 77 → 71  [#17]",
    ]
    assert "  ours: 1.0.0, adopted → 1.1.0, adopted  [#18]" in text(found)


def test_a_day_ends_where_the_plan_is() -> None:
    """Recorded at half past midnight in London on the day after, though it was still that day in UTC."""
    with told(BOARD.split("- recorded: 2018-03-05")[0]) as story:
        for hour, likelihood in ((22, 1), (23, 2)):
            story.goes_on(f"""
            - recorded: 2018-06-30T{hour}:30:00+00:00
              events:
                - RiskAssessed: {{risk: staff, likelihood: {likelihood}, impact: 3}}
            """)
        found = story.plan.diff("2018-06-30@#14", "2018-06-30@latest", packs=[])
    assert [absent.in_time for absent in found.absent] == [True, False]


def test_the_same_is_nothing_to_say() -> None:
    """No lines; the JSON says so with noughts."""
    found = diff(BOARD, MEETING, MEETING)
    assert found.is_empty
    assert text(found) == ""
    assert difference_json(found)["summary"] == {
        "facts": {"new": 0, "gone": 0, "changed": 0},
        "targets": {"new": 0, "gone": 0, "changed": 0},
        "rules": 0,
        "findings": {"persisting": 1},
        "absent": 0,
        "absent_in_time": 0,
        "corrected_since": 0,
    }


def test_new_and_gone_subjects_are_listed_by_kind() -> None:
    """One with its event; several by their titles; a retraction takes its subject away, and what stood on it."""
    entries = """
    - recorded: 2018-01-10
      events:
        - InitiativeProposed: {initiative: old, title: Old clinic}
          event_id: old
        - MilestoneSet: {milestone: closed, title: Clinic closed, initiative: old, due: 2018-06}
    - recorded: 2018-02-10
      events:
        - EventRetracted: {event: old, why: of another plan}
        - RiskRaised: {risk: r1, title: Flood}
        - RiskRaised: {risk: r2, title: Fire}
        - MeasureDefined: {measure: ae, title: A&E}
        - TargetSet: {measure: ae, comparator: at-least, value: 95}
    """
    found = diff(entries, "2018-02-01", MEETING)
    assert text(found).splitlines()[4:13] == [
        "FACTS: 3 new, 2 gone",
        "  new      1 measure: A&E  [#7]",
        "  new      2 risks: Flood; Fire",
        "  gone     1 initiative: Old clinic  [#4]",
        "  gone     1 milestone: Clinic closed  [#4]",
        "",
        "TARGETS, DATES, SCOPE: 1 new",
        "  new      1 target: A&E: at least 95  [#8]",
        "",
    ]
    full = text(found, full=True).splitlines()
    assert full[6:9] == ["  new      2 risks", "             Flood  [#5]", "             Fire  [#6]"]
    told_then = [line for line in text(found).splitlines() if "→ retracted" in line]
    assert told_then == ["          → retracted  [#4]"]


def test_long_sections_are_cut_short_and_say_so() -> None:
    """More than four of a kind, more than four figures: the first, the last, and how many are left."""
    months = "".join(
        f"    - Observed: {{measure: m, period: 2017-{month:02}, value: {month}}}\n      effective: 2018-02-01\n"
        for month in range(1, 7)
    )
    moved = "".join(f"    - InitiativeStarted: {{initiative: i{n}}}\n" for n in range(6))
    proposed = "".join(f"    - InitiativeProposed: {{initiative: i{n}, title: Initiative {n}}}\n" for n in range(6))
    entries = f"""
- recorded: 2018-01-10
  events:
    - MeasureDefined: {{measure: m, title: Waits}}
{proposed}- recorded: 2018-02-10
  events:
{months}{moved}"""
    found = diff(entries, "2018-02-01", MEETING)
    lines = text(found).splitlines()
    assert lines[4:14] == [
        "FACTS: 7 changed",
        "  changed  Initiative 0  [initiative:i0]",
        "             status: proposed → active  [#15]",
        "  changed  Initiative 1  [initiative:i1]",
        "             status: proposed → active  [#16]",
        "  changed  Initiative 2  [initiative:i2]",
        "             status: proposed → active  [#17]",
        "           … and 3 more initiatives (--full shows all)",
        "  changed  Waits  [measure:m]",
        "             6 more figures, the last June 2017: 6  [#14]",
    ]
    assert "January 2017: 1  [#9]" in text(found, full=True)


def test_rules_are_told_apart_by_version_text_and_parameters() -> None:
    """Adopted, of another version with its rules, with another parameter, withdrawn."""
    with told(BOARD) as story:
        plan = story.until("2018-03-10").plan
        plan.adopt(pack(BELOW, version="1.0.0"))
        story.until("2018-03-11")
        plan.adopt(pack(BELOW, ANY, version="1.1.0"), [parsed("kpi.below.floor=75")])
        story.until("2018-03-12")
        plan.adopt(pack(BELOW, ANY, version="1.1.0"), [parsed("kpi.below.floor=60")], reason="agreed")
        story.until("2018-03-13")
        plan.withdraw("ours")
        steps = [_rules(plan, f"2018-03-{day}", f"2018-03-{day + 1}") for day in (10, 11, 12)]
        assert steps == [
            [
                "RULES: 1 of another version",
                "  ours: 1.0.0, adopted → 1.1.0, adopted  [#18]",
                "    1 rule new: rsk.any",
                "    kpi.below floor: as in the pack → 75",
            ],
            [
                "RULES: 1 with other parameters",
                "  ours: 1.1.0, adopted → 1.1.0, adopted  [#19]",
                "    kpi.below floor: 75 → 60",
            ],
            steps[2],
        ]
        assert steps[2][0] == "RULES: 5 as installed, 1 withdrawn"
        assert "  ours: 1.1.0, adopted → not held to it  [#20]" in steps[2]
        document = difference_json(plan.diff("2018-03-11", "2018-03-12"))
        assert document["rules"][0]["params"] == [{"rule": "kpi.below", "name": "floor", "from": "75", "to": "60"}]
        assert document["rules"][0]["by"]["reason"] == "agreed"
        assert difference_json(plan.diff("2018-03-09", "2018-03-10"))["rules"][0]["from"] is None
        assert _rules(plan, "2018-03-09", "2018-03-10")[:2] == [
            "RULES: 1 adopted, 5 no longer as installed",
            "  ours: not held to it → 1.0.0, adopted  [#17]",
        ]


def _rules(plan: PlanLog, earlier: str, later: str) -> list[str]:
    lines = text(plan.diff(earlier, later), full=True).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("RULES"))
    return lines[start : lines.index("", start)]


def test_the_json_holds_both_times_actor_and_source() -> None:
    """Of every event that did something; figures and dates on both sides."""
    document = difference_json(diff(BOARD, "2018-02-01", MEETING))
    assert document["from"] == {
        "as_at": "2018-02-01",
        "known_at": {"recorded_at": "2018-01-10T09:00:00.000000Z", "position": 9},
    }
    due = document["targets"][0]["fields"][0]
    event_id = due["by"].pop("event_id")
    assert event_id.startswith("e-")
    assert due == {
        "field": "due",
        "reading": None,
        "from": "2018-03-31",
        "from_start": "2018-03-31",
        "from_end": "2018-03-31",
        "to": "2018-05-31",
        "to_start": "2018-05-31",
        "to_end": "2018-05-31",
        "by": {
            "position": 10,
            "type": "MilestoneRescheduled",
            "effective": "2018-02-20",
            "recorded_at": "2018-02-20T09:00:00.000000Z",
            "actor": "pmo",
            "reason": None,
            "source": {"document": "Progress Report"},
            "causation_id": None,
            "correlation_id": None,
        },
    }
    figure = next(s for s in document["facts"] if s["subject"]["id"] == "ae")["fields"][0]
    assert (figure["reading"], figure["from"], figure["to"]["value"]) == ("2018-01", None, "77")
    assert document["absent"][0]["data"] == {"measure": "ae", "period": "2018-01", "value": "77"}


def test_the_day_alone_changes_which_target_is_in_force() -> None:
    """No event did it, and none is named."""
    entries = """
    - recorded: 2018-01-10
      events:
        - MeasureDefined: {measure: ae, title: A&E}
        - TargetSet: {measure: ae, comparator: at-least, value: 90, period: 2017/18}
        - TargetSet: {measure: ae, comparator: at-least, value: 95, period: 2018/19}
    """
    found = diff(entries, "2018-03-31", "2018-04-01")
    assert text(found).splitlines()[6:9] == [
        "TARGETS, DATES, SCOPE: 1 changed",
        "  changed  A&E  [measure:ae]",
        "             in force: at least 90 in 2017/18 → at least 95 in 2018/19",
    ]


def test_a_share_in_another_unit_is_changed_by_who_changed_the_unit() -> None:
    """The figure itself was not recorded again."""
    entries = """
    - recorded: 2018-01-10
      events:
        - MeasureDefined: {measure: ae, title: A&E}
        - Observed: {measure: ae, period: 2017-12, numerator: 3, denominator: 4}
    - recorded: 2018-02-10
      events:
        - MeasureRevised: {measure: ae, unit: "%"}
    """
    assert "December 2017: 0.75 → 75  [#4]" in text(diff(entries, "2018-02-01", MEETING))


def test_each_kind_is_called_by_what_a_reader_knows() -> None:
    """What has no title of its own is called by what it is about."""
    entries = """
    - recorded: 2018-01-10
      events:
        - BodyRegistered: {body: board, title: Governing Body}
        - GoalDefined: {goal: care, kind: objective, title: Better care}
        - InitiativeProposed: {initiative: ward, title: New ward}
        - MeasureDefined: {measure: ae, title: A&E}
    - recorded: 2018-02-10
      events:
        - AlignmentDeclared: {initiative: ward, goal: care}
        - ResponsibilityAssigned: {subject: "initiative:ward", role: lead, body: board}
        - ApprovalGiven: {approval: a, about: "initiative:ward", by: board}
        - BenchmarkRecorded: {measure: ae, peer: England, value: 84}
        - ForecastMade: {measure: ae, period: 2018-03, value: 80}
        - ProgressReported: {report: r, about: "measure:ae", status: on-track, text: all is well}
    """
    lines = text(diff(entries, "2018-02-01", MEETING)).splitlines()
    assert lines[5:11] == [
        "  new      1 alignment: New ward: care  [#6]",
        "  new      1 responsibility: Governing Body, lead of New ward  [#7]",
        "  new      1 forecast: A&E  [#10]",
        "  new      1 benchmark: A&E: England  [#9]",
        "  new      1 approval: New ward, by Governing Body  [#8]",
        "  new      1 report: A&E  [#11]",
    ]


def test_what_no_longer_counted_is_not_blamed() -> None:
    """A correction after which an older correction is retracted: the figure is the doing of the later correction."""
    entries = """
    - recorded: 2018-01-10
      events:
        - MeasureDefined: {measure: ae, title: A&E}
        - Observed: {measure: ae, period: 2017-12, value: 67}
          event_id: december
    - recorded: 2018-02-01
      events:
        - EventCorrected:
            event: december
            replacement: {type: Observed, data: {measure: ae, period: 2017-12, value: 68}}
          event_id: first
    - recorded: 2018-03-01
      events:
        - EventCorrected:
            event: december
            replacement: {type: Observed, data: {measure: ae, period: 2017-12, value: 69}}
          event_id: second
          reason: a ward was left out
        - EventRetracted: {event: first, why: the second says it}
    """
    lines = text(diff(entries, "2018-02-28", "2018-02-28@latest")).splitlines()
    assert lines[5:6] + lines[-4:] == [
        "  changed  A&E  [measure:ae]",
        "TOLD THEN, CORRECTED SINCE: 1",
        "  #3      Observed: measure ae · period December 2017 · value 68",
        "          value: 68 → 69  [#5]",
        "          recorded 1 March 2018; because a ward was left out",
    ]
    assert lines[6] == "             December 2017: 68 → 69  [#5]"


def test_a_figure_that_was_taken_back_is_gone() -> None:
    """And told then; a fact that turns out to be older had been true and was not shown."""
    entries = """
    - recorded: 2018-01-10
      events:
        - MeasureDefined: {measure: ae, title: A&E}
        - Observed: {measure: ae, period: 2017-12, value: 67, provisional: true}
          event_id: december
        - RiskRaised: {risk: r, title: Flood}
          effective: 2018-03-20
          event_id: risk
        - InitiativeProposed: {initiative: i, title: Ward}
          event_id: ward
    - recorded: 2018-03-25
      events:
        - EventRetracted: {event: december, why: counted twice}
        - EventCorrected:
            event: risk
            replacement: {type: RiskRaised, data: {risk: r, title: Flood}}
            effective: 2018-01-01
        - EventCorrected:
            event: ward
            replacement: {type: InitiativeProposed, data: {initiative: i, title: New ward}}
            effective: 2018-03-01
    """
    found = diff(entries, MEETING, "2018-02-28@latest")
    lines = text(found, full=True).splitlines()
    assert lines[4:9] == [
        "FACTS: 1 new, 1 gone, 1 changed",
        "  new      1 risk: Flood  [#7]",
        "  gone     1 initiative: Ward  [#8]",
        "  changed  A&E  [measure:ae]",
        "             December 2017: 67 (provisional) → no figure  [#6]",
    ]
    assert lines[-12:] == [
        "KNOWN TO THE SYSTEM, ABSENT FROM THE PACK of 28 February 2018: 1",
        "  #4      RiskRaised: risk r · title Flood",
        "          true 1 January 2018, recorded 25 March 2018; made known by #7",
        "",
        "TOLD THEN, CORRECTED SINCE: 2",
        "  #3      Observed: measure ae · period December 2017 · value 67 · provisional true",
        "          → retracted  [#6]",
        "          recorded 25 March 2018; because counted twice",
        "  #5      InitiativeProposed: initiative i · title Ward",
        "          title: Ward → New ward  [#8]",
        "          effective: 10 January 2018 → 1 March 2018  [#8]",
        "          recorded 25 March 2018",
    ]
    document = difference_json(found)
    assert document["absent"][0]["made_known_by"]["position"] == 7
    assert document["corrected_since"][0]["to"] is None
    assert [field["field"] for field in document["corrected_since"][1]["fields"]] == ["title", "effective"]


def test_many_findings_are_told_by_rule() -> None:
    """Of more than four, the first of each rule speaks for all of it."""
    rule = ANY.replace("  message:", '  summary: "{count} risks are open"\n  message:')
    raised = "".join(f"    - RiskRaised: {{risk: r{n}, title: Risk {n}}}\n" for n in range(6))
    entries = f"- recorded: 2018-02-10\n  events:\n{raised}"
    found = diff(entries, "2018-02-01", MEETING, rule)
    part = text(found).partition("FINDINGS: ")[2].splitlines()
    fingerprint = found.findings.findings[0].fingerprint
    assert part[:3] == ["6 new", f"  new      low      {fingerprint}  6 risks are open", ""]
    assert text(found, full=True).count(" is open") == 6


# --- coordinates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "as_at", "known"),
    [
        ("2018-02-28", "2018-02-28", 14),
        ("#9", "2018-01-10", 9),
        ("#15", "2018-03-05", 15),
        ("meeting:february", "2018-02-28", 14),
        ("2018-02-20T08:59Z", "2018-02-20", 9),
        ("2018-02-20T09:00+00:00", "2018-02-20", 14),
        ("2018-02-28T23:30-05:00", "2018-03-01", 14),
        ("latest", "2018-03-31", 16),
        ("2018-02-28@#9", "2018-02-28", 9),
        ("2018-02-28@#0", "2018-02-28", 0),
        ("2018-02-28@2018-03-06", "2018-02-28", 15),
        ("2018-02-28@2018-03-08T10:00Z", "2018-02-28", 16),
        ("2018-01-31@meeting:february", "2018-01-31", 14),
        ("2018-01-31@latest", "2018-01-31", 16),
        ("meeting:february@latest", "2018-02-28", 16),
        ("latest@#9", "2018-03-31", 9),
    ],
)
def test_coordinates_in_one_text(written: str, as_at: str, known: int) -> None:
    """A day, a position, a moment, a meeting, the latest, and one as known at another."""
    with told(BOARD) as story:
        where = story.until("2018-03-31").plan.point(written)
        assert (where.as_at.isoformat(), where.known, where.rules) == (as_at, known, known)
        assert story.plan.point(where) is where


FORMS = (
    "write a day (2018-02-28), a position (#120), a moment (2018-02-01T17:00Z), a meeting (meeting:april), latest,"
    " or a day as known at one of these (2018-02-28@#120)"
)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("february", f"'february' is not a coordinate; {FORMS}"),
        ("2018-2-28", f"'2018-2-28' is not a coordinate; {FORMS}"),
        ("@#1", f"'@#1' is not a coordinate; {FORMS}"),
        ("2018-02-28@", f"'2018-02-28@' is not a coordinate; {FORMS}"),
        ("#1@#1", f"'#1@#1' is not a coordinate; {FORMS}"),
        ("", f"'' is not a coordinate; {FORMS}"),
        ("2018-02-30", "'2018-02-30' is not a day; write for example 2018-02-28"),
        ("2018-02-28@#99", "#99 is outside the log of 'board', which ends at #16"),
        ("#0", "nothing was recorded yet, on no day; write one before it, as in 2018-02-28@#0"),
        ("meeting:march", "'meeting:march': there is no meeting 'march'; known: february"),
        ("2018-02-01T12:00", "2018-02-01T12:00:00 has no time zone; write for example …T17:00Z"),
    ],
)
def test_what_is_no_coordinate(written: str, message: str) -> None:
    """The message says which forms there are, or what is wrong with this one."""
    with told(BOARD) as story, pytest.raises(CoordinateError) as caught:
        story.until("2018-03-31").plan.diff(written, "latest")
    assert str(caught.value) == message


def test_days_and_moments_of_python() -> None:
    """What ``at`` takes, ``diff`` takes."""
    with told(BOARD) as story:
        plan = story.until("2018-03-31").plan
        assert plan.point(date(2018, 2, 28)) == plan.point("2018-02-28")


# --- laws ------------------------------------------------------------------------------------------------------------

Pair = tuple[date, int]


def side(events: list[RecordedEvent], pair: Pair) -> Side:
    as_at, known = pair
    facts = timeline(events, as_at=as_at, known=known)
    return Side(Coordinates(as_at, known, None, known), fold(facts, plan=PLAN, as_at=as_at, known=known), ())


def between(events: list[RecordedEvent], one: Pair, other: Pair) -> Difference:
    earlier, later = side(events, one), side(events, other)
    checks = [Checked(check(s.state, ()), s.state, (), lambda: ()) for s in (earlier, later)]
    return difference(events, earlier, later, compared(checks[1], checks[0], "then"))


@st.composite
def compared_twice(draw: st.DrawFn) -> tuple[list[RecordedEvent], Pair, Pair]:
    """A history, and two pairs of coordinates in it."""
    events = draw(histories())
    pair = st.tuples(days_of_2018(), st.integers(0, len(events)))
    return events, draw(pair), draw(pair)


def plain(state: State) -> dict[tuple[str, str], dict[str, Any]]:
    kinds = [kind for kind in (Plan.KIND, *PLURALS) if kind not in ("rule-pack", "seal", "unplaced-event")]
    return {(kind, name): dict(data_of(e)) for kind in kinds for name, e in state.of_kind(kind).items()}


def applied(state: State, changes: tuple[SubjectChange, ...]) -> dict[tuple[str, str], dict[str, Any]]:
    """What a state becomes by the changes of a difference."""
    known = plain(state)
    for change in changes:
        key = change.subject.kind, change.subject.id
        if change.after is None:
            del known[key]
        elif change.before is None:
            known[key] = dict(data_of(change.after))
        for value in change.values:
            if value.reading is None:
                assert known[key][value.field] == value.before
                known[key][value.field] = value.after
                continue
            figures = {o.period: o for o in known[key]["observations"]}
            assert figures.pop(value.reading, None) == value.before
            if value.after is not None:
                figures[value.reading] = value.after
            known[key]["observations"] = tuple(sorted(figures.values(), key=lambda o: (o.period.end, o.period.start)))
    return known


def without_positions(states: dict[tuple[str, str], dict[str, Any]]) -> Any:
    """Figures that were recorded again are the same figures."""
    return {
        key: {
            name: [dict(data_of(o)) for o in value] if name == "observations" else value for name, value in of.items()
        }
        for key, of in states.items()
    }


@given(compared_twice())
def test_the_changes_lead_from_one_state_to_the_other(case: tuple[list[RecordedEvent], Pair, Pair]) -> None:
    """Nothing that changed is left out, and nothing is told that did not change."""
    events, one, other = case
    found = between(events, one, other)
    both = found.facts + found.targets
    assert without_positions(applied(found.before, both)) == without_positions(plain(found.after))


@given(compared_twice())
def test_the_other_way_round_swaps_the_sides(case: tuple[list[RecordedEvent], Pair, Pair]) -> None:
    """From becomes to, new becomes gone, and the same events did it."""
    events, one, other = case
    there, back = between(events, one, other), between(events, other, one)
    for part in ("facts", "targets"):
        assert _by_subject(getattr(there, part), False) == _by_subject(getattr(back, part), True)


def _by_subject(changes: tuple[SubjectChange, ...], swapped: bool) -> dict[str, Any]:
    def sides(before: Any, after: Any) -> tuple[Any, Any]:
        return (after, before) if swapped else (before, after)

    return {
        str(c.subject): (
            sides(c.before, c.after),
            c.by,
            {(v.field, v.reading): (sides(v.before, v.after), v.by) for v in c.values},
        )
        for c in changes
    }


@given(compared_twice())
def test_a_state_does_not_differ_from_itself(case: tuple[list[RecordedEvent], Pair, Pair]) -> None:
    """Nothing changed, nothing was left out, nothing was wrong."""
    events, one, _ = case
    assert between(events, one, one).is_empty


@given(compared_twice())
def test_every_change_but_that_of_the_day_has_its_event(case: tuple[list[RecordedEvent], Pair, Pair]) -> None:
    """On one day, what differs does so because of something recorded in between."""
    events, (as_at, known), (_, other) = case
    found = between(events, (as_at, known), (as_at, other))
    between_them = range(min(known, other) + 1, max(known, other) + 1)
    for change in found.facts + found.targets:
        for by in [v.by for v in change.values] or [change.by]:
            derived = change.subject.kind == "alignment" or any(v.field == "target" for v in change.values)
            assert derived or (by is not None and by.position in between_them)


@given(compared_twice())
def test_what_was_absent_and_what_was_corrected_is_all_that_was_not_known(
    case: tuple[list[RecordedEvent], Pair, Pair],
) -> None:
    """Together they lead from what was told then to what is now known to have been true then."""
    events, one, other = case
    found = between(events, one, other)
    facts = {fact[0]: fact for fact in timeline(events, as_at=one[0], known=one[1])}
    for told_then in found.told:
        position, effective, event = facts.pop(told_then.event.position)
        assert event == told_then.before
        dates = {name: now for name, _, now in told_then.values}
        when = dates.get("effective", effective)
        if told_then.after is not None and when.last_day <= one[0]:
            facts[position] = (position, when, told_then.after)
    for absent in found.absent:
        facts[absent.event.position] = (absent.event.position, absent.effective, absent.said)
        assert absent.by.position > one[1]
    if other[1] >= one[1]:
        assert facts == {fact[0]: fact for fact in timeline(events, as_at=one[0], known=other[1])}
    else:
        assert (found.absent, found.told) == ((), ())
