"""What an expression is charged: the same expression with its charges in it, and the most that it can come to.

Both follow the functions at the head of this module, so that a rule whose bound lies within its budget may run without
counting: it comes to the same.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable, Mapping, Sized
from typing import Any, cast

from plantrack.events.fields import MAX_TEXT
from plantrack.rules.language.budget import READ_A_STEP
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.schema import TEXT, Type
from plantrack.rules.language.sizes import Sizes

PARTS_A_STEP = 10
A_CALL = 20
"""Parts for which a call counts beside its own: what is called takes longer than what is written."""
WALK, READ = "_walk", "_read"
CHARGES = (WALK, READ, "_call")
"""The names under which the code of a counted expression calls the budget."""

_UNWALKED = ("len", "latest", "previous", "first", "default")
"""Functions that take a list or text without going through it, unless it is made for them."""
_LOWER_GROWS = 2  # characters that one becomes at most in small letters


# --- what is charged -------------------------------------------------------------------------------------------------


def _weight(loop: ast.GeneratorExp) -> int:
    """The steps for an item: one for every ten parts of what is asked of it, without what inner loops ask."""
    todo: list[ast.AST] = [loop.elt, *loop.generators[0].ifs]
    parts = 0
    while todo:
        node = todo.pop()
        parts += isinstance(node, ast.expr) + A_CALL * isinstance(node, ast.Call)
        todo += [node.generators[0].iter] if isinstance(node, ast.GeneratorExp) else ast.iter_child_nodes(node)
    return -(-parts // PARTS_A_STEP)


def _function(call: ast.Call) -> str | None:
    """The name of the built-in function that is called, if it is one."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name.removeprefix("_f_") if name.startswith("_f_") else None


def _type(node: ast.AST) -> Type | None:
    return getattr(node, "type", None)


def _charge(argument: ast.AST) -> str | None:
    """How a value is charged that a function goes through; a loop that stands in its place charges itself."""
    found = None if isinstance(argument, ast.GeneratorExp) else _type(argument)
    if found is None:
        return None
    return WALK if found.is_list else READ if found.required == TEXT else None


def _charged_arguments(call: ast.Call) -> dict[int, str]:
    """The arguments of a function that are charged, by their place."""
    if _function(call) in (None, *_UNWALKED):
        return {}
    return {at: how for at, argument in enumerate(call.args) if (how := _charge(argument))}


def _price_of(call: ast.Call) -> tuple[str, str] | None:
    """The function and the class of its first argument, where the call has a price beside its arguments."""
    name, found = _function(call), _type(call)
    if name is None or name in _UNWALKED:
        return None
    if not FUNCTIONS[name].footprint and not (found is not None and found.is_list):
        return None
    first = next((of for argument in call.args if (of := _type(argument))), None)
    return name, "" if first is None else (first.of or first).name


def prices_of(tree: ast.expr) -> frozenset[tuple[str, str]]:
    """The calls in an expression that have a price beside their arguments: each function with its first class."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return frozenset(price for call in calls if (price := _price_of(call)) is not None)


def _walked_by_in(node: ast.AST) -> bool:
    """Whether ``node`` looks for something in a list that is not written out."""
    return (
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
        and not isinstance(node.comparators[0], ast.Tuple)
    )


# --- the expression with its charges ---------------------------------------------------------------------------------


def copied(tree: ast.expr) -> ast.expr:
    """A copy of a checked tree that still knows the nodes of the text that it came from."""
    origins: dict[int, Any] = {id(node.origin): node.origin for node in ast.walk(tree) if hasattr(node, "origin")}
    return copy.deepcopy(tree, origins)


def counted(tree: ast.expr) -> ast.expr:
    """The same expression, in code that charges what it goes through before it does."""
    return ast.fix_missing_locations(cast(ast.expr, _Charging().visit(copied(tree))))


class _Charging(ast.NodeTransformer):
    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        weight = _weight(node)
        self.generic_visit(node)
        loop = node.generators[0]
        loop.iter = _paid(WALK, loop.iter, ast.Constant(weight))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        charged, price = _charged_arguments(node), _price_of(node)
        self.generic_visit(node)
        for at, how in charged.items():
            node.args[at] = _paid(how, node.args[at])
        return _paid("_call", node, *map(ast.Constant, price)) if price else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        walked = _walked_by_in(node)
        self.generic_visit(node)
        if walked:
            node.comparators[0] = _paid(WALK, node.comparators[0])
        return node


def _paid(how: str, value: ast.expr, *more: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(how, ast.Load()), [value, *more], [])


# --- the most it can come to -----------------------------------------------------------------------------------------


class Bound:
    """The most steps that expressions of one rule can take for a subject; infinite where nobody can say before.

    :param kind: the class of the subject.
    :param params: the parameters of the rule.
    """

    def __init__(self, kind: str, params: Mapping[str, Any], sizes: Sizes) -> None:
        self._kind = kind
        self._sizes = sizes
        self._lengths: dict[str, float] = {
            f"_p_{name}": len(value) for name, value in params.items() if isinstance(value, Sized)
        }

    def let(self, name: str, tree: ast.expr) -> float:
        """The steps of a named value, whose length is known from then on."""
        self._lengths[f"_l_{name}"] = self._length(tree)
        return self.steps(tree)

    def steps(self, node: ast.AST) -> float:
        """The steps of an expression."""
        if isinstance(node, ast.GeneratorExp):
            loop = node.generators[0]
            items = self._length(loop.iter)
            each = _weight(node) + self.steps(node.elt) + sum(map(self.steps, loop.ifs))
            return self.steps(loop.iter) + (items * each if items else 0)
        found: float = sum(map(self.steps, ast.iter_child_nodes(node)))
        if isinstance(node, ast.Call):
            for at, how in _charged_arguments(node).items():
                length = self._length(node.args[at])
                found += length if how == WALK else length / READ_A_STEP
            if price := _price_of(node):
                flat, each = self._sizes.price(*price)
                of = _type(node)
                found += flat + (each * self._length(node) if of is not None and of.is_list else 0)
        elif _walked_by_in(node):
            found += self._length(cast(ast.Compare, node).comparators[0])
        return found

    def _length(self, node: ast.AST) -> float:
        """The most items or characters that a list or text can have."""
        if isinstance(node, ast.GeneratorExp):
            return self._length(node.generators[0].iter)
        if isinstance(node, ast.Tuple):
            return len(node.elts)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return len(node.value)
        if isinstance(node, ast.Name):
            return self._lengths.get(node.id, math.inf)
        if isinstance(node, ast.Attribute):
            return self._length_of_field(node)
        if isinstance(node, ast.Call):
            return _LENGTHS[name](self, node) if (name := ast.unparse(node.func)) in _LENGTHS else math.inf
        return math.inf

    def _length_of_field(self, node: ast.Attribute) -> float:
        owner = _type(node.value)
        name, of = self._kind if owner is None else owner.name, _type(node)
        if of is None or name in _MADE_WHEN_ASKED:
            return math.inf
        return self._sizes.longest(name, node.attr) if of.is_list else MAX_TEXT


_MADE_WHEN_ASKED = ("Cycle", "Group")  # no event bounds their texts
_LENGTHS: dict[str, Callable[[Bound, ast.Call], float]] = {
    "_list": lambda bound, call: bound._length(call.args[0]),
    "_f_default": lambda bound, call: max(map(bound._length, call.args)),
    "_f_lower": lambda bound, call: _LOWER_GROWS * bound._length(call.args[0]),
}
