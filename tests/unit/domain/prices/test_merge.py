"""What is new, the same or revised, and what was known when."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.prices.merge import Difference, WritePlan, as_known, plan_write, price_log_name
from domain.prices.slots import PriceSlot
from domain.series import EMPTY, Rows, Value
from domain.timeline import HOUR, epoch, utc_from_epoch

NOON = datetime(2025, 10, 26, 12, tzinfo=UTC)
PUBLISHED = datetime(2025, 10, 25, 12, tzinfo=UTC)
NOW = datetime(2025, 10, 27, 9, tzinfo=UTC)


def slots(*prices: float) -> list[PriceSlot]:
    """Hours from noon on."""
    return [PriceSlot(NOON + i * HOUR, NOON + (i + 1) * HOUR, price) for i, price in enumerate(prices)]


def plan(existing: Rows, *prices: float, now: datetime = NOW, published: datetime = PUBLISHED, provider: str = "omie") -> WritePlan:
    """A plan whose new slots are known since ``published``."""
    return plan_write(existing, slots(*prices), provider=provider, known_since=lambda _: published, revised_at=now)


def held(*prices: float, provider: str = "redata", as_of: datetime = PUBLISHED) -> Rows:
    """What the history holds from noon on."""
    count = len(prices)
    times = [epoch(NOON + i * HOUR) for i in range(count)]
    return Rows(times, {"price_eur_kwh": prices, "provider": [provider] * count, "as_of": [epoch(as_of)] * count})


def written(existing: Rows, update: Rows) -> Rows:
    """What a store holds after a write."""
    points: dict[int, Mapping[str, Value | None]] = {}
    for rows in (existing, update):
        for place, start in enumerate(rows.times):
            points[start] = {name: column[place] for name, column in rows.columns.items()}
    starts = sorted(points)
    return Rows(starts, {name: [points[start][name] for start in starts] for name in ("price_eur_kwh", "provider", "as_of")})


def test_a_new_slot_is_written_with_its_publication_time() -> None:
    planned = plan(EMPTY, 0.1, -0.002)
    assert planned.rows.columns == {
        "price_eur_kwh": [0.1, -0.002],
        "provider": ["omie", "omie"],
        "as_of": [epoch(PUBLISHED)] * 2,
    }
    assert (planned.new, planned.changed, planned.unchanged, planned.revisions) == (2, 0, 0, ())


def test_the_same_value_keeps_its_row_whoever_says_it() -> None:
    planned = plan(held(0.1, 0.2), 0.1, 0.2)
    assert (len(planned.rows), planned.unchanged, planned.revisions) == (0, 2, ())


def test_the_noise_of_floats_is_no_revision_and_a_hundredth_of_a_euro_per_mwh_is() -> None:
    assert plan(held(0.1), 0.1 + 1e-16).unchanged == 1
    assert plan(held(0.1), 0.10001).changed == 1


def test_a_revision_keeps_the_old_value_under_its_own_time() -> None:
    planned = plan(held(0.1, 0.2, 0.3), 0.1, 0.25, 0.3)
    assert list(planned.rows.times) == [epoch(NOON + HOUR)]
    assert planned.rows.columns["as_of"] == [epoch(NOW)]
    old, new = planned.revisions
    assert (old.known_at, old.rows.columns) == (PUBLISHED, {"price_eur_kwh": [0.2], "provider": ["redata"]})
    assert (new.known_at, new.rows.columns) == (NOW, {"price_eur_kwh": [0.25], "provider": ["omie"]})
    assert (planned.new, planned.changed, planned.unchanged) == (0, 1, 2)


def test_a_revision_is_never_known_before_what_it_revises() -> None:
    planned = plan(held(0.1, as_of=NOW), 0.2, now=NOW - timedelta(days=1))
    assert [revision.known_at for revision in planned.revisions] == [NOW, NOW + timedelta(seconds=1)]


def test_an_incomplete_row_is_completed() -> None:
    foreign = Rows([epoch(NOON)], {"price_eur_kwh": [0.1], "provider": [None], "as_of": [None]})
    assert plan(foreign, 0.1).new == 1


def test_what_was_known_before_the_revision_is_the_old_value() -> None:
    planned = plan(held(0.1), 0.2)
    current = written(held(0.1), planned.rows)
    old, new = planned.revisions
    logged = Rows(old.rows.times, {**old.rows.columns, "issued_at": [epoch(old.known_at)]})
    before = as_known(current, logged, NOW - timedelta(seconds=1))
    assert (before.columns["price_eur_kwh"], before.columns["as_of"]) == ([0.1], [epoch(PUBLISHED)])
    logged = Rows(new.rows.times, {**new.rows.columns, "issued_at": [epoch(new.known_at)]})
    assert as_known(current, logged, NOW).columns["price_eur_kwh"] == [0.2]
    assert len(as_known(current, EMPTY, PUBLISHED - timedelta(seconds=1))) == 0


def test_the_name_of_a_price_series_in_the_log() -> None:
    assert price_log_name("spot", 15) == "energy_prices/spot/15"


prices = st.floats(-0.5, 0.5).map(lambda price: round(price, 5))


@given(st.lists(st.lists(prices, min_size=1, max_size=6), min_size=1, max_size=5))
def test_the_log_and_the_history_together_tell_what_was_known_at_every_instant(publications: list[list[float]]) -> None:
    """Publish day after day; then ask for each day, and get the newest value of each hour until then."""
    store, log, truth = EMPTY, dict[int, dict[int, float]](), dict[int, float]()
    views: list[tuple[datetime, dict[int, float]]] = []
    for day, published in enumerate(publications):
        now = NOW + timedelta(days=day)
        planned = plan(store, *published, now=now, published=now)
        for revision in planned.revisions:
            values = map(float, revision.rows.columns["price_eur_kwh"])  # type: ignore[arg-type] # never None here
            log.setdefault(epoch(revision.known_at), {}).update(zip(revision.rows.times, values, strict=True))
        store = written(store, planned.rows)
        truth |= {epoch(slot.start): slot.eur_per_kwh for slot in slots(*published)}
        views.append((now, dict(truth)))
    for at, expected in views:
        logged: dict[int, tuple[float, int]] = {}
        for known_at in sorted(log):
            if known_at <= epoch(at):
                logged |= {start: (value, known_at) for start, value in log[known_at].items()}
        starts = sorted(logged)
        columns: dict[str, list[Value]] = {
            "price_eur_kwh": [logged[start][0] for start in starts],
            "provider": ["omie"] * len(starts),
            "issued_at": [logged[start][1] for start in starts],
        }
        known = as_known(store, Rows(starts, columns), at)
        assert dict(zip(known.times, known.columns.get("price_eur_kwh", ()), strict=True)) == expected
        assert all(utc_from_epoch(int(since or 0)) <= at for since in known.columns.get("as_of", ()))


def test_an_imported_value_never_replaces_a_published_one_and_the_difference_is_told() -> None:
    planned = plan(held(0.1, 0.2), 0.1, 0.3, provider="csv")
    assert (len(planned.rows), planned.changed, planned.unchanged) == (0, 0, 2)
    assert planned.differences == (Difference(NOON + HOUR, imported=0.3, published=0.2),)


def test_a_published_value_replaces_an_imported_one_and_names_its_publisher_where_they_agree() -> None:
    planned = plan(held(0.1, 0.2, provider="csv"), 0.1, 0.3)
    assert planned.rows.columns["provider"] == ["omie", "omie"]
    assert planned.rows.columns["price_eur_kwh"] == [0.1, 0.3]
    assert planned.rows.columns["as_of"][0] == epoch(PUBLISHED)  # known since the import, whoever confirms it
    assert (planned.changed, planned.confirmed, len(planned.revisions)) == (1, 1, 2)
    assert planned.differences == (Difference(NOON + HOUR, imported=0.2, published=0.3),)


def test_an_imported_value_may_correct_an_imported_one() -> None:
    planned = plan(held(0.1, provider="csv"), 0.3, provider="csv")
    assert (planned.changed, planned.differences) == (1, ())
