"""The simulated market as columns of hours, and what of it is published when."""

from simulator.blocks import Blocks, Columns
from simulator.climate import BLOCK_HOURS
from simulator.market import PAD_HOURS, MarketBlock, market_block
from simulator.noise import Floats, autoregressive, uniforms, window
from simulator.pvpc import components

NEIGHBOURS = {1: "Portugal", 2: "Francia", 8826: "Alemania", 8827: "Bélgica", 8828: "Países Bajos"}
"""ESIOS geo_id -> name of the countries that indicator 600 carries beside Spain."""


def market_columns(seed: int, number: int) -> Columns:
    """Columns of one block, without its edges: spot, quarters, forecasts (`*_d1`), what happened, PVPC and its components."""
    block = market_block(seed, number)
    table = {"spot": block.spot, "quarters": block.quarters, **components(seed, block)}
    for suffix, load in (("_d1", block.forecast), ("", block.actual)):
        table |= {f"demand{suffix}": load.demand, f"wind{suffix}": load.wind, f"solar{suffix}": load.solar}
    table = {name: values.round(2) for name, values in table.items()}
    table["wind_solar_d1"] = (table["wind_d1"] + table["solar_d1"]).round(2)
    table |= {f"quarters/{geo}": neighbour_prices(seed, block, geo) for geo in NEIGHBOURS}
    return {name: values[PAD_HOURS : PAD_HOURS + BLOCK_HOURS] for name, values in table.items()}


def neighbour_prices(seed: int, block: MarketBlock, geo: int) -> Floats:
    """Quarters of a neighbour [€/MWh]: Portugal parts from Spain in one hour of eight, the others in most."""
    first, count = int(block.grid.hours[0]), len(block.grid.hours)
    apart = autoregressive(seed, f"border/{geo}", first, count, window(0.9))
    congested = uniforms(seed, "border/open", block.grid.hours // 3) < 0.12
    away = congested * 9.0 * apart if geo == 1 else 18.0 + 22.0 * apart
    return (block.quarters + away[:, None]).round(2) + 0.0


def market(seed: int) -> Blocks:
    """The market of a seed."""
    return Blocks(lambda number: market_columns(seed, number))
