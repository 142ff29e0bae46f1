"""The page of all event types is what the classes say: `RENEW_GOLDEN=1 pytest tests/test_events_reference.py`."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from plantrack.events import TYPES, Attachment, Attribute, Code, Event, Parameter, SealedPack
from plantrack.events.codec import FAMILIES
from plantrack.events.envelope import event_fields
from plantrack.period import Period

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "events.md"
PARTS = (Code, Attribute, Attachment, Parameter, SealedPack)
HEAD = """\
# Every event

Made from the classes in `plantrack.events`. In Python a field is an argument by name; in JSON Lines it is a key under
`data`, in a journal a key under the type. A field that is not *needed* may be left out, and then has the value that the
last column names (nothing: it is not known). What surrounds an event (`effective`, `actor`, `reason`, `source`,
`event_id`) is in [Events, state and time](../events-and-time.md).

- An *id* is made of lower-case letters, digits, `.`, `-` and `_`, at most 100 characters, and stable for ever.
- A *period* is a date with a precision: `2018-01-31`, `2018-01`, `Q3 2017/18`, `2017/18`, `end March 2018`; a *day* is
  `2018-01-31`.
- A *number* is exact: `76.9`, or text such as `"76.9"`.
- A *reference* is `kind:id`, such as `measure:ae`.
- A list of attributes may be written as a mapping from their names: `{beds: 12, area: north}`.
- *A person* is a natural person, `Person("Jane Smith")` in Python and `{"person": "Jane Smith"}` in JSON Lines and
  journals, whose name is [sealed and can be erased](../privacy.md). No other field takes one.
- *opens*: the event makes this subject known; *of*: the subject was recorded before.
"""
PLAIN = {str: "text", bool: "true or false", int: "whole number", Decimal: "number", Period: "period", date: "day"}
CONVERTED = {
    "slug": "id",
    "reference": "reference",
    "qualified_reference": "reference in another plan, `plan/kind:id`",
    "fingerprint": "fingerprint of a finding",
    "pack_text": "the text of a pack",
    "person": "a person",
    "token": "the token of a person",
}


def converter_of(field: attrs.Attribute[Any]) -> str:
    """The name of what converts a field, without the wrapper that names the field in errors."""
    converter: Any = field.converter
    inner = inspect.getclosurevars(converter).nonlocals.get("convert") if converter else None
    return str(getattr(inner or converter, "__name__", "")).removeprefix("optional_")


def type_words(hint: Any, converter: str) -> str:
    """What a field holds, in words."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Literal:
        return " or ".join(f"`{word}`" for word in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list, each: {type_words(get_args(hint)[0], '')}"
    if hint in PARTS:
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return CONVERTED.get(converter) or PLAIN.get(hint) or "event with `type` and `data`"


def row(field: attrs.Attribute[Any], hint: Any) -> str:
    """The line of a field in the table of its type."""
    words = type_words(hint, converter_of(field))
    if kind := field.metadata.get("opens"):
        words += f", opens {kind}" + " (again: defines it anew)" * field.metadata["again"]
    elif (kind := field.metadata.get("refers")) and kind != "*":
        words += f" of {kind}"
    if "personal" in field.metadata:
        words += ", or a person" if words == "text" else ""
    if field.default is attrs.NOTHING:
        left_out = "needed"
    elif field.default is None:
        left_out = "nothing"
    elif field.default == ():
        left_out = "none"
    else:
        left_out = f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
    return f"| `{field.name}` | {words} | {left_out} |"


def described(cls: Any) -> Iterator[str]:
    """The section of a class: what it says of itself, and its fields."""
    said = re.sub(r":class:`~?(\w+)`|``", lambda found: f"`{found[1]}`" if found[1] else "`", inspect.getdoc(cls) or "")
    yield f"### {cls.__name__}\n\n{said}\n"
    hints = get_type_hints(cls)
    rows = [row(field, hints[field.name]) for field in attrs.fields(cls)]
    yield "\n".join(["| field | holds | left out |", "|---|---|---|", *rows, ""])


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family in FAMILIES:
        parts.append(f"## {family.__name__.rpartition('.')[2].capitalize()}\n")
        for cls in TYPES.values():
            if cls.__module__ == family.__name__:
                parts.append("\n".join(described(cls)))
    parts.append("## Parts\n")
    parts += ["\n".join(described(cls)) for cls in PARTS]
    return "\n".join(parts)


def test_page_is_what_the_classes_say() -> None:
    """Whoever writes events by hand finds every type, field, closed word and default on one page."""
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page(), "run RENEW_GOLDEN=1 pytest tests/test_events_reference.py"


def test_page_names_every_field_of_every_type() -> None:
    """A row a field, in the section of its type; every type says what it is."""
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL))

    assert sections.keys() == TYPES.keys() | {part.__name__ for part in PARTS}
    for name, cls in TYPES.items():
        assert re.findall(r"^\| `(\w+)` \|", sections[name], re.MULTILINE) == [f.name for f in event_fields(cls)]
        assert sections[name].strip().partition("\n")[0] not in ("", inspect.getdoc(Event))
