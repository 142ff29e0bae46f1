"""The worked example on other days than those of its boards: what the passing of time alone brings to light.

Nothing is recorded between these days; each rule fires on the day on which it should, and not on the day before.
"""

import pytest

from plantrack import Tracker

OLD, NEW = "medway-ccg-2014", "medway-ccg-2017"


def found(medway: Tracker, plan: str, day: str, rule: str) -> list[str]:
    """The ids of the subjects that a rule finds in a plan of the example on a day."""
    result = medway.plan(plan).check(as_at=day)
    return sorted(finding.subject.id for finding in result if finding.rule == rule)


@pytest.mark.parametrize(
    ("rule", "plan", "before", "day", "then"),
    [
        ("stg.pilot-overrun", OLD, "2014-09-30", "2014-10-01", ["liaison-psychiatry.evaluation"]),
        ("time.commitment-overdue", OLD, "2014-04-04", "2014-04-05", ["strategy-submission-initial"]),
        ("time.milestone-overdue", NEW, "2019-03-31", "2019-04-01", ["extended-access"]),
        ("time.commitment-overdue", NEW, "2018-02-28", "2018-03-01", ["c3"]),
        ("stg.gate-open", OLD, "2014-07-31", "2014-08-01", ["liaison-psychiatry.evaluation"]),
        ("dep.assumption-unreviewed", OLD, "2014-10-01", "2014-10-03", ["referral-optimisation.practices"]),
        ("time.interim-expired", OLD, "2016-03-31", "2016-04-01", ["walk-in-centre"]),
        ("hist.no-outcome", OLD, "2016-03-31", "2016-04-01", ["falls-999-response", "liaison-psychiatry"]),
    ],
)
def test_what_a_day_adds(medway: Tracker, rule: str, plan: str, before: str, day: str, then: list[str]) -> None:
    """The end of an extension, a submission, a month, a contract, a plan; a decision ahead, an assumption of spring."""
    earlier = found(medway, plan, before, rule)
    later = found(medway, plan, day, rule)
    assert set(earlier) <= set(later)
    assert set(then) <= set(later) - set(earlier)


def test_four_years_later_the_plan_of_2014_has_no_end(medway: Tracker) -> None:
    """Asked on 28 February 2018, nobody said what became of the forty initiatives, the evaluation, the risks.

    What is carved out (the work of the year before, what runs outside the plan) is not missed.
    """
    day = "2018-02-28"
    rows = [i.id for i in medway.plan(OLD).at(as_at=day).initiatives.values() if i.kind == "initiative"]
    assert len(rows) == 40
    assert found(medway, OLD, day, "hist.no-outcome") == sorted(rows)
    assert found(medway, OLD, day, "stg.pilot-overrun") == ["liaison-psychiatry.evaluation"]
    assert found(medway, OLD, day, "time.milestone-overdue") == [
        "community-service-redesign.full-redesign",
        "liaison-psychiatry.evaluation",
        "maternity-services.governing-body",
        "urgent-care-front-door.walk-in-centre-decision",
        "urgent-care-front-door.walk-in-centre-procurement",
    ]
    assert len(found(medway, OLD, day, "rsk.stale")) == 69
    assert found(medway, OLD, "2014-04-02", "rsk.stale") == []


def test_a_pilot_put_off_is_one_entry(medway: Tracker) -> None:
    """It is overdue and it was put off once too often: two rules, one cause, one entry for the board."""
    result = medway.plan(OLD).check(as_at="2014-10-01")
    groups = [group for group in result.groups if group.cause.id == "liaison-psychiatry.evaluation"]
    rules = {finding.fingerprint: finding.rule for finding in result}
    assert [{rules[name] for name in (group.head, *group.members)} for group in groups] == [
        {"time.milestone-overdue", "stg.pilot-overrun", "stg.gate-without-criteria"}
    ]


def test_what_waits_for_one_decision_is_one_entry(medway: Tracker) -> None:
    """Without a day, without news, without a fall-back, and needed: four findings about the same money."""
    result = medway.plan(NEW).check(as_at="2018-02-28")
    (group,) = [group for group in result.groups if group.cause.id == "central-access-funds"]
    rules = {finding.fingerprint: finding.rule for finding in result}
    assert rules[group.head] == "dep.no-fallback"
    assert sorted(rules[name] for name in group.members) == ["dep.decision-pending", "dep.status-stale", "dep.unmet"]
