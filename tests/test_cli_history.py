"""The commands that ask the past, typed: `blame`, `log --late`, `log --lineage`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import plantrack
from plantrack import Tracker
from plantrack.cli import main
from plantrack.demo import DocumentClock
from plantrack.journal import read_journal
from plantrack.reports import blame_report, late_report, lineage_report
from plantrack.state import KINDS

JOURNALS = (
    """\
plantrack-journal: 1
plan: then
entries:
- recorded: 2014-04-02
  events:
    - PlanOpened: {title: Commissioning plan, organisation: Medway CCG, period: 2014/15, time_zone: UTC}
    - InitiativeProposed: {initiative: walk-in, title: Walk-in centre}
""",
    """\
plantrack-journal: 1
plan: now
entries:
- recorded: 2018-04-03
  actor: programme office
  events:
    - PlanOpened: {title: Operational plan, organisation: Medway CCG, period: 2018/19}
    - InitiativeProposed: {initiative: door, title: Front door}
      effective: 2018-04-01
      event_id: proposed
    - AliasDeclared: {alias: entrance, title: Entrance, of: "initiative:door"}
    - Continued: {subject: "initiative:door", predecessor: then/initiative:walk-in}
      event_id: from-then
    - Continued: {subject: "initiative:door", predecessor: older/initiative:walk-in}
      event_id: from-older
""",
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plans in the default file of an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANTRACK_DB", raising=False)
    clock = DocumentClock()
    with plantrack.open("plantrack.db", clock=clock) as tracker:
        for entry in (entry for journal in JOURNALS for entry in read_journal(journal, "journal.yaml")):
            clock.now = entry.recorded
            tracker.plan(entry.plan).record_all(entry.proposals)


def run(*args: str) -> tuple[int, str, str]:
    """Exit status, stdout, stderr; an exception that is no exit fails the test."""
    done = CliRunner().invoke(main, args, prog_name="plantrack", catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


def read(*args: str) -> Any:
    """What a program reads."""
    code, out, err = run(*args, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


# --- blame -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", [["now/initiative:door"], ["initiative:door", "--plan", "now"], ["now/initiative:entrance"]], ids=" ".join
)
def test_blame_of_a_subject(typed: list[str]) -> None:
    """However it is named."""
    assert run("blame", *typed, "--as-at", "2018-04-30") == (
        0,
        "initiative:door  Front door\n"
        "now · as at 30 April 2018, as known on 3 April 2018 (#5)\n"
        "\n"
        "  #2     2018-04-01   InitiativeProposed  proposed\n"
        "                      recorded 2018-04-03 10:00 BST; by programme office\n"
        "                      title   Front door\n"
        "                      kind    initiative\n"
        "                      status  proposed\n"
        "\n"
        "  #5     2018-04-03   Continued  from-older\n"
        "                      recorded 2018-04-03 10:00 BST; by programme office\n"
        "                      continues  older/initiative:walk-in\n",
        "",
    )


def test_blame_for_programs() -> None:
    """One object a field."""
    found = read("blame", "now/initiative:door", "--as-at", "2018-04-30", "--known-at", "#4")

    assert (found["as_at"], found["known_at"]["position"]) == ("2018-04-30", 4)
    assert {f["field"]: f["set_by"] and f["set_by"]["event_id"] for f in found["fields"]} == {
        **dict.fromkeys(("title", "kind", "status"), "proposed"),
        "continues": "from-then",
        **dict.fromkeys(("goal", "parent", "description", "attributes", "superseded_by", "dependencies_assessed")),
        **dict.fromkeys(("period", "revised")),
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["now/initiative:dor"], "there is no initiative:dor as at 2018-04-30, known at #5; did you mean 'door'?"),
        (["initiative:door"], "the store holds several plans; choose one with --plan: then, now"),
        (["now/initiative:door", "--known-at", "#9"], "--known-at #9 is outside the log of 'now', which ends at #5"),
        (["now/initiative:door", "--rules-at", "x"], "--rules-at 'x' is not a coordinate; "),
    ],
)
def test_blame_refuses_what_it_cannot_answer(typed: list[str], message: str) -> None:
    """On stderr, with what to do; exit status 2."""
    code, out, err = run("blame", *typed, "--as-at", "2018-04-30")

    assert (code, out) == (2, "")
    assert err.startswith(f"plantrack: {message}")


# --- log -------------------------------------------------------------------------------------------------------------


def test_log_of_what_was_recorded_late() -> None:
    """The initiative was two days old; the rest was recorded on its day."""
    assert run("log", "now/", "--late", "24h") == (
        0,
        "Recorded 2018-04-03 10:00 BST by programme office\n"
        "  #2     2018-04-01   InitiativeProposed: initiative door · title Front door\n"
        "                      34 hours late\n"
        "\n"
        "1 event was recorded late\n",
        "",
    )
    assert run("log", "now/initiative:door", "--late", "1w") == (0, "", "")
    (late,) = read("log", "now/initiative:entrance", "--late", "24h")
    assert (late["event_id"], late["late_seconds"], late["late_for"]) == ("proposed", 34 * 3_600, "2018-04-01")


def test_log_of_a_length_that_is_none() -> None:
    """With an example of one."""
    assert run("log", "now/", "--late", "a day") == (
        2,
        "",
        "plantrack: 'a day' is not a length of time; write a number with m, h, d or w for minutes, hours, days or"
        " weeks, for example 24h\n",
    )


def test_log_across_plans() -> None:
    """What is missing is part of the answer: it stands above the events, on stdout."""
    code, out, err = run("log", "now/initiative:door", "--lineage")

    assert (code, err) == (0, "")
    assert out.startswith(
        "now/initiative:door\n"
        "  goes on from then/initiative:walk-in (#4)\n"
        "  goes on from older/initiative:walk-in (#5): the store holds no plan older\n"
        "\n"
        "  then #2     2014-04-02   InitiativeProposed: initiative walk-in · title Walk-in centre\n"
        "                      recorded 2014-04-02 09:00 UTC\n"
    )
    assert out.count("recorded 2018-04-03 10:00 BST; by programme office\n") == 4


def test_log_across_plans_for_programs() -> None:
    """Links with what became of them, and the events."""
    found = read("log", "now/initiative:door", "--lineage", "--as-at", "2018-04-02")
    whole = read("log", "now/initiative:door", "--lineage")

    assert (found["links"], [event["event_id"] for event in found["events"]]) == ([], ["proposed"])
    assert [link["outcome"] for link in whole["links"]] == ["followed", "no plan"]


@pytest.mark.parametrize("command", [["blame", "now/"], ["log", "now/", "--lineage"]], ids=" ".join)
def test_a_question_about_a_subject_needs_one(command: list[str]) -> None:
    """A plan alone is none."""
    code, out, err = run(*command)

    assert (code, out) == (2, "")
    assert err.endswith(" needs a SUBJECT, such as initiative:front-door\n")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["now/", "--lineage"], "--lineage needs a SUBJECT, such as initiative:front-door"),
        (
            ["now/initiative:door", "--lineage", "--late", "24h"],
            "--late and --lineage are two questions; ask one of them",
        ),
    ],
)
def test_log_refuses_half_a_question(typed: list[str], message: str) -> None:
    """As wrong usage."""
    code, out, err = run("log", *typed)

    assert (code, out) == (2, "")
    assert err.endswith(f"\nError: {message}\n")


def test_log_by_another_name() -> None:
    """An alias leads to the subject; before it was declared it was unknown."""
    assert run("log", "now/initiative:entrance") == run("log", "now/initiative:door")
    assert run("log", "now/initiative:entrance", "--known-at", "#2")[2].startswith(
        "plantrack: nothing was recorded about 'initiative:entrance'; "
    )


# --- the real plans --------------------------------------------------------------------------------------------------


def test_reports_of_the_example_stay_within_the_width(medway: Tracker) -> None:
    """A subject of every kind that has one; only an id may be longer than a line, and no line trails blanks."""
    plan = medway.plan("medway-ccg-2017")
    state = plan.at()
    names = [f"{kind}:{next(reversed(found))}" for kind in KINDS if (found := dict(state.of_kind(kind)))]
    zones = {name: medway.plan(name).opened.time_zone for name in medway.plans()}
    lines = [line.text for name in names for line in blame_report(plan.blame(name), zones[plan.id])]
    lines += [line.text for line in late_report(plan.late("24h"), zones[plan.id])]
    lines += [line.text for line in lineage_report(plan.lineage("initiative:o4-ct-1"), zones)]

    assert len(names) > 20
    assert [line for line in lines if line != line.rstrip()] == []
    assert [line for line in lines if len(line) > 100 and "medway-ccg-2014/" not in line] == []
