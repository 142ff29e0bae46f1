"""What all rules say of a plan, and which of them must look again, at what, when something about it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import localcontext

from plantrack.rules.causes import Caused
from plantrack.rules.engine import OUTCOMES, named
from plantrack.rules.findings import Finding, NotEvaluated, Outcome
from plantrack.rules.language.arithmetic import ARITHMETIC
from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import LiveView, Touched
from plantrack.rules.language.readers import Readers
from plantrack.rules.pack import Rule
from plantrack.rules.past import Past
from plantrack.rules.standing import Review, Standing
from plantrack.state import Waiver


class Standings:
    """What each of some rules says of a plan: everything is judged once, and from then on what is touched.

    :ivar past: the plan on earlier days, once a rule has looked there.
    :ivar made: what was found, by fingerprint, but for what rules about waivers found.
    """

    def __init__(self, rules: Iterable[Rule], view: LiveView) -> None:
        self._view = view
        self.past: Past | None = None
        self.made: dict[str, Finding] = {}
        self._all = [Standing(rule, form) for rule in rules for form in rule.compiled.values() if view.plan is not None]
        self._last = [standing for standing in self._all if standing.comes_last]
        routes = ((s, s.compiled.source.kind, s.compiled.source.routes) for s in self._all)
        self._readers: Readers[Standing] = Readers(view, routes)
        self.learn(self._reviews({standing: {} for standing in self._all}))

    @property
    def found(self) -> Iterator[Caused]:
        """All that is found."""
        return (one for standing in self._all for one in standing.found.values())

    @property
    def not_evaluated(self) -> Iterator[NotEvaluated]:
        """All that cannot be evaluated."""
        return (one for standing in self._all for one in standing.not_evaluated.values())

    def counts(self) -> dict[str, dict[Outcome, int]]:
        """How many subjects each rule finds in each outcome."""
        counts = {standing.rule.id: dict.fromkeys(OUTCOMES, 0) for standing in self._all}
        for standing in self._all:
            for outcome, count in standing.tally(self._view.number_of(standing.kind)).items():
                counts[standing.rule.id][outcome] += count
        return counts

    def review(self, touched: Touched) -> list[Review]:
        """Judge anew what may differ. The reviews are to be learnt or forgotten before anything else is asked."""
        return self._reviews(self._again(touched))

    def learn(self, reviews: Iterable[Review]) -> None:
        """Let stand what was judged anew."""
        for review in reviews:
            review.standing.learn(review)

    def forget(self, reviews: Iterable[Review]) -> None:
        """Let stand what stood before."""
        self._make(reviews, back=True)

    def found_after(self, reviews: Iterable[Review]) -> frozenset[str]:
        """The fingerprints of all that is found once some reviews stand."""
        again = {review.standing: review.after for review in reviews}
        last = (again.get(standing) or (one.finding for one in standing.found.values()) for standing in self._last)
        return frozenset([*self.made, *(finding.fingerprint for some in last for finding in some)])

    def _again(self, touched: Touched) -> dict[Standing, dict[str, View | None]]:
        """The subjects at which each rule must look again; those that vanished, without a view."""
        again: dict[Standing, dict[str, View | None]] = {}

        def look(standing: Standing, names: Iterable[str]) -> None:
            named = again.setdefault(standing, {})
            named.update((name, self._view.view(standing.kind, name)) for name in names)

        for standing, views in self._readers.touched(touched.fields).items():
            look(standing, (view.id for view in views))
        new_or_gone = [*((view.entity.KIND, view.id) for view in touched.opened), *touched.gone]
        for standing in self._all:
            names = [name for kind, name in new_or_gone if kind == standing.kind] if new_or_gone else []
            if standing.rule.hold_for:  # what was on other days may have changed, or which days there are to look at
                names += [*standing.found, *standing.waiting, *standing.not_evaluated]
            if names or standing.must_judge_all(self._view):
                look(standing, names)
        return again

    def _reviews(self, again: Mapping[Standing, Mapping[str, View | None]]) -> list[Review]:
        """What the rules say anew; those about waivers come last, and look at what the others found.

        They look twice, as in a full check, since what a waiver waives may be a finding about another waiver.
        """
        with localcontext(ARITHMETIC):  # the caller's must not change what is found
            self._view.found = frozenset()
            reviews = [self._reviewed(s, names) for s, names in again.items() if not s.comes_last]
            turned = self._make(reviews)
            if self._last and (any(s in again for s in self._last) or self._waives(turned)):
                everyone = {
                    s: {**again.get(s, {}), **{v.id: v for v in self._view.of_kind(s.kind)}} for s in self._last
                }
                self._view.found = self.made.keys()
                once = [one for s, names in everyone.items() for one in self._reviewed(s, names).judged.found]
                self._view.found = self.made.keys() | named(once)
                reviews += [self._reviewed(s, names) for s, names in everyone.items()]
            return reviews

    def _waives(self, turned: set[str]) -> bool:
        return any(waiver.finding in turned for waiver in self._view.of_kind(Waiver.KIND))

    def _reviewed(self, standing: Standing, names: Mapping[str, View | None]) -> Review:
        return standing.review(names, self._view, self._earlier() if standing.rule.hold_for else None)

    def _earlier(self) -> Past:
        if self.past is None:
            live = self._view.live
            self.past = Past(live.facts, live.plan_id, live.known)
        return self.past

    def _make(self, reviews: Iterable[Review], *, back: bool = False) -> set[str]:
        """Keep what was made up to date, or take it back to what it was; returns what came or went."""
        turned: set[str] = set()
        for review in reviews:
            if not review.standing.comes_last:
                gone, come = (review.after, review.before) if back else (review.before, review.after)
                before = {finding.fingerprint: finding for finding in gone}
                after = {finding.fingerprint: finding for finding in come}
                turned |= before.keys() ^ after.keys()
                for name in before:
                    self.made.pop(name, None)
                self.made.update(after)
        return turned


def _all_of(kind: str, view: LiveView) -> dict[str, View]:
    return {one.id: one for one in view.of_kind(kind)}
