"""What the software and the disk beneath a store are known to do to it; told by ``verify``, and by nothing else."""

from __future__ import annotations

import os
import sqlite3

_SOUND = (3, 51, 3)
_MOUNTS = "/proc/self/mountinfo"
_OVER_A_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"})


def remarks(path: str) -> list[str]:
    """What to know about where a store lies and what reads it, each in a sentence; mostly nothing."""
    found = []
    if sqlite3.sqlite_version_info < _SOUND:
        found.append(
            f"SQLite {sqlite3.sqlite_version} can, before {'.'.join(map(str, _SOUND))}, damage a file to which several"
            " processes write at once; let one process write, or use a newer SQLite"
        )
    kind = _file_system(path)
    if kind in _OVER_A_NETWORK:
        found.append(f"the store lies on a network file system ({kind}), whose locks SQLite cannot trust; move it")
    return found


def _file_system(path: str) -> str | None:
    """The kind of file system of a path; ``None`` where the system does not say."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as mounts:
            lines = mounts.read().splitlines()
    except OSError:
        return None
    best, kind = "", None
    for line in lines:
        mount, _, rest = line.partition(" - ")
        at = mount.split(" ")[4].encode().decode("unicode_escape")
        if len(at) >= len(best) and os.path.commonpath([at, path]) == at:
            best, kind = at, rest.split(" ")[0]
    return kind
