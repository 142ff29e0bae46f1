"""Meetings sealed: what a meeting was shown, as a document that can be made again, and the event that holds its digest.

The keys of the document are those of the JSON of ``check`` as they were when the first meeting was sealed. What later
versions add to that JSON is left out here, so that an old meeting gives the same bytes for ever.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from attrs import frozen

from plantrack.coordinates import Coordinates
from plantrack.events.assurance import MeetingSealed, SealedPack
from plantrack.events.envelope import RecordedEvent
from plantrack.reports.as_json import check_json
from plantrack.rules import CheckResult

_PLAN = ("plan", "as_at", "known_at", "rules")
_FINDING = (
    "fingerprint", "plan", "rule", "severity", "subject", "message", "score", "explanation", "evidence", "waiver",
    "group",
)  # fmt: skip
_NOT_EVALUATED = ("plan", "rule", "subject", "outcome", "reason")


@frozen
class Replay:
    """A meeting made again from the log.

    :ivar event: that sealed it, with when that was and by whom.
    :ivar document: of the findings, as text; its SHA-256 is ``seal.findings`` where nothing stands in the way.
    """

    event: RecordedEvent
    seal: MeetingSealed
    result: CheckResult
    document: str

    @property
    def agrees(self) -> bool:
        """Whether the meeting made again is the one that was sealed, to the byte."""
        return digest(self.document) == self.seal.findings


def document(result: CheckResult) -> str:
    """What is sealed of a check, as JSON text that ends with a line end."""
    whole = check_json([result])
    [plan] = whole["plans"]
    kept = {
        **_keys(plan, _PLAN),
        "findings": [_keys(finding, _FINDING) for finding in whole["findings"]],
        "not_evaluated": [_keys(judged, _NOT_EVALUATED) for judged in whole["not_evaluated"]],
    }
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _keys(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names}


def digest(text: str) -> str:
    """The SHA-256 of a document, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(meeting: str, where: Coordinates, rules: int, root: bytes, result: CheckResult) -> MeetingSealed:
    """The event that settles what a meeting was shown.

    :param rules: the position up to which adopted packs count.
    :param root: of the log's tree at ``where.known``.
    """
    return MeetingSealed(
        meeting=meeting,
        as_at=where.as_at,
        known=where.known,
        rules=rules,
        root=root.hex(),
        packs=tuple(SealedPack(pack=p.pack, version=p.version, sha256=p.sha256) for p in result.packs),
        findings=digest(document(result)),
    )
