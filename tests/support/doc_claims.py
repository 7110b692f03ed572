"""Words of README and docs that leave no exception, each with the test that holds it: never, always, exactly one, every."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.doc_commands import DOCUMENTS, ROOT

STRICT = re.compile(r"\b(?:never|always|exactly one)\b", re.IGNORECASE)
EVERY = re.compile(r"\bevery\b(?! (?:\d|two |ten |day\b|hour\b|night\b|second\b|other\b|quarter\b))", re.IGNORECASE)
"""`every 5 s`, `every night` say how often, which is a figure."""

HELD_BY: tuple[tuple[str, str, str], ...] = (
    (
        "README.md",
        "every figure that stands at more than one door",
        "integration/test_doors.py::test_all_doors_agree_and_the_audit_finds_nothing",
    ),
    (
        "access.md",
        "comes through, never a header",
        "unit/routers/http/test_access.py::test_the_level_is_the_listener_and_no_header_changes_it",
    ),
    (
        "access.md",
        "every level. What is not in the table",
        "unit/commands/test_access_table.py::test_the_page_is_the_table_of_the_code",
    ),
    (
        "architecture.md",
        "came through, never a header",
        "unit/routers/http/test_access.py::test_the_level_is_the_listener_and_no_header_changes_it",
    ),
    ("architecture.md", "every issued forecast", "integration/test_state.py::test_any_view_is_that_of_a_plain_dictionary"),
    (
        "architecture.md",
        "every revision of a published value",
        "unit/domain/prices/test_merge.py::test_a_revision_keeps_the_old_value_under_its_own_time",
    ),
    (
        "architecture.md",
        "guards everything that changes something, at every level",
        "unit/routers/http/test_access.py::test_the_token_guards_what_changes_things_at_every_level",
    ),
    (
        "contract.md",
        "by which price every euro is reckoned",
        "integration/test_contract_price.py::test_the_page_goes_by_what_the_plant_pays",
    ),
    ("contract.md", "up to 10 kW in every period", "unit/domain/plan/test_plant_config.py::test_a_supply_of_10_kw_may_have_pvpc"),
    ("glossary.md", "every euro is reckoned with it", "integration/test_golden.py::test_the_document_is_as_it_was"),
    ("history.md", "two looks never overlap", "unit/services/gaps/test_ledger.py::test_looks_that_overlap_enter_a_gap_once"),
    ("history.md", "never overlaps itself", "unit/adapters/runtime/test_scheduler.py::test_a_job_never_overlaps_itself"),
    (
        "history.md",
        "and in every line that it causes",
        "integration/test_logs.py::test_no_secret_leaves_and_every_line_is_json_with_the_number_of_its_request",
    ),
    (
        "history.md",
        "in every form in which an address",
        "integration/test_logs.py::test_no_secret_leaves_and_every_line_is_json_with_the_number_of_its_request",
    ),
    (
        "history.md",
        "every source says that it is not out",
        "unit/domain/test_gaps.py::test_why_it_is_still_missing_is_what_the_sources_said",
    ),
    (
        "history.md",
        "every source says it does not have",
        "unit/services/prices/test_ingest.py::test_a_day_that_nobody_has_is_found_out_noted_and_asked_again_after_a_week",
    ),
    ("history.md", "(every open gap)", "unit/services/gaps/test_service.py::test_holes_are_found_joined_filled_and_explained"),
    (
        "history.md",
        "masks the former in every answer",
        "integration/test_logs.py::test_no_secret_leaves_and_every_line_is_json_with_the_number_of_its_request",
    ),
    (
        "influxdb.md",
        "left out of every answer",
        "unit/adapters/store/influx/test_query.py::test_points_of_somebody_else_are_counted_and_never_read",
    ),
    (
        "influxdb.md",
        "Every value in a question is a bound parameter",
        "unit/adapters/store/influx/test_query.py::test_values_are_bound_and_not_part_of_the_text",
    ),
    (
        "influxdb.md",
        "every name comes from a closed set and is quoted",
        "unit/adapters/store/influx/test_query.py::test_a_name_cannot_leave_its_quotes",
    ),
    (
        "operations.md",
        "added to and never changed",
        "unit/adapters/files/test_model_decisions.py::test_the_log_is_only_added_to_until_it_is_cut_at_its_beginning",
    ),
    (
        "operations.md",
        "every request needs a password",
        "integration/test_nginx.py::test_with_a_password_file_everything_needs_a_password",
    ),
    (
        "operations.md",
        "Every file and every month of every series has a checksum",
        "integration/test_backup.py::test_archive_and_checksum_are_for_their_owner_only_and_hold_what_the_manifest_says",
    ),
    (
        "operations.md",
        "compares every figure that stands at more than one",
        "integration/test_doors.py::test_all_doors_agree_and_the_audit_finds_nothing",
    ),
    ("page.md", "own date is never used", "browser/test_page_browser.py::test_ages_are_counted_by_the_clock_of_the_service"),
    ("page.md", "never at level 3", "browser/test_page_live.py::test_the_tailnet_sees_the_page_without_controls"),
    ("page.md", "watermark in every chart", "browser/test_page_browser.py::test_simulated_data_is_marked_in_every_chart"),
    (
        "page.md",
        "CSV of the savings: at every level",
        "integration/test_plan_routes.py::test_every_file_that_the_page_offers_can_be_opened_at_that_level",
    ),
    (
        "page.md",
        "stand open before every view",
        "browser/test_page_views.py::test_critical_alerts_stand_open_in_every_view_and_others_are_one_line",
    ),
    (
        "page.md",
        "a band over every view says that no euro",
        "unit/routers/page/test_render.py::test_that_the_price_is_a_reference_stands_over_all_views",
    ),
    ("page.md", "its texts in every", "unit/wording/test_catalogues.py::test_every_text_of_the_templates_is_in_the_catalogue"),
    (
        "planning.md",
        "every figure a setting",
        "integration/test_every_field.py::test_each_field_of_the_default_plant_is_in_what_a_plan_was_made_from",
    ),
    (
        "planning.md",
        "A deadline never loses a plan",
        "unit/adapters/runtime/test_child.py::test_the_deadline_ends_it_with_its_last_report_and_the_next_work_runs",
    ),
    (
        "planning.md",
        "against every schedule of 40",
        "unit/planning/search/test_late_exhaustive.py::test_nothing_is_less_late_or_as_late_and_cheaper",
    ),
    (
        "planning.md",
        "against the cost of every schedule tried",
        "unit/planning/search/test_solve_exhaustive.py::test_no_schedule_is_cheaper_than_the_plan",
    ),
    (
        "security.md",
        "every answer has a response model",
        "integration/test_openapi.py::test_every_answer_is_as_the_description_says",
    ),
    (
        "security.md",
        "on every answer of the service where Nginx has a certificate",
        "integration/test_nginx.py::test_every_route_answers_alike_at_nginx_and_at_the_service",
    ),
    (
        "simulator.md",
        "the service never imports it",
        "unit/test_import_direction.py::test_a_module_imports_only_what_its_layer_may",
    ),
    (
        "simulator.md",
        "always give the same values",
        "unit/simulator/test_sim_market.py::test_few_blocks_are_remembered_and_the_rest_comes_back_the_same",
    ),
    (
        "simulator.md",
        "every random number is a hash of seed, name and index",
        "unit/simulator/test_sim_noise.py::test_a_draw_does_not_depend_on_what_else_was_asked",
    ),
    (
        "simulator.md",
        "with every number 0,00",
        "integration/test_simulator_faults.py::test_zeros_are_an_unpublished_day_in_archive_70",
    ),
    (
        "simulator.md",
        "every request with real monotonic seconds",
        "integration/test_simulator_faults.py::test_requests_are_counted_and_keys_blanked",
    ),
    (
        "simulator.md",
        "leave hours out of every answer",
        "integration/test_simulator_market.py::test_hidden_hours_are_missing_everywhere",
    ),
    (
        "simulator.md",
        "the weather of every place shares",
        "unit/simulator/test_sim_weather.py::test_wind_blows_where_the_market_says_so",
    ),
    (
        "sources.md",
        "a stamp beside the values never decides",
        "unit/domain/intake/test_instants.py::test_a_stamp_that_cannot_be_read_is_a_remark_and_one_that_is_not_there_is_none",
    ),
    (
        "sources.md",
        "every value of an instant that has two",
        "unit/domain/intake/test_prices.py::test_two_values_for_one_instant_are_neither",
    ),
    ("sources.md", "the same instants to every source", "integration/test_simulator_clients.py::test_three_sources_of_pvpc_agree"),
    (
        "sources.md",
        "One law for every source",
        "integration/test_intake_walk_sources.py::test_what_is_shown_as_published_was_published",
    ),
    (
        "sources.md",
        "Every fault of the simulator, what it comes to",
        "integration/test_source_faults.py::test_every_fault_of_the_simulator_is_in_the_table_and_the_table_is_in_the_docs",
    ),
    (
        "weather.md",
        "and is never taken",
        "unit/adapters/sources/aemet/test_readers.py::test_the_pressure_at_the_station_is_never_taken_for_that_at_sea_level",
    ),
    ("weather.md", "in kelvin never becomes", "unit/adapters/sources/test_openweather.py::test_kelvin_never_passes_for_degrees"),
    (
        "wording.md",
        "every text of a language",
        "unit/wording/test_catalogues.py::test_every_text_of_the_templates_is_in_the_catalogue",
    ),
    (
        "wording.md",
        "a text in every",
        "unit/wording/test_catalogues.py::test_every_message_has_a_text_that_uses_each_of_its_figures",
    ),
    (
        "wording.md",
        "every text of an answer has it",
        "unit/routers/page/test_render.py::test_a_third_language_is_one_file_for_the_whole_page_and_every_answer",
    ),
)
"""Document, words that stand in it, the test (below `tests`) that fails where they are not true."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A word without exception, with what stands around it."""

    document: Path
    text: str
    test: str | None
    """None: nothing is named that holds it."""


def claims(words: re.Pattern[str]) -> Iterator[Claim]:
    """Each place of such a word outside of code."""
    for document in DOCUMENTS:
        text = prose(document)
        held = [
            (found.start(), found.end(), test) for words_, test in _rows(document) for found in re.finditer(re.escape(words_), text)
        ]
        for found in words.finditer(text):
            test = next((test for start, end, test in held if start <= found.start() and found.end() <= end), None)
            yield Claim(document, text[max(0, found.start() - 60) : found.end() + 40], test)


@cache
def prose(document: Path) -> str:
    """The text on one line, without code and without where its links lead."""
    text = re.sub(
        r"^```.*?^```|^    .*?$|`[^`\n]*`|(?<=\])\([^)]*\)",
        "",
        document.read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
    return " ".join(text.split())


def _rows(document: Path) -> list[tuple[str, str]]:
    return [(words, test) for name, words, test in HELD_BY if name == document.name]


def lost() -> list[str]:
    """Rows whose words stand nowhere, or whose test there is not."""
    texts = {document.name: prose(document) for document in DOCUMENTS}
    return [f"{name}: {words}" for name, words, test in HELD_BY if words not in texts[name] or not _is_there(test)]


def _is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    file = ROOT / "tests" / path
    return file.is_file() and f"def {name}(" in file.read_text(encoding="utf-8")
