"""Files that somebody or something has damaged: nothing is read otherwise without a word."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from plantrack.errors import (
    PlantrackError,
    StoreDamagedError,
    StoredEventError,
    StoreError,
)
from plantrack.tracker import open_tracker
from tests.stores import END, everything, touched

ROW = "WHERE originator_version=4"
DAMAGE: dict[str, tuple[str, type[PlantrackError], str]] = {
    "a row is gone": (
        f"DELETE FROM stored_events {ROW}",
        StoreDamagedError,
        "plan 'medway': position 4 is missing (found 5)",
    ),
    "the first row is gone": (
        "DELETE FROM stored_events WHERE originator_version=1",
        StoreDamagedError,
        "plan 'medway': position 1 is missing (found 2)",
    ),
    "a row stands elsewhere": (
        f"UPDATE stored_events SET originator_version=0 {ROW}",
        StoreDamagedError,
        "plan 'medway': position 4 is missing (found 5)",
    ),
    "a row stands between": (
        f"UPDATE stored_events SET originator_version=4.5 {ROW}",
        StoreDamagedError,
        "plan 'medway': position 4 is missing (found 4.5)",
    ),
    "a row stands nowhere": (
        f"UPDATE stored_events SET originator_version='four' {ROW}",
        StoreDamagedError,
        "{path}: plan 'medway' does not end with the event that its log says; `plantrack verify` tells what is broken",
    ),
    "a type names code": (
        f"UPDATE stored_events SET topic='os:system' {ROW}",
        StoredEventError,
        "a stored event is a 'os:system': this version does not know the type; it was written by a newer version",
    ),
    "a type is of a newer version": (
        f"UPDATE stored_events SET topic='Observed@2' {ROW}",
        StoredEventError,
        "a stored event is a 'Observed@2': this version reads up to @1; it was written by a newer version",
    ),
    "a type is no text": (
        f"UPDATE stored_events SET topic=x'00' {ROW}",
        StoredEventError,
        "a stored event is a b'\\x00': this version does not know the type; it was written by a newer version",
    ),
    "a time is none": (
        f"UPDATE stored_events SET recorded_at='yesterday' {ROW}",
        StoredEventError,
        "a stored event was recorded at 'yesterday', which is not a moment",
    ),
    "an id is no text": (
        f"UPDATE stored_events SET event_id=x'00' {ROW}",
        StoreDamagedError,
        "plan 'medway': the columns of position 4 contradict it",
    ),
    "a day is another": (
        f"UPDATE stored_events SET effective_on='2018-03-01' {ROW}",
        StoreDamagedError,
        "plan 'medway': the columns of position 4 contradict it",
    ),
    "a payload is cut": (
        f"UPDATE stored_events SET state=substr(state, 1, 20) {ROW}",
        StoredEventError,
        "a stored Observed@1 cannot be read: ",
    ),
    "a payload is a number": (
        f"UPDATE stored_events SET state=5 {ROW}",
        StoredEventError,
        "a stored Observed@1 cannot be read: ",
    ),
    "a text is not UTF-8": (
        f"UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) {ROW}",
        StoreError,
        "{path}: Could not decode to UTF-8 column 'topic' with text",
    ),
}


@pytest.mark.parametrize(("change", "error", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_row_is_named(path: Path, change: str, error: type[PlantrackError], message: str) -> None:
    """A row that is gone, displaced or unreadable is found when it is read, with its position or type."""
    with touched(path) as connection:
        connection.execute(change)
    with pytest.raises(error) as caught:
        everything(path)
    assert type(caught.value) is error
    assert str(caught.value).startswith(message.format(path=path))


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM stored_events",
        "UPDATE stored_events SET originator_version=0",
        "UPDATE stored_events SET originator_version=4.5",
        "UPDATE stored_events SET effective_on=x'00'",
    ],
)
def test_a_state_is_not_folded_over_a_gap(path: Path, change: str) -> None:
    """The fast path that reads facts in valid-time order notices a missing position too, before the first fact."""
    with touched(path) as connection:
        connection.execute(f"{change} {ROW}")
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        with pytest.raises(StoreDamagedError) as caught:
            log.at(as_at=END)
        assert str(caught.value) == "plan 'medway': 1 of the positions up to 8 are missing"
        assert log.at(as_at=END, known_at=3).measures["waits"].observations[0].value == 70


@pytest.mark.parametrize("size", [100, 512, 4096, 4097, 8192, 12_288])
def test_a_truncated_file_is_damaged(path: Path, size: int) -> None:
    """A file that was cut is found damaged when it is opened or read."""
    assert path.stat().st_size > size
    os.truncate(path, size)
    with pytest.raises(StoreDamagedError) as caught:
        everything(path)
    assert str(caught.value) == (f"{path} is damaged (database disk image is malformed); restore it from a backup")


def damage_at_random(path: Path, flips: int) -> None:
    """Flip bytes of a store, and use it: it reads as it was, or differently, or is refused by our errors alone."""
    sound = path.read_bytes()
    state = 20180201
    for _ in range(flips):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        damaged = bytearray(sound)
        damaged[state % len(sound)] ^= 1 + state // 65536 % 255
        path.write_bytes(damaged)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        with suppress(PlantrackError):
            everything(path)


def test_damage_never_raises_anything_but_our_errors(path: Path) -> None:
    """Whichever byte of the file is changed, nothing of SQLite's or Python's own errors comes out."""
    damage_at_random(path, flips=100)


@pytest.mark.soak
def test_much_damage_never_raises_anything_but_our_errors(path: Path) -> None:
    """The same for twenty thousand flips."""
    damage_at_random(path, flips=20_000)


def test_a_question_that_sqlite_cannot_take_is_refused_by_our_error(path: Path) -> None:
    """Texts without UTF-8 and numbers without end leave as a ``StoreError``."""
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        with pytest.raises(StoreError):
            log.find(["\ud800"])
        with pytest.raises(StoreError):
            next(log.events(after=2**70))
        with pytest.raises(StoreError):
            next(log.events(upto=2**70))
