"""Paired timing: every side of a row in each round, medians of the ratios. Absolute times mean little here."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

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
        low, high = self.spread
        return (
            f"| {self.work} | {self.floor} | {self.ratio:.2f}× ({low:.2f}-{high:.2f})"
            f" | {self.to_reach} | {self.seconds * 1e3:,.1f} ms |"
        )


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
