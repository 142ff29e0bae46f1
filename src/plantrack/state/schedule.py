"""State of milestones, stages and gates."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from plantrack.events.schedule import (
    MilestoneCancelled,
    MilestoneKind,
    MilestoneOutcome,
    MilestoneReached,
    MilestoneRescheduled,
    MilestoneSet,
)
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Milestone(Entity):
    """Something to be reached. ``status``: planned, delayed (moved without a date), reached or cancelled.

    :ivar due: the date that holds now; ``first_due`` the first that was ever set, be it in the plan before.
    :ivar continues: the subject of another plan that this one goes on from, as ``plan/kind:id``.
    :ivar reached: when it was.
    """

    KIND: ClassVar = "milestone"
    INVERSES: ClassVar = inverses(
        dependants=Inverse("dependency", "on"),
        risks=Inverse("risk", "about"),
        commitments=Inverse("commitment", "about"),
        approvals=Inverse("approval", "about"),
        reports=Inverse("report", "about"),
    )

    title: str
    initiative: Annotated[str | None, Ref("initiative")]
    due: Period | None
    first_due: Period | None
    kind: MilestoneKind
    order: int | None
    criteria: str | None
    status: Literal["planned", "delayed", "reached", "cancelled"]
    outcome: MilestoneOutcome | None = None
    reached: Period | None = None
    continues: str | None = None


@evolves(MilestoneSet)
def _set(drafts: Drafts, position: int, _effective: Period, event: MilestoneSet) -> str | None:
    values = values_of(event, "milestone")
    return drafts.open("milestone", event.milestone, position, status="planned", first_due=event.due, **values)


@evolves(MilestoneRescheduled)
def _rescheduled(drafts: Drafts, position: int, _effective: Period, event: MilestoneRescheduled) -> None:
    draft = drafts.kinds["milestone"][event.milestone]
    draft.set(position, due=event.due, status="planned" if event.due else "delayed")
    if draft.values["first_due"] is None:
        draft.set(position, first_due=event.due)


@evolves(MilestoneReached)
def _reached(drafts: Drafts, position: int, effective: Period, event: MilestoneReached) -> None:
    status = "planned" if event.outcome == "extended" else "reached"
    draft = drafts.kinds["milestone"][event.milestone]
    draft.set(position, status=status, outcome=event.outcome, reached=effective if status == "reached" else None)


@evolves(MilestoneCancelled)
def _cancelled(drafts: Drafts, position: int, _effective: Period, event: MilestoneCancelled) -> None:
    drafts.kinds["milestone"][event.milestone].set(position, status="cancelled")
