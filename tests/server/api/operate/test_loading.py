"""While the model is loaded every request gets 503, in the error format of its path."""

import pytest
from litestar.testing import TestClient

from server.api.operate.loading import create_loading_app


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("POST", "/chat", "模型正在加载"),
        ("POST", "/api/chat", "the model is being loaded"),
        ("GET", "/metrics", "the model is being loaded"),
        ("POST", "/health/live", "the model is being loaded"),
    ],
)
def test_every_request_gets_503_and_a_time_to_retry(method: str, path: str, error: str) -> None:
    with TestClient(create_loading_app()) as client:
        response = client.request(method, path)
    assert (response.status_code, response.json()["error"]) == (503, error)
    assert int(response.headers["retry-after"]) > 0


def test_openai_clients_get_their_error_format() -> None:
    with TestClient(create_loading_app()) as client:
        error = client.post("/v1/chat/completions", json={}).json()["error"]
    assert (error["type"], error["message"]) == ("server_error", "the model is being loaded")


def test_a_loading_server_is_alive_and_not_ready() -> None:
    with TestClient(create_loading_app()) as client:
        assert client.get("/health/live").json() == {"status": "ok"}
        response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not ready", "reason": "loading"})
