"""What is late, as the documents of plans tell it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Amount, Day, Message, Moment, Term, message
from domain.plan.plant import Plant
from domain.timeline import QUARTER, day_bounds, local_day


@dataclass(frozen=True, slots=True)
class LateOrder:
    """Kilograms of an order that come after its due time."""

    order: str
    quality: str
    kg: float
    due: datetime
    by_minutes: int | None
    """None where they do not come within what is planned."""
    since: datetime
    """When that became known."""

    def text(self, plant: Plant) -> Message:
        """In a sentence. What is due at the end of a day is due on that day."""
        ends_a_day = day_bounds(local_day(self.due, plant.tz), plant.tz)[0] == self.due
        due = Day(local_day(self.due - QUARTER, plant.tz)) if ends_a_day else Moment(self.due)
        amount, quality = Amount(self.kg, "kg", None), Term("quality", self.quality)
        if self.order == f"reserve-{self.quality}":
            return message("floor.late_reserve", amount=amount, quality=quality, due=due, since=Moment(self.since))
        if self.by_minutes is None:
            return message("floor.late_unplanned", amount=amount, quality=quality, due=due, since=Moment(self.since))
        by = Amount(round(self.by_minutes / 60, 1), "hours", 1)
        return message("floor.late", amount=amount, quality=quality, due=due, by=by, since=Moment(self.since))


def late_of(told: Iterable[dict[str, str | float | None]]) -> tuple[LateOrder, ...]:
    """What is late in a document."""
    found = []
    for item in told:
        due, minutes = datetime.fromisoformat(str(item["due"])), item["by_minutes"]
        since = datetime.fromisoformat(str(item.get("since") or item["due"]))
        by_minutes = None if minutes is None else int(minutes)
        found.append(LateOrder(str(item["order"]), str(item["quality"]), float(item["kg"] or 0.0), due, by_minutes, since))
    return tuple(found)
