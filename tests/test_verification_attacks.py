"""Somebody may write to the file, knows how it is made, and makes all hashes anew: against heads that others hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from plantrack.events import RecordedEvent
from plantrack.merkle import Frontier
from plantrack.plan_log import PlanLog
from plantrack.store import Row
from plantrack.store.format import COLUMNS, EVENTS, HEADS
from plantrack.store.recorder import origin_of
from plantrack.tracker import open_tracker
from plantrack.verification import HeldHead
from tests.stores import fill
from tests.strategies import examples, histories, holds, proposal_of

Rows = list[Row]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with two plans of eight events, closed."""
    file = tmp_path / "board.db"
    with open_tracker(file) as tracker:
        fill(tracker.plan("medway"))
        fill(tracker.plan("swale"))
    return file


def rows_of(path: Path, plan: str = "medway") -> Rows:
    """The rows as they are stored."""
    with open_tracker(path, check_heads=False) as tracker:
        return [row for row, _ in tracker._store.stored(plan)]


def forged(path: Path, rows: Rows, plan: str = "medway", origin: str | None = None) -> None:
    """Other rows in the place of a plan's, with their leaves and the head of the log made anew: sound by themselves.

    :param origin: the name of the log; by the first row when left out, as it should be.
    """
    numbered = [row._replace(originator_id=plan, originator_version=n) for n, row in enumerate(rows, 1)]
    name = origin or origin_of(numbered[0])
    leaves = [row.leaf(name) for row in numbered]
    edge = Frontier().extend(leaves)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"DELETE FROM {EVENTS} WHERE originator_id=?", (plan,))
        connection.executemany(
            f"INSERT INTO {EVENTS} ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
            [(*row, leaf) for row, leaf in zip(numbered, leaves, strict=True)],
        )
        head = (edge.size, name, edge.to_bytes(), plan)
        connection.execute(f"UPDATE {HEADS} SET size=?, origin=?, frontier=? WHERE originator_id=?", head)


def with_another(rows: Rows, position: int, **columns: Any) -> Rows:
    """The rows, one of which is another."""
    return [row._replace(**columns) if row[1] == position else row for row in rows]


def better(rows: Rows, position: int) -> Rows:
    """A figure of 70 becomes 92."""
    return with_another(rows, position, state=rows[position - 1].state.replace(b"70", b"92"))


def later(rows: Rows, position: int) -> Rows:
    """The times of recording from a position on are those of the event before: it was known earlier than it was."""
    when = rows[position - 2].recorded_at
    return [row._replace(recorded_at=when) if row[1] >= position else row for row in rows]


def origin(path: Path) -> str:
    """The name of the log as it is."""
    with open_tracker(path, check_heads=False) as tracker:
        head = tracker._store.log_head("medway")
    assert head is not None
    return head.origin


ATTACKS: dict[str, Callable[[Path, Rows], None]] = {
    "a figure is bettered": lambda path, rows: forged(path, better(rows, 5)),
    "a recording is dated back": lambda path, rows: forged(path, later(rows, 4)),
    "two events change places": lambda path, rows: forged(path, [*rows[:3], rows[4], rows[3], *rows[5:]]),
    "an event is left out": lambda path, rows: forged(path, [*rows[:3], *rows[4:]]),
    "an event is slipped in": lambda path, rows: forged(
        path, [*rows[:4], rows[3]._replace(event_id="forged"), *rows[4:]]
    ),
    "the end is cut off": lambda path, rows: forged(path, rows[:4]),
    "the end is another": lambda path, rows: forged(path, better(rows, 6)[:6]),
    "the plan is opened otherwise": lambda path, rows: forged(
        path, with_another(rows, 1, state=rows[0].state.replace(b"Medway", b"Solway"))
    ),
    "the same, under the old name of the log": lambda path, rows: forged(
        path, with_another(rows, 1, state=rows[0].state.replace(b"Medway", b"Solway")), origin=origin(path)
    ),
    "another plan takes its place": lambda path, rows: forged(path, rows_of(path, "swale")),
    "who said it is another": lambda path, rows: forged(
        path, with_another(rows, 5, state=rows[4].state.replace(b'"data"', b'"actor":"chair","data"'))
    ),
    "a type is another": lambda path, rows: forged(path, with_another(rows, 6, topic="ForecastMade@1")),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_whoever_holds_a_checkpoint_sees_the_forgery(path: Path, attack: Callable[[Path, Rows], None]) -> None:
    """All is sound by itself; against the head that was held at position 6 it is another log, or a shorter one."""
    with open_tracker(path) as tracker:
        [medway, _] = tracker.verify()
        edge = tracker._store.edge("medway", 6)
    held = HeldHead("the checkpoint", 6, edge.root(), medway.origin)
    attack(path, rows_of(path))
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway", [held])
        assert found.held == ()
        assert any("the checkpoint" in said for said in found.broken)
        assert tracker.verify("swale")[0].intact


def test_what_nobody_has_seen_may_be_cut_off(path: Path) -> None:
    """What no evidence shows, and the documentation says: a tail behind the last head that anybody holds."""
    with open_tracker(path) as tracker:
        [medway, _] = tracker.verify()
        edge = tracker._store.edge("medway", 6)
    forged(path, rows_of(path)[:6])
    with open_tracker(path) as tracker:
        [found] = tracker.verify("medway", [HeldHead("the checkpoint", 6, edge.root(), medway.origin)])
    assert (found.size, found.broken) == (6, ())


# --- no false alarm --------------------------------------------------------------------------------------------------


def head_of(log: PlanLog, name: str) -> HeldHead:
    """The head of a log as it is now."""
    head = log._store.log_head(log.id)
    assert head is not None
    return HeldHead(name, head.size, Frontier.from_bytes(head.frontier).root(), head.origin)


def never_alarmed(drawn: tuple[list[RecordedEvent], list[int]], folder: Path) -> None:
    """Record a history in batches of any size, hold the head after each, copy it, and verify it against all of them."""
    history, sizes = drawn
    copy, held, done = folder / "copy.db", list[HeldHead](), 0
    with open_tracker(":memory:") as tracker:
        log = tracker.plan(history[0].plan)
        for size in [*sizes, len(history)]:
            batch = history[done : done + size]
            done += len(batch)
            if log.record_all([attrs.evolve(proposal_of(event)) for event in batch]):
                held.append(head_of(log, f"head {len(held)}"))
        tracker.backup(copy)
        [found] = tracker.verify(held=held)
        assert (found.broken, found.size, len(found.held)) == ((), len(history), len(held))
    with open_tracker(copy) as restored:
        assert restored.verify(held=held) == [found]
    copy.unlink()


CLEAN = st.tuples(histories().filter(bool), st.lists(st.integers(1, 9), max_size=9))


def test_a_history_that_nobody_touched_raises_no_alarm(tmp_path: Path) -> None:
    """Late facts, corrections, retractions, batches of any size: against every head that it had, it is intact."""
    holds(lambda drawn: never_alarmed(drawn, tmp_path), CLEAN, examples(0.5))


@pytest.mark.soak
def test_four_hundred_histories_raise_no_alarm(tmp_path: Path) -> None:
    """The same for 400 histories."""
    holds(lambda drawn: never_alarmed(drawn, tmp_path), CLEAN, settings(max_examples=400))
