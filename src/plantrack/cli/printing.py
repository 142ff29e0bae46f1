"""What goes to stdout: lines with their colours, texts, and JSON. Whoever stops reading stops nothing else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import click

from plantrack.errors import PlantrackError
from plantrack.reports.lines import WIDTH, Line

NARROW, WIDE = 60, 120
TONES: dict[str, dict[str, Any]] = {
    "critical": {"fg": "red", "bold": True},
    "high": {"fg": "red"},
    "medium": {"fg": "yellow"},
    "low": {"fg": "blue"},
    "info": {"fg": "cyan"},
    "strong": {"bold": True},
    "dim": {"dim": True},
}


def print_lines(lines: Iterable[Line]) -> None:
    """Lines for people; click leaves the colours out where there is no terminal."""
    for line in lines:
        print_text(click.style(line.text, **TONES[line.tone]) if line.tone else line.text)


def print_text(text: str, end: str = "\n") -> None:
    """A text as it stands.

    A reader that goes away, such as ``head``, has read enough: the rest is dropped, and the command goes on to the exit
    status that it would have had.
    """
    try:
        click.echo(f"{text}{end}", nl=False)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_bytes(chunks: Iterable[bytes]) -> None:
    """What is of one encoding, whatever the terminal is; otherwise as :func:`print_text`."""
    try:
        stdout = sys.stdout.buffer
        stdout.writelines(chunks)
        stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def columns() -> int:
    """How wide lines may be: as the terminal is, within what reads well; always the same where there is none."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROW), WIDE)


def print_json(value: Any) -> None:
    """Values for programs."""
    print_text(json.dumps(value, indent=2, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf")))


def write_whole(path: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Into a file that is there whole or not at all, whatever happens meanwhile.

    :raises PlantrackError: there is a file of that name, or no folder for it.
    """
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(path):
        raise PlantrackError(f"{path} is a folder; name a file")
    if os.path.lexists(path) and not overwrite:
        raise PlantrackError(f"{path} exists already; name another file, or overwrite it with --force")
    if not os.path.isdir(folder):
        raise PlantrackError(f"there is no folder {folder}; make it, or name another file")
    begun = os.path.join(folder, f".{name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        os.remove(begun)  # of one that was killed; or a link that somebody put there, to have its target overwritten
    try:
        with open(begun, "xb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        os.replace(begun, path)
    except BaseException:
        with suppress(OSError):
            os.remove(begun)
        raise
