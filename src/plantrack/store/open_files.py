"""The store files that this process has open, so that it never loses the locks that SQLite holds on them.

A process loses all its (POSIX) locks on a file as soon as it closes any descriptor of that file, and a forked one has
none of those that SQLite in its memory believes it has. Either way another process that closes the store takes itself
for the last one and removes the write-ahead log, and whatever is recorded here from then on is recorded nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import RLock
from weakref import WeakSet

from plantrack.errors import StoreError


class OpenFile:
    """A file that is open in this process until it is left, or nobody holds this object.

    :param path: absolute.
    :param look: reads the file by itself before SQLite does; not called where the file is open here already.
    :raises StoreError: it was open when this process was forked, and still is.
    """

    def __init__(self, path: str, look: Callable[[], object]) -> None:
        self._path = os.path.realpath(path)  # as SQLite names the files beside it
        self._process = os.getpid()
        with _looking:
            others = [other for other in _open if other._path == self._path]
            if any(other._process != self._process for other in others):
                raise StoreError(
                    f"{path} was open when this process was forked, whose locks SQLite would take for its own here;"
                    " close it before forking, or here before opening it again"
                )
            if not others:
                look()
            _open.add(self)

    def close(self) -> None:
        """It is left: this object counts no longer."""
        _open.discard(self)


_looking = RLock()  # a signal may interrupt an opening, and open a store itself
_open: WeakSet[OpenFile] = WeakSet()
