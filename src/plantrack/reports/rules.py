"""Reports about rules: the catalogue, a rule's page, the outcome of a pack's tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from plantrack.reports.lines import Line, folded
from plantrack.rules import Pack, Rule, TestResult, TestWarning


def catalogue_report(packs: Sequence[Pack]) -> Iterator[Line]:
    """Every rule of the packs on a line."""
    for pack in packs:
        yield Line(f"{pack.id} {pack.version}: {pack.title}", "strong")
        width = max(len(rule.id) for rule in pack.rules)
        for rule in pack.rules:
            mark = "" if rule.status == "stable" else f" ({rule.status})"
            yield Line(f"  {rule.id:<{width}}  {rule.severity:<8}  {rule.title}{mark}")


def rule_report(pack: Pack, rule: Rule) -> Iterator[Line]:
    """A rule's page."""
    yield Line(f"{rule.id}: {rule.title}", "strong")
    facts = (
        f"for {', '.join(rule.kinds)} · {rule.severity} · {rule.status} since {rule.since} · {pack.id} {pack.version}"
    )
    yield Line(f"  {facts}", "dim")
    for heading, text in (("What it does", rule.about), ("Why it matters", rule.why)):
        if text:
            yield Line()
            yield Line(heading, "strong")
            yield from folded(text, "  ", "  ")
    yield Line()
    yield Line("The rule", "strong")
    for name, value in rule.params.items():
        yield Line(f"  param {name} = {value}")
    for key, text in rule.text.items():
        yield from folded(" ".join(text.split()), f"  {key:<8} ", " " * 11)
    if rule.tests:
        yield Line()
        yield Line("Tests", "strong")
        for test in rule.tests:
            yield Line(f"  {test.name}  ->  {test.outcome}")


def tests_report(pack: Pack, results: Sequence[TestResult], warnings: Sequence[TestWarning]) -> Iterator[Line]:
    """What failed and how, what is to do, what is in doubt, and the count; the count alone where all is well.

    :param results: of the tests that were run; the others of the pack were left out.
    """
    name = pack.text.name
    for result in results:
        if result.failed:
            yield Line(f"FAIL {name}:{result.line}: {result.rule}: {result.name}", "high")
            yield from differences_report(result)
        elif not result.passed:
            yield from folded(f"todo {name}:{result.line}: {result.rule}: {result.name}: {result.todo}", "", "     ")
    for warning in warnings:
        said = f"warning {name}:{warning.line}: {warning.rule}: {warning.message}"
        yield from folded(said, "", "     ", "medium")
    counts = _counts(pack, results)
    parts = [f"{counts['passed']} passed, {counts['failed']} failed"]
    parts += [f"{counts[word]} {word}" for word in ("todo", "left out") if counts[word]]
    rules = f"{len(pack.rules)} rule{'s' * (len(pack.rules) != 1)}"
    yield Line(f"{pack.id} {pack.version}: {', '.join(parts)}, {rules}")


def differences_report(result: TestResult) -> Iterator[Line]:
    """How a test differs from what it expects: field by field, what was expected above what came."""
    for problem in result.problems:
        yield from (Line(f"     {line}") for line in problem.splitlines())
    width = max((len(d.field) for d in result.differences), default=0)
    for difference in result.differences:
        margin = " " * (width + 17)
        expected, got = (text.replace("\n", "↵ ") or "(empty)" for text in (difference.expected, difference.got))
        above = list(folded(expected, f"     {difference.field:<{width}}  expected  ", margin))
        below = list(folded(got, f"     {'':<{width}}  got       ", margin))
        yield from above
        yield from below
        if len(above) == len(below) == 1 and difference.field.endswith(("message", "reason")):  # show where texts part
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(expected, got, strict=False)))
            yield Line(f"{margin}{' ' * same}^", "dim")


def tests_json(pack: Pack, results: Sequence[TestResult], warnings: Sequence[TestWarning]) -> dict[str, Any]:
    """The outcome of a pack's tests as JSON."""
    return {
        "pack": pack.id,
        "version": pack.version,
        "file": pack.text.name,
        "rules": len(pack.rules),
        "summary": {word.replace(" ", "_"): number for word, number in _counts(pack, results).items()},
        "tests": [
            {
                "rule": result.rule,
                "name": result.name,
                "line": result.line,
                "outcome": _outcome(result),
                "differences": [{"field": d.field, "expected": d.expected, "got": d.got} for d in result.differences],
                "problems": list(result.problems),
                "todo": result.todo or None,
            }
            for result in results
        ],
        "warnings": [{"rule": w.rule, "line": w.line, "message": w.message} for w in warnings],
    }


def _outcome(result: TestResult) -> str:
    return "passed" if result.passed else "failed" if result.failed else "todo"


def _counts(pack: Pack, results: Sequence[TestResult]) -> dict[str, int]:
    counts = {"passed": 0, "failed": 0, "todo": 0}
    for result in results:
        counts[_outcome(result)] += 1
    return counts | {"left out": sum(len(rule.tests) for rule in pack.rules) - len(results)}
