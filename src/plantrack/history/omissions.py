"""What had been true and was not shown, and what was told and has been corrected since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

from plantrack.bitemporal import Fact
from plantrack.coordinates import Coordinates, end_of
from plantrack.events.assurance import MeetingSealed, RulePackAdopted, RulePackWithdrawn
from plantrack.events.envelope import Event, RecordedEvent, event_fields
from plantrack.history.causes import Log
from plantrack.period import Period

ABOUT_CHECKS = (MeetingSealed, RulePackAdopted, RulePackWithdrawn)
"""Events that are no facts about the plan: a meeting is not shown them, and their changes are told as rules."""


@frozen(kw_only=True)
class Absent:
    """Something that had been true on the earlier day, and was not known at the earlier position.

    :ivar event: as it was recorded; ``said`` and ``effective`` are what it says as corrected.
    :ivar by: the event that made it known: the same, or a correction of it.
    :ivar in_time: it had been recorded by the end of that day, although after the cut-off.
    """

    event: RecordedEvent
    said: Event
    effective: Period
    by: RecordedEvent
    in_time: bool


@frozen(kw_only=True)
class Told:
    """Something that was told at the earlier coordinates and has been corrected or retracted since.

    :ivar event: as it was recorded; ``before`` is what it was known to say.
    :ivar after: what it says now; ``None`` where it was retracted.
    :ivar values: field by field; ``effective`` among them where it was said to be true from another day.
    """

    event: RecordedEvent
    before: Event
    after: Event | None
    values: tuple[tuple[str, Any, Any], ...]
    by: RecordedEvent


def absent_from(log: Log, earlier: Coordinates, later: Coordinates, zone: str) -> Iterator[Absent]:
    """What had been true at the earlier coordinates and was not known there, in order of position.

    :param zone: the time zone in which days end.
    """
    told = log.facts(earlier.as_at, earlier.known)
    for position, fact in sorted(_as_known_later(log, earlier, later).items()):
        if position in told or isinstance(fact[2], ABOUT_CHECKS):
            continue
        event = log.at[position]
        by = event
        if position <= earlier.known:  # it was known, and said to be true only later
            by = log.amendment(event, earlier.known, later.known) or event
        in_time = by.recorded_at < end_of(earlier.as_at, ZoneInfo(zone))
        yield Absent(event=event, said=fact[2], effective=fact[1], by=by, in_time=in_time)


def told_at(log: Log, earlier: Coordinates, later: Coordinates) -> Iterator[Told]:
    """What was known at the earlier coordinates and has been corrected or retracted since, in order of position."""
    if later.known <= earlier.known:
        return
    now, amended = _as_known_later(log, earlier, later), log.amended(later.known)
    for position, fact in sorted(log.facts(earlier.as_at, earlier.known).items()):
        if now.get(position) == fact or isinstance(fact[2], ABOUT_CHECKS):
            continue
        event = log.at[position]
        stands = amended.amend(position, event.event_id, event.effective, event.data)
        after = None if stands is None else stands[2]
        values = [] if after is None else list(_differing(fact[2], after))
        if stands is not None and stands[1] != fact[1]:
            values.append(("effective", fact[1], stands[1]))
        by = log.amendment(event, earlier.known, later.known) or event
        yield Told(event=event, before=fact[2], after=after, values=tuple(values), by=by)


def _as_known_later(log: Log, earlier: Coordinates, later: Coordinates) -> Mapping[int, Fact]:
    """What had been true on the earlier day, as known at the later position; nothing where that knows no more."""
    return {} if later.known <= earlier.known else log.facts(earlier.as_at, later.known)


def _differing(before: Event, after: Event) -> Iterator[tuple[str, Any, Any]]:
    for f in event_fields(type(after)):
        was, now = getattr(before, f.name), getattr(after, f.name)
        if was != now:
            yield f.name, was, now
