"""What a kWh cost and how many there were, a minute at a time, with a calendar and formulas of the audit's own. Pure.

The figures are those of the plant's file and of the published tables; nothing that the service computes with them is used.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from domain.audit.floor import Ran
from domain.bill.tariff import DatedTable, TariffTables
from domain.plan.plant import Plant

HOUR, QUARTER, MINUTE = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=1)
HOLIDAYS = {(1, 1), (6, 1), (1, 5), (15, 8), (12, 10), (1, 11), (6, 12), (8, 12), (25, 12)}
"""(day, month) of the national holidays of fixed date."""
SEASON = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 3, 7: 1, 8: 3, 9: 3, 10: 4, 11: 2, 12: 1}
"""Month -> period of the peak hours of the tariffs of six periods (Circular 3/2020, art. 7)."""
Air = Mapping[datetime, tuple[float | None, float | None]]
"""Hour -> (temperature [°C], humidity [%])."""


def is_holiday(day: date) -> bool:
    """Whether it is a national holiday of fixed date."""
    return (day.day, day.month) in HOLIDAYS


def period_of(plant: Plant, at: datetime) -> int:
    """Energy period of an instant; 1 is the dearest."""
    local = at.astimezone(plant.tz)
    last = 3 if plant.tariff == "2.0TD" else 6
    if local.weekday() >= 5 or is_holiday(local.date()) or local.hour < 8:
        return last
    peak = range(10, 14) if last == 3 else range(9, 14)
    dear = local.hour in peak or 18 <= local.hour < 22
    first = 1 if last == 3 else SEASON[local.month]
    return first if dear else first + 1


def paid(plant: Plant, tables: TariffTables, at: datetime, market: float | None) -> float | None:
    """What a kWh cost the plant in the quarter-hour from `at` [€]; None while the price of the market is not published."""
    terms, period = plant.price, period_of(plant, at) - 1
    if terms.basis == "fixed":
        return terms.fixed_eur_per_kwh[period]
    if market is None or terms.basis == "pvpc":
        return market
    day = at.astimezone(plant.tz).date()
    services = (
        _row(tables.market_costs, "ancillary", day)[0] if terms.ancillary_eur_per_kwh is None else terms.ancillary_eur_per_kwh
    )
    bought = market + services + _row(tables.capacity, plant.tariff, day)[period]
    bought += bought * _row(tables.losses, plant.tariff, day)[period]
    sold = bought + _row(tables.market_costs, "efficiency_fund", day)[0] + terms.fee_eur_per_kwh
    sold += sold * _row(tables.taxes, "municipal_tax", day)[0]
    sold += _row(tables.toll_and_charge, plant.tariff, day)[period]
    tax = sold * _row(tables.taxes, "electricity_tax", day)[0]
    least = "electricity_tax_floor_other" if terms.use == "other" else "electricity_tax_floor"
    return sold + max(tax, _row(tables.market_costs, least, day)[0])


def _row(table: DatedTable, name: str, day: date) -> tuple[float, ...]:
    return [row for row in table.rows[name] if row.valid_from <= day][-1].values


def is_closed(plant: Plant, day: date) -> bool:
    """Whether the plant is shut on a local day."""
    shut = plant.calendar.closed | {day for one in plant.calendar.closures if one.first <= day <= one.last}
    return day in shut or (plant.calendar.national_holidays_closed and is_holiday(day))


def somebody_is_here(plant: Plant, at: datetime) -> bool:
    """Whether a shift covers an instant."""
    local = at.astimezone(plant.tz).replace(tzinfo=None)
    for shift in plant.shifts:
        for back in (-1, 0, 1):
            day = local.date() + timedelta(days=back)
            if day.weekday() not in shift.weekdays or is_closed(plant, day):
                continue
            first, last = datetime.combine(day, shift.start), datetime.combine(day, shift.end)
            if last <= first and shift.day == "ends":
                first -= timedelta(days=1)
            elif last <= first:
                last += timedelta(days=1)
            if first <= local < last:
                return True
    return False


def base_kw(plant: Plant, at: datetime) -> float:
    """Load beside the machines [kW]."""
    here = somebody_is_here(plant, at)
    return sum(load.power_kw for load in plant.base_loads if here or not load.in_shifts_only)


def used(
    plant: Plant, runs: Iterable[Ran], prices: Mapping[datetime, float | None], air: Air, plants: Mapping[date, Plant]
) -> tuple[float, float] | None:
    """(kWh, €) of stages as they ran; None where nobody knows the power of one. `plants`: that of each local day, whose limits say
    what the air of the day costs.
    """
    kwh = eur = 0.0
    for run in runs:
        powers = run.kw or next(((stage.power_kw, stage.hold_kw) for stage in plant.stages if stage.name == run.stage), None)
        if powers is None:
            return None
        for span, works in [*((span, True) for span in run.works), *([(run.held, False)] if run.held else [])]:
            at = span[0]
            while at < span[1]:
                minute = at.replace(second=0, microsecond=0)
                step = min(span[1], minute + MINUTE)
                of_day = plants[minute.astimezone(plant.tz).date()]
                power = powers[0] + air_kw(of_day, run.stage, air.get(minute.replace(minute=0))) if works else powers[1]
                used_kwh = power * ((step - at) / HOUR)
                price = prices[minute.replace(minute=minute.minute // 15 * 15)]
                kwh, eur = kwh + used_kwh, eur + used_kwh * (price or 0.0)
                at = step
    return kwh, eur


def air_kw(plant: Plant, stage: str, air: tuple[float | None, float | None] | None) -> float:
    """What a machine takes more in the air of an hour [kW], in watts; nothing where it is not known, or must not run."""
    more, (warm, damp) = 0.0, air or (None, None)
    for limit in plant.ambient_limits:
        if limit.stage == stage:
            over = [
                0.0 if value is None or most is None else max(value - most, 0.0)
                for value, most in ((warm, limit.max_temperature_c), (damp, limit.max_humidity_percent))
            ]
            if limit.hard and any(over):
                return 0.0
            more += over[0] * limit.cooling_kw_per_c + over[1] * limit.drying_kw_per_percent
    return round(more, 3)
