"""A log that is carried out and in again is the same log; whatever happened to it on the way is told with the line."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import Tracker
from plantrack.errors import (
    AdmissionError,
    EvidenceError,
    PlantrackError,
    StoreDamagedError,
    StoreError,
    UnknownPlanError,
)
from plantrack.events import BodyRegistered, MeasureDefined, Observed, PlanOpened, RecordedEvent
from plantrack.events.codec import encode
from plantrack.exports import export_lines, read_export
from plantrack.merkle import Frontier
from plantrack.plan_log import PlanLog
from plantrack.reports import check_json, show_json
from plantrack.store import Head, Row, origin_of
from plantrack.tracker import open_tracker
from tests.checked import pack
from tests.processes import not_measured
from tests.strategies import PLAN, days_of_2018, examples, histories, proposal_of
from tests.test_cli import refused, run

WHEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def recorded(path: Path | str, *plans: str, months: int = 6) -> Tracker:
    """A store of plans of so many months, an hour between two events."""
    moments = iter(range(1_000_000))
    tracker = open_tracker(path, clock=lambda: WHEN + timedelta(hours=next(moments)))
    for name in plans:
        log = tracker.plan(name)
        log.record(
            PlanOpened(title="Plan", organisation="A trust", period=log.period("2025/26")), effective="2025-04-01"
        )
        log.record(MeasureDefined(measure="waits", title="Waits", unit="days"), effective="2025-04-01")
        for month in range(1, months + 1):
            log.record(Observed(measure="waits", period=f"2025-{month:02}", value=70), effective=f"2025-{month:02}")
    return tracker


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """The export of a plan of eight events, line by line."""
    with recorded(":memory:", "medway") as tracker:
        return list(tracker.plan("medway").export())


def restored(content: bytes, tracker: Tracker, name: str = "board.jsonl") -> PlanLog:
    """The plan brought back."""
    return tracker.plan(tracker.restore(read_export(io.BytesIO(content), name)).head.plan)


# --- there and back --------------------------------------------------------------------------------------------------


def test_an_export_is_a_line_about_the_log_and_a_line_an_event(lines: list[bytes]) -> None:
    """The first line says which log it is; the others hold each event with its payload as it is stored."""
    head, first, *_ = map(json.loads, lines)
    assert list(head) == ["plantrack-export", "plan", "origin", "size", "root"]
    assert (head["plantrack-export"], head["plan"], head["size"]) == (1, "medway", 8)
    assert re.fullmatch("plantrack/medway/[0-9a-f]{16}", head["origin"])
    assert re.fullmatch("[0-9a-f]{64}", head["root"])
    assert first == {
        "position": 1,
        "event_id": first["event_id"],
        "type": "PlanOpened@1",
        "recorded_at": "2026-01-05T09:00:00.000000Z",
        "effective_on": "2025-04-01",
        "payload": {
            "effective": "2025-04-01",
            "data": {
                "title": "Plan",
                "organisation": "A trust",
                "period": "2025-04-01/2026-03-31 fiscal-year 2025/26",
            },
        },
    }
    assert len(lines) == 9


@given(history=histories(), as_at=days_of_2018(), share=st.floats(0, 1))
@examples(0.5)
def test_whatever_was_recorded_comes_back_as_it_was(history: list[RecordedEvent], as_at: object, share: float) -> None:
    """The same events with the same root, the same state at any coordinates, the same findings, the same export."""
    with plantrack.open(":memory:") as tracker, plantrack.open(":memory:") as other:
        log = tracker.plan(PLAN)
        tracker._store.append([(event, encode(proposal_of(event))) for event in history])
        content = b"".join(log.export())
        back = restored(content, other)
        assert list(back.events()) == list(log.events()) == history
        assert back.checkpoint() == log.checkpoint()
        assert other.verify()[0].intact
        assert b"".join(back.export()) == content
        where: dict[str, Any] = {"as_at": str(as_at), "known_at": round(share * len(history))}
        assert show_json(back.at(**where)) == show_json(log.at(**where))
        packs = [pack()]
        assert check_json([back.check(**where, packs=packs)]) == check_json([log.check(**where, packs=packs)])


def test_the_example_comes_back_as_it_was(medway: Tracker) -> None:
    """Two plans of a store, exported each and restored into one other store: the same findings by all rules."""
    with plantrack.open(":memory:") as other:
        for name, day in (("medway-ccg-2014", "2014-04-02"), ("medway-ccg-2017", "2018-02-28")):
            log = medway.plan(name)
            back = restored(b"".join(log.export()), other)
            assert back.checkpoint() == log.checkpoint()
            one, two = (check_json([p.check(as_at=day, known_at=day)]) for p in (log, back))
            assert one == two
        assert other.plans() == medway.plans()
        assert all(found.intact for found in other.verify())


def test_what_is_recorded_after_a_restoration_goes_on_from_there(lines: list[bytes]) -> None:
    """The log grows on; the export that was restored is known as its beginning."""
    content = b"".join(lines)
    with plantrack.open(":memory:", clock=lambda: WHEN + timedelta(days=30)) as tracker:
        log = restored(content, tracker)
        log.record(BodyRegistered(body="board", title="Board"), effective="2026-01-05")
        again = tracker.restore(read_export(io.BytesIO(content)))
        assert (log.head, again.fresh, again.head.size) == (9, False, 8)
        assert tracker.verify()[0].intact


def test_an_export_of_other_events_of_the_plan_is_refused(lines: list[bytes]) -> None:
    """A plan is restored into nothing, never over something; whether the store holds more or fewer events."""
    for months in (3, 9):
        with recorded(":memory:", "medway", months=months) as tracker:
            log = tracker.plan("medway")
            log.record(BodyRegistered(body="board", title="Board"), effective="2026-01-05")
            before = log.checkpoint()
            if months == 9:
                assert restored(b"".join(lines), tracker).checkpoint() == before  # its first eight are the same
                continue
            with pytest.raises(AdmissionError) as caught:
                restored(b"".join(lines), tracker)
            assert str(caught.value) == (
                "board.jsonl: the store holds a plan 'medway' already, with 6 events that are not those; restore it"
                " into another store"
            )
            assert log.checkpoint() == before
    other = recorded(":memory:", "medway", months=1)
    other.plan("medway").record(*[BodyRegistered(body=f"b{n}", title="Body") for n in range(9)], effective="2026-01-05")
    with other, pytest.raises(AdmissionError, match="with 12 events that are not those"):
        restored(b"".join(lines), other)


def test_a_plan_without_events_is_not_exported() -> None:
    """There is no log whose root could be told."""
    with plantrack.open(":memory:") as tracker, pytest.raises(UnknownPlanError, match="the store holds no plan 'kent'"):
        list(tracker.plan("kent").export())


def test_an_anchor_sees_what_was_restored(lines: list[bytes], tmp_path: Path) -> None:
    """A store that is kept with an anchor is anchored where the restored log ends."""
    with plantrack.open(tmp_path / "a.db", anchor=tmp_path / "anchor") as tracker:
        restored(b"".join(lines), tracker)
        assert [(held.name, held.size) for held in tracker.verify()[0].held] == [("the anchor", 8)]


# --- what happened to it on the way ----------------------------------------------------------------------------------


def said(name: str, value: str) -> Callable[[list[bytes]], list[bytes]]:
    """The line of the fourth event with another value of a field, as JSON."""

    def change(lines: list[bytes]) -> list[bytes]:
        changed = re.sub(rf'"{name}":("[^"]*"|\d+)'.encode(), f'"{name}":{value}'.encode(), lines[4], count=1)
        assert changed != lines[4]
        return [*lines[:4], changed, *lines[5:]]

    return change


def head(**changed: object) -> Callable[[list[bytes]], list[bytes]]:
    """The first line with other values."""
    return lambda lines: [
        json.dumps({**json.loads(lines[0]), **changed}, separators=(",", ":")).encode() + b"\n",
        *lines[1:],
    ]


def line(number: int, content: bytes) -> Callable[[list[bytes]], list[bytes]]:
    """Another line in the place of one."""
    return lambda lines: [*lines[: number - 1], content, *lines[number:]]


SPELT = "not spelt as an export does: with a key twice, or written anew by another program"
DAMAGE: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "a payload before the payload": (
        lambda lines: [*lines[:2], lines[2].replace(b'"payload":', b'"payload":{"data":{}},"payload":', 1), *lines[3:]],
        f", line 3: {SPELT}",
    ),
    "a plan before the plan": (
        lambda lines: [lines[0].replace(b'"plan":', b'"plan":"kent","plan":', 1), *lines[1:]],
        f", line 1: {SPELT}",
    ),
    "a log whose name clears the screen": (
        head(origin="plantrack/medway/\x1b[2J"),
        ", line 1: the name of the log holds what cannot be printed in one line",
    ),
    "empty": (lambda _: [], ', line 0: no export of a plan, which begins with {"plantrack-export": 1, …}'),
    "another file": (
        line(1, b'{"type": "PlanOpened"}\n'),
        ', line 1: no export of a plan, which begins with {"plantrack-export": 1, …}',
    ),
    "no text": (line(1, b"\xff\xfe\n"), ', line 1: no export of a plan, which begins with {"plantrack-export": 1, …}'),
    "a list": (line(1, b"[]\n"), ', line 1: no export of a plan, which begins with {"plantrack-export": 1, …}'),
    "a later version": (
        head(**{"plantrack-export": 2}),
        ", line 1: an export of version 2; this plantrack reads 1: install a newer",
    ),
    "a head without a root": (
        lambda lines: [re.sub(rb',"root":"[^"]*"', b"", lines[0]), *lines[1:]],
        ", line 1: the log is not described as an export does: Object missing required field `root`",
    ),
    "a head with more": (
        head(note="x"),
        ", line 1: the log is not described as an export does: Object contains unknown field `note`",
    ),
    "a plan that cannot be": (
        head(plan="../x"),
        ", line 1: the log is not described as an export does: '../x' is not an id: use lower-case letters, digits,"
        " '.', '-' and '_', at most 100",
    ),
    "a root that is no hash": (
        head(root="beef"),
        ", line 1: the root is a hash of 32 bytes, not of 2",
    ),
    "a root that is no number": (
        head(root="xyz"),
        ", line 1: the log is not described as an export does: non-hexadecimal number found in fromhex() arg at"
        " position 0",
    ),
    "no events": (
        lambda lines: head(size=0)(lines)[:1],
        ", line 1: the log holds no event; there is nothing to restore",
    ),
    "another root": (
        head(root="0" * 64),
        ", lines 2 to 9: the root over the events is not the one of the first line: an event was changed since they"
        " were exported",
    ),
    "another plan": (
        head(plan="kent"),
        ", line 2: with this event begins the log plantrack/kent/{kent}, not {origin}",
    ),
    "cut off": (lambda lines: lines[:6], ", line 6: the file ends after 5 of 8 events: the rest was cut off"),
    "cut off in a line": (
        lambda lines: [*lines[:5], lines[5][:60]],
        ", line 6: no line of an export: Input data was truncated",
    ),
    "more": (
        lambda lines: [*lines, lines[-1]],
        ", line 10: more than the 8 events of which the first line speaks",
    ),
    "a line is gone": (lambda lines: [*lines[:4], *lines[5:]], ", line 5: #5 stands where #4 should"),
    "a line twice": (lambda lines: [*lines[:5], *lines[4:]], ", line 6: #4 stands where #5 should"),
    "a blank line": (line(5, b"\n"), ", line 5: no line of an export: Input data was truncated"),
    "no UTF-8": (
        line(5, b'{"position":4,"event_id":"\xff"}\n'),
        ", line 5: no line of an export: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    "a field more": (
        said("position", '4,"x":1'),
        ", line 5: no line of an export: Object contains unknown field `x`",
    ),
    "a field of another type": (
        said("event_id", "7"),
        ", line 5: no line of an export: Expected `str`, got `int` - at `$.event_id`",
    ),
    "an id twice": (
        lambda lines: said("event_id", json.dumps(json.loads(lines[2])["event_id"]))(lines),
        ", line 5: plan 'medway': the event id '{second}' of #4 is that of an event before it; nothing was written",
    ),
    "an id that cannot be": (said("event_id", '"a b"'), ", line 5: 'a b' is not an event id"),
    "another id": (
        said("event_id", '"other"'),
        ", lines 2 to 9: the root over the events is not the one of the first line: an event was changed since they"
        " were exported",
    ),
    "another type": (
        said("type", '"BodyRegistered@1"'),
        ", line 5: a stored BodyRegistered@1 cannot be read: Object missing required field `body` - at `$.data`",
    ),
    "a type of tomorrow": (
        said("type", '"Observed@2"'),
        ", line 5: a stored event is a 'Observed@2': this version reads up to @1; it was written by a newer version",
    ),
    "a second opening": (
        lambda lines: [
            *lines[:4],
            re.sub(rb'"position":1,"event_id":"[^"]*"', b'"position":4,"event_id":"x"', lines[1]).replace(
                b"T09:00", b"T12:00"
            ),
            *lines[5:],
        ],
        ", line 5: the first event of a plan, and no other, is PlanOpened",
    ),
    "a figure": (
        lambda lines: [*lines[:4], lines[4].replace(b'"70"', b'"92"'), *lines[5:]],
        ", lines 2 to 9: the root over the events is not the one of the first line: an event was changed since they"
        " were exported",
    ),
    "JSON written anew": (
        lambda lines: [*lines[:4], lines[4].replace(b'"data":', b'"data": '), *lines[5:]],
        ", lines 2 to 9: the root over the events is not the one of the first line: an event was changed since they"
        " were exported",
    ),
    "an earlier time": (
        said("recorded_at", '"2026-01-05T10:59:59.999999Z"'),
        ", line 5: recorded at 2026-01-05T10:59:59.999999Z, before the event before it (2026-01-05T11:00:00.000000Z)",
    ),
    "a time in another notation": (
        said("recorded_at", '"2026-01-05T12:00:00Z"'),
        ", line 5: recorded_at is '2026-01-05T12:00:00Z', which is no moment as plantrack writes it",
    ),
    "a time that does not exist": (
        said("recorded_at", '"2026-02-30T12:00:00.000000Z"'),
        ", line 5: a stored event was recorded at '2026-02-30T12:00:00.000000Z', which is not a moment",
    ),
    "another day": (
        said("effective_on", '"2025-03-31"'),
        ", line 5: effective_on is '2025-03-31', and the event says 2025-02-28",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_told_with_its_line(
    lines: list[bytes], damage: Callable[[list[bytes]], list[bytes]], message: str
) -> None:
    """Nothing is restored, and the message says where the file is wrong."""
    content = b"".join(damage(lines))
    with plantrack.open(":memory:") as tracker:
        with pytest.raises((EvidenceError, StoreError)) as caught:
            restored(content, tracker)
        assert tracker.plans() == []
    names = {"origin": json.loads(lines[0])["origin"], "second": json.loads(lines[2])["event_id"]}
    for name, value in names.items():
        message = message.replace(f"{{{name}}}", value)
    shown = re.sub("plantrack/kent/[0-9a-f]{16}", "plantrack/kent/{kent}", str(caught.value))
    assert shown == f"board.jsonl{message}"


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_that_flips_is_noticed_or_makes_no_difference(lines: list[bytes], at: float, bit: int) -> None:
    """Wherever it is: the export is refused by our error, or restores the very log that was exported."""
    whole = b"".join(lines)
    content = bytearray(whole)
    content[int(at * len(content))] ^= 1 << bit
    with plantrack.open(":memory:") as tracker:
        try:
            assert b"".join(restored(bytes(content), tracker).export()) == whole
        except PlantrackError as problem:
            told = str(problem)
            assert tracker.plans() == []
        else:
            told = "board.jsonl, line 1"
        assert re.match(r"board.jsonl, lines? \d", told)


@pytest.mark.parametrize("number", [0, 2])
def test_a_line_that_is_nested_without_end_is_refused(lines: list[bytes], number: int) -> None:
    """It is no crash of whoever restores it."""
    deep = lines[number].replace(b"{", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b",", 1)
    with plantrack.open(":memory:") as tracker, pytest.raises(EvidenceError, match=rf"line {number + 1}: no "):
        restored(b"".join([*lines[:number], deep, *lines[number + 1 :]]), tracker)


def test_line_ends_of_another_system_make_no_difference(lines: list[bytes]) -> None:
    """What an editor does to line ends leaves the payloads as they were."""
    with plantrack.open(":memory:") as tracker:
        log = restored(b"".join(lines).replace(b"\n", b"\r\n").rstrip(), tracker)
        assert b"".join(log.export()) == b"".join(lines)


def test_a_line_without_end_is_refused(lines: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is read into memory that is longer than any event."""
    monkeypatch.setattr("plantrack.exports.lines.MAX_LINE", 300)
    with plantrack.open(":memory:") as tracker, pytest.raises(EvidenceError) as caught:
        restored(lines[0] + b" " * 1000 + lines[1], tracker)
    assert str(caught.value) == "board.jsonl, line 2: longer than 300 bytes; no line of an export is"


def test_a_log_that_is_broken_is_not_exported() -> None:
    """An export says of a log that it was so; of one that was touched nobody can."""
    with recorded(":memory:", "medway") as tracker:
        store = tracker._store
        held = store.log_head("medway")
        assert held is not None
        told = Head("medway", held.origin, held.size, store.root_at("medway", held.size))
        rows = list(store.stored("medway"))
    row, leaf = rows[3]
    other = row._replace(state=row.state.replace(b"70", b"92"))
    spaced = row._replace(state=row.state.replace(b":", b":\n"))
    doubled = row._replace(state=row.state[:-1] + b'},"payload":{"a":1}')
    halved = row._replace(state=row.state[:-1])
    for changed in (
        (other, leaf),
        (halved, halved.leaf(told.origin)),
        (spaced, spaced.leaf(told.origin)),
        (doubled, doubled.leaf(told.origin)),
        (row._replace(event_id=cast(Any, 7)), leaf),
        (row._replace(originator_version=5), leaf),
    ):
        with pytest.raises(StoreDamagedError) as caught:
            list(export_lines(told, [*rows[:3], changed, *rows[4:]]))
        assert str(caught.value) == (
            "plan 'medway': #4 is not as it was recorded; nothing is exported of a log that is broken: `plantrack"
            " verify` says where"
        )
    with pytest.raises(StoreDamagedError, match="the log is not as it was recorded"):
        list(export_lines(told, [*rows[:3], (other, other.leaf(told.origin)), *rows[4:]]))


def test_memory_does_not_grow_with_the_log(lines: list[bytes]) -> None:
    """One line is held at a time, both ways."""
    payload = json.dumps(json.loads(lines[4])["payload"], separators=(",", ":")).encode()
    opening = json.loads(lines[1])
    first = Row(
        "medway", 1, "PlanOpened@1", json.dumps(opening["payload"], separators=(",", ":")).encode(), "e1",
        opening["recorded_at"], opening["effective_on"],
    )  # fmt: skip
    origin, size = origin_of(first), 6_000

    def rows() -> Iterator[tuple[Row, bytes]]:
        yield first, first.leaf(origin)
        for position in range(2, size + 1):
            row = first._replace(
                originator_version=position, event_id=f"e{position}", topic="Observed@1", state=payload,
                effective_on="2025-02-28",
            )  # fmt: skip
            yield row, row.leaf(origin)

    tree = Frontier().extend(leaf for _, leaf in rows())

    class Pipe:
        """The export, handed on line by line."""

        written = export_lines(Head("medway", origin, size, tree.root()), rows())

        def readline(self, _size: int, /) -> bytes:
            return next(self.written, b"")

    tracemalloc.start()
    try:
        read = sum(1 for _ in read_export(Pipe()).rows())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == size
    assert peak < 1_000_000  # the lines together are 1.5 million bytes


# --- at the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of one plan."""
    monkeypatch.chdir(tmp_path)
    recorded("plantrack.db", "medway").close()
    return tmp_path


def test_there_and_back_at_the_command_line(here: Path, lines: list[bytes]) -> None:
    """To stdout or a file, from a file or stdin; the second time nothing is to be done."""
    root = json.loads(lines[0])["root"]
    assert run("export").out.encode() == b"".join(lines)
    assert run("export", "-o", "board.jsonl") == (0, "", "medway: exported to board.jsonl\n")
    assert Path("board.jsonl").read_bytes() == b"".join(lines)
    assert run("--db", "other.db", "restore", "board.jsonl") == (
        0, "", f"medway: 8 events restored, now at #8; root {root}\n",
    )  # fmt: skip
    assert run("--db", "other.db", "restore", "-", stdin=b"".join(lines)) == (
        0, "", f"medway: the 8 events of <stdin> are there already; nothing was restored; root {root}\n",
    )  # fmt: skip
    assert run("--db", "other.db", "export").out.encode() == b"".join(lines)
    assert run("--db", "other.db", "verify").code == 0


def test_a_file_is_not_overwritten_unasked(here: Path) -> None:
    """A file that exists is left alone; --force replaces it; nothing else lies in the folder afterwards."""
    Path("board.jsonl").write_text("mine")
    assert run("export", "-o", "board.jsonl") == refused(
        "board.jsonl exists already; name another file, or overwrite it with --force"
    )
    assert Path("board.jsonl").read_text() == "mine"
    assert run("export", "-o", "board.jsonl", "--force").code == 0
    assert Path("board.jsonl").read_bytes().startswith(b'{"plantrack-export":1,')
    assert run("export", "-o", ".", "--force") == refused(". is a folder; name a file")
    assert run("export", "-o", "none/board.jsonl") == refused(
        f"there is no folder {here / 'none'}; make it, or name another file"
    )
    assert sorted(path.name for path in here.iterdir()) == ["board.jsonl", "plantrack.db"]


OWN = ["plantrack.db", "plantrack.db.keys", "plantrack.db-wal", "plantrack.db.keys-journal", "link", "its.anchor"]


@pytest.mark.parametrize("name", OWN)
def test_nothing_is_put_where_the_store_lies(here: Path, name: str) -> None:
    """One slip after -o, and the record, its keys or its anchor would be overwritten."""
    Path("link").symlink_to("plantrack.db")
    run("--anchor", "its.anchor", "show")
    before = run("export")
    meant = "plantrack.db" if name == "link" else name
    wrong = f"{here / meant} is the store, or belongs to it: nothing else may be put there; name another file"
    for command in (["export", "--force", "-o", name], ["prove", "-o", name], ["backup", name]):
        assert run("--anchor", "its.anchor", *command) == refused(wrong)
    if name != "its.anchor":
        assert run("--anchor", name, "show") == refused(wrong)
    assert run("export") == before


def test_a_link_in_the_way_is_not_followed(here: Path) -> None:
    """Where others may write too: the name under which a file is begun could be a link to another."""
    Path("victim").write_text("mine")
    Path(f".board.jsonl.{os.getpid()}").symlink_to("victim")
    assert run("export", "-o", "board.jsonl").code == 0
    assert Path("victim").read_text() == "mine"
    assert not Path("board.jsonl").is_symlink()


def test_half_a_file_is_never_there(here: Path) -> None:
    """An export that fails in the middle leaves what was there before, and nothing beside it."""
    with closing(sqlite3.connect("plantrack.db")) as connection, connection:
        connection.execute("UPDATE stored_events SET state=CAST('{}' AS BLOB) WHERE originator_version=5")
    Path("board.jsonl").write_text("before")
    found = run("export", "-o", "board.jsonl", "--force")
    assert found == refused(
        "plan 'medway': #5 is not as it was recorded; nothing is exported of a log that is broken: `plantrack verify`"
        " says where"
    )
    assert Path("board.jsonl").read_text() == "before"
    assert sorted(path.name for path in here.iterdir()) == ["board.jsonl", "plantrack.db"]


def test_what_a_format_does_not_take_is_refused(here: Path) -> None:
    """The whole log has no coordinates; the state and a calendar are of the whole plan."""
    assert run("export", "--as-at", "2025-05-01") == refused(
        "--format jsonl is the whole log, so it takes no coordinates; the other formats do"
    )
    for form in ("jsonl", "state", "ics"):
        assert run("export", "measure:waits", "--format", form) == refused(
            f"--format {form} is of the whole plan; --format prov takes a subject, and so does `show`"
        )


def test_the_state_is_what_show_prints(here: Path) -> None:
    """At any coordinates."""
    where = ["--as-at", "2025-05-01", "--known-at", "#5"]
    assert run("export", "--format", "state", *where) == run("show", "--format", "json", *where)


def test_provenance_and_dates_at_the_command_line(here: Path) -> None:
    """What the library gives, of the plan or of one subject, in UTF-8 whatever the terminal is."""
    with open_tracker("plantrack.db") as tracker:
        log = tracker.plan("medway")
        whole, one, dates = log.provenance(), log.provenance("measure:waits", known_at=3), log.calendar()
    assert json.loads(run("export", "--format", "prov").out) == whole
    assert json.loads(run("export", "measure:waits", "--format", "prov", "--known-at", "#3").out) == one
    assert run("export", "medway/measure:waits", "--format", "prov").code == 0
    assert run("export", "--format", "ics", "-o", "due.ics").code == 0
    assert Path("due.ics").read_bytes() == dates.encode()


def test_a_bad_file_makes_no_store(here: Path) -> None:
    """What is no export is told before anything is made."""
    Path("x.jsonl").write_text("{}\n")
    assert run("--db", "new.db", "restore", "x.jsonl") == refused(
        'x.jsonl, line 1: no export of a plan, which begins with {"plantrack-export": 1, …}'
    )
    assert not Path("new.db").exists()


def test_a_restoration_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """Half of it was read and written when the process died: the store holds nothing of it, and then takes it whole."""
    with recorded(":memory:", "medway", months=1) as tracker:
        log = tracker.plan("medway")
        log.record(*[BodyRegistered(body=f"b{n}", title="A body " * 40) for n in range(2_000)], effective="2026-01-05")
        content = b"".join(log.export())
    path = tmp_path / "board.db"
    recorded(path, "swale").close()
    command = [sys.executable, "-m", "plantrack", "--db", str(path), "restore", "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=not_measured())
    assert process.stdin is not None
    process.stdin.write(content[: len(content) * 3 // 4])
    process.stdin.flush()  # a pipe holds 65,536 bytes: most of it was read
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    with open_tracker(path) as tracker:
        assert tracker.plans() == ["swale"]
        assert tracker.verify()[0].intact
        assert restored(content, tracker).head == 2_003
        assert [found.intact for found in tracker.verify()] == [True, True]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind")
def test_a_reader_that_goes_away_has_read_enough(here: Path) -> None:
    """`export | head -1` is no error."""
    done = subprocess.run(
        f"{sys.executable} -m plantrack export | head -c 1", shell=True, cwd=here, capture_output=True, env=os.environ
    )
    assert (done.stdout, done.stderr) == (b"{", b"")
