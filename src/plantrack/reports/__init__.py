"""Reports: findings, events and state as text for people and as JSON for programs."""

from plantrack.reports.as_json import check_json, event_json, finding_json, log_json, show_json, why_json
from plantrack.reports.as_text import check_report, headline, log_report, plan_report, subject_report, why_report
from plantrack.reports.lines import Line

__all__ = [
    "Line",
    "check_json",
    "check_report",
    "event_json",
    "finding_json",
    "headline",
    "log_json",
    "log_report",
    "plan_report",
    "show_json",
    "subject_report",
    "why_json",
    "why_report",
]
