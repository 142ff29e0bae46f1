"""Who said so: the values of one subject under the events that set them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from plantrack.events.correction import EventRetracted
from plantrack.events.envelope import stamp
from plantrack.history import Amended, Blame, Blamed, Said
from plantrack.period import Period
from plantrack.reports.as_json import envelope_json, value_json
from plantrack.reports.as_text import envelope_lines, provenance, recorded_at_words, share_words, value_words
from plantrack.reports.entries import known_words
from plantrack.reports.lines import Line, folded
from plantrack.rules.language.wording import day_words, number, subject_words
from plantrack.state import Observation

_INDENT = " " * 22


def blame_report(blame: Blame, zone: str = "UTC") -> Iterator[Line]:
    """The values of a subject, under the event that set them; readings one a line; then what was put right.

    A value that would be another one but for a correction or retraction says what it would be: what it said before.
    """
    subject, where = blame.subject, blame.where
    title = subject_words(subject)
    named = f"{subject.KIND}:{subject.id}"
    yield from folded(named if title == subject.id else f"{named}  {title}", "", "  ", "strong")
    known = known_words(where.known, where.recorded_at, zone)
    yield Line(f"{blame.plan} · as at {day_words(where.as_at)}, {known}", "dim")
    told = [f for f in blame.fields if f.set_by is not None or f.amended]
    values = sorted((f for f in told if f.reading is None), key=_position)
    for _, group in groupby(values, key=_position):
        yield Line()
        yield from _set_together(list(group), zone)
    for name, readings in groupby((f for f in told if f.reading is not None), key=lambda f: f.field):
        yield Line()
        yield from _readings(name, list(readings), zone)
    amendments = {a.event.position: a for f in told for a in f.amended}
    if amendments:
        yield Line()
        yield Line("Put right", "strong")
        for _, amended in sorted(amendments.items()):
            yield from _amendment(amended, zone)


def _position(blamed: Blamed) -> float:
    """Where the event that set it stands; what nobody says any more comes last."""
    return float("inf") if blamed.set_by is None else blamed.set_by.position


def _set_together(fields: list[Blamed], zone: str) -> Iterator[Line]:
    """The values that one event set."""
    event = fields[0].set_by
    if event is None:
        yield Line("  Nobody says any more", "dim")
    else:
        yield Line(f"  #{event.position:<5} {fields[0].effective!s:<12} {event.type}  {event.event_id}", "dim")
        yield from envelope_lines(event, _INDENT, zone)
    width = max(len(f.field) for f in fields)
    for f in fields:
        yield from folded(_value_words(f.value), f"{_INDENT}{f.field:<{width}}  ", f"{_INDENT}{'':<{width}}  ")
        yield from _before(f, f"{_INDENT}{'':<{width}}  ")


def _readings(name: str, readings: list[Blamed], zone: str) -> Iterator[Line]:
    yield Line(f"{name} ({sum(f.set_by is not None for f in readings)})", "strong")
    width = max((len(_value_words(f.value)) for f in readings if f.set_by is not None), default=0)
    for said, group in groupby(readings, key=_said_by):
        if said:
            yield from folded(said, "  ", "  ", "dim")
        for f in group:
            yield Line(_reading_line(f, width, zone))
            yield from _before(f, _INDENT)


def _said_by(blamed: Blamed) -> str:
    event = blamed.set_by
    if event is None:
        return "nobody says any more"
    return "; ".join([*provenance(event), *([f"because {event.reason}"] if event.reason else [])])


def _reading_line(blamed: Blamed, width: int, zone: str) -> str:
    event, period = blamed.set_by, str(blamed.reading)
    if event is None:
        return f"  {'':<6} {period:<12} nothing"
    since = "" if str(blamed.effective) == period else f"  true from {blamed.effective}"
    recorded = f"recorded {recorded_at_words(event, zone)}  {event.event_id}"
    return f"  #{event.position:<5} {period:<12} {_value_words(blamed.value):<{width}}  {recorded}{since}"


def _value_words(value: Any) -> str:
    if value is None or value == ():
        return "nothing"
    if isinstance(value, Observation):
        return f"{number(value.value)}{share_words(value)}{' provisional' if value.provisional else ''}"
    return value_words(value)


def _before(blamed: Blamed, indent: str) -> Iterator[Line]:
    """What would be said without each amendment."""
    for amended in blamed.amended:
        before = amended.before
        said = _value_words(before.value)
        if before.set_by is not None and before.set_by is not blamed.set_by:
            said = f"{said}, by #{before.set_by.position}"
        elif before.set_by is not None and before.effective != blamed.effective:
            said = f"{said}, from {before.effective}"
        yield from folded(f"before #{amended.event.position}: {said}", indent, f"{indent}  ", "dim")


def _amendment(amended: Amended, zone: str) -> Iterator[Line]:
    event, data = amended.event, amended.event.data
    did = "retracted" if isinstance(data, EventRetracted) else "corrected"
    words = f"{did} #{amended.amends.position}, {amended.amends.type}"
    why = f": {data.why}" if isinstance(data, EventRetracted) else ""
    yield from folded(f"{words}{why}", f"  #{event.position:<5} {event.effective!s:<12} ", _INDENT)
    yield from envelope_lines(event, _INDENT, zone)
    yield Line(f"{_INDENT}{event.event_id}", "dim")


# --- for programs ----------------------------------------------------------------------------------------------------


def blame_json(blame: Blame) -> dict[str, Any]:
    """Every field with its value and the event that set it, which is null where nobody did."""
    subject, where = blame.subject, blame.where
    return {
        "plan": blame.plan,
        "as_at": where.as_at.isoformat(),
        "known_at": {
            "recorded_at": None if where.recorded_at is None else stamp(where.recorded_at),
            "position": where.known,
        },
        "subject": {"kind": subject.KIND, "id": subject.id, "title": subject_words(subject)},
        "fields": [_field_json(f) for f in blame.fields],
    }


def _field_json(blamed: Blamed) -> dict[str, Any]:
    return {
        "field": blamed.field,
        "reading": None if blamed.reading is None else blamed.reading.stored(),
        **_said_json(blamed),
        "amended": [
            {
                "event": envelope_json(amended.event),
                "amends": envelope_json(amended.amends),
                "before": _said_json(amended.before),
            }
            for amended in blamed.amended
        ],
    }


def _said_json(said: Said) -> dict[str, Any]:
    value = said.value
    dates: dict[str, str] = {}
    if isinstance(value, Period):
        dates = {"value_start": value.start.isoformat(), "value_end": value.end.isoformat()}
    return {
        "value": value_json(value),
        **dates,
        "effective": None if said.effective is None else said.effective.stored(),
        "set_by": None if said.set_by is None else envelope_json(said.set_by),
    }
