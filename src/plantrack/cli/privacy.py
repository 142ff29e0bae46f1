"""Commands about natural persons: people, erase."""

from __future__ import annotations

import sys

import click

from plantrack.cli.options import actor_option, format_option, tracker_of
from plantrack.cli.printing import print_json, print_lines
from plantrack.cli.program import main
from plantrack.errors import PlantrackError
from plantrack.reports.people import people_json, people_report


@main.command()
@click.argument("person", required=False)
@format_option()
@click.pass_context
def people(ctx: click.Context, person: str | None, form: str) -> None:
    """List the natural persons in the store.

    PERSON is a name or a token, for every place where that one stands. Exit 1 where a sealed name was moved from
    another place, or changed.
    """
    with tracker_of(ctx) as tracker:
        found = tracker.people()
        if person is not None:
            token = tracker.token_of(person)
            found = [known for known in found if known.token == token]
    if form == "json":
        print_json(people_json(found))
    else:
        print_lines(people_report(found, places=person is not None))
    ctx.exit(int(any(mention.readable == "unreadable" for known in found for mention in known.mentions)))


@main.command()
@click.argument("person")
@click.option("--reason", required=True, help="Why, without the name.")
@actor_option("Who erases")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def erase(ctx: click.Context, person: str, reason: str, actor: str | None, yes: bool) -> None:
    """Erase the name of a natural person for good.

    PERSON is a name or a token. The key is destroyed, so that the name can be read nowhere, and each plan says so. The
    events stay, with a token in the place of the name; old checkpoints still verify.
    Copies of the keys, in backups too, are to be destroyed as well.
    """
    if not reason.strip():
        raise PlantrackError("--reason is blank; an erasure says why")
    with tracker_of(ctx) as tracker:
        token = tracker.token_of(person)
        if not yes and at_terminal():
            places = sum(len(known.mentions) for known in tracker.people() if known.token == token)
            said = f"{token} stands in {places} place{'s' * (places != 1)}. The name cannot be brought back. Erase it?"
            click.confirm(said, abort=True, err=True)
        done = tracker.erase(person, reason=reason, actor=actor)
    for event in done.events:
        click.echo(f"{event.plan}: {done.token} is erased, which #{event.position} says", err=True)
    if not done.events:
        click.echo(f"{done.token} was erased before; nothing was recorded", err=True)
    else:
        click.echo("copies of the keys file, in backups too, still hold the key: destroy them", err=True)


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()
