"""Texts of the shift sheet and of the calendar, Spanish and English."""

from wording.localise import LANGS, Locale

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Plan de producción", "Production plan"),
    "event": ("Lote {quality}, {kg} kg ({batch})", "Batch {quality}, {kg} kg ({batch})"),
    "shift": ("Turno {span}", "Shift {span}"),
    "unattended": ("Sin turno, {span}", "Unattended, {span}"),
    "nothing": ("No empieza nada.", "Nothing begins."),
    "hold": ("(mantener hasta {hour})", "(hold until {hour})"),
    "made": ("Plan {plan}, calculado {at}; cuesta {cost}", "Plan {plan}, computed {at}; costs {cost}"),
    "next": ("día siguiente: ?date={day}", "next day: ?date={day}"),
    "simulated": ("Datos simulados", "Simulated data"),
    "hours": ("Horas", "Hours"),
    "stage": ("Etapa", "Stage"),
    "machine": ("Máquina", "Machine"),
    "batch": ("Lote", "Batch"),
    "quality": ("Calidad", "Quality"),
    "kg": ("kg", "kg"),
    "done": ("Hecho", "Done"),
}


def say(f: Locale, key: str, **values: object) -> str:
    """The text of a key in the language of a locale; an unknown key is an error."""
    return TEXTS[key][LANGS.index(f.lang)].format(**values)
