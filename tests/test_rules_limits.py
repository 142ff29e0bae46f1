"""What a pack may hold at most, and what is said of the rest: texts, names, expressions, former names, lists."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from plantrack.errors import ParameterError, RuleSourceError, did_you_mean
from plantrack.rules import Subject, check, load_pack
from plantrack.rules.engine import name_of
from plantrack.rules.language.arithmetic import rounded
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.routes import route
from plantrack.rules.pack import MAX_EXPRESSIONS
from plantrack.rules.parameters import with_params
from plantrack.yaml_subset import read
from tests.test_rules_language import facts_of, folded, pack_of, world
from tests.test_rules_packs import HEAD, error_of, pack_text

# --- packs -----------------------------------------------------------------------------------------------------------

RULE = "  - {{id: kpi.{}, title: T, for: {}, severity: low, when: {}, message: x{}}}\n"


@pytest.mark.parametrize(
    ("keys", "place"),
    [("title: {}", "6:12"), ("why: {}", "9:10"), ("params: {{a: {}}}", "9:17"), ("references: [{}]", "9:18")],
)
def test_longest_text(keys: str, place: str) -> None:
    """Wherever it stands, a text may have ten thousand characters, and not one more."""
    load_pack(pack_text(keys.format("x" * 10_000)), "p.yaml")
    said = f"p.yaml:{place}: a text has at most 10,000 characters, this one has 10,001\n"
    assert error_of(pack_text(keys.format("x" * 10_001))).startswith(said)


def test_longest_texts_of_the_head() -> None:
    """Also the names of the pack itself."""
    text = pack_text("when: true").replace("pack: p", f"pack: {'p' * 10_001}")
    assert error_of(text).startswith("p.yaml:2:7: a text has at most 10,000 characters, this one has 10,001\n")


def test_all_expressions_together() -> None:
    """However they are spread over rules and kinds, the expressions of a pack are bounded before any is checked."""
    long = "title == '" + "x" * 1_980 + "'"
    rules = [RULE.format(f"r{n}", "Measure", json.dumps(long), "") for n in range(101)]
    assert len(long) * 100 < MAX_EXPRESSIONS < len(long) * 101
    assert len(load_pack(HEAD + "".join(rules[:100]), "p.yaml").rules) == 100
    said = "p.yaml:105:5: the expressions of the pack have more than 200,000 characters, counted for each kind\n    … "
    wrong = error_of(HEAD + "".join(rules))
    assert wrong.startswith(said[: said.index("\n")])
    assert wrong.endswith("\n  hint: make two packs of it, or name fewer kinds")


def test_expressions_are_counted_for_each_kind() -> None:
    """A rule for several kinds is checked for each of them."""
    kinds = "[Measure, Initiative, Milestone, Goal, Risk]"
    lets = ", ".join(f"a{n}: {json.dumps(chr(39) + 'x' * 1_900 + chr(39))}" for n in range(22))
    text = HEAD + RULE.format("r", kinds, "true", f", let: {{{lets}}}")
    said = "p.yaml:5:5: the expressions of the pack have more than 200,000 characters, counted for each kind\n"
    assert error_of(text).startswith(said)
    assert load_pack(text.replace(kinds, "[Measure, Goal]"), "p.yaml").rules[0].kinds == ("Measure", "Goal")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("", ", formerly: [kpi.a]", "p.yaml:6:90: rule kpi.b: 'kpi.a' is a name of 'kpi.a'"),
        (", formerly: [kpi.old]", ", formerly: [kpi.old]", "p.yaml:6:90: rule kpi.b: 'kpi.old' is a name of 'kpi.a'"),
        (", formerly: [kpi.b]", "", "p.yaml:6:5: the rule 'kpi.b' is a former name of 'kpi.a'"),
    ],
)
def test_former_names_are_taken(first: str, second: str, said: str) -> None:
    """A name means one rule for ever: findings and waivers go by it."""
    text = HEAD + RULE.format("a", "Measure", "true", first) + RULE.format("b", "Measure", "true", second)
    assert error_of(text).startswith(f"{said}\n")


@pytest.mark.parametrize("since", ["1.0", "v1.0.0", "1.0.0-rc1", "[1.0.0]", "{a: b}", "true", "''", "1.0.0.0"])
def test_since_is_a_version(since: str) -> None:
    """Nothing else says which version of the pack brought a rule."""
    wrong = error_of(pack_text(f"since: {since}"))
    assert re.match(r"p\.yaml:9:12: rule kpi\.test: .* is not a version\n", wrong)
    assert wrong.endswith("  hint: write for example 1.0.0")


def test_since_the_beginning() -> None:
    """Where nothing is said, a rule was always there."""
    assert load_pack(pack_text("when: true"), "p.yaml").rules[0].since == ""
    assert load_pack(pack_text("since: 12.3.4"), "p.yaml").rules[0].since == "12.3.4"


def test_summary_knows_its_count() -> None:
    """And nothing of a single finding."""
    assert load_pack(pack_text("summary: '{count} of {count}'"), "p.yaml").rules[0].summary == "{count} of {count}"
    assert (
        error_of(pack_text("summary: '{count} of {titel}'"))
        == """\
p.yaml:9:14: rule kpi.test: a summary knows only {count}, and '{' stands elsewhere
    summary: '{count} of {titel}'
             ^
  hint: write what is the same for all findings; the message says the rest"""
    )


def test_error_about_a_long_name_is_short() -> None:
    """However long it is; one that is like a known name is still recognised."""
    wrong = error_of(pack_text(f"? wen{'n' * 9_000}\n: true"))
    assert len(wrong) < 700
    assert did_you_mean("wehn" + "n" * 1_000_000, ["when"]) == "known: when"
    assert did_you_mean("wehn", ["when"]) == "did you mean 'when'?"


@pytest.mark.parametrize(
    "day", ["20180228", "2018-W09-3", "2018-059", "2018-2-28", " 2018-02-28", "2018-02-28T00:00", ""]
)
def test_day_is_written_in_one_way(day: str) -> None:
    """Not in the others that Python reads."""
    wrong = error_of(pack_text(f"when: today > date('{day}')"))
    assert wrong.startswith(f"p.yaml:9:24: rule kpi.test: {day!r} is not a day\n")


# --- expressions -----------------------------------------------------------------------------------------------------

EMPTY = "any(): the items may be empty here; leave the empty ones out with `if known(...)`"
WHOLES = [
    ("observations == targets", "cannot compare list of Observation == list of Target"),
    ("observations == observations", "lists are not compared as wholes"),
    ("len((((o for o in observations) for m in plan.measures) for n in targets))", "quantifiers nest at most 2 deep"),
    ("len(((m.observations for m in plan.measures) for n in targets))", "lists hold lists at most one deep"),
    ("any(s.recurrent for s in plan.savings)", EMPTY),
]


@pytest.mark.parametrize(("expression", "said"), WHOLES)
def test_lists_as_wholes(expression: str, said: str) -> None:
    """Lists are gone through; they are not compared, hold lists only one deep, and what is asked of items is stated."""
    with pytest.raises(RuleSourceError) as wrong:
        check_alone(expression, "Measure")
    assert wrong.value.message == said


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (Decimal("1E+200"), 2, Decimal("1E+200")),
        (Decimal("1E+131"), 0, Decimal("1E+131")),
        (Decimal("123456789012345678901234567890.55"), 1, Decimal("123456789012345678901234567890.6")),
        (Decimal("2.5"), 0, Decimal(2)),
        (Decimal("3.5"), 0, Decimal(4)),
        (12_345, -2, Decimal(12_300)),
    ],
)
def test_rounding_of_any_size(value: Decimal | int, digits: int, expected: Decimal) -> None:
    """Half to even; a number that is whole for ever stays as it is."""
    assert rounded(value, digits) == expected


# --- names of findings -----------------------------------------------------------------------------------------------


def test_name_of_what_cannot_be_told_apart() -> None:
    """What tells findings apart may be empty where the rule does not fire: then there is no name yet."""
    rule = pack_of(
        "Measure", needs=["last"], let={"last": "latest(observations)"}, when="last.value < 0", identity=["last.period"]
    ).rules[0]
    linked = Linked(world())
    named = {name: name_of(rule, Subject("measure", name, ""), linked) for name in ("ae", "falls", "bare", "nobody")}
    assert named["bare"] is None
    assert named["nobody"] is None
    assert len({named["ae"], named["falls"]} - {None}) == 2


def test_nobody_asks_for_the_past_in_vain() -> None:
    """A rule that looks into it is charged for what is there; without a history it is an error that says so."""
    events = "- PlanOpened: {title: P, organisation: O, period: 2018}\n- RiskRaised: {risk: r, title: R}\n"
    facts = facts_of(events)
    state = folded(facts)
    assert Linked(state).history.longest == 0
    assert Linked(state, lambda: facts).history.longest == 1
    (failed,) = check(state, [pack_of("Plan", when="last_event(plan) == today")]).not_evaluated
    assert failed.reason == "the rule looks into the past, and the history of the plan is not at hand"


# --- parameters and routes -------------------------------------------------------------------------------------------


def test_list_of_a_program_is_taken_for_a_parameter() -> None:
    """A list as Python has it, of items of the type of those in the pack."""
    (rule,) = pack_of("Milestone", params={"words": ["a", "b"]}, when="title in words").rules
    assert with_params(rule, {"words": ["c"]}).params == {"words": ("c",)}
    with pytest.raises(ParameterError) as wrong:
        with_params(rule, {"words": [1]})
    assert str(wrong.value) == "test.rule.words needs a list of text, such as ['a', 'b']; got [1]"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Measure.", "'Measure.' is not a route, at '.'"),
        ("Measure.titel", "'Measure.titel': Measure has no field 'titel'"),
        ("Measure.title.x", "'Measure.title.x' goes on after a value, at 'x'"),
        (
            "Measure.(initiative)*.title",
            "'Measure.(initiative)*.title': (initiative)* leads from Measure to Initiative",
        ),
    ],
)
def test_route_that_leads_nowhere(path: str, said: str) -> None:
    """What a function declares to read is checked when it is written."""
    with pytest.raises(ValueError, match="^" + re.escape(said) + "$"):
        route(path)


# --- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("'\\\\ {titel}'", 19),
        ("\\ \\ {titel}", 19),
        ("'it''s \\ {titel}'", 24),
        ('"\\\\ \\t {titel}"', 22),
        ('"\\x41\\u0042 {titel}"', 27),
        ('"\\_\\t{titel}"', 20),
    ],
)
def test_place_after_a_backslash(written: str, column: int) -> None:
    """A backslash is a letter like others, but in double quotes; the error points at the name that is wrong."""
    text = pack_text(f"message: {written}")
    with pytest.raises(RuleSourceError) as wrong:
        load_pack(text, "p.yaml")
    assert wrong.value.message == "rule kpi.test: unknown name 'titel'"
    assert (wrong.value.line, wrong.value.column) == (9, column)
    assert text.splitlines()[8][column - 1 :].startswith("titel")


def test_place_beyond_the_end_is_the_beginning() -> None:
    """An offset that is not in the text has no place in it."""
    mapping, text = read("a: [b, 'cd']\n", "n.yaml")
    assert text.inside(mapping["a"].marks[1], "cd ef gh", 7) == mapping["a"].marks[1]
