"""Numbers of the documents that are a constant of the code: limits, windows, times, identities."""

import re
from pathlib import Path

from adapters.files import room, usage
from adapters.runtime import logs, loop_lag, unprivileged
from adapters.sources import circuit, esios, omie, openweather, redata, responses
from adapters.sources.http import PATIENT
from adapters.state import gaps as gap_log
from adapters.store import cached, silence
from adapters.store.influx import series as influx_series
from domain import gaps
from domain.alerts import price_rules
from domain.bill import terms
from domain.bill.invoice import check, excess_lines, taxes
from domain.intake import cells, consumption, prices
from domain.prices.slots import OVERDUE, PUBLICATION
from domain.weather import hours, merge, steps
from forecasting.gate import evaluation, gate, training
from forecasting.issue import intervals, scores, watch, week
from forecasting.models import baselines, lear, structural, week_models
from routers.endpoints import bill
from routers.http import limits, listening
from secret_strength import WEAKEST_BITS
from services.gaps import service as gap_service
from services.operations import store_health
from services.plan import service as plan_service
from services.prices import ingest
from services.savings import ledger, score
from services.weather import ingest as weather_ingest
from settings import Settings
from simulator import archive70 as sim_archive70
from simulator import esios as sim_esios
from simulator import places, publication, requests
from simulator import redata as sim_redata
from simulator import weather as sim_weather
from support.doc_figure import Figure

POLL_JS = Path(__file__).resolve().parents[2] / "src/fastapi-app/static/js/poll.js"


def held(document: str, saying: str, *values: object) -> Figure:
    return Figure(document, saying, lambda: values)


def milliseconds(name: str) -> float:
    """A constant of the script of the page [s]."""
    (found,) = re.findall(rf"const {name} = (\d+);", POLL_JS.read_text(encoding="utf-8"))
    return int(found) / 1000


def pauses_s() -> tuple[float, float]:
    """The pauses between the tries of a call that fails at once: the least and the most."""
    plain = [min(PATIENT.first_wait_s * 3**n, PATIENT.longest_wait_s) for n in range(PATIENT.tries - 1)]
    return sum(plain), sum(plain) + PATIENT.jitter_s * len(plain)


CONSTANTS = (
    held("architecture.md", "(spot {:%H:%M}, PVPC {:%H:%M} of the day before", PUBLICATION["spot"], PUBLICATION["pvpc"]),
    held("architecture.md", "a gap from {:%H:%M} (PVPC) and {:%H:%M} (spot) on", OVERDUE["pvpc"], OVERDUE["spot"]),
    held("billing.md", "takes up to {} slots of a meter", bill.MOST_READINGS),
    held("billing.md", "of the first {} characters of the CUPS", consumption.CUPS_LENGTH),
    held("billing.md", "beyond {:.0f} % of the active energy", 100 * excess_lines.FREE_SHARE),
    held("billing.md", "up to {} kW in each period what was in force", taxes.MOST_KW_OF_LOWER_VAT),
    held(
        "billing.md",
        "Differences of up to {} € or {:.1f} % of a line ({:.1f} % of excess power)",
        check.LINE_EUR,
        100 * check.LINE_SHARE,
        100 * check.EXCESS_SHARE,
    ),
    held("billing.md", "do not add up to the total within {} €", check.TOTAL_EUR),
    held("contract.md", "for supplies of up to {:g} kW in every period", terms.MOST_KW_OF_PVPC),
    held("forecasting.md", "(half-life 7 days, {} days)", baselines.BASELINE_DAYS["ewma_day_type"]),
    held(
        "forecasting.md",
        "a model needs {} published days ({} to warm up, {} to learn, {} to know its errors)",
        week_models.NEEDS_DAYS + training.NEEDS_RECORD_ISSUES,
        week_models.WARM_UP_DAYS,
        week_models.NEEDS_DAYS - week_models.WARM_UP_DAYS,
        training.NEEDS_RECORD_ISSUES,
    ),
    held("forecasting.md", "mean of windows of {:,}, {:,} and {:,} days", *lear.WINDOWS_DAYS),
    held("forecasting.md", "steps on 1 January {}, {}, {} (RD 446/2023)", *(year for year, _ in structural.FUTURES_SHARE)),
    held(
        "forecasting.md",
        "over its own errors of {} days, scaled by how the last {} days left their bands",
        intervals.SHORT_ISSUES,
        intervals.ADAPT_DAYS,
    ),
    held("forecasting.md", "mean of a raw {}-issue and a scaled {}-issue window", intervals.SHORT_ISSUES, intervals.LONG_ISSUES),
    held("forecasting.md", "the errors of the last {} closed days reached", intervals.ADAPT_DAYS),
    held("forecasting.md", "(half-life {:g} days): drift", intervals.REACT_HALF_LIFE_DAYS),
    held("forecasting.md", "on the last {} and {} days that came", *watch.WINDOWS_DAYS),
    held("forecasting.md", "pinball loss over the last {} days is better", gate.HELD_BACK_DAYS),
    held("forecasting.md", "(HAC lag {}, corrected for few days)", evaluation.HAC_LAG),
    held("forecasting.md", "A champion more than {:g} % behind", 100 * gate.DEMOTION_MARGIN),
    held("forecasting.md", "over the last {} days that have a loss", gate.DEMOTION_DAYS),
    held("forecasting.md", "these days reach back up to {}.", gate.HELD_BACK_DAYS),
    held("forecasting.md", "With {} published days `state", week_models.NEEDS_DAYS + training.NEEDS_RECORD_ISSUES),
    held("forecasting.md", "`StaleHistoryError` after {} days", week.STALE_DAYS),
    held("forecasting.md", "Capture counts the {} cheapest hours of a week", evaluation.CAPTURE_HOURS),
    held("glossary.md", "fewer than {} %, {} %, {} % of the hours", *scores.CLASS_PERCENT),
    held("glossary.md", "over the last {} and {} days, with the bounds", *watch.WINDOWS_DAYS),
    held("history.md", "the day before: {:%H:%M} for the spot, {:%H:%M} for PVPC", OVERDUE["spot"], OVERDUE["pvpc"]),
    held("history.md", "`warning` within the last {} days", gaps.WARNING_WITHIN.days),
    held("history.md", "what came of it (the newest {})", gap_log.KEPT_ATTEMPTS),
    held("history.md", "older than the {:.0f} hours that a station gives", gaps.WEATHER_REACH.total_seconds() / 3600),
    held("history.md", "what was filled in the last {} days", gap_service.LATELY.days),
    held("history.md", "asked for again after {} days by the first", ingest.RETRY_NO_DATA.days),
    held("history.md", "that is silent is waited for {:g} s", store_health.PING_S),
    held("history.md", "{} older files are kept", logs.KEPT_FILES),
    held("history.md", "held up for more than {:g} s of the last minute", loop_lag.ILL_S),
    held("influxdb.md", "(gzip, {:,} lines a request", influx_series.BATCH_LINES),
    held("influxdb.md", "gives no answer for {:g} s is asked", silence.AFTER_S),
    held("influxdb.md", "says nothing for {:g} s more", silence.PROBE_S),
    held("influxdb.md", "for {:g} s the next ones do not wait", cached.AWAY_S),
    held(
        "operations.md",
        "{} headers and {:.0f} kB of them, {:g} s until a request is whole, {} connections",
        listening.MOST_HEADERS,
        listening.MOST_HEAD_BYTES / 1000,
        listening.REQUEST_WITHIN_S,
        listening.MOST_UNFINISHED,
    ),
    held("operations.md", "six files of {:.0f} MB for each of their four", logs.MOST_BYTES / 1_000_000),
    held("operations.md", "or less than {:.0f} MB are left", usage.LEAST_BYTES / 1_000_000),
    held("operations.md", "% or {:.0f} MB left)", room.LEAST_FREE_BYTES / 1_000_000),
    held("operations.md", "`MODEL_PIN_DAYS` ({}; 1 to 90)", Settings.model_fields["model_pin_days"].default),
    held("operations.md", "of the last {} (or {}) days fewer hours", *watch.WINDOWS_DAYS),
    held("operations.md", "than chance allows ({:g} %, counting days)", 100 * watch.TAIL),
    held("operations.md", "for {} days prices lay on one side", watch.WINDOWS_DAYS[1]),
    held("operations.md", "is not published by {:%H:%M}", price_rules.LATE),
    held("operations.md", "done by user {} (nobody)", unprivileged.NOBODY),
    held("page.md", "Every {:g} s while the page is seen", milliseconds("PERIOD_MS")),
    held("planning.md", "promised by date within {} days", plan_service.ORDERS_AHEAD.days),
    held(
        "savings.md",
        "Above {:g} % `perfect_eur` is null; above {:g} % it is searched for again",
        score.MOST_GAP_PERCENT,
        ledger.PROVEN_PERCENT,
    ),
    held("savings.md", "by a reader that waits {:g} s at most", ledger.SOON_S),
    held("security.md", "(an estimate below {:g} bits)", WEAKEST_BITS),
    held("security.md", "a body has {:g} MB at most", limits.MOST_BODY_BYTES / 1_000_000),
    held("simulator.md", "for any date from {} on", publication.FIRST_DAY.year),
    held(
        "simulator.md",
        "spot from {:%H:%M} (within {:g} minutes), PVPC from {:%H:%M} (within {:g} minutes), D+1 "
        "forecasts from {:%H:%M} (within {:g} minutes)",
        *(figure for name in ("spot", "pvpc", "forecasts") for figure in publication.TIMETABLE[name]),
    ),
    held("simulator.md", "a day of zeros from {:%H:%M}", sim_archive70.ZEROS_FROM),
    held("simulator.md", "hourly ranges up to {} days", sim_redata.LONGEST.days),
    held("simulator.md", "more than {} days end in a 504", sim_esios.LONGEST.days),
    held("simulator.md", "{} requests a minute and key with both steps", requests.DEFAULT_LIMITS["aemet"]),
    held("simulator.md", "only when it rains, {} requests a minute", requests.DEFAULT_LIMITS["owm"]),
    held("simulator.md", "site and {} other places of Spain", len(places.PLACES) - 1),
    held("simulator.md", "grows from {} °C by {:.2f} °C an hour", *sim_weather.ERRORS["temperature"]),
    held("sources.md", "time_trunc=hour` | {} days |", redata.LONGEST_CHUNK.days),
    held("sources.md", "geo_ids[]` | {} days |", esios.LONGEST_CHUNK.days),
    held("sources.md", "two a day | {} days |", omie.LONGEST_CHUNK.days),
    held("sources.md", "rounded to {} decimals", prices.DECIMALS),
    held("sources.md", "told by `id` ({} PVPC, {} spot)", redata.SERIES["pvpc"], redata.SERIES["spot"]),
    held("sources.md", "asks {} times, and then takes it", PATIENT.ambiguous_tries),
    held("sources.md", "400 is asked {} times, {:g} s apart", PATIENT.ambiguous_tries, PATIENT.ambiguous_wait_s),
    held("sources.md", "{} for spot, {} for PVPC and forecasts", esios.SPAIN, esios.PENINSULA),
    held(
        "sources.md",
        "Forecasts are {} (demand), {} (wind) and {} (sun)",
        *(esios.FORECASTS[kind] for kind in ("demand", "wind", "solar")),
    ),
    held("sources.md", "less than its tolls less {:.0f} €/MWh", -cells.LOWEST_SPOT_EUR_MWH),
    held(
        "sources.md",
        "{} tries, pauses growing from {:g} to {:g} s with jitter, at most {:g} s in all",
        PATIENT.tries,
        PATIENT.first_wait_s,
        PATIENT.longest_wait_s,
        PATIENT.total_s,
    ),
    held("sources.md", "that fails at once take {:.0f} to {:.0f} s of pauses", *pauses_s()),
    held("sources.md", "Retry-After ({:.0f} s if it does not say", responses.DEFAULT_RETRY_AFTER_S),
    held("sources.md", "an answer of more than {:.0f} MB", responses.MAX_BODY_BYTES / 1_000_000),
    held(
        "sources.md",
        "A source rests for {:.0f} minutes, then 10, then {:.0f}",
        circuit.FIRST_REST.total_seconds() / 60,
        circuit.LONGEST_REST.total_seconds() / 60,
    ),
    held("weather.md", "whose newest is {:.0f} h old", weather_ingest.POINTS_EVERY.total_seconds() / 3600),
    held("weather.md", "older by more than {:.0f} h", merge.SAME_AGE.total_seconds() / 3600),
    held("weather.md", "Between steps of {:.0f} h", steps.LONGEST_GAP.total_seconds() / 3600),
    held(
        "weather.md",
        "{:.0f}..{:.0f} °C, {:.0f}..{:.0f} %, {:.0f}..{:.0f} hPa",
        *(edge for quantity in ("temperature", "humidity", "pressure") for edge in hours.LIMITS[quantity]),
    ),
    held("weather.md", "OpenWeatherMap {:.0f} min |", openweather.BLOCKED_S / 60),
)
"""Whoever changes such a constant is told which sentence says it."""
