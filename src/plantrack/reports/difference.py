"""What changed between two coordinates, for people: facts, targets, rules and findings apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from plantrack.coordinates import Coordinates
from plantrack.events.envelope import RecordedEvent
from plantrack.history.difference import Difference, SubjectChange, ValueChange
from plantrack.history.omissions import Absent, Told
from plantrack.history.rule_changes import Held, PackChange
from plantrack.reports.as_text import because_words, event_words, provenance_words, recorded_words, value_words
from plantrack.reports.entries import first_of, headline, known_words, listed, noun, said, state_word
from plantrack.reports.lines import Line, folded, shortened
from plantrack.rules import Finding
from plantrack.rules.language.wording import day_words, number, period_words, target_words, words
from plantrack.state import Observation, Target

_ECHOES = ("first_due", "revised", "redefined")
"""Fields that only say again that another one changed."""
_AIM = ("comparator", "value", "lower", "upper", "period", "due")
_MOVED = {"new": "new", "worsened": "worse", "improved": "better", "resolved": "resolved", "no data": "no data"}


def difference_report(told: Difference, *, full: bool = False, zone: str = "UTC") -> Iterator[Line]:
    """What changed, section by section, the counts first; nothing where nothing changed.

    :param full: every change, not the first of each kind.
    """
    if told.is_empty:
        return
    yield from folded(told.title, "", "", "strong")
    yield Line(f"{told.plan} · from {_coordinates(told.earlier, zone)}", "dim")
    yield Line(f"{' ' * len(told.plan)} · to   {_coordinates(told.later, zone)}", "dim")
    yield from _section("FACTS", _counts(told.facts), _subjects(told, told.facts, full))
    yield from _section("TARGETS, DATES, SCOPE", _counts(told.targets), _subjects(told, told.targets, full))
    yield from _section("RULES", _pack_counts(told.rules), _packs(told.rules, full))
    yield from _section("FINDINGS", _finding_counts(told), _findings(told, full))
    if told.later.known > told.earlier.known:
        yield from _section(
            f"KNOWN TO THE SYSTEM, ABSENT FROM THE PACK of {day_words(told.earlier.as_at)}",
            _absent_counts(told),
            _absent(told.absent, full, zone),
        )
        count = len(told.told)
        yield from _section("TOLD THEN, CORRECTED SINCE", str(count or "none"), _told(told.told, full, zone))


def _coordinates(where: Coordinates, zone: str) -> str:
    return f"{day_words(where.as_at)}, {known_words(where.known, where.recorded_at, zone)}"


def _section(title: str, counts: str, lines: Iterator[Line]) -> Iterator[Line]:
    yield Line()
    yield from folded(f"{title}: {counts}", "", "  ", "strong")
    yield from lines


# --- facts and targets -----------------------------------------------------------------------------------------------


def _counts(changes: Sequence[SubjectChange]) -> str:
    counts = Counter(change.change for change in changes)
    return ", ".join(f"{counts[word]} {word}" for word in ("new", "gone", "changed") if counts[word]) or "no change"


def _subjects(told: Difference, changes: Sequence[SubjectChange], full: bool) -> Iterator[Line]:
    for word in ("new", "gone", "changed"):
        kinds: dict[str, list[SubjectChange]] = {}
        for change in changes:
            if change.change == word:
                kinds.setdefault(change.subject.kind, []).append(change)
        for kind, alike in kinds.items():
            yield from _changed(told, kind, alike, full) if word == "changed" else _came(word, kind, alike, full)


def _came(word: str, kind: str, changes: Sequence[SubjectChange], full: bool) -> Iterator[Line]:
    """Subjects of a kind that are new or gone: in a line, or each with the event that did it."""
    label = f"  {word:<8} {len(changes)} {noun(kind, len(changes))}"
    if full or len(changes) == 1:
        if len(changes) > 1:
            yield Line(label)
        for change in changes:
            start = f"{label}: " if len(changes) == 1 else " " * 13
            yield from folded(f"{_title(change)}{_by(change.by)}", start, " " * 15)
        return
    yield from folded(listed([_title(change) for change in changes], full), f"{label}: ", " " * 13)


def _title(change: SubjectChange) -> str:
    entity = change.after or change.before
    aim = f": {target_words(entity)}" if isinstance(entity, Target) else ""
    return shortened(f"{change.subject.title}{aim}", 120)


def _changed(told: Difference, kind: str, changes: Sequence[SubjectChange], full: bool) -> Iterator[Line]:
    shown = first_of(changes, full)
    for change in shown:
        yield from folded(f"{change.subject.title}  [{change.subject}]", "  changed  ", " " * 13)
        for words_of, by in _value_words(told, change, full):
            yield from folded(f"{words_of}{_by(by)}", " " * 13, " " * 15)
    if left := len(changes) - len(shown):
        yield Line(f"           … and {left} more {noun(kind, left)} (--full shows all)", "dim")


def _value_words(told: Difference, change: SubjectChange, full: bool) -> Iterator[tuple[str, RecordedEvent | None]]:
    """What changed of a subject, a line each, with the event that did it."""
    values = [v for v in change.values if v.field not in _ECHOES] or list(change.values)
    if isinstance(change.before, Target) and isinstance(change.after, Target):
        aim = [v for v in values if v.field in _AIM]
        values = [v for v in values if v.field not in _AIM]
        if aim:
            yield f"{target_words(change.before)} → {target_words(change.after)}", aim[0].by
    figures = [v for v in values if v.reading is not None and v.before is None]
    if len(first_of(figures, full)) < len(figures):
        values = [v for v in values if v not in figures]
        last = figures[-1]
        yield f"{len(figures)} more figures, the last {_from_to(last)}", last.by
    for value in values:
        if value.field == "target":
            was, now = told.before.targets.get(value.before), told.after.targets.get(value.after)
            yield f"in force: {_aim(was)} → {_aim(now)}", value.by
        else:
            yield _from_to(value), value.by


def _aim(target: Target | None) -> str:
    return "no target" if target is None else target_words(target)


def _from_to(value: ValueChange) -> str:
    if value.reading is not None:
        was = "" if value.before is None else f"{_reading(value.before)} → "
        return f"{period_words(value.reading)}: {was}{_reading(value.after)}"
    return f"{value.field.replace('_', ' ')}: {_shown(value.before)} → {_shown(value.after)}"


def _reading(figure: Observation | None) -> str:
    if figure is None:
        return "no figure"
    return f"{number(figure.value)}{' (provisional)' * figure.provisional}"


def _shown(value: Any) -> str:
    return words(None) if value == () else shortened(value_words(value), 200)


def _by(event: RecordedEvent | None) -> str:
    return "" if event is None else f"  [#{event.position}]"


# --- rules and findings ----------------------------------------------------------------------------------------------


def _pack_counts(changes: Sequence[PackChange]) -> str:
    counts = Counter(of_pack(change) for change in changes)
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "no change"


def of_pack(change: PackChange) -> str:
    """What became of a pack, in words after a number: "1 adopted"."""
    before, after = change.before, change.after
    if after is None:
        return "withdrawn" if before is not None and before.adopted else "no longer as installed"
    if before is None or before.adopted != after.adopted:
        return "adopted" if after.adopted else "as installed"
    if before.version != after.version:
        return "of another version"
    return "with another text" if before.sha256 != after.sha256 else "with other parameters"


def _packs(changes: Sequence[PackChange], full: bool) -> Iterator[Line]:
    for change in changes:
        what = f"{change.pack}: {_held(change.before)} → {_held(change.after)}{_by(change.by)}"
        yield from folded(what, "  ", "    ")
        if change.before is not None and change.after is not None:
            for word, rules in (("new", change.rules_new), ("gone", change.rules_gone)):
                if rules:
                    yield from folded(
                        f"{len(rules)} rule{'s' * (len(rules) != 1)} {word}: {listed(rules, full)}", "    ", "      "
                    )
        for rule, name, was, now in change.params:
            own = "as in the pack"
            yield from folded(f"{rule} {name}: {was or own} → {now or own}", "    ", "      ")


def _held(held: Held | None) -> str:
    if held is None:
        return "not held to it"
    return f"{held.version}, {'adopted' if held.adopted else 'as installed'}"


def _finding_counts(told: Difference) -> str:
    counts = Counter(f.state for f in (*told.findings.findings, *told.findings.gone))
    moved = [f"{counts[state]} {word}" for state, word in _MOVED.items() if counts[state]]  # type: ignore[index]
    same = counts["persisting"]
    return ", ".join([*(moved or ["no change"]), *([f"{same} as before"] if same else [])])


def _findings(told: Difference, full: bool) -> Iterator[Line]:
    states: dict[str, list[Finding]] = {state: [] for state in _MOVED}
    for finding in (*told.findings.findings, *told.findings.gone):
        if finding.state in states:
            states[finding.state].append(finding)
    for state, found in states.items():
        few = full or len(first_of(found, False)) == len(found)
        alike: dict[tuple[str, str], list[Finding]] = {}
        for finding in found:
            alike.setdefault((finding.fingerprint if few else finding.rule, finding.severity), []).append(finding)
        shown = first_of(list(alike.values()), full)
        for findings in shown:
            first, waived = findings[0], " · waived" * all(f.waiver is not None for f in findings)
            label = f"  {state_word(first):<8} {first.severity:<8} {first.fingerprint}  "
            words_of = f"{said(first) if len(findings) == 1 else headline(findings)}{waived}"
            yield from folded(words_of, label, " " * len(label), first.severity)
        if left := len(found) - sum(map(len, shown)):
            yield Line(f"           … and {left} more {_MOVED[state]} (--full shows all)", "dim")


# --- what was not shown, and what was told and is not so -------------------------------------------------------------


def _absent_counts(told: Difference) -> str:
    count = len(told.absent)
    in_time = sum(absent.in_time for absent in told.absent)
    if not in_time:
        return str(count or "none")
    return f"{count}, of which {in_time} had been recorded by that day"


def _absent(found: Sequence[Absent], full: bool, zone: str) -> Iterator[Line]:
    shown = first_of(found, full)
    for absent in shown:
        in_time = "; in time for that day, after the cut-off" * absent.in_time
        corrected = f"; made known by #{absent.by.position}" * (absent.by.position != absent.event.position)
        yield from _event(absent.event, f"{type(absent.said).__name__}: {event_words(absent.said)}")
        when = f"{provenance_words(absent.effective, absent.by, zone)}{corrected}{in_time}"
        yield from folded(when, " " * 10, " " * 12, "dim")
    yield from _more(found, shown)


def _told(found: Sequence[Told], full: bool, zone: str) -> Iterator[Line]:
    shown = first_of(found, full)
    for told in shown:
        subject = f"{type(told.before).__name__}: {event_words(told.before)}"
        yield from _event(told.event, subject)
        if told.after is None:
            yield from folded(f"→ retracted{_by(told.by)}", " " * 10, " " * 12)
        for name, was, now in told.values:
            field = name.replace("_", " ")
            yield from folded(f"{field}: {_shown(was)} → {_shown(now)}{_by(told.by)}", " " * 10, " " * 12)
        yield from folded(f"{recorded_words(told.by, zone)}{because_words(told.by)}", " " * 10, " " * 12, "dim")
    yield from _more(found, shown)


def _event(event: RecordedEvent, said_of: str) -> Iterator[Line]:
    label = f"  #{event.position}"
    yield from folded(shortened(said_of, 240), f"{label:<10}", " " * 12)


def _more(found: Sequence[Absent] | Sequence[Told], shown: Sequence[Absent] | Sequence[Told]) -> Iterator[Line]:
    """How many are not shown, by the types of their events."""
    if left := found[len(shown) :]:
        types = Counter(each.event.type for each in left)
        listed_types = ", ".join(f"{count} {name}" for name, count in types.most_common())
        yield from folded(f"… and {len(left)} more: {listed_types} (--full shows all)", " " * 10, " " * 12, "dim")
