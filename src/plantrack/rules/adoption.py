"""Packs in the log: a plan is held to the texts it adopted, so that a check of an earlier day can be run again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from plantrack.errors import AdmissionError, ParameterError, RuleSourceError
from plantrack.events.assurance import Parameter, RulePackAdopted, RulePackWithdrawn
from plantrack.period import Period
from plantrack.rules.pack import Pack, load_pack
from plantrack.rules.parameters import overridden
from plantrack.state.fold import Fact

Adoption = tuple[int, Period, RulePackAdopted]
"""Its position, when it was decided, and the event."""


def adoption(pack: Pack, params: Iterable[Parameter] = ()) -> RulePackAdopted:
    """The event by which a plan adopts a pack.

    :param params: parameters of its rules that the plan sets for itself.
    :raises ParameterError: there is no such rule or parameter, or the value is of another type.
    """
    chosen = tuple(params)
    overridden(pack, chosen)
    return RulePackAdopted(pack=pack.id, version=pack.version, sha256=pack.sha256, text=pack.content, params=chosen)


def adoptions(decisions: Iterable[Fact], as_at: date) -> dict[str, Adoption]:
    """The adoptions that hold at the end of a day, by pack, in the order of the first of each.

    :param decisions: about packs, in the order of the fold; what was decided for a later day does not count yet.
    """
    in_force: dict[str, Adoption] = {}
    for position, effective, event in decisions:
        if effective.last_day > as_at:
            continue
        if isinstance(event, RulePackAdopted):
            in_force[event.pack] = position, effective, event
        elif isinstance(event, RulePackWithdrawn):
            in_force.pop(event.pack, None)
    return in_force


def refuse_other_text(event: RulePackAdopted, decisions: Iterable[Fact]) -> None:
    """A version of a pack is one text for ever.

    :raises AdmissionError: the plan adopted another text under that version.
    """
    for position, _, before in decisions:
        if not isinstance(before, RulePackAdopted) or before.sha256 == event.sha256:
            continue
        if (before.pack, before.version) == (event.pack, event.version):
            said = f"{event.pack} {event.version} was adopted with another text in #{position}"
            raise AdmissionError(f"{said}; raise its version")


@lru_cache(maxsize=64)
def adopted_pack(position: int, event: RulePackAdopted) -> Pack:
    """The pack that was adopted with an event, with the parameters that were set.

    :raises RuleSourceError: the text is not that pack, or none that this version reads; the message names the event.
    """
    source = f"the pack adopted at #{position}"
    pack = load_pack(event.text, source, check_events=False)
    if (pack.id, pack.version) != (event.pack, event.version):
        said = f"the text is that of {pack.id} {pack.version}, and it was adopted as {event.pack} {event.version}"
        raise RuleSourceError(said, source=source, hint="withdraw it, and adopt the right one")
    try:
        return overridden(pack, event.params)
    except ParameterError as wrong:
        raise RuleSourceError(str(wrong), source=source, hint="adopt it anew, with parameters that it has") from None
