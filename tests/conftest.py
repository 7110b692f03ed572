"""What every test session needs before the first test module is read."""

import pytest

pytest.register_assert_rewrite("contract.series_store_contract")
