"""Across plans: `log --lineage`, the history of a subject and of what it goes on from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import Tracker
from plantrack.demo import DocumentClock
from plantrack.errors import UnknownSubjectError
from plantrack.events import Continued, RecordedEvent
from plantrack.history import Lineage, Link, lineage
from plantrack.history.lineage import Record
from plantrack.journal import read_journal
from plantrack.period import Period
from plantrack.reports import lineage_json, lineage_report
from tests.strategies import OPENING, recorded


@contextmanager
def store(*journals: str) -> Iterator[Tracker]:
    """A store of the plans of some journals; an entry is recorded on its day, in the order of all."""
    clock = DocumentClock()
    entries = [entry for journal in journals for entry in read_journal(journal, "lineage.yaml")]
    with plantrack.open(":memory:", clock=clock) as tracker:
        for entry in sorted(entries, key=lambda entry: entry.recorded):
            clock.now = entry.recorded
            tracker.plan(entry.plan).record_all(entry.proposals)
        yield tracker


def journal(plan: str, opened: str, *entries: str) -> str:
    """A plan with one initiative; each entry is a day and an event on one line."""
    head = f"""\
plantrack-journal: 1
plan: {plan}
entries:
- recorded: {opened}
  events:
    - PlanOpened: {{title: Plan, organisation: Medway CCG, period: 2014/15}}
    - InitiativeProposed: {{initiative: door, title: Front door}}
"""
    return head + "".join(
        f"- recorded: {entry.partition(' ')[0]}\n  events:\n    - {entry.partition(' ')[2]}\n" for entry in entries
    )


def continued(predecessor: str, subject: str = "initiative:door", beside: str = "") -> str:
    """The event on one line, with what stands beside it."""
    said = f'Continued: {{subject: "{subject}", predecessor: "{predecessor}"}}'
    return said + "".join(f"\n      {part}" for part in beside.split("; ") if part)


THEN = journal("plan-2014", "2014-04-02", "2015-03-02 InitiativePaused: {initiative: door}")
BETWEEN = journal("plan-2016", "2016-04-01", f"2016-05-02 {continued('plan-2014/initiative:door')}")
NOW = journal(
    "plan-2018",
    "2018-04-02",
    f"2018-04-03 {continued('plan-2016/initiative:door')}",
    "2018-05-02 InitiativeStarted: {initiative: door}",
)


def events(found: Lineage) -> list[tuple[str, int]]:
    """Where each event stands."""
    return [(event.plan, event.position) for event in found.events]


def links(found: Lineage) -> list[str]:
    """Each link in a line."""
    return [f"{link.subject} <- {link.predecessor} #{link.position}: {link.outcome}" for link in found.links]


WHOLE = [
    ("plan-2014", 2),
    ("plan-2014", 3),
    ("plan-2016", 2),
    ("plan-2016", 3),
    ("plan-2018", 2),
    ("plan-2018", 3),
    ("plan-2018", 4),
]


# --- what is printed -------------------------------------------------------------------------------------------------


def test_the_history_of_an_initiative_runs_through_its_plans() -> None:
    """What it goes on from, then every event with its plan, in the order in which they were recorded."""
    with store(THEN, BETWEEN, NOW) as tracker:
        found = tracker.plan("plan-2018").lineage("initiative:door")
        zones = {plan: tracker.plan(plan).opened.time_zone for plan in tracker.plans()}
    printed = [line.text for line in lineage_report(found, zones) if "e-" not in line.text]

    assert "\n".join(printed) == (
        "plan-2018/initiative:door\n"
        "  goes on from plan-2016/initiative:door (#3)\n"
        "  plan-2016/initiative:door goes on from plan-2014/initiative:door (#3)\n"
        "\n"
        "  plan-2014 #2     2014-04-02   InitiativeProposed: initiative door · title Front door\n"
        "                      recorded 2014-04-02 10:00 BST\n"
        "  plan-2014 #3     2015-03-02   InitiativePaused: initiative door\n"
        "                      recorded 2015-03-02 09:00 GMT\n"
        "  plan-2016 #2     2016-04-01   InitiativeProposed: initiative door · title Front door\n"
        "                      recorded 2016-04-01 10:00 BST\n"
        "  plan-2016 #3     2016-05-02   Continued: subject initiative:door · predecessor\n"
        "                      plan-2014/initiative:door\n"
        "                      recorded 2016-05-02 10:00 BST\n"
        "  plan-2018 #2     2018-04-02   InitiativeProposed: initiative door · title Front door\n"
        "                      recorded 2018-04-02 10:00 BST\n"
        "  plan-2018 #3     2018-04-03   Continued: subject initiative:door · predecessor\n"
        "                      plan-2016/initiative:door\n"
        "                      recorded 2018-04-03 10:00 BST\n"
        "  plan-2018 #4     2018-05-02   InitiativeStarted: initiative door\n"
        "                      recorded 2018-05-02 10:00 BST"
    )


def test_what_is_missing_is_said() -> None:
    """A plan that is not in the store, a subject that its plan does not have, a circle; and the rest is told."""
    lost = journal(
        "plan-2014",
        "2014-04-02",
        f"2014-05-02 {continued('plan-2010/initiative:walk-in')}",
        f"2014-05-03 {continued('plan-2018/initiative:door', beside='reason: a slip')}",
        f"2014-05-04 {continued('plan-2018/initiative:dor')}",
    )
    now = journal("plan-2018", "2018-04-02", f"2018-04-03 {continued('plan-2014/initiative:door')}")
    with store(lost, now) as tracker:
        found = tracker.plan("plan-2018").lineage("initiative:door")
    printed = [line.text for line in lineage_report(found, dict.fromkeys(["plan-2014", "plan-2018"], "UTC"))]

    assert printed[: printed.index("")] == [
        "plan-2018/initiative:door",
        "  goes on from plan-2014/initiative:door (#3)",
        "  plan-2014/initiative:door goes on from plan-2010/initiative:walk-in (#3): the store holds no plan",
        "    plan-2010",
        "  plan-2014/initiative:door goes on from plan-2018/initiative:door (#4): it was here before, the",
        "    lineage runs in a circle",
        "  plan-2014/initiative:door goes on from plan-2018/initiative:dor (#5): nothing is recorded about",
        "    initiative:dor in plan-2018",
    ]
    assert events(found) == [
        *(("plan-2014", position) for position in (2, 3, 4, 5)), ("plan-2018", 2), ("plan-2018", 3),
    ]  # fmt: skip


def test_a_subject_that_goes_on_from_nothing_has_its_own_events() -> None:
    """And that is said."""
    with store(THEN) as tracker:
        found = tracker.plan("plan-2014").lineage("initiative:door")
    printed = [line.text for line in lineage_report(found, {"plan-2014": "UTC"})]

    assert printed[:3] == ["plan-2014/initiative:door", "  goes on from nothing that is recorded", ""]
    assert (events(found), found.links) == ([("plan-2014", 2), ("plan-2014", 3)], ())


def test_json_holds_links_and_events() -> None:
    """Each link with what became of it; the events in full."""
    guessed = journal(
        "plan-2018",
        "2018-04-02",
        '2018-04-03 Continued: {subject: "initiative:door", predecessor: "plan-2014/initiative:door", inferred: true}',
        f"2018-04-04 {continued('plan-2010/initiative:door')}",
    )
    with store(THEN, guessed) as tracker:
        found = lineage_json(tracker.plan("plan-2018").lineage("initiative:door"))

    assert found["subject"] == "plan-2018/initiative:door"
    assert found["links"] == [
        {
            "subject": "plan-2018/initiative:door",
            "predecessor": "plan-2014/initiative:door",
            "position": 3,
            "inferred": True,
            "outcome": "followed",
        },
        {
            "subject": "plan-2018/initiative:door",
            "predecessor": "plan-2010/initiative:door",
            "position": 4,
            "inferred": False,
            "outcome": "no plan",
        },
    ]
    assert [(event["plan"], event["position"], event["type"]) for event in found["events"]] == [
        ("plan-2014", 2, "InitiativeProposed"),
        ("plan-2014", 3, "InitiativePaused"),
        ("plan-2018", 2, "InitiativeProposed"),
        ("plan-2018", 3, "Continued"),
        ("plan-2018", 4, "Continued"),
    ]


# --- what was known, what was put right ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({}, WHOLE),
        ({"known_at": "2018-04-02"}, [("plan-2018", 2)]),
        ({"known_at": "2018-04-03"}, WHOLE[:6]),
        ({"known_at": "#3"}, WHOLE[:6]),
        ({"known_at": 2}, [("plan-2018", 2)]),
        ({"known_at": "2018-04-03T12:00Z"}, WHOLE[:6]),
        ({"as_at": "2018-04-30"}, WHOLE[:6]),
        ({"as_at": "2018-04-02"}, [("plan-2018", 2)]),
    ],
    ids=str,
)
def test_only_what_was_known_then_is_told(where: dict[str, Any], told: list[tuple[str, int]]) -> None:
    """Of every plan; a position is one of the plan that is asked, and its moment counts in the others."""
    with store(THEN, BETWEEN, NOW) as tracker:
        assert events(tracker.plan("plan-2018").lineage("initiative:door", **where)) == told


def test_what_the_other_plan_learned_later_was_not_known() -> None:
    """As known at a position, at a meeting and on a day: the same cut through all plans."""
    later = journal(
        "plan-2014",
        "2014-04-02",
        "2018-04-04 InitiativePaused: {initiative: door}",
    )
    now = journal(
        "plan-2018",
        "2018-04-02",
        f"2018-04-03 {continued('plan-2014/initiative:door')}",
        "2018-04-03 BodyRegistered: {body: board, title: Board}\n"
        "    - MeetingScheduled: {meeting: april, title: Board, body: board, date: 2018-04-03}",
        "2018-05-02 InitiativeStarted: {initiative: door}",
    )
    with store(later, now) as tracker:
        plan = tracker.plan("plan-2018")
        cuts: list[dict[str, Any]] = [
            {"known_at": "#5"}, {"known_at": 5}, {"known_at": "meeting:april"}, {"at": "april"},
            {"known_at": "2018-04-03"},
        ]  # fmt: skip
        cut = [events(plan.lineage("initiative:door", **where)) for where in cuts]

        assert cut == [[("plan-2014", 2), ("plan-2018", 2), ("plan-2018", 3)]] * 5
        assert len(plan.lineage("initiative:door").events) == 5


def test_a_plan_that_was_not_opened_yet_was_not_there() -> None:
    """A predecessor that was named before its plan came into the store."""
    late = journal("plan-2014", "2018-06-01")
    now = journal("plan-2018", "2018-04-02", f"2018-04-03 {continued('plan-2014/initiative:door')}")
    with store(late, now) as tracker:
        plan = tracker.plan("plan-2018")

        assert links(plan.lineage("initiative:door", known_at="2018-05-31")) == [
            "plan-2018/initiative:door <- plan-2014/initiative:door #3: no plan"
        ]
        assert links(plan.lineage("initiative:door")) == [
            "plan-2018/initiative:door <- plan-2014/initiative:door #3: followed"
        ]


def test_a_retracted_or_corrected_lineage_is_followed_as_it_stands() -> None:
    """Retracted it leads nowhere; corrected it leads elsewhere; the retraction retracted it leads there again."""
    then = journal("plan-2014", "2014-04-02", "2014-04-02 InitiativeProposed: {initiative: walk-in, title: Walk-in}")
    now = journal(
        "plan-2018",
        "2018-04-02",
        f"2018-04-03 {continued('plan-2014/initiative:door', beside='event_id: link')}",
        "2018-04-04 EventRetracted: {event: link, why: guessed}\n      event_id: taken-back",
        "2018-04-05 EventRetracted: {event: taken-back, why: it was right}",
        "2018-04-06 EventCorrected: {event: link, replacement: {type: Continued, data: {subject: 'initiative:door',"
        " predecessor: 'plan-2014/initiative:walk-in'}}}",
    )
    with store(then, now) as tracker:
        plan = tracker.plan("plan-2018")
        found = {at: [link.predecessor for link in plan.lineage("initiative:door", known_at=at).links]
                 for at in (3, 4, 5, 6)}  # fmt: skip
        own = [position for at, position in events(plan.lineage("initiative:door")) if at == "plan-2018"]

    assert found == {
        3: ["plan-2014/initiative:door"], 4: [], 5: ["plan-2014/initiative:door"], 6: ["plan-2014/initiative:walk-in"],
    }  # fmt: skip
    assert own == [2, 3, 4, 5, 6]


def test_another_name_leads_to_the_same() -> None:
    """Asked for by an alias, or continued from one."""
    alias = "AliasDeclared: {alias: walk-in, title: Walk-in centre, of: 'initiative:door'}"
    then = journal("plan-2014", "2014-04-02", f"2014-04-03 {alias}")
    now = journal(
        "plan-2018",
        "2018-04-02",
        f"2018-04-03 {continued('plan-2014/initiative:walk-in')}",
        "2018-04-04 AliasDeclared: {alias: entrance, title: E, of: 'initiative:door'}",
    )
    with store(then, now) as tracker:
        plan = tracker.plan("plan-2018")
        by_alias = plan.lineage("initiative:entrance")

        assert by_alias == plan.lineage("initiative:door")
        assert links(by_alias) == ["plan-2018/initiative:door <- plan-2014/initiative:door #3: followed"]
        assert plan.named("measure:entrance") == "measure:entrance"
        with pytest.raises(UnknownSubjectError, match=r"^nothing was recorded about 'initiative:entrance'; "):
            plan.lineage("initiative:entrance", known_at=3)


def test_a_paper_goes_on_within_its_plan(medway: Tracker) -> None:
    """The headlines of March follow the paper of January: both are of the plan of 2014."""
    found = medway.plan("medway-ccg-2014").lineage("document:headlines")

    assert links(found) == ["medway-ccg-2014/document:headlines <- medway-ccg-2014/document:january-2014 #25: followed"]
    assert len(events(found)) == len(set(events(found)))


# --- laws ------------------------------------------------------------------------------------------------------------

GRAPHS = st.dictionaries(st.integers(0, 5), st.lists(st.integers(0, 7), max_size=3), max_size=6)


def told(graph: dict[int, list[int]], node: int) -> Record:
    """A plan named by a number, whose one subject goes on from that of other plans."""
    continued = [
        (position, Continued(subject="initiative:i", predecessor=f"p{other}/initiative:i"))
        for position, other in enumerate(graph[node], 1)
    ]
    return Record(subject="initiative:i", events=recorded_in(node), continued=continued)


def recorded_in(node: int) -> list[RecordedEvent]:
    """Two events, recorded while those of other plans are."""
    day = Period.parse("2018-01-01")
    return recorded([("a", day, OPENING), ("b", day, OPENING)], plan=f"p{node}")


@given(GRAPHS)
def test_everything_that_can_be_reached_is_told_once(graph: dict[int, list[int]]) -> None:
    """Whatever circles there are: each plan that is there, each link, each event once, and a circle is noticed."""

    def tell(plan: str, _: str) -> Record | None:
        return told(graph, int(plan[1:])) if int(plan[1:]) in graph else None

    found = lineage("p0", "initiative:i", tell)
    if 0 not in graph:
        assert found is None
        return
    assert found is not None
    reached, todo = {0}, [0]
    while todo:
        fresh = {other for other in graph[todo.pop()] if other in graph} - reached
        reached |= fresh
        todo += fresh

    assert [(e.recorded_at, e.plan, e.position) for e in found.events] == sorted(
        (e.recorded_at, e.plan, e.position) for node in reached for e in recorded_in(node)
    )
    assert sorted((link.subject, link.position) for link in found.links) == sorted(
        (f"p{node}/initiative:i", position) for node in reached for position in range(1, len(graph[node]) + 1)
    )
    assert {link.predecessor for link in found.links if link.outcome == "no plan"} == {
        f"p{other}/initiative:i" for node in reached for other in graph[node] if other not in graph
    }
    assert any(link.outcome == "loop" for link in found.links) == any(leads_back(graph, node) for node in reached)
    without = [link for link in found.links if link.outcome == "followed"]
    assert not any(leads_back(followed(without), node) for node in reached)


def followed(links: Sequence[Link]) -> dict[int, list[int]]:
    """The graph that some links make."""
    graph: dict[int, list[int]] = {}
    for link in links:
        graph.setdefault(int(link.subject[1]), []).append(int(link.predecessor[1]))
    return graph


def leads_back(graph: dict[int, list[int]], node: int) -> bool:
    """Whether a plan goes on from itself."""
    reached: set[int] = set()
    todo = list(graph.get(node, ()))
    while todo:
        at = todo.pop()
        if at not in reached:
            reached.add(at)
            todo += graph.get(at, ())
    return node in reached
