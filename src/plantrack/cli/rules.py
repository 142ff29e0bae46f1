"""Commands about the rules themselves: the catalogue, a rule's page, the tests inside packs, adoption."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from plantrack.cli.options import format_option, one_plan, pack_option, packs_at, plan_option, tracker_of
from plantrack.cli.printing import print_json, print_lines
from plantrack.cli.program import main
from plantrack.errors import PlantrackError, RuleSourceError, UnknownSubjectError, did_you_mean
from plantrack.reports.rules import catalogue_report, rule_report, tests_json, tests_report
from plantrack.rules import Pack, Rule, RuleTest, installed_packs, pack_files, read_pack, run_tests, warnings_of
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
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("-k", "word", metavar="WORD", help="Only rules and tests with WORD in their names.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@format_option()
@click.pass_context
def rules_test(ctx: click.Context, paths: tuple[Path, ...], word: str | None, strict: bool, form: str) -> None:
    """Run the tests inside packs.

    PATH is a pack, or a folder that is searched for packs; the installed ones by default. Exit status: 1 when a test
    fails, 2 when a pack cannot be loaded; the others still run.
    """
    packs, refused = _packs_under(paths) if paths else (list(installed_packs()), [])
    outcomes = []
    for pack in packs:
        results = list(run_tests(pack, _picked(word)))
        if results or word is None:
            outcomes.append((pack, results, warnings_of(pack, results)))
    if word is not None and packs and not outcomes:
        raise UnknownSubjectError(f"no rule and no test has {word!r:.60} in its name; leave -k out to run all")
    if form == "json":
        print_json({"packs": [tests_json(*outcome) for outcome in outcomes], "refused": list(map(str, refused))})
    for outcome in outcomes if form == "text" else ():
        print_lines(tests_report(*outcome))
    for problem in refused:
        click.echo(f"plantrack: {problem}", err=True)
    failed = any(result.failed for _, results, _ in outcomes for result in results)
    doubtful = strict and any(warnings for _, _, warnings in outcomes)
    ctx.exit(2 if refused else int(failed or doubtful))


def _packs_under(paths: Iterable[Path]) -> tuple[list[Pack], list[RuleSourceError]]:
    """The packs in files and folders, each once, and what is wrong with those that cannot be loaded."""
    packs, refused = [], []
    files: dict[Path, None] = {}
    for path in paths:
        found = pack_files(path) if path.is_dir() else [path]
        if not found:
            said = "this folder holds no pack: no *.yaml or *.yml file with the key plantrack-rules"
            raise PlantrackError(f"{path}: {said}")
        files |= dict.fromkeys(found)
    for file in files:
        try:
            packs.append(read_pack(file))
        except RuleSourceError as problem:
            refused.append(problem)
    return packs, refused


def _picked(word: str | None) -> Callable[[Rule, RuleTest], bool] | None:
    if word is None:
        return None
    wanted = word.casefold()
    return lambda rule, test: wanted in rule.id or wanted in test.name.casefold()


@rules.command("adopt")
@click.argument("pack", metavar="PACK")
@click.option("--param", "given", multiple=True, metavar="RULE.NAME=VALUE", help="Set a parameter of a rule.")
@click.option("--effective", metavar="DATE", help="When it was decided; today by default.")
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
    said = f"adopted as #{recorded[0].position}" if recorded else "is adopted already; nothing was recorded"
    click.echo(f"{log.id}: {what} {said}", err=True)


@rules.command("withdraw")
@click.argument("pack", metavar="PACK")
@click.option("--effective", metavar="DATE", help="When it was decided; today by default.")
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
        recorded = log.withdraw(pack, effective=effective, actor=actor, reason=reason)
    said = f"withdrawn as #{recorded[0].position}" if recorded else "is not adopted; nothing was recorded"
    click.echo(f"{log.id}: {pack} {said}", err=True)
