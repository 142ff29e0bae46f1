"""What goes to stdout: lines with their colours, texts, and JSON. Whoever stops reading stops nothing else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
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


def write_whole(path: str, lines: Iterable[str]) -> None:
    """Texts into a file that does not exist yet; half of one is removed.

    :raises PlantrackError: there is a file of that name.
    """
    try:
        file = open(path, "x", encoding="utf-8", newline="\n")  # noqa: SIM115  # closed below
    except FileExistsError:
        raise PlantrackError(f"{path} exists already; name another file") from None
    try:
        with file:
            file.writelines(lines)
    except BaseException:
        os.remove(path)
        raise
