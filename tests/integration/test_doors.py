"""All doors say one thing, in both languages, in worlds with a wish, a report, an order, a fault and a restated price, for each
basis and several tariffs. `WALK_HOURS` makes them longer; `scripts/bench ledger` is the long form, with the audit each night.
"""

import os
from pathlib import Path
from random import Random

import pytest

from support.ledger_walk import Chances, Walk, walked

HOURS = int(os.environ.get("WALK_HOURS", "2"))
OFTEN = Chances(order=1.0, wish=1.0, restated=1.0, fault=1.0, edit=0.3, clock=0.2, down=1.0)


@pytest.mark.timeout(300 + 60 * HOURS)
@pytest.mark.parametrize(
    ("basis", "tariff", "seed"),
    [
        *(("pvpc", "2.0TD", 1), ("indexed", "3.0TD", 2), ("indexed", "6.1TD", 3), ("fixed", "3.0TD", 4)),
        *(("indexed", "6.2TD", 5), ("indexed", "6.3TD", 6), ("indexed", "6.4TD", 7)),
    ],
)
async def test_all_doors_agree_and_the_audit_finds_nothing(tmp_path: Path, basis: str, tariff: str, seed: int) -> None:
    walk = await walked(tmp_path, Walk(Random(seed), OFTEN), HOURS, basis=basis, tariff=tariff)
    assert walk.wrong == []
    assert walk.counts["looks"] >= 1, walk.counts
    assert all(walk.counts[name] for name in ("wish", "order", "restated", "fault", "down")), walk.counts
