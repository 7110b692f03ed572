"""Logs: JSON lines in four files that rotate by size, plain text on the console, and no secret in any of them."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

FILES = ("application", "scheduler", "data_ingestion", "ml_training")
"""Logger and file of the same name; what belongs to no other goes to application.log."""
MOST_BYTES = 5_000_000
KEPT_FILES = 5
HIDDEN = "***"
SHORTEST_SECRET = 4
"""Characters; hiding a shorter value would black out half of every line."""

_KEYED = re.compile(
    r"""(?i)\b((?:appid|api[_-]?key|x-api-(?:key|token)|[a-z_]*token|[a-z_]*password|[a-z_]*secret|authkey)["']?\s*(?:=|:|%3D)\s*["']?)"""
    r"""[^\s&"',;)}]+"""
)
"""A key and its value in a query string, a header, JSON or a setting."""
_HEADER = re.compile(r"""(?i)\b(authorization["']?\s*[=:]\s*["']?)((?:bearer|token|basic)\s+)?[^\s&"',;)}]+""")
_BEARER = re.compile(r"(?i)\b(bearer|token|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), 127)} | {10: "\\n"}
"""What a terminal would act on, and line ends that would begin a line of their own."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Number of the request that is served in this context."""


class Redactor:
    """Hides secrets: those known by value, in every form of theirs, and whatever stands behind a telling name."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in forms_of(secret)}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _HEADER.sub(rf"\1{HIDDEN}", _KEYED.sub(rf"\1{HIDDEN}", text))
        return _BEARER.sub(rf"\1 {HIDDEN}", text)


def forms_of(secret: str) -> set[str]:
    """A secret as such, in a query string, in a path, in JSON and in a representation."""
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id, exception."""

    def __init__(self, redact: Callable[[str], str], at: Callable[[float], datetime]) -> None:
        super().__init__()
        self._redact = redact
        self._at = at

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": self._at(record.created).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        number = request_id.get()
        if number is not None:
            line["request_id"] = number
        if record.exc_info:
            line["exception"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class PlainFormatter(logging.Formatter):
    """Time, level, logger and message for people."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that the library calls
        record.message = record.message.translate(_CONTROL)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


class CalmFileHandler(RotatingFileHandler):
    """Says once that it cannot write (a full disk), not 2 kB with each request; and writes again as soon as it can."""

    def __init__(self, file: Path, most_bytes: int) -> None:
        super().__init__(file, maxBytes=most_bytes, backupCount=KEPT_FILES, encoding="utf-8")
        self._failing = self._failed = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        if not self._failed:
            self._failing = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - as the library calls it
        self._failed = True
        if not self._failing:
            self._failing = True
            print(f"cannot write {self.baseFilename}: {sys.exc_info()[1]}", file=sys.stderr)  # noqa: T201 - the log itself fails


def set_up(folder: Path, secrets: Iterable[str], at: Callable[[float], datetime], most_bytes: int = MOST_BYTES) -> None:
    """Direct all logging of the process; what was set up before is replaced. OSError when the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    redact = Redactor(secrets)
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(PlainFormatter(redact))
    console.addFilter(lambda record: record.name != "application.access")
    root = logging.getLogger()
    tear_down()
    root.setLevel(logging.INFO)
    root.addHandler(console)
    for name in FILES:
        handler = CalmFileHandler(folder / f"{name}.log", most_bytes)
        handler.setFormatter(JsonFormatter(redact, at))
        if name == "application":
            handler.addFilter(_belongs_to_no_other)
        (root if name == "application" else logging.getLogger(name)).addHandler(handler)
    for noisy in ("httpx2", "httpcore2", "apscheduler", "stamina", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def tear_down() -> None:
    """Close and remove every handler that `set_up` made."""
    for name in (None, *FILES):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            if isinstance(handler.formatter, JsonFormatter | PlainFormatter):
                logger.removeHandler(handler)
                handler.close()


def _belongs_to_no_other(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] not in FILES[1:]
