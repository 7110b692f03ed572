"""Files of consumption in the layouts that are known, at the days on which the clock changes; what is not understood is refused."""

import bz2
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.files.consumption.reader import is_consumption, read_consumption
from domain.errors import InvalidRequestError
from domain.intake.consumption import Metering
from domain.timeline import MADRID, QUARTER, day_bounds, slot_starts

CUPS = "ES0031000000000001AB0F"
SHORT = CUPS[:20]
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
DATADIS = "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion;Energia_vertida_kWh;Energia_generada_kWh;Energia_autoconsumida_kWh\n"
IDE = "CUPS;FECHA-HORA;INV / VER;PERIODO TARIFARIO;CONSUMO Wh;GENERACION Wh;\n"
EDIS = "CUPS;Fecha;Hora;AE_kWh;AS_KWh;AE_AUTOCONS_kWh;R1_kVARh;R2_kVARh;R3_kVARh;R4_kVARh;REAL/ESTIMADO\n"
Text = Callable[[date, int], str]


def slots(text: str | bytes, supply_point: str | None = None) -> list[Metering]:
    ((cups, found),) = read_consumption(text if isinstance(text, bytes) else text.encode(), supply_point).items()
    assert cups == SHORT
    return found


def utc(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def cnmc(day: date, hours: int) -> str:
    head = "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion\n"
    return head + "".join(f"{CUPS};{day:%d/%m/%Y};{hour};{hour},500;R\n" for hour in range(1, hours + 1))


def datadis(day: date, hours: int) -> str:
    return DATADIS + "".join(f"{CUPS};{day:%Y/%m/%d};{hour:02}:00;{hour},500;Real;;;\n" for hour in range(1, hours + 1))


def datadis_repeating(day: date, hours: int) -> str:
    labels = [hour for hour in range(1, 25) for _ in range(2 if hours == 25 and hour == 3 else 1) if hours != 23 or hour != 3]
    return DATADIS + "".join(f"{CUPS};{day:%Y/%m/%d};{label:02}:00;{n},500;Real;;;\n" for n, label in enumerate(labels, 1))


def edistribucion(day: date, hours: int) -> str:
    return "\ufeff" + EDIS + "".join(f"{CUPS};{day:%d/%m/%Y};{hour};{hour},5;0;;4,1;0;0;0,2;R\n" for hour in range(1, hours + 1))


def flagged(day: date, minutes: int) -> list[tuple[datetime, int]]:
    """(label, season) of the ends of the slots of a day."""
    start, end = day_bounds(day)
    ends = [at + timedelta(minutes=minutes) for at in slot_starts(start, end, timedelta(minutes=minutes))]
    return [((local := at.astimezone(MADRID)).replace(tzinfo=None), int(bool(local.dst()))) for at in ends]


def ide(day: date, hours: int) -> str:
    """The end of the hour that the clock repeats has both flags, and so has the label of a distributor."""
    return IDE + "".join(
        f"{CUPS};{label:%Y/%m/%d %H:%M};{summer};Valle;{n}500;0;\n" for n, (label, summer) in enumerate(flagged(day, 60), 1)
    )


def ufd(day: date, hours: int) -> str:
    values = [{"consumptionValue": f"{n},5"} for n in range(1, hours + 1)]
    return json.dumps({"items": [{"periodStartDate": f"{day:%d/%m/%Y}", "consumptions": {"items": values}}]})


def p1d(day: date, hours: int) -> str:
    return "".join(
        f"{CUPS};11;{label:%Y/%m/%d %H:%M:%S};{summer};{n}.500;0;0;0;4.100;0;0;0;0;0;0.200;0;0;0;0;0;1;1;\n"
        for n, (label, summer) in enumerate(flagged(day, 60), 1)
    )


def f5d(day: date, hours: int) -> str:
    return "".join(
        f"{CUPS};{label:%Y/%m/%d %H:%M};{summer};{n}500;0;4200;0;0;100;1;1;FE27000001;\n"
        for n, (label, summer) in enumerate(flagged(day, 60), 1)
    )


@pytest.mark.parametrize("form", [cnmc, datadis, datadis_repeating, edistribucion, ide, ufd, p1d, f5d])
@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23), (date(2026, 11, 4), 24)])
def test_every_hour_of_a_day_has_its_slot(form: Text, day: date, hours: int) -> None:
    found = slots(form(day, hours), CUPS)
    start = day_bounds(day)[0]
    assert [(one.start, one.minutes, one.kwh_in) for one in found] == [
        (start + timedelta(hours=n), 60, Decimal(n + 1) + Decimal("0.5")) for n in range(hours)
    ]


@pytest.mark.parametrize(("day", "quarters"), [(AUTUMN, 100), (SPRING, 92), (date(2026, 11, 4), 96)])
def test_every_quarter_of_a_day_has_its_slot(day: date, quarters: int) -> None:
    p2d = "".join(
        f"{CUPS};11;{label:%Y/%m/%d %H:%M:%S};{summer};{n};0;0;0;1;0;0;0;0;0;0;0;0;0;0;0;1;\n"
        for n, (label, summer) in enumerate(flagged(day, 15), 1)
    )
    found = slots(p2d)
    assert [one.start for one in found] == list(slot_starts(*day_bounds(day), QUARTER))
    assert len(found) == quarters
    assert {one.minutes for one in found} == {15}


def test_both_habits_of_the_flag_are_the_same_instant() -> None:
    """ "03:00;1" and "02:00;0" on 2026-10-25 are 01:00Z."""
    for label, season in (("03:00", 1), ("02:00", 0)):
        (one,) = slots(f"{IDE}{CUPS};2026/10/25 {label};{season};Valle;12500;0;\n")
        assert one.start + timedelta(hours=1) == utc(2026, 10, 25, 1)


def test_the_last_row_of_a_day_ends_at_midnight_of_the_next() -> None:
    (one,) = slots(f"{IDE}{CUPS};2026/10/26 00:00;0;Valle;11900;0;\n")
    assert (one.start, one.kwh_in) == (utc(2026, 10, 25, 22), Decimal("11.9"))


def test_reactive_energy_surplus_and_estimates_are_kept() -> None:
    text = EDIS + f"{CUPS};04/11/2026;3;12,500;0,250;;4,100;0;0;0,200;E\n"
    (one,) = slots(text)
    assert [float(q or 0) for q in one.kvarh] == [4.1, 0, 0, 0.2]
    assert (one.kwh_out, one.estimated) == (Decimal("0.25"), True)
    (raw,) = slots(f"{CUPS};2026/11/04 03:00;0;13000;500;4200;0;0;100;\n".replace(";4200;0;0;100", ""))
    assert (raw.kwh_in, raw.kwh_out, raw.kvarh) == (13, Decimal("0.5"), (None,) * 4)


def test_the_api_of_datadis() -> None:
    entry = {"cups": CUPS, "date": "2026/11/04", "time": "24:00", "consumptionKWh": 41.25, "obtainMethod": "Estimada"}
    (one,) = slots(json.dumps([entry | {"surplusEnergyKWh": 0, "generationEnergyKWh": None}]))
    assert one == Metering(utc(2026, 11, 4, 22), 60, Decimal("41.25"), Decimal(0), (None,) * 4, estimated=True)
    assert slots(json.dumps({"timeCurve": [entry], "distributorError": []}))[0].kwh_out is None


def test_several_supply_points_are_told_apart_and_22_characters_are_20() -> None:
    rows = f"{CUPS};04/11/2026;1;1,0;R\nES0031000000000002CD;04/11/2026;1;2,0;R\n{SHORT};04/11/2026;2;3,0;R\n"
    found = read_consumption(("CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion\n" + rows).encode())
    assert {cups: len(kept) for cups, kept in found.items()} == {SHORT: 2, "ES0031000000000002CD": 1}


def test_a_packed_file_is_read_and_a_damaged_one_refused() -> None:
    packed = bz2.compress(p1d(AUTUMN, 25).encode())
    assert len(slots(packed)) == 25
    for broken in (packed[:-10], packed[:20] + b"xxxx" + packed[24:]):
        with pytest.raises(InvalidRequestError, match="bz2"):
            read_consumption(broken)


CNMC_HEAD = "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion\n"
BAD = [
    (CNMC_HEAD + f"{CUPS};25/10/2026;1;1,0;R\n", "line 2: 1 rows on 2026-10-25, which has 25 slots"),
    (cnmc(SPRING, 24), "24 rows on 2027-03-28, which has 23 slots"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;25;1,0;R\n", "line 2: slot 25 of 2026-11-04"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;0;1,0;R\n", "line 2: no hour"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;1.234,5;R\n", "line 2: CONSUMO_KWH is no number"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;;R\n", "line 2: CONSUMO_KWH is no number"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;-1,0;R\n", "line 2: a negative energy"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;50001;R\n", "line 2: more than a supply can take"),
    (CNMC_HEAD + f"{CUPS};31/11/2026;1;1,0;R\n", "line 2: no day"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;1,0;X\n", "line 2: whether it was read or estimated is not understood"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1;1,0;R\n{CUPS};04/11/2026;1;2,0;R\n", "line 3: another figure than line 2 has"),
    (CNMC_HEAD + f"{CUPS};04/11/2026;1\n", "line 2: 3 cells for 5 columns"),
    (DATADIS + f"{CUPS};2026/11/04;00:00;1;Real;;;\n", "line 2: a label of 00:00 without a season flag"),
    (DATADIS + f"{CUPS};2026/11/04;01:07;1;Real;;;\n", "line 2: no time of a slot"),
    (IDE + f"{CUPS};2026/11/04 01:00;2;Valle;1;0;\n", "line 2: no season flag"),
    (IDE.replace("CONSUMO Wh", "CONSUMO MWh"), "columns that are not known"),
    (p1d(AUTUMN, 25) + f"{CUPS};2026/11/04 03:00;0;13000;0;\n", "line 26: 5 fields"),
    (f"{CUPS};1;2;\n", "line 1: 3 fields"),
    ("nothing;of\nthe;kind\n", "no form of consumption that is known"),
    (CNMC_HEAD, "no row of consumption"),
    ('[{"cups": 3}]', "entry 1 is not of that form"),
    ("[1", "not JSON"),
    ('{"items": []}', "names no supply point"),
    ('{"curve": []}', "another form"),
]


@pytest.mark.parametrize(("text", "says"), BAD)
def test_what_is_not_understood_is_refused_with_its_line_and_without_the_supply_point(text: str, says: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_consumption(text.encode())
    error = caught.value
    assert says in error.detail
    assert error.valid
    assert SHORT not in f"{error.detail} {error.value} {error.valid}"


def test_a_supply_point_that_is_none_is_not_repeated() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_consumption((CNMC_HEAD + "ES003100000000000XAB;04/11/2026;1;1,0;R\n").encode())
    assert "no CUPS" in caught.value.detail
    assert "ES0031" not in f"{caught.value.detail} {caught.value.value}"


def test_prices_are_not_taken_for_consumption() -> None:
    assert not is_consumption(b"utc,omie_es\n2026-01-01T00:00Z,3\n")
    assert is_consumption(CNMC_HEAD.encode())
    assert is_consumption(p1d(AUTUMN, 25).encode())


def test_a_year_of_quarter_hours_is_read() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    text = "".join(
        f"{CUPS};11;{label:%Y/%m/%d %H:%M:%S};{summer};12;0;0;0;1;0;0;0;0;0;0;0;0;0;0;0;1;\n"
        for day in days
        for label, summer in flagged(day, 15)
    )
    assert len(slots(text.encode())) == 35_040
