"""Stores for the tests of the store: a plan of eight events, every use there is, and the file in other hands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from plantrack.events import BodyRegistered, MeasureDefined, Observed, PlanOpened, RecordedEvent
from plantrack.period import Period
from plantrack.plan_log import PlanLog
from plantrack.tracker import open_tracker

OPENED = PlanOpened(title="Medway", organisation="CCG", period=Period.parse("2018"))
END = date(2018, 12, 31)


def observed(month: int, value: int = 70) -> Observed:
    """A figure for a month of 2018."""
    return Observed(measure="waits", period=Period.month(2018, month), value=value)


def fill(log: PlanLog, months: int = 6) -> None:
    """A plan with a measure and figures: #1 the opening, #2 the measure, then a month each."""
    log.record(OPENED, effective="2018-01-01", event_id="e1")
    log.record(MeasureDefined(measure="waits", title="Waits"), effective="2018-01-01", event_id="e2")
    for month in range(1, months + 1):
        log.record(observed(month), effective=Period.month(2018, month), event_id=f"e{month + 2}")


def everything(file: Path) -> list[RecordedEvent]:
    """Use a store in every way there is; returns its events."""
    with open_tracker(file) as tracker:
        log = tracker.plan("medway")
        tracker.plans()
        events = list(log.events())
        log.find([event.event_id for event in events])
        log.at(as_at=END)
        log.at(as_at=END, known_at="2100-01-01")
        log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
        return events


@contextmanager
def touched(file: Path) -> Iterator[sqlite3.Connection]:
    """The file in the hands of somebody with another tool."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection
