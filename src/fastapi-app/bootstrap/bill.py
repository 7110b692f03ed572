"""The meter's curve and the bill, composed."""

from adapters.state.notes import SqliteNotes
from adapters.state.plants import SqlitePlantLog
from bootstrap.foundation import Foundation
from services.bill.consumption import ConsumptionService
from services.bill.power import PowerService
from services.bill.service import BillService
from services.energy_service import EnergyService
from services.savings.plants import Plants


def bills_of(base: Foundation, energy: EnergyService) -> tuple[ConsumptionService, BillService, PowerService]:
    """What keeps the curve, what makes bills of it, and what studies contracted powers by it."""
    storage = base.storage
    consumption = ConsumptionService(storage.series, SqliteNotes(storage.state), base.clock)
    plants = Plants(SqlitePlantLog(storage.state), base.plant, base.plant_text)
    bills = BillService(consumption, energy, plants, base.tariffs)
    return consumption, bills, PowerService(bills, consumption, base.tariffs, base.clock)
