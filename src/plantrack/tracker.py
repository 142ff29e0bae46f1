"""The object a user opens: a store of plans, and what is asked of all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

import attrs

from plantrack.errors import (
    AdmissionError,
    PersonalDataError,
    StoreBusyError,
    StoredEventError,
    StoreError,
    UnknownPlanError,
    did_you_mean,
)
from plantrack.events.envelope import RecordedEvent
from plantrack.events.fields import is_slug, slug
from plantrack.exports import Export, Restored
from plantrack.people import (
    Erasure,
    KnownPerson,
    Names,
    check_unnamed,
    known_persons,
    plans_to_tell,
    recorded_as,
    token_of,
)
from plantrack.plan_log import PlanLog
from plantrack.recording import Clock, system_clock
from plantrack.store import Store
from plantrack.verification import HeldHead, Verification, plan_of, sealed_heads, verify


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

    def refuse_own(self, path: str | os.PathLike[str]) -> None:
        """Refuse to write something else to where the store lies, its keys, its anchor, or what is kept beside them.

        :raises StoreError: that is the place.
        """
        self._store.refuse_own(path)

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
        anchored = [HeldHead("the anchor", head.size, head.root, head.origin) for head in self._store.anchored]
        streams = list(dict.fromkeys((*self._store.streams(), *map(plan_of, anchored))))  # also what is gone altogether
        if plan is not None and plan not in streams:
            raise UnknownPlanError(f"the store holds no plan {plan!r:.60}; {did_you_mean(plan, streams)}")
        for kept in held:
            if (asked := plan_of(kept)) not in streams:
                hint = did_you_mean(asked, streams)
                raise UnknownPlanError(
                    f"{kept.name} is of the plan {asked!r:.60}, which the store does not hold; {hint}"
                )
        damage, found = self._store.contradictions(), []
        for name in streams if plan is None else [plan]:
            heads = [
                head for head in (*held, *anchored) if plan_of(head) == name or (plan is not None and head in held)
            ]
            wrong = [] if is_slug(name) else [f"no plan can be called {name!r:.100}"]
            with suppress(StoreError, StoredEventError):  # a damaged log may hold a seal that is unreadable: told below
                sealed, forged = sealed_heads(self._store.seals(name))
                heads, wrong = [*heads, *sealed], [*wrong, *forged]
            head, rows = self._store.log(name)
            log = verify(name if is_slug(name) else repr(name), rows, head, heads)
            found.append(attrs.evolve(log, broken=(*log.broken, *wrong, *damage)))
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
        :raises PersonalDataError: nobody of that name or token stands in the store, or the reason or the actor holds
            the name.
        :raises StoreError: the key is destroyed, or it is not; that could not be recorded, so erase again.
        """
        token = token_of(self._store, person)
        if actor is not None and recorded_as(self._store, actor) == token:
            raise PersonalDataError("who erases cannot be who is erased; name a role as the actor")
        check_unnamed(self._store, token, reason=reason, actor=actor)
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
