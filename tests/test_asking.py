"""The commands ``diff`` and ``goalposts``, typed as an auditor would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import plantrack
from plantrack.cli import main
from plantrack.demo import DocumentClock
from plantrack.journal import read_journal
from tests.test_goalposts import WARD


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A store with the plan of the ward, and an empty one beside it."""
    path, clock = tmp_path / "board.db", DocumentClock()
    opening = "- recorded: 2017-04-01\n  events:\n    - PlanOpened: {title: %s, organisation: CCG, period: 2017/18}\n"
    with plantrack.open(path, clock=clock) as tracker:
        for plan, entries in (("board", opening % "Operational plan" + WARD), ("empty", opening % "Nothing yet")):
            body = "".join(f"  {line}\n" for line in entries.splitlines())
            for entry in read_journal(f"plantrack-journal: 1\nplan: {plan}\nentries:\n{body}", "story.yaml"):
                clock.now = entry.recorded
                tracker.plan(plan).record_all(entry.proposals)
    return str(path)


def run(db: str, *args: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(main, ["--db", db, *args], prog_name="plantrack", catch_exceptions=False)
    return found.exit_code, found.stdout, found.stderr


def test_goalposts_of_a_plan_and_of_a_subject(db: str) -> None:
    """The plan may stand before the subject; what was known then is asked with --known-at."""
    code, out, err = run(db, "goalposts", "board/milestone:open", "--as-at", "2018-03-31", "--known-at", "#9")
    assert (code, err) == (0, "")
    assert (
        out
        == """\
Operational plan
board · as at 31 March 2018, as known on 10 February 2018 (#9)

1 move of 1 goalpost, 1 approved by nobody, 1 eased, none tightened.
Median drift of 1 date: 15 days.

Ward open: date  [milestone:open]
  Slipped 15 days in 1 move since the approved 31 March 2018.
  #8      31 March 2018 → 15 April 2018 (15 days later, eased); approved by nobody
          true and recorded 10 February 2018 by pmo from Progress Report
"""
    )
    document = json.loads(run(db, "goalposts", "--plan", "board", "--as-at", "2018-03-31", "--format", "json")[1])
    assert [g["subject"]["id"] for g in document["goalposts"]] == ["open", "ae"]


def test_diff_of_two_positions(db: str) -> None:
    """For people and for programs; --full shows what the first lines leave out."""
    code, out, err = run(db, "diff", "#7", "#9", "--plan", "board")
    assert (code, err) == (0, "")
    assert out.splitlines()[:10] == [
        "Operational plan",
        "board · from 10 January 2018, as known on 10 January 2018 (#7)",
        "      · to   10 February 2018, as known on 10 February 2018 (#9)",
        "",
        "FACTS: no change",
        "",
        "TARGETS, DATES, SCOPE: 2 changed",
        "  changed  Ward open  [milestone:open]",
        "             due: 31 March 2018 → 15 April 2018  [#8]",
        "  changed  A&E within 4 hours  [target:ae]",
    ]
    document = json.loads(run(db, "diff", "#7", "#9", "--plan", "board", "--format", "json")[1])
    assert [change["subject"]["kind"] for change in document["targets"]] == ["milestone", "target"]


def test_nothing_to_say_is_said_by_silence(db: str) -> None:
    """Exit status 0 and no line; a program still gets its document."""
    for command in (["diff", "2018-02-28", "2018-02-28"], ["goalposts"]):
        assert run(db, *command, "--plan", "empty") == (0, "", "")
        code, out, err = run(db, *command, "--plan", "empty", "--format", "json")
        assert (code, err, json.loads(out)["plan"]) == (0, "", "empty")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["diff", "#1", "#2"], "the store holds several plans; choose one with --plan: board, empty"),
        (["diff", "#1", "#99", "--plan", "board"], "#99 is outside the log of 'board', which ends at #12"),
        (
            ["diff", "#1", "meeting:x", "--plan", "board"],
            "'meeting:x': there is no meeting 'x'; none is recorded",
        ),
        (["goalposts", "--plan", "board", "--rules-at", "x"], None),
        (["goalposts", "board/milestone:opn"], "nothing was recorded about 'milestone:opn'; did you mean 'open'?"),
    ],
)
def test_what_is_refused(db: str, command: list[str], message: str | None) -> None:
    """One line on stderr, exit status 2."""
    code, out, err = run(db, *command)
    assert (code, out) == (2, "")
    assert err.startswith("plantrack: --rules-at 'x' is not a coordinate") if message is None else (
        err == f"plantrack: {message}\n"
    )  # fmt: skip
