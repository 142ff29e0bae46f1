"""Values in words: how messages and explanations show them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import Any

from plantrack.events.fields import Attachment, Attribute
from plantrack.period import Period
from plantrack.rules.language.graph import Cycle, Path
from plantrack.rules.language.lists import Group
from plantrack.rules.language.routes import Route, route
from plantrack.rules.language.schema import fields_of
from plantrack.state import Observation, Target

EMPTY = "(not stated)"
MAX_LISTED = 5
_EXACT = Context(prec=2_000, rounding=ROUND_HALF_EVEN)


def number(value: Decimal | int) -> str:
    """A number as a board reads it: thousands apart, at most one decimal beyond what was written with two or fewer."""
    exact = Decimal(value)
    if exact != exact.to_integral_value() and -int(exact.as_tuple().exponent) > 2:
        exact = exact.quantize(Decimal("0.1"), context=_EXACT)
    text = f"{exact:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def day_words(day: date) -> str:
    """A day as a board reads it: 2 April 2014."""
    return f"{day.day} {day:%B %Y}"


def period_words(period: Period) -> str:
    """A period as its author wrote it; days and months in ISO form are written out."""
    if period.text == period.start.isoformat() and period.precision == "day":
        return day_words(period.start)
    if period.text == f"{period.start:%Y-%m}" and period.precision == "month":
        return f"{period.start:%B %Y}"
    return str(period)


def words(value: Any) -> str:
    """Any value of the language as text."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return number(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Period):
        return period_words(value)
    if isinstance(value, date):
        return day_words(value)
    if isinstance(value, Path) and value:
        return path_words(value)
    if isinstance(value, list | tuple):
        shown = [words(item) for item in value[:MAX_LISTED]]
        more = f" and {len(value) - MAX_LISTED} more" if len(value) > MAX_LISTED else ""
        return (", ".join(shown) + more) if shown else "none"
    if isinstance(value, Cycle):
        return value.text
    if isinstance(value, Group):
        return f"{words(value.value)} ({value.count})"
    return subject_words(getattr(value, "entity", value))


def path_words(path: Path) -> str:
    """A way with its ends, and what lies between if that is not too much: A → B → C."""
    steps = [words(step) for step in path]
    if len(steps) > MAX_LISTED:
        steps = [*steps[: MAX_LISTED - 2], f"{len(steps) - MAX_LISTED + 1} more", steps[-1]]
    return " → ".join(steps)


def subject_words(entity: Any) -> str:
    """An object in words: its title, or what it amounts to."""
    if isinstance(entity, Observation):
        return f"{number(entity.value)} for {period_words(entity.period)}"
    if isinstance(entity, Target):
        return target_words(entity)
    if isinstance(entity, Attribute):
        return f"{entity.name}: {words(next(v for v in (entity.text, entity.number, entity.date) if v is not None))}"
    if isinstance(entity, Attachment):
        return entity.name
    return str(getattr(entity, "title", None) or entity.id)


_NAMED_BY = {
    # as the subject of a finding
    "Target": ("measure.title", "comparator", "value", "lower", "upper", "period", "due"),
    "Alignment": ("initiative.title", "code"),
    "Saving": ("title", "period"),
}


@cache
def naming(kind: str) -> tuple[Route, ...]:
    """What is read to call an object of a class by its name, as routes from it."""
    fields = _NAMED_BY.get(kind, ("title",) if "title" in fields_of(kind) else ())
    return tuple(route(f"{kind}.{name}") for name in fields)


def target_words(target: Any) -> str:
    """A target in words: "at least 95", with its period or due date if it has one."""
    if target.comparator == "band":
        text = f"{number(target.lower)} to {number(target.upper)}"
    else:
        text = f"{target.comparator.replace('-', ' ')} {number(target.value)}"
    if target.period is not None:
        return f"{text} in {period_words(target.period)}"
    return text if target.due is None else f"{text} by {period_words(target.due)}"
