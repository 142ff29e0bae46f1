"""What one rule says of every subject of a class, kept by subject, so that some can be judged again without the others.

Subjects are judged one by one; only the step budget looks at all of them together. So the steps of each are kept too.
As long as their sum lies within what the rule may take, judging some again comes to the same as judging all. Where it
does not, or where what a step costs has changed with the sizes of the plan, all are judged.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping

from attrs import frozen

from plantrack.rules.causes import Caused
from plantrack.rules.engine import OUTCOMES, Judged
from plantrack.rules.findings import Finding, NotEvaluated, Outcome
from plantrack.rules.language.budget import Budget, most_steps
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import LiveView
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.language.sizes import Price, Sizes
from plantrack.rules.pack import Rule
from plantrack.rules.past import Past


class Standing:
    """What one rule says of the subjects of one class, by id. Of those that are nowhere here it says nothing: ok."""

    def __init__(self, rule: Rule, compiled: Compiled) -> None:
        self.rule = rule
        self.compiled = compiled
        self.kind = SUBJECTS[compiled.source.kind].KIND
        self.found: dict[str, Caused] = {}
        self.not_evaluated: dict[str, NotEvaluated] = {}
        self.skipped: set[str] = set()
        self.waiting: set[str] = set()
        self._judging, self._telling = _Steps(), _Steps()
        self._counted = False  # whether the steps of judging are kept: they need not be where there cannot be too many
        self._judge_all = True  # nothing was judged yet, or it took too much
        self._prices: list[Price] = []
        self._reckoned: tuple[int, list[Price], float] = (-1, [], 0)

    def must_judge_all(self, view: LiveView) -> bool:
        """Whether judging some subjects again is not enough."""
        if self._judge_all or self._reckon(view.sizes)[0] != self._prices:
            return True
        return not self._counted and not self._allows(view)

    def review(self, named: Mapping[str, View | None], view: LiveView, past: Past | None) -> Review:
        """Judge some subjects again; of those among them that vanished, without a view, nothing is said any more."""
        if not self.must_judge_all(view):
            some = [one for one in named.values() if one is not None]
            judged = Judged(self.rule, self.compiled, some, view, past, total=math.inf)
            most = most_steps(view.number_of(self.kind))
            judging = self._judging.total_with(named, judged.judging) if self._counted else 0
            if judging <= most and self._telling.total_with(named, judged.telling) <= most:
                return Review(self, list(named), judged, self._counted, self._prices)
        everyone = view.of_kind(self.kind)
        names = dict.fromkeys([*named, *(one.id for one in everyone)])
        judged = Judged(self.rule, self.compiled, everyone, view, past)
        return Review(self, list(names), judged, not self._allows(view), self._reckon(view.sizes)[0])

    def learn(self, review: Review) -> None:
        """Let what was judged stand."""
        judged = review.judged
        for name in review.names:
            self.found.pop(name, None)
            self.not_evaluated.pop(name, None)
            self.skipped.discard(name)
            self.waiting.discard(name)
        self.found.update((one.subject.id, one) for one in judged.found)
        self.not_evaluated.update((one.subject.id, one) for one in judged.not_evaluated)
        self.skipped.update(one.id for one in judged.skipped)
        self.waiting.update(one.id for one in judged.waiting)
        self._counted, self._judge_all, self._prices = review.counted, judged.exhausted, review.prices
        self._judging.replace(review.names, judged.judging if review.counted else {})
        self._telling.replace(review.names, judged.telling)

    def tally(self, subjects: int) -> dict[Outcome, int]:
        """How many of so many subjects there are of each outcome."""
        tally = dict.fromkeys(OUTCOMES, 0)
        for one in self.not_evaluated.values():
            tally[one.outcome] += 1
        tally["finding"], tally["not applicable"] = len(self.found), len(self.skipped)
        tally["ok"] = subjects - sum(tally.values())
        return tally

    def _allows(self, view: LiveView) -> bool:
        """Whether there can be no more steps of judging than the rule may take."""
        return Budget(view.number_of(self.kind), view.sizes).allows(self._reckon(view.sizes)[1])

    def _reckon(self, sizes: Sizes) -> tuple[list[Price], float]:
        """The prices of its calls in a plan of these sizes, and the most that judging one subject may take."""
        version, prices, bound = self._reckoned
        if version != sizes.version:
            prices = [sizes.price(function, owner) for function, owner in sorted(self.compiled.source.priced)]
            bound = self.compiled.bound(sizes)
            self._reckoned = sizes.version, prices, bound
        return prices, bound


@frozen
class Review:
    """What a rule says anew of some subjects, in place of what it said.

    :ivar counted: whether the steps of judging them are to be kept.
    :ivar prices: of the calls of the rule, by which they were reckoned.
    """

    standing: Standing
    names: list[str]
    judged: Judged
    counted: bool
    prices: list[Price]

    @property
    def before(self) -> Iterator[Finding]:
        """The findings that it made about them."""
        found = self.standing.found
        return (found[name].finding for name in self.names if name in found)

    @property
    def after(self) -> Iterator[Finding]:
        """The findings that it makes now."""
        return (one.finding for one in self.judged.found)


class _Steps:
    """The steps that subjects took, by id, and their sum."""

    def __init__(self) -> None:
        self._by_name: dict[str, float] = {}
        self._total: float = 0

    def total_with(self, names: Iterable[str], steps: Mapping[str, float]) -> float:
        """The sum when some subjects take others."""
        return self._total - sum(self._by_name.get(name, 0) for name in names) + sum(steps.values())

    def replace(self, names: Collection[str], steps: Mapping[str, float]) -> None:
        """Some subjects took others, or are gone."""
        total = self.total_with(names, steps)
        for name in names:
            self._by_name.pop(name, None)
        self._by_name.update(steps)
        self._total = total if math.isfinite(total) else sum(self._by_name.values())
