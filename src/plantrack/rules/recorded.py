"""The events of a test as a log, and how far it was read.

``recorded`` beside an event says on which day, or at which moment, the log learned it: as the event before where it is
left out, the first on 1 April 2000. A day begins and ends in the time zone of the plan.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen

from plantrack import coordinates
from plantrack.errors import CoordinateError
from plantrack.events.envelope import Proposal, RecordedEvent
from plantrack.events.plan import PlanOpened
from plantrack.journal import read_events
from plantrack.period import Period
from plantrack.rules.given import PLAN_ID, opening
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, shown

FIRST_DAY, LAST_DAY = date(2000, 4, 1), date(2198, 12, 31)
"""Between which a test may stand."""

When = date | datetime
"""A day, in the time zone of the plan, or a moment."""


@frozen
class Log:
    """What a test has recorded, in order of position; ``zone`` is that of its plan."""

    events: list[RecordedEvent]
    zone: ZoneInfo

    def known(self, at: int | When | None) -> int:
        """The position up to which a coordinate reads; may lie beyond the end where it is given as a position."""
        if at is None:
            return len(self.events)
        if isinstance(at, int):
            return at
        return sum(event.recorded_at <= _bounds(at, self.zone)[1] for event in self.events)


def read_log(events: Sequence, text: Text, as_at: date) -> Log:
    """The log of a test: a plan is opened for it unless the test opens one.

    :raises RuleSourceError: an event is malformed, or recorded before the one above it; with its place.
    """
    proposals: list[Proposal] = []
    recorded: list[tuple[When, Mark]] = []
    when: When = FIRST_DAY
    place = events.mark
    fiscal_year_start = 4
    for event, mark in zip(events.items, events.marks, strict=True):
        if isinstance(event, Mapping) and "recorded" in event:
            place = event.marks["recorded"]
            read = read_when(event["recorded"], place, text)
            if isinstance(read, int):
                raise text.error(place, "recorded is a day or a moment, not a position", "write 2018-02-28")
            when = read
            event = attrs.evolve(event, values={k: v for k, v in event.values.items() if k != "recorded"})
        moment = when if isinstance(when, datetime) else datetime.combine(when, time(), UTC)
        (proposal,) = read_events(Sequence(events.mark, [event], [mark]), text, moment, {}, fiscal_year_start)
        fiscal_year_start = getattr(proposal.data, "fiscal_year_start", fiscal_year_start)
        proposals.append(proposal)
        recorded.append((when, place))
    opened = next((p.data for p in proposals if isinstance(p.data, PlanOpened)), None)
    if opened is None:
        opened = opening(as_at)
        proposals.insert(0, Proposal(data=opened, effective=Period.day(FIRST_DAY)))
        recorded.insert(0, (FIRST_DAY, events.mark))
    zone = ZoneInfo(opened.time_zone)
    found: list[RecordedEvent] = []
    for at, (proposal, (when, place)) in enumerate(zip(proposals, recorded, strict=True), 1):
        start, end = _bounds(when, zone)
        if found and end < found[-1].recorded_at:
            before = recorded[at - 2][0]
            said = f"recorded goes back: what stands before was recorded {before.isoformat()}"
            raise text.error(place, said, "list the events in the order in which they were recorded")
        found.append(
            RecordedEvent(
                plan=PLAN_ID,
                position=at,
                event_id=proposal.event_id or f"e-{at}",
                effective=proposal.effective,
                recorded_at=max(start, found[-1].recorded_at) if found else start,
                data=proposal.data,
            )
        )
    return Log(found, zone)


def read_when(value: Any, mark: Mark, text: Text) -> int | When:
    """A position, a day or a moment, from how it is written.

    :raises RuleSourceError: it is none, or lies outside the days on which tests may stand.
    """
    try:
        when = coordinates.known(value) if isinstance(value, str) else value
    except CoordinateError:
        when = None
    if isinstance(when, int) and not isinstance(when, bool) and when >= 0:
        return when
    day = when.date() if isinstance(when, datetime) else when
    if not isinstance(day, date) or not FIRST_DAY <= day <= LAST_DAY:
        hint = "write 2018-02-28 or 2018-02-28T17:00Z"
        raise text.error(mark, f"{shown(value)} is not a day or moment from {FIRST_DAY} on", hint)
    if not isinstance(when, datetime):
        return day
    if when.tzinfo is None:
        raise text.error(mark, "a moment needs a time zone", f"write {value}Z for UTC")
    return when


def _bounds(when: When, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and last moment of a day; a moment itself."""
    if isinstance(when, datetime):
        return when, when
    start, next_day = (datetime.combine(when + timedelta(days=n), time(), zone).astimezone(UTC) for n in (0, 1))
    return start, next_day - timedelta(microseconds=1)
