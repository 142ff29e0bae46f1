"""What ``import plantrack`` costs, in fresh processes: against importing the two libraries every user has anyway."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.timing import Row, compare, timed


def rows(rounds: int) -> list[Row]:
    """The row of the table about importing."""

    def run(code: str) -> float:
        return timed(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    return [
        compare(
            "`import plantrack`",
            "`import attrs, cattrs`",
            "≤ 2×",
            lambda: run("import plantrack"),
            lambda: run("import attrs, cattrs"),
            rounds,
        ),
        compare(
            "`import plantrack; plantrack.open`",
            "`import attrs, cattrs`",
            "–",
            lambda: run("import plantrack; plantrack.open"),
            lambda: run("import attrs, cattrs"),
            rounds,
        ),
    ]
