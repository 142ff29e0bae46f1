"""Packs to which a plan is held: adopted texts in the log, parameters set for a plan, packs of other packages."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import plantrack
from plantrack import CheckResult, Pack, load_pack
from plantrack.cli import main
from plantrack.errors import AdmissionError, EventError, ParameterError, PeriodError, RuleSourceError
from plantrack.events import EventCorrected, EventRetracted, Parameter, RulePackAdopted
from plantrack.rules.parameters import parsed, with_parameters
from tests.stories import only, pack, told
from tests.strategies import examples

LATE = """
- id: time.late
  title: Late
  formerly: [time.overdue]
  for: Milestone
  severity: high
  params: {grace: 0, statuses: [planned, delayed], prefix: Opens, strict: true}
  when: >-
    strict and status in statuses and starts_with(title, prefix)
    and due is not None and due < today and days_between(due, today) > grace
  message: "{title} is late"
"""
PLAN = """
- recorded: 2018-01-02
  events:
    - MilestoneSet: {milestone: m, title: Opens, due: 2018-01}
"""

CORE = [(p.id, p.version) for p in plantrack.installed_packs()]


def used(result: CheckResult) -> list[tuple[str, str]]:
    return [(p.pack, p.version) for p in result.packs]


def adoption(content: str, name: str = "ours", version: str = "1.0.0", **more: Any) -> RulePackAdopted:
    """What somebody could record by hand."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return RulePackAdopted(pack=name, version=version, sha256=digest, text=content, **more)


# --- which packs -----------------------------------------------------------------------------------------------------


def test_rules_at_replays_what_was_adopted() -> None:
    """A plan is held to what it had adopted by then, with its own parameters; nothing adopted means installed."""
    with told(PLAN) as story:
        story.until("2018-02-01").plan.adopt(pack(LATE))
        story.until("2018-03-01").plan.adopt(pack(LATE, version="2.0.0"), [parsed("time.late.grace=90")])
        check = story.plan.check
        by_rules = {k: check(as_at="2018-03-02", rules_at=k) for k in ("2018-01-31", "2018-02-01", "#4", "installed")}
        now = check(as_at="2018-03-02")
        then = check(as_at="2018-03-02", known_at="2018-02-28")

    assert {k: used(result) for k, result in by_rules.items()} == {
        "2018-01-31": CORE,
        "2018-02-01": [("ours", "1.0.0")],
        "#4": [("ours", "2.0.0")],
        "installed": CORE,
    }
    assert (used(now), now.findings) == ([("ours", "2.0.0")], ())
    assert (used(then), only(then).message) == ([("ours", "1.0.0")], "Opens is late")
    assert by_rules["2018-02-01"].packs[0].sha256 == pack(LATE).sha256


def test_both_dates_of_an_adoption_count() -> None:
    """From the day of the decision on, and not in what was checked before it was recorded; state and check agree."""
    with told(PLAN) as story:
        story.until("2018-03-01").plan.adopt(pack(LATE), effective="2018-01-10", actor="board", reason="agreed")
        before = story.plan.check(as_at="2018-02-20", known_at="2018-02-20")
        by_day = [
            (used(story.plan.check(as_at=f"2018-01-{day}")), len(story.plan.at(as_at=f"2018-01-{day}").rule_packs))
            for day in ("09", "10")
        ]
        (event,) = story.plan.about("rule-pack:ours")
        state = story.plan.at().rule_packs["ours"]

    assert used(before) == CORE
    assert by_day == [(CORE, 0), ([("ours", "1.0.0")], 1)]
    assert (str(event.effective), event.actor, event.reason) == ("2018-01-10", "board", "agreed")
    assert (state.version, state.status, str(state.adopted)) == ("1.0.0", "adopted", "2018-01-10")


def test_several_in_the_order_of_their_first_adoption() -> None:
    """A new version takes the place of the old one; one that was withdrawn and adopted again comes last."""
    other = "- {id: gov.other, title: Other, for: Risk, severity: low, when: status == 'closed', message: none}"
    with told(PLAN) as story:
        plan = story.until("2018-02-01").plan
        plan.adopt(pack(LATE))
        plan.adopt(pack(other, name="others"))
        plan.adopt(pack(LATE, version="1.1.0"))
        orders = [used(plan.check())]
        plan.withdraw("ours")
        orders.append(used(plan.check()))
        plan.adopt(pack(LATE))
        orders.append(used(plan.check()))
        plan.withdraw("ours")
        plan.withdraw("others")
        orders.append(used(plan.check()))

    assert orders == [
        [("ours", "1.1.0"), ("others", "1.0.0")],
        [("others", "1.0.0")],
        [("others", "1.0.0"), ("ours", "1.0.0")],
        CORE,
    ]


def test_same_decision_twice() -> None:
    """Held to it already: nothing is recorded. But one day may see a pack adopted, replaced and adopted again."""
    with told(PLAN) as story:
        plan = story.until("2018-02-01").plan
        one, two = pack(LATE), pack(LATE, version="2.0.0")
        recorded = [len(plan.adopt(p)) for p in (one, one, two, one, one)]
        recorded += [len(plan.withdraw("ours")) for _ in range(2)]
        recorded += [len(plan.adopt(one)), len(plan.withdraw("ours"))]
        with pytest.raises(AdmissionError) as unknown:
            plan.withdraw("our")
        decisions = plan.about("rule-pack:ours")

    assert recorded == [1, 0, 1, 1, 0, 1, 0, 1, 1]
    assert str(unknown.value) == "event 1 (RulePackWithdrawn): pack: unknown rule-pack 'our'; did you mean 'ours'?"
    assert [event.causation_id for event in decisions] == [None, *(event.event_id for event in decisions[:-1])]


def test_corrected_and_retracted() -> None:
    """As known: corrected, the plan is held to the other text; retracted, to what was adopted before."""
    with told(PLAN) as story:
        plan = story.until("2018-02-01").plan
        plan.adopt(pack(LATE))
        (second,) = plan.adopt(pack(LATE, version="2.0.0"))
        story.until("2018-02-02")
        right = adoption(pack(LATE, version="2.0.1").content, version="2.0.1")
        plan.record(EventCorrected(event=second.event_id, replacement=right), effective="2018-02-02")
        story.until("2018-02-03")
        plan.record(EventRetracted(event=second.event_id, why="not agreed"), effective="2018-02-03")
        versions = [used(plan.check(rules_at=f"2018-02-0{day}")) for day in (1, 2, 3)]

    assert versions == [[("ours", "2.0.0")], [("ours", "2.0.1")], [("ours", "1.0.0")]]


def test_packs_given_come_before_adopted_ones() -> None:
    """A check by a pack that is tried out asks the log for none."""
    with told(PLAN) as story:
        story.plan.record(adoption("no pack"), effective="2018-02-01")

        assert used(story.plan.check(packs=[pack(LATE, version="9.0.0")])) == [("ours", "9.0.0")]


def test_decided_for_a_later_day() -> None:
    """What begins in April does not count in March, and cannot be withdrawn before it begins; nor ends too early."""
    with told(PLAN) as story:
        plan = story.until("2018-03-15").plan
        plan.adopt(pack(LATE), effective="2018-04-01")
        begins = [used(plan.check(as_at=day)) for day in ("2018-03-31", "2018-04-01")]
        with pytest.raises(AdmissionError) as early:
            plan.withdraw("ours")
        plan.withdraw("ours", effective="2018-05-01")
        ends = [used(plan.check(as_at=day)) for day in ("2018-04-30", "2018-05-01")]
        again = [len(plan.adopt(pack(LATE), effective=day)) for day in ("2018-04-10", "2018-05-02")]

    assert begins == [CORE, [("ours", "1.0.0")]]
    assert str(early.value) == "ours is adopted from 2018-04-01 on and cannot be withdrawn as of 2018-03-15"
    assert ends == [[("ours", "1.0.0")], CORE]
    assert again == [0, 1]


def test_watch_follows_a_decision_for_a_later_day() -> None:
    """On the day on which a pack begins to count, the watch uses it, though nothing was recorded since."""
    with told(PLAN) as story:
        plan = story.until("2018-03-15").plan
        plan.adopt(pack(LATE), effective="2018-04-01")
        watch = plan.watch()
        packs = [used(watch.result)]
        story.until("2018-04-01")
        watch.refresh()
        packs.append(used(watch.result))

    assert packs == [CORE, [("ours", "1.0.0")]]


def test_version_is_one_text() -> None:
    """Another text under a version that was adopted is refused, also when that was withdrawn or was long ago."""
    other = pack(LATE.replace("Late", "Too late"))
    with told(PLAN) as story:
        plan = story.until("2018-02-01").plan
        plan.adopt(pack(LATE))
        plan.adopt(pack(LATE, version="1.0.1"))
        plan.withdraw("ours")
        with pytest.raises(AdmissionError) as refused:
            plan.adopt(other)
        assert plan.head == 5

    assert str(refused.value) == "ours 1.0.0 was adopted with another text in #3; raise its version"


def test_date_of_a_decision_is_read_first() -> None:
    """Also where nothing would be recorded."""
    with told(PLAN) as story:
        plan = story.until("2018-02-01").plan
        plan.adopt(pack(LATE))
        with pytest.raises(PeriodError, match="cannot read 'soonish' as a date or period"):
            plan.adopt(pack(LATE), effective="soonish")
        plan.withdraw("ours")
        with pytest.raises(PeriodError, match="cannot read 'soonish' as a date or period"):
            plan.withdraw("ours", effective="soonish")


# --- what is wrong ---------------------------------------------------------------------------------------------------

GOOD = pack(LATE).content
BROKEN = {
    "no pack": (
        adoption("no pack"),
        "the pack adopted at #3:1:1: a pack is a mapping with plantrack-rules, pack, version, rules",
    ),
    "newer language": (
        adoption(GOOD.replace("plantrack-rules: 1", "plantrack-rules: 2")),
        "the pack adopted at #3:1:18: this version reads plantrack-rules: 1\n    plantrack-rules: 2\n"
        "                     ^",
    ),
    "other name": (
        adoption(GOOD, name="theirs"),
        "the pack adopted at #3:1:1: the text is that of ours 1.0.0, and it was adopted as theirs 1.0.0\n"
        "  hint: withdraw it, and adopt the right one",
    ),
    "other version": (
        adoption(GOOD, version="1.0.1"),
        "the pack adopted at #3:1:1: the text is that of ours 1.0.0, and it was adopted as ours 1.0.1\n"
        "  hint: withdraw it, and adopt the right one",
    ),
    "no such parameter": (
        adoption(GOOD, params=(Parameter(rule="time.late", name="grce", value="3"),)),
        "the pack adopted at #3:1:1: time.late has no parameter 'grce'; did you mean 'grace'?\n"
        "  hint: adopt it anew, with parameters that it has",
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_recorded_pack_that_does_not_load(broken: tuple[RulePackAdopted, str]) -> None:
    """A check says which event it was; with the installed rules, and after a withdrawal, the plan can be checked."""
    event, message = broken
    with told(PLAN) as story:
        story.until("2018-02-01").plan.record(event, effective="2018-02-01")
        with pytest.raises(RuleSourceError) as wrong:
            story.plan.check()
        assert used(story.plan.check(rules_at="installed")) == CORE
        story.plan.withdraw(event.pack)
        assert used(story.plan.check()) == CORE

    assert str(wrong.value) == message


def test_text_that_was_tampered_with() -> None:
    """The digest stands beside the text; an event in which they differ is refused."""
    with pytest.raises(EventError) as wrong:
        RulePackAdopted(pack="ours", version="1.0.0", sha256="0" * 64, text=GOOD)

    digest = hashlib.sha256(GOOD.encode()).hexdigest()
    assert str(wrong.value) == f"RulePackAdopted.sha256: the text has the digest {digest}, not '{'0' * 64}'"


def test_two_packs_with_one_rule() -> None:
    """Also where the rule has another name by now: nobody could say which of the two is meant."""
    renamed = LATE.replace("id: time.late", "id: time.tardy").replace("[time.overdue]", "[time.late]")
    with told(PLAN) as story:
        story.plan.adopt(pack(LATE))
        story.plan.adopt(pack(renamed, name="theirs", version="3.0.0"))
        with pytest.raises(RuleSourceError) as wrong:
            story.plan.check()

    assert str(wrong.value) == (
        "the pack adopted at #4:1:1: the rule 'time.late' is in ours 1.0.0 and in theirs 3.0.0;"
        " leave one of the packs out"
    )


def test_pack_whose_name_is_no_id() -> None:
    """It can be used, and not adopted."""
    with told(PLAN) as story, pytest.raises(EventError) as wrong:
        story.plan.adopt(pack(LATE, name="Our Rules"))

    assert str(wrong.value).startswith("RulePackAdopted.pack: 'Our Rules' is not an id: use lower-case letters")


# --- parameters ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("time.late.grace=5", "5"),
        ("time.late.grace = -2.50", "-2.50"),
        ("time.overdue.grace=5", "5"),
        ("time.late.statuses=[delayed, 'not started']", "('delayed', 'not started')"),
        ("time.late.statuses=[]", "()"),
        ("time.late.prefix=5", "'5'"),
        ("time.late.prefix=a=b", "'a=b'"),
        ("time.late.prefix=' a'", "' a'"),
        ("time.late.strict=false", "False"),
    ],
)
def test_parameter_from_a_text(written: str, value: str) -> None:
    """As it would be written in the pack; a text needs no quotes; a rule may be called by a name that it had."""
    param = parsed(written)
    (changed,) = with_parameters([pack(LATE)], [param])
    before, after = pack(LATE).rules[0].params, changed.rules[0].params

    assert str(after[param.name]) == value.strip("'") or repr(after[param.name]) == value
    assert {k: v for k, v in after.items() if k != param.name} == {k: v for k, v in before.items() if k != param.name}


WRONG = {
    "time.late.grce=3": "time.late has no parameter 'grce'; did you mean 'grace'?",
    "time.lat.grace=3": "there is no rule 'time.lat'; did you mean 'time.late'?",
    "time.late.grace=soon": "time.late.grace needs a number, such as 0; got 'soon'",
    "time.late.grace='5'": "time.late.grace needs a number, such as 0; got '5'",
    "time.late.grace=true": "time.late.grace needs a number, such as 0; got true",
    "time.late.grace=[]": "time.late.grace needs a number, such as 0; got []",
    "time.late.grace=[1]": "time.late.grace needs a number, such as 0; got [1]",
    "time.late.statuses=planned": (
        "time.late.statuses needs a list of text, such as ['planned', 'delayed']; got 'planned'"
    ),
    "time.late.statuses=[a, 1]": (
        "time.late.statuses needs a list of text, such as ['planned', 'delayed']; got ['a', 1]"
    ),
    "time.late.statuses={a: b}": "time.late.statuses needs one value or a list; got '{a: b}'",
    "time.late.strict=1": "time.late.strict needs a true/false, such as true; got 1",
    "time.late.strict=yes": (
        "time.late.strict: 'yes' means different things in different YAML versions; write it as in a pack"
    ),
    "time.late.prefix='a": "time.late.prefix: not YAML: found unexpected end of stream; write it as in a pack",
    "grace=3": "'grace=3' sets no parameter; write RULE.NAME=VALUE, such as kpi.missed-target.tolerance=5",
    "time.late.grace=": (
        "'time.late.grace=' sets no parameter; write RULE.NAME=VALUE, such as kpi.missed-target.tolerance=5"
    ),
}


@pytest.mark.parametrize("written", WRONG)
def test_wrong_parameters(written: str) -> None:
    """The message names what there is, and what a value looks like; neither a check nor an adoption takes it."""
    with told(PLAN) as story:
        with pytest.raises(ParameterError) as of_check:
            story.plan.check(packs=[pack(LATE)], params=[parsed(written)])
        with pytest.raises(ParameterError) as of_adoption:
            story.plan.adopt(pack(LATE), [parsed(written)])
        assert story.plan.head == 2

    assert str(of_check.value) == WRONG[written]
    assert str(of_adoption.value) == WRONG[written].replace("there is no rule", "ours has no rule")


def test_rule_without_parameters() -> None:
    """Nothing can be set there, and that is said."""
    plain = pack("- {id: gov.x, title: X, for: Risk, severity: low, when: status == 'closed', message: x}")
    with pytest.raises(ParameterError) as wrong:
        with_parameters([plain], [parsed("gov.x.grace=3")])

    assert str(wrong.value) == "gov.x has no parameter 'grace'; it has no parameters"


def test_parameter_of_a_check_comes_before_that_of_the_plan() -> None:
    """The plan lives with 90 days; a check may ask what 10 would show."""
    with told(PLAN) as story:
        story.plan.adopt(pack(LATE), [parsed("time.late.grace=90")])
        found = [len(story.plan.check(as_at="2018-03-02", params=p)) for p in ([], [parsed("time.late.grace=10")])]

    assert found == [0, 1]


def test_parameter_is_given_once() -> None:
    """Two values for one parameter contradict each other."""
    with told(PLAN) as story, pytest.raises(EventError) as wrong:
        story.plan.adopt(pack(LATE), [parsed("time.late.grace=1"), parsed("time.late.grace=2")])

    assert str(wrong.value) == "RulePackAdopted.params: a parameter is given twice"


# --- at the command line ---------------------------------------------------------------------------------------------


def run(*args: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(a) for a in args], prog_name="plantrack", catch_exceptions=False)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with one plan; the folder is the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANTRACK_DB", raising=False)
    with plantrack.open("board.db") as tracker:
        opened = plantrack.events.PlanOpened(title="P", organisation="O", period=plantrack.Period.parse("2017/18"))
        tracker.plan("board").record(opened, effective="2017-04-01")
    return "board.db"


DIGEST = pack(LATE).sha256[:12]
ALL = ", ".join(name for name, _ in CORE)


def test_adopt_and_withdraw_at_the_command_line(db: str) -> None:
    """A file or an installed pack; what is so already is said, and nothing recorded."""
    Path("ours.yaml").write_text(GOOD)
    core = next(p for p in plantrack.installed_packs() if p.id == "board-core")
    adopt, day = ("--db", db, "rules", "adopt"), ("--effective", "2018-02-01")

    assert run(*adopt, "ours.yaml", *day, "--param", "time.late.grace=5") == (
        0,
        "",
        f"board: ours 1.0.0 ({DIGEST}) adopted as #2, from 2018-02-01 on\n"
        f"board: from then on ours 1.0.0 alone counts; {ALL} are no longer applied: adopt each too with"
        f" `plantrack rules adopt {CORE[0][0]}`\n",
    )
    assert run(*adopt, "ours.yaml", *day, "--param", "time.late.grace=5") == (
        0, "", f"board: ours 1.0.0 ({DIGEST}) is adopted already; nothing was recorded\n",
    )  # fmt: skip
    assert run(*adopt, "board-core", *day)[2] == (
        f"board: board-core {core.version} ({core.sha256[:12]}) adopted as #3, from 2018-02-01 on\n"
    )
    withdraw = ("--db", db, "rules", "withdraw", "ours")
    assert run(*withdraw, "--effective", "2018-01-31") == (
        2, "", "plantrack: ours is adopted from 2018-02-01 on and cannot be withdrawn as of 2018-01-31\n",
    )  # fmt: skip
    assert run(*withdraw, *day) == (0, "", "board: ours withdrawn as #4, from 2018-02-01 on\n")
    assert run(*withdraw[:-1], "board-core", "--effective", "2018-02") == (
        0, "", "board: board-core withdrawn as #5, from 2018-02-28 on\n",
    )  # fmt: skip
    assert run(*withdraw, *day) == (0, "", "board: ours is not adopted; nothing was recorded\n")
    assert run(*adopt, "board-cor") == (
        2,
        "",
        "plantrack: board-cor: there is no such file, and no installed pack of that name\n"
        "  hint: did you mean 'board-core'?\n",
    )
    checked = json.loads(run("--db", db, "check", "--format", "json", "--rules-at", "#2")[1])
    assert checked["plans"][0]["rules"] == [{"pack": "ours", "version": "1.0.0", "sha256": pack(LATE).sha256}]


TESTED = """
    - id: time.late
      title: Late
      for: Milestone
      severity: high
      when: due is not None and due < today
      message: "{title} is late"
      tests:
        - name: is late
          as_at: 2018-03-01
          given: {title: Opens, due: 2018-02}
          expect: none
"""


def test_pack_that_fails_its_own_tests_is_not_adopted(db: str) -> None:
    """The differences are shown, the exit status is 1, nothing is recorded; --untested is a decision."""
    Path("ours.yaml").write_text(pack(TESTED).content)
    adopt = ("--db", db, "rules", "adopt", "ours.yaml", "--effective", "2018-02-01")

    assert run(*adopt) == (
        1,
        "",
        "FAIL ours.yaml:13: time.late: is late\n"
        "     outcome  expected  no finding, and a subject that is ok\n"
        "              got       a finding on milestone:milestone: Opens is late\n"
        "ours 1.0.0: 0 passed, 1 failed, 1 rule\n"
        "plantrack: ours 1.0.0 fails its own tests; nothing was recorded (--untested adopts it anyway)\n",
    )
    code, _, err = run(*adopt, "--untested")
    assert (code, err.splitlines()[0]) == (
        0, f"board: ours 1.0.0 ({pack(TESTED).sha256[:12]}) adopted as #2, from 2018-02-01 on",
    )  # fmt: skip


def test_other_text_under_an_adopted_version_at_the_command_line(db: str) -> None:
    """Whoever mends a pack raises its version."""
    Path("ours.yaml").write_text(GOOD)
    run("--db", db, "rules", "adopt", "ours.yaml")
    Path("ours.yaml").write_text(GOOD.replace("title: Late", "title: Later"))

    assert run("--db", db, "rules", "adopt", "ours.yaml") == (
        2, "", "plantrack: ours 1.0.0 was adopted with another text in #2; raise its version\n",
    )  # fmt: skip


def test_catalogue_knows_what_the_plan_adopted(db: str) -> None:
    """`rules list` and `rules show` look at the packs to which the plan is held, then at the installed ones."""
    Path("ours.yaml").write_text(GOOD)
    run("--db", db, "rules", "adopt", "ours.yaml", "--effective", "2018-02-01")
    code, out, err = run("--db", db, "rules", "list")

    assert (code, out.splitlines()[1].split(), out.splitlines()[-1]) == (
        0, ["time.late", "high", "stable", "Late"], "ours 1.0.0: ours (1 rule)",
    )  # fmt: skip
    assert err == (
        "plantrack: these are the packs to which the plan is held; --rules-at installed lists the installed ones\n"
    )
    for options in ("--rules-at #1", "--rules-at installed", "--as-at 2018-01-31", "--pack board-core"):
        code, out, err = run("--db", db, "rules", "list", *options.split())
        assert (code, err, "time.late" in out, "board-" in out) == (0, "", False, True), options
    code, out, err = run("--db", db, "rules", "show", "time.late", "--plan", "board")
    assert (code, out.splitlines()[0], err) == (0, "time.late: Late", "")
    assert run("--db", db, "rules", "show", "time.overdue")[::2] == (
        0,
        "plantrack: time.overdue is now called time.late\n",
    )
    assert run("--db", db, "rules", "show", "KPI.None")[1].startswith("kpi.none: ")
    assert run("--db", db, "rules", "show", "time.lat", "--plan", "board") == (
        2,
        "",
        "plantrack: there is no rule 'time.lat'; did you mean 'time.late'?"
        " A rule of a file is shown with --pack FILE\n",
    )


def test_family_of_rules(db: str) -> None:
    """Its name lists its rules, pack by pack."""
    listed = run("rules", "list")[1]
    family = run("rules", "show", "KPI")[1]
    as_json = json.loads(run("rules", "show", "kpi", "--format", "json")[1])

    ids = [row["rule"] for row in as_json]
    assert ids
    assert ids == [line.split()[0] for line in listed.splitlines() if line.startswith("kpi.")]
    assert [line.split()[0] for line in family.splitlines() if "." in line.split(" ")[0]] == ids


def test_packs_are_named_alike_everywhere(db: str) -> None:
    """A file, a folder, the id of an installed pack, in `check`, `rules list` and `rules test`; each once."""
    Path("packs").mkdir()
    Path("packs/ours.yaml").write_text(GOOD)
    Path("packs/more.yaml").write_text(pack(LATE.replace("time.", "gov."), name="more").content)

    def checked(*names: str) -> list[str]:
        options = [word for name in names for word in ("--pack", name)]
        found = json.loads(run("--db", db, "check", "--format", "json", *options)[1])
        return [used["pack"] for used in found["plans"][0]["rules"]]

    assert checked("packs") == ["more", "ours"]
    assert checked("packs/ours.yaml", "board-core", "packs/ours.yaml") == ["ours", "board-core"]
    assert run("rules", "test", "board-core")[1].startswith("board-core ")
    assert run("--db", db, "check", "--pack", "board-cor") == (
        2,
        "",
        "plantrack: board-cor: there is no such file, and no installed pack of that name\n"
        "  hint: did you mean 'board-core'?\n",
    )
    assert run("--db", db, "rules", "adopt", "packs") == (
        2,
        "",
        "plantrack: packs: this folder holds several packs; choose one of packs/more.yaml, packs/ours.yaml\n",
    )


# --- packs of other packages -----------------------------------------------------------------------------------------

READ = """\
import json, sys
from plantrack import installed_packs
read = []
for folder in sys.argv[1:]:
    sys.path.insert(0, folder)
    installed_packs.cache_clear()
    try:
        read.append([f"{p.id} {p.version} from {p.text.name}" for p in installed_packs() if "/" in p.text.name])
    except Exception as problem:
        read.append(f"{type(problem).__name__}: {problem}")
    sys.path.remove(folder)
print(json.dumps(read))
"""


def distribution(folder: Path, offers: str, code: str, **files: str) -> Path:
    """A package as pip would have installed it: a module, its files, and what it offers."""
    package, info = folder / folder.name, folder / f"{folder.name}-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text(code)
    for name, content in files.items():
        (package / "packs").mkdir(exist_ok=True)
        (package / "packs" / name.replace("_", ".")).write_text(content)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {folder.name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[plantrack.packs]\n{offers}\n")
    return folder


def test_packs_of_installed_packages(tmp_path: Path) -> None:
    """A folder, a file, by name or as a resource; what is broken names the entry point and says what to do."""
    where = "from importlib.resources import files\nPACKS = files(__name__) / 'packs'\nONE = str(PACKS / 'b.yaml')\n"
    texts = {"b_yaml": GOOD, "a_yml": pack(LATE.replace("time.", "kpi."), name="first").content, "notes_txt": "no pack"}
    sites = [
        distribution(tmp_path / "whole", "folder = whole:PACKS", where, **texts),
        distribution(tmp_path / "single", "one = single:ONE", where, **texts),
        distribution(tmp_path / "wrong", "wrong = wrong:PACKS", where, b_yaml=GOOD.replace("message", "mesage")),
        distribution(tmp_path / "empty", "empty = empty:PACKS", where, notes_txt="no pack"),
        distribution(tmp_path / "missing", "missing = missing:PACKS", where),
        distribution(tmp_path / "absent", "absent = absent:OTHER", where, **texts),
        distribution(tmp_path / "failing", "failing = failing:PACKS", "raise RuntimeError('no licence')"),
        distribution(tmp_path / "odd", "odd = odd:PACKS", "PACKS = 3"),
    ]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", READ, *map(str, sites)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    read = dict(zip([site.name for site in sites], json.loads(done.stdout), strict=True))

    folder = tmp_path / "empty" / "empty" / "packs"
    gone = tmp_path / "missing" / "missing" / "packs"
    assert read == {
        "whole": ["first 1.0.0 from folder/a.yml", "ours 1.0.0 from folder/b.yaml"],
        "single": ["ours 1.0.0 from one/b.yaml"],
        "wrong": "RuleSourceError: wrong/b.yaml:15:5: unknown key 'mesage' in a rule\n    mesage: \"{title} is late\"\n"
        "    ^^^^^^\n  hint: did you mean 'message'?",
        "empty": f"RuleSourceError: entry point 'empty':1:1: there is no pack in {folder}; mend or uninstall it",
        "missing": "RuleSourceError: entry point 'missing':1:1: its packs cannot be read: FileNotFoundError: [Errno 2]"
        f" No such file or directory: '{gone}'; mend or uninstall it",
        "absent": "RuleSourceError: entry point 'absent':1:1: its packs cannot be read: AttributeError: module 'absent'"
        " has no attribute 'OTHER'; mend or uninstall it",
        "failing": "RuleSourceError: entry point 'failing':1:1: its packs cannot be read: RuntimeError: no licence;"
        " mend or uninstall it",
        "odd": "RuleSourceError: entry point 'odd':1:1: its packs cannot be read: AttributeError: 'int' object has no"
        " attribute 'is_file'; mend or uninstall it",
    }


# --- a law -----------------------------------------------------------------------------------------------------------

STEPS = st.one_of(
    st.tuples(st.sampled_from(["ours", "yours"]), st.integers(0, 60)),
    st.tuples(st.sampled_from(["ours", "yours"]), st.none()),
)


@examples(0.6)
@given(st.lists(STEPS, max_size=8), st.integers(0, 8))
def test_replay_is_a_check_by_the_texts_adopted_then(steps: list[tuple[str, int | None]], back: int) -> None:
    """By the rules of a position: the same as with packs that are loaded from the texts adopted at that position."""
    packs = {name: pack(LATE.replace("time.", f"{name}."), name=name) for name in ("ours", "yours")}
    with told(PLAN) as story:
        plan = story.plan
        held: list[dict[str, int]] = [{}] * (plan.head + 1)
        for name, grace in steps:
            now = held[-1]
            if grace is not None:
                plan.adopt(packs[name], [parsed(f"{name}.late.grace={grace}")])
                now = {**now, name: grace}
            elif any(name in before for before in held):
                plan.withdraw(name)
                now = {other: g for other, g in now.items() if other != name}
            held += [now] * (plan.head + 1 - len(held))
        position = max(0, plan.head - back)
        loaded: list[Pack] = [load_pack(packs[name].content, "again.yaml") for name in held[position]]
        params = [parsed(f"{name}.late.grace={grace}") for name, grace in held[position].items()]
        replayed = plan.check(as_at="2018-03-02", rules_at=position)
        anew = plan.check(as_at="2018-03-02", packs=loaded or None, rules_at="installed", params=params)

    assert replayed == anew
