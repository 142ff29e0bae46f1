"""One exception tree: every error that plantrack raises on purpose derives from :class:`PlantrackError`.

Findings are never exceptions. An error about a text (a rule, a pack, a file of events) carries where it is: file, line,
column, and the line itself with a caret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

MAX_EXCERPT = 240  # characters of a line that are shown
_TOLD = 20  # problems of one batch
_MAX_MISSPELT = 100  # characters of a name that are compared with others
_UNSHOWABLE = re.compile(  # control characters, marks that turn the direction of writing or have no width, halves
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)


class PlantrackError(Exception):
    """Root of the tree; catch it to catch everything that plantrack refuses."""


class PeriodError(PlantrackError, ValueError):
    """A text could not be read as a date or period."""


class EventError(PlantrackError, ValueError):
    """An event is malformed: an unknown type, a missing or unknown field, a value out of bounds."""


class StoredEventError(EventError):
    """A stored event cannot be read back: unknown type, newer schema, or damaged content."""


class AdmissionError(PlantrackError, ValueError):
    """A well-formed event contradicts the log: it names an unknown id, or opens an id a second time.

    :ivar problems: of events that were to be recorded together, those that are refused: its number, from 1, its type,
        and what is wrong with it. None where the message speaks for itself.
    """

    def __init__(self, said: str = "", problems: Sequence[tuple[int, str, str]] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(said or self.told(lambda number, kind: f"event {number} ({kind})"))

    def told(self, place: Callable[[int, str], str]) -> str:
        """The problems, one a line; of many, the first.

        :param place: says of a number and a type where that is.
        """
        lines = [f"{place(number, kind)}: {wrong}" for number, kind, wrong in self.problems[:_TOLD]]
        left = len(self.problems) - _TOLD
        return "\n".join([*lines, f"… and {left} more"] if left > 0 else lines)


class IdempotencyError(AdmissionError):
    """An event id was used before for an event with other content."""


class CoordinateError(PlantrackError, ValueError):
    """A point in time (``as_at``, ``known_at``, ``rules_at``) is malformed or outside the log.

    :ivar coordinate: what it is called in Python, with which the message then begins; empty where it is none of these.
    :ivar said: the message without that.
    """

    def __init__(self, said: str, coordinate: str = "") -> None:
        self.said, self.coordinate = said, coordinate
        super().__init__(f"{coordinate} {said}" if coordinate else said)


class DurationError(PlantrackError, ValueError):
    """A text is not a length of time, such as ``24h``."""


class UnknownPlanError(PlantrackError, LookupError):
    """The store holds no plan of that name."""


class UnknownSubjectError(PlantrackError, LookupError):
    """A reference ``kind:id`` names nothing in the plan."""


class StoreError(PlantrackError):
    """The store could not be opened, read or written."""


class StoreFormatError(StoreError):
    """The file is not a plantrack store, or of a format this version does not read."""


class StoreBusyError(StoreError):
    """Another writer held the store for longer than the timeout; nothing was written, try again."""


class ConflictError(StoreError):
    """Somebody else recorded events since the position expected; nothing was written."""


class StoreDamagedError(StoreError):
    """The stored events contradict themselves (a gap in positions, an unreadable row)."""


class EvidenceError(PlantrackError):
    """What should prove the record does not: a hash, signature, checkpoint or audit bundle is wrong or unreadable."""


class PersonalDataError(PlantrackError):
    """The name of a natural person cannot be sealed, opened or erased."""


class SpcError(PlantrackError, ValueError):
    """A series cannot be analysed: a row, a target or an option is wrong; the message names the row and its date."""


class RuleEvaluationError(PlantrackError):
    """A rule could not be evaluated for a subject, for instance a division by zero."""


class ParameterError(PlantrackError, ValueError):
    """A parameter of a rule was set that does not exist, or to a value of another type."""


class RuleSourceError(PlantrackError, ValueError):
    """A rule or a pack is wrong; the message shows file, line, column and a caret.

    :ivar message: what is wrong, without the place.
    :ivar source: name of the file or text.
    :ivar line: from 1; 0 where the text as a whole is meant, which could not be read.
    :ivar column: from 1.
    :ivar hint: what to write instead, or ``None``.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "<rule>",
        line: int = 1,
        column: int = 1,
        width: int = 1,
        excerpt: str = "",
        hint: str | None = None,
    ) -> None:
        message = _UNSHOWABLE.sub("\ufffd", message)  # it may quote what is written
        hint = hint and _UNSHOWABLE.sub("\ufffd", hint)
        self.message, self.source, self.line, self.column, self.hint = message, source, line, column, hint
        parts = [f"{source}:{line}:{column}: {message}" if line else f"{source}: {message}"]
        if excerpt:
            excerpt, column = _near(_UNSHOWABLE.sub("\ufffd", excerpt), column)
            indent = len(excerpt) - len(excerpt.lstrip())
            caret = max(0, column - 1 - indent)
            width = max(1, min(width, MAX_EXCERPT - caret))
            parts += [f"    {excerpt.strip()}", "    " + " " * caret + "^" * width]
        if hint:
            parts.append(f"  hint: {hint}")
        super().__init__("\n".join(parts))


def _near(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and where the column is in it."""
    if len(line) <= MAX_EXCERPT:
        return line, column
    start = max(0, min(column - 1 - MAX_EXCERPT // 2, len(line) - MAX_EXCERPT))
    end = start + MAX_EXCERPT
    before, after = "…" * (start > 0), "…" * (end < len(line))
    return f"{before}{line[start + len(before) : end - len(after)]}{after}", column - start


def quoted(text: str, longest: int = 80) -> str:
    """What somebody else wrote, in quotation marks and safe to print; shortened if it is long."""
    return repr(text if len(text) <= longest else f"{text[: longest - 1]}…")


_MUCH_ALIKE = 0.85


def meant_as(name: str, kinds: Iterable[str]) -> str:
    """A hint for somebody who wrote the id of a subject without its kind; empty where there is no such subject."""
    meant = " or ".join(f"{kind}:{name}" for kind in kinds)
    return meant and f"did you mean {meant}?"


def did_you_mean(name: str, known: Iterable[str], also: Iterable[str] = (), *, likeness: float = 0.6) -> str:
    """The hint for an unknown ``name``: the nearest known one, else the first dozen of them.

    :param also: names that are mentioned only when one of them is very near.
    :param likeness: from 0 to 1, how near a known one must be to be meant.
    """
    options = sorted(known)
    written = name[:_MAX_MISSPELT]
    alike = difflib.get_close_matches(written, options, 1, likeness)
    alike += difflib.get_close_matches(written, sorted(also), 1, _MUCH_ALIKE)
    near = difflib.get_close_matches(written, alike, 1, likeness)
    if near:
        return f"did you mean '{near[0]}'?"
    if not options:
        return "nothing is known here yet"
    return "known: " + ", ".join(options[:12]) + (", …" if len(options) > 12 else "")
