"""Sentences about why a batch stands where it does, and what moves and wishes cost."""

from datetime import datetime
from typing import TYPE_CHECKING

from domain.plan.plan import Said
from planning.words import LIMITS_EN, LIMITS_ES, amount_en, amount_es, clock_en, clock_es, listed

if TYPE_CHECKING:
    from planning.explain import Stopped


def reason(here: datetime, *, kept: bool, stopped: "Stopped | None", there: datetime | None) -> Said:
    """Why here, and not where it is cheapest."""
    if kept:
        return Said(f"El {clock_es(here)}: ya estaba empezado o congelado.", f"{clock_en(here)}: it had begun or is frozen.")
    if stopped is None or there is None:
        return Said(f"El {clock_es(here)}: no hay hora más barata.", f"{clock_en(here)}: no slot is cheaper.")
    es = f"El {clock_es(there)} costaría {amount_es(stopped.saves_eur)} € menos"
    en = f"{clock_en(there)} would cost {amount_en(stopped.saves_eur)} € less"
    if stopped.limits == ("gap",):
        return Said(f"{es}, dentro del margen probado.", f"{en}, within the proven gap.")
    es += f", pero lo impide{'n' if len(stopped.limits) > 1 else ''} {listed([LIMITS_ES.get(i, i) for i in stopped.limits], 'y')}"
    en += f", but is stopped by {listed([LIMITS_EN.get(i, i) for i in stopped.limits], 'and')}"
    if stopped.blocked_by:
        es += f" ({listed(list(stopped.blocked_by), 'y')})"
        en += f" ({listed(list(stopped.blocked_by), 'and')})"
    return Said(f"{es}.", f"{en}.")


def move(there: datetime, cost_eur: float | None, doubt_eur: float) -> Said:
    """What a move costs."""
    if cost_eur is None:
        return Said(
            f"No se sabe cuánto cuesta moverlo al {clock_es(there)}.", f"What moving it to {clock_en(there)} costs is not known."
        )
    return Said(
        f"Moverlo al {clock_es(there)} {_costs_es(cost_eur, doubt_eur)}.",
        f"Moving it to {clock_en(there)} {_costs_en(cost_eur, doubt_eur)}.",
    )


def wish(name: str, cost_eur: float | None, doubt_eur: float, *, possible: bool) -> Said:
    """What a wish costs."""
    if not possible:
        return Said(f"La petición {name} no cabe en ningún plan.", f"No plan can grant the wish {name}.")
    if cost_eur is None:
        return Said(f"No se sabe cuánto cuesta la petición {name}.", f"The cost of the wish {name} is not known.")
    return Said(f"La petición {name} {_costs_es(cost_eur, doubt_eur)}.", f"The wish {name} {_costs_en(cost_eur, doubt_eur)}.")


def _costs_es(cost_eur: float, doubt_eur: float) -> str:
    if abs(cost_eur) <= max(doubt_eur, 0.005):
        return "no cuesta nada" if doubt_eur < 0.005 else f"no cuesta nada (margen {amount_es(doubt_eur)} €)"
    verb = "cuesta" if cost_eur > 0 else "ahorra"
    return f"{verb} {amount_es(abs(cost_eur))} € (± {amount_es(doubt_eur)} €)"


def _costs_en(cost_eur: float, doubt_eur: float) -> str:
    if abs(cost_eur) <= max(doubt_eur, 0.005):
        return "costs nothing" if doubt_eur < 0.005 else f"costs nothing (within {amount_en(doubt_eur)} €)"
    verb = "costs" if cost_eur > 0 else "saves"
    return f"{verb} {amount_en(abs(cost_eur))} € (± {amount_en(doubt_eur)} €)"
