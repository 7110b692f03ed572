"""The limits of the hall's air and the errors of the weather forecasts, as the page shows them: pure functions of a document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wording.localise import Locale

Block = Mapping[str, Any]
DOTS = {"allowed": "ok", "at_cost": "degraded", "not_allowed": "attention"}
"""How the air is for a stage -> the mark of a part."""


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A stage and the limits of the air for it, in words but for the codes."""

    stage: str
    dot: str
    status: str
    extra: str
    """More power that conditioning takes now; empty where it takes none."""
    most: Sequence[str]
    spare: Sequence[str]
    beyond: Sequence[str]
    inside_until: str | None
    """End of what is known, where all of it lies within the limits."""


def limit_row(f: Locale, limit: Block) -> LimitRow:
    """A stage's limits of the air as the page shows them."""
    now: Block = limit["now"] or {}
    spans: Sequence[Block] = limit["spans"]
    most = (("max_temperature_c", "temperature_c"), ("max_humidity_percent", "humidity_percent"))
    checks: Sequence[Block] = now.get("checks") or []
    beyond = [span for span in spans if span["status"] != "allowed"]
    return LimitRow(
        stage=limit["stage"],
        dot=DOTS.get(now.get("status", ""), "waiting"),
        status=now.get("status", "unknown"),
        extra=_more_power(f, now),
        most=[_of_air(f, quantity, limit[name], 0) for name, quantity in most if limit[name] is not None],
        spare=[_of_air(f, check["quantity"], check["margin"], 1) for check in checks if check["margin"] is not None],
        beyond=[f"{f.short_moment_day(one['start'])} {f.span(one['start'], one['end'])}{_more_power(f, one)}" for one in beyond],
        inside_until=spans[-1]["end"] if spans and not beyond else None,
    )


def _of_air(f: Locale, quantity: str, value: float, digits: int) -> str:
    """A temperature or a relative humidity."""
    return f.percent(value, digits) if quantity == "humidity_percent" else f.with_unit(value, "celsius", digits)


def _more_power(f: Locale, block: Block) -> str:
    extra = block.get("extra_kw")
    return f" (+{f.with_unit(extra, 'kw', 1)})" if extra else ""


def error_ahead(f: Locale, ahead: str, error: Block) -> str:
    """The mean error of temperatures so many days ahead."""
    return f.t("weather.error_ahead", days=ahead, error=f.with_unit(error["mean_absolute_error"], "celsius", 1))
