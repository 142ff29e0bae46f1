"""The natural persons in a store, for a data protection officer: who stands where, and whose name can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from plantrack.people import KnownPerson, Readable
from plantrack.reports.lines import Line, folded

_WORDS: dict[Readable, str] = {
    "name": "",
    "token": "sealed elsewhere, or without its key here",
    "erased": "erased",
    "unreadable": "unreadable: the sealed name was moved from another place, or changed",
}


def people_report(found: Sequence[KnownPerson], *, places: bool = False) -> Iterator[Line]:
    """Each person in a line; places that cannot be read are told in any case.

    :param places: each place too.
    """
    if not found:
        yield Line("no natural person stands in this store")
    for person in found:
        count = len(person.mentions)
        shown = _WORDS["token"] if person.readable == "token" else person.shown
        words = f"{person.token}  {shown} · {count} place{'s' * (count != 1)}"
        yield from folded(words, "", " " * 25, "strong" if places else "")
        for mention in person.mentions:
            wrong = mention.readable == "unreadable"
            if places or wrong:
                said = _WORDS[mention.readable] if wrong else mention.name or _WORDS[mention.readable]
                where = f"{mention.plan} #{mention.position} {mention.field}"
                yield from folded(f"{where}: {said}  [{mention.event_id}]", "  ", "      ")


def people_json(found: Sequence[KnownPerson]) -> list[dict[str, Any]]:
    """The same for programs; the only JSON with names in it."""
    return [
        {
            "token": person.token,
            "name": person.shown if person.readable == "name" else None,
            "state": person.readable,
            "mentions": [
                {
                    "plan": mention.plan,
                    "position": mention.position,
                    "event_id": mention.event_id,
                    "field": mention.field,
                    "state": mention.readable,
                    "name": mention.name,
                }
                for mention in person.mentions
            ],
        }
        for person in found
    ]
