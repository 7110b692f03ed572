"""One million points into each store and back, beside the 1.x client of InfluxDB: `scripts/bench store`.

The points are ten years of what the service keeps: prices by quarter and hour, weather of two sources, and forecasts. Every reading
is compared with what was written, value by value. InfluxDB is a real server (1.6 of Debian, index tsi1), started for this and ended
after it; each candidate has a database of its own, and the candidates take turns. `--shard 52w` gives the databases longer shards
than the server's own seven days (docs/influxdb.md).
"""

import argparse
import asyncio
import platform
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import influxdb

from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.series import InfluxStore
from adapters.store.sqlite_series import SqliteStore
from domain.series import FIELDS, FieldType, Rows, SeriesKey, Value, price_key, series_key
from ports import SeriesStore
from support.influx_server import InfluxServer

START = 1_420_070_400
"""2015-01-01 00:00 UTC."""
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
BATCH = 5_000
Points = dict[SeriesKey, Rows]
Timing = tuple[float, float, bool]
"""Seconds to write, seconds to read, whether what was read equals what was written."""


def history(total: int, seed: int = 1) -> Points:
    """About `total` points: shares as in ten years of the service."""
    rng = random.Random(seed)
    weather = [series_key("weather_data", source=s, kind=k) for s in ("AEMET", "OpenWeatherMap") for k in ("observed", "forecast")]
    forecasts = [series_key("predictions", model_version="bench-1", confidence=c) for c in ("low", "medium", "high")]
    quarters = {price_key("spot", 15): 0.4}
    hourly = dict.fromkeys((price_key("spot", 60), price_key("pvpc", 60), *weather, *forecasts), 0.6 / 9)
    spans = [(key, share, 900) for key, share in quarters.items()] + [(key, share, 3600) for key, share in hourly.items()]
    return {key: _rows(key, int(total * share), step, rng) for key, share, step in spans}


def _rows(key: SeriesKey, amount: int, step_s: int, rng: random.Random) -> Rows:
    times = [START + place * step_s for place in range(amount)]
    columns = {name: _column(kind, times, rng) for name, kind in FIELDS[key.measurement].items()}
    return Rows(times, columns)


def _column(kind: FieldType, times: list[int], rng: random.Random) -> list[Value | None]:
    if kind == "int":
        return [time - 36_000 for time in times]
    if kind == "str":
        return rng.choices(["redata", "omie", "esios"], k=len(times))
    return [round(rng.uniform(-0.02, 0.4), 5) for _ in times]


async def through(store: SeriesStore, points: Points) -> Timing:
    """Write and read back through a SeriesStore."""
    started = time.perf_counter()
    for key, rows in points.items():
        await store.write(key, rows)
    written = time.perf_counter()
    back = {key: await store.read(key, *ALWAYS) for key in points}
    done = time.perf_counter()
    await store.aclose()
    return written - started, done - written, all(_same(points[key], rows) for key, rows in back.items())


def _same(rows: Rows, back: Rows) -> bool:
    times = list(rows.times) == list(back.times)
    return times and all(list(column) == list(back.columns[name]) for name, column in rows.columns.items())


def ours(server: InfluxServer, database: str, points: Points) -> Timing:
    """The adapter of this project."""
    return asyncio.run(through(InfluxStore(InfluxTarget(server.url, database), "simulated"), points))


def theirs(server: InfluxServer, database: str, points: Points) -> Timing:
    """The `influxdb` client of PyPI as its documentation shows it: dictionaries in, `get_points` out; gzip and seconds as ours."""
    client = influxdb.InfluxDBClient(host="127.0.0.1", port=server.port, database=database, gzip=True, timeout=300)
    started = time.perf_counter()
    for key, rows in points.items():
        client.write_points(_dictionaries(key, rows), time_precision="s", batch_size=BATCH)
    written = time.perf_counter()
    back = {key: _asked(client, key) for key in points}
    done = time.perf_counter()
    client.close()
    return written - started, done - written, all(_same(points[key], rows) for key, rows in back.items())


def _dictionaries(key: SeriesKey, rows: Rows) -> list[dict[str, Any]]:
    tags, names = dict(key.tags), list(rows.columns)
    points = zip(rows.times, zip(*rows.columns.values(), strict=True), strict=True)
    return [
        {"measurement": key.measurement, "tags": tags, "time": t, "fields": dict(zip(names, v, strict=True))} for t, v in points
    ]


def _asked(client: Any, key: SeriesKey) -> Rows:
    names = list(FIELDS[key.measurement])
    where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in key.tags)
    query = f'SELECT {", ".join(names)} FROM "{key.measurement}" WHERE {where}'  # noqa: S608 - keys of our own
    found = list(client.query(query, epoch="s").get_points())
    columns = {
        name: [float(point[name]) if kind == "float" else point[name] for point in found]
        for name, kind in FIELDS[key.measurement].items()
    }
    return Rows([point["time"] for point in found], columns)


def sqlite(folder: Path, database: str, points: Points) -> Timing:
    """The embedded store."""
    return asyncio.run(through(SqliteStore(folder / f"{database}.sqlite", "simulated"), points))


def compare(server: InfluxServer, folder: Path, points: Points, repeats: int, shard: str) -> dict[str, list[Timing]]:
    """Each candidate in turn, as often as asked."""
    candidates: dict[str, Callable[[str], Timing]] = {
        "InfluxDB, this adapter": lambda name: ours(server, name, points),
        "InfluxDB, influxdb (PyPI) client": lambda name: theirs(server, name, points),
        "SQLite, this adapter": lambda name: sqlite(folder, name, points),
    }
    timings: dict[str, list[Timing]] = {title: [] for title in candidates}
    for turn in range(repeats):
        for place, (title, candidate) in enumerate(candidates.items()):
            database = f"bench{turn}_{place}"
            server.make_bucket(database, shard)
            timings[title].append(candidate(database))
            server.drop_bucket(database)
    return timings


def main() -> int:
    """Run and print a table; 1 when something read back differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--shard", default="", help="duration of a shard, such as 52w")
    arguments = parser.parse_args()
    program = shutil.which("influxd")
    if program is None:
        print("influxd is missing: scripts/setup-system brings it", file=sys.stderr)
        return 2
    points = history(arguments.points)
    amount = sum(map(len, points.values()))
    with tempfile.TemporaryDirectory(prefix="bench-store-") as name:
        server = InfluxServer(program, Path(name) / "influx")
        server.start()
        try:
            timings = compare(server, Path(name), points, arguments.repeats, arguments.shard)
        finally:
            server.kill()
    print(f"{amount:,} points in {len(points)} series, Python {platform.python_version()}, median of {arguments.repeats} (best)")
    for title, runs in timings.items():
        writes, reads = ([amount / seconds for seconds in column] for column in list(zip(*runs, strict=True))[:2])
        equal = all(run[2] for run in runs)
        print(
            f"{title:34} write {statistics.median(writes):>9,.0f} ({max(writes):,.0f}) points/s   "
            f"read {statistics.median(reads):>9,.0f} ({max(reads):,.0f}) points/s   {'equal' if equal else 'DIFFERENT'}"
        )
    return 0 if all(run[2] for runs in timings.values() for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
