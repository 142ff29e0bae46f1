"""Events about measures: definition, baseline, targets, observations, forecasts, benchmarks.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
    Attribute,
    named,
    number,
    opens,
    optional_number,
    optional_period,
    optional_slug,
    optional_text,
    period,
    refers,
    slug,
    text,
    whole,
)
from plantrack.events.formula import inputs, names_in, optional_formula
from plantrack.period import Period

Definition = Literal["defined", "to-be-agreed", "to-be-determined", "by-reference", "illegible"]
MeasureKind = Literal["level", "rate", "count", "cumulative", "binary", "qualitative"]
Direction = Literal["increase", "decrease"]
Cadence = Literal["week", "month", "quarter", "year"]
Comparator = Literal["at-least", "at-most", "band"]
BenchmarkKind = Literal["peer", "prior-year", "plan", "standard"]


@frozen(kw_only=True, field_transformer=named)
class MeasureDefined(Event):
    """Something will be measured. ``direction`` says which way is better; ``lag_days`` how long publication takes.

    ``part_of`` is the measure to whose figure this one contributes.
    """

    SCHEMA: ClassVar[int] = 2

    measure: str = field(converter=slug, metadata=opens("measure"))
    title: str = field(converter=text)
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    goal: str | None = field(default=None, converter=optional_slug, metadata=refers("goal"))
    definition: Definition = "defined"
    kind: MeasureKind | None = None
    unit: str | None = field(default=None, converter=optional_text)
    direction: Direction | None = None
    cadence: Cadence | None = None
    lag_days: int | None = field(default=None, converter=whole)
    note: str | None = field(default=None, converter=optional_text)
    part_of: str | None = field(default=None, converter=optional_slug, metadata=refers("measure"))


@frozen(kw_only=True, field_transformer=named)
class MeasureRevised(Event):
    """Only the fields given change; a measure that was to be agreed becomes ``defined`` this way."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    title: str | None = field(default=None, converter=optional_text)
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    goal: str | None = field(default=None, converter=optional_slug, metadata=refers("goal"))
    definition: Definition | None = None
    kind: MeasureKind | None = None
    unit: str | None = field(default=None, converter=optional_text)
    direction: Direction | None = None
    cadence: Cadence | None = None
    lag_days: int | None = field(default=None, converter=whole)
    note: str | None = field(default=None, converter=optional_text)
    part_of: str | None = field(default=None, converter=optional_slug, metadata=refers("measure"))


@frozen(kw_only=True, field_transformer=named)
class BaselineSet(Event):
    """Where the measure started, or the reason why that cannot be known."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    value: Decimal | None = field(default=None, converter=optional_number)
    period: Period | None = field(default=None, converter=optional_period)
    unobtainable: str | None = field(default=None, converter=optional_text)

    def __attrs_post_init__(self) -> None:
        if (self.value is None) == (self.unobtainable is None):
            raise EventError("BaselineSet needs either value, or unobtainable with the reason")


@frozen(kw_only=True, field_transformer=named)
class TargetSet(Event):
    """What the measure should reach: in each period (neither date given), in ``period``, or by ``due``.

    A later one for the same ``period`` and ``due`` replaces it (a rebase), with its own authority. ``derivation`` says
    in words where the value comes from; ``formula`` computes it from numbers and from names, whose numbers ``inputs``
    gives. A name without a number is what the document leaves out.
    """

    measure: str = field(converter=slug, metadata=refers("measure"))
    comparator: Comparator
    value: Decimal | None = field(default=None, converter=optional_number)
    lower: Decimal | None = field(default=None, converter=optional_number)
    upper: Decimal | None = field(default=None, converter=optional_number)
    period: Period | None = field(default=None, converter=optional_period)
    due: Period | None = field(default=None, converter=optional_period)
    authority: str | None = field(default=None, converter=optional_text)
    derivation: str | None = field(default=None, converter=optional_text)
    proposed: bool = False
    formula: str | None = field(default=None, converter=optional_formula)
    inputs: tuple[Attribute, ...] = field(default=(), converter=inputs)

    def __attrs_post_init__(self) -> None:
        named_in_formula = () if self.formula is None else names_in(self.formula)
        for given in self.inputs:
            if given.name not in named_in_formula:
                raise EventError(f"TargetSet.inputs: the formula does not name {given.name!r}")
        if self.period is not None and self.due is not None:
            raise EventError("TargetSet takes period or due, not both")
        if self.comparator == "band":
            if self.value is not None or self.lower is None or self.upper is None or self.lower > self.upper:
                raise EventError("TargetSet with comparator 'band' needs lower and upper, in that order, and no value")
        elif self.value is None or self.lower is not None or self.upper is not None:
            raise EventError(f"TargetSet with comparator {self.comparator!r} needs value, without lower and upper")


@frozen(kw_only=True, field_transformer=named)
class TargetAgreed(Event):
    """A proposed target was agreed, by whom."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    period: Period | None = field(default=None, converter=optional_period)
    due: Period | None = field(default=None, converter=optional_period)
    by: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))


@frozen(kw_only=True, field_transformer=named)
class Observed(Event):
    """A figure for a period, as a value or as numerator and denominator. A later one for the period revises it."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    period: Period = field(converter=period)
    value: Decimal | None = field(default=None, converter=optional_number)
    numerator: Decimal | None = field(default=None, converter=optional_number)
    denominator: Decimal | None = field(default=None, converter=optional_number)
    published_on: Period | None = field(default=None, converter=optional_period)
    quality: str | None = field(default=None, converter=optional_text)
    provisional: bool = False

    def __attrs_post_init__(self) -> None:
        if (self.numerator is None) != (self.denominator is None) or (self.value is None and self.numerator is None):
            raise EventError("Observed needs value, or numerator and denominator")
        if self.denominator == 0:
            raise EventError("Observed.denominator is 0; record nothing for a period without cases")


@frozen(kw_only=True, field_transformer=named)
class ForecastMade(Event):
    """Somebody expects a value; kept for ever, so that its error can be told later."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    period: Period = field(converter=period)
    value: Decimal | None = field(default=None, converter=optional_number)
    text: str | None = field(default=None, converter=optional_text)
    by: str | None = field(default=None, converter=optional_slug, metadata=refers("body"))


@frozen(kw_only=True, field_transformer=named)
class BenchmarkRecorded(Event):
    """What somebody or something else shows for the same thing: ``peer`` in words, ``kind`` what that is."""

    measure: str = field(converter=slug, metadata=refers("measure"))
    peer: str = field(converter=text)
    value: Decimal = field(converter=number)
    period: Period | None = field(default=None, converter=optional_period)
    kind: BenchmarkKind = "peer"
