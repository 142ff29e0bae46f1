"""The icons of Making Data Count, each a ring with a letter or a wave: shape and words say what the colour says."""

from __future__ import annotations

from typing import Any

import altair as alt
from attrs import frozen

from plantrack.spc.chart import AssuranceIcon, VariationIcon

BLUE, ORANGE, PURPLE, GREY = "#00b0f0", "#e46c0a", "#490092", "#a6a6a6"
INK, PALE = "#212b32", "#4c6272"
RADIUS = 21

_WAVE = "M-0.62,0.05C-0.42,-0.55,-0.2,-0.55,0,0.05C0.2,0.65,0.42,0.65,0.62,0.05"
_UP, _DOWN = "M-0.55,0.62L0.55,0.3", "M-0.55,0.3L0.55,0.62"
_LINE = "M-0.55,0.5L0.55,0.5"


@frozen
class Icon:
    """How an icon is drawn.

    :ivar letter: in its middle, if any; ``stroke`` is the line beneath it, or in its place.
    """

    colour: str
    letter: str
    stroke: str


VARIATION: dict[VariationIcon | None, Icon] = {
    "improvement_high": Icon(BLUE, "H", _UP),
    "improvement_low": Icon(BLUE, "L", _DOWN),
    "concern_high": Icon(ORANGE, "H", _UP),
    "concern_low": Icon(ORANGE, "L", _DOWN),
    "neutral_high": Icon(PURPLE, "H", _UP),
    "neutral_low": Icon(PURPLE, "L", _DOWN),
    "common_cause": Icon(GREY, "", _WAVE),
    None: Icon("#d8dde0", "–", ""),
}
ASSURANCE: dict[AssuranceIcon | None, Icon] = {
    "pass": Icon(BLUE, "P", _LINE),
    "fail": Icon(ORANGE, "F", _LINE),
    "inconsistent": Icon(GREY, "?", _LINE),
    None: Icon("#d8dde0", "–", ""),
}


def icon_layers(icon: Icon, x: float, y: float, name: str) -> list[Any]:
    """The marks of an icon around a place.

    :param name: what it stands for, for those who do not see it.
    """
    place = {"x": alt.value(x), "y": alt.value(y)}
    ring = alt.Chart(alt.InlineData(values=[{"name": name}])).mark_point(
        shape="circle", size=(2 * RADIUS) ** 2, fill="white", stroke=icon.colour, strokeWidth=5, opacity=1
    )
    layers: list[Any] = [ring.encode(**place, description="name:N")]
    blank = alt.Chart(alt.InlineData(values=[{}]))
    if icon.letter:
        up = 4 if icon.stroke else 0
        letter = blank.mark_text(text=icon.letter, fontSize=20, fontWeight="bold", color=INK, dy=-up, aria=False)
        layers.append(letter.encode(**place))
    if icon.stroke:
        stroke = blank.mark_point(
            shape=icon.stroke, size=(2 * RADIUS) ** 2, filled=False, stroke=INK, strokeWidth=2, opacity=1, aria=False
        )
        layers.append(stroke.encode(**place))
    return layers
