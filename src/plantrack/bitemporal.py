"""The two time axes: which events count at a pair of dates, and in which order.

    state(as_at, known_at) = fold(sorted(events with position <= known position, corrected,
                                         last day of effective <= as_at,
                                         key=(last day of effective, position)))

``effective`` says when a fact became true (valid time); the position says when the log learned it (transaction time).
:func:`timeline` is the definition, word for word; the store streams the same sequence, and a test holds them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from attrs import Factory, field, frozen

from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent
from plantrack.period import Period
from plantrack.state.fold import Fact as Fact
from plantrack.state.fold import in_order as in_order


@frozen
class Amendments:
    """Corrections and retractions as known at some position, by the id of the event they are about.

    The last known correction wins. A retraction wins over any correction until it is itself retracted; a correction
    that is retracted no longer counts.
    """

    corrected: dict[str, EventCorrected]
    retracted: frozenset[str]

    @property
    def touched(self) -> set[str]:
        """The ids of all events that no longer count as they were recorded."""
        return set(self.corrected) | self.retracted

    def differing(self, other: Amendments) -> set[str]:
        """The ids of the events that stand for something else there."""
        ids = self.corrected.keys() | other.corrected.keys()
        corrected = {name for name in ids if self.corrected.get(name) is not other.corrected.get(name)}
        return corrected | (self.retracted ^ other.retracted)

    def amend(self, position: int, event_id: str, effective: Period, event: Event) -> Fact | None:
        """The fact that an event stands for now; ``None`` if it was retracted."""
        standing = self.standing(event_id, event)
        if standing is None:
            return None
        correction = self.corrected.get(event_id)
        return position, (correction and correction.effective) or effective, standing

    def standing(self, event_id: str, event: Event) -> Event | None:
        """What an event says now; ``None`` if it was retracted."""
        if event_id in self.retracted:
            return None
        correction = self.corrected.get(event_id)
        return event if correction is None else correction.replacement


def amendments(corrections: Sequence[tuple[str, Event]]) -> Amendments:
    """What a sequence of (event id, correction or retraction), in order of position, amounts to.

    Read backwards: whoever speaks last has not been contradicted, and an event can only speak of earlier ones.
    """
    corrected: dict[str, EventCorrected] = {}
    retracted: set[str] = set()
    for event_id, event in reversed(corrections):
        if event_id in retracted:
            continue
        if isinstance(event, EventRetracted):
            retracted.add(event.event)
        elif isinstance(event, EventCorrected):
            corrected.setdefault(event.event, event)
    return Amendments(corrected, frozenset(retracted))


def timeline(events: Iterable[RecordedEvent], *, as_at: date, known: int) -> list[Fact]:
    """The facts that count at ``as_at`` as known at position ``known``, in the order of the fold."""
    heard = sorted((e for e in events if e.position <= known), key=lambda e: e.position)
    amended = amendments([(e.event_id, e.data) for e in heard if isinstance(e.data, EventCorrected | EventRetracted)])
    facts = [
        fact
        for e in heard
        if not isinstance(e.data, EventCorrected | EventRetracted)
        and (fact := amended.amend(e.position, e.event_id, e.effective, e.data)) is not None
        and fact[1].last_day <= as_at
    ]
    return sorted(facts, key=in_order)


Find = Callable[[Collection[str]], Mapping[str, RecordedEvent]]
"""Gives the recorded events with some ids."""


@frozen
class Heard:
    """A log as far as it was heard, for the facts that count at a day: what one more event changes about them.

    :ivar corrections: the corrections and retractions heard, with their event ids, in order of position.
    """

    as_at: date
    corrections: tuple[tuple[str, Event], ...]
    amended: Amendments = field(init=False, default=Factory(lambda heard: amendments(heard.corrections), True))

    def hear(self, event: RecordedEvent, find: Find) -> tuple[Heard, list[Fact], list[Fact]]:
        """Hear the event that follows; with the facts that no longer count because of it, and those that count now.

        :param find: asked where it is a correction or retraction.
        :func:`timeline` of the longer log is that of the shorter one without the first and with the second.
        """
        if not isinstance(event.data, EventCorrected | EventRetracted):
            return self, [], self._facts(self.amended, event)
        later = Heard(self.as_at, (*self.corrections, (event.event_id, event.data)))
        ids = self.amended.differing(later.amended)
        originals = sorted(find(ids).values(), key=lambda e: e.position) if ids else []
        facts = [e for e in originals if not isinstance(e.data, EventCorrected | EventRetracted)]
        gone = [fact for e in facts for fact in self._facts(self.amended, e)]
        return later, gone, [fact for e in facts for fact in self._facts(later.amended, e)]

    def _facts(self, amended: Amendments, event: RecordedEvent) -> list[Fact]:
        fact = amended.amend(event.position, event.event_id, event.effective, event.data)
        return [fact] if fact is not None and fact[1].last_day <= self.as_at else []
