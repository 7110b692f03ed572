"""When an order has to be begun: counts of hours back from its due time. Pure."""

from datetime import datetime, timedelta
from math import ceil

from domain.plan.plant import Plant
from domain.plan.production import Order
from domain.timeline import QUARTER, floor_to


def latest_begin(plant: Plant, order: Order, now: datetime) -> datetime | None:
    """The last instant at which an order can be begun and be in time, with the whole plant for it; None where it is too late.

    Back from the due time: the last batch goes through all stages, the ones before it keep the narrowest stage busy. Attended
    stages count staffed quarter-hours alone. Whatever else is due needs an earlier begin.
    """
    batches = ceil(order.kg / plant.batch_kg - 1e-9)
    narrowest = max(plant.stages, key=lambda stage: stage.minutes[order.quality] / stage.units)
    at = floor_to(order.due, QUARTER)
    for stage in reversed(plant.stages):
        rounds = ceil(batches / stage.units) if stage is narrowest else 1
        left = timedelta(minutes=stage.minutes[order.quality]) * rounds
        while left > timedelta(0):
            at -= QUARTER
            if at < now:
                return None
            if not stage.attended or plant.is_staffed(at):
                left -= QUARTER
    return at
