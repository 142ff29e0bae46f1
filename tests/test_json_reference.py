"""The page of what programs read is held against what the commands print: no key is missing, and none is made up."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import plantrack
from plantrack.cli import main
from plantrack.demo import DocumentClock
from plantrack.journal import read_journal

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "json.md").read_text("utf-8")

BEFORE = """\
plantrack-journal: 1
plan: board
entries:
- recorded: 2018-02-08
  events:
    - PlanOpened: {title: Board plan, organisation: Trust, period: 2017/18}
    - BodyRegistered: {body: board, title: The board}
    - MeetingScheduled: {meeting: march, body: board, date: 2018-03-01}
    - RiskRaised: {risk: flood, title: Flood}
      event_id: risk
    - MeasureDefined: {measure: ae, title: A&E, direction: increase}
      effective: 2017-04-01
    - TargetSet: {measure: ae, comparator: at-least, value: 95}
    - MilestoneSet: {milestone: door, title: Door, due: 2018-03}
      event_id: door
    - Continued: {subject: "milestone:door", predecessor: "older/milestone:door"}
    - Observed: {measure: ae, period: 2018-01, value: 67}
      effective: 2018-01
      event_id: january
    - Observed: {measure: ae, period: 2017-12, value: 70}
      effective: 2017-12
      event_id: december
"""
AFTER = """\
plantrack-journal: 1
plan: board
entries:
- recorded: 2018-02-20
  actor: {person: Jane Smith}
  events:
    - EventCorrected: {event: january, replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 76}}}
    - EventRetracted: {event: december, why: counted twice}
      event_id: gone
    - EventRetracted: {event: gone, why: counted once}
    - EventRetracted: {event: risk, why: of another plan}
    - EventCorrected:
        event: door
        replacement: {type: MilestoneSet, data: {milestone: door, title: Door, due: 2018-04}}
    - ApprovalGiven: {approval: a, about: "milestone:door", by: board}
    - MilestoneRescheduled: {milestone: door, due: 2018-05}
      effective: 2018-02-21
    - MilestoneRescheduled: {milestone: door, due: 2018-06}
      effective: 2018-02-22
    - ApprovalGiven: {approval: b, about: "milestone:door", by: board}
      effective: 2018-02-22
    - CommitmentMade: {commitment: c, title: Report, owed_to: board, due: 2018-03}
    - Observed: {measure: ae, period: 2017-11, value: 71}
      effective: 2017-11
"""
PACK = """
plantrack-rules: 1
pack: ours
version: 1.0.0
rules:
  - id: kpi.any
    title: Any
    for: Measure
    severity: high
    when: title == 'A&E'
    message: "{title}"
"""

COMMANDS = {
    "log": ["log --late 24h"],
    "log --lineage": ["log milestone:door --lineage"],
    "blame": ["blame measure:ae"],
    "diff": ["diff 2018-02-20@#10 latest"],
    "goalposts": ["goalposts"],
    "verify": ["verify --checkpoint held --key key.pub"],
    "verify BUNDLE": [f"verify {name} --key key.pub --checkpoint held" for name in ("bundle", "changed")],
    "people": ["people"],
    "plans": ["plans"],
    "replay": ["replay march"],
}
WHOLE = ("data", "summary.findings", "changed", "broken", "rules_new", "rules_gone", "params", "signed_by", "source")
"""What is not looked into: what an event says, and lists and counts of words."""


def run(*args: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, args, prog_name="plantrack", catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A plan in which everything happened that these commands tell of, and what an auditor holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("json"))
        patch.delenv("PLANTRACK_DB", raising=False)
        clock = DocumentClock()
        with plantrack.open("plantrack.db", clock=clock) as tracker:
            plan = tracker.plan("board")
            for journal in (BEFORE, AFTER):
                for entry in read_journal(journal, "journal.yaml"):
                    clock.now = entry.recorded
                    plan.record_all(entry.proposals)
                if journal is BEFORE:
                    plan.adopt(plantrack.load_pack(PACK, "ours.yaml"), effective="2018-02-01")
                    plan.seal("march")
        Path("held").write_text(run("checkpoint", "--key", "key", "--new-key", "example.org/board"), "utf-8")
        run("prove", "--from", "2018-01-01", "--until", "2018-02-28", "--key", "key", "-o", "bundle")
        Path("changed").write_text(Path("bundle").read_text("utf-8").replace("Report", "Repeat"), "utf-8")
        yield


def documented(command: str) -> dict[str, str]:
    """The keys in the table of a command, each with what its row says."""
    section = re.search(rf"^## {re.escape(command)}$(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert section is not None
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", section[1], re.MULTILINE)
    return {key: meaning for keys, meaning in rows for key in re.findall(r"`([^`]+)`", keys)}


def printed(value: Any, documented: dict[str, str], path: str = "") -> Iterator[str]:
    """The keys of a value, as far as the page goes into them."""
    if path in documented and ("*" in documented[path] or path.rpartition("[].")[2].endswith(WHOLE)):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            dated = re.sub("_(start|end)$", "", key)
            if dated == key or dated not in value:
                yield from printed(inner, documented, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and (value or path not in documented):
        for inner in value:
            yield from printed(inner, documented, f"{path}[]")
    elif value is not None or path in documented:
        yield path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_has_every_key_and_no_other(command: str) -> None:
    """What a command prints, key by key."""
    keys = documented(command)
    found = {
        path
        for typed in COMMANDS[command]
        for path in printed(json.loads(run(*typed.split(), "--format", "json", status=2 * ("changed" in typed))), keys)
    }
    assert found == set(keys)
