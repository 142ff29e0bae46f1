"""Forecasts of the past: how often intervals held and answers were right, on real series, beside what was known before.

``python benchmarks/backtest.py`` prints a table. Each series of four-hour performance is cut after every month from
the 13th on, forecast, and compared with what then came. Targets are the national 95 % and levels around the series' own
mean at the time, since few providers came near 95 %.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plantrack.forecast import Forecast, level
from plantrack.forecast.answers import LIKELY, UNLIKELY
from plantrack.spc import xmr

REAL = Path(__file__).resolve().parents[1] / "tests/data/spc/real_ae_type1.jsonl.gz"
AHEAD = (1, 3, 6, 12)
AROUND = (-8, -4, -2, 0, 2, 4, 8)  # points of percentage from the mean so far
FIRST = 13
STAYS, WANDERS = "if the process stays as it is", "if it wanders"

Series = tuple[list[date], list[float]]


def real() -> list[Series]:
    """Four-hour performance of every provider with enough months for a forecast of one."""
    with gzip.open(REAL) as lines:
        rows = [json.loads(line) for line in lines]
    return [
        ([date.fromisoformat(day) for day in row["dates"]], row["values"])
        for row in rows
        if row["name"].endswith("_perf") and len(row["values"]) > FIRST and None not in row["values"]
    ]


def looked_back(series: Sequence[Series], ahead: int) -> Iterator[tuple[Forecast, float, float]]:
    """Each forecast so far ahead, its target, and what came."""
    for dates, values in series:
        for n in range(FIRST, len(values) - ahead + 1):
            mean = sum(values[:n]) / n
            for target in (95.0, *(mean + step for step in AROUND)):
                yield level(dates[:n], values[:n], target=target, periods=ahead), target, values[n + ahead - 1]


def shares(series: Sequence[Series], ahead: int) -> dict[str, float]:
    """How often what came lay in the interval of each method, and of each answer, how often the target was then met.

    ``silent`` is the share of forecasts that say nothing; ``alone`` are the answers that the first method would give.
    """
    total, held, said, met = 0, Counter[str](), Counter[str](), Counter[str]()
    for forecast, target, came in looked_back(series, ahead):
        total += 1
        for one in forecast.intervals:
            held[one.method] += one.lower <= came <= one.upper
        alone = forecast.intervals[0].chance
        for answer in (
            forecast.answer,
            "alone missed" if alone <= UNLIKELY else "alone met" if alone >= LIKELY else "alone silent",
        ):
            said[answer] += 1
            met[answer] += came >= target
    return (
        {method: count / total for method, count in held.items()}
        | {answer: met[answer] / count for answer, count in said.items()}
        | {"silent": said["cannot_say"] / total}
    )


def failing(series: Sequence[Series], ahead: int) -> float:
    """How often 95 % was met so many months after the chart called it consistently failed."""
    said = met = 0
    for dates, values in series:
        for n in range(FIRST, len(values) - ahead + 1):
            if xmr(dates[:n], values[:n], target=95).assurance == "consistent_fail":
                said += 1
                met += values[n + ahead - 1] >= 95
    return met / said


COLUMNS = {  # of the table, each with what was known before
    STAYS: ("stays: holds", "63-84 %"),
    WANDERS: ("wanders: holds", "93-100 %"),
    "likely_missed": ("likely missed: met", "1-3 %"),
    "likely_met": ("likely met: met", "90-99 %"),
    "silent": ("says nothing", "–"),
    "alone missed": ("stays alone, missed: met", "5-6 %"),
    "alone met": ("stays alone, met: met", "79-85 %"),
    "failing": ("chart fails 95 %: met", "1-2 %"),
}


def main() -> None:
    """Print the table."""
    series = real()
    print(f"{len(series)} providers, cut after every month from the {FIRST}th on\n")
    print(
        "| months ahead | " + " | ".join(name for name, _ in COLUMNS.values()) + " |\n|" + "---|" * (len(COLUMNS) + 1)
    )
    for ahead in AHEAD:
        found = shares(series, ahead) | {"failing": failing(series, ahead)}
        print(f"| {ahead} | " + " | ".join(f"{found[name]:.0%}" for name in COLUMNS) + " |")
    print("| known before | " + " | ".join(known for _, known in COLUMNS.values()) + " |")


if __name__ == "__main__":
    main()
