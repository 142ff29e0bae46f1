"""Meetings sealed and replayed: whatever happens afterwards, each of them says for ever what it said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import plantrack
from plantrack import Pack, PlanLog, sealing
from plantrack.errors import AdmissionError, CoordinateError
from plantrack.events import (
    BodyRegistered,
    Event,
    EventCorrected,
    EventRetracted,
    FindingWaived,
    MeasureDefined,
    MeetingScheduled,
    MeetingSealed,
    Observed,
    PlanOpened,
    Proposal,
    RecordedEvent,
    RulePackAdopted,
    TargetSet,
)
from plantrack.period import Period
from plantrack.reports import check_json

RULES = """\
plantrack-rules: 1
pack: {pack}
version: {version}
rules:
  - id: kpi.below
    title: Below
    for: Measure
    severity: high
    needs: [last]
    let: {{last: latest(observations)}}
    when: last.value < {floor}
    message: "{{title}}: {{last.value}}"
"""


def pack(floor: int = 80, version: str = "1.0.0", name: str = "ours") -> Pack:
    """A pack of one rule: a figure below a floor."""
    return plantrack.load_pack(RULES.format(pack=name, version=version, floor=floor), f"{name}.yaml")


E = TypeVar("E", bound=Event)


def data_of(event: RecordedEvent, kind: type[E]) -> E:
    """What an event says, which is of a kind."""
    assert isinstance(event.data, kind)
    return event.data


class Office:
    """A plan with a measure and two meetings in 2018, and a clock to be set."""

    def __init__(self) -> None:
        self.now = datetime(2018, 1, 10, 9, tzinfo=UTC)
        self.tracker = plantrack.open(":memory:", clock=lambda: self.now)
        self.plan: PlanLog = self.tracker.plan("board")
        self.record(PlanOpened(title="Plan", organisation="CCG", period=Period.parse("2018")), effective="2018-01-01")
        self.record(
            BodyRegistered(body="gb", title="Governing Body"),
            MeetingScheduled(meeting="february", body="gb", date="2018-02-28"),
            MeetingScheduled(meeting="march", body="gb", date="2018-03-28"),
            MeasureDefined(measure="ae", title="A&E", direction="increase"),
            TargetSet(measure="ae", comparator="at-least", value=95),
            effective="2018-01-01",
        )

    def record(self, *events: Any, effective: str) -> list[Any]:
        """Record events now."""
        return self.plan.record(*events, effective=effective, actor="pmo")

    def figure(self, month: str, value: int) -> str:
        """A figure of a month; gives the id of its event."""
        return str(self.record(Observed(measure="ae", period=month, value=value), effective=month)[0].event_id)


@pytest.fixture
def office() -> Office:
    """With a figure of January, held to a pack."""
    office = Office()
    office.plan.adopt(pack(), effective="2018-01-01")
    office.figure("2018-01", 76)
    return office


def test_a_seal_holds_what_the_meeting_was_shown(office: Office) -> None:
    """Coordinates, packs, the root of the log, and the digest of the findings as a document."""
    office.now = datetime(2018, 2, 21, 9, tzinfo=UTC)
    (sealed,) = office.plan.seal("february", actor="board secretary", reason="papers go out")
    assert isinstance(sealed.data, MeetingSealed)
    assert (sealed.data.as_at, sealed.data.known, sealed.data.rules) == (date(2018, 2, 28), 8, 8)
    assert [(p.pack, p.version, p.sha256) for p in sealed.data.packs] == [("ours", "1.0.0", pack().sha256)]
    [verified] = office.tracker.verify()
    assert [(h.name, h.size, h.root.hex()) for h in verified.held] == [
        ("the seal of february", 8, sealed.data.root),
    ]
    replayed = office.plan.replay("february")
    assert (replayed.agrees, replayed.event) == (True, sealed)
    assert [f.message for f in replayed.result] == ["A&E: 76"]
    whole = check_json([office.plan.check(at="february")])
    assert json.loads(replayed.document)["findings"] == [
        {key: value for key, value in found.items() if key not in ("state", "state_reason", "fix")}
        for found in whole["findings"]
    ]


def test_what_is_recorded_after_the_seal_waits_for_the_next_meeting(office: Office) -> None:
    """A figure of the day after the papers went out, and before the meeting, is not what it was shown."""
    office.now = datetime(2018, 2, 21, 9, tzinfo=UTC)
    office.plan.seal("february")
    office.now = datetime(2018, 2, 27, 9, tzinfo=UTC)
    office.figure("2018-02", 60)
    assert [f.message for f in office.plan.check(at="february")] == ["A&E: 76"]
    assert [f.message for f in office.plan.check(known_at="meeting:february", as_at="2018-03-01")] == ["A&E: 76"]
    assert [f.message for f in office.plan.check(at="march")] == ["A&E: 60"]
    assert [(f.message, f.state) for f in office.plan.check(at="march", since="february")] == [
        ("A&E: 60", "persisting")
    ]


def test_a_meeting_is_sealed_once(office: Office) -> None:
    """Sealing it again is harmless, and changes nothing."""
    office.plan.seal("february")
    head = office.plan.head
    office.figure("2018-02", 60)
    assert office.plan.seal("february") == []
    assert office.plan.head == head + 1


def test_a_past_meeting_is_sealed_with_what_was_known_at_the_end_of_its_day(office: Office) -> None:
    """What was recorded later is not put into the mouth of the past."""
    office.now = datetime(2018, 3, 1, 9, tzinfo=UTC)
    office.figure("2018-02", 60)
    (sealed,) = office.plan.seal("february")
    assert data_of(sealed, MeetingSealed).known == 8
    assert [f.message for f in office.plan.replay("february").result] == ["A&E: 76"]


def test_a_plan_that_is_held_to_no_pack_is_not_sealed() -> None:
    """What is installed changes with every version. It may be adopted with the seal, and counts for the meeting."""
    office = Office()
    office.figure("2018-01", 76)
    head = office.plan.head
    with pytest.raises(AdmissionError) as caught:
        office.plan.seal("february")
    assert str(caught.value) == (
        "the plan is held to no pack on 2018-02-28, and what is installed changes with every version; adopt packs"
        " first, or let the installed ones be adopted with the seal (--adopt-installed)"
    )
    assert office.plan.head == head
    *adopted, sealed = office.plan.seal("february", adopt_installed=True)
    assert [data_of(event, RulePackAdopted).pack for event in adopted] == [p.id for p in plantrack.installed_packs()]
    seal = data_of(sealed, MeetingSealed)
    assert (seal.known, seal.rules) == (head, head + len(adopted))
    assert office.plan.replay("february").agrees


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        ("seal", "there is no meeting 'apryl'; known: february, march"),
        ("replay", "there is no meeting 'apryl'; known: february, march"),
    ],
)
def test_a_meeting_that_is_not_there(office: Office, ask: str, said: str) -> None:
    """The nearest names are told."""
    with pytest.raises(CoordinateError) as caught:
        getattr(office.plan, ask)("apryl")
    assert str(caught.value) == said


def test_a_meeting_before_the_log_has_nothing_to_seal(office: Office) -> None:
    """A plan that was recorded afterwards told its meeting nothing."""
    office.record(MeetingScheduled(meeting="autumn", body="gb", date="2017-10-01"), effective="2017-10-01")
    with pytest.raises(AdmissionError) as caught:
        office.plan.seal("autumn")
    assert str(caught.value) == "nothing was recorded by 2017-10-01, the day of autumn: nothing to seal"


def test_an_unsealed_meeting_is_not_replayed(office: Office) -> None:
    """There is nothing to hold it against; a check at its coordinates can be made."""
    with pytest.raises(CoordinateError) as caught:
        office.plan.replay("february")
    assert str(caught.value) == "the meeting 'february' is not sealed; `plantrack seal february` seals it"
    with pytest.raises(CoordinateError) as caught:
        office.plan.checkpoint(at="february")
    assert str(caught.value) == "the meeting 'february' is not sealed; `plantrack seal february` seals it"


def test_a_seal_is_neither_corrected_nor_retracted(office: Office) -> None:
    """It is no fact that could turn out wrong."""
    (sealed,) = office.plan.seal("february")
    for event in (
        EventRetracted(event=sealed.event_id, why="too early"),
        EventCorrected(event=sealed.event_id, replacement=sealed.data),
    ):
        with pytest.raises(AdmissionError, match="a seal is neither corrected nor retracted"):
            office.record(event, effective="2018-03-01")


def test_a_checkpoint_of_a_sealed_meeting_is_its_root(office: Office) -> None:
    """Whoever keeps it can hold the meeting against it."""
    (sealed,) = office.plan.seal("february")
    office.figure("2018-02", 60)
    head = office.plan.checkpoint(at="february")
    seal = data_of(sealed, MeetingSealed)
    assert (head.size, head.root.hex()) == (seal.known, seal.root)
    assert office.plan.checkpoint().size == office.plan.head


def forge(office: Office, *events: Event) -> None:
    """Record what recording refuses, as somebody does who can write to the file."""
    office.plan._recorder.record([Proposal(data=event, effective="2018-02-28") for event in events])


def test_findings_that_are_not_those_that_were_sealed_are_told(office: Office) -> None:
    """A seal that somebody forged, or a version that judges otherwise, does not pass in silence."""
    forged = sealing.seal(
        "february", office.plan.coordinates(at="february"), 8, bytes(32), office.plan.check(at="february")
    )
    wrong = MeetingSealed(**{n: getattr(forged, n) for n in ("meeting", "as_at", "known", "rules", "root", "packs")},
                          findings="0" * 64)  # fmt: skip
    forge(office, wrong)
    assert not office.plan.replay("february").agrees
    [verified] = office.tracker.verify()
    assert verified.broken == (
        "this is not the log that the seal of february has seen: an event, up to #8, was changed",
    )


def test_a_seal_is_made_by_sealing_alone(office: Office) -> None:
    """By hand a meeting could be settled with what it was never shown, and for ever."""
    (sealed,) = office.plan.seal("february")
    for events in ([sealed.data], [MeetingScheduled(meeting="may", body="gb", date="2018-05-02"), sealed.data]):
        with pytest.raises(AdmissionError) as caught:
            office.record(*events, effective="2018-02-28")
        assert str(caught.value) == "MeetingSealed is recorded by `seal`, which finds out what the meeting was shown"
    assert office.plan.head == sealed.position


FORGED = {
    "known": {"known": 2**63 - 1},
    "rules": {"rules": 5_000},
    "the last day there is": {"as_at": date.max, "known": 2**63 - 1},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_a_seal_of_what_was_recorded_after_it_is_told(office: Office, changes: dict[str, Any]) -> None:
    """Whoever can write to the file may forge one: what asks for the meeting is refused, and `verify` names it."""
    (sealed,) = office.plan.seal("february")
    forge(office, attrs.evolve(data_of(sealed, MeetingSealed), meeting="march", **changes))
    asking: list[Callable[[], object]] = [
        lambda: office.plan.replay("march"),
        lambda: office.plan.seal("march"),
        lambda: office.plan.checkpoint(at="march"),
        lambda: office.plan.check(at="march"),
        lambda: office.plan.diff("meeting:march", "latest"),
    ]
    for ask in asking:
        with pytest.raises(CoordinateError, match="speaks of events that were recorded after it"):
            ask()
    [verified] = office.tracker.verify()
    assert verified.broken == (
        f"#{office.plan.head} seals march with events recorded after it: no seal can be made so",
    )


class Meetings(RuleBasedStateMachine):
    """Facts, late facts, corrections, waivers, packs and seals in any order: every sealed meeting is made again."""

    @initialize()
    def open(self) -> None:
        """A plan with a measure, held to a pack."""
        self.office = Office()
        self.office.plan.adopt(pack(), effective="2018-01-01")
        self.figures: dict[str, Observed] = {}
        self.sealed: dict[str, str] = {}
        self.count = 0

    def _next(self) -> int:
        self.count += 1
        return self.count

    @rule(hours=st.integers(1, 900))
    def time_passes(self, hours: int) -> None:
        """The clock goes on."""
        self.office.now += timedelta(hours=hours)

    @rule(month=st.integers(1, 6), value=st.integers(60, 99))
    def observe(self, month: int, value: int) -> None:
        """A figure, perhaps long after its month, or before."""
        seen = Observed(measure="ae", period=f"2018-{month:02}", value=value)
        name = self.office.plan.record(seen, effective=f"2018-{month:02}", event_id=f"o{self._next()}")[0].event_id
        self.figures[name] = seen

    @precondition(lambda self: self.figures)
    @rule(which=st.integers(0), value=st.integers(60, 99))
    def correct(self, which: int, value: int) -> None:
        """A figure was wrong."""
        name = list(self.figures)[which % len(self.figures)]
        right = Observed(measure="ae", period=self.figures[name].period, value=value)
        change = EventCorrected(event=name, replacement=right)
        self.office.plan.record(change, effective="2018-06-30", event_id=f"c{self._next()}")

    @precondition(lambda self: self.figures)
    @rule(which=st.integers(0))
    def retract(self, which: int) -> None:
        """A figure should never have been recorded."""
        name = list(self.figures)[which % len(self.figures)]
        change = EventRetracted(event=name, why="of another trust")
        self.office.plan.record(change, effective="2018-06-30", event_id=f"r{self._next()}")

    @rule(until=st.dates(date(2018, 1, 1), date(2018, 12, 31)))
    def waive(self, until: date) -> None:
        """Whatever is found today is lived with."""
        for found in self.office.plan.check():
            name, who = f"w{self._next()}", {"requester": "a", "approver": "b"}
            event = FindingWaived(waiver=name, finding=found.fingerprint, reason="r", until=until, **who)
            self.office.plan.record(event, effective=self.office.plan.today())

    @rule(floor=st.integers(60, 99), day=st.dates(date(2018, 1, 1), date(2018, 6, 30)))
    def adopt(self, floor: int, day: date) -> None:
        """Another version, perhaps with effect long ago."""
        self.office.plan.adopt(pack(floor, f"1.{self._next()}.0"), effective=day)

    @rule(day=st.dates(date(2018, 1, 1), date(2018, 6, 30)))
    def seal(self, day: date) -> None:
        """A meeting on some day is sealed now."""
        name = f"m{self._next()}"
        plan = self.office.plan
        plan.record(MeetingScheduled(meeting=name, body="gb", date=day), effective="2018-01-01")
        try:
            plan.seal(name)
        except AdmissionError:
            return  # nothing was known by then, or no pack was adopted
        self.sealed[name] = plan.replay(name).document

    @precondition(lambda self: self.sealed)
    @rule(which=st.integers(0), day=st.dates(date(2018, 1, 1), date(2018, 12, 31)))
    def move(self, which: int, day: date) -> None:
        """A sealed meeting is scheduled anew: it was held all the same."""
        name = list(self.sealed)[which % len(self.sealed)]
        again = MeetingScheduled(meeting=name, body="gb", date=day)
        self.office.plan.record(again, effective="2018-01-01", event_id=f"s{self._next()}")

    @invariant()
    def every_meeting_is_what_it_was(self) -> None:
        """To the byte, and with the digest that its seal holds; and nobody finds fault with the log."""
        for name, document in getattr(self, "sealed", {}).items():
            replayed = self.office.plan.replay(name)
            assert replayed.agrees
            assert replayed.document == document
        if getattr(self, "sealed", None):
            [verified] = self.office.tracker.verify()
            assert verified.intact
            assert len(verified.held) == len(self.sealed)

    def teardown(self) -> None:
        """Let go of the store."""
        if hasattr(self, "office"):
            self.office.tracker.close()


TestMeetings = Meetings.TestCase
TestMeetings.settings = settings(max_examples=max(10, settings().max_examples // 5), stateful_step_count=20)


def test_installed_packs_of_another_day_change_no_sealed_meeting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meeting is judged by the text in its log, whatever is installed when it is made again."""
    office.plan.seal("february")
    document = office.plan.replay("february").document
    monkeypatch.setattr("plantrack.plan_log.meetings.installed_packs", lambda: (pack(99, "9.0.0", "theirs"),))
    assert office.plan.replay("february").document == document
