"""What would clear a finding: events that could be recorded, each tried out, none taken from a text.

For every type of event that can speak of the subject or of what the finding rests on, or open what these name and is
missing, an event is made up and tried: the rule is run again as if it had been recorded on the day of the check. If
nothing clears it but a change of what was promised, two more things are tried: events about what else the rule looks
at, and what the finding rests on said again with one thing different. Numbers are searched for the value at which the
finding goes. What is left is a list of what somebody could do about it; that it is wise is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Literal, cast, get_args, get_origin

import attrs
from attrs import frozen

from plantrack.errors import PlantrackError
from plantrack.events.assurance import FindingWaived, RulePackAdopted, RulePackWithdrawn
from plantrack.events.codec import TYPES
from plantrack.events.correction import EventCorrected, EventRetracted, PersonalDataErased
from plantrack.events.envelope import Event, event_fields
from plantrack.events.plan import PlanOpened
from plantrack.period import Period
from plantrack.rules.bounds import Look, bound
from plantrack.rules.engine import Verdict
from plantrack.rules.findings import Outcome
from plantrack.rules.made_up import (
    Free,
    Material,
    Searched,
    hints_of,
    material,
    options_for,
    otherwise,
    primaries,
    variants,
)
from plantrack.state import State

Trial = Callable[[Event], Verdict | None]
"""What the rule would say of the subject of the finding if an event had been recorded.

``None`` where it would be no answer: there is no subject any more, or the rule looks at something else.
"""

GOALPOSTS = frozenset({"TargetSet", "MilestoneRescheduled", "CommitmentMoved", "MeasureRevised"})
"""Events that change what was promised instead of what is so."""

_NEVER = (
    PlanOpened, EventCorrected, EventRetracted, PersonalDataErased, RulePackAdopted, RulePackWithdrawn, FindingWaived,
)  # fmt: skip
_LONG_AGO = Period.day(date(1900, 1, 1))
_VARIANTS = 12  # of one type of event about one subject


@frozen(kw_only=True)
class Remedy:
    """An event that would clear the finding.

    :ivar event: one that does.
    :ivar bound: for a number that was searched: its field and ``"at least"`` or ``"at most"``.
    :ivar free: the fields that may as well hold something else: new ids, words, whom nobody named, a status that does
        not matter.
    :ivar outcome: of the rule afterwards: "ok", or "not applicable".
    :ivar changed: where it says again what was said before, the one field in which it differs.
    """

    event: Event
    bound: tuple[str, str] | None
    free: frozenset[str]
    outcome: Outcome
    changed: str | None = None

    @property
    def moves_goalpost(self) -> bool:
        """Whether it changes what was promised instead of what is so."""
        return type(self.event).__name__ in GOALPOSTS


@frozen(kw_only=True)
class Clues:
    """Where to look for what would clear a finding.

    :ivar references: its subject and what it rests on, as ``kind:id``, the subject first.
    :ivar nearby: what else its rule may look at, where none of these leads anywhere; the nearest first.
    :ivar said: the events that it rests on, which might be said again.
    :ivar missing: what these refer to and does not exist, as ``kind:id``.
    :ivar words: texts that the rule compares with: a made-up event may have to hold one of them.
    :ivar numbers: those in the rule.
    """

    references: Sequence[str]
    nearby: Sequence[str]
    said: Sequence[Event]
    missing: Sequence[str]
    words: Sequence[str]
    numbers: Sequence[Decimal]


def remedies(state: State, clues: Clues, trial: Trial) -> tuple[Remedy, ...]:
    """The events that clear a finding: what changes the facts, then what takes the subject out, then goalposts."""
    search = _search(state, clues, clues.references, trial)
    found = list(search.made_up(clues.references, clues.missing))
    if all(remedy.moves_goalpost for remedy in found):
        near = _search(state, clues, [*clues.references, *clues.nearby], trial)
        types = {type(remedy.event) for remedy in found}
        further = [*near.made_up(clues.nearby, ()), *search.said_again()]
        found += [remedy for remedy in further if type(remedy.event) not in types]
    return tuple(sorted(found, key=lambda r: (r.moves_goalpost, r.outcome != "ok")))


def _search(state: State, clues: Clues, references: Sequence[str], trial: Trial) -> _Search:
    around = material(state, references, clues.words)
    return _Search(around, clues, tuple(_figures(state, references)), trial)


@frozen
class _Search:
    """The means to try events of any type."""

    around: Material
    clues: Clues
    figures: Sequence[Decimal]
    trial: Trial

    def made_up(self, references: Sequence[str], missing: Sequence[str]) -> Iterator[Remedy]:
        """Of each type the first event about some subjects, or one that opens what is missing, that clears it."""
        for cls in TYPES.values():
            if cls in _NEVER:
                continue
            for primary in primaries(cls, references, missing):
                if remedy := self.first_that_clears(cls, primary):
                    yield remedy
                    break

    def said_again(self) -> Iterator[Remedy]:
        """Of each event that it rests on the best way of saying it again with one thing different.

        One that would clear it by being said again just as it was is left out: it would say nothing new.
        """
        for event in self.clues.said:
            if isinstance(event, _NEVER) or self._tried(type(event), _fields(event)):
                continue
            ways = (self._otherwise(event, name, value) for name, value in otherwise(event, self.around.state))
            if found := [remedy for remedy in ways if remedy is not None]:
                yield min(found, key=lambda remedy: remedy.outcome != "ok")

    def _otherwise(self, event: Event, name: str, value: Any) -> Remedy | None:
        """An event with one field changed, if it clears the finding; what may hold anything must do so with that."""
        said = _fields(event)
        free = isinstance(value, Free)
        chosen = value.value if free else value
        if isinstance(chosen, Period) and self._tried(type(event), {**said, name: _LONG_AGO}) is None:
            return None
        remedy = self._tried(type(event), {**said, name: chosen})
        return None if remedy is None else attrs.evolve(remedy, changed=name, free=frozenset({name} if free else ()))

    def first_that_clears(self, cls: type[Event], primary: tuple[str, str]) -> Remedy | None:
        """The first event of a type about a subject that clears the finding."""
        options = options_for(cls, primary, self.around)
        if options is None:
            return None
        for chosen in islice(variants(options), _VARIANTS):
            free = frozenset(name for name, value in chosen.items() if isinstance(value, Free))
            values = {name: value.value if isinstance(value, Free) else value for name, value in chosen.items()}
            searched = [name for name, value in values.items() if isinstance(value, Searched)]
            remedy = self._searched(cls, values, searched) if searched else self._tried(cls, values)
            if remedy is not None:
                return attrs.evolve(remedy, free=remedy.free | free | self._of_no_matter(remedy.event))
        return None

    def _tried(self, cls: type[Event], values: Mapping[str, Any]) -> Remedy | None:
        """The event if it clears the finding; what makes the rule silent for want of data does not."""
        try:
            event = cls(**values)
        except PlantrackError:
            return None
        verdict = self.trial(event)
        if verdict is None or verdict.outcome not in ("ok", "not applicable"):
            return None
        return Remedy(event=event, bound=None, free=frozenset(), outcome=verdict.outcome)

    def _searched(self, cls: type[Event], values: Mapping[str, Any], searched: Sequence[str]) -> Remedy | None:
        """The event with the number at which the finding goes."""
        name, *others = searched
        base = {**values, **dict.fromkeys(others)}

        def look(value: Decimal) -> Look:
            try:
                verdict = self.trial(cls(**{**base, name: value}))
            except PlantrackError:
                return Look(False, None)
            if verdict is None:
                return Look(False, None)
            told = None if verdict.finding is None else verdict.finding.explanation
            return Look(verdict.outcome in ("ok", "not applicable"), (verdict.outcome, told))

        found = bound(look, _stated(self.around.state, values), self.figures, self.clues.numbers)
        remedy = None if found is None else self._tried(cls, {**base, name: found.value})
        if found is None or remedy is None:
            return None
        way = None if found.way is None else (name, found.way)
        return attrs.evolve(remedy, bound=way, free=frozenset({name} if found.free else ()))

    def _of_no_matter(self, event: Event) -> frozenset[str]:
        """The fields that need one word of a list, where each of them would do."""
        hints = hints_of(cast(Any, type(event)))
        lists = {
            f.name: get_args(hints[f.name])
            for f in event_fields(type(event))
            if f.default is attrs.NOTHING and get_origin(hints[f.name]) is Literal
        }
        values = _fields(event)
        return frozenset(
            name
            for name, choices in lists.items()
            if all(self._tried(type(event), {**values, name: choice}) for choice in choices)
        )


def _fields(event: Event) -> dict[str, Any]:
    return {f.name: getattr(event, f.name) for f in event_fields(type(event))}


def _stated(state: State, values: Mapping[str, Any]) -> list[Decimal]:
    """The bounds of the target in force of the measure that an event is about."""
    measure = state.measures.get(str(values.get("measure")))
    target = state.targets.get(measure.target) if measure is not None and measure.target is not None else None
    if target is None:
        return []
    return [bound for bound in (target.lower, target.upper, target.value) if bound is not None]


def _figures(state: State, references: Sequence[str]) -> Iterator[Decimal]:
    """The numbers that the plan has of the subjects, the latest figure of each measure among them."""
    for reference in references:
        kind, _, name = reference.partition(":")
        entity = state.subject(kind, name)
        if entity is None:
            continue
        latest = getattr(entity, "observations", ())[-1:]
        for holder in (entity, *latest):
            held = (getattr(holder, f.name) for f in attrs.fields(type(holder)))
            yield from (value for value in held if isinstance(value, Decimal))
