"""Alerts, advice, wishes, gaps, jobs and models at their doors."""

from commands.doors.book import At, Book
from commands.doors.reading import Doors

JOB_STATES = ("id", "state", "runs", "failures", "last_outcome", "last_end", "next_run", "paused")


def check_state(book: Book, doors: Doors) -> None:
    """Every door that tells of the service itself, and what it advises."""
    complete, documents = At("/dashboard/complete", "", doors.complete), doors.documents
    for name in ("alerts", "recommendations"):
        book.alike(At(f"/dashboard/{name}", name, documents[f"/dashboard/{name}"][name]), complete[name])
    _check_wishes(book, doors)
    _check_gaps(book, doors)
    _check_jobs(book, doors)
    direct, status = (
        At("/models/status-direct", "models", documents["/models/status-direct"]["models"]),
        documents["/models/status"],
    )
    ready = documents["/ready"]["models"]
    if "models" in status:
        book.alike(direct, At("/models/status", "models", status["models"]))
    if ready:
        book.alike(direct, At("/ready", "models.models", ready["models"]))
    book.same(
        At("/metrics", "chocolate_ready", doors.metric("chocolate_ready")),
        At("/ready", "ready", float(documents["/ready"]["ready"])),
    )


def _check_wishes(book: Book, doors: Doors) -> None:
    """A wish that the plan in force knows costs the same in it."""
    stored = {f"w{wish['id']}": wish for wish in doors.documents["/plan/wishes"]["wishes"]}
    for wish in (doors.complete["plan"] or {}).get("wishes", []):
        if wish["id"] in stored:
            for name in ("cost_eur", "uncertainty_eur", "possible"):
                told = At("/plan/wishes", wish["id"], stored[wish["id"]])[name]
                book.same(told, At("/dashboard/complete", f"plan.wishes {wish['id']}", wish)[name])


def _check_gaps(book: Book, doors: Doors) -> None:
    summary = {_name(one): one for one in doors.documents["/gaps/summary"]["series"]}
    ready = doors.documents["/ready"]["gaps"]
    for one in (ready or {}).get("series", []):
        told = summary.get(_name(one))
        for name in ("expected", "missing"):
            book.same(At("/ready", f"gaps {_name(one)}", one)[name], At("/gaps/summary", _name(one), told)[name])
        label = one["tags"].get("market") or one["measurement"]
        metric = doors.metric("chocolate_missing_slots", series=label)
        if sum((other["tags"].get("market") or other["measurement"]) == label for other in ready["series"]) == 1:
            missing = None if one["missing"] is None else float(one["missing"])
            book.same(
                At("/metrics", f"chocolate_missing_slots {label}", metric), At("/ready", f"gaps {_name(one)}.missing", missing)
            )


def _name(series: dict[str, object]) -> str:
    tags = series["tags"]
    return "/".join([str(series["measurement"]), *(map(str, tags.values()) if isinstance(tags, dict) else ())])


def _check_jobs(book: Book, doors: Doors) -> None:
    listed = {job["id"]: job for job in doors.documents["/scheduler/status"]["jobs"]}
    ready = {job["id"]: job for job in doors.documents["/ready"]["jobs"] or []}
    book.holds(At("/scheduler/status", "jobs", sorted(listed)), At("/ready", "jobs", sorted(ready)), true={*listed} <= {*ready})
    for name, job in listed.items():
        for key in JOB_STATES:
            book.same(At("/scheduler/status", name, job)[key], At("/ready", f"jobs {name}", ready.get(name))[key])
        for metric, key in (("chocolate_job_runs_total", "runs"), ("chocolate_job_failures_total", "failures")):
            book.same(
                At("/metrics", f"{metric} {name}", doors.metric(metric, job_id=name)),
                At("/scheduler/status", f"{name}.{key}", float(job[key])),
            )
