"""The built-in functions of the rule language: how each is called, what it means, what it reads.

Part of the published schema ``plantrack-rules: 1``: once released, none is removed, renamed, or takes less. Every
function is total on the values its signature admits, or raises :class:`~plantrack.errors.RuleEvaluationError`; none
loops without a bound.
"""

from __future__ import annotations

from plantrack.rules.language import arithmetic, days, figures, lists, signatures
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, TEXT, Type, list_of
from plantrack.rules.language.signatures import WHEN, Function, routes, takes
from plantrack.rules.language.subject_functions import GRAPH, HISTORY, PROCESSES

_OBSERVATIONS = list_of(Type("Observation"))
_NONE, _NOT_TWO = "there are no {items}", "there are fewer than two {items}"

_DATES_AND_BLANKS = {
    "date": Function("date('2026-11-20')", "a day, written in quotes as year-month-day", signatures.quoted_day, None),
    "known": Function(
        "known(value)",
        "whether a value is stated; the same as `value is not None`",
        signatures.possibly_empty,
        None,
        takes_empty=True,
    ),
    "default": Function(
        "default(value, other)",
        "the value, or the other when it is empty",
        signatures.default,
        lambda value, other: other if value is None else value,
        takes_empty=True,
    ),
}

_DAYS = {
    "days_between": Function(
        "days_between(start, end)",
        "days from the last day of start to the last day of end; negative when end comes first",
        takes(WHEN, WHEN, result=NUMBER),
        days.days_between,
    ),
    "working_days_between": Function(
        "working_days_between(start, end)",
        "the same, counting Mondays to Fridays that are no holidays of the plan",
        takes(WHEN, WHEN, result=NUMBER),
        days.working_days_between,
        of_check=True,
        footprint=("Plan.holidays",),
        evidence=days.holidays_set_by,
    ),
    "add_days": Function(
        "add_days(when, days)",
        "the day so many days after the last day of when; before it, if negative",
        takes(WHEN, NUMBER, result=DAY),
        days.add_days,
    ),
    "add_months": Function(
        "add_months(when, months)",
        "the same day so many months later, or the last of a shorter month; the end of a month leads to an end",
        takes(WHEN, NUMBER, result=DAY),
        days.add_months,
    ),
    "period_start": Function("period_start(period)", "its first day", takes(WHEN, result=DAY), days.first_day),
    "period_end": Function("period_end(period)", "its last day", takes(WHEN, result=DAY), days.last_day),
}

_LISTS = {
    "any": Function(
        "any(test for x in list)", "true when the test holds for at least one item", signatures.tests_to(BOOL), any
    ),
    "all": Function(
        "all(test for x in list)", "true when the test holds for every item", signatures.tests_to(BOOL), all
    ),
    "sum": Function("sum(number for x in list)", "the total; 0 for an empty list", signatures.total, sum),
    "len": Function("len(list)", "how many items", signatures.any_list, lists.count),
    "min": Function(
        "min(list) or min(a, b)",
        "the smallest; empty for an empty list",
        signatures.extreme,
        lists.minimum,
        empty=_NONE,
    ),
    "max": Function(
        "max(list) or max(a, b)",
        "the largest; empty for an empty list",
        signatures.extreme,
        lists.maximum,
        empty=_NONE,
    ),
    "abs": Function("abs(number)", "the number without its sign", takes(NUMBER, result=NUMBER), abs),
    "round": Function(
        "round(number, digits)", "rounded half to even", takes(NUMBER, NUMBER, result=NUMBER), arithmetic.rounded
    ),
    "distinct": Function(
        "distinct(list)", "every value once, in order of first appearance", signatures.items_to(list_of), lists.distinct
    ),
    "duplicates": Function(
        "duplicates(list)",
        "every value that comes more than once, in order of first appearance",
        signatures.items_to(list_of),
        lists.duplicates,
    ),
    "group_count": Function(
        "group_count(list)",
        "every value with how often it comes (fields `value` and `count`), the most frequent first",
        signatures.items_to(lambda item: list_of(Type("Group", of=item))),
        lists.group_count,
    ),
}

_SERIES = {
    "latest": Function(
        "latest(list)", "the last item; lists are in order of time", signatures.item, lists.latest, empty=_NONE
    ),
    "previous": Function("previous(list)", "the last item but one", signatures.item, lists.previous, empty=_NOT_TWO),
    "first": Function(
        "first(list)", "the first item; lists are in order of time", signatures.item, lists.first, empty=_NONE
    ),
    "shortfall": Function(
        "shortfall(observation, target)",
        "by how much a figure fails a target; knows direction, band, period and due date",
        takes(Type("Observation"), Type("Target"), result=NUMBER),
        figures.shortfall,
        footprint=routes("Observation", "value", "period")
        + routes("Target", "comparator", "value", "lower", "upper", "period", "due"),
    ),
    "value_at": Function(
        "value_at(observations, when)",
        "the figure for exactly that period, or for the shortest period that contains that day",
        takes(_OBSERVATIONS, WHEN, result=NUMBER.maybe),
        figures.value_at,
        footprint=routes("Observation", "period", "value"),
        evidence=figures.observed_at,
        empty="there is no figure for then",
    ),
    "change": Function(
        "change(observations)",
        "the latest figure minus the one before; also of a list of numbers",
        takes((_OBSERVATIONS, list_of(NUMBER)), result=NUMBER.maybe),
        figures.change,
        footprint=routes("Observation", "value"),
        evidence=figures.compared,
        empty=_NOT_TWO,
    ),
    "consecutive": Function(
        "consecutive(test for x in list)",
        "for how many of the last items in a row the test holds",
        signatures.tests_to(NUMBER),
        lists.consecutive,
    ),
}

_TEXTS = {
    "lower": Function("lower(text)", "in small letters", takes(TEXT, result=TEXT), str.lower),
    "starts_with": Function(
        "starts_with(text, start)", "whether it begins so", takes(TEXT, TEXT, result=BOOL), str.startswith
    ),
    "contains": Function(
        "contains(text, part)", "whether the part occurs", takes(TEXT, TEXT, result=BOOL), str.__contains__
    ),
}

GROUPS: dict[str, dict[str, Function]] = {
    "Days and blanks": _DATES_AND_BLANKS,
    "Reckoning with days": _DAYS,
    "Lists and numbers": _LISTS,
    "Series": _SERIES,
    "Processes and forecasts": PROCESSES,
    "What hangs together": GRAPH,
    "History and governance": HISTORY,
    "Texts": _TEXTS,
}
"""The functions under the headings of the reference page."""

FUNCTIONS: dict[str, Function] = {name: function for group in GROUPS.values() for name, function in group.items()}
