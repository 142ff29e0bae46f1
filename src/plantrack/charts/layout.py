"""Where things are on a picture, and the marks that its parts share."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
from attrs import frozen

from plantrack.charts.data import MeasureSeries
from plantrack.charts.icons import BLUE, GREY, INK, ORANGE, PURPLE
from plantrack.spc.signals import PointType

FONT = "Arial, Helvetica, sans-serif"
WIDE = 620  # pixels, from which on the two icons stand side by side

_SHAPES: dict[PointType | None, tuple[str, str, int]] = {  # of each type of point: shape, colour, size
    "common_cause": ("circle", GREY, 50),
    "special_cause_improvement": ("diamond", BLUE, 130),
    "special_cause_concern": ("square", ORANGE, 90),
    "special_cause_neutral_high": ("triangle-up", PURPLE, 110),
    "special_cause_neutral_low": ("triangle-down", PURPLE, 110),
    None: ("circle", "#ffffff", 50),
}
LETTER = 0.5  # of the size of a font, an average letter is wide
BROAD = 0.57  # a digit or a bold letter


@frozen(kw_only=True)
class Frame:
    """Where things are, in pixels. Places are counted from the axes on; text begins left of them."""

    width: int
    right: int  # what the names of the lines take
    left: int = 44
    padding: int = 12
    axis: int = 34  # below the plot

    @property
    def wide(self) -> bool:
        """Whether things may stand side by side."""
        return self.width >= WIDE

    @property
    def inner(self) -> int:
        """How wide the plot is."""
        return self.width - self.left - self.right - 2 * self.padding

    @property
    def text(self) -> int:
        """How wide text may run."""
        return self.width - 2 * self.padding

    @property
    def height(self) -> int:
        """How high the plot is."""
        return 300 if self.wide else 240

    @property
    def size(self) -> int:
        """Of the letters of a sentence."""
        return 13 if self.wide else 12


def folded(text: str, width: float, size: int) -> list[str]:
    """A text in lines that fit a width, by the size of its letters; twelve letters always fit."""
    return wrap(text, max(12, int(width / (size * LETTER))), break_on_hyphens=False)


def marks_of(*values: dict[str, Any]) -> Any:
    """A chart of some values, for one kind of mark; ``{}`` is a single one."""
    return alt.Chart(alt.InlineData(values=list(values)))


def text_at(lines: Sequence[str], x: float, y: float, size: int, colour: str, *, bold: bool = False) -> Any:
    """Lines of text, the middle of the first at a place."""
    mark = marks_of({}).mark_text(
        text=list(lines), align="left", baseline="middle", fontSize=size, color=colour, lineHeight=size + 3,
        fontWeight="bold" if bold else "normal", aria=False,
    )  # fmt: skip
    return mark.encode(x=alt.value(x), y=alt.value(y))


def kinds_of(series: MeasureSeries) -> list[PointType | None]:
    """The types of points that are there, in order."""
    points = [point for point in series.chart.points if point.value is not None] if series.chart else []
    there = {point.point_type for point in points}
    if not series.chart and any(row.value is not None for row in series.rows):
        there = {None}
    return [kind for kind in _SHAPES if kind in there]


def symbol(data: Any, kind: PointType | None) -> Any:
    """The marks of a type of point."""
    shape, colour, size = _SHAPES[kind]
    return data.mark_point(shape=shape, size=size, fill=colour, stroke=INK, strokeWidth=1, opacity=1)
