"""The routes about the model."""

import json
from typing import Any

from litestar.testing import TestClient

from server.api.ollama.models import _format_size


def test_version(client: TestClient[Any]) -> None:
    assert client.get("/api/version").json().keys() == {"version"}


def test_every_name_is_listed(client: TestClient[Any]) -> None:
    listed = client.get("/api/tags").json()["models"]
    assert [model["name"] for model in listed][:3] == ["fake:latest", "minicpm-v:latest", "minicpm-v:8b"]
    assert len({model["digest"] for model in listed}) == 1
    for model in listed:
        assert model["model"] == model["name"]
        assert model["details"]["family"] == "minicpmv"


def test_the_model_is_always_loaded(client: TestClient[Any]) -> None:
    loaded = client.get("/api/ps").json()["models"]
    assert {model["size_vram"] for model in loaded} == {0}
    assert {"expires_at", "context_length"} <= set(loaded[0])


def test_the_capabilities_of_the_model_are_shown(client: TestClient[Any]) -> None:
    for body in ({"model": "minicpm-v"}, {"name": "minicpm-v:8b", "verbose": True}):
        shown = client.post("/api/show", json=body).json()
        assert shown["capabilities"] == ["completion", "vision", "tools"]
        assert shown["details"]["quantization_level"] == "float32"
        assert shown["model_info"]["general.architecture"] == "minicpmv"


def test_the_model_is_described_in_words(client: TestClient[Any]) -> None:
    shown = client.post("/api/show", json={"model": "minicpm-v"}).json()
    assert shown["license"].startswith("MiniCPM Model License: https://")
    assert "<|im_start|>system\nYou are a helpful assistant." in shown["template"]
    assert {line.split()[0] for line in shown["parameters"].splitlines()} == {
        *("temperature", "top_p", "top_k", "repeat_penalty")
    }
    assert shown["template"] in shown["modelfile"]
    assert shown["license"] in shown["modelfile"]
    assert shown["modelfile"].startswith("FROM fake\n")


def test_to_pull_an_own_name_is_a_success_at_once(client: TestClient[Any]) -> None:
    for name in ("fake", "minicpm-v", "minicpm-v:8b", "minicpm-v:latest"):
        streamed = client.post("/api/pull", json={"model": name, "insecure": False})
        assert streamed.headers["content-type"].startswith("application/x-ndjson")
        assert [json.loads(line) for line in streamed.text.splitlines()] == [{"status": "success"}]
        assert client.post("/api/pull", json={"name": name, "stream": False}).json() == {"status": "success"}
    for body in ({"model": "llama3"}, {"model": "llama3", "stream": False}, {}):
        assert client.post("/api/pull", json=body).status_code == 404


def test_what_a_server_of_one_model_does_not_do_is_said(client: TestClient[Any]) -> None:
    for method, path, cause in (
        *(("POST", "/api/create", "one model"), ("POST", "/api/copy", "one model"), ("POST", "/api/push", "one model")),
        *(("DELETE", "/api/delete", "one model"), ("POST", "/api/blobs/sha256:0a", "one model")),
    ):
        response = client.request(method, path, json={"model": "minicpm-v"})
        assert response.status_code == 404
        assert response.json()["error"].startswith(f"no route {method} {path}: ".replace("sha256:", "sha256%3A"))
        assert cause in response.json()["error"]


def test_sizes_are_formatted() -> None:
    assert (_format_size(8_099_000_000), _format_size(3_680_000)) == ("8.1B", "3.7M")
