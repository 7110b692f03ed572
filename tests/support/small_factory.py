"""A factory.toml of a small plant with a fixed price: plans need no history, no weather and a second to solve."""

import shutil
from pathlib import Path

from support.plan_cases import ROOT

SMALL_FACTORY = """
[plant]
name = "Small plant <&>"
latitude = 38.1
longitude = -3.6
altitude_m = 500
aemet_station = "5279X"
municipality = "23055"
batch_kg = 100.0
qualities = ["plain"]

[[stage]]
name = "mix"
units = 1
power_kw = 10.0
minutes = { plain = 15 }
attended = true
max_wait_minutes = 15

[[stage]]
name = "kettle"
units = 2
power_kw = 20.0
minutes = { plain = 30 }
attended = false
hold_minutes = 30
hold_kw = 2.0

[[stage]]
name = "fill"
units = 1
power_kw = 5.0
minutes = { plain = 15 }
attended = true

[[shift]]
days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
start = 06:00:00
end = 22:00:00

[[base_load]]
name = "lights"
power_kw = 1.0

[contract]
tariff = "3.0TD"
power_kw = { P1 = 100.0, P2 = 100.0, P3 = 100.0, P4 = 100.0, P5 = 100.0, P6 = 100.0 }

[price]
basis = "fixed"
fixed_eur_per_kwh = { P1 = 0.20, P2 = 0.18, P3 = 0.16, P4 = 0.14, P5 = 0.12, P6 = 0.10 }

[demand.weekday]
monday = { plain = 1 }
tuesday = { plain = 1 }
wednesday = { plain = 1 }
thursday = { plain = 1 }
friday = { plain = 1 }
saturday = { plain = 1 }
sunday = { plain = 1 }

[stock]
max_kg = { plain = 200.0 }

[plan]
move_threshold_eur = 0.1
"""


def small_config(folder: Path) -> Path:
    """A configuration folder with the small plant in place of the default one."""
    config = folder / "configs"
    shutil.copytree(ROOT / "src" / "configs", config)
    (config / "factory.toml").write_text(SMALL_FACTORY, encoding="utf-8")
    return config
