"""Savings, honestly: the same kilograms on the same realised prices, as carried out, as usual, and with perfect knowledge."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from domain.plan.plan import PlannedBatch


@dataclass(frozen=True, slots=True)
class Saving:
    """A period's score. Costs are euros on realised prices, the base load among them, for the same kilograms by quality."""

    kg: float
    kwh: float
    """Of the batches and the base load."""
    actual_eur: float
    """The plan as carried out, what was spoiled and the base load among it."""
    baseline_eur: float | None
    """Working as usual; None where that could not have made it, or for a sum in which that is so."""
    perfect_eur: float | None
    """The best plan that was found with perfect knowledge of prices; None for sums, as days share machines, and where the search
    proved less than a hundredth."""
    limits_eur: float = 0.0
    """What the plan as published cost less than the plan as carried out: pins, delays, lost machines, spoiled batches."""
    production_days: int = 1
    """Days with something made; days without count for nothing."""
    base_eur: float = 0.0
    base_kwh: float = 0.0
    """Of the base load."""
    reported_kwh: float = 0.0
    """Of the stages whose begin and end were reported; the others are assumed by the plan's times."""
    spoiled_eur: float = 0.0
    spoiled_kwh: float = 0.0
    """Of batches that gave nothing."""
    gap_percent: float | None = None
    """Of the search for the best plan: there may be one that is so much cheaper."""
    compared_eur: float | None = None
    """`saving_eur` where this is a sum: of the days that can be compared."""
    days_not_compared: int = 0
    usual: tuple[PlannedBatch, ...] = ()
    """Working as usual, batch by batch; with the base load they cost `baseline_eur`. Empty for sums."""

    @property
    def saving_eur(self) -> float | None:
        """What was saved against working as usual. Additive: days sum to weeks, months and years."""
        if self.compared_eur is not None:
            return self.compared_eur
        return None if self.baseline_eur is None else self.baseline_eur - self.actual_eur

    @property
    def saving_percent(self) -> float | None:
        """Saving over the baseline's cost with the base load; None where the baseline cost nothing or was paid for."""
        return _percent(self.saving_eur, self.baseline_eur)

    @property
    def saving_percent_of_batches(self) -> float | None:
        """Saving over the baseline's cost of the batches alone."""
        return _percent(self.saving_eur, None if self.baseline_eur is None else self.baseline_eur - self.base_eur)

    @property
    def perfect_saving_eur(self) -> float | None:
        """What perfect knowledge would have saved, at least."""
        return None if self.perfect_eur is None or self.baseline_eur is None else self.baseline_eur - self.perfect_eur

    @property
    def captured_percent(self) -> float | None:
        """Saving over the saving with perfect knowledge; None where that saves less than a cent, or is not known."""
        possible = self.perfect_saving_eur
        share = _percent(self.saving_eur, possible) if possible is not None and possible >= 0.01 else None
        return None if share is None else min(100.0, share)  # what was carried out was possible; sums of rounded days may say more

    @property
    def missed_eur(self) -> float | None:
        """What was left on the table: `forecast_error_eur` and `limits_eur` together."""
        return None if self.perfect_eur is None else self.actual_eur - self.perfect_eur

    @property
    def forecast_error_eur(self) -> float | None:
        """What was missed because the prices were not known."""
        return None if self.missed_eur is None else self.missed_eur - self.limits_eur

    @property
    def reported_share_kwh(self) -> float | None:
        """Share of the batches' energy that was reported, 0 to 1; None where nothing was made."""
        kwh = self.kwh - self.base_kwh
        return self.reported_kwh / kwh if kwh > 1e-9 else None

    def __add__(self, other: Self) -> Self:
        """Two periods as one: sums, so that percentages are of the whole. What was possible is not summed."""
        both = [self, other]
        known = [one.saving_eur for one in both if one.saving_eur is not None]
        bases = [one.baseline_eur for one in both if one.baseline_eur is not None]
        return type(self)(
            kg=self.kg + other.kg,
            kwh=self.kwh + other.kwh,
            actual_eur=self.actual_eur + other.actual_eur,
            baseline_eur=sum(bases) if bases else None,
            perfect_eur=None,
            limits_eur=self.limits_eur + other.limits_eur,
            production_days=self.production_days + other.production_days,
            base_eur=self.base_eur + other.base_eur,
            base_kwh=self.base_kwh + other.base_kwh,
            reported_kwh=self.reported_kwh + other.reported_kwh,
            spoiled_eur=self.spoiled_eur + other.spoiled_eur,
            spoiled_kwh=self.spoiled_kwh + other.spoiled_kwh,
            compared_eur=sum(known) if known else None,
            days_not_compared=sum(one.days_not_compared + (one.baseline_eur is None and not one.days_not_compared) for one in both),
        )


def _percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else 100 * part / whole


def summed(savings: Iterable[Saving]) -> Saving | None:
    """Periods as one; None for none."""
    total: Saving | None = None
    for saving in savings:
        total = saving if total is None else total + saving
    return total
