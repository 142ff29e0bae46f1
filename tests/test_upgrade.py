"""A store of every older format is brought up to date, and says the same afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

import plantrack
from plantrack.errors import StoreDamagedError, StoreError, StoreFormatError
from plantrack.store import FORMAT, upgrade

STORES = Path(__file__).parent / "golden" / "stores"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of the first format, which had no evidence: two plans with a correction and a retraction."""
    return Path(shutil.copy(STORES / "format-1.db", tmp_path / "board.db"))


def test_an_older_store_is_refused_with_what_to_do(old: Path) -> None:
    """It is never brought up to date by the way."""
    before = old.read_bytes()
    with pytest.raises(StoreFormatError) as caught:
        plantrack.open(old)
    assert str(caught.value) == (
        f"{old} has format 1, of an older plantrack; `plantrack --db {old} upgrade` brings it up to date"
    )
    assert old.read_bytes() == before


def test_an_upgraded_store_says_what_it_said(old: Path, tmp_path: Path) -> None:
    """Every event is there with its times; the evidence begins; the file as it was lies beside it."""
    with closing(sqlite3.connect(old)) as connection:
        columns = "originator_id, originator_version, topic, state, event_id, recorded_at, effective_on"
        before = connection.execute(f"SELECT {columns} FROM stored_events ORDER BY 1, 2").fetchall()
    copy = f"{old}.format-1"
    assert upgrade(old) == (1, copy)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["board.db", "board.db.format-1"]
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute(f"SELECT {columns} FROM stored_events ORDER BY 1, 2").fetchall() == before
        assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT * FROM stored_events ORDER BY 1, 2").fetchall() == before
    with plantrack.open(old) as tracker:
        assert tracker.plans() == ["waits", "access"]
        assert [(v.plan, v.size, v.intact) for v in tracker.verify()] == [("access", 6, True), ("waits", 7, True)]
        waits = tracker.plan("waits").at(as_at="2026-02-28").measures["m"]
        assert [(str(o.period), str(o.value)) for o in waits.observations] == [("2025-12", "96")]
    assert upgrade(old) is None


def test_an_upgrade_does_not_overwrite_a_copy(old: Path) -> None:
    """Where the copy would go, nothing may be."""
    taken = Path(f"{old}.format-1")
    taken.write_text("somebody's")
    before = old.read_bytes()
    with pytest.raises(StoreError) as caught:
        upgrade(old)
    assert str(caught.value) == (f"{taken} exists already, and the copy of the old format would go there; move it away")
    assert (old.read_bytes(), taken.read_text()) == (before, "somebody's")


@pytest.mark.parametrize(
    ("statement", "error", "said"),
    [
        (
            "DELETE FROM stored_events WHERE originator_version=3",
            StoreDamagedError,
            "plan 'waits' is damaged at position 3; the file is as it was: restore it from a backup",
        ),
        (
            "UPDATE stored_events SET topic=x'00' WHERE originator_version=2",
            StoreDamagedError,
            "plan 'waits' is damaged at position 2; the file is as it was: restore it from a backup",
        ),
        (
            "CREATE TRIGGER lose AFTER INSERT ON stored_events BEGIN DELETE FROM stored_events; END",
            StoreFormatError,
            "{path} holds what no plantrack store has: trigger lose; refused",
        ),
        (
            "PRAGMA application_id=7",
            StoreFormatError,
            "{path} is an SQLite file of another program, not a plantrack store",
        ),
        (
            "PRAGMA user_version=99",
            StoreFormatError,
            "{path} has format 99; this version of plantrack reads up to 2: install a newer one",
        ),
    ],
)
def test_a_damaged_older_store_stays_as_it_is(old: Path, statement: str, error: type[StoreError], said: str) -> None:
    """What cannot be brought up to date whole is not brought up to date at all."""
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(statement)
    with closing(sqlite3.connect(old)) as connection:
        before = list(connection.iterdump())
    with pytest.raises(error) as caught:
        upgrade(old)
    assert str(caught.value) == said.format(path=old)
    with closing(sqlite3.connect(old)) as connection:
        assert list(connection.iterdump()) == before
    assert [file.name for file in old.parent.iterdir()] == ["board.db"]


def test_an_absent_store_is_not_made(tmp_path: Path) -> None:
    """There is nothing to bring up to date."""
    with pytest.raises(StoreError) as caught:
        upgrade(tmp_path / "board.db")
    assert str(caught.value) == f"there is no store at {tmp_path / 'board.db'}"
    assert list(tmp_path.iterdir()) == []


def test_the_copy_cuts_no_day_short(old: Path) -> None:
    """What was known on a day is the same before and after, by the times that were kept."""
    upgrade(old)
    with plantrack.open(old) as tracker:
        log = tracker.plan("waits")
        last = log.at(as_at=date(2026, 1, 31)).measures["m"].observations
        first = log.at(as_at=date(2026, 1, 31), known_at=4).measures["m"].observations
    assert [str(o.value) for o in last] == ["96"]
    assert [str(o.value) for o in first] == ["69"]
