"""Why a finding is there: since when it holds, which event turned it, and what would clear it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property, partial
from itertools import islice

from attrs import frozen

from plantrack.bitemporal import Fact, Heard, timeline
from plantrack.events.envelope import Event, RecordedEvent, event_fields, subjects
from plantrack.period import Period
from plantrack.rules.comparison import unanswered
from plantrack.rules.engine import Verdict, check, judge
from plantrack.rules.findings import CheckResult, Finding
from plantrack.rules.language.linked import Linked, View
from plantrack.rules.language.live_view import LiveView
from plantrack.rules.language.reached import reached
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.past import Past
from plantrack.rules.remedies import Clues, Remedy, remedies
from plantrack.rules.standings import Standings
from plantrack.state import State
from plantrack.state.live import LiveState

_NEARBY = 12  # subjects, beyond those that a finding is about and rests on


@frozen(kw_only=True)
class Why:
    """The whole account of one finding.

    :ivar result: the check that made it.
    :ivar evidence: the events that it rests on and the corrections that made them so, in order of position.
    :ivar holds_since: the first day of valid time from which on it holds, as known.
    :ivar turned_by: the event with whose recording it came to be known.
    :ivar remedies: what would clear it, each tried out on the plan.
    :ivar tried: how many events were tried in all.
    """

    finding: Finding
    result: CheckResult
    rule: Rule
    evidence: tuple[RecordedEvent, ...]
    holds_since: date
    turned_by: RecordedEvent
    remedies: tuple[Remedy, ...]
    tried: int


@frozen(kw_only=True, slots=False)
class Case:
    """A finding, and the means to try its rule at other coordinates and with other events.

    :ivar waived: where it is about a waiver, the finding that the waiver is for, if it was made.
    :ivar packs: those of the check that made them.
    :ivar events: what was recorded until then, in order of position.
    """

    finding: Finding
    waived: Finding | None
    packs: Sequence[Pack]
    plan: str
    as_at: date
    known: int
    events: Sequence[RecordedEvent]

    @property
    def rule(self) -> Rule:
        """The rule that made the finding."""
        return self._rule_of(self.finding)

    @cached_property
    def facts(self) -> list[Fact]:
        """The facts up to the day of the check, in their order."""
        return timeline(self.events, as_at=self.as_at, known=self.known)

    def turned_at(self) -> int:
        """The position with which the finding came to be known: before it, the same check did not make it.

        The log is heard once more from its beginning, event by event.
        """
        view = LiveView(LiveState((), plan=self.plan, as_at=self.as_at, known=0))
        standings = Standings(self._rules, view)
        recorded = {event.event_id: event for event in self.events}
        heard = Heard(self.as_at, ())
        turned, stood = 0, False
        for event in self.events:
            heard, gone, come = heard.hear(event, lambda ids: {name: recorded[name] for name in ids})
            touched = view.change(gone=gone, come=come, known=event.position)
            if touched.everything:
                standings = Standings(self._rules, view)
            else:
                if standings.past is not None and (gone or come):
                    standings.past.change(view.live.facts, min(when.last_day for _, when, _ in (*gone, *come)))
                standings.learn(standings.review(touched))
            stands = self.finding.fingerprint in standings.found_after(())
            if stands and not stood:
                turned = event.position
            stood = stands
        return turned

    def holds_since(self, references: Collection[str]) -> date:
        """The first day of valid time of the unbroken run of days on which it holds, as known.

        :param references: what the finding is about and rests on, as ``kind:id``.
        """
        facts = self.facts
        past = Past(facts, self.plan, self.known)
        days = {effective.last_day.toordinal() for _, effective, event in facts if subjects(event) & set(references)}
        first = min(effective.last_day for _, effective, _ in facts).toordinal()
        looked_at = {first, *(d for day in days for d in (day - 1, day) if d >= first)}
        last = self.as_at.toordinal()
        return date.fromordinal(first_of_run(lambda day: self._made(past.on(date.fromordinal(day))), looked_at, last))

    def remedies(self, references: Sequence[str], said: Sequence[Event]) -> tuple[tuple[Remedy, ...], int]:
        """The events that would clear it, each tried out as if recorded on the day of the check; how many were tried.

        :param references: what the finding is about and rests on, as ``kind:id``, the subject first.
        :param said: the events that it rests on.
        """
        today = Period.day(self.as_at)
        concerned = (self.finding, self.waived)
        view = LiveView(LiveState(self.facts, plan=self.plan, as_at=self.as_at, known=self.known))
        standings = Standings(self._rules if self.rule.comes_last else [], view)
        tried: set[Event] = set()

        def trial(event: Event) -> Verdict | None:
            tried.add(event)
            with view.supposing([(self.known + 1, today, event)]) as touched:
                reviews = standings.review(touched)
                verdict = judge(self.rule, self.finding.subject, view, standings.found_after(reviews))
                standings.forget(reviews)
                changed = partial(view.was_and_is, touched)
                dodged = any(f is not None and unanswered(f, self._rule_of(f), view, changed) for f in concerned)
                return None if verdict is None or dodged else verdict

        sources = [compiled.source for compiled in self.rule.compiled.values()]
        clues = Clues(
            references=references,
            nearby=list(islice(self._nearby(view, references), _NEARBY)),
            said=said,
            missing=list(dict.fromkeys(self._missing(view.state, set(references)))),
            words=sorted({word for source in sources for word in source.words}),
            numbers=sorted({number for source in sources for number in source.numbers}),
        )
        return remedies(view.state, clues, trial), len(tried)

    @property
    def _rules(self) -> list[Rule]:
        """The rule; with all others if it is about waivers, since it looks at what these find."""
        return [rule for pack in self.packs for rule in pack.rules] if self.rule.comes_last else [self.rule]

    def _nearby(self, view: LiveView, references: Sequence[str]) -> Iterator[str]:
        """What the rule may look at for the subject, beyond some references."""
        seen = set(references)
        subject: View = view.view(self.finding.subject.kind, self.finding.subject.id)
        ways = self.rule.compiled[type(subject.entity).__name__].source.routes
        for other in reached(subject, ways):
            reference = f"{other.entity.KIND}:{other.entity.id}"
            if reference not in seen:
                seen.add(reference)
                yield reference

    def _missing(self, state: State, references: Collection[str]) -> Iterator[str]:
        """What is named in the facts about some subjects, and does not exist."""
        for _, _, event in self.facts:
            if not subjects(event).isdisjoint(references):
                for f in event_fields(type(event)):
                    kind, name = f.metadata.get("names"), getattr(event, f.name)
                    if kind is not None and state.subject(kind, name) is None:
                        yield f"{kind}:{name}"

    def _rule_of(self, finding: Finding) -> Rule:
        return next(rule for pack in self.packs for rule in pack.rules if rule.id == finding.rule)

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
