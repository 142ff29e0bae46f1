"""Reports for people at a terminal: the check, one finding, the log, the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from plantrack.events.envelope import Event, RecordedEvent, event_fields
from plantrack.period import Period
from plantrack.reports.lines import WIDTH, Line, folded, shortened
from plantrack.rules import SEVERITIES, CheckResult, Finding
from plantrack.rules.findings import NotEvaluated
from plantrack.rules.language.wording import number, subject_words, words
from plantrack.state import PLURALS, Entity, Observation, State
from plantrack.state.entity import data_of

SHOWN = 3  # findings of one rule before "and N more"


def day(when: Any) -> str:
    """A day in words: 2 April 2014."""
    return f"{when.day} {when:%B %Y}"


def known_words(known: int, recorded_at: datetime | None, zone: str = "UTC") -> str:
    """The known-at coordinate in words: the day, in the plan's time zone, on which the event there was recorded."""
    if recorded_at is None:
        return "nothing recorded yet"
    return f"as known on {day(recorded_at.astimezone(ZoneInfo(zone)))} (#{known})"


def coordinate_words(result: CheckResult, zone: str) -> str:
    """Where a check stands: as at which day, as known when."""
    return f"as at {day(result.as_at)}, {known_words(result.known, result.recorded_at, zone)}"


# --- check -----------------------------------------------------------------------------------------------------------


def check_report(result: CheckResult, *, full: bool = False, zone: str = "UTC") -> Iterator[Line]:
    """The findings of a plan, most serious first, grouped by rule; with ``full``, every one."""
    yield Line(result.title, "strong")
    yield Line(f"{result.plan} · {coordinate_words(result, zone)}", "dim")
    yield Line()
    for severity, of_severity in groupby(result.findings, key=lambda f: f.severity):
        yield Line(severity.upper(), severity)
        for _, of_rule in groupby(of_severity, key=lambda f: f.rule):
            yield from _group(list(of_rule), full)
        yield Line()
    yield from _not_evaluated(result.not_evaluated, full)
    yield Line(tally(result) if result.counts else "The plan was not open yet: nothing was checked.")


def _group(findings: Sequence[Finding], full: bool) -> Iterator[Line]:
    first = findings[0]
    if len(findings) == 1:
        yield from _finding_lines(first, "  ")
        return
    yield Line(f"  {headline(findings)}  [{first.rule}]")
    shown = findings if full or len(findings) <= SHOWN + 1 else findings[:SHOWN]
    for finding in shown:
        yield from _finding_lines(finding, "    ", rule=False)
    if len(shown) < len(findings):
        yield Line(f"    … and {len(findings) - len(shown)} more (--full shows all)", "dim")


def _finding_lines(finding: Finding, indent: str, *, rule: bool = True) -> Iterator[Line]:
    label = f"{finding.message}  [{finding.rule}]" if rule else finding.message
    yield from folded(label, f"{indent}{finding.fingerprint}  ", f"{indent}{' ' * 16}")


def headline(findings: Sequence[Finding]) -> str:
    """One sentence for all findings of one rule."""
    first = findings[0]
    if len(findings) == 1:
        return first.message
    if first.summary:
        return first.summary.replace("{count}", str(len(findings)))
    return f"{first.rule_title} ({len(findings)})"


def _not_evaluated(found: Sequence[NotEvaluated], full: bool) -> Iterator[Line]:
    if not found:
        return
    yield Line("COULD NOT BE JUDGED", "strong")
    alike = attrgetter("rule", "outcome", "subject.kind", "reason")
    for (rule, outcome, kind, reason), group in groupby(sorted(found, key=alike), key=alike):
        subjects = [n.subject.title for n in group]
        shown = subjects if full or len(subjects) <= SHOWN + 1 else subjects[:SHOWN]
        more = f"; and {len(subjects) - len(shown)} more" if len(shown) < len(subjects) else ""
        yield from folded(f"{len(subjects)} {_noun(kind, len(subjects))}: {outcome}, {reason}  [{rule}]", "  ", "    ")
        yield from folded("; ".join(shown) + more, "    ", "    ", "dim")
    yield Line()


def _noun(kind: str, count: int) -> str:
    return kind.replace("-", " ") if count == 1 else PLURALS[kind].replace("_", " ")


def tally(result: CheckResult) -> str:
    """How many findings of each severity, in one line."""
    counts = {s: sum(f.severity == s for f in result.findings) for s in SEVERITIES}
    said = ", ".join(f"{n} {severity}" for severity, n in counts.items() if n)
    total, rules = len(result.findings), len(result.counts)
    found = f"{total or 'No'} finding{'s' * (total != 1)}"
    return f"{found}{f' ({said})' if said else ''} from {rules} rule{'s' * (rules != 1)}"


# --- log -------------------------------------------------------------------------------------------------------------


_INDENT = " " * 22


def event_lines(event: RecordedEvent, zone: str = "UTC") -> Iterator[Line]:
    """An event on a few lines: position, when it became true, what it says; when recorded, by whom, from where."""
    yield from folded(
        f"{event.type}: {event_words(event.data)}", f"  #{event.position:<5} {event.effective!s:<12} ", _INDENT
    )
    local = event.recorded_at.astimezone(ZoneInfo(zone))
    parts = [
        f"recorded {local:%Y-%m-%d %H:%M %Z}",
        event.actor and f"by {event.actor}",
        event.source and f"from {event.source}",
    ]
    if event.clock_regressed:
        parts.append("the clock had run backwards")
    yield from folded("; ".join(str(p) for p in parts if p), _INDENT, _INDENT, "dim")
    if event.reason:
        yield from folded(f"because {event.reason}", _INDENT, _INDENT, "dim")
    yield Line(f"{_INDENT}{event.event_id}", "dim")


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


def log_report(events: Iterable[RecordedEvent], zone: str = "UTC") -> Iterator[Line]:
    """The events, in order of position."""
    for event in events:
        yield from event_lines(event, zone)


# --- show ------------------------------------------------------------------------------------------------------------


def plan_report(state: State, recorded_at: datetime | None, zone: str = "UTC") -> Iterator[Line]:
    """The plan in a screen: what it is, and how many of each kind it has."""
    if state.plan is None:
        yield Line(f"{state.plan_id}: not opened as at {day(state.as_at)}")
        return
    yield Line(state.plan.title, "strong")
    known = known_words(state.known, recorded_at, zone)
    yield Line(f"{state.plan.organisation} · {state.plan.period} · as at {day(state.as_at)}, {known}", "dim")
    yield Line()
    for kind in PLURALS:
        if found := state.of_kind(kind):
            count = len(found)
            yield from folded(f"{_noun(kind, count)}{_by_status(found)}", f"  {count:>5}  ", " " * 9)
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
            share = f" ({number(reading.numerator)} of {number(reading.denominator)})" if reading.denominator else ""
            yield Line(f"  {'':<22} {reading.period!s:<12} {number(reading.value)}{share}  [#{reading.position}]")
        return
    yield from folded(f"{value_words(value)}  [#{origin}]", f"  {name:<22} ", " " * 25)
