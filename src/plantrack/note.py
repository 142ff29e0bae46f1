"""Signed notes (https://c2sp.org/signed-note), and the checkpoints of logs that are written as such notes.

A note is a text with signatures below it; a checkpoint is a note that says how many events a log has and which root
they have. Any program that knows the format verifies what is signed here, such as Go's ``sumdb/note``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from plantrack.errors import EvidenceError, quoted
from plantrack.merkle import HASH_BYTES, MAX_SIZE
from plantrack.signing import DASH, UNWRITABLE, Signer, Verifier, can_be_name, decoded, encoded

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Note:
    """A text that was signed.

    :ivar text: with the end of its last line.
    :ivar signed_by: those of the given keys that signed it, at least one.
    """

    text: str
    signed_by: tuple[Verifier, ...]


def sign(text: str, *signers: Signer) -> str:
    """The note: the text, an empty line, and a line for each signature.

    :raises EvidenceError: nobody signs, the text does not end its last line, or it holds control characters.
    """
    if not 0 < len(signers) <= MAX_SIGNATURES:
        raise EvidenceError(f"a note has 1 to {MAX_SIGNATURES} signatures, not {len(signers)}")
    if not text.endswith("\n"):
        raise EvidenceError("the text of a note ends with the end of a line")
    return f"{_checked(text)}\n{''.join(signer.sign(text) for signer in signers)}"


def open_note(note: bytes | str, verifiers: Iterable[Verifier]) -> Note:
    """The text of a note, once a signature by one of the given keys is verified.

    Signatures by other keys are ignored, as the format asks; a wrong one by a given key is not.

    :raises EvidenceError: the note is malformed, a signature is wrong, or no given key has signed.
    """
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise EvidenceError(f"two different keys are called {verifier.identity}: hand in the right one only")
    text, signatures = _parts(note)
    signed_by: dict[Verifier, None] = {}
    for name, key_id, signature in signatures:
        signer = known.get((name, key_id))
        if signer is None:
            continue
        if not signer.verifies(text, signature):
            raise EvidenceError(
                f"the signature of {quoted(signer.identity)} does not fit: the note was changed after it was signed, or"
                " made by somebody else"
            )
        signed_by[signer] = None
    if not signed_by:
        found = ", ".join(quoted(f"{name}+{key_id.hex()}") for name, key_id, _ in signatures[:5])
        given = ", ".join(quoted(one.identity) for one in known.values()) or "none"
        raise EvidenceError(f"no given key has signed the note: it names {found}; given: {given}")
    return Note(text, tuple(signed_by))


def _parts(note: bytes | str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and name, key id and signature of each line below it."""
    raw = note.encode("utf-8", "surrogatepass") if isinstance(note, str) else note
    if len(raw) > MAX_NOTE_BYTES:
        raise EvidenceError(f"a note has at most {MAX_NOTE_BYTES:,} bytes, not {len(raw):,}")
    try:
        content = _checked(raw.decode())
    except UnicodeDecodeError:
        raise EvidenceError("not a note: it is not text in UTF-8") from None
    text, separator, below = content.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise EvidenceError("not a note: below its text, after an empty line, stand whole lines with signatures")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise EvidenceError(f"a note has 1 to {MAX_SIGNATURES} signatures, not {len(lines)}")
    return f"{text}\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, signature = line.removeprefix(DASH).partition(" ")
    content = decoded(signature)
    if not line.startswith(DASH) or not can_be_name(name) or content is None or len(content) < 5:
        raise EvidenceError(f"not a note: {quoted(line)} stands where a signature should")
    return name, content[:4], content[4:]


def _checked(text: str) -> str:
    if found := UNWRITABLE.search(text):
        raise EvidenceError(
            f"a note cannot hold the character U+{ord(found[0]):04X}; keep it exactly as it was written"
        )
    return text


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log at one moment (https://c2sp.org/tlog-checkpoint), the text of a note.

    :ivar origin: the name of the log, in one line.
    :ivar size: how many events it has.
    :ivar root: their Merkle tree hash.
    :ivar extensions: further lines, which say nothing to plantrack.
    :raises EvidenceError: one of these cannot be written so.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise EvidenceError(f"{quoted(line)} cannot be a line of a checkpoint: write one line of text")
            _checked(line)
        if not 0 <= self.size <= MAX_SIZE:
            raise EvidenceError(f"no log has {self.size} events")
        if len(self.root) != HASH_BYTES:
            raise EvidenceError(f"the root of a log has 32 bytes, not {len(self.root)}")

    @property
    def text(self) -> str:
        """To be signed: origin, size and root in Base64, a line each."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """A checkpoint from the text of a note that was opened.

        :raises EvidenceError: it is not written as the format asks.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise EvidenceError(
                "not a checkpoint: its text has at least three lines, origin, size and root, none empty"
            )
        origin, size, hashed, *extensions = lines
        root = decoded(hashed)
        if not _SIZE.fullmatch(size):
            raise EvidenceError(f"not a checkpoint: {quoted(size)} stands where the number of events should")
        if root is None:
            raise EvidenceError(f"not a checkpoint: {quoted(hashed)} stands where the root in Base64 should")
        return cls(origin, int(size), root, tuple(extensions))
