"""Moved goalposts: each with its drift in a sentence and its moves under it, for people; everything, for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from plantrack.events.envelope import stamp
from plantrack.events.initiative import Continued
from plantrack.history.goalposts import Amended, Goalpost, Goalposts, Move
from plantrack.history.promises import Aim, Value, What
from plantrack.history.settings import Approval
from plantrack.period import Period
from plantrack.reports.as_json import envelope_json, named_json, subject_json
from plantrack.reports.as_text import because_words, provenance_words, recorded_words, value_words
from plantrack.reports.entries import known_words
from plantrack.reports.lines import Line, folded
from plantrack.rules.language.wording import day_words, number, period_words, target_words

_PROMISED: dict[What, str] = {
    "due": "date",
    "expected": "date on which it is expected",
    "until": "date on which it ends",
    "period": "time",
    "target": "target",
    "scope": "scope",
}
_WIDTH = 10  # of the label before a move


def goalposts_report(told: Goalposts, zone: str = "UTC") -> Iterator[Line]:
    """Every goalpost that was moved, with its drift since it was approved, and its moves."""
    if not told.goalposts and not told.amended:
        return
    yield from folded(told.title, "", "", "strong")
    known = known_words(told.known, told.recorded_at, zone)
    yield Line(f"{told.plan} · as at {day_words(told.as_at)}, {known}", "dim")
    yield Line()
    yield from map(Line, _summary(told))
    for goalpost in told.goalposts:
        yield Line()
        yield from folded(
            f"{goalpost.subject.title}: {_PROMISED[goalpost.what]}  [{goalpost.subject}]", "", "  ", "strong"
        )
        yield from folded(drift_words(goalpost), "  ", "    ")
        for move in goalpost.moves:
            yield from _move(move, zone)
    if told.amended:
        yield Line()
        yield Line("Corrected or retracted, and so no moves", "strong")
        for amended in told.amended:
            yield from _amended(amended, zone)


def _summary(told: Goalposts) -> Iterator[str]:
    moves, count, dates = len(told.moves), len(told.goalposts), len(told.drifts)
    if not moves:
        yield "No goalpost was moved."
        return
    parts = [
        f"{moves} move{_s(moves)} of {count} goalpost{_s(count)}",
        f"{_nobody(told.unapproved, moves)} approved by nobody",
        f"{told.tending('eased') or 'none'} eased",
        f"{told.tending('tightened') or 'none'} tightened",
    ]
    yield f"{', '.join(parts)}."
    if told.median_drift is not None:
        yield f"Median drift of {dates} date{_s(dates)}: {_days(told.median_drift)}."


def _nobody(unapproved: int, moves: int) -> str:
    return "none" if not unapproved else "all" if unapproved == moves > 1 else str(unapproved)


def drift_words(goalpost: Goalpost) -> str:
    """How far a goalpost is from what was approved, in a sentence."""
    start = f"since the {_since(goalpost)}"
    moves = goalpost.moves_since
    if not moves:
        return f"{'; '.join(filter(None, [f'Not moved {start}', _in_all(goalpost)]))}."
    last = _last(goalpost) if moves > 1 else ""
    parts = [
        f"{_drift(goalpost)} in {moves} move{_s(moves)} {start}",
        last and f"{last} in the last move",
        "" if goalpost.approved else "none was ever approved",
        _in_all(goalpost),
        "" if goalpost.done is None else _done(goalpost),
    ]
    return f"{'; '.join(filter(None, parts))}."


def _since(goalpost: Goalpost) -> str:
    """From where the drift is told: the value, and in which plan that was where it was another."""
    kind = "approved" if goalpost.approved else "first"
    what, event = goalpost.what, goalpost.since.event.data
    if what == "scope":
        return f"{kind} wording"
    named = kind if goalpost.approved and what != "target" else f"{kind} {'target' if what == 'target' else 'date'},"
    plan = f", in {event.predecessor.partition('/')[0]}" if isinstance(event, Continued) else ""
    return f"{named} {promised_words(goalpost.since.value)}{plan}"


def _drift(goalpost: Goalpost) -> str:
    if goalpost.what == "scope":
        return "Changed"
    if goalpost.now is None:
        slipped = goalpost.drift_days
        return f"Slipped {_days(slipped)} and then left without a date" if slipped else "Left without a date"
    days, amount = goalpost.drift_days, goalpost.drift_amount
    said = []
    if amount:
        word = {"eased": "Eased", "tightened": "Tightened"}.get(goalpost.tendency or "", "Moved")
        said.append(f"{word} by {number(abs(amount))}")
    if days:
        ends = goalpost.what == "until"
        later, earlier = ("ends later by", "ends earlier by") if ends else ("slipped", "brought forward")
        said.append(f"{later if days > 0 else earlier} {_days(abs(days))}")
    if not said:
        said.append("Back where it was" if goalpost.tendency is None and not _differs(goalpost) else "Changed")
    words = " and ".join(said)
    return words[:1].upper() + words[1:]


def _in_all(goalpost: Goalpost) -> str:
    """How far it is from the first value of all, where that was moved before anybody approved one."""
    if goalpost.first is goalpost.since:
        return ""
    by_how_much = " and ".join(_lengths(goalpost.days_in_all, goalpost.amount_in_all))
    return by_how_much and f"in all {by_how_much} than the first, {promised_words(goalpost.first.value)}"


def _lengths(days: int | None, amount: Decimal | None) -> Iterator[str]:
    if days:
        yield f"{_days(abs(days))} {'later' if days > 0 else 'earlier'}"
    if amount:
        yield f"{number(abs(amount))} {'more' if amount > 0 else 'less'}"


def _differs(goalpost: Goalpost) -> bool:
    return goalpost.since.value != goalpost.now


def _last(goalpost: Goalpost) -> str:
    last = goalpost.last
    if last.amount:
        return number(abs(last.amount))
    return _days(abs(last.days)) if last.days else ""


def _done(goalpost: Goalpost) -> str:
    assert goalpost.done is not None
    late = goalpost.done_days
    after = "" if not late else f", {_days(abs(late))} {'after' if late > 0 else 'before'} that"
    return f"{'reached' if goalpost.subject.kind == 'milestone' else 'met'} {period_words(goalpost.done)}{after}"


def _move(move: Move, zone: str) -> Iterator[Line]:
    label = f"  #{move.event.position}"
    indent = " " * _WIDTH
    said = f"{_from_to(move.before, move.after)}{_by_how_much(move)}; {_approved(move)}"
    yield from folded(said, f"{label:<{_WIDTH}}", f"{indent}  ")
    yield from folded(provenance_words(move.effective, move.event, zone), indent, f"{indent}  ", "dim")


def _by_how_much(move: Move) -> str:
    said = list(_lengths(move.days, move.amount))
    if move.tendency is not None:
        said.append(move.tendency)
    if move.proposed:
        said.append("proposed")
    return f" ({', '.join(said)})" if said else ""


def _from_to(before: Value, after: Value) -> str:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return "; ".join(f"{_name(name)}: {value_words(before[name])} → {value_words(after[name])}" for name in after)
    return f"{promised_words(before)} → {promised_words(after)}"


def promised_words(value: Value) -> str:
    """What is promised, in words."""
    if isinstance(value, Aim):
        return target_words(value)
    if isinstance(value, Period):
        return period_words(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{_name(name)}: {value_words(said)}" for name, said in value.items())
    return "no date"


def _name(field: str) -> str:
    return field.replace("_", " ")


def _approved(move: Move) -> str:
    if not move.approvals:
        return "approved by nobody"
    return f"approved by {'; '.join(dict.fromkeys(map(_approval, move.approvals)))}"


def _approval(approval: Approval) -> str:
    condition = f", on condition: {approval.condition}" if approval.condition else ""
    return f"{approval.by} (#{approval.event.position}){condition}"


def _amended(amended: Amended, zone: str) -> Iterator[Line]:
    label = f"  #{amended.by.position}"
    indent = " " * _WIDTH
    said = f"{amended.subject.title}, {_PROMISED[amended.what]} of #{amended.event.position}"
    became = _from_to(amended.before, amended.after)
    if amended.retracted:
        became = f"{promised_words(amended.before)} → retracted"
    yield from folded(f"{said}: {became}", f"{label:<{_WIDTH}}", f"{indent}  ")
    yield from folded(f"{recorded_words(amended.by, zone)}{because_words(amended.by)}", indent, f"{indent}  ", "dim")


def _days(count: int) -> str:
    return f"{number(count)} day{_s(abs(count))}"


def _s(count: int) -> str:
    return "s" * (count != 1)


# --- for programs ----------------------------------------------------------------------------------------------------


def goalposts_json(told: Goalposts) -> dict[str, Any]:
    """Every goalpost that was moved. Numbers of the plan are text, counts, days and positions are numbers."""
    return {
        "plan": told.plan,
        "as_at": told.as_at.isoformat(),
        "known_at": {"recorded_at": _stamp(told.recorded_at), "position": told.known},
        "summary": {
            "moves": len(told.moves),
            "goalposts": len(told.goalposts),
            "approved_by_nobody": told.unapproved,
            "eased": told.tending("eased"),
            "tightened": told.tending("tightened"),
            "median_drift_days": told.median_drift,
        },
        "goalposts": [_goalpost_json(goalpost) for goalpost in told.goalposts],
        "corrected": [_amended_json(amended) for amended in told.amended],
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _goalpost_json(goalpost: Goalpost) -> dict[str, Any]:
    since = goalpost.since
    return {
        "subject": subject_json(goalpost.subject),
        "what": goalpost.what,
        "since": {
            **promised_json("value", since.value),
            "approved": bool(since.approvals),
            "approvals": _approvals_json(since.approvals),
            "event": envelope_json(since.event),
        },
        **promised_json("now", goalpost.now),
        "moves_since": goalpost.moves_since,
        "drift_days": goalpost.drift_days,
        "drift_amount": None if goalpost.drift_amount is None else str(goalpost.drift_amount),
        **promised_json("first", goalpost.first.value),
        "days_in_all": goalpost.days_in_all,
        "amount_in_all": None if goalpost.amount_in_all is None else str(goalpost.amount_in_all),
        "tendency": goalpost.tendency,
        **named_json("done", goalpost.done),
        "moves": [_move_json(move) for move in goalpost.moves],
        "in_words": drift_words(goalpost),
    }


def _move_json(move: Move) -> dict[str, Any]:
    return {
        **promised_json("from", move.before),
        **promised_json("to", move.after),
        "days": move.days,
        "amount": None if move.amount is None else str(move.amount),
        "tendency": move.tendency,
        "proposed": move.proposed,
        "effective": move.effective.stored(),
        "event": envelope_json(move.event),
        "approvals": _approvals_json(move.approvals),
    }


def _approvals_json(approvals: Iterable[Approval]) -> list[dict[str, Any]]:
    return [{"by": a.by, "condition": a.condition, "event": envelope_json(a.event)} for a in approvals]


def _amended_json(amended: Amended) -> dict[str, Any]:
    return {
        "subject": subject_json(amended.subject),
        "what": amended.what,
        **promised_json("from", amended.before),
        **promised_json("to", amended.after),
        "retracted": amended.retracted,
        "event": envelope_json(amended.event),
        "by": envelope_json(amended.by),
    }


def promised_json(name: str, value: Value) -> dict[str, Any]:
    """What is promised, under a name: a date as three keys, a target or a scope as an object of its fields."""
    if isinstance(value, Mapping):
        return {name: {key: each for said in value for key, each in named_json(said, value[said]).items()}}
    return named_json(name, value)
