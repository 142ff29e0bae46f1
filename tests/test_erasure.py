"""Natural persons erased: nothing is left of a name or its key, and nothing else is any different."""

from __future__ import annotations

import base64
import errno
import json
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import PlanLog, Tracker
from plantrack.errors import (
    AdmissionError,
    EventError,
    PersonalDataError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFormatError,
)
from plantrack.events import (
    ApprovalGiven,
    BodyRegistered,
    Event,
    EventCorrected,
    EventRetracted,
    InitiativeProposed,
    MeetingScheduled,
    Person,
    PersonalDataErased,
)
from plantrack.events.personal import persons
from plantrack.reports import as_json
from plantrack.sealing import document
from plantrack.verification import HeldHead
from tests.persons import (
    DAY,
    JANE,
    OPENING,
    RAVI,
    REFUSED,
    medway,
    opened,
    run,
    shown,
    waiver,
)
from tests.processes import not_measured
from tests.strategies import examples


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    """A store in memory."""
    with opened() as found:
        yield found


# --- erasing ---------------------------------------------------------------------------------------------------------


def test_who_is_erased_is_the_same_person_still(tracker: Tracker) -> None:
    """Every place shows the same person without a name; the others are who they were."""
    log = medway(tracker)
    done = tracker.erase("jane smith", reason="Asked for it", actor="data protection officer")
    text = shown(tracker, log)
    said = f"erased person {done.token[-8:]}"
    assert "Smith" not in text
    assert text.count(f"by {said}") == 4
    assert f"requester {said} · approver Ravi Pátel" in text
    [event] = done.events
    assert event.data == PersonalDataErased(person=done.token)
    assert (event.actor, event.reason) == ("data protection officer", "Asked for it")
    assert f"PersonalDataErased: person {said}" in text


def test_an_erasure_is_recorded_in_every_plan_that_holds_the_person(tracker: Tracker) -> None:
    """And in no other; by token it can be repeated, and then records nothing."""
    medway(tracker)
    for plan, actor in (("kent", JANE), ("surrey", RAVI)):
        tracker.plan(plan).record(OPENING, effective=DAY, actor=actor)
    done = tracker.erase(JANE, reason="Asked for it")
    assert [event.plan for event in done.events] == ["medway", "kent"]
    assert tracker.erase(done.token, reason="Asked for it").events == ()


def test_whoever_comes_back_is_somebody_new(tracker: Tracker) -> None:
    """The name of an erased person, recorded anew, gets another token: nothing leads back to the old one."""
    log = medway(tracker)
    done = tracker.erase("Jane Smith", reason="Asked for it")
    [event] = log.record(BodyRegistered(body="b", title="B", person=JANE), effective=DAY)
    assert isinstance(event.data, BodyRegistered)
    assert event.data.person not in (None, done.token)
    assert [person.readable for person in tracker.people()] == ["erased", "name", "name"]


def test_what_cannot_be_erased_is_told(tracker: Tracker) -> None:
    """Nobody of that name; a reason that would keep the name; an actor who is the erased person."""
    medway(tracker)
    for unknown in ("Ann Other", "person-0123456789abcdef"):
        with pytest.raises(PersonalDataError) as caught:
            tracker.erase(unknown, reason="Asked for it")
        assert str(caught.value) == REFUSED
    with pytest.raises(PersonalDataError) as caught:
        tracker.erase("Jane Smith", reason="JANE smith asked for it")
    assert str(caught.value) == "the reason holds the name, which would stay in the record for ever; leave it out"
    with pytest.raises(PersonalDataError) as caught:
        tracker.erase("Jane Smith", reason="Asked for it", actor="jane smith, board office")
    assert str(caught.value) == "the actor holds the name, which would stay in the record for ever; leave it out"
    with pytest.raises(PersonalDataError) as caught:
        tracker.erase("Jane Smith", reason="Asked for it", actor=JANE)
    assert str(caught.value) == "who erases cannot be who is erased; name a role as the actor"
    assert [person.readable for person in tracker.people()] == ["name", "name"]


def test_an_erasure_is_said_by_erase_alone_and_for_good(tracker: Tracker) -> None:
    """Nobody records that a name is erased while its key is there; nobody takes an erasure back."""
    log = medway(tracker)
    token = tracker.token_of("Jane Smith")
    with pytest.raises(AdmissionError) as caught:
        log.record(PersonalDataErased(person=token), effective=DAY)
    assert str(caught.value) == "PersonalDataErased is recorded by `erase`, which destroys the key"
    with pytest.raises(EventError, match="has only a token"):
        PersonalDataErased(person="Jane Smith")
    [erased] = tracker.erase(token, reason="Asked for it").events
    again: list[Event] = [
        EventRetracted(event=erased.event_id, why="Changed our mind"),
        EventCorrected(event=erased.event_id, replacement=PersonalDataErased(person="person-0123456789abcdef")),
    ]
    for event in again:
        with pytest.raises(AdmissionError, match="an erasure is neither corrected nor retracted"):
            log.record(event, effective=DAY)


@pytest.mark.parametrize(("part", "step"), [("keys", "forget"), ("", "truncate_log")])
def test_an_erasure_that_was_nearly_done_is_finished(part: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stops, the name is gone, and erasing the token again leaves what a whole erasure leaves."""
    with opened() as tracker:
        log = medway(tracker)
        token = tracker.token_of("Jane Smith")

        def full(*_: Any) -> None:
            raise StoreError("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(getattr(tracker._store, part) if part else tracker._store, step, full)
            with pytest.raises(StoreError, match="the disk is full"):
                tracker.erase(token, reason="Asked for it")
        assert "Smith" not in shown(tracker, log)
        assert tracker.erase(token, reason="Asked for it").events == ()
        assert set(tracker._store.keys.all()) == {tracker.token_of(RAVI)}
        assert [person.readable for person in tracker.people()] == ["erased", "name"]


def test_an_interrupted_erasure_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes first: if the record cannot be written then, the name is gone, and erasing again says so."""
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        head = log.head

        def busy(*_: Any) -> None:
            raise StoreBusyError("another writer held the store")

        with monkeypatch.context() as patched:
            patched.setattr(type(tracker._store), "append", busy)
            with pytest.raises(StoreBusyError):
                tracker.erase("Jane Smith", reason="Asked for it")
        token = tracker.token_of("Jane Smith")
        assert log.head == head
        assert f"by {token}" in shown(tracker, log)
        with pytest.raises(PersonalDataError) as caught:
            log.record(BodyRegistered(body="b", title="B", person=JANE), effective=DAY)
        assert str(caught.value) == f"this person is being erased; finish that first: `plantrack erase {token}`"
        assert len(tracker.erase("Jane Smith", reason="Asked for it").events) == 1
        assert [person.readable for person in tracker.people()] == ["erased", "name"]


def needles(name: str, *keys: bytes) -> dict[str, bytes]:
    """Every form in which a name or a key may lie in a file."""
    found = {
        "utf-8": name.encode(),
        "utf-16-le": name.encode("utf-16-le"),
        "utf-16-be": name.encode("utf-16-be"),
        "escaped": json.dumps(name)[1:-1].encode(),
        "lower": name.lower().encode(),
        "hex": name.encode().hex().encode(),
    }
    for number, value in enumerate([name.encode(), *keys]):
        for shift in range(3):  # Base64 depends on where a group of three bytes begins
            whole = base64.b64encode(b"\0" * shift + value)
            found[f"base64 {number} {shift}"] = whole[4 * bool(shift) : len(whole) // 4 * 4 - 4]
    for number, key in enumerate(keys):
        found |= {f"key {number}": key, f"key {number} in hex": key.hex().encode()}
    return found


def traces(folder: Path, forms: dict[str, bytes]) -> list[tuple[str, str]]:
    """The files that hold one of them, and in which form."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(path.name, form) for path in files for form, needle in forms.items() if needle in path.read_bytes()]


def test_nothing_is_left_of_a_name_or_a_key(tmp_path: Path) -> None:
    """The name is in no file before or after; the key is in the keys file until it is erased, and then in none.

    Looked at while the store is open with its write-ahead log, after it was closed, and with exports beside it.
    """
    name = Person("Jané Smith-Öztürk")
    path = tmp_path / "plan.db"
    with opened(path) as tracker:
        log = tracker.plan("medway")
        log.record(OPENING, effective=DAY, actor=name)
        for number in range(40):  # so that keys share pages that are split and joined
            log.record(BodyRegistered(body=f"b{number}", title="B", person=Person(f"Person {number}")), effective=DAY)
        log.record(waiver(requester=name), effective=DAY)
        token = tracker.token_of(name)
        kept = tracker._store.keys.all()
        key = kept[token]
        assert key is not None
        forms = needles(name, key)
        assert (tmp_path / "plan.db-wal").exists()
        assert set(traces(tmp_path, forms)) == {("plan.db.keys", "key 0")}

        tracker.erase(name, reason="Asked for it")
        assert (tmp_path / "plan.db-wal").stat().st_size == 0
        tracker.backup(tmp_path / "copy.db", with_keys=True)
        (tmp_path / "log.json").write_text(json.dumps(as_json.log_json(log.events()), ensure_ascii=False), "utf-8")
        (tmp_path / "bundle.jsonl").write_text("".join(log.prove()), "utf-8")
        (tmp_path / "export.jsonl").write_bytes(b"".join(log.export()))
        (tmp_path / "prov.json").write_text(json.dumps(log.provenance(), ensure_ascii=False), "utf-8")
        (tmp_path / "state.json").write_text(json.dumps(as_json.show_json(log.at()), ensure_ascii=False), "utf-8")
        (tmp_path / "check.json").write_text(document(log.check()), "utf-8")
        (tmp_path / "log.txt").write_text(shown(tracker, log), "utf-8")
        assert traces(tmp_path, forms) == []
        assert f"by erased person {token[-8:]}" in (tmp_path / "log.txt").read_text("utf-8")
        assert tracker._store.keys.all() == {other: value for other, value in kept.items() if other != token}
    assert traces(tmp_path, forms) == []
    assert not (tmp_path / "plan.db.keys-journal").exists()


def test_old_checkpoints_still_verify(tmp_path: Path) -> None:
    """Nothing in the log changes: whoever holds a head from before sees the log that it was, and one event more."""
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        before = log.checkpoint()
        tracker.erase("Jane Smith", reason="Asked for it")
        held = HeldHead("the auditor", before.size, before.root, before.origin)
        [found] = tracker.verify(held=[held])
        assert (found.broken, found.size) == ((), before.size + 1)
        assert held in found.held


def test_a_sealed_meeting_is_replayed_to_the_byte(tmp_path: Path) -> None:
    """What the meeting was shown is what was sealed; as text it names those who are not erased since."""
    db = tmp_path / "plan.db"
    with opened(db) as tracker:
        log = medway(tracker)
        log.record(
            MeetingScheduled(meeting="board", body="adviser", date="2018-01-01"),
            waiver("self", RAVI, RAVI),
            effective=DAY,
        )
        log.seal("board", adopt_installed=True, actor=JANE)
        before = log.replay("board")
    read = " ".join(run("--db", db, "replay", "board", "--full")[1].split())
    assert "approved by Ravi Pátel; it has no effect" in read
    with opened(db) as tracker:
        token = tracker.erase(RAVI, reason="Asked for it").token
        after = tracker.plan("medway").replay("board")
        assert (after.document, after.agrees) == (before.document, True)
        assert token in after.document
    read = " ".join(run("--db", db, "replay", "board", "--full")[1].split())
    assert f"approved by erased person {token[-8:]}; it has no effect" in read
    assert run("--db", db, "replay", "board", "--format", "json")[1] == before.document


def test_a_backup_has_no_keys_unless_asked(tmp_path: Path) -> None:
    """The copy alone shows tokens; with the keys it shows names, also of those who are erased here later."""
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
        tracker.backup(tmp_path / "plain.db")
        tracker.backup(tmp_path / "full.db", with_keys=True)
        tracker.erase("Jane Smith", reason="Asked for it")
        with pytest.raises(StoreError, match="exists already"):
            tracker._store.keys.backup(str(tmp_path / "full.db.keys"))
    assert not (tmp_path / "plain.db.keys").exists()
    for name, readable in (("plain.db", "token"), ("full.db", "name")):
        with opened(tmp_path / name) as copy:
            assert [person.readable for person in copy.people()] == [readable] * 2
            if readable == "name":
                copy.erase("Jane Smith", reason="Asked for it")  # as the page for those who keep backups says
                assert [person.readable for person in copy.people()] == ["erased", "name"]


KILLED = """
import sys
import plantrack
from plantrack.events import BodyRegistered, Person
with plantrack.open(sys.argv[1]) as tracker:
    log = tracker.plan("medway")
    number = log.head
    while True:
        name = f"Person {number}"
        log.record(BodyRegistered(body=f"b{number}", title="B", person=Person(name)), effective="2018-01-01")
        print("recorded", number, flush=True)
        if number % 2:
            tracker.erase(name, reason="Asked for it")
            print("erased", number, flush=True)
        number += 1
"""


def killed_at_random(path: Path, seconds: float) -> list[str]:
    """What a process that records and erases had said when it was killed."""
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=not_measured()) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]  # it has begun
        time.sleep(seconds)
        process.kill()
        said += process.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


def erased_and_named(path: Path, said: Sequence[str]) -> None:
    """Who was recorded has a name, who was erased has none, and who was about to be is erased the next time."""
    with plantrack.open(path) as tracker:
        bodies = [e.data for e in tracker.plan("medway").events() if isinstance(e.data, BodyRegistered)]
        tokens = {body.body: body.person for body in bodies}
        persons = {person.token: person for person in tracker.people()}
        for what, number in map(str.split, said):
            person = persons[tokens[f"b{number}"] or ""]
            if what == "erased":
                assert person.readable == "erased"
            elif int(number) % 2 == 0 or person.readable == "name":
                assert person.shown == f"Person {number}"
        for token, person in persons.items():
            if person.readable == "token":  # its key is destroyed, and that not yet said
                assert len(tracker.erase(token, reason="Asked for it").events) == 1
        assert all(found.intact for found in tracker.verify())
        named = {person.token for person in tracker.people() if person.readable == "name"}
        assert named <= tracker._store.keys.all().keys()
        assert {person.readable for person in tracker.people()} <= {"name", "erased"}


def test_whoever_is_killed_leaves_everybody_named_or_erased(tmp_path: Path) -> None:
    """Nobody who was recorded loses the name, nobody who was erased gets it back, wherever the process died."""
    with opened(tmp_path / "plan.db") as tracker:
        tracker.plan("medway").record(OPENING, effective=DAY)
    for number in range(3):
        erased_and_named(tmp_path / "plan.db", killed_at_random(tmp_path / "plan.db", 0.05 + 0.03 * number))


@pytest.mark.soak
def test_whoever_is_killed_often_leaves_everybody_named_or_erased(tmp_path: Path) -> None:
    """The same a hundred times over in one store."""
    with opened(tmp_path / "plan.db") as tracker:
        tracker.plan("medway").record(OPENING, effective=DAY)
    for number in range(100):
        erased_and_named(tmp_path / "plan.db", killed_at_random(tmp_path / "plan.db", 0.02 + number * 0.0007))


def test_a_copy_without_keys_is_told_of_an_erasure(tmp_path: Path) -> None:
    """Where the keys are gone already, erasing by token says in the record that it is for good."""
    with opened(tmp_path / "plan.db") as tracker:
        token = medway(tracker).at().waivers["w"].requester
        tracker.backup(tmp_path / "copy.db")
    with opened(tmp_path / "copy.db") as copy:
        assert [event.plan for event in copy.erase(token, reason="Erased in the original").events] == ["medway"]
        assert [person.readable for person in copy.people()] == ["erased", "token"]
    assert not (tmp_path / "copy.db.keys").exists()


def test_an_export_is_restored_with_its_persons(tmp_path: Path) -> None:
    """The same root and the same persons; names with the keys only, and never of those who are erased."""
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        tracker.erase("Jane Smith", reason="Asked for it")
        (tmp_path / "export.jsonl").write_bytes(b"".join(log.export()))
        root = log.checkpoint().root
    assert run("--db", tmp_path / "new.db", "restore", tmp_path / "export.jsonl")[0] == 0
    for keys, readable in ((False, ["erased", "token"]), (True, ["erased", "name"])):
        if keys:
            (tmp_path / "new.db.keys").write_bytes((tmp_path / "plan.db.keys").read_bytes())
        with opened(tmp_path / "new.db") as copy:
            assert copy.plan("medway").checkpoint().root == root
            assert [person.readable for person in copy.people()] == readable


def test_half_a_copy_of_the_keys_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that could not be copied whole are not left lying about; where there are none, none are copied."""
    with opened(tmp_path / "plan.db") as tracker:
        tracker.backup(tmp_path / "none.db", with_keys=True)
        assert not (tmp_path / "none.db.keys").exists()
        medway(tracker)
        connect: Any = sqlite3.connect

        def full(path: str, *how: Any, **more: Any) -> Any:
            if str(path).endswith("copy.db.keys"):
                raise sqlite3.OperationalError("database or disk is full")
            return connect(path, *how, **more)

        monkeypatch.setattr(sqlite3, "connect", full)
        with pytest.raises(StoreError, match=r"copy\.db\.keys: the disk is full"):
            tracker.backup(tmp_path / "copy.db", with_keys=True)
    assert not (tmp_path / "copy.db.keys").exists()


# --- the file of keys ------------------------------------------------------------------------------------------------


def test_the_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    """Nobody else may read the file, which is never in write-ahead mode; a copy of it is as private."""
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
        tracker.backup(tmp_path / "copy.db", with_keys=True)
    for name in ("plan.db.keys", "copy.db.keys"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600
        assert (tmp_path / name).read_bytes()[18:20] == b"\x01\x01"  # the journal mode, in the header
        assert b"Smith" not in (tmp_path / name).read_bytes()


@pytest.mark.parametrize("statement", ["CREATE TABLE other (a)", "CREATE INDEX x ON persons (key)"])
def test_a_foreign_file_of_keys_is_refused(tmp_path: Path, statement: str) -> None:
    """What plantrack did not make is not asked for keys, and gets none."""
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
        with closing(sqlite3.connect(tmp_path / "plan.db.keys")) as connection:
            connection.execute(statement)
        writes = partial(tracker.plan("medway").record, waiver("w2"), effective=DAY)
        for ask in (tracker.people, lambda: tracker.token_of("Jane Smith"), writes):
            with pytest.raises(
                StoreFormatError, match=r"is a file of another kind, not the keys of a store; move it away"
            ):
                ask()


def test_whoever_stands_in_a_batch_that_is_refused_can_be_erased(tmp_path: Path) -> None:
    """Nothing is in the record; a key and a keyed hash are left, and no name; erasing takes them too."""
    with opened(tmp_path / "plan.db") as tracker:
        log = tracker.plan("medway")
        log.record(OPENING, effective=DAY)
        approval = ApprovalGiven(approval="a", about="initiative:none", by="nobody", signed_by=JANE)
        with pytest.raises(AdmissionError, match="unknown initiative"):
            log.record(approval, effective=DAY, actor=JANE)
        assert tracker.people() == []
        assert tracker.erase("Jane Smith", reason="Was never recorded").events == ()
        with pytest.raises(PersonalDataError, match="nobody of that name or token"):
            tracker.token_of("Jane Smith")
    with closing(sqlite3.connect(tmp_path / "plan.db.keys")) as connection:
        assert connection.execute("SELECT count(*) FROM persons").fetchone() == (0,)
    assert all(b"Smith" not in file.read_bytes() for file in tmp_path.iterdir())


HOSTILE = {
    "no key for names": "DELETE FROM lookup",
    "two keys for names": "INSERT INTO lookup VALUES (x'00')",
    "a key for names that is text": "UPDATE lookup SET key='text'",
    "a short key": "UPDATE persons SET key=x'00'",
    "a key that is text": "UPDATE persons SET key='text'",
    "a token that is bytes": "UPDATE persons SET token=CAST(token AS BLOB)",
}


@pytest.mark.parametrize("statement", HOSTILE.values(), ids=HOSTILE)
def test_keys_in_other_hands_crash_nothing(tmp_path: Path, statement: str) -> None:
    """Who may write to the file of keys can make names unreadable; nobody is recorded with what is no key."""
    with opened(tmp_path / "plan.db") as tracker:
        log = medway(tracker)
        with closing(sqlite3.connect(tmp_path / "plan.db.keys", isolation_level=None)) as connection:
            connection.execute(statement)
        [jane, _] = tracker.people()
        assert jane.shown in ("Jane Smith", f"unreadable person {jane.token[-8:]}", jane.token)
        with pytest.raises(StoreDamagedError) as caught:
            log.record(waiver("w2", JANE), effective=DAY)
        assert str(caught.value) == (
            f"{tmp_path}/plan.db.keys is damaged: it holds no key where one should be; restore it from a copy"
        )
        assert log.head == 5


def test_a_store_that_is_opened_by_a_link_has_the_same_keys(tmp_path: Path) -> None:
    """Erased by way of the link, the key is gone beside the file: there is no second file of keys beside the link."""
    (tmp_path / "link.db").symlink_to(tmp_path / "plan.db")
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
    with opened(tmp_path / "link.db") as tracker:
        tracker.erase("Jane Smith", reason="Asked for it")
    with opened(tmp_path / "plan.db") as tracker:
        assert [person.readable for person in tracker.people()] == ["erased", "name"]
    assert not (tmp_path / "link.db.keys").exists()


def test_keys_in_write_ahead_mode_are_taken_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may have set it: while somebody reads there, an overwritten key would stay in the file."""
    monkeypatch.setattr("plantrack.store.keys.TIMEOUT_SECONDS", 0.05)
    with opened(tmp_path / "plan.db") as tracker:
        medway(tracker)
        keys = tmp_path / "plan.db.keys"
        with closing(sqlite3.connect(keys, isolation_level=None)) as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute("BEGIN")
            [(key,)] = other.execute("SELECT key FROM persons WHERE token=?", (tracker.token_of("Jane Smith"),))
            with pytest.raises(StoreBusyError):
                tracker.erase("Jane Smith", reason="Asked for it")
            other.execute("COMMIT")
        tracker.erase("Jane Smith", reason="Asked for it")
        assert key not in keys.read_bytes()
        assert keys.read_bytes()[18:20] == b"\x01\x01"


def test_keys_that_cannot_be_kept_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is not recorded without a key that is kept."""

    def read_only(*_: Any) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with opened(tmp_path / "plan.db") as tracker:
        log = tracker.plan("medway")
        log.record(OPENING, effective=DAY)
        with monkeypatch.context() as patched:
            patched.setattr(os, "open", read_only)
            with pytest.raises(StoreError, match=r"plan\.db\.keys cannot be made: Read-only file system"):
                log.record(waiver(), effective=DAY)
        (tmp_path / "plan.db.keys").mkdir()
        with pytest.raises(StoreError, match="unable to open database file"):
            log.record(waiver(), effective=DAY)
        assert log.head == 1


# --- the law ---------------------------------------------------------------------------------------------------------

NAMES = ("Jane Smith", "Ravi Pátel", "Ann Other", "Jó Kovács")
_steps = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12)


def written(log: PlanLog, steps: Sequence[tuple[int, int, int]]) -> None:
    """A plan with its persons: proposers, bodies, signatories, and waivers, some approved by who asked."""
    log.record(OPENING, BodyRegistered(body="board", title="Board"), effective=DAY)
    for number, (what, one, other) in enumerate(steps):
        first, second = Person(NAMES[one]), Person(NAMES[other])
        events: tuple[Event, ...] = (
            InitiativeProposed(initiative=f"i{number}", title=f"Initiative {number}"),
            BodyRegistered(body=f"b{number}", title=f"Body {number}", person=second),
            ApprovalGiven(approval=f"a{number}", about="goal:g", by="board", signed_by=second),
            waiver(f"w{number}", first, second),
        )
        if what == 2:
            log.record(InitiativeProposed(initiative=f"i{number}", title=f"Initiative {number}"), effective=DAY)
            events = (*events[:2], attrs.evolve(events[2], about=f"initiative:i{number}"), events[3])  # type: ignore[misc]
        log.record(events[what], effective=DAY, actor=first)


@examples(0.5)
@given(_steps, st.permutations(range(4)), st.integers(0, 4))
def test_erasing_changes_no_finding_root_or_group(
    steps: list[tuple[int, int, int]], order: list[int], many: int
) -> None:
    """Any persons, erased in any order: what was found is found, to the byte; the log is what it was; who is the same
    is the same; and exactly those who are not erased have names."""
    with opened() as tracker:
        log = tracker.plan("medway")
        written(log, steps)
        known, as_at = log.head, log.today()

        def found() -> tuple[Any, ...]:
            result = log.check(as_at=as_at, known_at=known)
            latest = log.check(as_at=as_at).findings
            root = log._store.edge("medway", known).root()
            groups = [(e.event_id, list(persons(e))) for e in log.events(upto=known)]
            return document(result), [as_json.finding_json(f) for f in latest], root, groups

        before = found()
        there = {person.shown for person in tracker.people()}
        erased: set[str] = set()
        for which in order[:many]:
            if NAMES[which] in there:
                tracker.erase(NAMES[which], reason="Asked for it")
                erased.add(NAMES[which])
            assert found() == before
            text = shown(tracker, log)
            assert {name for name in NAMES if name in text} == there - erased
            assert {p.shown for p in tracker.people() if p.readable == "name"} == there - erased
            assert sum(p.readable == "erased" for p in tracker.people()) == len(erased)
        assert all(one.intact for one in tracker.verify())
