"""Events are kept for ever: what is said is read back to the last digit and word, and what cannot be is refused."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantrack.errors import EventError, StoredEventError
from plantrack.events import (
    TYPES,
    Attachment,
    Attribute,
    BaselineSet,
    BenchmarkRecorded,
    BodyRegistered,
    Code,
    Event,
    EventCorrected,
    EventRetracted,
    FrameworkDefined,
    InitiativeProposed,
    MeasureDefined,
    MilestoneReached,
    MilestoneSet,
    Observed,
    Parameter,
    PlanOpened,
    ProgressReported,
    Proposal,
    RiskAssessed,
    SavingPlanned,
    Source,
    structure,
    structure_proposal,
)
from plantrack.events.codec import TOPICS, Envelope, check_readable, content_id, decode, decode_fact, encode
from plantrack.events.envelope import moment, stamp
from plantrack.events.upcasting import UPCASTERS, upcast
from plantrack.period import Period
from tests.strategies import CORRECTIONS, events_of, examples, holds, periods, proposals

GOLDEN = Path(__file__).parent / "golden"
RECORDED = datetime(2018, 2, 1, 9, 30, tzinfo=UTC)
ENVELOPE = ("data", "effective", "actor", "reason", "source", "causation_id", "correlation_id")
ALL_TYPES = pytest.mark.parametrize("cls", TYPES.values(), ids=TYPES)


def fields_of(cls: Any) -> Sequence[attrs.Attribute[Any]]:
    """The fields of an attrs class."""
    found: Sequence[attrs.Attribute[Any]] = attrs.fields(cls)
    return found


def january(event: Event, **envelope: Any) -> Proposal:
    """The event as proposed, effective in January 2018."""
    return Proposal(data=event, effective=Period.parse("2018-01"), **envelope)


def line_of(proposal: Proposal) -> dict[str, Any]:
    """The proposal as a line of ``record``."""
    kind = type(proposal.data)
    line = {"type": kind.__name__, "schema": kind.SCHEMA, **json.loads(encode(proposal))}
    return line if proposal.event_id is None else line | {"event_id": proposal.event_id}


# --- there and back --------------------------------------------------------------------------------------------------


def comes_back(proposal: Proposal) -> None:
    """Whichever way an event is read, every digit, word and wording of a date is as it was."""
    topic, payload = TOPICS[type(proposal.data)], encode(proposal)
    event = decode("medway", 7, topic, payload, "e-1", RECORDED)
    said = [getattr(proposal, name) for name in ENVELOPE]
    assert [getattr(event, name) for name in ENVELOPE] == said
    assert repr([getattr(event, name) for name in ENVELOPE]) == repr(said)  # equality overlooks 1.0 and 1.00
    assert (event.plan, event.position, event.event_id, event.recorded_at) == ("medway", 7, "e-1", RECORDED)
    assert event.clock_regressed is False
    assert event.same_content(proposal)

    assert repr(structure(event.type, json.loads(payload)["data"])) == repr(decode_fact(topic, payload).data)

    elsewhere = structure_proposal(line_of(proposal), fiscal_year_start=9)  # stored dates mean the same in every plan
    assert elsewhere == proposal
    assert repr(elsewhere) == repr(proposal)


def comes_back_in_every_form(proposal: Proposal) -> None:
    """The event, the event with nothing but what it needs, and the event as the replacement in a correction."""
    event = proposal.data
    forms: list[Event] = [event]
    required = [f.name for f in fields_of(type(event)) if f.default is attrs.NOTHING]
    with suppress(EventError):  # some need one of several optional fields
        forms.append(type(event)(**{name: getattr(event, name) for name in required}))
    if not isinstance(event, CORRECTIONS):
        forms.append(EventCorrected(event="e-1", replacement=event, effective=proposal.effective))
    for form in forms:
        comes_back(attrs.evolve(proposal, data=form))


@ALL_TYPES
def test_every_event_comes_back(cls: type[Event]) -> None:
    """What is stored is read back exactly, by the fast path, by cattrs, and from a line of JSON.

    In the profile ``ci`` these are 60 examples of each of 58 types in up to three forms: above 10,000 payloads.
    """
    proposed = st.builds(Proposal, data=events_of(cls), effective=periods())
    holds(comes_back_in_every_form, proposed, examples(0.2))


@pytest.mark.soak
@ALL_TYPES
def test_every_event_comes_back_every_time(cls: type[Event]) -> None:
    """What is stored is read back exactly: ten thousand of each type, in any envelope."""
    holds(comes_back, proposals(events_of(cls)), settings(max_examples=10_000))


@given(proposals(events_of(MilestoneReached)))
def test_every_envelope_comes_back(proposal: Proposal) -> None:
    """Actor, reason, source and ids are read back exactly."""
    comes_back(proposal)


def test_the_payload_is_json_that_a_person_can_read() -> None:
    """In an SQLite shell a row reads as it was written: dates in words, numbers exact, defaults left out."""
    observed = Observed(measure="waits", period=Period.parse("Q3 2017/18"), value=Decimal("76.90"))
    source = Source(document="Board paper", locator="p. 3")
    assert encode(january(observed, actor="pmo", source=source), clock_regressed=True).decode() == (
        '{"effective":"2018-01","actor":"pmo","source":{"document":"Board paper","locator":"p. 3"},'
        '"clock_regressed":true,"data":{"measure":"waits",'
        '"period":"2017-10-01/2017-12-31 quarter Q3 2017/18","value":"76.90"}}'
    )


def test_a_clock_that_ran_backwards_is_read_back() -> None:
    """The flag that ``recorded_at`` was held is part of what is stored."""
    payload = encode(january(BodyRegistered(body="board", title="Board")), clock_regressed=True)
    assert decode("medway", 7, "BodyRegistered@1", payload, "e-1", RECORDED).clock_regressed is True


def test_a_kind_of_text_becomes_text() -> None:
    """Texts of somebody else's class, such as NumPy's, are stored as what they say."""

    class Foreign(str):
        def __str__(self) -> str:
            return "something else"

    payload = encode(january(BodyRegistered(body=Foreign("board"), title=Foreign("Board"))))
    assert payload == b'{"effective":"2018-01","data":{"body":"board","title":"Board"}}'


@examples(0.3)
@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_comes_back_and_sorts(when: datetime) -> None:
    """Times of recording are stored in UTC, to the microsecond, as texts that sort as the times do."""
    try:
        text = stamp(when)
    except OverflowError:  # outside the years 1 to 9999 once in UTC
        return
    assert len(text) == len("2018-02-01T09:30:00.000000Z")
    assert moment(text) == when.astimezone(UTC)
    assert (text < stamp(RECORDED)) == (when < RECORDED)


# --- the golden files ------------------------------------------------------------------------------------------------


def _type(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(repr(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_type(get_args(hint)[0])}"
    if type(None) in get_args(hint):
        return " or ".join(_type(choice) for choice in get_args(hint))
    return "nothing" if hint is type(None) else str(hint.__name__)


def _field(field: attrs.Attribute[Any], hint: Any) -> str:
    default = "" if field.default is attrs.NOTHING else f", else {json.dumps(field.default)}"
    opens = f"; opens {field.metadata['opens']}" if "opens" in field.metadata else ""
    again = ", perhaps again" if field.metadata.get("again") else ""
    refers = f"; refers to {field.metadata['refers']}" if "refers" in field.metadata else ""
    personal = "; personal" if "personal" in field.metadata else ""
    return _type(hint) + default + opens + again + refers + personal


def _fields(cls: Any) -> dict[str, str]:
    hints = get_type_hints(cls)
    return {field.name: _field(field, hints[field.name]) for field in fields_of(cls)}


def described() -> dict[str, Any]:
    """Every stored class in words: what the file of a store may hold."""
    parts = {cls.__name__: _fields(cls) for cls in (Envelope, Source, Code, Attribute, Attachment, Parameter)}
    types = {name: {"schema": cls.SCHEMA, "fields": _fields(cls)} for name, cls in sorted(TYPES.items())}
    return {"parts": parts, "types": types}


def test_stored_schemas_change_only_on_purpose() -> None:
    """A changed field changes what old files mean: it takes a new schema, a step for old events, and a row to keep.

    So does one that is only added: a version that does not know it would leave it out without a word.
    """
    file = GOLDEN / "event-schemas.json"
    golden, now = json.loads(file.read_text("utf-8")), described()
    changed = sorted(
        name
        for name in golden["types"].keys() | now["types"].keys()
        if golden["types"].get(name) != now["types"].get(name)
    )
    parts = sorted(name for name in golden["parts"] if golden["parts"][name] != now["parts"].get(name))
    same_schema = [
        name
        for name in changed
        if golden["types"].get(name, {}).get("schema") == now["types"].get(name, {}).get("schema")
    ]
    gone = sorted(golden["types"].keys() - now["types"].keys())
    if os.environ.get("RENEW_GOLDEN") and not same_schema and not gone:
        file.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    assert (changed, parts) == ([], []), (
        f"stored fields changed: {', '.join(changed + parts)}.\n"
        "Raise SCHEMA in each type, add the step from the schema before to events/upcasting.py, add a row of the new"
        " schema to tests/golden/events-v1.jsonl, then renew this file:"
        " RENEW_GOLDEN=1 pytest tests/test_events.py -k schemas\n"
        f"SCHEMA not raised yet: {', '.join(same_schema) or 'none'}; a type is never removed: {', '.join(gone) or '-'}"
    )


ROWS: list[dict[str, Any]] = [json.loads(line) for line in (GOLDEN / "events-v1.jsonl").read_text("utf-8").splitlines()]


def plain(value: Any) -> Any:
    """Any value of an event with all its fields, defaults too, as JSON holds it."""
    if isinstance(value, Period):
        return value.stored()
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if attrs.has(type(value)):
        return {"class": type(value).__name__} | {f.name: plain(getattr(value, f.name)) for f in fields_of(type(value))}
    return value


def agrees(now: Any, then: Any) -> bool:
    """Whether everything that was read then is read now; fields that were added since do not matter."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(key in now and agrees(now[key], then[key]) for key in then)
    if isinstance(then, list):
        return isinstance(now, list) and len(now) == len(then) and all(map(agrees, now, then))
    return bool(now == then)


@pytest.mark.parametrize("row", ROWS, ids=[f"{number}-{row['topic']}" for number, row in enumerate(ROWS, 1)])
def test_what_was_ever_stored_is_read_for_ever(row: dict[str, Any]) -> None:
    """Rows as some version wrote them, with the values it read, defaults included."""
    payload = json.dumps(row["payload"], ensure_ascii=False).encode()
    event = decode("medway", 1, row["topic"], payload, "e-1", RECORDED)
    assert agrees(plain(event.data), row["values"]), (plain(event.data), row["values"])
    assert agrees(plain(event), row["envelope"])


def test_a_row_of_every_schema_is_kept() -> None:
    """Every schema of every type, from the first, has a row in ``events-v1.jsonl``."""
    kept = {row["topic"] for row in ROWS}
    ever = {f"{name}@{schema}" for name, cls in TYPES.items() for schema in range(1, cls.SCHEMA + 1)}
    assert ever - kept == set(), "append a stored row (select topic, state from stored_events) with what it reads as"


def test_an_event_keeps_its_derived_id() -> None:
    """Ids are derived from content, so that saying a thing twice records it once, in every version to come."""
    proposal = january(Observed(measure="waits", period=Period.parse("2018-01"), value=Decimal("76.9")), actor="pmo")
    assert content_id(proposal, encode(proposal)) == "e-76183642aec7d2246e5b"


@given(proposals(st.one_of(events_of(MilestoneReached), events_of(BaselineSet))), st.data())
def test_equal_content_has_equal_ids(proposal: Proposal, drawn: st.DataObject) -> None:
    """The derived id depends on everything that is said and on nothing else."""
    again = structure_proposal(line_of(proposal))
    assert content_id(again, encode(again)) == content_id(proposal, encode(proposal))
    name = drawn.draw(st.sampled_from(["actor", "reason", "causation_id", "correlation_id"]))
    change: dict[str, Any] = {name: "somebody-else" if getattr(proposal, name) is None else None}
    other = attrs.evolve(proposal, **change)
    assert content_id(other, encode(other)) != content_id(proposal, encode(proposal))


# --- old schemas -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("better", "direction"), [("higher", "increase"), ("lower", "decrease"), (None, None)])
def test_old_measures_say_which_way_is_better(
    better: str | None, direction: Literal["increase", "decrease"] | None
) -> None:
    """Schema 1 of ``MeasureDefined`` said ``better``; stored or foreign, it is read as ``direction``."""
    data = {"measure": "waits", "title": "Waits", **({"better": better} if better else {})}
    expected = MeasureDefined(measure="waits", title="Waits", direction=direction)
    payload = json.dumps({"effective": "2018-01", "data": data}).encode()
    assert decode_fact("MeasureDefined@1", payload).data == expected
    line = {"type": "MeasureDefined", "schema": 1, "effective": "2018-01", "data": data}
    assert structure_proposal(line).data == expected
    nested = {"event": "e-1", "replacement": {"type": "MeasureDefined", "schema": 1, "data": data}}
    payload = json.dumps({"effective": "2018-01", "data": nested}).encode()
    assert decode_fact("EventCorrected@1", payload).data == EventCorrected(event="e-1", replacement=expected)


def test_every_old_schema_has_its_step() -> None:
    """A type in its third schema has a step from the first and one from the second."""
    needed = {(name, schema) for name, cls in TYPES.items() for schema in range(1, cls.SCHEMA)}
    assert set(UPCASTERS) == needed


def test_a_missing_step_is_named() -> None:
    """A schema that nobody wrote a step for cannot be read."""
    with pytest.raises(StoredEventError) as caught:
        upcast("MeasureDefined", 1, 3, {"measure": "waits", "title": "Waits"})
    assert str(caught.value) == "cannot bring MeasureDefined from schema 2 to 3: KeyError(('MeasureDefined', 2))"


@pytest.mark.parametrize(
    ("better", "reason"), [("sideways", "KeyError('sideways')"), ([], "TypeError(\"unhashable type: 'list'\")")]
)
def test_data_of_another_schema_are_refused(better: Any, reason: str) -> None:
    """A step meets only what its schema could hold."""
    with pytest.raises(StoredEventError) as caught:
        upcast("MeasureDefined", 1, 2, {"measure": "waits", "title": "Waits", "better": better})
    assert str(caught.value) == f"cannot bring MeasureDefined from schema 1 to 2: {reason}"


# --- poison: foreign lines -------------------------------------------------------------------------------------------

KNOWN_TYPES = (
    "known: AliasDeclared, AlignmentDeclared, ApprovalGiven, BaselineSet, BenchmarkRecorded, BodyRegistered,"
    " BudgetRuleSet, CommitmentMade, CommitmentMet, CommitmentMoved, CommitmentWithdrawn, Continued, …"
)
ID = "use lower-case letters, digits, '.', '-' and '_', at most 100"
EXAMPLES = "write for example 2018-01-31, 2018-01, Q3 2017/18, 2017/18, mid 2013 or end March 2018"

LINES: dict[str, tuple[object, str]] = {
    "no object": (["MilestoneReached"], "expected a JSON object, not a list"),
    "no type": ({"effective": "2018-01", "data": {}}, "the field 'type' is missing"),
    "no date": ({"type": "MilestoneReached", "data": {}}, "the field 'effective' is missing"),
    "no data": ({"type": "MilestoneReached", "effective": "2018-01"}, "the field 'data' is missing"),
    "unknown field": (
        {"tpye": "MilestoneReached", "effective": "2018-01", "data": {}},
        "unknown field 'tpye'; did you mean 'type'?",
    ),
    "field that is no text": (
        {1: "MilestoneReached"},
        "unknown field 1; known: actor, causation_id, correlation_id, data, effective, event_id, reason, schema,"
        " source, type",
    ),
}


@pytest.mark.parametrize(("line", "message"), LINES.values(), ids=LINES)
def test_a_line_must_be_an_envelope(line: object, message: str) -> None:
    """A line of ``record`` that is no event is refused with what is missing or unknown."""
    with pytest.raises(EventError) as caught:
        structure_proposal(line)
    assert str(caught.value) == message


REACHED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": (
        {"type": "MilestoneReachd"},
        "unknown event type 'MilestoneReachd'; did you mean 'MilestoneReached'?",
    ),
    "code as type": ({"type": "os:system"}, f"unknown event type 'os:system'; {KNOWN_TYPES}"),
    "base class as type": ({"type": "Event"}, f"unknown event type 'Event'; {KNOWN_TYPES}"),
    "list as type": ({"type": ["MilestoneReached"]}, f"expected the name of an event type, not a list; {KNOWN_TYPES}"),
    "object as type": ({"type": {}}, f"expected the name of an event type, not a mapping; {KNOWN_TYPES}"),
    "nothing as type": ({"type": None}, f"expected the name of an event type, not null; {KNOWN_TYPES}"),
    "newer schema": ({"schema": 2}, "MilestoneReached has schemas 1 to 1, not 2"),
    "true as schema": ({"schema": True}, "MilestoneReached has schemas 1 to 1, not True"),
    "list as data": ({"data": []}, "expected an object under 'data'"),
    "nothing as data": ({"data": None}, "expected an object under 'data'"),
    "number as date": ({"effective": 1.5}, "expected a date or period as text, not a number (at effective)"),
    "true as date": ({"effective": True}, "expected a date or period as text, not true (at effective)"),
    "no date": (
        {"effective": "soon"},
        f"cannot read 'soon' as a date or period; {EXAMPLES} (at effective)",
    ),
    "empty date": ({"effective": None}, "the field 'effective' is missing (at effective)"),
    "number as actor": (
        {"actor": 5},
        'expected text, or a natural person as {"person": "the name"}, not a number (at actor)',
    ),
    "blank actor": ({"actor": " \n"}, "actor: the text is blank; leave the field out instead"),
    "text as source": ({"source": "p. 3"}, "expected an object, not a text (at source)"),
    "source without document": (
        {"source": {"doc": "x"}},
        "the field 'document' is missing (at source.document);"
        " unknown field 'doc'; known: document, locator (at source)",
    ),
    "number as event id": (
        {"event_id": 5},
        "event_id: 5 cannot be an event id: 1 to 100 printable characters without spaces",
    ),
    "event id with a space": (
        {"event_id": "a b"},
        "event_id: 'a b' cannot be an event id: 1 to 100 printable characters without spaces",
    ),
    "event id with a surrogate": (
        {"event_id": "\ud800"},
        "event_id: '\\ud800' cannot be an event id: 1 to 100 printable characters without spaces",
    ),
}


@pytest.mark.parametrize(("change", "message"), REACHED.values(), ids=REACHED)
def test_the_envelope_is_checked(change: dict[str, Any], message: str) -> None:
    """Each field of the envelope is refused with its name, what it holds and what it should."""
    line = {"type": "MilestoneReached", "effective": "2018-01", "data": {"milestone": "go-live"}}
    assert structure_proposal(line) == january(MilestoneReached(milestone="go-live"))
    with pytest.raises(EventError) as caught:
        structure_proposal(line | change)
    assert str(caught.value) == message


EXACT = "give a Decimal, an int or text such as '76.9'"
BOUNDS = "out of bounds (at most 30 digits each side)"

OBSERVED: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": ({"value": "NaN"}, "NaN is not a finite number (at value)"),
    "signalling NaN": ({"value": "sNaN1"}, "sNaN1 is not a finite number (at value)"),
    "Infinity": ({"value": "Infinity"}, "Infinity is not a finite number (at value)"),
    "-Infinity": ({"value": "-inf"}, "-inf is not a finite number (at value)"),
    "1e99999999": ({"value": "1e99999999"}, f"the number 1.000e+99999999 is {BOUNDS} (at value)"),
    "1E+31": ({"value": "1E+31"}, f"the number 1.000e+31 is {BOUNDS} (at value)"),
    "1E-31": ({"value": "1E-31"}, f"the number 1.000e-31 is {BOUNDS} (at value)"),
    "beyond Decimal": (
        {"value": "1e9999999999999999999999"},
        "'1e9999999999999999999999' is not a number; write digits with a decimal point, such as '76.9' (at value)",
    ),
    "float": ({"value": 76.9}, f"76.9 is not an exact number; {EXACT} (at value)"),
    "float NaN": ({"value": float("nan")}, f"nan is not an exact number; {EXACT} (at value)"),
    "true": ({"value": True}, "expected a number such as 76.9, not true (at value)"),
    "list": ({"value": ["1"]}, "expected a number such as 76.9, not a list (at value)"),
    "huge digits": ({"value": "9" * 100_000}, "the number has 100000 characters; at most 63 are kept (at value)"),
    "huge integer": ({"value": 10**5000}, f"the number 1.000e+5000 is {BOUNDS} (at value)"),
    "comma": (
        {"value": "76,9"},
        "'76,9' is not a number; write digits with a decimal point, such as '76.9' (at value)",
    ),
    "yes": ({"provisional": "yes"}, "expected true or false, not a text (at provisional)"),
    "one": ({"provisional": 1}, "expected true or false, not a number (at provisional)"),
    "number for text": ({"quality": 5}, "expected text, not a number (at quality)"),
    "list for text": ({"quality": ["good"]}, "expected text, not a list (at quality)"),
    "object for text": ({"quality": {"_type_": "str"}}, "expected text, not a mapping (at quality)"),
    "list for a date": ({"period": ["2018-01"]}, "expected a date or period as text, not a list (at period)"),
    "NUL": (
        {"quality": "a\0b"},
        "quality: the text holds the control character U+0000; remove it",
    ),
    "escape": (
        {"quality": "\x1b[31m"},
        "quality: the text holds the control character U+001B; remove it",
    ),
    "carriage return": (
        {"quality": "a\r\nb"},
        "quality: the text holds the control character U+000D; remove it",
    ),
    "direction of writing": (
        {"quality": "\u202egood"},
        "quality: the text holds U+202E, which turns the direction of writing; remove it",
    ),
    "letter of another encoding": (
        {"quality": "the trust\x92s"},
        "quality: the text holds the control character U+0092; remove it",
    ),
    "digits in groups": (
        {"value": "1_000"},
        "'1_000' is not a number; write digits with a decimal point, such as '76.9' (at value)",
    ),
    "digits of another script": (
        {"value": "\uff17\uff16"},
        "'\uff17\uff16' is not a number; write digits with a decimal point, such as '76.9' (at value)",
    ),
    "lone surrogate": (
        {"quality": "\udfff"},
        "quality: the text holds the control character U+DFFF; remove it",
    ),
    "blank": ({"quality": "\t\n"}, "quality: the text is blank; leave the field out instead"),
    "over-long": (
        {"quality": "x" * 10_001},
        "quality: the text has 10001 characters; at most 10000 are kept",
    ),
    "capital id": ({"measure": "Waits"}, f"measure: 'Waits' is not an id: {ID}"),
    "over-long id": ({"measure": "x" * 101}, f"measure: {('x' * 101)!r:.80} is not an id: {ID}"),
    "id with a line end": ({"measure": "waits\n"}, f"measure: 'waits\\n' is not an id: {ID}"),
    "unknown field": (
        {"valeu": "1"},
        "unknown field 'valeu'; did you mean 'value'?",
    ),
    "type marker": (
        {"_type_": "decimal", "_data_": "1"},
        "unknown field '_data_', '_type_'; known: denominator, measure, numerator, period, provisional, published_on,"
        " quality, value",
    ),
    "missing field": ({"measure": ...}, "the field 'measure' is missing (at measure)"),
    "several": (
        {"measure": 5, "period": ...},
        "expected text, not a number (at measure); the field 'period' is missing (at period)",
    ),
    "no figure": ({"value": ...}, "needs value, or numerator and denominator"),
    "half a share": ({"numerator": "1"}, "needs value, or numerator and denominator"),
    "share of nothing": (
        {"numerator": "1", "denominator": "0.0"},
        "denominator is 0; record nothing for a period without cases",
    ),
}


@pytest.mark.parametrize(("change", "message"), OBSERVED.values(), ids=OBSERVED)
def test_values_that_would_poison_the_log_are_refused(change: dict[str, Any], message: str) -> None:
    """Whatever JSON a field is given, the error names the type, what is wrong and the place."""
    data = {"measure": "waits", "period": "2018-01", "value": "76.9"} | change
    data = {name: value for name, value in data.items() if value is not ...}
    with pytest.raises(EventError) as caught:
        structure_proposal({"type": "Observed", "effective": "2018-01", "data": data})
    assert str(caught.value) == f"Observed: {message}"


NESTED = "replacement needs an event that is itself no correction; correct the original again instead"
ZONE = "is not a time zone; write for example Europe/London"
OPENED = {"title": "t", "organisation": "o", "period": "2018"}

FORMULA = "it takes numbers such as 7.6, names such as eligible_people, + - * / and parentheses"
OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "choice": (
        "MilestoneReached",
        {"milestone": "m", "outcome": "exploded"},
        "'exploded' is not one of passed, failed, extended (at outcome)",
    ),
    "choice that is no text": (
        "MilestoneReached",
        {"milestone": "m", "outcome": ["passed"]},
        "a list is not one of passed, failed, extended (at outcome)",
    ),
    "text for a whole number": (
        "PlanOpened",
        OPENED | {"fiscal_year_start": "4"},
        "expected a whole number, not a text (at fiscal_year_start)",
    ),
    "true for a whole number": (
        "PlanOpened",
        OPENED | {"fiscal_year_start": True},
        "expected a whole number, not true (at fiscal_year_start)",
    ),
    "month 13": (
        "PlanOpened",
        OPENED | {"fiscal_year_start": 13},
        "fiscal_year_start: 13 is not a month; give a number from 1 to 12",
    ),
    "path as time zone": (
        "PlanOpened",
        OPENED | {"time_zone": "../../etc/passwd"},
        f"time_zone: '../../etc/passwd' {ZONE}",
    ),
    "NUL as time zone": ("PlanOpened", OPENED | {"time_zone": "a\0"}, f"time_zone: 'a\\x00' {ZONE}"),
    "folder as time zone": ("PlanOpened", OPENED | {"time_zone": "Europe"}, f"time_zone: 'Europe' {ZONE}"),
    "currency in words": (
        "PlanOpened",
        OPENED | {"currency": "pounds"},
        "currency: 'pounds' is not a currency code such as GBP",
    ),
    "number for a day": (
        "PlanOpened",
        OPENED | {"holidays": [5]},
        "a number is not a day; write for example 2018-12-25 (at holidays[0])",
    ),
    "moment for a day": (
        "PlanOpened",
        OPENED | {"holidays": ["2018-12-25", "2018-12-26T00:00"]},
        "'2018-12-26T00:00' is not a day; write for example 2018-12-25 (at holidays[1])",
    ),
    "day of a week": (
        "PlanOpened",
        OPENED | {"holidays": ["2018-W52-2"]},
        "'2018-W52-2' is not a day; write for example 2018-12-25 (at holidays[0])",
    ),
    "day without hyphens": (
        "PlanOpened",
        OPENED | {"holidays": ["20181225"]},
        "'20181225' is not a day; write for example 2018-12-25 (at holidays[0])",
    ),
    "text for a list": ("PlanOpened", OPENED | {"holidays": ""}, "expected a list, not a text (at holidays)"),
    "object for a list": ("PlanOpened", OPENED | {"holidays": {}}, "expected a list, not a mapping (at holidays)"),
    "number for a list": ("PlanOpened", OPENED | {"holidays": 5}, "expected a list, not a number (at holidays)"),
    "text in a list of objects": (
        "FrameworkDefined",
        {"framework": "f", "title": "t", "version": "1", "codes": ["a"]},
        "expected an object, not a text (at codes[0])",
    ),
    "over-long list": (
        "FrameworkDefined",
        {"framework": "f", "title": "t", "version": "1", "codes": [{"code": "a"}] * 1001},
        "codes: 1001 items; at most 1000 are kept",
    ),
    "attribute without a value": (
        "InitiativeProposed",
        {"initiative": "i", "title": "t", "attributes": [{"name": "cost"}]},
        "attribute 'cost' needs exactly one of text, number and date (at attributes[0])",
    ),
    "attribute with two values": (
        "InitiativeProposed",
        {"initiative": "i", "title": "t", "attributes": [{"name": "cost", "text": "a", "number": "1"}]},
        "attribute 'cost' needs exactly one of text, number and date (at attributes[0])",
    ),
    "text for attributes": (
        "InitiativeProposed",
        {"initiative": "i", "title": "t", "attributes": "cost"},
        "expected a mapping or a list of attributes, not a text (at attributes)",
    ),
    "list as attribute": (
        "InitiativeProposed",
        {"initiative": "i", "title": "t", "attributes": {"cost": ["1"]}},
        "expected a number such as 76.9, not a list (at attributes)",
    ),
    "attribute given twice": (
        "InitiativeProposed",
        {"initiative": "i", "title": "t", "attributes": [{"name": "cost", "text": "a"}, {"name": "cost", "text": "b"}]},
        "an attribute is given twice (at attributes)",
    ),
    "digest of something else": (
        "ProgressReported",
        {
            "report": "r",
            "about": "initiative:i",
            "status": "complete",
            "text": "t",
            "evidence": [{"name": "n", "sha256": "ABC"}],
        },
        "'ABC' is not a SHA-256 digest: write its 64 hexadecimal digits in lower case (at evidence[0])",
    ),
    "reference without a kind": (
        "AliasDeclared",
        {"alias": "a", "title": "t", "of": "redesign"},
        "of: 'redesign' is not a reference; write kind:id, such as initiative:community-redesign",
    ),
    "reference to no plan": (
        "Continued",
        {"subject": "initiative:a", "predecessor": "initiative:a"},
        "predecessor: 'initiative:a' is not a reference to another plan; write plan/kind:id",
    ),
    "grade 6": (
        "RiskAssessed",
        {"risk": "r", "likelihood": 6, "impact": 1},
        "likelihood: 6 is not a grade; give a number from 1 to 5",
    ),
    "baseline without a value": (
        "BaselineSet",
        {"measure": "m"},
        "needs either value, or unobtainable with the reason",
    ),
    "band without an end": (
        "TargetSet",
        {"measure": "m", "comparator": "band", "lower": "1"},
        "with comparator 'band' needs lower and upper, in that order, and no value",
    ),
    "band upside down": (
        "TargetSet",
        {"measure": "m", "comparator": "band", "lower": "2", "upper": "1"},
        "with comparator 'band' needs lower and upper, in that order, and no value",
    ),
    "bound without a value": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "lower": "1"},
        "with comparator 'at-least' needs value, without lower and upper",
    ),
    "target with two dates": (
        "TargetSet",
        {"measure": "m", "comparator": "at-most", "value": "1", "period": "2018", "due": "2018"},
        "takes period or due, not both",
    ),
    "formula in words": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "3 % of income"},
        f"formula: the formula '3 % of income' needs an operator or the end at '% of income'; {FORMULA}",
    ),
    "formula that breaks off": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "2 * (income +"},
        f"formula: the formula '2 * (income +' needs a number, a name or '(' at its end; {FORMULA}",
    ),
    "formula left open": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "2 * (3 + 4"},
        f"formula: the formula '2 * (3 + 4' needs an operator or ')' at its end; {FORMULA}",
    ),
    "formula with a call": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "exit(1)"},
        f"formula: the formula 'exit(1)' needs an operator or the end at '(1)'; {FORMULA}",
    ),
    "over-long formula": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "1" + "+1" * 100},
        "formula: the formula has 201 characters; at most 200 are kept",
    ),
    "formula that is nested too deep": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "(" * 21 + "1" + ")" * 21},
        "formula: the formula is nested deeper than 20 parentheses",
    ),
    "input that the formula does not name": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "3 * a", "inputs": {"b": 1}},
        "inputs: the formula does not name 'b'",
    ),
    "input in words": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "formula": "3 * a", "inputs": {"a": "many"}},
        "inputs: 'many' is not a number; write digits with a decimal point, such as '76.9'",
    ),
    "input without a formula": (
        "TargetSet",
        {"measure": "m", "comparator": "at-least", "value": "11", "inputs": {"a": 1}},
        "inputs: the formula does not name 'a'",
    ),
    "first date of what has none": (
        "Continued",
        {"subject": "initiative:a", "predecessor": "old/initiative:a", "due": "2018"},
        "due is the first date of a milestone; initiative:a has none",
    ),
    "benchmark of another kind": (
        "BenchmarkRecorded",
        {"measure": "m", "peer": "England", "value": "1", "kind": "average"},
        "'average' is not one of peer, prior-year, plan, standard (at kind)",
    ),
    "saving of nothing": (
        "SavingPlanned",
        {"saving": "s", "title": "t", "period": "2018"},
        "needs either amount, or unknown with the reason",
    ),
    "replacement that is no event": (
        "EventCorrected",
        {"event": "e-1", "replacement": 5},
        'expected {"type": ..., "data": {...}} (at replacement)',
    ),
    "replacement of an unknown type": (
        "EventCorrected",
        {"event": "e-1", "replacement": {"type": "os:system", "data": {}}},
        f"unknown event type 'os:system'; {KNOWN_TYPES} (at replacement)",
    ),
    "correction of a correction": (
        "EventCorrected",
        {"event": "e-1", "replacement": {"type": "EventRetracted", "data": {"event": "e-2", "why": "w"}}},
        f"{NESTED} (at replacement)",
    ),
}


@pytest.mark.parametrize(("name", "data", "message"), OTHERS.values(), ids=OTHERS)
def test_each_kind_of_field_has_its_error(name: str, data: dict[str, Any], message: str) -> None:
    """Choices, lists, days, references, grades and replacements are refused with what to write."""
    with pytest.raises(EventError) as caught:
        structure(name, data)
    assert str(caught.value) == f"{name}: {message}"


def test_data_must_be_an_object() -> None:
    """Anything else than an object under ``data`` is refused by name."""
    with pytest.raises(EventError) as caught:
        structure("MilestoneReached", ["go-live"])
    assert str(caught.value) == "MilestoneReached: expected an object under 'data', not a list"


def test_corrections_nested_without_end_are_refused_at_the_first() -> None:
    """A correction inside a correction is refused before anything is looked for inside it."""
    inner: dict[str, Any] = {"type": "MilestoneReached", "data": {"milestone": "m"}}
    for _ in range(2_000):
        inner = {"type": "EventCorrected", "data": {"event": "e-1", "replacement": inner}}
    with pytest.raises(EventError) as caught:
        structure_proposal({"effective": "2018-01", **inner})
    assert str(caught.value) == f"EventCorrected: {NESTED} (at replacement)"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2018-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@ALL_TYPES
def test_no_json_gets_past_the_types(cls: type[Event]) -> None:
    """Any JSON under the fields of a type is either an event that can be stored and read, or an ``EventError``."""

    def event_or_error(given: tuple[Event, dict[str, Any]]) -> None:
        valid = json.loads(encode(january(given[0])))["data"]
        try:
            proposal = january(structure(cls.__name__, valid | given[1]))
        except EventError:
            return
        check_readable(proposal, encode(proposal))

    names = [*(field.name for field in fields_of(cls)), "_type_"]
    damage = st.dictionaries(st.sampled_from(names), JSON, max_size=3)
    holds(event_or_error, st.tuples(events_of(cls), damage), examples(0.05))


# --- poison: the Python API ------------------------------------------------------------------------------------------

HUGE = 10**5000  # Python refuses to print it
OPEN = {"title": "t", "organisation": "o", "period": "2018"}
CODES = {"framework": "f", "title": "t", "version": "1"}
BOARD = BodyRegistered(body="board", title="Board")
DAY = "is not a day; write for example 2018-12-25"

MISUSE: dict[str, tuple[type, dict[str, Any], str]] = {
    "choice": (
        MilestoneSet,
        {"milestone": "m", "title": "t", "kind": "nonsense"},
        "MilestoneSet.kind: 'nonsense' is not one of milestone, stage, gate",
    ),
    "optional choice": (
        MeasureDefined,
        {"measure": "m", "title": "t", "direction": "up"},
        "MeasureDefined.direction: 'up' is not one of increase, decrease",
    ),
    "truth": (
        Observed,
        {"measure": "m", "period": "2018", "value": 1, "provisional": "no"},
        "Observed.provisional: 'no' is not true or false",
    ),
    "float": (
        BenchmarkRecorded,
        {"measure": "m", "peer": "p", "value": 76.9},
        f"BenchmarkRecorded.value: 76.9 is not an exact number; {EXACT}",
    ),
    "NaN": (
        BenchmarkRecorded,
        {"measure": "m", "peer": "p", "value": Decimal("NaN")},
        "BenchmarkRecorded.value: NaN is not a finite number",
    ),
    "text in a list": (
        FrameworkDefined,
        CODES | {"codes": ["a"]},
        "FrameworkDefined.codes: 'a' is not of type Code",
    ),
    "no list": (
        FrameworkDefined,
        CODES | {"codes": None},
        "FrameworkDefined.codes: expected a list, not null",
    ),
    "text for a list": (
        FrameworkDefined,
        CODES | {"codes": "abc"},
        "FrameworkDefined.codes: expected a list, not a text",
    ),
    "text as evidence": (
        ProgressReported,
        {"report": "r", "about": "risk:r", "status": "complete", "text": "t", "evidence": ["paper"]},
        "ProgressReported.evidence: 'paper' is not of type Attachment",
    ),
    "text as attribute": (
        InitiativeProposed,
        {"initiative": "i", "title": "t", "attributes": ["cost"]},
        "InitiativeProposed.attributes: 'cost' is not of type Attribute",
    ),
    "moment as holiday": (
        PlanOpened,
        OPEN | {"holidays": [datetime(2018, 12, 25)]},
        f"PlanOpened.holidays: datetime.datetime(2018, 12, 25, 0, 0) {DAY}",
    ),
    "numbers as holidays": (
        PlanOpened,
        OPEN | {"holidays": [5, date(2018, 1, 1)]},
        f"PlanOpened.holidays: a number {DAY}",
    ),
    "moment as period": (
        Observed,
        {"measure": "m", "period": datetime(2018, 1, 1), "value": 1},
        "Observed.period: a period is made of dates without a time, not of datetime",
    ),
    "date of any fiscal year": (
        Observed,
        {"measure": "m", "period": "2017/18", "value": 1},
        "Observed.period: '2017/18' depends on when the fiscal year starts; use plan.period('2017/18')",
    ),
    "digest that is no text": (
        Attachment,
        {"name": "n", "sha256": 5},
        "5 is not a SHA-256 digest: write its 64 hexadecimal digits in lower case",
    ),
    "huge id": (BodyRegistered, {"body": HUGE, "title": "t"}, f"BodyRegistered.body: <int> is not an id: {ID}"),
    "huge month": (
        PlanOpened,
        OPEN | {"fiscal_year_start": HUGE},
        "PlanOpened.fiscal_year_start: <int> is not a month; give a number from 1 to 12",
    ),
    "huge order": (
        MilestoneSet,
        {"milestone": "m", "title": "t", "order": HUGE},
        "MilestoneSet.order: <int> is not a whole number of at most nine digits",
    ),
    "huge grade": (
        RiskAssessed,
        {"risk": "r", "likelihood": HUGE, "impact": 1},
        "RiskAssessed.likelihood: <int> is not a grade; give a number from 1 to 5",
    ),
    "no event": (
        Proposal,
        {"data": "MilestoneReached", "effective": "2018-01"},
        "Proposal.data: 'MilestoneReached' is not of type Event",
    ),
    "text as source": (
        Proposal,
        {"data": BOARD, "effective": "2018-01", "source": "Board paper, p. 3"},
        "Proposal.source: 'Board paper, p. 3' is not of type Source",
    ),
    "correction of a correction": (
        EventCorrected,
        {"event": "e-1", "replacement": EventCorrected(event="e-2", replacement=BOARD)},
        f"EventCorrected.replacement: {NESTED}",
    ),
}


@pytest.mark.parametrize(("cls", "values", "message"), MISUSE.values(), ids=MISUSE)
def test_an_event_cannot_be_made_that_could_not_be_stored(cls: type, values: dict[str, Any], message: str) -> None:
    """In Python too every value is checked when the event is made, with class and field in the error."""
    with pytest.raises(EventError) as caught:
        cls(**values)
    assert str(caught.value) == message


def test_values_are_brought_into_one_form() -> None:
    """Numbers, dates, days and attributes may be given in the forms that are at hand."""
    observed = Observed(measure="m", period=date(2018, 1, 31), value="76.90")
    assert (observed.period, observed.value) == (Period.parse("2018-01-31"), Decimal("76.90"))
    columns: dict[str, Any] = {"sponsor": "COO", "cost": 5, "review": date(2018, 1, 31)}
    opened = PlanOpened(
        title="t", organisation="o", period="2018", holidays=["2018-12-26", date(2018, 12, 25), "2018-12-26"]
    )
    assert opened.holidays == (date(2018, 12, 25), date(2018, 12, 26))
    proposed = InitiativeProposed(initiative="i", title="t", attributes=columns)
    assert proposed.attributes == (
        Attribute(name="cost", number=Decimal(5)),
        Attribute(name="review", date=Period.parse("2018-01-31")),
        Attribute(name="sponsor", text="COO"),
    )


def test_an_event_id_has_one_form() -> None:
    """The same letters make the same id, whether a system writes an accent as one character or apart."""
    one, two = "Gr\u00f6\u00dfe.csv:1", "Gro\u0308\u00dfe.csv:1"
    assert january(BOARD, event_id=two) == january(BOARD, event_id=one)
    assert EventRetracted(event=two, why="w") == EventRetracted(event=one, why="w")


def test_saved_means_readable() -> None:
    """Who goes round the checks is stopped before anything is stored."""
    reached = MilestoneReached(milestone="go-live")
    object.__setattr__(reached, "outcome", "exploded")
    proposal = january(reached)
    with pytest.raises(EventError) as caught:
        check_readable(proposal, encode(proposal))
    assert str(caught.value).startswith("MilestoneReached@1 would not be readable once stored: ")

    saving = SavingPlanned(saving="s", title="t", period="2018", amount=1)
    object.__setattr__(saving, "amount", True)
    proposal = january(saving)
    with pytest.raises(EventError) as caught:
        check_readable(proposal, encode(proposal))
    assert str(caught.value).startswith("SavingPlanned@1 would not be readable once stored: ")


def test_a_class_of_somebody_else_is_no_event() -> None:
    """The registry is closed: a subclass of ``Event`` or of a known type cannot be stored."""

    @attrs.frozen(kw_only=True)
    class MilestoneAdored(Event):
        milestone: str

    with pytest.raises(EventError) as caught:
        encode(january(MilestoneAdored(milestone="go-live")))
    assert str(caught.value) == "MilestoneAdored is not one of the event types of plantrack"


# --- poison: stored rows ---------------------------------------------------------------------------------------------

PAYLOAD = b'{"effective":"2018-01","data":{"milestone":"go-live"}}'
NEWER = "it was written by a newer version"
UNKNOWN = f"this version does not know the type; {NEWER}"


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("MilestoneAdored@1", f"a stored event is a 'MilestoneAdored@1': {UNKNOWN}"),
        ("MilestoneReached@2", f"a stored event is a 'MilestoneReached@2': this version reads up to @1; {NEWER}"),
        ("MilestoneReached@01", f"a stored event is a 'MilestoneReached@01': this version reads up to @1; {NEWER}"),
        ("MeasureDefined@\u0661", f"a stored event is a 'MeasureDefined@\u0661': this version reads up to @2; {NEWER}"),
        ("EventCorrected@01", f"a stored event is a 'EventCorrected@01': this version reads up to @1; {NEWER}"),
        ("os:system", f"a stored event is a 'os:system': {UNKNOWN}"),
        ("antigravity:fly@1", f"a stored event is a 'antigravity:fly@1': {UNKNOWN}"),
        ("plantrack.events.schedule:MilestoneReached", None),
        ("Event@1", f"a stored event is a 'Event@1': {UNKNOWN}"),
        ("", f"a stored event is a '': {UNKNOWN}"),
        (b"MilestoneReached@1", f"a stored event is a b'MilestoneReached@1': {UNKNOWN}"),
        (5, f"a stored event is a 5: {UNKNOWN}"),
        (None, f"a stored event is a None: {UNKNOWN}"),
        ("MilestoneReached@" + "9" * 5000, None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_stored_type_is_looked_up_and_never_imported(topic: Any, message: str | None) -> None:
    """A name in a file that this version does not know is an error; nothing is imported by it."""
    before = set(sys.modules)
    with pytest.raises(StoredEventError) as caught:
        decode_fact(topic, PAYLOAD)
    assert set(sys.modules) == before
    assert "antigravity" not in sys.modules
    if message:
        assert str(caught.value) == message
    assert len(str(caught.value)) < 250


STORED = b'{"effective":"2018-01","data":{"measure":"m","period":"2018-01",%s}}'
DAMAGED: dict[str, Any] = {
    "empty": b"",
    "cut": PAYLOAD[:-5],
    "not UTF-8": b'{"effective":"2018-01","data":{"milestone":"\xff"}}',
    "surrogate in UTF-8": b'{"effective":"2018-01","data":{"milestone":"\xed\xa0\x80"}}',
    "surrogate escaped": b'{"effective":"2018-01","data":{"milestone":"\\ud800"}}',
    "UTF-16": PAYLOAD.decode().encode("utf-16"),
    "another type": 5,
    "nothing": None,
    "list": b"[]",
    "no data": b'{"effective":"2018-01"}',
    "no date": b'{"data":{"milestone":"go-live"}}',
    "foreign date": b'{"effective":"2017/18","data":{"milestone":"go-live"}}',
    "impossible date": b'{"effective":"2018-13","data":{"milestone":"go-live"}}',
    "unknown outcome": b'{"effective":"2018-01","data":{"milestone":"go-live","outcome":"exploded"}}',
    "number for text": b'{"effective":"2018-01","data":{"milestone":5}}',
    "nested without end": b'{"effective":"2018-01","data":' + b'{"a":' * 100_000,
}


@pytest.mark.parametrize("payload", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_payload_is_an_error(payload: Any) -> None:
    """Whatever bytes stand in a row, they are read exactly or refused as damaged."""
    with pytest.raises(StoredEventError) as caught:
        decode_fact("MilestoneReached@1", payload)
    assert str(caught.value).startswith("a stored MilestoneReached@1 cannot be read: ")


@pytest.mark.parametrize(
    "figure",
    [
        b'"value":NaN',
        b'"value":Infinity',
        b'"value":true',
        b'"value":[1]',
        b'"value":null',
        b'"numerator":"1"',
        b'"numerator":"1","denominator":"0"',
        b'"numerator":"1","denominator":"sNaN"',
    ],
)
def test_a_damaged_figure_is_an_error(figure: bytes) -> None:
    """Figures in a row that no version wrote are refused, not reckoned with."""
    with pytest.raises(StoredEventError) as caught:
        decode_fact("Observed@1", STORED % figure)
    assert str(caught.value).startswith("a stored Observed@1 cannot be read: ")


@pytest.mark.parametrize(
    ("topic", "payload", "message"),
    [
        ("MeasureDefined@1", b'{"effective":"2018-01"}', "the field 'data' is missing"),
        ("MeasureDefined@1", b'{"data":{}}', "the field 'effective' is missing"),
        (
            "MeasureDefined@1",
            b'{"effective":"2018-01","data":[]}',
            "cannot bring MeasureDefined from schema 1 to 2: TypeError('pop expected at most 1 argument, got 2')",
        ),
        (
            "MeasureDefined@1",
            b'{"effective":"2018-01","data":{"measure":"m"}}',
            "MeasureDefined: the field 'title' is missing (at title)",
        ),
        ("EventCorrected@1", None, f"{NESTED} - at `$.data.replacement`"),
    ],
)
def test_damage_in_an_old_or_nested_event_is_an_error(topic: str, payload: bytes | None, message: str) -> None:
    """Rows of an old schema, and replacements inside corrections, are checked as foreign input is."""
    if payload is None:
        inner = b'{"type":"EventCorrected","data":{"event":"e-1","replacement":' * 400 + b"{}" + b"}}" * 400
        payload = b'{"effective":"2018-01","data":{"event":"e-1","replacement":%s}}' % inner
    with pytest.raises(StoredEventError) as caught:
        decode_fact(topic, payload)
    assert str(caught.value) == f"a stored {topic} cannot be read: {message}"


@pytest.mark.parametrize("envelope", [b'"actor":5', b'"source":"p. 3"', b'"clock_regressed":"no"', b'"reason":[]'])
def test_a_damaged_envelope_is_an_error(envelope: bytes) -> None:
    """What surrounds the data is checked too when a whole event is read."""
    payload = b'{"effective":"2018-01",%s,"data":{"milestone":"go-live"}}' % envelope
    with pytest.raises(StoredEventError) as caught:
        decode("medway", 1, "MilestoneReached@1", payload, "e-1", RECORDED)
    assert str(caught.value).startswith("a stored MilestoneReached@1 cannot be read: ")


@pytest.mark.parametrize("text", ["", "yesterday", "2018-02-01", "2018-02-01T09:30:00", b"2018", None, 5])
def test_a_damaged_time_of_recording_is_an_error(text: Any) -> None:
    """A time of recording is a moment with its zone, or the row is damaged."""
    with pytest.raises(StoredEventError) as caught:
        moment(text)
    assert str(caught.value) == f"a stored event was recorded at {text!r}, which is not a moment"


@given(st.sampled_from(sorted(TOPICS.values())), st.binary(max_size=60) | st.builds(json.dumps, JSON).map(str.encode))
def test_no_bytes_get_past_the_decoder(topic: str, payload: bytes) -> None:
    """Any bytes under any known topic are an event, or a ``StoredEventError``."""
    try:
        fact = decode_fact(topic, payload)
    except StoredEventError:
        return
    assert isinstance(fact.data, Event)
