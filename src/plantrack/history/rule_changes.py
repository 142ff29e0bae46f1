"""To which packs of rules a plan is held at two coordinates, and who changed that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from attrs import frozen

from plantrack.bitemporal import Fact
from plantrack.coordinates import Coordinates
from plantrack.events.assurance import Parameter
from plantrack.events.envelope import RecordedEvent, subjects
from plantrack.history.causes import Log
from plantrack.rules import Pack
from plantrack.rules.adoption import adoptions


@frozen(kw_only=True)
class Held:
    """A pack to which the plan is held.

    :ivar params: what the plan set for itself; ``rules`` are the ids of the rules.
    :ivar adopted: whether the plan adopted it; the installed packs count where none was adopted.
    """

    pack: str
    version: str
    sha256: str
    params: tuple[Parameter, ...]
    rules: tuple[str, ...]
    adopted: bool


@frozen(kw_only=True)
class PackChange:
    """The plan is held to another pack, to another text of it, or with other parameters.

    :ivar before: ``None`` where it was not held to it; ``after`` where it is not any more.
    :ivar params: rule, parameter, and what was and is set for it; ``None`` for the value in the pack.
    :ivar by: the event that did it.
    """

    pack: str
    before: Held | None
    after: Held | None
    params: tuple[tuple[str, str, str | None, str | None], ...]
    by: RecordedEvent | None

    @property
    def rules_new(self) -> tuple[str, ...]:
        """The rules that take part now and did not."""
        return self._rules(self.after, self.before)

    @property
    def rules_gone(self) -> tuple[str, ...]:
        """The rules that took part and do not any more."""
        return self._rules(self.before, self.after)

    @staticmethod
    def _rules(one: Held | None, other: Held | None) -> tuple[str, ...]:
        without = () if other is None else other.rules
        return () if one is None else tuple(rule for rule in one.rules if rule not in without)


def rule_changes(
    before: Sequence[Pack], after: Sequence[Pack], log: Log, one: Coordinates, other: Coordinates
) -> Iterator[PackChange]:
    """The packs that are not the same at two coordinates: those that count at the second first.

    :param before: the packs to which the plan is held at the first; ``after`` are those at the second.
    """
    lower, upper = (log.facts(where.as_at, _known(where)) for where in (one, other))
    first, last = sorted(map(_known, (one, other)))
    was, now = _held(before, lower.values(), one.as_at), _held(after, upper.values(), other.as_at)
    for pack in dict.fromkeys([*now, *was]):
        mine, yours = was.get(pack), now.get(pack)
        if mine == yours:
            continue
        decisions = [
            log.at[at]
            for at in lower.keys() | upper.keys()
            if lower.get(at) != upper.get(at) and f"rule-pack:{pack}" in subjects((upper.get(at) or lower[at])[2])
        ]
        by = max(decisions, key=lambda event: event.position, default=None)
        if by is not None and by.position <= first:
            by = log.amendment(by, first, last) or by
        yield PackChange(pack=pack, before=mine, after=yours, params=tuple(_params(mine, yours)), by=by)


def _known(where: Coordinates) -> int:
    """The position up to which adoptions count."""
    return where.known if where.rules is None else where.rules


def _held(packs: Sequence[Pack], facts: Iterable[Fact], as_at: date) -> dict[str, Held]:
    adopted = adoptions(facts, as_at)
    held = {}
    for pack in packs:
        event = adopted[pack.id][2] if pack.id in adopted else None
        held[pack.id] = Held(
            pack=pack.id,
            version=pack.version,
            sha256=pack.sha256,
            params=() if event is None else event.params,
            rules=tuple(rule.id for rule in pack.rules),
            adopted=event is not None and event.sha256 == pack.sha256,
        )
    return held


def _params(before: Held | None, after: Held | None) -> Iterator[tuple[str, str, str | None, str | None]]:
    was = {} if before is None else {(p.rule, p.name): p.value for p in before.params}
    now = {} if after is None else {(p.rule, p.name): p.value for p in after.params}
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            yield *key, was.get(key), now.get(key)
