"""docs/history.md is what the code says: the schedule, the causes of gaps, the names in /metrics. And laws of the schedule."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

import jobs
from adapters.runtime.logs import FILES, KEPT_FILES, MOST_BYTES
from domain.gaps import Cause
from domain.timeline import MADRID, day_bounds
from ports import Job, Trigger
from routers.endpoints import metrics

DOC = (Path(__file__).resolve().parents[2] / "docs/history.md").read_text(encoding="utf-8")
NORMAL = date(2026, 1, 15)


async def nothing() -> str:
    return ""


def table() -> Sequence[Job]:
    """Every job of a real service."""
    return (
        *jobs.price_jobs(nothing, nothing, nothing, nothing),
        jobs.market_job(nothing),
        *jobs.weather_jobs(nothing, nothing, nothing, nothing),
        *jobs.model_jobs(nothing, nothing, nothing),
        *jobs.plan_jobs(nothing, nothing, nothing, nothing, nothing),
        *jobs.upkeep_jobs(nothing),
        jobs.state_job(nothing),
    )


def due_on(trigger: Trigger, day: date) -> list[datetime]:
    """Due times (UTC) of a local day, as the scheduler asks for them."""
    start, end = day_bounds(day)
    due: list[datetime] = []
    found = trigger.get_next_fire_time(None, start)
    while found is not None and found < end:
        due.append(found.astimezone(UTC))
        found = trigger.get_next_fire_time(found, found + timedelta(microseconds=1))
    return due


def row(job: Job) -> str:
    minutes = int(job.deadline / timedelta(minutes=1))
    return f"| `{job.id}` | {job.name} | {len(due_on(job.trigger, NORMAL))} | {'yes' if job.at_start else ''} | {minutes} |"


@pytest.mark.parametrize("job", table(), ids=lambda job: job.id)
def test_the_schedule_of_the_doc_is_that_of_the_code(job: Job) -> None:
    assert row(job) in DOC.splitlines(), f"docs/history.md lacks: {row(job)}"


def test_the_doc_has_no_job_that_is_not_there() -> None:
    assert re.findall(r"^\| `(\w+)` \| .* \| \d+ \|$", DOC, re.MULTILINE) == [job.id for job in table()]


@pytest.mark.parametrize("year", range(2024, 2032))
def test_on_the_days_of_the_clock_changes_each_madrid_time_comes_once(year: int) -> None:
    last_sundays = [max(date(year, month, d) for d in range(25, 32) if date(year, month, d).weekday() == 6) for month in (3, 10)]
    for day in last_sundays:
        for job in table():
            due = due_on(job.trigger, day)
            assert len(due) == len(set(due))
            locals_ = [at.astimezone(MADRID) for at in due if job.id in ("models_train", "models_watch")]
            assert len(locals_) == (1 if job.id in ("models_train", "models_watch") else 0)
        evening = [f"{at.astimezone(MADRID):%H:%M}" for at in due_on(jobs.madrid(*jobs.PVPC_TIMES), day)]
        assert evening == list(jobs.PVPC_TIMES)


def test_a_time_in_the_hour_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="no trigger between 02 and 03"):
        jobs.madrid("02:30")


@pytest.mark.parametrize("cause", get_args(Cause))
def test_every_cause_is_explained(cause: str) -> None:
    assert f"| `{cause}` |" in DOC


def test_every_metric_is_named() -> None:
    source = Path(metrics.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'"(chocolate_\w+)"', source))
    assert names == set(re.findall(r"`(chocolate_\w+)`", DOC))


def test_the_logs_are_those_of_the_code() -> None:
    assert all(f"`{name}.log`" in DOC for name in FILES)
    assert f"{MOST_BYTES / 1e6:g} MB" in DOC and f"{KEPT_FILES} older files" in DOC
