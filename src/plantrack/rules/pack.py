"""Packs of rules: strict YAML with the rules' tests inside, checked when loaded, compiled once.

``plantrack-rules: 1`` is a published schema: adopted packs live in the log and must load in ten years.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, cast

from attrs import frozen

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.events.fields import MAX_TEXT
from plantrack.rules.findings import SEVERITIES, Severity
from plantrack.rules.language.compiler import Compiled
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.pack_tests import RuleTest, read_tests
from plantrack.rules.source import read_params, read_source, read_units
from plantrack.rules.written import Written
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, end_of, read, shown

MAX_RULES = 500
MAX_HELD = 366  # days
MAX_EXPRESSIONS = 200_000
"""Characters of the expressions and messages of a pack, those of a rule counted once for each of its kinds."""

PACK_KEYS = ("plantrack-rules", "pack", "version", "title", "rules")
PACK_NEEDS = ("plantrack-rules", "pack", "version", "rules")
RULE_KEYS = (
    "id", "title", "for", "where", "needs", "severity", "status", "since", "formerly", "instead", "params", "units",
    "let", "when", "hold_for", "score", "identity", "cause", "affects", "message", "summary", "fix", "about",
    "why", "references", "tests",
)  # fmt: skip
_HIDDEN = re.compile(  # control characters, line ends that few editors show, marks that turn the direction of writing,
    # byte-order marks, and what has no width but can carry a text; not what joins letters of some scripts
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|\r(?!\n)"
)
_EXPRESSIONS = ("where", "needs", "let", "when", "score", "identity", "cause", "affects", "message", "fix")
_RULE_ID = re.compile(r"(?=.{1,80}\Z)[a-z]{2,8}\.[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}\Z", re.ASCII)
RULE_NEEDS = ("id", "title", "for", "severity", "when", "message")
STATUSES = ("stable", "preview", "deprecated")


@frozen(eq=False)
class Rule:
    """A checked rule.

    :ivar kinds: the classes of subjects it is for.
    :ivar about: what it does, for people; ``why``: why it matters; ``references``: where that is written.
    :ivar since: the version of the pack that brought it; empty where the pack does not say.
    :ivar formerly: the names it had before, the oldest first: they still find it.
    :ivar instead: for a deprecated rule, the one to use.
    :ivar hold_for: days for which the condition must have held before it is a finding.
    :ivar units: in what its parameters are counted, by their names, for people.
    :ivar compiled: by class of subjects.
    """

    id: str
    title: str
    kinds: tuple[str, ...]
    severity: Severity
    status: str
    since: str
    formerly: tuple[str, ...]
    instead: str
    hold_for: int
    summary: str
    about: str
    why: str
    references: tuple[str, ...]
    params: dict[str, Any]
    units: dict[str, str]
    text: dict[str, str]
    compiled: dict[str, Compiled]
    tests: tuple[RuleTest, ...]
    mark: Mark

    @property
    def first_id(self) -> str:
        """The name it had first of all: part of the fingerprints of its findings, which survive a new name."""
        return self.formerly[0] if self.formerly else self.id

    @property
    def comes_last(self) -> bool:
        """Whether it is about waivers, and looks at what the other rules found."""
        return "Waiver" in self.kinds

    @property
    def reads(self) -> frozenset[str]:
        """Every field that its outcome depends on, as ``Class.field``."""
        return frozenset().union(*(c.source.reads for c in self.compiled.values()))


@frozen(eq=False)
class Pack:
    """A pack of rules.

    :ivar content: its text; ``sha256`` is the digest of that.
    """

    id: str
    version: str
    title: str
    rules: tuple[Rule, ...]
    content: str
    sha256: str
    text: Text

    def find(self, rule: str) -> Rule | None:
        """The rule with that id, or that once had it; ``None`` where there is none."""
        named = (r for r in self.rules if r.id == rule)
        return next(named, None) or next((r for r in self.rules if rule in r.formerly), None)

    def rule(self, rule: str) -> Rule:
        """The rule with that id, or that once had it.

        :raises RuleSourceError: the pack has none.
        """
        if found := self.find(rule):
            return found
        hint = did_you_mean(rule, [r.id for r in self.rules])
        raise RuleSourceError(f"there is no rule {rule!r} in {self.id}; {hint}", source=self.text.name)


def load_pack(content: str | bytes, name: str, *, check_events: bool = True) -> Pack:
    """A pack from its text.

    :param name: what errors call it, such as its path.
    :param check_events: refuse a test with a malformed event, too. Not for a pack that was adopted or installed, whose
        rules must run in ten years, when events may be stricter: its tests say what is wrong when they are run.
    :raises RuleSourceError: with file, line, column, the line itself with a caret, and a hint.
    """
    document, text = read(content, name)
    raw = content if isinstance(content, bytes) else content.encode()
    written = raw.decode()
    _refuse_hidden(written, text)
    _refuse_texts(document, Mark(1, 1), text)
    text.check_keys(document, PACK_KEYS, PACK_NEEDS, "a pack")
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
        hint = "put a dash before the first key of each rule: `- id: ...`" if isinstance(listed, Mapping) else None
        raise text.error(document.marks["rules"], f"'rules' needs a list of 1 to {MAX_RULES} rules", hint)
    _refuse_too_much(listed, text)
    rules: list[Rule] = []
    taken: dict[str, str] = {}
    for item, mark in zip(listed.items, listed.marks, strict=True):
        rule = _rule(item, mark, text, check_events)
        if rule.id in taken:
            said = "is given twice" if taken[rule.id] == rule.id else f"is a former name of {taken[rule.id]!r}"
            raise text.error(mark, f"the rule {rule.id!r} {said}")
        for name in rule.formerly:
            if name in taken:
                raise text.error(item.marks["formerly"], f"rule {rule.id}: {name!r} is a name of {taken[name]!r}")
        taken |= dict.fromkeys((rule.id, *rule.formerly), rule.id)
        rules.append(rule)
    title = document.get("title", document["pack"])
    digest = hashlib.sha256(raw).hexdigest()
    return Pack(document["pack"], version, title, tuple(rules), written, digest, text)


def _refuse_hidden(written: str, text: Text) -> None:
    """Refuse characters by which a pack would read as something else, also in its comments."""
    if found := _HIDDEN.search(written, written.startswith("\ufeff")):
        raise text.error(end_of(written[: found.start()]), _said_of(found.group()), "remove it")


def _said_of(hidden: str) -> str:
    return f"the character U+{ord(hidden):04X} is not allowed: it changes how the text around it looks"


def _refuse_texts(value: Any, mark: Mark, text: Text) -> None:
    """Refuse texts that are too long, and those in which hidden characters are written as escapes."""
    if isinstance(value, Mapping):
        for key, inner in value.values.items():
            _refuse_texts(key, value.keys[key], text)
            _refuse_texts(inner, value.marks[key], text)
    elif isinstance(value, Sequence):
        for inner, place in zip(value.items, value.marks, strict=True):
            _refuse_texts(inner, place, text)
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise text.error(mark, f"a text has at most {MAX_TEXT:,} characters, this one has {len(value):,}")
        if found := _HIDDEN.search(value):
            raise text.error(text.inside(mark, value, found.start()), _said_of(found.group()), "remove it")


def _refuse_too_much(listed: Sequence, text: Text) -> None:
    """Refuse before anything is checked what would take long to check."""
    written = 0
    for item, mark in zip(listed.items, listed.marks, strict=True):
        if isinstance(item, Mapping):
            kinds = item.get("for")
            times = len(kinds) if isinstance(kinds, Sequence) else 1
            written += times * sum(_length(item.get(key)) for key in _EXPRESSIONS)
        if written > MAX_EXPRESSIONS:
            said = f"the expressions of the pack have more than {MAX_EXPRESSIONS:,} characters, counted for each kind"
            raise text.error(mark, said, "make two packs of it, or name fewer kinds")


def _length(written: Any) -> int:
    if isinstance(written, Mapping | Sequence):
        inner = written.values.values() if isinstance(written, Mapping) else written.items
        return sum(len(str(value)) for value in inner)
    return 0 if written is None else len(str(written))


def _rule(item: Any, mark: Mark, text: Text, check_events: bool) -> Rule:
    if not isinstance(item, Mapping):
        raise text.error(mark, "a rule is a mapping with id, title, for, severity, when and message")
    text.check_keys(item, RULE_KEYS, RULE_NEEDS, "a rule")
    written = Written(item, text)
    rule = written.text("id")
    written.id = f"{rule:.80}"
    if not _RULE_ID.match(rule):
        raise written.wrong("id", f"{rule!r:.60} is not a rule id", "write family.name, such as kpi.missed-target")
    kinds = _kinds(written)
    params = read_params(written)
    severity = written.choice("severity", SEVERITIES)
    status = written.choice("status", STATUSES, "stable")
    hold_for = _hold_for(written)
    sources = {kind: read_source(written, kind, params) for kind in kinds}
    return Rule(
        id=rule,
        title=written.text("title"),
        kinds=kinds,
        severity=cast(Severity, severity),
        status=status,
        since=_since(written),
        formerly=_formerly(written),
        instead=_instead(written, status),
        hold_for=hold_for,
        summary=_summary(written),
        about=written.optional("about"),
        why=written.optional("why"),
        references=written.texts("references"),
        params=params,
        units=read_units(written, params),
        text={key: str(item[key]).strip() for key in ("where", "when", "message", "fix") if key in item},
        compiled={kind: Compiled(source) for kind, source in sources.items()},
        tests=read_tests(written, sources, params, hold_for, check_events=check_events),
        mark=item.mark,
    )


def _since(written: Written) -> str:
    since = written.item.get("since", "")
    if "since" in written and not (isinstance(since, str) and _VERSION.match(since)):
        raise written.wrong("since", f"{shown(since)} is not a version", "write for example 1.0.0")
    return str(since)


def _formerly(written: Written) -> tuple[str, ...]:
    names = written.texts("formerly")
    for name in names:
        if not _RULE_ID.match(name) or name == written.id:
            raise written.wrong("formerly", f"{name!r:.60} is not a former rule id", "write family.name")
    return names


def _summary(written: Written) -> str:
    summary = written.optional("summary")
    if brace := re.search("[{}]", summary.replace("{count}", "")):
        hint = "write what is the same for all findings; the message says the rest"
        raise written.wrong("summary", f"a summary knows only {{count}}, and {brace.group()!r} stands elsewhere", hint)
    return summary


def _instead(written: Written, status: str) -> str:
    instead = written.optional("instead")
    if instead and status != "deprecated":
        raise written.wrong("instead", "only a deprecated rule has another to use instead", "add status: deprecated")
    if instead and not _RULE_ID.match(instead):
        raise written.wrong("instead", f"{instead!r:.60} is not a rule id", "write family.name")
    return instead


def _hold_for(written: Written) -> int:
    days = written.item.get("hold_for", 0)
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= MAX_HELD:
        raise written.wrong("hold_for", f"'hold_for' needs a whole number of days, at most {MAX_HELD}")
    return days


def _kinds(written: Written) -> tuple[str, ...]:
    given = written.item["for"]
    kinds = tuple(given.items) if isinstance(given, Sequence) else (given,)
    for kind in kinds:
        if kind not in SUBJECTS:
            raise written.wrong("for", f"there is no kind {kind!r:.40}", did_you_mean(str(kind), SUBJECTS))
    if not kinds or len(set(kinds)) < len(kinds):
        raise written.wrong("for", "'for' needs a kind, or a list of different kinds")
    return kinds
