"""Files that are no store, names with another meaning, files that may only be read: refused, or read as they are."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

import plantrack.store.format
from plantrack.errors import (
    EventError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFormatError,
)
from plantrack.events import BodyRegistered
from plantrack.plan_log import PlanLog
from plantrack.store import Store
from plantrack.tracker import open_tracker
from tests.processes import finish, start
from tests.stores import OPENED, everything, fill, touched

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
    "with a column that is computed": (
        ("ALTER TABLE stored_events ADD COLUMN spy GENERATED ALWAYS AS (hex(state)) VIRTUAL",),
        StoreFormatError,
        "the table stored_events in {path} is not as plantrack makes it; refused",
    ),
    "with a trigger on the heads": (
        ("CREATE TRIGGER stay BEFORE UPDATE ON log_heads BEGIN SELECT RAISE(IGNORE); END",),
        StoreFormatError,
        "{path} holds what no plantrack store has: trigger stay; refused",
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


def test_a_store_that_is_made_while_its_header_is_read_is_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process finishes making it between any two readings of ours: it is never taken for a strange format."""
    file, made = tmp_path / "board.db", list[PlanLog]()
    with touched(file) as foreign:
        foreign.execute("PRAGMA journal_mode=WAL")
    read = plantrack.store.format.header_of

    class Slow:
        """A cursor for which the other process has its turn before the second answer."""

        def __init__(self, cursor: sqlite3.Cursor) -> None:
            self.fetchone, self._execute = cursor.fetchone, cursor.execute

        def execute(self, sql: str) -> None:
            if sql == "PRAGMA application_id" and not made:
                monkeypatch.setattr(plantrack.store.format, "header_of", read)
                made.append(open_tracker(file).plan("medway"))
                fill(made[0])
            self._execute(sql)

    monkeypatch.setattr(plantrack.store.format, "header_of", lambda cursor: read(Slow(cursor)))
    with open_tracker(file) as tracker:
        assert made
        assert tracker.plan("medway").head == 8
    made[0]._store.close()


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


UNOPENED = "cannot be opened or made (unable to open database file); see that its folder is there and may be written to"


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
    assert str(caught.value) == f"/proc/board.db: {UNOPENED}"


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


@pytest.mark.parametrize("name", ["../medway", "x;DROP TABLE stored_events", "file:x?mode=memory", "a/b", "", "a\0b"])
def test_the_id_of_a_plan_is_from_a_list_of_letters(path: Path, name: str) -> None:
    """No id can be read as a path, an address or a statement: it is refused, and nothing is made."""
    before = sorted(file.name for file in path.parent.iterdir())
    with open_tracker(path) as tracker:
        with pytest.raises(EventError):
            tracker.plan(name)
        assert tracker.plans() == ["medway"]
    assert sorted(file.name for file in path.parent.iterdir()) == before


def test_a_store_stays_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative name means the folder of that moment, wherever the process goes."""
    monkeypatch.chdir(tmp_path)
    with open_tracker("board.db") as tracker:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        fill(tracker.plan("medway"))
    assert len(everything(tmp_path / "board.db")) == 8


# --- files that may only be read -------------------------------------------------------------------------------------

READER = """
import os, sys
from plantrack.errors import StoreError
from plantrack.events import BodyRegistered
from plantrack.tracker import open_tracker

for path in sys.argv[1:]:
    try:
        with open_tracker(path, create=False) as tracker:
            log = tracker.plan("medway")
            read = len(list(log.events())), log.at(as_at="2018-12-31").known, len(log.find(["e3"]))
            assert (*read, tracker.verify()[0].broken) == (8, 8, 1, ())
            tracker.backup(os.path.dirname(path) + ".copy")
            log.record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
            print("recorded")
    except StoreError as problem:
        print(problem)
"""
ONLY_READ = "{path}: it may only be read here; nothing was written: writing needs leave for the file and for its folder"
HOT = (
    "{path} may only be read here, and its last events stand in {path}-wal, which takes leave to write in the folder:"
    " let its owner open the store once, or copy both files to a folder of your own"
)


def without_leave() -> None:
    """A process of root may write what nobody may: take that from it."""
    if os.getuid() == 0:
        for capability in (1, 2):  # to write, and to read, whatever the mode of a file says
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


def left_with(file: Path, beside: tuple[str, ...]) -> None:
    """A store with a plan of eight events; they stand in the write-ahead log, if files beside are asked for."""
    file.parent.mkdir()
    made = file.parent.with_suffix(".made")
    with open_tracker(made) as tracker:
        fill(tracker.plan("medway"))
        for suffix in ("", *beside) if beside else ():
            shutil.copy(f"{made}{suffix}", f"{file}{suffix}")
    if not beside:
        made.rename(file)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a process from which root's leave can be taken")
def test_a_store_is_read_without_leave_to_write(tmp_path: Path) -> None:
    """It is read as it is, verified and copied, or refused with what to do; nothing is left beside it.

    File and folder may be written or not; all may stand in the file, or the last events in the write-ahead log, with
    the shared memory beside it or without.
    """
    expected = dict[Path, str]()
    for beside, mode, folder in product([(), ("-wal",), ("-wal", "-shm")], [0o644, 0o444], [0o755, 0o555]):
        file = tmp_path / f"{''.join(beside)} {mode:o} {folder:o}" / "board.db"
        left_with(file, beside)
        for each in file.parent.iterdir():
            each.chmod(mode)
        file.parent.chmod(folder)
        if beside == ("-wal",) and folder == 0o555:
            expected[file] = HOT.format(path=file)
        elif mode == 0o644 and (folder == 0o755 or beside):
            expected[file] = "recorded"
        else:
            expected[file] = ONLY_READ.format(path=file)
    before = {file: sorted(each.name for each in file.parent.iterdir()) for file in expected}
    said = finish(start(READER, *expected, before=without_leave))
    for file in expected:
        file.parent.chmod(0o755)
    assert dict(zip(expected, said, strict=True)) == expected
    copies = list(tmp_path.glob("*.copy"))
    assert len(copies) == len(expected) - 2
    for copy in copies:
        assert len(everything(copy)) == 8
    for file, names in before.items():
        assert names != ["board.db"] or sorted(each.name for each in file.parent.iterdir()) == names


def test_a_log_that_cannot_be_read_here_is_never_left_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where events stand in a write-ahead log, the file alone is not taken for the store; its folder decides."""
    access = os.access
    with open_tracker(path) as tracker:
        tracker.plan("medway").record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
        left = path.with_name("left.db")
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{left}{suffix}")
    monkeypatch.setattr(os, "access", lambda name, mode: mode != os.W_OK and access(name, mode))
    with pytest.raises(StoreError) as caught:
        Store(left)
    assert str(caught.value) == HOT.format(path=left)
    monkeypatch.setattr(os, "access", lambda name, mode: name != str(left) and access(name, mode))
    with closing(Store(left)) as store:
        assert len(list(store.events("medway"))) == 9


def test_a_store_that_moves_while_it_is_only_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite cannot see other writers, the store looks: what was read while one wrote is not taken for true."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda name, mode: mode != os.W_OK and access(name, mode))
    with closing(Store(path)) as reader:
        assert len(list(reader.events("medway"))) == 8
        monkeypatch.undo()
        with open_tracker(path) as tracker:
            tracker.plan("medway").record(BodyRegistered(body="board", title="Board"), effective="2018-01-01")
            with pytest.raises(StoreBusyError) as caught:
                list(reader.events("medway"))
        with pytest.raises(StoreBusyError):
            list(reader.events("medway"))
    assert str(caught.value) == (
        f"{path} was written while it was read, where it may only be read: what was read may be torn; do it again"
    )


SHOW = """
import sys
from plantrack.cli import main

sys.argv[1:] = ["--db", sys.argv[1], "show"]
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a process from which root's leave can be taken")
def test_a_plan_is_shown_from_a_file_that_may_only_be_read(path: Path) -> None:
    """`plantrack show` on a file and in a folder in which nothing may be written."""
    path.chmod(0o444)
    path.parent.chmod(0o555)
    shown = finish(start(SHOW, path, before=without_leave))
    path.parent.chmod(0o755)
    assert any("Medway" in line for line in shown)
