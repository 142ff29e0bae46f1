"""The tests of a rule as written in its pack; ``testing.py`` runs them."""

from __future__ import annotations

from datetime import date
from typing import Any

from attrs import frozen

from plantrack.errors import RuleSourceError, did_you_mean
from plantrack.rules.expectation import Expectation, read_expectation
from plantrack.rules.given import Given, read_given
from plantrack.rules.language.compiler import Source
from plantrack.rules.language.scope import type_of_param
from plantrack.rules.recorded import FIRST_DAY, LAST_DAY, When, read_log, read_when
from plantrack.rules.source import read_params
from plantrack.rules.written import Written
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text, shown

TEST_KEYS = ("name", "as_at", "known_at", "events", "given", "kind", "subject", "params", "expect", "evidence", "todo")
TEST_NEEDS = ("name", "as_at", "expect")


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


def read_tests(
    written: Written, sources: dict[str, Source], params: dict[str, Any], hold_for: int, *, check_events: bool
) -> tuple[RuleTest, ...]:
    """The tests of a rule, each with a name of its own.

    :param sources: the checked parts of the rule, by class of subjects.
    :param hold_for: days for which its condition must have held.
    :param check_events: refuse malformed events, too.
    :raises RuleSourceError: with the place of what is wrong.
    """
    listed = written.item.get("tests")
    if listed is None:
        return ()
    if not isinstance(listed, Sequence):
        raise written.wrong("tests", "'tests' needs a list")
    reader = _Reader(written.file, sources, params, hold_for, check_events)
    tests: dict[str, RuleTest] = {}
    for item, mark in zip(listed.items, listed.marks, strict=True):
        test = reader.test(item, mark)
        if test.name in tests:
            said = f"the rule has a test {test.name!r:.60} already, in line {tests[test.name].mark.line}"
            raise written.file.error(item.marks["name"], said, "say in the name what this one is about")
        tests[test.name] = test
    return tuple(tests.values())


@frozen
class _Reader:
    """Reads the tests of one rule."""

    file: Text
    sources: dict[str, Source]
    params: dict[str, Any]
    hold_for: int
    check_events: bool

    def test(self, test: Any, mark: Mark) -> RuleTest:
        if not isinstance(test, Mapping):
            raise self.file.error(mark, "a test is a mapping with name, as_at, events or given, and expect")
        self.file.check_keys(test, TEST_KEYS, TEST_NEEDS, "a test")
        as_at = self._as_at(test)
        situation = self._situation(test, as_at)
        expected = read_expectation(test, self.file)
        if isinstance(situation, Given) and expected.evidence_asked:
            said = "a state that is given has no events, so nothing can be evidence"
            raise self.file.error(test.marks["given"], said, "write events where the evidence matters")
        return RuleTest(
            name=self._text(test, "name"),
            as_at=as_at,
            known_at=self._known_at(test) if "known_at" in test else None,
            situation=situation,
            subject=self._text(test, "subject") if "subject" in test else None,
            params=self._params(test),
            expected=expected,
            todo=self._text(test, "todo") if "todo" in test else "",
            mark=mark,
        )

    def _as_at(self, test: Mapping) -> date:
        value = test["as_at"]
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            said = f"{shown(value)} is not a day from {FIRST_DAY} on"
            raise self.file.error(test.marks["as_at"], said, "write 2018-02-28")
        return day

    def _known_at(self, test: Mapping) -> int | When:
        value, mark = test["known_at"], test.marks["known_at"]
        if "given" in test:
            raise self._key(test, "known_at", "known_at goes with events", "what is given is known")
        if value is None:
            said = "known_at is empty: '#' begins a comment"
            raise self.file.error(mark, said, 'write a position in quotes, as in "#3"')
        return read_when(value, mark, self.file)

    def _situation(self, test: Mapping, as_at: date) -> Sequence | Given:
        if "given" not in test and "events" not in test:
            raise self.file.error(test.mark, "a test needs events or given")
        if "given" in test:
            return self._given(test, as_at)
        if "kind" in test:
            raise self._key(test, "kind", "kind goes with given", "with events leave it out")
        events = test["events"]
        if not isinstance(events, Sequence):
            raise self.file.error(test.marks["events"], "'events' needs a list of events")
        if self.check_events:
            read_log(events, self.file, as_at)
        return events

    def _given(self, test: Mapping, as_at: date) -> Given:
        if "events" in test:
            raise self._key(test, "given", "a test gives either events or given, not both")
        if "subject" in test:
            raise self._key(test, "subject", "the subject is what is given", "leave this key out")
        if self.hold_for:
            said = f"the rule looks {self.hold_for} days back, and a state that is given has no past"
            raise self._key(test, "given", said, "write events instead")
        return read_given(test["given"], test.marks["given"], self.file, self.sources[self._kind(test)], as_at)

    def _kind(self, test: Mapping) -> str:
        known = ", ".join(self.sources)
        if "kind" not in test and len(self.sources) > 1:
            raise self._key(test, "given", f"the rule is for {known}", "say which with kind: ...")
        kind = test.get("kind", next(iter(self.sources)))
        if kind not in self.sources:
            hint = did_you_mean(str(kind), self.sources)
            raise self.file.error(test.marks["kind"], f"the rule is for {known}, not for {shown(kind)}", hint)
        return str(kind)

    def _params(self, test: Mapping) -> dict[str, Any]:
        """Other values for parameters of the rule, of the same types."""
        changed = read_params(Written(test, self.file))
        for name, value in changed.items():
            place = test["params"].keys[name]
            if name not in self.params:
                hint = did_you_mean(name, self.params)
                raise self.file.error(place, f"the rule has no parameter {name!r:.60}", hint, len(name))
            wanted, found = type_of_param(self.params[name]), type_of_param(value)
            if found != wanted and not (wanted.of and value == ()):
                said = f"the parameter {name!r:.60} is a {wanted}, not a {found}"
                raise self.file.error(place, said, width=len(name))
        return changed

    def _text(self, test: Mapping, key: str) -> str:
        value = test[key]
        if not isinstance(value, str) or not value.strip():
            raise self.file.error(test.marks[key], f"{key!r} needs a text")
        return " ".join(value.split())

    def _key(self, test: Mapping, key: str, message: str, hint: str | None = None) -> RuleSourceError:
        """An error at a key that should not stand where it stands."""
        return self.file.error(test.keys[key], message, hint, len(key))
