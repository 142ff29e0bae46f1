"""Why a value that a rule needs is empty, in the words of somebody who looks for it in the plan."""

from __future__ import annotations

import ast

from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.signatures import item


def emptiness(expression: str) -> str:
    """What it means that a value is empty: ``latest(observations): there are no observations``.

    :param expression: one that was checked; what may be empty is a field, or what a function gives.
    """
    written = " ".join(expression.split())
    node = ast.parse(written, mode="eval").body
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return f"{written}: {_why(node.func.id, node.args[0])}"
    return f"{written} is not stated"


def _why(name: str, listed: ast.expr) -> str:
    function = FUNCTIONS[name]
    if not isinstance(listed, ast.GeneratorExp):
        return function.empty.format(items=_items(listed))
    source = listed.generators[0]
    if function.signature is item and ast.unparse(listed.elt) != ast.unparse(source.target):
        return "there is no value"  # there may be an item, and what is asked of it is empty
    return function.empty.format(items=f"{'such ' * bool(source.ifs)}{_items(source.iter)}")


def _items(node: ast.expr) -> str:
    """What a list holds, by its name in the plan."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "items"
    return name.replace("_", " ")
