"""A check of 100,000 subjects by 30 rules, kept up to date: one event heard, against a full check of the same plan."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import Any

from benchmarks.rules import LAST, MEASURES, TODAY, facts_of_many, pack_of, recorded
from benchmarks.timing import Row, row, timed
from plantrack.bitemporal import Heard
from plantrack.events import Event, Observed, RecordedEvent, RiskClosed
from plantrack.period import Period
from plantrack.rules import check
from plantrack.rules.watch import LiveCheck
from plantrack.state import fold

JULY = Period.month(2020, 7)
HEARD = 400  # events of each kind in a round

# The conditions of the benchmark of rules, with bounds by which a board could live: of a few subjects in a hundred
# something is found. A rule that fires everywhere would measure how fast messages are written.
RULES: list[tuple[str, str, Sequence[Any]]] = [
    (LAST, "target is not None and shortfall(last, target) > limit", [24.5, 24.6, 24.7, 24.8, 24.9, 25]),
    (LAST, "cadence == 'month' and days_between(last.period, today) > limit", [80, 90, 100, 120, 150, 180]),
    (
        "",
        "initiative is not None and len(r for r in initiative.risks if r.status == 'open') > limit",
        [1, 2, 3, 4, 5, 6],
    ),
    (
        "",
        "target is not None and any(o.value < limit for o in observations)",
        [70.1, 70.2, 70.3, 60, 50, 40],
    ),
    (
        "",
        "initiative is not None and initiative.status == limit and unit == '%' and len(reports) == 0",
        ["proposed", "paused", "completed", "cancelled", "superseded", "superseded"],
    ),
]


def rows(rounds: int) -> list[Row]:
    """The rows of the table about watching."""
    pack, facts = pack_of(RULES), facts_of_many()
    state = fold(facts, plan="p", as_at=TODAY, known=len(facts))
    live = LiveCheck(
        facts,
        Heard(TODAY, ()),
        [pack],
        plan="p",
        known=len(facts),
        recorded_at=None,
        find=lambda names: {},
        event_ids=lambda positions: {position: f"e{position}" for position in positions},
    )
    assert live.result.counts == check(state, [pack]).counts
    positions = count(len(facts) + 1)
    kinds = {"a figure, which 18 of the rules read": _figures(), "a closed risk, which 6 read": _closed()}
    for events in kinds.values():  # the code of a rule is made when it is first needed
        live.hear([recorded(next(positions), next(events), JULY)])
    full: list[float] = []
    took: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
    for _ in range(rounds):
        gc.collect()
        full.append(timed(lambda: check(state, [pack])))
        for kind, events in kinds.items():
            heard = [recorded(next(positions), event, JULY) for event in islice(events, HEARD)]
            gc.collect()
            took[kind].append(sorted(_heard(live, event) for event in heard))
    return [
        row(f"hear {kind}: {said}", "a full check", "≤ 1/1,000×", _pairs(took[kind], full, share))
        for kind in kinds
        for said, share in (("median", 0.5), ("99th percentile", 0.99))
    ]


def _heard(live: LiveCheck, event: RecordedEvent) -> float:
    return timed(lambda: live.hear([event]))


def _pairs(took: list[list[float]], full: list[float], share: float) -> list[tuple[float, float]]:
    """Of each round the time within which such a share of the events was heard, and that of the full check."""
    return [(times[int(len(times) * share)], whole) for times, whole in zip(took, full, strict=True)]


def _figures() -> Iterator[Event]:
    """One more figure of one measure after the other."""
    for n in count():
        value = Decimal(70_000 + n * 7919 % 30_000) / 1_000
        yield Observed(measure=f"m{n * 7919 % MEASURES}", period=JULY, value=value)


def _closed() -> Iterator[Event]:
    """One risk after the other is closed."""
    return (RiskClosed(risk=f"r{n * 7919 % MEASURES}") for n in count())
