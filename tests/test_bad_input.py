"""Bad input to whatever records: an error that names the field and the reason, and nothing written.

The attacks are made from the classes of the events: a new type or field is attacked without a word here. What is right
comes from the stored rows that are kept for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

import plantrack
from plantrack import PlanLog
from plantrack.errors import AdmissionError, EventError
from plantrack.events import TYPES, Event, MeasureDefined, PlanOpened, Proposal
from plantrack.events.codec import TOPICS
from plantrack.events.envelope import event_fields
from plantrack.events.fields import MAX_ITEMS, MAX_TEXT
from plantrack.journal import read_lines
from plantrack.period import Period

GOLDEN = Path(__file__).parent / "golden" / "events-v1.jsonl"


def _right() -> dict[str, dict[str, Any]]:
    """For each type the data of the stored row that says most."""
    found: dict[str, dict[str, Any]] = {}
    current = {topic: cls.__name__ for cls, topic in TOPICS.items()}
    for row in map(json.loads, GOLDEN.read_text("utf-8").splitlines()):
        data = row["payload"]["data"]
        if (name := current.get(row["topic"])) and len(data) > len(found.get(name, ())):
            found[name] = data
    return found


RIGHT = _right()

# What no field takes, whatever its type.
NOWHERE: dict[str, str] = {
    "a number that no float holds": "1e400",
    "an infinite number": "Infinity",
    "no number": "NaN",
    "a number beyond all bounds": "9" * 5_000,
    "an object": '{"a": {}}',
    "a list of lists": "[[]]",
    "a list of nothing": "[null]",
    "an endless list": json.dumps(["x"] * (MAX_ITEMS + 1)),
    "an empty text": '""',
    "a blank text": '" \\t\\n"',
    "a NUL": '"a\\u0000"',
    "an escape": '"\\u001b[31mred"',
    "a letter of another encoding": '"the trust\\u0092s"',
    "a turned text": '"\\u202egood"',
    "an isolated text": '"\\u2066good\\u2069"',
    "half a character": '"\\ud800"',
    "an endless text": json.dumps("x" * (1_000_001)),
}
TRUTH = {"true": "true", "false": "false"}
NUMBERS = {"a whole number": "5", "minus nought": "-0", "a fraction": "76.9", "a huge number": str(10**50)}
WORDS = {"a word": '"high"', "Norway": '"NO"', "yes": '"yes"'}
IDS = {
    "a capital": '"Board"',
    "an accent as one character": '"caf\\u00e9"',
    "an accent apart": '"cafe\\u0301"',
    "a space": '"a b"',
    "a path": '"../a"',
    "a letter of another script": '"b\\u043eard"',
    "an over-long id": json.dumps("x" * 101),
}
DAYS = {
    "31 February": '"2018-02-31"',
    "the year 0": '"0000-01-01"',
    "the year 10000": '"10000-01-01"',
    "a day or a month first": '"03/04/2018"',
    "full-width digits": '"\\uff12\\uff10\\uff11\\uff18-01-01"',
    "a moment": '"2018-01-31T09:00"',
}
NOT_A_DAY = {"a month": '"2018-01"', "a week": '"2018-W05-3"', "no hyphens": '"20180131"', "a year": "2018"}
NOT_A_PERIOD = {
    "a fraction": "76.9",
    "a quarter of no year": '"Q3"',
    "a month of no year": '"October"',
    "an end before its start": '"2018-03-01 to 2018-01-01"',
}
NOT_A_NUMBER = {
    "groups of digits": '"1_000"',
    "a comma": '"76,9"',
    "other digits": '"\\uff17\\uff16"',
    "a signed infinity": '"-inf"',
    "31 digits": f'"1{"0" * 31}"',
    "per cent": '"76.9 %"',
}


def _wrong(cls: type[Event], field: attrs.Attribute[Any]) -> dict[str, str]:
    """What is wrong for a field, as JSON, by name."""
    hint = get_type_hints(cls)[field.name]
    wrong = dict(NOWHERE)
    if get_origin(hint) in (Union, UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    else:
        wrong["nothing"] = "null"
    if hint is bool:
        return wrong | NUMBERS | WORDS | NOT_A_DAY | IDS
    wrong |= TRUTH
    if hint is str:
        wrong |= NUMBERS
        if not _takes_words(field):
            wrong |= IDS
        else:
            wrong["an over-long text"] = json.dumps("x" * (MAX_TEXT + 1))
    elif hint is Decimal:
        wrong |= WORDS | IDS | DAYS | NOT_A_NUMBER | {"a huge number": NUMBERS["a huge number"]}
    elif hint is int:
        wrong |= WORDS | IDS | DAYS | NOT_A_NUMBER | {"figures": '"4"', "a huge number": NUMBERS["a huge number"]}
    elif hint is date:
        wrong |= NUMBERS | WORDS | IDS | DAYS | NOT_A_DAY
    elif hint is Period:
        wrong |= WORDS | IDS | DAYS | NOT_A_PERIOD
    elif get_origin(hint) is Literal or get_origin(hint) is tuple or hint is Event:
        wrong |= NUMBERS | WORDS | IDS | DAYS
    else:
        raise AssertionError(f"{cls.__name__}.{field.name} has a type that nobody attacks yet: {hint}")
    return wrong


def _takes_words(field: attrs.Attribute[Any]) -> bool:
    """Whether a text is anybody's words, rather than an id, a reference, a formula."""
    try:
        take: Any = field.converter
        return bool(take("Any words, really") == "Any words, really")
    except EventError:
        return False


@pytest.fixture(scope="module")
def log() -> Iterator[PlanLog]:
    with plantrack.open(":memory:") as tracker:
        plan = tracker.plan("board")
        plan.record(
            PlanOpened(title="Plan", organisation="CCG", period=plan.period("2017/18")),
            MeasureDefined(measure="ae", title="A&E"),
            effective="2017-04-01",
        )
        yield plan


def line_of(name: str, data: dict[str, Any], **written: str) -> str:
    """A line of ``record``; some fields of the data as they are written in JSON."""
    fields = {key: json.dumps(value) for key, value in data.items()} | written
    return f'{{"type": "{name}", "effective": "2018-01", "data": {{{_pairs(fields)}}}}}'


def _pairs(fields: dict[str, str]) -> str:
    return ", ".join(f"{json.dumps(key)}: {value}" for key, value in fields.items())


def told(log: PlanLog, line: str) -> str | None:
    """What is said of the line when it is recorded after good ones, or ``None`` where it is read."""
    good = line_of("Observed", {"measure": "ae", "period": "2018-01", "value": "76.9"})
    before = log.head
    try:
        proposals: list[Proposal] = read_lines(f"{good}\n{line}\n{good}", "f.jsonl")
        log.record_all(proposals)
    except (EventError, AdmissionError) as refused:
        assert log.head == before
        said = str(refused)
        assert said.startswith(("f.jsonl, line 2: ", "event 2 "))
        assert said.replace("\n", "").isprintable()
        return said
    return None


PYTHON = ("None", "True", "False", "Decimal(", "<class", " object at ", "__", "Traceback")


@pytest.mark.parametrize("cls", TYPES.values(), ids=TYPES)
def test_every_wrong_value_of_every_field_is_told_by_name(log: PlanLog, cls: type[Event]) -> None:
    """The error names the line, the type and the field, in words that need no Python; nothing is recorded."""
    name = cls.__name__
    read_lines(line_of(name, RIGHT[name]), "f.jsonl")
    unfit = []
    for field in event_fields(cls):
        for what, value in _wrong(cls, field).items():
            said = told(log, line_of(name, RIGHT[name], **{field.name: value}))
            out_of_bounds = said is not None and value[:20] in said  # told of the JSON itself
            named = said is not None and name in said and field.name in said
            if not (named or out_of_bounds) or any(word in str(said) for word in PYTHON):
                unfit.append((field.name, what, said))
    assert unfit == []


@pytest.mark.parametrize("cls", TYPES.values(), ids=TYPES)
def test_missing_unknown_and_repeated_fields_are_told_by_name(log: PlanLog, cls: type[Event]) -> None:
    """What has to be there and is not; what is there and nobody knows; what is there twice."""
    name = cls.__name__
    for field in event_fields(cls):
        left = {key: value for key, value in RIGHT[name].items() if key != field.name}
        if field.default is attrs.NOTHING:
            said = told(log, line_of(name, left))
            assert said == f"f.jsonl, line 2: {name}: the field '{field.name}' is missing (at {field.name})"
        twice = line_of(name, RIGHT[name] | {field.name: 1}).replace('"data": {', f'"data": {{"{field.name}": 2, ')
        assert told(log, twice) == f"f.jsonl, line 2: the key '{field.name}' is given twice"
        unknown = told(log, line_of(name, RIGHT[name] | {f"{field.name}-x": 1}))
        assert unknown is not None
        assert unknown.startswith(f"f.jsonl, line 2: {name}: unknown field '{field.name}-x'; ")


def test_one_wrong_line_among_a_hundred(log: PlanLog) -> None:
    """The ninety-nine good ones are not recorded either."""
    lines = [line_of("MeasureDefined", {"measure": f"m{n}", "title": "M"}) for n in range(100)]
    lines[70] = lines[70].replace('"M"', '" "')
    before = log.head

    with pytest.raises(EventError) as refused:
        log.record_all(read_lines("\n".join(lines), "f.jsonl"))
    assert str(refused.value) == "f.jsonl, line 71: MeasureDefined: title: the text is blank, and this is needed"
    assert log.head == before
