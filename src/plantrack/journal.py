"""Journals: events written by hand in YAML, in the order in which they were recorded.

The notation of the worked example and of the tests inside rule packs. An event is a mapping with its type as one key;
``effective``, ``at`` (the place in the source), ``actor``, ``reason``, ``source``, ``event_id`` may stand beside it::

    - Observed: {measure: ae-4-hour, period: 2018-01, value: 76.9}
      effective: 2018-01
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from plantrack.errors import EventError, PeriodError, did_you_mean
from plantrack.events.codec import TYPES, structure_proposal
from plantrack.events.envelope import Proposal
from plantrack.period import Period
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, plain, read

_HEAD = ("plantrack-journal", "plan", "about", "entries")
_ENTRY = ("recorded", "actor", "source", "reason", "events")
_BESIDE = ("effective", "at", "actor", "reason", "source", "event_id")
_MORNING = time(9, tzinfo=UTC)


@frozen
class Entry:
    """What was recorded at one moment."""

    plan: str
    recorded: datetime
    proposals: tuple[Proposal, ...]


def read_journal(content: str | bytes, name: str) -> list[Entry]:
    """The entries of a journal, in its order.

    :raises RuleSourceError: names the place and what is wrong.
    """
    document, text = read(content, name)
    _require(document, Mark(1, 1), text, _HEAD, ("plantrack-journal", "plan", "entries"))
    if str(document["plantrack-journal"]) != "1":  # and not true, which equals 1
        raise text.error(document.marks["plantrack-journal"], "this version reads plantrack-journal: 1")
    plan = _text(document["plan"])
    if not isinstance(plan, str):
        raise text.error(document.marks["plan"], "'plan' needs the id of a plan")
    entries: list[Entry] = []
    fiscal_year_start = 4
    listed = _items(document, text, "entries")
    for entry, mark in zip(listed.items, listed.marks, strict=True):
        _require(entry, mark, text, _ENTRY, ("recorded", "events"))
        when = _moment(entry["recorded"], entry.marks["recorded"], text)
        defaults = {key: plain(entry[key]) for key in ("actor", "source", "reason") if key in entry}
        proposals = []
        for proposal in read_events(_items(entry, text, "events"), text, when, defaults, fiscal_year_start):
            fiscal_year_start = getattr(proposal.data, "fiscal_year_start", fiscal_year_start)
            proposals.append(proposal)
        entries.append(Entry(plan, when, tuple(proposals)))
    return entries


def read_events(
    events: Sequence, text: Text, recorded: datetime, defaults: dict[str, Any], fiscal_year_start: int
) -> Iterator[Proposal]:
    """Proposals from event mappings; ``effective`` is the day of recording unless said otherwise.

    :param fiscal_year_start: for periods such as "2017/18", until a ``PlanOpened`` among the events says another.
    :raises RuleSourceError: names the place and what is wrong.
    """
    for event, mark in zip(events.items, events.marks, strict=True):
        if not isinstance(event, Mapping):
            raise text.error(mark, "an event is a mapping such as `- Observed: {...}`")
        types = [key for key in event.values if key not in _BESIDE]
        if len(types) != 1 or types[0] not in TYPES:
            wrong = next((key for key in types if key not in TYPES), None)
            place = event.keys[wrong] if wrong else event.mark
            said = f"unknown event type or field {wrong!r:.60}" if wrong else "an event needs exactly one type"
            raise text.error(place, said, did_you_mean(wrong or "", [*TYPES, *_BESIDE]), len(wrong or "-"))
        name = types[0]
        source = event.get("source", defaults.get("source"))
        line = {
            "type": name,
            "effective": _text(event.get("effective", recorded.date().isoformat())),
            "data": plain(event[name]) if isinstance(event[name], Mapping) else event[name],
            "actor": plain(event.get("actor", defaults.get("actor"))),
            "reason": plain(event.get("reason", defaults.get("reason"))),
            "event_id": event.get("event_id"),
        }
        if source is not None:
            line["source"] = {"document": source, "locator": event.get("at")}
            if line["source"]["locator"] is None:
                del line["source"]["locator"]
        try:
            proposal = structure_proposal(line, fiscal_year_start=fiscal_year_start)
        except (EventError, PeriodError) as problem:
            raise text.error(event.keys[name], str(problem), width=len(name)) from None
        fiscal_year_start = getattr(proposal.data, "fiscal_year_start", fiscal_year_start)
        yield proposal


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(value: Any, mark: Mark, text: Text) -> datetime:
    written = _text(value)
    if not isinstance(written, str):
        raise text.error(mark, "this is not a day or moment", "write 2014-04-02")
    try:
        moment = datetime.fromisoformat(written) if "T" in written else None
        day = Period.parse(written).start if moment is None else moment.date()
    except ValueError:
        raise text.error(mark, f"{written!r:.40} is not a day or moment", "write 2014-04-02") from None
    if moment is not None and moment.tzinfo is None:
        raise text.error(mark, "a moment needs a time zone, such as 2014-04-02T09:00Z")
    return moment or datetime.combine(day, _MORNING)


def _require(value: Any, mark: Mark, text: Text, known: tuple[str, ...], required: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping):
        raise text.error(mark, f"expected a mapping with {', '.join(required)}")
    for key, place in value.keys.items():
        if key not in known:
            raise text.error(place, f"unknown key {key!r:.60}", did_you_mean(key, known), len(key))
    for key in required:
        if key not in value:
            raise text.error(value.mark, f"the key {key!r} is missing")


def _items(value: Mapping, text: Text, key: str) -> Sequence:
    if not isinstance(value[key], Sequence):
        raise text.error(value.marks[key], f"{key!r} needs a list")
    found: Sequence = value[key]
    return found


# --- JSON Lines: the format of ``record`` ----------------------------------------------------------------------------


def read_lines(content: str, name: str, *, fiscal_year_start: int = 4) -> list[Proposal]:
    """Proposals from JSON Lines, one object a line: ``{"type", "effective", "data", "actor"?, "source"?, ...}``.

    :param fiscal_year_start: of the plan, for periods such as "2017/18"; a ``PlanOpened`` among the lines decides.
    :raises EventError: names the line and what is wrong with it.
    """
    proposals = []
    for number, line in numbered_lines(content):
        try:
            proposal = structure_proposal(_json(line), fiscal_year_start=fiscal_year_start)
        except (EventError, PeriodError) as problem:
            raise EventError(f"{name}, line {number}: {problem}") from None
        fiscal_year_start = getattr(proposal.data, "fiscal_year_start", fiscal_year_start)
        proposals.append(proposal)
    return proposals


def decoded(content: bytes, name: str) -> str:
    """The text of JSON Lines from their bytes.

    :raises EventError: they are not UTF-8; a NUL too says so, for UTF-8 has no use for it and UTF-16 is full of it.
    """
    try:
        text, wrong = content.decode("utf-8"), content.find(b"\0")
    except UnicodeDecodeError as problem:
        text, wrong = "", problem.start
    if wrong < 0:
        return text
    line = content.count(b"\n", 0, wrong) + 1
    raise EventError(f"{name}, line {line}: not UTF-8 text; save it as UTF-8")


def numbered_lines(content: str) -> Iterator[tuple[int, str]]:
    """The lines of JSON Lines that hold something, with their numbers: one a proposal."""
    lines = content.removeprefix("\ufeff").split("\n")  # JSON may hold other line ends within a text
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _json(line: str) -> Any:
    """JSON with exact numbers, without NaN and without a key given twice."""
    try:
        return json.loads(
            line,
            parse_float=_exact(Decimal),
            parse_int=_exact(int),
            parse_constant=_not_finite,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as problem:
        if not line.lstrip().startswith(("{", "[")):
            raise EventError('not JSON: one object a line is expected, such as {"type": "Observed", ...}') from None
        raise EventError(f"not JSON: {problem.msg}, column {problem.colno}") from None
    except RecursionError:
        raise EventError("not JSON that can be read: nested too deep") from None


def _exact(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(written: str) -> Any:
        try:
            return kind(written)
        except (ValueError, InvalidOperation):  # the limits of Python's own numbers
            raise EventError(f"the number {written[:20]}... is out of bounds") from None

    return number


def _not_finite(word: str) -> None:
    raise EventError(f"{word} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise EventError(f"the key {key!r:.60} is given twice")
        result[key] = value
    return result
