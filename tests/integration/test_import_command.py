"""`scripts/import`: what it stores, what it says, and what it refuses; on real files and a real store."""

import asyncio
import gzip
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from adapters.store.sqlite_series import SqliteStore
from commands.import_history import main
from domain.prices.slots import KnownPrice, Market, PriceBatch, PriceSlot, published_by
from domain.series import Rows, price_key
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds, epoch, local_day
from services.energy_service import EnergyService

ROOT = Path(__file__).parents[2]
PRICES = Path(os.environ.get("SHARED_DATA", ROOT / "../shared/data")) / "prices"
FIRST = datetime(2025, 10, 26, tzinfo=UTC)
HOURS_OF_DAYS = {"2025-10-26": 25, "2025-03-30": 23, "2025-10-01": 24}
HISTORY = """\
utc,local,omie_es,omie_src,pvpc_pcb,pvpc_src,tariff_regime
2025-10-26 00:00:00+00:00,x,105.19,omie_file,176.44,x,2.0TD
2025-10-26 01:00:00+00:00,x,-0.5,omie_file,,,2.0TD
2025-10-26 02:00:00+00:00,x,20.02,omie_file,80.1,x,2.0TD
"""


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, in a world that is not simulated."""
    for name in ("SIM_SEED", "SIM_NOW", "SIM_SPEED", "STORE", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(HISTORY)
    return path


def stored(data_dir: Path, market: Market = "spot", minutes: int = 60) -> Rows:
    """A whole series."""

    async def read() -> Rows:
        store = SqliteStore(data_dir / "series.sqlite", "real")
        rows = await store.read(price_key(market, minutes), datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
        await store.aclose()
        return rows

    return asyncio.run(read())


def known(data_dir: Path, market: Market, minutes: int, day: date, at: datetime | None = None) -> list[KnownPrice]:
    """A local day as the service answers it."""

    async def read() -> list[KnownPrice]:
        store, state = SqliteStore(data_dir / "series.sqlite", "real"), open_state(data_dir / "state.sqlite", "real")
        energy = EnergyService(store, SqliteIssuedLog(state), {}, lambda: FIRST)  # type: ignore[arg-type] # only asked for the time
        prices = await energy.known(market, minutes, *day_bounds(day), at)
        await store.aclose()
        state.close()
        return prices

    return asyncio.run(read())


def test_it_stores_each_value_with_its_publication_time(data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file)]) == 0
    rows = stored(data_dir)
    starts = [FIRST + place * HOUR for place in range(3)]
    assert list(rows.times) == [epoch(start) for start in starts]
    assert list(rows.columns["price_eur_kwh"]) == [0.10519, -0.0005, 0.02002]
    assert set(rows.columns["provider"]) == {"csv"}
    assert list(rows.columns["as_of"]) == [epoch(published_by("spot", start)) for start in starts]
    assert list(stored(data_dir, "pvpc").columns["price_eur_kwh"]) == [0.17644, 0.0801]
    assert capsys.readouterr().out == (
        f"{file}: 3 rows read as spot and PVPC by the hour, in EUR/MWh\n"
        "  0 spot cells empty, 1 pvpc cells empty, 0 rows of other series, 0 rows rejected\n"
        "  remark: 3 spot hours of days that the market publishes in quarters; published quarters win\n"
        "  spot, 60 min: 3 of 3 safe, up to 2025-10-26T02:00Z\n"
        "  spot, 60 min: 3 stored, 0 unchanged\n"
        "  pvpc, 60 min: 2 of 2 safe, up to 2025-10-26T02:00Z\n"
        "  pvpc, 60 min: 2 stored, 0 unchanged\n"
    )


def test_a_second_import_changes_nothing(data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file)]) == 0
    before = stored(data_dir)
    capsys.readouterr()
    assert main([str(file)]) == 0
    assert stored(data_dir) == before
    assert "spot, 60 min: 0 stored, 3 unchanged" in capsys.readouterr().out


def test_a_changed_value_replaces_the_old_one_which_stays_known_as_it_was(data_dir: Path, file: Path) -> None:
    main([str(file)])
    file.write_text(HISTORY.replace("105.19", "99.0"))
    assert main([str(file)]) == 0
    day = date(2025, 10, 26)
    assert [price.slot.eur_per_kwh for price in known(data_dir, "spot", 60, day)] == [0.099, -0.0005, 0.02002]
    then = day_bounds(day)[1]
    assert [price.slot.eur_per_kwh for price in known(data_dir, "spot", 60, day, at=then)] == [0.10519, -0.0005, 0.02002]


def test_a_bad_line_stores_nothing_of_its_file(data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(HISTORY.replace("20.02", "n/a"))
    assert main([str(file)]) == 1
    said = capsys.readouterr().out
    assert "1 rows rejected\n  line 4: omie_es: 'n/a' is not a number\n" in said
    assert said.endswith("nothing of it was stored; --skip-bad stores the good lines\n")
    assert len(stored(data_dir)) == len(stored(data_dir, "pvpc")) == 0
    assert main([str(file), "--skip-bad"]) == 0
    assert len(stored(data_dir)) == 2


def test_one_refused_file_does_not_stop_the_next(data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = file.with_name("other.csv")
    other.write_text("fecha;precio\n2025-01-01;1\n")
    assert main([str(file.with_name("absent.csv")), str(other), str(file)]) == 1
    said = capsys.readouterr().out
    assert "absent.csv: cannot be read: No such file or directory" in said
    assert (
        "other.csv: refused: its columns are fecha, precio\n  accepted: spot and PVPC by the hour (omie_es, pvpc_pcb, utc)" in said
    )
    assert len(stored(data_dir)) == 3


def test_many_bad_lines_are_counted_and_the_first_are_shown(data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("utc,omie_es\n" + "x,1\n" * 50)
    assert main([str(file)]) == 1
    said = capsys.readouterr().out
    assert "50 rows rejected" in said
    assert "  line 21: 'x' is not an ISO 8601 time\n  ... and 30 more\n" in said
    assert "line 22" not in said


def test_columns_and_unit_may_be_named(data_dir: Path, file: Path) -> None:
    file.write_bytes(gzip.compress("Día;Precio;Otro\n2025-01-01 00:00;0,12;x\n2025-01-01 01:00;0,13;x\n".encode("utf-16")))
    named = ["--column", "Precio=pvpc", "--unit", "EUR/kWh", "--time", "Día", "--zone", "Europe/Madrid"]
    assert main([str(file), *named]) == 0
    rows = stored(data_dir, "pvpc")
    assert list(rows.columns["price_eur_kwh"]) == [0.12, 0.13]
    assert rows.times[0] == epoch(datetime(2024, 12, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "required: FILE"),
        (["f", "--column", "a=spot"], "go together"),
        (["f", "--column", "a=spot", "--unit", "EUR/MWh"], "go together"),
        (["f", "--unit", "EUR/MWh"], "go together"),
        (["f", "--zone", "UTC"], "--zone needs"),
        (["f", "--column", "a=gas", "--unit", "EUR/MWh", "--time", "t"], "'a=gas' is not NAME=MARKET"),
        (["f", "--column", "a=spot", "--unit", "ct/kWh", "--time", "t"], "invalid choice"),
    ],
)
def test_a_command_line_that_says_too_little_is_refused(given: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(given)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_a_simulated_world_takes_no_real_prices(
    data_dir: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(SqliteStore(data_dir / "series.sqlite", "simulated").aclose())
    assert main([str(file)]) == 1
    assert "was made for simulated data; it takes no real data" in capsys.readouterr().out
    monkeypatch.setenv("SIM_SEED", "1")
    assert main([str(file)]) == 2
    assert "simulated world" in capsys.readouterr().out


def test_a_wrong_setting_is_named(
    data_dir: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORE", "oracle")
    assert main([str(file)]) == 2
    assert capsys.readouterr().out.startswith("settings: STORE: ")


def test_the_price_of_tomorrow_is_not_known_before_it_is_imported(data_dir: Path, file: Path) -> None:
    tomorrow = day_bounds(local_day(datetime.now(UTC)) + timedelta(days=1))[0]
    file.write_text("utc,omie_es\n" + "".join(f"{(tomorrow + i * HOUR).isoformat()},{i}\n" for i in range(2)))
    began = int(time.time())
    assert main([str(file)]) == 0
    assert all(began <= int(as_of or 0) <= time.time() for as_of in stored(data_dir).columns["as_of"])


def two_years(folder: Path) -> list[str]:
    """The two known exports from 2024-10-01 to 2026-10-01, packed: an hour of PVPC missing each noon, quarters from 2025-10-01."""
    first, change, end = (datetime(year, 9, 30, 22, tzinfo=UTC) for year in (2024, 2025, 2026))
    hours = [first + i * HOUR for i in range((end - first) // HOUR)]
    lines = [
        f"{start:%Y-%m-%d %H:%M:%S+00:00},{start.astimezone(MADRID).isoformat()},{i % 200 - 20.5:g},omie_file,"
        f"{'' if start.hour == 12 else i % 150 + 30},{'' if start.hour == 12 else 'esios'},2.0TD"
        for i, start in enumerate(hours)
    ]
    quarters = [change + i * QUARTER for i in range((end - change) // QUARTER)]
    finer = [f"{start:%Y-%m-%d %H:%M:%S+00:00},{i % 400 / 2 - 20.5:g},77" for i, start in enumerate(quarters)]
    files = {"hourly": [HISTORY.splitlines()[0], *lines], "quarters": ["utc,omie_es,omie_pt", *finer]}
    for name, rows in files.items():
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress("\n".join([*rows, ""]).encode(), 1))
    return [str(folder / f"{name}.csv.gz") for name in files]


def test_two_years_with_both_changes_of_the_clock(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = two_years(tmp_path)
    assert main(files) == 0
    said = capsys.readouterr().out
    assert "17,520 rows read as spot and PVPC by the hour, in EUR/MWh\n  0 spot cells empty, 730 pvpc cells empty" in said
    for line in ("spot, 60 min: 17,520 stored", "pvpc, 60 min: 16,790 stored", "spot, 15 min: 35,040 stored"):
        assert f"{line}, 0 unchanged" in said
    assert {day: len(known(data_dir, "spot", 60, date.fromisoformat(day))) for day in HOURS_OF_DAYS} == HOURS_OF_DAYS
    assert len(known(data_dir, "pvpc", 60, date(2025, 10, 26))) == 24  # 25, and one at noon is missing
    quarters = known(data_dir, "spot", 15, date(2025, 10, 1))
    assert [price.slot.eur_per_kwh for price in quarters[:3]] == [-0.0205, -0.02, -0.0195]
    assert len(quarters) == 96
    day, then = date(2025, 10, 26), day_bounds(date(2025, 10, 26))[1]
    assert known(data_dir, "spot", 60, day, at=then) == known(data_dir, "spot", 60, day)
    assert known(data_dir, "spot", 60, day, at=day_bounds(date(2025, 10, 25))[0]) == []
    before = stored(data_dir)
    assert main(files) == 0
    said = capsys.readouterr().out
    for line in ("60 min: 0 stored, 17,520", "60 min: 0 stored, 16,790", "15 min: 0 stored, 35,040"):
        assert f"{line} unchanged" in said
    assert stored(data_dir) == before


@pytest.mark.skipif(not PRICES.is_dir(), reason="needs twelve years of real prices, which may not be passed on (SHARED_DATA)")
def test_twelve_years_of_real_prices_have_no_bad_row(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PRICES / "price_es_hourly.csv.gz"), str(PRICES / "omie_es_15min.csv.gz")]) == 0
    said = capsys.readouterr().out
    assert "107,351 rows read as spot and PVPC by the hour, in EUR/MWh\n  0 spot cells empty, 2,159 pvpc cells empty" in said
    for line in ("spot, 60 min: 107,351 stored", "pvpc, 60 min: 105,192 stored", "spot, 15 min: 17,088 stored"):
        assert f"{line}, 0 unchanged" in said
    assert {day: len(known(data_dir, "spot", 60, date.fromisoformat(day))) for day in HOURS_OF_DAYS} == HOURS_OF_DAYS
    assert known(data_dir, "spot", 15, date(2025, 10, 1))[0].slot.eur_per_kwh == 0.1051


def test_published_prices_win_over_imported_ones_and_the_difference_is_told(
    data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def publish() -> None:
        store, state = SqliteStore(data_dir / "series.sqlite", "real"), open_state(data_dir / "state.sqlite", "real")
        energy = EnergyService(store, SqliteIssuedLog(state), {}, lambda: FIRST)  # type: ignore[arg-type] # only asked for the time
        quarters = [PriceSlot(FIRST + i * QUARTER, FIRST + (i + 1) * QUARTER, 0.1) for i in range(4)]
        await energy.keep(PriceBatch("spot", tuple(quarters), "omie", FIRST))
        await energy.keep(PriceBatch("pvpc", (PriceSlot(FIRST, FIRST + HOUR, 0.2),), "redata", FIRST))
        await store.aclose()
        state.close()

    asyncio.run(publish())
    assert main([str(file)]) == 0
    said = capsys.readouterr().out
    assert "2025-10-26T00:00Z: differs_from_published: imported 0.10519 (valid: published 0.10000, which is kept)" in said
    assert "2025-10-26T00:00Z: differs_from_published: imported 0.17644 (valid: published 0.20000, which is kept)" in said
    day = date(2025, 10, 26)
    assert [price.slot.eur_per_kwh for price in known(data_dir, "spot", 60, day)] == [0.1, -0.0005, 0.02002]
    assert [price.slot.eur_per_kwh for price in known(data_dir, "pvpc", 60, day)] == [0.2, 0.0801]


def test_a_file_of_zeros_is_no_file_of_prices_and_the_next_file_is_read(
    data_dir: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zeros = file.with_name("zeros.csv")
    rows = "".join(f"1001;x;8741;x;0;2024-01-09T{hour:02}:00:00+01:00\n" for hour in range(24))
    zeros.write_text("id;name;geoid;geoname;value;datetime\n" + rows)
    assert main([str(zeros), str(file)]) == 1
    assert "24 rows that are no prices yet" in capsys.readouterr().out
    assert {float(value or 0) for value in stored(data_dir, "pvpc").columns["price_eur_kwh"]} == {0.17644, 0.0801}
