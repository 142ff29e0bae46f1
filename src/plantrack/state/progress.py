"""State of reported progress: claims, kept apart from observations."""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import frozen

from plantrack.events.fields import Attachment
from plantrack.events.progress import ClaimedStatus, ProgressReported
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Ref

_SAID_OF = ("initiative", "goal", "measure", "milestone", "external", "risk")


@frozen(kw_only=True)
class Report(Entity):
    """What a document or person claimed of a subject, and when; ``judged``: the status was read out of the words.

    :ivar contradicts: a report that says otherwise.
    :ivar speaks_of: what the words are about, where that is not what they answer for.
    """

    KIND: ClassVar = "report"

    about: Annotated[str, AnyRef(_SAID_OF)]
    status: ClaimedStatus
    text: str
    document: Annotated[str | None, Ref("document")]
    period: Period | None
    judged: bool
    evidence: tuple[Attachment, ...]
    made: Period
    contradicts: Annotated[str | None, Ref("report")] = None
    speaks_of: Annotated[str | None, AnyRef(_SAID_OF)] = None


@evolves(ProgressReported)
def _reported(drafts: Drafts, position: int, effective: Period, event: ProgressReported) -> str | None:
    return drafts.open("report", event.report, position, made=effective, **values_of(event, "report"))
