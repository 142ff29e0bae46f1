"""The step budget: how much work one rule may do, counted, so that it is the same on every machine.

A step stands for a little work, less than half a microsecond, or for a byte of what is kept:

- an item of a list that a quantifier, a function or ``in`` goes through; where much is asked of each item, a step for
  every ten parts of the expression, and two more for every function, multiplication and division;
- a hundred characters of a text that a function reads;
- what a function looks at beyond its arguments (``sizes``);
- a character of a message or an explanation, more for what needs several bytes.
"""

from __future__ import annotations

from collections.abc import Sized
from itertools import pairwise
from typing import Any, TypeVar

from plantrack.errors import RuleEvaluationError
from plantrack.rules.language.sizes import Sizes

MAX_STEPS = 300_000
"""For one rule and one subject."""
MAX_RULE_STEPS, MORE_A_SUBJECT = 10_000_000, 10_000
"""For one rule and all its subjects together: so many, and more for each subject."""


def most_steps(subjects: int) -> int:
    """For one rule and so many subjects together."""
    return MAX_RULE_STEPS + MORE_A_SUBJECT * subjects


READ_A_STEP = 100
"""Characters of a text."""
A_NODE, A_POSITION = 100, 8
"""Bytes of a part of an explanation beside its words, and of an event in the evidence."""

S = TypeVar("S", bound=Sized)
T = TypeVar("T")


class Budget:
    """Counts the steps of a rule, of one subject after the other.

    The order of the subjects decides nothing: what each takes depends on it alone, and whether all together take too
    much on their sum. Where they do, the rule has judged none of them.
    """

    def __init__(self, subjects: int, sizes: Sizes, each: int = MAX_STEPS, total: float | None = None) -> None:
        self._subjects = subjects
        self._sizes = sizes
        self.each = each
        self.total = most_steps(subjects) if total is None else total
        self._starts: list[float] = []
        self._spent: float = 0
        self._left: float = each

    def start(self) -> None:
        """Begin with the next subject.

        :raises RuleEvaluationError: those before have taken all that the rule may take.
        """
        self._spent += self.each - self._left
        self._starts.append(self._spent)
        self._left = self.each
        if self._spent > self.total:
            raise RuleEvaluationError(self.reason)

    @property
    def taken(self) -> float:
        """The steps taken so far, for all subjects."""
        return self._spent + self.each - self._left

    @property
    def shares(self) -> list[float]:
        """The steps that each subject took, as far as it was started, in turn."""
        return [end - start for start, end in pairwise([*self._starts, self.taken])]

    @property
    def charges(self) -> tuple[Any, Any, Any]:
        """What counted code calls, in the order of ``counting.CHARGES``."""
        return self.walk, self.read, self.call

    def allows(self, steps: float) -> bool:
        """Whether each subject may take so many steps."""
        return steps <= self.each and steps * self._subjects <= self.total

    @property
    def exhausted(self) -> bool:
        """Whether the rule took too much for all its subjects together."""
        return self.taken > self.total

    @property
    def reason(self) -> str:
        """What an exhausted rule is told."""
        said = f"more than {self.total:,} steps for {self._subjects:,} subjects"
        return f"{said}: do not go through a list of the whole plan for each of them"

    def walk(self, items: S, weight: int = 1) -> S:
        """A list that is gone through.

        :param weight: the steps for an item.
        :raises RuleEvaluationError: that is too much, as for what follows.
        """
        self._left -= len(items) * weight
        if self._left < 0:
            raise self._too_much()
        return items

    def read(self, text: str) -> str:
        """A text that a function reads."""
        self._left -= len(text) // READ_A_STEP
        if self._left < 0:
            raise self._too_much()
        return text

    def call(self, value: Any, function: str, owner: str) -> Any:
        """What a function gave that looks beyond its arguments, or gives a list."""
        flat, each = self._sizes.price(function, owner)
        self._left -= flat + each * len(value) if isinstance(value, list | tuple) else flat
        if self._left < 0:
            raise self._too_much()
        return value

    def say(self, text: str) -> str:
        """A text that is kept with a finding."""
        return self.keep(text, len(text) * (1 if text.isascii() else 4))

    def keep(self, value: T, size: int) -> T:
        """Something of that many bytes that is kept with a finding."""
        self._left -= size
        if self._left < 0:
            said = f"more than {self.each:,} characters to say of one subject"
            raise RuleEvaluationError(f"{said}: let the message and the conditions show fewer or shorter values")
        return value

    def _too_much(self) -> RuleEvaluationError:
        said = f"more than {self.each:,} steps for one subject"
        hint = "do not go through one long list inside another, and name under `let` what is asked twice"
        return RuleEvaluationError(f"{said}: {hint}")
