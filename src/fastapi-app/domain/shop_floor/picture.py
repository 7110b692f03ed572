"""What a plan sees of the floor: two floors with one picture need one plan. Pure."""

from domain.shop_floor.facts import Facts
from domain.shop_floor.state import FloorState
from domain.timeline import QUARTER, ceil_to


def picture(state: FloorState, facts: Facts) -> tuple[object, ...]:
    """Where the batches stand, what is down, who is here, what is promised; on the plan's grid, whether it was said or assumed."""
    batches = tuple(
        (
            batch.id,
            batch.state,
            batch.kg,
            tuple((run.stage, run.unit, run.state, ceil_to(run.end, QUARTER)) for run in batch.runs),
        )
        for batch in state.batches
        if batch.state not in ("withdrawn", "planned")
    )
    return batches, state.down, state.absent, tuple(sorted(facts.orders.values(), key=lambda order: order.id)), facts.cancelled
