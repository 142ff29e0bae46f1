"""Rules that are right and cost too much: each ends as an error of its subject, by the budget."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from plantrack.events import DependencyDeclared, Event, InitiativeProposed, MeasureDefined, Observed, PlanOpened
from plantrack.events.fields import MAX_TEXT
from plantrack.period import Period

Costly = tuple[str, dict[str, Any]]
"""A kind, and the keys of a rule for it."""


def _lets(first: str, then: str, count: int = 50) -> dict[str, str]:
    """Named values of which each is made of the one before."""
    return {"x0": first, **{f"x{n}": then.replace("PREVIOUS", f"x{n - 1}") for n in range(1, count)}}


COSTLY: dict[str, Costly] = {
    "pairs of dependencies": (
        "Initiative",
        {"when": "any(any(a.id == b.title for b in plan.dependencies) for a in plan.dependencies)"},
    ),
    "all pairs, with all of them": (
        "Plan",
        {"when": "all(all(a.id != b.title for b in dependencies) for a in dependencies)"},
    ),
    "a sum of sums": ("Plan", {"when": "sum(sum(1 for b in dependencies) for a in dependencies) == 0"}),
    "the longest of lists": (
        "Plan",
        {"when": "default(max(len(b for b in dependencies) for a in dependencies), 1) == 0"},
    ),
    "loops in a row": ("Plan", {"when": " or ".join(["any(d.id == 'x' for d in dependencies)"] * 30)}),
    "loops in a row of names": (
        "Plan",
        {
            "let": _lets("len(d for d in dependencies)", "len(d for d in dependencies if d.id != 'a')"),
            "when": "x0 == 0",
        },
    ),
    "lists of lists": (
        "Plan",
        {"let": {"x": "((b.id for b in dependencies) for a in dependencies)"}, "when": "len(x) == 0"},
    ),
    "lists that are made again and again": (
        "Plan",
        {"let": _lets("(d for d in dependencies)", "(d for d in PREVIOUS)"), "when": "len(x49) == 0"},
    ),
    "many filters": (
        "Plan",
        {"when": "any(any(1 > 2 for b in dependencies " + "if b.title != a.id " * 40 + ") for a in dependencies)"},
    ),
    "much asked of each": (
        "Plan",
        {"when": "any(any(" + " or ".join(["a.id == b.title"] * 40) + " for b in dependencies) for a in dependencies)"},
    ),
    "roundings": (
        "Plan",
        {"when": "any(any(round(round(1 / 3, 30), 29) == 0 for b in dependencies) for a in dependencies)"},
    ),
    "divisions": ("Plan", {"when": "any(any(1 / 7 / 7 / 7 / 7 == 0 for b in dependencies) for a in dependencies)"}),
    "working days": (
        "Plan",
        {
            "let": {"old": "date('1901-01-01')"},
            "when": "any(any(working_days_between(old, today) == 0 for b in dependencies) for a in dependencies)",
        },
    ),
    "long texts in small letters": (
        "Plan",
        {
            "when": "any(any(lower(lower(i.title)) == d.id for i in initiatives) for d in dependencies)",
        },
    ),
    "long texts in long texts": (
        "Plan",
        {"when": "any(any(contains(a.title, b.title) and a.id == 'q' for a in initiatives) for b in initiatives)"},
    ),
    "a text in a list that is made for it": (
        "Plan",
        {"when": "any(d.title in (e.id for e in dependencies) for d in dependencies)"},
    ),
    "groups of groups": (
        "Plan",
        {"when": "any(len(group_count(d.id for d in dependencies)) == 0 for e in dependencies)"},
    ),
    "differences": ("Plan", {"when": "any(len(distinct(d.id for d in dependencies)) == 0 for e in dependencies)"}),
    "ways between all": ("Initiative", {"when": "any(len(path_to(initiative, i)) == 99 for i in plan.initiatives)"}),
    "all upstream of all upstream": (
        "Initiative",
        {"when": "any(any(len(upstream(j)) == 999 for j in upstream(i)) for i in plan.initiatives)"},
    ),
    "all downstream of all": ("Initiative", {"when": "any(len(downstream(i)) == 999 for i in plan.initiatives)"}),
    "circles": ("Initiative", {"when": "len(cycles(initiative)) > 0"}),
    "circles of circles": ("Plan", {"when": "any(any(len(cycles(j)) > 0 for j in initiatives) for i in initiatives)"}),
    "risks of everything": (
        "Plan",
        {"when": "any(any(len(risks_of(j)) == 9 for j in initiatives) for d in dependencies)"},
    ),
    "the past of everything": (
        "Plan",
        {"when": "any(any(last_event(j) < date('1990-01-01') for j in initiatives) for d in dependencies)"},
    ),
    "figures at every date": (
        "Measure",
        {"when": "any(any(value_at(observations, o.period) == 0.5 for o in observations) for d in plan.dependencies)"},
    ),
    "numbers that square": ("Plan", {"let": _lets("999999999999999", "PREVIOUS * PREVIOUS"), "when": "x49 > 1"}),
    "numbers that shrink": (
        "Plan",
        {"let": _lets("0.00000000000001", "1 / PREVIOUS * 1 / PREVIOUS / PREVIOUS"), "when": "x49 > 1"},
    ),
    "a message of long titles": ("Initiative", {"when": "title != ''", "message": "{title}" * 40}),
    "a message of lists": (
        "Initiative",
        {"when": "title != ''", "message": "{(i.title for i in plan.initiatives)}" * 8},
    ),
    "a remedy of groups": ("Plan", {"when": "title != ''", "fix": "{group_count(i.title for i in initiatives)}" * 8}),
    "arithmetic of long titles": ("Initiative", {"when": " and ".join(["title != 'a'"] * 60)}),
    "a condition that must hold": (
        "Plan",
        {"hold_for": 366, "when": "not any(any(a.id == b.title for b in dependencies) for a in dependencies)"},
    ),
    "who it is told apart by": (
        "Measure",
        {
            "when": "title != ''",
            "identity": [
                "default(first(m for m in plan.measures if "
                + " or ".join(["any(d.id == 'x' for d in plan.dependencies)"] * 30)
                + "), measure).id"
            ],
        },
    ),
    "what it follows from": (
        "Plan",
        {
            "when": "title != ''",
            "cause": "first(d.initiative for d in dependencies if any(e.id == d.title for e in dependencies))",
        },
    ),
    "what suffers": (
        "Plan",
        {
            "when": "title != ''",
            "affects": "first(d.initiative for d in dependencies if any(e.id == d.title for e in dependencies))",
        },
    ),
    "how bad it is": (
        "Plan",
        {"when": "title != ''", "score": "sum(len(e for e in dependencies) for d in dependencies)"},
    ),
    "where it applies": (
        "Plan",
        {"where": "all(any(e.id == d.id for e in dependencies) for d in dependencies)", "when": "title != ''"},
    ),
}
"""Rules that a pack may hold, over the plan of :func:`crowded`: each ends as an error of its subject, by the budget."""


MEMBERS = 110


def crowded() -> list[Event]:
    """A plan in which every initiative needs every other, all titles are as long as can be, and figures come daily."""
    events: list[Event] = [PlanOpened(title="Crowded", organisation="O", period=Period.parse("2018"))]
    names = [f"i{n}" for n in range(MEMBERS)]
    events += [InitiativeProposed(initiative=name, title=name + "t" * (MAX_TEXT - 10)) for name in names]
    events += [
        DependencyDeclared(dependency=f"{name}-{other}", initiative=name, title="T", on=f"initiative:{other}")
        for name in names
        for other in names
        if other != name
    ]
    events.append(MeasureDefined(measure="m", title="M"))
    days = [date(2017, 1, 1) + timedelta(n) for n in range(300)]
    events += [Observed(measure="m", period=Period.day(day), value=Decimal(n)) for n, day in enumerate(days)]
    return events
