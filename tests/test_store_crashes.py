"""What was acknowledged is kept: real kills, a power cut after any write, a disk that is full or fails."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from plantrack.tracker import open_tracker
from tests.processes import WRITER, finish, go, start
from tests.stores import END, OPENED, everything, fill


def kill_writers(folder: Path, kills: int) -> None:
    file, acknowledged = folder / "board.db", dict[int, str]()
    with open_tracker(file) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")
    for number in range(kills):
        process = start(WRITER, file, f"writer{number}", 100_000)
        go(process)
        assert process.stdout is not None
        for _ in range(1 + number % 7):
            process.stdout.readline()
        time.sleep(number % 5 * 0.003)
        process.send_signal(signal.SIGKILL)
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (-signal.SIGKILL, "")
        for line in out.splitlines(keepends=True):
            if line.endswith("\n"):  # the last line may be cut
                position, event_id, _ = line.split()
                acknowledged[int(position)] = event_id
        with open_tracker(file) as tracker:
            events = list(tracker.plan("medway").events())
            assert tracker.plan("medway").at(as_at=END).known == len(events)
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        kept = {event.position: event.event_id for event in events}
        assert {position: kept.get(position) for position in acknowledged} == acknowledged
    assert len(acknowledged) >= kills


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A writer is killed in mid-stream, ten times: every event it was told of is there, whole, without gaps."""
    kill_writers(tmp_path, kills=10)


@pytest.mark.soak
def test_what_was_acknowledged_survives_three_hundred_kills(tmp_path: Path) -> None:
    """The same, three hundred times."""
    kill_writers(tmp_path, kills=300)


MAKER = """
import os, signal, sys
from plantrack.tracker import open_tracker

tracker = open_tracker(sys.argv[1])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_store_whose_maker_was_killed_is_a_store(tmp_path: Path) -> None:
    """All there is of a new store may stand in its write-ahead log: it is not taken for somebody else's file."""
    file = tmp_path / "board.db"
    process = start(MAKER, file)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert Path(f"{file}-wal").stat().st_size > 0
    with open_tracker(file) as tracker:
        assert tracker.plans() == []
        fill(tracker.plan("medway"))
    assert len(everything(file)) == 8


FULL = """
import resource, sys
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

with open_tracker(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        for number in range(1000):
            log.record(BodyRegistered(body=f"b{number}", title="x" * 5000), effective="2018-01-01")
            print(log.head, flush=True)
    except StoreError as problem:
        print(problem)
    print(len(list(log.events())))
    print(log.at(as_at="2018-12-31").known)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_loses_nothing(path: Path) -> None:
    """When no file can grow further, the write fails with our error, and everything before it is there and is read."""
    *acknowledged, problem, read, folded = finish(start(FULL, path))
    assert acknowledged == [str(position) for position in range(9, 9 + len(acknowledged))]
    assert len(acknowledged) > 5
    assert problem in (f"{path}: disk I/O error", f"{path}: database or disk is full")
    assert read == folded == acknowledged[-1]
    assert len(everything(path)) == int(read)
