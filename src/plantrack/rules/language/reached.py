"""Forwards along routes: the objects that a rule may look at for a subject, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plantrack.rules.language.linked import View
from plantrack.rules.language.routes import PLAN, Route, Star, Step


def reached(subject: View, ways: Iterable[Route]) -> Iterator[View]:
    """The objects to which routes lead from a subject; what is found through the whole plan is left out.

    One that lies on several routes comes several times.
    """
    at: dict[Route, list[View]] = {(): [subject]}
    parts = {way[:length] for way in ways if way[:1] != PLAN for length in range(1, len(way) + 1)}
    for part in sorted(parts, key=lambda part: (len(part), repr(part))):
        at[part] = _next(at[part[:-1]], part[-1])
        yield from at[part]


def _next(views: Iterable[View], step: Step | Star) -> list[View]:
    if isinstance(step, Step):
        return list(dict.fromkeys(after for view in views for after in _behind(view, step.field)))
    found = dict.fromkeys(views)
    fresh = list(found)
    while fresh:
        for inner in step.steps:
            fresh = _next(fresh, inner)
        fresh = [view for view in fresh if view not in found]
        found |= dict.fromkeys(fresh)
    return list(found)


def _behind(view: View, field: str) -> Iterator[View]:
    """The objects that a field holds; none where it holds plain values."""
    value = getattr(view, field, None)
    for item in value if isinstance(value, list) else [value]:
        if hasattr(item, "entity"):
            yield item
