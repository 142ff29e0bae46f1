"""Names of natural persons sealed: AES-256-GCM with a key a person, bound to the place where the name stands.

It needs the extra ``crypto``, which is imported only when a name is sealed or opened, only here and in ``signing.py``.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode, b64encode
from typing import Any

from plantrack.errors import PersonalDataError

KEY_BYTES = 32

_NONCE_BYTES = 12
_BLOCK = 64  # names are padded to a multiple of it, so that what is left after erasure does not tell how long one was
_FORMAT = "plantrack personal name 1"


def new_key() -> bytes:
    """A key for one person."""
    return secrets.token_bytes(KEY_BYTES)


def place(plan: str, event_id: str, field: str) -> bytes:
    """Where a name stands: the associated data, without which it does not open.

    :param field: the path in the stored JSON, ``data.requester``.
    """
    parts = [part.encode() for part in (_FORMAT, plan, event_id, field)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(key: bytes, name: str, place: bytes) -> str:
    """A name encrypted: Base64 of nonce, ciphertext and tag.

    :raises PersonalDataError: the extra ``crypto`` is not installed.
    """
    cipher, _ = _cryptography()
    plain = name.encode()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return b64encode(nonce + cipher(key).encrypt(nonce, plain.ljust(-(-len(plain) // _BLOCK) * _BLOCK), place)).decode()


def opened(key: bytes, sealed: str, place: bytes) -> str:
    """The name that was sealed there with that key.

    :raises PersonalDataError: it was sealed elsewhere, with another key, or changed; or the extra ``crypto`` is not
        installed.
    """
    cipher, invalid = _cryptography()
    try:
        raw = b64decode(sealed, validate=True)
        plain: bytes = cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place)
        return plain.decode().rstrip(" ")
    except (invalid, ValueError, TypeError, binascii.Error):  # TypeError where what is kept as a key is text
        raise PersonalDataError("a sealed name does not open: it was moved from another place, or changed") from None


def require() -> None:
    """Refuse to go on without the extra ``crypto``.

    :raises PersonalDataError: it is not installed.
    """
    _cryptography()


def is_installed() -> bool:
    """Whether names can be sealed and opened at all."""
    try:
        require()
    except PersonalDataError:
        return False
    return True


def _cryptography() -> tuple[Any, type[Exception]]:
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        said = "names of natural persons are encrypted, which needs the extra `crypto`"
        raise PersonalDataError(f"{said}: pip install 'plantrack-ledger[crypto]'") from None
    return AESGCM, InvalidTag
