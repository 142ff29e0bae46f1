"""Reports for people at a terminal: the check, one finding, the log, the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from plantrack.events.envelope import Event, RecordedEvent, event_fields
from plantrack.period import Period
from plantrack.reports.lines import WIDTH, Line, folded, shortened
from plantrack.rules import SEVERITIES, CheckResult, Explanation, Finding, Rule
from plantrack.rules.findings import NotEvaluated
from plantrack.rules.wording import number, words
from plantrack.state import PLURALS, Entity, Observation, State
from plantrack.state.entity import data_of

SHOWN = 3  # findings of one rule before "and N more"


def day(when: Any) -> str:
    """A day in words: 2 April 2014."""
    return f"{when.day} {when:%B %Y}"


def known_words(result: CheckResult, zone: str = "UTC") -> str:
    """The known-at coordinate in words."""
    if result.recorded_at is None:
        return "nothing recorded yet"
    return f"as known on {day(result.recorded_at.astimezone(ZoneInfo(zone)))} (#{result.known})"


# --- check -----------------------------------------------------------------------------------------------------------


def check_report(result: CheckResult, *, full: bool = False) -> Iterator[Line]:
    """The findings of a plan, most serious first, grouped by rule; with ``full``, every one."""
    yield Line(result.title, "strong")
    yield Line(f"{result.plan} · as at {day(result.as_at)}, {known_words(result)}", "dim")
    yield Line()
    if not result.findings:
        yield Line(f"No findings; {len(result.counts)} rules looked.")
    for severity, of_severity in groupby(result.findings, key=lambda f: f.severity):
        yield Line(severity.upper(), severity)
        for _, of_rule in groupby(of_severity, key=lambda f: f.rule):
            yield from _group(list(of_rule), full)
        yield Line()
    yield from _not_evaluated(result.not_evaluated, full)
    yield Line(tally(result))


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
    for (rule, outcome, reason), group in groupby(
        sorted(found, key=lambda n: (n.rule, n.outcome, n.reason)), key=lambda n: (n.rule, n.outcome, n.reason)
    ):
        subjects = [n.subject.title for n in group]
        shown = subjects if full or len(subjects) <= SHOWN else subjects[:SHOWN]
        more = f" and {len(subjects) - len(shown)} more" if len(shown) < len(subjects) else ""
        yield from folded(f"{rule}: {reason}, for {', '.join(shown)}{more} ({outcome})", "  ", "    ")
    yield Line()


def tally(result: CheckResult) -> str:
    """How many findings of each severity, in one line."""
    counts = {s: sum(f.severity == s for f in result.findings) for s in SEVERITIES}
    said = ", ".join(f"{n} {severity}" for severity, n in counts.items() if n)
    total = len(result.findings)
    return f"{total} finding{'s' * (total != 1)}{f' ({said})' if said else ''} from {len(result.counts)} rules"


# --- why -------------------------------------------------------------------------------------------------------------


def why_report(finding: Finding, result: CheckResult, evidence: Sequence[RecordedEvent], rule: Rule) -> Iterator[Line]:
    """One finding: what it says, its arithmetic, the events it rests on, and what to do."""
    yield Line(f"{finding.fingerprint}  {finding.rule_title}", "strong")
    yield from folded(finding.message, "  ", "  ", finding.severity)
    yield Line(f"  {finding.severity} · {finding.subject} · as at {day(result.as_at)}, {known_words(result)}", "dim")
    yield Line()
    yield Line(f"The rule {finding.rule} fires when  {' '.join(rule.text['when'].split())}", "strong")
    yield from _explained(finding.explanation, 1)
    yield Line()
    yield Line("It rests on", "strong")
    for event in evidence:
        yield from event_lines(event)
    if rule.why:
        yield Line()
        yield Line("Why it matters", "strong")
        yield from folded(rule.why, "  ", "  ")
    if finding.fix:
        yield Line()
        yield Line("What can be done", "strong")
        yield from folded(finding.fix, "  ", "  ")


def _explained(explanation: Explanation, depth: int) -> Iterator[Line]:
    indent = "  " * depth
    yield from folded(f"{explanation.expression}  is  {explanation.value}", indent, indent + "    ")
    for part in explanation.because:
        yield from _explained(part, depth + 1)


# --- log -------------------------------------------------------------------------------------------------------------


def event_lines(event: RecordedEvent, zone: str = "UTC") -> Iterator[Line]:
    """An event on two lines: position, when it became true, what it says; when recorded, by whom, from where."""
    yield from folded(
        f"{event.type}: {event_words(event.data)}", f"  #{event.position:<5} {event.effective!s:<12} ", " " * 21
    )
    local = event.recorded_at.astimezone(ZoneInfo(zone))
    parts = [
        f"recorded {local:%Y-%m-%d %H:%M}",
        event.actor and f"by {event.actor}",
        event.source and f"from {event.source}",
    ]
    if event.clock_regressed:
        parts.append("the clock had run backwards")
    yield from folded("; ".join(str(p) for p in parts if p), " " * 21, " " * 21, "dim")
    yield from folded(f"because {event.reason}", " " * 21, " " * 21, "dim") if event.reason else ()
    yield Line(f"{' ' * 21}{event.event_id}", "dim")


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
        said.append(f"{f.name} {_value(value)}")
    return shortened(", ".join(said), 400)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(_value(item) for item in value)
    if attrs.has(type(value)) and not isinstance(value, Period):
        return " ".join(_value(v) for v in attrs.astuple(value, recurse=False) if v is not None)
    return words(value)


def log_report(events: Iterable[RecordedEvent]) -> Iterator[Line]:
    """The events, in order of position."""
    for event in events:
        yield from event_lines(event)


# --- show ------------------------------------------------------------------------------------------------------------


def plan_report(state: State, recorded_at: datetime | None) -> Iterator[Line]:
    """The plan in a screen: what it is, and how many of each kind it has."""
    if state.plan is None:
        yield Line(f"{state.plan_id}: not opened as at {day(state.as_at)}")
        return
    yield Line(state.plan.title, "strong")
    known = f"as known at #{state.known}" + (f", {day(recorded_at)}" if recorded_at else "")
    yield Line(f"{state.plan.organisation} · {state.plan.period} · as at {day(state.as_at)}, {known}", "dim")
    yield Line()
    for kind, plural in PLURALS.items():
        if found := state.of_kind(kind):
            yield Line(f"  {len(found):>5}  {plural.replace('_', ' ')}{_by_status(found)}")
    yield Line()
    yield Line("`plantrack show KIND` lists a kind, `plantrack show KIND:ID` one subject.", "dim")


def _by_status(found: Mapping[str, Entity]) -> str:
    statuses = [status for entity in found.values() if (status := getattr(entity, "status", None))]
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    return f"  ({', '.join(f'{n} {status}' for status, n in counts.items())})" if counts else ""


def kind_report(found: Mapping[str, Entity]) -> Iterator[Line]:
    """Each subject of a kind on a line."""
    for name, entity in found.items():
        yield Line(shortened(f"  {name:<40} {getattr(entity, 'title', '') or ''}", WIDTH))


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
            yield Line(shortened(f"  {other.KIND}:{other.id}  {getattr(other, 'title', None) or ''}", WIDTH))
        if len(entities) > 20:
            yield Line(f"  … and {len(entities) - 20} more", "dim")


def _field(name: str, value: Any, origin: int) -> Iterator[Line]:
    if isinstance(value, tuple) and value and isinstance(value[0], Observation):
        yield Line(f"  {name:<22} {len(value)}, the latest:")
        for reading in value[-6:]:
            share = f" ({number(reading.numerator)} of {number(reading.denominator)})" if reading.denominator else ""
            yield Line(f"  {'':<22} {reading.period!s:<12} {number(reading.value)}{share}  [#{reading.position}]")
        return
    yield from folded(f"{_value(value)}  [#{origin}]", f"  {name:<22} ", " " * 25)
