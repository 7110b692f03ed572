"""What is posted about the plan."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from routers.http.bodies import Body, Name
from routers.http.instants import InstantText, instant
from services.shop_floor.actuals import RunReport


class WishIn(Body):
    """A pin, forbidden hours, or a machine that is down."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"kind": "pin", "quality": "premium", "stage": "mixing", "start": "2026-11-19T06:00:00+01:00"},
                {"kind": "forbidden", "start": "2026-11-19T18:00:00+01:00", "end": "2026-11-19T22:00:00+01:00"},
                {
                    "kind": "machine_down",
                    "stage": "conching",
                    "unit": 2,
                    "start": "2026-11-19T06:00:00+01:00",
                    "end": "2026-11-20T06:00:00+01:00",
                },
            ]
        },
    )

    kind: Literal["pin", "forbidden", "machine_down"]
    start: InstantText = Field(max_length=40, description="ISO 8601; without offset it is Madrid time")
    end: InstantText | None = Field(None, max_length=40)
    stage: Name | None = Field(None, description="Left out: every stage (forbidden), the first one (pin)")
    unit: int | None = Field(None, ge=1, le=100, description="Number of the machine within its stage")
    quality: Name | None = None
    count: int | None = Field(None, ge=1, le=20, description="How many batches start then (pin)")

    def plain(self) -> dict[str, Any]:
        """The fields, with the instants in UTC."""
        end = None if self.end is None else instant("end", self.end)
        return self.model_dump() | {"start": instant("start", self.start), "end": end}


class RunIn(Body):
    """When a stage really ran."""

    stage: Name
    start: InstantText = Field(max_length=40, description="ISO 8601, to the minute")
    end: InstantText | None = Field(None, max_length=40, description="After the usual length when left out")
    unit: int | None = Field(None, ge=1, le=100)

    def plain(self) -> RunReport:
        """The report with its instants in UTC."""
        end = None if self.end is None else instant("end", self.end)
        return RunReport(self.stage, instant("start", self.start), end, self.unit)


class ActualsIn(Body):
    """What was really run of a batch: `made` false, or the stages that ran otherwise than planned."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"batch_id": "20261118-standard-1", "made": False},
                {"batch_id": "20261118-standard-1", "stages": [{"stage": "mixing", "start": "2026-11-18T06:30:00+01:00"}]},
            ]
        },
    )

    batch_id: str = Field(min_length=1, max_length=120)
    made: bool = True
    stages: list[RunIn] = Field(default=[], max_length=20)
