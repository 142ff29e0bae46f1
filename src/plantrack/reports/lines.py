"""Lines of text for a terminal: what they say here, how they are coloured at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import TextWrapper

from attrs import frozen

WIDTH = 100


@frozen
class Line:
    """One line; ``tone`` is a severity, ``strong``, ``dim`` or empty, and never the only sign of anything."""

    text: str = ""
    tone: str = ""


def folded(text: str, first: str, rest: str, tone: str = "", width: int = WIDTH) -> Iterator[Line]:
    """A paragraph within the width, its first line and the others indented by what is given; ids are left whole."""
    folder = TextWrapper(width, first, rest, break_long_words=False, break_on_hyphens=False)
    for line in folder.wrap(text) or [first]:
        yield Line(line, tone)


def shortened(text: str, width: int) -> str:
    """The text, cut at a word with an ellipsis where it is longer than the width."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:") + "…"
