"""Reports for programs: the JSON of ``check``, ``why``, ``log`` and ``show``, as plain values.

Part of the contract: keys are added, never renamed or removed. Numbers of the plan are exact: they stay text, as in the
log; counts and positions are JSON numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from plantrack.events.codec import jsonable
from plantrack.events.envelope import RecordedEvent, stamp
from plantrack.period import Period
from plantrack.rules import SEVERITIES, CheckResult, Explanation, Finding
from plantrack.state import PLURALS, Entity, State
from plantrack.state.entity import data_of


def check_json(results: Sequence[CheckResult]) -> dict[str, Any]:
    """The findings of several plans."""
    findings = [f for result in results for f in result.findings]
    return {
        "plans": [
            {
                "plan": r.plan,
                "as_at": r.as_at.isoformat(),
                "known_at": {
                    "recorded_at": None if r.recorded_at is None else stamp(r.recorded_at),
                    "position": r.known,
                },
                "rules": [{"pack": p.pack, "version": p.version, "sha256": p.sha256} for p in r.packs],
            }
            for r in results
        ],
        "summary": {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES},
        "findings": [finding_json(f) for f in findings],
        "not_evaluated": [
            {
                "plan": n.plan,
                "rule": n.rule,
                "subject": _subject(n.subject),
                "outcome": n.outcome,
                "reason": n.reason,
            }
            for r in results
            for n in r.not_evaluated
        ],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding. ``state``, ``waiver`` and ``group`` are null until a check compares, waives and groups."""
    return {
        "fingerprint": finding.fingerprint,
        "plan": finding.plan,
        "rule": finding.rule,
        "severity": finding.severity,
        "state": None,
        "subject": _subject(finding.subject),
        "message": finding.message,
        "score": None if finding.score is None else str(finding.score),
        "explanation": [_explanation(finding.explanation)],
        "evidence": list(finding.evidence),
        "waiver": None,
        "group": None,
    }


def _subject(subject: Any) -> dict[str, str]:
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
    """The whole state: ``plan``, and an object a kind, each a map from id to fields."""
    kinds = {
        plural: {name: entity_json(entity) for name, entity in state.of_kind(kind).items()}
        for kind, plural in PLURALS.items()
    }
    plan = None if state.plan is None else entity_json(state.plan)
    return {"plan": plan, "as_at": state.as_at.isoformat(), "known_at": {"position": state.known}, **kinds}


def entity_json(entity: Entity) -> dict[str, Any]:
    """The fields of one subject; empty ones are null."""
    return {name: _plain(value) for name, value in data_of(entity)}


def _plain(value: Any) -> Any:
    if isinstance(value, Period):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(type(value), "__attrs_attrs__"):
        fields = type(value).__attrs_attrs__
        return {f.name: _plain(getattr(value, f.name)) for f in fields}
    return value if isinstance(value, bool | int | str | None) else str(value)
