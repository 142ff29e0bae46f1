"""Whether a log is what was recorded: one byte is enough to be named, and an untouched log never is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import plantrack
import plantrack.store.anchor
from plantrack.errors import StoreDamagedError, StoreError, UnknownPlanError
from plantrack.events import MeasureDefined, Observed, PlanOpened
from plantrack.reports.evidence import verification_json, verification_report
from plantrack.store import Row
from plantrack.tracker import open_tracker
from plantrack.verification import HeldHead, Verification

WHEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with a plan of eight events, and another of three."""
    path, moments = tmp_path / "board.db", iter(range(1000))
    with open_tracker(path, clock=lambda: WHEN + timedelta(hours=next(moments))) as tracker:
        for name, months in (("medway", 6), ("swale", 1)):
            log = tracker.plan(name)
            log.record(
                PlanOpened(title="Plan", organisation="A trust", period=log.period("2025/26")), effective="2025-04-01"
            )
            log.record(MeasureDefined(measure="waits", title="Waits", unit="days"), effective="2025-04-01")
            for month in range(1, months + 1):
                log.record(Observed(measure="waits", period=f"2025-{month:02}", value=70), effective=f"2025-{month:02}")
    return path


def change(path: Path, *statements: str) -> None:
    """What somebody with an SQLite shell may do."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def verified(path: Path, *held: HeldHead) -> Verification:
    """What is found of the plan medway."""
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway", held)
    return found


def head_of(path: Path, name: str = "the checkpoint") -> HeldHead:
    """The head as somebody keeps it."""
    found = verified(path)
    assert found.intact
    return HeldHead(name, found.size, found.root, found.origin)


def test_an_untouched_store_is_intact(path: Path) -> None:
    """Each plan has a log of its own, with a root that holds all its events."""
    with open_tracker(path) as tracker:
        found = tracker.verify()
    assert [(v.plan, v.size, v.intact, v.broken) for v in found] == [("medway", 8, True, ()), ("swale", 3, True, ())]
    assert all(v.origin.startswith(f"plantrack/{v.plan}/") for v in found)
    assert len({v.root for v in found}) == 2


def test_a_log_has_its_name_by_its_first_event(path: Path, tmp_path: Path) -> None:
    """The same first event at the same time makes the same log; nothing random is in it."""
    other = tmp_path / "other.db"
    with open_tracker(other, clock=lambda: WHEN) as tracker:
        log = tracker.plan("medway")
        log.record(
            PlanOpened(title="Plan", organisation="A trust", period=log.period("2025/26")), effective="2025-04-01"
        )
    assert verified(other).origin == verified(path).origin


ROW = "WHERE originator_id='medway' AND originator_version=4"
CHANGES: dict[str, tuple[str, str]] = {
    "a figure": (
        f"UPDATE stored_events SET state=CAST(replace(state, '70', '92') AS BLOB) {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (Observed, {id})",
    ),
    "a time": (
        f"UPDATE stored_events SET recorded_at='2025-03-01T00:00:00.000000Z' {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (Observed, {id})",
    ),
    "an event id": (
        f"UPDATE stored_events SET event_id='other' {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (Observed, other)",
    ),
    "a type": (
        f"UPDATE stored_events SET topic='BaselineSet@1' {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (BaselineSet, {id})",
    ),
    "a leaf": (
        f"UPDATE stored_events SET leaf=zeroblob(32) {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (Observed, {id})",
    ),
    "a leaf of another kind": (
        f"UPDATE stored_events SET leaf='x' {ROW}",
        "#4 is not as it was recorded: its bytes and its leaf differ (Observed, {id})",
    ),
    "the day in its column": (
        f"UPDATE stored_events SET effective_on='2025-03-31' {ROW}",
        "#4 is not as it was recorded: its column effective_on says 2025-03-31, the event 2025-02-28",
    ),
    "a text that is a number": (
        f"UPDATE stored_events SET recorded_at=x'00' {ROW}",
        "#4 is not as it was recorded: a column holds a value of another type",
    ),
    "a text that is not UTF-8": (
        f"UPDATE stored_events SET topic=CAST(x'ff' AS TEXT) {ROW}",
        "#4 cannot be read, nor what comes after it: {path} is damaged (Could not decode to UTF-8 column 'topic' with"
        " text '\ufffd'); restore it from a backup",
    ),
    "an event is gone": (f"DELETE FROM stored_events {ROW}", "#4 is missing: after it comes #5"),
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_named(path: Path, statement: str, said: str) -> None:
    """The first event that is not as it was recorded is named by position; the other plan stays out of it."""
    with open_tracker(path) as tracker:
        name = next(e.event_id for e in tracker.plan("medway").events(after=3))
    change(path, statement)
    found = verified(path)
    assert found.broken[0] == said.format(id=name, path=path)
    assert found.first_broken == 4
    with open_tracker(path, check_heads=False) as tracker:
        assert [v.intact for v in tracker.verify()] == [False, True]


def rewritten(path: Path, position: int) -> None:
    """Somebody changes a figure, and the leaf with it, so that the row is sound by itself."""
    change(
        path,
        f"UPDATE stored_events SET state=CAST(replace(state, '70', '92') AS BLOB) WHERE originator_version={position}",
    )
    with open_tracker(path, check_heads=False) as tracker:
        store = tracker._store
        [(row, _)] = store.stored("medway", after=position - 1, upto=position)
        head = store.log_head("medway")
        assert head is not None
    leaf = row.leaf(head.origin).hex()
    change(
        path, f"UPDATE stored_events SET leaf=x'{leaf}' WHERE originator_id='medway' AND originator_version={position}"
    )


def test_an_event_and_its_leaf_cannot_be_changed_together(path: Path) -> None:
    """The tree contradicts its head, and its edge says between which events."""
    with open_tracker(path, clock=lambda: WHEN + timedelta(days=9)) as tracker:
        log = tracker.plan("medway")
        log.record(
            *[Observed(measure="waits", period=f"2025-{m:02}", value=70) for m in (7, 8, 9)], effective="2025-09"
        )
    rewritten(path, 9)
    assert verified(path).broken == ("an event and its leaf were changed together, between #9 and #10",)
    rewritten(path, 11)
    assert verified(path).broken == ("an event and its leaf were changed together, between #9 and #10",)


def test_a_log_that_was_written_anew_contradicts_whoever_saw_the_old_one(path: Path, tmp_path: Path) -> None:
    """A rebuilt tree is sound by itself. Heads that were kept elsewhere say between which events it was changed."""
    early, late = tmp_path / "early.db", tmp_path / "late.db"
    shutil.copy(path, late)
    _truncate(path, early, 3)
    held = [head_of(early, "the checkpoint of April"), head_of(late, "the checkpoint of June")]
    forged = tmp_path / "forged.db"
    _rebuilt(late, forged)
    assert verified(forged).intact
    found = verified(forged, *held)
    assert found.broken == (
        "this is not the log that the checkpoint of June has seen: an event after #3, up to #8, was changed",
    )
    assert [h.name for h in found.held] == ["the checkpoint of April"]


def _truncate(source: Path, target: Path, size: int) -> None:
    """A store as it was after so many events."""
    _copied(source, target, lambda row: row, size)


def _rebuilt(source: Path, target: Path) -> None:
    """A store in which one figure is another, with all hashes made anew."""
    _copied(source, target, lambda row: row._replace(state=row.state.replace(b"70", b"92")) if row[1] == 5 else row, 8)


def _copied(source: Path, target: Path, changed: Callable[[Row], Row], size: int) -> None:
    with open_tracker(source) as tracker, open_tracker(target) as other:
        rows = [changed(row) for row, _ in tracker._store.stored("medway", upto=size)]
        other._store.append_stored("medway", rows)


def test_a_log_that_is_shorter_than_a_checkpoint_was_cut(path: Path, tmp_path: Path) -> None:
    """Whoever has seen more events than there are says how many are missing."""
    early = tmp_path / "early.db"
    _truncate(path, early, 3)
    assert verified(early, head_of(path, "the checkpoint of June")).broken == (
        "the checkpoint of June has seen 8 events, and 3 are there: 5 were cut off",
    )


def test_a_checkpoint_of_another_log_proves_nothing(path: Path) -> None:
    """A checkpoint names its log; one of another plan is told so."""
    with open_tracker(path) as tracker:
        [_, swale] = tracker.verify()
    [*_, number] = verified(path).origin.split("/")
    held = HeldHead("the checkpoint", swale.size, swale.root, "plantrack/medway/0123456789abcdef")
    assert verified(path, held).broken == (
        f"the checkpoint is of the log plantrack/medway/0123456789abcdef, and this is plantrack/medway/{number}",
    )
    with open_tracker(path) as tracker:
        other = HeldHead("the checkpoint", swale.size, swale.root, swale.origin)
        assert [(v.plan, len(v.held)) for v in tracker.verify(held=[other])] == [("medway", 0), ("swale", 1)]
        with pytest.raises(UnknownPlanError) as caught:
            tracker.verify(held=[HeldHead("the checkpoint", 1, swale.root, "plantrack/kent/0123456789abcdef")])
        assert str(caught.value) == (
            "the checkpoint is of the plan 'kent', which the store does not hold; known: medway, swale"
        )


HEADS: dict[str, tuple[str, str]] = {
    "gone": ("DELETE FROM log_heads WHERE originator_id='medway'", "the log has no head: what proves it was removed"),
    "shorter": (
        "UPDATE log_heads SET size=7 WHERE originator_id='medway'",
        "the head of the log says 7 events, and its edge 8",
    ),
    "no edge": (
        "UPDATE log_heads SET frontier=x'00' WHERE originator_id='medway'",
        "the stored edge of the log is damaged: 1 bytes cannot be those of 0 events; it can be made anew from the"
        " events, and the root then compared with a checkpoint",
    ),
    "the last event gone": (
        "DELETE FROM stored_events WHERE originator_id='medway' AND originator_version=8",
        "the head of the log says 8 events, and 7 are there",
    ),
    "every event gone": (
        "DELETE FROM stored_events WHERE originator_id='medway'",
        "the head of the log says 8 events, and 0 are there",
    ),
}


@pytest.mark.parametrize(("statement", "said"), HEADS.values(), ids=HEADS)
def test_a_head_that_was_touched_is_told(path: Path, statement: str, said: str) -> None:
    """The head is held against the events, and the events against the head."""
    change(path, statement)
    assert said in verified(path).broken


@pytest.mark.parametrize("statement", [HEADS[n][0] for n in ("gone", "the last event gone", "every event gone")])
def test_a_store_that_does_not_end_with_its_last_event_is_not_opened(path: Path, statement: str) -> None:
    """Opening looks at the ends of all logs, and says what to do."""
    change(path, statement)
    with pytest.raises(StoreDamagedError) as caught:
        plantrack.open(path)
    assert str(caught.value) == (
        f"{path}: plan 'medway' does not end with the event that its log says; `plantrack verify` tells what is broken,"
        " a backup holds what was"
    )


def test_nothing_is_written_to_a_log_that_contradicts_its_head(path: Path) -> None:
    """Evidence that was torn off is not grown on."""
    with open_tracker(path) as tracker:
        change(path, "DELETE FROM log_heads WHERE originator_id='medway'")
        log = tracker.plan("medway")
        with pytest.raises(StoreDamagedError) as caught:
            log.record(PlanOpened(title="P", organisation="O", period="2026-01"), effective="2026-01-01")
    assert str(caught.value) == (
        "plan 'medway': its log ends at position 8, and its evidence at 0; nothing was written: `plantrack verify` says"
        " what is broken"
    )


def test_an_unknown_plan_is_told(path: Path) -> None:
    """A plan of which there is nothing cannot be verified."""
    with open_tracker(path) as tracker, pytest.raises(UnknownPlanError) as caught:
        tracker.verify("medwey")
    assert str(caught.value) == "the store holds no plan 'medwey'; did you mean 'medway'?"


# --- an anchor: the last head in a file elsewhere --------------------------------------------------------------------


def observe(path: Path, anchor: Path, month: int) -> None:
    """One more event, seen by the anchor."""
    with plantrack.open(path, anchor=anchor, clock=lambda: WHEN + timedelta(days=30 * month)) as tracker:
        seen = Observed(measure="waits", period=f"2025-{month:02}", value=70)
        tracker.plan("medway").record(seen, effective=f"2025-{month:02}")


def test_an_anchor_sees_that_the_last_events_are_gone(path: Path, tmp_path: Path) -> None:
    """A backup that is put in the place of the store is refused, with the number of events that it lacks."""
    anchor, older = tmp_path / "elsewhere.anchor", tmp_path / "older.db"
    with plantrack.open(path, anchor=anchor) as tracker:
        tracker.backup(older)
    observe(path, anchor, 7)
    observe(path, anchor, 8)
    plantrack.open(path, anchor=anchor).close()
    with pytest.raises(StoreDamagedError) as caught:
        plantrack.open(older, anchor=anchor)
    assert str(caught.value) == (
        f"{older}: the last 2 of 10 events of plan 'medway' are gone: {anchor} has seen them; restore a backup that"
        " holds them"
    )
    with open_tracker(older, anchor=anchor, check_heads=False) as tracker:
        assert tracker.verify("medway")[0].broken == ("the anchor has seen 10 events, and 8 are there: 2 were cut off",)


def test_an_anchor_goes_on_where_the_store_went_on_without_it(path: Path, tmp_path: Path) -> None:
    """Events that were recorded without the anchor are no fault; it sees them from then on."""
    anchor = tmp_path / "elsewhere.anchor"
    plantrack.open(path, anchor=anchor).close()
    with plantrack.open(path, clock=lambda: WHEN + timedelta(days=300)) as tracker:
        tracker.plan("medway").record(Observed(measure="waits", period="2025-07", value=70), effective="2025-07")
    with plantrack.open(path, anchor=anchor) as tracker:
        [medway, _] = tracker.verify()
        assert [(h.name, h.size) for h in medway.held] == [("the anchor", 9)]


def test_an_anchor_knows_another_log(path: Path, tmp_path: Path) -> None:
    """A store with other events of the same number is not the one that it has seen."""
    anchor, forged = tmp_path / "elsewhere.anchor", tmp_path / "forged.db"
    _rebuilt(path, forged)
    with plantrack.open(path, anchor=anchor):
        pass
    observe(forged, tmp_path / "other.anchor", 7)
    with pytest.raises(StoreDamagedError) as caught:
        plantrack.open(forged, anchor=anchor)
    assert str(caught.value) == (
        f"{forged}: plan 'medway' is not the log whose 8 events {anchor} has seen; `plantrack verify` says what is"
        " broken"
    )


@pytest.mark.parametrize("root", ["'no hash'", "'00'", "x'00'", "size"])
def test_an_anchor_that_is_damaged_is_told(path: Path, tmp_path: Path, root: str) -> None:
    """It is no alarm about the store, and no crash."""
    anchor = tmp_path / "elsewhere.anchor"
    plantrack.open(path, anchor=anchor).close()
    change(anchor, f"UPDATE heads SET root={root}")
    with pytest.raises(StoreDamagedError) as caught:
        plantrack.open(path, anchor=anchor)
    assert str(caught.value) == (
        f"{anchor} is damaged: it holds what is no head of a log; keep it as evidence, and name a new one"
    )


def test_how_far_others_vouch_is_told(path: Path, tmp_path: Path) -> None:
    """A seal lies in the file itself; what vouches for the log is a head that somebody else holds."""

    def shown(found: Verification) -> list[str]:
        return [line.text for line in verification_report(found) if "vouches" in line.text]

    alone, held = verified(path), head_of(path)
    assert (alone.vouched, shown(alone)) == (
        0,
        ["  nobody outside the file vouches for the events; they agree with themselves"],
    )
    observe(path, tmp_path / "elsewhere.anchor", 7)
    later = verified(path, held)
    assert (later.vouched, shown(later)) == (
        8,
        ["  nobody outside the file vouches for the events after #8; they agree with themselves"],
    )
    with open_tracker(path, anchor=tmp_path / "elsewhere.anchor") as tracker:
        anchored = tracker.verify("medway", [held])[0]
    assert (anchored.vouched, shown(anchored), verification_json(anchored)["vouched"]) == (9, [], 9)


def test_an_anchor_is_no_other_file(path: Path, tmp_path: Path) -> None:
    """A store, a text or a folder in the place of the anchor is refused and left alone."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and longer than a header of SQLite is " * 9)
    for other, said in ((path, "is a file of another kind, not an anchor; name another"), (text, "is damaged")):
        before = other.read_bytes()
        with pytest.raises(plantrack.PlantrackError, match=said):
            plantrack.open(tmp_path / "new.db", anchor=other)
        assert other.read_bytes() == before


def test_the_events_that_several_processes_add_are_all_seen(path: Path, tmp_path: Path) -> None:
    """The anchor only moves forward, whoever comes last."""
    anchor = tmp_path / "elsewhere.anchor"
    with plantrack.open(path, anchor=anchor) as one, plantrack.open(path, anchor=anchor) as two:
        for month, tracker in enumerate((one, two, one, two), 7):
            seen = Observed(measure="waits", period=f"2025-{month:02}", value=70)
            tracker.plan("medway").record(seen, effective=f"2025-{month:02}")
        assert [(h.plan, h.size) for h in two._store.anchored] == [("medway", 12), ("swale", 3)]


def test_an_anchor_that_cannot_be_written_loses_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded stays so; the error says that the anchor lags, and opening again lets it see all."""
    anchor = tmp_path / "elsewhere.anchor"
    monkeypatch.setattr(plantrack.store.anchor, "TIMEOUT_SECONDS", 0.1)
    seen = Observed(measure="waits", period="2025-07", value=70)
    with plantrack.open(path, anchor=anchor, clock=lambda: WHEN + timedelta(days=9)) as tracker:
        log = tracker.plan("medway")
        with closing(sqlite3.connect(anchor, isolation_level=None)) as foreign:
            foreign.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError) as caught:
                log.record(seen, effective="2025-07")
        assert str(caught.value).startswith(
            "the events are recorded, but the anchor has not seen them; opening the store again shows it them"
            f" ({anchor}: another writer held the store"
        )
        assert log.record(seen, effective="2025-07") == []
        assert log.head == 9
    with plantrack.open(path, anchor=anchor) as tracker:
        assert [(h.plan, h.size) for h in tracker._store.anchored] == [("medway", 9), ("swale", 3)]
