"""How long the lists of a plan are at most: what the steps of a rule are reckoned from before it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Any

from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.history import History
from plantrack.rules.language.lengths import Lengths
from plantrack.rules.language.routes import EVENTS, Star, Step, route
from plantrack.rules.language.schema import SUBJECTS, Type, fields_of

Price = tuple[float, float]
"""The steps of one call of a function: for what it walks, and for each item of the list that it gives."""

_FOLLOWED = {"upstream": "dependencies", "downstream": "dependants"}
"""Functions that give all that they walk, with the list by which they go on."""

_ONCE_A_CHECK = ("cycles",)
"""Functions that look their answer up in what is made once for a check."""

_RECKONED = {"variation": 20, "assurance": 20, "forecast": 20, "run_needed": 10}
"""Functions that reckon with what they walk: how many steps each item of it takes."""


class Sizes:
    """The sizes of one view of a state, each found when it is first asked for.

    :param of_kind: gives the views of a kind.
    :ivar version: rises when one of the sizes that were asked for changes.
    """

    def __init__(self, of_kind: Callable[[str], Collection[Any]], history: History) -> None:
        self._of_kind = of_kind
        self._history = history
        self._lengths: dict[tuple[str, str], Lengths] = {}
        self._prices: dict[tuple[str, str], Price] = {}
        self._numbers: dict[str, int] = {}
        self._events = 0
        self.version = 0

    def list_changed(self, owner: str, field: str, was: int, now: int) -> None:
        """A list under a field has another length now; one of an object that is new, or gone, counts as empty."""
        lengths = self._lengths.get((owner, field))
        if lengths is not None and lengths.change(was, now):
            self._change()

    def number_changed(self, owner: str, by: int) -> None:
        """There are more objects of a class now, or fewer."""
        if owner in self._numbers:
            self._numbers[owner] += by
            self._change()

    def history_changed(self) -> None:
        """Facts came or went."""
        if self._events and self._history.longest != self._events:
            self._events = self._history.longest
            self._change()

    def _change(self) -> None:
        self._prices.clear()
        self.version += 1

    def longest(self, owner: str, field: str) -> float:
        """The length of the longest list under a field of a class; infinite where it is made only when asked for."""
        if owner not in SUBJECTS:
            return math.inf
        key = owner, field
        if key not in self._lengths:
            lists = [getattr(view, field) for view in self._of_kind(SUBJECTS[owner].KIND)]
            self._lengths[key] = Lengths(len(items) for items in lists if items is not None)
        return self._lengths[key].longest

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
        return 1 + self._walked(ways) * _RECKONED.get(name, 1), 2

    def _walked(self, ways: Iterable[str]) -> float:
        """How many objects and events lie on some routes from one object; each stretch that they share counts once."""
        steps: dict[tuple[Step | Star, ...], float] = {}
        for way in ways:
            reached: float = 1
            parts = route(way)
            for at, part in enumerate(parts, 1):
                if isinstance(part, Star):
                    reached = self._number(part.steps[0].owner)
                    steps[parts[:at]] = reached * math.prod(1 + self._items(step) for step in part.steps)
                elif (items := self._items(part)) or part.field == EVENTS:
                    reached *= self._longest_history() if part.field == EVENTS else items
                    steps[parts[:at]] = reached
        return sum(steps.values())

    def _number(self, owner: str) -> int:
        if owner not in self._numbers:
            self._numbers[owner] = len(self._of_kind(SUBJECTS[owner].KIND))
        return self._numbers[owner]

    def _longest_history(self) -> int:
        self._events = self._history.longest
        return self._events

    def _items(self, step: Step) -> float:
        if step.field == EVENTS or not fields_of(step.owner)[step.field].is_list:
            return 0
        return self.longest(step.owner, step.field)
