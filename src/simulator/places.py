"""Places whose weather is simulated, with the climate that each of them has."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, hypot, radians


@dataclass(frozen=True, slots=True)
class Place:
    """A place and its climate. Degrees, metres, °C, m/s."""

    name: str
    latitude: float
    longitude: float
    altitude_m: float
    mean_c: float
    """Mean of the year."""
    season_c: float
    """Half the distance between July and January."""
    day_c: float
    """Half the distance between afternoon and dawn under a clear sky in summer."""
    dew_c: float
    """Mean dew point of the year."""
    wind_ms: float
    """Mean wind at 10 m."""
    station: str = ""
    """AEMET station (idema)."""
    municipality: str = ""
    """INE code."""
    city_id: int = 0
    """OpenWeatherMap city."""


LINARES = Place("Linares", 38.151107, -3.629453, 515, 17.4, 10.8, 9.6, 7.6, 1.9, "5279X", "23055", 2515045)
"""The plant's site. Temperature, humidity and rain of the SIAR station there, 2015-2025."""

PLACES = (
    LINARES,
    Place("Jaén", 37.7775, -3.8089, 580, 17.3, 10.2, 8.0, 7.2, 2.2, "5270B", "23050", 2516395),
    Place("Andújar", 38.0392, -4.0508, 212, 18.4, 10.6, 9.4, 8.2, 1.8, "5298X", "23005", 2521570),
    Place("Córdoba", 37.8444, -4.8506, 91, 18.2, 9.7, 9.2, 9.0, 2.2, "5402", "14021", 2519240),
    Place("Madrid", 40.4117, -3.6781, 667, 15.3, 9.9, 7.4, 5.6, 2.4, "3195", "28079", 3117735),
    Place("A Coruña", 43.3667, -8.4190, 57, 14.9, 4.6, 3.0, 10.6, 5.2, "1387", "15030", 3119841),
    Place("Lugo", 43.1111, -7.4575, 445, 12.0, 6.0, 6.0, 8.6, 4.6, "1505", "27028", 3117814),
    Place("Burgos", 42.3569, -3.6208, 891, 10.9, 8.2, 7.0, 5.0, 4.4, "2331", "09059", 3127461),
    Place("Zaragoza", 41.6606, -1.0042, 263, 15.9, 9.2, 6.8, 7.0, 5.4, "9434", "50297", 3104324),
    Place("Soria", 41.7750, -2.4831, 1082, 11.0, 8.8, 7.8, 4.2, 3.6, "2030", "42173", 3108681),
    Place("Albacete", 38.9522, -1.8631, 702, 14.3, 10.0, 8.2, 6.0, 4.2, "8178D", "02003", 2522258),
    Place("Tarifa", 36.0139, -5.5989, 32, 17.8, 5.0, 2.4, 13.2, 7.6, "6001", "11035", 2510725),
    Place("Badajoz", 38.8831, -6.8139, 175, 17.0, 9.2, 8.6, 9.2, 2.8, "4452", "06015", 2521420),
    Place("Sevilla", 37.4167, -5.8792, 34, 19.2, 8.9, 8.2, 10.0, 2.9, "5783", "41091", 2510911),
    Place("Ciudad Real", 38.9892, -3.9203, 628, 15.9, 10.4, 8.2, 6.4, 2.6, "4121", "13034", 2519402),
    Place("Murcia", 38.0028, -1.1714, 61, 18.6, 8.4, 7.0, 10.0, 2.4, "7178I", "30030", 2513416),
    Place("Barcelona", 41.3875, 2.1683, 12, 16.5, 7.6, 4.0, 11.0, 3.4, "0200E", "08019", 3128760),
    Place("Valencia", 39.4806, -0.3664, 11, 18.3, 7.4, 4.6, 11.6, 3.2, "8416", "46250", 2509954),
    Place("Bilbao", 43.2981, -2.9064, 42, 14.7, 5.6, 5.0, 10.4, 3.0, "1082", "48020", 3128026),
)


def nearest(latitude: float, longitude: float) -> Place:
    """The place with the climate for a point: the nearest, however far it is."""
    squeeze = cos(radians(latitude))
    return min(PLACES, key=lambda p: hypot(p.latitude - latitude, (p.longitude - longitude) * squeeze))


def by_code(codes: Iterable[str], wanted: str) -> Place | None:
    """The place whose code (in the order of `PLACES`) is the wanted one."""
    return next((place for place, code in zip(PLACES, codes, strict=True) if code == wanted), None)
