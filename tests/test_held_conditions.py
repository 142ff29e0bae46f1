"""Conditions that must have held for a time before they are findings: ``hold_for``, in days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack import Pack
from plantrack.errors import RuleSourceError
from plantrack.reports.why import remedy_words
from plantrack.rules import check
from tests.stories import FIRST, STEPS, Story, comings_and_goings, only, pack, told
from tests.strategies import examples
from tests.test_rules_language import facts_of, folded, pack_of

LATE = """
- id: time.late
  title: Late
  for: Milestone
  severity: high
  needs: [initiative]
  hold_for: 14
  when: status == 'delayed' or due is not None and due < today
  message: "{title} is late"
"""
PLAN = """
- recorded: 2018-01-01
  events:
    - InitiativeProposed: {initiative: door, title: Front door}
    - MilestoneSet: {milestone: m, title: Opening, due: 2018-06, initiative: door}
    - MilestoneSet: {milestone: quiet, title: Quiet, due: 2018-12, initiative: door}
"""


def moved(day: str, due: str = "", name: str = "m", recorded: str = "") -> str:
    said = f"{{milestone: {name}{f', due: {due}' if due else ''}}}"
    return (
        f"- recorded: {recorded or day}\n  events:\n    - MilestoneRescheduled: {said}\n      effective: {day}\n"
        f"      event_id: {name}-{day}-{due or 'none'}\n"
    )


def late_on(story: Story, *days: str, **where: Any) -> list[bool]:
    """Whether the milestone is found late on some days."""
    checks = [story.plan.check(as_at=day, packs=[pack(LATE)], **where) for day in days]
    assert all(not result.not_evaluated for result in checks)
    return ["m" in {f.subject.id for f in result} for result in checks]


def test_fires_when_it_has_held_for_the_days() -> None:
    """Delayed on 1 February, late from the fifteenth; until then the subject counts as fine."""
    with told(PLAN + moved("2018-02-01")) as story:
        assert late_on(story, "2018-02-01", "2018-02-14", "2018-02-15", "2018-12-31") == [False, False, True, True]
        result = story.plan.check(as_at="2018-02-14", packs=[pack(LATE)])

    assert result.counts["time.late"] == {
        "finding": 0, "ok": 2, "not applicable": 0, "indeterminate": 0, "error": 0,
    }  # fmt: skip


def test_passing_of_time_counts() -> None:
    """Due in June: past on 1 July, and late two weeks after."""
    with told(PLAN) as story:
        assert late_on(story, "2018-07-01", "2018-07-14", "2018-07-15") == [False, False, True]


def test_interruption_starts_it_anew() -> None:
    """A date was given for three days in between, whenever that was recorded; within one day it does not matter."""
    for_days = moved("2018-02-01") + moved("2018-02-10", "2018-09") + moved("2018-02-13")
    within = moved("2018-02-01") + moved("2018-02-10", "2018-09") + moved("2018-02-10", recorded="2018-02-11")
    told_late = moved("2018-02-01") + moved("2018-02-13") + moved("2018-02-10", "2018-09", recorded="2018-02-20")
    days = ("2018-02-15", "2018-02-24", "2018-02-26", "2018-02-27")

    for more, expected in (
        (for_days, [False, False, False, True]),
        (within, [True, True, True, True]),
        (told_late, [False, False, False, True]),
    ):
        with told(PLAN + more) as story:
            assert late_on(story, *days) == expected


def test_as_known() -> None:
    """What was told late is not held against what was known before."""
    story_text = moved("2018-02-01") + moved("2018-02-13") + moved("2018-02-10", "2018-09", recorded="2018-02-20")
    with told(PLAN + story_text) as story:
        assert late_on(story, "2018-02-26", known_at="2018-02-19") == [True]
        assert late_on(story, "2018-02-26", known_at="2018-02-20") == [False]
        story.goes_on(
            "- recorded: 2018-02-27\n  events:\n    - EventRetracted: {event: m-2018-02-10-2018-09, why: wrong}\n"
        )
        assert late_on(story, "2018-02-26") == [True]


def test_what_was_not_there_or_could_not_be_judged_has_not_held() -> None:
    """The milestone is a week old; or it had no initiative a week ago, without which the rule cannot say."""
    young = """
    - recorded: 2018-02-20
      events:
        - MilestoneSet: {milestone: m2, title: New, due: 2018-01, initiative: door}
        - MilestoneSet: {milestone: m3, title: Nobody's, due: 2018-01}
    """
    with told(PLAN) as story:
        story.goes_on(young)
        results = [story.plan.check(as_at=day, packs=[pack(LATE)]) for day in ("2018-03-05", "2018-03-06")]

    assert [[f.subject.id for f in result] for result in results] == [[], ["m2"]]
    assert [[str(n.subject) for n in result.not_evaluated] for result in results] == [["milestone:m3"]] * 2


def test_plan_that_is_younger_than_the_window() -> None:
    """Nothing has held since before the plan was open."""
    with told(PLAN.replace("2018-06", "2017-01")) as story:
        story.goes_on("- recorded: 2018-01-02\n  events:\n    - MilestoneReached: {milestone: quiet}\n")
        year = [pack(LATE.replace("14", "366"))]
        found = [len(story.plan.check(as_at=day, packs=year).findings) for day in ("2018-12-31", "2019-01-02")]

    assert found == [0, 1]


def test_other_subjects_are_left_alone() -> None:
    """One is interrupted, the other is not."""
    both = moved("2018-02-01") + moved("2018-02-01", name="quiet") + moved("2018-02-05", "2018-09", name="quiet")
    with told(PLAN + both) as story:
        assert [f.subject.id for f in story.plan.check(as_at="2018-02-15", packs=[pack(LATE)])] == ["m"]


def test_without_the_history_of_the_plan() -> None:
    """The pure function says what it misses, and finds nothing."""
    with told(PLAN + moved("2018-02-01")) as story:
        result = check(story.plan.at(as_at="2018-03-01"), [pack(LATE)])

    assert result.findings == ()
    assert [(n.outcome, n.reason) for n in result.not_evaluated] == [
        ("error", "the rule looks at earlier days, and the history of the plan is not at hand")
    ]


def test_why_of_a_condition_that_held() -> None:
    """Since when the finding holds is two weeks after the condition; every remedy breaks the run."""
    with told(PLAN + moved("2018-02-01")) as story:
        ours = [pack(LATE)]
        found = only(story.plan.check(as_at="2018-03-01", packs=ours))
        why = story.plan.why(found.fingerprint, as_at="2018-03-01", packs=ours)
        remedies = [remedy_words(r) for r in why.remedies]

    assert (why.holds_since, why.turned_by.event_id) == (date(2018, 2, 15), "m-2018-02-01-none")
    assert remedies == [
        "MilestoneReached: milestone m",
        "MilestoneCancelled: milestone m",
        "MilestoneRescheduled: milestone m · due 2 March 2018",
    ]


@pytest.mark.parametrize("days", ["367", "-1", "1.5", "true", "two weeks", "[1]"])
def test_number_of_days(days: str) -> None:
    """A whole number, at most a leap year."""
    with pytest.raises(RuleSourceError) as wrong:
        pack(LATE.replace("hold_for: 14", f"hold_for: {days}"))

    assert str(wrong.value).splitlines()[0].endswith("'hold_for' needs a whole number of days, at most 366")


def without(days: int) -> tuple[Pack, Pack]:
    """The rule with so many days, and with none."""
    text = LATE.replace("  needs: [initiative]\n", "")
    return pack(text.replace("14", str(days))), pack(text.replace("  hold_for: 14\n", ""))


@examples(0.6)
@given(STEPS, st.integers(0, 70), st.integers(0, 20))
def test_held_is_held_on_every_day(steps: list[tuple[str, int, int, int]], after: int, days: int) -> None:
    """Looking only at days on which something changed finds what looking at every day of the window would find."""
    day = FIRST + timedelta(days=after)
    held, plain = without(days)
    with told() as story:
        comings_and_goings(story.plan, steps)
        found = {f.fingerprint for f in story.plan.check(as_at=day, packs=[held])}
        every = [
            {f.fingerprint for f in story.plan.check(as_at=day - timedelta(days=n), packs=[plain])}
            for n in range(days + 1)
        ]

    assert found == set.intersection(*every)


def test_large_plan_is_not_looked_at_on_every_day() -> None:
    """A window that would make a check look at a large plan anew for every day of a year is an error that says so."""
    days = [date(2017, 1, 1)] * 1_300 + [date(2017, 2, 27) + timedelta(n) for n in range(366)]
    events = "".join(f"- RiskRaised: {{risk: r{n}, title: R}}\n  effective: {day}\n" for n, day in enumerate(days))
    facts = facts_of("- PlanOpened: {title: P, organisation: O, period: 2017}\n  effective: 2016-01-01\n" + events)
    state = folded(facts)

    def outcome(days: int) -> list[str]:
        result = check(state, [pack_of("Plan", hold_for=days, message="held")], facts=lambda: facts)
        return [*(finding.message for finding in result), *(failed.reason for failed in result.not_evaluated)]

    assert outcome(5) == ["held"]
    assert outcome(366) == [
        "the rule looks back at 366 days of a plan with 1,667 events: more than 500,000 events together; shorten"
        " hold_for"
    ]
