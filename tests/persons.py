"""A plan in which natural persons stand, and the ways to look at it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import plantrack
from plantrack import PlanLog, Tracker
from plantrack.cli import main
from plantrack.events import (
    ApprovalGiven,
    BodyRegistered,
    FindingWaived,
    InitiativeProposed,
    Person,
    PlanOpened,
)
from plantrack.period import Period
from plantrack.reports.as_text import log_report
from plantrack.reports.names import named_events

JANE, RAVI = Person("Jane Smith"), Person("Ravi Pátel")
DAY = "2017-04-03"
OPENING = PlanOpened(title="Medway", organisation="CCG", period=Period.parse("2017-2019"))
FINGERPRINT = "F-0123456789ab"
REFUSED = (
    "nobody of that name or token stands in this store; `plantrack people` lists who does, and whoever was erased has"
    " only a token"
)
WAIVER = {"waiver": "w", "finding": FINGERPRINT, "reason": "Late", "approver": "chair", "until": "2018-12-31"}


class Clock:
    """One second later at each look, from a morning in 2018."""

    def __init__(self) -> None:
        self.now = datetime(2018, 1, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def opened(path: Path | str = ":memory:", **how: Any) -> Tracker:
    """A store whose clock stands in 2018."""
    return plantrack.open(path, clock=Clock(), **how)


def waiver(name: str = "w", requester: str = JANE, approver: str = RAVI) -> FindingWaived:
    """A decision by two natural persons."""
    return FindingWaived(
        waiver=name, finding=FINGERPRINT, reason="Late data", requester=requester, approver=approver, until="2018-12-31"
    )


def medway(tracker: Tracker) -> PlanLog:
    """A plan in which Jane stands five times and Ravi three times."""
    log = tracker.plan("medway")
    log.record(OPENING, effective=DAY, actor=JANE)
    log.record(BodyRegistered(body="adviser", title="Independent adviser", person=RAVI), effective=DAY)
    log.record(InitiativeProposed(initiative="redesign", title="Redesign"), effective=DAY, actor=Person("JANE  smith"))
    approval = ApprovalGiven(approval="a", about="initiative:redesign", by="adviser", signed_by=RAVI)
    log.record(approval, effective=DAY, actor=JANE)
    log.record(waiver(), effective=DAY, actor=JANE)
    return log


def shown(tracker: Tracker, log: PlanLog) -> str:
    """The log as people read it, its lines joined."""
    lines = log_report(named_events(log.events(), tracker.names()))
    return " ".join(line.text.strip() for line in lines)


def payloads(path: Path) -> list[dict[str, Any]]:
    """What stands in the file, an event after the other."""
    with closing(sqlite3.connect(path)) as connection:
        return [json.loads(row[0]) for row in connection.execute("SELECT state FROM stored_events ORDER BY rowid")]


def run(*args: str | Path, stdin: str | None = None) -> tuple[int, str, str]:
    """The command line: exit status, what it printed, what it said."""
    found = CliRunner().invoke(main, [str(a) for a in args], input=stdin, catch_exceptions=False)
    return found.exit_code, found.stdout, found.stderr


def places(path: Path) -> list[tuple[int, str, str]]:
    """Position, field and sealed name of each place in the file."""
    return [
        (position, field, sealed)
        for position, payload in enumerate(payloads(path), 1)
        for field, sealed in payload.get("sealed", {}).items()
    ]


def put(path: Path, position: int, field: str, sealed: str) -> None:
    """Write over a sealed name, as somebody who can write to the file would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        [(state,)] = connection.execute("SELECT state FROM stored_events WHERE originator_version=?", (position,))
        payload = json.loads(state)
        payload["sealed"][field] = sealed
        changed = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        connection.execute("UPDATE stored_events SET state=? WHERE originator_version=?", (changed, position))
