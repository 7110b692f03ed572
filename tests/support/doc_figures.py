"""Numbers in the prose of README and docs, each with what says it: code, configuration, or the kept result of a measurement."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from adapters.files import model_decisions
from adapters.runtime import logs
from adapters.state import jobs, upkeep
from adapters.store import spool
from commands import backup
from commands.check_config import report
from domain.alerts import price_rules
from domain.bill import certainty, terms
from domain.plan.plant_config import load_plant
from forecasting.gate import support
from forecasting.issue import intervals
from settings import SHORTEST_SECRET
from simulator import demonstration
from support.doc_commands import ROOT
from support.doc_constants import CONSTANTS
from support.doc_figure import Figure

RESULTS = ROOT / "bench/results"
NGINX = ROOT / "docker/services/nginx"


def _plant() -> Any:
    return load_plant((ROOT / "src/configs/factory.toml").read_text(encoding="utf-8"))


def _nginx(pattern: str) -> Callable[[], tuple[object, ...]]:
    def found() -> tuple[object, ...]:
        text = "".join((NGINX / name).read_text(encoding="utf-8") for name in ("nginx.conf", "server.conf"))
        return tuple(re.findall(pattern, text))

    return found


@cache
def kept(name: str) -> Mapping[str, Any]:
    """The result of a measurement, with the command that printed it."""
    found: Mapping[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _examples() -> tuple[object, ...]:
    names = {8: "eight"}
    return (names[len(list((ROOT / "src/configs/examples").glob("*.toml")))],)


def _ordinary_week() -> tuple[object, ...]:
    plant = _plant()
    told = " ".join(report(plant))
    (due_kg,) = re.findall(r"due in an ordinary week: (\d+) kg", told)
    return (*re.findall(r"at most (\d+) batches a week", told), f"{int(due_kg) / plant.batch_kg:.0f}")


YEAR = "| {} | {} | {:,.0f} | {:.1f} | {:.2f}, {:.2f}, {:.2f} |"


def _of_year(year: str) -> tuple[object, ...]:
    found = kept("plan_contract")["years"][year]
    return (year, *(found[name] for name in ("weeks", "saving_eur", "saving_percent", "least_eur", "median_eur", "most_eur")))


FIGURES = (
    Figure("README.md", "lists the {} example plants", _examples),
    Figure("README.md", "the last {} days are rehearsed", lambda: (demonstration.DAYS,)),
    Figure("contract.md", "more than {:g} kW has no PVPC", lambda: (terms.MOST_KW_OF_PVPC,)),
    Figure("contract.md", "default plant ({:g} kW, {})", lambda: (_plant().contracted_kw[0], _plant().tariff)),
    Figure("contract.md", "with a fee of {:g} €/kWh", lambda: (_plant().price.fee_eur_per_kwh,)),
    Figure("contract.md", "or ends within {} days", lambda: (certainty.WARN_BEFORE.days,)),
    Figure("contract.md", "contract {} days before they end", lambda: (certainty.WARN_BEFORE.days,)),
    Figure("contract.md", "of a month {} days after it", lambda: (price_rules.MONTHLY_LATE.days,)),
    Figure("operations.md", "ancillary services: {} days after it", lambda: (price_rules.MONTHLY_LATE.days,)),
    Figure("operations.md", "or under {} characters", lambda: (SHORTEST_SECRET,)),
    Figure("operations.md", "kept for {} days: --to FOLDER", lambda: (backup.KEEP_DAYS,)),
    Figure("operations.md", "the last {:,}; it is added", lambda: (model_decisions.KEPT,)),
    Figure("operations.md", "Limits: {} requests a second", _nginx(r"zone=all:2m rate=(\d+)r/s")),
    Figure("operations.md", "({} at once)", _nginx(r"zone=all burst=(\d+)")),
    Figure("operations.md", "{} a second that are no GET", _nginx(r"zone=changing:1m rate=(\d+)r/s")),
    Figure("operations.md", "bodies of {} MB", _nginx(r"client_max_body_size (\d+)m")),
    Figure("forecasting.md", "by {} equal days to the power {:g}", lambda: (intervals.ADAPT_DAYS, intervals.ADAPT_EXPONENT)),
    Figure("forecasting.md", "needs p < {:.4f} in place of {:g}", lambda: (support.needed(), support.ERROR)),
    Figure(
        "history.md",
        "filled gaps after {} days and ended backfills after {}",
        lambda: (upkeep.KEPT.days, upkeep.BACKFILLS_KEPT.days),
    ),
    Figure("history.md", "the newest {} runs", lambda: (jobs.KEPT_RUNS,)),
    Figure("history.md", "turns over at {} MB", lambda: (logs.MOST_BYTES // 1_000_000,)),
    Figure("influxdb.md", "up to {} MB packed", lambda: (spool.LIMIT_BYTES // 2**20,)),
    Figure(
        "planning.md", "(default plant: {} standard or {} premium batches, if nothing else is made; {} are due)", _ordinary_week
    ),
    *(Figure("savings.md", YEAR, partial(_of_year, year)) for year in ("2024", "2025", "2026")),
    *CONSTANTS,
)
"""What the code or a setting says is worked out by the test; a measurement is compared with its kept result."""


def numbers_held() -> int:
    """How many numbers are compared with what says them."""
    return sum(figure.saying.count("{") for figure in FIGURES)
