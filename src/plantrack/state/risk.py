"""State of risks and escalations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from plantrack.events.risk import Escalated, RiskAssessed, RiskClosed, RiskMaterialised, RiskRaised, RiskReviewed
from plantrack.period import Period
from plantrack.state.draft import Drafts, Evolution, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Risk(Entity):
    """Something that may go wrong. ``status``: open, materialised or closed. Mitigations are commitments about it."""

    KIND: ClassVar = "risk"
    INVERSES: ClassVar = inverses(
        commitments=Inverse("commitment", "about"),
        responsibilities=Inverse("responsibility", "subject"),
        escalations=Inverse("escalation", "about"),
        reports=Inverse("report", "about"),
    )

    title: str
    about: Annotated[str | None, AnyRef(("initiative", "milestone", "measure", "goal", "saving", "external"))]
    status: Literal["open", "materialised", "closed"]
    likelihood: int | None = None
    impact: int | None = None
    reviewed: Period | None = None


@frozen(kw_only=True)
class Escalation(Entity):
    """A subject was taken to a body that can decide more."""

    KIND: ClassVar = "escalation"

    about: Annotated[str, AnyRef(("initiative", "risk", "milestone", "measure"))]
    to: Annotated[str, Ref("body")]
    title: str
    when: Period


@evolves(RiskRaised)
def _raised(drafts: Drafts, position: int, _effective: Period, event: RiskRaised) -> str | None:
    return drafts.open("risk", event.risk, position, status="open", **values_of(event, "risk"))


@evolves(RiskAssessed)
def _assessed(drafts: Drafts, position: int, effective: Period, event: RiskAssessed) -> None:
    drafts.kinds["risk"][event.risk].set(position, likelihood=event.likelihood, impact=event.impact, reviewed=effective)


@evolves(RiskReviewed)
def _reviewed(drafts: Drafts, position: int, effective: Period, event: RiskReviewed) -> None:
    drafts.kinds["risk"][event.risk].set(position, reviewed=effective)


def _becomes(status: str) -> Evolution:
    def evolution(drafts: Drafts, position: int, _effective: Period, event: RiskClosed) -> None:
        drafts.kinds["risk"][event.risk].set(position, status=status)

    return evolution


evolves(RiskMaterialised)(_becomes("materialised"))
evolves(RiskClosed)(_becomes("closed"))


@evolves(Escalated)
def _escalated(drafts: Drafts, position: int, effective: Period, event: Escalated) -> str | None:
    return drafts.open("escalation", event.escalation, position, when=effective, **values_of(event, "escalation"))
