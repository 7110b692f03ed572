"""The documents of AEMET: observations of a station, the hourly forecast of a municipality."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from domain.timeline import MADRID
from simulator.climate import hour_of, instant_of
from simulator.noise import uniforms
from simulator.places import Place
from simulator.sky import AEMET_SKY, aemet_sky, sun_times
from simulator.weather import Climate, Weather

ROWS = 24
"""Hours that a station's answer holds."""
DELAY = timedelta(minutes=18)
"""An hour is served so long after its end."""
ISSUES = (2, 8, 14, 20)
"""UTC hours at 40 minutes past which a forecast is issued."""
COPYRIGHT = "© AEMET. Autorizado el uso de la información y su reproducción citando a AEMET como autora de la misma."
HOURS = 48
"""Hours that a forecast holds, from nine hours before its issue."""
WINDOWS = ("0208", "0814", "1420", "2002")
COMPASS = ("N", "NE", "E", "SE", "S", "SO", "O", "NO")

FROZEN = (("vv", "dv", "vmax", "dmax", "rviento"), ("hr", "tpr"), ("pres_nmar",), ("pres", "pres_nmar"))
"""Keys that fall out of a row together when a sensor is frozen."""


def observations(climate: Climate, seed: int, place: Place, now: datetime) -> list[dict[str, Any]]:
    """Rows of the last hours; `fint` is the end of the hour, in UTC."""
    last = hour_of(now - DELAY)
    first = last - ROWS + 1
    weather = climate.observed(place, first - 1, last + 1)
    return [_observation(weather, seed, place, first + i, i + 1) for i in range(ROWS)]


def _observation(weather: Weather, seed: int, place: Place, hour: int, i: int) -> dict[str, Any]:
    before, at = weather.temperature_c[i - 1], weather.temperature_c[i]
    row: dict[str, Any] = {
        "idema": place.station,
        "lon": place.longitude,
        "fint": instant_of(hour).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "prec": round(float(weather.rain_mm[i - 1]), 1),
        "alt": float(place.altitude_m),
        "vmax": round(float(weather.gust_ms[i]), 1),
        "vv": round(float(weather.wind_ms[i]), 1),
        "dv": float(round(weather.direction[i])),
        "lat": place.latitude,
        "dmax": float(round(weather.direction[i - 1])),
        "ubi": place.name.upper(),
        "pres": round(float(weather.station_hpa[i]), 1),
        "hr": float(round(weather.humidity[i])),
        "pres_nmar": round(float(weather.msl_hpa[i]), 1),
        "tamin": round(float(min(before, at)), 1),
        "ta": round(float(at), 1),
        "tamax": round(float(max(before, at)), 1),
        "tpr": round(float(weather.dew_c[i]), 1),
        "rviento": float(round(weather.wind_ms[i] * 36)),
    }
    for number, keys in enumerate(FROZEN):
        if uniforms(seed, f"{place.name}/frozen/{number}", np.array([hour]))[0] < 0.015:
            row = {key: value for key, value in row.items() if key not in keys}
    return row


def issue_time(now: datetime) -> datetime:
    """When the newest forecast was issued (UTC)."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    times = [midnight + timedelta(days=days, hours=hour, minutes=40) for days in (-1, 0) for hour in ISSUES]
    return max(time for time in times if time <= now)


def hourly_forecast(climate: Climate, place: Place, now: datetime) -> list[dict[str, Any]]:
    """The forecast document: local hours without offset, every value a string, three days of which two are cut."""
    issued = issue_time(now).astimezone(MADRID)
    first = max(issued.replace(hour=0, minute=0), issued - timedelta(hours=9)).replace(minute=0, tzinfo=None)
    labels = [first + timedelta(hours=i) for i in range(HOURS)]
    hours = [hour_of(label.replace(tzinfo=MADRID)) for label in labels]
    weather = climate.forecast(place, "aemet", hour_of(issued), min(hours), max(hours) + 1)
    days = sorted({label.date() for label in labels})
    table = [(label, hour - min(hours)) for label, hour in zip(labels, hours, strict=True)]
    return [
        {
            "origen": {
                "productor": "Agencia Estatal de Meteorología - AEMET. Gobierno de España",
                "web": "http://www.aemet.es",
                "enlace": f"http://www.aemet.es/es/eltiempo/prediccion/municipios/horas/{place.name.lower()}-id{place.municipality}",
                "language": "es",
                "copyright": COPYRIGHT,
                "notaLegal": "http://www.aemet.es/es/nota_legal",
            },
            "elaborado": issued.strftime("%Y-%m-%dT%H:%M:%S"),
            "nombre": place.name,
            "provincia": place.name,
            "prediccion": {"dia": [_day(place, weather, [entry for entry in table if entry[0].date() == day]) for day in days]},
            "id": place.municipality,
            "version": "1.0",
        }
    ]


def _day(place: Place, weather: Weather, table: Sequence[tuple[datetime, int]]) -> dict[str, Any]:
    noon = table[0][0].replace(hour=12, tzinfo=MADRID)
    rise, fall = (time.astimezone(MADRID) for time in sun_times(noon, place.latitude, place.longitude))

    def each(text: Callable[[int], str]) -> list[dict[str, str]]:
        return [{"value": text(i), "periodo": f"{label:%H}"} for label, i in table]

    rain = {f"{label:%H}": float(weather.rain_mm[i]) for label, i in table}
    skies = []
    for label, i in table:
        code = aemet_sky(float(weather.cloud[i]), float(weather.rain_mm[i]))
        night = "" if rise.hour < label.hour < fall.hour else "n"
        skies.append({"value": code + night, "periodo": f"{label:%H}", "descripcion": AEMET_SKY[code]})
    return {
        "estadoCielo": skies,
        "precipitacion": each(lambda i: _rain(float(weather.rain_mm[i]))),
        "probPrecipitacion": _windows(rain, lambda wet: str(min(100, round(20 * wet * 5)))),
        "probTormenta": _windows(rain, lambda _: "0"),
        "nieve": each(lambda _: "0"),
        "probNieve": _windows(rain, lambda _: "0"),
        "temperatura": each(lambda i: f"{weather.temperature_c[i]:.0f}"),
        "sensTermica": each(lambda i: f"{weather.temperature_c[i] - 0.3 * weather.wind_ms[i]:.0f}"),
        "humedadRelativa": each(lambda i: f"{weather.humidity[i]:.0f}"),
        "vientoAndRachaMax": [part for label, i in table for part in _wind(weather, f"{label:%H}", i)],
        "fecha": f"{table[0][0]:%Y-%m-%d}T00:00:00",
        "orto": f"{rise:%H:%M}",
        "ocaso": f"{fall:%H:%M}",
    }


def _rain(rain_mm: float) -> str:
    """0, a tenth of a millimetre, or `Ip` for less than that."""
    if rain_mm <= 0:
        return "0"
    return f"{rain_mm:.1f}".rstrip("0").rstrip(".") if rain_mm >= 0.05 else "Ip"


def _windows(rain: dict[str, float], text: Callable[[float], str]) -> list[dict[str, str]]:
    """Probabilities in windows of six hours; empty where the forecast does not reach."""
    parts = []
    for window in WINDOWS:
        start, end = int(window[:2]), int(window[2:])
        inside = [rain[f"{hour % 24:02d}"] for hour in range(start, end if end > start else 24) if f"{hour % 24:02d}" in rain]
        parts.append({"value": text(sum(mm > 0 for mm in inside) / len(inside)) if inside else "", "periodo": window})
    return parts


def _wind(weather: Weather, label: str, i: int) -> list[dict[str, Any]]:
    direction = COMPASS[round(float(weather.direction[i]) / 45) % 8]
    speed = f"{weather.wind_ms[i] * 3.6:.0f}"
    return [
        {"direccion": [direction], "velocidad": [speed], "periodo": label},
        {"value": f"{weather.gust_ms[i] * 3.6:.0f}", "periodo": label},
    ]
