"""What goes to stdout: lines with their colours, and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from plantrack.reports.lines import Line

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


def print_json(value: Any) -> None:
    """Values for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf")))
