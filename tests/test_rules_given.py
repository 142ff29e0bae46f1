"""States that a test in a pack gives: what fields make of them, what is refused, and that events lead to the same."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantrack.rules import load_pack, run_tests
from plantrack.rules.language.schema import SUBJECTS, fields_of, references_of
from plantrack.rules.values import words_of
from plantrack.state import AnyRef
from tests.strategies import examples
from tests.test_rules_packs import cases, differences, error_of, pack_text

GIVEN = """
== what may be empty is empty, and so are lists
for: Measure
when: unit is None and len(observations) == 0 and target is None and len(targets) == 0
message: x
--
{}
--
x

== a title is the id, and an id the kind
for: Measure
when: true
message: "{id} {title}"
--
{}
--
measure measure

== an id of one's own
for: Measure
when: true
message: "{id} {title}"
--
{id: ae, title: A&E}
--
ae A&E

== the list of observations is in the order of periods
for: Measure
when: latest(observations) is not None and first(observations) is not None
message: "{latest(observations).value} {first(observations).value}"
--
{observations: [{period: 2018-02, value: 2}, {period: 2018-01, value: 1}, {period: 2018-03, value: 3.5}]}
--
3.5 1

== without periods in the order in which they are written
for: Measure
when: latest(observations) is not None and first(observations) is not None
score: latest(observations).value
message: "{first(observations).value}"
--
{observations: [{value: 9}, {value: 3}]}
--
9

== a reference is a mapping
for: Measure
when: initiative is not None and initiative.status == 'active'
message: "{initiative.title}: {initiative.goal}"
--
{initiative: {title: Front door, status: active, goal: {title: Better care}}}
--
Front door: Better care

== a reference that leads back
for: Measure
when: target is not None
message: "{target}, {target.measure.title}"
--
{title: A&E, target: {comparator: band, lower: 1, upper: 2.5}}
--
1 to 2.5, A&E

== what refers to it is a list of mappings
for: Initiative
when: len(risks) == 2 and all(risk.about_initiative is not None for risk in risks)
message: "{risks}"
--
{risks: [{title: A}, {title: B}]}
--
A, B

== a list in a list
for: Initiative
when: any(any(c.about_risk is not None for c in r.commitments) for r in risks)
message: x
--
{risks: [{commitments: [{}]}]}
--
x

== one of several kinds that a field may refer to
for: Dependency
when: unmet(dependency) and on_external is not None and on_initiative is None
message: "{on_external} {on}"
--
{on_external: {id: bid, title: STP bid, status: lost}, initiative: {status: active}}
--
STP bid external:bid

== an object that is given elsewhere, by its id
for: Initiative
when: any(len(cycle.initiatives) == 2 for cycle in cycles(initiative))
message: "{cycles(initiative)}"
--
{id: a, title: A, dependencies: [{withdrawn: false, on_initiative:
 {id: b, title: B, dependencies: [{withdrawn: false, on_initiative: a}]}}]}
--
A ↔ B

== the plan
for: Measure
when: true
message: "{plan.title} {plan.currency} {plan.period} {len(plan.measures)} {len(plan.goals)}"
--
{plan: {title: Mine, currency: EUR, goals: [{kind: vision}], measures: [{}]}}
--
Mine EUR 2018/19 2 1

== the plan as it is opened for a test
for: Measure
when: true
message: "{plan.title} {plan.organisation} {plan.currency} {plan.period} {len(plan.measures)}"
--
{}
--
Test plan Test GBP 2018/19 1

== a plan is the subject
for: Plan
when: true
message: "{id} {title} {fiscal_year_start} {len(initiatives)}"
--
{id: mine, title: Mine, fiscal_year_start: 1, initiatives: [{}, {}]}
--
mine Mine 1 2

== its fiscal year says how dates are read
for: Milestone
needs: [due]
when: true
message: "{period_end(due)}"
--
{due: 2017/18, plan: {fiscal_year_start: 1}}
--
31 December 2017

== dates in any notation
for: Milestone
needs: [due, reached]
when: due > reached
message: "{due} {reached}"
--
{due: Q3 2017/18, reached: 2016}
--
Q3 2017/18 2016

== values of every type
for: Measure
needs: [lag_days, baseline]
when: lag_days == 14 and baseline == 0.1 and any(o.provisional for o in observations)
message: "{lag_days} {baseline}"
--
{lag_days: 14, baseline: 0.1, observations: [{provisional: true}]}
--
14 0.1

== lists of texts, and of values that are read by name
for: Framework
when: "'b' in codes"
message: "{codes}"
--
{codes: [a, b]}
--
a, b

== attributes
for: Initiative
when: any(a.name == 'sponsor' and a.text is not None for a in attributes)
message: "{attributes}"
--
{attributes: [{name: sponsor, text: Anna}, {name: budget, number: 5}]}
--
sponsor: Anna, budget: 5

== a subject that is named by others
for: Alignment
when: true
message: "{code}"
--
{initiative: {title: I}, code: outcomes.7}
--
outcomes.7

== days
for: Plan
when: any(day == date('2018-05-07') for day in holidays)
message: "{holidays}"
--
{holidays: [2018-05-07]}
--
7 May 2018
"""


@pytest.mark.parametrize(("rule", "fields", "message"), [c[1:] for c in cases(GIVEN)], ids=[c[0] for c in cases(GIVEN)])
def test_given_fields_make_a_state(rule: str, fields: str, message: str) -> None:
    """Fields by the names that rules use, nested as rules walk them; the rule reads them as it reads any state."""
    expect = json.dumps({"finding": {"message": message}})
    test = f"- {{name: it, as_at: 2018-02-28, given: {fields}, expect: {expect}}}"
    assert differences(test, rule) == {"it": []}


SCALARS = {"text": "x", "number": "7", "true/false": "true", "period": "2018-01", "day": "2018-01-31"}
PARTS = {
    "Observation": "{period: 2018-01, value: 7}",
    "Target": "{comparator: at-least, value: 7}",
    "Attribute": "{name: a, text: x}",
    "Attachment": f"{{name: a, sha256: {'0' * 64}}}",
}
NAMED_BY = {  # what puts a subject without a title into words
    "Alignment": {"initiative": "{}", "code": "x"},
    "Target": {"comparator": "at-least", "value": "7"},
}


def written(kind: str, field: str) -> str:
    """A value for a field, by its type."""
    of = fields_of(kind)[field]
    one = {**SCALARS, **PARTS}.get((of.of or of).name, "{}")
    if of.is_list:
        return f"[{one}]"
    return next(iter(words_of(cast(Any, SUBJECTS[kind]), field)), one) if of.name == "text" else one


@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_field_can_be_given(kind: str) -> None:
    """What rules read of a kind, tests can give, but for references of any kind: these are given by their kinds."""
    stored = {name for name, marker in references_of(cast(Any, SUBJECTS[kind])).items() if isinstance(marker, AnyRef)}
    rules = []
    for field in sorted(fields_of(kind).keys() - stored):
        of = fields_of(kind)[field]
        holds = f"len({field}) > 0" if of.is_list else f"{field} is not None" if of.optional else "true"
        fields = {field: written(kind, field)} | NAMED_BY.get(kind, {})
        if field in ("lower", "upper"):
            fields = {"comparator": "band", "lower": "1", "upper": "7"}
        listed = ", ".join(f"{name}: {value}" for name, value in fields.items())
        rules.append(
            f"- id: kpi.{field.replace('_', '-')}\n  title: T\n  for: {kind}\n  severity: low\n  when: {holds}\n"
            f"  message: '{{{field}}}'\n  tests:\n"
            f"    - {{name: it, as_at: 2018-02-28, given: {{{listed}}}, expect: finding}}\n"
        )
    pack = load_pack(f"plantrack-rules: 1\npack: p\nversion: 1.0.0\nrules:\n{''.join(rules)}", "p.yaml")
    assert {result.rule: (result.problems, result.differences) for result in run_tests(pack)} == {
        rule.id: ((), ()) for rule in pack.rules
    }


def test_given_concerns_the_subject_alone() -> None:
    """What the rule says of other objects does not count, whatever their kind."""
    rule = "for: [Initiative, Measure]\nwhere: title != 'b'\nwhen: title == 'a'"
    tests = """
      - {name: fires, as_at: 2018-02-28, kind: Initiative, given: {title: a, initiatives: [{}]}, expect: finding}
      - {name: none, as_at: 2018-02-28, kind: Initiative, given: {initiatives: [{title: a}, {title: b}]}, expect: none}
      - name: skipped
        as_at: 2018-02-28
        kind: Measure
        given: {title: b, initiative: {title: a}, plan: {measures: [{}, {title: a}]}}
        expect: not applicable
    """
    assert differences(tests, rule) == {"fires": [], "none": [], "skipped": []}


figures = st.decimals(0, 100, places=1)
months = st.lists(st.tuples(st.integers(1, 12), figures), min_size=0, max_size=4, unique_by=lambda m: m[0])
targets = st.none() | st.tuples(st.sampled_from(["at-least", "at-most"]), figures)


@examples(0.5)
@given(months, targets, st.none() | st.just("%"))
def test_given_state_is_the_one_that_events_lead_to(
    series: list[tuple[int, Decimal]], target: tuple[str, Decimal] | None, unit: str | None
) -> None:
    """The same measure, once given and once recorded: the rule says the same of both, to the last digit."""
    observations = [{"period": f"2018-{month:02}", "value": str(value)} for month, value in series]
    fields: dict[str, object] = {"title": "A&E", "unit": unit, "observations": observations}
    events: list[dict[str, object]] = [{"MeasureDefined": {"measure": "ae", "title": "A&E", "unit": unit}}]
    events += [{"Observed": {"measure": "ae", **o}, "effective": o["period"]} for o in observations]
    if target is not None:
        stated = {"comparator": target[0], "value": str(target[1])}
        fields["target"] = stated
        events.append({"TargetSet": {"measure": "ae", **stated}})
    fires = {"finding": {"message": "?", "score": -1}}
    tests = [
        {"name": name, "as_at": "2018-12-31", name: situation, "expect": fires}
        for name, situation in (("given", fields), ("events", events))
    ]
    rule = """\
where: target is not None
needs: [last]
let: {last: latest(observations)}
when: shortfall(last, target) > 5
score: shortfall(last, target)
message: "{title}: {last.value} {default(unit, '')} against {target}, {last}, {len(observations)}"
"""
    text = json.dumps(tests)
    for value in [*(o["value"] for o in observations), *([str(target[1])] if target else [])]:
        text = text.replace(f'"value": "{value}"', f'"value": {value}')  # numbers stand without quotes
    came = differences(text, rule.strip())
    assert len(came["given"]) > 0
    assert [said.replace("measure:measure", "measure:ae") for said in came["given"]] == came["events"]


WRONG = """
== not a mapping
for: Measure
--
[a]
^
'given' needs a mapping of fields of the measure

== an unknown field
for: Measure
--
{observatons: []}
 ^^^^^^^^^^^
Measure has no field 'observatons'
hint: did you mean 'observations'?

== an unknown field of a value
for: Measure
--
{observations: [{vlaue: 1}]}
                 ^^^^^
Observation has no field 'vlaue'
hint: did you mean 'value'?

== an unknown field of another object
for: Measure
--
{initiative: {staus: active}}
              ^^^^^
Initiative has no field 'staus'
hint: did you mean 'status'?

== a field that the rule reads
for: Measure
where: initiative is not None
when: initiative.status == 'active'
--
{initiative: {title: Front door}}
             ^
the rule reads status of the initiative, and the test does not give it
hint: write status: ...

== a field that only the message reads
for: Measure
message: "{latest(observations)}"
--
{observations: [{value: 1}]}
                ^
the rule reads period of the observation, and the test does not give it
hint: write period: ...

== a target put into words
for: Measure
message: "{target}"
--
{target: {value: 1}}
         ^
the rule reads comparator of the target, and the test does not give it
hint: write comparator: ...

== a cause put into words
for: Measure
cause: target
--
{target: {value: 1}}
         ^
the rule reads comparator of the target, and the test does not give it
hint: write comparator: ...

== a subject that others name
for: Alignment
--
{code: a}
^
the rule reads initiative of the alignment, and the test does not give it
hint: write initiative: ...

== no value where there always is one
for: Initiative
--
{status: null}
         ^
status of the initiative is never empty
hint: write a value

== a word that the field does not know
for: Initiative
--
{status: actve}
         ^
status of the initiative is one of proposed, active, paused, completed, cancelled, superseded
hint: did you mean 'active'?

== a word that the event does not know
for: Measure
--
{direction: up}
            ^
direction of the measure is one of increase, decrease
hint: known: decrease, increase

== a number as a text
for: Measure
--
{title: 2018}
        ^
title of the measure needs a text
hint: quote it

== a text as a number
for: Measure
--
{baseline: "76,9"}
           ^
baseline of the measure needs a number
hint: write digits with a point, such as 76.9, without quotes

== truth as a number
for: Measure
--
{baseline: true}
           ^
baseline of the measure needs a number
hint: write digits with a point, such as 76.9, without quotes

== half a day
for: Measure
--
{lag_days: 1.5}
           ^
lag_days of the measure needs a whole number

== a text as truth
for: Dependency
--
{withdrawn: "true"}
            ^
withdrawn of the dependency needs true or false

== no date
for: Milestone
--
{due: 2018-13}
      ^
due of the milestone: cannot read '2018-13' as a date or period; 13 is neither a month nor a later year

== a list as a date
for: Milestone
--
{due: [2018]}
      ^
due of the milestone needs a date or period
hint: write for example 2018-01-31, 2018-01 or 2017/18

== no day
for: Plan
--
{holidays: [2018-02-30]}
            ^
holidays of the plan needs a day
hint: write 2018-02-28

== no list of texts
for: Framework
--
{codes: a}
        ^
codes of the framework needs a list
hint: write [a, b]

== no list of objects
for: Initiative
--
{risks: {title: A}}
        ^
risks of the initiative needs a list of mappings
hint: write risks: [{...}]

== a list of something else
for: Measure
--
{observations: [76.9]}
                ^
observations of the measure needs a list of mappings
hint: write observations: [{...}]

== no mapping as a reference
for: Measure
--
{initiative: 5}
             ^
initiative of the measure needs a mapping of its fields
hint: or the id of one that is given elsewhere; leave it out where there is none

== an id that nothing has
for: Measure
--
{initiative: front-dor, plan: {initiatives: [{id: front-door}]}}
             ^
no initiative 'front-dor' is given
hint: did you mean 'front-door'?

== an id that nothing could have
for: Measure
--
{initiative: front-door}
             ^
no initiative 'front-door' is given
hint: write a mapping of its fields

== an id given twice
for: Initiative
--
{risks: [{id: a}, {id: a}]}
                       ^
the risk 'a' is given twice

== a reference of any kind
for: Dependency
--
{on: external:bid}
 ^^
'on' is not given by itself
hint: give one of on_initiative, on_milestone, on_measure, on_external

== two things that one field refers to
for: Dependency
--
{on_external: {}, on_measure: {}}
                  ^^^^^^^^^^
on_measure of the dependency is set already
hint: by the list in which it stands, or by another of its fields

== a list that says who it belongs to
for: Initiative
--
{measures: [{initiative: {}}]}
             ^^^^^^^^^^
initiative of the measure is set already
hint: by the list in which it stands, or by another of its fields

== a month twice
for: Measure
--
{observations: [{period: 2018-01}, {period: January 2018}]}
                                            ^
a second observation for January 2018

== a target without its value
for: Measure
--
{target: {comparator: at-most}}
         ^
a target with the comparator at-most needs a value, and neither lower nor upper

== a band without its ends
for: Measure
--
{target: {comparator: band, value: 5}}
         ^
a target with the comparator band needs lower and upper, and no value

== an attribute of nothing
for: Initiative
--
{attributes: [{name: sponsor}]}
              ^
attribute 'sponsor' needs exactly one of text, number and date

== an attribute without a name
for: Initiative
--
{attributes: [{text: Anna}]}
              ^
name of the attribute is missing

== a plan that is a text
for: Measure
--
{plan: Mine}
       ^
'plan' needs a mapping of fields of the plan

== a fiscal year that begins never
for: Measure
--
{plan: {fiscal_year_start: 13}}
                           ^
fiscal_year_start of the plan is a month from 1 to 12

== an unknown field of the plan
for: Measure
--
{plan: {titel: Mine}}
        ^^^^^
Plan has no field 'titel'
hint: did you mean 'title'?
"""


@pytest.mark.parametrize(("rule", "told"), [c[1:] for c in cases(WRONG)], ids=[c[0] for c in cases(WRONG)])
def test_wrong_given(rule: str, told: str) -> None:
    """What is wrong is said when the pack is loaded: with its place, a caret under it, and what to write."""
    fields, caret, message, *hint = told.split("\n")
    before = "- {name: a, as_at: 2018-02-28, given: "
    text = pack_text(f"{rule}\ntests:\n  {before}{fields}, expect: none}}")
    line = 1 + text.split("\n").index(f"      {before}{fields}, expect: none}}")
    column = len(before) + caret.index("^") + 7
    expected = [f"p.yaml:{line}:{column}: {message}", f"    {before}{fields}, expect: none}}"]
    expected += [" " * (len(before) + 4) + caret, *(f"  {line}" for line in hint)]
    assert error_of(text) == "\n".join(expected)


@pytest.mark.parametrize(
    ("when", "of"),
    [("changed_within(measure, 30)", "measure"), ("target is not None and rebaseline_count(target) > 0", "target")],
)
def test_given_has_no_history(when: str, of: str) -> None:
    """A rule that looks into the past of a subject is tested with events: a state that is given has no past."""
    test = "- {name: a, as_at: 2018-02-28, given: {}, expect: none}"
    assert error_of(pack_text(f"when: {when}\ntests:\n  {test}")) == (
        f"p.yaml:11:45: the rule looks into the history of the {of}, and a state that is given has none\n"
        f"    {test}\n"
        "                                          ^\n"
        "  hint: write events instead"
    )


def test_first_dates_are_no_history() -> None:
    """What a function reads of the state alone can be given."""
    test = "- {name: it, as_at: 2018-02-28, given: {first_due: 2018-01}, expect: finding}"
    rule = "for: Milestone\nwhen: known(baseline(milestone)) and baseline(milestone) < today"
    assert differences(test, rule) == {"it": []}
