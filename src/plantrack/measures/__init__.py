"""Measures of a plan, analysed: where they stand, whether they really change, and whether their targets will be missed.

Numbers are decimals here, and become floats where ``spc`` and ``forecast`` begin.
"""

from plantrack.measures.analysis import MeasureAnalysis, analysed, analysis_of
from plantrack.measures.outlook import RunRate, forecast_of, run_rate
from plantrack.measures.series import Series, chart_of, series_of

__all__ = [
    "MeasureAnalysis",
    "RunRate",
    "Series",
    "analysed",
    "analysis_of",
    "chart_of",
    "forecast_of",
    "run_rate",
    "series_of",
]
