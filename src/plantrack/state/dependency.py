"""State of dependencies, external things and fall-backs."""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import frozen

from plantrack.events.dependency import (
    DependenciesAssessed,
    DependencyDeclared,
    DependencyKind,
    DependencyWithdrawn,
    ExternalRegistered,
    ExternalStatus,
    ExternalStatusReported,
    FallbackActivated,
    FallbackDeclared,
)
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import AnyRef, Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Dependency(Entity):
    """An initiative needs something: ``on`` a subject of the plan, or only in words (``title``).

    :ivar withdrawn: it no longer holds.
    """

    KIND: ClassVar = "dependency"

    initiative: Annotated[str, Ref("initiative")]
    title: str
    on: Annotated[str | None, AnyRef(("initiative", "milestone", "measure", "external"))]
    kind: DependencyKind
    nature: str | None
    need_by: Period | None
    stated_in: str | None
    note: str | None
    withdrawn: bool = False


@frozen(kw_only=True)
class External(Entity):
    """Something outside the plan. ``status``: pending, submitted, won, lost, in-force, delayed or ended.

    :ivar expected: when it is to come; ``until`` is when it ends.
    """

    KIND: ClassVar = "external"
    INVERSES: ClassVar = inverses(
        dependants=Inverse("dependency", "on"),
        fallbacks=Inverse("fallback", "external"),
        risks=Inverse("risk", "about"),
        reports=Inverse("report", "about"),
    )

    title: str
    kind: str
    status: ExternalStatus
    expected: Period | None
    note: str | None
    until: Period | None = None


@frozen(kw_only=True)
class Fallback(Entity):
    """What will be done if the external thing does not come; ``activated`` once it is."""

    KIND: ClassVar = "fallback"

    external: Annotated[str, Ref("external")]
    title: str
    initiative: Annotated[str | None, Ref("initiative")]
    activated: Period | None = None


@evolves(DependencyDeclared)
def _declared(drafts: Drafts, position: int, _effective: Period, event: DependencyDeclared) -> str | None:
    return drafts.open("dependency", event.dependency, position, **values_of(event, "dependency"))


@evolves(DependenciesAssessed)
def _assessed(drafts: Drafts, position: int, effective: Period, event: DependenciesAssessed) -> None:
    drafts.kinds["initiative"][event.initiative].set(position, dependencies_assessed=effective)


@evolves(DependencyWithdrawn)
def _withdrawn(drafts: Drafts, position: int, _effective: Period, event: DependencyWithdrawn) -> None:
    drafts.kinds["dependency"][event.dependency].set(position, withdrawn=True)


@evolves(ExternalRegistered)
def _registered(drafts: Drafts, position: int, _effective: Period, event: ExternalRegistered) -> str | None:
    return drafts.open("external", event.external, position, **values_of(event, "external"))


@evolves(ExternalStatusReported)
def _reported(drafts: Drafts, position: int, _effective: Period, event: ExternalStatusReported) -> None:
    draft = drafts.kinds["external"][event.external]
    draft.set(position, status=event.status)
    if event.expected is not None:
        draft.set(position, expected=event.expected)
    if event.until is not None:
        draft.set(position, until=event.until)


@evolves(FallbackDeclared)
def _fallback(drafts: Drafts, position: int, _effective: Period, event: FallbackDeclared) -> str | None:
    return drafts.open("fallback", event.fallback, position, **values_of(event, "fallback"))


@evolves(FallbackActivated)
def _activated(drafts: Drafts, position: int, effective: Period, event: FallbackActivated) -> None:
    drafts.kinds["fallback"][event.fallback].set(position, activated=effective)
