"""The page about the language of rules says what holds: its grammar, its tables, its examples, its lists of fields."""

from __future__ import annotations

import ast
import inspect
import os
import re
import textwrap
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.errors import RuleSourceError
from plantrack.rules import check, installed_packs, load_pack, run_tests, untested
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.functions import FUNCTIONS, GROUPS
from plantrack.rules.language.schema import BOOL, OBJECTS
from plantrack.rules.pack import RULE_KEYS
from plantrack.rules.published import published
from plantrack.state import KINDS
from tests.strategies import examples
from tests.test_rules_engine import KINDS_WITH_SUBJECTS, rules_of
from tests.test_rules_functions import VALUES
from tests.test_rules_language import VALUES as LANGUAGE_VALUES
from tests.test_rules_language import facts_of, folded, pack_of

PAGE = Path(__file__).parent.parent / "docs" / "rule-language.md"
HOW_TO = PAGE.with_name("rules.md")
Row = tuple[str, ...]


@cache
def page() -> str:
    return PAGE.read_text("utf-8")


def block(language: str) -> str:
    """The one block of code in that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", page(), re.DOTALL)
    return str(found)


def tables(of: Path = PAGE) -> Iterator[tuple[str, Row, list[Row]]]:
    """Every table of a page: the heading above it, its head, its rows; code without its marks."""
    heading = ""
    lines = iter(of.read_text("utf-8").splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith("| ") and next(lines).startswith("|---"):
            rows = []
            for row in lines:
                if not row.startswith("|"):
                    break
                rows.append(cells(row))
            yield heading, cells(line), rows


def cells(row: str) -> Row:
    return tuple(re.sub(r"^`([^`]*)`$", r"\1", cell.strip()) for cell in row.strip("|").split("|"))


# --- examples --------------------------------------------------------------------------------------------------------


@cache
def said(kind: str, expression: str) -> dict[str, str]:
    """The value of an expression for each subject of a kind of the plan on the page; the reason where it has none."""
    facts = facts_of(block("yaml"))
    result = check(folded(facts), [pack_of(kind, message=f"{{{expression}}}")], facts=lambda: facts)
    return {f.subject.id: f.message for f in result} | {n.subject.id: n.reason for n in result.not_evaluated}


def rows_of(*head: str) -> list[Row]:
    """These columns of all tables that have them."""
    return [
        tuple(row[table.index(column)] for column in head)
        for _, table, rows in tables()
        if {*head} <= {*table}
        for row in rows
    ]


EXAMPLES = rows_of("For", "Example", "Value")


@pytest.mark.parametrize(("subject", "example", "value"), EXAMPLES, ids=[f"{row[0]} {row[1]}" for row in EXAMPLES])
def test_example(subject: str, example: str, value: str) -> None:
    """Each example has the value beside it, as a message shows it."""
    kind, _, name = subject.partition(":")
    assert value == said(KINDS[kind].__name__, example)[name]


@pytest.mark.parametrize(("kind", "expression", "reason"), rows_of("For", "Refused", "Because"))
def test_refused(kind: str, expression: str, reason: str) -> None:
    """What the page calls refused is refused, in those words."""
    with pytest.raises(RuleSourceError) as refused:
        check_alone(expression, kind, BOOL)
    assert reason == refused.value.message


def test_the_plan_of_the_page_is_in_order() -> None:
    """Every event of it has its place."""
    assert folded(facts_of(block("yaml"))).unplaced == {}


# --- tables ----------------------------------------------------------------------------------------------------------


def test_every_function_has_a_row() -> None:
    """Under its heading, in order, with its usage and meaning, and an example that calls it."""
    written = [(heading, row) for heading, head, rows in tables() if head[0] == "Function" for row in rows]
    assert [(group, f.usage, f.doc) for group, functions in GROUPS.items() for f in functions.values()] == [
        (heading, row[0], row[1]) for heading, row in written
    ]
    assert all(f"{name}(" in row[3] for name, (_, row) in zip(FUNCTIONS, written, strict=True))


def test_limits_are_those_that_hold() -> None:
    """The table of limits, and the ones that are checked."""
    (rows,) = (rows for heading, _, rows in tables() if heading == "Limits")
    assert published()["limits"] == {name: int(most.replace(",", "")) for name, most in rows}


def described_kinds() -> str:
    """Every kind with what it is in a paragraph, and its fields with their types and the words they may hold."""
    parts = []
    for name, kind in published()["kinds"].items():
        about = " ".join((inspect.getdoc(OBJECTS[name]) or "").split("\n\n")[0].split()).replace("``", "`")
        subject = "" if kind["subject"] else " (No subject: it is found inside others.)"
        some = {field: f" ({', '.join(words)})" for field, words in kind["words"].items()}
        fields = "; ".join(f"`{field}`: {of}{some.get(field, '')}" for field, of in kind["fields"].items())
        parts += [f"### {name}", f"{about}{subject}", fields]
    return "\n" + "\n\n".join(textwrap.fill(part, 120, break_on_hyphens=False) for part in parts) + "\n"


def test_kinds_are_those_of_the_schema() -> None:
    """The part about kinds is made from the schema; RENEW_GOLDEN=1 makes it again."""
    before, rest = page().split("<!-- kinds -->\n")
    written, after = rest.split("<!-- end -->", 1)
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(f"{before}<!-- kinds -->\n{described_kinds()}\n<!-- end -->{after}", "utf-8")
    else:
        assert f"{described_kinds()}\n" == written


# --- the page that shows how ------------------------------------------------------------------------------------------


def test_the_pack_of_the_page_passes_its_tests() -> None:
    """The rule that the how-to builds up does what its tests say, and fires and stays silent in them."""
    (text,) = re.findall(r"```yaml\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    pack = load_pack(text, "rules.md")
    assert [result.differences for result in run_tests(pack)] == [(), ()]
    assert untested(pack) == {}


def test_every_key_of_a_rule_is_explained() -> None:
    """The how-to has a row for each key."""
    (rows,) = (rows for heading, _, rows in tables(HOW_TO) if heading == "The keys of a rule")
    assert set(RULE_KEYS) == {row[0] for row in rows}


# --- grammar ---------------------------------------------------------------------------------------------------------

# A part of a rule of the grammar: ("word", text) | ("name", rule) | ("all" | "either" | "maybe" | "again", parts).
Part = tuple[str, Any]

_EBNF = re.compile(r'\s*(?:"([^"]+)"|([a-z]+)|([=|,;{}\[\]()]))')


@cache
def grammar() -> dict[str, Part]:
    """The grammar as it stands on the page."""
    text, at, symbols = block("ebnf"), 0, []
    while match := _EBNF.match(text, at):
        symbols.append(match)
        at = match.end()
    assert not text[at:].strip()
    rules, place = {}, 0
    while place < len(symbols):
        name, equals = symbols[place][2], symbols[place + 1][3]
        assert equals == "="
        rules[str(name)], place = _either(symbols, place + 2)
        assert symbols[place][3] == ";"
        place += 1
    return rules


def _either(symbols: list[re.Match[str]], at: int) -> tuple[Part, int]:
    choices: list[Part] = []
    while True:
        parts: list[Part] = []
        while True:
            part, at = _part(symbols, at)
            parts.append(part)
            if symbols[at][3] != ",":
                break
            at += 1
        choices.append(("all", parts))
        if symbols[at][3] != "|":
            return ("either", choices), at
        at += 1


def _part(symbols: list[re.Match[str]], at: int) -> tuple[Part, int]:
    word, name, sign = symbols[at].groups()
    if word:
        return ("word", word), at + 1
    if name:
        return ("name", name), at + 1
    inner, at = _either(symbols, at + 1)
    return ({"{": "again", "[": "maybe", "(": "all"}[sign], [inner]), at + 1


LEXICAL = {
    "name": [
        "title",
        "unit",
        "observations",
        "o",
        "target",
        "plan",
        "len",
        "any",
        "date",
        "known",
        "latest",
        "default",
    ],
    "number": ["0", "1", "95", "0.5", ".25"],
    "text": ["'a'", '"it\'s"', "'2018-02-28'"],
}


def written(random: Random, part: Part, depth: int) -> list[str]:
    """Words that the grammar admits, drawn at random; deep down the shortest."""
    kind, of = part
    if kind == "word":
        return str(of).split()
    if kind == "name":
        return [random.choice(LEXICAL[of])] if of in LEXICAL else written(random, grammar()[of], depth - 1)
    if kind == "either":
        return written(random, of[0] if depth <= 0 else random.choice(of), depth)
    several = 0 if depth <= 0 else random.choice([0, 0, 1]) if kind == "maybe" else random.choice([0, 0, 0, 1, 2])
    times = 1 if kind == "all" else several
    return [word for _ in range(times) for one in of for word in written(random, one, depth)]


FORMS = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.Compare, ast.cmpop, ast.Call, ast.Name, ast.expr_context, ast.Constant, ast.Attribute, ast.List,
    ast.GeneratorExp, ast.comprehension,
)  # fmt: skip
REFUSED_FORM = re.compile(r"cannot read this|.* is not allowed in|only the built-in|one simple|one comparison|outside")


@examples(1)
@given(st.integers(0, 2**32))
def test_what_the_grammar_admits_is_read(seed: int) -> None:
    """An expression made by the grammar may have wrong types or unknown names, but it is never wrong in its form."""
    random = Random(seed)
    text = " ".join(written(random, ("name", "expression"), random.randint(8, 20)))
    assert all(isinstance(node, FORMS) for node in ast.walk(ast.parse(text, mode="eval"))), text
    message = ""
    try:
        check_alone(text, "Measure")
    except RuleSourceError as refused:
        message = refused.message
    assert not REFUSED_FORM.match(message), text


def tokens_of(text: str) -> list[tuple[int, str]]:
    """The words and signs of an expression."""
    kinds = (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP)
    found = tokenize.generate_tokens(StringIO(f"({text})").readline)  # line ends mean nothing inside parentheses
    return [(token.type, token.string) for token in found if token.type in kinds][1:-1]


def admitted(text: str) -> bool:
    """Whether the grammar admits an expression."""
    tokens = tokens_of(text)
    ends: dict[tuple[str, int], frozenset[int]] = {}
    words = {word for said in terminals() for word in said.split()}

    def after(part: Part, at: int) -> frozenset[int]:
        kind, of = part
        if kind == "word":
            said = str(of).split()
            fits = [string for _, string in tokens[at : at + len(said)]] == said
            return frozenset({at + len(said)}) if fits else frozenset()
        if kind == "name" and of in LEXICAL:
            wanted = {"name": tokenize.NAME, "number": tokenize.NUMBER, "text": tokenize.STRING}[of]
            fits = at < len(tokens) and tokens[at][0] == wanted and tokens[at][1] not in words
            return frozenset({at + 1}) if fits else frozenset()
        if kind == "name":
            if (of, at) not in ends:
                ends[of, at] = after(grammar()[of], at)
            return ends[of, at]
        if kind == "either":
            return frozenset().union(*(after(one, at) for one in of))
        found = once = frozenset({at})
        if kind != "all":
            while once := _through(of, once) - found:
                found |= once
                if kind == "maybe":
                    break
            return found
        return _through(of, once)

    def _through(parts: list[Part], starts: frozenset[int]) -> frozenset[int]:
        for one in parts:
            starts = frozenset().union(*(after(one, start) for start in starts))
        return starts

    return len(tokens) in after(("name", "expression"), 0)


@cache
def terminals() -> frozenset[str]:
    """The words and signs of the grammar."""

    def inside(part: Part) -> Iterator[str]:
        kind, of = part
        if kind == "word":
            yield of
        elif kind != "name":
            for one in of:
                yield from inside(one)

    return frozenset(word for rule in grammar().values() for word in inside(rule))


def expressions_of_packs() -> Iterator[str]:
    for pack in installed_packs():
        for rule in pack.rules:
            for compiled in rule.compiled.values():
                source = compiled.source
                parts = (source.where, source.when, source.score, source.affects, *source.identity, *source.causes)
                yield from (part.text for part in parts if part is not None)
                yield from (let.text for _, let in source.lets)


def test_the_grammar_admits_whatever_is_accepted() -> None:
    """The expressions of the installed packs, of the tests and of this page."""
    accepted = [*expressions_of_packs(), *(row[1] for row in (*EXAMPLES, *VALUES, *LANGUAGE_VALUES))]
    assert len(accepted) > 300
    assert [text for text in accepted if not admitted(text)] == []


@examples(0.5)
@given(st.integers(0, 2**32), st.sampled_from(KINDS_WITH_SUBJECTS))
def test_the_grammar_admits_what_is_written_at_random(seed: int, kind: str) -> None:
    """Expressions that the checker takes, whatever they say."""
    assert [text for text in rules_of(seed, kind, 5) if not admitted(text)] == []


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1, 2)", "1 < 2 < 3", "title[0]", "a if b else c", "lambda: 1", "x := 1", "2 ** 3", "+1", "len(x=1)"],
)
def test_the_grammar_admits_nothing_else(text: str) -> None:
    """What the checker refuses for its form is not in the grammar."""
    assert not admitted(text)


def test_every_word_of_the_grammar_is_used() -> None:
    """Each operator and each word stands in an example of the page that has a value."""
    used = " ".join(f" {' '.join(string for _, string in tokens_of(row[1]))} " for row in EXAMPLES)
    assert set() == {word for word in terminals() if f" {word} " not in used}


def test_published_syntax_is_that_of_the_grammar() -> None:
    """The words and operators of the published schema are those of the grammar."""
    syntax = published()["syntax"]
    brackets = {"(", ")", "[", "]", ",", "."}
    assert {*syntax["comparisons"], *syntax["arithmetic"], *syntax["words"]} == terminals() - brackets
