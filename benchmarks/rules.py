"""30 rules over 100,000 subjects: against the same rules written by hand over the same linked view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from benchmarks.history import proposals
from benchmarks.timing import Row, compare, timed
from plantrack.bitemporal import Fact, timeline
from plantrack.events import Event, RecordedEvent
from plantrack.period import Period
from plantrack.rules import Pack, load_pack
from plantrack.rules.language.figures import shortfall
from plantrack.rules.language.linked import Linked
from plantrack.state import fold

MEASURES = 100_000
TODAY = date(2020, 9, 15)

Hand = Callable[[Any, date, Any], bool]


def _missed(limit: Any) -> Hand:
    def rule(m: Any, today: date, p: Any) -> bool:
        if m.target is None or not m.observations:
            return False
        return bool(shortfall(m.observations[-1], m.target) > limit)

    return rule


def _stale(limit: int) -> Hand:
    def rule(m: Any, today: date, p: Any) -> bool:
        return bool(m.cadence == "month" and m.observations and (today - m.observations[-1].period.end).days > limit)

    return rule


def _unmitigated(limit: int) -> Hand:
    def rule(m: Any, today: date, p: Any) -> bool:
        i = m.initiative
        return i is not None and sum(1 for r in i.risks if r.status == "open") > limit

    return rule


def _slow(limit: Any) -> Hand:
    def rule(m: Any, today: date, p: Any) -> bool:
        return m.target is not None and any(o.value < limit for o in m.observations)

    return rule


def _active(word: str) -> Hand:
    def rule(m: Any, today: date, p: Any) -> bool:
        return m.initiative is not None and m.initiative.status == word and m.unit == "%" and len(m.reports) == 0

    return rule


LAST = "needs: [last], let: {last: latest(observations)}, "
TEMPLATES: list[tuple[str, str, Callable[[Any], Hand], list[Any]]] = [
    (LAST, "target is not None and shortfall(last, target) > limit", _missed, [0, 5, 10, 15, 20, 25]),
    (LAST, "cadence == 'month' and days_between(last.period, today) > limit", _stale, [10, 20, 30, 40, 50, 60]),
    (
        "",
        "initiative is not None and len(r for r in initiative.risks if r.status == 'open') > limit",
        _unmitigated,
        [0, 1, 2, 3, 4, 5],
    ),
    ("", "target is not None and any(o.value < limit for o in observations)", _slow, [71, 73, 75, 80, 85, 90]),
    (
        "",
        "initiative is not None and initiative.status == limit and unit == '%' and len(reports) == 0",
        _active,
        ["active", "proposed", "paused", "completed", "cancelled", "superseded"],
    ),
]


def rows(rounds: int) -> list[Row]:
    """The row of the table about rules."""
    facts = facts_of_many()
    linked = Linked(fold(facts, plan="p", as_at=TODAY, known=len(facts)))
    measures = linked.of_kind("measure")
    pack = pack_of((lets, when, values) for lets, when, _, values in TEMPLATES)
    rules = [rule.compiled["Measure"] for rule in pack.rules]
    hand = [make(_exact(value)) for _, _, make, values in TEMPLATES for value in values]

    def measured() -> float:
        return timed(lambda: [rule.run(measures, TODAY, linked.plan, linked) for rule in rules])

    def floor() -> float:
        return timed(lambda: [[m for m in measures if rule(m, TODAY, linked.plan)] for rule in hand])

    for compiled, by_hand in zip(rules, hand, strict=True):
        hits = compiled.run(measures, TODAY, linked.plan, linked).hits
        assert hits == [m for m in measures if by_hand(m, TODAY, linked.plan)]
    return [
        compare("30 rules × 100,000 subjects", "the same by hand, same view", "≤ 1.1×", measured, floor, rounds),
    ]


def _exact(value: Any) -> Any:
    return value if isinstance(value, str) else Decimal(value)


def pack_of(templates: Iterable[tuple[str, str, Sequence[Any]]]) -> Pack:
    """A rule for each bound of each condition.

    :param templates: what a rule needs and names, its condition, and the bounds.
    """
    text = "plantrack-rules: 1\npack: bench\nversion: 1.0.0\nrules:\n"
    for n, (lets, when, values) in enumerate(templates):
        for k, value in enumerate(values):
            text += (
                f"  - {{id: bench.r{n}-{k}, title: T, for: Measure, severity: low, params: {{limit: {value}}},\n"
                f'     {lets}message: "{{title}}", when: "{when}"}}\n'
            )
    return load_pack(text, "bench")


def facts_of_many() -> list[Fact]:
    """Of a plan with so many measures, each with three figures."""
    events = (
        recorded(position, p.data, p.effective) for position, p in enumerate(proposals(MEASURES, 3 * MEASURES), 1)
    )
    return timeline(events, as_at=TODAY, known=8 * MEASURES + 1)


def recorded(position: int, data: Event, effective: Period) -> RecordedEvent:
    """An event as it would stand in the log."""
    when = datetime(2026, 1, 5, tzinfo=UTC)
    return RecordedEvent(
        plan="p", position=position, event_id=f"e{position}", recorded_at=when, effective=effective, data=data
    )
