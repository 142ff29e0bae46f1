"""The findings of a check as a board reads them: by severity and rule, a group as one entry; and the words for them.

What the text and the Markdown of ``check`` have in common. A finding is never folded under a heading less serious than
itself: an entry stands where the most serious of its findings belongs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from attrs import frozen

from plantrack.coordinates import is_day
from plantrack.rules import SEVERITIES, CheckResult, Finding, FindingState, Group, Severity, WaiverApplied
from plantrack.rules.findings import NotEvaluated
from plantrack.rules.language.wording import day_words
from plantrack.state import PLURALS

T = TypeVar("T")

SHOWN = 3  # of a list before "and N more"
BOARD = 12  # sentences that a board is shown
_READ_ALOUD = 145  # characters of a sentence that names several things
_URGENT = SEVERITIES[: SEVERITIES.index("medium") + 1]
_SERIOUS = SEVERITIES[: SEVERITIES.index("high") + 1]
_OUTCOMES = ("kpi", "fcst", "fin", "time", "stg")  # families of rules about targets, money and dates
_REPORTING = ("prg", "cov", "ref", "data")  # about what is said and what is left out
_KINDS = 3  # things said of the findings of a rule that are counted apart

_COUNTED: dict[FindingState, str] = {
    "new": "new",
    "worsened": "worse",
    "improved": "better",
    "persisting": "as before",
    "resolved": "resolved",
    "no data": "without data",
}


@frozen
class Entry:
    """What takes one place in a report: a finding that counts, or a group, under the finding that speaks for it."""

    finding: Finding
    members: tuple[Finding, ...] = ()
    group: Group | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The finding and those under it."""
        return (self.finding, *self.members)

    @property
    def own(self) -> tuple[Finding, ...]:
        """Those under it of the same rule."""
        return tuple(f for f in self.members if f.rule == self.finding.rule)

    @property
    def others(self) -> tuple[tuple[Finding, ...], ...]:
        """Those under it of other rules, rule by rule."""
        rules: dict[str, list[Finding]] = {}
        for f in self.members:
            if f.rule != self.finding.rule:
                rules.setdefault(f.rule, []).append(f)
        return tuple(map(tuple, rules.values()))

    @property
    def of_plan(self) -> bool:
        """Whether it is a group that follows from the plan itself: its findings stand side by side."""
        return self.group is not None and self.group.cause.kind == "plan"

    @property
    def severity(self) -> Severity:
        """That of the most serious finding."""
        return min((f.severity for f in self.findings), key=SEVERITIES.index)


def sections(result: CheckResult) -> Iterator[tuple[Severity, list[list[Entry]]]]:
    """Each severity that occurs, most serious first, with the entries of each rule.

    Of a rule, what is new or worse comes first, then groups, then the others.
    """
    for severity, of_severity in groupby(_entries(result), key=lambda entry: entry.severity):
        rules: dict[str, list[Entry]] = {}
        for entry in of_severity:
            rules.setdefault(entry.finding.rule, []).append(entry)
        yield severity, [sorted(entries, key=_urgency) for entries in rules.values()]


@frozen
class Place:
    """One sentence that a board is shown: of a finding, or of the findings of a rule together.

    :ivar entry: the first of them; ``count`` is how many findings it speaks for, with those of the same root cause.
    """

    entry: Entry
    sentence: str
    count: int


def board(result: CheckResult, most: int = BOARD) -> list[Place]:
    """What a board is shown: a dozen sentences at most, the most serious first.

    Among the equally serious, what was missed by how much comes first, and what is only not reported or not complete
    comes last; between them, root causes by their reach, and then the order of the packs.

    What is low or only for information is not among them. What is high speaks for itself, even where it follows from
    the cause of another finding. Two findings of a rule have a place each, unless another rule of the same severity
    would have none.

    :param most: how many sentences.
    """
    rules: dict[tuple[Severity, str], list[Entry]] = {}
    for entry in (e for e in _entries(result) if e.severity in _URGENT):
        for part in _apart(entry):
            rules.setdefault((part.severity, part.finding.rule), []).append(part)
    ranked = sorted(
        (sorted(entries, key=_reach, reverse=True) for entries in rules.values()),
        key=lambda entries: (SEVERITIES.index(entries[0].severity), _precedence(entries[0]), -_reach(entries[0])),
    )
    places: list[Place] = []
    for done, entries in enumerate(ranked, 1):
        waiting = sum(other[0].severity == entries[0].severity for other in ranked[done:])
        room = most - len(places) - waiting
        apart = [[entry] for entry in entries] if len(entries) <= min(2, room) else [entries]
        places += [Place(part[0], _sentence(part), sum(len(e.findings) for e in part)) for part in apart]
    return places[:most]


def _apart(entry: Entry) -> Iterator[Entry]:
    """An entry, and apart from it the findings of other rules under it that are too serious to be only counted."""
    own = entry.finding.rule
    serious = [f for f in entry.members if f.severity in _SERIOUS and f.rule != own]
    yield Entry(entry.finding, tuple(f for f in entry.members if f not in serious), entry.group)
    yield from map(Entry, serious)


def fits(result: CheckResult) -> bool:
    """Whether the first findings of each rule are no more than a board is shown."""
    rules = [entries for _, of_severity in sections(result) for entries in of_severity]
    return sum(len(first_of(entries, False)) for entries in rules) <= BOARD


def _sentence(entries: Sequence[Entry]) -> str:
    """The findings of a rule in one sentence, with what they are about where they are several."""
    findings = of_rule(entries)
    others = sum(len(entry.findings) for entry in entries) - len(findings)
    follow = "finding follows" if others == 1 else "findings follow"
    more = f" ({others} more {follow} from {_cause(entries)})" * (others > 0)
    if len(findings) == 1:
        state = state_word(findings[0])
        return f"{f'{state} · ' if state else ''}{said(findings[0])}{more}"
    moved = changed(findings)
    words = f"{headline(findings)}{f' ({moved})' if moved else ''}"
    if kinds := _kinds(findings):
        return f"{words}: {kinds}{more}"
    titles = list(dict.fromkeys(f.subject.title for f in findings if f.subject.title != f.subject.id))
    for count in range(len(titles) if len(titles) <= SHOWN + 1 else SHOWN, 0, -1):
        left = f"; and {len(findings) - count} more" * (count < len(findings))
        told = f"{words}: {'; '.join(titles[:count])}{left}{more}"
        if len(told) <= _READ_ALOUD:
            return told
    return words + more


def _cause(entries: Sequence[Entry]) -> str:
    """What the findings of other rules under these entries follow from, where that is not what a sentence is about."""
    explaining = [entry for entry in entries if entry.others]
    causes = {entry.group.cause for entry in explaining if entry.group is not None}
    if len(causes) == 1 and not any(cause == entry.finding.subject for cause in causes for entry in explaining):
        return causes.pop().title
    return "it" if len(of_rule(entries)) == 1 else "them"


def _kinds(findings: Sequence[Finding]) -> str:
    """How often each thing is said, where the findings say the same few words of many subjects; else nothing.

    Words with a number in them are about one subject.
    """
    begins = [f"{f.subject.title}: " for f in findings]
    told = [f.message.removeprefix(begin) for f, begin in zip(findings, begins, strict=True)]
    if any(words == f.message or any(map(str.isdigit, words)) for f, words in zip(findings, told, strict=True)):
        return ""
    counts = Counter(told).most_common()
    return ", ".join(f"{n} {words}" for words, n in counts) if 1 < len(counts) <= _KINDS else ""


def _precedence(entry: Entry) -> int:
    """A number by which what was missed by how much precedes what stands in the way, and that what is left unsaid."""
    family = entry.finding.rule.partition(".")[0]
    if family in _OUTCOMES and entry.finding.score is not None:
        return 0
    return 2 if family in _REPORTING else 1


def _reach(entry: Entry) -> int:
    return 0 if entry.group is None else len(entry.group.radius)


def _entries(result: CheckResult) -> list[Entry]:
    counting = [f for f in result.findings if f.counts]
    place = {f.fingerprint: number for number, f in enumerate(counting)}
    groups = {group.head: group for group in result.groups if group.head in place}
    head = {member: group.head for group in groups.values() for member in group.members if member not in groups}
    members = defaultdict(list)
    for finding in counting:
        members[head.get(finding.fingerprint)].append(finding)
    entries = [Entry(f, tuple(members[f.fingerprint]), groups.get(f.fingerprint)) for f in members[None]]
    return sorted(entries, key=lambda entry: min(place[f.fingerprint] for f in entry.findings))


def _urgency(entry: Entry) -> tuple[int, bool]:
    states = {f.state for f in entry.findings}
    return (0 if "new" in states else 1 if "worsened" in states else 2), entry.group is None


# --- words -----------------------------------------------------------------------------------------------------------


def known_words(known: int, recorded_at: datetime | None, zone: str = "UTC") -> str:
    """The known-at coordinate in words: the day, in the plan's time zone, on which the event there was recorded."""
    if recorded_at is None:
        return "nothing recorded yet"
    return f"as known on {day_words(recorded_at.astimezone(ZoneInfo(zone)))} (#{known})"


def coordinate_words(result: CheckResult, zone: str) -> str:
    """Where a check stands: as at which day, as known when."""
    return f"as at {day_words(result.as_at)}, {known_words(result.known, result.recorded_at, zone)}"


def headline(findings: Sequence[Finding]) -> str:
    """One sentence for all findings of one rule."""
    first = findings[0]
    if len(findings) == 1:
        return first.message
    if first.summary:
        return first.summary.replace("{count}", str(len(findings)))
    return f"{first.rule_title} ({len(findings)})"


def of_rule(entries: Sequence[Entry]) -> list[Finding]:
    """The findings of the rule that the entries speak for, also those under them."""
    rule = entries[0].finding.rule
    return [f for entry in entries for f in entry.findings if f.rule == rule]


def left_out(entries: Sequence[Entry], shown: Sequence[Entry], full: bool) -> str:
    """How many findings are neither shown nor spoken of, when these entries of a rule are shown; nothing where none is.

    :param full: the members of the groups shown are shown, too.
    """
    own = len(of_rule(entries)) - (len(of_rule(shown)) if full else len(shown))
    rest = entries[len(shown) :]
    others = sum(len(entry.findings) for entry in rest) - (len(of_rule(rest)) if rest else 0)
    return f"and {own} more{f', with {others} of other rules' * (others > 0)}" if own else ""


def state_word(finding: Finding) -> str:
    """new, worse, better, resolved or no data; nothing where it is as before, or nothing was compared."""
    if finding.state is None or finding.state == "persisting":
        return ""
    return {"worsened": "worse", "improved": "better"}.get(finding.state, finding.state)


def said(finding: Finding) -> str:
    """Its message, with the reason of its state where there is one."""
    return f"{finding.message} ({finding.state_reason})" if finding.state_reason else finding.message


def changed(findings: Iterable[Finding]) -> str:
    """How many of the findings are new, worse and better, in words; nothing where none is."""
    return _in_states([f for f in findings if f.state != "persisting"])


def comparison(result: CheckResult) -> str:
    """What the earlier check was, and how the findings moved against it; those that are waived apart."""
    since = result.since or ""
    when = day_words(date.fromisoformat(since)) if is_day(since) else since
    nothing = " (nothing had been recorded then)" if result.since_known == 0 else ""
    aside = _in_states([f for f in result.findings if f.waiver is not None])
    parts = [
        _in_states([f for f in result.findings if f.counts]),
        _in_states(result.gone),
        aside and f"waived: {aside}",
    ]
    moved = "; ".join(filter(None, parts)) or "nothing found then or now"
    return f"{when}, as known then{nothing}: {moved}"


def _in_states(findings: Sequence[Finding]) -> str:
    counts = Counter(f.state for f in findings)
    return ", ".join(f"{counts[state]} {word}" for state, word in _COUNTED.items() if counts[state])


def tally(result: CheckResult) -> str:
    """How many findings of each severity count, and how many are waived, in one line."""
    if not result.counts:
        return "The plan was not open yet: nothing was checked."
    counts = Counter(f.severity for f in result.findings if f.counts)
    severities = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    total, rules = counts.total(), len(result.counts)
    found = f"{total or 'No'} finding{'s' * (total != 1)}{f' ({severities})' if severities else ''}"
    aside = len(waived(result))
    return f"{found} from {rules} rule{'s' * (rules != 1)}{f'; {aside} waived' * (aside > 0)}"


def first_of(items: Sequence[T], full: bool) -> Sequence[T]:
    """The items, or the first of them; never all but one, since "and 1 more" would take the same room."""
    return items if full or len(items) <= SHOWN + 1 else items[:SHOWN]


def listed(titles: Sequence[str], full: bool) -> str:
    """The titles, or the first of them and how many more."""
    shown = first_of(titles, full)
    left = len(titles) - len(shown)
    return "; ".join([*shown, f"and {left} more"] if left else shown)


def group_words(entry: Entry, full: bool) -> Iterator[str]:
    """What stands under the finding that speaks for a group: its cause, its reach, and the findings of other rules.

    Those of its own rule are counted in the sentence above it. Where the cause is the plan itself, that need not be
    said, nor that it reaches everything.
    """
    group, finding = entry.group, entry.finding
    if group is None:
        return
    if not entry.of_plan and str(group.cause) != str(finding.subject):
        yield f"cause: {group.cause.title} ({group.cause})"
    if not entry.of_plan and (reach := [subject.title for subject in group.radius]):
        yield f"blast radius: {len(reach)} {noun('initiative', len(reach))}: {listed(reach, full)}"
    if others := [f for findings in entry.others for f in findings]:
        rules = Counter((f.severity, f.rule) for f in others)
        parts = [f"{n} {rule}{f' ({s})' * (s != entry.severity)}" for (s, rule), n in rules.items()]
        moved = changed(others)
        total = f"{len(others)} more finding{'s' * (len(others) != 1)}"
        yield f"{total} for the same reason{f' ({moved})' if moved else ''}: {', '.join(parts)}"


def noun(kind: str, count: int) -> str:
    """A kind of subject as a word: measure, budget rules."""
    return kind.replace("-", " ") if count == 1 else PLURALS[kind].replace("_", " ")


def waiver_words(waiver: WaiverApplied) -> str:
    """Until when, who approved, at whose request, why."""
    until = day_words(waiver.until)
    return f"waived until {until} by {waiver.approver}, at the request of {waiver.requester}: {waiver.reason}"


def waived(result: CheckResult) -> list[tuple[Finding, WaiverApplied]]:
    """The findings that somebody decided to live with."""
    return [(f, f.waiver) for f in result.findings if f.waiver is not None]


def gone(result: CheckResult) -> list[Finding]:
    """The findings of the earlier check that are no longer found: the resolved first, then those without data."""
    return sorted(result.gone, key=lambda f: f.state == "no data")


@frozen
class Unjudged:
    """Subjects of a kind that a rule could not judge, all for the same reason."""

    rule: str
    words: str
    titles: tuple[str, ...]


def unjudged(found: Iterable[NotEvaluated]) -> Iterator[Unjudged]:
    """What could not be judged, by rule, outcome, kind and reason."""
    alike = attrgetter("rule", "outcome", "subject.kind", "reason")
    for (rule, outcome, kind, reason), same in groupby(sorted(found, key=alike), key=alike):
        titles = tuple(n.subject.title for n in same)
        yield Unjudged(rule, f"{len(titles)} {noun(kind, len(titles))}: {outcome}, {reason}", titles)
