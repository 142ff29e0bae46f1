"""Anything at all, given to the loader of packs and to the checker of expressions: it is taken or refused.

Every test tries some hundreds of inputs; the same in ``make soak`` tries more than a million.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

import plantrack
from plantrack.errors import RuleSourceError
from plantrack.rules import check, installed_packs, load_pack, run_tests
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.schema import BOOL, SUBJECTS
from plantrack.rules.pack import RULE_KEYS
from plantrack.rules.pack_tests import TEST_KEYS
from plantrack.rules.testing import warnings_of
from tests.attacks.expressions import ESCAPES, LOOKALIKES
from tests.strategies import examples, holds
from tests.test_rules_engine import KINDS_WITH_SUBJECTS, Writer
from tests.test_rules_language import result_of, world
from tests.test_rules_packs import pack_text
from tests.test_rules_reference import written as written_by_grammar

INPUTS = 40
"""How many inputs are made of a seed."""

# --- the law ---------------------------------------------------------------------------------------------------------

UNSHOWABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of characters that no terminal can show: controls, halves of characters, separators of lines."""
DIRECTIONS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
SECRET = "s3cret-of-the-environment"
_INSIDE = re.compile(r"Traceback|<(?:class|function|module|ast)|object at 0x|site-packages|\.py\b")
_HERE = (str(Path(plantrack.__file__).parent), str(Path.home()), os.getcwd(), SECRET)
tried: Counter[str] = Counter()


def refused(load: Callable[[Any], object], given: Any) -> bool:
    """Whether an input is refused, by the one error of packs; any other goes through, and fails the test.

    The error says where, a terminal can show it, and it tells nothing about this machine or the inside of the program.
    """
    tried[load.__name__] += 1
    try:
        load(given)
    except RuleSourceError as problem:
        wrong = problem
    else:
        return False
    said = str(wrong)
    assert wrong.line >= 1 <= wrong.column
    assert wrong.message
    assert not UNSHOWABLE & {unicodedata.category(character) for character in set(said) - {"\n", "\t"}}, ascii(given)
    assert not DIRECTIONS & set(said), ascii(given)
    assert not any(word in said for word in _HERE), ascii(given)
    assert not _INSIDE.search(wrong.message), ascii(given)
    return True


# --- inputs ----------------------------------------------------------------------------------------------------------

FULL = pack_text(
    """\
where: target is not None
needs: [last]
status: stable
since: 1.0.0
formerly: [kpi.older]
hold_for: 0
params: {tolerance: 0, kinds: [a, b]}
let:
  last: latest(observations)
  short: shortfall(last, target)
when: >-
  short > tolerance
  and not unit in kinds
score: short
identity: [target.id, last.period]
cause: [initiative, plan]
affects: initiative
message: "{title}: {last.value} {default(unit, '')} against {target}"
summary: "{count} miss it"
fix: |
  Do {title}
about: What it does
why: 'Why it matters'
references: [a page]
tests:
  - name: fires
    as_at: 2018-02-28
    known_at: "#4"
    events:
      - MeasureDefined: {measure: ae, title: A}
        recorded: 2017-04-01
      - TargetSet: {measure: ae, comparator: at-least, value: 95}
      - Observed: {measure: ae, period: 2018-01, value: 76.9}
        effective: 2018-01
    subject: ae
    params: {tolerance: 1}
    expect: {finding: {score: 18.1, severity: low}}
    evidence: [MeasureDefined, TargetSet, Observed]
  - name: is silent
    as_at: 2018-02-28
    given: {title: A, observations: [{period: 2018-01, value: 96}], target: {comparator: at-least, value: 95}}
    expect: none"""
)
TESTED = pack_text(
    """\
where: target is not None and initiative is not None and initiative.status in states
params: {least: 1, states: [active]}
let: {last: latest(observations)}
needs: [last]
when: shortfall(last, target) > least
score: shortfall(last, target)
message: "{title}: {last.value} against {target}, {initiative}"
tests:
  - name: fires
    as_at: 2018-02-28
    given:
      title: A&E
      initiative: {id: door, title: Front door, status: active, risks: [{title: R, commitments: [{owner: {id: b}}]}]}
      target: {comparator: at-least, value: 95}
      observations: [{period: 2018-01, value: 76.9}]
      plan: {fiscal_year_start: 4, goals: [{initiatives: [{parent: door, status: paused}]}]}
    expect: {finding: {score: 18.1, message: "A&E: 76.9 against at least 95, Front door", severity: low}}
  - name: is silent
    as_at: 2018-02-28
    params: {least: 20.5, states: [active, paused]}
    given:
      initiative: {status: paused}
      target: {comparator: at-most, value: 9}
      observations: [{period: 2017, value: 9}]
    expect: none
  - name: was not known
    as_at: 2018-02-28
    known_at: 2018-02-19T17:00Z
    events:
      - MeasureDefined: {measure: ae, title: A&E, initiative: door}
        recorded: 2018-02-20
    subject: measure:ae
    todo: later
    expect: no subject
"""
)
FRAGMENTS = [
    "true", "null", "[]", "{}", "[[1]]", "{a: b}", "1", "-1.5", "''", "'x'", "\"\\u00e9\"", "|", ">-", "\n", "  ",
    "- ", "&a", "*a", "!!x", "? ", "yes", "2018", "\u00e9", "\u2028", "\u0085", "\ufeff", "\u00a0", "\t", "latest",
    "for x in", "(", ")", "{", "}", "{{", "1e5", "'''", "\"", "observations", "any(x for x in observations)", "#", ":",
    "99999999999999999999", "__class__", ".id", "True", "today", " and ", "\ud800", "\u0000", "", "\u202e", "---\n",
    "<<: ", ".nan", "-.inf", "0x10", "1_000", "012", "1e99999999", "2018-02-30", "!!python/object/apply:os.system",
    "\\x41", "\\ud800", "\r\n", "%YAML 1.1", "$HOME", "../../etc", "not ", "None", " if ", "**", ":=", "lambda: ",
]  # fmt: skip
WORDS = [
    "title", "unit", "target", "observations", "initiative", "plan", "today", "measure", "baseline", "o", "x", "True",
    "None", "0", "1.5", "'a'", "and", "or", "not", "is", "is not None", "in", "for", "if", "else", "==", "!=", "<",
    ">", "<=", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", ":", ":=", "any(", "all(", "len(", "latest(", "max(",
    "default(", "sum(", "date(", "round(", "shortfall(", "lambda", "for o in observations", "o.value", "distinct(",
    "(o.value for o in observations)", ".value", ".title", "__class__", "\u00e9", "'\u00e9'", "**", "{", "}", "\n",
    "cycles(initiative)", "upstream(", "path_to(", "consecutive(", "value_at(", "1e9", "0x1", "...", "*", "@", "\\",
]  # fmt: skip
_CHARACTERS = "ab_.'\"()[]{}:,#&*!|>%@`?-+/\\<=~^$; \t\n\r019\u00e9\u2028\u202e\ufeff\x00\x85\ud800\U0001f600"


def characters(random: Random, most: int) -> str:
    """Any text: of the signs that mean something, or of all of Unicode."""
    length = random.randint(0, most)
    if random.random() < 0.5:
        return "".join(random.choices(_CHARACTERS, k=length))
    return "".join(chr(random.choice((random.randrange(0x250), random.randrange(0x110000)))) for _ in range(length))


def damaged(random: Random, text: str, fragments: list[str]) -> str:
    """A text with some stretches replaced, taken out, doubled or moved."""
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at, length = random.randint(0, len(text)), random.choice((0, 0, 1, 1, 4, 12, 40))
        new = random.choice((random.choice(fragments), text[at : at + length] * 2, characters(random, 3)))
        text = text[:at] + new + text[at + length :]
    return text


def expression(random: Random, kind: str) -> str:
    """An expression: as the grammar has it, as the types have it, or words in a row; whole or damaged."""
    way = random.choice((0, 1, 2, 3, 3, 4, 4, 4))
    if way == 0:
        return characters(random, 60)
    if way == 1:
        return random.choice(list(LOOKALIKES.values()) + ESCAPES)
    if way == 2:
        text = " ".join(random.choices(WORDS, k=random.randint(0, 14)))
    elif way == 3:
        text = " ".join(written_by_grammar(random, ("name", "expression"), random.randint(8, 16)))
    else:
        text = Writer(random.randrange(2**32), kind).truth(random.choice((1, 2, 3)))
    return text if random.random() < 0.4 else damaged(random, text, WORDS)


@cache
def packs() -> list[str]:
    """Packs in order, to be damaged: the full one, and single rules of the installed ones."""
    head = "plantrack-rules: 1\npack: p\nversion: 1.0.0\nrules:\n"
    parts = re.split(r"\n(?=  - id:)", installed_packs()[0].content)
    return [FULL, FULL, TESTED, *(head + part for part in parts[1:])]


def pack_of_anything(random: Random) -> str:
    """A pack in which any value may stand under any key."""

    def value(depth: int) -> Any:
        way = random.randrange(9 if depth else 6)
        if way == 0:
            return random.choice((True, False, None, 0, -1, 1, 31, 10**18, 10**30, 1.5))
        if way < 4:
            return random.choice((*FRAGMENTS, expression(random, "Measure"), characters(random, 12)))
        if way < 6:
            return random.choice(
                ("Measure", "high", "stable", "1.0.0", "kpi.x", "title", "none", "finding", "2018-01-31")
            )
        if way < 8:
            return [value(depth - 1) for _ in range(random.randrange(4))]
        keys = ["value", "id", "title", "x", "MeasureDefined", "Observed", "finding", "period", "due", "", "__class__"]
        return {random.choice(keys): value(depth - 1) for _ in range(random.randrange(4))}

    def some(keys: tuple[str, ...], given: dict[str, Any], share: float) -> dict[str, Any]:
        return given | {key: value(3) for key in keys if random.random() < share}

    test = some(TEST_KEYS, {"name": "n", "as_at": "2018-02-28", "expect": "none", "events": []}, 0.15)
    rule: dict[str, Any] = {
        "id": "kpi.x",
        "title": "T",
        "for": "Measure",
        "severity": "low",
        "when": "True",
        "message": "m",
    }
    rule |= {"tests": [test, value(3)]} if random.random() < 0.5 else {}
    whole: dict[str, Any] = {
        "plantrack-rules": 1,
        "pack": "p",
        "version": "1.0.0",
        "rules": [some(RULE_KEYS, rule, 0.06)],
    }
    if random.random() < 0.1:
        whole[random.choice(list(whole))] = value(3)
    return json.dumps(whole, ensure_ascii=random.random() < 0.3, indent=random.choice((None, 1)))


# --- the tests -------------------------------------------------------------------------------------------------------


def loaded(content: str | bytes) -> None:
    """Load a pack; what loads also runs, and so do its tests."""
    pack = load_pack(content, "p.yaml")
    results = list(run_tests(pack))
    told = [said for result in results for said in (*result.problems, *map(str, result.differences))]
    assert not [said for said in told if re.search(r"NoneType|Decimal\(|object at |Error\b|<class", said)]
    warnings_of(pack, results)
    check(world(), [pack])


REASONS = re.compile(
    r".* is divided by 0|a number is out of bounds: .*|(?:round|add_days|add_months)\(\) takes .*"
    r"|dependency .* stated only in words.*|.* is outside the calendar|.* is not at hand|more than .* steps .*"
    r"|more than .* to say .*|the dependencies of the plan .*"
)


def checked_and_run(given: tuple[str, str]) -> None:
    """Check an expression; what is one says something of every subject, or says why not."""
    text, kind = given
    check_alone(text, kind)
    if "{" in text or "}" in text:  # a message would end there
        return
    result = result_of(world(), kind, message=f"{{{text}}}")
    assert len(world().of_kind(SUBJECTS[kind].KIND)) == len(result.findings) + len(result.not_evaluated)
    for failure in result.not_evaluated:
        assert REASONS.fullmatch(failure.reason), text


def any_text_or_bytes(seed: int) -> None:
    """No text and no bytes do more than to be refused."""
    random = Random(seed)
    for _ in range(INPUTS):
        text = characters(random, 80)
        as_bytes = random.choice(
            (random.randbytes(random.randrange(80)), text.encode("utf-16", "replace"), FULL.encode())
        )
        assert refused(load_pack_named, text)
        refused(load_pack_named, as_bytes[: random.randint(0, len(as_bytes))])


def damaged_packs(seed: int) -> None:
    """Whatever is torn out of a pack or pasted into it, it loads or is refused; if it loads, it runs."""
    random = Random(seed)
    for _ in range(INPUTS):
        text = damaged(random, random.choice(packs()), FRAGMENTS)
        refused(loaded, text if random.random() < 0.8 else text.encode("utf-8", "surrogatepass"))


def packs_of_anything(seed: int) -> None:
    """Under every key of a pack, a rule or a test, anything is taken or refused."""
    random = Random(seed)
    for _ in range(INPUTS):
        refused(loaded, pack_of_anything(random))


def expressions(seed: int) -> None:
    """Whatever the text, it is an expression or is refused; and what is one runs on every subject."""
    random = Random(seed)
    for _ in range(INPUTS):
        kind = random.choice(KINDS_WITH_SUBJECTS)
        refused(checked_and_run, (expression(random, kind), kind))


def load_pack_named(content: str | bytes) -> None:
    load_pack(content, "p.yaml")


LAWS = [any_text_or_bytes, damaged_packs, packs_of_anything, expressions]


def test_what_is_damaged_is_whole() -> None:
    """The full pack loads, and its tests pass; so that what is refused is refused for the damage."""
    assert [result.differences + result.problems for result in run_tests(load_pack(FULL, "p.yaml"))] == [(), ()]
    assert [result.differences + result.problems for result in run_tests(load_pack(TESTED, "p.yaml"))] == [(), (), ()]
    assert not any(refused(loaded, text) for text in packs())
    assert check_alone("title == 'A'", "Measure").type == BOOL


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_anything_is_taken_or_refused(law: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Some hundreds of inputs."""
    monkeypatch.setenv("PLANTRACK_SECRET", SECRET)
    holds(law, st.integers(0, 2**64), examples(0.2))


@pytest.mark.soak
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_million_inputs_are_taken_or_refused(law: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a quarter of a million inputs for each law."""
    monkeypatch.setenv("PLANTRACK_SECRET", SECRET)
    tried.clear()
    holds(law, st.integers(0, 2**64), settings(max_examples=6_500, deadline=None, database=None))
    assert sum(tried.values()) > 250_000
