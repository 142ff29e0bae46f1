"""Will the target be missed? Forecasts that say it is likely, that it is not, or that nothing can be said.

Pure functions over numbers and dates, each answer with its reason and its interval. Which method is worth believing was
found by looking back at real series; the documentation tells how often each was right.
"""

from plantrack.forecast.answers import Answer, Forecast, Interval
from plantrack.forecast.cumulative import RunRate, against_plan, run_rate
from plantrack.forecast.level import level
from plantrack.forecast.milestones import EarnedSchedule, Slips, Throughput, earned_schedule, slips, throughput

__all__ = [
    "Answer",
    "EarnedSchedule",
    "Forecast",
    "Interval",
    "RunRate",
    "Slips",
    "Throughput",
    "against_plan",
    "earned_schedule",
    "level",
    "run_rate",
    "slips",
    "throughput",
]
