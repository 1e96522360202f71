"""`/v1/embeddings`: vectors as numbers and as base64, and what is refused."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from server.library.embeddings import MAX_TEXTS
from tests.helpers.embedding_apps import embedding_client


@pytest.fixture
def embedding(tmp_path: Path) -> Iterator[TestClient[Any]]:
    with embedding_client(tmp_path) as client:
        yield client


def ask(client: TestClient[Any], status: int = 200, **body: Any) -> Any:
    response = client.post("/v1/embeddings", json=body)
    assert response.status_code == status, response.text
    return response.json()


def test_a_text_and_several_have_vectors_in_their_order(embedding: TestClient[Any]) -> None:
    one = ask(embedding, input="refund")
    assert one == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}],
        "model": "words",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }
    several = ask(embedding, input=["shoe", "refund money", "unknown"], model="ada", user="ann", dimensions=2)
    assert [entry["embedding"] for entry in several["data"]] == [[0, 1], [1, 0], [0, 0]]
    assert [entry["index"] for entry in several["data"]] == [0, 1, 2]
    assert several["model"] == "ada"


def test_base64_has_the_same_numbers(embedding: TestClient[Any]) -> None:
    (entry,) = ask(embedding, input="money shoe", encoding_format="base64")["data"]
    numbers = np.frombuffer(base64.b64decode(entry["embedding"]), dtype="<f4")
    assert numbers == pytest.approx([0.707107, 0.707107], abs=1e-5)


@pytest.mark.parametrize(
    ("body", "param", "cause"),
    [
        ({"input": ""}, "input", "empty"),
        ({"input": []}, "input", "empty"),
        ({"input": ["a", ""]}, "input", "empty"),
        ({"input": [1, 2, 3]}, "input", "check_embedding_ctx_length"),
        ({"input": [[1], [2]]}, "input", "check_embedding_ctx_length"),
        ({"input": ["a"] * (MAX_TEXTS + 1)}, "input", "the limit is 2048"),
        ({"input": "a", "dimensions": 3}, "dimensions", "the model's vectors have 2"),
        ({"input": "a", "model": "minicpm-v"}, "model", "makes no embeddings, words does"),
        ({"input": "refund " * 600}, "input", "more than the 512 tokens"),
    ],
)
def test_what_cannot_be_embedded_is_refused_with_its_cause(
    embedding: TestClient[Any], body: dict[str, Any], param: str, cause: str
) -> None:
    error = ask(embedding, 400, **body)["error"]
    assert error["param"] == param
    assert cause in error["message"]


def test_long_texts_are_cut_where_that_is_asked_for(embedding: TestClient[Any]) -> None:
    made = ask(embedding, input="refund " * 600, truncate_prompt_tokens=-1)
    assert made["usage"]["prompt_tokens"] == 512


def test_another_model_is_404(embedding: TestClient[Any]) -> None:
    assert ask(embedding, 404, input="a", model="text-embedding-3-small")["error"]["code"] == "model_not_found"
    chat = {"model": "words", "messages": [{"role": "user", "content": "hi"}]}
    assert embedding.post("/v1/chat/completions", json=chat).status_code == 404


def test_the_model_is_listed_beside_that_of_chats(embedding: TestClient[Any]) -> None:
    listed = {model["id"]: model["owned_by"] for model in embedding.get("/v1/models").json()["data"]}
    assert (listed["words"], listed["ada"], listed["minicpm-v"]) == ("user", "user", "openbmb")
    assert embedding.get("/v1/models/ada").json()["id"] == "ada"


def test_without_a_model_it_is_501_with_the_way_to_get_one(client: TestClient[Any]) -> None:
    error = ask(client, 501, input="a", model="minicpm-v")["error"]
    assert "--embedding-model" in error["message"]
    assert error["code"] == "embedding_model_missing"
    assert "words" not in client.get("/v1/models").text
