"""Keys of Ed25519 in the form that signed notes give them (https://c2sp.org/signed-note): who signs, who verifies.

Whoever keeps the record has a :class:`Signer` in a file of its own; everybody else gets its :class:`Verifier`. Signing
and verifying need the extra ``crypto``, which is imported only then, only here and in ``privacy.py``.
"""

from __future__ import annotations

import binascii
import os
import re
import secrets
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from plantrack.errors import EvidenceError, quoted

MAX_NAME = 200  # characters
MAX_KEY_BYTES = 1_000
DASH = "\N{EM DASH} "  # begins each line of a note that holds a signature
UNWRITABLE = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # what no note may hold

_ED25519 = b"\x01"  # the type of signature, before each key
_KEY_BYTES = 32
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, with the name of whoever signs with it.

    :ivar name: best an address without its scheme, ``example.org/medway``; neither spaces nor ``+``.
    :ivar key: 32 bytes.
    :raises EvidenceError: they are not.
    """

    name: str
    key: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key) != _KEY_BYTES:
            raise EvidenceError(f"a public key of Ed25519 has 32 bytes, not {len(self.key)}")

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """A key as it is handed over, ``NAME+HASH+KEY`` in one line.

        :raises EvidenceError: it is cut, mistyped, or of another kind.
        """
        if text.startswith(_PRIVATE):
            raise EvidenceError("this is a private key, which its owner keeps; the public one is NAME+HASH+KEY")
        name, key = _read_key(text, "a public key, NAME+HASH+KEY")
        found = cls(name, key)
        if str(found) != text:
            raise EvidenceError(f"the public key of {quoted(name)} is mistyped: it does not fit its hash; copy it anew")
        return found

    def __str__(self) -> str:
        return f"{self.identity}+{encoded(_ED25519 + self.key)}"

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a signature names the key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    @property
    def identity(self) -> str:
        """``NAME+HASH``: short, for people to compare."""
        return f"{self.name}+{self.key_id.hex()}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether a signature over the text is by this key.

        :raises EvidenceError: the extra ``crypto`` is not installed.
        """
        ed25519, invalid = _cryptography()
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (invalid, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, with the name of whoever signs. It belongs in a file of its own, never in a store.

    :ivar name: as in :class:`Verifier`.
    :ivar seed: the 32 bytes that are secret.
    :raises EvidenceError: the name or the length is wrong.
    """

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != _KEY_BYTES:
            raise EvidenceError(f"a private key of Ed25519 has 32 bytes, not {len(self.seed)}")

    @classmethod
    def new(cls, name: str) -> Signer:
        """A new key, from the random numbers of the operating system."""
        return cls(name, secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> Signer:
        """A key as it is kept, ``PRIVATE+KEY+NAME+HASH+KEY`` in one line.

        :raises EvidenceError: it is cut, mistyped, or of another kind; the message never shows it.
        """
        if not text.startswith(_PRIVATE):
            raise EvidenceError("this is not a private key: one begins with PRIVATE+KEY+")
        name, seed = _read_key(text.removeprefix(_PRIVATE), "a private key, PRIVATE+KEY+NAME+HASH+KEY")
        found = cls(name, seed)
        if found.line() != text:
            raise EvidenceError(f"the private key of {quoted(name)} is damaged: it does not fit its hash; use a copy")
        return found

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Signer:
        """The key in a file.

        :raises EvidenceError: it cannot be read, others than its owner may read it, or it holds no key.
        """
        try:
            with open(path, "rb") as file:
                mode, content = os.fstat(file.fileno()).st_mode, file.read(MAX_KEY_BYTES)
        except (OSError, ValueError) as problem:
            made = "; `plantrack checkpoint --key FILE --new-key NAME` makes one" * isinstance(
                problem, FileNotFoundError
            )
            raise EvidenceError(f"cannot read the key {_named(path)}: {_reason(problem)}{made}") from None
        if os.name == "posix" and mode & 0o077:
            raise EvidenceError(f"others may read or write the key {_named(path)}: first `chmod 600` it")
        try:
            return cls.parse(content.decode().removesuffix("\n"))
        except UnicodeDecodeError:
            raise EvidenceError(f"{_named(path)}: this is not a private key: it is not text") from None
        except EvidenceError as problem:
            raise EvidenceError(f"{_named(path)}: {problem}") from None

    def write(self, path: str | os.PathLike[str]) -> None:
        """Make a file that only its owner may read, and put the key there.

        :raises EvidenceError: there is a file of that name, which stays as it is; or none can be made.
        """
        content = f"{self.line()}\n".encode()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except FileExistsError:
            raise EvidenceError(
                f"{_named(path)} exists: a key is never written over anything; choose another name"
            ) from None
        except (OSError, ValueError) as problem:
            raise EvidenceError(f"cannot write the key {_named(path)}: {_reason(problem)}") from None
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            with suppress(OSError):
                os.unlink(path)
            raise EvidenceError(f"cannot write the key {_named(path)}: {_reason(problem)}") from None

    def line(self) -> str:
        """The key as it is kept; whoever reads it can sign."""
        return f"{_PRIVATE}{self.verifier.identity}+{encoded(_ED25519 + self.seed)}"

    @property
    def verifier(self) -> Verifier:
        """The public key, to be handed to those who verify."""
        return Verifier(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The line of a note that holds this key's signature."""
        signed = self.verifier.key_id + self._private().sign(text.encode())
        return f"{DASH}{self.name} {encoded(signed)}\n"

    def _private(self) -> Any:
        return _cryptography()[0].Ed25519PrivateKey.from_private_bytes(self.seed)


def _cryptography() -> tuple[Any, type[Exception]]:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise EvidenceError("signatures need the extra `crypto`: pip install 'plantrack-ledger[crypto]'") from None
    return ed25519, InvalidSignature


def _check_name(name: str) -> None:
    if not can_be_name(name) or len(name) > MAX_NAME:
        raise EvidenceError(
            f"{quoted(name)} cannot name a key: write up to {MAX_NAME} characters without spaces and '+', such as"
            " example.org/medway"
        )


def can_be_name(name: str) -> bool:
    """Whether a key may be called so: some text without spaces, ``+`` and what no note may hold."""
    return bool(name) and "+" not in name and not UNWRITABLE.search(name) and not any(map(str.isspace, name))


def _read_key(text: str, kind: str) -> tuple[str, bytes]:
    """Name and 32 bytes of ``NAME+HASH+KEY``; that the hash fits is for the caller to see."""
    name, *rest = text.split("+", 2)
    content = decoded(rest[1]) if len(rest) == 2 else None
    if content is None or not can_be_name(name):
        raise EvidenceError(f"this is not {kind} in one line")
    if content[:1] != _ED25519 or len(content) != 1 + _KEY_BYTES:
        raise EvidenceError(f"the key of {quoted(name)} is not one of Ed25519, the only kind that plantrack uses")
    return name, content[1:]


def encoded(content: bytes) -> str:
    """Bytes in Base64."""
    return b64encode(content).decode()


def decoded(text: str) -> bytes | None:
    """The bytes of a text in Base64, ``None`` if it is not the one text that stands for them."""
    try:
        content = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if encoded(content) == text else None


def _named(path: str | os.PathLike[str]) -> str:
    return quoted(os.fsdecode(path), 200)


def _reason(problem: OSError | ValueError) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
