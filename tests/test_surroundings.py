"""What ``verify`` says about the software and the disk beneath a store, and nothing else says."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import plantrack
from plantrack.store import remarks, surroundings
from tests.stores import fill

SOUND = (3, 51, 3)
VERSIONS = [((3, 40, 1), True), ((3, 51, 2), True), (SOUND, False), ((4, 0, 0), False)]
MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /srv/board rw,relatime shared:1 - nfs4 files:/board rw,vers=4.2
31 30 254:1 / /srv/board/local rw - xfs /dev/vdb rw
32 22 0:41 / /srv/with\\040space rw - cifs //files/board rw
33 22 0:42 / /home/ann/far rw - fuse.sshfs ann@host:/ rw
"""


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a sound SQLite and several file systems."""
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    monkeypatch.setattr(surroundings, "_MOUNTS", str(table))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", SOUND)


@pytest.mark.usefixtures("mounted")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ann/board.db", None),
        ("/srv/board.db", None),
        ("/srv/boards/board.db", None),
        ("/srv/board/board.db", "nfs4"),
        ("/srv/board/local/board.db", None),
        ("/srv/with space/board.db", "cifs"),
        ("/home/ann/far/board.db", "fuse.sshfs"),
    ],
)
def test_a_network_file_system_is_told(path: str, kind: str | None) -> None:
    """The innermost mount counts, its name is read as the kernel writes it, and a local disk is no remark."""
    said = f"the store lies on a network file system ({kind}), whose locks SQLite cannot trust; move it"
    assert remarks(path) == ([] if kind is None else [said])


@pytest.mark.usefixtures("mounted")
@pytest.mark.parametrize(
    ("version", "told"), [((3, 40, 1), True), ((3, 51, 2), True), (SOUND, False), ((4, 0, 0), False)]
)
def test_an_sqlite_that_may_damage_is_told(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], told: bool
) -> None:
    """Several writers may damage a file with an SQLite before 3.51.3."""
    written = ".".join(map(str, version))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", written)
    said = (
        f"SQLite {written} can, before 3.51.3, damage a file to which several processes write at once; let one process"
        " write, or use a newer SQLite"
    )
    assert remarks("/board.db") == ([said] if told else [])


def test_where_nothing_is_known_of_mounts_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems have no such table."""
    monkeypatch.setattr(surroundings, "_MOUNTS", "/nowhere/mountinfo")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", SOUND)
    assert remarks("/srv/board/board.db") == []


def test_nobody_hears_of_it_while_working(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
) -> None:
    """To open, to record and to read says nothing of an old SQLite: that would be noise."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 7, 0))
    with plantrack.open(tmp_path / "board.db") as tracker:
        fill(tracker.plan("medway"))
        tracker.plan("medway").check()
    assert capsys.readouterr() == ("", "")
    assert list(recwarn) == []
