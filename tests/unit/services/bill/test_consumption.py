"""The curve in a real store: what is new is written, what differs is told, and the CUPS is nowhere in it."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite_series import SqliteStore
from domain.intake.consumption import Metering
from services.bill.consumption import ConsumptionService
from support.clock import ManualClock

CUPS, OTHER = "ES0031000000000001AB0F", "ES0031000000000002CD"
START, NOW = datetime(2026, 11, 4, 0, 0, tzinfo=UTC), datetime(2026, 11, 10, tzinfo=UTC)


def slot(index: int, kwh: str = "10.325", minutes: int = 15, *, estimated: bool = False) -> Metering:
    return Metering(START + timedelta(minutes=minutes) * index, minutes, Decimal(kwh), Decimal(0), (None,) * 4, estimated)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[ConsumptionService]:
    state = open_state(tmp_path / "state.sqlite", "real")
    store = SqliteStore(tmp_path / "series.sqlite", "real")
    yield ConsumptionService(store, SqliteNotes(state), ManualClock(NOW))
    await store.aclose()
    state.close()


async def test_what_is_kept_is_what_came(service: ConsumptionService) -> None:
    sent = [replace(slot(0), kvarh=(Decimal("4.1"), Decimal(0), Decimal(0), Decimal("0.2"))), slot(1, estimated=True)]
    kept = await service.keep(CUPS, sent)
    assert (kept.written, kept.unchanged, kept.differences) == (2, 0, ())
    first, second = await service.curve(kept.supply_point, START, NOW)
    assert (first.start, first.kwh_in, first.kvarh_q1, first.kvarh_q4) == (START, Decimal("10.325"), Decimal("4.1"), Decimal("0.2"))
    assert (first.estimated, second.estimated, second.kvarh_q1) == (False, True, None)


async def test_the_same_again_changes_nothing_and_another_figure_is_told(service: ConsumptionService) -> None:
    await service.keep(CUPS, [slot(n) for n in range(4)])
    again = await service.keep(CUPS, [slot(0), slot(1), slot(2, "11"), slot(3), slot(4)])
    assert (again.written, again.unchanged) == (1, 3)
    assert [(one.start, one.kept_kwh, one.given_kwh) for one in again.differences] == [(slot(2).start, 10.325, 11.0)]
    curve = await service.curve(again.supply_point, START, NOW)
    assert [one.kwh_in for one in curve] == [Decimal("10.325")] * 5


async def test_a_correction_takes_the_place_of_a_reading_and_what_it_leaves_out_stays(service: ConsumptionService) -> None:
    await service.keep(CUPS, [replace(slot(0), kvarh=(Decimal("4.1"), Decimal(0), Decimal(0), Decimal("0.2"))), slot(1)])
    corrected = await service.keep(CUPS, [slot(0, "11"), slot(1)], correcting=True)
    assert (corrected.written, corrected.unchanged, len(corrected.differences)) == (1, 1, 1)
    first, second = await service.curve(corrected.supply_point, START, NOW)
    assert (first.kwh_in, first.kvarh_q1, first.kvarh_q4, second.kwh_in) == (11, Decimal("4.1"), Decimal("0.2"), Decimal("10.325"))


async def test_a_reading_takes_the_place_of_an_estimate_and_not_the_other_way(service: ConsumptionService) -> None:
    await service.keep(CUPS, [slot(0, "9", estimated=True)])
    assert (await service.keep(CUPS, [slot(0, "12")])).written == 1
    late = await service.keep(CUPS, [slot(0, "9", estimated=True)])
    assert (late.written, len(late.differences)) == (0, 1)
    (one,) = await service.curve(late.supply_point, START, NOW)
    assert (one.kwh_in, one.estimated) == (12, False)


async def test_an_hour_counts_only_where_it_has_no_quarters(service: ConsumptionService) -> None:
    await service.keep(CUPS, [slot(0, "40", 60), slot(1, "50", 60)])
    kept = await service.keep(CUPS, [slot(n, "10") for n in range(4)])
    curve = await service.curve(kept.supply_point, START, NOW)
    assert [(one.minutes, one.kwh_in) for one in curve] == [*[(15, Decimal(10))] * 4, (60, Decimal(50))]


async def test_a_supply_point_is_a_keyed_hash_and_nowhere_in_clear(service: ConsumptionService, tmp_path: Path) -> None:
    name = (await service.keep(CUPS, [slot(0)])).supply_point
    assert await service.name_of(CUPS[:20]) == name
    assert (await service.keep(OTHER, [slot(5)])).supply_point != name
    assert [point.name for point in await service.supply_points()][-1] == name
    assert not [path for path in tmp_path.iterdir() if b"ES0031" in path.read_bytes()]


async def test_another_installation_has_another_name_for_it(service: ConsumptionService, tmp_path: Path) -> None:
    state = open_state(tmp_path / "other.sqlite", "real")
    store = SqliteStore(tmp_path / "s2.sqlite", "real")
    other = ConsumptionService(store, SqliteNotes(state), ManualClock(NOW))
    assert await other.name_of(CUPS) != await service.name_of(CUPS)
    await store.aclose()
    state.close()
