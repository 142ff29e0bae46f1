"""Reports for people at a terminal: the check, one finding, the log, the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from plantrack.events.correction import EventRetracted
from plantrack.events.envelope import Event, RecordedEvent, event_fields
from plantrack.period import Period
from plantrack.reports.entries import (
    BOARD,
    Entry,
    board,
    changed,
    comparison,
    coordinate_words,
    first_of,
    fits,
    gone,
    group_words,
    headline,
    known_words,
    left_out,
    listed,
    noun,
    of_rule,
    said,
    sections,
    state_word,
    tally,
    unjudged,
    waived,
    waiver_words,
)
from plantrack.reports.lines import WIDTH, Line, folded, shortened
from plantrack.rules import CheckResult, Finding
from plantrack.rules.language.wording import day_words, number, subject_words, words
from plantrack.state import PLURALS, Entity, Observation, State
from plantrack.state.entity import data_of

# --- check -----------------------------------------------------------------------------------------------------------


def check_report(result: CheckResult, *, full: bool = False, zone: str = "UTC") -> Iterator[Line]:
    """The findings of a plan, most serious first, grouped by rule; then those waived, those gone, what was not judged.

    Where that would be more than a board reads, a sentence a rule, and a dozen of them.

    :param full: every finding, not the first of each rule, and those under the head of a group.
    """
    yield from folded(result.title, "", "", "strong")
    yield Line(f"{result.plan} · {coordinate_words(result, zone)}", "dim")
    if result.since is not None:
        yield from folded(f"compared with {comparison(result)}", "", "  ", "dim")
    yield Line()
    if full or fits(result):
        for severity, rules in sections(result):
            yield Line(severity.upper(), severity)
            for entries in rules:
                yield from _of_rule(entries, full)
            yield Line()
    else:
        yield from board_report(result)
        yield Line()
    yield from _waived(result)
    yield from _gone(result, full)
    yield from _unjudged(result, full)
    yield Line(tally(result))


def board_report(result: CheckResult, most: int = BOARD) -> Iterator[Line]:
    """What a board is shown: a dozen sentences at most, each with its severity and the finding to ask about.

    :param most: how many sentences.
    """
    places = board(result, most)
    for place in places:
        finding, severity = place.entry.finding, place.entry.severity
        label = f"  {severity:<8} {finding.fingerprint}  "
        yield from folded(place.sentence, label, " " * len(label), severity)
    left = sum(finding.counts for finding in result) - sum(place.count for place in places)
    if left:
        yield Line(f"  … and {left} finding{'s' * (left != 1)} less urgent (check --full shows all)", "dim")


def _of_rule(entries: Sequence[Entry], full: bool) -> Iterator[Line]:
    findings = of_rule(entries)
    if len(findings) == 1:
        yield from _entry(entries[0], "  ", full, rule=True)
        return
    yield from _headline(findings, "  ")
    shown = first_of(entries, full)
    for entry in shown:
        yield from _entry(entry, "    ", full, rule=False)
    yield from _more(left_out(entries, shown, full), "    ")


def _entry(entry: Entry, indent: str, full: bool, *, rule: bool) -> Iterator[Line]:
    finding = entry.finding
    lesser = f" ({finding.severity} by itself)" if finding.severity != entry.severity else ""
    yield from _finding(finding, f"{said(finding)}{lesser}", indent, rule=rule)
    under = f"{indent}{' ' * 16}"
    for sentence in group_words(entry, full):
        yield from folded(sentence, under, f"{under}  ", "dim")
    if full:
        yield from _members(entry, indent)


def _members(entry: Entry, indent: str) -> Iterator[Line]:
    """Those of its own rule, which stands above; then those of others, under a sentence where they are several."""
    beneath = indent if entry.of_plan else f"{indent}  "
    for finding in entry.own:
        yield from _finding(finding, said(finding), beneath, rule=False)
    for findings in entry.others:
        if len(findings) > 1:
            yield from _headline(findings, f"{indent}  ")
        for finding in findings:
            deeper = f"{indent}    " if len(findings) > 1 else f"{indent}  "
            yield from _finding(finding, said(finding), deeper, rule=len(findings) == 1)


def _headline(findings: Sequence[Finding], indent: str) -> Iterator[Line]:
    moved = changed(findings)
    told = f"{headline(findings)}{f' ({moved})' if moved else ''}  [{findings[0].rule}]"
    yield from folded(told, indent, f"{indent}  ")


def _finding(finding: Finding, words: str, indent: str, *, rule: bool) -> Iterator[Line]:
    state = state_word(finding)
    label = f"{f'{state} · ' if state else ''}{words}{f'  [{finding.rule}]' if rule else ''}"
    yield from folded(label, f"{indent}{finding.fingerprint}  ", f"{indent}{' ' * 16}")


def _waived(result: CheckResult) -> Iterator[Line]:
    """Every one: each is somebody's decision."""
    if found := waived(result):
        yield Line("WAIVED", "strong")
        for finding, waiver in found:
            yield from _finding(finding, f"{said(finding)} · {waiver_words(waiver)}", "  ", rule=True)
        yield Line()


def _gone(result: CheckResult, full: bool) -> Iterator[Line]:
    if found := gone(result):
        yield Line("NO LONGER FOUND", "strong")
        shown = first_of(found, full)
        for finding in shown:
            yield from _finding(finding, said(finding), "  ", rule=True)
        left = len(found) - len(shown)
        yield from _more(f"and {left} more" if left else "", "  ")
        yield Line()


def _unjudged(result: CheckResult, full: bool) -> Iterator[Line]:
    if result.not_evaluated:
        yield Line("COULD NOT BE JUDGED", "strong")
        for alike in unjudged(result.not_evaluated):
            yield from folded(f"{alike.words}  [{alike.rule}]", "  ", "    ")
            yield from folded(listed(alike.titles, full), "    ", "    ", "dim")
        yield Line()


def _more(left: str, indent: str) -> Iterator[Line]:
    if left:
        yield Line(f"{indent}… {left} (--full shows all)", "dim")


# --- log -------------------------------------------------------------------------------------------------------------


_INDENT = " " * 22


def event_lines(event: RecordedEvent, zone: str = "UTC", *, plan: bool = False) -> Iterator[Line]:
    """An event on a few lines: position, when it became true, what it says; when recorded, by whom, from where.

    :param plan: name its plan.
    """
    of = f"{event.plan} " if plan else ""
    first = f"  {of}#{event.position:<5} {event.effective!s:<12} "
    yield from folded(f"{event.type}: {event_words(event.data)}", first, _INDENT)
    yield from envelope_lines(event, _INDENT, zone)
    yield Line(f"{_INDENT}{event.event_id}", "dim")


def envelope_lines(event: RecordedEvent, indent: str, zone: str = "UTC") -> Iterator[Line]:
    """When an event was recorded, by whom, from where; and why, on a line of its own."""
    parts = [f"recorded {recorded_at_words(event, zone)}", *provenance(event)]
    if event.clock_regressed:
        parts.append("the clock had run backwards")
    yield from folded("; ".join(parts), indent, indent, "dim")
    if event.reason:
        yield from folded(f"because {event.reason}", indent, indent, "dim")


def recorded_at_words(event: RecordedEvent, zone: str) -> str:
    """When an event was recorded, on the clocks of a zone."""
    return f"{event.recorded_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def provenance(event: RecordedEvent) -> list[str]:
    """By whom and from where an event is, as far as that was said."""
    return [
        *([f"by {event.actor}"] if event.actor else []),
        *([f"from {event.source}"] if event.source else []),
    ]


def event_words(data: Event) -> str:
    """The fields of an event in a line, the subject first."""
    said = []
    for f in event_fields(type(data)):
        value = getattr(data, f.name)
        if (
            value is None
            or value == ()
            or (value == f.default and value is not None and f.default is not attrs.NOTHING)
        ):
            continue
        if isinstance(value, Event):
            value = f"{type(value).__name__}: {event_words(value)}"
        said.append(f"{f.name.replace('_', ' ')} {value_words(value)}")
    return shortened(" · ".join(said), 400)


def value_words(value: Any) -> str:
    """A value of an event or of the state in words."""
    if isinstance(value, tuple):
        return "; ".join(value_words(item) for item in value)
    if attrs.has(type(value)) and not isinstance(value, Period):
        return " ".join(value_words(v) for v in attrs.astuple(value, recurse=False) if v is not None)
    return words(value)


def recorded_words(event: RecordedEvent, zone: str = "UTC") -> str:
    """On which day an event was recorded, by whom, from where."""
    day = day_words(event.recorded_at.astimezone(ZoneInfo(zone)).date())
    parts = [f"recorded {day}", event.actor and f"by {event.actor}", event.source and f"from {event.source}"]
    return " ".join(str(part) for part in parts if part)


def provenance_words(effective: Period, event: RecordedEvent, zone: str = "UTC") -> str:
    """The same, and since when it is true; told once where that is the same day."""
    day = event.recorded_at.astimezone(ZoneInfo(zone)).date()
    true = "true and" if (effective.start, effective.end) == (day, day) else f"true {words(effective)},"
    return f"{true} {recorded_words(event, zone)}"


def because_words(event: RecordedEvent) -> str:
    """The reason that was given for an event, to follow other words; nothing where none was."""
    reason = event.reason or (event.data.why if isinstance(event.data, EventRetracted) else None)
    return f"; because {reason}" if reason else ""


def log_report(events: Iterable[RecordedEvent], zone: str = "UTC") -> Iterator[Line]:
    """The events, in order of position."""
    for event in events:
        yield from event_lines(event, zone)


# --- show ------------------------------------------------------------------------------------------------------------


def plan_report(state: State, recorded_at: datetime | None, zone: str = "UTC") -> Iterator[Line]:
    """The plan in a screen: what it is, and how many of each kind it has."""
    if state.plan is None:
        yield Line(f"{state.plan_id}: not opened as at {day_words(state.as_at)}")
        return
    yield Line(state.plan.title, "strong")
    known = known_words(state.known, recorded_at, zone)
    yield Line(f"{state.plan.organisation} · {state.plan.period} · as at {day_words(state.as_at)}, {known}", "dim")
    yield Line()
    for kind in PLURALS:
        if found := state.of_kind(kind):
            count = len(found)
            yield from folded(f"{noun(kind, count)}{_by_status(found)}", f"  {count:>5}  ", " " * 9)
    yield Line()
    yield Line("`plantrack show KIND` lists a kind, `plantrack show KIND:ID` one subject.", "dim")


def _by_status(found: Mapping[str, Entity]) -> str:
    statuses = [status for entity in found.values() if (status := getattr(entity, "status", None))]
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    return f"  ({', '.join(f'{n} {status}' for status, n in counts.items())})" if counts else ""


def kind_report(found: Mapping[str, Entity]) -> Iterator[Line]:
    """Each subject of a kind on a line."""
    width = min(40, max(map(len, found), default=0))
    for name, entity in found.items():
        yield Line(shortened(f"  {name:<{width}}  {_said(entity)}".rstrip(), WIDTH))


def subject_report(entity: Entity, related: Mapping[str, Sequence[Entity]]) -> Iterator[Line]:
    """One subject: its values, each with the position of the event that set it, and what refers to it."""
    yield Line(f"{entity.KIND}:{entity.id}", "strong")
    for name, value in data_of(entity):
        if name != "id" and value is not None and value != ():
            yield from _field(name, value, entity.origin(name))
    for name, entities in related.items():
        yield Line()
        yield Line(f"{name} ({len(entities)})", "strong")
        for other in entities[:20]:
            yield Line(shortened(f"  {other.KIND}:{other.id}  {_said(other)}".rstrip(), WIDTH))
        if len(entities) > 20:
            yield Line(f"  … and {len(entities) - 20} more", "dim")


def _said(entity: Entity) -> str:
    """What a subject is, beside its id: its title, or else the fields that its id does not name."""
    if (said := subject_words(entity)) != entity.id:
        return said
    given = [(name, value) for name, value in data_of(entity) if not (value is None or value is False or value == ())]
    return " · ".join(f"{name} {value_words(value)}" for name, value in given if str(value) not in entity.id)


def _field(name: str, value: Any, origin: int) -> Iterator[Line]:
    if isinstance(value, tuple) and value and isinstance(value[0], Observation):
        yield Line(f"  {name:<22} {len(value)}, the latest:")
        for reading in value[-6:]:
            said = f"{number(reading.value)}{share_words(reading)}"
            yield Line(f"  {'':<22} {reading.period!s:<12} {said}  [#{reading.position}]")
        return
    yield from folded(f"{value_words(value)}  [#{origin}]", f"  {name:<22} ", " " * 25)


def share_words(reading: Observation) -> str:
    """Of how many a figure counts how many, in brackets; nothing where it is no share."""
    if reading.numerator is None or reading.denominator is None:
        return ""
    return f" ({number(reading.numerator)} of {number(reading.denominator)})"
