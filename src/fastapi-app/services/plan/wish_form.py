"""Wishes as they are given and kept: checked against the plant once, then turned into what the planner knows. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.errors import InvalidRequestError
from domain.plan.plant import Plant
from domain.plan.production import Forbidden, MachineDown, Pin, Wish
from domain.timeline import QUARTER, floor_to
from ports import StoredWish

FARTHEST = timedelta(days=60)
"""A wish that lies further ahead is taken for a slip of the pen."""
KINDS = ("pin", "forbidden", "machine_down")


def wish_body(plant: Plant, now: datetime, given: Mapping[str, Any]) -> dict[str, Any]:
    """A wish as it is kept, checked: kind, times, names. InvalidRequestError says what would be valid.

    `given` has `kind`, `start` (UTC), and by kind `end`, `stage`, `unit`, `quality`, `count`; values that are None were left out.
    """
    kind = _one_of("kind", given["kind"], KINDS)
    start: datetime = given["start"]
    _check_time("start", start, now - QUARTER, now + FARTHEST)
    body: dict[str, Any] = {"kind": kind, "start": start.isoformat()}
    if kind == "pin":
        return body | _pin(plant, given, start)
    end: datetime | None = given.get("end")
    if end is None or not start < end <= start + FARTHEST:
        raise _invalid("end", end, f"after start, at most {FARTHEST.days} days later")
    stage = _stage(plant, given.get("stage"), needed=kind != "forbidden")
    body |= {"end": end.isoformat(), "until": end.isoformat(), "stage": stage}
    if kind == "machine_down":
        units = plant.stage(stage or "").units
        unit = given.get("unit") or (1 if units == 1 else None)
        if unit is None or not 1 <= unit <= units:
            raise _invalid("unit", unit, f"1 to {units}")
        body["unit"] = unit
    return body


def _pin(plant: Plant, given: Mapping[str, Any], start: datetime) -> dict[str, Any]:
    if floor_to(start, QUARTER) != start:
        raise _invalid("start", start.isoformat(), "a quarter of an hour: minutes 00, 15, 30 or 45")
    count = 1 if given.get("count") is None else given["count"]
    if not 1 <= count <= 20:
        raise _invalid("count", count, "1 to 20")
    return {
        "quality": _one_of("quality", given.get("quality"), plant.qualities),
        "stage": _stage(plant, given.get("stage") or plant.stages[0].name, needed=True),
        "count": count,
        "until": (start + QUARTER).isoformat(),
    }


def wish_of(stored: StoredWish) -> Wish:
    """A kept wish as the planner knows it."""
    body, name = stored.body, wish_name(stored.id)
    start = datetime.fromisoformat(body["start"])
    if body["kind"] == "pin":
        return Pin(name, body["quality"], body["stage"], start, body["count"])
    end = datetime.fromisoformat(body["end"])
    if body["kind"] == "forbidden":
        return Forbidden(name, start, end, body["stage"])
    return MachineDown(name, body["stage"], body["unit"], start, end)


def wish_name(number: int) -> str:
    """The id of a wish in plans and answers."""
    return f"w{number}"


def _stage(plant: Plant, name: str | None, *, needed: bool) -> str | None:
    if name is None and not needed:
        return None
    return _one_of("stage", name, tuple(stage.name for stage in plant.stages))


def _one_of(name: str, value: str | None, valid: tuple[str, ...]) -> str:
    if value not in valid:
        raise _invalid(name, value, ", ".join(valid))
    return value


def _check_time(name: str, value: datetime, first: datetime, last: datetime) -> None:
    if not first <= value <= last:
        raise _invalid(name, value.isoformat(), f"from {first.isoformat()} to {last.isoformat()}")


def _invalid(name: str, value: object, valid: str) -> InvalidRequestError:
    return InvalidRequestError(f"{name}={value} is not possible", name=name, value=value, valid=valid)
