"""The one function that finds what the knowledge base says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.knowledge.found import Asked, FaqMatch
from server.knowledge.knowledge import Knowledge, is_likely, join_hits
from server.library.ranking import Hit
from server.library.search import PassageSearch
from server.store.knowledge_records import Attribute, Derived, Entity, Faq, Name, Relation, StoredFaq
from server.store.store import Store, open_store
from tests.helpers.fake_library import make_passage
from tests.helpers.knowledge import add_knowledge

pytestmark = pytest.mark.anyio

ROWS = (
    "编号: SH-1; 名称: 海港衬衫; 材质: 100% 棉; 适合季节: 春、夏",
    "编号: SH-1-BL; 名称: 蓝色条纹衬衫; 颜色: 蓝色; 价格: 299 元",
    "编号: SK-9; 名称: 红色波点半身裙; 材质: 亚麻; 适合季节: 夏; 价格: 199 元",
    "编号: BE-7; 名称: 牛皮腰带; 材质: 牛皮; 价格: 99 元",
)
DERIVED = Derived(
    entities=(
        Entity("SH-1", "product", (Name("海港衬衫", "zh"),), (Attribute("材质", "100% 棉"),), 0),
        Entity("SH-1-BL", "variant", (Name("蓝色条纹衬衫", "zh"),), (Attribute("价格", "299 元"),), 1),
        Entity("SK-9", "product", (Name("红色波点半身裙", "zh"),), (Attribute("材质", "亚麻"),), 2),
        Entity("BE-7", "product", (Name("牛皮腰带", "zh"),), (Attribute("材质", "牛皮"),), 3),
    ),
    relations=(Relation("SH-1-BL", "variant_of", "SH-1", 1), Relation("BE-7", "belongs_with", "SH-1", 3)),
)
POLICY = ("退货期限：收到商品之日起 14 天内可以申请退货。", "运费：订单满 99 元免运费，不满 99 元收 8 元。")
SHIRT, PRICE = "蓝色条纹衬衫多少钱？", "蓝色条纹衬衫 299 元。"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "sessions.db") as opened:
        for name in ("shop", "empty"):
            await opened.knowledge.put_collection(name)
        await add_knowledge(opened, "shop", tmp_path, "products.csv", ROWS, DERIVED)
        await add_knowledge(opened, "shop", tmp_path, "policy.md", POLICY, role="document")
        yield opened


@pytest.fixture
def knowledge(store: Store) -> Knowledge:
    return Knowledge(store, PassageSearch(store.library))


async def list_texts(knowledge: Knowledge, asked: Asked) -> list[str]:
    return [hit.passage.text for hit in (await knowledge.find(["shop"], asked)).hits]


async def test_passages_are_found_and_explained(knowledge: Knowledge) -> None:
    found = await knowledge.find(["shop"], Asked("退货期限是几天？"))
    assert found.hits[0].passage.text == POLICY[0]
    assert found.hits[0].reasons == ("words", "matter")
    assert found.missing == ()
    assert not found.is_empty


async def test_collections_that_there_are_none_of_are_named(knowledge: Knowledge) -> None:
    found = await knowledge.find(["attic", "shop", "attic"], Asked("退货期限是几天？"))
    assert found.missing == ("attic",)
    assert found.hits
    assert (await knowledge.find(["empty", "attic"], Asked("退货期限是几天？"))).is_empty
    assert (await knowledge.find([], Asked("退货期限是几天？"))).is_empty


async def test_a_follow_up_finds_the_rows_of_what_was_spoken_of_and_no_others(knowledge: Knowledge) -> None:
    found = await knowledge.find(["shop"], Asked("是什么材质的？适合夏天穿吗？", (SHIRT, PRICE)))
    assert found.query == "蓝色条纹衬衫 是什么材质的？适合夏天穿吗？"
    texts = [hit.passage.text for hit in found.hits]
    assert set(texts[:2]) == set(ROWS[:2])
    assert ROWS[2] not in texts
    assert {"entity"} <= set(found.hits[0].reasons)
    assert [mention.key for mention in found.mentions][:1] == ["SH-1-BL"]


async def test_a_new_subject_drops_the_old_one(knowledge: Knowledge) -> None:
    texts = await list_texts(knowledge, Asked("红色波点半身裙是什么材质的？", (SHIRT, PRICE)))
    assert texts[0] == ROWS[2]
    assert not set(ROWS[:2]) & set(texts)


async def test_what_holds_for_all_products_is_found_in_a_dialogue_about_one(knowledge: Knowledge) -> None:
    assert POLICY[0] in await list_texts(knowledge, Asked("几天内可以申请退货？", (SHIRT, PRICE)))


async def test_what_a_picture_shows_is_what_is_asked_about(knowledge: Knowledge) -> None:
    texts = await list_texts(knowledge, Asked("是什么材质的？", (), ("这是一款蓝色条纹衬衫，售价299元。",)))
    assert ROWS[0] in texts[:2]


@pytest.mark.parametrize("question", ["SH-999 多少钱？", "SH-1X 是什么材质的？", "SH-1 显示 E99 怎么办？"])
async def test_codes_that_the_shop_does_not_have_find_nothing(knowledge: Knowledge, question: str) -> None:
    assert (await knowledge.find(["shop"], Asked(question))).is_empty


@pytest.mark.parametrize("question", ["你好！", "谢谢", "今天北京天气怎么样？"])
async def test_small_talk_and_other_things_find_nothing(knowledge: Knowledge, question: str) -> None:
    assert (await knowledge.find(["shop"], Asked(question, (SHIRT, PRICE)))).hits == ()
    assert (await knowledge.find(["shop"], Asked(question))).is_empty


@pytest.mark.parametrize("question", ["不喜欢几天内可以退", "How long do I have to send it back?", "寄回来的时限"])
async def test_what_shops_are_asked_is_found_in_other_words(knowledge: Knowledge, question: str) -> None:
    found = await knowledge.find(["shop"], Asked(question))
    assert found.hits[0].passage.text == POLICY[0]
    assert "matter" in found.hits[0].reasons


@pytest.mark.parametrize("question", ["Do you sell boats?", "有卖钢琴吗", "你们卖轮船吗", "Can you walk my dog?"])
async def test_a_question_about_other_things_shows_no_row_of_what_was_spoken_of(
    knowledge: Knowledge, question: str
) -> None:
    assert (await knowledge.find(["shop"], Asked(question, (SHIRT, PRICE)))).is_empty


@pytest.mark.parametrize("question", ["这款有卖蓝色的吗", "你们卖腰带吗", "它卖多少钱"])
async def test_a_question_about_what_is_sold_keeps_the_rows(knowledge: Knowledge, question: str) -> None:
    assert not (await knowledge.find(["shop"], Asked(question, (SHIRT, PRICE)))).is_empty


async def test_an_entry_with_a_lead_is_a_source(knowledge: Knowledge, store: Store, tmp_path: Path) -> None:
    texts = ["Do you have a carp pond?", *(f"What are {name} for?" for name in ("bells", "drums", "flutes", "harps"))]
    faqs = tuple(Faq(text, "Behind the house.", (), "en", False, i) for i, text in enumerate(texts))
    await add_knowledge(store, "shop", tmp_path, "f.csv", texts, Derived(faqs=faqs), "faq")
    found = await knowledge.find(["shop"], Asked("Can I look at the carp in a pond?"))
    assert found.faq is not None
    assert not found.faq.is_certain
    assert found.hits[0].passage.text == texts[0]
    assert "faq" in found.hits[0].reasons


@pytest.mark.parametrize(
    ("score", "margin", "is_certain", "is_it"),
    [(0.6, 0.0, False, True), (0.5, 0.3, False, True), (0.5, 0.2, False, False), (0.4, 0.4, True, True)],
)
def test_likely_entries(score: float, margin: float, is_certain: bool, is_it: bool) -> None:
    entry = StoredFaq(Faq("q", "a", (), "en", False, 0), 1, "d", 1)
    assert is_likely(FaqMatch(entry, make_passage("q"), score, margin, is_certain)) is is_it


async def test_an_edit_counts_at_once(knowledge: Knowledge, store: Store, tmp_path: Path) -> None:
    asked = Asked("保修期是几年？")
    assert (await knowledge.find(["shop"], asked)).is_empty
    document = await add_knowledge(store, "shop", tmp_path, "w.md", ["保修期：两年，凭订单免费维修。"], role="document")
    assert (await list_texts(knowledge, asked))[0].startswith("保修期")
    await store.library.delete_document(document.owner, document.id)
    assert (await knowledge.find(["shop"], asked)).is_empty


async def test_no_more_than_the_limit_is_found(knowledge: Knowledge) -> None:
    assert len((await knowledge.find(["shop"], Asked("蓝色条纹衬衫退货运费"), 1)).hits) == 1


def test_hits_of_two_searches_are_joined() -> None:
    one, two = make_passage("a", 1), make_passage("b", 2)
    first = [Hit(one, 1.0, 1.0, None, 1, 4, 0.2, 0.1), Hit(two, 0.5, 0.5, None, 1, 4)]
    joined = join_hits(first, [Hit(one, 0.8, 0.8, None, 1, 1, 1.0, 0.9)])
    assert [(hit.passage.id, hit.score, hit.coverage) for hit in joined] == [(1, 1.0, 1.0), (2, 0.5, 0.0)]
