"""The graph of dependencies between initiatives: what is needed, by whom, on which way, and where it leads in circles.

Works on the linked view; dependencies that were withdrawn are no links.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from plantrack.errors import RuleEvaluationError
from plantrack.state import Dependency, Initiative

MAX_SEARCHED = 1_000_000
"""Links that are looked at in search of loops, once for each initiative that may lie on one."""

Links = Callable[[Any], Iterator[tuple[Any, Any]]]
"""From an initiative to (dependency, the initiative at its other end)."""


@frozen(kw_only=True)
class Cycle:
    """Initiatives that wait for one another: each needs the next, the last needs the first."""

    initiatives: tuple[Initiative, ...]
    dependencies: tuple[Dependency, ...]
    text: str


class Path(list[Any]):
    """Initiatives of which each needs the next."""


def needs(initiative: Any) -> Iterator[tuple[Any, Any]]:
    """The initiatives that this one needs, each with the dependency that says so."""
    for dependency in initiative.dependencies:
        if dependency.on_initiative is not None and not dependency.withdrawn:
            yield dependency, dependency.on_initiative


def needed_by(initiative: Any) -> Iterator[tuple[Any, Any]]:
    """The initiatives that need this one, each with the dependency that says so."""
    for dependency in initiative.dependants:
        if not dependency.withdrawn:
            yield dependency, dependency.initiative


def upstream(initiative: Any) -> list[Any]:
    """Every initiative that this one needs, directly or through others, nearest first."""
    return reached([initiative], needs)[1:] if initiative.dependencies else []


def downstream(initiative: Any) -> list[Any]:
    """Every initiative that needs this one, directly or through others, nearest first."""
    return reached([initiative], needed_by)[1:] if initiative.dependants else []


def reached(starts: Iterable[Any], links: Links) -> list[Any]:
    """The initiatives to which links lead from some, these included and first, nearest first."""
    found = {start.id: start for start in starts}
    todo = deque(found.values())
    while todo:
        for _, other in links(todo.popleft()):
            if other.id not in found:
                found[other.id] = other
                todo.append(other)
    return list(found.values())


def linked_by(answer: Iterable[Any], *starts: Any) -> list[int]:
    """What the way to everything reached rests on: the events that declared the dependencies between them."""
    among = {initiative.id: initiative for initiative in (*starts, *answer)}
    return [d.entity.opened_by for initiative in among.values() for d, other in needs(initiative) if other.id in among]


def path_to(initiative: Any, other: Any) -> Path:
    """The shortest way along dependencies from one initiative to another, both included; empty where there is none."""
    return Path() if (way := _way(initiative, other)) is None else Path([initiative, *(found for _, found in way)])


def walked(_answer: Path, initiative: Any, other: Any) -> list[int]:
    """What :func:`path_to` rests on: the events that declared the dependencies on the way."""
    return [dependency.entity.opened_by for dependency, _ in _way(initiative, other) or ()]


def _way(start: Any, goal: Any) -> list[tuple[Any, Any]] | None:
    """The links of the shortest way; of several as short, the one whose ids come first."""
    came: dict[str, tuple[Any, Any, str] | None] = {start.id: None}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        if here.id == goal.id:
            return _steps(came, goal.id)
        for dependency, other in sorted(needs(here), key=lambda link: link[1].id):
            if other.id not in came:
                came[other.id] = (dependency, other, here.id)
                todo.append(other)
    return None


def _steps(came: Mapping[str, tuple[Any, Any, str] | None], at: str) -> list[tuple[Any, Any]]:
    way = []
    while (step := came[at]) is not None:
        dependency, found, at = step
        way.append((dependency, found))
    return way[::-1]


def cycles(linked: Any, initiative: Any) -> tuple[Cycle, ...]:
    """The shortest loop through each dependency, told once: by the member whose id comes first.

    :raises RuleEvaluationError: the dependencies around the initiative are too entangled to search all of them.
    """
    found: tuple[Cycle, ...] | None = linked.cycles_of(initiative)
    if found is None:
        raise RuleEvaluationError(
            "its dependencies are too entangled to tell their loops: cycles() looks at most at"
            f" {MAX_SEARCHED:,} links; ask for upstream() instead"
        )
    return found


def looped(answer: Iterable[Cycle], *_: Any) -> list[int]:
    """What loops rest on: the events that declared their dependencies."""
    return [dependency.entity.opened_by for cycle in answer for dependency in cycle.dependencies]  # type: ignore[attr-defined]  # views


def find_cycles(initiatives: Iterable[Any]) -> dict[str, tuple[Cycle, ...] | None]:
    """Every loop among some initiatives, by the id of the member that tells it; ``None`` where that took too long.

    Only inside groups of initiatives that all need one another is there anything to search: there, all links for each.
    """
    nodes = {initiative.id: initiative for initiative in initiatives}
    links = {
        name: sorted((link for link in needs(node) if link[1].id in nodes), key=lambda link: link[1].id)
        for name, node in nodes.items()
    }
    found: dict[tuple[str, ...], tuple[Any, ...]] = {}
    entangled: set[str] = set()
    for knot in _knots({name: [other.id for _, other in ends] for name, ends in links.items()}):
        inside = {name: [(d, o) for d, o in links[name] if o.id in knot] for name in sorted(knot)}
        if len(knot) * sum(map(len, inside.values())) > MAX_SEARCHED:
            entangled |= knot
            continue
        for name, ends in inside.items():
            onward = _ways_to(name, inside)
            for dependency, other in ends:
                loop = [(name, dependency)]
                while other.id != name:
                    step, following = onward[other.id]
                    loop.append((other.id, step))
                    other = following
                first = min(range(len(loop)), key=lambda at: loop[at][0])
                turned = loop[first:] + loop[:first]
                found.setdefault(tuple(member for member, _ in turned), tuple(edge for _, edge in turned))
    told: dict[str, list[Cycle]] = {}
    for members, edges in sorted(found.items(), key=lambda item: (len(item[0]), item[0])):
        told.setdefault(members[0], []).append(_cycle([nodes[member] for member in members], edges))
    return {**{name: tuple(loops) for name, loops in told.items()}, **dict.fromkeys(entangled)}


def _cycle(initiatives: list[Any], dependencies: tuple[Any, ...]) -> Cycle:
    titles = [initiative.title for initiative in initiatives]
    text = " ↔ ".join(titles) if len(titles) == 2 else " → ".join([*titles, titles[0]])
    return Cycle(initiatives=tuple(initiatives), dependencies=dependencies, text=text)


def _ways_to(goal: str, links: Mapping[str, list[tuple[Any, Any]]]) -> dict[str, tuple[Any, Any]]:
    """For each other node of a knot the first link on its shortest way to ``goal``."""
    into: dict[str, list[tuple[str, Any, Any]]] = {}
    for name, ends in links.items():
        for dependency, other in ends:
            into.setdefault(other.id, []).append((name, dependency, other))
    first: dict[str, tuple[Any, Any]] = {}
    todo = deque([goal])
    while todo:
        for name, dependency, other in into[todo.popleft()]:
            if name not in first and name != goal:
                first[name] = (dependency, other)
                todo.append(name)
    return first


def _knots(links: Mapping[str, list[str]]) -> Iterator[set[str]]:
    """Groups of nodes that lead to one another (Tarjan, without recursion); a node alone only if it leads to itself."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    settled: set[str] = set()
    for root in links:
        todo = [(root, iter(links[root]))] if root not in order else []
        while todo:
            name, further = todo[-1]
            if name not in order:
                order[name] = low[name] = len(order)
                stack.append(name)
            new = None
            for other in further:
                if other not in order:
                    new = other
                    break
                if other not in settled:
                    low[name] = min(low[name], order[other])
            if new is not None:
                todo.append((new, iter(links[new])))
                continue
            todo.pop()
            if todo:
                parent = todo[-1][0]
                low[parent] = min(low[parent], low[name])
            if low[name] == order[name]:
                knot = {name}
                while (member := stack.pop()) != name:
                    knot.add(member)
                settled |= knot
                if len(knot) > 1 or name in links[name]:
                    yield knot
