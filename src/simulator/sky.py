"""Words and codes for the sky, and when the sun rises."""

from datetime import UTC, datetime, timedelta
from math import acos, asin, cos, degrees, pi, radians, sin, tan

AEMET_SKY = {
    "11": "Despejado",
    "12": "Poco nuboso",
    "13": "Intervalos nubosos",
    "14": "Nuboso",
    "15": "Muy nuboso",
    "16": "Cubierto",
    "44": "Nuboso con lluvia escasa",
    "45": "Muy nuboso con lluvia escasa",
    "46": "Cubierto con lluvia escasa",
    "24": "Nuboso con lluvia",
    "25": "Muy nuboso con lluvia",
    "26": "Cubierto con lluvia",
}

OWM_SKY = {
    800: ("Clear", "clear sky", "cielo claro", "01"),
    801: ("Clouds", "few clouds", "algo de nubes", "02"),
    802: ("Clouds", "scattered clouds", "nubes dispersas", "03"),
    803: ("Clouds", "broken clouds", "muy nuboso", "04"),
    804: ("Clouds", "overcast clouds", "nubes", "04"),
    500: ("Rain", "light rain", "lluvia ligera", "10"),
    501: ("Rain", "moderate rain", "lluvia moderada", "10"),
}
"""Code -> group, description in English and Spanish, icon."""


def aemet_sky(cloud: float, rain_mm: float) -> str:
    """AEMET's code of the sky, without the `n` of the night."""
    step = min(int(cloud / 100 * 6), 5)
    if rain_mm < 0.05:
        return str(11 + step)
    return str((44 if rain_mm < 1 else 24) + max(step - 3, 0))


def owm_sky(cloud: float, rain_mm: float) -> int:
    """OpenWeatherMap's code of the sky. Their table: 801 from 11 %, 802 from 25 %, 803 from 51 %, 804 from 85 %."""
    if rain_mm >= 0.1:
        return 500 if rain_mm < 2.5 else 501
    return 800 + sum(cloud >= limit for limit in (11, 25, 51, 85))


def sun_times(day: datetime, latitude: float, longitude: float) -> tuple[datetime, datetime]:
    """Sunrise and sunset (UTC) of the day that holds an instant, to a few minutes."""
    midnight = day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    angle = 2 * pi * (midnight.timetuple().tm_yday - 81) / 365
    declination = asin(sin(radians(23.45)) * sin(angle))
    equation_h = (9.87 * sin(2 * angle) - 7.53 * cos(angle) - 1.5 * sin(angle)) / 60
    horizon = (sin(radians(-0.83)) / cos(radians(latitude)) / cos(declination)) - tan(radians(latitude)) * tan(declination)
    half_h = degrees(acos(max(-1.0, min(1.0, horizon)))) / 15
    noon_h = 12 - longitude / 15 - equation_h
    return midnight + timedelta(hours=noon_h - half_h), midnight + timedelta(hours=noon_h + half_h)
