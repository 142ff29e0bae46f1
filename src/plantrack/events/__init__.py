"""Events: immutable facts in the past tense, one module per family.

>>> from plantrack.events import MilestoneReached
>>> MilestoneReached(milestone="business-case").outcome
'passed'
"""

from plantrack.events.assurance import (
    FindingWaived,
    MeetingSealed,
    Parameter,
    RulePackAdopted,
    RulePackWithdrawn,
    SealedPack,
    WaiverRevoked,
)
from plantrack.events.codec import TYPES, structure, structure_proposal
from plantrack.events.commitment import CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn
from plantrack.events.correction import EventCorrected, EventRetracted, PersonalDataErased
from plantrack.events.dependency import (
    DependenciesAssessed,
    DependencyDeclared,
    DependencyWithdrawn,
    ExternalRegistered,
    ExternalStatusReported,
    FallbackActivated,
    FallbackDeclared,
)
from plantrack.events.envelope import Event, Proposal, RecordedEvent, Source
from plantrack.events.fields import Attachment, Attribute, Code
from plantrack.events.governance import ApprovalGiven, DecisionTaken, MeetingScheduled, RecommendationMade
from plantrack.events.initiative import (
    AlignmentDeclared,
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
)
from plantrack.events.measure import (
    BaselineSet,
    BenchmarkRecorded,
    ForecastMade,
    MeasureDefined,
    MeasureRevised,
    Observed,
    TargetAgreed,
    TargetSet,
)
from plantrack.events.money import BudgetRuleSet, FundingAwarded, SavingDelivered, SavingPlanned
from plantrack.events.person import Person
from plantrack.events.plan import (
    AliasDeclared,
    BodyRegistered,
    DocumentIssued,
    FrameworkDefined,
    GoalDefined,
    PlanOpened,
)
from plantrack.events.progress import ProgressReported
from plantrack.events.risk import Escalated, RiskAssessed, RiskClosed, RiskMaterialised, RiskRaised, RiskReviewed
from plantrack.events.schedule import MilestoneCancelled, MilestoneReached, MilestoneRescheduled, MilestoneSet

__all__ = [
    "TYPES",
    "AliasDeclared",
    "AlignmentDeclared",
    "ApprovalGiven",
    "Attachment",
    "Attribute",
    "BaselineSet",
    "BenchmarkRecorded",
    "BodyRegistered",
    "BudgetRuleSet",
    "Code",
    "CommitmentMade",
    "CommitmentMet",
    "CommitmentMoved",
    "CommitmentWithdrawn",
    "Continued",
    "DecisionTaken",
    "DependenciesAssessed",
    "DependencyDeclared",
    "DependencyWithdrawn",
    "DocumentIssued",
    "Escalated",
    "Event",
    "EventCorrected",
    "EventRetracted",
    "ExternalRegistered",
    "ExternalStatusReported",
    "FallbackActivated",
    "FallbackDeclared",
    "FindingWaived",
    "ForecastMade",
    "FrameworkDefined",
    "FundingAwarded",
    "GoalDefined",
    "InitiativeCancelled",
    "InitiativeCompleted",
    "InitiativePaused",
    "InitiativeProposed",
    "InitiativeResumed",
    "InitiativeRevised",
    "InitiativeStarted",
    "InitiativeSuperseded",
    "MeasureDefined",
    "MeasureRevised",
    "MeetingScheduled",
    "MeetingSealed",
    "MilestoneCancelled",
    "MilestoneReached",
    "MilestoneRescheduled",
    "MilestoneSet",
    "Observed",
    "Parameter",
    "Person",
    "PersonalDataErased",
    "PlanOpened",
    "ProgressReported",
    "Proposal",
    "RecommendationMade",
    "RecordedEvent",
    "ResponsibilityAssigned",
    "ResponsibilityEnded",
    "RiskAssessed",
    "RiskClosed",
    "RiskMaterialised",
    "RiskRaised",
    "RiskReviewed",
    "RulePackAdopted",
    "RulePackWithdrawn",
    "SavingDelivered",
    "SavingPlanned",
    "SealedPack",
    "Source",
    "TargetAgreed",
    "TargetSet",
    "WaiverRevoked",
    "structure",
    "structure_proposal",
]
