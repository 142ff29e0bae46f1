"""Learned late: how long after it was true the log learned a fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from plantrack.coordinates import end_of
from plantrack.events.envelope import RecordedEvent
from plantrack.history.chains import Chains
from plantrack.period import Period


@frozen(kw_only=True)
class Late:
    """An event that was recorded long after what it says was true.

    :ivar effective: when that was; of a correction or retraction, when what it amends was true, as it stood until then.
    :ivar late: from the end of that day to the recording.
    :ivar amends: the fact that a correction or retraction is about in the end.
    :ivar through: the correction or retraction that is itself retracted by it; ``None`` where it is about the fact.
    """

    event: RecordedEvent
    effective: Period
    late: timedelta
    amends: RecordedEvent | None
    through: RecordedEvent | None = None


def late(events: Iterable[RecordedEvent], *, zone: ZoneInfo, longer_than: timedelta) -> Iterator[Late]:
    """The events recorded longer than that after the end of their day.

    :param events: of a plan from the first on, in order of position.
    :param zone: of the plan: it decides when a day ends.
    """
    heard = Chains()
    for event in events:
        chain = heard.hear(event)
        if chain is None:
            continue
        amends = None if event is chain.original else chain.original
        effective = event.effective if amends is None else chain.effective(len(chain.amendments) - 1)
        behind = event.recorded_at - end_of(effective.last_day, zone)
        if behind > longer_than:
            yield Late(event=event, effective=effective, late=behind, amends=amends, through=chain.amended_by(event))
