"""Where packs come from: files, folders, and the packages that are installed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path

from plantrack.errors import RuleSourceError
from plantrack.rules.pack import Pack, load_pack

ENTRY_POINTS = "plantrack.packs"
SUFFIXES = (".yaml", ".yml")
_IS_PACK = re.compile(rb"^[\"']?plantrack-rules[\"']?[ \t]*:", re.MULTILINE)


def read_pack(path: str | Path) -> Pack:
    """A pack from a file.

    :raises RuleSourceError: it is wrong, or cannot be read.
    """
    return load_pack(_content(Path(path)), str(path))


def is_pack(content: bytes) -> bool:
    """Whether a YAML file means to be a pack: it has the key ``plantrack-rules`` at the beginning of a line."""
    return _IS_PACK.search(content) is not None


def pack_files(folder: str | Path) -> list[Path]:
    """The packs in a folder and its subfolders, in the order of their paths; hidden folders are left out.

    :raises RuleSourceError: a file cannot be read.
    """
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(path, name) for name in names if name.endswith(SUFFIXES)]
    return sorted(path for path in found if is_pack(_content(path)))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise RuleSourceError(f"cannot be read: {problem.strerror}", source=str(path), line=0) from None


@cache
def installed_packs() -> tuple[Pack, ...]:
    """The packs that come with plantrack and those of installed packages, loaded once.

    A package offers its packs through the entry point group ``plantrack.packs``: the name of a file or folder, or what
    ``importlib.resources.files`` gives for one.

    :raises RuleSourceError: a pack is wrong, or an entry point leads nowhere.
    """
    packs = list(_packs_in(resources.files("plantrack.rules") / "packs"))
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            place = point.load()
            offered = list(_packs_in(Path(place) if isinstance(place, str) else place, f"{point.name}/"))
        except RuleSourceError:
            raise
        except Exception as problem:  # whatever somebody else's package does when it is imported
            said = f"its packs cannot be read: {type(problem).__name__}: {problem}"
            raise RuleSourceError(f"{said}; mend or uninstall it", source=f"entry point {point.name!r}") from problem
        if not offered:
            said = f"there is no pack in {place}; mend or uninstall it"
            raise RuleSourceError(said, source=f"entry point {point.name!r}")
        packs += offered
    return tuple(packs)


def _packs_in(place: Traversable, prefix: str = "") -> Iterator[Pack]:
    """The pack in a file, or those in a folder in the order of their names; errors name the file after the prefix."""
    files = [place] if place.is_file() else [f for f in place.iterdir() if f.name.endswith(SUFFIXES)]
    for file in sorted(files, key=lambda f: f.name):
        yield load_pack(file.read_bytes(), f"{prefix}{file.name}", check_events=False)
