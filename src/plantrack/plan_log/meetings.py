"""Meetings sealed and replayed, and what proves the log: checkpoints, audit bundles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain

import attrs

from plantrack import sealing
from plantrack.audit import Entry, write_bundle
from plantrack.coordinates import MEETING
from plantrack.coordinates import day as day_of
from plantrack.errors import (
    AdmissionError,
    CoordinateError,
    EvidenceError,
    UnknownPlanError,
)
from plantrack.events.assurance import MeetingSealed
from plantrack.events.envelope import Proposal, RecordedEvent
from plantrack.note import Checkpoint
from plantrack.period import Period
from plantrack.plan_log.checking import Checking
from plantrack.rules import installed_packs
from plantrack.rules.adoption import adoptions


class Meetings(Checking):
    """With meetings that are sealed, and what proves the log."""

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
        meeting = meeting.removeprefix(MEETING)
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
        proposal = Proposal(data=event, effective=Period.day(self.today()), actor=actor, reason=reason)
        return [*recorded, *self._recorder.record([proposal])]

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
        :raises EvidenceError: the log never had so many events.
        """
        head = self._store.log_head(self.id)
        if head is None:
            raise UnknownPlanError(f"the store holds no plan {self.id!r}; there is nothing to prove")
        size = head.size if size is None else size
        if size > head.size:
            raise EvidenceError(f"the checkpoint is over {size} events, and the log has {head.size}: verify the store")
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
        meeting = meeting.removeprefix(MEETING)
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
        [event] = self.events(after=position - 1, upto=position)
        return sealing.Replay(event, sealed, result, sealing.document(result))
