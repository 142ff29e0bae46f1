"""From what was recorded about a measure to what a chart needs: rows without gaps, steps of the target, breaks.

Figures stay decimal up to the door of ``spc``.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from attrs import evolve, frozen

from plantrack.bitemporal import Fact, amendments, timeline
from plantrack.coordinates import Coordinates
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent
from plantrack.events.measure import BaselineSet, MeasureDefined, MeasureRevised, TargetAgreed, TargetSet
from plantrack.period import Period, add_months
from plantrack.spc import Chart, xmr
from plantrack.spc.signals import Improvement
from plantrack.state import Measure, Observation, State, Target, fold

_MONTHS = {"month": 1, "quarter": 3, "third": 4, "half": 6, "year": 12, "fiscal-year": 12}
_SENSE = {"increase": "at-least", "decrease": "at-most"}  # by which comparator a measure of that direction is judged

BreakKind = Literal["definition", "baseline"]
Unfit = Literal["cumulative", "binary", "qualitative"]


@frozen(kw_only=True)
class Row:
    """One period of the series.

    :ivar observation: None where nobody gave a figure.
    :ivar recorded: when its event was recorded; ``corrected``, when that was last put right, if ever.
    :ivar target: in force on its last day.
    """

    start: date
    end: date
    observation: Observation | None = None
    recorded: datetime | None = None
    corrected: datetime | None = None
    target: Target | None = None

    @property
    def value(self) -> Decimal | None:
        """The figure, if there is one."""
        return None if self.observation is None else self.observation.value


@frozen(kw_only=True)
class Break:
    """From ``row`` on, figures are not those of before: something else is measured, or the baseline was set anew.

    :ivar since: the period from which that holds.
    """

    kind: BreakKind
    row: int
    since: Period


@frozen(kw_only=True)
class MeasureSeries:
    """A measure with its figures, as known at a pair of coordinates, analysed.

    :ivar rows: a period each, without gaps; all of one precision.
    :ivar left_out: figures for periods of another length, which one chart cannot hold.
    :ivar unfit: the kind of the measure, where limits have no meaning for it.
    :ivar odd_target: whether the target asks for the direction in which the measure gets worse.
    :ivar chart: None without figures, or where the kind is unfit.
    """

    measure: Measure
    precision: str
    rows: tuple[Row, ...]
    breaks: tuple[Break, ...]
    left_out: int
    unfit: Unfit | None
    odd_target: bool
    chart: Chart | None
    where: Coordinates

    @property
    def target(self) -> Target | None:
        """That of the last row."""
        return self.rows[-1].target if self.rows else None


def measure_series(measure: Measure, events: Sequence[RecordedEvent], where: Coordinates, plan: str) -> MeasureSeries:
    """The series of a measure.

    :param measure: as the state at these coordinates has it.
    :param events: those that touch it, with their corrections, as far as they are known there.
    """
    settings = [*_settings(timeline(events, as_at=where.as_at, known=where.known))]
    precision, observations = _of_one_length(measure.observations)
    rows = _with_targets(_rows(precision, observations, events), measure.id, settings, plan)
    breaks = tuple(_breaks(rows, measure.id, settings, plan))
    unfit: Unfit | None = measure.kind if measure.kind in ("cumulative", "binary", "qualitative") else None
    last = rows[-1].target if rows else None
    odd = last is not None and last.comparator not in (_SENSE.get(measure.direction or ""), "band")
    odd = odd and measure.direction is not None
    return MeasureSeries(
        measure=measure,
        precision=precision,
        rows=rows,
        breaks=breaks,
        left_out=len(measure.observations) - len(observations),
        unfit=unfit,
        odd_target=odd,
        chart=None if unfit or not rows else _chart(measure, rows, breaks, odd),
        where=where,
    )


def _chart(measure: Measure, rows: Sequence[Row], breaks: Iterable[Break], odd: bool) -> Chart:
    improvement: Improvement = measure.direction or "neutral"
    targets = {row.start: _aim(row.target) for row in rows} if any(row.target for row in rows) and not odd else None
    return xmr(
        [row.start for row in rows],
        [row.value for row in rows],
        improvement=improvement,
        target=targets,
        rebase=[rows[b.row].start for b in breaks],
    )


def _aim(target: Target | None) -> Decimal | tuple[Decimal, Decimal] | None:
    if target is None:
        return None
    if target.comparator != "band":
        return target.value
    assert target.lower is not None  # the class of the event checks it
    assert target.upper is not None
    return target.lower, target.upper


# --- rows -------------------------------------------------------------------------------------------------------------


def _of_one_length(observations: Sequence[Observation]) -> tuple[str, list[Observation]]:
    """The figures whose periods are of the length that most are of; of equally many, the last."""
    if not observations:
        return "", []
    lengths = [_length(o.period) for o in observations]
    counted = Counter(reversed(lengths))
    meant = max(counted, key=counted.__getitem__)
    return meant[0], [o for o, length in zip(observations, lengths, strict=True) if length == meant]


def _length(period: Period) -> tuple[str, int]:
    return period.precision, 0 if period.precision in _MONTHS else period.days


def _rows(precision: str, observations: Sequence[Observation], events: Iterable[RecordedEvent]) -> list[Row]:
    told = _told(events)
    rows: list[Row] = []
    for observation in observations:
        start, end = observation.period.start, observation.period.end
        if rows:
            rows += _missing(precision, rows[-1], start)
        recorded, corrected = told[observation.position]
        rows.append(Row(start=start, end=end, observation=observation, recorded=recorded, corrected=corrected))
    return rows


def _missing(precision: str, last: Row, until: date) -> Iterator[Row]:
    """Rows without a figure up to one with; days may be a census now and then, and are left as they are."""
    if months := _MONTHS.get(precision):
        start = add_months(last.start, months)
        while start < until:
            final = add_months(start, months - 1)
            yield Row(start=start, end=final.replace(day=monthrange(final.year, final.month)[1]))
            start = add_months(start, months)
        return
    days = (last.end - last.start).days + 1
    if days > 1 and (until - last.start).days % days == 0:
        for since in range(days, (until - last.start).days, days):
            start = last.start + timedelta(days=since)
            yield Row(start=start, end=start + timedelta(days=days - 1))


def _told(events: Iterable[RecordedEvent]) -> Mapping[int, tuple[datetime, datetime | None]]:
    """By position, when each event was recorded, and when what it says now was."""
    events = list(events)
    made = {id(e.data): e.recorded_at for e in events}
    amended = amendments([(e.event_id, e.data) for e in events if isinstance(e.data, EventCorrected | EventRetracted)])
    corrected = {name: made[id(by)] for name, by in amended.corrected.items()}
    return {e.position: (e.recorded_at, corrected.get(e.event_id)) for e in events}


# --- what was set -----------------------------------------------------------------------------------------------------


def _settings(facts: Iterable[Fact]) -> Iterator[Fact]:
    """What says how the measure is judged, without what it belongs to: nothing else of the plan is there."""
    for position, effective, event in facts:
        alone: Event
        match event:
            case MeasureDefined() | MeasureRevised():
                alone = evolve(event, initiative=None, goal=None, part_of=None)
            case TargetAgreed():
                alone = evolve(event, by=None)
            case TargetSet() | BaselineSet():
                alone = event
            case _:
                continue
        yield position, effective, alone


def _then(settings: Iterable[Fact], day: date, plan: str) -> State:
    return fold([f for f in settings if f[1].last_day <= day], plan=plan, as_at=day, known=0)


def _with_targets(rows: Iterable[Row], name: str, settings: Sequence[Fact], plan: str) -> tuple[Row, ...]:
    found = []
    for row in rows:
        state = _then(settings, row.end, plan)
        measure = state.measures.get(name)
        found.append(evolve(row, target=state.targets.get(measure.target or "") if measure else None))
    return tuple(found)


def _breaks(rows: Sequence[Row], name: str, settings: Sequence[Fact], plan: str) -> Iterator[Break]:
    """Where the series breaks, one a row: a definition that changed comes before a baseline set anew."""
    broken: dict[int, Break] = {}
    baselines = 0
    for _, effective, event in settings:
        kind: BreakKind
        if isinstance(event, BaselineSet) and event.value is not None:
            baselines += 1
            if baselines == 1:
                continue  # where the measure started
            kind, since = "baseline", event.period or effective
        elif isinstance(event, MeasureRevised) and _redefines(event, effective, name, settings, plan):
            kind, since = "definition", effective
        else:
            continue
        row = next((i for i, row in enumerate(rows) if row.end >= since.start), 0)
        if row and (row not in broken or kind == "definition"):
            broken[row] = Break(kind=kind, row=row, since=since)
    yield from (broken[row] for row in sorted(broken))


def _redefines(event: MeasureRevised, effective: Period, name: str, settings: Sequence[Fact], plan: str) -> bool:
    """Whether a revision changes what is measured: the state says so."""
    upto = settings[: next(i for i, fact in enumerate(settings) if fact[2] is event) + 1]
    measure = _then(upto, effective.last_day, plan).measures.get(name)
    return measure is not None and measure.redefined is effective
