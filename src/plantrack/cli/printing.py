"""What goes to stdout: lines with their colours, and JSON."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from typing import Any

import click

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
        click.echo(click.style(line.text, **TONES[line.tone]) if line.tone else line.text)


def columns() -> int:
    """How wide lines may be: as the terminal is, within what reads well; always the same where there is none."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROW), WIDE)


def print_json(value: Any) -> None:
    """Values for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf")))
