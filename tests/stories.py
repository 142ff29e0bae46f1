"""Stories: journals recorded day by day, by a clock that follows them, and read back as a board would ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from textwrap import dedent, indent

from attrs import frozen
from hypothesis import strategies as st

import plantrack
from plantrack import CheckResult, Finding, Pack, PlanLog
from plantrack.demo import DocumentClock
from plantrack.events import (
    Event,
    EventCorrected,
    EventRetracted,
    MeasureDefined,
    MilestoneRescheduled,
    MilestoneSet,
    Observed,
    RecordedEvent,
    TargetSet,
)
from plantrack.journal import read_journal
from plantrack.period import Period

OPENING = """\
- recorded: 2017-04-01
  events:
    - PlanOpened: {title: Operational plan, organisation: Medway CCG, period: 2017/18, time_zone: Europe/London}
"""


@frozen
class Story:
    """A plan whose log was written entry by entry.

    :ivar clock: stands at the last entry; a test may set it.
    """

    plan: PlanLog
    clock: DocumentClock

    def goes_on(self, entries: str) -> None:
        """Record more entries of a journal, each on its day."""
        if not entries.strip():
            return
        journal = f"plantrack-journal: 1\nplan: {self.plan.id}\nentries:\n{indent(dedent(entries), '  ')}"
        for entry in read_journal(journal, "story.yaml"):
            self.clock.now = entry.recorded
            self.plan.record_all(entry.proposals)

    def until(self, day: str) -> Story:
        """The same, with the clock at nine in the morning of a day."""
        self.clock.now = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
        return self


@contextmanager
def told(entries: str = "", *, opening: str = OPENING, plan: str = "board") -> Iterator[Story]:
    """A story in a store of its own."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        story = Story(tracker.plan(plan), clock)
        story.goes_on(opening + dedent(entries))
        yield story


def pack(*rules: str, name: str = "ours", version: str = "1.0.0") -> Pack:
    """A pack from the text of its rules."""
    listed = "".join(indent(dedent(rule), "  ") for rule in rules)
    return plantrack.load_pack(
        f"plantrack-rules: 1\npack: {name}\nversion: {version}\nrules:\n{listed}", f"{name}.yaml"
    )


def states(result: CheckResult) -> list[tuple[str | None, str, str]]:
    """How each finding stands against the earlier check, those that are gone last: state, message, reason."""
    return [(f.state, f.message, f.state_reason) for f in (*result.findings, *result.gone)]


def only(result: CheckResult) -> Finding:
    """The one finding that a check makes."""
    (finding,) = result.findings
    return finding


# --- a milestone and a measure, by Hypothesis -------------------------------------------------------------------------

FIRST = date(2018, 1, 1)
"""When things begin in :func:`comings_and_goings`."""
VERBS = ["moved", "undated", "figure", "target", "corrected", "retracted"]
DRAWN = st.integers(0, 59)
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), DRAWN, DRAWN, DRAWN), min_size=3, max_size=12)
"""What happens in :func:`comings_and_goings`: what, on which days, with which value."""


def comings_and_goings(plan: PlanLog, steps: Sequence[tuple[str, int, int, int]]) -> None:
    """Record facts about one milestone and one measure, on any days in any order, with corrections and retractions."""
    plan.record(MilestoneSet(milestone="m", title="M"), MeasureDefined(measure="ae", title="A&E"), effective=FIRST)
    facts: list[RecordedEvent] = []
    for number, (verb, one, other, third) in enumerate(steps):
        when, then = FIRST + timedelta(days=one), Period.day(FIRST + timedelta(days=third))
        fresh: dict[str, Event] = {
            "moved": MilestoneRescheduled(milestone="m", due=then),
            "undated": MilestoneRescheduled(milestone="m"),
            "figure": Observed(measure="ae", period=Period.month(2017, 1 + other % 12), value=Decimal(third % 4)),
            "target": TargetSet(measure="ae", comparator="at-least", value=Decimal(third % 5)),
        }
        if verb in fresh:
            facts += plan.record(fresh[verb], effective=when, event_id=f"fact-{number}")
        elif facts:
            fact = facts[other % len(facts)]
            retracted = EventRetracted(event=fact.event_id, why=f"reason {number}")
            moved = EventCorrected(event=fact.event_id, replacement=fact.data, effective=then)
            plan.record(retracted if verb == "retracted" else moved, effective=when)
