"""The hit test: what answers would be from, with scores and why."""

from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from server.api.knowledge.searching import ShownFound
from server.knowledge.found import NUM_PASSAGES, Asked, Fact, FaqMatch, Found, KnowledgeHit, Mention
from server.knowledge.knowledge import Knowledge
from server.library.ranking import Hit
from server.store.knowledge_records import Faq, StoredFaq
from server.store.library_records import Passage
from tests.helpers.knowledge_client import ENGLISH, Documents
from tests.helpers.stocked_store import ROWS, SHEET

PASSAGE = Passage(3, 10, 15, "linen", id=7, document_id="d", document_name="d.csv")
ROW = Passage(1, 0, 5, "linen", heading="Care", sheet="Price list", first_row=4, last_row=5, document_id="d")


def search(client: TestClient[Any], **query: Any) -> Any:
    response = client.get("/collections/shop/search", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_hits_have_their_scores_and_why(client: TestClient[Any], documents: Documents) -> None:
    found = search(client, q="what is the linen shirt AH-218 made of")
    hit = found["hits"][0]
    assert (hit["document"], hit["name"], hit["page"], hit["text"]) == (documents[SHEET].id, SHEET, 1, ROWS[0])
    assert hit["score"] > 0
    assert hit["word_score"] > 0
    assert hit["meaning_score"] is None
    assert 0 < hit["coverage"] <= 1
    assert hit["why"]
    assert [each["score"] for each in found["hits"]] == sorted((each["score"] for each in found["hits"]), reverse=True)
    assert found["query"]


def test_it_calls_what_answers_call(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    async def find(_: Knowledge, *given: Any) -> Found:
        calls.append(given)
        return Found("made to stand alone")

    monkeypatch.setattr(Knowledge, "find", find)
    assert search(client, q="是什么材质的？") == {
        "query": "made to stand alone",
        "mentions": [],
        "faq": None,
        "hits": [],
        "facts": [],
    }
    search(client, q="a", limit=50)
    assert calls == [(["shop"], Asked("是什么材质的？"), NUM_PASSAGES), (["shop"], Asked("a"), 50)]


def test_a_limit_is_kept(client: TestClient[Any]) -> None:
    assert len(search(client, q="shirt AH-218", limit=1)["hits"]) == 1


@pytest.mark.parametrize("query", ["", "q=", "q=%20%20", "q=%E3%80%80"])
def test_a_question_is_needed(client: TestClient[Any], query: str) -> None:
    response = client.get(f"/collections/shop/search?{query}", headers=ENGLISH)
    assert (response.status_code, response.json()["error"]) == (400, "the question must not be empty")


@pytest.mark.parametrize("query", ["q=a&limit=0", "q=a&limit=51", "q=a&limit=x", "q=a&top=3"])
def test_what_is_asked_for_wrongly_is_refused(client: TestClient[Any], query: str) -> None:
    assert client.get(f"/collections/shop/search?{query}").status_code == 400


def test_only_the_collection_is_searched(client: TestClient[Any]) -> None:
    assert client.get("/collections/drafts/search?q=linen shirt AH-218").json()["hits"] == []
    assert client.get("/collections/nothing/search?q=shirt").status_code == 404


def test_all_that_was_found_is_shown() -> None:
    hit = Hit(ROW, 0.9, 0.8, 0.7, 2, 3, 0.5, 1.5)
    faq = StoredFaq(Faq("Is it linen?", "Yes."), 1, "d", 7)
    found = Found(
        "is the shirt linen?",
        (Mention(1, "AH-218", "product", "linen shirt", "shirt", "question"),),
        (KnowledgeHit(hit, 1.25, ("words", "entity")),),
        (Fact("AH-218: linen", PASSAGE, 2),),
        FaqMatch(faq, PASSAGE, 0.95, 0.4, True),
    )
    assert msgspec.to_builtins(ShownFound.of(found)) == {
        "query": "is the shirt linen?",
        "mentions": [
            {"key": "AH-218", "kind": "product", "name": "linen shirt", "text": "shirt", "origin": "question"}
        ],
        "faq": {
            "question": "Is it linen?",
            "answer": "Yes.",
            "score": 0.95,
            "margin": 0.4,
            "certain": True,
            "document": "d",
            "name": "d.csv",
        },
        "hits": [
            {
                "document": "d",
                "name": "",
                "page": 1,
                "heading": "Care",
                "sheet": "Price list",
                "rows": [4, 5],
                "text": "linen",
                "score": 1.25,
                "word_score": 0.8,
                "meaning_score": 0.7,
                "coverage": 0.5,
                "why": ["words", "entity"],
            }
        ],
        "facts": [{"text": "AH-218: linen", "document": "d", "name": "d.csv", "page": 3, "steps": 2}],
    }


def test_a_hit_without_a_place_in_a_sheet_has_no_rows() -> None:
    hit = KnowledgeHit(Hit(PASSAGE, 1, 1, None, 1, 1), 1, ("words",))
    (shown,) = msgspec.to_builtins(ShownFound.of(Found("", hits=(hit,))))["hits"]
    assert not {"rows", "sheet", "heading"} & set(shown)
    assert shown["meaning_score"] is None
