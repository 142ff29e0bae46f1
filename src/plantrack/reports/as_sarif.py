"""The check as SARIF 2.1.0, the OASIS format for results of analysis: one run a plan.

Section numbers are those of the standard. What it has no place for is in property bags, under the names of the JSON of
``check``. Its states know no "could not be judged again": such a finding is kept, of the kind ``open``, and is never
``absent``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plantrack.reports.as_json import finding_json, group_json, plan_json, waiver_json
from plantrack.reports.as_markdown import escaped
from plantrack.rules import CheckResult, Finding, FindingState, Pack, Rule, Severity, Subject, WaiverApplied
from plantrack.rules.findings import NotEvaluated

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
BASELINE: dict[FindingState, str] = {
    "new": "new",
    "persisting": "unchanged",
    "worsened": "updated",
    "improved": "updated",
    "resolved": "absent",
    "no data": "updated",  # of the kind "open": it was found, and what is known of it has changed
}
NOTIFICATIONS: dict[str, tuple[str, str, str]] = {
    "indeterminate": ("warning", "A value that the rule needs is empty.", "Record the value that is named."),
    "error": ("error", "The evaluation of the rule failed.", "Correct the rule, or the values that it reads."),
}
_PROPERTIES = ("severity", "state", "state_reason", "score", "fix", "explanation", "evidence", "group")


def check_sarif(results: Sequence[tuple[CheckResult, Sequence[Pack]]], *, version: str) -> dict[str, Any]:
    """The findings of several plans as a SARIF log, a run a plan.

    :param results: each with the packs that took part; their rules are described in the run.
    :param version: that of plantrack, which made it.
    """
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(*checked, version) for checked in results]}


def _driver(packs: Sequence[Pack], version: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The description of the program with the rules of some packs, and the place of each rule in it."""
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    places = {rule.id: place for place, (_, rule) in enumerate(rules)}
    return {
        "name": "plantrack",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(pack, rule) for pack, rule in rules],
        "notifications": [
            _descriptor(outcome, level, short, f"{short} It is neither a finding nor clean.", [what_to_do])
            for outcome, (level, short, what_to_do) in NOTIFICATIONS.items()
        ],
    }, places


def _rule(pack: Pack, rule: Rule) -> dict[str, Any]:
    about = [
        rule.about or rule.title,
        rule.why and f"Why it matters: {rule.why}",
        rule.text.get("fix", ""),
        rule.instead and f"Deprecated: use {rule.instead} instead.",
        rule.references and f"References: {'; '.join(rule.references)}",
    ]
    return {
        **_descriptor(rule.id, LEVELS[rule.severity], rule.title, rule.about or rule.title, [t for t in about if t]),
        **({"deprecatedIds": list(rule.formerly)} if rule.formerly else {}),
        "name": "".join(part.capitalize() for part in rule.id.replace(".", "-").split("-")),
        "properties": {
            "severity": rule.severity,
            "status": rule.status,
            "tags": [rule.id.partition(".")[0], pack.id],
            "pack": pack.id,
            "version": pack.version,
        },
    }


def _descriptor(name: str, level: str, short: str, about: str, paragraphs: Sequence[str]) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": _message(short),
        "fullDescription": _message(about),
        "help": {
            "text": _plain("\n\n".join(paragraphs)),
            "markdown": _braces("\n\n".join(escaped(text) for text in paragraphs)),
        },
        "defaultConfiguration": {"level": level},
    }


def _run(result: CheckResult, packs: Sequence[Pack], version: str) -> dict[str, Any]:
    driver, places = _driver(packs, version)
    findings = (*result.findings, *result.gone)
    compared = all(f.state is not None for f in findings)
    suppressed = any(f.waiver is not None for f in findings)
    coordinates = plan_json(result)
    return {
        "tool": {"driver": driver},
        "automationDetails": {  # § 3.17.3: the last part tells runs of one category apart
            "id": f"plantrack/{result.plan}/{coordinates['as_at']}@{result.known}",
            "description": _message(result.title),
        },
        "invocations": [
            {
                "executionSuccessful": all(n.outcome != "error" for n in result.not_evaluated),
                "toolExecutionNotifications": [_notification(n, places) for n in result.not_evaluated],
            }
        ],
        "results": [_result(f, places, compared, suppressed) for f in findings],
        "properties": {**coordinates, "groups": [group_json(group) for group in result.groups]},
    }


def _result(finding: Finding, places: Mapping[str, int], compared: bool, suppressed: bool) -> dict[str, Any]:
    """A finding. What one of a run has, its state and its suppressions, all must have (§ 3.27.23, 3.27.24)."""
    found = finding_json(finding)
    unjudged = finding.state == "no data"
    result: dict[str, Any] = {
        **_rule_reference("ruleId", "ruleIndex", finding.rule, places),
        "kind": "open" if unjudged else "fail",
        "level": "none" if unjudged else LEVELS[finding.severity],
        "message": _message(finding.message),
        "locations": [_location(finding.plan, finding.subject)],
        "partialFingerprints": {"plantrack/v1": finding.fingerprint},
        "properties": {key: found[key] for key in _PROPERTIES},
    }
    if suppressed:
        result["suppressions"] = [] if finding.waiver is None else [_suppression(finding.waiver)]
    if compared and finding.state is not None:
        result["baselineState"] = BASELINE[finding.state]
    return result


def _suppression(waiver: WaiverApplied) -> dict[str, Any]:
    """The standard has no place for the day on which a suppression ends."""
    properties = {key: value for key, value in waiver_json(waiver).items() if key != "reason"}
    return {"kind": "external", "status": "accepted", "justification": waiver.reason, "properties": properties}


def _notification(unjudged: NotEvaluated, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "descriptor": {"id": unjudged.outcome, "index": list(NOTIFICATIONS).index(unjudged.outcome)},
        "associatedRule": _rule_reference("id", "index", unjudged.rule, places),
        "level": NOTIFICATIONS[unjudged.outcome][0],
        "message": _message(f"{unjudged.subject.title}: {unjudged.reason}"),
        "locations": [_location(unjudged.plan, unjudged.subject)],
    }


def _rule_reference(name: str, index: str, rule: str, places: Mapping[str, int]) -> dict[str, Any]:
    return {name: rule, index: places[rule]} if rule in places else {name: rule}


def _location(plan: str, subject: Subject) -> dict[str, Any]:
    logical = {"name": subject.id, "fullyQualifiedName": f"{plan}/{subject}", "kind": subject.kind}
    return {"logicalLocations": [logical], "message": _message(subject.title)}


# --- texts -----------------------------------------------------------------------------------------------------------


def _message(text: str) -> dict[str, str]:
    return {"text": _plain(text)}


def _plain(text: str) -> str:
    """Text in which nothing is read as a placeholder (§ 3.11.5) or as a link (§ 3.11.6)."""
    return _braces(text.replace("](", "] ("))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
