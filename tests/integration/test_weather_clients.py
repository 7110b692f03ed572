"""The clients of AEMET and OpenWeatherMap on real sockets, against scripted upstreams (uvicorn keeps header names with `_`)."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sources.aemet.client import Aemet
from adapters.sources.openweather import OpenWeather
from domain.errors import BadPayloadError, NotPublishedError, SourceRejectedError, SourceUnavailableError
from support.upstream import HandClock, Reply, Seen, Upstream, fetching, serving

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
NOW = datetime(2026, 11, 22, 12, 25, tzinfo=UTC)
SITE = {"latitude": 38.151107, "longitude": -3.629453}
OBSERVATION, FORECAST = (
    "/opendata/api/observacion/convencional/datos/estacion/",
    "/opendata/api/prediccion/especifica/municipio/horaria/",
)
NO_DATA = {"descripcion": "No hay datos que satisfagan esos criterios", "estado": 404}


def text(content: object) -> Reply:
    """A body as AEMET sends it."""
    return Reply(body=json.dumps(content, ensure_ascii=False).encode("iso-8859-15"), content_type="text/plain;charset=ISO-8859-15")


def stored(name: str) -> Reply:
    return Reply(body=(FIXTURES / "aemet" / name).read_text(encoding="utf-8").encode("iso-8859-15"), content_type="text/plain")


class TwoSteps:
    """A stand-in for AEMET: first step -> address -> data. `where` makes the address from the host."""

    def __init__(self, *data: Reply, where: Callable[[str], str] = lambda host: f"http://{host}/opendata/sh/1a2b") -> None:
        self._data = data
        self._where = where
        self.first = self.second = 0

    def __call__(self, request: Seen) -> Reply:
        if request.path.startswith("/opendata/sh/"):
            self.second += 1
            return self._data[min(self.second, len(self._data)) - 1]
        self.first += 1
        return text({"descripcion": "exito", "estado": 200, "datos": self._where(request.headers["host"])})


async def test_the_key_goes_in_the_header_of_the_first_step_only() -> None:
    later = HandClock(NOW + timedelta(hours=1))
    async with (
        serving(TwoSteps(stored("observations.json"))) as upstream,
        fetching(upstream.url + "/opendata", "aemet", clock=later) as fetch,
    ):
        hours = await client(fetch, upstream).station("5279X")
    assert len(hours) == 4
    first, second = upstream.seen
    assert (first.path, first.headers["api_key"], first.query) == (f"{OBSERVATION}5279X", "a-secret", ())
    assert (second.path, second.headers.get("api_key")) == ("/opendata/sh/1a2b", None)


def client(fetch: object, upstream: Upstream, *, stations: tuple[str, ...] = ("5279X",), clock: HandClock | None = None) -> Aemet:
    return Aemet(
        fetch,  # type: ignore[arg-type]
        "a-secret",
        stations=stations,
        municipality="23055",
        base_url=upstream.url + "/opendata",
        clock=clock or HandClock(NOW),
    )


async def test_trouble_with_the_second_step_starts_again_from_the_first() -> None:
    script = TwoSteps(Reply(status=500), text({"descripcion": "datos expirados", "estado": 404}), stored("hourly_spring.json"))
    async with serving(script) as upstream, fetching(upstream.url + "/opendata", "aemet") as fetch:
        forecast = await client(fetch, upstream).forecast()
    assert (script.first, script.second) == (3, 3)
    assert upstream.seen[0].path == f"{FORECAST}23055"
    assert forecast.steps[0].temperature == 11.0


@pytest.mark.parametrize(
    "where",
    [
        lambda host: "http://169.254.169.254/opendata/sh/1a2b",
        lambda host: f"http://{host}/latest/meta-data",
        lambda host: f"http://{host}/opendata/sh/../../admin",
        lambda host: f"https://{host}/opendata/sh/1a2b",
        lambda host: f"http://{host}@example.org/opendata/sh/1a2b",
        lambda host: "file:///etc/passwd",
        lambda host: "",
    ],
)
async def test_an_address_elsewhere_is_never_followed(where: Callable[[str], str]) -> None:
    script = TwoSteps(stored("observations.json"), where=where)
    async with serving(script) as upstream, fetching(upstream.url + "/opendata", "aemet") as fetch:
        with pytest.raises(BadPayloadError, match="unexpected place"):
            await client(fetch, upstream).station("5279X")
    assert (len(upstream.seen), script.second) == (1, 0)


async def test_another_host_for_the_data_can_be_allowed() -> None:
    async with serving(TwoSteps(stored("observations.json"))) as files:
        host = files.url.removeprefix("http://")
        async with (
            serving(TwoSteps(where=lambda _: f"http://{host}/opendata/sh/9")) as upstream,
            fetching(upstream.url + "/opendata", "aemet", clock=HandClock(NOW + timedelta(hours=1))) as fetch,
        ):
            source = Aemet(
                fetch, "k", stations=["5279X"], municipality="23055", base_url=upstream.url + "/opendata", clock=HandClock(NOW),
                data_hosts=[host],
            )  # fmt: skip
            assert len(await source.station("5279X")) == 4


def stations(**rows: list[dict[str, object]]) -> Callable[[Seen], Reply]:
    """Stations by name; one without rows has no data."""

    def reply(request: Seen) -> Reply:
        name = request.path.rsplit("/", 1)[1]
        if request.path.startswith("/opendata/sh/"):
            return text(rows[name])
        if not rows.get(name):
            return text(NO_DATA)
        return text({"estado": 200, "datos": f"http://{request.headers['host']}/opendata/sh/{name}"})

    return reply


def row(station: str, at: datetime, **values: float) -> dict[str, object]:
    return {"idema": station, "fint": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), **values}


async def observed(script: Callable[[Seen], Reply]) -> tuple[list[tuple[int, float | None]], int]:
    async with serving(script) as upstream, fetching(upstream.url + "/opendata", "aemet") as fetch:
        hours = await client(fetch, upstream, stations=("near", "far")).observed()
    return [(hour.start.hour, hour.temperature) for hour in hours], len(upstream.seen)


async def test_while_the_nearest_station_is_up_to_date_the_others_are_left_alone() -> None:
    assert await observed(
        stations(near=[row("near", datetime(2026, 11, 22, 11, tzinfo=UTC), ta=9.0)], far=[row("far", NOW, ta=99.0)])
    ) == (
        [(11, 9.0)],
        2,
    )


async def test_where_the_nearest_station_is_silent_the_next_one_speaks() -> None:
    assert await observed(stations(far=[row("far", datetime(2026, 11, 22, 12, tzinfo=UTC), ta=8.0)])) == ([(12, 8.0)], 3)


async def test_a_station_whose_thermometer_is_frozen_keeps_its_hours_and_the_next_one_adds_the_rest() -> None:
    near = [
        row("near", datetime(2026, 11, 22, hour, tzinfo=UTC), **({"ta": 5.0} if hour < 8 else {"hr": 70.0})) for hour in (7, 12)
    ]
    far = [row("far", datetime(2026, 11, 22, hour, tzinfo=UTC), ta=7.0) for hour in (7, 11)]
    hours, requests = await observed(stations(near=near, far=far))
    assert (hours, requests) == ([(7, 5.0), (11, 7.0), (12, None)], 4)


async def test_without_any_station_there_is_nothing() -> None:
    with pytest.raises(NotPublishedError):
        await observed(stations())


async def test_openweathermap_is_asked_in_metric_units_for_the_place() -> None:
    replies = [
        Reply(body=(FIXTURES / "owm" / "current.json").read_bytes()),
        Reply(body=(FIXTURES / "owm" / "forecast.json").read_bytes()),
    ]
    async with serving(replies) as upstream, fetching(upstream.url, "openweathermap", clock=HandClock(NOW)) as fetch:
        source = OpenWeather(fetch, "a-secret", **SITE)
        (hour,) = await source.observed()
        forecast = await source.point_forecast(42.5, -3.7)
    assert (hour.temperature, len(forecast.steps)) == (12.34, 3)
    first, second = upstream.seen
    assert (first.path, first.param("units"), first.param("appid")) == ("/data/2.5/weather", "metric", "a-secret")
    assert (second.path, second.param("lat"), second.param("lon")) == ("/data/2.5/forecast", "42.5", "-3.7")


@pytest.mark.parametrize(
    "reply", [Reply(status=401, body=b'{"cod":401,"message":"Invalid API key."}'), Reply(status=500), Reply(cut=True)]
)
async def test_no_key_reaches_a_log_or_an_error(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    async with serving([reply]) as upstream:
        async with fetching(upstream.url, "openweathermap", clock=HandClock(NOW)) as fetch:
            with pytest.raises((SourceRejectedError, SourceUnavailableError)) as caught:
                await OpenWeather(fetch, "a-secret", **SITE).observed()
            shown += [repr(caught.value), repr(caught.value.__cause__), repr(fetch.health)]
        async with fetching(upstream.url + "/opendata", "aemet", clock=HandClock(NOW)) as fetch:
            with pytest.raises((SourceRejectedError, SourceUnavailableError)) as caught:
                await client(fetch, upstream).forecast()
            shown += [repr(caught.value), repr(fetch.health)]
    assert "a-secret" not in caplog.text + "".join(shown)


async def test_a_refused_key_is_not_asked_again() -> None:
    replies = [text({"descripcion": "API key invalido", "estado": 401})]
    async with serving(replies) as upstream, fetching(upstream.url + "/opendata", "aemet") as fetch:
        with pytest.raises(SourceRejectedError, match="API key invalido"):
            await client(fetch, upstream).forecast()
    assert len(upstream.seen) == 1
