"""What stands on a rule's page as code: its condition, broken to be read, and its parameters, to be typed."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.reports.catalogue import rule_report
from plantrack.reports.rule_page import clauses, code_lines, condition, value_as_written
from plantrack.rules import installed_packs, load_pack
from plantrack.yaml_subset import read
from tests.test_rules_packs import pack_text

# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", ["a"]),
        ("a and b", ["a", "and b"]),
        ("a and b or c and d", ["a and b", "or c and d"]),
        ("(a or b) and c", ["(a or b)", "and c"]),
        ("any(x and y for x in z) and 'a or b' == [c or d]", ["any(x and y for x in z)", "and 'a or b' == [c or d]"]),
        ("x = a or b", ["x = a", "or b"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    """An expression is broken where its whole is joined, never inside brackets or quotes."""
    assert clauses(text) == expected


def test_a_long_clause_is_broken_before_a_word_that_joins() -> None:
    """Names stand before the first line only; a text is folded as texts are."""
    rows = [
        ("when", "any(x.status == 'open' and x.due is not None for x in plan.milestones) and short > tolerance"),
        ("says", "the milestone and its date and its owner"),
    ]
    assert list(code_lines(rows, 36)) == [
        "when  any(x.status == 'open'",
        "        and x.due is not None",
        "        for x in plan.milestones)",
        "      and short > tolerance",
        "says  the milestone and its date and",
        "        its owner",
    ]


@pytest.mark.parametrize("width", [30, 80])
def test_nothing_of_a_condition_is_lost(width: int) -> None:
    """However it is broken, the words are those of the pack."""
    for rule in (rule for pack in installed_packs() for rule in pack.rules):
        rows = list(condition(rule))
        said = " ".join(" ".join(code_lines(rows, width)).split())
        assert said == " ".join(" ".join(f"{name} {text}" for name, text in rows).split())


# --- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a text", "a text"),
        ("2018-02", "2018-02"),
        ("true", '"true"'),
        ("95", '"95"'),
        ("yes", '"yes"'),
        ("a, b", '"a, b"'),
        ("%", '"%"'),
        ("two\nlines", '"two\\nlines"'),
        ("two\u2028lines", '"two\\U00002028lines"'),
        (True, "true"),
        (Decimal("0.0000001"), "0.0000001"),
        (("planned", "on hold", "#3"), '[planned, on hold, "#3"]'),
        ((), "[]"),
    ],
)
def test_value_as_it_would_be_written(value: Any, expected: str) -> None:
    """Quoted where it would mean something else, always on one line."""
    assert value_as_written(value) == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn", "Cc"])), max_size=4).map(tuple))
def test_what_a_page_shows_can_be_typed(texts: tuple[str, ...]) -> None:
    """A list of texts, however strange, reads back as itself."""
    (document, _) = read(value_as_written(texts), "value")
    assert tuple(document) == texts


def test_parameter_is_quoted_for_a_shell() -> None:
    """What is to be typed is one word."""
    rule = "params: {marks: [it's, done]}\nwhen: unit is not None and unit in marks"
    pack = load_pack(pack_text(rule), "p.yaml")
    page = "\n".join(line.text for line in rule_report(pack, pack.rules[0]))
    (word,) = re.findall("--param (.*), or when", page)
    assert shlex.split(word) == ["kpi.test.marks=[it's, done]"]


# --- examples --------------------------------------------------------------------------------------------------------


def test_row_of_which_nothing_is_stated() -> None:
    """It is told as one; a blank after a semicolon would look like a slip of the page."""
    tests = "tests:\n  - {name: fires, as_at: 2018-02-28, given: {observations: [{value: 1}, {}]}, expect: finding}"
    pack = load_pack(pack_text(f"when: len(observations) == 2\n{tests}"), "p.yaml")
    page = [line.text.strip() for line in rule_report(pack, pack.rules[0])]

    assert "- observations: value 1; one of which nothing is stated" in page
