"""The command line: every command and option that exists, what it prints where, and how it exits.

Most of it runs in this process, for speed; exit codes, streams, encodings, colour and pipes are proved with real
processes on real files.
"""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

import plantrack
from plantrack.cli import main
from plantrack.events import MeasureDefined, Observed, PlanOpened, TargetSet

GOLDEN = Path(__file__).parent / "golden"
RULES = sum(len(pack.rules) for pack in plantrack.installed_packs())

FIRST_BOARD = ["--as-at", "2014-04-02", "--known-at", "2014-04-02"]
SECOND_BOARD = ["--as-at", "2018-02-28", "--known-at", "2018-02-28"]
MISSED = "F-87cf06bccd1a"  # A&E within 4 hours, type 1, at the second board
WATERMELON = "F-0e5d9c9ed5f5"  # a rule with a long expression


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def run(*args: str | Path, stdin: str | bytes | None = None) -> Ran:
    """In this process; an exception that is no exit fails the test."""
    found = CliRunner().invoke(main, [str(a) for a in args], prog_name="plantrack", input=stdin, catch_exceptions=False)
    return Ran(found.exit_code, found.stdout, found.stderr)


def spawn(*args: str | Path, cwd: Path | None = None, stdin: str = "", **environ: str) -> Ran:
    """In a process of its own, its output through pipes."""
    command = [sys.executable, "-m", "plantrack", *map(str, args)]
    found = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environ}, input=stdin.encode(), capture_output=True, timeout=60
    )
    return Ran(found.returncode, found.stdout.decode(), found.stderr.decode())


def refused(message: str) -> Ran:
    """What a refusal looks like: nothing on stdout, one line on stderr, exit status 2."""
    return Ran(2, "", f"plantrack: {message}\n")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test starts in a folder of its own and without PLANTRACK_DB."""
    monkeypatch.delenv("PLANTRACK_DB", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Ran]:
    """A store as `demo` leaves it, and what the demo said: a real process, once. Only read."""
    folder = tmp_path_factory.mktemp("demo")
    return str(folder / "plantrack-demo.db"), spawn("demo", cwd=folder, PLANTRACK_DB="")


@pytest.fixture(scope="session")
def medway(demonstrated: tuple[str, Ran]) -> str:
    """The store with the two Medway plans. Only read."""
    return demonstrated[0]


@pytest.fixture(scope="session")
def demo_out(demonstrated: tuple[str, Ran]) -> str:
    """What the demo printed."""
    return demonstrated[1].out


def opened(title: str = "Operational plan", **more: Any) -> PlanOpened:
    return PlanOpened(title=title, organisation="Medway CCG", period=plantrack.Period.parse("2017/18"), **more)


def write_board(path: Path, *, value: str = "76.9", time_zone: str = "Europe/London") -> None:
    """A plan `board` with one measure, a standard and a figure, recorded on 1 March 2018, 03:00 UTC."""
    with plantrack.open(path, clock=lambda: datetime(2018, 3, 1, 3, tzinfo=UTC)) as tracker:
        plan = tracker.plan("board")
        plan.record(
            opened(time_zone=time_zone),
            MeasureDefined(measure="ae", title="A&E within 4 hours", unit="%", direction="increase"),
            TargetSet(measure="ae", comparator="at-least", value=95, authority="NHS Constitution"),
            effective="2017-04-01",
            actor="programme office",
        )
        plan.record(Observed(measure="ae", period="2018-01", value=value), effective="2018-01", actor="analyst")


LINES = [
    '{"type": "PlanOpened", "effective": "2017-04-01", "actor": "pmo", "data":'
    ' {"title": "Operational plan", "organisation": "Medway CCG", "period": "2017/18"}}',
    '{"type": "MeasureDefined", "effective": "2017-04-01", "data": {"measure": "ae", "title": "A&E", "unit": "%"}}',
    '{"type": "TargetSet", "effective": "2017-04-01", "data":'
    ' {"measure": "ae", "comparator": "at-least", "value": 95}}',
    '{"type": "Observed", "effective": "2018-01", "data": {"measure": "ae", "period": "2018-01", "value": "76.9"}}',
]


def write_lines(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def head(db: str = "plantrack.db", plan: str = "board") -> int:
    with plantrack.open(db, create=False) as tracker:
        return tracker.plan(plan).head


# --- help ------------------------------------------------------------------------------------------------------------


def commands(
    group: click.Group = main, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))
        else:
            yield (*prefix, name), command


OPTIONS = {
    "init": "",
    "plans": "--format",
    "record": "--plan",
    "demo": "",
    "export": "--as-at --at --force --format --known-at --output --plan --rules-at",
    "restore": "",
    "show": "--as-at --at --format --known-at --plan --rules-at",
    "blame": "--as-at --at --format --known-at --plan --rules-at",
    "log": "--as-at --at --format --known-at --late --lineage --plan --rules-at",
    "diff": "--format --full --plan",
    "goalposts": "--as-at --at --format --known-at --plan --rules-at",
    "check": "--as-at --at --fail-on --format --full --ignore-waivers --known-at --pack --param --plan --rules-at"
    " --since --strict",
    "why": "--as-at --at --format --known-at --pack --param --plan --rules-at",
    "seal": "--actor --adopt-installed --plan --reason",
    "replay": "--format --full --plan",
    "verify": "--checkpoint --format --key --plan",
    "checkpoint": "--at --key --new-key --plan",
    "prove": "--checkpoint --force --from --key --plan --until -o",
    "backup": "--with-keys",
    "upgrade": "",
    "waive": "--approver --as-at --at --id --known-at --plan --reason --requester --rules-at --until",
    "people": "--format",
    "erase": "--actor --reason --yes",
    "rules list": "--as-at --at --format --known-at --pack --plan --rules-at",
    "rules show": "--as-at --at --format --known-at --pack --plan --rules-at",
    "rules test": "--format --strict -k",
    "rules adopt": "--actor --effective --param --plan --reason --untested",
    "rules withdraw": "--actor --effective --plan --reason",
}


def test_commands_and_options_are_those_of_the_design() -> None:
    """Nothing more and nothing less: what is not built yet is not offered, but for what is refused by name."""
    found = {
        " ".join(path): " ".join(sorted(o.opts[0] for o in command.params if isinstance(o, click.Option)))
        for path, command in commands()
    }

    assert found == OPTIONS


@pytest.mark.parametrize("path", [(), ("rules",), *(path for path, _ in commands())], ids=" ".join)
def test_help_of_every_command(path: tuple[str, ...]) -> None:
    """`--help` exits 0, explains every option, and names no option or command that does not exist."""
    code, out, err = run(*path, "--help")
    known = {f"--{word}" for options in OPTIONS.values() for word in re.findall(r"--([a-z-]+)", options)}

    assert (code, err) == (0, "")
    assert out.startswith(" ".join(("Usage: plantrack", *path)))
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", out)) <= known | {"--anchor", "--db", "--help", "--version"}
    assert set(re.findall(r"`plantrack ([a-z]+)", out)) <= {name.split()[0] for name in OPTIONS}
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_list_of_commands_is_not_cut_short() -> None:
    """Each command's line in `--help` is a whole sentence."""
    for path in ([], ["rules"]):
        listed = run(*path, "--help").out.partition("Commands:\n")[2].splitlines()

        assert listed
        assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_version() -> None:
    """`--version` names the program and its version."""
    assert run("--version") == Ran(0, f"plantrack, version {plantrack.__version__}\n", "")


# --- demo ------------------------------------------------------------------------------------------------------------


def test_demo_prints_two_boards_to_stdout_and_nothing_to_stderr(demonstrated: tuple[str, Ran]) -> None:
    """Word for word; after a change that is meant, `python -m plantrack demo > tests/golden/demo.txt`."""
    path, (code, out, err) = demonstrated

    assert (code, err) == (0, "")
    assert out == (GOLDEN / "demo.txt").read_text(encoding="utf-8")
    assert os.listdir(Path(path).parent) == ["plantrack-demo.db"]


def test_demo_fits_one_screen(demo_out: str) -> None:
    """At most 50 lines of 100 columns; the commands to try next are never folded, so that they can be copied."""
    said, _, commands_to_try = demo_out.partition("Try next\n")

    assert len(said.splitlines()) + 1 + len(commands_to_try.splitlines()) <= 50
    assert max(map(len, said.splitlines())) <= 100


def test_demo_names_the_most_serious_first(demo_out: str) -> None:
    """In each board's list severities only fall."""
    order = ["critical", "high", "medium"]
    boards = re.split(r"^The board of ", demo_out.partition("What changed")[0], flags=re.MULTILINE)[1:]

    assert len(boards) == 2
    for board in boards:
        severities = [line.split()[0] for line in board.splitlines()[1:] if re.match(r"  \w", line)]
        assert severities == sorted(severities, key=order.index)
        assert len(severities) <= 7
        assert board.rstrip().endswith(" less urgent (check --full shows all)")


def test_every_fingerprint_of_the_demo_leads_to_its_arithmetic_and_its_events(demo_out: str, medway: str) -> None:
    """`why` at the coordinates printed explains it, and `log` shows each event that it rests on."""
    logged = {
        event["event_id"]
        for plan in ("medway-ccg-2014", "medway-ccg-2017")
        for event in json.loads(run("--db", medway, "log", f"{plan}/", "--format", "json").out)
    }
    first, second = demo_out.split("The board of 28 February 2018")
    followed = 0
    for printed, board in ((first, FIRST_BOARD), (second, SECOND_BOARD)):
        for fingerprint in dict.fromkeys(re.findall(r"F-[0-9a-f]{12}", printed)):
            why = run("--db", medway, "why", fingerprint, *board, "--format", "json")
            assert (why.code, why.err) == (0, ""), fingerprint
            found = json.loads(why.out)
            assert found["explanation"][0]["value"] == "true"
            assert found["evidence"]
            assert set(found["evidence"]) <= logged
            assert [event["event_id"] for event in found["events"]] == found["evidence"]
            followed += 1

    assert followed == 15


def test_commands_that_the_demo_suggests_work(demo_out: str, medway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line under "Try next" can be typed as it stands."""
    lines = demo_out.partition("Try next\n")[2].splitlines()
    monkeypatch.chdir(Path(medway).parent)

    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line)
        assert words[:3] == ["python", "-m", "plantrack"]
        code, out, err = run(*words[3:])
        assert (code, err) == (0, ""), line
        assert out


def test_demo_overwrites_its_own_file_and_leaves_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`plantrack-demo.db` belongs to the demo, whatever is in it; PLANTRACK_DB names the plan that one works with."""
    monkeypatch.setenv("PLANTRACK_DB", "mine.db")
    Path("plantrack-demo.db").write_text("something else")
    first = run("demo")

    assert (first.code, first.err) == (0, "")
    assert run("demo") == first
    assert os.listdir() == ["plantrack-demo.db"]


def test_demo_refuses_an_existing_file_given_by_name() -> None:
    """A file named with --db may be somebody's plan: nothing in it is touched."""
    write_board(Path("mine.db"))
    before = Path("mine.db").read_bytes()

    assert run("--db", "mine.db", "demo") == refused(
        "mine.db exists already; the demo needs a fresh file, choose another with --db"
    )
    assert Path("mine.db").read_bytes() == before


def test_demo_says_what_is_in_its_way() -> None:
    """A folder of that name is neither removed nor a crash."""
    Path("plantrack-demo.db").mkdir()

    code, out, err = run("demo")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"plantrack: plantrack-demo\.db: (Is a directory|Operation not permitted|.*denied)\n", err)


# --- init, and which file is meant -----------------------------------------------------------------------------------


def test_init_creates_a_store_and_says_so_on_stderr() -> None:
    """The default is `plantrack.db` in the working folder; a second time it is refused."""
    assert run("init") == Ran(0, "", "created plantrack.db\n")
    assert run("init") == refused("plantrack.db exists already; choose another name with --db, or use it as it is")


def test_db_option_and_environment_name_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """--db wins over PLANTRACK_DB, which wins over the default."""
    monkeypatch.setenv("PLANTRACK_DB", "environment.db")

    assert run("init").err == "created environment.db\n"
    assert run("--db", "option.db", "init").err == "created option.db\n"
    assert sorted(os.listdir()) == ["environment.db", "option.db"]
    assert run("plans") == Ran(0, "", "")


def test_init_of_an_empty_file() -> None:
    """What `touch` or `mktemp` left holds nothing that could be lost."""
    Path("plantrack.db").touch()

    assert run("init") == Ran(0, "", "created plantrack.db\n")
    assert run("plans") == Ran(0, "", "")


def test_no_store() -> None:
    """Reading makes no file."""
    for command in (["plans"], ["check"], ["show"], ["log"], ["why", MISSED]):
        assert run(*command) == refused("there is no store at plantrack.db; `plantrack init` makes one")
    assert os.listdir() == []


def test_file_that_is_no_store(tmp_path: Path) -> None:
    """It is refused and left as it is: text, or a database of something else."""
    junk, other = tmp_path / "junk.db", tmp_path / "other.db"
    junk.write_text("dear diary\n" * 400)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()
    kept = junk.read_bytes(), other.read_bytes()

    assert run("--db", junk, "plans") == refused(f"{junk} is not a plantrack store (not an SQLite file)")
    assert run("--db", other, "plans") == refused(
        f"{other} is an SQLite file of another program, not a plantrack store"
    )
    assert (junk.read_bytes(), other.read_bytes()) == kept


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    """A usage error, in the words of every other one."""
    code, out, err = run("--db", tmp_path, "plans")

    assert (code, out) == (2, "")
    assert err.endswith(f"Error: Invalid value for '--db': File '{tmp_path}' is a directory.\n")


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    """No folder is made on the way."""
    path = tmp_path / "nowhere" / "x.db"

    assert run("--db", path, "init") == refused(
        f"there is no folder {path.parent}; make it, or choose another place for the store"
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("args", [[], ["nonsense"], ["check", "--nonsense"], ["check", "--fail-on", "dire"], ["why"]])
def test_usage_errors_exit_2(args: list[str]) -> None:
    """No command, an unknown one, an unknown option, a value out of the list, an argument missing."""
    code, out, err = run(*args)

    assert (code, out) == (2, "")
    assert err.startswith("Usage: plantrack")


# --- plans -----------------------------------------------------------------------------------------------------------


def test_plans(medway: str) -> None:
    """One line a plan, oldest first; as JSON with the position of the last event as a number."""
    counts = {}
    with plantrack.open(medway, create=False) as tracker:
        counts = {name: tracker.plan(name).head for name in tracker.plans()}

    assert run("--db", medway, "plans") == Ran(
        0,
        "medway-ccg-2014              NHS Medway Clinical Commissioning Group Commissioning Plan · 2014/15-2018/19"
        f" · {counts['medway-ccg-2014']} events\n"
        "medway-ccg-2017              NHS Medway CCG Operational Plan 2017-19 · 2017/18-2018/19"
        f" · {counts['medway-ccg-2017']} events\n",
        "",
    )
    assert json.loads(run("--db", medway, "plans", "--format", "json").out) == [
        {
            "plan": "medway-ccg-2014",
            "title": "NHS Medway Clinical Commissioning Group Commissioning Plan",
            "position": counts["medway-ccg-2014"],
            "period": "2014/15-2018/19",
        },
        {
            "plan": "medway-ccg-2017",
            "title": "NHS Medway CCG Operational Plan 2017-19",
            "position": counts["medway-ccg-2017"],
            "period": "2017/18-2018/19",
        },
    ]


def test_empty_store_has_nothing_to_say() -> None:
    """Quiet and 0 where a list is empty; a question about one plan is refused, with what to do."""
    run("init")
    nothing = "the store holds no plan; `plantrack record --plan ID FILE` records its events"

    assert run("plans") == Ran(0, "", "")
    assert run("plans", "--format", "json") == Ran(0, "[]\n", "")
    for command in (
        ["check"],
        ["check", "--strict"],
        ["check", "--format", "json"],
        ["show"],
        ["log"],
        ["why", MISSED],
    ):
        assert run(*command) == refused(nothing)


# --- record ----------------------------------------------------------------------------------------------------------


def test_record_makes_the_store_and_is_idempotent() -> None:
    """The first run records every line, the second none; both exit 0 and say so on stderr alone."""
    write_lines(Path("events.jsonl"), *LINES)

    assert run("record", "events.jsonl", "--plan", "board") == Ran(0, "", "board: 4 events recorded, now at #4\n")
    assert run("record", "events.jsonl", "--plan", "board") == Ran(
        0, "", "board: 0 events recorded; 4 recorded before\n"
    )
    assert head() == 4


def test_record_leaves_out_only_what_it_knows() -> None:
    """New lines among known ones are recorded; a blank line is no event; --plan is needed only to open a plan."""
    run("record", "--plan", "board", write_lines(Path("first.jsonl"), *LINES[:3]))
    write_lines(Path("all.jsonl"), *LINES[:2], "", *LINES[2:], "  ")

    assert run("record", "all.jsonl") == Ran(0, "", "board: 1 event recorded; 3 recorded before, now at #4\n")


def test_record_reads_standard_input() -> None:
    """`-` is the input of the process; bytes are UTF-8."""
    lines = [LINES[0].replace("Operational plan", "Überplan → 2019"), *LINES[1:]]

    assert (
        spawn("record", "-", "--plan", "board", stdin="\n".join(lines)).err == "board: 4 events recorded, now at #4\n"
    )
    assert run("plans").out == "board                        Überplan → 2019 · 2017/18 · 4 events\n"


def test_record_keeps_the_envelope() -> None:
    """Id, actor, reason and source come back from `log` as they were given; the time of recording does not."""
    given = {
        "event_id": "jan-2018",
        "type": "Observed",
        "effective": "2018-01",
        "actor": "analyst",
        "reason": "monthly return",
        "source": {"document": "return.xlsx", "locator": "Sheet1!B7"},
        "data": {"measure": "ae", "period": "2018-01", "value": "76.90"},
    }
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES[:3], json.dumps(given)))
    (event,) = json.loads(run("log", "--format", "json", "--as-at", "2018-02-01").out)[3:]

    assert {key: event[key] for key in given} == given
    assert (event["plan"], event["position"]) == ("board", 4)


BAD_LINES = [
    (
        LINES[3].replace('"value"', '"valu"'),
        "unknown field 'valu'; did you mean 'value'?",
    ),
    (
        LINES[3].replace('"76.9"', '"a lot"'),
        "'a lot' is not a number; write digits with a decimal point, such as '76.9'",
    ),
    (LINES[3].replace('"76.9"', "NaN"), "NaN is not a number"),
    (LINES[3].replace("Observed", "Observd"), "unknown event type 'Observd'; did you mean 'Observed'?"),
    (LINES[3].replace('"effective": "2018-01", ', ""), "the field 'effective' is missing"),
    (
        LINES[3].replace('"2018-01", "data"', '"soonish", "data"'),
        "cannot read 'soonish' as a date or period; write for example 2018-01-31, 2018-01, Q3 2017/18, 2017/18,"
        " mid 2013 or end March 2018",
    ),
    (LINES[3].replace('"type"', '"colour": 1, "type"'), "unknown field 'colour'"),
    (LINES[3].replace('"type"', '"type": "Observed", "type"'), "the key 'type' is given twice"),
    ("{", "not JSON: "),
    ("[1]", "expected a JSON object, not a list"),
]


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=[message[:30] for _, message in BAD_LINES])
def test_one_bad_line_in_the_middle_records_nothing(line: str, message: str) -> None:
    """The message names file, line and what is wrong with it; the good lines around it are not recorded either."""
    run("record", "--plan", "board", write_lines(Path("before.jsonl"), *LINES[:3]))
    second = LINES[3].replace("2018-01", "2018-02")
    write_lines(Path("events.jsonl"), second, line, LINES[3])

    code, out, err = run("record", "events.jsonl")
    assert (code, out) == (2, "")
    assert err.startswith("plantrack: events.jsonl, line 2: ")
    assert message in err
    assert err.count("\n") == 1
    assert head() == 3


CONTRADICTIONS = [
    (
        LINES[3].replace('"ae"', '"aee"'),
        "events.jsonl, line 2: Observed: measure: unknown measure 'aee'; did you mean 'ae'?",
    ),
    (LINES[0].replace("Medway", "Other"), "events.jsonl, line 2: PlanOpened: the plan is open already"),
]


@pytest.mark.parametrize(("line", "message"), CONTRADICTIONS, ids=["unknown id", "second opening"])
def test_line_that_contradicts_the_log_records_nothing(line: str, message: str) -> None:
    """An unknown id or a second opening is refused, together with the good line before it."""
    run("record", "--plan", "board", write_lines(Path("before.jsonl"), *LINES[:3]))

    assert run("record", write_lines(Path("events.jsonl"), LINES[3], line)) == refused(message)
    assert head() == 3


def test_same_event_id_with_other_content_is_refused() -> None:
    """A retry is harmless only if it says the same."""
    named = LINES[3].replace('{"type"', '{"event_id": "jan", "type"')
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES[:3], named))
    code, out, err = run("record", write_lines(Path("again.jsonl"), named.replace("76.9", "77.9")))

    assert (code, out) == (2, "")
    assert err.startswith("plantrack: again.jsonl, line 1: Observed: the event id 'jan' was used for #4 (Observed), ")
    assert head() == 4


def test_lines_that_contradict_the_log_are_told_with_their_numbers() -> None:
    """Blank lines count as lines do in an editor; of many problems the first twenty are told."""
    unknown = LINES[3].replace('"ae"', '"aee"')
    Path("events.jsonl").write_text("\n".join([*LINES[:3], "", *[unknown] * 2]))
    first = "events.jsonl, line {}: Observed: measure: unknown measure 'aee'; did you mean 'ae'?"

    assert run("record", "--plan", "board", "events.jsonl") == refused(f"{first.format(5)}\n{first.format(6)}")
    dates = [unknown.replace("2018-01", f"2017-{month:02}") for month in range(1, 13)]
    Path("events.jsonl").write_text("\n".join([*LINES[:3], *dates, *dates]))
    assert run("record", "--plan", "board", "events.jsonl").err.endswith(f"{first.format(23)}\n… and 4 more\n")


def test_record_into_the_wrong_place() -> None:
    """A plan must be named where it is not clear, opened before anything else, and called by a proper id."""
    events = write_lines(Path("events.jsonl"), *LINES)
    assert run("record", events) == refused("there is no store at plantrack.db; `plantrack init` makes one")
    run("init")
    assert run("record", events) == refused(
        "the store holds no plan; `plantrack record --plan ID FILE` records its events"
    )
    assert run("record", events, "--plan", "My Plan") == refused(
        "'My Plan' is not an id: use lower-case letters, digits, '.', '-' and '_', at most 100"
    )
    assert run("record", "--plan", "p", write_lines(Path("late.jsonl"), LINES[1])) == refused(
        "late.jsonl, line 1: MeasureDefined: the first event of a plan must be PlanOpened"
    )
    for plan in ("one", "two"):
        assert run("record", events, "--plan", plan).code == 0
    assert run("record", events) == refused("the store holds several plans; choose one with --plan: one, two")


def test_what_is_refused_leaves_no_store_behind() -> None:
    """Whatever is wrong, with the words of a line, with what they say, or with the id of the plan."""
    write_lines(Path("malformed.jsonl"), LINES[0], "{")
    write_lines(Path("late.jsonl"), LINES[1])
    write_lines(Path("events.jsonl"), *LINES)

    for plan, file in (("board", "malformed.jsonl"), ("board", "late.jsonl"), ("B", "events.jsonl")):
        assert run("record", "--plan", plan, file).code == 2
    assert run("record", "--plan", "", "events.jsonl") == refused(
        "'' is not an id: use lower-case letters, digits, '.', '-' and '_', at most 100"
    )
    assert sorted(os.listdir()) == ["events.jsonl", "late.jsonl", "malformed.jsonl"]


def test_record_from_a_pipe_and_from_a_folder() -> None:
    """A named pipe is read as a file is; a folder is a usage error."""
    os.mkfifo("pipe")
    content = "\n".join(LINES)
    writer = Thread(target=lambda: Path("pipe").write_text(content))
    writer.start()

    assert run("record", "--plan", "board", "pipe") == Ran(0, "", "board: 4 events recorded, now at #4\n")
    writer.join()
    assert run("record", "--plan", "board", ".").err.endswith("Invalid value for 'FILE': '.': Is a directory\n")


@pytest.mark.parametrize("option", ["--actor", "--reason"])
@pytest.mark.parametrize(
    "command", [["rules", "adopt", "board-core", "--untested"], ["rules", "withdraw", "board-core"]]
)
def test_a_decision_that_is_signed_by_nobody(command: list[str], option: str) -> None:
    """A blank option is told by its name, and nothing is recorded."""
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES))

    assert run(*command, option, " ") == refused(f"{option} is blank; the record says who decides, and why")
    assert head() == 4


def test_record_of_something_that_is_no_text() -> None:
    """Bytes that are not UTF-8 are refused, and a missing file is a usage error."""
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES))
    Path("latin.jsonl").write_bytes(f'{LINES[3]}\n{{"type": "Größe"}}'.encode("latin-1"))
    Path("nul.jsonl").write_text("\n".join([LINES[3], "", LINES[3], "\0"]))
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        Path("other.jsonl").write_text(LINES[3], encoding)
        assert run("record", "other.jsonl") == refused("other.jsonl, line 1: not UTF-8 text; save it as UTF-8")

    assert run("record", "latin.jsonl") == refused("latin.jsonl, line 2: not UTF-8 text; save it as UTF-8")
    assert run("record", "nul.jsonl") == refused("nul.jsonl, line 4: not UTF-8 text; save it as UTF-8")
    assert head() == 4
    code, out, err = run("record", "missing.jsonl")
    assert (code, out) == (2, "")
    assert err.endswith("Error: Invalid value for 'FILE': 'missing.jsonl': No such file or directory\n")


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_of_a_plan(medway: str) -> None:
    """What the plan is, at which coordinates, and how many of each kind it has."""
    assert run("--db", medway, "show", "medway-ccg-2014/", "--as-at", "2014-03-24", "--known-at", "2014-03-24") == Ran(
        0,
        "NHS Medway Clinical Commissioning Group Commissioning Plan\n"
        "NHS Medway CCG · 2014/15-2018/19 · as at 24 March 2014, as known on 24 March 2014 (#96)\n"
        "\n"
        "      3  frameworks\n"
        "     35  goals\n"
        "     16  bodies\n"
        "      9  aliases\n"
        "      5  documents  (2 final, 1 conditional, 2 draft)\n"
        "      1  responsibility\n"
        "      9  measures\n"
        "      4  targets\n"
        "      3  benchmarks\n"
        "      4  savings\n"
        "      2  externals  (1 pending, 1 submitted)\n"
        "      5  commitments  (5 open)\n"
        "      2  meetings\n"
        "      2  recommendations  (2 open)\n"
        "\n"
        "`plantrack show KIND` lists a kind, `plantrack show KIND:ID` one subject.\n",
        "",
    )


def test_show_of_a_kind(medway: str) -> None:
    """A line a subject: its id and its title, or what it says where it has no title."""
    recommendations = (
        "  gb1         The two-year operational plan\n"
        "  gb2         The final proposal for the local quality premium\n"
        "  d1          The two-year operational plan reflects the priorities that the Board agreed\n"
        "  d2          The local quality premium target\n"
        "  d2.support  The ambition for COPD\n"
        "  d3          The approach to the increase in reported medication errors\n"
        "  d4          The choice of the patient experience measure\n"
    )

    for kind in ("recommendations", "recommendation"):
        assert run("--db", medway, "show", kind, "--plan", "medway-ccg-2014") == Ran(0, recommendations, "")
    targets = run("--db", medway, "show", "medway-ccg-2017/targets").out
    assert re.search(r"^  ae-4-hour +at least 95$", targets, re.MULTILINE)
    assert run("--db", medway, "show", "medway-ccg-2014/decisions") == Ran(0, "", "")


def test_show_of_a_subject(medway: str) -> None:
    """Each value with the position of the event that set it, and what refers to the subject."""
    at = ["--as-at", "2016-06-30", "--known-at", "2016-06-30"]

    assert run("--db", medway, "show", "medway-ccg-2017/measure:ae-4-hour", *at).out == (
        "measure:ae-4-hour\n"
        "  title                  A&E within 4 hours, all departments  [#37]\n"
        "  goal                   chapter-4  [#37]\n"
        "  definition             defined  [#37]\n"
        "  kind                   rate  [#37]\n"
        "  unit                   %  [#37]\n"
        "  direction              increase  [#37]\n"
        "  cadence                month  [#37]\n"
        "  lag_days               14  [#37]\n"
        "  note                   Medway NHS Foundation Trust (RPA); sum of the department types  [#37]\n"
        "  target                 ae-4-hour  [#38]\n"
        "  observations           2, the latest:\n"
        "                         2016-04      77.8 (6,908 of 8,878)  [#42]\n"
        "                         2016-05      81.7 (8,149 of 9,974)  [#44]\n"
        "  continues              medway-ccg-2014/measure:ae-4-hour  [#39]\n"
        "\n"
        "targets (1)\n"
        "  target:ae-4-hour  at least 95\n"
    )


def test_show_says_who_was_responsible_until_when(medway: str) -> None:
    """What refers to a subject and has no title shows its fields: the hand-over can be read without JSON."""
    out = run("--db", medway, "show", "medway-ccg-2017/initiative:o7-sl-1", *SECOND_BOARD).out

    assert (
        "responsibilities (2)\n"
        "  responsibility:initiative:o7-sl-1/lead/medway-council  since 1 April 2017 · ended 2017-04-01 to…\n"
        "  responsibility:initiative:o7-sl-1/lead/medway-ccg  since 2017-04-01 to 2018-02-01\n"
    ) in out


def test_show_json_has_an_object_a_kind(medway: str) -> None:
    """`plan`, the coordinates, then each kind as a map from id to fields; a kind or a subject gives its part alone."""
    plan = ["--db", medway, "show", "--plan", "medway-ccg-2014", "--format", "json", *FIRST_BOARD]
    whole = json.loads(run(*plan).out)

    assert list(whole) == [
        "plan", "as_at", "known_at", "frameworks", "goals", "bodies", "aliases", "documents", "initiatives",
        "alignments", "responsibilities", "milestones", "measures", "targets", "forecasts", "benchmarks", "savings",
        "funding", "budget_rules", "dependencies", "externals", "fallbacks", "commitments", "risks", "escalations",
        "meetings", "recommendations", "decisions", "approvals", "reports", "rule_packs", "waivers", "seals",
        "unplaced",
    ]  # fmt: skip
    assert (whole["as_at"], whole["known_at"]) == ("2014-04-02", {"position": 734})
    assert whole["plan"]["title"] == "NHS Medway Clinical Commissioning Group Commissioning Plan"
    assert whole["decisions"] == {}
    assert whole["recommendations"]["d2"] == {
        "id": "d2",
        "meeting": "hwb-2014-04-02",
        "verb": "agree",
        "title": "The local quality premium target",
        "about": "measure:qp-local-copd",
        "status": "open",
        "outcome": None,
        "decisions": [],
        "commitments": [],
    }
    for kind in ("recommendations", "initiatives"):
        assert json.loads(run(*plan, kind).out) == whole[kind]
    for kind, name in (("recommendation", "d2"), ("initiative", "urgent-care-front-door")):
        assert json.loads(run(*plan, f"{kind}:{name}").out) == whole[f"{kind}s"][name]


UNKNOWN = [
    (["show", "medway-ccg-2017/measure:ae-4-hou"], "there is no measure:ae-4-hou as at 2018-02-28, known at #806;"
     " did you mean 'ae-4-hour'?"),
    (["show", "medway-ccg-2017/measur:ae-4-hour"], "there is no kind 'measur'; did you mean 'measure'?"),
    (["show", "medway-ccg-2017/measuress"], "there is no kind 'measuress'; did you mean 'measures'?"),
    (["log", "medway-ccg-2017/measure:ae-4-hou"], "nothing was recorded about 'measure:ae-4-hou';"
     " did you mean 'ae-4-hour'?"),
    (["log", "medway-ccg-2017/measur:ae-4-hour"], "nothing was recorded about 'measur:ae-4-hour';"
     " did you mean 'measure'?"),
    (["show", "medway-ccg-2071/measures"], "the store holds no plan 'medway-ccg-2071';"
     " did you mean 'medway-ccg-2017'?"),
    (["check", "--plan", "x"], "the store holds no plan 'x'; known: medway-ccg-2014, medway-ccg-2017"),
    (["why", MISSED, "--plan", "medway-ccg-207"], "the store holds no plan 'medway-ccg-207';"
     " did you mean 'medway-ccg-2017'?"),
    (["show", "medway-ccg-2017/measures", "--plan", "medway-ccg-2014"], "--plan medway-ccg-2014 and"
     " medway-ccg-2017/measures name two plans"),
    (["show"], "the store holds several plans; choose one with --plan: medway-ccg-2014, medway-ccg-2017"),
    (["log", "measure:ae-4-hour"], "the store holds several plans; choose one with --plan: medway-ccg-2014,"
     " medway-ccg-2017"),
    (["why", "kpi.missed-target"], "'kpi.missed-target' is no fingerprint; `plantrack check` prints that of each"
     " finding: F- and 12 of 0-9 and a-f, of which the first six will do"),
    (["why", "F-87cf0"], "'F-87cf0' is no fingerprint; `plantrack check` prints that of each finding: F- and 12 of"
     " 0-9 and a-f, of which the first six will do"),
    (["why", "F-87cf07"], "no finding 'F-87cf07' at these coordinates; give the --as-at and --known-at of the check"
     " that showed it"),
    (["why", "f-00000000000A"], "no finding 'F-00000000000a' at these coordinates; give the --as-at and"
     " --known-at of the check that showed it"),
    (["why", "F-000000000000"], "no finding 'F-000000000000' at these coordinates; give the --as-at and"
     " --known-at of the check that showed it"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "message"), UNKNOWN, ids=[" ".join(args) for args, _ in UNKNOWN])
def test_unknown_names_are_refused_with_a_hint(medway: str, args: list[str], message: str) -> None:
    """Plan, kind, id, fingerprint: exit 2, the nearest known name, nothing on stdout."""
    assert run("--db", medway, *args, *SECOND_BOARD) == refused(message)


def test_unknown_rule_is_refused_with_a_hint() -> None:
    """Neither a page nor a stack trace."""
    assert run("rules", "show", "kpi.missed") == refused(
        "there is no rule 'kpi.missed'; did you mean 'kpi.missed-target'? A rule of a file is shown with --pack FILE"
    )


# --- coordinates -----------------------------------------------------------------------------------------------------

MEETING = [
    '{"type": "BodyRegistered", "effective": "2018-01-01", "data": {"body": "board", "title": "The board"}}',
    '{"type": "MeetingScheduled", "effective": "2018-01-01", "data":'
    ' {"meeting": "march", "body": "board", "date": "2018-03-28"}}',
]


@pytest.mark.parametrize("command", [["show"], ["log"], ["check"], ["why", MISSED]], ids=lambda words: words[0])
@pytest.mark.parametrize(
    "option",
    [["--at", "marsh"], ["--known-at", "meeting:marsh"], ["--rules-at", "meeting:marsh"]],
    ids=lambda words: words[0],
)
def test_a_meeting_that_nobody_scheduled_is_refused(command: list[str], option: list[str]) -> None:
    """Every coordinate may name a meeting; one that is not recorded is named, with the one that was perhaps meant."""
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES, *MEETING))

    assert run(*command, *option) == refused("there is no meeting 'marsh'; did you mean 'march'?")


def test_since_takes_a_meeting_or_a_day() -> None:
    """What is neither is refused with the meeting that was perhaps meant."""
    run("record", "--plan", "board", write_lines(Path("events.jsonl"), *LINES, *MEETING))

    assert run("check", "--since", "marsh") == refused("there is no meeting 'marsh'; did you mean 'march'?")
    assert run("check", "--since", "31.12.2017") == refused(
        "--since '31.12.2017' is neither a day nor a meeting; write a day as 2018-02-28, or a meeting: march"
    )
    said = run("check", "--since", "march", "--as-at", "2018-03-29").out.splitlines()
    assert said[2].startswith("compared with march, as known then (nothing had been recorded then): ")


def test_rules_at_installed_is_what_happens_anyway(medway: str) -> None:
    """The one value of --rules-at that exists changes nothing."""
    command = ["--db", medway, "check", "--plan", "medway-ccg-2014", *FIRST_BOARD]

    assert run(*command, "--rules-at", "installed") == run(*command)


MALFORMED = [
    (["--as-at", "28/02/2018"], "--as-at '28/02/2018' is not a day; write for example 2018-02-28"),
    (
        ["--since", "31/12/2017"],
        "--since '31/12/2017' is neither a day nor a meeting; write a day as 2018-02-28, or a meeting that is recorded",
    ),
    (
        ["--at", "2018-02-28"],
        "--at '2018-02-28' is no meeting; name one that is recorded, or give a day with --as-at and --known-at",
    ),
    (
        ["--since", "2018-03-01", "--as-at", "2018-02-28"],
        "--since 2018-03-01 is after the day of the check, 2018-02-28",
    ),
    (["--as-at", "2018-02"], "--as-at '2018-02' is not a day; write for example 2018-02-28"),
    (
        ["--known-at", "yesterday"],
        "--known-at 'yesterday' is not a coordinate; write a position (#120), a day (2018-02-01), a moment"
        " (2018-02-01T17:00Z) or a meeting (meeting:april)",
    ),
    (["--known-at", "#9999"], "--known-at #9999 is outside the log of 'board', which ends at #4"),
    (
        ["--known-at", "2018-02-01T17:00"],
        "--known-at 2018-02-01T17:00:00 has no time zone; write for example …T17:00Z",
    ),
]


@pytest.mark.parametrize(("option", "message"), MALFORMED, ids=[option[1] for option, _ in MALFORMED])
def test_malformed_coordinates(option: list[str], message: str) -> None:
    """The message says what to write instead."""
    write_board(Path("plantrack.db"))

    assert run("check", *option) == refused(message)


def test_known_at_takes_a_position_a_day_or_a_moment(medway: str) -> None:
    """Three names of one coordinate give one answer, and a minute earlier gives another."""
    shown = [
        run(
            "--db", medway, "show", "medway-ccg-2017/measure:ae-4-hour", "--as-at", "2018-02-28", "--known-at", known
        ).out
        for known in ("#806", "2018-02-08", "2018-02-08T09:00Z", "2018-02-08T10:00+01:00", "2018-02-08T08:59Z")
    ]

    assert shown[0] == shown[1] == shown[2] == shown[3]
    assert "2018-01      76.9 (7,878 of 10,250)  [#804]" in shown[0]
    assert "2018-01 " not in shown[4]


def test_position_needs_one_plan(medway: str) -> None:
    """#806 is a place in one log: over several plans it means nothing."""
    choose = "the store holds several plans; choose one with --plan: medway-ccg-2014, medway-ccg-2017"

    assert run("--db", medway, "check", "--known-at", "#82") == refused(choose)
    assert run("--db", medway, "why", MISSED, "--known-at", "#806") == refused(choose)
    assert run("--db", medway, "check", "--known-at", "#82", "--plan", "medway-ccg-2014").err == ""


def test_days_are_those_of_the_plan(tmp_path: Path) -> None:
    """What was recorded at 03:00 UTC on 1 March was known in New York on 28 February, and the report says that day."""
    write_board(tmp_path / "plantrack.db", time_zone="America/New_York")

    known = ["--as-at", "2018-02-28", "--known-at", "2018-02-28"]
    assert run("check", *known).out.splitlines()[1] == (
        "board · as at 28 February 2018, as known on 28 February 2018 (#4)"
    )
    assert run("show", *known).out.splitlines()[1] == (
        "Medway CCG · 2017/18 · as at 28 February 2018, as known on 28 February 2018 (#4)"
    )
    assert "recorded 2018-02-28 22:00 EST; by analyst" in run("log", "measure:ae").out


# --- log -------------------------------------------------------------------------------------------------------------


def test_log_of_a_subject() -> None:
    """Position, when it became true, what it says; below it when it was recorded, by whom, and its id."""
    write_board(Path("plantrack.db"))
    ids = [event["event_id"] for event in json.loads(run("log", "--format", "json").out)]

    assert run("log", "measure:ae") == Ran(
        0,
        "  #2     2017-04-01   MeasureDefined: measure ae · title A&E within 4 hours · unit % · direction\n"
        "                      increase\n"
        "                      recorded 2018-03-01 03:00 GMT; by programme office\n"
        f"                      {ids[1]}\n"
        "  #3     2017-04-01   TargetSet: measure ae · comparator at-least · value 95 · authority NHS\n"
        "                      Constitution\n"
        "                      recorded 2018-03-01 03:00 GMT; by programme office\n"
        f"                      {ids[2]}\n"
        "  #4     2018-01      Observed: measure ae · period January 2018 · value 76.9\n"
        "                      recorded 2018-03-01 03:00 GMT; by analyst\n"
        f"                      {ids[3]}\n",
        "",
    )


def test_log_is_limited_by_both_dates(medway: str) -> None:
    """--known-at cuts what was recorded later, --as-at what became true later."""

    def positions(*options: str) -> list[int]:
        out = run("--db", medway, "log", "medway-ccg-2017/measure:ae-4-hour", *options, "--format", "json").out
        return [event["position"] for event in json.loads(out)]

    assert positions("--known-at", "2016-06-30") == [37, 38, 39, 42, 44]
    assert positions("--known-at", "2016-06-30", "--as-at", "2016-04-30") == [37, 38, 39, 42]


def test_log_of_the_plan_and_of_the_only_plan() -> None:
    """Without a subject every event; the plan is named by `plan/`, by --plan, or not where it is the only one."""
    write_board(Path("plantrack.db"))
    named = [run("log", *how) for how in ([], ["--plan", "board"], ["board/"])]

    assert named[0] == named[1] == named[2]
    assert named[0].out.count("recorded 2018-03-01") == 4


def test_log_shows_corrections_of_a_subject_with_it() -> None:
    """A correction names an event and no measure; it is listed with the measure all the same."""
    write_board(Path("plantrack.db"))
    wrong = json.loads(run("log", "measure:ae", "--format", "json").out)[-1]["event_id"]
    correction = {
        "type": "EventRetracted",
        "effective": "2018-03-02",
        "data": {"event": wrong, "why": "the wrong hospital"},
    }
    run("record", write_lines(Path("fix.jsonl"), json.dumps(correction)))
    events = json.loads(run("log", "measure:ae", "--format", "json").out)

    assert [event["type"] for event in events] == ["MeasureDefined", "TargetSet", "Observed", "EventRetracted"]
    assert f"EventRetracted: event {wrong} · why the wrong hospital\n" in run("log", "measure:ae").out


# --- check -----------------------------------------------------------------------------------------------------------


def test_check_prints_findings_and_exits_1() -> None:
    """Title, coordinates, findings most serious first, and the count."""
    write_board(Path("plantrack.db"))
    code, out, err = run("check", "--as-at", "2018-02-28")
    (fingerprint,) = re.findall(r"F-[0-9a-f]{12}", out)

    assert (code, err) == (1, "")
    assert out == (
        "Operational plan\n"
        "board · as at 28 February 2018, as known on 1 March 2018 (#4)\n"
        "\n"
        "HIGH\n"
        f"  {fingerprint}  A&E within 4 hours: 76.9 % against at least 95, January 2018  [kpi.missed-target]\n"
        "\n"
        f"1 finding (1 high) from {RULES} rules\n"
    )


def test_check_of_a_clean_plan_exits_0() -> None:
    """Nothing to find is said in one line."""
    write_board(Path("plantrack.db"), value="96")

    for options in ([], ["--strict"], ["--fail-on", "info"]):
        assert run("check", "--as-at", "2018-02-28", *options) == Ran(
            0,
            "Operational plan\n"
            "board · as at 28 February 2018, as known on 1 March 2018 (#4)\n"
            "\n"
            f"No findings from {RULES} rules\n",
            "",
        )


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 1),
        (["--fail-on", "critical"], 0),
        (["--fail-on", "high"], 1),
        (["--fail-on", "medium"], 1),
        (["--fail-on", "low"], 1),
        (["--fail-on", "info"], 1),
        (["--fail-on", "never"], 0),
        (["--strict"], 3),
        (["--strict", "--fail-on", "never"], 3),
        (["--strict", "--format", "json"], 3),
    ],
)
def test_exit_status_of_check(medway: str, options: list[str], status: int) -> None:
    """1 from the severity of --fail-on upwards, `high` by default; 3 under --strict when something was not judged."""
    command = ["--db", medway, "check", "--plan", "medway-ccg-2014", *FIRST_BOARD, *options]
    found = spawn(*command) if options in ([], ["--fail-on", "never"], ["--strict"]) else run(*command)

    assert (found.code, found.err) == (status, "")
    assert found.out


def test_severities_below_fail_on_do_not_count(tmp_path: Path) -> None:
    """A plan with medium findings only is clean by default, and not from `medium` on."""
    write_board(tmp_path / "plantrack.db", value="96")
    proposed = '{"type": "InitiativeProposed", "effective": "2017-04-01", "data": {"initiative": "i", "title": "I"}}'
    run("record", write_lines(Path("more.jsonl"), proposed))

    assert [run("check", "--fail-on", severity).code for severity in ("critical", "high", "medium", "low")] == [
        0,
        0,
        1,
        1,
    ]


def test_check_covers_every_plan(medway: str) -> None:
    """Without --plan all of them, apart by a blank line; a plan that was not open then says so."""
    out = run("--db", medway, "check", *FIRST_BOARD).out
    one = run("--db", medway, "check", "--plan", "medway-ccg-2014", *FIRST_BOARD).out

    assert out == (
        f"{one}\n"
        "medway-ccg-2017\n"
        "medway-ccg-2017 · as at 2 April 2014, nothing recorded yet\n"
        "\n"
        "The plan was not open yet: nothing was checked.\n"
    )


def test_strict_fails_where_a_plan_was_not_open(medway: str) -> None:
    """A plan that was not checked is not clean; the others are shown."""
    early = ["--db", medway, "check", *FIRST_BOARD, "--fail-on", "never"]
    said = "plantrack: medway-ccg-2017: the plan was not open on 2014-04-02, as far as was known: nothing was checked\n"

    assert (run(*early).code, run(*early).err) == (0, "")
    assert run(*early, "--strict")[::2] == (3, said)
    assert run(*early, "--strict", "--plan", "medway-ccg-2017")[::2] == (3, said)


def test_since_says_what_was_known_then() -> None:
    """The earlier check knows what had been recorded by its day, which may be nothing."""
    write_board(Path("plantrack.db"))
    since = {
        day: run("check", "--since", day, "--as-at", "2018-03-01").out.splitlines()[2]
        for day in ("2017-12-31", "2018-03-01")
    }

    assert since == {
        "2017-12-31": "compared with 31 December 2017, as known then (nothing had been recorded then): 1 new",
        "2018-03-01": "compared with 1 March 2018, as known then: 1 as before",
    }


def test_since_counts_what_is_waived_apart() -> None:
    """A new finding that is waived is not nothing."""
    write_board(Path("plantrack.db"))
    (fingerprint,) = re.findall(r"F-[0-9a-f]{12}", run("check").out)
    run("waive", fingerprint, "--reason", "Snow", "--requester", "pmo", "--approver", "chair", "--until", "2999-01-31")

    assert run("check", "--since", "2017-12-31").out.splitlines()[2] == (
        "compared with 31 December 2017, as known then (nothing had been recorded then): waived: 1 new"
    )


def test_check_full_prints_every_finding(medway: str) -> None:
    """By default a dozen sentences and how many more; with --full all."""
    command = ["--db", medway, "check", "--plan", "medway-ccg-2014", *FIRST_BOARD]
    short, full = run(*command).out, run(*command, "--full").out
    total = len(json.loads(run(*command, "--format", "json").out)["findings"])

    assert len(re.findall(r"^  \w+ +F-", short, re.MULTILINE)) <= 12
    assert re.search(r"^  … and \d+ findings less urgent \(check --full shows all\)$", short, re.MULTILINE)
    assert "--full" not in full
    assert len(set(re.findall(r"F-[0-9a-f]{12}", full))) == total
    assert len(set(re.findall(r"F-[0-9a-f]{12}", short))) < total


# The JSON of `check` is a contract: these are its keys and the types of its values.
DAY = re.compile(r"\d{4}-\d\d-\d\d")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
SUBJECT = {"kind": str, "id": str, "title": str}
FINDING: dict[str, Any] = {
    "fingerprint": re.compile(r"F-[0-9a-f]{12}"),
    "plan": str,
    "rule": re.compile(r"[a-z]+\.[a-z-]+"),
    "severity": re.compile(r"critical|high|medium|low|info"),
    "state": None,
    "subject": SUBJECT,
    "message": str,
    "score": (None, re.compile(r"-?\d+(\.\d+)?")),
    "explanation": ["explanation"],
    "evidence": [str],
    "waiver": None,
    "group": (None, re.compile(r"F-[0-9a-f]{12}")),
    "state_reason": str,
    "fix": str,
}
EXPLANATION = {"expression": str, "value": str, "because": ["explanation"]}
CHECK = {
    "plans": [
        {
            "plan": str,
            "as_at": DAY,
            "known_at": {"recorded_at": (None, STAMP), "position": int},
            "rules": [{"pack": str, "version": re.compile(r"\d+\.\d+\.\d+"), "sha256": re.compile(r"[0-9a-f]{64}")}],
            "title": str,
            "since": None,
        }
    ],
    "summary": {"critical": int, "high": int, "medium": int, "low": int, "info": int},
    "findings": [FINDING],
    "not_evaluated": [
        {
            "plan": str,
            "rule": str,
            "subject": SUBJECT,
            "outcome": re.compile(r"indeterminate|error"),
            "reason": str,
        }
    ],
    "groups": [{"plan": str, "head": str, "cause": SUBJECT, "members": [str], "radius": [SUBJECT]}],
}
EVENT = {
    "plan": str,
    "position": int,
    "event_id": str,
    "type": str,
    "schema": int,
    "effective": str,
    "recorded_at": STAMP,
    "actor": (None, str),
    "reason": (None, str),
    "source": (None, {"document": str}, {"document": str, "locator": str}),
    "causation_id": None,
    "correlation_id": None,
    "data": dict,
}


def fits(value: Any, shape: Any) -> bool:
    """Whether a JSON value has a shape: a type, a pattern, a list of one shape, an object of named ones, a choice."""
    if shape == "explanation":
        return fits(value, EXPLANATION)
    if isinstance(shape, tuple):
        return any(fits(value, choice) for choice in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    if isinstance(shape, Mapping):
        return (
            isinstance(value, dict)
            and list(value) == list(shape)
            and all(fits(value[key], inner) for key, inner in shape.items())
        )
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    return value is None if shape is None else type(value) is shape


def test_json_of_check_is_as_specified(medway: str) -> None:
    """Keys, their order and their types, over both plans; the summary counts the findings."""
    code, out, err = run("--db", medway, "check", "--as-at", "2018-02-28", "--format", "json")
    found = json.loads(out)

    assert (code, err) == (1, "")
    assert fits(found, CHECK)
    assert [(plan["plan"], plan["as_at"]) for plan in found["plans"]] == [
        ("medway-ccg-2014", "2018-02-28"),
        ("medway-ccg-2017", "2018-02-28"),
    ]
    severities = [finding["severity"] for finding in found["findings"]]
    assert found["summary"] == {name: severities.count(name) for name in found["summary"]}
    assert len(severities) > 200
    assert {n["outcome"] for n in found["not_evaluated"]} == {"indeterminate"}


def test_json_of_check_before_anything_was_recorded(medway: str) -> None:
    """The coordinates are null and 0, and the lists are empty."""
    found = json.loads(run("--db", medway, "check", "--known-at", "2001-01-01", "--format", "json").out)

    assert fits(found, CHECK)
    assert [plan["known_at"] for plan in found["plans"]] == [{"recorded_at": None, "position": 0}] * 2
    assert (found["findings"], found["not_evaluated"]) == ([], [])


def test_shape_checker_notices() -> None:
    """The checker above is no rubber stamp: a missing key, another type, a key too many."""
    assert fits({"kind": "measure", "id": "ae", "title": "A&E"}, SUBJECT)
    assert not fits({"kind": "measure", "id": "ae"}, SUBJECT)
    assert not fits({"kind": "measure", "id": "ae", "title": None}, SUBJECT)
    assert not fits({"kind": "measure", "id": "ae", "title": "A&E", "more": 1}, SUBJECT)
    assert not fits([{"kind": "measure"}], [SUBJECT])
    assert not fits(True, int)


PACK = """\
plantrack-rules: 1
pack: our-rules
version: 1.0.0
title: Ours
rules:
  - id: kpi.below-floor
    title: Below the floor
    for: Measure
    severity: low
    needs: [last]
    let: {last: latest(observations)}
    when: last.value < 80
    message: "{title}: {last.value} in {last.period}"
    tests:
      - name: fires below
        as_at: 2018-02-28
        events:
          - MeasureDefined: {measure: ae, title: A&E}
          - Observed: {measure: ae, period: 2018-01, value: FIGURE}
            effective: 2018-01
        expect: finding
      - name: is silent above
        as_at: 2018-02-28
        events:
          - MeasureDefined: {measure: ae, title: A&E}
          - Observed: {measure: ae, period: 2018-01, value: 80}
            effective: 2018-01
        expect: none
"""


def test_pack_of_ones_own() -> None:
    """--pack takes the place of the installed packs in `check`, `why` and `rules list`."""
    write_board(Path("plantrack.db"))
    Path("ours.yaml").write_text(PACK.replace("FIGURE", "79.9"))
    code, out, _ = run("check", "--as-at", "2018-02-28", "--pack", "ours.yaml", "--fail-on", "low")
    (fingerprint,) = re.findall(r"F-[0-9a-f]{12}", out)

    assert code == 1
    assert out.endswith("1 finding (1 low) from 1 rule\n")
    assert run("why", fingerprint, "--as-at", "2018-02-28", "--pack", "ours.yaml").out.startswith(
        f"{fingerprint}  Below the floor\n  A&E within 4 hours: 76.9 in January 2018\n"
    )
    assert run("why", fingerprint, "--as-at", "2018-02-28").code == 2
    assert run("rules", "list", "--pack", "ours.yaml").out == (
        "RULE             SEVERITY  STATUS  TITLE\n"
        "kpi.below-floor  low       stable  Below the floor\n"
        "\n"
        "our-rules 1.0.0: Ours (1 rule)\n"
    )


# --- why -------------------------------------------------------------------------------------------------------------


def test_why_shows_arithmetic_and_evidence(medway: str) -> None:
    """Message, coordinates, the rule with the value of each part, the two events, and what to do."""
    code, out, err = run("--db", medway, "why", MISSED, *SECOND_BOARD)
    evidence = json.loads(run("--db", medway, "why", MISSED, *SECOND_BOARD, "--format", "json").out)["evidence"]

    assert (code, err) == (0, "")
    assert out == (
        "F-87cf06bccd1a  Target missed\n"
        "  A&E within 4 hours, main department (type 1): 68.5 % against at least 95, January 2018\n"
        "  high · measure:ae-4-hour-type-1 · as at 28 February 2018, as known on 8 February 2018 (#806)\n"
        "\n"
        "The rule kpi.missed-target fires, because\n"
        "  short > tolerance  is  true\n"
        "    short  is  26.5\n"
        "      shortfall(last, target)  is  26.5\n"
        "        last  is  68.5 for January 2018\n"
        "          latest(observations)  is  68.5 for January 2018\n"
        "            observations  is  77.8 for April 2016, 81.7 for May 2016, 82 for June 2016, 79.6 for\n"
        "                July 2016, 81.5 for August 2016 and 17 more\n"
        "        target  is  at least 95\n"
        "    tolerance  is  0\n"
        "\n"
        "It rests on\n"
        "  #41    2016-04-01   TargetSet: measure ae-4-hour-type-1 · comparator at-least · value 95 ·\n"
        "                      authority NHS Constitution\n"
        "                      recorded 2016-05-12 09:00 BST; by performance-team; from NHS England A&E\n"
        "                      attendances and emergency admissions\n"
        f"                      {evidence[0]}\n"
        "  #805   2018-01      Observed: measure ae-4-hour-type-1 · period January 2018 · numerator 5,162 ·\n"
        "                      denominator 7,531 · published on 8 February 2018\n"
        "                      recorded 2018-02-08 09:00 GMT; by performance-team; from\n"
        "                      ae_attendances_rpa.csv\n"
        f"                      {evidence[1]}\n"
        "\n"
        "Since when\n"
        "  It has held since 30 April 2016.\n"
        "  It came to be known with #43, Observed, recorded on 12 May 2016.\n"
        "\n"
        "What would clear it, each tried on this plan\n"
        "  Observed: measure ae-4-hour-type-1 · period February 2018 · value at least 95\n"
        "  or, by changing what was promised:\n"
        "  TargetSet: measure ae-4-hour-type-1 · comparator at-least · value at most 68.54\n"
        "\n"
        "Why it matters\n"
        "  A target that nobody reads against its figure is a wish.\n"
        "\n"
        "What can be done\n"
        "  Record a recovery commitment with an owner and a date, or set a new target with the approval it\n"
        "  needs.\n"
    )


def test_why_needs_the_coordinates_of_the_check(medway: str) -> None:
    """The same fingerprint rests on another month when less was known, and on none before the plan."""
    earlier = run("--db", medway, "why", MISSED, "--as-at", "2018-02-28", "--known-at", "2018-02-01").out

    assert "69.1 % against at least 95, December 2017" in earlier
    assert run("--db", medway, "why", MISSED, *FIRST_BOARD).code == 2


def test_the_beginning_of_a_fingerprint_will_do(medway: str) -> None:
    """Six characters after F-, where no other finding begins so, in whatever case."""
    whole = run("--db", medway, "why", MISSED, *SECOND_BOARD)

    for typed in (MISSED[:8], MISSED[:11], MISSED[:8].upper()):
        assert run("--db", medway, "why", typed, *SECOND_BOARD) == whole


def test_json_of_why_is_the_finding_with_its_events(medway: str) -> None:
    """What `check` says of it, what to do, and each event as `log` shows it."""
    shown = json.loads(run("--db", medway, "why", MISSED, *SECOND_BOARD, "--format", "json").out)
    checked = json.loads(run("--db", medway, "check", *SECOND_BOARD, "--format", "json").out)
    logged = json.loads(run("--db", medway, "log", "medway-ccg-2017/", "--format", "json").out)

    turned = {"position": int, "event_id": str, "type": str, "recorded_at": str}
    bound = (None, {"field": str, "is": re.compile("at least|at most")})
    remedy = {"type": str, "data": dict, "bound": bound, "free": [str], "outcome": str, "moves_goalpost": bool}
    account = {
        "fix": str,
        "events": [EVENT],
        "holds_since": str,
        "turned_by": turned,
        "remedies": [remedy],
        "tried": int,
    }
    for key, wanted in {**FINDING, **account}.items():
        assert fits(shown[key], wanted), key
    assert shown.keys() == FINDING.keys() | account.keys()
    assert {key: shown[key] for key in FINDING} in checked["findings"]
    assert shown["events"] == [event for event in logged if event["event_id"] in shown["evidence"]]


def test_json_of_log_is_as_specified(medway: str) -> None:
    """Every event of both plans has the same keys, with positions from 1 without gaps."""
    for plan in ("medway-ccg-2014", "medway-ccg-2017"):
        events = json.loads(run("--db", medway, "log", "--plan", plan, "--format", "json").out)

        assert fits(events, [EVENT])
        assert [event["position"] for event in events] == list(range(1, len(events) + 1))


# --- rules -----------------------------------------------------------------------------------------------------------


def test_rules_list() -> None:
    """A line a rule with its severity and title; as JSON with its pack and kinds."""
    out = run("rules", "list").out
    listed = json.loads(run("rules", "list", "--format", "json").out)

    assert re.search(r"^kpi\.missed-target +.*high +stable +Target missed$", out, re.MULTILINE)
    assert re.search(r"^prg\.watermelon +.*high +preview +Green words over a failing figure$", out, re.MULTILINE)
    assert len(listed) == RULES == len(re.findall(r"^[a-z]+\.[a-z-]+ ", out, re.MULTILINE))
    assert next(row for row in listed if row["rule"] == "kpi.missed-target") == {
        "pack": "board-core",
        "version": next(pack.version for pack in plantrack.installed_packs() if pack.id == "board-core"),
        "rule": "kpi.missed-target",
        "severity": "high",
        "title": "Target missed",
        "for": ["Measure"],
        "status": "stable",
        "since": "0.1.0",
        "formerly": [],
        "instead": None,
    }


def test_rules_of_the_first_pack_are_those_of_the_plan() -> None:
    """Eighteen rules for a board, and one about the record itself."""
    listed = {row["rule"] for row in json.loads(run("rules", "list", "--format", "json").out)}

    assert listed >= {
        "kpi.missed-target", "kpi.undefined", "kpi.none", "kpi.unmeasurable", "kpi.stale-data", "dep.unmet",
        "dep.cycle", "dep.not-assessed", "dep.no-fallback", "ref.unknown-code", "cov.goal-uncovered",
        "gov.recommendation-open", "gov.no-lead", "prg.silent-subject", "prg.watermelon", "time.milestone-overdue",
        "time.delayed-without-date", "rsk.no-mitigation", "data.unplaced-event",
    }  # fmt: skip


def test_rules_test_runs_the_tests_of_a_pack() -> None:
    """0 where all pass, 1 with what differed where one fails; the installed packs by default."""
    Path("good.yaml").write_text(PACK.replace("FIGURE", "79.9"))
    Path("bad.yaml").write_text(PACK.replace("FIGURE", "80"))

    assert run("rules", "test", "good.yaml") == Ran(0, "our-rules 1.0.0: 2 passed, 0 failed, 1 rule\n", "")
    assert run("rules", "test", "bad.yaml") == Ran(
        1,
        "FAIL bad.yaml:15: kpi.below-floor: fires below\n"
        "     outcome  expected  a finding\n"
        "              got       no finding: 1 subject is ok\n"
        "our-rules 1.0.0: 1 passed, 1 failed, 1 rule\n",
        "",
    )
    installed = run("rules", "test")
    assert (installed.code, installed.err) == (0, "")
    lines = [
        rf"{pack.id} [\d.]+: \d+ passed, 0 failed, {len(pack.rules)} rules\n" for pack in plantrack.installed_packs()
    ]
    assert re.fullmatch("".join(lines), installed.out)


def test_pack_that_cannot_be_read() -> None:
    """A missing file, and a rule with a misspelt field: where it is, with a caret and a hint."""
    Path("bad.yaml").write_text(PACK.replace("FIGURE", "80").replace("last.value < 80", "last.valeu < 80"))

    assert run("rules", "test", "missing.yaml") == refused(
        "missing.yaml: there is no such file, and no installed pack of that name"
    )
    code, out, err = run("check", "--pack", "bad.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("plantrack: bad.yaml:12:")
    assert "    when: last.valeu < 80\n" in err
    assert "^" in err
    assert "value" in err


# --- processes, streams, terminals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["show", "medway-ccg-2014/"],
        ["log", "medway-ccg-2014/initiative:arrhythmia-pathway"],
        ["check", "--fail-on", "never"],
    ],
    ids=" ".join,
)
def test_data_goes_to_stdout_and_nothing_to_stderr(medway: str, command: list[str]) -> None:
    """A real process with every warning on; piped, it prints no colour."""
    code, out, err = spawn("--db", medway, *command, PYTHONWARNINGS="default::DeprecationWarning:plantrack")

    assert (code, err) == (0, "")
    assert out
    assert "\x1b" not in out


def test_messages_go_to_stderr_and_nothing_to_stdout(tmp_path: Path) -> None:
    """A refusal, a usage error and the word of success of a command that writes."""
    assert spawn("plans", cwd=tmp_path) == refused("there is no store at plantrack.db; `plantrack init` makes one")
    assert spawn("init", cwd=tmp_path) == Ran(0, "", "created plantrack.db\n")
    code, out, err = spawn("nonsense", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.endswith("Error: No such command 'nonsense'.\n")


def through_a_terminal(*args: str | Path) -> str:
    """What a real terminal receives."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "plantrack", *map(str, args)]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        received = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            received += part
        process.wait(timeout=30)
    os.close(leader)
    return received.decode().replace("\r\n", "\n")


def test_colour_on_a_terminal_only(medway: str) -> None:
    """Severities have colours there; without them the text is the same."""
    command = ["--db", medway, "check", "--plan", "medway-ccg-2014", *FIRST_BOARD]
    coloured = through_a_terminal(*command)

    assert re.search(r"^\x1b\[31m  high  ", coloured, re.MULTILINE)
    assert re.search(r"^\x1b\[33m  medium  ", coloured, re.MULTILINE)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == run(*command).out


def test_json_has_no_colour_even_on_a_terminal(medway: str) -> None:
    """What programs read is the same everywhere."""
    command = ["--db", medway, "plans", "--format", "json"]

    assert through_a_terminal(*command) == run(*command).out


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["log", "medway-ccg-2017/"], 0),
        (["show", "medway-ccg-2017/", "--format", "json"], 0),
        (["check", "--full"], 1),
        (["check", "--format", "json"], 1),
        (["check", "--full", "--strict"], 3),
        (["check", "--full", "--fail-on", "never"], 0),
    ],
    ids=str,
)
def test_reader_that_goes_away(medway: str, command: list[str], status: int) -> None:
    """`| head -1`: no stack trace, no message, and the exit status is what it is without."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plantrack", "--db", str(medway), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (status, b"")


ENCODINGS: list[dict[str, str]] = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
]


@pytest.mark.parametrize("environ", ENCODINGS, ids=[" ".join(f"{k}={v}" for k, v in e.items()) for e in ENCODINGS])
def test_words_that_the_encoding_of_the_pipe_does_not_have(medway: str, environ: dict[str, str]) -> None:
    """An arrow becomes a question mark at worst; JSON escapes it and loses nothing. Neither crashes."""
    plain = ["--db", medway, "why", "F-15f479ff30d0", *FIRST_BOARD]
    for command in (plain, [*plain, "--format", "json"]) if "cp1252" in environ.values() else (plain,):
        process = subprocess.run(
            [sys.executable, "-m", "plantrack", *command],
            env={**os.environ, **environ},
            capture_output=True,
            timeout=60,
        )
        printed = process.stdout.decode("cp1252" if "cp1252" in environ.values() else "utf-8")

        assert (process.returncode, process.stderr) == (0, b"")
        assert re.search(r"Access to primary care (↔|\?|\\u2194) Urgent care redesign", printed)
        if "json" in command:
            assert json.loads(printed) == json.loads(run(*command).out)


def test_argument_outside_ascii_in_the_c_locale(medway: str) -> None:
    """An unknown name is refused in its own letters or their escapes, without a stack trace."""
    code, out, err = spawn("--db", medway, "show", "medway-ccg-2014/measure:größe", LC_ALL="C")

    assert (code, out) == (2, "")
    assert err.startswith("plantrack: there is no measure:gr")
    assert err.count("\n") == 1


def test_plain_text_never_leaves_the_width(medway: str) -> None:
    """Lines end at 100 columns, and none trails blanks."""
    for command in (
        ["check", "--full", "--fail-on", "never"],
        ["why", MISSED, *SECOND_BOARD],
        ["log", "medway-ccg-2014/"],
        ["why", WATERMELON, *SECOND_BOARD],
    ):
        for line in run("--db", medway, *command).out.splitlines():
            assert len(line) <= 100, line
            assert line == line.rstrip()
