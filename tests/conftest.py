"""What every test session needs before the first test module is read."""

import os

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("contract.series_store_contract")

NEW_CASES = int(os.environ.get("NEW_CASES", "0"))
"""So many cases for each property, drawn anew; left out, the same hundred each time, so that a failure is the change's."""

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", max_examples=NEW_CASES or 100, deadline=None, print_blob=True)
settings.load_profile("new" if NEW_CASES else "same")
