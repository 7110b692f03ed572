"""Moist air: saturation, dew point, and relative humidity at another temperature.

Magnus form e_s = 6.1094 hPa · exp(17.625 t / (243.04 + t)), t in °C. Alduchov & Eskridge, "Improved Magnus form approximation
of saturation vapor pressure", J. Appl. Meteor. 35 (1996) 601-609: within 0.4 % from -40 to 50 °C over water. Solved for the
dew point as in Lawrence, Bull. Amer. Meteor. Soc. 86 (2005) 225-233, eq. 8.
"""

import math

A = 17.625
"""Magnus coefficient. Alduchov & Eskridge 1996, eq. 21."""
B_C = 243.04
"""Magnus coefficient [°C]. Same place."""
C_HPA = 6.1094
"""Saturation vapour pressure at 0 °C [hPa]. Same place."""


def saturation_hpa(temperature_c: float) -> float:
    """Saturation vapour pressure over water [hPa]."""
    return C_HPA * math.exp(A * temperature_c / (B_C + temperature_c))


def dew_point_c(temperature_c: float, humidity_percent: float) -> float:
    """Temperature [°C] at which air of this relative humidity (above 0, to 100 %) would be saturated."""
    if not 0 < humidity_percent <= 100:
        raise ValueError(f"relative humidity must lie in (0, 100] %, got {humidity_percent}")
    gamma = math.log(humidity_percent / 100) + A * temperature_c / (B_C + temperature_c)
    return B_C * gamma / (A - gamma)


def humidity_percent(temperature_c: float, dew_point: float) -> float:
    """Relative humidity [%] of air of a temperature and a dew point [°C]; above 100 where it would be fog."""
    return 100 * saturation_hpa(dew_point) / saturation_hpa(temperature_c)
