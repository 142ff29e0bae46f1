"""A plan answers what people ask of it, each question by one expression of jq over ``show --format json``."""

from __future__ import annotations

import json
import os
from typing import Any

import jq
import pytest

import plantrack
from plantrack import Period, PlanLog, State, Tracker
from plantrack.events import DependencyDeclared, DependencyWithdrawn, Event, InitiativeProposed, PlanOpened
from plantrack.reports import show_json
from plantrack.rules import related
from plantrack.state import PLURALS
from plantrack.state.entity import data_of
from tests.questions import PAGE, boards, page, questions

QUESTIONS = questions()
KEYS = {"question", "page", "plan", "where", "jq", "answer"}


@pytest.fixture(scope="session")
def states(medway: Tracker) -> dict[str, State]:
    return {plan: medway.plan(plan).at(as_at=day, known_at=day) for plan, day in boards().items()}


@pytest.fixture(scope="session")
def shown(states: dict[str, State]) -> dict[str, Any]:
    """What ``show --format json`` prints of each plan at its board."""
    return {plan: json.loads(json.dumps(show_json(state))) for plan, state in states.items()}


@pytest.mark.parametrize("asked", [pytest.param(q, id=q["question"]) for q in QUESTIONS])
def test_question(asked: dict[str, Any], shown: dict[str, Any]) -> None:
    """One expression gives one answer: that of the paper."""
    assert set(asked) <= KEYS
    assert asked["where"]
    assert jq.compile(asked["jq"]).input_value(shown[asked["plan"]]).all() == [asked["answer"]]


def test_page_is_up_to_date() -> None:
    """The page is made of the data. After a change that is meant: RENEW_GOLDEN=1 pytest tests/test_questions.py."""
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


# --- the lists by which the questions are put ------------------------------------------------------------------------


def test_every_reference_is_listed_at_its_other_end(states: dict[str, State], shown: dict[str, Any]) -> None:
    """In the order in which the subjects appeared, whether the reference is an id alone or has its kind before it."""
    for plan, state in states.items():
        for kind, plural in PLURALS.items():
            for name, entity in state.of_kind(kind).items():
                for listed, inverse in entity.INVERSES.items():
                    ends = {name, f"{kind}:{name}"}
                    others = state.of_kind(inverse.kind).values()
                    expected = [o.id for o in others if dict(data_of(o))[inverse.field] in ends]
                    assert shown[plan][plural][name][listed] == expected, (plan, kind, name, listed)


@pytest.fixture
def chain() -> Any:
    """Beds need the door, the door needs the desk, the desk needs beds; nobody needs the lobby any more."""
    with plantrack.open(":memory:") as tracker:
        plan = tracker.plan("p")
        record(plan, PlanOpened(title="P", organisation="O", period=Period.parse("2017/18")))
        record(plan, *(InitiativeProposed(initiative=name, title=name) for name in ("beds", "desk", "door", "lobby")))
        for name, on in (("beds", "door"), ("door", "desk"), ("desk", "beds"), ("door", "lobby")):
            record(plan, DependencyDeclared(dependency=name + on, initiative=name, title=on, on=f"initiative:{on}"))
        record(plan, DependencyWithdrawn(dependency="doorlobby"))
        yield plan


def record(plan: PlanLog, *events: Event) -> None:
    plan.record(*events, effective="2017-04-01", actor="office")


def test_chains_are_nearest_first_without_the_initiative_itself(chain: PlanLog) -> None:
    """Circles end, and what was withdrawn leads nowhere; the dependency itself stays listed."""
    initiatives = show_json(chain.at(as_at="2018-02-28"))["initiatives"]

    assert {name: (i["upstream"], i["downstream"]) for name, i in initiatives.items()} == {
        "beds": (["door", "desk"], ["desk", "door"]),
        "desk": (["beds", "door"], ["door", "beds"]),
        "door": (["desk", "beds"], ["beds", "desk"]),
        "lobby": ([], []),
    }
    assert initiatives["lobby"]["dependants"] == ["doorlobby"]


def test_chains_of_all_are_left_out_where_they_are_too_many(chain: PlanLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Null for every initiative, never for some; one alone tells them, whatever the others do."""
    monkeypatch.setattr(related, "MAX_FOLLOWED", 3)
    state = chain.at(as_at="2018-02-28")
    initiatives = show_json(state)["initiatives"].values()

    assert {(i["upstream"], i["downstream"]) for i in initiatives} == {(None, None)}
    lists = related.Related(state).of(state.initiatives["beds"])
    assert [i.id for i in lists["upstream"] or ()] == ["door", "desk"]
