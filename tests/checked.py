"""Checks to report on: a small plan between two boards, with something of everything, and the Medway example."""

from datetime import UTC, datetime
from typing import Any

import plantrack
from plantrack import CheckResult, Finding, Pack, Period, PlanLog
from plantrack.demo import DocumentClock, record_entries
from plantrack.events import (
    DependencyDeclared,
    Event,
    EventRetracted,
    ExternalRegistered,
    FindingWaived,
    InitiativeProposed,
    MeasureDefined,
    Observed,
    PlanOpened,
)

RULES = """\
plantrack-rules: 1
pack: ours
version: 1.2.0
rules:
  - id: dep.pending
    title: Pending
    for: External
    severity: high
    when: status == 'pending'
    score: len(dependants)
    message: "{title} is pending"
    fix: Ask when it will come.
  - id: dep.unmet
    title: Not in place
    for: Dependency
    severity: medium
    when: unmet(dependency)
    cause: on_external
    affects: initiative
    message: "{initiative.title} needs {title}"
    summary: "{count} dependencies are not met"
  - id: kpi.below
    title: Below the floor
    for: Measure
    severity: high
    needs: [last]
    let: {last: latest(observations)}
    when: last.value < 80
    score: 80 - last.value
    message: "{title}: {last.value}"
    summary: "{count} measures are below the floor"
    about: The latest figure is below 80.
    why: Patients wait.
    references: [NHS Constitution, pledge 1]
  - id: kpi.ratio
    title: Ratio
    for: Measure
    severity: low
    needs: [last]
    let: {last: latest(observations)}
    when: 100 / (last.value - 81) > 1000
    message: "{title}"
  - id: rsk.any
    title: Any risk
    for: Risk
    severity: info
    when: true
    message: "{title}"
  - id: ini.over
    title: Cancelled
    for: Initiative
    where: status == 'cancelled'
    severity: critical
    when: true
    message: "{title}"
  - id: ini.any
    title: Any initiative
    for: Initiative
    formerly: [ini.each]
    severity: info
    when: true
    message: "{title} is in the plan"
"""


def pack() -> Pack:
    """The rules."""
    return plantrack.load_pack(RULES, "ours.yaml")


def initiatives(count: int) -> list[Event]:
    """So many initiatives that need the same bid."""
    made: list[Event] = [ExternalRegistered(external="bid", title="STP funding", status="pending")]
    for n in range(1, count + 1):
        made.append(InitiativeProposed(initiative=f"i{n}", title=f"Initiative {n}"))
        made.append(DependencyDeclared(dependency=f"d{n}", initiative=f"i{n}", title="STP funding", on="external:bid"))
    return made


def finding(result: CheckResult, subject: str) -> Finding:
    """The finding about a subject."""
    return next(f for f in (*result.findings, *result.gone) if str(f.subject) == subject)


class Board:
    """The plan, with a clock to be set.

    :ivar plan: open since 2017-04-01, in January with the figures ``january``, in February with ``february``.
    """

    def __init__(self, title: str = "Operational plan") -> None:
        self.now = datetime(2018, 1, 10, 9, tzinfo=UTC)
        self.tracker = plantrack.open(":memory:", clock=lambda: self.now)
        self.plan: PlanLog = self.tracker.plan("board")
        opening = PlanOpened(title=title, organisation="Medway CCG", period=Period.parse("2017/18"))
        self.record(opening, *initiatives(5), effective="2017-04-01")

    def record(self, *events: Event, effective: str) -> list[Any]:
        """Record events now."""
        return self.plan.record(*events, effective=effective, actor="pmo")

    def measure(self, measure: str, title: str) -> None:
        """Define a measure."""
        self.record(MeasureDefined(measure=measure, title=title), effective="2017-04-01")

    def figure(self, measure: str, month: str, value: int) -> str:
        """Record a figure; gives the id of its event."""
        (event,) = self.record(Observed(measure=measure, period=month, value=value), effective=month)
        return str(event.event_id)

    def waive(self, waiver: str, fingerprint: str, **more: Any) -> None:
        """Waive a finding to the end of June."""
        given: dict[str, Any] = {
            "reason": "the new ward opens in May",
            "requester": "Director of Operations",
            "approver": "the Chair",
            "until": "2018-06-30",
            **more,
        }
        self.record(FindingWaived(waiver=waiver, finding=fingerprint, **given), effective="2018-02-10")

    def check(self, **coordinates: Any) -> CheckResult:
        """At the board of 28 February, with the rules above."""
        return self.plan.check(**{"as_at": "2018-02-28", "known_at": "2018-02-28", "packs": [pack()], **coordinates})


def compared() -> CheckResult:
    """Checked at the board of 28 February and compared with 31 January.

    A&E got worse, cancer got better, delays are resolved, the figure of stroke was retracted, ambulances are new,
    dementia is as before, and the finding about diagnostics is waived.
    """
    board = Board()
    names = {
        "ae": "A&E",
        "cancer": "Cancer",
        "delays": "Delays",
        "stroke": "Stroke",
        "dementia": "Dementia",
        "diagnostics": "Diagnostics",
    }
    ids = {}
    for (measure, title), value in zip(names.items(), (78, 60, 70, 50, 77, 66), strict=True):
        board.measure(measure, title)
        ids[measure] = board.figure(measure, "2017-12", value)
    board.now = datetime(2018, 2, 10, 9, tzinfo=UTC)
    board.measure("ambulances", "Ambulances")
    board.measure("edge", "Edge")
    board.measure("empty", "Empty")
    for measure, value in {"ae": 75, "cancer": 65, "delays": 90, "dementia": 77, "ambulances": 71, "edge": 81}.items():
        board.figure(measure, "2018-01", value)
    board.record(EventRetracted(event=ids["stroke"], why="counted twice"), effective="2018-02-10")
    waived = next(f for f in board.check() if f.subject.id == "diagnostics")
    board.waive("ward", waived.fingerprint)
    return board.check(since="2018-01-31")


def medway() -> dict[str, CheckResult]:
    """The example at its two boards, the second also against the autumn before."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker:
        for _ in record_entries(tracker, clock):
            pass
        earlier, later = tracker.plan("medway-ccg-2014"), tracker.plan("medway-ccg-2017")
        board: dict[str, Any] = {"as_at": "2018-02-28", "known_at": "2018-02-28"}
        return {
            "2014": earlier.check(as_at="2014-04-02", known_at="2014-04-02"),
            "2018": later.check(**board),
            "2018 since": later.check(**board, since="2017-11-01"),
        }
