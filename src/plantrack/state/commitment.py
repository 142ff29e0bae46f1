"""State of commitments: whatever somebody owes by a date."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from plantrack.events.commitment import CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn
from plantrack.events.measure import Cadence
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Ref


@frozen(kw_only=True)
class Commitment(Entity):
    """Something owed. ``status``: open, met or withdrawn; ``first_due`` is the first date that was promised.

    :ivar met: when it was last met. With a ``cadence`` it stays open: the next time is still to come.
    """

    KIND: ClassVar = "commitment"

    title: str
    kind: str
    owner: Annotated[str | None, Ref("body")]
    owed_to: Annotated[str | None, Ref("body")]
    due: Period | None
    first_due: Period | None
    cadence: Cadence | None
    about: Annotated[str | None, AnyRef(("initiative", "goal", "measure", "milestone", "risk", "recommendation"))]
    condition: str | None
    status: Literal["open", "met", "withdrawn"]
    met: Period | None = None


@evolves(CommitmentMade)
def _made(drafts: Drafts, position: int, _effective: Period, event: CommitmentMade) -> str | None:
    values = values_of(event, "commitment")
    return drafts.open("commitment", event.commitment, position, status="open", first_due=event.due, **values)


@evolves(CommitmentMoved)
def _moved(drafts: Drafts, position: int, _effective: Period, event: CommitmentMoved) -> None:
    draft = drafts.kinds["commitment"][event.commitment]
    draft.set(position, due=event.due)
    if draft.values["first_due"] is None:
        draft.set(position, first_due=event.due)


@evolves(CommitmentMet)
def _met(drafts: Drafts, position: int, effective: Period, event: CommitmentMet) -> None:
    draft = drafts.kinds["commitment"][event.commitment]
    draft.set(position, met=effective)
    if draft.values["cadence"] is None:  # else the next time is still to come
        draft.set(position, status="met")


@evolves(CommitmentWithdrawn)
def _withdrawn(drafts: Drafts, position: int, _effective: Period, event: CommitmentWithdrawn) -> None:
    drafts.kinds["commitment"][event.commitment].set(position, status="withdrawn")
