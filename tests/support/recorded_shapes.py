"""Whole answers in the recorded shapes, of our own making: the frame is a fixture, the figures follow a rule.

Field names, number formats, escapes, encodings and quirks are those of real answers; a test that runs where there are
recordings (`integration/test_recordings.py`) holds the shapes against them. No figure is of a real day.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from domain.timeline import HOUR, MADRID, day_slots
from support.source_fixtures import omie_text, payload

FIRST, STEP = 100.0, 0.37
"""[€/MWh] The first slot of a day, and what each further one adds: the 24th is 108.51, the 96th 135.15."""
ELSEWHERE = 500.0
"""[€/MWh] Added for each place that is not asked for, so that no mix-up passes."""


def figures(day: date, step: timedelta = HOUR) -> list[tuple[datetime, float]]:
    """The slots of a local day with their figures [€/MWh]."""
    return [(start, round(FIRST + STEP * place, 2)) for place, start in enumerate(day_slots(day, step))]


def stamp(instant: datetime) -> str:
    """2025-10-26T02:00:00.000+01:00."""
    return instant.astimezone(MADRID).isoformat(timespec="milliseconds")


def redata_day(day: date, frame: str = "2021", *, spot: timedelta = HOUR, series: tuple[str, ...] = ("1001", "600")) -> bytes:
    """REData: PVPC by the hour, spot by `spot`; the euro sign and the slash are escaped."""
    answer = payload(f"redata/whole_day_{frame}.json")
    answer["included"] = [one for one in answer["included"] if one["id"] in series]
    for one in answer["included"]:
        slots = figures(day, HOUR if one["id"] == "1001" else spot)
        one["attributes"]["values"] = [{"value": price, "percentage": 0.5, "datetime": stamp(start)} for start, price in slots]
    return json.dumps(answer, indent=2).replace("/", r"\/").encode()


def esios_day(day: date, frame: str, step: timedelta = HOUR, *, geo: int = 8741) -> bytes:
    """ESIOS: the places mixed instant by instant, each with a price of its own; `datetime_utc` is wrong in the repeated hour."""
    answer = payload(f"esios/whole_day_{frame}.json")
    places = answer["indicator"]["geos"]
    answer["indicator"]["values"] = [
        _esios_value(start, price + (0 if place["geo_id"] == geo else ELSEWHERE + number), place)
        for start, price in figures(day, step)
        for number, place in enumerate(places)
    ]
    return json.dumps(answer, indent=2, ensure_ascii=False).encode()


def _esios_value(start: datetime, price: float, place: dict[str, Any]) -> dict[str, Any]:
    said = start - HOUR * start.astimezone(MADRID).fold
    zulu = f"{start:%Y-%m-%dT%H:%M:%S.000Z}"
    return {"value": price, "datetime": stamp(start), "datetime_utc": f"{said:%Y-%m-%dT%H:%M:%SZ}", "tz_time": zulu, **place}


def archive70_day(day: date) -> bytes:
    """Archive 70: texts with decimal commas; labels leave 02-03 out on a spring day and run on to 24-25 on an autumn day."""
    spring = len(day_slots(day)) == 23
    ordinals = [place + (spring and place > 1) for place in range(len(day_slots(day)))]
    rows = [_archive70_row(day, ordinal, price) for ordinal, (_, price) in zip(ordinals, figures(day), strict=True)]
    return json.dumps({"PVPC": rows}, indent=2).encode()


def _archive70_row(day: date, ordinal: int, price: float) -> dict[str, str]:
    """A price and the nine terms that add up to it."""
    terms = {"SAH": 8.03, "FOM": 0.03, "FOS": 0.17, "INT": -0.1, "PCAP": 0.26, "TEU": 40.55, "CCV": 3.5, "EDSR": 1.0}
    terms = {"PMH": price - sum(terms.values()), **terms}
    row = {
        "Dia": f"{day:%d/%m/%Y}",
        "Hora": f"{ordinal:02d}-{ordinal + 1:02d}",
        "PCB": _comma(price),
        "CYM": _comma(price + ELSEWHERE),
    }
    row["COF2TD"] = "0,000087654321000000"
    for name, eur_mwh in terms.items():
        row |= {f"{name}PCB": _comma(eur_mwh), f"{name}CYM": _comma(eur_mwh + ELSEWHERE)}
    return row


def _comma(eur_mwh: float) -> str:
    return f"{eur_mwh:.2f}".replace(".", ",")


def omie_day(day: date, step: timedelta) -> bytes:
    """OMIE: rows that end with CR LF, numbers without needless zeros, Portugal before Spain."""
    return omie_text(day, [price for _, price in figures(day, step)]).encode()


def aemet_hourly(encoding: str) -> bytes:
    """The hourly forecast of three days, 2026-05-20 from 08 h to 2026-05-22 07 h: 20 °C and 60 % in its first hour, a tenth of a
    degree and of a point less in each further one, as texts without decimals."""
    answer = payload("aemet/hourly_three_days.json")
    (first,) = answer[0]["prediccion"]["dia"]
    hours = [datetime(2026, 5, 20, 8) + place * HOUR for place in range(16 + 24 + 8)]
    days = []
    for day in sorted({hour.date() for hour in hours}):
        own = [(place, hour) for place, hour in enumerate(hours) if hour.date() == day]
        days.append(
            first
            | {"fecha": f"{day}T00:00:00"}
            | {"temperatura": [{"value": str(20 - place // 10), "periodo": f"{hour:%H}"} for place, hour in own]}
            | {"humedadRelativa": [{"value": str(60 - place // 10), "periodo": f"{hour:%H}"} for place, hour in own]}
        )
    answer[0]["prediccion"]["dia"] = days
    return json.dumps(answer, ensure_ascii=False).encode(encoding)


def owm_five_days(first: datetime) -> bytes:
    """Forty steps of three hours: 10 °C in the first, half a degree more in each further one."""
    answer = payload("owm/forecast_five_days.json")
    (pattern,) = answer["list"]
    answer["list"] = list(_owm_steps(pattern, first))
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _owm_steps(pattern: dict[str, Any], first: datetime) -> Iterator[dict[str, Any]]:
    for place in range(40):
        start = first + place * 3 * HOUR
        step = pattern | {"dt": int(start.timestamp()), "dt_txt": f"{start:%Y-%m-%d %H:%M:%S}"}
        step["main"] = pattern["main"] | {"temp": 10 + place / 2}
        yield step
