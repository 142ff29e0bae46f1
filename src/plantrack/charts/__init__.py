"""Control charts of measures, as pictures: what is drawn, in words, in a table."""

from plantrack.charts.chart import MeasureChart
from plantrack.charts.data import Break, MeasureSeries, Row, measure_series

__all__ = ["Break", "MeasureChart", "MeasureSeries", "Row", "measure_series"]
