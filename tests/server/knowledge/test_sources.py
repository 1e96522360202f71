"""What was found as the sources of a prompt."""

import pytest

from server.knowledge.found import Fact, Found, KnowledgeHit
from server.knowledge.sources import Shown, choose_shown, describe_facts, describe_hits, make_fact_passage, put_sources
from server.library.asking.budget import Budget
from server.library.ranking import Hit
from server.turn.turn import Turn, TurnMessage
from tests.helpers.fake_library import FakeLibrary, make_passage
from tests.helpers.fakes import byte_tokenizer

pytestmark = pytest.mark.anyio


def hit(text: str, number: int, **given: object) -> KnowledgeHit:
    return KnowledgeHit(Hit(make_passage(text, number, **given), 1.0, 1.0, None, 1, 1, 1.0, 1.0), 1.0, ("words",))


def make_shown() -> Shown:
    """Return two passages, the better one the later in its document, and a fact."""
    fact = Fact("The lid fits the pan.", make_passage("LD-1;lid;PN-2", 9), 2)
    return Shown((hit("The pan is of iron.", 5), hit("The oven is of steel.", 2)), (fact,))


async def choose(found: Found, num_tokens: int) -> Shown:
    return await choose_shown(found, Budget(num_tokens, 0), byte_tokenizer())


def test_a_fact_is_a_passage_of_its_row_with_an_id_of_its_own() -> None:
    source = make_passage("LD-1;lid;PN-2", 9, first_row=4, last_row=4)
    passage = make_fact_passage(Fact("The lid fits the pan.", source), 3)
    assert (passage.id, passage.kind, passage.text) == (-3, "fact", "The lid fits the pan.")
    assert (passage.document_id, passage.page, passage.first_row) == (source.document_id, source.page, 4)


def test_numbers_are_those_of_the_prompt() -> None:
    shown = make_shown()
    noted = [*describe_hits(shown.hits), *describe_facts(shown)]
    texts = [excerpt.text for excerpt in shown.excerpts]
    assert [(each["number"], each["text"]) for each in noted] == list(enumerate(texts, start=1))
    assert texts == ["The oven is of steel.", "The pan is of iron.", "The lid fits the pan."]
    assert noted[-1]["steps"] == 2


async def test_facts_leave_room_for_passages() -> None:
    shown = make_shown()
    many = tuple(Fact(f"Fact {number} of many.", make_passage("row", number)) for number in range(1, 30))
    chosen = await choose(Found("q", hits=shown.hits, facts=many), 400)
    assert chosen.hits == shown.hits
    assert 1 < len(chosen.facts) < 6
    assert await choose(Found("q", hits=shown.hits, facts=many), 20) == Shown()


async def test_sources_stand_before_the_newest_question_alone() -> None:
    texts = ("Hello", "Hi", "What is the pan made of?")
    turn = Turn(tuple(TurnMessage("assistant" if i % 2 else "user", (text,)) for i, text in enumerate(texts)))
    asked = await put_sources(turn, make_shown(), FakeLibrary(), 1, "en")
    assert asked.messages[:-1] == turn.messages[:-1]
    said = asked.messages[-1].text
    places = [
        said.index(each) for each in ("shop's records", "[1] ", "steel", "[2] ", "iron", "[3] ", "lid", texts[-1])
    ]
    assert places == sorted(places)
