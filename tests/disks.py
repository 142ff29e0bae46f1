"""A disk whose power fails: what SQLite did to it, written down call by call, and what may be left of that after a cut.

The model is stricter than most disks. What was not synced when the power failed is kept, lost or torn at sectors of 512
bytes, each write by itself, whatever came later; a file that was made or removed is so only once its folder was synced.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from attrs import Factory, define, frozen

_SECTOR = 512
_SOURCE = Path(__file__).parent / "disk.c"


def disk_library(folder: Path) -> Path:
    """The library that stands between SQLite and the disk, built here; where it cannot be, the test is skipped."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("needs Linux and a C compiler, to stand between SQLite and the disk")
    library = folder / "disk.so"
    built = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return library


@frozen
class Call:
    """One call, as ``disk.c`` wrote it down.

    :ivar kind: W(rite), T(runcate), S(ync), C(reate), U(nlink); A: the program told somebody that something is done.
    :ivar data: what was written, or told.
    """

    kind: str
    offset: int
    path: str
    data: bytes


def calls(log: Path) -> Iterator[Call]:
    """The calls in the order in which they were made."""
    with log.open("rb") as file:
        while line := file.readline():
            kind, offset, size, path = line.decode().rstrip("\n").split(" ", 3)
            yield Call(kind, int(offset), path, file.read(int(size)))


@define
class _File:
    synced: bytearray = Factory(bytearray)
    pending: list[Call] = Factory(list)

    def sync(self) -> None:
        for call in self.pending:
            _apply(self.synced, call)
        self.pending.clear()

    def after_a_cut(self, chance: Random) -> bytes:
        left, kept = bytearray(self.synced), chance.choice((0, 0.3, 0.7, 1))
        for call in self.pending:
            if call.kind == "T":
                if chance.random() < kept:
                    _apply(left, call)
                continue
            torn = chance.random() < 0.2
            whole = chance.random() < kept
            for start in range(0, len(call.data), _SECTOR):
                if chance.random() < 0.5 if torn else whole:
                    part = call.data[start : start + _SECTOR]
                    _apply(left, Call("W", call.offset + start, call.path, part))
        return bytes(left)


def _apply(content: bytearray, call: Call) -> None:
    if call.kind == "T":
        del content[call.offset :]
        content.extend(bytes(call.offset - len(content)))
        return
    content.extend(bytes(max(0, call.offset - len(content))))
    content[call.offset : call.offset + len(call.data)] = call.data


class Disk:
    """What a folder holds, as far as it was synced, and what may or may not be there besides."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._names: dict[str, _File] = {}  # as the program sees them
        self._synced: dict[str, _File] = {}
        self._pending: list[tuple[str, _File | None]] = []  # made or removed since the folder was synced

    @property
    def unsynced(self) -> bool:
        """Whether a cut could lose anything that was written to a file."""
        return any(file.pending for file in self._names.values())

    def take(self, call: Call) -> None:
        """One call more."""
        if call.kind in "CU":
            file = _File() if call.kind == "C" else None
            self._pending.append((call.path, file))
            _name(self._names, call.path, file)
        elif call.kind in "WT":
            self._names[call.path].pending.append(call)
        elif call.kind == "S" and call.path == self._folder:
            for name, file in self._pending:
                _name(self._synced, name, file)
            self._pending.clear()
        elif call.kind == "S":
            self._names[call.path].sync()

    def after_a_cut(self, chance: Random, into: Path) -> None:
        """Write what is left of the folder, in one of the ways in which it may be, into another."""
        left = dict(self._synced)
        for name, file in self._pending[: chance.randint(0, len(self._pending))]:  # a journal keeps their order
            _name(left, name, file)
        for name, file in left.items():
            (into / Path(name).name).write_bytes(file.after_a_cut(chance))


def _name(names: dict[str, _File], name: str, file: _File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file
