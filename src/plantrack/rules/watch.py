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
from typing import Any

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

