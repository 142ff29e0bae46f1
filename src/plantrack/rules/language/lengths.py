"""The lengths of many lists, for the longest of them as some grow and others shrink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Lengths:
    """How many lists there are of each length.

    :ivar longest: the length of the longest; 0 where there is none.
    """

    def __init__(self, lengths: Iterable[int]) -> None:
        self._lists = Counter(filter(None, lengths))
        self.longest = max(self._lists, default=0)

    def change(self, was: int, now: int) -> bool:
        """A list has another length now; returns whether the longest one differs.

        A list that is not there, or not any more, counts as empty.
        """
        before = self.longest
        if was:
            self._lists[was] -= 1
            if not self._lists[was]:
                del self._lists[was]
        if now:
            self._lists[now] += 1
        if now > before:
            self.longest = now
        elif before not in self._lists:
            self.longest = max(self._lists, default=0)
        return self.longest != before
