"""Natural persons in the record: tokens in the place of names when it is written, names for tokens when it is shown.

Pseudonymisation in the words of the law: without the keys beside the store nobody is named, and each key can be
destroyed for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

from attrs import frozen

from plantrack.errors import PersonalDataError
from plantrack.events.codec import sealed_names
from plantrack.events.correction import PersonalDataErased
from plantrack.events.envelope import Proposal, RecordedEvent
from plantrack.events.person import TOKEN, Person, is_token, likeness, new_token
from plantrack.events.personal import persons, with_tokens
from plantrack.privacy import is_installed, opened, place, require, seal
from plantrack.store import Store
from plantrack.store.keys import Keys

Readable = Literal["name", "token", "erased", "unreadable"]
"""What of a person can be shown at a place: the name; only the token, where the name is sealed elsewhere or the key is
not here; that it is erased; that what is sealed there was moved or changed."""


class Pseudonyms:
    """The tokens for the persons of one batch, and their names sealed.

    :param supposed: nothing will be recorded, so nothing is kept of the persons either.
    """

    def __init__(self, keys: Keys, *, supposed: bool = False) -> None:
        self._keys = keys
        self._supposed = supposed
        self._tokens: dict[str, str] = {}
        self._known: dict[str, tuple[Person, bytes]] = {}

    def for_names(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """The proposals with a token in the place of each name.

        :raises PersonalDataError: the extra ``crypto`` is not installed.
        :raises StoreError: the keys cannot be kept.
        """
        return [with_tokens(p, self._token) if isinstance(p, Proposal) else p for p in proposals]

    def sealed(self, proposal: Proposal, plan: str, event_id: str) -> dict[str, str]:
        """The names that were given for the tokens of a proposal, sealed for the place where each will stand."""
        found: dict[str, str] = {}
        for field, token in persons(proposal) if self._known else ():
            if token in self._known:
                person, key = self._known[token]
                found[field] = seal(key, str(person), place(plan, event_id, field))
        return found

    def _token(self, person: Person) -> str:
        if is_token(person):
            return str(person)
        token = self._tokens.get(likeness(person))
        if token is None:
            token = self._tokens[likeness(person)] = self._found(person)
        return token

    def _found(self, person: Person) -> str:
        if self._supposed:
            return self._keys.token_of(person) or new_token()
        require()  # before a key is kept that could not be used
        token, key = self._keys.of(person)
        self._known[token] = person, key
        return token


@frozen
class Mention:
    """A place where a person stands in the record.

    :ivar field: the path in the stored JSON, ``data.requester``.
    :ivar name: as it was written there, where it can be read.
    """

    token: str
    plan: str
    position: int
    event_id: str
    field: str
    readable: Readable
    name: str | None = None


def mentions(store: Store) -> Iterator[Mention]:
    """Every place where a person stands, in order of position, one plan after the other."""
    keys, erased = _keys(store), _erased(store)
    for plan in store.plans():
        for event, payload in store.naming(plan, '"person-'):
            sealed = sealed_names(payload)
            for field, token in persons(event):
                readable, name = _read(keys.get(token), sealed.get(field), event, field)
                if readable == "token" and token in erased:
                    readable = "erased"
                yield Mention(token, plan, event.position, event.event_id, field, readable, name)


def _keys(store: Store) -> dict[str, bytes | None]:
    """Every key; none where names cannot be opened here."""
    return store.keys.all() if is_installed() and store.keys.is_readable else {}


def _read(key: bytes | None, sealed: str | None, event: RecordedEvent, field: str) -> tuple[Readable, str | None]:
    if key is None or sealed is None:
        return "token", None
    try:
        return "name", opened(key, sealed, place(event.plan, event.event_id, field))
    except PersonalDataError:
        return "unreadable", None


def _erased(store: Store) -> set[str]:
    return {token for plan in store.plans() for token in _erased_in(store, plan)}


def _erased_in(store: Store, plan: str) -> set[str]:
    events = (event for _, _, event in store.of_types(plan, (PersonalDataErased,)))
    return {event.person for event in events if isinstance(event, PersonalDataErased)}


class Names:
    """Puts names in the place of tokens, in what is shown to people; each is read from the store when it is first met.

    Somebody who is erased is shown as such, with the end of the token: the same person is still the same.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[str, tuple[str, Readable]] = {}

    def __call__(self, text: str) -> str:
        """The text with a name for each token in it, as far as there is one."""
        return TOKEN.sub(lambda found: self.of(found[0])[0], text) if "person-" in text else text

    def of(self, token: str) -> tuple[str, Readable]:
        """The name of a person as it was written last, or what is shown in its place; and which of these it is."""
        if token not in self._found:
            self._found[token] = self._read(token)
        return self._found[token]

    def unreadable_in(self, event: RecordedEvent) -> dict[str, str]:
        """What is shown in fields of an event where what is sealed was moved from another place, or changed."""
        held = [(field, token, key) for field, token in persons(event) if (key := self._keys.get(token)) is not None]
        if not held:
            return {}
        [(row, _)] = self._store.stored(event.plan, after=event.position - 1, upto=event.position)
        sealed = sealed_names(row.state)
        return {
            field: _unreadable(token)
            for field, token, key in held
            if _read(key, sealed.get(field), event, field)[0] == "unreadable"
        }

    @cached_property
    def _keys(self) -> dict[str, bytes | None]:
        return _keys(self._store)

    @cached_property
    def _erased(self) -> set[str]:
        return _erased(self._store)

    def _read(self, token: str) -> tuple[str, Readable]:
        key, states = self._keys.get(token), set[Readable]()
        for event, field, sealed in _sealed(self._store, token) if key is not None else ():
            readable, name = _read(key, sealed, event, field)
            if name is not None:
                return name, "name"
            states.add(readable)
        if "unreadable" in states:
            return _unreadable(token), "unreadable"
        return (f"erased person {token[-8:]}", "erased") if token in self._erased else (token, "token")


def _sealed(store: Store, token: str) -> Iterator[tuple[RecordedEvent, str, str | None]]:
    """Each place of a person with what is sealed there, the last first."""
    for plan in store.plans():
        for event, payload in store.naming(plan, f'"{token}"', last_first=True):
            sealed = sealed_names(payload)
            yield from ((event, field, sealed.get(field)) for field, held in persons(event) if held == token)


def _unreadable(token: str) -> str:
    return f"unreadable person {token[-8:]}"


@frozen
class KnownPerson:
    """Somebody who stands in the record.

    :ivar shown: the name, or what is shown in its place.
    :ivar mentions: where, in order.
    """

    token: str
    shown: str
    readable: Readable
    mentions: tuple[Mention, ...]


def known_persons(store: Store) -> list[KnownPerson]:
    """Everybody who stands in a store, in the order of first mention."""
    found: dict[str, list[Mention]] = {}
    for mention in mentions(store):
        found.setdefault(mention.token, []).append(mention)
    names = Names(store)
    return [KnownPerson(token, *names.of(token), tuple(listed)) for token, listed in found.items()]


@frozen
class Erasure:
    """That a person was erased.

    :ivar token: what still stands for the person.
    :ivar events: that say so, one in each plan that holds the token; none where all say so already.
    """

    token: str
    events: tuple[RecordedEvent, ...]


def recorded_as(store: Store, who: str) -> str:
    """A role as it is; the token of a person who has one, else the name."""
    return (store.keys.token_of(who) if isinstance(who, Person) else None) or str(who)


def token_of(store: Store, person: str) -> str:
    """The token of somebody who stands in the store or has a key, by name or by the token itself.

    :raises PersonalDataError: there is nobody of that name or token.
    """
    token = person if is_token(person) else store.keys.token_of(Person(person))
    if token is None or (token not in store.keys.all() and not plans_holding(store, token)):
        raise PersonalDataError(
            "nobody of that name or token stands in this store; `plantrack people` lists who does, and whoever was"
            " erased has only a token"
        )
    return token


def plans_holding(store: Store, token: str) -> list[str]:
    """The plans in which a person stands."""
    return [
        plan
        for plan in store.plans()
        if any(token == held for event, _ in store.naming(plan, f'"{token}"') for _, held in persons(event))
    ]


def plans_to_tell(store: Store, token: str) -> list[str]:
    """The plans that hold a person and do not say yet that the name is erased."""
    return [plan for plan in plans_holding(store, token) if token not in _erased_in(store, plan)]


def check_unnamed(store: Store, token: str, **texts: str | None) -> None:
    """Refuse texts that would keep a name for ever.

    :param texts: by what they are called.
    :raises PersonalDataError: one holds the name.
    """
    key = _keys(store).get(token)
    for event, field, sealed in _sealed(store, token) if key is not None else ():
        _, name = _read(key, sealed, event, field)
        for what, text in texts.items():
            if name and text and re.search(rf"(?<!\w){re.escape(likeness(name))}(?!\w)", likeness(text)):
                raise PersonalDataError(
                    f"the {what} holds the name, which would stay in the record for ever; leave it out"
                )
