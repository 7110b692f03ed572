"""Sentences about clashes and what mends them."""

from collections.abc import Sequence
from datetime import date

from domain.plan.plan import Relief, Said
from planning.words import LIMITS_EN, LIMITS_ES, amount_en, amount_es, day_en, day_es, listed, short


def relief(item: Relief) -> Said:
    """The stretch of one limit, as a noun phrase without a full stop."""
    texts = {
        "demand": _demand,
        "shifts": _shifts,
        "power": _power,
        "ambient": _air,
        "wishes": _wishes,
        "stock": _stock,
    }
    said = texts[item.limit](item)
    return said if item.minimal else Said(f"{said.es} (o menos: no está probado)", f"{said.en} (or less: not proven)")


def _es(value: float) -> str:
    return amount_es(value, short(value))


def _en(value: float) -> str:
    return amount_en(value, short(value))


def _demand(item: Relief) -> Said:
    es = [f"{_es(kg)} kg de {what[11:]} el {day_es(date.fromisoformat(what[:10]))}" for what, kg in item.parts]
    en = [f"{_en(kg)} kg of {what[11:]} on {day_en(date.fromisoformat(what[:10]))}" for what, kg in item.parts]
    return Said(f"{_es(item.amount)} kg menos ({listed(es, 'y')})", f"{_en(item.amount)} kg less ({listed(en, 'and')})")


def _shifts(item: Relief) -> Said:
    es = [f"{_es(h)} h más el {day_es(date.fromisoformat(day))}" for day, h in item.parts]
    en = [f"{_en(h)} more {_hours(h)} on {day_en(date.fromisoformat(day))}" for day, h in item.parts]
    return Said(listed(es, "y"), listed(en, "and"))


def _hours(value: float) -> str:
    return "hour" if value == 1 else "hours"


def _power(item: Relief) -> Said:
    es = [f"{_es(kw)} kW más en {period}" for period, kw in item.parts]
    en = [f"{_en(kw)} kW more in {period}" for period, kw in item.parts]
    return Said(listed(es, "y"), listed(en, "and"))


def _air(item: Relief) -> Said:
    return Said(
        f"{_es(item.amount)} h fuera de los límites de ambiente",
        f"{_en(item.amount)} {_hours(item.amount)} beyond the air's limits",
    )


def _wishes(item: Relief) -> Said:
    names = [what for what, _ in item.parts]
    return Said(f"retirar {listed(names, 'y')}", f"without {listed(names, 'and')}")


def _stock(item: Relief) -> Said:
    es = [f"{_es(kg)} kg más de almacén de {quality}" for quality, kg in item.parts]
    en = [f"{_en(kg)} kg more store for {quality}" for quality, kg in item.parts]
    return Said(listed(es, "y"), listed(en, "and"))


def clash(limits: Sequence[str], reliefs: Sequence[Relief], *, together: bool, base_load: float | None) -> Said:
    """Which limits clash, and what mends it."""
    if base_load is not None:
        es = f"La potencia contratada no cubre la carga base de {_es(base_load)} kW"
        en = f"The contracted power cannot hold the base load of {_en(base_load)} kW"
    elif len(limits) == 1:
        es = f"No hay plan posible por {LIMITS_ES[limits[0]]}"
        en = f"No plan is possible because of {LIMITS_EN[limits[0]]}"
    else:
        es = f"No hay plan posible: no caben a la vez {listed([LIMITS_ES[limit] for limit in limits], 'y')}"
        en = f"No plan is possible: these cannot all hold: {listed([LIMITS_EN[limit] for limit in limits], 'and')}"
    if not reliefs:
        return Said(f"{es}.", f"{en}.")
    joints = ("y", "and") if together else ("o", "or")
    return Said(
        f"{es}. Bastaría con {listed([item.said.es for item in reliefs], joints[0])}.",
        f"{en}. Enough would be {listed([item.said.en for item in reliefs], joints[1])}.",
    )
