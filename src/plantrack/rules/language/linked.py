"""The linked view: state objects with direct references both ways, for rules to navigate at the speed of attributes.

Private to the rules. Each view has every field of its state object, references replaced by the views they point to, and
inverse lists; ``entity`` is the frozen object, and never is a view handed out.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, cast

import attrs

from plantrack.rules.language.graph import Cycle, find_cycles
from plantrack.rules.language.history import Facts, History
from plantrack.rules.language.schema import any_ref_field, references_of
from plantrack.rules.language.sizes import Sizes
from plantrack.state import KINDS, PLURALS, AnyRef, Entity, Plan, State
from plantrack.state.entity import data_fields

View = Any
"""An object of a class made by :func:`_view_class`."""


class Linked:
    """The views of one state, and what functions of the language look up beyond their arguments.

    :ivar state: what they are views of.
    :ivar plan: the view of the plan; ``None`` before it was opened.
    :ivar facts: what the state was folded from; ``None`` where it is not at hand.
    :ivar history: those facts by subject.
    :ivar found: the fingerprints of what the rules have found so far, for rules about waivers.
    """

    def __init__(self, state: State, facts: Facts | None = None) -> None:
        self.state = state
        self.facts = facts
        self._views = {kind: _views(cls, state.of_kind(kind)) for kind, cls in KINDS.items()}
        for kind in KINDS:
            self._link(kind)
        self.plan: View | None = next(iter(self._views[Plan.KIND].values()), None)
        if self.plan is not None:
            for kind, plural in PLURALS.items():
                setattr(self.plan, plural, list(self._views[kind].values()))
        self.history = History(state, facts)
        self.found: Set[str] = frozenset()

    def cycles_of(self, initiative: View) -> tuple[Cycle, ...] | None:
        """The loops of dependencies that an initiative tells; ``None`` where they are too many."""
        return self._cycles.get(initiative.id, ())

    @cached_property
    def sizes(self) -> Sizes:
        """How long its lists are at most."""
        return Sizes(self.of_kind, self.history)

    @cached_property
    def _cycles(self) -> dict[str, tuple[Cycle, ...] | None]:
        return find_cycles(self._views["initiative"].values())

    def of_kind(self, kind: str) -> list[View]:
        """The views of all subjects of a kind."""
        return list(self._views[kind].values())

    def view(self, kind: str, name: str) -> View | None:
        """The view of one subject; ``None`` where there is none."""
        return self._views.get(kind, {}).get(name)

    def _link(self, kind: str) -> None:
        cls: Any = KINDS[kind]
        for name, marker in references_of(cls).items():
            if isinstance(marker, AnyRef):
                self._link_any(kind, name, marker)
                continue
            targets = self._views[marker.kind]
            inverse = inverse_of(marker.kind, kind, name)
            for view in self._views[kind].values():
                target = targets.get(getattr(view.entity, name))
                setattr(view, name, target)
                if inverse and target is not None:
                    getattr(target, inverse).append(view)

    def _link_any(self, kind: str, name: str, marker: AnyRef) -> None:
        places = {of: (any_ref_field(name, of), inverse_of(of, kind, name)) for of in marker.kinds}
        for view in self._views[kind].values():
            of, _, target_id = (getattr(view.entity, name) or "").partition(":")
            if of in places:
                field, inverse = places[of]
                target = self._views[of].get(target_id)
                setattr(view, field, target)
                if inverse and target is not None:
                    getattr(target, inverse).append(view)


@cache
def inverse_of(kind: str, of: str, field: str) -> str | None:
    """The name under which ``kind`` lists the ``of``s whose ``field`` refers to it."""
    return next((n for n, i in KINDS[kind].INVERSES.items() if (i.kind, i.field) == (of, field)), None)


@cache
def _view_class(cls: Any) -> type[View]:
    """A slotted class with ``entity``, every field, every followed reference and every inverse list.

    ``place`` is known only to views that are kept up to date: where they stand among those of their kind.
    """
    slots = {"entity": attrs.field(), "place": attrs.field(init=False)}
    slots |= {f.name: attrs.field() for f in data_fields(cls)}
    for name, marker in references_of(cls).items():
        if isinstance(marker, AnyRef):
            slots |= {any_ref_field(name, kind): attrs.field(default=None) for kind in marker.kinds}
    slots |= {name: attrs.field(factory=list) for name in cls.INVERSES}
    if cls is Plan:
        slots |= {plural: attrs.field(factory=list) for plural in PLURALS.values()}
    return attrs.make_class(f"Linked{cls.__name__}", slots, slots=True, eq=False, repr=False)


def _views(cls: type[Entity], objects: Any) -> dict[str, View]:
    make = _view_class(cast(Any, cls))
    values = attrgetter(*(f.name for f in data_fields(cls)))
    return {name: make(entity, *values(entity)) for name, entity in objects.items()}


def view_of(entity: Entity) -> View:
    """A view of one object, linked to nothing yet."""
    return _views(type(entity), {entity.id: entity})[entity.id]
