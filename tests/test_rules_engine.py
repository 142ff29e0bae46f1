"""What rules say of a state: outcomes, findings, their arithmetic, their evidence, their names; and laws of all of it.

The laws run expressions that are written at random over histories that are written at random, against an evaluator
that takes the original text and the plain state, one subject at a time, and shares nothing with the engine.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, localcontext
from functools import cache
from itertools import pairwise
from random import Random
from textwrap import dedent
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import plantrack
from plantrack.bitemporal import timeline
from plantrack.errors import RuleSourceError
from plantrack.events import MilestoneSet, PlanOpened, RecordedEvent
from plantrack.period import Period
from plantrack.rules import CheckResult, Explanation, Finding, Subject, check, installed_packs
from plantrack.rules.findings import fingerprint
from plantrack.rules.language.checker import check as check_expression
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.graph import cycles
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, PERIOD, SUBJECTS, TEXT, Type, fields_of
from plantrack.rules.language.scope import Scope
from plantrack.state import AnyRef, Plan, Ref, State, fold
from tests.strategies import days_of_2018, examples, histories
from tests.test_rules_language import pack_of, result_of, state_of


def after(events: str) -> State:
    """What events in the notation of journals lead to; the plan is opened first, at position 1."""
    opened = "- PlanOpened: {title: P, organisation: O, period: 2018}\n"
    return state_of(opened + dedent(events).lstrip("\n"))


def finding_of(events: str, kind: str, **keys: object) -> Finding:
    """The one finding of one rule after some events."""
    (found,) = result_of(after(events), kind, **keys).findings
    return found


# --- outcomes --------------------------------------------------------------------------------------------------------

THREE = """
- MeasureDefined: {measure: four, title: Four, lag_days: 4}
- MeasureDefined: {measure: zero, title: Zero, lag_days: 0}
- MeasureDefined: {measure: none, title: None stated}
- MeasureDefined: {measure: none-counted, title: Not counted, definition: by-reference}
- MeasureDefined: {measure: forty, title: Forty, lag_days: 40}
"""


def test_every_outcome() -> None:
    """Each subject has one of five outcomes; indeterminate and error are told with their reason."""
    rule = {
        "where": "definition == 'defined'",
        "needs": ["lag_days"],
        "when": "8 / lag_days > 1",
        "score": "8 / lag_days",
    }
    result = result_of(after(THREE), "Measure", message="{title}: {8 / lag_days}", **rule)
    assert [("four", "Four: 2", Decimal(2))] == [(f.subject.id, f.message, f.score) for f in result]
    assert [
        (Subject("measure", "zero", "Zero"), "error", "8 is divided by 0"),
        (Subject("measure", "none", "None stated"), "indeterminate", "lag_days is not stated"),
    ] == [(n.subject, n.outcome, n.reason) for n in result.not_evaluated]
    assert result.counts == {"test.rule": {"finding": 1, "ok": 1, "not applicable": 1, "indeterminate": 1, "error": 1}}


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"when": "1 / default(lag_days, 1) > 0"}, "1 is divided by 0"),
        ({"where": "1 / default(lag_days, 1) > 0"}, "1 is divided by 0"),
        ({"let": {"l": "1 / default(lag_days, 1)"}}, "1 is divided by 0"),
        ({"score": "1 / default(lag_days, 1)"}, "1 is divided by 0"),
        ({"message": "{0 / default(lag_days, 1)}"}, "0 is divided by 0"),
        ({"fix": "{1.5 / default(lag_days, 1)}"}, "1.5 is divided by 0"),
        ({"when": "1 > 0 / default(lag_days, 1)"}, "0 is divided by 0"),
        (
            {"when": "round(1, default(lag_days, 1) / 8 + 0.5) >= 0", "where": "default(lag_days, 1) in [0, 4]"},
            "round() takes a whole number of digits from -30 to 30, not 0.5",
        ),
        (
            {"when": "round(1, 50 - default(lag_days, 30)) >= 0"},
            "round() takes a whole number of digits from -30 to 30, not 50",
        ),
    ],
)  # fmt: skip
def test_failure_is_an_error_of_that_subject_alone(keys: dict[str, object], reason: str) -> None:
    """Wherever a rule fails for one subject, it says which and why, and judges the others as if nothing were."""
    result = result_of(after(THREE), "Measure", **keys)
    (failed,) = (n for n in result.not_evaluated if n.subject.id == "zero")
    assert (Subject("measure", "zero", "Zero"), "error", reason) == (failed.subject, failed.outcome, failed.reason)
    assert "zero" not in {finding.subject.id for finding in result}
    assert "forty" in {finding.subject.id for finding in result} or "where" in keys
    without = "\n".join(line for line in THREE.splitlines() if "zero" not in line)
    others = result_of(after(without), "Measure", **keys)
    assert {f.subject: f.message for f in others} == {f.subject: f.message for f in result}


def test_dependency_in_words_cannot_be_judged() -> None:
    """``unmet`` of a dependency that is stated only in words is an error that says what to test."""
    events = """
      - InitiativeProposed: {initiative: i, title: I}
      - DependencyDeclared: {dependency: d, initiative: i, title: Good will}
      - DependencyDeclared: {dependency: e, initiative: i, title: Itself, on: initiative:i}
    """
    result = result_of(after(events), "Dependency", when="unmet(dependency)")
    assert [finding.subject.id for finding in result] == ["e"]
    assert [failure.reason for failure in result.not_evaluated] == [
        "dependency 'd' is stated only in words, or on a measure; test `on_initiative`, `on_milestone` or `on_external`"
        " before unmet()"
    ]


def test_nothing_is_said_before_the_plan_is_open() -> None:
    """Where the plan does not exist, there are no subjects."""
    result = check(state_of("- PlanOpened: {title: P, organisation: O, period: 2018}", "2016-01-01"), installed_packs())
    assert (result.findings, result.not_evaluated, result.title) == ((), (), "test")


def test_reason_for_indeterminate_names_what_is_empty() -> None:
    """An empty let is told with its expression, an empty field by its name; the first that is empty counts."""
    keys: dict[str, object] = {"let": {"last": "latest(observations)"}, "needs": ["last", "unit"]}
    events = "- MeasureDefined: {measure: m, title: M}\n"
    (unknown,) = result_of(after(events), "Measure", **keys).not_evaluated
    assert unknown.reason == "unit is not stated"
    events = "- MeasureDefined: {measure: m, title: M, unit: days}\n"
    (unknown,) = result_of(after(events), "Measure", **keys).not_evaluated
    assert unknown.reason == "latest(observations): there are no observations"


def test_rule_for_several_kinds() -> None:
    """A rule for several kinds judges the subjects of each."""
    pack = pack_of("Measure")
    rule = pack_of("Measure", **{"for": ["Measure", "Risk"], "when": "contains(title, 'M')"}).rules[0]
    state = after("- MeasureDefined: {measure: m, title: M}\n- RiskRaised: {risk: r, title: R}\n")
    result = check(state, [attrs.evolve(pack, rules=(rule,))])
    assert [str(finding.subject) for finding in result] == ["measure:m"]
    assert (result.counts["test.rule"]["finding"], result.counts["test.rule"]["ok"]) == (1, 1)


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        Context(prec=2),
        Context(prec=50, rounding=ROUND_DOWN),
        Context(traps=[]),
        Context(Emax=1, Emin=-1),
    ],
    ids=["prec=2", "prec=50", "no traps", "Emax=1"],
)
def test_arithmetic_is_not_the_callers(context: Context) -> None:
    """Whatever decimal context the embedding program sets, the rules compute alike: exactly, and never with NaN."""
    state = after(THREE)
    keys: dict[str, object] = {
        "when": "95 - 76.91 == 18.09",
        "message": "{1000.125 * 3} {1 / 3 * 3} {100 / default(lag_days, 1)}",
    }
    expected = result_of(state, "Measure", **keys)
    assert expected.findings[0].message == "3,000.4 1 2.5"
    with localcontext(context):
        result = result_of(state, "Measure", **keys)
    assert (expected.findings, expected.not_evaluated) == (result.findings, result.not_evaluated)
    assert [failure.reason for failure in result.not_evaluated] == ["100 is divided by 0"]


def test_large_numbers_of_the_plan_are_exact() -> None:
    """Thirty digits on either side of the point are kept, compared, rounded and shown."""
    whole, fraction = "123456789012345678901234567890", "0." + "0" * 27 + "123"
    events = f"""
      - MeasureDefined: {{measure: m, title: M}}
      - Observed: {{measure: m, period: 2017, value: "{whole}.125"}}
        effective: 2017
      - Observed: {{measure: m, period: 2018-01, value: "{fraction}"}}
        effective: 2018-01
    """
    finding = finding_of(
        events,
        "Measure",
        let={"big": "first(observations)", "small": "latest(observations)"},
        needs=["big", "small"],
        when="big.value > 123 and small.value > 0 and round(big.value, 2) != big.value and round(small.value, 29) != 0",
        score="big.value",
        message="{big.value} {round(big.value, 0)} {small.value}",
    )
    assert finding.message == "123,456,789,012,345,678,901,234,567,890.1 123,456,789,012,345,678,901,234,567,890 0"
    assert Decimal(f"{whole}.125") == finding.score


def test_numbers_cannot_grow_without_end() -> None:
    """Values that square each other end in an error, at once."""
    lets = {"n0": "len(plan.measures) + 999999999999999"} | {f"n{i}": f"n{i - 1} * n{i - 1}" for i in range(1, 40)}
    before = time.process_time()
    result = result_of(after(THREE), "Measure", let=lets, when="n39 > 0")
    assert time.process_time() - before < 5  # loose: traced runs on a busy machine are slow
    assert {"a number is out of bounds: more than 999 digits"} == {failure.reason for failure in result.not_evaluated}
    assert len(result.not_evaluated) == 5


# --- lets and lists --------------------------------------------------------------------------------------------------

SERIES = """
- MeasureDefined: {measure: m, title: M}
- Observed: {measure: m, period: 2017-12, value: 1}
  effective: 2017-12
- Observed: {measure: m, period: 2018-01, value: 2}
  effective: 2018-01
"""


@pytest.mark.parametrize(
    ("lets", "when"),
    [
        ({"xs": "(o for o in observations)"}, "len(xs) == 2 and len(xs) == 2 and any(x.value == 1 for x in xs)"),
        ({"xs": "(o.value for o in observations)"}, "sum(xs) == 3 and max(xs) == 2 and 1 in xs and 2 in xs"),
        ({"xs": "(o.value for o in observations)", "ys": "(x * 2 for x in xs)"}, "sum(xs) == 3 and sum(ys) == 6"),
        (
            {"xs": "default(latest(p.observations for p in plan.measures), (o for o in observations))"},
            "len(xs) == 2 and len(xs) == 2",
        ),
        (
            {"xs": "default(latest(p.observations for p in plan.measures if False), (o for o in observations))"},
            "len(xs) == 2 and len(xs) == 2",
        ),
        (
            {"xs": "latest((o.value for o in p.observations) for p in plan.measures)"},
            "xs is not None and sum(xs) == 3 and sum(xs) == 3",
        ),
        (
            {"xs": "first((o.value for o in p.observations) for p in plan.measures)"},
            "xs is not None and 2 in xs and 1 in xs",
        ),
    ],
)  # fmt: skip
def test_list_can_be_read_twice(lets: dict[str, str], when: str) -> None:
    """A named list is the same however often it is looked at, and in messages too."""
    finding = finding_of(SERIES, "Measure", let=lets, when=when, message="{xs} {xs}")
    first, second = finding.message[: len(finding.message) // 2], finding.message[len(finding.message) // 2 + 1 :]
    assert first == second
    assert "generator" not in first
    assert not {"none", ""} & {first}


def test_items_are_told_up_to_five() -> None:
    """A long list is cut in a message, and says by how much."""
    events = "".join(f"- RiskRaised: {{risk: r{n}, title: R{n}}}\n" for n in range(7))
    assert finding_of(events, "Plan", message="{risks}").message == "R0, R1, R2, R3, R4 and 2 more"


# --- findings --------------------------------------------------------------------------------------------------------


def told(explanation: Explanation, depth: int = 0) -> Iterator[str]:
    """An explanation as indented lines."""
    yield f"{'  ' * depth}{explanation.expression} = {explanation.value}"
    for part in explanation.because:
        yield from told(part, depth + 1)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"when": "True"}, "True = true"),
        (
            {
                "let": {"last": "latest(observations)", "short": "5 - last.value"},
                "needs": ["last"],
                "when": "short > 1 + 1",
            },
            """
            short > 1 + 1 = true
              short = 3
                5 - last.value = 3
                  last.value = 2
              1 + 1 = 2
            """,
        ),
        (
            {"when": "unit is None or title == 'x'"},
            """
            unit is None or title == 'x' = true
              unit is None = true
                unit = (not stated)
            """,
        ),
        (
            {"when": "unit is not None or  title=='M' and not (2<1)"},
            """
            unit is not None or title=='M' and not (2<1) = true
              unit is not None = false
                unit = (not stated)
              title=='M' and not (2<1) = true
                title=='M' = true
                  title = M
                not (2<1) = true
                  2<1 = false
            """,
        ),
        (
            {"when": "any(o.value > 1 for o in observations) and sum(o.value for o in observations) == 3"},
            """
            any(o.value > 1 for o in observations) and sum(o.value for o in observations) == 3 = true
              any(o.value > 1 for o in observations) = true
              sum(o.value for o in observations) == 3 = true
                sum(o.value for o in observations) = 3
            """,
        ),
        (
            {"let": {"n": "len(observations)"}, "when": "n + n == 4 and n > 1"},
            """
            n + n == 4 and n > 1 = true
              n + n == 4 = true
                n + n = 4
                  n = 2
                    len(observations) = 2
                      observations = 1 for December 2017, 2 for January 2018
                  n = 2
              n > 1 = true
                n = 2
            """,
        ),
        (
            {"when": "2 in (o.value for o in observations) and today > date('2018-01-01')"},
            """
            2 in (o.value for o in observations) and today > date('2018-01-01') = true
              2 in (o.value for o in observations) = true
                (o.value for o in observations) = 1, 2
              today > date('2018-01-01') = true
                today = 28 February 2018
                date('2018-01-01') = 1 January 2018
            """,
        ),
        ({"when": "title == 'M' and\n  'é' != title"}, """
            title == 'M' and 'é' != title = true
              title == 'M' = true
                title = M
              'é' != title = true
                title = M
            """),
    ],
)  # fmt: skip
def test_explanation(keys: dict[str, object], expected: str) -> None:
    """The expression as it is written, with the value of each part that was evaluated; a let is told once."""
    assert dedent(expected).strip() == "\n".join(told(finding_of(SERIES, "Measure", **keys).explanation))


def test_explanation_does_not_double() -> None:
    """Lets that use lets twice, and lets in a long chain, give an explanation of modest size, at once."""
    lets = {"n0": "len(plan.measures)"} | {f"n{i}": f"n{i - 1} + n{i - 1} - n{i - 1}" for i in range(1, 49)}
    before = time.process_time()
    finding = finding_of(SERIES, "Measure", let=lets, when="n48 > 0")
    assert time.process_time() - before < 5  # loose: traced runs on a busy machine are slow
    lines = list(told(finding.explanation))
    assert len(lines) < 200
    assert max(len(line) - len(line.lstrip()) for line in lines) <= 2 * 40


def test_most_serious_first() -> None:
    """Severity first, then the order of the rules, then the higher score, then the subject's id."""
    low, high = pack_of("Measure", score="default(lag_days, 0)"), pack_of("Measure", severity="high")
    rules = (attrs.evolve(low.rules[0], id="a.low"), attrs.evolve(high.rules[0], id="b.high"))
    result = check(after(THREE), [attrs.evolve(low, rules=rules)])
    assert [
        *[("b.high", name) for name in ("forty", "four", "none", "none-counted", "zero")],
        *[("a.low", name) for name in ("forty", "four", "none", "none-counted", "zero")],
    ] == [(finding.rule, finding.subject.id) for finding in result]


def test_finding_says_all_of_it() -> None:
    """Every part of a finding, as it is handed out."""
    texts = {"title": "Title", "summary": "{count} x", "fix": "Do {title}", "message": "{title}!"}
    finding = finding_of(SERIES, "Measure", score="1.5", severity="high", **texts)
    assert finding == Finding(
        fingerprint="F-afc0ddcb491a",
        plan="test",
        rule="test.rule",
        rule_title="Title",
        summary="{count} x",
        severity="high",
        subject=Subject("measure", "m", "M"),
        message="M!",
        fix="Do M",
        score=Decimal("1.5"),
        explanation=Explanation("True", "true", ()),
        positions=(2,),
        evidence=(),
    )


def test_tracker_names_the_evidence() -> None:
    """The ids of the evidence events stand in a finding, in order of position."""
    with plantrack.open(":memory:") as tracker:
        plan = tracker.plan("p")
        period = Period.parse("2018")
        plan.record(PlanOpened(title="P", organisation="O", period=period), effective="2018-01-01")
        (recorded,) = plan.record(MilestoneSet(milestone="m", title="M", due=period), effective="2018-01-02")
        (finding,) = plan.check(as_at="2019-01-01")
        assert ((2,), (recorded.event_id,)) == (finding.positions, finding.evidence)


# --- fingerprints ----------------------------------------------------------------------------------------------------


def test_fingerprint_is_stable() -> None:
    """These names stand in minutes and waivers: they are the same for ever."""
    subject = Subject("measure", "ae-4-hour", "A&E within 4 hours")
    assert fingerprint("medway", "kpi.missed-target", subject, []) == "F-04420b75f9db"
    assert fingerprint("medway", "kpi.missed-target", subject, [Period.parse("2017/18"), "t1"]) == "F-469e66c95bfe"


FINGERPRINTED: dict[str, object] = {
    "let": {"last": "latest(observations)"},
    "needs": ["last"],
    "identity": ["last.period", "id"],
}


@pytest.mark.parametrize(
    "keys",
    [
        {"message": "other"},
        {"severity": "critical"},
        {"score": "5"},
        {"title": "Other"},
        {"fix": "other"},
        {"summary": "other"},
        {"when": "1 < 2"},
        {"where": "title == 'M'"},
        {"params": {"a": 1}},
    ],
    ids=str,
)
def test_fingerprint_does_not_depend_on(keys: dict[str, object]) -> None:
    """Rewording, regrading and rescoring a rule leave the names of its findings alone."""
    expected = finding_of(SERIES, "Measure", **FINGERPRINTED).fingerprint
    assert expected == finding_of(SERIES, "Measure", **{**FINGERPRINTED, **keys}).fingerprint


def test_fingerprint_does_not_depend_on_values_or_words() -> None:
    """A corrected figure, a new title, another position and a period in other words leave the name alone."""
    expected = finding_of(SERIES, "Measure", **FINGERPRINTED).fingerprint
    events = """
      - MeasureDefined: {measure: other, title: Other, definition: by-reference}
      - MeasureDefined: {measure: m, title: Reworded}
      - Observed: {measure: m, period: January 2018, value: 3}
        effective: 2018-02-01
    """
    assert expected == finding_of(events, "Measure", **FINGERPRINTED, where="definition == 'defined'").fingerprint


@pytest.mark.parametrize(
    ("events", "keys"),
    [
        (SERIES, {"id": "test.other"}),
        (SERIES.replace("measure: m", "measure: other"), {}),
        (SERIES.replace("2018-01", "2018-02"), {}),
        (SERIES, {"identity": ["last.period"]}),
        (SERIES, {"identity": ["id", "last.period"]}),
        (SERIES, {"identity": []}),
    ],
    ids=["rule", "subject", "period", "less", "order", "none"],
)
def test_fingerprint_depends_on(events: str, keys: dict[str, object]) -> None:
    """Plan, rule, subject and identity make the name."""
    expected = finding_of(SERIES, "Measure", **FINGERPRINTED)
    other = finding_of(events, "Measure", **{**FINGERPRINTED, **keys})
    assert expected.fingerprint != other.fingerprint
    state = attrs.evolve(after(SERIES), plan_id="other")
    assert expected.fingerprint != result_of(state, "Measure", **FINGERPRINTED).findings[0].fingerprint


# --- evidence --------------------------------------------------------------------------------------------------------

CHAIN = """
- InitiativeProposed: {initiative: one, title: One}                                       # 2
- InitiativeProposed: {initiative: two, title: Two}                                       # 3
- InitiativeProposed: {initiative: three, title: Three}                                   # 4
- ExternalRegistered: {external: bid, title: Bid, status: submitted}                      # 5
- DependencyDeclared: {dependency: d6, initiative: one, title: T, on: initiative:two}     # 6
- DependencyDeclared: {dependency: d7, initiative: two, title: T, on: initiative:three}   # 7
- DependencyDeclared: {dependency: d8, initiative: one, title: T, on: external:bid}       # 8
- DependencyDeclared: {dependency: d9, initiative: one, title: Words}                     # 9
- DependencyDeclared: {dependency: d10, initiative: one, title: T, on: initiative:three}  # 10
- DependencyWithdrawn: {dependency: d10}                                                  # 11
"""
LOOP = CHAIN + "- DependencyDeclared: {dependency: d12, initiative: two, title: T, on: initiative:one}\n"
REBASED = """
- MeasureDefined: {measure: m, title: M}                         # 2
- TargetSet: {measure: m, comparator: at-least, value: 95}       # 3
- Observed: {measure: m, period: 2017-12, value: 99}             # 4
  effective: 2017-12
- Observed: {measure: m, period: 2018-01, value: 80}             # 5
  effective: 2018-01
- TargetSet: {measure: m, comparator: at-least, value: 90}       # 6
  effective: 2018-02-01
- MeasureRevised: {measure: m, unit: "%"}                        # 7
  effective: 2018-02-02
"""
MISSED = {"let": {"last": "latest(observations)"}, "needs": ["last", "target"], "when": "shortfall(last, target) > 0"}
RISK = """
- InitiativeProposed: {initiative: i, title: I, attributes: {beds: 3}}          # 2
- RiskRaised: {risk: r, title: R, about: initiative:i}                          # 3
- InitiativeStarted: {initiative: i}                                            # 4
- InitiativeRevised: {initiative: i, attributes: {beds: 12}}                    # 5
- CommitmentMade: {commitment: c, title: C, about: risk:r}                      # 6
- CommitmentMade: {commitment: d, title: D, about: risk:r, kind: mitigation}    # 7
- CommitmentMet: {commitment: d}                                                # 8
- RiskAssessed: {risk: r, likelihood: 3, impact: 4}                             # 9
"""
FILTERED = {"let": {"xs": "(o for o in observations if o.value < 90)"}, "when": "len(xs) == 1"}
FOLLOWED = "about_initiative is not None and about_initiative.status == 'active'"
LISTED = """
- FrameworkDefined: {framework: f, title: F, version: "1", codes: [{code: a}]}    # 2
- FrameworkDefined: {framework: f, title: F, version: "2", codes: [{code: b}]}    # 3
"""
EVIDENCE = [
    ("a field", REBASED, "Measure", "title == 'M'", (2,)),
    ("a field that was revised", REBASED, "Measure", "unit == '%'", (7,)),
    ("what decided and what was read before it", REBASED, "Measure", "title == 'x' or unit == '%'", (2, 7)),
    ("not what was never read", REBASED, "Measure", "title == 'M' or unit == '%'", (2,)),
    ("where", REBASED, "Measure", {"where": "unit is not None"}, (7,)),
    ("a target in force and its last rebase", REBASED, "Measure", MISSED, (3, 5, 6)),
    ("items that hold, for any", REBASED, "Measure", "any(o.value < 90 for o in observations)", (5,)),
    ("the item that fails, for all", REBASED, "Measure", "not all(o.value > 90 for o in observations)", (5,)),
    ("items of a filter", REBASED, "Measure", "len(o for o in observations if o.value < 90) == 1", (5,)),
    ("items of a let", REBASED, "Measure", FILTERED, (5,)),
    ("all items of a sum", REBASED, "Measure", "sum(o.value for o in observations) > 1", (4, 5)),
    ("nothing, so the opening", REBASED, "Measure", "True", (2,)),
    ("what needs names", REBASED, "Measure", {"needs": ["unit"]}, (7,)),
    ("absence", REBASED, "Measure", "len(reports) == 0", (2,)),
    ("absence among items", REBASED, "Measure", "not any(o.value > 100 for o in observations)", (2,)),
    ("an object that is followed", RISK, "Risk", "about_initiative is None or about_initiative.kind != 'x'", (2, 3)),
    ("a field of it that was set later", RISK, "Risk", FOLLOWED, (3, 4)),
    ("an object that is not there", RISK, "Risk", "about_goal is None", (3,)),
    ("its list of values", RISK, "Initiative", "any(a.number is not None and a.number > 9 for a in attributes)", (5,)),
    ("others that refer to it", RISK, "Risk", "any(c.kind == 'mitigation' for c in commitments)", (7,)),
    ("others in their last state", RISK, "Risk", "any(c.status == 'met' for c in commitments)", (8,)),
    ("two of its own fields", RISK, "Risk", "likelihood is not None and impact is not None", (9,)),
    ("the plan", RISK, "Risk", "plan.currency == 'GBP'", (1,)),
    ("a dependency and what it is on", CHAIN, "Dependency", "on_external is not None and unmet(dependency)", (5, 8)),
    ("the links upstream", CHAIN, "Initiative", "len(upstream(initiative)) == 2", (6, 7)),
    ("the links downstream", CHAIN, "Initiative", "len(downstream(initiative)) == 2", (6, 7)),
    ("the links of a loop", LOOP, "Initiative", "len(cycles(initiative)) > 0", (6, 12)),
    ("a list in its last version", LISTED, "Framework", "'b' in codes", (3,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "kind", "when", "expected"), [case[1:] for case in EVIDENCE], ids=[case[0] for case in EVIDENCE]
)
def test_evidence(events: str, kind: str, when: str | dict[str, object], expected: tuple[int, ...]) -> None:
    """A finding rests on the events that set what was read and decided, on all of them and on no others."""
    keys: dict[str, object] = {"when": when} if isinstance(when, str) else when
    assert expected == finding_of(events, kind, **keys).positions


@pytest.mark.parametrize(
    ("status", "expected"),
    [("submitted", (4, 6)), ("lost", (6, 7)), ("delayed", (6, 7))],
)
def test_unmet_rests_on_the_status_of_what_is_needed(status: str, expected: tuple[int, ...]) -> None:
    """The last report on the bid is evidence that it is not won, whatever else the rule reads."""
    events = """
      - InitiativeProposed: {initiative: i, title: I}
      - InitiativeProposed: {initiative: j, title: J}
      - ExternalRegistered: {external: bid, title: Bid, status: submitted}
      - InitiativeStarted: {initiative: i}
      - DependencyDeclared: {dependency: d, initiative: i, title: T, on: external:bid}
    """
    if status != "submitted":
        events += f"  - ExternalStatusReported: {{external: bid, status: {status}}}\n"
    assert expected == finding_of(events, "Dependency", when="unmet(dependency)").positions


# --- laws ------------------------------------------------------------------------------------------------------------


KINDS_WITH_SUBJECTS = [
    "Measure",
    "Initiative",
    "Milestone",
    "Dependency",
    "Target",
    "Risk",
    "Commitment",
    "Goal",
    "Plan",
    "External",
]


class Writer:
    """Writes expressions at random from the published fields: right ones, nearly always."""

    def __init__(self, seed: int, kind: str) -> None:
        self.random = Random(seed)
        self.kind = kind
        self.names = {**fields_of(kind), "today": DAY, "plan": Type("Plan"), kind.lower(): Type(kind)}
        self.loops = 0

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def reach(self, wanted: Callable[[Type], Any]) -> str | None:
        """The text of a name, or of a field behind objects that are there, whose type is wanted."""
        found, here = [], list(self.names.items())
        for _ in range(3):
            found += [text for text, of in here if wanted(of)]
            behind = [(text, of) for text, of in here if of.is_object and not of.optional]
            here = [(f"{text}.{name}", field) for text, of in behind for name, field in fields_of(of.name).items()]
            here = self.random.sample(here, min(len(here), 40))
        return self.random.choice(found) if found else None

    def known(self, text: str, of: Type, write: Callable[[], str]) -> str:
        """What is written while ``text`` counts as there."""
        before, self.names = self.names, {**self.names, text: of}
        try:
            return write()
        finally:
            self.names = before

    def over(self, write: Callable[[], str], depth: int) -> str:
        """``... for x in list``, perhaps with filters."""
        lists = {text: self.names[text].of for text in self.names if self.names[text].of}
        for owner in ("plan", self.kind.lower()):
            fields = fields_of(self.names[owner].name)
            lists |= {f"{owner}.{name}": field.of for name, field in fields.items() if field.of}
        common = {*KINDS_WITH_SUBJECTS, "Observation"}  # what histories hold most of
        lists = {text: of for text, of in lists.items() if of and of.name in common} or lists
        text, item = self.random.choice(list(lists.items()))
        if self.random.random() < 0.15:
            text = f"(w for w in {text})"
        assert item is not None
        self.loops += 1
        variable = f"v{self.loops}"
        try:
            tests = [self.known(variable, item, lambda: self.truth(depth - 1)) for _ in range(self.one(0, 0, 1, 2))]
            element = self.known(variable, item, write)
        finally:
            self.loops -= 1
        return f"{element} for {variable} in {text}" + "".join(f" if {test}" for test in tests)

    def number(self, depth: int) -> str:
        there, maybe = self.reach(lambda t: t == NUMBER), self.reach(lambda t: t == NUMBER.maybe)
        leaves = [self.one("0", "1", "2.5", ".1", "30"), *([there] if there else [])]
        if maybe:
            leaves.append(f"default({maybe}, {self.one('0', '3')})")
        if depth <= 0:
            return str(self.one(*leaves))

        def inner() -> str:
            return self.number(depth - 1)

        figure, target = self.reach(lambda t: t == Type("Observation")), self.reach(lambda t: t == Type("Target"))
        if figure and target and self.random.random() < 0.5:
            return f"shortfall({figure}, {target})"
        form = self.random.randrange(9)
        if form == 0:
            return f"({inner()} {self.one('+', '-', '*', '/')} {inner()})"
        if form == 1:
            return f"len({self.over(lambda: self.truth(0), depth)})"
        if form == 2:
            return f"sum({self.over(inner, depth)})"
        if form == 3:
            return f"default({self.one('min', 'max')}({self.over(inner, depth)}), {inner()})"
        if form == 4:
            return f"{self.one('min', 'max')}({inner()}, {inner()})"
        if form == 5:
            return f"round({inner()}, {self.one('0', '1', '2', inner())})"
        if form == 6:
            return f"abs(-{inner()})"
        if form == 7:
            return f"days_between({self.day()}, {self.day()})"
        there = self.reach(lambda t: t == Type("Initiative"))
        return f"len({self.one('upstream', 'downstream')}({there}))" if there else inner()

    def day(self) -> str:
        """A day or a period."""
        there = self.reach(lambda t: t in (DAY, PERIOD)) or "today"
        return str(
            self.one(there, "today", "date('2018-06-15')", f"period_end({there})", f"max(today, period_end({there}))")
        )

    def text(self) -> str:
        there = self.reach(lambda t: t == TEXT) or "'a'"
        maybe = self.reach(lambda t: t == TEXT.maybe)
        return str(self.one(there, f"lower({there})", "'measure-1'", f"default({maybe}, 'x')" if maybe else there))

    def truth(self, depth: int) -> str:
        inner = depth - 1
        form = self.random.randrange(13 if depth > 0 else 5)
        if form == 0:
            return f"{self.number(inner)} {self.one('<', '<=', '>', '>=', '==', '!=')} {self.number(inner)}"
        if form == 1:
            return f"{self.day()} {self.one('<', '>')} {self.day()}"
        if form == 2:
            return f"{self.text()} {self.one('==', '!=')} {self.text()}"
        if form == 3:
            return str(self.one(f"contains({self.text()}, {self.text()})", f"{self.text()} in ['a', 'measure-1']"))
        if form == 4:
            there = self.reach(lambda t: t == BOOL)
            maybe = self.reach(lambda t: t.optional)
            return str(
                self.one(there or "True", f"{maybe} {self.one('is', 'is not', '==', '!=')} None" if maybe else "False")
            )
        if form == 5:
            return f"({self.truth(inner)} {self.one('and', 'or')} {self.truth(inner)})"
        if form == 6:
            return f"not ({self.truth(inner)})"
        if form in (7, 8, 9):
            maybe, of = self.reach(lambda t: t.optional), None
            if form == 9 and (several := self.reach(lambda t: t.of)):
                maybe = f"{self.one('latest', 'first')}({several})"
            if maybe is None:
                return self.truth(inner)
            of = self.type_of(maybe)
            used = self.known(maybe, of, lambda: self.truth(inner))
            return f"({self.one(f'{maybe} is not None and', f'{maybe} is None or')} {used})"
        if form == 10:
            return f"{self.text()} in ({self.over(self.text, depth)})"
        return f"{self.one('any', 'all')}({self.over(lambda: self.truth(inner), depth)})"

    def type_of(self, text: str) -> Type:
        scope = Scope(self.kind)
        loops = {name: of for name, of in self.names.items() if name.startswith("v") and name[1:].isdigit()}
        scope.lets.update(loops)  # the nearest thing to an item that a text by itself may speak of
        scope.present = frozenset(self.names)
        return check_expression(text, scope).type.required


def rules_of(seed: int, kind: str, wanted: int) -> list[str]:
    """Some expressions that the checker takes."""
    writer, found = Writer(seed, kind), []
    for _ in range(100):
        text = writer.truth(writer.one(1, 2, 3))
        try:
            check_alone(text, kind, BOOL)
        except RuleSourceError:
            continue
        found.append(text)
        if len(found) == wanted:
            break
    return found


class Failed(Exception):
    """The naive evaluator cannot say."""


@cache
def hints_of(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def marker_of(cls: Any, name: str) -> Ref | AnyRef | None:
    hint = hints_of(cls).get(name)
    return (
        next((m for m in get_args(hint)[1:] if isinstance(m, Ref | AnyRef)), None)
        if get_origin(hint) is Annotated
        else None
    )


class Naive:
    """What an expression means: evaluated from its text over the plain state, for one subject."""

    def __init__(self, state: State, subject: Any) -> None:
        self.state, self.subject = state, subject
        self.loops: dict[str, Any] = {}

    def field(self, owner: Any, name: str) -> Any:
        cls: Any = type(owner)
        if name in hints_of(cls):
            marker, value = marker_of(cls, name), getattr(owner, name)
            return self.state.of_kind(marker.kind).get(value) if isinstance(marker, Ref) else value
        for stored in hints_of(cls):
            marker = marker_of(cls, stored)
            for kind in marker.kinds if isinstance(marker, AnyRef) else ():
                if name == f"{stored}_{kind.replace('-', '_')}":
                    of, _, target = (getattr(owner, stored) or "").partition(":")
                    return self.state.of_kind(kind).get(target) if of == kind else None
        if cls is Plan:
            return list(getattr(self.state, name).values())
        inverse = cls.INVERSES[name]
        others = self.state.of_kind(inverse.kind).values()
        of_any = any(isinstance(marker_of(type(other), inverse.field), AnyRef) for other in others)
        wanted = f"{owner.KIND}:{owner.id}" if of_any else owner.id
        return [other for other in others if getattr(other, inverse.field) == wanted]

    def name(self, name: str) -> Any:
        if name in self.loops:
            return self.loops[name]
        if name in fields_of(type(self.subject).__name__):
            return self.field(self.subject, name)
        return {"today": self.state.as_at, "plan": self.state.plan}.get(name, self.subject)

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=float() as number):
                return Decimal(str(number))
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=owner, attr=name):
                return self.field(self.value(owner), name)
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self.value(part) for part in parts)
            case ast.BoolOp(values=parts):
                return any(self.value(part) for part in parts)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return not self.value(part)
            case ast.UnaryOp(operand=part):
                return -self.value(part)
            case ast.BinOp(left=left, op=sign, right=right):
                return self.arithmetic(sign, Decimal(self.value(left)), Decimal(self.value(right)))
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self.comparison(sign, self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, [self.value(argument) for argument in arguments])
            case ast.GeneratorExp(elt=element, generators=[loop]):
                return list(self.items(element, loop))
            case ast.List(elts=parts):
                return [self.value(part) for part in parts]
        raise AssertionError(ast.dump(node))

    def items(self, element: ast.expr, loop: ast.comprehension) -> Iterator[Any]:
        assert isinstance(loop.target, ast.Name)
        for item in self.value(loop.iter):
            self.loops[loop.target.id] = item
            if all(self.value(test) for test in loop.ifs):
                yield self.value(element)

    def arithmetic(self, sign: ast.operator, left: Decimal, right: Decimal) -> Decimal:
        match sign:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
        if right == 0:
            raise Failed
        return left / right

    def comparison(self, sign: ast.cmpop, left: Any, right: Any) -> bool:
        match sign:
            case ast.Is() | ast.Eq():
                return bool(left == right)
            case ast.IsNot() | ast.NotEq():
                return bool(left != right)
            case ast.In():
                return left in right
            case ast.Lt():
                return bool(_end(left) < _start(right))
            case ast.Gt():
                return bool(_start(left) > _end(right))
            case ast.LtE():
                return bool(left <= right)
        return bool(left >= right)

    def call(self, name: str, given: list[Any]) -> Any:
        first, second = (*given, None)[:2]
        match name:
            case "any" | "all" | "len" | "sum" | "abs":
                plain: dict[str, Callable[[Any], Any]] = {"any": any, "all": all, "len": len, "sum": sum, "abs": abs}
                return plain[name](first)
            case "min" | "max":
                values = first if len(given) == 1 else given
                return (min if name == "min" else max)(values, default=None)
            case "latest" | "first":
                return first[-1 if name == "latest" else 0] if first else None
            case "default":
                return second if first is None else first
            case "date":
                return date.fromisoformat(first)
            case "days_between":
                return (_end(second) - _end(first)).days
            case "period_end":
                return _end(first)
            case "lower":
                return first.lower()
            case "contains":
                return second in first
            case "round":
                if second != int(second) or abs(second) > 30:
                    raise Failed
                return Decimal(first).quantize(Decimal(1).scaleb(-int(second)), context=Context(prec=1_000))
            case "shortfall":
                return self.shortfall(first, second)
            case "upstream" | "downstream":
                return self.reached(first, name == "upstream")
        raise AssertionError(name)

    def shortfall(self, observation: Any, target: Any) -> Decimal:
        outside = target.period is not None and not target.period.overlaps(observation.period)
        early = target.due is not None and observation.period.end < target.due.start
        if outside or early:
            return Decimal(0)
        low = target.value if target.comparator == "at-least" else target.lower
        high = target.value if target.comparator == "at-most" else target.upper
        misses = [Decimal(0)]
        misses += [] if low is None else [low - observation.value]
        misses += [] if high is None else [observation.value - high]
        return max(misses)

    def reached(self, start: Any, up: bool) -> list[Any]:
        edges = [
            (d.initiative, d.on.partition(":")[2])
            for d in self.state.dependencies.values()
            if d.on is not None and d.on.startswith("initiative:") and not d.withdrawn
        ]
        found = {start.id}
        while more := {b if up else a for a, b in edges if (a if up else b) in found} - found:
            found |= more
        return [self.state.initiatives[name] for name in found - {start.id}]


def _start(value: Any) -> Any:
    return value.start if isinstance(value, Period) else value


def _end(value: Any) -> Any:
    return value.end if isinstance(value, Period) else value


def outcome(state: State, subject: Any, text: str) -> str:
    """What a rule with that ``when`` says of a subject, by the naive evaluator."""
    context = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[DivisionByZero, InvalidOperation])
    try:
        with localcontext(context):
            return "finding" if Naive(state, subject).value(ast.parse(text, mode="eval").body) else "ok"
    except Failed:
        return "error"


def state_at(history: list[RecordedEvent], day: date) -> State:
    return fold(timeline(history, as_at=day, known=len(history)), plan="test", as_at=day, known=len(history))


def by_subject(result: CheckResult, rule: str) -> dict[str, str]:
    """The outcome of each subject of a rule that is neither ok nor not applicable."""
    found = {finding.subject.id: "finding" for finding in result if finding.rule == rule}
    return found | {n.subject.id: n.outcome for n in result.not_evaluated if n.rule == rule}


seeds = st.integers(0, 2**32)


@given(histories(), days_of_2018(), seeds, st.sampled_from(KINDS_WITH_SUBJECTS))
def test_fused_loop_equals_the_naive_evaluation(history: list[RecordedEvent], day: date, seed: int, kind: str) -> None:
    """Whatever the rule and the plan, each subject gets the outcome that its expression has for it alone.

    The traced form agrees: its value is the finding, and its evidence are events that exist and were known.
    """
    state = state_at(history, day)
    assume(state.plan is not None)
    for text in rules_of(seed, kind, 3):
        result = result_of(state, kind, when=text)
        subjects = state.of_kind(SUBJECTS[kind].KIND)
        expected = {name: outcome(state, subject, text) for name, subject in subjects.items()}
        assert {name: said for name, said in expected.items() if said != "ok"} == by_subject(result, "test.rule"), text
        for finding in result:
            assert finding.explanation.value == "true"
            assert set(finding.positions) <= set(range(1, state.known + 1))
            assert finding.positions == tuple(sorted(set(finding.positions)))
            assert finding.positions


@examples(0.3)
@given(histories(), days_of_2018(), st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_other_rules(history: list[RecordedEvent], day: date, random: Random) -> None:
    """In whatever order and company, alone or in several packs, a rule finds the same, with the same words."""
    state = state_at(history, day)
    facts = timeline(history, as_at=day, known=len(history))
    everything = check(state, installed_packs(), facts=lambda: facts)
    single = [attrs.evolve(pack, rules=(rule,)) for pack in installed_packs() for rule in pack.rules]
    chosen = random.sample(single, random.randint(1, len(single)))
    some = check(state, chosen, facts=lambda: facts)
    names = {rule.id for pack in chosen for rule in pack.rules}
    alone = {f.fingerprint: attrs.evolve(f, group=None) for f in some}  # groups are made of what all rules find
    assert {f.fingerprint: attrs.evolve(f, group=None) for f in everything if f.rule in names} == alone
    assert {n for n in everything.not_evaluated if n.rule in names} == set(some.not_evaluated)
    assert {rule: tally for rule, tally in everything.counts.items() if rule in names} == some.counts


@examples(0.3)
@given(histories(), days_of_2018())
def test_installed_rules_never_fail(history: list[RecordedEvent], day: date) -> None:
    """On no plan does a rule that comes with plantrack end in an error, and its evidence exists and was known."""
    facts = timeline(history, as_at=day, known=len(history))
    result = check(state_at(history, day), installed_packs(), facts=lambda: facts)
    assert set() == {failure for failure in result.not_evaluated if failure.outcome == "error"}
    positions = {position for finding in result for position in finding.positions}
    assert positions <= set(range(1, len(history) + 1))
    assert all(finding.positions and "{" not in finding.message for finding in result)
    assert len({finding.fingerprint for finding in result}) == len(result)


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_cycles_are_loops_told_once(edges: set[tuple[int, int]]) -> None:
    """A loop is told by its first member, each member needs the next; who is in no loop is in no loop that is told."""
    events = "".join(f"- InitiativeProposed: {{initiative: i{n}, title: i{n}}}\n" for n in range(6))
    for a, b in sorted(edges):
        events += f"- DependencyDeclared: {{dependency: d{a}{b}, initiative: i{a}, title: T, on: initiative:i{b}}}\n"
    state = after(events)
    linked = Linked(state)
    told_by = [(view.id, cycle) for view in linked.of_kind("initiative") for cycle in cycles(linked, view)]
    loops = [[initiative.id for initiative in cycle.initiatives] for _, cycle in told_by]
    for (teller, _), loop in zip(told_by, loops, strict=True):
        assert teller == loop[0] == min(loop)
        assert len(set(loop)) == len(loop)
        assert {(int(a[1:]), int(b[1:])) for a, b in pairwise([*loop, loop[0]])} <= edges
    assert len(set(map(tuple, loops))) == len(loops)
    needs = {name: {i.id for i in Naive(state, None).reached(i, True)} for name, i in state.initiatives.items()}
    in_a_loop = {f"i{a}" for a, b in edges if a == b or f"i{a}" in needs[f"i{b}"]}
    assert in_a_loop == {name for loop in loops for name in loop}


@examples(0.3)
@given(histories(), days_of_2018())
def test_evidence_is_enough(history: list[RecordedEvent], day: date) -> None:
    """Where a missed target is found, the figure and the target of which it speaks are among the evidence."""
    state = state_at(history, day)
    core = next(pack for pack in installed_packs() if pack.id == "board-core")
    for finding in check(state, [attrs.evolve(core, rules=(core.rule("kpi.missed-target"),))]):
        measure = state.measures[finding.subject.id]
        target = state.targets[str(measure.target)]
        assert {measure.observations[-1].position, target.origin("value")} <= set(finding.positions)
