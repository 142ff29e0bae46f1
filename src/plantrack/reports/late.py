"""Learned late: the events that the log learned long after the fact, each with how late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from plantrack.events.correction import EventRetracted
from plantrack.history import Late
from plantrack.reports.as_json import envelope_json, event_json
from plantrack.reports.as_text import event_words, recorded_at_words
from plantrack.reports.lines import WIDTH, Line, folded, shortened

_INDENT = " " * 22


def late_report(found: Sequence[Late], zone: str = "UTC") -> Iterator[Line]:
    """The events in order of position, under the moment at which they were recorded: what they say, and how late.

    A line at the end counts them and names the latest.
    """
    if not found:
        return
    for _, together in groupby(found, key=lambda one: (one.event.recorded_at, one.event.actor)):
        batch = list(together)
        first = batch[0].event
        by = f" by {first.actor}" if first.actor else ""
        yield from folded(f"Recorded {recorded_at_words(first, zone)}{by}", "", "  ", "strong")
        for one in batch:
            yield from _late(one)
        yield Line()
    worst = max(found, key=lambda one: one.late)
    count = "1 event was" if len(found) == 1 else f"{len(found)} events were"
    which = "" if len(found) == 1 else f"; the latest is #{worst.event.position}, by {length_words(worst.late)}"
    yield Line(f"{count} recorded late{which}")


def _late(one: Late) -> Iterator[Line]:
    event = one.event
    yield Line(shortened(f"  #{event.position:<5} {one.effective!s:<12} {_said(one)}", WIDTH))
    why = [event.data.why] if isinstance(event.data, EventRetracted) else []
    parts = [
        f"{length_words(one.late)} late",
        *([f"from {event.source}"] if event.source else []),
        *(f"because {said}" for said in (*why, event.reason) if said),
    ]
    yield from folded("; ".join(parts), _INDENT, _INDENT, "dim")


def _said(one: Late) -> str:
    if one.amends is None:
        return f"{one.event.type}: {event_words(one.event.data)}"
    through = "" if one.through is None else f"#{one.through.position}, {one.through.type} of "
    said = f"#{one.amends.position}, {one.amends.type}: {event_words(one.amends.data)}"
    return f"{one.event.type}: {through}{said}"


def length_words(length: timedelta) -> str:
    """A length of time in full days, or hours, or minutes where there are fewer than two of the longer."""
    minutes = length // timedelta(minutes=1)
    for size, word in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size:,} {word}s"
    return f"{minutes} minute{'s' * (minutes != 1)}"


def late_json(found: Sequence[Late]) -> list[dict[str, Any]]:
    """The events in full, each with ``late_seconds``, from the end of the day on which it was true.

    ``late_for`` says when that was, and ``amends`` of which event, where it is a correction or retraction; ``through``
    is the correction or retraction in between, where it retracts one.
    """
    return [
        {
            **event_json(one.event),
            "late_seconds": one.late // timedelta(seconds=1),
            "late_for": one.effective.stored(),
            "amends": one.amends and envelope_json(one.amends),
            "through": one.through and envelope_json(one.through),
        }
        for one in found
    ]
