"""Events about the checks themselves: which rules a plan is held to, and which findings somebody decided to live with.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
    agent,
    day,
    digest,
    each,
    named,
    opens,
    optional_reference,
    optional_text,
    place,
    refers,
    refers_any,
    shown,
    slug,
    text,
)
from plantrack.events.person import personal

MAX_PACK = 1_000_000
_FINGERPRINT = re.compile(r"F-[0-9a-f]{12}\Z")


def fingerprint(value: str) -> str:
    """The name of a finding, as ``check`` prints it."""
    if not isinstance(value, str) or not _FINGERPRINT.match(value):
        raise EventError(f"{shown(value)} is not the fingerprint of a finding; write F- and 12 hexadecimal digits")
    return value


def pack_text(value: str) -> str:
    """The whole text of a pack of rules, exactly as it stands in its file; at most 1,000,000 characters."""
    if not isinstance(value, str) or not value.strip():
        raise EventError("the text of a pack is missing")
    if len(value) > MAX_PACK:
        raise EventError(f"the pack has {len(value):,} characters; at most {MAX_PACK:,} are kept")
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", value):
        raise EventError("the text of the pack holds control characters; remove them")
    return value


@frozen(kw_only=True)
class Parameter:
    """A parameter of a rule that a plan sets for itself; ``value`` as it would be written in the pack."""

    rule: str = field(converter=text)
    name: str = field(converter=text)
    value: str = field(converter=text)


def parameters(values: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Parameters, each once."""
    result = each(Parameter, values)
    if len({(p.rule, p.name) for p in result}) < len(result):
        raise EventError("a parameter is given twice")
    return result


@frozen(kw_only=True, field_transformer=named)
class RulePackAdopted(Event):
    """From now on the plan is held to this text of a pack; it replaces the version adopted before.

    The text itself is kept, so that a check of that day can be run again in ten years.
    """

    pack: str = field(converter=slug, metadata=opens("rule-pack", again=True))
    version: str = field(converter=text)
    sha256: str = field(converter=text)
    text: str = field(converter=pack_text)
    params: tuple[Parameter, ...] = field(default=(), converter=parameters)

    def __attrs_post_init__(self) -> None:
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        if self.sha256 != digest:
            raise EventError(f"RulePackAdopted.sha256: the text has the digest {digest}, not {shown(self.sha256, 70)}")


@frozen(kw_only=True, field_transformer=named)
class RulePackWithdrawn(Event):
    """The plan is no longer held to this pack."""

    pack: str = field(converter=slug, metadata=refers("rule-pack"))


@frozen(kw_only=True, field_transformer=named)
class FindingWaived(Event):
    """Somebody decided to live with a finding up to and including the day ``until``, in the plan's time zone.

    ``rule`` and ``about`` repeat what the fingerprint stands for, so that a person can read the log.
    """

    waiver: str = field(converter=slug, metadata=opens("waiver"))
    finding: str = field(converter=fingerprint)
    reason: str = field(converter=text)
    requester: str = field(converter=agent, metadata=personal())
    approver: str = field(converter=agent, metadata=personal())
    until: date = field(converter=day)
    rule: str | None = field(default=None, converter=optional_text)
    about: str | None = field(default=None, converter=optional_reference, metadata=refers_any())


@frozen(kw_only=True, field_transformer=named)
class WaiverRevoked(Event):
    """The waiver no longer holds."""

    waiver: str = field(converter=slug, metadata=refers("waiver"))
    why: str | None = field(default=None, converter=optional_text)


@frozen(kw_only=True)
class SealedPack:
    """A pack by which a meeting was checked; its text is in the event that adopted it."""

    pack: str = field(converter=slug)
    version: str = field(converter=text)
    sha256: str = field(converter=digest)


def sealed_packs(values: Iterable[SealedPack]) -> tuple[SealedPack, ...]:
    """Packs, at least one."""
    result = each(SealedPack, values)
    if not result:
        raise EventError("a meeting is checked by at least one pack")
    return result


@frozen(kw_only=True, field_transformer=named)
class MeetingSealed(Event):
    """What a meeting was shown is settled: what was known, by which rules, with which findings.

    It is never corrected: what was recorded after ``known`` waits for the next meeting.

    ``as_at`` is the day for which it was checked, ``known`` the position up to which the log was known, ``rules`` the
    one up to which adopted packs count, ``root`` of the log's tree at ``known``, ``findings`` the digest of what
    ``replay --format json`` prints.
    """

    meeting: str = field(converter=slug, metadata={**opens("seal"), **refers("meeting")})
    as_at: date = field(converter=day)
    known: int = field(converter=place)
    rules: int = field(converter=place)
    root: str = field(converter=digest)
    packs: tuple[SealedPack, ...] = field(converter=sealed_packs)
    findings: str = field(converter=digest)
