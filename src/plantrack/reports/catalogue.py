"""The catalogue of rules as pages: one for each rule, made from the rule itself, so that both say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Any

from plantrack.reports.lines import folded
from plantrack.rules import Pack, Rule, RuleTest

FIRING, SILENT = ("finding",), ("none", "no subject")
"""The outcomes that a bad and a good example show."""


def catalogue_page(packs: Sequence[Pack]) -> str:
    """The index of the pages, in Markdown: a table a pack."""
    lines = ["# Catalogue of rules", ""]
    for pack in packs:
        lines += [f"## {pack.title}", "", f"Pack `{pack.id}`, version {pack.version}.", ""]
        lines += ["| rule | severity | what it finds | |", "|---|---|---|---|"]
        for rule in pack.rules:
            status = "" if rule.status == "stable" else rule.status
            lines.append(f"| [`{rule.id}`]({rule.id}.md) | {rule.severity} | {_cell(rule.title)} | {status} |")
        lines.append("")
    return "\n".join(lines)


def rule_page(pack: Pack, rule: Rule) -> str:
    """The page of one rule, in Markdown: what it does, why it matters, a bad and a good example, parameters, text."""
    return "\n".join(_page(pack, rule)).rstrip() + "\n"


def _page(pack: Pack, rule: Rule) -> Iterator[str]:
    yield f"# {rule.title} (`{rule.id}`)"
    yield ""
    status = f"{rule.status}, since {rule.since}"
    yield f"*{rule.severity} · for {', '.join(rule.kinds)} · {status} · pack `{pack.id}` {pack.version}*"
    for notice in notices(rule):
        yield ""
        yield f"> {notice}"
    for heading, text in (
        ("What it does", rule.about),
        ("Why it matters", rule.why),
        ("What to do", rule.text.get("fix", "")),
    ):
        if text:
            yield from ("", f"## {heading}", "")
            yield from (line.text for line in folded(text, "", "", width=120))
    for heading, outcomes in (("Bad example", FIRING), ("Good example", SILENT)):
        if (test := example(rule, outcomes)) is not None:
            yield from ("", f"## {heading}", "", "```yaml", test_text(pack, test), "```")
    if rule.params:
        yield from ("", "## Parameters", "", "| name | default |", "|---|---|")
        for name, value in rule.params.items():
            yield f"| `{name}` | `{param_words(value)}` |"
        yield ""
        name, value = next(iter(rule.params.items()))
        yield f"Set one with `--param '{rule.id}.{name}={param_words(value)}'`, or when the pack is adopted."
    yield from ("", "## The rule", "", "```yaml")
    yield rule_text(pack, rule)
    yield "```"
    if rule.references:
        yield from ("", "## References", "")
        yield from (f"- {reference}" for reference in rule.references)


def notices(rule: Rule) -> list[str]:
    """What somebody who uses the rule must know: that it is new, going, or was called something else."""
    found = []
    if rule.status == "preview":
        found.append("Preview: it can be wrong by nature, and its wording and limits may still change.")
    if rule.status == "deprecated":
        use = f": use `{rule.instead}` instead" if rule.instead else ""
        found.append(f"Deprecated{use}. It goes on working; what it finds keeps its fingerprints.")
    if rule.formerly:
        names = ", ".join(f"`{name}`" for name in rule.formerly)
        found.append(f"Formerly {names}; the old name still finds this page, and findings kept their fingerprints.")
    return found


def example(rule: Rule, outcomes: Sequence[str]) -> RuleTest | None:
    """The first test of a rule with one of some outcomes."""
    return next((test for test in rule.tests if test.outcome in outcomes), None)


def rule_text(pack: Pack, rule: Rule) -> str:
    """A rule as it stands in its pack, without its tests."""
    lines = _until_next(pack, rule.mark.line).split("\n")
    tests = next((at for at, line in enumerate(lines) if line.strip() == "tests:"), len(lines))
    return "\n".join(lines[:tests])


def test_text(pack: Pack, test: RuleTest) -> str:
    """A test as it stands in its pack."""
    return _until_next(pack, test.mark.line)


def _until_next(pack: Pack, first: int) -> str:
    """The lines from one on, up to the next test or rule, with their indentation taken away."""
    starts = [mark.line for r in pack.rules for mark in (r.mark, *(t.mark for t in r.tests))]
    end = min((line for line in starts if line > first), default=len(pack.text.lines) + 1)
    lines = pack.text.lines[first - 1 : end - 1]
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines = lines[:-1]
    return dedent("\n".join(lines))


def param_words(value: Any) -> str:
    """The value of a parameter as it would be written in a pack."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(param_words, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
