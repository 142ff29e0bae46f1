"""What changed between two coordinates, for programs.

Part of the contract, as all JSON: keys are added, never renamed or removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from plantrack.coordinates import Coordinates
from plantrack.events.codec import jsonable
from plantrack.events.envelope import RecordedEvent, stamp
from plantrack.history.difference import Difference, SubjectChange
from plantrack.history.omissions import Absent, Told
from plantrack.history.rule_changes import Held, PackChange
from plantrack.reports.as_json import entity_json, envelope_json, finding_json, named_json, subject_json
from plantrack.reports.difference import of_pack


def difference_json(told: Difference) -> dict[str, Any]:
    """What changed, each part with its counts; ``by`` is the event that did it, null where only the day moved on."""
    findings = [*told.findings.findings, *told.findings.gone]
    return {
        "plan": told.plan,
        "from": _coordinates_json(told.earlier),
        "to": _coordinates_json(told.later),
        "summary": {
            "facts": _tally(told.facts),
            "targets": _tally(told.targets),
            "rules": len(told.rules),
            "findings": dict(Counter(str(finding.state) for finding in findings)),
            "absent": len(told.absent),
            "absent_in_time": sum(absent.in_time for absent in told.absent),
            "corrected_since": len(told.told),
        },
        "facts": [_subject_json(change) for change in told.facts],
        "targets": [_subject_json(change) for change in told.targets],
        "rules": [_pack_json(change) for change in told.rules],
        "findings": [finding_json(finding) for finding in findings if finding.state != "persisting"],
        "absent": [_absent_json(absent) for absent in told.absent],
        "corrected_since": [_told_json(each) for each in told.told],
    }


def _tally(changes: Sequence[SubjectChange]) -> dict[str, int]:
    return {word: sum(change.change == word for change in changes) for word in ("new", "gone", "changed")}


def _coordinates_json(where: Coordinates) -> dict[str, Any]:
    recorded = None if where.recorded_at is None else stamp(where.recorded_at)
    return {"as_at": where.as_at.isoformat(), "known_at": {"recorded_at": recorded, "position": where.known}}


def _event_json(event: RecordedEvent | None) -> dict[str, Any] | None:
    return None if event is None else envelope_json(event)


def _subject_json(change: SubjectChange) -> dict[str, Any]:
    sides = {"from": change.before, "to": change.after}
    entities = {key: None if entity is None else entity_json(entity, {}) for key, entity in sides.items()}
    return {
        "subject": subject_json(change.subject),
        "change": change.change,
        **({} if change.change == "changed" else entities),
        "by": _event_json(change.by),
        "fields": [
            {
                "field": value.field,
                "reading": None if value.reading is None else str(value.reading),
                **named_json("from", value.before),
                **named_json("to", value.after),
                "by": _event_json(value.by),
            }
            for value in change.values
        ],
    }


def _pack_json(change: PackChange) -> dict[str, Any]:
    return {
        "pack": change.pack,
        "change": of_pack(change),
        "from": _held_json(change.before),
        "to": _held_json(change.after),
        "rules_new": list(change.rules_new),
        "rules_gone": list(change.rules_gone),
        "params": [{"rule": r, "name": n, "from": was, "to": now} for r, n, was, now in change.params],
        "by": _event_json(change.by),
    }


def _held_json(held: Held | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {"version": held.version, "sha256": held.sha256, "adopted": held.adopted}


def _absent_json(absent: Absent) -> dict[str, Any]:
    return {
        "event": envelope_json(absent.event),
        "effective": absent.effective.stored(),
        "data": jsonable(absent.said),
        "made_known_by": envelope_json(absent.by),
        "in_time": absent.in_time,
    }


def _told_json(told: Told) -> dict[str, Any]:
    return {
        "event": envelope_json(told.event),
        "from": jsonable(told.before),
        "to": None if told.after is None else jsonable(told.after),
        "fields": [{"field": n, **named_json("from", was), **named_json("to", now)} for n, was, now in told.values],
        "by": envelope_json(told.by),
    }
