"""Why a finding is there: its arithmetic and evidence, since when, what turned it, and what would clear it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import Pack, PlanLog, installed_packs
from plantrack.demo import DocumentClock, entries
from plantrack.errors import UnknownSubjectError
from plantrack.events.assurance import Parameter
from plantrack.reports import why_json, why_report
from plantrack.reports.why import remedy_words
from plantrack.rules import Remedy, Why
from plantrack.rules.bounds import Look, bound
from plantrack.rules.findings import called
from plantrack.rules.pack_tests import RuleTest
from plantrack.rules.recorded import read_log
from plantrack.rules.why import first_of_run
from plantrack.yaml_subset import Sequence as Listed
from tests.stories import FIRST, STEPS, Story, comings_and_goings, only, pack, told
from tests.strategies import examples, proposal_of

BELOW = pack(
    """
    - id: kpi.below
      title: Below the target
      for: Measure
      where: target is not None
      needs: [last]
      severity: high
      let: {last: latest(observations), short: "shortfall(last, target)"}
      when: short > 0
      score: short
      identity: [target.id]
      message: "{title}: {last.value} against {target}"
      why: A target that nobody reads is a wish.
      fix: Ask who will do what by when.
    """
)
PLAN = """
- recorded: 2017-04-01
  actor: pmo
  events:
    - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
      event_id: ae
    - TargetSet: {measure: ae, comparator: at-least, value: 95}
      event_id: standard
- recorded: 2018-01-10
  events:
    - Observed: {measure: ae, period: 2017-12, value: 96}
      effective: 2017-12
      event_id: december
- recorded: 2018-02-10
  source: return.xlsx
  events:
    - Observed: {measure: ae, period: 2018-01, value: 67.9}
      effective: 2018-01
      event_id: january
- recorded: 2018-02-12
  reason: digits swapped
  events:
    - EventCorrected:
        event: january
        replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 76.9}}
      event_id: swapped
"""


def account(story: Story, ours: Pack = BELOW, **where: Any) -> Why:
    """Of the one finding at some coordinates."""
    return story.plan.why(only(story.plan.check(packs=[ours], **where)).fingerprint, packs=[ours], **where)


# --- the whole account -----------------------------------------------------------------------------------------------


def test_account_for_people() -> None:
    """Message, arithmetic, evidence with the correction that made it so, since when, what would clear it, and why."""
    with told(PLAN) as story:
        why = account(story, as_at="2018-02-28")
        lines = [line.text for line in why_report(why, "Europe/London")]

    assert (
        "\n".join(lines)
        == f"""\
{why.finding.fingerprint}  Below the target
  A&E: 76.9 against at least 95
  high · measure:ae · as at 28 February 2018, as known on 12 February 2018 (#6)

The rule kpi.below fires, because
  short > 0  is  true
    short  is  18.1
      shortfall(last, target)  is  18.1
        last  is  76.9 for January 2018
          latest(observations)  is  76.9 for January 2018
            observations  is  96 for December 2017, 76.9 for January 2018
        target  is  at least 95

It rests on
  #3     2017-04-01   TargetSet: measure ae · comparator at-least · value 95
                      recorded 2017-04-01 10:00 BST; by pmo
                      standard
  #5     2018-01      Observed: measure ae · period January 2018 · value 67.9
                      recorded 2018-02-10 09:00 GMT; from return.xlsx
                      january
  #6     2018-02-12   EventCorrected: event january · replacement Observed: measure ae · period
                      January 2018 · value 76.9
                      recorded 2018-02-12 09:00 GMT
                      because digits swapped
                      swapped

Since when
  It has held since 31 January 2018.
  It came to be known with #5, Observed, recorded on 10 February 2018.

What would clear it, each tried on this plan
  Observed: measure ae · period February 2018 · value at least 95
  or, by changing what was promised:
  TargetSet: measure ae · comparator at-least · value at most 76.9

Why it matters
  A target that nobody reads is a wish.

What can be done
  Ask who will do what by when."""
    )


def test_account_for_programs() -> None:
    """The same, with the made-up events in the form in which they could be recorded."""
    with told(PLAN) as story:
        why = account(story, as_at="2018-02-28")
        shown = why_json(why)

    assert shown["evidence"] == ["standard", "january"]
    assert [event["event_id"] for event in shown["events"]] == ["standard", "january", "swapped"]
    assert {key: shown[key] for key in ("fix", "holds_since", "turned_by", "remedies")} == {
        "fix": "Ask who will do what by when.",
        "holds_since": "2018-01-31",
        "turned_by": {
            "position": 5,
            "event_id": "january",
            "type": "Observed",
            "recorded_at": "2018-02-10T09:00:00.000000Z",
        },
        "remedies": [
            {
                "type": "Observed",
                "data": {"measure": "ae", "period": "2018-02", "value": "95"},
                "bound": {"field": "value", "is": "at least"},
                "free": [],
                "outcome": "ok",
                "moves_goalpost": False,
            },
            {
                "type": "TargetSet",
                "data": {"measure": "ae", "comparator": "at-least", "value": "76.9"},
                "bound": {"field": "value", "is": "at most"},
                "free": [],
                "outcome": "ok",
                "moves_goalpost": True,
            },
        ],
    }


def test_no_such_finding() -> None:
    """At these coordinates; the message says which ones to give."""
    with told(PLAN) as story, pytest.raises(UnknownSubjectError) as wrong:
        story.plan.why("F-0123456789ab", as_at="2018-02-28", packs=[BELOW])

    assert str(wrong.value) == (
        "no finding 'F-0123456789ab' at these coordinates; give the --as-at and --known-at of the check that showed it"
    )


def test_beginning_of_a_fingerprint() -> None:
    """It names the finding where no other begins so; else those that do are named."""
    with told(PLAN) as story:
        findings = story.plan.check(as_at="2018-02-28", packs=[BELOW])
        (found,) = findings
        assert story.plan.why(found.fingerprint[:8], as_at="2018-02-28", packs=[BELOW]).finding == found

    alike = [attrs.evolve(found, fingerprint=f"F-0123456789{end:02}") for end in range(14)]
    assert called("F-012345678907", alike) is alike[7]
    with pytest.raises(UnknownSubjectError) as wrong:
        called("F-01234567890", alike[:11])
    named = ", ".join(f"F-01234567890{end} (kpi.below, measure:ae)" for end in range(10))
    assert str(wrong.value) == f"10 findings begin with 'F-01234567890'; write more of the one you mean: {named}"
    with pytest.raises(UnknownSubjectError, match=r"^14 findings begin with 'F-012345'; .*, and 2 more$"):
        called("F-012345", alike)


def test_account_at_earlier_coordinates() -> None:
    """As it was known on the tenth: the figure as it was returned, and no correction among the evidence."""
    with told(PLAN) as story:
        why = account(story, as_at="2018-02-28", known_at="2018-02-10")

    assert why.finding.message == "A&E: 67.9 against at least 95"
    assert [event.event_id for event in why.evidence] == ["standard", "january"]
    assert [remedy_words(r) for r in why.remedies][-1] == (
        "TargetSet: measure ae · comparator at-least · value at most 67.9"
    )


# --- since when, and what turned it ----------------------------------------------------------------------------------

LATE = pack(
    """
    - id: time.late
      title: Late
      for: Milestone
      severity: high
      when: status == 'delayed' or due is not None and due < today
      message: "{title} is late"
    """
)
NONE = pack(
    """
    - id: kpi.none
      title: No measure
      for: Initiative
      severity: low
      when: len(measures) == 0
      message: "{title} has no measure"
    """
)
SET = "- recorded: 2018-01-02\n  events:\n    - MilestoneSet: {milestone: m, title: M, due: 2018-01}\n"
QUIET = "".join(
    f"- recorded: 2018-03-{day:02}\n  events:\n    - RiskRaised: {{risk: r{day}, title: R}}\n" for day in range(2, 12)
)


def moved(day: str, due: str = "", effective: str = "") -> str:
    said = f"{{milestone: m{f', due: {due}' if due else ''}}}"
    return f"- recorded: {day}\n  events:\n    - MilestoneRescheduled: {said}\n      effective: {effective or day}\n"


@pytest.mark.parametrize(
    ("story", "since", "turned"),
    [
        (SET, "2018-02-01", 2),
        (SET + moved("2018-01-15"), "2018-01-15", 2),
        (SET + moved("2018-01-15") + moved("2018-01-20", "2018-04") + moved("2018-02-10"), "2018-02-10", 5),
        (SET + moved("2018-01-15") + moved("2018-01-20", "2018-04") + moved("2018-02-10") + QUIET, "2018-02-10", 5),
        (SET + moved("2018-01-15", "2018-02") + moved("2018-03-10", effective="2018-01-20"), "2018-01-20", 2),
        (
            SET + moved("2018-03-01", "2018-12", "2018-01-20") + moved("2018-03-10", effective="2018-02-20"),
            "2018-02-20",
            4,
        ),
    ],
    ids=["time passed", "delayed", "came and went", "and long ago", "told late", "told late, in between"],
)
def test_unbroken_run(story: str, since: str, turned: int) -> None:
    """The last day on which it began to hold, and the last event with which it came to be known, told late or not."""
    with told(story) as told_story:
        why = account(told_story.until("2018-03-20"), LATE)

    assert (why.holds_since.isoformat(), why.turned_by.position) == (since, turned)


@pytest.mark.parametrize(
    ("story", "turned"),
    [
        ("- MeasureDefined: {measure: m, title: M}\n- InitiativeProposed: {initiative: i, title: I}", 3),
        (
            "- InitiativeProposed: {initiative: i, title: I}\n- MeasureDefined: {measure: m, title: M, initiative: i}\n"
            "  event_id: m\n- EventRetracted: {event: m, why: not ours}",
            4,
        ),
        (
            "- InitiativeProposed: {initiative: i, title: I}\n- MeasureDefined: {measure: m, title: M, initiative: i}\n"
            "- InitiativeProposed: {initiative: j, title: J}\n- MeasureRevised: {measure: m, initiative: j}",
            5,
        ),
        (
            "- InitiativeProposed: {initiative: i, title: I}\n- MeasureDefined: {measure: m, title: M, initiative: i}\n"
            "  event_id: m\n- EventCorrected: {event: m, replacement: {type: MeasureDefined, data:"
            " {measure: m, title: M}}}",
            4,
        ),
    ],
    ids=["opened", "retracted", "revised to another", "corrected"],
)
def test_what_turned_it_need_not_be_evidence(story: str, turned: int) -> None:
    """Where something is absent, the finding rests on what opened its subject; what took the rest away turned it."""
    events = "".join(f"    {line}\n" for line in story.splitlines())
    with told(f"- recorded: 2018-01-02\n  events:\n{events}") as told_story:
        why = account(told_story, NONE)

    assert why.turned_by.position == turned


@given(
    st.lists(st.booleans(), min_size=1, max_size=40),
    st.integers(1, 3),
)
def test_first_of_run_is_where_the_last_run_begins(turns: list[bool], apart: int) -> None:
    """For whatever comes and goes at the points that are looked at, and stays between them."""
    holds = [turn for turn in (*turns, True) for _ in range(apart)]
    looked_at = [at for point in range(0, len(holds), apart) for at in (point - 1, point) if at >= 0]
    last = len(holds) - 1
    first = next((at + 1 for at in range(last, -1, -1) if not holds[at]), 0)

    assert first_of_run(lambda at: holds[at], looked_at, last) == first


@examples(0.6)
@given(STEPS, st.integers(20, 70))
def test_since_and_turned_are_what_trying_every_day_and_position_gives(
    steps: list[tuple[str, int, int, int]], after: int
) -> None:
    """Whatever was corrected or told late: no day and no position in between is left out."""
    day, packs = FIRST + timedelta(days=after), [BELOW, LATE]
    with told() as story:
        plan = story.plan
        comings_and_goings(plan, steps)

        def made(**where: Any) -> set[str]:
            return {f.fingerprint for f in plan.check(packs=packs, **where)}

        found = plan.check(as_at=day, packs=packs).findings
        known = [made(as_at=day, known_at=position) for position in range(plan.head + 1)] if found else []
        held = [made(as_at=day - timedelta(days=n)) for n in range(after + 2)] if found else []
        for finding in found:
            why = plan.why(finding.fingerprint, as_at=day, packs=packs)
            run = next(n for n, names in enumerate(held) if finding.fingerprint not in names)
            turned = max(p for p, names in enumerate(known) if finding.fingerprint not in names) + 1

            assert why.holds_since == day - timedelta(days=run - 1)
            assert why.turned_by.position == turned


# --- what would clear it ---------------------------------------------------------------------------------------------


def beyond(remedy: Remedy) -> Any:
    """The event with its number a hundredth beyond the bound."""
    assert remedy.bound is not None
    field, way = remedy.bound
    hair = Decimal("0.01") if way == "at most" else Decimal("-0.01")
    return attrs.evolve(remedy.event, **{field: getattr(remedy.event, field) + hair})  # type: ignore[misc]


TESTS = [
    (pack, rule.id, test)
    for pack in installed_packs()
    for rule in pack.rules
    for test in rule.tests
    if test.outcome == "finding" and isinstance(test.situation, Listed) and not test.params
]


UNOFFERED = {
    # only a correction clears these: what they find was said once and for all
    "data.unplaced-event", "ref.orphan-objective", "cov.unplanned-work", "fin.unlinked-funding",
    "fin.rate-uncounted", "gov.handover-undated", "gov.no-reporting-line",
    # these are cleared by words, or by a list of codes, that nobody can make up
    "ref.codelist-incomplete", "kpi.measure-is-outcome", "data.suspicious-duplicate", "time.plan-outside-strategy",
    # by a sum, or by a decision on where money counts
    "kpi.derivation-mismatch", "fin.double-count", "fin.nonrecurrent-share",
    # by time
    "kpi.definition-changed",
}  # fmt: skip


@pytest.mark.parametrize(("pack", "rule", "test"), TESTS, ids=[f"{rule}: {test.name}" for _, rule, test in TESTS])
def test_what_is_offered_clears(pack: Pack, rule: str, test: RuleTest) -> None:
    """For the story of every rule: each event that is offered is taken by the log and resolves the finding.

    What the comparison would call "no data" is not offered. A number a hair beyond its bound clears nothing.
    """
    assert isinstance(test.situation, Listed)
    log = read_log(test.situation, pack.text, test.as_at).events
    now = datetime.combine(test.as_at, datetime.min.time(), UTC)

    @contextmanager
    def copy() -> Iterator[PlanLog]:
        nonlocal now
        now = datetime.combine(test.as_at, datetime.min.time(), UTC)
        with plantrack.open(":memory:", clock=lambda: now) as tracker:
            plan = tracker.plan(log[0].plan)
            plan.record_all(proposal_of(event) for event in log)
            now += timedelta(days=1)
            yield plan

    params = [Parameter(rule=rule, name=name, value=str(value)) for name, value in test.params.items()]
    with copy() as plan:
        finding = next(f for f in plan.check(as_at=test.as_at, params=params) if f.rule == rule)
        remedies = plan.why(finding.fingerprint, as_at=test.as_at, known_at=test.as_at, params=params).remedies
    for remedy in remedies:
        with copy() as plan:
            plan.record(remedy.event, effective=test.as_at)
            result = plan.check(as_at=test.as_at, since=test.as_at, params=params)
            gone = {f.fingerprint: (f.state, f.state_reason) for f in result.gone}
        assert gone.get(finding.fingerprint) == ("resolved", ""), remedy_words(remedy)
        if remedy.bound is not None:
            with copy() as plan:
                plan.record(beyond(remedy), effective=test.as_at)
                assert finding.fingerprint in {f.fingerprint for f in plan.check(as_at=test.as_at, params=params)}
    assert remedies or rule in UNOFFERED


def offers(story: Story, ours: Pack, **where: Any) -> list[str]:
    return [remedy_words(remedy) for remedy in account(story, ours, **where).remedies]


BAND = "- recorded: 2018-02-20\n  events:\n    - TargetSet: {measure: ae, comparator: band, lower: 10, upper: 20}\n"
MOST = "- recorded: 2018-02-20\n  events:\n    - TargetSet: {measure: ae, comparator: at-most, value: 12.345}\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "value at least 95"),
        (MOST, "value at most 12.34"),
        (BAND, "value 10"),
    ],
    ids=["at least", "at most, to a hundredth", "a band has two ends"],
)
def test_number_that_would_do(more: str, expected: str) -> None:
    """Found by trying, to a hundredth; where neither end of the line clears, a number that the plan states."""
    with told(PLAN + more) as story:
        first = offers(story, BELOW, as_at="2018-02-28")[0]

    assert first == f"Observed: measure ae · period February 2018 · {expected}"


SAVINGS = """
- recorded: 2017-04-03
  events:
    - SavingPlanned: {saving: prescribing, title: Prescribing, period: 2017/18, amount: 1000, recurrent: true}
    - SavingPlanned: {saving: building, title: Building, period: 2017/18, amount: 500, recurrent: false}
- recorded: 2017-12-04
  events:
    - SavingDelivered: {saving: prescribing, period: 2017/18, amount: 210}
    - SavingDelivered: {saving: building, period: 2017/18, amount: 300}
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("rec < 0.75 * total", ["prescribing · period 2017/18 · amount at least 900"]),
        ("rec / total < 0.75", ["prescribing · period 2017/18 · amount at least 900"]),
        ("1 - rec / total > 0.25", ["prescribing · period 2017/18 · amount at least 900"]),
        ("total > 0 and rec / total < 0.75", ["prescribing · period 2017/18 · amount at least 900"]),
    ],
)
def test_form_of_the_condition_does_not_matter(when: str, expected: list[str]) -> None:
    """A share of a total is the same from both ends of the line: what lies between is tried too."""
    with told(SAVINGS) as story:
        found = offers(story, shares(when, "recurrent"), as_at="2017-12-31")

    assert [line for line in found if line.startswith("SavingDelivered")] == [
        f"SavingDelivered: saving {line}" for line in expected
    ]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("once < 0.75 * total", "amount at least 630"),
        ("rec / total < 0.75", "amount at most 70"),
        ("total > 0 and rec / total < 0.75", "amount at most 70"),
    ],
)
def test_number_in_the_middle(when: str, expected: str) -> None:
    """Where the subject is one that only part of the line clears: the end of that part, down to nothing at most."""
    ours = pack(
        f"""
        - id: fin.share
          title: Share
          for: Saving
          where: recurrent is not None and not recurrent
          needs: [delivered]
          severity: high
          let: {{once: delivered, rec: 210, total: delivered + 210}}
          when: "{when}"
          message: too little
        """
    )
    with told(SAVINGS) as story:
        found = offers(story, ours, as_at="2017-12-31")

    assert found[0] == f"SavingDelivered: saving building · period 2017/18 · {expected}"


def shares(when: str, of: str) -> Pack:
    return pack(
        f"""
        - id: fin.share
          title: Share
          for: Plan
          severity: high
          let:
            total: sum(s.delivered for s in savings if known(s.delivered))
            rec: sum(s.delivered for s in savings if known(s.delivered) and known(s.{of}) and s.{of})
          when: {when}
          message: too little
        """
    )


@examples(0.5)
@given(st.lists(st.integers(-500, 500), min_size=1, max_size=6, unique=True), st.booleans())
def test_every_bound_clears(turns: list[int], starts: bool) -> None:
    """Whichever parts of the line clear: the number found does, and next to a bound a hundredth further does not."""
    ends = sorted(turns)

    def clears(value: Decimal) -> bool:
        return starts ^ (sum(end <= value for end in ends) % 2 == 1)

    found = bound(lambda value: Look(clears(value), value), [], [Decimal(end) for end in ends], [Decimal(2)])

    assert found is not None
    assert clears(found.value)
    if found.way is not None:
        hair = Decimal("0.01") if found.way == "at most" else Decimal("-0.01")
        assert not clears(found.value + hair)


def test_what_is_named_and_missing_is_created() -> None:
    """A code that was declared and never defined: its definition is offered under its own id."""
    story_text = """
    - recorded: 2018-03-01
      events:
        - InitiativeProposed: {initiative: equipment, title: Equipment}
        - AlignmentDeclared: {initiative: equipment, goal: priorities.4}
    """
    ours = pack(
        "- {id: ref.code, title: Code, for: Alignment, severity: low, when: goal is None, message: '{code} is unknown'}"
    )
    with told(story_text) as story:
        assert offers(story, ours) == ["GoalDefined: goal priorities.4 · kind … · title …"]


def test_status_that_does_not_matter() -> None:
    """Any report would do: its status is as free as its words. Where only some would do, one of these is named."""
    silent = "- {id: prg.none, title: None, for: Initiative, severity: low, when: len(reports) == 0, message: none}"
    doubtful = silent.replace("len(reports) == 0", "not any(r.status == 'complete' for r in reports)")
    with told("- recorded: 2018-01-02\n  events:\n    - InitiativeProposed: {initiative: i, title: I}\n") as story:
        assert offers(story, pack(silent)) == ["ProgressReported: report … · about initiative:i · status … · text …"]
        assert offers(story, pack(doubtful)) == [
            "ProgressReported: report … · about initiative:i · status complete · text …"
        ]


SAID_AGAIN = """
- recorded: 2018-01-02
  events:
    - BodyRegistered: {body: board, title: Board}
    - DocumentIssued: {document: paper, title: Paper, kind: strategy, status: draft}
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("status == 'draft'", "status final"),
        ("condition is None", "status draft · condition …"),
        ("period is None", "status draft · period …"),
        ("period is None or period_end(period) < date('2018-01-01')", None),
        ("issued < date('2018-02-01')", None),
    ],
    ids=["another word", "words that were left out", "any day", "a day that matters", "only because it is said now"],
)
def test_saying_it_again(when: str, expected: str | None) -> None:
    """With one thing different, which is told; what would clear it for being said once more says nothing new."""
    rule = "- {id: gov.paper, title: Paper, for: Document, severity: low, when: '%s', message: '{title}'}"
    with told(SAID_AGAIN) as story:
        found = offers(story, pack(rule % when.replace("'", "''")), as_at="2018-02-28")

    said = f"DocumentIssued: document paper · title Paper · kind strategy · {expected}"
    assert [line.partition(" (")[0] for line in found] == ([] if expected is None else [said])


def test_what_lies_further_along_the_rule_is_tried() -> None:
    """Where nothing about the subject itself helps: what its rule looks at, by two links, in the state of the plan."""
    story_text = """
    - recorded: 2018-01-02
      events:
        - GoalDefined: {goal: care, kind: programme, title: Care}
        - InitiativeProposed: {initiative: door, title: Door, goal: care}
        - MeasureDefined: {measure: ae, title: A&E, initiative: door}
        - MeasureDefined: {measure: falls, title: Falls}
    """
    ours = pack(
        """
        - id: kpi.unmet
          title: Unmet
          for: Goal
          severity: low
          when: not any(any(m.target is not None for m in i.measures) for i in initiatives)
          message: "{title} has no target"
        """
    )
    with told(story_text) as story:
        assert offers(story, ours) == ["TargetSet: measure ae · comparator at-least · value …"]


def test_periods_that_the_plan_states_are_tried() -> None:
    """A target for a year is agreed for that year; a figure is asked for once its period is over."""
    story_text = """
    - recorded: 2017-05-01
      events:
        - MeasureDefined: {measure: m, title: M}
        - TargetSet: {measure: m, comparator: at-least, value: 5, period: 2016/17, proposed: true}
        - ForecastMade: {measure: m, period: 2016/17, value: 4}
    """
    agreed = "- {id: gov.open, title: O, for: Target, severity: low, when: not agreed, message: '{id}'}"
    figure = (
        "- {id: fcst.open, title: O, for: Forecast, severity: low, message: '{id}',"
        " when: 'value_at(measure.observations, period) is None'}"
    )
    with told(story_text) as story:
        assert offers(story, pack(agreed))[0] == "TargetAgreed: measure m · period 2016/17"
        assert offers(story, pack(figure)) == ["Observed: measure m · period 2016/17 · value …"]

    with told(story_text.replace("2016/17", "2017/18")) as story:
        assert not any(line.startswith("Observed") for line in offers(story, pack(figure), as_at="2018-03-30"))


def test_goalposts_alone() -> None:
    """What was promised is not headed "or" where nothing stands before it."""
    ours = pack(
        "- {id: kpi.old, title: Old, for: Measure, severity: low, when: target is None, message: '{title} has none'}"
    )
    with told("- recorded: 2018-01-02\n  events:\n    - MeasureDefined: {measure: m, title: M}\n") as story:
        lines = [line.text for line in why_report(account(story, ours))]

    assert lines[-3:] == [
        "What would clear it, each tried on this plan",
        "  By changing what was promised:",
        "  TargetSet: measure m · comparator at-least · value …",
    ]


def test_figure_of_a_month_that_is_not_over_is_not_asked_for() -> None:
    """On 27 February the figure for January may be stated anew, and that for February cannot be had."""
    with told(PLAN) as story:
        assert offers(story, BELOW, as_at="2018-02-27")[0] == (
            "Observed: measure ae · period January 2018 · value at least 95"
        )


def test_taking_the_date_away_is_not_offered() -> None:
    """It would make the rule silent, and nobody in time; a new date does, and says that it moves a goalpost."""
    ours = pack(
        """
        - id: time.late
          title: Late
          for: Milestone
          severity: high
          when: status == 'planned' and due is not None and due < today
          message: "{title} is late"
        """
    )
    with told(SET) as story:
        remedies = account(story, ours, as_at="2018-02-28").remedies

    assert [(remedy_words(r), r.moves_goalpost) for r in remedies] == [
        ("MilestoneReached: milestone m", False),
        ("MilestoneCancelled: milestone m", False),
        ("MilestoneRescheduled: milestone m · due 1 March 2018", True),
    ]


def test_new_things_have_ids_that_were_not_used() -> None:
    """Also where somebody called something new by that very word."""
    story_text = """
    - recorded: 2018-01-02
      events:
        - InitiativeProposed: {initiative: i, title: I}
        - InitiativeProposed: {initiative: j, title: J}
        - MeasureDefined: {measure: new, title: M, initiative: j}
    """
    with told(story_text) as story:
        remedies = account(story, NONE).remedies
        (defined,) = (r for r in remedies if type(r.event).__name__ == "MeasureDefined")
        story.plan.record(defined.event, effective="2018-01-02")

        assert remedy_words(defined) == "MeasureDefined: measure … · title … · initiative i"
        assert story.plan.check(packs=[NONE]).findings == ()


def test_nothing_clears_it() -> None:
    """No single event would: the report says so."""
    ours = pack("- {id: gov.always, title: Always, for: Plan, severity: low, when: title != '', message: always}")
    with told() as story:
        why = account(story, ours)
        lines = [line.text for line in why_report(why)]

    assert lines[-2:] == [
        "What would clear it, each tried on this plan",
        f"  None of the {why.tried} events that were tried clears it by itself.",
    ]
    assert why.tried > 10
    assert why_json(why)["tried"] == why.tried


def test_findings_about_waivers() -> None:
    """They rest on what the other rules find: what turned them, and what would clear them, is tried with these."""
    with told(SET) as story:
        plan = story.until("2018-02-05").plan
        (late,) = (f for f in plan.check() if f.rule == "time.milestone-overdue")
        plan.waive(late, reason="Snow", requester="pmo", approver="chair", until="2018-02-20", waiver="w")
        (expired,) = (f for f in plan.check(as_at="2018-02-28") if f.rule == "gov.waiver-expired")
        why = plan.why(expired.fingerprint, as_at="2018-02-28")

    assert (why.holds_since.isoformat(), why.turned_by.position) == ("2018-02-21", 3)
    assert [remedy_words(r) for r in why.remedies] == [
        "MilestoneReached: milestone m",
        "MilestoneCancelled: milestone m",
        "WaiverRevoked: waiver w (the rule then no longer applies)",
        "MilestoneRescheduled: milestone m · due 1 March 2018",
    ]


# --- the Medway example ----------------------------------------------------------------------------------------------

BOARDS = [("medway-ccg-2017", date(2018, 2, 28)), ("medway-ccg-2014", date(2014, 4, 2))]
SAMPLE = [("medway-ccg-2017", date(2018, 2, 28), "kpi.missed-target"), ("medway-ccg-2014", BOARDS[1][1], "gov.no-lead")]


def medway(folder: Path, name: str, board: date) -> str:
    """A store with what the board could know."""
    path, clock = str(folder / f"{name}.db"), DocumentClock()
    with plantrack.open(path, clock=clock) as tracker:
        for entry in entries():
            if entry.plan == name and entry.recorded.date() <= board:
                clock.now = entry.recorded
                tracker.plan(name).record_all(entry.proposals)
    return path


def every_remedy_clears(path: str, name: str, board: date, rule: str) -> int:
    """The number of remedies that were tried on copies of the store."""
    with plantrack.open(path) as tracker:
        plan = tracker.plan(name)
        finding = next(f for f in plan.check(as_at=board) if f.rule == rule)
        remedies = plan.why(finding.fingerprint, as_at=board).remedies
    for remedy in remedies:
        for event in [remedy.event, *([beyond(remedy)] if remedy.bound else [])]:
            shutil.copy(path, f"{path}.copy")
            with plantrack.open(f"{path}.copy") as tracker:
                plan = tracker.plan(name)
                plan.record(event, effective=board)
                found = finding.fingerprint in {f.fingerprint for f in plan.check(as_at=board)}
            assert found is (event is not remedy.event), remedy_words(remedy)
    return len(remedies)


@pytest.mark.parametrize(("name", "board", "rule"), SAMPLE, ids=[rule for _, _, rule in SAMPLE])
def test_what_is_offered_clears_in_medway(tmp_path: Path, name: str, board: date, rule: str) -> None:
    """On a copy of the real plan too, and a hair beyond the bound does not."""
    assert every_remedy_clears(medway(tmp_path, name, board), name, board, rule) > 0


@pytest.mark.soak
@pytest.mark.parametrize(("name", "board"), BOARDS, ids=[name for name, _ in BOARDS])
def test_what_is_offered_clears_for_every_rule_in_medway(tmp_path: Path, name: str, board: date) -> None:
    """The first finding of each rule that finds anything."""
    path = medway(tmp_path, name, board)
    with plantrack.open(path) as tracker:
        rules = dict.fromkeys(f.rule for f in tracker.plan(name).check(as_at=board))
    assert sum(every_remedy_clears(path, name, board, rule) for rule in rules) > len(rules)
