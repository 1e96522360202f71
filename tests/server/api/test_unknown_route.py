"""A path or a method that the server does not have is named, with what was probably meant."""

from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.unknown_route import suggest_path

KNOWN = ["/ask", "/chat", "/v1/chat/completions", "/v1/models", "/api/chat", "/api/generate", "/api/tags", "/sessions"]
EN, ZH = {"Accept-Language": "en"}, {"Accept-Language": "zh"}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/v1/chat/completions", "/v1/chat/completions"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/openai/v1/models", "/v1/models"),
        ("/v1/api/chat", "/api/chat"),
        ("/generate", "/api/generate"),
        ("/api/tag", "/api/tags"),
        ("/nothing", None),
        ("/", None),
        ("/v1/foo", None),
        ("/" + "v1/" * 200 + "models", None),
    ],
)
def test_the_path_that_was_meant(path: str, meant: str | None) -> None:
    assert suggest_path(path, KNOWN) == meant


def test_of_two_that_fit_the_closer_one_is_meant_if_there_is_one() -> None:
    assert suggest_path("/completions", ["/v1/chat/completions", "/v1/completions"]) == "/v1/completions"
    assert suggest_path("/runs", ["/playground/runs", "/v1/threads/runs"]) is None


def test_404_names_the_route_in_both_languages(client: TestClient[Any]) -> None:
    for path, zh, en in (
        ("/v1/foo", "没有路由 POST /v1/foo", "no route POST /v1/foo"),
        (
            "/v1/v1/chat/completions",
            "没有路由 POST /v1/v1/chat/completions：是否想用 /v1/chat/completions？",
            "no route POST /v1/v1/chat/completions: did you mean /v1/chat/completions?",
        ),
        (
            "/api/create",
            "没有路由 POST /api/create：本服务只有启动时指定的一个模型",
            "no route POST /api/create: this server has one model, which it was started with",
        ),
    ):
        for headers, text in ((ZH, zh), (EN, en)):
            response = client.post(path, json={}, headers=headers)
            assert response.status_code == 404
            error = response.json()["error"]
            assert (error if isinstance(error, str) else error["message"]) == text


def test_405_names_the_methods_and_has_them_in_allow(client: TestClient[Any]) -> None:
    response = client.get("/v1/chat/completions", headers=EN)
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, POST"
    assert response.json()["error"]["message"] == "/v1/chat/completions does not take GET, but OPTIONS, POST"
    zh = client.delete("/ask", headers=ZH)
    assert zh.json()["error"] == "/ask 不支持 DELETE，可用的方法：OPTIONS, POST"


def test_a_text_repeats_little_and_in_ascii(client: TestClient[Any]) -> None:
    long = client.get("/x" * 3000, headers=EN)
    assert (long.status_code, len(long.text) < 600) == (404, True)
    odd = client.get("/a%0Ab%1B[31m红", headers=EN).json()["error"]
    assert odd.isascii()
    assert odd.isprintable()
