"""State of the plan itself, its code lists, goals, bodies, names and documents."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from attrs import frozen

from plantrack.events.plan import (
    AliasDeclared,
    BodyRegistered,
    DocumentIssued,
    DocumentStatus,
    FrameworkDefined,
    GoalDefined,
    PlanOpened,
)
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Plan(Entity):
    """The plan: title, organisation, period, and the settings that dates and money are read with."""

    KIND: ClassVar = "plan"

    title: str
    organisation: str
    period: Period
    time_zone: str
    fiscal_year_start: int
    currency: str
    holidays: tuple[date, ...]
    part_of: str | None


@frozen(kw_only=True)
class Framework(Entity):
    """A code list in its current version; ``codes`` are the texts of the codes."""

    KIND: ClassVar = "framework"

    title: str
    version: str
    codes: tuple[str, ...]


@frozen(kw_only=True)
class Goal(Entity):
    """A node of the tree of goals, or a code of a framework (kind ``code``, ``title`` perhaps never explained)."""

    KIND: ClassVar = "goal"
    INVERSES: ClassVar = inverses(
        goals=Inverse("goal", "parent"),
        initiatives=Inverse("initiative", "goal"),
        measures=Inverse("measure", "goal"),
        alignments=Inverse("alignment", "goal"),
        responsibilities=Inverse("responsibility", "subject"),
        risks=Inverse("risk", "about"),
        recommendations=Inverse("recommendation", "about"),
        reports=Inverse("report", "about"),
    )

    kind: str
    title: str | None
    parent: Annotated[str | None, Ref("goal")] = None
    framework: Annotated[str | None, Ref("framework")] = None
    description: str | None = None


@frozen(kw_only=True)
class Body(Entity):
    """Somebody who can answer for something. ``person`` is the token of the natural person, where it is one."""

    KIND: ClassVar = "body"
    INVERSES: ClassVar = inverses(
        responsibilities=Inverse("responsibility", "body"),
        commitments=Inverse("commitment", "owner"),
    )

    title: str
    kind: str
    parent: Annotated[str | None, Ref("body")]
    person: str | None


@frozen(kw_only=True)
class Alias(Entity):
    """Another name of a subject."""

    KIND: ClassVar = "alias"

    title: str
    of: str


@frozen(kw_only=True)
class Document(Entity):
    """A paper in its latest issue; ``issued`` is when that took effect.

    :ivar continues: the paper that it goes on from, as ``plan/kind:id``.
    """

    KIND: ClassVar = "document"
    INVERSES: ClassVar = inverses(
        reports=Inverse("report", "document"),
        approvals=Inverse("approval", "about"),
        recommendations=Inverse("recommendation", "about"),
        responsibilities=Inverse("responsibility", "subject"),
    )

    title: str
    kind: str
    status: DocumentStatus
    condition: str | None
    period: Period | None
    issued: Period
    about: Annotated[str | None, AnyRef(("initiative", "goal"))]
    continues: str | None = None


@evolves(PlanOpened)
def _plan_opened(drafts: Drafts, position: int, _effective: Period, event: PlanOpened) -> str | None:
    problem = drafts.open("plan", drafts.plan, position, **values_of(event))
    return problem and "the plan is open already"


@evolves(FrameworkDefined)
def _framework_defined(drafts: Drafts, position: int, _effective: Period, event: FrameworkDefined) -> None:
    codes = tuple(code.code for code in event.codes)
    drafts.put("framework", event.framework, position, title=event.title, version=event.version, codes=codes)
    named = {f"{event.framework}.{code.code}": code for code in event.codes}
    for name, code in named.items():
        drafts.put("goal", name, position, kind="code", title=code.title, framework=event.framework)
    goals = drafts.kinds["goal"]
    before = [name for name, goal in goals.items() if goal.values.get("framework") == event.framework]
    for name in before:
        if name not in named:  # a code that the new version drops is no longer a code of the list
            goals[name].set(position, framework=None)


@evolves(GoalDefined)
def _goal_defined(drafts: Drafts, position: int, _effective: Period, event: GoalDefined) -> str | None:
    return drafts.open("goal", event.goal, position, **values_of(event, "goal"))


@evolves(BodyRegistered)
def _body_registered(drafts: Drafts, position: int, _effective: Period, event: BodyRegistered) -> str | None:
    return drafts.open("body", event.body, position, **values_of(event, "body"))


@evolves(AliasDeclared)
def _alias_declared(drafts: Drafts, position: int, _effective: Period, event: AliasDeclared) -> str | None:
    return drafts.open("alias", event.alias, position, **values_of(event, "alias"))


@evolves(DocumentIssued)
def _document_issued(drafts: Drafts, position: int, effective: Period, event: DocumentIssued) -> None:
    drafts.put("document", event.document, position, issued=effective, **values_of(event, "document"))
