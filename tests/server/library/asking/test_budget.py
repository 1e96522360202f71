"""How much of documents fits into a prompt."""

from types import SimpleNamespace
from typing import Any

import pytest

from server.library.asking.budget import count_picture_tokens, count_tokens, find_budget
from server.turn.pictures import PictureSource
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fakes import byte_tokenizer
from tests.helpers.turns import make_limits

pytestmark = pytest.mark.anyio
TOKENIZER = byte_tokenizer()


async def find(*parts: Any, percent: int = 60, max_model_len: int = 100_000, **options: Any) -> Any:
    turn = Turn((TurnMessage("user", parts),), options)
    core, processor = SimpleNamespace(max_model_len=max_model_len), SimpleNamespace(max_slice_nums=9)
    engine: Any = SimpleNamespace(core=core, processor=processor, tokenizer=TOKENIZER)
    return await find_budget(turn, engine, make_limits(max_inp_length=10_000, max_images=8), percent)


async def test_passages_have_their_share() -> None:
    budget = await find("short")
    assert (budget.num_tokens, budget.num_pictures) == (6000, 8)


async def test_a_dialogue_takes_from_what_is_left_but_never_all() -> None:
    assert (await find("x" * 5995)).num_tokens == 10_000 - 5995 - 5
    assert (await find("x" * 50_000)).num_tokens == 3000


async def test_pictures_of_the_question_count() -> None:
    budget = await find(PictureSource(b""), "x" * 5000)
    assert budget.num_tokens == 10_000 - 5005 - count_picture_tokens(9)
    assert budget.num_pictures == 7


async def test_frames_of_clips_count_by_their_own_slices() -> None:
    frames = [PictureSource(b"", 1, float(i)) for i in range(40)]
    budget = await find(*frames, "x" * 3000)
    assert budget.num_tokens == 10_000 - 3005 - 40 * 67
    assert budget.num_pictures == 8


async def test_room_for_the_answer_is_left_in_a_small_context() -> None:
    assert (await find("x", percent=90, max_model_len=1001, max_new_tokens=500)).num_tokens <= 900 * 0.75 + 75


async def test_slices_are_those_of_the_turn() -> None:
    assert (await find("x", max_slice_nums=4)).picture_tokens == count_picture_tokens(4)
    assert count_picture_tokens(1) < count_picture_tokens(2)


async def test_texts_are_counted_with_the_tokenizer_in_a_thread_too() -> None:
    assert await count_tokens(TOKENIZER, ["ab", "水", ""]) == [2, 3, 0]
    assert await count_tokens(TOKENIZER, ["a" * 3000]) == [3000]
