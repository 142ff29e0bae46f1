"""Wrong calls of the built-in functions: the whole text of each error, beside what was written."""

from __future__ import annotations

import pytest

from plantrack.errors import RuleSourceError
from plantrack.rules.language.checker import check_alone
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.schema import BOOL
from tests.test_rules_functions import VALUES
from tests.test_rules_language import VALUES as LANGUAGE_VALUES
from tests.test_rules_language import WRONG as LANGUAGE_WRONG
from tests.test_rules_language import errors_in

WRONG = """
Measure:1:7: 'title' is never empty here (it always has a value); this test always gives the same answer
    known(title)
          ^^^^^

Measure:1:28: 'unit' is never empty here (it was tested before); this test always gives the same answer
    unit is not None and known(unit)
                               ^^^^

Measure:1:17: 'unit' is never empty here (it was tested before); this test always gives the same answer
    known(unit) and unit is not None
                    ^^^^

Measure:1:7: 'observations' is never empty here (it always has a value); this test always gives the same answer
    known(observations)
          ^^^^^^^^^^^^
  hint: to ask whether it has items, write len(...) > 0

Measure:1:1: known(): takes 1 argument, got 0
    known()
    ^^^^^^^
  hint: usage: known(value)

Measure:1:1: known(): takes 1 argument, got 2
    known(unit, note)
    ^^^^^^^^^^^^^^^^^
  hint: usage: known(value)

Measure:1:1: None is never known
    known(None)
    ^^^^^^^^^^^
  hint: name a value, such as known(target)

Measure:1:30: 'unit' may be empty here
    not known(unit) and contains(unit, 'a')
                                 ^^^^
  hint: write `unit is not None and ...`, or name it in needs

Measure:1:1: date(): takes one day in quotes
    date(5) < today
    ^^^^^^^
  hint: usage: date('2026-11-20')

Measure:1:1: date(): takes one day in quotes
    date('2018-01-01', 2) < today
    ^^^^^^^^^^^^^^^^^^^^^
  hint: usage: date('2026-11-20')

Milestone:1:10: 'due' may be empty here
    add_days(due, 1) < today
             ^^^
  hint: write `due is not None and ...`, or name it in needs

Measure:1:1: add_days(): argument 1 needs a day or period, got text
    add_days('2018-01-01', 1) < today
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: add_days(when, days)

Measure:1:1: add_days(): takes 2 arguments, got 1
    add_days(today) < today
    ^^^^^^^^^^^^^^^
  hint: usage: add_days(when, days)

Measure:1:1: add_days(): argument 2 needs a number, got text
    add_days(today, '1') < today
    ^^^^^^^^^^^^^^^^^^^^
  hint: usage: add_days(when, days)

Measure:1:19: 'lag_days' may be empty here
    add_months(today, lag_days) < today
                      ^^^^^^^^
  hint: write `lag_days is not None and ...`, or name it in needs

Measure:1:1: add_months(): argument 1 needs a day or period, got list of Observation
    add_months(observations, 1) < today
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: add_months(when, months)

Measure:1:1: working_days_between(): takes 2 arguments, got 1
    working_days_between(today) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: working_days_between(start, end)

Milestone:1:22: 'due' may be empty here
    working_days_between(due, today) > 1
                         ^^^
  hint: write `due is not None and ...`, or name it in needs

Measure:1:1: working_days_between(): argument 2 needs a day or period, got number
    working_days_between(today, 5) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: working_days_between(start, end)

Measure:1:1: period_start(): argument 1 needs a day or period, got text
    period_start(title) < today
    ^^^^^^^^^^^^^^^^^^^
  hint: usage: period_start(period)

Measure:1:14: 'baseline_period' may be empty here
    period_start(baseline_period) < today
                 ^^^^^^^^^^^^^^^
  hint: write `baseline_period is not None and ...`, or name it in needs

Measure:1:1: distinct(): takes one list, got text
    distinct(title) == 1
    ^^^^^^^^^^^^^^^
  hint: usage: distinct(list)

Measure:1:5: distinct(): takes one list, got nothing
    len(distinct()) == 1
        ^^^^^^^^^^
  hint: usage: distinct(list)

Measure:1:5: distinct(): the items may be empty here; leave the empty ones out with `if known(...)`
    len(distinct(m.unit for m in plan.measures)) == 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: distinct(list)

Measure:1:5: distinct(): lists are not compared as wholes, so they cannot be told apart
    len(distinct(m.observations for m in plan.measures)) == 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: distinct(list)

Measure:1:5: duplicates(): takes one list, got text, text
    len(duplicates(title, unit)) == 1
        ^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: duplicates(list)

Measure:1:16: 'latest(m.observations for m in plan.measures)' may be empty here
    len(duplicates(latest(m.observations for m in plan.measures))) == 1
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `latest(m.observations for m in plan.measures) is not None and ...`, or name it in needs

Measure:1:5: group_count(): the items may be empty here; leave the empty ones out with `if known(...)`
    len(group_count(m.goal for m in plan.measures)) == 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: group_count(list)

Measure:1:5: Group has no field 'total'
    any(g.total > 1 for g in group_count(m.title for m in plan.measures))
        ^^^^^^^
  hint: known: count, value

Measure:1:5: cannot compare text > number
    any(g.value > 1 for g in group_count(m.title for m in plan.measures))
        ^^^^^^^^^^^

Measure:1:1: this must be true/false, but it is list of Group of text
    group_count(m.title for m in plan.measures)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

Measure:1:1: previous(): takes one list, got Target
    previous(target) is None
    ^^^^^^^^^^^^^^^^
  hint: usage: previous(list)

Measure:1:1: 'previous(observations)' may be empty here
    previous(observations).value > 1
    ^^^^^^^^^^^^^^^^^^^^^^
  hint: write `previous(observations) is not None and ...`, or name it in needs

Measure:1:1: value_at(): argument 2 needs a day or period, got number
    value_at(observations, 5) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: value_at(observations, when)

Measure:1:1: value_at(): argument 1 needs a list of Observation, got list of Target
    value_at(targets, today) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: value_at(observations, when)

Measure:1:1: 'value_at(observations, today)' may be empty here
    value_at(observations, today) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `value_at(observations, today) is not None and ...`, or name it in needs

Measure:1:1: value_at(): argument 1 needs a list of Observation, got list of number
    value_at((o.value for o in observations), today) is None
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: value_at(observations, when)

Measure:1:1: change(): argument 1 needs a list of Observation or list of number, got list of Target
    change(targets) > 1
    ^^^^^^^^^^^^^^^
  hint: usage: change(observations)

Measure:1:1: 'change(observations)' may be empty here
    change(observations) > 1
    ^^^^^^^^^^^^^^^^^^^^
  hint: write `change(observations) is not None and ...`, or name it in needs

Measure:1:1: change(): argument 1 needs a list of Observation or list of number, got list of number or empty
    change(o.numerator for o in observations) is None
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: change(observations)

Measure:1:1: consecutive(): needs one list of true/false, got list of Observation
    consecutive(observations) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: consecutive(test for x in list)

Measure:1:1: consecutive(): needs one list of true/false, got list of number
    consecutive(o.value for o in observations) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: consecutive(test for x in list)

Measure:1:1: this must be true/false, but it is number
    consecutive(o.value > 1 for o in observations)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: compare it, for example `... > 0`

Measure:1:5: cycles(): argument 1 needs an Initiative, got Measure
    len(cycles(measure)) > 1
        ^^^^^^^^^^^^^^^
  hint: usage: cycles(initiative)

Initiative:1:5: path_to(): takes 2 arguments, got 1
    len(path_to(initiative)) > 1
        ^^^^^^^^^^^^^^^^^^^
  hint: usage: path_to(initiative, other)

Initiative:1:25: 'parent' may be empty here
    len(path_to(initiative, parent)) > 1
                            ^^^^^^
  hint: write `parent is not None and ...`, or name it in needs

Initiative:1:5: path_to(): argument 2 needs an Initiative, got Goal
    len(path_to(initiative, goal)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: path_to(initiative, other)

Meeting:1:5: initiatives_of(): argument 1 needs an Initiative, Goal, Body, External, Measure, Milestone, Saving, Funding, Dependency, Risk or Commitment, got Meeting
    len(initiatives_of(meeting)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: initiatives_of(subject)

Measure:1:20: 'initiative' may be empty here
    len(initiatives_of(initiative)) > 1
                       ^^^^^^^^^^
  hint: write `initiative is not None and ...`, or name it in needs

Body:1:5: risks_of(): argument 1 needs an Initiative, Milestone, Measure, Goal, Saving or External, got Body
    len(risks_of(body)) > 1
        ^^^^^^^^^^^^^^
  hint: usage: risks_of(subject)

Initiative:1:5: measures_of(): argument 1 needs a Report, got Initiative
    len(measures_of(initiative)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: measures_of(report)

Risk:1:5: mitigations_of(): argument 1 needs a Risk, got list of Risk
    len(mitigations_of(plan.risks)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: mitigations_of(risk)

Commitment:1:5: mitigations_of(): argument 1 needs a Risk, got Commitment
    len(mitigations_of(commitment)) > 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: mitigations_of(risk)

Initiative:1:1: fallback_of(): argument 1 needs an External or Dependency, got Initiative
    fallback_of(initiative) is None
    ^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: fallback_of(external)

External:1:1: 'fallback_of(external)' may be empty here
    fallback_of(external).title == 'a'
    ^^^^^^^^^^^^^^^^^^^^^
  hint: write `fallback_of(external) is not None and ...`, or name it in needs

Measure:1:1: baseline(): argument 1 needs a Milestone, Commitment or Target, got Measure
    baseline(measure) is None
    ^^^^^^^^^^^^^^^^^
  hint: usage: baseline(subject)

Measure:1:10: 'target' may be empty here
    baseline(target) > 1
             ^^^^^^
  hint: write `target is not None and ...`, or name it in needs

Milestone:1:1: 'baseline(milestone)' may be empty here
    baseline(milestone) < today
    ^^^^^^^^^^^^^^^^^^^
  hint: write `baseline(milestone) is not None and ...`, or name it in needs

Measure:1:1: rebaseline_count(): argument 1 needs a Milestone, Commitment or Target, got Measure
    rebaseline_count(measure) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: rebaseline_count(subject)

Milestone:1:1: rebaseline_count(): takes 1 argument, got 2
    rebaseline_count(milestone, 1) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: rebaseline_count(subject)

Target:1:1: slipped_days(): argument 1 needs a Milestone or Commitment, got Target
    slipped_days(target) > 1
    ^^^^^^^^^^^^^^^^^^^^
  hint: usage: slipped_days(subject)

Milestone:1:1: 'slipped_days(milestone)' may be empty here
    slipped_days(milestone) > 1
    ^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `slipped_days(milestone) is not None and ...`, or name it in needs

Measure:1:1: changed_within(): takes 2 arguments, got 1
    changed_within(measure)
    ^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: changed_within(subject, days)

Measure:1:1: changed_within(): argument 1 needs a subject of the plan, got number
    changed_within(30, measure)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: changed_within(subject, days)

Measure:1:1: changed_within(): argument 1 needs a subject of the plan, got Observation
    changed_within(latest(observations), 30)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: changed_within(subject, days)

Measure:1:5: changed_within(): argument 1 needs a subject of the plan, got Observation
    any(changed_within(o, 30) for o in observations)
        ^^^^^^^^^^^^^^^^^^^^^
  hint: usage: changed_within(subject, days)

Measure:1:1: changed_within(): argument 2 needs a number, got day
    changed_within(measure, today)
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: changed_within(subject, days)

Measure:1:1: last_event(): argument 1 needs a subject of the plan, got day
    last_event(today) < today
    ^^^^^^^^^^^^^^^^^
  hint: usage: last_event(subject)

Measure:1:12: 'target' may be empty here
    last_event(target) < today
               ^^^^^^
  hint: write `target is not None and ...`, or name it in needs

Milestone:1:1: decision_on(): argument 1 needs a Document, Initiative, Measure, Goal or Recommendation, got Milestone
    decision_on(milestone) is None
    ^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: decision_on(subject)

Initiative:1:1: 'decision_on(initiative)' may be empty here
    decision_on(initiative).outcome == 'agreed'
    ^^^^^^^^^^^^^^^^^^^^^^^
  hint: write `decision_on(initiative) is not None and ...`, or name it in needs

Report:1:1: variation(): argument 1 needs a Measure, got Report
    variation(report) == 'concern'
    ^^^^^^^^^^^^^^^^^
  hint: usage: variation(measure)

Measure:1:23: 'variation(measure)' is never 'worse'
    variation(measure) == 'worse'
                          ^^^^^^^
  hint: one of improvement, concern, neutral high, neutral low, common cause

Measure:1:24: assurance(): argument 1 needs a Measure, got Target
    target is not None and assurance(target) is None
                           ^^^^^^^^^^^^^^^^^
  hint: usage: assurance(measure)

Measure:1:1: forecast(): takes 1 argument, got 2
    forecast(measure, today) == 'likely missed'
    ^^^^^^^^^^^^^^^^^^^^^^^^
  hint: usage: forecast(measure)

Measure:1:22: 'forecast(measure)' is never 'missed'
    forecast(measure) == 'missed'
                         ^^^^^^^^
  hint: did you mean 'likely missed'?

Measure:1:1: run_needed(): argument 1 needs a Measure, got number
    run_needed(1) is None
    ^^^^^^^^^^^^^
  hint: usage: run_needed(measure)

Measure:1:1: unknown function 'rebaselines'
    rebaselines(measure) > 1
    ^^^^^^^^^^^
  hint: did you mean 'baseline'?

Milestone:1:1: unknown function 'slipped'
    slipped(milestone) > 1
    ^^^^^^^
  hint: did you mean 'slipped_days'?

Measure:1:1: unknown function 'distinkt'
    distinkt(observations) == 1
    ^^^^^^^^
  hint: did you mean 'distinct'?

Measure:1:1: unknown function 'initiative_of'
    initiative_of(measure) == 1
    ^^^^^^^^^^^^^
  hint: did you mean 'initiatives_of'?

Measure:1:1: unknown name 'latst'
    latst > 1
    ^^^^^
  hint: did you mean 'latest'?
"""  # noqa: E501


@pytest.mark.parametrize(("expression", "expected"), errors_in(WRONG), ids=[wrong for wrong, _ in errors_in(WRONG)])
def test_wrong_call(expression: str, expected: str) -> None:
    """What is expected and what was given, in words, with the call marked and how it is written right."""
    with pytest.raises(RuleSourceError) as refused:
        check_alone(expression, expected.split(":")[0], BOOL, name=expected.split(":")[0])
    assert expected == str(refused.value)


def test_every_function_has_a_good_and_a_bad_call() -> None:
    """A function that is added to the language is added to a table of values and to a table of errors."""
    said = [expression for _, expression, _ in (*VALUES, *LANGUAGE_VALUES)]
    good = {name for name in FUNCTIONS if any(f"{name}(" in expression for expression in said)} | {"shortfall"}
    bad = {name for name in FUNCTIONS if f": {name}(): " in WRONG + LANGUAGE_WRONG}
    assert (good, bad) == (set(FUNCTIONS), set(FUNCTIONS))
