"""What happened to a subject, in valid time and as known: first dates, how often they moved, the last event.

``first_due`` is kept in the state, so that the first date of a milestone or commitment needs no history.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from plantrack.bitemporal import Fact, in_order
from plantrack.errors import RuleEvaluationError
from plantrack.events.assurance import (
    FindingWaived,
    MeetingSealed,
    RulePackAdopted,
    RulePackWithdrawn,
    WaiverRevoked,
)
from plantrack.events.commitment import CommitmentMade, CommitmentMoved
from plantrack.events.envelope import Event, openings, subjects
from plantrack.events.measure import TargetSet
from plantrack.events.schedule import MilestoneRescheduled, MilestoneSet
from plantrack.period import Period
from plantrack.rules.language.days import days_between
from plantrack.rules.language.lengths import Lengths
from plantrack.state import Entity, Plan, State, Target
from plantrack.state.change import Changes

Facts = Callable[[], Iterable[Fact]]
"""Gives the facts that a state was folded from, in their order."""


class History:
    """The facts behind one state, by subject. Indexed once, when a rule first asks.

    An event that has no place in the state (``state.unplaced``) is no part of the history of its subject.
    """

    def __init__(self, state: State, facts: Facts | None) -> None:
        self._state = state
        self._given = facts
        self._facts: list[Fact] = []  # in their order, as every list of facts here
        self._at: dict[int, Fact] = {}
        self._about: dict[str, list[Fact]] = {}
        self._lengths = Lengths(())  # of the lists about subjects

    def about(self, view: Any) -> list[Fact]:
        """The facts about a subject, in the order of the fold; of a target, those of its measure that set it.

        :raises RuleEvaluationError: the check was given no facts.
        """
        self._index()
        entity = view.entity
        if isinstance(entity, Target):
            return [fact for fact in self._named(f"measure:{entity.measure}") if _sets(fact[2], entity)]
        return self._named(f"{entity.KIND}:{entity.id}")

    @property
    def longest(self) -> int:
        """How many facts there are at most about one subject; 0 where they are not at hand."""
        if self._given is None:
            return 0
        self._index()
        return self._lengths.longest

    def last(self, view: Any) -> Fact:
        """The last of the facts about a subject, also of those that made it without naming it; of the plan, the last.

        :raises RuleEvaluationError: the check was given no facts.
        """
        self._index()
        entity: Entity = view.entity
        if isinstance(entity, Plan):
            return next(fact for fact in reversed(self._facts) if self._is_placed(fact) and not _is_of_checks(fact[2]))
        named = reversed(self._about.get(f"{entity.KIND}:{entity.id}", ()))
        origins = (self._at[position] for position in set(entity.set_by))
        return max([*islice(filter(self._is_placed, named), 1), *origins], key=in_order)

    def change(self, state: State, changes: Changes) -> None:
        """Follow the state to what facts that came and went have made of it."""
        self._state = state
        if self._at:
            for fact in changes.gone:
                del self._at[fact[0]]
                del self._facts[bisect_left(self._facts, in_order(fact), key=in_order)]
                for listed in self._lists(fact):
                    del listed[bisect_left(listed, in_order(fact), key=in_order)]
                    self._lengths.change(len(listed) + 1, len(listed))
            for fact in changes.come:
                self._add(fact)

    def _index(self) -> None:
        if self._at:
            return
        if self._given is None:
            raise RuleEvaluationError("the rule looks into the past, and the history of the plan is not at hand")
        for fact in self._given():
            self._add(fact)

    def _add(self, fact: Fact) -> None:
        self._at[fact[0]] = fact
        insort(self._facts, fact, key=in_order)
        for listed in self._lists(fact):
            insort(listed, fact, key=in_order)
            self._lengths.change(len(listed) - 1, len(listed))

    def _lists(self, fact: Fact) -> Iterator[list[Fact]]:
        event = fact[2]
        named = {f"{o.kind}:{o.name}" for o in openings(event)} if _is_of_checks(event) else subjects(event)
        return (self._about.setdefault(name, []) for name in named)

    def _named(self, name: str) -> list[Fact]:
        return list(filter(self._is_placed, self._about.get(name, ())))

    def _is_placed(self, fact: Fact) -> bool:
        return f"#{fact[0]}" not in self._state.unplaced


def _is_of_checks(event: Event) -> bool:
    """Whether an event is about the checks themselves: to waive a finding about a risk is not to look at the risk."""
    return isinstance(event, FindingWaived | WaiverRevoked | RulePackAdopted | RulePackWithdrawn | MeetingSealed)


def _sets(event: Any, target: Target) -> bool:
    return isinstance(event, TargetSet) and (event.period, event.due) == (target.period, target.due)


def last_event(linked: Any, subject: Any) -> date:
    """The last day on which something about a subject became true."""
    effective: Period = linked.history.last(subject)[1]
    return effective.last_day


def changed_within(linked: Any, subject: Any, days: Decimal | int) -> bool:
    """Whether something about a subject became true in the last so many days."""
    return days_between(last_event(linked, subject), linked.state.as_at) <= days


def last_of(_answer: Any, linked: Any, subject: Any, *_: Any) -> list[int]:
    """What :func:`last_event` and :func:`changed_within` rest on: that event."""
    return [linked.history.last(subject)[0]]


def baseline(linked: Any, subject: Any) -> Period | Decimal | None:
    """The first date of a milestone or commitment, the first value of a target; ``None`` where none was ever set."""
    if isinstance(subject.entity, Target):
        return next((value for _, value in _values(linked, subject)), None)
    first: Period | None = subject.first_due
    return first


def baseline_set_by(_answer: Any, linked: Any, subject: Any) -> list[int]:
    """What :func:`baseline` rests on: the event that set the first date or value."""
    if isinstance(subject.entity, Target):
        return [position for position, _ in _values(linked, subject)][:1]
    return [subject.entity.origin("first_due")]


def _values(linked: Any, target: Any) -> list[tuple[int, Decimal]]:
    facts = linked.history.about(target)
    return [(position, event.value) for position, _, event in facts if event.value is not None]


def rebaseline_count(linked: Any, subject: Any) -> int:
    """How often another date was set for a milestone or commitment after the first, or other values for a target.

    A date that ends on the same day is no other, and being delayed without a new date is none.
    """
    return max(0, len(_settings(linked, subject)) - 1)


def rebaselined_by(_answer: int, linked: Any, subject: Any) -> list[int]:
    """What :func:`rebaseline_count` rests on: the events that set the first and every other."""
    return _settings(linked, subject)


_DATED: dict[str, tuple[type[Event], ...]] = {
    "milestone": (MilestoneSet, MilestoneRescheduled),
    "commitment": (CommitmentMade, CommitmentMoved),
}


def _settings(linked: Any, subject: Any) -> list[int]:
    """The positions of the events that set what was not set before."""
    found: list[int] = []
    before = None
    for position, _, event in linked.history.about(subject):
        setting = _setting(event, subject.entity)
        if setting is not None and setting != before:
            found.append(position)
            before = setting
    return found


def _setting(event: Any, entity: Any) -> Any:
    """The date or the values that an event sets for a subject; ``None`` where it sets none."""
    if isinstance(event, TargetSet):
        return event.comparator, event.value, event.lower, event.upper
    dated = isinstance(event, _DATED.get(entity.KIND, ())) and getattr(event, entity.KIND) == entity.id
    return event.due.end if dated and event.due is not None else None


def slipped_days(subject: Any) -> int | None:
    """Days from the first date of a milestone or commitment to the one that holds, or on which it was reached or met.

    Negative when that is earlier; ``None`` while there is no such date.
    """
    until = getattr(subject, _until(subject))
    return None if subject.first_due is None or until is None else days_between(subject.first_due, until)


def slipped_by(_answer: int | None, subject: Any) -> list[int]:
    """What :func:`slipped_days` rests on: the events that set the two dates."""
    return [subject.entity.origin("first_due"), subject.entity.origin(_until(subject))]


def _until(subject: Any) -> str:
    done = {"reached": "reached", "met": "met"}
    return done.get(subject.status, "due")
