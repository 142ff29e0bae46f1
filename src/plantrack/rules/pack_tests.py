"""The tests of a rule as written in its pack; ``testing.py`` runs them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from attrs import frozen

from plantrack.errors import did_you_mean
from plantrack.events.codec import TYPES
from plantrack.rules.written import Written
from plantrack.yaml_subset import Mapping, Mark, Sequence, Text

FIRST_DAY, LAST_DAY = date(2000, 4, 1), date(2198, 12, 31)
"""Between which a test may stand: its events are recorded on the first."""

TEST_KEYS = ("name", "as_at", "events", "subject", "expect", "evidence")
TEST_NEEDS = ("name", "as_at", "events", "expect")
FINDING_KEYS = ("score", "message", "severity")
OUTCOMES = ("finding", "none", "no subject", "not applicable", "indeterminate", "error")


@frozen(eq=False)
class RuleTest:
    """A test of a rule as written in its pack.

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


def read_tests(written: Written) -> tuple[RuleTest, ...]:
    """The tests of a rule.

    :raises RuleSourceError: with the place of what is wrong.
    """
    given = written.item.get("tests")
    if given is None:
        return ()
    if not isinstance(given, Sequence):
        raise written.wrong("tests", "'tests' needs a list")
    return tuple(_test(test, mark, written.file) for test, mark in zip(given.items, given.marks, strict=True))


def _test(test: Any, mark: Mark, text: Text) -> RuleTest:
    if not isinstance(test, Mapping):
        raise text.error(mark, "a test is a mapping with name, as_at, events and expect")
    text.check_keys(test, TEST_KEYS, TEST_NEEDS, "a test")
    if not isinstance(test["events"], Sequence):
        raise text.error(test.marks["events"], "'events' needs a list of events")
    expect: Any = test["expect"]
    expected: dict[str, Any] = {}
    if isinstance(expect, Mapping) and list(expect.values) == ["finding"] and isinstance(expect["finding"], Mapping):
        expected = _expected(expect["finding"], text)
        expect = "finding"
    if expect not in OUTCOMES:
        raise text.error(test.marks["expect"], f"expect one of: {', '.join(OUTCOMES)}, or finding: {{...}}")
    if not _is_day(test["as_at"]):
        said = f"{test['as_at']!r:.40} is not a day from {FIRST_DAY} on"
        raise text.error(test.marks["as_at"], said, "write 2018-02-28")
    return RuleTest(
        name=str(test["name"]),
        as_at=test["as_at"],
        events=test["events"],
        subject=str(test["subject"]) if "subject" in test else None,
        outcome=expect,
        expected=expected,
        evidence=_evidence(test, text) if "evidence" in test else None,
        mark=mark,
    )


def _evidence(test: Mapping, text: Text) -> tuple[str, ...]:
    given = test["evidence"]
    if not isinstance(given, Sequence):
        raise text.error(test.marks["evidence"], "'evidence' needs a list of event types")
    for name, mark in zip(given.items, given.marks, strict=True):
        if name not in TYPES:
            raise text.error(mark, f"unknown event type {name!r:.60}", did_you_mean(str(name), TYPES))
    return tuple(given.items)


def _expected(given: Mapping, text: Text) -> dict[str, Any]:
    text.check_keys(given, FINDING_KEYS, (), "an expected finding")
    for key, value in given.values.items():
        if key == "score" and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
            raise text.error(given.marks[key], "the expected score needs a number")
        if key != "score" and not isinstance(value, str):
            raise text.error(given.marks[key], f"the expected {key} needs a text", "quote it")
    return dict(given.values)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and FIRST_DAY <= date.fromisoformat(value) <= LAST_DAY
    except ValueError:
        return False
