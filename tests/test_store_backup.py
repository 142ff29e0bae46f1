"""Backups taken while others write restore to a log that verifies; a bare copy of the file is told for what it is."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import plantrack
from plantrack.errors import StoreDamagedError, StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker
from tests.disks import disk_library
from tests.processes import finish, start
from tests.stores import END, everything, touched


@contextmanager
def written_meanwhile(file: Path, anchor: Path) -> Iterator[None]:
    """A thread with a store of its own records without a pause."""
    stopped = threading.Event()
    ready = threading.Event()

    def write() -> None:
        with plantrack.open(file, anchor=anchor) as tracker:
            log = tracker.plan("medway")
            for number in range(100_000):
                log.record(BodyRegistered(body=f"b{number}", title="Body" * 50), effective="2018-01-01")
                ready.set()
                if stopped.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        stopped.set()
        writer.join(30)


def back_up(path: Path, folder: Path, times: int) -> None:
    copies = []
    anchor = folder / "elsewhere.anchor"
    with open_tracker(path) as tracker, written_meanwhile(path, anchor):
        for number in range(times):
            acknowledged = tracker.plan("medway").head
            tracker.backup(folder / f"copy-{number}.db")
            copies.append((folder / f"copy-{number}.db", acknowledged, tracker.plan("medway").head))
    with open_tracker(path) as tracker:
        events = list(tracker.plan("medway").events())
    assert len(events) > 8 + times / 10
    for copy, before, after in copies:
        assert sorted(file.name for file in folder.glob(f"{copy.name}*")) == [copy.name]
        with open_tracker(copy) as restored:
            kept = list(restored.plan("medway").events())
            [found] = restored.verify()
            assert found.broken == ()
            assert restored.plan("medway").at(as_at=END).known == len(kept)
        assert before <= len(kept) <= after
        assert kept == events[: len(kept)]


def test_a_backup_during_writes_restores(path: Path, tmp_path: Path) -> None:
    """Each copy is one file, whole, of one moment: all that was acknowledged before it began, and it verifies."""
    back_up(path, tmp_path, times=10)


@pytest.mark.soak
def test_a_hundred_backups_during_writes_restore(path: Path, tmp_path: Path) -> None:
    """The same for a hundred copies."""
    back_up(path, tmp_path, times=100)


def copy_barely(path: Path, folder: Path, times: int) -> int:
    """Copy the file without its write-ahead log while it is written; returns how many copies lacked events."""
    anchor, short = folder / "elsewhere.anchor", 0
    copies = [folder / f"bare-{number}.db" for number in range(times)]
    with open_tracker(path) as tracker, written_meanwhile(path, anchor):
        for copy in copies:
            shutil.copy(path, copy)
            tracker.backup(folder / "pause.db")
            os.remove(folder / "pause.db")
    with open_tracker(path) as tracker:
        events = list(tracker.plan("medway").events())
    for copy in copies:
        try:
            with open_tracker(copy) as tracker:
                kept = list(tracker.plan("medway").events())
                if not tracker.verify()[0].intact:
                    continue
        except StoreError:
            continue  # copied while the file was written: told, not read
        assert kept == events[: len(kept)]
        short += len(kept) < len(events)
        if len(kept) < len(events):
            with pytest.raises(StoreError) as caught:
                plantrack.open(copy, anchor=anchor)
            assert str(caught.value) == (
                f"{copy}: the last {len(events) - len(kept)} of {len(events)} events of plan 'medway' are gone:"
                f" {anchor} has seen them; restore a backup that holds them"
            )
    return short


def test_a_bare_copy_is_an_earlier_state_and_the_anchor_says_so(path: Path, tmp_path: Path) -> None:
    """Without its write-ahead log the file is an exact earlier state or damaged; the anchor names what is missing."""
    assert copy_barely(path, tmp_path, times=10) > 0


@pytest.mark.soak
def test_a_hundred_bare_copies_are_earlier_states(path: Path, tmp_path: Path) -> None:
    """The same for a hundred copies."""
    assert copy_barely(path, tmp_path, times=100) > 0


@pytest.mark.parametrize("moved_on", [False, True], ids=["log since the backup", "log of a later time"])
def test_a_log_that_belongs_to_another_file_is_never_mixed_in(path: Path, tmp_path: Path, moved_on: bool) -> None:
    """A backup put beside the write-ahead log of the store goes on with all of it, or is refused as damaged."""
    restored = tmp_path / "restored.db"
    with open_tracker(path) as tracker, touched(path) as foreign:
        log = tracker.plan("medway")
        for number in range(60):
            log.record(BodyRegistered(body=f"b{number}", title="Body" * 200), effective="2018-01-01")
            if number == 20:
                tracker.backup(restored)
            if number == 40 and moved_on:
                foreign.execute("PRAGMA wal_checkpoint(RESTART)")
        events = list(log.events())
        shutil.copy(f"{path}-wal", f"{restored}-wal")
    if moved_on:
        with pytest.raises(StoreDamagedError):
            everything(restored)
    else:
        assert everything(restored) == events


def test_a_backup_never_overwrites(path: Path, tmp_path: Path) -> None:
    """What is there stays as it is, a store as any other file."""
    other = tmp_path / "other.db"
    other.write_text("mine")
    with open_tracker(path) as tracker, pytest.raises(StoreError) as caught:
        tracker.backup(other)
    assert str(caught.value) == f"{other} exists already; a backup never overwrites, so name another file"
    assert other.read_text() == "mine"


UNFINISHED = """
import ctypes, errno, os, sys
from plantrack.errors import StoreDamagedError, StoreError
from plantrack.tracker import open_tracker

with open_tracker(sys.argv[1]) as tracker:
    for number in range(1, 30):
        ctypes.CDLL(None).disk_fail(number, errno.ENOSPC, 1)
        try:
            tracker.backup(sys.argv[2])
            break
        except StoreError as problem:
            print(problem, os.path.exists(sys.argv[2]))
    ctypes.CDLL(None).disk_fail(0, 0, 0)
"""


def test_half_a_backup_is_removed(path: Path, tmp_path: Path) -> None:
    """A copy for which there is no room is told and leaves nothing behind, at whichever call it fails."""
    folder = tmp_path / "full"
    folder.mkdir()
    watched = {"LD_PRELOAD": str(disk_library(tmp_path)), "DISK_FOLDER": str(folder)}
    said = finish(start(UNFINISHED, path, folder / "copy.db", environment=watched))
    assert len(said) > 5
    assert all(line.startswith(f"{folder / 'copy.db'}: the disk ") for line in said)
    assert all(line.endswith("False") for line in said)
    assert len(everything(folder / "copy.db")) == 8


def test_a_backup_that_cannot_be_made_leaves_nothing(path: Path, tmp_path: Path) -> None:
    """A folder that is not there, and a store that was closed, are named; no empty file is left."""
    tracker = open_tracker(path)
    nowhere, copy = tmp_path / "nowhere" / "copy.db", tmp_path / "copy.db"
    with pytest.raises(StoreError) as caught:
        tracker.backup(nowhere)
    assert str(caught.value) == f"{nowhere} cannot be made: No such file or directory"
    tracker.close()
    with pytest.raises(StoreError) as caught:
        tracker.backup(copy)
    assert str(caught.value) == f"{path} was closed; open it again"
    assert not copy.exists()
