"""What every SeriesStore must do. A module that has a store derives a test class from `SeriesStoreContract` and gives it the
fixture `store`: an open, empty store of its own for each test.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import StoreRefusedError
from domain.series import EMPTY, FIELDS, Rows, SeriesKey, Value, price_key, series_key
from domain.timeline import day_bounds, day_slots, epoch, utc_from_epoch
from ports import Extent, SeriesStore

SPOT = price_key("spot", 60)
AEMET = series_key("weather_data", source="AEMET", kind="observed")
T0 = epoch(datetime(2025, 3, 30, tzinfo=UTC))
HOUR_S = 3600
_numbers = count()

real_numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
weather_points = st.dictionaries(
    st.integers(0, 200),
    st.tuples(*[st.none() | real_numbers] * 3),
    min_size=1,
    max_size=30,
)
a_store_of_its_own = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has a series of its own
        HealthCheck.differing_executors,  # each store has its own class of these tests
        HealthCheck.too_slow,  # a busy machine is no failure
    ],
)


def fresh_key() -> SeriesKey:
    """A series that no other example has used."""
    return series_key("predictions", model_version=f"example-{next(_numbers)}", confidence="high")


def hours(*prices: float | None) -> Rows:
    """Prices of the hours from T0 on."""
    return Rows([T0 + place * HOUR_S for place in range(len(prices))], {"price_eur_kwh": prices})


def quantiles(points: dict[int, tuple[float | None, ...]]) -> Rows:
    """Three fields of `predictions` by hour after T0."""
    places = sorted(points)
    names = ("price_p10", "price_p50", "price_p90")
    columns = {name: [points[place][number] for place in places] for number, name in enumerate(names)}
    return Rows([T0 + place * HOUR_S for place in places], columns)


async def all_of(store: SeriesStore, key: SeriesKey) -> Rows:
    """Everything in a series."""
    return await store.read(key, utc_from_epoch(0), utc_from_epoch(4_000_000_000))


def plain(rows: Rows) -> dict[int, dict[str, Value]]:
    """Time -> the fields that have a value."""
    return {
        time: {name: value for name, column in rows.columns.items() if (value := column[place]) is not None}
        for place, time in enumerate(rows.times)
    }


class SeriesStoreContract:
    """Sentences about a store; numbers that one can check by hand."""

    async def test_an_empty_store_has_nothing_and_says_so(self, store: SeriesStore) -> None:
        assert await store.keys("energy_prices") == []
        assert await store.extent(SPOT) is None
        rows = await all_of(store, SPOT)
        assert (list(rows.times), {name: list(column) for name, column in rows.columns.items()}) == (
            [],
            {name: [] for name in FIELDS["energy_prices"]},
        )
        await store.ping()

    async def test_a_point_comes_back_with_all_fields_of_its_measurement(self, store: SeriesStore) -> None:
        written = Rows([T0], {"price_eur_kwh": [0.12345], "provider": ["redata"], "as_of": [T0 - 40_000]})
        await store.write(SPOT, written)
        assert plain(await all_of(store, SPOT)) == {T0: {"price_eur_kwh": 0.12345, "provider": "redata", "as_of": T0 - 40_000}}

    async def test_types_come_back_as_they_are_declared(self, store: SeriesStore) -> None:
        await store.write(SPOT, Rows([T0], {"price_eur_kwh": [2], "provider": ["1"], "as_of": [3]}))
        columns = (await all_of(store, SPOT)).columns
        assert [type(columns[name][0]) for name in ("price_eur_kwh", "provider", "as_of")] == [float, str, int]

    async def test_the_same_rows_twice_change_nothing(self, store: SeriesStore) -> None:
        rows = Rows([T0, T0 + HOUR_S], {"price_eur_kwh": [0.1, -0.015], "provider": ["omie", "omie"], "as_of": [1, 2]})
        await store.write(SPOT, rows)
        once = await all_of(store, SPOT)
        await store.write(SPOT, rows)
        assert plain(await all_of(store, SPOT)) == plain(once)
        assert await store.extent(SPOT) == Extent(T0, T0 + HOUR_S, 2)

    async def test_writing_some_fields_keeps_the_others(self, store: SeriesStore) -> None:
        await store.write(AEMET, Rows([T0], {"temperature": [21.5], "humidity": [40.0], "as_of": [5]}))
        await store.write(AEMET, Rows([T0], {"pressure": [1013.2]}))
        await store.write(AEMET, Rows([T0], {"temperature": [22.0]}))
        assert plain(await all_of(store, AEMET)) == {T0: {"temperature": 22.0, "humidity": 40.0, "pressure": 1013.2, "as_of": 5}}

    async def test_a_none_leaves_what_is_stored(self, store: SeriesStore) -> None:
        await store.write(AEMET, Rows([T0], {"temperature": [21.5], "humidity": [40.0]}))
        await store.write(AEMET, Rows([T0, T0 + 600], {"temperature": [None, 3.0], "humidity": [41.0, None]}))
        assert plain(await all_of(store, AEMET)) == {T0: {"temperature": 21.5, "humidity": 41.0}, T0 + 600: {"temperature": 3.0}}

    async def test_what_was_not_given_reads_as_none(self, store: SeriesStore) -> None:
        await store.write(AEMET, Rows([T0], {"humidity": [40.0]}))
        columns = (await all_of(store, AEMET)).columns
        assert {name: list(column) for name, column in columns.items()} == {
            "temperature": [None],
            "humidity": [40.0],
            "pressure": [None],
            "as_of": [None],
        }

    async def test_a_row_of_nothing_but_none_is_no_point(self, store: SeriesStore) -> None:
        await store.write(SPOT, hours(0.1, None, 0.3))
        assert list((await all_of(store, SPOT)).times) == [T0, T0 + 2 * HOUR_S]
        await store.write(AEMET, Rows([T0], {"temperature": [None]}))
        await store.write(AEMET, Rows([T0], {}))
        await store.write(AEMET, EMPTY)
        assert await store.keys("weather_data") == []
        assert await store.extent(AEMET) is None

    async def test_zero_negative_and_empty_values_are_values(self, store: SeriesStore) -> None:
        await store.write(SPOT, Rows([T0, T0 + HOUR_S], {"price_eur_kwh": [0.0, -0.5], "provider": ["", "x"], "as_of": [0, -1]}))
        assert plain(await all_of(store, SPOT)) == {
            T0: {"price_eur_kwh": 0.0, "provider": "", "as_of": 0},
            T0 + HOUR_S: {"price_eur_kwh": -0.5, "provider": "x", "as_of": -1},
        }

    async def test_any_text_comes_back_as_it_was(self, store: SeriesStore) -> None:
        texts = [
            "Óptimo ñ €",
            "日本 🍫",
            'a "b" \\ c',
            "x=1,y=2 z",
            "two\nlines",
            "'; DROP TABLE predictions; --",
            "$start",
            "e\u0301",
        ]
        key = fresh_key()
        await store.write(key, Rows([T0 + place for place in range(len(texts))], {"production_class": texts}))
        assert list((await all_of(store, key)).columns["production_class"]) == texts

    async def test_rows_come_in_order_of_time_whatever_the_order_of_writing(self, store: SeriesStore) -> None:
        for place in (5, 1, 3, 2, 4):
            await store.write(SPOT, Rows([T0 + place * HOUR_S], {"price_eur_kwh": [place / 10]}))
        rows = await all_of(store, SPOT)
        assert list(rows.times) == [T0 + place * HOUR_S for place in range(1, 6)]
        assert list(rows.columns["price_eur_kwh"]) == [0.1, 0.2, 0.3, 0.4, 0.5]

    async def test_ranges_are_half_open(self, store: SeriesStore) -> None:
        await store.write(SPOT, hours(0.0, 0.1, 0.2, 0.3))

        async def prices(first_s: float, end_s: float) -> Sequence[Value | None]:
            start, end = (datetime.fromtimestamp(T0 + offset, UTC) for offset in (first_s, end_s))
            return list((await store.read(SPOT, start, end)).columns["price_eur_kwh"])

        assert await prices(HOUR_S, 3 * HOUR_S) == [0.1, 0.2]
        assert await prices(HOUR_S + 1, 3 * HOUR_S + 1) == [0.2, 0.3]
        assert await prices(HOUR_S + 0.5, 3 * HOUR_S + 0.5) == [0.2, 0.3]
        assert await prices(HOUR_S, HOUR_S) == []
        assert await prices(3 * HOUR_S, HOUR_S) == []

    async def test_bounds_may_be_in_any_zone(self, store: SeriesStore) -> None:
        """2025-03-30 lacks the hour 02 in Madrid: its 23 hours begin at 23:00 UTC of the day before."""
        start, end = day_bounds(date(2025, 3, 30))
        slots = day_slots(date(2025, 3, 30))
        await store.write(SPOT, Rows([epoch(slot) for slot in slots], {"price_eur_kwh": [0.1] * 23}))
        shifted = timedelta(hours=2)
        assert len(await store.read(SPOT, start, end)) == 23
        assert len(await store.read(SPOT, start - shifted, end + shifted)) == 23
        madrid = [bound.astimezone(datetime.fromisoformat("2025-01-01T00:00:00+01:00").tzinfo) for bound in (start, end)]
        assert len(await store.read(SPOT, *madrid)) == 23

    async def test_the_day_of_25_hours_keeps_both_of_its_two_o_clocks(self, store: SeriesStore) -> None:
        slots = day_slots(date(2025, 10, 26))
        prices = [place / 1000 for place in range(25)]
        await store.write(SPOT, Rows([epoch(slot) for slot in slots], {"price_eur_kwh": prices}))
        rows = await store.read(SPOT, *day_bounds(date(2025, 10, 26)))
        assert list(rows.columns["price_eur_kwh"]) == prices

    async def test_keys_are_the_series_that_have_points_sorted(self, store: SeriesStore) -> None:
        keys = [price_key(market, minutes) for market in ("spot", "pvpc") for minutes in (60, 15)]
        for key in keys:
            await store.write(key, hours(0.1))
        await store.write(AEMET, Rows([T0], {"temperature": [1.0]}))
        assert list(await store.keys("energy_prices")) == sorted(keys, key=lambda key: key.tags)
        assert list(await store.keys("weather_data")) == [AEMET]
        assert list(await store.keys("predictions")) == []

    async def test_series_do_not_mix(self, store: SeriesStore) -> None:
        await store.write(price_key("spot", 60), hours(0.1))
        await store.write(price_key("spot", 15), hours(0.2))
        await store.write(price_key("pvpc", 60), hours(0.3))
        assert [list((await all_of(store, price_key(*key))).columns["price_eur_kwh"]) for key in (("spot", 60), ("pvpc", 60))] == [
            [0.1],
            [0.3],
        ]

    async def test_extent_is_first_newest_and_number_of_points(self, store: SeriesStore) -> None:
        await store.write(AEMET, Rows([T0 + 60, T0 + 120], {"temperature": [1.0, None], "humidity": [None, 50.0]}))
        await store.write(AEMET, Rows([T0, T0 + 300], {"pressure": [1000.0, 1001.0]}))
        assert await store.extent(AEMET) == Extent(T0, T0 + 300, 4)

    @pytest.mark.parametrize(
        "columns",
        [
            {"prize": [0.1]},
            {"temperature": [20.0]},
            {"time": [1]},
            {"price_eur_kwh": ["0.1"]},
            {"price_eur_kwh": [True]},
            {"price_eur_kwh": [float("nan")]},
            {"price_eur_kwh": [float("inf")]},
            {"provider": [1]},
            {"as_of": [1.5]},
            {"as_of": [2**63]},
            {"price_eur_kwh": [0.1], "nope": [0.1]},
        ],
        ids=str,
    )
    async def test_what_the_measurement_does_not_have_is_refused_whole(
        self, store: SeriesStore, columns: dict[str, list[Value]]
    ) -> None:
        with pytest.raises(StoreRefusedError):
            await store.write(SPOT, Rows([T0], columns))
        assert await store.extent(SPOT) is None

    async def test_one_bad_value_refuses_all_rows_of_the_write(self, store: SeriesStore) -> None:
        with pytest.raises(StoreRefusedError):
            await store.write(SPOT, hours(0.1, float("nan"), 0.3))
        assert await store.extent(SPOT) is None

    async def test_a_hundred_thousand_rows_come_back_exactly(self, store: SeriesStore) -> None:
        amount = 100_000
        times = [T0 + place * 900 for place in range(amount)]
        prices = [(place * 7919 % 100_003 - 20_000) / 1e5 for place in range(amount)]
        await store.write(SPOT, Rows(times, {"price_eur_kwh": prices, "provider": ["csv"] * amount, "as_of": times}))
        rows = await all_of(store, SPOT)
        assert list(rows.times) == times
        assert list(rows.columns["price_eur_kwh"]) == prices
        assert list(rows.columns["as_of"]) == times
        assert await store.extent(SPOT) == Extent(times[0], times[-1], amount)

    async def test_writers_at_the_same_time_lose_nothing(self, store: SeriesStore) -> None:
        times = [T0 + place * HOUR_S for place in range(200)]

        async def write(number: int) -> None:
            share = times[number::4]
            await store.write(AEMET, Rows(share, {"temperature": [float(number)] * len(share)}))
            await store.write(AEMET, Rows(times, {("humidity", "pressure")[number % 2]: [50.0] * len(times)}))

        await asyncio.gather(*(write(number) for number in range(4)))
        rows = await all_of(store, AEMET)
        assert list(rows.times) == times
        assert list(rows.columns["temperature"]) == [float(place % 4) for place in range(200)]
        assert set(rows.columns["humidity"]) == set(rows.columns["pressure"]) == {50.0}

    async def test_a_read_beside_a_write_sees_whole_points(self, store: SeriesStore) -> None:
        amount = 2_000
        times = [T0 + place * HOUR_S for place in range(amount)]

        async def write(value: float) -> None:
            await store.write(AEMET, Rows(times, {"temperature": [value] * amount, "humidity": [value] * amount}))

        await write(0.0)
        writing = asyncio.gather(*(write(float(value)) for value in range(1, 6)))
        while not writing.done():
            rows = await all_of(store, AEMET)
            assert list(rows.columns["temperature"]) == list(rows.columns["humidity"])
            assert len(rows) == amount
        await writing
        rows = await all_of(store, AEMET)
        assert list(rows.columns["temperature"]) == list(rows.columns["humidity"])

    @a_store_of_its_own
    @given(writes=st.lists(weather_points, min_size=1, max_size=4))
    async def test_any_writes_leave_for_each_field_its_newest_value(
        self, store: SeriesStore, writes: list[dict[int, tuple[float | None, ...]]]
    ) -> None:
        key, model = fresh_key(), dict[int, dict[str, Value]]()
        for points in writes:
            await store.write(key, quantiles(points))
            for time, fields in plain(quantiles(points)).items():
                if fields:
                    model.setdefault(time, {}).update(fields)
        assert plain(await all_of(store, key)) == model

    @a_store_of_its_own
    @given(points=weather_points, times=st.integers(2, 3))
    async def test_any_write_is_idempotent(
        self, store: SeriesStore, points: dict[int, tuple[float | None, ...]], times: int
    ) -> None:
        key = fresh_key()
        await store.write(key, quantiles(points))
        once = plain(await all_of(store, key))
        for _ in range(times - 1):
            await store.write(key, quantiles(points))
        assert plain(await all_of(store, key)) == once

    @a_store_of_its_own
    @given(points=weather_points, bounds=st.tuples(st.integers(-5, 210), st.integers(-5, 210)))
    async def test_any_range_is_the_same_part_of_the_whole(
        self, store: SeriesStore, points: dict[int, tuple[float | None, ...]], bounds: tuple[int, int]
    ) -> None:
        key = fresh_key()
        await store.write(key, quantiles(points))
        start, end = (T0 + bound * HOUR_S for bound in bounds)
        part = await store.read(key, utc_from_epoch(start), utc_from_epoch(end))
        assert plain(part) == {time: point for time, point in plain(await all_of(store, key)).items() if start <= time < end}
