"""State of savings, funding and budget rules; amounts in the plan's currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from attrs import frozen

from plantrack.events.money import Bound, BudgetRuleSet, FundingAwarded, SavingDelivered, SavingPlanned
from plantrack.period import Period
from plantrack.state.draft import Drafts, evolves, values_of
from plantrack.state.entity import Entity, Inverse, Ref, inverses


@frozen(kw_only=True)
class Saving(Entity):
    """A saving for a period. ``amount`` is empty when unknown, with the reason in ``unknown``; unknown is not zero.

    :ivar part_of: the saving in whose amount this one is counted; that one lists its ``parts``.
    """

    KIND: ClassVar = "saving"
    INVERSES: ClassVar = inverses(risks=Inverse("risk", "about"), parts=Inverse("saving", "part_of"))

    title: str
    period: Period
    amount: Decimal | None
    unknown: str | None
    recurrent: bool | None
    initiative: Annotated[str | None, Ref("initiative")]
    reported_under: Annotated[str | None, Ref("initiative")]
    delivered: Decimal | None = None
    delivered_period: Period | None = None
    part_of: Annotated[str | None, Ref("saving")] = None


@frozen(kw_only=True)
class Funding(Entity):
    """Money awarded, as an amount or as a rate ``per`` something, which ``counted_by`` counts."""

    KIND: ClassVar = "funding"

    title: str
    amount: Decimal
    per: str | None
    source: str | None
    initiative: Annotated[str | None, Ref("initiative")]
    counted_by: Annotated[str | None, Ref("measure")] = None


@frozen(kw_only=True)
class BudgetRule(Entity):
    """A rule on the budget, the figure that it is about, and the moment at which it is judged."""

    KIND: ClassVar = "budget-rule"

    title: str
    comparator: Bound
    value: Decimal
    unit: str
    moment: str | None
    measure: Annotated[str | None, Ref("measure")] = None
    judged_on: Period | None = None


@evolves(SavingPlanned)
def _planned(drafts: Drafts, position: int, _effective: Period, event: SavingPlanned) -> None:
    drafts.put("saving", event.saving, position, **values_of(event, "saving"))


@evolves(SavingDelivered)
def _delivered(drafts: Drafts, position: int, _effective: Period, event: SavingDelivered) -> None:
    draft = drafts.kinds["saving"][event.saving]
    draft.set(position, delivered=event.amount, delivered_period=event.period)
    if event.recurrent is not None:
        draft.set(position, recurrent=event.recurrent)


@evolves(FundingAwarded)
def _awarded(drafts: Drafts, position: int, _effective: Period, event: FundingAwarded) -> str | None:
    return drafts.open("funding", event.funding, position, **values_of(event, "funding"))


@evolves(BudgetRuleSet)
def _rule_set(drafts: Drafts, position: int, _effective: Period, event: BudgetRuleSet) -> None:
    drafts.put("budget-rule", event.budget_rule, position, **values_of(event, "budget_rule"))
