"""The composition root: the only package that knows concrete classes and reads the clock."""

from adapters.files.lock import held
from adapters.runtime.logs import request_id
from adapters.runtime.service_manager import ServiceManager
from bootstrap.checks import check_configuration, wait_for_the_time
from bootstrap.opening import (
    build_clock,
    check_files,
    hidden_texts,
    open_series,
    open_state,
    read_build,
    read_labels,
    read_tariffs,
    read_version,
    set_up_logs,
)
from bootstrap.running import MoreJobs, beside, running
from bootstrap.sources import pvpc_tolls

__all__ = [
    "MoreJobs",
    "ServiceManager",
    "beside",
    "build_clock",
    "check_configuration",
    "check_files",
    "held",
    "hidden_texts",
    "open_series",
    "open_state",
    "pvpc_tolls",
    "read_build",
    "read_labels",
    "read_tariffs",
    "read_version",
    "request_id",
    "running",
    "set_up_logs",
    "wait_for_the_time",
]
