"""The plant from the text of `factory.toml`. Every fault names its line; an unknown key is a fault, never ignored."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import TypeVar, get_args

from domain import bounds
from domain.bill.supply import METER_TYPES, Supply
from domain.bill.tariff import MOST_KW_OF_2_0TD, TARIFFS, Tariff, energy_periods, must_not_fall, power_periods
from domain.bill.terms import MOST_KW_OF_PVPC, Basis, PriceTerms, Territory, Use
from domain.bounds import nearest, whole_within, within
from domain.plan.labels import labels_of
from domain.plan.plant import (
    WEEKDAYS,
    AfterInterruption,
    AmbientLimit,
    BaseLoad,
    Calendar,
    Closure,
    Plant,
    Prefer,
    Shift,
    ShiftDay,
    Site,
    Stage,
)
from domain.text import short_line
from domain.toml_lines import ConfigError, Table, parse

__all__ = ["ConfigError", "load_plant"]

T = TypeVar("T")
MOST_NAMES = 20


def load_plant(text: str, *, recorded: bool = False) -> Plant:
    """A checked plant; ConfigError (a ValueError) tells the line, the key and what would be valid.

    Of a plant that was recorded by an earlier version a PVPC that it could not have is taken as the reference that it was.
    """
    root = Table(text, (), parse(text))
    head = root.table("plant")
    qualities = head.need("qualities", _texts)
    demand = root.table("demand")
    contract, stock, plan = root.table("contract"), root.table("stock"), root.table("plan")
    tariff = contract.need("tariff", _one_of(TARIFFS))
    stages = _stages(root.tables("stage"), qualities)
    contracted_kw = contract.need("power_kw", _contracted(tariff))
    contract.get("territory", _peninsula, "peninsula")
    use: Use = contract.get("use", _one_of(get_args(Use)), "industrial")
    settings = {
        "qualities": qualities,
        "batch_kg": head.need("batch_kg", within(bounds.BATCH_KG)),
        "site": _site(head),
        "stages": stages,
        "shifts": tuple(_shift(table) for table in root.tables("shift")),
        "calendar": _calendar(root.table("calendar")),
        "base_loads": tuple(_base_load(table) for table in root.tables("base_load")),
        "tariff": tariff,
        "contracted_kw": contracted_kw,
        "price": _price(root.table("price"), tariff, max(contracted_kw), recorded=recorded, use=use),
        "supply": _supply(contract, tariff),
        "weekday_batches": _weekdays(demand.table("weekday"), qualities),
        "date_batches": _dates(demand.table("date"), qualities),
        "max_stock_kg": stock.get("max_kg", _by_quality(qualities, within(bounds.STOCK_KG)), None) or {},
        "min_stock_kg": stock.get("min_kg", _by_quality(qualities, within(bounds.STOCK_KG)), None) or {},
        "shelf_life_hours": stock.get("shelf_life_hours", _by_quality(qualities, within(bounds.SHELF_LIFE_H)), None) or {},
        "prefer": plan.get("prefer", _one_of(get_args(Prefer)), "day"),
        "freeze_hours": plan.get("freeze_hours", within(bounds.FREEZE_HOURS), 0.0),
        "move_threshold_eur": plan.get("move_threshold_eur", within(bounds.MOVE_EUR), 0.0),
    }
    _check_stock(stock, settings["min_stock_kg"], settings["max_stock_kg"], settings["batch_kg"])
    settings["ambient_limits"] = tuple(_ambient(table, stages) for table in root.tables("ambient_limit"))
    labels_of(root.table("label"), qualities, [str(table.values["name"]) for table in root.tables("stage")])
    for table in (head, demand, contract, stock, plan, root):
        table.close()
    return _made(root, "", lambda: Plant(**settings))  # type: ignore[arg-type]


def _check_stock(stock: Table, least: object, most: object, batch_kg: object) -> None:
    if not isinstance(least, Mapping) or not isinstance(most, Mapping) or not isinstance(batch_kg, float):
        return
    for quality, kg in least.items():
        if kg > most.get(quality, kg):
            raise stock.fault("min_kg", f"{quality}: must not be above max_kg, {most[quality]:g}, got {kg:g}")
    for quality, kg in most.items():
        if kg < batch_kg:
            raise stock.fault("max_kg", f"{quality}: must hold a batch, {batch_kg:g} kg, or none could end, got {kg:g}")


def _contracted(tariff: Tariff) -> Callable[[object], tuple[float, ...]]:
    """Contracted power by period; tariff 2.0TD ends at 15 kW (CNMC Circular 3/2020)."""
    read = _by_period(power_periods(tariff), within(bounds.CONTRACTED_KW), rising=must_not_fall(tariff))

    def read_all(value: object) -> tuple[float, ...]:
        figures = read(value)
        if tariff == "2.0TD" and max(figures) > MOST_KW_OF_2_0TD:
            raise ValueError(f"tariff 2.0TD ends at {MOST_KW_OF_2_0TD:g} kW: 3.0TD above")
        return figures

    return read_all


def _made(table: Table, key: str, make: Callable[[], T]) -> T:
    """A value whose own checks are reported at a key of a table."""
    try:
        return make()
    except ConfigError:
        raise
    except ValueError as error:
        raise table.fault(key, str(error)) from error


def _site(head: Table) -> Site:
    return Site(
        name=head.need("name", _text),
        latitude=head.need("latitude", within(bounds.LATITUDE)),
        longitude=head.need("longitude", within(bounds.LONGITUDE)),
        altitude_m=head.need("altitude_m", within(bounds.ALTITUDE)),
        aemet_station=head.need("aemet_station", _code(bounds.STATION)),
        municipality=head.need("municipality", _code(bounds.MUNICIPALITY)),
    )


def _stage(table: Table, qualities: tuple[str, ...]) -> Stage:
    settings = {
        "name": table.need("name", _text),
        "units": table.need("units", whole_within(bounds.UNITS)),
        "power_kw": table.need("power_kw", within(bounds.POWER_KW)),
        "minutes": table.need("minutes", _by_quality(qualities, whole_within(bounds.MINUTES), complete=True)),
        "attended": table.need("attended", _flag),
        "max_wait_minutes": table.get("max_wait_minutes", whole_within(bounds.MINUTES), 0),
        "hold_minutes": table.get("hold_minutes", whole_within(bounds.MINUTES), 0),
        "hold_kw": table.get("hold_kw", within(bounds.POWER_KW), 0.0),
        "after_interruption": table.get("after_interruption", _one_of(get_args(AfterInterruption)), "resume"),
    }
    table.close()
    stage = _made(table, "minutes", lambda: Stage(**settings))  # type: ignore[arg-type]
    if stage.hold_kw > stage.power_kw:
        raise table.fault("hold_kw", f"must not be above power_kw, {stage.power_kw:g} kW (W for kW?), got {stage.hold_kw:g}")
    return stage


def _stages(tables: Sequence[Table], qualities: tuple[str, ...]) -> tuple[Stage, ...]:
    stages = tuple(_stage(table, qualities) for table in tables)
    for index, stage in enumerate(stages):
        if stage.name in [before.name for before in stages[:index]]:
            raise tables[index].fault("name", f"must be another than those of the stages before, got {stage.name!r}")
    return stages


def _shift(table: Table) -> Shift:
    days = table.need("days", _weekday_names)
    of: ShiftDay = table.get("days_are_of", _one_of(get_args(ShiftDay)), "begins")
    shift = Shift(days, table.need("start", _clock), table.need("end", _clock), of)
    table.close()
    return shift


def _calendar(table: Table) -> Calendar:
    closures = []
    for entry in table.tables("closures"):
        first, last = entry.need("first", _day), entry.need("last", _day)
        if last < first:
            raise entry.fault("last", f"must not be before {first}, got {last}")
        closures.append(Closure(first, last, entry.get("reason", _text, "")))
        entry.close()
    calendar = Calendar(
        national_holidays_closed=table.get("national_holidays_closed", _flag, True),
        closed=table.get("closed", _days, frozenset()),
        closures=tuple(closures),
    )
    table.close()
    return calendar


def _base_load(table: Table) -> BaseLoad:
    load = BaseLoad(
        table.need("name", _text), table.need("power_kw", within(bounds.POWER_KW)), table.get("in_shifts_only", _flag, False)
    )
    table.close()
    return load


def _ambient(table: Table, stages: Sequence[Stage]) -> AmbientLimit:
    names = [stage.name for stage in stages]
    limit = AmbientLimit(
        stage=table.need("stage", _one_of(names)),
        max_temperature_c=table.get("max_temperature_c", within(bounds.TEMPERATURE_C), None),
        max_humidity_percent=table.get("max_humidity_percent", within(bounds.HUMIDITY_PERCENT), None),
        cooling_kw_per_c=table.get("cooling_kw_per_c", within(bounds.EXTRA_KW), 0.0),
        drying_kw_per_percent=table.get("drying_kw_per_percent", within(bounds.EXTRA_KW), 0.0),
        hard=table.get("hard", _flag, False),
    )
    table.close()
    strongest = max((stage.power_kw for stage in stages), default=0.0)
    for key in ("cooling_kw_per_c", "drying_kw_per_percent"):
        if getattr(limit, key) > strongest > 0:
            raise table.fault(key, f"must not be above {strongest:g} kW, what the strongest stage takes (W for kW?)")
    return limit


def _supply(table: Table, tariff: Tariff) -> Supply:
    """What a bill needs beside the price: read from the contract, as it stands on the bills."""
    return Supply(
        meter_type=table.get("meter_type", _one_of(METER_TYPES), None),
        meter_rental_eur_month=table.get("meter_rental_eur_month", within(bounds.RENTAL_EUR), None),
        billed_eur_per_kwh=table.get("billed_eur_per_kwh", _by_period(energy_periods(tariff), within(bounds.FIXED_EUR_KWH)), ()),
        surplus_eur_per_kwh=table.get("surplus_eur_per_kwh", within(bounds.FEE_EUR_KWH), None),
        efficiency_fund_apart=table.get("efficiency_fund_apart", _flag, False),
    )


def _peninsula(value: object) -> Territory:
    territory: Territory = _one_of(get_args(Territory))(value)
    if territory != "peninsula":
        raise ValueError(f"the periods, losses and taxes of the {territory} are not in the tables: only those of the peninsula are")
    return territory


def _price(table: Table, tariff: Tariff, most_kw: float, *, recorded: bool, use: Use) -> PriceTerms:
    basis = table.need("basis", _one_of(get_args(Basis)))
    too_large = basis == "pvpc" and most_kw > MOST_KW_OF_PVPC
    reference = table.get("reference", _flag, recorded and too_large)
    terms = PriceTerms(
        basis=basis,
        reference=reference,
        fixed_eur_per_kwh=table.get("fixed_eur_per_kwh", _by_period(energy_periods(tariff), within(bounds.FIXED_EUR_KWH)), ()),
        fee_eur_per_kwh=table.get("fee_eur_per_kwh", within(bounds.FEE_EUR_KWH), 0.0),
        ancillary_eur_per_kwh=table.get("ancillary_eur_per_kwh", within(bounds.FEE_EUR_KWH), None),
        use=use,
    )
    if basis == "fixed" and not terms.fixed_eur_per_kwh:
        raise table.fault("basis", 'with "fixed" needs fixed_eur_per_kwh, a price a period')
    if too_large and not reference:
        raise table.fault(
            "basis",
            f"PVPC is for supplies of up to {MOST_KW_OF_PVPC:g} kW in every period (RD 216/2014, art. 5), and {most_kw:g} kW are"
            ' contracted: take "indexed" or "fixed", or add reference = true to plan by it as a price that the plant does not pay',
        )
    table.close()
    return terms


def _weekdays(table: Table, qualities: tuple[str, ...]) -> dict[int, Mapping[str, float]]:
    read = _by_quality(qualities, within(bounds.BATCHES))
    found = {index: table.get(name, read, None) for index, name in enumerate(WEEKDAYS)}
    table.close()
    return {index: batches for index, batches in found.items() if batches is not None}


def _dates(table: Table, qualities: tuple[str, ...]) -> dict[date, Mapping[str, float]]:
    found = {}
    for key in table.values:
        try:
            day = date.fromisoformat(key)
        except ValueError as error:
            raise table.fault(key, "is not a day, write it as 2026-12-24") from error
        day = _made(table, key, partial(_day, day))
        found[day] = table.need(key, _by_quality(qualities, within(bounds.BATCHES)))
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty")
    return short_line(value, bounds.LONGEST_NAME)


def _code(code: bounds.Code) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value)
        if not code.is_one(text):
            raise ValueError(f"must be {code.what}")
        return text

    return read


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value):
        raise ValueError("must be a list of different names")
    if len(value) > MOST_NAMES:
        raise ValueError(f"must be at most {MOST_NAMES} names")
    return tuple(_text(item) for item in value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _clock(value: object) -> time:
    if not isinstance(value, time) or value.tzinfo or value.second or value.minute % 15:
        raise ValueError("must be a local time on the quarter-hour, as 06:00:00")
    return value


def _day(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a day, as 2026-12-24")
    if not bounds.YEARS[0] <= value.year < bounds.YEARS[1]:
        raise ValueError(f"must be of a year of {bounds.YEARS[0]} to {bounds.YEARS[1] - 1}")
    return value


def _days(value: object) -> frozenset[date]:
    if not isinstance(value, list):
        raise ValueError("must be a list of days")
    return frozenset(_day(item) for item in value)


def _weekday_names(value: object) -> frozenset[int]:
    if not isinstance(value, list) or not value or any(item not in WEEKDAYS for item in value):
        raise ValueError(f"must be a list of {', '.join(WEEKDAYS)}")
    return frozenset(WEEKDAYS.index(item) for item in value)


def _one_of(names: "tuple[T, ...] | list[T]") -> Callable[[object], T]:
    def read(value: object) -> T:
        for name in names:
            if value == name:
                return name
        meant = nearest(str(value), map(str, names))
        raise ValueError(f"must be one of {', '.join(map(str, names))}" + (f"; {meant}?" if meant else ""))

    return read


def _named(name: str, read: Callable[[object], T], value: object) -> T:
    """An entry of a table; a fault names it."""
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from error


def _by_quality(
    qualities: tuple[str, ...], read: Callable[[object], T], *, complete: bool = False
) -> Callable[[object], Mapping[str, T]]:
    def read_all(value: object) -> Mapping[str, T]:
        if not isinstance(value, Mapping) or set(value) - set(qualities) or (complete and set(value) != set(qualities)):
            raise ValueError(f"must be a table by quality ({', '.join(qualities)})")
        return {quality: _named(quality, read, value[quality]) for quality in qualities if quality in value}

    return read_all


def _by_period(count: int, read: Callable[[object], float], *, rising: bool = False) -> Callable[[object], tuple[float, ...]]:
    names = [f"P{number}" for number in range(1, count + 1)]

    def read_all(value: object) -> tuple[float, ...]:
        if not isinstance(value, Mapping) or set(value) != set(names):
            raise ValueError(f"must be a table with {', '.join(names)}")
        figures = tuple(_named(name, read, value[name]) for name in names)
        if rising and list(figures) != sorted(figures):
            raise ValueError("must not fall from P1 on")
        return figures

    return read_all
