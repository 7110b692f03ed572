"""Hand-written bill and contracted power of a page's document: a 3.0TD plant of 80 to 117 kW on a November day."""

from typing import Any

Json = dict[str, Any]
FIRST, LAST = "2026-11-01", "2026-11-17"


def line(code: str, period: int | None, quantity: float, unit: str, price: float | None, amount: float | None, **more: Any) -> Json:
    """A line of the whole span, in force unless it says otherwise."""
    return {
        "code": code,
        "period": period,
        "first": FIRST,
        "last": LAST,
        "quantity": quantity,
        "unit": unit,
        "unit_price_eur": price,
        "amount_eur": amount,
        "standing": "in_force",
        **more,
    }


def bill(first: str, last: str, *totals: float, **more: Any) -> Json:
    """A whole bill, without its lines."""
    return {
        "first": first,
        "last": last,
        "kwh": 6210.5,
        "base_eur": 1402.11,
        "readings": [{"condition": "CPI over 15 %" if place else None, "total_eur": total} for place, total in enumerate(totals)],
        "standing": "in_force",
        "slots": 2976,
        "missing_quarters": 0,
        "estimated_slots": 0,
        "hours_without_quarters": 0,
        "meter_rental_told": True,
        "complete": True,
        **more,
    }


def this_month() -> Json:
    """With a quarter-hour that is missing, and a tax that is open."""
    lines = [
        line("power", 1, 80, "kW", 20.376927, 75.93),
        line("power", 6, 117, "kW", 1.442287, 7.86),
        line("energy", 2, 1204.25, "kWh", 0.159176, 191.69),
        line("energy", 6, 2410, "kWh", 0.085647, 206.41, standing="assumed"),
        line("excess_power", 2, 53.851648, "kW", 1.757877, 94.66),
        line("reactive", 2, 306, "kVArh", 0.041554, 12.72),
        line("social_bonus", None, 17, "day", 0.024688, 0.42),
    ]
    taxes = [
        [
            line("electricity_tax", None, 589.69, "EUR", rate, tax),
            line("meter_rental", None, 17, "day", 0.044712, 0.76),
            line("vat", None, 620.6, "EUR", 0.21, vat),
        ]
        for rate, tax, vat in ((0.0511269632, 30.15, 130.33), (0.005, 2.95, 124.61))
    ]
    month = bill(FIRST, LAST, 750.93, 718.01, lines=lines, standing="assumed", missing_quarters=3, complete=False, kwh=3614.25)
    for reading, told in zip(month["readings"], taxes, strict=True):
        reading["lines"] = told
    return month


def bill_block() -> Json:
    """This month with its end, and two whole months."""
    return {
        "price_basis": "indexed",
        "supply_point": "0123456789abcdef",
        "supply_points": 1,
        "curve_from": "2025-08-01",
        "curve_to": "2026-11-17",
        "month": this_month(),
        "projection": {
            "last": "2026-11-30",
            "known_to": "2026-11-17",
            "months": 12,
            "low_eur": 1290.4,
            "high_eur": 1422.9,
            "low_percent": -4.1,
            "high_percent": 5.2,
        },
        "no_projection": None,
        "months": [
            bill("2026-10-01", "2026-10-31", 1502.33),
            bill("2026-09-01", "2026-09-30", 1398.2, missing_quarters=96, complete=False, estimated_slots=4),
        ],
    }


def powers(kw: list[float], fixed: float, excess: float) -> Json:
    """What powers cost."""
    return {"kw": kw, "fixed_eur": fixed, "excess_eur": excess, "total_eur": fixed + excess}


def power_block() -> Json:
    """A plant that has contracted too much in the first periods."""
    now, best = [80.0, 85.0, 90.0, 95.0, 100.0, 117.0], [62.0, 64.0, 70.0, 70.0, 70.0, 117.0]
    figures = {"values": [20.4, 10.6, 4.5, 3.9, 2.5, 1.4], "unit": "EUR/kW and year", "norm": "BOE", "standing": "in_force"}
    cheapest = powers(best, 3011.0, 88.0)
    names = {"free": 902.4, "last_period_held": 902.4, "margin_5": 760.1, "margin_10": 611.8}
    return {
        "supply_point": "0123456789abcdef",
        "curve_from": "2025-08-01",
        "curve_to": "2026-11-17",
        "first": FIRST,
        "last": LAST,
        "periods": [
            {"contracted_kw": kw, "most_kw": None if place == 0 else 61.5 + 8 * place, "quarters_above": 2 * (place == 5)}
            for place, kw in enumerate(now)
        ],
        "hours_without_quarters": 0,
        "wants": ["2025-11-01", "2026-10-31"],
        "study": {
            "supply_point": "0123456789abcdef",
            "tariff": "3.0TD",
            "months": [f"2025-{month}" for month in (11, 12)] + [f"2026-{month:02}" for month in range(1, 11)],
            "missing_quarters": 96,
            "estimated_slots": 0,
            "hours_without_quarters": 0,
            "power_figures": figures,
            "excess_figures": figures,
            "excess_by_quarters": True,
            "most_kw": [79.0] * 6,
            "present": powers(now, 3980.0, 21.4),
            "choices": [
                {"name": name, "powers": cheapest, "excess_by_quarters": True, "saving_eur": saving}
                for name, saving in names.items()
            ],
            "without": [
                {"first": "2025-11", "last": "2026-01", "powers": cheapest, "saving_eur": saving} for saving in (840.2, 899.9)
            ],
            "curves": {},
            "simulated": True,
        },
    }
