"""The page's document as JSON, with a revision that changes only when the content does; made once for what was composed."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from routers.answers.advice import AlertOut, RecommendationOut
from routers.answers.base import FailedPartOut, Out
from routers.answers.bill_board import BillBlockOut, PowerBlockOut
from routers.answers.forecast import forecast_of
from routers.answers.operations import SystemOut
from routers.answers.page import ClassNowOut, FloorBlockOut, NotKeptOut, WeekBlockOut
from routers.answers.price_parts import PricePartsOut
from routers.answers.prices import CurrentPriceOut, PaidOut, PriceDayOut
from routers.answers.weather import CurrentWeatherOut, WeatherBlockOut
from services.operations.fence import Fence
from services.page.dashboard import Dashboard
from wording.wording import Wording

T = TypeVar("T")
Shape = Callable[[T], Any]

VOLATILE = frozenset(
    {
        "left_out_total",
        "failures_in_a_row",
        "generated_at",
        "revision",
        "ingestion",
        "runs",
        "failures",
        "last_duration_s",
        "last_detail",
        "progress",
        "sizes",
    }
)
"""What changes without being content: stamps, counters, and the progress of a fetch."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document, the hash of its content, and its bytes with the sentences of every language."""

    content: Mapping[str, Any]
    revision: str
    sent: bytes


class Documents:
    """Keeps the last one. A block that cannot be sent spoils no other: it is empty, and named among those that fail."""

    def __init__(self, wording: Wording, *, simulated: bool) -> None:
        self._wording = wording
        self._simulated = simulated
        self._generated: dict[bool, tuple[str, str]] = {}
        self._last: dict[bool, tuple[Dashboard, Document]] = {}

    def of(self, dashboard: Dashboard, fence: Fence, *, with_bill: bool = True) -> Document:
        """The document of what was composed; without the bill and its powers for a reader to whom `GET /bill` is closed."""
        last = self._last.get(with_bill)
        if last is not None and last[0] is dashboard:
            return last[1]
        content = self._content(dashboard if with_bill else replace(dashboard, bill=None, power=None), fence)
        revision = revision_of(content)  # which parts are late is no content; what is late in the plan is
        content |= {
            "late": list(dashboard.late),
            "revision": revision,
            "generated_at": self._generated_at(dashboard, revision, with_bill),
        }
        document = Document(content, revision, _bytes(self._wording.spoken(content)))
        if dashboard.at is None:
            self._last[with_bill] = (dashboard, document)
        return document

    def _content(self, dashboard: Dashboard, fence: Fence) -> dict[str, Any]:
        def block(place: str, value: T | None, shape: Shape[T]) -> Any:
            return fence.sent(place, lambda: None if value is None else sendable(shape(value)), None)

        def row(place: str, values: Sequence[T], shape: Shape[T]) -> Any:
            return fence.sent(place, lambda: sendable([shape(value) for value in values]), [])

        days = dashboard.prices
        content: dict[str, Any] = {
            "current": {
                "price": block("current.price", dashboard.price, CurrentPriceOut.now),
                "spot": block("current.spot", dashboard.spot, CurrentPriceOut.now),
                "weather": block("current.weather", dashboard.weather_now, CurrentWeatherOut.now),
                "class": block("current.class", dashboard.class_now, ClassNowOut.of),
                "paid": block("current.paid", dashboard.paid, PaidOut.of),
            },
            "prices": {
                "today": PriceDayOut.of(days.today).plain(),
                "tomorrow": PriceDayOut.of(days.tomorrow).plain(),
                "spot_today": PriceDayOut.of(days.spot_today).plain(),
                "spot_tomorrow": PriceDayOut.of(days.spot_tomorrow).plain(),
            },
            "price_parts": block("price_parts", dashboard.price_parts, PricePartsOut.of),
            "simulated": self._simulated,
            "plant": {"name": dashboard.plant, "price_basis": dashboard.price_basis},
            "week": block("week", dashboard.week, WeekBlockOut.of),
            "weather": block("weather", dashboard.weather, WeatherBlockOut.of),
            "forecast": _forecast_block(fence, dashboard),
            "plan": block("plan", dashboard.plan, _as_it_is),
            "plan_reason": dashboard.plan_reason,
            "floor": block("floor", dashboard.floor, FloorBlockOut.of),
            "recommendations": row("recommendations", dashboard.recommendations, RecommendationOut.of),
            "alerts": row("alerts", dashboard.alerts, AlertOut.of),
            "savings": block("savings", dashboard.savings, _as_it_is),
            "bill": block("bill", dashboard.bill, BillBlockOut.of),
            "power": block("power", dashboard.power, lambda power: PowerBlockOut.of(power, simulated=self._simulated)),
            "system": block("system", dashboard.system, lambda system: SystemOut.of(system, fence)),
        }
        failed = [] if dashboard.at else [FailedPartOut.of(part).plain() for part in fence.failed]
        return (
            content
            | {"failed": failed, "at": dashboard.at.isoformat() if dashboard.at else None}
            | {"not_kept": [NotKeptOut.of(one).plain() for one in dashboard.not_kept]}
        )

    def _generated_at(self, dashboard: Dashboard, revision: str, with_bill: bool) -> str:
        """When the content last changed; for a past view that instant itself."""
        if dashboard.at is not None:
            return dashboard.at.isoformat()
        last = self._generated.get(with_bill)
        if last is None or last[0] != revision:
            last = self._generated[with_bill] = (revision, dashboard.composed_at.isoformat())
        return last[1]


def _forecast_block(fence: Fence, dashboard: Dashboard) -> Any:
    told = dashboard.forecast
    return fence.sent("forecast", lambda: None if told is None else sendable(forecast_of(told)), None)


def revision_of(content: Mapping[str, Any]) -> str:
    """Hash of the content without what is not content; the same content gives the same hash in every process."""
    kept = json.dumps(_without_volatile(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(kept.encode()).hexdigest()[:24]


def _without_volatile(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_volatile(part) for name, part in value.items() if name not in VOLATILE}
    if isinstance(value, list):
        return [_without_volatile(part) for part in value]
    return value


def sendable(value: Any) -> Any:
    """Plain JSON; ValueError or TypeError where there is NaN in it, half a surrogate pair, an object of some other kind."""
    shown = [_plain(one) for one in value] if isinstance(value, list) else _plain(value)
    _bytes(shown)
    return shown


def _plain(value: Any) -> Any:
    return value.plain() if isinstance(value, Out) else value


def _as_it_is(value: Any) -> Any:
    return value


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
