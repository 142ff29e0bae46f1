"""What belongs to a subject, for those who read a state from outside: the lists that rules navigate by.

Under the names that rules use, so that a question to ``show --format json`` and a rule are put in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from plantrack.rules.language.graph import downstream, upstream
from plantrack.rules.language.linked import Linked
from plantrack.state import Entity, Initiative, State

MAX_FOLLOWED = 1_000_000
"""Links that are followed to tell what all initiatives need, directly or not; of a single one it is always told."""

Lists = dict[str, list[Entity] | None]

_CHAINS: dict[str, Callable[[Any], list[Any]]] = {"upstream": upstream, "downstream": downstream}


class Related:
    """What belongs to the subjects of one state."""

    def __init__(self, state: State) -> None:
        self._linked = Linked(state)

    def of(self, entity: Entity) -> Lists:
        """What refers to a subject: ``measures``, ``risks``, ``dependants``.

        Of an initiative also every initiative that it needs (``upstream``) and that needs it (``downstream``), directly
        or not, nearest first.
        """
        view = self._linked.view(entity.KIND, entity.id)
        return self._inverses(view) | (_chains(view) if isinstance(entity, Initiative) else {})

    def of_kind(self, kind: str) -> Iterator[tuple[Entity, Lists]]:
        """The subjects of a kind, each with :meth:`of` it.

        Of initiatives that are too entangled to follow all their dependencies, ``upstream`` and ``downstream`` are
        ``None``.
        """
        views = self._linked.of_kind(kind)
        chains = _all_chains(views) if kind == Initiative.KIND else [{}] * len(views)
        for view, chain in zip(views, chains, strict=True):
            yield view.entity, self._inverses(view) | chain

    def _inverses(self, view: Any) -> Lists:
        return {name: [other.entity for other in getattr(view, name)] for name in view.entity.INVERSES}


def _chains(view: Any) -> Lists:
    return {name: [other.entity for other in reach(view)] for name, reach in _CHAINS.items()}


def _all_chains(views: list[Any]) -> list[Lists]:
    found: list[Lists] = []
    followed = 0
    for view in views:
        reached = {name: reach(view) for name, reach in _CHAINS.items()}
        followed += sum(len(v.dependencies) for v in reached["upstream"])
        followed += sum(len(v.dependants) for v in reached["downstream"])
        if followed > MAX_FOLLOWED:
            return [dict.fromkeys(_CHAINS) for _ in views]
        found.append({name: [v.entity for v in others] for name, others in reached.items()})
    return found
