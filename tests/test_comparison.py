"""Findings over time: what a check says against the one of an earlier meeting, and what it must never say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import CheckResult, PlanLog
from plantrack.errors import CoordinateError
from plantrack.events import EventRetracted, Parameter, RecordedEvent
from tests.stories import only, pack, states, told
from tests.strategies import CORRECTIONS, days_of_2018, examples, histories, proposal_of

BELOW = """
- id: kpi.below
  title: Below the target
  for: Measure
  where: target is not None
  needs: [last]
  severity: high
  params: {tolerance: 0}
  let: {last: latest(observations), short: "shortfall(last, target)"}
  when: short > tolerance
  score: short
  identity: [target.id]
  message: "{title}: {last.value} against {target}"
"""
LATE = """
- id: time.late
  title: Late
  for: Milestone
  severity: medium
  when: status == 'planned' and due is not None and due < today
  score: days_between(due, today)
  message: "{title} was due {due}"
"""
PLAN = """
- recorded: 2017-04-01
  events:
    - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
      event_id: ae
    - TargetSet: {measure: ae, comparator: at-least, value: 95}
      event_id: standard
    - MilestoneSet: {milestone: m, title: Estates strategy, due: 2018-01}
      event_id: due
- recorded: 2018-01-10
  events:
    - Observed: {measure: ae, period: 2017-12, value: 80}
      effective: 2017-12
      event_id: december
- recorded: 2018-02-10
  events:
    - Observed: {measure: ae, period: 2018-01, value: 76}
      effective: 2018-01
      event_id: january
"""
BOARD = "2018-02-28"


def after(*entries: str, rules: str = BELOW, day: str = "2018-03-28", since: str = BOARD) -> CheckResult:
    """The check a month after the board, when more was recorded on 20 March, against that of the board."""
    with told(PLAN) as story:
        for entry in entries:
            story.goes_on(
                "- recorded: 2018-03-20\n  events:\n" + "".join(f"    {line}\n" for line in entry.splitlines())
            )
        return story.plan.check(as_at=day, since=since, packs=[pack(rules)])


FEBRUARY = "- Observed: {measure: ae, period: 2018-02, value: %s}\n  effective: 2018-02"


# --- what a finding is against the earlier check ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ([], ("persisting", "A&E: 76 against at least 95", "")),
        ([FEBRUARY % 76], ("persisting", "A&E: 76 against at least 95", "")),
        ([FEBRUARY % "74.5"], ("worsened", "A&E: 74.5 against at least 95", "score was 19")),
        ([FEBRUARY % "94.9"], ("improved", "A&E: 94.9 against at least 95", "score was 19")),
        ([FEBRUARY % 95], ("resolved", "A&E: 76 against at least 95", "")),
        (
            ["- TargetSet: {measure: ae, comparator: at-least, value: 98}"],
            ("worsened", "A&E: 76 against at least 98", "score was 19"),
        ),
    ],
    ids=["nothing", "as before", "lower", "higher", "met", "higher target"],
)
def test_state_by_the_score(recorded: list[str], expected: tuple[str, str, str]) -> None:
    """A finding that is made again got worse or better by its score; the reason says what that was at the board."""
    assert states(after(*recorded)) == [expected]


def test_new_finding() -> None:
    """What the board could not see yet is new; what a finding says is otherwise the same as without the comparison."""
    with told(PLAN) as story:
        result = story.plan.check(as_at="2018-02-28", since="2017-12-31", packs=[pack(BELOW)])
        plain = story.plan.check(as_at="2018-02-28", packs=[pack(BELOW)])

    assert states(result) == [("new", "A&E: 76 against at least 95", "")]
    assert (result.since, result.gone) == ("2017-12-31", ())
    assert (plain.since, plain.gone, only(plain).state) == (None, (), None)
    assert only(result).fingerprint == only(plain).fingerprint


def test_severity_comes_before_the_score() -> None:
    """Where the plan came to be held to a pack that takes the matter more seriously, that is what got worse."""
    with told(PLAN) as story:
        story.plan.adopt(pack(BELOW.replace("high", "medium")))
        board = story.until("2018-02-28").plan.today()
        story.goes_on("- recorded: 2018-03-20\n  events:\n    - Observed: {measure: ae, period: 2018-02, value: 94}\n")
        story.plan.adopt(pack(BELOW, version="1.1.0"))

        result = story.plan.check(as_at="2018-03-28", since=board)
        back = story.plan.check(as_at="2018-03-28", since=board, rules_at="2018-02-28")

    assert states(result) == [("worsened", "A&E: 94 against at least 95", "severity was medium")]
    assert states(back) == [("improved", "A&E: 94 against at least 95", "score was 19")]
    assert result.since == "2018-02-28"


def test_rule_without_a_score_only_persists() -> None:
    """Without a number nobody can say that it got worse."""
    rule = BELOW.replace("  score: short\n", "")

    assert states(after(FEBRUARY % 20, rules=rule)) == [("persisting", "A&E: 20 against at least 95", "")]


def test_since_a_meeting_uses_what_was_known_then() -> None:
    """The meeting of 28 February did not know what was recorded on 1 March about January."""
    with told(PLAN) as story:
        story.goes_on(
            """
            - recorded: 2018-02-20
              events:
                - BodyRegistered: {body: board, title: The Board}
                - MeetingScheduled: {meeting: february, body: board, date: 2018-02-28}
            - recorded: 2018-03-01
              events:
                - EventCorrected:
                    event: january
                    replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 60}}
            """
        )
        by_name = story.plan.check(as_at="2018-03-28", since="february", packs=[pack(BELOW)])
        by_reference = story.plan.check(as_at="2018-03-28", since="meeting:february", packs=[pack(BELOW)])
        by_day = story.plan.check(as_at="2018-03-28", since=date(2018, 3, 1), packs=[pack(BELOW)])

    assert states(by_name) == [("worsened", "A&E: 60 against at least 95", "score was 19")]
    assert states(by_reference) == states(by_name)
    assert states(by_day) == [("persisting", "A&E: 60 against at least 95", "")]


def test_since_must_be_a_meeting_or_a_day_that_is_not_later() -> None:
    """Another text, an unknown meeting, a day after that of the check: refused, with a hint."""
    with told(PLAN) as story:
        story.goes_on(
            """
            - recorded: 2018-02-20
              events:
                - BodyRegistered: {body: board, title: The Board}
                - MeetingScheduled: {meeting: march, body: board, date: 2018-03-28}
            """
        )

        def refusal(since: Any) -> str:
            with pytest.raises(CoordinateError) as refused:
                story.plan.check(as_at=BOARD, since=since, packs=[pack(BELOW)])
            return str(refused.value)

        assert refusal("#3") == "there is no meeting '#3'; known: march"
        assert refusal("meeting:marsh") == "there is no meeting 'marsh'; did you mean 'march'?"
        assert refusal("march") == "since march is after the day of the check, 2018-02-28"
        assert refusal(date(2018, 3, 1)) == "since 2018-03-01 is after the day of the check, 2018-02-28"


# --- silence is no improvement ---------------------------------------------------------------------------------------

RETRACT = "- EventRetracted: {event: %s, why: entered by mistake}"
CORRECT = "- EventCorrected:\n    event: %s\n    replacement: {type: %s, data: {%s}}%s"
JANUARY = "measure: ae, period: 2018-01, value: 76"
TARGET = "- TargetSet: {measure: ae, comparator: at-least, value: %s, period: 2018}"
VANISHED = {
    "every figure": ([RETRACT % "january", RETRACT % "december"], "what counted then no longer does: #6"),
    "the figure, for a better one": ([RETRACT % "january", FEBRUARY % 96], "what counted then no longer does: #6"),
    "the figure of the month": (
        [CORRECT % ("january", "Observed", JANUARY, "\n    effective: 2018-04"), RETRACT % "december"],
        "what counted then no longer does: #6",
    ),
    "the target": ([RETRACT % "standard"], "what counted then no longer does: #3"),
    "the measure": ([RETRACT % "ae"], "measure:ae is no longer in the plan"),
    "the target, for one not judged yet": ([FEBRUARY % 96, TARGET % 97], "the rule now speaks of NEW instead"),
    "the target, for one that is met": ([FEBRUARY % 98, TARGET % 97], "the rule looks at something else now"),
}


@pytest.mark.parametrize("recorded", VANISHED.values(), ids=VANISHED)
def test_what_vanished_is_not_resolved(recorded: tuple[list[str], str]) -> None:
    """The figure, the target or the measure taken back, the figure moved beyond the day, another target in force."""
    entries, reason = recorded
    result = after(*entries)
    new = next((f.fingerprint for f in result if f.state == "new"), "")

    assert states(result)[-1] == ("no data", "A&E: 76 against at least 95", reason.replace("NEW", new))


def test_what_vanished_is_no_improvement_either() -> None:
    """The worst figure is retracted, and an older one, which is better, is the latest again."""
    assert states(after(RETRACT % "january")) == [
        ("persisting", "A&E: 80 against at least 95", "what counted then no longer does: #6")
    ]


def test_corrected_figure_resolves() -> None:
    """What was wrong was put right, and the rule looked at it."""
    right = CORRECT % ("january", "Observed", "measure: ae, period: 2018-01, value: 96", "")

    assert states(after(right)) == [("resolved", "A&E: 76 against at least 95", "")]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("- MilestoneRescheduled: {milestone: m}", ("no data", "not stated any more: due")),
        (CORRECT % ("due", "MilestoneSet", "milestone: m, title: M", ""), ("no data", "not stated any more: due")),
        ("- MilestoneRescheduled: {milestone: m, due: 2018-04}", ("resolved", "")),
        ("- MilestoneReached: {milestone: m}", ("resolved", "")),
    ],
    ids=["no date", "corrected to none", "new date", "reached"],
)
def test_date_that_was_taken_away(recorded: str, expected: tuple[str, str]) -> None:
    """A milestone whose date nobody states any more is not in time; with a new date, or reached, it is."""
    (gone,) = after(recorded, rules=LATE).gone

    assert (gone.state, gone.state_reason) == expected


def test_value_of_something_else_that_was_taken_away() -> None:
    """Also where the rule reads it through a reference, the reason names what it was of."""
    rule = """
    - id: dep.late
      title: Needed later than wanted
      for: Dependency
      severity: medium
      when: on_milestone is not None and on_milestone.due is not None and on_milestone.due < today
      message: "{title} is late"
    """
    needs = """
    - recorded: 2018-02-01
      events:
        - InitiativeProposed: {initiative: door, title: Front door}
        - DependencyDeclared: {dependency: d, initiative: door, title: Strategy, on: milestone:m}
    - recorded: 2018-03-20
      events:
        - MilestoneRescheduled: {milestone: m}
    """
    with told(PLAN) as story:
        story.goes_on(needs)
        result = story.plan.check(as_at="2018-03-28", since=BOARD, packs=[pack(rule)])

    assert states(result) == [("no data", "Strategy is late", "not stated any more: due of milestone:m")]


def test_value_that_is_only_asked_for_answers_by_being_empty() -> None:
    """A baseline that could not be had is stated: the reason why not is gone, as it should be."""
    rule = """
    - id: kpi.no-baseline
      title: No baseline
      for: Measure
      severity: low
      when: unobtainable is not None
      message: "{title} has no baseline"
    """
    with told(PLAN) as story:
        story.goes_on(
            """
            - recorded: 2018-02-01
              events:
                - BaselineSet: {measure: ae, unobtainable: never counted}
            - recorded: 2018-03-20
              events:
                - BaselineSet: {measure: ae, value: 70}
            """
        )
        result = story.plan.check(as_at="2018-03-28", since=BOARD, packs=[pack(rule)])

    assert states(result) == [("resolved", "A&E has no baseline", "")]


def test_what_cannot_be_judged_any_more() -> None:
    """A rule that cannot say, or fails: its own words are the reason, also when the subject was renamed meanwhile."""
    ratio = """
    - id: kpi.ratio
      title: Ratio
      for: Measure
      severity: low
      needs: [lag_days, last]
      let: {last: latest(observations)}
      when: 100 / lag_days > last.value
      message: "{title}: {lag_days}"
    """
    renamed = "- MeasureRevised: {measure: ae, title: Emergency care, lag_days: %s}"
    with told(PLAN) as story:
        story.goes_on("- recorded: 2018-02-20\n  events:\n    - MeasureRevised: {measure: ae, lag_days: 1}\n")
        story.goes_on(f"- recorded: 2018-03-20\n  events:\n    {renamed % 0}\n")
        failed = story.plan.check(as_at="2018-03-28", since=BOARD, packs=[pack(ratio)])
        story.goes_on(f"- recorded: 2018-03-21\n  events:\n    {renamed % 1}\n    {RETRACT % 'january'}\n")
        story.goes_on(f"- recorded: 2018-03-22\n  events:\n    {RETRACT % 'december'}\n")
        unknown = story.plan.check(as_at="2018-03-28", since="2018-03-21", packs=[pack(ratio)])

    assert states(failed) == [("no data", "A&E: 1", "100 is divided by 0")]
    assert states(unknown) == [("no data", "Emergency care: 1", "what counted then no longer does: #5")]


def test_event_that_found_its_place_is_resolved() -> None:
    """The finding was about the event itself; retracted, there would be no data."""
    rule = """
    - id: data.unplaced
      title: Unplaced
      for: UnplacedEvent
      severity: low
      when: true
      message: "{type}: {why}"
    """
    early = "- recorded: 2018-02-11\n  events:\n    - Observed: {measure: ae, period: 2017-01, value: 90}\n"
    early += "      effective: 2017-01\n      event_id: early\n"
    moved = CORRECT % ("early", "Observed", "measure: ae, period: 2017-01, value: 90", "\n    effective: 2018-02")
    told_so = "Observed: measure:ae does not exist at that time"

    def result(entry: str) -> list[tuple[str | None, str, str]]:
        lines = "".join(f"    {line}\n" for line in entry.splitlines())
        with told(PLAN) as story:
            story.goes_on(early + f"- recorded: 2018-03-20\n  events:\n{lines}")
            return states(story.plan.check(as_at="2018-03-28", since=BOARD, packs=[pack(rule)]))

    assert result(moved) == [("resolved", told_so, "")]
    assert result(RETRACT % "early") == [("no data", told_so, "what counted then no longer does: #7")]


# --- other rules -----------------------------------------------------------------------------------------------------

OTHER = """- {id: gov.other, title: Other, for: Measure, severity: low, when: "title == ''", message: none}"""


@pytest.mark.parametrize(
    ("adopted", "expected"),
    [
        (BELOW.replace('message: "', 'message: "In words: ').replace("title: Below", "title: Under"), "persisting"),
        (BELOW.replace("kpi.below", "kpi.under\n  formerly: [kpi.below]"), "persisting"),
        (BELOW.replace("kpi.below", "kpi.miss\n  formerly: [kpi.below, kpi.under]"), "persisting"),
        (BELOW.replace("tolerance: 0", "tolerance: 5"), "persisting"),
        (
            BELOW.replace("tolerance: 0", "tolerance: 50"),
            "the rule kpi.below has changed and would not have found it then",
        ),
        (BELOW.replace("kpi.below", "kpi.under"), "no rule kpi.below takes part any more"),
        (OTHER, "no rule kpi.below takes part any more"),
        (
            """- {id: kpi.below, title: Below, for: Initiative, severity: low, when: "title == ''", message: none}""",
            "the rule looks at something else now",
        ),
    ],
    ids=["reworded", "renamed", "renamed twice", "stricter", "loosened", "another id", "dropped", "for other subjects"],
)
def test_another_pack_was_adopted_since(adopted: str, expected: str) -> None:
    """Fingerprints survive new words, versions and names; a rule that was dropped or loosened resolves nothing."""
    with told(PLAN) as story:
        story.plan.adopt(pack(BELOW))
        board = only(story.plan.check(as_at=BOARD))
        story.until("2018-03-20").plan.adopt(pack(adopted, version="2.0.0"))
        result = story.plan.check(as_at="2018-03-28", since=BOARD)

    (finding,) = (f for f in (*result.findings, *result.gone) if f.fingerprint == board.fingerprint)
    assert (finding.state_reason or finding.state) == expected
    assert finding.state in ("persisting", "no data")


def test_parameter_of_a_check_holds_for_both_sides() -> None:
    """A tolerance given for the comparison, by anything that can be gone through once, is used for then and for now."""
    tolerant = [Parameter(rule="kpi.below", name="tolerance", value="18")]
    with told(PLAN) as story:
        story.goes_on("- recorded: 2018-03-20\n  events:\n    - Observed: {measure: ae, period: 2018-02, value: 78}\n")
        ours = [pack(BELOW)]
        result = story.plan.check(as_at="2018-03-28", since=BOARD, packs=ours, params=iter(tolerant))

    assert states(result) == [("resolved", "A&E: 76 against at least 95", "")]


EXPIRED = """
- id: gov.expired
  title: Waiver expired
  for: Waiver
  severity: medium
  when: until < today and matches(waiver)
  message: "{id} expired"
"""


def test_finding_about_a_waiver_goes_the_way_of_what_it_waives() -> None:
    """The waiver had expired; that its finding cannot be judged any more does not resolve that."""
    with told(PLAN) as story:
        packs = [pack(BELOW, EXPIRED)]
        found = only(story.plan.check(as_at="2018-02-10", packs=packs))
        story.plan.waive(found, reason="winter", requester="pmo", approver="chair", until="2018-02-20", waiver="w")
        story.goes_on(f"- recorded: 2018-03-20\n  events:\n    {RETRACT % 'january'}\n    {RETRACT % 'december'}\n")
        result = story.plan.check(as_at="2018-03-28", since=BOARD, packs=packs)

    assert states(result) == [
        ("no data", "A&E: 76 against at least 95", "what counted then no longer does: #6"),
        ("no data", "w expired", "what counted then no longer does: #6"),
    ]


def test_waiver_of_a_waiver_goes_the_same_way() -> None:
    """Whichever of the two is listed first."""
    with told(PLAN) as story:
        packs = [pack(BELOW, EXPIRED)]
        found = only(story.plan.check(as_at="2018-02-10", packs=packs))
        story.plan.waive(found, reason="winter", requester="pmo", approver="chair", until="2018-02-20", waiver="w")
        about_w = story.until("2018-02-22").plan.check(packs=packs).findings[-1]
        story.plan.waive(about_w, reason="busy", requester="pmo", approver="chair", until="2018-02-24", waiver="a")
        story.goes_on(f"- recorded: 2018-03-20\n  events:\n    {RETRACT % 'january'}\n    {RETRACT % 'december'}\n")
        result = story.plan.check(as_at="2018-03-28", since=BOARD, packs=packs)

    reason = "what counted then no longer does: #6"
    assert states(result) == [
        ("no data", "A&E: 76 against at least 95", reason),
        ("no data", "a expired", reason),
        ("no data", "w expired", reason),
    ]


# --- laws ------------------------------------------------------------------------------------------------------------

BROAD = pack(
    BELOW,
    LATE,
    """
- id: kpi.none
  title: No measure
  for: Initiative
  severity: medium
  when: len(measures) == 0
  message: "{title}"
""",
    """
- id: rsk.many
  title: Many risks
  for: Initiative
  severity: medium
  when: len(risks) > 0
  score: len(risks)
  message: "{title}"
""",
    """
- id: dep.unmet
  title: Unmet
  for: Dependency
  where: on_external is not None or on_initiative is not None
  severity: low
  when: unmet(dependency)
  message: "{title}"
""",
    """
- id: data.unplaced
  title: Unplaced
  for: UnplacedEvent
  severity: info
  when: true
  message: "{why}"
""",
)


@contextmanager
def written(history: Sequence[RecordedEvent]) -> Iterator[PlanLog]:
    """A plan with a history that was recorded before 2018; what is recorded more is recorded in 2019."""
    now = datetime(2017, 12, 1, tzinfo=UTC)
    with plantrack.open(":memory:", clock=lambda: now) as tracker:
        plan = tracker.plan(history[0].plan)
        plan.record_all(proposal_of(event) for event in history)
        now = datetime(2019, 6, 1, tzinfo=UTC)
        yield plan


@examples(0.4)
@given(histories(), days_of_2018())
def test_against_itself_everything_persists(history: list[RecordedEvent], day: date) -> None:
    """Compared with a check at the same coordinates, nothing is new or gone, and every finding is as it was."""
    with written(history) as plan:
        result = plan.check(as_at=day, since=day, packs=[BROAD])

    assert {finding.state for finding in result} <= {"persisting"}
    assert result.gone == ()


@examples(0.4)
@given(histories(), days_of_2018(), st.sets(st.integers(0, 29), max_size=4))
def test_retractions_resolve_nothing(history: list[RecordedEvent], day: date, which: set[int]) -> None:
    """Where facts were retracted between two checks of one day, and nothing else, no finding is resolved or better."""
    facts = [event for event in history[1:] if not isinstance(event.data, CORRECTIONS)]
    retracted = [EventRetracted(event=facts[n].event_id, why="wrong") for n in which if n < len(facts)]
    with written(history) as plan:
        plan.record(*retracted, effective="2018-01-01")
        result = plan.check(as_at=day, since=day, packs=[BROAD])

    assert not {"resolved", "improved"} & {finding.state for finding in (*result.findings, *result.gone)}
