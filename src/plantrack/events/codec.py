"""Events to JSON and back; the closed registry of event types.

One cattrs converter knows every type: it writes events and structures foreign input, with errors that name the field.
Reading the log takes the short way instead, msgspec straight into the classes (a third of the time); both are held
equal by a test. Nothing is ever imported by a name found in a file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Any, Generic, Literal, TypeVar, cast, get_args, get_origin

import attrs
import msgspec
from attrs import frozen
from cattrs import Converter, transform_error
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.msgspec import make_converter

from plantrack.errors import EventError, PlantrackError, StoredEventError, did_you_mean
from plantrack.events import (
    assurance,
    commitment,
    correction,
    dependency,
    fields,
    governance,
    initiative,
    measure,
    money,
    plan,
    progress,
    risk,
    schedule,
)
from plantrack.events.envelope import Event, Proposal, RecordedEvent, Source
from plantrack.events.person import REFUSED, Person, personal
from plantrack.events.personal import personal_fields
from plantrack.events.upcasting import upcast
from plantrack.period import Period, as_period, read_stored

E = TypeVar("E")

FAMILIES = (
    plan, initiative, schedule, measure, money, dependency, commitment, risk, governance, progress, assurance,
    correction,
)  # fmt: skip
TYPES: dict[str, type[Event]] = {
    cls.__name__: cls
    for family in FAMILIES
    for cls in vars(family).values()
    if isinstance(cls, type) and issubclass(cls, Event) and cls.__module__ == family.__name__
}
TOPICS: dict[type[Event], str] = {cls: f"{name}@{cls.SCHEMA}" for name, cls in TYPES.items()}


def event_type(name: str) -> type[Event]:
    """The class of events called ``name``.

    :raises EventError: there is none.
    """
    if isinstance(name, str) and (cls := TYPES.get(name)):
        return cls
    if not isinstance(name, str):
        raise EventError(f"expected the name of an event type, not {fields.kind_of(name)}; {did_you_mean('', TYPES)}")
    raise EventError(f"unknown event type {fields.shown(name, 60)}; {did_you_mean(name, TYPES)}")


# --- writing ---------------------------------------------------------------------------------------------------------


@lru_cache
def converter(fiscal_year_start: int) -> Converter:
    """The converter for a plan whose fiscal year starts in that month (foreign input may say "2017/18")."""
    result = make_converter(omit_if_default=True, forbid_extra_keys=True, detailed_validation=True)

    def exactly(kind: type, words: str) -> Callable[[Any, Any], Any]:
        def hook(value: Any, _: Any) -> Any:
            if isinstance(value, Mapping) and value.keys() == {"person"}:
                raise EventError(REFUSED)
            if type(value) is not kind:
                raise EventError(f"expected {words}, not {fields.kind_of(value)}")
            return value

        return hook

    result.register_structure_hook(str, exactly(str, "text"))
    result.register_structure_hook(bool, exactly(bool, "true or false"))
    result.register_structure_hook(int, exactly(int, "a whole number"))
    result.register_structure_hook(Decimal, lambda value, _: fields.number(value))
    result.register_structure_hook(date, lambda value, _: fields.day(value))
    result.register_structure_hook(Period, lambda value, _: _foreign_period(value, fiscal_year_start))
    result.register_structure_hook(Event, lambda value, _: _structure_replacement(value, result))
    result.register_structure_hook_func(_is(Literal), _structure_choice)
    result.register_structure_hook_func(_is(tuple), lambda value, kind: _structure_list(value, kind, result))
    result.register_unstructure_hook(Decimal, str)
    result.register_unstructure_hook(date, date.isoformat)
    result.register_unstructure_hook(datetime, datetime.isoformat)
    result.register_unstructure_hook(Period, Period.stored)
    result.register_unstructure_hook(Event, lambda value: _unstructure_nested(value, result))
    result.register_structure_hook_func(
        lambda kind: kind == tuple[fields.Attribute, ...], lambda value, _: _structure_attributes(value, result)
    )
    parts: list[type] = [fields.Code, fields.Attribute, fields.Attachment, assurance.Parameter, assurance.SealedPack]
    classes = [*parts, Source, Envelope, *TYPES.values()]
    for cls in classes:
        attrs.resolve_types(cls)
        people: dict[str, Any] = {name: override(struct_hook=_structure_agent) for name in personal_fields(cls)}
        structured: Callable[[Any, Any], Any] = make_dict_structure_fn(
            cls, result, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True, **people
        )
        result.register_structure_hook(cls, partial(_structure_object, structured))
        result.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, result, _cattrs_omit_if_default=True))
    return result


def _foreign_period(value: object, fiscal_year_start: int) -> Period:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a bare year
    if not isinstance(value, str):
        raise EventError(f"expected a date or period as text, not {fields.kind_of(value)}")
    if "/" in value and " " in value:  # the stored form, as ``export`` writes it: START/END PRECISION TEXT
        try:
            return Period.from_stored(value)
        except PlantrackError:
            pass
    return as_period(value, fiscal_year_start=fiscal_year_start)


def _is(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _structure_object(structured: Callable[[Any, Any], Any], value: Any, kind: type) -> Any:
    if not isinstance(value, Mapping):
        raise EventError(f"expected an object, not {fields.kind_of(value)}")
    return structured(value, kind)


def _structure_list(value: Any, kind: Any, via: Converter) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise EventError(f"expected a list, not {fields.kind_of(value)}")
    items: Any = list[get_args(kind)[0]]  # type: ignore[misc]  # mypy takes it for an alias
    return tuple(via.structure(value, items))


def _structure_agent(value: Any, _: Any) -> str | None:
    """A role as text, or a natural person as ``{"person": NAME}``."""
    if isinstance(value, Mapping) and value.keys() == {"person"}:
        return Person(value["person"])
    if value is not None and type(value) is not str:
        said = 'expected text, or a natural person as {"person": "the name"}'
        raise EventError(f"{said}, not {fields.kind_of(value)}")
    return value


def _structure_choice(value: Any, kind: Any) -> str:
    known: tuple[str, ...] = get_args(kind)
    if not isinstance(value, str) or value not in known:
        written = fields.shown(value, 40) if isinstance(value, str) else fields.kind_of(value)
        raise EventError(f"{written} is not one of {', '.join(known)}")
    return value


def _structure_attributes(value: Any, via: Converter) -> tuple[fields.Attribute, ...]:
    """Custom columns as a mapping ``{name: text or number}``, or as the list in which they are stored."""
    if isinstance(value, Mapping):
        return fields.attributes(value)
    if not isinstance(value, list):
        raise EventError(f"expected a mapping or a list of attributes, not {fields.kind_of(value)}")
    return fields.attributes(via.structure(value, list[fields.Attribute]))


def _unstructure_nested(value: Event, via: Converter) -> dict[str, Any]:
    name = type(value).__name__
    return {"type": name, "schema": type(value).SCHEMA, "data": via.unstructure(value, type(value))}


def _structure_replacement(value: Any, via: Converter) -> Event:
    if isinstance(value, Mapping) and value.get("type") in ("EventCorrected", "EventRetracted"):
        raise EventError(correction.NESTED)  # before looking inside: it could be nested without end
    return _structure_nested(value, via)


def _structure_nested(value: Any, via: Converter) -> Event:
    if not isinstance(value, Mapping) or set(value) - {"type", "schema", "data"} or "type" not in value:
        raise EventError('expected {"type": ..., "data": {...}}')
    cls = event_type(value["type"])
    data = value.get("data", {})
    if not isinstance(data, dict):
        raise EventError("expected an object under 'data'")
    schema = value.get("schema", cls.SCHEMA)
    if type(schema) is not int or not 1 <= schema <= cls.SCHEMA:
        raise EventError(f"{cls.__name__} has schemas 1 to {cls.SCHEMA}, not {fields.shown(schema, 20)}")
    return _structure(upcast(cls.__name__, schema, cls.SCHEMA, dict(data)), cls, via)


@frozen(kw_only=True)
class Envelope:
    """What one stored payload holds; position, type, event id and time of recording are columns beside it."""

    effective: Period
    actor: str | None = attrs.field(default=None, metadata=personal())
    reason: str | None = None
    source: Source | None = None
    causation_id: str | None = None
    correlation_id: str | None = None
    clock_regressed: bool = False


def _foreign_text(value: Any) -> str:
    """A kind of text of somebody else's, such as NumPy's, as text; never a name that has no token yet."""
    if isinstance(value, Person):
        raise EventError(REFUSED)
    if isinstance(value, str):
        return str.__str__(value)
    raise EventError(f"{fields.shown(value, 40)} cannot be stored")


_encoder = msgspec.json.Encoder(enc_hook=_foreign_text)
_ENVELOPE = ("effective", "actor", "reason", "source", "causation_id", "correlation_id")


def encode(proposal: Proposal, clock_regressed: bool = False, sealed: Mapping[str, str] | None = None) -> bytes:
    """The payload to store: JSON that a person can read in an SQLite shell.

    :param sealed: the sealed names of natural persons, by the path of the field that holds their token.
    :raises EventError: the event is of no type that this version knows, or holds a name that has no token yet.
    """
    if type(proposal.data) not in TOPICS:
        raise EventError(f"{type(proposal.data).__name__} is not one of the event types of plantrack")
    out: dict[str, Any] = {"effective": proposal.effective.stored()}
    for name in _ENVELOPE[1:]:
        value = getattr(proposal, name)
        if value is not None:
            out[name] = value if isinstance(value, str) else _writer(cast(Any, type(value)))(value)
    if clock_regressed:
        out["clock_regressed"] = True
    out["data"] = _writer(cast(Any, type(proposal.data)))(proposal.data)
    if sealed:
        out["sealed"] = dict(sealed)
    return _encoder.encode(out)


@cache
def _writer(cls: Any) -> Callable[[Any], Any]:
    """The hook that makes plain JSON values of a class, looked up once."""
    return converter(4).get_unstructure_hook(cls)


def check_readable(proposal: Proposal, payload: bytes) -> None:
    """Saved means readable: refuse what would not come back as it was said.

    :raises EventError: it would not, because somebody went round the checks that run when an event is made.
    """
    topic = TOPICS[type(proposal.data)]
    try:
        fact, envelope = decode_fact(topic, payload), _envelope(payload)
    except (StoredEventError, *_DAMAGE) as problem:
        raise EventError(f"{topic} would not be readable once stored: {problem}") from None
    if fact.data != proposal.data or any(getattr(envelope, name) != getattr(proposal, name) for name in _ENVELOPE):
        raise EventError(f"{topic} would come back from the store as something else: {fields.shown(fact.data)}")


def content_id(proposal: Proposal, payload: bytes) -> str:
    """An event id derived from what is said, so that saying it twice records it once."""
    digest = hashlib.sha256(TOPICS[type(proposal.data)].encode() + b"\0" + payload)
    return f"e-{digest.hexdigest()[:20]}"


def jsonable(value: Any) -> Any:
    """Any event, period, number or list of them as plain JSON values."""
    return converter(4).unstructure(value)


# --- foreign input ---------------------------------------------------------------------------------------------------


def structure(type_name: str, data: object, *, fiscal_year_start: int = 4) -> Event:
    """An event from foreign JSON values.

    :raises EventError: unknown type or field, missing field, value out of bounds; names the field and the reason.
    """
    cls = event_type(type_name)
    if not isinstance(data, dict):
        raise EventError(f"{cls.__name__}: expected an object under 'data', not {fields.kind_of(data)}")
    return _structure(data, cls, converter(fiscal_year_start))


_LINE = {"event_id", "type", "schema", "effective", "actor", "reason", "source", "data", "causation_id",
         "correlation_id"}  # fmt: skip


def structure_proposal(line: object, *, fiscal_year_start: int = 4) -> Proposal:
    """A proposal from one line of ``record``: ``{"type", "effective", "data", "actor"?, "source"?, ...}``.

    :raises EventError: names the field and the reason.
    """
    if not isinstance(line, dict):
        raise EventError(f"expected a JSON object, not {fields.kind_of(line)}")
    for key in line:
        if key not in _LINE:
            raise EventError(f"unknown field {fields.shown(key, 60)}; {did_you_mean(str(key), _LINE)}")
    for key in ("type", "effective", "data"):
        if key not in line:
            raise EventError(f"the field {key!r} is missing")
    via = converter(fiscal_year_start)
    nested = {key: line[key] for key in ("type", "schema", "data") if key in line}
    data = _structure_nested(nested, via)
    rest = {key: line[key] for key in line if key in _ENVELOPE and line[key] is not None}
    try:
        envelope = _structure(rest, Envelope, via)
        return Proposal(
            data=data,
            event_id=line.get("event_id"),
            **{name: getattr(envelope, name) for name in _ENVELOPE},
        )
    except EventError as problem:  # a line has fields, and nobody who writes one knows our classes
        raise EventError(str(problem).removeprefix("Envelope: ").removeprefix("Proposal.")) from None


def _structure(data: Any, cls: type[E], via: Converter) -> E:
    try:
        return via.structure(data, cls)
    except (ClassValidationError, IterableValidationError) as problem:
        said = [_PATH.sub(_place, text) for text in transform_error(problem, format_exception=_words)]
        name = cls.__name__  # some name their class themselves
        said = [text.removeprefix(f"{name} ").removeprefix(f"{name}.") for text in said]
        raise EventError(f"{name}: {'; '.join(said)}") from None
    except PlantrackError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise EventError(f"{cls.__name__}: {problem}") from None


_PATH = re.compile(r" @ \$\.?(.*)\Z")


def _place(path: re.Match[str]) -> str:
    """Where in the input, as a person writes it, instead of cattrs' ``@ $.source``."""
    return f" (at {path[1]})" if path[1] else ""


def _words(problem: BaseException, _type: type | None) -> str:
    """The wording of one structuring error; cattrs adds the path of the field."""
    if isinstance(problem, KeyError):
        return f"the field {problem.args[0]!r} is missing"
    if isinstance(problem, ForbiddenExtraKeysError):
        known = [f.name for f in attrs.fields(problem.cl)] if problem.cl else []
        unknown = sorted(str(name) for name in problem.extra_fields)
        return f"unknown field {', '.join(map(repr, unknown))}; {did_you_mean(unknown[0], known)}"
    return str(problem)


# --- reading the log -------------------------------------------------------------------------------------------------


@frozen
class Fact(Generic[E]):
    """What the fold needs of a stored event: when it became true, and the event itself."""

    effective: Period
    data: E


def _from_text(kind: Any, value: Any) -> Any:
    if kind is Period:
        return read_stored(value)
    if kind is Event:
        return _structure_replacement(value, converter(4))
    raise NotImplementedError(kind)  # msgspec's protocol for types it does not know


# Each figure holds three periods, most of them seen before: this way msgspec finds them without a call of Python.
_remembered = lru_cache(maxsize=65_536)(_from_text)
_fact_of: Any = Fact  # subscripted by values, which mypy does not take for types
_facts: dict[str, Callable[[bytes], Fact[Any]]] = {
    TOPICS[cls]: msgspec.json.Decoder(
        _fact_of[cls], dec_hook=_from_text if cls is correction.EventCorrected else _remembered
    ).decode
    for cls in TYPES.values()
}
_envelope = msgspec.json.Decoder(Envelope, dec_hook=_from_text).decode
_raw = msgspec.json.Decoder(dict[str, Any]).decode


def decode_fact(topic: str, payload: bytes) -> Fact[Any]:
    """Effective period and event of one stored row.

    :raises StoredEventError: unknown type, a schema newer than this version's, or damaged content.
    """
    try:
        return _facts[topic](payload)
    except KeyError:
        return _decode_older(topic, payload)
    except _DAMAGE as problem:
        raise StoredEventError(f"a stored {topic} cannot be read: {problem}") from None


# What the decoders raise on content that we did not write.
_DAMAGE = (msgspec.MsgspecError, PlantrackError, UnicodeDecodeError, ArithmeticError, TypeError, RecursionError)
_OLDER = {f"{name}@{schema}": (cls, schema) for name, cls in TYPES.items() for schema in range(1, cls.SCHEMA)}


def _decode_older(topic: str, payload: bytes) -> Fact[Any]:
    if topic not in _OLDER:
        cls = TYPES.get(topic.partition("@")[0]) if isinstance(topic, str) else None
        newest = "this version does not know the type" if cls is None else f"this version reads up to @{cls.SCHEMA}"
        raise StoredEventError(
            f"a stored event is a {fields.shown(topic)}: {newest}; it was written by a newer version"
        )
    cls, schema = _OLDER[topic]
    try:
        raw = _raw(payload)
        data = upcast(cls.__name__, schema, cls.SCHEMA, raw["data"])
        return Fact(Period.from_stored(raw["effective"]), _structure(data, cls, converter(4)))
    except KeyError as missing:
        raise StoredEventError(f"a stored {topic} cannot be read: the field {missing} is missing") from None
    except _DAMAGE as problem:
        raise StoredEventError(f"a stored {topic} cannot be read: {problem}") from None


@frozen
class _Sealed:
    sealed: dict[str, str] = attrs.field(factory=dict)


_sealed = msgspec.json.Decoder(_Sealed).decode


def sealed_names(payload: bytes) -> dict[str, str]:
    """The sealed names of natural persons in one stored row, by the path of the field that holds their token.

    :raises StoredEventError: they cannot be read.
    """
    try:
        return _sealed(payload).sealed
    except _DAMAGE as problem:
        raise StoredEventError(f"sealed names cannot be read: {problem}") from None


def decode(plan: str, position: int, topic: str, payload: bytes, event_id: str, recorded_at: datetime) -> RecordedEvent:
    """The whole event of one stored row.

    :raises StoredEventError: as :func:`decode_fact`.
    """
    data = decode_fact(topic, payload).data
    try:
        envelope = _envelope(payload)
    except _DAMAGE as problem:
        raise StoredEventError(f"a stored {topic} cannot be read: {problem}") from None
    return RecordedEvent(
        plan=plan,
        position=position,
        event_id=event_id,
        recorded_at=recorded_at,
        data=data,
        clock_regressed=envelope.clock_regressed,
        **{name: getattr(envelope, name) for name in _ENVELOPE},
    )
