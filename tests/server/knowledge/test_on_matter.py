"""What the knowledge base says about matters, in whatever words and language."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.knowledge.elsewhere import join_tokens
from server.knowledge.faq_matching import FaqMatcher
from server.knowledge.matters import find_matters
from server.knowledge.on_matter import (
    MatterSearch,
    OnMatter,
    choose_nearest,
    compare,
    compute_nearness,
    is_beyond,
    list_near,
    list_words,
)
from server.knowledge.rows import Rows
from server.library.search import PassageSearch
from server.store.knowledge_records import Derived, Entity, Faq, Name
from server.store.store import Store, open_store
from tests.helpers.fake_library import make_passage
from tests.helpers.knowledge import add_knowledge

pytestmark = pytest.mark.anyio

FAQS = ("How long is the guarantee?,Three years.", "Do students get a discount?,Ten percent.")
POLICY = ("## 退款\n\n验收后 3 天内退到原账户。", "## Your data\n\nWe never sell it. Your refund is paid at once.")
ROW = "W-1,washer with a long guarantee"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        await opened.knowledge.put_collection("shop")
        cells = [text.split(",") for text in FAQS]
        faqs = [Faq(question, answer, (), "en", False, i) for i, (question, answer) in enumerate(cells)]
        await add_knowledge(opened, "shop", tmp_path, "faq.csv", FAQS, Derived(faqs=faqs), "faq")
        await add_knowledge(opened, "shop", tmp_path, "policy.md", POLICY, role="document")
        derived = Derived(entities=(Entity("W-1", "product", (Name("washer", "en"),), (), 0),))
        await add_knowledge(opened, "shop", tmp_path, "products.csv", [ROW], derived)
        yield opened


async def find(store: Store, question: str, known: str = "") -> list[str]:
    search = MatterSearch(store.library, PassageSearch(store.library), FaqMatcher(store), Rows(store.knowledge))
    states = list((await store.knowledge.get_states(["shop"])).values())
    found = await search.find(states, question, join_tokens([make_passage(known)]))
    return [each.passage.text for each in found]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("质保多久", FAQS[0]),
        ("What is your warranty?", FAQS[0]),
        ("大学生能打折吗", FAQS[1]),
        ("When is my money back?", POLICY[0]),
        ("我的个人信息会泄露吗", POLICY[1]),
    ],
)
async def test_what_is_about_it_is_found_in_other_words_and_languages(store: Store, question: str, text: str) -> None:
    assert (await find(store, question))[0] == text


async def test_rows_of_products_are_not_about_matters(store: Store) -> None:
    assert ROW not in await find(store, "Is there a guarantee?")


async def test_questions_about_no_matter_find_nothing(store: Store) -> None:
    assert await find(store, "What colour is it?") == []
    assert await find(store, "Do you offer instalments?") == []


async def test_questions_about_more_that_no_passage_knows_find_nothing(store: Store) -> None:
    question = "Is the quantum flux capacitor under warranty?"
    assert await find(store, question) == []
    assert await find(store, question, "quantum flux capacitor") == [FAQS[0]]


@pytest.mark.parametrize(
    ("question", "known", "is_it"),
    [
        ("How long is the warranty?", "", False),
        ("How long is the warranty of a purple elephant costume?", "", True),
        ("How long is the warranty of a purple elephant costume?", "purple elephant", False),
        ("量子纠缠发动机的保修期", "", True),
        ("量子纠缠发动机的保修期", "量子纠缠发动机", False),
        ("iPhone 保修多久", "", True),
        ("iPhone 保修多久", "iPhone", False),
    ],
)
def test_what_goes_beyond(question: str, known: str, is_it: bool) -> None:
    assert is_beyond(question, find_matters(question).rest, join_tokens([make_passage(known)])) is is_it


def test_words_and_pairs_of_the_rest() -> None:
    assert list_words("  the 量子 purpl  elephant x ") == ({"purpl", "elephant"}, {"量子"})
    assert list_words(" is the  ") == (set(), set())


def test_nearness_goes_by_the_title_first() -> None:
    title, body = make_passage("## Refunds\n\nThey are quick."), make_passage("## Money\n\nBlue. A refund is quick.", 2)
    asked = {"refunds"}
    assert compute_nearness(asked, title) == 1.0
    assert compute_nearness(asked, body) == 0.5
    assert compute_nearness({"refunds", "warranty"}, title) == 0.5
    assert compute_nearness(asked, make_passage("")) == 0.0
    assert list_near(asked, [title, make_passage("grass", 3)]) == [OnMatter(title, 1.0)]


def test_shares_are_of_what_either_has() -> None:
    assert compare({"a", "b"}, {"b", "c"}) == pytest.approx(1 / 3)
    assert compare({"a"}, {"a"}) == 1.0
    assert compare((), ()) == 0.0


def test_the_nearest_and_what_is_about_as_near_are_chosen() -> None:
    far, near, best = (OnMatter(make_passage("", i), share) for i, share in enumerate((0.3, 0.6, 0.9), start=1))
    assert choose_nearest([far, near, best]) == [best, near]
    assert choose_nearest([]) == []
    assert len(choose_nearest([OnMatter(make_passage("", i), 1.0) for i in range(9)])) == 5
