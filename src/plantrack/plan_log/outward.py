"""A plan for others: exports, provenance, calendars, charts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from plantrack.charts import MeasureChart, measure_series
from plantrack.coordinates import Known
from plantrack.exports import calendar_text, export_lines, prov_json, set_by, subject_of
from plantrack.plan_log.meetings import Meetings
from plantrack.state import Measure
from plantrack.store import Head


class Outward(Meetings):
    """With what other programs take, and what other people look at."""

    def export(self) -> Iterator[bytes]:
        """The whole log, lossless, as lines of JSON: what :meth:`Tracker.restore` brings back. Never whole in memory.

        :raises UnknownPlanError: nothing was recorded for the plan.
        :raises StoreDamagedError: the log is not as it was recorded.
        """
        head = self.checkpoint()
        rows = self._store.stored(self.id, upto=head.size)
        return export_lines(Head(self.id, head.origin, head.size, head.root), rows)

    def provenance(
        self,
        subject: str | None = None,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> dict[str, Any]:
        """Where the plan, or one subject of it, has its values from, as W3C PROV-JSON; coordinates as in :meth:`at`.

        :param subject: ``kind:id``.
        :raises UnknownSubjectError: there is no such subject at these coordinates.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        state, origin = self.state_at(where), self.checkpoint().origin
        if subject is None:
            return prov_json(origin, state, list(self.events(upto=where.known)))
        subject = self.named(subject, upto=where.known)
        found = subject_of(state, subject)
        events = list(self._touching({subject}, where.known, and_at=set_by(found)))
        return prov_json(origin, state, events, [found])

    def calendar(self, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None) -> str:
        """When milestones and commitments are due, as iCalendar; coordinates as in :meth:`at`."""
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return calendar_text(self.checkpoint().origin, self.state_at(where), where.recorded_at)

    def chart(
        self, measure: str, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None
    ) -> MeasureChart:
        """A measure as a control chart, which displays itself in a notebook; coordinates as in :meth:`at`.

        :param measure: its id, with or without ``measure:`` before it.
        :raises UnknownSubjectError: there is no such measure at these coordinates.
        :raises SpcError: its figures cannot be analysed.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        found = self.state_at(where).named(f"measure:{measure.removeprefix('measure:')}")
        assert isinstance(found, Measure)
        events = list(self._touching({f"measure:{found.id}"}, where.known))
        return MeasureChart(measure_series(found, events, where, self.id))
