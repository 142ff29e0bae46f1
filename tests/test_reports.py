"""Reports: what people read at a terminal, line by line, and what programs read, key by key."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import plantrack
from plantrack import CheckResult, Pack, Period, PlanLog
from plantrack.cli import main
from plantrack.cli.printing import TONES
from plantrack.demo import DocumentClock, record_entries
from plantrack.events import (
    BenchmarkRecorded,
    BodyRegistered,
    BudgetRuleSet,
    DecisionTaken,
    Event,
    EventCorrected,
    InitiativeProposed,
    MeasureDefined,
    MeetingScheduled,
    MilestoneSet,
    Observed,
    PlanOpened,
    Source,
    TargetSet,
)
from plantrack.journal import read_lines
from plantrack.reports import (
    Line,
    check_json,
    check_report,
    log_json,
    log_report,
    pack_tests,
    plan_report,
    show_json,
    subject_report,
    why_json,
    why_report,
)
from plantrack.reports.as_text import kind_report
from plantrack.reports.catalogue import catalogue_report, rule_report
from plantrack.reports.lines import folded, shortened
from plantrack.rules import Why, run_tests, warnings_of

MORNING = datetime(2018, 2, 9, 9, tzinfo=UTC)

HEAD = "plantrack-rules: 1\npack: ours\nversion: 1.0.0\ntitle: Ours\nrules:\n"

NO_MEASURE = """\
  - id: kpi.none
    title: No measure
    for: Initiative
    severity: medium
    when: len(measures) == 0
    message: "{title} has no measure"
    summary: "{count} initiatives have no measure"
"""
BELOW = """\
  - id: kpi.below
    title: Below the floor
    for: Measure
    severity: high
    needs: [last]
    let: {last: latest(observations)}
    when: last.value < 80
    message: "{title}: {last.value}"
"""
RATIO = """\
  - id: kpi.ratio
    title: Ratio
    for: Measure
    severity: low
    needs: [last]
    let: {last: latest(observations)}
    when: 100 / (last.value - 1) > 1
    message: "{title}"
"""


def pack(*rules: str) -> Pack:
    return plantrack.load_pack(HEAD + "".join(rules), "ours.yaml")


def opened(title: str = "Operational plan", **more: Any) -> PlanOpened:
    return PlanOpened(title=title, organisation="Medway CCG", period=Period.parse("2017/18"), **more)


@pytest.fixture
def plan() -> Iterator[PlanLog]:
    """An open plan whose clock stands on 9 February 2018, 09:00 UTC."""
    with plantrack.open(":memory:", clock=lambda: MORNING) as tracker:
        plan = tracker.plan("board")
        plan.record(opened(), effective="2017-04-01", actor="pmo")
        yield plan


def record(plan: PlanLog, *events: Event) -> None:
    plan.record(*events, effective="2017-04-01", actor="pmo")


def check(plan: PlanLog, *rules: str) -> CheckResult:
    return plan.check(as_at="2018-02-28", packs=[pack(*rules)])


def why(plan: PlanLog, rule: str) -> Why:
    """The account of the first finding of a rule."""
    found = check(plan, rule).findings[0]
    return plan.why(found.fingerprint, as_at="2018-02-28", packs=[pack(rule)])


def text(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)


def initiatives(count: int) -> list[Event]:
    return [InitiativeProposed(initiative=f"i{n}", title=f"Initiative {n}") for n in range(1, count + 1)]


# --- check -----------------------------------------------------------------------------------------------------------


def test_nothing_found(plan: PlanLog) -> None:
    """A head with both coordinates, and one line."""
    assert text(check_report(check(plan, NO_MEASURE, BELOW))) == (
        "Operational plan\nboard · as at 28 February 2018, as known on 9 February 2018 (#1)\n\nNo findings from 2 rules"
    )


def test_nothing_opened_yet(plan: PlanLog) -> None:
    """A day before the plan is no clean check, and does not look like one."""
    assert text(check_report(plan.check(as_at="2016-01-01", packs=[pack(BELOW)]))) == (
        "board\n"
        "board · as at 1 January 2016, as known on 9 February 2018 (#1)\n"
        "\n"
        "The plan was not open yet: nothing was checked."
    )


def test_one_finding(plan: PlanLog) -> None:
    """Severity, fingerprint, message, rule; singular where there is one."""
    record(plan, *initiatives(1))
    result = check(plan, NO_MEASURE)

    assert text(check_report(result)) == (
        "Operational plan\n"
        "board · as at 28 February 2018, as known on 9 February 2018 (#2)\n"
        "\n"
        "MEDIUM\n"
        f"  {result.findings[0].fingerprint}  Initiative 1 has no measure  [kpi.none]\n"
        "\n"
        "1 finding (1 medium) from 1 rule"
    )


@pytest.mark.parametrize(
    ("count", "full", "shown", "more"),
    [
        (3, False, 3, None),
        (4, False, 4, None),
        (5, False, 3, "    … and 2 more (--full shows all)"),
        (12, False, 3, "    … and 9 more (--full shows all)"),
        (12, True, 12, None),
    ],
)
def test_many_findings_of_a_rule_are_one_entry(
    plan: PlanLog, count: int, full: bool, shown: int, more: str | None
) -> None:
    """Their number first; three of them and how many more; never "and 1 more", which would take the same room."""
    record(plan, *initiatives(count))
    lines = text(check_report(check(plan, NO_MEASURE), full=full)).splitlines()[3:]

    assert lines[0] == "MEDIUM"
    assert lines[1] == f"  {count} initiatives have no measure  [kpi.none]"
    assert [line.split("  ")[-1] for line in lines if "    F-" in line] == [
        f"{f.message}" for f in check(plan, NO_MEASURE).findings[:shown]
    ]
    assert [line for line in lines if "more" in line] == ([more] if more else [])
    assert lines[-1] == f"{count} findings ({count} medium) from 1 rule"


def test_most_serious_first(plan: PlanLog) -> None:
    """Severities in order, each once, whatever the order of the rules in the pack."""
    record(plan, *initiatives(1), MeasureDefined(measure="ae", title="A&E"))
    plan.record(Observed(measure="ae", period="2018-01", value=79), effective="2018-01")
    result = check(plan, RATIO, NO_MEASURE, BELOW)
    lines = text(check_report(result)).splitlines()

    assert [line for line in lines if line.isupper()] == ["HIGH", "MEDIUM", "LOW"]
    assert lines[-1] == "3 findings (1 high, 1 medium, 1 low) from 3 rules"


def test_rule_without_a_summary_is_headed_by_its_title(plan: PlanLog) -> None:
    """With the count in brackets."""
    for name in ("a", "b"):
        record(plan, MeasureDefined(measure=name, title=name.upper()))
        plan.record(Observed(measure=name, period="2018-01", value=7), effective="2018-01")

    assert "  Below the floor (2)  [kpi.below]" in text(check_report(check(plan, BELOW))).splitlines()


def test_what_could_not_be_judged_is_said(plan: PlanLog) -> None:
    """Empty values and failed arithmetic, by rule and kind: how many, why, and which."""
    for name in ("first", "second", "third", "fourth", "fifth"):
        record(plan, MeasureDefined(measure=name, title=f"The {name}"))
    plan.record(Observed(measure="fifth", period="2018-01", value=1), effective="2018-01")
    result = check(plan, RATIO)

    assert text(check_report(result)).splitlines()[3:] == [
        "COULD NOT BE JUDGED",
        "  1 measure: error, 100 is divided by 0  [kpi.ratio]",
        "    The fifth",
        "  4 measures: indeterminate, latest(observations): there are no observations  [kpi.ratio]",
        "    The first; The second; The third; The fourth",
        "",
        "No findings from 1 rule",
    ]
    record(plan, MeasureDefined(measure="sixth", title="The sixth"))
    assert "    The first; The second; The third; and 2 more" in text(check_report(check(plan, RATIO))).splitlines()
    assert "    The first; The second; The third; The fourth; The sixth" in text(
        check_report(check(plan, RATIO), full=True)
    )


def test_long_titles_are_folded_and_ids_left_whole(plan: PlanLog) -> None:
    """Up to 100 columns, the rest under the message and not under the fingerprint; no word is broken."""
    title = "Sustainable general practice and the co-design of community services with the people who use them"
    record(plan, InitiativeProposed(initiative="i", title=title))
    result = check(plan, NO_MEASURE)

    assert text(check_report(result)).splitlines()[4:6] == [
        f"  {result.findings[0].fingerprint}  Sustainable general practice and the co-design of community services with"
        " the",
        "                  people who use them has no measure  [kpi.none]",
    ]
    long = "x" * 150
    assert [line.text for line in folded(f"a {long} b", "  ", "    ")] == ["  a", f"    {long}", "    b"]
    assert [line.text for line in folded("about initiative:front-door now", "", "  ", width=21)] == [
        "about",
        "  initiative:front-door",
        "  now",
    ]


def test_letters_of_every_script(plan: PlanLog) -> None:
    """Titles come out as they went in: accents, arrows, Chinese, Arabic, an emoji of several parts."""
    titles = ["Überprüfung → 2019", "社区服务重新设计", "إعادة تصميم", "Family 👨‍👩‍👧 first"]
    record(plan, *(InitiativeProposed(initiative=f"i{n}", title=title) for n, title in enumerate(titles)))
    result = check(plan, NO_MEASURE)

    said = text(check_report(result))
    assert [title for title in titles if f"{title} has no measure" in said] == titles
    assert [finding["subject"]["title"] for finding in check_json([result])["findings"]] == titles


def test_every_line_has_a_tone_that_the_terminal_knows(plan: PlanLog) -> None:
    """Colour is never the only sign of anything: the severity stands in words."""
    record(plan, *initiatives(5), MeasureDefined(measure="ae", title="A&E"))
    result = check(plan, NO_MEASURE, BELOW, RATIO)
    (rule, *_) = pack(NO_MEASURE).rules
    lines = [
        *check_report(result),
        *why_report(why(plan, NO_MEASURE)),
        *log_report(plan.events()),
        *plan_report(plan.at(), MORNING),
        *catalogue_report([pack(NO_MEASURE)]),
        *rule_report(pack(NO_MEASURE), rule),
    ]

    assert {line.tone for line in lines} - {""} <= TONES.keys()
    assert all("\n" not in line.text and "\x1b" not in line.text for line in lines)
    for line in check_report(result):
        if line.tone in ("critical", "high", "medium", "low", "info"):
            assert line.text == line.tone.upper()


# --- why -------------------------------------------------------------------------------------------------------------


def test_why_without_reasons_has_no_empty_headings(plan: PlanLog) -> None:
    """A rule that gives neither a why nor a fix ends with what would clear it."""
    record(plan, *initiatives(1))
    account = why(plan, NO_MEASURE)

    assert text(why_report(account)) == (
        f"{account.finding.fingerprint}  No measure\n"
        "  Initiative 1 has no measure\n"
        "  medium · initiative:i1 · as at 28 February 2018, as known on 9 February 2018 (#2)\n"
        "\n"
        "The rule kpi.none fires, because\n"
        "  len(measures) == 0  is  true\n"
        "    len(measures)  is  0\n"
        "      measures  is  none\n"
        "\n"
        "It rests on\n"
        "  #2     2017-04-01   InitiativeProposed: initiative i1 · title Initiative 1\n"
        "                      recorded 2018-02-09 09:00 UTC; by pmo\n"
        f"                      {account.finding.evidence[0]}\n"
        "\n"
        "Since when\n"
        "  It has held since 1 April 2017.\n"
        "  It came to be known with #2, InitiativeProposed, recorded on 9 February 2018.\n"
        "\n"
        "What would clear it, each tried on this plan\n"
        "  MeasureDefined: measure … · title … · initiative i1"
    )


def test_json_of_why_explains_each_part(plan: PlanLog) -> None:
    """The expression, its value, and the same of each of its parts."""
    record(plan, *initiatives(1))

    assert why_json(why(plan, NO_MEASURE))["explanation"] == [
        {
            "expression": "len(measures) == 0",
            "value": "true",
            "because": [
                {
                    "expression": "len(measures)",
                    "value": "0",
                    "because": [{"expression": "measures", "value": "none", "because": []}],
                }
            ],
        }
    ]


# --- log -------------------------------------------------------------------------------------------------------------


def test_log_names_source_reason_and_a_clock_that_ran_backwards() -> None:
    """Whatever surrounds an event is said in words, and what is not given takes no room."""
    now = MORNING
    with plantrack.open(":memory:", clock=lambda: now) as tracker:
        plan = tracker.plan("board")
        plan.record(opened(), effective="2017-04-01")
        now -= timedelta(hours=1)
        plan.record(
            MeasureDefined(measure="ae", title="A&E", lag_days=14),
            effective="Q3 2017/18",
            actor="analyst",
            reason="asked for by the board",
            source=Source(document="minutes.pdf", locator="page 3"),
        )
        ids = [event.event_id for event in plan.events()]

        assert text(log_report(plan.events(), "Europe/London")) == (
            "  #1     2017-04-01   PlanOpened: title Operational plan · organisation Medway CCG · period 2017/18\n"
            "                      recorded 2018-02-09 09:00 GMT\n"
            f"                      {ids[0]}\n"
            "  #2     Q3 2017/18   MeasureDefined: measure ae · title A&E · lag days 14\n"
            "                      recorded 2018-02-09 09:00 GMT; by analyst; from minutes.pdf, page 3; the clock\n"
            "                      had run backwards\n"
            "                      because asked for by the board\n"
            f"                      {ids[1]}"
        )


def test_log_shows_what_a_correction_says_instead(plan: PlanLog) -> None:
    """The id of the event that was wrong, and what it should have read."""
    record(plan, MeasureDefined(measure="ae", title="A&E"))
    (wrong,) = plan.record(Observed(measure="ae", period="2018-01", value="67.9"), effective="2018-01")
    right = Observed(measure="ae", period="2018-01", value="76.9")
    plan.record(EventCorrected(event=wrong.event_id, replacement=right), effective="2018-02-08")

    assert text(log_report(plan.events(after=3))).splitlines()[:2] == [
        f"  #4     2018-02-08   EventCorrected: event {wrong.event_id} · replacement Observed: measure",
        "                      ae · period January 2018 · value 76.9",
    ]


def test_json_of_log_names_the_version_of_each_event(plan: PlanLog) -> None:
    """What was recorded with an older schema is shown as it is read today, under today's number."""
    record(plan, MeasureDefined(measure="ae", title="A&E"))

    assert [(e["type"], e["schema"]) for e in log_json(plan.events())] == [("PlanOpened", 1), ("MeasureDefined", 2)]


def test_long_words_of_an_event_are_cut(plan: PlanLog) -> None:
    """`log` is for reading: 400 characters of an event and an ellipsis; JSON has them all."""
    note = "all work and no play, " * 40 + "all work"
    record(plan, MeasureDefined(measure="ae", title="A&E", note=note))
    said = " ".join(line.text.strip() for line in log_report(plan.events(after=1)))

    assert re.search(r"(all|work|and|no|play)… recorded 2018-02-09 09:00 UTC; by pmo", said)
    assert len(said.partition("…")[0]) < 450
    assert log_json(plan.events(after=1))[0]["data"]["note"] == note


# --- show ------------------------------------------------------------------------------------------------------------


def test_one_of_a_kind_is_singular(plan: PlanLog) -> None:
    """Also where the kind has two words."""
    record(
        plan,
        BudgetRuleSet(budget_rule="reserve", title="Reserve", comparator="at-least", value=1, unit="%"),
        *initiatives(2),
    )

    assert text(plan_report(plan.at(as_at="2018-02-28"), MORNING)).splitlines()[1:5] == [
        "Medway CCG · 2017/18 · as at 28 February 2018, as known on 9 February 2018 (#4)",
        "",
        "      2  initiatives  (2 proposed)",
        "      1  budget rule",
    ]


def test_plan_that_was_not_open(plan: PlanLog) -> None:
    """One line, and no table of zeros."""
    assert text(plan_report(plan.at(as_at="2001-01-01"), MORNING)) == "board: not opened as at 1 January 2001"


def test_subject_with_more_than_it_can_show(plan: PlanLog) -> None:
    """Six figures of a series and twenty of what refers to it; the rest is counted."""
    record(plan, MeasureDefined(measure="ae", title="A&E", unit="%"))
    for month in range(1, 9):
        when = f"2018-{month:02}"
        plan.record(Observed(measure="ae", period=when, numerator=70 + month, denominator=100), effective=when)
    state = plan.at(as_at="2018-12-31")
    related = {"initiatives": [*plan.at(as_at="2018-12-31").measures.values()] * 25}
    lines = text(subject_report(state.measures["ae"], related)).splitlines()

    assert lines[0] == "measure:ae"
    assert lines[4:11] == [
        "  observations           8, the latest:",
        "                         2018-03      73 (73 of 100)  [#5]",
        "                         2018-04      74 (74 of 100)  [#6]",
        "                         2018-05      75 (75 of 100)  [#7]",
        "                         2018-06      76 (76 of 100)  [#8]",
        "                         2018-07      77 (77 of 100)  [#9]",
        "                         2018-08      78 (78 of 100)  [#10]",
    ]
    assert lines[-22] == "initiatives (25)"
    assert lines[-1] == "  … and 5 more"


def test_subjects_without_a_title_show_their_fields(plan: PlanLog) -> None:
    """A target says what it asks for, a decision what it is about; zero and false are not taken for empty."""
    record(
        plan,
        MeasureDefined(measure="oap", title="Out-of-area placements"),
        TargetSet(measure="oap", comparator="at-most", value=0),
        BodyRegistered(body="board", title="The Board"),
        MeetingScheduled(meeting="april", body="board", date=Period.parse("2018-04-04")),
        DecisionTaken(decision="x1", meeting="april", outcome="agreed"),
        BenchmarkRecorded(measure="oap", peer="best", value=0),
    )
    state = plan.at(as_at="2018-02-28")

    assert text(kind_report(state.targets)) == "  oap  at most 0"
    assert text(kind_report(state.meetings)) == "  april  body board · date 4 April 2018"
    assert text(kind_report(state.decisions)) == "  x1  meeting april · outcome agreed · taken 1 April 2017"
    assert text(kind_report(state.benchmarks)) == "  oap best always  value 0 · kind peer"
    assert text(kind_report({})) == ""


def test_json_of_show_tells_first_and_last_day_of_each_date(plan: PlanLog) -> None:
    """Beside the words, so that "by 31 March" can be asked; of an empty date too, and within attributes."""
    columns: dict[str, Any] = {"review": Period.parse("Q3 2017/18"), "cost": 5}
    record(
        plan,
        MilestoneSet(milestone="opens", title="Opens", due=Period.parse("end March 2018")),
        InitiativeProposed(initiative="i", title="I", attributes=columns),
    )
    shown = show_json(plan.at(as_at="2018-02-28"))
    opens, proposed = shown["milestones"]["opens"], shown["initiatives"]["i"]

    assert [opens[key] for key in ("due", "due_start", "due_end")] == ["end March 2018", "2018-03-31", "2018-03-31"]
    assert [opens[key] for key in ("reached", "reached_start", "reached_end")] == [None, None, None]
    cost, review = proposed["attributes"]
    assert review == {
        "name": "review",
        "text": None,
        "number": None,
        "date": "Q3 2017/18",
        "date_start": "2017-10-01",
        "date_end": "2017-12-31",
    }
    assert cost["date_end"] is None
    assert shown["plan"]["period_end"] == "2018-03-31"


def test_json_of_show_keeps_numbers_exact(plan: PlanLog) -> None:
    """As text, with the zeros that were written; counts and positions are numbers; empty is null."""
    record(plan, MeasureDefined(measure="ae", title="A&E"))
    plan.record(Observed(measure="ae", period="2018-01", value="76.90"), effective="2018-01")
    (reading,) = show_json(plan.at(as_at="2018-02-28"))["measures"]["ae"]["observations"]

    assert reading == {
        "position": 3,
        "period": "2018-01",
        "period_start": "2018-01-01",
        "period_end": "2018-01-31",
        "value": "76.90",
        "numerator": None,
        "denominator": None,
        "published_on": None,
        "published_on_start": None,
        "published_on_end": None,
        "quality": None,
        "provisional": False,
    }


def test_json_of_nothing() -> None:
    """No plan, no finding: every key is there."""
    assert check_json([]) == {
        "plans": [],
        "summary": {"critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0},
        "findings": [],
        "not_evaluated": [],
        "groups": [],
    }


# --- what is reported can be recorded --------------------------------------------------------------------------------

LOG_ONLY = ("plan", "position", "recorded_at")


def as_lines(events: list[dict[str, Any]]) -> str:
    """Events of a log as proposals: without what only the log can say."""
    return "".join(
        json.dumps({key: value for key, value in event.items() if key not in LOG_ONLY}) + "\n" for event in events
    )


def test_log_of_the_example_recorded_again_gives_the_same_state() -> None:
    """The JSON of `log`, less what only the log can say, is what `record` takes: same ids, same order, same state."""
    clock = DocumentClock()
    with plantrack.open(":memory:", clock=clock) as tracker, plantrack.open(":memory:", clock=clock) as fresh:
        for _ in record_entries(tracker, clock):
            pass
        for name in tracker.plans():
            plan, copy = tracker.plan(name), fresh.plan(name)
            events = json.loads(json.dumps(log_json(plan.events())))
            copy.record_all(read_lines(as_lines(events), "log.jsonl"))

            assert [event.event_id for event in copy.events()] == [event["event_id"] for event in events]
            assert show_json(copy.at(as_at="2019-12-31")) == show_json(plan.at(as_at="2019-12-31"))
            assert copy.record_all(read_lines(as_lines(events), "log.jsonl")) == []


def test_log_goes_through_record_at_the_command_line(tmp_path: Path, plan: PlanLog) -> None:
    """From store to store, with every kind of envelope, a correction and a period in words."""
    record(plan, MeasureDefined(measure="ae", title="A&E → Ärzte", unit="%"))
    (wrong,) = plan.record(
        Observed(measure="ae", period=plan.period("Q3 2017/18"), value="67.90"),
        effective="Q3 2017/18",
        reason="return",
        source=Source(document="return.xlsx", locator="B7"),
        event_id="q3",
        causation_id="c-1",
        correlation_id="c-2",
    )
    right = Observed(measure="ae", period=plan.period("Q3 2017/18"), value="76.9")
    plan.record(EventCorrected(event=wrong.event_id, replacement=right), effective="end January 2018")
    file = tmp_path / "log.jsonl"
    file.write_text(as_lines(log_json(plan.events())), encoding="utf-8")
    arguments = ["--db", str(tmp_path / "copy.db"), "record", "--plan", "board", str(file)]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "board: 4 events recorded, now at #4\n")
    with plantrack.open(tmp_path / "copy.db", create=False) as tracker:
        copy = tracker.plan("board")
        strip = [{k: v for k, v in event.items() if k not in LOG_ONLY} for event in log_json(copy.events())]
        assert strip == [{k: v for k, v in event.items() if k not in LOG_ONLY} for event in log_json(plan.events())]
        assert show_json(copy.at(as_at="2018-02-28")) == show_json(plan.at(as_at="2018-02-28"))
        assert str(copy.at(as_at="2018-02-28").measures["ae"].observations[0].value) == "76.9"


def test_events_of_why_can_be_recorded_too(plan: PlanLog) -> None:
    """They have the same form as those of `log`."""
    record(plan, *initiatives(1))
    account = why(plan, NO_MEASURE)
    (proposal,) = read_lines(as_lines(why_json(account)["events"]), "why.jsonl")

    assert proposal.data == account.evidence[0].data
    assert proposal.effective == account.evidence[0].effective
    assert proposal.event_id == account.finding.evidence[0]


# --- rules -----------------------------------------------------------------------------------------------------------

TESTED = """\
  - id: kpi.none
    title: No measure
    for: Initiative
    status: preview
    since: 1.0.0
    severity: medium
    params: {least: 1}
    when: len(measures) < least
    message: "{title} has no measure"
    about: An initiative has no measure at all.
    tests:
      - name: fires
        as_at: 2018-02-28
        events:
          - InitiativeProposed: {initiative: i, title: I}
        expect: {finding: {message: J has no measure}}
"""


def test_failed_tests_say_where_and_how() -> None:
    """File and line, what was expected and what came, what no test covers, and the count."""
    ours = pack(TESTED)
    results = list(run_tests(ours))

    assert text(pack_tests.tests_report(ours, results, warnings_of(ours, results))) == (
        "FAIL ours.yaml:17: kpi.none: fires\n"
        "     message  expected  J has no measure\n"
        "              got       I has no measure\n"
        "                        ^\n"
        "warning ours.yaml:6: kpi.none: no test in which it is silent\n"
        "ours 1.0.0: 0 passed, 1 failed, 1 rule"
    )


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "width", "expected"),
    [
        ("as it is", 8, "as it is"),
        ("cut at a word", 10, "cut at a…"),
        ("no comma, before", 14, "no comma…"),
        ("unbreakable", 6, "unbre…"),
        ("", 5, ""),
    ],
)
def test_shortened(given: str, width: int, expected: str) -> None:
    """At most the width, at a word where there is one, with an ellipsis and no comma before it."""
    assert shortened(given, width) == expected
    assert len(expected) <= width


def test_folded_keeps_an_empty_paragraph() -> None:
    """Its indent, so that a fingerprint without a message is still a line."""
    assert list(folded("", "  F-1  ", "    ", "high")) == [Line("  F-1  ", "high")]
