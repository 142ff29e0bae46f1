"""The same plan on earlier days, as known now: for conditions that must have held, and to say since when one holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta

from plantrack.bitemporal import Fact
from plantrack.errors import RuleEvaluationError
from plantrack.rules.language.linked import Linked
from plantrack.state import fold

MAX_FACTS = 500_000
"""Events of a plan on all the days together on which a rule looks at it."""


class Past:
    """Views of a plan on any day up to the last one, each made once.

    :param facts: what the state of the last day was folded from, in its order; the state of an earlier day is made of
        the first of them.
    """

    def __init__(self, facts: Sequence[Fact], plan: str, known: int) -> None:
        self._facts = facts
        self._plan = plan
        self._known = known
        self._days = [effective.last_day for _, effective, _ in facts]
        self._views: dict[date, Linked] = {}

    def change(self, facts: Sequence[Fact], since: date) -> None:
        """Follow a plan to other facts, of which those before the day ``since`` are the same."""
        self._facts = facts
        self._days = [effective.last_day for _, effective, _ in facts]
        self._views = {day: view for day, view in self._views.items() if day < since}

    def on(self, day: date) -> Linked:
        """The view of the plan at the end of a day."""
        if day not in self._views:
            facts = self._facts[: bisect_right(self._days, day)]
            state = fold(facts, plan=self._plan, as_at=day, known=self._known)
            self._views[day] = Linked(state, lambda: facts)
        return self._views[day]

    def window(self, last: date, days: int) -> list[date]:
        """The days before ``last`` on which to look, the latest first.

        Those on which something became true, and the day on which the window of ``days`` begins.

        :raises RuleEvaluationError: the plan is too large to be looked at on all of them.
        """
        try:
            start = last - timedelta(days=days)
        except OverflowError:
            start = date.min
        found = sorted({start, *(day for day in self._days if start < day < last)}, reverse=True)
        if sum(bisect_right(self._days, day) for day in found) > MAX_FACTS:
            said = f"the rule looks back at {len(found)} days of a plan with {len(self._facts):,} events"
            raise RuleEvaluationError(f"{said}: more than {MAX_FACTS:,} events together; shorten hold_for")
        return found
