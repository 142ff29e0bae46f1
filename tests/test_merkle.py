"""The tree of RFC 6962: published cases, its plain definition, and proofs that cannot be bent."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.errors import EvidenceError
from plantrack.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    event_leaf,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "golden/merkle/vectors.json").read_bytes())


def hashes(encoded: list[str] | None) -> list[bytes]:
    """A published proof as bytes."""
    return [b64decode(one) for one in encoded or []]


@pytest.mark.parametrize("case", PUBLISHED["inclusion"], ids=lambda case: case["file"])
def test_published_proof_of_inclusion(case: dict[str, Any]) -> None:
    """What others accept is accepted, what they refuse is refused."""
    held = verify_inclusion(
        b64decode(case["leafHash"] or ""),
        case["leafIdx"],
        case["treeSize"],
        hashes(case["proof"]),
        b64decode(case["root"] or ""),
    )
    assert held is not case["wantErr"]


@pytest.mark.parametrize("case", PUBLISHED["consistency"], ids=lambda case: case["file"])
def test_published_proof_of_consistency(case: dict[str, Any]) -> None:
    """What others accept is accepted, what they refuse is refused."""
    held = verify_consistency(
        case["size1"],
        case["size2"],
        hashes(case["proof"]),
        b64decode(case["root1"] or ""),
        b64decode(case["root2"] or ""),
    )
    assert held is not case["wantErr"]


def test_published_cases_are_all_there() -> None:
    """196 cases, of both answers."""
    cases = PUBLISHED["inclusion"] + PUBLISHED["consistency"]
    assert (len(cases), sum(not case["wantErr"] for case in cases)) == (196, 12)


def test_reference_roots() -> None:
    """The eight roots of the reference tree, and that of the empty one."""
    leaves = [leaf_hash(bytes.fromhex(data)) for data in PUBLISHED["roots"]["leaf_data_hex"]]
    found = [root(leaves[: size + 1]).hex() for size in range(len(leaves))]
    assert found == PUBLISHED["roots"]["root_after_each_hex"]
    assert root([]) == EMPTY_ROOT == Frontier().root() == sha256().digest()


# --- the plain definition, word for word -----------------------------------------------------------------------------


def below(size: int) -> int:
    """The largest power of two smaller than the size."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 2.1."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    k = below(len(leaves))
    return node_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 2.1.1."""
    if len(leaves) == 1:
        return []
    k = below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 2.1.2."""
    if m == len(leaves):
        return [] if known else [tree_hash(leaves)]
    k = below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), tree_hash(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), tree_hash(leaves[:k])]


def some_leaves(size: int) -> list[bytes]:
    """Leaf hashes that all differ."""
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


LEAVES = some_leaves(70)


def test_every_proof_of_small_trees() -> None:
    """Every proof of every tree up to 70 leaves is the one that RFC 6962 defines, and verifies."""
    for size in range(1, len(LEAVES) + 1):
        leaves = LEAVES[:size]
        top = tree_hash(leaves)
        assert root(leaves) == top
        for index in range(size):
            proof = inclusion_proof(leaves, index)
            assert proof == path(index, leaves)
            assert verify_inclusion(leaves[index], index, size, proof, top)
            proof = consistency_proof(leaves, index + 1)
            assert proof == subproof(index + 1, leaves)
            assert verify_consistency(index + 1, size, proof, tree_hash(leaves[: index + 1]), top)


two_sizes = st.tuples(st.integers(1, 400), st.integers(1, 400)).map(sorted)


@given(two_sizes, st.data())
def test_bent_proof_of_inclusion(sizes: list[int], data: st.DataObject) -> None:
    """A proof holds for its leaf at its index in its tree, and not with any bit of it turned."""
    index, size = sizes[0] - 1, sizes[1]
    leaves = some_leaves(size)
    proof, top = inclusion_proof(leaves, index), root(leaves)
    assert verify_inclusion(leaves[index], index, size, proof, top)
    told = [leaves[index], top, *proof]
    leaf, other, *bent = turned(told, data)
    assert not verify_inclusion(leaf, index, size, bent, other)
    wrong = data.draw(st.integers(0, size - 1).filter(lambda one: one != index) if size > 1 else st.just(1))
    assert not verify_inclusion(leaves[index], wrong, size, proof, top)
    assert not verify_inclusion(leaves[index], index, size, [*proof, top], top)
    assert not proof or not verify_inclusion(leaves[index], index, size, proof[:-1], top)


@given(two_sizes, st.data())
def test_bent_proof_of_consistency(sizes: list[int], data: st.DataObject) -> None:
    """A proof holds between its two trees, and not with any bit of it turned."""
    first, second = sizes
    leaves = some_leaves(second)
    proof, roots = consistency_proof(leaves, first), (root(leaves[:first]), root(leaves))
    assert verify_consistency(first, second, proof, *roots)
    earlier, later, *bent = turned([*roots, *proof], data)
    assert not verify_consistency(first, second, bent, earlier, later)
    assert not verify_consistency(first, second, [*proof, roots[0]], *roots)
    assert not proof or not verify_consistency(first, second, proof[:-1], *roots)
    assert first == second or not verify_consistency(first, second, proof, roots[1], roots[0])


def turned(told: list[bytes], data: st.DataObject) -> list[bytes]:
    """The hashes with one bit of one of them turned."""
    which, bit = data.draw(st.integers(0, len(told) - 1)), data.draw(st.integers(0, 255))
    bent = (int.from_bytes(told[which], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*told[:which], bent, *told[which + 1 :]]


numbers = st.integers(-3, 20) | st.integers() | st.sampled_from([2**63 - 1, 2**63, 2**64, 2**70_000])
any_hashes = st.lists(st.binary(min_size=32, max_size=32) | st.binary(max_size=70), max_size=70)


@given(numbers, numbers, any_hashes, st.binary(max_size=40), st.binary(max_size=40))
def test_hostile_proofs_are_refused(a: int, b: int, proof: list[bytes], left: bytes, right: bytes) -> None:
    """Whatever is handed to a verifier, it answers; and what was drawn by chance is never a proof."""
    same = left == right and not proof
    assert verify_inclusion(left, a, b, proof, right) is (same and (a, b) == (0, 1) and len(left) == 32)
    assert verify_consistency(a, b, proof, left, right) is (same and 0 < a == b < 2**63)


def test_largest_tree() -> None:
    """Positions are numbers of 63 bits, as SQLite has them; a larger tree cannot be."""
    leaf = LEAVES[0]
    for size, held in [(2**63 - 1, True), (2**63, False)]:
        assert verify_consistency(size, size, [], leaf, leaf) is held
        index = (
            2**62
        )  # its neighbours stand on the right, up to the root, which has the largest complete tree on the left
        proof = [leaf] * 63
        top = leaf
        for _ in range(62):
            top = node_hash(top, leaf)
        assert verify_inclusion(leaf, index, size, proof, node_hash(leaf, top)) is held


def test_hashes_of_other_lengths_prove_nothing() -> None:
    """Two parts cut elsewhere give the same node; they are no proof."""
    a, b = LEAVES[:2]
    top = root([a, b])
    assert node_hash(a + b[:1], b[1:]) == top
    assert not verify_inclusion(a + b[:1], 0, 2, [b[1:]], top)
    assert not verify_consistency(1, 2, [b[1:]], a + b[:1], top)


# --- the right edge --------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 40), max_size=12))
def test_appending_one_by_one_or_together_is_the_same(batches: list[int]) -> None:
    """However the events came, the edge and the root are those of the whole list; stored and read at any moment."""
    leaves = some_leaves(sum(batches))
    singly = together = Frontier()
    for leaf in leaves:
        singly = Frontier.from_bytes(singly.append(leaf).to_bytes())
    rest = iter(leaves)
    for batch in batches:
        together = Frontier.from_bytes(together.extend(next(rest) for _ in range(batch)).to_bytes())
    assert singly == together == Frontier().extend(leaves)
    assert together.size == len(leaves)
    assert together.root() == tree_hash(leaves)


@given(st.integers(0, 70), st.integers(0, 5), st.integers(0, 3))
def test_appending_complete_trees_by_their_roots(before: int, level: int, count: int) -> None:
    """Left-out leaves that form complete trees are appended by the roots of these."""
    before = before >> level << level
    leaves = some_leaves(before + (count << level))
    parts = [leaves[at : at + (1 << level)] for at in range(before, len(leaves), 1 << level)]
    grown = Frontier().extend(leaves[:before]).extend(map(tree_hash, parts), level=level)
    assert grown == Frontier().extend(leaves)


def test_a_complete_tree_begins_only_where_it_can() -> None:
    """Four leaves known by one root cannot follow on five."""
    with pytest.raises(EvidenceError) as refused:
        Frontier().extend(LEAVES[:5]).extend([LEAVES[0]], level=2)
    assert str(refused.value) == "no complete tree of 4 leaves can begin after 5 leaves"


@pytest.mark.parametrize("wrong", [b"", LEAVES[0][:31], LEAVES[0] + b"\0"], ids=len)
def test_only_hashes_are_appended(wrong: bytes) -> None:
    """What is no hash never gets into a tree."""
    with pytest.raises(EvidenceError) as refused:
        Frontier().extend([LEAVES[0], wrong])
    assert str(refused.value) == "a hash of SHA-256 has 32 bytes; what was to be appended to the log has not"


def test_damaged_edge() -> None:
    """A stored edge of another length than its size asks for is refused; one that reads is written back as it was."""
    good = Frontier().extend(LEAVES[:5]).to_bytes()
    assert len(good) == 8 + 2 * 32
    for damaged in (good[:-1], good + b"\0", good[:8], b"", b"\0\0", b"\0" * 7, b"\xff" * (8 + 64 * 32)):
        with pytest.raises(EvidenceError, match="the stored edge of the log is damaged"):
            Frontier.from_bytes(damaged)
    with pytest.raises(EvidenceError) as refused:
        Frontier.from_bytes(good[:-32])
    assert str(refused.value) == (
        "the stored edge of the log is damaged: 40 bytes cannot be those of 5 events; it can be made anew from the"
        " events, and the root then compared with a checkpoint"
    )


@given(st.binary(max_size=8 + 3 * 32))
def test_any_stored_edge_is_read_or_refused(stored: bytes) -> None:
    """Whatever the column holds, it is an edge that is written back the same, or an :class:`EvidenceError`."""
    try:
        assert Frontier.from_bytes(stored).to_bytes() == stored
    except EvidenceError:
        assert len(stored) != 8 or any(stored)


@pytest.mark.parametrize("index", [-1, 5, 2**70])
def test_no_proof_without_a_leaf(index: int) -> None:
    """What is not in the tree cannot be proved to be in it."""
    with pytest.raises(EvidenceError) as refused:
        inclusion_proof(LEAVES[:5], index)
    assert str(refused.value) == f"there is no leaf {index} in a log of 5"


@pytest.mark.parametrize("first", [-1, 0, 6])
def test_no_proof_without_a_beginning(first: int) -> None:
    """A beginning has at least one leaf, and no more than the tree."""
    with pytest.raises(EvidenceError) as refused:
        consistency_proof(LEAVES[:5], first)
    assert str(refused.value) == f"a log of 5 has no beginning of {first} that could be proved"


# --- leaves ----------------------------------------------------------------------------------------------------------

EVENT: dict[str, Any] = {
    "origin": "example.org/medway",
    "position": 7,
    "plan": "medway",
    "type": "Observed@1",
    "recorded_at": "2014-04-02T09:00:00.000000Z",
    "event_id": "e-é",
    "payload": b'{"effective": "2014-04"}',
}


def test_leaf_of_an_event() -> None:
    """The bytes that are hashed, written out: they never change, or no old root could be checked again."""
    written_out = (
        b"\x00"
        b"\x00\x00\x00\x12plantrack/event/v1"
        b"\x00\x00\x00\x12example.org/medway"
        b"\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x07"
        b"\x00\x00\x00\x06medway"
        b"\x00\x00\x00\x0aObserved@1"
        b"\x00\x00\x00\x1b2014-04-02T09:00:00.000000Z"
        b"\x00\x00\x00\x04e-\xc3\xa9"
        b'\x00\x00\x00\x18{"effective": "2014-04"}'
    )
    assert event_leaf(**EVENT) == sha256(written_out).digest() == leaf_hash(written_out[1:])


texts = st.text(st.characters(codec="utf-8"), max_size=6)
events = st.tuples(texts, st.integers(1, 2**63 - 1), texts, texts, texts, texts, st.binary(max_size=6))


@given(events, events)
def test_leaves_of_two_events_are_the_same_only_if_the_events_are(one: tuple[Any, ...], two: tuple[Any, ...]) -> None:
    """Nothing can be moved from one part to the next."""
    assert (event_leaf(*one) == event_leaf(*two)) is (one == two)
    for left in range(2, 5):
        both = one[left] + one[left + 1]
        for cut in range(len(both) + 1):
            moved = (*one[:left], both[:cut], both[cut:], *one[left + 2 :])
            assert (event_leaf(*moved) == event_leaf(*one)) is (moved == one)


# --- what it costs ---------------------------------------------------------------------------------------------------


def test_proofs_about_a_million_events_are_small_and_quickly_verified() -> None:
    """At most 1 KB and 1 ms. A tree of that size is made up of one that is known, and of parts known by a hash only."""
    index, size = 654_321, 1_000_003
    leaf, beside = LEAVES[:2]
    sides = [index >> level & 1 for level in range(20)]  # this path has a neighbour on each of the 20 levels
    top = leaf
    for is_left in sides:
        top = node_hash(beside, top) if is_left else node_hash(top, beside)
    proof = [beside] * len(sides)
    assert sum(map(len, proof)) <= 1024

    def seconds() -> float:
        before = time.perf_counter()
        assert verify_inclusion(leaf, index, size, proof, top)
        return time.perf_counter() - before

    assert min(seconds() for _ in range(20)) < 0.001
