"""Options that commands share: the plan, the coordinates, the packs, the format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any, TypeVar

import click
from attrs import frozen

from plantrack.cli.program import DEFAULT_DB
from plantrack.coordinates import MEETING, is_day
from plantrack.errors import PlantrackError, UnknownPlanError, did_you_mean
from plantrack.events.person import Person
from plantrack.plan_log import PlanLog
from plantrack.rules.findings import Finding, called
from plantrack.tracker import Tracker, open_tracker

PERSON = "person:"

F = TypeVar("F", bound=Callable[..., Any])
_FINGERPRINT = re.compile("F-[0-9a-f]{6,12}")


@frozen
class Where:
    """The coordinates as they were typed, for the methods of a plan."""

    as_at: str | None
    known_at: str | None
    rules_at: str | None
    at: str | None

    @property
    def of_state(self) -> dict[str, Any]:
        """What a question about the state takes: rules play no part in it."""
        return {"as_at": self.as_at, "known_at": self.known_at, "at": self.at}

    @property
    def of_check(self) -> dict[str, Any]:
        """What a check takes."""
        return {**self.of_state, "rules_at": self.rules_at}

    @property
    def of_one_plan(self) -> bool:
        """Whether it only makes sense for one plan: positions and meetings belong to one."""
        typed = [self.known_at or "", self.rules_at or ""]
        return self.at is not None or any(text.startswith(("#", MEETING)) for text in typed)


def plan_option(command: F) -> F:
    """``--plan``."""
    return click.option("--plan", help="The plan, where the store holds several.")(command)


def agent(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A role as it was typed, or a natural person: ``person:Jane Smith``."""
    typed = not_blank(ctx, param, value)
    return Person(typed.removeprefix(PERSON)) if typed is not None and typed.startswith(PERSON) else typed


def actor_option(words: str) -> Callable[[F], F]:
    """``--actor``, a role or a natural person."""
    return click.option("--actor", callback=agent, help=f"{words}: a role, or person:NAME.")


def fingerprint_argument(command: F) -> F:
    """``FINGERPRINT``, or its beginning, in whatever case it was typed."""

    def read(_ctx: click.Context, _param: click.Parameter, typed: str) -> str:
        found = f"F-{typed[2:].lower()}" if typed[:2].lower() == "f-" else typed
        if not _FINGERPRINT.fullmatch(found):
            said = "is no fingerprint; `plantrack check` prints that of each finding: F- and 12 of 0-9 and a-f"
            raise PlantrackError(f"{typed!r:.60} {said}, of which the first six will do")
        return found

    return click.argument("fingerprint", callback=read)(command)


def one_finding(logs: Iterable[PlanLog], fingerprint: str, **asked: Any) -> tuple[PlanLog, Finding]:
    """The finding of one of the plans that a fingerprint, or its beginning, names in a check so asked.

    :raises UnknownSubjectError: none is called so, or several.
    """
    found = [(log, finding) for log in logs for finding in log.check(**asked)]
    meant = called(fingerprint, (finding for _, finding in found))
    return next((log, finding) for log, finding in found if finding is meant)


def not_blank(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """What is recorded with a decision says something, or is left out where it may be."""
    if value is not None and not value.strip():
        raise PlantrackError(f"{param.opts[0]} is blank; the record says who decides, and why")
    return value


def format_option(*more: str) -> Callable[[F], F]:
    """``--format``: text, json, and what else the command can."""
    choice = click.Choice(["text", "json", *more])
    words = "For people or for programs." if not more else "For people, for programs, or for their tools."
    return click.option("--format", "form", type=choice, default="text", help=words)


def coordinate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--as-at``, ``--known-at``, ``--rules-at`` and ``--at``, given to the command as one ``where``."""
    return coordinate_options_where("What was true at the end of that day; today by default.")(command)


def coordinate_options_where(as_at_words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same, where ``--as-at`` is explained in other words."""
    return partial(_with_coordinates, as_at_words)


def _with_coordinates(as_at_words: str, command: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(command)
    def gathered(
        *args: Any, as_at: str | None, known_at: str | None, rules_at: str | None, meeting: str | None, **kwargs: Any
    ) -> Any:
        return command(*args, where=Where(as_at, known_at, rules_at, meeting), **kwargs)

    for option in (
        click.option("--at", "meeting", metavar="MEETING", help="As of a meeting: its day, for all three."),
        click.option(
            "--rules-at", metavar="K", help="By the packs adopted then; as --known-at by default; or `installed`."
        ),
        click.option(
            "--known-at",
            metavar="K",
            help="As it was known: #120, 2018-02-01, 2018-02-01T17:00Z or meeting:ID.",
        ),
        click.option("--as-at", metavar="DATE", help=as_at_words),
    ):
        gathered = option(gathered)
    return gathered


# --- the store and its plans -----------------------------------------------------------------------------------------


@contextmanager
def tracker_of(ctx: click.Context, *, create: bool = False, check_heads: bool = True) -> Iterator[Tracker]:
    """The store that ``--db`` names, with the anchor that ``--anchor`` does."""
    anchor = ctx.find_root().params["anchor"]
    with open_tracker(ctx.obj or DEFAULT_DB, create=create, check_heads=check_heads, anchor=anchor) as tracker:
        yield tracker


def one_plan(tracker: Tracker, plan: str | None) -> PlanLog:
    """The plan that is named, or the only one.

    :raises UnknownPlanError: there is none, or there are several.
    """
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


def plans_of(tracker: Tracker, plan: str | None, where: Where, since: str | None = None) -> list[PlanLog]:
    """The plan that is named, or all of them; a position or meeting belongs to one plan.

    :raises UnknownPlanError: there is none.
    """
    if plan or where.of_one_plan or not (since is None or is_day(since)):
        return [one_plan(tracker, plan)]
    return [tracker.plan(known) for known in tracker.plans()] or [one_plan(tracker, plan)]


def addressed(tracker: Tracker, plan: str | None, subject: str | None) -> tuple[PlanLog, str | None]:
    """The plan and subject that ``[plan/]kind:id`` names."""
    if subject and "/" in subject.partition(":")[0]:
        named, _, subject = subject.partition("/")
        if plan not in (None, named):
            raise UnknownPlanError(f"--plan {plan} and {named}/{subject} name two plans")
        plan = named
    return one_plan(tracker, plan), subject or None
