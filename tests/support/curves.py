"""Curves of consumption for bills: so much in each period of a range of days, and peaks where a test wants them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from domain.bill.invoice.lines import ZERO
from domain.bill.invoice.metered import Reading
from domain.bill.tariff import Tariff, period
from domain.timeline import QUARTER, day_bounds, slot_starts

THOUSANDTH = Decimal("0.001")


def quarters_of(first: date, last: date) -> list[datetime]:
    """Quarter-hours of the days from one to another, both included."""
    return list(slot_starts(day_bounds(first)[0], day_bounds(last)[1], QUARTER))


def flat(first: date, last: date, kw: str) -> list[Reading]:
    """The same power all the time."""
    return [Reading(start, 15, Decimal(kw) / 4, ZERO, ZERO, ZERO) for start in quarters_of(first, last)]


def by_period(
    tariff: Tariff,
    first: date,
    last: date,
    kwh: Mapping[int, str],
    *,
    peaks_kw: Mapping[int, tuple[str, ...]] | None = None,
    kvarh: Mapping[int, str] | None = None,
) -> list[Reading]:
    """So much energy in each period: its first quarters at the peaks, the rest level, what is left over in the last."""
    starts: dict[int, list[datetime]] = {}
    for start in quarters_of(first, last):
        starts.setdefault(period(start, tariff), []).append(start)
    found = []
    for number, slots in starts.items():
        peaks = [Decimal(kw) / 4 for kw in (peaks_kw or {}).get(number, ())]
        total = Decimal(kwh.get(number, "0"))
        rest = ((total - sum(peaks, ZERO)) / (len(slots) - len(peaks))).quantize(THOUSANDTH)
        each = [*peaks, *[rest] * (len(slots) - len(peaks) - 1)]
        each.append(total - sum(each, ZERO))
        reactive = [Decimal((kvarh or {}).get(number, "0")), *[ZERO] * (len(slots) - 1)]
        found += [Reading(start, 15, taken, ZERO, q1, ZERO) for start, taken, q1 in zip(slots, each, reactive, strict=True)]
    return sorted(found, key=lambda one: one.start)
