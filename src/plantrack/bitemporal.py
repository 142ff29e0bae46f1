"""The two time axes: which events count at a pair of dates, and in which order.

    state(as_at, known_at) = fold(sorted(events with position <= known position, corrected,
                                         last day of effective <= as_at,
                                         key=(last day of effective, position)))

``effective`` says when a fact became true (valid time); the position says when the log learned it (transaction time).
:func:`timeline` is the definition, word for word; the store streams the same sequence, and a test holds them equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import frozen

from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent
from plantrack.period import Period

Fact = tuple[int, Period, Event]
"""Position, effective, event: what the fold takes."""


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


def in_order(fact: Fact) -> tuple[date, int]:
    """The sort key of the fold: last day of effective, then position."""
    return fact[1].last_day, fact[0]
