"""Forecasts as JSON."""

from typing import Any

import numpy as np

from domain.timeline import HOUR, utc_from_epoch
from forecasting.issue.scores import CLASSES, confidence
from forecasting.issue.week import HOURS, WeekForecast
from services.forecast.service import Current


def hours_json(current: Current, hours: int = HOURS) -> list[dict[str, Any]]:
    """The hours as the API shows them: published prices first, then the forecast with its interval."""
    forecast, labels = current.forecast, confidence(current.forecast.probabilities)
    return [_hour_json(forecast, i, labels[i]) for i in range(min(hours, len(forecast.starts)))]


def _hour_json(forecast: WeekForecast, i: int, label: str) -> dict[str, Any]:
    start = utc_from_epoch(int(forecast.starts[i]))
    published = number(forecast.published[i])
    shares = [number(value) for value in forecast.probabilities[i]]
    known = None not in shares
    return {
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "origin": "forecast" if published is None else "published",
        "price_eur_kwh": published,
        "p10": number(forecast.p10[i]),
        "p50": number(forecast.p50[i]),
        "p90": number(forecast.p90[i]),
        "energy_score": _rounded(forecast.energy_score[i], 1),
        "production_class": CLASSES[int(np.argmax(forecast.probabilities[i]))] if known else None,
        "probabilities": {name: _rounded(share, 3) for name, share in zip(CLASSES, shares, strict=True)} if known else None,
        "confidence": label if known else None,
    }


def number(value: float | np.floating[Any]) -> float | None:
    """A plain number; None where it is missing."""
    return float(value) if np.isfinite(value) else None


def _rounded(value: float | np.floating[Any] | None, digits: int) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), digits)


def about(current: Current) -> dict[str, Any]:
    """Who made a forecast, from what, when."""
    return {
        "issued_at": current.issued_at.isoformat(),
        "as_of": current.issued_at.isoformat(),
        "source": current.version,
        "origin": "forecast",
        "market": current.market,
        "unit": "EUR/kWh",
        "model": current.forecast.model,
        "model_version": current.version,
        "classes_by": current.classes_by,
        "ranked_by": current.basis,
        "reason": current.forecast.reason or None,
    }
