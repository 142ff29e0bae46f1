"""A check kept up to date: after each event only the rules that read what it changed look again, at those who read it.

The outcomes of every rule stand here by subject. What an event changes in the state is found in ``state/live.py``, who
reads that in ``language/readers.py``; this module judges anew, and says how the findings stand against those before.
The result always equals a full check of the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import localcontext

import attrs
from attrs import frozen

from plantrack.bitemporal import Fact, Heard
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.causes import Caused
from plantrack.rules.comparison import against, without
from plantrack.rules.engine import OUTCOMES, Judged, Verdict, judge, refuse_twice, result_of
from plantrack.rules.findings import CheckResult, Finding, NotEvaluated, Outcome, Subject, most_serious_first
from plantrack.rules.language.arithmetic import ARITHMETIC
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import NOTHING, LiveView, Touched
from plantrack.rules.language.readers import Readers
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.past import Past
from plantrack.rules.waivers import waived, waivers_in_force
from plantrack.state import Waiver
from plantrack.state.live import LiveState

EventIds = Callable[[Collection[int]], Mapping[int, str]]
"""Gives the ids of the events at some positions."""


class _Standing:
    """What one rule says of the subjects of one class, by id. Of those that are nowhere here it says nothing: ok."""

    def __init__(self, rule: Rule, compiled: Compiled, kind: str) -> None:
        self.rule = rule
        self.compiled = compiled
        self.kind = kind
        self.found: dict[str, Caused] = {}
        self.not_evaluated: dict[str, NotEvaluated] = {}
        self.skipped: set[str] = set()
        self.waiting: set[str] = set()

    def learn(self, names: Iterable[str], judged: Judged) -> None:
        """Say of some subjects what was judged, in place of what was said before."""
        for name in names:
            self.found.pop(name, None)
            self.not_evaluated.pop(name, None)
            self.skipped.discard(name)
            self.waiting.discard(name)
        self.found.update((one.subject.id, one) for one in judged.found)
        self.not_evaluated.update((one.subject.id, one) for one in judged.not_evaluated)
        self.skipped.update(view.id for view in judged.skipped)
        self.waiting.update(view.id for view in judged.waiting)

    def tally(self, subjects: int) -> dict[Outcome, int]:
        """How many of so many subjects there are of each outcome."""
        tally = dict.fromkeys(OUTCOMES, 0)
        for one in self.not_evaluated.values():
            tally[one.outcome] += 1
        tally["finding"], tally["not applicable"] = len(self.found), len(self.skipped)
        tally["ok"] = subjects - sum(tally.values())
        return tally


@frozen
class _Taken:
    """What some events did to the state and its views.

    :ivar facts: the facts that went and those that came, event by event.
    :ivar since: the first day on which anything is not as it was.
    """

    events: list[RecordedEvent]
    facts: list[tuple[list[Fact], list[Fact]]]
    touched: Touched
    since: date


@frozen
class _Review:
    """What a rule says anew of some subjects; of those among them that vanished, nothing."""

    standing: _Standing
    names: Collection[str]
    judged: Judged

    @property
    def before(self) -> Iterator[Finding]:
        """The findings that it made about them."""
        found = self.standing.found
        return (found[name].finding for name in self.names if name in found)

    @property
    def after(self) -> Iterator[Finding]:
        """The findings that it makes now."""
        return (one.finding for one in self.judged.found)

    def learn(self) -> None:
        """Let it stand."""
        self.standing.learn(self.names, self.judged)


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
        event_ids: EventIds,
    ) -> None:
        refuse_twice(packs)
        self._packs = tuple(packs)
        self._heard = heard
        self._recorded_at = recorded_at
        self._event_ids = event_ids
        self._ids: dict[int, str] = {}
        self._view = LiveView(LiveState(facts, plan=plan, as_at=heard.as_at, known=known))
        with localcontext(ARITHMETIC):
            self._begin()

    def _begin(self) -> None:
        """Judge everything."""
        self._result: CheckResult | None = None
        self._past: Past | None = None
        self._standings = [
            _Standing(rule, compiled, SUBJECTS[kind].KIND)
            for pack in self._packs
            for rule in pack.rules
            for kind, compiled in rule.compiled.items()
            if self._view.plan is not None
        ]
        routes = ((s, s.compiled.source.kind, s.compiled.source.routes) for s in self._standings)
        self._readers: Readers[_Standing] = Readers(self._view, routes)
        self._made: dict[str, Finding] = {}  # by fingerprint; what rules about waivers found is no part of it
        self._waivers = waivers_in_force(self._view.state)
        for review in self._review({s: {v.id: v for v in self._view.of_kind(s.kind)} for s in self._standings}):
            review.learn()

    @property
    def known(self) -> int:
        """The position up to which the log was heard."""
        return self._view.live.known

    @property
    def result(self) -> CheckResult:
        """What a full check of the same facts gives."""
        if self._result is None:
            counts = {s.rule.id: dict.fromkeys(OUTCOMES, 0) for s in self._standings}
            for standing in self._standings:
                for outcome, count in standing.tally(len(self._view.of_kind(standing.kind))).items():
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
        if not taken.events:
            return ()
        self._recorded_at = taken.events[-1].recorded_at
        self._result = None
        if self._past is not None:
            self._past.change(self._view.live.facts, taken.since)
        with localcontext(ARITHMETIC):
            if taken.touched.everything:
                before = self._findings()
                self._begin()
                return self._told(before, self._findings(), self._not_evaluated(), taken.touched)
            reviews = self._review(self._again(taken.touched))
            told = self._compared(reviews, taken.touched)
            for review in reviews:
                review.learn()
            self._waivers = waivers_in_force(self._view.state)
            return told

    def suppose(self, events: Iterable[RecordedEvent]) -> tuple[Finding, ...]:
        """What :meth:`hear` would return; everything stays as it is."""
        with self._supposing(events) as touched, localcontext(ARITHMETIC):
            if touched.everything:
                before = self._findings()
                self._begin()
                return self._told(before, self._findings(), self._not_evaluated(), touched)
            reviews = self._review(self._again(touched))
            try:
                return self._compared(reviews, touched)
            finally:
                self._make(reviews, back=True)

    def judge(self, rule: Rule, subject: Subject, events: Iterable[RecordedEvent] = ()) -> Verdict | None:
        """What one rule would say of one subject after more events; ``None`` when there would be no such subject."""
        with self._supposing(events):
            return judge(rule, subject, self._view)

    # --- events

    def _take_in(self, events: Iterable[RecordedEvent]) -> _Taken:
        taken: list[RecordedEvent] = []
        facts: list[tuple[list[Fact], list[Fact]]] = []
        touched = NOTHING
        for event in events:
            self._heard, gone, come = self._heard.hear(event)
            touched = touched.join(self._view.change(gone=gone, come=come, known=event.position))
            self._ids[event.position] = event.event_id
            taken.append(event)
            facts.append((gone, come))
        days = [fact[1].last_day for pair in facts for some in pair for fact in some]
        return _Taken(taken, facts, touched, min(days, default=date.max))

    @contextmanager
    def _supposing(self, events: Iterable[RecordedEvent]) -> Iterator[Touched]:
        """The plan as it would be after more events; afterwards it is what it was before."""
        heard, known, past, result = self._heard, self.known, self._past, self._result
        self._past = None
        taken = self._take_in(events)
        try:
            yield taken.touched
        finally:
            for gone, come in reversed(taken.facts):
                self._view.change(gone=come, come=gone, known=known)
            for event in taken.events:
                del self._ids[event.position]
            self._heard = heard
            if taken.touched.everything:
                with localcontext(ARITHMETIC):
                    self._begin()
            self._past, self._result = past, result

    # --- judging

    def _again(self, touched: Touched) -> dict[_Standing, dict[str, View | None]]:
        """The subjects at which each rule must look again; of those that vanished, without a view."""
        again: dict[_Standing, dict[str, View | None]] = {}

        def look(standing: _Standing, names: Iterable[str]) -> None:
            named = again.setdefault(standing, {})
            named.update((name, self._view.view(standing.kind, name)) for name in names)

        for standing, views in self._readers.touched(touched.fields).items():
            look(standing, (view.id for view in views))
        new_or_gone = [*((view.entity.KIND, view.id) for view in touched.opened), *touched.gone]
        for standing in self._standings if new_or_gone else ():
            look(standing, (name for kind, name in new_or_gone if kind == standing.kind))
        for standing in self._standings:
            if standing.rule.hold_for:  # what was on other days may have changed, or which days there are to look at
                look(standing, [*standing.found, *standing.waiting, *standing.not_evaluated])
        return again

    def _review(self, again: Mapping[_Standing, Mapping[str, View | None]]) -> list[_Review]:
        """What the rules say anew; those about waivers come last, and look at what the others found."""
        self._view.found = frozenset()
        reviews = [self._judged(s, named) for s, named in again.items() if named and not s.rule.comes_last]
        before = {finding.fingerprint for review in reviews for finding in review.before}
        after = {finding.fingerprint for review in reviews for finding in review.after}
        self._make(reviews)
        self._view.found = self._made.keys()
        for standing in self._standings:
            if standing.rule.comes_last:
                named = dict(again.get(standing, {}))
                if before != after:
                    named |= {view.id: view for view in self._view.of_kind(standing.kind)}
                reviews.append(self._judged(standing, named))
        return reviews

    def _judged(self, standing: _Standing, named: Mapping[str, View | None]) -> _Review:
        views = [view for view in named.values() if view is not None]
        past = self._earlier() if standing.rule.hold_for else None
        judged = Judged(standing.rule, standing.compiled, views, self._view, past)
        wanted = {position for one in judged.found for position in one.finding.positions}
        if unknown := wanted - self._ids.keys():
            self._ids.update(self._event_ids(unknown))
        judged.found = [attrs.evolve(one, finding=self._with_evidence(one.finding)) for one in judged.found]
        return _Review(standing, named.keys(), judged)

    def _with_evidence(self, finding: Finding) -> Finding:
        return attrs.evolve(finding, evidence=tuple(self._ids[position] for position in finding.positions))

    def _earlier(self) -> Past:
        if self._past is None:
            live = self._view.live
            self._past = Past(live.facts, live.plan_id, live.known)
        return self._past

    def _make(self, reviews: Iterable[_Review], *, back: bool = False) -> None:
        """Keep what the rules found up to date, or back to what it was."""
        for review in reviews:
            if not review.standing.rule.comes_last:
                gone, come = (review.after, review.before) if back else (review.before, review.after)
                for finding in gone:
                    self._made.pop(finding.fingerprint, None)
                self._made.update((finding.fingerprint, finding) for finding in come)

    # --- telling

    def _findings(self) -> dict[str, Finding]:
        found = [one.finding for standing in self._standings for one in standing.found.values()]
        return {finding.fingerprint: finding for finding in waived(found, self._waivers)}

    def _not_evaluated(self) -> list[NotEvaluated]:
        return [one for standing in self._standings for one in standing.not_evaluated.values()]

    def _compared(self, reviews: Sequence[_Review], touched: Touched) -> tuple[Finding, ...]:
        """The findings that differ because of what the rules say anew, and of waivers that came or went."""
        waivers = self._waivers
        if any(kind == Waiver.KIND for kind, _ in touched.before):
            waivers = waivers_in_force(self._view.state)
        before = [finding for review in reviews for finding in review.before]
        after = [finding for review in reviews for finding in review.after]
        reviewed = {finding.fingerprint for finding in (*before, *after)}
        for name in {n for n in self._waivers.keys() | waivers.keys() if self._waivers.get(n) != waivers.get(n)}:
            if name not in reviewed and (finding := self._finding(name)) is not None:
                before.append(finding)
                after.append(finding)
        return self._told(
            {finding.fingerprint: finding for finding in waived(before, self._waivers)},
            {finding.fingerprint: finding for finding in waived(after, waivers)},
            [one for review in reviews for one in review.judged.not_evaluated],
            touched,
        )

    def _finding(self, fingerprint: str) -> Finding | None:
        last = (one.finding for s in self._standings if s.rule.comes_last for one in s.found.values())
        return self._made.get(fingerprint) or next((f for f in last if f.fingerprint == fingerprint), None)

    def _told(
        self,
        before: Mapping[str, Finding],
        after: Mapping[str, Finding],
        not_evaluated: Iterable[NotEvaluated],
        touched: Touched,
    ) -> tuple[Finding, ...]:
        changed = [against(f, before.get(name)) for name, f in after.items() if before.get(name) != f]
        gone = [finding for name, finding in before.items() if name not in after]
        if gone:
            rules = {rule.id: rule for pack in self._packs for rule in pack.rules}
            reasons = {(n.rule, str(n.subject)): n.reason for n in not_evaluated}
            others = {(f.rule, str(f.subject)): f.fingerprint for f in after.values()}
            for finding in gone:
                subject, judged = finding.subject, (finding.rule, str(finding.subject))
                now = self._view.state.subject(subject.kind, subject.id)
                changed.append(
                    without(
                        finding,
                        rules.get(finding.rule),
                        was=touched.before.get((subject.kind, subject.id), now),
                        now=now,
                        not_evaluated=reasons.get(judged),
                        instead=others.get(judged),
                        retracted=self._heard.amended.retracted,
                    )
                )
        return most_serious_first(changed, [rule.id for pack in self._packs for rule in pack.rules])
