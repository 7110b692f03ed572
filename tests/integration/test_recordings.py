"""Real answers, recorded: our own answers of the other tests have their shapes, and the real clients read their real figures.

The recordings are not part of the repository, for not all may be passed on. They are looked for in `../shared/data/api_samples`
or in SHARED_DATA; without them this module is skipped, once, and all that the clients must do is still tested on answers of
our own (`test_price_answers.py`, `test_weather_answers.py`).
"""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.errors import (
    BadPayloadError,
    KeyRejectedError,
    NotPublishedError,
    NotSubscribedError,
    RateLimitedError,
    SourceError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.prices.slots import Market
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from support.answer_shapes import json_shape, lines_shape
from support.asking import HTML, JSON_TYPE, PRICE_SOURCES, TEXT, once, prices_from, weather_from
from support.recorded_shapes import aemet_hourly, archive70_day, esios_day, omie_day, owm_five_days, redata_day
from support.source_fixtures import body, utc
from support.upstream import Reply, fetching, serving

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data")) / "api_samples"
if not SAMPLES.is_dir():
    pytest.skip(
        "needs recordings of real answers, which may not be passed on (SHARED_DATA names their folder)", allow_module_level=True
    )

LONDON = (51.52, -0.1)
AUTUMN, LONG = date(2021, 10, 31), date(2025, 10, 26)
OURS: dict[str, bytes] = {
    r"redata/PRICES_APIDATOS_\d+_\d+_\d+": redata_day(AUTUMN),
    r"redata/PRICES_APIDATOS_.*_CYM|redata/PVPC_geo": redata_day(AUTUMN, series=("1001",)),
    r"redata/errors/400": body("redata/not_available.json"),
    r"synthetic/redata": redata_day(LONG, "2025", spot=QUARTER),
    r"esios/PRICES_ESIOS_(1001|1900|2108)_": esios_day(AUTUMN, "five_places"),
    r"esios/PRICES_ESIOS_(10211|1739)_": esios_day(AUTUMN, "one_place"),
    r"synthetic/esios_600": esios_day(LONG, "two_countries", QUARTER),
    r"esios/PVPC_CURV_DD": archive70_day(AUTUMN),
    r"esios/errors/200_archive70": body("esios/archive70_no_values.json"),
    r"aemet/envelope": body("aemet/envelope.json"),
    r"aemet/horaria": aemet_hourly("utf-8"),
    r"aemet/observacion_3195_2021": body("aemet/observations_frozen_wind.json"),
    r"aemet/observacion_3195_2025": body("aemet/observation_with_offset.json"),
    r"owm/onecall": body("owm/one_call.json"),
    r"owm/forecast": owm_five_days(datetime(2026, 5, 20, 9, tzinfo=UTC)),
    r"owm/pyowm_observation": body("owm/kelvin_current.json"),
    r"owm/pyowm_three_hours_forecast_at_coords": body("owm/kelvin_forecast.json"),
}
"""Recordings (a pattern of their names) and the answer of our own that stands in for them."""
SAME_SHAPE = [
    (path.relative_to(SAMPLES).as_posix(), ours)
    for path in sorted(SAMPLES.rglob("*.json"))
    for pattern, ours in OURS.items()
    if re.match(rf"({pattern})", path.relative_to(SAMPLES).as_posix())
]


def text_of(content: bytes) -> str:
    """AEMET writes in either encoding."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("iso-8859-15")


def sample(name: str) -> bytes:
    """Bytes of a recording."""
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize(("name", "ours"), SAME_SHAPE, ids=[name for name, _ in SAME_SHAPE])
def test_our_own_answer_has_the_recorded_shape(name: str, ours: bytes) -> None:
    recorded, own = json_shape(text_of(sample(name))), json_shape(text_of(ours))
    assert (recorded - own, own - recorded) == (set(), set())


@pytest.mark.parametrize("path", sorted((SAMPLES / "omie").iterdir()), ids=lambda path: path.name)
def test_our_own_day_file_has_the_recorded_lines(path: Path) -> None:
    day = datetime.strptime(path.stem[-8:], "%Y%m%d").date()  # noqa: DTZ007 - a day, without a time
    assert lines_shape(path.read_bytes()) == lines_shape(omie_day(day, QUARTER))


FIGURES: list[tuple[str, Market, str, int, float, float, str | None]] = [
    ("redata/PRICES_APIDATOS_2021_06_01", "pvpc", "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("redata/PRICES_APIDATOS_2021_06_01_CYM", "pvpc", "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("redata/PRICES_APIDATOS_2021_10_30", "pvpc", "2021-10-30", 24, 0.13104, 0.1687, "2021-10-29T18:17:00"),
    ("redata/PRICES_APIDATOS_2021_10_31", "pvpc", "2021-10-31", 25, 0.17148, 0.14612, "2021-10-30T18:16:46"),
    ("redata/PVPC_geo8741_2023_09_08", "pvpc", "2023-09-08", 24, 0.15095, 0.17408, "2023-09-07T18:46:13"),
    ("synthetic/redata_pvpc_spot_2025-10-26_25h_100q", "pvpc", "2025-10-26", 25, 0.16031, 0.14608, "2025-10-25T18:46:25"),
    ("esios/PRICES_ESIOS_1001_2021_06_01", "pvpc", "2021-06-01", 24, 0.11633, 0.1565, "2021-05-31T18:19:18"),
    ("esios/PRICES_ESIOS_1001_2021_10_30", "pvpc", "2021-10-30", 24, 0.13104, 0.1687, "2021-10-29T18:17:00"),
    ("esios/PRICES_ESIOS_1001_2021_10_31", "pvpc", "2021-10-31", 25, 0.17148, 0.14612, "2021-10-30T18:16:46"),
    ("esios/PRICES_ESIOS_1001_2023_01_06", "pvpc", "2023-01-06", 24, 0.15969, 0.12935, "2023-01-05T19:17:31"),
    ("esios/PRICES_ESIOS_1001_2024_03_09", "pvpc", "2024-03-09", 24, 0.04498, 0.04194, "2024-03-08T19:46:37"),
    ("esios/PVPC_CURV_DD_2021_06_01", "pvpc", "2021-06-01", 24, 0.11633, 0.1565, None),
    ("esios/PVPC_CURV_DD_2021_10_30", "pvpc", "2021-10-30", 24, 0.13104, 0.1687, None),
    ("esios/PVPC_CURV_DD_2021_10_31", "pvpc", "2021-10-31", 25, 0.17148, 0.14612, None),
    ("esios/PVPC_CURV_DD_2022_03_27", "pvpc", "2022-03-27", 23, 0.17148, 0.15239, None),
    ("redata/PRICES_APIDATOS_2021_06_01", "spot", "2021-06-01", 24, 0.0895, 0.09152, "2021-05-31T11:39:43"),
    ("redata/PRICES_APIDATOS_2021_10_30", "spot", "2021-10-30", 24, 0.1, 0.13266, "2021-10-29T11:42:01"),
    ("redata/PRICES_APIDATOS_2021_10_31", "spot", "2021-10-31", 25, 0.13448, 0.1129, "2021-10-30T11:39:58"),
    ("synthetic/redata_pvpc_spot_2025-10-26_25h_100q", "spot", "2025-10-26", 100, 0.10519, 0.0881, "2025-10-25T18:46:25"),
    ("synthetic/esios_600_2025-10-26_100q_two_geos", "spot", "2025-10-26", 100, 0.10519, 0.0881, "2025-10-25T11:40:00"),
    ("omie/marginalpdbc_20250930", "spot", "2025-09-30", 24, 0.09546, 0.1015, None),
    ("omie/marginalpdbc_20251001", "spot", "2025-10-01", 96, 0.1051, 0.10152, None),
    ("omie/marginalpdbc_20251026", "spot", "2025-10-26", 100, 0.10519, 0.0881, None),
    ("omie/marginalpdbc_20260329", "spot", "2026-03-29", 92, 0.00541, 0.006, None),
    ("omie/marginalpdbc_20260822", "spot", "2026-08-22", 96, 0.17725, 0.15, None),
]


def source_of(name: str) -> str:
    """Who is asked for a recording."""
    return "archive70" if "PVPC_CURV" in name else next(source for source in PRICE_SOURCES if source in name)


@pytest.mark.parametrize(("name", "market", "day", "slots", "first", "last", "published"), FIGURES, ids=lambda v: str(v)[-28:])
async def test_prices(name: str, market: Market, day: str, slots: int, first: float, last: float, published: str | None) -> None:
    source, on = source_of(name), date.fromisoformat(day)
    answer = sample(f"{name}.{1 if source == 'omie' else 'json'}")
    batch, requests = await prices_from(source, answer, market, on)
    step = QUARTER if slots > 25 else HOUR
    assert [(slot.start, slot.resolution) for slot in batch.slots] == [(start, step) for start in day_slots(on, step)]
    assert (len(batch.slots), batch.slots[0].eur_per_kwh, batch.slots[-1].eur_per_kwh) == (slots, first, last)
    assert batch.published_at == (utc(published) if published else None)
    assert requests == (2 if source == "omie" else 1)


@pytest.mark.parametrize(("market", "day"), [("pvpc", AUTUMN), ("spot", LONG)])
async def test_three_sources_agree_on_the_long_day(market: Market, day: date) -> None:
    names = [name for name, kind, on, *_ in FIGURES if kind == market and on == day.isoformat()]
    answers = [(source_of(name), sample(f"{name}.{1 if 'omie' in name else 'json'}")) for name in names]
    batches = [(await prices_from(source, answer, market, day))[0] for source, answer in answers]
    assert len(batches) == 3
    assert len({tuple((slot.start, slot.eur_per_kwh) for slot in batch.slots) for batch in batches}) == 1


REFUSED_PRICES: list[tuple[str, str, int, type[SourceError]]] = [
    ("redata/errors/400_no_data_or_range_too_long.json", JSON_TYPE, 400, NotPublishedError),
    ("redata/errors/403_incapsula.html", HTML, 403, SourceUnavailableError),
    ("redata/errors/403_incapsula.html", HTML, 200, SourceUnavailableError),
    ("esios/errors/401_access_denied.txt", TEXT, 401, KeyRejectedError),
    ("synthetic/esios_1001_not_published.json", JSON_TYPE, 200, NotPublishedError),
    ("esios/errors/200_archive70_no_values.json", "json", 200, NotPublishedError),
]


@pytest.mark.parametrize(("name", "kind", "status", "error"), REFUSED_PRICES, ids=lambda v: str(v)[-28:])
async def test_refused_prices(name: str, kind: str, status: int, error: type[SourceError]) -> None:
    source = "archive70" if "archive70" in name else source_of(name)
    async with serving(once(Reply(status, sample(name), kind))) as upstream, fetching(upstream.url, source) as fetcher:
        with pytest.raises(error):
            await PRICE_SOURCES[source](fetcher).prices("pvpc", *day_bounds(date(2026, 11, 23)))


@pytest.mark.parametrize("name", ["horaria_32054_2020-10-02.json", "horaria_32054_2020-10-02.iso-8859-15.json"])
async def test_the_hourly_forecast_of_ourense(name: str) -> None:
    async with weather_from(sample(f"aemet/{name}"), now=datetime(2020, 10, 2, 16, tzinfo=UTC), municipality="32054") as clients:
        forecast = await clients.aemet.forecast()
    assert (forecast.issued_at, len(forecast.steps)) == (datetime(2020, 10, 2, 15, 25, 49, tzinfo=UTC), 7 + 24 + 8)
    last = forecast.steps[-1]
    assert (last.start, last.temperature, last.humidity) == (datetime(2020, 10, 4, 5, tzinfo=UTC), 12.0, 91.0)


@pytest.mark.parametrize(
    ("name", "rows", "at", "read"),
    [
        ("observacion_3195_2021-01-08_abridged.json", 7, datetime(2021, 1, 8, 14, tzinfo=UTC), (0.1, 97.0, 1009.9)),
        ("observacion_3195_2025-04-29_one_row.json", 1, datetime(2025, 4, 29, 22, tzinfo=UTC), (15.6, 60.0, 1014.3)),
    ],
)
async def test_the_observations_of_retiro(name: str, rows: int, at: datetime, read: tuple[float, float, float]) -> None:
    async with weather_from(sample(f"aemet/{name}"), now=at + rows * HOUR) as clients:
        hours = await clients.aemet.station("3195")
    assert (len(hours), hours[0].start, hours[0].as_of) == (rows, at, at)
    assert (hours[0].temperature, hours[0].humidity, hours[0].pressure) == read


async def test_the_five_day_forecast_of_mambrillas() -> None:
    async with weather_from(
        sample("owm/forecast_42.095_-3.461_2022-07-27.json"), now=datetime(2022, 7, 27, 8, 59, tzinfo=UTC), site=(42.095, -3.461)
    ) as clients:
        forecast = await clients.openweather.forecast()
    first = forecast.steps[0]
    assert (len(forecast.steps), first.start) == (40, datetime(2022, 7, 27, 9, tzinfo=UTC))
    assert (first.temperature, first.humidity, first.pressure, first.wind_speed, first.clouds) == (16.34, 40.0, 1015.0, 1.13, 5.0)


REFUSED_WEATHER: list[tuple[str, int, type[SourceError], str]] = [
    ("aemet/errors/200_estado_404_no_data.json", 200, NotPublishedError, "No hay datos"),
    ("aemet/errors/200_estado_404_range.json", 200, SourceRejectedError, "rango de fechas"),
    ("aemet/errors/401_api_key_invalido.json", 401, KeyRejectedError, "API key invalido"),
    ("aemet/errors/429_limite.json", 429, RateLimitedError, "Límite de peticiones"),
    ("owm/errors/400_wrong_latitude.json", 400, SourceRejectedError, "wrong latitude"),
    ("owm/errors/401_invalid_key.json", 401, KeyRejectedError, "Invalid API key"),
    ("owm/errors/401_onecall_subscription.json", 401, NotSubscribedError, "One Call 3.0"),
    ("owm/errors/404_city_not_found.json", 404, SourceRejectedError, "city not found"),
    ("owm/errors/429_blocked.json", 429, RateLimitedError, "temporary blocked"),
    ("owm/onecall_42.095_-3.461_2022-07-27.json", 200, BadPayloadError, "unknown shape"),
    ("owm/pyowm_three_hours_forecast.json", 200, BadPayloadError, r"temperature: impossible: 288\.43"),
    ("owm/pyowm_three_hours_forecast_at_coords.json", 200, BadPayloadError, r"temperature: impossible: 283\.77"),
    ("owm/pyowm_three_hours_forecast_not_found.json", 200, SourceRejectedError, "test"),
]


@pytest.mark.parametrize(("name", "status", "error", "words"), REFUSED_WEATHER, ids=[row[0] for row in REFUSED_WEATHER])
async def test_refused_weather(name: str, status: int, error: type[SourceError], words: str) -> None:
    now = datetime(2014, 10, 12, 8, tzinfo=UTC) if "at_coords" in name else datetime(2013, 9, 11, 8, tzinfo=UTC)
    async with weather_from(sample(name), status, now=now, site=LONDON) as clients:
        with pytest.raises(error, match=words) as caught:
            await (clients.aemet if name.startswith("aemet") else clients.openweather).forecast()
    assert type(caught.value) is error


async def test_current_weather_in_kelvin_fails_the_limits() -> None:
    async with weather_from(
        sample("owm/pyowm_observation.json"), now=datetime(2013, 9, 11, 11, tzinfo=UTC), site=LONDON
    ) as clients:
        with pytest.raises(BadPayloadError, match=r"temperature: impossible: 288\.44"):
            await clients.openweather.observed()


def test_no_recording_is_left_out() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    compared = {name for name, _ in SAME_SHAPE}
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and path.name != "README.md"]
    assert files
    assert not [path.name for path in files if path.stem not in here and path.relative_to(SAMPLES).as_posix() not in compared]
