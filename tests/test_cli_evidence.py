"""Commands of evidence, with files that somebody else made: notes and keys that are none, or have no end."""

from __future__ import annotations

from pathlib import Path

import pytest

from plantrack.note import Checkpoint, sign
from plantrack.signing import Signer
from plantrack.tracker import open_tracker
from tests.persons import run
from tests.stores import fill

ENDLESS = "/dev/zero"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of one plan, a key, and a checkpoint over its eight events."""
    monkeypatch.chdir(tmp_path)
    with open_tracker("plantrack.db") as tracker:
        fill(tracker.plan("medway"))
    run("checkpoint", "--key", "board.key", "--new-key", "example.org/board")
    signer = Signer.read("board.key")
    Path("board.pub").write_text(f"{signer.verifier}\n")
    with open_tracker("plantrack.db") as tracker:
        head = tracker.plan("medway").checkpoint()
    Path("held").write_text(sign(head.text, signer))
    Path("beyond").write_text(sign(Checkpoint(head.origin, 99, head.root).text, signer))
    Path("bytes").write_bytes(b"\xff\n\n\xff\n")
    Path("other").write_text("a shopping list\n")
    run("prove", "--key", "board.key", "-o", "bundle.jsonl")
    return tmp_path


REFUSED = {
    "a checkpoint without end": (
        ["verify", "--key", "board.pub", "--checkpoint", ENDLESS],
        "/dev/zero: a note has at most 1,000,000 bytes, not 1,000,001",
    ),
    "the same for a bundle": (
        ["verify", "bundle.jsonl", "--key", "board.pub", "--checkpoint", ENDLESS],
        "/dev/zero: a note has at most 1,000,000 bytes, not 1,000,001",
    ),
    "a key without end": (
        ["verify", "--checkpoint", ENDLESS, "--key", ENDLESS],
        "/dev/zero: this is not a public key, NAME+HASH+KEY in one line",
    ),
    "a bundle without end": (
        ["verify", ENDLESS],
        "'/dev/zero', line 1: no line of a bundle has more than 16,777,216 bytes",
    ),
    "proved with a checkpoint without end": (
        ["prove", "--checkpoint", ENDLESS],
        "/dev/zero: not a checkpoint: its text has at least three lines, origin, size and root, none empty",
    ),
    "proved with what is no text": (
        ["prove", "--checkpoint", "bytes"],
        "bytes: not a note: it is not text in UTF-8",
    ),
    "proved with what is no note": (
        ["prove", "--checkpoint", "other"],
        "other: not a checkpoint: its text has at least three lines, origin, size and root, none empty",
    ),
    "proved beyond the end of the log": (
        ["prove", "--checkpoint", "beyond"],
        "the checkpoint is over 99 events, and the log has 8: verify the store",
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("command", "said"), REFUSED.values(), ids=REFUSED)
def test_files_of_others_are_refused_at_once(command: list[str], said: str) -> None:
    """No more of them is read than can be right, and nothing is printed of what was asked for."""
    assert run(*command) == (2, "", f"plantrack: {said}\n")


@pytest.mark.usefixtures("here")
def test_a_checkpoint_that_is_kept_is_put_in(tmp_path: Path) -> None:
    """As it was signed, and the bundle verifies by it."""
    assert run("prove", "--checkpoint", "held", "-o", "other.jsonl")[0] == 0
    status, out, _ = run("verify", "other.jsonl", "--key", "board.pub")
    assert (status, out.splitlines()[0]) == (0, "medway: 8 of 8 events, as recorded")
    assert (tmp_path / "other.jsonl").read_bytes() == (tmp_path / "bundle.jsonl").read_bytes()
