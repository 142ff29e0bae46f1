"""Routes: the ways by which a rule reaches what it reads, such as ``Measure.initiative.risks.status``.

A route starts at a class of objects; each step follows a field. A group with a star is followed any number of times:
``Initiative.(dependencies.on_initiative)*.status`` reads the status of everything upstream. The last step is what is
read. ``@events`` stands for every event about an object, which is what functions over its history read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from attrs import frozen

from plantrack.rules.language.schema import SUBJECTS, fields_of

EVENTS = "@events"

_SEGMENT = re.compile(r"\.(?:\(([a-z_.]+)\)\*|(@?[a-z_]+))")


@frozen
class Step:
    """One field of one class, followed or read."""

    owner: str
    field: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.field}"


@frozen
class Star:
    """Steps that lead from a class back to itself, followed any number of times, also none."""

    steps: tuple[Step, ...]


Route = tuple[Step | Star, ...]

PLAN: Route = (Step("", "plan"),)
"""Where a route begins that starts at the plan, and not at the subject of a rule."""


@cache
def route(path: str) -> Route:
    """A route from its notation.

    :raises ValueError: it is none, or a field does not exist; routes stand in code, so that is a mistake there.
    """
    name, _, _ = path.partition(".")
    rest, at = path[len(name) :], 0
    found: list[Step | Star] = []
    owner: str | None = name
    while at < len(rest):
        match = _SEGMENT.match(rest, at)
        if match is None:
            raise ValueError(f"{path!r} is not a route, at {rest[at:]!r}")
        group, field = match.groups()
        if group:
            steps, owner_after = _steps(owner, group.split("."), path)
            if owner_after != owner:
                raise ValueError(f"{path!r}: ({group})* leads from {owner} to {owner_after}")
            found.append(Star(steps))
        else:
            steps, owner = _steps(owner, [field], path)
            found.extend(steps)
        at = match.end()
    return tuple(found)


def _steps(owner: str | None, fields: list[str], path: str) -> tuple[tuple[Step, ...], str | None]:
    steps = []
    for field in fields:
        if owner is None:
            raise ValueError(f"{path!r} goes on after a value, at {field!r}")
        steps.append(Step(owner, field))
        owner = leads_to(owner, field, path)
    return tuple(steps), owner


def leads_to(owner: str, field: str, path: str = "") -> str | None:
    """The class of objects behind a field; ``None`` for a plain value."""
    if field == EVENTS:
        return None
    own = fields_of(owner)
    if field not in own:
        raise ValueError(f"{path!r}: {owner} has no field {field!r}")
    kind = (own[field].of if own[field].is_list else None) or own[field]
    return kind.name if kind.is_object else None


def reads_of(routes: frozenset[str] | tuple[str, ...]) -> frozenset[str]:
    """Every field that is followed or read on these routes, as ``Class.field``."""
    steps: set[str] = set()
    for path in routes:
        for part in route(path):
            steps |= {str(step) for step in (part.steps if isinstance(part, Star) else (part,))}
    return frozenset(steps)


def end_of(way: Route, subject: str) -> str | None:
    """The class of the objects to which a route from subjects of a class leads; ``None`` for plain values."""
    if not way:
        return subject
    if way == PLAN:
        return "Plan"
    last = way[-1]
    return last.steps[0].owner if isinstance(last, Star) else leads_to(last.owner, last.field)


def reads_on(way: Route) -> Iterator[tuple[Route, Step]]:
    """Every field of a subject that is followed or read on a route, with the part of the route that leads there.

    What is read inside a value, such as a figure, came with the field that holds the value.
    """
    for at, part in enumerate(way):
        if isinstance(part, Star):
            for number, step in enumerate(part.steps):
                yield (*way[: at + 1], *part.steps[:number]), step
        elif part.owner in SUBJECTS:
            yield way[:at], part
