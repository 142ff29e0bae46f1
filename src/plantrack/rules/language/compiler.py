"""From checked expressions to Python code: one fused loop a rule, and a second, traced form that explains a finding.

Only trees that :mod:`checker` built are compiled, in a namespace that holds nothing but the built-in functions. The
traced form is the same tree with every node wrapped, so that an explanation can never disagree with the finding.

The loop comes in two forms: one that counts its steps, and one that does not, for where the lists of the plan are so
short that the budget cannot be exceeded. What is said of findings is always counted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, DecimalException
from functools import cached_property
from types import CodeType
from typing import Any, cast

from attrs import frozen

from plantrack.rules.language.arithmetic import ARITHMETIC, divide, multiply
from plantrack.rules.language.budget import A_NODE, A_POSITION, Budget
from plantrack.rules.language.checker import Checked
from plantrack.rules.language.counting import CHARGES, Bound, counted, prices_of
from plantrack.rules.language.emptiness import emptiness
from plantrack.rules.language.functions import FUNCTIONS
from plantrack.rules.language.routes import Route, route
from plantrack.rules.language.schema import fields_of, stored_field
from plantrack.rules.language.sizes import Sizes
from plantrack.rules.language.wording import naming, words
from plantrack.state.entity import Entity, Reading

Template = tuple["str | Checked", ...]
"""A message: texts and the expressions between them."""


@frozen
class Explanation:
    """One node of the arithmetic: an expression, its value in words, and the parts it follows from."""

    expression: str
    value: str
    because: tuple[Explanation, ...] = ()


@frozen
class Run:
    """What one pass over the subjects gave: views of the subjects, by outcome.

    :ivar unknown: with the name of what is empty; ``failed`` with the reason.
    """

    hits: list[Any]
    unknown: list[tuple[Any, str]]
    failed: list[tuple[Any, str]]
    skipped: list[Any]


@frozen
class Reported:
    """What a rule says of a subject on which it fired.

    :ivar cause: the view of what it follows from, or ``None``; ``affects`` the view of what suffers, or ``None`` where
        that is the subject itself.
    """

    score: Any
    identity: tuple[Any, ...]
    message: str
    fix: str
    cause: Any
    affects: Any


@frozen
class Source:
    """The checked parts of a rule for one class of subjects."""

    rule: str
    kind: str
    where: Checked | None
    needs: tuple[str, ...]
    lets: tuple[tuple[str, Checked], ...]
    when: Checked
    score: Checked | None
    identity: tuple[Checked, ...]
    causes: tuple[Checked, ...]
    affects: Checked | None
    message: Template
    fix: Template
    params: dict[str, Any]
    constants: dict[str, Any]

    @property
    def reads(self) -> frozenset[str]:
        """Every field that the outcome depends on."""
        parts = [self.when, *(checked for _, checked in self.lets), *([self.where] if self.where else [])]
        return frozenset(f"{self.kind}.{name}" for name in self._needed).union(*(part.reads for part in parts))

    @property
    def routes(self) -> frozenset[Route]:
        """The ways to every field on which the outcome, or anything that is said about it, depends."""
        own = [route(f"{self.kind}.{name}") for name in ("id", *self._needed)]
        return frozenset([*own, *naming(self.kind)]).union(*(part.routes for part in self._parts))

    @property
    def priced(self) -> frozenset[tuple[str, str]]:
        """The calls whose steps follow from the sizes of the plan."""
        return frozenset().union(*(prices_of(part.tree) for part in self._parts))

    @property
    def _parts(self) -> list[Checked]:
        """Every expression of the rule."""
        parts: list[Checked | str | None] = [self.where, self.when, self.score, self.affects, *self.identity]
        parts += [*(checked for _, checked in self.lets), *self.causes, *self.message, *self.fix]
        return [part for part in parts if isinstance(part, Checked)]

    @property
    def _needed(self) -> frozenset[str]:
        return frozenset(self.needs).difference(name for name, _ in self.lets)

    @property
    def hides(self) -> frozenset[str]:
        """The fields of the subject that it does not reach, because it calls something else so."""
        named = {*self.params, *(name for name, _ in self.lets)} & fields_of(self.kind).keys()
        return frozenset(named).union(*(part.hides for part in self._parts))

    @property
    def words(self) -> frozenset[str]:
        """The texts that its conditions compare with, also those in parameters."""
        return frozenset(value for value in self._written if isinstance(value, str))

    @property
    def numbers(self) -> frozenset[Decimal]:
        """The numbers in its conditions, also those in parameters."""
        written = [*self._written, *self.constants.values()]
        numbers = (value for value in written if isinstance(value, int | Decimal) and not isinstance(value, bool))
        return frozenset(Decimal(value) for value in numbers)

    @property
    def _written(self) -> list[Any]:
        """The values that stand in its conditions, and those of its parameters."""
        trees = [part.tree for part in (self.when, *(checked for _, checked in self.lets))]
        if self.where is not None:
            trees.append(self.where.tree)
        constants = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        params = [item for value in self.params.values() for item in (value if isinstance(value, tuple) else (value,))]
        return [*constants, *params]


MAX_EXPLAINED = 40
"""How deep an explanation goes."""
FEW = 50
"""Subjects for which it is not worth reckoning whether steps need counting."""


class Compiled:
    """A rule ready to run over one class of subjects. Its code is made when it is first needed."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def _plain(self) -> Callable[..., Any]:
        return self._function(_run_text(self.source, lambda tree: tree))

    @cached_property
    def _counted(self) -> Callable[..., Any]:
        return self._function(_run_text(self.source, counted))

    @cached_property
    def _report(self) -> Callable[..., Any]:
        return self._function(_report_text(self.source))

    @cached_property
    def _traced(self) -> tuple[Callable[..., Any], dict[int, list[int]]]:
        """The traced form, and the numbers under which it notes the values of each node of the written expression."""
        tracer = _Tracer()
        made = self._function(_explain_text(self.source, tracer))
        numbers: dict[int, list[int]] = {}
        for number, node in enumerate(tracer.nodes):
            numbers.setdefault(id(node), []).append(number)
        return made, numbers

    def run(self, subjects: Sequence[Any], today: date, plan: Any, linked: Any, budget: Budget | None = None) -> Run:
        """Evaluate every subject; one subject's failure leaves the others alone.

        :param budget: of steps; left out, what every rule has.
        """
        budget = budget or Budget(len(subjects), linked.sizes)
        if len(subjects) >= FEW and budget.allows(self.bound(linked.sizes)):
            return Run(*self._plain(subjects, today, plan, linked, *_UNCOUNTED))
        run = Run(*self._counted(subjects, today, plan, linked, budget.start, *budget.charges))
        return Run([], [], [(view, budget.reason) for view in subjects], []) if budget.exhausted else run

    def bound(self, sizes: Sizes) -> float:
        """The most steps that it can take to judge one subject of a plan of these sizes; infinite if nobody can say."""
        source = self.source
        bound = Bound(source.kind, source.params, sizes)
        lets = sum(bound.let(name, checked.tree) for name, checked in source.lets)
        return lets + bound.steps(source.when.tree) + (bound.steps(source.where.tree) if source.where else 0)

    def emptiness(self, name: str) -> str:
        """What it means that a value named in ``needs`` is empty, in words."""
        let = dict(self.source.lets).get(name)
        return emptiness(name if let is None else let.text)

    def report(self, subject: Any, today: date, plan: Any, linked: Any, budget: Budget) -> Reported:
        """What the rule says of a subject on which it fired."""
        budget.start()
        said = self._report(subject, today, plan, linked, *budget.charges)
        score, identity, message, fix, causes, affects = said
        cause = next((cause for cause in causes if cause is not None), None)
        message, fix = ("".join(budget.say(words(part)) for part in parts) for parts in (message, fix))
        return Reported(score, identity, message, fix, cause, affects)

    def explain(
        self, subject: Any, today: date, plan: Any, linked: Any, budget: Budget
    ) -> tuple[Explanation, tuple[int, ...]]:
        """Why the rule fired: the arithmetic, and the positions of the events that it rests on."""
        traced, numbers = self._traced
        trace = Trace(subject, budget)
        watchers = (trace.node, trace.field, trace.mark, trace.keep, trace.begin, trace.since, trace.given, trace.asked)
        budget.start()
        traced(subject, today, plan, linked, *watchers, *budget.charges)
        budget.start()
        telling = _Telling(trace.values_of(numbers), dict(self.source.lets), budget)
        tree = telling.tree(_origin(self.source.when.tree), MAX_EXPLAINED)
        evidence = trace.evidence()
        return tree, budget.keep(evidence, A_POSITION * len(evidence))

    def _function(self, text: str) -> Callable[..., Any]:
        code: CodeType = compile(text, f"<rule {self.source.rule}>", "exec")
        space = dict(self._names)
        exec(code, space)  # the text was built from checked trees alone
        made: Callable[..., Any] = space["_made"]
        return made

    @property
    def _names(self) -> dict[str, Any]:
        """All that the code of the rule can reach."""
        return {
            "__builtins__": {},
            "Exception": Exception,
            "_why": reason_of,
            "_divide": divide,
            "_multiply": multiply,
            "_list": list,
            **{f"_f_{name}": f.implementation for name, f in FUNCTIONS.items()},
            **{f"_p_{name}": value for name, value in self.source.params.items()},
            **self.source.constants,
        }


def reason_of(problem: Exception) -> str:
    """Why an evaluation failed, in words: the exception itself would keep alive all that was at hand when it came."""
    if isinstance(problem, DecimalException):
        return f"a number is out of bounds: more than {ARITHMETIC.Emax} digits"
    return str(problem) or type(problem).__name__


class _Telling:
    """Makes the explanation of one finding from the values that its trace noted.

    :param lets: those not told yet; each is told once, since lets that use lets twice would double without end.
    """

    def __init__(self, value_of: Callable[[ast.AST], Any], lets: dict[str, Checked], budget: Budget) -> None:
        self._value_of = value_of
        self._lets = lets
        self._budget = budget

    def tree(self, node: ast.AST, depth: int) -> Explanation:
        """The explanation of a node of the original expression, with the parts that were evaluated."""
        parts = [
            self.tree(child, depth - 1)
            for child in _explained(node)
            if depth and self._value_of(child) is not _NOT_EVALUATED
        ]
        if isinstance(node, ast.Name) and node.id in self._lets and depth:
            tree = self.tree(_origin(self._lets.pop(node.id).tree), depth - 1)
            parts = [tree] if tree.because or tree.expression != node.id else []
        expression, value = self._budget.say(_written(node)), self._budget.say(words(self._value_of(node)))
        return self._budget.keep(Explanation(expression, value, tuple(parts)), A_NODE)


_UNCOUNTED = (lambda: None, None, None, None)  # nothing is charged in the plain form

Form = Callable[[ast.expr], ast.expr]


def _run_text(source: Source, form: Form) -> str:
    def code(checked: Checked) -> str:
        return ast.unparse(form(checked.tree))

    lines = [
        f"def _made(_xs, today, plan, _g, _start, {', '.join(CHARGES)}):",
        "    _hits = []; _unknown = []; _failed = []; _skipped = []",
        "    for _s in _xs:",
        "        try:",
    ]
    if form is counted:
        lines.append("            _start()")
    if source.where is not None:
        lines += [
            f"            if not ({code(source.where)}):",
            "                _skipped.append(_s); continue",
        ]
    lets = dict(source.lets)
    for name in source.needs:
        if name not in lets:
            lines += [
                f"            if _s.{name} is None:",
                f"                _unknown.append((_s, {name!r})); continue",
            ]
    for name, checked in source.lets:
        lines.append(f"            _l_{name} = {code(checked)}")
        if name in source.needs:
            lines += [
                f"            if _l_{name} is None:",
                f"                _unknown.append((_s, {name!r})); continue",
            ]
    lines += [
        f"            if {code(source.when)}:",
        "                _hits.append(_s)",
        "        except Exception as _e:",
        "            _failed.append((_s, _why(_e)))",
        "    return _hits, _unknown, _failed, _skipped",
    ]
    return "\n".join(lines)


def _report_text(source: Source) -> str:
    score = _code(source.score) if source.score else "None"
    lines = [f"def _made(_s, today, plan, _g, {', '.join(CHARGES)}):"]
    lines += [f"    _l_{name} = {_code(checked)}" for name, checked in source.lets]
    identity = _tuple([_code(checked) for checked in source.identity])
    causes = _tuple([_code(checked) for checked in source.causes])
    affects = _code(source.affects) if source.affects else "None"
    said = f"{_parts(source.message)}, {_parts(source.fix)}"
    lines.append(f"    return {score}, {identity}, {said}, {causes}, {affects}")
    return "\n".join(lines)


def _explain_text(source: Source, tracer: _Tracer) -> str:
    watchers = "_t, _r, _mark, _keep, _begin, _since, _given, _ask"
    lines = [f"def _made(_s, today, plan, _g, {watchers}, {', '.join(CHARGES)}):"]
    if source.where is not None:  # read for its evidence: why the rule applies at all
        lines.append(f"    {ast.unparse(tracer.traced(source.where.tree))}")
    lets = dict(source.lets)
    lines += [f"    _r(_s, {name!r})" for name in source.needs if name not in lets]
    lines += [f"    _l_{name} = {ast.unparse(tracer.traced(checked.tree))}" for name, checked in source.lets]
    lines.append(f"    return {ast.unparse(tracer.traced(source.when.tree))}")
    return "\n".join(lines)


def _code(checked: Checked) -> str:
    return ast.unparse(counted(checked.tree))


def _parts(template: Template) -> str:
    return _tuple([repr(part) if isinstance(part, str) else _code(part) for part in template])


def _tuple(parts: Sequence[str]) -> str:
    return "(" + "".join(f"{part}, " for part in parts) + ")"


# --- tracing ---------------------------------------------------------------------------------------------------------

_NOT_EVALUATED = object()
_KEEP = {"any": True, "all": False}


def _origin(tree: ast.AST) -> ast.AST:
    """The node of the written expression that a checked node came from."""
    return getattr(tree, "origin", tree)


def _written(node: ast.AST) -> str:
    """A node as it stands in the pack, on one line."""
    return " ".join((getattr(node, "written", None) or ast.unparse(node)).split())


class _Tracer(ast.NodeTransformer):
    """Wraps every node so that its value is noted, every field that is read, and what quantifiers looked at."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self._rows = 0

    def traced(self, tree: ast.expr) -> ast.expr:
        wrapped: ast.expr = self.visit(counted(tree))
        return ast.fix_missing_locations(wrapped)

    def visit(self, node: Any) -> Any:
        origin = getattr(node, "origin", None)
        if isinstance(node, ast.Call) and origin is not None:
            node = self._call(node)
        elif isinstance(node, ast.Attribute) and origin is not None and isinstance(origin, ast.Attribute | ast.Name):
            owner = self.visit(node.value)
            node = ast.Call(_name("_r"), [owner, ast.Constant(node.attr)], [])
        elif not isinstance(node, ast.Constant | ast.Name | ast.Tuple):
            node = super().generic_visit(node)
        if origin is None or isinstance(node, ast.Constant | ast.GeneratorExp | ast.Tuple):
            return node
        self.nodes.append(origin)
        return ast.Call(_name("_t"), [ast.Constant(len(self.nodes) - 1), node], [])

    def _call(self, call: ast.Call) -> ast.Call:
        name = call.func.id.removeprefix("_f_") if isinstance(call.func, ast.Name) else ""
        for argument in call.args:
            if isinstance(argument, ast.GeneratorExp):
                self._quantifier(argument, name)
        node = cast(ast.Call, super().generic_visit(call))
        function = FUNCTIONS.get(name)
        if function is not None and function.evidence is not None:
            return ast.Call(_name("_ask"), [ast.Constant(name), *node.args], [])
        if function is not None and function.footprint:
            node.args = [ast.Call(_name("_given"), [argument], []) for argument in node.args]
        return node

    def _quantifier(self, generator: ast.GeneratorExp, name: str) -> None:
        """Keep what was read for the items that decided: those that hold for ``any``, that fail for ``all``.

        For ``consecutive`` those since the last that fails, so that one that fails drops all before it.
        """
        loop = generator.generators[0]
        loop.ifs = [self._kept(test, True) for test in loop.ifs]
        if name in _KEEP:
            generator.elt = self._kept(generator.elt, _KEEP[name])
        elif name == "consecutive":
            self._rows += 1
            row = ast.Constant(self._rows)
            loop.iter = ast.Call(_name("_begin"), [row, loop.iter], [])
            generator.elt = self._kept(generator.elt, True, ast.Call(_name("_since"), [row], []))

    @staticmethod
    def _kept(test: ast.expr, wanted: bool, mark: ast.Call | None = None) -> ast.Call:
        return ast.Call(_name("_keep"), [mark or ast.Call(_name("_mark"), [], []), test, ast.Constant(wanted)], [])


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


class Trace:
    """What was evaluated and read while explaining one finding."""

    def __init__(self, subject: Any, budget: Budget) -> None:
        self._subject = subject
        self._budget = budget
        self._values: dict[int, Any] = {}
        self._reads: list[int] = []
        self._begun: dict[int, int] = {}

    def node(self, number: int, value: Any) -> Any:
        """Note the value of a node (the first, where a quantifier evaluates it several times)."""
        self._values.setdefault(number, value)
        return value

    def field(self, owner: Any, name: str) -> Any:
        """Read a field, noting the event that set it."""
        value = getattr(owner, name)
        entity = getattr(owner, "entity", owner)
        if isinstance(entity, Reading):
            self._reads.append(entity.position)
        elif isinstance(entity, Entity):
            stored = stored_field(cast(Any, type(entity)), name)
            listed = isinstance(value, tuple) and (not value or isinstance(value[0], Reading))  # items know their event
            if stored is not None and not listed:
                self._reads.append(entity.origin(stored))
        return value

    def given(self, value: Any) -> Any:
        """An object whose fields are noted as a function reads them; any other value as it is."""
        return _Watched(self, value) if isinstance(getattr(value, "entity", value), Entity | Reading) else value

    def asked(self, name: str, *arguments: Any) -> Any:
        """Call a function that says itself what its value rests on, and note that."""
        function = FUNCTIONS[name]
        given = [list(argument) if isinstance(argument, Iterator) else argument for argument in arguments]
        assert function.implementation is not None  # the checker writes no call of those
        assert function.evidence is not None
        answer = function.implementation(*given)
        self._reads += self._budget.walk(list(function.evidence(answer, *given)))
        return answer

    def mark(self) -> int:
        """How much was read so far."""
        return len(self._reads)

    def begin(self, row: int, items: Iterable[Any]) -> Iterable[Any]:
        """Note how much was read when a row of items begins; :meth:`since` gives it."""
        self._begun[row] = len(self._reads)
        return items

    def since(self, row: int) -> int:
        """How much was read when the row began."""
        return self._begun[row]

    def keep(self, mark: int, value: Any, wanted: bool) -> Any:
        """Forget what was read since ``mark`` unless the value is the one that decides."""
        if bool(value) is not wanted:
            del self._reads[mark:]
        return value

    def values_of(self, numbers: Mapping[int, Sequence[int]]) -> Callable[[ast.AST], Any]:
        """Gives the value noted for a node of the written expression.

        :param numbers: by the identity of a node.
        """

        def value_of(node: ast.AST) -> Any:
            for number in numbers.get(id(node), ()):
                if number in self._values:
                    return self._values[number]
            return node.value if isinstance(node, ast.Constant) else _NOT_EVALUATED

        return value_of

    def evidence(self) -> tuple[int, ...]:
        """The positions read, each once, in order; the subject's own opening where nothing else was."""
        found = sorted(set(self._reads))
        return tuple(found) or (self._subject.entity.opened_by,)


class _Watched:
    """Stands for an object inside a function of the language."""

    __slots__ = ("_of", "_trace")

    def __init__(self, trace: Trace, of: Any) -> None:
        self._trace, self._of = trace, of

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._of, name) if name == "id" else self._trace.field(self._of, name)
        return self._trace.given(value)


def _explained(node: ast.AST) -> list[ast.AST]:
    """The parts of an expression that are worth a line of their own."""
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.BinOp):
        parts: list[ast.AST] = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Call):
        parts = [a for a in node.args if not isinstance(a, ast.GeneratorExp)]
    else:
        return []
    return [part for part in parts if not isinstance(part, ast.Constant)]
