"""Keys, signed notes and checkpoints: what others publish, hostile ones, and that no key is lost or shown."""

from __future__ import annotations

import os
import stat
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.errors import EvidenceError
from plantrack.merkle import EMPTY_ROOT
from plantrack.note import MAX_NOTE_BYTES, Checkpoint, open_note, sign
from plantrack.signing import Signer, Verifier

# From the tests of Go's package golang.org/x/mod/sumdb/note, which defined the format.
PETER_SIGNS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
NOTE = f"{TEXT}\n{BY_PETER}"
# From the specification of signed notes.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
BY_FOO = (
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

peter, enoch = Verifier.parse(PETER), Verifier.parse(ENOCH)


def refusal_of(note: bytes | str, *verifiers: Verifier) -> str:
    """Why a note is not opened."""
    with pytest.raises(EvidenceError) as refused:
        open_note(note, verifiers)
    return str(refused.value)


# --- what others publish ---------------------------------------------------------------------------------------------


def test_published_key_signs_the_published_note() -> None:
    """The same key and text give the same note as in Go, to the byte."""
    signer = Signer.parse(PETER_SIGNS)
    assert str(signer.verifier) == PETER
    assert signer.line() == PETER_SIGNS
    assert sign(TEXT, signer) == NOTE


def test_published_notes_are_opened() -> None:
    """Every signature of a given key counts once; those of others are left aside."""
    both = NOTE + BY_ENOCH
    assert open_note(NOTE, [peter]).text == TEXT
    assert open_note(NOTE.encode(), [peter]).signed_by == (peter,)
    assert open_note(both, [peter]).signed_by == (peter,)
    assert open_note(both, [enoch]).signed_by == (enoch,)
    assert open_note(both + BY_PETER, [enoch, peter, enoch]).signed_by == (peter, enoch)
    assert open_note(f"This is an example message.\n\n{BY_FOO}", [Verifier.parse(FOO)]).signed_by[0].name == (
        "example.com/foo"
    )


def test_a_text_may_hold_empty_lines() -> None:
    """The last empty line parts the text from the signatures."""
    signer = Signer.new("example.org/medway")
    for text in ("\n", "\n\n", "a\n\nb\n\n", "— no signature\n\n— nor this\n"):
        assert open_note(sign(text, signer), [signer.verifier]).text == text


# --- notes that are wrong --------------------------------------------------------------------------------------------


def test_note_that_was_changed() -> None:
    """A wrong signature by a given key is never passed over, whoever else signed."""
    expected = (
        "the signature of 'PeterNeumann+c74f20a3' does not fit: the note was changed after it was signed, or made by"
        " somebody else"
    )
    changed = NOTE.replace("your problem is", "my problem is")
    assert refusal_of(changed, peter) == expected
    longer = BY_PETER[:60] + "ABCD" + BY_PETER[60:]
    assert refusal_of(f"{TEXT}\n{longer}", peter) == expected
    assert refusal_of(f"{TEXT}\n{BY_ENOCH}{longer}", peter, enoch) == expected


def test_note_signed_by_others() -> None:
    """Whose signature is missing is said, with what is there."""
    assert refusal_of(NOTE + BY_ENOCH) == (
        "no given key has signed the note: it names 'PeterNeumann+c74f20a3', 'EnochRoot+af0cfe78'; given: none"
    )
    assert refusal_of(NOTE, enoch) == (
        "no given key has signed the note: it names 'PeterNeumann+c74f20a3'; given: 'EnochRoot+af0cfe78'"
    )
    renamed = NOTE.replace("— PeterNeumann", "— Peter\u202eNeumann")
    assert refusal_of(renamed, peter).startswith(
        "no given key has signed the note: it names 'Peter\\u202eNeumann+c74f20a3'"
    )


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (TEXT, "not a note: below its text, after an empty line, stand whole lines with signatures"),
        (TEXT + "\n", "not a note: below its text, after an empty line, stand whole lines with signatures"),
        (NOTE[:-1], "not a note: below its text, after an empty line, stand whole lines with signatures"),
        (TEXT + BY_PETER, "not a note: below its text, after an empty line, stand whole lines with signatures"),
        ("", "not a note: below its text, after an empty line, stand whole lines with signatures"),
        (NOTE + "\n", "not a note: below its text, after an empty line, stand whole lines with signatures"),
        ("\x01" + NOTE, "a note cannot hold the character U+0001; keep it exactly as it was written"),
        (NOTE.replace("\n", "\r\n"), "a note cannot hold the character U+000D; keep it exactly as it was written"),
        (b"\xff" + NOTE.encode(), "not a note: it is not text in UTF-8"),
        ("\ud800" + NOTE, "not a note: it is not text in UTF-8"),
        (NOTE + "Unexpected line.\n", "not a note: 'Unexpected line.' stands where a signature should"),
        (NOTE + "- PeterNeumann AAAAAAAA\n", "not a note: '- PeterNeumann AAAAAAAA' stands where a signature should"),
        (NOTE + "— Bad Name AAAAAAAA\n", "not a note: '— Bad Name AAAAAAAA' stands where a signature should"),
        (NOTE + "— a+b AAAAAAAA\n", "not a note: '— a+b AAAAAAAA' stands where a signature should"),
        (NOTE + "—  AAAAAAAA\n", "not a note: '—  AAAAAAAA' stands where a signature should"),
        (NOTE + "— a AAAAAA==\n", "not a note: '— a AAAAAA==' stands where a signature should"),
        (NOTE + "— a AAAAAAB=\n", "not a note: '— a AAAAAAB=' stands where a signature should"),
        (NOTE + "— a AAAAAAA\n", "not a note: '— a AAAAAAA' stands where a signature should"),
        (NOTE + "— a AAAA\u00e9AAA\n", "not a note: '— a AAAAéAAA' stands where a signature should"),
        (NOTE + BY_PETER * 100, "a note has 1 to 100 signatures, not 101"),
        ("a" * MAX_NOTE_BYTES + NOTE, "a note has at most 1,000,000 bytes, not 1,000,210"),
    ],
    ids=range(21),
)
def test_malformed_note(note: bytes | str, expected: str) -> None:
    """What is wrong with a note is said, whichever keys are given."""
    assert refusal_of(note, peter) == refusal_of(note) == expected


def test_sixteen_large_signatures_are_read() -> None:
    """The format asks for room: sixteen signatures of 5 kB beside ours."""
    others = "".join(f"— other{n} {b64encode(bytes(5_000)).decode()}\n" for n in range(16))
    assert open_note(NOTE + others, [peter]).signed_by == (peter,)


def test_two_keys_of_one_name_and_hash() -> None:
    """Where two keys could be meant, none is guessed. (Four bytes of hash can be made to collide.)"""

    class Collision(Verifier):
        key_id = property(lambda self: peter.key_id)

    assert refusal_of(NOTE, peter, Collision("PeterNeumann", bytes(32))) == (
        "two different keys are called PeterNeumann+c74f20a3: hand in the right one only"
    )


@pytest.mark.parametrize(
    ("text", "signers", "expected"),
    [
        ("a\n", 0, "a note has 1 to 100 signatures, not 0"),
        ("a\n", 101, "a note has 1 to 100 signatures, not 101"),
        ("a", 1, "the text of a note ends with the end of a line"),
        ("", 1, "the text of a note ends with the end of a line"),
        ("a\tb\n", 1, "a note cannot hold the character U+0009; keep it exactly as it was written"),
        ("\ud800\n", 1, "a note cannot hold the character U+D800; keep it exactly as it was written"),
    ],
)
def test_what_cannot_be_signed(text: str, signers: int, expected: str) -> None:
    """No note is made that could not be opened."""
    with pytest.raises(EvidenceError) as refused:
        sign(text, *[Signer.parse(PETER_SIGNS)] * signers)
    assert str(refused.value) == expected


note_text = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"], include_characters="\n")
note_texts = st.text(note_text, max_size=60).map(lambda text: f"{text}\n")
seeds = st.binary(min_size=32, max_size=32)


@given(note_texts, seeds, st.data())
def test_notes_there_and_back(text: str, seed: bytes, data: st.DataObject) -> None:
    """What is signed is opened; with any bit turned it is refused."""
    signer = Signer("example.org/medway", seed)
    note = sign(text, signer).encode()
    assert open_note(note, [signer.verifier]).text == text
    turned = bytearray(note)
    turned[data.draw(st.integers(0, len(note) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(EvidenceError):
        open_note(bytes(turned), [signer.verifier])


@given(st.binary(max_size=200) | st.text(max_size=80) | st.text("— a+\nAB=PeterNeumann", max_size=80))
def test_any_note_is_opened_or_refused(note: bytes | str) -> None:
    """Whatever is handed in, without the right signature it is an :class:`EvidenceError`."""
    assert refusal_of(note, peter, enoch)


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [PETER, PETER_SIGNS], ids=["public", "private"])
def test_mangled_keys_are_refused(key: str) -> None:
    """No part of a key is taken for a key, nor one with any character changed. As in the tests of Go."""
    parse = Verifier.parse if key == PETER else Signer.parse
    parts = {key[start:end] for start in range(len(key)) for end in range(start + 1, len(key) + 1)}
    changed = {key[:at] + chr(ord(key[at]) + 1) + key[at + 1 :] for at in range(len(key))}
    for mangled in (parts - {key}) | changed:
        with pytest.raises(EvidenceError) as refused:
            parse(mangled)
        assert "AYEKFAL" not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("", "this is not a public key, NAME+HASH+KEY in one line"),
        ("Peter", "this is not a public key, NAME+HASH+KEY in one line"),
        (PETER + "\n", "this is not a public key, NAME+HASH+KEY in one line"),
        (PETER.replace("Peter", "Peter "), "this is not a public key, NAME+HASH+KEY in one line"),
        (PETER.replace("c74f", "C74F"), "the public key of 'PeterNeumann' is mistyped: it does not fit its hash;"
                                        " copy it anew"),
        (PETER_SIGNS, "this is a private key, which its owner keeps; the public one is NAME+HASH+KEY"),
        # of the wrong length, and of an unknown kind, with hashes that fit; as in the tests of Go
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
         "this is not a public key, NAME+HASH+KEY in one line"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
         "the key of 'PeterNeumann' is not one of Ed25519, the only kind that plantrack uses"),
    ],
)  # fmt: skip
def test_wrong_public_key(key: str, expected: str) -> None:
    """What is wrong with a key that was handed over."""
    with pytest.raises(EvidenceError) as refused:
        Verifier.parse(key)
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (PETER, "this is not a private key: one begins with PRIVATE+KEY+"),
        (PETER_SIGNS.replace("c74f", "c74e"), "the private key of 'PeterNeumann' is damaged: it does not fit its hash;"
                                              " use a copy"),
        (PETER_SIGNS[:-1], "this is not a private key, PRIVATE+KEY+NAME+HASH+KEY in one line"),
        (PETER_SIGNS[:-4], "the key of 'PeterNeumann' is not one of Ed25519, the only kind that plantrack uses"),
    ],
)  # fmt: skip
def test_wrong_private_key(key: str, expected: str) -> None:
    """What is wrong with a key, without showing it."""
    with pytest.raises(EvidenceError) as refused:
        Signer.parse(key)
    assert str(refused.value) == expected


@pytest.mark.parametrize("name", ["", " ", "a b", "a+b", "a\u00a0b", "a\u2028b", "a\x01", "\ud800", "a" * 201])
def test_names_that_no_note_could_hold(name: str) -> None:
    """A key is given no name that would be read as something else."""
    shown = repr(name if len(name) < 80 else name[:79] + "…")
    for make in (lambda: Signer.new(name), lambda: Verifier(name, bytes(32))):
        with pytest.raises(EvidenceError) as refused:
            make()
        assert str(refused.value) == (
            f"{shown} cannot name a key: write up to 200 characters without spaces and '+', such as example.org/medway"
        )


def test_keys_have_32_bytes() -> None:
    """Neither half of a key is made from something shorter."""
    with pytest.raises(EvidenceError, match=r"\Aa private key of Ed25519 has 32 bytes, not 31\Z"):
        Signer("a", bytes(31))
    with pytest.raises(EvidenceError, match=r"\Aa public key of Ed25519 has 32 bytes, not 33\Z"):
        Verifier("a", bytes(33))


def test_a_private_key_is_not_shown() -> None:
    """A signer that ends up in a log or a traceback keeps its secret."""
    assert repr(Signer("a", b"s" * 32)) == "Signer(name='a')"


@given(st.text(max_size=20).map(lambda name: "".join(name.split())).filter(bool), seeds)
def test_keys_there_and_back(name: str, seed: bytes) -> None:
    """A key that is written is read as it was, whatever its name; the hash is the one that the format defines."""
    try:
        signer = Signer(name, seed)
    except EvidenceError:
        assert not name.isprintable() or "+" in name
        return
    assert Signer.parse(signer.line()) == signer
    verifier = signer.verifier
    assert Verifier.parse(str(verifier)) == verifier
    assert verifier.key_id == sha256(name.encode() + b"\n\x01" + verifier.key).digest()[:4]


def test_key_files(tmp_path: Path) -> None:
    """A new key gets a file of its own, for its owner only; it signs as before when it is read again."""
    signer, path = Signer.new("example.org/medway"), tmp_path / "medway.key"
    assert signer != Signer.new("example.org/medway")
    signer.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == f"{signer.line()}\n"
    assert Signer.read(path) == signer
    assert Signer.read(str(path)).sign(TEXT) == signer.sign(TEXT)


def test_a_key_is_never_written_over_anything(tmp_path: Path) -> None:
    """Neither over another key, nor through a link that leads elsewhere."""
    first, path, link = Signer.new("first"), tmp_path / "a.key", tmp_path / "link.key"
    first.write(path)
    link.symlink_to(tmp_path / "nowhere")
    for taken in (path, link):
        with pytest.raises(EvidenceError) as refused:
            Signer.new("second").write(taken)
        assert str(refused.value) == (f"'{taken}' exists: a key is never written over anything; choose another name")
    assert Signer.read(path) == first
    assert not (tmp_path / "nowhere").exists()


def test_a_key_that_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no half of a key."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "a.key"
    with pytest.raises(EvidenceError) as refused:
        Signer.new("a").write(path)
    assert str(refused.value) == f"cannot write the key '{path}': No space left on device"
    assert not path.exists()


def test_places_without_a_key(tmp_path: Path) -> None:
    """Each place where no key is says what is wrong."""
    (tmp_path / "text").write_text(PETER)
    (tmp_path / "bytes").write_bytes(b"\xff")
    (tmp_path / "long").write_text(PETER_SIGNS * 20)
    (tmp_path / "open").write_text(PETER_SIGNS)
    for name in ("text", "bytes", "long"):
        (tmp_path / name).chmod(0o600)
    (tmp_path / "open").chmod(0o640)

    def refusal(name: str) -> str:
        with pytest.raises(EvidenceError) as refused:
            Signer.read(tmp_path / name)
        return str(refused.value).replace(f"{tmp_path}/", "")

    assert refusal("none") == (
        "cannot read the key 'none': No such file or directory; `plantrack checkpoint --key FILE --new-key NAME`"
        " makes one"
    )
    assert refusal("text") == "'text': this is not a private key: one begins with PRIVATE+KEY+"
    assert refusal("bytes") == "'bytes': this is not a private key: it is not text"
    assert refusal("long") == "'long': this is not a private key, PRIVATE+KEY+NAME+HASH+KEY in one line"
    assert refusal("open") == "others may read or write the key 'open': first `chmod 600` it"
    assert refusal("a\0b") == "cannot read the key 'a\\x00b': embedded null byte"
    with pytest.raises(EvidenceError) as refused:
        Signer.new("a").write(tmp_path / "none" / "a.key")
    assert str(refused.value) == f"cannot write the key '{tmp_path}/none/a.key': No such file or directory"


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that signs, it is said what to install; a checkpoint can still be read."""
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    for attempt in (Signer.new("a").line, lambda: open_note(NOTE, [peter])):
        with pytest.raises(EvidenceError) as refused:
            attempt()
        assert str(refused.value) == "signatures need the extra `crypto`: pip install 'plantrack-ledger[crypto]'"
    assert Checkpoint.parse(CHECKPOINT.text) == CHECKPOINT


# --- checkpoints -----------------------------------------------------------------------------------------------------

ROOT = sha256(b"root").digest()
CHECKPOINT = Checkpoint("example.org/medway", 20852163, ROOT)


def test_text_of_a_checkpoint() -> None:
    """Origin, size and root, as the specification writes them."""
    published = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    found = Checkpoint.parse(published)
    assert (found.origin, found.size, found.root[:3]) == ("example.com/behind-the-sofa", 20852163, b"\x0a\xc5\x18")
    assert found.text == published
    assert Checkpoint.parse(f"{published}more\nand more\n").extensions == ("more", "and more")
    assert Checkpoint("a", 0, EMPTY_ROOT).text == "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a\n1\n", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a\n1\nROOT", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("\n1\nROOT\n", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a\n1\nROOT\n\n", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a\n1\nROOT\n\nb\n", "not a checkpoint: its text has at least three lines, origin, size and root, none empty"),
        ("a\n01\nROOT\n", "not a checkpoint: '01' stands where the number of events should"),
        ("a\n-1\nROOT\n", "not a checkpoint: '-1' stands where the number of events should"),
        ("a\n1_0\nROOT\n", "not a checkpoint: '1_0' stands where the number of events should"),
        ("a\n1 \nROOT\n", "not a checkpoint: '1 ' stands where the number of events should"),
        ("a\n\u0661\nROOT\n", "not a checkpoint: '\u0661' stands where the number of events should"),
        (f"a\n{'9' * 5000}\nROOT\n", f"not a checkpoint: '{'9' * 79}…' stands where the number of events should"),
        ("a\n9223372036854775808\nROOT\n", "no log has 9223372036854775808 events"),
        ("a\n1\nAAAA\n", "the root of a log has 32 bytes, not 3"),
        ("a\n1\nROOT=\n", "not a checkpoint: 'SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I==' stands where the root in"
                          " Base64 should"),
        ("a\r\n1\nROOT\n", "a note cannot hold the character U+000D; keep it exactly as it was written"),
    ],
    ids=range(16),
)  # fmt: skip
def test_malformed_checkpoint(text: str, expected: str) -> None:
    """What is wrong with a checkpoint."""
    with pytest.raises(EvidenceError) as refused:
        Checkpoint.parse(text.replace("ROOT", b64encode(ROOT).decode()))
    assert str(refused.value) == expected


@pytest.mark.parametrize("line", ["", "a\nb"])
def test_lines_of_a_checkpoint(line: str) -> None:
    """No checkpoint is made that would be read as another."""
    for origin, extensions in ((line, ()), ("a", ("b", line))):
        with pytest.raises(EvidenceError) as refused:
            Checkpoint(origin, 1, ROOT, extensions)
        assert str(refused.value) == f"{line!r} cannot be a line of a checkpoint: write one line of text"


lines = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"]), min_size=1, max_size=12)


@given(lines, st.integers(0, 2**63 - 1), seeds, st.lists(lines, max_size=3))
def test_checkpoints_there_and_back(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    """A checkpoint that was signed is read as it was."""
    checkpoint, signer = Checkpoint(origin, size, root, tuple(extensions)), Signer.parse(PETER_SIGNS)
    assert Checkpoint.parse(open_note(sign(checkpoint.text, signer), [peter]).text) == checkpoint


@given(st.text(max_size=80) | st.lists(st.text("01a=", max_size=5), max_size=6).map("\n".join))
def test_any_text_is_a_checkpoint_or_refused(text: str) -> None:
    """Whatever a text holds, it is a checkpoint that is written back the same, or an :class:`EvidenceError`."""
    try:
        found = Checkpoint.parse(text)
    except EvidenceError:
        return
    assert found.text == text
