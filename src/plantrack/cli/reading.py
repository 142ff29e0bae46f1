"""Commands that read the record: plans, show, blame, log."""

from __future__ import annotations

import click

from plantrack.cli.options import (
    Where,
    addressed,
    coordinate_options,
    coordinate_options_where,
    format_option,
    plan_option,
    tracker_of,
)
from plantrack.cli.printing import print_json, print_lines, print_text
from plantrack.cli.program import main
from plantrack.coordinates import Coordinates
from plantrack.errors import UnknownSubjectError, did_you_mean, meant_as
from plantrack.history import Late
from plantrack.people import Names
from plantrack.plan_log import PlanLog
from plantrack.reports import (
    as_json,
    as_text,
    blame_json,
    blame_report,
    late_json,
    late_report,
    lineage_json,
    lineage_report,
)
from plantrack.reports.names import named, named_events
from plantrack.rules import Related
from plantrack.state import PLURALS, State
from plantrack.tracker import Tracker


@main.command()
@format_option()
@click.pass_context
def plans(ctx: click.Context, form: str) -> None:
    """List the plans in the store."""
    with tracker_of(ctx) as tracker:
        found = [(name, tracker.plan(name)) for name in tracker.plans()]
        listed = [
            {"plan": n, "title": p.opened.title, "position": p.head, "period": str(p.opened.period)} for n, p in found
        ]
    if form == "json":
        print_json(listed)
        return
    for row in listed:
        print_text(f"{row['plan']:<28} {row['title']} · {row['period']} · {row['position']} events")


@main.command()
@click.argument("subject", required=False)
@plan_option
@coordinate_options
@format_option()
@click.pass_context
def show(ctx: click.Context, subject: str | None, plan: str | None, where: Where, form: str) -> None:
    """State of the plan, of a kind, or of one subject.

    SUBJECT is a kind (measures) or a reference (measure:ae-4-hour); the plan may stand before either, as in
    medway-ccg-2017/measures.
    """
    with tracker_of(ctx) as tracker:
        log, name = addressed(tracker, plan, subject)
        resolved = log.coordinates(**where.of_check)
        state = log.state_at(resolved)
        zone = log.opened.time_zone
        names = tracker.names()
        if name is None:
            _show_plan(state, resolved, zone, form)
        elif ":" in name:
            _show_subject(state, name, form, names)
        else:
            _show_kind(state, name, form, names)


def _show_plan(state: State, where: Coordinates, zone: str, form: str) -> None:
    if form == "json":
        print_json(as_json.show_json(state))
    else:
        print_lines(as_text.plan_report(state, where.recorded_at, zone))


def _show_kind(state: State, name: str, form: str, names: Names) -> None:
    kind = next((k for k, plural in PLURALS.items() if name in (k, plural)), None)
    if kind is None:
        hint = meant_as(name, state.kinds_of(name)) or did_you_mean(name, PLURALS.values())
        raise UnknownSubjectError(f"there is no kind {name!r:.60}; {hint}")
    if form == "json":
        print_json(as_json.kind_json(Related(state), kind))
    else:
        print_lines(as_text.kind_report(named(state.of_kind(kind), names)))


def _show_subject(state: State, name: str, form: str, names: Names) -> None:
    entity = state.named(name)
    lists = Related(state).of(entity)
    if form == "json":
        print_json(as_json.entity_json(entity, lists))
    else:
        related = {name: others for name, others in lists.items() if others}
        print_lines(as_text.subject_report(named(entity, names), named(related, names)))


@main.command()
@click.argument("subject")
@plan_option
@coordinate_options
@format_option()
@click.pass_context
def blame(ctx: click.Context, subject: str, plan: str | None, where: Where, form: str) -> None:
    """Who said what a subject says: the event that set each value.

    SUBJECT is a reference such as measure:ae-4-hour or medway-ccg-2017/measure:ae-4-hour. Corrections and retractions
    that made a value what it is are told with what it said before.
    """
    with tracker_of(ctx) as tracker:
        log, name = addressed(tracker, plan, subject)
        resolved = log.coordinates(**where.of_check)
        if name is None:
            raise click.UsageError("blame needs a SUBJECT, such as initiative:front-door")
        found = log.blame(name, as_at=resolved.as_at, known_at=resolved.known)
        zone = log.opened.time_zone
        shown = named(found, tracker.names()) if form == "text" else found
    if form == "json":
        print_json(blame_json(found))
    else:
        print_lines(blame_report(shown, zone))


@main.command()
@click.argument("subject", required=False)
@plan_option
@click.option("--late", metavar="LENGTH", help="Only what was recorded longer than that after the fact: 90m, 24h, 3d.")
@click.option("--lineage", is_flag=True, help="With what SUBJECT goes on from in other plans of the store.")
@coordinate_options_where("Only what had become true by the end of that day; everything by default.")
@format_option()
@click.pass_context
def log(
    ctx: click.Context, subject: str | None, plan: str | None, late: str | None, lineage: bool, where: Where, form: str
) -> None:
    """Events of the plan or of one subject, as recorded.

    SUBJECT is a reference such as measure:ae-4-hour or medway-ccg-2017/measure:ae-4-hour; corrections of its events are
    listed with them. What becomes true later than today is listed too, unless --as-at or --at says up to when.
    """
    with tracker_of(ctx) as tracker:
        plan_log, name = addressed(tracker, plan, subject)
        resolved = plan_log.coordinates(**where.of_check)
        zone = plan_log.opened.time_zone
        if lineage:
            _print_lineage(tracker, plan_log, name, late, where, form)
            return
        if late is not None:
            _print_late(plan_log.late(late, subject=name, **where.of_state), zone, form, tracker.names())
            return
        name = name and plan_log.named(name, upto=resolved.known)
        found = plan_log.about(name, upto=resolved.known) if name else plan_log.events(upto=resolved.known)
        bounded = where.as_at is not None or where.at is not None
        events = [e for e in found if not bounded or e.effective.last_day <= resolved.as_at]
        if form == "json":
            print_json(as_json.log_json(events))
        else:
            print_lines(as_text.log_report(named_events(events, tracker.names()), zone))


def _print_late(found: list[Late], zone: str, form: str, names: Names) -> None:
    if form == "json":
        print_json(late_json(found))
    else:
        print_lines(late_report(named(found, names), zone))


def _print_lineage(
    tracker: Tracker, plan_log: PlanLog, name: str | None, late: str | None, where: Where, form: str
) -> None:
    if name is None:
        raise click.UsageError("--lineage needs a SUBJECT, such as initiative:front-door")
    if late is not None:
        raise click.UsageError("--late and --lineage are two questions; ask one of them")
    found = plan_log.lineage(name, **where.of_state)
    if form == "json":
        print_json(lineage_json(found))
        return
    zones = {plan: tracker.plan(plan).opened.time_zone for plan in {event.plan for event in found.events}}
    print_lines(lineage_report(named(found, tracker.names()), zones))
