"""Commands about the rules themselves: the catalogue, a rule's page, the tests inside packs, adoption."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import attrs
import click

from plantrack.cli.options import (
    Where,
    actor_option,
    coordinate_options,
    format_option,
    not_blank,
    one_plan,
    plan_option,
    tracker_of,
)
from plantrack.cli.packs import pack_named, pack_option, packs_in_question, read_source, sources_named
from plantrack.cli.printing import columns, print_json, print_lines, print_text
from plantrack.cli.program import main
from plantrack.errors import RuleSourceError, UnknownSubjectError, did_you_mean
from plantrack.plan_log import PlanLog
from plantrack.reports.catalogue import (
    catalogue_json,
    catalogue_markdown,
    catalogue_report,
    rule_json,
    rule_markdown,
    rule_report,
)
from plantrack.reports.pack_tests import tests_json, tests_report
from plantrack.rules import Pack, Rule, RuleTest, installed_packs, run_tests, warnings_of
from plantrack.rules.parameters import parsed


@main.group()
def rules() -> None:
    """The catalogue of rules, a rule's page, the tests inside packs."""


@rules.command("list")
@pack_option("List this pack (a file, a folder, an installed pack) instead.")
@plan_option
@coordinate_options
@format_option("markdown")
@click.pass_context
def rules_list(ctx: click.Context, names: tuple[str, ...], plan: str | None, where: Where, form: str) -> None:
    """Every rule with its severity, status and title.

    The rules to which the plan is held, where one is named or the store holds only one, else the installed ones. As
    Markdown, with the page of each: a catalogue for a website or a paper.
    """
    packs = packs_in_question(ctx, names, plan, where)
    if not names and packs != list(installed_packs()):
        said = "these are the packs to which the plan is held; --rules-at installed lists the installed ones"
        click.echo(f"plantrack: {said}", err=True)
    _print_catalogue(packs, form)


def _print_catalogue(packs: list[Pack], form: str) -> None:
    if form == "json":
        print_json(catalogue_json(packs))
    elif form == "markdown":
        print_text(catalogue_markdown(packs), end="")
    else:
        print_lines(catalogue_report(packs, columns()))


@rules.command("show")
@click.argument("rule")
@pack_option("Look in this pack (a file, a folder, an installed pack) instead.")
@plan_option
@coordinate_options
@format_option("markdown")
@click.pass_context
def rules_show(
    ctx: click.Context, rule: str, names: tuple[str, ...], plan: str | None, where: Where, form: str
) -> None:
    """A rule's page: what it does, why, a bad and a good example.

    RULE is its id, or one that it had before; a family, such as kpi, lists its rules. It is looked for among the rules
    to which the plan is held, then among the installed ones. What the examples find is what the rule finds now: its
    tests are run.
    """
    packs = packs_in_question(ctx, names, plan, where)
    if not names:
        held = {pack.id for pack in packs}
        packs += [pack for pack in installed_packs() if pack.id not in held]
    if family := _family(rule, packs):
        _print_catalogue(family, form)
        return
    pack, found = _named(rule, packs, "" if names else " A rule of a file is shown with --pack FILE")
    if found.id != rule.lower():
        click.echo(f"plantrack: {rule} is now called {found.id}", err=True)
    if form == "json":
        print_json(rule_json(pack, found))
    elif form == "markdown":
        print_text(rule_markdown(pack, found), end="")
    else:
        print_lines(rule_report(pack, found, columns()))


def _family(name: str, packs: list[Pack]) -> list[Pack]:
    """The packs with the rules of a family alone; those that have none are left out."""
    of_family = [(pack, [r for r in pack.rules if r.id.partition(".")[0] == name.lower()]) for pack in packs]
    return [attrs.evolve(pack, rules=tuple(found)) for pack, found in of_family if found]


def _named(name: str, packs: list[Pack], advice: str) -> tuple[Pack, Rule]:
    """The rule of that id, else the one that once had it.

    :param advice: what to try where there is none, beside the nearest name.
    """
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    for pack, rule in sorted(rules, key=lambda found: found[1].id != name.lower()):
        if name.lower() in (rule.id, *rule.formerly):
            return pack, rule
    known = [rule.id for _, rule in rules]
    former = [before for _, rule in rules for before in rule.formerly]
    hint = did_you_mean(name.lower(), known, former)
    raise UnknownSubjectError(f"there is no rule {name!r:.60}; {hint}{advice}")


@rules.command("test")
@click.argument("names", nargs=-1, metavar="[PACK]...")
@click.option("-k", "word", metavar="WORD", help="Only rules and tests with WORD in their names.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@format_option()
@click.pass_context
def rules_test(ctx: click.Context, names: tuple[str, ...], word: str | None, strict: bool, form: str) -> None:
    """Run the tests inside packs.

    PACK is a file, a folder that is searched for packs, or the id of an installed pack; all those by default. Exit
    status: 1 when a test fails, 2 when a pack cannot be loaded; the others still run.
    """
    packs, refused = [], []
    for source in sources_named(names) if names else installed_packs():
        try:
            packs.append(read_source(source))
        except RuleSourceError as problem:
            refused.append(problem)
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
    for refusal in refused:
        click.echo(f"plantrack: {refusal}", err=True)
    failed = any(result.failed for _, results, _ in outcomes for result in results)
    doubtful = strict and any(warnings for _, _, warnings in outcomes)
    ctx.exit(2 if refused else int(failed or doubtful))


def _picked(word: str | None) -> Callable[[Rule, RuleTest], bool] | None:
    if word is None:
        return None
    wanted = word.casefold()
    return lambda rule, test: wanted in rule.id or wanted in test.name.casefold()


@rules.command("adopt")
@click.argument("pack", metavar="PACK")
@click.option("--param", "given", multiple=True, metavar="RULE.NAME=VALUE", help="Set a parameter of a rule.")
@click.option("--untested", is_flag=True, help="Adopt it although tests of it fail.")
@click.option("--effective", metavar="DATE", help="From when on it counts; today by default.")
@actor_option("Who decided")
@click.option("--reason", callback=not_blank, help="Why.")
@plan_option
@click.pass_context
def rules_adopt(
    ctx: click.Context,
    pack: str,
    given: tuple[str, ...],
    untested: bool,
    effective: str | None,
    actor: str | None,
    reason: str | None,
    plan: str | None,
) -> None:
    """Hold a plan to a pack, with its whole text in the log.

    PACK is a file, or the id of an installed pack. Its tests are run first: where one fails, nothing is recorded and
    the exit status is 1. In checks as at that day or a later one, what was adopted counts instead of the installed
    packs; `--rules-at` goes back to what was adopted earlier.
    """
    chosen = pack_named(pack)
    what = f"{chosen.id} {chosen.version}"
    results = [] if untested else list(run_tests(chosen))
    if any(result.failed for result in results):
        for line in tests_report(chosen, results, ()):
            click.echo(line.text, err=True)
        click.echo(
            f"plantrack: {what} fails its own tests; nothing was recorded (--untested adopts it anyway)", err=True
        )
        ctx.exit(1)
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        params = [parsed(text) for text in given]
        recorded = log.adopt(chosen, params, effective=effective, actor=actor, reason=reason)
        if not recorded:
            said = f"{what} ({chosen.sha256[:12]}) is adopted already; nothing was recorded"
            click.echo(f"{log.id}: {said}", err=True)
            return
        since, position = recorded[0].effective, recorded[0].position
        before, after = (_held(log, since.last_day, known) for known in (position - 1, position))
    said = f"{what} ({chosen.sha256[:12]}) adopted as #{position}, from {since.last_day} on"
    click.echo(f"{log.id}: {said}", err=True)
    if dropped := [name for name in before if name not in after]:
        names = f"{', '.join(dropped)} {'are' if len(dropped) > 1 else 'is'} no longer applied"
        advice = f"adopt {'each' if len(dropped) > 1 else 'it'} too with `plantrack rules adopt {dropped[0]}`"
        click.echo(f"{log.id}: from then on {what} alone counts; {names}: {advice}", err=True)


def _held(log: PlanLog, day: date, position: int) -> list[str]:
    """The ids of the packs to which a plan is held on a day, as known at a position."""
    decided = log.at(as_at=day, known_at=position).rule_packs.values()
    return [pack.id for pack in decided if pack.status == "adopted"] or [pack.id for pack in installed_packs()]


@rules.command("withdraw")
@click.argument("pack", metavar="PACK")
@click.option("--effective", metavar="DATE", help="From when on it no longer counts; today by default.")
@actor_option("Who decided")
@click.option("--reason", callback=not_blank, help="Why.")
@plan_option
@click.pass_context
def rules_withdraw(
    ctx: click.Context, pack: str, effective: str | None, actor: str | None, reason: str | None, plan: str | None
) -> None:
    """No longer hold a plan to a pack, by its id.

    Where no other was adopted, the installed packs count again.
    """
    with tracker_of(ctx) as tracker:
        log = one_plan(tracker, plan)
        recorded = log.withdraw(pack, effective=effective, actor=actor, reason=reason)
    said = "is not adopted; nothing was recorded"
    if recorded:
        said = f"withdrawn as #{recorded[0].position}, from {recorded[0].effective.last_day} on"
    click.echo(f"{log.id}: {pack} {said}", err=True)
