"""Natural persons in events: the name as it is proposed, and the token that stands for it from then on.

A name is never stored as it is. Recording puts a token in its place and seals the name beside it, with a key of that
person's own; events as recorded, state, rules and findings know the token only.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Any

from plantrack.errors import EventError

MAX_NAME = 200  # characters
TOKEN = re.compile(r"person-[0-9a-f]{16}(?![0-9a-f])")
REFUSED = "a natural person cannot stand here, because the name could not be erased; write a role"

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")  # not those that join letters


class Person(str):
    """A natural person, by name: ``Person("Jane Smith")``, in JSON and YAML ``{"person": "Jane Smith"}``.

    It goes where plain text would name a role, in the fields that are declared personal, and nowhere else. A token that
    stands for a person already, ``person-`` and 16 hexadecimal digits, may be given instead of the name.

    >>> Person("  Jane   Smith ")
    Person(...)
    >>> str(Person("  Jane   Smith "))
    'Jane Smith'

    :raises EventError: that cannot be a name.
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Person:
        """A name, with single spaces and composed accents."""
        if not isinstance(name, str):
            raise EventError("a person is given by a name, which is text")
        if _UNPRINTABLE.search(name.strip()):
            raise EventError("the name of a person holds a control character; remove it")
        if found := _UNSEEN.search(name):
            said = "which is not seen, so that two names would look the same; remove it"
            raise EventError(f"the name of a person holds U+{ord(found[0]):04X}, {said}")
        spelt = unicodedata.normalize("NFC", " ".join(str.__str__(name).split()))
        if not 1 <= len(spelt) <= MAX_NAME:
            raise EventError(f"the name of a person has 1 to {MAX_NAME} characters, not {len(spelt)}")
        return super().__new__(cls, spelt)

    def __str__(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return "Person(...)"  # it ends up in tracebacks and logs


def likeness(name: str) -> str:
    """A name as it is looked up: however it is capitalised and typed, it is the same person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def is_token(value: str) -> bool:
    """Whether a text is what stands for a person."""
    return TOKEN.fullmatch(value) is not None


def new_token() -> str:
    """A token that says nothing of the person, not even by way of the name."""
    return f"person-{secrets.token_hex(8)}"


def personal() -> dict[str, Any]:
    """The marker of a field, in its metadata: a natural person may stand there."""
    return {"personal": True}
