"""Where a value is known not to be empty: what follows from a test that held.

Nothing more is known of a value than was tested of the same words: every fact is the text of an expression.
"""

from __future__ import annotations

import ast

from plantrack.rules.language.syntax import one_line, parse


def facts_of(text: str) -> frozenset[str]:
    """What is known not to be empty wherever a (checked) expression held: what stands after it may rely on that."""
    return facts(parse(one_line(text)), True)


def not_about(name: str, present: frozenset[str]) -> frozenset[str]:
    """Of the texts that are known not to be empty those that do not speak of a name."""
    return frozenset(text for text in present if name not in {getattr(n, "id", None) for n in ast.walk(parse(text))})


def facts(node: ast.expr, truth: bool) -> frozenset[str]:
    """The texts known not to be empty when ``node`` is ``truth``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "known":
        return frozenset({ast.unparse(node.args[0])}) if truth else frozenset()
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        compared = node.comparators[0]
        if isinstance(compared, ast.Constant) and compared.value is None:
            wanted = (ast.IsNot, ast.NotEq) if truth else (ast.Is, ast.Eq)
            return frozenset({ast.unparse(node.left)}) if isinstance(node.ops[0], wanted) else frozenset()
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return facts(node.operand, not truth)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And if truth else ast.Or):
        return frozenset().union(*(facts(value, truth) for value in node.values))
    return frozenset()
