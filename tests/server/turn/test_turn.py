"""Turns: how they are checked and brought to the engine, and what is refused."""

import asyncio
from typing import Any

import pytest

from model.errors import ImageError, InputError, PromptTooLong, SchemaError
from model.messages import Picture
from model.schemas import ANY_OBJECT
from model.tools import Tool, ToolCall
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import EngineStopped, FieldRefused, ImageNotFetched, QueueFull, TooManyImages
from server.request_record import RequestRecord, bind_record
from server.turn.image_fetch import PictureFetcher
from server.turn.turn import PictureSource, Turn, TurnLimits, TurnMessage, Turns, build_options
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


def user(*parts: str | PictureSource) -> TurnMessage:
    return TurnMessage("user", parts)


def make_turns(fake: FakeChatModel, limits: TurnLimits | None = None, max_requests: int = 8) -> Turns:
    engine = AsyncEngine(fake, {}, RequestLimits(max_requests))
    return Turns(engine, limits or make_limits(max_image_pixels=10_000), OneFetcher())


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
    turns = Turns(AsyncEngine(fake, {}), make_limits(), SlowFetcher(3))
    pictures = [PictureSource(f"https://a.example/{number}.png") for number in range(3)]
    (message,) = await turns.decode([user(pictures[0], "a", *pictures[1:])])
    assert [isinstance(part, str) for part in message.parts] == [False, True, False, False]


async def test_the_other_fetches_are_cancelled_when_one_fails() -> None:
    fetcher = SlowFetcher(5)
    turns = Turns(AsyncEngine(FakeChatModel(), {}), make_limits(), fetcher)
    names = ("a", "b", "missing")
    with pytest.raises(ImageNotFetched):
        await turns.decode([user(*(PictureSource(f"https://a.example/{name}.png") for name in names))])
    fetcher.are_all_here.set()
    await asyncio.sleep(0.01)
    assert fetcher.num_given == 0


async def test_the_turns_of_a_dialogue_are_counted_and_left_out_whole() -> None:
    system = TurnMessage("system", ("s",))
    answer = TurnMessage("assistant", ("yes",))
    turn = Turn((system, user("a"), answer, user("b"), answer, user("c")))
    assert turn.num_turns == 3
    assert turn.question == user("c")
    assert turn.without_oldest(0) is turn
    assert turn.without_oldest(2).messages == (system, user("c"))
    assert Turn((system,)).question is None


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


async def test_decoded_pictures_are_not_decoded_again() -> None:
    turns = make_turns(FakeChatModel())
    once = await turns.decode([user(PictureSource(png()), "a")])
    assert isinstance(once[0].parts[0], Picture)
    assert (await turns.decode(once))[0].parts[0] is once[0].parts[0]


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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"tools": (LOOK,)}, None),
        ({"tools": (LOOK, STRICT)}, ({"look", "strict"}, True, True, None)),
        ({"tools": (LOOK,), "has_many_calls": False}, ({"look"}, False, True, None)),
        ({"tools": (LOOK, STRICT), "must_call": (LOOK,)}, ({"look"}, True, False, None)),
        ({"schema": ANY_OBJECT}, (set(), True, False, ANY_OBJECT)),
        ({"schema": ANY_OBJECT, "tools": (LOOK,)}, ({"look"}, True, False, ANY_OBJECT)),
        ({"schema": ANY_OBJECT, "tools": (LOOK,), "must_call": (LOOK,)}, ({"look"}, True, False, None)),
    ],
)
def test_tools_and_schema_make_a_constraint(given: dict[str, Any], expected: Any) -> None:
    constraint = Turn((user("a"),), **given).constraint
    if constraint is not None:
        names = {tool.name for tool in constraint.tools}
        found = (names, constraint.is_parallel_allowed, constraint.is_text_allowed, constraint.schema)
        assert found == expected
    else:
        assert expected is None


async def test_a_schema_is_enforced_or_refused() -> None:
    turns = make_turns(FakeChatModel())
    assert await ask(turns, Turn((user("a"),), schema={"enum": ["yes"]})) == '"yes"'
    with pytest.raises(SchemaError):
        await turns.begin(Turn((user("a"),), schema={"type": "x"}))
    for options in ({"stop": ("a",)}, {"min_new_tokens": 1}, {"num_beams": 2}):
        with pytest.raises(InputError, match="cannot be combined"):
            await turns.begin(Turn((user("a"),), options, schema=ANY_OBJECT))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"temperature": 0.5, "top_p": None, "seed": 1}, {"temperature": 0.5, "seed": 1}),
        ({"temperature": 0, "top_p": 1, "top_k": 3, "min_p": 0.1, "seed": 1, "n": 2}, {"temperature": 0, "n": 2}),
        ({"num_beams": 1}, {}),
        ({"num_beams": 4, "temperature": 0.0}, {"num_beams": 4, "sampling": False}),
        ({"num_beams": 4, "top_p": 0.5}, {"num_beams": 4, "sampling": False, "top_p": 0.5}),
    ],
)
def test_options_without_effect_are_dropped(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert build_options(**given) == expected


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
