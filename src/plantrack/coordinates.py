"""Points in time as people write them: a day, a moment, a position, a meeting; the tracker makes positions of them.

And when a day ends, and lengths of time: 24h.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from plantrack.errors import CoordinateError, DurationError

Known = date | datetime | int | str | None
"""How ``known_at`` and ``rules_at`` are given: a position (``120``, ``"#120"``), a day, a moment, ``"meeting:ID"``."""

MEETING = "meeting:"
INSTALLED = "installed"
LATEST = "latest"
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@frozen
class Coordinates:
    """Where an evaluation stands, resolved: the day of valid time, and the position up to which the log is known.

    :ivar recorded_at: when the event at ``known`` was recorded; ``None`` when nothing was known yet.
    :ivar rules: the position up to which adopted packs count; ``None`` for the installed packs.
    """

    as_at: date
    known: int
    recorded_at: datetime | None
    rules: int | None = None


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; one that UTC has no year for is the first or last there is."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def day(value: date | str, name: str = "as_at") -> date:
    """A day of valid time.

    :param name: what errors call it.
    :raises CoordinateError: it is none.
    """
    if isinstance(value, datetime):
        raise CoordinateError("takes a day, not a moment", name)
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise CoordinateError(f"takes a day, not {type(value).__name__}", name)
    try:
        if not _ISO_DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise CoordinateError(f"{value!r:.40} is not a day; write for example 2018-02-28", name) from None


def is_day(text: str) -> bool:
    """Whether a text is written as a day."""
    return bool(_ISO_DAY.fullmatch(text))


def known(text: str, name: str = "known_at") -> date | datetime | int:
    """A point of transaction time from a text: a position, a day or a moment.

    :param name: of the coordinate, for the error.
    :raises CoordinateError: it is none.
    """
    if re.fullmatch(r"#\d{1,9}", text):
        return int(text[1:])
    try:
        return date.fromisoformat(text) if is_day(text) else datetime.fromisoformat(text)
    except ValueError:
        raise CoordinateError(
            f"{text!r:.40} is not a coordinate; write a position (#120), a day (2018-02-01), a moment"
            f" (2018-02-01T17:00Z) or a meeting (meeting:april){', or installed' * (name == 'rules_at')}",
            name,
        ) from None


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, from which on it is no longer that day on the clocks of a zone."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    first, second = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    # Where the clocks are put back over midnight, it comes twice, and between the two the day comes once more.
    again = second > first and (second - timedelta.resolution).astimezone(zone).date() <= day
    return second if again else first


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LENGTH = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)


def duration(value: timedelta | str) -> timedelta:
    """A length of time: ``"90m"``, ``"24h"``, ``"3d"`` (of 24 hours each), ``"2w"``.

    :raises DurationError: it is none.
    """
    if isinstance(value, timedelta):
        if value < timedelta():
            raise DurationError(f"{value} is less than no time; give for example 24h")
        return value
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise DurationError(
            f"{value!r:.40} is not a length of time; write a number with m, h, d or w for minutes, hours, days or"
            " weeks, for example 24h"
        )
    return int(found[1]) * _UNITS[found[2]]


def pair(text: str) -> tuple[str | None, str]:
    """The two coordinates in one text, ``AS_AT@KNOWN_AT``; ``None`` and the text where it is only one.

    :raises CoordinateError: it is written like neither.
    """
    as_at, at, known_at = text.rpartition("@")
    if not ((at and as_at) or not at) or not _POINT.fullmatch(known_at) or not _DAY_OF.fullmatch(as_at or LATEST):
        raise CoordinateError(
            f"{text!r:.60} is not a coordinate; write a day (2018-02-28), a position (#120), a moment"
            f" (2018-02-01T17:00Z), a meeting (meeting:april), {LATEST}, or a day as known at one of these"
            " (2018-02-28@#120)"
        )
    return as_at or None, known_at


_DAY_OF = re.compile(rf"{_ISO_DAY.pattern}|{MEETING}\S+|{LATEST}", re.ASCII)
_POINT = re.compile(rf"{_DAY_OF.pattern}|#\d{{1,9}}|{_ISO_DAY.pattern}T\S+", re.ASCII)
