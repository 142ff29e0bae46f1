"""The published schema ``plantrack-rules: 1`` as plain data, for editors and other tools: what a pack may say.

Adopted packs live in the log and must load in ten years: once released, nothing in it is removed, renamed or retyped.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from plantrack import yaml_subset
from plantrack.rules import expectation, pack, pack_tests, past, source, written
from plantrack.rules.findings import SEVERITIES
from plantrack.rules.language import budget, graph, scope, syntax
from plantrack.rules.language.functions import FUNCTIONS, GROUPS
from plantrack.rules.language.schema import (
    BOOL,
    DAY,
    ITEM,
    NUMBER,
    OBJECTS,
    PERIOD,
    SUBJECTS,
    TEXT,
    Type,
    fields_of,
    list_of,
)
from plantrack.rules.language.signatures import Function


def published() -> dict[str, Any]:
    """What ``plantrack-rules: 1`` is: keys, syntax, kinds with their fields, functions, limits.

    Types are in words, such as ``list of Milestone`` and ``period or empty``; ``item`` is the type of whatever a list
    holds. Limits are upper ones; all else is to be read as: at least this is understood.
    """
    return {
        "plantrack-rules": 1,
        "keys": {
            "pack": _keys(pack.PACK_KEYS, pack.PACK_NEEDS),
            "rule": _keys(pack.RULE_KEYS, pack.RULE_NEEDS),
            "test": _keys(pack_tests.TEST_KEYS, pack_tests.TEST_NEEDS),
            "expected finding": _keys(expectation.FINDING_KEYS, ()),
        },
        "choices": {
            "severity": list(SEVERITIES),
            "status": list(pack.STATUSES),
            "expect": list(expectation.OUTCOMES),
        },
        "syntax": {
            "comparisons": list(syntax.COMPARISONS.values()),
            "arithmetic": list(syntax.SIGNS.values()),
            "words": ["and", "or", "not", "for", "if", "True", "False", "None"],
            "brackets": ["(...)", "[...]", "{...} in texts"],
        },
        "names": {"today": str(DAY), "plan": "Plan"},
        "kinds": {name: _kind(name) for name in OBJECTS},
        "functions": {
            name: {"group": group, "usage": function.usage, "meaning": function.doc, "forms": forms(name)}
            for group, functions in GROUPS.items()
            for name, function in functions.items()
        },
        "limits": {
            "bytes of a pack": yaml_subset.MAX_BYTES,
            "values in a pack": yaml_subset.MAX_NODES,
            "rules in a pack": pack.MAX_RULES,
            "characters of all expressions, for each kind": pack.MAX_EXPRESSIONS,
            "characters of a name": scope.MAX_NAME,
            "names in params, let, identity, cause, formerly or references": written.MAX_NAMES,
            "items of a parameter": source.MAX_ITEMS,
            "days of hold_for": pack.MAX_HELD,
            "events on all days of hold_for": past.MAX_FACTS,
            "characters of an expression or text": syntax.MAX_CHARACTERS,
            "parts of an expression": syntax.MAX_NODES,
            "depth of an expression": syntax.MAX_DEPTH,
            "quantifiers inside each other": syntax.MAX_QUANTIFIERS,
            "digits of a number": syntax.MAX_DIGITS,
            "links in search of cycles": graph.MAX_SEARCHED,
            "steps for one subject": budget.MAX_STEPS,
            "steps for all subjects of a rule": budget.MAX_RULE_STEPS,
            "steps added to that for each subject": budget.MORE_A_SUBJECT,
        },
    }


def _kind(name: str) -> dict[str, Any]:
    """A kind: its fields, and the words that a field knows where only some will do."""
    return {
        "subject": name in SUBJECTS,
        "fields": {field: str(of) for field, of in fields_of(name).items()},
        "words": {field: list(of.words) for field, of in fields_of(name).items() if of.words},
    }


def _keys(known: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    return {key: "needed" if key in needed else "optional" for key in known}


def forms(name: str) -> dict[str, str]:
    """The ways to call a function: the types of its arguments, and the type that its value then has."""
    return {", ".join(map(str, types)): str(result) for types, result in signatures_of(FUNCTIONS[name]).items()}


@cache
def signatures_of(function: Function) -> dict[tuple[Type, ...], Type]:
    """The types of arguments, one or two, that a function takes, with the type of its value.

    What it takes of every type stands once, for ``item``. (Of more than two values ``min`` and ``max`` do as of two.)
    """
    found: dict[tuple[Type, ...], Type] = {}
    for count in (1, 2):
        for types in product(_types(function.takes_empty), repeat=count):
            result = function.signature(types)
            if isinstance(result, Type) and (_general(types) == types or not _takes(function, _general(types))):
                found[types] = result
    return found


def _types(perhaps_empty: bool) -> list[Type]:
    plain = [ITEM, BOOL, TEXT, NUMBER, DAY, PERIOD, *map(Type, OBJECTS)]
    types = [*plain, *map(list_of, plain)]
    return [*types, *(of.maybe for of in types)] if perhaps_empty else types


def _takes(function: Function, types: tuple[Type, ...]) -> bool:
    return isinstance(function.signature(types), Type)


def _general(types: tuple[Type, ...]) -> tuple[Type, ...]:
    return tuple(Type(of.name, of.optional, ITEM) if of.is_list else Type(ITEM.name, of.optional) for of in types)
