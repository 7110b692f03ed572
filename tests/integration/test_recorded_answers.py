"""Recorded answers of REData, ESIOS, archive 70 and OMIE, served as raw bytes over a real socket, through the real clients.

The recordings are not part of the repository: they lie in `../shared/data/api_samples` beside it, or where SHARED_DATA says.
"""

import json
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from adapters.sources.archive70 import Archive70Source
from adapters.sources.esios import EsiosSource, parse_indicator
from adapters.sources.http import Fetcher
from adapters.sources.omie import OmieSource
from adapters.sources.redata import RedataSource
from adapters.sources.responses import json_of
from domain.errors import NotPublishedError, SourceError, SourceRejectedError, SourceUnavailableError
from domain.prices.slots import Market, PriceBatch
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from ports import PriceSource
from support.source_fixtures import utc
from support.upstream import Reply, Seen, fetching, serving

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data")) / "api_samples"
JSON_TYPE, TEXT, HTML, BINARY = "application/json; charset=utf-8", "text/plain", "text/html", "application/octet-stream"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no recorded answers in ../shared/data/api_samples (or SHARED_DATA)")

Build = Callable[[Fetcher], PriceSource]
SOURCES: dict[str, Build] = {
    "redata": RedataSource,
    "esios": lambda fetcher: EsiosSource(fetcher, "token"),
    "archive70": Archive70Source,
    "omie": OmieSource,
}


def sample(name: str) -> bytes:
    """Bytes of a recording."""
    return (SAMPLES / name).read_bytes()


def serving_once(name: str, content_type: str, status: int = 200) -> Callable[[Seen], Reply]:
    """The recording; for a day file its first revision alone."""

    def reply(seen: Seen) -> Reply:
        filename = seen.param("filename")
        if filename and not filename.endswith(".1"):
            return Reply(404, b"<html>404</html>", HTML)
        return Reply(status, sample(name), content_type)

    return reply


async def ask(source: str, name: str, content_type: str, market: Market, day: date, status: int = 200) -> tuple[PriceBatch, int]:
    """The batch that a client makes of a recording, and the number of requests."""
    async with serving(serving_once(name, content_type, status)) as upstream, fetching(upstream.url, source) as fetcher:
        batch = await SOURCES[source](fetcher).prices(market, *day_bounds(day))
    return batch, len(upstream.seen)


LONG_DAY = "synthetic/redata_pvpc_spot_2025-10-26_25h_100q.json"
PVPC: list[tuple[str, str, str, str, int, float, float, str | None]] = [
    ("redata", "redata/PRICES_APIDATOS_2021_06_01.json", JSON_TYPE, "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("redata", "redata/PRICES_APIDATOS_2021_06_01_CYM.json", JSON_TYPE, "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("redata", "redata/PRICES_APIDATOS_2021_10_30.json", JSON_TYPE, "2021-10-30", 24, 0.13104, 0.1687, "2021-10-29T18:17:00"),
    ("redata", "redata/PRICES_APIDATOS_2021_10_31.json", JSON_TYPE, "2021-10-31", 25, 0.17148, 0.14612, "2021-10-30T18:16:46"),
    ("redata", "redata/PVPC_geo8741_2023_09_08.json", JSON_TYPE, "2023-09-08", 24, 0.15095, 0.17408, "2023-09-07T18:46:13"),
    ("redata", LONG_DAY, JSON_TYPE, "2025-10-26", 25, 0.16031, 0.14608, "2025-10-25T18:46:25"),
    ("esios", "esios/PRICES_ESIOS_1001_2021_06_01.json", JSON_TYPE, "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("esios", "esios/PRICES_ESIOS_1001_2021_10_30.json", JSON_TYPE, "2021-10-30", 24, 0.13104, 0.1687, "2021-10-29T18:17:00"),
    ("esios", "esios/PRICES_ESIOS_1001_2021_10_31.json", JSON_TYPE, "2021-10-31", 25, 0.17148, 0.14612, "2021-10-30T18:16:46"),
    ("esios", "esios/PRICES_ESIOS_1001_2023_01_06.json", JSON_TYPE, "2023-01-06", 24, 0.15969, 0.12935, "2023-01-05T19:17:31"),
    ("esios", "esios/PRICES_ESIOS_1001_2024_03_09.json", JSON_TYPE, "2024-03-09", 24, 0.04498, 0.04194, "2024-03-08T19:46:37"),
    ("archive70", "esios/PVPC_CURV_DD_2021_06_01.json", "json", "2021-06-01", 24, 0.11633, 0.1565, None),
    ("archive70", "esios/PVPC_CURV_DD_2021_10_30.json", "json", "2021-10-30", 24, 0.13104, 0.1687, None),
    ("archive70", "esios/PVPC_CURV_DD_2021_10_31.json", "json", "2021-10-31", 25, 0.17148, 0.14612, None),
    ("archive70", "esios/PVPC_CURV_DD_2022_03_27.json", "json", "2022-03-27", 23, 0.17148, 0.15239, None),
]  # fmt: skip


@pytest.mark.parametrize(("source", "name", "kind", "day", "hours", "first", "last", "published"), PVPC, ids=lambda v: str(v)[-28:])
async def test_pvpc(
    source: str, name: str, kind: str, day: str, hours: int, first: float, last: float, published: str | None
) -> None:
    batch, requests = await ask(source, name, kind, "pvpc", date.fromisoformat(day))
    assert requests == 1
    assert [slot.start for slot in batch.slots] == day_slots(date.fromisoformat(day))
    assert {slot.resolution for slot in batch.slots} == {HOUR}
    assert len(batch.slots) == hours
    assert (batch.slots[0].eur_per_kwh, batch.slots[-1].eur_per_kwh) == (first, last)
    assert batch.published_at == (utc(published) if published else None)


SPOT: list[tuple[str, str, str, str, int, float, float]] = [
    ("redata", "redata/PRICES_APIDATOS_2021_06_01.json", JSON_TYPE, "2021-06-01", 24, 0.0895, 0.09152),
    ("redata", "redata/PRICES_APIDATOS_2021_10_30.json", JSON_TYPE, "2021-10-30", 24, 0.1, 0.13266),
    ("redata", "redata/PRICES_APIDATOS_2021_10_31.json", JSON_TYPE, "2021-10-31", 25, 0.13448, 0.1129),
    ("redata", LONG_DAY, JSON_TYPE, "2025-10-26", 100, 0.10519, 0.0881),
    ("esios", "synthetic/esios_600_2025-10-26_100q_two_geos.json", JSON_TYPE, "2025-10-26", 100, 0.10519, 0.0881),
    ("omie", "omie/marginalpdbc_20250930.1", BINARY, "2025-09-30", 24, 0.09546, 0.1015),
    ("omie", "omie/marginalpdbc_20251001.1", BINARY, "2025-10-01", 96, 0.1051, 0.10152),
    ("omie", "omie/marginalpdbc_20251026.1", BINARY, "2025-10-26", 100, 0.10519, 0.0881),
    ("omie", "omie/marginalpdbc_20260329.1", BINARY, "2026-03-29", 92, 0.00541, 0.006),
    ("omie", "omie/marginalpdbc_20260822.1", BINARY, "2026-08-22", 96, 0.17725, 0.15),
]


@pytest.mark.parametrize(("source", "name", "kind", "day", "slots", "first", "last"), SPOT, ids=lambda v: str(v)[-28:])
async def test_spot(source: str, name: str, kind: str, day: str, slots: int, first: float, last: float) -> None:
    batch, _ = await ask(source, name, kind, "spot", date.fromisoformat(day))
    step = QUARTER if slots > 25 else HOUR
    assert [(slot.start, slot.resolution) for slot in batch.slots] == [
        (start, step) for start in day_slots(date.fromisoformat(day), step)
    ]
    assert len(batch.slots) == slots
    assert (batch.slots[0].eur_per_kwh, batch.slots[-1].eur_per_kwh) == (first, last)


async def test_three_sources_agree_on_the_repeated_hour_of_2021() -> None:
    day = date(2021, 10, 31)
    batches = [await ask(source, name, kind, "pvpc", day) for source, name, kind, on, *_ in PVPC if on == "2021-10-31"]
    assert len(batches) == 3
    assert len({tuple((slot.start, slot.eur_per_kwh) for slot in batch.slots) for batch, _ in batches}) == 1


async def test_three_sources_agree_on_the_quarters_of_the_long_day_and_spain_is_not_portugal() -> None:
    day = date(2025, 10, 26)
    batches = [await ask(source, name, kind, "spot", day) for source, name, kind, on, *_ in SPOT if on == "2025-10-26"]
    assert len(batches) == 3
    assert len({tuple((slot.start, slot.eur_per_kwh) for slot in batch.slots) for batch, _ in batches}) == 1


@pytest.mark.parametrize("path", sorted((SAMPLES / "esios").glob("PRICES_ESIOS_*.json")), ids=lambda path: path.stem)
async def test_every_recorded_indicator_is_read_place_by_place(path: Path) -> None:
    """Counted apart from the parser: one value for each distinct `datetime` of each place."""
    values = json.loads(path.read_bytes())["indicator"]["values"]
    async with serving([Reply(body=path.read_bytes(), content_type=JSON_TYPE)]) as upstream, fetching(upstream.url) as fetcher:
        payload = await fetcher.get("/indicators/0", json_of)
    assert len(values) >= 23
    for geo in {value["geo_id"] for value in values}:
        own = {value["datetime"]: value["value"] for value in values if value["geo_id"] == geo}
        readings = parse_indicator(payload, geo).readings
        assert dict(readings) == {datetime.fromisoformat(text): value for text, value in own.items()}
        assert len(readings) == len(own)


async def test_the_terms_of_the_recorded_pvpc_add_up_to_it() -> None:
    for path in sorted((SAMPLES / "esios").glob("PVPC_CURV_DD_*.json")):
        day = date(*map(int, path.stem.split("_")[-3:]))
        async with serving([Reply(body=path.read_bytes(), content_type="json")]) as upstream, fetching(upstream.url) as fetcher:
            terms = await Archive70Source(fetcher).components(day)
        assert [term.start for term in terms] == day_slots(day)
        for term in terms:
            parts = term.energy + term.ancillary + term.capacity + term.tolls + term.margin
            assert parts == pytest.approx(term.total, abs=2.1e-5)  # nine terms, each rounded to 0.01 €/MWh


ERRORS: list[tuple[str, str, str, int, type[SourceError], int]] = [
    ("redata", "redata/errors/400_no_data_or_range_too_long.json", JSON_TYPE, 400, NotPublishedError, 3),
    ("redata", "redata/errors/403_incapsula.html", HTML, 403, SourceUnavailableError, 1),
    ("redata", "redata/errors/403_incapsula.html", HTML, 200, SourceUnavailableError, 5),
    ("esios", "esios/errors/401_access_denied.txt", TEXT, 401, SourceRejectedError, 1),
    ("esios", "synthetic/esios_1001_not_published.json", JSON_TYPE, 200, NotPublishedError, 1),
    ("archive70", "esios/errors/200_archive70_no_values.json", "json", 200, NotPublishedError, 1),
    ("redata", "redata/PRICES_APIDATOS_2021_10_31.json", JSON_TYPE, 200, NotPublishedError, 1),  # another day than asked
]


@pytest.mark.parametrize(("source", "name", "kind", "status", "error", "requests"), ERRORS, ids=lambda v: str(v)[-28:])
async def test_errors(source: str, name: str, kind: str, status: int, error: type[SourceError], requests: int) -> None:
    async with serving(serving_once(name, kind, status)) as upstream, fetching(upstream.url, source) as fetcher:
        with pytest.raises(error) as caught:
            await SOURCES[source](fetcher).prices("pvpc", *day_bounds(date(2026, 11, 23)))
    assert caught.value.source == source
    assert len(upstream.seen) == requests


async def test_a_series_that_is_absent_from_the_recording_is_not_published() -> None:
    with pytest.raises(NotPublishedError, match="600"):
        await ask("redata", "redata/PVPC_geo8741_2023_09_08.json", JSON_TYPE, "spot", date(2023, 9, 8))


def test_no_recording_of_these_sources_is_left_out() -> None:
    used = {row[1] for row in (*PVPC, *SPOT, *ERRORS)}
    used |= {f"esios/{path.name}" for path in (SAMPLES / "esios").glob("P*.json")}
    names = {str(path.relative_to(SAMPLES)) for folder in ("redata", "esios", "omie") for path in (SAMPLES / folder).rglob("*.*")}
    names |= {f"synthetic/{path.name}" for path in (SAMPLES / "synthetic").glob("*") if path.name.startswith(("redata", "esios"))}
    assert names - used == set()
