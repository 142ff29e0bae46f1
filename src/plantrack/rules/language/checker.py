"""From the text of an expression to a checked tree: an allow-list of syntax, every name known, every type right.

The language is a small subset of Python expressions. Nothing of the text survives: a fresh tree is built from the
checked parts alone, and every node remembers what it came from, so that the explanation can show it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import frozen

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.rules.language import habits
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.narrowing import facts, not_about
from plantrack.rules.language.routes import Route
from plantrack.rules.language.schema import BOOL, DAY, NONE, NUMBER, PERIOD, TEXT, Type, fields_of, list_of, members
from plantrack.rules.language.scope import Scope, type_of_param
from plantrack.rules.language.syntax import (
    ALLOWED,
    COMPARISONS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_QUANTIFIERS,
    MAX_WAYS,
    SIGNS,
    ExpressionError,
    one_line,
    parse,
    words_for,
)
from plantrack.rules.language.ways import NOWHERE, TO_PLAN, TO_SUBJECT, Leads, Ways

_IN_MESSAGE = "texts are joined in the message, such as {title} ({unit}); between conditions write and"
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)  # Python also reads 20180228 and 2018-W09-3


@frozen
class Checked:
    """A checked expression.

    :ivar type: of its value.
    :ivar tree: a fresh Python expression; names: ``_s`` (subject), ``_l_NAME`` (let), ``_p_NAME`` (parameter),
        ``_c_N`` (constant), ``_f_NAME`` (function), ``_g`` (the views of the check), ``today``, ``plan``.
    :ivar constants: the values of the ``_c_N``.
    :ivar reads: every field it reads, as ``Class.field``.
    :ivar hides: fields of the subject that an item of one of its lists is named after.
    :ivar routes: the ways from the subject, or from the plan, to every field that it reads, and to those by which the
        objects that it speaks of are named.
    :ivar leads: the ways to the objects that its value is, or holds.
    """

    text: str
    type: Type
    tree: ast.expr
    constants: dict[str, Any]
    reads: frozenset[str]
    hides: frozenset[str] = frozenset()
    routes: frozenset[Route] = frozenset()
    leads: Leads = NOWHERE

    @property
    def is_id(self) -> bool:
        """Whether its value is the id of an object."""
        return isinstance(self.tree, ast.Attribute) and self.tree.attr == "id"


def check(text: str, scope: Scope, expected: Type | None = None) -> Checked:
    """Parse and check one expression.

    :param expected: the type its value must have.
    :raises ExpressionError: with the offset in ``text``, and a hint.
    """
    tree = parse(text)
    checker = _Checker(text, scope)
    found, out = checker.visit(tree, 0, 0)
    if expected is not None and found != expected:
        what = f"this must be {expected}, but it is {found}"
        hint = _to_bool(found) if expected == BOOL else None
        raise ExpressionError(what, checker.shift, len(checker.parsed), hint)
    read, routes, hides = frozenset(checker.ways.reads), frozenset(checker.ways.routes), frozenset(checker.hides)
    return Checked(text, found, out, checker.scope.constants, read, hides, routes, _leads_of(out))


def check_alone(text: str, subject: str, expected: Type | None = None, name: str = "<rule>") -> Checked:
    """Check an expression that stands in no pack, for trying things out.

    :raises RuleSourceError: with a caret under the place.
    """
    try:
        return check(text, Scope(subject), expected)
    except ExpressionError as wrong:
        raise RuleSourceError(
            wrong.message,
            source=name,
            column=wrong.offset + 1,
            width=wrong.width,
            excerpt=one_line(text),
            hint=wrong.hint,
        ) from None


def _to_bool(found: Type) -> str | None:
    if found == BOOL.maybe:
        return "where it may be empty write `known(...) and ...`"
    if found.optional:
        return "compare it, for example `... is not None`"
    return "compare it, for example `... > 0`" if found == NUMBER else None


def _one_of(word: str, words: Sequence[str]) -> str:
    near = did_you_mean(word, words)
    return near if near.startswith("did") else f"one of {', '.join(words)}"


def _leads_of(out: ast.expr) -> Leads:
    """The ways to the objects that a checked node is, or holds."""
    leads: Leads = getattr(out, "leads", NOWHERE)
    return leads


def _leading(out: Any, leads: Leads) -> ast.expr:
    out.leads = leads
    node: ast.expr = out
    return node


class _Checker:
    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self.present = scope.present
        self.loops: dict[str, Type] = {}
        self.hides: set[str] = set()
        self.loop_leads: dict[str, Leads] = {}
        self.ways = Ways(scope.subject)
        self.nodes = 0
        self.parsed = text.strip()
        self.encoded = self.parsed.encode()  # ast counts bytes
        self.shift = len(text) - len(text.lstrip())

    def wrong(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionError:
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 1)
        start, end = len(self.encoded[:start].decode()), len(self.encoded[:end].decode())
        return ExpressionError(message, self.shift + start, max(1, end - start), hint)

    def written(self, node: ast.expr) -> str:
        """The node as it stands in the text."""
        return self.encoded[node.col_offset : node.end_col_offset].decode()

    def visit(self, node: Any, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise self.wrong(node, f"the expression is too large (at most {MAX_NODES} parts, {MAX_DEPTH} deep)")
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            hint = habits.comma(self.written(node)) if isinstance(node, ast.Tuple) else None
            raise self.wrong(node, f"{words_for(node)} is not allowed in a rule", hint or ALLOWED)
        found, out = method(node, depth + 1, quantifiers)
        out.origin, out.type = node, found
        self._speaks_of(node, found, _leads_of(out))
        node.written = self.written(node)  # as it stands in the pack, for explanations
        return found, out

    def _speaks_of(self, node: ast.expr, found: Type, leads: Leads) -> None:
        if len(leads) > MAX_WAYS:
            said = f"'{self.written(node)}' leads to its objects on more than {MAX_WAYS} different ways"
            raise self.wrong(node, said, "write it as two rules")
        self.ways.name(found, leads)

    def needed(self, node: ast.expr, found: Type) -> None:
        """Refuse a value that may be empty where one is needed."""
        if found == NONE:
            raise self.wrong(node, "None stands only after `is` and `is not`, `==` and `!=`")
        if found.optional:
            path = self.written(node)
            raise self.wrong(
                node, f"'{path}' may be empty here", f"write `{path} is not None and ...`, or name it in needs"
            )

    # --- leaves

    def _constant(self, node: ast.Constant, _depth: int, _quantifiers: int) -> tuple[Type, ast.expr]:
        value = node.value
        if value is None:
            return NONE, ast.Constant(None)
        if isinstance(value, bool):
            return BOOL, ast.Constant(value)
        if isinstance(value, str):
            return TEXT, ast.Constant(value)
        if isinstance(value, int):
            return NUMBER, ast.Constant(value)
        if isinstance(value, float):  # exact, from the text: 0.1 is a tenth
            return NUMBER, self._kept(Decimal(self.written(node)))
        raise self.wrong(node, f"{self.written(node):.40} is not allowed in a rule", ALLOWED)

    def _kept(self, value: Any) -> ast.expr:
        name = f"_c_{len(self.scope.constants)}"
        self.scope.constants[name] = value
        return ast.Name(name, ast.Load())

    def _name(self, node: ast.Name, _depth: int, _quantifiers: int) -> tuple[Type, ast.expr]:
        name = node.id
        if name in self.loops:
            item = _leading(ast.Name(f"_v_{name}", ast.Load()), self.loop_leads[name])
            return self._narrowed(node, self.loops[name]), item
        if name in self.scope.lets:
            let = _leading(ast.Name(f"_l_{name}", ast.Load()), self.scope.leads.get(name, NOWHERE))
            return self._narrowed(node, self.scope.lets[name]), let
        if name in self.scope.params:
            return type_of_param(self.scope.params[name]), ast.Name(f"_p_{name}", ast.Load())
        if name == "today":
            return DAY, ast.Name("today", ast.Load())
        if name == "plan":
            return Type("Plan"), _leading(ast.Name("plan", ast.Load()), TO_PLAN)
        own = fields_of(self.scope.subject)
        if name in own:
            held = self.ways.follow(self.scope.subject, name, TO_SUBJECT)
            out = ast.Attribute(ast.Name("_s", ast.Load()), name, ast.Load())
            return self._narrowed(node, own[name]), _leading(out, held)
        if name == self.scope.subject.lower():
            return Type(self.scope.subject), _leading(ast.Name("_s", ast.Load()), TO_SUBJECT)
        if name in FUNCTIONS:
            raise self.wrong(node, f"'{name}' is a function", f"call it: {FUNCTIONS[name].usage}")
        if name in self.scope.later:
            raise self.wrong(node, f"'{name}' is named only later", "write what it stands for, here")
        raise self.wrong(node, f"unknown name '{name}'", habits.named(name) or self._meant(name))

    def _meant(self, name: str) -> str:
        """The hint for an unknown name: one that is like it, else the objects that have a field of this name."""
        own = fields_of(self.scope.subject)
        subject = self.scope.subject.lower()
        known = [*self.loops, *self.scope.lets, *self.scope.params, "today", "plan", subject, *own]
        near = did_you_mean(name, known, FUNCTIONS, likeness=0.75)
        if near.startswith("did"):
            return near
        lists = ((listed, kind.of) for listed, kind in own.items() if kind.is_list and kind.of is not None)
        having = [(listed, of.name) for listed, of in lists if of.is_object and name in members(of)]
        if not having:
            return near
        listed, of = having[0]
        item = next(
            word for word in (listed[:length] for length in range(1, len(listed))) if not self.scope.taken(word)
        )
        others = "" if len(having) == 1 else ", among others"
        return f"{name} is a field of {of}{others}: write {item}.{name} for {item} in {listed}"

    def _narrowed(self, node: ast.expr, found: Type) -> Type:
        return found.required if found.optional and ast.unparse(node) in self.present else found

    def _attribute(self, node: ast.Attribute, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        owner, out = self.visit(node.value, depth, quantifiers)
        if not owner.is_object:
            raise self.wrong(node, f"'{self.written(node.value)}' is a {owner.required}; it has no fields")
        self.needed(node.value, owner)
        own = members(owner)
        if node.attr not in own:
            raise self.wrong(node, f"{owner.name} has no field '{node.attr}'", did_you_mean(node.attr, own))
        held = self.ways.follow(owner.name, node.attr, _leads_of(out))
        field = _leading(ast.Attribute(out, node.attr, ast.Load()), held)
        return self._narrowed(node, own[node.attr]), field

    def _list(self, node: ast.List, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        items = [self.visit(item, depth, quantifiers) for item in node.elts]
        found = {kind for kind, _ in items}
        if len(found) != 1 or not all(isinstance(item, ast.Constant) for item in node.elts) or NONE in found:
            raise self.wrong(node, "a list holds texts or numbers, all of one type", "for example ['won', 'lost']")
        return list_of(found.pop()), ast.Tuple([out for _, out in items], ast.Load())

    # --- operators

    def _boolop(self, node: ast.BoolOp, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        word = "and" if isinstance(node.op, ast.And) else "or"
        before, outs = self.present, []
        for value in node.values:
            found, out = self.visit(value, depth, quantifiers)
            if found != BOOL:
                raise self.wrong(value, f"'{word}' needs true/false on both sides, got {found}", _to_bool(found))
            outs.append(out)
            self.present |= facts(value, word == "and")
        self.present = before
        return BOOL, ast.BoolOp(node.op, outs)

    def _unaryop(self, node: ast.UnaryOp, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        found, out = self.visit(node.operand, depth, quantifiers)
        if isinstance(node.op, ast.Not):
            if found != BOOL:
                raise self.wrong(node.operand, f"'not' needs true/false, got {found}", _to_bool(found))
            return BOOL, ast.UnaryOp(ast.Not(), out)
        if isinstance(node.op, ast.USub):
            self.needed(node.operand, found)
            if found != NUMBER:
                raise self.wrong(node.operand, f"'-' needs a number, got {found}")
            return NUMBER, ast.UnaryOp(ast.USub(), out)
        raise self.wrong(node, f"{words_for(node.op)} is not allowed in a rule", ALLOWED)

    def _binop(self, node: ast.BinOp, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        sign = SIGNS.get(type(node.op))
        if sign is None:
            instead = _IN_MESSAGE if isinstance(node.op, ast.BitAnd) else ALLOWED
            raise self.wrong(node, f"{words_for(node.op)} is not allowed in a rule", instead)
        (left, first), (right, second) = (self.visit(side, depth, quantifiers) for side in (node.left, node.right))
        for side, found in ((node.left, left), (node.right, right)):
            self.needed(side, found)
        if left != NUMBER or right != NUMBER:
            days = {left, right} & {DAY, PERIOD}
            hint = "to count days write days_between(start, end)" if days else None
            raise self.wrong(node, f"cannot compute {left} {sign} {right}", hint)
        if sign == "/":
            return NUMBER, ast.Call(ast.Name("_divide", ast.Load()), [first, second], [])
        if sign == "*":
            return NUMBER, ast.Call(ast.Name("_multiply", ast.Load()), [first, second], [])
        return NUMBER, ast.BinOp(first, node.op, second)

    def _compare(self, node: ast.Compare, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        if len(node.ops) != 1:
            raise self.wrong(node, "one comparison at a time", "join them with `and`")
        operator, right_node = node.ops[0], node.comparators[0]
        sign = COMPARISONS[type(operator)]
        left, first = self.visit(node.left, depth, quantifiers)
        right, second = self.visit(right_node, depth, quantifiers)
        if right == NONE or left == NONE:
            return BOOL, self._with_none(node, sign, left, right, first)
        if sign in ("is", "is not"):
            raise self.wrong(node, "'is' compares only with None", "write ==")
        if sign in ("in", "not in"):
            item = right.of if right.is_list else None
            if item is None or item.required != left.required or left.is_list:
                raise self.wrong(node, f"cannot look for {left} in {right}")
            self.needed(right_node, right)
            self._can_meet(node.left, left, right_node, right)
            return BOOL, ast.Compare(first, [operator], [second])
        if sign not in ("==", "!="):
            self.needed(node.left, left)
            self.needed(right_node, right)
        kinds = {left.required, right.required}
        if kinds <= {DAY, PERIOD} and PERIOD in kinds:
            return BOOL, self._compare_periods(node, sign, (left, first), (right, second))
        if len(kinds) != 1:
            hint = "write a day as date('2026-11-20')" if kinds & {DAY, PERIOD} else None
            raise self.wrong(node, f"cannot compare {left} {sign} {right}", hint)
        if left.is_list:
            raise self.wrong(node, "lists are not compared as wholes", "write any(...), all(...), or compare len(...)")
        self._can_meet(node.left, left, right_node, right)
        if sign not in ("==", "!=") and left.required not in (NUMBER, DAY):
            raise self.wrong(node, f"{left.required} has no order")
        return BOOL, ast.Compare(first, [operator], [second])

    def _can_meet(self, left_node: ast.expr, left: Type, right_node: ast.expr, right: Type) -> None:
        """Refuse a comparison of texts that always gives the same answer: a word that the other side never is."""
        for node, known, other in ((left_node, left, right_node), (right_node, right, left_node)):
            words = known.of.words if known.of else known.words
            for place, value in self._texts(other) if words else ():
                if value not in words:
                    which = "" if isinstance(place, ast.Constant) else f", as {self.written(place)} is"
                    said = f"'{self.written(node)}' is never {value!r:.40}{which}"
                    raise self.wrong(place, said, _one_of(value, words))

    def _texts(self, node: ast.expr) -> list[tuple[ast.expr, str]]:
        """The texts that stand at a place of an expression, written there or as a parameter, each with its place."""
        if isinstance(node, ast.List):
            return [text for item in node.elts for text in self._texts(item)]
        value: Any = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.Name) and node.id not in self.loops and node.id not in self.scope.lets:
            value = self.scope.params.get(node.id)
        return [(node, text) for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str)]

    def _with_none(self, node: ast.Compare, sign: str, left: Type, right: Type, first: ast.expr) -> ast.expr:
        if right != NONE or left == NONE or sign not in ("is", "is not", "==", "!="):
            raise self.wrong(node, "None stands only after `is` and `is not`", "write `x is not None`")
        return self._tested(node.left, left, first, ast.Is() if sign in ("is", "==") else ast.IsNot())

    def _tested(self, node: ast.expr, found: Type, out: ast.expr, operator: ast.cmpop) -> ast.expr:
        """The test whether a value is empty, which must be open."""
        if not found.optional:
            why = "it was tested before" if ast.unparse(node) in self.present else "it always has a value"
            said = f"'{self.written(node)}' is never empty here ({why})"
            hint = "to ask whether it has items, write len(...) > 0" if found.is_list else None
            raise self.wrong(node, f"{said}; this test always gives the same answer", hint)
        return ast.Compare(out, [operator], [ast.Constant(None)])

    def _compare_periods(
        self, node: ast.Compare, sign: str, left: tuple[Type, ast.expr], right: tuple[Type, ast.expr]
    ) -> ast.expr:
        """``<`` and ``>`` compare whole periods: what is due in March is past on 1 April, not before."""
        if sign in ("==", "!="):
            if left[0].required != right[0].required:
                raise self.wrong(node, f"cannot compare {left[0]} {sign} {right[0]}", "use < or >, or period_end(...)")
            return ast.Compare(left[1], [node.ops[0]], [right[1]])
        if sign in ("<=", ">="):
            raise self.wrong(
                node, f"'{sign}' has two meanings for a period", "use < or > (all of it), or period_end(...)"
            )
        near, far = ("end", "start") if sign == "<" else ("start", "end")

        def edge(side: tuple[Type, ast.expr], name: str) -> ast.expr:
            return side[1] if side[0] == DAY else ast.Attribute(side[1], name, ast.Load())

        return ast.Compare(edge(left, near), [node.ops[0]], [edge(right, far)])

    # --- calls and quantifiers

    def _call(self, node: ast.Call, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.wrong(node, "only the built-in functions can be called, without named arguments")
        name = node.func.id
        if name not in FUNCTIONS:
            hint = habits.called(name, FUNCTIONS.__contains__) or did_you_mean(name, FUNCTIONS)
            raise self.wrong(node.func, f"unknown function '{name}'", hint)
        function = FUNCTIONS[name]
        arguments = [self.visit(argument, depth, quantifiers) for argument in node.args]
        types, outs = [kind for kind, _ in arguments], [out for _, out in arguments]
        if name == "known" and len(types) == 1:
            if types[0] == NONE:
                raise self.wrong(node, "None is never known", "name a value, such as known(target)")
            return BOOL, self._tested(node.args[0], types[0], outs[0], ast.IsNot())
        found = function.signature(types if function.takes_empty else [kind.required for kind in types])
        if isinstance(found, str):
            raise self.wrong(node, f"{name}(): {found}", habits.comma(self.written(node)) or f"usage: {function.usage}")
        if not function.takes_empty:
            for argument, kind in zip(node.args, types, strict=True):
                self.needed(argument, kind)
        if name == "date":
            return found, self._date(node.args[0])
        target = ast.Name(f"_f_{name}", ast.Load())
        given = self.ways.ask(function, types, [_leads_of(out) for out in outs])
        if name != "default":  # the others read a generator at once, so that it need not become a list
            outs = [out.generator if hasattr(out, "generator") else out for out in outs]
        if name == "len" and isinstance(outs[0], ast.GeneratorExp) and isinstance(outs[0].elt, ast.Name):
            target = ast.Name("_f_sum", ast.Load())  # counting ones needs no second loop
            outs[0].elt = ast.Constant(1)
        if function.of_check:
            outs.insert(0, ast.Name("_g", ast.Load()))
        return self._narrowed(node, found), _leading(ast.Call(target, outs, []), given)

    def _date(self, argument: ast.expr) -> ast.expr:
        hint = "write date('2026-11-20')"
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise self.wrong(argument, "date(): takes one day in quotes", hint)
        try:
            if not _DAY.match(argument.value):
                raise ValueError
            return self._kept(date.fromisoformat(argument.value))
        except ValueError:
            raise self.wrong(argument, f"{argument.value!r:.30} is not a day", hint) from None

    def _generatorexp(self, node: ast.GeneratorExp, depth: int, quantifiers: int) -> tuple[Type, ast.expr]:
        loop = node.generators[0]
        if len(node.generators) != 1 or not isinstance(loop.target, ast.Name) or loop.is_async:
            raise self.wrong(node, "one simple `for x in list` is allowed")
        if quantifiers >= MAX_QUANTIFIERS:
            raise self.wrong(node, f"quantifiers nest at most {MAX_QUANTIFIERS} deep")
        name = loop.target.id
        if name in self.loops or self.scope.taken(name):
            raise self.wrong(loop.target, f"the name '{name}' is taken or not a name", "choose another for the item")
        over, source = self.visit(loop.iter, depth, quantifiers)
        if not over.is_list or over.optional:
            raise self.wrong(loop.iter, f"can only go through a list, this is {over}")
        before = self.present
        assert over.of is not None  # lists have items
        self.loops[name] = over.of
        self.present = not_about(name, before)
        if name in fields_of(self.scope.subject):
            self.hides.add(name)
        self.loop_leads[name] = _leads_of(source)
        tests = []
        for test in loop.ifs:
            found, out = self.visit(test, depth, quantifiers + 1)
            if found != BOOL:
                raise self.wrong(test, f"a filter needs true/false, got {found}", _to_bool(found))
            tests.append(out)
            self.present |= facts(test, True)
        found, element = self.visit(node.elt, depth, quantifiers + 1)
        if found.is_list and found.of is not None and found.of.is_list:  # or words for it would grow without end
            raise self.wrong(node.elt, "lists hold lists at most one deep", "go through the inner list here")
        self.present = before
        del self.loops[name]
        variable = ast.Name(f"_v_{name}", ast.Store())
        generator = ast.GeneratorExp(element, [ast.comprehension(variable, source, tests, 0)])
        items: Any = ast.Call(ast.Name("_list", ast.Load()), [generator], [])  # a generator can be read only once
        items.generator = generator
        return list_of(found), _leading(items, _leads_of(element))
