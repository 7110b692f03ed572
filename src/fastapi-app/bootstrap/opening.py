"""Opens what a process holds open: clock, logs, store, state; reads the configuration files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from adapters.files.folders import check_writable
from adapters.runtime import logs
from adapters.runtime.build import build_of
from adapters.runtime.clock import RealClock, SimulatedClock
from adapters.state import file as state
from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.series import InfluxStore
from adapters.store.sqlite import Database
from adapters.store.sqlite_series import SqliteStore
from domain.bill.tariff import TariffTables, load_tariffs
from domain.clock_time import ScaledTime, parse_sim_now
from domain.operations import Build
from domain.plan.labels import Labels, load_labels
from domain.plan.plant import Plant
from domain.plan.plant_config import load_plant
from domain.weather.points import Point, load_points
from ports import Clock, SeriesStore
from settings import ROOT, Settings, secret_names


def machine_clock() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


def build_clock(settings: Settings, read: Callable[[], datetime] = machine_clock) -> Clock:
    """The real clock, or the simulated one that SIM_NOW and SIM_SPEED describe."""
    if settings.sim_now is None and settings.sim_speed == 1.0:
        return RealClock(read)
    started_at = read()
    simulated, real = parse_sim_now(settings.sim_now, started_at) if settings.sim_now else (started_at, started_at)
    return SimulatedClock(ScaledTime(simulated, real, settings.sim_speed), read)


def set_up_logs(settings: Settings) -> None:
    """Direct the logging of this process; every secret of the settings is hidden in it."""
    check_writable((settings.log_dir, settings.data_dir, settings.models_dir))
    logs.set_up(settings.log_dir, _secrets(settings), lambda seconds: datetime.fromtimestamp(seconds, UTC))


def hidden_texts(settings: Settings) -> frozenset[str]:
    """What no answer may hold: every secret of the settings, in every form."""
    return frozenset(form for secret in _secrets(settings) for form in logs.forms_of(secret))


def _secrets(settings: Settings) -> list[str]:
    values = (getattr(settings, name) for name in secret_names())
    return [value.get_secret_value() for value in values if value]


def read_version(root: Path = ROOT) -> str:
    """The newest version in the changelog."""
    for line in (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## [") and "Unreleased" not in line:
            return line[4:].split("]")[0]
    raise ValueError("CHANGELOG.md names no version")


def read_build(root: Path = ROOT) -> Build:
    """Which build of that version runs."""
    return build_of(root, Path(__file__).resolve().parents[1])


def read_tariffs(settings: Settings) -> TariffTables:
    """The dated tables of tolls, charges, losses and taxes."""
    return load_tariffs((settings.config_dir / "tariffs.toml").read_text(encoding="utf-8"))


def read_plant_file(settings: Settings) -> tuple[Plant, str]:
    """The checked plant of factory.toml, and the text that it was read from; ConfigError tells the line of a fault."""
    text = (settings.config_dir / "factory.toml").read_text(encoding="utf-8")
    return load_plant(text), text


def read_plant(settings: Settings) -> Plant:
    """The checked plant of factory.toml."""
    plant, _ = read_plant_file(settings)
    return plant


def read_labels(settings: Settings) -> Labels:
    """What people call the plant's own qualities and stages, by language."""
    return load_labels((settings.config_dir / "factory.toml").read_text(encoding="utf-8"))


def read_points(settings: Settings) -> tuple[Point, ...]:
    """The points of the country whose weather forecasts are collected."""
    return load_points((settings.config_dir / "weather_points.toml").read_text(encoding="utf-8"))


def open_series(settings: Settings) -> SeriesStore:
    """The store that the settings choose, bare. StoreRefusedError when it holds the other kind of data or a newer schema."""
    if settings.store == "sqlite":
        return SqliteStore(settings.data_dir / "series.sqlite", settings.kind)
    token = settings.influxdb_token.get_secret_value() if settings.influxdb_token else None
    target = InfluxTarget(settings.influxdb_url, settings.influxdb_bucket, token=token, org=settings.influxdb_org)
    return InfluxStore(target, settings.kind)


def open_state(settings: Settings) -> Database:
    """The local state file. StoreRefusedError as for the store."""
    return state.open_state(settings.data_dir / "state.sqlite", settings.kind)


async def check_files(settings: Settings) -> None:
    """Open state and store once: a wrong kind, a newer schema or a folder that cannot be written shows before the start."""
    open_state(settings).close()
    await open_series(settings).aclose()
