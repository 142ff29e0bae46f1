"""A check kept up to date: after each event only the rules that read what it changed look again, at those who read it.

What an event changes in the state is found in ``state/live.py``, who reads that in ``language/readers.py``, and what
the rules say is kept in ``standings``. This module takes events in, and says how the findings stand against those
before. The result always equals a full check of the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import attrs
from attrs import define, field

from plantrack.bitemporal import Fact, Find, Heard
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.changes import Taken, changed
from plantrack.rules.comparison import Checked
from plantrack.rules.engine import refuse_twice, result_of
from plantrack.rules.findings import CheckResult, Finding, WaiverApplied, most_serious_first
from plantrack.rules.language.live_view import LiveView
from plantrack.rules.pack import Pack
from plantrack.rules.standing import Review
from plantrack.rules.standings import Standings
from plantrack.rules.waivers import waived, waivers_in_force
from plantrack.state import Waiver
from plantrack.state.live import LiveState

EventIds = Callable[[Collection[int]], Mapping[int, str]]
"""Gives the ids of the events at some positions."""


class LiveCheck:
    """What the rules say of a plan at the end of a day, kept up to date event by event.

    Where what it is given raises an error, it stays as it was.

    :param facts: what counts at that day as known at the position ``known``, in order.
    :param heard: the log up to that position.
    :param recorded_at: when the event at that position was recorded.
    :param find: gives recorded events, where a correction or retraction is heard.
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
        self._rules = [rule for pack in packs for rule in pack.rules]
        self._by_name = {name: rule for rule in self._rules for name in (*rule.formerly, rule.id)}
        self._heard = heard
        self._recorded_at = recorded_at
        self._find = find
        self._event_ids = event_ids
        self._ids: dict[int, str] = {}  # of the events on which findings rest, and of those heard
        self._view = LiveView(LiveState(facts, plan=plan, as_at=heard.as_at, known=known))
        self._begin()

    def _begin(self) -> None:
        """Judge everything."""
        self._result: CheckResult | None = None
        self._standings = Standings(self._rules, self._view)
        self._waivers = waivers_in_force(self._view.state)

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
            standings = self._standings
            result = result_of(
                self._view.state, self._packs, standings.found, standings.not_evaluated, standings.counts()
            )
            findings = self._with_evidence(result.findings)
            self._result = attrs.evolve(result, findings=findings, recorded_at=self._recorded_at)
        return self._result

    def hear(self, events: Iterable[RecordedEvent]) -> tuple[Finding, ...]:
        """Take in the events that follow in the log.

        :returns: the findings that are not as they were, each with its ``state`` against what it was, the most serious
            first; those that are gone as they were, "resolved" or "no data". Groups are told by ``result`` alone.
        """
        with self._after(events) as supposed:
            told = self._told(supposed)
            supposed.stands = True
        return told

    def suppose(self, events: Iterable[RecordedEvent]) -> tuple[Finding, ...]:
        """What :meth:`hear` would return; everything stays as it is."""
        with self._after(events) as supposed:
            return self._told(supposed)

    # --- events

    @contextmanager
    def _after(self, events: Iterable[RecordedEvent]) -> Iterator[_Supposed]:
        """The plan after more events; unless these are let stand, it is afterwards what it was before."""
        known, steps = self.known, self._steps(list(events))
        supposed = _Supposed(waivers=self._waivers)
        try:
            for event, heard, gone, come in steps:
                supposed.heard = heard
                supposed.taken.add(event, gone, come, self._view.change(gone=gone, come=come, known=event.position))
            self._change_past(supposed)
            yield supposed
        finally:
            if supposed.stands:
                self._let_stand(supposed)
            else:
                self._take_back(supposed, known)

    def _steps(self, events: Sequence[RecordedEvent]) -> list[tuple[RecordedEvent, Heard, list[Fact], list[Fact]]]:
        """Each event with the log as heard then, and the facts that it takes away and adds."""
        new = {event.event_id: event for event in events}

        def find(names: Collection[str]) -> dict[str, RecordedEvent]:
            """Also among what is only supposed: it stands in no log."""
            return {**self._find(names), **{name: new[name] for name in names if name in new}}

        heard, steps = self._heard, []
        for event in events:
            heard, gone, come = heard.hear(event, find)
            steps.append((event, heard, gone, come))
        return steps

    def _let_stand(self, supposed: _Supposed) -> None:
        if supposed.taken.heard:
            self._standings.learn(supposed.reviews)
            self._waivers = supposed.waivers
            self._heard = supposed.heard or self._heard
            self._ids.update((event.position, event.event_id) for event in supposed.taken.heard)
            self._recorded_at = supposed.taken.heard[-1].recorded_at
            self._result = None

    def _take_back(self, supposed: _Supposed, known: int) -> None:
        self._standings.forget(supposed.reviews)
        for gone, come in reversed(supposed.taken.facts):
            self._view.change(gone=come, come=gone, known=known)
        if supposed.taken.touched.everything:
            result = self._result
            self._begin()
            self._result = result
        self._change_past(supposed)

    def _change_past(self, supposed: _Supposed) -> None:
        if self._standings.past is not None:
            self._standings.past.change(self._view.live.facts, supposed.taken.since)

    # --- telling

    def _told(self, supposed: _Supposed) -> tuple[Finding, ...]:
        """How the findings stand after some events against what they were."""
        taken, standings = supposed.taken, self._standings
        if taken.touched.everything:
            before = self._waived(one.finding for one in standings.found)
            result = self._result
            self._begin()
            supposed.waivers, self._result = self._waivers, result
            standings = self._standings
            after = self._waived(one.finding for one in standings.found)
            unsaid = list(standings.not_evaluated)
        else:
            supposed.reviews = standings.review(taken.touched) if taken.heard else []
            if any(kind == Waiver.KIND for kind, _ in taken.touched.before):
                supposed.waivers = waivers_in_force(self._view.state)
            before, after = self._differing(supposed)
            unsaid = [one for review in supposed.reviews for one in review.judged.not_evaluated]
        if not before and not after:
            return ()
        differing = changed(
            self._view, self._by_name, taken, before, after, unsaid, lambda: standings.found_after(supposed.reviews)
        )
        told = most_serious_first(differing, [rule.id for rule in self._rules])
        return self._with_evidence(told, {event.position: event.event_id for event in taken.heard})

    def _differing(self, supposed: _Supposed) -> tuple[dict[str, Finding], dict[str, Finding]]:
        """The findings that may differ, before and after: what was judged anew, and where waivers came or went."""
        was, now, made = self._waivers, supposed.waivers, self._standings.made
        before = {finding.fingerprint: finding for review in supposed.reviews for finding in review.before}
        after = {finding.fingerprint: finding for review in supposed.reviews for finding in review.after}
        for name in was.keys() | now.keys() if now is not was else ():
            if was.get(name) != now.get(name) and name in made and name not in before:
                before[name] = after[name] = made[name]
        return self._waived(before.values(), was), self._waived(after.values(), now)

    def _waived(
        self, findings: Iterable[Finding], waivers: Mapping[str, WaiverApplied] | None = None
    ) -> dict[str, Finding]:
        found = waived(findings, self._waivers if waivers is None else waivers)
        return {finding.fingerprint: finding for finding in found}

    def _with_evidence(
        self, findings: Sequence[Finding], supposed: Mapping[int, str] | None = None
    ) -> tuple[Finding, ...]:
        """The findings with the ids of the events that they rest on.

        :param supposed: the ids of events that do not stand, or not yet.
        """
        new, ids = supposed or {}, self._ids
        unknown = {at for finding in findings for at in finding.positions if at not in ids and at not in new}
        if unknown:
            ids.update(self._event_ids(unknown))
        return tuple(
            attrs.evolve(finding, evidence=tuple(new[at] if at in new else ids[at] for at in finding.positions))
            for finding in findings
        )


@define
class _Supposed:
    """What some events do.

    :ivar heard: the log with them; ``reviews`` are what the rules say anew, ``waivers`` those in force then.
    :ivar stands: whether all that is to be kept.
    """

    waivers: dict[str, WaiverApplied]
    taken: Taken = field(factory=Taken)
    heard: Heard | None = None
    reviews: list[Review] = field(factory=list)
    stands: bool = False
