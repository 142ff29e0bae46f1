"""The object a user opens: a store, a clock, and the parts wired together.

Only here are coordinates resolved (a date, a moment, a meeting, a position become a position) and is the clock read.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from itertools import chain, count
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from plantrack import sealing
from plantrack.admission import KINDS
from plantrack.audit import Entry, write_bundle
from plantrack.bitemporal import Fact
from plantrack.coordinates import MEETING, Coordinates, Known, duration
from plantrack.coordinates import day as day_of
from plantrack.errors import (
    AdmissionError,
    CoordinateError,
    PersonalDataError,
    StoreBusyError,
    StoredEventError,
    StoreError,
    UnknownPlanError,
    UnknownSubjectError,
    did_you_mean,
)
from plantrack.events.assurance import FindingWaived, MeetingSealed, Parameter, RulePackAdopted, RulePackWithdrawn
from plantrack.events.correction import EventCorrected, EventRetracted, PersonalDataErased
from plantrack.events.envelope import Event, Proposal, RecordedEvent, Source, subjects
from plantrack.events.fields import slug
from plantrack.events.initiative import Continued
from plantrack.events.person import Person
from plantrack.events.plan import AliasDeclared, PlanOpened
from plantrack.exports import Export, Restored, calendar_text, export_lines, prov_json, set_by, subject_of
from plantrack.history import Blame, Difference, Goalposts, Late, Lineage, blame, difference, goalposts, late, lineage
from plantrack.history.difference import Side
from plantrack.history.lineage import Record
from plantrack.note import Checkpoint
from plantrack.people import (
    Erasure,
    KnownPerson,
    Names,
    check_reason,
    known_persons,
    plans_to_tell,
    recorded_as,
    token_of,
)
from plantrack.period import Period, as_period
from plantrack.recording import Clock, Recorder, system_clock
from plantrack.resolution import Resolver
from plantrack.rules import CheckResult, Finding, Pack, Why, check, installed_packs
from plantrack.rules.adoption import adopted_pack, adoption, adoptions, refuse_other_text
from plantrack.rules.comparison import Checked, compared
from plantrack.rules.findings import called
from plantrack.rules.parameters import with_parameters
from plantrack.rules.why import Case
from plantrack.state import State, Waiver, fold
from plantrack.state.assurance import is_same
from plantrack.store import Head, Store
from plantrack.verification import HeldHead, Verification, plan_of, verify
from plantrack.watching import PlanWatch


class Tracker:
    """A store of plans. Use it as a context manager, or :meth:`close` it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._store.close()

    @property
    def path(self) -> str:
        """The file."""
        return self._store.path

    def plans(self) -> list[str]:
        """The ids of the plans in the store, oldest first."""
        return list(self._store.plans())

    def plan(self, plan: str) -> PlanLog:
        """The log of one plan, which need not exist yet: its first event is a ``PlanOpened``.

        :raises EventError: that cannot be the id of a plan.
        """
        return PlanLog(self._store, self._clock, slug(plan))

    def verify(self, plan: str | None = None, held: Sequence[HeldHead] = ()) -> list[Verification]:
        """Whether the logs are what was recorded: each event against its hash, these against the heads of the logs.

        What is wrong with the file as a whole is told of each plan.

        A store that is damaged may have to be opened with ``check_heads=False`` first.

        :param plan: only this one.
        :param held: heads that somebody kept elsewhere, each held against the plan that its origin names; the seals of
            meetings and the heads of the anchor, if there is one, are added.
        :raises UnknownPlanError: there is nothing of that plan, or of the plan of a head.
        """
        streams = self._store.streams()
        for asked in [*([] if plan is None else [plan]), *map(plan_of, held)]:
            if asked not in streams:
                raise UnknownPlanError(f"the store holds no plan {asked!r:.60}; {did_you_mean(asked, streams)}")
        anchored = [HeldHead("the anchor", head.size, head.root, head.origin) for head in self._store.anchored]
        damage, found = self._store.contradictions(), []
        for name in streams if plan is None else [plan]:
            heads = [head for head in (*held, *anchored) if plan_of(head) == name]
            with suppress(StoreError, StoredEventError):  # a damaged log may hold a seal that is unreadable: told below
                for _, seal in self._store.seals(name):
                    heads.append(HeldHead(f"the seal of {seal.meeting}", seal.known, bytes.fromhex(seal.root)))
            log = verify(name, self._store.stored(name), self._store.log_head(name), heads)
            found.append(attrs.evolve(log, broken=(*log.broken, *damage)))
        return found

    def people(self) -> list[KnownPerson]:
        """The natural persons in the store, each with every place where the person stands."""
        return known_persons(self._store)

    def token_of(self, person: str) -> str:
        """The token of a natural person, by name or by the token itself.

        :raises PersonalDataError: nobody of that name or token stands in the store.
        """
        return token_of(self._store, person)

    def names(self) -> Names:
        """What puts names in the place of tokens, as of now: for what is shown, and for nothing that is kept."""
        return Names(self._store)

    def erase(self, person: str, *, reason: str, actor: str | None = None) -> Erasure:
        """Erase a natural person: destroy the key, so that the name can be read nowhere, and record that in each plan.

        The events stay, with a token in the place of the name. Copies of the keys elsewhere are for their owners to
        destroy. If it is interrupted, do it again.

        :param person: the name, or the token.
        :param reason: why, without the name.
        :raises PersonalDataError: nobody of that name or token stands in the store, or the reason holds the name.
        :raises StoreError: the key is destroyed, or it is not; that could not be recorded, so erase again.
        """
        token = token_of(self._store, person)
        if actor is not None and recorded_as(self._store, actor) == token:
            raise PersonalDataError("who erases cannot be who is erased; name a role as the actor")
        check_reason(self._store, token, reason)
        self._store.keys.destroy(token)
        events: list[RecordedEvent] = []
        for plan in plans_to_tell(self._store, token):
            events += self.plan(plan)._erased(token, reason, actor)
        self._store.keys.forget(token)
        self._store.truncate_log()
        return Erasure(token, tuple(events))

    def backup(self, path: str | os.PathLike[str], *, with_keys: bool = False) -> None:
        """Copy the store to a file that does not exist yet, as of one moment, while others may write.

        The keys of natural persons are left out unless they are asked for: a copy of them keeps a name readable after
        it was erased here.

        :param with_keys: copy them too, to that file's name with ``.keys``.
        :raises StoreError: there is such a file, or it could not be written.
        """
        self._store.backup(path)
        if with_keys:
            self._store.keys.backup(f"{os.path.abspath(os.fsdecode(path))}.keys")

    def restore(self, export: Export) -> Restored:
        """Bring the log of a plan back from an export: positions, event ids and times as they were, and the same root.

        In one transaction: until the last line was read and found right, nothing of the plan is there. Other writers
        wait meanwhile. Restoring what is there already changes nothing.

        :raises EvidenceError: a line is none of an export, or the events are not those that were exported; names it.
        :raises AdmissionError: the store holds other events of that plan.
        :raises StoreError: it could not be written; nothing was.
        """
        told, held = export.head, self._store.log_head(export.head.plan)
        if held is None:
            try:
                self._store.append_stored(told.plan, export.rows())
            except StoreBusyError:
                raise
            except StoreError as problem:
                raise type(problem)(f"{export.place}: {problem}") from problem
        elif held.size < told.size or self._store.root_at(told.plan, told.size) != told.root:
            raise AdmissionError(
                f"{export.name}: the store holds a plan {told.plan!r} already, with {held.size} events that are not"
                f" those; restore it into another store"
            )
        return Restored(told, held is None)


class PlanLog:
    """The append-only log of one plan, and everything asked of it.

    :ivar id: the plan's id.
    """

    def __init__(self, store: Store, clock: Clock, plan: str) -> None:
        self.id = plan
        self._store = store
        self._clock = clock
        self._recorder = Recorder(store, clock, self.id)
        self._resolver = Resolver(store, self._recorder, clock, self.id)

    # --- recording

    def record(
        self,
        *events: Event,
        effective: Period | date | str,
        actor: str | None = None,
        reason: str | None = None,
        source: Source | None = None,
        event_id: str | None = None,
        causation_id: str | None = None,
        correlation_id: str | None = None,
    ) -> list[RecordedEvent]:
        """Record facts that became true at ``effective``, all or none; durable when this returns.

        What is recorded already (same event id and content) is left out, so that a retry is harmless.

        :param effective: a day, or a period in any notation of the plan ("2018-01", "Q3 17/18").
        :param event_id: idempotency key for a single event; left out, it is derived from the content.
        :returns: the events that were appended.
        :raises EventError: an event is malformed.
        :raises AdmissionError: an event contradicts the log.
        :raises StoreError: it could not be written; nothing was.
        """
        when = self.period(effective)
        envelope: dict[str, Any] = {
            "actor": actor, "reason": reason, "source": source, "event_id": event_id, "causation_id": causation_id,
            "correlation_id": correlation_id,
        }  # fmt: skip
        return self.record_all([Proposal(data=event, effective=when, **envelope) for event in events])

    def record_all(self, proposals: Iterable[Proposal]) -> list[RecordedEvent]:
        """Record proposals, all or none; see :meth:`record`."""
        proposals = list(proposals)
        if any(isinstance(getattr(proposal, "data", None), PersonalDataErased) for proposal in proposals):
            raise AdmissionError("PersonalDataErased is recorded by `erase`, which destroys the key")
        return self._recorder.record(proposals)

    def _erased(self, token: str, reason: str, actor: str | None) -> list[RecordedEvent]:
        when = Period.day(self.today())
        event = PersonalDataErased(person=token)
        return self._recorder.record([Proposal(data=event, effective=when, actor=actor, reason=reason)])

    # --- asking

    @property
    def head(self) -> int:
        """The position of the last event; 0 if there is none."""
        return self._store.head(self.id)

    @property
    def opened(self) -> PlanOpened:
        """How the plan was opened: its title, period, time zone, fiscal year.

        :raises UnknownPlanError: nothing was recorded for it.
        """
        return self._recorder.opened

    def period(self, value: Period | date | str) -> Period:
        """Read a date or period in the notations of this plan ("2017/18" depends on when its fiscal year starts).

        :raises PeriodError: it is none.
        """
        opened = self._recorder.register().opened
        return as_period(value, fiscal_year_start=opened.fiscal_year_start if opened else 4)

    def events(self, *, after: int = 0, upto: int | None = None) -> Iterator[RecordedEvent]:
        """The recorded events in order of position, beyond ``after``: a feed that an embedder can resume."""
        return self._store.events(self.id, after=after, upto=upto)

    def find(self, event_ids: Iterable[str]) -> dict[str, RecordedEvent]:
        """The recorded events with these ids, as far as they exist."""
        return self._store.find(self.id, event_ids)

    def at(self, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None) -> State:
        """What was true at the end of ``as_at``, as far as it was known at ``known_at``.

        :param as_at: a day; today by the clock when left out.
        :param known_at: a position (``120`` or ``"#120"``), a day (its end in the plan's time zone), a moment, or
            ``"meeting:ID"``; the latest when left out.
        :param at: the id of a meeting: its day, and what was known at the end of it.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        :raises UnknownPlanError: nothing was recorded for the plan.
        """
        return self.state_at(self.coordinates(as_at=as_at, known_at=known_at, at=at))

    def state_at(self, where: Coordinates) -> State:
        """The state at coordinates that were resolved before."""
        return fold(self._facts(where), plan=self.id, as_at=where.as_at, known=where.known)

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

    def packs_at(self, where: Coordinates) -> tuple[Pack, ...]:
        """The packs to which the plan is held at coordinates, with the parameters that it set for itself.

        Those that were adopted by the day of the coordinates, as far as that was recorded at ``rules``; the installed
        ones where there is none.

        :raises RuleSourceError: an adopted text, or an installed pack, is wrong.
        """
        if where.rules is None:
            return installed_packs()
        adopted = adoptions(self._decisions(where.rules), where.as_at)
        return tuple(adopted_pack(position, event) for position, _, event in adopted.values()) or installed_packs()

    def _decisions(self, known: int) -> list[Fact]:
        """What was decided about packs, as known at a position."""
        return self._store.standing(self.id, (RulePackAdopted, RulePackWithdrawn), known)

    def adopt(
        self,
        pack: Pack,
        params: Iterable[Parameter] = (),
        *,
        effective: Period | date | str | None = None,
        actor: str | None = None,
        reason: str | None = None,
    ) -> list[RecordedEvent]:
        """Hold the plan to a pack, with its whole text in the log.

        It counts in checks as at that day or a later one; ``rules_at`` goes by when it was recorded.

        :param effective: from when on; today by the clock when left out.
        :returns: the event; nothing where the plan is held to this text with these parameters on that day already.
        :raises AdmissionError: another text was adopted under this version.
        :raises ParameterError: the pack has no such parameter, or the value is of another type.
        :raises EventError: the id of the pack cannot be an id in a plan.
        """
        event, when = adoption(pack, params), self._when(effective)
        decisions = self._decisions(self.head)
        refuse_other_text(event, decisions)
        held = adoptions(decisions, when.last_day).get(event.pack)
        return [] if held is not None and held[2] == event else self._decided(event, when, actor, reason)

    def withdraw(
        self,
        pack: str,
        *,
        effective: Period | date | str | None = None,
        actor: str | None = None,
        reason: str | None = None,
    ) -> list[RecordedEvent]:
        """No longer hold the plan to a pack, by its id.

        :param effective: from when on; today by the clock when left out.
        :returns: the event; nothing where the plan was not held to it any more.
        :raises AdmissionError: it never was, or only from a later day on.
        """
        event, when = RulePackWithdrawn(pack=pack), self._when(effective)
        decisions = self._decisions(self.head)
        if pack in self._recorder.register().subjects["rule-pack"] and pack not in adoptions(decisions, when.last_day):
            if later := adoptions(decisions, date.max).get(pack):
                begins = later[1].last_day
                raise AdmissionError(
                    f"{pack} is adopted from {begins} on and cannot be withdrawn as of {when.last_day}"
                )
            return []
        return self._decided(event, when, actor, reason)

    def seal(
        self, meeting: str, *, adopt_installed: bool = False, actor: str | None = None, reason: str | None = None
    ) -> list[RecordedEvent]:
        """Settle what a meeting is shown: the coordinates that ``at=meeting`` has now, the packs, and the findings.

        What is recorded later waits for the next meeting; :meth:`replay` makes this one again for ever.

        :param meeting: the id of a meeting that was scheduled.
        :param adopt_installed: hold the plan to the installed packs first, where it is held to none.
        :returns: the events that were recorded, the seal last; nothing where the meeting is sealed already.
        :raises CoordinateError: there is no such meeting.
        :raises AdmissionError: the plan is held to no pack, or nothing was known yet.
        """
        if self._resolver.seal_of(meeting) is not None:
            return []
        where = self.coordinates(at=meeting)
        if not where.known:
            raise AdmissionError(f"nothing was recorded by {where.as_at}, the day of {meeting}: nothing to seal")
        recorded = []
        if not adoptions(self._decisions(where.known), where.as_at):
            if not adopt_installed:
                raise AdmissionError(
                    f"the plan is held to no pack on {where.as_at}, and what is installed changes with every version;"
                    " adopt packs first, or let the installed ones be adopted with the seal (--adopt-installed)"
                )
            for pack in installed_packs():
                recorded += self.adopt(pack, effective=where.as_at, actor=actor, reason=reason)
            where = attrs.evolve(where, rules=self.head)
        rules = where.rules or where.known
        root = self._store.root_at(self.id, where.known)
        event = sealing.seal(meeting, where, rules, root, self._checked(where, None, ()).result)
        return [*recorded, *self.record(event, effective=self.today(), actor=actor, reason=reason)]

    def checkpoint(self, *, at: str | None = None) -> Checkpoint:
        """The head of the log, to be signed and kept by others.

        :param at: as it was sealed for a meeting; as it is when left out.
        :raises CoordinateError: the meeting is not sealed.
        :raises UnknownPlanError: nothing was recorded for the plan.
        """
        head = self._store.log_head(self.id)
        if head is None:
            raise UnknownPlanError(f"the store holds no plan {self.id!r}; there is no log to sign")
        size = head.size if at is None else self._sealed(at)[1].known
        return Checkpoint(head.origin, size, self._store.root_at(self.id, size))

    def prove(
        self,
        *references: str,
        since: date | str | None = None,
        until: date | str | None = None,
        checkpoint: str | None = None,
        size: int | None = None,
    ) -> Iterator[str]:
        """The lines of an audit bundle: some events in full, of all others only what proves that they are there.

        :param references: subjects (``kind:id``), whose events are given, and positions (``"#120"``); all events when
            left out.
        :param since: only what became true on that day or later; ``until`` on that day or before.
        :param checkpoint: a signed note over the log as it was after ``size`` events, to be put in.
        :param size: how many events the log had; as many as it has when left out.
        :raises UnknownSubjectError: no event touches a subject.
        :raises CoordinateError: a position lies outside the log, or a day is none.
        :raises UnknownPlanError: nothing was recorded for the plan.
        """
        head = self._store.log_head(self.id)
        if head is None:
            raise UnknownPlanError(f"the store holds no plan {self.id!r}; there is nothing to prove")
        size = head.size if size is None else size
        first = date.min if since is None else day_of(since, "since")
        last = date.max if until is None else day_of(until, "until")
        asked = frozenset(chain.from_iterable(self._positions(reference, size) for reference in references))
        given = [
            event.position
            for event in self.events(upto=size)
            if event.effective.last_day >= first
            and event.effective.start <= last
            and (not references or event.position in asked)
        ]
        scope = {"asked": " ".join(references) or "everything", "from": str(since or ""), "until": str(until or "")}
        rows = self._store.stored(self.id, upto=size)
        entries = (Entry(r.originator_version, r.event_id, r.topic, r.recorded_at, r.state, leaf) for r, leaf in rows)
        return write_bundle(
            entries,
            plan=self.id,
            origin=head.origin,
            size=size,
            given=given,
            scope={name: value for name, value in scope.items() if value},
            checkpoint=checkpoint,
            ends=[seal.known for _, seal in self._store.seals(self.id)],
        )

    def _positions(self, reference: str, size: int) -> Iterator[int]:
        """The events that a reference means."""
        if reference.startswith("#"):
            position = self.coordinates(known_at=reference).known
            if not 0 < position <= size:
                raise CoordinateError(f"{reference} is no event of the {size} that are proved")
            yield position
        else:
            yield from (event.position for event in self.about(self.named(reference, upto=size), upto=size))

    def _sealed(self, meeting: str) -> tuple[int, MeetingSealed]:
        sealed = self._resolver.seal_of(meeting)
        if sealed is None:
            self.coordinates(at=meeting)  # says of one that does not exist which do
            raise CoordinateError(f"the meeting {meeting!r:.60} is not sealed; `plantrack seal {meeting}` seals it")
        return sealed

    def replay(self, meeting: str) -> sealing.Replay:
        """A sealed meeting made again from the log: what was known to it, by the rules of that day.

        :raises CoordinateError: there is no such meeting, or it is not sealed.
        """
        position, sealed = self._sealed(meeting)
        result = self._checked(self.coordinates(at=meeting), None, ()).result
        return sealing.Replay(sealed, position, result, sealing.document(result))

    def _when(self, effective: Period | date | str | None) -> Period:
        return self.period(self._resolver.today() if effective is None else effective)

    def _decided(
        self, event: RulePackAdopted | RulePackWithdrawn, when: Period, actor: str | None, reason: str | None
    ) -> list[RecordedEvent]:
        """Record a decision about a pack; it names the one before, so that the same may be decided again on one day."""
        before = None
        for _, name, data in self._store.of_types(self.id, (RulePackAdopted, RulePackWithdrawn)):
            if getattr(data, "pack", None) == event.pack:
                before = name
        return self.record(event, effective=when, actor=actor, reason=reason, causation_id=before)

    def about(self, subject: str, *, upto: int | None = None) -> list[RecordedEvent]:
        """The events that touch a subject (``kind:id``), with their corrections, in order of position.

        :raises UnknownSubjectError: no event does.
        """
        found = list(self._touching({subject}, upto))
        if not found:
            kind, _, name = subject.partition(":")
            known = self._recorder.register().subjects.get(kind)
            hint = did_you_mean(kind, KINDS) if known is None else did_you_mean(name, known)
            raise UnknownSubjectError(f"nothing was recorded about {subject!r:.80}; {hint}")
        return found

    def _touching(
        self, names: Collection[str], upto: int | None, *, and_at: Collection[int] = ()
    ) -> Iterator[RecordedEvent]:
        """The events that touch one of some subjects (``kind:id``), with their corrections, in order of position.

        :param and_at: positions of events that are wanted too.
        """
        touched: set[str] = set()
        for event in self.events(upto=upto):
            amends = isinstance(event.data, EventCorrected | EventRetracted) and event.data.event in touched
            said = event.data.replacement if isinstance(event.data, EventCorrected) else event.data
            if amends or event.position in and_at or not subjects(said).isdisjoint(names):
                touched.add(event.event_id)
                yield event

    def today(self) -> date:
        """The day by the clock, in the plan's time zone."""
        return self._resolver.today()

    def coordinates(
        self,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        rules_at: Known = None,
        at: str | None = None,
    ) -> Coordinates:
        """Resolve coordinates, once; below this only days and positions travel.

        :param at: a meeting, for all three; what is given beside it comes first.
        :raises CoordinateError: one of them is malformed or lies outside the log.
        """
        return self._resolver.coordinates(as_at=as_at, known_at=known_at, rules_at=rules_at, at=at)

    def _facts(self, where: Coordinates) -> Iterator[Fact]:
        return self._store.facts(self.id, as_at=where.as_at, known=where.known)

    # --- history

    def blame(
        self, subject: str, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None
    ) -> Blame:
        """Who said what a subject says: the event that set each value, and the corrections that made it so.

        :param subject: ``kind:id``; the coordinates are those of :meth:`at`.
        :raises UnknownSubjectError: there is no such subject at these coordinates.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return blame(self.events(upto=where.known), subject, plan=self.id, where=where)

    def late(
        self,
        longer_than: timedelta | str = "24h",
        *,
        subject: str | None = None,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> list[Late]:
        """The events that were recorded longer than that after the end of the day on which they became true.

        A correction or retraction is as late as it comes after the fact that it amends.

        :param longer_than: for example ``"24h"``, ``"90m"``, ``"3d"``, ``"2w"``.
        :param subject: ``kind:id``, for the events that touch it.
        :param as_at: only what had become true by then; everything when left out.
        :returns: in order of position.
        :raises DurationError: that is no length of time.
        :raises UnknownSubjectError: no event touches the subject.
        """
        where, last = self._bounds(as_at, known_at, at)
        zone, longer = ZoneInfo(self.opened.time_zone), duration(longer_than)
        found = late(self.events(upto=where.known), zone=zone, longer_than=longer)
        found = (one for one in found if one.event.effective.last_day <= last)
        if subject is None:
            return list(found)
        touching = {e.position for e in self.about(self.named(subject, upto=where.known), upto=where.known)}
        return [one for one in found if one.event.position in touching]

    def lineage(
        self, subject: str, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None
    ) -> Lineage:
        """The history of a subject and of all that it goes on from (``Continued``) in the other plans of the store.

        A position or a meeting is one of this plan; of the others is told what had been recorded by the moment at which
        the last event that was known here was.

        :param as_at: only what had become true by then; everything when left out.
        :raises UnknownSubjectError: no event touches the subject.
        """
        where, last = self._bounds(as_at, known_at, at)
        self.about(self.named(subject, upto=where.known), upto=where.known)
        given = f"{MEETING}{at}" if known_at is None and at is not None else known_at
        of_this_plan = isinstance(given, int) or (isinstance(given, str) and given.startswith(("#", MEETING)))
        moment: Known = where.recorded_at if of_this_plan else given

        def tell(plan: str, name: str) -> Record | None:
            log = self if plan == self.id else PlanLog(self._store, self._clock, plan)
            if plan not in self._store.plans():
                return None
            known = where.known if log is self else log.coordinates(known_at=moment).known
            return log._told(name, known, last) if known else None

        found = lineage(self.id, subject, tell)
        assert found is not None  # this plan is there
        return found

    def named(self, subject: str, *, upto: int | None = None) -> str:
        """The subject that ``kind:id`` means: the id may be another name that was declared for it."""
        kind, _, name = subject.partition(":")
        if name in self._recorder.register().subjects.get(kind, ()):
            return subject
        for _, _, declared in self._store.standing(self.id, (AliasDeclared,), self.head if upto is None else upto):
            if isinstance(declared, AliasDeclared) and declared.alias == name and declared.of.startswith(f"{kind}:"):
                return declared.of
        return subject

    def _told(self, subject: str, known: int, last: date) -> Record:
        """What is known of a subject that became true by a day."""
        name = self.named(subject, upto=known)
        continued = [
            (position, said)
            for position, when, said in self._store.standing(self.id, (Continued,), known)
            if isinstance(said, Continued) and said.subject == name and when.last_day <= last
        ]
        events = [e for e in self._touching({name}, known) if e.effective.last_day <= last]
        return Record(subject=name, events=events, continued=continued)

    def _bounds(self, as_at: date | str | None, known_at: Known, at: str | None) -> tuple[Coordinates, date]:
        """Where a question about events stands, and the last day of which it asks: any where no day is given."""
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return where, date.max if as_at is None and at is None else where.as_at

    def point(self, written: Coordinates | date | str) -> Coordinates:
        """Resolve coordinates that are written in one text, as in ``diff``.

        :param written: a day (at its end, as known then); ``"#120"`` or a moment (as known then, as at that day);
            ``"meeting:ID"``; ``"latest"``; or a day or meeting as known at one of these, ``"2018-02-28@#700"``.
        :raises CoordinateError: it is malformed or lies outside the log.
        """
        return written if isinstance(written, Coordinates) else self._resolver.point(written)

    def diff(
        self,
        earlier: Coordinates | date | str,
        later: Coordinates | date | str,
        *,
        packs: Sequence[Pack] | None = None,
        params: Iterable[Parameter] = (),
    ) -> Difference:
        """What changed between two pairs of coordinates (:meth:`point`), facts, targets, rules and findings apart.

        With what had been true at the first and was not known there, and what was told there and corrected since.

        :param packs: check both by these instead of the packs adopted at each.
        :param params: parameters of rules to set for both checks.
        :raises CoordinateError: a coordinate is malformed or lies outside the log.
        """
        wheres = self.point(earlier), self.point(later)
        params = tuple(params)
        one, other = (self._checked(where, packs, params) for where in wheres)
        sides = [Side(where, c.state, c.packs) for where, c in zip(wheres, (one, other), strict=True)]
        events = self.events(upto=max(position for where in wheres for position in (where.known, where.rules or 0)))
        return difference(events, sides[0], sides[1], compared(other, one, str(earlier)))

    def goalposts(
        self,
        subject: str | None = None,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> Goalposts:
        """Every move of a date, a target or a scope, with who approved it and the drift since the first approval.

        Coordinates as in :meth:`at`.

        :param subject: only those of this one (``kind:id``) and of what belongs to it.
        :raises UnknownSubjectError: nothing was recorded about it.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        state = self.state_at(where)
        kind, _, name = (subject or "").partition(":")
        if subject is not None and state.subject(kind, name) is None:  # a target is about no event of its own
            self.about(subject)
        return goalposts(self.events(upto=where.known), state, recorded_at=where.recorded_at, subject=subject)

    # --- exports

    def export(self) -> Iterator[bytes]:
        """The whole log, lossless, as lines of JSON: what :meth:`Tracker.restore` brings back. Never whole in memory.

        :raises UnknownPlanError: nothing was recorded for the plan.
        :raises StoreDamagedError: the log is not as it was recorded.
        """
        head = self.checkpoint()
        rows = self._store.stored(self.id, upto=head.size)
        return export_lines(Head(self.id, head.origin, head.size, head.root), rows)

    def provenance(
        self,
        subject: str | None = None,
        *,
        as_at: date | str | None = None,
        known_at: Known = None,
        at: str | None = None,
    ) -> dict[str, Any]:
        """Where the plan, or one subject of it, has its values from, as W3C PROV-JSON; coordinates as in :meth:`at`.

        :param subject: ``kind:id``.
        :raises UnknownSubjectError: there is no such subject at these coordinates.
        """
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        state, origin = self.state_at(where), self.checkpoint().origin
        if subject is None:
            return prov_json(origin, state, list(self.events(upto=where.known)))
        subject = self.named(subject, upto=where.known)
        found = subject_of(state, subject)
        events = list(self._touching({subject}, where.known, and_at=set_by(found)))
        return prov_json(origin, state, events, [found])

    def calendar(self, *, as_at: date | str | None = None, known_at: Known = None, at: str | None = None) -> str:
        """When milestones and commitments are due, as iCalendar; coordinates as in :meth:`at`."""
        where = self.coordinates(as_at=as_at, known_at=known_at, at=at)
        return calendar_text(self.checkpoint().origin, self.state_at(where), where.recorded_at)


def _says_the_same(event: FindingWaived, waiver: Waiver) -> bool:
    return all(getattr(event, n) == getattr(waiver, n) for n in ("finding", "reason", "requester", "approver", "until"))


def open_tracker(
    path: str | os.PathLike[str],
    *,
    clock: Clock | None = None,
    create: bool = True,
    check_heads: bool = True,
    anchor: str | os.PathLike[str] | None = None,
) -> Tracker:
    """Open a store of plans: a file (made when absent), or ``":memory:"``.

    :param clock: gives the time now; decides ``recorded_at`` and what "today" is. The system's by default.
    :param check_heads: whether to refuse a file that does not end with the events that were recorded last; without it
        :meth:`Tracker.verify` can say what is broken.
    :param anchor: a file elsewhere, made when absent, that holds the last head of each log: a store that lost its
        last events is then refused. Give it whenever the store is opened.
    :raises StoreError: the file cannot be opened, is not a plantrack store, or is damaged.
    """
    return Tracker(Store(path, create=create, check_heads=check_heads, anchor=anchor), clock or system_clock)
