"""Kilograms by quality: what was made, what was due. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.audit.floor import Made
from domain.audit.log import Book
from domain.audit.money import is_closed
from domain.plan.plant import Plant

DAY, AHEAD = timedelta(days=1), timedelta(days=21)
LEAST_KG = 1e-6


@dataclass(frozen=True, slots=True)
class Goods:
    """Kilograms of a quality since the plans began, with what was there then."""

    quality: str
    due: float
    made: float

    @property
    def left(self) -> float:
        """In stock, less what is owed."""
        return self.made - self.due


def goods_of(plant: Plant, book: Book, made: Sequence[Made], now: datetime) -> list[Goods]:
    """By quality, up to now."""
    if book.opened is None:
        return []
    have: dict[str, float] = defaultdict(float, book.opened.stock)
    for batch in made:
        if batch.finished_at is not None and batch.finished_at > book.opened.at:
            have[book.batches[batch.id].planned.quality] += batch.kg
    due: dict[str, float] = defaultdict(float)
    for quality, kg, _ in _due(plant, book, book.opened.at, now):
        due[quality] += kg
    return [Goods(quality, due[quality], have[quality]) for quality in plant.qualities]


def days_of(plant: Plant, book: Book, batches: Sequence[Made], now: datetime) -> dict[str, date]:
    """Batch -> the local day that it belongs to: that of the promise which its first kilogram goes to, where all that is made is
    laid beside all that is due, in the order of time; else that of its plan, else that on which it ends.
    """
    placed = {one.id: book.batches[one.id].planned.due or _day(plant, book.batches[one.id].planned.end) for one in batches}
    if book.opened is None:
        return placed
    due = sorted(_due(plant, book, book.opened.at, now + AHEAD), key=lambda one: one[2])
    told: dict[str, float] = defaultdict(float, book.opened.stock)
    for one in sorted(batches, key=lambda one: (one.finished_at is None, one.finished_at or _end(one), one.id)):
        if one.lost or (one.finished_at is not None and one.finished_at <= book.opened.at):
            continue
        quality, until = book.batches[one.id].planned.quality, 0.0
        for _, kg, at in (each for each in due if each[0] == quality):
            until += kg
            if until > told[quality] + LEAST_KG:
                placed[one.id] = _day(plant, at - timedelta(seconds=1))
                break
        told[quality] += one.kg
    return placed


def _end(batch: Made) -> datetime:
    return max(run.works[-1][1] for run in batch.stages)


def _day(plant: Plant, at: datetime) -> date:
    return at.astimezone(plant.tz).date()


def _due(plant: Plant, book: Book, opened: datetime, now: datetime) -> Iterator[tuple[str, float, datetime]]:
    """Every promise that fell due: those of the log, and the plant's own of days that it has not."""
    for order in book.orders.values():
        if opened < order.due <= now:
            yield order.quality, order.kg, order.due
    day = book.first_day
    while day is not None and _midnight(plant, day + DAY) <= now:
        for quality, kg in demand_of(plant, day).items():
            id_ = f"plant-{day:%Y%m%d}-{quality}"
            if id_ not in book.orders and id_ not in book.cancelled and _midnight(plant, day + DAY) > opened:
                yield quality, kg, _midnight(plant, day + DAY)
        day += DAY


def demand_of(plant: Plant, day: date) -> Mapping[str, float]:
    """What the plant's file has due by the end of a local day [kg]."""
    dated = plant.date_batches.get(day)
    batches = dated if dated is not None else {} if is_closed(plant, day) else plant.weekday_batches.get(day.weekday(), {})
    return {quality: count * plant.batch_kg for quality, count in batches.items() if count > 0}


def _midnight(plant: Plant, day: date) -> datetime:
    return datetime.combine(day, time(), plant.tz).astimezone(UTC)
