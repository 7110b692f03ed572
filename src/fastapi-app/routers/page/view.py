"""What the page's texts need beyond the document itself: pure functions of the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from domain.alerts.alert import LEVELS
from domain.timeline import HOUR, day_bounds, floor_to
from routers.page.against import days_in_words, meaning, month_note
from routers.page.compare import ComparedRow, Means, compared_rows, means
from routers.page.facts import (
    BestWindow,
    DayFacts,
    WeekRow,
    best_tomorrow,
    day_facts,
    known_classes,
    price_or_median,
    today_savings,
    week_rows,
)
from routers.page.limits import LimitRow, error_ahead, limit_row
from routers.page.machine_rows import MachineRow, machine_rows
from routers.page.part_rows import PartRow, price_part_rows
from routers.page.steps import Step, first_steps
from routers.page.views import KEPT_IN, MISSING_IN
from wording.localise import Locale, as_instant

Block = Mapping[str, Any]
Level = Literal["ok", "warn", "bad"]
SHORT_HISTORY_DAYS = 60
"""Days of prices below which the page says beside a class how few there are: until then errors of forecasts say little."""
PRICE_SOURCES = frozenset({"redata", "esios", "archive70", "omie"})

SHIPPED_PLANT = "Chocolate Factory, Linares"
"""The name in the `factory.toml` that comes with the program: whoever has a plant of their own has a name for it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Codes with their names, for the forms of the plan."""

    qualities: Sequence[tuple[str, str]]
    stages: Sequence[tuple[str, str]]
    machines: Sequence[tuple[str, str]]
    batches: Sequence[tuple[str, str]]


MORNING = "T06:00"
"""When the plan of a past day is looked at: at its end little of that day is still planned."""


@dataclass(frozen=True, slots=True)
class DayPlaces:
    """A day that is shown, the one before it, the one after it, the same of the week before; ISO 8601."""

    day: str
    before: str
    after: str | None
    week: str


def day_places(day: date, today: date) -> DayPlaces:
    """Where one may go from a day."""
    before, week, after = day - timedelta(days=1), day - timedelta(days=7), day + timedelta(days=1)
    return DayPlaces(day.isoformat(), before.isoformat(), after.isoformat() if after <= today else None, week.isoformat())


@dataclass(frozen=True)
class PageView:
    """Derived figures of a document, each made when a section asks for it, so that a faulty block spoils its own section only."""

    document: Block

    @property
    def level(self) -> Level:
        """State of the data as one word."""
        return data_level(self.document)

    @property
    def is_reference(self) -> bool:
        """Whether the euros are by a price that the plant does not pay."""
        return bool(self.document["plant"]["price_basis"] == "pvpc_reference")

    @property
    def no_price(self) -> str | None:
        """Code of the reason why there is no price now."""
        return no_price_reason(self.document)

    @property
    def next_try(self) -> str | None:
        """When the first of the price sources that rest is asked again; None when none rests."""
        sources = system_of(self.document).get("sources", [])
        return min((one["open_until"] for one in sources if one["source"] in PRICE_SOURCES and one["open_until"]), default=None)

    @property
    def newest_price(self) -> str | None:
        """Start of the newest hour whose price is known, where there is none for now."""
        series = (system_of(self.document).get("gaps") or {}).get("series", [])
        pvpc = (one["newest"] for one in series if one["tags"].get("market") == "pvpc" and one["newest"])
        return max(pvpc, default=None)

    @property
    def store_away(self) -> bool:
        """Whether the history cannot be read: then nobody knows what is missing."""
        return store_state(self.document) == "away"

    def day_state(self, name: str) -> str:
        """State of a day of prices; `away` where there are none because the history cannot be read."""
        day: Block = self.document["prices"][name]
        return "away" if self.store_away and not day["slots"] else str(day["state"])

    @property
    def weather_settings(self) -> list[str]:
        """The settings without which there is no weather; empty when a source is set up."""
        sources = (self.document["weather"] or {}).get("sources", [])
        return [source["setting"] for source in sources] if all(one["state"] == "not_configured" for one in sources) else []

    @property
    def missing(self) -> list[str]:
        """Sections that have nothing to show yet."""
        return missing_sections(self.document)

    def missing_of(self, name: str) -> list[str]:
        """Sections of a view that have nothing to show yet."""
        return [part for part in self.missing if part in MISSING_IN[name]]

    def not_kept_of(self, name: str) -> list[Block]:
        """What of a view is not kept of a past instant."""
        return [gap for gap in self.document.get("not_kept", ()) if gap["part"] in KEPT_IN[name]]

    def days(self, today: str) -> DayPlaces:
        """The day that is shown, and those that one may go to from it: not beyond today."""
        return day_places(date.fromisoformat(self.document["prices"]["today"]["date"]), date.fromisoformat(today))

    @staticmethod
    def address(name: str, day: str, today: str, lang: str) -> str:
        """Where a view of a day is found."""
        if day == today:
            return f"/dashboard?lang={lang}#{name}"
        return f"/dashboard?lang={lang}&at={day}{MORNING if name == 'plan' else ''}#{name}"

    def compare_address(self, today: str, lang: str) -> str:
        """Where the shown day stands beside another: the address without that day."""
        day = self.document["prices"]["today"]["date"]
        return f"/dashboard?lang={lang}{'' if day == today else f'&at={day}'}&with="

    @cached_property
    def compared_rows(self) -> list[ComparedRow]:
        """The other day beside the one that is shown."""
        return compared_rows(self.document["compare"], self.document["prices"]["today"])

    @property
    def compared_means(self) -> Means | None:
        """The means of both days."""
        return means(self.compared_rows)

    def machines(self, now: datetime) -> list[MachineRow]:
        """What each machine does and what comes next on it."""
        return machine_rows(self.document, now)

    @property
    def tomorrow(self) -> BestWindow | None:
        """The cheapest window of tomorrow."""
        return best_tomorrow(self.document)

    @property
    def is_shipped_plant(self) -> bool:
        """Whether the plant is still the one that comes with the program."""
        return bool(self.document["plant"]["name"] == SHIPPED_PLANT)

    @property
    def steps(self) -> Sequence[Step]:
        """The first steps of an installation; none once all are done."""
        return first_steps(self.document, own_plant=not self.is_shipped_plant)

    @cached_property
    def facts(self) -> dict[str, DayFacts | None]:
        """Figures of today and tomorrow."""
        return {name: day_facts(self.document["prices"].get(name)) for name in ("today", "tomorrow")}

    @cached_property
    def classes(self) -> dict[datetime, str]:
        """Start of hour -> production class, where the week has one."""
        return known_classes(self.document)

    @property
    def alerts(self) -> list[Block]:
        """Critical ones first; among equals causes before the gaps that they leave, then older ones first."""
        return sorted(self.document["alerts"], key=_urgency)

    @property
    def urgent_alerts(self) -> list[Block]:
        """What stands before everything."""
        return [alert for alert in self.alerts if alert["level"] != "info"]

    @property
    def notes(self) -> list[Block]:
        """What is only good to know."""
        return [alert for alert in self.alerts if alert["level"] == "info"]

    def day_note(self, f: Locale, name: str) -> str:
        """How much of a day of prices is there, or when it is expected."""
        day: Block = self.document["prices"][name]
        expected_at, have = f.hour(day["published_expected_at"]), len(day["slots"])
        return f.t(f"days.{self.day_state(name)}", hour=expected_at, have=have, expected=day["expected_slots"])

    @property
    def price_files(self) -> list[tuple[str, str]]:
        """The days of prices to take away: (key of the name, address)."""
        prices: Block = self.document["prices"]
        days = [name for name in ("today", "tomorrow") if prices[name]["slots"]]
        return [(f"files.{name}", f"/prices?format=csv&date={prices[name]['date']}") for name in days]

    def plan_files(self, lang: str) -> list[tuple[str, str]]:
        """The plan to take away: (key of the name, address)."""
        address = "/optimize/production/current"
        return [
            ("files.sheet", f"{address}.html?lang={lang}"),
            ("files.calendar", f"{address}.ics?lang={lang}"),
            ("files.csv", f"{address}.csv"),
        ]

    @staticmethod
    def price_or_median(hour: Block) -> float | None:
        """What is known of the price of an hour [€/kWh]: as published, or the middle of what is forecast."""
        return price_or_median(hour)

    def forecast_title(self, f: Locale) -> str:
        """Whether the chart shows what came after the forecast as well, and of which market it is."""
        forecast, today = self.document["forecast"], self.document["prices"]["today"]["date"]
        title = f.t("forecast.title" if forecast["hours"][0]["start"] < today else "forecast.ahead")
        return f.t("forecast.of_market", title=title, market=f.word("market", forecast["market"]))

    @property
    def short_history(self) -> int | None:
        """Days of prices behind the forecast and its classes where they are few."""
        forecast = self.document.get("forecast")
        days: int | None = forecast.get("history_days") if forecast else None
        return days if days is not None and days < SHORT_HISTORY_DAYS else None

    def widened_note(self, f: Locale) -> str:
        """By how much each side of the band is wider (or narrower) than its errors of the last year make it."""
        band = self.document["forecast"]["band"]
        above, below = (f.t("forecast.times", factor=f.number(band[side], 1)) for side in ("above", "below"))
        return f.t("forecast.widened", above=above, below=below)

    @staticmethod
    def failing_window(record: Block) -> Block | None:
        """The shortest of the watched windows whose band fails."""
        return next((window for window in record["watch"] if window["state"] == "failing"), None)

    def failing_note(self, f: Locale, record: Block) -> str:
        """How much of the last days the band held."""
        window = self.failing_window(record)
        return (
            ""
            if window is None
            else f.t("record.failing", days=window["window_days"], share=f.percent(100 * window["coverage_80"]))
        )

    def record_note(self, f: Locale, record: Block) -> str:
        """How wrong the forecasts were, all days ahead together."""
        coverage = record["coverage_80"]
        return f.t(
            "record.note",
            mae=f.price(record["mae_eur_kwh"]),
            baseline=f.with_unit(record["baseline_mae_eur_kwh"], "eur_kwh", 4),
            coverage=f.percent(None if coverage is None else 100 * coverage),
            expected=f.percent(80),
            days=record["window_days"],
        )

    def limits(self, f: Locale) -> list[LimitRow]:
        """The limits of the hall's air by stage: how it is now, what is left, when it is beyond them."""
        return [limit_row(f, limit) for limit in self.document["weather"]["production"]]

    def weather_errors(self, f: Locale) -> list[tuple[str, list[str]]]:
        """The mean error of each source's temperatures, by days ahead."""
        sources: Block = self.document["weather"].get("forecast_errors", {})
        return [
            (source, [error_ahead(f, ahead, error) for ahead, error in found["temperature_c"].items() if error["pairs"]])
            for source, found in sources.items()
            if "temperature_c" in found
        ]

    def gaps_of(self, f: Locale, series: Block) -> str:
        """What a series lacks."""
        if not series["missing"]:
            return f.t("gaps.none")
        return f.t("gaps.missing", missing=f.number(series["missing"]), count=series["gaps"])

    @staticmethod
    def model_state(model: Block) -> str:
        """Whether a model is in use."""
        if model["loaded"]:
            return "loaded"
        return "refused" if model.get("state") == "refused" else "not_loaded"

    @property
    def week_rows(self) -> list[WeekRow]:
        """The table of the week."""
        return week_rows(self.document)

    @property
    def qualities(self) -> list[str]:
        """Qualities of the planned batches."""
        return list(dict.fromkeys(batch["quality"] for batch in self._batches))

    @property
    def stages(self) -> list[str]:
        """Stages of the planned batches, in their order."""
        return list(dict.fromkeys(stage["stage"] for batch in self._batches for stage in batch["stages"]))

    def choices(self, f: Locale) -> Choices:
        """What can be asked of the plan: each code with its name, in the order of the work."""
        stages = self.stages
        used = {stage["unit"]: stage for batch in self._batches for stage in batch["stages"]}
        machines = sorted(used.items(), key=lambda item: (stages.index(item[1]["stage"]), item[0]))
        return Choices(
            qualities=[(code, f.quality(code)) for code in self.qualities],
            stages=[(code, f.stage(code)) for code in stages],
            machines=[(unit, f.machine(stage["stage"], stage.get("machine"))) for unit, stage in machines],
            batches=[(batch["id"], f.batch(batch)) for batch in self._batches],
        )

    @property
    def _batches(self) -> Sequence[Block]:
        batches: Sequence[Block] = (self.document["plan"] or {}).get("batches", [])
        return batches

    @property
    def old_tables(self) -> int | None:
        """The year of the tolls and charges in the price of now, where it is another than this one."""
        since = (self.document["current"]["paid"] or {}).get("tables_from")
        year = None if since is None else date.fromisoformat(since).year
        return year if year != date.fromisoformat(self.document["prices"]["today"]["date"]).year else None

    @property
    def today_savings(self) -> Block | None:
        """The ledger's entry of today."""
        return today_savings(self.document)

    @property
    def shown_savings(self) -> Block | None:
        """The entry of the day that is looked at, whether or not it can be compared."""
        savings, day = self.document["savings"] or {}, self.document["prices"]["today"]["date"]
        return next((one for one in savings.get("days", ()) if one["date"] == day), None)

    @property
    def usual(self) -> Block | None:
        """Working as usual on the day that is looked at; None where that is not kept."""
        savings, day = self.document["savings"] or {}, self.document["prices"]["today"]["date"]
        usual: Block | None = savings.get("usual")
        return usual if usual and usual["date"] == day else None

    def price_part_rows(self, f: Locale) -> list[PartRow]:
        """What the price is made of."""
        return price_part_rows(f, self.document["price_parts"])

    @staticmethod
    def meaning(f: Locale, day: Block) -> list[str]:
        """What is to be said of a day that saved nothing, or cost more than working as usual."""
        return meaning(f, day)

    @staticmethod
    def days_in_words(f: Locale, days: Sequence[Block]) -> list[str]:
        """What the days without a saving, and below it, mean."""
        return days_in_words(f, days)

    @staticmethod
    def month_note(f: Locale, month: Block) -> str:
        """Which days a month that is not whole is of."""
        return month_note(f, month)

    def hours_of(self, day: str) -> int:
        """Hours of a local day: 24, but for the two of the year on which the clocks change."""
        start, end = day_bounds(date.fromisoformat(day))
        return (end - start) // HOUR

    def class_at(self, start: str) -> str | None:
        """Class of the hour that holds a slot; None when it is not known."""
        return self.classes.get(floor_to(as_instant(start), HOUR))


def _urgency(alert: Block) -> tuple[int, bool, str]:
    return LEVELS.index(alert["level"]), alert["rule"] == "data_gap", alert["since"]


def system_of(document: Block) -> Block:
    """The state of the service; empty where nothing is known of it."""
    system: Block = document["system"] or {}
    return system


def store_state(document: Block) -> str | None:
    """State of the history; None where it is not known."""
    state: str | None = (system_of(document).get("store") or {}).get("state")
    return state


def data_level(document: Block) -> Level:
    """Bad without a price for now or without the store; warn when a source fails, the day is not whole, or tomorrow is late."""
    if document["current"]["price"] is None or store_state(document) not in (None, "ok", "waiting"):
        return "bad"
    failing = any(source["state"] in ("degraded", "attention") for source in system_of(document).get("sources", []))
    today, tomorrow = (document["prices"].get(name) or {"state": "missing"} for name in ("today", "tomorrow"))
    whole = today["state"] == "published" and tomorrow["state"] in ("published", "not_published")
    return "ok" if whole and not failing and not document.get("failed") else "warn"


def no_price_reason(document: Block) -> str | None:
    """Code of the reason why there is no price now; None when there is one."""
    if document["current"]["price"] is not None:
        return None
    if store_state(document) == "away":
        return "store_away"
    sources = system_of(document).get("sources", [])
    if sources and not any(source["last_success"] for source in sources):
        return "not_loaded"
    return "missing"


def missing_sections(document: Block) -> list[str]:
    """Sections that have nothing to show yet, in reading order."""
    current = document["current"]
    there = {
        "class": current.get("class"),
        "recommendations": document["recommendations"] or document["plan"],
        "savings": document["savings"],
        "bill": document["bill"] is None or document["bill"]["supply_point"],
        "week": document["week"],
        "plan": document["plan"],
        "forecast": document["forecast"],
        "weather": document["weather"] and document["weather"]["hours"],
    }
    failed = {one["part"].removeprefix("current.") for one in document.get("failed", ())}
    return [name for name, block in there.items() if not block and name not in failed]
