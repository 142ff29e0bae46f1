"""Rules: packs of declarative checks over a state, with findings that show their arithmetic and evidence."""

from plantrack.rules.engine import check
from plantrack.rules.expectation import Difference
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
from plantrack.rules.installed import installed_packs, is_pack, pack_files, read_pack
from plantrack.rules.language.compiler import Explanation
from plantrack.rules.pack import Pack, Rule, load_pack
from plantrack.rules.pack_tests import RuleTest
from plantrack.rules.related import Related
from plantrack.rules.remedies import Remedy
from plantrack.rules.testing import TestResult, TestWarning, run_test, run_tests, untested, warnings_of
from plantrack.rules.why import Why

__all__ = [
    "SEVERITIES",
    "CheckResult",
    "Difference",
    "Explanation",
    "Finding",
    "FindingState",
    "Group",
    "NotEvaluated",
    "Pack",
    "PackUsed",
    "Related",
    "Remedy",
    "Rule",
    "RuleTest",
    "Severity",
    "Subject",
    "TestResult",
    "TestWarning",
    "WaiverApplied",
    "Why",
    "check",
    "installed_packs",
    "is_pack",
    "load_pack",
    "pack_files",
    "read_pack",
    "run_test",
    "run_tests",
    "untested",
    "warnings_of",
]
