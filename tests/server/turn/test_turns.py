"""Turns: how they are checked and brought to the engine, and what is refused."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from model.errors import ImageError, PromptTooLong, SchemaError
from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import EngineStopped, FieldRefused, ImageNotFetched, QueueFull, TooManyImages
from server.request_record import RequestRecord, bind_record
from server.turn.image_fetch import PictureFetcher
from server.turn.pictures import PictureSource, PlannedPicture
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import TurnLimits, Turns
from tests.helpers import turns as helpers
from tests.helpers.fakes import FakeChatModel
from tests.helpers.pictures import png, png_base64, png_url
from tests.helpers.turns import make_limits

pytestmark = pytest.mark.anyio

LOOK = Tool("look", "Looks.")
STRICT = Tool("strict", is_strict=True)


class OneFetcher(PictureFetcher):
    """Returns the same picture for every URL but those with "missing" in them."""

    def __init__(self) -> None:
        super().__init__((), max_bytes=0, limit_s=0.0)

    async def fetch(self, url: str) -> bytes:
        if "missing" in url:
            raise ImageNotFetched("it is missing")
        return png()


def user(*parts: str | PictureSource | PlannedPicture) -> TurnMessage:
    return TurnMessage("user", parts)


def make_turns(fake: FakeChatModel, limits: TurnLimits | None = None, max_requests: int = 8) -> Turns:
    engine = AsyncEngine(fake, {}, RequestLimits(max_requests))
    return helpers.make_turns(engine, limits or make_limits(max_image_pixels=10_000), OneFetcher())


async def ask(turns: Turns, turn: Turn) -> str:
    (answer,) = await (await turns.begin(turn)).read_answers()
    return answer.text


@pytest.mark.parametrize("source", [png(), png_base64(), png_url(), "https://a.example/b.png", "HTTP://a.example/b"])
async def test_pictures_may_be_bytes_base64_or_urls(source: bytes | str) -> None:
    fake = FakeChatModel()
    assert await ask(make_turns(fake), Turn((user("a", PictureSource(source, 3), "b"),))) == "1/1: b"
    first, picture, last = fake.calls[0][0]["content"]
    assert (first, picture.image.size, picture.max_slice_nums, last) == ("a", (8, 8), 3, "b")


class SlowFetcher(PictureFetcher):
    """Returns pictures once `num_awaited` of them were asked for; one with "missing" in its URL fails at once."""

    def __init__(self, num_awaited: int) -> None:
        super().__init__((), max_bytes=0, limit_s=0.0)
        self.num_awaited = num_awaited
        self.num_given = 0
        self.are_all_here = asyncio.Event()

    async def fetch(self, url: str) -> bytes:
        if "missing" in url:
            raise ImageNotFetched("it is missing")
        self.num_awaited -= 1
        if self.num_awaited == 0:
            self.are_all_here.set()
        await self.are_all_here.wait()
        self.num_given += 1
        return png()


async def test_pictures_are_fetched_at_the_same_time() -> None:
    fake = FakeChatModel()
    turns = helpers.make_turns(AsyncEngine(fake, {}), fetcher=SlowFetcher(3))
    pictures = [PictureSource(f"https://a.example/{number}.png") for number in range(3)]
    (message,) = (await turns.plan(Turn((user(pictures[0], "a", *pictures[1:]),)))).messages
    assert [isinstance(part, str) for part in message.parts] == [False, True, False, False]


async def test_the_other_fetches_are_cancelled_when_one_fails() -> None:
    fetcher = SlowFetcher(5)
    turns = helpers.make_turns(AsyncEngine(FakeChatModel(), {}), fetcher=fetcher)
    names = ("a", "b", "missing")
    with pytest.raises(ImageNotFetched):
        await turns.plan(Turn((user(*(PictureSource(f"https://a.example/{name}.png") for name in names)),)))
    fetcher.are_all_here.set()
    await asyncio.sleep(0.01)
    assert fetcher.num_given == 0


async def test_a_dialogue_that_is_too_long_is_truncated_on_request() -> None:
    fake = FakeChatModel(max_tokens=3)
    turns = make_turns(fake)
    answer = TurnMessage("assistant", ("yes",))
    turn = Turn((user("a"), answer, user("b"), answer, user("c")))
    reply = await turns.begin_truncated(turn)
    assert [answer.text for answer in await reply.read_answers()] == ["0/2: c"]
    assert reply.num_dropped == 1
    with pytest.raises(PromptTooLong):
        await turns.begin(turn)


async def test_planned_pictures_are_planned_again_only_for_other_slices() -> None:
    turns = make_turns(FakeChatModel())
    turn = Turn((user(PictureSource(png((90, 30))), PictureSource(png(), 4)),))
    first, second = (await turns.plan(turn)).planned_pictures
    assert (first.layout.size, first.task.max_slice_nums, second.task.max_slice_nums) == ((90, 30), 9, 4)
    again = replace(turn, messages=(user(first, second),))
    assert (await turns.plan(again)).planned_pictures == [first, second]
    changed, kept = (await turns.plan(replace(again, options={"max_slice_nums": 2}))).planned_pictures
    assert (changed.task.max_slice_nums, kept) == (2, second)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"no picture", ImageError),
        ("??", ImageError),
        (png((101, 100)), ImageError),
        ("http://missing", ImageNotFetched),
    ],
)
async def test_bad_pictures_are_refused(source: bytes | str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await make_turns(FakeChatModel()).begin(Turn((user(PictureSource(source), "a"),)))


async def test_tools_join_the_system_prompt() -> None:
    fake = FakeChatModel()
    turns = make_turns(fake)
    await ask(turns, Turn((TurnMessage("system", ("Be brief.",)), user("a")), tools=(LOOK,)))
    await ask(turns, Turn((user("a"),), tools=(LOOK,)))
    own, default = (call[0]["content"][0] for call in fake.calls)
    assert own.startswith("Be brief.\n\n# Tools")
    assert default.startswith("You are a helpful assistant.\n\n# Tools")
    assert [msg["role"] for msg in fake.calls[0]] == ["system", "user"]


async def test_calls_follow_an_assistants_text() -> None:
    fake = FakeChatModel()
    call = ToolCall("look", "{}")
    messages = (user("a"), TurnMessage("assistant", ("b",), (call, call)), TurnMessage("tool", ("c",)))
    await ask(make_turns(fake), Turn(messages))
    assert fake.calls[0][1]["content"] == ["b", call.text, call.text]


async def test_limits_refuse_a_turn() -> None:
    turns = make_turns(FakeChatModel(), make_limits(max_images=1, max_new_tokens=5))
    with pytest.raises(TooManyImages, match="2 pictures, the limit is 1"):
        await turns.begin(Turn((user(PictureSource(png())), user(PictureSource(png())))))
    with pytest.raises(FieldRefused, match="the limit is 5"):
        await turns.begin(Turn((user("a"),), {"max_new_tokens": 6}))
    assert await ask(turns, Turn((user("a"),), {"max_new_tokens": 5})) == "0/1: "


@pytest.mark.parametrize("token_id", [-1, 266])
async def test_a_bias_of_an_unknown_token_is_refused(token_id: int) -> None:
    with pytest.raises(FieldRefused, match="from 0 to 265"):
        await make_turns(FakeChatModel()).begin(Turn((user("a"),), {"logit_bias": {token_id: 1.0}}))


async def test_frames_are_counted_by_themselves_and_have_no_ids() -> None:
    fake = FakeChatModel()
    turn = Turn((user(PictureSource(png()), *[PictureSource(png(), 1, float(i)) for i in range(3)], "a"),))
    assert turn.num_images == 1
    turns = make_turns(fake, make_limits(max_images=1))
    assert await turns.count_prompt(turn) > 0
    assert [part.has_id for part in fake.calls[-1][-1]["content"][:4]] == [True, False, False, False]


async def test_a_full_or_draining_engine_refuses() -> None:
    turns = make_turns(FakeChatModel(delay_s=0.05), max_requests=1)
    reply = await turns.begin(Turn((user("slow"),)))
    with pytest.raises(QueueFull):
        await turns.begin(Turn((user("a"),)))
    reply.close()
    await turns.engine.drain(grace_s=10)
    with pytest.raises(EngineStopped):
        await turns.begin(Turn((user("a"),)))
    await turns.engine.close()


async def test_a_schema_is_enforced_or_refused() -> None:
    turns = make_turns(FakeChatModel())
    assert await ask(turns, Turn((user("a"),), schema={"enum": ["yes"]})) == '"yes"'
    with pytest.raises(SchemaError):
        await turns.begin(Turn((user("a"),), schema={"type": "x"}))
    for options in ({"min_new_tokens": 1}, {"num_beams": 2}, {"ignore_eos": True}):
        with pytest.raises(FieldRefused, match="cannot be combined") as refused:
            await turns.begin(Turn((user("a"),), options, schema=ANY_OBJECT))
        assert refused.value.param == next(iter(options))


async def test_a_request_record_has_the_streams_that_were_admitted_for_it() -> None:
    turns = make_turns(FakeChatModel())
    with bind_record(RequestRecord("r", "GET", "/")) as record:
        (answer,) = await (await turns.begin(Turn((user("hello"),)))).read_answers()
        with pytest.raises(RuntimeError):
            await (await turns.begin(Turn((user("fail"),)))).read_answers()
    assert answer.text == "0/1: hello"
    assert [stream.group is not None for stream in record.streams] == [True, True]
    assert (record.num_prompt_tokens, record.num_generated_tokens) == (
        len("0/1: hello0/1: fail"),
        len("0/1: hello") + 1,
    )
    assert record.stream_error == "RuntimeError"
    await turns.engine.close()


@pytest.mark.parametrize(
    ("given", "stop", "spared"),
    [
        ({}, ("y",), ()),
        ({"schema": {"enum": ["yes"]}}, (), ()),
        ({"tools": (LOOK,), "must_call": (LOOK,)}, (), ()),
        ({"tools": (LOOK,), "schema": ANY_OBJECT}, (), ()),
        ({"tools": (STRICT,)}, ("y",), ("<tool_call>",)),
        ({"tools": (LOOK,)}, ("y",), ("<tool_call>", "</tool_call>")),
    ],
)
async def test_stop_strings_act_in_free_text_only(given: Any, stop: tuple[str, ...], spared: tuple[str, ...]) -> None:
    turns = make_turns(FakeChatModel())
    dialogue = await turns.prepare(Turn((user("a"),), {"stop": ("y",)}, **given))
    assert (dialogue.params.stop, dialogue.spared) == (stop, spared)
    if "schema" in given and "tools" not in given:
        assert await ask(turns, Turn((user("a"),), {"stop": ("y",)}, **given)) == '"yes"'


def assistant(*parts: str, calls: tuple[ToolCall, ...] = ()) -> TurnMessage:
    return TurnMessage("assistant", parts, calls)


async def test_an_answer_continues_the_last_message_unless_it_is_a_call() -> None:
    fake = FakeChatModel()
    turns = make_turns(fake)
    call = assistant("b", calls=(ToolCall("look", "{}"),))
    closed = {"continue_final_message": False}
    for messages, options, continued, seen in (
        ((user("a"), assistant("b", "c")), {}, "b\nc", {}),
        ((user("a"), assistant("b")), closed, None, closed),
        ((user("a"), call), {}, None, closed),
        ((user("a"), assistant("b"), user("c")), {}, None, {}),
        ((), {}, None, {}),
    ):
        turn = Turn(messages, options)
        assert (None if turn.continued is None else turn.continued.text) == continued
        if messages:
            await turns.prepare(turn)
            assert fake.options == seen
    await turns.engine.close()


@pytest.mark.parametrize(
    ("roles", "num_turns", "num_dropped", "left"),
    [
        ("system", 1, 0, "system"),
        ("assistant", 0, 0, "assistant"),
        ("system user assistant", 1, 0, "system user assistant"),
        ("user assistant system user assistant", 2, 1, "system user assistant"),
        ("system assistant user tool user", 2, 1, "system assistant user"),
        ("user user user", 3, 2, "user"),
        ("", 0, 0, ""),
    ],
)
async def test_a_dialogue_of_any_roles_can_be_truncated(
    roles: str, num_turns: int, num_dropped: int, left: str
) -> None:
    messages = tuple(TurnMessage(role, ("a",)) for role in roles.split())  # type: ignore[arg-type]
    shortened = Turn(messages).without_oldest(num_dropped)
    assert " ".join(message.role for message in shortened.messages) == left
    if "user" in roles:
        assert Turn(messages).num_turns == num_turns
    if messages:
        reply = await make_turns(FakeChatModel(), limits=None).begin_truncated(Turn(messages))
        assert len(await reply.read_answers()) == 1


async def test_a_dialogue_without_a_question_that_is_too_long_is_refused() -> None:
    turns = make_turns(FakeChatModel(max_tokens=1))
    with pytest.raises(PromptTooLong):
        await turns.begin_truncated(Turn((TurnMessage("system", ("a", "b")), assistant("c"))))
