"""Reading where nothing may be written: a file that stands still is read as it stands, and watched that it does."""

from __future__ import annotations

import os
from pathlib import Path

from plantrack.errors import StoreBusyError, StoreError


class StillFile:
    """A store that this process may only read, and that nobody else is writing.

    SQLite reads a write-ahead log only with a file beside it, which it could not make here. So it is told that the file
    does not change; whether that is true is looked at after each reading.

    :ivar address: what SQLite opens.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen = self._look()
        self.address = f"{Path(path).as_uri()}?immutable=1"

    def check(self) -> None:
        """Whether it is as it was when it was opened.

        :raises StoreBusyError: somebody wrote to it.
        """
        if self._look() != self._seen or _is_hot(self._path):
            raise StoreBusyError(
                f"{self._path} was written while it was read, where it may only be read: what was read may be torn; do"
                " it again"
            )

    def _look(self) -> tuple[int, int, int]:
        found = os.stat(self._path)
        return found.st_ino, found.st_size, found.st_mtime_ns


def still_file(path: str) -> StillFile | None:
    """The store as a file that stands still; ``None`` where SQLite can read it in its own way.

    :raises StoreError: it cannot be read at all without leave to write beside it.
    """
    may_make = os.access(os.path.dirname(path), os.W_OK)
    if (may_make and os.access(path, os.W_OK)) or os.path.exists(f"{path}-shm"):
        return None
    if not _is_hot(path):
        return StillFile(path)
    if may_make:
        return None
    raise StoreError(
        f"{path} may only be read here, and its last events stand in {path}-wal, which takes leave to write in the"
        " folder: let its owner open the store once, or copy both files to a folder of your own"
    )


def _is_hot(path: str) -> bool:
    """Whether the write-ahead log may hold what the file does not."""
    try:
        return os.path.getsize(f"{path}-wal") > 0
    except OSError:
        return False
