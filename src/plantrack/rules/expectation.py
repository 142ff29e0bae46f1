"""What a test expects of its rule, and in what the outcome differs from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from plantrack.errors import did_you_mean
from plantrack.events.codec import TYPES
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.findings import SEVERITIES, Finding, NotEvaluated, Outcome
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, shown

OUTCOMES = ("finding", "none", "no subject", "not applicable", "indeterminate", "error")
FINDING_KEYS = ("subject", "score", "message", "severity", "evidence")


@frozen
class Difference:
    """One thing that came out otherwise than expected, in words."""

    field: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.got}"


@frozen
class ExpectedFinding:
    """What a finding must say, as far as the test says it.

    :ivar evidence: types of events or ids of events of the test, sorted; all that the finding rests on.
    """

    subject: str | None = None
    score: Decimal | None = None
    message: str | None = None
    severity: str | None = None
    evidence: tuple[str, ...] | None = None


@frozen
class Expectation:
    """What a test expects.

    :ivar outcome: ``finding``, ``none``, ``no subject``, ``not applicable``, ``indeterminate`` or ``error``.
    :ivar findings: for the outcome ``finding``: what each must say, the most serious first.
    :ivar reason: of an outcome that is no judgement; ``None`` where any will do.
    """

    outcome: str
    findings: tuple[ExpectedFinding, ...] = ()
    reason: str | None = None

    @property
    def evidence_asked(self) -> bool:
        """Whether a finding must rest on certain events."""
        return any(finding.evidence is not None for finding in self.findings)


@frozen
class Came:
    """What a rule said of the subjects of a test."""

    findings: list[Finding]
    unevaluated: list[NotEvaluated]
    tally: Counter[Outcome]

    def __str__(self) -> str:
        said = [f"a finding on {f.subject}: {f.message}" for f in self.findings]
        said += [f"{n.outcome} on {n.subject}: {n.reason}" for n in self.unevaluated]
        if said:
            return "; ".join(said)
        ok, skipped = self.tally["ok"], self.tally["not applicable"]
        if ok:
            counted = "1 subject is ok" if ok == 1 else f"{ok} subjects are ok"
            return f"no finding: {counted}" + (f", {skipped} not applicable" if skipped else "")
        return "not applicable" if skipped else "no subject"


def differences(expected: Expectation, came: Came, events: list[RecordedEvent]) -> Iterator[Difference]:
    """In what the outcome differs from what is expected; nothing where the test passes."""
    outcome, wanted = expected.outcome, len(expected.findings)
    if outcome == "finding":
        if len(came.findings) != wanted:
            yield Difference("outcome", "a finding" if wanted == 1 else f"{wanted} findings", str(came))
            return
        for number, (finding, got) in enumerate(zip(expected.findings, came.findings, strict=True), 1):
            for difference in _of_finding(finding, got, events):
                yield difference if wanted == 1 else evolve(difference, field=f"{number}. {difference.field}")
    elif outcome in ("indeterminate", "error"):
        reasons = [n.reason for n in came.unevaluated if n.outcome == outcome]
        if not reasons:
            yield Difference("outcome", outcome, str(came))
        elif expected.reason is not None and expected.reason not in reasons:
            yield Difference("reason", expected.reason, "; ".join(reasons))
    else:
        judged = bool(came.findings or came.unevaluated)
        fits = {
            "none": not judged and came.tally["ok"] > 0,
            "not applicable": not judged and not came.tally["ok"] and came.tally["not applicable"] > 0,
            "no subject": not any(came.tally.values()),
        }
        if not fits[outcome]:
            yield Difference("outcome", _SILENCE if outcome == "none" else outcome, str(came))


_SILENCE = "no finding, and a subject that is ok"


def _of_finding(expected: ExpectedFinding, came: Finding, events: list[RecordedEvent]) -> Iterator[Difference]:
    if expected.subject not in (None, came.subject.id, str(came.subject)):
        yield Difference("subject", str(expected.subject), str(came.subject))
    if expected.score is not None and expected.score != came.score:
        yield Difference("score", _short(expected.score), "no score" if came.score is None else _short(came.score))
    if expected.message is not None and expected.message != came.message:
        yield Difference("message", expected.message, came.message)
    if expected.severity not in (None, came.severity):
        yield Difference("severity", str(expected.severity), came.severity)
    if expected.evidence is not None:
        on = [events[position - 1] for position in came.positions]
        named = {event.event_id if event.event_id in expected.evidence else event.type for event in on}
        if named != set(expected.evidence):
            yield Difference("evidence", _listed(expected.evidence), _listed(named))


def _short(value: Decimal) -> str:
    """The number in full, without noughts that say nothing."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


# --- as written ------------------------------------------------------------------------------------------------------


def read_expectation(test: Mapping, text: Text) -> Expectation:
    """What a test expects, from its keys ``expect`` and ``evidence``.

    :raises RuleSourceError: with the place of what is wrong.
    """
    names = _event_ids(test.get("events"))
    expected = _expectation(test["expect"], test.marks["expect"], text, names)
    if "evidence" not in test:
        return expected
    mark = test.keys["evidence"]
    if len(expected.findings) != 1:
        raise text.error(mark, "evidence beside expect belongs to one finding", "write it into each finding", 8)
    if expected.evidence_asked:
        raise text.error(mark, "the evidence is given twice", "leave this one out", 8)
    evidence = _evidence(test["evidence"], test.marks["evidence"], text, names)
    return evolve(expected, findings=(evolve(expected.findings[0], evidence=evidence),))


def _expectation(written: Any, mark: Mark, text: Text, names: frozenset[str]) -> Expectation:
    if isinstance(written, str) and written in OUTCOMES:
        return Expectation(written, (ExpectedFinding(),) if written == "finding" else ())
    key = next(iter(written.values)) if isinstance(written, Mapping) and len(written.values) == 1 else None
    if key == "finding":
        return Expectation("finding", (_finding(written[key], written.marks[key], text, names),))
    if key == "findings":
        items = written[key]
        if not isinstance(items, Sequence) or not len(items):
            raise text.error(written.marks[key], "'findings' needs a list of findings", "for none write expect: none")
        places = zip(items.items, items.marks, strict=True)
        return Expectation("finding", tuple(_finding(item, place, text, names) for item, place in places))
    if key in ("indeterminate", "error"):
        reason = written[key]
        if not isinstance(reason, Mapping):
            raise text.error(written.marks[key], f"'{key}' needs a mapping with reason", f"or write expect: {key}")
        text.check_keys(reason, ("reason",), ("reason",), f"an expected {key}")
        return Expectation(key, reason=_text(reason, "reason", text))
    more = "finding: {...}, findings: [...], indeterminate: {reason: ...}, error: {reason: ...}"
    raise text.error(mark, f"expect one of: {', '.join(OUTCOMES)}", f"or say more: {more}")


def _finding(written: Any, mark: Mark, text: Text, names: frozenset[str]) -> ExpectedFinding:
    if not isinstance(written, Mapping):
        raise text.error(mark, "an expected finding is a mapping", f"of {', '.join(FINDING_KEYS)}; or write finding")
    text.check_keys(written, FINDING_KEYS, (), "an expected finding")
    score = written.get("score")
    if "score" in written and (isinstance(score, bool) or not isinstance(score, int | Decimal)):
        raise text.error(written.marks["score"], "the expected score needs a number")
    severity = _text(written, "severity", text)
    if severity not in (None, *SEVERITIES):
        hint = did_you_mean(str(severity), SEVERITIES)
        raise text.error(written.marks["severity"], f"{severity!r:.40} is not one of {', '.join(SEVERITIES)}", hint)
    asked = "evidence" in written
    return ExpectedFinding(
        subject=_text(written, "subject", text),
        score=None if score is None else Decimal(score),
        message=_text(written, "message", text),
        severity=severity,
        evidence=_evidence(written["evidence"], written.marks["evidence"], text, names) if asked else None,
    )


def _text(written: Mapping, key: str, text: Text) -> str | None:
    if key not in written:
        return None
    value = written[key]
    if not isinstance(value, str):
        raise text.error(written.marks[key], f"the expected {key} needs a text", "quote it")
    return value.rstrip()  # the end of a block is a line end, that of a message never


def _evidence(written: Any, mark: Mark, text: Text, names: frozenset[str]) -> tuple[str, ...]:
    if not isinstance(written, Sequence):
        raise text.error(mark, "'evidence' needs a list of event types")
    for name, place in zip(written.items, written.marks, strict=True):
        if name not in names and name not in TYPES:
            raise text.error(place, f"unknown event type {shown(name)}", did_you_mean(str(name), [*TYPES, *names]))
    return tuple(written.items)


def _event_ids(events: Any) -> frozenset[str]:
    """The ids that the events of a test are given."""
    found = [event.get("event_id") for event in events if isinstance(event, Mapping)] if events is not None else []
    return frozenset(name for name in found if isinstance(name, str))
