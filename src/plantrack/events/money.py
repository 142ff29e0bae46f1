"""Events about money: savings planned and delivered, funding, budget rules. Amounts are in the plan's currency.

Class and field names here are the storage format: version them with care (``upcasting.py``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from plantrack.errors import EventError
from plantrack.events.envelope import Event
from plantrack.events.fields import (
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
)
from plantrack.period import Period

Bound = Literal["at-least", "at-most"]


@frozen(kw_only=True, field_transformer=named)
class SavingPlanned(Event):
    """A saving for a fiscal year; an unknown amount has a reason and is not zero.

    ``part_of`` is the saving in whose amount this one is counted.
    """

    saving: str = field(converter=slug, metadata=opens("saving", again=True))
    title: str = field(converter=text)
    period: Period = field(converter=period)
    amount: Decimal | None = field(default=None, converter=optional_number)
    unknown: str | None = field(default=None, converter=optional_text)
    recurrent: bool | None = None
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    reported_under: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    part_of: str | None = field(default=None, converter=optional_slug, metadata=refers("saving"))

    def __attrs_post_init__(self) -> None:
        if (self.amount is None) == (self.unknown is None):
            raise EventError("SavingPlanned needs either amount, or unknown with the reason")


@frozen(kw_only=True, field_transformer=named)
class SavingDelivered(Event):
    """What was saved, for the period."""

    saving: str = field(converter=slug, metadata=refers("saving"))
    period: Period = field(converter=period)
    amount: Decimal = field(converter=number)
    recurrent: bool | None = None


@frozen(kw_only=True, field_transformer=named)
class FundingAwarded(Event):
    """Money was given, as an amount, or as a rate ``per`` something, which the measure ``counted_by`` counts."""

    funding: str = field(converter=slug, metadata=opens("funding"))
    title: str = field(converter=text)
    amount: Decimal = field(converter=number)
    per: str | None = field(default=None, converter=optional_text)
    source: str | None = field(default=None, converter=optional_text)
    initiative: str | None = field(default=None, converter=optional_slug, metadata=refers("initiative"))
    counted_by: str | None = field(default=None, converter=optional_slug, metadata=refers("measure"))


@frozen(kw_only=True, field_transformer=named)
class BudgetRuleSet(Event):
    """A rule on the budget with the moment at which it is judged, such as the start of the year.

    ``moment`` says so in words, ``judged_on`` is the date; ``measure`` has the figure that is judged.
    """

    budget_rule: str = field(converter=slug, metadata=opens("budget-rule", again=True))
    title: str = field(converter=text)
    comparator: Bound
    value: Decimal = field(converter=number)
    unit: str = field(converter=text)
    moment: str | None = field(default=None, converter=optional_text)
    measure: str | None = field(default=None, converter=optional_slug, metadata=refers("measure"))
    judged_on: Period | None = field(default=None, converter=optional_period)
