"""How long the lists of a plan are at most: what the steps of a rule are reckoned from before it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any

from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.history import History
from plantrack.rules.language.routes import EVENTS, Star, Step, route
from plantrack.rules.language.schema import SUBJECTS, Type, fields_of

Price = tuple[float, float]
"""The steps of one call of a function: for what it walks, and for each item of the list that it gives."""

_FOLLOWED = {"upstream": "dependencies", "downstream": "dependants"}
"""Functions that give all that they walk, with the list by which they go on."""

_ONCE_A_CHECK = ("cycles",)
"""Functions that look their answer up in what is made once for a check."""


class Sizes:
    """The sizes of one view of a state, each found when it is first asked for.

    :param of_kind: gives the views of a kind.
    """

    def __init__(self, of_kind: Callable[[str], Collection[Any]], history: History) -> None:
        self._of_kind = of_kind
        self._history = history
        self._longest: dict[tuple[str, str], float] = {}
        self._prices: dict[tuple[str, str], Price] = {}

    def longest(self, owner: str, field: str) -> float:
        """The length of the longest list under a field of a class; infinite where it is made only when asked for."""
        if owner not in SUBJECTS:
            return math.inf
        key = owner, field
        if key not in self._longest:
            lists = [getattr(view, field) for view in self._of_kind(SUBJECTS[owner].KIND)]
            self._longest[key] = max(map(len, filter(None, lists)), default=0)
        return self._longest[key]

    def price(self, function: str, owner: str) -> Price:
        """The steps of one call of a function with an object of a class as its first argument."""
        key = function, owner
        if key not in self._prices:
            self._prices[key] = self._price(function, owner)
        return self._prices[key]

    def _price(self, name: str, owner: str) -> Price:
        if name in _ONCE_A_CHECK:
            return 1, 1
        if name in _FOLLOWED:
            links = 1 + self.longest("Initiative", _FOLLOWED[name])
            return links, links
        function = FUNCTIONS[name]
        arguments = [Type(owner)]
        ways = {*function.footprint_of(arguments), *(way for way in function.returns if way.startswith(f"{owner}."))}
        return 1 + self._walked(ways), 2

    def _walked(self, ways: Iterable[str]) -> float:
        """How many objects and events lie on some routes from one object; each stretch that they share counts once."""
        steps: dict[tuple[Step | Star, ...], float] = {}
        for way in ways:
            reached: float = 1
            parts = route(way)
            for at, part in enumerate(parts, 1):
                if isinstance(part, Star):
                    reached = len(self._of_kind(SUBJECTS[part.steps[0].owner].KIND))
                    steps[parts[:at]] = reached * math.prod(1 + self._items(step) for step in part.steps)
                elif (items := self._items(part)) or part.field == EVENTS:
                    reached *= self._history.longest if part.field == EVENTS else items
                    steps[parts[:at]] = reached
        return sum(steps.values())

    def _items(self, step: Step) -> float:
        if step.field == EVENTS or not fields_of(step.owner)[step.field].is_list:
            return 0
        return self.longest(step.owner, step.field)
