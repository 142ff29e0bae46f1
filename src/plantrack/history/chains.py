"""The corrections and retractions of each event, in the order in which they were made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attrs import field, frozen

from plantrack.bitemporal import Fact, amendments
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import RecordedEvent
from plantrack.period import Period


@frozen(kw_only=True)
class Chain:
    """An event, and what was recorded about it: corrections of it, retractions of it or of these, in order of position.

    What it stands for depends on nothing else in the log.
    """

    original: RecordedEvent
    amendments: tuple[RecordedEvent, ...] = ()

    def amended_by(self, amendment: RecordedEvent) -> RecordedEvent | None:
        """The amendment that another one of these retracts; ``None`` where that is about the original."""
        about = getattr(amendment.data, "event", None)
        return next((e for e in self.amendments if e.event_id == about), None)

    def effective(self, count: int) -> Period:
        """When it is said to have become true, after the first ``count`` amendments."""
        made = amendments([(e.event_id, e.data) for e in self.amendments[:count]])
        correction = made.corrected.get(self.original.event_id)
        return (correction and correction.effective) or self.original.effective

    def fact(self, count: int, as_at: date) -> Fact | None:
        """The fact that it stands for after the first ``count`` amendments, if there is one on a day."""
        e = self.original
        made = amendments([(a.event_id, a.data) for a in self.amendments[:count]])
        fact = made.amend(e.position, e.event_id, e.effective, e.data)
        return fact if fact is not None and fact[1].last_day <= as_at else None


@frozen
class Chains:
    """The chains of a log as far as it was heard, by the id of every event in them."""

    _chains: dict[str, Chain] = field(factory=dict)
    _original: dict[str, str] = field(factory=dict)

    def hear(self, event: RecordedEvent) -> Chain | None:
        """Take in the event that follows; returns the chain that it belongs to now.

        ``None`` where it amends an event that is not there: that says nothing.
        """
        if not isinstance(event.data, EventCorrected | EventRetracted):
            chain = Chain(original=event)
        elif (original := self._original.get(event.data.event)) is not None:
            before = self._chains[original]
            chain = Chain(original=before.original, amendments=(*before.amendments, event))
        else:
            return None
        name = chain.original.event_id
        self._original[event.event_id] = name
        self._chains[name] = chain
        return chain

    @property
    def amended(self) -> list[Chain]:
        """Those with an amendment, in order of their originals."""
        return [chain for chain in self._chains.values() if chain.amendments]


def chains(events: Iterable[RecordedEvent]) -> Chains:
    """The chains of events in order of position."""
    heard = Chains()
    for event in events:
        heard.hear(event)
    return heard
