"""State of the checks themselves: packs of rules adopted, findings waived."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from attrs import frozen

from plantrack.events.assurance import (
    FindingWaived,
    MeetingSealed,
    RulePackAdopted,
    RulePackWithdrawn,
    WaiverRevoked,
)
from plantrack.events.correction import PersonalDataErased
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Ref

_ABOUT = ("initiative", "goal", "measure", "milestone", "dependency", "external", "commitment", "risk", "saving")


@frozen(kw_only=True)
class RulePack(Entity):
    """A pack of rules to which the plan is held; its text stays in the event. ``status``: adopted or withdrawn."""

    KIND: ClassVar = "rule-pack"

    version: str
    sha256: str
    status: Literal["adopted", "withdrawn"]
    adopted: Period


@frozen(kw_only=True)
class Waiver(Entity):
    """A finding that somebody decided to live with, up to and including ``until``. ``finding`` is its fingerprint.

    :ivar self_approved: who asked for it also approved it; such a waiver has no effect.
    """

    KIND: ClassVar = "waiver"

    finding: str
    reason: str
    requester: str
    approver: str
    self_approved: bool
    until: date
    rule: str | None
    about: Annotated[str | None, AnyRef(_ABOUT)]
    given: Period
    revoked: Period | None = None

    def in_force(self, on: date) -> bool:
        """Whether it holds on a day of the plan's calendar."""
        return self.revoked is None and on <= self.until and not self.self_approved


@frozen(kw_only=True)
class Seal(Entity):
    """What a meeting was shown: for which day, what was known, by which rules, with which findings."""

    KIND: ClassVar = "seal"

    meeting: Annotated[str, Ref("meeting")]
    sealed: Period
    as_at: date
    known: int
    rules: int
    root: str
    packs: tuple[str, ...]
    findings: str


def is_same(one: str, other: str) -> bool:
    """Whether two names are of the same, however they are spaced and capitalised."""
    return one.casefold().split() == other.casefold().split()


@evolves(RulePackAdopted)
def _adopted(drafts: Drafts, position: int, effective: Period, event: RulePackAdopted) -> None:
    values = values_of(event, "pack", "text", "params")
    drafts.put("rule-pack", event.pack, position, status="adopted", adopted=effective, **values)


@evolves(RulePackWithdrawn)
def _withdrawn(drafts: Drafts, position: int, _effective: Period, event: RulePackWithdrawn) -> None:
    drafts.kinds["rule-pack"][event.pack].set(position, status="withdrawn")


@evolves(FindingWaived)
def _waived(drafts: Drafts, position: int, effective: Period, event: FindingWaived) -> str | None:
    same, values = is_same(event.requester, event.approver), values_of(event, "waiver")
    return drafts.open("waiver", event.waiver, position, self_approved=same, given=effective, **values)


@evolves(WaiverRevoked)
def _revoked(drafts: Drafts, position: int, effective: Period, event: WaiverRevoked) -> None:
    drafts.kinds["waiver"][event.waiver].set(position, revoked=effective)


@evolves(MeetingSealed)
def _sealed(drafts: Drafts, position: int, effective: Period, event: MeetingSealed) -> str | None:
    packs = tuple(f"{pack.pack} {pack.version}" for pack in event.packs)
    return drafts.open("seal", event.meeting, position, sealed=effective, packs=packs, **values_of(event, "packs"))


@evolves(PersonalDataErased)
def _erased(_drafts: Drafts, _position: int, _effective: Period, _event: PersonalDataErased) -> None:
    """It tells of the record and not of the plan: the state never held a name, so it is what it was."""
