"""What is named in a dialogue."""

from pathlib import Path

import pytest

from server.knowledge.found import Asked, Mention
from server.knowledge.vocabulary import Vocabulary
from server.store.knowledge_records import CollectionState, Derived
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge
from tests.server.knowledge.conftest import make_entity

pytestmark = pytest.mark.anyio


async def find(
    store: Store, shop: CollectionState, question: str, *earlier: str, shown: str = ""
) -> tuple[Mention, ...]:
    asked = Asked(question, earlier, [shown] if shown else [])
    return await Vocabulary(store.knowledge).find_mentions([shop], asked)


def list_keys(mentions: tuple[Mention, ...]) -> list[str]:
    return [mention.key for mention in mentions]


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("How much is TS-101?", ["TS-101"]),
        ("how much is ts101", ["TS-101"]),
        ("TS 101 多少钱", ["TS-101"]),
        ("ＴＳ－１０１多少钱", ["TS-101"]),
        ("藍色條紋襯衫多少錢", ["TS-101"]),
        ("有没有红色条纹衬衫和卡其长裤", ["TS-102", "TR-200"]),
        ("Do you sell blue striped shirts?", ["TS-101"]),
        ("Do you sell shirts", ["shirts"]),
        ("ATS-101", []),
        ("TS-1010", []),
        ("TS-101-B", []),
        ("X1000", []),
        ("X10", []),
        ("I like khaki. Trousers too", []),
        ("我喜欢卡其。长裤", []),
        ("Is the striped shirt there in blue?", ["TS-101", "TS-100"]),
        ("hello", []),
        ("", []),
    ],
)
async def test_what_a_question_names(store: Store, shop: CollectionState, question: str, keys: list[str]) -> None:
    found = await find(store, shop, question)
    assert list_keys(found) == keys
    assert all(mention.origin == "question" and mention.collection_id == shop.id for mention in found)


async def test_an_unknown_thing_in_a_new_picture_is_not_what_was_spoken_of_before(
    store: Store, shop: CollectionState
) -> None:
    said = "The printer X100 costs 899 yuan."
    assert await find(store, shop, "How much is it?", said, shown="This is a wooden chair.") == ()
    assert await find(store, shop, "多少钱？", said, shown="这是一把木椅。") == ()
    assert list_keys(await find(store, shop, "How much is it?", said)) == ["X100"]
    assert "X100" in list_keys(await find(store, shop, "It says E42", said, shown="A display with a code."))


async def test_a_mention_says_what_names_it(store: Store, shop: CollectionState) -> None:
    (found,) = await find(store, shop, "price of ts 101 please")
    assert (found.kind, found.name, found.text) == ("variant", "蓝色条纹衬衫", "ts 101")


@pytest.mark.parametrize(
    ("shown", "keys"),
    [
        ("A blue striped shirt on a hanger.", ["TS-101"]),
        ("shirt, blue with stripes", ["TS-101"]),
        ("这是一件蓝色条纹衬衫", ["TS-101"]),
        ("这是一件带条纹的蓝色衬衫", ["TS-101"]),
        ("a striped shirt", ["TS-100"]),
        ("a striped shirt, in red", ["TS-102"]),
        ("a purple jacket", []),
        ("a dog in the rain", []),
        ("a man in blue jeans", []),
    ],
)
async def test_what_a_picture_shows(store: Store, shop: CollectionState, shown: str, keys: list[str]) -> None:
    found = [each for each in await find(store, shop, "how much?", shown=shown) if each.kind != "category"]
    assert [each.key for each in found] == keys
    assert all(mention.origin == "picture" for mention in found)


async def test_the_question_counts_before_the_picture_and_that_before_the_dialogue(
    store: Store, shop: CollectionState
) -> None:
    shown = "a blue striped shirt"
    assert list_keys(await find(store, shop, "the khaki trousers?", "X100", shown=shown)) == ["TR-200"]
    assert list_keys(await find(store, shop, "how much?", "X100", shown=shown)) == ["TS-101"]
    found = await find(store, shop, "是什么材质的？适合夏天穿吗？", "TS-101 多少钱", "129 元", "ok")
    assert [(each.key, each.origin) for each in found] == [("TS-101", "dialogue")]


async def test_the_newest_text_that_names_something_counts(store: Store, shop: CollectionState) -> None:
    assert list_keys(await find(store, shop, "how much?", "X100 printer", "yes", "TR-200", "sure")) == ["TR-200"]


@pytest.mark.parametrize("question", ["and the red one?", "红色的呢？", "那红的多少钱", "do you have it in red"])
async def test_a_colour_chooses_the_variant_of_what_the_dialogue_is_about(
    store: Store, shop: CollectionState, question: str
) -> None:
    found = await find(store, shop, question, "How much is the blue striped shirt?", "129 yuan")
    assert list_keys(found) == ["TS-102", "TS-101"]
    assert found[0].origin == "question"
    assert list_keys(await find(store, shop, question, "striped shirt"))[0] == "TS-102"


async def test_a_colour_that_there_is_not_chooses_none(store: Store, shop: CollectionState) -> None:
    assert list_keys(await find(store, shop, "and the yellow one?", "blue striped shirt")) == ["TS-101"]


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("the second one", "X100"),
        ("第二个多少钱", "X100"),
        ("后者呢", "X100"),
        ("前者多少钱", "TR-200"),
        ("how much is the first one?", "TR-200"),
        ("the latter", "X100"),
    ],
)
async def test_a_place_chooses_among_the_last_things(
    store: Store, shop: CollectionState, question: str, key: str
) -> None:
    assert list_keys(await find(store, shop, question, "INK-7", "We have TR-200 and X100.")) == [key]
    assert list_keys(await find(store, shop, question, "TR-200?", "yes", "X100?")) == [key]


async def test_a_place_that_there_is_not_chooses_nothing_else(store: Store, shop: CollectionState) -> None:
    assert list_keys(await find(store, shop, "the third one", "TR-200 and X100")) == ["TR-200", "X100"]


async def test_a_fault_is_that_of_the_model_that_is_meant(store: Store, shop: CollectionState) -> None:
    assert sorted(list_keys(await find(store, shop, "error E42"))) == ["X100 E42", "X200 E42"]
    assert list_keys(await find(store, shop, "E42 on the X200")) == ["X200 E42", "X200"]
    assert list_keys(await find(store, shop, "what does E42 mean?", "my X100 stopped")) == ["X100 E42", "X100"]


async def test_a_pronoun_names_the_thing_of_the_dialogue_too(store: Store, shop: CollectionState) -> None:
    assert list_keys(await find(store, shop, "does it fit the X100?", "ink-7?")) == ["X100", "INK-7"]
    assert list_keys(await find(store, shop, "这个X100多少钱", "ink-7?")) == ["X100"]


async def test_a_name_that_many_have_names_none(store: Store, tmp_path: Path) -> None:
    await store.knowledge.put_collection("many")
    entities = [make_entity(f"S-{i}00{i}", "product", "", "Nice thing") for i in range(6)]
    await add_knowledge(store, "many", tmp_path, "a.csv", ["row"], Derived(entities=entities))
    state = (await store.knowledge.get_states(["many"]))["many"]
    assert await find(store, state, "a nice thing") == ()
    assert list_keys(await find(store, state, "S-1001 or S-2002")) == ["S-1001", "S-2002"]


async def test_an_edit_counts_at_once_and_reads_the_edited_document_alone(
    store: Store, shop: CollectionState, tmp_path: Path
) -> None:
    vocabulary = Vocabulary(store.knowledge)
    assert await vocabulary.find_mentions([shop], Asked("Q-900")) == ()
    made = Derived(entities=[make_entity("Q-900", "product", "", "Quilt")])
    document = await add_knowledge(store, "shop", tmp_path, "more.csv", ["row"], made)
    state = (await store.knowledge.get_states(["shop"]))["shop"]
    assert list_keys(await vocabulary.find_mentions([state], Asked("quilts"))) == ["Q-900"]
    await store.library.delete_document(document.owner, document.id)
    assert await vocabulary.find_mentions([shop], Asked("quilts")) == ()
