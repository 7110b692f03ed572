"""The state file: what was known when, health of the sources, notes, runs of the jobs; on a real file."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.state.file import MIGRATIONS, open_state
from adapters.state.health import SqliteHealthLog
from adapters.state.issued import SqliteIssuedLog
from adapters.state.jobs import KEPT_RUNS, SqliteJobLog
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite import Database
from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreRefusedError, StoreUnavailableError
from domain.series import EMPTY, Rows
from domain.timeline import HOUR, epoch, utc_from_epoch
from ports import Issue, JobRun, SourceHealth

T0 = datetime(2025, 10, 26, tzinfo=UTC)
FAR = T0 + timedelta(days=3650)
numbers = count()
values_by_hour = st.dictionaries(st.integers(0, 5), st.sampled_from([0.1, 0.2, 0.3]), min_size=1)
entries = st.lists(st.tuples(st.integers(0, 3), values_by_hour), max_size=8)


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_state(tmp_path / "state.sqlite", "real")
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
def log(state: Database) -> SqliteIssuedLog:
    return SqliteIssuedLog(state)


@pytest.fixture
def jobs(state: Database) -> SqliteJobLog:
    return SqliteJobLog(state)


def issue(issued_at: datetime, values: dict[int, float], series: str = "price") -> Issue:
    """Values by hour after T0."""
    places = sorted(values)
    return Issue(series, issued_at, Rows([epoch(T0 + place * HOUR) for place in places], {"p50": [values[i] for i in places]}))


async def view(
    log: SqliteIssuedLog, at: datetime, first: int = 0, end: int = 1000, series: str = "price"
) -> dict[int, tuple[float, datetime]]:
    """Hour after T0 -> value and its instant of issue, as it was known."""
    rows = await log.as_of(series, at, T0 + first * HOUR, T0 + end * HOUR)
    if not len(rows):
        return {}
    columns = zip(rows.times, rows.columns["p50"], rows.columns["issued_at"], strict=True)
    return {(start - epoch(T0)) // 3600: (float(p50 or 0), utc_from_epoch(int(at or 0))) for start, p50, at in columns}


class TestIssuedLog:
    """What was known when."""

    async def test_the_newest_issue_until_then_is_what_was_known(self, log: SqliteIssuedLog) -> None:
        await log.append(issue(T0, {0: 0.1, 1: 0.2, 2: 0.3}))
        await log.append(issue(T0 + HOUR, {1: 0.25, 2: 0.35, 3: 0.45}))
        second = T0 + HOUR
        assert await view(log, T0 - timedelta(seconds=1)) == {}
        assert await view(log, T0) == {0: (0.1, T0), 1: (0.2, T0), 2: (0.3, T0)}
        assert await view(log, second - timedelta(seconds=1)) == await view(log, T0)
        assert await view(log, second) == {0: (0.1, T0), 1: (0.25, second), 2: (0.35, second), 3: (0.45, second)}
        assert await view(log, FAR, first=1, end=3) == {1: (0.25, second), 2: (0.35, second)}

    async def test_the_order_of_appending_does_not_matter(self, log: SqliteIssuedLog) -> None:
        await log.append(issue(T0 + HOUR, {1: 0.25}))
        await log.append(issue(T0, {0: 0.1, 1: 0.2}))
        assert await view(log, FAR) == {0: (0.1, T0), 1: (0.25, T0 + HOUR)}
        assert list(await log.issues("price", T0, FAR)) == [T0, T0 + HOUR]

    async def test_the_same_entry_twice_changes_nothing(self, log: SqliteIssuedLog, state: Database) -> None:
        for _ in range(3):
            await log.append(issue(T0, {0: 0.1, 5: 0.2}))
        assert await view(log, FAR) == {0: (0.1, T0), 5: (0.2, T0)}
        assert state.read(lambda connection: connection.execute("SELECT count(*) FROM issued").fetchone()) == (1,)

    async def test_an_issue_may_come_in_parts_and_what_it_has_said_stays(self, log: SqliteIssuedLog) -> None:
        await log.append(issue(T0, {0: 0.1, 1: 0.2}))
        await log.append(issue(T0, {1: 0.3, 2: 0.4}))
        assert await view(log, FAR) == {0: (0.1, T0), 1: (0.2, T0), 2: (0.4, T0)}
        whole = await log.entry("price", T0)
        assert whole is not None
        assert list(whole.rows.columns["p50"]) == [0.1, 0.2, 0.4]
        assert list(await log.issues("price", T0, FAR)) == [T0]

    async def test_an_entry_comes_back_as_it_was(self, log: SqliteIssuedLog) -> None:
        rows = Rows([epoch(T0), epoch(T0) + 900], {"class": ["Óptimo", None], "p50": [0.1 + 0.2, -1e-9], "n": [2**60, 0]})
        await log.append(Issue("classes", T0, rows))
        entry = await log.entry("classes", T0)
        assert entry is not None
        assert (entry.series, entry.issued_at) == ("classes", T0)
        assert {name: list(column) for name, column in entry.rows.columns.items()} == dict(rows.columns)
        assert await log.entry("classes", T0 + HOUR) is None
        assert await log.entry("price", T0) is None

    async def test_series_and_ranges_do_not_mix(self, log: SqliteIssuedLog) -> None:
        await log.append(issue(T0, {0: 0.1}))
        await log.append(issue(T0 + HOUR, {0: 0.9}, series="other"))
        assert await view(log, FAR) == {0: (0.1, T0)}
        assert list(await log.issues("other", T0, FAR)) == [T0 + HOUR]
        assert list(await log.issues("other", T0, T0 + HOUR)) == []
        assert list(await log.issues("nothing", T0, FAR)) == []

    async def test_nothing_is_no_entry(self, log: SqliteIssuedLog) -> None:
        await log.append(Issue("price", T0, EMPTY))
        assert list(await log.issues("price", T0, FAR)) == []

    async def test_a_value_that_is_no_number_is_refused(self, log: SqliteIssuedLog) -> None:
        for rows in (Rows([1], {"p50": [float("nan")]}), Rows([1], {"issued_at": [5]})):
            with pytest.raises(StoreRefusedError):
                await log.append(Issue("price", T0, rows))

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(entries=entries, at=st.integers(-1, 4), bounds=st.tuples(st.integers(0, 6), st.integers(0, 6)))
    async def test_any_view_is_that_of_a_plain_dictionary(
        self, log: SqliteIssuedLog, entries: list[tuple[int, dict[int, float]]], at: int, bounds: tuple[int, int]
    ) -> None:
        series, model = f"example-{next(numbers)}", dict[int, tuple[float, datetime]]()
        for issued, values in entries:
            await log.append(issue(T0 + issued * HOUR, values, series))
        for issued, values in sorted(entries, key=lambda entry: -entry[0]):
            if issued <= at:
                model = {place: (value, T0 + issued * HOUR) for place, value in values.items()} | model
        first, end = bounds
        known = await view(log, T0 + at * HOUR, first, end, series)
        assert known == {place: model[place] for place in model if first <= place < end}

    async def test_an_issue_that_newer_ones_hide_is_not_even_read(self, log: SqliteIssuedLog, state: Database) -> None:
        for number in range(5):
            await log.append(issue(T0 + number * HOUR, {number + ahead: number / 10 for ahead in range(24)}))
        damage = "UPDATE issued SET payload = x'00' WHERE issued_at < ?"
        state.write(lambda connection: connection.execute(damage, (epoch(T0 + 4 * HOUR),)).rowcount)
        known = await view(log, FAR, first=4, end=28)
        assert known == dict.fromkeys(range(4, 28), (0.4, T0 + 4 * HOUR))
        with pytest.raises(zlib.error):
            await view(log, FAR, first=3, end=28)


class TestHealthAndNotes:
    """Small things that outlive a restart."""

    async def test_the_state_of_a_source_is_replaced(self, state: Database) -> None:
        health = SqliteHealthLog(state)
        instant = datetime(2025, 10, 26, 1, 2, 3, 456789, tzinfo=UTC)
        failing = SourceHealth(
            "redata",
            "degraded",
            instant,
            last_success=T0,
            last_error_at=instant,
            last_error="HTTP 500 · «error»",
            last_error_class="SourceUnavailableError",
            open_until=FAR,
        )
        await health.record(SourceHealth("redata", "ok", T0))
        await health.record(SourceHealth("aemet", "not_configured", T0))
        await health.record(failing)
        assert list(await health.all()) == [SourceHealth("aemet", "not_configured", T0), failing]

    async def test_notes_are_kept_over_a_restart(self, tmp_path: Path) -> None:
        first = open_state(tmp_path / "state.sqlite", "real")
        await SqliteNotes(first).put("progress", '{"done": 1}')
        await SqliteNotes(first).put("progress", '{"done": 2}')
        first.close()
        again = open_state(tmp_path / "state.sqlite", "real")
        assert await SqliteNotes(again).get("progress") == '{"done": 2}'
        assert await SqliteNotes(again).get("other") is None
        again.close()


class TestJobLog:
    """Runs and their totals."""

    async def test_the_newest_run_of_each_job(self, jobs: SqliteJobLog) -> None:
        first = await jobs.started("spot", T0)
        await jobs.ended(first, T0 + HOUR, "failed", "HTTP 500", None)
        second = await jobs.started("spot", T0 + 2 * HOUR)
        await jobs.ended(second, T0 + 3 * HOUR, "ok", None, "slots=24")
        await jobs.started("pvpc", T0)
        assert list(await jobs.last_runs()) == [
            JobRun("pvpc", T0),
            JobRun("spot", T0 + 2 * HOUR, T0 + 3 * HOUR, "ok", None, "slots=24"),
        ]
        assert await jobs.counts() == {"pvpc": (1, 0), "spot": (2, 1)}

    async def test_a_run_that_a_crash_cut_short_is_marked_at_the_next_start(self, jobs: SqliteJobLog) -> None:
        done, cut = await jobs.started("spot", T0), await jobs.started("pvpc", T0)
        await jobs.ended(done, T0, "ok", None, None)
        assert await jobs.mark_interrupted(T0 + HOUR) == 1
        assert await jobs.mark_interrupted(T0 + 2 * HOUR) == 0
        interrupted = JobRun("pvpc", T0, T0 + HOUR, "interrupted")
        assert list(await jobs.last_runs()) == [interrupted, JobRun("spot", T0, T0, "ok")]
        await jobs.ended(cut, T0 + 3 * HOUR, "failed", "late", None)
        assert (await jobs.last_runs())[0] == interrupted
        assert await jobs.counts() == {"pvpc": (1, 0), "spot": (1, 0)}

    async def test_old_runs_go_and_the_totals_stay(self, jobs: SqliteJobLog, state: Database) -> None:
        still_running = await jobs.started("spot", T0)
        for number in range(KEPT_RUNS + 20):
            run = await jobs.started("spot", T0 + number * HOUR)
            await jobs.ended(run, T0 + number * HOUR, "failed", "x", None)
        kept = state.read(lambda connection: connection.execute("SELECT count(*), min(id) FROM job_runs").fetchone())
        assert kept == (KEPT_RUNS + 1, still_running)
        assert await jobs.counts() == {"spot": (KEPT_RUNS + 21, KEPT_RUNS + 20)}


class TestStateFile:
    """The file itself."""

    async def test_a_history_is_no_state_and_the_other_way_round(self, tmp_path: Path) -> None:
        open_state(tmp_path / "state.sqlite", "real").close()
        with pytest.raises(StoreRefusedError, match="made for state data; it takes no series data"):
            SqliteStore(tmp_path / "state.sqlite", "real")

    def test_real_and_simulated_state_never_share_a_file(self, tmp_path: Path) -> None:
        open_state(tmp_path / "state.sqlite", "simulated").close()
        with pytest.raises(StoreRefusedError, match="made for simulated data; it takes no real data"):
            open_state(tmp_path / "state.sqlite", "real")

    async def test_a_migration_keeps_what_is_there(self, tmp_path: Path) -> None:
        path = tmp_path / "state.sqlite"
        old = open_state(path, "real")
        await SqliteNotes(old).put("mark", "kept")
        old.close()
        longer = (*MIGRATIONS, ("CREATE TABLE later (id INTEGER PRIMARY KEY)",))
        new = Database(path, role="state", kind="real", migrations=longer)
        assert await SqliteNotes(new).get("mark") == "kept"
        assert new.read(lambda connection: connection.execute("SELECT count(*) FROM later").fetchone()) == (0,)
        new.close()
        with pytest.raises(StoreRefusedError, match="newer version"):
            open_state(path, "real")

    async def test_a_migration_that_fails_leaves_the_file_as_it_was(self, tmp_path: Path) -> None:
        path = tmp_path / "state.sqlite"
        open_state(path, "real").close()
        broken = (*MIGRATIONS, ("CREATE TABLE later (id INTEGER PRIMARY KEY)", "CREATE TABLE notes (name)"))
        with pytest.raises(StoreRefusedError, match="already exists"):
            Database(path, role="state", kind="real", migrations=broken)
        again = open_state(path, "real")
        assert await SqliteNotes(again).get("mark") is None
        again.close()

    async def test_after_closing_it_is_away(self, state: Database) -> None:
        state.close()
        with pytest.raises(StoreUnavailableError):
            await SqliteNotes(state).get("mark")
