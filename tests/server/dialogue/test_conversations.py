"""Remembered dialogues: what is stored, in which order, and which of it goes into the next prompt."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from model.errors import ImageError, InputError, PromptTooLong
from server.dialogue.conversations import Conversations, Question
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import FieldRefused, QueueFull, QuotaSpent, TooManyImages
from server.keys.account import ANONYMOUS, Account, Ledger
from server.library.readers.video.records import ClipFrame
from server.library.video.clip import Clip
from server.store.errors import SessionNotFound
from server.store.records import Message, Page, PictureRef, StoredTurn
from server.store.store import Store, open_store
from server.turn.turn import Turn
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key
from tests.helpers.pictures import png
from tests.helpers.pipelines import make_plain_pipeline
from tests.helpers.turns import make_limits, make_turns

pytestmark = pytest.mark.anyio

Talk = Callable[..., Conversations]

FRAMES = tuple(ClipFrame(time_s, 8, 8, png()) for time_s in (0.0, 1.0))


class FakeClips:
    """Makes two frames of any clip, once `may_go_on` is set."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.asked: list[Sequence[str]] = []

    async def prepare(self, sources: Sequence[str], turn: Turn) -> list[Clip]:
        assert turn.messages[-1].parts[-1] != "refused", "as `Clips` refuses"
        self.asked.append(sources)
        await self.may_go_on.wait()
        return [Clip(FRAMES, 2.0, "limit", max_slice_nums=2) for _ in sources]


@pytest.fixture
def clips() -> FakeClips:
    return FakeClips()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        yield opened


@pytest.fixture
async def talk(store: Store, clips: FakeClips) -> AsyncIterator[Talk]:
    engines: list[AsyncEngine] = []

    def conversations(fake: FakeChatModel, max_images: int = 64, max_requests: int = 256) -> Conversations:
        engines.append(AsyncEngine(fake, {}, RequestLimits(max_requests)))
        limits = make_limits(max_images=max_images, max_image_pixels=10_000)
        return Conversations(make_plain_pipeline(make_turns(engines[-1], limits)), store, clips=clips)

    yield conversations
    for engine in engines:
        await engine.close()


async def ask(talk: Conversations, user_id: str, text: str, *pictures: bytes) -> str:
    return (await talk.ask(ANONYMOUS, user_id, Question(text, pictures))).text.strip()


async def turns(store: Store, user_id: str) -> tuple[StoredTurn, ...]:
    try:
        return await store.list_turns("", (await store.get_session_by_name("", user_id)).id)
    except SessionNotFound:
        return ()


async def questions(store: Store, user_id: str) -> list[Any]:
    return [turn.messages[0].parts[-1] for turn in await turns(store, user_id)]


async def settled(store: Store) -> Page:
    """Return all sessions, once the ends of their turns are stored."""
    while store.database._tasks:
        await asyncio.wait(store.database._tasks)
    return await store.list_sessions("")


def shape(msgs: list[dict[str, Any]]) -> list[list[str]]:
    """Return the parts of each message, with "picture" for a picture."""
    contents = [msg["content"] if isinstance(msg["content"], list) else [msg["content"]] for msg in msgs]
    return [[part if isinstance(part, str) else "picture" for part in content] for content in contents]


async def test_history_holds_pictures_and_answers_in_order(talk: Talk, store: Store) -> None:
    fake = FakeChatModel()
    conversations = talk(fake)
    await ask(conversations, "ann", "what is it", png())
    await ask(conversations, "ann", "and now")
    assert await ask(conversations, "ann", "this one?", png((9, 9))) == "2/3: this one?"
    assert shape(fake.calls[-1]) == [
        ["picture", "what is it"],
        ["1/1: what is it"],
        ["and now"],
        ["1/2: and now"],
        ["picture", "this one?"],
    ]
    assert [msg["content"][0].image.size for msg in fake.calls[-1][::4]] == [(8, 8), (9, 9)]
    first = (await turns(store, "ann"))[0]
    assert isinstance(first.messages[0].parts[0], PictureRef)
    assert first.messages[0].parts[0].mime == "image/png"
    assert (first.answer, first.finish_reason) == ("1/1: what is it", "stop")
    assert first.tokens.num_prompt == first.tokens.num_generated - 1 == len("1/1: what is it")


async def test_a_clip_is_the_same_pictures_in_later_turns(talk: Talk, store: Store, clips: FakeClips) -> None:
    fake = FakeChatModel()
    conversations = talk(fake, max_images=1)
    clips.may_go_on.set()
    question = Question("what?", (png(),), ["a clip"])
    stored_reply = await conversations.ask(ANONYMOUS, "ann", question)
    assert (clips.asked, question.videos) == ([["a clip"]], [])
    assert stored_reply.trace.video == {"frames": 2, "times": [0.0, 1.0], "duration": 2.0, "reason": "limit"}
    await ask(conversations, "ann", "and now?")
    first, later = (call[0]["content"] for call in fake.calls)
    assert [(part.max_slice_nums, part.has_id) for part in first[:3]] == [(None, True), (2, False), (2, False)]
    assert [(part.max_slice_nums, part.has_id) for part in later[:3]] == [(None, True), (2, False), (2, False)]
    parts = (await turns(store, "ann"))[0].messages[0].parts
    assert [part.time_s for part in parts if isinstance(part, PictureRef)] == [None, 0.0, 1.0]


async def test_a_dialogue_goes_on_in_another_server(talk: Talk) -> None:
    await ask(talk(FakeChatModel()), "ann", "what is it", png())
    assert await ask(talk(FakeChatModel()), "ann", "and?") == "1/2: and?"


async def test_users_and_owners_do_not_see_each_other(talk: Talk) -> None:
    conversations = talk(FakeChatModel())
    await ask(conversations, "ann", "mine", png())
    assert await ask(conversations, "bob", "hello") == "0/1: hello"
    assert (await conversations.ask(Account("shop"), "ann", Question("hello"))).text == "0/1: hello"


async def test_turns_of_one_user_are_answered_in_the_order_they_came_in(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.005))
    asked = [ask(conversations, "ann", f"slow {i}", *[png()] * (i == 0)) for i in range(6)]
    assert await asyncio.gather(*asked) == [f"1/{i + 1}: slow {i}" for i in range(6)]
    assert await questions(store, "ann") == [f"slow {i}" for i in range(6)]


async def test_a_question_waits_for_the_clip_of_the_one_before(talk: Talk, store: Store, clips: FakeClips) -> None:
    conversations = talk(FakeChatModel())
    first = asyncio.create_task(conversations.ask(ANONYMOUS, "ann", Question("first", videos=["a clip"])))
    while not clips.asked:
        await asyncio.sleep(0)
    later = asyncio.create_task(ask(conversations, "ann", "later"))
    assert await ask(conversations, "bob", "of another") == "0/1: of another"
    assert not later.done()
    clips.may_go_on.set()
    assert (await first).text.strip() == "2/1: first"
    assert await later == "2/2: later"
    assert await questions(store, "ann") == ["first", "later"]


async def test_a_clip_that_is_refused_leaves_nothing_and_the_next_goes_on(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel())
    with pytest.raises(AssertionError, match="refuses"):
        await conversations.ask(ANONYMOUS, "ann", Question("refused", videos=["a clip"]))
    assert not (await settled(store)).sessions
    assert await ask(conversations, "ann", "next") == "0/1: next"


async def test_many_users_at_once_get_their_own_answers(talk: Talk) -> None:
    conversations = talk(FakeChatModel())
    answers = await asyncio.gather(*(ask(conversations, f"user {i}", f"question {i}") for i in range(50)))
    assert answers == [f"0/1: question {i}" for i in range(50)]


@pytest.mark.parametrize("question", [Question("fail"), Question("look", (b"no picture",))])
async def test_a_failed_turn_leaves_no_trace(talk: Talk, store: Store, question: Question) -> None:
    conversations = talk(FakeChatModel())
    await ask(conversations, "ann", "first")
    for user_id in ("ann", "new"):
        with pytest.raises((RuntimeError, ImageError)):
            await conversations.ask(ANONYMOUS, user_id, question)
    assert await questions(store, "ann") == ["first"]
    assert await questions(store, "new") == []
    assert await ask(conversations, "ann", "next") == "0/2: next"


async def test_a_first_turn_that_is_refused_late_leaves_no_session(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(max_tokens=1))
    for _ in range(2):
        with pytest.raises(PromptTooLong):
            await ask(conversations, "ann", "too long", png())
        assert (await store.list_sessions("")).sessions == ()
    await ask(conversations, "ann", "one")
    with pytest.raises(PromptTooLong):
        await ask(conversations, "ann", "too long", png())
    assert await questions(store, "ann") == ["one"]


async def test_a_first_turn_that_is_closed_unread_leaves_nothing_and_others_go_on(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.01))
    for num_waiting in (0, 3):
        stored_reply = await conversations.begin(ANONYMOUS, "ann", Question("slow"))
        waiting = [asyncio.create_task(ask(conversations, "ann", f"{i}")) for i in range(num_waiting)]
        await asyncio.sleep(0.02)
        stored_reply.close()
        assert [(await answer)[-1] for answer in waiting] == [f"{i}" for i in range(num_waiting)]
        assert await questions(store, "ann") == [f"{i}" for i in range(num_waiting)]
    assert len((await settled(store)).sessions) == 1


async def test_a_quota_that_is_spent_refuses_and_leaves_nothing(talk: Talk, store: Store) -> None:
    account = Account.from_key(make_key(tokens_per_day=10), Ledger(store))
    conversations = talk(FakeChatModel())
    assert (await conversations.ask(account, "bob", Question("hello"))).text == "0/1: hello"
    with pytest.raises(QuotaSpent):
        await conversations.ask(account, "eve", Question("hello"))
    assert [session.name for session in (await store.list_sessions("ann")).sessions] == ["bob"]


async def test_the_oldest_turns_leave_a_full_prompt_but_stay_in_the_session(talk: Talk, store: Store) -> None:
    fake = FakeChatModel(max_tokens=5)
    conversations = talk(fake)
    await ask(conversations, "ann", "one", png())  # picture, one, answer
    await ask(conversations, "ann", "two")
    stored_reply = await conversations.ask(ANONYMOUS, "ann", Question("three"))
    assert (stored_reply.text, stored_reply.num_dropped) == ("0/2: three", 1)
    assert shape(fake.calls[-1]) == [["two"], ["1/2: two"], ["three"]]
    assert await questions(store, "ann") == ["one", "two", "three"]


async def test_a_turn_that_cannot_fit_is_refused_and_the_history_kept(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(max_tokens=1))
    await ask(conversations, "ann", "one")
    with pytest.raises(PromptTooLong) as refused:
        await ask(conversations, "ann", "two", png())
    assert (refused.value.num_tokens, refused.value.limit) == (2, 1)
    assert await questions(store, "ann") == ["one"]


async def test_a_question_may_have_several_pictures(talk: Talk) -> None:
    fake = FakeChatModel()
    assert await ask(talk(fake), "ann", "which", png(), png(), png((9, 9))) == "3/1: which"
    assert shape(fake.calls[-1]) == [["picture", "picture", "picture", "which"]]


async def test_the_oldest_turns_leave_with_their_pictures_too(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(), max_images=2)
    await ask(conversations, "ann", "one", png(), png())
    stored_reply = await conversations.ask(ANONYMOUS, "ann", Question("two", (png(),)))
    assert (stored_reply.text, stored_reply.num_dropped) == ("1/1: two", 1)
    with pytest.raises(TooManyImages):
        await ask(conversations, "ann", "three", *[png()] * 3)
    assert await questions(store, "ann") == ["one", "two"]


@pytest.mark.parametrize(
    ("user_id", "question", "kind"),
    [("x" * 201, Question("hello"), FieldRefused), ("new", Question("look", (b"x",)), InputError)],
)
async def test_a_question_that_is_refused_at_once_makes_no_session(
    talk: Talk, store: Store, user_id: str, question: Question, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await talk(FakeChatModel()).ask(ANONYMOUS, user_id, question)
    assert (await store.list_sessions("")).sessions == ()


async def test_a_full_server_refuses_before_anything_is_stored(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.02), max_requests=1)
    stored_reply = await conversations.begin(ANONYMOUS, "ann", Question("slow " * 50))
    with pytest.raises(QueueFull):
        await ask(conversations, "bob", "hello")
    stored_reply.close()
    assert [session.name for session in (await store.list_sessions("")).sessions] == ["ann"]


async def test_a_closed_reply_keeps_what_was_read_and_lets_the_next_turn_begin(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.005))
    for is_read in (False, True):
        stored_reply = await conversations.begin(ANONYMOUS, "ann", Question("slow " * 50))
        waiting = asyncio.create_task(ask(conversations, "ann", "next"))
        if is_read:
            await anext(stored_reply)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        for _ in range(2):
            stored_reply.close()
        assert (await waiting).endswith("next")
    assert [(turn.finish_reason, turn.answer[:2]) for turn in await turns(store, "ann")] == [
        ("stop", "0/"),
        ("abort", stored_reply.text[:2]),
        ("stop", "0/"),
    ]


async def test_a_turn_given_up_while_it_waits_leaves_the_others_alone(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.01))
    stored_reply = await conversations.begin(ANONYMOUS, "ann", Question("slow one"))
    waiting = asyncio.create_task(ask(conversations, "ann", "two"))
    await asyncio.sleep(0.03)
    waiting.cancel()
    assert "".join([str(text) async for text in stored_reply]) == "0/1: slow one"
    assert await ask(conversations, "ann", "three") == "0/2: three"
    assert await questions(store, "ann") == ["slow one", "three"]


async def test_a_session_deleted_meanwhile_is_begun_anew(
    talk: Talk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await store.create_session("", "elsewhere")
    await store.delete_session("", gone.id)
    real = store.open_named_turn
    given = [store.open_turn("", gone.id)]

    async def open_named_turn(owner: str, name: str, *messages: Any) -> Any:
        return given.pop() if given else await real(owner, name, *messages)

    monkeypatch.setattr(store, "open_named_turn", open_named_turn)
    assert await ask(talk(FakeChatModel()), "ann", "hello") == "0/1: hello"
    assert await questions(store, "ann") == ["hello"]


async def test_a_session_created_by_another_server_meanwhile_is_used(
    talk: Talk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [await store.open_named_turn("", "ann", Message("user", ("mine",)))]
    real = store.open_named_turn

    async def open_named_turn(owner: str, name: str, *messages: Any) -> Any:
        return given.pop() if given else await real(owner, name, *messages)

    session = await store.create_session("", "ann")
    monkeypatch.setattr(store, "open_named_turn", open_named_turn)
    assert await ask(talk(FakeChatModel()), "ann", "hello") == "0/1: hello"
    assert [found.id for found in (await store.list_sessions("")).sessions] == [session.id]
    assert await questions(store, "ann") == ["hello"]


async def test_an_answer_whose_session_is_deleted_is_read_to_its_end_and_not_stored(talk: Talk, store: Store) -> None:
    conversations = talk(FakeChatModel(delay_s=0.005))
    stored_reply = await conversations.begin(ANONYMOUS, "ann", Question("slow"))
    assert await store.delete_all_sessions("") == 1
    assert "".join([str(text) async for text in stored_reply]) == "0/1: slow"
    assert (await store.list_sessions("")).sessions == ()
