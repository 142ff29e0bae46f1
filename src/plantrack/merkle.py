"""The Merkle tree of RFC 6962 (and 9162) over the events of a plan: hashes, roots, proofs, and what verifies them.

A root is 32 bytes that stand for the whole log up to an event: whoever holds one notices when anything before it is
changed. The tree never knows an event, only the hash of one (:func:`event_leaf`); leaf ``n`` counts from 0 and holds
the event at position ``n + 1``. Everything is pure, and nothing is needed beyond the standard library, so that an
auditor can read this module beside the RFC and run it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from struct import Struct

from plantrack.errors import EvidenceError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 2.1: of a tree without leaves
MAX_SIZE = 2**63 - 1  # of a tree, and so at most 63 hashes in a proof of inclusion

_LEAF, _NODE = b"\0", b"\1"  # no leaf can be taken for a node: without these, a forged tree could have the same root
_length = Struct(">I").pack
_length_and_number = Struct(">IQ").pack


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf, RFC 6962 2.1: SHA-256 of a zero byte and the data."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others, RFC 6962 2.1: SHA-256 of a one byte and both."""
    return sha256(_NODE + left + right).digest()


@lru_cache(maxsize=4096)  # a plan has one origin, one name, and a few dozen types
def _text(text: str) -> bytes:
    content = text.encode()
    return _length(len(content)) + content


_EVENT = _LEAF + _text("plantrack/event/v1")


def event_leaf(
    origin: str, position: int, plan: str, type: str, recorded_at: str, event_id: str, payload: bytes
) -> bytes:
    """The leaf hash of an event, over exactly what is stored.

    Its data are eight parts, each after its length in four bytes (numbers are big-endian): the text
    ``plantrack/event/v1``, the origin, the position in eight bytes, then the texts and bytes as they are stored. No
    two events have the same parts, and no part can be mistaken for the beginning of the next.

    :param origin: the name of the log, as checkpoints carry it.
    :param position: from 1.
    :param type: as stored, ``Observed@1``.
    :param recorded_at: as stored.
    :param payload: as stored, ciphertext included; never JSON that was written anew.
    """
    recorded, named = recorded_at.encode(), event_id.encode()
    parts = (
        _EVENT, _text(origin), _length_and_number(8, position), _text(plan), _text(type),
        _length(len(recorded)), recorded, _length(len(named)), named, _length(len(payload)), payload,
    )  # fmt: skip
    return sha256(b"".join(parts)).digest()


# --- the growing tree ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)  # not attrs: an auditor needs nothing that would have to be installed
class Frontier:
    """The right edge of a tree: all that is needed of it to append further leaves and to tell the root.

    :ivar size: leaves in the tree.
    :ivar peaks: roots of the largest complete trees that the leaves form, one for each bit that is set in ``size``,
        from left to right.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """This tree with one more leaf."""
        return self.extend((leaf,))

    def extend(self, hashes: Iterable[bytes], *, level: int = 0) -> Frontier:
        """This tree with further leaves, or with complete trees of ``2**level`` leaves, known by their roots only.

        :raises EvidenceError: a hash has not 32 bytes, or the tree does not end where such a complete tree can begin.
        """
        row = list(hashes)
        if any(len(one) != HASH_BYTES for one in row):
            raise EvidenceError("a hash of SHA-256 has 32 bytes; what was to be appended to the log has not")
        if self.size % (1 << level):
            raise EvidenceError(f"no complete tree of {1 << level} leaves can begin after {self.size} leaves")
        size, peaks = self.size + (len(row) << level), list(self.peaks)
        grown: list[bytes] = []
        while row:
            if self.size >> level & 1:
                row.insert(0, peaks.pop())
            if len(row) % 2:
                grown.append(row.pop())
            row = _parents(row)
            level += 1
        return Frontier(size, (*peaks, *reversed(grown)))

    def root(self) -> bytes:
        """The Merkle tree hash, RFC 6962 2.1."""
        if not self.peaks:
            return EMPTY_ROOT
        *others, found = self.peaks
        for left in reversed(others):
            found = node_hash(left, found)
        return found

    def to_bytes(self) -> bytes:
        """The size in eight bytes and the peaks, for a column of the store."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Frontier:
        """What :meth:`to_bytes` wrote.

        :raises EvidenceError: the length is not the one that the size asks for.
        """
        if not isinstance(stored, bytes):  # a column of SQLite holds a value of any type
            raise EvidenceError("the stored edge of the log is damaged: it is not bytes")
        size = int.from_bytes(stored[:8], "big")
        expected = 8 + HASH_BYTES * size.bit_count()
        if len(stored) != expected or size > MAX_SIZE:
            raise EvidenceError(
                f"the stored edge of the log is damaged: {len(stored)} bytes cannot be those of {size} events;"
                " it can be made anew from the events, and the root then compared with a checkpoint"
            )
        return cls(size, tuple(stored[at : at + HASH_BYTES] for at in range(8, expected, HASH_BYTES)))


_TOGETHER = 1_000


class GrowingTree:
    """A tree to which leaves come one by one, more of them than fit in memory.

    They are hashed a thousand at a time, which costs a seventh of what each costs by itself.
    """

    def __init__(self, edge: Frontier = Frontier()) -> None:
        self._edge = edge
        self._waiting: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf."""
        self._waiting.append(leaf)
        if len(self._waiting) == _TOGETHER:
            self._grow()

    @property
    def edge(self) -> Frontier:
        """The right edge as it is now."""
        self._grow()
        return self._edge

    def _grow(self) -> None:
        self._edge = self._edge.extend(self._waiting)
        self._waiting.clear()


def root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of leaf hashes, RFC 6962 2.1.

    :raises EvidenceError: one has not 32 bytes.
    """
    return Frontier().extend(leaves).root()


def _parents(row: Sequence[bytes]) -> list[bytes]:
    """The nodes over neighbours; a last one without a neighbour is left out."""
    pairs = iter(row)
    return [sha256(_NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


# --- proofs ----------------------------------------------------------------------------------------------------------


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """That a leaf is in the tree: the hashes beside its path to the root, from below (RFC 6962 2.1.1, 9162 2.1.3.1).

    :param leaves: the leaf hashes of the whole tree.
    :param index: which one, from 0.
    :raises EvidenceError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise EvidenceError(f"there is no leaf {index} in a log of {len(leaves)}")
    return _beside_path(leaves, index)


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """That a tree is the beginning of another, from below (RFC 6962 2.1.2, 9162 2.1.4.1).

    :param leaves: the leaf hashes of the later tree.
    :param first: the size of the earlier one, at least 1.
    :raises EvidenceError: there is no such beginning.
    """
    if not 0 < first <= len(leaves):
        raise EvidenceError(f"a log of {len(leaves)} has no beginning of {first} that could be proved")
    if first == len(leaves):
        return []
    index = first - 1
    while index % 2:  # up to the largest complete tree that ends where the earlier one does
        leaves, index = _level_above(leaves), index // 2
    path = _beside_path(leaves, index)
    return [leaves[index], *path] if index else path  # at index 0 it is the earlier tree, whose root the verifier has


def _beside_path(row: Sequence[bytes], index: int) -> list[bytes]:
    beside = []
    while len(row) > 1:
        sibling = index ^ 1
        if sibling < len(row):
            beside.append(row[sibling])
        row, index = _level_above(row), index // 2
    return beside


def _level_above(row: Sequence[bytes]) -> Sequence[bytes]:
    """The nodes over neighbours; a last one without a neighbour goes up as it is."""
    return _parents(row) + [row[-1]] * (len(row) % 2)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf stands at an index of the tree with that root (RFC 9162 2.1.3.2).

    Whatever is handed in, the answer is yes or no.
    """
    if not 0 <= index < size <= MAX_SIZE or not _hashes(leaf, root, *proof):
        return False
    sides = _sides(index, size - 1)
    if len(sides) != len(proof):
        return False
    found = leaf
    for beside, is_left in zip(proof, sides, strict=True):
        found = node_hash(beside, found) if is_left else node_hash(found, beside)
    return found == root


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether a proof shows that the tree of size ``first`` is the beginning of the one of size ``second``.

    RFC 9162 2.1.4.2. Of an empty tree nothing can be proved. Whatever is handed in, the answer is yes or no.
    """
    if not 0 < first <= second <= MAX_SIZE:
        return False
    if first == second:
        return not proof and first_root == second_root
    if not _hashes(first_root, second_root, *proof):
        return False
    index, last = first - 1, second - 1
    while index % 2:
        index, last = index // 2, last // 2
    path = list(proof) if index else [first_root, *proof]
    sides = _sides(index, last)
    if len(path) != 1 + len(sides):
        return False
    earlier = later = path[0]
    for beside, is_left in zip(path[1:], sides, strict=True):
        if is_left:
            earlier, later = node_hash(beside, earlier), node_hash(beside, later)
        else:
            later = node_hash(later, beside)
    return earlier == first_root and later == second_root


def _sides(index: int, last: int) -> list[bool]:
    """For each hash beside the path of a node up to the root, whether it stands on the left.

    :param last: the index of the last node on the level where the path begins.
    """
    sides = []
    while last:
        if index % 2 or index < last:  # else it is a last node without a neighbour, and goes up as it is
            sides.append(index % 2 == 1)
        index, last = index // 2, last // 2
    return sides


def _hashes(*values: bytes) -> bool:
    """Whether all have the length of a hash: two of other lengths could give the same node."""
    return all(len(value) == HASH_BYTES for value in values)
