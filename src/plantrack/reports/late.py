"""Learned late: the events that the log learned long after the fact, each with how late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from plantrack.history import Late
from plantrack.reports.as_json import event_json
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
    parts = [
        f"{length_words(one.late)} late",
        *([f"from {event.source}"] if event.source else []),
        *([f"because {event.reason}"] if event.reason else []),
    ]
    yield from folded("; ".join(parts), _INDENT, _INDENT, "dim")


def _said(one: Late) -> str:
    if one.amends is None:
        return f"{one.event.type}: {event_words(one.event.data)}"
    return f"{one.event.type}: #{one.amends.position}, {one.amends.type}: {event_words(one.amends.data)}"


def length_words(length: timedelta) -> str:
    """A length of time in full days, or hours, or minutes where there are fewer than two of the longer."""
    minutes = length // timedelta(minutes=1)
    for size, word in ((24 * 60, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size:,} {word}s"
    return f"{minutes} minute{'s' * (minutes != 1)}"


def late_json(found: Sequence[Late]) -> list[dict[str, Any]]:
    """The events in full, each with ``late_seconds``, from the end of the day on which it was true.

    ``late_for`` says when that was, and ``amends`` of which event, where it is a correction or retraction.
    """
    return [
        {
            **event_json(one.event),
            "late_seconds": one.late // timedelta(seconds=1),
            "late_for": one.effective.stored(),
            "amends": None
            if one.amends is None
            else {"position": one.amends.position, "event_id": one.amends.event_id, "type": one.amends.type},
        }
        for one in found
    ]
