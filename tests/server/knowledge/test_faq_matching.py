"""The entry that a question asks for, and whether that is certain."""

from pathlib import Path

import pytest

from server.errors.base import Language
from server.knowledge.faq_matching import FaqMatcher
from server.knowledge.found import Asked, FaqMatch
from server.store.knowledge_records import CollectionState, Derived, Faq
from server.store.store import Store
from tests.helpers.knowledge import add_knowledge
from tests.server.knowledge.question_pairs import OTHER_EN, OTHER_ZH, SAME_EN, SAME_ZH

pytestmark = pytest.mark.anyio


async def add(store: Store, folder: Path, name: str, faqs: list[Faq]) -> CollectionState:
    await store.knowledge.put_collection("shop")
    await add_knowledge(store, "shop", folder, name, [faq.question for faq in faqs], Derived(faqs=faqs), "faq")
    return (await store.knowledge.get_states(["shop"]))["shop"]


def make(question: str, language: Language = "en", passage: int = 0, *wordings: str, answer: str = "") -> Faq:
    return Faq(question, answer or f"answer to {question}", wordings, language, True, passage)


@pytest.fixture
async def shop_faqs(store: Store, tmp_path: Path) -> CollectionState:
    pairs: list[tuple[str, Language]] = [*((q, "zh") for q in SAME_ZH), *((q, "en") for q in SAME_EN)]
    return await add(store, tmp_path, "faq.csv", [make(q, lang, i) for i, (q, lang) in enumerate(pairs)])


async def match(
    store: Store, state: CollectionState, question: str, language: Language, *earlier: str
) -> FaqMatch | None:
    return await FaqMatcher(store).match([state], Asked(question, earlier), question, language)


def test_there_are_many_pairs() -> None:
    assert len(OTHER_ZH) + len(OTHER_EN) >= 150
    assert sum(map(len, (*SAME_ZH.values(), *SAME_EN.values()))) >= 80


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_comes_near_is_never_certain(store: Store, shop_faqs: CollectionState, language: Language) -> None:
    matcher, wrong = FaqMatcher(store), {}
    for question in OTHER_ZH if language == "zh" else OTHER_EN:
        found = await matcher.match([shop_faqs], Asked(question), question, language)
        if found is not None and found.is_certain:
            wrong[question] = found.entry.faq.question
    assert wrong == {}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_asks_the_same_is_certain(store: Store, shop_faqs: CollectionState, language: Language) -> None:
    matcher, missed, wrong, number = FaqMatcher(store), [], {}, 0
    for expected, questions in (SAME_ZH if language == "zh" else SAME_EN).items():
        for question in (expected, *questions):
            number += 1
            found = await matcher.match([shop_faqs], Asked(question), question, language)
            if found is None or not found.is_certain:
                missed.append(question)
            elif found.entry.faq.question != expected:
                wrong[question] = found.entry.faq.question
    assert wrong == {}
    assert len(missed) <= 0.1 * number, missed


async def test_a_match_says_its_passage_its_score_and_its_lead(store: Store, shop_faqs: CollectionState) -> None:
    found = await match(store, shop_faqs, "can I return my shoes", "en")
    assert found is not None
    assert (found.score, found.is_certain, found.passage.text) == (1.0, True, "Can I return shoes?")
    assert 0.05 <= found.margin <= 1
    near = await match(store, shop_faqs, "can I return red shoes I wore", "en")
    assert near is not None
    assert near.entry.faq.question == "Can I return shoes?"
    assert 0.3 < near.score < 1


async def test_only_entries_in_the_language_of_the_question_are_found(store: Store, shop_faqs: CollectionState) -> None:
    assert await match(store, shop_faqs, "可以退货吗", "en") is None
    assert await match(store, shop_faqs, "xylophone", "en") is None


async def test_wordings_count_as_the_question_does(store: Store, tmp_path: Path) -> None:
    state = await add(store, tmp_path, "a.csv", [make("Delivery time?", "en", 0, "When will it arrive?")])
    found = await match(store, state, "when will it arrive", "en")
    assert found is not None
    assert found.is_certain


async def test_two_answers_to_one_question_are_not_certain(store: Store, tmp_path: Path) -> None:
    state = await add(store, tmp_path, "a.csv", [make("Is it free?", answer="yes"), make("is it free", answer="no")])
    found = await match(store, state, "Is it free?", "en")
    assert found is not None
    assert (found.margin, found.is_certain) == (0.0, False)


async def test_one_answer_in_two_entries_is_certain(store: Store, tmp_path: Path) -> None:
    state = await add(store, tmp_path, "a.csv", [make("Is it free?", answer="yes"), make("is it free", answer="yes")])
    found = await match(store, state, "Is it free?", "en")
    assert found is not None
    assert found.is_certain


@pytest.mark.parametrize("question", ["What about return shipping?", "那退货运费谁出？", "Is it free?"])
async def test_a_question_that_leads_on_is_not_certain(store: Store, tmp_path: Path, question: str) -> None:
    language: Language = "en" if question.isascii() else "zh"
    state = await add(store, tmp_path, "a.csv", [make(question, language)])
    alone = await match(store, state, question, language)
    after = await match(store, state, question, language, "the blue shirt", "it is 99 yuan")
    assert alone is not None
    assert after is not None
    assert (alone.is_certain, after.is_certain) == (True, False)


@pytest.mark.parametrize(
    "question", ["How long is the waranty?", "how long is the warrnaty", "What is the warranty period?"]
)
async def test_one_slip_in_a_long_word_is_certain_all_the_same(store: Store, tmp_path: Path, question: str) -> None:
    faqs = [make("How long is the warranty?"), make("How long is the wait?", "en", 1)]
    found = await match(store, await add(store, tmp_path, "a.csv", faqs), question, "en")
    assert found is not None
    assert (found.entry.faq.question, found.is_certain) == ("How long is the warranty?", True)


async def test_entries_on_a_matter_are_found_in_any_language(store: Store, tmp_path: Path) -> None:
    faqs = [make("How long is the warranty?"), make("多久发货？", "zh", 1), make("Is it blue?", "en", 2)]
    state = await add(store, tmp_path, "a.csv", faqs)
    numbers = await FaqMatcher(store).find_on_matter([state], {"warranty"})
    more = await FaqMatcher(store).find_on_matter([state], {"warranty", "delivery time"})
    assert list(numbers.values()) == [1.0]
    assert list(more.values()) == [0.5, 0.5]
    assert await FaqMatcher(store).find_on_matter([state], {"invoice"}) == {}


async def test_an_edit_counts_at_once(store: Store, tmp_path: Path) -> None:
    state = await add(store, tmp_path, "a.csv", [make("Do you gift wrap?")])
    matcher = FaqMatcher(store)
    first = await matcher.match([state], Asked("Do you gift wrap?"), "Do you gift wrap?", "en")
    assert first is not None
    await store.library.delete_document("knowledge\n", first.entry.document_id)
    state = await add(store, tmp_path, "b.csv", [make("Do you gift wrap?", answer="no longer")])
    second = await matcher.match([state], Asked("Do you gift wrap?"), "Do you gift wrap?", "en")
    assert second is not None
    assert second.entry.faq.answer == "no longer"
