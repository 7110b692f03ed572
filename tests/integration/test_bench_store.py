"""The bench of the stores runs, and notices when what it reads is not what it wrote."""

from pathlib import Path

from bench.store import _same, compare, history
from domain.series import Rows
from support.influx_buckets import influx
from support.influx_server import InfluxServer

__all__ = ["influx"]


def test_each_candidate_gives_back_what_it_took(influx: InfluxServer, tmp_path: Path) -> None:
    timings = compare(influx, tmp_path, history(1_000), repeats=1, shard="52w")
    assert len(timings) == 3
    assert all(equal for runs in timings.values() for _, _, equal in runs)


def test_a_difference_is_noticed() -> None:
    rows = Rows([0, 1], {"price_eur_kwh": [0.1, 0.2]})
    assert _same(rows, rows)
    assert not _same(rows, Rows([0, 1], {"price_eur_kwh": [0.1, 0.3]}))
    assert not _same(rows, Rows([0], {"price_eur_kwh": [0.1]}))
    assert not _same(rows, Rows([0, 2], rows.columns))
