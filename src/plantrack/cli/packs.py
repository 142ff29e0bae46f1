"""Which packs a command is about: those that were named, those to which a plan is held, those that are installed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from plantrack.cli.options import Where, one_plan, tracker_of
from plantrack.cli.program import DEFAULT_DB
from plantrack.errors import PlantrackError, RuleSourceError
from plantrack.rules import Pack, installed_packs, pack_files, read_pack
from plantrack.rules.parameters import parsed

F = TypeVar("F", bound=Callable[..., Any])


def pack_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--pack`` and ``--param``, given to the command as ``chosen``: what a check takes."""

    @wraps(command)
    def gathered(*args: Any, names: tuple[str, ...], given: tuple[str, ...], **kwargs: Any) -> Any:
        chosen = {"packs": packs_named(names) or None, "params": [parsed(text) for text in given]}
        return command(*args, chosen=chosen, **kwargs)

    for option in (
        click.option("--param", "given", multiple=True, metavar="RULE.NAME=VALUE", help="Set a parameter of a rule."),
        pack_option("Use this pack (a file, a folder, an installed pack) instead of the adopted or installed ones."),
    ):
        gathered = option(gathered)
    return gathered


def pack_option(words: str) -> Callable[[F], F]:
    """``--pack``, which may be given several times."""
    return click.option("--pack", "names", multiple=True, metavar="PACK", help=words)


def packs_named(names: Iterable[str]) -> list[Pack]:
    """The packs of some names, each once.

    :raises PlantrackError: as :func:`sources_named` and :func:`read_source`.
    """
    return [read_source(source) for source in sources_named(names)]


def pack_named(name: str) -> Pack:
    """The one pack of a name.

    :raises PlantrackError: it is a folder with several, or no pack.
    """
    found = packs_named([name])
    if len(found) > 1:
        files = ", ".join(pack.text.name for pack in found)
        raise PlantrackError(f"{name}: this folder holds several packs; choose one of {files}")
    return found[0]


def sources_named(names: Iterable[str]) -> list[Pack | Path]:
    """What some names stand for, each once: an installed pack by its id, a file, the packs in a folder.

    :raises PlantrackError: a folder holds none.
    """
    installed = {pack.id: pack for pack in installed_packs()}
    found: dict[Pack | Path, None] = {}
    for name in names:
        if name in installed:
            found[installed[name]] = None
            continue
        files = pack_files(name) if os.path.isdir(name) else [Path(name)]
        if not files:
            said = "this folder holds no pack: no *.yaml or *.yml file with the key plantrack-rules"
            raise PlantrackError(f"{name}: {said}")
        found |= dict.fromkeys(files)
    return list(found)


def read_source(source: Pack | Path) -> Pack:
    """The pack of a source.

    :raises RuleSourceError: there is no such file, or what it holds is wrong.
    """
    if isinstance(source, Pack):
        return source
    if not source.exists():
        said = "there is no such file, and no installed pack of that name"
        near = get_close_matches(str(source)[:100], [pack.id for pack in installed_packs()], 1)
        raise RuleSourceError(said, source=str(source), line=0, hint=f"did you mean '{near[0]}'?" if near else None)
    return read_pack(source)


def packs_in_question(ctx: click.Context, names: tuple[str, ...], plan: str | None, where: Where) -> list[Pack]:
    """The packs named, else those to which a plan is held: the one that is named, or the only one in the store.

    The installed ones where there is no such plan.
    """
    if names:
        return packs_named(names)
    asked = plan is not None or any(where.of_check.values())
    if not asked and not os.path.exists(ctx.obj or DEFAULT_DB):
        return list(installed_packs())
    with tracker_of(ctx) as tracker:
        if not asked and len(tracker.plans()) != 1:
            return list(installed_packs())
        log = one_plan(tracker, plan)
        return list(log.packs_at(log.coordinates(**where.of_check)))
