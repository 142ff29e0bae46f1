"""Student's t distribution, whose degrees of freedom may be fractions.

The distribution function is the regularised incomplete beta function (NIST Digital Library of Mathematical Functions,
8.17), by its continued fraction (8.17.22) with the method of Lentz.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p

_PRECISION = 1e-15
_TINY = 1e-300  # instead of a zero in a denominator
_STEPS = 10_000  # more than any argument needs: some tens, or the root of the degrees of freedom


def cdf(t: float, freedom: float) -> float:
    """The probability that a t variable is at most ``t``."""
    if t == 0:
        return 0.5
    square = t * t
    if square == inf:
        return 1.0 if t > 0 else 0.0
    tail = _incomplete_beta(freedom / 2, 0.5, freedom, square) / 2
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)  # a board asks of many series of one length
def quantile(p: float, freedom: float) -> float:
    """The value that a t variable does not exceed with a probability above one half, found by halving."""
    low, high = 0.0, 1.0
    while cdf(high, freedom) < p:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        if cdf(middle, freedom) < p:
            low = middle
        else:
            high = middle
    return high


def _incomplete_beta(a: float, b: float, freedom: float, square: float) -> float:
    """I_x(a, b) with x = freedom / (freedom + square), given by its parts so that neither x nor 1 - x is rounded."""
    x, rest = freedom / (freedom + square), square / (freedom + square)
    log_x = -log1p(square / freedom)
    log_rest = log(rest) if rest else -inf
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log_x + b * log_rest)
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(rest, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / _nonzero(1 + numerator * d), _nonzero(1 + numerator / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _nonzero(x: float) -> float:
    return x if abs(x) > _TINY else _TINY
