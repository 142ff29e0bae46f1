"""What facts that come and go make of a state, subject by subject."""

from __future__ import annotations

from datetime import date
from typing import Any

from attrs import frozen

from plantrack.state.entity import Entity, data_fields
from plantrack.state.fold import Fact

Key = tuple[str, str]
"""Kind and id of a subject."""

Place = tuple[date, int, float]
"""Day and position of the event that opened a subject, and which of its openings it was: their order."""


@frozen(kw_only=True)
class Change:
    """What became of one subject.

    :ivar before: ``None`` when it is new; ``after`` is ``None`` when it vanished.
    :ivar fields: those that hold something else now, or the same by another event.
    :ivar place: where it stands among the subjects of its kind; ``moved`` when that is not where it stood.
    """

    kind: str
    id: str
    before: Entity | None
    after: Entity | None
    fields: tuple[str, ...]
    place: Place | None
    moved: bool

    @property
    def stays(self) -> bool:
        """Whether the subject neither is new nor vanished."""
        return self.before is not None and self.after is not None


@frozen
class Changes:
    """What became of a state.

    :ivar subjects: one entry for each subject that is not as it was.
    :ivar gone: the facts that went; ``come`` are those that came.
    :ivar events: the subjects of whose history something came or went, or found its place only now.
    """

    subjects: tuple[Change, ...]
    gone: tuple[Fact, ...]
    come: tuple[Fact, ...]
    events: frozenset[Key]


def differing(before: Entity, after: Entity) -> tuple[str, ...]:
    """The fields of an object that hold something else now, or the same by another event."""
    origins = zip(before.set_by, after.set_by, strict=True)
    return tuple(
        f.name
        for f, (was, now) in zip(data_fields(type(after)), origins, strict=True)
        if was != now or not _is_same(getattr(before, f.name), getattr(after, f.name))
    )


def _is_same(before: Any, after: Any) -> bool:
    """Whether a value is untouched. Equal is not enough: 95 and 95.0 are equal numbers, and two texts."""
    if before is after:
        return True
    if type(before) is tuple and type(after) is tuple and len(before) == len(after):
        return all(map(_is_same, before, after))
    return type(before) is str and before == after
