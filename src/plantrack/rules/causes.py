"""Root causes: findings that follow from one thing, under one entry with its blast radius.

A rule declares in its pack what its findings follow from (``cause``) and what suffers (``affects``). Where what a
finding follows from is what another one says suffers, the cause of that one is followed further, up to the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from plantrack.rules.findings import Finding, Group, Subject
from plantrack.rules.language.graph import downstream
from plantrack.rules.language.wording import subject_words

Key = tuple[str, str]


@frozen
class Caused:
    """A finding with the views of its subject, of what it follows from and of what suffers, where its rule says so."""

    finding: Finding
    cause: Any
    affects: Any
    subject: Any

    @property
    def suffers(self) -> Any:
        """What the finding is bad for: what its rule says, else its subject."""
        return self.subject if self.affects is None else self.affects


def grouped(found: Sequence[Caused]) -> tuple[Group, ...]:
    """The groups of two findings or more, in the order of the findings that speak for them.

    A finding about the cause itself speaks for its group, else the first of those that follow from it.

    :param found: the findings that count, most serious first.
    """
    explained: dict[Key, list[Caused]] = {}
    for one in found:
        if one.cause is not None and one.affects is not None and not _is_plan(one.cause):
            explained.setdefault(_key(one.affects), []).append(one)
    about: dict[Key, list[Caused]] = {}
    members: dict[Key, list[Caused]] = {}
    causes: dict[Key, Any] = {}
    for one in found:
        if one.cause is None:
            about.setdefault((one.finding.subject.kind, one.finding.subject.id), []).append(one)
        else:
            root = _root(one.cause, explained)
            key = ("plan", one.finding.rule) if _is_plan(root) else _key(root)
            causes.setdefault(key, root)
            members.setdefault(key, []).append(one)
    groups = []
    for key, following in members.items():
        together = [*about.get(key, ()), *following]
        if len(together) > 1:
            groups.append(_group(causes[key], together))
    places = {one.finding.fingerprint: place for place, one in enumerate(found)}
    return tuple(sorted(groups, key=lambda group: places[group.head]))


def _root(cause: Any, explained: dict[Key, list[Caused]]) -> Any:
    """The nearest cause of the cause that nothing explains; in a circle without one, the member that comes first."""
    reached = {_key(cause): cause}
    todo = [cause]
    for view in todo:
        following = [one.cause for one in explained.get(_key(view), ())]
        if not following:
            return view
        for further in following:
            if _key(further) not in reached:
                reached[_key(further)] = further
                todo.append(further)
    return reached[min(reached)]


def _group(cause: Any, together: Sequence[Caused]) -> Group:
    head, *others = (one.finding.fingerprint for one in together)
    entity = cause.entity
    return Group(
        head=head,
        cause=Subject(entity.KIND, entity.id, subject_words(entity)),
        members=tuple(others),
        radius=tuple(Subject(i.entity.KIND, i.id, subject_words(i.entity)) for i in _radius(cause, together).values()),
    )


def _radius(cause: Any, together: Sequence[Caused]) -> dict[str, Any]:
    """The initiatives that the cause reaches: those that suffer, those that rest on it, and all that need these."""
    hit = list(_initiatives(one.suffers for one in together if one.cause is not None))
    if not _is_plan(cause):
        hit += _initiatives(d for d in getattr(cause, "dependants", ()) if not d.withdrawn)
        hit += [further for initiative in hit for further in downstream(initiative)]
    root = cause.entity
    return {i.id: i for i in hit if i.entity is not root}


def _initiatives(views: Iterable[Any]) -> Iterable[Any]:
    for view in views:
        if view.entity.KIND == "initiative":
            yield view
            continue
        for name in ("initiative", "about_initiative", "subject_initiative"):
            if (found := getattr(view, name, None)) is not None:
                yield found
                break


def _is_plan(view: Any) -> bool:
    return bool(view.entity.KIND == "plan")


def _key(view: Any) -> Key:
    return view.entity.KIND, view.entity.id
