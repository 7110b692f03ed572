"""Tomorrow's PVPC from tomorrow's spot: the auction is known at about 13:00, PVPC at about 20:15.

Between the two, only the smaller terms of PVPC are not known: the structure of the last weeks gives them, and its errors on
the last 60 days give the band. Window and adaptation were chosen by coverage in 2022 to 2024.
"""

import numpy as np

from forecasting.data.features import BASE_WINDOW_DAYS, HORIZON_DAYS, SCALE_WINDOW_DAYS
from forecasting.data.grid import COMPLETE_HOURS, Floats, Ints
from forecasting.data.history import History, Tables, start_of_last, tables_of
from forecasting.issue.days import NearlyKnown
from forecasting.issue.intervals import ADAPT_DAYS, SHORT_ISSUES, rolling_offsets
from forecasting.models.structural import predict_structural

READ_DAYS = SHORT_ISSUES + ADAPT_DAYS + BASE_WINDOW_DAYS + SCALE_WINDOW_DAYS + 7
"""Days of history that are read, with slack."""


def tomorrow_from_spot(history: History) -> NearlyKnown | None:
    """(24, levels) €/kWh less tolls of the day after the last with PVPC.

    None where its spot is not published, or too little is known of the days before.
    """
    if history.spot is None or not np.isfinite(history.price).any():
        return None
    end = int(history.starts[-1]) + 1
    tables = tables_of(history.between(start_of_last(history, READ_DAYS), end))
    if not _spot_is_known(tables, tables.last + 1):
        return None
    issues = np.arange(max(BASE_WINDOW_DAYS, tables.last - SHORT_ISSUES - ADAPT_DAYS), tables.last + 1)
    if len(issues) <= ADAPT_DAYS + 1:
        return None
    predicted = _predicted(tables, issues)
    if not np.isfinite(predicted[-1]).all():
        return None
    errors = tables.base.values[issues + 1] - predicted
    judged = len(issues) - 1 - ADAPT_DAYS  # the band of now, and those that tell how well such bands held lately
    offsets, _, _ = rolling_offsets(errors[:, None], issues, tables.base.scale[issues], window=SHORT_ISSUES, first=judged)
    return NearlyKnown(predicted[-1][:, None] + offsets[-1, 0])


def _spot_is_known(tables: Tables, row: int) -> bool:
    assert tables.spot is not None  # noqa: S101 -- the caller's condition, for the type checker
    return int(np.isfinite(tables.spot.values[row]).sum()) >= COMPLETE_HOURS


def _predicted(tables: Tables, issues: Ints) -> Floats:
    """(issues, 24): PVPC less tolls of the day after each issue, from that day's spot and what was known of PVPC at the issue."""
    assert tables.spot is not None  # noqa: S101 -- the caller's condition, for the type checker
    curve = np.repeat(tables.spot.filled[issues + 1][:, None], HORIZON_DAYS, axis=1)  # only the first of the days is looked at
    return predict_structural(tables.base, tables.spot, issues, curve)[:, 0]
