"""The step budget: what is charged, that counting changes nothing else, and what it is to exceed it."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from plantrack.errors import RuleEvaluationError
from plantrack.events import RecordedEvent
from plantrack.rules import check
from plantrack.rules.language.budget import MAX_STEPS, MORE_A_SUBJECT, Budget
from plantrack.rules.language.compiler import FEW, Compiled, Run
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.language.signatures import Function
from tests.strategies import days_of_2018, examples, histories
from tests.test_rules_attacks import crowd
from tests.test_rules_engine import KINDS_WITH_SUBJECTS, rules_of, seeds, state_at
from tests.test_rules_language import facts_of, folded, pack_of, state_of

ANY_NUMBER = 10**9

# --- what is charged -------------------------------------------------------------------------------------------------


@cache
def plan_of(size: int) -> Linked:
    """A plan with one measure that has ``size`` figures and hundreds of letters, and a chain of so many initiatives."""
    events = [
        "PlanOpened: {title: P, organisation: O, period: 2018, holidays: [2018-01-01, 2018-01-02]}",
        f"MeasureDefined: {{measure: m, title: {'t' * 100 * size}}}",
        *(f"Observed: {{measure: m, period: {2000 + n // 12}-{n % 12 + 1:02}, value: {n}}}" for n in range(size)),
        *(f"InitiativeProposed: {{initiative: i{n:02}, title: I}}" for n in range(size + 1)),
        *(
            f"DependencyDeclared: {{dependency: d{n}, initiative: i{n:02}, title: T, on: 'initiative:i{n + 1:02}'}}"
            for n in range(size)
        ),
        *(f"RiskRaised: {{risk: r{n}, title: R, about: initiative:i00}}" for n in range(size)),
    ]
    facts = facts_of("\n".join(f"- {event}" for event in events))
    return Linked(folded(facts), lambda: facts)


def compiled(kind: str, **keys: Any) -> Compiled:
    return pack_of(kind, **keys).rules[0].compiled[kind]


def views(linked: Linked, kind: str) -> list[Any]:
    return linked.of_kind(SUBJECTS[kind].KIND)


def run(rule: Compiled, linked: Linked, subjects: list[Any], **limits: Any) -> Run:
    """What the rule says, with a budget."""
    return rule.run(subjects, linked.state.as_at, linked.plan, linked, Budget(len(subjects), linked.sizes, **limits))


def steps(rule: Compiled, linked: Linked) -> int:
    """The smallest budget that suffices for the first subject."""
    subject = views(linked, rule.source.kind)[:1]
    too_few, enough = -1, 2 * MAX_STEPS
    while enough - too_few > 1:
        tried = (enough + too_few) // 2
        if run(rule, linked, subject, each=tried, total=ANY_NUMBER).failed:
            too_few = tried
        else:
            enough = tried
    return enough


CHARGED = [
    # an item that is gone through is a step
    ("Measure", "any(o.value < 0 for o in observations)", 10, 20),
    ("Measure", "all(o.value >= 0 for o in observations)", 10, 20),
    ("Measure", "sum(o.value for o in observations) < 0", 10, 20),
    ("Measure", "len(o for o in observations if o.value < 0) > 5", 10, 20),
    ("Measure", "max(o.value for o in observations) is None", 10, 20),
    ("Measure", "consecutive(o.value > 0 for o in observations) > 99", 10, 20),
    # also where the first would do: what a rule costs does not depend on what it finds
    ("Measure", "any(o.value == 0 for o in observations)", 10, 20),
    # two steps for ten parts and more, three for a function of each
    ("Measure", "any(o.value < 0 and o.value < 1 and o.value < 2 and o.value < 3 for o in observations)", 20, 40),
    ("Measure", "any(round(o.value, 1) < 0 for o in observations)", 30, 60),
    ("Measure", "any(o.value * 2 < 0 for o in observations)", 30, 60),
    # a list in a list: the outer, and the inner for each
    ("Measure", "any(any(p.value > 99 for p in observations) for o in observations)", 10 + 12 * 10, 20 + 22 * 20),
    # once to make a list, once to look into it
    ("Measure", "5 in (o.value for o in observations)", 20, 40),
    ("Measure", "len(distinct(o.value for o in observations)) == 0", 10 + 1 + 20, 20 + 1 + 40),
    ("Measure", "len(group_count(o.value for o in observations)) == 0", 10 + 1 + 20, 20 + 1 + 40),
    # what is not gone through costs nothing
    ("Measure", "len(observations) == 0", 0, 0),
    ("Measure", "latest(observations) is None", 0, 0),
    ("Measure", "title in ['a', 'b']", 0, 0),
    ("Measure", "title == 'a' and lag_days is None", 0, 0),
    # a hundred characters of a text that is read
    ("Measure", "lower(title) == ''", 10, 20),
    ("Measure", "contains(title, 'x')", 10, 20),
    ("Measure", "starts_with(title, title)", 20, 40),
    # a list that is written out, too
    ("Measure", "any(word == title for word in ['a', 'b', 'c'])", 3, 3),
    # what a function looks at
    ("Measure", "change(observations) is None", 11, 21),
    ("Measure", "value_at(observations, today) is None", 11, 21),
    ("Measure", "working_days_between(today, today) > 3", 3, 3),
    ("Initiative", "len(upstream(initiative)) > 99", 2 + 2 * 10, 2 + 2 * 20),
    ("Initiative", "len(risks_of(initiative)) == 0", 11 + 2 * 10, 21 + 2 * 20),
    ("Initiative", "len(cycles(initiative)) > 0", 1, 1),
    ("Initiative", "decision_on(initiative) is not None", 1, 1),
]


@pytest.mark.parametrize(("kind", "when", "ten", "twenty"), CHARGED, ids=[when for _, when, _, _ in CHARGED])
def test_what_is_charged(kind: str, when: str, ten: int, twenty: int) -> None:
    """A rule is charged by how long the lists are that it goes through: of a plan that is twice as large, twice."""
    rule = compiled(kind, when=when)
    assert (ten, twenty) == (steps(rule, plan_of(10)), steps(rule, plan_of(20)))
    assert ten <= rule.bound(plan_of(10).sizes)
    assert twenty <= rule.bound(plan_of(20).sizes)


def test_every_part_of_a_rule_is_charged() -> None:
    """The condition, what it applies to and every named value draw on one budget."""
    loop = "any(o.value < 0 for o in observations)"
    rule = compiled("Measure", where=f"not {loop}", let={"x": loop, "y": f"x or {loop}"}, when=f"y or {loop}")
    assert steps(rule, plan_of(10)) == 40


@pytest.mark.parametrize(("keys", "items"), [({"a": "[x, y, z]"}, 3), ({"a": "[x]"}, 1), ({"a": "[]"}, 0)])
def test_parameters_are_charged_by_their_length(keys: dict[str, str], items: int) -> None:
    """What a parameter holds is known before, and is gone through like any list."""
    rule = pack_of("Measure", params={"a": keys["a"].strip("[]").split(", ") if items else []}, when="title in a")
    form = rule.rules[0].compiled["Measure"]
    assert items == steps(form, plan_of(10)) == form.bound(plan_of(10).sizes)


def _asks_for_one(function: Function, name: str) -> list[tuple[str, str]]:
    """The kinds of which a function takes one subject, each with a call."""
    return [
        (kind, f"{name}({kind.lower()})") for kind in SUBJECTS if any(p.startswith(kind) for p in function.footprint)
    ]


CALLS = [call for name, function in FUNCTIONS.items() for call in _asks_for_one(function, name)]


@pytest.mark.parametrize(("kind", "call"), CALLS, ids=[call for _, call in CALLS])
def test_whatever_looks_beyond_its_arguments_has_a_price(kind: str, call: str) -> None:
    """No function that reads the plan is free, whatever it is asked about: also where there is nothing to find."""
    function, *_ = call.split("(")
    assert plan_of(10).sizes.price(function, kind)[0] >= 1
    assert plan_of(20).sizes.price(function, kind) >= plan_of(10).sizes.price(function, kind)


@pytest.mark.parametrize(
    ("kind", "when"),
    [
        ("Initiative", "any(contains(c.text, 'x') for c in cycles(initiative))"),
        ("Initiative", "any(i.id == 'x' for i in upstream(initiative))"),
        ("Measure", "any(g.count > 99 for g in group_count(o.value for o in observations))"),
        ("Measure", "any(contains(g.value, 'x') for g in group_count(m.title for m in plan.measures))"),
    ],
)
def test_nobody_can_say_before(kind: str, when: str) -> None:
    """How long a list or text is that is made when the rule runs: such a rule is counted, and charged for it then."""
    rule, linked = compiled(kind, when=when), plan_of(10)
    assert rule.bound(linked.sizes) == float("inf")
    assert 1 <= steps(rule, linked) < 1_000
    assert linked.sizes.longest("Cycle", "initiatives") == float("inf")


# --- counting changes nothing else -----------------------------------------------------------------------------------


def outcomes(made: Run) -> dict[str, set[str]]:
    """The subjects of each outcome, with the reasons."""
    return {
        "finding": {view.id for view in made.hits},
        "unknown": {f"{view.id}: {name}" for view, name in made.unknown},
        "failed": {f"{view.id}: {reason}" for view, reason in made.failed},
        "skipped": {view.id for view in made.skipped},
    }


@examples(0.5)
@given(histories(), days_of_2018(), seeds, st.sampled_from(KINDS_WITH_SUBJECTS))
def test_counted_form_says_the_same(history: list[RecordedEvent], day: date, seed: int, kind: str) -> None:
    """Where the budget suffices, whether steps are counted or not makes no difference.

    They are not where there are many subjects, so that asking often about the same ones gives the other form. What is
    reckoned before the rule runs is enough: with that as its budget no subject fails for want of steps.
    """
    linked = Linked(state_at(history, day))
    assume(linked.plan is not None)
    subjects = views(linked, kind)
    where, *conditions = rules_of(seed, kind, 4) or ["True"]
    for when in conditions:
        rule = compiled(
            kind, where=f"({where}) or True", let={"l": when, "m": f"l and ({when})"}, when="m or not l and m"
        )
        counted = run(rule, linked, subjects)
        uncounted = run(rule, linked, subjects * FEW)
        assert outcomes(counted) == outcomes(uncounted), when
        assert len(uncounted.hits) == FEW * len(counted.hits)
        bound = rule.bound(linked.sizes)
        bounded = run(rule, linked, subjects, each=min(bound, ANY_NUMBER), total=ANY_NUMBER * (1 + len(subjects)))
        assert outcomes(counted) == outcomes(bounded), when


def test_few_subjects_are_counted_and_many_are_when_they_must_be() -> None:
    """A rule whose steps nobody can tell before is counted, however many subjects there are."""
    linked = plan_of(20)
    endless = compiled("Initiative", when="any(len(upstream(i)) > 99 for i in plan.initiatives)")
    assert endless.bound(linked.sizes) == float("inf")
    many = views(linked, "Initiative") * 5
    assert not run(endless, linked, many).failed
    assert len(run(endless, linked, many, each=100).failed) == len(many)


# --- too much --------------------------------------------------------------------------------------------------------

PAIRS = "any(any(p.value > 99 for p in observations) for o in observations)"


def test_too_much_for_one_subject() -> None:
    """Said with what was exceeded and what to do; a step fewer is enough to fail, and none is to succeed."""
    rule, linked = compiled("Measure", when=PAIRS), plan_of(10)
    (_, reason), *none = run(rule, linked, views(linked, "Measure"), each=129).failed
    assert none == []
    assert reason == (
        "more than 129 steps for one subject: do not go through one long list inside another, and name under `let` what"
        " is asked twice"
    )
    assert run(rule, linked, views(linked, "Measure"), each=130).failed == []


def test_too_much_for_all_subjects() -> None:
    """Then the rule has judged none of them: which would be left out must not depend on their order."""
    rule, linked = compiled("Initiative", when="any(i.title == 'x' for i in plan.initiatives)"), plan_of(10)
    subjects = views(linked, "Initiative")
    assert len(subjects) == 11
    assert run(rule, linked, subjects, each=11, total=121).failed == []
    too_much = run(rule, linked, subjects, each=11, total=120)
    assert [(view.id, reason) for view, reason in too_much.failed] == [
        (
            view.id,
            "more than 120 steps for 11 subjects: do not go through a list of the whole plan for each of them",
        )
        for view in subjects
    ]
    assert (too_much.hits, too_much.unknown, too_much.skipped) == ([], [], [])


@given(st.permutations(range(11)), st.integers(0, 60), st.integers(0, 500))
@example(list(range(11)), 12, 10**6)
def test_order_of_subjects_decides_nothing(order: list[int], each: int, total: int) -> None:
    """Whatever the budget, every subject comes to the same in every order; alone too, unless all take too much."""
    linked = plan_of(10)
    rule = compiled("Initiative", when="len(upstream(initiative)) > 5 or any(d.id == 'x' for d in dependants)")
    subjects = views(linked, "Initiative")
    straight = outcomes(run(rule, linked, subjects, each=each, total=total))
    assert straight == outcomes(run(rule, linked, [subjects[at] for at in order], each=each, total=total))
    if "for 11 subjects" not in str(straight):
        alone = [outcomes(run(rule, linked, [view], each=each, total=ANY_NUMBER)) for view in subjects]
        assert straight == {key: set().union(*(one[key] for one in alone)) for key in straight}


def test_rule_that_takes_too_much_takes_it_from_nobody() -> None:
    """Wherever it stands among others, they find what they find without it, to the last step of their own budgets."""
    state, facts = crowd()
    pairs = "any(any(a.id == b.title for b in plan.dependencies) for a in plan.dependencies)"
    costly = pack_of("Measure", id="test.costly", when=pairs)
    nearly = [
        pack_of("Measure", id=f"test.r{n}", message="{title}", when=" or ".join([LOOP] * 25) + " or title == 'M'")
        for n in range(2)
    ]
    alone = check(state, nearly, facts=lambda: facts)
    assert [finding.message for finding in alone] == ["M", "M"]
    for at in range(3):
        beside = check(state, [*nearly[:at], costly, *nearly[at:]], facts=lambda: facts)
        assert [n.rule for n in beside.not_evaluated] == ["test.costly"]
        assert {f.fingerprint: f for f in alone} == {f.fingerprint: f for f in beside}
        assert alone.counts == {name: tally for name, tally in beside.counts.items() if name != "test.costly"}


LOOP = "any(d.id == 'x' for d in plan.dependencies)"


# --- what is said is counted too -------------------------------------------------------------------------------------

LONG = "- PlanOpened: {title: P, organisation: O, period: 2018}\n" + "".join(
    f"- MeasureDefined: {{measure: m{n:02}, title: {'x' * (9_000 if n < 2 else 1)}}}\n" for n in range(60)
)


@pytest.mark.parametrize(
    "keys",
    [
        {"message": "{title}" * 34},
        {"fix": "{title}" * 34},
        {"when": " and ".join(["title != 'a'"] * 34)},
        {"message": "{(m.title for m in plan.measures)}" * 17},
    ],
    ids=["message", "fix", "arithmetic", "lists"],
)
def test_too_much_to_say(keys: dict[str, str]) -> None:
    """A finding that would fill pages is an error of its subject; the others are told."""
    result = check(state_of(LONG), [pack_of("Measure", **{"where": "id in ['m00', 'm59']", **keys})])
    failed = {n.subject.id: n.reason for n in result.not_evaluated}
    assert failed["m00"] == (
        "more than 300,000 characters to say of one subject: let the message and the conditions show fewer or shorter"
        " values"
    )
    assert [f.subject.id for f in result] == ["m59"] if "plan.measures" not in str(keys) else not list(result)


def test_what_needs_more_bytes_costs_more() -> None:
    """A text of other alphabets takes the place of four."""
    budget = Budget(1, plan_of(10).sizes, each=40)
    assert budget.say("ab") == "ab"
    assert budget.say("é" * 9) == "é" * 9
    budget.keep("", 2)
    with pytest.raises(RuleEvaluationError, match=r"^more than 40 characters to say of one subject: let the message"):
        budget.say("a")


def test_too_much_to_say_of_all() -> None:
    """Findings that together would fill a book are all refused, so that none depends on the order."""
    titles = "".join(f"- MeasureDefined: {{measure: n{n}, title: {'y' * 9_900}}}\n" for n in range(60))
    state = state_of("- PlanOpened: {title: P, organisation: O, period: 2018}\n" + titles)
    result = check(state, [pack_of("Measure", message="{title}" * 28)])
    assert list(result) == []
    assert {n.reason for n in result.not_evaluated} == {
        f"more than {10_000_000 + 60 * MORE_A_SUBJECT:,} steps for 60 subjects: do not go through a list of the whole"
        " plan for each of them"
    }
    assert len(result.not_evaluated) == result.counts["test.rule"]["error"] == 60


def test_budget_that_is_used_up_stays_so() -> None:
    """Once all subjects have taken too much, the next is refused before it begins."""
    budget = Budget(2, plan_of(10).sizes, each=10, total=15)
    for _ in range(2):
        budget.start()
        assert budget.walk([0] * 8) == [0] * 8
    assert budget.exhausted
    with pytest.raises(
        RuleEvaluationError, match=r"^more than 15 steps for 2 subjects: do not go through a list of the"
    ):
        budget.start()
