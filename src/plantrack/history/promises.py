"""What an event promises: dates, targets and scope, by which a plan can be held to account; and when one is easier.

This is the one list of what counts as a goalpost: ``diff`` sets it apart from other facts, ``goalposts`` tells its
moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from attrs import frozen

from plantrack.events.commitment import CommitmentMade, CommitmentMoved
from plantrack.events.dependency import ExternalRegistered, ExternalStatusReported
from plantrack.events.envelope import Event
from plantrack.events.initiative import InitiativeProposed, InitiativeRevised
from plantrack.events.measure import Comparator, MeasureDefined, MeasureRevised, TargetSet
from plantrack.events.money import BudgetRuleSet, SavingPlanned
from plantrack.events.schedule import MilestoneRescheduled, MilestoneSet
from plantrack.period import Period
from plantrack.state.entity import data_fields
from plantrack.state.measure import Target, target_id

What = Literal["due", "expected", "until", "period", "target", "scope"]
"""What is promised of a subject: the field that holds a date, a target, or what it is."""

Tendency = Literal["eased", "tightened"]


@frozen(kw_only=True)
class Aim:
    """What a target asks for; the amount of a saving is an aim too. Fields as those of a target in the state."""

    comparator: Comparator
    value: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    period: Period | None = None
    due: Period | None = None

    @property
    def least(self) -> Decimal | None:
        """The lowest figure that reaches it; ``None`` where none is too low."""
        return {"at-least": self.value, "at-most": None, "band": self.lower}[self.comparator]

    @property
    def most(self) -> Decimal | None:
        """The highest figure that reaches it; ``None`` where none is too high."""
        return {"at-least": None, "at-most": self.value, "band": self.upper}[self.comparator]

    def reached_by(self, figure: Decimal) -> bool:
        """Whether a figure reaches it."""
        return (self.least is None or figure >= self.least) and (self.most is None or figure <= self.most)

    def asks_no_less_than(self, other: Aim) -> bool:
        """Whether every figure that reaches it reaches the other."""
        low = other.least is None or (self.least is not None and self.least >= other.least)
        return low and (other.most is None or (self.most is not None and self.most <= other.most))


Scope = Mapping[str, Any]
"""What a subject is, by field."""

Value = Period | Aim | Scope | None
"""What is promised; ``None`` for a date that nobody gives any more."""


@frozen
class Promise:
    """What one event promises of one subject.

    :ivar subject: ``kind:id``.
    :ivar value: of a scope only the fields that the event states.
    """

    subject: str
    what: What
    value: Value


_MEANING = {
    "initiative": ("title", "description", "goal", "parent", "attributes"),
    "measure": ("title", "definition", "kind", "unit", "direction", "note"),
}
"""The fields that say what a subject is; those of a measure that break its series."""

FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "milestone": frozenset({"due", "first_due"}),
        "commitment": frozenset({"due", "first_due"}),
        "external": frozenset({"expected", "until"}),
        "dependency": frozenset({"need_by"}),
        "initiative": frozenset({*_MEANING["initiative"], "period", "revised"}),
        "measure": frozenset({*_MEANING["measure"], "target", "redefined"}),
        "target": frozenset(f.name for f in data_fields(Target)),
        "saving": frozenset({"amount", "unknown", "period"}),
        "budget-rule": frozenset({"comparator", "value", "unit", "moment", "judged_on"}),
    }
)
"""The fields of the state, by kind, that hold goalposts."""


def promises(event: Event) -> Iterator[Promise]:
    """What an event promises."""
    match event:
        case MilestoneSet() | MilestoneRescheduled():
            yield Promise(f"milestone:{event.milestone}", "due", event.due)
        case CommitmentMade() | CommitmentMoved():
            yield Promise(f"commitment:{event.commitment}", "due", event.due)
        case ExternalRegistered() | ExternalStatusReported():
            if event.expected is not None:
                yield Promise(f"external:{event.external}", "expected", event.expected)
            if event.until is not None:
                yield Promise(f"external:{event.external}", "until", event.until)
        case InitiativeProposed() | InitiativeRevised():
            if event.period is not None:
                yield Promise(f"initiative:{event.initiative}", "period", event.period)
            yield from _scope(f"initiative:{event.initiative}", event)
        case MeasureDefined() | MeasureRevised():
            yield from _scope(f"measure:{event.measure}", event)
        case TargetSet():
            yield Promise(f"target:{target_id(event)}", "target", _aim(event))
        case SavingPlanned() if event.amount is not None:
            aim = Aim(comparator="at-least", value=event.amount, period=event.period)
            yield Promise(f"saving:{event.saving}", "target", aim)
        case BudgetRuleSet():
            aim = Aim(comparator=event.comparator, value=event.value, due=event.judged_on)
            yield Promise(f"budget-rule:{event.budget_rule}", "target", aim)
        case _:
            pass


def _aim(event: TargetSet) -> Aim:
    return Aim(
        comparator=event.comparator,
        value=event.value,
        lower=event.lower,
        upper=event.upper,
        period=event.period,
        due=event.due,
    )


def _scope(subject: str, event: Event) -> Iterator[Promise]:
    """What a subject is; a revision states some of it, if any, and the opening all."""
    names = _MEANING[subject.partition(":")[0]]
    opens = isinstance(event, InitiativeProposed | MeasureDefined)
    stated = {name: getattr(event, name, None) for name in names}
    given = {name: value for name, value in stated.items() if opens or value is not None}
    if given:
        yield Promise(subject, "scope", MappingProxyType(given))


# --- one value against another ---------------------------------------------------------------------------------------


def same(before: Value, after: Value) -> bool:
    """Whether a promise is what it was: a date that ends on the same day, a target that asks for the same by then."""
    if isinstance(before, Period) and isinstance(after, Period):
        return before.end == after.end
    if isinstance(before, Aim) and isinstance(after, Aim):
        alike = before.asks_no_less_than(after) and after.asks_no_less_than(before)
        return alike and days(before, after) in (None, 0)
    return before == after


def days(before: Value, after: Value) -> int | None:
    """By how many days a date moved; ``None`` where there are no two dates."""
    was, now = _date(before), _date(after)
    return None if was is None or now is None else (now.end - was.end).days


def _date(value: Value) -> Period | None:
    if isinstance(value, Aim):
        return value.due or value.period
    return value if isinstance(value, Period) else None


def amount(before: Value, after: Value) -> Decimal | None:
    """By how much the number of a target moved; ``None`` where there are no two numbers of the same sense."""
    if not isinstance(before, Aim) or not isinstance(after, Aim) or before.comparator != after.comparator:
        return None
    return None if before.value is None or after.value is None else after.value - before.value


def tendency(what: What, before: Value, after: Value) -> Tendency | None:
    """Whether a promise became easier or harder to keep; ``None`` where it cannot be said.

    A later date is easier, and no date at all easier still; of targets, the one that more figures reach. One that is
    easier in one respect and harder in another is neither; nor is a change of scope, or of the day on which something
    ends.
    """
    if what in ("scope", "until"):
        return None
    if isinstance(before, Aim) and isinstance(after, Aim):
        moved = days(before, after) or 0
        easier = before.asks_no_less_than(after) and moved >= 0
        harder = after.asks_no_less_than(before) and moved <= 0
        return None if easier == harder else "eased" if easier else "tightened"
    if before is None or after is None:
        return "eased" if after is None else "tightened"
    return "eased" if (days(before, after) or 0) > 0 else "tightened"
