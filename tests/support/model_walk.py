"""A walk through the life of a model: what happens to it, step by step, and what has to serve by that."""

import hashlib
import os
import random
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from adapters.files.model_links import clear_leftovers
from adapters.files.models import ModelFiles
from adapters.runtime.child import ChildProcess
from domain.errors import FactoryError, NotFoundError
from domain.timeline import epoch
from domain.trained_models import ModelVersion
from forecasting.gate.training import train_week
from forecasting.issue.week import forecast_week
from forecasting.models.baselines import STRONGEST
from forecasting.models.states import TrainedWeek
from services.forecast.service import ForecastService
from services.forecast.serving import MODEL
from services.forecast.training import Recipe, TrainingService, _gated
from services.influx_service import InfluxService
from services.ml_service import MlService
from support.forecast_world import ForecastWorld

STEPS = 60
DAYS = 290
ENOUGH, SHORT = timedelta(days=2200), timedelta(days=12)
State = TrainedWeek


class Lengthened(InfluxService):
    """A history of which the beginning can be lost and come back."""

    longest = ENOUGH

    async def history(self, market: Any, now: Any, longest: timedelta = ENOUGH) -> Any:
        return await super().history(market, now, min(longest, self.longest))


class Walk:
    """One installation, what a test did to it, and what has to serve by that."""

    def __init__(self, world: ForecastWorld, folder: Path, state: State, seed: int) -> None:
        self.world, self.folder, self.trained, self.dice = world, folder, state, random.Random(seed)
        self.influx = Lengthened(world.influx._store, world.influx._tariffs)
        self.states: dict[str, State] = {}
        self.content: dict[str, bytes] = {}
        self.registry: bytes | None = None  # as it was, while it is damaged
        self.serving: str | None = None
        self.pinned = False
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        """As a process does."""
        clear_leftovers(self.folder)
        world, clock = self.world, self.world.clock
        self.models = ModelFiles(self.folder, "simulated")
        self.forecasts = ForecastService(
            self.influx, self.models, clock, paid=world.forecasts.paid, writes=lambda: world.store.writes
        )
        self.training = TrainingService(self.influx, self.forecasts, world.record, self.models, child=ChildProcess(), clock=clock)
        self.ml = MlService(
            self.training, self.forecasts, world.record, self.models,
            clock=clock, directory="models", pinned_for=timedelta(days=14),
        )  # fmt: skip

    @property
    def link_is_broken(self) -> bool:
        return (self.folder / "latest").is_file()

    def variant(self) -> State:
        """A model that says something else."""
        factor = 1 + self.dice.uniform(-0.05, 0.05)
        return self.trained | {"lear": factor * self.trained["lear"], "serves": "lear", "demotes": False}

    def judged(self, state: State) -> None:
        """What a training that ended does."""
        recipe = Recipe(MODEL, train_week, (), partial(_gated, baseline=STRONGEST))
        try:
            self.training._judge(recipe, state)
        finally:
            self.forecasts.reload()
            self._keep(state)

    def _keep(self, state: State) -> None:
        for path in self.folder.glob(f"{MODEL}_*.pkl"):
            if path.stem not in self.content:
                self.states[path.stem], self.content[path.stem] = state, path.read_bytes()

    # what happens

    def better(self) -> None:
        state = self.variant()
        self.judged(state | {"decisions": [(1, state["serves"], "it leads")]})
        if not self.pinned:
            self.serving = max(self.states)

    def worse(self) -> None:
        self.judged(self.variant() | {"serves": STRONGEST, "decisions": []})

    def equal(self) -> None:
        if self.serving in self.states:
            versions = len(self.models.versions(MODEL))
            self.judged(self.states[self.serving])
            assert len(self.models.versions(MODEL)) == versions

    def fell(self) -> None:
        self.judged(self.variant() | {"serves": STRONGEST, "demotes": True, "decisions": [(1, STRONGEST, "fell behind: demoted")]})
        if not self.pinned:
            self.serving = None

    async def roll_back(self) -> None:
        found = await self.ml.rollback(MODEL)
        self.serving, self.pinned = found.version.version, True

    async def roll_back_by_name(self) -> None:
        whole = [
            one.version for one in self.models.versions(MODEL) if one.state in ("retired", "demoted", "held") and self.whole(one)
        ]
        if whole:
            named = self.dice.choice(whole)
            assert (await self.ml.rollback(MODEL, named)).version.version == named
            self.serving, self.pinned = named, True

    async def release(self) -> None:
        await self.ml.release(MODEL)
        self.pinned = False

    def delete(self) -> None:
        for path in self.some_file():
            path.unlink()

    def damage(self) -> None:
        for path in self.some_file():
            path.write_bytes(self.content[path.stem][:-7] + b"damaged")

    def swap(self) -> None:
        files = sorted(self.folder.glob(f"{MODEL}_*.pkl"))
        if len(files) > 1:
            first, second = self.dice.sample(files, 2)
            aside = first.with_suffix(".aside")
            first.rename(aside), second.rename(first), aside.rename(second)

    def some_file(self) -> list[Path]:
        """The one that serves, mostly."""
        files = sorted(self.folder.glob(f"{MODEL}_*.pkl"))
        served = [path for path in files if path.stem == self.serving]
        return served if served and self.dice.random() < 0.7 else files and [self.dice.choice(files)]

    def mend_files(self) -> None:
        for one in self.models.versions(MODEL):
            (self.folder / f"{one.version}.pkl").write_bytes(self.content[one.version])

    def damage_registry(self) -> None:
        path = self.folder / "model_registry.json"
        if self.registry is None and path.exists():
            self.registry = path.read_bytes()
            path.write_bytes(self.registry[: len(self.registry) // 2])

    def mend_registry(self) -> None:
        if self.registry is not None:
            (self.folder / "model_registry.json").write_bytes(self.registry)
            self.registry = None

    def break_link(self) -> None:
        latest = self.folder / "latest"
        if latest.is_dir():
            for path in latest.iterdir():
                path.unlink()
            latest.rmdir()
        self.folder.mkdir(exist_ok=True)
        latest.touch()

    def mend_link(self) -> None:
        if self.link_is_broken:
            (self.folder / "latest").unlink()

    @property
    def read_only(self) -> bool:
        return self._in_the_way.is_dir()

    @property
    def _in_the_way(self) -> Path:
        """A folder in the place that the registry is written at: no user can write it then, nor can root."""
        return self.folder / f".model_registry.json.{os.getpid()}.tmp"

    def make_read_only(self) -> None:
        self._in_the_way.mkdir(parents=True, exist_ok=True)

    def make_writable(self) -> None:
        if self.read_only:
            self._in_the_way.rmdir()

    def kill(self) -> None:
        another = os.getpid() + 1
        for name in (f".model_registry.json.{another}.tmp", f".{MODEL}_20260101_000000.pkl.{another}.tmp"):
            (self.folder / name).write_bytes(b"half")
        self.start()
        assert [path for path in self.folder.glob(".*.tmp") if path != self._in_the_way] == []

    def shorten(self) -> None:
        self.influx.longest = SHORT
        self.world.clock.now += timedelta(hours=1)

    def lengthen(self) -> None:
        self.influx.longest = ENOUGH
        self.world.clock.now += timedelta(hours=1)

    # what has to be

    def whole(self, one: ModelVersion) -> bool:
        path = self.folder / f"{one.version}.pkl"
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == one.sha256

    def expected(self) -> str | None:
        """The version that has to serve."""
        if self.registry is not None or self.serving is None:
            return None
        versions = self.models.versions(MODEL)
        line = [one for one in versions if one.version == self.serving]
        line += [one for one in reversed(versions) if one.state == "retired"]
        return next((one.version for one in line if self.whole(one)), None)

    async def check(self) -> None:
        current = await self.forecasts.current()
        status, short, registry = await self.ml.status(), await self.ml.overview(), await self.ml.registry()
        metrics, decisions = await self.ml.metrics(MODEL, 28), await self.ml.decisions(MODEL, 500)
        expected, history = self.expected(), " > ".join(self.said[-8:])
        baseline = "last_week" if self.influx.longest is SHORT else STRONGEST
        assert current.version == (expected or f"baseline:{baseline}"), history
        for described in (status.overview.models[MODEL], short.models[MODEL]):
            assert (described.version, described.is_loaded) == (expected, expected is not None), history
            assert described.serves == (self.states[expected]["serves"] if expected else baseline), history
            assert (described.pin is not None) == (self.pinned and self.registry is None), history
        assert registry.serving[MODEL] == metrics.version == expected, history
        link = self.folder / "latest" / f"{MODEL}.pkl"
        if self.link_is_broken:
            assert expected is None or any("latest" in one for one in status.troubles), history
        else:
            assert (link.readlink().stem if link.is_symlink() else None) == expected, history
        if expected != self.serving:
            assert status.troubles, history
        week = forecast_week(
            current.history, epoch(current.issued_at), self.states[expected] if expected else None, cost=self.forecasts.paid.hours
        )
        np.testing.assert_array_equal(current.forecast.quantiles, week.quantiles, err_msg=history)
        numbers = [one.number for one in decisions.decisions if one.number is not None]
        assert numbers == sorted(numbers, reverse=True)

    async def step(self, name: str) -> None:
        self.said.append(name)
        self.world.clock.now += timedelta(seconds=61)
        try:
            found = getattr(self, name)()
            if found is not None:
                await found
        except NotFoundError:
            assert name in ("roll_back", "release"), name
        except FactoryError:
            troubled = self.registry is not None or self.link_is_broken or self.read_only
            assert troubled, f"{name} failed without a trouble: {self.said[-8:]}"
        await self.check()


STEPS_OF_A_WALK = (
    *("better",) * 4, "worse", "equal", "fell", "roll_back", "roll_back", "roll_back_by_name", "release", "release",
    "delete", "damage", "swap", "mend_files", "mend_files", "damage_registry", "mend_registry", "mend_registry",
    "break_link", "mend_link", "mend_link", "make_read_only", "make_writable", "make_writable",
    "start", "kill", "shorten", "lengthen", "lengthen",
)  # fmt: skip
