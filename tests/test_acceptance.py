"""The ledger of acceptance says the truth: every name in it exists, and everything it says is found is found."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jq
import pytest

import plantrack
from plantrack import CheckResult, State
from plantrack.demo import DocumentClock, record_entries
from plantrack.events import TYPES
from plantrack.reports import show_json
from tests.acceptance import PAGE, boards, page, rows

TESTS = Path(__file__).parent
RULES = frozenset(rule.id for pack in plantrack.installed_packs() for rule in pack.rules)
LEDGER = rows()
KEYS = {"row", "mechanism", "where", "events", "state", "shown", "rules", "query", "tests", "note", "not here"}


@pytest.fixture(scope="session")
def judged() -> Iterator[dict[str, tuple[State, CheckResult]]]:
    """The state and the findings of each plan of the example at its board."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        for _ in record_entries(tracker, clock):
            pass
        plans = {name: tracker.plan(name) for name in boards()}
        yield {
            name: (plans[name].at(as_at=day, known_at=day), plans[name].check(as_at=day, known_at=day))
            for name, day in boards().items()
        }


def of(key: str) -> pytest.MarkDecorator:
    """The rows that have a key, as cases."""
    return pytest.mark.parametrize("row", [pytest.param(r, id=str(r["row"])) for r in LEDGER if key in r])


def test_every_mechanism_has_a_row() -> None:
    """167 mechanisms, in order; each with events and state, and with a rule, a question or a test that proves it."""
    assert [row["row"] for row in LEDGER] == list(range(1, 168))
    for row in LEDGER:
        assert set(row) <= KEYS, row["row"]
        assert row["mechanism"], row["row"]
        assert row["where"], row["row"]
        assert row["state"], row["row"]
        assert row["events"], row["row"]
        assert row.keys() & {"rules", "query", "tests"}, row["row"]


@of("events")
def test_events(row: dict[str, Any]) -> None:
    """An event that a row names can be recorded."""
    assert [name for name in row["events"] if name not in TYPES] == []


@of("shown")
def test_subjects(row: dict[str, Any], judged: dict[str, tuple[State, CheckResult]]) -> None:
    """What a row shows exists at the board of its plan."""
    missing = [
        f"{plan}/{subject}"
        for plan, subjects in row["shown"].items()
        for subject in subjects
        if judged[plan][0].subject(*subject.split(":", 1)) is None
    ]
    assert missing == []


@of("rules")
def test_rules(row: dict[str, Any], judged: dict[str, tuple[State, CheckResult]]) -> None:
    """A rule that a row names is in the catalogue, and finds these subjects (or so many) and no others."""
    for said in row["rules"]:
        assert said["rule"] in RULES
        if "plan" in said:
            found = sorted(f.subject.id for f in judged[said["plan"]][1] if f.rule == said["rule"])
            assert (len(found) if isinstance(said["finds"], int) else found) == said["finds"], said["rule"]


@of("query")
def test_question(row: dict[str, Any], judged: dict[str, tuple[State, CheckResult]]) -> None:
    """One jq expression over ``show --format json`` answers it."""
    shown = json.loads(json.dumps(show_json(judged[row["query"]["plan"]][0])))
    assert jq.compile(row["query"]["jq"]).input_value(shown).first() == json.loads(row["query"]["answer"])


@cache
def names_in(file: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((TESTS.parent / file).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@of("tests")
def test_tests(row: dict[str, Any]) -> None:
    """A test that a row names is there to be run."""
    for test in row["tests"]:
        file, _, name = test.partition("::")
        assert name in names_in(file), test


def test_page_is_up_to_date() -> None:
    """The page is made of the data. After a change that is meant: RENEW_GOLDEN=1 pytest tests/test_acceptance.py."""
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()
