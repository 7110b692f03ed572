"""Random faults in the bytes of true days: what is stored is true, nothing crashes (`scripts/bench intake_faults` tries more)."""

import random
from datetime import date

import pytest

from support.wire_faults import FAULTS, FORMATS, Format, outcome_of

TRIED = 400
DAY = date(2026, 5, 10)


@pytest.mark.parametrize("first", range(0, TRIED, 50))
def test_no_fault_in_the_bytes_stores_a_wrong_value_or_crashes(first: int) -> None:
    outcomes = [outcome_of(seed) for seed in range(first, first + 50)]
    assert [one for one in outcomes if one.wrong or one.crash] == []
    assert sum(one.stored for one in outcomes) > 0


@pytest.mark.parametrize("shape", FORMATS, ids=lambda shape: shape.name)
def test_a_true_day_is_stored_whole(shape: Format) -> None:
    document = shape.make(random.Random(1), DAY)
    assert len(shape.read(shape.write(document), DAY)) >= 24


@pytest.mark.parametrize("shape", FORMATS, ids=lambda shape: shape.name)
@pytest.mark.parametrize("fault", ["drop", "blank", "retype"])
def test_a_fault_in_one_cell_costs_no_more_than_its_row(shape: Format, fault: str) -> None:
    """A row has at most three values; an instant that stands alone among quarters may be an hour, and goes with its row."""
    for seed in range(8):
        document = shape.make(random.Random(seed), DAY)
        truth = shape.read(shape.write(document), DAY)
        stored = shape.read(shape.write(FAULTS[fault](random.Random(seed), shape, document)), DAY)
        assert len(stored) >= len(truth) - 5
        assert all(truth[key] == value for key, value in stored.items())
