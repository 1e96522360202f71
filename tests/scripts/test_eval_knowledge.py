"""The evaluation of the knowledge base on the example shop."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.eval_knowledge import Figures, evaluate, format_table, list_misses
from scripts.knowledge_eval.asking import Answer, describe, make_turn
from scripts.knowledge_eval.questions import CARDS, Question, Source, read_questions
from scripts.knowledge_eval.shop import ShopUnread, check, open_shop
from server.composition.services import Services
from server.engine.async_engine import AsyncEngine
from server.settings.settings import Settings
from server.store.store import open_store
from server.turn.pictures import PictureSource
from tests.helpers.fakes import FakeChatModel
from tests.helpers.migrated import place_migrated

SOURCE = Source("a.csv", "x")
PART = 3
"""Every third question is asked."""


def answer(place: int | None, is_shown: bool = True, is_able: bool = True, is_verbatim: bool = False) -> Answer:
    question = Question("faq", "en", "", (SOURCE,) if is_able else (), (), "how?")
    return Answer(question, place, is_shown and is_able, is_verbatim, is_shown, ("a.csv: 'x'",))


def test_figures_are_shares_of_what_can_be_found() -> None:
    answers = [answer(1), answer(4), answer(6), answer(None, is_shown=False)]
    figures = Figures.compute(answers)
    assert (figures.num, figures.recall_5, figures.mrr, figures.shown) == (4, 0.5, 0.354, 0.75)
    assert not figures.are_good


def test_the_limits_hold_only_where_nothing_is_answered_wrongly() -> None:
    right = [answer(1), answer(None, is_shown=False, is_able=False)]
    assert Figures.compute(right).are_good
    assert not Figures.compute([*right, answer(None, is_able=False)]).are_good
    assert Figures.compute([answer(None, is_able=False)]).answered_wrongly == 1


def test_an_answer_word_for_word_must_be_the_right_one() -> None:
    wrong = Answer(answer(1).question, 1, False, True, True)
    figures = Figures.compute([*(answer(1) for _ in range(20)), answer(1, is_verbatim=True), wrong])
    assert (figures.verbatim, figures.verbatim_wrong) == (2, 1)
    assert figures.shown > 0.9
    assert not figures.are_good


def test_the_table_has_rows_by_kind_and_language_and_of_all() -> None:
    rows = format_table([answer(1), answer(None, is_able=False, is_shown=False)]).splitlines()
    assert rows[3] == "| faq en | 1 | 1.000 | 1.000 | 1.000 | 0 | 0 | 1 | 0 |"
    assert rows[-1].startswith("| all | 1 | 1.000")
    assert len(rows) == 7


def test_what_went_wrong_is_listed_with_what_was_shown() -> None:
    wrong = [answer(None), answer(7), answer(2, is_shown=False), answer(None, is_able=False)]
    lines = [line for line in list_misses([*wrong, answer(1)]) if not line.startswith(" ")]
    assert len(lines) == 4


@pytest.mark.parametrize(("name", "num_able", "num_unable"), [("dev", 150, 40), ("held-out", 60, 20)])
def test_the_sets_have_their_numbers_in_both_languages(name: str, num_able: int, num_unable: int) -> None:
    questions = read_questions(name)
    assert sum(question.is_answerable for question in questions) == num_able
    assert sum(not question.is_answerable for question in questions) == num_unable
    assert all((question.kind == "none") != question.is_answerable for question in questions)
    languages = Counter(question.language for question in questions)
    assert min(languages["zh"], languages["en"]) >= len(questions) * 0.45
    asked = [(question.picture, question.earlier, question.text) for question in questions]
    assert len(set(asked)) == len(asked)


def test_no_question_is_in_both_sets() -> None:
    dev, held_out = ({(q.picture, q.text) for q in read_questions(name)} for name in ("dev", "held-out"))
    assert not dev & held_out


def test_follow_ups_have_a_dialogue_and_pictures_a_card() -> None:
    for question in [*read_questions("dev"), *read_questions("held-out")]:
        assert bool(question.earlier) == (question.kind == "followup")
        assert len(question.earlier) % 2 == 0
        assert (question.picture in CARDS) == (question.kind == "picture")


def test_a_picture_is_sent_before_the_question_or_described() -> None:
    question = next(question for question in read_questions("dev") if question.picture == "blue-striped-shirt")
    (message,) = make_turn(question).messages
    assert isinstance(message.parts[0], PictureSource)
    assert message.parts[1] == question.text
    described = make_turn(describe(question)).messages
    assert [each.role for each in described] == ["user", "assistant", "user"]
    assert described[1].text == "蓝色条纹衬衫，299 元"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Services]:
    engine = AsyncEngine(FakeChatModel(), {})
    async with (
        open_store(place_migrated(tmp_path / "store.db")) as store,
        open_shop(store, engine, Settings()) as services,
    ):
        yield services
    await engine.close()


@pytest.mark.anyio
@pytest.mark.slow
async def test_questions_find_their_sources_and_others_none(shop: Services) -> None:
    questions = [describe(question) for question in read_questions("dev")[::PART]]
    answers = await evaluate(shop, questions)
    figures = Figures.compute(answers)
    assert figures.are_good, "\n".join(list_misses(answers))
    assert figures.num >= 40
    assert figures.unanswerable >= 10
    assert figures.verbatim >= 2


@pytest.mark.anyio
async def test_a_document_that_is_not_read_well_ends_the_evaluation(shop: Services) -> None:
    (document, *_) = await shop.library.store.list_collection(1)
    check([document])
    for wrong in (replace(document, warnings=({"code": "row"},)), replace(document, state="failed")):
        with pytest.raises(ShopUnread, match=re.escape(document.name)):
            check([document, wrong])
