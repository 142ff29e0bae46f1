"""The check as JUnit XML, which build servers draw: a suite a plan, a case a rule. It holds no times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal
from xml.etree import ElementTree

from plantrack.reports.entries import gone, headline, said, state_word, tally, waiver_words
from plantrack.rules import SEVERITIES, CheckResult, Finding, Severity
from plantrack.rules.findings import NotEvaluated, Outcome

FailOn = Severity | Literal["never"]

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OUTCOMES = ("failure", "error", "skipped")


def check_junit(results: Sequence[CheckResult], *, fail_on: FailOn = "high") -> str:
    """The findings of plans as JUnit XML.

    A rule fails by a finding that counts and is at or above ``fail_on``. Else it is an error where its evaluation
    failed, and skipped where there was nothing that it could judge. What else it says is in the output of its case.
    The text is ASCII, so that it is UTF-8 as it declares, whatever encoding it is written in.
    """
    serious = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    root = ElementTree.Element("testsuites", name="plantrack")
    for result in results:
        _suite(root, result, serious)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode").encode("ascii", "xmlcharrefreplace").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ElementTree.Element, result: CheckResult, serious: Sequence[Severity]) -> None:
    suite = _element(root, "testsuite", name=result.plan)
    properties = _element(suite, "properties")
    for name, value in _coordinates(result):
        _element(properties, "property", name=name, value=value)
    for rule, counts in result.counts.items():
        _case(suite, result, rule, counts, serious)
    if not result.counts:
        case = _element(suite, "testcase", classname=result.plan, name="plan")
        _element(case, "skipped", message=tally(result))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for name, outcome in zip(("failures", "errors", "skipped"), _OUTCOMES, strict=True):
        suite.set(name, str(sum(case.find(outcome) is not None for case in cases)))
    if unknown := [_line(f) for f in gone(result) if f.rule not in result.counts]:
        _element(suite, "system-out", unknown)


def _coordinates(result: CheckResult) -> Iterable[tuple[str, str]]:
    yield "title", result.title
    yield "as_at", result.as_at.isoformat()
    yield "known_at", f"#{result.known}"
    for pack in result.packs:
        yield "rules", f"{pack.pack} {pack.version} sha256:{pack.sha256}"
    if result.since is not None:
        yield "since", result.since


def _case(
    suite: ElementTree.Element,
    result: CheckResult,
    rule: str,
    counts: dict[Outcome, int],
    serious: Sequence[Severity],
) -> None:
    case = _element(suite, "testcase", classname=result.plan, name=rule)
    failing = [f for f in result.findings if f.rule == rule and _fails(f, serious)]
    others = [f for f in result.findings if f.rule == rule and not _fails(f, serious)]
    unjudged = [n for n in result.not_evaluated if n.rule == rule]
    errors = [_unjudged(n) for n in unjudged if n.outcome == "error"]
    if failing:
        lines = [*map(_line, failing), *errors]
        _element(case, "failure", lines, type=failing[0].severity, message=headline(failing))
    elif errors:
        _element(case, "error", errors, type="error", message=f"the rule failed for {_subjects(len(errors))}")
    elif not counts["finding"] and not counts["ok"]:
        _element(case, "skipped", message=_why_skipped(counts))
    output = [
        *[_line(f) for f in others],
        *[_line(f) for f in gone(result) if f.rule == rule],
        *[_unjudged(n) for n in unjudged if n.outcome != "error"],
    ]
    if output:
        _element(case, "system-out", output)


def _fails(finding: Finding, serious: Sequence[Severity]) -> bool:
    return finding.counts and finding.severity in serious


def _why_skipped(counts: dict[Outcome, int]) -> str:
    if counts["indeterminate"]:
        return f"could not judge any of {_subjects(sum(counts.values()))}"
    if counts["not applicable"]:
        return f"not applicable to any of {_subjects(counts['not applicable'])}"
    return "the plan has no such subject"


def _subjects(count: int) -> str:
    return f"{count} subject{'s' * (count != 1)}"


def _line(finding: Finding) -> str:
    state = state_word(finding)
    waived = f" · {waiver_words(finding.waiver)}" if finding.waiver else ""
    words = f"{f'{state} · ' if state else ''}{said(finding)}{waived}"
    return f"{finding.fingerprint} {finding.severity} {finding.subject}: {words}"


def _unjudged(unjudged: NotEvaluated) -> str:
    return f"{unjudged.outcome} {unjudged.subject}: {unjudged.reason}"


def _element(
    parent: ElementTree.Element, tag: str, lines: Sequence[str] = (), **attributes: str
) -> ElementTree.Element:
    """A child, with each line of its text on one line, and without what XML 1.0 forbids."""
    child = ElementTree.SubElement(parent, tag, {name: _allowed(value) for name, value in attributes.items()})
    if lines:
        child.text = "\n".join(map(_allowed, lines))
    return child


def _allowed(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
