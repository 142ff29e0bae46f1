"""The page of publications is what the packs cite: `RENEW_GOLDEN=1 pytest tests/test_references.py` writes it anew."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from plantrack.rules import Pack, Rule, installed_packs

PAGE = Path(__file__).parent.parent / "docs" / "references.md"
CITATION = re.compile(
    r"(?P<work>[^()]+, [^()]+ \((?:[A-Z][a-z]+ )?\d{4}\)|[^(),]+ Act \d{4}|The Medway example)"
    r"(?:$|[:,] (?P<passage>.+))"
)
"""Publisher, title and year, or an Act; then what is cited of it. A reference may also count what the example shows."""
PACKS = [pack for pack in installed_packs() if "/" not in pack.text.name]  # not those of other distributions
CITED = [(pack, rule, text) for pack in PACKS for rule in pack.rules for text in rule.references]
EXAMPLE = "The Medway example"
INTRODUCTION = """\
# What the rules rest on

The publications that the rules of the installed packs cite, with what is cited of each and by which rule. The rules are
our own; the publications say why a board wants to know. Where no passage is named, the rule rests on the publication as
a whole. What the rules find in the Medway example is on their own pages.
"""


def link(pack: Pack, rule: Rule) -> str:
    return f"[`{rule.id}`](catalogue/{pack.id}.md#{rule.id})"


def publications() -> dict[str, dict[str, list[str]]]:
    """The links to rules, by publication and by what is cited of it."""
    found: dict[str, dict[str, list[str]]] = {}
    for pack, rule, text in CITED:
        if (match := CITATION.fullmatch(text)) and match["work"] != EXAMPLE:
            links = found.setdefault(match["work"], {}).setdefault(match["passage"] or "as a whole", [])
            links.append(link(pack, rule))
    return found


def lines() -> Iterator[str]:
    yield INTRODUCTION
    for work, passages in sorted(publications().items()):
        yield from (f"## {work}", "")
        yield from (f"- {passage}: {', '.join(links)}" for passage, links in sorted(passages.items()))
        yield ""
    yield from ("## No publication", "", "These rest on what the Medway example shows, and on nothing else:", "")
    for pack in PACKS:
        for rule in pack.rules:
            if all(text.startswith(EXAMPLE) for text in rule.references):
                yield f"- {link(pack, rule)}"


def test_page_is_what_the_packs_cite() -> None:
    """Each publication stands on the page once, with every rule that cites it."""
    now = "\n".join([*lines(), ""])
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(now, "utf-8")
    assert PAGE.read_text("utf-8") == now, "run RENEW_GOLDEN=1 pytest tests/test_references.py"


def test_references_name_publisher_title_and_year() -> None:
    """Or an Act, or the example; so each can be found, and is grouped with the others of its publication."""
    assert [(rule.id, text) for _, rule, text in CITED if not CITATION.fullmatch(text)] == []


def test_publications_have_one_spelling() -> None:
    """No two differ only in the publisher, the date or capital letters."""
    spellings: dict[str, list[str]] = {}
    for work in publications():
        spellings.setdefault(re.sub(r"^[^,]+, | \([^()]+\)$", "", work).casefold(), []).append(work)
    assert [works for works in spellings.values() if len(works) > 1] == []
