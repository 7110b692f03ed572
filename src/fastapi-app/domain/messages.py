"""What is to be said, without the words: a code and its figures. `wording/` makes the sentence, in each language.

A message goes to JSON and back without loss (`message_json`, `message_of`): answers and alerts are kept with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Unit = Literal["eur", "eur_kwh", "eur_mwh", "kw", "kwh", "kg", "hours", "percent", "celsius", "count"]
"""What a number counts. Symbols, their place and the separators are each language's own."""
Joint = Literal["and", "or", "name"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit. `decimals` None: as many as a round figure needs, at most two."""

    value: float
    unit: Unit
    decimals: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, said as weekday, day and hour in Madrid."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """A half-open stretch of time ``[start, end)``, said by the day on which it begins and its hours in Madrid."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A local day, said as weekday and day of the month."""

    day: date


@dataclass(frozen=True, slots=True)
class Term:
    """A code of a closed set (`stage`, `quality`, `limit`, `source`, ...), said by its name in the catalogue or the plant's own."""

    group: str
    code: str


@dataclass(frozen=True, slots=True)
class BatchName:
    """A batch, said as its quality, its number and the day of its name, if it has one; by its id where it has no number."""

    id: str
    quality: str | None
    day: date | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """Figures in a row: "a, b and c", "a, b or c", or one name of several words, "a b c"."""

    items: tuple["Figure", ...]
    joint: Joint = "and"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence or a part of one: its code in the catalogue, and its figures by name.

    A figure called `count` chooses between singular and plural where the catalogue has both.
    """

    code: str
    figures: tuple[tuple[str, "Figure"], ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that was kept as text, by language, before messages were kept."""

    texts: tuple[tuple[str, str], ...]


Figure = Amount | Moment | Hours | Day | Term | BatchName | Listed | Message | Kept | str
"""A string stands for itself: a period, an id, an address."""


def message(code: str, **figures: Figure) -> Message:
    """A message with its figures."""
    return Message(code, tuple(figures.items()))


def euros(value: float) -> Amount:
    """An amount of money, to the cent."""
    return Amount(round(value, 4), "eur", 2)


def price(eur_per_kwh: float) -> Amount:
    """A price of energy."""
    return Amount(round(eur_per_kwh, 6), "eur_kwh", 4)


def count(value: int) -> Amount:
    """How many."""
    return Amount(value, "count", 0)


def listed(items: Sequence[Figure], joint: Joint = "and") -> Listed:
    """Figures in a row."""
    return Listed(tuple(items), joint)


def message_json(of: Message) -> dict[str, Any]:
    """A message as it is kept and sent."""
    return {"code": of.code, "figures": {name: _figure_json(figure) for name, figure in of.figures}}


def _figure_json(figure: Figure) -> Any:  # noqa: C901  one case for each kind of figure
    match figure:
        case str():
            return figure
        case Message():
            return message_json(figure)
        case Amount(value, unit, decimals):
            return {"value": value, "unit": unit, "decimals": decimals}
        case Moment(at):
            return {"at": at.isoformat()}
        case Hours(start, end):
            return {"start": start.isoformat(), "end": end.isoformat()}
        case Day(day):
            return {"day": day.isoformat()}
        case Term(group, code):
            return {"group": group, "term": code}
        case BatchName(id_, quality, named_day, number):
            return {
                "batch": id_,
                "quality": quality,
                "day": None if named_day is None else named_day.isoformat(),
                "number": number,
            }
        case Listed(items, joint):
            return {"items": [_figure_json(item) for item in items], "joint": joint}
        case Kept(texts):
            return {"texts": dict(texts)}


def message_of(stored: Mapping[str, Any]) -> Message:
    """The message of `message_json`; a text by language, as it was kept before, becomes one that says just that."""
    if "code" not in stored:
        return message("kept", text=Kept(tuple(stored.items())))
    return Message(stored["code"], tuple((name, _figure_of(figure)) for name, figure in stored["figures"].items()))


def _figure_of(stored: str | Mapping[str, Any]) -> Figure:  # noqa: C901  one case for each kind of figure
    match stored:
        case str():
            return stored
        case {"code": _, "figures": _}:
            return message_of(stored)
        case {"value": value, "unit": unit, "decimals": decimals}:
            return Amount(value, unit, decimals)
        case {"at": at}:
            return Moment(datetime.fromisoformat(at))
        case {"start": start, "end": end}:
            return Hours(datetime.fromisoformat(start), datetime.fromisoformat(end))
        case {"group": group, "term": code}:
            return Term(group, code)
        case {"batch": id_, "quality": quality, "day": day, "number": number}:
            return BatchName(id_, quality, None if day is None else date.fromisoformat(day), number)
        case {"day": day}:
            return Day(date.fromisoformat(day))
        case {"items": items, "joint": joint}:
            return Listed(tuple(_figure_of(item) for item in items), joint)
        case {"texts": texts}:
            return Kept(tuple(texts.items()))
    raise ValueError(f"not a figure of a message: {stored}")
