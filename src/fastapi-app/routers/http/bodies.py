"""What any body may hold, whatever its route: no unknown name, no truth value for a number."""

from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


class Body(BaseModel):
    """A body by which something is asked or told."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _ordinary(cls, value: object, info: ValidationInfo) -> object:
        """JSON's true would count as 1: a price of 1 €/kWh, an order of 1 kg."""
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and kind is not bool and bool not in get_args(kind):
            raise PydanticCustomError("not_a_truth_value", "Input should be no truth value")
        return value
