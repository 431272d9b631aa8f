"""The array types of the analysis, and the middle of an array."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


def floats(values: ArrayLike) -> Floats:
    """Return values of any kind, Decimals and None too, as float64[n]; None is missing: NaN.

    >>> from decimal import Decimal
    >>> floats([Decimal("0.1"), None, 2]).tolist()
    [0.1, nan, 2.0]
    """
    return np.asarray(values, dtype=np.float64)


def median(y: Floats) -> float:
    """Return the median of y, float64[n] without NaN; NaN of nothing."""
    return float(np.median(y)) if y.size else float("nan")


def middle_of_five(y: Floats) -> Floats:
    """Return the median of each point and its four neighbours; the ends count twice."""
    around = np.concatenate((y[:2], y, y[-2:]))
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(around, 5), axis=1))


def bridged(y: Floats) -> Floats:
    """Return y with its gaps (NaN) bridged by straight lines."""
    known = np.isfinite(y)
    if known.all():
        return y
    index = np.arange(y.size)
    return np.interp(index, index[known], y[known])
