"""What refining hours to quarters is worth: `scripts/bench forecast_quarters CSV` (columns utc, omie_es; quarter-hours).

The hourly mean is taken as known; each day's quarters are made from the days before it. MAE in €/MWh, flat hour against refined.
"""

import argparse
from pathlib import Path

import numpy as np

from bench.forecast_data import quarter_hours
from forecasting.models.quarters import fit_quarters, to_quarters

DAY = 96


def main() -> None:
    """Roll over the days once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("quarters", type=Path, metavar="CSV")
    starts, prices = quarter_hours(parser.parse_args().quarters, "omie_es")
    flat, refined = [], []
    for first in range(21 * DAY, starts.size - DAY, DAY):
        today = slice(first, first + DAY)
        hourly = prices[today].reshape(-1, 4).mean(axis=1)
        shape = fit_quarters(starts[:first], prices[:first])
        if shape is not None and np.isfinite(hourly).all():
            hours = starts[today][::4]
            flat.append(np.abs(np.repeat(hourly, 4) - prices[today]).mean())
            refined.append(np.abs(to_quarters(hours, hourly, shape) - prices[today]).mean())
    print(f"{len(flat)} days: flat hour {1000 * np.mean(flat):.2f}, refined {1000 * np.mean(refined):.2f} €/MWh")


if __name__ == "__main__":
    main()
