"""What JSON can hold, for values that are kept and sent as they came."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A value of a document. What is read of it has to be looked at before it is used."""
JsonObject: TypeAlias = Mapping[str, Json]
"""An object of a document."""
