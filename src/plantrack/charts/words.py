"""What a chart says in words: its title, its icons, its points, what to know before it is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from plantrack.charts.data import Break, BreakKind, MeasureSeries, Row
from plantrack.spc.chart import ENOUGH, AssuranceIcon, Point, Segment, VariationIcon
from plantrack.spc.signals import PointType
from plantrack.state import Target

_VARIATION: dict[VariationIcon, str] = {
    "improvement_high": "It is getting better: higher than it varies anyway",
    "improvement_low": "It is getting better: lower than it varies anyway",
    "concern_high": "It is getting worse: higher than it varies anyway",
    "concern_low": "It is getting worse: lower than it varies anyway",
    "neutral_high": "It has changed: higher than it varies anyway, and neither direction is better",
    "neutral_low": "It has changed: lower than it varies anyway, and neither direction is better",
    "common_cause": "It varies as it always has",
}
_ASSURANCE: dict[AssuranceIcon, str] = {
    "pass": "The target will be met unless something changes",
    "fail": "The target will be missed unless something changes",
    "inconsistent": "The target will be hit and missed by chance",
}
POINT_TYPES: dict[PointType | None, str] = {
    "common_cause": "common cause",
    "special_cause_improvement": "special cause, better",
    "special_cause_concern": "special cause, worse",
    "special_cause_neutral_high": "special cause, high",
    "special_cause_neutral_low": "special cause, low",
    None: "not judged",
}
"""How the legend calls each type of point."""

_COMPARATORS = {"at-least": "at least ", "at-most": "at most ", "band": ""}
_KINDS = {"cumulative": "a running total", "binary": "a yes or no", "qualitative": "a judgement in words"}
_BREAKS: dict[BreakKind, str] = {"definition": "definition changed", "baseline": "baseline set anew"}
_SINCE: dict[BreakKind, str] = {"definition": "definition changed", "baseline": "baseline was set anew"}
_RULES: dict[str, str] = {  # the labels of spc, for people
    "Above UCL": "above the upper limit",
    "Below LCL": "below the lower limit",
    "7 Point Trend (Increasing)": "one of seven or more that rise",
    "7 Point Trend (Decreasing)": "one of seven or more that fall",
    "2 in 3 Above CL": "one of two in three near or beyond the upper limit",
    "2 in 3 Below CL": "one of two in three near or beyond the lower limit",
    "7 Points Above CL": "one of seven or more above the mean",
    "7 Points Below CL": "one of seven or more below the mean",
}
_LARGE = 1_000
_PLACES = 3  # beyond, a figure is a quotient
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Wording:
    """The words of one series.

    :param series: to be told.
    """

    def __init__(self, series: MeasureSeries) -> None:
        self.series = series
        values = [row.value for row in series.rows if row.value is not None]
        places = max(map(_places, values), default=0)
        if places > _PLACES:  # quotients: three digits, and one decimal place at least
            places = max(1, 2 - max(value.adjusted() for value in values if value))
        self._places = places

    # --- numbers and dates

    def number(self, value: Decimal | float) -> str:
        """A figure as it is shown, with the unit where that is a sign."""
        return f"{value:,.{self._places}f}{self._sign}"

    def computed(self, value: float) -> str:
        """A mean or a limit: with one decimal place at least, unless it is large."""
        return f"{value:,.{self._places or int(abs(value) < _LARGE)}f}{self._sign}"

    def exactly(self, value: Decimal) -> str:
        """A figure to the last digit, as that of a target was agreed."""
        return f"{value:,.{_places(value)}f}{self._sign}"

    @property
    def _sign(self) -> str:
        return "%" if self.series.measure.unit == "%" else ""

    def period(self, row: Row) -> str:
        """The period of a row."""
        match self.series.precision:
            case "month":
                return f"{_MONTHS[row.start.month - 1]} {row.start.year}"
            case "year":
                return str(row.start.year)
            case "day":
                return str(row.start)
            case _:
                return str(row.observation.period) if row.observation else f"{row.start} to {row.end}"

    def target(self, target: Target) -> str:
        """What a target asks for."""
        if target.comparator == "band":
            assert target.lower is not None  # the class of the event checks it
            assert target.upper is not None
            asked = f"{self.exactly(target.lower)} to {self.exactly(target.upper)}"
        else:
            assert target.value is not None
            asked = _COMPARATORS[target.comparator] + self.exactly(target.value)
        return f"{asked} by {target.due}" if target.due else asked

    # --- around the chart

    @property
    def title(self) -> str:
        """The title of the measure."""
        return " ".join(self.series.measure.title.split())

    @property
    def subtitle(self) -> str:
        """What is shown, and as known when."""
        series, where = self.series, self.series.where
        unit = {"%": "per cent", None: ""}.get(series.measure.unit, series.measure.unit)
        each = {"month": "by month", "quarter": "by quarter", "year": "by year", "fiscal-year": "by fiscal year"}
        shown = [word for word in (unit, each.get(series.precision)) if word]
        said = f"as at {day(where.as_at)}, as known at #{where.known}"
        return f"{', '.join(shown)}; {said}" if shown else said

    @property
    def variation(self) -> str:
        """What the variation icon says; without one, why."""
        chart = self.series.chart
        if chart is not None and chart.variation_icon is not None:
            return _VARIATION[chart.variation_icon]
        return f"Nothing can be said yet: {self.unjudged}"

    @property
    def assurance(self) -> str:
        """What the assurance icon says; without one, why."""
        series = self.series
        if series.chart is not None and series.chart.assurance_icon is not None:
            return _ASSURANCE[series.chart.assurance_icon]
        if series.target is None:
            return "Nothing can be said: there is no target"
        if series.odd_target:
            return "Nothing can be said: the target asks for what the measure calls worse"
        if series.chart is not None and series.chart.segments[-1].limits.upper is not None:
            return "Nothing can be said: the measure has no better direction"
        return "Nothing can be said yet: there are no limits"

    @property
    def unjudged(self) -> str:
        """Why there are no limits now."""
        series = self.series
        if series.unfit:
            return f"{_KINDS[series.unfit]} has no limits"
        if series.chart is None:
            return "no value is known"
        count = _count(series.chart.segments[-1])
        since = f" since the {_SINCE[series.breaks[-1].kind]}" if series.breaks else ""
        return f"{count} {'value' if count == 1 else 'values'}{since}, of the {ENOUGH} that limits need"

    def broken(self, one: Break) -> str:
        """A break, for its mark."""
        return _BREAKS[one.kind]

    @property
    def notes(self) -> list[str]:
        """What to know before the chart is believed."""
        return list(self._notes())

    def _notes(self) -> Iterator[str]:
        series = self.series
        for one in series.breaks:
            what = "What is measured changed" if one.kind == "definition" else "The baseline was set anew"
            first = self.period(series.rows[one.row])
            yield f"{what} with {first}: limits begin anew, and a step there is neither better nor worse."
        if series.chart is not None:
            for number, segment in enumerate(series.chart.segments[:-1]):  # of the last, the icons speak
                count = _count(segment)
                if count < ENOUGH:
                    end = series.breaks[number].row
                    start = series.breaks[number - 1].row if number else 0
                    when = self._span(series.rows[start], series.rows[end - 1])
                    yield f"{when}: {count} {'value' if count == 1 else 'values'}, of the {ENOUGH} that limits need."
        redefined = series.measure.redefined
        if redefined is not None and series.rows and redefined.start > series.rows[-1].end:
            yield f"What is measured changed with {redefined}, and no value since is known."
        missing = [self.period(row) for row in series.rows if row.value is None]
        if missing:
            shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            yield f"No value for {shown}."
        provisional = sum(1 for row in series.rows if row.observation and row.observation.provisional)
        if provisional:
            yield f"{provisional} {'value is' if provisional == 1 else 'values are'} provisional."
        if series.left_out:
            n = series.left_out
            yield f"{n} {'value is' if n == 1 else 'values are'} of a period of another length, and left out."

    def _span(self, first: Row, last: Row) -> str:
        one, other = self.period(first), self.period(last)
        return one if one == other else f"{one} to {other}"

    def point(self, row: Row, point: Point | None) -> str:
        """What is shown where a pointer rests on a value."""
        assert row.value is not None
        assert row.observation is not None
        said = [f"{self.period(row)}: {self.number(row.value)}"]
        numerator, denominator = row.observation.numerator, row.observation.denominator
        if numerator is not None and denominator is not None:
            said.append(f"{numerator:,f} of {denominator:,f}")
        said.append(self.judged(row, point))
        if row.target is not None:
            said.append(f"target {self.target(row.target)}")
        if row.observation.published_on is not None:
            said.append(f"published {row.observation.published_on}")
        if row.recorded is not None:
            said.append(f"recorded {row.recorded.date()} as #{row.observation.position}")
        if row.corrected is not None:
            said.append(f"corrected {row.corrected.date()}")
        if row.observation.provisional:
            said.append("provisional")
        if row.observation.quality is not None:
            said.append(" ".join(row.observation.quality.split()))
        return "\n".join(said)

    def judged(self, row: Row, point: Point | None) -> str:
        """What a value is, by which rule; after a break, among which values: it says nothing of those before."""
        if point is None or point.special_cause is None:
            return POINT_TYPES[None]
        kind, rule = POINT_TYPES[point.point_type], _RULES.get(point.special_cause)
        if rule is None:
            return kind
        rows = self.series.rows
        since = [rows[b.row] for b in self.series.breaks if rows[b.row].start <= row.start]
        return f"{kind}: {rule}{f', among values since {self.period(since[-1])}' if since else ''}"

    # --- in the place of the chart

    @property
    def alternative(self) -> str:
        """The chart in words, for those who do not see it."""
        return " ".join(self._told())

    def _told(self) -> Iterator[str]:
        series = self.series
        known = [row for row in series.rows if row.value is not None]
        if not known:
            yield f"{self.title}: no value is known."
            return
        last = known[-1]
        assert last.value is not None
        count = f"{len(known)} {'value' if len(known) == 1 else 'values'}"
        yield f"{self.title}: {count}, {self._span(known[0], last)}; the last is {self.number(last.value)}."
        if series.target is not None:
            yield f"Target: {self.target(series.target)}."
        if series.chart is not None:
            limits = series.chart.segments[-1].limits
            since = f" since {self.period(series.rows[series.breaks[-1].row])}" if series.breaks else ""
            if limits.lower is not None and limits.upper is not None and limits.mean is not None:
                spread = f"limits {self.computed(limits.lower)} to {self.computed(limits.upper)}"
                yield f"Mean{since} {self.computed(limits.mean)}, {spread}."
            yield f"Variation: {self.variation}. Assurance: {self.assurance}."
            types = Counter(point.point_type for point in series.chart.points if point.value is not None)
            special = [f"{n} × {POINT_TYPES[t]}" for t, n in types.items() if t not in (None, "common_cause")]
            if special:
                yield f"Points: {', '.join(special)}."
        else:
            yield f"No limits: {self.unjudged}."
        yield from self.notes


def day(one: date) -> str:
    """A day, as people write it."""
    return f"{one.day} {_MONTHS[one.month - 1]} {one.year}"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _count(segment: Segment) -> int:
    return len(segment.values) - segment.values.count(None)
