"""Tests inside packs: what was known, what is expected, and how a failure is told."""

from __future__ import annotations

import json
from textwrap import dedent, indent

import pytest

from plantrack.reports import pack_tests as reports
from plantrack.rules import Difference, TestResult, load_pack, run_tests, untested, warnings_of
from plantrack.rules.findings import Subject, fingerprint
from tests.test_rules_packs import cases, differences, error_of, pack_text

# --- what was known --------------------------------------------------------------------------------------------------

RULE = """\
for: Measure
needs: [last]
let: {last: latest(observations)}
when: last.value < 80
score: 80 - last.value
message: "{title}: {last.value}\""""

KNOWN = """
  - name: it
    as_at: 2018-02-28
    known_at: AT
    events:
      - MeasureDefined: {measure: ae, title: A&E}
      - Observed: {measure: ae, period: 2018-01, value: 67.9}
        event_id: january
        effective: 2018-01
        recorded: 2018-02-08
      - Observed: {measure: ae, period: 2018-02, value: 70}
        effective: 2018-02
      - EventCorrected: {event: january, replacement: {type: Observed, data: {measure: ae, period: 2018-01, value: 69}}}
        recorded: 2018-02-20T17:00Z
      - EventRetracted: {event: e-4, why: counted twice}
        recorded: 2018-02-20
    expect: finding
"""


@pytest.mark.parametrize(
    ("known_at", "message"),
    [
        ("2018-02-07", None),
        ("2018-02-08", "A&E: 70"),  # what is recorded without a day is recorded with the event before
        ("2018-02-19", "A&E: 70"),
        ("2018-02-20T16:59:59Z", "A&E: 70"),
        ("2018-02-20T17:00+00:00", "A&E: 69"),  # a day that has begun goes on
        ("2018-02-20", "A&E: 69"),
        ("2018-12-31", "A&E: 69"),
        ('"#3"', "A&E: 67.9"),  # the plan that is opened for the test is #1
        ("3", "A&E: 67.9"),
        ("5", "A&E: 70"),
        ('"#6"', "A&E: 69"),
    ],
)
def test_known_at(known_at: str, message: str | None) -> None:
    """The rule sees what had been recorded by the end of the day, by the moment, or up to the position."""
    expect = "indeterminate" if message is None else json.dumps({"finding": {"message": message}})
    text = KNOWN.replace("AT", known_at).replace("expect: finding", f"expect: {expect}")
    assert differences(text, RULE) == {"it": []}


def test_days_are_those_of_the_plan() -> None:
    """A day begins and ends in the time zone of the plan that a test opens."""
    events = """
    events:
      - PlanOpened: {title: P, organisation: O, period: 2018, time_zone: Pacific/Auckland}
      - MeasureDefined: {measure: ae, title: A&E}
      - Observed: {measure: ae, period: 2018-01, value: 1}
        effective: 2018-01
        recorded: 2018-02-19T12:00Z
    """
    expected = {"2018-02-19": "indeterminate", "2018-02-20": "finding", "2018-02-19T11:59Z": "indeterminate"}
    tests = "".join(
        f"  - name: {at}\n    as_at: 2018-02-28\n    known_at: {at}\n    expect: {outcome}{events.rstrip()}\n"
        for at, outcome in expected.items()
    )
    assert differences(tests, RULE) == {at: [] for at in expected}


def test_nothing_is_known_before_the_plan_is_opened() -> None:
    """At position 0 there is no plan and so no subject."""
    text = KNOWN.replace("AT", "0").replace("expect: finding", "expect: no subject")
    assert differences(text, RULE) == {"it": []}


def test_recorded_is_when_a_fact_becomes_true_unless_said_otherwise() -> None:
    """An event without ``effective`` is effective on the day on which it was recorded, as in a journal."""
    tests = """
      - name: before
        as_at: 2018-02-07
        events: &
        expect: no subject
      - name: after
        as_at: 2018-02-08
        events: &
        expect: finding
    """.replace("&", "[{MilestoneSet: {milestone: m, title: M}, recorded: 2018-02-08T23:30Z}]")
    assert differences(tests, "for: Milestone\nwhen: true") == {"before": [], "after": []}


def test_position_beyond_the_log() -> None:
    """A position that the log never reaches is a mistake in the test."""
    assert differences(KNOWN.replace("AT", '"#9"'), RULE) == {
        "it": ["known_at #9 lies beyond the log of the test, which ends at #6"]
    }


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (
            "2018-02-07",
            "p.yaml:29:23: recorded goes back: what stands before was recorded 2018-02-20T17:00:00+00:00\n"
            "    recorded: 2018-02-07\n"
            "              ^\n"
            "  hint: list the events in the order in which they were recorded",
        ),
        (
            "in February",
            "p.yaml:29:23: 'in February' is not a day or moment from 2000-04-01 on\n"
            "    recorded: in February\n"
            "              ^\n"
            "  hint: write 2018-02-28 or 2018-02-28T17:00Z",
        ),
        (
            "2018-02-21T10:00",
            "p.yaml:29:23: a moment needs a time zone\n"
            "    recorded: 2018-02-21T10:00\n"
            "              ^\n"
            "  hint: write 2018-02-21T10:00Z for UTC",
        ),
        (
            "3",
            "p.yaml:29:23: recorded is a day or a moment, not a position\n"
            "    recorded: 3\n"
            "              ^\n"
            "  hint: write 2018-02-28",
        ),
        (
            "2199-01-01",
            "p.yaml:29:23: '2199-01-01' is not a day or moment from 2000-04-01 on\n"
            "    recorded: 2199-01-01\n"
            "              ^\n"
            "  hint: write 2018-02-28 or 2018-02-28T17:00Z",
        ),
    ],
)
def test_wrong_recorded(recorded: str, said: str) -> None:
    """The log of a test never goes back in time; what is wrong is said with its place."""
    before, _, after = KNOWN.replace("AT", "2018-12-31").rpartition("2018-02-20")
    assert error_of(pack_text(f"{RULE}\ntests:\n{indent(dedent(before + recorded + after).strip(), '  ')}")) == said


# --- what is refused when the pack is loaded -------------------------------------------------------------------------

REFUSED = """
== neither events nor given
{name: a, as_at: 2018-01-01, expect: none}
^
a test needs events or given

== both events and given
{name: a, as_at: 2018-01-01, expect: none, events: [], given: {}}
                                                       ^^^^^
a test gives either events or given, not both

== a name that is none
{name: null, as_at: 2018-01-01, expect: none, events: []}
       ^
'name' needs a text

== known_at as a comment
{name: a, as_at: 2018-01-01, expect: none, events: [], known_at: ~}
                                                                 ^
known_at is empty: '#' begins a comment
hint: write a position in quotes, as in "#3"

== known_at as a word
{name: a, as_at: 2018-01-01, expect: none, events: [], known_at: then}
                                                                 ^
'then' is not a day or moment from 2000-04-01 on
hint: write 2018-02-28 or 2018-02-28T17:00Z

== known_at of truth
{name: a, as_at: 2018-01-01, expect: none, events: [], known_at: true}
                                                                 ^
true is not a day or moment from 2000-04-01 on
hint: write 2018-02-28 or 2018-02-28T17:00Z

== known_at of what is given
{name: a, as_at: 2018-01-01, expect: none, given: {}, known_at: 2018-01-01}
                                                      ^^^^^^^^
known_at goes with events
hint: what is given is known

== a kind for events
{name: a, as_at: 2018-01-01, expect: none, events: [], kind: Measure}
                                                       ^^^^
kind goes with given
hint: with events leave it out

== a kind of another rule
{name: a, as_at: 2018-01-01, expect: none, given: {}, kind: Risk}
                                                            ^
the rule is for Measure, not for 'Risk'
hint: known: Measure

== a subject beside what is given
{name: a, as_at: 2018-01-01, expect: none, given: {}, subject: ae}
                                                      ^^^^^^^
the subject is what is given
hint: leave this key out

== evidence of what is given
{name: a, as_at: 2018-01-01, expect: finding, given: {}, evidence: [Observed]}
                                                     ^
a state that is given has no events, so nothing can be evidence
hint: write events where the evidence matters

== evidence in a finding on what is given
{name: a, as_at: 2018-01-01, expect: {finding: {evidence: []}}, given: {}}
                                                                       ^
a state that is given has no events, so nothing can be evidence
hint: write events where the evidence matters

== evidence of nothing
{name: a, as_at: 2018-01-01, events: [], expect: none, evidence: [Observed]}
                                                       ^^^^^^^^
evidence beside expect belongs to one finding
hint: write it into each finding

== evidence twice
{name: a, as_at: 2018-01-01, events: [], expect: {finding: {evidence: []}}, evidence: [Observed]}
                                                                            ^^^^^^^^
the evidence is given twice
hint: leave this one out

== evidence of an event that is not there
{name: a, as_at: 2018-01-01, events: [{RiskClosed: {risk: r}, event_id: june}], expect: {finding: {evidence: [juni]}}}
                                                                                                              ^
unknown event type 'juni'
hint: did you mean 'june'?

== a finding as a text
{name: a, as_at: 2018-01-01, events: [], expect: {finding: x}}
                                                           ^
an expected finding is a mapping
hint: of subject, score, message, severity, evidence; or write finding

== a severity that is none
{name: a, as_at: 2018-01-01, events: [], expect: {finding: {severity: hgih}}}
                                                                      ^
'hgih' is not one of critical, high, medium, low, info
hint: did you mean 'high'?

== no findings
{name: a, as_at: 2018-01-01, events: [], expect: {findings: []}}
                                                            ^
'findings' needs a list of findings
hint: for none write expect: none

== findings as a mapping
{name: a, as_at: 2018-01-01, events: [], expect: {findings: {score: 1}}}
                                                            ^
'findings' needs a list of findings
hint: for none write expect: none

== a reason as a text
{name: a, as_at: 2018-01-01, events: [], expect: {error: division}}
                                                         ^
'error' needs a mapping with reason
hint: or write expect: error

== a reason under another name
{name: a, as_at: 2018-01-01, events: [], expect: {indeterminate: {why: x}}}
                                                                  ^^^
unknown key 'why' in an expected indeterminate
hint: known: reason

== an unknown parameter
{name: a, as_at: 2018-01-01, events: [], expect: none, params: {flor: 1}}
                                                                ^^^^
the rule has no parameter 'flor'
hint: did you mean 'floor'?

== a parameter of another type
{name: a, as_at: 2018-01-01, events: [], expect: none, params: {floor: low}}
                                                                ^^^^^
the parameter 'floor' is a number, not a text

== a parameter that is no value
{name: a, as_at: 2018-01-01, events: [], expect: none, params: {floor: {a: 1}}}
                                                                ^
the parameter 'floor' needs a number, text, true/false or list

== parameters as a list
{name: a, as_at: 2018-01-01, events: [], expect: none, params: [1]}
                                                               ^
'params' needs a mapping of names to values

== nothing to do
{name: a, as_at: 2018-01-01, events: [], expect: none, todo: ""}
                                                             ^
'todo' needs a text
"""


@pytest.mark.parametrize("told", [c[1] for c in cases(REFUSED)], ids=[c[0] for c in cases(REFUSED)])
def test_test_that_is_refused(told: str) -> None:
    """What a test cannot say is refused when the pack is loaded, with its place, a caret, and what to write."""
    test, caret, message, *hint = told.split("\n")
    expected = [f"p.yaml:11:{len(caret) - caret.count('^') + 9}: {message}", f"    - {test}", f"      {caret}"]
    expected += [f"  {line}" for line in hint]
    assert error_of(pack_text(f"params: {{floor: 80, names: [a]}}\ntests:\n  - {test}")) == "\n".join(expected)


def test_two_tests_of_one_name() -> None:
    """A test is found by the name of its rule and its own, so that a rule has no two of one name."""
    tests = """
      - {name: is silent, as_at: 2018-02-28, given: {}, expect: none}
      - {name: "is  silent", as_at: 2018-03-01, given: {}, expect: none}
    """.rstrip()
    assert error_of(pack_text(f"when: 1 > 2\ntests:{dedent(tests)}")) == (
        "p.yaml:12:14: the rule has a test 'is silent' already, in line 11\n"
        '    - {name: "is  silent", as_at: 2018-03-01, given: {}, expect: none}\n'
        "             ^\n"
        "  hint: say in the name what this one is about"
    )


def test_given_has_no_past() -> None:
    """A rule whose condition must have held for some days is tested with events."""
    said = error_of(pack_text("hold_for: 14\ntests:\n  - {name: a, as_at: 2018-01-01, expect: none, given: {unit: x}}"))
    assert said.splitlines()[::3] == [
        "p.yaml:11:52: the rule looks 14 days back, and a state that is given has no past",
        "  hint: write events instead",
    ]


def test_which_of_several_kinds() -> None:
    """Where a rule is for several kinds, a test with given fields says of which its subject is."""
    said = error_of(pack_text("for: [Goal, Risk]\ntests:\n  - {name: a, as_at: 2018-01-01, expect: none, given: {}}"))
    assert said.splitlines()[::3] == [
        "p.yaml:10:52: the rule is for Goal, Risk",
        "  hint: say which with kind: ...",
    ]


# --- what is expected ------------------------------------------------------------------------------------------------

THREE = """
  - name: it
    as_at: 2018-02-28
    events:
      - InitiativeProposed: {initiative: a, title: A}
      - InitiativeProposed: {initiative: b, title: B}
      - RiskRaised: {risk: r1, title: R1, about: initiative:a}
      - RiskRaised: {risk: r2, title: R2, about: initiative:b}
      - RiskRaised: {risk: r3, title: R3, about: initiative:b}
        event_id: third
"""
RISKS = "for: Initiative\nseverity: high\nwhen: len(risks) > 0\nscore: len(risks)\nmessage: '{title}: {risks}'"


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{findings: [{}, {}]}", []),
        ("{findings: [{subject: b, score: 2}, {subject: a, score: 1}]}", []),
        ("{findings: [{subject: initiative:b}, {message: 'A: R1', severity: high}]}", []),
        ("{findings: [{evidence: [InitiativeProposed]}, {evidence: [InitiativeProposed]}]}", []),
        (
            "{findings: [{subject: a, score: 1}, {subject: initiative:b, severity: low}]}",
            [
                "1. subject: expected a, got initiative:b",
                "1. score: expected 1, got 2",
                "2. subject: expected initiative:b, got initiative:a",
                "2. severity: expected low, got high",
            ],
        ),
        (
            "{findings: [{score: 10.50}, {score: 20.00}]}",
            ["1. score: expected 10.5, got 2", "2. score: expected 20, got 1"],
        ),
        (
            "{findings: [{}, {}, {}]}",
            [
                "outcome: expected 3 findings,"
                " got a finding on initiative:b: B: R2, R3; a finding on initiative:a: A: R1"
            ],
        ),
        (
            "{findings: [{}]}",
            ["outcome: expected a finding, got a finding on initiative:b: B: R2, R3; a finding on initiative:a: A: R1"],
        ),
        ("{finding: {}}\n    subject: a", []),
        ("{finding: {score: 1.0}}\n    subject: initiative:a", []),
        ("finding\n    subject: c", ["outcome: expected a finding, got no subject"]),
        ("no subject\n    subject: risk:a", []),
    ],
)
def test_several_findings(expect: str, told: list[str]) -> None:
    """They stand in the order in which a board reads them, and each is compared by itself."""
    assert differences(f"{THREE}    expect: {expect}", RISKS) == {"it": told}


def test_subject_decides_which_outcome_counts() -> None:
    """What the rule says of others neither helps nor harms."""
    rule = "where: title != 'c'\nneeds: [lag_days]\nwhen: 10 / lag_days > 1"
    lags = {"a": 5, "b": 20, "c": 5, "d": 0, "e": "null"}
    events = "".join(f"      - MeasureDefined: {{measure: {m}, title: {m}, lag_days: {d}}}\n" for m, d in lags.items())
    outcomes = {
        "a": "finding",
        "b": "none",
        "c": "not applicable",
        "d": "error",
        "e": "indeterminate",
        "f": "no subject",
    }
    tests = [
        f"  - name: {subject} {outcome}\n    as_at: 2018-02-28\n    subject: {subject}\n    expect: {outcome}\n"
        f"    events:\n{events}"
        for subject in outcomes
        for outcome in outcomes.values()
    ]
    passed = [name for name, told in differences("".join(tests), rule).items() if not told]
    assert passed == [f"{subject} {outcome}" for subject, outcome in outcomes.items()]


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ("[MilestoneSet, MilestoneRescheduled]", []),
        ("[moved, MilestoneSet]", []),
        ("[set, moved]", []),
        ("[moved]", ["evidence: expected moved, got MilestoneSet, moved"]),
        ("[set, moved, MilestoneSet]", ["evidence: expected MilestoneSet, moved, set, got moved, set"]),
    ],
)
def test_evidence_by_type_or_by_event(evidence: str, told: list[str]) -> None:
    """All that a finding rests on: types, or the ids that the test gives its events."""
    tests = f"""
      - name: it
        as_at: 2018-02-28
        events:
          - MilestoneSet: {{milestone: m, title: M, due: 2018-01}}
            event_id: set
          - MilestoneRescheduled: {{milestone: m, due: 2018-02-01}}
            event_id: moved
        expect: {{finding: {{evidence: {evidence}}}}}
    """
    assert differences(tests, "for: Milestone\nneeds: [due]\nwhen: due < today and title == 'M'") == {"it": told}


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ('{indeterminate: {reason: "latest(observations): there are no observations"}}', []),
        ("indeterminate", []),
        ("{indeterminate: {reason: unit is not stated}}", [
            "reason: expected unit is not stated, got latest(observations): there are no observations"
        ]),
        ("{error: {reason: x}}", [
            "outcome: expected error, got indeterminate on measure:measure: latest(observations): there are no"
            " observations"
        ]),
    ],
)  # fmt: skip
def test_reasons(expect: str, told: list[str]) -> None:
    """Why a rule cannot say can be expected word for word."""
    test = f"- {{name: it, as_at: 2018-02-28, given: {{}}, expect: {expect}}}"
    assert differences(test, RULE) == {"it": told}


def test_reason_of_an_error() -> None:
    """An error of the rule is expected with its reason, so that no other passes for it."""
    test = "- {name: it, as_at: 2018-02-28, given: {lag_days: 0}, expect: {error: {reason: 8 is divided by 0}}}"
    assert differences(test, "needs: [lag_days]\nwhen: 8 / lag_days > 1") == {"it": []}


def test_message_of_several_lines() -> None:
    """A block in the rule and one in the test say the same; a line end is shown where they differ."""
    rule = "when: true\nmessage: |\n  {title}\n  has no figure"
    tests = """
      - name: same
        as_at: 2018-02-28
        given: {title: A&E}
        expect:
          finding:
            message: |
              A&E
              has no figure
      - {name: other, as_at: 2018-02-28, given: {title: A&E}, expect: {finding: {message: A&E has no figure}}}
      - {name: empty, as_at: 2018-02-28, given: {title: A&E}, expect: {finding: {message: ""}}}
    """
    assert report(rule, tests) == (
        "FAIL p.yaml:22: kpi.test: other\n"
        "     message  expected  A&E has no figure\n"
        "              got       A&E↵ has no figure\n"
        "                           ^\n"
        "FAIL p.yaml:23: kpi.test: empty\n"
        "     message  expected  (empty)\n"
        "              got       A&E↵ has no figure\n"
        "                        ^\n"
        "warning p.yaml:5: kpi.test: no test in which it is silent\n"
        "p 1.0.0: 1 passed, 2 failed, 1 rule"
    )


def test_params_for_one_test() -> None:
    """Parameters have other values in one test, and their own in the next."""
    tests = """
      - {name: its own, as_at: 2018-02-28, given: {unit: days}, expect: {finding: {message: 8 days}}}
      - {name: others, as_at: 2018-02-28, params: {floor: 8.5, units: []}, given: {unit: days}, expect: none}
      - {name: one, as_at: 2018-02-28, params: {floor: 7}, given: {unit: days}, expect: {finding: {message: 7 days}}}
      - {name: text, as_at: 2018-02-28, params: {units: ["'d"]}, given: {unit: "'d"}, expect: finding}
    """
    rule = "params: {floor: 8, units: [days, weeks]}\nneeds: [unit]\nwhen: unit in units and floor < 8.1\n"
    assert differences(tests, rule + "message: '{floor} {unit}'") == {
        "its own": [],
        "others": [],
        "one": [],
        "text": [],
    }


WAIVERS = """\
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - {id: kpi.bare, title: T, for: Measure, severity: low, when: unit is None, message: x}
  - id: gov.used
    title: T
    for: Waiver
    severity: low
    when: matches(waiver)
    message: "{id} {finding}"
    tests:
      - name: beside the other rules
        as_at: 2018-02-28
        expect: {finding: {message: a FOUND, evidence: [FindingWaived]}}
        events: &
      - name: for one of two
        as_at: 2018-02-28
        subject: a
        expect: finding
        events: &
      - name: for the other
        as_at: 2018-02-28
        subject: waiver:b
        expect: none
        events: &
"""


def test_rule_about_waivers_is_tested_beside_the_others() -> None:
    """It speaks of what the other rules of its pack find, so that they run too; what they say does not count."""
    found = fingerprint("test", "kpi.bare", Subject("measure", "ae", "A&E"), ())
    waiver = "{{FindingWaived: {{waiver: {}, finding: {}, reason: R, requester: A, approver: B, until: 2018-03-31}}}}"
    events = f"[{{MeasureDefined: {{measure: ae, title: A&E}}}}, {waiver.format('a', found)}"
    events += f", {waiver.format('b', 'F-0123456789ab')}]"
    pack = load_pack(WAIVERS.replace("&\n", events + "\n").replace("FOUND", found), "p.yaml")
    assert [(result.problems, result.differences) for result in run_tests(pack)] == [((), ())] * 3


# --- how it is told --------------------------------------------------------------------------------------------------


def report(rule: str, tests: str) -> str:
    """What `rules test` prints of a pack with one rule."""
    pack = load_pack(pack_text(rule + "\ntests:\n" + indent(dedent(tests).strip("\n"), "  ")), "p.yaml")
    results = list(run_tests(pack))
    return "\n".join(line.text for line in reports.tests_report(pack, results, warnings_of(pack, results)))


def test_differences_stand_below_one_another() -> None:
    """Field by field, aligned, long texts folded within the width."""
    long = "a measure whose title is long enough to be folded because it would not fit into a line of the report"
    tests = f"""
      - name: every field
        as_at: 2018-02-28
        events:
          - MeasureDefined: {{measure: ae, title: A&E}}
        expect: {{finding: {{subject: b, score: 8.50, message: "A&F, 9", severity: high, evidence: [Observed]}}}}
      - {{name: folded, as_at: 2018-02-28, given: {{title: {long}}}, expect: {{finding: {{message: {long}}}}}}}
      - {{name: no place, as_at: 2018-02-28, expect: none, events: [{{RiskClosed: {{risk: a}}}}]}}
    """
    assert report("when: title != 'B'\nscore: 8\nmessage: '{title}, 8'", tests) == (
        "FAIL p.yaml:13: kpi.test: every field\n"
        "     subject   expected  b\n"
        "               got       measure:ae\n"
        "     score     expected  8.5\n"
        "               got       8\n"
        "     message   expected  A&F, 9\n"
        "               got       A&E, 8\n"
        "                           ^\n"
        "     severity  expected  high\n"
        "               got       low\n"
        "     evidence  expected  Observed\n"
        "               got       MeasureDefined\n"
        "FAIL p.yaml:18: kpi.test: folded\n"
        "     message  expected  a measure whose title is long enough to be folded because it would not fit\n"
        "                        into a line of the report\n"
        "              got       a measure whose title is long enough to be folded because it would not fit\n"
        "                        into a line of the report, 8\n"
        "FAIL p.yaml:19: kpi.test: no place\n"
        "     an event has no place: RiskClosed: risk:a does not exist at that time\n"
        "     outcome  expected  no finding, and a subject that is ok\n"
        "              got       no subject\n"
        "p 1.0.0: 0 passed, 3 failed, 1 rule"
    )


def test_name_that_hides_a_field() -> None:
    """A value, a parameter or an item may be called as a field is, so that fields can be added; the author is told."""
    rule = """
params: {unit: "%"}
let: {title: lower(unit)}
when: title == '%' and any(target > 1 for target in [1, 2])
message: "{title}: {measure.title}"
"""
    tests = """
      - {name: fires, as_at: 2018-02-28, given: {title: A&E, unit: days}, expect: {finding: {message: "%: A&E"}}}
      - {name: is silent, as_at: 2018-02-28, given: {}, params: {unit: days}, expect: none}
    """
    assert report(rule, tests) == (
        "warning p.yaml:5: kpi.test: the name 'target' hides a field of Measure\n"
        "warning p.yaml:5: kpi.test: the name 'title' hides a field of Measure\n"
        "warning p.yaml:5: kpi.test: the name 'unit' hides a field of Measure\n"
        "p 1.0.0: 2 passed, 0 failed, 1 rule"
    )


def test_todo_is_told_and_fails_nothing() -> None:
    """A test to do that fails is named with its reason; one that passes asks to lose its mark."""
    tests = """
      - {name: fires, as_at: 2018-02-28, given: {}, expect: finding}
      - {name: is silent, todo: cannot tell yet, as_at: 2018-02-28, given: {}, expect: none}
      - {name: works, todo: it never would, as_at: 2018-02-28, given: {}, expect: finding}
    """
    assert report("when: true", tests) == (
        "todo p.yaml:12: kpi.test: is silent: cannot tell yet\n"
        "warning p.yaml:5: kpi.test: no test in which it is silent\n"
        "warning p.yaml:13: kpi.test: works: passes; remove its mark todo (it never would)\n"
        "p 1.0.0: 2 passed, 0 failed, 1 todo, 1 rule"
    )


def test_expectation_that_any_failure_meets() -> None:
    """``error`` without a reason, and ``indeterminate`` where several needs may be empty, pass for any cause."""
    tests = """
      - {name: fires, as_at: 2018-02-28, given: {lag_days: 1, unit: "%"}, expect: finding}
      - {name: silent, as_at: 2018-02-28, given: {lag_days: 9, unit: "%"}, expect: none}
      - {name: fails, as_at: 2018-02-28, given: {lag_days: 0, unit: "%"}, expect: error}
      - {name: unsaid, as_at: 2018-02-28, given: {lag_days: 0}, expect: indeterminate}
      - {name: said, as_at: 2018-02-28, given: {unit: x}, expect: {indeterminate: {reason: lag_days is not stated}}}
    """
    assert report("needs: [lag_days, unit]\nwhen: 8 / lag_days > 1 and unit != 'x'", tests) == (
        "warning p.yaml:14: kpi.test: fails: any error would do; write error: {reason: ...}\n"
        "warning p.yaml:15: kpi.test: unsaid: any of the needs would do; write indeterminate: {reason: ...}\n"
        "p 1.0.0: 5 passed, 0 failed, 1 rule"
    )


def test_results_are_data() -> None:
    """A program reads of each test where it stands and in what it differs."""
    tests = "\ntests:\n  - {name: it, as_at: 2018-02-28, given: {}, todo: later, expect: {finding: {score: 1}}}"
    pack = load_pack(pack_text("when: true" + tests), "p.yaml")

    (result,) = run_tests(pack)

    assert result == TestResult(
        pack="p",
        rule="kpi.test",
        name="it",
        line=11,
        differences=(Difference("score", "1", "no score"),),
        todo="later",
    )
    assert (result.passed, result.failed) == (False, False)
    assert untested(pack) == {"kpi.test": "no test in which it fires or is silent"}
