"""Keys of a rule, or what stands in them, and the place and reason for which each is refused."""

from __future__ import annotations

PACKS = r"""
== a pack named by a bomb
pack: !!python/object/apply:os.system [ls]
--
9:11: tags are not allowed

== a dunder in where
where: title.__class__ == 'a'
--
9:12: rule kpi.test: 'title' is a text; it has no fields

== a dunder in needs
needs: [__class__]
--
9:13: unknown name '__class__'

== code in needs
needs: ["title); import os"]
--
9:13: unknown name 'title); import os'

== a mapping in needs
needs: [{a: b}]
--
9:13: unknown name a mapping

== builtins as a parameter
params: {__builtins__: 1}
--
9:14: the name '__builtins__' is taken or not a name

== two words as a parameter
params: {x y: 1}
--
9:14: the name 'x y' is taken or not a name

== code as a parameter
params: {"x;import os": 1}
--
9:14: the name 'x;import os' is taken or not a name

== a keyword as a parameter
params: {lambda: 1}
--
9:14: the name 'lambda' is taken or not a name

== the subject as a parameter
params: {_s: 1}
--
9:14: the name '_s' is taken or not a name

== the views as a parameter
params: {_g: 1}
--
9:14: the name '_g' is taken or not a name

== a fullwidth parameter
params: {ｔolerance: 1}
--
9:14: the name 'ｔolerance' is taken or not a name

== a Cyrillic parameter
params: {tоlerance: 1}
--
9:14: the name 'tоlerance' is taken or not a name

== today as a parameter
params: {today: 1}
--
9:14: the name 'today' is taken or not a name

== a parameter that is nothing
params: {"": 1}
--
9:14: the name '' is taken or not a name

== a mapping in a parameter
params: {x: {y: 1}}
--
9:14: the parameter 'x' needs a number, text, true/false or list

== lists in a parameter
params: {x: [[1]]}
--
9:14: the parameter 'x' needs a number, text, true/false or list

== items of two types
params: {x: [1, a]}
--
9:14: the list 'x' needs items of one type

== null as a parameter
params: {x: null}
--
9:14: the parameter 'x' needs a number, text, true/false or list

== yes as a parameter
params: {x: yes}
--
9:17: 'yes' means different things in different YAML versions

== NO as a parameter
params: {x: [NO, SE]}
--
9:18: 'NO' means different things in different YAML versions

== an import as a let
let: {__import__: "1"}
--
9:11: the name '__import__' is taken or not a name

== a let of itself
let: {x: x}
--
9:14: rule kpi.test: unknown name 'x'

== a let of itself through another
let: {x: "y", z: x, y: z}
--
9:15: rule kpi.test: 'y' is named only later

== a let that becomes a list
let: {x: "[o for o in observations]"}
--
9:15: rule kpi.test: a list in brackets with `for` is not allowed in a rule

== a let that assigns
let: {x=1: "1"}
--
9:11: the name 'x=1' is taken or not a name

== truth as a let
let: {True: "1"}
--
9:11: the name 'True' is taken or not a name

== the plan as a let
let: {plan: "1"}
--
9:11: the name 'plan' is taken or not a name

== a let as a lambda
let: {x: "lambda: 1"}
--
9:15: rule kpi.test: a lambda is not allowed in a rule

== a list of lets
let: [a]
--
9:10: rule kpi.test: 'let' needs a mapping of names to expressions

== a let of a let
let: {x: {y: "1"}}
--
9:14: expected an expression

== a call of a lambda as score
score: "(lambda: 1)()"
--
9:13: rule kpi.test: only the built-in functions can be called, without named arguments

== infinity as score
score: .inf
--
9:12: rule kpi.test: cannot read this: invalid syntax

== no number as score
score: .nan
--
9:12: rule kpi.test: cannot read this: invalid syntax

== a number without end as score
score: 1e99999999
--
9:12: rule kpi.test: a number is written with at most 15 digits and a point

== a hexadecimal score
score: 0x7fffffff
--
9:12: rule kpi.test: a number is written with at most 15 digits and a point

== an octal score
score: 0o777
--
9:12: rule kpi.test: a number is written with at most 15 digits and a point

== a score with underscores
score: 1_000
--
9:12: rule kpi.test: a number is written with at most 15 digits and a point

== a comma in a score
score: "1,5"
--
9:13: rule kpi.test: a tuple is not allowed in a rule

== a sexagesimal score
score: 1:30
--
9:13: rule kpi.test: cannot read this: invalid syntax

== a text as score
score: title
--
9:12: rule kpi.test: this must be number, but it is text

== a tower as score
score: 9**9**9
--
9:12: rule kpi.test: '**' is not allowed in a rule

== a date as score
score: 2018-01-31
--
9:17: rule kpi.test: cannot read this: leading zeros in decimal integer

== a title as identity
identity: [title]
--
9:16: identity holds ids and periods only

== a dunder as identity
identity: [id.__class__]
--
9:16: rule kpi.test: 'id' is a text; it has no fields

== an import as identity
identity: ["__import__('os')"]
--
9:17: rule kpi.test: unknown function '__import__'

== a dunder as cause
cause: plan.__class__
--
9:12: rule kpi.test: Plan has no field '__class__'

== a call as cause
cause: [plan, "eval('1')"]
--
9:20: rule kpi.test: unknown function 'eval'

== a title as cause
cause: title
--
9:12: rule kpi.test: 'cause' names a thing of the plan, this is text

== causes in causes
cause: [[plan]]
--
9:13: expected an expression

== getattr as what suffers
affects: getattr(measure, 'initiative')
--
9:14: rule kpi.test: unknown function 'getattr'

== a list as what suffers
affects: [plan]
--
9:14: expected an expression

== a dunder in a message
message: "{title.__class__}"
--
9:16: rule kpi.test: 'title' is a text; it has no fields

== a global in a message
message: "{plan.__init__.__globals__}"
--
9:16: rule kpi.test: Plan has no field '__init__'

== a format in a message
message: "{title:>{lag_days}}"
--
9:21: rule kpi.test: cannot read this: invalid syntax

== a width in a message
message: "{title:999999999}"
--
9:21: rule kpi.test: cannot read this: invalid syntax

== a conversion in a message
message: "{title!r}"
--
9:21: rule kpi.test: cannot read this: invalid syntax

== an f-string in a message
message: "{f'{title}'}"
--
9:16: rule kpi.test: cannot read this: unterminated string literal (detected at line 1)

== a brace in a message
message: "{"
--
9:15: rule kpi.test: this brace is never closed

== an expression after another
message: "{title} {title.upper()}"
--
9:24: rule kpi.test: only the built-in functions can be called, without named arguments

== a dunder in a remedy
fix: "{title.__class__}"
--
9:12: rule kpi.test: 'title' is a text; it has no fields

== an index in a remedy
fix: "{observations[0]}"
--
9:12: rule kpi.test: an index in brackets is not allowed in a rule

== a dunder in a summary
summary: "{count.__class__}"
--
9:14: rule kpi.test: a summary knows only {count}, and '{' stands elsewhere

== a field in a summary
summary: "{title}"
--
9:14: rule kpi.test: a summary knows only {count}, and '{' stands elsewhere

== a place in a summary
summary: "{0.__class__.__mro__}"
--
9:14: rule kpi.test: a summary knows only {count}, and '{' stands elsewhere

== a brace in a summary
summary: "{count"
--
9:14: rule kpi.test: a summary knows only {count}, and '{' stands elsewhere

== a float for days
hold_for: 1e9
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== a year and two days
hold_for: 367
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== truth for days
hold_for: true
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== days before
hold_for: -1
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== days as text
hold_for: "30"
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== days without end
hold_for: 99999999999999999999
--
9:15: rule kpi.test: 'hold_for' needs a whole number of days, at most 366

== a path as former name
formerly: [../../etc/passwd]
--
9:15: rule kpi.test: '../../etc/passwd' is not a former rule id

== its own name as former
formerly: [kpi.test]
--
9:15: rule kpi.test: 'kpi.test' is not a former rule id

== a text as former names
formerly: kpi.older
--
9:15: rule kpi.test: 'formerly' needs a list of texts

== a path instead
status: deprecated
instead: ../x
--
10:14: rule kpi.test: '../x' is not a rule id

== a command as version
since: "1.0.0; rm -rf /"
--
9:12: rule kpi.test: '1.0.0; rm -rf /' is not a version

== a list as version
since: [1]
--
9:12: rule kpi.test: a list is not a version

== a tag as status
status: !stable stable
--
9:13: tags are not allowed

== a path as id
id: ../../kpi.test
--
5:9: rule ../../kpi.test: '../../kpi.test' is not a rule id

== a capital as id
id: kpi.Test
--
5:9: rule kpi.Test: 'kpi.Test' is not a rule id

== a fullwidth id
id: kpi.ｔest
--
5:9: rule kpi.ｔest: 'kpi.ｔest' is not a rule id

== hidden direction in an id
id: "kpi.test\u202e"
--
5:18: the character U+202E is not allowed: it changes how the text around it looks

== hidden direction in a title
title: "\u202eTsoc"
--
6:13: the character U+202E is not allowed: it changes how the text around it looks

== a byte-order mark in a title
title: "\ufeffCost"
--
6:13: the character U+FEFF is not allowed: it changes how the text around it looks

== null in a title
title: "a\0"
--
6:14: the character U+0000 is not allowed: it changes how the text around it looks

== an escape in a title
title: "\e[31mCost"
--
6:13: the character U+001B is not allowed: it changes how the text around it looks

== half a character in a title
title: "\ud83d"
--
6:15: not YAML: found invalid Unicode character escape code

== more than Unicode in a title
title: "\U00110000"
--
6:15: not YAML: found invalid Unicode character escape code

== numbers as references
references: [1]
--
9:18: rule kpi.test: 'references' holds texts only

== a mapping as severity
severity: {high: low}
--
8:15: rule kpi.test: a mapping is not one of critical, high, medium, low, info

== on as severity
severity: on
--
8:15: 'on' means different things in different YAML versions

== off as status
status: off
--
9:13: 'off' means different things in different YAML versions

== every kind
for: "*"
--
7:10: rule kpi.test: there is no kind '*'

== a class of Python
for: object
--
7:10: rule kpi.test: there is no kind 'object'

== a dunder as kind
for: __class__
--
7:10: rule kpi.test: there is no kind '__class__'

== the same kind twice
for: [Measure, Measure]
--
7:10: rule kpi.test: 'for' needs a kind, or a list of different kinds

== no kind at all
for: null
--
7:10: rule kpi.test: there is no kind None

== a mapping of tests
tests: {a: b}
--
9:12: rule kpi.test: 'tests' needs a list

== a test that is code
tests: ["__import__('os')"]
--
9:13: a test is a mapping with name, as_at, events or given, and expect

== a test of an unknown key
tests: [{name: case, as_at: 2018-02-28, expect: none, events: [], __class__: x}]
--
9:71: unknown key '__class__' in a test

== a day that is none
tests: [{name: case, as_at: 2018-02-30, expect: none, events: []}]
--
9:33: '2018-02-30' is not a day from 2000-04-01 on

== a day outside the calendar
tests: [{name: case, as_at: 9999-12-31, expect: none, events: []}]
--
9:33: '9999-12-31' is not a day from 2000-04-01 on

== a day of truth
tests: [{name: case, as_at: true, expect: none, events: []}]
--
9:33: true is not a day from 2000-04-01 on

== a position before all
tests: [{name: case, as_at: 2018-02-28, known_at: -1, expect: none, events: []}]
--
9:55: -1 is not a day or moment from 2000-04-01 on

== a moment without zone
tests: [{name: case, as_at: 2018-02-28, known_at: "2018-02-28T10:00", expect: none, events: []}]
--
9:55: a moment needs a time zone

== a dunder as given field
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {__class__: x}}]
--
9:67: Measure has no field '__class__'

== a dunder behind a given object
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {initiative: {__dict__: {}}}}]
--
9:80: Initiative has no field '__dict__'

== no number as given
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {lag_days: .nan}}]
--
9:77: lag_days of the measure needs a number

== infinity as given
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {lag_days: -.inf}}]
--
9:77: lag_days of the measure needs a number

== a number without end as given
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {lag_days: 1e400}}]
--
9:77: lag_days of the measure needs a number

== a fraction of a day as given
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {lag_days: 0.5}}]
--
9:77: lag_days of the measure needs a whole number

== NO as given
tests: [{name: case, as_at: 2018-02-28, expect: none, given: {unit: NO}}]
--
9:73: 'NO' means different things in different YAML versions

== a period that is code
tests: [{name: case, as_at: 2018-02-28, expect: none,
  given: {observations: [{period: "__import__('os')", value: 1}]}}]
--
10:39: period of the observation: cannot read "__import__('os')" as a date or period

== infinity as expected score
tests: [{name: case, as_at: 2018-02-28, expect: {finding: {score: .inf}}, events: []}]
--
9:71: the expected score needs a number

== a dunder as expected
tests: [{name: case, as_at: 2018-02-28, expect: {finding: {__class__: x}}, events: []}]
--
9:64: unknown key '__class__' in an expected finding

== a path as evidence
tests: [{name: case, as_at: 2018-02-28, expect: finding, evidence: [../x], events: []}]
--
9:73: unknown event type '../x'

== an unknown parameter of a test
tests: [{name: case, as_at: 2018-02-28, expect: none, params: {__class__: 1}, events: []}]
--
9:68: the rule has no parameter '__class__'

== events that are a text
tests: [{name: case, as_at: 2018-02-28, expect: none, events: "[]"}]
--
9:67: 'events' needs a list of events

== a kind with events
tests: [{name: case, as_at: 2018-02-28, expect: none, kind: Measure, events: []}]
--
9:59: kind goes with given

== an anchor in a test
tests: [{name: &n case, as_at: 2018-02-28, expect: none, events: []}]
--
9:20: anchors and aliases are not allowed

== an alias in a test
tests: [{name: *n, as_at: 2018-02-28, expect: none, events: []}]
--
9:20: anchors and aliases are not allowed

== a merge in a test
tests: [{name: case, <<: {as_at: x}, as_at: 2018-02-28, expect: none, events: []}]
--
9:26: merge keys are not allowed

== a key twice in a test
tests: [{name: case, name: other, as_at: 2018-02-28, expect: none, events: []}]
--
9:26: the key 'name' is given twice

== a key as a list
? [a]
: b
--
9:7: a key must be text

== a key as a mapping
? {a: b}
: c
--
9:7: a key must be text

== an unknown key
__class__: x
--
9:5: unknown key '__class__' in a rule

== quantifiers in quantifiers
when: any(any(any(True for a in plan.measures) for b in plan.measures)
  for c in plan.measures)
--
9:22: rule kpi.test: quantifiers nest at most 2 deep

== a quantifier over nothing
when: any(True for a in 5)
--
9:29: rule kpi.test: can only go through a list, this is number

== a quantifier over a text
when: any(True for a in title)
--
9:29: rule kpi.test: can only go through a list, this is text

== lists of lists of lists
let: {x: "(((o for o in observations) for m in plan.measures) for n in plan.measures)"}
--
9:17: rule kpi.test: quantifiers nest at most 2 deep

== a generator that escapes
message: >-
  {((o for o in m.observations) for m in (n for n in plan.measures)
  if len(n for n in (((1 for a in observations) for b in observations) for c in observations)) > 0)}
--
11:26: rule kpi.test: quantifiers nest at most 2 deep
"""  # noqa: RUF001
