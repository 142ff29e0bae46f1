"""What the store keeps reads the same, by every way there is, until it is closed."""

from __future__ import annotations

import gc
import json
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st

import plantrack.store
from plantrack.errors import (
    StoreBusyError,
    StoreError,
)
from plantrack.events import (
    TYPES,
    BodyRegistered,
    EventCorrected,
    EventRetracted,
    Proposal,
    RecordedEvent,
)
from plantrack.events.codec import encode
from plantrack.merkle import Frontier, event_leaf, root
from plantrack.store import APPLICATION_ID, Store
from plantrack.tracker import open_tracker
from plantrack.verification import verify
from tests.processes import finish, start
from tests.stores import END, OPENED, fill, observed, touched
from tests.strategies import events_of, examples, holds, proposal_of, proposals

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
    assert finish(start(LEAK, file, environment=settings)) == ["t"]
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
        wrong = [EventRetracted(event=event.event_id, why="w") for event in events if event.position % 2]
        log.record(*wrong, effective="2018-01-02")
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


# --- whatever is stored can be read ----------------------------------------------------------------------------------


def stored_and_read(proposed: list[Proposal]) -> None:
    """Append events of any type in any envelope, and read them in every way."""
    now = datetime(2018, 2, 1, 9, tzinfo=UTC)
    pairs = []
    for position, proposal in enumerate(proposed, 1):
        said = {name: getattr(proposal, name) for name in ("effective", "data", "actor", "reason", "source")}
        event = RecordedEvent(plan="medway", position=position, event_id=f"e{position}", recorded_at=now, **said)
        pairs.append((event, encode(proposal_of(event))))
    with closing(Store(":memory:")) as store:
        store.append(pairs)
        events = list(store.events("medway"))
        assert events == [event for event, _ in pairs]
        assert [repr(event) for event in events] == [repr(event) for event, _ in pairs]  # 1.0 is not 1.00
        assert store.find("medway", [event.event_id for event in events]) == {e.event_id: e for e in events}
        found = verify("medway", store.stored("medway"), store.log_head("medway"))
    assert found.broken == ()


ANY = proposals(st.sampled_from(sorted(TYPES.values(), key=str)).flatmap(events_of))


def test_whatever_is_stored_can_be_read() -> None:
    """Events of every type, with every value that their fields take, are read as they were stored, and verify."""
    holds(stored_and_read, st.lists(ANY, min_size=1, max_size=6), examples(0.2))


@pytest.mark.soak
def test_whatever_is_stored_can_be_read_ten_thousand_times() -> None:
    """The same for more than ten thousand events."""
    stored = 0

    def counted(proposed: list[Proposal]) -> None:
        nonlocal stored
        stored += len(proposed)
        stored_and_read(proposed)

    holds(counted, st.lists(ANY, min_size=20, max_size=20), settings(max_examples=520))
    assert stored >= 10_000
