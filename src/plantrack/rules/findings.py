"""Findings: what a rule says of a subject, with its arithmetic and its evidence. Data, never exceptions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from attrs import frozen

from plantrack.errors import UnknownSubjectError
from plantrack.period import Period
from plantrack.rules.language.compiler import Explanation

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Most serious first."""

_CANDIDATES = 12  # findings that are named where several could be meant

Outcome = Literal["finding", "ok", "not applicable", "indeterminate", "error"]

FindingState = Literal["new", "persisting", "worsened", "improved", "resolved", "no data"]
"""How a finding stands against an earlier check. What cannot be judged any more is "no data", never "resolved"."""


@frozen
class Subject:
    """What a finding is about."""

    kind: str
    id: str
    title: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@frozen(kw_only=True)
class WaiverApplied:
    """Somebody decided to live with a finding for a time: the waiver that is in force for it."""

    id: str
    reason: str
    requester: str
    approver: str
    until: date


@frozen(kw_only=True)
class Finding:
    """A rule fired for a subject.

    :ivar fingerprint: ``F-`` and 12 hexadecimal digits; the same as long as plan, rule, subject and identity are.
    :ivar score: drives "worsened"; ``None`` where the rule has none.
    :ivar explanation: the expression of the rule with the value of each part.
    :ivar evidence: ids of the events that it rests on, in order of position. Where something is absent, the event that
        created the subject: nothing since, up to the position read, says otherwise.
    :ivar positions: the positions of those events.
    :ivar waiver: the waiver in force, if any; what is waived does not count.
    :ivar group: the fingerprint of the finding under which this one is grouped; ``None`` at the head of a group, and
        where there is none.
    :ivar state: against the earlier check, where there was one; ``state_reason`` says why, where that is not plain.
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
    waiver: WaiverApplied | None = None
    group: str | None = None
    state: FindingState | None = None
    state_reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is open: neither waived, nor gone since the earlier check."""
        return self.waiver is None and self.state not in ("resolved", "no data")


def called(typed: str, findings: Iterable[Finding]) -> Finding:
    """The finding that a fingerprint names, or the beginning of one that no other finding shares.

    :raises UnknownSubjectError: none is called so, or several.
    """
    found = {f.fingerprint: f for f in findings if f.fingerprint.startswith(typed)}
    if len(found) == 1:
        return found.popitem()[1]
    if not found:
        raise UnknownSubjectError(
            f"no finding {typed!r:.40} at these coordinates; give the --as-at and --known-at of the check that showed"
            " it"
        )
    some = [f"{name} ({f.rule}, {f.subject})" for name, f in sorted(found.items())]
    more = [f"and {len(some) - _CANDIDATES} more"] if len(some) > _CANDIDATES else []
    raise UnknownSubjectError(
        f"{len(some)} findings begin with {typed!r:.40}; write more of the one you mean:"
        f" {', '.join([*some[:_CANDIDATES], *more])}"
    )


@frozen(kw_only=True)
class Group:
    """Findings that follow from one cause.

    :ivar head: the fingerprint of the finding that speaks for them; ``members`` are the others.
    :ivar cause: what they follow from.
    :ivar radius: the initiatives that the cause reaches, through the graph of dependencies.
    """

    head: str
    cause: Subject
    members: tuple[str, ...]
    radius: tuple[Subject, ...]


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
    :ivar findings: those that the rules found now, waived ones too.
    :ivar gone: those of the earlier check that are not found now, "resolved" or "no data".
    :ivar groups: findings that follow from one cause.
    :ivar since: what the findings were compared with: a day or a meeting; ``None`` where they were not.
    :ivar since_known: the position up to which the log was read for that: what was known then, not what is known now.
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
    gone: tuple[Finding, ...] = ()
    groups: tuple[Group, ...] = ()
    since: str | None = None
    since_known: int | None = None
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
        score = finding.score.copy_negate() if finding.score is not None else Decimal(0)
        return SEVERITIES.index(finding.severity), listed[finding.rule], score, finding.subject.id

    return tuple(sorted(findings, key=rank))
