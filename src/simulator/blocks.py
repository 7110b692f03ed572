"""Columns of hours computed block by block and remembered: the way every simulated value is read."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

import numpy as np

from simulator.climate import BLOCK_HOURS
from simulator.noise import Floats

Columns = Mapping[str, Floats]
"""Name -> values; the first axis is the hour of the block."""


class Blocks:
    """Columns over all hours since 1970, from a function that computes one block of them."""

    def __init__(self, compute: Callable[[int], Columns], size: int = 96) -> None:
        """`compute`: number of a block -> its columns. `size`: blocks that are remembered (96 are eight years)."""
        self._compute = compute
        self._size = size
        self._kept: OrderedDict[int, Columns] = OrderedDict()

    def column(self, name: str, start: int, end: int) -> Floats:
        """Values of the hours ``[start, end)`` since 1970."""
        numbers = range(start // BLOCK_HOURS, (end - 1) // BLOCK_HOURS + 1)
        joined = np.concatenate([self._block(number)[name] for number in numbers])
        offset = start - numbers.start * BLOCK_HOURS
        return joined[offset : offset + end - start]

    def _block(self, number: int) -> Columns:
        if number not in self._kept:
            self._kept[number] = self._compute(number)
        self._kept.move_to_end(number)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return self._kept[number]
