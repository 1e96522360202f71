"""Questions that found nothing, in both databases."""

import asyncio
import math

import pytest

from server.store.errors import BadCursor, QuestionNotFound
from server.store.knowledge_records import Unanswered
from server.store.store import Store
from server.store.unanswered import MAX_LENGTH
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

MANY = 1000


async def list_all(store: Store) -> list[Unanswered]:
    return list((await store.knowledge.list_unanswered(MANY)).questions)


async def note(store: Store, *questions: str, profile: str = "shop", most: int = MANY) -> None:
    for question in questions:
        await store.knowledge.note_unanswered(profile, question, most)


async def test_questions_are_counted_the_most_often_asked_first(store: Store, clock: Clock) -> None:
    before_s = clock.now_s
    await note(store, "一楼有停车位吗？", "Do you ship to Mars?", "一楼有停车位吗")
    first, second = await list_all(store)
    assert (first.profile, first.question, first.count) == ("shop", "一楼有停车位吗？", 2)
    assert (second.question, second.count) == ("Do you ship to Mars?", 1)
    assert before_s < first.first_s < second.first_s == second.last_s < first.last_s


async def test_profiles_are_counted_apart(store: Store) -> None:
    await note(store, "Same?")
    await note(store, "Same?", profile="other")
    assert sorted((each.profile, each.count) for each in await list_all(store)) == [("other", 1), ("shop", 1)]


@pytest.mark.parametrize("question", ["", "？？", "a\0b \ud800", "'; DROP TABLE sessions; --", "😀", "字" * 100_000])
async def test_any_question_is_kept(store: Store, question: str) -> None:
    await note(store, question, question)
    (kept,) = await list_all(store)
    assert (kept.count, len(kept.question) <= MAX_LENGTH) == (2, True)
    assert await store.knowledge.delete_unanswered(kept.id) == 1


async def test_a_hundred_at_once_are_all_counted(store: Store) -> None:
    await asyncio.gather(*(note(store, f"Question {'abcd'[number % 4]}?") for number in range(100)))
    assert [each.count for each in await list_all(store)] == [25] * 4


async def test_a_hundred_at_once_keep_to_the_limit(store: Store) -> None:
    await asyncio.gather(*(note(store, f"Question {number}?", most=10) for number in range(100)))
    assert len(await list_all(store)) <= 10


async def test_those_asked_last_the_longest_ago_go_first(store: Store) -> None:
    await note(store, "one", "two", "three", "one", most=3)
    await note(store, "four", most=3)
    assert sorted(each.question for each in await list_all(store)) == ["four", "one", "three"]


async def test_pages_show_each_once(store: Store) -> None:
    for number in range(7):
        await note(store, *[f"Question {number}?"] * (1 + number % 3))
    shown: list[Unanswered] = []
    cursor = None
    while True:
        page = await store.knowledge.list_unanswered(2, cursor)
        shown += page.questions
        if (cursor := page.next_cursor) is None:
            break
    assert shown == await list_all(store)
    assert [each.count for each in shown] == [3, 3, 2, 2, 1, 1, 1]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-x", "99999999999-" + "0" * 32, "-1-" + "a" * 32, "1-" + "g" * 32])
async def test_strange_cursors_are_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.knowledge.list_unanswered(2, cursor)


async def test_they_can_be_deleted(store: Store) -> None:
    await note(store, "one", "two", "three")
    (found,) = [each for each in await list_all(store) if each.question == "two"]
    assert await store.knowledge.delete_unanswered(found.id) == 1
    for question_id in (found.id, "", "\0", "x" * 100):
        with pytest.raises(QuestionNotFound):
            await store.knowledge.delete_unanswered(question_id)
    assert await store.knowledge.delete_unanswered() == 2
    assert await list_all(store) == []


async def test_they_expire(store: Store, clock: Clock) -> None:
    await note(store, "old", "again")
    clock.advance(100)
    await note(store, "again", "new")
    assert await store.knowledge.expire_unanswered(math.inf) == 0
    assert await store.knowledge.expire_unanswered(50) == 1
    assert sorted(each.question for each in await list_all(store)) == ["again", "new"]
