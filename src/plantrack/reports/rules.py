"""Reports about rules: the catalogue, a rule's page, the outcome of a pack's tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from plantrack.reports.lines import Line, folded
from plantrack.rules import Pack, Rule, TestResult


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


def tests_report(pack: Pack, results: Sequence[TestResult], untested: Mapping[str, str]) -> Iterator[Line]:
    """What failed and how, what no test covers, and the count."""
    for result in results:
        if not result.passed:
            yield Line(f"FAIL {pack.text.name}:{result.line}: {result.rule}: {result.name}", "high")
            for difference in result.differences:
                yield from folded(difference, "     ", "     ")
    for rule, missing in untested.items():
        yield Line(f"warning: {rule}: {missing}", "medium")
    failed = sum(not result.passed for result in results)
    rules = f"{len(pack.rules)} rule{'s' * (len(pack.rules) != 1)}"
    yield Line(f"{pack.id} {pack.version}: {len(results) - failed} passed, {failed} failed, {rules}")
