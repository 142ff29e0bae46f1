"""Coordinates resolved: a date, a moment, a meeting, a position become a day and a position, once.

Only here and in ``recording`` is the clock read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from plantrack.coordinates import INSTALLED, LATEST, MEETING, Coordinates, Known, end_of, in_utc, is_day, pair
from plantrack.coordinates import day as day_of
from plantrack.coordinates import known as known_of
from plantrack.errors import CoordinateError, did_you_mean
from plantrack.events.assurance import MeetingSealed
from plantrack.events.governance import MeetingScheduled
from plantrack.recording import Clock, Recorder, now_by
from plantrack.store import Store


@frozen
class _Sitting:
    """The three coordinates of a meeting; a day stands for the position that was reached at the end of it."""

    day: date
    known: date | int
    rules: date | int


class Resolver:
    """Says where an evaluation of one plan stands."""

    def __init__(self, store: Store, recorder: Recorder, clock: Clock, plan: str) -> None:
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._plan = plan

    def today(self) -> date:
        """The day by the clock, in the plan's time zone."""
        return now_by(self._clock).astimezone(ZoneInfo(self._recorder.opened.time_zone)).date()

    def coordinates(
        self,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        rules_at: Known = None,
        at: str | None = None,
    ) -> Coordinates:
        """Resolve coordinates, once; below this only days and positions travel.

        :param at: a meeting, for all three; what is given beside it comes first.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        """
        zone = ZoneInfo(self._recorder.opened.time_zone)
        if at is not None:
            sitting = self._sitting(at.removeprefix(MEETING), "at")
            as_at = sitting.day if as_at is None else as_at
            known_at = sitting.known if known_at is None else known_at
            rules_at = sitting.rules if rules_at is None else rules_at
        day = self.today() if as_at is None else day_of(as_at)
        known = self._known(known_at, zone, "known_at")
        rules: int | None = known
        if rules_at is not None:
            rules = None if rules_at == INSTALLED else self._known(rules_at, zone, "rules_at")
        return Coordinates(day, known, self._store.recorded_at(self._plan, known) if known else None, rules)

    def earlier(self, since: date | str, where: Coordinates) -> Coordinates:
        """The coordinates of what a check is compared with; installed rules stay installed rules.

        :raises CoordinateError: that is later than the check.
        """
        rules: Known = INSTALLED if where.rules is None else None
        if isinstance(since, date) or is_day(since):
            then = self.coordinates(as_at=since, known_at=since, rules_at=rules)
        else:
            sitting = self._sitting(since.removeprefix(MEETING), "since")
            rules = sitting.rules if rules is None else rules
            then = self.coordinates(as_at=sitting.day, known_at=sitting.known, rules_at=rules)
        if then.as_at > where.as_at:
            raise CoordinateError(f"{since} is after the day of the check, {where.as_at}", "since")
        return then

    def point(self, written: date | str) -> Coordinates:
        """Resolve a pair of coordinates written in one text.

        A day means its end, as known then; a position or a moment what was known then, as at that day.

        :raises CoordinateError: it is malformed or lies outside the log.
        """
        text = written.isoformat() if isinstance(written, date) else written
        as_at, known_at = pair(text)
        try:
            return self._point(as_at, known_at)
        except CoordinateError as problem:
            said = problem.said if known_at in problem.said else f"{text!r:.60}: {problem.said}"
            raise CoordinateError(said) from None

    def _point(self, as_at: str | None, known_at: str) -> Coordinates:
        if as_at is not None:
            day = self.coordinates(at=as_at).as_at if as_at.startswith(MEETING) else as_at
            known = None if known_at == LATEST else known_at
            return self.coordinates(as_at=None if day == LATEST else day, known_at=known)
        if known_at == LATEST:
            return self.coordinates()
        if known_at.startswith(MEETING):
            return self.coordinates(at=known_at)
        if is_day(known_at):
            return self.coordinates(as_at=known_at, known_at=known_at)
        where = self.coordinates(known_at=known_at)
        moment = where.recorded_at if known_at.startswith("#") else datetime.fromisoformat(known_at)
        if moment is None:
            raise CoordinateError("nothing was recorded yet, on no day; write one before it, as in 2018-02-28@#0")
        return evolve(where, as_at=moment.astimezone(ZoneInfo(self._recorder.opened.time_zone)).date())

    def _known(self, given: Known, zone: ZoneInfo, name: str) -> int:
        head = self._recorder.register().position
        if given is None:
            return head
        if isinstance(given, str):
            meeting = given.removeprefix(MEETING)
            given = self._cut_off(meeting, name) if meeting != given else known_of(given, name)
        if isinstance(given, bool) or not isinstance(given, int | date):
            raise CoordinateError(f"takes a position, a day or a moment, not {type(given).__name__}", name)
        if isinstance(given, int):
            if not 0 <= given <= head:
                raise CoordinateError(f"#{given} is outside the log of {self._plan!r}, which ends at #{head}", name)
            return given
        if isinstance(given, datetime):
            if given.tzinfo is None:
                raise CoordinateError(f"{given.isoformat()} has no time zone; write for example …T17:00Z", name)
            return self._store.known_at(self._plan, in_utc(given))
        if given == date.max:
            return head
        return self._store.known_at(self._plan, end_of(given, zone) - timedelta(microseconds=1))

    def _cut_off(self, meeting: str, coordinate: str) -> date | int:
        sitting = self._sitting(meeting, coordinate)
        return sitting.rules if coordinate == "rules_at" else sitting.known

    def _sitting(self, name: str, coordinate: str) -> _Sitting:
        """Where a meeting stands: as it was sealed; before that, on its day, with what was recorded by the end of it.

        :param coordinate: for which it is asked.
        :raises CoordinateError: no such meeting is recorded.
        """
        if (sealed := self.seal_of(name)) is not None:
            return _Sitting(sealed[1].as_at, sealed[1].known, sealed[1].rules)
        days: dict[str, date] = {}
        for _, _, event in self._store.standing(self._plan, (MeetingScheduled,), self._store.head(self._plan)):
            assert isinstance(event, MeetingScheduled)  # a correction is of the same type
            days[event.meeting] = event.date.last_day
        if name not in days:
            raise _no_meeting(name, days, coordinate)
        return _Sitting(days[name], days[name], days[name])

    def seal_of(self, meeting: str) -> tuple[int, MeetingSealed] | None:
        """The seal of a meeting with its position; ``None`` where it is not sealed.

        :raises CoordinateError: it speaks of events that were recorded after it.
        """
        found = next((sealed for sealed in self._store.seals(self._plan) if sealed[1].meeting == meeting), None)
        if found is not None and max(found[1].known, found[1].rules) >= found[0]:
            raise CoordinateError(
                f"the seal of {meeting!r:.60} in #{found[0]} speaks of events that were recorded after it, as none that"
                " was made by `seal` does; `plantrack verify` says what else is wrong"
            )
        return found


def _no_meeting(name: str, known: Collection[str], coordinate: str) -> CoordinateError:
    """Somebody who writes a date means a day; all others get the nearest name."""
    if not name[:1].isdigit() or coordinate not in ("at", "since"):
        hint = did_you_mean(name, known) if known else "none is recorded"
        return CoordinateError(f"there is no meeting {name!r:.60}; {hint}")
    meetings = f": {', '.join(sorted(known)[:12])}" if known else " that is recorded"
    if coordinate == "at":
        said = f"is no meeting; name one{meetings}, or give a day with --as-at and --known-at"
    else:
        said = f"is neither a day nor a meeting; write a day as 2018-02-28, or a meeting{meetings}"
    return CoordinateError(f"{name!r:.40} {said}", coordinate)
