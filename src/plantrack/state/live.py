"""State kept up to date fact by fact: what one more fact, one less, or one that comes late changes, and nothing else.

It always equals :func:`~plantrack.state.fold.fold` over the same facts, and says which subjects changed. Three things
are remembered while facts are applied:

- which subjects each fact *touches*: whose drafts it reads or writes;
- on which subjects it *leans*: it looks only whether they exist at its time;
- the *place* of every subject among those of its kind: the fact that opened it.

A subject may be *made of* others when it is frozen, as an alignment is of the alias that it names: when they become
another, so does it.

A fact that comes after every other about the subjects that it touches is applied to the drafts as they are. Anything
else (a late fact, one that goes, a correction, which is both) makes some drafts *stale*: they are thrown away together
with all that shares a fact with them, and these facts are applied again in their order. A subject that comes to be,
vanishes or changes its place makes stale what leans on it. That is repeated until nothing new turns up. The rest of the
plan cannot tell the difference: no fact that touches it, and no answer that such a fact was given, has changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

from attrs import frozen

from plantrack.events.envelope import subjects
from plantrack.state.change import Change, Changes, Key, Place, differing
from plantrack.state.draft import Draft, Drafts
from plantrack.state.entity import Entity
from plantrack.state.fold import KINDS, Fact, State, UnplacedEvent, apply, freezer, in_order, state_of

_END: Place = (date.max, 0, 0)


class _Notes:
    """What happens to the drafts while one fact is applied.

    :ivar now: the time of that fact: what was opened later does not exist yet.
    :ivar places: where subjects stood that were opened, or thrown away, since the change began.
    """

    __slots__ = ("leant", "now", "places", "touched")

    def __init__(self) -> None:
        self.places: dict[Key, Place | None] = {}
        self.begin(_END)

    def begin(self, now: Place) -> None:
        self.now = now
        self.touched: dict[Key, None] = {}
        self.leant: set[Key] = set()


class _Noted(dict[str, Draft]):
    """The drafts of one kind, which note what a fact does with them. The fold of a whole history uses plain ones."""

    __slots__ = ("kind", "notes")

    def __init__(self, kind: str, notes: _Notes) -> None:
        super().__init__()
        self.kind = kind
        self.notes = notes

    def __contains__(self, name: object) -> bool:
        self.notes.leant.add((self.kind, str(name)))
        draft = super().get(str(name))
        return draft is not None and draft.place <= self.notes.now

    def __getitem__(self, name: str) -> Draft:
        self.notes.touched[self.kind, name] = None
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.notes.touched[self.kind, name] = None
        return super().get(name, default)

    def __setitem__(self, name: str, draft: Draft) -> None:
        notes = self.notes
        notes.places.setdefault((self.kind, name), self.place(name))
        day, position, _ = notes.now
        draft.place = (day, position, len(notes.touched))
        notes.touched[self.kind, name] = None
        super().__setitem__(name, draft)

    def place(self, name: str) -> Place | None:
        """Where a subject stands; ``None`` where there is none. It looks without a note, as ``peek`` does."""
        draft = super().get(name)
        return None if draft is None else draft.place

    def peek(self, name: str) -> Draft | None:
        return super().get(name)


@frozen
class _Applied:
    """A fact, and the subjects that it touches."""

    fact: Fact
    touched: tuple[Key, ...]


class LiveState:
    """The state of a plan at the end of a day, kept up to date.

    :param facts: what is known so far, in the order of the definition, as for ``fold``.
    """

    def __init__(self, facts: Iterable[Fact], *, plan: str, as_at: date, known: int) -> None:
        self.plan_id = plan
        self.as_at = as_at
        self.known = known
        self._notes = _Notes()
        self._drafts: dict[str, _Noted] = {kind: _Noted(kind, self._notes) for kind in KINDS}
        self._all = Drafts(plan, as_at, dict(self._drafts))
        self._freezers = {kind: freezer(self._all, kind) for kind in KINDS}
        self._applied: dict[int, _Applied] = {}
        self._touching: dict[Key, list[int]] = {}  # the positions of the facts that touch a subject, in their order
        self._leaning: dict[Key, set[Key]] = {}  # what is to be looked at again when a subject comes or goes
        self._made_of: dict[Key, set[Key]] = {}  # what is to be frozen again when a subject is another
        self._entities: dict[str, dict[str, Entity]] = {kind: {} for kind in KINDS}
        self._disordered: set[str] = set()  # kinds whose entities are not in the order of their places
        for fact in facts:
            self._apply(fact)
        for kind, drafts in self._drafts.items():
            for name in drafts:
                self._freeze((kind, name))
        self._notes.places.clear()

    @property
    def state(self) -> State:
        """The state as it is now. Its mappings are windows: they show later changes too."""
        for kind in self._disordered:
            places, entities = self._drafts[kind].place, self._entities[kind]
            self._entities[kind] = dict(sorted(entities.items(), key=lambda item: places(item[0]) or _END))
        self._disordered.clear()
        return state_of(self._entities, plan=self.plan_id, as_at=self.as_at, known=self.known)

    @property
    def facts(self) -> list[Fact]:
        """The facts that it is made of, in the order of the definition."""
        return sorted((applied.fact for applied in self._applied.values()), key=in_order)

    def place(self, kind: str, name: str) -> Place | None:
        """Where a subject stands among those of its kind; ``None`` where there is none."""
        return self._drafts[kind].place(name)

    def change(self, *, gone: Iterable[Fact] = (), come: Iterable[Fact] = (), known: int | None = None) -> Changes:
        """Take facts away, and add others, at whatever time they belong. The same the other way round takes it back.

        :param gone: facts that no longer count.
        :param come: facts that count now; a corrected one has the position of the one that went.
        :param known: the position up to which the log is known now; as before when left out.
        """
        self.known = self.known if known is None else known
        self._notes.places.clear()
        removed = [self._remove(fact[0]) for fact in gone]
        added = {fact[0]: fact for fact in come}
        if removed:
            touched = self._apply_again({key for applied in removed for key in applied.touched}, dict(added))
        else:
            touched = self._apply_at_the_end(added.values())
        changes = [change for key in touched if (change := self._freeze(key)) is not None]
        made_of_them = set[Key]().union(*(self._made_of.get((c.kind, c.id), ()) for c in changes)) - touched
        changes += [change for key in made_of_them if (change := self._freeze(key)) is not None]
        went, came = tuple(applied.fact for applied in removed), tuple(added.values())
        facts = (*went, *came, *self._placed_or_not(changes))
        named = {_key(name) for _, _, event in facts for name in subjects(event)}
        return Changes(tuple(changes), went, came, frozenset(touched | named))

    # --- applying facts

    def _apply(self, fact: Fact) -> tuple[Key, ...]:
        """Apply a fact to the drafts as they are, noting what it touches and on what it leans."""
        position, effective, _ = fact
        notes = self._notes
        notes.begin((effective.last_day, position, math.inf))
        apply(self._all, (fact,))
        touched = tuple(notes.touched)
        for key in touched:
            self._touching.setdefault(key, []).append(position)
        for key in notes.leant.difference(touched):
            self._leaning.setdefault(key, set()).update(touched)
        self._applied[position] = _Applied(fact, touched)
        return touched

    def _remove(self, position: int) -> _Applied:
        applied = self._applied.pop(position)
        for key in applied.touched:
            self._touching[key].remove(position)
        return applied

    def _apply_at_the_end(self, facts: Iterable[Fact]) -> set[Key]:
        """Apply facts to the drafts as they are, and what they make stale again; returns all that was touched."""
        touched: set[Key] = set()
        stale: set[Key] = set()
        for fact in facts:
            keys = self._apply(fact)
            touched.update(keys)
            if not self._is_last(fact, keys):
                stale.update(keys)
        return touched | self._apply_again(stale | self._leaning_on_what_moved(), {})

    def _is_last(self, fact: Fact, keys: Iterable[Key]) -> bool:
        """Whether a fact just applied comes after every other that touches the same subjects."""
        before = (self._touching[key][-2:-1] for key in keys)
        return all(in_order(self._applied[position].fact) < in_order(fact) for some in before for position in some)

    def _apply_again(self, stale: set[Key], facts: dict[int, Fact]) -> set[Key]:
        """Throw away stale drafts and apply their facts again, with others that were not yet; returns all it touched.

        Each round finds everything that it touches thrown away before, or the next one throws away more.
        """
        while stale or facts:
            self._throw_away(stale, facts)
            found = {key for fact in sorted(facts.values(), key=in_order) for key in self._apply(fact)}
            found |= self._leaning_on_what_moved()
            if found <= stale:
                break
            stale |= found
        return stale

    def _throw_away(self, stale: set[Key], facts: dict[int, Fact]) -> None:
        """Forget stale drafts, and all that share a fact with them; collects their facts."""
        todo = list(stale)
        while todo:
            key = todo.pop()
            kind, name = key
            self._notes.places.setdefault(key, self._drafts[kind].place(name))
            self._drafts[kind].pop(name, None)
            for position in self._touching.pop(key, ()):
                applied = self._applied[position]
                facts[position] = applied.fact
                todo += [other for other in applied.touched if other not in stale]
                stale.update(applied.touched)

    def _leaning_on_what_moved(self) -> set[Key]:
        moved = (key for key, place in self._notes.places.items() if self._drafts[key[0]].place(key[1]) != place)
        return set().union(*(self._leaning.get(key, ()) for key in moved))

    # --- freezing

    def _freeze(self, key: Key) -> Change | None:
        """Freeze a draft anew; ``None`` when that changes nothing."""
        kind, name = key
        entities, drafts = self._entities[kind], self._drafts[kind]
        before, draft = entities.get(name), drafts.peek(name)
        if draft is None:
            if before is None:
                return None
            del entities[name]
            return Change(kind=kind, id=name, before=before, after=None, fields=(), place=None, moved=False)
        self._notes.begin(_END)
        after = self._freezers[kind](draft)
        for leant in self._notes.leant:
            self._leaning.setdefault(leant, set()).add(key)
        for part in self._notes.touched:
            self._made_of.setdefault(part, set()).add(key)
        place: Place = draft.place
        moved = before is not None and self._notes.places.get(key, place) != place
        fields = () if before is None else differing(before, after)
        if before is not None and not fields and not moved:
            return None
        if moved or (before is None and entities and place < (drafts.place(next(reversed(entities))) or _END)):
            self._disordered.add(kind)
        entities[name] = after
        return Change(kind=kind, id=name, before=before, after=after, fields=fields, place=place, moved=moved)

    def _placed_or_not(self, changes: Iterable[Change]) -> list[Fact]:
        """The facts that found a place, or lost it, because of others."""
        kind = UnplacedEvent.KIND
        positions = (int(c.id[1:]) for c in changes if c.kind == kind and not c.stays)
        return [self._applied[position].fact for position in positions if position in self._applied]


def _key(reference: str) -> Key:
    kind, _, name = reference.partition(":")
    return kind, name
