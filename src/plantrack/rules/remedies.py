"""What would clear a finding: events that could be recorded, each tried out, none taken from a text.

For every type of event that can speak of the subject or of what the finding rests on, an event is made up and tried:
the rule is run again as if it had been recorded on the day of the check. Numbers are searched for the value at which
the finding goes. What is left is a list of what somebody could do about it; that it is wise is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, count, islice, product
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from plantrack.errors import PlantrackError
from plantrack.events.assurance import FindingWaived, RulePackAdopted, RulePackWithdrawn
from plantrack.events.codec import TYPES
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, event_fields
from plantrack.events.plan import PlanOpened
from plantrack.period import Period, add_months
from plantrack.rules.findings import Outcome
from plantrack.state import KINDS, Measure, State

Trial = Callable[[Event], Outcome | None]
"""The outcome for the subject of the finding if an event had been recorded.

``None`` where it would be no answer: there is no subject any more, or the rule looks at something else.
"""

GOALPOSTS = frozenset({"TargetSet", "TargetAgreed", "MilestoneRescheduled", "CommitmentMoved", "MeasureRevised"})
"""Events that change what was promised instead of what is so."""

_NEVER = (PlanOpened, EventCorrected, EventRetracted, RulePackAdopted, RulePackWithdrawn, FindingWaived)
_VARIANTS = 12  # of one type of event about one subject
_FAR = Decimal(10) ** 12
_NAMED = "…"


@frozen(kw_only=True)
class Remedy:
    """An event that would clear the finding.

    :ivar event: one that does.
    :ivar bound: for a number that was searched: its field and ``"at least"`` or ``"at most"``.
    :ivar free: the fields that may as well hold something else: new ids, words, whom nobody named.
    :ivar outcome: of the rule afterwards: "ok", or "not applicable".
    """

    event: Event
    bound: tuple[str, str] | None
    free: frozenset[str]
    outcome: Outcome

    @property
    def moves_goalpost(self) -> bool:
        """Whether it changes what was promised instead of what is so."""
        return type(self.event).__name__ in GOALPOSTS


def remedies(state: State, references: Sequence[str], words: Sequence[str], trial: Trial) -> tuple[Remedy, ...]:
    """The events that clear a finding: what changes the facts first, then what takes the subject out, then goalposts.

    :param references: the subject of the finding and what it rests on, as ``kind:id``, the subject first.
    :param words: texts that the rule compares with: a made-up event may have to hold one of them.
    """
    by_kind: dict[str, list[str]] = {}
    for reference in dict.fromkeys(references):
        kind, _, name = reference.partition(":")
        by_kind.setdefault(kind, []).append(name)
    found: list[Remedy] = []
    for cls in TYPES.values():
        if cls in _NEVER:
            continue
        for primary in _primaries(cls, by_kind, references):
            if remedy := _first_that_clears(cls, primary, by_kind, words, state, trial):
                found.append(remedy)
                break
    return tuple(sorted(found, key=lambda r: (r.moves_goalpost, r.outcome != "ok")))


# --- events made up --------------------------------------------------------------------------------------------------


@frozen
class _Search:
    """Stands for a number that is to be found."""


@frozen
class _Free:
    """A value that stands for any other of its kind."""

    value: Any


def _primaries(cls: type[Event], by_kind: Mapping[str, list[str]], order: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each field of a type that can refer to one of the references, with that reference: the subject comes first."""
    for reference in order:
        kind, _, name = reference.partition(":")
        for f in event_fields(cls):
            wanted = f.metadata.get("refers")
            if wanted == kind:
                yield f.name, name
            elif wanted == "*":
                yield f.name, reference


def _first_that_clears(
    cls: type[Event],
    primary: tuple[str, str],
    by_kind: Mapping[str, list[str]],
    words: Sequence[str],
    state: State,
    trial: Trial,
) -> Remedy | None:
    options = _options(cls, primary, by_kind, words, state)
    if options is None:
        return None
    for chosen in islice(_variants(options), _VARIANTS):
        free = frozenset(name for name, value in chosen.items() if isinstance(value, _Free))
        chosen = {name: value.value if isinstance(value, _Free) else value for name, value in chosen.items()}
        searched = [name for name, value in chosen.items() if isinstance(value, _Search)]
        remedy = _searched(cls, chosen, searched, state, trial) if searched else _tried(cls, chosen, trial)
        if remedy is not None:
            return attrs.evolve(remedy, free=remedy.free | free)
    return None


def _variants(options: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """The first choice for every field, then other choices for one field, for two, and so on."""
    first = {name: choices[0] for name, choices in options.items()}
    open_names = [name for name, choices in options.items() if len(choices) > 1]
    for changed in range(len(open_names) + 1):
        for names in combinations(open_names, changed):
            for values in product(*(options[name][1:] for name in names)):
                yield {**first, **dict(zip(names, values, strict=True))}


def _options(
    cls: type[Event],
    primary: tuple[str, str],
    by_kind: Mapping[str, list[str]],
    words: Sequence[str],
    state: State,
) -> dict[str, list[Any]] | None:
    """What each field may hold; ``None`` where a required one can hold nothing that is known."""
    hints = _hints(cast(Any, cls))
    opens = any("opens" in f.metadata for f in event_fields(cls))
    options: dict[str, list[Any]] = {}
    for f in event_fields(cls):
        required = f.default is attrs.NOTHING
        if f.name == primary[0]:
            options[f.name] = [primary[1]]
        elif "opens" in f.metadata:
            options[f.name] = [_Free(_unused(f.metadata["opens"], state))]
        elif "refers" in f.metadata:
            known: list[Any] = [name for name in by_kind.get(f.metadata["refers"], []) if name != primary[1]]
            if required and not known:
                known = _anyone(f.metadata["refers"], primary[1], state)
            if required and not known:
                return None
            options[f.name] = known[:1] if required else [None, *(known[:2] if opens else [])]
        else:
            options[f.name] = _values(f, hints[f.name], required, opens, words, primary, state)
    return options


def _unused(kind: str, state: State) -> str:
    """An id for something new, to stand for whichever it will be."""
    names = (f"new-{number}" if number else "new" for number in count())
    return next(name for name in names if name not in state.of_kind(kind))


def _anyone(kind: str, but: str, state: State) -> list[Any]:
    """The first subject of a kind, to stand for whichever it will be."""
    names = (name for name in (state.of_kind(kind) if kind in KINDS else ()) if name != but)
    return [_Free(name) for name in islice(names, 1)]


def _values(
    f: Any, hint: Any, required: bool, opens: bool, words: Sequence[str], primary: tuple[str, str], state: State
) -> list[Any]:
    optional = get_origin(hint) in (Union, UnionType)
    if optional:
        hint = next(a for a in get_args(hint) if a is not type(None))
    default = None if required else _default(f)
    if get_origin(hint) is Literal:
        choices = list(get_args(hint))
        return choices if required else [default, *(c for c in choices if c != default and (c in words or not opens))]
    if hint is Decimal:
        searched = required or f.name in ("value", "amount")
        return [_Search()] if searched else [default]
    if hint is Period:
        if f.name == "due":
            return [_tomorrow(state)] if required else [default, _tomorrow(state)]
        return _periods(primary, state) if required else [default]
    if hint is bool:
        return [default] if not required else [True, False]
    if hint is str:
        fitting = [word for word in words if _takes(f, word)] if opens else []
        return [_Free(_NAMED), *fitting] if required else [default, *fitting]
    if hint is int:
        return [1, 5] if required else [default]
    if hint is date:
        return [state.as_at]
    return [default]


def _default(f: Any) -> Any:
    return f.default.factory() if isinstance(f.default, attrs.Factory) else f.default  # type: ignore[arg-type]


def _takes(f: Any, word: str) -> bool:
    try:
        f.converter(word)
    except PlantrackError:
        return False
    return True


def _tomorrow(state: State) -> Period:
    """The first day on which something may be due that is not late."""
    try:
        return Period.day(state.as_at + timedelta(days=1))
    except (OverflowError, PlantrackError):
        return Period.day(state.as_at)


def _periods(primary: tuple[str, str], state: State) -> list[Period]:
    """For a figure the month after the latest, once it is over, and the latest period itself."""
    measure = state.measures.get(primary[1])
    if isinstance(measure, Measure) and measure.observations:
        latest = measure.observations[-1].period
        return [*(month for month in _next(latest) if month.end <= state.as_at), latest]
    return [Period.month(state.as_at.year, state.as_at.month)]


def _next(period: Period) -> list[Period]:
    """The period of the same length that follows, for whole months."""
    if period.precision != "month":
        return []
    start = add_months(period.start, 1)
    return [Period.month(start.year, start.month)]


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)


# --- tries -----------------------------------------------------------------------------------------------------------


def _outcome(cls: type[Event], values: Mapping[str, Any], trial: Trial) -> tuple[Event, Outcome] | None:
    """The event and the outcome if it clears the finding; what makes the rule silent for want of data does not."""
    try:
        event = cls(**values)
    except PlantrackError:
        return None
    outcome = trial(event)
    return (event, outcome) if outcome in ("ok", "not applicable") else None


def _tried(cls: type[Event], values: Mapping[str, Any], trial: Trial) -> Remedy | None:
    cleared = _outcome(cls, values, trial)
    return None if cleared is None else _remedy(cleared)


def _remedy(
    cleared: tuple[Event, Outcome], bound: tuple[str, str] | None = None, free: frozenset[str] = frozenset()
) -> Remedy:
    return Remedy(event=cleared[0], bound=bound, free=free, outcome=cleared[1])


def _searched(
    cls: type[Event], values: Mapping[str, Any], searched: Sequence[str], state: State, trial: Trial
) -> Remedy | None:
    """Look for the number at which the finding goes: from one end, else among the numbers that the plan states."""
    name, *others = searched
    base = {**values, **dict.fromkeys(others)}

    def cleared(value: Decimal) -> tuple[Event, Outcome] | None:
        return _outcome(cls, {**base, name: value}, trial)

    low, high = cleared(-_FAR), cleared(_FAR)
    if low and high:
        zero = cleared(Decimal(0))
        return None if zero is None else _remedy(zero, free=frozenset({name}))
    if low or high:
        value = _edge(lambda v: cleared(v) is not None, rising=high is not None)
        at = cleared(value)
        return None if at is None else _remedy(at, (name, "at least" if high else "at most"))
    for value in _stated(state, values):
        if at := cleared(value):
            return _remedy(at)
    return None


def _edge(clears: Callable[[Decimal], bool], *, rising: bool) -> Decimal:
    """The number nearest to the other side that still clears, to a hundredth."""
    sign = 1 if rising else -1
    good, bad = _FAR * sign, -_FAR * sign
    if clears(Decimal(0)):
        good = Decimal(0)
    else:
        bad = Decimal(0)
    for step in (Decimal(1), Decimal("0.1"), Decimal("0.01")):
        while abs(good - bad) > step:
            middle = ((good + bad) / 2 / step).to_integral_value() * step
            if middle in (good, bad):
                break
            if clears(middle):
                good = middle
            else:
                bad = middle
    return good.normalize() if good == 0 else Decimal(f"{good:f}")


def _stated(state: State, values: Mapping[str, Any]) -> list[Decimal]:
    """The bounds of the target in force of the measure that an event is about."""
    measure = state.measures.get(str(values.get("measure")))
    target = state.targets.get(measure.target) if measure is not None and measure.target is not None else None
    if target is None:
        return []
    return [bound for bound in (target.lower, target.upper, target.value) if bound is not None]
