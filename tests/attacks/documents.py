"""Documents that are no packs and no journals, a megabyte at a time; and keys of a rule that hold as much."""

from __future__ import annotations

from itertools import pairwise

from plantrack.yaml_subset import MAX_BYTES

SIZE = MAX_BYTES - 1_000
DOCUMENTS: dict[str, str | bytes] = {
    "aliases": "a: &a [x]\n" + "".join(f"{b}: &{b} [{f'*{a}, ' * 9}]\n" for a, b in pairwise("abcdefghi")),
    "lists in lists": "[" * SIZE,
    "closed lists in lists": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "mappings in mappings": "{a: " * (SIZE // 4),
    "lists on one line": "- " * (SIZE // 2),
    "keys of keys": "? " * (SIZE // 2),
    "lists and mappings": "[{" * (SIZE // 2),
    "indentation": "".join(" " * n + "a:\n" for n in range(1_400)),
    "items": "- a\n" * (SIZE // 4),
    "items on one line": "[" + "a," * (SIZE // 2) + "]",
    "keys": "".join(f"k{n}: 1\n" for n in range(80_000)),
    "empty lists": "[" + "[]," * (SIZE // 3) + "]",
    "the same key": "a: 1\n" * (SIZE // 5),
    "a long key": "{? " + "k" * SIZE + " : 1, &x b: 1}",
    "a long text": "a: &x " + "x " * (SIZE // 2),
    "an unclosed quote": "a: '" + "x" * SIZE,
    "unclosed quoted lines": 'a: "\n' + "x\n" * (SIZE // 2),
    "comments": "# x\n" * (SIZE // 4),
    "blanks": " " * SIZE,
    "line ends": "\n" * SIZE,
    "documents": "---\n" * (SIZE // 4),
    "colons": ":" * SIZE,
    "anchors": "&a " * (SIZE // 3),
    "stars": "*a " * (SIZE // 3),
    "bangs": "!a " * (SIZE // 3),
    "directives": "%a\n" * (SIZE // 3),
    "commas": "[" + "," * SIZE,
    "tabs": "\t" * SIZE,
    "braces": "}" * SIZE,
    "merges": "<<: {" * (SIZE // 5),
    "an unknown key of a megabyte": "? " + "k" * SIZE + "\n: 1\n",
    "a hidden character after a megabyte": "a: " + "x" * SIZE + "\u202e",
    "no character after a megabyte": "a: " + "x" * SIZE + "\x00",
    "half a character after a megabyte": "a: " + "x" * SIZE + "\ud800",
    "no UTF-8 after a megabyte": b"a: " + b"x" * SIZE + b"\xff",
    "a key twice, at the end": "".join(f"k{n}: 1\n" for n in range(12_000)) + "k0: 1\n",
    "an anchor at the end": "[" + "a," * 24_000 + "&x a]",
    "nulls": "\x00" * SIZE,
    "byte-order marks": "\ufeff" * (SIZE // 3),
    "emoji": "\U0001f600" * (SIZE // 4) + "\x07",
    "surrogates": "\ud83d" * SIZE,
    "escapes": '"' + "\\u0041" * (SIZE // 6) + "\\ud800",
    "question marks": "?\n" * (SIZE // 2),
    "explicit documents": "---\n...\n" * (SIZE // 8),
    "block texts": "- |\n a\n" * (SIZE // 8),
    "quoted keys": "".join(f"'{n}': {n}\n" for n in range(80_000)),
    "text that is too large": "x" * (MAX_BYTES + 1),
    "bytes that are too large": b"x" * (MAX_BYTES + 1),
}  # fmt: skip

PACK_BOMBS: dict[str, tuple[str, str]] = {
    "needs without end": (
        "needs: [" + "unit, " * 1_000 + "]",
        "9:12: rule kpi.test: 'needs' holds at most 50",
    ),
    "a parameter with a long name": (
        "params: {" + "x" * 61 + ": 1}",
        "9:14: the name 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx is taken or not a name",
    ),
    "a parameter without end": (
        "params: {x: [" + "1, " * 1_100 + "]}",
        "9:14: the list 'x' has more than 1,000 items",
    ),
    "a parameter of a megabyte": (
        "params: {x: " + "y" * 900_000 + "}",
        "9:17: a text has at most 10,000 characters, this one has 900,000",
    ),
    "parameters without end": (
        "params: {" + "".join(f"a{n}: 1, " for n in range(60)) + "}",
        "9:13: rule kpi.test: 'params' holds at most 50",
    ),
    "lets without end": (
        "let: {" + "".join(f'a{n}: "1", ' for n in range(60)) + "}",
        "9:10: rule kpi.test: 'let' holds at most 50",
    ),
    "identity without end": (
        "identity: [" + "id, " * 60 + "]",
        "9:15: rule kpi.test: 'identity' holds at most 50",
    ),
    "causes without end": (
        "cause: [" + "plan, " * 60 + "]",
        "9:12: rule kpi.test: 'cause' holds at most 50",
    ),
    "former names without end": (
        "formerly: [" + "".join(f"kpi.a{n}, " for n in range(60)) + "]",
        "9:15: rule kpi.test: 'formerly' holds at most 50",
    ),
    "an id without end": (
        "id: kpi." + "a" * 81,
        "5:9: rule kpi.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:",
    ),
    "a title of a megabyte": (
        "title: " + "x" * 900_000,
        "6:12: a text has at most 10,000 characters, this one has 900,000",
    ),
    "a reason of a megabyte": (
        "why: " + "x" * 900_000,
        "9:10: a text has at most 10,000 characters, this one has 900,000",
    ),
    "references without end": (
        "references: [" + "x, " * 60 + "]",
        "9:17: rule kpi.test: 'references' holds at most 50",
    ),
    "a kind of a megabyte": (
        "for: " + "Measure" * 120_000,
        "7:10: a text has at most 10,000 characters, this one has 840,000",
    ),
    "a day without end": (
        "tests: [{name: case, as_at: " + "9" * 900_000 + ", expect: none, events: []}]",
        "9:33: a text has at most 10,000 characters, this one has 900,000",
    ),
    "objects in objects as given": (
        "tests: [{name: case, as_at: 2018-02-28, expect: none, given: {initiative: "
        + "{parent: " * 14
        + "x"
        + "}" * 16
        + "]",
        "9:205: no initiative 'x' is given",
    ),
    "the same month twice as given": (
        "tests: [{name: case, as_at: 2018-02-28, expect: none, given: {observations: ["
        + "{period: 2018-01, value: 1}, " * 50
        + "]}}]",
        "9:120: a second observation for 2018-01",
    ),
    "a key of a megabyte": (
        "? " + "k" * 900_000 + "\n: x",
        "9:7: a text has at most 10,000 characters, this one has 900,000",
    ),
}
