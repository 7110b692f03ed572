"""Noise is a function of (seed, stream, index) alone."""

import numpy as np

from simulator.noise import autoregressive, daily, normals, uniforms, window


def test_a_draw_does_not_depend_on_what_else_was_asked() -> None:
    together = normals(7, "wind", np.arange(100, 200))
    alone = normals(7, "wind", np.array([150]))
    assert together[50] == alone[0]


def test_seeds_and_streams_are_unlike() -> None:
    index = np.arange(20_000)
    base = normals(1, "wind", index)
    for other in (normals(2, "wind", index), normals(1, "cloud", index)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.03


def test_the_draws_are_standard_normal_and_uniform() -> None:
    index = np.arange(50_000)
    drawn = normals(3, "x", index)
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    even = uniforms(3, "x", index)
    assert 0 < even.min() < even.max() < 1
    assert np.allclose(np.histogram(even, bins=10, range=(0, 1))[0] / 5_000, 1, atol=0.05)


def test_a_process_persists_as_told_and_has_unit_variance() -> None:
    path = autoregressive(5, "x", 1_000, 60_000, window(0.9))
    assert abs(path.std() - 1) < 0.05
    assert abs(np.corrcoef(path[:-1], path[1:])[0, 1] - 0.9) < 0.01


def test_a_process_is_the_same_from_wherever_it_is_read() -> None:
    long = autoregressive(5, "x", 0, 500, window(0.9, 2))
    short = autoregressive(5, "x", 400, 50, window(0.9, 2))
    assert np.allclose(long[400:450], short, rtol=0, atol=1e-12)


def test_days_are_joined_by_straight_lines() -> None:
    path = daily(5, "x", np.arange(48, 97), 0.8)
    assert np.allclose(path[12], (path[0] + path[24]) / 2)
