"""The routes about the model."""

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


def test_sizes_are_formatted() -> None:
    assert (_format_size(8_099_000_000), _format_size(3_680_000)) == ("8.1B", "3.7M")
