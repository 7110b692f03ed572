"""Messages: a code with its figures, and the sentence in each language."""

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from domain.messages import Joint, Message, Unit, message_json
from routers.answers.base import Instant, Out
from wording.wording import Wording

Figures = dict[str, "Figure"]


class AmountFigure(Out):
    """A number with its unit; `decimals` null: as many as a round figure needs."""

    value: int | float
    unit: Unit
    decimals: int | None


class MomentFigure(Out):
    """An instant."""

    at: Instant


class HoursFigure(Out):
    """A half-open stretch of time."""

    start: Instant
    end: Instant


class DayFigure(Out):
    """A local day."""

    day: str


class TermFigure(Out):
    """A code of a closed set."""

    group: str
    term: str


class BatchFigure(Out):
    """A batch by its id, and what people call it."""

    batch: str
    quality: str | None
    day: str | None
    number: int | None


class ListedFigure(Out):
    """Figures in a row."""

    items: list["Figure"]
    joint: Joint


class KeptFigure(Out):
    """A sentence that was kept as text, by language."""

    texts: dict[str, str]


class PartFigure(Out):
    """A message inside of another."""

    code: str
    figures: Figures


Figure = Annotated[
    str | PartFigure | AmountFigure | MomentFigure | HoursFigure | TermFigure | BatchFigure | DayFigure | ListedFigure | KeptFigure,
    Field(union_mode="left_to_right"),
]


class MessageOut(Out):
    """A code and its figures; beside them the sentence under the code of each language (`es`, `en`)."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]

    code: str
    figures: Figures

    @classmethod
    def of(cls, message: Message) -> Self:
        """As JSON without sentences: they are added where a document goes out."""
        return cls.model_validate(message_json(message))

    @classmethod
    def told(cls, words: Wording) -> Callable[[Message], Self]:
        """Makes messages with their sentences."""
        return lambda message: cls.model_validate(words.texts(message))


for model in (ListedFigure, PartFigure, MessageOut):
    model.model_rebuild()
