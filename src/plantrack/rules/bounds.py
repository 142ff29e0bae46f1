"""The number at which a finding goes, searched by trying: whatever the condition looks like, only outcomes count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice, pairwise
from typing import Literal

from attrs import frozen

_FAR = Decimal(10) ** 12
_HUNDREDTH = Decimal("0.01")
_NOUGHT = Decimal(0)
_SPREAD = [Decimal(first).scaleb(power) * sign for power in range(-1, 9) for first in (1, 3) for sign in (1, -1)]
_FIGURES = 30  # of the plan, and what they make with the numbers of the rule


@frozen
class Look:
    """What came of trying a number: whether it clears the finding, and what the rule then tells of its arithmetic."""

    clears: bool
    told: object


@frozen
class Bound:
    """A number that clears the finding.

    :ivar way: "at least" or "at most" where every number tried beyond it clears too; what would be negative is not
        asked for, so that "at most" may go down to zero alone.
    :ivar free: whether any number does.
    """

    value: Decimal
    way: Literal["at least", "at most"] | None = None
    free: bool = False


def bound(
    try_out: Callable[[Decimal], Look],
    stated: Iterable[Decimal],
    figures: Sequence[Decimal],
    factors: Sequence[Decimal],
) -> Bound | None:
    """The number nearest to where a finding still stands, to a hundredth; ``None`` where none was found.

    It is searched from both ends of the line. Where they come to the same it is searched among many numbers between,
    unless the rule tells the same of all: then the number does not matter to it.

    :param stated: numbers that the plan asks for, to be preferred where neither end clears.
    :param figures: other numbers of the plan; ``factors`` are those of the rule.
    """
    look = cache(try_out)

    def clears(value: Decimal) -> bool:
        return look(value).clears

    low, high, nought = look(-_FAR), look(_FAR), look(_NOUGHT)
    if low.clears != high.clears:
        good, bad = (_FAR, -_FAR) if high.clears else (-_FAR, _FAR)
        good, bad = (_NOUGHT, bad) if nought.clears else (good, _NOUGHT)
        return Bound(_edge(clears, good, bad), "at least" if high.clears else "at most")
    if not low.clears:
        if at := next((value for value in stated if clears(value)), None):
            return Bound(at)
        if low.told == high.told == nought.told:
            return None
    line = [-_FAR, *_between(figures, factors), _FAR]
    turns = [pair for pair in pairwise(line) if clears(pair[0]) != clears(pair[1])]
    if not turns:
        return Bound(_NOUGHT, free=True) if low.clears else None
    if high.clears:
        bad, good = turns[-1]
        return Bound(_edge(clears, good, bad), "at least")
    return _nearest_nought(clears, turns)


def _nearest_nought(clears: Callable[[Decimal], bool], turns: Sequence[tuple[Decimal, Decimal]]) -> Bound:
    """Of the stretches that clear the one nearest to nought, where neither end of the line does."""
    stretches = [(rise, fall) for rise, fall in zip(turns[::2], turns[1::2], strict=True)]
    (bad_below, lowest), (highest, bad_above) = min(
        stretches, key=lambda s: 0 if s[0][1] <= 0 <= s[1][0] else min(abs(s[0][1]), abs(s[1][0]))
    )
    if lowest > 0:
        return Bound(_edge(clears, lowest, bad_below))
    value = _edge(clears, highest, bad_above)
    return Bound(value, "at most" if value > 0 else None)


def _between(figures: Sequence[Decimal], factors: Sequence[Decimal]) -> list[Decimal]:
    """The numbers to try, in order: nought, powers of ten, and what figures and factors make."""

    def made() -> Iterable[Decimal]:
        for figure in dict.fromkeys([*figures, *factors]):
            yield figure
            for factor in dict.fromkeys([Decimal(2), *factors]):
                yield figure * factor
                if factor:
                    yield figure / factor

    inside = (value.quantize(_HUNDREDTH) for value in made() if abs(value) < _FAR)
    return sorted({_NOUGHT, *_SPREAD, *islice(dict.fromkeys(inside), _FIGURES)})


def _edge(clears: Callable[[Decimal], bool], good: Decimal, bad: Decimal) -> Decimal:
    """The number nearest to one that does not clear that still does, to a hundredth."""
    for step in (Decimal(1), Decimal("0.1"), _HUNDREDTH):
        while abs(good - bad) > step:
            middle = ((good + bad) / 2 / step).to_integral_value() * step
            if middle in (good, bad):
                break
            if clears(middle):
                good = middle
            else:
                bad = middle
    return _NOUGHT if good == 0 else Decimal(f"{good.normalize():f}")
