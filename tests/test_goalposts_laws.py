"""Goalposts held to the state by Hypothesis: what is told of them adds up, and is what the state says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plantrack import Period
from plantrack.bitemporal import timeline
from plantrack.events import MilestoneRescheduled, MilestoneSet, RecordedEvent
from plantrack.history.goalposts import Goalpost, goalposts
from plantrack.history.promises import promises
from plantrack.state import State, fold
from tests.stories import FIRST, told
from tests.strategies import PLAN, days_of_2018, histories
from tests.test_goalposts import moves


def _state(events: list[RecordedEvent], as_at: date) -> State:
    known = len(events)
    return fold(timeline(events, as_at=as_at, known=known), plan=PLAN, as_at=as_at, known=known)


@given(histories(), days_of_2018())
def test_the_moves_add_up_to_the_drift(events: list[RecordedEvent], as_at: date) -> None:
    """Whatever was recorded late, corrected or retracted; and the last of them is what the state says."""
    state = _state(events, as_at)
    for goalpost in goalposts(events, state).goalposts:
        moved = [move for move in goalpost.moves if move.event not in _until(goalpost)]
        assert sum(move.days or 0 for move in moved) == (goalpost.drift_days or 0)
        if all(move.amount is not None for move in moved):
            assert sum(move.amount or 0 for move in moved) == goalpost.drift_amount
        assert len(moved) == goalpost.moves_since
        _is_what_the_state_says(goalpost, state)


def _until(goalpost: Goalpost) -> list[RecordedEvent]:
    settings = goalpost.settings
    return [setting.event for setting in settings[: settings.index(goalpost.since) + 1]]


def _is_what_the_state_says(goalpost: Goalpost, state: State) -> None:
    entity = state.subject(goalpost.subject.kind, goalpost.subject.id)
    now = goalpost.now
    if goalpost.what == "scope":
        assert isinstance(now, Mapping)
        assert {name: getattr(entity, name, None) for name in now} == dict(now)
    elif goalpost.what != "target":
        stated = getattr(entity, goalpost.what)
        assert (now is None) == (stated is None)
        assert stated is None or isinstance(now, Period)
        assert stated is None or stated.end == now.end  # type: ignore[union-attr]


MOVES = st.lists(st.tuples(st.integers(0, 59), st.none() | st.integers(0, 59)), max_size=6)


@given(MOVES, MOVES, st.randoms(use_true_random=False))
def test_independent_subjects_do_not_disturb_each_other(one: Any, other: Any, random: Any) -> None:
    """In whatever order two of them are recorded, each is told as if it were alone."""
    steps = [("m", *step) for step in one] + [("n", *step) for step in other]
    places = sorted(range(len(steps)), key=lambda _: random.random())
    firsts = sorted(p for p in places if steps[p][0] == "m"), sorted(p for p in places if steps[p][0] == "n")
    mixed = [firsts["mn".index(steps[p][0])].pop(0) for p in places]  # each in its own order
    alone = [_told_of("m", [s for s in steps if s[0] == "m"]), _told_of("n", [s for s in steps if s[0] == "n"])]
    assert [_told_of(name, [steps[p] for p in mixed]) for name in "mn"] == alone


def _told_of(name: str, steps: list[Any]) -> list[Any]:
    with told("") as story:
        plan = story.plan
        for subject in "mn":
            plan.record(MilestoneSet(milestone=subject, title=subject, due="2018-01-01"), effective="2018-01-01")
        for number, (subject, when, due) in enumerate(steps):
            on, until = (None if d is None else date.fromordinal(FIRST.toordinal() + d) for d in (when, due))
            assert on is not None
            event = MilestoneRescheduled(milestone=subject, due=until)
            plan.record(event, effective=on, event_id=f"e-{number}")
        found = plan.goalposts(f"milestone:{name}", as_at="2018-12-31")
        return [(move[1:], g.drift_days) for g in found.goalposts for move in moves(found)]


@given(histories())
def test_what_an_event_promises_is_in_the_state(events: list[RecordedEvent]) -> None:
    """Every promise is of a subject that the event opens or changes, under the name that the state gives it."""
    state = _state(events, date(2019, 1, 1))
    for position, _, event in timeline(events, as_at=state.as_at, known=state.known):
        if f"#{position}" not in state.unplaced:
            for promise in promises(event):
                assert state.subject(*promise.subject.split(":", 1)) is not None
