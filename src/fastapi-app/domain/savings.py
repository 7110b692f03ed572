"""Savings, honestly: the same kilograms on the same realised prices, as carried out, as usual, and with perfect knowledge."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Saving:
    """A period's score. Costs are euros on realised prices, the base load among them, for the same kilograms by quality."""

    kg: float
    kwh: float
    actual_eur: float
    """The plan as carried out."""
    baseline_eur: float
    """Working as usual."""
    perfect_eur: float
    """The best plan with perfect knowledge of prices."""
    limits_eur: float = 0.0
    """What the plan as published cost less than the plan as carried out: pins, delays, lost machines."""
    production_days: int = 1
    """Days with something made; days without count for nothing."""

    @property
    def saving_eur(self) -> float:
        """What was saved against working as usual."""
        return self.baseline_eur - self.actual_eur

    @property
    def saving_percent(self) -> float | None:
        """Saving over the baseline's cost; None where the baseline cost nothing or was paid for."""
        return 100 * self.saving_eur / self.baseline_eur if self.baseline_eur > 0 else None

    @property
    def perfect_saving_eur(self) -> float:
        """What perfect knowledge would have saved."""
        return self.baseline_eur - self.perfect_eur

    @property
    def captured_percent(self) -> float | None:
        """Saving over the saving with perfect knowledge; None where that saves less than a cent."""
        return 100 * self.saving_eur / self.perfect_saving_eur if self.perfect_saving_eur >= 0.01 else None

    @property
    def missed_eur(self) -> float:
        """What was left on the table: `forecast_error_eur` and `limits_eur` together."""
        return self.actual_eur - self.perfect_eur

    @property
    def forecast_error_eur(self) -> float:
        """What was missed because the prices were not known."""
        return self.missed_eur - self.limits_eur

    def __add__(self, other: Self) -> Self:
        """Two periods as one: sums, so that the percentages are of the whole and not means of percentages."""
        return type(self)(
            kg=self.kg + other.kg,
            kwh=self.kwh + other.kwh,
            actual_eur=self.actual_eur + other.actual_eur,
            baseline_eur=self.baseline_eur + other.baseline_eur,
            perfect_eur=self.perfect_eur + other.perfect_eur,
            limits_eur=self.limits_eur + other.limits_eur,
            production_days=self.production_days + other.production_days,
        )


def summed(savings: Iterable[Saving]) -> Saving | None:
    """Periods as one; None for none."""
    total: Saving | None = None
    for saving in savings:
        total = saving if total is None else total + saving
    return total
