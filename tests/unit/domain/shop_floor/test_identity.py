"""What people call a batch, by the one form in which names are given."""

from datetime import date

import pytest

from domain.messages import BatchName
from domain.shop_floor.identity import name_of, prefix_of


@pytest.mark.parametrize("quality", ["standard", "dark-70", "leche 1"])
@pytest.mark.parametrize("day", [date(2026, 3, 19), None])
def test_a_name_that_was_given_is_read_as_it_was_given(quality: str, day: date | None) -> None:
    given = f"{prefix_of(day, quality)}-12"
    assert name_of(given) == BatchName(given, quality, day, 12)


@pytest.mark.parametrize("id_", ["b1", "order-7-x", "20260319-standard-1@20260319T0600Z"])
def test_an_id_of_another_form_is_all_that_is_known(id_: str) -> None:
    assert name_of(id_) == BatchName(id_, None, None, None)
