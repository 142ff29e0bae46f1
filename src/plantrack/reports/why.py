"""The account of one finding: its arithmetic in words, its evidence, what turned it, and what would clear it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from plantrack.events.codec import jsonable
from plantrack.events.envelope import RecordedEvent, event_fields, stamp
from plantrack.reports.as_json import event_json, finding_json
from plantrack.reports.as_text import event_lines, value_words
from plantrack.reports.entries import coordinate_words, waiver_words
from plantrack.reports.lines import Line, folded
from plantrack.rules import Explanation, Remedy, Why
from plantrack.rules.language.wording import day_words, number


def why_report(why: Why, zone: str = "UTC") -> Iterator[Line]:
    """One finding for people: what it says, why, since when, on what it rests, and what somebody could do."""
    finding = why.finding
    yield Line(f"{finding.fingerprint}  {finding.rule_title}", "strong")
    yield from folded(finding.message, "  ", "  ", finding.severity)
    yield Line(f"  {finding.severity} · {finding.subject} · {coordinate_words(why.result, zone)}", "dim")
    if finding.waiver is not None:
        yield from folded(waiver_words(finding.waiver), "  ", "  ", "dim")
    yield Line()
    yield Line(f"The rule {finding.rule} fires, because", "strong")
    yield from _explained(finding.explanation, 1)
    yield Line()
    yield Line("It rests on", "strong")
    for event in why.evidence:
        yield from event_lines(event, zone)
    yield Line()
    yield Line("Since when", "strong")
    yield from folded(f"It has held since {day_words(why.holds_since)}.", "  ", "  ")
    yield from folded(_turned(why.turned_by, zone), "  ", "  ")
    yield Line()
    yield from _clearing(why)
    if why.rule.why:
        yield Line()
        yield Line("Why it matters", "strong")
        yield from folded(why.rule.why, "  ", "  ")
    if finding.fix:
        yield Line()
        yield Line("What can be done", "strong")
        yield from folded(finding.fix, "  ", "  ")


def _turned(event: RecordedEvent, zone: str) -> str:
    recorded = event.recorded_at.astimezone(ZoneInfo(zone))
    return f"It came to be known with #{event.position}, {event.type}, recorded on {day_words(recorded)}."


def _explained(explanation: Explanation, depth: int) -> Iterator[Line]:
    indent = "  " * depth
    yield from folded(f"{explanation.expression}  is  {explanation.value}", indent, indent + "    ")
    for part in explanation.because:
        yield from _explained(part, depth + 1)


def _clearing(why: Why) -> Iterator[Line]:
    """The remedies, each in a line; those that move a goalpost apart from the others."""
    yield Line("What would clear it, each tried on this plan", "strong")
    if not why.remedies:
        yield from folded(_none_of(why.tried), "  ", "  ")
    facts = [r for r in why.remedies if not r.moves_goalpost]
    goalposts = [r for r in why.remedies if r.moves_goalpost]
    for remedy in facts:
        yield from folded(remedy_words(remedy), "  ", "    ")
    if goalposts:
        yield Line(f"  {'or, by' if facts else 'By'} changing what was promised:", "dim")
    for remedy in goalposts:
        yield from folded(remedy_words(remedy), "  ", "    ")


def _none_of(tried: int) -> str:
    if tried == 1:
        return "The one event that was tried does not clear it."
    return f"None of the {number(tried)} events that were tried clears it by itself."


def remedy_words(remedy: Remedy) -> str:
    """A remedy in a line: the type of the event, what it has to say, and what may be anything."""
    said = []
    for f in event_fields(type(remedy.event)):
        value = getattr(remedy.event, f.name)
        if f.name in remedy.free:
            said.append(f"{f.name.replace('_', ' ')} …")
        elif remedy.bound is not None and f.name == remedy.bound[0]:
            said.append(f"{f.name.replace('_', ' ')} {remedy.bound[1]} {number(value)}")
        elif f.name == remedy.changed or (value not in (None, ()) and value != f.default):
            said.append(f"{f.name.replace('_', ' ')} {value_words(value)}")
    after = "" if remedy.outcome == "ok" else " (the rule then no longer applies)"
    return f"{type(remedy.event).__name__}: {' · '.join(said)}{after}"


def why_json(why: Why) -> dict[str, Any]:
    """One finding for programs, with its evidence events in full."""
    turned = why.turned_by
    return {
        **finding_json(why.finding),
        "events": [event_json(e) for e in why.evidence],
        "holds_since": why.holds_since.isoformat(),
        "turned_by": {
            "position": turned.position,
            "event_id": turned.event_id,
            "type": turned.type,
            "recorded_at": stamp(turned.recorded_at),
        },
        "remedies": [
            {
                "type": type(remedy.event).__name__,
                "data": jsonable(remedy.event),
                "bound": None if remedy.bound is None else {"field": remedy.bound[0], "is": remedy.bound[1]},
                "free": sorted(remedy.free),
                "outcome": remedy.outcome,
                "moves_goalpost": remedy.moves_goalpost,
            }
            for remedy in why.remedies
        ],
        "tried": why.tried,
    }
