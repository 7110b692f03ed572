"""What a model has learnt: plain arrays, numbers and strings by name, in the order in which a model file holds them."""

from typing import NotRequired, TypedDict

from forecasting.data.grid import Bools, Floats, Ints

Decision = tuple[int, str, str]
"""When the gate changed who serves (ordinal of a day), to whom, and why."""


Metrics = dict[str, dict[str, float | list[float | None]]]
"""Figures of each model by name; prices in €/kWh."""


class Trees(TypedDict):
    """The nodes of all trees of all seeds in one row; ``left`` and ``right`` count from its start, a leaf points at itself."""

    roots: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    missing_left: Bools
    value: Floats
    depth: int
    start: float
    seeds: int


class PriceModel(TypedDict):
    """Tomorrow's spot from prices alone: coefficients (24, inputs) and trees."""

    lad: Floats
    trees: Trees


class ClassModel(TypedDict):
    """A multinomial regression: coefficients (classes that came, inputs), intercepts and classes."""

    coefficients: Floats
    intercepts: Floats
    classes: Ints


class RecordArrays(TypedDict):
    """What every model had forecast at past issues: see ``Record``."""

    days: Ints
    scales: Floats
    forecasts: dict[str, Floats]
    edges: dict[str, Floats]


class WeekModel(TypedDict):
    """Coefficients (7, 24, inputs) of the price and, for PVPC, of the spot; the days are ordinals."""

    inputs: list[str]
    trained_through: int
    trained_from: NotRequired[int]
    lear: Floats
    lear_spot: NotRequired[Floats]


class DayModel(TypedDict):
    """Tomorrow's spot: from prices alone and, with D+1 forecasts, what the learners make of the kernels' residual."""

    prices: PriceModel
    trained_through: int
    boost: NotRequired[Trees]
    lad: NotRequired[Floats]
    lad_centre: NotRequired[Floats]
    lad_spread: NotRequired[Floats]


class JudgedClasses(TypedDict):
    """A classifier, judged on weeks that it had not seen; ``serves``: it, or what the prices imply."""

    model: ClassModel
    serves: str
    reason: str
    metrics: NotRequired[Metrics]
    demotes: bool


class Trained(TypedDict):
    """What is read of any trained model. ``serves``: whom the gate let serve; ``demotes``: whether who served has to go."""

    serves: str
    demotes: bool
    trained_through: int
    trained_from: NotRequired[int]
    decisions: NotRequired[list[Decision]]
    metrics: NotRequired[Metrics]


class TrainedWeek(Trained):
    """A ``WeekModel`` with its record and the ruling of the gate."""

    inputs: list[str]
    lear: Floats
    lear_spot: NotRequired[Floats]
    task: str
    record: RecordArrays


class TrainedDay(Trained):
    """A ``DayModel`` with its record and the ruling of the gate."""

    prices: PriceModel
    boost: NotRequired[Trees]
    lad: NotRequired[Floats]
    lad_centre: NotRequired[Floats]
    lad_spread: NotRequired[Floats]
    task: str
    record: RecordArrays


class TrainedClasses(Trained):
    """A classifier with the days that it was made from."""

    model: ClassModel
    reason: str
