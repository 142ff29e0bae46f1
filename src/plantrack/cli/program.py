"""The program: its global options, and how errors leave it."""

from __future__ import annotations

import os
import shutil
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from plantrack import __version__
from plantrack.errors import CoordinateError, PlantrackError, StoredEventError

DEFAULT_DB = "plantrack.db"


class _Group(click.Group):
    """Turns what plantrack refuses into a message and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CoordinateError as problem:
            option = f"--{problem.coordinate.replace('_', '-')} " if problem.coordinate else ""
            click.echo(f"plantrack: {option}{problem.said}", err=True)
            ctx.exit(2)
        except StoredEventError as problem:
            click.echo(f"plantrack: {problem}; `plantrack verify` says which event, and what else is wrong", err=True)
            ctx.exit(2)
        except PlantrackError as problem:
            click.echo(f"plantrack: {problem}", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # of a help text; what commands print goes through printing.py
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except OSError as problem:
            click.echo(f"plantrack: {problem.filename}: {problem.strerror}", err=True)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--db", type=click.Path(dir_okay=False), envvar="PLANTRACK_DB", help=f"The store; {DEFAULT_DB} by default."
)
@click.option(
    "--anchor", type=click.Path(dir_okay=False), envvar="PLANTRACK_ANCHOR", metavar="FILE",
    help="Holds the last head of each log, best on another disk: a store that lost events is refused.",
)  # fmt: skip
@click.version_option(__version__, prog_name="plantrack")
@click.pass_context
def main(ctx: click.Context, db: str | None, anchor: str | None) -> None:
    """Record what happened to your plan; ask what was true on any date; let rules say what the board must see."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe may speak an encoding without "↔"
    ctx.obj = db


def called_as() -> str:
    """How this program was called, so that what it suggests to type works."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m plantrack"
    return called.name if shutil.which(called.name) else os.path.relpath(called)
