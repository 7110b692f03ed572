"""Every setting, from the environment (or `.env`, which the scripts read). Frozen; secrets never print.

A secret may come from a file: `NAME_FILE=/run/secrets/name`. A file that cannot be read stops the start.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "CHANGELOG.md").is_file())
"""The project's folder: two above this file in a checkout, this one in the image."""
KNOWN_DEFAULT_SECRETS = frozenset({"changeme", "change-me", "secret", "password", "admin", "token", "test"})
SHORTEST_SECRET = 16
"""Characters; what `scripts/init-env` writes is longer."""


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


def _comma_list(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _without_slash(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("needs http:// or https://")
    return url.rstrip("/")


Folder = Annotated[Path, AfterValidator(_absolute)]
Names = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
Address = Annotated[str, AfterValidator(_without_slash)]


class Settings(BaseModel):
    """What an operator can choose. Names are the environment variables in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65533)
    data_dir: Folder = Path("data")
    log_dir: Folder = Path("docker/services/fastapi/logs")
    models_dir: Folder = Path("models")
    config_dir: Folder = Path("src/configs")
    environment: Literal["development", "production"] = "development"
    api_token: SecretStr | None = None
    allowed_hosts: Names = ("localhost", "127.0.0.1", "[::1]")
    scheduler_enabled: bool = True
    history_start: date | None = None
    """First local day of the history; three years before the first start when unset."""

    store: Literal["sqlite", "influxdb"] = "sqlite"
    influxdb_url: Address = "http://127.0.0.1:8086"
    influxdb_token: SecretStr | None = None
    influxdb_org: str = "chocolate"
    influxdb_bucket: str = "energy_data"
    influxdb_admin_password: SecretStr | None = None
    """Used once, by the set-up of the database."""

    ree_base_url: Address = "https://apidatos.ree.es"
    ree_api_token: SecretStr | None = None
    esios_base_url: Address = "https://api.esios.ree.es"
    omie_base_url: Address = "https://www.omie.es"
    aemet_base_url: Address = "https://opendata.aemet.es/opendata"
    aemet_api_key: SecretStr | None = None
    aemet_data_hosts: Names = ()
    """Further hosts (`name` or `name:port`) that AEMET's answers may name for their data; its own is always allowed."""
    aemet_station: Names = ("5279X",)
    """The nearest station first, then those that speak when it is silent."""
    aemet_municipality: str = "23055"
    openweathermap_base_url: Address = "https://api.openweathermap.org"
    openweathermap_api_key: SecretStr | None = None

    tailscale_authkey: SecretStr | None = None
    tailscale_domain: str | None = None

    sim_seed: int | None = None
    sim_now: str | None = None
    sim_speed: float = Field(1.0, gt=0, le=1_000_000)
    sim_rehearsal_days: int = Field(0, ge=0, le=60)
    """Past days of a simulated world whose forecasts, plans and savings are made at its first start."""

    @model_validator(mode="after")
    def _simulation_is_not_production(self) -> Self:
        if self.environment == "production" and self.simulated:
            raise ValueError("SIM_SEED, SIM_NOW and SIM_SPEED are refused when ENVIRONMENT is production")
        return self

    @model_validator(mode="after")
    def _production_has_real_secrets(self) -> Self:
        if self.environment != "production":
            return self
        for name in ("api_token", *(("influxdb_token",) if self.store == "influxdb" else ())):
            secret: SecretStr | None = getattr(self, name)
            problem = _weakness(secret)
            if problem:
                raise ValueError(f"{name.upper()} {problem}: scripts/init-env writes a strong one")
        return self

    @property
    def simulated(self) -> bool:
        """Whether this service lives in a simulated world."""
        return self.sim_seed is not None or self.sim_now is not None or self.sim_speed != 1.0

    @property
    def kind(self) -> Literal["real", "simulated"]:
        """What its store and state are stamped with."""
        return "simulated" if self.simulated else "real"


def _weakness(secret: SecretStr | None) -> str | None:
    if secret is None or not secret.get_secret_value():
        return "is empty"
    if secret.get_secret_value().lower() in KNOWN_DEFAULT_SECRETS:
        return "is a well-known default"
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        return f"is shorter than {SHORTEST_SECRET} characters"
    return None


def secret_names() -> list[str]:
    """Settings that are secrets, and may therefore come from a file."""
    return [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the process environment (or a given mapping, with nothing else).

    Raises ValueError naming the variable for a value that cannot be used, OSError for a secret file that cannot be read.
    """
    source = dict(os.environ if environment is None else environment)
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        text = source.get(name.upper())
        if text:
            values[name] = text
    for name in secret_names():
        path = source.get(f"{name.upper()}_FILE")
        if path:
            if name in values:
                raise ValueError(f"both {name.upper()} and {name.upper()}_FILE are set; keep one")
            values[name] = Path(path).read_text(encoding="utf-8").strip()
    try:
        return Settings(**values)
    except ValidationError as refused:
        raise ValueError("; ".join(_told(fault["loc"], fault["msg"]) for fault in refused.errors())) from None


def _told(where: tuple[int | str, ...], what: str) -> str:
    """One fault as the operator reads it: the variable, what is wrong with it, never its value."""
    names = "".join(f"{str(part).upper()}: " for part in where[:1])
    return names + what.removeprefix("Value error, ")
