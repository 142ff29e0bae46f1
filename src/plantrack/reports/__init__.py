"""Reports: findings, events and state as text for people and as JSON for programs."""

from plantrack.reports.as_json import check_json, event_json, finding_json, log_json, show_json
from plantrack.reports.as_text import check_report, headline, log_report, plan_report, subject_report
from plantrack.reports.lines import Line
from plantrack.reports.why import remedy_words, why_json, why_report

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
    "remedy_words",
    "show_json",
    "subject_report",
    "why_json",
    "why_report",
]
