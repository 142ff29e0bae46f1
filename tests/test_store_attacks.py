"""Somebody may write to the file and knows the code: rows where no reader looks, values of other types, huge ones."""

from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import pytest

from plantrack.errors import PlantrackError, StoreDamagedError, UnknownPlanError
from plantrack.tracker import open_tracker
from plantrack.verification import HeldHead, verify
from tests.persons import run
from tests.stores import fill, observed, touched
from tests.test_verification_attacks import forged


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two plans of eight events."""
    file = tmp_path_factory.mktemp("made") / "made.db"
    with open_tracker(file) as tracker:
        fill(tracker.plan("medway"))
        fill(tracker.plan("swale"))
    return file


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it to be attacked."""
    return Path(shutil.copy(made, tmp_path / "board.db"))


COLUMNS = "originator_id, originator_version, topic, state, event_id, recorded_at, effective_on, leaf"
PLANTED = (
    "INSERT INTO stored_events SELECT originator_id, {}, topic, state, 'planted', recorded_at, effective_on, leaf FROM"
    " stored_events WHERE originator_id='medway' AND originator_version=5"
)
PLACES = {"-1": "-1", "0": "0", "5.5": "5.5", "inf": "9e999", "'x'": "'x'", "b'x'": "CAST('x' AS BLOB)"}


@pytest.mark.parametrize(("shown", "position"), PLACES.items(), ids=PLACES)
def test_a_row_where_no_event_can_stand_is_told(path: Path, shown: str, position: str) -> None:
    """Planted there it would be found by its id: what is recorded under that id later would be taken for a retry."""
    with touched(path) as connection:
        connection.execute(PLANTED.format(position))
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway")
    assert found.broken == (f"a row stands at {shown}, where no event can",)
    if shown != "5.5":  # between two events it is met by whoever reads them
        with pytest.raises(StoreDamagedError):
            open_tracker(path)


VALUES = {
    "the edge is text": ("UPDATE log_heads SET frontier='abc'", "the head of the log is damaged"),
    "the edge is a number": ("UPDATE log_heads SET frontier=12", "the head of the log is damaged"),
    "the origin is bytes": ("UPDATE log_heads SET origin=x'6162'", "the head of the log is damaged"),
    "the size is text": ("UPDATE log_heads SET size='abc'", "the head of the log is damaged"),
    "the size is bytes": ("UPDATE log_heads SET size=x'01'", "the head of the log is damaged"),
    "a huge size": ("UPDATE log_heads SET size=9223372036854775807", "says 9223372036854775807 events, and its edge 8"),
    "a head of no plan": (
        "INSERT INTO log_heads SELECT CAST(originator_id AS BLOB), size, origin, frontier FROM log_heads",
        "no plan can be called b'medway'",
    ),
    "events of no plan": (
        f"INSERT INTO stored_events ({COLUMNS}) SELECT originator_id || char(10) || 'as recorded', originator_version,"
        " topic, state, event_id, recorded_at, effective_on, leaf FROM stored_events",
        "no plan can be called 'medway\\nas recorded'",
    ),
    "an event id is bytes": (
        "UPDATE stored_events SET event_id=CAST(event_id AS BLOB)",
        "#1 is not as it was recorded: a column holds a value of another type",
    ),
}


@pytest.mark.parametrize(("statement", "said"), VALUES.values(), ids=VALUES)
def test_values_that_no_store_has_are_told_and_crash_nothing(path: Path, statement: str, said: str) -> None:
    """SQLite keeps any value in any column. Verifying says what is wrong; what else is done is refused by our error."""
    with touched(path) as connection:
        connection.execute(statement)
    with open_tracker(path, check_heads=False) as tracker:
        assert any(said in broken for found in tracker.verify() for broken in found.broken)
    status, out, _ = run("--db", path, "verify", "--format", "json")
    assert (status, any(found["broken"] for found in json.loads(out))) == (2, True)
    with pytest.raises(PlantrackError), open_tracker(path) as tracker:
        tracker.plan("medway").record(observed(9), effective="2018-09")


def test_without_its_head_a_log_is_read_by_its_first_event(path: Path) -> None:
    """One thing is broken, and one is told: not every event as well."""
    with touched(path) as connection:
        connection.execute("DELETE FROM log_heads WHERE originator_id='medway'")
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway")
    assert (found.broken, found.size) == (("the log has no head: what proves it was removed",), 8)


def test_a_huge_value_fills_no_memory(path: Path) -> None:
    """A file may hold an event of nearly a gigabyte, most of it a hole: it is refused, and not read."""
    with touched(path) as connection:
        sql = "UPDATE stored_events SET state=zeroblob(200000000) WHERE originator_id='medway' AND originator_version=4"
        connection.execute(sql)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway")
        with pytest.raises(StoreDamagedError, match="too big"):
            list(tracker.plan("medway").events())
    assert "cannot be read, nor what comes after it" in found.broken[0]
    assert "too big" in found.broken[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


# --- whose log it is -------------------------------------------------------------------------------------------------


def test_a_log_under_the_name_of_another_is_told(path: Path) -> None:
    """All hashes made anew under the name of another log: a checkpoint of it would be taken for one of that log."""
    with open_tracker(path) as tracker:
        [medway, swale] = tracker.verify()
        rows = [row for row, _ in tracker._store.stored("medway")]
    forged(path, rows, origin=swale.origin)
    with open_tracker(path, check_heads=False) as tracker:
        [found] = tracker.verify("medway")
    assert found.broken == (
        f"#1 is not as it was recorded: with it begins the log {medway.origin}, and the log is called {swale.origin}",
    )


def test_a_checkpoint_of_another_plan_than_the_one_asked_for_is_told(path: Path) -> None:
    """It would be left out in silence, and whoever reads "as recorded" would take it for compared."""
    with open_tracker(path) as tracker:
        [medway, swale] = tracker.verify()
        [found] = tracker.verify("swale", [HeldHead("the checkpoint", medway.size, medway.root, medway.origin)])
    assert found.broken == (f"the checkpoint is of the log {medway.origin}, and this is {swale.origin}",)


@pytest.mark.parametrize("name", ["plantrack/medway/x/0123456789abcdef", "plantrack//0123456789abcdef", "medway", ""])
def test_a_log_that_is_named_like_a_plan_is_none(path: Path, name: str) -> None:
    """What stands between the slashes is a plan that is there, to the letter, or it is told."""
    with open_tracker(path) as tracker, pytest.raises(UnknownPlanError):
        tracker.verify(held=[HeldHead("the checkpoint", 8, bytes(32), name)])


def test_a_checkpoint_of_an_empty_log_agrees_with_every_log(path: Path) -> None:
    """Other tools sign a log before its first event; held against ours it raises no alarm."""
    with open_tracker(path) as tracker:
        [medway, _] = tracker.verify()
        root = tracker._store.edge("medway", 0).root()
        [found] = tracker.verify("medway", [HeldHead("the checkpoint", 0, root, medway.origin)])
        [wrong] = tracker.verify("medway", [HeldHead("the checkpoint", 0, medway.root, medway.origin)])
    assert (found.broken, [held.size for held in found.held]) == ((), [0])
    assert wrong.broken == ("this is not the log that the checkpoint has seen: an event, up to #0, was changed",)


# --- the whole plan gone, and no alarm without a loss ----------------------------------------------------------------


def test_an_anchor_tells_that_a_whole_plan_is_gone(path: Path, tmp_path: Path) -> None:
    """Events and head: nothing in the store says that there was such a plan."""
    anchor = tmp_path / "elsewhere.anchor"
    with open_tracker(path, anchor=anchor):
        pass
    with touched(path) as connection:
        for table in ("stored_events", "log_heads"):
            connection.execute(f"DELETE FROM {table} WHERE originator_id='medway'")
    status, out, _ = run("--db", path, "--anchor", anchor, "verify")
    assert status == 2
    assert "the anchor has seen 8 events, and 0 are there: 8 were cut off" in out


def test_a_store_without_any_plan_is_not_as_recorded(tmp_path: Path) -> None:
    """Whoever puts an empty store in the place of one does not get away with silence."""
    run("--db", tmp_path / "empty.db", "init")
    status, out, said = run("--db", tmp_path / "empty.db", "verify")
    assert (status, out) == (2, "")
    assert "plantrack: the store holds no plan: there is nothing to verify\n" in said


def test_what_others_record_meanwhile_raises_no_alarm(path: Path) -> None:
    """The head and the events are read as of one moment, however long reading takes."""
    with open_tracker(path) as reader, open_tracker(path) as writer:
        head, rows = reader._store.log("medway")
        writer.plan("medway").record(observed(9), effective="2018-09")
        assert verify("medway", rows, head).broken == ()
        later, rows = reader._store.log("medway")
        assert later is not None
        assert (later.size, verify("medway", rows, later).broken) == (9, ())
