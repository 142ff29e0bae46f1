"""The series of a measure: one row a period, with the target of each, and where the definition was changed.

Measures and targets are taken as the state has them, and as rules see them: only fields that both have are read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

from attrs import field, frozen

from plantrack.period import Period, add_months
from plantrack.spc import Chart, xmr
from plantrack.spc.signals import Improvement

Aim = Decimal | tuple[Decimal, Decimal]
"""What is to be reached: a number, or a band with both its ends."""
Steps = tuple[tuple[date, Aim | None], ...]

EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[])  # the caller's context must not change what is true
_MONTHS = {"month": 1, "quarter": 3, "third": 4, "half": 6, "year": 12, "fiscal-year": 12}
MOST_MISSING = 24
"""Rows that are given to one gap; after more silence than that a run is broken all the same."""
_NOT_A_PROCESS = ("binary", "qualitative")
_IMPROVEMENT: dict[str, Improvement] = {"at-least": "increase", "at-most": "decrease", "band": "neutral"}


@frozen
class Row:
    """One period.

    :ivar day: its first.
    :ivar value: None where it is missing; of a running total, what the period added.
    :ivar total: the figure as it was recorded.
    """

    day: date
    value: Decimal | None
    total: Decimal | None = None
    observation: Any = field(default=None, eq=False, repr=False)


@frozen
class Series:
    """What a measure shows over time, as ``spc`` and ``forecast`` take it.

    :ivar rows: in order, those that are missing between others too; none where the figures are no series.
    :ivar months: how many months there are from one row to the next; where it is 0, so many ``days``.
    :ivar improvement: in which direction it gets better; told by the target where the measure does not say.
    :ivar steps: the target of the first row, and wherever another holds, None for none. The last row is held against
        the target in force, also one that is due later: can the process, as it is, meet it?
    :ivar rebase: first days of the rows at which the definition was changed: limits begin anew.
    :ivar year_from: the month with which fiscal years begin.
    """

    rows: tuple[Row, ...]
    months: int
    days: int
    improvement: Improvement
    steps: Steps = ()
    rebase: tuple[date, ...] = ()
    year_from: int = 4

    @cached_property
    def current(self) -> tuple[Row, ...]:
        """The rows since the definition was last changed."""
        return tuple(row for row in self.rows if not self.rebase or row.day >= self.rebase[-1])

    def periods_until(self, day: date) -> int:
        """How many rows there will be from the last to the one that holds a day; 0 or less for one that is there."""
        return self._place(day) - self._place(self.rows[-1].day)

    def _place(self, day: date) -> int:
        first = self.rows[0].day
        if self.months:
            return ((day.year - first.year) * 12 + day.month - first.month) // self.months
        return (day - first).days // self.days


def series_of(measure: Any, targets: Iterable[Any], *, year_from: int = 4) -> Series:
    """The series of a measure.

    Figures of other lengths than most are left out, such as those of years among months. A running total becomes what
    each period added, beginning anew with the period of its target, else with the fiscal year; it has no target a row.

    :param targets: all of the measure.
    :param year_from: the month with which fiscal years begin.
    """
    listed = list(targets)
    chosen = in_force(measure, listed)
    observations = [] if measure.kind in _NOT_A_PROCESS else _alike(measure.observations)
    improvement = measure.direction or (_IMPROVEMENT[chosen.comparator] if chosen is not None else "neutral")
    if not observations:
        return Series((), 1, 0, improvement)
    months = _MONTHS.get(observations[0].period.precision, 0)
    days = 0 if months else _usual_distance(observations)
    rows = list(_rows(observations, months, days))
    steps: Steps = ()
    if measure.kind == "cumulative":
        rows = list(_added(rows, listed, year_from))
    elif chosen is not None:
        steps = _steps(rows, listed, chosen, improvement)
    changed = measure.redefined
    anew = (
        None if changed is None else next((o.period.start for o in observations if o.period.end >= changed.start), None)
    )
    return Series(tuple(rows), months, days, improvement, steps, () if anew is None else (anew,))


def chart_of(series: Series) -> Chart | None:
    """The control chart of a series; None where it has no rows."""
    if not series.rows:
        return None
    return xmr(
        [row.day for row in series.rows],
        [row.value for row in series.rows],
        improvement=series.improvement,
        target=series.steps or None,
        rebase=series.rebase,
    )


def aim_of(target: Any) -> Aim | None:
    """What a target asks for."""
    if target.comparator == "band":
        return None if target.lower is None or target.upper is None else (target.lower, target.upper)
    value: Decimal | None = target.value
    return value


def in_force(measure: Any, targets: Iterable[Any]) -> Any:
    """The target in force, which the state knows by its id; None where there is none."""
    name = getattr(measure.target, "id", measure.target)
    return next((target for target in targets if target.id == name), None)


def _length(period: Period) -> tuple[str, int]:
    return period.precision, period.days if period.precision == "range" else 0


def _alike(observations: Iterable[Any]) -> list[Any]:
    """Those of the length that is the most frequent; of equally frequent ones, of the shortest."""
    listed = list(observations)
    lengths = [_length(o.period) for o in listed]
    tally = Counter(lengths)
    if len(tally) < 2:
        return listed
    shortest = {length: o.period.days for o, length in zip(listed, lengths, strict=True)}
    usual = min(tally, key=lambda length: (-tally[length], shortest[length], length))
    return [o for o, length in zip(listed, lengths, strict=True) if length == usual]


def _usual_distance(observations: list[Any]) -> int:
    """Days from one to the next, mostly; a series of one has none, and its own length stands for it."""
    tally = Counter((b.period.start - a.period.start).days for a, b in pairwise(observations))
    return min(tally, key=lambda days: (-tally[days], days), default=None) or int(observations[0].period.days)


def _rows(observations: list[Any], months: int, days: int) -> Iterator[Row]:
    """A row for each, and for each that is missing between two."""
    expected: date | None = None
    for observation in observations:
        start, value = observation.period.start, observation.value
        if expected is not None and expected < start:
            for missing in islice(_between(expected, start, months, days), MOST_MISSING):
                yield Row(missing, None)
        yield Row(start, value, value, observation)
        expected = _later(start, months, days)


def _between(first: date, after: date, months: int, days: int) -> Iterator[date]:
    """The first days of the periods from one on that are over before another day."""
    while (following := _later(first, months, days)) <= after:
        yield first
        first = following


def _later(day: date, months: int, days: int) -> date:
    return add_months(day, months) if months else day + timedelta(days)


def _added(rows: Iterable[Row], targets: list[Any], year_from: int) -> Iterator[Row]:
    """What each row of a running total added to the one before; unknown after a gap."""
    years = sorted({(t.period.start, t.period.end) for t in targets if t.period is not None})
    before: tuple[date, Decimal] | None = None
    for row in rows:
        year, added = year_of(row.day, years, year_from), None
        if row.total is not None and row.day == year:
            added = row.total
        elif row.total is not None and before is not None and before[0] == year:
            added = EXACT.subtract(row.total, before[1])
        yield Row(row.day, added, row.total, row.observation)
        before = None if row.total is None else (year, row.total)


def year_of(day: date, years: Iterable[tuple[date, date]], year_from: int = 4) -> date:
    """The first day of the year in which a day lies: of the last of some that hold it, else of the fiscal year."""
    found = [first for first, last in years if first <= day <= last]
    return found[-1] if found else date(day.year - (day.month < year_from), year_from, 1)


def _steps(
    rows: list[Row], targets: list[Any], chosen: Any, improvement: Improvement
) -> tuple[tuple[date, Aim | None], ...]:
    """The target of each row, where it changes: for its period, else for each period, else one whose date is over."""
    agreed = [target for target in targets if target.agreed] or targets
    starts = [row.day for row in rows]
    held: list[Aim | None] = [None] * len(rows)
    dated = sorted((t for t in agreed if t.due is not None), key=lambda t: t.due)
    for target in dated:
        place = bisect_left(starts, target.due.start)
        held[place:] = [_shown(target, improvement)] * (len(rows) - place)
    for target in agreed:
        if target.due is None and target.period is None:
            held = [_shown(target, improvement)] * len(rows)
    inside = sorted((t for t in agreed if t.period is not None), key=lambda t: -t.period.days)
    for target in inside:
        first, after = bisect_left(starts, target.period.start), bisect_right(starts, target.period.end)
        held[first:after] = [_shown(target, improvement)] * (after - first)
    held[-1] = _shown(chosen, improvement)
    places = [0, *(place for place in range(1, len(held)) if held[place] != held[place - 1])]
    return () if held.count(None) == len(held) else tuple((starts[place], held[place]) for place in places)


def _shown(target: Any, improvement: Improvement) -> Aim | None:
    """What a chart can show of a target: nothing of a floor where less is better, or of a ceiling where more is."""
    against = improvement in ("increase", "decrease") and target.comparator in ("at-least", "at-most")
    return None if against and _IMPROVEMENT[target.comparator] != improvement else aim_of(target)
