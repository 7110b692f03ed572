"""Rolling-origin benchmark of the forecasts: `scripts/bench forecast --task W --from 2025-01-01 --to 2025-12-23 --prices CSV`.

Issue days run from --from to --to. W and WS are issued at 21:00 of day D with prices known through D + 1 and are scored on the
hours of D + 2 .. D + 8; D1 is issued at 11:15 of D, with spot known through D, and scored on D + 1. Figures in €/MWh.
`served` is the model that the gate would have chosen on data before each issue day.
"""

import argparse
import json
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np

from bench.forecast_data import history
from bench.forecast_report import Report, report
from bench.forecast_run import rolled
from bench.forecast_show import show
from bench.forecast_times import service_times
from forecasting.data.history import History, Tables, Task, tables_of
from forecasting.gate.training import RECORD_ISSUES

DAY_RECORD_ISSUES = 365


def main() -> None:
    """Parse, run, print, and write the JSON if asked for."""
    options = _options()
    task: Task = options.task
    data = history(task, options.prices, options.d1)
    tables = tables_of(data)
    result = run(task, data, tables, options.first, options.last, refit_days=options.refit_days)
    times = service_times(task, data, tables, result.last_issue)
    result.figures["served"] |= {"fit_s": times.training_s, "predict_s": times.forecast_s}
    show(result, times, refit_days=options.refit_days)
    if options.json:
        options.json.write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")


def run(task: Task, data: History, tables: Tables, first: date, last: date, *, refit_days: int) -> Report:
    """The whole benchmark: a record before the first issue day feeds the intervals and the gate."""
    known_ahead = 0 if task == "D1" else 1
    start, end = (day.toordinal() - tables.first + known_ahead for day in (first, last))
    end = min(end, len(tables.base.values) - 1)
    issues = np.arange(max(_earliest(tables), start - _record_issues(task)), end + 1)
    return report(task, data, tables, rolled(task, data, issues, refit_days), start)


def _record_issues(task: Task) -> int:
    return DAY_RECORD_ISSUES if task == "D1" else RECORD_ISSUES


def _earliest(tables: Tables) -> int:
    """The first row with half a year of prices before it."""
    return int(np.flatnonzero(tables.published())[0]) + 180


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench forecast", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--task", choices=get_args(Task), required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, help="first issue day")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="last issue day")
    parser.add_argument("--prices", type=Path, help="hourly prices (utc, omie_es, pvpc_pcb); default: the store")
    parser.add_argument("--d1", type=Path, help="D+1 forecasts (utc, demand_fc, wind_fc, solar_fc), for task D1")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--refit-days", type=int, default=7, help="issue days between two fits (default 7)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
