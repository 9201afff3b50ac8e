"""How sure a share or a mean is that was found in few cases. Pure."""

from math import sqrt

# Fewer cases than these say nothing that anybody should act on.
FEWEST = 10

# The standard normal's quantile of 97.5 %: intervals hold the true value in 95 of 100 cases.
Z = 1.959963984540054


def around_mean(mean: float, squares: float, count: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean by the normal approximation; None below FEWEST cases.

    squares: the mean of the squares of the values.
    """
    if count < FEWEST:
        return None
    variance = max(squares - mean * mean, 0.0) * count / (count - 1)
    half = Z * sqrt(variance / count)
    return mean - half, mean + half


def wilson(numerator: int, denominator: int) -> tuple[float, float] | None:
    """Return the 95 % score interval of a share (Wilson 1927); None where there is nothing to share.

    Unlike the usual formula it is sound for few cases and for shares near 0 and 1.
    """
    if denominator == 0:
        return None
    n, share = denominator, numerator / denominator
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, centre - half), min(1.0, centre + half)
