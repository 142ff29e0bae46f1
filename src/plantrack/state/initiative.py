"""State of initiatives: what the plan undertakes, whom it serves, who answers for it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from attrs import frozen

from plantrack.events.fields import Attribute
from plantrack.events.initiative import (
    AlignmentDeclared,
    AlignmentStrength,
    Continued,
    InitiativeCancelled,
    InitiativeCompleted,
    InitiativePaused,
    InitiativeProposed,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
    InitiativeSuperseded,
    ResponsibilityAssigned,
    ResponsibilityEnded,
    Role,
)
from plantrack.period import Period
from plantrack.state.draft import Draft, Drafts, Evolution, evolves, given, values_of
from plantrack.state.entity import AnyRef, Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Initiative(Entity):
    """What the plan undertakes. ``status``: proposed, active, paused, completed, cancelled or superseded.

    :ivar continues: the subject of another plan that this one goes on from, as ``plan/kind:id``.
    :ivar dependencies_assessed: when somebody said that there are no dependencies beyond those declared.
    :ivar period: when it is to be done, if that is not the whole time of the plan.
    :ivar revised: when what it is was last put otherwise.
    """

    KIND: ClassVar = "initiative"
    INVERSES: ClassVar = inverses(
        initiatives=Inverse("initiative", "parent"),
        alignments=Inverse("alignment", "initiative"),
        responsibilities=Inverse("responsibility", "subject"),
        milestones=Inverse("milestone", "initiative"),
        measures=Inverse("measure", "initiative"),
        savings=Inverse("saving", "initiative"),
        funding=Inverse("funding", "initiative"),
        dependencies=Inverse("dependency", "initiative"),
        dependants=Inverse("dependency", "on"),
        commitments=Inverse("commitment", "about"),
        risks=Inverse("risk", "about"),
        recommendations=Inverse("recommendation", "about"),
        approvals=Inverse("approval", "about"),
        documents=Inverse("document", "about"),
        reports=Inverse("report", "about"),
    )

    title: str
    kind: str
    goal: Annotated[str | None, Ref("goal")]
    parent: Annotated[str | None, Ref("initiative")]
    description: str | None
    attributes: tuple[Attribute, ...]
    status: Literal["proposed", "active", "paused", "completed", "cancelled", "superseded"]
    superseded_by: Annotated[str | None, Ref("initiative")] = None
    continues: str | None = None
    dependencies_assessed: Period | None = None
    period: Period | None = None
    revised: Period | None = None


@frozen(kw_only=True)
class Alignment(Entity):
    """An initiative serves a goal. ``code`` is the goal as printed; ``goal`` is empty when no such goal exists.

    A code that is an alias of a goal leads to that goal.
    """

    KIND: ClassVar = "alignment"

    initiative: Annotated[str, Ref("initiative")]
    goal: Annotated[str | None, Ref("goal")]
    code: str
    strength: AlignmentStrength
    note: str | None


@frozen(kw_only=True)
class Responsibility(Entity):
    """A body answers for a subject in a role, from ``since`` until ``ended`` (empty while it does)."""

    KIND: ClassVar = "responsibility"

    subject: Annotated[str, AnyRef(("initiative", "goal", "measure", "risk", "milestone", "document", "body"))]
    role: Role
    body: Annotated[str, Ref("body")]
    on_behalf_of: Annotated[str | None, Ref("body")]
    since: Period
    ended: Period | None = None


@evolves(InitiativeProposed)
def _proposed(drafts: Drafts, position: int, _effective: Period, event: InitiativeProposed) -> str | None:
    values = values_of(event, "initiative")
    return drafts.open("initiative", event.initiative, position, status="proposed", **values)


@evolves(InitiativeRevised)
def _revised(drafts: Drafts, position: int, effective: Period, event: InitiativeRevised) -> None:
    drafts.kinds["initiative"][event.initiative].set(position, revised=effective, **given(event, "initiative"))


def _becomes(status: str) -> Evolution:
    def evolution(drafts: Drafts, position: int, _effective: Period, event: InitiativeStarted) -> None:
        drafts.kinds["initiative"][event.initiative].set(position, status=status)

    return evolution


evolves(InitiativeStarted)(_becomes("active"))
evolves(InitiativePaused)(_becomes("paused"))
evolves(InitiativeResumed)(_becomes("active"))
evolves(InitiativeCompleted)(_becomes("completed"))
evolves(InitiativeCancelled)(_becomes("cancelled"))


@evolves(InitiativeSuperseded)
def _superseded(drafts: Drafts, position: int, _effective: Period, event: InitiativeSuperseded) -> None:
    drafts.kinds["initiative"][event.initiative].set(position, status="superseded", superseded_by=event.by)


@evolves(Continued)
def _continued(drafts: Drafts, position: int, _effective: Period, event: Continued) -> str | None:
    kind, _, name = event.subject.partition(":")
    if kind not in ("initiative", "measure", "milestone", "document"):
        return f"a {kind} has no lineage; initiatives, measures, milestones and documents have"
    first = {} if event.due is None else {"first_due": event.due}
    drafts.kinds[kind][name].set(position, continues=event.predecessor, **first)
    return None


@evolves(AlignmentDeclared)
def _aligned(drafts: Drafts, position: int, _effective: Period, event: AlignmentDeclared) -> None:
    drafts.put(
        "alignment",
        f"{event.initiative}>{event.goal}",
        position,
        initiative=event.initiative,
        code=event.goal,
        strength=event.strength,
        note=event.note,
    )


def settled(drafts: Drafts, draft: Draft) -> dict[str, Any]:
    """What can only be said of an alignment once every event is placed: the goal of that code or alias, if any."""
    code, goals, aliases = draft.values["code"], drafts.kinds["goal"], drafts.kinds["alias"]
    if code not in goals and code in aliases:
        kind, _, code = aliases[code].values["of"].partition(":")
        return {"goal": code if kind == "goal" else None}
    return {"goal": code if code in goals else None}


@evolves(ResponsibilityAssigned)
def _assigned(drafts: Drafts, position: int, effective: Period, event: ResponsibilityAssigned) -> None:
    name = f"{event.subject}/{event.role}/{event.body}"
    drafts.put("responsibility", name, position, since=effective, ended=None, **values_of(event))


@evolves(ResponsibilityEnded)
def _ended(drafts: Drafts, position: int, effective: Period, event: ResponsibilityEnded) -> str | None:
    draft = drafts.kinds["responsibility"].get(f"{event.subject}/{event.role}/{event.body}")
    if draft is None or draft.values["ended"] is not None:
        return f"{event.body} is not {event.role} of {event.subject} at that time"
    draft.set(position, ended=effective)
    return None
