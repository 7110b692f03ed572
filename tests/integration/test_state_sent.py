"""What was sent under a key, and wishes under one, in the state file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.state.file import open_state
from adapters.state.sent import KEPT, SqliteSentLog
from adapters.state.wishes import SqliteWishLog
from ports import Sent

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


async def test_the_first_that_was_sent_under_a_key_stays_with_its_first_answer(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    log = SqliteSentLog(state)
    assert await log.note("k", "one", NOON) == Sent("one", None)
    assert await log.note("k", "two", NOON) == Sent("one", None)
    await log.keep_answer("k", "yes")
    await log.keep_answer("k", "no")
    assert await SqliteSentLog(state).note("k", "one", NOON) == Sent("one", "yes")
    await log.note("other", "x", NOON + KEPT + timedelta(seconds=1))
    assert await log.note("k", "new", NOON) == Sent("new", None)
    state.close()


async def test_a_wish_that_was_kept_before_the_service_died_is_not_kept_again(tmp_path: Path) -> None:
    """The key and the wish are written together, so the answer alone can be lost."""
    state = open_state(tmp_path / "state.sqlite", "simulated")
    wishes = SqliteWishLog(state)
    first = await wishes.add({"kind": "pin"}, NOON, "k")
    assert await wishes.add({"kind": "pin"}, NOON, "k") == first
    assert await wishes.add({"kind": "pin"}, NOON) != await wishes.add({"kind": "pin"}, NOON)
    state.close()
