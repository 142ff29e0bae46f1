"""Packs in the log: a plan is held to the texts it adopted, so that a check of an earlier day can be run again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from plantrack.events.assurance import Parameter, RulePackAdopted, RulePackWithdrawn
from plantrack.events.envelope import Event
from plantrack.rules.pack import Pack, load_pack
from plantrack.rules.parameters import overridden


def adoption(pack: Pack, params: Iterable[Parameter] = ()) -> RulePackAdopted:
    """The event by which a plan adopts a pack.

    :param params: parameters of its rules that the plan sets for itself.
    :raises ParameterError: there is no such rule or parameter, or the value is of another type.
    """
    chosen = tuple(params)
    overridden(pack, chosen)
    return RulePackAdopted(pack=pack.id, version=pack.version, sha256=pack.sha256, text=pack.content, params=chosen)


def adopted_packs(events: Iterable[tuple[int, Event]]) -> tuple[Pack, ...]:
    """The packs that are in force after some events (with their positions), in the order of their first adoption.

    :raises RuleSourceError: an adopted text is no pack that this version reads; the message names the event.
    """
    in_force: dict[str, tuple[int, RulePackAdopted]] = {}
    for position, event in events:
        if isinstance(event, RulePackAdopted):
            in_force[event.pack] = position, event
        elif isinstance(event, RulePackWithdrawn):
            in_force.pop(event.pack, None)
    return tuple(_pack(position, event.text, event.params) for position, event in in_force.values())


@lru_cache(maxsize=64)
def _pack(position: int, text: str, params: tuple[Parameter, ...]) -> Pack:
    pack = load_pack(text, f"the pack adopted at #{position}")
    return overridden(pack, params)
