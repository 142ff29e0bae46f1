"""Journals in YAML and JSON Lines: what they say, and that each error names its place."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plantrack.errors import EventError, RuleSourceError
from plantrack.events import InitiativeProposed, InitiativeStarted, MilestoneSet, Observed, Proposal, Source
from plantrack.journal import read_journal, read_lines
from plantrack.period import Period
from tests.test_rules_packs import cases

JOURNAL = """\
plantrack-journal: 1
plan: medway
about: where the words come from is said once
entries:
  - recorded: 2014-04-02
    actor: pmo
    source: Board paper
    reason: first plan
    events:
      - InitiativeProposed: {initiative: door, title: "Front door: phase 1"}
      - InitiativeStarted: {initiative: door}
        effective: 2014-05
        at: page 3
        actor: board
        reason: decided
        source: Minutes
        event_id: e1
  - recorded: 2014-04-03T17:30:00+01:00
    events:
      - Observed: {measure: ae, period: 2014-03, value: 0.10}
        at: C7
      - Observed: {measure: ae, period: 2014, value: 12345678901234567890}
        effective: 2014
"""


def test_journal() -> None:
    """An event is effective on the day it was recorded unless it says otherwise; what stands above holds below."""
    first, second = read_journal(JOURNAL, "j.yaml")
    assert (first.plan, first.recorded) == ("medway", datetime(2014, 4, 2, 9, tzinfo=UTC))
    assert first.proposals == (
        Proposal(
            data=InitiativeProposed(initiative="door", title="Front door: phase 1"),
            effective=Period.parse("2014-04-02"),
            actor="pmo",
            reason="first plan",
            source=Source(document="Board paper"),
        ),
        Proposal(
            data=InitiativeStarted(initiative="door"),
            effective=Period.parse("2014-05"),
            actor="board",
            reason="decided",
            source=Source(document="Minutes", locator="page 3"),
            event_id="e1",
        ),
    )
    assert second.recorded == datetime(2014, 4, 3, 17, 30, tzinfo=timezone(timedelta(hours=1)))
    assert second.proposals == (
        Proposal(
            data=Observed(measure="ae", period=Period.parse("2014-03"), value=Decimal("0.10")),
            effective=Period.parse("2014-04-03"),
        ),
        Proposal(
            data=Observed(measure="ae", period=Period.parse("2014"), value=Decimal("12345678901234567890")),
            effective=Period.parse("2014"),
        ),
    )
    assert read_journal(JOURNAL.encode(), "j.yaml") == [first, second]


def test_numbers_are_exact() -> None:
    """A tenth is a tenth, written as it was."""
    _, second = read_journal(JOURNAL, "j.yaml")
    assert [str(p.data.value) for p in second.proposals if isinstance(p.data, Observed)] == [
        "0.10",
        "12345678901234567890",
    ]


def test_fiscal_year_of_the_plan_holds_from_its_opening_on() -> None:
    """ "Q1 2018/19" means what the plan that was opened before says, in the same entry and in those after it."""
    journal = """\
      plantrack-journal: 1
      plan: p
      entries:
        - recorded: 2018-01-01
          events:
            - MilestoneSet: {milestone: a, title: A, due: Q1 2018/19}
            - PlanOpened: {title: P, organisation: O, period: 2018, fiscal_year_start: 7}
            - MilestoneSet: {milestone: b, title: B, due: Q1 2018/19}
        - recorded: 2018-01-02
          events:
            - MilestoneSet: {milestone: c, title: C, due: Q1 2018/19}
    """
    found = [p.data for entry in read_journal(journal, "j.yaml") for p in entry.proposals]
    dues = {m.milestone: m.due.start for m in found if isinstance(m, MilestoneSet) and m.due}
    assert dues == {"a": date(2018, 4, 1), "b": date(2018, 7, 1), "c": date(2018, 7, 1)}


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("2014-04-02", datetime(2014, 4, 2, 9, tzinfo=UTC)),
        ("2014-04", datetime(2014, 4, 1, 9, tzinfo=UTC)),
        ("2014", datetime(2014, 1, 1, 9, tzinfo=UTC)),
        ("2 April 2014", datetime(2014, 4, 2, 9, tzinfo=UTC)),
        ("2014-04-02T17:00Z", datetime(2014, 4, 2, 17, tzinfo=UTC)),
        ("'2014-04-02T17:00:00.5+00:00'", datetime(2014, 4, 2, 17, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_moment_of_recording(recorded: str, expected: datetime) -> None:
    """A day is nine in the morning; a moment says its zone."""
    (entry,) = read_journal(
        f"plantrack-journal: 1\nplan: p\nentries:\n- recorded: {recorded}\n  events: []\n", "j.yaml"
    )
    assert expected == entry.recorded


def test_plan_named_by_a_year() -> None:
    """A plan may be called 2017."""
    assert read_journal("plantrack-journal: 1\nplan: 2017\nentries: []\n", "j.yaml") == []
    (entry,) = read_journal("plantrack-journal: 1\nplan: 2017\nentries: [{recorded: 2018, events: []}]\n", "j.yaml")
    assert entry.plan == "2017"


WRONG = """
== a list
- a
--
j.yaml:1:1: expected a mapping with plantrack-journal, plan, entries
    - a
    ^

== unknown key
plantrack-journal: 1
plan: p
entrys: []
--
j.yaml:3:1: unknown key 'entrys'
    entrys: []
    ^^^^^^
  hint: did you mean 'entries'?

== no plan
plantrack-journal: 1
entries: []
--
j.yaml:1:1: the key 'plan' is missing
    plantrack-journal: 1
    ^

== another format
plantrack-journal: 2
plan: p
entries: []
--
j.yaml:1:20: this version reads plantrack-journal: 1
    plantrack-journal: 2
                       ^

== format of truth
plantrack-journal: true
plan: p
entries: []
--
j.yaml:1:20: this version reads plantrack-journal: 1
    plantrack-journal: true
                       ^

== plan is a list
plantrack-journal: 1
plan: [p]
entries: []
--
j.yaml:2:7: 'plan' needs the id of a plan
    plan: [p]
          ^

== plan is empty
plantrack-journal: 1
plan:
entries: []
--
j.yaml:2:6: 'plan' needs the id of a plan
    plan:
         ^

== entries are a mapping
plantrack-journal: 1
plan: p
entries: {}
--
j.yaml:3:10: 'entries' needs a list
    entries: {}
             ^

== an entry is a text
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events: []
  - soon
--
j.yaml:6:5: expected a mapping with recorded, events
    - soon
      ^

== an entry with an unknown key
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    event: []
--
j.yaml:5:5: unknown key 'event'
    event: []
    ^^^^^
  hint: did you mean 'events'?

== an entry without events
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
--
j.yaml:4:5: the key 'events' is missing
    - recorded: 2014-04-02
      ^

== events are a mapping
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events: {a: b}
--
j.yaml:5:13: 'events' needs a list
    events: {a: b}
            ^

== recorded at no day
plantrack-journal: 1
plan: p
entries:
  - recorded: soon
    events: []
--
j.yaml:4:15: 'soon' is not a day or moment
    - recorded: soon
                ^
  hint: write 2014-04-02

== recorded on 30 February
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-02-30
    events: []
--
j.yaml:4:15: '2014-02-30' is not a day or moment
    - recorded: 2014-02-30
                ^
  hint: write 2014-04-02

== recorded true
plantrack-journal: 1
plan: p
entries:
  - recorded: true
    events: []
--
j.yaml:4:15: this is not a day or moment
    - recorded: true
                ^
  hint: write 2014-04-02

== recorded never
plantrack-journal: 1
plan: p
entries:
  - recorded:
    events: []
--
j.yaml:4:14: this is not a day or moment
    - recorded:
               ^
  hint: write 2014-04-02

== recorded at a list
plantrack-journal: 1
plan: p
entries:
  - recorded: [2014]
    events: []
--
j.yaml:4:15: this is not a day or moment
    - recorded: [2014]
                ^
  hint: write 2014-04-02

== recorded at a mapping
plantrack-journal: 1
plan: p
entries:
  - recorded: {T: 1}
    events: []
--
j.yaml:4:15: this is not a day or moment
    - recorded: {T: 1}
                ^
  hint: write 2014-04-02

== recorded at a moment without a zone
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02T09:00
    events: []
--
j.yaml:4:15: a moment needs a time zone, such as 2014-04-02T09:00Z
    - recorded: 2014-04-02T09:00
                ^

== recorded at an impossible moment
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02T25:00Z
    events: []
--
j.yaml:4:15: '2014-04-02T25:00Z' is not a day or moment
    - recorded: 2014-04-02T25:00Z
                ^
  hint: write 2014-04-02

== recorded on a Tuesday
plantrack-journal: 1
plan: p
entries:
  - recorded: Tuesday
    events: []
--
j.yaml:4:15: 'Tuesday' is not a day or moment
    - recorded: Tuesday
                ^
  hint: write 2014-04-02

== an event is a text
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - InitiativeStarted: {initiative: a}
      - InitiativeStarted
--
j.yaml:7:9: an event is a mapping such as `- Observed: {...}`
    - InitiativeStarted
      ^

== an event is a list
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - [InitiativeStarted]
--
j.yaml:6:9: an event is a mapping such as `- Observed: {...}`
    - [InitiativeStarted]
      ^

== an empty event
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - {}
--
j.yaml:6:9: an event needs exactly one type
    - {}
      ^
  hint: known: AliasDeclared, AlignmentDeclared, ApprovalGiven, BaselineSet, BenchmarkRecorded, BodyRegistered, BudgetRuleSet, CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn, Continued, …

== an event without a type
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - effective: 2014
--
j.yaml:6:9: an event needs exactly one type
    - effective: 2014
      ^
  hint: known: AliasDeclared, AlignmentDeclared, ApprovalGiven, BaselineSet, BenchmarkRecorded, BodyRegistered, BudgetRuleSet, CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn, Continued, …

== an event with two types
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - InitiativeStarted: {initiative: a}
        InitiativePaused: {initiative: a}
--
j.yaml:6:9: an event needs exactly one type
    - InitiativeStarted: {initiative: a}
      ^
  hint: known: AliasDeclared, AlignmentDeclared, ApprovalGiven, BaselineSet, BenchmarkRecorded, BodyRegistered, BudgetRuleSet, CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn, Continued, …

== an event of an unknown type
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - InitiativeStartd: {initiative: a}
--
j.yaml:6:9: unknown event type or field 'InitiativeStartd'
    - InitiativeStartd: {initiative: a}
      ^^^^^^^^^^^^^^^^
  hint: did you mean 'InitiativeStarted'?

== an event with an unknown field beside it
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - InitiativeStarted: {initiative: a}
        effectiv: 2014
--
j.yaml:7:9: unknown event type or field 'effectiv'
    effectiv: 2014
    ^^^^^^^^
  hint: did you mean 'effective'?

== a key given twice
plantrack-journal: 1
plan: p
entries:
  - recorded: 2014-04-02
    events:
      - InitiativeStarted: {initiative: a, initiative: b}
--
j.yaml:6:44: the key 'initiative' is given twice
    - InitiativeStarted: {initiative: a, initiative: b}
                                         ^^^^^^^^^^
"""  # noqa: E501


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in cases(WRONG)], ids=[c[0] for c in cases(WRONG)])
def test_wrong_journal(text: str, expected: str) -> None:
    """What is wrong with a journal, and where."""
    with pytest.raises(RuleSourceError) as refused:
        read_journal(text + "\n", "j.yaml")
    assert expected == str(refused.value)


@pytest.mark.parametrize(
    ("event", "line", "words"),
    [
        ("- Observed: {measure: a, period: 2014, value: high}", 6, "'high' is not a number"),
        ("- Observed: {measure: A B, period: 2014, value: 1}", 6, "'A B' is not an id"),
        ("- Observed: {measure: a, period: soon, value: 1}", 6, "soon"),
        ("- Observed: {measure: a, value: 1}", 6, "'period' is missing"),
        ("- Observed: {measure: a, period: 2014, value: 1, unit: x}", 6, "unknown field 'unit'"),
        ("- Observed: 5", 6, "expected an object"),
        ("- Observed:", 6, "expected an object"),
        ("- Observed: [a]", 6, "expected an object"),
        ("- InitiativeStarted: {initiative: a}\n        effective: soon", 6, "soon"),
        ("- InitiativeStarted: {initiative: a}\n        effective:", 6, "'effective' is missing"),
        ("- InitiativeStarted: {initiative: a}\n        effective: 1.5", 6, "date or period"),
        ("- InitiativeStarted: {initiative: a}\n        actor: {a: b}", 6, "expected text"),
        ("- InitiativeStarted: {initiative: a}\n        source: [a]", 6, "expected text"),
        ("- InitiativeStarted: {initiative: a}\n        event_id: a b", 6, "'a b' cannot be an event id"),
        ("- effective: 2014\n        Observed: {measure: a}", 7, "'period' is missing"),
    ],
)
def test_wrong_event_in_a_journal(event: str, line: int, words: str) -> None:
    """What an event refuses is told at the event."""
    journal = f"plantrack-journal: 1\nplan: p\nentries:\n  - recorded: 2014-04-02\n    events:\n      {event}\n"
    with pytest.raises(RuleSourceError) as refused:
        read_journal(journal, "j.yaml")
    assert (line, 9) == (refused.value.line, refused.value.column)
    assert words in refused.value.message
    shown = str(refused.value).splitlines()[-2:]
    assert len(shown[1].strip()) == len(shown[0].strip().lstrip("- ").partition(":")[0])


# --- JSON Lines ------------------------------------------------------------------------------------------------------


def line_of(value: str) -> str:
    """A line of a figure whose value is written so."""
    data = f'{{"measure": "m", "period": "2018-01", "value": {value}}}'
    return f'{{"type": "Observed", "effective": "2018-01", "data": {data}}}'


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.1", "0.1"),
        ("0.10", "0.10"),
        ("1E2", "1E+2"),
        ("1E30", "1E+30"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("12345678901234567890.5", "12345678901234567890.5"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('"76.9"', "76.9"),
    ],
)
def test_exact_number_in_a_line(written: str, value: str) -> None:
    """No number passes through a float."""
    (proposal,) = read_lines(line_of(written), "f.jsonl")
    assert isinstance(proposal.data, Observed)
    assert value == str(proposal.data.value)


def test_lines() -> None:
    """One object a line; blank lines count and say nothing; the first plan that is opened sets the fiscal year."""

    def line(kind: str, **data: object) -> str:
        return json.dumps({"type": kind, "effective": "2018-01-01", "data": data})

    early = line("MilestoneSet", milestone="a", title="A", due="2018/19")
    opened = line("PlanOpened", title="P", organisation="O", period="2018", fiscal_year_start=7)
    content = "\n".join([early, "", "  \t", opened, early])
    for lines in (content, content + "\n", "\ufeff" + content, content.replace("\n", "\r\n")):
        found = [p.data for p in read_lines(lines, "f.jsonl", fiscal_year_start=1)]
        dues = [m.due.start for m in found if isinstance(m, MilestoneSet) and m.due]
        assert dues == [date(2018, 1, 1), date(2018, 7, 1)]
    assert read_lines("", "f.jsonl") == []


def test_line_ends_within_a_text() -> None:
    """What other programs write raw within a text ends no line: next line, line and paragraph separator, form feed."""
    title = "one\x85two\u2028three\u2029four"
    event = {"type": "InitiativeProposed", "effective": "2018", "data": {"initiative": "a", "title": title}}
    content = json.dumps(event, ensure_ascii=False)
    proposals = read_lines(f"{content}\n{content}", "f.jsonl")
    assert [p.data.title for p in proposals if isinstance(p.data, InitiativeProposed)] == [title, title]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nonsense", 'not JSON: one object a line is expected, such as {"type": "Observed", ...}'),
        ("{'type': 1}", "not JSON: Expecting property name enclosed in double quotes, column 2"),
        ('{"type": "X"} x', "not JSON: Extra data, column 15"),
        ('{"type": ', "not JSON: Expecting value, column 10"),
        ('{"type": "X', "not JSON: Unterminated string starting at, column 10"),
        ('{"a": "\t"}', "not JSON: Invalid control character at, column 8"),
        (line_of("01"), "not JSON: Expecting ',' delimiter, column 102"),
        (line_of("NaN"), "NaN is not a number"),
        (line_of("Infinity"), "Infinity is not a number"),
        (line_of("-Infinity"), "-Infinity is not a number"),
        (line_of("1e999999999999999999999"), "the number 1e999999999999999999... is out of bounds"),
        (line_of("9" * 5_000), "the number 99999999999999999999... is out of bounds"),
        ('{"type": "X", "type": "Y"}', "the key 'type' is given twice"),
        ('{"a": {"b": [{"c": 1, "c": 1}]}}', "the key 'c' is given twice"),
        ("[" * 100_000, "not JSON that can be read: nested too deep"),
        ('{"a":' * 100_000, "not JSON that can be read: nested too deep"),
    ],
    ids=lambda value: value[:60],
)
def test_wrong_line(line: str, expected: str) -> None:
    """What is wrong with a line, with its number and the column in it."""
    good = line_of("1")
    with pytest.raises(EventError) as refused:
        read_lines(f"{good}\n\n{good}\n{line}\n{good}", "f.jsonl")
    assert f"f.jsonl, line 4: {expected}" == str(refused.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[]", "expected a JSON object"),
        ("5", "expected a JSON object"),
        ("null", "expected a JSON object"),
        ('{"type": "X"}', "the field 'effective' is missing"),
        ('{"type": "X", "effective": "2018", "data": {}}', "unknown event type 'X'"),
        ('{"type": 5, "effective": "2018", "data": {}}', "expected the name of an event type, not a number"),
        ('{"type": "Observed", "effective": "2018", "data": {}, "recorded_at": 1}', "unknown field 'recorded_at'"),
        (line_of("1E400"), "the number 1.000e+400 is out of bounds"),
        (line_of("1e-400"), "the number 1.000e-400 is out of bounds"),
        (line_of("true"), "expected a number such as 76.9, not true"),
        (line_of("[1]"), "expected a number such as 76.9, not a list"),
        (line_of("null"), "Observed: needs value"),
    ],
)
def test_wrong_event_in_a_line(line: str, words: str) -> None:
    """What an event refuses is told with the number of its line."""
    with pytest.raises(EventError) as refused:
        read_lines(f"\n{line}", "f.jsonl")
    assert str(refused.value).startswith("f.jsonl, line 2: ")
    assert words in str(refused.value)


def test_key_given_twice_among_many_is_found_fast() -> None:
    """Looking for a key that is given twice takes time in proportion to the line."""
    keys = ", ".join(f'"k{n}": 1' for n in range(100_000))
    before = time.process_time()
    with pytest.raises(EventError, match="line 1: the key 'last' is given twice"):
        read_lines(f'{{{keys}, "last": 1, "last": 2}}', "f.jsonl")
    assert time.process_time() - before < 5  # loose: traced runs on a busy machine are slow


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
envelopes = st.fixed_dictionaries(
    {"type": st.sampled_from(["Observed", "InitiativeProposed", "PlanOpened", "EventCorrected"]) | json_values},
    optional={
        "effective": st.just("2018") | json_values,
        "data": st.dictionaries(st.sampled_from(["measure", "title", "period", "value", "event"]), json_values),
        **dict.fromkeys(["source", "actor", "event_id", "schema", "reason"], json_values),
    },
)


@given(st.text(max_size=60) | json_values.map(json.dumps) | envelopes.map(json.dumps))
@example("\ud800")
@example('{"type": "Observed", "effective": "2018", "data": {"measure": "\\ud800"}}')
def test_any_line_is_read_or_refused(line: str) -> None:
    """Whatever a line holds, it is proposals or an :class:`EventError`."""
    try:
        read = repr(read_lines(line, "f.jsonl"))
    except EventError as refused:
        read = str(refused)
        assert read.startswith("f.jsonl, line ")
    assert read


DAMAGE = [
    "[]",
    "{}",
    "a",
    "null",
    "5",
    "true",
    "- ",
    ": ",
    "  ",
    "\n",
    "events",
    "'",
    "2014",
    "T",
    "{a: b}",
    "\ud800",
    "",
]
edits = st.tuples(st.integers(0, len(JOURNAL)), st.sampled_from([0, 1, 6, 20]), st.sampled_from(DAMAGE))


def damaged(edits: list[tuple[int, int, str]]) -> str:
    """The journal with some stretches replaced."""
    text = JOURNAL
    for at, length, fragment in edits:
        text = text[:at] + fragment + text[at + length :]
    return text


@given(st.lists(edits, min_size=1, max_size=3).map(damaged) | st.text(max_size=60))
def test_any_journal_is_read_or_refused(content: str) -> None:
    """Whatever a journal holds, it is entries or a :class:`RuleSourceError`."""
    try:
        read = repr(read_journal(content, "j.yaml"))
    except RuleSourceError as refused:
        read = str(refused)
        assert read.startswith("j.yaml:")
    assert read


def test_table_instead_of_json_lines() -> None:
    """A file of comma-separated values is told what is expected of each line."""
    with pytest.raises(EventError) as wrong:
        read_lines("type,effective,value\nObserved,2018-01,5\n", "figures.csv")

    assert str(wrong.value) == (
        'figures.csv, line 1: not JSON: one object a line is expected, such as {"type": "Observed", ...}'
    )
