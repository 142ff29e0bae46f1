"""Provenance and calendars, read back by the programs that others read them with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from typing import Any

import icalendar
import prov.model
import pytest
from prov.identifier import QualifiedName

from plantrack import Tracker
from plantrack.errors import UnknownSubjectError
from plantrack.plan_log import PlanLog
from tests.stories import OPENING, Story, told

LIFE = """
- recorded: 2017-04-03
  actor: Programme office
  source: plan-2017
  events:
    - BodyRegistered: {body: board, title: The board}
    - BodyRegistered: {body: office, title: Programme office}
    - DocumentIssued: {document: plan-2017, title: The plan of 2017, kind: plan}
    - InitiativeProposed: {initiative: ward, title: New ward}
    - MilestoneSet: {milestone: open, title: "Ward, open; at last", initiative: ward, due: 2018-03}
    - MeasureDefined: {measure: waits, title: Waits, initiative: ward}
    - CommitmentMade: {commitment: report, title: Report, owner: office, owed_to: board, due: 2017-06-30}
    - Continued: {subject: "milestone:open", predecessor: "plan-2014/milestone:new-ward"}
- recorded: 2017-05-10
  actor: Analyst
  events:
    - Observed: {measure: waits, period: 2017-04, value: 67.9}
      event_id: april
    - Observed: {measure: waits, period: 2017-05, value: 70}
      event_id: may
    - MilestoneRescheduled: {milestone: open, due: 2018-06}
- recorded: 2017-06-12
  actor: board
  events:
    - EventCorrected:
        event: april
        replacement: {type: Observed, data: {measure: waits, period: 2017-04, value: 76.9}}
      event_id: corrected
    - EventRetracted: {event: may, why: not yet over}
      event_id: retracted
    - MeetingScheduled: {meeting: june, body: board, date: 2017-06-20, title: Board of June}
    - RecommendationMade: {recommendation: agree, meeting: june, verb: agree, title: Agree the date}
    - DecisionTaken: {decision: agreed, meeting: june, outcome: agreed, recommendation: agree}
"""


@pytest.fixture
def story() -> Iterator[Story]:
    """A plan in which everything happens once of which provenance tells."""
    with told(LIFE) as found:
        yield found


def read(document: dict[str, Any]) -> prov.model.ProvDocument:
    """As the reference implementation reads it."""
    return prov.model.ProvDocument.deserialize(content=json.dumps(document), format="json")


def relations(document: dict[str, Any], kind: str, *ends: str) -> set[tuple[str, ...]]:
    """The relations of a kind, by the names at their ends."""
    return {tuple(said[f"prov:{end}"] for end in ends) for said in document.get(kind, {}).values()}


def derivations(document: dict[str, Any], of: str | None) -> set[tuple[str, str]]:
    """What is derived from what, as a revision, from a primary source, or otherwise."""
    return {
        (said["prov:generatedEntity"], said["prov:usedEntity"])
        for said in document["wasDerivedFrom"].values()
        if said.get("prov:type", {"$": None})["$"] == of
    }


def test_who_recorded_what_when_and_from_what(story: Story) -> None:
    """An event is generated when it is recorded, attributed to its actor, and has the paper as primary source."""
    document = story.plan.provenance()
    assert ("event:april", "recording:2017-05-10T090000.000000Z") in relations(
        document, "wasGeneratedBy", "entity", "activity"
    )
    assert ("event:april", "actor:Analyst") in relations(document, "wasAttributedTo", "entity", "agent")
    assert relations(document, "wasAssociatedWith", "activity", "agent") == {
        ("recording:2017-04-03T090000.000000Z", "body:office"),  # an actor that is a body of the plan, by its title
        ("recording:2017-05-10T090000.000000Z", "actor:Analyst"),
        ("recording:2017-06-12T090000.000000Z", "body:board"),  # or by its id
        ("meeting:june", "body:board"),
    }
    assert ("recording:2017-04-03T090000.000000Z", "document:plan-2017") in relations(
        document, "used", "activity", "entity"
    )
    assert document["entity"]["document:plan-2017"]["prov:label"] == "The plan of 2017"
    sources = derivations(document, "prov:PrimarySource")
    assert len(sources) == 8
    assert {used for _, used in sources} == {"document:plan-2017"}
    assert document["entity"]["event:april"] == {
        "prov:type": {"$": "plantrack:Observed", "type": "prov:QUALIFIED_NAME"},
        "prov:label": "#10 Observed",
        "plantrack:position": 10,
        "plantrack:effective": document["entity"]["event:april"]["plantrack:effective"],
    }


def test_a_value_is_derived_from_the_event_that_says_it_now(story: Story) -> None:
    """Each value of a subject from the event that set it; a corrected one from the correction."""
    document = story.plan.provenance()
    values = {
        value.removeprefix("value:"): event
        for value, event in derivations(document, None)
        if value.startswith("value:m") and event.startswith("event:")
    }
    log = {event.position: f"event:{event.event_id}" for event in story.plan.events()}
    assert values["milestone/open/6"] == log[6]
    assert values["milestone/open/12"] == log[12]
    assert values["measure/waits/10"] == "event:corrected"
    said = document["entity"]
    assert said["value:milestone/open/12"] == {"plantrack:due": "2018-06", "plantrack:status": "planned"}
    assert "plantrack:due" not in said["value:milestone/open/6"]
    assert said["value:measure/waits/10"]["plantrack:value"] == {"$": "76.9", "type": "xsd:decimal"}
    assert ("subject:milestone/open", "value:milestone/open/12") in relations(
        document, "hadMember", "collection", "entity"
    )


def test_what_became_of_events(story: Story) -> None:
    """A correction is a revision; a retraction invalidates; what goes on from another plan is derived from it."""
    document = story.plan.provenance()
    assert derivations(document, "prov:Revision") == {("event:corrected", "event:april")}
    assert relations(document, "wasInvalidatedBy", "entity", "activity") == {
        ("event:may", "recording:2017-06-12T090000.000000Z")
    }
    assert ("subject:milestone/open", "plan:plan-2014/milestone/new-ward") in derivations(document, None)
    story.goes_on("""
    - recorded: 2017-07-01
      events:
        - EventRetracted: {event: retracted, why: it was over after all}
          event_id: back
    """)
    document = story.plan.provenance()
    assert relations(document, "wasInvalidatedBy", "entity", "activity") == {
        ("event:retracted", "recording:2017-07-01T090000.000000Z")
    }
    assert "value:measure/waits/11" in document["entity"]


def test_the_last_of_several_corrections_counts(story: Story) -> None:
    """Each is a revision of the original; the value is derived from the one that counts."""
    story.goes_on("""
    - recorded: 2017-07-01
      events:
        - EventCorrected:
            event: april
            replacement: {type: Observed, data: {measure: waits, period: 2017-04, value: 77}}
          event_id: again
    """)
    document = story.plan.provenance("measure:waits")
    assert derivations(document, "prov:Revision") == {
        ("event:corrected", "event:april"),
        ("event:again", "event:april"),
    }
    assert ("value:measure/waits/10", "event:again") in derivations(document, None)


def test_a_fact_that_was_moved_to_another_subject(story: Story) -> None:
    """The subject to which it was corrected shows the correction, and names nothing that it does not tell of."""
    story.goes_on("""
    - recorded: 2017-07-01
      events:
        - InitiativeProposed: {initiative: roof, title: New roof}
        - RiskRaised: {risk: damp, title: Damp, about: "initiative:ward"}
          event_id: raised
        - EventCorrected:
            event: raised
            replacement: {type: RiskRaised, data: {risk: damp, title: Damp, about: "initiative:roof"}}
          event_id: moved
    """)
    document = story.plan.provenance("initiative:roof")
    assert "event:moved" in document["entity"]
    assert "event:raised" not in json.dumps(document)
    assert derivations(story.plan.provenance("risk:damp"), "prov:Revision") == {("event:moved", "event:raised")}


def test_values_keep_their_types(story: Story) -> None:
    """Days, numbers and lists are read as what they are."""
    opening = OPENING.replace("time_zone:", "holidays: [2017-12-25, 2018-01-01], time_zone:")
    with told(opening=opening) as closed:
        document = closed.plan.provenance("plan:board")
    [value] = [r for r in read(document).records if str(r.identifier) == "value:plan/board/1"]
    days = {said.value for name, said in value.attributes if str(name) == "plantrack:holidays"}
    assert days == {"2017-12-25", "2018-01-01"}
    assert document["entity"]["value:plan/board/1"]["plantrack:holidays"] == [
        {"$": "2017-12-25", "type": "xsd:date"},
        {"$": "2018-01-01", "type": "xsd:date"},
    ]


def test_meetings_use_what_is_put_to_them_and_make_decisions(story: Story) -> None:
    """A meeting is an activity of its body."""
    document = story.plan.provenance()
    assert document["activity"]["meeting:june"] == {
        "prov:type": {"$": "plantrack:Meeting", "type": "prov:QUALIFIED_NAME"},
        "prov:label": "Board of June",
        "plantrack:date": "2017-06-20",
    }
    assert ("meeting:june", "subject:recommendation/agree") in relations(document, "used", "activity", "entity")
    assert ("subject:decision/agreed", "meeting:june") in relations(document, "wasGeneratedBy", "entity", "activity")


def test_one_subject(story: Story) -> None:
    """Only the events about it, its values, and whom and what these name."""
    document = story.plan.provenance("measure:waits")
    subjects = [name for name in document["entity"] if name.startswith("subject:")]
    assert subjects == ["subject:measure/waits"]
    events = {name for name in document["entity"] if name.startswith("event:")}
    assert len(events) == 5
    assert {"event:april", "event:may", "event:corrected", "event:retracted"} < events
    assert set(document["agent"]) == {"actor:Analyst", "body:office", "body:board"}
    before = story.plan.provenance("measure:waits", known_at="2017-05-31")
    assert "event:corrected" not in before["entity"]
    assert before["entity"]["value:measure/waits/10"]["plantrack:value"] == {"$": "67.9", "type": "xsd:decimal"}
    decided = story.plan.provenance("decision:agreed")
    assert ("subject:decision/agreed", "meeting:june") in relations(decided, "wasGeneratedBy", "entity", "activity")


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("measure:wait", "there is no 'measure:wait' as at 2017-06-12, known at #17; did you mean 'waits'?"),
        ("measur:waits", "there is no 'measur:waits' as at 2017-06-12, known at #17; did you mean 'measure'?"),
    ],
)
def test_a_subject_that_does_not_exist_is_told(story: Story, subject: str, message: str) -> None:
    """With the nearest that does."""
    with pytest.raises(UnknownSubjectError) as caught:
        story.plan.provenance(subject)
    assert str(caught.value) == message


def test_the_reference_implementation_reads_all_of_it(story: Story, medway: Tracker) -> None:
    """Every record of the story and of the example is read, none is dropped, and no name is left undefined."""
    for log in (story.plan, *map(medway.plan, medway.plans())):
        document = log.provenance()
        written = sum(len(records) for kind, records in document.items() if kind != "prefix")
        back = read(document)
        assert len(back.records) == written
        defined = {str(r.identifier) for r in back.records if r.is_element()}
        for record in back.records:
            if record.is_relation():
                ends = {str(end) for _, end in record.formal_attributes if isinstance(end, QualifiedName)}
                assert ends <= defined
        again = StringIO()
        back.serialize(again, format="json")
        assert read(json.loads(again.getvalue())) == back


def test_every_subject_has_its_own_provenance(medway: Tracker) -> None:
    """Whatever a plan holds can be asked for by itself, kinds without ids of their own too."""
    log = medway.plan("medway-ccg-2014")
    state = log.at(as_at="2014-04-02")
    for kind in ("initiative", "alignment", "target", "goal", "responsibility"):
        name = next(iter(state.of_kind(kind)))
        document = log.provenance(f"{kind}:{name}", as_at="2014-04-02")
        [subject] = [said for said in document["entity"].values() if said.get("plantrack:kind") == kind]
        assert subject["plantrack:id"] == name
        assert len(read(document).records) == sum(len(document[kind]) for kind in document if kind != "prefix")


# --- calendars -------------------------------------------------------------------------------------------------------


def entries(log: PlanLog, **where: Any) -> dict[str, Any]:
    """The entries of a calendar by the references of their subjects, as another program reads them."""
    calendar: Any = icalendar.Calendar.from_ical(log.calendar(**where))
    assert calendar.errors == []
    return {str(event["UID"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}


def span(event: Any) -> tuple[date, date]:
    """The first day of an entry, and the first that is outside."""
    first, outside = event["DTSTART"].dt, event["DTEND"].dt
    assert not isinstance(first, datetime)
    return first, outside


def test_a_month_is_a_month_and_not_a_day(story: Story) -> None:
    """What is due in June 2018 is an entry of all June; what is due on a day is one of that day."""
    found = entries(story.plan)
    assert span(found["milestone:open"]) == (date(2018, 6, 1), date(2018, 7, 1))
    assert span(found["commitment:report"]) == (date(2017, 6, 30), date(2017, 7, 1))
    assert span(entries(story.plan, known_at="2017-04-30")["milestone:open"]) == (date(2018, 3, 1), date(2018, 4, 1))


def test_an_entry_says_what_a_person_wants_to_know(story: Story) -> None:
    """Title, the date as it was written and as it was first, for whom; no alarm, and nobody is busy."""
    entry = entries(story.plan)["milestone:open"]
    assert str(entry["SUMMARY"]) == "Ward, open; at last"
    assert str(entry["DESCRIPTION"]) == (
        "milestone:open of board: planned\nDue 2018-06, first 2018-03\nInitiative: New ward"
    )
    assert str(entries(story.plan)["commitment:report"]["DESCRIPTION"]) == (
        "commitment:report of board: open\nDue 2017-06-30\nOwner: Programme office\nOwed to: The board"
    )
    assert (str(entry["TRANSP"]), str(entry["STATUS"])) == ("TRANSPARENT", "CONFIRMED")
    assert entry["DTSTAMP"].dt.isoformat() == "2017-06-12T09:00:00+00:00"
    assert str(entry["UID"]) == f"milestone:open@{story.plan.checkpoint().origin}"


def test_what_is_no_longer_to_come_is_taken_out(story: Story) -> None:
    """What was cancelled or withdrawn stays as cancelled; what lost its date has no entry."""
    story.goes_on("""
    - recorded: 2017-07-01
      events:
        - MilestoneCancelled: {milestone: open}
        - CommitmentMoved: {commitment: report}
    """)
    found = entries(story.plan)
    assert list(found) == ["milestone:open"]
    assert str(found["milestone:open"]["STATUS"]) == "CANCELLED"
    assert entries(story.plan, known_at=0) == {}


def test_every_date_of_the_example_is_in_its_calendar(medway: Tracker) -> None:
    """Each milestone and commitment with a date, with the days that the date has; lines as the format wants them."""
    for name in medway.plans():
        log = medway.plan(name)
        state, found = log.at(), entries(log)
        due: dict[str, Any] = {
            f"{subject.KIND}:{subject.id}": subject
            for subjects in (state.milestones, state.commitments)
            for subject in subjects.values()
            if getattr(subject, "due", None) is not None
        }
        assert found.keys() == due.keys()
        for reference, entry in found.items():
            first, outside = span(entry)
            assert (first, (outside - first).days) == (due[reference].due.start, due[reference].due.days)
            assert str(entry["SUMMARY"]) == due[reference].title
        text = log.calendar()
        assert text == log.calendar()
        assert text.endswith("END:VCALENDAR\r\n")
        lines = text.encode().split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert b"\n" not in b"".join(lines)


def test_the_two_submissions_are_in_the_calendar(medway: Tracker) -> None:
    """The first and the final submission of 2014, on their days."""
    found = entries(medway.plan("medway-ccg-2014"), as_at="2014-04-02")
    assert span(found["commitment:strategy-submission-initial"]) == (date(2014, 4, 4), date(2014, 4, 5))
    assert span(found["commitment:strategy-submission-final"])[0].year == 2014


def test_long_lines_are_folded_between_characters(story: Story) -> None:
    """Letters of several bytes are not cut in two, and come back whole."""
    title = "Überörtliche Wärmeversorgung – größere Anschlüsse für Krankenhäuser; Schulen, Bäder \\ Büros " * 2
    story.goes_on(f"""
    - recorded: 2017-07-01
      events:
        - MilestoneSet: {{milestone: heat, title: '{title.strip()}', due: 2018}}
    """)
    assert str(entries(story.plan)["milestone:heat"]["SUMMARY"]) == title.strip()
    assert max(len(line.encode()) for line in story.plan.calendar().split("\r\n")) <= 75
