"""State of meetings, recommendations, decisions and approvals."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from plantrack.events.governance import ApprovalGiven, DecisionTaken, MeetingScheduled, RecommendationMade
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Meeting(Entity):
    """A body meets on a date."""

    KIND: ClassVar = "meeting"
    INVERSES: ClassVar = inverses(
        recommendations=Inverse("recommendation", "meeting"),
        decisions=Inverse("decision", "meeting"),
        seals=Inverse("seal", "meeting"),
    )

    body: Annotated[str, Ref("body")]
    date: Period
    title: str | None


@frozen(kw_only=True)
class Recommendation(Entity):
    """A request to a meeting. ``status``: open or decided; ``outcome`` in the words of the decision."""

    KIND: ClassVar = "recommendation"
    INVERSES: ClassVar = inverses(
        decisions=Inverse("decision", "recommendation"),
        commitments=Inverse("commitment", "about"),
    )

    meeting: Annotated[str, Ref("meeting")]
    verb: str
    title: str
    about: Annotated[str | None, AnyRef(("document", "initiative", "measure", "goal"))]
    status: Literal["open", "decided"]
    outcome: str | None = None


@frozen(kw_only=True)
class Decision(Entity):
    """What a meeting decided, on a recommendation or of its own."""

    KIND: ClassVar = "decision"

    meeting: Annotated[str, Ref("meeting")]
    outcome: str
    recommendation: Annotated[str | None, Ref("recommendation")]
    title: str | None
    taken: Period


@frozen(kw_only=True)
class Approval(Entity):
    """A body approved a subject, perhaps under a condition. ``signed_by`` is the token of who signed."""

    KIND: ClassVar = "approval"

    about: Annotated[str, AnyRef(("document", "initiative", "measure", "milestone", "goal"))]
    by: Annotated[str, Ref("body")]
    condition: str | None
    signed_by: str | None
    given: Period


@evolves(MeetingScheduled)
def _scheduled(drafts: Drafts, position: int, _effective: Period, event: MeetingScheduled) -> None:
    drafts.put("meeting", event.meeting, position, **values_of(event, "meeting"))


@evolves(RecommendationMade)
def _recommended(drafts: Drafts, position: int, _effective: Period, event: RecommendationMade) -> str | None:
    values = values_of(event, "recommendation")
    return drafts.open("recommendation", event.recommendation, position, status="open", **values)


@evolves(DecisionTaken)
def _decided(drafts: Drafts, position: int, effective: Period, event: DecisionTaken) -> str | None:
    problem = drafts.open("decision", event.decision, position, taken=effective, **values_of(event, "decision"))
    if problem is None and event.recommendation is not None:
        recommendation = drafts.kinds["recommendation"][event.recommendation]
        recommendation.set(position, status="decided", outcome=event.outcome)
    return problem


@evolves(ApprovalGiven)
def _approved(drafts: Drafts, position: int, effective: Period, event: ApprovalGiven) -> str | None:
    return drafts.open("approval", event.approval, position, given=effective, **values_of(event, "approval"))
