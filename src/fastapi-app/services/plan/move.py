"""A batch of the plan in force at another time, as a question: checked, then turned into what the planner knows. Pure."""

from dataclasses import replace
from datetime import datetime

from domain.errors import InvalidRequestError
from domain.plan.production import PlanProblem
from domain.timeline import QUARTER, floor_to
from planning.explain import move_wishes


def moved(problem: PlanProblem, batch_id: str, start: datetime) -> PlanProblem:
    """The problem with the batch started at `start` (UTC). InvalidRequestError says what would be valid."""
    ahead = {batch.id: batch for batch in problem.current if batch.start >= problem.start}
    if batch_id not in ahead:
        valid = "a batch of the plan in force that has not begun: " + (", ".join(ahead) or "there is none")
        raise InvalidRequestError(f"batch {batch_id!r} cannot be moved", name="move.batch_id", value=batch_id, valid=valid)
    if floor_to(start, QUARTER) != start or not problem.start <= start < problem.end:
        valid = f"a quarter of an hour from {problem.start.isoformat()} to before {problem.end.isoformat()}"
        text = f"nothing can start at {start.isoformat()}"
        raise InvalidRequestError(text, name="move.start", value=start.isoformat(), valid=valid)
    if start == ahead[batch_id].start:
        valid = "another start than it has"
        raise InvalidRequestError(f"{batch_id} starts then", name="move.start", value=start.isoformat(), valid=valid)
    return replace(problem, wishes=(*problem.wishes, *move_wishes(problem, ahead[batch_id], start)), move_threshold_eur=0.0)
