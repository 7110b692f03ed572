"""The meter's curve and the bill, composed."""

from dataclasses import dataclass

from adapters.state.notes import SqliteNotes
from adapters.state.plants import SqlitePlantLog
from bootstrap.foundation import Foundation
from services.bill.board import BillBoard, CurveMark
from services.bill.consumption import ConsumptionService
from services.bill.power import PowerService
from services.bill.power_board import PowerBoard
from services.bill.service import BillService
from services.energy_service import EnergyService
from services.savings.plants import Plants


@dataclass(frozen=True)
class Billing:
    """What keeps the curve, what makes bills of it and studies contracted powers by it, and what of it the page shows."""

    consumption: ConsumptionService
    bills: BillService
    power: PowerService
    bill_board: BillBoard
    power_board: PowerBoard


def billing_of(base: Foundation, energy: EnergyService) -> Billing:
    """All of it."""
    storage = base.storage
    consumption = ConsumptionService(storage.series, SqliteNotes(storage.state), base.clock)
    plants = Plants(SqlitePlantLog(storage.state), base.plant, base.plant_text)
    bills = BillService(consumption, energy, plants, base.tariffs)
    power = PowerService(bills, consumption, base.tariffs, base.clock)
    mark = CurveMark(consumption, lambda: storage.series.writes)
    basis = base.plant.price.told
    return Billing(
        consumption,
        bills,
        power,
        BillBoard(bills, consumption, base.tariffs, mark, basis),
        PowerBoard(bills, consumption, power, mark),
    )
