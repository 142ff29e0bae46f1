"""Moved goalposts: told as stories of a plan, and held to the state by Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from plantrack import Period, PlanLog
from plantrack.errors import UnknownSubjectError
from plantrack.events import (
    ApprovalGiven,
    BodyRegistered,
    DecisionTaken,
    MeetingScheduled,
    MilestoneRescheduled,
    MilestoneSet,
)
from plantrack.history.goalposts import Goalposts
from plantrack.reports import goalposts_json, goalposts_report
from tests.stories import told

MARCH = "2018-03-31"

WARD = """
- recorded: 2018-01-10
  actor: pmo
  events:
    - BodyRegistered: {body: board, title: Governing Body}
    - InitiativeProposed: {initiative: ward, title: New ward}
    - MilestoneSet: {milestone: open, title: Ward open, initiative: ward, due: 2018-03-31}
    - MeasureDefined: {measure: ae, title: A&E within 4 hours, initiative: ward, unit: "%"}
    - TargetSet: {measure: ae, comparator: at-least, value: 95, authority: NHS Constitution}
    - ApprovalGiven: {approval: first, about: "milestone:open", by: board}
- recorded: 2018-02-10
  actor: pmo
  source: Progress Report
  events:
    - MilestoneRescheduled: {milestone: open, due: 2018-04-15}
    - TargetSet: {measure: ae, comparator: at-least, value: 92}
- recorded: 2018-03-10
  actor: pmo
  events:
    - MilestoneRescheduled: {milestone: open, due: 2018-05-01}
      effective: 2018-03-05
    - MilestoneRescheduled: {milestone: open, due: 2019-05-31}
      event_id: typo
- recorded: 2018-03-11
  actor: pmo
  events:
    - EventCorrected:
        event: typo
        replacement: {type: MilestoneRescheduled, data: {milestone: open, due: 2018-05-31}}
      reason: the year was mistyped
"""


def said(found: Goalposts) -> list[str]:
    """The sentence on each goalpost, after its subject."""
    document = goalposts_json(found)
    return [f"{g['subject']['kind']}:{g['subject']['id']} {g['in_words']}" for g in document["goalposts"]]


def moves(found: Goalposts) -> list[tuple[int, Any, Any, int | None, str | None, list[str]]]:
    """Each move: position, from, to, days, eased or tightened, approved by whom."""
    return [
        (m.event.position, _words(m.before), _words(m.after), m.days, m.tendency, [a.by for a in m.approvals])
        for _, m in found.moves
    ]


def _words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, Period) else value


def asked(entries: str, **coordinates: Any) -> Goalposts:
    """The goalposts of a story, at the end of March 2018."""
    with told(entries) as story:
        return story.until(MARCH).plan.goalposts(**coordinates)


# --- as a board reads it ---------------------------------------------------------------------------------------------


def test_every_move_is_told_with_the_drift_since_the_first_approval() -> None:
    """Not only since the last move; a typing error that was corrected is no move, and is told all the same."""
    found = asked(WARD)
    assert (
        "\n".join(line.text for line in goalposts_report(found, "Europe/London"))
        == """\
Operational plan
board · as at 31 March 2018, as known on 11 March 2018 (#12)

4 moves of 2 goalposts, all approved by nobody, 4 eased, none tightened.
Median drift of 1 date: 61 days.

Ward open: date  [milestone:open]
  Slipped 61 days in 3 moves since the approved 31 March 2018; 30 days in the last move.
  #8      31 March 2018 → 15 April 2018 (15 days later, eased); approved by nobody
          true and recorded 10 February 2018 by pmo from Progress Report
  #10     15 April 2018 → 1 May 2018 (16 days later, eased); approved by nobody
          true 5 March 2018, recorded 10 March 2018 by pmo
  #11     1 May 2018 → 31 May 2018 (30 days later, eased); approved by nobody
          true and recorded 10 March 2018 by pmo

A&E within 4 hours: target  [target:ae]
  Eased by 3 in 1 move since the approved target, at least 95.
  #9      at least 95 → at least 92 (3 less, eased); approved by nobody
          true and recorded 10 February 2018 by pmo from Progress Report

Corrected or retracted, and so no moves
  #12     Ward open, date of #11: 31 May 2019 → 31 May 2018
          recorded 11 March 2018 by pmo; because the year was mistyped"""
    )
    assert all(len(line.text) <= 100 for line in goalposts_report(found))


def test_what_was_known_before_the_correction_is_told_as_it_was_known() -> None:
    """--known-at and --as-at are respected."""
    with told(WARD) as story:
        plan = story.plan
        known = plan.goalposts("milestone:open", as_at=MARCH, known_at="#11")
        assert said(known) == [
            "milestone:open Slipped 426 days in 3 moves since the approved 31 March 2018; 395 days in the last move."
        ]
        assert known.amended == ()
        assert said(plan.goalposts("milestone:open", as_at="2018-03-05", known_at="#12")) == [
            "milestone:open Slipped 31 days in 2 moves since the approved 31 March 2018; 16 days in the last move."
        ]
        assert plan.goalposts(as_at="2018-01-31").goalposts == ()


def test_a_meeting_is_a_pair_of_coordinates() -> None:
    """--at: its day, and what was known at its cut-off."""
    meeting = """
    - recorded: 2018-02-12
      events:
        - MeetingScheduled: {meeting: february, body: board, date: 2018-02-12}
    """
    with told(WARD.split("- recorded: 2018-03-10")[0] + meeting.replace("\n    ", "\n")) as story:
        story.goes_on("- recorded: 2018-03-01\n  events:\n    - MilestoneRescheduled: {milestone: open, due: 2019}\n")
        assert [move[0] for move in moves(story.plan.goalposts(at="february"))] == [8, 9]


def test_the_json_holds_everything() -> None:
    """Positions, event ids, both times, actor and source of every move and approval."""
    document = goalposts_json(asked(WARD))
    assert document["summary"] == {
        "moves": 4,
        "goalposts": 2,
        "approved_by_nobody": 4,
        "eased": 4,
        "tightened": 0,
        "median_drift_days": 61,
    }
    ward = document["goalposts"][0]
    assert ward["since"]["approvals"][0]["by"] == "Governing Body"
    assert ward["since"]["event"]["position"] == 4
    first = ward["moves"][0]
    event_id = first["event"].pop("event_id")
    assert event_id.startswith("e-")
    assert first == {
        "from": "2018-03-31",
        "from_start": "2018-03-31",
        "from_end": "2018-03-31",
        "to": "2018-04-15",
        "to_start": "2018-04-15",
        "to_end": "2018-04-15",
        "days": 15,
        "amount": None,
        "tendency": "eased",
        "proposed": False,
        "effective": "2018-02-10",
        "event": {
            "position": 8,
            "type": "MilestoneRescheduled",
            "effective": "2018-02-10",
            "recorded_at": "2018-02-10T09:00:00.000000Z",
            "actor": "pmo",
            "reason": None,
            "source": {"document": "Progress Report"},
            "causation_id": None,
            "correlation_id": None,
        },
        "approvals": [],
    }
    target = document["goalposts"][1]["moves"][0]
    assert (target["from"]["value"], target["to"]["value"], target["amount"]) == ("95", "92", "-3")
    (corrected,) = document["corrected"]
    assert (corrected["from"], corrected["to"], corrected["retracted"]) == ("2019-05-31", "2018-05-31", False)
    assert (corrected["event"]["position"], corrected["by"]["position"]) == (11, 12)


def test_nothing_moved_is_nothing_to_say() -> None:
    """No lines, and a summary of noughts."""
    found = asked("")
    assert list(goalposts_report(found)) == []
    assert goalposts_json(found)["summary"]["moves"] == 0
    assert found.median_drift is None


# --- dates -----------------------------------------------------------------------------------------------------------


def test_a_move_that_is_recorded_late_stands_where_it_fell() -> None:
    """The moves are listed as they became known; what each moved from is what had been true before it."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - MilestoneSet: {milestone: m, title: Gate, due: 2018-03-31}
    - recorded: 2018-02-10
      events:
        - MilestoneRescheduled: {milestone: m, due: 2018-06-30}
    - recorded: 2018-03-20
      events:
        - MilestoneRescheduled: {milestone: m, due: 2018-04-30}
          effective: 2018-01-20
    """)
    assert moves(found) == [
        (3, "2018-04-30", "2018-06-30", 61, "eased", []),
        (4, "2018-03-31", "2018-04-30", 30, "eased", []),
    ]
    assert said(found) == [
        "milestone:m Slipped 91 days in 2 moves since the first date, 31 March 2018; 61 days in the last move;"
        " none was ever approved."
    ]


def test_a_retracted_move_is_no_move() -> None:
    """It is listed as taken back, with what it said."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - MilestoneSet: {milestone: m, title: Gate, due: 2018-03-31}
        - MilestoneRescheduled: {milestone: m, due: 2018-06-30}
          event_id: wrong
    - recorded: 2018-02-10
      events:
        - EventRetracted: {event: wrong, why: another gate was meant}
    """)
    assert found.goalposts == ()
    assert [line.text for line in goalposts_report(found)][3:] == [
        "No goalpost was moved.",
        "",
        "Corrected or retracted, and so no moves",
        "  #4      Gate, date of #3: 30 June 2018 → retracted",
        "          recorded 10 February 2018; because another gate was meant",
    ]


def test_a_wording_that_was_corrected_is_no_change_of_scope() -> None:
    """What was corrected is listed, and what was changed besides is a move."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - InitiativeProposed: {initiative: i, title: Frnt door}
          event_id: misprint
    - recorded: 2018-02-10
      events:
        - EventCorrected:
            event: misprint
            replacement: {type: InitiativeProposed, data: {initiative: i, title: Front door}}
        - InitiativeRevised: {initiative: i, description: for all patients}
    """)
    assert [line.text for line in goalposts_report(found)][3:] == [
        "1 move of 1 goalpost, 1 approved by nobody, none eased, none tightened.",
        "",
        "Front door: scope  [initiative:i]",
        "  Changed in 1 move since the first wording; none was ever approved.",
        "  #4      description: (not stated) → for all patients; approved by nobody",
        "          true and recorded 10 February 2018",
        "",
        "Corrected or retracted, and so no moves",
        "  #3      Front door, scope of #2: title: Frnt door → Front door",
        "          recorded 10 February 2018",
    ]
    assert goalposts_json(found)["goalposts"][0]["moves"][0]["to"] == {"description": "for all patients"}


def test_the_drift_goes_across_plans() -> None:
    """The first date may have been set in the plan before; the new plan moved it, or left it out."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - MilestoneSet: {milestone: case, title: Business case, due: 2018-03}
        - Continued: {subject: "milestone:case", predecessor: "old-plan/milestone:case", due: 2015-03}
        - MilestoneSet: {milestone: silent, title: Silent, kind: gate}
        - Continued: {subject: "milestone:silent", predecessor: "old-plan/milestone:gate", due: 2015-03}
        - MilestoneReached: {milestone: silent}
          effective: 2018-03-31
    - recorded: 2018-02-10
      events:
        - MilestoneRescheduled: {milestone: case, due: 2018-06}
    """)
    assert said(found) == [
        "milestone:case Slipped 1,187 days in 2 moves since the first date, March 2015, in old-plan;"
        " 91 days in the last move; none was ever approved.",
        "milestone:silent Left without a date in 1 move since the first date, March 2015, in old-plan;"
        " none was ever approved; reached 31 March 2018, 1,096 days after that.",
    ]


def test_a_date_that_is_taken_away_is_eased_and_the_next_one_counts_from_the_last() -> None:
    """Delayed without a date, then given one."""
    entries = """
    - recorded: 2018-01-10
      events:
        - CommitmentMade: {commitment: c, title: Recovery plan, due: 2018-03-31}
    - recorded: 2018-02-10
      events:
        - CommitmentMoved: {commitment: c, due: 2018-04-30}
    - recorded: 2018-02-20
      events:
        - CommitmentMoved: {commitment: c}
    """
    assert said(asked(entries)) == [
        "commitment:c Slipped 30 days and then left without a date in 2 moves since the first date, 31 March 2018;"
        " none was ever approved."
    ]
    again = asked(f"""{entries}
    - recorded: 2018-03-01
      events:
        - CommitmentMoved: {{commitment: c, due: 2018-03-21}}
    - recorded: 2018-03-20
      events:
        - CommitmentMet: {{commitment: c}}
    """)
    assert moves(again) == [
        (3, "2018-03-31", "2018-04-30", 30, "eased", []),
        (4, "2018-04-30", None, None, "eased", []),
        (5, None, "2018-03-21", -40, "tightened", []),
    ]
    assert said(again) == [
        "commitment:c Brought forward 10 days in 3 moves since the first date, 31 March 2018; 40 days in the last"
        " move; none was ever approved; met 20 March 2018, 11 days before that."
    ]


def test_the_same_date_in_other_words_and_a_first_date_are_no_moves() -> None:
    """March ends on the 31st; what had no date is not moved by its first; what recurs has a new date each time."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - MilestoneSet: {milestone: m, title: Gate, due: 2018-03}
        - MilestoneRescheduled: {milestone: m, due: 2018-03-31}
        - MilestoneSet: {milestone: later, title: Later}
        - MilestoneRescheduled: {milestone: later, due: 2018-06}
        - CommitmentMade: {commitment: c, title: Return, cadence: month, due: 2018-01-31}
        - CommitmentMet: {commitment: c}
    - recorded: 2018-02-10
      events:
        - CommitmentMoved: {commitment: c, due: 2018-02-28}
    - recorded: 2018-03-10
      events:
        - CommitmentMoved: {commitment: c, due: 2018-03-31}
    """)
    assert moves(found) == [(9, "2018-02-28", "2018-03-31", 31, "eased", [])]


def test_what_is_expected_of_others_is_a_goalpost_and_its_end_is_neither_easier_nor_harder() -> None:
    """A contract that ends later is no promise put off; it stays out of the median."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - ExternalRegistered: {external: bid, title: Bid, expected: 2018-03, until: 2019-03}
        - InitiativeProposed: {initiative: i, title: Front door, period: 2017/18}
    - recorded: 2018-02-10
      events:
        - ExternalStatusReported: {external: bid, status: delayed, expected: 2018-06, until: 2020-03}
        - InitiativeRevised: {initiative: i, period: 2017/18-2018/19}
    """)
    assert said(found) == [
        "external:bid Slipped 91 days in 1 move since the first date, March 2018; none was ever approved.",
        "external:bid Ends later by 366 days in 1 move since the first date, March 2019; none was ever approved.",
        "initiative:i Slipped 365 days in 1 move since the first date, 2017/18; none was ever approved.",
    ]
    assert (found.drifts, found.median_drift, found.tending("eased")) == ([91, 365], 91, 2)


# --- targets ---------------------------------------------------------------------------------------------------------

MEASURE = """
- recorded: 2018-01-10
  events:
    - BodyRegistered: {body: board, title: Governing Body}
    - MeasureDefined: {measure: m, title: eReferral, unit: "%"}
"""


AT_100 = "comparator: at-least, value: 100"


def targets(*settings: str, more: str = "") -> Goalposts:
    """The goalposts of a measure whose target was set so, a week apart."""
    entry = "- recorded: 2018-02-%02d\n  events:\n    - TargetSet: {measure: m, %s}\n"
    return asked(MEASURE + "".join(entry % (7 * at, words) for at, words in enumerate(settings, 1)) + more)


@pytest.mark.parametrize(
    ("before", "after", "tendency", "amount"),
    [
        ("comparator: at-least, value: 95", "comparator: at-least, value: 92", "eased", "-3"),
        ("comparator: at-least, value: 95", "comparator: at-least, value: 96.5", "tightened", "1.5"),
        ("comparator: at-most, value: 95", "comparator: at-most, value: 96", "eased", "1"),
        ("comparator: at-most, value: 95", "comparator: at-most, value: 92", "tightened", "-3"),
        ("comparator: band, lower: 5, upper: 9", "comparator: band, lower: 4, upper: 9", "eased", None),
        ("comparator: band, lower: 5, upper: 9", "comparator: band, lower: 6, upper: 8", "tightened", None),
        ("comparator: band, lower: 5, upper: 9", "comparator: band, lower: 6, upper: 10", None, None),
        ("comparator: at-least, value: 5", "comparator: band, lower: 5, upper: 9", "tightened", None),
        ("comparator: band, lower: 5, upper: 9", "comparator: at-most, value: 9", "eased", None),
        ("comparator: at-least, value: 5", "comparator: at-most, value: 5", None, None),
    ],
)
def test_a_target_is_eased_when_more_figures_reach_it(
    before: str, after: str, tendency: str | None, amount: str | None
) -> None:
    """Whatever its comparator; one that is easier on one side and harder on the other is neither."""
    ((_, move),) = targets(before, after).moves
    assert (move.tendency, move.amount) == (tendency, None if amount is None else Decimal(amount))


def test_a_target_that_is_put_off_is_moved() -> None:
    """The same number by a later day, since it was not reached; also a lower one."""
    since = "since the first target, at least 100 by 2017; none was ever approved."
    assert said(targets(f"{AT_100}, due: 2017", f"{AT_100}, due: 2018")) == [
        f"target:m by 2017 Slipped 365 days in 1 move {since}"
    ]
    assert said(targets(f"{AT_100}, due: 2017", "comparator: at-least, value: 90, due: 2018")) == [
        f"target:m by 2017 Eased by 10 and slipped 365 days in 1 move {since}"
    ]
    (goalpost,) = targets(
        f"{AT_100}, due: 2018",
        f"{AT_100}, due: 2019",
        f"{AT_100}, due: 2018-06-30",
    ).goalposts
    assert [(m.days, m.tendency) for m in goalpost.moves] == [(365, "eased"), (-549, "tightened")]
    assert (goalpost.drift_days, goalpost.tendency) == (-184, "tightened")


def test_the_points_of_a_trajectory_are_no_moves() -> None:
    """More by a later day, the same once it was reached, or all set on one day."""
    last, later = "comparator: at-least, value: 90, due: 2017", "comparator: at-least, value: 90, due: 2018"
    assert targets(last, "comparator: at-least, value: 95, due: 2018").goalposts == ()
    reached = "- recorded: 2018-02-10\n  events:\n    - Observed: {measure: m, period: 2018-01, value: 90}\n"
    missed = reached.replace("value: 90", "value: 89")
    setting = f"- recorded: 2018-02-14\n  events:\n    - TargetSet: {{measure: m, {later}}}\n"
    assert targets(last, more=reached + setting).goalposts == ()
    assert len(targets(last, more=missed + setting).goalposts) == 1
    together = f"""
- recorded: 2018-02-14
  events:
    - TargetSet: {{measure: m, {last}}}
    - TargetSet: {{measure: m, {later}}}
"""
    assert asked(MEASURE + together).goalposts == ()
    years = [f"comparator: at-least, value: {value}, period: {year}" for value, year in ((90, 2017), (80, 2018))]
    assert targets(*years).goalposts == ()


def test_savings_and_rules_on_the_budget_are_targets() -> None:
    """A saving that is planned anew with a lower amount is eased."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - SavingPlanned: {saving: qipp, title: QIPP, period: 2017/18, amount: 11000000}
        - BudgetRuleSet: {budget_rule: reserve, title: Reserve, comparator: at-least, value: 1, unit: "%"}
    - recorded: 2018-02-10
      events:
        - SavingPlanned: {saving: qipp, title: QIPP, period: 2017/18, amount: 9500000}
        - BudgetRuleSet: {budget_rule: reserve, title: Reserve, comparator: at-least, value: 1.5, unit: "%"}
    """)
    assert said(found) == [
        "saving:qipp Eased by 1,500,000 in 1 move since the first target, at least 11,000,000 in 2017/18;"
        " none was ever approved.",
        "budget-rule:reserve Tightened by 0.5 in 1 move since the first target, at least 1; none was ever approved.",
    ]


def test_a_target_that_came_back_says_so() -> None:
    """Two moves, and no drift."""
    found = targets(*[f"comparator: at-least, value: {value}" for value in (95, 92, 95)])
    assert said(found) == [
        "target:m Back where it was in 2 moves since the first target, at least 95; 3 in the last move;"
        " none was ever approved."
    ]


# --- scope -----------------------------------------------------------------------------------------------------------


def test_a_change_of_scope_is_a_move_and_a_first_definition_is_none() -> None:
    """A measure that was to be agreed is not moved when it is; where something belongs is no scope of a measure."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - InitiativeProposed: {initiative: map, title: Revised Map of Medicine}
        - MeasureDefined: {measure: m, title: Waits, definition: to-be-agreed}
    - recorded: 2018-02-10
      events:
        - InitiativeRevised: {initiative: map, title: Map of Medicine replaced, description: by a local one}
        - MeasureRevised: {measure: m, definition: defined, unit: weeks}
    - recorded: 2018-03-10
      events:
        - MeasureRevised: {measure: m, initiative: map}
        - MeasureRevised: {measure: m, unit: days}
    """)
    assert moves(found) == [
        (
            4,
            {"title": "Revised Map of Medicine", "description": None},
            {"title": "Map of Medicine replaced", "description": "by a local one"},
            None,
            None,
            [],
        ),
        (7, {"unit": "weeks"}, {"unit": "days"}, None, None, []),
    ]
    assert said(found)[0] == "initiative:map Changed in 1 move since the first wording; none was ever approved."


# --- approved by whom ------------------------------------------------------------------------------------------------

MOVED = """
- recorded: 2018-01-10
  events:
    - BodyRegistered: {body: board, title: Governing Body}
    - MilestoneSet: {milestone: m, title: Gate, due: 2018-03-31}
    - MeasureDefined: {measure: ae, title: A&E}
    - TargetSet: {measure: ae, comparator: at-least, value: 95, proposed: true}
    - MeetingScheduled: {meeting: january, body: board, date: 2018-02-20}
    - RecommendationMade: {recommendation: r, meeting: january, verb: agree, title: New date, about: "milestone:m"}
- recorded: 2018-02-10
  events:
    - MilestoneRescheduled: {milestone: m, due: 2018-06-30}
    - TargetSet: {measure: ae, comparator: at-least, value: 92, proposed: true}
"""


@pytest.mark.parametrize(
    ("event", "by"),
    [
        ('ApprovalGiven: {approval: a, about: "milestone:m", by: board}', ["Governing Body"]),
        (
            "DecisionTaken: {decision: d, meeting: january, outcome: Agreed as asked, recommendation: r}",
            ["Governing Body"],
        ),
        ("DecisionTaken: {decision: d, meeting: january, outcome: noted, recommendation: r}", []),
        ("DecisionTaken: {decision: d, meeting: january, outcome: agreed}", []),
        ("TargetAgreed: {measure: ae, by: board}", []),
    ],
)
def test_a_date_is_approved_by_whoever_says_so_of_it(event: str, by: list[str]) -> None:
    """An approval of the milestone, or a decision that agrees to a recommendation about it."""
    found = asked(f"{MOVED}- recorded: 2018-02-20\n  events:\n    - {event}\n")
    assert moves(found)[0] == (8, "2018-03-31", "2018-06-30", 91, "eased", by)
    since = (
        "Not moved since the approved 30 June 2018; in all 91 days later than the first, 31 March 2018."
        if by
        else "Slipped 91 days in 1 move since the first date, 31 March 2018; none was ever approved."
    )
    assert said(found)[0] == f"milestone:m {since}"


def test_a_proposal_is_approved_when_it_is_agreed() -> None:
    """Until then nobody did; agreed without a name is approved by nobody."""
    agreed = "- recorded: 2018-02-20\n  events:\n    - TargetAgreed: {measure: ae%s}\n"
    assert moves(asked(MOVED))[1][5] == []
    assert moves(asked(MOVED + agreed % ""))[1][5] == []
    assert moves(asked(MOVED + agreed % ", by: board"))[1][5] == ["Governing Body"]
    lines = [line.text for line in goalposts_report(asked(MOVED))]
    assert "  #9      at least 95 → at least 92 (3 less, eased, proposed); approved by nobody" in lines


def test_what_was_moved_before_an_approval_is_not_hidden_by_it() -> None:
    """A number as a date: how far it is in all from the first, in the sentence and for programs."""
    entries = f"""{MOVED}
- recorded: 2018-02-20
  events:
    - TargetAgreed: {{measure: ae, by: board}}
"""
    found = asked(entries)
    assert said(found)[1] == (
        "target:ae Not moved since the approved target, at least 92; in all 3 less than the first, at least 95."
    )
    goalpost = goalposts_json(found)["goalposts"][1]
    assert (goalpost["since"]["value"]["value"], goalpost["drift_amount"]) == ("92", "0")
    assert (goalpost["first"]["value"], goalpost["amount_in_all"], goalpost["days_in_all"]) == ("95", "-3", None)


def test_an_approval_is_of_what_stands_at_the_end_of_its_day() -> None:
    """Recorded before the move, of the same day; under a condition; and not of a later move."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - BodyRegistered: {body: board, title: Governing Body}
        - MilestoneSet: {milestone: m, title: Gate, due: 2018-03-31}
        - ApprovalGiven: {approval: a, about: "milestone:m", by: board, condition: funding is found}
          effective: 2018-02-10
    - recorded: 2018-02-12
      events:
        - MilestoneRescheduled: {milestone: m, due: 2018-06-30}
          effective: 2018-02-10
    - recorded: 2018-03-12
      events:
        - MilestoneRescheduled: {milestone: m, due: 2018-09-30}
    """)
    assert [move[5] for move in moves(found)] == [["Governing Body"], []]
    lines = [line.text for line in goalposts_report(found)]
    assert lines[3:9] == [
        "2 moves of 1 goalpost, 1 approved by nobody, 2 eased, none tightened.",
        "Median drift of 1 date: 92 days.",
        "",
        "Gate: date  [milestone:m]",
        "  Slipped 92 days in 1 move since the approved 30 June 2018; in all 183 days later than the first,",
        "    31 March 2018.",
    ]
    assert lines[9:11] == [
        "  #5      31 March 2018 → 30 June 2018 (91 days later, eased); approved by Governing Body (#4), on",
        "            condition: funding is found",
    ]


def test_an_event_caused_by_a_decision_was_approved_by_it() -> None:
    """Whatever the day on which it takes effect."""
    with told("") as story:
        plan = story.until("2018-02-01").plan
        plan.record(
            BodyRegistered(body="board", title="Governing Body"),
            MilestoneSet(milestone="m", title="Gate", due="2018-03-31"),
            MeetingScheduled(meeting="february", body="board", date="2018-02-01"),
            effective="2018-02-01",
        )
        decided = plan.record(
            DecisionTaken(decision="d", meeting="february", outcome="carried"), effective="2018-02-01"
        )[0]
        _moved(plan, "2018-02-10", "2018-06-30", decided.event_id)
        given = plan.record(
            ApprovalGiven(approval="a", about="milestone:m", by="board"), effective="2018-02-12", event_id="given"
        )[0]
        _moved(plan, "2018-03-20", "2018-07-31", given.event_id)
        found = plan.goalposts(as_at=MARCH)
        assert [move[5] for move in moves(found)] == [["Governing Body", "Governing Body"], ["Governing Body"]]


def _moved(plan: PlanLog, effective: str, due: str, cause: str) -> None:
    plan.record(MilestoneRescheduled(milestone="m", due=due), effective=effective, causation_id=cause)


def test_a_paper_about_an_initiative_is_approved_for_it() -> None:
    """Its time and its wording are then approved."""
    found = asked("""
    - recorded: 2018-01-10
      events:
        - BodyRegistered: {body: board, title: Governing Body}
        - InitiativeProposed: {initiative: i, title: Front door, period: 2017/18}
        - DocumentIssued: {document: case, title: Business case, kind: paper, about: "initiative:i"}
        - ApprovalGiven: {approval: a, about: "document:case", by: board}
    - recorded: 2018-02-10
      events:
        - InitiativeRevised: {initiative: i, title: Back door, period: 2018/19}
    """)
    assert said(found) == [
        "initiative:i Slipped 365 days in 1 move since the approved 2017/18.",
        "initiative:i Changed in 1 move since the approved wording.",
    ]


# --- of one subject --------------------------------------------------------------------------------------------------


def test_what_belongs_to_a_subject_is_listed_with_it() -> None:
    """An initiative brings its milestones, its measures and their targets."""
    with told(WARD) as story:
        plan = story.until(MARCH).plan
        for subject, expected in (
            ("initiative:ward", ["milestone:open", "target:ae"]),
            ("measure:ae", ["target:ae"]),
            ("target:ae", ["target:ae"]),
            ("body:board", []),
        ):
            assert [str(g.subject) for g in plan.goalposts(subject).goalposts] == expected
        assert plan.goalposts("measure:ae").amended == ()
        with pytest.raises(UnknownSubjectError) as caught:
            plan.goalposts("milestone:opn")
        assert str(caught.value) == "nothing was recorded about 'milestone:opn'; did you mean 'open'?"
