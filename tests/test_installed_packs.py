"""The packs that come with plantrack: ids that stay, tests that pass, texts that read well, for every one of them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from plantrack.rules import Pack, Rule, check, installed_packs, run_tests, untested
from plantrack.rules.testing import example
from tests.test_rules_language import WORLD, state_of

GOLDEN = Path(__file__).parent / "golden" / "packs"
PACKS = [pack for pack in installed_packs() if "/" not in pack.text.name]  # not those of other distributions
RULES = [(pack, rule) for pack in PACKS for rule in pack.rules]
each_pack = pytest.mark.parametrize("pack", PACKS, ids=[pack.id for pack in PACKS])
each_rule = pytest.mark.parametrize(("pack", "rule"), RULES, ids=[rule.id for _, rule in RULES])


@each_pack
def test_ids_severities_and_their_order_stay(pack: Pack) -> None:
    """Ids are stable for ever, and so is their order: it is the order on the page. To add: RENEW_GOLDEN=1 pytest."""
    golden = GOLDEN / f"{pack.id}.txt"
    now = "".join(f"{rule.id} {rule.severity} {rule.status}\n" for rule in pack.rules)
    if os.environ.get("RENEW_GOLDEN"):
        golden.write_text(now, "utf-8")
    assert now == golden.read_text("utf-8")


def test_rules_have_one_home() -> None:
    """No two packs speak of the same rule, and a pack is named in the file of its name."""
    names = [name for _, rule in RULES for name in (rule.id, *rule.formerly)]
    assert len(names) == len(set(names))
    assert [f"{pack.id}.yaml" for pack in PACKS] == [pack.text.name for pack in PACKS]
    assert {file.stem for file in GOLDEN.iterdir()} == {pack.id for pack in PACKS}


@each_pack
def test_own_tests_pass(pack: Pack) -> None:
    """Every rule that comes with plantrack is seen to fire and to stay silent, and does both as its tests say."""
    assert untested(pack) == {}
    results = list(run_tests(pack))
    assert [result for result in results if not result.passed] == []
    assert len({(result.rule, result.name) for result in results}) == len(results) > 2 * len(pack.rules)


@each_rule
def test_texts(pack: Pack, rule: Rule) -> None:
    """Each rule says what it found, what to do, what it looks at and why: in sentences, for people."""
    assert re.fullmatch(r"[A-Z][^.{}]{3,60}", rule.title)
    message, summary = rule.text["message"], rule.summary
    assert re.match(r"[A-Z{]", message)
    assert "{" in message
    assert not message.endswith(".")
    assert re.fullmatch(r"\{count\} [^{}]+[^.{} ]", summary)
    for text in (rule.text["fix"], rule.about, rule.why):
        assert re.fullmatch(r"[A-Z].{10,}\.", text, re.DOTALL)
        assert "  " not in text
        assert not re.search(r"\{|\}|TODO|TBD", text)


BROKEN = re.compile(r"[{}<>\[\]]|None|True|False|Decimal|Linked|object at|\(not stated\)")


@each_rule
def test_example_reads_well(pack: Pack, rule: Rule) -> None:
    """What a rule finds in its own example shows no brace, no Python value and no inside of an object."""
    shown = example(pack, rule, ["finding"])
    assert shown is not None
    for finding in shown.findings:
        for text in (finding.message, finding.fix, finding.subject.title):
            assert text.strip()
            assert not BROKEN.search(text)


def test_findings_in_a_plan_with_a_bit_of_everything_read_well() -> None:
    """And so do those that nobody foresaw."""
    findings = list(check(state_of(WORLD), PACKS))
    assert len({finding.rule for finding in findings}) >= 8
    for finding in findings:
        for text in (finding.message, finding.fix):
            assert text.strip()
            assert not re.search(r"[{}<>\[\]]|None|True|False|Decimal|Linked|object at", text)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2017-02-28", set()),
        ("2017-03-01", {"time.commitment-overdue"}),
        ("2017-03-31", {"time.commitment-overdue"}),
        ("2017-04-01", {"gov.signoff-incomplete"}),
    ],
)
def test_a_missing_signature_is_told_once(day: str, told: set[str]) -> None:
    """As a promise that is overdue before the plan begins, and from then on as what it is: a plan without consent."""
    state = state_of(
        """
        - PlanOpened: {title: Operational Plan, organisation: CCG, period: 2017/18}
          effective: 2016-04-01
        - BodyRegistered: {body: nhse, title: NHS England}
          effective: 2016-04-01
        - CommitmentMade: {commitment: s, title: Signature, kind: sign-off, owner: nhse, owed_to: nhse, due: 2017-02}
          effective: 2016-04-01
        """,
        day,
    )
    assert {f.rule for f in check(state, PACKS) if str(f.subject) == "commitment:s"} == told
