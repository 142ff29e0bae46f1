"""Commands about the rules themselves: the catalogue, a rule's page, the tests inside packs, adoption."""

from __future__ import annotations

import click

from plantrack.cli.options import format_option, one_plan, pack_option, packs_at, plan_option, tracker_of
from plantrack.cli.printing import print_json, print_lines
from plantrack.cli.program import main
from plantrack.errors import UnknownSubjectError, did_you_mean
from plantrack.events.assurance import RulePackWithdrawn
from plantrack.reports.rules import catalogue_report, rule_report, tests_report
from plantrack.rules import installed_packs, read_pack, run_tests, untested
from plantrack.rules.parameters import parsed


@main.group()
def rules() -> None:
    """The catalogue of rules, a rule's page, the tests inside packs."""


@rules.command("list")
@pack_option("List this pack instead of the installed ones.")
@format_option()
def rules_list(paths: tuple[str, ...], form: str) -> None:
    """Every rule with its severity and title."""
    packs = packs_at(paths) or list(installed_packs())
    if form == "json":
        listed = [
            {
                "pack": p.id,
                "version": p.version,
                "rule": r.id,
                "severity": r.severity,
                "title": r.title,
                "for": list(r.kinds),
            }
            for p in packs
            for r in p.rules
        ]
        print_json(listed)
    else:
        print_lines(catalogue_report(packs))


@rules.command("show")
@click.argument("rule")
@pack_option("Look in this pack instead of the installed ones.")
def rules_show(rule: str, paths: tuple[str, ...]) -> None:
    """A rule's page: what it does, why, its text, its tests."""
    packs = packs_at(paths) or list(installed_packs())
    for pack in packs:
        if (found := pack.find(rule)) is not None:
            print_lines(rule_report(pack, found))
            return
    raise UnknownSubjectError(
        f"there is no rule {rule!r:.60}; {did_you_mean(rule, [r.id for p in packs for r in p.rules])}"
    )


@rules.command("test")
@click.argument("path", type=click.Path(), required=False)
@click.pass_context
def rules_test(ctx: click.Context, path: str | None) -> None:
    """Run the tests inside the pack at PATH, or in the installed ones."""
    failed = False
    for pack in [read_pack(path)] if path else installed_packs():
        results = list(run_tests(pack))
        failed |= any(not result.passed for result in results)
        print_lines(tests_report(pack, results, untested(pack)))
    ctx.exit(int(failed))


@rules.command("adopt")
@click.argument("pack", metavar="PACK")
@click.option("--param", "given", multiple=True, metavar="RULE.NAME=VALUE", help="Set a parameter of a rule.")
@click.option("--effective", metavar="DATE", help="The day from which the plan is held to it; today by default.")
@click.option("--actor", help="Who decided, by role.")
@click.option("--reason", help="Why.")
@plan_option
@click.pass_context
def rules_adopt(
    ctx: click.Context,
    pack: str,
    given: tuple[str, ...],
    effective: str | None,
    actor: str | None,
    reason: str | None,
    plan: str | None,
) -> None:
    """Hold a plan to a pack, with its whole text in the log.

    PACK is a file, or the id of an installed pack. From then on `check` uses what was adopted instead of the installed
    packs; `--rules-at` goes back to what was adopted earlier.
    """
    installed = {p.id: p for p in installed_packs()}
    chosen = installed[pack] if pack in installed else read_pack(pack)
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        params = [parsed(text) for text in given]
        recorded = log.adopt(chosen, params, effective=effective, actor=actor, reason=reason)
    what = f"{chosen.id} {chosen.version} ({chosen.sha256[:12]})"
    said = f"adopted as #{recorded[0].position}" if recorded else "adopted before; nothing was recorded"
    click.echo(f"{log.id}: {what} {said}", err=True)


@rules.command("withdraw")
@click.argument("pack", metavar="PACK")
@click.option("--effective", metavar="DATE", help="The day from which it no longer holds; today by default.")
@click.option("--actor", help="Who decided, by role.")
@click.option("--reason", help="Why.")
@plan_option
@click.pass_context
def rules_withdraw(
    ctx: click.Context, pack: str, effective: str | None, actor: str | None, reason: str | None, plan: str | None
) -> None:
    """No longer hold a plan to a pack, by its id."""
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        when = log.today() if effective is None else effective
        recorded = log.record(RulePackWithdrawn(pack=pack), effective=when, actor=actor, reason=reason)
    said = f"withdrawn as #{recorded[0].position}" if recorded else "withdrawn before; nothing was recorded"
    click.echo(f"{log.id}: {pack} {said}", err=True)
