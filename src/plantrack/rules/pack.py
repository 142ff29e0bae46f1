"""Packs of rules: strict YAML with the rules' tests inside, checked when loaded, compiled once.

``plantrack-rules: 1`` is a published schema: adopted packs live in the log and must load in ten years.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.events.codec import TYPES
from plantrack.rules.findings import SEVERITIES, Severity
from plantrack.rules.language.checker import (
    MAX_CHARACTERS,
    Checked,
    ExpressionError,
    Scope,
    check,
    facts_of,
    one_line,
    type_of_param,
)
from plantrack.rules.language.compiler import Compiled, Source, Template
from plantrack.rules.language.schema import BOOL, NUMBER, PERIOD, SUBJECTS, TEXT, Type, fields_of
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, read

MAX_RULES = 500
MAX_NAMES = 50
FIRST_DAY, LAST_DAY = date(2000, 4, 1), date(2198, 12, 31)
"""Between which a test may stand: its events are recorded on the first."""

_PACK_KEYS = ("plantrack-rules", "pack", "version", "title", "rules")
_RULE_KEYS = (
    "id", "title", "for", "where", "needs", "severity", "status", "since", "params", "let", "when", "score", "identity",
    "message", "summary", "fix", "about", "why", "tests",
)  # fmt: skip
_TEST_KEYS = ("name", "as_at", "events", "subject", "expect", "evidence")
_RULE_ID = re.compile(r"[a-z]{2,8}\.[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}\Z")


@frozen(eq=False)
class RuleTest:
    """A test of a rule as written in its pack; ``testing.py`` runs it.

    :ivar expect: the outcome, with what a finding must say: ``subject``, ``score``, ``message``.
    :ivar evidence: the types of the events that the finding must rest on; ``None`` where the test does not say.
    """

    name: str
    as_at: str
    events: Sequence
    subject: str | None
    outcome: str
    expected: dict[str, Any]
    evidence: tuple[str, ...] | None
    mark: Mark


@frozen(eq=False)
class Rule:
    """A checked rule.

    :ivar kinds: the classes of subjects it is for.
    :ivar about: what it does, for people; ``why``: why it matters.
    :ivar compiled: by class of subjects.
    """

    id: str
    title: str
    kinds: tuple[str, ...]
    severity: Severity
    status: str
    since: str
    summary: str
    about: str
    why: str
    params: dict[str, Any]
    text: dict[str, str]
    compiled: dict[str, Compiled]
    tests: tuple[RuleTest, ...]
    mark: Mark

    @property
    def reads(self) -> frozenset[str]:
        """Every field that its outcome depends on, as ``Class.field``."""
        return frozenset().union(*(c.source.reads for c in self.compiled.values()))


@frozen(eq=False)
class Pack:
    """A pack of rules.

    :ivar sha256: digest of its text.
    """

    id: str
    version: str
    title: str
    rules: tuple[Rule, ...]
    sha256: str
    text: Text

    def rule(self, rule: str) -> Rule:
        """The rule with that id.

        :raises RuleSourceError: the pack has none.
        """
        for candidate in self.rules:
            if candidate.id == rule:
                return candidate
        hint = did_you_mean(rule, [r.id for r in self.rules])
        raise RuleSourceError(f"there is no rule {rule!r} in {self.id}; {hint}", source=self.text.name)


def load_pack(content: str | bytes, name: str) -> Pack:
    """A pack from its text.

    :param name: what errors call it, such as its path.
    :raises RuleSourceError: with file, line, column, the line itself with a caret, and a hint.
    """
    document, text = read(content, name)
    _keys(document, text, _PACK_KEYS, ("plantrack-rules", "pack", "version", "rules"), "a pack")
    if str(document["plantrack-rules"]) != "1":  # and not true, which equals 1
        raise text.error(document.marks["plantrack-rules"], "this version reads plantrack-rules: 1")
    for key in ("pack", "title"):
        if key in document and not (isinstance(document[key], str) and document[key].strip()):
            raise text.error(document.marks[key], f"{key!r} needs a text")
    version = str(document["version"])
    if not _VERSION.match(version):
        raise text.error(document.marks["version"], f"{version!r:.20} is not a version", "write for example 1.0.0")
    listed = document["rules"]
    if not isinstance(listed, Sequence) or not 1 <= len(listed) <= MAX_RULES:
        raise text.error(document.marks["rules"], f"'rules' needs a list of 1 to {MAX_RULES} rules")
    rules: list[Rule] = []
    for item, mark in zip(listed.items, listed.marks, strict=True):
        rule = _RuleLoader(item, mark, text).load()
        if any(other.id == rule.id for other in rules):
            raise text.error(mark, f"the rule {rule.id!r} is given twice")
        rules.append(rule)
    raw = content if isinstance(content, bytes) else content.encode()
    title = document.get("title", document["pack"])
    return Pack(document["pack"], version, title, tuple(rules), hashlib.sha256(raw).hexdigest(), text)


def read_pack(path: str | Path) -> Pack:
    """A pack from a file.

    :raises RuleSourceError: it is wrong, or cannot be read.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as problem:
        raise RuleSourceError(f"cannot be read: {problem.strerror}", source=str(path)) from None
    return load_pack(content, str(path))


@cache
def installed_packs() -> tuple[Pack, ...]:
    """The packs that come with plantrack, loaded once."""
    folder = resources.files("plantrack.rules") / "packs"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(load_pack(f.read_bytes(), f.name) for f in files)


class _RuleLoader:
    """Reads and checks one rule; every error names its place."""

    def __init__(self, item: Any, mark: Mark, text: Text) -> None:
        self.text = text
        if not isinstance(item, Mapping):
            raise text.error(mark, "a rule is a mapping with id, title, for, severity, when and message")
        self.item = item
        _keys(item, text, _RULE_KEYS, ("id", "title", "for", "severity", "when", "message"), "a rule")
        self.id = self._text("id")
        if not _RULE_ID.match(self.id):
            raise self._wrong("id", f"{self.id!r:.60} is not a rule id", "write family.name, such as kpi.missed-target")

    def load(self) -> Rule:
        kinds = self._kinds()
        params = self._params()
        severity = self._choice("severity", SEVERITIES)
        status = self._choice("status", ("stable", "preview", "deprecated"), "stable")
        compiled = {kind: Compiled(self._source(kind, params)) for kind in kinds}
        return Rule(
            id=self.id,
            title=self._text("title"),
            kinds=kinds,
            severity=cast(Severity, severity),
            status=status,
            since=str(self.item.get("since") or "0.1.0"),
            summary=self._optional("summary"),
            about=self._optional("about"),
            why=self._optional("why"),
            params=params,
            text={key: str(self.item[key]).strip() for key in ("where", "when", "message", "fix") if key in self.item},
            compiled=compiled,
            tests=tuple(self._tests()),
            mark=self.item.mark,
        )

    # --- parts

    def _kinds(self) -> tuple[str, ...]:
        given = self.item["for"]
        kinds = tuple(given.items) if isinstance(given, Sequence) else (given,)
        for kind in kinds:
            if kind not in SUBJECTS:
                raise self._wrong("for", f"there is no kind {kind!r:.40}", did_you_mean(str(kind), SUBJECTS))
        if not kinds or len(set(kinds)) < len(kinds):
            raise self._wrong("for", "'for' needs a kind, or a list of different kinds")
        return kinds

    def _params(self) -> dict[str, Any]:
        given = self.item.get("params")
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            raise self._wrong("params", "'params' needs a mapping of names to values")
        params: dict[str, Any] = {}
        for name, value in given.values.items():
            plain = tuple(value.items) if isinstance(value, Sequence) else value
            items = plain if isinstance(plain, tuple) else (plain,)
            if not all(isinstance(item, int | str | Decimal) for item in items):
                raise self.text.error(
                    given.keys[name], f"the parameter {name!r} needs a number, text, true/false or list"
                )
            if len({type_of_param(item) for item in items}) > 1:
                raise self.text.error(given.keys[name], f"the list {name!r} needs items of one type")
            params[name] = plain
        self._few("params", params)
        return params

    def _few(self, key: str, names: Any) -> None:
        if len(names) > MAX_NAMES:
            raise self._wrong(key, f"'{key}' holds at most {MAX_NAMES}")

    def _source(self, kind: str, params: dict[str, Any]) -> Source:
        constants: dict[str, Any] = {}
        own = fields_of(kind)
        for name in params:
            if name in own:
                raise self._wrong("params", f"the parameter {name!r} hides a field of {kind}", "choose another name")
            if Scope(kind).taken(name):
                mark = self.item["params"].keys[name]
                raise self.text.error(mark, f"the name {name!r} is taken or not a name", "choose another")
        where = (
            self._checked("where", Scope(kind, {}, params, constants=constants), BOOL) if "where" in self.item else None
        )
        let_marks = self.item.get("let") if isinstance(self.item.get("let"), Mapping) else Mapping(self.item.mark)
        if "let" in self.item and not isinstance(self.item["let"], Mapping):
            raise self._wrong("let", "'let' needs a mapping of names to expressions")
        self._few("let", let_marks.values)
        needs = self._needs(kind, let_marks)
        present = frozenset(name for name in needs if name not in let_marks)
        if where is not None:
            present |= facts_of(str(self.item["where"]))
        scope = Scope(kind, {}, params, present, constants)
        lets: list[tuple[str, Checked]] = []
        for name in let_marks.values:
            if scope.taken(name):
                raise self.text.error(
                    let_marks.keys[name], f"the name {name!r} is taken or not a name", "choose another"
                )
            checked = self._expression(let_marks.values[name], let_marks.marks[name], scope)
            if name in needs and not checked.type.optional:
                raise self._wrong("needs", f"'{name}' is never empty, so it need not stand in needs")
            scope.lets[name] = checked.type.required if name in needs else checked.type
            lets.append((name, checked))
        when = self._checked("when", scope, BOOL)
        scope.present |= facts_of(str(self.item["when"]))
        score = self._checked("score", scope, NUMBER) if "score" in self.item else None
        return Source(
            rule=self.id,
            kind=kind,
            where=where,
            needs=needs,
            lets=tuple(lets),
            when=when,
            score=score,
            identity=self._identity(scope),
            message=self._template("message", scope),
            fix=self._template("fix", scope) if "fix" in self.item else (),
            params=params,
            constants=constants,
        )

    def _needs(self, kind: str, lets: Mapping) -> tuple[str, ...]:
        given = self.item.get("needs")
        if given is None:
            return ()
        if not isinstance(given, Sequence):
            raise self._wrong("needs", "'needs' needs a list of names")
        own = fields_of(kind)
        for name, mark in zip(given.items, given.marks, strict=True):
            if name in lets:
                continue
            if name not in own:
                raise self.text.error(mark, f"unknown name {name!r:.40}", did_you_mean(str(name), [*own, *lets.values]))
            if not own[name].optional:
                raise self.text.error(mark, f"'{name}' is never empty, so it need not stand in needs")
        return tuple(given.items)

    def _identity(self, scope: Scope) -> tuple[Checked, ...]:
        given = self.item.get("identity")
        if given is None:
            return ()
        if not isinstance(given, Sequence):
            raise self._wrong("identity", "'identity' needs a list of expressions")
        self._few("identity", given)
        found = []
        for expression, mark in zip(given.items, given.marks, strict=True):
            checked = self._expression(expression, mark, scope)
            if checked.type.required not in (PERIOD, TEXT):
                raise self.text.error(
                    mark,
                    f"identity holds ids and periods only, this is {checked.type}",
                    "a value would change over time",
                )
            if checked.type.required == TEXT and not checked.is_id:
                raise self.text.error(mark, "identity holds ids and periods only", "a text may be reworded")
            found.append(checked)
        return tuple(found)

    def _tests(self) -> list[RuleTest]:
        given = self.item.get("tests")
        if given is None:
            return []
        if not isinstance(given, Sequence):
            raise self._wrong("tests", "'tests' needs a list")
        return [self._test(test, mark) for test, mark in zip(given.items, given.marks, strict=True)]

    def _test(self, test: Any, mark: Mark) -> RuleTest:
        if not isinstance(test, Mapping):
            raise self.text.error(mark, "a test is a mapping with name, as_at, events and expect")
        _keys(test, self.text, _TEST_KEYS, ("name", "as_at", "events", "expect"), "a test")
        if not isinstance(test["events"], Sequence):
            raise self.text.error(test.marks["events"], "'events' needs a list of events")
        expect: Any = test["expect"]
        expected: dict[str, Any] = {}
        if (
            isinstance(expect, Mapping)
            and list(expect.values) == ["finding"]
            and isinstance(expect["finding"], Mapping)
        ):
            _keys(expect["finding"], self.text, ("score", "message", "severity"), (), "an expected finding")
            expected = self._expected(expect["finding"])
            expect = "finding"
        outcomes = ("finding", "none", "no subject", "not applicable", "indeterminate", "error")
        if expect not in outcomes:
            raise self.text.error(test.marks["expect"], f"expect one of: {', '.join(outcomes)}, or finding: {{...}}")
        if not _is_day(test["as_at"]):
            said = f"{test['as_at']!r:.40} is not a day from {FIRST_DAY} on"
            raise self.text.error(test.marks["as_at"], said, "write 2018-02-28")
        return RuleTest(
            name=str(test["name"]),
            as_at=test["as_at"],
            events=test["events"],
            subject=str(test["subject"]) if "subject" in test else None,
            outcome=expect,
            expected=expected,
            evidence=self._evidence(test) if "evidence" in test else None,
            mark=mark,
        )

    def _evidence(self, test: Mapping) -> tuple[str, ...]:
        given = test["evidence"]
        if not isinstance(given, Sequence):
            raise self.text.error(test.marks["evidence"], "'evidence' needs a list of event types")
        for name, mark in zip(given.items, given.marks, strict=True):
            if name not in TYPES:
                raise self.text.error(mark, f"unknown event type {name!r:.60}", did_you_mean(str(name), TYPES))
        return tuple(given.items)

    def _expected(self, given: Mapping) -> dict[str, Any]:
        _keys(given, self.text, ("score", "message", "severity"), (), "an expected finding")
        for key, value in given.values.items():
            if key == "score" and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
                raise self.text.error(given.marks[key], "the expected score needs a number")
            if key != "score" and not isinstance(value, str):
                raise self.text.error(given.marks[key], f"the expected {key} needs a text", "quote it")
        return dict(given.values)

    # --- expressions and templates

    def _checked(self, key: str, scope: Scope, expected: Type) -> Checked:
        return self._expression(self.item[key], self.item.marks[key], scope, expected)

    def _expression(self, written: Any, mark: Mark, scope: Scope, expected: Type | None = None) -> Checked:
        if isinstance(written, int | Decimal):
            written = f"{written:f}" if isinstance(written, Decimal) else str(written)
        if not isinstance(written, str):
            raise self.text.error(mark, "expected an expression")
        try:
            return check(one_line(written), scope, expected)
        except ExpressionError as wrong:
            raise self._at(written, mark, wrong) from None

    def _at(self, written: str, mark: Mark, wrong: ExpressionError) -> RuleSourceError:
        """An error inside an expression, at its place in the file."""
        place = self.text.inside(mark, written, wrong.offset)
        width = max(1, min(wrong.width, len(self.text.lines[place.line - 1]) - place.column + 1))
        return self.text.error(place, f"rule {self.id}: {wrong.message}", wrong.hint, width)

    def _template(self, key: str, scope: Scope) -> Template:
        """A text with expressions in braces; ``{{`` and ``}}`` stand for braces."""
        written, mark = self._text(key), self.item.marks[key]
        if len(written) > MAX_CHARACTERS:
            raise self._wrong(key, f"longer than {MAX_CHARACTERS} characters")
        parts: list[str | Checked] = []
        literal, at = "", 0
        while at < len(written):
            character = written[at]
            if written[at : at + 2] in ("{{", "}}"):
                literal, at = literal + character, at + 2
            elif character == "{":
                close = written.find("}", at)
                if close < 0:
                    raise self._at(
                        written, mark, ExpressionError("this brace is never closed", at, 1, "write {{ for a brace")
                    )
                try:
                    checked = check(one_line(written[at + 1 : close]), scope)
                except ExpressionError as wrong:
                    moved = ExpressionError(wrong.message, wrong.offset + at + 1, wrong.width, wrong.hint)
                    raise self._at(written, mark, moved) from None
                parts += [literal, checked] if literal else [checked]
                literal, at = "", close + 1
            elif character == "}":
                raise self._at(
                    written, mark, ExpressionError("this brace was never opened", at, 1, "write }} for a brace")
                )
            else:
                literal, at = literal + character, at + 1
        return tuple([*parts, literal] if literal else parts)

    def _text(self, key: str) -> str:
        value = self.item[key]
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, f"'{key}' needs a text")
        return value.strip() if not self.item.marks[key].block else value.rstrip()

    def _optional(self, key: str) -> str:
        return self._text(key) if key in self.item else ""

    def _choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.item.get(key, default)
        if value not in choices:
            raise self._wrong(
                key, f"{value!r:.40} is not one of {', '.join(choices)}", did_you_mean(str(value), choices)
            )
        return str(value)

    def _wrong(self, key: str, message: str, hint: str | None = None) -> RuleSourceError:
        mark = self.item.marks.get(key, self.item.mark)
        return self.text.error(mark, f"rule {self.id}: {message}" if hasattr(self, "id") else message, hint)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and FIRST_DAY <= date.fromisoformat(value) <= LAST_DAY
    except ValueError:
        return False


def _keys(value: Any, text: Text, known: tuple[str, ...], required: tuple[str, ...], what: str) -> None:
    if not isinstance(value, Mapping):
        raise RuleSourceError(f"{what} is a mapping with {', '.join(required)}", source=text.name)
    for key, mark in value.keys.items():
        if key not in known:
            raise text.error(mark, f"unknown key {key!r:.60} in {what}", did_you_mean(key, known), len(key))
    for key in required:
        if key not in value:
            raise text.error(value.mark, f"{what} needs the key {key!r}")
