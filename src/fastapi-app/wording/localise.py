"""Numbers, hours and dates as people in Spain and in Britain write them. Hours are those of Europe/Madrid.

The browser writes the same with `Intl` (static/js/format.js); tests/fixtures/formats.json holds both to one list of examples.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any, Literal

from domain.timeline import HOUR, MADRID
from wording.texts import TEXTS

Lang = Literal["es", "en"]
LANGS: tuple[Lang, ...] = ("es", "en")

DAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
MARKS = {"optimal": "●", "moderate": "◐", "reduced": "◔", "halt": "✕"}
"""The class of an hour as a mark, beside its colour."""
VERSION = re.compile(r"_\d{8}_\d{6}$")
BATCH = re.compile(r"(?P<due>\d{8})-(?P<quality>\w+)-(?P<number>\d+)")
"""The name that a plan gives a batch: due day, quality, number of that day."""
UNIT = re.compile(r"(?<=\d) (?=(?:€|kWh?|kg|%|°C|h)(?!\w))")
EUROS = re.compile(r"(\d[\d.,]*)\u00a0€(?!/)")
MINUS = re.compile(r"(?<!\S)-(?=\d)")
QUALITY = re.compile(r"\b(?:standard|premium)\b")
WISH = re.compile(r"\bw(\d+)\b")
SERIES = re.compile(r"\b(?:energy_prices|weather_data|predictions)(?:/\w+)*")
"""A series as alerts name it: its measurement and its tags."""
DASH = "–"
"""Stands for a number that is not known; the reason is beside it."""


@dataclass(frozen=True, slots=True)
class Locale:
    """Writes texts, numbers and times in one language."""

    lang: Lang

    def t(self, key: str, **values: object) -> str:
        """The text of a key; an unknown key is an error."""
        text = TEXTS[key][LANGS.index(self.lang)]
        return text.format(**values) if values else text

    def word(self, group: str, code: str | None) -> str:
        """The text of a code of a closed set; a code that the catalogue does not know is shown as it is."""
        key = f"{group}.{code}"
        return self.t(key) if key in TEXTS else str(code or DASH)

    def source(self, code: str | None) -> str:
        """The name of a source or a model; `baseline:NAME` is that baseline, and a version of a model is called as the model."""
        known = f"source.{VERSION.sub('', (code or '').lower()).removeprefix('baseline:')}"
        return self.t(known) if known in TEXTS else code or DASH

    def mark(self, code: str) -> str:
        """The mark of a class."""
        return MARKS.get(code.lower(), code)

    def job(self, job: Mapping[str, object]) -> str:
        """The name of a job; its own where the catalogue has none."""
        key = f"job.{job['id']}"
        return self.t(key) if key in TEXTS else str(job["name"])

    def stage(self, code: str) -> str:
        """The name of a stage."""
        return self.word("stage", code)

    def quality(self, code: str) -> str:
        """The name of a quality."""
        return self.word("quality", code)

    def machine(self, unit: str) -> str:
        """The name of a machine: its stage, and its number where the stage has several."""
        stage, _, number = unit.partition("-")
        return f"{self.stage(stage)} {number}".rstrip()

    def batch(self, id_: str) -> str:
        """The name of a batch, `20260319-standard-1`, as people say it; any other name as it is."""
        parts = BATCH.fullmatch(id_)
        if parts is None:
            return id_
        return f"{self.word('quality', parts['quality'])} {parts['number']} ({self.short_day(date.fromisoformat(parts['due']))})"

    def series(self, series: Mapping[str, Any]) -> str:
        """The name of a series: what it measures and the tags that tell it from others."""
        tags = [self.word(name, value) for name, value in series["tags"].items() if name in ("market", "source", "kind")]
        return " ".join([self.word("measurement", series["measurement"]), *tags])

    def said(self, said: Mapping[str, str] | None) -> str:
        """A sentence of the planner in this language, with batches, qualities and wishes as people call them."""
        text = BATCH.sub(lambda match: self.batch(match[0]), (said or {}).get(self.lang, ""))
        text = WISH.sub(
            lambda match: self.t("js.edit.request", n=match[1]), QUALITY.sub(lambda match: self.quality(match[0]), text)
        )
        text = MINUS.sub("−", UNIT.sub("\u00a0", text))
        return EUROS.sub(r"€\1", text) if self.lang == "en" else text

    def sentence(self, said: Mapping[str, str] | None) -> str:
        """The same, begun with a capital."""
        text = self.said(said)
        return text[:1].upper() + text[1:]

    def alert(self, alert: Mapping[str, Any]) -> str:
        """The sentence of an alert, with the code of what it is about (a source, a job, a series) as people say it."""
        said, rule = self.said(alert["text"]), alert["rule"]
        if rule == "data_gap":
            return SERIES.sub(lambda match: self._series_of(match[0]), said)
        code = alert["id"].removeprefix(f"{rule}-")
        names = {"source_stale": self.source(code), "job_failing": self.word("job", code)}
        return said.replace(code, names[rule]) if rule in names else said

    def _series_of(self, code: str) -> str:
        """The name of a series given as `energy_prices/pvpc`."""
        measurement, *tags = code.split("/")
        words = (self.word(group, tag) for tag in tags for group in ("market", "kind", "source") if f"{group}.{tag}" in TEXTS)
        return " ".join([self.word("measurement", measurement), *words])

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with a fixed count of decimals; a dash when it is not known. Never "-0"."""
        if value is None:
            return DASH
        text = f"{abs(value):,.{digits}f}"
        sign = "−" if value < 0 and text.strip("0.,") else ""
        if self.lang == "en":
            return sign + text
        whole, _, decimals = text.partition(".")
        whole = whole.replace(",", "." if len(whole) > 5 else "")  # four digits stay together in Spanish
        return sign + whole + ("," + decimals if decimals else "")

    def percent(self, value: float | None) -> str:
        """A share given in percent; a dash alone when it is not known."""
        return DASH if value is None else f"{self.number(value)}\u00a0%"

    def price(self, eur_per_kwh: float | None) -> str:
        """A price in €/kWh with four decimals, without its unit."""
        return self.number(eur_per_kwh, 4)

    def euros(self, amount: float | None, digits: int = 2) -> str:
        """An amount with its sign of currency."""
        if amount is None:
            return DASH
        text = self.number(amount, digits)
        if self.lang == "es":
            return f"{text}\u00a0€"
        return f"−€{text[1:]}" if text.startswith("−") else f"€{text}"

    def hour(self, instant: datetime | str) -> str:
        """Wall clock of Madrid; the two equal hours of the autumn day are told apart."""
        local = as_instant(instant).astimezone(MADRID)
        text = local.strftime("%H:%M")
        for neighbour, key in ((HOUR, "hour.summer"), (-HOUR, "hour.winter")):
            if (as_instant(instant) + neighbour).astimezone(MADRID).strftime("%H:%M") == text:
                return f"{text} {self.t(key)}"
        return text

    def span(self, start: datetime | str, end: datetime | str) -> str:
        """A half-open interval by its hours."""
        return f"{self.hour(start)}–{self.hour(end)}"

    def day(self, day: date | str) -> str:
        """A date as people say it: "domingo, 22 de noviembre", "Sunday 22 November"."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        weekday, month = DAYS[self.lang][day.weekday()], MONTHS[self.lang][day.month - 1]
        return f"{weekday}, {day.day} de {month}" if self.lang == "es" else f"{weekday} {day.day} {month}"

    def long_day(self, day: date | str) -> str:
        """A date with its year."""
        day = date.fromisoformat(day[:10]) if isinstance(day, str) else day
        month = MONTHS[self.lang][day.month - 1]
        return f"{day.day} de {month} de {day.year}" if self.lang == "es" else f"{day.day} {month} {day.year}"

    def short_day(self, day: date | str) -> str:
        """The first three letters of the weekday and the day of the month."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return f"{DAYS[self.lang][day.weekday()][:3]} {day.day}"

    def short_moment_day(self, instant: datetime | str) -> str:
        """The short name of the Madrid day that holds an instant."""
        return self.short_day(as_instant(instant).astimezone(MADRID).date())

    def short_moment(self, instant: datetime | str) -> str:
        """Short day and hour."""
        return f"{self.short_moment_day(instant)}, {self.hour(instant)}"

    def full_moment(self, instant: datetime | str) -> str:
        """Day with its year, and hour."""
        return f"{self.long_day(as_instant(instant).astimezone(MADRID).date())}, {self.hour(instant)}"

    def month(self, month: str) -> str:
        """The first three letters and the year of a month given as 2026-11."""
        year, number = month.split("-")
        return f"{MONTHS[self.lang][int(number) - 1][:3]} {year}"

    def minutes(self, seconds: float) -> str:
        """A remaining time in whole minutes, never less than one; from two hours on in hours."""
        minutes = max(1, ceil(seconds / 60))
        return f"{self.number(minutes)} min" if minutes < 120 else f"{self.number(minutes / 60)} h"

    def moment(self, instant: datetime | str) -> str:
        """Day and hour."""
        return f"{self.day(as_instant(instant).astimezone(MADRID).date())}, {self.hour(instant)}"


def as_instant(instant: datetime | str) -> datetime:
    """An aware instant from itself or from ISO 8601."""
    return datetime.fromisoformat(instant) if isinstance(instant, str) else instant
