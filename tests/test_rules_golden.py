"""Packs that were released run for ever to the same findings."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import plantrack
from plantrack import CheckResult, Finding
from plantrack.demo import DocumentClock
from plantrack.journal import read_journal
from plantrack.rules import read_pack, run_tests
from plantrack.yaml_subset import plain, read

GOLDEN = Path(__file__).parent / "golden"
RELEASES = sorted(GOLDEN.glob("rules-v*"))
DAY = "2018-02-28"
FIRST = GOLDEN / "rules-v1"


def found(folder: Path) -> CheckResult:
    """What the pack of a release finds in its journal."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        for entry in read_journal((folder / "journal.yaml").read_bytes(), "journal.yaml"):
            clock.now = entry.recorded
            tracker.plan(entry.plan).record_all(entry.proposals)
        return tracker.plan("golden").check(as_at=DAY, known_at=DAY, packs=[read_pack(folder / "pack.yaml")])


def as_data(finding: Finding) -> dict[str, Any]:
    """What a board sees of a finding, and what it rests on; its arithmetic may be shown otherwise one day."""
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "subject": str(finding.subject),
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "summary": finding.summary,
        "score": None if finding.score is None else str(finding.score),
        "positions": list(finding.positions),
        "waiver": None if finding.waiver is None else finding.waiver.id,
        "group": finding.group,
    }


def written(folder: Path) -> str:
    """All that a check says, as it is kept."""
    result = found(folder)
    everything = {
        "findings": [as_data(finding) for finding in result.findings],
        "not evaluated": [[n.rule, str(n.subject), n.outcome] for n in result.not_evaluated],
        "groups": [
            {"cause": str(g.cause), "members": [g.head, *g.members], "radius": [str(s) for s in g.radius]}
            for g in result.groups
        ],
        "counts": result.counts,
    }
    return json.dumps(everything, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_released_pack_finds_the_same(folder: Path) -> None:
    """Fingerprints, messages, scores, evidence, groups, and what cannot be said: as on the day of the release."""
    kept = folder / "findings.json"
    if os.environ.get("RENEW_GOLDEN") and not kept.exists():
        kept.write_text(written(folder), "utf-8")
    assert json.loads(kept.read_text("utf-8")) == json.loads(written(folder))


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_tests_of_released_pack_pass(folder: Path) -> None:
    """What they expect holds, but for what was still to do; one that is to do may not begin to pass unnoticed."""
    results = list(run_tests(read_pack(folder / "pack.yaml")))
    assert results
    assert [(result.name, result.passed) for result in results if result.passed == bool(result.todo)] == []


@pytest.mark.parametrize("folder", RELEASES, ids=lambda folder: folder.name)
def test_released_rules_are_seen_to_matter(folder: Path) -> None:
    """Among the findings and errors is something of every rule."""
    result = found(folder)
    seen = {finding.rule for finding in result.findings} | {n.rule for n in result.not_evaluated}
    assert seen == {rule.id for rule in read_pack(folder / "pack.yaml").rules}


# --- that nothing of the language is left out -------------------------------------------------------------------------


def keys_of(value: Any) -> Iterator[str]:
    """Every key of a document, at whatever depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


SCHEMA = json.loads((GOLDEN / "plantrack-rules-1.json").read_text("utf-8"))
TEXT = (FIRST / "pack.yaml").read_text("utf-8")
DOCUMENT = plain(read(TEXT, "pack.yaml")[0])
RULES = DOCUMENT["rules"]
TESTS = [test for rule in RULES for test in rule.get("tests", [])]


def expressions() -> str:
    """All expressions of the pack, with what stands in braces of its texts."""
    parts = [
        rule.get(key) for rule in RULES for key in ("where", "when", "score", "cause", "affects", "identity", "let")
    ]
    parts += [
        hole for rule in RULES for key in ("message", "fix") for hole in re.findall(r"{(.*?)}", rule.get(key, ""))
    ]
    return " \n ".join(str(part) for part in parts)


@pytest.mark.parametrize(
    ("what", "present"),
    [
        ("pack", set(DOCUMENT)),
        ("rule", {key for rule in RULES for key in rule}),
        ("test", {k for t in TESTS for k in t}),
    ],
    ids=["pack", "rule", "test"],
)
def test_first_release_has_every_key(what: str, present: set[str]) -> None:
    """Of a pack, of a rule and of a test."""
    assert present >= set(SCHEMA["keys"][what])


def test_first_release_has_every_way_to_expect() -> None:
    """Every outcome, by its word or with what it must say."""
    expected = [test["expect"] for test in TESTS]
    said = {outcome if isinstance(outcome, str) else next(iter(outcome)) for outcome in expected}
    assert said - {"findings"} == set(SCHEMA["choices"]["expect"])
    assert set(SCHEMA["keys"]["expected finding"]) <= set(keys_of(expected))
    assert {rule["severity"] for rule in RULES} == set(SCHEMA["choices"]["severity"])
    assert {rule.get("status", "stable") for rule in RULES} == set(SCHEMA["choices"]["status"])


@pytest.mark.parametrize("function", SCHEMA["functions"])
def test_first_release_calls_every_function(function: str) -> None:
    """Once released, none is ever removed, renamed, or answers otherwise."""
    assert re.search(rf"\b{function}\(", expressions())


@pytest.mark.parametrize(
    "sign", [s for group in ("comparisons", "arithmetic", "words") for s in SCHEMA["syntax"][group]]
)
def test_first_release_has_every_operator(sign: str) -> None:
    """Of comparison, of arithmetic, and every word."""
    edge = r"\b" if sign[0].isalpha() else r"(?<![<>=!])"
    assert re.search(edge + re.escape(sign) + (r"\b" if sign[-1].isalpha() else r"(?![<>=])"), expressions())


def test_what_is_compared_can_differ() -> None:
    """A pack that finds something else, or says it otherwise, would be noticed."""
    finding = next(iter(found(FIRST)))
    for change in (
        {"message": "x"},
        {"severity": "info"},
        {"positions": (1,)},
        {"fingerprint": "F-0"},
        {"score": None},
    ):
        assert as_data(attrs.evolve(finding, **change)) != as_data(finding)
