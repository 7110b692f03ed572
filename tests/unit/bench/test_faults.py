"""What the matrix of faults counts as lost and as doubled."""

from pathlib import Path
from typing import Any

import pytest

from bench.faults_world import HOURS, World


class Answering(World):
    """A world whose service answers what the test says."""

    orders: list[str]
    hours: list[int]

    def get(self, path: str) -> tuple[int, Any]:
        if path == "/orders":
            return 200, {"orders": [{"reference": name or None} for name in self.orders]}
        return 200, {"slots": [{"start": hour} for hour in self.hours]}


@pytest.mark.parametrize(
    ("orders", "hours", "counted"),
    [
        (["a", "b", ""], range(HOURS), (0, 0)),
        (["a", ""], range(HOURS), (1, 0)),
        (["a", "b", "b", "never acknowledged"], range(HOURS), (0, 1)),
        (["b", "b"], [*range(HOURS - 2), 0], (3, 2)),
    ],
)
def test_what_was_acknowledged_is_there_once(tmp_path: Path, orders: list[str], hours: list[int], counted: tuple[int, int]) -> None:
    world = Answering(tmp_path, tmp_path, "", {}, ())
    world.orders, world.hours = orders, list(hours)
    world.teller.acknowledged += ["a", "b"]
    world.teller.end()
    assert world.lost_and_doubled() == counted
