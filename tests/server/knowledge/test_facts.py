"""What the product graph says around what is named."""

import pytest

from server.errors.base import Language
from server.knowledge.facts import Facts, find_facts
from server.knowledge.found import Asked, Fact
from server.knowledge.neighbourhood import Neighbourhood
from server.knowledge.vocabulary import Vocabulary
from server.store.knowledge_records import CollectionState, GraphEdge, GraphNode, Name
from server.store.store import Store

pytestmark = pytest.mark.anyio


async def find(
    store: Store, shop: CollectionState, question: str, language: Language = "en", limit: int = 20, about: str = ""
) -> tuple[Fact, ...]:
    mentions = await Vocabulary(store.knowledge).find_mentions([shop], Asked(question, [about] if about else []))
    return await find_facts(store, [shop], mentions, question, language, limit)


def list_texts(facts: tuple[Fact, ...]) -> list[str]:
    return [fact.text for fact in facts]


async def test_other_variants_are_said_first_where_they_are_asked_for(store: Store, shop: CollectionState) -> None:
    found = await find(store, shop, "Which other colours does the blue striped shirt come in?")
    assert [(fact.text, fact.steps, fact.source.text) for fact in found[:2]] == [
        ("Other variants of Blue striped shirt: Red striped shirt (TS-102)", 2, "clothes row 2"),
        ("Other variants of Blue striped shirt: Green striped shirt (TS-103)", 2, "clothes row 3"),
    ]
    (parent,) = [fact for fact in found if fact.text == "Blue striped shirt is a variant of Striped shirt (TS-100)"]
    assert (parent.steps, parent.source.text) == (1, "clothes row 1")
    assert {fact.source.document_name for fact in found} == {"clothes.csv"}


async def test_what_goes_with_a_variant_is_what_goes_with_its_product(store: Store, shop: CollectionState) -> None:
    assert list_texts(await find(store, shop, "蓝色条纹衬衫怎么搭配？", "zh"))[0] == "与条纹衬衫搭配：卡其长裤 (TR-200)"
    assert (
        list_texts(await find(store, shop, "what goes with ts-101"))[0]
        == "Goes with Striped shirt: Khaki trousers (TR-200)"
    )


async def test_what_fits_and_replaces_is_said_from_both_ends(store: Store, shop: CollectionState) -> None:
    assert list_texts(await find(store, shop, "what does ink-7 fit"))[0] == "Ink cartridge 7 fits X100 printer"
    assert list_texts(await find(store, shop, "墨盒哪个适配 X100", "zh"))[0] == "适配X100 打印机的有：七号墨盒 (INK-7)"
    assert list_texts(await find(store, shop, "is there a replacement for the X100"))[0] == (
        "X100 printer is replaced by X200 printer"
    )


async def test_a_fault_is_said_with_its_cause_and_remedy_of_the_model_alone(
    store: Store, shop: CollectionState
) -> None:
    found = list_texts(await find(store, shop, "error E42 on the X100"))
    assert found[0] == "E42 of X100 printer: cause: paper jam; remedy: take the paper out"
    assert not any("overheating" in text for text in found)
    found = list_texts(await find(store, shop, "E42 怎么办", "zh", about="X200"))
    assert found[0] == "X200 打印机的故障 E42：原因：过热；解决办法：冷却 20 分钟"
    both = list_texts(await find(store, shop, "what is E42"))
    assert len([text for text in both if text.startswith("E42 of")]) == 2


async def test_faults_of_a_product_are_said_where_it_is_named(store: Store, shop: CollectionState) -> None:
    assert list_texts(await find(store, shop, "which problems does the X100 have"))[0].startswith("E42 of X100 printer")


@pytest.mark.parametrize(
    ("question", "language", "text", "row"),
    [
        ("how much is the red striped shirt", "en", "价格 of Red striped shirt: 119 元", 2),
        ("红色条纹衬衫多少钱", "zh", "红色条纹衬衫的价格：119 元", 2),
        ("what is the blue striped shirt made of?", "en", "Material of Striped shirt: cotton", 0),
        ("蓝色条纹衬衫是什么材质的", "zh", "条纹衬衫的材质：棉", 0),
        ("price of the khaki trousers?", "en", "Price of Khaki trousers: 199 yuan", 4),
    ],
)
async def test_an_attribute_that_is_asked_for(
    store: Store, shop: CollectionState, question: str, language: Language, text: str, row: int
) -> None:
    first = (await find(store, shop, question, language))[0]
    assert (first.text, first.source.text) == (text, f"clothes row {row}")


async def test_a_product_without_a_price_has_those_of_its_variants(store: Store, shop: CollectionState) -> None:
    found = list_texts(await find(store, shop, "how much is the striped shirt"))
    assert found[:2] == ["价格 of Blue striped shirt: 129 元", "价格 of Red striped shirt: 119 元"]


async def test_what_is_in_a_category(store: Store, shop: CollectionState) -> None:
    assert list_texts(await find(store, shop, "which shirts do you have")) == [
        "In the category shirts: Striped shirt (TS-100)"
    ]


async def test_facts_are_bounded_and_none_is_made_up(store: Store, shop: CollectionState) -> None:
    assert len(await find(store, shop, "blue striped shirt", limit=2)) == 2
    assert await find(store, shop, "how much is a helicopter") == ()
    assert await find_facts(store, [], (), "x", "en", 5) == ()


def test_what_both_rows_say_is_told_once() -> None:
    names = {"L1": "Lamp", "B2": "Bulb", "C3": "Cable"}
    nodes = {key: GraphNode(1, key, "product", (Name(name, "en"),)) for key, name in names.items()}
    edges = [
        GraphEdge("L1", "belongs_with", "B2", 1, 1),
        GraphEdge("B2", "belongs_with", "L1", 2, 1),
        GraphEdge("C3", "belongs_with", "L1", 3, 1),
    ]
    said = Facts(Neighbourhood([nodes["L1"]], nodes, edges), "en").list_all()
    assert [(each.text, each.passage_id) for each in said] == [
        ("Goes with Lamp: Bulb (B2)", 1),
        ("Goes with Lamp: Cable (C3)", 3),
    ]
