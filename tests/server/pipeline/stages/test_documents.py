"""The stage that answers from documents."""

import json
from dataclasses import replace
from typing import Any

import pytest

from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.errors.documents import DocumentRefused, DocumentTooLong, DocumentUnread
from server.keys.account import ANONYMOUS
from server.library.asking import choosing, inquiry
from server.library.asking.wordings import NOT_FOUND
from server.pipeline.profiles import Profile, Title
from server.pipeline.stage import TurnContext
from server.pipeline.stages.documents import DocumentsStage
from server.settings.library_settings import LibrarySettings
from server.store.errors import DocumentNotFound
from server.turn.pictures import PictureSource
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fake_library import FakeLibrary
from tests.helpers.scripted_turns import ScriptedTurns, last_text

pytestmark = pytest.mark.anyio
PRICE = "The kettle costs 39.90 euros."
MANY = {page: f"Kettle number {page} costs {page}.90 euros. " + "filler words " * 60 for page in range(1, 41)}


class Model:
    """A fake model that keeps what it is asked, and answers with these texts."""

    def __init__(self, *texts: str) -> None:
        self.turn: Turn | None = None
        self.texts = texts or ("ok",)

    async def __call__(self, context: TurnContext) -> Reply:
        self.turn = context.turn
        deltas = [ReplyDelta(0, text) for text in self.texts[:-1]]
        return FixedReply([*deltas, ReplyDelta(0, self.texts[-1], finish_reason="stop")], Usage(5, 0, 3))


def make_stage(library: FakeLibrary, answer: Any = json.dumps, **settings: Any) -> DocumentsStage:
    turns: Any = ScriptedTurns(answer)
    return DocumentsStage(library.sources, turns, LibrarySettings(**settings))


def make_context(*texts: str, documents: tuple[str, ...] = ("a",), **given: Any) -> TurnContext:
    """Return the context of a dialogue whose messages are those of the user and of the assistant in turns."""
    messages = [TurnMessage("assistant" if i % 2 else "user", (text,)) for i, text in enumerate(texts)]
    turn = Turn(tuple(messages), documents=documents, **given)
    return TurnContext(turn, ANONYMOUS, "shop", Profile(title=Title("店", "Shop")), frozenset({"documents"}))


def make_library(pages: dict[int, str] | None = None, **given: Any) -> FakeLibrary:
    library = FakeLibrary()
    library.add("a", {1: PRICE, 2: "Shipping takes three days."} if pages is None else pages, **given)
    return library


async def ask(stage: DocumentsStage, context: TurnContext, model: Model) -> str:
    answers = await (await stage.handle(context, model)).read_answers()
    return answers[0].text


async def test_a_turn_without_documents_passes_as_it_is() -> None:
    context, model = make_context("hello", documents=()), Model()
    await ask(make_stage(make_library()), context, model)
    assert model.turn is context.turn
    assert context.trace.notes == []


async def test_a_small_document_goes_into_the_prompt_whole_and_the_answer_is_cited() -> None:
    context, model = make_context("What does it cost?"), Model("The kettle ", "costs 39.90", " euros [4]. Bye.")
    assert await ask(make_stage(make_library()), context, model) == "The kettle costs 39.90 euros.[1] Bye."
    assert model.turn is not None
    parts = model.turn.messages[-1].parts
    assert parts[-1] == "What does it cost?"
    assert f"[1] a.pdf, page 1:\n{PRICE}" in parts
    note = context.trace.get("documents")
    assert note["mode"] == "whole"
    assert [passage["page"] for passage in note["passages"]] == [1, 2]
    assert (note["passages"][0]["text"], note["passages"][0]["score"]) == (PRICE, None)
    (citation,) = context.trace.findings.citations
    assert (citation["number"], citation["document"], citation["page"], citation["quote"]) == (1, "a", 1, PRICE)


async def test_of_a_large_document_the_best_passages_go_into_the_prompt() -> None:
    context, model = make_context("What is the price of kettle number 17?"), Model("Number 17 costs 17.90 euros.")
    assert (await ask(make_stage(make_library(MANY)), context, model)).endswith("[1]")
    note = context.trace.get("documents")
    assert note["mode"] == "find"
    assert 17 in [passage["page"] for passage in note["passages"]]
    for passage in note["passages"]:
        assert passage["score"] > 0
        assert passage["word_score"] > 0
        assert passage["meaning_score"] is None
        assert str(passage["page"]) in passage["text"]
    assert context.trace.findings.citations[0]["page"] == 17


async def test_find_searches_even_a_small_document() -> None:
    context, model = make_context("What does the kettle cost?", ask_mode="find"), Model()
    await ask(make_stage(make_library()), context, model)
    assert [passage["page"] for passage in context.trace.get("documents")["passages"]] == [1]


async def test_words_for_the_whole_document_have_it_read_segment_by_segment() -> None:
    def answer(turn: Turn) -> str:
        value = turn.schema["properties"]["items"]["items"]["properties"]["value"]["enum"][0]  # type: ignore[index]
        return json.dumps({"items": [{"name": last_text(turn)[:20], "value": value}]})

    context, model = make_context("Which is the cheapest?"), Model()
    text = await ask(make_stage(make_library(MANY), answer), context, model)
    assert "1.90 euros" in text
    assert model.turn is None
    assert context.trace.get("documents")["mode"] == "all"
    assert [citation["page"] for citation in context.trace.findings.citations] == [1]


async def test_a_follow_up_is_searched_for_with_the_question_before() -> None:
    context = make_context("What about kettle number 17?", "It is nice.", "And its price?")
    await ask(make_stage(make_library(MANY)), context, Model())
    assert 17 in [passage["page"] for passage in context.trace.get("documents")["passages"]]


@pytest.mark.parametrize(("question", "language"), [("Who is Napoleon?", "en"), ("拿破仑是谁？", "zh")])
async def test_what_a_bound_turn_does_not_find_is_said_without_the_model(question: str, language: Any) -> None:
    context, model = make_context(question, is_bound_to_documents=True, options={"n": 2}), Model()
    pages = MANY if language == "en" else dict.fromkeys(range(1, 41), "水壶的价格和保修期。" * 40)
    answers = await (await make_stage(make_library(pages)).handle(context, model)).read_answers()
    assert [answer.text for answer in answers] == [NOT_FOUND[language]] * 2
    assert model.turn is None
    assert context.trace.findings.citations == []


async def test_what_words_cannot_find_is_looked_for_in_all_of_the_document() -> None:
    def answer(turn: Turn) -> str:
        return "note" if "水壶" in last_text(turn) else "无"

    context, model = make_context("水壶的保修期有多长？", is_bound_to_documents=True), Model("保修期为两年。")
    await ask(make_stage(make_library(MANY), answer), context, model)
    assert context.trace.get("documents")["mode"] == "all"
    scans = make_library(dict.fromkeys(range(1, 100), ""), kind="scan")
    context = make_context("How long is the warranty?", is_bound_to_documents=True)
    await ask(make_stage(scans, lambda _: "two years"), context, model)
    assert len(scans.drawn) == 99


async def test_documents_that_are_too_long_are_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "MAX_CHARACTERS", 1000)
    with pytest.raises(DocumentTooLong):
        await make_stage(make_library(MANY)).handle(make_context("Summarize it"), Model())
    monkeypatch.setattr(inquiry, "MAX_SEGMENTS", 3)
    monkeypatch.setattr(choosing, "MAX_CHARACTERS", 10**6)
    with pytest.raises(DocumentTooLong):
        await ask(make_stage(make_library(MANY)), make_context("Summarize it"), Model())


async def test_a_search_that_was_asked_for_reads_no_more() -> None:
    context = make_context("水壶的保修期有多长？", is_bound_to_documents=True, ask_mode="find")
    assert await ask(make_stage(make_library(MANY)), context, Model()) == NOT_FOUND["zh"]


async def test_small_talk_in_a_session_with_documents_goes_to_the_model_as_it_is() -> None:
    context, model = make_context("Who is Napoleon?"), Model("Napoleon.")
    assert await ask(make_stage(make_library(MANY)), context, model) == "Napoleon."
    assert model.turn is not None
    assert model.turn.messages == context.turn.messages
    assert context.trace.get("documents") == {"stage": "documents", "mode": "none", "passages": []}


@pytest.mark.parametrize("text", ["你好！", "Thank you very much."])
async def test_a_greeting_does_not_get_even_a_small_document(text: str) -> None:
    context, model = make_context("What does the kettle cost?", "39.90 euros.", text), Model("Hello!")
    assert await ask(make_stage(make_library()), context, model) == "Hello!"
    assert model.turn is not None
    assert model.turn.messages == context.turn.messages


async def test_a_question_about_the_document_that_it_does_not_answer_is_not_left_to_the_model() -> None:
    context, model = make_context("What does the document say about Napoleon?"), Model()
    library = make_library(MANY)
    assert await ask(make_stage(library), context, model) == NOT_FOUND["en"]


async def test_a_question_about_its_own_picture_does_not_get_the_document() -> None:
    context, model = make_context("Who is on it?"), Model()
    asked = TurnMessage("user", (PictureSource(b"x"), "Who is on it?"))
    await ask(make_stage(make_library()), context.with_turn(replace(context.turn, messages=(asked,))), model)
    assert model.turn is not None
    assert model.turn.messages == (asked,)


async def test_scanned_pages_go_in_as_pictures_of_the_page() -> None:
    library = make_library({3: ""}, kind="scan")
    context, model = make_context("What does it cost?", is_bound_to_documents=True), Model("It costs 45 euros.")
    await ask(make_stage(library), context, model)
    assert library.drawn == [("a", 3, 1596)]
    assert model.turn is not None
    assert model.turn.num_images == 1
    assert context.trace.findings.citations[0]["page"] == 3


async def test_documents_that_are_still_being_read_are_waited_for_in_vain() -> None:
    library = make_library(state="reading", num_pages=9)
    with pytest.raises(DocumentUnread):
        await make_stage(library).handle(make_context("What does it cost?"), Model())


async def test_or_the_answer_says_what_is_not_read() -> None:
    library = make_library(state="reading", num_pages=9)
    context, model = make_context("What does the kettle cost?"), Model("The kettle costs 39.90 euros.")
    text = await ask(make_stage(library, unread_documents="partial"), context, model)
    assert text == "The kettle costs 39.90 euros.[1]\n\n(Pages 3-9 of a.pdf are not read yet.)"
    assert context.trace.get("documents")["unread"]


async def test_failed_documents_are_left_out() -> None:
    context, model = make_context("What does it cost?"), Model()
    await ask(make_stage(make_library(state="failed")), context, model)
    assert model.turn is not None
    assert model.turn.messages == context.turn.messages


async def test_a_turn_that_is_bound_to_a_failed_document_is_refused_with_the_cause() -> None:
    library = make_library(state="failed", error={"code": "slow", "values": {"limit": 3}})
    with pytest.raises(DocumentRefused, match="longer than 3 seconds") as refused:
        await make_stage(library).handle(make_context("What?", is_bound_to_documents=True), Model())
    assert (refused.value.code, refused.value.status) == ("slow", 413)


async def test_documents_of_others_are_not_found() -> None:
    with pytest.raises(DocumentNotFound):
        await make_stage(make_library()).handle(make_context("What?", documents=("b",)), Model())


async def test_json_answers_keep_their_text_and_are_cited() -> None:
    context = make_context("What does it cost?", schema={"type": "object"})
    text = '{"kettle costs": 39.90, "list": [1]}'
    assert await ask(make_stage(make_library()), context, Model(text)) == text
    assert [citation["page"] for citation in context.trace.findings.citations] == [1]


async def test_a_raw_prompt_takes_no_documents() -> None:
    with pytest.raises(FieldRefused):
        await make_stage(make_library()).handle(make_context("x", options={"raw": True}), Model())


async def test_a_turn_without_a_question_takes_no_documents() -> None:
    context = make_context("x")
    turn = replace(context.turn, messages=(TurnMessage("system", ("x",)),))
    with pytest.raises(FieldRefused):
        await make_stage(make_library()).handle(context.with_turn(turn), Model())
