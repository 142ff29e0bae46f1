"""The tests inside packs: a situation in, the outcome of one rule out, and how it differs from what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import attrs
from attrs import frozen

from plantrack.bitemporal import timeline
from plantrack.errors import RuleSourceError
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.engine import check, judge
from plantrack.rules.expectation import Came, Difference, differences
from plantrack.rules.findings import Outcome, Subject
from plantrack.rules.given import PLAN_ID, Given
from plantrack.rules.language.history import Facts
from plantrack.rules.language.linked import Linked
from plantrack.rules.language.schema import SUBJECTS
from plantrack.rules.pack import Pack, Rule
from plantrack.rules.pack_tests import RuleTest
from plantrack.rules.parameters import with_values
from plantrack.rules.recorded import read_log
from plantrack.state import State, fold


@frozen(kw_only=True)
class TestResult:
    """What a test came to.

    :ivar line: where it stands in its pack.
    :ivar problems: why it could not be run as it is written: a malformed event, a subject that does not exist.
    :ivar todo: why it may fail for now; empty where it may not.
    :ivar weakness: why it could pass for a reason that nobody meant; empty where it could not.
    """

    __test__ = False  # not a test of pytest's

    pack: str
    rule: str
    name: str
    line: int
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    todo: str = ""
    weakness: str = ""

    @property
    def passed(self) -> bool:
        """Nothing differs, whether it may or not."""
        return not self.differences and not self.problems

    @property
    def failed(self) -> bool:
        """Something differs that may not."""
        return not self.passed and not self.todo


Picked = Callable[[Rule, RuleTest], bool]
"""Which tests to run."""


def run_tests(pack: Pack, picked: Picked | None = None) -> Iterator[TestResult]:
    """Run the tests of a pack, in its order.

    :param picked: says of a test whether to run it; all are when left out.
    """
    for rule in pack.rules:
        for test in rule.tests:
            if picked is None or picked(rule, test):
                yield run_test(pack, rule, test)


def run_test(pack: Pack, rule: Rule, test: RuleTest) -> TestResult:
    """Run one test of a rule of the pack."""
    result = TestResult(
        pack=pack.id,
        rule=rule.id,
        name=test.name,
        line=test.mark.line,
        todo=test.todo,
        weakness=_weakness(rule, test),
    )
    try:
        situation = _situation(pack, test)
    except RuleSourceError as problem:
        return attrs.evolve(result, problems=(str(problem),))
    came = _came(pack, with_values(rule, test.params), situation)
    return attrs.evolve(
        result,
        differences=tuple(differences(test.expected, came, situation.events)),
        problems=tuple(_problems(rule, situation)),
    )


def untested(pack: Pack) -> dict[str, str]:
    """Rules that no test sees fire, or none sees stay silent, and which of the two. Tests to do do not count."""
    found = {}
    for rule in pack.rules:
        outcomes = {test.outcome for test in rule.tests if not test.todo}
        seen = (("fires", "finding" in outcomes), ("is silent", bool(outcomes & {"none", "no subject"})))
        missing = [word for word, is_seen in seen if not is_seen]
        if missing:
            found[rule.id] = f"no test in which it {' or '.join(missing)}"
    return found


@frozen
class TestWarning:
    """A doubt about the tests of a rule; ``line`` is where it arises."""

    __test__ = False

    rule: str
    line: int
    message: str


def warnings_of(pack: Pack, results: Sequence[TestResult]) -> list[TestWarning]:
    """What the tests of a pack leave in doubt, in the order of their lines.

    :param results: of all its tests, or of those that were picked; what was left out is not judged.
    """
    ran = Counter(result.rule for result in results)
    whole = len(results) == sum(len(rule.tests) for rule in pack.rules)
    uncovered = untested(pack)
    found = [
        TestWarning(rule.id, rule.mark.line, uncovered[rule.id])
        for rule in pack.rules
        if rule.id in uncovered and ran[rule.id] == len(rule.tests) and (rule.tests or whole)
    ]
    for result in results:
        if result.weakness:
            found.append(TestWarning(result.rule, result.line, f"{result.name}: {result.weakness}"))
        if result.todo and result.passed:
            said = f"{result.name}: passes; remove its mark todo ({result.todo})"
            found.append(TestWarning(result.rule, result.line, said))
    return sorted(found, key=lambda warning: warning.line)


def _weakness(rule: Rule, test: RuleTest) -> str:
    if test.expected.reason is not None:
        return ""
    if test.outcome == "error":
        return "any error would do; write error: {reason: ...}"
    if test.outcome == "indeterminate" and any(len(c.source.needs) > 1 for c in rule.compiled.values()):
        return "any of the needs would do; write indeterminate: {reason: ...}"
    return ""


# --- running ---------------------------------------------------------------------------------------------------------


@frozen
class _Situation:
    """What a test puts before its rule.

    :ivar events: the log, in order of position; empty where a state is given.
    :ivar subject: the only subject that counts: an id, or ``kind:id``.
    """

    state: State
    events: list[RecordedEvent]
    facts: Facts | None
    subject: str | None

    def concerns(self, kind: str, name: str) -> bool:
        """Whether a subject counts."""
        return self.subject in (None, name, f"{kind}:{name}")


def _situation(pack: Pack, test: RuleTest) -> _Situation:
    if isinstance(test.situation, Given):
        given = test.situation
        return _Situation(given.state, [], None, f"{SUBJECTS[given.kind].KIND}:{given.id}")
    log = read_log(test.situation, pack.text, test.as_at)
    known = log.known(test.known_at)
    facts = timeline(log.events, as_at=test.as_at, known=known)
    state = fold(facts, plan=PLAN_ID, as_at=test.as_at, known=known)
    return _Situation(state, log.events, lambda: facts, test.subject)


def _problems(rule: Rule, situation: _Situation) -> Iterator[str]:
    """What is wrong with the events of a test."""
    if not situation.events:
        return
    state, last = situation.state, len(situation.events)
    if state.known > last:
        yield f"known_at #{state.known} lies beyond the log of the test, which ends at #{last}"
    if "UnplacedEvent" not in rule.kinds:
        for unplaced in state.unplaced.values():
            yield f"an event has no place: {unplaced.type}: {unplaced.why}"


def _came(pack: Pack, rule: Rule, situation: _Situation) -> Came:
    """What the rule says. A rule about waivers speaks of what the others find, so that they run beside it."""
    beside = [other for other in pack.rules if other.id != rule.id] if "Waiver" in rule.kinds else []
    result = check(situation.state, [attrs.evolve(pack, rules=(*beside, rule))], facts=situation.facts)
    findings = [f for f in result.findings if f.rule == rule.id]
    tally = Counter(result.counts.get(rule.id, {}))
    if situation.subject is not None:
        linked = Linked(situation.state, situation.facts)
        linked.found = frozenset(f.fingerprint for f in result.findings if f.rule != rule.id)
        tally = _tally(rule, situation, linked)
    return Came(
        [f for f in findings if situation.concerns(f.subject.kind, f.subject.id)],
        [n for n in result.not_evaluated if n.rule == rule.id and situation.concerns(n.subject.kind, n.subject.id)],
        tally,
    )


def _tally(rule: Rule, situation: _Situation, linked: Linked) -> Counter[Outcome]:
    """The outcomes of the subjects that count: a check tells only those of all."""
    subjects = [
        Subject(kind, view.id, "")
        for kind in (SUBJECTS[name].KIND for name in rule.kinds)
        for view in linked.of_kind(kind)
        if situation.concerns(kind, view.id)
    ]
    verdicts = [judge(rule, subject, linked) for subject in subjects]
    return Counter(verdict.outcome for verdict in verdicts if verdict is not None)
