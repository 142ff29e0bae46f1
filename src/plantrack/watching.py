"""Watching a plan: its check kept up to date with what is recorded, here or by another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from plantrack.bitemporal import Heard
from plantrack.coordinates import Coordinates
from plantrack.events.assurance import Parameter, RulePackAdopted, RulePackWithdrawn
from plantrack.events.correction import EventCorrected, EventRetracted
from plantrack.events.envelope import Event, Proposal, RecordedEvent
from plantrack.period import Period
from plantrack.recording import Recorder
from plantrack.rules import CheckResult, Finding, Pack
from plantrack.rules.comparison import compared, differing
from plantrack.rules.parameters import with_parameters
from plantrack.rules.watch import LiveCheck
from plantrack.store import Store

_AMENDING = (EventCorrected, EventRetracted)
_ADOPTING = (RulePackAdopted, RulePackWithdrawn, *_AMENDING)


class PlanWatch:
    """A check of one plan, kept up to date. :meth:`PlanLog.watch` makes it; it is for one thread at a time.

    It holds the state of the plan and what every rule says of it, and reads only what was recorded since. Nothing is
    to be closed.

    :param where: gives the coordinates of the check now.
    :param packs: gives the packs to use there; the same objects as long as none was adopted or withdrawn.
    :param params: parameters of their rules to set.
    :param period: reads a date or period in the notations of the plan.
    """

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        plan: str,
        *,
        where: Callable[[], Coordinates],
        packs: Callable[[Coordinates], Sequence[Pack]],
        params: Sequence[Parameter],
        period: Callable[[Period | date | str], Period],
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._plan = plan
        self._where = where
        self._packs_at = packs
        self._params = params
        self._period = period
        now = where()
        self._packs = tuple(packs(now))
        self._live = self._begun(now, self._packs)

    @property
    def result(self) -> CheckResult:
        """The check as of the last :meth:`refresh`: what :meth:`PlanLog.check` gave then, with the same findings."""
        return self._live.result

    def refresh(self) -> tuple[Finding, ...]:
        """Take in what was recorded since, by whomever; a new day, and packs that were adopted or withdrawn.

        :returns: the findings that are not as they were, each with its ``state`` against what it was, the most serious
            first; those that are gone as they were, "resolved" or "no data". How they are grouped is in ``result``.
        :raises RuleSourceError: a pack that was adopted since is wrong; the watch stays as it was.
        :raises ParameterError: a parameter was given that none of them has.
        """
        where = self._where()
        events = self._since(where.known)
        packs = self._packs
        if where.as_at != self._live.as_at or any(isinstance(event.data, _ADOPTING) for event in events):
            packs = tuple(self._packs_at(where))
        if where.as_at == self._live.as_at and packs == self._packs:
            return self._live.hear(events)
        before, live = self._live.checked, self._begun(where, packs)
        told = differing(compared(live.checked, before, "before"), before.result)
        self._packs, self._live = packs, live
        return told

    def suppose(self, *events: Event, effective: Period | date | str | None = None) -> tuple[Finding, ...]:
        """What :meth:`refresh` would return if some facts were recorded now; nothing is recorded.

        The day and the packs stay what they are.

        :param effective: when they would become true; the day of the check when left out.
        :raises EventError: an event is malformed.
        :raises AdmissionError: an event contradicts the log, and would not be recorded.
        """
        when = Period.day(self._live.as_at) if effective is None else self._period(effective)
        supposed = self._recorder.suppose(Proposal(data=event, effective=when) for event in events)
        heard = self._since(supposed[0].position - 1 if supposed else None)
        return self._live.suppose([*heard, *supposed])

    def _since(self, known: int | None) -> list[RecordedEvent]:
        """What was recorded since, up to a position if one is given."""
        return list(self._store.events(self._plan, after=self._live.known, upto=known))

    def _begun(self, where: Coordinates, packs: Sequence[Pack]) -> LiveCheck:
        """The check at coordinates, to be kept up to date from here on."""
        amending = self._store.of_types(self._plan, _AMENDING)
        return LiveCheck(
            self._store.facts(self._plan, as_at=where.as_at, known=where.known),
            Heard(where.as_at, tuple((name, data) for position, name, data in amending if position <= where.known)),
            with_parameters(packs, self._params),
            plan=self._plan,
            known=where.known,
            recorded_at=where.recorded_at,
            find=partial(self._store.find, self._plan),
            event_ids=partial(self._store.event_ids, self._plan),
        )
