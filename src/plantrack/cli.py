"""The command line: options, printing and exit codes, nothing else.

Exit status: 0 clean; 1 findings at or above ``--fail-on``; 2 usage or data error; 3 a rule could not be evaluated under
``--strict``. Data goes to stdout, messages to stderr; colour only on a terminal.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar, cast

try:
    import click
    from click.core import ParameterSource
except ImportError:  # the library works without it
    sys.stderr.write("plantrack: the command line needs the extra `cli`: pip install 'plantrack-ledger[cli]'\n")
    sys.exit(2)

from plantrack import __version__
from plantrack.coordinates import Coordinates
from plantrack.demo import DocumentClock, demo_report, record_entries
from plantrack.errors import CoordinateError, PlantrackError, UnknownPlanError, UnknownSubjectError, did_you_mean
from plantrack.journal import read_lines
from plantrack.reports import as_json, as_text
from plantrack.reports.lines import Line
from plantrack.reports.rules import catalogue_report, rule_report, tests_report
from plantrack.rules import SEVERITIES, CheckResult, Finding, Pack, installed_packs, read_pack, run_tests, untested
from plantrack.state import KINDS, PLURALS, Entity, State
from plantrack.state.entity import data_of
from plantrack.tracker import PlanLog, Tracker, open_tracker

DEFAULT_DB = "plantrack.db"
DEMO_DB = "plantrack-demo.db"

_TONES: dict[str, dict[str, Any]] = {
    "critical": {"fg": "red", "bold": True},
    "high": {"fg": "red"},
    "medium": {"fg": "yellow"},
    "low": {"fg": "blue"},
    "info": {"fg": "cyan"},
    "strong": {"bold": True},
    "dim": {"dim": True},
}

F = TypeVar("F", bound=Callable[..., Any])


class _Group(click.Group):
    """Turns what plantrack refuses into a message and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PlantrackError as problem:
            click.echo(f"plantrack: {problem}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except OSError as problem:
            click.echo(f"plantrack: {problem.filename}: {problem.strerror}", err=True)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--db", type=click.Path(dir_okay=False), envvar="PLANTRACK_DB", help=f"The store; {DEFAULT_DB} by default."
)
@click.version_option(__version__, prog_name="plantrack")
@click.pass_context
def main(ctx: click.Context, db: str | None) -> None:
    """Record what happened to your plan; ask what was true on any date; let rules say what the board must see."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a pipe may speak an encoding without "↔"
    ctx.obj = db


# --- options that the reading commands share -------------------------------------------------------------------------


def _plan_option(command: F) -> F:
    return click.option("--plan", help="The plan, where the store holds several.")(command)


def _format_option(command: F) -> F:
    choice = click.Choice(["text", "json"])
    return click.option("--format", "form", type=choice, default="text", help="For people or for programs.")(command)


def _coordinate_options(command: F) -> F:
    for option in (
        click.option("--at", "meeting", metavar="MEETING", help="Not yet: needs sealed meetings."),
        click.option("--rules-at", metavar="K", help="Only `installed` until packs can be adopted."),
        click.option("--known-at", metavar="K", help="As it was known: #120, 2018-02-01 or 2018-02-01T17:00Z."),
        click.option("--as-at", metavar="DATE", help="What was true at the end of that day; today by default."),
    ):
        command = option(command)
    return command


def _refuse_later(rules_at: str | None, meeting: str | None, known_at: str | None) -> None:
    """Options whose ground is not laid yet are refused, never ignored."""
    if known_at is not None and known_at.startswith("meeting:"):
        raise CoordinateError(
            f"--known-at {known_at!r:.80}: meetings cannot be sealed yet, so they have no cut-off; give a date or"
            " position"
        )
    if meeting is not None:
        raise CoordinateError(
            f"--at {meeting!r:.60}: meetings cannot be sealed yet; give --as-at and --known-at instead"
        )
    if rules_at not in (None, "installed"):
        raise CoordinateError(
            f"--rules-at {rules_at!r:.60}: packs cannot be adopted yet, the installed ones are used; leave it out or"
            " write `installed`"
        )


@contextmanager
def _tracker(ctx: click.Context, *, create: bool = False) -> Iterator[Tracker]:
    with open_tracker(ctx.obj or DEFAULT_DB, create=create) as tracker:
        yield tracker


def _one_plan(tracker: Tracker, plan: str | None) -> PlanLog:
    known = tracker.plans()
    if plan is None:
        if len(known) == 1:
            return tracker.plan(known[0])
        if not known:
            raise UnknownPlanError("the store holds no plan; `plantrack record --plan ID FILE` records its events")
        raise UnknownPlanError(f"the store holds several plans; choose one with --plan: {', '.join(known)}")
    if plan not in known:
        raise UnknownPlanError(f"the store holds no plan {plan!r:.60}; {did_you_mean(plan, known)}")
    return tracker.plan(plan)


def _plans(tracker: Tracker, plan: str | None, known_at: str | None) -> list[PlanLog]:
    """The plan that is named, or all of them; a position belongs to one plan."""
    if plan or (known_at or "").startswith("#"):
        return [_one_plan(tracker, plan)]
    return [tracker.plan(known) for known in tracker.plans()]


def _print(lines: Iterable[Line]) -> None:
    for line in lines:
        click.echo(click.style(line.text, **_TONES[line.tone]) if line.tone else line.text)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=not (sys.stdout.encoding or "").lower().startswith("utf")))


# --- commands that write ---------------------------------------------------------------------------------------------


@main.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """Create an empty store."""
    path = ctx.obj or DEFAULT_DB
    if os.path.exists(path):
        raise PlantrackError(f"{path} exists already; choose another name with --db, or use it as it is")
    with open_tracker(path):
        pass
    click.echo(f"created {path}", err=True)


@main.command()
@click.argument("file", type=click.File("rb"))
@_plan_option
@click.pass_context
def record(ctx: click.Context, file: Any, plan: str | None) -> None:
    """Append events from FILE (- is stdin), all or nothing.

    JSON Lines, one object a line: {"type", "effective", "data", "event_id"?, "actor"?, "reason"?, "source"?}. What is
    recorded already is left out, so that running it again changes nothing.
    """
    try:
        content = file.read().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise PlantrackError(f"{file.name}: not UTF-8 text at byte {problem.start}") from None
    if not os.path.exists(ctx.obj or DEFAULT_DB):
        read_lines(content, file.name)  # a bad file leaves no empty store behind
    with _tracker(ctx, create=plan is not None) as tracker:
        log = tracker.plan(plan) if plan else _one_plan(tracker, plan)
        start = log.opened.fiscal_year_start if log.id in tracker.plans() else 4
        proposals = read_lines(content, file.name, fiscal_year_start=start)
        recorded = log.record_all(proposals)
    known = len(proposals) - len(recorded)
    left = f"; {known} recorded before" if known else ""
    upto = f", now at #{recorded[-1].position}" if recorded else ""
    click.echo(f"{log.id}: {len(recorded)} event{'s' * (len(recorded) != 1)} recorded{left}{upto}", err=True)


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
        _print(demo_report(tracker, f"{_program()} --db {path}", recorded, path))


def _program() -> str:
    """How this program was called, so that what it suggests to type works."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m plantrack"
    return called.name if shutil.which(called.name) else os.path.relpath(called)


# --- commands that read ----------------------------------------------------------------------------------------------


@main.command()
@_format_option
@click.pass_context
def plans(ctx: click.Context, form: str) -> None:
    """List the plans in the store."""
    with _tracker(ctx) as tracker:
        found = [(name, tracker.plan(name)) for name in tracker.plans()]
        listed = [
            {"plan": n, "title": p.opened.title, "position": p.head, "period": str(p.opened.period)} for n, p in found
        ]
    if form == "json":
        _print_json(listed)
        return
    for row in listed:
        click.echo(f"{row['plan']:<28} {row['title']} · {row['period']} · {row['position']} events")


@main.command()
@click.argument("subject", required=False)
@_plan_option
@_coordinate_options
@_format_option
@click.pass_context
def show(
    ctx: click.Context,
    subject: str | None,
    plan: str | None,
    as_at: str | None,
    known_at: str | None,
    rules_at: str | None,
    meeting: str | None,
    form: str,
) -> None:
    """State of the plan, of a kind, or of one subject.

    SUBJECT is a kind (measures) or a reference (measure:ae-4-hour); the plan may stand before either, as in
    medway-ccg-2017/measures.
    """
    _refuse_later(rules_at, meeting, known_at)
    with _tracker(ctx) as tracker:
        log, name = _addressed(tracker, plan, subject)
        where = log.coordinates(as_at=as_at, known_at=known_at)
        state = log.state_at(where)
        zone = log.opened.time_zone
    if name is None:
        _show_plan(state, where, zone, form)
    elif ":" in name:
        _show_subject(state, name, form)
    else:
        _show_kind(state, name, form)


def _addressed(tracker: Tracker, plan: str | None, subject: str | None) -> tuple[PlanLog, str | None]:
    """The plan and subject that ``[plan/]kind:id`` names."""
    if subject and "/" in subject.partition(":")[0]:
        named, _, subject = subject.partition("/")
        if plan not in (None, named):
            raise UnknownPlanError(f"--plan {plan} and {named}/{subject} name two plans")
        plan = named
    return _one_plan(tracker, plan), subject or None


def _show_plan(state: State, where: Coordinates, zone: str, form: str) -> None:
    if form == "json":
        _print_json(as_json.show_json(state))
    else:
        _print(as_text.plan_report(state, where.recorded_at, zone))


def _show_kind(state: State, name: str, form: str) -> None:
    kind = next((k for k, plural in PLURALS.items() if name in (k, plural)), None)
    if kind is None:
        raise UnknownSubjectError(f"there is no kind {name!r:.60}; {did_you_mean(name, PLURALS.values())}")
    found = state.of_kind(kind)
    if form == "json":
        _print_json({key: as_json.entity_json(entity) for key, entity in found.items()})
    else:
        _print(as_text.kind_report(found))


def _show_subject(state: State, name: str, form: str) -> None:
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
        _print_json(as_json.entity_json(entity))
    else:
        _print(as_text.subject_report(entity, _related(state, entity)))


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
@_plan_option
@_coordinate_options
@_format_option
@click.pass_context
def log(
    ctx: click.Context,
    subject: str | None,
    plan: str | None,
    as_at: str | None,
    known_at: str | None,
    rules_at: str | None,
    meeting: str | None,
    form: str,
) -> None:
    """Events of the plan or of one subject, as recorded.

    SUBJECT is a reference such as measure:ae-4-hour or medway-ccg-2017/measure:ae-4-hour; corrections of its events are
    listed with them. With --as-at, only what had become true by then.
    """
    _refuse_later(rules_at, meeting, known_at)
    with _tracker(ctx) as tracker:
        plan_log, name = _addressed(tracker, plan, subject)
        where = plan_log.coordinates(as_at=as_at, known_at=known_at)
        found = plan_log.about(name, upto=where.known) if name else plan_log.events(upto=where.known)
        events = [e for e in found if as_at is None or e.effective.last_day <= where.as_at]
        zone = plan_log.opened.time_zone
    if form == "json":
        _print_json(as_json.log_json(events))
    else:
        _print(as_text.log_report(events, zone))


@main.command()
@_plan_option
@_coordinate_options
@_format_option
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "never"]),
    default="high",
    help="Exit 1 for findings of this severity or worse; `high` by default.",
)
@click.option("--strict", is_flag=True, help="Exit 3 when a rule could not be evaluated for a subject.")
@click.option("--pack", "paths", multiple=True, type=click.Path(), help="Use this pack instead of the installed ones.")
@click.option("--full", is_flag=True, help="Print every finding, not the first of each rule.")
@click.option("--since", metavar="MEETING", help="Not yet: needs sealed meetings.")
@click.pass_context
def check(
    ctx: click.Context,
    plan: str | None,
    as_at: str | None,
    known_at: str | None,
    rules_at: str | None,
    meeting: str | None,
    form: str,
    fail_on: str,
    strict: bool,
    paths: tuple[str, ...],
    full: bool,
    since: str | None,
) -> None:
    """Run the rules over one plan, or over every plan in the store."""
    _refuse_later(rules_at, meeting, known_at)
    if since is not None:
        raise CoordinateError(f"--since {since!r:.60}: meetings cannot be sealed yet, so nothing can be compared")
    packs = [read_pack(path) for path in paths] or None
    with _tracker(ctx) as tracker:
        logs = _plans(tracker, plan, known_at)
        results = [log.check(as_at=as_at, known_at=known_at, packs=packs) for log in logs]
        zones = [log.opened.time_zone for log in logs]
    if form == "json":
        _print_json(as_json.check_json(results))
    else:
        for number, (result, zone) in enumerate(zip(results, zones, strict=True)):
            _print([*[Line()] * (number > 0), *as_text.check_report(result, full=full, zone=zone)])
    ctx.exit(_status(results, fail_on, strict))


def _status(results: list[CheckResult], fail_on: str, strict: bool) -> int:
    if strict and any(result.not_evaluated for result in results):
        return 3
    serious = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(cast(Any, fail_on)) + 1]
    return int(any(finding.severity in serious for result in results for finding in result))


@main.command()
@click.argument("fingerprint")
@_plan_option
@_coordinate_options
@_format_option
@click.option("--pack", "paths", multiple=True, type=click.Path(), help="Use this pack instead of the installed ones.")
@click.pass_context
def why(
    ctx: click.Context,
    fingerprint: str,
    plan: str | None,
    as_at: str | None,
    known_at: str | None,
    rules_at: str | None,
    meeting: str | None,
    form: str,
    paths: tuple[str, ...],
) -> None:
    """The arithmetic and the evidence of one finding."""
    _refuse_later(rules_at, meeting, known_at)
    packs = [read_pack(path) for path in paths] or list(installed_packs())
    with _tracker(ctx) as tracker:
        found, result, plan_log = _finding(tracker, fingerprint, plan, as_at, known_at, packs)
        events = sorted(plan_log.find(found.evidence).values(), key=lambda e: e.position)
        zone = plan_log.opened.time_zone
    rule = next(rule for pack in packs for rule in pack.rules if rule.id == found.rule)
    if form == "json":
        _print_json(as_json.why_json(found, events))
    else:
        _print(as_text.why_report(found, result, events, rule, zone))


def _finding(
    tracker: Tracker, fingerprint: str, plan: str | None, as_at: str | None, known_at: str | None, packs: list[Pack]
) -> tuple[Finding, CheckResult, PlanLog]:
    for plan_log in _plans(tracker, plan, known_at):
        result = plan_log.check(as_at=as_at, known_at=known_at, packs=packs)
        for finding in result:
            if finding.fingerprint == fingerprint:
                return finding, result, plan_log
    raise UnknownSubjectError(
        f"no finding {fingerprint!r:.40} at these coordinates; give the --as-at and --known-at of the check that"
        " showed it"
    )


# --- rules -----------------------------------------------------------------------------------------------------------


@main.group()
def rules() -> None:
    """The catalogue of rules, a rule's page, the tests inside packs."""


@rules.command("list")
@click.option("--pack", "paths", multiple=True, type=click.Path(), help="List this pack instead of the installed ones.")
@_format_option
def rules_list(paths: tuple[str, ...], form: str) -> None:
    """Every rule with its severity and title."""
    packs = [read_pack(path) for path in paths] or list(installed_packs())
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
        _print_json(listed)
    else:
        _print(catalogue_report(packs))


@rules.command("show")
@click.argument("rule")
@click.option(
    "--pack", "paths", multiple=True, type=click.Path(), help="Look in this pack instead of the installed ones."
)
def rules_show(rule: str, paths: tuple[str, ...]) -> None:
    """A rule's page: what it does, why, its text, its tests."""
    packs = [read_pack(path) for path in paths] or list(installed_packs())
    for pack in packs:
        for candidate in pack.rules:
            if candidate.id == rule:
                _print(rule_report(pack, candidate))
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
        _print(tests_report(pack, results, untested(pack)))
    ctx.exit(int(failed))
