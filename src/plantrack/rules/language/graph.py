"""The graph of dependencies between initiatives, indexed once for a check."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from plantrack.errors import RuleEvaluationError
from plantrack.state import Dependency, Initiative

IN_PLACE = ("won", "in-force", "ended")


@frozen(kw_only=True)
class Cycle:
    """Initiatives that wait for one another: each needs the next, the last needs the first."""

    initiatives: tuple[Initiative, ...]
    dependencies: tuple[Dependency, ...]
    text: str


class Graph:
    """Who needs whom. Works on the linked view of initiatives and their dependencies that were not withdrawn.

    :ivar found: the fingerprints of what the rules have found so far, for rules about waivers.
    """

    def __init__(self, initiatives: Iterable[Any]) -> None:
        self._needs: dict[str, list[tuple[Any, Any]]] = {}
        self._needed_by: dict[str, list[Any]] = {}
        self._initiatives = {i.id: i for i in initiatives}
        for initiative in self._initiatives.values():
            for dependency in initiative.dependencies:
                target = dependency.on_initiative
                if target is not None and not dependency.withdrawn:
                    self._needs.setdefault(initiative.id, []).append((dependency, target))
                    self._needed_by.setdefault(target.id, []).append(initiative)
        self._cycles: dict[str, tuple[Cycle, ...]] | None = None
        self.found: frozenset[str] = frozenset()

    def upstream(self, initiative: Any) -> list[Any]:
        """Every initiative that this one needs, directly or through others, nearest first."""
        return self._reach(initiative, lambda name: [target for _, target in self._needs.get(name, ())])

    def downstream(self, initiative: Any) -> list[Any]:
        """Every initiative that needs this one, directly or through others, nearest first."""
        return self._reach(initiative, lambda name: self._needed_by.get(name, []))

    @staticmethod
    def _reach(start: Any, neighbours: Any) -> list[Any]:
        seen, found, todo = {start.id}, [], deque([start.id])
        while todo:
            for other in neighbours(todo.popleft()):
                if other.id not in seen:
                    seen.add(other.id)
                    found.append(other)
                    todo.append(other.id)
        return found

    def cycles(self, initiative: Any) -> tuple[Cycle, ...]:
        """The shortest loop through each dependency, told once: by the member whose id comes first."""
        if self._cycles is None:
            self._cycles = self._find_cycles()
        return self._cycles.get(initiative.id, ())

    def _find_cycles(self) -> dict[str, tuple[Cycle, ...]]:
        found: dict[tuple[str, ...], tuple[Any, ...]] = {}
        for name, edges in self._needs.items():
            for dependency, target in edges:
                back = self._shortest(target.id, name)
                if back is None:
                    continue
                loop = [(name, dependency), *back]
                first = min(range(len(loop)), key=lambda at: loop[at][0])
                turned = loop[first:] + loop[:first]
                found.setdefault(tuple(member for member, _ in turned), tuple(edge for _, edge in turned))
        cycles: dict[str, list[Cycle]] = {}
        for members, links in sorted(found.items(), key=lambda item: (len(item[0]), item[0])):
            initiatives = tuple(self._initiatives[member] for member in members)
            titles = [i.title for i in initiatives]
            text = " ↔ ".join(titles) if len(titles) == 2 else " → ".join([*titles, titles[0]])
            cycles.setdefault(members[0], []).append(Cycle(initiatives=initiatives, dependencies=links, text=text))
        return {name: tuple(loops) for name, loops in cycles.items()}

    def _shortest(self, start: str, goal: str) -> list[tuple[str, Any]] | None:
        """The shortest way from ``start`` to ``goal`` as (initiative, dependency that leads on), else ``None``."""
        came: dict[str, tuple[str, Any] | None] = {start: None}
        todo = deque([start])
        while todo:
            name = todo.popleft()
            if name == goal:
                way: list[tuple[str, Any]] = []
                step = came[name]
                while step is not None:
                    way.append(step)
                    step = came[step[0]]
                return way[::-1]
            for dependency, target in sorted(self._needs.get(name, ()), key=lambda edge: edge[1].id):
                if target.id not in came:
                    came[target.id] = (name, dependency)
                    todo.append(target.id)
        return None

    def matches(self, waiver: Any) -> bool:
        """Whether the rules have found what a waiver waives."""
        return waiver.finding in self.found

    def unmet(self, dependency: Any) -> bool:
        """Whether what is needed is not in place: the initiative complete, the milestone reached, the thing won.

        :raises RuleEvaluationError: the dependency is stated only in words, so nobody can say.
        """
        if dependency.on_initiative is not None:
            return bool(dependency.on_initiative.status != "completed")
        if dependency.on_milestone is not None:
            return bool(dependency.on_milestone.status != "reached")
        if dependency.on_external is not None:
            return dependency.on_external.status not in IN_PLACE
        raise RuleEvaluationError(
            f"dependency {dependency.id!r} is stated only in words, or on a measure; test `on_initiative`,"
            " `on_milestone` or `on_external` before unmet()"
        )
