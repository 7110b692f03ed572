"""GET /metrics in the Prometheus text format, made from the same state that /ready shows."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from math import inf

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from domain.operations import BackupState
from routers.http.deps import App, Shown
from routers.http.logs import Served
from routers.page.again import look_again
from services.advice.service import Alerts
from services.container import Services
from services.forecast.models_state import ModelsStatus
from services.operations.health import Readiness
from services.plan.calm import Calm

logger = logging.getLogger("application")
router = APIRouter(tags=["health"])
SOURCE_STATES = ("ok", "waiting", "degraded", "attention", "not_configured")


class SystemCollector:
    """The gauges of one moment."""

    def __init__(self, readiness: Readiness) -> None:
        self._system = readiness.system
        self._ready = readiness.is_ready
        self._now = readiness.at

    def collect(self) -> Iterator[Metric]:
        """Each group by itself: one that fails is left out and counted, and the others are told."""
        failed = [part.part for part in self._system.failed]
        yield gauge("chocolate_ready", "1 when /ready answers 200", float(self._ready))
        groups = (self._store, self._spool, self._sources, self._intake, self._jobs, self._series, self._gaps, self._history)
        for group in (*groups, self._backup, self._loop):
            try:
                yield from list(group())
            except Exception:  # whatever a part is like, the others are told
                logger.exception("metrics_failed group=%s", group.__name__)
                failed.append(f"metrics.{group.__name__.removeprefix('_')}")
        parts = GaugeMetricFamily("chocolate_part_failed", "1 for each part that failed at its last try", labels=("part",))
        for part in failed:
            parts.add_metric((part,), 1.0)
        yield parts

    def _store(self) -> Iterator[Metric]:
        up = self._system.store.state in ("ok", "attention")
        yield gauge("chocolate_store_up", "1 when the store answers", float(up))

    def _history(self) -> Iterator[Metric]:
        ingestion = self._system.ingestion
        if ingestion is None:
            return
        yield gauge(
            "chocolate_history_dates_there", "Local dates of the price history that are there, of each market", ingestion.done
        )
        yield gauge("chocolate_history_dates_wanted", "Local dates of the price history that are wanted", ingestion.total)

    def _backup(self) -> Iterator[Metric]:
        backup = self._system.backup or BackupState()
        made, proven = self._age(backup.made_at), self._age(backup.proven_at)
        if made is not None:
            yield gauge("chocolate_backup_made_age_seconds", "Time since the newest backup was made and read back", made)
        if proven is not None:
            yield gauge("chocolate_backup_proven_age_seconds", "Time since a backup was last restored on trial", proven)
        failed = float(backup.failed_at is not None)
        yield gauge("chocolate_backup_failed", "1 when the last backup or trial restore failed", failed)

    def _loop(self) -> Iterator[Metric]:
        lag = self._system.loop
        if lag is None:
            return
        bounds = ["+Inf" if bound == inf else f"{bound:g}" for bound, _ in lag.counts]
        counts = accumulate(number for _, number in lag.counts)
        buckets = list(zip(bounds, map(float, counts), strict=True))
        words = "How late the event loop turned, looked at every 20 ms"
        yield HistogramMetricFamily("chocolate_loop_lag_seconds", words, buckets=buckets, sum_value=lag.sum_s)
        yield gauge("chocolate_loop_lag_latest_seconds", "The latest turn of the event loop within the last minute", lag.max_s)

    def _spool(self) -> Iterator[Metric]:
        spool = self._system.store.spool
        if spool is None:
            return
        yield gauge("chocolate_spool_records", "Writes that wait for the store", spool.records)
        yield gauge("chocolate_spool_bytes", "Size of the waiting writes", spool.bytes)
        yield gauge("chocolate_spool_refused", "Writes that the store refused for good", spool.refused)
        yield gauge("chocolate_spool_age_seconds", "Age of the oldest waiting write", self._age(spool.oldest_at) or 0.0)

    def _sources(self) -> Iterator[Metric]:
        state = GaugeMetricFamily("chocolate_source_state", "1 for the state that a source is in", labels=("source", "state"))
        age = GaugeMetricFamily("chocolate_source_success_age_seconds", "Time since the last success", labels=("source",))
        for source in self._system.sources:
            for name in SOURCE_STATES:
                state.add_metric((source.source, name), float(source.state == name))
            seconds = self._age(source.last_success)
            if seconds is not None:
                age.add_metric((source.source,), seconds)
        yield from (state, age)

    def _intake(self) -> Iterator[Metric]:
        labels = ("source", "product", "reason")
        last = GaugeMetricFamily("chocolate_intake_left_out", "Cells of the last answer that were not taken", labels=labels)
        total = GaugeMetricFamily("chocolate_intake_left_out_sum", "Cells of all answers that were not taken", labels=labels)
        state = GaugeMetricFamily("chocolate_product_ok", "1 when the product of a source is well", labels=labels[:2])
        for product in [*(one for source in self._system.sources for one in source.products), *self._system.imported]:
            names = [product.source, product.product]
            state.add_metric(names, float(product.state in ("ok", "waiting")))
            for reason, cells in product.left_out_total.items():
                last.add_metric([*names, reason], product.left_out.get(reason, 0))
                total.add_metric([*names, reason], cells)
        yield from (state, last, total)

    def _jobs(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("chocolate_job_runs", "Runs of a job since the state was made", labels=("job_id",))
        failures = CounterMetricFamily("chocolate_job_failures", "Failed runs of a job", labels=("job_id",))
        last_ok = GaugeMetricFamily("chocolate_job_last_ok", "1 unless the last run that ended failed", labels=("job_id",))
        for job in self._system.jobs:
            runs.add_metric((job.id,), job.runs)
            failures.add_metric((job.id,), job.failures)
            last_ok.add_metric((job.id,), float(job.last_outcome != "failed"))
        yield from (runs, failures, last_ok)

    def _series(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "chocolate_series_newest_age_seconds",
            "Time since the start of the newest slot of a series; negative for hours to come",
            labels=("measurement", "series", "source"),
        )
        for series in self._system.series:
            seconds, tags = series.age_s(self._now), dict(series.key.tags)
            if seconds is not None:
                age.add_metric((series.key.measurement, tags.get("market") or tags.get("kind") or "", tags["source"]), seconds)
        yield age

    def _gaps(self) -> Iterator[Metric]:
        missing = GaugeMetricFamily("chocolate_missing_slots", "Slots that are missing at the last look", labels=("series",))
        for series in self._system.gaps.series if self._system.gaps else ():
            missing.add_metric((series.tags.get("market") or series.measurement,), series.missing)
        yield missing

    def _age(self, instant: datetime | None) -> float | None:
        return (self._now - instant).total_seconds() if instant else None


def gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    """A gauge without labels."""
    return GaugeMetricFamily(name, documentation, value=value)


class ProgramCollector:
    """The program itself: its version, what it was asked, what it takes of the disk."""

    def __init__(self, app: Services, served: Served) -> None:
        self._app = app
        self._served = served

    def collect(self) -> Iterator[Metric]:
        """Version, requests, disk."""
        labels = ("version", "revision", "simulated")
        build = GaugeMetricFamily("chocolate_build_info", "1 for the version that runs", labels=labels)
        build.add_metric((self._app.version, self._app.build.revision or "unknown", str(self._app.simulated).lower()), 1.0)
        requests = CounterMetricFamily("chocolate_http_requests", "Requests that were answered", labels=("method", "status"))
        for method_and_status, number in sorted(self._served.requests.items()):
            requests.add_metric(method_and_status, number)
        seconds = CounterMetricFamily("chocolate_http_request_seconds", "Time that the answers took", value=self._served.seconds)
        yield from (build, requests, seconds)
        disk = dict(self._app.disk())
        yield gauge("chocolate_disk_free_bytes", "Room on the disk of the data", disk.pop("free"))
        yield gauge("chocolate_disk_size_bytes", "Size of the disk of the data", disk.pop("size"))
        sizes = GaugeMetricFamily("chocolate_database_size_bytes", "Size of a database file with its log", labels=("database",))
        for name, size in sorted(disk.items()):
            sizes.add_metric((name,), size)
        yield sizes


class PlanCollector:
    """How calm the plans are."""

    def __init__(self, calm: Calm | None) -> None:
        self._calm = calm

    def collect(self) -> Iterator[Metric]:
        """Plans that replaced another one, and the starts that they moved."""
        calm = self._calm
        if calm is None:
            return
        yield gauge("chocolate_plan_moved_starts_last", "Starts to come that the last new plan moved", calm.moved_starts)
        yield CounterMetricFamily("chocolate_plan_replans", "Plans that replaced another one in force", value=calm.replans)
        words = "Starts to come that new plans moved"
        yield CounterMetricFamily("chocolate_plan_moved_starts", words, value=calm.moved_starts_sum)


class AlertCollector:
    """The alerts that hold."""

    def __init__(self, alerts: Alerts | None) -> None:
        self._active = alerts.active if alerts else ()

    def collect(self) -> Iterator[Metric]:
        """How many hold, by rule and level."""
        holding = GaugeMetricFamily("chocolate_alerts_active", "Alerts that hold, of each rule", labels=("rule", "level"))
        counted = Counter((alert.finding.rule, alert.finding.level) for alert in self._active)
        for labels, number in sorted(counted.items()):
            holding.add_metric(labels, number)
        yield holding


class ModelCollector:
    """Who serves of each model."""

    def __init__(self, status: ModelsStatus | None) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """The version that serves, empty where a baseline does, by what it serves; what is wrong with their files."""
        if self._status is None:
            return
        labels = ("model", "version", "serves")
        serving = GaugeMetricFamily("chocolate_model_serving", "1 for what serves; no version: in place of a model", labels=labels)
        for model, told in self._status.overview.models.items():
            serving.add_metric((model, told.version or "", told.serves or ""), 1.0)
        yield serving
        yield gauge("chocolate_model_troubles", "What was found wrong with the models' files", len(self._status.troubles))


@router.get("/metrics", response_class=PlainTextResponse, summary="Prometheus metrics")
async def metrics(app: App, shown: Shown, request: Request) -> Response:
    """The store, the spool, each source, each job, the backup, the alerts, the models, the disk, the process."""
    registry = CollectorRegistry(auto_describe=False)
    await look_again(app, shown, request.app.state.page)
    registry.register(PlanCollector(await app.fence.value("metrics.plans", app.plans.calm, None)))
    registry.register(AlertCollector(await app.fence.value("metrics.alerts", app.advice.standing, None)))
    registry.register(ModelCollector(await app.fence.value("metrics.models", app.models.status, None)))
    registry.register(SystemCollector(await app.health.ready()))
    registry.register(ProgramCollector(app, request.app.state.served))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
