"""The evaluation of the search, which must not become worse."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scripts.eval_search import Answer, Figures, ask, evaluate, format_table, list_misses
from scripts.search_eval.corpus import Question, add_distractors, add_passages, read_documents, read_questions
from server.library.search import PassageSearch
from server.store.store import Store, open_store
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(place_migrated(tmp_path / "store.db")) as opened:
        yield opened


def answer(place: int | None, expected: str = "a", is_relevant: bool = True, split: str = "dev") -> Answer:
    question = Question(split, "words", "en", frozenset(filter(None, [expected])), "x")
    return Answer(question, place, is_relevant, is_relevant and place is not None, 0.01)


def test_figures_are_shares_of_what_can_be_found() -> None:
    answers = [answer(1), answer(4), answer(None), answer(None, ""), answer(None, "", is_relevant=False)]
    assert Figures.compute(answers) == Figures(5, 0.333, 0.667, 0.417, 1.0, 0.5)


def test_the_table_has_a_row_for_each_kind_split_and_all() -> None:
    rows = format_table([answer(1), answer(2)]).splitlines()
    assert len(rows) == 7
    assert rows[2] == "| words zh | 0 | - | - | - | - | - |"
    assert rows[-1].startswith("| all | 2 | 0.5")


def test_questions_that_go_wrong_are_listed_but_not_those_kept_back() -> None:
    wrong = [answer(None), answer(2), answer(1, is_relevant=False), answer(None, "")]
    assert len(list(list_misses(wrong))) == 4
    assert list(list_misses([answer(1), answer(None, "", is_relevant=False), answer(None, split="held")])) == []


def test_the_questions_ask_for_passages_that_are_there() -> None:
    names = [name for _, named in read_documents() for name, _ in named]
    questions = read_questions()
    assert len(names) == len(set(names)) >= 300
    assert {name for question in questions for name in question.expected} <= set(names)
    assert len({question.text for question in questions}) == len(questions)
    kinds = Counter(question.kind for question in questions)
    assert kinds["unanswerable"] >= 24
    assert kinds.total() >= 164
    assert all((question.kind == "unanswerable") != bool(question.expected) for question in questions)


async def test_passages_are_found_as_well_as_ever(store: Store) -> None:
    answers = await evaluate(store)
    assert Figures.compute(answers).recall_5 >= 0.93
    assert Figures.compute(answers).mrr >= 0.86
    assert Figures.compute(answers).kept >= 0.93
    assert Figures.compute(answers).silent >= 0.75
    assert Figures.compute([a for a in answers if a.question.kind == "codes"]).recall_5 == 1
    for split in ("dev", "held"):
        assert Figures.compute([a for a in answers if a.question.split == split]).recall_5 >= 0.9


async def test_a_question_is_answered_by_any_passage_that_it_expects(store: Store) -> None:
    collection = await store.library.open_named_collection("eval", "evaluation")
    names = await add_passages(store.library, collection)
    question = Question("dev", "codes", "en", frozenset(["PH-9X/1", "PH-9X/2"]), "ph 9x zoom")
    found = await ask(PassageSearch(store.library), collection.id, names, question)
    assert (found.place, found.is_place_relevant) == (1, True)


async def test_made_passages_fill_up(store: Store) -> None:
    collection = await store.library.open_named_collection("eval", "evaluation")
    await add_distractors(store.library, collection, 12)
    (document,) = await store.library.list_collection(collection.id)
    assert len({passage.text for passage in await store.library.list_passages([document.id])}) == 12
