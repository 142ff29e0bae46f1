"""The chart of a measure, in the forms that people look at."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from attrs import frozen

from plantrack.charts.data import MeasureSeries
from plantrack.charts.page import fragment, page
from plantrack.charts.words import Wording
from plantrack.errors import ChartError

WIDTH, NARROW = 860, 400
LEAST, MOST = 360, 2000
_EXTRA = ("altair", "vl_convert")


@frozen
class MeasureChart:
    """A measure as a control chart: in a notebook it displays itself.

    :ivar series: what is drawn; ``series.chart`` is the analysis by :func:`plantrack.spc.xmr`.
    """

    series: MeasureSeries

    @property
    def alternative(self) -> str:
        """The chart in words."""
        return Wording(self.series).alternative

    def svg(self, width: int = WIDTH) -> str:
        """The picture as SVG, with a text alternative, and what a pointer shows on each point; it needs no script.

        :param width: in pixels, 360 to 2000; the layout follows it, the letters stay as large.
        :raises ChartError: the width is beyond that, or the extra ``report`` is not installed.
        """
        if type(width) is not int or not LEAST <= width <= MOST:
            raise ChartError(f"the width of a chart is {LEAST} to {MOST} pixels, not {width!r:.40}")
        words = Wording(self.series)
        specification: dict[str, Any] = _extra("picture").specification(self.series, width)
        picture: str = _extra("drawing").drawn(specification, f"Control chart: {words.title}", words.alternative)
        return picture

    def png(self, width: int = WIDTH, *, scale: float = 2) -> bytes:
        """The picture as PNG.

        :param scale: pixels of the file for one of the layout.
        :raises ChartError: as :meth:`svg`.
        """
        picture: bytes = _extra("drawing").raster(self.svg(width), scale)
        return picture

    def html(self) -> str:
        """A page of its own: the picture in two widths, the data as a table, no script, nothing from elsewhere.

        :raises ChartError: the extra ``report`` is not installed.
        """
        return page(self.series, self.svg(), self.svg(NARROW))

    def _repr_html_(self) -> str:
        return fragment(self.series, self.svg())

    def _repr_svg_(self) -> str:
        return self.svg()


def _extra(module: str) -> Any:
    """A module that needs the extra.

    :raises ChartError: that is not installed.
    """
    try:
        return import_module(f"plantrack.charts.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise ChartError("charts need the extra `report`: pip install 'plantrack-ledger[report]'") from None
