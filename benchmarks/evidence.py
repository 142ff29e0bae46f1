"""Verifying a log of 200,000 events: against SELECT of all rows and the SHA-256 of each payload."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from benchmarks.history import proposals
from benchmarks.read import EVENTS, MEASURES
from benchmarks.timing import Row, compare, timed
from plantrack.store import format as stored
from plantrack.tracker import open_tracker


def rows(rounds: int) -> list[Row]:
    """The row of the table about evidence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evidence.db"
        with open_tracker(path, clock=lambda: datetime(2026, 1, 5, tzinfo=UTC)) as tracker:
            tracker.plan("p").record_all(proposals(MEASURES, EVENTS - 5 * MEASURES - 1))
            assert tracker.verify()[0].intact

            def measured() -> float:
                seconds = timed(lambda: tracker.verify())
                return seconds

            def floor() -> float:
                connection = sqlite3.connect(path)

                def run() -> None:
                    for row in connection.execute(f"SELECT {stored.COLUMNS} FROM {stored.EVENTS}"):
                        sha256(row[3]).digest()

                seconds = timed(run)
                connection.close()
                return seconds

            return [compare("verify 200,000 events", "SELECT + SHA-256", "≤ 6 s", measured, floor, rounds)]
