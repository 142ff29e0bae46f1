"""What the rules say of a plan: check, why, watch, waive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import count

import attrs

from plantrack.admission import KINDS
from plantrack.coordinates import Coordinates, Known
from plantrack.coordinates import day as day_of
from plantrack.errors import (
    AdmissionError,
)
from plantrack.events.assurance import FindingWaived, Parameter
from plantrack.events.correction import EventCorrected
from plantrack.events.envelope import RecordedEvent, subjects
from plantrack.events.person import Person
from plantrack.people import (
    recorded_as,
)
from plantrack.plan_log.adopting import Adopting
from plantrack.rules import CheckResult, Finding, Pack, Why, check
from plantrack.rules.comparison import Checked, compared
from plantrack.rules.findings import called
from plantrack.rules.parameters import with_parameters
from plantrack.rules.why import Case
from plantrack.state import Waiver
from plantrack.state.assurance import is_same
from plantrack.watching import PlanWatch


class Checking(Adopting):
    """With what the rules say of it."""

    def check(
        self,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        rules_at: Known = None,
        at: str | None = None,
        since: date | str | None = None,
        packs: Sequence[Pack] | None = None,
        params: Iterable[Parameter] = (),
        ignore_waivers: bool = False,
    ) -> CheckResult:
        """What the rules say of the plan; coordinates as in :meth:`at`.

        :param rules_at: as ``known_at``: what is known by then of the packs that the plan adopted for that day, or
            ``"installed"``. The same as ``known_at`` when left out; the installed packs where none was adopted.
        :param since: an earlier meeting, or a day: findings then say how they stand against the check of that day,
            made with what was known and adopted then.
        :param packs: use these instead.
        :param params: parameters of rules to set for this check.
        :param ignore_waivers: show findings as if none had been waived.
        :returns: findings, most serious first, each with the ids of its evidence events; they are data, never raised.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        :raises RuleSourceError: a pack is wrong.
        :raises ParameterError: no pack has such a parameter, or the value is of another type.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, rules_at=rules_at, at=at)
        params = tuple(params)
        checked = self._checked(where, packs, params, ignore_waivers)
        if since is None:
            return checked.result
        then = self._resolver.earlier(since, where)
        return compared(checked, self._checked(then, packs, params, ignore_waivers), str(since))

    def _checked(
        self,
        where: Coordinates,
        packs: Sequence[Pack] | None,
        params: Iterable[Parameter],
        ignore_waivers: bool = False,
    ) -> Checked:
        """The check at coordinates, by the packs that are given, else by those that the plan had adopted there."""
        chosen = with_parameters(self.packs_at(where) if packs is None else packs, params)
        state, facts = self.state_at(where), partial(self._facts, where)
        result = check(state, chosen, facts=facts, ignore_waivers=ignore_waivers)
        wanted = {position for finding in result.findings for position in finding.positions}
        ids = self._store.event_ids(self.id, wanted)
        findings = [attrs.evolve(f, evidence=tuple(ids[position] for position in f.positions)) for f in result.findings]
        result = attrs.evolve(result, findings=tuple(findings), recorded_at=where.recorded_at)
        return Checked(result, state, chosen, facts)

    def why(
        self,
        fingerprint: str,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        rules_at: Known = None,
        at: str | None = None,
        packs: Sequence[Pack] | None = None,
        params: Iterable[Parameter] = (),
    ) -> Why:
        """Why a finding is there: its evidence in full, since when it holds, what turned it, and what would clear it.

        The coordinates and other parameters are those of the :meth:`check` that made it.

        :param fingerprint: of the finding, or the beginning of it where no other of the check begins so.
        :raises UnknownSubjectError: that check makes no such finding, or several.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, rules_at=rules_at, at=at)
        checked = self._checked(where, packs, params)
        found = {f.fingerprint: f for f in checked.result.findings}
        finding = called(fingerprint, found.values())
        waiver = checked.state.subject(finding.subject.kind, finding.subject.id)
        case = Case(
            finding=finding,
            waived=found.get(waiver.finding) if isinstance(waiver, Waiver) else None,
            packs=checked.packs,
            plan=self.id,
            as_at=where.as_at,
            known=where.known,
            events=list(self.events(upto=where.known)),
        )
        amended, evidence = self._store.amendments(self.id, where.known), self.find(finding.evidence)
        facts = [amended.standing(name, event.data) for name, event in evidence.items()]
        named = [name for fact in facts if fact is not None for name in sorted(subjects(fact))]
        references = list(dict.fromkeys([str(finding.subject), *named]))
        touching = list(self._touching(set(references), where.known))
        standing = [amended.corrected.get(name) for name in evidence]
        corrections = [e for e in touching if isinstance(e.data, EventCorrected) and e.data in standing]
        turned = case.turned_at()
        cleared_by, tried = case.remedies(references, [fact for fact in facts if fact is not None])
        return Why(
            finding=finding,
            result=checked.result,
            rule=case.rule,
            evidence=tuple(sorted([*evidence.values(), *corrections], key=lambda event: event.position)),
            holds_since=case.holds_since(references),
            turned_by=next(self.events(after=turned - 1, upto=turned)),
            remedies=cleared_by,
            tried=tried,
        )

    def watch(
        self,
        *,
        as_at: date | str | None = None,
        rules_at: Known = None,
        packs: Sequence[Pack] | None = None,
        params: Iterable[Parameter] = (),
    ) -> PlanWatch:
        """The check of the plan as known, kept up to date: after each event only what may have changed is judged again.

        The parameters are those of :meth:`check`. Left out, the day moves on with the clock, and the packs are those
        to which the plan is held at each time.

        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        :raises RuleSourceError: a pack is wrong.
        :raises ParameterError: no pack has such a parameter, or the value is of another type.
        """
        given = None if packs is None else tuple(packs)
        return PlanWatch(
            self._store,
            self._recorder,
            self.id,
            where=partial(self._resolver.coordinates, as_at=as_at, rules_at=rules_at),
            packs=self.packs_at if given is None else lambda _: given,
            params=tuple(params),
            period=self.period,
        )

    def waive(
        self,
        finding: Finding,
        *,
        reason: str,
        requester: str,
        approver: str,
        until: date | str,
        waiver: str | None = None,
    ) -> RecordedEvent:
        """Live with a finding of this plan up to and including a day.

        :param waiver: an id; made from the fingerprint when left out.
        :returns: the event; the one before where a waiver in force says the same, so that a retry is harmless.
        :raises AdmissionError: requester and approver are the same, the day is past, the id was used before, or the
            finding is of another plan.
        """
        event = FindingWaived(
            waiver=waiver or self._unused(f"w-{finding.fingerprint[2:]}"),
            finding=finding.fingerprint,
            rule=finding.rule,
            about=str(finding.subject) if finding.subject.kind in KINDS else None,
            reason=reason,
            requester=requester,
            approver=approver,
            until=day_of(until, "until"),
        )
        if finding.plan != self.id:
            raise AdmissionError(f"{finding.fingerprint} is a finding of the plan {finding.plan!r}, not of {self.id!r}")
        if is_same(recorded_as(self._store, requester), recorded_as(self._store, approver)):
            who = "the same person" if isinstance(approver, Person) else f"{approver!r:.60}"
            raise AdmissionError(f"{who} asks for the waiver and cannot approve it; name who decides")
        if event.until < self._resolver.today():
            raise AdmissionError(f"the last day, {event.until}, is past; nothing would be waived")
        if waiver is None and (same := self._same_waiver(event)):
            return self.about(f"waiver:{same.id}")[0]
        recorded = self.record(event, effective=self._resolver.today(), actor=requester, reason=reason)
        return recorded[0] if recorded else self.about(f"waiver:{event.waiver}")[0]

    def _same_waiver(self, event: FindingWaived) -> Waiver | None:
        requester, approver = recorded_as(self._store, event.requester), recorded_as(self._store, event.approver)
        as_recorded = attrs.evolve(event, requester=requester, approver=approver)
        return next(filter(partial(_says_the_same, as_recorded), self._waivers_today()), None)

    def _waivers_today(self) -> Iterator[Waiver]:
        state = self.at()
        return (waiver for waiver in state.waivers.values() if waiver.in_force(state.as_at))

    def _unused(self, name: str) -> str:
        """The id, with a number where it was used before."""
        used = self._recorder.register().subjects["waiver"]
        numbered = (f"{name}.{number}" for number in count(2))
        return name if name not in used else next(other for other in numbered if other not in used)


def _says_the_same(event: FindingWaived, waiver: Waiver) -> bool:
    return all(getattr(event, n) == getattr(waiver, n) for n in ("finding", "reason", "requester", "approver", "until"))
