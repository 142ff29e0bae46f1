"""The fold: events in valid-time order to the state of a plan.

``fold`` is total: an event whose subject does not exist at that time goes to ``State.unplaced`` and becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import repeat
from types import MappingProxyType
from typing import Any, ClassVar, cast

from attrs import field, frozen

from plantrack.errors import UnknownSubjectError, did_you_mean, meant_as
from plantrack.events.envelope import Event, needs
from plantrack.period import Period
from plantrack.state import initiative, measure
from plantrack.state.assurance import RulePack, Seal, Waiver
from plantrack.state.commitment import Commitment
from plantrack.state.dependency import Dependency, External, Fallback
from plantrack.state.draft import EVOLUTIONS, Draft, Drafts, Evolution
from plantrack.state.entity import Entity, data_fields
from plantrack.state.governance import Approval, Decision, Meeting, Recommendation
from plantrack.state.initiative import Alignment, Initiative, Responsibility
from plantrack.state.measure import Benchmark, Forecast, Measure, Target
from plantrack.state.money import BudgetRule, Funding, Saving
from plantrack.state.plan import Alias, Body, Document, Framework, Goal, Plan
from plantrack.state.progress import Report
from plantrack.state.risk import Escalation, Risk
from plantrack.state.schedule import Milestone


@frozen(kw_only=True)
class UnplacedEvent(Entity):
    """An event that could not be applied, and why (its subject does not exist at that time, or exists already)."""

    KIND: ClassVar = "unplaced-event"

    type: str
    effective: Period
    why: str


def _kind() -> Any:
    return field(factory=lambda: MappingProxyType({}))


@frozen(kw_only=True)
class State:
    """What was true at the end of the day ``as_at``, as far as it was known at position ``known``.

    Each kind is a read-only mapping from id to frozen object, in order of first appearance.

    :ivar known: the position in the log up to which events were read.
    :ivar plan: ``None`` before the plan was opened.
    """

    plan_id: str
    as_at: date
    known: int
    plan: Plan | None = None
    frameworks: Mapping[str, Framework] = _kind()
    goals: Mapping[str, Goal] = _kind()
    bodies: Mapping[str, Body] = _kind()
    aliases: Mapping[str, Alias] = _kind()
    documents: Mapping[str, Document] = _kind()
    initiatives: Mapping[str, Initiative] = _kind()
    alignments: Mapping[str, Alignment] = _kind()
    responsibilities: Mapping[str, Responsibility] = _kind()
    milestones: Mapping[str, Milestone] = _kind()
    measures: Mapping[str, Measure] = _kind()
    targets: Mapping[str, Target] = _kind()
    forecasts: Mapping[str, Forecast] = _kind()
    benchmarks: Mapping[str, Benchmark] = _kind()
    savings: Mapping[str, Saving] = _kind()
    funding: Mapping[str, Funding] = _kind()
    budget_rules: Mapping[str, BudgetRule] = _kind()
    dependencies: Mapping[str, Dependency] = _kind()
    externals: Mapping[str, External] = _kind()
    fallbacks: Mapping[str, Fallback] = _kind()
    commitments: Mapping[str, Commitment] = _kind()
    risks: Mapping[str, Risk] = _kind()
    escalations: Mapping[str, Escalation] = _kind()
    meetings: Mapping[str, Meeting] = _kind()
    recommendations: Mapping[str, Recommendation] = _kind()
    decisions: Mapping[str, Decision] = _kind()
    approvals: Mapping[str, Approval] = _kind()
    reports: Mapping[str, Report] = _kind()
    rule_packs: Mapping[str, RulePack] = _kind()
    waivers: Mapping[str, Waiver] = _kind()
    seals: Mapping[str, Seal] = _kind()
    unplaced: Mapping[str, UnplacedEvent] = _kind()

    def of_kind(self, kind: str) -> Mapping[str, Entity]:
        """All subjects of a kind, such as ``"initiative"``."""
        if kind == Plan.KIND:
            return {} if self.plan is None else {self.plan.id: self.plan}
        found: Mapping[str, Entity] = getattr(self, PLURALS[kind])
        return found

    def subject(self, kind: str, name: str) -> Entity | None:
        """One subject, or ``None``."""
        return self.of_kind(kind).get(name) if kind in KINDS else None

    def kinds_of(self, name: str) -> list[str]:
        """The kinds of which there is a subject with an id."""
        return [kind for kind in KINDS if self.subject(kind, name) is not None]

    def named(self, reference: str) -> Entity:
        """The subject that ``kind:id`` names; the id may be another name that was declared for it.

        :raises UnknownSubjectError: there is none.
        """
        kind, _, name = reference.partition(":")
        if kind not in KINDS:
            hint = meant_as(reference, self.kinds_of(reference)) or did_you_mean(kind, KINDS)
            raise UnknownSubjectError(f"there is no kind {kind!r:.60}; {hint}")
        found = self.subject(kind, name)
        if found is None and (alias := self.aliases.get(name)) is not None:
            of, _, meant = alias.of.partition(":")
            found = self.subject(kind, meant) if of == kind else None
        if found is None:
            raise UnknownSubjectError(
                f"there is no {kind}:{name:.60} as at {self.as_at}, known at #{self.known};"
                f" {did_you_mean(name, self.of_kind(kind))}"
            )
        return found


PLURALS: dict[str, str] = {
    "framework": "frameworks", "goal": "goals", "body": "bodies", "alias": "aliases", "document": "documents",
    "initiative": "initiatives", "alignment": "alignments", "responsibility": "responsibilities",
    "milestone": "milestones", "measure": "measures", "target": "targets", "forecast": "forecasts",
    "benchmark": "benchmarks", "saving": "savings", "funding": "funding", "budget-rule": "budget_rules",
    "dependency": "dependencies", "external": "externals", "fallback": "fallbacks", "commitment": "commitments",
    "risk": "risks", "escalation": "escalations", "meeting": "meetings", "recommendation": "recommendations",
    "decision": "decisions", "approval": "approvals", "report": "reports", "rule-pack": "rule_packs",
    "waiver": "waivers", "seal": "seals", "unplaced-event": "unplaced",
}  # fmt: skip
KINDS: dict[str, type[Entity]] = {
    cls.KIND: cls
    for cls in (
        Plan, Framework, Goal, Body, Alias, Document, Initiative, Alignment, Responsibility, Milestone, Measure, Target,
        Forecast, Benchmark, Saving, Funding, BudgetRule, Dependency, External, Fallback, Commitment, Risk, Escalation,
        Meeting, Recommendation, Decision, Approval, Report, RulePack, Waiver, Seal, UnplacedEvent,
    )
}  # fmt: skip


Fact = tuple[int, Period, Event]
"""Position, effective, event: what the fold takes."""


def in_order(fact: Fact) -> tuple[date, int]:
    """The sort key of the fold: last day of effective, then position."""
    return fact[1].last_day, fact[0]


def fold(facts: Iterable[Fact], *, plan: str, as_at: date, known: int) -> State:
    """The state that a sequence of facts, in the order of the definition, leads to.

    Callers pass what ``bitemporal`` yields: corrected, up to ``as_at`` and ``known``, ordered by last day and position.
    """
    drafts = Drafts(plan, as_at, {kind: {} for kind in KINDS})
    apply(drafts, facts)
    kinds = {}
    for kind, named in drafts.kinds.items():
        freeze = freezer(drafts, kind)
        kinds[kind] = {name: freeze(draft) for name, draft in named.items()}
    return state_of(kinds, plan=plan, as_at=as_at, known=known)


def apply(drafts: Drafts, facts: Iterable[Fact]) -> None:
    """Apply facts to drafts, one after the other; one that cannot be placed becomes an unplaced event."""
    kinds, steps = drafts.kinds, _STEPS
    for position, effective, event in facts:
        required, evolve = steps[type(event)]
        problem = None
        for name, kind in required:
            value = getattr(event, name)
            if value is None:
                continue
            if kind == "*":
                of, _, value = value.partition(":")
                if value not in kinds.get(of, ()):
                    problem = f"{of}:{value} does not exist at that time"
                    break
            elif value not in kinds[kind]:
                problem = f"{kind}:{value} does not exist at that time"
                break
        if problem is None:
            problem = evolve(drafts, position, effective, event)
        if problem is not None:
            name = type(event).__name__
            drafts.open("unplaced-event", f"#{position}", position, type=name, effective=effective, why=problem)


# For each event type: the subjects it needs, and how it is applied.
_STEPS: dict[type[Event], tuple[tuple[tuple[str, str], ...], Evolution]] = {
    cls: (needs(cast(Any, cls)), evolution) for cls, evolution in EVOLUTIONS.items()
}

# What can only be said of a subject once every event is placed.
_SETTLED: dict[str, Callable[[Drafts, Draft], dict[str, Any]]] = {
    Measure.KIND: measure.settled,
    Alignment.KIND: initiative.settled,
}


def freezer(drafts: Drafts, kind: str) -> Callable[[Draft], Entity]:
    """How the drafts of a kind become frozen objects. They stay as they are: more facts may follow."""
    cls: Any = KINDS[kind]
    names = tuple(f.name for f in data_fields(cls))
    settled, nothing = _SETTLED.get(kind), dict[str, Any]()

    def freeze(draft: Draft) -> Entity:
        last = nothing if settled is None else settled(drafts, draft)
        positions, opened = draft.positions, draft.opened
        set_by = tuple(map(positions.get, names, repeat(opened))) if positions else (opened,) * len(names)
        frozen: Entity = cls(**draft.values, **last, set_by=set_by)
        return frozen

    return freeze


def state_of(kinds: Mapping[str, dict[str, Entity]], *, plan: str, as_at: date, known: int) -> State:
    """The state of which these are the subjects, by kind and id."""
    listed: dict[str, Any] = {plural: MappingProxyType(kinds[kind]) for kind, plural in PLURALS.items()}
    whole: Any = kinds[Plan.KIND].get(plan)
    return State(plan_id=plan, as_at=as_at, known=known, plan=whole, **listed)
