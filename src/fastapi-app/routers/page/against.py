"""What a day's saving means, in words: that nothing was saved, that the plan cost more and why, which months are whole. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from wording.localise import Locale

Block = Mapping[str, Any]
CENT = 0.005
"""Euros from which on a figure is not 0.00 on the page."""


def meaning(f: Locale, day: Block) -> list[str]:
    """Sentences about a day whose plan saved nothing, or cost more than working as usual; none for any other day."""
    saving = day["saving_eur"]
    if saving is None or saving >= CENT:
        return []
    if saving > -CENT:
        return [_nothing(f, day)]
    return [f.t("against.dearer", amount=f.euros(-saving, 2)), *(_causes(f, day) or [f.t("against.dearer_why")])]


def days_in_words(f: Locale, days: Sequence[Block]) -> list[str]:
    """What a day with 0 and a day below it mean, where there are such days."""
    known = [day["saving_eur"] for day in days if day["saving_eur"] is not None]
    said = {"against.zero_days": any(abs(one) < CENT for one in known), "against.dearer_days": any(one <= -CENT for one in known)}
    return [f.t(key) for key, is_so in said.items() if is_so]


def month_note(f: Locale, month: Block) -> str:
    """Which days of a month its sums are of, where that is not the whole month."""
    first, last = date.fromisoformat(month["date"]), date.fromisoformat(month.get("last") or month["date"])
    begins = first.day == 1
    ends = month.get("closed", True) and (last + timedelta(days=1)).day == 1
    if begins and ends:
        return ""
    return f.t("against.part", first=first.day, last=last.day)


def _nothing(f: Locale, day: Block) -> str:
    perfect = day.get("perfect_eur")
    if day.get("production_days") == 0:
        return f.t("against.nothing_made")
    if perfect is None:
        return f.t("against.same")
    possible = day["baseline_eur"] - perfect
    return f.t("against.missed", amount=f.euros(possible, 2)) if possible >= CENT else f.t("against.nothing_cheaper")


def _causes(f: Locale, day: Block) -> list[str]:
    """What kept the plan from the best one, by its figures."""
    causes = {"against.by_limits": day.get("limits_eur"), "against.by_prices": day.get("forecast_error_eur")}
    return [f.t(key, amount=f.euros(eur, 2)) for key, eur in causes.items() if eur is not None and eur >= CENT]
