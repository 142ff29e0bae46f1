"""Rules: packs of declarative checks over a state, with findings that show their arithmetic and evidence."""

from plantrack.rules.engine import check
from plantrack.rules.findings import (
    SEVERITIES,
    CheckResult,
    Finding,
    FindingState,
    Group,
    NotEvaluated,
    PackUsed,
    Severity,
    Subject,
    WaiverApplied,
)
from plantrack.rules.language.compiler import Explanation
from plantrack.rules.pack import Pack, Rule, installed_packs, load_pack, read_pack
from plantrack.rules.remedies import Remedy
from plantrack.rules.testing import TestResult, run_tests, untested
from plantrack.rules.why import Why

__all__ = [
    "SEVERITIES",
    "CheckResult",
    "Explanation",
    "Finding",
    "FindingState",
    "Group",
    "NotEvaluated",
    "Pack",
    "PackUsed",
    "Remedy",
    "Rule",
    "Severity",
    "Subject",
    "TestResult",
    "WaiverApplied",
    "Why",
    "check",
    "installed_packs",
    "load_pack",
    "read_pack",
    "run_tests",
    "untested",
]
