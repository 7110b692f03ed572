"""What a month drew, beside the contracted powers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.bill.invoice.metered import Reading
from services.bill.power_board import periods_of

MIDNIGHT = datetime(2026, 11, 4, 0, 0, tzinfo=UTC)
"""A working day of medium-high season: P6 until 8, P3 at 8, P2 from 9 in Madrid."""


def test_each_quarter_counts_in_its_period_and_an_hour_four_times() -> None:
    quarters = [
        Reading(MIDNIGHT + timedelta(minutes=15 * n), 15, Decimal(kwh)) for n, kwh in enumerate(("5", "10", "12.5", "10.1"))
    ]
    hour = Reading(MIDNIGHT + timedelta(hours=8), 60, Decimal(60))
    found = periods_of([*quarters, hour], "3.0TD", (30.0, 30.0, 35.0, 35.0, 35.0, 40.0))
    assert (found[5].most_kw, found[5].quarters_above) == (50.0, 2)
    assert (found[1].most_kw, found[1].quarters_above) == (60.0, 4)
    assert (found[0].most_kw, found[0].quarters_above, found[0].contracted_kw) == (None, 0, 30.0)
