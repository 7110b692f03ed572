"""What AEMET's answers say: errors in four places, observations, hourly forecasts. Pure.

The code of an error may stand in the HTTP status, in the header `aemet_estado`, or in `estado` of a 200 body of either step.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any

from adapters.sources.responses import AmbiguousError, Answer, check_status, json_of, loads_any, retry_after_s
from domain.errors import BadPayloadError, NotPublishedError, RateLimitedError, SourceRejectedError, SourceUnavailableError
from domain.timeline import HOUR, MADRID, floor_to
from domain.weather.hours import Forecast, Step, WeatherHour, within_limits

logger = logging.getLogger("data_ingestion")

FIELDS = {"temperature": "ta", "humidity": "hr", "pressure": "pres_nmar"}
"""Our quantity -> AEMET's field. `pres` is the pressure at the station (515 m: 60 hPa less) and is never taken."""
NO_DATA = "no hay datos"
"""Beginning of the text with which AEMET says that something does not exist; other texts under 404 are passing trouble."""
BAD_RANGE = "rango de fechas"


def envelope_of(answer: Answer) -> str:
    """The address that the first step answers with."""
    content = _checked(answer, second=False)
    if not isinstance(content, Mapping) or not isinstance(content.get("datos"), str):
        raise BadPayloadError(answer.source, "the first answer holds no address of the data")
    return str(content["datos"])


def data_of(answer: Answer) -> Any:
    """The content of the second step."""
    return _checked(answer, second=True)


def _checked(answer: Answer, *, second: bool) -> Any:
    """The JSON of an answer that is no error."""
    code, text = _stated(answer)
    if code == 429:
        raise RateLimitedError(answer.source, text or "asked too often", _until_next_minute_s(answer))
    if code == 401:
        raise SourceRejectedError(answer.source, f"the key is not valid ({text or 'HTTP 401'})")
    if code == 404:
        raise _absent(answer.source, text, second=second)
    if code >= 500 or (second and code != 200):
        raise SourceUnavailableError(answer.source, f"status {code} {text}".strip())
    check_status(answer)
    if code != 200:
        raise SourceRejectedError(answer.source, f"status {code} {text}".strip())
    return json_of(answer)


def _absent(source: str, text: str, *, second: bool) -> Exception:
    if NO_DATA in text.lower():
        return NotPublishedError(source, text)
    if BAD_RANGE in text.lower():
        return SourceRejectedError(source, text)
    if second:
        return SourceUnavailableError(source, f"the address of the data has expired ({text or 'status 404'})")
    return AmbiguousError(source, text or "status 404")


def _stated(answer: Answer) -> tuple[int, str]:
    """(code, text): the first code that is not 200 of HTTP status, header and body."""
    body = _body_or_none(answer)
    text = str(body.get("descripcion", "")) if isinstance(body, Mapping) else ""
    stated = [answer.status, answer.headers.get("aemet_estado"), body.get("estado") if isinstance(body, Mapping) else None]
    for code in stated:
        if code is not None and str(code).isdigit() and int(code) != 200:
            return int(code), text or str(answer.headers.get("aemet_mensaje", ""))
    return 200, text


def _body_or_none(answer: Answer) -> Any:
    try:
        return loads_any(answer.body)
    except json.JSONDecodeError:
        return None


def _until_next_minute_s(answer: Answer) -> float:
    """Seconds to the next minute, by which AEMET counts, and two more; or what Retry-After says (never seen)."""
    if "retry-after" in answer.headers:
        return retry_after_s(answer)
    return 62.0 - answer.received_at.second


def observed_hours(answer: Answer) -> list[WeatherHour]:
    """The rows of a station. Every sensor may be missing.

    `fint` is UTC, with or without saying so. It ends the hour of what is counted (rain, extremes, none of which is read here);
    `ta`, `hr` and `pres_nmar` are readings of that very instant (AEMET, metadata of the product), as the forecasts are values
    for an instant. So a reading at 15:00 stands for the hour from 15:00 on, beside the forecast for 15:00.
    """
    content = data_of(answer)
    if not isinstance(content, list):
        raise BadPayloadError(answer.source, f"observations are a list, got {type(content).__name__}")
    if not content:
        raise NotPublishedError(answer.source, "no observations")
    hours = [_observed(row) for row in content]
    if all(hour.temperature is None for hour in hours) and any(row.get("ta") is not None for row in content):
        raise BadPayloadError(answer.source, f"no temperature is possible in °C, such as {content[-1].get('ta')!r}")
    return hours


def _observed(row: Mapping[str, Any]) -> WeatherHour:
    read_at = datetime.fromisoformat(row["fint"])
    read_at = read_at.astimezone(UTC) if read_at.tzinfo else read_at.replace(tzinfo=UTC)
    values = {name: _sensor(row, name, field) for name, field in FIELDS.items()}
    return WeatherHour(floor_to(read_at, HOUR), "AEMET", "observed", read_at, **values)


def _sensor(row: Mapping[str, Any], name: str, field: str) -> float | None:
    value = None if row.get(field) is None else float(row[field])
    if within_limits(name, value):
        return value
    logger.warning("impossible_reading source=AEMET station=%s hour=%s %s=%s", row.get("idema"), row["fint"], field, value)
    return None


def forecast_of(answer: Answer) -> Forecast:
    """The hourly forecast of a municipality: temperature and humidity by local hour.

    Hours before the one in which it was made are dropped. On the autumn day 02 stands once and is taken as the first of the
    two; on the spring day 02 does not exist and is dropped.
    """
    content = data_of(answer)
    if not isinstance(content, list) or not content:
        raise BadPayloadError(answer.source, "a forecast is a list of one")
    made_at = datetime.fromisoformat(content[0]["elaborado"])
    issued_at = (made_at if made_at.tzinfo else made_at.replace(tzinfo=MADRID)).astimezone(UTC)
    issued_at = min(issued_at.replace(microsecond=0), answer.received_at.astimezone(UTC).replace(microsecond=0))
    steps = {step.start: step for day in content[0]["prediccion"]["dia"] for step in _day_steps(day)}
    kept = [steps[start] for start in sorted(steps) if start >= floor_to(issued_at, HOUR)]
    if not kept:
        raise NotPublishedError(answer.source, f"the forecast made at {issued_at.isoformat()} reaches no further hour")
    return Forecast("AEMET", issued_at, tuple(kept))


def _day_steps(day: Mapping[str, Any]) -> Iterator[Step]:
    midnight = datetime.fromisoformat(day["fecha"]).date()
    temperatures, humidities = _by_hour(day.get("temperatura")), _by_hour(day.get("humedadRelativa"))
    for hour in sorted(temperatures.keys() | humidities.keys()):
        local = datetime.combine(midnight, time(hour), MADRID)
        start = local.astimezone(UTC)
        if start.astimezone(MADRID).hour == hour:  # else it is the hour that the spring clock skips
            yield Step(start, temperature=temperatures.get(hour), humidity=humidities.get(hour))


def _by_hour(entries: list[Mapping[str, Any]] | None) -> dict[int, float]:
    """Hour -> value of the entries that have one ("" is none)."""
    return {int(entry["periodo"]): float(entry["value"]) for entry in entries or [] if str(entry["value"]).strip()}
