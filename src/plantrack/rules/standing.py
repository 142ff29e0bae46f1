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
from plantrack.rules.engine import Judged, tally_of
from plantrack.rules.findings import Finding, NotEvaluated, Outcome
from plantrack.rules.language.budget import Budget, most_steps
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import LiveView
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.language.sizes import Price
from plantrack.rules.pack import Rule
from plantrack.rules.past import Past


class Standing:
    """What one rule says of the subjects of one class, by id. Of those that are nowhere here it says nothing: ok."""

    def __init__(self, rule: Rule, compiled: Compiled) -> None:
        self.rule = rule
        self.compiled = compiled
        self.kind = SUBJECTS[compiled.source.kind].KIND
        self.comes_last = rule.comes_last
        self.found: dict[str, Caused] = {}
        self.not_evaluated: dict[str, NotEvaluated] = {}
        self.skipped: set[str] = set()
        self.waiting: set[str] = set()
        self._judging, self._telling = _Steps(), _Steps()
        self._counted = False  # whether the steps of judging are kept: they need not be where there cannot be too many
        self._judge_all = True  # nothing was judged yet, or it took too much
        self._prices: list[Price] = []
        self._reckoned = _Reckoned(-1, -1, [], False)
        self._fits: tuple[int, int] | None = None  # the sizes at which judging some is known to be enough

    def must_judge_all(self, view: LiveView) -> bool:
        """Whether judging some subjects again is not enough."""
        now = view.sizes.version, view.number_of(self.kind)
        if now == self._fits:
            return False
        reckoned = self._reckon(view)
        # On earlier days too, whether all together take too much can be seen of all together alone.
        may_be_counted = self._counted and not self.rule.hold_for
        fits = not self._judge_all and reckoned.prices == self._prices and (may_be_counted or reckoned.allows)
        self._fits = now if fits else None
        return not fits

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
        reckoned = self._reckon(view)
        return Review(self, list(names), judged, not reckoned.allows, reckoned.prices)

    def learn(self, review: Review) -> None:
        """Let what was judged stand."""
        judged = review.judged
        for name in review.names:
            self.found.pop(name, None)
            self.not_evaluated.pop(name, None)
            self.skipped.discard(name)
            self.waiting.discard(name)
        for one in judged.found:
            self.found[one.subject.id] = one
        for unsaid in judged.not_evaluated:
            self.not_evaluated[unsaid.subject.id] = unsaid
        self.skipped.update([view.id for view in judged.skipped])
        self.waiting.update([view.id for view in judged.waiting])
        self._counted, self._judge_all, self._prices = review.counted, judged.exhausted, review.prices
        if judged.exhausted:
            self._fits = None
        self._judging.replace(review.names, judged.judging if review.counted else {})
        self._telling.replace(review.names, judged.telling)

    def tally(self, subjects: int) -> dict[Outcome, int]:
        """How many of so many subjects there are of each outcome."""
        return tally_of(subjects, self.found, self.skipped, self.not_evaluated.values())

    def _reckon(self, view: LiveView) -> _Reckoned:
        sizes, subjects = view.sizes, view.number_of(self.kind)
        if (self._reckoned.version, self._reckoned.subjects) != (sizes.version, subjects):
            prices = [sizes.price(function, owner) for function, owner in sorted(self.compiled.source.priced)]
            allows = Budget(subjects, sizes).allows(self.compiled.bound(sizes))
            self._reckoned = _Reckoned(sizes.version, subjects, prices, allows)
        return self._reckoned


@frozen
class _Reckoned:
    """What a rule costs in a plan of some sizes.

    :ivar prices: of its calls.
    :ivar allows: whether there can be no more steps of judging than it may take.
    """

    version: int
    subjects: int
    prices: list[Price]
    allows: bool


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
        if not steps and self._by_name.keys().isdisjoint(names):
            return
        total = self.total_with(names, steps)
        for name in names:
            self._by_name.pop(name, None)
        self._by_name.update(steps)
        self._total = total if math.isfinite(total) else sum(self._by_name.values())
