"""The rules of the alerts about the service itself: sources, store, gaps, jobs, models. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.alerts.alert import Finding, Level
from domain.gaps import SeriesGaps
from domain.messages import Amount, Figure, Term, count, listed, message, price
from domain.operations import BackupState, DiskState, JobStatus, SourceState, StoreState
from domain.watched import Watched

STALE_AFTER = timedelta(hours=1)
"""A source that fails is an alert when it has done so for this long: what passes by itself is none."""
BACKUP_AFTER, DRILL_AFTER = timedelta(days=2), timedelta(days=15)
"""A nightly backup that failed to come twice, a weekly drill likewise."""
GAP_SLOTS = 2
"""Missing values below which a gap is not worth an alert: one hour is filled at the next look."""
WORSE, NO_WORSE = 1.05, 1.0
"""A model is degraded when its error is this many times the baseline's, until it is no larger than that."""
BAND = 0.8
"""Share of the hours that the band is to hold."""
UNNAMED_FAULT = "failed"
"""The code of a failure that no class of error names. The error's own words are for the figures and the log."""


WARNING: Level = "warning"
CRITICAL: Level = "critical"


def source_stale(sources: Sequence[SourceState], now: datetime) -> list[Finding]:
    """A source, or a product of it, that has failed for an hour; at once where a person must look."""
    findings = []
    for source in sources:
        if source.state not in ("degraded", "attention") or (source.state == "degraded" and now - source.since < STALE_AFTER):
            continue
        name, error = source.source, source.last_error or source.state
        fault = Term("fault", source.last_error_class or UNNAMED_FAULT)
        needs_person = source.state == "attention"
        findings.append(
            Finding(
                f"source_stale:{name}",
                "source_stale",
                "critical" if needs_person else "warning",
                message("alert.source_stale", source=Term("source", name), fault=fault),
                message("alert.source_stale.look") if needs_person else message("alert.source_stale.wait"),
                (("state", source.state), ("failing_since", source.since.isoformat()), ("error", error)),
            )
        )
    return findings


def store_away(store: StoreState) -> list[Finding]:
    """The history cannot be written or read, or forgets."""
    if store.state not in ("away", "attention"):
        return []
    fault = store.fault
    if fault == "denied" and store.state == "attention":
        text, action = message("alert.store_away.read_only"), message("alert.store_away.denied.action")
    elif fault == "denied":
        text, action = message("alert.store_away.denied"), message("alert.store_away.denied.action")
    elif fault == "missing":
        text, action = message("alert.store_away.missing"), message("alert.store_away.missing.action")
    elif fault == "forgets":
        text, action = message("alert.store_away.forgets"), message("alert.store_away.look")
    elif fault in ("refused", "waits"):
        text, action = message("alert.store_away.refused"), message("alert.store_away.look")
    else:
        text, action = message("alert.store_away"), message("alert.store_away.action")
    figures = (("since", store.since.isoformat()), ("error", store.detail))
    return [Finding("store_away", "store_away", "critical", text, action, figures)]


def disk_full(disk: DiskState | None) -> list[Finding]:
    """Nothing can be kept any more, or soon."""
    if not disk or disk.state == "ok":
        return []
    text, action = message("alert.disk_full"), message("alert.disk_full.action")
    return [Finding("disk_full", "disk_full", "critical", text, action, (("detail", disk.detail),))]


def no_room(folders: Mapping[str, str] | None) -> list[Finding]:
    """A folder that the service writes to is nearly full, full, or cannot be written; one alert a folder. That the data cannot be
    kept any more is `disk_full`."""
    found = []
    for folder, state in (folders or {}).items():
        if state == "ok" or (folder == "data" and state != "low"):
            continue
        named, level = Term("folder", folder), WARNING if state == "low" else CRITICAL
        if state == "low":
            text = message("alert.no_room.low", folder=named)
        elif state == "full":
            text = message("alert.no_room.full", folder=named)
        elif state == "read_only":
            text = message("alert.no_room.read_only", folder=named)
        else:
            text = message("alert.no_room.gone", folder=named)
        action = message("alert.no_room.action")
        found.append(Finding(f"no_room:{folder}", "no_room", level, text, action, (("state", state),)))
    return found


def door_open(*, is_open: bool | None) -> list[Finding]:
    """Others than this machine may change everything, because somebody said ALLOW_OPEN."""
    if not is_open:
        return []
    return [Finding("door_open", "door_open", "warning", message("alert.door_open"), message("alert.door_open.action"), ())]


def backup_stale(backup: BackupState | None, now: datetime) -> list[Finding]:
    """The last backup or drill failed, or a backup is overdue. Where none was ever made, nobody has asked for one here."""
    if not backup or not (backup.made_at or backup.failed_at):
        return []
    if backup.failed_at:
        text = message("alert.backup_stale.failed")
    elif backup.made_at is None or now - backup.made_at > BACKUP_AFTER:
        text = message("alert.backup_stale.old")
    elif backup.proven_at is not None and now - backup.proven_at > DRILL_AFTER:
        text = message("alert.backup_stale.unproven")
    else:
        return []
    times = (("made_at", backup.made_at), ("proven_at", backup.proven_at))
    figures = (*((name, at.isoformat() if at else None) for name, at in times), ("error", backup.error))
    return [Finding("backup_stale", "backup_stale", "warning", text, message("alert.backup_stale.action"), figures)]


def data_gap(series: Sequence[SeriesGaps]) -> list[Finding]:
    """A series that lacks values; one alert a series."""
    findings = []
    for one in series:
        if one.missing < GAP_SLOTS:
            continue
        name = "/".join([one.measurement, *one.tags.values()])
        findings.append(
            Finding(
                f"data_gap:{name}",
                "data_gap",
                "warning",
                message("alert.data_gap", count=count(one.missing), series=_series_name(one)),
                message("alert.data_gap.action"),
                (("missing", float(one.missing)), ("gaps", float(len(one.gaps)))),
            )
        )
    return findings


def _series_name(one: SeriesGaps) -> Figure:
    """What a series measures, and the tags that tell it from others."""
    tags = [Term(name, value) for name, value in one.tags.items() if name in ("market", "source", "kind")]
    measurement = Term("measurement", one.measurement)
    return message("series.tagged", measurement=measurement, tags=listed(tags, "name")) if tags else measurement


PERSISTENT_FAILURES = 3
"""Runs that fail in a row after which the plan is not merely late."""


def plan_failing(jobs: Sequence[JobStatus]) -> list[Finding]:
    """The plan job failed three times in a row, whatever the reason: what the page shows as the plan is not made any more."""
    return [
        Finding(
            "plan_failing",
            "plan_failing",
            "critical",
            message("alert.plan_failing"),
            message("alert.plan_failing.action"),
            (("failures", float(job.failures_in_a_row)), ("error", job.last_error)),
        )
        for job in jobs
        if job.id == "plan" and job.failures_in_a_row >= PERSISTENT_FAILURES
    ]


AUDIT_FOUND = "AuditError: "
"""How the error of an audit begins that found a difference, and did not merely fail to look."""


def _found_differences(job: JobStatus) -> bool:
    is_audit = job.id == "audit" and job.last_outcome == "failed"
    return is_audit and str(job.last_error).startswith(AUDIT_FOUND)


def savings_differ(jobs: Sequence[JobStatus]) -> list[Finding]:
    """The audit makes other savings of the log and the prices than those that are shown."""
    return [
        Finding(
            "savings_differ",
            "savings_differ",
            "critical",
            message("alert.savings_differ"),
            message("alert.savings_differ.action"),
            (("differences", str(job.last_error).removeprefix(AUDIT_FOUND)),),
        )
        for job in jobs
        if _found_differences(job)
    ]


def job_failing(jobs: Sequence[JobStatus]) -> list[Finding]:
    """A job whose last run failed; one alert a job. What an audit found is told by itself."""
    return [
        Finding(
            f"job_failing:{job.id}",
            "job_failing",
            "warning",
            message("alert.job_failing", job=Term("job", job.id)),
            message("alert.job_failing.action"),
            (("failures", float(job.failures)), ("error", job.last_error)),
        )
        for job in jobs
        if job.last_outcome == "failed" and not _found_differences(job)
    ]


def model_degraded(model: float | None, baseline: float | None) -> list[Finding]:
    """The mean absolute error of the serving forecast is worse than the baseline's over the last weeks [€/kWh]."""
    if model is None or baseline is None or model <= NO_WORSE * baseline:
        return []
    return [
        Finding(
            "model_degraded",
            "model_degraded",
            "warning",
            message("alert.model_degraded", error=price(model), baseline=price(baseline)),
            message("alert.model_degraded.action"),
            (("mae_eur_kwh", model), ("baseline_mae_eur_kwh", baseline)),
            holds=model > WORSE * baseline,
        )
    ]


def band_failing(watch: Sequence[Watched]) -> list[Finding]:
    """The 80 % band held too few hours of the last days: the window that fails, the shorter first."""
    found = [
        finding for one in watch if one.state != "too_short" and one.coverage is not None for finding in _missed(one, one.coverage)
    ]
    return sorted(found, key=lambda finding: not finding.holds)[:1]


def _missed(window: Watched, coverage: float) -> list[Finding]:
    """An alert that is there stays until half of the way between what is no chance and what is expected."""
    if coverage >= (window.coverage_bounds[0] + BAND) / 2:
        return []
    return [
        Finding(
            "band_failing",
            "band_failing",
            "warning",
            message(
                "alert.band_failing",
                days=count(window.window_days),
                share=Amount(100 * coverage, "percent", 0),
                expected=Amount(100 * BAND, "percent", 0),
            ),
            message("alert.band_failing.action"),
            (("days", float(window.days)), ("coverage_80", coverage), ("coverage_from", window.coverage_bounds[0])),
            holds=window.state == "failing",
        )
    ]


def forecast_biased(watch: Sequence[Watched]) -> list[Finding]:
    """Prices lay on one side of the forecast for weeks."""
    return [_biased(one, one.bias) for one in watch if one.state == "biased" and one.bias is not None][:1]


def _biased(window: Watched, bias: float) -> Finding:
    days, off = count(window.window_days), price(abs(bias))
    if (window.above or 0.0) > window.above_bounds[1]:
        text = message("alert.forecast_biased.dearer", days=days, price=off)
    else:
        text = message("alert.forecast_biased.cheaper", days=days, price=off)
    figures = (("days", float(window.days)), ("above_median", window.above or 0.0), ("bias_eur_kwh", bias))
    return Finding("forecast_biased", "forecast_biased", "warning", text, message("alert.band_failing.action"), figures)


def model_refused(troubles: Sequence[str]) -> list[Finding]:
    """A model file was refused."""
    if not troubles:
        return []
    return [
        Finding(
            "model_refused",
            "model_degraded",
            "warning",
            message("alert.model_refused"),
            message("alert.model_refused.action"),
            (("troubles", float(len(troubles))), ("error", troubles[0])),
        )
    ]
