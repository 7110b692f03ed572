"""kill -9 during an import, 50 times: the store opens, nothing acknowledged is missing, and the same command goes on."""

import asyncio
import random
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from adapters.store.sqlite_series import SqliteStore
from domain.prices.merge import as_known, price_log_name
from domain.prices.slots import published_by
from domain.series import Rows, price_key
from domain.timeline import HOUR, epoch, utc_from_epoch
from support.import_process import kill_at_a_random_moment, start

ROUNDS = 25
SLOTS, BATCH = 3000, 150
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
LAST = FIRST + SLOTS * HOUR
SPOT = price_key("spot", 60)
SAFE = re.compile(r"^  spot, 60 min: ([\d,]+) of 3,000 safe", re.MULTILINE)


def write_file(path: Path, shift: int) -> list[float]:
    """Prices [€/kWh] of SLOTS hours, as a known export."""
    prices = [(place * 37 % 3001 - 500 + shift) / 10 for place in range(SLOTS)]
    lines = [f"{(FIRST + place * HOUR).isoformat(sep=' ')},{price}" for place, price in enumerate(prices)]
    path.write_text("utc,omie_es\n" + "\n".join(lines) + "\n")
    return [round(price / 1000, 8) for price in prices]


def acknowledged(output: Path) -> int:
    """How many slots it has said to be safe."""
    counts = SAFE.findall(output.read_text(encoding="utf-8")) if output.exists() else []
    return int(counts[-1].replace(",", "")) if counts else 0


async def stored(data_dir: Path, at: datetime | None = None) -> Rows:
    """Everything in the history, as it is or as it was known."""
    store, state = SqliteStore(data_dir / "series.sqlite", "real"), open_state(data_dir / "state.sqlite", "real")
    rows = await store.read(SPOT, FIRST, LAST)
    if at is not None:
        rows = as_known(rows, await SqliteIssuedLog(state).as_of(price_log_name("spot", 60), at, FIRST, LAST), at)
    await store.aclose()
    state.close()
    return rows


def prices_of(rows: Rows) -> list[float]:
    return [float(price or 0) for price in rows.columns.get("price_eur_kwh", ())]


def check_files(data_dir: Path) -> None:
    for name in ("series.sqlite", "state.sqlite"):
        connection = sqlite3.connect(data_dir / name)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def killed_round(data_dir: Path, file: Path, chance: random.Random) -> int:
    """One import that is killed; how many slots it acknowledged."""
    output = data_dir.parent / "output.txt"
    output.unlink(missing_ok=True)
    kill_at_a_random_moment(start(data_dir, output, BATCH, [str(file)]), output, chance)
    return acknowledged(output)


def finish(data_dir: Path, file: Path) -> str:
    output = data_dir.parent / "output.txt"
    process = start(data_dir, output, BATCH, [str(file)])
    process.join(60)
    assert process.exitcode == 0
    return output.read_text(encoding="utf-8")


def test_a_first_import_survives_being_killed(tmp_path: Path) -> None:
    chance, file = random.Random(20251026), tmp_path / "prices.csv"
    prices = write_file(file, 0)
    cut_short = 0
    for number in range(ROUNDS):
        data_dir = tmp_path / f"data-{number // 3}"
        said = killed_round(data_dir, file, chance)
        rows = asyncio.run(stored(data_dir))
        check_files(data_dir)
        assert len(rows) >= said
        assert prices_of(rows) == prices[: len(rows)]
        cut_short += 0 < len(rows) < SLOTS
    assert cut_short >= 5, "too few rounds were killed in the middle to show anything"
    finish(data_dir, file)
    rows = asyncio.run(stored(data_dir))
    assert prices_of(rows) == prices
    assert list(rows.columns["as_of"]) == [epoch(published_by("spot", utc_from_epoch(time))) for time in rows.times]
    assert "spot, 60 min: 0 stored, 3,000 unchanged" in finish(data_dir, file)


def test_an_import_of_revised_values_survives_being_killed_and_forgets_no_old_value(tmp_path: Path) -> None:
    chance, data_dir, file = random.Random(20250330), tmp_path / "data", tmp_path / "prices.csv"
    before = write_file(file, 0)
    finish(data_dir, file)
    long_ago = datetime(2025, 1, 1, tzinfo=UTC)
    changed_in_the_middle = 0
    for number in range(ROUNDS):
        after = write_file(file, number // 3 + 1)
        said = killed_round(data_dir, file, chance)
        now = prices_of(asyncio.run(stored(data_dir)))
        check_files(data_dir)
        assert now[:said] == after[:said]
        assert prices_of(asyncio.run(stored(data_dir, at=long_ago))) == before
        changed_in_the_middle += now != after and said > 0
    assert changed_in_the_middle >= 5, "too few rounds were killed in the middle to show anything"
    finish(data_dir, file)
    assert prices_of(asyncio.run(stored(data_dir))) == after
    assert prices_of(asyncio.run(stored(data_dir, at=long_ago))) == before
    assert prices_of(asyncio.run(stored(data_dir, at=datetime.max.replace(tzinfo=UTC) - timedelta(days=1)))) == after
