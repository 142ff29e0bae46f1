"""A plan that is watched: what is told when something is recorded, late, corrected, waived, and when a day passes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import plantrack
from plantrack import Finding, PlanLog, PlanWatch
from plantrack.demo import DocumentClock
from plantrack.errors import (
    AdmissionError,
    CoordinateError,
    ParameterError,
    RuleSourceError,
    StoreError,
    UnknownPlanError,
)
from plantrack.events import (
    BenchmarkRecorded,
    EventCorrected,
    EventRetracted,
    MeasureDefined,
    MeasureRevised,
    MilestoneReached,
    MilestoneRescheduled,
    Observed,
    RulePackAdopted,
    TargetSet,
)
from plantrack.events.assurance import Parameter
from plantrack.period import Period
from plantrack.store import Store
from tests.stories import Story, pack, told

OURS = pack(
    """
    - id: kpi.below
      title: Below the floor
      for: Measure
      severity: high
      params: {floor: 80}
      needs: [last]
      let: {last: latest(observations)}
      when: last.value < floor
      score: floor - last.value
      message: "{title}: {last.value} in {last.period}"
    """,
    """
    - id: date.late
      title: Late
      for: Milestone
      severity: medium
      where: status == 'planned'
      needs: [due]
      when: due < today
      score: days_between(due, today)
      message: "{title} was due {due}"
    """,
)
PLAN = """
- recorded: 2017-04-01
  events:
    - MeasureDefined: {measure: ae, title: A&E, unit: "%"}
    - MilestoneSet: {milestone: opens, title: It opens, due: 2018-01-31}
- recorded: 2018-02-10
  events:
    - Observed: {measure: ae, period: 2018-01, value: 85}
      effective: 2018-01
      event_id: january
"""


def said(findings: Sequence[Finding]) -> list[tuple[str | None, str, str]]:
    """The state of each, its message, and why that state."""
    return [(finding.state, finding.message, finding.state_reason) for finding in findings]


def same(watch: PlanWatch, plan: PlanLog) -> bool:
    """Whether the watch shows what a check of the same day by the same packs gives."""
    return watch.result == plan.check(as_at=watch.result.as_at, packs=[OURS])


# --- what is recorded ------------------------------------------------------------------------------------------------


def test_refresh_gives_just_the_new_finding() -> None:
    """Of everything that the rules find, only what one event changed is told, with its evidence."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        assert [finding.message for finding in watch.result] == ["It opens was due 31 January 2018"]
        assert watch.refresh() == ()

        (event,) = plan.record(Observed(measure="ae", period="2018-02", value=79), effective="2018-02")
        (finding,) = watch.refresh()

        assert (finding.state, finding.message) == ("new", "A&E: 79 in February 2018")
        assert finding.evidence[-1] == event.event_id
        assert watch.refresh() == ()
        assert same(watch, plan)


def test_findings_worsen_improve_and_are_resolved() -> None:
    """Every change says how the finding stands against what it was."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        told_of = []
        for value in (79, 70, 75, 80):
            plan.record(Observed(measure="ae", period="2018-02", value=value), effective="2018-02", reason=str(value))
            told_of += said(watch.refresh())

        assert told_of == [
            ("new", "A&E: 79 in February 2018", ""),
            ("worsened", "A&E: 70 in February 2018", "score was 1"),
            ("improved", "A&E: 75 in February 2018", "score was 10"),
            ("resolved", "A&E: 75 in February 2018", ""),
        ]
        assert same(watch, plan)


def test_several_events_are_told_together() -> None:
    """What came and went between two looks is not told."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        plan.record(Observed(measure="ae", period="2018-02", value=70), effective="2018-02")
        plan.record(Observed(measure="ae", period="2018-02", value=90), effective="2018-02")
        plan.record(MilestoneReached(milestone="opens"), effective="2018-02-05")

        assert said(watch.refresh()) == [("resolved", "It opens was due 31 January 2018", "")]
        assert same(watch, plan)


def test_late_fact_takes_its_place() -> None:
    """A figure of an earlier month that arrives late changes nothing about the latest one; a date that was set earlier
    than known does."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        plan.record(Observed(measure="ae", period="2017-12", value=60), effective="2017-12")
        assert watch.refresh() == ()

        plan.record(MilestoneRescheduled(milestone="opens", due="2018-02-15"), effective="2017-10-01")
        assert said(watch.refresh()) == [("improved", "It opens was due 15 February 2018", "score was 28")]
        assert same(watch, plan)


def test_fact_of_a_later_day_waits() -> None:
    """What becomes true after the day of the watch is heard, and changes nothing yet."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(as_at="2018-01-31", packs=[OURS])
        plan.record(Observed(measure="ae", period="2018-02", value=10), effective="2018-02")

        assert watch.refresh() == ()
        assert (watch.result.known, list(watch.result)) == (plan.head, [])
        assert same(watch, plan)


def test_correction_and_retraction_are_told_for_what_they_are() -> None:
    """A corrected figure is a new answer; a retracted one leaves no data, which is no improvement."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        wrong = Observed(measure="ae", period="2018-01", value=58)
        plan.record(EventCorrected(event="january", replacement=wrong), effective="2018-02-20")
        assert said(watch.refresh()) == [("new", "A&E: 58 in January 2018", "")]

        plan.record(EventRetracted(event="january", why="another hospital"), effective="2018-02-21")
        assert said(watch.refresh()) == [("no data", "A&E: 58 in January 2018", "what counted then no longer does: #4")]
        assert same(watch, plan)


def test_what_is_not_stated_any_more_is_named_in_one_order() -> None:
    """Several values went at once, set last to first: named by id, what the finding is about before the others."""
    ours = pack(
        """
        - id: date.all-late
          title: All late
          for: Milestone
          severity: low
          when: due is not None and due < today and all(m.due < today for m in plan.milestones if m.due is not None)
          message: "{title} is late"
        """
    )
    dated = "".join(
        f"""
        - recorded: 2018-02-0{number}
          events:
            - MilestoneSet: {{milestone: {name}, title: {name.upper()}, due: 2018-01-{number}0}}
        """
        for number, name in enumerate("cab", 1)
    )
    with told(dated) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[ours])
        plan.record(*(MilestoneRescheduled(milestone=name) for name in "bca"), effective="2018-02-27")

        assert [(finding.message, finding.state_reason) for finding in watch.refresh()] == [
            ("A is late", "not stated any more: due, due of milestone:b, due of milestone:c"),
            ("B is late", "not stated any more: due, due of milestone:a, due of milestone:c"),
            ("C is late", "not stated any more: due, due of milestone:a, due of milestone:b"),
        ]


def test_waiver_shows_at_its_finding() -> None:
    """A finding that is waived is told with the waiver: it no longer counts; a day after the last, it counts again."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        (finding,) = watch.result
        plan.waive(finding, reason="weather", requester="Ann", approver="Ben", until="2018-03-01")

        (waived,) = watch.refresh()
        assert (waived.state, waived.waiver and waived.waiver.reason, waived.counts) == ("persisting", "weather", False)

        story.until("2018-03-02")
        (again,) = watch.refresh()
        assert (again.waiver, again.counts) == (None, True)
        assert same(watch, plan)


def test_plan_that_was_not_opened_then() -> None:
    """Before the first fact of the plan nothing is found; a fact that moves its opening back changes that."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(as_at="2017-03-31", packs=[OURS])
        assert list(watch.result) == []
        for event in list(plan.events(upto=2)):  # the plan, and its measure
            earlier = EventCorrected(event=event.event_id, replacement=event.data, effective=Period.month(2017, 1))
            plan.record(earlier, effective="2018-02-28")
        plan.record(Observed(measure="ae", period="2017-01", value=1), effective="2017-01-31")

        assert said(watch.refresh()) == [("new", "A&E: 1 in January 2017", "")]
        assert same(watch, plan)


# --- who records -----------------------------------------------------------------------------------------------------


def test_what_others_record_is_taken_in(tmp_path: Path) -> None:
    """Two trackers on one file, as two processes would have: one records, the other watches."""
    clock = DocumentClock()
    with (
        plantrack.open(tmp_path / "board.db", clock=clock) as ours,
        plantrack.open(tmp_path / "board.db", clock=clock) as theirs,
    ):
        Story(theirs.plan("board"), clock).goes_on(
            "- recorded: 2017-04-01\n  events:\n    - PlanOpened: {title: P, organisation: O, period: 2017/18}\n" + PLAN
        )
        watch = ours.plan("board").watch(as_at="2018-02-28", packs=[OURS])
        theirs.plan("board").record(Observed(measure="ae", period="2018-02", value=79), effective="2018-02")
        ours.plan("board").record(MilestoneReached(milestone="opens"), effective="2018-02-27")

        assert said(watch.refresh()) == [
            ("new", "A&E: 79 in February 2018", ""),
            ("resolved", "It opens was due 31 January 2018", ""),
        ]
        assert same(watch, theirs.plan("board"))


def test_refresh_reads_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """The history of the plan is read once: not again for new facts, corrections and retractions."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        plan.adopt(OURS)
        watch = plan.watch()
        with monkeypatch.context() as forbidden:
            forbidden.setattr(Store, "facts", None)
            plan.record(Observed(measure="ae", period="2018-02", value=79), effective="2018-02")
            right = Observed(measure="ae", period="2018-01", value=96)
            plan.record(EventCorrected(event="january", replacement=right), effective="2018-02-28")
            assert said(watch.refresh()) == [("new", "A&E: 79 in February 2018", "")]

        assert watch.result == plan.check()


@pytest.mark.parametrize("reads", ["find", "event_ids"])
def test_watch_stays_as_it_was_where_the_file_cannot_be_read(reads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the event that a retraction is about, nor the evidence of what is found: nothing is half taken in."""
    locked = False
    read = getattr(Store, reads)

    def may_fail(*asked: Any) -> Any:
        if locked:
            raise StoreError("the file is locked")
        return read(*asked)

    monkeypatch.setattr(Store, reads, may_fail)
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        (reached,) = plan.record(MilestoneReached(milestone="opens"), effective="2018-02-05")
        watch = plan.watch(packs=[OURS])
        before = watch.result
        plan.record(EventRetracted(event=reached.event_id, why="not yet"), effective="2018-02-28")
        locked = True
        for _ in range(2):
            with pytest.raises(StoreError, match="the file is locked"):
                watch.refresh()
        assert watch.result == before

        locked = False
        assert said(watch.refresh()) == [("new", "It opens was due 31 January 2018", "")]
        assert same(watch, plan)


# --- the day ---------------------------------------------------------------------------------------------------------


def test_day_passes() -> None:
    """Left out, the day is today by the clock at each look: what became late over night is told, though nothing was
    recorded."""
    with told(PLAN) as story:
        plan = story.until("2018-01-31").plan
        watch = plan.watch(packs=[OURS])
        fixed = plan.watch(as_at="2018-01-31", packs=[OURS])
        assert list(watch.result) == []

        story.until("2018-02-01")
        assert said(watch.refresh()) == [("new", "It opens was due 31 January 2018", "")]
        story.until("2018-02-11")
        assert said(watch.refresh()) == [("worsened", "It opens was due 31 January 2018", "score was 1")]
        assert str(watch.result.as_at) == "2018-02-11"
        assert same(watch, plan)
        assert fixed.refresh() == ()


# --- the packs -------------------------------------------------------------------------------------------------------


def test_adopted_packs_are_followed() -> None:
    """The plan is held to another pack, then to other parameters, then to none of its own: each time by what holds."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch()
        installed = {pack.id for pack in plantrack.installed_packs()}
        assert {used.pack for used in watch.result.packs} == installed

        plan.adopt(OURS)
        assert ("new", "It opens was due 31 January 2018", "") in said(watch.refresh())
        assert [used.pack for used in watch.result.packs] == ["ours"]

        plan.adopt(OURS, [Parameter(rule="kpi.below", name="floor", value="90")])
        assert said(watch.refresh()) == [("new", "A&E: 85 in January 2018", "")]
        assert watch.result == plan.check()

        plan.withdraw("ours")
        gone = [one for one in said(watch.refresh()) if one[0] == "no data"]
        assert gone == [
            ("no data", "A&E: 85 in January 2018", "no rule kpi.below takes part any more"),
            ("no data", "It opens was due 31 January 2018", "no rule date.late takes part any more"),
        ]
        assert watch.result == plan.check()


def test_adoption_that_is_taken_back() -> None:
    """Retracting an adoption changes the packs as much as withdrawing one."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        (adopted,) = plan.adopt(OURS)
        watch = plan.watch()
        plan.record(EventRetracted(event=adopted.event_id, why="by mistake"), effective="2018-02-28")
        watch.refresh()

        assert watch.result == plan.check()
        assert {used.pack for used in watch.result.packs} == {pack.id for pack in plantrack.installed_packs()}


def test_packs_that_were_chosen_stay() -> None:
    """Packs given in code, the installed ones, and those of an earlier position are not changed by an adoption."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        given = plan.watch(packs=[OURS], params=[Parameter(rule="kpi.below", name="floor", value="90")])
        installed, earlier = plan.watch(rules_at="installed"), plan.watch(rules_at=plan.head)
        plan.adopt(pack("- {id: our.own, title: T, for: Plan, severity: low, when: len(measures) > 0, message: M}"))
        for watch in (given, installed, earlier):
            watch.refresh()

        assert [finding.message for finding in given.result] == [
            "A&E: 85 in January 2018",
            "It opens was due 31 January 2018",
        ]
        assert installed.result == earlier.result == plan.check(rules_at="installed")


def test_wrong_pack_leaves_the_watch_as_it_was() -> None:
    """A text that is no pack cannot be watched by; until it is withdrawn, the watch shows what it showed."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch()
        before = watch.result
        digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        plan.record(RulePackAdopted(pack="own", version="1", text="x", sha256=digest), effective="2018-02-28")
        with pytest.raises(RuleSourceError, match="the pack adopted at #5"):
            watch.refresh()
        assert watch.result == before

        plan.withdraw("own")
        watch.refresh()
        assert watch.result == plan.check()


# --- what would be ---------------------------------------------------------------------------------------------------


def test_suppose_tells_and_records_nothing() -> None:
    """What an event would change is what it then changes; until then neither the log nor the watch differ."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        before, head = watch.result, plan.head
        figure, reached = Observed(measure="ae", period="2018-02", value=79), MilestoneReached(milestone="opens")

        supposed = watch.suppose(figure, reached, effective="2018-02-28")
        assert said(supposed) == [
            ("new", "A&E: 79 in February 2018", ""),
            ("resolved", "It opens was due 31 January 2018", ""),
        ]
        assert (plan.head, watch.result, watch.refresh()) == (head, before, ())

        plan.record(figure, reached, effective="2018-02-28")
        assert watch.refresh() == supposed


def test_suppose_stands_on_the_log_as_it_is() -> None:
    """What others recorded meanwhile counts too, the day is that of the check, and a fact may be named by its id."""
    with told(PLAN) as story:
        plan = story.until("2018-02-28").plan
        watch = plan.watch(packs=[OURS])
        plan.record(MeasureDefined(measure="rtt", title="RTT"), effective="2018-02-01")

        assert said(watch.suppose(Observed(measure="rtt", period="2018-02", value=1))) == [
            ("new", "RTT: 1 in February 2018", "")
        ]
        wrong, reached = EventRetracted(event="january", why="wrong"), MilestoneReached(milestone="opens")
        assert said(watch.suppose(wrong, reached)) == [("resolved", "It opens was due 31 January 2018", "")]
        assert watch.suppose() == ()


def test_suppose_refuses_what_the_log_would_refuse() -> None:
    """The answer would be about something that cannot be recorded."""
    with told(PLAN) as story:
        watch = story.until("2018-02-28").plan.watch(packs=[OURS])
        with pytest.raises(
            AdmissionError, match=r"event 1 \(Observed\): measure: unknown measure 'nowhere'; known: ae"
        ):
            watch.suppose(Observed(measure="nowhere", period="2018-02", value=79))


# --- coordinates -----------------------------------------------------------------------------------------------------


def test_watch_refuses_what_a_check_refuses() -> None:
    """A day that is none, a parameter that no rule has, a plan that nobody opened."""
    with told(PLAN) as story:
        with pytest.raises(CoordinateError, match="as_at 'soon' is not a day; write for example 2018-02-28"):
            story.plan.watch(as_at="soon")
        with pytest.raises(ParameterError, match=r"there is no rule 'kpi\.above'; did you mean 'kpi\.below'\?"):
            story.plan.watch(packs=[OURS], params=[Parameter(rule="kpi.above", name="floor", value="1")])
        with plantrack.open(":memory:") as tracker, pytest.raises(UnknownPlanError):
            tracker.plan("nobody").watch()


# --- processes -------------------------------------------------------------------------------------------------------

PROCESSES = pack(
    """
    - id: kpi.process
      title: What the process does
      for: Measure
      severity: low
      let:
        now: default(variation(measure), 'nothing')
        able: default(assurance(measure), 'nothing')
        needed: default(run_needed(measure), 0)
      when: title != 'none'
      message: "{title}: {now}, {able}, {forecast(measure)}, {needed}"
    """,
)
MEASURED = """
- recorded: 2017-04-01
  events:
    - MeasureDefined: {measure: ae, title: A&E, unit: "%", direction: increase}
    - MeasureDefined: {measure: qipp, title: QIPP, kind: cumulative, direction: increase}
    - TargetSet: {measure: qipp, comparator: at-least, value: 24, period: 2017/18}
"""
AE = [82, 81, 83, 82, 83, 81, 82, 81, 80, 82, 81, 82, 82]


def test_what_a_process_does_is_watched() -> None:
    """Figures, corrections, targets, plans and changed definitions: after each the watch shows what a check gives."""
    changes: list[tuple[Any, str]] = [
        (Observed(measure="ae", period="2018-02", value=70), "2018-02"),
        (TargetSet(measure="ae", comparator="at-least", value=95, due="2018-12"), "2018-02-01"),
        (TargetSet(measure="ae", comparator="at-least", value=70), "2018-02-02"),
        (TargetSet(measure="ae", comparator="at-most", value=60, period="2018-03"), "2018-02-03"),
        (MeasureRevised(measure="ae", direction="decrease"), "2017-04-02"),
        (MeasureRevised(measure="ae", note="other departments enter"), "2018-02"),
        *((Observed(measure="qipp", period=f"2017-{n:02}", value=n), f"2017-{n:02}") for n in range(4, 10)),
        *(
            (BenchmarkRecorded(measure="qipp", peer="plan", kind="plan", period=month, value=2 * n), "2017-04-01")
            for n, month in enumerate([f"{2017 + (3 + m) // 12}-{(3 + m) % 12 + 1:02}" for m in range(12)], 1)
        ),
    ]
    told_of = set()
    with told(MEASURED) as story:
        plan = story.until("2018-02-28").plan
        for n, value in enumerate(AE):
            month = f"{2017 + n // 12}-{n % 12 + 1:02}"
            plan.record(Observed(measure="ae", period=month, value=value), effective=f"2017-04-{n + 1:02}")
        watch = plan.watch(packs=[PROCESSES])
        for event, effective in changes:
            plan.record(event, effective=effective, reason="it came")
            told_of |= {finding.message for finding in watch.refresh()}
            assert watch.result == plan.check(as_at=watch.result.as_at, packs=[PROCESSES])
        assert {finding.message for finding in watch.result} == {
            "A&E: nothing, nothing, cannot say, 0",
            "QIPP: nothing, nothing, likely missed, 2.5",
        }
    assert {
        "A&E: concern, fail, likely missed, 0",
        "QIPP: nothing, nothing, cannot say, 1.9",
    } <= told_of
