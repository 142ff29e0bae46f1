"""The linked view of a live state, patched after every fact: views stay, what they show and how they link changes.

What a fact changes is told as pairs of a view and a field of it, inverse lists included: a risk that moves from one
initiative to another changes its own ``about_initiative``, and the ``risks`` of both.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from operator import attrgetter
from typing import Any

from attrs import frozen

from plantrack.bitemporal import Fact
from plantrack.rules.language.graph import Cycle, downstream, find_cycles, upstream
from plantrack.rules.language.linked import Linked, View, inverse_of, view_of
from plantrack.rules.language.routes import EVENTS
from plantrack.rules.language.schema import any_ref_field, references_of
from plantrack.state import KINDS, PLURALS, AnyRef, Entity, Plan
from plantrack.state.change import Change, Changes
from plantrack.state.entity import data_fields
from plantrack.state.live import LiveState

_place = attrgetter("place")


@frozen
class Link:
    """A way from the views of one kind to those of another.

    :ivar stored: the field of the state object that holds the id; ``shown`` the field of the view that holds the view.
    :ivar kind: of the target; ``inverse`` is the list of the target in which the view then is, if it has one.
    """

    stored: str
    shown: str
    kind: str
    inverse: str | None
    any: bool

    def target_id(self, entity: Any) -> str | None:
        """The id that the state object holds, if it is of the kind of this link."""
        value: str | None = getattr(entity, self.stored)
        if value is None or not self.any:
            return value
        kind, _, name = value.partition(":")
        return name if kind == self.kind else None


@cache
def links_of(kind: str) -> tuple[Link, ...]:
    """The links of a kind, those of a reference of any kind one by one."""
    found = []
    cls: Any = KINDS[kind]
    for name, marker in references_of(cls).items():
        if isinstance(marker, AnyRef):
            found += [Link(name, any_ref_field(name, of), of, inverse_of(of, kind, name), True) for of in marker.kinds]
        else:
            found.append(Link(name, name, marker.kind, inverse_of(marker.kind, kind, name), False))
    return tuple(found)


@frozen
class Touched:
    """What a change did to the views.

    :ivar fields: each view with a field that shows something else now.
    :ivar opened: views that are new; ``gone`` are the kinds and ids of those that are not there any more.
    :ivar before: what every object that changed was before, by kind and id; ``None`` where it is new.
    :ivar everything: the plan itself came or went, and every view is new.
    """

    fields: set[tuple[View, str]]
    opened: list[View]
    gone: list[tuple[str, str]]
    before: dict[tuple[str, str], Entity | None]
    everything: bool = False

    def join(self, later: Touched) -> Touched:
        """What two changes, one after the other, did."""
        return Touched(
            self.fields | later.fields,
            self.opened + later.opened,
            self.gone + later.gone,
            later.before | self.before,
            self.everything or later.everything,
        )


NOTHING = Touched(set(), [], [], {})


class LiveView(Linked):
    """The views of a live state.

    :ivar live: that state; it must be changed by way of this view alone.
    """

    def __init__(self, live: LiveState) -> None:
        self.live = live
        self._begin()

    def _begin(self) -> None:
        self.__dict__.pop("sizes", None)  # what is cached is of other views
        super().__init__(self.live.state, lambda: self.live.facts)
        self._referrers: dict[tuple[str, str], dict[View, set[View]]] = {}
        for kind, views in self._views.items():
            for name, view in views.items():
                view.place = self.live.place(kind, name)

    def of_kind(self, kind: str) -> list[View]:
        """The views of all subjects of a kind, in the order of their places."""
        if self.plan is None or kind == Plan.KIND:
            return super().of_kind(kind)
        return list(getattr(self.plan, PLURALS[kind]))

    def number_of(self, kind: str) -> int:
        """How many subjects of a kind there are."""
        return len(self._views[kind])

    def cycles_of(self, initiative: View) -> tuple[Cycle, ...] | None:
        """The loops of dependencies that the initiative tells: they lie among those that it needs, and that need it."""
        needing = set(downstream(initiative))
        knot = [initiative, *(other for other in upstream(initiative) if other in needing)]
        return find_cycles(knot).get(initiative.id, ())

    def referrers(self, kind: str, field: str) -> dict[View, set[View]]:
        """By target, the views of a kind that refer to it by a field for which the target has no inverse list.

        An index that is made when first asked for, and kept from then on.
        """
        if (kind, field) not in self._referrers:
            index = self._referrers[kind, field] = {}
            for view in self._views[kind].values():
                _refer(index, view, getattr(view, field))
        return self._referrers[kind, field]

    def change(self, *, gone: Iterable[Fact] = (), come: Iterable[Fact] = (), known: int | None = None) -> Touched:
        """Change the state as :meth:`LiveState.change` does, and the views with it."""
        changes = self.live.change(gone=gone, come=come, known=known)
        before = {(change.kind, change.id): change.before for change in changes.subjects}
        if any(change.kind == Plan.KIND and not change.stays for change in changes.subjects):
            self._begin()
            return Touched(set(), [], [], before, everything=True)
        self.state = self.live.state
        self.history.change(self.state, changes)
        touched = Touched(set(), [], [], before)
        for change in changes.subjects:
            self._take_out(change, touched)
        for change in changes.subjects:
            self._show(change, touched)
        for change in changes.subjects:
            self._put_in(change, touched)
            self._resize(change)
        self.sizes.history_changed()
        self._note_events(changes, touched)
        return touched

    @contextmanager
    def supposing(self, come: Iterable[Fact]) -> Iterator[Touched]:
        """The view as it would be with more facts; afterwards it is what it was before."""
        facts = list(come)
        try:
            yield self.change(come=facts)
        finally:
            self.change(gone=facts)

    def was_and_is(self, touched: Touched, kind: str) -> Iterator[tuple[Entity, Entity | None]]:
        """The objects of a kind that a change touched, as they were and as they are."""
        for (of, name), was in touched.before.items():
            if of == kind and was is not None:
                view = self.view(kind, name)
                yield was, None if view is None else view.entity

    # --- patching

    def _take_out(self, change: Change, touched: Touched) -> None:
        """Take a view out of the lists in which it no longer is, or no longer at its place."""
        if change.before is None:
            return
        view = self._views[change.kind][change.id]
        leaves = change.after is None or change.moved
        for link in links_of(change.kind):
            if leaves or link.stored in change.fields:
                target = getattr(view, link.shown)
                if target is not None and link.inverse:
                    self._remove(target, link.inverse, view, touched)
                if target is not None and (index := self._referrers.get((change.kind, link.shown))) is not None:
                    index[target].discard(view)
        if leaves and (plural := self._plural(change)):
            self._remove(self.plan, plural, view, touched)

    def _show(self, change: Change, touched: Touched) -> None:
        """Let a view show its object as it is now."""
        views = self._views[change.kind]
        if change.after is None:
            view = views.pop(change.id)
            for index in self._referrers.values():
                index.pop(view, None)
            touched.gone.append((change.kind, change.id))
            return
        if change.before is None:
            view = views[change.id] = view_of(change.after)
            touched.opened.append(view)
        else:
            view = views[change.id]
            view.entity = change.after
            for name in change.fields:
                setattr(view, name, getattr(change.after, name))
                touched.fields.add((view, name))
        view.place = change.place

    def _put_in(self, change: Change, touched: Touched) -> None:
        """Link a view to what it refers to now."""
        if change.after is None:
            return
        view = self._views[change.kind][change.id]
        enters = change.before is None or change.moved
        for link in links_of(change.kind):
            if enters or link.stored in change.fields:
                target = self._views[link.kind].get(link.target_id(change.after) or "")
                setattr(view, link.shown, target)
                touched.fields.add((view, link.shown))
                if target is not None and link.inverse:
                    self._insert(target, link.inverse, view, touched)
                if (index := self._referrers.get((change.kind, link.shown))) is not None:
                    _refer(index, view, target)
        if enters and (plural := self._plural(change)):
            self._insert(self.plan, plural, view, touched)

    def _insert(self, owner: View, field: str, view: View, touched: Touched) -> None:
        """Put a view into a list, which is in the order of places."""
        views: list[View] = getattr(owner, field)
        insort(views, view, key=_place)
        self.sizes.list_changed(type(owner.entity).__name__, field, len(views) - 1, len(views))
        touched.fields.add((owner, field))

    def _remove(self, owner: View, field: str, view: View, touched: Touched) -> None:
        """Take a view out of a list."""
        views: list[View] = getattr(owner, field)
        at = bisect_left(views, view.place, key=_place)
        assert views[at] is view
        del views[at]
        self.sizes.list_changed(type(owner.entity).__name__, field, len(views) + 1, len(views))
        touched.fields.add((owner, field))

    def _resize(self, change: Change) -> None:
        """Note how many objects there are, and the lengths of the lists that an object itself holds."""
        cls = KINDS[change.kind]
        if not change.stays:
            self.sizes.number_changed(cls.__name__, 1 if change.before is None else -1)
        for name in change.fields if change.stays else [f.name for f in data_fields(cls)]:
            was, now = (getattr(entity, name, ()) for entity in (change.before, change.after))
            if isinstance(was, tuple) and isinstance(now, tuple):
                self.sizes.list_changed(cls.__name__, name, len(was), len(now))

    def _plural(self, change: Change) -> str | None:
        """The list of the plan in which a subject stands."""
        return PLURALS.get(change.kind) if self.plan is not None else None

    def _note_events(self, changes: Changes, touched: Touched) -> None:
        """The subjects of whose history something came or went; the history of the plan is that of everything."""
        for kind, name in changes.events:
            if (view := self.view(kind, name)) is not None:
                touched.fields.add((view, EVENTS))
        if self.plan is not None:
            touched.fields.add((self.plan, EVENTS))


def _refer(index: dict[View, set[View]], view: View, target: View | None) -> None:
    if target is not None:
        index.setdefault(target, set()).add(view)
