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
    (
        "contract.md",
        "by which price every euro is reckoned",
        "integration/test_contract_price.py::test_the_page_goes_by_what_the_plant_pays",
    ),
    ("contract.md", "up to 10 kW in every period", "unit/domain/plan/test_plant_config.py::test_a_supply_of_10_kw_may_have_pvpc"),
    (
        "glossary.md",
        "every euro is reckoned with it",
        "integration/test_golden.py::test_the_document_is_as_it_was",
    ),
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
    ("page.md", "own date is never used", "browser/test_page_browser.py::test_ages_are_counted_by_the_clock_of_the_service"),
    ("page.md", "never at level 3", "browser/test_page_live.py::test_the_tailnet_sees_the_page_without_controls"),
    ("page.md", "watermark in every chart", "browser/test_page_browser.py::test_simulated_data_is_marked_in_every_chart"),
    (
        "page.md",
        "CSV of the savings: at every level",
        "integration/test_plan_routes.py::test_every_file_that_the_page_offers_can_be_opened_at_that_level",
    ),
    (
        "planning.md",
        "every figure a setting",
        "integration/test_every_field.py::test_each_field_of_the_default_plant_is_in_what_a_plan_was_made_from",
    ),
    (
        "planning.md",
        "0020-late-never-impossible.md",
        "unit/planning/search/test_late_exhaustive.py::test_nothing_is_less_late_or_as_late_and_cheaper",
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
        "security.md",
        "every answer has a response model",
        "integration/test_openapi.py::test_every_answer_is_as_the_description_says",
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
        "sources.md",
        "a stamp beside the values never decides",
        "unit/domain/intake/test_instants.py::test_a_stamp_that_cannot_be_read_is_a_remark_and_one_that_is_not_there_is_none",
    ),
    (
        "sources.md",
        "every value of an instant that has two",
        "unit/domain/intake/test_prices.py::test_two_values_for_one_instant_are_neither",
    ),
    (
        "weather.md",
        "and is never taken",
        "unit/adapters/sources/aemet/test_readers.py::test_the_pressure_at_the_station_is_never_taken_for_that_at_sea_level",
    ),
    ("weather.md", "in kelvin never becomes", "unit/adapters/sources/test_openweather.py::test_kelvin_never_passes_for_degrees"),
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
    """The text on one line, without code."""
    text = re.sub(r"^```.*?^```|^    .*?$|`[^`\n]*`", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
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
