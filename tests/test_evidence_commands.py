"""The commands of an auditor, typed: keys and checkpoints, a store and a bundle held against them, meetings by name."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import plantrack
from plantrack.cli import main
from plantrack.events import BodyRegistered, MeasureDefined, MeetingScheduled, Observed, PlanOpened
from plantrack.signing import Signer, Verifier

KEY = ("--key", "board.key")
PUBLIC = ("--key", "board.key.pub")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of five events in the default file of an empty folder, and a meeting to come."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANTRACK_DB", raising=False)
    now = datetime(2018, 2, 8, 9, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(minutes=1)
        return now

    with plantrack.open("plantrack.db", clock=clock) as tracker:
        plan = tracker.plan("medway")
        plan.record(
            PlanOpened(title="Operational plan", organisation="Medway CCG", period=plan.period("2017/18")),
            BodyRegistered(body="board", title="The board"),
            MeasureDefined(measure="ae", title="A&E"),
            MeetingScheduled(meeting="february", body="board", date="2018-02-28"),
            effective="2017-04-01",
        )
        plan.record(Observed(measure="ae", period="2018-01", value="76.9"), effective="2018-01")


def run(*args: str) -> tuple[int, str, str]:
    """Exit status, stdout, stderr without what is said of the version of SQLite."""
    done = CliRunner().invoke(main, args, prog_name="plantrack", catch_exceptions=False)
    return done.exit_code, done.stdout, re.sub(r"plantrack: SQLite 3\S+ can, .*\n", "", done.stderr)


def refused(message: str) -> tuple[int, str, str]:
    return 2, "", f"plantrack: {message}\n"


def held() -> Verifier:
    """Make a key, and a checkpoint that an auditor keeps."""
    code, note, _ = run("checkpoint", *KEY, "--new-key", "example.org/board")
    assert code == 0
    Path("held.checkpoint").write_text(note, "utf-8")
    return Signer.read("board.key").verifier


def read(*args: str) -> Any:
    """What a program reads."""
    return json.loads(run(*args, "--format", "json")[1])


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_new_key_lies_beside_its_public_key() -> None:
    """So that it can be handed over; neither is written over anything."""
    code, _, err = run("checkpoint", *KEY, "--new-key", "example.org/board")
    public = Signer.read("board.key").verifier
    said = f"made the key board.key, and for those who verify its public key, board.key.pub:\n{public}\n"
    assert (code, err) == (0, said)
    assert Path("board.key.pub").read_text() == f"{public}\n"
    assert run("checkpoint", *KEY, "--new-key", "example.org/board") == refused(
        "board.key.pub exists, and the public key would go there; choose another name"
    )
    Path("board.key.pub").unlink()
    assert run("checkpoint", *KEY, "--new-key", "example.org/board") == refused(
        "'board.key' exists: a key is never written over anything; choose another name"
    )
    assert not Path("board.key.pub").exists()


def test_a_key_that_is_not_there_can_be_made() -> None:
    """The refusal says how."""
    assert run("checkpoint", *KEY) == refused(
        "cannot read the key 'board.key': No such file or directory; `plantrack checkpoint --key FILE --new-key NAME`"
        " makes one"
    )


# --- a store and a bundle against a checkpoint -----------------------------------------------------------------------


def test_a_store_names_the_checkpoint_and_who_signed_it() -> None:
    """For people in one sentence, for programs apart."""
    signer = held().identity
    code, out, _ = run("verify", "--checkpoint", "held.checkpoint", *PUBLIC)
    assert (code, out.splitlines()[:2]) == (
        0,
        ["medway: 5 events, as recorded", f"  agrees with held.checkpoint, signed by {signer}, at #5"],
    )
    [found] = read("verify", "--checkpoint", "held.checkpoint", *PUBLIC)
    assert found["agrees_with"] == [
        {"name": "held.checkpoint", "signed_by": [signer], "events": 5, "root": found["root"]}
    ]


def test_a_bundle_names_them_in_the_same_words() -> None:
    """The checkpoint that was kept by its file, the one in the bundle as its own."""
    signer = held().identity
    Path("more.jsonl").write_text(
        '{"type": "RiskRaised", "effective": "2018-02-09", "data": {"risk": "r", "title": "Flood"}}'
    )
    assert run("record", "more.jsonl")[0] == 0
    assert run("prove", "measure:ae", *KEY, "-o", "request.jsonl") == (0, "", "")

    code, out, _ = run("verify", "request.jsonl", "--checkpoint", "held.checkpoint", *PUBLIC)
    assert (code, out.splitlines()[:4]) == (
        0,
        [
            "medway: 2 of 6 events, as recorded",
            "  asked measure:ae; 4 left out",
            f"  agrees with held.checkpoint, signed by {signer}, at #5",
            f"  agrees with its own checkpoint, signed by {signer}, at #6",
        ],
    )
    found = read("verify", "request.jsonl", "--checkpoint", "held.checkpoint", *PUBLIC)
    assert [(head["name"], head["signed_by"], head["events"]) for head in found["agrees_with"]] == [
        ("held.checkpoint", [signer], 5),
        ("its own checkpoint", [signer], 6),
    ]


def test_a_bundle_is_overwritten_where_that_is_said_only() -> None:
    """As an export is."""
    assert run("prove", "-o", "all.jsonl") == (0, "", "")
    before = Path("all.jsonl").read_text()
    assert run("prove", "measure:ae", "-o", "all.jsonl") == refused(
        "all.jsonl exists already; name another file, or overwrite it with --force"
    )
    assert Path("all.jsonl").read_text() == before
    assert run("prove", "measure:ae", "-o", "all.jsonl", "--force") == (0, "", "")
    assert Path("all.jsonl").read_text() != before


def test_a_key_without_a_checkpoint_is_not_passed_over() -> None:
    """Who gives a key believes that something signed is verified."""
    held()
    code, out, err = run("verify", *PUBLIC)
    said = "Error: --key says who signed a checkpoint: give the one that was kept, with --checkpoint"
    assert (code, out, err.splitlines()[-1]) == (2, "", said)


def test_a_checkpoint_of_another_plan_is_named() -> None:
    """By its file, since several may be given."""
    held()
    Path("plantrack.db").unlink()
    assert run("init")[0] == 0
    with plantrack.open("plantrack.db") as tracker:
        plan = tracker.plan("kent")
        plan.record(PlanOpened(title="Plan", organisation="Kent", period=plan.period("2018")), effective="2018-01-01")
    assert run("verify", "--checkpoint", "held.checkpoint", *PUBLIC) == refused(
        "held.checkpoint is of the plan 'medway', which the store does not hold; known: kent"
    )


# --- meetings --------------------------------------------------------------------------------------------------------


def test_a_meeting_is_named_as_in_every_other_command() -> None:
    """With ``meeting:`` or without."""
    assert run("replay", "meeting:february") == refused(
        "the meeting 'february' is not sealed; `plantrack seal february` seals it"
    )
    assert run("seal", "meeting:february", "--adopt-installed")[0] == 0
    assert run("seal", "february")[2] == "medway: february is sealed already; nothing was recorded\n"
    assert run("replay", "meeting:february") == run("replay", "february")
    assert run("replay", "meeting:january") == refused("there is no meeting 'january'; known: february")
    with plantrack.open("plantrack.db") as tracker:
        plan = tracker.plan("medway")
        assert plan.checkpoint(at="meeting:february") == plan.checkpoint(at="february")
        [seal] = plan.at().seals.values()
        assert (seal.id, seal.known) == ("february", 5)


def test_a_seal_says_when_and_by_whom() -> None:
    """A meeting that was sealed years after its day is seen to be; the person has a name where people read."""
    assert run("seal", "february", "--adopt-installed", "--actor", "person:Jane Smith")[0] == 0
    out = " ".join(run("replay", "february")[1].split())
    [seal] = [event for event in read("log") if event["type"] == "MeetingSealed"]
    day = date.fromisoformat(seal["recorded_at"][:10])
    said = f"; recorded {day.day} {day:%B %Y} by Jane Smith log root"
    assert f"february is sealed in #{seal['position']}: as at 28 February 2018, what was known at #5, by " in out
    assert said in out
    assert "Jane Smith" not in run("replay", "february", "--format", "json")[1]


# --- subjects --------------------------------------------------------------------------------------------------------


def test_an_id_without_its_kind_is_told_how_to_be_written() -> None:
    """By every command that takes a subject."""
    for command in ("blame", "show"):
        assert run(command, "ae") == refused("there is no kind 'ae'; did you mean measure:ae?")
    for command in ("log", "prove", "goalposts"):
        assert run(command, "ae") == refused("nothing was recorded about 'ae'; did you mean measure:ae?")


def test_a_stored_event_that_was_damaged_sends_to_verify() -> None:
    """What cannot be read says which command finds all of it."""
    with closing(sqlite3.connect("plantrack.db")) as file, file:
        file.execute("UPDATE stored_events SET state = CAST('{}' AS BLOB) WHERE topic LIKE 'MeasureDefined%'")
    code, out, err = run("log")
    assert (code, out) == (2, "")
    assert re.sub("@[0-9]+", "@N", err) == (
        "plantrack: a stored MeasureDefined@N cannot be read: Object missing required field `effective`; `plantrack"
        " verify` says which event, and what else is wrong\n"
    )
    assert "#3 is not as it was recorded" in run("verify")[1]
