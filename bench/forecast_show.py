"""The tables of a forecast benchmark, as text."""

from collections import Counter

from bench.forecast_report import Report
from bench.forecast_times import Times


def show(result: Report, times: Times, *, refit_days: int) -> None:
    """Print everything that is measured."""
    last = result.days[-1]
    print(f"task {result.task}, {len(result.days)} issue days {result.days[0]} .. {last}, refitted every {refit_days} days, €/MWh")
    _models(result)
    _by_day_ahead(result)
    _by_month(result)
    _comparison(result)
    print(
        f"\non one core: a full training {times.training_s:.1f} s ({times.training_cpu_s:.1f} s of CPU), "
        f"{'' if times.classes_s is None else f'the classifier {times.classes_s:.1f} s, '}"
        f"a forecast with intervals {times.forecast_s * 1000:.0f} ms ({times.forecast_cpu_s * 1000:.0f} ms of CPU)"
    )


def _models(result: Report) -> None:
    keys = ("mae", "rmae", "rmse", "pinball", "coverage_80", "coverage_90", "calibration_slope", "tau", "capture")
    print(f"\n{'':24}" + "".join(f"{key.replace('calibration_', ''):>12}" for key in keys))
    for name, figures in result.figures.items():
        print(f"{name:24}" + "".join(f"{figures[key]:12.3f}" for key in keys))
    first = result.figures[result.strongest]
    print(f"rolling: one fit of all models {first['fit_s']:.2f} s, one forecast of all models {first['predict_s'] * 1000:.1f} ms")


def _by_day_ahead(result: Report) -> None:
    print("\nMAE by day ahead")
    for name, figures in result.figures.items():
        print(f"{name:24}" + "".join(f"{value:8.2f}" for value in figures["mae_by_day_ahead"]))


def _by_month(result: Report) -> None:
    months = result.by_month()
    print(f"\n{'month':10}{'served':>10}{'baseline':>10}{'cover 80':>10}{'cover 90':>10}")
    for month, row in months.items():
        print(f"{month:10}{row['mae']:10.2f}{row['mae_baseline']:10.2f}{row['coverage_80']:10.3f}{row['coverage_90']:10.3f}")
    better = sum(row["mae"] < row["mae_baseline"] for row in months.values())
    held = sum(0.7 <= row["coverage_80"] <= 0.9 for row in months.values())
    wide = sum(0.8 <= row["coverage_90"] <= 1.0 for row in months.values())
    print(
        f"better than {result.strongest} in {better} of {len(months)} months; coverage of the 80 % band within 70-90 % in {held},"
    )
    print(f"of the 90 % band within 80-100 % in {wide}")


def _comparison(result: Report) -> None:
    found = result.comparison
    print(f"\nDiebold-Mariano, served against {result.strongest}: statistic {found.statistic:.2f}, p = {found.p_value:.2g}")
    print("served by: " + ", ".join(f"{name} {count}" for name, count in Counter(result.served_by).most_common()))
    for day, name, why in result.decisions:
        print(f"  {day} {name}: {why}")
    if result.without_forecasts is not None:
        print(f"hours forecast without the D+1 forecasts: {result.without_forecasts}")
