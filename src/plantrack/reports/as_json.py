"""Reports for programs: the JSON of ``check``, ``why``, ``log`` and ``show``, as plain values.

Part of the contract: keys are added, never renamed or removed. Numbers of the plan are exact: they stay text, as in the
log; counts and positions are JSON numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, get_args, get_type_hints

import attrs

from plantrack.events.codec import jsonable
from plantrack.events.envelope import RecordedEvent, stamp
from plantrack.period import Period
from plantrack.rules import SEVERITIES, CheckResult, Explanation, Finding, Group, Related, Subject, WaiverApplied
from plantrack.rules.related import Lists
from plantrack.state import PLURALS, Entity, State
from plantrack.state.entity import data_of


def check_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of :func:`check_json`; it describes every key."""
    schema: dict[str, Any] = json.loads((resources.files("plantrack.reports") / "check.schema.json").read_bytes())
    return schema


def check_json(results: Sequence[CheckResult]) -> dict[str, Any]:
    """The findings of several plans, also those that are waived or gone; ``summary`` counts those that count."""
    findings = [f for result in results for f in (*result.findings, *result.gone)]
    return {
        "plans": [plan_json(result) for result in results],
        "summary": {s: sum(f.counts and f.severity == s for f in findings) for s in SEVERITIES},
        "findings": [finding_json(f) for f in findings],
        "not_evaluated": [
            {
                "plan": n.plan,
                "rule": n.rule,
                "subject": subject_json(n.subject),
                "outcome": n.outcome,
                "reason": n.reason,
            }
            for r in results
            for n in r.not_evaluated
        ],
        "groups": [{"plan": r.plan, **group_json(group)} for r in results for group in r.groups],
    }


def plan_json(result: CheckResult) -> dict[str, Any]:
    """The plan that was checked, and the coordinates of its check."""
    return {
        "plan": result.plan,
        "as_at": result.as_at.isoformat(),
        "known_at": {
            "recorded_at": None if result.recorded_at is None else stamp(result.recorded_at),
            "position": result.known,
        },
        "rules": [{"pack": p.pack, "version": p.version, "sha256": p.sha256} for p in result.packs],
        "title": result.title,
        "since": result.since,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding. ``state`` is null where nothing was compared; ``waiver`` and ``group`` where there is none."""
    return {
        "fingerprint": finding.fingerprint,
        "plan": finding.plan,
        "rule": finding.rule,
        "severity": finding.severity,
        "state": finding.state,
        "subject": subject_json(finding.subject),
        "message": finding.message,
        "score": None if finding.score is None else str(finding.score),
        "explanation": [_explanation(finding.explanation)],
        "evidence": list(finding.evidence),
        "waiver": None if finding.waiver is None else waiver_json(finding.waiver),
        "group": finding.group,
        "state_reason": finding.state_reason,
        "fix": finding.fix,
    }


def waiver_json(waiver: WaiverApplied) -> dict[str, str]:
    """The waiver in force for a finding."""
    return {
        "id": waiver.id,
        "reason": waiver.reason,
        "requester": waiver.requester,
        "approver": waiver.approver,
        "until": waiver.until.isoformat(),
    }


def group_json(group: Group) -> dict[str, Any]:
    """Findings of one cause, with the initiatives that it reaches."""
    return {
        "head": group.head,
        "cause": subject_json(group.cause),
        "members": list(group.members),
        "radius": [subject_json(subject) for subject in group.radius],
    }


def subject_json(subject: Subject) -> dict[str, str]:
    """What a finding is about."""
    return {"kind": subject.kind, "id": subject.id, "title": subject.title}


def _explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "expression": explanation.expression,
        "value": explanation.value,
        "because": [_explanation(part) for part in explanation.because],
    }


def log_json(events: Iterable[RecordedEvent]) -> list[dict[str, Any]]:
    """Events in full, in order of position."""
    return [event_json(event) for event in events]


def event_json(event: RecordedEvent) -> dict[str, Any]:
    """One event with its envelope."""
    return {
        "plan": event.plan,
        "position": event.position,
        "event_id": event.event_id,
        "type": event.type,
        "schema": type(event.data).SCHEMA,
        "effective": event.effective.stored(),
        "recorded_at": stamp(event.recorded_at),
        "actor": event.actor,
        "reason": event.reason,
        "source": None if event.source is None else jsonable(event.source),
        "causation_id": event.causation_id,
        "correlation_id": event.correlation_id,
        "data": jsonable(event.data),
    }


def show_json(state: State) -> dict[str, Any]:
    """The whole state: ``plan``, and an object a kind (:func:`kind_json`)."""
    related = Related(state)
    plan = None if state.plan is None else _fields(type(state.plan), data_of(state.plan))
    kinds = {plural: kind_json(related, kind) for kind, plural in PLURALS.items()}
    return {"plan": plan, "as_at": state.as_at.isoformat(), "known_at": {"position": state.known}, **kinds}


def kind_json(related: Related, kind: str) -> dict[str, Any]:
    """The subjects of a kind, as a map from id to fields (:func:`entity_json`)."""
    return {entity.id: entity_json(entity, lists) for entity, lists in related.of_kind(kind)}


def entity_json(entity: Entity, lists: Lists) -> dict[str, Any]:
    """The fields of one subject, empty ones null; then the ids of what belongs to it, under the names that rules use.

    A date with a precision is three: as it was written, its first day (``due_start``) and its last (``due_end``).
    """
    ids = {name: None if others is None else [other.id for other in others] for name, others in lists.items()}
    return _fields(type(entity), data_of(entity)) | ids


def _fields(cls: type, values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in values:
        plain[name] = value_json(value)
        if name in _periods(cls):
            plain[f"{name}_start"] = None if value is None else value.start.isoformat()
            plain[f"{name}_end"] = None if value is None else value.end.isoformat()
    return plain


def named_json(name: str, value: Any) -> dict[str, Any]:
    """One value of the state or of an event under a name; a date with a precision is three, as in a subject."""
    plain = {name: value_json(value)}
    if isinstance(value, Period):
        plain |= {f"{name}_start": value.start.isoformat(), f"{name}_end": value.end.isoformat()}
    return plain


def envelope_json(event: RecordedEvent) -> dict[str, Any]:
    """Who recorded an event, when, and from where: all of it but what it says."""
    return {name: value for name, value in event_json(event).items() if name not in ("plan", "schema", "data")}


@cache
def _periods(cls: type) -> frozenset[str]:
    """The fields of a class that hold dates with a precision."""
    hints = get_type_hints(cls)
    return frozenset(name for name, hint in hints.items() if hint is Period or Period in get_args(hint))


def value_json(value: Any) -> Any:
    """A value of the state; numbers and dates are text."""
    if isinstance(value, Period):
        return str(value)
    if isinstance(value, tuple):
        return [value_json(item) for item in value]
    if attrs.has(type(value)):
        return _fields(type(value), attrs.asdict(value, recurse=False).items())
    return value if isinstance(value, bool | int | str | None) else str(value)
