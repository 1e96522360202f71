"""`/api/embed` and `/api/embeddings`: vectors in Ollama's two forms."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.helpers.embedding_apps import embedding_client


@pytest.fixture
def embedding(tmp_path: Path) -> Iterator[TestClient[Any]]:
    with embedding_client(tmp_path) as client:
        yield client


def ask(client: TestClient[Any], path: str, status: int = 200, **body: Any) -> Any:
    response = client.post(path, json={"model": "words", **body})
    assert response.status_code == status, response.text
    return response.json()


def test_a_text_and_several_have_vectors(embedding: TestClient[Any]) -> None:
    one = ask(embedding, "/api/embed", input="refund", keep_alive="5m", options={"num_ctx": 2048})
    assert (one["model"], one["embeddings"], one["prompt_eval_count"]) == ("words", [[1, 0]], 1)
    assert one["total_duration"] > 0
    assert ask(embedding, "/api/embed", input=["shoe", "money"], model="ada:latest")["embeddings"] == [[0, 1], [1, 0]]
    nothings: tuple[dict[str, Any], ...] = ({}, {"input": []}, {"input": None})
    for nothing in nothings:
        assert ask(embedding, "/api/embed", **nothing)["embeddings"] == []


def test_the_older_form_has_one_vector(embedding: TestClient[Any]) -> None:
    assert ask(embedding, "/api/embeddings", prompt="shoe") == {"embedding": [0, 1]}
    assert ask(embedding, "/api/embeddings", prompt="") == {"embedding": []}


def test_long_texts_are_cut_unless_that_is_refused(embedding: TestClient[Any]) -> None:
    long = "refund " * 600
    assert ask(embedding, "/api/embed", input=long)["prompt_eval_count"] == 512
    assert "512 tokens" in ask(embedding, "/api/embed", 400, input=long, truncate=False)["error"]


def test_other_names_and_widths_are_refused(embedding: TestClient[Any]) -> None:
    assert "not found" in ask(embedding, "/api/embed", 404, model="nomic-embed-text", input="a")["error"]
    assert "words does" in ask(embedding, "/api/embeddings", 400, model="minicpm-v:8b", prompt="a")["error"]
    assert "have 2" in ask(embedding, "/api/embed", 400, input="a", dimensions=7)["error"]


def test_the_model_is_listed_shown_and_pulled(embedding: TestClient[Any]) -> None:
    listed = {model["name"]: model for model in embedding.get("/api/tags").json()["models"]}
    assert listed["words:latest"]["details"]["format"] == "onnx"
    assert listed["words:latest"]["size"] > 0
    assert listed["words:latest"]["digest"] != listed["minicpm-v:latest"]["digest"]
    assert "words:latest" in {model["name"] for model in embedding.get("/api/ps").json()["models"]}
    shown = embedding.post("/api/show", json={"model": "words"}).json()
    assert shown["capabilities"] == ["embedding"]
    assert embedding.post("/api/pull", json={"model": "ada", "stream": False}).json() == {"status": "success"}


@pytest.mark.parametrize("path", ["/api/embed", "/api/embeddings"])
def test_without_a_model_it_is_501(client: TestClient[Any], path: str) -> None:
    assert "--embedding-model" in ask(client, path, 501, input="a", prompt="a")["error"]
