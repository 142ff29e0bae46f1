"""Across plans: where a subject comes from, and the events of all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plantrack.history import Lineage, Link
from plantrack.reports.as_json import event_json
from plantrack.reports.as_text import event_lines
from plantrack.reports.lines import Line, folded


def lineage_report(lineage: Lineage, zones: Mapping[str, str]) -> Iterator[Line]:
    """What the subject goes on from, also where that was not found; then the events, each with its plan.

    :param zones: the time zone of each plan.
    """
    yield Line(lineage.subject, "strong")
    for link in lineage.links:
        yield from folded(_link(link, lineage.subject), "  ", "    ")
    if not lineage.links:
        yield Line("  goes on from nothing that is recorded", "dim")
    yield Line()
    for event in lineage.events:
        yield from event_lines(event, zones[event.plan], plan=True)


def _link(link: Link, start: str) -> str:
    plan, _, subject = link.predecessor.partition("/")
    notes = [f"#{link.position}", *(["inferred"] if link.inferred else [])]
    which = "" if link.subject == start else f"{link.subject} "
    missing = {
        "followed": "",
        "no plan": f": the store holds no plan {plan}",
        "nothing recorded": f": nothing is recorded about {subject} in {plan}",
        "loop": ": it was here before, the lineage runs in a circle",
    }[link.outcome]
    return f"{which}goes on from {link.predecessor} ({', '.join(notes)}){missing}"


def lineage_json(lineage: Lineage) -> dict[str, Any]:
    """The subject, its links backwards, each with its outcome, and the events in full."""
    return {
        "subject": lineage.subject,
        "links": [
            {
                "subject": link.subject,
                "predecessor": link.predecessor,
                "position": link.position,
                "inferred": link.inferred,
                "outcome": link.outcome,
            }
            for link in lineage.links
        ],
        "events": [event_json(event) for event in lineage.events],
    }
