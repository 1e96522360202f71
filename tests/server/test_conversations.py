"""What is remembered of a dialogue, in which order, and when it is forgotten."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from model.errors import ImageError, PromptTooLong
from server.conversations import Conversations, Question
from server.engine import AsyncEngine
from server.errors import TooManyImages
from server.fetch import PictureFetcher
from server.turn import TurnLimits, Turns
from tests.fakes import FakeChatModel

pytestmark = pytest.mark.anyio


def picture(size: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), "red").save(buffer, "PNG")
    return buffer.getvalue()


def conversations(fake: FakeChatModel, max_bytes: int = 2**20, max_images: int = 64) -> Conversations:
    limits = TurnLimits(max_images=max_images, max_image_pixels=10_000)
    return Conversations(Turns(AsyncEngine(fake, {}), limits, PictureFetcher()), max_bytes)


def shape(msgs: list[dict[str, Any]]) -> list[list[str]]:
    """Each message's parts, pictures as their type's name."""
    contents = [msg["content"] if isinstance(msg["content"], list) else [msg["content"]] for msg in msgs]
    return [[part if isinstance(part, str) else "picture" for part in content] for content in contents]


async def test_history_holds_pictures_and_answers_in_order() -> None:
    fake = FakeChatModel()
    talk = conversations(fake)
    await talk.ask("ann", Question("what is it", (picture(),)))
    await talk.ask("ann", Question("and now"))
    assert await talk.ask("ann", Question("this one?", (picture(),))) == "2/3: this one?"
    assert shape(fake.calls[-1]) == [
        ["picture", "what is it"],
        ["1/1: what is it"],
        ["and now"],
        ["1/2: and now"],
        ["picture", "this one?"],
    ]


async def test_users_do_not_see_each_other() -> None:
    talk = conversations(FakeChatModel())
    await talk.ask("ann", Question("mine", (picture(),)))
    assert await talk.ask("bob", Question("hello")) == "0/1: hello"


async def test_a_single_question_is_not_remembered() -> None:
    talk = conversations(FakeChatModel())
    assert await talk.ask_once(Question("what is it", (picture(),))) == "1/1: what is it"
    assert talk.exchanges("ann") == ()


async def test_turns_of_one_user_are_put_in_order() -> None:
    talk = conversations(FakeChatModel(delay_s=0.02))
    answers = await asyncio.gather(*(talk.ask("ann", Question(f"slow {i}")) for i in range(6)))
    assert answers == [f"0/{i + 1}: slow {i}" for i in range(6)]
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == [f"slow {i}" for i in range(6)]


async def test_many_users_at_once_get_their_own_answers() -> None:
    talk = conversations(FakeChatModel())
    answers = await asyncio.gather(*(talk.ask(f"user {i}", Question(f"question {i}")) for i in range(50)))
    assert answers == [f"0/1: question {i}" for i in range(50)]


@pytest.mark.parametrize("question", [Question("fail"), Question("look", (b"no picture",))])
async def test_a_failed_turn_leaves_no_trace(question: Question) -> None:
    talk = conversations(FakeChatModel())
    await talk.ask("ann", Question("first"))
    with pytest.raises((RuntimeError, ImageError)):
        await talk.ask("ann", question)
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == ["first"]
    with pytest.raises((RuntimeError, ImageError)):
        await talk.ask("new", question)
    assert talk.exchanges("new") == ()


async def test_the_oldest_whole_turns_leave_a_full_prompt() -> None:
    fake = FakeChatModel(max_tokens=5)
    talk = conversations(fake)
    await talk.ask("ann", Question("one", (picture(),)))  # picture, one, answer
    await talk.ask("ann", Question("two"))
    assert await talk.ask("ann", Question("three")) == "0/2: three"
    assert shape(fake.calls[-1]) == [["two"], ["1/2: two"], ["three"]]
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == ["two", "three"]


async def test_a_turn_that_cannot_fit_is_refused_and_the_history_kept() -> None:
    talk = conversations(FakeChatModel(max_tokens=1))
    await talk.ask("ann", Question("one"))
    with pytest.raises(PromptTooLong):
        await talk.ask("ann", Question("two", (picture(),)))
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == ["one"]


async def test_the_least_recently_used_dialogue_is_forgotten_first() -> None:
    talk = conversations(FakeChatModel(), max_bytes=3 * len(picture()))
    await talk.ask("ann", Question("a", (picture(),)))
    await talk.ask("bob", Question("b", (picture(),)))
    await talk.ask("ann", Question("again"))
    await talk.ask("cat", Question("c", (picture(),)))
    assert talk.exchanges("bob") == ()
    assert len(talk.exchanges("ann")) == 2
    assert len(talk.exchanges("cat")) == 1


async def test_a_dialogue_in_use_is_not_forgotten() -> None:
    talk = conversations(FakeChatModel(delay_s=0.2), max_bytes=100)
    await talk.ask("ann", Question("first"))
    running = asyncio.create_task(talk.ask("ann", Question("slow")))
    await asyncio.sleep(0.05)
    await talk.ask("bob", Question("x" * 200))
    assert await running == "0/2: slow"


async def test_several_pictures_of_one_question() -> None:
    fake = FakeChatModel()
    assert await conversations(fake).ask("ann", Question("which", (picture(), picture(9)))) == "2/1: which"
    assert shape(fake.calls[-1]) == [["picture", "picture", "which"]]


async def test_the_oldest_turns_leave_with_their_pictures_too() -> None:
    fake = FakeChatModel()
    talk = conversations(fake, max_images=2)
    await talk.ask("ann", Question("one", (picture(), picture())))
    assert await talk.ask("ann", Question("two", (picture(),))) == "1/1: two"
    with pytest.raises(TooManyImages):
        await talk.ask("ann", Question("three", (picture(),) * 3))
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == ["two"]


async def test_an_answer_is_told_in_pieces_and_remembered_whole() -> None:
    talk = conversations(FakeChatModel(delay_s=0.01))
    telling = await talk.begin("ann", Question("slow and long"))
    pieces = [text async for text in telling if text]
    assert len(pieces) > 3
    assert "".join(pieces) == telling.text == "0/1: slow and long"
    assert [exchange.answer for exchange in talk.exchanges("ann")] == ["0/1: slow and long"]


async def test_a_telling_that_is_closed_leaves_no_trace_and_lets_the_next_turn_begin() -> None:
    fake = FakeChatModel(delay_s=0.01)
    talk = conversations(fake)
    for is_read in (False, True):
        telling = await talk.begin("ann", Question("slow " * 50))
        waiting = asyncio.create_task(talk.ask("ann", Question("next")))
        if is_read:
            await anext(telling)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        for _ in range(2):
            telling.close()
        assert (await waiting).endswith("next")
    assert [exchange.question.text for exchange in talk.exchanges("ann")] == ["next", "next"]


async def test_a_turn_given_up_while_it_waits_leaves_the_others_alone() -> None:
    talk = conversations(FakeChatModel(delay_s=0.01))
    telling = await talk.begin("ann", Question("slow one"))
    waiting = asyncio.create_task(talk.ask("ann", Question("two")))
    await asyncio.sleep(0.01)
    waiting.cancel()
    assert "".join([text async for text in telling]) == "0/1: slow one"
    assert await talk.ask("ann", Question("three")) == "0/2: three"
