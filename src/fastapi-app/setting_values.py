"""What a setting may be: each function gives the value back, or raises ValueError that says what would be valid, not the value."""

import ipaddress
import re
from datetime import date
from urllib.parse import urlsplit

from pydantic import SecretStr

from domain.bounds import MUNICIPALITY, PIN_DAYS, PORT, SIM_SPEED, STATION, whole_within, within
from domain.prices.expected import FIRST_DAY

LEVELS = (1, 2, 3)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


port, pin_days, speed = whole_within(PORT), whole_within(PIN_DAYS), within(SIM_SPEED)


def digits(text: object) -> object:
    """The text of a whole number: its digits alone, for 8.000 is 8 to some and 8000 to others."""
    if isinstance(text, str) and not re.fullmatch(r"-?[0-9]{1,20}", text):
        raise ValueError("needs a whole number, its digits alone")
    return text


def comma_list(text: object) -> object:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def folder(path: object) -> object:
    """The text of a path: as it is, for nobody expands or unquotes it."""
    if isinstance(path, str) and (path != path.strip() or path[0] in "~'\"" or not path.isprintable()):
        raise ValueError("needs a path as it is: no ~, no quotes, no blank around it")
    return path


def source_address(url: str) -> str:
    """A URL of a source: an address that requests can be made below."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("needs http:// or https://")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("needs a host, and perhaps a port from 1 to 65535") from None
    if not is_host(host) or port == 0 or re.search(r"[^!-\[\]-~]", url):
        raise ValueError("needs a host, and perhaps a port from 1 to 65535")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("takes an address alone: no user, no question mark, no #")
    return url.rstrip("/")


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_host(host: str) -> bool:
    if re.fullmatch(r"[\d.]+", host):  # four numbers too many or too large are no name either
        return is_address(host)
    return is_address(host) or (len(host) <= 253 and HOST_NAME.fullmatch(host) is not None)


def listened_on(host: str) -> str:
    if not is_host(host):
        raise ValueError("needs an address of this machine such as 127.0.0.1 or ::1 (no brackets), or its name")
    return host


def asked_for(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Names as they come in the header Host, without a port."""
    if not hosts or not all(is_host(host.removeprefix("[").removesuffix("]")) for host in hosts):
        raise ValueError("needs host names or addresses without a port, with commas; [::1] in brackets")
    return hosts


def hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    for host in hosts:
        if "/" in host:
            raise ValueError("needs names of hosts, each perhaps with its port, with commas")
        source_address(f"http://{host}")
    return hosts


def stations(stations: tuple[str, ...]) -> tuple[str, ...]:
    if not stations or not all(STATION.is_one(station) for station in stations):
        raise ValueError("needs AEMET's codes of stations, such as 5279X, with commas")
    return stations


def municipality(code: str) -> str:
    if not MUNICIPALITY.is_one(code):
        raise ValueError(f"needs {MUNICIPALITY.what}")
    return code


def plain(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("needs letters, digits and signs, with no blank around them")
    return text


def secret(text: SecretStr | None) -> SecretStr | None:
    """What goes into a header: no blank, no line end; and not the quotes that were meant for a shell."""
    value = text.get_secret_value() if text else ""
    if not value.isprintable() or re.search(r"\s", value):
        raise ValueError("has a blank or a line end in it")
    if value[:1] in ("'", '"') and value[:1] == value[-1:]:
        raise ValueError("is in quotes, which would count as part of it")
    return text


def day(text: object) -> object:
    if isinstance(text, str) and not DAY.fullmatch(text):
        raise ValueError("needs a day such as 2023-01-01")
    return text


def from_the_first_day(day: date | None) -> date | None:
    if day is not None and day < FIRST_DAY["pvpc"]:
        raise ValueError(f"must not lie before {FIRST_DAY['pvpc']}, the first day of PVPC")
    return day


def levels(levels: object) -> object:
    names = comma_list(levels)
    if not isinstance(names, tuple) or not names or not {str(name) for name in names} <= {str(level) for level in LEVELS}:
        raise ValueError("needs 1 (this machine), 2 (Nginx), 3 (Tailscale), with commas")
    return tuple(sorted({int(name) for name in names}))
