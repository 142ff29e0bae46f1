"""The built-in functions of the rule language: signature, meaning, implementation.

Part of the published schema ``plantrack-rules: 1``. Every function is total on the values its signature admits, or
raises :class:`RuleEvaluationError`; none loops without a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from attrs import frozen

from plantrack.errors import RuleEvaluationError
from plantrack.period import Period
from plantrack.rules.language.routes import reads_of
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, TEXT, Type, list_of

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=_TRAPS)
"""How rules compute, whatever the caller's context: never a NaN, and no number grows without end."""

_EXACT = Context(prec=2_000, rounding=ROUND_HALF_EVEN)

Signature = Callable[[Sequence[Type]], "Type | str"]
"""From the types of the arguments to the type of the result, or what is wrong with them."""


@frozen
class Function:
    """A built-in.

    :ivar usage: how it is called, for error messages and the reference page.
    :ivar implementation: called with the arguments; with ``of_graph``, the name of a method of the graph.
    :ivar footprint: the routes by which it reads beyond its arguments, each from the class of an argument or from
        ``Plan``; a function that reads what it does not declare fails a test.
    :ivar returns: for a function that gives objects other than those of its arguments, the routes to them.
    """

    usage: str
    doc: str
    signature: Signature
    implementation: Callable[..., Any] | str
    footprint: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        """Every field on its routes, as ``Class.field``."""
        return reads_of(self.footprint)

    @property
    def of_graph(self) -> bool:
        """Whether it is answered by the graph of the check."""
        return isinstance(self.implementation, str)


def _takes(*parameters: Type | tuple[Type, ...], result: Type) -> Signature:
    def signature(arguments: Sequence[Type]) -> Type | str:
        if len(arguments) != len(parameters):
            return f"takes {len(parameters)} argument{'s' * (len(parameters) != 1)}, got {len(arguments)}"
        for number, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True), 1):
            choices = parameter if isinstance(parameter, tuple) else (parameter,)
            if argument.optional:
                return f"argument {number} may be empty"
            if argument not in choices:
                return f"argument {number} needs a {' or '.join(map(str, choices))}, got {argument}"
        return result

    return signature


def _item(optional: bool) -> Signature:
    def signature(arguments: Sequence[Type]) -> Type | str:
        if len(arguments) != 1 or arguments[0].of is None:
            return f"takes one list, got {', '.join(map(str, arguments)) or 'nothing'}"
        if arguments[0].optional:
            return "the list may be empty here (not stated); test it first"
        item = arguments[0].of
        return item.maybe if optional else item

    return signature


def _default(arguments: Sequence[Type]) -> Type | str:
    if len(arguments) != 2:
        return f"takes 2 arguments, got {len(arguments)}"
    value, otherwise = arguments
    if not value.optional:
        return "the first argument is never empty, so the default is never used"
    if otherwise.optional or value.required != otherwise:
        return f"needs a {value.required} as default, got {otherwise}"
    return otherwise


def _minmax(arguments: Sequence[Type]) -> Type | str:
    """One list (empty gives an empty value), or two or more values of one type."""
    if len(arguments) == 1 and arguments[0].of is not None:
        if arguments[0].optional:
            return "the list may be empty here (not stated); test it first"
        if arguments[0].of not in (NUMBER, DAY):
            return f"needs numbers or days, got {arguments[0]}"
        return arguments[0].of.maybe
    if len(arguments) < 2 or any(a != arguments[0] for a in arguments) or arguments[0] not in (NUMBER, DAY):
        return f"needs one list, or several numbers or days, got {', '.join(map(str, arguments)) or 'nothing'}"
    return arguments[0]


def _sum(arguments: Sequence[Type]) -> Type | str:
    if len(arguments) != 1 or arguments[0] != list_of(NUMBER):
        return f"needs one list of numbers, got {', '.join(map(str, arguments)) or 'nothing'}"
    return NUMBER


def _len(arguments: Sequence[Type]) -> Type | str:
    if len(arguments) != 1 or arguments[0].of is None or arguments[0].optional:
        return f"needs one list, got {', '.join(map(str, arguments)) or 'nothing'}"
    return NUMBER


def _truths(arguments: Sequence[Type]) -> Type | str:
    if len(arguments) != 1 or arguments[0] != list_of(BOOL):
        return f"needs one list of true/false, got {', '.join(map(str, arguments)) or 'nothing'}"
    return BOOL


# --- implementations -------------------------------------------------------------------------------------------------


def last_day(when: date | Period) -> date:
    """The last day of a period; a day itself."""
    return when.end if isinstance(when, Period) else when


def first_day(when: date | Period) -> date:
    """The first day of a period; a day itself."""
    return when.start if isinstance(when, Period) else when


def _days_between(start: date | Period, end: date | Period) -> int:
    until = end.end if isinstance(end, Period) else end  # `last_day` without its two calls: this runs for every subject
    return (until - (start.end if isinstance(start, Period) else start)).days


_SIZED = (list, tuple)  # made once: these run for every subject


def _latest(items: Iterable[Any]) -> Any:
    if isinstance(items, _SIZED):
        return items[-1] if items else None
    found = None
    for found in items:  # noqa: B007  the loop variable is the result
        pass
    return found


def _first(items: Iterable[Any]) -> Any:
    return next(iter(items), None)


def shortfall(observation: Any, target: Any) -> Decimal:
    """By how much a figure fails a target: 0 when it meets it, is outside the target's period, or before it is due."""
    value: Decimal = observation.value
    if target.period is not None and not target.period.overlaps(observation.period):
        return Decimal(0)
    if target.due is not None and observation.period.end < target.due.start:
        return Decimal(0)
    short: Decimal
    if target.comparator == "band":
        short = max(target.lower - value, value - target.upper)
    else:
        short = target.value - value if target.comparator == "at-least" else value - target.value
    return max(Decimal(0), short)


def _round(value: Decimal | int, digits: Decimal | int) -> Decimal:
    if digits != int(digits) or not -30 <= digits <= 30:
        raise RuleEvaluationError(f"round() takes a whole number of digits from -30 to 30, not {digits}")
    return Decimal(value).quantize(Decimal((0, (1,), -int(digits))), context=_EXACT)


def count(items: Iterable[Any]) -> int:
    """How many items a list or generator has."""
    return len(items) if isinstance(items, _SIZED) else sum(1 for _ in items)


def divide(dividend: Decimal | int, divisor: Decimal | int) -> Decimal:
    """Exact decimal division.

    :raises RuleEvaluationError: by zero; never a NaN that a comparison would swallow.
    """
    if divisor == 0:
        raise RuleEvaluationError(f"{dividend} is divided by 0")
    return Decimal(dividend) / Decimal(divisor)


def multiply(first: Decimal | int, second: Decimal | int) -> Decimal:
    """A product of bounded size: whole numbers of Python would grow without end."""
    return Decimal(first) * second


def _minimum(*items: Any) -> Any:
    return min(items[0], default=None) if len(items) == 1 else min(items)


def _maximum(*items: Any) -> Any:
    return max(items[0], default=None) if len(items) == 1 else max(items)


def _fields(cls: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{cls}.{name}" for name in names)


_WHEN = (DAY, Type("period"))
_INITIATIVE, _DEPENDENCY = Type("Initiative"), Type("Dependency")
_UP, _DOWN = "Initiative.(dependencies.on_initiative)*", "Initiative.(dependants.initiative)*"

FUNCTIONS: dict[str, Function] = {
    "any": Function("any(test for x in list)", "true when the test holds for at least one item", _truths, any),
    "all": Function("all(test for x in list)", "true when the test holds for every item", _truths, all),
    "len": Function("len(list)", "how many items", _len, count),
    "sum": Function("sum(number for x in list)", "the total; 0 for an empty list", _sum, sum),
    "min": Function("min(list) or min(a, b)", "the smallest; empty for an empty list", _minmax, _minimum),
    "max": Function("max(list) or max(a, b)", "the largest; empty for an empty list", _minmax, _maximum),
    "abs": Function("abs(number)", "the number without its sign", _takes(NUMBER, result=NUMBER), abs),
    "round": Function("round(number, digits)", "rounded half to even", _takes(NUMBER, NUMBER, result=NUMBER), _round),
    "latest": Function("latest(list)", "the last item; lists are in order of time", _item(True), _latest),
    "first": Function("first(list)", "the first item; lists are in order of time", _item(True), _first),
    "default": Function(
        "default(value, other)",
        "the value, or the other when it is empty",
        _default,
        lambda v, o: o if v is None else v,
    ),
    "days_between": Function(
        "days_between(start, end)",
        "days from the last day of start to the last day of end",
        _takes(_WHEN, _WHEN, result=NUMBER),
        _days_between,
    ),
    "period_end": Function("period_end(period)", "its last day", _takes(_WHEN, result=DAY), last_day),
    "shortfall": Function(
        "shortfall(observation, target)",
        "by how much a figure fails a target; knows direction, band, period and due date",
        _takes(Type("Observation"), Type("Target"), result=NUMBER),
        shortfall,
        _fields("Observation", "value", "period")
        + _fields("Target", "comparator", "value", "lower", "upper", "period", "due"),
    ),
    "lower": Function("lower(text)", "in small letters", _takes(TEXT, result=TEXT), str.lower),
    "contains": Function(
        "contains(text, part)", "whether the part occurs", _takes(TEXT, TEXT, result=BOOL), str.__contains__
    ),
    "starts_with": Function(
        "starts_with(text, start)", "whether it begins so", _takes(TEXT, TEXT, result=BOOL), str.startswith
    ),
    "upstream": Function(
        "upstream(initiative)",
        "every initiative it needs, directly or not",
        _takes(_INITIATIVE, result=list_of(_INITIATIVE)),
        "upstream",
        (f"{_UP}.dependencies.withdrawn",),
        (_UP,),
    ),
    "downstream": Function(
        "downstream(initiative)",
        "every initiative that needs it, directly or not",
        _takes(_INITIATIVE, result=list_of(_INITIATIVE)),
        "downstream",
        (f"{_DOWN}.dependants.withdrawn",),
        (_DOWN,),
    ),
    "cycles": Function(
        "cycles(initiative)",
        "loops of dependencies, each told once, by the member whose id comes first",
        _takes(_INITIATIVE, result=list_of(Type("Cycle"))),
        "cycles",
        (f"{_UP}.dependencies.withdrawn",),
    ),
    "matches": Function(
        "matches(waiver)",
        "whether this check found what it waives; rules for Waiver run after all others",
        _takes(Type("Waiver"), result=BOOL),
        "matches",
        _fields("Waiver", "finding"),
    ),
    "unmet": Function(
        "unmet(dependency)",
        "whether what it needs is not in place",
        _takes(_DEPENDENCY, result=BOOL),
        "unmet",
        _fields("Dependency", "on_initiative.status", "on_milestone.status", "on_external.status"),
    ),
}
