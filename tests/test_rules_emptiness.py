"""Why a rule cannot say, in the words of an analyst who looks for what is missing."""

from __future__ import annotations

import pytest

from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.published import forms
from tests.test_rules_engine import after
from tests.test_rules_language import result_of


@pytest.mark.parametrize(
    ("kind", "expression", "expected"),
    [
        ("Measure", "latest(observations)", "latest(observations): there are no observations"),
        ("Measure", "previous(observations)", "previous(observations): there are fewer than two observations"),
        ("Measure", "change(observations)", "change(observations): there are fewer than two observations"),
        ("Measure", "unit", "unit is not stated"),
        ("Measure", "min(o.value for o in observations)",
         "min(o.value for o in observations): there are no observations"),
        ("Measure", "first(o for o in observations if o.value > 0)",
         "first(o for o in observations if o.value > 0): there are no such observations"),
        ("Measure", "latest(d for d in plan.documents)", "latest(d for d in plan.documents): there are no documents"),
        ("Measure", "latest(m.unit for m in plan.measures)",
         "latest(m.unit for m in plan.measures): there is no value"),
        ("Measure", "max(distinct(o.value for o in observations))",
         "max(distinct(o.value for o in observations)): there are no items"),
        ("Measure", "value_at(observations, today)", "value_at(observations, today): there is no figure for then"),
        ("Measure", "decision_on(measure)", "decision_on(measure): no decision was taken"),
        ("Milestone", "slipped_days(milestone)",
         "slipped_days(milestone): there is no first date, or none that holds now"),
        ("Milestone", "baseline(milestone)", "baseline(milestone): none was ever set"),
        ("External", "fallback_of(external)", "fallback_of(external): there is no fall-back"),
    ],
)  # fmt: skip
def test_reasons_are_said_as_an_analyst_would_look_for_them(kind: str, expression: str, expected: str) -> None:
    """What the plan lacks, not what the program got; where an item may be there and empty, only that there is none."""
    events = (
        "- MeasureDefined: {measure: m, title: M}\n- MilestoneSet: {milestone: s, title: S}\n"
        "- ExternalRegistered: {external: e, title: E}\n"
    )
    result = result_of(after(events), kind, let={"it": expression}, needs=["it"])
    assert [unknown.reason for unknown in result.not_evaluated] == [expected]


def test_every_function_that_may_have_no_value_says_why() -> None:
    """A new function cannot be added without the words for its blank."""
    blank = {name for name in FUNCTIONS if any(result.endswith(" or empty") for result in forms(name).values())}
    assert {name for name, function in FUNCTIONS.items() if function.empty} == blank
