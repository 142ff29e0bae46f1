"""Rules that call every function of the language, with every kind of subject that it takes: made from the signatures.

A function that is added gets its rules by itself, or fails a test because nothing known here fits its arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, product

from attrs import frozen

from plantrack.rules.language.checker import check
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.schema import BOOL, DAY, NUMBER, OBJECTS, PERIOD, SUBJECTS, TEXT, Type, fields_of, list_of
from plantrack.rules.language.scope import Scope
from plantrack.rules.language.syntax import ExpressionError
from plantrack.rules.pack import Pack, load_pack


@frozen
class Call:
    """A call of a function in a rule about a kind.

    :ivar given: the optional fields that must not be empty for it.
    """

    function: str
    kind: str
    text: str
    type: Type
    given: tuple[str, ...]


@frozen
class _Argument:
    text: str
    type: Type
    given: tuple[str, ...] = ()
    own: bool = False

    @property
    def sort(self) -> str:
        """Arguments of one sort need not all be tried: lists of subjects are all alike."""
        of = self.type.of
        kind = "list of subjects" if of is not None and of.name in SUBJECTS else str(self.type)
        return kind + " itself" * self.own


@cache
def calls(function: str) -> tuple[Call, ...]:
    """Calls of a function, one for each sort of arguments that it takes: of a subject, and of what it refers to."""
    made: dict[tuple[str, ...], Call] = {}
    takes_empty = FUNCTIONS[function].takes_empty
    for kind in SUBJECTS:
        arguments = [argument for argument in _arguments(kind) if takes_empty or not argument.type.optional]
        for chosen in [*product(arguments, repeat=1), *product(arguments, repeat=2)]:
            sorts = tuple(argument.sort for argument in chosen)
            if sorts not in made and (call := _call(function, kind, chosen)) is not None:
                made[sorts] = call
    return tuple(made.values())


def _call(function: str, kind: str, chosen: tuple[_Argument, ...]) -> Call | None:
    if not isinstance(FUNCTIONS[function].signature([argument.type for argument in chosen]), Type):
        return None
    text = f"{function}({', '.join(argument.text for argument in chosen)})"
    given = tuple(dict.fromkeys(name for argument in chosen for name in argument.given))
    try:
        return Call(function, kind, text, check(text, Scope(kind, present=frozenset(given))).type, given)
    except ExpressionError:
        return None


def _arguments(kind: str) -> Iterator[_Argument]:
    yield _Argument(kind.lower(), Type(kind), own=True)
    for name, field in fields_of(kind).items():
        if field.optional:
            yield _Argument(name, field)
        yield _Argument(name, field.required, (name,) if field.optional else ())
        item = field.of
        if field.is_list and item is not None and item.name in SUBJECTS:
            yield _Argument(f"(one.id for one in {name})", list_of(TEXT))
            yield _Argument(f"(one.id != 'a' for one in {name})", list_of(BOOL))
        if name == "observations":
            yield _Argument("(one.value for one in observations)", list_of(NUMBER))
            yield _Argument("latest(observations)", Type("Observation"), ("latest(observations)",))
    yield _Argument("'2018-03-31'", TEXT)
    yield _Argument("today", DAY)
    yield _Argument("1", NUMBER)


def pack_of(chosen: Iterable[Call]) -> Pack:
    """A pack in which every call is made, for all subjects for which it can be, and its value told.

    Calls about one kind that need the same fields stand in one rule.
    """
    together: dict[tuple[str, tuple[str, ...]], list[Call]] = defaultdict(list)
    for call in chosen:
        together[call.kind, call.given].append(call)
    rules: list[str] = []
    for (kind, given), some in together.items():
        for number in range(0, len(some), 8):
            rules.append(_rule(f"all.r{len(rules)}", kind, given, some[number : number + 8]))
    return load_pack("plantrack-rules: 1\npack: all\nversion: 1.0.0\nrules:\n" + "".join(rules), "all.yaml")


_TRUE = {
    TEXT: "(x{n} == x{n})", BOOL: "(x{n} or not x{n})", DAY: "x{n} > date('1900-01-01')", NUMBER: "x{n} * 0 == 0",
    PERIOD: "period_end(x{n}) > date('1900-01-01')",
}  # fmt: skip


def _rule(name: str, kind: str, given: tuple[str, ...], some: list[Call]) -> str:
    lets = "".join(f"      x{n}: {_quoted(call.text)}\n" for n, call in enumerate(some))
    where = " and ".join(f"{field} is not None" for field in given)
    when = " and ".join(_true(n, call.type) for n, call in enumerate(some))
    message = "; ".join(f"{{x{n}}}" for n in range(len(some)))
    return (
        f"  - id: {name}\n    title: T\n    for: {kind}\n    severity: low\n"
        + (f"    where: {_quoted(where)}\n" if where else "")
        + f"    let:\n{lets}    when: {_quoted(when)}\n    message: {_quoted(message)}\n"
    )


def _true(number: int, kind: Type) -> str:
    """A condition that holds whatever the value is, and reads it."""
    if kind.is_list:
        return f"len(x{number}) * 0 == 0"
    if kind.required in _TRUE:
        test = _TRUE[kind.required].format(n=number)
    else:
        test = f"(x{number} == x{number})" if kind.name not in OBJECTS else _known(number, kind)
    return f"(x{number} is None or {test})" if kind.optional else test


def _known(number: int, kind: Type) -> str:
    field = next(name for name, of in fields_of(kind.name).items() if of == TEXT or of in _TRUE)
    return _TRUE[fields_of(kind.name)[field]].replace("x{n}", f"x{number}.{field}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def all_calls() -> list[Call]:
    """A call of every function with every sort of arguments."""
    return [call for function in FUNCTIONS for call in calls(function)]


def some_of_each() -> Pack:
    """Every function called, in one pack."""
    return pack_of(all_calls())


def first_calls(function: str, count: int) -> list[Call]:
    """The first calls of a function."""
    return list(islice(calls(function), count))
