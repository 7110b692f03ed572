"""What had been forecast by a past instant, from the log of the daily issues."""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.bill.terms import Basis
from domain.classes import CLASSES, Shares
from domain.prices.slots import Market
from domain.series import Rows, Value
from domain.timeline import utc_from_epoch
from ports import IssuedLog
from services.forecast.hours import ForecastHour
from services.forecast.issue import DAILY_SERIES
from services.prices.paid_price import PaidPrice

EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class IssuedForecast:
    """The hours that were forecast, each as it was issued last, and when and by whom the newest of them was. Energy scores and
    the words of confidence are not kept.
    """

    issued_at: datetime
    version: str
    market: Market
    basis: Basis
    hours: tuple[ForecastHour, ...]


class IssuedForecasts:
    """Reads the log of the daily issues."""

    def __init__(self, issued: IssuedLog, paid: PaidPrice) -> None:
        self._issued = issued
        self._market: Market = paid.market
        self.paid = paid

    async def at(self, at: datetime, start: datetime, end: datetime) -> IssuedForecast | None:
        """What had been forecast by an instant for the hours of ``[start, end)``; None where nothing is kept of that."""
        rows = await self._issued.as_of(DAILY_SERIES.format(market=self._market), at, start, end)
        if not len(rows):
            return None
        issued = [int(stamp or 0) for stamp in rows.columns["issued_at"]]
        newest = issued.index(max(issued))
        return IssuedForecast(
            issued_at=utc_from_epoch(issued[newest]),
            version=str(rows.columns["model"][newest]),
            market=self._market,
            basis=self.paid.basis,
            hours=tuple(_hour(rows, place) for place in range(len(rows))),
        )

    async def kept_since(self) -> datetime | None:
        """When the first forecast that is kept was issued."""
        issues = await self._issued.issues(DAILY_SERIES.format(market=self._market), *EVER)
        return issues[0] if issues else None


def _hour(rows: Rows, place: int) -> ForecastHour:
    p10, p50, p90 = (_number(rows.columns[name][place]) for name in ("p10", "p50", "p90"))
    return ForecastHour(
        start=utc_from_epoch(rows.times[place]),
        published=None,
        p10=p10,
        p50=p50,
        p90=p90,
        energy_score=None,
        shares=_shares([rows.columns[f"p_{name}"][place] for name in CLASSES]),
        confidence=None,
    )


def _number(value: Value | None) -> float | None:
    return None if value is None else float(value)


def _shares(values: list[Value | None]) -> Shares | None:
    known = [float(value) for value in values if value is not None]
    if len(known) < len(values):
        return None
    optimal, moderate, reduced, halt = known
    return optimal, moderate, reduced, halt
