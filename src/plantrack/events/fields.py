"""What a field of an event may hold, and what it means: converters that check, and markers that relate.

A converter runs when an event is *made* (by a caller or from foreign JSON); reading the log back skips it, because what
was stored was checked before. Markers say which field opens a subject and which refer to one: admission, the fold and
the filter of ``log`` all read them from here, so that no event type needs code of its own for these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from plantrack.errors import EventError, PlantrackError
from plantrack.events.person import REFUSED, Person, is_token
from plantrack.period import Period

T = TypeVar("T")

MAX_TEXT = 10_000
MAX_ITEMS = 1_000
MAX_EXPONENT = 30
MAX_NUMBER_TEXT = 2 * MAX_EXPONENT + 3  # both sides full, a digit before the exponent, point and sign
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")  # U+0085 is a line end of old systems
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_KIND = re.compile(r"[a-z][a-z-]{0,30}\Z")


def shown(value: object, length: int = 80) -> str:
    """A value as Python writes it, cut to ``length``; one that cannot be written, such as a huge int, by its type."""
    try:
        return repr(value)[:length]
    except (ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def kind_of(value: object) -> str:
    """What a value of JSON is, in words that do not need Python: "a text", "a number", "a mapping"."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    kinds: tuple[tuple[Any, str], ...] = (
        (str, "a text"), (int | float | Decimal, "a number"), (Mapping, "a mapping"), (list | tuple, "a list"),
    )  # fmt: skip
    return next((words for kind, words in kinds if isinstance(value, kind)), f"a {type(value).__name__}")


def is_slug(value: object) -> bool:
    """Whether :func:`slug` takes it."""
    return isinstance(value, str) and _SLUG.match(value) is not None


def slug(value: str) -> str:
    """An id: lower-case letters, digits, dot, hyphen, underscore; at most 100 characters; stable for ever."""
    if not is_slug(value):
        raise EventError(f"{shown(value)} is not an id: use lower-case letters, digits, '.', '-' and '_', at most 100")
    return value


def optional_slug(value: str | None) -> str | None:
    """An id or nothing."""
    return None if value is None else slug(value)


def text(value: str) -> str:
    """Text that is not blank, at most 10,000 characters, without control characters (line ends and tabs are kept).

    Nor does it hold what turns the direction of writing: a board would read something else than what is recorded.
    """
    if not isinstance(value, str):
        raise EventError(f"expected text, not {kind_of(value)}")
    if isinstance(value, Person):
        raise EventError(REFUSED)
    if not value.strip():
        raise EventError("the text is blank, and this is needed")
    if len(value) > MAX_TEXT:
        raise EventError(f"the text has {len(value)} characters; at most {MAX_TEXT} are kept")
    if found := _CONTROL.search(value):
        raise EventError(f"the text holds the control character U+{ord(found.group()):04X}; remove it")
    if found := _TURNED.search(value):
        raise EventError(f"the text holds U+{ord(found.group()):04X}, which turns the direction of writing; remove it")
    return value


def optional_text(value: str | None) -> str | None:
    """Text or nothing."""
    if isinstance(value, str) and not value.strip():
        raise EventError("the text is blank; leave the field out instead")
    return None if value is None else text(value)


def agent(value: str) -> str:
    """Who does or decides something: a role as text, or a natural person as :class:`Person`."""
    return value if isinstance(value, Person) else text(value)


def optional_agent(value: str | None) -> str | None:
    """A role, a natural person, or nothing."""
    return value if isinstance(value, Person) else optional_text(value)


def optional_person(value: str | None) -> str | None:
    """A natural person, or nothing."""
    return None if value is None else person(value)


def person(value: str) -> str:
    """A natural person, as :class:`Person` or by a token; never plain text, which would stay for ever."""
    if isinstance(value, Person) or (isinstance(value, str) and is_token(value)):
        return value
    raise EventError('plain text would be stored as it is; write Person("..."), in JSON {"person": "..."}')


def number(value: Decimal | int | str) -> Decimal:
    """An exact number. Floats are refused: they are not exact; NaN, infinities and absurd exponents too."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        if isinstance(value, float):
            raise EventError(f"{value} is not an exact number; give a Decimal, an int or text such as '76.9'")
        raise EventError(f"expected a number such as 76.9, not {kind_of(value)}")
    if isinstance(value, str) and len(value) > MAX_NUMBER_TEXT:
        raise EventError(f"the number has {len(value)} characters; at most {MAX_NUMBER_TEXT} are kept")
    try:
        result = Decimal(value)
        if result.is_finite() and isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise InvalidOperation  # Decimal reads 1_000, and digits of every alphabet
    except InvalidOperation:
        what = f"{shown(value, 40)} is not a number"
        raise EventError(f"{what}; write digits with a decimal point, such as '76.9'") from None
    if not result.is_finite():
        raise EventError(f"{value!s:.40} is not a finite number")
    exponent = result.as_tuple().exponent
    assert isinstance(exponent, int)
    if abs(exponent) > MAX_EXPONENT or result.adjusted() > MAX_EXPONENT:
        raise EventError(f"the number {result:.3e} is out of bounds (at most {MAX_EXPONENT} digits each side)")
    return result


def optional_number(value: Decimal | int | str | None) -> Decimal | None:
    """An exact number or nothing (unknown is not zero)."""
    return None if value is None else number(value)


def whole(value: int | None) -> int | None:
    """A whole number of at most nine digits, or nothing."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**9):
        raise EventError(f"{shown(value, 40)} is not a whole number of at most nine digits")
    return value


def place(value: int) -> int:
    """A position in a log, from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
        raise EventError(f"{shown(value, 40)} is not a position in a log, which is a whole number from 1")
    return value


def digest(value: str) -> str:
    """A SHA-256 digest: 64 hexadecimal digits in lower case."""
    if not isinstance(value, str) or not _DIGEST.match(value):
        raise EventError(f"{shown(value)} is not a SHA-256 digest: write its 64 hexadecimal digits in lower case")
    return value


def period(value: Period | date | str) -> Period:
    """A date with a precision. Text is read if it means the same whatever the fiscal year of the plan.

    "2018-01-31", "2018-01" and "end March 2018" do; "2017/18" and "Q3 17/18" depend on when the plan's fiscal year
    starts: read those with ``plan.period("2017/18")``.
    """
    if isinstance(value, Period):
        return value
    if isinstance(value, date):
        return Period.day(value)
    if not isinstance(value, str):
        raise EventError(f"expected a date or period, not {kind_of(value)}")
    read = Period.parse(value)
    if Period.parse(value, fiscal_year_start=1) != read:
        raise EventError(f"{value!r} depends on when the fiscal year starts; use plan.period({value!r})")
    return read


def optional_period(value: Period | date | str | None) -> Period | None:
    """A date with a precision, or nothing."""
    return None if value is None else period(value)


def day(value: date | str) -> date:
    """A calendar day."""
    try:
        result = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value
    except ValueError:
        result = value
    if not isinstance(result, date) or isinstance(result, datetime):
        written = shown(value, 40) if isinstance(value, str | date) else kind_of(value)
        raise EventError(f"{written} is not a day; write for example 2018-12-25")
    return result


def days(values: Iterable[date | str]) -> tuple[date, ...]:
    """Calendar days, each once, in order."""
    return tuple(sorted({day(value) for value in items(values)}))


def reference(value: str) -> str:
    """A reference ``kind:id`` to something in the same plan."""
    kind, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or not _KIND.match(kind) or not _SLUG.match(name):
        raise EventError(f"{shown(value)} is not a reference; write kind:id, such as initiative:community-redesign")
    return value


def optional_reference(value: str | None) -> str | None:
    """A reference ``kind:id``, or nothing."""
    return None if value is None else reference(value)


def qualified_reference(value: str) -> str:
    """A reference ``plan/kind:id`` to something in another plan."""
    plan, slash, rest = value.partition("/") if isinstance(value, str) else ("", "", "")
    if not slash or not _SLUG.match(plan):
        raise EventError(f"{shown(value)} is not a reference to another plan; write plan/kind:id")
    reference(rest)
    return value


@attrs.frozen(kw_only=True)
class Code:
    """One code of a framework; ``title`` is ``None`` where the source heads a column and never explains it."""

    code: str = attrs.field(converter=slug)
    title: str | None = attrs.field(default=None, converter=optional_text)


@attrs.frozen(kw_only=True)
class Attribute:
    """A custom column: a name with exactly one of text, number or date."""

    name: str = attrs.field(converter=slug)
    text: str | None = attrs.field(default=None, converter=optional_text)
    number: Decimal | None = attrs.field(default=None, converter=optional_number)
    date: Period | None = attrs.field(default=None, converter=optional_period)

    def __attrs_post_init__(self) -> None:
        if sum(v is not None for v in (self.text, self.number, self.date)) != 1:
            raise EventError(f"attribute {self.name!r} needs exactly one of text, number and date")


@attrs.frozen(kw_only=True)
class Attachment:
    """Evidence kept elsewhere: a name and the SHA-256 of its bytes (64 hexadecimal digits)."""

    name: str = attrs.field(converter=text)
    sha256: str = attrs.field(converter=digest)


def attributes(
    values: Iterable[Attribute] | Mapping[str, str | Decimal | int | date | Period],
) -> tuple[Attribute, ...]:
    """Custom columns, given as a mapping or as :class:`Attribute` objects; sorted by name, each once."""
    if isinstance(values, Mapping):
        values = [_attribute(name, value) for name, value in values.items()]
    result = tuple(sorted(each(Attribute, values), key=lambda a: a.name))
    if len({a.name for a in result}) < len(result):
        raise EventError("an attribute is given twice")
    return result


def optional_attributes(values: Iterable[Attribute] | None) -> tuple[Attribute, ...] | None:
    """Custom columns, or nothing."""
    return None if values is None else attributes(values)


def _attribute(name: str, value: str | Decimal | int | date | Period) -> Attribute:
    if isinstance(value, str):
        return Attribute(name=name, text=value)
    if isinstance(value, Period | date):
        return Attribute(name=name, date=period(value))
    return Attribute(name=name, number=value)


def codes(values: Iterable[Code]) -> tuple[Code, ...]:
    """The codes of a framework."""
    return each(Code, values)


def attachments(values: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Evidence kept elsewhere."""
    return each(Attachment, values)


def each(kind: type[T], values: Iterable[T]) -> tuple[T, ...]:
    """A tuple of at most 1,000 items, each of a type."""
    result = items(values)
    for value in result:
        if not isinstance(value, kind):
            raise EventError(f"{shown(value, 40)} is not of type {kind.__name__}")
    return result


def items(values: Iterable[T]) -> tuple[T, ...]:
    """A tuple of at most 1,000 items."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise EventError(f"expected a list, not {kind_of(values)}")
    result = tuple(values)
    if len(result) > MAX_ITEMS:
        raise EventError(f"{len(result)} items; at most {MAX_ITEMS} are kept")
    return result


# --- markers: metadata of a field ------------------------------------------------------------------------------------


def opens(kind: str, *, again: bool = False) -> dict[str, Any]:
    """The field names a new subject of ``kind``. ``again``: later events may define it anew (a version of a list)."""
    return {"opens": kind, "again": again}


def refers(kind: str) -> dict[str, Any]:
    """The field holds the id of a subject of ``kind`` that was recorded before."""
    return {"refers": kind}


def refers_any() -> dict[str, Any]:
    """The field holds ``kind:id`` of a subject that was recorded before."""
    return {"refers": "*"}


def names(kind: str) -> dict[str, Any]:
    """The field holds the id of a subject of ``kind`` as it was printed, also where there is none."""
    return {"names": kind}


def named(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """An attrs ``field_transformer``: values fit the types of their fields, and errors name the class and the field."""
    return [f.evolve(converter=_naming(cls, f, f.converter or _typed(cls, f.name))) for f in fields]


def _naming(cls: type, field: attrs.Attribute[Any], convert: Any) -> Callable[[Any], Any]:
    name, personal = field.name, "personal" in field.metadata

    def converter(value: Any) -> Any:
        try:
            if isinstance(value, Person) and not personal:
                raise EventError(REFUSED)
            return convert(value)
        except PlantrackError as problem:
            raise EventError(f"{cls.__name__}.{name}: {problem}") from None

    return converter


def _typed(cls: type, name: str) -> Callable[[Any], Any]:
    """The converter of a field that declares none: it takes what the field's type says and nothing else."""

    def converter(value: Any) -> Any:
        fits, expected = _fitting(cls, name)
        if not fits(value):
            raise EventError(f"{shown(value, 40)} is not {expected}")
        return value

    return converter


@cache  # not before it is needed: in the class body the names of the module may be undefined
def _fitting(cls: type, name: str) -> tuple[Callable[[Any], bool], str]:
    hint = get_type_hints(cls)[name]
    optional = get_origin(hint) in (Union, UnionType)
    if optional:
        hint = next(h for h in get_args(hint) if h is not type(None))
    if get_origin(hint) is Literal:
        known = get_args(hint)
        return lambda v: (v is None and optional) or (isinstance(v, str) and v in known), f"one of {', '.join(known)}"
    expected = "true or false" if hint is bool else f"of type {hint.__name__}"
    return lambda v: (v is None and optional) or isinstance(v, hint), expected
