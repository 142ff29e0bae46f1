"""Paired timing: every side of a row in each round, medians of the ratios. Absolute times mean little here."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence

from attrs import frozen


@frozen
class Row:
    """One line of the table: what was done, against what, and what is to be reached."""

    work: str
    floor: str
    to_reach: str
    ratio: float
    spread: tuple[float, float]
    seconds: float

    @property
    def text(self) -> str:
        """The row in Markdown."""
        low, high = map(_times, self.spread)
        took = f"{self.seconds * 1e3:,.1f} ms" if self.seconds >= 1e-3 else f"{self.seconds * 1e6:,.0f} µs"
        return f"| {self.work} | {self.floor} | {_times(self.ratio)}× ({low}-{high}) | {self.to_reach} | {took} |"


def _times(ratio: float) -> str:
    """Small ones as a fraction: 0.00 says nothing."""
    return f"{ratio:.2f}" if ratio >= 0.05 else f"1/{1 / ratio:,.0f}"


def compare(
    work: str, floor: str, to_reach: str, measured: Callable[[], float], base: Callable[[], float], rounds: int
) -> Row:
    """Run both sides in turn, ``rounds`` times after a warm-up; each gives the seconds it took."""
    measured()
    base()
    pairs = []
    for _ in range(rounds):
        gc.collect()
        low = base()
        gc.collect()
        pairs.append((measured(), low))
    return row(work, floor, to_reach, pairs)


def row(work: str, floor: str, to_reach: str, pairs: Sequence[tuple[float, float]]) -> Row:
    """The line for what was measured.

    :param pairs: of each round the seconds of the work, and those of the floor.
    """
    ratios = sorted(a / b for a, b in pairs)
    return Row(
        work,
        floor,
        to_reach,
        statistics.median(ratios),
        (ratios[0], ratios[-1]),
        statistics.median(a for a, _ in pairs),
    )


def timed(function: Callable[[], object]) -> float:
    """The seconds a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
