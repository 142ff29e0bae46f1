"""The text of a check: states against an earlier one, waivers, groups; nothing that counts is hidden or lost."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

import plantrack
from plantrack import CheckResult, Period
from plantrack.events import (
    BodyRegistered,
    CommitmentMade,
    DependencyDeclared,
    DocumentIssued,
    ExternalRegistered,
    ProgressReported,
    SavingPlanned,
    TargetSet,
)
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
        "  high     F-714c6636d810  Pending (4): STP funding; Bid 0; Bid 1; Bid 2 (8 more findings follow",
        "                           from them)",
        "  … and 5 findings less urgent (check --full shows all)",
    ]


def sentences(result: CheckResult) -> list[str]:
    """What a board is shown of a check, each sentence on one line."""
    return [place.sentence for place in board(result)]


def ours(*rules: str) -> plantrack.Pack:
    """A pack of rules, each of which is written on one line."""
    head = "plantrack-rules: 1\npack: ours\nversion: 1.0.0\nrules:\n"
    return plantrack.load_pack(head + "".join(f"  - {{{rule}}}\n" for rule in rules), "ours.yaml")


def test_what_was_missed_comes_before_what_was_not_said() -> None:
    """Among the equally serious: a score on targets, money or dates; then by reach, then as the pack has them."""
    plan = Board()
    issued = DocumentIssued(document="report", title="The report", kind="progress-report")
    plan.record(issued, effective="2017-05-01")
    plan.measure("ae", "A&E")
    plan.figure("ae", "2018-01", 77)
    rules = ours(
        *(
            f'id: {rule}, title: t, for: {kind}, severity: {severity}, when: True, message: "{{title}} {words}"{more}'
            for rule, kind, severity, words, more in (
                ("prg.heard", "Document", "high", "says nothing", ", score: '9'"),
                ("gov.owned", "Plan", "high", "has no owner", ""),
                ("dep.asked", "Dependency", "medium", "is not met", ", cause: on_external"),
                ("dep.bid", "External", "high", "is pending", ", score: '1'"),
                ("kpi.known", "Measure", "high", "has no lead", ""),
                ("kpi.far", "Measure", "high", "is far off", ", score: '18'"),
                ("fin.sum", "Plan", "medium", "costs more", ", score: '1'"),
            )
        )
    )

    assert sentences(plan.check(packs=[rules])) == [
        "A&E is far off",
        "STP funding is pending (5 more findings follow from it)",
        "Operational plan has no owner",
        "A&E has no lead",
        "The report says nothing",
        "Operational plan costs more",
    ]


def test_what_findings_follow_from_is_named_where_the_sentence_is_about_something_else() -> None:
    """A sentence about two initiatives does not say which document the others follow from."""
    plan = Board()
    plan.record(DocumentIssued(document="report", title="The report", kind="progress-report"), effective="2017-05-01")
    plan.measure("ae", "A&E")
    cause = "let: {cycle: latest(plan.documents)}, cause: cycle"
    rules = ours(
        f'id: prg.left-out, title: Left out, for: Measure, severity: high, when: True, {cause}, message: "{{title}}"',
        f'id: prg.silent, title: Silent, for: Initiative, severity: medium, when: True, {cause}, message: "{{title}}"',
    )

    assert sentences(plan.check(packs=[rules])) == ["A&E (5 more findings follow from The report)"]


def test_how_often_each_thing_is_said_is_counted() -> None:
    """Where findings say one of a few texts of their subjects; not where a text has a number, or all say the same."""
    plan = Board()
    for name in ("Beds: summer", "Cancer", "Delays"):
        plan.record(CommitmentMade(commitment=name[0].lower(), title=name, kind="promise"), effective="2017-05-01")
    plan.record(BodyRegistered(body="ccg", title="The CCG"), effective="2017-05-01")
    plan.record(CommitmentMade(commitment="e", title="Estates", kind="promise", owner="ccg"), effective="2017-05-01")
    lack = "default(first(w for w in ['no owner'] if owner is None), 'no date')"
    lets = f'let: {{lack: "{lack}", all: len(plan.commitments)}}'

    def said(message: str) -> list[str]:
        rule = f"id: prg.kept, title: Promises, for: Commitment, severity: medium, when: True, {lets}, "
        return sentences(plan.check(packs=[ours(f'{rule}message: "{message}", summary: "{{count}} promises"')]))

    assert said("{title}: made with {lack}") == ["4 promises: 3 made with no owner, 1 made with no date"]
    assert said("{title}: made") == ["4 promises: Beds: summer; Cancer; Delays; Estates"]
    assert said("{title}: {lack}, one of {all}") == ["4 promises: Beds: summer; Cancer; Delays; Estates"]
    assert said("{lack}: {title}") == ["4 promises: Beds: summer; Cancer; Delays; Estates"]


def test_each_of_several_findings_is_called_so_that_it_is_known() -> None:
    """A saving with its year, a target with its measure; what has no title of its own is only counted."""
    plan = Board()
    for year in ("2017/18", "2018/19"):
        saving = SavingPlanned(saving=year[:4], title="QIPP", period=Period.parse(year), amount=Decimal(5))
        plan.record(saving, effective="2017-05-01")
    for measure, title in (("ae", "A&E"), ("rtt", "Waiting")):
        plan.measure(measure, title)
        plan.record(TargetSet(measure=measure, comparator="at-least", value=Decimal(92)), effective="2017-05-01")
        report = ProgressReported(report=measure, about=f"measure:{measure}", status="on-track", text="well")
        plan.record(report, effective="2018-01-01")
    rules = ours(
        *(
            f'id: {name}, title: {kind}s, for: {kind}, severity: high, when: True, message: "{{{kind.lower()}}}"'
            for name, kind in (("fin.all", "Saving"), ("kpi.all", "Target"), ("prg.all", "Report"))
        )
    )

    assert [place.sentence for place in board(plan.check(packs=[rules]), 3)] == [
        "Savings (2): QIPP, 2017/18; QIPP, 2018/19",
        "Targets (2): A&E: at least 92; Waiting: at least 92",
        "Reports (2)",
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
