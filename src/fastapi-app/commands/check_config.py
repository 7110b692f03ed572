"""Checks a plant's configuration: `python check_config.py FILE`. Says what is wrong with its line, or what the plant can make."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import accumulate, groupby
from pathlib import Path
from typing import TypeVar

from domain.bill.terms import Basis, PriceTerms
from domain.plan.never import Never, never_done
from domain.plan.plant import Plant
from domain.plan.plant_config import ConfigError, load_plant
from domain.plan.production import PlanProblem
from domain.plan.seasons import Season, seasons
from planning.milp.engine import SearchLimits
from planning.search.capacity import Most, most_in_horizon
from planning.search.one_after_another import batches_one_after_another
from planning.search.week import due_in_a_week, ordinary_week

SEARCH_S = 8.0
"""How long the most of all qualities is searched for [s]: what is not proven by then is said to be so."""
WEEKS = 52
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Figure = TypeVar("Figure")


def report(plant: Plant) -> list[str]:
    """Lines about a plant that loads: what it makes at most, and what it could not hold."""
    lines = [f"{quality}: {plant.batch_kwh(quality):.1f} kWh a batch of {plant.batch_kg:g} kg" for quality in plant.qualities]
    year = seasons(plant)
    weeks = [ordinary_week(plant, season.monday) for season in year]
    week_kg = due_in_a_week(plant)
    for quality in plant.qualities:
        made = most_by_season(weeks, quality, SEARCH_S / len(plant.qualities))
        lines.extend(_at_most(quality, year, made, plant.batch_kg))
        most_kg = [most.at_most * plant.batch_kg for most in made]
        lines.extend(_too_much_due(quality, week_kg[quality], year, most_kg))
        year_kg = sum(WEEKS * len(season.months) / 12 * kg for season, kg in zip(year, most_kg, strict=True))
        lines.extend(_too_much_kept(plant.min_stock_kg.get(quality, 0.0), quality, year_kg))
    lines.extend(_never(item) for item in never_done(plant))
    lines.append(f"due in an ordinary week: {sum(week_kg.values()):g} kg")
    lines.extend(f"price.{key} has no effect: the basis is {plant.price.basis}" for key in _unused(plant.price))
    if plant.price.told == "pvpc_reference":
        lines.append("PVPC is a reference price here: page and API say beside every euro that it is not what the plant pays")
    base = plant.base_kw(staffed=True)
    lines.extend(
        f"WRONG: the contracted {kw:g} kW of P{number} cannot hold the base load of {base:g} kW"
        for number, kw in enumerate(plant.contracted_kw, start=1)
        if kw < base
    )
    return lines


def most_by_season(weeks: Sequence[PlanProblem], quality: str, clock_s: float) -> list[Most]:
    """The most of a quality in a week of each season, the one with least power first.

    The last is searched before those between: where it makes no more than the first, neither do they.
    """
    search = SearchLimits(rel_gap=0.0, abs_gap_eur=0.99, nodes=20_000, clock_s=clock_s / len(weeks))
    first, last = (_most(week, quality, search) for week in (weeks[0], weeks[-1]))
    if first.found >= last.at_most:
        return [Most(first.found, first.found)] * len(weeks)
    return in_order([first, *(_most(week, quality, search) for week in weeks[1:-1]), *[last][: len(weeks) - 1]])


def in_order(made: Sequence[Most]) -> list[Most]:
    """What is found in a season can be made in each with more power; what is ruled out in one is in each with less."""
    found = accumulate((most.found for most in made), max)
    at_most = list(accumulate((most.at_most for most in reversed(made)), min))
    return [Most(*both) for both in zip(found, reversed(at_most), strict=True)]


def _most(week: PlanProblem, quality: str, search: SearchLimits) -> Most:
    """The most of a quality in a week, by the search or one after another."""
    most = most_in_horizon(week, quality, search)
    found = max(most.found, batches_one_after_another(week, quality))
    return Most(found, max(found, most.at_most))


def _at_most(quality: str, year: Sequence[Season], made: Sequence[Most], batch_kg: float) -> Iterator[str]:
    """A line for each of the seasons in which not as much is found; of their bounds the largest is told."""
    bounds = {most.found: most.at_most for most in made}
    for found, alike in _alike(year, [most.found for most in made]):
        when = "" if len(alike) == len(year) else f" in {_months(alike)}"
        how, bound = ("at most", "") if found >= bounds[found] else ("at least", f" (proven: no more than {bounds[found]})")
        yield f"{quality}: {how} {found} batches a week{when}, {found * batch_kg:g} kg, if nothing else is made{bound}"


def _alike(year: Sequence[Season], figures: Sequence[Figure]) -> Iterator[tuple[Figure, list[Season]]]:
    """Each figure, and the seasons that it is true of."""
    for figure, pairs in groupby(zip(figures, year, strict=True), key=lambda pair: pair[0]):
        yield figure, [season for _, season in pairs]


def _months(year: Iterable[Season]) -> str:
    """Their months, in order."""
    return ", ".join(MONTHS[month - 1] for month in sorted(month for season in year for month in season.months))


def _too_much_due(quality: str, due_kg: float, year: Sequence[Season], most_kg: Sequence[float]) -> Iterator[str]:
    """A line where more of a quality is due in an ordinary week than could be made if nothing else were: wrong if in no season."""
    if due_kg > max(most_kg):
        most, hint = max(most_kg), " (kilograms for batches?)" if max(most_kg) else ""
        yield f"WRONG: {due_kg:g} kg of {quality} are due in an ordinary week, and no more than {most:g} kg can be made{hint}"
        return
    for kg, alike in _alike(year, most_kg):
        if due_kg > kg:
            yield (
                f"too much in some months: {due_kg:g} kg of {quality} are due in an ordinary week, and the contract lets no more"
                f" than {kg:g} kg be made in {_months(alike)}"
            )


def _too_much_kept(reserve_kg: float, quality: str, year_kg: float) -> list[str]:
    """A line where a reserve is more than a year of nothing else would make."""
    if reserve_kg <= year_kg:
        return []
    return [
        f"WRONG: the reserve of {reserve_kg:.10g} kg of {quality} is more than a year makes, {year_kg:.10g} kg at most"
        " (grams for kilograms?)"
    ]


def _unused(price: PriceTerms) -> list[str]:
    """Figures of the contract that its basis does not look at."""
    by_basis: dict[Basis, tuple[str, ...]] = {
        "pvpc": ("reference",),
        "indexed": ("fee_eur_per_kwh", "ancillary_eur_per_kwh"),
        "fixed": ("fixed_eur_per_kwh",),
    }
    looked_at = by_basis[price.basis]
    return [item.name for item in fields(price) if item.name not in ("basis", "use", *looked_at) and getattr(price, item.name)]


def _never(item: Never) -> str:
    """What a stage needs and cannot have."""
    who = f"WRONG: {item.stage} of {item.quality}"
    if item.limit == "shifts":
        return f"{who} needs {item.needs / 60:g} h with people, who are there for {item.most / 60:g} h at most"
    return f"{who} needs {item.needs:g} kW, and the contract leaves {max(0.0, item.most):g} kW"


def main(arguments: list[str] | None = None) -> int:
    """0 for a plant that can work, 1 for one that cannot, 2 for a file that cannot be read."""
    parser = argparse.ArgumentParser(prog="check-config", description=__doc__)
    parser.add_argument("file", nargs="?", default="src/configs/factory.toml", type=Path)
    file: Path = parser.parse_args(arguments).file
    try:
        plant = load_plant(file.read_text(encoding="utf-8-sig"))
    except ConfigError as error:
        key = f"{error.key}: " if error.key else ""
        sys.stderr.write(f"{file}:{error.line}: {key}{error.detail}\n")
        return 1
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{file}: {error}\n")
        return 2
    lines = report(plant)
    sys.stdout.write("\n".join([f"{file}: well-formed", *lines, ""]))
    return 1 if any(line.startswith("WRONG") for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
