"""Commands that write: init, record, waive, demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from plantrack.cli.options import (
    Where,
    agent_typed,
    coordinate_options,
    fingerprint_argument,
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
from plantrack.journal import numbered_lines, read_lines
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
    try:
        content = file.read().decode("utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise PlantrackError(f"{file.name}, line {line}: not UTF-8 text; save it as UTF-8") from None
    if not os.path.exists(ctx.obj or DEFAULT_DB):
        read_lines(content, file.name)  # a bad file leaves no empty store behind
    with tracker_of(ctx, create=plan is not None) as tracker:
        log = tracker.plan(plan) if plan else one_plan(tracker, plan)
        start = log.opened.fiscal_year_start if log.id in tracker.plans() else 4
        proposals = read_lines(content, file.name, fiscal_year_start=start)
        try:
            recorded = log.record_all(proposals)
        except AdmissionError as problem:
            places = [number for number, _ in numbered_lines(content)]
            told = problem.told(lambda number, kind: f"{file.name}, line {places[number - 1]}: {kind}")
            raise PlantrackError(told) from None
    known = len(proposals) - len(recorded)
    left = f"; {known} recorded before" if known else ""
    upto = f", now at #{recorded[-1].position}" if recorded else ""
    click.echo(f"{log.id}: {len(recorded)} event{'s' * (len(recorded) != 1)} recorded{left}{upto}", err=True)


def _agent(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return agent_typed(_not_blank(ctx, param, value))


def _not_blank(_ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not value.strip():
        raise PlantrackError(f"{param.opts[0]} is blank; a waiver says who asks, who decides, and why")
    return value


@main.command()
@fingerprint_argument
@click.option("--reason", required=True, callback=_not_blank, help="Why the plan can live with it.")
@click.option("--requester", required=True, callback=_agent, help="Who asks: a role, or person:NAME.")
@click.option("--approver", required=True, callback=_agent, help="Who decides, likewise; somebody else.")
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

    FINGERPRINT is that of a finding which a check at these coordinates makes. It goes on being found and shown, and
    does not count. Whoever asks cannot approve.
    """
    with tracker_of(ctx) as tracker:
        for log in plans_of(tracker, plan, where):
            found = next((f for f in log.check(**where.of_check) if f.fingerprint == fingerprint), None)
            if found is None:
                continue
            head, held = log.head, waivers_in_force(log.at()).get(fingerprint)
            recorded = log.waive(found, reason=reason, requester=requester, approver=approver, until=until, waiver=name)
            given = recorded.data
            assert isinstance(given, FindingWaived)
            if recorded.position <= head:
                said = f"is waived already, in #{recorded.position} as {given.waiver}; nothing was recorded"
                click.echo(f"{log.id}: {fingerprint} {said}", err=True)
                return
            said = f"waived in #{recorded.position} as {given.waiver}, until {given.until}: {found.message}"
            click.echo(f"{log.id}: {said}", err=True)
            if held is not None and held.until > given.until:
                click.echo(f"{log.id}: the waiver {held.id} is in force until {held.until}, longer than this", err=True)
            return
    raise PlantrackError(f"no check at these coordinates makes the finding {fingerprint!r:.40}; nothing was recorded")


@main.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """The worked example: record two plans in a fresh file, check both.

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
