"""Welch's test: how likely two means differ by chance alone, from counts, means and variances.

B. L. Welch, Biometrika 34 (1947); degrees of freedom after Welch and Satterthwaite. The incomplete beta function is
its continued fraction (DLMF 8.17.22) by Lentz's method, which converges for every argument used here.
"""

import math
from dataclasses import dataclass

_TINY = 1e-300
_MAX_TERMS = 400


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of a set of measurements."""

    count: int
    mean: float
    variance: float


def p_value(one: Sample, other: Sample) -> float:
    """Return the two-sided p-value of equal means; 1 where either sample has fewer than two measurements.

    >>> p_value(Sample(10, 5.0, 1.0), Sample(10, 5.0, 2.0))
    1.0
    >>> round(p_value(Sample(15, 20.82, 7.93), Sample(15, 23.04, 16.18)), 4)
    0.0922
    """
    if one.count < 2 or other.count < 2 or one.mean == other.mean:
        return 1.0
    error_one, error_other = one.variance / one.count, other.variance / other.count
    error = error_one + error_other
    if error == 0.0:
        return 0.0
    t = (one.mean - other.mean) / math.sqrt(error)
    share_one, share_other = error_one / error, error_other / error
    freedom = 1.0 / (share_one**2 / (one.count - 1) + share_other**2 / (other.count - 1))
    return two_sided(t, freedom)


def pooled_p_value(one: Sample, other: Sample) -> float:
    """Return Student's two-sided p-value of equal means, from one variance for both; 1 where there are too few.

    Of values that are mostly small and seldom huge, few that happen to be small have a small variance too, and Welch's
    test takes them for proof; where nothing changed, the other side's variance is theirs as well.

    >>> few = Sample(30, 1.0, 0.1)
    >>> p_value(Sample(1000, 2.0, 64.0), few) < 0.001 < 0.4 < pooled_p_value(Sample(1000, 2.0, 64.0), few)
    True
    """
    freedom = one.count + other.count - 2
    if one.count < 2 or other.count < 2 or one.mean == other.mean:
        return 1.0
    variance = ((one.count - 1) * one.variance + (other.count - 1) * other.variance) / freedom
    error = variance * (1 / one.count + 1 / other.count)
    return 0.0 if error == 0.0 else two_sided((one.mean - other.mean) / math.sqrt(error), freedom)


def two_sided(t: float, freedom: float) -> float:
    """Return the chance that Student's t with so many degrees of freedom lies at least as far from 0.

    >>> round(two_sided(2.228, 10), 3)
    0.05
    """
    return _regularized_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _regularized_beta(x: float, a: float, b: float) -> float:
    if x <= 0.0 or x >= 1.0:
        return min(1.0, max(0.0, x))
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # The fraction converges fast on this side of the mean only; the function is symmetric.
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _fraction(x, a, b) / a
    return 1.0 - math.exp(log_front) * _fraction(1.0 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
