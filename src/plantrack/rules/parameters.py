"""Parameters of rules set from outside: by the adopting event, by the command line, by a test."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs

from plantrack.errors import ParameterError, RuleSourceError, did_you_mean
from plantrack.events.assurance import Parameter
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.scope import type_of_param
from plantrack.rules.pack import Pack, Rule
from plantrack.yaml_subset import Mapping, Sequence, read


def overridden(pack: Pack, params: Iterable[Parameter]) -> Pack:
    """The pack with some parameters set to other values of the same type.

    :raises ParameterError: the pack has no such rule or parameter, or the value is of another type.
    """
    changes: dict[str, dict[str, Any]] = {}
    for param in params:
        rule = pack.find(param.rule)
        if rule is None:
            known = [r.id for r in pack.rules]
            raise ParameterError(f"{pack.id} has no rule {param.rule!r:.60}; {did_you_mean(param.rule, known)}")
        changes.setdefault(rule.id, {})[param.name] = param.value
    return attrs.evolve(pack, rules=tuple(with_params(rule, changes.get(rule.id, {})) for rule in pack.rules))


def with_parameters(packs: Iterable[Pack], params: Iterable[Parameter]) -> tuple[Pack, ...]:
    """The packs with some parameters of their rules set to other values.

    :raises ParameterError: no pack has such a rule or parameter, or the value is of another type.
    """
    chosen, given = list(packs), list(params)
    for param in given:
        if not any(pack.find(param.rule) for pack in chosen):
            known = [rule.id for pack in chosen for rule in pack.rules]
            raise ParameterError(f"there is no rule {param.rule!r:.60}; {did_you_mean(param.rule, known)}")
    return tuple(overridden(pack, [param for param in given if pack.find(param.rule)]) for pack in chosen)


def with_params(rule: Rule, values: dict[str, Any]) -> Rule:
    """The rule with some parameters set to other values; texts are read as they would be in a pack.

    :raises ParameterError: the rule has no such parameter, or the value is of another type.
    """
    if not values:
        return rule
    params = dict(rule.params)
    for name, value in values.items():
        if name not in params:
            hint = did_you_mean(name, params) if params else "it has no parameters"
            raise ParameterError(f"{rule.id} has no parameter {name!r:.60}; {hint}")
        params[name] = _typed(rule, name, params[name], value)
    return with_values(rule, params)


def with_values(rule: Rule, values: dict[str, Any]) -> Rule:
    """The rule with some parameters set to values that were checked before, as those of a test are."""
    if not values:
        return rule
    params = rule.params | values
    compiled = {kind: Compiled(attrs.evolve(c.source, params=params)) for kind, c in rule.compiled.items()}
    return attrs.evolve(rule, params=params, compiled=compiled)


def parsed(written: str) -> Parameter:
    """A parameter as the command line takes it: ``RULE.NAME=VALUE``, where a rule is called ``family.name``.

    :raises ParameterError: it has another form.
    """
    left, equals, value = written.partition("=")
    rule, dot, name = left.rpartition(".")
    if not (equals and dot and rule and name and value.strip()):
        raise ParameterError(
            f"{written!r:.80} sets no parameter; write RULE.NAME=VALUE, such as kpi.missed-target.tolerance=5"
        )
    return Parameter(rule=rule.strip(), name=name.strip(), value=value.strip())


def _typed(rule: Rule, name: str, default: Any, value: Any) -> Any:
    wanted = type_of_param(default)
    if isinstance(value, str) and not (isinstance(default, str) and _is_plain(value)):
        value = _read(rule, name, value)
    elif isinstance(value, list):
        value = tuple(value)
    listed = isinstance(value, tuple)
    items = value if listed else (value,)
    plain = all(isinstance(item, bool | int | Decimal | str) for item in items)
    fits = plain and all(type_of_param((item,) if listed else item) == wanted for item in items)
    if not fits or listed != isinstance(default, tuple):
        raise ParameterError(f"{rule.id}.{name} needs a {wanted}, such as {_shown(default)}; got {_shown(value)}")
    return value


def _is_plain(value: str) -> bool:
    return value[:1] not in ("'", '"')


def _read(rule: Rule, name: str, written: str) -> Any:
    try:
        value, _ = read(written, f"{rule.id}.{name}")
    except RuleSourceError as wrong:
        raise ParameterError(f"{rule.id}.{name}: {wrong.message}; write it as in a pack") from None
    if isinstance(value, Mapping):
        raise ParameterError(f"{rule.id}.{name} needs one value or a list; got {written!r:.60}")
    return tuple(value.items) if isinstance(value, Sequence) else value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as in a pack
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return f"{value!r:.60}" if isinstance(value, str) else str(value)
