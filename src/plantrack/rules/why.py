"""Why a finding is there: since when it holds, which event turned it, and what would clear it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from attrs import frozen

from plantrack.bitemporal import Fact
from plantrack.events.envelope import Event, RecordedEvent, subjects
from plantrack.period import Period
from plantrack.rules.engine import Verdict, judge
from plantrack.rules.findings import CheckResult, Finding, Outcome
from plantrack.rules.language.linked import Linked
from plantrack.rules.pack import Rule
from plantrack.rules.past import Past
from plantrack.rules.remedies import Remedy, remedies
from plantrack.state import fold


@frozen(kw_only=True)
class Why:
    """The whole account of one finding.

    :ivar result: the check that made it.
    :ivar evidence: the events that it rests on, in order of position.
    :ivar holds_since: the first day of valid time from which on it holds, as known.
    :ivar turned_by: the event with whose recording it came to be known; ``None`` where no single event did.
    :ivar remedies: what would clear it, each tried out on the plan.
    """

    finding: Finding
    result: CheckResult
    rule: Rule
    evidence: tuple[RecordedEvent, ...]
    holds_since: date
    turned_by: RecordedEvent | None
    remedies: tuple[Remedy, ...]


@frozen(kw_only=True)
class Case:
    """A finding, and the means to try the rule at other coordinates and with other events.

    :ivar facts_at: the facts up to the day of the check, in their order, as known at a position.
    """

    finding: Finding
    rule: Rule
    plan: str
    as_at: date
    known: int
    facts_at: Callable[[int], list[Fact]]

    def turned_at(self) -> int | None:
        """The position with which the finding came to be known: before it, the same check did not make it.

        The last event of the evidence is tried first, since it mostly is the one.
        """
        last = max((p for p in self.finding.positions if p <= self.known), default=self.known)
        if not self._known_at(last - 1) and self._known_at(last):
            return last
        positions = range(self.known + 1)
        turned = first_of_run(self._known_at, positions, self.known)
        return turned or None

    def holds_since(self) -> date:
        """The first day of valid time of the unbroken run of days on which it holds, as known."""
        facts = self.facts_at(self.known)
        past = Past(facts, self.plan, self.known)
        first = min((effective.last_day for _, effective, _ in facts), default=self.as_at)
        days = range(first.toordinal(), self.as_at.toordinal() + 1)

        def holds(ordinal: int) -> bool:
            return self._made(judge(self.rule, self.finding.subject, past.on(date.fromordinal(ordinal))))

        return date.fromordinal(days[first_of_run(holds, days, len(days) - 1)])

    def remedies(self, evidence: Sequence[Event]) -> tuple[Remedy, ...]:
        """The events that would clear it, each tried out as if recorded on the day of the check."""
        facts = self.facts_at(self.known)
        today = Period.day(self.as_at)
        references = [str(self.finding.subject), *(name for event in evidence for name in sorted(subjects(event)))]
        words = sorted({w for c in self.rule.compiled.values() for w in c.source.words})

        def trial(event: Event) -> Outcome | None:
            verdict = judge(self.rule, self.finding.subject, self._linked([*facts, (self.known + 1, today, event)]))
            return None if verdict is None else verdict.outcome

        return remedies(self._linked(facts).state, references, words, trial)

    def _linked(self, facts: list[Fact]) -> Linked:
        return Linked(fold(facts, plan=self.plan, as_at=self.as_at, known=self.known), lambda: facts)

    def _known_at(self, position: int) -> bool:
        return self._made(judge(self.rule, self.finding.subject, self._linked(self.facts_at(position))))

    def _made(self, verdict: Verdict | None) -> bool:
        made = None if verdict is None else verdict.finding
        return made is not None and made.fingerprint == self.finding.fingerprint


def first_of_run(holds: Callable[[int], bool], points: Sequence[int], last: int) -> int:
    """The first point of the unbroken run of points that hold and that ends with the last.

    Goes back in growing steps until one does not hold, then halves the gap: about two logarithms of tries. Where the
    condition came and went between two tries, the run it finds is a later one.

    :param points: positions or days, rising; the last one is known to hold.
    :param last: the index of the last.
    """
    good, step, bad = last, 1, -1
    while good > 0:
        tried = max(0, good - step)
        if not holds(points[tried]):
            bad = tried
            break
        good, step = tried, step * 2
    while good - bad > 1:
        middle = (good + bad) // 2
        if holds(points[middle]):
            good = middle
        else:
            bad = middle
    return good
