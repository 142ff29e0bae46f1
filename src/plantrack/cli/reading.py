"""Commands that read the record: plans, show, log."""

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
from plantrack.errors import UnknownSubjectError, did_you_mean
from plantrack.people import Names
from plantrack.reports import as_json, as_text
from plantrack.reports.names import named, named_events
from plantrack.state import KINDS, PLURALS, Entity, State
from plantrack.state.entity import data_of


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
        raise UnknownSubjectError(f"there is no kind {name!r:.60}; {did_you_mean(name, PLURALS.values())}")
    found = state.of_kind(kind)
    if form == "json":
        print_json({key: as_json.entity_json(entity) for key, entity in found.items()})
    else:
        print_lines(as_text.kind_report(named(found, names)))


def _show_subject(state: State, name: str, form: str, names: Names) -> None:
    kind, _, key = name.partition(":")
    if kind not in KINDS:
        raise UnknownSubjectError(f"there is no kind {kind!r:.60}; {did_you_mean(kind, KINDS)}")
    entity = state.subject(kind, key)
    if entity is None:
        raise UnknownSubjectError(
            f"there is no {kind}:{key:.60} as at {state.as_at}, known at #{state.known};"
            f" {did_you_mean(key, state.of_kind(kind))}"
        )
    if form == "json":
        print_json(as_json.entity_json(entity))
    else:
        print_lines(as_text.subject_report(named(entity, names), named(_related(state, entity), names)))


def _related(state: State, entity: Entity) -> dict[str, list[Entity]]:
    """What refers to a subject, by the name that rules use."""
    related = {}
    for name, inverse in entity.INVERSES.items():
        typed = f"{entity.KIND}:{entity.id}"
        found = [
            o for o in state.of_kind(inverse.kind).values() if dict(data_of(o))[inverse.field] in (entity.id, typed)
        ]
        if found:
            related[name] = found
    return related


@main.command()
@click.argument("subject", required=False)
@plan_option
@coordinate_options_where("Only what had become true by the end of that day; everything by default.")
@format_option()
@click.pass_context
def log(ctx: click.Context, subject: str | None, plan: str | None, where: Where, form: str) -> None:
    """Events of the plan or of one subject, as recorded.

    SUBJECT is a reference such as measure:ae-4-hour or medway-ccg-2017/measure:ae-4-hour; corrections of its events are
    listed with them. What becomes true later than today is listed too, unless --as-at or --at says up to when.
    """
    with tracker_of(ctx) as tracker:
        plan_log, name = addressed(tracker, plan, subject)
        resolved = plan_log.coordinates(**where.of_check)
        found = plan_log.about(name, upto=resolved.known) if name else plan_log.events(upto=resolved.known)
        bounded = where.as_at is not None or where.at is not None
        events = [e for e in found if not bounded or e.effective.last_day <= resolved.as_at]
        zone = plan_log.opened.time_zone
        if form == "json":
            print_json(as_json.log_json(events))
        else:
            print_lines(as_text.log_report(named_events(events, tracker.names()), zone))
