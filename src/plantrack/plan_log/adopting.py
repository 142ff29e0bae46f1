"""The packs to which a plan is held."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from plantrack.bitemporal import Fact
from plantrack.coordinates import Coordinates
from plantrack.errors import (
    AdmissionError,
)
from plantrack.events.assurance import Parameter, RulePackAdopted, RulePackWithdrawn
from plantrack.events.envelope import RecordedEvent
from plantrack.period import Period
from plantrack.plan_log.log import Log
from plantrack.rules import Pack, installed_packs
from plantrack.rules.adoption import adopted_pack, adoption, adoptions, refuse_other_text


class Adopting(Log):
    """With the packs to which the plan is held."""

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
