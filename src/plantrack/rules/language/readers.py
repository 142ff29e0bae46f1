"""Who reads what: from a field that changed back to the subjects whose rules read it.

Routes are walked backwards, from the object whose field changed, over the links as they are now. That finds every
subject whose answer may differ. An answer that differs has read something that changed. Take, on one of its routes, the
change that is nearest to the subject: the links before it did not change, so the way back over them is open, now as
before. And a link that changed is a field that changed, of the object before it: where a way was cut, or a new one was
laid, it is the change at that end that leads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Generic, TypeVar

from plantrack.rules.language.linked import View
from plantrack.rules.language.live_view import LiveView, links_of
from plantrack.rules.language.routes import PLAN, Route, Star, Step, reads_on
from plantrack.rules.language.schema import SUBJECTS, any_ref_field, references_of
from plantrack.state import KINDS, PLURALS, Plan, Ref

T = TypeVar("T")

Back = Callable[[View], Iterable[View]]
"""From an object to those of which it is what a step leads to."""


class Readers(Generic[T]):
    """What reads which fields, on which routes.

    :param routes: for each reader the class of its subjects, and the routes from them.
    """

    def __init__(self, linked: LiveView, routes: Iterable[tuple[T, str, Iterable[Route]]]) -> None:
        self._linked = linked
        self._steps: dict[Step, Back] = {}
        self._by_field: dict[tuple[str, str], dict[tuple[str, Route], list[T]]] = {}
        for reader, subject, ways in routes:
            for way, step in {read for whole in ways for read in reads_on(whole)}:
                ways_of = self._by_field.setdefault((SUBJECTS[step.owner].KIND, step.field), {})
                ways_of.setdefault((subject, way), []).append(reader)

    def touched(self, fields: Iterable[tuple[View, str]]) -> dict[T, set[View]]:
        """The subjects of each reader that read one of some fields; one that vanished may be among them."""
        found: dict[T, set[View]] = {}
        for view, field in fields:
            for (subject, way), readers in self._by_field.get((view.entity.KIND, field), {}).items():
                subjects = self._back(view, way, subject)
                for reader in readers:
                    found.setdefault(reader, set()).update(subjects)
        return found

    def _back(self, view: View, way: Route, subject: str) -> Iterable[View]:
        """The subjects from which a way leads to an object."""
        found = {view}
        for part in reversed(way):
            if part is PLAN[0]:
                return self._linked.of_kind(SUBJECTS[subject].KIND)
            if not found:
                break
            found = self._before(found, part.steps) if isinstance(part, Star) else self._step_back(found, part)
        return found

    def _before(self, views: set[View], steps: tuple[Step, ...]) -> set[View]:
        """The objects from which steps, followed any number of times, lead to some of the views; these included."""
        found = fresh = views
        while fresh:
            for step in reversed(steps):
                fresh = self._step_back(fresh, step)
            fresh = fresh - found
            found = found | fresh
        return found

    def _step_back(self, views: set[View], step: Step) -> set[View]:
        back = self._steps.get(step)
        if back is None:
            back = self._steps[step] = self._backwards(step)
        return {before for view in views for before in back(view)}

    def _backwards(self, step: Step) -> Back:
        cls: Any = SUBJECTS[step.owner]
        if cls is Plan and step.field in PLURALS.values():
            return lambda _: () if self._linked.plan is None else (self._linked.plan,)
        if step.field in cls.INVERSES:
            listed = cls.INVERSES[step.field]
            member: Any = KINDS[listed.kind]
            marker = references_of(member)[listed.field]
            shown = attrgetter(listed.field if isinstance(marker, Ref) else any_ref_field(listed.field, cls.KIND))
            return lambda view: () if (owner := shown(view)) is None else (owner,)
        link = next(link for link in links_of(cls.KIND) if link.shown == step.field)
        if link.inverse is not None:
            return attrgetter(link.inverse)
        referrers = self._linked.referrers(cls.KIND, step.field)
        return lambda view: referrers.get(view, ())
