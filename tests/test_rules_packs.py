"""Packs of rules: what is refused when they are loaded and where the error points, their own tests, and board-core."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.errors import RuleSourceError
from plantrack.rules import load_pack, read_pack, run_tests, untested

HEAD = """\
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
"""
RULE = {"id": "id: kpi.test", "title": "title: T", "for": "for: Measure", "severity": "severity: low"}
REST = {"when": "when: true", "message": "message: x"}


def pack_text(keys: str) -> str:
    """A pack with one rule: its keys as given, and what else a rule needs; they begin in line 9, in column 5."""
    given: dict[str, str] = {}
    for part in re.split(r"\n(?=[a-z-]+:)", keys):
        given[part.partition(":")[0]] = part
    rule = {**RULE, **given}
    rule |= {key: line for key, line in REST.items() if key not in given}
    return HEAD + "  - " + indent("\n".join(rule.values()), "    ").lstrip() + "\n"


def cases(text: str) -> list[tuple[str, str, str]]:
    """Name, input and error of each case in a table: ``== name``, the input, ``--``, the error."""
    parts = [part.partition("\n") for part in text.strip("\n").removeprefix("== ").split("\n\n== ")]
    return [(name, *body.split("\n--\n")) for name, _, body in parts]  # type: ignore[misc]


def error_of(text: str) -> str:
    """The whole text of the error with which a pack is refused."""
    with pytest.raises(RuleSourceError) as refused:
        load_pack(text, "p.yaml")
    return str(refused.value)


# --- what a pack may say ---------------------------------------------------------------------------------------------

HEADS = """
== not a mapping
- a
--
p.yaml:1:1: a pack is a mapping with plantrack-rules, pack, version, rules

== a text
rules
--
p.yaml:1:1: a pack is a mapping with plantrack-rules, pack, version, rules

== unknown key
plantrack-rules: 1
pack: p
version: 1.0.0
rule: []
--
p.yaml:4:1: unknown key 'rule' in a pack
    rule: []
    ^^^^
  hint: did you mean 'rules'?

== no version
plantrack-rules: 1
pack: p
rules: []
--
p.yaml:1:1: a pack needs the key 'version'
    plantrack-rules: 1
    ^

== other format
plantrack-rules: 2
pack: p
version: 1.0.0
rules: []
--
p.yaml:1:18: this version reads plantrack-rules: 1
    plantrack-rules: 2
                     ^

== format of truth
plantrack-rules: true
pack: p
version: 1.0.0
rules: []
--
p.yaml:1:18: this version reads plantrack-rules: 1
    plantrack-rules: true
                     ^

== version as a number
plantrack-rules: 1
pack: p
version: 1.0
rules: []
--
p.yaml:3:10: '1.0' is not a version
    version: 1.0
             ^
  hint: write for example 1.0.0

== pack without a name
plantrack-rules: 1
pack:
version: 1.0.0
rules: []
--
p.yaml:2:6: 'pack' needs a text
    pack:
         ^

== pack named by a list
plantrack-rules: 1
pack: [p]
version: 1.0.0
rules: []
--
p.yaml:2:7: 'pack' needs a text
    pack: [p]
          ^

== title as a number
plantrack-rules: 1
pack: p
title: 5
version: 1.0.0
rules: []
--
p.yaml:3:8: 'title' needs a text
    title: 5
           ^

== no rules
plantrack-rules: 1
pack: p
version: 1.0.0
rules: []
--
p.yaml:4:8: 'rules' needs a list of 1 to 500 rules
    rules: []
           ^

== rules as a mapping
plantrack-rules: 1
pack: p
version: 1.0.0
rules: {}
--
p.yaml:4:8: 'rules' needs a list of 1 to 500 rules
    rules: {}
           ^
  hint: put a dash before the first key of each rule: `- id: ...`

== a rule that is a text
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - kpi.a
--
p.yaml:5:5: a rule is a mapping with id, title, for, severity, when and message
    - kpi.a
      ^

== an empty rule
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - {}
--
p.yaml:5:5: a rule needs the key 'id'
    - {}
      ^

== a rule id given twice
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - {id: kpi.a, title: A, for: Measure, severity: low, when: true, message: x}
  - {id: kpi.a, title: B, for: Risk, severity: high, when: true, message: z}
--
p.yaml:6:5: the rule 'kpi.a' is given twice
    - {id: kpi.a, title: B, for: Risk, severity: high, when: true, message: z}
      ^

== no message
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - {id: kpi.a, title: A, for: Measure, severity: low, when: true}
--
p.yaml:5:5: a rule needs the key 'message'
    - {id: kpi.a, title: A, for: Measure, severity: low, when: true}
      ^

== no when
plantrack-rules: 1
pack: p
version: 1.0.0
rules:
  - {id: kpi.a, title: A, for: Measure, severity: low, message: x}
--
p.yaml:5:5: a rule needs the key 'when'
    - {id: kpi.a, title: A, for: Measure, severity: low, message: x}
      ^
"""


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in cases(HEADS)], ids=[c[0] for c in cases(HEADS)])
def test_wrong_pack(text: str, expected: str) -> None:
    """What is wrong with a pack as a whole, and where."""
    assert expected == error_of(text)


RULES = """
== unknown key
wehn: true
--
p.yaml:9:5: unknown key 'wehn' in a rule
    wehn: true
    ^^^^
  hint: did you mean 'when'?

== unknown key like nothing
zzz: true
--
p.yaml:9:5: unknown key 'zzz' in a rule
    zzz: true
    ^^^
  hint: known: about, affects, cause, fix, for, formerly, hold_for, id, identity, instead, let, message, …

== id of another form
id: Missed Target
--
p.yaml:5:9: rule Missed Target: 'Missed Target' is not a rule id
    - id: Missed Target
          ^
  hint: write family.name, such as kpi.missed-target

== id without a family
id: missed
--
p.yaml:5:9: rule missed: 'missed' is not a rule id
    - id: missed
          ^
  hint: write family.name, such as kpi.missed-target

== id in capitals
id: KPI.missed
--
p.yaml:5:9: rule KPI.missed: 'KPI.missed' is not a rule id
    - id: KPI.missed
          ^
  hint: write family.name, such as kpi.missed-target

== id as a number
id: 5
--
p.yaml:5:9: 'id' needs a text
    - id: 5
          ^

== id empty
id: ''
--
p.yaml:5:9: 'id' needs a text
    - id: ''
          ^

== unknown kind
for: Measures
--
p.yaml:7:10: rule kpi.test: there is no kind 'Measures'
    for: Measures
         ^
  hint: did you mean 'Measure'?

== kind like nothing
for: Zebra
--
p.yaml:7:10: rule kpi.test: there is no kind 'Zebra'
    for: Zebra
         ^
  hint: known: Alias, Alignment, Approval, Benchmark, Body, BudgetRule, Commitment, Decision, Dependency, Document, Escalation, External, …

== kind of a value
for: Observation
--
p.yaml:7:10: rule kpi.test: there is no kind 'Observation'
    for: Observation
         ^
  hint: known: Alias, Alignment, Approval, Benchmark, Body, BudgetRule, Commitment, Decision, Dependency, Document, Escalation, External, …

== no kind
for: []
--
p.yaml:7:10: rule kpi.test: 'for' needs a kind, or a list of different kinds
    for: []
         ^

== a kind twice
for: [Measure, Measure]
--
p.yaml:7:10: rule kpi.test: 'for' needs a kind, or a list of different kinds
    for: [Measure, Measure]
         ^

== kind as a mapping
for: {a: b}
--
p.yaml:7:10: rule kpi.test: there is no kind a mapping
    for: {a: b}
         ^
  hint: known: Alias, Alignment, Approval, Benchmark, Body, BudgetRule, Commitment, Decision, Dependency, Document, Escalation, External, …

== severity
severity: hgih
--
p.yaml:8:15: rule kpi.test: 'hgih' is not one of critical, high, medium, low, info
    severity: hgih
              ^
  hint: did you mean 'high'?

== severity as a number
severity: 1
--
p.yaml:8:15: rule kpi.test: 1 is not one of critical, high, medium, low, info
    severity: 1
              ^
  hint: known: critical, high, info, low, medium

== status
status: done
--
p.yaml:9:13: rule kpi.test: 'done' is not one of stable, preview, deprecated
    status: done
            ^
  hint: known: deprecated, preview, stable

== title as a number
title: 5
--
p.yaml:6:12: rule kpi.test: 'title' needs a text
    title: 5
           ^

== title empty
title: ''
--
p.yaml:6:12: rule kpi.test: 'title' needs a text
    title: ''
           ^

== message as a number
message: 5
--
p.yaml:9:14: rule kpi.test: 'message' needs a text
    message: 5
             ^

== message empty
message: ''
--
p.yaml:9:14: rule kpi.test: 'message' needs a text
    message: ''
             ^

== message as a list
message: [a]
--
p.yaml:9:14: rule kpi.test: 'message' needs a text
    message: [a]
             ^

== fix empty
fix:
--
p.yaml:9:9: rule kpi.test: 'fix' needs a text
    fix:
        ^

== params as a list
params: [a]
--
p.yaml:9:13: rule kpi.test: 'params' needs a mapping of names to values
    params: [a]
            ^

== parameter without a value
params: {limit: }
--
p.yaml:9:14: the parameter 'limit' needs a number, text, true/false or list
    params: {limit: }
             ^

== parameter as a mapping
params: {limit: {a: 1}}
--
p.yaml:9:14: the parameter 'limit' needs a number, text, true/false or list
    params: {limit: {a: 1}}
             ^

== parameter with an odd name
params: {2nd: 1}
--
p.yaml:9:14: the name '2nd' is taken or not a name
    params: {2nd: 1}
             ^
  hint: choose another

== parameter with a dash
params: {my-limit: 1}
--
p.yaml:9:14: the name 'my-limit' is taken or not a name
    params: {my-limit: 1}
             ^
  hint: choose another

== parameter that hides the day
params: {today: 1}
--
p.yaml:9:14: the name 'today' is taken or not a name
    params: {today: 1}
             ^
  hint: choose another

== parameter that hides the subject
params: {measure: 1}
--
p.yaml:9:14: the name 'measure' is taken or not a name
    params: {measure: 1}
             ^
  hint: choose another

== parameter named like a word of the language
params: {in: 1}
--
p.yaml:9:14: the name 'in' is taken or not a name
    params: {in: 1}
             ^
  hint: choose another

== list of several types
params: {kinds: [1, a]}
--
p.yaml:9:14: the list 'kinds' needs items of one type
    params: {kinds: [1, a]}
             ^

== list of numbers and truths
params: {kinds: [1, true]}
--
p.yaml:9:14: the list 'kinds' needs items of one type
    params: {kinds: [1, true]}
             ^

== list in a list
params: {kinds: [[a]]}
--
p.yaml:9:14: the parameter 'kinds' needs a number, text, true/false or list
    params: {kinds: [[a]]}
             ^

== list with nothing in it
params: {kinds: [a, null]}
--
p.yaml:9:14: the parameter 'kinds' needs a number, text, true/false or list
    params: {kinds: [a, null]}
             ^

== let as a list
let: [a]
--
p.yaml:9:10: rule kpi.test: 'let' needs a mapping of names to expressions
    let: [a]
         ^

== let without an expression
let: {last: }
--
p.yaml:9:17: expected an expression
    let: {last: }
                ^

== let as a list item
let: {last: [1]}
--
p.yaml:9:17: expected an expression
    let: {last: [1]}
                ^

== let that hides a field, of which more was known than of the value
where: unit is not None
let: {unit: baseline}
score: unit
--
p.yaml:11:12: rule kpi.test: this must be number, but it is number or empty
    score: unit
           ^^^^

== item that hides a field, of which more was known than of the item
where: unit is not None
let: {a: "any(lower(unit) == '%' for unit in (m.unit for m in plan.measures))"}
--
p.yaml:10:25: rule kpi.test: 'unit' may be empty here
    let: {a: "any(lower(unit) == '%' for unit in (m.unit for m in plan.measures))"}
                        ^^^^
  hint: write `unit is not None and ...`, or name it in needs

== parameter that is no word of the field
params: {often: [month, fortnight]}
let: {a: cadence is not None and cadence in often}
--
p.yaml:10:49: rule kpi.test: 'cadence' is never 'fortnight', as often is
    let: {a: cadence is not None and cadence in often}
                                                ^^^^^
  hint: one of week, month, quarter, year

== let that hides a parameter
params: {limit: 1}
let: {limit: 2}
--
p.yaml:10:11: the name 'limit' is taken or not a name
    let: {limit: 2}
          ^
  hint: choose another

== let that hides the plan
let: {plan: 1}
--
p.yaml:9:11: the name 'plan' is taken or not a name
    let: {plan: 1}
          ^
  hint: choose another

== let that hides the subject
let: {measure: latest(plan.measures)}
--
p.yaml:9:11: the name 'measure' is taken or not a name
    let: {measure: latest(plan.measures)}
          ^
  hint: choose another

== let with an odd name
let: {a-b: 1}
--
p.yaml:9:11: the name 'a-b' is taken or not a name
    let: {a-b: 1}
          ^
  hint: choose another

== let with a name in another script
let: {é: 1}
--
p.yaml:9:11: the name 'é' is taken or not a name
    let: {é: 1}
          ^
  hint: choose another

== let with a private name
let: {_x: 1}
--
p.yaml:9:11: the name '_x' is taken or not a name
    let: {_x: 1}
          ^
  hint: choose another

== let that uses a later one
let: {a: b + 1, b: 2}
--
p.yaml:9:14: rule kpi.test: 'b' is named only later
    let: {a: b + 1, b: 2}
             ^
  hint: write what it stands for, here

== let that uses itself
let: {a: a}
--
p.yaml:9:14: rule kpi.test: unknown name 'a'
    let: {a: a}
             ^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

== needs as a text
needs: unit
--
p.yaml:9:12: rule kpi.test: 'needs' needs a list of names
    needs: unit
           ^

== needs an unknown name
needs: [untit]
--
p.yaml:9:13: unknown name 'untit'
    needs: [untit]
            ^
  hint: did you mean 'unit'?

== needs a field of another
needs: [target.value]
--
p.yaml:9:13: unknown name 'target.value'
    needs: [target.value]
            ^
  hint: did you mean 'target'?

== needs a number
needs: [5]
--
p.yaml:9:13: unknown name 5
    needs: [5]
            ^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

== needs a list
needs: [[unit]]
--
p.yaml:9:13: unknown name a list
    needs: [[unit]]
            ^
  hint: known: baseline, baseline_period, benchmarks, cadence, commitments, continues, definition, dependants, direction, forecasts, goal, id, …

== needs what is never empty
needs: [title]
--
p.yaml:9:13: 'title' is never empty, so it need not stand in needs
    needs: [title]
            ^

== needs a let that is never empty
let: {size: len(observations)}
needs: [size]
--
p.yaml:10:12: rule kpi.test: 'size' is never empty, so it need not stand in needs
    needs: [size]
           ^

== where that is no test
where: title
--
p.yaml:9:12: rule kpi.test: this must be true/false, but it is text
    where: title
           ^^^^^

== where empty
where:
--
p.yaml:9:11: expected an expression
    where:
          ^

== when that is no test
when: len(observations)
--
p.yaml:9:11: rule kpi.test: this must be true/false, but it is number
    when: len(observations)
          ^^^^^^^^^^^^^^^^^
  hint: compare it, for example `... > 0`

== when as a number
when: 5
--
p.yaml:9:11: rule kpi.test: this must be true/false, but it is number
    when: 5
          ^
  hint: compare it, for example `... > 0`

== when as a list
when: [true]
--
p.yaml:9:11: expected an expression
    when: [true]
          ^

== when empty text
when: ''
--
p.yaml:9:11: rule kpi.test: the expression is empty
    when: ''
          ^

== score that is no number
score: title
--
p.yaml:9:12: rule kpi.test: this must be number, but it is text
    score: title
           ^^^^^

== score that may be empty
score: baseline
--
p.yaml:9:12: rule kpi.test: this must be number, but it is number or empty
    score: baseline
           ^^^^^^^^

== score too small to write
score: 0.0000000000000001
--
p.yaml:9:12: rule kpi.test: a number is written with at most 15 digits and a point
    score: 0.0000000000000001
           ^^^^^^^^^^^^^^^^^^

== identity as a text
identity: id
--
p.yaml:9:15: rule kpi.test: 'identity' needs a list of expressions
    identity: id
              ^

== identity of a title
identity: [title]
--
p.yaml:9:16: identity holds ids and periods only
    identity: [title]
               ^
  hint: a text may be reworded

== identity of a value
identity: [len(observations)]
--
p.yaml:9:16: identity holds ids and periods only, this is number
    identity: [len(observations)]
               ^
  hint: a value would change over time

== identity of an object
identity: [target]
--
p.yaml:9:16: identity holds ids and periods only, this is Target or empty
    identity: [target]
               ^
  hint: a value would change over time

== identity of a test
identity: [unit is None]
--
p.yaml:9:16: identity holds ids and periods only, this is true/false
    identity: [unit is None]
               ^
  hint: a value would change over time

== identity of a text that ends like an id
let: {title_id: title}
identity: [title_id]
--
p.yaml:10:16: identity holds ids and periods only
    identity: [title_id]
               ^
  hint: a text may be reworded

== identity of a constant
identity: ["'id'"]
--
p.yaml:9:16: identity holds ids and periods only
    identity: ["'id'"]
               ^
  hint: a text may be reworded

== too long an identity
identity: [id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id]
--
p.yaml:9:15: rule kpi.test: 'identity' holds at most 50
    identity: [id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id]
              ^

== yes
when: yes
--
p.yaml:9:11: 'yes' means different things in different YAML versions
    when: yes
          ^
  hint: write true, false, or quote it

== on
severity: On
--
p.yaml:8:15: 'On' means different things in different YAML versions
    severity: On
              ^
  hint: write true, false, or quote it

== tests as a mapping
tests: {}
--
p.yaml:9:12: rule kpi.test: 'tests' needs a list
    tests: {}
           ^

== a test that is a text
tests: [a]
--
p.yaml:9:13: a test is a mapping with name, as_at, events or given, and expect
    tests: [a]
            ^

== a test with an unknown key
tests:
  - {nmae: a}
--
p.yaml:10:10: unknown key 'nmae' in a test
    - {nmae: a}
       ^^^^
  hint: did you mean 'name'?

== a test without events
tests:
  - {name: a, as_at: 2018-01-01, expect: none}
--
p.yaml:10:9: a test needs events or given
    - {name: a, as_at: 2018-01-01, expect: none}
      ^

== a test with events as a text
tests:
  - {name: a, as_at: 2018-01-01, events: x, expect: none}
--
p.yaml:10:46: 'events' needs a list of events
    - {name: a, as_at: 2018-01-01, events: x, expect: none}
                                           ^

== a test that expects nonsense
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: success}
--
p.yaml:10:58: expect one of: finding, none, no subject, not applicable, indeterminate, error
    - {name: a, as_at: 2018-01-01, events: [], expect: success}
                                                       ^
  hint: or say more: finding: {...}, findings: [...], indeterminate: {reason: ...}, error: {reason: ...}

== a test that expects a number
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: 5}
--
p.yaml:10:58: expect one of: finding, none, no subject, not applicable, indeterminate, error
    - {name: a, as_at: 2018-01-01, events: [], expect: 5}
                                                       ^
  hint: or say more: finding: {...}, findings: [...], indeterminate: {reason: ...}, error: {reason: ...}

== a test that expects an unknown thing of a finding
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {scroe: 1}}}
--
p.yaml:10:69: unknown key 'scroe' in an expected finding
    - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {scroe: 1}}}
                                                                  ^^^^^
  hint: did you mean 'score'?

== a test that expects a score in words
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {score: high}}}
--
p.yaml:10:76: the expected score needs a number
    - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {score: high}}}
                                                                         ^

== a test that expects a score of true
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {score: true}}}
--
p.yaml:10:76: the expected score needs a number
    - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {score: true}}}
                                                                         ^

== a test that expects a number as message
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {message: 5}}}
--
p.yaml:10:78: the expected message needs a text
    - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {message: 5}}}
                                                                           ^
  hint: quote it

== a test that expects two things
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {}, none: {}}}
--
p.yaml:10:58: expect one of: finding, none, no subject, not applicable, indeterminate, error
    - {name: a, as_at: 2018-01-01, events: [], expect: {finding: {}, none: {}}}
                                                       ^
  hint: or say more: finding: {...}, findings: [...], indeterminate: {reason: ...}, error: {reason: ...}

== a test on no day
tests:
  - {name: a, as_at: 2018-02-30, events: [], expect: none}
--
p.yaml:10:26: '2018-02-30' is not a day from 2000-04-01 on
    - {name: a, as_at: 2018-02-30, events: [], expect: none}
                       ^
  hint: write 2018-02-28

== a test on a year
tests:
  - {name: a, as_at: 2018, events: [], expect: none}
--
p.yaml:10:26: 2018 is not a day from 2000-04-01 on
    - {name: a, as_at: 2018, events: [], expect: none}
                       ^
  hint: write 2018-02-28

== a test too early
tests:
  - {name: a, as_at: 1999-12-31, events: [], expect: none}
--
p.yaml:10:26: '1999-12-31' is not a day from 2000-04-01 on
    - {name: a, as_at: 1999-12-31, events: [], expect: none}
                       ^
  hint: write 2018-02-28

== a test too late
tests:
  - {name: a, as_at: 2199-01-01, events: [], expect: none}
--
p.yaml:10:26: '2199-01-01' is not a day from 2000-04-01 on
    - {name: a, as_at: 2199-01-01, events: [], expect: none}
                       ^
  hint: write 2018-02-28

== a test with evidence as a text
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: Observed}
--
p.yaml:10:77: 'evidence' needs a list of event types
    - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: Observed}
                                                                          ^

== a test with evidence of an unknown type
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: [Observe]}
--
p.yaml:10:78: unknown event type 'Observe'
    - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: [Observe]}
                                                                           ^
  hint: did you mean 'Observed'?

== a test with evidence as a number
tests:
  - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: [1]}
--
p.yaml:10:78: unknown event type 1
    - {name: a, as_at: 2018-01-01, events: [], expect: finding, evidence: [1]}
                                                                           ^
  hint: known: AliasDeclared, AlignmentDeclared, ApprovalGiven, BaselineSet, BenchmarkRecorded, BodyRegistered, BudgetRuleSet, CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn, Continued, …
"""  # noqa: E501


@pytest.mark.parametrize(("keys", "expected"), [c[1:] for c in cases(RULES)], ids=[c[0] for c in cases(RULES)])
def test_wrong_rule(keys: str, expected: str) -> None:
    """What is wrong with a rule or with a test in it, and where."""
    assert expected == error_of(pack_text(keys))


FIFTY_ONE = ", ".join(f"n{number}: 1" for number in range(51))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (f"params: {{{FIFTY_ONE}}}", "p.yaml:9:13: rule kpi.test: 'params' holds at most 50\n"),
        (f"let: {{{FIFTY_ONE}}}", "p.yaml:9:10: rule kpi.test: 'let' holds at most 50\n"),
        (f"identity: [{', '.join(['id'] * 51)}]", "p.yaml:9:15: rule kpi.test: 'identity' holds at most 50\n"),
        (f"message: {'x' * 2_001}", "p.yaml:9:14: rule kpi.test: longer than 2000 characters\n"),
        (f"when: {'x' * 2_001}", "p.yaml:9:11: rule kpi.test: longer than 2000 characters\n"),
    ],
    ids=["params", "let", "identity", "message", "when"],
)
def test_too_much_in_a_rule(keys: str, expected: str) -> None:
    """Names, parts and letters are limited, so that a rule is read, checked and explained in bounded time."""
    assert error_of(pack_text(keys)).startswith(expected)


def test_too_many_rules() -> None:
    """Five hundred rules are a pack and are read soon; one more is not."""
    rule = "  - {{id: kpi.r{}, title: T, for: Measure, severity: low, when: true, message: x}}\n"
    before = time.process_time()
    assert len(load_pack(HEAD + "".join(rule.format(n) for n in range(500)), "p.yaml").rules) == 500
    assert time.process_time() - before < 5  # loose: traced runs on a busy machine are slow
    text = HEAD + "".join(rule.format(n) for n in range(501))
    assert error_of(text).startswith("p.yaml:5:3: 'rules' needs a list of 1 to 500 rules\n")


# --- where an error points -------------------------------------------------------------------------------------------

PLACES = r"""
== plain
when: titel == 'a'
--
p.yaml:9:11: rule kpi.test: unknown name 'titel'
    when: titel == 'a'
          ^^^^^
  hint: did you mean 'title'?

== plain, two lines
when: title == 'a'
      and titel == 'b'
--
p.yaml:10:15: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== plain, blank line
when: title == 'a'

      and titel == 'b'
--
p.yaml:11:15: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== plain, the end came too early
when: title == 'a'
      and
--
p.yaml:10:14: rule kpi.test: cannot read this: invalid syntax
    and
       ^

== literal block
when: |
  title == 'a'
  and titel == 'b'
--
p.yaml:11:11: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== literal block, further in
when: |
  title == 'a'
      and titel == 'b'
--
p.yaml:11:15: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== literal block, first line
when: |
  titel == 'a'
  and title == 'b'
--
p.yaml:10:7: rule kpi.test: unknown name 'titel'
    titel == 'a'
    ^^^^^
  hint: did you mean 'title'?

== literal block, indentation said
when: |2-
    title == 'a'
    and titel == 'b'
--
p.yaml:11:13: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== literal block, the end came too early
when: |
  title == 'a'
  and


--
p.yaml:11:10: rule kpi.test: cannot read this: invalid syntax
    and
       ^

== folded block
when: >-
  title == 'a'
  and titel == 'b'
--
p.yaml:11:11: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== folded block, comment beside
when: >-  # why
  title == 'a'
  and titel == 'b'
--
p.yaml:11:11: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== folded block, third line further in
when: >-
  title == 'a'
  and title == 'b'
    and unit == 5
--
p.yaml:12:13: rule kpi.test: cannot compare text or empty == number
    and unit == 5
        ^^^^^^^^^

== folded block, blank line
when: >
  title == 'a'

  and titel == 'b'
--
p.yaml:12:11: rule kpi.test: unknown name 'titel'
    and titel == 'b'
        ^^^^^
  hint: did you mean 'title'?

== folded block, error over two lines
when: >-
  len(observations,
  targets) > 1
--
p.yaml:10:7: rule kpi.test: len(): needs one list, got list of Observation, list of Target
    len(observations,
    ^^^^^^^^^^^^^^^^^
  hint: usage: len(list)

== single quotes
when: 'title == "a" and titel == "b"'
--
p.yaml:9:29: rule kpi.test: unknown name 'titel'
    when: 'title == "a" and titel == "b"'
                            ^^^^^
  hint: did you mean 'title'?

== single quotes, doubled
when: 'title == ''a'' and titel == ''b'''
--
p.yaml:9:31: rule kpi.test: unknown name 'titel'
    when: 'title == ''a'' and titel == ''b'''
                              ^^^^^
  hint: did you mean 'title'?

== single quotes, two lines
when: 'title == ''a''

    and titel == ''b'''
--
p.yaml:11:13: rule kpi.test: unknown name 'titel'
    and titel == ''b'''
        ^^^^^
  hint: did you mean 'title'?

== double quotes
when: "title == 'a' and titel == 'b'"
--
p.yaml:9:29: rule kpi.test: unknown name 'titel'
    when: "title == 'a' and titel == 'b'"
                            ^^^^^
  hint: did you mean 'title'?

== double quotes, escapes
when: "title == '\u00e9\x41\U0001F600\\u0020'"
--
p.yaml:9:42: rule kpi.test: '\\' is not allowed in an expression
    when: "title == '\u00e9\x41\U0001F600\\u0020'"
                                         ^

== double quotes, escaped letters
when: "title == '\u00e9\x41\U0001F600' and titel == 'b'"
--
p.yaml:9:48: rule kpi.test: unknown name 'titel'
    when: "title == '\u00e9\x41\U0001F600' and titel == 'b'"
                                               ^^^^^
  hint: did you mean 'title'?

== double quotes, escaped space
when: "title == 'a'\tand\x20titel == 'b'"
--
p.yaml:9:33: rule kpi.test: unknown name 'titel'
    when: "title == 'a'\tand\x20titel == 'b'"
                                ^^^^^
  hint: did you mean 'title'?

== double quotes, escaped quotes
when: "title == \"a\" and titel == 'b'"
--
p.yaml:9:31: rule kpi.test: unknown name 'titel'
    when: "title == \"a\" and titel == 'b'"
                              ^^^^^
  hint: did you mean 'title'?

== double quotes, two lines
when: "title == 'a'

    and titel == 'b'"
--
p.yaml:11:13: rule kpi.test: unknown name 'titel'
    and titel == 'b'"
        ^^^^^
  hint: did you mean 'title'?

== double quotes, line joined
when: "title == 'a' and ti\
    tel == 'b'"
--
p.yaml:9:29: rule kpi.test: unknown name 'titel'
    when: "title == 'a' and ti\
                            ^^^
  hint: did you mean 'title'?

== other letters before
when: title == '日本' and titel == 'é'
--
p.yaml:9:29: rule kpi.test: unknown name 'titel'
    when: title == '日本' and titel == 'é'
                            ^^^^^
  hint: did you mean 'title'?

== no test at all
when: |
  title
--
p.yaml:10:7: rule kpi.test: this must be true/false, but it is text
    title
    ^^^^^

== in a mapping on one line
let: {a: 1, b: titel}
--
p.yaml:9:20: rule kpi.test: unknown name 'titel'
    let: {a: 1, b: titel}
                   ^^^^^
  hint: did you mean 'title'?

== in a mapping
let:
  a: 1
  b: >-
    1 +
    titel
--
p.yaml:13:9: rule kpi.test: unknown name 'titel'
    titel
    ^^^^^
  hint: did you mean 'title'?

== in a list on one line
identity: [id, titel]
--
p.yaml:9:20: rule kpi.test: unknown name 'titel'
    identity: [id, titel]
                   ^^^^^
  hint: did you mean 'title'?

== in a list
identity:
  - id
  - period.id
--
p.yaml:11:9: rule kpi.test: unknown name 'period'
    - period.id
      ^^^^^^
  hint: period is a field of Observation, among others: write o.period for o in observations

== message
message: "{title} and {titel}"
--
p.yaml:9:28: rule kpi.test: unknown name 'titel'
    message: "{title} and {titel}"
                           ^^^^^
  hint: did you mean 'title'?

== message without quotes
message: A {title} and {titel}
--
p.yaml:9:29: rule kpi.test: unknown name 'titel'
    message: A {title} and {titel}
                            ^^^^^
  hint: did you mean 'title'?

== message with spaces in front
message: "   {title} and {titel}"
--
p.yaml:9:31: rule kpi.test: unknown name 'titel'
    message: "   {title} and {titel}"
                              ^^^^^
  hint: did you mean 'title'?

== message, two lines
message: A {title}
      and {titel}
--
p.yaml:10:16: rule kpi.test: unknown name 'titel'
    and {titel}
         ^^^^^
  hint: did you mean 'title'?

== message, folded
message: >-
  A {title}
  and {titel}
--
p.yaml:11:12: rule kpi.test: unknown name 'titel'
    and {titel}
         ^^^^^
  hint: did you mean 'title'?

== message, literal
message: |
  A {title}
    and {titel}
--
p.yaml:11:14: rule kpi.test: unknown name 'titel'
    and {titel}
         ^^^^^
  hint: did you mean 'title'?

== message, expression over two lines
message: |
  A {title +
    titel}
--
p.yaml:11:9: rule kpi.test: unknown name 'titel'
    titel}
    ^^^^^
  hint: did you mean 'title'?

== message, brace never closed
message: |
  A {title}
  and {title
--
p.yaml:11:11: rule kpi.test: this brace is never closed
    and {title
        ^
  hint: write {{ for a brace

== message, brace never opened
message: |
  A {title}
  and title}
--
p.yaml:11:16: rule kpi.test: this brace was never opened
    and title}
             ^
  hint: write }} for a brace

== fix
fix: 'Do {{title}} {titel}'
--
p.yaml:9:25: rule kpi.test: unknown name 'titel'
    fix: 'Do {{title}} {titel}'
                        ^^^^^
  hint: did you mean 'title'?

== true
where: TRUE
--
p.yaml:9:12: rule kpi.test: unknown name 'TRUE'
    where: TRUE
           ^^^^
  hint: write True

== number
score: 1234567890123456.5
--
p.yaml:9:12: rule kpi.test: a number is written with at most 15 digits and a point
    score: 1234567890123456.5
           ^^^^^^^^^^^^^^^^^^
"""


@pytest.mark.parametrize(("keys", "expected"), [c[1:] for c in cases(PLACES)], ids=[c[0] for c in cases(PLACES)])
def test_place_of_an_error(keys: str, expected: str) -> None:
    """Line, column and caret are those of the wrong word in the file, however YAML lets the text be written."""
    assert expected == error_of(pack_text(keys))


def test_place_of_an_error_in_a_file_of_windows() -> None:
    """Other line ends and a byte order mark change nothing."""
    text = pack_text("when: |\n  title == 'a'\n  and titel == 'b'")
    expected = error_of(text)
    assert expected.startswith("p.yaml:11:11: ")
    assert expected == error_of(text.replace("\n", "\r\n"))
    assert expected == error_of("\ufeff" + text)


@given(
    st.sampled_from(["when: {}", "when: '{}'", 'when: "{}"', "when: |\n  {}", "when: >-\n  {}", "when: >\n  {}\n"]),
    st.lists(st.sampled_from([" ", "  ", "\n  ", "\n      ", "\n\n   "]), min_size=3, max_size=3),
)
def test_place_of_an_error_anywhere(style: str, gaps: list[str]) -> None:
    """The word that is wrong is found in every style, wherever the lines are broken."""
    one, two, three = gaps
    expression = f"unit is None{one}or{two}titel{three}is None"
    text = pack_text(style.format(expression))
    with pytest.raises(RuleSourceError) as refused:
        load_pack(text, "p.yaml")
    assert refused.value.message == "rule kpi.test: unknown name 'titel'"
    line = text.splitlines()[refused.value.line - 1]
    assert line[refused.value.column - 1 :][:5] == "titel"


# --- files -----------------------------------------------------------------------------------------------------------


def test_pack_says_what_it_is(tmp_path: Path) -> None:
    """Name, version, title and the digest of its bytes; a rule is found by its id."""
    path = tmp_path / "mine.yaml"
    path.write_text(pack_text("when: 1 < 2"))
    pack = read_pack(path)
    expected = ("p", "1.0.0", "p", hashlib.sha256(path.read_bytes()).hexdigest())
    assert expected == (pack.id, pack.version, pack.title, pack.sha256)
    assert pack.rule("kpi.test") is pack.rules[0]
    with pytest.raises(RuleSourceError) as refused:
        pack.rule("kpi.tset")
    assert refused.value.message == "there is no rule 'kpi.tset' in p; did you mean 'kpi.test'?"


def test_pack_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, a folder, and a file that is no text are errors that name it."""
    for path, reason in ((tmp_path / "none.yaml", "cannot be read: No such file or directory"),
                         (tmp_path, "cannot be read: Is a directory")):  # fmt: skip
        with pytest.raises(RuleSourceError) as refused:
            read_pack(path)
        assert f"{path}: {reason}" == str(refused.value)
    (tmp_path / "binary.yaml").write_bytes(b"pack: \xff\n")
    with pytest.raises(RuleSourceError, match=r"binary\.yaml:1:7: not UTF-8 text: invalid start byte\n"):
        read_pack(tmp_path / "binary.yaml")


def test_reads() -> None:
    """A rule knows every field that its outcome depends on: in its tests, lets, needs and functions."""
    pack = load_pack(
        pack_text(
            "where: initiative is not None and initiative.status == 'active'\n"
            "needs: [last, target, unit]\n"
            "let: {last: latest(observations)}\n"
            "when: shortfall(last, target) > 0\n"
            "message: '{title}'"
        ),
        "p.yaml",
    )
    assert pack.rules[0].reads == {
        "Measure.initiative", "Initiative.status", "Measure.observations", "Measure.target", "Measure.unit",
        "Observation.period", "Observation.value", "Target.comparator", "Target.due", "Target.lower", "Target.period",
        "Target.upper", "Target.value",
    }  # fmt: skip
    unmet = load_pack(pack_text("for: Dependency\nwhen: unmet(dependency)"), "p.yaml").rules[0].reads
    assert unmet == {
        "Dependency.on_external", "Dependency.on_initiative", "Dependency.on_milestone", "External.status",
        "Initiative.status", "Milestone.status",
    }  # fmt: skip


# --- tests inside packs ----------------------------------------------------------------------------------------------


def differences(
    tests: str, rule: str = "when: lag_days is not None and 8 / lag_days > 1\nscore: 8"
) -> dict[str, list[str]]:
    """What each test in a pack with one rule comes to: nothing when it passes."""
    pack = load_pack(pack_text(rule + "\ntests:\n" + indent(dedent(tests).strip("\n"), "  ")), "p.yaml")
    return {result.name: [*result.problems, *map(str, result.differences)] for result in run_tests(pack)}


def one(outcome: str, lags: str, more: str = "", rule: str | None = None) -> list[str]:
    """What one test comes to, that expects ``outcome`` where measures a, b, ... have these lags."""
    events = "".join(
        f"      - MeasureDefined: {{measure: {name}, title: {name}, lag_days: {lag}}}\n"
        for name, lag in zip("abc", lags.split(), strict=False)
    )
    test = f"  - name: it\n    as_at: 2018-02-28\n    events:\n{events or '      []'}\n    expect: {outcome}\n{more}"
    return differences(test, **({} if rule is None else {"rule": rule}))["it"]


NEVER = "where: unit is not None\nwhen: 1 < 2"
NEEDS = "needs: [lag_days]\nwhere: id != 'c'\nwhen: lag_days > 5"


@pytest.mark.parametrize(
    ("outcome", "lags", "more", "rule", "expected"),
    [
        ("finding", "4", "", None, []),
        ("none", "9", "", None, []),
        ("none", "null", "", None, []),
        ("error", "0", "", None, []),
        ("no subject", "", "", None, []),
        ("indeterminate", "null", "", NEEDS, []),
        ("not applicable", "", "", NEVER, ["outcome: expected not applicable, got no subject"]),
        ("not applicable", "1", "", NEVER, []),
        ("{finding: {score: 8, message: x, severity: low}}", "4", "", None, []),
        ("{finding: {score: 8.00}}", "4", "", None, []),
        ("{finding: {}}", "4", "", None, []),
        ("finding", "4 5", "    subject: b\n", None, []),
        ("none", "4 9", "    subject: b\n", None, []),
        ("finding", "4", "    evidence: [MeasureDefined]\n", None, []),
        ("finding", "9", "", None, ["outcome: expected a finding, got no finding: 1 subject is ok"]),
        ("finding", "", "", None, ["outcome: expected a finding, got no subject"]),
        ("finding", "4 5", "", None, [
            "outcome: expected a finding, got a finding on measure:a: x; a finding on measure:b: x"]),
        ("finding", "0", "", None, ["outcome: expected a finding, got error on measure:a: 8 is divided by 0"]),
        ("none", "4", "", None, [
            "outcome: expected no finding, and a subject that is ok, got a finding on measure:a: x"]),
        ("none", "9 0", "", None, [
            "outcome: expected no finding, and a subject that is ok, got error on measure:b: 8 is divided by 0"]),
        ("none", "", "", None, ["outcome: expected no finding, and a subject that is ok, got no subject"]),
        ("none", "null", "", NEEDS, ["outcome: expected no finding, and a subject that is ok, got indeterminate on"
                                     " measure:a: lag_days is not stated"]),
        ("no subject", "9 9", "", None, ["outcome: expected no subject, got no finding: 2 subjects are ok"]),
        ("not applicable", "9", "", None, ["outcome: expected not applicable, got no finding: 1 subject is ok"]),
        ("indeterminate", "9", "", NEEDS, ["outcome: expected indeterminate, got a finding on measure:a: x"]),
        ("indeterminate", "4 4 4", "", NEEDS, [
            "outcome: expected indeterminate, got no finding: 2 subjects are ok, 1 not applicable"]),
        ("error", "4", "", None, ["outcome: expected error, got a finding on measure:a: x"]),
        ("{finding: {score: 7.5}}", "4", "", None, ["score: expected 7.5, got 8"]),
        ("{finding: {score: 7}}", "4", "", "when: 1 < 2", ["score: expected 7, got no score"]),
        ("{finding: {message: z, severity: high}}", "4", "", None, [
            "message: expected z, got x", "severity: expected high, got low"]),
        ("finding", "4", "    evidence: [Observed, TargetSet]\n", None, [
            "evidence: expected Observed, TargetSet, got MeasureDefined"]),
        ("finding", "4", "    evidence: []\n", None, ["evidence: expected nothing, got MeasureDefined"]),
        ("finding", "4 5", "    subject: c\n", None, ["outcome: expected a finding, got no subject"]),
    ],
)  # fmt: skip
def test_outcome_of_a_test(outcome: str, lags: str, more: str, rule: str | None, expected: list[str]) -> None:
    """A test passes, or says what was expected and what came instead."""
    assert expected == one(outcome, lags.replace("null", "null"), more, rule)


WRONG_EVENTS = """
  - name: no such type
    as_at: 2018-02-28
    events:
      - MeasureDefined: {measure: a, title: A}
      - MeasureDefind: {measure: a}
    expect: none
  - name: not an event
    as_at: 2018-02-28
    events:
      - MeasureDefined
    expect: none
"""


def test_test_with_a_wrong_event() -> None:
    """Refused when the pack is loaded, with its place; so is one whose fields are wrong."""
    no_such_type = (
        "p.yaml:15:13: unknown event type or field 'MeasureDefind'\n"
        "    - MeasureDefind: {measure: a}\n"
        "      ^^^^^^^^^^^^^\n"
        "  hint: did you mean 'MeasureDefined'?"
    )
    no_event = "p.yaml:20:13: an event is a mapping such as `- Observed: {...}`\n    - MeasureDefined\n      ^"
    assert error_of(pack_text(f"when: true\ntests:{WRONG_EVENTS}")) == no_such_type
    assert (
        error_of(pack_text(f"when: true\ntests:{WRONG_EVENTS.replace('MeasureDefind', 'MeasureRevised')}")) == no_event
    )
    wrong_field = WRONG_EVENTS.replace("MeasureDefind: {measure: a}", "MeasureRevised: {measure: a, titel: B}")
    assert error_of(pack_text(f"when: true\ntests:{wrong_field}")) == (
        "p.yaml:15:13: MeasureRevised: unknown field 'titel'; did you mean 'title'?\n"
        "    - MeasureRevised: {measure: a, titel: B}\n"
        "      ^^^^^^^^^^^^^^"
    )


def test_adopted_pack_with_a_wrong_event_still_loads() -> None:
    """It must in ten years, when events may be stricter: its rules run, and only its tests say what is wrong."""
    pack = load_pack(pack_text(f"when: true\ntests:{WRONG_EVENTS}"), "p.yaml", check_events=False)

    assert [result.problems[0].partition("\n")[0] for result in run_tests(pack)] == [
        "p.yaml:15:13: unknown event type or field 'MeasureDefind'",
        "p.yaml:20:13: an event is a mapping such as `- Observed: {...}`",
    ]


def test_event_of_a_test_without_a_place() -> None:
    """An event that speaks of something that does not exist is a mistake in the test."""
    tests = """
      - name: without a place
        as_at: 2018-02-28
        events:
          - MeasureDefined: {measure: a, title: A}
          - Observed: {measure: b, period: 2018-01, value: 1}
        expect: none
    """
    said = ["an event has no place: Observed: measure:b does not exist at that time"]
    assert differences(tests) == {"without a place": said}


def test_test_has_a_plan() -> None:
    """A plan is opened for a test, unless it opens one; its settings then hold for what follows."""
    tests = """
      - name: opened
        as_at: 2018-02-28
        events: []
        expect: {finding: {message: "Test plan 2018/19 4"}}
      - name: another
        as_at: 2018-02-28
        events:
          - PlanOpened: {title: Mine, organisation: O, period: 2018, fiscal_year_start: 1}
        expect: {finding: {message: "Mine 2018 1"}}
      - name: not yet
        as_at: 2018-02-28
        events:
          - PlanOpened: {title: Mine, organisation: O, period: 2018}
            effective: 2019-01-01
        expect: no subject
    """
    rule = "for: Plan\nwhen: true\nmessage: '{title} {period} {fiscal_year_start}'"
    assert differences(tests, rule) == {"opened": [], "another": [], "not yet": []}


def test_untested() -> None:
    """A rule that no test sees fire, or none sees stay silent, is named; ``not applicable`` is not silence."""

    def said(*outcomes: str) -> dict[str, str]:
        tests = "".join(f"  - {{name: {o}, as_at: 2018-02-28, events: [], expect: {o}}}\n" for o in outcomes)
        return untested(load_pack(pack_text("when: true" + ("\ntests:\n" + tests if tests else "")), "p.yaml"))

    assert said() == {"kpi.test": "no test in which it fires or is silent"}
    assert said("finding") == {"kpi.test": "no test in which it is silent"}
    assert said("none", "error") == {"kpi.test": "no test in which it fires"}
    assert said("finding", "not applicable", "indeterminate") == {"kpi.test": "no test in which it is silent"}
    assert said("finding", "none") == {}
    assert said("finding", "no subject") == {}
