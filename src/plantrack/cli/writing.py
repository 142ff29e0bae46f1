"""Commands that write: init, record, waive, demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from plantrack.cli.options import (
    Where,
    agent,
    coordinate_options,
    fingerprint_argument,
    not_blank,
    one_finding,
    one_plan,
    plan_option,
    plans_of,
    tracker_of,
)
from plantrack.cli.printing import print_lines
from plantrack.cli.program import DEFAULT_DB, called_as, main
from plantrack.demo import DocumentClock, demo_report, record_entries
from plantrack.errors import AdmissionError, PlantrackError
from plantrack.events.assurance import FindingWaived
from plantrack.events.envelope import RecordedEvent
from plantrack.journal import decoded, numbered_lines, read_lines
from plantrack.plan_log import PlanLog
from plantrack.rules.waivers import waivers_in_force
from plantrack.tracker import open_tracker

DEMO_DB = "plantrack-demo.db"


@main.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Create an empty store."""
    path = ctx.obj or DEFAULT_DB
    if os.path.exists(path) and (os.path.isdir(path) or os.path.getsize(path)):
        raise PlantrackError(f"{path} exists already; choose another name with --db, or use it as it is")
    with open_tracker(path):
        pass
    click.echo(f"created {path}", err=True)


@main.command()
@click.argument("file", type=click.File("rb"))
@plan_option
@click.pass_context
def record(ctx: click.Context, file: Any, plan: str | None) -> None:
    """Append events from FILE (- is stdin), all or nothing.

    JSON Lines, one object a line: {"type", "effective", "data", "event_id"?, "actor"?, "reason"?, "source"?}. What is
    recorded already is left out, so that running it again changes nothing.
    """
    content = decoded(file.read(), file.name)
    if plan is not None and not os.path.exists(ctx.obj or DEFAULT_DB):
        with open_tracker(":memory:") as nothing:  # a bad file leaves no empty store behind
            _recorded(nothing.plan(plan), content, file.name)
    with tracker_of(ctx, create=plan is not None) as tracker:
        log = one_plan(tracker, None) if plan is None else tracker.plan(plan)
        recorded, known = _recorded(log, content, file.name)
    left = f"; {known} recorded before" if known else ""
    upto = f", now at #{recorded[-1].position}" if recorded else ""
    click.echo(f"{log.id}: {len(recorded)} event{'s' * (len(recorded) != 1)} recorded{left}{upto}", err=True)


def _recorded(log: PlanLog, content: str, name: str) -> tuple[list[RecordedEvent], int]:
    """The events that were appended, and how many lines were recorded before."""
    start = log.opened.fiscal_year_start if log.head else 4
    proposals = read_lines(content, name, fiscal_year_start=start)
    try:
        recorded = log.record_all(proposals)
    except AdmissionError as problem:
        places = [number for number, _ in numbered_lines(content)]
        told = problem.told(lambda number, kind: f"{name}, line {places[number - 1]}: {kind}")
        raise PlantrackError(told) from None
    return recorded, len(proposals) - len(recorded)


@main.command()
@fingerprint_argument
@click.option("--reason", required=True, callback=not_blank, help="Why the plan can live with it.")
@click.option("--requester", required=True, callback=agent, help="Who asks: a role, or person:NAME.")
@click.option("--approver", required=True, callback=agent, help="Who decides, likewise; somebody else.")
@click.option("--until", required=True, metavar="DATE", help="The last day on which it holds.")
@click.option("--id", "name", metavar="ID", help="The waiver's id; made from the fingerprint by default.")
@plan_option
@coordinate_options
@click.pass_context
def waive(
    ctx: click.Context,
    fingerprint: str,
    reason: str,
    requester: str,
    approver: str,
    until: str,
    name: str | None,
    plan: str | None,
    where: Where,
) -> None:
    """Live with a finding up to and including a day.

    FINGERPRINT is that of a finding which a check at these coordinates makes, or the beginning of it. It goes on
    being found and shown, and does not count. Whoever asks cannot approve.
    """
    with tracker_of(ctx) as tracker:
        log, found = one_finding(plans_of(tracker, plan, where), fingerprint, **where.of_check)
        head, held = log.head, waivers_in_force(log.at()).get(found.fingerprint)
        recorded = log.waive(found, reason=reason, requester=requester, approver=approver, until=until, waiver=name)
    given = recorded.data
    assert isinstance(given, FindingWaived)
    if recorded.position <= head:
        said = f"is waived already, in #{recorded.position} as {given.waiver}; nothing was recorded"
        click.echo(f"{log.id}: {found.fingerprint} {said}", err=True)
        return
    said = f"waived in #{recorded.position} as {given.waiver}, until {given.until}: {found.message}"
    click.echo(f"{log.id}: {said}", err=True)
    if held is not None and held.until > given.until:
        click.echo(f"{log.id}: the waiver {held.id} is in force until {held.until}, longer than this", err=True)


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """The worked example: two real plans, checked at two boards.

    Two real plans of NHS Medway CCG, checked at the dates of two boards. The file is the one given by --db, which must
    not exist yet, or else plantrack-demo.db, which is overwritten.
    """
    given = ctx.find_root().get_parameter_source("db") is ParameterSource.COMMANDLINE  # not PLANTRACK_DB: a real store
    path = ctx.obj if given else DEMO_DB
    if given and os.path.exists(path):
        raise PlantrackError(f"{path} exists already; the demo needs a fresh file, choose another with --db")
    for name in (path, f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)
    clock = DocumentClock()
    with open_tracker(path, clock=clock) as tracker:
        recorded: dict[str, int] = {}
        for entry, count in record_entries(tracker, clock):
            recorded[entry.plan] = recorded.get(entry.plan, 0) + count
        print_lines(demo_report(tracker, f"{called_as()} --db {path}", recorded, path))
