"""A rule that fails, or a subject on which it fails, leaves everything else as it would be without."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plantrack.bitemporal import timeline
from plantrack.events import RecordedEvent
from plantrack.rules import CheckResult, Finding, NotEvaluated, Pack, check, installed_packs
from plantrack.rules.findings import Outcome
from plantrack.rules.language.schema import SUBJECTS
from plantrack.state import PLURALS
from tests.strategies import days_of_2018, examples, histories
from tests.test_rules_engine import KINDS_WITH_SUBJECTS, rules_of, seeds, state_at
from tests.test_rules_language import facts_of, folded, pack_of, state_of

# --- a rule that fails -----------------------------------------------------------------------------------------------

FAILURES: dict[str, tuple[dict[str, Any], str]] = {
    "where": ({"where": "1 / 0 > 0"}, "1 is divided by 0"),
    "let": ({"let": {"x": "1 / (2 - 2)"}}, "1 is divided by 0"),
    "when": ({"when": "title == '' or 1 / 0 > 0"}, "1 is divided by 0"),
    "score": ({"score": "1 / 0"}, "1 is divided by 0"),
    "message": ({"message": "{title}: {1 / 0}"}, "1 is divided by 0"),
    "fix": ({"fix": "{title}: {1 / 0}"}, "1 is divided by 0"),
    "cause": ({"cause": "first(plan for i in [1] if 1 / 0 > i)"}, "1 is divided by 0"),
    "affects": ({"affects": "first(plan for i in [1] if 1 / 0 > i)"}, "1 is divided by 0"),
    "identity": ({"identity": ["default(first(plan for i in [1] if 1 / 0 > i), plan).id"]}, "1 is divided by 0"),
    "a number without end": (
        {"let": {"x0": "999999999999999", **{f"x{n}": f"x{n - 1} * x{n - 1}" for n in range(1, 9)}}, "when": "x8 > 0"},
        "a number is out of bounds: more than 999 digits",
    ),
    "a day outside the calendar": (
        {"when": "add_days(today, 99999999) > today"},
        "2018-06-15 plus 99999999 days is outside the calendar",
    ),
    "half a month": (
        {"when": "add_months(today, 0.5) > today"},
        "add_months() takes a whole number of months, not 0.5",
    ),
    "too many digits": (
        {"when": "round(1, 99) > 0"},
        "round() takes a whole number of digits from -30 to 30, not 99",
    ),
    "no history": (
        {"when": "last_event(plan) < today"},
        "the rule looks into the past, and the history of the plan is not at hand",
    ),
    "no earlier days": (
        {"hold_for": 10},
        "the rule looks at earlier days, and the history of the plan is not at hand",
    ),
    "a message without end": (
        {"let": {"x": "'" + "x" * 1_900 + "'"}, "message": "{x}" * 200},
        "more than 300,000 characters to say of one subject: let the message and the conditions show fewer or shorter"
        " values",
    ),
}


def failing(name: str) -> Pack:
    return pack_of("Plan", id="test.fails", **FAILURES[name][0])


def told(
    result: CheckResult, without: str = ""
) -> tuple[dict[str, Finding], set[NotEvaluated], dict[str, dict[Outcome, int]]]:
    """All that a check says, but of one rule, and but for what stands together in a group."""
    return (
        {f.fingerprint: attrs.evolve(f, group=None) for f in result if f.rule != without},
        {n for n in result.not_evaluated if n.rule != without},
        {rule: tally for rule, tally in result.counts.items() if rule != without},
    )


@pytest.mark.parametrize("name", FAILURES)
def test_rule_that_fails_says_why(name: str) -> None:
    """In whatever part it fails, it is an error of its subject with its reason, and no finding."""
    state = state_of("- PlanOpened: {title: P, organisation: O, period: 2018}", "2018-06-15")
    result = check(state, [failing(name)])
    assert list(result) == []
    assert [("plan:test", "error", FAILURES[name][1])] == [
        (str(n.subject), n.outcome, n.reason) for n in result.not_evaluated
    ]
    assert result.counts == {"test.fails": {"finding": 0, "ok": 0, "not applicable": 0, "indeterminate": 0, "error": 1}}


@examples(0.5)
@given(histories(), days_of_2018(), st.sampled_from(sorted(FAILURES)), seeds, st.booleans())
def test_rule_that_fails_disturbs_no_other(
    history: list[RecordedEvent], day: date, name: str, seed: int, with_facts: bool
) -> None:
    """Beside the installed rules and rules written at random, before, between or after them."""
    state = state_at(history, day)
    assume(state.plan is not None)
    facts = timeline(history, as_at=day, known=len(history))
    kind = Random(seed).choice(KINDS_WITH_SUBJECTS)
    rules = [
        pack_of(kind, id=f"test.r{n}", when=when, score="1", message="{id}")
        for n, when in enumerate(rules_of(seed, kind, 3))
    ]
    packs = [*installed_packs(), *rules]
    at = seed % (len(packs) + 1)
    alone = check(state, packs, facts=(lambda: facts) if with_facts else None)
    beside = check(state, [*packs[:at], failing(name), *packs[at:]], facts=(lambda: facts) if with_facts else None)
    assert told(alone) == told(beside, "test.fails")


@examples(0.3)
@given(histories(), days_of_2018(), st.sampled_from(sorted(FAILURES)), seeds)
def test_rule_that_fails_disturbs_no_other_of_its_pack(
    history: list[RecordedEvent], day: date, name: str, seed: int
) -> None:
    """It may stand anywhere in a pack."""
    state = state_at(history, day)
    assume(state.plan is not None)
    pack = installed_packs()[seed % len(installed_packs())]
    at = seed % (len(pack.rules) + 1)
    spoilt = attrs.evolve(pack, rules=(*pack.rules[:at], *failing(name).rules, *pack.rules[at:]))
    assert told(check(state, [pack])) == told(check(state, [spoilt]), "test.fails")


# --- a subject on which a rule fails ---------------------------------------------------------------------------------

PARTS: dict[str, dict[str, Any]] = {
    "where": {"where": "POISON > 0"},
    "let": {"let": {"x": "POISON"}},
    "when": {"when": "POISON > 0 and (WHEN)"},
    "score": {"score": "POISON"},
    "message": {"message": "{id}: {POISON}"},
    "fix": {"fix": "{id}: {POISON}"},
    "cause": {"cause": "first(plan for i in [1] if POISON > 0)"},
    "affects": {"affects": "first(plan for i in [1] if POISON > 0)"},
}


def poisoned(kind: str, part: str, when: str, victim: str) -> Pack:
    """A rule that fails for one subject: it divides by how many others have the subject's id, which for it is none."""
    plural, own = PLURALS.get(SUBJECTS[kind].KIND), kind.lower()
    poison = f"1 / len(v9 for v9 in plan.{plural} if v9.id == {own}.id if v9.id != '{victim}')"
    keys: dict[str, Any] = {"when": when, **PARTS[part]}
    written = {
        key: str(text).replace("POISON", poison).replace("WHEN", when) for key, text in keys.items() if key != "let"
    }
    if part == "let":
        written["let"] = {"x": poison}  # type: ignore[assignment]
    return pack_of(kind, **written)


def others(result: CheckResult, victim: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """What is said of the other subjects: messages by fingerprint, and what could not be evaluated."""
    return (
        {f.fingerprint: f"{f.message} {f.fix} {f.score} {f.positions}" for f in result if f.subject.id != victim},
        [(n.subject.id, n.outcome, n.reason) for n in result.not_evaluated if n.subject.id != victim],
    )


@examples(0.5)
@given(histories(), days_of_2018(), seeds, st.sampled_from(sorted(PARTS)))
def test_subject_that_fails_disturbs_no_other(history: list[RecordedEvent], day: date, seed: int, part: str) -> None:
    """Whatever the rule, in whatever part it fails for one subject: all others are judged as if it had not."""
    state = state_at(history, day)
    kinds = [kind for kind in KINDS_WITH_SUBJECTS if kind != "Plan" and state.of_kind(SUBJECTS[kind].KIND)]
    assume(state.plan is not None and kinds)
    kind = Random(seed).choice(kinds)
    subjects = sorted(state.of_kind(SUBJECTS[kind].KIND))
    victim = subjects[seed % len(subjects)]
    for when in [*rules_of(seed, kind, 2), "True"]:
        sound = check(state, [poisoned(kind, part, when, "nobody")])
        spoilt = check(state, [poisoned(kind, part, when, victim)])
        assert others(sound, victim) == others(spoilt, victim)
        before, after = sound.counts["test.rule"], spoilt.counts["test.rule"]
        assert sum(before.values()) == sum(after.values()) == len(subjects)
        assert after["error"] - before["error"] in (0, 1)
        if when == "True":
            assert [n.reason for n in spoilt.not_evaluated if n.subject.id == victim] == ["1 is divided by 0"]


# --- earlier days ----------------------------------------------------------------------------------------------------

MOVED = """
- PlanOpened: {title: P, organisation: O, period: 2018}
- MeasureDefined: {measure: halved, title: Halved, lag_days: 0}
- MeasureDefined: {measure: steady, title: Steady, lag_days: 2}
- MeasureRevised: {measure: halved, lag_days: 4}
  effective: 2018-01-10
- MeasureRevised: {measure: steady, unit: days}
  effective: 2018-01-12
"""


def test_earlier_day_that_fails_is_an_error_of_its_subject() -> None:
    """Where nobody can say whether it held, the rule does not say that all is well; the others are judged."""
    facts = facts_of(MOVED, "2018-01-15")
    rule = pack_of("Measure", hold_for=10, when="4 / default(lag_days, 1) > 0", message="{title}")
    result = check(folded(facts, "2018-01-15"), [rule], facts=lambda: facts)
    assert [finding.message for finding in result] == ["Steady"]
    assert [(n.subject.id, n.outcome, n.reason) for n in result.not_evaluated] == [
        ("halved", "error", "on 5 January 2018: 4 is divided by 0")
    ]
    assert result.counts["test.rule"] == {"finding": 1, "ok": 0, "not applicable": 0, "indeterminate": 0, "error": 1}
