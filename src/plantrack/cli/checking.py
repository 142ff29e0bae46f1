"""Commands that judge: check, why."""

from __future__ import annotations

from typing import Any, cast

import click

from plantrack import __version__
from plantrack.cli.options import (
    Where,
    coordinate_options,
    fingerprint_argument,
    format_option,
    one_finding,
    plan_option,
    plans_of,
    tracker_of,
)
from plantrack.cli.packs import pack_options
from plantrack.cli.printing import print_json, print_lines, print_text
from plantrack.cli.program import main
from plantrack.reports import (
    check_json,
    check_junit,
    check_markdown,
    check_report,
    check_sarif,
    why_json,
    why_report,
)
from plantrack.reports.lines import Line
from plantrack.reports.names import named
from plantrack.rules import SEVERITIES, CheckResult


@main.command()
@plan_option
@coordinate_options
@format_option("markdown", "sarif", "junit")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="high",
    help="Exit 1 for findings of this severity or worse; `high` by default.",
)
@click.option(
    "--strict", is_flag=True, help="Exit 3 when a rule could not be evaluated for a subject, or a plan not be checked."
)
@pack_options
@click.option("--full", is_flag=True, help="Print every finding, not the first of each rule.")
@click.option(
    "--since",
    metavar="MEETING",
    help="Say what is new, worse, better or gone since a meeting, or a day, as it was known then.",
)
@click.option("--ignore-waivers", is_flag=True, help="Show findings as if none had been waived.")
@click.pass_context
def check(
    ctx: click.Context,
    plan: str | None,
    where: Where,
    form: str,
    fail_on: str,
    strict: bool,
    chosen: dict[str, Any],
    full: bool,
    since: str | None,
    ignore_waivers: bool,
) -> None:
    """Run the rules over one plan, or over every plan in the store."""
    with tracker_of(ctx) as tracker:
        logs = plans_of(tracker, plan, where, since)
        results = [log.check(**where.of_check, **chosen, since=since, ignore_waivers=ignore_waivers) for log in logs]
        zones = {log.id: log.opened.time_zone for log in logs}
        packs = [chosen["packs"] or log.packs_at(log.coordinates(**where.of_check)) for log in logs]
        shown = named(results, tracker.names()) if form in ("text", "markdown") else results
    if form == "json":
        print_json(check_json(results))
    elif form == "sarif":
        print_json(check_sarif(list(zip(results, packs, strict=True)), version=__version__))
    elif form == "junit":
        print_text(check_junit(results, fail_on=cast(Any, fail_on)), end="")
    elif form == "markdown":
        print_text(check_markdown(shown, full=full, zones=zones), end="")
    else:
        for number, result in enumerate(shown):
            print_lines([*[Line()] * (number > 0), *check_report(result, full=full, zone=zones[result.plan])])
    for result in results if strict else ():
        if not result.counts:
            said = f"the plan was not open on {result.as_at}, as far as was known: nothing was checked"
            click.echo(f"plantrack: {result.plan}: {said}", err=True)
    ctx.exit(_status(results, fail_on, strict))


def _status(results: list[CheckResult], fail_on: str, strict: bool) -> int:
    if strict and any(result.not_evaluated or not result.counts for result in results):
        return 3
    serious = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(cast(Any, fail_on)) + 1]
    return int(any(finding.severity in serious and finding.counts for result in results for finding in result))


@main.command()
@fingerprint_argument
@plan_option
@coordinate_options
@format_option()
@pack_options
@click.pass_context
def why(
    ctx: click.Context, fingerprint: str, plan: str | None, where: Where, form: str, chosen: dict[str, Any]
) -> None:
    """Why a finding is there, since when, and what would clear it."""
    with tracker_of(ctx) as tracker:
        log, finding = one_finding(plans_of(tracker, plan, where), fingerprint, **where.of_check, **chosen)
        account, zone = log.why(finding.fingerprint, **where.of_check, **chosen), log.opened.time_zone
        shown = named(account, tracker.names()) if form == "text" else account
    if form == "json":
        print_json(why_json(account))
    else:
        print_lines(why_report(shown, zone))
