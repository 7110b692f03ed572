"""A fault grammar for each wire format: a true day, one fault in its bytes, and what of it would be stored.

What is stored must be true: every value equals that of the true day at its instant, or is not there. Faults that leave no trace in
an answer are not in the grammar (two prices exchanged, a station an hour late): no reader of one answer could see them.
"""

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.sources import archive70, esios, omie, openweather, redata
from adapters.sources.aemet import readers
from adapters.sources.published import Span, batch_of
from adapters.sources.responses import Answer, json_of
from domain.errors import SourceError
from domain.intake.prices import Asked
from domain.intake.verdict import Tray
from domain.prices.slots import Market
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds, day_slots

Values = Mapping[tuple[str, datetime], float]
"""(series, start) -> value as it would be stored."""
FORESEEN = (SourceError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What a fetcher makes a BadPayloadError of; anything else is a crash."""
RETYPED: tuple[object, ...] = (None, "", "Ip", "---", "n/a", True, [], {}, "1.234,5", float("nan"), "12 €")


@dataclass(frozen=True)
class Format:
    """One wire format: how a true day is written, which cells it has, and how it is read."""

    name: str
    make: Callable[[random.Random, date], Any]
    rows: Callable[[Any], list[dict[str, Any]]]
    time: str
    value: str
    read: Callable[[bytes, date], Values]
    write: Callable[[Any], bytes] = lambda document: json.dumps(document).encode()
    whole_shift: bool = True
    units: tuple[float, ...] = (0.001, 0.1, 1000.0)
    moved: Callable[[Any, int], Any] | None = None
    """A time so many minutes later, in the words of the format."""


def spot(chance: random.Random, count: int) -> list[float]:
    """Prices of spring: some zero, some negative."""
    return [round(chance.choice([0.0, chance.uniform(-12, 5), chance.uniform(20, 180)]), 2) for _ in range(count)]


def series_values(chance: random.Random, day: date, market: Market) -> list[dict[str, Any]]:
    step = QUARTER if market == "spot" and day >= date(2025, 10, 1) else HOUR
    starts = day_slots(day, step)
    prices = spot(chance, len(starts)) if market == "spot" else [round(chance.uniform(15, 320), 2) for _ in starts]
    return [
        {"value": price, "percentage": 1.0, "datetime": start.astimezone(MADRID).isoformat(timespec="milliseconds")}
        for start, price in zip(starts, prices, strict=True)
    ]


def redata_day(market: Market) -> Callable[[random.Random, date], Any]:
    def make(chance: random.Random, day: date) -> Any:
        attributes = {"values": series_values(chance, day, market), "last-update": f"{day - timedelta(days=1)}T20:46:00.000+02:00"}
        return {"included": [{"id": redata.SERIES[market], "attributes": attributes}]}

    return make


def read_redata(market: Market) -> Callable[[bytes, date], Values]:
    def read(body: bytes, day: date) -> Values:
        span, answer, tray = Span(*day_bounds(day)), answer_at(body, day_bounds(day)[0]), Tray()
        batch = batch_of(market, "redata", redata.parse_prices(json_of(answer), market, tray), span, answer.received_at)
        return {(f"{market} {slot.resolution}", slot.start): slot.eur_per_kwh for slot in batch.slots}

    return read


def esios_day(market: Market) -> Callable[[random.Random, date], Any]:
    def make(chance: random.Random, day: date) -> Any:
        number, geo = esios.PRICES[market]
        own = [{**row, "geo_id": geo} for row in series_values(chance, day, market)]
        foreign = [{**row, "geo_id": 1, "value": round(row["value"] + 7, 2)} for row in own]
        return {"indicator": {"id": number, "values": [row for pair in zip(foreign, own, strict=True) for row in pair]}}

    return make


def read_esios(market: Market) -> Callable[[bytes, date], Values]:
    def read(body: bytes, day: date) -> Values:
        span, answer, tray = Span(*day_bounds(day)), answer_at(body, day_bounds(day)[0]), Tray()
        published = esios.parse_indicator(json_of(answer), *esios.PRICES[market], tray)
        batch = batch_of(market, "esios", published, span, answer.received_at)
        return {(f"{market} {slot.resolution}", slot.start): slot.eur_per_kwh for slot in batch.slots}

    return read


def archive_day(chance: random.Random, day: date) -> Any:
    count = len(day_slots(day))
    ordinals = [hour for hour in range(25) if not (count == 23 and hour == 2)][:count]
    return {
        "PVPC": [
            {
                "Dia": f"{day:%d/%m/%Y}",
                "Hora": f"{hour:02d}-{hour + 1:02d}",
                "PCB": f"{chance.uniform(15, 320):.2f}".replace(".", ","),
            }
            for hour in ordinals
        ]
    }


def read_archive(body: bytes, day: date) -> Values:
    answer = answer_at(body, day_bounds(day)[0])
    asked = Asked("pvpc", *day_bounds(day), answer.received_at)
    slots = archive70.parse_prices(archive70.published_rows(json_of(answer), day), day, asked, Tray())
    return {("pvpc", slot.start): slot.eur_per_kwh for slot in slots}


def omie_day(chance: random.Random, day: date) -> Any:
    step = QUARTER if day >= date(2025, 10, 1) else HOUR
    prices = spot(chance, len(day_slots(day, step)))
    return [{"day": f"{day:%Y;%m;%d}", "period": i, "pt": "77.07", "es": f"{price:g}"} for i, price in enumerate(prices, start=1)]


def write_omie(rows: Any) -> bytes:
    lines = [f"{row.get('day', '')};{row.get('period', '')};{row.get('pt', '')};{_text(row.get('es'))};" for row in rows]
    return "\r\n".join(["MARGINALPDBC;", *lines, "*", ""]).encode()


def read_omie(body: bytes, day: date) -> Values:
    answer = answer_at(body, day_bounds(day)[0])
    slots = omie.parse_day(omie.text_of_file(answer), day, answer.received_at, Tray())
    return {(f"spot {slot.resolution}", slot.start): slot.eur_per_kwh for slot in slots}


def readings_day(chance: random.Random, day: date) -> Any:
    newest = day_bounds(day)[0]
    return [
        {
            "idema": "5279X",
            "fint": f"{newest - i * HOUR:%Y-%m-%dT%H:%M:%S+0000}",
            "ta": (ta := round(chance.uniform(-5, 40), 1)),
            "tamin": ta,
            "tamax": round(ta + 0.4, 1),
            "hr": float(chance.randint(20, 100)),
        }
        for i in reversed(range(24))
    ]


def read_readings(body: bytes, day: date) -> Values:
    hours = readers.observed_hours(answer_at(body, day_bounds(day)[0] + timedelta(minutes=25)), "5279X", Tray())
    return {
        (name, hour.start): value
        for hour in hours
        for name in ("temperature", "humidity")
        if (value := hour.value(name)) is not None
    }


def forecast_day(chance: random.Random, day: date) -> Any:
    days = [
        {
            "fecha": f"{day + timedelta(days=ahead)}T00:00:00",
            "temperatura": [{"value": str(chance.randint(0, 38)), "periodo": f"{hour:02d}"} for hour in range(24)],
            "humedadRelativa": [{"value": str(chance.randint(20, 99)), "periodo": f"{hour:02d}"} for hour in range(24)],
        }
        for ahead in range(3)
    ]
    return [{"id": 23055, "elaborado": f"{day}T00:10:00", "prediccion": {"dia": days}}]


def read_forecast(body: bytes, day: date) -> Values:
    forecast = readers.forecast_of(answer_at(body, day_bounds(day)[0] + HOUR), "23055", Tray())
    pairs = ((step, name) for step in forecast.steps for name in ("temperature", "humidity"))
    return {(name, step.start): value for step, name in pairs if (value := getattr(step, name)) is not None}


def owm_day(chance: random.Random, day: date) -> Any:
    first = datetime(day.year, day.month, day.day, tzinfo=UTC)
    steps = []
    for i in range(40):
        at = first + i * 3 * HOUR
        main = {
            "temp": round(chance.uniform(-3, 38), 2),
            "humidity": chance.randint(20, 100),
            "pressure": chance.randint(1000, 1030),
        }
        steps.append({"dt": int(at.timestamp()), "main": main, "dt_txt": f"{at:%Y-%m-%d %H:%M:%S}"})
    return {"cod": "200", "list": steps, "city": {"coord": {"lat": 38.1511, "lon": -3.6295}}}


def read_owm(body: bytes, day: date) -> Values:
    received = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=5)
    forecast = openweather.forecast_of(answer_at(body, received), (38.151107, -3.629453), Tray())
    pairs = ((step, name) for step in forecast.steps for name in ("temperature", "humidity", "pressure"))
    return {(name, step.start): value for step, name in pairs if (value := getattr(step, name)) is not None}


def answer_at(body: bytes, received_at: datetime) -> Answer:
    return Answer("faulty", 200, {}, body, received_at)


def later_iso(text: Any, minutes: int) -> Any:
    at = datetime.fromisoformat(text) + timedelta(minutes=minutes)
    return at.isoformat(timespec="milliseconds") if "." in text else f"{at:%Y-%m-%dT%H:%M:%S+0000}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def rows_of_series(document: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = document["included"][0]["attributes"]["values"]
    return rows


def rows_of_indicator(document: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = document["indicator"]["values"]
    return rows


def later_label(text: Any, minutes: int) -> Any:
    hour = int(text[:2]) + round(minutes / 60)
    return f"{hour:02d}-{hour + 1:02d}"


FORMATS = (
    Format("redata pvpc", redata_day("pvpc"), rows_of_series, "datetime", "value", read_redata("pvpc"), moved=later_iso),
    Format("redata spot", redata_day("spot"), rows_of_series, "datetime", "value", read_redata("spot"), moved=later_iso),
    Format("esios 1001", esios_day("pvpc"), rows_of_indicator, "datetime", "value", read_esios("pvpc"), moved=later_iso),
    Format("esios 600", esios_day("spot"), rows_of_indicator, "datetime", "value", read_esios("spot"), moved=later_iso),
    Format(
        "archive 70", archive_day, lambda document: document["PVPC"], "Hora", "PCB", read_archive, whole_shift=False, units=(),
        moved=later_label,
    ),
    Format(
        "omie", omie_day, lambda document: document, "period", "es", read_omie, write_omie, whole_shift=False, units=(),
        moved=lambda period, minutes: period + round(minutes / 15),
    ),
    Format(
        "aemet readings", readings_day, lambda document: document, "fint", "ta", read_readings, whole_shift=False, units=(-273.15,),
        moved=later_iso,
    ),
    Format(
        "aemet forecast", forecast_day, lambda document: document[0]["prediccion"]["dia"][1]["temperatura"], "periodo", "value",
        read_forecast, whole_shift=False, units=(), moved=lambda text, minutes: f"{int(text) + round(minutes / 60):02d}",
    ),
    Format(
        "owm forecast", owm_day, lambda document: document["list"], "dt", "main", read_owm, whole_shift=False, units=(),
        moved=lambda seconds, minutes: seconds + 60 * minutes,
    ),
)  # fmt: skip

Fault = Callable[[random.Random, Format, Any], Any]


def drop(chance: random.Random, shape: Format, document: Any) -> Any:
    rows = shape.rows(document)
    del rows[chance.randrange(len(rows))]
    return document


def repeat(chance: random.Random, shape: Format, document: Any) -> Any:
    """A row again; or its instant again, with what another row says."""
    rows = shape.rows(document)
    row = dict(chance.choice(rows))
    if chance.random() < 0.5:
        row[shape.value] = chance.choice(rows)[shape.value]
    rows.insert(chance.randrange(len(rows)), row)
    return document


def swap(chance: random.Random, shape: Format, document: Any) -> Any:
    rows = shape.rows(document)
    chance.shuffle(rows)
    return document


def blank(chance: random.Random, shape: Format, document: Any) -> Any:
    row = chance.choice(shape.rows(document))
    del row[chance.choice([shape.time, shape.value])]
    return document


def retype(chance: random.Random, shape: Format, document: Any) -> Any:
    row = chance.choice(shape.rows(document))
    row[chance.choice([shape.time, shape.value])] = chance.choice(RETYPED)
    return document


def shift(chance: random.Random, shape: Format, document: Any) -> Any:
    """One row at another time; where an answer has its own edges, all of them."""
    rows = shape.rows(document)
    assert shape.moved is not None
    minutes = chance.choice([-60, -15, 15, 60])
    if shape.whole_shift and chance.random() < 0.5:
        minutes = chance.choice([-120, -60, 60, 120])
        for row in rows:
            row[shape.time] = shape.moved(row[shape.time], minutes)
        return document
    row = rows[chance.randrange(1, len(rows) - 1)]
    row[shape.time] = shape.moved(row[shape.time], minutes)
    return document


def other_zone(chance: random.Random, shape: Format, document: Any) -> Any:
    """The same clock time, of another zone."""
    rows = shape.rows(document)
    row = rows[chance.randrange(1, len(rows) - 1)]
    text = row[shape.time]
    if isinstance(text, str) and "T" in text:
        row[shape.time] = text[:19] + chance.choice(["Z", "+00:00", "-05:00", "+03:00"])
        if text.endswith("+0000") and row[shape.time][19:] in ("Z", "+00:00"):
            row[shape.time] = text
    return document


def mixed_zones(chance: random.Random, shape: Format, document: Any) -> Any:
    """From some row on the clock times are those of another zone."""
    rows = shape.rows(document)
    zone = chance.choice(["Z", "+00:00", "-05:00", "+03:00"])
    for row in rows[chance.randrange(1, len(rows)) :]:
        text = row[shape.time]
        if isinstance(text, str) and "T" in text and not text.endswith("+0000"):
            row[shape.time] = text[:19] + zone
    return document


def other_day(chance: random.Random, shape: Format, document: Any) -> Any:
    rows = shape.rows(document)
    row = rows[chance.randrange(1, len(rows) - 1)]
    if shape.name == "omie":
        row["day"] = chance.choice(["2026;05;11", "1704;01;09", "9999;12;31", "2026;02;30"])
    elif shape.name == "archive 70":
        row["Dia"] = chance.choice(["01/01/2020", "31/12/9999", "2026-05-10"])
    elif isinstance(row[shape.time], str) and "T" in row[shape.time]:
        row[shape.time] = chance.choice(["9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+01:00", "1704" + row[shape.time][4:]])
    return document


def other_unit(chance: random.Random, shape: Format, document: Any) -> Any:
    if not shape.units:
        return document
    factor = chance.choice(shape.units)
    for row in shape.rows(document):
        row[shape.value] = round(row[shape.value] - factor if factor < 0 else row[shape.value] * factor, 6)
    return document


FAULTS: Mapping[str, Fault] = {
    fault.__name__: fault for fault in (drop, repeat, swap, blank, retype, shift, other_zone, mixed_zones, other_day, other_unit)
}
DAYS = (
    *(date(2026, 5, 10) + timedelta(days=17 * i) for i in range(12)),
    *(
        date(2026, 3, 29),
        date(2025, 10, 26),
        date(2025, 3, 30),
        date(2024, 10, 27),
        date(2025, 10, 1),
        date(2025, 9, 30),
        date(2023, 6, 1),
    ),
)


@dataclass
class Outcome:
    """What one faulty answer led to."""

    shape: str
    fault: str
    seed: int
    wrong: int = 0
    stored: int = 0
    crash: str | None = None


def outcome_of(seed: int) -> Outcome:
    """One true day, one fault in its bytes, and what is stored of it against the truth."""
    chance = random.Random(seed)
    shape, name, day = chance.choice(FORMATS), chance.choice([*FAULTS, "cut"]), chance.choice(DAYS)
    true = shape.make(chance, day)
    truth = shape.read(shape.write(true), day)
    if name == "cut":
        body = shape.write(true)
        body = body[: chance.randrange(len(body))]
    else:
        body = shape.write(FAULTS[name](chance, shape, copy.deepcopy(true)))
    outcome = Outcome(shape.name, name, seed)
    try:
        stored = shape.read(body, day)
    except FORESEEN:
        return outcome
    except Exception as error:  # noqa: BLE001 - what nobody has foreseen is what is looked for
        outcome.crash = f"{type(error).__name__}: {error}"
        return outcome
    outcome.stored = len(stored)
    outcome.wrong = sum(truth.get(key) != value for key, value in stored.items())
    return outcome
