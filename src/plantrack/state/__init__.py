"""State: what the events amount to at a pair of dates, as frozen objects that hold ids, never each other."""

from plantrack.state.assurance import RulePack, Seal, Waiver
from plantrack.state.commitment import Commitment
from plantrack.state.dependency import Dependency, External, Fallback
from plantrack.state.entity import AnyRef, Entity, Inverse, Reading, Ref
from plantrack.state.fold import KINDS, PLURALS, State, UnplacedEvent, fold
from plantrack.state.governance import Approval, Decision, Meeting, Recommendation
from plantrack.state.initiative import Alignment, Initiative, Responsibility
from plantrack.state.measure import Benchmark, Forecast, Measure, Observation, Target
from plantrack.state.money import BudgetRule, Funding, Saving
from plantrack.state.plan import Alias, Body, Document, Framework, Goal, Plan
from plantrack.state.progress import Report
from plantrack.state.risk import Escalation, Risk
from plantrack.state.schedule import Milestone

__all__ = [
    "KINDS",
    "PLURALS",
    "Alias",
    "Alignment",
    "AnyRef",
    "Approval",
    "Benchmark",
    "Body",
    "BudgetRule",
    "Commitment",
    "Decision",
    "Dependency",
    "Document",
    "Entity",
    "Escalation",
    "External",
    "Fallback",
    "Forecast",
    "Framework",
    "Funding",
    "Goal",
    "Initiative",
    "Inverse",
    "Measure",
    "Meeting",
    "Milestone",
    "Observation",
    "Plan",
    "Reading",
    "Recommendation",
    "Ref",
    "Report",
    "Responsibility",
    "Risk",
    "RulePack",
    "Saving",
    "Seal",
    "State",
    "Target",
    "UnplacedEvent",
    "Waiver",
    "fold",
]
