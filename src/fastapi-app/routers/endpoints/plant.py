"""GET, PUT /plant; POST /plant/undo: the plant's file, changed with a look at what that brings."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BeforeValidator, Field

from domain.bill.terms import Basis
from domain.errors import InvalidRequestError
from domain.plan.plant_changes import Place, PlantChanges, ShiftText, Value
from routers.answers.plant import PlantChangedOut, PlantOut
from routers.http.bodies import Body, Name, no_truth_value
from routers.http.deps import App
from routers.http.description import refused
from routers.http.strict_json import BodyRoute
from services.plant.service import PlantChanged

router = APIRouter(prefix="/plant", tags=["plant"], route_class=BodyRoute)
DryRun = Annotated[bool, Query(description="Only what it would do; nothing is written")]
IfMatch = Annotated[str | None, Header(max_length=200, description="The digest that was read; needed to save")]
Figure = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(no_truth_value)]
Whole = Annotated[int, BeforeValidator(no_truth_value)]
Period = Literal["P1", "P2", "P3", "P4", "P5", "P6"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]
MOST = 40


class StageIn(Body):
    """What of a stage is to change."""

    units: Whole | None = None
    power_kw: Figure | None = None
    minutes: dict[Name, Whole] = Field(default_factory=dict, max_length=MOST)


class ShiftIn(Body):
    """A shift in local time, on the quarter-hour."""

    days: list[Weekday] = Field(max_length=7)
    start: Clock
    end: Clock

    def text(self) -> ShiftText:
        """As the file has it."""
        return ShiftText(tuple(self.days), time.fromisoformat(self.start), time.fromisoformat(self.end))


class ContractIn(Body):
    """What of the contract is to change."""

    power_kw: dict[Period, Figure] = Field(default_factory=dict)


class PriceIn(Body):
    """What of the price is to change."""

    basis: Basis | None = None
    fee_eur_per_kwh: Figure | None = None
    fixed_eur_per_kwh: dict[Period, Figure] = Field(default_factory=dict)


class PlantIn(Body):
    """What is to change; what is left out stays. `shifts` are all of them. A demand of 0 batches is none."""

    stages: dict[Name, StageIn] = Field(default_factory=dict, max_length=MOST)
    shifts: list[ShiftIn] | None = Field(None, max_length=MOST)
    contract: ContractIn = Field(default_factory=ContractIn)
    price: PriceIn = Field(default_factory=PriceIn)
    demand: dict[Weekday, dict[Name, Figure]] = Field(default_factory=dict)

    def changes(self) -> PlantChanges:
        """As places of the file."""
        shifts = None if self.shifts is None else [shift.text() for shift in self.shifts]
        return PlantChanges(dict(self._values()), shifts)

    def _values(self) -> Iterator[tuple[Place, Value]]:
        for name, stage in self.stages.items():
            yield from _given(("stage", name), units=stage.units, power_kw=stage.power_kw)
            yield from _given(("stage", name, "minutes"), **stage.minutes)
        yield from _given(("contract", "power_kw"), **self.contract.power_kw)
        yield from _given(("price",), basis=self.price.basis, fee_eur_per_kwh=self.price.fee_eur_per_kwh)
        yield from _given(("price", "fixed_eur_per_kwh"), **self.price.fixed_eur_per_kwh)
        for day, batches in self.demand.items():
            yield from _given(("demand", "weekday", day), **batches)


def _given(place: Place, **values: Value | None) -> Iterator[tuple[Place, Value]]:
    return (((*place, key), value) for key, value in values.items() if value is not None)


@router.get("", summary="The plant as its file describes it, with units and limits", response_model=PlantOut)
async def plant(app: App) -> Response:
    """The ETag is the digest of the file."""
    shown = PlantOut.of(await app.plant.shown(), simulated=app.simulated)
    return JSONResponse(shown.plain(), headers={"ETag": f'"{shown.digest}"', "Cache-Control": "no-cache"})


@router.put("", summary="Change the plant", response_model=PlantChangedOut, responses=refused(409))
async def change(app: App, wanted: PlantIn, dry_run: DryRun = False, if_match: IfMatch = None) -> Response:
    """Saved to factory.toml with the old one kept beside, and in force without a restart: a plan by the new plant follows."""
    return _answer(await app.plant.change(wanted.changes(), _digest(if_match, dry_run=dry_run), keep=not dry_run))


@router.post("/undo", summary="The plant before the last change", response_model=PlantChangedOut, responses=refused(404, 409))
async def undo(app: App, dry_run: DryRun = False, if_match: IfMatch = None) -> Response:
    """Undone twice it is as it was."""
    return _answer(await app.plant.undo(_digest(if_match, dry_run=dry_run), keep=not dry_run))


def _digest(if_match: str | None, *, dry_run: bool) -> str | None:
    """The digest that a save was made for. Nginx's gzip weakens a tag on its way: the digest in it counts."""
    if if_match is None and dry_run:
        return None
    told = (if_match or "").strip().removeprefix("W/").strip('"')
    if not told or told == "*":
        valid = "the digest of GET /plant"
        raise InvalidRequestError(f"If-Match: {valid} is needed to save", name="If-Match", value=told, valid=valid)
    return told


def _answer(changed: PlantChanged) -> Response:
    return JSONResponse(PlantChangedOut.of(changed).plain(), headers={"Cache-Control": "no-store"})
