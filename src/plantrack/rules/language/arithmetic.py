"""How rules compute: exact decimal numbers of bounded size, never a NaN."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from plantrack.errors import RuleEvaluationError

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=_TRAPS)
"""How rules compute, whatever the caller's context: never a NaN, and no number grows without end."""

_LAST_DIGIT = 30
_WIDEST = 100
_EXACT = Context(prec=2_000, rounding=ROUND_HALF_EVEN)


def divide(dividend: Decimal | int, divisor: Decimal | int) -> Decimal:
    """Exact decimal division.

    :raises RuleEvaluationError: by zero; never a NaN that a comparison would swallow.
    """
    if divisor == 0:
        raise RuleEvaluationError(f"{dividend} is divided by 0")
    return Decimal(dividend) / Decimal(divisor)


def multiply(first: Decimal | int, second: Decimal | int) -> Decimal:
    """A product of bounded size: whole numbers of Python would grow without end."""
    return Decimal(first) * second


def rounded(value: Decimal | int, digits: Decimal | int) -> Decimal:
    """A number with so many digits after the point (before it, if negative), half to even.

    :raises RuleEvaluationError: ``digits`` is not a whole number from -30 to 30.
    """
    if digits != int(digits) or not -_LAST_DIGIT <= digits <= _LAST_DIGIT:
        raise RuleEvaluationError(f"round() takes a whole number of digits from -30 to 30, not {digits}")
    exact = Decimal(value)
    if exact.adjusted() > _WIDEST and exact.as_tuple().exponent >= _LAST_DIGIT:  # type: ignore[operator]  # no NaN
        return exact  # a whole number as it is: zeros behind it would only take room
    return exact.quantize(Decimal((0, (1,), -int(digits))), context=_EXACT)
