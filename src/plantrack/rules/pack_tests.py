"""The tests of a rule as written in its pack; ``testing.py`` runs them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from attrs import frozen

from plantrack.errors import did_you_mean
from plantrack.rules.expectation import Expectation, read_expectation
from plantrack.rules.given import Given, read_given
from plantrack.rules.language.checker import type_of_param
from plantrack.rules.language.compiler import Source
from plantrack.rules.recorded import FIRST_DAY, LAST_DAY, When, read_when
from plantrack.rules.source import read_params
from plantrack.rules.written import Written
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, shown

_KEYS = ("name", "as_at", "known_at", "events", "given", "kind", "subject", "params", "expect", "evidence", "todo")
Sources = dict[str, Source]
"""The checked parts of a rule, by class of subjects."""

_POSITION = re.compile(r"#\d{1,9}\Z")


@frozen(eq=False, kw_only=True)
class RuleTest:
    """A test of a rule as written in its pack: what is so, and what the rule should say.

    :ivar situation: the events as written, or the state that they would lead to.
    :ivar known_at: a position, a day or a moment; ``None``: everything is known.
    :ivar subject: only what the rule says of the subject with this id, or ``kind:id``, counts.
    :ivar params: parameters of the rule that have another value here.
    :ivar todo: why it may fail for now; empty where it may not.
    """

    name: str
    as_at: date
    known_at: int | When | None
    situation: Sequence | Given
    subject: str | None
    params: dict[str, Any]
    expected: Expectation
    todo: str
    mark: Mark

    @property
    def outcome(self) -> str:
        """The outcome that is expected."""
        return self.expected.outcome


def read_tests(written: Written, sources: Sources, params: dict[str, Any]) -> tuple[RuleTest, ...]:
    """The tests of a rule.

    :raises RuleSourceError: with the place of what is wrong.
    """
    listed = written.item.get("tests")
    if listed is None:
        return ()
    if not isinstance(listed, Sequence):
        raise written.wrong("tests", "'tests' needs a list")
    places = zip(listed.items, listed.marks, strict=True)
    return tuple(_test(test, mark, written.file, sources, params) for test, mark in places)


def _test(test: Any, mark: Mark, text: Text, sources: Sources, params: dict[str, Any]) -> RuleTest:
    if not isinstance(test, Mapping):
        raise text.error(mark, "a test is a mapping with name, as_at, events or given, and expect")
    text.check_keys(test, _KEYS, ("name", "as_at", "expect"), "a test")
    as_at = _as_at(test, text)
    situation = _situation(test, text, sources, as_at)
    expected = read_expectation(test, text)
    if isinstance(situation, Given) and expected.evidence_asked:
        hint = "write events where the evidence matters"
        raise text.error(test.marks["given"], "a state that is given has no events, so nothing can be evidence", hint)
    return RuleTest(
        name=_text(test, "name", text),
        as_at=as_at,
        known_at=_known_at(test, text) if "known_at" in test else None,
        situation=situation,
        subject=_text(test, "subject", text) if "subject" in test else None,
        params=_params(test, text, params),
        expected=expected,
        todo=_text(test, "todo", text) if "todo" in test else "",
        mark=mark,
    )


def _as_at(test: Mapping, text: Text) -> date:
    value = test["as_at"]
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise text.error(test.marks["as_at"], f"{shown(value)} is not a day from {FIRST_DAY} on", "write 2018-02-28")
    return day


def _known_at(test: Mapping, text: Text) -> int | When:
    value, mark = test["known_at"], test.marks["known_at"]
    if "given" in test:
        raise text.error(test.keys["known_at"], "known_at goes with events", "what is given is known", 8)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _POSITION.match(value):
        return int(value[1:])
    if value is None:
        raise text.error(mark, "known_at is empty: '#' begins a comment", 'write a position in quotes, as in "#3"')
    return read_when(value, mark, text)


def _situation(test: Mapping, text: Text, sources: Sources, as_at: date) -> Sequence | Given:
    if ("events" in test) == ("given" in test):
        said = "a test gives either events or given, not both" if "given" in test else "a test needs events or given"
        raise text.error(test.keys["given"] if "given" in test else test.mark, said)
    if "events" in test:
        if "kind" in test:
            raise text.error(test.keys["kind"], "kind goes with given", "with events leave it out", 4)
        if not isinstance(test["events"], Sequence):
            raise text.error(test.marks["events"], "'events' needs a list of events")
        events: Sequence = test["events"]
        return events
    if "subject" in test:
        raise text.error(test.keys["subject"], "the subject is what is given", "leave this key out", 7)
    return read_given(test["given"], test.marks["given"], text, sources[_kind(test, text, sources)], as_at)


def _kind(test: Mapping, text: Text, sources: Sources) -> str:
    kind = test.get("kind", next(iter(sources)))
    if "kind" not in test and len(sources) > 1:
        raise text.error(test.keys["given"], f"the rule is for {', '.join(sources)}", "say which with kind: ...", 5)
    if kind not in sources:
        said = f"the rule is for {', '.join(sources)}, not for {shown(kind)}"
        raise text.error(test.marks["kind"], said, did_you_mean(str(kind), sources))
    return str(kind)


def _params(test: Mapping, text: Text, params: dict[str, Any]) -> dict[str, Any]:
    """Other values for parameters of the rule, of the same types."""
    changed = read_params(Written(test, text))
    for name, value in changed.items():
        place = test["params"].keys[name]
        if name not in params:
            raise text.error(place, f"the rule has no parameter {name!r:.60}", did_you_mean(name, params), len(name))
        wanted, found = type_of_param(params[name]), type_of_param(value)
        if found != wanted and not (wanted.of and value == ()):
            raise text.error(place, f"the parameter {name!r:.60} is a {wanted}, not a {found}", width=len(name))
    return changed


def _text(test: Mapping, key: str, text: Text) -> str:
    value = test[key]
    if not isinstance(value, str) or not value.strip():
        raise text.error(test.marks[key], f"{key!r} needs a text")
    return " ".join(value.split())
