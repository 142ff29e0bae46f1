"""What a stranger may try: everything under ``tests/attacks`` is refused where it stands, or stopped when it runs.

No test here measures time; ``benchmarks/attacks.py`` says how long it takes.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from plantrack.bitemporal import Fact, timeline
from plantrack.errors import RuleSourceError
from plantrack.events import RecordedEvent
from plantrack.period import Period
from plantrack.rules import Subject, check, load_pack, run_tests
from plantrack.rules.engine import judge
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import BOOL
from plantrack.state import State, fold
from tests.attacks.costly import COSTLY, Costly, crowded
from tests.attacks.documents import DOCUMENTS, PACK_BOMBS
from tests.attacks.expressions import EXPRESSIONS, TEMPLATES
from tests.attacks.packs import PACKS
from tests.test_rules_language import pack_of
from tests.test_rules_packs import cases, pack_text


def refused(text: str | bytes) -> RuleSourceError:
    """The error with which a pack is refused."""
    with pytest.raises(RuleSourceError) as wrong:
        load_pack(text, "p.yaml")
    return wrong.value


def test_there_are_enough() -> None:
    """Many ways out, many bombs, each of them another."""
    tried: list[list[Any]] = [
        list(EXPRESSIONS.values()),
        TEMPLATES,
        list(DOCUMENTS.values()),
        [keys for _, keys, _ in cases(PACKS)],
        [keys for keys, _ in PACK_BOMBS.values()],
    ]
    assert all(len(set(attacks)) == len(attacks) for attacks in tried)
    assert sum(map(len, tried)) > 450
    assert len(COSTLY) > 35


# --- refused when they are read --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EXPRESSIONS.values(), ids=[ascii(name) for name in EXPRESSIONS])
def test_expression_is_refused(text: str) -> None:
    """No way out of the language and no way to keep its reader busy; the error points into the expression."""
    with pytest.raises(RuleSourceError) as alone:
        check_alone(text, "Measure", BOOL)
    assert 1 <= alone.value.column <= len(text) + 1
    in_pack = pack_text(f"when: {json.dumps(text)}")
    wrong = refused(in_pack)
    assert wrong.line == 9
    assert 11 <= wrong.column <= len(in_pack.splitlines()[8]) + 1
    in_message = "{" + text.replace("{", "").replace("}", "") + "}"
    assert refused(pack_text(f"message: {json.dumps(in_message + '{')}")).line == 9


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("key", ["message", "fix"])
def test_format_string_is_refused(key: str, template: str) -> None:
    """Texts are no format strings: what stands in braces is an expression of the language, or an error."""
    wrong = refused(pack_text(f"{key}: {json.dumps(template)}"))
    assert wrong.line == 9
    assert wrong.column > len(f"    {key}:")


@pytest.mark.parametrize("content", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_document_is_refused(content: str | bytes) -> None:
    """A megabyte of anything is refused; the error says where, in few words."""
    wrong = refused(content)
    lines = content.decode("utf-8", "replace").splitlines() if isinstance(content, bytes) else content.splitlines()
    assert 1 <= wrong.line <= len(lines) + 1
    assert 1 <= wrong.column <= max(map(len, lines)) + 1
    assert len(str(wrong)) < 1_000


@pytest.mark.parametrize(
    ("keys", "expected"), [case[1:] for case in cases(PACKS)], ids=[case[0] for case in cases(PACKS)]
)
def test_pack_is_refused(keys: str, expected: str) -> None:
    """Under every key of a rule and of a test, at its place and for its reason."""
    wrong = refused(pack_text(keys))
    assert f"{wrong.line}:{wrong.column}: {wrong.message}".startswith(expected)


@pytest.mark.parametrize(("keys", "expected"), PACK_BOMBS.values(), ids=list(PACK_BOMBS))
def test_pack_that_is_large_is_refused(keys: str, expected: str) -> None:
    """What a key may hold is bounded; the error is short however long it is."""
    wrong = refused(pack_text(keys))
    assert f"{wrong.line}:{wrong.column}: {wrong.message}".startswith(expected)
    assert len(str(wrong)) < 1_000


TRICKS = {
    "a comment that turns round": ("  # a \u202eelur", "9:7: the character U+202E is not allowed"),
    "a comment that ends unseen": ("  # a rule\u2028    fix: x", "9:11: the character U+2028 is not allowed"),
    "a comment that is written over": ("  # a rule\r    fix: x", "9:11: the character U+000D is not allowed"),
    "a comment with a message of no width": ("  # a\U000e0049\U000e0067", "9:6: the character U+E0049 is not allowed"),
    "a second document": ("---\na: 1", "9:1: more than one document in a file"),
    "a byte-order mark within": ("\ufeff", "9:1: the character U+FEFF is not allowed"),
}


@pytest.mark.parametrize(("more", "expected"), TRICKS.values(), ids=list(TRICKS))
def test_pack_that_reads_as_something_else_is_refused(more: str, expected: str) -> None:
    """What an editor shows is what is loaded, also in comments."""
    wrong = refused(pack_text("when: true").rpartition("    when: true")[0] + more + "\n    when: true\n")
    assert f"{wrong.line}:{wrong.column}: {wrong.message}".startswith(expected)


def test_byte_order_mark_of_an_editor_is_taken() -> None:
    """At the beginning, where some editors write it, it changes nothing."""
    assert load_pack("\ufeff" + pack_text("when: true"), "p.yaml").rules[0].id == "kpi.test"
    assert load_pack(b"\xef\xbb\xbf" + pack_text("when: true").encode(), "p.yaml").rules[0].id == "kpi.test"


# --- refused in the events of tests ----------------------------------------------------------------------------------

MEASURE = "MeasureDefined: {measure: m, title: M}"
EVENTS = {
    "a number without end": (
        "{Observed: {measure: m, period: 2018-01, value: 1e99999999}}",
        "10:64: Observed: the number 1.000e+99999999 is out of bounds (at most 30 digits each side) (at value)",
    ),
    "no number": (
        "{Observed: {measure: m, period: 2018-01, value: NaN}}",
        "10:64: Observed: NaN is not a finite number (at value)",
    ),
    "infinity": (
        "{Observed: {measure: m, period: 2018-01, value: -Infinity}}",
        "10:64: Observed: -Infinity is not a finite number (at value)",
    ),
    "a comma": (
        '{Observed: {measure: m, period: 2018-01, value: "1,5"}}',
        "10:64: Observed: '1,5' is not a number; write digits",
    ),
    "a file as time zone": (
        "{PlanOpened: {title: P, organisation: O, period: 2018, time_zone: ../../../etc/passwd}}",
        "10:64: PlanOpened: time_zone: '../../../etc/passwd' is not a time zone",
    ),
    "a path as id": (
        "{MeasureDefined: {measure: ../../x, title: X}}",
        "10:64: MeasureDefined: measure: '../../x' is not an id",
    ),
    "an event of Python": ("{__import__: {os: system}}", "10:64: unknown event type or field '__import__'"),
    "a day at the end of the calendar": (
        "{MilestoneSet: {milestone: m, title: M, due: 9999-12-31}}",
        "10:64: MilestoneSet: cannot read '9999-12-31' as a date or period; years run from 1900 to 2199 (at due)",
    ),
    "a moment outside the calendar": (
        "{RiskRaised: {risk: r, title: R}, recorded: 9999-12-31}",
        "10:107: '9999-12-31' is not a day or moment from 2000-04-01 on",
    ),
    "another pack": (
        "{RulePackAdopted: {pack: p, version: 1.0.0, sha256: x, text: x}}",
        "10:64: RulePackAdopted: ",
    ),
}


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=list(EVENTS))
def test_event_of_a_test_is_refused(event: str, expected: str) -> None:
    """A pack with a test of what no log would take is refused.

    Where it was adopted before that was so, it is a problem of that test alone, with its place; the others run.
    """
    text = pack_text(
        "tests:\n"
        f"  - {{name: bad, as_at: 2018-02-28, expect: none, events: [{event}]}}\n"
        f"  - {{name: good, as_at: 2018-02-28, expect: none, events: [{{{MEASURE}}}]}}"
    ).replace("when: true", "when: title == 'x'")
    wrong = refused(text)
    assert f"{wrong.line}:{wrong.column}: {wrong.message}".startswith(expected)
    bad, good = run_tests(load_pack(text, "p.yaml", check_events=False))
    assert (bad.problems, good.passed) == ((str(wrong),), True)


# --- stopped when they run -------------------------------------------------------------------------------------------

DAY = date(2018, 2, 28)
SUBJECT = {"Plan": "test", "Initiative": "i5", "Measure": "m"}
STOPPED = re.compile(
    r"(?:on .* 201[78]: )?more than 300,000 steps for one subject: do not go through one long list inside another, .*"
    r"|more than 300,000 characters to say of one subject: .*"
    r"|a number is out of bounds: more than 999 digits"
    r"|1 is divided by 0"
    r"|its dependencies are too entangled to tell their loops: .*"
)


@cache
def crowd() -> tuple[State, list[Fact]]:
    """The crowded plan, and the facts behind it."""
    recorded, effective = datetime(2018, 1, 1, tzinfo=UTC), Period.parse("2017-01-01")
    log = [
        RecordedEvent(plan="test", position=n, event_id=f"e{n}", recorded_at=recorded, effective=effective, data=event)
        for n, event in enumerate(crowded(), 1)
    ]
    facts = timeline(log, as_at=DAY, known=len(log))
    return fold(facts, plan="test", as_at=DAY, known=len(log)), facts


@cache
def crowd_linked() -> Linked:
    state, facts = crowd()
    return Linked(state, lambda: facts)


@pytest.mark.parametrize("costly", COSTLY.values(), ids=list(COSTLY))
def test_costly_rule_is_stopped(costly: Costly) -> None:
    """A rule that would take for ever ends as an error of its subject."""
    kind, keys = costly
    (rule,) = pack_of(kind, **keys).rules
    verdict = judge(rule, Subject(kind.lower(), SUBJECT[kind], ""), crowd_linked())
    assert verdict is not None
    assert (verdict.outcome, verdict.finding) == ("error", None)


FEW = {name: costly for name, costly in COSTLY.items() if costly[0] != "Initiative"}


@pytest.mark.parametrize("costly", FEW.values(), ids=list(FEW))
def test_costly_rule_says_why(costly: Costly) -> None:
    """What was exceeded and what to do instead; the rule beside it is judged."""
    kind, keys = costly
    state, facts = crowd()
    plain = pack_of("Measure", id="test.plain", message="{title}")
    result = check(state, [pack_of(kind, **keys), plain], facts=lambda: facts)
    (failed,) = result.not_evaluated
    assert STOPPED.fullmatch(failed.reason), failed.reason
    assert [finding.message for finding in result] == ["M"]


# --- numbers ---------------------------------------------------------------------------------------------------------

NUMBERS = {
    "9007199254740993": "9,007,199,254,740,994",  # one more than a float can tell from its neighbour
    "123456789012345678": "123,456,789,012,345,679",
    "0.1": "1.1",
    "76.90": "77.9",
    "-0.000000000000000001": "1",
    "0": "1",
}
NO_NUMBERS = [
    ".nan", ".NaN", "NaN", ".inf", "-.inf", "Infinity", "1e5", "1e99999999", "1E+2", "0x10", "0o17", "0b1", "012",
    "1_000", "+1", "1,5", "1.000,5", "1 000", "12:30", "5.", ".5", "1.5.1", "1.5f", "1j", "\u0661", "½", "2018-01-31",
    "1234567890123456789", "0.1234567890123456789",
]  # fmt: skip


@pytest.mark.parametrize(("number", "one_more"), NUMBERS.items())
def test_number_is_exact(number: str, one_more: str) -> None:
    """To the last digit, from the text of the pack to the text of the finding."""
    state = crowd()[0]
    (finding,) = check(state, [load_pack(_with(number), "p.yaml")])
    assert finding.message == one_more
    assert finding.score == Decimal(number)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_what_looks_like_a_number_is_none(number: str) -> None:
    """Whatever means a number in some place or other is a text here, and no rule reckons with it."""
    wrong = refused(_with(json.dumps(number) if "," in number else number))
    assert (wrong.line, wrong.message) == (10, "rule kpi.test: this must be number, but it is text")


def _with(number: str) -> str:
    keys = f"params: {{given: {number}}}\nscore: given\nmessage: '{{given + 1}}'"
    return pack_text(keys).replace("for: Measure", "for: Plan")
