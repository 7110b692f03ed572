"""A year of quarter-hours: imported, billed, checked, and the powers that would have cost least: `scripts/bench bill`.

Seconds of the processor, the middle one of three, beside the sums of the same year in plain Decimals as the measure of the machine.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from commands.import_history import main as import_files
from domain.bill.invoice.bill import Bill, bill_of
from domain.bill.invoice.check import Asked, checked
from domain.bill.invoice.metered import MarketPrices, Reading
from domain.bill.power_choices import study
from domain.bill.power_study import Terms
from domain.bill.supply import Contract, ContractedFrom
from domain.bill.tariff import TariffTables, load_tariffs
from domain.bill.terms import PriceTerms
from domain.timeline import MADRID, QUARTER, day_bounds, slot_starts
from services.bill.power import months_of, quarters_by_month

ROOT = Path(__file__).parents[1]
CUPS = "ES0031000000000001AB0F"
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ROUNDS = 3
KW = (80.0, 85.0, 90.0, 95.0, 100.0, 117.0)


def year() -> list[Reading]:
    """35,040 slots of a plant that works by day."""
    draw = random.Random(1)
    start, end = day_bounds(FIRST)[0], day_bounds(LAST)[1]
    return [
        Reading(
            at, 15, Decimal(f"{(25 if 6 <= at.hour < 20 else 5) * draw.random():.3f}"), Decimal(0), Decimal(1), Decimal(0), False
        )
        for at in slot_starts(start, end, QUARTER)
    ]


def message(readings: list[Reading]) -> str:
    """As a distributor sends it."""
    ends = [((one.start + QUARTER).astimezone(MADRID), int(one.kwh_in)) for one in readings]
    rest = ";0;0;0;1;0;0;0;0;0;0;0;0;0;0;0;1;\n"
    return "".join(f"{CUPS};11;{local:%Y/%m/%d %H:%M:%S};{int(bool(local.dst()))};{kwh}{rest}" for local, kwh in ends)


def timed(work: Callable[[], object]) -> float:
    """The middle of some rounds [s of the processor]."""
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return statistics.median(took)


def imported(file: Path) -> None:
    """Into a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        if import_files([str(file)]) != 0:
            raise RuntimeError("the year was not imported")


def asked_of(bill: Bill) -> list[Asked]:
    """The lines of a bill as a retailer would ask them."""
    return [Asked(line.code, line.period, line.amount) for line in bill.lines if line.amount is not None]


def main() -> int:
    """Measure and print."""
    tables: TariffTables = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
    readings = year()
    market = MarketPrices({one.start: Decimal("0.06123") for one in readings})
    powers = ContractedFrom(FIRST, tuple(Decimal(str(kw)) for kw in KW))
    contract = Contract("3.0TD", (powers,), PriceTerms("indexed", fee_eur_per_kwh=0.008))

    def billed(other: Contract = contract, later: timedelta = timedelta(0), shorter: timedelta = timedelta(0)) -> Bill:
        return bill_of(tables, other, readings, market, (FIRST + later, LAST + shorter), LAST)

    def studied() -> object:
        by_month = quarters_by_month(readings, "3.0TD", months_of(FIRST, LAST))
        return study(tables, Terms("3.0TD", KW, None, date(2026, 6, 1)), by_month)

    bill = billed()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "P2D.0"
        file.write_text(message(readings))
        work: list[tuple[str, Callable[[], object]]] = [
            ("the sums of the year in plain Decimals", lambda: sum(one.kwh_in * market.quarters[one.start] for one in readings)),
            ("bill of the year", billed),
            ("check of a bill of the year", lambda: checked(tables, contract, bill, asked_of(bill), None, billed)),
            ("contracted powers of the year", studied),
            ("import of the year into SQLite", lambda: imported(file)),
        ]
        took = [(name, timed(one)) for name, one in work]
    for name, seconds in took:
        print(f"{name:42} {seconds:7.3f} s {seconds / took[0][1]:8.1f} x")
    print(f"slots {len(readings)}, lines {len(bill.lines)}, kWh {bill.kwh}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
