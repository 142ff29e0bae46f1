"""From a rule as written to its checked parts: parameters, named values, conditions, identity and texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from plantrack.errors import did_you_mean
from plantrack.rules.language.checker import Checked
from plantrack.rules.language.compiler import Source
from plantrack.rules.language.narrowing import facts_of
from plantrack.rules.language.schema import BOOL, NUMBER, PERIOD, SUBJECTS, TEXT, fields_of
from plantrack.rules.language.scope import Scope, type_of_param
from plantrack.rules.written import Written
from plantrack.yaml_subset import Mapping, Sequence

MAX_ITEMS = 1_000  # of a parameter


def read_params(written: Written) -> dict[str, Any]:
    """The parameters of a rule: numbers, texts, true/false, or tuples of these."""
    given = written.item.get("params")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise written.wrong("params", "'params' needs a mapping of names to values")
    params: dict[str, Any] = {}
    for name, value in given.values.items():
        plain = tuple(value.items) if isinstance(value, Sequence) else value
        items = plain if isinstance(plain, tuple) else (plain,)
        if len(items) > MAX_ITEMS:
            raise written.file.error(given.keys[name], f"the list {name!r:.60} has more than {MAX_ITEMS:,} items")
        if not all(isinstance(item, int | str | Decimal) for item in items):
            said = f"the parameter {name!r:.60} needs a number, text, true/false or list"
            raise written.file.error(given.keys[name], said)
        if len({type_of_param(item) for item in items}) > 1:
            raise written.file.error(given.keys[name], f"the list {name!r:.60} needs items of one type")
        params[name] = plain
    written.few("params", params)
    return params


def read_units(written: Written, params: dict[str, Any]) -> dict[str, str]:
    """In what the parameters of a rule are counted, in words, by their names."""
    given = written.item.get("units")
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise written.wrong("units", "'units' needs a mapping of parameters to texts")
    for name, unit in given.values.items():
        if name not in params:
            hint = did_you_mean(name, params)
            raise written.file.error(given.keys[name], f"the rule has no parameter {name!r:.60}", hint, len(name))
        if not isinstance(unit, str) or not unit.strip():
            raise written.file.error(given.marks[name], f"the unit of {name!r:.60} needs a text", "such as days")
    return dict(given.values)


def read_source(written: Written, kind: str, params: dict[str, Any]) -> Source:
    """The checked parts of a rule for one class of subjects.

    :raises RuleSourceError: with the place of what is wrong.
    """
    constants: dict[str, Any] = {}
    for name in params:
        if Scope(kind).taken(name):
            mark = written.item["params"].keys[name]
            raise written.file.error(mark, f"the name {name!r:.60} is taken or not a name", "choose another")
    where = None
    listed = _lets(written)
    later = frozenset(listed.values)
    if "where" in written:
        where = written.expression("where", Scope(kind, {}, params, constants=constants, later=later), BOOL)
    needs = _needs(written, kind, listed)
    present = frozenset(name for name in needs if name not in listed)
    if where is not None:
        present |= facts_of(str(written.item["where"]))
    scope = Scope(kind, {}, params, present, constants, later)
    lets: list[tuple[str, Checked]] = []
    for name in listed.values:
        if scope.taken(name):
            said = f"the name {name!r:.60} is taken or not a name"
            raise written.file.error(listed.keys[name], said, "choose another")
        scope.later -= {name}
        checked = written.expression_at(listed.values[name], listed.marks[name], scope)
        if name in needs and not checked.type.optional:
            raise written.wrong("needs", f"'{name:.60}' is never empty, so it need not stand in needs")
        scope.name(name, checked.type.required if name in needs else checked.type)
        scope.leads[name] = checked.leads
        lets.append((name, checked))
    when = written.expression("when", scope, BOOL)
    scope.present |= facts_of(str(written.item["when"]))
    score = written.expression("score", scope, NUMBER) if "score" in written else None
    return Source(
        rule=written.id,
        kind=kind,
        where=where,
        needs=needs,
        lets=tuple(lets),
        when=when,
        score=score,
        identity=_identity(written, scope),
        causes=_objects(written, "cause", scope),
        affects=next(iter(_objects(written, "affects", scope)), None),
        message=written.template("message", scope),
        fix=written.template("fix", scope) if "fix" in written else (),
        params=params,
        constants=constants,
    )


def _lets(written: Written) -> Mapping:
    given = written.item.get("let")
    listed = given if isinstance(given, Mapping) else Mapping(written.item.mark)
    if "let" in written and not isinstance(given, Mapping):
        raise written.wrong("let", "'let' needs a mapping of names to expressions")
    written.few("let", listed.values)
    return listed


def _needs(written: Written, kind: str, lets: Mapping) -> tuple[str, ...]:
    given = written.item.get("needs")
    if given is None:
        return ()
    if not isinstance(given, Sequence):
        raise written.wrong("needs", "'needs' needs a list of names")
    written.few("needs", given)
    own = fields_of(kind)
    for name, mark in zip(given.items, given.marks, strict=True):
        if name in lets:
            continue
        if name not in own:
            hint = did_you_mean(str(name), [*own, *lets.values])
            raise written.file.error(mark, f"unknown name {name!r:.40}", hint)
        if not own[name].optional:
            raise written.file.error(mark, f"'{name:.60}' is never empty, so it need not stand in needs")
    return tuple(given.items)


def _identity(written: Written, scope: Scope) -> tuple[Checked, ...]:
    given = written.item.get("identity")
    if given is None:
        return ()
    if not isinstance(given, Sequence):
        raise written.wrong("identity", "'identity' needs a list of expressions")
    written.few("identity", given)
    found = []
    for expression, mark in zip(given.items, given.marks, strict=True):
        checked = written.expression_at(expression, mark, scope)
        if checked.type.required not in (PERIOD, TEXT):
            said = f"identity holds ids and periods only, this is {checked.type}"
            raise written.file.error(mark, said, "a value would change over time")
        if checked.type.required == TEXT and not checked.is_id:
            raise written.file.error(mark, "identity holds ids and periods only", "a text may be reworded")
        found.append(checked)
    return tuple(found)


def _objects(written: Written, key: str, scope: Scope) -> tuple[Checked, ...]:
    """One expression for a subject, or (for ``cause``) a list of them of which the first that is not empty counts."""
    if key not in written:
        return ()
    given, mark = written.item[key], written.item.marks[key]
    listed = isinstance(given, Sequence) and key == "cause"
    expressions, marks = (given.items, given.marks) if listed else ([given], [mark])
    written.few(key, expressions)
    found = []
    for expression, place in zip(expressions, marks, strict=True):
        checked = written.expression_at(expression, place, scope)
        if checked.type.name not in SUBJECTS:
            said = f"rule {written.id}: '{key}' names a thing of the plan, this is {checked.type}"
            raise written.file.error(place, said, "for example initiative, or plan")
        found.append(checked)
    return tuple(found)
