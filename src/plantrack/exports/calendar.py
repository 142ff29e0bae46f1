"""What is due, as iCalendar (RFC 5545): a date in March is an entry of all March, and no day is invented.

Written by hand: of the format's many ways this takes one, whole days, and needs no time zone and no recurrence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from plantrack.state import Body, Commitment, Initiative, Milestone, State

_LONGEST_LINE = 75  # bytes, without the line end
_ENDED = ("cancelled", "withdrawn")
_ESCAPED = re.compile(r"([\\;,])")


def calendar_text(origin: str, state: State, recorded_at: datetime | None) -> str:
    """The milestones and commitments that have a date, in the order of the state, with the line ends of the format.

    What was cancelled or withdrawn stays, and says so: a calendar that took it in before then takes it out.

    :param origin: the name of the log; with the reference of a subject it is the id of its entry, the same for ever.
    :param recorded_at: when the last event was recorded that was known; the time of each entry;
        ``None`` where none was, and there are no entries.
    """
    return "".join(f"{_folded(line)}\r\n" for line in _lines(origin, state, recorded_at))


def _lines(origin: str, state: State, recorded_at: datetime | None) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//plantrack//plantrack//EN", "CALSCALE:GREGORIAN")
    if state.plan is not None:
        yield f"X-WR-CALNAME:{_text(state.plan.title)}"
    subjects: list[Milestone | Commitment] = [*state.milestones.values(), *state.commitments.values()]
    for subject in subjects:
        if subject.due is not None and recorded_at is not None:
            yield from _entry(origin, state, subject, recorded_at.astimezone(UTC))
    yield "END:VCALENDAR"


def _entry(origin: str, state: State, subject: Milestone | Commitment, stamp: datetime) -> Iterator[str]:
    assert subject.due is not None
    reference = f"{subject.KIND}:{subject.id}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(f'{reference}@{origin}')}"
    yield f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(subject.due.start)}"
    yield f"DTEND;VALUE=DATE:{_day(subject.due.end + timedelta(days=1))}"  # the first day that is outside
    yield f"SUMMARY:{_text(subject.title)}"
    yield f"DESCRIPTION:{_text(chr(10).join(_description(state, subject)))}"
    yield f"CATEGORIES:{_text(subject.kind)}"
    yield f"STATUS:{'CANCELLED' if subject.status in _ENDED else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"  # nobody is busy all March
    yield "END:VEVENT"


def _description(state: State, subject: Milestone | Commitment) -> Iterator[str]:
    """What a person wants to know who sees the entry; the date as it was written is the one that counts."""
    moved = subject.first_due is not None and subject.first_due != subject.due
    yield f"{subject.KIND}:{subject.id} of {state.plan_id}: {subject.status}"
    yield f"Due {subject.due}{f', first {subject.first_due}' if moved else ''}"
    named: dict[str, Initiative | Body | None]
    if isinstance(subject, Milestone):
        named = {"Initiative": state.initiatives.get(subject.initiative or "")}
    else:
        named = {
            "Owner": state.bodies.get(subject.owner or ""),
            "Owed to": state.bodies.get(subject.owed_to or ""),
        }
    yield from (f"{role}: {other.title}" for role, other in named.items() if other is not None)


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(value: str) -> str:
    return _ESCAPED.sub(r"\\\1", value).replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """The line in pieces of at most 75 bytes, none of which cuts a character; each but the first after a blank."""
    pieces, piece, room = [], "", _LONGEST_LINE
    for character in line:
        width = len(character.encode())
        if width > room:
            pieces.append(piece)
            piece, room = "", _LONGEST_LINE - 1
        piece, room = piece + character, room - width
    return "\r\n ".join([*pieces, piece])
