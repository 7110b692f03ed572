"""Long answers: the same bytes as short ones, made beside the loop, one piece of all of them at a time."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from routers.answers.base import Out
from routers.http.pieces import PIECE, LongAnswers
from routers.http.tables import csv_answer


class Row(Out):
    number: int
    name: str | None = None


class Answer(Out):
    unit: str
    rows: list[Row]


def row(number: int) -> Row:
    return Row(number=number) if number % 3 else Row(number=number, name="äñ,\n")


async def sent(response: object) -> bytes:
    return b"".join([bytes(piece) async for piece in response.body_iterator])  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_the_document_is_that_of_a_short_answer_byte_for_byte(count: int) -> None:
    whole = Answer(unit="EUR", rows=[row(number) for number in range(count)]).sent().body
    assert await sent(LongAnswers().document(Answer(unit="EUR", rows=[]), "rows", range(count), row)) == whole


@pytest.mark.parametrize("count", [0, 1, PIECE, 2 * PIECE + 1])
async def test_the_table_too(count: int) -> None:
    whole = csv_answer([row(number).plain() for number in range(count)], ("number", "name")).body
    assert await sent(LongAnswers().table(range(count), row, ("number", "name"))) == whole


def test_a_frame_whose_list_is_not_last_is_refused() -> None:
    with pytest.raises(ValueError, match="rows is not"):
        LongAnswers().document(Row(number=1), "rows", [], row)


async def test_no_piece_is_made_on_the_loop_and_never_two_at_once() -> None:
    made_by, at_work, most = set[int](), 0, 0
    lock = threading.Lock()

    def pieces() -> Iterator[bytes]:
        nonlocal at_work, most
        for _ in range(20):
            with lock:
                at_work += 1
                most = max(most, at_work)
            made_by.add(threading.get_ident())
            with lock:
                at_work -= 1
            yield b"x"

    async def taken(long: LongAnswers) -> int:
        return len([piece async for piece in long.in_turn(pieces())])

    long = LongAnswers()
    assert await asyncio.gather(*(taken(long) for _ in range(8))) == [20] * 8
    assert threading.get_ident() not in made_by and most == 1


async def test_an_answer_that_nobody_takes_any_more_holds_up_nobody() -> None:
    long = LongAnswers()
    left = long.in_turn(iter([b"1", b"2"]))
    assert await anext(left) == b"1"
    await left.aclose()
    assert [piece async for piece in long.in_turn(iter([b"3"]))] == [b"3"]
