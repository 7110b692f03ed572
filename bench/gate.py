"""How often the gate lets in what is no better: `scripts/bench gate`.

Made-up worlds in which nobody is better than who serves: each model's daily loss is the mean of the shocks of seven issues, as the
losses of a week's forecasts share their days. Three challengers ask every day for half a year, each over the last half year.
Counted are the worlds in which one of them is let in: by a test at 5 % of each asking, by the support of the gate (ADR 26).
"""

import argparse

import numpy as np

from forecasting.data.grid import Floats
from forecasting.gate.evaluation import diebold_mariano
from forecasting.gate.gate import HELD_BACK_DAYS
from forecasting.gate.support import better, needed, share_of

CHALLENGERS = 3
ISSUES_OF_A_DAY = 7
PLAIN = 0.05


def main() -> None:
    """Make the worlds, ask, print both shares."""
    options = _options()
    dice = np.random.default_rng(options.seed)
    let_in = np.array([_let_in(_losses(dice)) for _ in range(options.worlds)])
    plain, supported = 100 * let_in.mean(axis=0)
    print(
        f"{options.worlds} worlds, seed {options.seed}, {CHALLENGERS} challengers no better, asked on {HELD_BACK_DAYS} days:"
        f" one is let in at p < {PLAIN} in {plain:.0f} %, with the support of the gate in {supported:.0f} %"
    )


def _losses(dice: np.random.Generator) -> Floats:
    """(1 + challengers, days): who serves first."""
    shocks = dice.standard_normal((1 + CHALLENGERS, 2 * HELD_BACK_DAYS + ISSUES_OF_A_DAY - 1))
    losses: Floats = np.lib.stride_tricks.sliding_window_view(shocks, ISSUES_OF_A_DAY, axis=1).mean(axis=2)
    return losses


def _let_in(losses: Floats) -> tuple[bool, bool]:
    """Whether one of them is within half a year: by the plain test, by the gate's."""
    days = range(HELD_BACK_DAYS, 2 * HELD_BACK_DAYS)
    windows = [losses[:, day - HELD_BACK_DAYS : day] for day in days]
    askings = [(place, window[1 + place], window[0]) for window in windows for place in range(CHALLENGERS)]
    return (
        any(diebold_mariano(own, rival).p_value < PLAIN for _, own, rival in askings),
        any(better(own, rival)[0] < needed(share_of(place, CHALLENGERS)) for place, own, rival in askings),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench gate", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--worlds", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
