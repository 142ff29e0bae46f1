"""The check as a Markdown document (CommonMark with the tables of GitHub), to be pasted into a paper.

Nothing that a plan or a pack says can become markup: whatever does not come from here is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from plantrack.reports.entries import (
    Entry,
    changed,
    comparison,
    first_of,
    gone,
    group_words,
    headline,
    left_out,
    listed,
    of_rule,
    said,
    sections,
    state_word,
    tally,
    unjudged,
    waived,
    waiver_words,
)
from plantrack.rules import SEVERITIES, CheckResult, Finding
from plantrack.rules.language.wording import day_words

_MARKUP = re.compile(
    r"[\\`*_{}\[\]<>#|~^$@]"
    r"|&(?=#?\w+;)"  # would be read as an entity
    r"|:(?=//)|(?<=www)\.",  # would become a link by itself
    re.IGNORECASE,
)
_LIST = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
"""What would begin a list at the start of a line, or underline a heading."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, also those that turn the direction of the text that follows."""


def escaped(text: str) -> str:
    """Foreign text on one line, of which nothing is read as Markdown or HTML."""
    plain = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    return _LIST.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", plain))


def check_markdown(
    results: Sequence[CheckResult], *, full: bool = False, zones: Mapping[str, str] | None = None
) -> str:
    """The findings of plans as a document, a plan after the other.

    :param full: every finding, not the first of each rule, and those under the head of a group.
    :param zones: the time zone of each plan, in which days are counted; UTC by default.
    """
    given = zones or {}
    return "\n".join(line for r in results for line in _plan(r, full, given.get(r.plan, "UTC")))


def _plan(result: CheckResult, full: bool, zone: str) -> Iterator[str]:
    yield from (f"# {escaped(result.title)}", "")
    yield f"- Plan: `{result.plan}`"
    yield f"- As at: {day_words(result.as_at)}"
    yield f"- As known on: {_known(result, zone)}"
    for pack in result.packs:
        yield f"- Rules: {escaped(pack.pack)} {pack.version} (sha256 `{pack.sha256[:12]}`)"
    if result.since is not None:
        yield f"- Compared with: {escaped(comparison(result))}"
    yield from ("", f"{tally(result)}{'.' * bool(result.counts)}", "")
    if result.counts:
        yield from (*_summary(result), "")
    for severity, rules in sections(result):
        yield from (f"## {severity.capitalize()}", "")
        for entries in rules:
            yield from _of_rule(entries, full)
        yield ""
    decided = [_item(f, escaped(f"{said(f)} · {waiver_words(waiver)}")) for f, waiver in waived(result)]
    yield from _section("Waived", decided)
    yield from _section("No longer found", list(_gone(result, full)))
    yield from _section("Could not be judged", list(_unjudged(result, full)))


def _known(result: CheckResult, zone: str) -> str:
    if result.recorded_at is None:
        return "nothing was recorded yet"
    return f"{day_words(result.recorded_at.astimezone(ZoneInfo(zone)))} (position {result.known})"


def _summary(result: CheckResult) -> Iterator[str]:
    """A table of the severities; the states only where something was compared, waivers only where there are any."""
    columns = {"Findings": [f for f in result.findings if f.counts]}
    if result.since is not None:
        for name, state in (("New", "new"), ("Worse", "worsened"), ("Better", "improved")):
            columns[name] = [f for f in columns["Findings"] if f.state == state]
    if found := waived(result):
        columns["Waived"] = [f for f, _ in found]
    yield _row(["Severity", *columns])
    yield _row(["---", *["--:"] * len(columns)])
    for severity in SEVERITIES:
        counts = [sum(f.severity == severity for f in findings) for findings in columns.values()]
        yield _row([severity.capitalize(), *map(str, counts)])
    yield _row(["All", *[str(len(findings)) for findings in columns.values()]])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _section(heading: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield from (f"## {heading}", "", *items, "")


def _of_rule(entries: Sequence[Entry], full: bool) -> Iterator[str]:
    findings = of_rule(entries)
    if len(findings) == 1:
        yield from _entry(entries[0], "", full, rule=True)
        return
    yield _headline(findings, "")
    shown = first_of(entries, full)
    for entry in shown:
        yield from _entry(entry, "  ", full, rule=False)
    if left := left_out(entries, shown, full):
        yield f"  - {left}"


def _entry(entry: Entry, indent: str, full: bool, *, rule: bool) -> Iterator[str]:
    finding = entry.finding
    lesser = f" ({finding.severity} by itself)" if finding.severity != entry.severity else ""
    yield indent + _item(finding, f"{escaped(said(finding))}{lesser}", rule=rule)
    for words in group_words(entry, full):
        yield f"{indent}  - {escaped(words)}"
    if full:
        yield from _members(entry, indent)


def _members(entry: Entry, indent: str) -> Iterator[str]:
    """Those of its own rule, which stands above; then those of others, under a sentence where they are several."""
    beneath = indent if entry.of_plan else f"{indent}  "
    yield from (beneath + _item(f, escaped(said(f)), rule=False) for f in entry.own)
    for findings in entry.others:
        several = len(findings) > 1
        if several:
            yield _headline(findings, f"{indent}  ")
        deeper = f"{indent}    " if several else f"{indent}  "
        yield from (deeper + _item(f, escaped(said(f)), rule=not several) for f in findings)


def _headline(findings: Sequence[Finding], indent: str) -> str:
    moved = changed(findings)
    return f"{indent}- **{escaped(headline(findings))}**{f' ({moved})' if moved else ''} (`{findings[0].rule}`)"


def _item(finding: Finding, words: str, *, rule: bool = True) -> str:
    state = state_word(finding)
    return (
        f"- `{finding.fingerprint}` {f'**{state}** ' if state else ''}{words}{f' (`{finding.rule}`)' if rule else ''}"
    )


def _gone(result: CheckResult, full: bool) -> Iterator[str]:
    found = gone(result)
    shown = first_of(found, full)
    yield from (_item(f, escaped(said(f))) for f in shown)
    if left := len(found) - len(shown):
        yield f"- and {left} more"


def _unjudged(result: CheckResult, full: bool) -> Iterator[str]:
    for alike in unjudged(result.not_evaluated):
        yield f"- {escaped(alike.words)} (`{alike.rule}`)"
        yield f"  - {escaped(listed(alike.titles, full))}"
