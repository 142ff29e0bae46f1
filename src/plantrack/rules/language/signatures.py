"""What a built-in function is, and signatures: from types of arguments to the type of a value, or to what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from plantrack.rules.language.routes import reads_of
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, PERIOD, SUBJECTS, TEXT, Type, list_of

Signature = Callable[[Sequence[Type]], "Type | str"]
"""Called with types that are not empty; with what may be, where the function ``takes_empty``."""


@frozen
class Function:
    """A built-in.

    :ivar usage: how it is called, for error messages and the reference page.
    :ivar implementation: called with the arguments, after the views of the check where it is ``of_check``; ``None``
        where the checker writes the code itself.
    :ivar takes_empty: an argument may be empty; others must be tested before.
    :ivar of_check: it looks beyond its arguments: at the plan, its history, or what was found.
    :ivar footprint: the routes by which it reads beyond its arguments, each from the class of an argument or from
        ``Plan``; a function that reads what it does not declare fails a test.
    :ivar returns: for a function that gives objects other than those of its arguments, the routes to them.
    :ivar evidence: called with the value and the arguments, gives the positions of the events that the value rests on;
        left out, the value rests on every field that it reads.
    """

    usage: str
    doc: str
    signature: Signature
    implementation: Callable[..., Any] | None
    takes_empty: bool = False
    of_check: bool = False
    footprint: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    evidence: Callable[..., Iterable[int]] | None = None

    @property
    def reads(self) -> frozenset[str]:
        """Every field on its routes, as ``Class.field``."""
        return reads_of(self.footprint)

    def footprint_of(self, arguments: Sequence[Type]) -> tuple[str, ...]:
        """The routes that start at arguments of these types, or at the plan."""
        starts = {"Plan", *((argument.of or argument).name for argument in arguments)}
        return tuple(path for path in self.footprint if path.partition(".")[0] in starts)


def routes(classes: str | Iterable[str], *fields: str) -> tuple[str, ...]:
    """The notation of the routes from each of some classes to each of some fields."""
    names = [classes] if isinstance(classes, str) else classes
    return tuple(f"{name}.{field}" for name in names for field in fields)


WHEN = (DAY, PERIOD)
EMPTY_ITEMS = "the items may be empty here; leave the empty ones out with `if known(...)`"
ANY_SUBJECT = tuple(Type(name) for name in SUBJECTS)


def takes(*parameters: Type | tuple[Type, ...], result: Type | Mapping[Type, Type]) -> Signature:
    """So many arguments, each of one of some types.

    :param result: the type of the value; or, by the type of the first argument, what it is for that.
    """

    def signature(arguments: Sequence[Type]) -> Type | str:
        if len(arguments) != len(parameters):
            return f"takes {len(parameters)} argument{'s' * (len(parameters) != 1)}, got {len(arguments)}"
        for number, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True), 1):
            choices = parameter if isinstance(parameter, tuple) else (parameter,)
            if argument not in choices:
                return f"argument {number} needs {_wanted(choices)}, got {argument}"
        return result if isinstance(result, Type) else result[arguments[0]]

    return signature


def takes_kinds(results: Mapping[str, Type]) -> Signature:
    """One object of some kinds, each with the type of the value."""
    by_type = {Type(kind): result for kind, result in results.items()}
    return takes(tuple(by_type), result=by_type)


def _wanted(choices: tuple[Type, ...]) -> str:
    if choices is ANY_SUBJECT:
        return "a subject of the plan"
    *most, last = map(str, choices)
    article = "an" if (most or [last])[0][0] in "AEIOU" else "a"
    return f"{article} {', '.join(most)} or {last}" if most else f"{article} {last}"


def item(arguments: Sequence[Type]) -> Type | str:
    """One list; the value is one of its items, or empty."""
    return wrong if (wrong := _wrong_list(arguments)) else _of(arguments).maybe


def items_to(result: Callable[[Type], Type]) -> Signature:
    """One list whose items can be told apart; the type of the value follows from theirs."""

    def signature(arguments: Sequence[Type]) -> Type | str:
        if wrong := _wrong_list(arguments):
            return wrong
        of = _of(arguments)
        if of.is_list:
            return "lists are not compared as wholes, so they cannot be told apart"
        if of.optional:
            return EMPTY_ITEMS
        return result(of)

    return signature


def _wrong_list(arguments: Sequence[Type]) -> str:
    is_list = len(arguments) == 1 and arguments[0].is_list
    return "" if is_list else f"takes one list, got {_got(arguments)}"


def _of(arguments: Sequence[Type]) -> Type:
    of = arguments[0].of
    assert of is not None  # lists have items
    return of


def _got(arguments: Sequence[Type]) -> str:
    return ", ".join(map(str, arguments)) or "nothing"


def possibly_empty(arguments: Sequence[Type]) -> Type | str:
    """One value that may be empty; the checker says it better where it never is."""
    if len(arguments) != 1:
        return f"takes 1 argument, got {len(arguments)}"
    return BOOL if arguments[0].optional else "the value is never empty, so the answer is always the same"


def quoted_day(arguments: Sequence[Type]) -> Type | str:
    """One text; that it stands in quotes and is a day is for the checker to see."""
    return DAY if list(arguments) == [TEXT] else "takes one day in quotes"


def default(arguments: Sequence[Type]) -> Type | str:
    """A value that may be empty, and one of the same type that is not."""
    if len(arguments) != 2:
        return f"takes 2 arguments, got {len(arguments)}"
    value, otherwise = arguments
    if not value.optional:
        return "the first argument is never empty, so the default is never used"
    if otherwise.optional or value.required != otherwise:
        return f"needs {_wanted((value.required,))} as default, got {otherwise}"
    return otherwise


def extreme(arguments: Sequence[Type]) -> Type | str:
    """One list (empty gives an empty value), or two or more values of one type."""
    if len(arguments) == 1 and arguments[0].is_list:
        of = _of(arguments)
        return of.maybe if of in (NUMBER, DAY) else f"needs numbers or days, got {arguments[0]}"
    if len(arguments) < 2 or any(a != arguments[0] for a in arguments) or arguments[0] not in (NUMBER, DAY):
        return f"needs one list, or several numbers or days, got {_got(arguments)}"
    return arguments[0]


def total(arguments: Sequence[Type]) -> Type | str:
    """One list of numbers."""
    if list(arguments) == [list_of(NUMBER.maybe)]:
        return EMPTY_ITEMS
    if list(arguments) != [list_of(NUMBER)]:
        return f"needs one list of numbers, got {_got(arguments)}"
    return NUMBER


def any_list(arguments: Sequence[Type]) -> Type | str:
    """One list of whatever; the value is a number."""
    if len(arguments) != 1 or not arguments[0].is_list:
        return f"needs one list, got {_got(arguments)}"
    return NUMBER


def tests_to(result: Type) -> Signature:
    """One list of true/false."""

    def signature(arguments: Sequence[Type]) -> Type | str:
        if list(arguments) == [list_of(BOOL.maybe)]:
            return EMPTY_ITEMS
        if list(arguments) != [list_of(BOOL)]:
            return f"needs one list of true/false, got {_got(arguments)}"
        return result

    return signature
