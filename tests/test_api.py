"""The Python API: what an embedder writes, what it gets, and what it never gets."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any, assert_type

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plantrack
import plantrack.charts
import plantrack.errors
import plantrack.events
import plantrack.reports
import plantrack.rules
import plantrack.state
from plantrack import CheckResult, Finding, Pack, Period, PlanLog, PlantrackError, State, Tracker
from plantrack.errors import (
    AdmissionError,
    CoordinateError,
    EventError,
    IdempotencyError,
    PeriodError,
    RuleSourceError,
    StoreError,
    StoreFormatError,
    UnknownPlanError,
    UnknownSubjectError,
)
from plantrack.events import (
    Event,
    InitiativeProposed,
    MeasureDefined,
    MilestoneReached,
    MilestoneSet,
    Observed,
    PlanOpened,
    Proposal,
    RecordedEvent,
    Source,
    TargetSet,
)
from plantrack.state import Measure, Milestone, Observation
from tests.processes import not_measured


def on_9_february() -> datetime:
    return datetime(2018, 2, 9, 9, tzinfo=UTC)


def opened() -> PlanOpened:
    return PlanOpened(title="Operational plan", organisation="Medway CCG", period=Period.parse("2017/18"))


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    with plantrack.open(":memory:", clock=on_9_february) as tracker:
        yield tracker


@pytest.fixture
def plan(tracker: Tracker) -> PlanLog:
    """A plan whose A&E figure misses its standard."""
    plan = tracker.plan("medway-ccg-2017")
    plan.record(
        opened(),
        MilestoneSet(milestone="business-case", title="Business case", due="2018-03"),
        MeasureDefined(measure="ae", title="A&E within 4 hours", unit="%", direction="increase"),
        TargetSet(measure="ae", comparator="at-least", value=95),
        effective="2017-04-01",
    )
    plan.record(Observed(measure="ae", period="2018-01", value="76.9"), effective="2018-01")
    return plan


# --- the lines of the design -----------------------------------------------------------------------------------------


def test_the_lines_of_the_design_work(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Open, record, ask, check, follow: as the design writes it, on a file, and without a word on the terminal."""
    with plantrack.open(tmp_path / "board.db", clock=on_9_february) as tracker:
        plan = tracker.plan("medway-ccg-2017")
        plan.record(opened(), MilestoneSet(milestone="business-case", title="Business case"), effective="2017-04-01")

        plan.record(MilestoneReached(milestone="business-case"), effective="2018-01", actor="pmo")
        state = plan.at(as_at="2018-01-31", known_at="2018-02-09")
        findings = plan.check(as_at="2018-01-31")
        followed = [event.type for event in plan.events(after=1)]

    assert state.milestones["business-case"].status == "reached"
    assert list(findings) == []
    assert followed == ["MilestoneSet", "MilestoneReached"]

    with plantrack.open(tmp_path / "board.db") as tracker:
        assert tracker.plans() == ["medway-ccg-2017"]
        assert tracker.plan("medway-ccg-2017").head == 3

    assert capfd.readouterr() == ("", "")


def test_types_are_what_a_type_checker_sees(plan: PlanLog, tracker: Tracker) -> None:
    """Nothing of the public path is `Any`: mypy proves these lines, and running them proves that they are true."""
    assert_type(plantrack.open(":memory:"), Tracker).close()
    assert_type(tracker.plans(), list[str])
    assert_type(tracker.plan("medway-ccg-2017"), PlanLog)

    proposed = InitiativeProposed(initiative="front-door", title="Front door")
    (recorded,) = assert_type(plan.record(proposed, effective="2018"), list[RecordedEvent])
    assert_type(recorded.data, Event)
    assert_type(recorded.effective, Period)
    assert_type(recorded.recorded_at, datetime)
    assert_type(recorded.position, int)
    assert_type(plan.events(after=1), Iterator[RecordedEvent])
    assert_type(plan.about("measure:ae"), list[RecordedEvent])
    assert_type(plan.head, int)

    state = assert_type(plan.at(as_at=date(2018, 2, 28), known_at=4), State)
    assert_type(state.measures["ae"], Measure)
    assert_type(state.measures["ae"].observations, tuple[Observation, ...])
    assert_type(state.milestones["business-case"], Milestone)
    assert_type(state.milestones["business-case"].due, Period | None)

    found = assert_type(plan.check(as_at="2018-02-28"), CheckResult)
    for finding in found:
        assert_type(finding, Finding)
        assert_type(finding.evidence, tuple[str, ...])
    assert_type(plan.find(["x"]), dict[str, RecordedEvent])
    assert_type(plan.period("2017/18"), Period)
    assert_type(plantrack.installed_packs(), tuple[Pack, ...])


def test_findings_are_data(plan: PlanLog) -> None:
    """A check returns; it can be counted, walked and compared, twice the same, and nothing in it can be changed."""
    result = plan.check(as_at="2018-02-28")
    (finding,) = result

    assert len(result) == 1
    assert result == plan.check(as_at="2018-02-28")
    assert (finding.rule, finding.severity, str(finding.subject)) == ("kpi.missed-target", "high", "measure:ae")
    assert finding.message == "A&E within 4 hours: 76.9 % against at least 95, January 2018"
    assert str(finding.score) == "18.1"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        finding.message = "all is well"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        result.findings = ()  # type: ignore[misc]


def test_same_coordinates_give_the_same_answer_in_every_notation(plan: PlanLog) -> None:
    """A day as text or date; a position as number or text; a day or moment in which nothing was recorded since."""
    known: list[Any] = [5, "#5", "2018-02-09", date(2018, 2, 9), on_9_february(), "2018-02-09T09:00Z", None]
    states = [plan.at(as_at=day, known_at=k) for day in ("2018-02-28", date(2018, 2, 28)) for k in known]

    assert all(state == states[0] for state in states)
    assert plan.at(known_at=4).measures["ae"].observations == ()


def test_today_is_what_the_clock_says_where_the_plan_is() -> None:
    """The clock is the embedder's; at 23:30 UTC in March it is already tomorrow in London's summer time."""
    late = datetime(2018, 6, 30, 23, 30, tzinfo=UTC)
    with plantrack.open(":memory:", clock=lambda: late) as tracker:
        plan = tracker.plan("medway")
        plan.record(opened(), effective="2017-04-01")

        assert plan.at().as_at == date(2018, 7, 1)
        assert [event.recorded_at for event in plan.events()] == [late]


def test_feed_can_be_resumed_by_position(plan: PlanLog) -> None:
    """An embedder keeps the last position it has seen, and gets what came after it, once."""
    seen = [event.position for event in plan.events()]
    assert seen == [1, 2, 3, 4, 5]
    assert list(plan.events(after=5)) == []

    plan.record(Observed(measure="ae", period="2018-02", value="78.2"), effective="2018-02")
    assert [event.position for event in plan.events(after=5)] == [6]
    assert [event.position for event in plan.events(after=2, upto=4)] == [3, 4]


def test_recording_again_records_nothing(plan: PlanLog) -> None:
    """A retry with the same content, with or without an id of its own, is left out and harms nothing."""
    event = MilestoneReached(milestone="business-case")
    first = plan.record(event, effective="2018-01", actor="pmo", event_id="gate-1")

    assert [recorded.event_id for recorded in first] == ["gate-1"]
    assert plan.record(event, effective="2018-01", actor="pmo", event_id="gate-1") == []
    assert plan.head == 6


def test_what_is_recorded_carries_its_envelope(plan: PlanLog) -> None:
    """Actor, reason, source and the two times come back as they were given."""
    (recorded,) = plan.record(
        MilestoneReached(milestone="business-case", outcome="extended"),
        effective="Q4 2017/18",
        actor="pmo",
        reason="the board asked for another option",
        source=Source(document="minutes.pdf", locator="page 3"),
    )

    assert list(plan.events(after=5)) == [recorded]
    assert (recorded.plan, recorded.position, recorded.type) == ("medway-ccg-2017", 6, "MilestoneReached")
    assert (recorded.actor, recorded.reason) == ("pmo", "the board asked for another option")
    assert str(recorded.source) == "minutes.pdf, page 3"
    assert str(recorded.effective) == "Q4 2017/18"
    assert recorded.recorded_at == on_9_february()


def test_nothing_is_ever_printed(plan: PlanLog, capfd: pytest.CaptureFixture[str]) -> None:
    """Not by a check with findings, not by a refusal, not by a report: those are lines for the caller."""
    result = plan.check(as_at="2018-02-28")
    list(plantrack.reports.check_report(result))
    list(plantrack.reports.log_report(plan.events()))
    plantrack.reports.show_json(plan.at())
    with pytest.raises(PlantrackError):
        plan.at(as_at="never")

    assert capfd.readouterr() == ("", "")


# --- names -----------------------------------------------------------------------------------------------------------


def test_exports_are_all_and_at_most_twenty() -> None:
    """What `from plantrack import *` gives, what `dir` shows, what a type checker sees: the same names."""
    starred: dict[str, Any] = {}
    exec("from plantrack import *", starred)
    tree = ast.parse(Path(plantrack.__file__).read_text(encoding="utf-8"))
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    seen_by_a_type_checker = {
        alias.asname or alias.name for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names
    } | {"PlantrackError"}

    assert len(plantrack.__all__) <= 20
    assert sorted(plantrack.__all__) == plantrack.__all__
    assert starred.keys() - {"__builtins__"} == set(plantrack.__all__)
    assert seen_by_a_type_checker == set(plantrack.__all__)
    assert set(plantrack.__all__) <= set(dir(plantrack))


def test_unknown_name_is_an_attribute_error() -> None:
    """Names that are imported late fail like any other."""
    misspelt = "opne"
    with pytest.raises(AttributeError, match="module 'plantrack' has no attribute 'opne'"):
        getattr(plantrack, misspelt)


@pytest.mark.parametrize(
    "module",
    [plantrack.events, plantrack.state, plantrack.rules, plantrack.reports, plantrack.charts],
    ids=lambda module: module.__name__,
)
def test_exports_of_the_other_public_modules(module: ModuleType) -> None:
    """`__all__` is sorted, complete and true: every class and function defined below the module and bound in it."""
    bound = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value))
    }

    assert bound <= set(module.__all__)
    assert len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_package_is_typed() -> None:
    """`py.typed` tells type checkers to believe the annotations."""
    assert resources.files("plantrack").joinpath("py.typed").is_file()


def everything() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(plantrack.__path__, "plantrack."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_one_exception_tree() -> None:
    """Every exception is in `plantrack.errors` and derives from `PlantrackError`.

    But for one that never gets out: it carries an offset until the pack knows file and line.
    """
    defined = {
        value
        for module in everything()
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__.startswith("plantrack")
    }
    tree = {error for error in defined if error.__module__ == "plantrack.errors"}

    assert len(tree) > 10
    assert all(issubclass(error, PlantrackError) for error in tree)
    assert {error.__name__ for error in defined - tree} <= {"ExpressionError"}


# --- what is refused -------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Callable[[Tracker, PlanLog, Path], object], type[PlantrackError], str]] = [
    ("a plan's id", lambda t, p, f: t.plan("Medway 2017"), EventError, "'Medway 2017' is not an id"),
    ("a plan not opened", lambda t, p, f: t.plan("other").at(), UnknownPlanError, "record a PlanOpened first"),
    ("as_at", lambda t, p, f: p.at(as_at="28.2.2018"), CoordinateError, "as_at '28.2.2018' is not a day"),
    ("as_at, a moment", lambda t, p, f: p.at(as_at=datetime(2018, 2, 1)), CoordinateError, "takes a day, not a moment"),
    ("known_at", lambda t, p, f: p.at(known_at="soon"), CoordinateError, "known_at 'soon' is not a coordinate"),
    ("known_at, too far", lambda t, p, f: p.at(known_at=6), CoordinateError, "#6 is outside the log"),
    ("known_at, negative", lambda t, p, f: p.at(known_at=-1), CoordinateError, "#-1 is outside the log"),
    (
        "known_at without zone",
        lambda t, p, f: p.check(known_at=datetime(2018, 2, 1)),
        CoordinateError,
        "has no time zone",
    ),
    ("effective", lambda t, p, f: p.record(opened(), effective="03/04/2018"), PeriodError, "03/04/2018"),
    ("a period", lambda t, p, f: p.period("next year"), PeriodError, "cannot read 'next year' as a date or period"),
    ("a reference", lambda t, p, f: p.about("measure:aee"), UnknownSubjectError, "did you mean 'ae'?"),
    ("a field", lambda t, p, f: Observed(measure="ae", period="2018-01", value="many"), EventError, "is not a number"),
    ("NaN", lambda t, p, f: Observed(measure="ae", period="2018-01", value="NaN"), EventError, "value"),
    ("an id", lambda t, p, f: MilestoneReached(milestone="Business Case"), EventError, "is not an id"),
    (
        "an unknown id",
        lambda t, p, f: p.record(MilestoneReached(milestone="busines-case"), effective="2018"),
        AdmissionError,
        "unknown milestone 'busines-case'; did you mean 'business-case'?",
    ),
    ("a second opening", lambda t, p, f: p.record(opened(), effective="2018"), AdmissionError, "is open already"),
    (
        "an id used before",
        lambda t, p, f: [
            p.record(MilestoneReached(milestone="business-case", outcome=o), effective="2018", event_id="x")
            for o in ("passed", "failed")
        ],
        IdempotencyError,
        "'x'",
    ),
    (
        "an event without a plan",
        lambda t, p, f: t.plan("new").record(MeasureDefined(measure="m", title="M"), effective="2018"),
        AdmissionError,
        "the first event of a plan must be PlanOpened",
    ),
    (
        "a time zone",
        lambda t, p, f: attrs.evolve(opened(), time_zone="Mars/Base"),
        EventError,
        "Mars/Base",
    ),
    ("a pack's text", lambda t, p, f: plantrack.load_pack("rules: [", "ours.yaml"), RuleSourceError, "ours.yaml:"),
    ("a pack's file", lambda t, p, f: plantrack.read_pack(f / "no.yaml"), RuleSourceError, "cannot be read"),
    ("a folder", lambda t, p, f: plantrack.open(f), StoreError, "cannot read "),
    ("a file", lambda t, p, f: plantrack.open(write(f / "junk")), StoreFormatError, "is not a plantrack store"),
    ("no file", lambda t, p, f: plantrack.open(f / "no.db", create=False), StoreError, "there is no store at"),
    (
        "a clock",
        lambda t, p, f: plantrack.open(":memory:", clock=lambda: datetime(2018, 1, 1)).plan("x").record(
            opened(), effective="2018"
        ),
        CoordinateError,
        "the clock gave a time without a time zone",
    ),
]  # fmt: skip


def write(path: Path) -> Path:
    path.write_text("dear diary\n" * 400)
    return path


@pytest.mark.parametrize(("ask", "error", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_bad_input_raises_from_the_one_tree(
    tracker: Tracker,
    plan: PlanLog,
    tmp_path: Path,
    ask: Callable[[Tracker, PlanLog, Path], object],
    error: type[PlantrackError],
    message: str,
) -> None:
    """Each refusal is of a type of its own, says what is wrong, and records nothing."""
    before = plan.head
    with pytest.raises(PlantrackError) as caught:
        ask(tracker, plan, tmp_path)

    assert type(caught.value) is error
    assert message in str(caught.value)
    assert plan.head in (before, before + 1)  # the first of two with one id is recorded
    assert "new" not in tracker.plans()


@pytest.fixture(scope="module")
def asked_anything() -> Iterator[PlanLog]:
    with plantrack.open(":memory:", clock=on_9_february) as tracker:
        plan = tracker.plan("medway")
        plan.record(opened(), MeasureDefined(measure="ae", title="A&E"), effective="2017-04-01")
        yield plan


_texts = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9]{1,4}-[0-9]{1,2}(-[0-9]{1,2})?(T[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?)?", fullmatch=True)
    .filter(lambda text: "0002" < text < "9998"),
    st.from_regex(r"#-?[0-9]{1,30}", fullmatch=True),
    st.from_regex(r"(meeting|measure|milestone|plan):[a-z#/ .-]{0,9}", fullmatch=True),
)  # fmt: skip


@given(text=_texts)
def test_no_text_raises_anything_else(asked_anything: PlanLog, text: str) -> None:
    """Whatever a user types as a date, coordinate, id, reference or value is accepted or refused from the one tree."""
    asked: list[Callable[[], object]] = [
        lambda: asked_anything.at(as_at=text),
        lambda: asked_anything.at(known_at=text),
        lambda: asked_anything.check(as_at=text, packs=[]),
        lambda: asked_anything.period(text),
        lambda: asked_anything.about(text),
        lambda: Proposal(data=MilestoneReached(milestone="m"), effective=text, actor=text, event_id=text),
        lambda: MilestoneReached(milestone=text),
        lambda: Observed(measure="ae", period="2018-01", value=text),
        lambda: Observed(measure="ae", period=text, value=1),
        lambda: MeasureDefined(measure="m", title=text, unit=text, direction=text),  # type: ignore[arg-type]
        lambda: plantrack.load_pack(text, "typed.yaml"),
    ]
    for ask in asked:
        with suppress(PlantrackError):
            ask()


# --- what is imported, and what is not needed ------------------------------------------------------------------------


def python(code: str) -> tuple[int, str, str]:
    """What another Python says to it."""
    found = subprocess.run([sys.executable, "-c", code], env=not_measured(), capture_output=True, text=True, timeout=60)
    return found.returncode, found.stdout, found.stderr


@pytest.mark.parametrize("heavy", ["click", "yaml", "eventsourcing", "sqlite3"])
def test_import_is_light(heavy: str) -> None:
    """`import plantrack` loads no database, no YAML, no command line: tools that embed it pay when they use it."""
    code = f"import sys, plantrack; print({heavy!r} in sys.modules, 'plantrack.store' in sys.modules)"

    assert python(code) == (0, "False False\n", "")


WITHOUT_CLICK = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "click":
            raise ModuleNotFoundError("No module named 'click'", name="click")

sys.meta_path.insert(0, Blocker())
"""


def test_library_works_without_the_command_line() -> None:
    """Without click everything but the command line works: record, fold, check, report, the demo's journals."""
    code = f"""{WITHOUT_CLICK}
import plantrack
from plantrack.demo import DocumentClock, record_entries
from plantrack.reports import check_json, check_report

clock = DocumentClock()
with plantrack.open(":memory:", clock=clock) as tracker:
    for _ in record_entries(tracker, clock):
        pass
    result = tracker.plan("medway-ccg-2017").check(as_at="2018-02-28", known_at="2018-02-28")
    print(len(list(check_report(result))) > 20, len(check_json([result])["findings"]) == len(result))
"""

    assert python(code) == (0, "True True\n", "")


@pytest.mark.parametrize(
    "start", ["import plantrack.cli", "import runpy; runpy.run_module('plantrack', None, '__main__')"]
)
def test_command_line_without_click_says_what_to_install(start: str) -> None:
    """One line on stderr and exit 2, which is no finding."""
    assert python(f"{WITHOUT_CLICK}\n{start}") == (
        2,
        "",
        "plantrack: the command line needs the extra `cli`: pip install 'plantrack-ledger[cli]'\n",
    )
