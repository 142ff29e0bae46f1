"""Packs adopted by a plan and findings waived, at the command line and by the rules of that day."""

from __future__ import annotations

import pytest

from plantrack.errors import AdmissionError, ParameterError
from plantrack.rules.parameters import parsed
from tests.stories import only, pack, told

LATE = """
- id: time.late
  title: Late
  for: Milestone
  severity: high
  params: {grace: 0}
  when: due is not None and due < today and days_between(due, today) > grace
  message: "{title}"
"""
PLAN = "- recorded: 2018-01-02\n  events:\n    - MilestoneSet: {milestone: m, title: Opens, due: 2018-01}\n"


def test_rules_at_replays_what_was_adopted() -> None:
    """A plan is held to what it had adopted by then, with its own parameters; nothing adopted means installed."""
    with told(PLAN) as story:
        story.until("2018-02-01").plan.adopt(pack(LATE))
        story.until("2018-03-01").plan.adopt(pack(LATE, version="2.0.0"), [parsed("time.late.grace=90")])
        strict = story.plan.check(as_at="2018-03-02", rules_at="2018-02-01")
        lenient = story.plan.check(as_at="2018-03-02")
        installed = story.plan.check(as_at="2018-03-02", rules_at="installed")

    assert (only(strict).message, lenient.findings) == ("Opens", ())
    assert [p.pack for r in (strict, lenient, installed) for p in r.packs] == ["ours", "ours", "board-core"]


def test_a_waiver_holds_to_its_last_day_and_changes_no_earlier_replay() -> None:
    """It counts up to and including the day, and not where it was not known; who asks cannot approve."""
    with told(PLAN) as story:
        plan, ours = story.until("2018-02-10").plan, [pack(LATE)]
        found = only(plan.check(packs=ours))
        with pytest.raises(AdmissionError, match="asks for the waiver and cannot approve it"):
            plan.waive(found, reason="Snow", requester="pmo", approver="PMO", until="2018-03-01")
        plan.waive(found, reason="Snow", requester="pmo", approver="chair", until="2018-03-01")
        counts = [only(plan.check(as_at=day, packs=ours)).counts for day in ("2018-03-01", "2018-03-02")]
        before = only(plan.check(as_at="2018-02-10", known_at="2018-02-09", packs=ours))
        ignored = only(plan.check(as_at="2018-03-01", packs=ours, ignore_waivers=True))

    assert counts == [False, True]
    assert (before.waiver, ignored.waiver) == (None, None)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("time.late.grce=3", "time.late has no parameter 'grce'; did you mean 'grace'?"),
        ("time.lat.grace=3", "there is no rule 'time.lat'; did you mean 'time.late'?"),
        ("time.late.grace=soon", "time.late.grace needs a number, such as 0; got 'soon'"),
    ],
)
def test_wrong_parameters(written: str, message: str) -> None:
    """The message names what there is."""
    with told(PLAN) as story, pytest.raises(ParameterError) as caught:
        story.plan.check(packs=[pack(LATE)], params=[parsed(written)])
    assert str(caught.value) == message
