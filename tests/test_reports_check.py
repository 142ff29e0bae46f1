"""The text of a check: states against an earlier one, waivers, groups; nothing that counts is hidden or lost."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

import plantrack
from plantrack import CheckResult
from plantrack.events import DependencyDeclared, ExternalRegistered
from plantrack.reports import board_report, check_markdown, check_report
from plantrack.reports.entries import board, fits, sections
from plantrack.rules import SEVERITIES, Group
from plantrack.rules.findings import Subject
from tests.checked import RULES, Board, compared, finding, medway


@pytest.fixture(scope="module")
def story() -> CheckResult:
    """A check with findings of every state, a waiver, a group and rules that cannot judge."""
    return compared()


@pytest.fixture(scope="module")
def boards() -> dict[str, CheckResult]:
    """The Medway example."""
    return medway()


def lines(result: CheckResult, **options: Any) -> list[str]:
    return [line.text for line in check_report(result, **options)]


def test_text_of_a_compared_check(story: CheckResult) -> None:
    """What moved is said in words; a group is one entry; what is waived or gone stands apart, with who and why."""
    assert lines(story) == [
        "Operational plan",
        "board · as at 28 February 2018, as known on 10 February 2018 (#35)",
        "compared with 31 January 2018, as known then: 1 new, 1 worse, 1 better, 12 as before; 1 resolved, 1",
        "  without data; waived: 1 as before",
        "",
        "HIGH",
        "  F-714c6636d810  STP funding is pending  [dep.pending]",
        "                  blast radius: 5 initiatives: Initiative 1; Initiative 2; Initiative 3; and 2 more",
        "                  5 more findings for the same reason: 5 dep.unmet (medium)",
        "  4 measures are below the floor (1 new, 1 worse, 1 better)  [kpi.below]",
        "    F-a61e6352a482  new · Ambulances: 71",
        f"    F-2ec57ffece96  worse · A&E: 75 ({finding(story, 'measure:ae').state_reason})",
        f"    F-ccebcaac9cd4  better · Cancer: 65 ({finding(story, 'measure:cancer').state_reason})",
        "    F-304d130e7975  Dementia: 77",
        "",
        "INFO",
        "  Any initiative (5)  [ini.any]",
        "    F-98f31351c7fc  Initiative 1 is in the plan",
        "    F-6b2d97fa9103  Initiative 2 is in the plan",
        "    F-ca4c2fdc04c2  Initiative 3 is in the plan",
        "    … and 2 more (--full shows all)",
        "",
        "WAIVED",
        "  F-1b7e64a01b29  Diagnostics: 66 · waived until 30 June 2018 by the Chair, at the request of",
        "                  Director of Operations: the new ward opens in May  [kpi.below]",
        "",
        "NO LONGER FOUND",
        "  F-8a4abe53bcea  resolved · Delays: 70  [kpi.below]",
        "  F-2dee4c4bf0ed  no data · Stroke: 50 (what counted then no longer does: #20)  [kpi.below]",
        "",
        "COULD NOT BE JUDGED",
        "  2 measures: indeterminate, latest(observations): there are no observations  [kpi.below]",
        "    Stroke; Empty",
        "  1 measure: error, 100 is divided by 0  [kpi.ratio]",
        "    Edge",
        "  2 measures: indeterminate, latest(observations): there are no observations  [kpi.ratio]",
        "    Stroke; Empty",
        "",
        "15 findings (5 high, 5 medium, 5 info) from 7 rules; 1 waived",
    ]


def test_text_in_full_unfolds_the_group(story: CheckResult) -> None:
    """Its members stand under it, those of one rule under one sentence; all initiatives that it reaches are named."""
    said = lines(story, full=True)

    assert said[6:16] == [
        "  F-714c6636d810  STP funding is pending  [dep.pending]",
        "                  blast radius: 5 initiatives: Initiative 1; Initiative 2; Initiative 3; Initiative",
        "                    4; Initiative 5",
        "                  5 more findings for the same reason: 5 dep.unmet (medium)",
        "    5 dependencies are not met  [dep.unmet]",
        "      F-334cca0bc2f8  Initiative 1 needs STP funding",
        "      F-c3f89be0c641  Initiative 2 needs STP funding",
        "      F-1334cb350689  Initiative 3 needs STP funding",
        "      F-27a90e0c07f8  Initiative 4 needs STP funding",
        "      F-7de3e9e086b4  Initiative 5 needs STP funding",
    ]
    assert not [line for line in said if "--full" in line]


def test_group_without_a_finding_about_its_cause() -> None:
    """The first of its findings speaks for it, and the cause is named; the sentence for all counts all."""
    bare = plantrack.load_pack(RULES.replace("when: status == 'pending'", "when: status == 'lost'"), "ours.yaml")

    assert lines(Board().check(packs=[bare]))[3:10] == [
        "MEDIUM",
        "  5 dependencies are not met  [dep.unmet]",
        "    F-334cca0bc2f8  Initiative 1 needs STP funding",
        "                    cause: STP funding (external:bid)",
        "                    blast radius: 5 initiatives: Initiative 1; Initiative 2; Initiative 3; and 2",
        "                      more",
        "    … and 4 more (--full shows all)",
    ]


def grouped(story: CheckResult, head: str, members: Sequence[str]) -> CheckResult:
    """The check, with one group of findings about the subjects that are named."""
    one = finding(story, head)
    others = tuple(finding(story, name).fingerprint for name in members)
    return attrs.evolve(story, groups=(Group(head=one.fingerprint, cause=one.subject, members=others, radius=()),))


def test_serious_finding_is_never_folded_under_a_lesser_heading(story: CheckResult) -> None:
    """A group stands where its most serious finding belongs, and says so where its head is less serious."""
    result = grouped(story, "initiative:i1", ["measure:ae", "dependency:d1"])
    said = lines(result, full=True)

    assert said[said.index("HIGH") : said.index("MEDIUM")] == [
        "HIGH",
        "  F-714c6636d810  STP funding is pending  [dep.pending]",
        "  3 measures are below the floor (1 new, 1 better)  [kpi.below]",
        "    F-a61e6352a482  new · Ambulances: 71",
        f"    F-ccebcaac9cd4  better · Cancer: 65 ({finding(story, 'measure:cancer').state_reason})",
        "    F-304d130e7975  Dementia: 77",
        "  F-98f31351c7fc  Initiative 1 is in the plan (info by itself)  [ini.any]",
        "                  2 more findings for the same reason (1 worse): 1 kpi.below, 1 dep.unmet (medium)",
        "    F-2ec57ffece96  worse · A&E: 75 (score was 2)  [kpi.below]",
        "    F-334cca0bc2f8  Initiative 1 needs STP funding  [dep.unmet]",
        "",
    ]


@pytest.mark.parametrize(
    ("cause", "beneath"),
    [(Subject("plan", "board", "Board"), ""), (Subject("external", "bid", "STP funding"), "  ")],
    ids=["the plan", "anything else"],
)
def test_findings_of_its_own_rule_stand_under_one_sentence(story: CheckResult, cause: Subject, beneath: str) -> None:
    """Without the rule, which was told above; what follows from the plan itself stands side by side."""
    group = attrs.evolve(grouped(story, "measure:ae", ["measure:dementia"]).groups[0], cause=cause)
    said = lines(attrs.evolve(story, groups=(group,)), full=True)
    markdown = check_markdown([attrs.evolve(story, groups=(group,))], full=True)

    head = said.index("  4 measures are below the floor (1 new, 1 worse, 1 better)  [kpi.below]")
    assert f"    {beneath}F-304d130e7975  Dementia: 77" in said[head : head + 6]
    assert f"\n  {beneath}- `F-304d130e7975` Dementia: 77\n" in markdown


def test_markdown_in_full_puts_other_rules_under_a_sentence_each(story: CheckResult) -> None:
    """With their count, as in the text."""
    assert (
        "  - **5 dependencies are not met** (`dep.unmet`)\n    - `F-334cca0bc2f8` Initiative 1 needs STP funding\n"
    ) in check_markdown([story], full=True)


def test_nothing_that_counts_is_lost_with_a_waived_head(story: CheckResult) -> None:
    """Where the finding that would speak for a group is waived, the others stand for themselves."""
    result = grouped(story, "measure:diagnostics", ["measure:ae"])

    assert lines(result) == lines(attrs.evolve(story, groups=()))


def test_every_finding_is_in_the_full_text_once(boards: Mapping[str, CheckResult], story: CheckResult) -> None:
    """However they are grouped, waived or gone; and no line is longer than the terminal."""
    for result in (story, *boards.values()):
        said = lines(result, full=True)
        named = re.findall(r"^ +(F-[0-9a-f]{12}) ", "\n".join(said), re.MULTILINE)

        assert sorted(named) == sorted(f.fingerprint for f in (*result.findings, *result.gone))
        assert max(map(len, said)) <= 100


def test_short_text_accounts_for_every_finding(story: CheckResult) -> None:
    """It is shown, or counted under a finding that speaks for it, or among those that --full shows."""
    said = "\n".join(lines(story))
    shown = len(re.findall(r"^ +F-[0-9a-f]{12} ", said, re.MULTILINE))
    under = re.findall(r"^ +(\d+) more findings? for the same reason", said, re.MULTILINE)
    left = re.findall(r"^ +… and (\d+) more(?:, with (\d+) of other rules)? \(--full", said, re.MULTILINE)

    counted = shown + sum(map(int, under)) + sum(int(own) + int(others or 0) for own, others in left)
    assert counted == len(story.findings) + len(story.gone)


# --- what a board is shown -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 5, 12, 100])
def test_board_is_shown_a_dozen_sentences(boards: Mapping[str, CheckResult], most: int) -> None:
    """Never more than asked for; what is serious before what is less so; nothing that is low; all else is counted."""
    for result in boards.values():
        said = [line.text for line in board_report(result, most)]
        severities = [match.group(1) for line in said if (match := re.match(r"  (\w+) +F-", line))]
        counting = [finding for finding in result if finding.counts]
        urgent = [e for s, rules in sections(result) if s not in ("low", "info") for of in rules for e in of]
        everything = board(result, len(counting))

        assert sum(place.count for place in everything) == sum(len(entry.findings) for entry in urgent)
        assert len(severities) <= min(most, len(everything))
        assert len(severities) == most or {p.entry.finding.rule for p in board(result, most)} == {
            p.entry.finding.rule for p in everything
        }
        assert severities == sorted(severities, key=SEVERITIES.index)
        assert not {"low", "info"} & set(severities)
        assert max(map(len, said)) <= 100
        left = len(counting) - sum(place.count for place in board(result, most))
        assert said[-1] == f"  … and {left} findings less urgent (check --full shows all)"


def test_sentences_for_a_board() -> None:
    """The findings of a rule are one sentence with the titles that there is room for, and count what they explain."""
    rules = Board()
    for n in range(3):
        bid = ExternalRegistered(external=f"bid{n}", title=f"Bid {n}", status="pending")
        needs = DependencyDeclared(dependency=f"x{n}", initiative="i1", title=f"Bid {n}", on=f"external:bid{n}")
        rules.record(bid, needs, effective="2017-05-01")

    assert [line.text for line in board_report(rules.check())] == [
        "  high     F-714c6636d810  Pending (4): STP funding; Bid 0; Bid 1; Bid 2 (and 8 more findings for",
        "                           the same reasons)",
        "  … and 5 findings less urgent (check --full shows all)",
    ]


def test_check_that_a_board_can_read_is_told_in_full_sentences(
    boards: Mapping[str, CheckResult], story: CheckResult
) -> None:
    """A check with more than a dozen entries begins with what a board is shown; a smaller one lists its findings."""
    assert [fits(result) for result in (*boards.values(), story)] == [*(False for _ in boards), True]
    for result in (*boards.values(), story):
        shown, said = [line.text for line in board_report(result)], lines(result)
        begins = said[said.index("") + 1 :][: len(shown)]
        assert (begins == shown) is not fits(result)


def test_groups_that_are_left_out_are_counted_with_their_members() -> None:
    """What follows from a cause that is not shown is not forgotten."""
    board = Board()
    for n in range(5):
        bid = ExternalRegistered(external=f"bid{n}", title=f"Bid {n}", status="pending")
        needs = DependencyDeclared(dependency=f"x{n}", initiative="i1", title=f"Bid {n}", on=f"external:bid{n}")
        board.record(bid, needs, effective="2017-05-01")
    said = lines(board.check(), full=False)

    assert said[4] == "  Pending (6)  [dep.pending]"
    assert "    … and 3 more, with 3 of other rules (--full shows all)" in said


def test_text_of_nothing_then_and_now() -> None:
    """A comparison without findings on either side is said to be one."""
    bids = RULES.partition("  - id: dep.unmet")[0].replace("'pending'", "'lost'")
    result = Board().check(packs=[plantrack.load_pack(bids, "ours.yaml")], since="2018-01-31")

    assert lines(result)[2:] == [
        "compared with 31 January 2018, as known then: nothing found then or now",
        "",
        "No findings from 1 rule",
    ]
