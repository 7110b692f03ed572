"""GET /scheduler/status; POST /scheduler/jobs/{id}/run, /pause, /resume."""

from fastapi import APIRouter
from starlette.responses import Response

from routers.answers.operations import JobAnswerOut, JobOut, ScheduleOut
from routers.http.deps import App
from routers.http.description import refused
from routers.http.problems import problem
from routers.http.strict_json import BodyRoute

router = APIRouter(prefix="/scheduler", tags=["scheduler"], route_class=BodyRoute)


@router.get("/status", response_model=ScheduleOut, summary="Every job with its next and last run")
async def status(app: App) -> ScheduleOut:
    """`status` is running, dead, or off (`SCHEDULER_ENABLED=false`)."""
    if app.scheduler is None:
        return ScheduleOut(status="off", total_jobs=0, jobs=[])
    jobs = [JobOut.of(job) for job in await app.scheduler.status()]
    return ScheduleOut(status="running" if app.scheduler.alive else "dead", total_jobs=len(jobs), jobs=jobs)


@router.post(
    "/jobs/{job_id}/run", status_code=202, response_model=JobAnswerOut, responses=refused(404, 409), summary="Run a job now"
)
async def run(app: App, job_id: str) -> dict[str, str] | Response:
    """409 when it is running already."""
    if not await app.schedule.run_now(job_id):
        return problem(409, "Already running", f"job {job_id} is running; wait for its end in /scheduler/status")
    return {"id": job_id, "status": "started"}


@router.post(
    "/jobs/{job_id}/pause",
    response_model=JobAnswerOut,
    responses=refused(404, 409),
    summary="No further runs until resumed; kept over restarts",
)
async def pause(app: App, job_id: str) -> dict[str, str]:
    """A run that is under way goes on."""
    await app.schedule.pause(job_id)
    return {"id": job_id, "status": "paused"}


@router.post(
    "/jobs/{job_id}/resume", response_model=JobAnswerOut, responses=refused(404, 409), summary="Run again from the next due time"
)
async def resume(app: App, job_id: str) -> dict[str, str]:
    """Undoes a pause."""
    await app.schedule.resume(job_id)
    return {"id": job_id, "status": "scheduled"}
