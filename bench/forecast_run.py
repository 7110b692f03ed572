"""Rolling origin: every model refitted in steps on what was known, in two processes, each block kept so that a run resumes."""

import hashlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import History, Tables, Task, tables_of
from forecasting.models.day_ahead import fit_day, kernels_of, predict_day
from forecasting.models.week_models import fit_week, predict_baselines, predict_week

OUT = Path("bench/out")
CODE = Path("src/fastapi-app/forecasting")
FORECAST_MODULES = [
    *("data/grid", "data/features", "data/history"),
    *("models/baselines", "models/lear", "models/structural", "models/week_models"),
    *("models/residual_load", "models/boosting", "models/price_only", "models/day_ahead"),
]
"""What the kept forecasts depend on; intervals, gate and scores are made anew in every run."""
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Rolled:
    """Forecasts of every model and baseline at consecutive issue rows, and what it took."""

    issues: Ints
    forecasts: dict[str, Floats]  # each (issues, days, 24) €/kWh less tolls
    fit_s: float  # one fit of all models, mean
    predict_s: float  # one issue of all models, mean


@dataclass(frozen=True, slots=True)
class Block:
    """The issues between two fits: a unit of work, and of resuming."""

    task: Task
    first: int  # issue row
    last: int
    kept: Path


def rolled(task: Task, history: History, issues: Ints, refit_days: int) -> Rolled:
    """Run all blocks, or read those that an earlier run of the same code and data has kept."""
    folder = OUT / _digest(task, history, refit_days)
    folder.mkdir(parents=True, exist_ok=True)
    blocks = []
    for start in range(int(issues[0]), int(issues[-1]) + 1, refit_days):
        last = min(start + refit_days - 1, int(issues[-1]))
        blocks.append(Block(task, start, last, folder / f"{start}_{last}.npz"))
    _run([block for block in blocks if not block.kept.exists()], history, len(blocks))
    return _joined(issues, [dict(np.load(block.kept)) for block in blocks])


def _run(blocks: list[Block], history: History, total: int) -> None:
    done = total - len(blocks)
    _bar(done, total)
    with ProcessPoolExecutor(PROCESSES, initializer=_start, initargs=(history,)) as pool:
        for future in as_completed([pool.submit(_block, block) for block in blocks]):
            future.result()
            done += 1
            _bar(done, total)
    print(file=sys.stderr)


def _bar(done: int, total: int) -> None:
    filled = 40 * done // total
    print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{total} blocks", end="", file=sys.stderr, flush=True)


def _joined(issues: Ints, kept: list[dict[str, Floats]]) -> Rolled:
    names = [name for name in kept[0] if not name.startswith("_")]
    forecasts = {name: np.concatenate([part[name] for part in kept]) for name in names}
    fit_s, predict_s = (float(np.mean([part[key] for part in kept])) for key in ("_fit_s", "_predict_s"))
    return Rolled(issues, forecasts, fit_s, predict_s)


def _digest(task: Task, history: History, refit_days: int) -> str:
    """What a kept block depends on: the code, the data, the task and the step between fits."""
    known = hashlib.sha256(f"{task} {refit_days}".encode())
    for path in [*(CODE / f"{name}.py" for name in FORECAST_MODULES), Path(__file__)]:
        known.update(path.read_bytes())
    for field in fields(history):
        series = getattr(history, field.name)
        known.update(b"-" if series is None else series.tobytes())
    return f"{task}_{known.hexdigest()[:16]}"


@cache
def _held() -> dict[str, History]:
    """The history of a worker process, set once at its start."""
    return {}


def _start(history: History) -> None:
    _held()["history"] = history


@cache
def _tables() -> Tables:
    return tables_of(_held()["history"])


def _block(block: Block) -> None:
    """Fit on a history that is really cut at the first issue, forecast the issues of the block, keep them."""
    with threadpool_limits(1):
        run = _day_block if block.task == "D1" else _week_block
        forecasts, fit_s, predict_s = run(_tables(), block)
    beside = block.kept.with_suffix(".tmp.npz")
    np.savez(beside, _fit_s=fit_s, _predict_s=predict_s, **forecasts)  # type: ignore[arg-type]
    beside.replace(block.kept)


def _week_block(tables: Tables, block: Block) -> tuple[dict[str, Floats], float, float]:
    issues = np.arange(block.first, block.last + 1)
    known = _cut(tables, block.first)
    begin = time.perf_counter()
    state = fit_week(known, block.first)
    fitted = time.perf_counter()
    forecasts = predict_week(tables, issues, state) | predict_baselines(tables, issues)
    return forecasts, fitted - begin, (time.perf_counter() - fitted) / len(issues)


def _day_block(tables: Tables, block: Block) -> tuple[dict[str, Floats], float, float]:
    issues = np.arange(block.first, block.last + 1)
    begin = time.perf_counter()
    known = _cut(tables, block.first)
    state = fit_day(known, kernels_of(known), block.first)
    fitted = time.perf_counter()
    forecasts = predict_day(tables, kernels_of(tables), issues, state)
    return forecasts, fitted - begin, (time.perf_counter() - fitted) / len(issues)


def _cut(tables: Tables, row: int) -> Tables:
    """The tables as they were when row ``row`` was the last published day; D+1 forecasts reach one day further."""
    history = _held()["history"]
    day = tables.hours.day - tables.first
    until, forecasts_until = (int(history.starts[np.searchsorted(day, row + ahead)]) for ahead in (1, 2))
    return tables_of(history.known_at(until, forecasts_until))
