"""Noise that depends on (seed, stream, index) alone: the same numbers in any order of asking and after any restart.

Every draw is a hash of its own index, so nothing is carried from one call to the next. An autoregressive process is the weighted
sum of a window of such draws.
"""

from math import ceil, log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FORGOTTEN = 1e-3
"""Weight below which an old innovation is left out of a window."""


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64. Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (OOPSLA 2014)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def uniforms(seed: int, stream: str, index: Ints) -> Floats:
    """Independent uniform numbers in (0, 1), one for each index."""
    key = np.uint64(((seed & 0xFFFFFFFF) << 32) | crc32(stream.encode()))
    start = _mixed(np.array([key], dtype=np.uint64))[0]
    with np.errstate(over="ignore"):
        hashed = _mixed(index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start)
    return ((hashed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(seed: int, stream: str, index: Ints) -> Floats:
    """Independent standard normal numbers, one for each index (Box-Muller)."""
    radius = np.sqrt(-2.0 * np.log(uniforms(seed, stream + "/r", index)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniforms(seed, stream + "/a", index)))


def window(persistence: float, order: int = 1) -> Floats:
    """Weights of a stationary process of unit variance. `persistence`: correlation from one step to the next, before smoothing.

    Order 1 is AR(1); order 2 runs it twice through the same filter, which makes paths smooth.
    """
    length = ceil(log(_FORGOTTEN) / log(persistence)) + 1
    weights = persistence ** np.arange(length, dtype=np.float64)
    for _ in range(order - 1):
        weights = np.convolve(weights, persistence ** np.arange(length, dtype=np.float64))
    return np.asarray(weights / np.sqrt(np.sum(weights**2)))


def autoregressive(seed: int, stream: str, first: int, count: int, weights: Floats) -> Floats:
    """`count` values of a process with these weights (newest first), from index `first`."""
    index = np.arange(first - len(weights) + 1, first + count, dtype=np.int64)
    return np.convolve(normals(seed, stream, index), weights, mode="valid")


def daily(seed: int, stream: str, hours: Ints, persistence: float) -> Floats:
    """A process with one node a day (at 00 UTC), joined by straight lines, at contiguous hours since 1970 [h]."""
    first, last = int(hours[0]) // 24, int(hours[-1]) // 24 + 1
    nodes = autoregressive(seed, stream, first, last - first + 1, window(persistence))
    return np.interp(hours / 24.0, np.arange(first, last + 1), nodes)
