"""Reports: findings, events and state as text for people, and in the formats that programs and documents take."""

from plantrack.reports.as_json import (
    check_json,
    check_schema,
    event_json,
    finding_json,
    log_json,
    show_json,
)
from plantrack.reports.as_junit import check_junit
from plantrack.reports.as_markdown import check_markdown
from plantrack.reports.as_sarif import check_sarif
from plantrack.reports.as_text import board_report, check_report, log_report, plan_report, subject_report
from plantrack.reports.blame import blame_json, blame_report
from plantrack.reports.difference import difference_report
from plantrack.reports.difference_json import difference_json
from plantrack.reports.entries import headline
from plantrack.reports.goalposts import goalposts_json, goalposts_report
from plantrack.reports.late import late_json, late_report
from plantrack.reports.lineage import lineage_json, lineage_report
from plantrack.reports.lines import Line
from plantrack.reports.why import remedy_words, why_json, why_report

__all__ = [
    "Line",
    "blame_json",
    "blame_report",
    "board_report",
    "check_json",
    "check_junit",
    "check_markdown",
    "check_report",
    "check_sarif",
    "check_schema",
    "difference_json",
    "difference_report",
    "event_json",
    "finding_json",
    "goalposts_json",
    "goalposts_report",
    "headline",
    "late_json",
    "late_report",
    "lineage_json",
    "lineage_report",
    "log_json",
    "log_report",
    "plan_report",
    "remedy_words",
    "show_json",
    "subject_report",
    "why_json",
    "why_report",
]
