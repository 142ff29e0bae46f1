"""Which event made a difference between two states of a plan.

That is whatever counts at one of the two and not, or not so, at the other. So it is the same event in whichever order
the two are given.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cached_property

from attrs import define, field

from plantrack.bitemporal import Amendments, Fact, amendments, timeline
from plantrack.events.envelope import Event, RecordedEvent, subjects
from plantrack.history.chains import chains
from plantrack.state import Entity, State


@define
class Log:
    """A log, as far as it was read, with what counts at any pair of coordinates."""

    events: list[RecordedEvent]
    at: dict[int, RecordedEvent] = field(init=False)
    amendments: dict[str, tuple[RecordedEvent, ...]] = field(init=False)
    _facts: dict[tuple[date, int], dict[int, Fact]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.at = {event.position: event for event in self.events}
        self.amendments = {chain.original.event_id: chain.amendments for chain in chains(self.events).amended}

    def facts(self, as_at: date, known: int) -> dict[int, Fact]:
        """The facts that count, by position, in the order of the fold."""
        where = as_at, known
        if where not in self._facts:
            self._facts[where] = {f[0]: f for f in timeline(self.events, as_at=as_at, known=known)}
        return self._facts[where]

    def amended(self, known: int) -> Amendments:
        """Corrections and retractions, as known at a position."""
        made = sorted((e for some in self.amendments.values() for e in some), key=lambda e: e.position)
        return amendments([(e.event_id, e.data) for e in made if e.position <= known])

    def amendment(self, event: RecordedEvent, after: int, upto: int) -> RecordedEvent | None:
        """The last correction or retraction of an event, or of one of these, that changed it between two positions.

        One of a correction that counted no more changed nothing, however late it was recorded.
        """
        made = [e for e in self.amendments.get(event.event_id, ()) if e.position <= upto]
        stands = [_standing(event, made[:count]) for count in range(len(made) + 1)]
        changed = (e for e, was, is_ in zip(made, stands, stands[1:], strict=False) if was != is_)
        return max((e for e in changed if e.position > after), key=lambda e: e.position, default=None)


def _standing(event: RecordedEvent, made: list[RecordedEvent]) -> Fact | None:
    """What an event stands for after some amendments."""
    amended = amendments([(e.event_id, e.data) for e in made])
    return amended.amend(event.position, event.event_id, event.effective, event.data)


class Causes:
    """Which event made a difference."""

    def __init__(self, log: Log, one: State, other: State) -> None:
        self._log = log
        self._lower, self._upper = sorted((one.known, other.known))
        before, after = log.facts(one.as_at, one.known), log.facts(other.as_at, other.known)
        self._moved = {at for at in before.keys() | after.keys() if before.get(at) != after.get(at)}
        self._facts = {at: after.get(at) or before[at] for at in self._moved}
        lower, upper = log.amended(self._lower), log.amended(self._upper)
        self._amended = lower.differing(upper)

    def of(self, *origins: int) -> RecordedEvent | None:
        """The event to which values that these events set owe that they differ; ``None`` where it is the day."""
        found = [self._did(at) for at in set(origins) if at in self._moved]
        return max(found, key=lambda event: event.position, default=None)

    def about(self, references: Collection[str], *types: type[Event]) -> RecordedEvent | None:
        """The last event of some types about one of some subjects that made a difference."""
        moved = {at for name in references for at in self._about.get(name, ())}
        return self.of(*(at for at in moved if isinstance(self._facts[at][2], types)))

    @cached_property
    def _about(self) -> dict[str, list[int]]:
        """The positions of what moved, by subject."""
        found: dict[str, list[int]] = {}
        for at, fact in self._facts.items():
            for name in subjects(fact[2]):
                found.setdefault(name, []).append(at)
        return found

    def about_opening(self, entity: Entity) -> RecordedEvent | None:
        """The last event that made a difference about whatever the opening of a subject names."""
        return self.about(subjects(self._log.at[entity.opened_by].data), Event)

    def _did(self, position: int) -> RecordedEvent:
        event = self._log.at[position]
        if event.event_id not in self._amended or event.position > self._lower:
            return event
        return self._log.amendment(event, self._lower, self._upper) or event
