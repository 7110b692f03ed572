"""The savings ledger."""

import datetime
from typing import Literal

from domain.bill.terms import PriceBasis
from routers.answers.base import Instant, Out
from routers.answers.plan import NameOut


class SavingOut(Out):
    """A span of the ledger. `month` or `year` names it where it is one; `reason` says why one is missing.

    `plant` is the SHA-256 of the plant's file that was in force on the (last) day; with `plant_assumed` nothing was recorded
    then, and the first that was is taken. What is not there at all was not told yet by the version that made the entry.
    """

    span: Literal["day", "week", "month", "year"]
    date: datetime.date
    last: datetime.date
    month: str | None = None
    year: str | None = None
    closed: bool
    made_from: str | None = None
    since: datetime.date | None = None
    limits: float | None = None
    plant: str | None = None
    plant_assumed: bool | None = None
    as_of: Instant
    reason: str | None = None
    kg: float | None
    kwh: float | None
    plan_eur: float | None
    baseline_eur: float | None
    perfect_eur: float | None
    saving_eur: float | None
    saving_percent: float | None
    captured_percent: float | None
    forecast_error_eur: float | None
    limits_eur: float | None
    production_days: int | None
    saving_percent_with_base_load: float | None = None
    saving_percent_of_batches: float | None = None
    base_load_eur: float | None = None
    base_load_kwh: float | None = None
    reported_share_kwh: float | None = None
    spoiled_eur: float | None = None
    spoiled_kwh: float | None = None
    possible_gap_percent: float | None = None
    days_not_compared: int | None = None


class SavingsOut(Out):
    """Entries of a range. `price_basis` is that of the contract now; a day's own is in the file of its plant."""

    by: Literal["day", "week", "month", "year"]
    unit: Literal["EUR"]
    source: Literal["ledger"]
    price_basis: PriceBasis
    simulated: bool
    base_load_included: Literal[True]
    entries: list[SavingOut]


class UsualStageOut(Out):
    """A stage of working as usual. `machine` is its number where there are several."""

    stage: str
    machine: int | None
    start: Instant
    end: Instant


class UsualBatchOut(Out):
    """A batch of working as usual, at the prices that came."""

    id: str
    quality: str
    name: NameOut | None
    start: Instant
    end: Instant
    cost_eur: float
    stages: list[UsualStageOut]


class UsualOut(Out):
    """Working as usual on a day: with the base load its batches sum to that day's `baseline_eur`."""

    date: datetime.date
    batches: list[UsualBatchOut]


class SavingsBlockOut(Out):
    """The savings of the page. `usual` is of the day that is looked at; null where nothing of it is compared."""

    days: list[SavingOut]
    months: list[SavingOut]
    usual: UsualOut | None = None
    base_load_included: Literal[True]
    source: Literal["ledger"]
    origin: Literal["published"]
    unit: Literal["EUR"]
    as_of: Instant
