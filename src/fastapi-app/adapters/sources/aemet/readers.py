"""What AEMET's answers say: errors in four places, observations, hourly forecasts. Pure.

The code of an error may stand in the HTTP status, in the header `aemet_estado`, or in `estado` of a 200 body of either step.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.sources.responses import AmbiguousError, Answer, check_status, json_of, loads_any, retry_after_s
from domain.errors import (
    BadPayloadError,
    KeyRejectedError,
    NotPublishedError,
    RateLimitedError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.intake.cells import number, text_number
from domain.intake.instants import instant, local_hour, stamp
from domain.intake.verdict import RefusedError, Tray
from domain.intake.weather import AirCell, Reading, admit_forecast, admit_readings, consecutive
from domain.timeline import HOUR, MADRID, floor_to, local_day
from domain.weather.hours import Forecast, Step, WeatherHour

FIELDS = {"temperature": "ta", "humidity": "hr", "pressure": "pres_nmar"}
"""Our quantity -> AEMET's field. `pres` is the pressure at the station (515 m: 60 hPa less) and is never taken."""
FORECAST_FIELDS = {"temperature": "temperatura", "humidity": "humedadRelativa"}
LAST_HOUR = 23
_HOUR = re.compile(r"\d{1,2}", re.ASCII)
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
        raise RateLimitedError(answer.source, text or "HTTP 429", _until_next_minute_s(answer))
    if code == 401:
        raise KeyRejectedError(answer.source, text or "HTTP 401")
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


def observed_hours(answer: Answer, station: str | None = None, tray: Tray | None = None) -> list[WeatherHour]:
    """The rows of a station. Every sensor may be missing.

    `fint` is UTC, with or without saying so. It ends the hour of what is counted (rain, extremes);
    `ta`, `hr` and `pres_nmar` are readings of that very instant (AEMET, metadata of the product), as the forecasts are values
    for an instant. So a reading at 15:00 stands for the hour from 15:00 on, beside the forecast for 15:00.
    """
    told = tray if tray is not None else Tray()
    content = data_of(answer)
    if not isinstance(content, list):
        raise BadPayloadError(answer.source, f"observations are a list, got {type(content).__name__}")
    if not content:
        raise NotPublishedError(answer.source, "no observations")
    rows = [reading for index, row in enumerate(content, start=1) if (reading := _reading(row, index, told)) is not None]
    if not rows:
        raise BadPayloadError(answer.source, f"none of {len(content)} rows is understood, such as {told.notes[-1]}")
    kept = admit_readings(rows, station, answer.received_at, told)
    return _one_an_hour(kept)


def _reading(row: object, index: int, tray: Tray) -> Reading | None:
    if not isinstance(row, Mapping):
        tray.leave_out("row_not_read", f"row {index}", row, "an object with fint")
        return None
    fint = row.get("fint")
    read_at = instant(fint, f"row {index}.fint", tray, UTC)
    if read_at is None:
        return None
    if not isinstance(fint, str) or datetime.fromisoformat(fint.strip()).utcoffset() not in (None, timedelta(0)):
        tray.leave_out("other_zone", f"row {index}.fint", fint, "UTC")
        return None
    place = f"{row.get('idema')} {fint}"
    if floor_to(read_at, HOUR) != read_at:
        tray.leave_out("off_grid", place, fint, "the end of an hour")
        return None
    values = {name: _sensor(row, field, place, tray) for name, field in FIELDS.items()}
    low, high = (number(row.get(field), place, Tray()) for field in ("tamin", "tamax"))
    return Reading(place, str(row.get("idema")), read_at, values, (low, high))


def _sensor(row: Mapping[str, Any], field: str, place: str, tray: Tray) -> float | None:
    """A sensor that is not there is none; one that says what is no number is left out and told."""
    return number(row[field], f"{place} {field}", tray) if field in row else None


def _one_an_hour(readings: Sequence[Reading]) -> list[WeatherHour]:
    """The first reading of each hour stands for it."""
    hours: dict[datetime, WeatherHour] = {}
    for reading in readings:
        start = floor_to(reading.read_at, HOUR)
        hours.setdefault(start, WeatherHour(start, "AEMET", "observed", reading.read_at, **reading.values))
    return list(hours.values())


def forecast_of(answer: Answer, municipality: str | None = None, tray: Tray | None = None) -> Forecast:
    """The hourly forecast of a municipality: temperature and humidity by local hour.

    Hours before the one in which it was made are dropped. On the autumn day 02 stands once and is taken as the first of the
    two; on the spring day 02 does not exist and is dropped.
    """
    told = tray if tray is not None else Tray()
    content = data_of(answer)
    if not isinstance(content, list) or not content:
        raise BadPayloadError(answer.source, "a forecast is a list of one")
    given = str(content[0].get("id", municipality)).zfill(5)
    if municipality is not None and given != municipality.zfill(5):
        raise RefusedError("other_place", "id", given, municipality)
    received = answer.received_at.astimezone(UTC).replace(microsecond=0)
    made_at = stamp(content[0].get("elaborado"), "elaborado", told, MADRID)
    issued_at = min(made_at.replace(microsecond=0), received) if made_at else received
    days = [(_day_of(day, told), day) for day in content[0]["prediccion"]["dia"]]
    good = consecutive([day for day, _ in days if day is not None], local_day(issued_at), told)
    cells = [cell for day, entries in days if day in good and day is not None for cell in _day_cells(day, entries, told)]
    values = admit_forecast([cell for cell in cells if cell.start >= floor_to(issued_at, HOUR)], told)
    if not values:
        raise NotPublishedError(answer.source, f"the forecast made at {issued_at.isoformat()} reaches no further hour")
    return Forecast("AEMET", issued_at, tuple(Step(start, **cells_of_hour) for start, cells_of_hour in values.items()))


def _day_of(day: Mapping[str, Any], tray: Tray) -> date | None:
    midnight = instant(day.get("fecha"), "fecha", tray, UTC)  # the date alone counts
    return midnight.date() if midnight else None


def _day_cells(day: date, entries: Mapping[str, Any], tray: Tray) -> Iterator[AirCell]:
    """The cells of a local day ("" is none)."""
    for quantity, field in FORECAST_FIELDS.items():
        for entry in entries.get(field) or []:
            place = f"{day} {field}"
            if not isinstance(entry, Mapping) or not _HOUR.fullmatch(str(entry.get("periodo"))):
                tray.leave_out("no_instant", place, entry, "a period of 00 to 23")
                continue
            start = local_hour(day, int(entry["periodo"]))
            if start is None:  # the hour that the spring clock skips, or none
                if int(entry["periodo"]) > LAST_HOUR:
                    tray.leave_out("no_instant", place, entry["periodo"], "a period of 00 to 23")
                continue
            value = text_number(entry.get("value"), f"{place} {entry['periodo']}", tray, quiet_empty=entry.get("value") == "")
            yield AirCell(f"{place} {entry['periodo']}", start, quantity, value)
