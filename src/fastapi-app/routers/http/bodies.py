"""What any body may hold, whatever its route: no unknown name, no truth value for a number, text of one line."""

from typing import Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from domain.bounds import LONGEST_NAME, ORDER_KG
from domain.text import LINE, one_line

OrderKilograms = Annotated[float, Field(ge=ORDER_KG.least, le=ORDER_KG.most, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]
"""Of a quality or a stage, as long as the plant's own may be."""


def no_truth_value(value: object) -> object:
    """A value as it is; a fault where it is true or false."""
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_truth_value", "Input should be no truth value")
    return value


class Body(BaseModel):
    """A body by which something is asked or told."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _ordinary(cls, value: object, info: ValidationInfo) -> object:
        """JSON's true would count as 1: a price of 1 €/kWh, an order of 1 kg."""
        kind = cls.model_fields[info.field_name or ""].annotation
        return _taken(value if kind is bool or bool in get_args(kind) else no_truth_value(value))

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Described as it is read: each text as one line."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for described in schema.get("properties", {}).values():
            _as_lines(described)
        return schema


def _as_lines(schema: JsonSchemaValue) -> None:
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        _as_lines(inner)
    if schema.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(schema):
        schema["pattern"] = LINE


def _taken(value: object) -> object:
    """A value as it is kept; ValueError for one that no file of the plant may hold either."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, list):
        return [_taken(item) for item in value]
    return value
