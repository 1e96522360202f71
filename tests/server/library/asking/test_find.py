"""The passages that a question is answered from."""

from dataclasses import replace

import pytest

from server.library.asking.budget import Budget
from server.library.asking.find import MAX_PASSAGES, find_passages, mentions_documents, write_query
from tests.helpers.fake_library import OWNER, FakeLibrary
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio
ROOM = Budget(10_000, 4)


@pytest.mark.parametrize(
    ("questions", "query"),
    [
        (["How much is the kettle?"], "How much is the kettle?"),
        (["押金是多少？", "那它呢？", "什么时候退它？"], "押金是多少？\n那它呢？\n什么时候退它？"),
        (["押金是多少？", "谢谢", "那它什么时候退？"], "押金是多少？\n那它什么时候退？"),
        (["押金是多少？", "谢谢！"], "谢谢！"),
        (["How much is the kettle?", "Thank you very much."], "Thank you very much."),
        (["How much is the kettle?", "And the second one?"], "How much is the kettle?\nAnd the second one?"),
        (["How much is the kettle?", "And its warranty?"], "How much is the kettle?\nAnd its warranty?"),
        (["这个水壶多少钱", "那它多重？"], "这个水壶多少钱\n那它多重？"),
        (["How much is the kettle?", "why?"], "How much is the kettle?\nwhy?"),
        (["How much is the kettle?", "How long is the cable of the lamp?"], "How long is the cable of the lamp?"),
        (["水壶多少钱", "台灯的电源线有多长"], "台灯的电源线有多长"),
    ],
)
def test_a_question_that_leads_on_is_searched_for_with_the_one_before(questions: list[str], query: str) -> None:
    assert write_query(questions) == query


def test_which_questions_say_that_they_are_about_documents() -> None:
    assert mentions_documents("What does the manual say?")
    assert mentions_documents("合同里怎么写的")
    assert not mentions_documents("Hello there")


async def test_the_best_come_first_and_what_has_too_little_of_the_question_is_left_out() -> None:
    library = FakeLibrary()
    library.add("a", {1: "kettle of red steel", 2: "green kettle price", 3: "lamp"})
    found = await find_passages(library, OWNER, ["a"], "green price label kettle", ROOM, byte_tokenizer())
    assert [hit.passage.page for hit in found] == [2]


async def test_passages_stay_within_the_budget_and_their_number() -> None:
    library = FakeLibrary()
    library.add("a", dict.fromkeys(range(1, 40), "kettle " * 10))
    found = await find_passages(library, OWNER, ["a"], "kettle", Budget(250, 4), byte_tokenizer())
    assert len(found) == 2  # of 70 tokens each, and as many as a label takes
    assert len(await find_passages(library, OWNER, ["a"], "kettle", ROOM, byte_tokenizer())) == MAX_PASSAGES


async def test_scanned_pages_take_the_place_of_pictures() -> None:
    library = FakeLibrary()
    library.add("a", dict.fromkeys(range(1, 9), "kettle"), kind="scan")
    found = await find_passages(library, OWNER, ["a"], "kettle", ROOM, byte_tokenizer())
    assert len(found) == 4
    narrow = replace(ROOM, num_tokens=ROOM.picture_tokens + 50)
    assert len(await find_passages(library, OWNER, ["a"], "kettle", narrow, byte_tokenizer())) == 1
