"""Made-up histories of any size, for measuring."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from plantrack.events import (
    InitiativeProposed,
    InitiativeStarted,
    MeasureDefined,
    Observed,
    PlanOpened,
    Proposal,
    RiskRaised,
    Source,
    TargetSet,
)
from plantrack.period import Period

SOURCE = Source(document="Monthly activity return, as published by the national statistics office", locator="sheet 2")
START = date(2020, 4, 1)
MONTHS = [Period.month(2020 + (m + 3) // 12, (m + 3) % 12 + 1) for m in range(96)]


def proposals(measures: int, observations: int) -> Iterator[Proposal]:
    """A plan with an initiative, a measure, a target and a risk each, then monthly figures, a few of them late."""
    day = Period.day(START)
    opened = PlanOpened(title="Measured plan", organisation="Bench", period=Period.fiscal_year(2020))
    yield Proposal(data=opened, effective=day, actor="bench")
    for n in range(measures):
        name = f"i{n}"
        yield Proposal(data=InitiativeProposed(initiative=name, title=f"Initiative {n}"), effective=day, actor="bench")
        yield Proposal(data=InitiativeStarted(initiative=name), effective=day, actor="bench")
        measure = MeasureDefined(
            measure=f"m{n}", title=f"Measure {n}", initiative=name, unit="%", direction="increase", cadence="month"
        )
        yield Proposal(data=measure, effective=day, actor="bench")
        target = TargetSet(measure=f"m{n}", comparator="at-least", value=Decimal(95), authority="a standard")
        yield Proposal(data=target, effective=day, actor="bench")
        risk = RiskRaised(risk=f"r{n}", title=f"Risk {n}", about=f"initiative:{name}")
        yield Proposal(data=risk, effective=day, actor="bench")
    for n in range(observations):
        month = MONTHS[(n // measures) % len(MONTHS)]
        figure = Observed(
            measure=f"m{n % measures}",
            period=month,
            value=Decimal(70_000 + n * 7 % 30_000) / 1_000,
            published_on=Period.day(month.end + timedelta(days=10)),
        )
        yield Proposal(data=figure, effective=month, actor="performance-team", source=SOURCE)
