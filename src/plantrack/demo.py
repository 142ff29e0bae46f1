"""The worked example: the Medway plans, recorded from their journals by a clock that follows the documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from plantrack.errors import PlantrackError
from plantrack.events import PlanOpened
from plantrack.journal import Entry, read_journal
from plantrack.reports import board_report
from plantrack.reports.entries import known_words
from plantrack.reports.lines import WIDTH, Line, shortened
from plantrack.rules import CheckResult
from plantrack.rules.language.wording import day_words, number
from plantrack.tracker import Tracker

PLANS = ("medway-ccg-2014", "medway-ccg-2017")
BOARDS = (("medway-ccg-2014", date(2014, 4, 2)), ("medway-ccg-2017", date(2018, 2, 28)))
BEFORE = date(2018, 2, 1)  # four weeks before the second board: the January figures were not out yet


def journals() -> list[Path]:
    """The files of the example: beside the package in an installed copy, at the top of a checkout.

    :raises PlantrackError: they are not there.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "examples" / "medway", here.parents[2] / "examples" / "medway"):
        if found := sorted(folder.glob("*.yaml")):
            return found
    raise PlantrackError("the worked example is not part of this installation; reinstall plantrack-ledger")


def entries() -> list[Entry]:
    """What the example records, plan by plan, in the order of the recording; a plan is opened first of all."""
    read = [entry for path in journals() for entry in read_journal(path.read_bytes(), path.name)]

    def order(entry: Entry) -> tuple[int, datetime, bool]:
        opens = any(isinstance(proposal.data, PlanOpened) for proposal in entry.proposals)
        return PLANS.index(entry.plan), entry.recorded, not opens

    return sorted(read, key=order)


class DocumentClock:
    """A clock that stands at the day of the entry being recorded, instead of now."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now


def record_entries(tracker: Tracker, clock: DocumentClock) -> Iterator[tuple[Entry, int]]:
    """Record the example through a tracker that uses ``clock``."""
    for entry in entries():
        clock.now = entry.recorded
        yield entry, len(tracker.plan(entry.plan).record_all(entry.proposals))


# --- what the demo prints --------------------------------------------------------------------------------------------


def demo_report(tracker: Tracker, program: str, recorded: dict[str, int], path: str) -> Iterator[Line]:
    """Two board dates, what changed before the second, and what to try next (commands of ``program``)."""
    total = sum(recorded.values())
    yield Line(f"Two real plans of one NHS organisation: {total:,} events recorded in {path},", "dim")
    yield Line("dated by a clock that follows the documents.", "dim")
    for plan, board in BOARDS:
        result = tracker.plan(plan).check(as_at=board, known_at=board)
        yield Line()
        yield Line(f"The board of {day_words(board)}: {result.title}", "strong")
        yield from board_report(result, most=7)
    earlier = tracker.plan(PLANS[1]).check(as_at=BEFORE, known_at=BEFORE)
    yield Line()
    yield from _changes(earlier, result)
    yield Line()
    yield from _next_steps(program, result)


def _changes(earlier: CheckResult, later: CheckResult) -> Iterator[Line]:
    """Findings that came, went or got worse between two dates."""
    before, after = ({f.fingerprint: f for f in result} for result in (earlier, later))
    new = [f for f in after.values() if f.fingerprint not in before]
    gone = [f for f in before.values() if f.fingerprint not in after]
    both = [(before[f.fingerprint], f) for f in after.values() if f.fingerprint in before]
    worse = [(b, a) for b, a in both if b.score is not None and a.score is not None and a.score > b.score]
    known = known_words(later.known, later.recorded_at)
    yield Line(f"What changed from {day_words(earlier.as_at)} to {day_words(later.as_at)}, {known}", "strong")
    for b, a in worse:
        if a.score is not None and b.score is not None:
            text = f"  worse    {a.fingerprint}  {a.subject.title}: {number(b.score)} -> {number(a.score)} short"
            yield Line(shortened(text, WIDTH))
    for label, findings in (("new", new), ("gone", gone)):
        for finding in findings[:3]:
            yield Line(shortened(f"  {label:<8} {finding.fingerprint}  {finding.message}", WIDTH))
    yield Line(f"  {len(new)} new, {len(worse)} worse, {len(gone)} gone, {len(both) - len(worse)} unchanged", "dim")


def _next_steps(program: str, result: CheckResult) -> Iterator[Line]:
    """Commands that follow a finding to its arithmetic, then and as it was known before, and to its events."""
    name, board = PLANS[1], result.as_at
    finding = next((f for f in result if f.rule == "kpi.missed-target"), result.findings[0])
    yield Line("Try next", "strong")
    base = f"  {program}"
    yield Line(f"{base} why {finding.fingerprint} --as-at {board} --known-at {board}")
    yield Line(f"{base} why {finding.fingerprint} --as-at {board} --known-at {BEFORE}")
    yield Line(f"{base} log {name}/{finding.subject}")
    yield Line(f"{base} show {name}/{finding.subject}")
