"""Packs in the log: a plan is held to the texts it adopted, so that a check of an earlier day can be run again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from plantrack.errors import ParameterError, RuleSourceError
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


def adoptions(events: Iterable[tuple[int, Event]]) -> dict[str, tuple[int, RulePackAdopted]]:
    """The adoptions that hold after some events (with their positions), by pack, in the order of the first of each."""
    in_force: dict[str, tuple[int, RulePackAdopted]] = {}
    for position, event in events:
        if isinstance(event, RulePackAdopted):
            in_force[event.pack] = position, event
        elif isinstance(event, RulePackWithdrawn):
            in_force.pop(event.pack, None)
    return in_force


@lru_cache(maxsize=64)
def adopted_pack(position: int, event: RulePackAdopted) -> Pack:
    """The pack that was adopted with an event, with the parameters that were set.

    :raises RuleSourceError: the text is not that pack, or none that this version reads; the message names the event.
    """
    source = f"the pack adopted at #{position}"
    pack = load_pack(event.text, source)
    if (pack.id, pack.version) != (event.pack, event.version):
        said = f"the text is that of {pack.id} {pack.version}, and it was adopted as {event.pack} {event.version}"
        raise RuleSourceError(said, source=source, hint="withdraw it, and adopt the right one")
    try:
        return overridden(pack, event.params)
    except ParameterError as wrong:
        raise RuleSourceError(str(wrong), source=source, hint="adopt it anew, with parameters that it has") from None
