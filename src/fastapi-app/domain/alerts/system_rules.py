"""The rules of the alerts about the service itself: sources, store, gaps, jobs, models. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.alerts.alert import Finding
from domain.phrases import number
from domain.plan.plan import Said

STALE_AFTER = timedelta(hours=1)
"""A source that fails is an alert when it has done so for this long: what passes by itself is none."""
GAP_SLOTS = 2
"""Missing values below which a gap is not worth an alert: one hour is filled at the next look."""
WORSE, NO_WORSE = 1.05, 1.0
"""A model is degraded when its error is this many times the baseline's, until it is no larger than that."""
FAULTS = {
    "SourceUnavailableError": Said("no responde", "it does not answer"),
    "RateLimitedError": Said("pide esperar: demasiadas consultas", "it asks to wait: too many requests"),
    "NotPublishedError": Said("todavía no lo ha publicado", "it has not published yet"),
    "BadPayloadError": Said("su respuesta no se entiende", "its answer is not understood"),
    "SourceRejectedError": Said("rechaza la consulta (clave o dirección)", "it refuses the request (key or address)"),
    "NotConfiguredError": Said("falta su clave", "its key is missing"),
}
"""What a source's failure is called, by the class of its error. The error's own words are for the figures and the log."""
UNNAMED_FAULT = Said("ha fallado", "it failed")


def source_stale(sources: Sequence[Mapping[str, Any]], now: datetime) -> list[Finding]:
    """A source that has failed for an hour, or needs a person."""
    findings = []
    for source in sources:
        since = datetime.fromisoformat(source["since"])
        if source["state"] not in ("degraded", "attention") or now - since < STALE_AFTER:
            continue
        name, error = source["source"], source.get("last_error") or source["state"]
        fault = FAULTS.get(source.get("last_error_class") or "", UNNAMED_FAULT)
        needs_person = source["state"] == "attention"
        findings.append(
            Finding(
                f"source_stale:{name}",
                "source_stale",
                "critical" if needs_person else "warning",
                Said(f"La fuente {name} falla: {fault.es}.", f"Source {name} fails: {fault.en}."),
                Said("Revisa su clave y su estado.", "Look at its key and state.")
                if needs_person
                else Said(
                    "Se reintenta solo; otra fuente la sustituye si la hay.",
                    "It is retried; another source stands in if there is one.",
                ),
                (("state", source["state"]), ("failing_since", source["since"]), ("error", error)),
            )
        )
    return findings


def store_away(store: Mapping[str, Any]) -> list[Finding]:
    """The history cannot be written or read."""
    if store["state"] != "away":
        return []
    return [
        Finding(
            "store_away",
            "store_away",
            "critical",
            Said("El almacén de datos no responde.", "The store does not answer."),
            Said(
                "Lo que llega espera en cola y no se pierde; revisa la base de datos.",
                "What comes waits in the spool and is not lost; look at the database.",
            ),
            (("since", store["since"]), ("error", store["detail"])),
        )
    ]


def data_gap(series: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """A series that lacks values; one alert a series."""
    findings = []
    for one in series:
        if (one["missing"] or 0) < GAP_SLOTS:
            continue
        name = "/".join([one["measurement"], *(str(value) for value in one["tags"].values())])
        findings.append(
            Finding(
                f"data_gap:{name}",
                "data_gap",
                "warning",
                Said(f"Faltan {one['missing']} valores en {name}.", f"{one['missing']} values are missing in {name}."),
                Said("Se rellenan cada dos horas; véase /gaps/summary.", "They are filled every two hours; see /gaps/summary."),
                (("missing", float(one["missing"])), ("gaps", float(one["gaps"]))),
            )
        )
    return findings


def job_failing(jobs: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """A job whose last run failed; one alert a job."""
    return [
        Finding(
            f"job_failing:{job['id']}",
            "job_failing",
            "warning",
            Said(f"La tarea {job['id']} ha fallado.", f"Job {job['id']} failed."),
            Said("Se repite a su hora; véase /scheduler/status.", "It is repeated in time; see /scheduler/status."),
            (("failures", float(job["failures"])), ("error", job["last_error"])),
        )
        for job in jobs
        if job["last_outcome"] == "failed"
    ]


def model_degraded(record: Mapping[str, Any], troubles: Sequence[str]) -> list[Finding]:
    """The serving forecast is worse than the baseline over the last weeks, or a model file was refused."""
    findings = []
    model, baseline = record.get("mae_eur_kwh"), record.get("baseline_mae_eur_kwh")
    if model is not None and baseline is not None and model > NO_WORSE * baseline:
        ours, theirs = number(model, 4), number(baseline, 4)
        findings.append(
            Finding(
                "model_degraded",
                "model_degraded",
                "warning",
                Said(
                    f"La previsión se equivoca más que la referencia: {ours[0]} frente a {theirs[0]} €/kWh.",
                    f"The forecast is worse than the baseline: {ours[1]} against {theirs[1]} €/kWh.",
                ),
                Said(
                    "Se reentrena cada noche; la referencia la sustituye.", "It is retrained every night; else the baseline serves."
                ),
                (("mae_eur_kwh", model), ("baseline_mae_eur_kwh", baseline)),
                holds=model > WORSE * baseline,
            )
        )
    if troubles:
        findings.append(
            Finding(
                "model_refused",
                "model_degraded",
                "warning",
                Said("Un modelo guardado no se ha podido usar.", "A stored model could not be used."),
                Said(
                    "Sirve otro anterior o la referencia; véase /models/status.",
                    "An older one or the baseline serves; see /models/status.",
                ),
                (("troubles", float(len(troubles))), ("error", troubles[0])),
            )
        )
    return findings
