"""A check kept up to date: after each event only the rules that read what it changed look again, at those who read it.

What an event changes in the state is found in ``state/live.py``, who reads that in ``language/readers.py``, and what
the rules said before stands in ``standing``. This module judges anew, and says how the findings stand against those
before. The result always equals a full check of the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import localcontext

import attrs

from plantrack.bitemporal import Fact, Find, Heard
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.changes import Taken, changed
from plantrack.rules.comparison import Checked
from plantrack.rules.engine import OUTCOMES, Verdict, judge, named, refuse_twice, result_of
from plantrack.rules.findings import CheckResult, Finding, NotEvaluated, Subject, WaiverApplied, most_serious_first
from plantrack.rules.language.arithmetic import ARITHMETIC
from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import LiveView, Touched
from plantrack.rules.language.readers import Readers
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.past import Past
from plantrack.rules.standing import Review, Standing
from plantrack.rules.waivers import waived, waivers_in_force
from plantrack.state import Waiver
from plantrack.state.live import LiveState

Waivers = dict[str, WaiverApplied]
"""The waivers in force, by the fingerprint of what they waive."""

EventIds = Callable[[Collection[int]], Mapping[int, str]]
"""Gives the ids of the events at some positions."""


class LiveCheck:
    """What the rules say of a plan at the end of a day, kept up to date event by event.

    :param facts: what counts at that day as known at the position ``known``, in order.
    :param heard: the log up to that position.
    :param recorded_at: when the event at that position was recorded.
    :raises RuleSourceError: two of the packs have a rule of the same name.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        heard: Heard,
        packs: Sequence[Pack],
        *,
        plan: str,
        known: int,
        recorded_at: datetime | None,
        find: Find,
        event_ids: EventIds,
    ) -> None:
        refuse_twice(packs)
        self._packs = tuple(packs)
        self._rules = {name: rule for pack in packs for rule in pack.rules for name in (*rule.formerly, rule.id)}
        self._heard = heard
        self._recorded_at = recorded_at
        self._find = find
        self._event_ids = event_ids
        self._ids: dict[int, str] = {}
        self._view = LiveView(LiveState(facts, plan=plan, as_at=heard.as_at, known=known))
        self._begin()

    def _begin(self) -> None:
        """Judge everything."""
        self._result: CheckResult | None = None
        self._past: Past | None = None
        self._standings = [
            Standing(rule, compiled)
            for pack in self._packs
            for rule in pack.rules
            for compiled in rule.compiled.values()
            if self._view.plan is not None
        ]
        self._last = [standing for standing in self._standings if standing.comes_last]
        routes = ((s, s.compiled.source.kind, s.compiled.source.routes) for s in self._standings)
        self._readers: Readers[Standing] = Readers(self._view, routes)
        self._made: dict[str, Finding] = {}  # by fingerprint; what rules about waivers found is no part of it
        self._waivers = waivers_in_force(self._view.state)
        with localcontext(ARITHMETIC):
            for review in self._review({standing: {} for standing in self._standings}):
                review.standing.learn(review)

    @property
    def known(self) -> int:
        """The position up to which the log was heard."""
        return self._view.live.known

    @property
    def as_at(self) -> date:
        """The day of valid time."""
        return self._heard.as_at

    @property
    def checked(self) -> Checked:
        """The result with what it was made from."""
        return Checked(self.result, self._view.state, self._packs, lambda: self._view.live.facts)

    @property
    def result(self) -> CheckResult:
        """What a full check of the same facts gives."""
        if self._result is None:
            counts = {s.rule.id: dict.fromkeys(OUTCOMES, 0) for s in self._standings}
            for standing in self._standings:
                for outcome, count in standing.tally(self._view.number_of(standing.kind)).items():
                    counts[standing.rule.id][outcome] += count
            found = [one for standing in self._standings for one in standing.found.values()]
            result = result_of(self._view.state, self._packs, found, self._not_evaluated(), counts)
            self._result = attrs.evolve(result, recorded_at=self._recorded_at)
        return self._result

    def hear(self, events: Iterable[RecordedEvent]) -> tuple[Finding, ...]:
        """Take in the events that follow in the log.

        :returns: the findings that are not as they were, each with its ``state`` against what it was, the most serious
            first; those that are gone as they were, "resolved" or "no data". Groups are told by ``result`` alone.
        """
        taken = self._take_in(events)
        if taken.heard:
            self._recorded_at = taken.heard[-1].recorded_at
            self._result = None
            if self._past is not None:
                self._past.change(self._view.live.facts, taken.since)
        return self._told(taken, self._learned)

    def suppose(self, events: Iterable[RecordedEvent]) -> tuple[Finding, ...]:
        """What :meth:`hear` would return; everything stays as it is."""
        with self._supposing(events) as taken:
            return self._told(taken, self._forgotten)

    def judge(self, rule: Rule, subject: Subject, events: Iterable[RecordedEvent] = ()) -> Verdict | None:
        """What one rule would say of one subject after more events; ``None`` when there would be no such subject.

        A rule about waivers is told what is found now.
        """
        found = self._findings().keys() if rule.comes_last else frozenset()
        with self._supposing(events):
            return judge(rule, subject, self._view, found)

    # --- events

    def _take_in(self, events: Iterable[RecordedEvent]) -> Taken:
        taken, heard = Taken(), list(events)
        new = {event.event_id: event for event in heard}

        def find(names: Collection[str]) -> dict[str, RecordedEvent]:
            """Also among what is only supposed: it stands in no log."""
            return {**self._find(names), **{name: new[name] for name in names if name in new}}

        for event in heard:
            self._heard, gone, come = self._heard.hear(event, find)
            self._ids[event.position] = event.event_id
            taken.add(event, gone, come, self._view.change(gone=gone, come=come, known=event.position))
        return taken

    @contextmanager
    def _supposing(self, events: Iterable[RecordedEvent]) -> Iterator[Taken]:
        """The plan as it would be after more events; afterwards it is what it was before."""
        heard, known, past, result = self._heard, self.known, self._past, self._result
        self._past = None
        taken = self._take_in(events)
        try:
            yield taken
        finally:
            for gone, come in reversed(taken.facts):
                self._view.change(gone=come, come=gone, known=known)
            for event in taken.heard:
                del self._ids[event.position]
            self._heard = heard
            if taken.touched.everything:
                self._begin()
            self._past, self._result = past, result

    # --- judging

    def _again(self, touched: Touched) -> dict[Standing, dict[str, View | None]]:
        """The subjects at which each rule must look again; those that vanished, without a view."""
        again: dict[Standing, dict[str, View | None]] = {}

        def look(standing: Standing, names: Iterable[str]) -> None:
            named = again.setdefault(standing, {})
            named.update((name, self._view.view(standing.kind, name)) for name in names)

        for standing, views in self._readers.touched(touched.fields).items():
            look(standing, (view.id for view in views))
        new_or_gone = [*((view.entity.KIND, view.id) for view in touched.opened), *touched.gone]
        for standing in self._standings:
            names = [name for kind, name in new_or_gone if kind == standing.kind] if new_or_gone else []
            if standing.rule.hold_for:  # what was on other days may have changed, or which days there are to look at
                names += [*standing.found, *standing.waiting, *standing.not_evaluated]
            if names or standing.must_judge_all(self._view):
                look(standing, names)
        return again

    def _review(self, again: Mapping[Standing, Mapping[str, View | None]]) -> list[Review]:
        """What the rules say anew; those about waivers come last, and look at what the others found.

        They look twice, as in a full check, since what a waiver waives may be a finding about another waiver.
        """
        self._view.found = frozenset()
        reviews = [self._reviewed(s, names) for s, names in again.items() if not s.comes_last]
        turned = self._make(reviews)
        if any(standing in again for standing in self._last) or (
            self._last and any(waiver.finding in turned for waiver in self._view.of_kind(Waiver.KIND))
        ):
            everyone = {s: {**again.get(s, {}), **{v.id: v for v in self._view.of_kind(s.kind)}} for s in self._last}
            self._view.found = self._made.keys()
            once = [one for s, names in everyone.items() for one in self._reviewed(s, names).judged.found]
            self._view.found = self._made.keys() | named(once)
            reviews += [self._reviewed(s, names) for s, names in everyone.items()]
        return reviews

    def _reviewed(self, standing: Standing, names: Mapping[str, View | None]) -> Review:
        review = standing.review(names, self._view, self._earlier() if standing.rule.hold_for else None)
        if found := review.judged.found:
            unknown = {position for one in found for position in one.finding.positions if position not in self._ids}
            if unknown:
                self._ids.update(self._event_ids(unknown))
            review.judged.found = [attrs.evolve(one, finding=self._with_evidence(one.finding)) for one in found]
        return review

    def _with_evidence(self, finding: Finding) -> Finding:
        return attrs.evolve(finding, evidence=tuple(self._ids[position] for position in finding.positions))

    def _earlier(self) -> Past:
        if self._past is None:
            live = self._view.live
            self._past = Past(live.facts, live.plan_id, live.known)
        return self._past

    def _make(self, reviews: Iterable[Review], *, back: bool = False) -> set[str]:
        """Keep what the rules found up to date, or take it back to what it was; returns what came or went."""
        turned: set[str] = set()
        for review in reviews:
            if not review.standing.comes_last:
                gone, come = (review.after, review.before) if back else (review.before, review.after)
                before = {finding.fingerprint: finding for finding in gone}
                after = {finding.fingerprint: finding for finding in come}
                turned |= before.keys() ^ after.keys()
                for name in before:
                    self._made.pop(name, None)
                self._made.update(after)
        return turned

    # --- telling

    def _told(self, taken: Taken, then: Callable[[list[Review], Waivers], None]) -> tuple[Finding, ...]:
        """How the findings stand after some events against what they were.

        :param then: what is done with what was judged.
        """
        with localcontext(ARITHMETIC):
            if taken.touched.everything:
                before = self._findings()
                self._begin()
                return self._compared(taken, before, self._findings(), self._not_evaluated(), [])
            if not taken.heard:
                return ()
            reviews, waivers = self._review(self._again(taken.touched)), self._waivers
            if any(kind == Waiver.KIND for kind, _ in taken.touched.before):
                waivers = waivers_in_force(self._view.state)
            try:
                before, after = self._differing(reviews, waivers)
                unsaid = [one for review in reviews for one in review.judged.not_evaluated]
                return self._compared(taken, before, after, unsaid, reviews) if before or after else ()
            finally:
                then(reviews, waivers)

    def _learned(self, reviews: list[Review], waivers: Waivers) -> None:
        for review in reviews:
            review.standing.learn(review)
        self._waivers = waivers

    def _forgotten(self, reviews: list[Review], _: Waivers) -> None:
        self._make(reviews, back=True)

    def _findings(self) -> dict[str, Finding]:
        found = [one.finding for standing in self._standings for one in standing.found.values()]
        return {finding.fingerprint: finding for finding in waived(found, self._waivers)}

    def _found(self, reviews: Iterable[Review]) -> frozenset[str]:
        """The fingerprints of all that is found once some reviews stand."""
        again = {review.standing: list(review.after) for review in reviews}
        found = [again.get(standing, [one.finding for one in standing.found.values()]) for standing in self._last]
        return frozenset([*self._made, *(finding.fingerprint for some in found for finding in some)])

    def _not_evaluated(self) -> list[NotEvaluated]:
        return [one for standing in self._standings for one in standing.not_evaluated.values()]

    def _differing(self, reviews: Sequence[Review], waivers: Waivers) -> tuple[dict[str, Finding], dict[str, Finding]]:
        """The findings that may differ, before and after: what was judged anew, and where waivers came or went."""
        before = {finding.fingerprint: finding for review in reviews for finding in review.before}
        after = {finding.fingerprint: finding for review in reviews for finding in review.after}
        for name in self._waivers.keys() | waivers.keys() if waivers is not self._waivers else ():
            if self._waivers.get(name) != waivers.get(name) and name in self._made and name not in before:
                before[name] = after[name] = self._made[name]
        return (
            {finding.fingerprint: finding for finding in waived(before.values(), self._waivers)},
            {finding.fingerprint: finding for finding in waived(after.values(), waivers)},
        )

    def _compared(
        self,
        taken: Taken,
        before: Mapping[str, Finding],
        after: Mapping[str, Finding],
        unsaid: Iterable[NotEvaluated],
        reviews: Iterable[Review],
    ) -> tuple[Finding, ...]:
        differing = changed(self._view, self._rules, taken, before, after, unsaid, lambda: self._found(reviews))
        return most_serious_first(differing, [rule.id for pack in self._packs for rule in pack.rules])
