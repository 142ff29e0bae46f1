"""Lists: the first and the last of them, how many, which differ, which come again.

Every function reads its list once, from the front, so that it also takes a generator.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

_SIZED = (list, tuple)  # made once: these run for every subject


@frozen
class Group:
    """Items of a list that are equal: the ``value`` they share, and how many there are."""

    value: Any
    count: int


def first(items: Iterable[Any]) -> Any:
    """The first item, ``None`` of an empty list."""
    return next(iter(items), None)


def latest(items: Iterable[Any]) -> Any:
    """The last item, ``None`` of an empty list."""
    if isinstance(items, _SIZED):
        return items[-1] if items else None
    found = None
    for found in items:  # noqa: B007  the loop variable is the result
        pass
    return found


def previous(items: Iterable[Any]) -> Any:
    """The last item but one, ``None`` where there is none."""
    if isinstance(items, _SIZED):
        return items[-2] if len(items) > 1 else None
    before = last = None
    for item in items:
        before, last = last, item
    return before


def count(items: Iterable[Any]) -> int:
    """How many items a list has."""
    return len(items) if isinstance(items, _SIZED) else sum(1 for _ in items)


def minimum(*items: Any) -> Any:
    """The smallest item of a list, ``None`` of an empty one; or the smallest of several values."""
    return min(items[0], default=None) if len(items) == 1 else min(items)


def maximum(*items: Any) -> Any:
    """The largest item of a list, ``None`` of an empty one; or the largest of several values."""
    return max(items[0], default=None) if len(items) == 1 else max(items)


def consecutive(tests: Iterable[bool]) -> int:
    """How many of the last tests in a row hold."""
    run = 0
    for holds in tests:
        run = run + 1 if holds else 0
    return run


def distinct(items: Iterable[Any]) -> list[Any]:
    """Every value once, in order of first appearance."""
    return list(dict.fromkeys(items))


def duplicates(items: Iterable[Any]) -> list[Any]:
    """Every value that comes more than once, in order of first appearance."""
    return [value for value, times in _tally(items).items() if times > 1]


def group_count(items: Iterable[Any]) -> list[Group]:
    """Every value with how often it comes, the most frequent first; of equally frequent ones, the first to appear."""
    groups = [Group(value, times) for value, times in _tally(items).items()]
    return sorted(groups, key=lambda group: -group.count)


def _tally(items: Iterable[Any]) -> dict[Any, int]:
    tally: dict[Any, int] = {}
    for item in items:
        tally[item] = tally.get(item, 0) + 1
    return tally
