"""The points of the country and their file."""

import pytest

from domain.weather.points import FEEDS, load_points
from settings import ROOT

FILE = ROOT / "src/configs/weather_points.toml"
GOOD = 'id = "madrid"\nname = "Madrid"\nlatitude = 40.42\nlongitude = -3.70\nfeeds = ["demand"]\nreason = "the largest city"\n'


def test_the_file_that_ships_has_a_dozen_points_for_each_purpose_with_a_reason() -> None:
    points = load_points(FILE.read_text(encoding="utf-8"))
    assert len(points) == 12
    for feed in FEEDS:
        assert sum(feed in point.feeds for point in points) >= 3
    assert all(len(point.reason) > 20 for point in points)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("madrid", "Madrid!"), "id"),
        (("40.42", "4042"), "not in Spain"),
        (('"demand"', '"prices"'), "feeds"),
        (('["demand"]', "[]"), "feeds"),
        (('"the largest city"', '" "'), "reason"),
        (("reason", "why"), "needs exactly"),
    ],
)
def test_a_slip_of_the_pen_is_named(change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_points("[[point]]\n" + GOOD.replace(*change, 1))


def test_an_id_stands_once() -> None:
    with pytest.raises(ValueError, match="same id: madrid"):
        load_points(f"[[point]]\n{GOOD}[[point]]\n{GOOD}")


def test_no_points_are_no_points() -> None:
    assert load_points("") == ()
