"""Goalposts: every move of a date, a target or a scope, who approved it, and how far that is from what was approved.

What a promise was before a move is what had been true before it, as known at these coordinates. So a move that is
recorded late stands between the two that it fell between, and the moves of a goalpost add up to its drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import median_low

from attrs import frozen

from plantrack.bitemporal import Amendments, amendments, timeline
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, RecordedEvent
from plantrack.history.promises import (
    Scope,
    Tendency,
    Value,
    What,
    amount,
    days,
    promises,
    same,
    tendency,
)
from plantrack.history.settings import Approval, Courses, Setting
from plantrack.history.titles import subject_of
from plantrack.period import Period
from plantrack.rules import Subject
from plantrack.state import State


@frozen(kw_only=True)
class Move:
    """A goalpost was moved.

    :ivar before: what was promised until then; of a scope only what changed, as of ``after``.
    :ivar event: that moved it, as it was recorded; ``effective`` is its day as corrected.
    :ivar days: from the last date that there was; ``None`` where there are no two dates.
    :ivar amount: by which the number of a target moved, ``None`` where there are no two to compare.
    :ivar tendency: ``None`` where it cannot be said whether that is easier.
    :ivar approvals: empty where nobody approved it.
    """

    before: Value
    after: Value
    event: RecordedEvent
    effective: Period
    days: int | None
    amount: Decimal | None
    tendency: Tendency | None
    proposed: bool
    approvals: tuple[Approval, ...]


@frozen(kw_only=True)
class Goalpost:
    """Something promised that was moved at least once.

    :ivar settings: everything that was promised, in the order in which it became true; the first may be that of a plan
        before this one.
    :ivar done: when it was reached or met, if it was.
    """

    subject: Subject
    what: What
    settings: tuple[Setting, ...]
    done: Period | None = None

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Every move, in the order in which they were known."""
        return tuple(sorted(self._moves(0), key=lambda move: move.event.position))

    @property
    def approved(self) -> bool:
        """Whether any of the values was ever approved."""
        return any(setting.approvals for setting in self.settings)

    @property
    def since(self) -> Setting:
        """From where the drift is told: the first value that was approved; the first of all where none was."""
        return self.settings[self._start]

    @property
    def moves_since(self) -> int:
        """How many moves there were since then."""
        return len(self.settings) - 1 - self._start

    @property
    def now(self) -> Value:
        """What is promised now."""
        return self.settings[-1].value

    @property
    def drift_days(self) -> int | None:
        """Days from then to the last date there is; ``None`` where there is no other date."""
        dated = [s.value for s in self.settings[self._start + 1 :] if s.value is not None]
        return days(self.since.value, dated[-1]) if dated else None

    @property
    def first(self) -> Setting:
        """What was promised first of all; another than ``since`` where it was moved before anybody approved a value."""
        return self.settings[0]

    @property
    def days_in_all(self) -> int | None:
        """Days from the first date of all to the last one; ``None`` where there are no two."""
        dated = [setting.value for setting in self.settings if setting.value is not None]
        return days(dated[0], dated[-1]) if len(dated) > 1 else None

    @property
    def amount_in_all(self) -> Decimal | None:
        """By how much the number of the target moved since the first of all."""
        return amount(self.first.value, self.now)

    @property
    def done_days(self) -> int | None:
        """Days from then to when it was reached or met; ``None`` while it is not."""
        return None if self.done is None else days(self.since.value, self.done)

    @property
    def drift_amount(self) -> Decimal | None:
        """By how much the number of the target moved since then; ``None`` where there are no two to compare."""
        return amount(self.since.value, self.now)

    @property
    def tendency(self) -> Tendency | None:
        """Whether what is promised now is easier than then."""
        unmoved = self.now is not None and same(self.since.value, self.now)
        return None if unmoved else tendency(self.what, self.since.value, self.now)

    @property
    def last(self) -> Move:
        """The last move, in the order in which they became true."""
        return list(self._moves(0))[-1]

    @property
    def _start(self) -> int:
        approved = (at for at, s in enumerate(self.settings) if s.approvals and s.value is not None)
        return next(approved, 0)

    def _moves(self, start: int) -> Iterator[Move]:
        dated = self.settings[start].value
        for was, now in pairwise(self.settings[start:]):
            before, after = was.value, now.value
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                before, after = _changed(before, after)
            yield Move(
                before=before,
                after=after,
                event=now.event,
                effective=now.effective,
                days=days(dated, now.value),
                amount=amount(was.value, now.value),
                tendency=tendency(self.what, dated if now.value is not None else was.value, now.value),
                proposed=now.proposed,
                approvals=now.approvals,
            )
            dated = dated if now.value is None else now.value


def _changed(before: Scope, after: Scope) -> tuple[Scope, Scope]:
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


@frozen(kw_only=True)
class Amended:
    """A promise that was corrected or taken back as never made: no move, and not to be hidden either.

    :ivar event: the promise as it was recorded; ``by`` is the correction or retraction that counts.
    :ivar after: ``None`` where it was retracted.
    """

    subject: Subject
    what: What
    event: RecordedEvent
    by: RecordedEvent
    before: Value
    after: Value | None
    retracted: bool


@frozen(kw_only=True)
class Goalposts:
    """Every goalpost of a plan that was moved, as at a day and as known at a position.

    :ivar goalposts: in the order in which their first moves were known.
    :ivar amended: what was corrected or retracted, in order of those corrections.
    """

    plan: str
    title: str
    as_at: date
    known: int
    recorded_at: datetime | None
    goalposts: tuple[Goalpost, ...]
    amended: tuple[Amended, ...]

    @cached_property
    def moves(self) -> tuple[tuple[Goalpost, Move], ...]:
        """Every move with its goalpost, in the order in which they were known."""
        found = [(goalpost, move) for goalpost in self.goalposts for move in goalpost.moves]
        return tuple(sorted(found, key=lambda each: each[1].event.position))

    @property
    def unapproved(self) -> int:
        """How many moves nobody approved."""
        return sum(not move.approvals for _, move in self.moves)

    def tending(self, which: Tendency) -> int:
        """How many moves made a promise easier, or harder."""
        return sum(move.tendency == which for _, move in self.moves)

    @property
    def drifts(self) -> list[int]:
        """The drift in days of every date that moved and is still one, shortest first; the date of a target is one."""
        found = [g.drift_days for g in self.goalposts if g.what != "until" and any(m.days for m in g.moves)]
        return sorted(drift for drift in found if drift is not None)

    @property
    def median_drift(self) -> int | None:
        """The middle of them, the shorter of two; ``None`` where no date moved."""
        return median_low(self.drifts) if self.drifts else None


def goalposts(
    events: Iterable[RecordedEvent], state: State, *, recorded_at: datetime | None = None, subject: str | None = None
) -> Goalposts:
    """Every goalpost that was moved.

    :param events: of the plan, at least up to the position of the state.
    :param state: at the same coordinates: names of subjects, and what found no place.
    :param subject: only the goalposts of this one, as ``kind:id``, and what belongs to it: the targets of a measure,
        the milestones and measures of an initiative.
    """
    heard = {event.position: event for event in events if event.position <= state.known}
    corrections = [e for e in heard.values() if isinstance(e.data, EventCorrected | EventRetracted)]
    amended = amendments([(e.event_id, e.data) for e in corrections])
    courses = Courses(heard, state)
    for fact in timeline(heard.values(), as_at=state.as_at, known=state.known):
        if f"#{fact[0]}" not in state.unplaced:
            courses.take(fact)
    wanted = None if subject is None else _belonging(state, subject)
    moved = [
        Goalpost(subject=subject_of(c.subject, state), what=c.what, settings=c.settings, done=c.done)
        for c in courses.settled()
        if len(c.settings) > 1 and (wanted is None or c.subject in wanted)
    ]
    return Goalposts(
        plan=state.plan_id,
        title=state.plan_id if state.plan is None else state.plan.title,
        as_at=state.as_at,
        known=state.known,
        recorded_at=recorded_at,
        goalposts=tuple(sorted(moved, key=lambda g: (g.moves[0].event.position, str(g.subject), g.what))),
        amended=tuple(a for a in _amended(heard, amended, state) if wanted is None or str(a.subject) in wanted),
    )


def _belonging(state: State, subject: str) -> set[str]:
    """A subject and what is promised within it."""
    found, todo = set[str](), [subject]
    while todo:
        reference = todo.pop()
        found.add(reference)
        kind, _, name = reference.partition(":")
        if kind == "initiative":
            todo += [f"initiative:{i.id}" for i in state.initiatives.values() if i.parent == name]
            todo += [f"milestone:{m.id}" for m in state.milestones.values() if m.initiative == name]
            todo += [f"measure:{m.id}" for m in state.measures.values() if m.initiative == name]
            todo += [f"saving:{s.id}" for s in state.savings.values() if s.initiative == name]
        elif kind == "measure":
            found |= {f"target:{t.id}" for t in state.targets.values() if t.measure == name}
        todo = [other for other in todo if other not in found]
    return found


# --- what was corrected ----------------------------------------------------------------------------------------------


def _amended(heard: Mapping[int, RecordedEvent], amended: Amendments, state: State) -> Iterator[Amended]:
    """Promises that do not count as they were recorded, in order of what amended them."""
    originals = {event.event_id: event for event in heard.values()}
    for by in heard.values():
        if not isinstance(by.data, EventCorrected | EventRetracted) or by.data.event not in originals:
            continue
        original = originals[by.data.event]
        if isinstance(by.data, EventRetracted):
            after = original.data if by.event_id in amended.retracted else None
        else:
            counts = amended.corrected.get(original.event_id) is by.data and original.event_id not in amended.retracted
            after = by.data.replacement if counts else original.data
        yield from _reworded(original, after, by, state)


def _reworded(original: RecordedEvent, after: Event | None, by: RecordedEvent, state: State) -> Iterator[Amended]:
    """What an event promised and does not any more."""
    was = {(p.subject, p.what): p.value for p in promises(original.data)}
    now = {} if after is None else {(p.subject, p.what): p.value for p in promises(after)}
    for key in dict.fromkeys([*was, *now]):
        one, other = was.get(key), now.get(key)
        if same(one, other):
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            one, other = _changed(one, other)
        subject, what = subject_of(key[0], state), key[1]
        yield Amended(
            subject=subject, what=what, event=original, by=by, before=one, after=other, retracted=after is None
        )
