"""What some events, heard one after the other, made of the findings: those before against those after.

The comparison is that of two whole checks (``comparison``); only what the events touched is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date

from attrs import define, field

from plantrack.bitemporal import Fact, in_order
from plantrack.events.envelope import RecordedEvent
from plantrack.rules.comparison import Comparison, Key, WasAndIs, made_again
from plantrack.rules.findings import Finding, NotEvaluated
from plantrack.rules.language.live_view import NOTHING, LiveView, Touched
from plantrack.rules.pack import Rule
from plantrack.state import Waiver


@define
class Taken:
    """What some events did.

    :ivar facts: those that went and those that came, event by event; ``touched`` what that did to the views.
    """

    heard: list[RecordedEvent] = field(factory=list)
    facts: list[tuple[list[Fact], list[Fact]]] = field(factory=list)
    touched: Touched = NOTHING

    def add(self, event: RecordedEvent, gone: list[Fact], come: list[Fact], touched: Touched) -> None:
        """The event that follows."""
        self.heard.append(event)
        self.facts.append((gone, come))
        self.touched = self.touched.join(touched)

    @property
    def since(self) -> date:
        """The first day on which anything is not as it was."""
        return min((fact[1].last_day for pair in self.facts for some in pair for fact in some), default=date.max)

    @property
    def lost(self) -> list[Fact]:
        """What counted before them and does not after them, in order."""
        lost: dict[int, Fact] = {}
        new: set[int] = set()
        for gone, come in self.facts:
            lost.update((fact[0], fact) for fact in gone if fact[0] not in new)
            new.update(fact[0] for fact in come if fact[0] not in lost)
            for fact in come:
                lost.pop(fact[0], None)
        return sorted(lost.values(), key=in_order)


def changed(
    view: LiveView,
    rules: Mapping[str, Rule],
    taken: Taken,
    before: Mapping[str, Finding],
    after: Mapping[str, Finding],
    unsaid: Iterable[NotEvaluated],
    found: Callable[[], Set[str]],
) -> list[Finding]:
    """The findings that are not as they were, each with its state against what it was; also those that are gone.

    :param view: the plan after those events.
    :param rules: by each name that they have or had.
    :param before: the findings that may differ, by fingerprint, as they were; ``after`` are those as they are.
    :param unsaid: what cannot be evaluated now, as far as it may not have been so before.
    :param found: gives the fingerprints of all that is found after the events, for rules about waivers.
    """
    said = {(finding.rule, str(finding.subject)): finding.fingerprint for finding in after.values()}
    reasons = {(one.rule, str(one.subject)): one.reason for one in unsaid}
    comparison = _SinceBefore(view, rules, taken, said, reasons, found)
    differing = [comparison.standing(f, before.get(name)) for name, f in after.items() if before.get(name) != f]
    return [*differing, *comparison.gone([finding for name, finding in before.items() if name not in after])]


class _SinceBefore(Comparison):
    """A comparison with what the same rules said before some events."""

    def __init__(
        self,
        view: LiveView,
        rules: Mapping[str, Rule],
        taken: Taken,
        said: Mapping[Key, str],
        unsaid: Mapping[Key, str],
        found: Callable[[], Set[str]],
    ) -> None:
        self._view = view
        self._rules = rules
        self._taken = taken
        self._said = said
        self._unsaid = unsaid
        self._found = found

    @property
    def after(self) -> LiveView:
        return self._view

    @property
    def lost(self) -> Sequence[int]:
        return [fact[0] for fact in self._taken.lost]

    @property
    def said(self) -> Mapping[Key, str]:
        return self._said

    @property
    def unsaid(self) -> Mapping[Key, str]:
        return self._unsaid

    def rule(self, finding: Finding) -> Rule | None:
        return self._rules.get(finding.rule)

    def objects(self, kind: str) -> Iterable[WasAndIs]:
        return self._view.was_and_is(self._taken.touched, kind)

    def waived_then(self, finding: Finding) -> str | None:
        subject = finding.subject
        now = self._view.view(subject.kind, subject.id)
        entity = self._taken.touched.before.get((subject.kind, subject.id), None if now is None else now.entity)
        return entity.finding if isinstance(entity, Waiver) else None

    def made_then(self, rule: Rule, finding: Finding) -> bool:
        return True  # it did

    def made_with_lost(self, rule: Rule | None, finding: Finding) -> Finding | None:
        with self._view.supposing(self._taken.lost):
            return made_again(rule, finding, self._view, self._found())
