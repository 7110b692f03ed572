"""Prices, forecast, classes and weather of hours at their doors."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from commands.doors.book import At, Book
from commands.doors.reading import MADRID, Doors

CLASSES = ("optimal", "moderate", "reduced", "halt")
PRICE_COLUMNS = ("start", "end", "price_eur_kwh", "origin", "source", "as_of")
WEATHER_COLUMNS = ("start", "end", "temperature_c", "humidity_percent", "pressure_hpa", "source", "kind", "origin", "as_of")
JUDGED = ("energy_score", "production_class", "probabilities")
AIR = ("temperature_c", "humidity_percent", "pressure_hpa", "source", "kind")
PRICE = 1e-6
BLOCKS = {"today": ("pvpc/60", 0), "tomorrow": ("pvpc/60", 1)}


def check_hours(book: Book, doors: Doors) -> None:
    """Every door that has a figure of an hour."""
    _check_prices(book, doors)
    _check_forecast(book, doors)
    _check_week(book, doors)
    _check_weather(book, doors)


def _check_prices(book: Book, doors: Doors) -> None:
    complete = At("/dashboard/complete", "", doors.complete)
    for name in ("pvpc/60", "spot/60", "spot/15"):
        slots = doors.documents[name]["slots"]
        book.rows(At(f"/prices {name} csv", "", doors.tables[name]), At(f"/prices {name}", "slots", slots), PRICE_COLUMNS)
    pvpc = {slot["start"]: slot for slot in doors.documents["pvpc/60"]["slots"]}
    for block, (name, ahead) in BLOCKS.items():
        day = str(doors.today + timedelta(days=ahead))
        told = complete["prices"][block]
        slots = [slot for slot in doors.documents[name]["slots"] if _local(slot["start"]) == day]
        book.same(At(told.door, f"{told.place} hours", len(told.value["slots"])), At(f"/prices {name}", f"{day} hours", len(slots)))
        for slot in told.value["slots"]:
            here = At(told.door, f"{told.place} {slot['start']}", slot)
            book.same(here["price_eur_kwh"], At("/prices", slot["start"], pvpc.get(slot["start"]))["price_eur_kwh"])
    quarters = defaultdict(list)
    for slot in doors.documents["spot/15"]["slots"]:
        quarters[_hour(slot["start"])].append(slot["price_eur_kwh"])
    for slot in doors.documents["spot/60"]["slots"]:
        four = quarters[_hour(slot["start"])]
        if len(four) == 4:
            here = At("/prices spot/60", slot["start"], slot["price_eur_kwh"])
            book.same(here, At("/prices spot/15", "mean of its quarters", sum(four) / 4), PRICE)
    now = doors.complete["current"]["price"]
    if now is not None:
        here = At("/dashboard/complete", "current.price.price_eur_kwh", now["price_eur_kwh"])
        book.same(here, At("/prices", now["start"], pvpc.get(now["start"]))["price_eur_kwh"])


def _check_forecast(book: Book, doors: Doors) -> None:
    hourly, weekly, block = doors.documents["hourly"], doors.documents["weekly"], doors.complete["forecast"]
    if hourly is None or block is None:
        book.same(At("/predict/prices/hourly", "", hourly), At("/dashboard/complete", "forecast", block))
        return
    first = At("/predict/prices/hourly", "hours", hourly["hours"])
    book.alike(first, At("/dashboard/complete", "forecast.hours", block["hours"]))
    of_days = [hour for day in weekly["days"] for hour in day["hours"]] if "hours" in weekly["days"][0] else None
    if of_days is not None:
        book.alike(first, At("/predict/prices/weekly", "hours of its days", of_days))
    for name in ("issued_at", "model_version", "market"):
        book.same(At("/predict/prices/hourly", name, hourly[name]), At("/dashboard/complete", f"forecast.{name}", block[name]))
    for hour in hourly["hours"]:
        spread = [hour[name] for name in ("p10", "p50", "p90")]
        if None not in spread:
            here = At("/predict/prices/hourly", f"{hour['start']} p10, p50, p90", spread)
            book.same(here, At("in order", "", sorted(spread)))
        for door, told in (
            ("energy-optimization", doors.scores.get(hour["start"])),
            ("production-recommendation", doors.classes.get(hour["start"])),
        ):
            if told is not None:
                _check_answer(
                    book, At(f"POST /predict/{door}", hour["start"], told), At("/predict/prices/hourly", hour["start"], hour)
                )


def _check_answer(book: Book, told: At, hour: At) -> None:
    for name in (*JUDGED, "confidence"):
        if name in told.value and not (told.value.get("weather") or {}).get("hard_limits_broken"):
            book.alike(told[name], hour[name])
    price = hour.value["price_eur_kwh"] if hour.value["origin"] == "published" else hour.value["p50"]
    book.same(told["price_eur_kwh"], At(hour.door, f"{hour.place} price", price), PRICE)


def _check_week(book: Book, doors: Doors) -> None:
    week, block = doors.documents["/dashboard/heatmap"], doors.complete["week"]
    if week is None or block is None:
        book.same(At("/dashboard/heatmap", "", week), At("/dashboard/complete", "week", block))
        return
    book.alike(At("/dashboard/heatmap", "", week), At("/dashboard/complete", "week", block), frozenset({"simulated"}))
    hours = {hour["start"]: hour for day in week["days"] for hour in day["hours"]}
    forecast = {hour["start"]: hour for hour in (doors.documents["hourly"] or {}).get("hours", [])}
    basis = week["legend"]["price_basis"]
    pvpc = {slot["start"]: slot for slot in doors.documents["pvpc/60"]["slots"]}
    for start, hour in hours.items():
        here = At("/dashboard/heatmap", start, hour)
        if start in forecast and not hour.get("halted_by"):
            for name in JUDGED:
                book.alike(here[name], At("/predict/prices/hourly", start, forecast[start])[name])
        if basis == "pvpc" and hour["origin"] == "published":
            book.same(here["price_eur_kwh"], At("/prices", start, pvpc.get(start))["price_eur_kwh"])
        _check_changes(book, here)
    _check_order(book, hours)
    now = doors.complete["current"]["class"]
    if now is not None:
        until = [start for start, hour in hours.items() if start < now["until"] <= hour["end"]]
        for start in until:
            book.same(
                At("/dashboard/complete", "current.class", now)["production_class"],
                At("/dashboard/heatmap", start, hours[start])["production_class"],
            )


def _check_changes(book: Book, hour: At) -> None:
    """The price at which a class would change lies on the side on which it is said to lie."""
    told, changes = hour.value, hour.value.get("class_changes")
    if changes is None or told["price_eur_kwh"] is None or told["production_class"] is None:
        return
    here = CLASSES.index(told["production_class"])
    for side, sign in (("below", -1), ("above", 1)):
        change = changes[side]
        if change is not None:
            true = sign * (change["price_eur_kwh"] - told["price_eur_kwh"]) >= -PRICE
            book.holds(hour["price_eur_kwh"], At(hour.door, f"{hour.place} class_changes.{side}", change), true=true)
            dearer = CLASSES.index(change["production_class"]) - here
            book.holds(
                hour["production_class"], At(hour.door, f"{hour.place} class_changes.{side}", change), true=sign * dearer > 0
            )


def _check_order(book: Book, hours: Mapping[str, Any]) -> None:
    """Of two published hours of a local week the cheaper one is of no worse class."""
    weeks = defaultdict(list)
    for start, hour in hours.items():
        if hour["origin"] == "published" and hour["production_class"] is not None and not hour.get("halted_by"):
            weeks[datetime.fromisoformat(start).astimezone(MADRID).isocalendar()[:2]].append(hour)
    for known in weeks.values():
        known.sort(key=lambda hour: (hour["price_eur_kwh"], CLASSES.index(hour["production_class"])))
        for cheaper, dearer in pairwise(known):
            one = At("/dashboard/heatmap", f"{cheaper['start']} at {cheaper['price_eur_kwh']}", cheaper["production_class"])
            other = At("/dashboard/heatmap", f"{dearer['start']} at {dearer['price_eur_kwh']}", dearer["production_class"])
            book.holds(one, other, true=CLASSES.index(one.value) <= CLASSES.index(other.value))


def _check_weather(book: Book, doors: Doors) -> None:
    hours = doors.documents["weather"]["hours"]
    book.rows(At("/weather csv", "", doors.tables["weather"]), At("/weather", "hours", hours), WEATHER_COLUMNS)
    known = {hour["start"]: hour for hour in hours}
    week = doors.documents["/dashboard/heatmap"] or {"days": []}
    air = {hour["start"]: hour["ambient"] for day in week["days"] for hour in day["hours"] if hour["ambient"]}
    for start, told in air.items():
        if start in known:
            for name in AIR:
                book.same(At("/dashboard/heatmap", f"{start} ambient", told)[name], At("/weather", start, known[start])[name])
    _check_air_of_answers(book, doors, air)
    _check_air_now(book, doors, known)


def _check_air_now(book: Book, doors: Doors, known: Mapping[str, Any]) -> None:
    """The air of now is the newest reading, which is that of the hour before until the station told this one, or a forecast of this
    hour; each quantity by itself, as an hour is told by the source of the highest rank that knows it. What is of one reading is one
    value.
    """
    now = doors.complete["current"]["weather"]
    if now is None:
        return
    for name in AIR:
        told = _reading(now, name)
        if told.start in known and told == _reading(known[told.start], name):
            here = At("/dashboard/complete", "current.weather", now)[name]
            book.same(here, At("/weather", told.start, known[told.start])[name])


class _Reading(NamedTuple):
    """Where a quantity is from: one observation, or one hour of one forecast, of which all hours have one age."""

    start: str
    source: str
    kind: str
    as_of: str


def _reading(air: Mapping[str, Any], name: str) -> _Reading:
    """Which reading, or hour of a forecast, a quantity is from."""
    origin = (air.get("other_origins") or {}).get(name, air)
    start = _hour(origin["as_of"]).isoformat() if origin["kind"] == "observed" else air["start"]
    return _Reading(start, origin["source"], origin["kind"], origin["as_of"])


def _check_air_of_answers(book: Book, doors: Doors, air: Mapping[str, Any]) -> None:
    for start, told in doors.classes.items():
        outside = (told or {}).get("weather")
        if outside and start in air:
            for name in ("temperature_c", "humidity_percent"):
                here = At("POST /predict/production-recommendation", f"{start} weather", outside)[name]
                book.same(here, At("/dashboard/heatmap", f"{start} ambient", air[start])[name])


def _hour(start: str) -> datetime:
    return datetime.fromisoformat(start).replace(minute=0, second=0, microsecond=0)


def _local(start: str) -> str:
    return datetime.fromisoformat(start).astimezone(MADRID).date().isoformat()
