"""Files that somebody or something has damaged: nothing is read otherwise without a word."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import plantrack
from plantrack.errors import (
    PlantrackError,
    StoreDamagedError,
    StoredEventError,
    StoreError,
    StoreFormatError,
)
from plantrack.events import BodyRegistered
from plantrack.store.format import EVENTS
from plantrack.tracker import Tracker, open_tracker
from tests.stores import END, everything, fill, touched

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
        "{path}: plan 'medway' has a row at 0, where no event can stand; `plantrack verify` tells what is broken",
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
        StoreDamagedError,
        "{path} is damaged (Could not decode to UTF-8 column 'topic' with text",
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


def answers(tracker: Tracker) -> list[Any]:
    """What a store says to every question that there is."""
    log = tracker.plan("medway")
    events = list(log.events())
    ids = [f"e{number}" for number in range(1, 9)]
    return [tracker.plans(), log.head, events, log.find(ids), [log.find([name]) for name in ids], log.at(as_at=END)]


def flip_bits(path: Path, flips: int) -> dict[str, int]:
    """Flip one bit of the file at a time, and ask; returns how often what came of it.

    Never may an answer be another without ``verify`` saying so.
    """
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        log.record(*[BodyRegistered(body=f"b{number}", title="Body" * 9) for number in range(40)], effective="2018")
        right = answers(tracker)
    sound, chance = path.read_bytes(), random.Random(2018)
    came = {"refused": 0, "another answer": 0, "no answer": 0, "told by verify": 0, "no difference": 0}
    for _ in range(flips):
        damaged, bit = bytearray(sound), chance.randrange(8 * len(sound))
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        try:
            tracker = open_tracker(path)
        except StoreError:
            came["refused"] += 1
            continue
        with tracker:
            try:
                outcome = "no difference" if answers(tracker) == right else "another answer"
            except PlantrackError:
                outcome = "no answer"
            told = [found.plan for found in tracker.verify() if found.intact] != ["medway"]
            assert told or outcome != "another answer", f"bit {bit} changed what is read, and nothing said so"
            came["told by verify"] += told
            came[outcome] += 1
    return came


def test_a_bit_that_flips_is_never_silent(path: Path) -> None:
    """One bit of the file flips: it is refused, or an answer stays the same, or ``verify`` says that it did not."""
    came = flip_bits(path, flips=60)
    assert came["told by verify"] > 10


@pytest.mark.soak
def test_many_bits_that_flip_are_never_silent(path: Path) -> None:
    """The same for three thousand flips, with each way in which it may end."""
    assert min(flip_bits(path, flips=3_000).values()) > 0


def test_an_index_that_misses_an_event_is_told(path: Path) -> None:
    """An id that is not found could be recorded twice: ``verify`` holds the indexes against their table too."""
    sound = path.read_bytes()
    with open_tracker(path) as tracker:
        event = tracker.plan("medway").find(["e5"])["e5"]
    assert event.position == 5
    where = [at for at in range(len(sound)) if sound.startswith(b"medwaye5", at)]
    path.write_bytes(sound[: where[0]] + b"medwaye0" + sound[where[0] + 8 :])
    with open_tracker(path) as tracker:
        assert tracker.plan("medway").find(["e5"]) == {}
        [found] = tracker.verify()
    missing = f"the file is damaged (row 5 missing from index sqlite_autoindex_{EVENTS}_2); restore it from a backup"
    assert missing in found.broken


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


# --- the write-ahead log ---------------------------------------------------------------------------------------------


def damage_the_log(folder: Path, faults: int) -> tuple[int, int]:
    """Cut, flip or lose the write-ahead log of a store that was not closed, and open it with the anchor.

    Without a fault what is read must be all; with one, all or refused. Returns in how many cases events were lost, and
    in how many of these it was told.
    """
    file, anchor, chance = folder / "board.db", folder / "elsewhere.anchor", random.Random(2018)
    with plantrack.open(file) as tracker:
        fill(tracker.plan("medway"))
    with plantrack.open(file, anchor=anchor) as tracker:
        for number in range(12):
            body = BodyRegistered(body=f"b{number}", title="Body" * 9)
            tracker.plan("medway").record(body, effective="2018-01-01")
        main, log = file.read_bytes(), Path(f"{file}-wal").read_bytes()
    lost = told = 0
    for number in range(faults):
        damaged = folder / f"fault-{number}.db"
        beside = Path(f"{damaged}-wal")
        damaged.write_bytes(main)
        bent = bytearray(log)
        match number % 3:
            case 0:
                bent[chance.randrange(len(log))] ^= 1 << chance.randrange(8)
            case 1:
                del bent[chance.randrange(len(log)) :]
            case 2:
                start = chance.randrange(len(log))
                bent[start : start + 512] = bytes(len(bent[start : start + 512]))
        beside.write_bytes(bent)
        copy = folder / "without.db"
        for suffix in ("", "-wal"):
            shutil.copy(f"{damaged}{suffix}", f"{copy}{suffix}")
        with open_tracker(copy) as tracker:  # who has no anchor sees an earlier state, and cannot tell
            events = len(list(tracker.plan("medway").events()))
            assert tracker.verify()[0].intact
        lost += events < 20
        try:
            plantrack.open(damaged, anchor=anchor).close()
        except StoreDamagedError as problem:
            told += 1
            assert str(problem) == (  # noqa: PT017
                f"{damaged}: the last {20 - events} of 20 events of plan 'medway' are gone: {anchor} has seen them;"
                " restore a backup that holds them"
            )
    return lost, told


def test_events_that_a_damaged_log_lost_are_told_by_the_anchor(tmp_path: Path) -> None:
    """A write-ahead log that was cut or flipped reads as an earlier state: the anchor says how many events are gone."""
    lost, told = damage_the_log(tmp_path, faults=30)
    assert lost == told > 15


@pytest.mark.soak
def test_events_that_many_damaged_logs_lost_are_told_by_the_anchor(tmp_path: Path) -> None:
    """The same for 300 faults."""
    lost, told = damage_the_log(tmp_path, faults=300)
    assert lost == told > 150


# --- what a file could make us run -----------------------------------------------------------------------------------


def hostile_topics() -> list[str]:
    """Names of modules, classes and functions in every notation in which somebody might import them."""
    ours = ("plantrack.events", "plantrack.store.recorder", "tests.evil", "../evil", "evil.py")
    modules = (
        *ours,
        "antigravity",
        "this",
        "os",
        "subprocess",
        "builtins",
        "idlelib.idle",
        "__main__",
        "eventsourcing",
    )
    names = ("system", "Snapshot", "Popen", "exec", "Observed", "Aggregate", "__import__('antigravity')", "main")
    forms = ["{m}:{n}", "{m}.{n}", "{m}:{n}@1", "{m}.{n}@1", "{m}@1", "!!python/object/apply:{m}.{n}"]
    return sorted({form.format(m=module, n=name) for module in modules for name in names for form in forms})


def test_no_topic_imports_anything(path: Path) -> None:
    """Types are names in a closed list: hundreds of others are refused by our error, and nothing is imported."""
    topics = hostile_topics()
    assert len(topics) >= 500
    with open_tracker(path, check_heads=False) as tracker, touched(path) as foreign:
        log = tracker.plan("medway")
        foreign.execute("PRAGMA synchronous=OFF")
        before = set(sys.modules)
        for topic in topics:
            foreign.execute("UPDATE stored_events SET topic=? WHERE originator_version=4", (topic,))
            for use in (lambda: list(log.events()), lambda: log.at(as_at=END)):
                with pytest.raises(StoredEventError):
                    use()
        assert set(sys.modules) == before


def test_snapshots_of_another_program_are_refused(path: Path) -> None:
    """The stock library would read a table of snapshots, and import what it names: no store of ours has one."""
    with touched(path) as foreign:
        foreign.execute("CREATE TABLE plantrack_snapshots (originator_id, originator_version, topic, state)")
        foreign.execute("INSERT INTO plantrack_snapshots VALUES ('medway', 8, 'antigravity:fly', '{}')")
    with pytest.raises(StoreFormatError) as caught:
        open_tracker(path)
    assert str(caught.value) == f"{path} holds what no plantrack store has: table plantrack_snapshots; refused"
