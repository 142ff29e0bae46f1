"""Why a finding is there: since when it holds, which event turned it, and what would clear it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import partial

from attrs import frozen

from plantrack.bitemporal import Fact
from plantrack.events.envelope import Event, RecordedEvent, subjects
from plantrack.period import Period
from plantrack.rules.comparison import unanswered
from plantrack.rules.engine import Verdict, check, judge
from plantrack.rules.findings import CheckResult, Finding, Outcome
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.live_view import LiveView
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.past import Past
from plantrack.rules.remedies import Remedy, remedies
from plantrack.rules.standings import Standings
from plantrack.state import fold
from plantrack.state.live import LiveState


@frozen(kw_only=True)
class Why:
    """The whole account of one finding.

    :ivar result: the check that made it.
    :ivar evidence: the events that it rests on and the corrections that made them so, in order of position.
    :ivar holds_since: the first day of valid time from which on it holds, as known.
    :ivar turned_by: the event with whose recording it came to be known.
    :ivar remedies: what would clear it, each tried out on the plan.
    """

    finding: Finding
    result: CheckResult
    rule: Rule
    evidence: tuple[RecordedEvent, ...]
    holds_since: date
    turned_by: RecordedEvent
    remedies: tuple[Remedy, ...]


@frozen(kw_only=True)
class Case:
    """A finding, and the means to try its rule at other coordinates and with other events.

    :ivar waived: where it is about a waiver, the finding that the waiver is for, if it was made.
    :ivar packs: those of the check that made them.
    :ivar facts_at: the facts up to the day of the check, in their order, as known at a position.
    """

    finding: Finding
    waived: Finding | None
    packs: Sequence[Pack]
    plan: str
    as_at: date
    known: int
    facts_at: Callable[[int], list[Fact]]

    @property
    def rule(self) -> Rule:
        """The rule that made the finding."""
        return self._rule_of(self.finding)

    def turned_at(self, positions: Iterable[int]) -> int:
        """The position with which the finding came to be known: before it, the same check did not make it.

        :param positions: those of the events about what the finding rests on, with their corrections.
        """
        looked_at = {0, *(p for position in positions for p in (position - 1, position))}
        return first_of_run(lambda position: self._made(self._linked(self.facts_at(position))), looked_at, self.known)

    def holds_since(self, references: Collection[str]) -> date:
        """The first day of valid time of the unbroken run of days on which it holds, as known.

        :param references: what the finding is about and rests on, as ``kind:id``.
        """
        facts = self.facts_at(self.known)
        past = Past(facts, self.plan, self.known)
        days = {effective.last_day.toordinal() for _, effective, event in facts if subjects(event) & set(references)}
        first = min(effective.last_day for _, effective, _ in facts).toordinal()
        looked_at = {first, *(d for day in days for d in (day - 1, day) if d >= first)}
        last = self.as_at.toordinal()
        return date.fromordinal(first_of_run(lambda day: self._made(past.on(date.fromordinal(day))), looked_at, last))

    def remedies(self, references: Sequence[str]) -> tuple[Remedy, ...]:
        """The events that would clear it, each tried out as if recorded on the day of the check.

        :param references: what the finding is about and rests on, as ``kind:id``, the subject first.
        """
        facts = self.facts_at(self.known)
        today = Period.day(self.as_at)
        concerned = (self.finding, self.waived)
        words = sorted({w for c in self.rule.compiled.values() for w in c.source.words})
        view = LiveView(LiveState(facts, plan=self.plan, as_at=self.as_at, known=self.known))
        others = [rule for pack in self.packs for rule in pack.rules] if self.rule.comes_last else []
        standings = Standings(others, view)  # a rule about waivers looks at what all find

        def trial(event: Event) -> Outcome | None:
            with view.supposing([(self.known + 1, today, event)]) as touched:
                reviews = standings.review(touched)
                verdict = judge(self.rule, self.finding.subject, view, standings.found_after(reviews))
                standings.forget(reviews)
                changed = partial(view.was_and_is, touched)
                dodged = any(f is not None and unanswered(f, self._rule_of(f), view, changed) for f in concerned)
                return None if verdict is None or dodged else verdict.outcome

        return remedies(view.state, references, words, trial)

    def _rule_of(self, finding: Finding) -> Rule:
        return next(rule for pack in self.packs for rule in pack.rules if rule.id == finding.rule)

    def _linked(self, facts: list[Fact]) -> Linked:
        return Linked(fold(facts, plan=self.plan, as_at=self.as_at, known=self.known), lambda: facts)

    def _verdict(self, linked: Linked) -> Verdict | None:
        found: frozenset[str] = frozenset()
        if "Waiver" in self.rule.kinds:
            result = check(linked.state, self.packs, facts=linked.facts, ignore_waivers=True)
            found = frozenset(finding.fingerprint for finding in result.findings)
        return judge(self.rule, self.finding.subject, linked, found)

    def _made(self, linked: Linked) -> bool:
        verdict = self._verdict(linked)
        made = None if verdict is None else verdict.finding
        return made is not None and made.fingerprint == self.finding.fingerprint


def first_of_run(holds: Callable[[int], bool], looked_at: Iterable[int], last: int) -> int:
    """The first point of the unbroken run of points that hold and that ends with the last.

    Goes back over the points at which something happened until one does not hold, and from there halves the gap: in it
    the condition is taken to turn once.

    :param looked_at: positions or days, the lowest among them.
    :param last: the last point, which is known to hold.
    """
    good, bad = last, None
    for point in sorted({point for point in looked_at if point < last}, reverse=True):
        if not holds(point):
            bad = point
            break
        good = point
    while bad is not None and good - bad > 1:
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good
