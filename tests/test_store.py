"""The store keeps what it acknowledged: real files, real processes, real kills, and files that somebody has touched."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs
import pytest

import plantrack.store
from plantrack.errors import (
    ConflictError,
    PlantrackError,
    StoreBusyError,
    StoreDamagedError,
    StoredEventError,
    StoreError,
    StoreFormatError,
)
from plantrack.events import (
    BodyRegistered,
    EventCorrected,
    EventRetracted,
    MeasureDefined,
    Observed,
    PlanOpened,
    RecordedEvent,
)
from plantrack.events.codec import encode
from plantrack.merkle import Frontier, event_leaf, root
from plantrack.period import Period
from plantrack.store import APPLICATION_ID, Store
from plantrack.tracker import PlanLog, open_tracker
from tests.processes import not_measured
from tests.strategies import proposal_of

SRC = Path(plantrack.store.__file__).parents[1]
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a plan of eight events, closed."""
    file = tmp_path / "board.db"
    with open_tracker(file) as tracker:
        fill(tracker.plan("medway"))
    return file


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


# --- several writers -------------------------------------------------------------------------------------------------

WRITER = """
import sys, time
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_tracker(path) as tracker:
    log = tracker.plan("medway")
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        [event] = log.record(BodyRegistered(body=f"{name}-{number}", title="Body"), effective="2018-01-01")
        print(event.position, event.event_id, flush=True)
"""


def start(script: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    """A process of its own that runs a script against this source.

    Its coverage is not measured: it may be killed, or have no room to write.
    """
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**not_measured(), "PYTHONPATH": str(SRC), **environment},
    )


def finish(process: subprocess.Popen[str], told: str | None = None) -> list[str]:
    """What a process printed; it must have ended well."""
    out, errors = process.communicate(told, timeout=60)
    assert (process.returncode, errors) == (0, "")
    return out.splitlines()


@pytest.mark.parametrize("writers", [2, 4])
def test_several_processes_record_into_one_plan(tmp_path: Path, writers: int) -> None:
    """Nothing is lost, nobody fails, positions follow one another and times rise, whoever writes when."""
    file = tmp_path / "board.db"
    with open_tracker(file) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")
    processes = [start(WRITER, file, f"writer{number}", 50) for number in range(writers)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    acknowledged = dict(line.split() for process in processes for line in finish(process))
    assert len(acknowledged) == writers * 50
    with open_tracker(file) as tracker:
        events = list(tracker.plan("medway").events())
    assert [event.position for event in events] == list(range(1, writers * 50 + 2))
    assert {str(event.position): event.event_id for event in events[1:]} == acknowledged
    assert {event.data.body for event in events[1:] if isinstance(event.data, BodyRegistered)} == {
        f"writer{writer}-{number}" for writer in range(writers) for number in range(50)
    }
    times = [event.recorded_at for event in events]
    assert times == sorted(times)


FIRST_OPEN = """
import sys
from plantrack.events import BodyRegistered, PlanOpened
from plantrack.period import Period
from plantrack.tracker import open_tracker

print("ready", flush=True)
for path in sys.stdin.read().split():
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        log.record(PlanOpened(title="t", organisation="o", period=Period.parse("2018")), effective="2018-01-01")
        log.record(BodyRegistered(body=sys.argv[1], title="t"), effective="2018-01-01")
"""


def first_opens(folder: Path, rounds: int) -> None:
    files = [folder / f"round-{number}.db" for number in range(rounds)]
    processes = [start(FIRST_OPEN, f"process-{number}") for number in range(6)]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(finish, processes, ["\n".join(map(str, files))] * 6))
    for file in files:
        with open_tracker(file) as tracker:
            events = list(tracker.plan("medway").events())
        assert [event.type for event in events] == ["PlanOpened"] + ["BodyRegistered"] * 6
        assert [event.position for event in events] == [1, 2, 3, 4, 5, 6, 7]


def test_six_processes_make_the_store_at_once(tmp_path: Path) -> None:
    """Whoever opens a new file first makes it; the others find it made, and the plan is opened once."""
    first_opens(tmp_path, rounds=8)


@pytest.mark.soak
def test_six_processes_make_many_stores_at_once(tmp_path: Path) -> None:
    """The same for two hundred files."""
    first_opens(tmp_path, rounds=200)


def test_a_writer_waits_for_another_program_no_longer_than_the_timeout(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds the lock for too long makes a write fail with our error; nothing is written, reading goes on."""
    monkeypatch.setattr(plantrack.store.connections, "TIMEOUT_SECONDS", 0.3)
    with open_tracker(path) as tracker, touched(path) as foreign:
        log = tracker.plan("medway")
        foreign.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(StoreBusyError) as caught:
            log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
        assert 0.25 < time.monotonic() - started < 10
        assert str(caught.value) == (
            f"{path}: another writer held the store for more than 0.3 s; nothing was written, try again"
        )
        assert len(list(log.events())) == 8
        assert log.at(as_at=END).known == 8
        foreign.execute("ROLLBACK")
        [event] = log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
        assert event.position == 9


def test_a_writer_outlasts_a_short_lock(path: Path) -> None:
    """A lock that is let go within the timeout is only waited for."""
    with open_tracker(path) as tracker, touched(path) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            log = tracker.plan("medway")
            writing = pool.submit(log.record, BodyRegistered(body="board", title="Board"), effective="2018-01-01")
            time.sleep(0.2)
            assert not writing.done()
            foreign.execute("ROLLBACK")
            assert [event.position for event in writing.result(timeout=10)] == [9]


@pytest.mark.parametrize("where", [":memory:", "board.db"])
def test_threads_record_into_one_plan(tmp_path: Path, where: str) -> None:
    """Threads that each take the plan from one tracker lose nothing, in memory as in a file."""
    with open_tracker(where if where == ":memory:" else tmp_path / where) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")

        def write(thread: int) -> None:
            log = tracker.plan("medway")
            for number in range(10):
                log.record(BodyRegistered(body=f"b{thread}-{number}", title="t"), effective="2018-01-01")
                assert log.at(as_at=END).bodies[f"b{thread}-{number}"].title == "t"

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(6)))
        events = list(tracker.plan("medway").events())
    assert [event.position for event in events] == list(range(1, 62))
    assert len({event.data for event in events}) == 61


def test_whoever_comes_second_is_told(path: Path) -> None:
    """An append at a position that is taken, or that leaves a gap, writes nothing."""
    with open_tracker(path) as tracker:
        events = list(tracker.plan("medway").events())
    store = Store(path)
    pairs = [(event, encode(proposal_of(event))) for event in events]
    with pytest.raises(ConflictError) as caught:
        store.append(pairs[-1:])
    assert str(caught.value) == (
        "plan 'medway' stands at position 8, not 7: somebody else recorded meanwhile; read what is new and try again"
    )
    with pytest.raises(StoreError) as refused:
        Store(":memory:").append([pairs[0], pairs[2]])
    assert str(refused.value) == "positions of plan 'medway' must follow one another; nothing was written"
    store.append([])
    assert store.head("medway") == 8
    store.close()


# --- kills -----------------------------------------------------------------------------------------------------------


def kill_writers(folder: Path, kills: int) -> None:
    file, acknowledged = folder / "board.db", dict[int, str]()
    with open_tracker(file) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")
    for number in range(kills):
        process = start(WRITER, file, f"writer{number}", 100_000)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        for _ in range(1 + number % 7):
            process.stdout.readline()
        time.sleep(number % 5 * 0.003)
        process.send_signal(signal.SIGKILL)
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (-signal.SIGKILL, "")
        for line in out.splitlines(keepends=True):
            if line.endswith("\n"):  # the last line may be cut
                position, event_id = line.split()
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


FORKED = """
import os, sys
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

log = open_tracker(sys.argv[1]).plan("medway")
assert log.head == 8
child = os.fork()
if not child:
    for use in (lambda: log.head, lambda: list(log.events()), lambda: log.at(as_at="2018-12-31")):
        try:
            use()
        except StoreError as problem:
            print(problem, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")[0].position)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_store_is_not_used_across_a_fork(path: Path) -> None:
    """SQLite's connections do not survive a fork: the child is told to open the file itself, the parent goes on."""
    refused = f"{path} was opened before this process was forked; open it again here"
    assert finish(start(FORKED, path)) == [refused, refused, refused, "9"]


# --- the connection --------------------------------------------------------------------------------------------------


def test_every_connection_is_durable_and_distrustful(path: Path) -> None:
    """Each connection syncs at every commit, keeps a write-ahead log, and trusts no function named in the file."""
    store = Store(path)
    with (
        store._datastore.get_connection(commit=True) as one,
        store._datastore.get_connection(commit=False) as two,
        store._datastore.get_connection(commit=False) as three,
    ):
        for connection in (one, two, three):
            found = {
                name: connection._sqlite_conn.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("synchronous", "journal_mode", "trusted_schema", "busy_timeout")
            }
            assert found == {"synchronous": 2, "journal_mode": "wal", "trusted_schema": 0, "busy_timeout": 5000}
    store.close()


LEAK = """
import sys
from plantrack.events import PlanOpened
from plantrack.period import Period
from plantrack.tracker import open_tracker

with open_tracker(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    log.record(PlanOpened(title="t", organisation="o", period=Period.parse("2018")), effective="2018-01-01")
    print(log.at(as_at="2018-12-31").plan.title)
"""


def test_the_environment_does_not_leak_in(tmp_path: Path) -> None:
    """Whatever the host sets for its own event store, ours is the file it was told, plain JSON, without plug-ins."""
    settings = {
        "SQLITE_DBNAME": str(tmp_path / "elsewhere.db"),
        "SQLITE_LOCK_TIMEOUT": "soon",
        "PERSISTENCE_MODULE": "antigravity",
        "INFRASTRUCTURE_FACTORY": "antigravity:Factory",
        "COMPRESSOR_TOPIC": "zlib",
        "CIPHER_TOPIC": "antigravity:Cipher",
        "CIPHER_KEY": "00" * 16,
        "MAPPER_TOPIC": "antigravity:Mapper",
        "TRANSCODER_TOPIC": "antigravity:Transcoder",
        "APPLICATION_RECORDER_TOPIC": "antigravity:Recorder",
        "CREATE_TABLE": "no",
        "IS_SNAPSHOTTING_ENABLED": "yes",
        "ORIGINATOR_ID_TYPE": "uuid",
    }
    settings |= {f"PLANTRACK_{name}": value for name, value in settings.items()}
    file = tmp_path / "board.db"
    assert finish(start(LEAK, file, **settings)) == ["t"]
    assert sorted(found.name for found in tmp_path.iterdir()) == ["board.db"]
    with touched(file) as connection:
        [(state,)] = connection.execute("SELECT state FROM stored_events")
    assert json.loads(state)["data"]["title"] == "t"


def test_the_file_reads_in_any_sqlite_shell(path: Path) -> None:
    """Rows hold plan, position, type and schema, JSON, event id, time of recording, last day of valid time, and leaf.

    A second table holds the head of each plan's Merkle log.
    """
    with touched(path) as connection:
        rows = connection.execute("SELECT * FROM stored_events ORDER BY originator_version").fetchall()
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        heads = connection.execute("SELECT * FROM log_heads").fetchall()
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    plan, position, topic, state, event_id, recorded_at, effective_on, leaf = rows[2]
    assert (plan, position, topic, event_id, effective_on) == ("medway", 3, "Observed@1", "e3", "2018-01-31")
    assert state == b'{"effective":"2018-01","data":{"measure":"waits","period":"2018-01","value":"70"}}'
    assert datetime.fromisoformat(recorded_at).tzinfo is UTC
    [(named, size, origin, frontier)] = heads
    assert (named, size, len(rows)) == ("medway", 8, 8)
    assert leaf == event_leaf(origin, 3, "medway", topic, recorded_at, "e3", state)
    assert Frontier.from_bytes(frontier).root() == root(row[-1] for row in rows)


def test_a_store_reads_the_same_when_it_is_opened_again(tmp_path: Path) -> None:
    """Events, ids, times and states are the same after closing, through a copy, and beside another open tracker."""
    file = tmp_path / "board.db"
    with open_tracker(file) as tracker:
        log = tracker.plan("medway")
        fill(log)
        log.record(EventCorrected(event="e3", replacement=observed(1, 75)), effective="2018-03-01")
        log.record(EventRetracted(event="e4", why="not audited"), effective="2018-03-01")
        events, state = list(log.events()), log.at(as_at=END)
        with open_tracker(file) as beside:
            assert list(beside.plan("medway").events()) == events
    with open_tracker(file, create=False) as tracker:
        assert list(tracker.plan("medway").events()) == events
        assert tracker.plan("medway").at(as_at=END) == state
        assert list(tracker.plan("medway").events(after=3, upto=5)) == events[3:5]
        assert list(tracker.plan("medway").events(after=-1)) == events
        assert tracker.plan("medway").find(["e3", "e4", "nobody"]) == {"e3": events[2], "e4": events[3]}
    copy = tmp_path / "copy.db"
    shutil.copy(file, copy)
    with open_tracker(copy) as tracker:
        assert list(tracker.plan("medway").events()) == events


def test_many_ids_are_found_at_once(tmp_path: Path) -> None:
    """More ids than SQLite takes in one question are asked in several."""
    with open_tracker(tmp_path / "board.db") as tracker:
        log = tracker.plan("medway")
        log.record(OPENED, effective="2018-01-01", event_id="e1")
        bodies = [BodyRegistered(body=f"b{number}", title="t") for number in range(1200)]
        events = log.record(*bodies, effective="2018-01-01")
        assert len(log.find(event.event_id for event in events)) == 1200
        for event in events:
            log.record(
                EventRetracted(event=event.event_id, why="w"), effective="2018-01-02"
            ) if event.position % 2 else 0
        assert len(log.at(as_at=END).bodies) == 600


def test_time_of_recording_is_found_by_moment(path: Path) -> None:
    """The last position at or before a moment, whatever its zone and century."""
    store = Store(path)
    with open_tracker(path) as tracker:
        last = list(tracker.plan("medway").events())[-1].recorded_at
    assert store.known_at("medway", last) == 8
    assert store.known_at("medway", last.astimezone(None)) == 8
    assert store.known_at("medway", last - timedelta(days=1)) == 0
    assert store.known_at("medway", datetime(999, 12, 31, tzinfo=UTC)) == 0
    assert store.known_at("medway", datetime(9999, 12, 31, tzinfo=UTC)) == 8
    assert store.known_at("swale", last) == 0
    store.close()


# --- in memory -------------------------------------------------------------------------------------------------------


def test_stores_in_memory_are_separate_and_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ``":memory:"`` is a store of its own, and none of them touches the disk."""
    monkeypatch.chdir(tmp_path)
    with open_tracker(":memory:") as one, open_tracker(":memory:") as other:
        fill(one.plan("medway"))
        assert one.plans() == ["medway"]
        assert other.plans() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", [":memory:", "board.db"])
def test_a_loop_over_events_may_record(tmp_path: Path, where: str) -> None:
    """Whoever follows the feed may record while reading it, in memory as in a file."""
    with open_tracker(where if where == ":memory:" else tmp_path / where) as tracker:
        log = tracker.plan("medway")
        fill(log, months=3)
        for event in log.events():
            log.record(BodyRegistered(body=f"seen-{event.position}", title="t"), effective="2018-01-01")
        assert log.head == 10


def test_readers_that_are_left_open_do_not_stop_writers_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every connection in a reader's hands a write times out; once they are done, the next one goes through."""
    monkeypatch.setattr(plantrack.store.connections, "TIMEOUT_SECONDS", 0.2)
    store = Store(path)
    last = list(store.events("medway"))[-1]
    readers = [store.events("medway") for _ in range(15)]
    assert [next(reader).position for reader in readers] == [1] * 15
    ninth = attrs.evolve(last, position=9, event_id="e9")
    for _ in range(2):
        with pytest.raises(StoreBusyError):
            store.append([(ninth, encode(proposal_of(ninth)))])
    readers.clear()
    gc.collect()
    store.append([(ninth, encode(proposal_of(ninth)))])
    assert store.head("medway") == 9
    store.close()


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_store_says_so(path: Path) -> None:
    """After closing, every use is refused with our error; closing again is harmless."""
    tracker = open_tracker(path)
    log, reader = tracker.plan("medway"), tracker.plan("medway").events()
    next(reader)
    tracker.close()
    tracker.close()
    for use in (lambda: log.head, lambda: next(reader), lambda: log.at(), lambda: tracker.plans()):
        with pytest.raises(StoreError) as caught:
            use()
        assert str(caught.value) == f"{path} was closed; open it again"


def test_a_reader_that_nobody_finishes_is_dropped_quietly(path: Path) -> None:
    """A loop that was left half way does not complain when the store is closed first."""
    with open_tracker(path) as tracker:
        reader = tracker.plan("medway").events()
        next(reader)
    del reader
    gc.collect()  # what a generator raises now, pytest would report


# --- files that are no store -----------------------------------------------------------------------------------------


NO_STORE: dict[str, tuple[bytes | tuple[str, ...], type[StoreError], str]] = {
    "text": (b"hello " * 100, StoreFormatError, "{path} is not a plantrack store (not an SQLite file)"),
    "cut header": (b"SQLite format 3\0", StoreFormatError, "{path} is not a plantrack store (not an SQLite file)"),
    "zeros": (
        b"SQLite format 3\0" + bytes(4096),
        StoreDamagedError,
        "{path} is damaged (file is not a database); restore it from a backup",
    ),
    "noise": (
        b"SQLite format 3\0" + b"\xa5" * 4096,
        StoreFormatError,
        "{path} is an SQLite file of another program, not a plantrack store",
    ),
    "another program's": (
        ("PRAGMA application_id=7",),
        StoreFormatError,
        "{path} is an SQLite file of another program, not a plantrack store",
    ),
    "newer": (
        ("PRAGMA user_version=3",),
        StoreFormatError,
        "{path} has format 3; this version of plantrack reads up to 2: install a newer one",
    ),
    "of no version": (
        ("PRAGMA user_version=0",),
        StoreFormatError,
        "{path} has format 0, which no version of plantrack wrote; refused",
    ),
    "with a trigger": (
        (
            "CREATE TRIGGER lose AFTER INSERT ON stored_events BEGIN"
            " DELETE FROM stored_events WHERE originator_version=new.originator_version; END",
        ),
        StoreFormatError,
        "{path} holds what no plantrack store has: trigger lose; refused",
    ),
    "with a view": (
        ("CREATE VIEW spy AS SELECT load_extension('evil')",),
        StoreFormatError,
        "{path} holds what no plantrack store has: view spy; refused",
    ),
    "with a view instead of the table": (
        ("ALTER TABLE stored_events RENAME TO hidden", "CREATE VIEW stored_events AS SELECT * FROM hidden"),
        StoreFormatError,
        "{path} holds what no plantrack store has: table hidden, view stored_events; refused",
    ),
    "with an index": (
        ("CREATE INDEX slow ON stored_events (hex(state))",),
        StoreFormatError,
        "{path} holds what no plantrack store has: index slow; refused",
    ),
    "with a table": (
        ("CREATE TABLE more (id)",),
        StoreFormatError,
        "{path} holds what no plantrack store has: table more; refused",
    ),
    "with many": (
        tuple(f"CREATE TABLE t{number} (id)" for number in range(7)),
        StoreFormatError,
        "{path} holds what no plantrack store has: table t0, table t1, table t2, table t3, table t4; refused",
    ),
    "with another table": (
        ("DROP TABLE stored_events", "CREATE TABLE stored_events (originator_id, originator_version, topic, state)"),
        StoreFormatError,
        "the table stored_events in {path} is not as plantrack makes it; refused",
    ),
    "with a default": (
        ("ALTER TABLE stored_events ADD COLUMN note TEXT DEFAULT 'x'",),
        StoreFormatError,
        "the table stored_events in {path} is not as plantrack makes it; refused",
    ),
    "without its table": (
        ("DROP TABLE stored_events",),
        StoreDamagedError,
        "{path} is a plantrack store without its table stored_events; restore it from a backup",
    ),
    "without its heads": (
        ("DROP TABLE log_heads",),
        StoreDamagedError,
        "{path} is a plantrack store without its table log_heads; restore it from a backup",
    ),
    "of the format before": (
        ("PRAGMA user_version=1",),
        StoreFormatError,
        "{path} has format 1, of an older plantrack; `plantrack --db {path} upgrade` brings it up to date",
    ),
}


@pytest.mark.parametrize(("change", "error", "message"), NO_STORE.values(), ids=NO_STORE)
def test_a_file_that_is_no_store_is_refused_and_left_alone(
    path: Path, change: bytes | tuple[str, ...], error: type[StoreError], message: str
) -> None:
    """Other files, and stores with anything that could run or lie, are refused before the first query of ours."""
    if isinstance(change, bytes):
        path.write_bytes(change)
    else:
        with touched(path) as connection:
            for statement in change:
                connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(error) as caught:
        open_tracker(path)
    assert type(caught.value) is error
    assert str(caught.value) == message.format(path=path)
    gc.collect()
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["board.db"]


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A file that SQLite made for somebody else, who sets no application id, is neither used nor changed."""
    file = tmp_path / "invoices.db"
    with touched(file) as connection:
        connection.execute("CREATE TABLE invoices (id)")
    before = file.read_bytes()
    with pytest.raises(StoreFormatError) as caught:
        open_tracker(file)
    assert str(caught.value) == f"{file} is an SQLite file of another program, not a plantrack store"
    assert file.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["invoices.db"]


def test_a_newer_format_that_stands_in_the_write_ahead_log_is_refused(path: Path) -> None:
    """What another process has just changed counts, though the first bytes of the file do not show it yet."""
    with touched(path) as connection:
        connection.execute("PRAGMA user_version=3")
        assert path.read_bytes()[60:64] == bytes([0, 0, 0, 2])
        with pytest.raises(StoreFormatError) as caught:
            open_tracker(path)
        assert str(caught.value) == (
            f"{path} has format 3; this version of plantrack reads up to 2: install a newer one"
        )


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """An empty file is made into a store, as an absent one is."""
    file = tmp_path / "board.db"
    file.touch()
    with open_tracker(file) as tracker:
        fill(tracker.plan("medway"))
    assert len(everything(file)) == 8


def test_a_store_is_made_only_when_asked_for(tmp_path: Path) -> None:
    """With ``create=False`` an absent or empty file is refused, and nothing is made."""
    for name in ("absent.db", "empty.db"):
        file = tmp_path / name
        if name == "empty.db":
            file.touch()
        with pytest.raises(StoreError) as caught:
            open_tracker(file, create=False)
        assert str(caught.value) == f"there is no store at {file}; `plantrack init` makes one"
    assert [(file.name, file.stat().st_size) for file in tmp_path.iterdir()] == [("empty.db", 0)]


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    """A folder, a name below a file, and a folder that is not there are named."""
    file = tmp_path / "file"
    file.write_text("x")
    for name, reason in (
        (tmp_path, f"cannot read {tmp_path}: Is a directory"),
        (file / "board.db", f"there is no folder {file}; make it, or choose another place for the store"),
        (
            tmp_path / "nowhere" / "board.db",
            f"there is no folder {tmp_path / 'nowhere'}; make it, or choose another place for the store",
        ),
    ):
        started = time.monotonic()
        with pytest.raises(StoreError) as caught:
            open_tracker(name)
        assert str(caught.value) == reason
        assert time.monotonic() - started < 10


def test_a_pipe_is_no_store(tmp_path: Path) -> None:
    """What cannot be kept is refused before anything waits for it: a pipe, a device."""
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path / "pipe", Path(os.devnull)):
        for create in (True, False):
            with pytest.raises(StoreError) as caught:
                open_tracker(name, create=create)
            assert str(caught.value) == f"{name} is no file that can be kept, but a pipe or a device; choose another"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root may write")
def test_an_unwritable_folder_is_named() -> None:
    """Where nothing can be made, the error says where."""
    with pytest.raises(StoreError) as caught:
        open_tracker("/proc/board.db")
    assert str(caught.value) == "/proc/board.db: unable to open database file"


@pytest.mark.parametrize(
    "name",
    ["file:x?mode=memory", "x?mode=memory&cache=shared", "dir/:memory:", "", "a\0b", "a\ud800b", "file::memory:"],
)
def test_a_name_with_another_meaning_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A name that SQLite or the file system would read as something else is refused, and makes nothing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError) as caught:
        open_tracker(name)
    assert "cannot be the name of a store file; choose another" in str(caught.value)
    str(caught.value).encode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a?b.db", "a%20b.db", "file:board.db", "a#b.db", "?mode=ro", "é ü\u202e.db", "'; --.db"]
)
def test_a_name_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Names that look like addresses or statements are names: the file has exactly that one."""
    monkeypatch.chdir(tmp_path)
    for given in (name, os.fsencode(tmp_path / name)):
        with open_tracker(given) as tracker:  # type: ignore[arg-type]  # bytes are a path too
            tracker.plan("medway").record(OPENED, effective="2018-01-01")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_store_stays_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative name means the folder of that moment, wherever the process goes."""
    monkeypatch.chdir(tmp_path)
    with open_tracker("board.db") as tracker:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        fill(tracker.plan("medway"))
    assert len(everything(tmp_path / "board.db")) == 8


# --- files that were damaged -----------------------------------------------------------------------------------------

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


def test_threads_that_read_share_the_store(path: Path) -> None:
    """Many readers at once, more than there are connections, wait for each other and all read the same."""
    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        events = list(log.events())
        barrier = threading.Barrier(20)

        def read() -> list[RecordedEvent]:
            barrier.wait(10)
            return list(log.events())

        with ThreadPoolExecutor(20) as pool:
            assert [future.result() for future in [pool.submit(read) for _ in range(20)]] == [events] * 20
