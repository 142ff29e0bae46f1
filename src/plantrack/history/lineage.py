"""Across plans: the history of a subject and of those in other plans that it goes on from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Literal

from attrs import frozen

from plantrack.events.envelope import RecordedEvent
from plantrack.events.initiative import Continued

Outcome = Literal["followed", "no plan", "nothing recorded", "loop"]


@frozen(kw_only=True)
class Record:
    """What one plan tells of a subject.

    :ivar subject: ``kind:id``, also where it was asked for by an alias.
    :ivar events: those that touch it, with their corrections, in order of position.
    :ivar continued: what it goes on from, as corrected and not retracted, each with its position.
    """

    subject: str
    events: Sequence[RecordedEvent]
    continued: Sequence[tuple[int, Continued]]


Tell = Callable[[str, str], Record | None]
"""Tells of a plan and a subject; ``None`` where there is no such plan."""


@frozen(kw_only=True)
class Link:
    """A subject goes on from another; both are ``plan/kind:id``.

    :ivar position: of the event that says so, in the plan of the successor.
    :ivar inferred: a reader concluded it; no document says it.
    :ivar outcome: whether the predecessor's events are part of the answer, and else why not: the store holds no such
        plan, the plan has nothing about it, or it was there already and the lineage runs in a circle.
    """

    subject: str
    predecessor: str
    position: int
    inferred: bool
    outcome: Outcome


@frozen(kw_only=True)
class Lineage:
    """The history of a subject across plans.

    :ivar subject: ``plan/kind:id``.
    :ivar links: from the subject backwards.
    :ivar events: in the order in which they were recorded, then of plan and position.
    """

    subject: str
    links: tuple[Link, ...]
    events: tuple[RecordedEvent, ...]


def lineage(plan: str, subject: str, tell: Tell) -> Lineage | None:
    """The history of a subject and of all its predecessors; ``None`` where there is no such plan."""
    tell = cache(tell)
    first = tell(plan, subject)
    if first is None:
        return None
    start = f"{plan}/{first.subject}"
    events = {(event.plan, event.position): event for event in first.events}
    links: list[Link] = []
    seen = {start}
    todo = deque([(start, first)])
    while todo:
        successor, told = todo.popleft()
        for position, said in told.continued:
            of, _, named = said.predecessor.partition("/")
            before = tell(of, named)
            predecessor = said.predecessor if before is None else f"{of}/{before.subject}"
            outcome: Outcome = "followed"
            if before is None:
                outcome = "no plan"
            elif not before.events:
                outcome = "nothing recorded"
            elif predecessor not in seen:
                seen.add(predecessor)
                events |= {(event.plan, event.position): event for event in before.events}
                todo.append((predecessor, before))
            elif _leads(predecessor, successor, links):
                outcome = "loop"
            links.append(
                Link(
                    subject=successor,
                    predecessor=predecessor,
                    position=position,
                    inferred=said.inferred,
                    outcome=outcome,
                )
            )
    ordered = sorted(events.values(), key=lambda event: (event.recorded_at, event.plan, event.position))
    return Lineage(subject=start, links=tuple(links), events=tuple(ordered))


def _leads(start: str, end: str, links: Iterable[Link]) -> bool:
    """Whether a subject goes on from another, by any number of links."""
    reached = {start}
    todo = [start]
    while todo and end not in reached:
        at = todo.pop()
        fresh = {link.predecessor for link in links if link.subject == at} - reached
        reached |= fresh
        todo += fresh
    return end in reached
