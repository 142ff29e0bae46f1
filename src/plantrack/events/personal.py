"""Where natural persons stand in a proposal or an event: found by the marker of the fields, however deep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

import attrs

from plantrack.events.correction import EventCorrected
from plantrack.events.envelope import Event, Proposal, RecordedEvent
from plantrack.events.person import Person, is_token


@cache
def personal_fields(cls: Any) -> tuple[str, ...]:
    """The fields of a class in which a natural person may stand."""
    return tuple(f.name for f in attrs.fields(cls) if "personal" in f.metadata)


def persons(said: Proposal | RecordedEvent) -> Iterator[tuple[str, str]]:
    """Each natural person, by name or token, with the path of the field in the stored JSON: ``data.requester``."""
    if said.actor is not None and _is_person(said.actor):
        yield "actor", said.actor
    yield from _persons_in(said.data, "data")


def _persons_in(event: Event, path: str) -> Iterator[tuple[str, str]]:
    for name in personal_fields(cast(Any, type(event))):
        value = getattr(event, name)
        if value is not None and _is_person(value):
            yield f"{path}.{name}", value
    if isinstance(event, EventCorrected):
        yield from _persons_in(event.replacement, f"{path}.replacement.data")


def _is_person(value: str) -> bool:
    return isinstance(value, Person) or is_token(value)


def with_tokens(proposal: Proposal, token_of: Callable[[Person], str]) -> Proposal:
    """The proposal with a token in the place of each name."""
    data = _with_tokens(proposal.data, token_of)
    actor = token_of(proposal.actor) if isinstance(proposal.actor, Person) else proposal.actor
    if data is proposal.data and actor is proposal.actor:
        return proposal
    return attrs.evolve(proposal, data=data, actor=actor)


def _with_tokens(event: Event, token_of: Callable[[Person], str]) -> Event:
    changes: dict[str, Any] = {}
    for name in personal_fields(cast(Any, type(event))):
        value = getattr(event, name)
        if isinstance(value, Person):
            changes[name] = token_of(value)
    if isinstance(event, EventCorrected):
        replacement = _with_tokens(event.replacement, token_of)
        if replacement is not event.replacement:
            changes["replacement"] = replacement
    return attrs.evolve(cast(Any, event), **changes) if changes else event
