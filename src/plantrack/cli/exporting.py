"""Commands that carry a plan out and in again: export, restore."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from plantrack.cli.options import Where, addressed, coordinate_options, plan_option, tracker_of
from plantrack.cli.printing import print_bytes, write_whole
from plantrack.cli.program import main
from plantrack.errors import PlantrackError
from plantrack.exports import read_export
from plantrack.plan_log import PlanLog
from plantrack.reports import show_json

_FORMATS = ("jsonl", "state", "prov", "ics")


@main.command()
@click.argument("subject", required=False)
@plan_option
@coordinate_options
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="jsonl",
    help="The log, lossless; the state; provenance; or a calendar.",
)  # fmt: skip
@click.option("--output", "-o", "path", type=click.Path(), metavar="FILE", help="Into a file; to stdout by default.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.pass_context
def export(
    ctx: click.Context, subject: str | None, plan: str | None, where: Where, form: str, path: str | None, force: bool
) -> None:
    """Carry a plan out, for other programs and for `restore`.

    jsonl is the whole log, lossless, a line an event; state is what `show` prints as JSON; prov is W3C PROV-JSON, of
    the plan or of one SUBJECT such as measure:ae-4-hour; ics is iCalendar, with what is due and until when.
    """
    with tracker_of(ctx) as tracker:
        log, name = addressed(tracker, plan, subject)
        _refuse_what_has_no_part(form, name, where)
        chunks = _content(log, form, name, where)
        if path is None:
            print_bytes(chunks)
        else:
            tracker.refuse_own(path)
            write_whole(path, chunks, overwrite=force)
            click.echo(f"{log.id}: exported to {path}", err=True)


def _refuse_what_has_no_part(form: str, subject: str | None, where: Where) -> None:
    if subject is not None and form != "prov":
        raise PlantrackError(f"--format {form} is of the whole plan; --format prov takes a subject, and so does `show`")
    if form == "jsonl" and where != Where(None, None, None, None):
        raise PlantrackError("--format jsonl is the whole log, so it takes no coordinates; the other formats do")


def _content(log: PlanLog, form: str, subject: str | None, where: Where) -> Iterable[bytes]:
    if form == "jsonl":
        return log.export()
    if form == "state":
        return [_json(show_json(log.at(**where.of_state)))]
    if form == "prov":
        return [_json(log.provenance(subject, **where.of_state))]
    return [log.calendar(**where.of_state).encode()]


def _json(value: Any) -> bytes:
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


@main.command()
@click.argument("file", type=click.File("rb"))
@click.pass_context
def restore(ctx: click.Context, file: Any) -> None:
    """Bring a plan back from an export, all or nothing.

    FILE is what `export` wrote as jsonl; - is stdin. Positions, event ids and the times of recording are as they were,
    and so is the root of the log. The store is made when absent; it must hold nothing of the plan. What is there
    already is left as it is.
    """
    export = read_export(file, getattr(file, "name", "<stdin>"))
    with tracker_of(ctx, create=True) as tracker:
        restored = tracker.restore(export)
    head = restored.head
    if restored.fresh:
        said = f"{head.size} events restored, now at #{head.size}"
    else:
        said = f"the {head.size} events of {export.name} are there already; nothing was restored"
    click.echo(f"{head.plan}: {said}; root {head.root.hex()}", err=True)
