"""Weeks of real prices for the plan benchmark: the problem of a week, and its solve with times."""

import contextlib
import csv
import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from domain.bill.tariff import load_tariffs, power_period
from domain.errors import NotKnownError
from domain.plan.checker import check
from domain.plan.plan import Plan
from domain.plan.plant import Plant
from domain.plan.plant_config import load_plant
from domain.plan.production import PlanProblem, demand_between
from domain.timeline import HOUR, QUARTER, day_bounds, floor_to, slot_starts
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from services.prices.paid_price import PaidPrice

PLANT = Path("src/configs/factory.toml")
TARIFFS = Path("src/configs/tariffs.toml")
COLUMNS = {"pvpc": "pvpc_pcb", "spot": "omie_es"}
Price = Literal["pvpc", "spot", "contract"]
"""By which price the weeks are planned: that of a market as it stands, or what the plant of the repository pays by its contract."""
Prices = Mapping[datetime, float]
"""€/kWh by UTC hour."""


@dataclass(frozen=True, slots=True)
class WeekScore:
    """One week: what the plan costs and proves, and how long it took. Seconds of the wall, and of the processor."""

    week: str
    status: str
    stopped_by: str
    batches: int
    cost_eur: float
    base_cost_eur: float
    bound_eur: float | None
    gap_eur: float | None
    gap_percent: float | None
    baseline_eur: float | None
    saving_eur: float | None
    saving_percent: float | None
    first_s: float
    """Until the first feasible plan is at hand (working as usual, offered as a start)."""
    total_s: float
    cpu_s: float
    checked: bool


def read_prices(path: Path, market: str) -> dict[datetime, float]:
    """Prices of a market from a CSV of UTC hours in €/MWh (`utc`, `omie_es`, `pvpc_pcb`); empty cells are left out."""
    column = COLUMNS[market]
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return {datetime.fromisoformat(r["utc"]): float(r[column]) / 1000 for r in csv.DictReader(lines) if r[column]}


@dataclass(frozen=True, slots=True)
class Followed:
    """The market that a price follows, and what is paid at an hour's price of it [€/kWh]."""

    market: str
    paid: Callable[[datetime, float], float]

    def of(self, prices: Prices) -> dict[datetime, float]:
        """Prices of the market as they are paid; hours that a term of the contract is not known for are left out."""
        paid = {}
        for hour, price in prices.items():
            with contextlib.suppress(NotKnownError):
                paid[hour] = self.paid(hour, price)
        return paid


def followed(price: Price) -> Followed:
    """What a price of the command line means."""
    if price != "contract":
        return Followed(price, lambda _, market_price: market_price)
    plant = default_plant()
    contract = PaidPrice(plant.tariff, plant.price, load_tariffs(TARIFFS.read_text(encoding="utf-8")))
    return Followed(contract.market, lambda hour, market_price: contract.at(hour)(market_price))


def default_plant() -> Plant:
    """The plant of the repository."""
    return load_plant(PLANT.read_text(encoding="utf-8"))


def problem_of(plant: Plant, first: date, last: date, price: Callable[[datetime], float | None]) -> PlanProblem:
    """The problem of whole local days, both included; `price` is by UTC hour."""
    return problem_between(plant, day_bounds(first, plant.tz)[0], day_bounds(last, plant.tz)[1], price)


def problem_between(plant: Plant, start: datetime, end: datetime, price: Callable[[datetime], float | None]) -> PlanProblem:
    """The problem from an instant to another, with what is due from its first local day on; `price` is by UTC hour."""
    slots = list(slot_starts(start, end, QUARTER))
    return PlanProblem(
        plant=plant,
        start=start,
        prices=tuple(price(floor_to(slot, HOUR)) for slot in slots),
        periods=tuple(power_period(slot, plant.tariff) for slot in slots),
        demand=demand_between(plant, start, end),
    )


def week_problem(plant: Plant, begin: date, price: Callable[[datetime], float | None]) -> PlanProblem:
    """Seven local days."""
    return problem_of(plant, begin, begin + timedelta(days=6), price)


def solve_week(problem: PlanProblem, limits: SearchLimits) -> tuple[Plan, WeekScore]:
    """A week's plan, timed and checked anew."""
    seen: list[float] = []
    begun, cpu = time.perf_counter(), time.process_time()
    plan = solve(problem, limits, lambda _: seen.append(time.perf_counter() - begun))
    total, cpu = time.perf_counter() - begun, time.process_time() - cpu
    verdict = check(problem, plan.schedule)
    return plan, WeekScore(
        week=str(problem.start.astimezone(problem.plant.tz).date()),
        status=plan.status,
        stopped_by=str(plan.stopped_by),
        batches=len(plan.batches),
        cost_eur=plan.cost_eur,
        base_cost_eur=plan.base_cost_eur,
        bound_eur=plan.bound_eur,
        gap_eur=plan.gap_eur,
        gap_percent=plan.gap_percent,
        baseline_eur=plan.baseline_cost_eur,
        saving_eur=plan.saving_eur,
        saving_percent=plan.saving_percent,
        first_s=seen[0] if seen else total,
        total_s=total,
        cpu_s=cpu,
        checked=verdict.passed and abs(verdict.cost_eur - plan.cost_eur) < 1e-6,
    )


def flat(problem: PlanProblem, eur_per_kwh: float = 0.1) -> PlanProblem:
    """The same week at one price."""
    return replace(problem, prices=(eur_per_kwh,) * problem.slots)


def known_hours(prices: Prices, first: date, last: date) -> bool:
    """Whether every hour of the days has a price."""
    hour, end = day_bounds(first)[0], day_bounds(last)[1]
    while hour < end:
        if hour not in prices:
            return False
        hour += HOUR
    return True
