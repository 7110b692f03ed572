"""Waits between segments: what arrives, waits no longer than it may, and leaves, first in, first out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from planning.milp.model import Model
from planning.milp.programme import Sum
from planning.milp.time_grid import Cell

MANY = 1e4
"""Bound on batches that wait outside the machines, where no limit is set."""


@dataclass(slots=True)
class _Stream:
    """Arrivals and departures of one link, quality and machine group, by slot; arrivals may lie before the start."""

    arrivals: dict[int, Sum] = field(default_factory=dict)
    departures: dict[int, Sum] = field(default_factory=dict)

    def arrive(self, slot: int, count: Sum) -> None:
        self.arrivals.setdefault(slot, Sum()).add(count)

    def depart(self, slot: int, count: Sum) -> None:
        self.departures.setdefault(slot, Sum()).add(count)


def add_flows(model: Model) -> None:
    """Rows for every link between two segments."""
    for segment in range(model.last):
        for quality in range(len(model.problem.plant.qualities)):
            if model.segments[segment].groups > 1 and model.segments[segment].hold_kw is not None:
                _add_apart(model, segment, quality)
            else:
                stream = _Stream()
                _arrivals(model, segment, quality, {None: stream})
                for key in model.starts:
                    if key[:2] == (segment + 1, quality):
                        stream.depart(key[2], Sum().plus(model.starts[key]))
                _balance(model, segment, quality, 0, stream)


def _add_apart(model: Model, segment: int, quality: int) -> None:
    """A stream for each machine that holds; what leaves them together starts the next segment."""
    groups = model.segments[segment].groups
    streams: dict[int | None, _Stream] = {group: _Stream() for group in range(groups)}
    _arrivals(model, segment, quality, streams)
    slots = sorted({key[2] for key in model.starts if key[:2] == (segment + 1, quality)})
    for slot in slots:
        left = Sum()
        for group in range(groups):
            column = model.leaves[segment, quality, slot, group] = model.program.column(0.0, 1)
            streams[group].depart(slot, Sum().plus(column))
            left.plus(column)
        for group in range(model.segments[segment + 1].groups):
            left.add(_starts(model, segment + 1, quality, slot, group), -1.0)
        model.program.row(0.0, left, 0.0, "flow")
    for group in range(groups):
        _balance(model, segment, quality, group, streams[group])


def _starts(model: Model, segment: int, quality: int, slot: int, group: int) -> Sum:
    key = (segment, quality, slot, group)
    return Sum().plus(model.starts[key]) if key in model.starts else Sum()


def _arrivals(model: Model, segment: int, quality: int, by_group: Mapping[int | None, _Stream]) -> None:
    """Arrivals from start columns, and kept runs that have not gone on before the start, with their kept departures."""
    length = model.length(segment, quality)
    for (index, of, slot, group), column in model.starts.items():
        if (index, of) == (segment, quality):
            by_group[group if None not in by_group else None].arrive(slot + length, Sum().plus(column))
    name = model.problem.plant.qualities[quality]
    for kept in model.kept:
        if kept.batch.quality != name or kept.settled or kept.starts[segment] is None:
            continue
        _, unit = kept.starts[segment] or (0, 0)
        stream = by_group[unit if None not in by_group else None]
        onward = kept.starts[segment + 1]
        if onward is None or onward[0] >= 0:
            stream.arrive(kept.spans[model.segments[segment].stages[-1]][1], Sum(constant=1.0))
        if onward is not None and onward[0] >= 0:
            stream.depart(onward[0], Sum(constant=1.0))


def _balance(model: Model, segment: int, quality: int, group: int, stream: _Stream) -> None:
    """waiting(t) = waiting(t-1) + arrived(t) - left(t), and waiting(t) <= what arrived in the last `slack` slots; t are cells."""
    slack = model.segments[segment].slack
    before = Sum()
    for slot, arrived in stream.arrivals.items():
        if slot < 0:
            before.add(arrived)
    for slot, end in model.cells:
        recent = [stream.arrivals[at] for at in range(end - slack, slot + 1) if at in stream.arrivals]
        waiting = _waiting(model, segment, quality, (slot, end), group) if recent else Sum()
        balance = Sum().add(waiting).add(before, -1.0)
        balance.add(stream.arrivals.get(slot, Sum()), -1.0).add(stream.departures.get(slot, Sum()))
        model.program.row(0.0, balance, 0.0, "flow")
        if recent:
            bound = Sum().add(waiting, -1.0)
            for arrived in recent:
                bound.add(arrived)
            model.program.row(0.0, bound, MANY, "flow")
        before = waiting


def _waiting(model: Model, segment: int, quality: int, cell: Cell, group: int) -> Sum:
    """The column of what waits while a cell lasts: none at the end of the horizon, none held where the machine may not be used."""
    problem, hold_kw = model.problem, model.segments[segment].hold_kw
    slot, end = cell
    if end == problem.slots:
        return Sum()
    if hold_kw is None:
        return Sum().plus(model.program.column(0.0, MANY, integer=False))
    if not _may_hold(model, segment, slot):
        return Sum()
    stage = problem.plant.stages[model.segments[segment].stages[-1]]
    eur = hold_kw * float(model.grid.hold_eur[end] - model.grid.hold_eur[slot])
    units = 1 if model.segments[segment].groups > 1 else stage.units
    held = Sum().plus(model.program.column(model.relaxed.energy_weight * eur, units, integer=False))
    model.held[segment, quality, slot, group] = held
    return held


def _may_hold(model: Model, segment: int, slot: int) -> bool:
    stage = model.segments[segment].stages[-1]
    known = bool(model.grid.known[slot]) or "prices" in model.relaxed.dropped
    return known and not (bool(model.grid.forbidden[stage, slot]) and model.relaxed.holds("wishes"))
