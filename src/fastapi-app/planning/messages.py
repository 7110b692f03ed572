"""What the planner has to say, as messages: figures come in, codes with figures go out; nothing is decided here."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.messages import Amount, Day, Figure, Message, Moment, Term, Unit, count, euros, listed, message
from domain.plan.plan import Clash, Relief, Stopped
from domain.shop_floor.identity import name_of

FREE_EUR = 0.005
"""Half a cent: less than this is nothing."""


def changes(moved: int, gain_eur: float | None, why: Message) -> Message:
    """What changed, what it gains, and why."""
    if not moved:
        return message("changes.none")
    if gain_eur is None:
        return message("changes.moved", count=count(moved), why=why)
    if gain_eur >= 0:
        return message("changes.saves", count=count(moved), gain=euros(gain_eur), why=why)
    return message("changes.costs", count=count(moved), cost=euros(-gain_eur), why=why)


def why_changed(reason: str, part: tuple[date, str] | None) -> Message:
    """Why batches moved: the price of a part of a day, the limits, or the time that went by."""
    if part is None:
        return message("changes.horizon") if reason == "horizon_moved" else message("changes.limits")
    day, name = part
    if reason == "price_fell":
        return message("changes.price_fell", day=Day(day), part=Term("part", name))
    return message("changes.price_rose", day=Day(day), part=Term("part", name))


def why_moved(limits: Sequence[str], beside: Sequence[str], *, has_passed: bool, gain_eur: float) -> Message:
    """Why one batch moved: what is against it where it was, or what it gains; `beside` are batches in its machines then."""
    if has_passed:
        return message("moved.passed")
    if not _CHAIN.isdisjoint(limits):
        return message("moved.earlier_stage")
    named = [limit for limit in limits if limit not in _UNNAMED]
    firm = [limit for limit in named if limit not in _OF_OTHERS]
    if named and not firm and beside:
        return message("moved.in_the_way", batches=listed([name_of(id_) for id_ in beside]))
    if named:
        return message("moved.limits", limits=listed([Term("limit", limit) for limit in firm or named]))
    return message("moved.saves", gain=euros(gain_eur)) if gain_eur >= FREE_EUR else message("moved.whole")


_CHAIN = frozenset({"wait", "hold", "under_way"})
"""What is broken where the stage before ends at another time than it did."""
_OF_OTHERS = frozenset({"machines", "power"})
"""What is broken because of batches that moved as well."""
_UNNAMED = frozenset({"started", "name", "order", "length", "grid", "horizon"})
"""What a batch of a plan in force breaks only where the plant is another one."""


def relief(item: Relief) -> Message:
    """The stretch of one limit, as a noun phrase."""
    said = _RELIEFS[item.limit](item)
    return said if item.minimal else message("relief.unproven", relief=said)


def _amount(value: float, unit: Unit) -> Amount:
    return Amount(round(value, 3), unit, None)


def _hours(value: float) -> Amount:
    """Hours, in the plural but for exactly one."""
    return Amount(round(value, 3), "count", None)


def _demand(item: Relief) -> Message:
    parts: list[Figure] = []
    for what, kg in item.parts:
        day, _, of = what.partition(" ")
        name, _, order = of.partition(" [")
        order = order.removesuffix("]")
        quality, amount, due = Term("quality", name), _amount(kg, "kg"), Day(date.fromisoformat(day))
        if order == f"reserve-{name}":
            parts.append(message("relief.reserve_part", amount=amount, quality=quality))
        elif order:
            parts.append(message("relief.order_part", amount=amount, quality=quality, day=due, order=order))
        else:
            parts.append(message("relief.demand_part", amount=amount, quality=quality, day=due))
    return message("relief.demand", amount=_amount(item.amount, "kg"), parts=listed(parts))


def _shifts(item: Relief) -> Message:
    days = [message("relief.shifts_part", count=_hours(h), day=Day(date.fromisoformat(day))) for day, h in item.parts]
    return message("relief.shifts", parts=listed(days))


def _power(item: Relief) -> Message:
    parts = [message("relief.power_part", amount=_amount(kw, "kw"), period=period) for period, kw in item.parts]
    return message("relief.power", parts=listed(parts))


def _air(item: Relief) -> Message:
    return message("relief.air", count=_hours(item.amount))


def _wishes(item: Relief) -> Message:
    return message("relief.wishes", count=count(len(item.parts)), wishes=listed([what for what, _ in item.parts]))


def _stock(item: Relief) -> Message:
    parts = [message("relief.stock_part", amount=_amount(kg, "kg"), quality=Term("quality", quality)) for quality, kg in item.parts]
    return message("relief.stock", parts=listed(parts))


def _machines(item: Relief) -> Message:
    names = [what.rpartition(" ") for what, _ in item.parts]
    return message("relief.outages", parts=listed([_machine(stage, unit) for stage, _, unit in names]))


def _machine(stage: str, unit: str) -> Message:
    return message("relief.outages_part", stage=Term("stage", stage), unit=unit)


_RELIEFS = {
    "demand": _demand,
    "shifts": _shifts,
    "power": _power,
    "ambient": _air,
    "wishes": _wishes,
    "stock": _stock,
    "outages": _machines,
}


def clash(limits: Sequence[str], reliefs: Sequence[Relief], *, together: bool, base_load_kw: float | None) -> Message:
    """Which limits clash, and what mends it."""
    said = _clash(limits, base_load_kw)
    if not reliefs:
        return said
    return message("clash.mended", clash=said, reliefs=listed([relief(item) for item in reliefs], "and" if together else "or"))


def not_found() -> Clash:
    """No plan, and it is not known why: the time was over first. It names no limit."""
    return Clash((), minimal=False, reliefs=(), together=False, message=message("clash.not_found"))


def _clash(limits: Sequence[str], base_load_kw: float | None) -> Message:
    if base_load_kw is not None:
        return message("clash.base_load", power=_amount(base_load_kw, "kw"))
    names = [Term("limit", limit) for limit in limits]
    if len(names) == 1:
        return message("clash.one", limit=names[0])
    return message("clash.several", limits=listed(names))


def reason(here: datetime, *, kept: bool, stopped: Stopped | None) -> Message:
    """Why here, and not where it is cheapest."""
    if kept:
        return message("why.kept", start=Moment(here))
    if stopped is None:
        return message("why.cheapest", start=Moment(here))
    there, saving = Moment(stopped.start), euros(stopped.saves_eur)
    if stopped.limits == ("gap",):
        return message("why.within_gap", there=there, saving=saving)
    limits = listed([Term("limit", limit) for limit in stopped.limits])
    if not stopped.blocked_by:
        return message("why.stopped", there=there, saving=saving, limits=limits)
    batches = listed([name_of(batch.id) for batch in stopped.blocked_by])
    return message("why.in_the_way", there=there, saving=saving, limits=limits, batches=batches)


def move(there: datetime, cost_eur: float | None, doubt_eur: float) -> Message:
    """What a move costs."""
    if cost_eur is None:
        return message("move.cost_unknown", there=Moment(there))
    if abs(cost_eur) <= max(doubt_eur, FREE_EUR):
        if doubt_eur < FREE_EUR:
            return message("move.free", there=Moment(there))
        return message("move.free_within", there=Moment(there), margin=euros(doubt_eur))
    if cost_eur > 0:
        return message("move.costs", there=Moment(there), cost=euros(cost_eur), margin=euros(doubt_eur))
    return message("move.saves", there=Moment(there), saving=euros(-cost_eur), margin=euros(doubt_eur))


def wish(name: str, cost_eur: float | None, doubt_eur: float, *, possible: bool) -> Message:
    """What a wish costs."""
    if not possible:
        return message("wish_cost.impossible", wish=name)
    if cost_eur is None:
        return message("wish_cost.unknown", wish=name)
    if abs(cost_eur) <= max(doubt_eur, FREE_EUR):
        if doubt_eur < FREE_EUR:
            return message("wish_cost.free", wish=name)
        return message("wish_cost.free_within", wish=name, margin=euros(doubt_eur))
    if doubt_eur < FREE_EUR:  # a margin of 0.00 would say nothing
        if cost_eur > 0:
            return message("wish_cost.costs_proven", wish=name, cost=euros(cost_eur))
        return message("wish_cost.saves_proven", wish=name, saving=euros(-cost_eur))
    if cost_eur > 0:
        return message("wish_cost.costs", wish=name, cost=euros(cost_eur), margin=euros(doubt_eur))
    return message("wish_cost.saves", wish=name, saving=euros(-cost_eur), margin=euros(doubt_eur))
