"""What was acknowledged is kept: real kills, the power cut after any write, a disk that fails or is full."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from plantrack.errors import IdempotencyError, StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import Tracker, open_tracker
from tests.disks import Call, Disk, calls, disk_library
from tests.processes import finish, start
from tests.stores import OPENED, everything, fill

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def opened_plan(folder: Path) -> Path:
    """A store with a plan of one event."""
    file = folder / "board.db"
    with open_tracker(file) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")
    return file


def bodies(tracker: Tracker) -> list[str]:
    """The ids of the bodies in the order of the log, which must be whole and as it was recorded."""
    events = list(tracker.plan("medway").events())
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    [found] = tracker.verify()
    assert found.broken == ()
    return [event.data.body for event in events if isinstance(event.data, BodyRegistered)]


# --- kills -----------------------------------------------------------------------------------------------------------

# Python and its imports are started once; each writer is a fork that opens the store itself.
WRITERS = """
import os, sys
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

print("ready", flush=True)
while line := sys.stdin.readline():
    first, last = map(int, line.split())
    child = os.fork()
    if not child:
        os.write(1, f"{os.getpid()}\\n".encode())
        log = open_tracker(sys.argv[1]).plan("medway")
        for number in range(first, last, 3):
            three = [BodyRegistered(body=f"b{number + n}", title="Body") for n in range(3)]
            recorded = log.record(*three, effective="2018-01-01")
            os.write(1, f"{number} {len(recorded)}\\n".encode())
        os.write(1, b"done\\n")
        os._exit(0)
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


class Writers:
    """One process that starts a writer after the other, each of which is killed in mid-stream."""

    def __init__(self, file: Path) -> None:
        self.process = start(WRITERS, file)
        assert self.read() == "ready"

    def read(self) -> str:
        """The next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def killed(self, first: int, last: int, after: int, pause: float) -> tuple[list[tuple[int, int]], bool]:
        """A writer that records the bodies from ``first`` on, three at a time, and is killed after some.

        :returns: what it acknowledged (the first body of three, and how many of them were new), and whether it came to
            its end first.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(f"{first} {last}\n")
        self.process.stdin.flush()
        pid = int(self.read())
        lines: list[str] = []
        while len(lines) < after and (line := self.read()) != "done":
            lines.append(line)
        time.sleep(pause)
        os.kill(pid, signal.SIGKILL)
        while (line := self.read()) != "dead":
            lines.append(line)
        told = [(int(line.split()[0]), int(line.split()[1])) for line in lines if line != "done"]
        return told, told[-1][0] + 3 >= last

    def stop(self) -> None:
        """No more of them."""
        assert finish(self.process) == []


def kill_writers(folder: Path, kills: int) -> None:
    file, acknowledged, kept = opened_plan(folder), list[str](), list[str]()
    writers = Writers(file)
    for number in range(kills):
        first = int(kept[-1][1:]) + 1 if kept else 0
        told, _ = writers.killed(first, first + 300_000, 1 + number % 7, number % 5 * 0.003)
        assert all(new == 3 for _, new in told)
        acknowledged += [f"b{body + n}" for body, _ in told for n in range(3)]
        with open_tracker(file) as tracker:
            events = list(tracker.plan("medway").events(after=1 + len(kept)))
        kept += [event.data.body for event in events if isinstance(event.data, BodyRegistered)]
        assert len(kept) % 3 == 0
        assert set(acknowledged) <= set(kept)
    writers.stop()
    with open_tracker(file) as tracker:
        assert bodies(tracker) == kept
    assert len(set(kept)) == len(kept)
    assert len(acknowledged) >= 3 * kills


@needs_fork
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A writer is killed in mid-stream, ten times: all it acknowledged is there, and of three events all or none."""
    kill_writers(tmp_path, kills=10)


@needs_fork
@pytest.mark.soak
def test_what_was_acknowledged_survives_three_hundred_kills(tmp_path: Path) -> None:
    """The same, three hundred times."""
    kill_writers(tmp_path, kills=300)


def retry_after_kills(folder: Path, kills: int) -> None:
    file, total = opened_plan(folder), 3_000_000
    writers, first, again = Writers(file), 0, 0
    for number in range(kills):
        told, _ = writers.killed(first, total, 4 + number % 5, number % 4 * 0.002)
        assert {new for _, new in told} <= {0, 3}
        again += sum(new == 0 for _, new in told)
        first = max(0, told[-1][0] - 3)  # whoever sends again, begins with what was acknowledged
    writers.stop()
    assert again >= kills - 1
    with open_tracker(file) as tracker:
        kept = bodies(tracker)
        assert kept == [f"b{number}" for number in range(len(kept))]
        log = tracker.plan("medway")
        [event] = log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01", event_id="k-1")
        assert log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01", event_id="k-1") == []
        with pytest.raises(IdempotencyError):
            log.record(BodyRegistered(body="board", title="Another"), effective="2018-01-01", event_id="k-1")
        assert log.head == event.position


@needs_fork
def test_whoever_sends_again_after_a_kill_records_once(tmp_path: Path) -> None:
    """A sender that begins again some way back, not knowing what was kept, adds what is missing and no more."""
    retry_after_kills(tmp_path, kills=8)


@needs_fork
@pytest.mark.soak
def test_whoever_sends_again_after_many_kills_records_once(tmp_path: Path) -> None:
    """The same for 120 kills."""
    retry_after_kills(tmp_path, kills=120)


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


# --- power cuts ------------------------------------------------------------------------------------------------------

# The log is moved into the file after every 40 pages instead of 1,000, so that cuts fall into that too.
POWERED = """
import os, sys
import plantrack.store.connections as connections
from plantrack.events import BodyRegistered, PlanOpened
from plantrack.tracker import open_tracker

made = connections._Pool._create_connection
def create(pool):
    connection = made(pool)
    connection._sqlite_conn.execute("PRAGMA wal_autocheckpoint=40")
    if sys.argv[3] != "as it is":
        connection._sqlite_conn.execute(f"PRAGMA synchronous={sys.argv[3]}")
    return connection
connections._Pool._create_connection = create

with open_tracker(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    log.record(PlanOpened(title="t", organisation="o", period=log.period("2018")), effective="2018-01-01")
    os.write(1, b"1\\n")
    for number in range(int(sys.argv[2])):
        three = [BodyRegistered(body=f"b{number}-{n}", title="Body" * 99) for n in range(3)]
        log.record(*three, effective="2018-01-01")
        os.write(1, f"{log.head}\\n".encode())
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands between SQLite and the disk."""
    return disk_library(tmp_path_factory.mktemp("disk"))


def written_down(folder: Path, library: Path, batches: int, synchronous: str) -> list[Call]:
    """All that a writer did to the disk, and when it acknowledged what."""
    (folder / "disk").mkdir()
    log = folder / f"{synchronous}.log"
    watched = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder / "disk"), "DISK_LOG": str(log)}
    finish(start(POWERED, folder / "disk" / "board.db", batches, synchronous, environment=watched))
    shutil.rmtree(folder / "disk")
    return list(calls(log))


def cut_the_power(folder: Path, library: Path, cuts: int, synchronous: str = "as it is") -> tuple[int, int]:
    """Cut it after any call; returns how often something acknowledged was lost, and how many cuts there were."""
    made = written_down(folder, library, max(20, cuts // 25), synchronous)
    chance, disk, acknowledged, lost, cut = random.Random(2018), Disk(folder / "disk"), 0, 0, 0
    often = cuts / len(made)
    for number, call in enumerate(made):
        if call.kind == "A":
            acknowledged = int(call.data.split()[-1])
        else:
            disk.take(call)
        for _ in range(int(often * (number + 1)) - int(often * number)):
            left = folder / f"cut-{number}"
            left.mkdir()
            disk.after_a_cut(chance, left)
            lost += kept_after_a_cut(left / "board.db") < acknowledged
            cut += 1
            shutil.rmtree(left)
    return lost, cut


def kept_after_a_cut(file: Path) -> int:
    """How many events are left; they must be whole, as recorded, and of three written together all or none."""
    try:
        tracker = open_tracker(file, create=False)
    except StoreError as problem:
        assert str(problem) == f"there is no store at {file}; `plantrack init` makes one"  # noqa: PT017
        return 0
    with tracker:
        if not tracker.plans():
            return 0
        kept = len(bodies(tracker))
    assert kept % 3 == 0
    return kept + 1


def test_what_was_acknowledged_survives_a_power_cut(tmp_path: Path, library: Path) -> None:
    """Whichever call to the disk was the last one, what was acknowledged is there, and nothing is there in part."""
    assert cut_the_power(tmp_path, library, cuts=60) == (0, 60)


@pytest.mark.soak
def test_what_was_acknowledged_survives_a_thousand_power_cuts(tmp_path: Path, library: Path) -> None:
    """The same for 1,500 cuts."""
    assert cut_the_power(tmp_path, library, cuts=1_500) == (0, 1_500)


def test_the_model_of_a_power_cut_sees_a_writer_that_does_not_sync(tmp_path: Path, library: Path) -> None:
    """Were the store not to sync each commit, the same cuts would lose much: the tests above can fail."""
    lost, cut = cut_the_power(tmp_path, library, cuts=60, synchronous="NORMAL")
    assert lost > cut / 3


def test_nothing_is_acknowledged_before_it_is_synced(tmp_path: Path, library: Path) -> None:
    """At the moment at which a recording returns, no write to any file of the store is unsynced."""
    disk, acknowledged, synced = Disk(tmp_path / "disk"), 0, 0
    for call in written_down(tmp_path, library, 10, "as it is"):
        if call.kind == "A":
            assert not disk.unsynced
            acknowledged += 1
        else:
            disk.take(call)
            synced += call.kind == "S" and call.path.endswith("-wal")
    assert acknowledged == 11
    assert synced >= acknowledged


# --- failing calls ---------------------------------------------------------------------------------------------------

FAILING = """
import ctypes, errno, os, sys
import plantrack.store.connections as connections
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

made = connections._Pool._create_connection
def create(pool):
    connection = made(pool)
    connection._sqlite_conn.execute("PRAGMA wal_autocheckpoint=20")
    return connection
connections._Pool._create_connection = create
disk = ctypes.CDLL(None)

with open_tracker(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    for number in range(int(sys.argv[2])):
        body = BodyRegistered(body=f"b{number}", title="Body" * 200)
        disk.disk_fail(1 + number // 4 % 24, (errno.EIO, errno.ENOSPC)[number % 2], number // 2 % 2)
        for attempt in range(3):
            try:
                kept = len(log.record(body, effective="2018-01-01"))
                break
            except StoreError as problem:
                print(type(problem).__name__, str(problem).removeprefix(sys.argv[1]), sep="|")
            if attempt == 0:
                assert f"b{number - 1}" in log.at(as_at="2018-12-31").bodies or not number
                disk.disk_fail(0, 0, 0)
        else:
            print("not recorded", number)
        disk.disk_fail(0, 0, 0)
        print(log.head)
    disk.disk_unreadable(1)
    for use in (lambda: list(log.events()), lambda: log.at(as_at="2018-12-31").bodies):
        try:
            tracker._store._datastore.pool._pool.clear()
            print("read", len(use()))
        except StoreError as problem:
            print("unread", type(problem).__name__, str(problem).removeprefix(sys.argv[1]), sep="|")
    disk.disk_unreadable(0)
"""
FULL_DISK = "StoreError|: the disk is full; nothing was written: make room, then record it again"
FAILED = (
    "StoreError|: the disk failed (disk I/O error); once it works, do it again: what is recorded already is left out"
)


def fail_calls(file: Path, library: Path, rounds: int) -> int:
    """Let calls fail one after the other, and record again; returns how often the store said so."""
    with open_tracker(file) as tracker:
        before = len(list(tracker.plan("medway").events()))
    watched = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(file.parent)}
    *lines, once, twice = finish(start(FAILING, file, rounds, environment=watched))
    assert once == twice == f"unread|{FAILED}"
    said = [line for line in lines if not line.isdigit()]
    assert set(said) <= {FULL_DISK, FAILED}
    assert [int(line) for line in lines if line.isdigit()] == list(range(before + 1, before + rounds + 1))
    with open_tracker(file) as tracker:
        assert bodies(tracker) == [f"b{number}" for number in range(rounds)]
    return len(said)


def test_a_disk_that_fails_loses_nothing(path: Path, library: Path) -> None:
    """Whichever write or sync fails, once or from then on, the store says so; sent again, the event is there once."""
    assert fail_calls(path, library, rounds=96) > 32


@pytest.mark.soak
def test_a_disk_that_fails_often_loses_nothing(path: Path, library: Path) -> None:
    """The same for two thousand failing calls."""
    assert fail_calls(path, library, rounds=2_000) > 700


MAKING = """
import ctypes, errno, os, sys, time
from plantrack.errors import StoreError
from plantrack.events import PlanOpened
from plantrack.tracker import open_tracker

disk = ctypes.CDLL(None)
for number in range(1, 40):
    path = os.path.join(sys.argv[1], f"{number}.db")
    began = time.monotonic()
    disk.disk_fail(number, errno.ENOSPC, 1)
    try:
        open_tracker(path).close()
        print("made")
    except StoreError as problem:
        print(str(problem).removeprefix(path))
    assert time.monotonic() - began < 4
    disk.disk_fail(0, 0, 0)
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        log.record(PlanOpened(title="t", organisation="o", period=log.period("2018")), effective="2018-01-01")
"""


def test_a_store_for_which_there_was_no_room_is_made_later(tmp_path: Path, library: Path) -> None:
    """Whichever call fails while a store is made, our error says so at once; when there is room again, it is made."""
    folder = tmp_path / "stores"
    folder.mkdir()
    watched = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder)}
    said = finish(start(MAKING, folder, environment=watched))
    assert {f"StoreError|{line}" for line in said if line != "made"} <= {FULL_DISK, FAILED}
    assert 5 < sum(line != "made" for line in said) < 39
    for number in range(1, 40):
        with open_tracker(folder / f"{number}.db", create=False) as tracker:
            assert tracker.verify()[0].broken == ()


@contextmanager
def interrupted_after(tracker: Tracker, steps: int) -> Iterator[None]:
    """The connection that writes fails after so many steps of SQLite's machine."""
    with tracker._store._datastore.get_connection(commit=True) as connection:
        plain: sqlite3.Connection = connection._sqlite_conn
    step = count()
    plain.set_progress_handler(lambda: next(step) == steps, 1)
    try:
        yield
    finally:
        plain.set_progress_handler(None, 1)


def test_a_statement_that_fails_leaves_nothing_behind(path: Path) -> None:
    """Interrupted at any step of any statement, a recording is stored whole or not at all; again, it is there once."""
    failed = 0
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        for steps in range(0, 400, 3):
            pair = [BodyRegistered(body=f"{which}{steps}", title="Body") for which in "ab"]
            before = log.head
            try:
                with interrupted_after(tracker, steps):
                    assert len(log.record(*pair, effective="2018-01-01")) == 2
            except StoreError as problem:
                failed += 1
                assert str(problem) == f"{path}: interrupted"  # noqa: PT017
                assert log.head == before
                assert len(log.record(*pair, effective="2018-01-01")) == 2
            assert log.record(*pair, effective="2018-01-01") == []
            assert log.head == before + 2
        assert len(bodies(tracker)) == 2 * 134
    assert 20 < failed < 134


FULL = """
import sys
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

with open_tracker(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    if sys.argv[2] == "limit":
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        for number in range(1000):
            log.record(BodyRegistered(body=f"b{number}", title="x" * 5000), effective="2018-01-01")
            print(log.head, flush=True)
    except StoreError as problem:
        print(problem)
    print(len(list(log.events())))
    print(log.at(as_at="2018-12-31").known)
    if sys.argv[2] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        import os
        os.remove(sys.argv[2])
    print(log.record(BodyRegistered(body=f"b{number}", title="x" * 5000), effective="2018-01-01")[0].position)
"""


def filled(lines: list[str], path: Path) -> None:
    """What was acknowledged before the disk was full is read; there is room again, and recording goes on."""
    *acknowledged, problem, read, folded, resumed = lines
    assert acknowledged == [str(position) for position in range(9, 9 + len(acknowledged))]
    assert len(acknowledged) > 5
    assert f"StoreError|{problem.removeprefix(str(path))}" in (FULL_DISK, FAILED)
    assert read == folded == acknowledged[-1]
    assert int(resumed) == int(read) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_loses_nothing(path: Path) -> None:
    """When no file can grow further, the write fails with our error, and everything before it is there and is read."""
    lines = finish(start(FULL, path, "limit"))
    filled(lines, path)
    assert len(everything(path)) == int(lines[-1])


SMALL = """
set -e
mount -t tmpfs -o size=600k none "$1"
cp "$2" "$1/board.db"
head -c 150000 /dev/zero > "$1/ballast"
exec "$3" -c "$4" "$1/board.db" "$1/ballast"
"""


def test_a_small_disk_that_is_full_loses_nothing(path: Path, tmp_path: Path) -> None:
    """The same on a file system of 600 KB: it fills up, something is removed, and recording goes on."""
    small, unshare = tmp_path / "small", shutil.which("unshare")
    small.mkdir()
    may = unshare and subprocess.run([unshare, "-rm", "mount", "-t", "tmpfs", "none", small], capture_output=True)
    if not may or may.returncode:
        pytest.skip("needs leave to mount a small file system of its own")
    run = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    lines = finish(start(run, unshare, "-rm", "sh", "-c", SMALL, "sh", small, path, sys.executable, FULL))
    filled(lines, small / "board.db")
