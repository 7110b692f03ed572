"""Instants, hours and amounts in sentences, Spanish and English."""

from datetime import datetime
from zoneinfo import ZoneInfo

DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STAGES_ES = {
    "mixing": "mezclado",
    "refining": "refinado",
    "conching": "conchado",
    "tempering": "templado",
    "moulding": "moldeado",
}


def when(at: datetime, tz: ZoneInfo) -> tuple[str, str]:
    """Weekday and local time: "jueves a las 21:00", "Thursday at 21:00"."""
    local = at.astimezone(tz)
    return f"{DAYS_ES[local.weekday()]} a las {local:%H:%M}", f"{DAYS_EN[local.weekday()]} at {local:%H:%M}"


def between(start: datetime, end: datetime, tz: ZoneInfo) -> tuple[str, str]:
    """Weekday and hours: "jueves de 19:00 a 22:00", "Thursday 19:00 to 22:00"."""
    first, last = start.astimezone(tz), end.astimezone(tz)
    return (
        f"{DAYS_ES[first.weekday()]} de {first:%H:%M} a {last:%H:%M}",
        f"{DAYS_EN[first.weekday()]} {first:%H:%M} to {last:%H:%M}",
    )


def number(value: float, decimals: int) -> tuple[str, str]:
    """A number with a decimal comma, and with a point."""
    text = f"{value:.{decimals}f}"
    return text.replace(".", ","), text


def stage_es(name: str) -> str:
    """A stage in Spanish; its own name where it is not a usual one."""
    return STAGES_ES.get(name, name)
