"""The ways of an expression: by which routes it comes to what it reads, collected while it is checked.

Every value that is an object, or a list of objects, *leads* somewhere: it came on certain routes from the subject of
the rule, or from the plan. A field of it is read at the end of each of these, and may lead further.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plantrack.rules.language.routes import PLAN, Route, Step, end_of, reads_of, route
from plantrack.rules.language.schema import SUBJECTS, Type
from plantrack.rules.language.signatures import Function
from plantrack.rules.language.wording import naming

Leads = frozenset[Route]
"""The routes to the objects that a value is, or holds."""

NOWHERE: Leads = frozenset()
TO_SUBJECT: Leads = frozenset({()})
TO_PLAN: Leads = frozenset({PLAN})


class Ways:
    """What one expression about subjects of a class reads.

    :ivar reads: every field, as ``Class.field``.
    :ivar routes: the routes to those fields, and to those by which the objects that it speaks of are named.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.reads: set[str] = set()
        self.routes: set[Route] = set()

    def follow(self, owner: str, field: str, leads: Leads) -> Leads:
        """Read a field of objects. Inside a value, which came whole, there are no further ways."""
        self.reads.add(f"{owner}.{field}")
        if owner not in SUBJECTS:
            return leads
        found = frozenset((*way, Step(owner, field)) for way in self._to(owner, leads))
        self.routes |= found
        return found

    def ask(self, function: Function, types: Sequence[Type], leads: Sequence[Leads]) -> Leads:
        """Call a function: what it reads beyond its arguments, and the ways to the objects that it gives."""

        def from_arguments(path: str) -> Iterator[Route]:
            start = path.partition(".")[0]
            starts = [PLAN] if start == "Plan" else []
            for kind, ways in zip(types, leads, strict=True):
                if (kind.of or kind).name == start in SUBJECTS:
                    starts += self._to(start, ways)
            return ((*way, *route(path)) for way in starts)

        footprint = function.footprint_of(types)
        self.reads |= reads_of(footprint)
        self.routes.update(way for path in footprint for way in from_arguments(path))
        if not function.returns:
            return NOWHERE.union(*leads)
        return frozenset(way for path in function.returns for way in from_arguments(path))

    def name(self, kind: Type, leads: Leads) -> None:
        """Say what objects are called: explanations show every value in words."""
        while kind.of is not None:  # of a list, or of a list of groups
            kind = kind.of
        if kind.name in SUBJECTS:
            self.routes.update((*way, *named) for way in self._to(kind.name, leads) for named in naming(kind.name))

    def _to(self, kind: str, leads: Leads) -> Iterator[Route]:
        return (way for way in leads if end_of(way, self.subject) == kind)
