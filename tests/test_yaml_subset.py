"""The strict subset of YAML: what it takes, what it refuses and where, and that nothing keeps it busy."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from plantrack.errors import RuleSourceError
from plantrack.yaml_subset import MAX_BYTES, Mapping, Mark, Sequence, plain, read
from tests.strategies import examples
from tests.test_rules_packs import cases


def error_of(content: str | bytes) -> str:
    """The whole text of the error with which a document is refused."""
    with pytest.raises(RuleSourceError) as refused:
        read(content, "n.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", "a"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("-0", 0),
        ("1.50", Decimal("1.50")),
        ("-0.1", Decimal("-0.1")),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("5.", "5."),
        ("+5", "+5"),
        ("12:30", "12:30"),
        (".inf", ".inf"),
        (".NaN", ".NaN"),
        ("123456789012345678", 123456789012345678),
        ("1234567890123456789", "1234567890123456789"),
        ("2018-01-31", "2018-01-31"),
        ("2018-01", "2018-01"),
        ("2018-01-31T09:00:00Z", "2018-01-31T09:00:00Z"),
        ("2013/14", "2013/14"),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("TRUE", "TRUE"),
        ("null", None),
        ("~", None),
        ("---", None),
        ("Null", "Null"),
        ("'yes'", "yes"),
        ('"5"', "5"),
        ("'true'", "true"),
        ("yess", "yess"),
        ("''", ""),
        ("a: ", {"a": None}),
        ("a: ''", {"a": ""}),
        ("yes: 1", {"yes": 1}),
        ("5: 1", {"5": 1}),
        ("true: 1", {"true": 1}),
        ("[]", []),
        ("{}", {}),
        ("[a, 5, [b]]", ["a", 5, ["b"]]),
        ("- a\n- b: 1\n  c: [x]\n", ["a", {"b": 1, "c": ["x"]}]),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("a: |\n  5\n", {"a": "5\n"}),
        ('"\\u00e9\\n\\x41"', "é\nA"),
        ("'it''s'", "it's"),
        ("a: b # why\n", {"a": "b"}),
        ("a: b#c", {"a": "b#c"}),
        ("%YAML 1.1\n---\na", "a"),
        ("a\n...\n", "a"),
        ("\ufeffa: 1", {"a": 1}),
        ("é: “ü” \U0001f600", {"é": "“ü” \U0001f600"}),
        (b"a: \xc3\xa9\r\nb: 2\r\n", {"a": "é", "b": 2}),
        (json.dumps({"a": [1, "b", None, True, {"c": "é"}]}), {"a": [1, "b", None, True, {"c": "é"}]}),
        ("[" * 20 + "]" * 20, [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]),
    ],
    ids=repr,
)
def test_value(text: str | bytes, value: Any) -> None:
    """Null, true, false, whole and decimal numbers (exact); all else is text, dates included."""
    found = plain(read(text, "n.yaml")[0])
    assert value == found
    assert repr(value) == repr(found)


def test_places() -> None:
    """Each key, value and item knows its line and column, and whether its text begins on the next line."""
    document, text = read("a: 1\nb:\n  - x\n  - {c: 'y'}\nd: >-\n  z\n", "n.yaml")
    assert isinstance(document, Mapping)
    assert document.keys == {"a": Mark(1, 1), "b": Mark(2, 1), "d": Mark(5, 1)}
    assert document.marks == {"a": Mark(1, 4), "b": Mark(3, 3), "d": Mark(5, 4, block=True)}
    listed = document["b"]
    assert isinstance(listed, Sequence)
    assert listed.marks == [Mark(3, 5), Mark(4, 5)]
    assert (listed.items[1].keys, listed.items[1].marks) == ({"c": Mark(4, 6)}, {"c": Mark(4, 9)})
    assert ("a" in document, "x" in document, document.get("x"), len(listed), next(iter(listed))) == (
        True, False, None, 2, "x"
    )  # fmt: skip
    assert str(text.error(Mark(4, 9), "wrong", "write z", 3)) == (
        "n.yaml:4:9: wrong\n    - {c: 'y'}\n          ^^^\n  hint: write z"
    )


REFUSED = r"""
== anchor
a: &x 1
--
n.yaml:1:4: anchors and aliases are not allowed
    a: &x 1
       ^
  hint: write the value out

== alias
a: &x 1
b: *x
--
n.yaml:1:4: anchors and aliases are not allowed
    a: &x 1
       ^
  hint: write the value out

== alias alone
a: *x
--
n.yaml:1:4: anchors and aliases are not allowed
    a: *x
       ^
  hint: write the value out

== anchor on a list
- &x [1]
--
n.yaml:1:3: anchors and aliases are not allowed
    - &x [1]
      ^
  hint: write the value out

== anchor on a key
&x a: 1
--
n.yaml:1:1: anchors and aliases are not allowed
    &x a: 1
    ^
  hint: write the value out

== tag
a: !!str 1
--
n.yaml:1:4: tags are not allowed
    a: !!str 1
       ^
  hint: quote text that starts with '!'

== own tag
a: !mine 1
--
n.yaml:1:4: tags are not allowed
    a: !mine 1
       ^
  hint: quote text that starts with '!'

== tag of Python
!!python/object/apply:os.system ['true']
--
n.yaml:1:1: tags are not allowed
    !!python/object/apply:os.system ['true']
    ^
  hint: quote text that starts with '!'

== tag without a name
a: ! 1
--
n.yaml:1:4: tags are not allowed
    a: ! 1
       ^
  hint: quote text that starts with '!'

== long tag
a: !<tag:yaml.org,2002:int> 1
--
n.yaml:1:4: tags are not allowed
    a: !<tag:yaml.org,2002:int> 1
       ^
  hint: quote text that starts with '!'

== key twice
a: 1
b: 2
a: 3
--
n.yaml:3:1: the key 'a' is given twice
    a: 3
    ^

== key twice in a flow mapping
{a: 1, a: 2}
--
n.yaml:1:8: the key 'a' is given twice
    {a: 1, a: 2}
           ^

== key twice, quoted once
a: 1
'a': 2
--
n.yaml:2:1: the key 'a' is given twice
    'a': 2
    ^

== merge key
a: {<<: {b: 1}}
--
n.yaml:1:5: merge keys are not allowed
    a: {<<: {b: 1}}
        ^
  hint: write the values out

== key that is a list
? [a]
: b
--
n.yaml:1:3: a key must be text
    ? [a]
      ^

== key that is a mapping
{{a: 1}: 2}
--
n.yaml:1:2: a key must be text
    {{a: 1}: 2}
     ^

== yes
a: yes
--
n.yaml:1:4: 'yes' means different things in different YAML versions
    a: yes
       ^
  hint: write true, false, or quote it

== No
- No
--
n.yaml:1:3: 'No' means different things in different YAML versions
    - No
      ^
  hint: write true, false, or quote it

== on
[on]
--
n.yaml:1:2: 'on' means different things in different YAML versions
    [on]
     ^
  hint: write true, false, or quote it

== OFF
a: {b: OFF}
--
n.yaml:1:8: 'OFF' means different things in different YAML versions
    a: {b: OFF}
           ^
  hint: write true, false, or quote it

== y
a: y
--
n.yaml:1:4: 'y' means different things in different YAML versions
    a: y
       ^
  hint: write true, false, or quote it

== N
a: N
--
n.yaml:1:4: 'N' means different things in different YAML versions
    a: N
       ^
  hint: write true, false, or quote it

== two documents
a: 1
---
b: 2
--
n.yaml:2:1: more than one document in a file
    ---
    ^

== two documents, ended
a: 1
...
---
b: 2
--
n.yaml:3:1: more than one document in a file
    ---
    ^

== a second that is empty
a: 1
---
--
n.yaml:2:1: more than one document in a file
    ---
    ^

== not indented
a:
- b
 c: 1
--
n.yaml:3:2: the indentation fits nothing above
    c: 1
    ^
  hint: do not indent it, like '- b' above

== unclosed list
a: [1, 2
--
n.yaml:2:1: not YAML: did not find expected ',' or ']'

== unclosed mapping
a: {b: 1
--
n.yaml:2:1: not YAML: did not find expected ',' or '}'

== unclosed quote
a: 'b
--
n.yaml:2:1: not YAML: found unexpected end of stream

== unclosed double quote
a: "b
--
n.yaml:2:1: not YAML: found unexpected end of stream

== wrong escape
a: "\q"
--
n.yaml:1:5: not YAML: found unknown escape character
    a: "\q"
        ^

== colon in text
a: b: c
--
n.yaml:1:5: a second colon in the same line
    a: b: c
        ^
  hint: put the text in quotes

== indented less than its neighbours
rules:
  - id: a
    title: b
   severity: low
--
n.yaml:4:4: the indentation fits nothing above
    severity: low
    ^
  hint: indent it by 4 spaces, like 'title' above

== indented more than its neighbours
rules:
  - id: a
    title: b
     severity: low
--
n.yaml:4:6: the indentation fits nothing above
    severity: low
    ^
  hint: indent it by 4 spaces, like 'title' above

== indented like the dash
rules:
  - id: a
  title: b
--
n.yaml:3:3: the indentation fits nothing above
    title: b
    ^
  hint: indent it by 4 spaces, like 'id' above

== key without a colon
- id: x
  title
  for: y
--
n.yaml:2:3: 'title' has no colon
    title
    ^
  hint: write title: and its value

== colon without a space
a:1
b: 2
--
n.yaml:1:2: 'a' needs a space after its colon
    a:1
     ^
  hint: write a: 1

== braces without quotes
message: {rec} of {total}
--
n.yaml:1:16: the value ended before this
    message: {rec} of {total}
                   ^
  hint: put the text in quotes, all of it

== apostrophe in quotes
fix: 'it's'
--
n.yaml:1:10: the value ended before this
    fix: 'it's'
             ^
  hint: put the text in quotes, all of it

== hash without quotes
title: #1 on the list
--
n.yaml:1:8: what follows # is a comment, and no value is left
    title: #1 on the list
           ^
  hint: put the text in quotes

== at sign
a: @b
--
n.yaml:1:4: a text without quotes cannot start with '@'
    a: @b
       ^
  hint: put the text in quotes

== per cent
a: %b
--
n.yaml:1:4: a text without quotes cannot start with '%'
    a: %b
       ^
  hint: put the text in quotes

== backtick
a: `b`
--
n.yaml:1:4: a text without quotes cannot start with '`'
    a: `b`
       ^
  hint: put the text in quotes

== bad directive
%FOO bar
%YAML 9.9
---
a
--
n.yaml:1:5: not YAML: found unknown directive name
    %FOO bar
        ^

== 21 lists
[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]
--
n.yaml:1:21: nested more than 20 deep
    [[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]
                        ^
"""


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in cases(REFUSED)], ids=[c[0] for c in cases(REFUSED)])
def test_refused(text: str, expected: str) -> None:
    """What makes YAML a trap is refused, with its place and what to write instead."""
    assert expected == error_of(text + "\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "n.yaml:1:1: the document is empty"),
        (b"", "n.yaml:1:1: the document is empty"),
        ("\n\n", "n.yaml:1:1: the document is empty"),
        ("# nothing\n", "n.yaml:1:1: the document is empty"),
        (
            "a:\n\tb: 1\n",
            "n.yaml:2:1: a line cannot be indented with a tab\n    b: 1\n    ^\n  hint: indent it with spaces",
        ),
        ("a: \x07\n", "n.yaml:1:4: the character U+0007 is not allowed\n    a: \ufffd\n       ^"),
        ("a: 1\nb: \x00\n", "n.yaml:2:4: the character U+0000 is not allowed\n    b: \ufffd\n       ^"),
        ("a: '\x1b[31m'\n", "n.yaml:1:5: the character U+001B is not allowed\n    a: '\ufffd[31m'\n        ^"),
        ("a: \ud800\n", "n.yaml:1:4: the character U+D800 is not allowed\n    a: \ufffd\n       ^"),
        ("a: 1\n".encode("utf-16"), "n.yaml:1:1: not UTF-8 text\n  hint: save it as UTF-8"),
        (b"SQLite\x00\x1b[31m\xff", "n.yaml:1:1: not UTF-8 text\n  hint: save it as UTF-8"),
        (
            b"a: \xff\n",
            "n.yaml:1:4: not UTF-8 text: invalid start byte\n    a: \ufffd\n       ^\n  hint: save it as UTF-8",
        ),
        (
            "é: 1\nü: ".encode() + b"\xc3",
            "n.yaml:2:4: not UTF-8 text: unexpected end of data\n    ü: \ufffd\n       ^\n  hint: save it as UTF-8",
        ),
        (
            "a: é\n".encode("latin-1"),
            "n.yaml:1:4: not UTF-8 text: invalid continuation byte\n    a: \ufffd\n       ^\n  hint: save it as UTF-8",
        ),
        (
            "a: 1".encode("utf-16-le"),
            "n.yaml:1:2: the character U+0000 is not allowed\n    a\ufffd:\ufffd \ufffd1\ufffd\n     ^",
        ),
        ("x" * (MAX_BYTES + 1), "n.yaml:1:1: larger than 1,000,000 characters"),
        (b"x" * (MAX_BYTES + 1), "n.yaml:1:1: larger than 1,000,000 bytes"),
        ("é" * 600_000, None),
        ("é".encode() * 600_000, "n.yaml:1:1: larger than 1,000,000 bytes"),
        ("\n".join("  " * n + "a:" for n in range(21)), "n.yaml:21:41: nested more than 20 deep\n    a:\n    ^"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_unreadable(content: str | bytes, expected: str | None) -> None:
    """What is no text, too large or too deep is refused with its place; a terminal can show the message."""
    if expected is None:
        read(content, "n.yaml")
        return
    found = error_of(content)
    assert expected == found.replace("\n  hint: remove it, or write it as an escape in double quotes", "")
    assert found.replace("\n", "").isprintable()


shown = st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"], include_characters="\n\t")
keys = st.text(shown, max_size=8).filter(lambda key: key != "<<")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(shown, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_json_is_read_as_json(value: Any) -> None:
    """JSON is YAML: what it holds comes back."""
    assert value == plain(read(json.dumps(value, ensure_ascii=False), "n.yaml")[0])


@examples(2)
@given(st.text(max_size=100) | st.text("ab:-?#&*!|>'\"%@`[]{}, \n\t01", max_size=60) | st.binary(max_size=60))
@example("\ud800")
@example("a: \x85b\u2028c")
@example(b"\xef\xbb\xbf")
def test_anything_is_read_or_refused(content: str | bytes) -> None:
    """Whatever the text or the bytes, they are a document or a :class:`RuleSourceError`, and nothing else."""
    try:
        found = repr(plain(read(content, "n.yaml")[0]))
    except RuleSourceError as refused:
        found = str(refused)
    assert found


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40),
       st.integers(0), st.booleans())  # fmt: skip
def test_place_inside_a_quoted_text(written: str, at: int, as_ascii: bool) -> None:
    """The place of a character of a text is found through quotes and escapes."""
    at %= len(written)
    assume(not written[at].isspace())
    mapping, text = read(f"a: {json.dumps(written, ensure_ascii=as_ascii)}", "n.yaml")
    before = f"a: {json.dumps(written[:at], ensure_ascii=as_ascii)}"  # its closing quote stands for the character
    assert Mark(1, len(before)) == text.inside(mapping.marks["a"], mapping["a"], at)
