"""Questions about how a plan came to be what it is: blame, late facts, lineage, diff, goalposts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plantrack.coordinates import MEETING, Coordinates, Known, duration
from plantrack.events.assurance import Parameter
from plantrack.events.initiative import Continued
from plantrack.history import Blame, Difference, Goalposts, Late, Lineage, blame, difference, goalposts, late, lineage
from plantrack.history.difference import Side
from plantrack.history.lineage import Record
from plantrack.plan_log.checking import Checking
from plantrack.rules import Pack
from plantrack.rules.comparison import compared


class Past(Checking):
    """With questions about how it came to be what it is."""

    def blame(
        self, subject: str, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None
    ) -> Blame:
        """Who said what a subject says: the event that set each value, and the corrections that made it so.

        :param subject: ``kind:id``; the coordinates are those of :meth:`at`.
        :raises UnknownSubjectError: there is no such subject at these coordinates.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return blame(self.events(upto=where.known), subject, plan=self.id, where=where)

    def late(
        self,
        longer_than: timedelta | str = "24h",
        *,
        subject: str | None = None,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> list[Late]:
        """The events that were recorded longer than that after the end of the day on which they became true.

        A correction or retraction is as late as it comes after the fact that it amends.

        :param longer_than: for example ``"24h"``, ``"90m"``, ``"3d"``, ``"2w"``.
        :param subject: ``kind:id``, for the events that touch it.
        :param as_at: only what had become true by then; everything when left out.
        :returns: in order of position.
        :raises DurationError: that is no length of time.
        :raises UnknownSubjectError: no event touches the subject.
        """
        where, last = self._bounds(as_at, known_at, at)
        zone, longer = ZoneInfo(self.opened.time_zone), duration(longer_than)
        found = late(self.events(upto=where.known), zone=zone, longer_than=longer)
        found = (one for one in found if one.event.effective.last_day <= last)
        if subject is None:
            return list(found)
        touching = {e.position for e in self.about(self.named(subject, upto=where.known), upto=where.known)}
        return [one for one in found if one.event.position in touching]

    def lineage(
        self, subject: str, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None
    ) -> Lineage:
        """The history of a subject and of all that it goes on from (``Continued``) in the other plans of the store.

        A position or a meeting is one of this plan; of the others is told what had been recorded by the moment at which
        the last event that was known here was.

        :param as_at: only what had become true by then; everything when left out.
        :raises UnknownSubjectError: no event touches the subject.
        """
        where, last = self._bounds(as_at, known_at, at)
        self.about(self.named(subject, upto=where.known), upto=where.known)
        given = f"{MEETING}{at}" if known_at is None and at is not None else known_at
        of_this_plan = isinstance(given, int) or (isinstance(given, str) and given.startswith(("#", MEETING)))
        moment: Known = where.recorded_at if of_this_plan else given

        def tell(plan: str, name: str) -> Record | None:
            log = self if plan == self.id else type(self)(self._store, self._clock, plan)
            if plan not in self._store.plans():
                return None
            known = where.known if log is self else log.coordinates(known_at=moment).known
            return log._told(name, known, last) if known else None

        found = lineage(self.id, subject, tell)
        assert found is not None  # this plan is there
        return found

    def _told(self, subject: str, known: int, last: date) -> Record:
        """What is known of a subject that became true by a day."""
        name = self.named(subject, upto=known)
        continued = [
            (position, said)
            for position, when, said in self._store.standing(self.id, (Continued,), known)
            if isinstance(said, Continued) and said.subject == name and when.last_day <= last
        ]
        events = [e for e in self._touching({name}, known) if e.effective.last_day <= last]
        return Record(subject=name, events=events, continued=continued)

    def _bounds(self, as_at: date | str | None, known_at: Known, at: str | None) -> tuple[Coordinates, date]:
        """Where a question about events stands, and the last day of which it asks: any where no day is given."""
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return where, date.max if as_at is None and at is None else where.as_at

    def diff(
        self,
        earlier: Coordinates | date | str,
        later: Coordinates | date | str,
        *,
        packs: Sequence[Pack] | None = None,
        params: Iterable[Parameter] = (),
    ) -> Difference:
        """What changed between two pairs of coordinates (:meth:`point`), facts, targets, rules and findings apart.

        With what had been true at the first and was not known there, and what was told there and corrected since.

        :param packs: check both by these instead of the packs adopted at each.
        :param params: parameters of rules to set for both checks.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        """
        wheres = self.point(earlier), self.point(later)
        params = tuple(params)
        one, other = (self._checked(where, packs, params) for where in wheres)
        sides = [Side(where, c.state, c.packs) for where, c in zip(wheres, (one, other), strict=True)]
        events = self.events(upto=max(position for where in wheres for position in (where.known, where.rules or 0)))
        return difference(events, sides[0], sides[1], compared(other, one, str(earlier)))

    def goalposts(
        self,
        subject: str | None = None,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> Goalposts:
        """Every move of a date, a target or a scope, with who approved it and the drift since the first approval.

        Coordinates as in :meth:`at`.

        :param subject: only those of this one (``kind:id``) and of what belongs to it.
        :raises UnknownSubjectError: nothing was recorded about it.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        state = self.state_at(where)
        kind, _, name = (subject or "").partition(":")
        if subject is not None and state.subject(kind, name) is None:  # a target is about no event of its own
            self.about(subject)
        return goalposts(self.events(upto=where.known), state, recorded_at=where.recorded_at, subject=subject)
