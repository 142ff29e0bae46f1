"""Audit bundles: what is left out still verifies, what was changed is named, and nothing but the bundle is needed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import cryptography
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack.audit import BundleReport, Entry, verify_bundle, verify_file, write_bundle
from plantrack.errors import EvidenceError
from plantrack.merkle import event_leaf, root
from plantrack.note import Checkpoint, sign
from plantrack.signing import Signer

ORIGIN = "example.org/medway"
SIGNER = Signer(ORIGIN, b"\x07" * 32)
THIEF = Signer(ORIGIN, b"\x08" * 32)  # calls itself the same
KEY = SIGNER.verifier


def entry(position: int, value: object, recorded_at: str = "2018-02-01T09:00:00.000000Z") -> Entry:
    """A figure, as the store keeps it."""
    payload = json.dumps({"effective": "2018-01", "data": {"measure": "ae-waits", "value": str(value)}}).encode()
    leaf = event_leaf(ORIGIN, position, "medway", "Observed@1", recorded_at, f"e-{position}", payload)
    return Entry(position, f"e-{position}", "Observed@1", recorded_at, payload, leaf)


def log_of(*values: object) -> list[Entry]:
    """A log in which these figures were recorded."""
    return [entry(position, value) for position, value in enumerate(values, 1)]


NINE = log_of(*"abcdefghi")


def checkpoint_of(log: list[Entry], size: int | None = None) -> Checkpoint:
    """The head of a log, or of its beginning."""
    leaves = [one.leaf for one in log][:size]
    return Checkpoint(ORIGIN, len(leaves), root(leaves))


def bundle(
    log: list[Entry],
    given: Collection[int] | None = None,
    *,
    signer: Signer | None = SIGNER,
    ends: Collection[int] = (),
) -> list[bytes]:
    """The lines of a bundle; with all events unless it is said which."""
    note = sign(checkpoint_of(log).text, signer) if signer else None
    lines = write_bundle(
        log,
        plan="medway",
        origin=ORIGIN,
        size=len(log),
        given=range(1, len(log) + 1) if given is None else given,
        scope={"subject": "measure:ae-waits"},
        checkpoint=note,
        ends=ends,
    )
    return [line.encode() for line in lines]


def changed(lines: list[bytes], number: int, **fields: Any) -> list[bytes]:
    """A bundle in which some fields of a line are others."""
    content = json.loads(lines[number - 1]) | {key.replace("_audit", "-audit"): fields[key] for key in fields}
    return [*lines[: number - 1], json.dumps(content).encode() + b"\n", *lines[number:]]


def refusal_of(lines: list[bytes]) -> str:
    """Why something is no bundle."""
    with pytest.raises(EvidenceError) as refused:
        verify_bundle(lines, [KEY])
    return str(refused.value)


# --- what is written, and that it verifies ---------------------------------------------------------------------------


def test_bundle() -> None:
    """The first line says what it is; events as they are stored; what is left out by as few hashes as can be."""
    lines = [json.loads(line) for line in bundle(NINE, {2, 9})]
    assert lines[0] == {
        "plantrack-audit": 1,
        "plan": "medway",
        "origin": ORIGIN,
        "scope": {"subject": "measure:ae-waits"},
        "size": 9,
        "left_out": 7,
        "checkpoint": sign(checkpoint_of(NINE).text, SIGNER),
    }
    leaves = [one.leaf for one in NINE]
    assert lines[1:] == [
        {"position": 1, "leaf": leaves[0].hex()},
        {
            "position": 2,
            "event_id": "e-2",
            "type": "Observed@1",
            "recorded_at": "2018-02-01T09:00:00.000000Z",
            "payload": '{"effective": "2018-01", "data": {"measure": "ae-waits", "value": "b"}}',
            "leaf": leaves[1].hex(),
        },
        {"from": 3, "to": 4, "node": root(leaves[2:4]).hex()},
        {"from": 5, "to": 8, "node": root(leaves[4:8]).hex()},
        {
            "position": 9,
            "event_id": "e-9",
            "type": "Observed@1",
            "recorded_at": "2018-02-01T09:00:00.000000Z",
            "payload": '{"effective": "2018-01", "data": {"measure": "ae-waits", "value": "i"}}',
            "leaf": leaves[8].hex(),
        },
    ]


def test_report() -> None:
    """What a bundle shows that nobody has touched."""
    report = verify_bundle(bundle(NINE, {2, 9}), [KEY])
    assert report.verified
    assert report == BundleReport(
        plan="medway",
        origin=ORIGIN,
        scope={"subject": "measure:ae-waits"},
        size=9,
        given=2,
        root=root(one.leaf for one in NINE),
        signed_by=(KEY,),
        matched=(checkpoint_of(NINE),),
        altered=(),
        broken=None,
        problems=(),
    )
    assert report.left_out == 7


def test_line_ends_of_another_system() -> None:
    """A bundle that went through a program which ends lines in another way, or not the last, is the same bundle."""
    text = b"".join(bundle(NINE)).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert verify_bundle(text.splitlines(keepends=True), [KEY]).verified


values = st.text(st.characters(codec="utf-8"), max_size=4)
logs = st.lists(values, max_size=40).map(lambda values: log_of(*values))


@given(logs, st.data())
def test_any_part_of_any_log_verifies(log: list[Entry], data: st.DataObject) -> None:
    """Whatever is left out, the root is that of the log, and each earlier checkpoint that was thought of matches."""
    positions = st.sets(st.integers(1, max(1, len(log)))) if log else st.just(set[int]())
    held = data.draw(positions)
    lines = bundle(log, data.draw(positions), ends=held)
    report = verify_bundle(lines, [KEY], [checkpoint_of(log, size) for size in held])
    assert report.problems == ()
    assert report.root == root(one.leaf for one in log)
    assert [one.size for one in report.matched] == sorted({*held, len(log)})


@given(st.integers(1, 40), st.data())
def test_left_out_is_as_short_as_can_be(size: int, data: st.DataObject) -> None:
    """A run of events that are left out takes at most two hashes for each doubling of its length."""
    log = NINE[:1] * size
    log = [one._replace(position=position) for position, one in enumerate(log, 1)]
    begin = data.draw(st.integers(1, size))
    lines = bundle(log, set(range(1, begin)), signer=None)
    assert len(lines) - begin <= 2 * (size - begin + 1).bit_length()


def test_file(tmp_path: Path) -> None:
    """A bundle in a file; errors name it."""
    path = tmp_path / "medway.plantrack-audit.jsonl"
    path.write_bytes(b"".join(bundle(NINE)))
    assert verify_file(path, [KEY]) == verify_bundle(bundle(NINE), [KEY])
    path.write_bytes(b"".join(bundle(NINE)[:-1]))
    for place, expected in [
        (path, f"'{path}', line 9: the bundle is cut: it ends at #8, the log at #9"),
        (tmp_path, f"cannot read '{tmp_path}': Is a directory"),
        (tmp_path / "none", f"cannot read '{tmp_path}/none': No such file or directory"),
        (tmp_path / "a\0b", f"cannot read '{tmp_path}/a\\x00b': embedded null byte"),
    ]:
        with pytest.raises(EvidenceError) as refused:
            verify_file(place, [KEY])
        assert str(refused.value) == expected


def test_file_that_cannot_be_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the middle is an error of ours, not a bundle that is cut."""

    def failing(line: bytes) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "a.plantrack-audit.jsonl"
    path.write_bytes(b"".join(bundle(NINE)))
    monkeypatch.setattr("plantrack.audit.verification.content_of", failing)
    with pytest.raises(EvidenceError) as refused:
        verify_file(path, [KEY])
    assert str(refused.value) == f"cannot read '{path}': Input/output error"


# --- attacks ---------------------------------------------------------------------------------------------------------


def attacked(log: list[Entry], position: int, **fields: Any) -> list[Entry]:
    """A log with another event at a position, with all its hashes as they would be."""
    one = log[position - 1]._replace(**fields)
    leaf = event_leaf(ORIGIN, position, "medway", one.type, one.recorded_at, one.event_id, one.payload)
    return [*log[: position - 1], one._replace(leaf=leaf), *log[position:]]


def renumbered(log: list[Entry]) -> list[Entry]:
    """Events at the positions at which they stand in the list."""
    moved = [one._replace(position=position) for position, one in enumerate(log, 1)]
    for position in range(1, len(moved) + 1):
        moved = attacked(moved, position)
    return moved


HELD = [checkpoint_of(NINE, 4), checkpoint_of(NINE, 6)]
ATTACKS: dict[str, tuple[list[Entry], tuple[int, int]]] = {
    "a figure is changed": (attacked(NINE, 5, payload=NINE[4].payload.replace(b'"e"', b'"z"')), (5, 6)),
    "an event is back-dated": (attacked(NINE, 2, recorded_at="2018-01-01T09:00:00.000000Z"), (1, 4)),
    "an event gets another type": (attacked(NINE, 6, type="TargetSet@1"), (5, 6)),
    "an event gets another id": (attacked(NINE, 6, event_id="e-7"), (5, 6)),
    "an event is taken out": (renumbered(NINE[:4] + NINE[5:]), (5, 6)),
    "an event is put in": (renumbered([*NINE[:5], entry(6, "new"), *NINE[5:]]), (5, 6)),
    "two events change places": (renumbered([*NINE[:2], NINE[3], NINE[2], *NINE[4:]]), (1, 4)),
    "all is written anew": (log_of(*"zzzzzzzzz"), (1, 4)),
    "the last is another": (log_of(*"abcdefghz"), (7, 9)),
}
each_attack = pytest.mark.parametrize(("log", "broken"), ATTACKS.values(), ids=ATTACKS.keys())


@each_attack
def test_attack_without_the_key(log: list[Entry], broken: tuple[int, int]) -> None:
    """Someone who can write everything but has not the key leaves the old signature, or makes one of his own."""
    lines = changed(bundle(log), 1, checkpoint=sign(checkpoint_of(NINE).text, SIGNER))
    report = verify_bundle(lines, [KEY], HELD)
    assert not report.verified
    if len(log) == 9:
        assert report.broken == broken
    forged = verify_bundle(bundle(log, signer=THIEF), [KEY], HELD)
    assert forged.problems[0].startswith(
        "the checkpoint in the bundle does not count: no given key has signed the note"
    )


@each_attack
@pytest.mark.parametrize("given", [None, (), (3,)], ids=["all", "none", "one"])
def test_attack_with_the_key(log: list[Entry], broken: tuple[int, int], given: Collection[int] | None) -> None:
    """Someone who has the key as well signs what he changed: the checkpoints that were held tell, and where."""
    report = verify_bundle(bundle(log, given, ends=[4, 6]), [KEY], HELD)
    if broken == (7, 9):
        assert report.verified  # nobody has held anything that says otherwise
        return
    assert report.broken == broken
    first, last = broken
    assert report.problems == (
        f"the log up to #{last} is not the one of which a checkpoint was made: the first change is at #{first} to"
        f" #{last}",
        f"the checkpoint of #{len(log)} was made of the changed log",
    )


def test_changed_content_is_named_exactly() -> None:
    """Content that does not fit its hash is named; all hashes being right, it is these events and no others."""
    log = list(NINE)
    for position in (3, 7):
        log[position - 1] = log[position - 1]._replace(payload=b'{"effective": "2018-01", "data": {}}')
    report = verify_bundle(bundle(log), [KEY])
    assert (report.altered, report.broken) == ((3, 7), (3, 3))
    assert report.problems == ("#3, #7: the content is not the one whose hash the log has",)
    assert report.matched == (checkpoint_of(NINE),)


def test_many_changes_are_counted() -> None:
    """Of many changed events the first are named."""
    ten = verify_bundle(bundle([one._replace(payload=b"{}") for one in log_of(*range(10))]), [KEY])
    assert ten.problems == (
        "#1, #2, #3, #4, #5, #6, #7, #8, #9, #10: the content is not the one whose hash the log has",
    )
    log = [one._replace(payload=b"{}") for one in log_of(*range(15))]
    report = verify_bundle(bundle(log), [KEY])
    assert report.altered == tuple(range(1, 16))
    assert report.problems == (
        "#1, #2, #3, #4, #5, #6, #7, #8, #9, #10 and 5 more: the content is not the one whose hash the log has",
    )


def test_changed_content_that_no_checkpoint_covers() -> None:
    """Where the hashes themselves are not vouched for, a change may stand before the one that shows."""
    log = [*NINE[:6], NINE[6]._replace(payload=b"{}"), *NINE[7:]]
    lines = bundle(log, signer=None)
    assert verify_bundle(lines).broken == (1, 7)
    assert verify_bundle(lines, [], [checkpoint_of(NINE, 4)]).broken == (5, 7)
    assert verify_bundle(lines, [], [checkpoint_of(NINE, 4), checkpoint_of(NINE, 8)]).broken == (7, 7)
    other = Checkpoint(ORIGIN, 8, root([]))
    assert verify_bundle(lines, [], [checkpoint_of(NINE, 4), other]).broken == (5, 7)
    assert verify_bundle(lines, [], [checkpoint_of(NINE, 4), Checkpoint(ORIGIN, 6, root([]))]).broken == (5, 6)
    both = [Checkpoint(ORIGIN, 5, root([])), checkpoint_of(NINE, 5)]
    assert verify_bundle(lines, [], both).broken == (1, 5)
    assert verify_bundle(lines, [], [*both, checkpoint_of(NINE, 7)]).broken == (1, 5)
    assert verify_bundle(lines, [], [checkpoint_of(NINE, 7)]).broken == (7, 7)


def test_two_checkpoints_of_one_size() -> None:
    """Of two that contradict each other one does not match, and nothing that rests on the other is taken for known."""
    log = [*NINE[:4], NINE[4]._replace(payload=b"{}"), *NINE[5:]]
    both = [Checkpoint(ORIGIN, 5, root([])), checkpoint_of(NINE, 5)]
    report = verify_bundle(bundle(log, signer=None), [], both)
    assert report.broken == (1, 5)
    assert report.problems == (
        "#5: the content is not the one whose hash the log has",
        "the log up to #5 is not the one of which a checkpoint was made: the first change is at #1 to #5",
    )


def test_change_at_one_place_between_two_checkpoints() -> None:
    """Where checkpoints follow event on event, the changed one is named."""
    log = attacked(NINE, 5, event_id="other")
    report = verify_bundle(bundle(log, signer=None), [], [checkpoint_of(NINE, size) for size in range(10)])
    assert report.broken == (5, 5)
    assert report.problems == (
        "the log up to #5 is not the one of which a checkpoint was made: the first change is at #5",
    )


def test_cut_tail() -> None:
    """A log that ends before a checkpoint that is held was cut, whatever else is signed."""
    report = verify_bundle(bundle(NINE[:7]), [KEY], [checkpoint_of(NINE, 4), checkpoint_of(NINE)])
    assert report.problems == (
        "the bundle ends at #7, but by a held checkpoint the log had 9 events: ask for a bundle up to there; if there"
        " is none, the end of the log was cut off",
    )
    assert [one.size for one in report.matched] == [4, 7]


def test_leaving_out_across_a_held_checkpoint_hides_nothing() -> None:
    """A checkpoint that cannot be compared is a problem, not a pass."""
    log = attacked(NINE, 5, event_id="other")
    report = verify_bundle(bundle(log, ()), [KEY], HELD[1:])
    assert report.problems == (
        "the checkpoint of #6 cannot be compared, as events on both sides of it are left out together: ask for a bundle"
        " that was made with it (`plantrack prove --checkpoint FILE`)",
    )


def test_nothing_vouches() -> None:
    """A bundle that agrees with itself only is not verified; nor is what comes after the last checkpoint."""
    nobody = ("nothing vouches for this log: no checkpoint of it is signed by a given key, and none is held",)
    assert verify_bundle(bundle(NINE, signer=None), [KEY]).problems == nobody
    assert verify_bundle(bundle(NINE)).problems == nobody
    assert verify_bundle(bundle([], signer=None)).problems == nobody
    assert verify_bundle(bundle(NINE, signer=None), [], HELD).problems == (
        "nothing vouches for the events after #6, where the last checkpoint ends",
    )
    assert verify_bundle(bundle(NINE, signer=None), [], [checkpoint_of(NINE)]).verified


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (sign(checkpoint_of(NINE, 8).text, SIGNER), "it is over 8 events, and the bundle over 9"),
        (sign(f"other\n{checkpoint_of(NINE).text.partition(chr(10))[2]}", SIGNER),
         "it is of the log 'other', not of 'example.org/medway'"),
        (sign("a\n", SIGNER), "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a", "not a note: below its text, after an empty line, stand whole lines with signatures"),
        ("\ud800", "not a note: it is not text in UTF-8"),
    ],
    ids=range(5),
)  # fmt: skip
def test_checkpoint_of_something_else(note: str, expected: str) -> None:
    """A checkpoint in the bundle that is not of this log does not count; those held still do."""
    report = verify_bundle(changed(bundle(NINE), 1, checkpoint=note), [KEY], [checkpoint_of(NINE)])
    assert report.problems == (f"the checkpoint in the bundle does not count: {expected}",)
    assert report.matched == (checkpoint_of(NINE),)
    assert report.signed_by == ()


def test_held_checkpoint_of_another_log() -> None:
    """A checkpoint that was picked up by mistake is told."""
    report = verify_bundle(bundle(NINE), [KEY], [Checkpoint("other", 3, root([]))])
    assert report.problems == ("the held checkpoint of #3 is of the log 'other', not of 'example.org/medway'",)


def without_order(lines: list[bytes]) -> list[Any]:
    """What the lines of a bundle say, in whichever way they are written."""
    return [json.loads(line) for line in lines]


@given(st.sets(st.integers(1, 9)), st.data())
def test_any_bit_turned(given: set[int], data: st.DataObject) -> None:
    """Below the first line, which the signature does not cover, no bit can be turned unnoticed."""
    lines = bundle(NINE, given)
    number = data.draw(st.integers(1, len(lines) - 1))
    line = bytearray(lines[number])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    turned = b"".join([*lines[:number], bytes(line), *lines[number + 1 :]]).splitlines(keepends=True)
    try:
        report = verify_bundle(turned, [KEY])
    except EvidenceError:
        return
    assert not report.verified or without_order(turned) == without_order(lines)


# --- no bundle -------------------------------------------------------------------------------------------------------

GOOD = bundle(NINE, {2, 9})
HEX = "0" * 64


@pytest.mark.parametrize(
    "fields",
    [{"more": 1}, {"size": -1}, {"size": 2**63}, {"size": "9"}, {"left_out": 10}, {"left_out": True}, {"scope": []},
     {"checkpoint": 1}],
    ids=str,
)  # fmt: skip
def test_first_line_of_something_else(fields: dict[str, Any]) -> None:
    """A first line that plantrack did not write is refused."""
    assert refusal_of(changed(GOOD, 1, **fields)) == (
        "line 1: the first line is not that of an audit bundle: it was changed, or badly made"
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "line 1: not JSON: one object a line is expected"),
        ([b"\n"], "line 1: not JSON: one object a line is expected"),
        ([b"[]"], "line 1: not JSON: one object a line is expected"),
        ([b"\xff"], "line 1: not text in UTF-8"),
        ([b"{}"], 'line 1: this is not an audit bundle, which begins with {"plantrack-audit": 1, ...}'),
        (changed(GOOD, 1, plantrack_audit=True),
         'line 1: this is not an audit bundle, which begins with {"plantrack-audit": 1, ...}'),
        (changed(GOOD, 1, plantrack_audit=2),
         "line 1: the bundle has format 2; this version reads 1: install a newer one"),
        (changed(GOOD, 1, scope={"a": 1}),
         "line 1: a text of 1 to 1,000 characters is expected for names, ids, types and moments"),
        (changed(GOOD, 1, plan=""),
         "line 1: a text of 1 to 1,000 characters is expected for names, ids, types and moments"),
        (changed(GOOD, 1, plan="\ud800"), "line 1: half a character, which no event holds"),
        (changed(GOOD, 1, plan="medway: 9 of 9 events, as recorded\n"),
         "line 1: 'medway: 9 of 9 events, as recorded\\n' holds what cannot be printed in one line"),
        (changed(GOOD, 1, scope={"asked": "\x1b[2J"}),
         "line 1: '\\x1b[2J' holds what cannot be printed in one line"),
        (changed(GOOD, 1, plan="swale", origin="plantrack/medway/0123456789abcdef"),
         "line 1: the bundle says that it is of the plan 'swale', and its log is 'plantrack/medway/0123456789abcdef',"
         " of another"),
        (changed(GOOD, 1, left_out=6), "line 6: 7 events are left out, but the first line says 6"),
        (changed(GOOD, 1, size=10), "line 6: the bundle is cut: it ends at #9, the log at #10"),
        (changed(GOOD, 1, size=8), "line 6: position 9 is beyond the 8 events of the log"),
        (GOOD[:-1], "line 5: the bundle is cut: it ends at #8, the log at #9"),
        (GOOD[:1], "line 1: the bundle is cut: it ends at #0, the log at #9"),
        ([*GOOD, b"\n"], "line 7: not JSON: one object a line is expected"),
        ([*GOOD[:2], *GOOD[3:]], "line 3: position 2 is missing (found 3)"),
        ([*GOOD[:2], *GOOD[1:]], "line 3: position 2 is missing (found 1)"),
        (changed(GOOD, 2, position="1"), "line 2: a position is a whole number"),
        (changed(GOOD, 2, position=True), "line 2: a position is a whole number"),
        (changed(GOOD, 2, position=1.0), "line 2: a position is a whole number"),
        (changed(GOOD, 2, more=1),
         "line 2: neither an event nor events that are left out: it was changed, or badly made"),
        (changed(GOOD, 2, leaf=HEX[1:]), "line 2: a hash is 64 characters, 0 to 9 and a to f"),
        (changed(GOOD, 2, leaf="A" * 64), "line 2: a hash is 64 characters, 0 to 9 and a to f"),
        (changed(GOOD, 2, leaf=None), "line 2: a hash is 64 characters, 0 to 9 and a to f"),
        (changed(GOOD, 3, payload={}), "line 3: the payload of an event is a text"),
        (changed(GOOD, 3, payload="\ud800"), "line 3: half a character, which no event holds"),
        (changed(GOOD, 3, type=1),
         "line 3: a text of 1 to 1,000 characters is expected for names, ids, types and moments"),
        (changed(GOOD, 3, event_id="e" * 1001),
         "line 3: a text of 1 to 1,000 characters is expected for names, ids, types and moments"),
        (changed(GOOD, 4, to=3), "line 4: 2, 4, 8 and so on events are left out together, and none after the last"),
        (changed(GOOD, 4, to=5), "line 4: 2, 4, 8 and so on events are left out together, and none after the last"),
        (changed(GOOD, 4, to=0), "line 4: 2, 4, 8 and so on events are left out together, and none after the last"),
        (changed(GOOD, 4, to=10), "line 4: 2, 4, 8 and so on events are left out together, and none after the last"),
        (changed(GOOD, 4, to="4"), "line 4: 2, 4, 8 and so on events are left out together, and none after the last"),
        (changed(GOOD, 4, to=6), "line 4: no complete tree of 4 leaves can begin after 2 leaves"),
        ([GOOD[0], b'{"position": 1, "leaf": "' + HEX.encode() + b'", "position": 1}\n'],
         "line 2: a key is given twice"),
        ([GOOD[0], b'{"position": NaN}\n'], "line 2: NaN is not a number"),
        ([GOOD[0], b'{"position": ' + b"9" * 5000 + b"}\n"], "line 2: not JSON: one object a line is expected"),
        ([GOOD[0], b"[" * 100_000 + b"\n"], "line 2: not JSON that can be read: nested too deep"),
        ([GOOD[0], b" " * 2**24], "line 2: not JSON: one object a line is expected"),
        ([GOOD[0], b" " * (2**24 + 1)], "line 2: no line of a bundle has more than 16,777,216 bytes"),
    ],
)  # fmt: skip
def test_damaged_bundle(lines: list[bytes], expected: str) -> None:
    """What cannot be compared is refused, with the line and what is wrong with it."""
    assert refusal_of(lines) == expected


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(HEX),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.integers(1, len(GOOD)), st.data())
def test_any_line_is_compared_or_refused(number: int, data: st.DataObject) -> None:
    """Whatever a field of a bundle holds, there is a report or an :class:`EvidenceError`."""
    keys = sorted(json.loads(GOOD[number - 1]))
    lines = changed(GOOD, number, **{data.draw(st.sampled_from(keys)): data.draw(json_values)})
    try:
        report = verify_bundle(lines, [KEY])
    except EvidenceError:
        return
    assert number == 1 or not report.verified or without_order(lines) == without_order(GOOD)


# --- what cannot be written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log", "size", "given", "expected"),
    [
        (NINE[:3] + NINE[4:], 9, {1}, "position 4 is missing (found 5): verify the store"),
        (NINE[:8], 9, {1}, "the log has 8 events, not 9: verify the store"),
        (NINE, 8, {1}, "the log has 9 events, not 8: verify the store"),
        (NINE, 9, {10}, "events are to be given that are not among the 9 of the log"),
        (NINE, 9, {0}, "events are to be given that are not among the 9 of the log"),
        ([NINE[0]._replace(payload=b"\xff")], 1, {1}, "what is stored of #1 is not text: verify the store"),
    ],
    ids=range(6),
)
def test_what_cannot_be_written(log: list[Entry], size: int, given: set[int], expected: str) -> None:
    """No bundle is made of a log that is not whole."""
    with pytest.raises(EvidenceError) as refused:
        list(write_bundle(log, plan="medway", origin=ORIGIN, size=size, given=given, scope={}))
    assert str(refused.value) == expected


# --- what it needs, and what it costs --------------------------------------------------------------------------------

ALONE = """
import sys
sys.path[:0] = [{copied!r}, {installed!r}]
import plantrack.audit, plantrack.signing
report = plantrack.audit.verify_file({bundle!r}, [plantrack.signing.Verifier.parse({key!r})])
foreign = {{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names
print(report.verified, report.given, *sorted(name for name in foreign if not name.startswith("_")))
"""


def test_verifier_stands_alone(tmp_path: Path) -> None:
    """A bundle, a public key, five files and the package that checks signatures are all that an auditor needs."""
    source, copied = Path(plantrack.__file__).parent, tmp_path / "copied" / "plantrack"
    shutil.copytree(source / "audit", copied / "audit")
    for name in ("errors.py", "merkle.py", "note.py", "signing.py"):
        shutil.copy(source / name, copied)
    path = tmp_path / "medway.plantrack-audit.jsonl"
    path.write_bytes(b"".join(GOOD))
    installed = str(Path(cryptography.__file__).parents[1])
    program = ALONE.format(copied=str(copied.parent), installed=installed, bundle=str(path), key=str(KEY))
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "2", "cryptography", "plantrack"]


def million() -> Iterator[Entry]:
    """A long log."""
    return (entry(position, position) for position in range(1, 1_000_001))


@pytest.mark.soak
@pytest.mark.parametrize("part", [range(1, 1_000_001), range(1, 1_000_001, 1_000)], ids=["all", "one in a thousand"])
def test_a_million_events(part: range, tmp_path: Path) -> None:
    """A million events are verified in at most 30 seconds; a part of a log is a small file."""
    note = sign(Checkpoint(ORIGIN, 1_000_000, root(one.leaf for one in million())).text, SIGNER)
    path = tmp_path / "million.plantrack-audit.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(
            write_bundle(million(), plan="medway", origin=ORIGIN, size=1_000_000, given=part, scope={}, checkpoint=note)
        )
    before = time.perf_counter()
    assert verify_file(path, [KEY]).verified
    assert time.perf_counter() - before < 30
    assert path.stat().st_size < 400 * 1_000_000 * len(part) / 1_000_000 + 2_000_000
