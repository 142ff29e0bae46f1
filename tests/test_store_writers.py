"""Several writers: processes, threads, a foreign program, a fork, an event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import plantrack.store
from plantrack.errors import (
    ConflictError,
    StoreBusyError,
    StoreError,
)
from plantrack.events import (
    BodyRegistered,
    RecordedEvent,
)
from plantrack.events.codec import encode
from plantrack.store import Store
from plantrack.tracker import open_tracker
from tests.processes import WRITER, finish, go, start
from tests.stores import END, OPENED, touched
from tests.strategies import proposal_of


def record_at_once(folder: Path, writers: int, each: int) -> list[float]:
    """Processes record into one plan; returns how many seconds each recording took, from the shortest."""
    file = folder / "board.db"
    with open_tracker(file) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")
    processes = [start(WRITER, file, f"writer{number}", each) for number in range(writers)]
    go(*processes)
    lines = [line.split() for process in processes for line in finish(process)]
    acknowledged = {position: name for position, name, _ in lines}
    assert len(acknowledged) == writers * each
    with open_tracker(file) as tracker:
        events = list(tracker.plan("medway").events())
        [found] = tracker.verify()
    assert found.broken == ()
    assert [event.position for event in events] == list(range(1, writers * each + 2))
    assert {str(event.position): event.event_id for event in events[1:]} == acknowledged
    assert {event.data.body for event in events[1:] if isinstance(event.data, BodyRegistered)} == {
        f"writer{writer}-{number}" for writer in range(writers) for number in range(each)
    }
    times = [event.recorded_at for event in events]
    assert times == sorted(times)
    return sorted(float(seconds) for _, _, seconds in lines)


def test_several_processes_record_into_one_plan(tmp_path: Path) -> None:
    """Nothing is lost, nobody fails, positions follow one another and times rise, whoever writes when."""
    record_at_once(tmp_path, writers=4, each=40)


@pytest.mark.soak
def test_several_processes_record_much_into_one_plan(tmp_path: Path) -> None:
    """The same for 4 × 300 recordings, of which 99 in 100 take at most a quarter of a second."""
    took = record_at_once(tmp_path, writers=4, each=300)
    p99 = took[len(took) * 99 // 100]
    print(f"p99 {p99:.3f} s, median {took[len(took) // 2]:.3f} s, longest {took[-1]:.3f} s")
    assert p99 <= 0.25


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
    first_opens(tmp_path, rounds=6)


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
    """24 threads that each take the plan from one tracker lose nothing, in memory as in a file."""
    with open_tracker(where if where == ":memory:" else tmp_path / where) as tracker:
        tracker.plan("medway").record(OPENED, effective="2018-01-01")

        def write(thread: int) -> None:
            log = tracker.plan("medway")
            for number in range(5):
                log.record(BodyRegistered(body=f"b{thread}-{number}", title="t"), effective="2018-01-01")
                assert log.at(as_at=END).bodies[f"b{thread}-{number}"].title == "t"

        with ThreadPoolExecutor(24) as pool:
            list(pool.map(write, range(24)))
        events = list(tracker.plan("medway").events())
    assert [event.position for event in events] == list(range(1, 122))
    assert len({event.data for event in events}) == 121


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


FORKED = """
import gc, os, sys
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

tracker = open_tracker(sys.argv[1])
log = tracker.plan("medway")
assert log.head == 8
child = os.fork()
if not child:
    def record():
        return log.record(BodyRegistered(body="child", title="Board"), effective="2018-01-01")
    for use in (lambda: log.head, lambda: list(log.events()), lambda: log.at(as_at="2018-12-31"), record):
        try:
            use()
        except StoreError as problem:
            print(problem, flush=True)
    try:
        open_tracker(sys.argv[1])
    except StoreError as problem:
        print(problem, flush=True)
    tracker.close()
    with open_tracker(sys.argv[1]) as own:
        print(own.plan("medway").record(BodyRegistered(body="own", title="Board"), effective="2018-01-01")[0].position)
    del tracker, log, record
    gc.collect()
    sys.exit()
os.waitpid(child, 0)
print(log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")[0].position)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_store_is_not_used_across_a_fork(path: Path) -> None:
    """SQLite's connections do not survive a fork: the child is told to close and open the file, and then may record.

    When the child closes what it was not to use, the parent goes on.
    """
    refused = f"{path} was opened before this process was forked; close it and open it again here"
    twice = (
        f"{path} was open when this process was forked, whose locks SQLite would take for its own here; close it before"
        " forking, or here before opening it again"
    )
    assert finish(start(FORKED, path)) == [refused, refused, refused, refused, twice, "9", "10"]
    with open_tracker(path) as tracker:
        assert [event.position for event in tracker.plan("medway").events()] == list(range(1, 11))
        assert tracker.verify()[0].broken == ()


ONE_MORE = """
import sys
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

with open_tracker(sys.argv[1]) as tracker:
    tracker.plan("medway").record(BodyRegistered(body=sys.argv[2], title="Other"), effective="2018-01-01")
"""


@pytest.mark.parametrize("alias", [False, True])
def test_opening_again_in_one_process_takes_no_lock_away(path: Path, alias: bool) -> None:
    """A second opening, or an upgrade, leaves the first its locks: what it records after others closed is kept.

    Without them the other process, which believes that it is the last, removes the write-ahead log.
    """
    again = path.with_name("alias.db") if alias else path
    if alias:
        again.symlink_to(path)
    with open_tracker(path) as tracker:
        assert tracker.plan("medway").head == 8
        open_tracker(again).close()
        assert plantrack.store.upgrade(again) is None
        finish(start(ONE_MORE, path, "before"))
        tracker.plan("medway").record(BodyRegistered(body="between", title="Board"), effective="2018-01-01")
        finish(start(ONE_MORE, path, "after"))
    with open_tracker(path) as tracker:
        recorded = [event.data for event in tracker.plan("medway").events(after=8)]
        assert [data.body for data in recorded if isinstance(data, BodyRegistered)] == ["before", "between", "after"]
        assert tracker.verify()[0].broken == ()


# --- an event loop ---------------------------------------------------------------------------------------------------


async def record_beside_a_ticker(path: Path, events: int) -> list[float]:
    """Record in a thread beside the loop; returns by how many seconds its ticks were late, from the least."""
    late, done = list[float](), asyncio.Event()

    async def tick() -> None:
        while not done.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            late.append(time.perf_counter() - began - 0.005)

    with open_tracker(path) as tracker:
        log = tracker.plan("medway")
        ticking = asyncio.create_task(tick())
        for number in range(events):
            body = BodyRegistered(body=f"b{number}", title="Body")
            [event] = await asyncio.to_thread(log.record, body, effective="2018-01-01")
            assert event.position == 9 + number
        done.set()
        await ticking
    return sorted(late)


def test_an_event_loop_records_beside_its_other_work(path: Path) -> None:
    """A store may be used from whichever thread the loop gives; while the disk is waited for, the loop runs on."""
    late = asyncio.run(record_beside_a_ticker(path, events=40))
    assert len(late) >= 2
    assert late[len(late) // 2] <= 0.05


@pytest.mark.soak
def test_an_event_loop_is_never_held_up_for_long(path: Path) -> None:
    """Of the ticks beside 2,000 recordings 99 in 100 are at most 50 ms late."""
    late = asyncio.run(record_beside_a_ticker(path, events=2_000))
    print(f"late at p99 {late[len(late) * 99 // 100]:.4f} s, at most {late[-1]:.4f} s")
    assert late[len(late) * 99 // 100] <= 0.05


# --- a foreign lock of full length -----------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize(("held", "outlasts"), [(1.5, True), (10, False)])
def test_the_wait_for_a_foreign_lock_is_bounded(path: Path, held: float, outlasts: bool) -> None:
    """A lock of 1.5 s is waited for; one of 10 s is not: after five the error says so, and nothing was written."""
    with open_tracker(path) as tracker, touched(path) as foreign, ThreadPoolExecutor(1) as pool:
        log = tracker.plan("medway")
        foreign.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        writing = pool.submit(log.record, BodyRegistered(body="board", title="Board"), effective="2018-01-01")
        with suppress(TimeoutError):
            writing.exception(timeout=held)
        waited = time.monotonic() - began
        foreign.execute("ROLLBACK")
        if outlasts:
            assert [event.position for event in writing.result(timeout=10)] == [9]
        else:
            assert isinstance(writing.exception(timeout=10), StoreBusyError)
            assert 4.5 <= waited <= 7
            assert log.head == 8
