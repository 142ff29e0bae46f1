"""Appending: against raw ``sqlite3`` INSERTs of ready rows, into the same table, with the same pragmas and indexes."""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.history import proposals
from benchmarks.timing import Row, compare, timed
from plantrack.admission import candidate
from plantrack.events.codec import TOPICS, encode
from plantrack.events.envelope import RecordedEvent, stamp
from plantrack.store import Store
from plantrack.store.format import COLUMNS, EVENTS, SCHEMA
from plantrack.tracker import open_tracker

SINGLE, BATCHES, BATCH = 300, 20, 1_000
WHEN = datetime(2026, 1, 5, 9, tzinfo=UTC)
_names = itertools.count()


def rows(rounds: int) -> list[Row]:
    """The rows of the table about appending."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Append(Path(folder))
        table = (
            ("append one event, durable: the store", "≤ 1.5×", bench.single, bench.floor_single),
            ("append one event: `record`, with admission", "–", bench.record, bench.floor_single),
            ("append in batches of 1,000: the store", "≤ 2×", bench.batches, bench.floor_batches),
            ("append in batches: `record_all`, with admission", "–", bench.record_all, bench.floor_batches),
        )
        return [
            compare(work, "raw INSERT" if "one" in work else "raw executemany", reach, measured, floor, rounds)
            for work, reach, measured, floor in table
        ]


class _Append:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.proposals = list(proposals(300, BATCH * BATCHES - 1_501))
        self.events = [
            RecordedEvent(
                plan="p", position=n, recorded_at=WHEN, event_id=candidate(p).event_id, data=p.data, actor=p.actor,
                effective=p.effective, source=p.source,
            )
            for n, p in enumerate(self.proposals, 1)
        ]  # fmt: skip
        self.rows = [
            (
                "p", e.position, TOPICS[type(e.data)], encode(p), e.event_id, stamp(WHEN),
                e.effective.last_day.isoformat(), bytes(range(32)),
            )
            for e, p in zip(self.events, self.proposals, strict=True)
        ]  # fmt: skip

    def _path(self) -> Path:
        return self.folder / f"{next(_names)}.db"

    def _raw(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path(), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(SCHEMA[EVENTS])
        return connection

    def floor_single(self) -> float:
        connection = self._raw()
        sql = f"INSERT INTO {EVENTS} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)"

        def run() -> None:
            for row in self.rows[:SINGLE]:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(sql, row)
                connection.execute("COMMIT")

        seconds = timed(run)
        connection.close()
        return seconds

    def floor_batches(self) -> float:
        connection = self._raw()
        sql = f"INSERT INTO {EVENTS} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)"

        def run() -> None:
            for start in range(0, BATCH * BATCHES, BATCH):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(sql, self.rows[start : start + BATCH])
                connection.execute("COMMIT")

        seconds = timed(run)
        connection.close()
        return seconds

    def single(self) -> float:
        store = Store(self._path())

        def run() -> None:
            for event, proposal in zip(self.events[:SINGLE], self.proposals, strict=False):
                store.append([(event, encode(proposal))])

        seconds = timed(run)
        store.close()
        return seconds

    def batches(self) -> float:
        store = Store(self._path())

        def run() -> None:
            for start in range(0, BATCH * BATCHES, BATCH):
                part = slice(start, start + BATCH)
                store.append([(e, encode(p)) for e, p in zip(self.events[part], self.proposals[part], strict=True)])

        seconds = timed(run)
        store.close()
        return seconds

    def record(self) -> float:
        with open_tracker(self._path(), clock=lambda: WHEN) as tracker:
            plan = tracker.plan("p")
            ready = self.proposals[:SINGLE]

            def run() -> None:
                for proposal in ready:
                    plan.record_all([proposal])

            return timed(run)

    def record_all(self) -> float:
        with open_tracker(self._path(), clock=lambda: WHEN) as tracker:
            plan = tracker.plan("p")
            ready = self.proposals

            def run() -> None:
                for start in range(0, BATCH * BATCHES, BATCH):
                    plan.record_all(ready[start : start + BATCH])

            return timed(run)
