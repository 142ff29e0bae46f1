"""Commands that ask how the record changed: diff, goalposts."""

from __future__ import annotations

import click

from plantrack.cli.options import (
    Where,
    addressed,
    coordinate_options,
    format_option,
    one_plan,
    plan_option,
    tracker_of,
)
from plantrack.cli.printing import print_json, print_lines
from plantrack.cli.program import main
from plantrack.reports import difference_json, difference_report, goalposts_json, goalposts_report
from plantrack.reports.names import named


@main.command()
@click.argument("earlier", metavar="A")
@click.argument("later", metavar="B")
@plan_option
@format_option()
@click.option("--full", is_flag=True, help="Print every change, not the first of each kind.")
@click.pass_context
def diff(ctx: click.Context, earlier: str, later: str, plan: str | None, form: str, full: bool) -> None:
    """What changed from A to B, and what A was not shown.

    A and B are a day (2018-02-28), a position (#120), a moment (2018-02-01T17:00Z), a meeting (meeting:april), latest,
    or a day or meeting as it is known at one of these (2018-02-28@#700, 2018-02-28@2018-03-31, meeting:april@latest).
    Facts, targets, rules and findings are kept apart; each side is checked by the rules adopted there. Last comes what
    had been true at A and was not known there, and what was told there and has been corrected since.
    """
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        found, zone = log.diff(earlier, later), log.opened.time_zone
        shown = named(found, tracker.names()) if form == "text" else found
    if form == "json":
        print_json(difference_json(found))
    else:
        print_lines(difference_report(shown, full=full, zone=zone))


@main.command()
@click.argument("subject", required=False)
@plan_option
@coordinate_options
@format_option()
@click.pass_context
def goalposts(ctx: click.Context, subject: str | None, plan: str | None, where: Where, form: str) -> None:
    """Every move of a date, target or scope, and who approved it.

    Each with its drift since what was first approved. SUBJECT is a reference such as milestone:gate-2 or
    medway-ccg-2017/measure:ae-4-hour; what belongs to it is listed with it.
    """
    with tracker_of(ctx) as tracker:
        log, name = addressed(tracker, plan, subject)
        log.coordinates(**where.of_check)  # rules play no part, and a wrong --rules-at is an error all the same
        found, zone = log.goalposts(name, **where.of_state), log.opened.time_zone
        shown = named(found, tracker.names()) if form == "text" else found
    if form == "json":
        print_json(goalposts_json(found))
    else:
        print_lines(goalposts_report(shown, zone))
