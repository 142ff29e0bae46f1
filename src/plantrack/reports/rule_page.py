"""A rule's page in the catalogue, made from the rule itself, so that the two cannot disagree.

A page is a list of sections; the terminal, Markdown and JSON show the same. What the examples find is what the rule
found when its tests were run for the page.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from shlex import quote
from textwrap import TextWrapper
from typing import Any

from attrs import frozen

from plantrack.errors import RuleSourceError
from plantrack.events.envelope import RecordedEvent
from plantrack.period import Period
from plantrack.reports.as_text import event_words
from plantrack.rules import Pack, Rule
from plantrack.rules.given import Given
from plantrack.rules.language.wording import day_words, words
from plantrack.rules.recorded import FIRST_DAY
from plantrack.rules.testing import Example, example
from plantrack.yaml_subset import Mapping, read
from plantrack.yaml_subset import Sequence as Listed

SAYS = "says"
"""The row of a condition that is a text."""
_JOINT = re.compile(r" (?=(?:and|or|for|if) )")
_GLUE = "\N{NO-BREAK SPACE}"

FIRING, SILENT = ("finding",), ("none", "no subject", "not applicable")
"""The outcomes that a bad and a good example show, the better ones first."""


@frozen
class Facts:
    """What is so, item by item."""

    items: tuple[str, ...]


@frozen
class Written:
    """Names and what stands for them in the pack, as code."""

    rows: tuple[tuple[str, str], ...]


@frozen
class Table:
    """Rows under a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@frozen
class Section:
    """A heading, and what stands under it: paragraphs and other blocks."""

    heading: str
    blocks: tuple[str | Facts | Written | Table, ...]


def sections(pack: Pack, rule: Rule) -> Iterator[Section]:
    """What a page says below its head, in order; nothing for what the rule does not say."""
    for heading, text in (
        ("What it does", rule.about),
        ("Why it matters", rule.why),
        ("What to do", rule.text.get("fix", "")),
    ):
        if text:
            yield Section(heading, tuple(paragraphs(text)))
    for heading, outcomes in (("Bad example", FIRING), ("Good example", SILENT)):
        if (found := example(pack, rule, outcomes)) is not None:
            yield Section(heading, _example(found))
    if silent := silences(rule):
        yield Section("When it says nothing", (Facts(silent),))
    yield Section("The condition", (Written(tuple(condition(rule))),))
    if rule.params:
        rows = tuple((name, value_as_written(value), rule.units.get(name, "")) for name, value in rule.params.items())
        usage = f"Set one with --param {quote(f'{rule.id}.{rows[0][0]}={rows[0][1]}')}, or when the pack is adopted."
        yield Section("Parameters", (Table(("parameter", "default", "unit"), rows), usage))
    if rule.references:
        yield Section("References", (Facts(tuple(map(flat, rule.references))),))


def notices(rule: Rule) -> list[str]:
    """What somebody who relies on the rule must know: that it is new, going, or was called something else."""
    found = []
    if rule.status == "preview":
        found.append("Preview: what it finds may be wrong in ways that are known, and it may still change.")
    if rule.status == "deprecated":
        use = f": use {rule.instead} instead" if rule.instead else ""
        found.append(f"Deprecated{use}. It goes on working until a pack leaves it out.")
    if rule.formerly:
        found.append(f"Formerly {', '.join(rule.formerly)}. Its findings kept their fingerprints.")
    return found


def facts_of(pack: Pack, rule: Rule) -> str:
    """The line below the title: how serious it is, about what, how settled, since when, in which pack."""
    since = f" since {rule.since}" if rule.since else ""
    parts = (rule.severity, f"for each {' and '.join(rule.kinds)}", f"{rule.status}{since}")
    return " · ".join((*parts, f"{flat(pack.id)} {pack.version}"))


def silences(rule: Rule) -> tuple[str, ...]:
    """The situations in which the rule finds nothing, as the tests that prove it are called."""
    said = {"not applicable": " (not applicable)", "indeterminate": " (cannot be judged)", "error": " (fails)"}
    silent = [f"{test.name}{said.get(test.outcome, '')}" for test in rule.tests if test.outcome != "finding"]
    held = [f"waits until it has been so for {rule.hold_for} days"] * bool(rule.hold_for)
    return (*held, *silent)


def condition(rule: Rule) -> Iterator[tuple[str, str]]:
    """The parts of the condition as they are written, in the order in which they are looked at."""
    source = next(iter(rule.compiled.values())).source
    yield "for", ", ".join(rule.kinds)
    if source.where is not None:
        yield "where", source.where.text
    if source.needs:
        yield "needs", ", ".join(source.needs)
    for number, (name, checked) in enumerate(source.lets):
        yield "" if number else "let", f"{name} = {checked.text}"
    yield "when", source.when.text
    if rule.hold_for:
        yield "hold for", f"{rule.hold_for} days"
    if source.score is not None:
        yield "score", source.score.text
    yield SAYS, rule.text["message"]


def _example(example: Example) -> tuple[str | Facts | Written | Table, ...]:
    test = example.test
    known = "" if test.known_at is None else f", as known at {_known(test.known_at)}"
    given = [f"{name} = {value_as_written(value)}" for name, value in test.params.items()]
    params = f", with {', '.join(given)}" if given else ""
    found = tuple(f"{f.severity}: {flat(f.message)}" for f in example.findings)
    return (
        f"On {day_words(test.as_at)}{known}{params}:",
        Facts(tuple(situation(example))),
        "It finds:" if found else "It finds nothing.",
        *([Facts(found)] if found else []),
    )


def situation(example: Example) -> Iterator[str]:
    """What is so in an example: the events, or the fields that are given."""
    given = example.test.situation
    return _given(given) if isinstance(given, Given) else map(_event, example.events)


def _known(at: int | date | datetime) -> str:
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%d %H:%M %Z}"
    return f"#{at}" if isinstance(at, int) else day_words(at)


def _event(event: RecordedEvent) -> str:
    """An event; when it became true where that says something: not the first day of every test, nor its period."""
    told = event.effective in (Period.day(FIRST_DAY), getattr(event.data, "period", None))
    return f"{event.type}: {event_words(event.data)}{'' if told else f' · effective {words(event.effective)}'}"


def _given(given: Given) -> Iterator[str]:
    if not given.written.values:
        yield f"a {given.kind} of which nothing is stated"
    for name, value in given.written.values.items():
        yield f"{name}: {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        said = (f"{name} {_written(inner)}" for name, inner in value.values.items())
        return " · ".join(said) or "one of which nothing is stated"
    if isinstance(value, Listed):
        return "; ".join(map(_written, value.items)) or "none"
    return flat(words(value))


# --- texts -----------------------------------------------------------------------------------------------------------


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a text, each on one line; blank lines part them."""
    return map(flat, re.split(r"\n\s*\n", text.strip()))


def value_as_written(value: Any) -> str:
    """The value of a parameter as it would be written in a pack, on one line."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(value_as_written, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    return f"{Decimal(value):f}"


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def _is_plain(text: str) -> bool:
    """Whether a text means itself when it is written without quotes, also in a list."""
    try:
        document, _ = read(f"[{text}]", text)
    except RuleSourceError:
        return False
    return list(document) == [text] and text == flat(text)


def clauses(text: str) -> list[str]:
    """An expression in parts, each but the first beginning with the `or`, or else the `and`, that joins the whole."""
    joints: dict[str, list[int]] = {"or": [], "and": []}
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([") - (token.string in ")]")
        if depth == 0 and token.type == tokenize.NAME and token.string in joints:
            joints[token.string].append(token.start[1])
    cuts = [0, *(joints["or"] or joints["and"]), len(text)]
    return [text[start:end].strip() for start, end in pairwise(cuts)]


def code_lines(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Names and expressions below one another; a long expression a clause a line."""
    margin = max(len(name) for name, _ in rows) + 2
    for name, text in rows:
        whole, head = flat(text), f"{name:<{margin}}"
        is_text = name == SAYS
        for part in [whole] if is_text or margin + len(whole) <= width else clauses(whole):
            folder = TextWrapper(width, head, " " * (margin + 2), break_long_words=False, break_on_hyphens=False)
            glued = part if is_text else _glued(part, width - margin - 2)
            yield from (line.replace(_GLUE, " ") for line in folder.wrap(glued))
            head = " " * margin


def _glued(clause: str, width: int) -> str:
    """The clause, to be broken before the words that join, and elsewhere only where it does not fit otherwise."""
    pieces = _JOINT.split(clause)
    return " ".join(piece if len(piece) > width else piece.replace(" ", _GLUE) for piece in pieces)
