"""Every setting, from the environment and from `.env`, which gives what the environment does not. Frozen; secrets never print.

A secret may come from a file: `NAME_FILE=/run/secrets/name`. What cannot be used stops the start, in one line that names it.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError, model_validator

import setting_values as valid
from domain.bounds import nearest
from env_file import parse
from secret_strength import WEAKEST_BITS, bits

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "CHANGELOG.md").is_file())
"""The project's folder: two above this file in a checkout, this one in the image."""
KNOWN_DEFAULT_SECRETS = frozenset({"changeme", "change-me", "secret", "password", "admin", "token", "test"})
SHORTEST_SECRET = 16
"""Characters; what `scripts/init-env` writes is longer."""
ENV_FILE = "ENV_FILE"
"""Names another file in place of `.env`; empty: none."""
OTHER_PROGRAMS = frozenset(
    {"NGINX_BIND", "NETWORK_PREFIX", "IMAGE_TAG", "VERSION", "REVISION", "BUILT_AT", "SERVICE_CPUS", "INFLUXDB_CPUS"}
    | {"PYTHON_IMAGE", "INFLUXDB_IMAGE", "NGINX_IMAGE", "TAILSCALE_IMAGE"}
)
"""What Compose takes from the same file, beside names that begin as its own do."""
OTHER_PREFIXES = ("COMPOSE_", "DOCKER_", "DEMO_")


def _absolute(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


Folder = Annotated[Path, BeforeValidator(valid.folder), AfterValidator(_absolute)]
Names = Annotated[tuple[str, ...], BeforeValidator(valid.comma_list)]
Address = Annotated[str, AfterValidator(valid.source_address)]
Plain = Annotated[str, AfterValidator(valid.plain)]
Secret = Annotated[SecretStr | None, AfterValidator(valid.secret)]


class Settings(BaseModel):
    """What an operator can choose. Names are the environment variables in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    host: Annotated[str, AfterValidator(valid.listened_on)] = "127.0.0.1"
    port: Annotated[int, BeforeValidator(valid.digits), AfterValidator(valid.port)] = 8000
    listen_levels: Annotated[tuple[int, ...], BeforeValidator(valid.levels)] = (1,)
    """Which of the three listeners there are: 1 at PORT, 2 at PORT+1 (Nginx), 3 at PORT+2 (the Tailscale sidecar)."""
    allow_open: bool = False
    """Listen beyond this machine without a token: whoever reaches HOST may change everything. The page says so."""
    data_dir: Folder = Path("data")
    log_dir: Folder = Path("docker/services/fastapi/logs")
    models_dir: Folder = Path("models")
    config_dir: Folder = Path("src/configs")
    backup_dir: Folder = Path("backups")
    """Where `scripts/backup` puts archives and `scripts/restore` looks for them."""
    environment: Literal["development", "production"] = "development"
    api_token: Secret = None
    nginx_secret: Secret = None
    """What Nginx says in the header X-Nginx-Secret, so that level 2 believes it; without one nobody can sign in there."""
    allowed_hosts: Annotated[Names, AfterValidator(valid.asked_for)] = ("localhost", "127.0.0.1", "[::1]")
    scheduler_enabled: bool = True
    history_start: Annotated[date | None, BeforeValidator(valid.day), AfterValidator(valid.from_the_first_day)] = None
    """First local day of the history; three years before the first start when unset."""
    model_pin_days: Annotated[int, BeforeValidator(valid.digits), AfterValidator(valid.pin_days)] = 14
    """Days for which a model that was rolled back to keeps its place, unless it is released."""

    store: Literal["sqlite", "influxdb"] = "sqlite"
    influxdb_url: Address = "http://127.0.0.1:8086"
    influxdb_token: Secret = None
    influxdb_org: Plain = "chocolate"
    influxdb_bucket: Plain = "energy_data"
    influxdb_admin_password: Secret = None
    """Used once, by the set-up of the database."""

    ree_base_url: Address = "https://apidatos.ree.es"
    ree_api_token: Secret = None
    esios_base_url: Address = "https://api.esios.ree.es"
    omie_base_url: Address = "https://www.omie.es"
    aemet_base_url: Address = "https://opendata.aemet.es/opendata"
    aemet_api_key: Secret = None
    aemet_data_hosts: Annotated[Names, AfterValidator(valid.hosts)] = ()
    """Further hosts (`name` or `name:port`) that AEMET's answers may name for their data; its own is always allowed."""
    aemet_station: Annotated[Names, AfterValidator(valid.stations)] | None = None
    """The nearest station first, then those that speak when it is silent; that of the plant where none is named."""
    aemet_municipality: Annotated[str, AfterValidator(valid.municipality)] | None = None
    openweathermap_base_url: Address = "https://api.openweathermap.org"
    openweathermap_api_key: Secret = None

    tailscale_authkey: Secret = None
    tailscale_domain: Plain | None = None

    sim_seed: Annotated[int | None, BeforeValidator(valid.digits)] = None
    sim_now: str | None = None
    sim_speed: Annotated[float, AfterValidator(valid.speed)] = 1.0

    @model_validator(mode="after")
    def _simulation_is_not_production(self) -> Self:
        if self.environment == "production" and self.simulated:
            raise ValueError("SIM_SEED, SIM_NOW and SIM_SPEED are refused when ENVIRONMENT is production")
        return self

    @model_validator(mode="after")
    def _production_has_real_secrets(self) -> Self:
        if self.environment != "production":
            return self
        needed = {"api_token": True, "influxdb_token": self.store == "influxdb", "nginx_secret": 2 in self.listen_levels}
        for name in (name for name, is_needed in needed.items() if is_needed):
            secret: SecretStr | None = getattr(self, name)
            problem = _weakness(secret)
            if problem:
                raise ValueError(f"{name.upper()} {problem}: scripts/init-env writes a strong one")
        return self

    @model_validator(mode="after")
    def _nobody_finds_the_door_open(self) -> Self:
        if not (self.is_local or self.api_token or self.allow_open):
            raise ValueError(
                "HOST: whoever reaches this address could change everything: set API_TOKEN (scripts/init-env writes one), "
                "or ALLOW_OPEN=1 if that is meant"
            )
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the listeners."""
        return self.host == "localhost" or (valid.is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    @property
    def is_open(self) -> bool:
        """Whether others than this machine may change everything, without a token."""
        return not self.is_local and self.api_token is None

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
    if bits(secret.get_secret_value()) < WEAKEST_BITS:
        return "is made of words, rows or repetitions that can be guessed"
    return None


def secret_names() -> list[str]:
    """Settings that are secrets, and may therefore come from a file."""
    return [name for name, field in Settings.model_fields.items() if field.annotation == SecretStr | None]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody set: a text, and where (`the environment`, `.env, line 3`, a secret's file)."""

    text: str
    where: str


def known_names() -> list[str]:
    """Every name that may stand in `.env`."""
    names = [name.upper() for name in Settings.model_fields]
    return [*names, *(f"{name.upper()}_FILE" for name in secret_names()), *OTHER_PROGRAMS]


def env_path(environment: Mapping[str, str]) -> Path | None:
    """The file of settings; None where there is none."""
    named = environment.get(ENV_FILE)
    if named is None:
        return path if (path := ROOT / ".env").exists() else None
    return _absolute(Path(named)) if named else None


def gathered(environment: Mapping[str, str], path: Path | None) -> dict[str, Given]:
    """NAME -> what was given for it; the environment wins. ValueError naming the line of a file that cannot be read as it is."""
    lines: dict[str, Given] = {}
    if path is not None:
        try:
            lines = {
                name: Given(entry.value, f"{path.name}, line {entry.line}")
                for name, entry in parse(path.read_bytes(), environment).items()
            }
        except ValueError as error:
            raise ValueError(f"{path}, {error}") from None
    return lines | {name: Given(text, "the environment") for name, text in environment.items()}


def unknown_names(given: Mapping[str, Given]) -> list[str]:
    """What is wrong with names: a line each for those of `.env` that are no setting, and for files of what is no secret."""
    faults, names = [], known_names()
    for name, one in given.items():
        setting = name.removesuffix("_FILE").lower()
        if one.where != "the environment":
            if name not in names and not name.startswith(OTHER_PREFIXES):
                near = nearest(name.upper(), names)
                faults.append(f"{one.where}: {name} is no setting" + (f"; did you mean {near}?" if near else ""))
        elif name.endswith("_FILE") and setting in Settings.model_fields and setting not in secret_names():
            faults.append(f"{name}: only a secret is read from a file; set {setting.upper()} itself")
    return faults


def texts_of(given: Mapping[str, Given]) -> dict[str, Given]:
    """Setting -> its text, secrets from their files. ValueError, OSError for a file that gives none."""
    values = {name: given[name.upper()] for name in Settings.model_fields if name.upper() in given and given[name.upper()].text}
    for name in secret_names():
        file = given.get(f"{name.upper()}_FILE")
        if file and file.text:
            if name in values:
                raise ValueError(f"both {name.upper()} and {name.upper()}_FILE are set; keep one")
            text = Path(file.text).read_text(encoding="utf-8").strip()
            if not text:
                raise ValueError(f"{name.upper()}_FILE: {file.text} is empty")
            values[name] = Given(text, f"the file {file.text}")
    return values


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the process environment and `.env`, or from a given mapping and nothing else.

    Raises ValueError naming the variable for a value that cannot be used, OSError for a secret file that cannot be read.
    """
    if environment is None:
        environment = dict(os.environ)
        given = gathered(environment, env_path(environment))
    else:
        given = gathered(environment, None)
    faults = unknown_names(given)
    if faults:
        raise ValueError("; ".join(faults))
    try:
        values: dict[str, Any] = {name: one.text for name, one in texts_of(given).items()}
        return Settings(**values)
    except ValidationError as refused:
        raise ValueError("; ".join(told(refused))) from None


@dataclass(frozen=True, slots=True)
class Supervision:
    """What a service manager told us in the environment, by sd_notify(3)."""

    address: str | None
    alive_every_s: float | None
    """How often it wants to hear that we live; None where it does not ask."""


def read_supervision(environment: Mapping[str, str] | None = None) -> Supervision:
    """NOTIFY_SOCKET, and half of WATCHDOG_USEC, as its manual asks."""
    given = os.environ if environment is None else environment
    microseconds = given.get("WATCHDOG_USEC")
    return Supervision(given.get("NOTIFY_SOCKET"), int(microseconds) / 2e6 if microseconds else None)


def told(refused: ValidationError) -> list[str]:
    """Each fault as the operator reads it: the variable, what is wrong with it, never its value."""
    return [_told(fault["loc"], fault["msg"]) for fault in refused.errors()]


def _told(where: tuple[int | str, ...], what: str) -> str:
    names = "".join(f"{str(part).upper()}: " for part in where[:1])
    return names + what.removeprefix("Value error, ")
