"""Findings: what a rule says of a subject, with its arithmetic and its evidence. Data, never exceptions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from plantrack.period import Period
from plantrack.rules.compiler import Explanation

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Most serious first."""

Outcome = Literal["finding", "ok", "not applicable", "indeterminate", "error"]


@frozen
class Subject:
    """What a finding is about."""

    kind: str
    id: str
    title: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@frozen(kw_only=True)
class Finding:
    """A rule fired for a subject.

    :ivar fingerprint: ``F-`` and 12 hexadecimal digits; the same as long as plan, rule, subject and identity are.
    :ivar score: drives "worsened"; ``None`` where the rule has none.
    :ivar explanation: the expression of the rule with the value of each part.
    :ivar evidence: ids of the events that it rests on, in order of position. Where something is absent, the event that
        created the subject: nothing since, up to the position read, says otherwise.
    :ivar positions: the positions of those events.
    """

    fingerprint: str
    plan: str
    rule: str
    rule_title: str
    summary: str
    severity: Severity
    subject: Subject
    message: str
    fix: str
    score: Decimal | None
    explanation: Explanation
    positions: tuple[int, ...]
    evidence: tuple[str, ...] = ()


@frozen(kw_only=True)
class NotEvaluated:
    """A rule could not say: a value it needs is empty (indeterminate), or its evaluation failed (error)."""

    plan: str
    rule: str
    subject: Subject
    outcome: Literal["indeterminate", "error"]
    reason: str


@frozen
class PackUsed:
    """Which text of which pack took part in a check."""

    pack: str
    version: str
    sha256: str


@frozen(kw_only=True)
class CheckResult:
    """What the rules say of one plan at one pair of dates. Iterating gives the findings, most serious first.

    :ivar known: the position up to which the log was read; ``recorded_at`` is when the event there was recorded.
    :ivar counts: how many subjects each rule found in each outcome.
    """

    plan: str
    title: str
    as_at: date
    known: int
    recorded_at: datetime | None = None
    packs: tuple[PackUsed, ...]
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    counts: dict[str, dict[Outcome, int]]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)


def fingerprint(plan: str, rule: str, subject: Subject, identity: Sequence[Any]) -> str:
    """The name of a finding over time: a digest of what it is about, never of values or texts.

    :param identity: what tells several findings about one subject apart: ids, and periods in whatever words.
    """
    parts = [plan, rule, subject.kind, subject.id, *map(_named, identity)]
    digest = hashlib.sha256("\x1f".join(parts).encode())
    return f"F-{digest.hexdigest()[:12]}"


def _named(value: Any) -> str:
    return f"{value.start}/{value.end} {value.precision}" if isinstance(value, Period) else str(value)


def most_serious_first(findings: Sequence[Finding], rules: Sequence[str]) -> tuple[Finding, ...]:
    """In the order in which a board should read them: severity, then as ``rules`` are listed, then score, subject."""
    listed = {rule: place for place, rule in enumerate(rules)}

    def rank(finding: Finding) -> tuple[int, int, Decimal, str]:
        score = -finding.score if finding.score is not None else Decimal(0)
        return SEVERITIES.index(finding.severity), listed[finding.rule], score, finding.subject.id

    return tuple(sorted(findings, key=rank))
