"""Sentences in Spanish and English. Figures come in, sentences go out; nothing is decided here."""

from datetime import date, datetime

from domain.plan.plan import Said

DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS_ES = {"night": "de madrugada", "morning": "por la mañana", "afternoon": "por la tarde", "evening": "por la noche"}
PARTS_EN = {"night": "night", "morning": "morning", "afternoon": "afternoon", "evening": "evening"}
STAGES_ES = {
    "mixing": "mezclado",
    "refining": "refinado",
    "conching": "conchado",
    "tempering": "atemperado",
    "moulding": "moldeado",
}
LIMITS_ES = {
    "demand": "la demanda",
    "shifts": "los turnos",
    "power": "la potencia contratada",
    "ambient": "los límites de ambiente",
    "wishes": "las peticiones del operador",
    "stock": "el almacén",
    "freeze": "lo ya congelado del plan",
    "prices": "las horas sin precio conocido",
    "machines": "las máquinas y los tiempos",
    "started": "lo ya empezado",
}
LIMITS_EN = {
    "demand": "demand",
    "shifts": "shifts",
    "power": "contracted power",
    "ambient": "limits of the hall's air",
    "wishes": "the operator's wishes",
    "stock": "the store",
    "freeze": "what is frozen",
    "prices": "hours without a known price",
    "machines": "machines and times",
    "started": "what has begun",
}


def amount_es(value: float, decimals: int = 2) -> str:
    """A number with a decimal comma."""
    return f"{value:,.{decimals}f}".replace(",", "\u2009").replace(".", ",")


def amount_en(value: float, decimals: int = 2) -> str:
    """A number with a decimal point."""
    return f"{value:,.{decimals}f}"


def short(value: float) -> int:
    """Decimals that a round figure needs: none for a whole number, else one or two."""
    return next((n for n in (0, 1) if abs(value - round(value, n)) < 1e-9), 2)


def day_es(day: date) -> str:
    """Weekday and day of the month."""
    return f"{DAYS_ES[day.weekday()]} {day.day}"


def day_en(day: date) -> str:
    """Weekday and day of the month."""
    return f"{DAYS_EN[day.weekday()]} {day.day}"


def clock_es(local: datetime) -> str:
    """Weekday, day and local time."""
    return f"{day_es(local.date())} a las {local:%H:%M}"


def clock_en(local: datetime) -> str:
    """Weekday, day and local time."""
    return f"{day_en(local.date())} at {local:%H:%M}"


def changes(moved: int, gain_eur: float | None, reason: str, part: tuple[date, str] | None) -> Said:
    """What changed, what it gains, and why."""
    if not moved:
        return Said("El plan no cambia de horas.", "No batch moves.")
    es = f"{moved} lote{'s' if moved > 1 else ''} cambia{'n' if moved > 1 else ''} de hora"
    en = f"{moved} batch{'es' if moved > 1 else ''} moved"
    if gain_eur is not None:
        es += f", ahorra {amount_es(gain_eur)} €" if gain_eur >= 0 else f", cuesta {amount_es(-gain_eur)} € más"
        en += f", saves {amount_en(gain_eur)} €" if gain_eur >= 0 else f", costs {amount_en(-gain_eur)} € more"
    why_es, why_en = _why(reason, part)
    return Said(f"{es}, {why_es}.", f"{en}, {why_en}.")


def _why(reason: str, part: tuple[date, str] | None) -> tuple[str, str]:
    if part is None:
        return (
            ("porque han cambiado los límites, la demanda o las peticiones", "because limits, demand or wishes changed")
            if reason != "horizon_moved"
            else ("porque el horizonte avanza", "because the horizon moved on")
        )
    day, name = part
    fell = reason == "price_fell"
    es = f"porque el precio {'ha bajado' if fell else 'ha subido'} el {DAYS_ES[day.weekday()]} {PARTS_ES[name]}"
    en = f"because the price of {DAYS_EN[day.weekday()]} {PARTS_EN[name]} {'fell' if fell else 'rose'}"
    return es, en


def listed(items: list[str], joint: str) -> str:
    """a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}"
