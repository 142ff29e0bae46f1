"""A series as a specification of Vega-Lite: icons with their words, the plot, its legend and what to know.

Everything is placed by its width in pixels, so that nothing is scaled down until it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from textwrap import wrap
from typing import Any

import altair as alt
from attrs import frozen

from plantrack.charts.data import MeasureSeries, Row
from plantrack.charts.icons import ASSURANCE, BLUE, GREY, INK, ORANGE, PALE, PURPLE, RADIUS, VARIATION, icon_layers
from plantrack.charts.words import POINT_TYPES, Wording
from plantrack.spc.chart import Point
from plantrack.spc.signals import PointType

FONT = "Arial, Helvetica, sans-serif"
RED = "#b3261e"
LIMIT = "#5f6b73"
WIDE = 620  # pixels, from which on the two icons stand side by side

_SHAPES: dict[PointType | None, tuple[str, str, int]] = {  # of each type of point: shape, colour, size
    "common_cause": ("circle", GREY, 50),
    "special_cause_improvement": ("diamond", BLUE, 130),
    "special_cause_concern": ("square", ORANGE, 90),
    "special_cause_neutral_high": ("triangle-up", PURPLE, 110),
    "special_cause_neutral_low": ("triangle-down", PURPLE, 110),
    None: ("circle", "#ffffff", 50),
}
_LETTER = 0.5  # of the size of a font, an average letter is wide
_BROAD = 0.57  # a digit or a bold letter
_MANY = 10_000  # from which on an axis counts in thousands and millions


_Name = tuple[float, str, str]  # of a line: its height, its text, its colour


@frozen(kw_only=True)
class _Frame:
    """Where things are, in pixels. Places are counted from the axes on; text begins left of them."""

    width: int
    right: int  # what the names of the lines take
    left: int = 44
    padding: int = 12
    axis: int = 34  # below the plot

    @property
    def wide(self) -> bool:
        return self.width >= WIDE

    @property
    def inner(self) -> int:
        return self.width - self.left - self.right - 2 * self.padding

    @property
    def text(self) -> int:
        return self.width - 2 * self.padding

    @property
    def height(self) -> int:
        return 300 if self.wide else 240

    @property
    def size(self) -> int:
        return 13 if self.wide else 12


def specification(series: MeasureSeries, width: int) -> dict[str, Any]:
    """The chart for a width in pixels, as Vega-Lite takes it."""
    words = Wording(series)
    names = _names(series, words, wide=width >= WIDE)
    longest = max((len(text) for _, text, _ in names), default=0)
    frame = _Frame(width=width, right=min(14 + int(longest * 11 * _BROAD), width // 3))
    parts = [_header(series, words, frame), _plot(series, words, frame, names), _footer(series, words, frame)]
    title = alt.TitleParams(
        _fold(words.title, frame.text, 18),
        subtitle=_fold(words.subtitle, frame.text, 12),
        anchor="start", offset=14, fontSize=18, subtitleFontSize=12, subtitlePadding=6,
        color=INK, subtitleColor=PALE, font=FONT, subtitleFont=FONT,
    )  # fmt: skip
    whole = alt.vconcat(*parts, spacing=0, title=title, padding=frame.padding, bounds="flush", background="white")
    found: dict[str, Any] = (
        whole.configure(font=FONT).configure_view(stroke=None).to_dict(validate=False)
    )  # its parts were, as they were made
    return found


def _fold(text: str, width: float, size: int) -> list[str]:
    return wrap(text, max(12, int(width / (size * _LETTER))), break_on_hyphens=False)


def _drawn(*values: dict[str, Any]) -> Any:
    return alt.Chart(alt.InlineData(values=list(values)))


def _words(lines: Sequence[str], x: float, y: float, size: int, colour: str, *, bold: bool = False) -> Any:
    """Lines of text, the middle of the first at a place."""
    mark = _drawn({}).mark_text(
        text=list(lines), align="left", baseline="middle", fontSize=size, color=colour, lineHeight=size + 3,
        fontWeight="bold" if bold else "normal", aria=False,
    )  # fmt: skip
    return mark.encode(x=alt.value(x), y=alt.value(y))


# --- above and below the plot -----------------------------------------------------------------------------------------


def _header(series: MeasureSeries, words: Wording, frame: _Frame) -> Any:
    """Both icons with their words, side by side where there is room."""
    chart = series.chart
    each = frame.text // 2 if frame.wide else frame.text
    beside = 2 * RADIUS + 16
    layers: list[Any] = []
    top, height = 0, 0
    for number, (icon, name, said) in enumerate(
        [
            (VARIATION[chart.variation_icon if chart else None], "Variation", words.variation),
            (ASSURANCE[chart.assurance_icon if chart else None], "Assurance", words.assurance),
        ]
    ):
        x = float(number * each if frame.wide else 0) - frame.left
        lines = _fold(said, each - beside - 12, frame.size)
        layers += icon_layers(icon, x + RADIUS + 3, top + RADIUS + 3, f"{name}: {said}")
        layers.append(_words([name], x + beside, top + 9, 11, PALE))
        layers.append(_words(lines, x + beside, top + 26, frame.size, INK, bold=True))
        tall = max(2 * RADIUS + 14, 30 + (frame.size + 3) * len(lines))
        height = max(height, tall) if frame.wide else height + tall
        top = 0 if frame.wide else height
    return alt.layer(*layers).properties(width=frame.inner, height=height + (34 if series.breaks else 8))


def _footer(series: MeasureSeries, words: Wording, frame: _Frame) -> Any:
    """What each shape means, and what to know before the chart is believed."""
    layers: list[Any] = []
    x, y = float(-frame.left), frame.axis + 8
    for kind in _kinds(series):
        name = POINT_TYPES[kind]
        wide = 36 + len(name) * 12 * _LETTER * 1.1
        if x > -frame.left and x + wide > frame.text - frame.left:
            x, y = float(-frame.left), y + 18
        layers.append(_symbol(_drawn({}), kind).encode(x=alt.value(x + 8), y=alt.value(y)))
        layers.append(_words([name], x + 20, y, 12, INK))
        x += wide
    lines = [line for note in words.notes for line in _fold(note, frame.text, 12)]
    if lines:
        y += 24 if layers else 0
        layers.append(_words(lines, -frame.left, y, 12, PALE))
    bottom = y + 15 * max(1, len(lines))
    return alt.layer(*layers or [_words([""], 0, 0, 12, PALE)]).properties(width=frame.inner, height=bottom)


def _kinds(series: MeasureSeries) -> list[PointType | None]:
    """The types of points that are there, in order."""
    points = [point for point in series.chart.points if point.value is not None] if series.chart else []
    there = {point.point_type for point in points}
    if not series.chart and any(row.value is not None for row in series.rows):
        there = {None}
    return [kind for kind in _SHAPES if kind in there]


def _symbol(data: Any, kind: PointType | None) -> Any:
    shape, colour, size = _SHAPES[kind]
    return data.mark_point(shape=shape, size=size, fill=colour, stroke=INK, strokeWidth=1, opacity=1)


# --- the plot ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Axes:
    """What the axes reach from and to; places are counted in rows, so that months are equally wide."""

    rows: Sequence[Row]
    low: float
    high: float

    @property
    def x(self) -> Any:
        return alt.Scale(domain=[-0.6, len(self.rows) - 0.4], nice=False, zero=False)

    @property
    def y(self) -> Any:
        return alt.Scale(domain=[self.low, self.high], nice=False, zero=False)


def _plot(series: MeasureSeries, words: Wording, frame: _Frame, names: Sequence[_Name]) -> Any:
    if all(row.value is None for row in series.rows):
        blank = _words(["No value of this measure is known."], -frame.left, 16, frame.size, INK)
        return blank.properties(width=frame.inner, height=8)
    axes = _Axes(rows=series.rows, **_reach(series))
    layers = [
        *_limits(series, axes),
        *_target(series, axes),
        *_breaks(series, words, axes),
        *_values(series, words, axes, frame),
        *_named(names, axes, frame),
    ]
    return alt.layer(*layers).properties(width=frame.inner, height=frame.height)


def _reach(series: MeasureSeries) -> dict[str, float]:
    shown = [float(row.value) for row in series.rows if row.value is not None]
    for row in series.rows:
        if row.target is not None:
            shown += [float(v) for v in (row.target.value, row.target.lower, row.target.upper) if v is not None]
    for segment in series.chart.segments if series.chart else ():
        shown += [v for v in (segment.limits.lower, segment.limits.upper) if v is not None]
    low, high = min(shown), max(shown)
    air = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    return {"low": low - air, "high": high + 1.5 * air}


def _across(axes: _Axes, lines: Iterable[tuple[float, float, float]], **mark: Any) -> Any:
    """Level lines: from and to which place, at which height."""
    data = [{"from": one, "to": other, "y": y} for one, other, y in lines]
    drawn = _drawn(*data).mark_rule(aria=False, **mark)
    return drawn.encode(x=alt.X("from:Q", scale=axes.x), x2="to:Q", y=alt.Y("y:Q", scale=axes.y))


def _segments(series: MeasureSeries) -> Iterator[tuple[float, float, Any]]:
    """From and to which place each segment reaches, and its limits."""
    place = 0
    for segment in series.chart.segments if series.chart else ():
        yield place - 0.5, (place := place + len(segment.dates)) - 0.5, segment.limits


def _limits(series: MeasureSeries, axes: _Axes) -> Iterator[Any]:
    found = list(_segments(series))
    judged = [(one, other, limits) for one, other, limits in found if limits.upper is not None]
    if judged:
        band = _drawn(*({"from": a, "to": b, "y": li.lower, "y2": li.upper} for a, b, li in judged))
        yield band.mark_rect(color="#4c6272", opacity=0.09, aria=False).encode(
            x=alt.X("from:Q", scale=axes.x), x2="to:Q", y=alt.Y("y:Q", scale=axes.y), y2="y2:Q"
        )
        near = [(a, b, y) for a, b, li in judged for y in (li.near_lower, li.near_upper)]
        yield _across(axes, near, color="#b8c1c7", strokeWidth=1, strokeDash=[1, 3])
        far = [(a, b, y) for a, b, li in judged for y in (li.lower, li.upper)]
        yield _across(axes, far, color=LIMIT, strokeWidth=1.3, strokeDash=[6, 4])
    means = [(a, b, li.mean) for a, b, li in found if li.mean is not None]
    if means:
        yield _across(axes, means, color="#000000", strokeWidth=1.3)


def _target(series: MeasureSeries, axes: _Axes) -> Iterator[Any]:
    """Steps of the target: level where it stays, upright where it changes from one row to the next."""
    for field in ("value", "lower", "upper"):
        aims = [None if row.target is None else getattr(row.target, field) for row in axes.rows]
        steps = []
        for aim, run in groupby(range(len(aims)), key=aims.__getitem__):
            places = list(run)
            if aim is not None:
                steps.append((places[0] - 0.5, places[-1] + 0.5, float(aim)))
        if not steps:
            continue
        look: dict[str, Any] = {"color": RED, "strokeWidth": 1.8, "strokeDash": [12, 3]}
        yield _across(axes, steps, **look)
        rises = [(b, y, z) for (_, b, y), (a, _, z) in pairwise(steps) if a == b]
        if rises:
            data = [{"x": x, "y": y, "y2": z} for x, y, z in rises]
            yield (
                _drawn(*data)
                .mark_rule(aria=False, **look)
                .encode(x=alt.X("x:Q", scale=axes.x), y=alt.Y("y:Q", scale=axes.y), y2="y2:Q")
            )


def _breaks(series: MeasureSeries, words: Wording, axes: _Axes) -> Iterator[Any]:
    for one in series.breaks:
        data = _drawn({"x": one.row - 0.5})
        yield data.mark_rule(color=INK, strokeWidth=1.2, strokeDash=[2, 2], aria=False).encode(
            x=alt.X("x:Q", scale=axes.x)
        )
        share = one.row / len(axes.rows)
        align = "left" if share < 0.15 else "right" if share > 0.85 else "center"
        yield data.mark_text(
            text=[words.broken(one), words.period(axes.rows[one.row])], align=align, baseline="top", fontSize=11,
            lineHeight=13, color=INK, fontStyle="italic", aria=False,
        ).encode(x=alt.X("x:Q", scale=axes.x), y=alt.value(-29))  # fmt: skip


def _values(series: MeasureSeries, words: Wording, axes: _Axes, frame: _Frame) -> Iterator[Any]:
    points: Sequence[Point | None] = series.chart.points if series.chart else [None] * len(axes.rows)
    starts = {one.row for one in series.breaks}
    data: dict[PointType | None, list[dict[str, Any]]] = {kind: [] for kind in _kinds(series)}
    run = 0
    for place, (row, point) in enumerate(zip(axes.rows, points, strict=True)):
        run += row.value is None or place in starts  # the line goes neither over a gap nor over a break
        if row.value is not None:
            seen = {"x": place, "y": float(row.value), "run": run, "hover": words.point(row, point)}
            data[point.point_type if point else None].append(seen)
    x = alt.X("x:Q", scale=axes.x, axis=_periods(axes, words, frame))
    percent = series.measure.unit == "%"
    y = alt.Y("y:Q", scale=axes.y, axis=alt.Axis(
        title=None, tickCount=6, grid=True, gridColor="#e3e8ea", domain=False, ticks=False, labelPadding=6,
        labelFontSize=11, labelColor=PALE, labelExpr="datum.label + '%'" if percent else alt.Undefined,
        format="~s" if axes.high >= _MANY else alt.Undefined,
        minExtent=frame.left, maxExtent=frame.left,
    ))  # fmt: skip
    along = sorted((seen for part in data.values() for seen in part), key=itemgetter("x"))
    yield _drawn(*along).mark_line(color="#7b8a93", strokeWidth=1.3, aria=False).encode(x=x, y=y, detail="run:N")
    for kind, part in data.items():
        yield _symbol(_drawn(*part), kind).encode(x=x, y=y, description="hover:N")


def _periods(axes: _Axes, words: Wording, frame: _Frame) -> Any:
    """An axis of rows, labelled as often as there is room."""
    labels = [_short(words, row) for row in axes.rows]
    room = max(1, frame.inner // (7 * max(map(len, labels)) + 8))
    least = -(-len(labels) // room)
    step = next((n for n in (1, 2, 3, 4, 6, 12, 24, 60, 120) if n >= least), least)
    places = list(range(0, len(labels), step))
    named = "{" + ", ".join(f"'{place}': '{labels[place]}'" for place in places) + "}"
    return alt.Axis(
        title=None, values=places, labelExpr=f"({named})[datum.value]", grid=False, domainColor="#aeb7bd",
        tickColor="#aeb7bd", labelFontSize=11, labelColor=PALE, labelOverlap=False, labelFlush=False,
    )  # fmt: skip


def _short(words: Wording, row: Row) -> str:
    match words.series.precision:
        case "month":
            return f"{row.start:%b %y}"
        case "year":
            return str(row.start.year)
        case _:
            return str(row.start)


def _names(series: MeasureSeries, words: Wording, *, wide: bool) -> list[_Name]:
    """What each line is, from top to bottom."""
    told: list[_Name] = []
    target = series.target
    if target is not None:
        for value, name in ((target.value, "target"), (target.lower, "target from"), (target.upper, "target to")):
            if value is not None:
                told.append((float(value), f"{name} {words.exactly(value)}", RED))
    if series.chart is not None:
        limits = series.chart.segments[-1].limits
        for line, name in ((limits.upper, "upper limit"), (limits.mean, "mean"), (limits.lower, "lower limit")):
            if line is not None:
                shown = name if wide else name.removesuffix(" limit")
                told.append((line, f"{shown} {words.computed(line)}", INK if name == "mean" else LIMIT))
    return sorted(told, key=lambda one: -one[0])


def _named(names: Sequence[_Name], axes: _Axes, frame: _Frame) -> Iterator[Any]:
    """The names of the lines beside their ends, moved apart where they would overlap."""
    heights = _apart([(axes.high - y) / (axes.high - axes.low) * frame.height for y, _, _ in names], frame.height)
    for (_, text, colour), height in zip(names, heights, strict=True):
        yield _words([text], frame.inner + 6, height, 11, colour, bold=colour == RED)


def _apart(places: Sequence[float], height: float, gap: float = 14) -> list[float]:
    """Places from top to bottom, none nearer to the next than the gap, and all within the height."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else max(place, 6))
    for at in reversed(range(len(found))):
        below = height if at == len(found) - 1 else found[at + 1] - gap
        found[at] = min(found[at], below)
    return found
