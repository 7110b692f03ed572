"""Numbers, hours and dates as people in Spain and in Britain write them. Hours are those of Europe/Madrid.

The browser writes the same with `Intl` (static/js/format.js); tests/fixtures/formats.json holds both to one list of examples.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.timeline import HOUR, MADRID
from routers.texts import TEXTS

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

    def has(self, key: str) -> bool:
        """Whether the catalogue has a key."""
        return key in TEXTS

    def word(self, group: str, code: str | None) -> str:
        """The text of a code of a closed set; a code that the catalogue does not know is shown as it is."""
        key = f"{group}.{code}"
        return self.t(key) if key in TEXTS else str(code or DASH)

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

    def price(self, eur_per_kwh: float | None) -> str:
        """A price in €/kWh with four decimals, without its unit."""
        return self.number(eur_per_kwh, 4)

    def euros(self, amount: float | None, digits: int = 2) -> str:
        """An amount with its sign of currency."""
        if amount is None:
            return DASH
        text = self.number(amount, digits)
        if self.lang == "es":
            return f"{text} €"
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

    def moment(self, instant: datetime | str) -> str:
        """Day and hour."""
        return f"{self.day(as_instant(instant).astimezone(MADRID).date())}, {self.hour(instant)}"


def as_instant(instant: datetime | str) -> datetime:
    """An aware instant from itself or from ISO 8601."""
    return datetime.fromisoformat(instant) if isinstance(instant, str) else instant
