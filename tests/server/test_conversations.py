"""What is remembered of a dialogue, in which order, and when it is forgotten."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from model.errors import ImageError, PromptTooLong
from server.conversations import Conversations, Question
from server.engine import AsyncEngine
from tests.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


def picture(size: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), "red").save(buffer, "PNG")
    return buffer.getvalue()


def conversations(fake: FakeChatModel, max_bytes: int = 2**20) -> Conversations:
    return Conversations(AsyncEngine(fake, {}), max_bytes, max_image_pixels=10_000)


def shape(msgs: list[dict[str, Any]]) -> list[list[str]]:
    """Each message's parts, pictures as their type's name."""
    contents = [msg["content"] if isinstance(msg["content"], list) else [msg["content"]] for msg in msgs]
    return [[part if isinstance(part, str) else "picture" for part in content] for content in contents]


async def test_history_holds_pictures_and_answers_in_order() -> None:
    fake = FakeChatModel()
    talk = conversations(fake)
    await talk.ask("ann", Question("what is it", picture()))
    await talk.ask("ann", Question("and now"))
    assert await talk.ask("ann", Question("this one?", picture())) == "2/3: this one?"
    assert shape(fake.calls[-1]) == [
        ["picture", "what is it"],
        ["1/1: what is it"],
        ["and now"],
        ["1/2: and now"],
        ["picture", "this one?"],
    ]


async def test_users_do_not_see_each_other() -> None:
    talk = conversations(FakeChatModel())
    await talk.ask("ann", Question("mine", picture()))
    assert await talk.ask("bob", Question("hello")) == "0/1: hello"


async def test_a_single_question_is_not_remembered() -> None:
    talk = conversations(FakeChatModel())
    assert await talk.ask_once(Question("what is it", picture())) == "1/1: what is it"
    assert talk.turns("ann") == ()


async def test_turns_of_one_user_are_put_in_order() -> None:
    talk = conversations(FakeChatModel(delay_s=0.02))
    answers = await asyncio.gather(*(talk.ask("ann", Question(f"slow {i}")) for i in range(6)))
    assert answers == [f"0/{i + 1}: slow {i}" for i in range(6)]
    assert [turn.question.text for turn in talk.turns("ann")] == [f"slow {i}" for i in range(6)]


async def test_many_users_at_once_get_their_own_answers() -> None:
    talk = conversations(FakeChatModel())
    answers = await asyncio.gather(*(talk.ask(f"user {i}", Question(f"question {i}")) for i in range(50)))
    assert answers == [f"0/1: question {i}" for i in range(50)]


@pytest.mark.parametrize("question", [Question("fail"), Question("look", b"no picture")])
async def test_a_failed_turn_leaves_no_trace(question: Question) -> None:
    talk = conversations(FakeChatModel())
    await talk.ask("ann", Question("first"))
    with pytest.raises((RuntimeError, ImageError)):
        await talk.ask("ann", question)
    assert [turn.question.text for turn in talk.turns("ann")] == ["first"]
    with pytest.raises((RuntimeError, ImageError)):
        await talk.ask("new", question)
    assert talk.turns("new") == ()


async def test_the_oldest_whole_turns_leave_a_full_prompt() -> None:
    fake = FakeChatModel(max_tokens=5)
    talk = conversations(fake)
    await talk.ask("ann", Question("one", picture()))  # picture, one, answer
    await talk.ask("ann", Question("two"))
    assert await talk.ask("ann", Question("three")) == "0/2: three"
    assert shape(fake.calls[-1]) == [["two"], ["1/2: two"], ["three"]]
    assert [turn.question.text for turn in talk.turns("ann")] == ["two", "three"]


async def test_a_turn_that_cannot_fit_is_refused_and_the_history_kept() -> None:
    talk = conversations(FakeChatModel(max_tokens=1))
    await talk.ask("ann", Question("one"))
    with pytest.raises(PromptTooLong):
        await talk.ask("ann", Question("two", picture()))
    assert [turn.question.text for turn in talk.turns("ann")] == ["one"]


async def test_the_least_recently_used_dialogue_is_forgotten_first() -> None:
    talk = conversations(FakeChatModel(), max_bytes=3 * len(picture()))
    await talk.ask("ann", Question("a", picture()))
    await talk.ask("bob", Question("b", picture()))
    await talk.ask("ann", Question("again"))
    await talk.ask("cat", Question("c", picture()))
    assert talk.turns("bob") == ()
    assert len(talk.turns("ann")) == 2
    assert len(talk.turns("cat")) == 1


async def test_a_dialogue_in_use_is_not_forgotten() -> None:
    talk = conversations(FakeChatModel(delay_s=0.2), max_bytes=100)
    await talk.ask("ann", Question("first"))
    running = asyncio.create_task(talk.ask("ann", Question("slow")))
    await asyncio.sleep(0.05)
    await talk.ask("bob", Question("x" * 200))
    assert await running == "0/2: slow"
