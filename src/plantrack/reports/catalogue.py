"""The catalogue of rules: the list and the page of a rule, for the terminal, as Markdown and as JSON.

Nothing that a pack says can become markup: whatever does not come from here is escaped, or stands in a block of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from plantrack.events.codec import jsonable
from plantrack.reports.as_markdown import escaped
from plantrack.reports.lines import WIDTH, Line, folded
from plantrack.reports.rule_page import (
    FIRING,
    SILENT,
    Facts,
    Section,
    Table,
    Written,
    code_lines,
    facts_of,
    flat,
    notices,
    sections,
    silences,
    situation,
)
from plantrack.rules import Pack, Rule
from plantrack.rules.testing import Example, example

# --- at a terminal ---------------------------------------------------------------------------------------------------


def catalogue_report(packs: Sequence[Pack], width: int = WIDTH) -> Iterator[Line]:
    """The rules of each pack in a table, and below it what the pack is; a title that does not fit goes on below itself.

    One table over all packs would need a column for the pack, which the titles need more.
    """
    for number, pack in enumerate(packs):
        if number:
            yield Line()
        rows = [(rule.id, rule.severity, rule.status, flat(rule.title)) for rule in pack.rules]
        yield from _table(("RULE", "SEVERITY", "STATUS", "TITLE"), rows, "", width)
        yield Line()
        count = f"{len(pack.rules)} rule{'s' * (len(pack.rules) != 1)}"
        yield from folded(f"{flat(pack.id)} {pack.version}: {flat(pack.title)} ({count})", "", "  ", "dim", width)


def rule_report(pack: Pack, rule: Rule, width: int = WIDTH) -> Iterator[Line]:
    """A rule's page."""
    yield from folded(f"{rule.id}: {flat(rule.title)}", "", "  ", "strong", width)
    yield from folded(facts_of(pack, rule), "  ", "  ", "dim", width)
    for notice in notices(rule):
        yield from folded(notice, "  ", "  ", width=width)
    for section in sections(pack, rule):
        yield Line()
        yield Line(section.heading, "strong")
        yield from _blocks(section, width)


def _blocks(section: Section, width: int) -> Iterator[Line]:
    for block in section.blocks:
        if isinstance(block, Facts):
            for item in block.items:
                yield from folded(item, "  - ", "    ", width=width)
        elif isinstance(block, Written):
            yield from (Line(f"  {line}") for line in code_lines(block.rows, width - 2))
        elif isinstance(block, Table):
            yield from _table(block.head, block.rows, "  ", width)
        else:
            yield from folded(block, "  ", "  ", width=width)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], indent: str, width: int) -> Iterator[Line]:
    """Columns below one another; what does not fit into the last one is folded within it."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate([head, *rows]):
        first = indent + "".join(f"{cell:<{size}}  " for cell, size in zip(row[:-1], widths, strict=False))
        lines = folded(row[-1], first, " " * len(first), "dim" * (number == 0), width)
        yield from (Line(line.text.rstrip(), line.tone) for line in lines)


# --- Markdown --------------------------------------------------------------------------------------------------------


def catalogue_markdown(packs: Sequence[Pack]) -> str:
    """A table of the rules of each pack, and below it their pages; links to a rule's id, or a former one, find it."""
    return "\n".join(line for pack in packs for line in _pack(pack))


def rule_markdown(pack: Pack, rule: Rule) -> str:
    """A rule's page."""
    return "\n".join(_page(pack, rule, "#"))


def _pack(pack: Pack) -> Iterator[str]:
    yield from (f"# {escaped(pack.title)}", "")
    yield f"The rules of the pack {escaped(pack.id)}, version {pack.version}. This page is what"
    yield from ("`plantrack rules list --format markdown` prints; `plantrack rules show ID` prints one rule.", "")
    yield from _markdown_table(
        ("Rule", "Severity", "Status", "Title"),
        [(f"[`{r.id}`](#{r.id})", r.severity, r.status, escaped(r.title)) for r in pack.rules],
    )
    yield ""
    for rule in pack.rules:
        yield from _page(pack, rule, "##")


def _page(pack: Pack, rule: Rule, level: str) -> Iterator[str]:
    yield "".join(f'<a id="{name}"></a>' for name in (rule.id, *rule.formerly))
    yield from ("", f"{level} {escaped(rule.title)}", "")
    yield from (f"`{rule.id}` · {escaped(facts_of(pack, rule))}", "")
    for notice in notices(rule):
        yield from (f"> {escaped(notice)}", "")
    for section in sections(pack, rule):
        yield from (f"{level}# {section.heading}", "")
        for block in section.blocks:
            yield from (*_markdown(block), "")


def _markdown(block: str | Facts | Written | Table) -> Iterator[str]:
    if isinstance(block, Facts):
        yield from (f"- {escaped(item)}" for item in block.items)
    elif isinstance(block, Written):
        lines = list(code_lines(block.rows, WIDTH))
        fence = "`" * max(3, *(len(run) + 1 for line in lines for run in re.findall("`+", line) or [""]))
        yield from (f"{fence}text", *lines, fence)
    elif isinstance(block, Table):
        head = [name.capitalize() for name in block.head]
        yield from _markdown_table(head, [tuple(map(escaped, row)) for row in block.rows])
    else:
        yield escaped(block)


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


# --- JSON ------------------------------------------------------------------------------------------------------------


def catalogue_json(packs: Sequence[Pack]) -> list[dict[str, Any]]:
    """Every rule with what a list needs."""
    return [_listed(pack, rule) for pack in packs for rule in pack.rules]


def rule_json(pack: Pack, rule: Rule) -> dict[str, Any]:
    """A rule with all that its page says, as written in the pack."""
    source = next(iter(rule.compiled.values())).source
    return {
        **_listed(pack, rule),
        "about": rule.about or None,
        "why": rule.why or None,
        "fix": rule.text.get("fix"),
        "silent": list(silences(rule)),
        "where": None if source.where is None else flat(source.where.text),
        "needs": list(source.needs),
        "let": {name: flat(checked.text) for name, checked in source.lets},
        "when": flat(source.when.text),
        "hold_for": rule.hold_for,
        "score": None if source.score is None else flat(source.score.text),
        "message": rule.text["message"],
        "summary": rule.summary or None,
        "params": [
            {"name": name, "default": jsonable(value), "unit": rule.units.get(name)}
            for name, value in rule.params.items()
        ],
        "examples": {
            "bad": _example(example(pack, rule, FIRING)),
            "good": _example(example(pack, rule, SILENT)),
        },
        "references": list(rule.references),
    }


def _listed(pack: Pack, rule: Rule) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "version": pack.version,
        "rule": rule.id,
        "severity": rule.severity,
        "title": rule.title,
        "for": list(rule.kinds),
        "status": rule.status,
        "since": rule.since or None,
        "formerly": list(rule.formerly),
        "instead": rule.instead or None,
    }


def _example(found: Example | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "test": found.test.name,
        "as_at": found.test.as_at.isoformat(),
        "facts": list(situation(found)),
        "findings": [
            {"severity": f.severity, "score": None if f.score is None else f"{f.score:f}", "message": f.message}
            for f in found.findings
        ],
    }
