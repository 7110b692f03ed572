"""Texts, numbers, hours and dates of one language. Hours are those of Europe/Madrid; names of days and months are CLDR's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from domain.messages import Amount, BatchName, Day, Figure, Hours, Kept, Listed, Message, Moment, Term, message_of
from domain.timeline import MADRID, local_day
from wording.catalogue import Catalogue
from wording.numbers import DASH, Numbers, numbers_of

Lang = str
MARKS = {"optimal": "●", "moderate": "◐", "reduced": "◔", "halt": "✕"}
"""The class of an hour as a mark, beside its colour."""
LONG, SHORT = "wide", "abbreviated"
"""Widths of names of days and months, as CLDR calls them."""
Names = Mapping[str, str]
"""Names that the plant gives its own qualities and stages: `quality.dark` -> "amargo"."""


@dataclass(frozen=True)
class Locale:
    """Writes texts, numbers and times in one language."""

    catalogue: Catalogue
    names: Names = field(default_factory=dict)
    numbers: Numbers = field(init=False)
    sources: frozenset[str] = field(init=False)
    """Sources and models that have a name."""
    date_names: Mapping[tuple[str, str], Mapping[int, str]] = field(init=False)
    """Names of weekdays (Monday is 0) and months (January is 1) by kind and width; read once, CLDR's own table is slow."""

    def __post_init__(self) -> None:
        cldr, texts = self.catalogue.cldr, self.catalogue.texts
        object.__setattr__(self, "numbers", numbers_of(cldr))
        known = frozenset(key.removeprefix("source.") for key in texts if key.startswith("source."))
        object.__setattr__(self, "sources", known)
        kinds = {"days": cldr.days["format"], "months": cldr.months["format"]}
        names = {(kind, width): dict(by_width[width]) for kind, by_width in kinds.items() for width in (LONG, SHORT)}
        object.__setattr__(self, "date_names", names)

    @property
    def lang(self) -> Lang:
        """The language's code."""
        return self.catalogue.lang

    def t(self, key: str, **values: object) -> str:
        """The text of a key; an unknown key is an error. A `count` chooses the form, and is written as a number."""
        count = values.get("count")
        if isinstance(count, int | float):
            return self.catalogue.text(key, count).format(**{**values, "count": self.number(count)})
        text = self.catalogue.text(key)
        return text.format(**values) if values else text

    def knows(self, group: str, code: str) -> bool:
        """Whether a code has a name."""
        key = f"{group}.{code}"
        return key in self.names or key in self.catalogue.texts

    def word(self, group: str, code: str | None) -> str:
        """The name of a code; one that neither the plant nor the catalogue names is shown as it is."""
        key = f"{group}.{code}"
        if key in self.names:
            return self.names[key]
        return self.t(key) if key in self.catalogue.texts else str(code or DASH)

    def source(self, code: str | None) -> str:
        """The name of a source or a model; a version of a model is called as the model, `baseline:NAME` as that baseline."""
        plain = (code or "").lower().removeprefix("baseline:")
        if plain not in self.sources:
            plain = next((one for one in self.sources if plain.startswith(f"{one}_20")), "")
        return self.t(f"source.{plain}") if plain else code or DASH

    def mark(self, code: str) -> str:
        """The mark of a class."""
        return MARKS.get(code.lower(), code)

    def job(self, job: Mapping[str, object]) -> str:
        """The name of a job; its own where the catalogue has none."""
        return self.word("job", str(job["id"])) if self.knows("job", str(job["id"])) else str(job["name"])

    def stage(self, code: str) -> str:
        """The name of a stage."""
        return self.word("stage", code)

    def quality(self, code: str) -> str:
        """The name of a quality."""
        return self.word("quality", code)

    def machine(self, stage: str, number: int | None) -> str:
        """The name of a machine: its stage, and its number where the stage has several."""
        return self.stage(stage) if number is None else self.t("machine.numbered", stage=self.stage(stage), number=number)

    def batch(self, batch: Mapping[str, Any]) -> str:
        """The name of a batch of a document."""
        name = batch.get("name")
        if name is None:
            return str(batch["id"])
        day = None if name["day"] is None else date.fromisoformat(name["day"])
        return self.batch_name(BatchName(batch["id"], name["quality"], day, name["number"]))

    def batch_name(self, name: BatchName) -> str:
        """A batch as people say it: "premium 1 (Thu 19)"."""
        if name.number is None or name.quality is None:
            return name.id
        if name.day is None:
            return self.t("batch.free", quality=self.quality(name.quality), number=name.number)
        return self.t("batch.named", quality=self.quality(name.quality), number=name.number, day=self.short_day(name.day))

    def series(self, series: Mapping[str, Any]) -> str:
        """The name of a series: what it measures and the tags that tell it from others."""
        tags = [self.word(name, value) for name, value in series["tags"].items() if name in ("market", "source", "kind")]
        measurement = self.word("measurement", series["measurement"])
        return self.t("series.tagged", measurement=measurement, tags=" ".join(tags)) if tags else measurement

    def said(self, said: Mapping[str, Any] | None) -> str:
        """The sentence of a document: of its code and figures, or as it was kept before there were codes."""
        if not said:
            return ""
        return self.message(message_of(said)) if "code" in said else self.kept(Kept(tuple(said.items())))

    def message(self, message: Message) -> str:
        """The sentence, or the part of one, that a message stands for."""
        count = next((figure.value for name, figure in message.figures if name == "count" and isinstance(figure, Amount)), None)
        text = self.catalogue.text(message.code, count)
        return text.format(**{name: self.figure(figure) for name, figure in message.figures})

    def figure(self, figure: Figure) -> str:  # noqa: C901  one case for each kind of figure
        """A figure as it stands in a sentence."""
        match figure:
            case str():
                return figure
            case Message():
                return self.message(figure)
            case Amount():
                return self.amount(figure)
            case Moment(at):
                return self.clock(at)
            case Hours(start, end):
                return self.t("date.hours", day=self.weekday(start), start=self.hour(start), end=self.hour(end))
            case Day(day):
                return self._weekday(day)
            case Term(group, code):
                return self.in_sentence(group, code)
            case BatchName():
                return self.batch_name(figure)
            case Listed():
                return self.listed(figure)
            case Kept():
                return self.kept(figure)

    def in_sentence(self, group: str, code: str) -> str:
        """The name of a code in the middle of a sentence, where that is not the one of a label."""
        if group == "source":
            return self.source(code)
        inner = f"in_sentence.{group}"
        labelled = f"{group}.{code}" in self.names or not self.knows(inner, code)
        return self.word(group if labelled else inner, code)

    def kept(self, kept: Kept) -> str:
        """A text that was kept, in this language or the first that there is."""
        texts = dict(kept.texts)
        return texts.get(self.lang) or next(iter(texts.values()), "")

    def listed(self, row: Listed) -> str:
        """Figures in a row."""
        items = [self.figure(item) for item in row.items]
        if row.joint == "name":
            return " ".join(items)
        if len(items) < 2:
            return "".join(items)
        return self.t(f"list.{row.joint}", first=", ".join(items[:-1]), last=items[-1])

    def amount(self, amount: Amount) -> str:
        """A number beside its unit."""
        value, digits = amount.value, decimals_of(amount.value) if amount.decimals is None else amount.decimals
        if amount.unit == "count":
            return self.number(value, digits)
        if amount.unit == "eur":
            return self.euros(value, digits)
        if amount.unit == "percent":
            return self.percent(value, digits)
        return self.t(f"unit_of.{amount.unit}", value=self.number(value, digits))

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with a fixed count of decimals; a dash when it is not known."""
        return DASH if value is None else self.numbers.plain(value, digits)

    def percent(self, value: float | None, digits: int = 0) -> str:
        """A share given in percent; a dash alone when it is not known."""
        return DASH if value is None else self.numbers.percents(value, digits)

    def price(self, eur_per_kwh: float | None) -> str:
        """A price in €/kWh with four decimals, without its unit."""
        return self.number(eur_per_kwh, 4)

    def euros(self, amount: float | None, digits: int = 2) -> str:
        """An amount with its sign of currency."""
        return DASH if amount is None else self.numbers.euros(amount, digits)

    def with_unit(self, value: float | None, unit: str, digits: int = 0) -> str:
        """A number beside its unit; a dash alone when it is not known."""
        return DASH if value is None else self.t(f"unit_of.{unit}", value=self.number(value, digits))

    def hour(self, instant: datetime | str) -> str:
        """Wall clock of Madrid; the two equal hours of the autumn day are told apart."""
        local = as_instant(instant).astimezone(MADRID)
        text = f"{local:%H:%M}"
        other = local.replace(fold=1 - local.fold)
        if other.utcoffset() == local.utcoffset():
            return text
        return f"{text} {self.t('hour.winter' if local.fold else 'hour.summer')}"

    def span(self, start: datetime | str, end: datetime | str) -> str:
        """A half-open interval by its hours."""
        return f"{self.hour(start)}–{self.hour(end)}"

    def day(self, day: date | str) -> str:
        """A date as people say it: "domingo, 22 de noviembre", "Sunday 22 November"."""
        day = as_day(day)
        return self.t("date.day", weekday=self._name("days", day.weekday()), day=day.day, month=self._name("months", day.month))

    def long_day(self, day: date | str) -> str:
        """A date with its year."""
        day = as_day(day)
        return self.t("date.long", day=day.day, month=self._name("months", day.month), year=day.year)

    def short_day(self, day: date | str) -> str:
        """Short weekday and day of the month."""
        day = as_day(day)
        return self.t("date.short", weekday=self._name("days", day.weekday(), SHORT), day=day.day)

    def weekday(self, instant: datetime) -> str:
        """Weekday and day of the month of an instant."""
        return self._weekday(local_day(instant))

    def _weekday(self, day: date) -> str:
        return self.t("date.weekday", weekday=self._name("days", day.weekday()), day=day.day)

    def clock(self, instant: datetime) -> str:
        """Weekday, day of the month and hour of an instant, in a sentence."""
        return self.t("date.clock", day=self.weekday(instant), hour=self.hour(instant))

    def short_moment_day(self, instant: datetime | str) -> str:
        """The short name of the Madrid day that holds an instant."""
        return self.short_day(local_day(as_instant(instant)))

    def short_moment(self, instant: datetime | str) -> str:
        """Short day and hour."""
        return self.t("date.moment", day=self.short_moment_day(instant), hour=self.hour(instant))

    def full_moment(self, instant: datetime | str) -> str:
        """Day with its year, and hour."""
        return self.t("date.moment", day=self.long_day(local_day(as_instant(instant))), hour=self.hour(instant))

    def moment(self, instant: datetime | str) -> str:
        """Day and hour."""
        return self.t("date.moment", day=self.day(local_day(as_instant(instant))), hour=self.hour(instant))

    def month(self, month: str) -> str:
        """Short month and year of a month given as 2026-11."""
        first = date.fromisoformat(f"{month}-01")
        return self.t("date.month", month=self._name("months", first.month, SHORT), year=first.year)

    def minutes(self, seconds: float) -> str:
        """A remaining time in whole minutes, never less than one; from two hours on in hours."""
        minutes = max(1, ceil(timedelta(seconds=seconds) / timedelta(minutes=1)))
        return self.with_unit(minutes, "minutes") if minutes < 120 else self.with_unit(minutes / 60, "hours")

    def _name(self, kind: str, number: int, width: str = LONG) -> str:
        """The name of a weekday (Monday is 0) or a month (January is 1)."""
        return self.date_names[kind, width][number]


def decimals_of(value: float) -> int:
    """Decimals that a round figure needs: none for a whole number, else one or two."""
    return next((n for n in (0, 1) if abs(value - round(value, n)) < 1e-9), 2)


def as_instant(instant: datetime | str) -> datetime:
    """An aware instant from itself or from ISO 8601."""
    return datetime.fromisoformat(instant) if isinstance(instant, str) else instant


def as_day(day: date | str) -> date:
    """A date from itself or from ISO 8601."""
    return date.fromisoformat(day[:10]) if isinstance(day, str) else day
