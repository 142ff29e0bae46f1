"""Events made up to be tried against a finding: what each of their fields may hold, and in which order to try that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import combinations, count, islice, product
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from plantrack.errors import PlantrackError
from plantrack.events.envelope import Event, event_fields
from plantrack.period import Period, add_months
from plantrack.state import KINDS, Measure, State

_NAMED = "…"
_NEW = "new"


@frozen
class Searched:
    """Stands for a number that is to be found."""


@frozen
class Free:
    """A value that stands for any other of its kind."""

    value: Any


@frozen
class Material:
    """What events are made up of.

    :ivar by_kind: the ids that an event may refer to, by kind.
    :ivar words: texts that one of its fields may have to hold.
    :ivar periods: those that the plan states of these subjects, under the name of the field that holds them.
    """

    state: State
    by_kind: Mapping[str, list[str]]
    words: Sequence[str]
    periods: Mapping[str, list[Period]]


def material(state: State, references: Sequence[str], words: Sequence[str]) -> Material:
    """What is known of some subjects, given as ``kind:id``."""
    by_kind: dict[str, list[str]] = {}
    periods: dict[str, list[Period]] = {}
    for reference in dict.fromkeys(references):
        kind, _, name = reference.partition(":")
        by_kind.setdefault(kind, []).append(name)
        entity = state.subject(kind, name)
        for field in ("period", "due"):
            stated = getattr(entity, field, None)
            if isinstance(stated, Period) and stated not in periods.setdefault(field, []):
                periods[field].append(stated)
    return Material(state, by_kind, words, periods)


def primaries(cls: type[Event], order: Sequence[str], missing: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each field of a type that can refer to one of the references, with that reference: the subject comes first.

    :param missing: what is referred to and does not exist, as ``kind:id``: a type may open it.
    """
    for reference in order:
        kind, _, name = reference.partition(":")
        for f in event_fields(cls):
            wanted = f.metadata.get("refers")
            if wanted == kind:
                yield f.name, name
            elif wanted == "*":
                yield f.name, reference
    for reference in missing:
        kind, _, name = reference.partition(":")
        for f in event_fields(cls):
            if "opens" in f.metadata and f.metadata["opens"] == kind:
                yield f.name, name


def variants(options: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    """The first choice for every field, then other choices for one field, for two, and so on."""
    first = {name: choices[0] for name, choices in options.items()}
    open_names = [name for name, choices in options.items() if len(choices) > 1]
    for changed in range(len(open_names) + 1):
        for names in combinations(open_names, changed):
            for values in product(*(options[name][1:] for name in names)):
                yield {**first, **dict(zip(names, values, strict=True))}


def otherwise(event: Event, state: State) -> Iterator[tuple[str, Any]]:
    """What each field of an event might hold instead: another word of a list, or something where it is empty.

    What it is about stays, and no number is made up.
    """
    hints = hints_of(cast(Any, type(event)))
    for f in event_fields(type(event)):
        value, hint = getattr(event, f.name), hints[f.name]
        if get_origin(hint) is Literal:
            yield from ((f.name, choice) for choice in get_args(hint) if choice != value)
        elif value is None and "refers" in f.metadata:
            yield from ((f.name, anyone) for anyone in _anyone(f.metadata["refers"], "", state))
        elif value is None and Period in get_args(hint):
            yield f.name, Free(Period.day(state.as_at))
        elif value is None and str in get_args(hint) and _takes(f, _NAMED):
            yield f.name, Free(_NAMED)


def options_for(cls: type[Event], primary: tuple[str, str], of: Material) -> dict[str, list[Any]] | None:
    """What each field may hold; ``None`` where a required one can hold nothing that is known."""
    hints = hints_of(cast(Any, cls))
    opens = next((f.metadata["opens"] for f in event_fields(cls) if "opens" in f.metadata), None)
    options: dict[str, list[Any]] = {}
    for f in event_fields(cls):
        required = f.default is attrs.NOTHING
        if f.name == primary[0]:
            options[f.name] = [primary[1]]
        elif "opens" in f.metadata:
            options[f.name] = [Free(_unused(f.metadata["opens"], of.state))]
        elif "refers" in f.metadata:
            known: list[Any] = [name for name in of.by_kind.get(f.metadata["refers"], []) if name != primary[1]]
            if required and not known:
                known = _anyone(f.metadata["refers"], primary[1], of.state)
            if required and not known:
                return None
            others = known[:2] if opens else _anyone(f.metadata["refers"], primary[1], of.state)
            options[f.name] = known[:1] if required else [None, *others]
        else:
            options[f.name] = _values(f, hints[f.name], required, opens, primary, of)
    return options


def _unused(kind: str, state: State) -> str:
    """An id for something new, to stand for whichever it will be."""
    names = (f"{_NEW}-{number}" if number else _NEW for number in count())
    return next(name for name in names if name not in state.of_kind(kind))


def _anyone(kind: str, but: str, state: State) -> list[Any]:
    """The first subject of a kind, to stand for whichever it will be."""
    names = (name for name in (state.of_kind(kind) if kind in KINDS else ()) if name != but)
    return [Free(name) for name in islice(names, 1)]


def _values(f: Any, hint: Any, required: bool, opens: str | None, primary: tuple[str, str], of: Material) -> list[Any]:
    words, state = of.words, of.state
    optional = get_origin(hint) in (Union, UnionType)
    if optional:
        hint = next(a for a in get_args(hint) if a is not type(None))
    default = None if required else _default(f)
    if get_origin(hint) is Literal:
        choices = list(get_args(hint))
        return choices if required else [default, *(c for c in choices if c != default and (c in words or not opens))]
    if hint is Decimal:
        searched = required or f.name in ("value", "amount")
        return [Searched()] if searched else [default]
    if hint is Period:
        stated = of.periods.get(f.name, [])
        if f.name == "due":
            return [_tomorrow(state)] if required else [default, _tomorrow(state), *stated]
        if not required:
            return [default, *stated]
        if opens == "saving":
            return [*stated, _fiscal_year(state)]
        return list(dict.fromkeys([*_periods(primary, state), *(p for p in stated if p.end <= state.as_at)]))
    if hint is bool:
        return [default] if not required else [True, False]
    if hint is str:
        fitting = [word for word in words if _takes(f, word)] if opens else []
        return [Free(_NAMED if _takes(f, _NAMED) else _NEW), *fitting] if required else [default, *fitting]
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
    """For a figure the month after the latest, once it is over, and the latest period itself; for a saving its own."""
    if primary[0] == "saving" and (saving := state.savings.get(primary[1])) is not None:
        return [saving.period]
    measure = state.measures.get(primary[1])
    if isinstance(measure, Measure) and measure.observations:
        latest = measure.observations[-1].period
        return [*(month for month in _next(latest) if month.end <= state.as_at), latest]
    return [Period.month(state.as_at.year, state.as_at.month)]


def _fiscal_year(state: State) -> Period:
    """The fiscal year of the day of the check: savings are planned by the year."""
    day, start = state.as_at, 4 if state.plan is None else state.plan.fiscal_year_start
    return Period.fiscal_year(day.year - (day.month < start), start)


def _next(period: Period) -> list[Period]:
    """The period of the same length that follows, for whole months."""
    if period.precision != "month":
        return []
    start = add_months(period.start, 1)
    return [Period.month(start.year, start.month)]


@cache
def hints_of(cls: Any) -> dict[str, Any]:
    """The types of the fields of a type of event."""
    return get_type_hints(cls)
