"""Who said so: for each value of a subject, the event that set it, and the corrections that made it so.

A value is *set* by the event that the fold remembers beside it. An *amendment* made it so where, without that
correction or retraction and the later ones of the same event, and with everything else in the log as it is, something
else would be said: another value, the same by another event, or the same from another day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from attrs import frozen

from plantrack.bitemporal import Fact, timeline
from plantrack.coordinates import Coordinates
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import RecordedEvent
from plantrack.history.chains import Chain, chains
from plantrack.period import Period
from plantrack.state import KINDS, Entity, Observation
from plantrack.state.draft import Drafts
from plantrack.state.entity import data_of
from plantrack.state.fold import apply
from plantrack.state.live import LiveState


@frozen(kw_only=True)
class Said:
    """What a subject says in one place.

    :ivar value: ``None`` or ``()`` where it says nothing.
    :ivar set_by: the event that set it, as it was recorded; ``None`` where nobody did.
    :ivar effective: since when it is true, as corrected.
    """

    value: Any = None
    set_by: RecordedEvent | None = None
    effective: Period | None = None


@frozen(kw_only=True)
class Amended:
    """A correction or retraction without which something else would be said.

    :ivar amends: the event that it is about, which may be a correction or retraction itself.
    :ivar before: what would be said.
    """

    event: RecordedEvent
    amends: RecordedEvent
    before: Said


@frozen(kw_only=True)
class Blamed(Said):
    """One value of a subject, with all who made it so.

    :ivar field: where it stands.
    :ivar reading: in a list of readings, the period that it is for; also where a retraction took that reading away.
    :ivar amended: in order of position.
    """

    field: str
    reading: Period | None = None
    amended: tuple[Amended, ...] = ()


@frozen(kw_only=True)
class Blame:
    """Who said what a subject says.

    A field that points to what is settled once everything is placed (the target of a measure, the goal of an alignment)
    names the event that opened the target, or declared the alignment.

    :ivar subject: as it stands at these coordinates.
    :ivar fields: one for each field, in the order of its class, and for the lists of readings one for each reading.
    """

    plan: str
    where: Coordinates
    subject: Entity
    fields: tuple[Blamed, ...]


def blame(events: Iterable[RecordedEvent], subject: str, *, plan: str, where: Coordinates) -> Blame:
    """Who said what a subject says at coordinates.

    :param events: of the plan, in order of position; those after the position known are left aside.
    :param subject: ``kind:id``, or ``kind:alias``.
    :raises UnknownSubjectError: there is no such subject at these coordinates.
    """
    world = _World([event for event in events if event.position <= where.known], subject, plan, where)
    entity, now = world.entity, world.said
    assert entity is not None  # it was found just now
    amended: dict[_Place, list[Amended]] = {}
    for chain in chains(world.events).amended:
        for place, amendment in _amendments(world, chain):
            amended.setdefault(place, []).append(amendment)
    emptied = _emptied(world.facts, entity, plan, where.as_at)
    fields = []
    for place in _in_order(entity, {*now, *amended}):
        field, reading = place
        said = world.emptied_by(field) if reading is None and field in emptied else now.get(place, Said())
        by = sorted(amended.get(place, ()), key=lambda amendment: amendment.event.position)
        fields.append(
            Blamed(
                field=field,
                reading=reading,
                value=said.value,
                set_by=said.set_by,
                effective=said.effective,
                amended=tuple(by),
            )
        )
    return Blame(plan=plan, where=where, subject=entity, fields=tuple(fields))


_Place = tuple[str, Period | None]
"""A field, and in a list of readings the period of one."""


class _World:
    """A plan as it is, or would be if some events had been said otherwise, and one subject in it.

    :ivar entity: the subject as it is there; ``None`` where it is not.
    :ivar said: what it says in each place; the same object until something becomes of it.
    :ivar facts: those of the plan as it is.
    """

    def __init__(self, events: list[RecordedEvent], subject: str, plan: str, where: Coordinates) -> None:
        self.events = events
        self.facts = timeline(events, as_at=where.as_at, known=where.known)
        self.as_at = where.as_at
        self._live = LiveState(self.facts, plan=plan, as_at=where.as_at, known=where.known)
        self.entity: Entity | None = self._live.state.named(subject)
        self._key = self.entity.KIND, self.entity.id
        self._recorded = {event.position: event for event in events}
        self._named = {event.event_id: event for event in events}
        self._effective = {position: effective for position, effective, _ in self.facts}
        self.said = self._say()

    def replace(self, gone: Fact | None, come: Fact | None) -> None:
        """Let an event say something else."""
        changes = self._live.change(gone=[gone] if gone else [], come=[come] if come else [])
        if gone is not None:
            del self._effective[gone[0]]
        if come is not None:
            self._effective[come[0]] = come[1]
        mine = [change for change in changes.subjects if (change.kind, change.id) == self._key]
        if mine:
            self.entity = mine[0].after
        moved = {fact[0] for fact in (gone, come) if fact is not None}
        if mine or any(said.set_by is not None and said.set_by.position in moved for said in self.said.values()):
            self.said = self._say()

    def _say(self) -> Mapping[_Place, Said]:
        found: dict[_Place, Said] = {}
        if self.entity is None:
            return found
        for name, value in data_of(self.entity):
            if isinstance(value, tuple) and value and isinstance(value[0], Observation):
                for reading in value:
                    found[name, reading.period] = self._set(reading, reading.position)
            elif name != "id":
                given = _is_given(value)
                found[name, None] = self._set(value, self.entity.origin(name)) if given else Said(value=value)
        return found

    def emptied_by(self, field: str) -> Said:
        """A field that says nothing any more."""
        assert self.entity is not None
        return self._set(getattr(self.entity, field), self.entity.origin(field))

    def _set(self, value: Any, position: int) -> Said:
        return Said(value=value, set_by=self._recorded[position], effective=self._effective[position])

    def amended_by(self, amendment: RecordedEvent) -> RecordedEvent:
        """The event that a correction or retraction is about."""
        assert isinstance(amendment.data, EventCorrected | EventRetracted)
        return self._named[amendment.data.event]


def _amendments(world: _World, chain: Chain) -> Iterator[tuple[_Place, Amended]]:
    """The amendments of one event that made the subject what it is, each with the place where they did."""
    facts = [chain.fact(count, world.as_at) for count in range(len(chain.amendments) + 1)]
    after = world.said
    for number in range(len(chain.amendments), 0, -1):
        if facts[number] is None and facts[number - 1] is None:
            continue
        world.replace(facts[number], facts[number - 1])
        before, amendment = world.said, chain.amendments[number - 1]
        for place in () if before is after else dict.fromkeys([*before, *after]):
            was = before.get(place, Said())
            if not _is_same(was, after.get(place, Said())):
                yield place, Amended(event=amendment, amends=world.amended_by(amendment), before=was)
        after = before
    world.replace(facts[0], facts[-1])


def _is_same(one: Said, other: Said) -> bool:
    """Equal is not enough: 95 and 95.0 are equal numbers, and two texts."""
    if not (_is_given(one.value) or _is_given(other.value)):
        return True
    return one.set_by is other.set_by and one.effective == other.effective and repr(one.value) == repr(other.value)


def _is_given(value: Any) -> bool:
    return value is not None and value != ()


def _emptied(facts: Iterable[Fact], entity: Entity, plan: str, as_at: date) -> set[str]:
    """The fields that say nothing any more, but did at an earlier time: an event took the date away."""
    silent = {n for n, value in data_of(entity) if not _is_given(value) and entity.origin(n) != entity.opened_by}
    found: set[str] = set()
    drafts = Drafts(plan, as_at, {kind: {} for kind in KINDS})
    for fact in facts if silent else ():
        apply(drafts, (fact,))
        draft = drafts.kinds[entity.KIND].get(entity.id)
        if draft is not None:
            found |= {name for name in silent if _is_given(draft.values.get(name))}
    return found


def _in_order(entity: Entity, places: Iterable[_Place]) -> list[_Place]:
    fields = [name for name, _ in data_of(entity)]

    def order(place: _Place) -> tuple[int, date, date]:
        field, reading = place
        day = date.min if reading is None else reading.end
        return fields.index(field), day, day if reading is None else reading.start

    return sorted(places, key=order)
