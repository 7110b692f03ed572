"""The table of what a price is made of: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.bill.price_parts import CODES
from wording.localise import Locale

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of now and of the month [€/kWh], its share of the month [%], where it is from, and the norm in its own words."""

    name: str
    now: float | None
    month: float | None
    share: float | None
    told: str
    norm: str


def price_part_rows(f: Locale, told: Block) -> list[PartRow]:
    """A row for each part that is there, in their order; one that is nothing in both is left out."""
    month = told["month"] or {"parts": (), "price_eur_kwh": 0.0}
    now, mean = ({part["code"]: part["eur_kwh"] for part in block["parts"]} for block in (told, month))
    statuses = {status["code"]: status for status in told["statuses"]}
    codes = [code for code in CODES if now.get(code) or mean.get(code)]
    price = month["price_eur_kwh"]
    return [
        PartRow(
            name=f.word("part", code),
            now=now.get(code),
            month=mean.get(code),
            share=100 * mean[code] / price if price > 0 and code in mean else None,
            told=_told(f, statuses[code]),
            norm=statuses[code]["norm"],
        )
        for code in codes
    ]


def _told(f: Locale, status: Block) -> str:
    """How certain it is, with the day that matters."""
    state = status["state"]
    if state in ("published", "contract"):
        return f.t(f"part_state.{state}")
    day = date.fromisoformat(status["last"] if state == "assumed" else status["since"])
    return f.t(f"part_state.{state}", day=f.long_day(day))
