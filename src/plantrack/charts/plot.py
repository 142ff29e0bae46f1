"""The plot: values, limits, the target in its steps, breaks, and what each line is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import altair as alt
from attrs import frozen

from plantrack.charts.data import MeasureSeries, Row
from plantrack.charts.icons import INK, PALE
from plantrack.charts.layout import Frame, kinds_of, marks_of, symbol, text_at
from plantrack.charts.words import Wording
from plantrack.spc.chart import Point
from plantrack.spc.signals import PointType

RED = "#b3261e"
LIMIT = "#5f6b73"
_MANY = 10_000  # from which on an axis counts in thousands and millions
Name = tuple[float, str, str]  # of a line: its height, its text, its colour


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


def plot(series: MeasureSeries, words: Wording, frame: Frame, names: Sequence[Name]) -> Any:
    """The plot of a series; without a value, a sentence in its place."""
    if all(row.value is None for row in series.rows):
        blank = text_at(["No value of this measure is known."], -frame.left, 16, frame.size, INK)
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
    drawn = marks_of(*data).mark_rule(aria=False, **mark)
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
        band = marks_of(*({"from": a, "to": b, "y": li.lower, "y2": li.upper} for a, b, li in judged))
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
                marks_of(*data)
                .mark_rule(aria=False, **look)
                .encode(x=alt.X("x:Q", scale=axes.x), y=alt.Y("y:Q", scale=axes.y), y2="y2:Q")
            )


def _breaks(series: MeasureSeries, words: Wording, axes: _Axes) -> Iterator[Any]:
    for one in series.breaks:
        data = marks_of({"x": one.row - 0.5})
        yield data.mark_rule(color=INK, strokeWidth=1.2, strokeDash=[2, 2], aria=False).encode(
            x=alt.X("x:Q", scale=axes.x)
        )
        share = one.row / len(axes.rows)
        align = "left" if share < 0.15 else "right" if share > 0.85 else "center"
        yield data.mark_text(
            text=[words.broken(one), words.period(axes.rows[one.row])], align=align, baseline="top", fontSize=11,
            lineHeight=13, color=INK, fontStyle="italic", aria=False,
        ).encode(x=alt.X("x:Q", scale=axes.x), y=alt.value(-29))  # fmt: skip


def _values(series: MeasureSeries, words: Wording, axes: _Axes, frame: Frame) -> Iterator[Any]:
    points: Sequence[Point | None] = series.chart.points if series.chart else [None] * len(axes.rows)
    starts = {one.row for one in series.breaks}
    data: dict[PointType | None, list[dict[str, Any]]] = {kind: [] for kind in kinds_of(series)}
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
    yield marks_of(*along).mark_line(color="#7b8a93", strokeWidth=1.3, aria=False).encode(x=x, y=y, detail="run:N")
    for kind, part in data.items():
        yield symbol(marks_of(*part), kind).encode(x=x, y=y, description="hover:N")


def _periods(axes: _Axes, words: Wording, frame: Frame) -> Any:
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


def names_of(series: MeasureSeries, words: Wording, *, wide: bool) -> list[Name]:
    """What each line is, from top to bottom."""
    told: list[Name] = []
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


def _named(names: Sequence[Name], axes: _Axes, frame: Frame) -> Iterator[Any]:
    """The names of the lines beside their ends, moved apart where they would overlap."""
    heights = _apart([(axes.high - y) / (axes.high - axes.low) * frame.height for y, _, _ in names], frame.height)
    for (_, text, colour), height in zip(names, heights, strict=True):
        yield text_at([text], frame.inner + 6, height, 11, colour, bold=colour == RED)


def _apart(places: Sequence[float], height: float, gap: float = 14) -> list[float]:
    """Places from top to bottom, none nearer to the next than the gap, and all within the height."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else max(place, 6))
    for at in reversed(range(len(found))):
        below = height if at == len(found) - 1 else found[at + 1] - gap
        found[at] = min(found[at], below)
    return found
