"""Reading 200,000 events to state, in valid-time order, with provenance: against SELECT and ``orjson.loads``."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from benchmarks.history import proposals
from benchmarks.timing import Row, compare, timed
from plantrack.store import format as stored
from plantrack.tracker import open_tracker

EVENTS = 200_000
MEASURES = 2_500


def rows(rounds: int) -> list[Row]:
    """The row of the table about reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "read.db"
        with open_tracker(path, clock=lambda: datetime(2026, 1, 5, tzinfo=UTC)) as tracker:
            plan = tracker.plan("p")
            plan.record_all(proposals(MEASURES, EVENTS - 5 * MEASURES - 1))

            def measured() -> float:
                seconds = timed(lambda: plan.at(as_at=date(2030, 1, 1)))
                return seconds

            def floor() -> float:
                connection = sqlite3.connect(path)

                def run() -> None:
                    order = "ORDER BY originator_id, originator_version"
                    for row in connection.execute(
                        f"SELECT originator_version, topic, state FROM {stored.EVENTS} {order}"
                    ):
                        orjson.loads(row[2])

                seconds = timed(run)
                connection.close()
                return seconds

            state = plan.at(as_at=date(2030, 1, 1))
            assert sum(len(m.observations) for m in state.measures.values()) > 100_000
            return [compare("read 200,000 events to state", "SELECT + orjson.loads", "≤ 2.5×", measured, floor, rounds)]
