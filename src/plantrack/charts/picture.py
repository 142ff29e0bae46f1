"""A series as a specification of Vega-Lite: icons with their words, the plot, its legend and what to know.

Everything is placed by its width in pixels, so that nothing is scaled down until it cannot be read.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from plantrack.charts.data import MeasureSeries
from plantrack.charts.icons import ASSURANCE, INK, PALE, RADIUS, VARIATION, icon_layers
from plantrack.charts.layout import BROAD, FONT, LETTER, WIDE, Frame, folded, kinds_of, marks_of, symbol, text_at
from plantrack.charts.plot import names_of, plot
from plantrack.charts.words import POINT_TYPES, Wording


def specification(series: MeasureSeries, width: int) -> dict[str, Any]:
    """The chart for a width in pixels, as Vega-Lite takes it."""
    words = Wording(series)
    names = names_of(series, words, wide=width >= WIDE)
    longest = max((len(text) for _, text, _ in names), default=0)
    frame = Frame(width=width, right=min(14 + int(longest * 11 * BROAD), width // 3))
    parts = [_header(series, words, frame), plot(series, words, frame, names), _footer(series, words, frame)]
    title = alt.TitleParams(
        folded(words.title, frame.text, 18),
        subtitle=folded(words.subtitle, frame.text, 12),
        anchor="start", offset=14, fontSize=18, subtitleFontSize=12, subtitlePadding=6,
        color=INK, subtitleColor=PALE, font=FONT, subtitleFont=FONT,
    )  # fmt: skip
    whole = alt.vconcat(*parts, spacing=0, title=title, padding=frame.padding, bounds="flush", background="white")
    found: dict[str, Any] = (
        whole.configure(font=FONT).configure_view(stroke=None).to_dict(validate=False)
    )  # its parts were, as they were made
    return found


# --- above and below the plot -----------------------------------------------------------------------------------------


def _header(series: MeasureSeries, words: Wording, frame: Frame) -> Any:
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
        lines = folded(said, each - beside - 12, frame.size)
        layers += icon_layers(icon, x + RADIUS + 3, top + RADIUS + 3, f"{name}: {said}")
        layers.append(text_at([name], x + beside, top + 9, 11, PALE))
        layers.append(text_at(lines, x + beside, top + 26, frame.size, INK, bold=True))
        tall = max(2 * RADIUS + 14, 30 + (frame.size + 3) * len(lines))
        height = max(height, tall) if frame.wide else height + tall
        top = 0 if frame.wide else height
    return alt.layer(*layers).properties(width=frame.inner, height=height + (34 if series.breaks else 8))


def _footer(series: MeasureSeries, words: Wording, frame: Frame) -> Any:
    """What each shape means, and what to know before the chart is believed."""
    layers: list[Any] = []
    x, y = float(-frame.left), frame.axis + 8
    for kind in kinds_of(series):
        name = POINT_TYPES[kind]
        wide = 36 + len(name) * 12 * LETTER * 1.1
        if x > -frame.left and x + wide > frame.text - frame.left:
            x, y = float(-frame.left), y + 18
        layers.append(symbol(marks_of({}), kind).encode(x=alt.value(x + 8), y=alt.value(y)))
        layers.append(text_at([name], x + 20, y, 12, INK))
        x += wide
    lines = [line for note in words.notes for line in folded(note, frame.text, 12)]
    if lines:
        y += 24 if layers else 0
        layers.append(text_at(lines, -frame.left, y, 12, PALE))
    bottom = y + 15 * max(1, len(lines))
    return alt.layer(*layers or [text_at([""], 0, 0, 12, PALE)]).properties(width=frame.inner, height=bottom)
